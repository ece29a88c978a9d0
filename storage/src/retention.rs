//! What is not kept any more because of its age.
//!
//! What somebody may still need stays, however old: what belongs to a customer on legal hold or whose processing
//! is restricted (deleting is processing), with an open ticket or an open deal. A portion is one transaction, and
//! notes how much of what was forgotten; whatever stops in between, the next run goes on.

use rapport_model::retention::{Forgotten, Kept, Outlived};
use rapport_model::{Id, Kind, Timestamp};

use crate::db::{Db, query};
use crate::erase::drop_raws;
use crate::error::StorageError;
use crate::index_log;
use crate::journal::{CHANGES, Redactions};
use crate::keys::{Cell, KeyId};
use crate::open::{Inner, Store};
use crate::reads;

/// Facts that are read at once.
const FACTS_MAX: u32 = 1_000;

/// Which rows have outlived their time, `$1`: the table with its conditions, and the column that tells their age.
fn outlived(kind: Kept) -> (String, &'static str) {
    let free = |customer: &str| {
        format!(
            "NOT EXISTS (SELECT 1 FROM customers x WHERE x.id = {customer}
                         AND (x.held_at IS NOT NULL OR x.restricted_at IS NOT NULL))
             AND NOT EXISTS (SELECT 1 FROM tickets x WHERE x.customer = {customer} AND x.status <> 'closed'
                             AND x.deleted_us IS NULL)
             AND NOT EXISTS (SELECT 1 FROM deals x WHERE x.customer = {customer} AND x.deleted_us IS NULL
                             AND coalesce(x.stage, '') NOT IN ('won', 'lost'))"
        )
    };
    let mail = || {
        format!(
            "{} AND NOT EXISTS (SELECT 1 FROM tickets x WHERE x.thread = t.thread AND x.status <> 'closed'
                                AND x.deleted_us IS NULL)",
            free("t.customer")
        )
    };
    match kind {
        Kept::Customers => (
            format!(
                "customers t WHERE t.lifecycle IN ('dormant', 'lost') AND t.deleted_us IS NULL
                   AND t.merged_into IS NULL AND t.erased_us IS NULL
                   AND coalesce(t.last_in, t.last_out, t.first_contact) < $1 AND coalesce(t.last_out, 0) < $1
                   AND NOT EXISTS (SELECT 1 FROM orders x WHERE x.customer = t.id AND x.placed_at >= $1)
                   AND {}",
                free("t.id")
            ),
            "t.last_in",
        ),
        Kept::Messages => (format!("messages t WHERE t.received_at < $1 AND {}", mail()), "t.received_at"),
        Kept::Attachments => (
            format!(
                "messages t WHERE t.received_at < $1 AND t.n_attachments > 0
                   AND EXISTS (SELECT 1 FROM attachments x WHERE x.message = t.id) AND {}",
                mail()
            ),
            "t.received_at",
        ),
        Kept::Tickets => (
            format!(
                "tickets t WHERE t.status = 'closed' AND t.closed_at < $1 AND t.title IS NOT NULL AND {}",
                free("t.customer")
            ),
            "t.closed_at",
        ),
        // Of what a silence or a change of mood was told once is not told again.
        Kept::Figures => (
            "(SELECT id, at_us, 0 AS sort FROM events WHERE name NOT IN ('silence', 'soured')
              UNION ALL SELECT id, at_us, 1 FROM firings UNION ALL SELECT id, at_us, 2 FROM alerts) t
             WHERE t.at_us < $1"
                .to_owned(),
            "t.at_us",
        ),
        Kept::Reads => ("reads t WHERE t.last_us < $1".to_owned(), "t.last_us"),
    }
}

