//! Writes what was planned: a statement for each table, whatever the size of the batch.

use std::collections::HashMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use rapport_model::job::{NewJob, Task};
use rapport_model::message::{Automation, Direction, Trust};
use rapport_model::{Id, Timestamp};

use super::plan::{Kept, Plan, Stranger, ThreadWrite};
use super::ready::SeenKey;
use crate::Engine;
use crate::db::{Column, Columns, Db, Query, RowWriter, Rows, query};
use crate::error::StorageError;
use crate::keys::{Cell, HOUSE_KEY, KeyId, Keys};
use crate::open::Inner;
use crate::{hooks, jobs, journal, ledger, messages};

/// Raw mails whose packed bytes are longer go into files.
const INLINE_BYTES_MAX: usize = 64 * 1024;

pub(super) async fn write(
    db: &mut Db,
    inner: &Inner,
    keys: &Keys,
    plan: &Plan<'_>,
) -> Result<(), StorageError> {
    let (now, engine) = (inner.clock.now(), db.engine());
    let strangers = strangers(engine, keys, &plan.strangers);
    let (begin, go_on) = during(strangers.run(&mut *db), || threads(engine, keys, &plan.threads)).await?;
    inner.keyring.remember(plan.strangers.iter().map(|s| (s.id, s.key)));
    let journal = journal::apply(db, inner, &plan.acts, &plan.keys);
    let messages = during(journal, || messages(engine, keys, &plan.messages)).await?;
    begin.run(&mut *db).await?;
    go_on.run(&mut *db).await?;
    refs(engine, &plan.refs).run(&mut *db).await?;
    let raws = during(messages.run(&mut *db), || raws(engine, inner, keys, &plan.messages)).await??;
    let (parties, attachments, seen) = during(raws.run(&mut *db), || {
        (
            parties(engine, &plan.messages),
            attachments(engine, inner, keys, &plan.messages),
            seen(engine, &plan.seen, now),
        )
    })
    .await?;
    parties.run(&mut *db).await?;
    attachments.run(&mut *db).await?;
    seen.run(&mut *db).await?;
    write_quarantine(db, inner, keys, plan, now).await?;
    write_cursors(db, plan, now).await?;
    // Nothing waits in a conversation that has just begun.
    let answered = plan.threads.iter().filter(|(_, t)| t.last_in.is_some() && t.first.is_none());
    let answered = answered.map(|(id, _)| *id);
    jobs::cancel(db, answered).await?;
    hooks::tell_messages(db, inner, plan.messages.iter().filter_map(news)).await?;
    let understand: Vec<NewJob> = plan.messages.iter().map(|m| understand(m, now)).collect();
    jobs::insert_behind(db, inner, &understand, &plan.waiting).await
}

/// Makes something while the database runs a statement, on a thread or a machine of its own.
async fn during<R, T>(
    statement: impl Future<Output = Result<R, StorageError>>,
    make: impl FnOnce() -> T,
) -> Result<T, StorageError> {
    let (ran, made) = tokio::join!(biased; statement, async { make() });
    ran.map(|_| made)
}

/// Returns a message that people wrote to each other of late, with its conversation and whether it came in.
fn news(message: &Kept<'_>) -> Option<(Id, Id, bool)> {
    let arrival = &message.ready.arrival;
    let is_news = message.content.automation.is_none() && !arrival.incoming.history;
    (is_news && arrival.direction != Direction::Internal).then_some((
        message.id,
        message.thread,
        arrival.direction == Direction::In,
    ))
}

fn understand(message: &Kept<'_>, now: Timestamp) -> NewJob {
    let task = Task::Understand { message: message.id };
    NewJob { task, run_at: now, idempotency_key: None, correlation: None, lane: message.lane }
}

