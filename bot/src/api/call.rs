//! One request, once it is known who asks for what.

use std::collections::BTreeMap;
use std::sync::Arc;

use rapport_model::event::{Event, What};
use rapport_model::people::User;
use rapport_model::{Id, Kind, Record, RecordRef, ShortNumber, Timestamp, Value as FieldValue};
use rapport_storage::Store;
use rapport_storage::records::Filter;
use rapport_storage::terms::{Once, Terms};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::answer::Answer;
use super::operation::Operation;
use super::problem::{Problem, Sort};
use super::token::Caller;
use super::view::{View, etag_of};
use super::{cursor, types};
use crate::App;
use crate::commands::desk::{Desk, Written};
use crate::commands::may_own;

/// How many items a page has, where that is not said.
const LIMIT: i64 = 50;

/// A request.
pub(super) struct Call {
    pub(super) app: Arc<App>,
    pub(super) caller: Caller,
    pub(super) operation: &'static Operation,
    /// The ids of its path.
    pub(super) ids: Vec<String>,
    /// The parameters of its query, as their schemas have them.
    pub(super) params: BTreeMap<&'static str, Value>,
    pub(super) body: Value,
    /// The key under which it is done once.
    pub(super) once: Option<Once>,
    /// The state of the record that the caller saw.
    pub(super) if_match: Option<String>,
}

