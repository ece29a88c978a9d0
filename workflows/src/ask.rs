//! Asks the rules about an event, the same way wherever one comes from.

use rapport_model::Timestamp;
use rapport_model::action::{Action, Deed, Severity};
use rapport_model::event::{Event, Facts};
use rapport_storage::firings::Firing;

use crate::carry_out::Decided;
use crate::hours::Hours;
use crate::limits::Spent;
use crate::rules::{Rules, react};
use crate::steps::in_business_time;
use crate::{Heard, WorkflowError, Workflows};

/// What the rules are asked with.
pub(crate) struct Asking<'a> {
    /// The rules.
    pub rules: &'a Rules,
    /// The hours of whoever looks after what it is about.
    pub hours: &'a Hours,
    /// From when the steps of sequences count.
    pub started: Timestamp,
    /// The present.
    pub now: Timestamp,
}

impl Workflows {
    /// Asks the rules about an event within their limits. Returns what they decided, with the steps of sequences
    /// where their business time puts them, and what counts for the limits.
    pub(crate) fn ask(
        &self,
        event: &Event,
        facts: &mut Facts,
        asking: &Asking<'_>,
        spent: &mut Spent,
    ) -> (Vec<Decided>, Vec<Firing>) {
        let Asking { rules, hours, started, now } = *asking;
        let customer = facts.customer.as_ref().map(|customer| customer.id);
        facts.spent = spent.by(rules, customer, now);
        facts.open = Some(hours.is_open(now));
        let actions = react(event, facts, rules, now);
        let firings = spent.note(&actions, rules, customer, now);
        let decide = |mut action: Action| {
            in_business_time(&mut action.deed, rules, started, now, hours);
            Decided { action, id: self.store.new_id() }
        };
        (actions.into_iter().map(decide).collect(), firings)
    }

    /// Looks which alerts came of late, where one is decided.
    pub(crate) async fn heard_for(
        &self,
        decided: &[Decided],
        now: Timestamp,
    ) -> Result<Heard, WorkflowError> {
        let alerts = |one: &Decided| matches!(one.action.deed, Deed::Notify { severity, .. } if severity > Severity::Info);
        if decided.iter().any(alerts) { self.heard(now).await } else { Ok(Heard::default()) }
    }
}