fn strangers(engine: Engine, keys: &Keys, strangers: &[Stranger<'_>]) -> Query {
    const COLUMNS: &Columns = &[Column::Int, Column::Int, Column::Bytes, Column::Bytes, Column::Bytes];
    let mut rows = Rows::new(engine, COLUMNS);
    for Stranger { id, key, mailbox, blind } in strangers {
        let cell = |column| Cell { table: "identities", column, row: id.0 };
        rows.row()
            .int(id.0)
            .int(key.0)
            .bytes(&keys.seal(*key, cell("value"), mailbox.address.as_str().as_bytes())[..])
            .bytes(&blind[..])
            .bytes(&keys.seal(*key, cell("name"), mailbox.name.as_bytes())[..]);
    }
    query(
        "write identities",
        "INSERT INTO identities (id, key_id, channel, value, value_blind, name)
         SELECT {0}, {1}, 'email', {2}, {3}, {4} FROM {rows}",
    )
    .rows(rows)
}

/// Returns the statements that begin conversations and that go on with others.
fn threads(engine: Engine, keys: &Keys, threads: &HashMap<Id, ThreadWrite<'_>>) -> (Query, Query) {
    use Column::{Bytes, Int, Text};
    const NEW: &Columns = &[Int, Int, Text, Bytes, Int, Int, Int, Int, Int, Int, Int];
    const OLD: &Columns = &[Int; 7];
    let (mut new, mut old) = (Rows::new(engine, NEW), Rows::new(engine, OLD));
    // Two processes that go on with the same conversations must lock them in the same order.
    let mut threads: Vec<_> = threads.iter().collect();
    threads.sort_unstable_by_key(|(id, _)| **id);
    for (id, thread) in threads {
        let times = |row: RowWriter<'_>| {
            row.int(thread.customer.map(|c| c.0))
                .int(thread.earliest.micros())
                .int(thread.latest.micros())
                .int(thread.last_in.map(Timestamp::micros))
                .int(thread.last_out.map(Timestamp::micros))
                .int(thread.n_messages);
        };
        match thread.first {
            None => times(old.row().int(id.0)),
            Some((first, key)) => {
                let key = keys.usable(key);
                let subject = first.arrival.incoming.content.as_ref().map_or("", |c| c.subject.as_str());
                let cell = Cell { table: "threads", column: "subject", row: id.0 };
                let sealed = keys.seal(key, cell, subject.as_bytes());
                let channel = first.arrival.incoming.channel.name();
                let row = new.row().int(id.0).int(key.0).text(channel).bytes(&sealed[..]);
                times(row.int(thread.perhaps.map(|t| t.0)));
            }
        }
    }
    let begin = query(
        "begin conversations",
        "INSERT INTO threads (id, key_id, channel, subject, perhaps, customer, first_us, last_us, last_in_us, last_out_us,
            n_messages)
         SELECT {0}, {1}, {2}, {3}, {4}, {5}, {6}, {7}, {8}, {9}, {10} FROM {rows}",
    )
    .rows(new);
    let go_on = query(
        "go on with conversations",
        "UPDATE threads SET
            customer    = coalesce(customer, {1}),
            first_us    = {least}(first_us, {2}),
            last_us     = {greatest}(last_us, {3}),
            last_in_us  = {greatest}(coalesce(last_in_us, {4}), coalesce({4}, last_in_us)),
            last_out_us = {greatest}(coalesce(last_out_us, {5}), coalesce({5}, last_out_us)),
            n_messages  = n_messages + {6}
         FROM {rows} WHERE threads.id = {0}",
    )
    .rows(old);
    (begin, go_on)
}

fn refs(engine: Engine, refs: &[([u8; 16], Id)]) -> Query {
    const COLUMNS: &Columns = &[Column::Bytes, Column::Int];
    let mut rows = Rows::new(engine, COLUMNS);
    for (reference, thread) in refs {
        rows.row().bytes(&reference[..]).int(thread.0);
    }
    query("note message ids", "INSERT INTO thread_refs (ref_blind, thread) SELECT {0}, {1} FROM {rows}")
        .rows(rows)
}

