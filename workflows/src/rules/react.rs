//! From an event to what should be done about it.
//!
//! A file of rules decides what is wanted; here is what holds whatever a file says:
//!
//! - Nothing happens by itself about a customer whose data may only be kept.
//! - What a machine wrote, mail within the house, old news, and a chain of events that goes on and
//!   on start nothing.
//! - No automatic mail goes to somebody who opted out, or who has written meanwhile.
//! - Nothing is done that is already so: no second ticket, task or deal, no owner in place of
//!   another, no customer turned back into a lead.
//! - Thanks do not open a ticket again.
//! - One event makes one ticket, one task, one mail and one notice to the same people.

use std::mem::discriminant;

use chrono_tz::Tz;
use rapport_model::action::{Action, Audience, Deed, Severity};
use rapport_model::consent::Purpose;
use rapport_model::event::{
    Deadline, Event, Facts, Load, MessageFacts, Promiser, Reached, ThreadFacts, What,
};
use rapport_model::message::{Automation, Direction, Trust};
use rapport_model::people::{Lifecycle, TicketStatus};
use rapport_model::privacy::DataRight;
use rapport_model::reading::Intent;
use rapport_model::time::DAY;
use rapport_model::{Id, Kind, Timestamp};

use super::{How, Rule, RuleDeed, Rules, Trigger, When};

/// How many events may lead to each other before the chain is cut.
const DEPTH_MAX: usize = 5;

/// How late a step can be, in microseconds, without those that follow being put off: a long weekend.
const STEP_LATE_MAX: i64 = 3 * DAY;

/// Returns what to do about `event`, in the order of the rules, given what was known when it
/// happened. `now` is the present.
///
/// The `at` of a step's event is the time for which it was planned.
pub fn react(event: &Event, facts: &Facts, rules: &Rules, now: Timestamp) -> Vec<Action> {
    let is_restricted = facts.customer.as_ref().is_some_and(|customer| customer.restricted);
    if is_restricted || chain_length(event) >= DEPTH_MAX {
        return Vec::new();
    }
    let case = Case { event, facts, rules, now };
    let decided = match &event.what {
        What::Message(message) if is_worth_acting_on(message, rules, now) => {
            case.by_rules(Trigger::Message, |when| when.message.holds(message))
        }
        What::Step { sequence, step, .. } => case.by_sequence(sequence, *step),
        What::ServiceLevel(deadline) => case.by_level(deadline),
        What::TicketClosed { .. } => case.by_rules(Trigger::TicketClosed, |_| true),
        What::Anomaly(anomaly) => case.by_rules(Trigger::Anomaly, |when| when.holds_for_anomaly(anomaly)),
        What::Changed(change) => Trigger::of(change.record.kind)
            .map(|on| case.by_rules(on, |when| when.holds_for_change(change, facts)))
            .unwrap_or_default(),
        What::Silence(_) => case.by_rules(Trigger::Silence, |_| true),
        What::Soured(_) => case.by_rules(Trigger::Soured, |_| true),
        What::Schedule { name, .. } if facts.customer.is_some() => {
            case.by_rules(Trigger::Schedule, |when| when.holds_for_schedule(name))
        }
        // Nothing follows from a table that was brought in.
        What::Message(_)
        | What::Schedule { .. }
        | What::Drafted { .. }
        | What::Asked { .. }
        | What::Import(_) => Vec::new(),
    };
    settle(decided)
}

/// Returns what sort of event it is for rules; nothing for one that they do not look at.
pub(crate) fn trigger(what: &What) -> Option<Trigger> {
    Some(match what {
        What::Message(_) => Trigger::Message,
        What::Step { .. } => Trigger::Step,
        What::ServiceLevel(_) => Trigger::ServiceLevel,
        What::TicketClosed { .. } => Trigger::TicketClosed,
        What::Anomaly(_) => Trigger::Anomaly,
        What::Changed(change) => return Trigger::of(change.record.kind),
        What::Silence(_) => Trigger::Silence,
        What::Soured(_) => Trigger::Soured,
        What::Schedule { .. } => Trigger::Schedule,
        What::Drafted { .. } | What::Asked { .. } | What::Import(_) => return None,
    })
}

/// Returns how many events led to this one. The steps of a sequence lead to each other too, but they
/// end by themselves, so a long sequence is no endless chain.
fn chain_length(event: &Event) -> usize {
    let own_steps = if let What::Step { step, .. } = event.what { step } else { 0 };
    usize::from(event.depth).saturating_sub(own_steps)
}

/// Tells whether a person outside wrote the message, or one of ours wrote to them, of late.
fn is_worth_acting_on(message: &MessageFacts, rules: &Rules, now: Timestamp) -> bool {
    message.automation == Automation::None
        && message.direction != Direction::Internal
        && !message.history
        && now.since(message.received_at) <= rules.max_age
}