impl Store {
    /// Tells how much of a kind is older than `before` and would not be kept.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn outlived(&self, kind: Kept, before: Timestamp) -> Result<Outlived, StorageError> {
        let (rows, age) = outlived(kind);
        let sql = format!("SELECT count(*), min({age}) FROM {rows}");
        let row = query("look for what is old", sql).bind(before).one(&self.inner.read).await?;
        Ok(Outlived { n: row.get(0), oldest: row.maybe_time(1) })
    }

    /// Returns customers who are not kept any more, at most `limit`: they are to be erased.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn outlived_customers(&self, before: Timestamp, limit: u32) -> Result<Vec<Id>, StorageError> {
        let sql = format!("SELECT t.id FROM {} ORDER BY t.id LIMIT $2", outlived(Kept::Customers).0);
        let find = query("look for old customers", sql).bind(before).bind(limit);
        Ok(find.values::<i64>(&self.inner.read).await?.into_iter().map(Id).collect())
    }

    /// Forgets at most `limit` of a kind that are older than `before`. Returns how many that were. Customers are
    /// not forgotten here but erased.
    ///
    /// # Errors
    /// The store cannot be read or written; then nothing was forgotten.
    pub async fn forget_outlived(
        &self,
        kind: Kept,
        before: Timestamp,
        limit: u32,
    ) -> Result<usize, StorageError> {
        let inner = self.inner.clone();
        let (n, blobs) = self
            .write(move |db| {
                let inner = inner.clone();
                Box::pin(async move {
                    let (n, blobs) = forget(db, &inner, kind, before, limit).await?;
                    if n > 0 {
                        note(db, &inner, kind, before, n).await?;
                    }
                    Ok((n, blobs))
                })
            })
            .await?;
        for blob in blobs {
            // One that is gone already is as good.
            let _ = std::fs::remove_file(self.inner.dir.join("blobs").join(blob));
        }
        Ok(n)
    }

    /// Notes that so many of a kind were forgotten otherwise: customers that were erased because of their age.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn note_forgotten(&self, kind: Kept, before: Timestamp, n: usize) -> Result<(), StorageError> {
        let inner = self.inner.clone();
        self.write(move |db| {
            let inner = inner.clone();
            Box::pin(async move { note(db, &inner, kind, before, n).await })
        })
        .await
    }

    /// Returns what was forgotten because of its age, newest first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn forgotten(&self) -> Result<Vec<Forgotten>, StorageError> {
        let sql = "SELECT at_us, kind, before_us, n FROM forgotten ORDER BY at_us DESC, id DESC LIMIT $1";
        let rows = query("read what was forgotten", sql).bind(FACTS_MAX).all(&self.inner.read).await?;
        let fact = |row: &crate::db::Row| {
            let kind = Kept::by_name(row.get(1))?;
            Some(Forgotten { at: row.time(0), kind, before: row.time(2), n: row.get(3) })
        };
        Ok(rows.iter().filter_map(fact).collect())
    }
}