fn messages(engine: Engine, keys: &Keys, kept: &[Kept<'_>]) -> Query {
    use Column::{Bytes, Int, Text};
    const COLUMNS: &Columns = &[
        Int, Int, Int, Int, Int, Text, Text, Text, Text, Text, Int, Int, Int, Int, Bytes, Bytes, Bytes,
        Bytes, Text, Bytes,
    ];
    let mut rows = Rows::new(engine, COLUMNS);
    for message in kept {
        let Kept { id, thread, customer, ready, content, .. } = message;
        let arrival = &ready.arrival;
        let incoming = &arrival.incoming;
        let key = keys.usable(message.key);
        let seal =
            |column, plain: &[u8]| keys.seal(key, Cell { table: messages::TABLE, column, row: id.0 }, plain);
        let automation = content.automation.as_ref();
        let trimmed = content.trimmed.as_ref().map(|t| seal("trimmed", t.as_bytes()));
        // A meeting is plain data: it is always JSON.
        let calendar = content.calendar.as_ref().and_then(|c| serde_json::to_vec(c).ok());
        let calendar = calendar.map(|json| seal("calendar", &json));
        rows.row()
            .int(id.0)
            .int(key.0)
            .int(thread.0)
            .int(customer.map(|c| c.0))
            .int(arrival.author.map(|a| a.0))
            .text(incoming.channel.name())
            .text(incoming.account.as_str())
            .text(arrival.direction.name())
            .text(automation.map_or(Automation::None, |a| a.automation).name())
            .text(automation.map(|a| a.reason.as_str()))
            .int(i64::from(incoming.history))
            .int(content.sent_at.map(Timestamp::micros))
            .int(incoming.received_at.micros())
            .int(content.attachments.len() as i64)
            .bytes(&seal("message_ref", content.message_id.as_bytes())[..])
            .bytes(&seal("subject", content.subject.as_bytes())[..])
            .bytes(trimmed.as_deref())
            .bytes(&seal("body", &ready.packed().body)[..])
            .text(content.trust.map(Trust::name))
            .bytes(calendar.as_deref());
    }
    query(
        "write messages",
        "INSERT INTO messages (id, key_id, thread, customer, author, channel, account, direction, automation,
            automation_reason, history, sent_at, received_at, n_attachments, message_ref, subject, trimmed, body, trust,
            calendar)
         SELECT {0}, {1}, {2}, {3}, {4}, {5}, {6}, {7}, {8}, {9}, {10}, {11}, {12}, {13}, {14}, {15}, {16}, {17}, {18},
            {19}
         FROM {rows}",
    )
    .rows(rows)
}

