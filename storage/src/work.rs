//! The unit of commit: a job's removal with all its effects, or a command with its.

use std::collections::HashMap;
use std::sync::Arc;

use rapport_model::event::Event;
use rapport_model::job::{JobOutcome, NewJob, Outbound};
use rapport_model::reading::Reading;
use rapport_model::{Act, Change, Id, Kind};

use crate::alerts::{self, Alert};
use crate::campaigns::{self, Mailing};
use crate::db::{Column, Columns, Db, query};
use crate::drafts::File;
use crate::error::StorageError;
use crate::facts::{self, Basis};
use crate::firings::{self, Firing};
use crate::insights::{self, Insight, Strange};
use crate::keys::Cell;
use crate::open::{Inner, Store};
use crate::{drafts, index_log, jobs, journal, messages, outbox, sight, terms};

/// What is committed together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Work {
    /// The claimed job that this is the result of, with its fence, and what became of it. If the
    /// claim no longer holds, nothing of this work is written.
    pub job: Option<(Id, i64, Option<JobOutcome>)>,
    /// What was known when it was decided. If another process has overtaken it, nothing of this
    /// work is written, and its job waits to be done again.
    pub basis: Option<Basis>,
    /// What was understood of which message.
    pub readings: Vec<(Id, Reading)>,
    /// What happened.
    pub events: Vec<Event>,
    /// What changed.
    pub acts: Vec<(Act, Vec<Change>)>,
    /// What is to be done later.
    pub jobs: Vec<NewJob>,
    /// What leaves.
    pub outbox: Vec<Outbound>,
    /// The files that go with what leaves, each with its message.
    pub files: Vec<(Id, File)>,
    /// What rules did that count for their limits.
    pub firings: Vec<Firing>,
    /// The alerts that colleagues get, or will get together.
    pub alerts: Vec<Alert>,
    /// The alerts that are told together now.
    pub told: Vec<Id>,
    /// The sequences that end, each with its customer.
    pub stops: Vec<(String, Id)>,
    /// What a step of a campaign does. If that is not running any more, nothing of this work is written,
    /// and its job is done.
    pub mailing: Option<Mailing>,
    /// What was found of customers.
    pub insights: Vec<Insight>,
    /// The customers who are least like others, in place of those before.
    pub strange: Option<Vec<Strange>>,
}

impl Work {
    /// Makes the work of a command: one act.
    pub fn of(act: Act, changes: Vec<Change>) -> Self {
        Self { acts: vec![(act, changes)], ..Self::default() }
    }
}

impl Store {
    /// Commits pieces of work together and returns the short numbers of what they created.
    ///
    /// # Errors
    /// The store cannot be written, or a change names a field that does not exist; then nothing
    /// was written.
    pub async fn commit(&self, works: Vec<Work>) -> Result<HashMap<Id, i64>, StorageError> {
        if works.is_empty() {
            return Ok(HashMap::new());
        }
        let (inner, works, sight) = (self.inner.clone(), Arc::new(works), self.sight.clone());
        let terms = self.terms.clone();
        self.write(move |db| {
            let (inner, works, sight) = (inner.clone(), works.clone(), sight.clone());
            let terms = terms.clone();
            Box::pin(async move {
                sight::fence(&mut *db, sight.as_deref(), &works).await?;
                if let Some(terms) = &terms {
                    terms.hold(&mut *db, &inner, terms::made_by(&works)).await?;
                }
                write(db, &inner, &works).await
            })
        })
        .await
    }
}

