//! Long lists, page by page, newest first.

use std::collections::HashMap;

use rapport_model::{Actor, Id, Kind, RecordRef, Timestamp};

use crate::db::{Bind, Query, query};
use crate::error::StorageError;
use crate::history::{ENTRIES, Entry, entry};
use crate::messages::{COLUMNS, Loaded};
use crate::open::Store;

/// Which acts to list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Acts {
    /// Only by this actor.
    pub actor: Option<Actor>,
    /// Not by these parts of the service.
    pub without: &'static [&'static str],
    /// Only what changed this record.
    pub record: Option<RecordRef>,
    /// Only from this instant on.
    pub since: Option<Timestamp>,
    /// Only before this instant.
    pub until: Option<Timestamp>,
    /// Only those before this act: the next page.
    pub before: Option<Id>,
    /// How many at most.
    pub limit: u32,
}

impl Store {
    /// Lists acts that changed something that is seen, newest first; of each what is seen of it.
    ///
    /// # Errors
    /// The store cannot be read, or a journal entry does not open.
    pub async fn acts(&self, which: &Acts) -> Result<Vec<Vec<Entry>>, StorageError> {
        let mut sql = String::from("SELECT a.id FROM acts a WHERE true");
        let mut binds = Vec::new();
        let mut and = |condition: &str, value: Option<Bind>| {
            if let Some(value) = value {
                binds.push(value);
                sql.push_str(&format!(" AND {condition} ${}", binds.len()));
            }
        };
        and("a.id <", which.before.map(Bind::from));
        and("a.actor =", which.actor.as_ref().map(|actor| actor.to_string().into()));
        for part in which.without {
            and("a.actor <>", Some(Actor::Service((*part).into()).to_string().into()));
        }
        and("a.at_us >=", which.since.map(Bind::from));
        and("a.at_us <", which.until.map(Bind::from));
        let mut changed = String::from("SELECT 1 FROM changes c WHERE c.act = a.id");
        if let Some(record) = which.record {
            binds.push(record.id.into());
            changed.push_str(&format!(" AND c.record = ${}", binds.len()));
        }
        if let Some(sight) = &self.sight {
            changed
                .push_str(&format!(" AND ({}) IS TRUE", sight.named("c.record_kind", "c.record", Kind::ALL)));
        }
        binds.push(which.limit.into());
        sql.push_str(&format!(" AND EXISTS ({changed}) ORDER BY a.id DESC LIMIT ${}", binds.len()));
        let list = binds.into_iter().fold(query("list what was done", sql), Query::bind);
        let ids: Vec<i64> = list.values(&self.inner.read).await?;
        let sql = format!("{ENTRIES} WHERE c.act {{any}} ORDER BY c.act DESC, c.id");
        let ids = self.inner.read.ids(ids.into_iter().map(Id));
        let rows = query("read the journal", sql).rows(ids).all(&self.inner.read).await?;
        let keys = self.inner.keys_in(&rows, 10).await?;
        let entries = rows.iter().map(|row| entry(&keys, row)).collect::<Result<Vec<_>, _>>()?;
        let entries = self.seen_of(entries, |entry| Some(entry.change.record)).await?;
        let mut acts: Vec<Vec<Entry>> = Vec::new();
        let mut places: HashMap<Id, usize> = HashMap::new();
        for entry in entries {
            let place = *places.entry(entry.act.id).or_insert_with(|| {
                acts.push(Vec::new());
                acts.len() - 1
            });
            acts[place].push(entry);
        }
        Ok(acts)
    }

    /// Lists messages, newest first: of a conversation or of a customer, or all, and only those that came
    /// before `before`.
    ///
    /// # Errors
    /// The store cannot be read, or a sealed value does not open.
    pub async fn messages_page(
        &self,
        of: Option<RecordRef>,
        before: Option<(Timestamp, Id)>,
        limit: u32,
    ) -> Result<Vec<Loaded>, StorageError> {
        let mut sql = format!("{COLUMNS} WHERE true{}", self.and_seen(Kind::Message, "m"));
        let mut binds: Vec<Bind> = Vec::new();
        if let Some(of) = of {
            binds.push(of.id.into());
            sql.push_str(if of.kind == Kind::Thread { " AND m.thread = $1" } else { " AND m.customer = $1" });
        }
        if let Some((at, id)) = before {
            let n = binds.len();
            binds.extend([at.into(), id.into()]);
            sql.push_str(&format!(" AND (m.received_at, m.id) < (${}, ${})", n + 1, n + 2));
        }
        binds.push(limit.into());
        sql.push_str(&format!(" ORDER BY m.received_at DESC, m.id DESC LIMIT ${}", binds.len()));
        let rows =
            binds.into_iter().fold(query("list messages", sql), Query::bind).all(&self.inner.read).await?;
        self.load_messages(&rows).await
    }
}
