//! Who sees what. It is decided here alone, as a condition on the rows of a statement: what is not
//! seen is to whoever asks as if it did not exist, so that limits, pages and counts are right.
//!
//! Everything hangs on a customer: their messages, conversations, tickets, tasks, deals, notes and what
//! leaves to them are seen with the customer. A customer is seen by who looks after them, and by who has
//! a ticket, a task or a deal with them. What hangs on nobody is seen by who looks after it; what nobody
//! looks after by whoever sees what is nobody's. Colleagues, teams, rules, products and the like belong
//! to the house, and are seen by all.
//!
//! The service itself works with a store without a sight, and sees everything.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt::Write as _;
use std::sync::Arc;

use rapport_model::fields::{self, Type};
use rapport_model::job::Recipient;
use rapport_model::people::{Scope, User};
use rapport_model::{Change, Id, Kind, Op, RecordRef, Value};

use crate::db::{Column, Db, Engine, On, Rows, query};
use crate::error::StorageError;
use crate::open::{Store, lock};
use crate::records::Filter;
use crate::work::Work;

/// What of the search index is seen; nothing where all of it is.
pub type Visible = Option<Arc<HashSet<Id>>>;

/// What of the search index each sight sees, and how far the journal was when that was looked up.
pub(crate) type LookedUp = HashMap<Sight, (String, Arc<HashSet<Id>>)>;

/// What one sees who does not see everything.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Sight {
    /// Whose customers are seen.
    pub users: Vec<Id>,
    /// Whether what nobody looks after is seen, too.
    pub unowned: bool,
}

/// What notices are about.
const ABOUT: &[Kind] = &[
    Kind::Customer,
    Kind::Company,
    Kind::Deal,
    Kind::Ticket,
    Kind::Task,
    Kind::Rating,
    Kind::PrivacyRequest,
    Kind::Thread,
    Kind::Message,
];

/// By what a customer is a colleague's who does not look after them.
const TIES: [&str; 3] = ["tickets", "tasks", "deals"];

impl Sight {
    /// Tells whether a row `t` of the table of `kind` is seen; nothing where every row is.
    pub(crate) fn of(&self, kind: Kind, t: &str) -> Option<String> {
        let nobodys = |owner: &str| {
            let free = if self.unowned { format!(" OR {t}.{owner} IS NULL") } else { String::new() };
            format!("{}{free}", self.is_own(&format!("{t}.{owner}")))
        };
        let unowned = if self.unowned { "true" } else { "false" }.to_owned();
        Some(match kind {
            Kind::Customer => whole(kind, t, |t| self.customer(t)),
            Kind::Company => whole(kind, t, |t| self.company(t)),
            // What is one's own to do is seen, even if it was taken away.
            Kind::Deal | Kind::Ticket | Kind::Task => {
                let hangs = self.hangs(t, &[("customer", Kind::Customer)], &nobodys("owner"));
                format!("({} OR {hangs})", self.is_own(&format!("{t}.owner")))
            }
            Kind::Note => {
                let on = [
                    ("customer", Kind::Customer),
                    ("deal", Kind::Deal),
                    ("ticket", Kind::Ticket),
                    ("company", Kind::Company),
                ];
                self.hangs(t, &on, &nobodys("author"))
            }
            Kind::Rating => self.hangs(t, &[("customer", Kind::Customer)], &nobodys("owner")),
            Kind::Order => {
                self.hangs(t, &[("customer", Kind::Customer), ("company", Kind::Company)], &unowned)
            }
            // An address that is nobody's can be given to somebody.
            Kind::Identity => {
                self.hangs(t, &[("customer", Kind::Customer), ("company", Kind::Company)], "true")
            }
            Kind::Consent | Kind::PrivacyRequest | Kind::Thread | Kind::Message => {
                self.hangs(t, &[("customer", Kind::Customer)], &unowned)
            }
            Kind::Attachment => self.at(Kind::Message, &format!("{t}.message"))?,
            Kind::Product
            | Kind::Campaign
            | Kind::User
            | Kind::Team
            | Kind::Pipeline
            | Kind::CustomField
            | Kind::Schedule
            | Kind::RuleFile => return None,
        })
    }

    /// Tells whether the record of `kind` that `column` points at is there and seen. Nothing points at what
    /// was merged into another.
    pub(crate) fn at(&self, kind: Kind, column: &str) -> Option<String> {
        // A name of its own: `column` may belong to a row of the same table.
        let row = format!("at_{}", kind.name());
        let seen = match kind {
            Kind::Customer => self.customer(&row),
            Kind::Company => self.company(&row),
            _ => self.of(kind, &row)?,
        };
        Some(exists(&format!("{} {row} WHERE {row}.id = {column} AND {seen}", kind.table())))
    }

