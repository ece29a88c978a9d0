//! What a rule has another program told; pure.

use rapport_model::hook::HookEvent;
use rapport_model::job::Outbound;
use rapport_model::{Kind, RecordRef};

use crate::carry_out::{Decided, Scene};

impl Scene<'_> {
    /// Makes what another program is told of an event: which rule, and what it was about.
    pub(crate) fn hook(&self, hook: &str, decided: &Decided, ticket: Option<RecordRef>) -> Outbound {
        let message = self.message.map(|m| RecordRef::new(Kind::Message, m.id));
        let customer = self.facts.customer.as_ref().map(|c| RecordRef::new(Kind::Customer, c.id));
        let (rule, at) = (&decided.action.rule, self.event.at.micros());
        let key = format!("webhook/{hook}/{rule}/{}", self.event.id);
        Outbound {
            about: ticket.or(message).or(customer),
            thread: self.facts.thread.as_ref().map(|t| t.id),
            cause: Some(self.event.id),
            // The name of a rule has nothing that JSON would have to escape.
            body: format!("{{\"at\":{at},\"rule\":\"{rule}\",\"on\":\"{}\"}}", self.event.what.name()),
            ..Outbound::for_hook(decided.id, hook, HookEvent::RuleFired, self.now, key)
        }
    }
}
