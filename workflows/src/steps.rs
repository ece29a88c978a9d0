//! When the steps of sequences are taken: in business time, where a step asks for that.

use std::sync::Arc;

use rapport_model::action::Deed;
use rapport_model::event::Facts;
use rapport_model::{Kind, Timestamp, Value};

use crate::hours::Hours;
use crate::rules::Rules;
use crate::{WorkflowError, Workflows};
use rapport_storage::records::Filter;

impl Workflows {
    /// Returns the hours of whoever looks after a conversation of a mailbox.
    pub(crate) fn hours_with(&self, mailbox: &str, facts: &Facts) -> &Arc<Hours> {
        let team = facts.owner.as_ref().map_or("", |owner| owner.team.as_str());
        self.settings.hours.of(mailbox, team)
    }
}

impl Workflows {
    /// Returns the rules with a sequence as it was when it began: what is changed in a file holds for those
    /// that begin afterwards. Where it is paused, was taken out, or what it was is no longer known, the rules
    /// of now.
    pub(crate) async fn rules_then(
        &self,
        sequence: &str,
        version: Option<&str>,
    ) -> Result<Arc<Rules>, WorkflowError> {
        let now = self.active_rules();
        let Some(version) = version.filter(|then| now.version(sequence).is_some_and(|now| now != *then))
        else {
            return Ok(now);
        };
        for file in self.store.list(Kind::RuleFile, &Filter::default()).await? {
            for entry in self.store.history(file.record).await?.iter().rev() {
                let source = entry.change.after("source").and_then(Value::text).unwrap_or_default();
                let Ok(then) = Rules::parse(source, file.text("name")) else { continue };
                if then.version(sequence).as_deref() == Some(version) {
                    return Ok(Arc::new(now.with_sequence_of(&then, sequence)));
                }
            }
        }
        Ok(now)
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
