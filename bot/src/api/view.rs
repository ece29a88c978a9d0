//! Records as they are answered: what they point at has a number, and colleagues have their short names.

use std::collections::{BTreeMap, HashMap};
use std::future::Future;

use rapport_model::event::Promiser;
use rapport_model::fields::{Type, fields};
use rapport_model::people::{Interaction, Lifecycle, Outcome};
use rapport_model::people::{Priority, TicketStatus};
use rapport_model::{Id, Kind, Record, RecordRef, Timestamp};
use serde::Serialize;

use super::answer::Answer;
use super::problem::Problem;
use super::types;
use crate::commands::desk::Desk;

/// A record as it is answered.
pub(super) trait View: Serialize + Sized + Send {
    /// Makes it of a record.
    fn of(shown: &Shown<'_>, record: &Record) -> Self;

    /// Makes all of these, with what they point at, as far as it is seen.
    fn all(desk: &Desk<'_>, records: Vec<Record>) -> impl Future<Output = Result<Vec<Self>, Problem>> + Send {
        async move {
            let shown = Shown::load(desk, &records).await?;
            Ok(records.iter().map(|record| Self::of(&shown, record)).collect())
        }
    }

    /// Makes one.
    fn one(desk: &Desk<'_>, record: Record) -> impl Future<Output = Result<Self, Problem>> + Send {
        async move {
            let shown = Shown::load(desk, std::slice::from_ref(&record)).await?;
            Ok(Self::of(&shown, &record))
        }
    }
}

/// Returns what tells a state of a record from others.
pub(super) fn etag_of(view: &impl Serialize) -> String {
    Answer::record(view).etag.unwrap_or_default()
}

/// What is shown beside records.
pub(super) struct Shown<'a> {
    handles: HashMap<Id, &'a str>,
    numbers: HashMap<RecordRef, Option<String>>,
    versions: HashMap<Id, i64>,
    changed: HashMap<Id, Timestamp>,
    known_by: HashMap<Id, Vec<types::KnownBy>>,
    stages: Vec<rapport_model::people::Stage>,
}

impl<'a> Shown<'a> {
    pub(super) async fn load(desk: &Desk<'a>, records: &[Record]) -> Result<Self, Problem> {
        let store = desk.store();
        let ids: Vec<Id> = records.iter().map(|record| record.record.id).collect();
        let mut shown = Self {
            handles: desk.app.workflows.users().iter().map(|user| (user.id, user.handle.as_str())).collect(),
            numbers: HashMap::new(),
            versions: store.versions(&ids).await?,
            changed: store.last_changes(&ids).await?,
            known_by: HashMap::new(),
            stages: Vec::new(),
        };
        let mut pointed = Vec::new();
        for record in records {
            for field in fields(record.record.kind) {
                let Type::Ref(kind) = field.ty else { continue };
                pointed.extend(record.get(field.name).id().map(|id| RecordRef::new(kind, id)));
            }
        }
        shown.numbers = numbers(desk, pointed).await?;
        if records.iter().any(|record| record.record.kind == Kind::Deal) {
            shown.stages = store.pipeline().await?.1;
        }
        for kind in [Kind::Customer, Kind::Company] {
            let of_kind = records.iter().filter(|record| record.record.kind == kind);
            let ids: Vec<Id> = of_kind.map(|record| record.record.id).collect();
            let known = if ids.is_empty() { HashMap::new() } else { store.known_by(kind, &ids).await? };
            let named = |known: Vec<(String, String)>| {
                let known = known.into_iter().filter(|(_, value)| !value.is_empty());
                known.map(|(channel, value)| types::KnownBy { channel, value }).collect()
            };
            shown.known_by.extend(known.into_iter().map(|(id, known)| (id, named(known))));
        }
        Ok(shown)
    }

    fn handle(&self, record: &Record, field: &str) -> Option<String> {
        record.get(field).id().and_then(|id| self.handles.get(&id)).map(|handle| (*handle).to_owned())
    }

    fn to(&self, record: &Record, field: &str, kind: Kind) -> Option<types::Ref> {
        let to = RecordRef::new(kind, record.get(field).id()?);
        let number = self.numbers.get(&to)?.clone();
        Some(types::Ref { kind, id: to.id, number })
    }

    fn version(&self, record: &Record) -> i64 {
        self.versions.get(&record.record.id).copied().unwrap_or(0)
    }

    fn updated(&self, record: &Record) -> Timestamp {
        let id = record.record.id;
        self.changed.get(&id).copied().unwrap_or_else(|| id.made_at())
    }

    fn known(&self, record: &Record) -> Vec<types::KnownBy> {
        self.known_by.get(&record.record.id).cloned().unwrap_or_default()
    }
}

/// Returns the numbers of those records that are seen; nothing inside where their kind has none.
pub(super) async fn numbers(
    desk: &Desk<'_>,
    records: Vec<RecordRef>,
) -> Result<HashMap<RecordRef, Option<String>>, Problem> {
    let mut kinds: BTreeMap<Kind, Vec<Id>> = BTreeMap::new();
    for record in records.into_iter().filter(|record| !matches!(record.kind, Kind::User | Kind::Team)) {
        kinds.entry(record.kind).or_default().push(record.id);
    }
    let mut numbers = HashMap::new();
    for (kind, mut ids) in kinds {
        ids.sort_unstable();
        ids.dedup();
        if matches!(kind, Kind::Message) {
            let seen = desk.store().messages(&ids).await?;
            numbers.extend(seen.iter().map(|message| (RecordRef::new(kind, message.id), None)));
        } else if !matches!(kind, Kind::Attachment) {
            for record in desk.store().records(kind, &ids).await? {
                let number = kind.letter().map(|_| record.short().to_string());
                numbers.insert(record.record, number);
            }
        }
    }
    Ok(numbers)
}