fn raws(engine: Engine, inner: &Inner, keys: &Keys, kept: &[Kept<'_>]) -> Result<Query, StorageError> {
    const COLUMNS: &Columns = &[Column::Int, Column::Int, Column::Int, Column::Text, Column::Bytes];
    let mut rows = Rows::new(engine, COLUMNS);
    for message in kept {
        let key = keys.usable(message.key);
        let cell = Cell { table: "raws", column: "raw", row: message.id.0 };
        let (blob, sealed) = seal_bytes(inner, keys, key, cell, &message.ready.packed().raw)?;
        rows.row()
            .int(message.id.0)
            .int(key.0)
            .int(message.ready.arrival.incoming.raw.len() as i64)
            .text(blob.as_deref())
            .bytes(sealed.as_deref());
    }
    let sql =
        "INSERT INTO raws (message, key_id, bytes, blob, raw) SELECT {0}, {1}, {2}, {3}, {4} FROM {rows}";
    Ok(query("keep raw messages", sql).rows(rows))
}

fn parties(engine: Engine, kept: &[Kept<'_>]) -> Query {
    const COLUMNS: &Columns = &[Column::Int, Column::Text, Column::Int, Column::Int];
    let mut rows = Rows::new(engine, COLUMNS);
    for message in kept {
        for (role, position, identity) in &message.parties {
            rows.row().int(message.id.0).text(*role).int(*position).int(identity.0);
        }
    }
    let sql = "INSERT INTO parties (message, role, position, identity) SELECT {0}, {1}, {2}, {3} FROM {rows}";
    query("write parties", sql).rows(rows)
}

fn attachments(engine: Engine, inner: &Inner, keys: &Keys, kept: &[Kept<'_>]) -> Query {
    use Column::{Bytes, Int, Text};
    const COLUMNS: &Columns = &[Int, Int, Int, Bytes, Text, Int, Text, Int, Int];
    let now = inner.clock.now();
    let mut rows = Rows::new(engine, COLUMNS);
    for message in kept {
        let key = keys.usable(message.key);
        for attachment in &message.content.attachments {
            let id = inner.ids.next(now);
            let cell = Cell { table: "attachments", column: "name", row: id.0 };
            rows.row()
                .int(id.0)
                .int(key.0)
                .int(message.id.0)
                .bytes(&keys.seal(key, cell, attachment.name.as_bytes())[..])
                .text(attachment.mime.as_str())
                .int(i64::try_from(attachment.bytes).unwrap_or(i64::MAX))
                .text(attachment.digest.as_str())
                .int(i64::from(attachment.inline))
                .int(i64::from(attachment.kept));
        }
    }
    query(
        "write attachments",
        "INSERT INTO attachments (id, key_id, message, name, mime, bytes, digest, inline, kept)
         SELECT {0}, {1}, {2}, {3}, {4}, {5}, {6}, {7}, {8} FROM {rows}",
    )
    .rows(rows)
}

async fn write_quarantine(
    db: &mut Db,
    inner: &Inner,
    keys: &Keys,
    plan: &Plan<'_>,
    now: Timestamp,
) -> Result<(), StorageError> {
    use Column::{Bytes, Int, Text};
    const COLUMNS: &Columns = &[Int, Text, Text, Text, Bytes, Int, Text, Bytes];
    let mut rows = db.rows(COLUMNS);
    for (id, ready) in &plan.quarantined {
        let arrival = &ready.arrival;
        let Err(unreadable) = &arrival.incoming.content else { continue };
        let cell = |column| Cell { table: "quarantine", column, row: id.0 };
        let (blob, sealed) = seal_bytes(inner, keys, HOUSE_KEY, cell("raw"), &ready.packed().raw)?;
        rows.row()
            .int(id.0)
            .text(arrival.incoming.channel.name())
            .text(arrival.incoming.account.as_str())
            .text(unreadable.reason.as_str())
            .bytes(&keys.seal(HOUSE_KEY, cell("detail"), unreadable.detail.as_bytes())[..])
            .int(arrival.incoming.raw.len() as i64)
            .text(blob.as_deref())
            .bytes(sealed.as_deref());
    }
    query(
        "quarantine messages",
        "INSERT INTO quarantine (id, key_id, channel, account, reason, detail, bytes, blob, raw, at_us)
         SELECT {0}, $1, {1}, {2}, {3}, {4}, {5}, {6}, {7}, $2 FROM {rows}",
    )
    .rows(rows)
    .bind(HOUSE_KEY.0)
    .bind(now)
    .run(db)
    .await
}

fn seen(engine: Engine, seen: &[(&SeenKey, Id, &'static str)], now: Timestamp) -> Query {
    const COLUMNS: &Columns = &[Column::Text, Column::Bytes, Column::Int, Column::Text];
    let mut rows = Rows::new(engine, COLUMNS);
    for ((source, key), record, fate) in seen {
        rows.row().text(source.as_str()).bytes(&key[..]).int(record.0).text(*fate);
    }
    let sql = "INSERT INTO seen (source, key, record, fate, at_us) SELECT {0}, {1}, {2}, {3}, $1 FROM {rows}";
    query("note what was seen", sql).rows(rows).bind(now)
}

async fn write_cursors(db: &mut Db, plan: &Plan<'_>, now: Timestamp) -> Result<(), StorageError> {
    for cursor in &plan.cursors {
        ledger::note_cursor(db, cursor, now).await?;
    }
    Ok(())
}

/// Seals packed bytes: into the row, or into a file when they are many.
fn seal_bytes(
    inner: &Inner,
    keys: &Keys,
    key: KeyId,
    cell: Cell,
    packed: &[u8],
) -> Result<(Option<String>, Option<Vec<u8>>), StorageError> {
    let sealed = keys.seal(key, cell, packed);
    // A file lies on one machine; a server's rows are everybody's.
    if sealed.len() <= INLINE_BYTES_MAX || inner.engine() == Engine::Postgres {
        return Ok((None, Some(sealed)));
    }
    let place = format!("{}/{}", cell.table, cell.row);
    let name = crate::keys::hex(&inner.keyring.secrets.blind("blob", &place));
    write_blob(&inner.dir.join("blobs"), &name, &sealed).map_err(|e| match e.kind() {
        std::io::ErrorKind::StorageFull => StorageError::Full { dir: inner.dir.clone() },
        _ => StorageError::file(format!("write {}", inner.dir.join("blobs").join(&name).display()), e),
    })?;
    Ok((Some(name), None))
}

/// Writes a file so that it is whole on disk, or not there: the row that names it follows.
fn write_blob(dir: &Path, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    let part = dir.join(format!("{name}.part"));
    let mut file = fs::File::create(&part)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&part, dir.join(name))?;
    fs::File::open(dir)?.sync_all()
}
