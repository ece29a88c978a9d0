//! The commands that prove a digest's figures, as people type them.

use chrono::NaiveTime;
use rapport_model::reading::Intent;
use rapport_model::time::Timestamp;

use crate::digest::{Digest, Whose};

/// The commands of one digest. Each is empty where none gives the figure.
pub(super) struct Searches<'a> {
    digest: &'a Digest,
}

impl<'a> Searches<'a> {
    pub fn of(digest: &'a Digest) -> Self {
        Self { digest }
    }

    /// Tells whether the reader's own searches find what the digest counts.
    fn finds_the_same(&self) -> bool {
        self.digest.whose != Whose::Own { sees_no_more: false }
    }

    fn is_own(&self) -> bool {
        self.digest.whose != Whose::Seen
    }

    pub fn mails(&self, direction: &str) -> String {
        self.find(&format!("direction:{direction}"))
    }

    pub fn unhappy(&self) -> String {
        self.find("mood:negative direction:in")
    }

    pub fn intent(&self, intent: Intent) -> String {
        self.find(&format!("intent:{} direction:in", intent.name()))
    }

    fn find(&self, what: &str) -> String {
        match self.finds_the_same() {
            true => format!("find {what} {}", self.since_until()),
            false => String::new(),
        }
    }

    /// Says the period as filters: by days, of which the last is meant as a whole, or by minutes.
    fn since_until(&self) -> String {
        let Digest { from, to, zone, .. } = self.digest;
        match self.whole_days() {
            Some((first, last)) => format!("since:{first} until:{last}"),
            None => {
                let minute = |at: &Timestamp| at.local(*zone).format("%Y-%m-%d_%H:%M").to_string();
                format!("since:{} until:{}", minute(from), minute(to))
            }
        }
    }

    fn whole_days(&self) -> Option<(String, String)> {
        let (from, to) = (self.digest.from.local(self.digest.zone), self.digest.to.local(self.digest.zone));
        let are_whole = from.time() == NaiveTime::MIN && to.time() == NaiveTime::MIN;
        let last = to.date_naive().pred_opt()?;
        are_whole.then(|| (from.date_naive().to_string(), last.to_string()))
    }

    /// Returns a report on the period, which only whole days have.
    pub fn report(&self, what: &str) -> String {
        match self.whole_days() {
            Some((first, last)) if self.finds_the_same() => format!("report {what} {first}..{last}"),
            _ => String::new(),
        }
    }

    pub fn tickets(&self) -> String {
        match self.digest.open.snoozed {
            0 => if self.is_own() { "tickets mine" } else { "tickets" }.to_owned(),
            // The list leaves those out.
            _ => String::new(),
        }
    }

    pub fn tasks(&self) -> String {
        if self.is_own() { "tasks" } else { "tasks team" }.to_owned()
    }

    pub fn deals(&self) -> String {
        if self.is_own() { "deals" } else { "deals team" }.to_owned()
    }

    pub fn stage(&self, stage: &str) -> String {
        match self.is_own() {
            // The list of a stage is everybody's.
            true => String::new(),
            false => format!("deals {stage}"),
        }
    }
}