    /// Tells whether the record of `kind` whose id `column` is, be it merged or not, is there and seen.
    fn is(&self, kind: Kind, column: &str) -> Option<String> {
        let row = format!("is_{}", kind.name());
        let seen = self.of(kind, &row)?;
        Some(exists(&format!("{} {row} WHERE {row}.id = {column} AND {seen}", kind.table())))
    }

    /// Tells whether the record that two columns name, its kind (one of `kinds`) and its id, is seen.
    pub(crate) fn named(&self, kind_column: &str, column: &str, kinds: &[Kind]) -> String {
        let mut cases = String::new();
        for kind in kinds {
            if let Some(seen) = self.is(*kind, column) {
                let _ = write!(cases, " WHEN '{}' THEN {seen}", kind.name());
            }
        }
        if cases.is_empty() { "true".to_owned() } else { format!("CASE {kind_column}{cases} ELSE true END") }
    }

    /// Tells whether all of these are there and seen.
    pub(crate) async fn sees_all(
        &self,
        on: impl Into<On<'_>>,
        engine: Engine,
        records: &[RecordRef],
    ) -> Result<bool, StorageError> {
        Ok(self.unseen(on, engine, records).await?.is_empty())
    }

    /// Returns those of the records that are not there or not seen.
    async fn unseen(
        &self,
        on: impl Into<On<'_>>,
        engine: Engine,
        records: &[RecordRef],
    ) -> Result<HashSet<RecordRef>, StorageError> {
        let mut rows = Rows::new(engine, &[Column::Text, Column::Int, Column::Int]);
        for (record, place) in records.iter().zip(0_i64..) {
            rows.row().text(record.kind.name()).int(record.id.0).int(place);
        }
        let kinds: BTreeSet<Kind> = records.iter().map(|record| record.kind).collect();
        let kinds: Vec<Kind> = kinds.into_iter().collect();
        let seen = self.named("{0}", "{1}", &kinds);
        let sql = format!("SELECT {{2}} FROM {{rows}} WHERE ({seen}) IS NOT TRUE");
        let places: Vec<i64> = query("look whether records are seen", sql).rows(rows).values(on).await?;
        let place = |place: i64| usize::try_from(place).ok().and_then(|place| records.get(place)).copied();
        Ok(places.into_iter().filter_map(place).collect())
    }

    fn is_own(&self, column: &str) -> String {
        let ids: Vec<String> = self.users.iter().map(Id::to_string).collect();
        let ids = if ids.is_empty() { "NULL".to_owned() } else { ids.join(", ") };
        format!("{column} IN ({ids})")
    }

    /// By the first of `on` that there is, or else by `alone`.
    fn hangs(&self, t: &str, on: &[(&str, Kind)], alone: &str) -> String {
        let mut cases = String::new();
        for (column, kind) in on {
            let column = format!("{t}.{column}");
            if let Some(seen) = self.at(*kind, &column) {
                let _ = write!(cases, " WHEN {column} IS NOT NULL THEN {seen}");
            }
        }
        format!("CASE{cases} ELSE {alone} END")
    }

    fn customer(&self, t: &str) -> String {
        let mut seen = format!("({}", self.is_own(&format!("{t}.owner")));
        if self.unowned {
            let _ = write!(seen, " OR {t}.owner IS NULL");
        }
        for table in TIES {
            let own = self.is_own("tie.owner");
            let tie = format!("{table} tie WHERE tie.customer = {t}.id AND tie.deleted_us IS NULL AND {own}");
            let _ = write!(seen, " OR {}", exists(&tie));
        }
        seen.push(')');
        seen
    }

    /// A company is seen by who looks after it and by who sees somebody of it. One that nobody looks
    /// after and that has nobody is nobody's.
    fn company(&self, t: &str) -> String {
        let people = format!("customers person WHERE person.company = {t}.id AND person.merged_into IS NULL");
        let somebody = exists(&format!("{people} AND {}", self.customer("person")));
        let free = match self.unowned {
            true => format!(" OR ({t}.owner IS NULL AND NOT {})", exists(&people)),
            false => String::new(),
        };
        format!("({} OR {somebody}{free})", self.is_own(&format!("{t}.owner")))
    }

