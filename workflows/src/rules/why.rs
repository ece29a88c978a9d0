//! Why a rule did something, as data; `prompts/` makes the sentence.

use rapport_model::Timestamp;
use rapport_model::action::Action;
use rapport_model::event::{Anomaly, Changed, Deadline, Event, Silence, Soured, What};
use rapport_model::reading::{Intent, Mood};
use rapport_model::time::DAY;

use super::Rules;

/// One reason for an action.
#[derive(Clone, Debug, PartialEq)]
pub enum Reason {
    /// The message wants this.
    Intent {
        /// What it wants.
        name: Intent,
        /// How likely, in 0..=1.
        p: f32,
    },
    /// The message feels like this.
    Mood(Mood),
    /// The message wants an answer within hours.
    Urgent,
    /// The customer has been silent for so many days.
    Silent {
        /// Whole days since the message that started the sequence.
        days: i64,
    },
    /// A figure was unusual at that time.
    Unusual(Anomaly, Timestamp),
    /// A ticket is close to a target, or beyond it.
    Due(Deadline),
    /// A ticket was settled.
    Closed,
    /// A record was made or changed.
    Changed(Changed),
    /// The customer has not written for longer than they usually do.
    Quiet(Silence),
    /// The customer sounds unhappier than they used to.
    Soured(Soured),
}

/// Returns what in `event` made a rule decide `action`: only what the rule asked for, the intent
/// that it took first. Empty for a rule that looks at no more than that something happened, and for
/// one that is no longer in `rules`.
pub fn reasons(action: &Action, event: &Event, rules: &Rules) -> Vec<Reason> {
    match &event.what {
        What::Message(message) => {
            let Some(when) = rules.rule(&action.rule).map(|r| &r.when.message) else { return Vec::new() };
            let wanted = message.intents.iter().filter(|i| when.intents.contains(&i.name));
            let intent = wanted.max_by(|a, b| a.p.total_cmp(&b.p));
            let mut found: Vec<Reason> =
                intent.map(|i| Reason::Intent { name: i.name, p: i.p }).into_iter().collect();
            found.extend((!when.moods.is_empty()).then_some(Reason::Mood(message.mood)));
            found.extend((when.urgent == Some(true)).then_some(Reason::Urgent));
            found
        }
        What::Step { sequence, step, .. } => {
            let step = rules.sequence(sequence).and_then(|s| s.steps.get(*step));
            step.map(|s| Reason::Silent { days: s.after / DAY }).into_iter().collect()
        }
        What::Anomaly(anomaly) => vec![Reason::Unusual(anomaly.clone(), event.at)],
        What::ServiceLevel(deadline) => vec![Reason::Due(deadline.clone())],
        What::TicketClosed { .. } => vec![Reason::Closed],
        What::Changed(change) => vec![Reason::Changed(change.clone())],
        What::Silence(silence) => vec![Reason::Quiet(silence.clone())],
        What::Soured(soured) => vec![Reason::Soured(*soured)],
        What::Schedule { .. } | What::Drafted { .. } | What::Asked { .. } | What::Import(_) => Vec::new(),
    }
}
