//! Promises: what either side says it will do by a day becomes a task, and is closed when it is kept.
//!
//! Only what names a day or an hour that is still to come is followed: of what somebody will do some day
//! nobody can say that it is late.

use chrono_tz::Tz;
use rapport_model::event::Promiser;
use rapport_model::message::Direction;
use rapport_model::reading::{Promise, Reading};
use rapport_model::{Change, Id, Kind, RecordRef, Timestamp, Value};
use rapport_prompts::{NoticeContext, PromptError};
use rapport_storage::messages::Loaded;

use crate::carry_out::{Scene, harmless};
use crate::rules::zone;
use crate::schedule::{day_after, told};

/// So many promises of one message are followed; a longer list is a plan, and has a reader.
const FOLLOWED_MAX: usize = 3;
const WORDS_CHARS_MAX: usize = 120;

/// Counts the promises of a message that name a day or an hour.
pub(crate) fn dated(reading: &Reading) -> u32 {
    reading.promises.iter().filter(|promise| promise.due.is_some()).count() as u32
}

/// Returns whose promises a message makes.
pub(crate) fn promiser(message: &Loaded) -> Promiser {
    if message.direction == Direction::Out { Promiser::House } else { Promiser::Customer }
}

/// Returns when a promise is looked at: ours when it is due, theirs once the day is over, so that it had
/// its chance; nothing for one without a time, or whose time is past.
fn looked_at(promise: &Promise, by: Promiser, zone: Tz, now: Timestamp) -> Option<Timestamp> {
    let (at, has_hour) = told(promise.due.as_deref()?, zone)?;
    let at = match by {
        Promiser::Customer if !has_hour => day_after(at, zone)?,
        _ => at,
    };
    (at > now).then_some(at)
}

impl Scene<'_> {
    /// Returns the tasks of a message's promises: of ours for whoever made them, of theirs for whoever
    /// looks after the customer. The first has the id.
    pub(crate) fn promised(&self, first: Id) -> Result<Vec<Change>, PromptError> {
        let (Some(message), Some(reading)) = (self.message, self.reading) else { return Ok(Vec::new()) };
        let by = promiser(message);
        let text = match by {
            Promiser::House => "task_promised_by_us",
            Promiser::Customer => "task_promised_to_us",
        };
        let owner = self.facts.owner.as_ref().map(|user| user.id);
        let owner = if by == Promiser::House { message.author.or(owner) } else { owner };
        let zone = zone(self.facts);
        let due = |promise: &'_ Promise| looked_at(promise, by, zone, self.now);
        let followed = reading.promises.iter().filter_map(|promise| Some((promise, due(promise)?)));
        let mut changes = Vec::new();
        for (n, (promise, due)) in followed.take(FOLLOWED_MAX).enumerate() {
            let words = harmless(&rapport_nlp::text::excerpt(&promise.text, WORDS_CHARS_MAX));
            let name = self.customer.map_or("", |customer| customer.text("name"));
            let context = NoticeContext { customer: name, excerpt: &words, ..NoticeContext::default() };
            let id = if n == 0 { first } else { (self.new_id)() };
            changes.push(
                Change::create(RecordRef::new(Kind::Task, id))
                    .with("title", self.prompts.phrase(self.language, text, &context)?)
                    .with("due", due)
                    .with("owner", owner)
                    .with("customer", self.facts.customer.as_ref().map(|customer| customer.id))
                    .with("deal", self.facts.deal.as_ref().map(|deal| deal.id))
                    .with("thread", message.thread)
                    .with("message", message.id)
                    .with("promise", by.name()),
            );
        }
        Ok(changes)
    }

    /// Returns what closes the tasks of the promises that a message keeps.
    pub(crate) fn kept(&self) -> Vec<Change> {
        let (Some(message), Some(thread)) = (self.message, &self.facts.thread) else { return Vec::new() };
        let by = promiser(message);
        let kept = thread.promises.iter().filter(|promise| promise.by == by);
        let done =
            |task| Change::update(RecordRef::new(Kind::Task, task)).set("done_at", Value::Null, self.now);
        kept.map(|promise| done(promise.task)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ours_is_looked_at_when_it_is_due_and_theirs_when_the_day_is_over() {
        let zone = Tz::Europe__Berlin;
        let now = Timestamp::parse("2026-03-04T12:00:00Z").unwrap();
        let at = |by, due: Option<&str>| {
            let due = due.map(str::to_owned);
            let promise = Promise { text: String::new(), due, start: 0, end: 0 };
            let at = looked_at(&promise, by, zone, now)?;
            Some(at.local(zone).format("%a %d %H:%M").to_string())
        };
        for (by, due, expected) in [
            (Promiser::House, Some("2026-03-06"), Some("Fri 06 09:00")),
            (Promiser::House, Some("2026-03-06T15:00"), Some("Fri 06 15:00")),
            (Promiser::Customer, Some("2026-03-06"), Some("Sat 07 09:00")),
            (Promiser::Customer, Some("2026-03-06T15:00"), Some("Fri 06 15:00")),
            (Promiser::Customer, Some("2026-03-04"), Some("Thu 05 09:00")),
            (Promiser::House, Some("2026-03-03"), None),
            (Promiser::House, Some("soon"), None),
            (Promiser::House, None, None),
        ] {
            assert_eq!(at(by, due).as_deref(), expected, "{by} {due:?}");
        }
    }
}
