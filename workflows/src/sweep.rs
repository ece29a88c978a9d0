//! Schedules that look at all customers, a page at a time.

use rapport_model::event::{Silence, What};
use rapport_model::job::{NewJob, Task};
use rapport_model::time::DAY;
use rapport_model::{Id, Kind, RecordRef, Timestamp};
use rapport_storage::work::Work;

use crate::digest::{QUIET_MIN, is_silent, schedule_of, usual_gap};
use crate::happen::Happened;
use crate::rules::{Does, Rules, Trigger};
use crate::{WorkflowError, Workflows};

/// Customers that are looked at together.
const PAGE: u32 = 100;

/// Makes the job that looks at the customers after one for a schedule.
pub(crate) fn sweep(name: &str, planned: Timestamp, after: Id, at: Timestamp) -> NewJob {
    NewJob {
        task: Task::Sweep { name: name.to_owned(), planned, after },
        run_at: at,
        idempotency_key: Some(format!("sweep/{name}/{planned}/{after}")),
        correlation: None,
        lane: None,
    }
}

impl Workflows {
    /// Looks at a page of the customers, and plans the next page.
    pub(crate) async fn sweep(
        &self,
        name: &str,
        planned: Timestamp,
        after: Id,
        now: Timestamp,
        work: &mut Work,
    ) -> Result<(), WorkflowError> {
        self.refresh().await?;
        let rules = self.active_rules();
        let Some(schedule) = rules.schedule(schedule_of(name)) else { return Ok(()) };
        if schedule.does == Does::Retention {
            return self.retain((name, planned), after, now, work).await;
        }
        if let Does::Insight(of) = schedule.does {
            return self.portray((name, planned), (of, after), now, work).await;
        }
        let silent = schedule.does == Does::Silence;
        let on = if silent { Trigger::Silence } else { Trigger::Schedule };
        if !rules.reacts_to(on) {
            return Ok(());
        }
        let (looked_at, full) = match silent {
            true => {
                let page = self.store.silent_after(after, now.plus(-QUIET_MIN), PAGE).await?;
                let full = page.len() == PAGE as usize;
                let last = page.last().map(|quiet| quiet.customer);
                let what = page.into_iter().map(|quiet| {
                    let silence = Silence {
                        days: now.since(quiet.last_in) / DAY,
                        usual: usual_gap(&quiet).map(|gap| gap / DAY),
                        since: quiet.last_in,
                    };
                    (quiet.customer, is_silent(&quiet, now).then_some(What::Silence(silence)))
                });
                (what.collect::<Vec<_>>(), last.filter(|_| full))
            }
            false => {
                let page = self.store.customers_after(after, PAGE).await?;
                let last = page.last().copied().filter(|_| page.len() == PAGE as usize);
                let what = || What::Schedule { name: schedule.name.clone(), planned };
                let concerned = self.concerned(&rules, page, now).await?;
                (concerned.into_iter().map(|customer| (customer, Some(what()))).collect(), last)
            }
        };
        for (customer, what) in looked_at {
            let (Some(what), about) = (what, RecordRef::new(Kind::Customer, customer)) else { continue };
            let Some(record) = self.store.record(about).await?.filter(|record| !record.deleted) else {
                continue;
            };
            let happened = Happened { record: &record, what, cause: None, depth: 0, may_ask: false };
            // A silence is told of once, whatever comes of it.
            self.happened(happened, silent, now, work).await?;
        }
        work.jobs.extend(full.map(|last| sweep(name, planned, last, now)));
        Ok(())
    }

    /// Returns those of these customers whom a rule on a schedule may be about: only they are looked at closely.
    async fn concerned(
        &self,
        rules: &Rules,
        customers: Vec<Id>,
        now: Timestamp,
    ) -> Result<Vec<Id>, WorkflowError> {
        let threads = self.store.newest_threads(customers.iter().copied()).await?;
        let all = customers.iter().copied().collect();
        let known = self.store.known(&all, &threads.values().copied().collect()).await?;
        let is_concerned = |customer: &Id| {
            let thread = threads.get(customer).copied().unwrap_or_default();
            rules.may_concern(Trigger::Schedule, &self.facts(Some(*customer), thread, &known), now)
        };
        Ok(customers.into_iter().filter(is_concerned).collect())
    }
}
