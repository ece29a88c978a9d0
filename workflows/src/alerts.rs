//! Alerts that come in numbers are told together, ever more seldom, and learn from whether they were of use.
//!
//! The first of a sort within an hour are told one by one. Those that follow wait for a quarter of an hour,
//! and for a whole one while it goes on, and are then told in one notice.

use std::collections::HashMap;
use std::sync::Mutex;

use rapport_model::event::Figure;
use rapport_model::job::{NewJob, Task};
use rapport_model::people::User;
use rapport_model::time::{DAY, HOUR, MINUTE};
use rapport_model::{Id, Kind, RecordRef, Timestamp};
use rapport_prompts::{NoticeContext, When};
use rapport_storage::alerts::Verdicts;
use rapport_storage::work::Work;

use crate::rules::{Rule, Trigger};
use crate::workflows::lock;
use crate::{WorkflowError, Workflows};

/// So many alerts of a sort are told one by one within an hour.
const ONE_BY_ONE: usize = 3;
/// How long the others wait: first, and while it goes on.
const WAIT: i64 = 15 * MINUTE;
const WAIT_LONG: i64 = HOUR;
/// So many are named in one notice, and so many are looked at.
const NAMED: usize = 8;
const LOOKED_AT: u32 = 5_000;
/// The notice, by its name in `prompts/`.
const TOGETHER: &str = "alert_together";

/// Verdicts count for so long.
const REMEMBERED: i64 = 90 * DAY;
/// What an alert that was of no use does to what counts as unusual, and what one that was; and how far
/// that goes.
const USELESS: f64 = 1.2;
const USEFUL: f64 = 0.95;
const DEMAND: (f64, f64) = (0.8, 3.0);

/// When alerts came of late, kept up to date while a batch is decided.
#[derive(Debug, Default)]
pub struct Heard(Mutex<HashMap<(Id, String), Vec<Timestamp>>>);

impl Heard {
    /// Notes an alert, and returns when it is told: nothing for at once.
    pub(crate) fn note(&self, reader: Id, text: &str, now: Timestamp) -> Option<Timestamp> {
        let mut heard = lock(&self.0);
        let times = heard.entry((reader, text.to_owned())).or_default();
        let within =
            |from: i64, to: i64| times.iter().filter(|at| (from..to).contains(&now.since(**at))).count();
        let (of_late, before) = (within(0, HOUR), within(HOUR, 2 * HOUR));
        times.push(now);
        if of_late < ONE_BY_ONE {
            return None;
        }
        let wait = if before >= ONE_BY_ONE { WAIT_LONG } else { WAIT };
        // All that wait for the same time are one job.
        Some(Timestamp::from_micros((now.micros().div_euclid(wait) + 1) * wait))
    }
}

/// Returns the job that tells a colleague what waits.
pub(crate) fn gather(reader: Id, text: &str, at: Timestamp) -> NewJob {
    NewJob {
        task: Task::Gather { reader, text: text.to_owned() },
        run_at: at,
        idempotency_key: Some(format!("gather/{reader}/{text}/{}", at.micros())),
        correlation: None,
        lane: None,
    }
}

/// Returns how much more unusual than usually a figure must be for an alert, by what was said of those before.
fn demand(verdicts: Verdicts) -> f64 {
    let useless = USELESS.powi(i32::try_from(verdicts.useless).unwrap_or(i32::MAX));
    let useful = USEFUL.powi(i32::try_from(verdicts.useful).unwrap_or(i32::MAX));
    (useless * useful).clamp(DEMAND.0, DEMAND.1)
}

impl Workflows {
    /// Looks which alerts came of late.
    pub(crate) async fn heard(&self, now: Timestamp) -> Result<Heard, WorkflowError> {
        Ok(Heard(Mutex::new(self.store.alert_times(now.plus(-2 * HOUR)).await?)))
    }

    /// Returns how the alerts of each rule were found of late.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn verdicts(&self) -> Result<HashMap<String, Verdicts>, WorkflowError> {
        Ok(self.store.verdicts(self.store.clock().now().plus(-REMEMBERED)).await?)
    }

    /// Returns how much more unusual than usually a figure must be, by what was said of the alerts that rules on
    /// it raised.
    pub(crate) fn demand_of(&self, figure: Figure, verdicts: &HashMap<String, Verdicts>) -> f64 {
        let looks = |rule: &&Rule| {
            let figures = &rule.when.figures;
            rule.on == Trigger::Anomaly && (figures.is_empty() || figures.contains(&figure))
        };
        let said = self.rules.rules.iter().filter(looks).filter_map(|rule| verdicts.get(&rule.name));
        demand(said.fold(Verdicts::default(), |sum, of| Verdicts {
            useful: sum.useful + of.useful,
            useless: sum.useless + of.useless,
        }))
    }

    /// Tells a colleague in one notice of the alerts that came meanwhile.
    pub(crate) async fn gather(
        &self,
        reader: Id,
        text: &str,
        now: Timestamp,
        work: &mut Work,
    ) -> Result<(), WorkflowError> {
        let waiting = self.store.waiting_alerts(reader, text, LOOKED_AT).await?;
        let (Some(first), Some(user)) = (waiting.first(), self.user(reader)) else { return Ok(()) };
        self.refresh().await?;
        let seen = self.store_of(user);
        let mut names = Vec::new();
        for customer in waiting.iter().filter_map(|alert| alert.customer) {
            if names.len() == NAMED {
                break;
            }
            let record = seen.record(RecordRef::new(Kind::Customer, customer)).await?;
            let name = record.filter(|c| !c.deleted).map(|c| crate::service::titled(&c));
            names.extend(name.filter(|name| !names.contains(name)));
        }
        let language = self.language_of(Some(user));
        let context = NoticeContext {
            record: self.prompts().alert(language, text),
            count: waiting.len(),
            due: Some(When { at: first.at, zone: self.zone_of(Some(user)) }),
            open: &names,
            ..NoticeContext::default()
        };
        let key = format!("notice/{TOGETHER}/{text}/{}", now.micros());
        let readers: [&User; 1] = [user];
        work.outbox.extend(self.notices(&readers, TOGETHER, &context, None, &key)?);
        work.told.extend(waiting.iter().map(|alert| alert.id));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_alerts_come_at_once_and_the_others_together_ever_more_seldom() {
        let (heard, start) = (Heard::default(), Timestamp::from_secs(1_800_000_000));
        let at = |minutes: i64| start.plus(minutes * MINUTE);
        let note = |minutes| heard.note(Id(7), "alert_complaint", at(minutes));
        assert_eq!([note(0), note(1), note(2)], [None; 3]);
        assert_eq!(note(3), Some(at(15)));
        assert_eq!(note(14), Some(at(15)));
        assert_eq!(note(15), Some(at(30)));
        assert_eq!(heard.note(Id(8), "alert_complaint", at(3)), None, "somebody else was told of none");
        assert_eq!(heard.note(Id(7), "alert_urgent", at(3)), None, "something else is told by itself");
        for minute in 50..56 {
            note(minute);
        }
        // It has gone on for more than an hour.
        assert_eq!(note(100), Some(at(120)));
        // Then it was quiet.
        assert_eq!(note(300), None);
    }

    #[test]
    fn what_was_of_no_use_must_be_more_unusual_next_time() {
        let of = |useful, useless| demand(Verdicts { useful, useless });
        assert_eq!(of(0, 0), 1.0);
        assert!(of(0, 1) > 1.0 && of(0, 3) > of(0, 2));
        assert!(of(1, 0) < 1.0);
        assert_eq!((of(1_000, 0), of(0, 1_000)), (0.8, 3.0));
    }
}