    /// Selects in two columns the ids of all that is seen and that documents of the search index hang on:
    /// customers and their companies, and what hangs on no customer; some more than once. It says the
    /// same as the conditions above, for many rows at once.
    fn all(&self) -> String {
        let own = self.is_own("t.owner");
        let free = if self.unowned { " OR t.owner IS NULL" } else { "" };
        let mut sql = format!(
            "SELECT t.id, t.company FROM customers t WHERE t.deleted_us IS NULL AND ({own}{free})
             UNION ALL SELECT t.id, NULL FROM companies t WHERE t.deleted_us IS NULL AND {own}"
        );
        for table in TIES {
            let _ = write!(
                sql,
                " UNION ALL SELECT c.id, c.company FROM {table} t JOIN customers c ON c.id = t.customer
                 WHERE {own} AND t.deleted_us IS NULL"
            );
        }
        if self.unowned {
            sql.push_str(
                " UNION ALL SELECT t.id, NULL FROM companies t WHERE t.deleted_us IS NULL AND t.owner IS NULL
                  AND NOT EXISTS (SELECT 1 FROM customers c WHERE c.company = t.id AND c.merged_into IS NULL)",
            );
        }
        for kind in [Kind::Deal, Kind::Ticket, Kind::Task, Kind::Note] {
            if let Some(seen) = self.of(kind, "t") {
                let _ = write!(
                    sql,
                    " UNION ALL SELECT t.id, NULL FROM {} t
                     WHERE t.customer IS NULL AND t.deleted_us IS NULL AND {seen}",
                    kind.table()
                );
            }
        }
        sql
    }
}

/// Tells whether there is a row. The server would plan what is nested in a bare `EXISTS` twice at each
/// level, once for a table of all answers; it does not where rows are left out, be it none.
fn exists(from: &str) -> String {
    format!("EXISTS (SELECT 1 FROM {from} LIMIT 1 OFFSET 0)")
}

/// What was merged into another record is seen with that one.
fn whole(kind: Kind, t: &str, seen: impl Fn(&str) -> String) -> String {
    let table = kind.table();
    format!(
        "CASE WHEN {t}.merged_into IS NULL THEN {} ELSE EXISTS (
            WITH RECURSIVE up(id, part_of) AS (
                SELECT r.id, r.merged_into FROM {table} r WHERE r.id = {t}.merged_into
                UNION SELECT r.id, r.merged_into FROM {table} r JOIN up ON r.id = up.part_of)
            SELECT 1 FROM up JOIN {table} kept ON kept.id = up.id WHERE up.part_of IS NULL AND {}
            LIMIT 1 OFFSET 0) END",
        seen(t),
        seen("kept")
    )
}

impl Store {
    /// Returns the same store as who has this sight sees it; who has none sees everything. What is not
    /// seen cannot be changed either.
    #[must_use]
    pub fn seen_by(&self, sight: Option<Arc<Sight>>) -> Self {
        Self { sight, ..self.clone() }
    }

