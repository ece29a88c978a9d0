//! What happens by itself: steps of sequences, and schedules.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;

use rapport_model::event::{Event, What};
use rapport_model::job::{Job, JobOutcome, NewJob, Task};
use rapport_model::{Id, Kind, RecordRef, Timestamp};
use rapport_storage::work::Work;

use crate::ask::Asking;
use crate::carry_out::{Scene, carry_out};
use crate::digest::schedule_of;
use crate::process::failed;
use crate::rules::{Does, LookedAt, trigger};
use crate::schedule::due;
use crate::sweep::sweep;
use crate::{WorkflowError, Workflows};

/// Jobs that are claimed together; each is committed by itself.
const TOGETHER: u32 = 64;

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
            Task::Request { request } => {
                self.remind_of_request(*request, (job.run_at, now), &mut work).await?;
            }
            Task::Enlist { campaign, run, after } => {
                self.enlist(*campaign, *run, *after, now, &mut work).await?;
            }
            Task::Mail { campaign } => self.mail(*campaign, now, &mut work).await?,
            // Done elsewhere, from queues of their own.
            Task::Understand { .. } | Task::Backup { .. } => {}
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
        let mut facts = self.facts(message.customer, thread, &known);
        let started = started.unwrap_or(message.received_at);
        facts.started = Some(started);
        let hours = self.hours_with(&message.account, &facts);
        // Nobody is written to by itself while the house is closed.
        if let (false, Some(open), Some((_, _, outcome))) =
            (hours.is_open(now), hours.next_open(now), &mut work.job)
        {
            *outcome = Some(JobOutcome::Wait { at: open, why: "it is outside business hours".into() });
            return Ok(());
        }
        let rules = match &what {
            What::Step { sequence, .. } => self.rules_then(sequence, version).await?,
            _ => self.active_rules(),
        };
        let mut spent = self.spent(trigger(&what), &customers, now).await?;
        let about = Some(RecordRef::new(Kind::Thread, thread));
        let event = Event { id: self.store.new_id(), at: planned, about, cause, depth, what };
        let asking = Asking { rules: &rules, hours, started, now };
        let (decided, firings) = self.ask(&event, &mut facts, &asking, &mut spent);
        work.firings.extend(firings);
        let customer = match message.customer {
            Some(id) => self.store.record(RecordRef::new(Kind::Customer, id)).await?,
            None => None,
        };
        let (new_id, heard) = (|| self.store.new_id(), self.heard_for(&decided, now).await?);
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
            // A house that keeps everything forgets nothing.
            Does::Retention if self.settings.retention.is_empty() => {}
            Does::Silence | Does::Customers | Does::Retention => {
                work.jobs.push(sweep(name, planned, Id(0), now))
            }
            // A house that says nowhere to has none.
            Does::Backup if !self.settings.backs_up => {}
            Does::Backup => work.jobs.push(NewJob {
                task: Task::Backup { planned },
                run_at: now,
                lane: None,
                idempotency_key: Some(format!("backup/{planned}")),
                correlation: None,
            }),
            Does::Insight(of) => {
                if of == LookedAt::All {
                    self.learn(now).await?;
                }
                work.jobs.push(sweep(name, planned, Id(0), now));
            }
        }
        work.events.push(event);
        Ok(())
    }
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
