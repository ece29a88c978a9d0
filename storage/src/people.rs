//! Colleagues and schedules: what the configuration says is brought into the store, through the
//! journal like any other change.

use std::collections::HashMap;

use rapport_model::people::{DEFAULT_STAGES, Role, Scope, Stage, User};
use rapport_model::{Act, Actor, Address, Change, Id, Kind, Record, RecordRef, Timestamp, Value};

use crate::db::{Row, query};
use crate::error::StorageError;
use crate::open::Store;
use crate::records::Filter;
use crate::work::Work;

/// How often a process looks again that others were faster than.
const TRIES_MAX: u32 = 8;

/// Where a schedule stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScheduleState {
    /// Its row.
    pub id: Id,
    /// The last planned time that was handled.
    pub last: Option<Timestamp>,
    /// The next planned time.
    pub next: Option<Timestamp>,
}

impl Store {
    /// Brings the colleagues of the configuration into the store, by handle: new ones are made,
    /// known ones brought up to date, missing ones made inactive. Returns all active ones.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn set_users(&self, users: &[User]) -> Result<Vec<User>, StorageError> {
        let mut tries = Tries::default();
        while !tries.done(self.bring_in_users(users).await)? {}
        self.users().await
    }

    async fn bring_in_users(&self, users: &[User]) -> Result<(), StorageError> {
        let (teams, mut changes) = self.bring_in_teams(users).await?;
        let known = self.list(Kind::User, &Filter { limit: 10_000, ..Filter::default() }).await?;
        let by_handle: HashMap<&str, &Record> = known.iter().map(|r| (r.text("handle"), r)).collect();
        for user in users {
            let (change, before) = match by_handle.get(user.handle.as_str()) {
                Some(record) => (Change::update(record.record), Some(*record)),
                None => (Change::create(RecordRef::new(Kind::User, self.new_id())), None),
            };
            let text = |t: &str| if t.is_empty() { Value::Null } else { Value::from(t) };
            let fields = [
                ("handle", text(&user.handle)),
                ("name", text(&user.name)),
                ("address", user.address.as_ref().map_or(Value::Null, |a| Value::from(a.as_str()))),
                ("role", text(user.role.name())),
                ("scope", text(user.scope.name())),
                ("team", teams.get(&user.team).copied().into()),
                ("zone", text(&user.zone)),
                ("language", text(&user.language)),
                ("active", Value::Bool(true)),
            ];
            let set = |change: Change, (name, after): (&str, Value)| {
                let before = before.map_or(Value::Null, |r| r.get(name).clone());
                change.set(name, before, after)
            };
            changes.push(fields.into_iter().fold(change, set));
        }
        for record in &known {
            if !users.iter().any(|u| u.handle == record.text("handle")) {
                changes.push(Change::update(record.record).set(
                    "active",
                    record.get("active").clone(),
                    false,
                ));
            }
        }
        changes.retain(|c| !c.is_empty());
        if !changes.is_empty() {
            self.commit(vec![Work::of(self.act("configuration"), changes)]).await?;
        }
        Ok(())
    }

    /// Returns the teams by their names, with those of the colleagues, and what makes the new ones.
    async fn bring_in_teams(
        &self,
        users: &[User],
    ) -> Result<(HashMap<String, Id>, Vec<Change>), StorageError> {
        let mut teams: HashMap<String, Id> =
            self.teams().await?.into_iter().map(|(id, name)| (name, id)).collect();
        let mut changes = Vec::new();
        for user in users.iter().filter(|user| !user.team.is_empty()) {
            teams.entry(user.team.clone()).or_insert_with(|| {
                let team = RecordRef::new(Kind::Team, self.new_id());
                changes.push(Change::create(team).with("name", user.team.as_str()));
                team.id
            });
        }
        Ok((teams, changes))
    }

    /// Returns what the teams are called.
    async fn teams(&self) -> Result<HashMap<Id, String>, StorageError> {
        let teams = self.list(Kind::Team, &Filter { limit: 10_000, ..Filter::default() }).await?;
        Ok(teams.iter().map(|team| (team.record.id, team.text("name").to_owned())).collect())
    }

    /// Returns the active colleagues, by handle.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn users(&self) -> Result<Vec<User>, StorageError> {
        let filter = Filter {
            equal: vec![("active", Value::Int(1))],
            order: Some(("handle", false)),
            limit: 10_000,
            ..Filter::default()
        };
        let records = self.list(Kind::User, &filter).await?;
        let teams = self.teams().await?;
        let team = |r: &Record| r.get("team").id().and_then(|id| teams.get(&id)).cloned();
        Ok(records
            .iter()
            .map(|r| User {
                id: r.record.id,
                handle: r.text("handle").into(),
                name: r.text("name").into(),
                address: Address::email(r.text("address")).ok(),
                role: Role::by_name(r.text("role")).unwrap_or(Role::Viewer),
                scope: Scope::by_name(r.text("scope")).unwrap_or(Scope::All),
                team: team(r).unwrap_or_default(),
                zone: r.text("zone").into(),
                language: r.text("language").into(),
            })
            .collect())
    }

    /// Notes the file of rules that the service works by now, if it is not the one of before.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn set_rules(&self, name: &str, source: &str) -> Result<(), StorageError> {
        let mut tries = Tries::default();
        while !tries.done(self.note_rules(name, source).await)? {}
        Ok(())
    }

    async fn note_rules(&self, name: &str, source: &str) -> Result<(), StorageError> {
        let filter = Filter { equal: vec![("name", Value::from(name))], ..Filter::default() };
        let change = match self.list(Kind::RuleFile, &filter).await?.first() {
            Some(known) => Change::update(known.record).set("source", known.text("source"), source),
            None => {
                let record = RecordRef::new(Kind::RuleFile, self.new_id());
                Change::create(record).with("name", name).with("source", source)
            }
        };
        if !change.is_empty() {
            self.commit(vec![Work::of(self.act("configuration"), vec![change])]).await?;
        }
        Ok(())
    }

    /// Returns the default pipeline and its stages, making it in a fresh store.
    ///
    /// # Errors
    /// The store cannot be written, or its stages cannot be read.
    pub async fn pipeline(&self) -> Result<(Id, Vec<Stage>), StorageError> {
        let mut tries = Tries::default();
        while !tries.done(self.make_pipeline().await)? {}
        let made = self.find_pipeline().await?;
        made.ok_or_else(|| StorageError::Refused("the pipeline was taken away: start again".into()))
    }

    async fn find_pipeline(&self) -> Result<Option<(Id, Vec<Stage>)>, StorageError> {
        let found =
            self.list(Kind::Pipeline, &Filter { order: Some(("name", false)), ..Filter::default() }).await?;
        let Some(record) = found.first() else { return Ok(None) };
        let stages = serde_json::from_str(record.text("stages")).map_err(|e| StorageError::Corrupt {
            what: format!("stages of pipeline {}", record.text("name")),
            why: e.to_string(),
        })?;
        Ok(Some((record.record.id, stages)))
    }

    async fn make_pipeline(&self) -> Result<(), StorageError> {
        if self.find_pipeline().await?.is_some() {
            return Ok(());
        }
        let stages: Vec<Stage> =
            DEFAULT_STAGES.iter().map(|(name, p)| Stage { name: (*name).into(), probability: *p }).collect();
        let change = Change::create(RecordRef::new(Kind::Pipeline, self.new_id()))
            .with("name", "sales")
            .with("stages", serde_json::to_string(&stages).expect("stages are JSON"));
        self.commit(vec![Work::of(self.act("configuration"), vec![change])]).await.map(|_| ())
    }

    /// Starts an act of the service itself.
    pub fn act(&self, part: &str) -> Act {
        self.act_by(Actor::Service(part.into()))
    }

    /// Starts an act of `actor`.
    pub fn act_by(&self, actor: Actor) -> Act {
        Act { id: self.new_id(), at: self.inner.clock.now(), actor, cause: self.cause, undoes: None }
    }

    /// Returns the same store, through which acts are begun because of `cause`.
    #[must_use]
    pub fn because_of(&self, cause: Option<Id>) -> Self {
        Self { cause, ..self.clone() }
    }

    /// Returns where the schedules stand that ran or were planned, by name.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn schedule_states(&self) -> Result<HashMap<String, ScheduleState>, StorageError> {
        let rows = query("look at the schedules", "SELECT name, id, last_us, next_us FROM schedules")
            .all(&self.inner.read)
            .await?;
        let state =
            |row: &Row| ScheduleState { id: row.id(1), last: row.maybe_time(2), next: row.maybe_time(3) };
        Ok(rows.iter().map(|row| (row.get::<String>(0), state(row))).collect())
    }

    /// Stores the jobs of a schedule's planned times together with how far it has got.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn plan_schedule(
        &self,
        name: &str,
        jobs: Vec<rapport_model::job::NewJob>,
        last: Timestamp,
        next: Option<Timestamp>,
    ) -> Result<(), StorageError> {
        let (name, inner) = (name.to_owned(), self.inner.clone());
        self.write(move |db| {
            let (name, inner, jobs) = (name.clone(), inner.clone(), jobs.clone());
            Box::pin(async move {
                crate::jobs::insert(db, &inner, &jobs).await?;
                query(
                    "plan a schedule",
                    "INSERT INTO schedules (id, key_id, name, last_us, next_us) VALUES ($1, $2, $3, $4, $5)
                     ON CONFLICT (name) DO UPDATE SET last_us = excluded.last_us, next_us = excluded.next_us",
                )
                .bind(inner.ids.next(inner.clock.now()))
                .bind(crate::keys::HOUSE_KEY.0)
                .bind(name)
                .bind(last)
                .bind(next)
                .run(db)
                .await
            })
        })
        .await
    }
}

/// Counts how often something is brought in that every process brings in when it starts.
#[derive(Default)]
struct Tries(u32);

impl Tries {
    /// Tells whether it is there. Of several processes that start at once, those that come too
    /// late look again, and find what the first one made.
    fn done(&mut self, result: Result<(), StorageError>) -> Result<bool, StorageError> {
        match result {
            Err(e) if e.is_taken() && self.0 < TRIES_MAX => {
                self.0 += 1;
                Ok(false)
            }
            done => done.map(|()| true),
        }
    }
}