async fn note(
    db: &mut Db,
    inner: &Inner,
    kind: Kept,
    before: Timestamp,
    n: usize,
) -> Result<(), StorageError> {
    let now = inner.clock.now();
    query(
        "note what was forgotten",
        "INSERT INTO forgotten (id, at_us, kind, before_us, n) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(inner.ids.next(now))
    .bind(now)
    .bind(kind.name())
    .bind(before)
    .bind(i64::try_from(n).unwrap_or(i64::MAX))
    .run(db)
    .await
}

/// Returns how many were forgotten, and the files to remove.
async fn forget(
    db: &mut Db,
    inner: &Inner,
    kind: Kept,
    before: Timestamp,
    limit: u32,
) -> Result<(usize, Vec<String>), StorageError> {
    let (from, age) = outlived(kind);
    if kind == Kept::Customers {
        return Err(StorageError::Refused("customers are not forgotten but erased".into()));
    }
    if kind == Kept::Figures {
        let sql = format!("SELECT t.id, t.sort FROM {from} ORDER BY {age} LIMIT $2");
        let rows = query("find old figures", sql).bind(before).bind(limit).all(&mut *db).await?;
        for (sort, sql) in [
            (0, "DELETE FROM events WHERE id {any}"),
            (1, "DELETE FROM firings WHERE id {any}"),
            (2, "DELETE FROM alerts WHERE id {any}"),
        ] {
            let ids: Vec<Id> =
                rows.iter().filter(|row| row.get::<i64>(1) == sort).map(|row| row.id(0)).collect();
            query("forget old figures", sql).rows(db.ids(ids)).run(&mut *db).await?;
        }
        return Ok((rows.len(), Vec::new()));
    }
    if kind == Kept::Reads {
        return Ok((reads::forget(db, before, limit).await?, Vec::new()));
    }
    let sql = format!("SELECT t.id FROM {from} ORDER BY {age}, t.id LIMIT $2");
    let ids: Vec<i64> = query("find what is old", sql).bind(before).bind(limit).values(&mut *db).await?;
    let ids: Vec<Id> = ids.into_iter().map(Id).collect();
    let blobs = match kind {
        Kept::Messages => forget_messages(db, &ids).await?,
        Kept::Attachments => forget_files(db, &ids).await?,
        _ => {
            forget_tickets(db, inner, &ids).await?;
            Vec::new()
        }
    };
    let indexed = if kind == Kept::Tickets { Kind::Ticket } else { Kind::Message };
    index_log::enter(db, ids.iter().map(|id| (indexed.name(), *id))).await?;
    Ok((ids.len(), blobs))
}

/// That a mail was taken in stays in the ledger, so that it is not taken in again.
async fn forget_messages(db: &mut Db, ids: &[Id]) -> Result<Vec<String>, StorageError> {
    let blobs = drop_raws(db, ids).await?;
    for (what, sql) in [
        ("forget the bytes of old mails", "DELETE FROM raws WHERE message {any}"),
        ("forget who took part in old mails", "DELETE FROM parties WHERE message {any}"),
        ("forget the files of old mails", "DELETE FROM attachments WHERE message {any}"),
        ("forget old mails", "DELETE FROM messages WHERE id {any}"),
    ] {
        query(what, sql).rows(db.ids(ids.iter().copied())).run(&mut *db).await?;
    }
    Ok(blobs)
}

/// A file lies in the bytes of its mail: these go, the text of the mail stays.
async fn forget_files(db: &mut Db, ids: &[Id]) -> Result<Vec<String>, StorageError> {
    let blobs = drop_raws(db, ids).await?;
    for (what, sql) in [
        ("forget old files", "DELETE FROM attachments WHERE message {any}"),
        ("forget that there were files", "UPDATE messages SET n_attachments = 0 WHERE id {any}"),
    ] {
        query(what, sql).rows(db.ids(ids.iter().copied())).run(&mut *db).await?;
    }
    Ok(blobs)
}

/// Takes tickets away, and their words out of the journal: that and when they were changed stays.
async fn forget_tickets(db: &mut Db, inner: &Inner, ids: &[Id]) -> Result<(), StorageError> {
    let now = inner.clock.now();
    let run = inner.ids.next(now);
    let sql = "SELECT c.id, c.key_id, c.fields FROM {rows} JOIN changes c ON c.record = {0}
               WHERE c.record_kind = 'ticket'";
    let rows =
        query("open what old tickets were", sql).rows(db.ids(ids.iter().copied())).all(&mut *db).await?;
    let keys = inner.keys_in(&rows, 1).await?;
    let mut notes = Redactions::of(db, run);
    for row in &rows {
        let (id, key) = (row.id(0), KeyId(row.get(1)));
        let cell = Cell { table: CHANGES, column: "fields", row: id.0 };
        let plain = keys.open(key, cell, row.get(2))?;
        let Some(wordless) = without_words(&plain) else { continue };
        let sealed = keys.seal(key, cell, &wordless);
        notes.note(inner, id, &sealed);
        query("take words out of the journal", "UPDATE changes SET fields = $1 WHERE id = $2")
            .bind(sealed)
            .bind(id)
            .run(&mut *db)
            .await?;
    }
    notes.write(&mut *db).await?;
    let sql = "UPDATE tickets SET title = NULL, deleted_us = coalesce(deleted_us, $1) WHERE id {any}";
    query("forget old tickets", sql).rows(db.ids(ids.iter().copied())).bind(now).run(db).await
}

/// Takes a ticket's title out of the fields of a change; nothing where it is not in them, or an erasure has made
/// them unreadable.
fn without_words(fields: &[u8]) -> Option<Vec<u8>> {
    let mut fields: Vec<serde_json::Value> = serde_json::from_slice(fields).ok()?;
    let mut found = false;
    for field in fields.iter_mut().filter(|field| field["field"] == "title") {
        for side in ["before", "after"] {
            if let Some(value) = field.get_mut(side).filter(|value| !value.is_null()) {
                *value = serde_json::Value::Null;
                found = true;
            }
        }
    }
    found.then(|| serde_json::to_vec(&fields).expect("what was JSON is JSON"))
}