/// From this chance on a message counts as nothing but kind words.
const THANKS_P_MIN: f32 = 0.6;

/// Tells whether a message only thanks. "Thank you, it works now" is no reason to open a ticket
/// again.
fn is_thanks(message: &MessageFacts) -> bool {
    message.intents.first().is_some_and(|i| i.name == Intent::Praise && i.p >= THANKS_P_MIN)
}

/// What a decision rests on.
struct Case<'a> {
    event: &'a Event,
    facts: &'a Facts,
    rules: &'a Rules,
    now: Timestamp,
}

impl Case<'_> {
    /// Returns what the rules on a sort of event decide for which what is asked for `holds`: of the event,
    /// and of the customer and the conversation.
    fn by_rules(&self, on: Trigger, holds: impl Fn(&When) -> bool) -> Vec<Action> {
        let by = match &self.event.what {
            What::Changed(change) => change.by.as_deref(),
            _ => None,
        };
        // What a rule did itself does not set it off again.
        let may = |rule: &Rule| Some(rule.name.as_str()) != by && !self.facts.spent.contains(&rule.name);
        let fits = |rule: &&Rule| {
            rule.on == on && may(rule) && holds(&rule.when) && rule.when.state.holds(self.facts, self.now)
        };
        let mut actions = Vec::new();
        for rule in self.rules.rules.iter().filter(fits) {
            let deeds = rule.deeds.iter().filter_map(|wanted| self.possible(wanted));
            actions.extend(deeds.map(|deed| Action { rule: rule.name.clone(), deed }));
        }
        actions
    }

    /// Returns what a step of a sequence does: write and plan the next step, if the customer is
    /// still silent and may be written to.
    fn by_sequence(&self, name: &str, step: usize) -> Vec<Action> {
        let Self { facts, rules, now, .. } = self;
        let Some(sequence) = rules.sequence(name) else { return Vec::new() };
        let Some(this) = sequence.steps.get(step) else { return Vec::new() };
        let (Some(thread), Some(customer)) = (&facts.thread, &facts.customer) else { return Vec::new() };
        let Some(started) = facts.started else { return Vec::new() };
        if !customer.refusals.allow(Purpose::FollowUp)
            || has_moved_on(thread, started)
            || !sequence.when.holds(facts, *now)
        {
            return Vec::new();
        }
        let action = |deed| Action { rule: sequence.name.clone(), deed };
        let mut actions = vec![action(Deed::Write { text: this.text.clone() })];
        if let Some(next) = sequence.steps.get(step + 1) {
            // After downtime the steps keep their distance: two mails at once are worse than late.
            let distance = next.after - this.after;
            let at = match now.since(started.plus(this.after)) > STEP_LATE_MAX {
                true => now.plus(distance),
                false => started.plus(next.after).max(now.plus(distance.min(DAY))),
            };
            actions.push(action(Deed::NextStep { sequence: sequence.name.clone(), step: step + 1, at }));
        }
        actions.extend(self.by_rules(Trigger::Step, |when| when.holds_for_step(name, step)));
        actions
    }

    /// Returns what a ticket's deadline leads to: whoever looks after it learns of it, of a breach the
    /// managers, too.
    fn by_level(&self, deadline: &Deadline) -> Vec<Action> {
        let action = |to, text: &str, severity| {
            let deed = Deed::Notify { to, text: text.to_owned(), severity };
            Action { rule: deadline.name.clone(), deed }
        };
        let mut actions = match deadline.reached {
            Reached::Warned => vec![action(Audience::Owner, "ticket_due", Severity::Warning)],
            Reached::Breached => [Audience::Owner, Audience::Managers]
                .map(|to| action(to, "alert_overdue", Severity::Alert))
                .into(),
        };
        actions.extend(self.by_rules(Trigger::ServiceLevel, |when| when.holds_for_deadline(deadline)));
        actions
    }

    /// Tells whether the ticket of the conversation is another customer's.
    fn is_strangers(&self) -> bool {
        let ticket = self.facts.thread.as_ref().and_then(|t| t.ticket.as_ref());
        let author = self.facts.customer.as_ref().map(|c| c.id);
        ticket.and_then(|t| t.customer).is_some_and(|theirs| Some(theirs) != author)
    }

    /// Returns the deed that a rule wants, unless it must not be or is already so.
    fn possible(&self, wanted: &RuleDeed) -> Option<Deed> {
        let Self { event, facts, rules, now } = self;
        let message = match &event.what {
            What::Message(message) => Some(message),
            _ => None,
        };
        let is_in = message.is_some_and(|m| m.direction == Direction::In);
        let is_out = message.is_some_and(|m| m.direction == Direction::Out);
        let (customer, thread) = (facts.customer.as_ref(), facts.thread.as_ref());
        let ticket = thread.and_then(|t| t.ticket.as_ref()).map(|t| t.status);
        // What a stranger may have written in the customer's name changes nothing that the customer
        // would miss.
        let proven = message.is_none_or(|m| m.trust.is_none_or(|trust| trust == Trust::Pass));
        let may_write = |purpose| thread.is_some() && customer.is_some_and(|c| c.refusals.allow(purpose));
        let may_refuse = customer.is_some_and(|c| !c.refusals.all);

        let (fits, deed) = match wanted {
            RuleDeed::OpenTicket(priority) => {
                let none_open = thread.is_some() && ticket.is_none_or(|t| t == TicketStatus::Closed);
                (none_open, Deed::OpenTicket(*priority))
            }
            RuleDeed::TicketAnswered => (is_out && ticket == Some(TicketStatus::Open), Deed::TicketAnswered),
            RuleDeed::TicketReopened => {
                let waits = ticket == Some(TicketStatus::Pending);
                let wanted = is_in && waits && !message.is_some_and(is_thanks);
                // Somebody else may write in the customer's conversation; that it is worth the
                // service's time a person says, unless the mail server vouches for them.
                let vouched = message.is_some_and(|m| m.trust == Some(Trust::Pass));
                if self.is_strangers() && !vouched {
                    let text = "alert_stranger".to_owned();
                    let ask = Deed::Notify { to: Audience::Owner, text, severity: Severity::Warning };
                    (wanted, ask)
                } else {
                    (wanted, Deed::TicketReopened)
                }
            }
            RuleDeed::Task { text, due } => {
                let task = Deed::CreateTask { text: text.clone(), due: due.at(*now, zone(facts)) };
                (thread.is_none_or(|t| !t.open_task), task)
            }
            RuleDeed::FollowPromises => {
                // What nobody proved to be the customer's is not held against them.
                let theirs = is_in && proven && customer.is_some() && !self.is_strangers();
                let promises = message.is_some_and(|m| m.promises > 0);
                (promises && thread.is_some() && (theirs || is_out), Deed::FollowPromises)
            }
            RuleDeed::PromisesKept => {
                let by = if is_in { Promiser::Customer } else { Promiser::House };
                let open = thread.is_some_and(|t| t.promises.iter().any(|promise| promise.by == by));
                // A new day for it takes the place of the old one.
                let says = message.is_some_and(|m| m.fulfils || m.promises > 0);
                (open && says, Deed::PromisesKept)
            }
            RuleDeed::OpenDeal => (customer.is_some() && facts.deal.is_none(), Deed::OpenDeal),
            RuleDeed::Lifecycle(to) => {
                let back = |from| from == Lifecycle::Customer && *to == Lifecycle::Lead;
                let moves = customer.is_some_and(|c| c.lifecycle != *to && !back(c.lifecycle));
                (moves, Deed::SetLifecycle(*to))
            }
            RuleDeed::TakeOwnership => {
                let free = facts.owner.is_none() && customer.is_some_and(|c| c.owner.is_none());
                (is_out && free, Deed::TakeOwnership)
            }
            RuleDeed::Assign(how) => {
                let language = customer.map_or("", |c| c.language.as_str());
                let language = message.map_or(language, |m| m.language.as_str());
                let next = whose_turn(*how, &facts.team, language)?;
                let free = facts.owner.is_none() && customer.is_some_and(|c| c.owner.is_none());
                ((is_in || message.is_none()) && free, Deed::Assign(next))
            }
            RuleDeed::Set { field: (kind, field), to } => {
                let has = match kind {
                    Kind::Ticket => ticket.is_some(),
                    _ => customer.is_some(),
                };
                (has, Deed::Set { kind: *kind, field: (*field).to_owned(), to: to.clone() })
            }
            RuleDeed::MoveDeal(stage) => {
                (facts.deal.as_ref().is_some_and(|deal| deal.stage != *stage), Deed::MoveDeal(stage.clone()))
            }
            RuleDeed::Tag(tag) => (customer.is_some_and(|c| !c.tags.contains(tag)), Deed::Tag(tag.clone())),
            RuleDeed::Untag(tag) => {
                (customer.is_some_and(|c| c.tags.contains(tag)), Deed::Untag(tag.clone()))
            }
            RuleDeed::Note(text) => (customer.is_some(), Deed::Note(text.clone())),
            RuleDeed::OptOut if proven => (is_in && may_refuse, Deed::OptOut),
            // Whether it is really they who ask, a person has to find out.
            RuleDeed::OptOut => {
                let text = "alert_unproven".to_owned();
                let ask = Deed::Notify { to: Audience::Owner, text, severity: Severity::Warning };
                (is_in && may_refuse, ask)
            }
            RuleDeed::OpenRequest => {
                let rights = message.map_or(&[][..], |m| &m.rights);
                let asked = customer.map_or(&[][..], |c| &c.asked);
                // What they asked for before and waits is not asked for twice.
                let new: Vec<DataRight> = rights.iter().copied().filter(|r| !asked.contains(r)).collect();
                (is_in && customer.is_some() && !new.is_empty(), Deed::OpenRequest(new))
            }
            RuleDeed::Notify { to, text, severity } => {
                (true, Deed::Notify { to: *to, text: text.clone(), severity: *severity })
            }
            RuleDeed::Start(name) => {
                let sequence = rules.sequence(name)?;
                let from = message.map_or(*now, |message| message.received_at);
                let at = from.plus(sequence.steps.first()?.after);
                let may_start = (is_out || message.is_none())
                    && may_write(Purpose::FollowUp)
                    && sequence.when.holds(facts, *now);
                (may_start, Deed::StartSequence { sequence: name.clone(), at })
            }
            RuleDeed::Stop(name) => (customer.is_some(), Deed::StopSequence(name.clone())),
            RuleDeed::Webhook(name) => (true, Deed::Webhook(name.clone())),
            // Whom it concerns, and whether they were asked of late, is looked at when it is written.
            RuleDeed::AskRating => {
                (customer.is_some_and(|c| c.refusals.allow(Purpose::Survey)), Deed::AskRating)
            }
            RuleDeed::Write(text) => {
                (is_in && may_write(Purpose::Answer), Deed::Write { text: text.clone() })
            }
        };
        fits.then_some(deed)
    }
}