fn text(record: &Record, field: &str) -> Option<String> {
    Some(record.text(field)).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn tags(record: &Record) -> Vec<String> {
    serde_json::from_str(record.text("tags")).unwrap_or_default()
}

fn attrs(record: &Record) -> BTreeMap<String, serde_json::Value> {
    serde_json::from_str(record.text("attrs")).unwrap_or_default()
}

fn time(record: &Record, field: &str) -> Option<Timestamp> {
    record.get(field).time()
}

fn count(record: &Record, field: &str) -> i64 {
    record.get(field).int().unwrap_or(0)
}

/// Makes a record of what all have, and of its own fields.
macro_rules! record {
    ($shown:ident, $record:ident, $($own:tt)*) => {
        Self {
            id: $record.record.id,
            number: $record.short().to_string(),
            version: $shown.version($record),
            created_at: $record.record.id.made_at(),
            updated_at: $shown.updated($record),
            $($own)*
        }
    };
}

impl View for types::Customer {
    fn of(shown: &Shown<'_>, record: &Record) -> Self {
        record! { shown, record,
            name: record.text("name").to_owned(),
            lifecycle: Lifecycle::by_name(record.text("lifecycle")).unwrap_or(Lifecycle::Lead),
            owner: shown.handle(record, "owner"),
            company: shown.to(record, "company", Kind::Company),
            known_by: shown.known(record),
            language: text(record, "language"),
            zone: text(record, "zone"),
            tags: tags(record),
            attrs: attrs(record),
            mood: record.get("mood").real(),
            segment: text(record, "segment"),
            first_contact: time(record, "first_contact"),
            last_in: time(record, "last_in"),
            last_out: time(record, "last_out"),
            n_in: count(record, "n_in"),
            n_out: count(record, "n_out"),
        }
    }
}

impl View for types::Company {
    fn of(shown: &Shown<'_>, record: &Record) -> Self {
        record! { shown, record,
            name: record.text("name").to_owned(),
            owner: shown.handle(record, "owner"),
            known_by: shown.known(record),
            tags: tags(record),
            attrs: attrs(record),
        }
    }
}

impl View for types::Deal {
    fn of(shown: &Shown<'_>, record: &Record) -> Self {
        let stage = record.text("stage");
        let amount = record
            .get("amount")
            .int()
            .map(|minor| types::Money { minor, currency: record.text("currency").to_owned() });
        record! { shown, record,
            title: record.text("title").to_owned(),
            customer: shown.to(record, "customer", Kind::Customer),
            company: shown.to(record, "company", Kind::Company),
            thread: shown.to(record, "thread", Kind::Thread),
            stage: stage.to_owned(),
            probability: shown.stages.iter().find(|known| known.name == stage).map(|known| known.probability),
            amount,
            close_at: time(record, "close_at"),
            owner: shown.handle(record, "owner"),
            lost_reason: text(record, "lost_reason"),
        }
    }
}

impl View for types::Task {
    fn of(shown: &Shown<'_>, record: &Record) -> Self {
        record! { shown, record,
            title: record.text("title").to_owned(),
            due: time(record, "due"),
            done_at: time(record, "done_at"),
            owner: shown.handle(record, "owner"),
            customer: shown.to(record, "customer", Kind::Customer),
            deal: shown.to(record, "deal", Kind::Deal),
            ticket: shown.to(record, "ticket", Kind::Ticket),
            thread: shown.to(record, "thread", Kind::Thread),
            promise: Promiser::by_name(record.text("promise")),
        }
    }
}

impl View for types::Ticket {
    fn of(shown: &Shown<'_>, record: &Record) -> Self {
        record! { shown, record,
            title: record.text("title").to_owned(),
            customer: shown.to(record, "customer", Kind::Customer),
            company: shown.to(record, "company", Kind::Company),
            thread: shown.to(record, "thread", Kind::Thread),
            owner: shown.handle(record, "owner"),
            priority: Priority::by_name(record.text("priority")).unwrap_or(Priority::Normal),
            status: TicketStatus::by_name(record.text("status")).unwrap_or(TicketStatus::Open),
            opened_at: time(record, "opened_at"),
            first_answer_at: time(record, "first_answer_at"),
            closed_at: time(record, "closed_at"),
            reopened: count(record, "reopened"),
            snoozed_until: time(record, "snoozed_until"),
        }
    }
}

impl View for types::Note {
    fn of(shown: &Shown<'_>, record: &Record) -> Self {
        Self {
            id: record.record.id,
            version: shown.version(record),
            created_at: record.record.id.made_at(),
            updated_at: shown.updated(record),
            body: record.text("body").to_owned(),
            customer: shown.to(record, "customer", Kind::Customer),
            company: shown.to(record, "company", Kind::Company),
            deal: shown.to(record, "deal", Kind::Deal),
            ticket: shown.to(record, "ticket", Kind::Ticket),
            author: shown.handle(record, "author"),
            interaction: Interaction::by_name(record.text("interaction")),
            outcome: Outcome::by_name(record.text("outcome")),
            minutes: record.get("minutes").int(),
        }
    }
}

impl View for types::Thread {
    fn of(shown: &Shown<'_>, record: &Record) -> Self {
        Self {
            id: record.record.id,
            version: shown.version(record),
            created_at: record.record.id.made_at(),
            subject: record.text("subject").to_owned(),
            customer: shown.to(record, "customer", Kind::Customer),
            owner: shown.handle(record, "owner"),
            joined_into: shown.to(record, "joined_into", Kind::Thread),
        }
    }
}
