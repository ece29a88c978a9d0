//! The unit of commit: a job's removal with all its effects, or a command with its.

use std::collections::HashMap;
use std::sync::Arc;

use rapport_model::event::Event;
use rapport_model::job::{JobOutcome, NewJob, Outbound};
use rapport_model::reading::Reading;
use rapport_model::{Act, Change, Id, Kind};
use sqlx::SqliteConnection;

use crate::error::StorageError;
use crate::open::{Inner, Store};
use crate::rows::{Rows, execute};
use crate::seal::{Cell, HOUSE_KEY};
use crate::{index_log, jobs, journal, messages, outbox};

/// What is committed together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Work {
    /// The claimed job that this is the result of, with its fence, and what became of it. If the
    /// claim no longer holds, nothing of this work is written.
    pub job: Option<(Id, i64, Option<JobOutcome>)>,
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
        let inner = self.inner.clone();
        self.write(move |db| Box::pin(async move { write(db, &inner, works).await })).await
    }
}

async fn write(
    db: &mut SqliteConnection,
    inner: &Arc<Inner>,
    mut works: Vec<Work>,
) -> Result<HashMap<Id, i64>, StorageError> {
    let now = inner.clock.now();
    let claims: Vec<(Id, i64)> = works.iter().filter_map(|w| w.job.as_ref().map(|j| (j.0, j.1))).collect();
    if !claims.is_empty() {
        let holding = jobs::holding(db, &claims).await?;
        works.retain(|w| w.job.as_ref().is_none_or(|j| holding.contains(&j.0)));
    }
    let mut all = Work::default();
    let mut done = Vec::new();
    for work in works {
        match work.job {
            None => {}
            Some((id, _, None | Some(JobOutcome::Done))) => done.push(id),
            Some((id, _, Some(JobOutcome::Postpone { at, why }))) => {
                jobs::put_back(db, id, Some(at), &why).await?
            }
            Some((id, _, Some(JobOutcome::GiveUp { why }))) => jobs::put_back(db, id, None, &why).await?,
        }
        all.readings.extend(work.readings);
        all.events.extend(work.events);
        all.acts.extend(work.acts);
        all.jobs.extend(work.jobs);
        all.outbox.extend(work.outbox);
    }
    write_readings(db, inner, &all.readings).await?;
    write_events(db, &all.events).await?;
    let numbers = journal::apply(db, inner, &all.acts).await?;
    jobs::done(db, &done, now).await?;
    jobs::insert(db, inner, &all.jobs).await?;
    outbox::insert(db, inner, &all.outbox).await?;
    Ok(numbers)
}

async fn write_readings(
    db: &mut SqliteConnection,
    inner: &Inner,
    readings: &[(Id, Reading)],
) -> Result<(), StorageError> {
    let (mut rows, mut entries) = (Rows::default(), Rows::default());
    for (id, reading) in readings {
        let cell = Cell { table: messages::TABLE, column: "reading", row: id.0 };
        let json = serde_json::to_vec(reading).expect("a reading is JSON");
        let sealed = inner.sealer.seal(HOUSE_KEY, cell, &json);
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
            .bytes(&sealed[..]);
        entries.row().text(Kind::Message.name()).int(id.0);
    }
    execute(
        db,
        rows,
        "write readings",
        "UPDATE messages SET language = j.value->>1, intent = j.value->>2, intent_p = j.value->>3,
            mood = j.value->>4, score = j.value->>5, urgent = j.value->>6, engine = j.value->>7,
            reading = substr($2, j.value->>8, j.value->>9)
         FROM json_each($1) j WHERE messages.id = j.value->>0",
    )
    .await?;
    execute(db, entries, "enter messages for the index", index_log::ENTER).await
}

async fn write_events(db: &mut SqliteConnection, events: &[Event]) -> Result<(), StorageError> {
    let mut rows = Rows::default();
    for event in events {
        let what = serde_json::to_string(&event.what).expect("an event is JSON");
        rows.row()
            .int(event.id.0)
            .int(event.at.micros())
            .text(event.about.map(|r| r.kind.name()))
            .int(event.about.map(|r| r.id.0))
            .int(event.cause.map(|c| c.0))
            .int(i64::from(event.depth))
            .text(what.as_str());
    }
    execute(
        db,
        rows,
        "write events",
        "INSERT INTO events (id, at_us, record_kind, record, cause, depth, what)
         SELECT j.value->>0, j.value->>1, j.value->>2, j.value->>3, j.value->>4, j.value->>5, j.value->>6
         FROM json_each($1) j",
    )
    .await
}