    /// Returns what a colleague sees; nothing where they see everything. Who has left a team counts for
    /// it still: their customers are the team's.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn sight_of(&self, user: &User) -> Result<Option<Sight>, StorageError> {
        let alone = Sight { users: vec![user.id], unowned: false };
        match user.scope {
            Scope::All => return Ok(None),
            Scope::Own => return Ok(Some(alone)),
            Scope::Team => {}
        }
        let me = self.records(Kind::User, &[user.id]).await?.pop();
        let team = me.map_or(Value::Null, |me| me.get("team").clone());
        if team.is_null() {
            return Ok(Some(alone));
        }
        let of = Filter { equal: vec![("team", team)], limit: 10_000, ..Filter::default() };
        let users = self.list(Kind::User, &of).await?.iter().map(|user| user.record.id).collect();
        Ok(Some(Sight { users, unowned: true }))
    }

    /// Returns what of the search index is seen: the ids that its documents hang on, with `nobody` for
    /// those that hang on nobody; nothing where everything is. It is looked up anew once something has
    /// changed.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn visible(&self, nobody: Id) -> Result<Visible, StorageError> {
        let Some(sight) = &self.sight else { return Ok(None) };
        // Asked first: what is looked up is as new as that or newer.
        let position: String =
            query("look how far the journal is", self.position()).value(&self.inner.read).await?;
        let known = lock(&self.inner.visible).get(&**sight).cloned();
        if let Some((_, ids)) = known.filter(|(at, _)| *at == position) {
            return Ok(Some(ids));
        }
        let rows = query("list what is seen", sight.all()).all(&self.inner.read).await?;
        let ids = rows.iter().flat_map(|row| [row.maybe_id(0), row.maybe_id(1)]).flatten();
        let ids = Arc::new(ids.chain(sight.unowned.then_some(nobody)).collect());
        lock(&self.inner.visible).insert((**sight).clone(), (position, Arc::clone(&ids)));
        Ok(Some(ids))
    }

    /// Asks for what is another once any change was committed. On a server, whose processes do not number
    /// changes in the order in which they commit, that is which transactions have ended.
    fn position(&self) -> &'static str {
        match self.inner.engine() {
            Engine::Sqlite => "SELECT CAST(coalesce(max(id), 0) AS TEXT) FROM changes",
            Engine::Postgres => "SELECT pg_current_snapshot()::text",
        }
    }

    /// Continues a condition: only rows `t` of the table of `kind` that are seen.
    pub(crate) fn and_seen(&self, kind: Kind, t: &str) -> String {
        and(self.sight.as_ref().and_then(|sight| sight.of(kind, t)))
    }

    /// Continues a condition: only where the record of `kind` that `column` points at is seen.
    pub(crate) fn and_sees(&self, kind: Kind, column: &str) -> String {
        and(self.sight.as_ref().and_then(|sight| sight.at(kind, column)))
    }

    /// Leaves of what was read what is about records that are seen.
    pub(crate) async fn seen_of<T>(
        &self,
        all: Vec<T>,
        about: impl Fn(&T) -> Option<RecordRef>,
    ) -> Result<Vec<T>, StorageError> {
        let Some(sight) = &self.sight else { return Ok(all) };
        let records: BTreeSet<RecordRef> = all.iter().filter_map(&about).collect();
        let records: Vec<RecordRef> = records.into_iter().collect();
        let unseen = sight.unseen(&self.inner.read, self.inner.engine(), &records).await?;
        Ok(all.into_iter().filter(|one| about(one).is_none_or(|record| !unseen.contains(&record))).collect())
    }

    /// Continues a condition: only outgoing messages `o` to or about somebody who is seen, and notices
    /// about nobody to whoever asks.
    pub(crate) fn and_seen_outgoing(&self, o: &str) -> String {
        let Some(sight) = &self.sight else { return String::new() };
        let column = |name: &str| format!("{o}.{name}");
        let mut seen = String::new();
        for (name, kind) in [("to_customer", Kind::Customer), ("thread", Kind::Thread)] {
            let to = self.and_sees(kind, &column(name));
            seen.push_str(&format!(" AND ({o}.{name} IS NULL OR (true{to}))"));
        }
        let about = sight.named(&column("about_kind"), &column("about"), ABOUT);
        seen.push_str(&format!(" AND {about}"));
        let own = sight.is_own(&column("to_user"));
        seen + &format!(
            " AND ({o}.to_customer IS NOT NULL OR {o}.thread IS NOT NULL OR {o}.about IS NOT NULL OR {own})"
        )
    }

    /// Tells whether a record is seen; of what does not exist nothing is.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn sees(&self, record: RecordRef) -> Result<bool, StorageError> {
        match &self.sight {
            Some(sight) => sight.sees_all(&self.inner.read, self.inner.engine(), &[record]).await,
            None => Ok(true),
        }
    }
}

fn and(condition: Option<String>) -> String {
    condition.map_or_else(String::new, |condition| format!(" AND {condition}"))
}

/// Refuses what would touch something that is not seen: nothing of it is written. Whoever asks has not
/// found it, so that this is a fence behind the first one.
pub(crate) async fn fence(db: &mut Db, sight: Option<&Sight>, works: &[Work]) -> Result<(), StorageError> {
    let Some(sight) = sight else { return Ok(()) };
    let engine = db.engine();
    match sight.sees_all(db, engine, &touched(works)).await? {
        true => Ok(()),
        false => Err(StorageError::Refused("what this would change does not exist".into())),
    }
}

/// Returns what is changed, pointed at, or told of, without what is made by the same works. Pure.
fn touched(works: &[Work]) -> Vec<RecordRef> {
    let changes = || works.iter().flat_map(|work| &work.acts).flat_map(|(_, changes)| changes);
    let made: HashSet<Id> = changes().filter(|c| c.op == Op::Create).map(|c| c.record.id).collect();
    let mut touched = BTreeSet::new();
    for change in changes() {
        touched.insert(change.record);
        touched.extend(pointed_at(change));
    }
    for message in works.iter().flat_map(|work| &work.outbox) {
        if let Recipient::Customer(customer) = message.to {
            touched.insert(RecordRef::new(Kind::Customer, customer));
        }
        touched.extend(message.thread.map(|thread| RecordRef::new(Kind::Thread, thread)));
    }
    touched.into_iter().filter(|record| !made.contains(&record.id)).collect()
}

fn pointed_at(change: &Change) -> impl Iterator<Item = RecordRef> {
    let kind = change.record.kind;
    change.fields.iter().filter_map(move |field| {
        let Type::Ref(to) = fields::field(kind, &field.field)?.ty else { return None };
        Some(RecordRef::new(to, field.after.id()?))
    })
}
