//! Whether what a rule asks for is true.

use rapport_model::event::{Anomaly, Deadline, Facts, MessageFacts};
use rapport_model::people::TicketStatus;

use super::{TicketState, When, WhenMessage, WhenState};

impl When {
    pub(super) fn holds_for_message(&self, message: &MessageFacts, facts: &Facts) -> bool {
        self.message.holds(message) && self.state.holds(facts)
    }

    pub(super) fn holds_for_step(&self, sequence: &str, step: usize, facts: &Facts) -> bool {
        self.sequence.as_ref().is_none_or(|s| s == sequence)
            && self.step.is_none_or(|s| s == step)
            && self.state.holds(facts)
    }

    pub(super) fn holds_for_deadline(&self, deadline: &Deadline, facts: &Facts) -> bool {
        one_of(&self.reached, &deadline.reached)
            && one_of(&self.goals, &deadline.goal)
            && self.state.holds(facts)
    }

    pub(super) fn holds_for_anomaly(&self, anomaly: &Anomaly) -> bool {
        (self.figures.is_empty() || self.figures.iter().any(|f| f.name() == anomaly.figure))
            && anomaly.score >= self.min_score
    }
}

impl WhenMessage {
    fn holds(&self, message: &MessageFacts) -> bool {
        // Intents exclude each other, so that it wants one of these has the sum of their chances.
        let p =
            || message.intents.iter().filter(|i| self.intents.contains(&i.name)).map(|i| i.p).sum::<f32>();
        let speaks = |code: &String| message.language.eq_ignore_ascii_case(code);
        message.direction == self.direction
            && (self.intents.is_empty() || p() >= self.min_p)
            && one_of(&self.moods, &message.mood)
            && self.urgent.is_none_or(|urgent| urgent == message.urgent)
            && self.promise.is_none_or(|promise| promise == (message.promises > 0))
            && one_of(&self.channels, &message.channel)
            && (self.languages.is_empty() || self.languages.iter().any(speaks))
    }
}

impl WhenState {
    pub(super) fn holds(&self, facts: &Facts) -> bool {
        let customer = facts.customer.as_ref();
        let thread = facts.thread.as_ref();
        let is = |wanted: Option<bool>, fact: bool| wanted.is_none_or(|w| w == fact);
        let ticket = match thread.and_then(|t| t.ticket.as_ref()).map(|t| t.status) {
            Some(TicketStatus::Open) => TicketState::Open,
            Some(TicketStatus::Pending) => TicketState::Pending,
            Some(TicketStatus::Closed) | None => TicketState::None,
        };
        (self.lifecycles.is_empty() || customer.is_some_and(|c| self.lifecycles.contains(&c.lifecycle)))
            && (self.tags.is_empty()
                || customer.is_some_and(|c| c.tags.iter().any(|t| self.tags.contains(t))))
            && is(self.has_owner, facts.owner.is_some() || customer.is_some_and(|c| c.owner.is_some()))
            && is(self.open_deal, facts.deal.is_some())
            && is(self.first_message, customer.is_some_and(|c| c.n_in <= 1))
            && is(self.customer_wrote, thread.is_some_and(|t| t.last_in.is_some()))
            && is(self.answered, thread.is_some_and(|t| t.last_out.is_some()))
            && one_of(&self.tickets, &ticket)
    }
}

/// Tells whether `fact` is among what is asked for; no list asks nothing.
fn one_of<T: PartialEq>(asked: &[T], fact: &T) -> bool {
    asked.is_empty() || asked.contains(fact)
}
