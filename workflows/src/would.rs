//! What the rules would do about a message if it had just come: nothing is done.

use std::collections::HashSet;

use rapport_model::Id;
use rapport_model::action::Deed;
use rapport_storage::messages::Loaded;

use crate::process::message_event;
use crate::rules::{Reason, react, reasons};
use crate::{WorkflowError, Workflows};

/// What one rule would do.
#[derive(Clone, Debug, PartialEq)]
pub struct Would {
    /// The rule's name.
    pub rule: String,
    /// What it would do.
    pub deeds: Vec<Deed>,
    /// Why; empty for a rule that asks for nothing of the message.
    pub reasons: Vec<Reason>,
    /// Whether it is paused, so that it would not.
    pub paused: bool,
}

impl Workflows {
    /// Returns a message with what each rule would do about it, paused ones too, as if it had just come;
    /// nothing if it is not there or was not understood yet.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn would_act(&self, message: Id) -> Result<Option<(Loaded, Vec<Would>)>, WorkflowError> {
        let Some(message) = self.store.message(message).await? else { return Ok(None) };
        let Some(reading) = message.reading.clone() else { return Ok(None) };
        let at = message.received_at;
        let customers: HashSet<Id> = message.customer.into_iter().collect();
        let known = self.store.known(&customers, &HashSet::from([message.thread])).await?;
        let mut facts = self.facts(message.customer, message.thread, &known);
        let loads = self.loads(std::slice::from_ref(&message)).await?;
        facts.team = loads.get(&message.account).cloned().unwrap_or_default();
        // What it led to was not there when it came.
        facts.deal = facts.deal.filter(|deal| deal.id.made_at() < at);
        let hours = self.hours_with(&message.account, &facts).clone();
        facts.open = Some(hours.is_open(at));
        if let Some(thread) = &mut facts.thread {
            thread.open_task = false;
            thread.promises.retain(|promise| promise.task.made_at() < at);
            thread.ticket = thread.ticket.take().filter(|ticket| ticket.id.made_at() < at);
        }
        let event = message_event(Id(0), at, &message, &reading);
        let preferences = self.preferences();
        let mut all: Vec<Would> = Vec::new();
        for action in react(&event, &facts, &self.rules, at) {
            match all.iter_mut().find(|would| would.rule == action.rule) {
                Some(would) => would.deeds.push(action.deed),
                None => all.push(Would {
                    reasons: reasons(&action, &event, &self.rules),
                    paused: preferences.paused.contains_key(&action.rule),
                    rule: action.rule,
                    deeds: vec![action.deed],
                }),
            }
        }
        Ok(Some((message, all)))
    }
}