/// Returns whom of the team a customer is given to.
fn whose_turn(how: How, team: &[Load], language: &str) -> Option<Id> {
    let speaks = |load: &&Load| load.language == language;
    let least_busy = |team: &[&Load]| team.iter().min_by_key(|load| (load.open, load.user)).map(|l| l.user);
    let all: Vec<&Load> = team.iter().collect();
    match how {
        How::LeastBusy => least_busy(&all),
        How::RoundRobin => all.iter().min_by_key(|load| (load.given_at, load.user)).map(|load| load.user),
        How::Language => {
            least_busy(&team.iter().filter(speaks).collect::<Vec<_>>()).or_else(|| least_busy(&all))
        }
    }
}

/// Tells whether a person wrote after the message that started a sequence: the customer answered, or a
/// colleague wrote again, whose message starts a sequence of its own.
fn has_moved_on(thread: &ThreadFacts, started: Timestamp) -> bool {
    [thread.last_in, thread.last_out].into_iter().flatten().any(|written| written > started)
}

/// Returns the zone in which a task is due: its owner's, else the house's.
pub(crate) fn zone(facts: &Facts) -> Tz {
    let owner = facts.owner.as_ref().map_or("", |o| o.zone.as_str());
    owner.parse().or_else(|_| facts.zone.parse()).unwrap_or(Tz::UTC)
}

