//! What of all that waits is best done first; pure.

use rapport_model::Timestamp;
use rapport_model::people::Priority;
use rapport_model::time::{DAY, HOUR};

/// Something that waits for a colleague.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Waits {
    /// A customer for an answer.
    Answer {
        /// Since when.
        since: Timestamp,
        /// How they feel, from −1 to 1.
        mood: f64,
        /// Whether they want an answer within hours.
        urgent: bool,
        /// How soon their ticket wants care.
        ticket: Option<Priority>,
    },
    /// A ticket that nobody has answered, and no mail of a customer waits for that.
    Ticket {
        /// Since when.
        since: Timestamp,
        /// How soon it wants care.
        priority: Priority,
    },
    /// A task.
    Task {
        /// By when.
        due: Timestamp,
    },
    /// A deal about which nobody wrote.
    Deal {
        /// Since when.
        silent_since: Timestamp,
        /// How likely it is won, in 0..=1.
        probability: f64,
    },
}

/// A deal about which nobody wrote for so long is stuck.
pub(super) const STUCK_AFTER: i64 = 14 * DAY;

/// Returns how much something should come first; nothing for what can wait.
///
/// An hour of waiting counts one point, up to three days. That somebody is unhappy or that it is
/// urgent counts as much as one or two days more. What was promised to oneself (a task) comes behind people
/// who wait for as long.
pub(super) fn weight(waits: &Waits, now: Timestamp) -> Option<f64> {
    let hours = |since: Timestamp| (now.since(since) as f64 / HOUR as f64).clamp(0.0, 72.0);
    let of_ticket = |priority: Priority| match priority {
        Priority::Low => -12.0,
        Priority::Normal => 0.0,
        Priority::High => 24.0,
        Priority::Urgent => 48.0,
    };
    match *waits {
        Waits::Answer { since, mood, urgent, ticket } => {
            let unhappy = 24.0 * (-mood).clamp(0.0, 1.0);
            Some(
                30.0 + hours(since)
                    + unhappy
                    + if urgent { 48.0 } else { 0.0 }
                    + ticket.map_or(0.0, of_ticket),
            )
        }
        Waits::Ticket { since, priority } => Some(20.0 + hours(since) + of_ticket(priority)),
        Waits::Task { due } if due < now => Some(15.0 + hours(due)),
        // What is due within a working day may be begun; before that nothing is.
        Waits::Task { due } if due.since(now) <= 12 * HOUR => Some(5.0),
        Waits::Task { .. } => None,
        Waits::Deal { silent_since, probability } => {
            (now.since(silent_since) >= STUCK_AFTER).then_some(10.0 + 20.0 * probability)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_unhappy_or_waits_longer_comes_first() {
        let now = Timestamp::from_secs(1_000_000_000);
        let ago = |hours: i64| now.plus(-hours * HOUR);
        let answer = |hours, mood, urgent| Waits::Answer { since: ago(hours), mood, urgent, ticket: None };
        let order = [
            Waits::Answer { since: ago(1), mood: -0.9, urgent: true, ticket: Some(Priority::Urgent) },
            answer(2, -0.8, true),
            answer(60, 0.0, false),
            answer(30, -0.8, false),
            answer(30, 0.0, false),
            Waits::Task { due: ago(30) },
            answer(1, 0.5, false),
            Waits::Deal { silent_since: ago(24 * 15), probability: 0.7 },
            Waits::Ticket { since: ago(1), priority: Priority::Normal },
            Waits::Task { due: now.plus(HOUR) },
        ];
        let weights: Vec<f64> = order.iter().map(|waits| weight(waits, now).unwrap()).collect();
        assert!(weights.windows(2).all(|pair| pair[0] > pair[1]), "{weights:?}");
        assert_eq!(weight(&Waits::Task { due: now.plus(3 * DAY) }, now), None);
        assert_eq!(weight(&Waits::Deal { silent_since: ago(24), probability: 0.7 }, now), None);
    }
}