async fn write(db: &mut Db, inner: &Inner, works: &[Work]) -> Result<HashMap<Id, i64>, StorageError> {
    let now = inner.clock.now();
    let overtaken = facts::overtaken(db, works).await?;
    let idle = campaigns::idle(db, works).await?;
    let is_idle = |work: &&Work| work.mailing.as_ref().is_some_and(|m| idle.contains(&m.campaign));
    let dropped = works.iter().filter(is_idle).filter_map(|work| work.job.as_ref());
    let mut dropped: Vec<(Id, i64)> = dropped.map(|(id, fence, _)| (*id, *fence)).collect();
    let works: Vec<&Work> = works.iter().filter(|work| !is_idle(work)).collect();
    let (mut finished, mut others, mut again) = (Vec::new(), Vec::new(), Vec::new());
    for (id, fence, outcome) in works.iter().filter_map(|w| w.job.as_ref()) {
        if overtaken.contains(id) {
            again.push((*id, *fence));
            continue;
        }
        let is_done = matches!(outcome, None | Some(JobOutcome::Done));
        if is_done { &mut finished } else { &mut others }.push((*id, *fence));
    }
    jobs::release(db, &again).await?;
    dropped.extend_from_slice(&finished);
    let mut holding = jobs::finish(db, &dropped, now).await?;
    holding.extend(jobs::holding(db, &others).await?);
    let mut all = Work::default();
    let mut mailings = Vec::new();
    for work in works.into_iter().filter(|w| w.job.as_ref().is_none_or(|j| holding.contains(&j.0))) {
        match &work.job {
            None | Some((_, _, None | Some(JobOutcome::Done))) => {}
            Some((id, _, Some(JobOutcome::Postpone { at, why }))) => {
                jobs::put_back(db, *id, Some(*at), false, why).await?;
            }
            Some((id, _, Some(JobOutcome::Wait { at, why }))) => {
                jobs::put_back(db, *id, Some(*at), true, why).await?;
            }
            Some((id, _, Some(JobOutcome::GiveUp { why }))) => {
                jobs::put_back(db, *id, None, false, why).await?;
            }
        }
        all.readings.extend_from_slice(&work.readings);
        all.events.extend_from_slice(&work.events);
        all.acts.extend_from_slice(&work.acts);
        all.jobs.extend_from_slice(&work.jobs);
        all.outbox.extend_from_slice(&work.outbox);
        all.files.extend_from_slice(&work.files);
        all.firings.extend_from_slice(&work.firings);
        all.stops.extend_from_slice(&work.stops);
        all.alerts.extend_from_slice(&work.alerts);
        all.told.extend_from_slice(&work.told);
        all.insights.extend_from_slice(&work.insights);
        all.strange = work.strange.clone().or(all.strange.take());
        mailings.extend(work.mailing.as_ref());
    }
    write_readings(db, inner, &all.readings).await?;
    write_events(db, &all.events).await?;
    let numbers = journal::apply(db, inner, &all.acts, &HashMap::new()).await?;
    jobs::insert(db, inner, &all.jobs).await?;
    for (sequence, customer) in &all.stops {
        jobs::stop(db, sequence, *customer).await?;
    }
    firings::insert(db, inner, &all.firings).await?;
    alerts::insert(db, &all.alerts).await?;
    alerts::told(db, &all.told).await?;
    outbox::insert(db, inner, &all.outbox).await?;
    drafts::insert_files(db, inner, &all.files).await?;
    campaigns::write(db, &mailings, now).await?;
    insights::write(db, &all.insights, now).await?;
    if let Some(strange) = &all.strange {
        insights::write_strange(db, strange).await?;
    }
    Ok(numbers)
}

async fn write_readings(db: &mut Db, inner: &Inner, readings: &[(Id, Reading)]) -> Result<(), StorageError> {
    use Column::{Bytes, Int, Real, Text};
    const ROWS: &Columns = &[Int, Text, Text, Real, Text, Real, Int, Text, Bytes];
    if readings.is_empty() {
        return Ok(());
    }
    let of = inner.keyring.of_records(db, messages::TABLE, readings.iter().map(|(id, _)| *id)).await?;
    let keys = inner.keyring.load(of.values().copied()).await?;
    let (mut rows, mut entries) = (db.rows(ROWS), Vec::new());
    for (id, reading) in readings {
        let Some(key) = of.get(id).copied().filter(|key| keys.usable(*key) == *key) else { continue };
        let cell = Cell { table: messages::TABLE, column: "reading", row: id.0 };
        let json = serde_json::to_vec(reading).expect("a reading is JSON");
        let intent = reading.intent();
        rows.row()
            .int(id.0)
            .text(reading.language.as_str())
            .text(intent.name.name())
            .real(f64::from(intent.p))
            .text(reading.sentiment.label.name())
            .real(f64::from(reading.sentiment.score))
            .int(i64::from(reading.urgent))
            .text(reading.engine.as_str())
            .bytes(&keys.seal(key, cell, &json)[..]);
        entries.push((Kind::Message.name(), *id));
    }
    query(
        "write readings",
        "UPDATE messages SET language = {1}, intent = {2}, intent_p = {3}, mood = {4}, score = {5}, urgent = {6},
            engine = {7}, reading = {8} FROM {rows} WHERE messages.id = {0}",
    )
    .rows(rows)
    .run(&mut *db)
    .await?;
    index_log::enter(db, entries).await
}

pub(crate) async fn write_events(db: &mut Db, events: &[Event]) -> Result<(), StorageError> {
    use Column::{Int, Text};
    const ROWS: &Columns = &[Int, Int, Text, Text, Int, Int, Int, Text];
    let mut rows = db.rows(ROWS);
    for event in events {
        let what = serde_json::to_string(&event.what).expect("an event is JSON");
        rows.row()
            .int(event.id.0)
            .int(event.at.micros())
            .text(event.what.name())
            .text(event.about.map(|r| r.kind.name()))
            .int(event.about.map(|r| r.id.0))
            .int(event.cause.map(|c| c.0))
            .int(i64::from(event.depth))
            .text(what.as_str());
    }
    query(
        "write events",
        "INSERT INTO events (id, at_us, name, record_kind, record, cause, depth, what)
         SELECT {0}, {1}, {2}, {3}, {4}, {5}, {6}, {7} FROM {rows}",
    )
    .rows(rows)
    .run(db)
    .await
}
