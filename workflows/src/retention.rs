//! How long what is kept: reads the times of the configuration, and forgets what has outlived them, a portion at
//! a time.

use std::collections::BTreeMap;

use chrono::Months;
use chrono_tz::Tz;
use rapport_model::retention::{Kept, Outlived};
use rapport_model::time::DAY;
use rapport_model::{Actor, Id, Timestamp};
use rapport_storage::work::Work;

use crate::sweep::sweep;
use crate::{WorkflowError, Workflows};

/// So much is forgotten in one transaction.
const PORTION: u32 = 200;
/// So many customers are erased before other work has its turn: each is looked for in everything.
const CUSTOMERS: u32 = 5;
/// Nothing is kept for less than this, in days: a slip of the pen would cost a house its mails.
const DAYS_MIN: u32 = 7;
/// Nor for more, in years.
const YEARS_MAX: u32 = 100;

/// How long something is kept: days, or months of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// So many days.
    Days(u32),
    /// So many months.
    Months(u32),
}

/// How long what is kept; what is not named is kept for good.
pub type Retention = BTreeMap<Kept, Period>;

impl Period {
    /// Reads `90 days`, `12 weeks`, `24 months`, `3 years`; nothing for anything else, and for less than a week or
    /// more than a hundred years.
    pub fn read(text: &str) -> Option<Self> {
        let (n, unit) = text.trim().split_once(' ')?;
        if !n.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let n: u32 = n.parse().ok()?;
        let within = |n: u32, of: u32| n.checked_mul(of);
        Some(match unit.trim() {
            "day" | "days" => Self::Days(Some(n).filter(|n| (DAYS_MIN..=YEARS_MAX * 366).contains(n))?),
            "week" | "weeks" => {
                Self::Days(within(n, 7).filter(|n| (DAYS_MIN..=YEARS_MAX * 366).contains(n))?)
            }
            "month" | "months" => Self::Months(Some(n).filter(|n| (1..=YEARS_MAX * 12).contains(n))?),
            "year" | "years" => Self::Months(within(n, 12).filter(|n| (1..=YEARS_MAX * 12).contains(n))?),
            _ => return None,
        })
    }

    /// Returns what is older than this is not kept, by the calendar of `zone`.
    pub fn before(self, now: Timestamp, zone: Tz) -> Timestamp {
        match self {
            Self::Days(n) => now.plus(-i64::from(n) * DAY),
            Self::Months(n) => {
                let local = now.local(zone);
                let then = local.date_naive().checked_sub_months(Months::new(n));
                let days = then.map_or(0, |then| (local.date_naive() - then).num_days());
                now.plus(-days * DAY)
            }
        }
    }
}

impl Workflows {
    /// Tells how much has outlived its time, by kind; only of what the house gives a time.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn outlived(&self, now: Timestamp) -> Result<Vec<(Kept, Timestamp, Outlived)>, WorkflowError> {
        let mut all = Vec::new();
        for (kind, period) in &self.settings.retention {
            let before = period.before(now, self.settings.zone);
            all.push((*kind, before, self.store.outlived(*kind, before).await?));
        }
        Ok(all)
    }

    /// Forgets a portion of what has outlived its time. Returns how much that was, by kind; nothing once all is
    /// done.
    ///
    /// # Errors
    /// The store or the index failed. What was forgotten before stays so; the next run goes on.
    pub async fn forget_portion(&self, now: Timestamp) -> Result<Option<(Kept, usize)>, WorkflowError> {
        for (kind, period) in &self.settings.retention {
            let before = period.before(now, self.settings.zone);
            let n = match kind {
                Kept::Customers => self.erase_outlived(before).await?,
                _ => self.store.forget_outlived(*kind, before, PORTION).await?,
            };
            if n > 0 {
                self.index_for_search().await?;
                return Ok(Some((*kind, n)));
            }
        }
        Ok(None)
    }

    async fn erase_outlived(&self, before: Timestamp) -> Result<usize, WorkflowError> {
        let mut n = 0;
        for customer in self.store.outlived_customers(before, CUSTOMERS).await? {
            n += usize::from(self.erase(customer, Actor::Service("retention".into())).await?.is_some());
        }
        if n > 0 {
            self.store.note_forgotten(Kept::Customers, before, n).await?;
        }
        Ok(n)
    }

    /// Forgets a portion for a schedule, and plans the next; `step` counts them.
    pub(crate) async fn retain(
        &self,
        (name, planned): (&str, Timestamp),
        step: Id,
        now: Timestamp,
        work: &mut Work,
    ) -> Result<(), WorkflowError> {
        if let Some((kind, n)) = self.forget_portion(now).await? {
            tracing::info!(kind = %kind, n, "forgotten because of its age");
            work.jobs.push(sweep(name, planned, Id(step.0 + 1), now));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_a_number_and_a_unit_that_somebody_may_mean() {
        for (text, expected) in [
            ("90 days", Some(Period::Days(90))),
            ("2 weeks", Some(Period::Days(14))),
            (" 24 months ", Some(Period::Months(24))),
            ("1 month", Some(Period::Months(1))),
            ("10 years", Some(Period::Months(120))),
            ("6 days", None),
            ("0 months", None),
            ("101 years", None),
            ("4294967295 years", None),
            ("-3 months", None),
            ("24", None),
            ("24months", None),
            ("two years", None),
            ("", None),
        ] {
            assert_eq!(Period::read(text), expected, "{text}");
        }
    }

    #[test]
    fn months_are_those_of_the_calendar() {
        let now = Timestamp::parse("2027-03-31T10:00:00Z").unwrap();
        let before = |period: Period| period.before(now, Tz::Europe__Berlin).to_string();
        assert_eq!(before(Period::Months(1)), "2027-02-28T10:00:00Z");
        assert_eq!(before(Period::Months(24)), "2025-03-31T10:00:00Z");
        assert_eq!(before(Period::Days(30)), "2027-03-01T10:00:00Z");
    }
}