/// Leaves one deed where several do the same: the louder notice and the more urgent ticket, and
/// else the first.
fn settle(decided: Vec<Action>) -> Vec<Action> {
    let mut settled: Vec<Action> = Vec::new();
    for action in decided {
        match settled.iter_mut().find(|other| is_same(&other.deed, &action.deed)) {
            Some(other) if weight(&action.deed) > weight(&other.deed) => *other = action,
            Some(_) => {}
            None => settled.push(action),
        }
    }
    settled
}

/// Tells whether two deeds would do the same twice.
fn is_same(a: &Deed, b: &Deed) -> bool {
    match (a, b) {
        (Deed::Notify { to: a, .. }, Deed::Notify { to: b, .. }) => a == b,
        (Deed::Note(a), Deed::Note(b)) | (Deed::Tag(a), Deed::Tag(b)) | (Deed::Untag(a), Deed::Untag(b)) => {
            a == b
        }
        (Deed::StopSequence(a), Deed::StopSequence(b)) => a == b,
        (Deed::Set { field: a, .. }, Deed::Set { field: b, .. }) => a == b,
        (Deed::Webhook(a), Deed::Webhook(b)) => a == b,
        (Deed::StartSequence { sequence: a, .. }, Deed::StartSequence { sequence: b, .. }) => a == b,
        _ => discriminant(a) == discriminant(b),
    }
}

fn weight(deed: &Deed) -> u8 {
    match deed {
        Deed::OpenTicket(priority) => *priority as u8,
        Deed::Notify { severity, .. } => *severity as u8,
        _ => 0,
    }
}