impl Call {
    /// Takes a seat to look.
    pub(super) fn desk(&self) -> Desk<'_> {
        Desk::with(&self.app, &self.caller.user, self.caller.store.clone())
    }

    pub(super) fn store(&self) -> &Store {
        &self.caller.store
    }

    /// Takes a seat to write one thing: once under its key, because of this request, and where a version
    /// is given only while the record is of that one.
    pub(super) fn writing(&self, version: Option<(RecordRef, i64)>, about: Option<RecordRef>) -> Desk<'_> {
        let cause = Event {
            id: self.store().new_id(),
            at: self.store().clock().now(),
            about,
            cause: None,
            depth: 0,
            what: What::Asked { token: self.caller.token.number, operation: self.operation.id.to_owned() },
        };
        let terms = Terms { once: self.once.clone(), version, cause: Some(cause) };
        Desk::with(&self.app, &self.caller.user, self.store().on_terms(terms))
    }

    /// Takes a seat to change a record, if it is as the caller saw it.
    pub(super) async fn changing<T: View>(&self, record: &Record) -> Result<Desk<'_>, Problem> {
        let Some(wanted) = &self.if_match else { return Ok(self.writing(None, Some(record.record))) };
        let version =
            self.store().versions(&[record.record.id]).await?.remove(&record.record.id).unwrap_or(0);
        let shown = T::one(&self.desk(), record.clone()).await?;
        if !matches(wanted, &etag_of(&shown)) {
            return Err(Problem::new(Sort::Changed, "Load the record again, and change what it is now."));
        }
        Ok(self.writing(Some((record.record, version)), Some(record.record)))
    }

    /// Reads the body, which its schema let through.
    pub(super) fn body<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        serde_json::from_value(self.body.clone()).map_err(|e| Problem::field("body", e.to_string()))
    }

    pub(super) fn text(&self, param: &str) -> Option<&str> {
        self.params.get(param).and_then(Value::as_str)
    }

    pub(super) fn time(&self, param: &str) -> Option<Timestamp> {
        self.text(param).and_then(|text| Timestamp::parse(text).ok())
    }

    pub(super) fn limit(&self) -> u32 {
        let limit = self.params.get("limit").and_then(Value::as_i64).unwrap_or(LIMIT);
        u32::try_from(limit).unwrap_or(1)
    }

    /// Returns where the page begins; `N` numbers say it.
    pub(super) fn place<const N: usize>(&self) -> Result<Option<[i64; N]>, Problem> {
        let Some(cursor) = self.text("cursor") else { return Ok(None) };
        let wrong = || ("cursor".to_owned(), "is none that this list gave".to_owned());
        cursor::read(self.store(), &self.list(), cursor)
            .map(Some)
            .ok_or_else(|| Problem::fields(Sort::Malformed, vec![wrong()]))
    }

    pub(super) fn cursor(&self, place: &[i64]) -> String {
        cursor::write(self.store(), &self.list(), place)
    }

    /// Says which list it is: all that chooses what stands in it.
    fn list(&self) -> String {
        let mut said = format!("{} {}", self.operation.id, self.ids.join("/"));
        for (name, value) in self.params.iter().filter(|(name, _)| !matches!(**name, "cursor" | "limit")) {
            said.push_str(&format!(" {name}={value}"));
        }
        said
    }

    /// Finds the record that the path names.
    pub(super) async fn named(&self, kind: Kind) -> Result<Record, Problem> {
        let text = self.ids.first().map_or("", String::as_str);
        self.find(text, &[kind]).await?.ok_or_else(|| Problem::not_found(kind.name()))
    }

    /// Finds the record that a field of the body names.
    pub(super) async fn meant(&self, field: &str, text: &str, kinds: &[Kind]) -> Result<Record, Problem> {
        let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
        let none = || Problem::field(field, format!("names no {} that this token sees", names.join(" or ")));
        self.find(text, kinds).await?.ok_or_else(none)
    }

    /// Finds a record by its number, or by its id where it is of the first kind. What was merged into another
    /// is that one; what was taken away is not there.
    pub(super) async fn find(&self, text: &str, kinds: &[Kind]) -> Result<Option<Record>, Problem> {
        let store = self.store();
        let digits =
            |text: &str| (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())).then_some(());
        let found = match text.chars().next().and_then(Kind::by_letter) {
            Some(kind) if kinds.contains(&kind) => {
                match digits(&text[1..]).and_then(|()| text[1..].parse().ok()) {
                    Some(number) => {
                        let ShortNumber { number, .. } = ShortNumber::of(kind, number);
                        store.by_number(kind, number).await?
                    }
                    None => None,
                }
            }
            Some(_) => None,
            None => match (digits(text).and_then(|()| text.parse().ok()), kinds.first()) {
                (Some(id), Some(kind)) => store.record(RecordRef::new(*kind, Id(id))).await?,
                _ => None,
            },
        };
        let Some(found) = found else { return Ok(None) };
        let found = match found.record.kind {
            Kind::Customer | Kind::Company if !found.get("merged_into").is_null() => {
                store.record(store.merged_into(found.record).await?).await?
            }
            _ => Some(found),
        };
        Ok(found.filter(|record| !record.deleted))
    }

    /// Finds a colleague by their short name; `me` is whoever asks.
    pub(super) fn colleague(&self, field: &str, handle: &str) -> Result<&User, Problem> {
        let user = match handle {
            "me" => Some(&self.caller.user),
            handle => self.app.workflows.users().iter().find(|user| user.handle == handle),
        };
        user.ok_or_else(|| {
            Problem::field(field, "is no colleague's short name; GET /api/v1/users lists them")
        })
    }

    /// Finds a colleague who is to look after something; whoever only reads does not.
    pub(super) fn owner(&self, handle: &str) -> Result<&User, Problem> {
        let user = self.colleague("owner", handle)?;
        match may_own(user) {
            true => Ok(user),
            false => Err(Problem::field("owner", "is somebody who only reads")),
        }
    }

    /// Returns what a list is to hold, by the parameters that lists have in common.
    pub(super) async fn filter(&self) -> Result<Filter, Problem> {
        let mut filter = Filter { limit: self.limit() + 1, ..Filter::default() };
        filter.before = self.place::<1>()?.map(|[before]| Id(before));
        filter.changed_since = self.time("updated_since");
        filter.tag = self.text("tag").map(str::to_owned);
        if let Some(owner) = self.text("owner") {
            let owner = match owner {
                "nobody" => FieldValue::Null,
                handle => self.colleague("owner", handle).map_err(Problem::malformed)?.id.into(),
            };
            filter.equal.push(("owner", owner));
        }
        for (name, kind) in [("customer", Kind::Customer), ("company", Kind::Company)] {
            if let Some(text) = self.text(name) {
                let record = self.meant(name, text, &[kind]).await.map_err(Problem::malformed)?;
                filter.equal.push((name, record.record.id.into()));
            }
        }
        for name in ["lifecycle", "stage", "priority", "status"] {
            filter.equal.extend(self.text(name).map(|text| (name, text.into())));
        }
        Ok(filter)
    }

    /// Answers with a page of records.
    pub(super) async fn page<T: View>(&self, kind: Kind, filter: Filter) -> Result<Answer, Problem> {
        let mut records = self.store().list(kind, &filter).await?;
        let limit = self.limit() as usize;
        let is_more = records.len() > limit;
        records.truncate(limit);
        let last = records.last().filter(|_| is_more).map(|last| last.record.id.0);
        let items = T::all(&self.desk(), records).await?;
        Ok(Answer::page(&items, last.map(|last| self.cursor(&[last]))))
    }

    /// Answers with the record that the path names.
    pub(super) async fn show<T: View>(&self, kind: Kind) -> Result<Answer, Problem> {
        Ok(Answer::record(&T::one(&self.desk(), self.named(kind).await?).await?))
    }

    /// Answers with a record that an act wrote; nothing of it where it is not seen any more.
    pub(super) async fn wrote<T: View>(&self, act: Option<Id>, record: RecordRef) -> Result<Answer, Problem> {
        let answer = match self.store().record(record).await? {
            Some(record) => Answer::written(act, Some(&T::one(&self.desk(), record).await?)),
            None => Answer::written(act, None::<&T>),
        };
        Ok(match self.operation.answers.status {
            201 => answer.at(format!("{}/{}/{}", super::ROOT, record.kind.table(), record.id)),
            _ => answer,
        })
    }

    /// Answers with what was made or changed, once it is written.
    pub(super) async fn done<T: View>(
        &self,
        written: Option<Written>,
        record: RecordRef,
    ) -> Result<Answer, Problem> {
        self.wrote::<T>(written.map(|written| written.act), record).await
    }

    /// Answers once more for an act that made a record of a kind, or changed the one that the path names.
    pub(super) async fn once_more<T: View>(&self, act: Id, kind: Kind) -> Result<Answer, Problem> {
        let entries = self.store().act_entries(act).await?;
        let is_made = self.operation.answers.status == 201;
        // The record itself is made last; what it needs, such as a company, before.
        let mut of =
            entries.iter().rev().map(|entry| entry.change.record).filter(|record| record.kind == kind);
        let record = match of.next() {
            Some(record) => record,
            None if is_made => return Err(Problem::not_found(kind.name())),
            None => self.named(kind).await?.record,
        };
        self.wrote::<T>(Some(act), record).await
    }
}

