//! What happens by itself: steps of sequences, and schedules.

use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;

use chrono::NaiveTime;
use rapport_model::event::{Anomaly, Event, Facts, What};
use rapport_model::job::{Job, JobOutcome, NewJob, Task};
use rapport_model::people::{Scope, User};
use rapport_model::time::DAY;
use rapport_model::{Id, Kind, RecordRef, Timestamp};
use rapport_storage::alerts::Verdicts;
use rapport_storage::work::Work;

use crate::alerts::demand;
use crate::anomaly::{DayFigures, SCORE_MIN, detect, level};
use crate::carry_out::{Decided, Scene, carry_out};
use crate::digest::schedule_of;
use crate::process::failed;
use crate::rules::{Does, Rules, Trigger, react};
use crate::schedule::{due, first_instant};
use crate::steps::in_business_time;
use crate::sweep::sweep;
use crate::{WorkflowError, Workflows};

/// Jobs that are claimed together; each is committed by itself.
const TOGETHER: u32 = 64;
/// Days that tell what is usual.
const PAST_DAYS: i64 = 56;

impl Workflows {
    /// Plans the runs of schedules that have come due, and their next. Returns how many were
    /// planned.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub async fn plan_schedules(&self) -> Result<usize, WorkflowError> {
        self.refresh().await?;
        let now = self.store.clock().now();
        let mut n_planned = 0;
        let states = self.store.schedule_states().await?;
        for schedule in &self.active_rules().schedules {
            for (run, zone) in self.clocks_of(schedule) {
                let Some(state) = states.get(&run) else {
                    // A new schedule begins now: it owes nothing for the time before.
                    let next = schedule.schedule.next(now, zone);
                    self.store.plan_schedule(&run, Vec::new(), now, next).await?;
                    continue;
                };
                if state.next.is_some_and(|next| next > now) {
                    continue;
                }
                let due = due(&schedule.schedule, zone, state.last.unwrap_or(now), now, schedule.missed);
                n_planned += due.run.len();
                let jobs = due.run.iter().map(|planned| run_of(&run, *planned)).collect();
                self.store.plan_schedule(&run, jobs, now, due.next).await?;
            }
        }
        Ok(n_planned)
    }

    /// Returns when something next happens by itself.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn next_timed(&self) -> Result<Option<Timestamp>, WorkflowError> {
        let states = self.store.schedule_states().await?;
        let rules = self.active_rules();
        let runs = rules.schedules.iter().flat_map(|schedule| self.clocks_of(schedule));
        let planned = runs.filter_map(|(run, _)| states.get(&run)?.next);
        Ok(self.store.next_due("timed").await?.into_iter().chain(planned).min())
    }

    /// Does what has come due by now. Returns how many jobs there were.
    ///
    /// # Errors
    /// The store cannot be read or written. Nothing is lost: the jobs are tried again.
    pub async fn run_due(&self) -> Result<usize, WorkflowError> {
        let jobs = self.store.claim("timed", TOGETHER).await?;
        for job in &jobs {
            let now = self.store.clock().now();
            let work = match caught(self.run(job, now)).await {
                Ok(work) => work,
                Err(WorkflowError::Storage(e)) if !e.is_poison() => return Err(e.into()),
                Err(e) => {
                    tracing::warn!(job.id = %job.id, job.attempt = job.attempt, error = %e, "job failed");
                    let outcome = failed(job, now, e.to_string());
                    Work { job: Some((job.id, job.fence, Some(outcome))), ..Work::default() }
                }
            };
            self.store.commit(vec![work]).await?;
        }
        Ok(jobs.len())
    }

    async fn run(&self, job: &Job, now: Timestamp) -> Result<Work, WorkflowError> {
        let mut work = Work { job: Some((job.id, job.fence, Some(JobOutcome::Done))), ..Work::default() };
        match &job.task {
            Task::Step { sequence, step, thread, message, cause, depth, started, version } => {
                let what = What::Step {
                    sequence: sequence.clone(),
                    step: *step,
                    thread: *thread,
                    message: *message,
                };
                let chain = (*cause, *depth);
                let begun = (*started, version.as_deref());
                self.step((*thread, *message), begun, chain, what, (job.run_at, now), &mut work).await?;
            }
            Task::Scheduled { name, planned } => self.scheduled(name, *planned, now, &mut work).await?,
            Task::React { act, record } => self.react_to_change(*act, *record, now, &mut work).await?,
            Task::Sweep { name, planned, after } => {
                self.sweep(name, *planned, *after, now, &mut work).await?;
            }
            Task::Gather { reader, text } => self.gather(*reader, text, now, &mut work).await?,
            Task::Remind { task } => self.remind(*task, job.run_at, &mut work).await?,
            Task::Clock { ticket } => self.look_at_clock(*ticket, now, &mut work).await?,
            Task::Enlist { campaign, run, after } => {
                self.enlist(*campaign, *run, *after, now, &mut work).await?;
            }
            Task::Mail { campaign } => self.mail(*campaign, now, &mut work).await?,
            Task::Understand { .. } => {}
        }
        Ok(work)
    }

    async fn step(
        &self,
        (thread, message): (Id, Id),
        (started, version): (Option<Timestamp>, Option<&str>),
        (cause, depth): (Option<Id>, u8),
        what: What,
        (planned, now): (Timestamp, Timestamp),
        work: &mut Work,
    ) -> Result<(), WorkflowError> {
        let Some(message) = self.store.message(message).await? else { return Ok(()) };
        self.refresh().await?;
        let customers: HashSet<Id> = message.customer.into_iter().collect();
        let known = self.store.known(&customers, &HashSet::from([thread])).await?;
        work.basis = Some(known.basis(message.customer, thread));
        let facts = self.facts(message.customer, thread, &known);
        let started = started.unwrap_or(message.received_at);
        let rules = match &what {
            What::Step { sequence, .. } => self.rules_then(sequence, version).await?,
            _ => self.active_rules(),
        };
        let mut spent = self.spent(&customers, now).await?;
        let spent_by = spent.by(&rules, message.customer, now);
        let facts = Facts { started: Some(started), spent: spent_by, open: Some(true), ..facts };
        let hours = self.hours_with(&message.account, &facts);
        // Nobody is written to by itself while the house is closed.
        if let (false, Some(open), Some((_, _, outcome))) =
            (hours.is_open(now), hours.next_open(now), &mut work.job)
        {
            *outcome = Some(JobOutcome::Wait { at: open, why: "it is outside business hours".into() });
            return Ok(());
        }
        let about = Some(RecordRef::new(Kind::Thread, thread));
        let event = Event { id: self.store.new_id(), at: planned, about, cause, depth, what };
        let decide = |action| Decided { action, id: self.store.new_id() };
        let mut decided: Vec<Decided> = react(&event, &facts, &rules, now).into_iter().map(decide).collect();
        for one in &mut decided {
            in_business_time(&mut one.action.deed, &rules, started, now, hours);
        }
        let actions: Vec<_> = decided.iter().map(|one| one.action.clone()).collect();
        work.firings.extend(spent.note(&actions, &rules, message.customer, now));
        let customer = match message.customer {
            Some(id) => self.store.record(RecordRef::new(Kind::Customer, id)).await?,
            None => None,
        };
        let (new_id, heard) = (|| self.store.new_id(), self.heard(now).await?);
        let scene = Scene {
            message: Some(&message),
            customer: customer.as_ref(),
            rules: rules.clone(),
            ..self.scene(&event, &facts, &heard, now, &new_id)
        };
        carry_out(&scene, &decided, work)?;
        work.events.push(event);
        Ok(())
    }

    async fn scheduled(
        &self,
        name: &str,
        planned: Timestamp,
        now: Timestamp,
        work: &mut Work,
    ) -> Result<(), WorkflowError> {
        // A schedule that is paused or was taken out of the rules has nothing to do any more.
        let rules = self.active_rules();
        let Some(schedule) = rules.schedule(schedule_of(name)) else { return Ok(()) };
        let what = What::Schedule { name: name.to_owned(), planned };
        let event = Event { id: self.store.new_id(), at: now, about: None, cause: None, depth: 0, what };
        match schedule.does {
            Does::Digest(_) => self.send_digests(name, schedule, &event, planned, work).await?,
            Does::Anomaly => self.look_for_anomalies(&event, now, work).await?,
            Does::Silence | Does::Customers => work.jobs.push(sweep(name, planned, Id(0), now)),
            Does::Insight => {
                self.learn(now).await?;
                work.jobs.push(sweep(name, planned, Id(0), now));
            }
        }
        work.events.push(event);
        Ok(())
    }

    async fn look_for_anomalies(
        &self,
        cause: &Event,
        now: Timestamp,
        work: &mut Work,
    ) -> Result<(), WorkflowError> {
        let (past, today) = self.day_figures(now).await?;
        let (verdicts, heard) = (self.verdicts().await?, self.heard(now).await?);
        let midnight = first_instant(self.settings.zone, today.day.and_time(NaiveTime::MIN)).unwrap_or(now);
        let known = self.store.anomalies(midnight, now.plus(1)).await?;
        for anomaly in detect(&past, &today) {
            // What is no worse than it was an hour ago is known.
            let is_known = known.iter().any(|event| match &event.what {
                What::Anomaly(a) => a.figure == anomaly.figure && level(a.score) >= level(anomaly.score),
                _ => false,
            });
            // What was of no use to whoever got it must be more unusual now.
            let of_figure = verdicts_on(&self.rules, &verdicts, &anomaly);
            if is_known || anomaly.score < SCORE_MIN * demand(of_figure) {
                continue;
            }
            let event = Event {
                id: self.store.new_id(),
                at: now,
                about: None,
                cause: Some(cause.id),
                depth: cause.depth + 1,
                what: What::Anomaly(anomaly),
            };
            let facts = Facts { zone: self.settings.zone.name().to_owned(), ..Facts::default() };
            let decided = self.ask(&event, &facts, now);
            let new_id = || self.store.new_id();
            // It tells of everybody's customers.
            let readers: Vec<&User> = self.managers().filter(|user| user.scope == Scope::All).collect();
            let scene = self.scene(&event, &facts, &heard, now, &new_id);
            carry_out(&Scene { managers: readers.clone(), team: readers, ..scene }, &decided, work)?;
            work.events.push(event);
        }
        Ok(())
    }

    /// Returns the figures of the days before the present one, and of the present one so far.
    pub(crate) async fn day_figures(
        &self,
        now: Timestamp,
    ) -> Result<(Vec<DayFigures>, DayFigures), WorkflowError> {
        let zone = self.settings.zone;
        let today = now.local(zone).date_naive();
        let first = match self.store.first_message_at().await? {
            Some(at) => at.max(now.plus(-PAST_DAYS * DAY)).local(zone).date_naive(),
            None => today,
        };
        let days: Vec<_> = first.iter_days().take_while(|day| *day <= today).collect();
        let mut starts: Vec<Timestamp> =
            days.iter().filter_map(|day| first_instant(zone, day.and_time(NaiveTime::MIN))).collect();
        starts.push(now.plus(1));
        let counts = self.store.day_counts(&starts).await?;
        let mut figures: Vec<DayFigures> = days
            .iter()
            .zip(counts)
            .map(|(day, c)| DayFigures { day: *day, n_in: c.n_in, n_negative: c.n_negative })
            .collect();
        let today = figures.pop().unwrap_or(DayFigures { day: today, n_in: 0, n_negative: 0 });
        Ok((figures, today))
    }

    pub(crate) fn ask(&self, event: &Event, facts: &Facts, now: Timestamp) -> Vec<Decided> {
        let decide = |action| Decided { action, id: self.store.new_id() };
        react(event, facts, &self.active_rules(), now).into_iter().map(decide).collect()
    }
}

