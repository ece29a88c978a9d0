//! Service levels: by when the house answers and settles what customers want of it.
//!
//! [`standings`] tells from the course that a ticket took how much of its time has passed; it is pure.
//! `watch.rs` wakes when a warning or a breach comes, and says so once. Nothing is stored but the
//! events: every deadline is worked out anew from the journal, so that it holds whatever was changed,
//! undone or missed.

mod clock;
mod efficiency;
mod satisfaction;
mod stars;
#[cfg(test)]
mod tests;
mod watch;

use rapport_model::named;
use rapport_model::people::{Lifecycle, Priority};
use rapport_storage::courses::Course;

use crate::hours::BusinessSpan;

pub use clock::{Standing, standings};
pub use efficiency::{Efficiency, Lengths, efficiency};
pub use satisfaction::{PRIOR_RATINGS, Satisfaction, Score, satisfaction};
pub use stars::stars;
pub use watch::NextDue;
pub(crate) use watch::{clock, fingerprint, titled};

named! {
    /// What stops the clocks of a ticket.
    pub enum Pause {
        /// It waits for the customer.
        Pending = "pending",
        /// It was put out of sight.
        Snoozed = "snoozed",
    }
}

/// What the house promises for some tickets. The first level of the file that fits a ticket holds.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceLevel {
    /// Its name, which stands in the history of what it does.
    pub name: String,
    /// For which tickets.
    pub when: WhenTicket,
    /// Within how much business time a person answers.
    pub first_response: Option<BusinessSpan>,
    /// Within how much business time the ticket is settled.
    pub resolution: Option<BusinessSpan>,
    /// After which share of the time it warns, in 0..=1.
    pub warn: f64,
    /// What stops its clocks.
    pub pause: Vec<Pause>,
}

/// What must be true of a ticket. Everything named must hold; of a list one is enough, and an empty
/// list asks nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WhenTicket {
    /// How soon it wants care.
    pub priorities: Vec<Priority>,
    /// Where the customer stands.
    pub lifecycles: Vec<Lifecycle>,
    /// One of the customer's tags.
    pub tags: Vec<String>,
    /// The mailbox that it came to.
    pub mailboxes: Vec<String>,
    /// The team of whoever looks after it.
    pub teams: Vec<String>,
}

impl WhenTicket {
    /// Tells whether it holds for a ticket that somebody of `team` looks after.
    pub fn holds(&self, course: &Course, team: &str) -> bool {
        let named = |asked: &[String], name: &str| asked.is_empty() || asked.iter().any(|a| a == name);
        (self.priorities.is_empty() || self.priorities.contains(&course.priority))
            && (self.lifecycles.is_empty() || course.lifecycle.is_some_and(|l| self.lifecycles.contains(&l)))
            && (self.tags.is_empty() || course.tags.iter().any(|tag| self.tags.contains(tag)))
            && named(&self.mailboxes, &course.mailbox)
            && named(&self.teams, team)
    }
}
