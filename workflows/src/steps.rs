//! When the steps of sequences are taken: in business time, where a step asks for that.

use std::sync::Arc;

use rapport_model::Timestamp;
use rapport_model::action::Deed;
use rapport_model::event::Facts;

use crate::Workflows;
use crate::hours::Hours;
use crate::rules::Rules;

impl Workflows {
    /// Returns the hours of whoever looks after a conversation of a mailbox.
    pub(crate) fn hours_with(&self, mailbox: &str, facts: &Facts) -> &Arc<Hours> {
        let team = facts.owner.as_ref().map_or("", |owner| owner.team.as_str());
        self.settings.hours.of(mailbox, team)
    }
}

/// Puts a planned step where its business time ends, counted from the message that started the sequence
/// by the hours of who looks after it; a step that counts by the calendar stays. What would lie in the past,
/// after downtime, stays as it is, too.
pub(crate) fn in_business_time(
    deed: &mut Deed,
    rules: &Rules,
    started: Timestamp,
    now: Timestamp,
    hours: &Hours,
) {
    let (name, step, at) = match deed {
        Deed::StartSequence { sequence, at } => (sequence, 0, at),
        Deed::NextStep { sequence, step, at } => (sequence, *step, at),
        _ => return,
    };
    let wait =
        rules.sequence(name).and_then(|sequence| sequence.steps.get(step)).and_then(|step| step.business);
    let due = wait.and_then(|wait| hours.add(started, wait.micros(hours)));
    if let Some(due) = due.filter(|due| *due > now) {
        *at = due;
    }
}