/// Returns what was said of the alerts that rules on a figure raised.
fn verdicts_on(rules: &Rules, verdicts: &HashMap<String, Verdicts>, anomaly: &Anomaly) -> Verdicts {
    let of_figure = rules.rules.iter().filter(|rule| {
        let figures = &rule.when.figures;
        rule.on == Trigger::Anomaly
            && (figures.is_empty() || figures.iter().any(|figure| figure.name() == anomaly.figure))
    });
    of_figure.filter_map(|rule| verdicts.get(&rule.name)).fold(Verdicts::default(), |sum, of| Verdicts {
        useful: sum.useful + of.useful,
        useless: sum.useless + of.useless,
    })
}

fn run_of(name: &str, planned: Timestamp) -> NewJob {
    NewJob {
        task: Task::Scheduled { name: name.to_owned(), planned },
        run_at: planned,
        idempotency_key: Some(format!("schedule/{name}/{planned}")),
        correlation: None,
        lane: None,
    }
}

/// Runs a step that may panic; then it is as if it had failed.
async fn caught<T>(run: impl Future<Output = Result<T, WorkflowError>>) -> Result<T, WorkflowError> {
    let mut run = std::pin::pin!(run);
    std::future::poll_fn(|context| {
        // What the step had begun is dropped with it; nothing was written.
        match catch_unwind(AssertUnwindSafe(|| run.as_mut().poll(context))) {
            Ok(poll) => poll,
            Err(_) => Poll::Ready(Err(WorkflowError::Panicked)),
        }
    })
    .await
}
