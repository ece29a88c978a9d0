//! The lists of a digest: customers and tasks by name.

use std::collections::HashSet;

use chrono::{NaiveDate, NaiveDateTime};
use chrono_tz::Tz;
use rapport_model::reading::Mood;
use rapport_model::time::DAY;
use rapport_model::{Id, Kind, Record, RecordRef, ShortNumber, Timestamp};
use rapport_prompts::{DueTask, Praise, Silent, Unhappy, Waiting};
use rapport_storage::Store;

use super::quiet::{QUIET_MIN, is_silent, usual};
use crate::carry_out::harmless;
use crate::schedule::first_instant;
use crate::{WorkflowError, Workflows};

/// How many customers a list of the digest names, and how many are looked at for it.
const LISTED: usize = 20;
const LOOKED_AT: u32 = 500;
const PRAISE: u32 = 5;
const EXCERPT_CHARS_MAX: usize = 120;
/// What is due within this time is due next; a promise is looked for in what was written within that.
const DUE_WITHIN: i64 = 7 * DAY;
const PROMISED_WITHIN: i64 = 30 * DAY;

impl Workflows {
    /// Returns what is to be done next, tasks and promises, soonest first.
    pub(super) async fn due(
        &self,
        store: &Store,
        tasks: &[Record],
        at: Timestamp,
    ) -> Result<Vec<DueTask>, WorkflowError> {
        let is_next = |due: &Timestamp| (at..at.plus(DUE_WITHIN)).contains(due);
        let task = |task: &Record| {
            Some(DueTask {
                number: task.short(),
                title: harmless(task.text("title")),
                due: task.get("due").time().filter(is_next)?,
                owner: self.called(task.get("owner").id()),
            })
        };
        let mut due: Vec<DueTask> = tasks.iter().filter_map(task).collect();
        let words = store.last_words(at.plus(-PROMISED_WITHIN), LOOKED_AT).await?;
        for message in store.messages(&words).await? {
            let promises = message.reading.as_ref().map_or(&[][..], |reading| &reading.promises);
            let Some(customer) = message.customer else { continue };
            for promise in promises {
                let by = promise.due.as_deref().and_then(|by| promised_by(by, self.settings.zone));
                let Some(by) = by.filter(is_next) else { continue };
                let Some((number, _)) = name(store, customer).await? else { continue };
                let title = harmless(&promise.text);
                due.push(DueTask { number, title, due: by, owner: self.called(message.author) });
            }
        }
        due.sort_by_key(|task| task.due);
        due.truncate(LISTED);
        Ok(due)
    }

    /// Returns of whom nothing was heard for unusually long, longest first, without those who wait for us.
    pub(super) async fn silent(
        &self,
        store: &Store,
        at: Timestamp,
        waits: &HashSet<Id>,
    ) -> Result<Vec<Silent>, WorkflowError> {
        let mut silent = Vec::new();
        let quiet = store.quiet(at.plus(-QUIET_MIN), LOOKED_AT).await?;
        let all = quiet.iter().filter(|quiet| is_silent(quiet, at) && !waits.contains(&quiet.customer));
        for quiet in all.take(LISTED) {
            let Some((number, name)) = name(store, quiet.customer).await? else { continue };
            let owner = self.called(quiet.owner);
            silent.push(Silent { number, name, since: quiet.last_in, usual: usual(quiet), owner });
        }
        Ok(silent)
    }

    fn called(&self, user: Option<Id>) -> String {
        user.and_then(|id| self.user(id)).map_or_else(String::new, |user| user.display_name().to_owned())
    }
}

pub(super) async fn unhappy(
    store: &Store,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<Unhappy>, WorkflowError> {
    let mut unhappy: Vec<Unhappy> = Vec::new();
    for (message, customer, score) in store.moods(Mood::Negative, from, to, LOOKED_AT).await? {
        let Some((number, name)) = name(store, customer).await? else { continue };
        if unhappy.iter().any(|u| u.number == number) {
            continue;
        }
        let Some(message) = store.message(message).await? else { continue };
        let words = message.reading.as_ref().and_then(|r| r.why.iter().find(|w| w.about == "negative"));
        unhappy.push(Unhappy {
            number,
            name,
            mood: score,
            excerpt: excerpt(message.own_text()),
            why: words.map_or_else(Vec::new, |w| w.words.clone()),
        });
        if unhappy.len() == LISTED {
            break;
        }
    }
    Ok(unhappy)
}

/// Reads by when something was promised: a time, or a day, of which all may pass.
fn promised_by(text: &str, zone: Tz) -> Option<Timestamp> {
    let time = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M").ok();
    let end = || text.parse::<NaiveDate>().ok()?.and_hms_opt(23, 59, 0);
    first_instant(zone, time.or_else(end)?)
}

/// Returns who waits for an answer, longest first, each once.
pub(super) async fn waiting(store: &Store, at: Timestamp) -> Result<Vec<(Id, Waiting)>, WorkflowError> {
    let mut waiting: Vec<(Id, Waiting)> = Vec::new();
    for (customer, thread, since) in store.waiting(at, LOOKED_AT).await? {
        if waiting.iter().any(|(other, _)| *other == customer) {
            continue;
        }
        let Some((number, name)) = name(store, customer).await? else { continue };
        let thread = store.record(RecordRef::new(Kind::Thread, thread)).await?;
        let subject = thread.map_or(String::new(), |t| t.text("subject").to_owned());
        waiting.push((customer, Waiting { number, name, subject, since }));
        if waiting.len() == LISTED {
            break;
        }
    }
    Ok(waiting)
}

pub(super) async fn praise(
    store: &Store,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<Praise>, WorkflowError> {
    let mut praise = Vec::new();
    for (message, customer, _) in store.moods(Mood::Positive, from, to, PRAISE).await? {
        let Some((number, name)) = name(store, customer).await? else { continue };
        let Some(message) = store.message(message).await? else { continue };
        praise.push(Praise { number, name, excerpt: excerpt(message.own_text()) });
    }
    Ok(praise)
}

async fn name(store: &Store, customer: Id) -> Result<Option<(ShortNumber, String)>, WorkflowError> {
    let record = store.record(RecordRef::new(Kind::Customer, customer)).await?;
    Ok(record.map(|r| (r.short(), r.text("name").to_owned())))
}

fn excerpt(text: &str) -> String {
    harmless(&rapport_nlp::text::excerpt(text, EXCERPT_CHARS_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_promise_holds_until_its_time_or_the_end_of_its_day() {
        let by = |text: &str| promised_by(text, Tz::Europe__Berlin).map(|at| at.to_string());
        assert_eq!(by("2026-03-12T10:00").as_deref(), Some("2026-03-12T09:00:00Z"));
        assert_eq!(by("2026-03-12").as_deref(), Some("2026-03-12T22:59:00Z"));
        assert_eq!((by("2026-03"), by("soon"), by("")), (None, None, None));
    }
}