/// Tells whether an `If-Match` or `If-None-Match` names a state (RFC 9110, 13.1).
pub(super) fn matches(wanted: &str, etag: &str) -> bool {
    wanted.trim() == "*" || wanted.split(',').any(|one| one.trim().trim_start_matches("W/") == etag)
}

/// Returns tags as the store has them.
pub(super) fn tags(tags: &[String]) -> Result<Option<String>, Problem> {
    let mut all = std::collections::BTreeSet::new();
    for (i, tag) in tags.iter().enumerate() {
        let tag = rapport_prompts::format::one_line(&crate::commands::plain(tag)).trim().to_lowercase();
        if tag.is_empty() || tag.chars().count() > types::TAG_CHARS_MAX {
            let what = format!("must have 1 to {} characters", types::TAG_CHARS_MAX);
            return Err(Problem::field(&format!("tags[{i}]"), what));
        }
        all.insert(tag);
    }
    Ok((!all.is_empty()).then(|| serde_json::to_string(&all).expect("tags are JSON")))
}

/// Makes one line of a text of a body.
pub(super) fn line(field: &str, text: &str) -> Result<String, Problem> {
    let text = rapport_prompts::format::one_line(&crate::commands::plain(text));
    match text.trim() {
        "" => Err(Problem::field(field, "is too short")),
        text => Ok(text.to_owned()),
    }
}
