//! Writes what was planned: a statement for each table, whatever the size of the batch.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use rapport_model::job::{NewJob, Task};
use rapport_model::message::{Automation, Direction};
use rapport_model::{Id, Timestamp};
use sqlx::SqliteConnection;

use super::Fate;
use super::plan::{Kept, Plan, Stranger, ThreadWrite};
use crate::error::{Context, StorageError};
use crate::open::Inner;
use crate::rows::{Rows, execute};
use crate::seal::{Cell, KeyId, Subject};
use crate::{jobs, journal, messages};

/// Raw mails whose packed bytes are longer go into files.
const INLINE_BYTES_MAX: usize = 64 * 1024;

pub(super) async fn write(
    db: &mut SqliteConnection,
    inner: &Inner,
    plan: Plan<'_>,
) -> Result<Vec<Fate>, StorageError> {
    let now = inner.clock.now();
    write_strangers(db, inner, &plan.strangers).await?;
    journal::apply(db, inner, &plan.acts).await?;
    write_threads(db, inner, &plan.threads).await?;
    write_refs(db, &plan.refs).await?;
    write_messages(db, inner, &plan.messages).await?;
    write_raws(db, inner, &plan.messages).await?;
    write_parties(db, &plan.messages).await?;
    write_attachments(db, inner, &plan.messages).await?;
    write_quarantine(db, inner, &plan, now).await?;
    write_seen(db, &plan.seen, now).await?;
    write_cursors(db, &plan, now).await?;
    let answered = plan.threads.iter().filter(|(_, t)| t.last_in.is_some()).map(|(id, _)| *id);
    jobs::cancel(db, answered).await?;
    let understand: Vec<NewJob> = plan.messages.iter().map(|m| understand(m.id, now)).collect();
    jobs::insert(db, inner, &understand).await?;
    Ok(plan.fates)
}

fn understand(message: Id, now: Timestamp) -> NewJob {
    NewJob { task: Task::Understand { message }, run_at: now, idempotency_key: None, correlation: None }
}

async fn write_strangers(
    db: &mut SqliteConnection,
    inner: &Inner,
    strangers: &[Stranger<'_>],
) -> Result<(), StorageError> {
    let mut rows = Rows::default();
    for stranger in strangers {
        let key = inner.sealer.key_of(Subject::House);
        let cell = |column| Cell { table: "identities", column, row: stranger.id.0 };
        let value = inner.sealer.seal(key, cell("value"), stranger.mailbox.address.as_str().as_bytes());
        let name = inner.sealer.seal(key, cell("name"), stranger.mailbox.name.as_bytes());
        rows.row()
            .int(stranger.id.0)
            .int(key.0)
            .bytes(&value[..])
            .bytes(&stranger.blind[..])
            .bytes(&name[..]);
    }
    execute(
        db,
        rows,
        "write identities",
        "INSERT INTO identities (id, key_id, channel, value, value_blind, name)
         SELECT j.value->>0, j.value->>1, 'email', substr($2, j.value->>2, j.value->>3),
                substr($2, j.value->>4, j.value->>5), substr($2, j.value->>6, j.value->>7)
         FROM json_each($1) j",
    )
    .await
}

async fn write_threads(
    db: &mut SqliteConnection,
    inner: &Inner,
    threads: &std::collections::HashMap<Id, ThreadWrite<'_>>,
) -> Result<(), StorageError> {
    let (mut new, mut old) = (Rows::default(), Rows::default());
    for (id, thread) in threads {
        let times = |row: crate::rows::Row<'_>| {
            row.int(thread.customer.map(|c| c.0))
                .int(thread.earliest.micros())
                .int(thread.latest.micros())
                .int(thread.last_in.map(Timestamp::micros))
                .int(thread.last_out.map(Timestamp::micros))
                .int(thread.n_messages);
        };
        match thread.first {
            None => times(old.row().int(id.0)),
            Some(first) => {
                let key = inner.sealer.key_of(thread.customer.map_or(Subject::House, Subject::Customer));
                let subject = first.incoming.content.as_ref().map_or("", |c| c.subject.as_str());
                let cell = Cell { table: "threads", column: "subject", row: id.0 };
                let sealed = inner.sealer.seal(key, cell, subject.as_bytes());
                let channel = first.incoming.channel.name();
                times(new.row().int(id.0).int(key.0).text(channel).bytes(&sealed[..]));
            }
        }
    }
    execute(db, new, "begin conversations",
        "INSERT INTO threads (id, key_id, channel, subject, customer, first_us, last_us, last_in_us, last_out_us, n_messages)
         SELECT j.value->>0, j.value->>1, j.value->>2, substr($2, j.value->>3, j.value->>4), j.value->>5,
                j.value->>6, j.value->>7, j.value->>8, j.value->>9, j.value->>10
         FROM json_each($1) j").await?;
    execute(
        db,
        old,
        "go on with conversations",
        "UPDATE threads SET
            customer    = coalesce(customer, j.value->>1),
            first_us    = min(first_us, j.value->>2),
            last_us     = max(last_us, j.value->>3),
            last_in_us  = max(coalesce(last_in_us, j.value->>4), coalesce(j.value->>4, last_in_us)),
            last_out_us = max(coalesce(last_out_us, j.value->>5), coalesce(j.value->>5, last_out_us)),
            n_messages  = n_messages + (j.value->>6)
         FROM json_each($1) j WHERE threads.id = j.value->>0",
    )
    .await
}

async fn write_refs(db: &mut SqliteConnection, refs: &[([u8; 16], Id)]) -> Result<(), StorageError> {
    let mut rows = Rows::default();
    for (reference, thread) in refs {
        rows.row().bytes(&reference[..]).int(thread.0);
    }
    execute(
        db,
        rows,
        "note message ids",
        "INSERT INTO thread_refs (ref_blind, thread)
         SELECT substr($2, j.value->>0, j.value->>1), j.value->>2 FROM json_each($1) j
         WHERE true ON CONFLICT (ref_blind) DO NOTHING",
    )
    .await
}

async fn write_messages(
    db: &mut SqliteConnection,
    inner: &Inner,
    kept: &[Kept<'_>],
) -> Result<(), StorageError> {
    let mut rows = Rows::default();
    for message in kept {
        let Kept { id, thread, customer, arrival, content, .. } = message;
        let incoming = &arrival.incoming;
        let key = key_of(inner, message);
        let seal = |column, plain: &[u8]| {
            inner.sealer.seal(key, Cell { table: messages::TABLE, column, row: id.0 }, plain)
        };
        let automation = content.automation.as_ref();
        let body = messages::pack(content.body.as_bytes());
        let trimmed = content.trimmed.as_ref().map(|t| seal("trimmed", t.as_bytes()));
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
            .bytes(&seal("body", &body)[..]);
    }
    execute(db, rows, "write messages",
        "INSERT INTO messages (id, key_id, thread, customer, author, channel, account, direction, automation,
            automation_reason, history, sent_at, received_at, n_attachments, message_ref, subject, trimmed, body)
         SELECT j.value->>0, j.value->>1, j.value->>2, j.value->>3, j.value->>4, j.value->>5, j.value->>6,
                j.value->>7, j.value->>8, j.value->>9, j.value->>10, j.value->>11, j.value->>12, j.value->>13,
                substr($2, j.value->>14, j.value->>15), substr($2, j.value->>16, j.value->>17),
                substr($2, j.value->>18, j.value->>19), substr($2, j.value->>20, j.value->>21)
         FROM json_each($1) j").await
}

async fn write_raws(db: &mut SqliteConnection, inner: &Inner, kept: &[Kept<'_>]) -> Result<(), StorageError> {
    let mut rows = Rows::default();
    for message in kept {
        let key = key_of(inner, message);
        let raw = &message.arrival.incoming.raw;
        let cell = Cell { table: "raws", column: "raw", row: message.id.0 };
        let (blob, sealed) = seal_bytes(inner, key, cell, raw)?;
        rows.row()
            .int(message.id.0)
            .int(key.0)
            .int(raw.len() as i64)
            .text(blob.as_deref())
            .bytes(sealed.as_deref());
    }
    execute(
        db,
        rows,
        "keep raw messages",
        "INSERT INTO raws (message, key_id, bytes, blob, raw)
         SELECT j.value->>0, j.value->>1, j.value->>2, j.value->>3, substr($2, j.value->>4, j.value->>5)
         FROM json_each($1) j",
    )
    .await
}

async fn write_parties(db: &mut SqliteConnection, kept: &[Kept<'_>]) -> Result<(), StorageError> {
    let mut rows = Rows::default();
    for message in kept {
        for (role, position, identity) in &message.parties {
            rows.row().int(message.id.0).text(*role).int(*position).int(identity.0);
        }
    }
    execute(
        db,
        rows,
        "write parties",
        "INSERT INTO parties (message, role, position, identity)
         SELECT j.value->>0, j.value->>1, j.value->>2, j.value->>3 FROM json_each($1) j",
    )
    .await
}

async fn write_attachments(
    db: &mut SqliteConnection,
    inner: &Inner,
    kept: &[Kept<'_>],
) -> Result<(), StorageError> {
    let now = inner.clock.now();
    let mut rows = Rows::default();
    for message in kept {
        let key = key_of(inner, message);
        for attachment in &message.content.attachments {
            let id = inner.ids.next(now);
            let cell = Cell { table: "attachments", column: "name", row: id.0 };
            let name = inner.sealer.seal(key, cell, attachment.name.as_bytes());
            rows.row()
                .int(id.0)
                .int(key.0)
                .int(message.id.0)
                .bytes(&name[..])
                .text(attachment.mime.as_str())
                .int(i64::try_from(attachment.bytes).unwrap_or(i64::MAX))
                .text(attachment.digest.as_str())
                .int(i64::from(attachment.inline));
        }
    }
    execute(
        db,
        rows,
        "write attachments",
        "INSERT INTO attachments (id, key_id, message, name, mime, bytes, digest, inline)
         SELECT j.value->>0, j.value->>1, j.value->>2, substr($2, j.value->>3, j.value->>4), j.value->>5,
                j.value->>6, j.value->>7, j.value->>8
         FROM json_each($1) j",
    )
    .await
}

async fn write_quarantine(
    db: &mut SqliteConnection,
    inner: &Inner,
    plan: &Plan<'_>,
    now: Timestamp,
) -> Result<(), StorageError> {
    let mut rows = Rows::default();
    for (id, arrival) in &plan.quarantined {
        let Err(unreadable) = &arrival.incoming.content else { continue };
        let key = inner.sealer.key_of(Subject::House);
        let cell = |column| Cell { table: "quarantine", column, row: id.0 };
        let detail = inner.sealer.seal(key, cell("detail"), unreadable.detail.as_bytes());
        let (blob, sealed) = seal_bytes(inner, key, cell("raw"), &arrival.incoming.raw)?;
        rows.row()
            .int(id.0)
            .int(key.0)
            .text(arrival.incoming.channel.name())
            .text(arrival.incoming.account.as_str())
            .text(unreadable.reason.as_str())
            .bytes(&detail[..])
            .int(arrival.incoming.raw.len() as i64)
            .text(blob.as_deref())
            .bytes(sealed.as_deref())
            .int(now.micros());
    }
    execute(
        db,
        rows,
        "quarantine messages",
        "INSERT INTO quarantine (id, key_id, channel, account, reason, detail, bytes, blob, raw, at_us)
         SELECT j.value->>0, j.value->>1, j.value->>2, j.value->>3, j.value->>4,
                substr($2, j.value->>5, j.value->>6), j.value->>7, j.value->>8,
                substr($2, j.value->>9, j.value->>10), j.value->>11
         FROM json_each($1) j",
    )
    .await
}

async fn write_seen(
    db: &mut SqliteConnection,
    seen: &[((String, Vec<u8>), Id)],
    now: Timestamp,
) -> Result<(), StorageError> {
    let mut rows = Rows::default();
    for ((source, key), record) in seen {
        rows.row().text(source.as_str()).bytes(&key[..]).int(record.0).int(now.micros());
    }
    execute(
        db,
        rows,
        "note what was seen",
        "INSERT INTO seen (source, key, record, at_us)
         SELECT j.value->>0, substr($2, j.value->>1, j.value->>2), j.value->>3, j.value->>4
         FROM json_each($1) j",
    )
    .await
}

async fn write_cursors(
    db: &mut SqliteConnection,
    plan: &Plan<'_>,
    now: Timestamp,
) -> Result<(), StorageError> {
    for cursor in &plan.cursors {
        sqlx::query(
            "INSERT INTO cursors (account, scope, token, at_us) VALUES ($1, $2, $3, $4)
             ON CONFLICT (account, scope) DO UPDATE SET token = excluded.token, at_us = excluded.at_us",
        )
        .bind(&cursor.account)
        .bind(&cursor.scope)
        .bind(&cursor.token)
        .bind(now.micros())
        .execute(&mut *db)
        .await
        .context("note where a channel has got to")?;
    }
    Ok(())
}

/// Returns the key of a message's outside party.
fn key_of(inner: &Inner, message: &Kept<'_>) -> KeyId {
    let subject = match (message.customer, message.arrival.direction) {
        (Some(customer), Direction::In | Direction::Out) => Subject::Customer(customer),
        _ => Subject::House,
    };
    inner.sealer.key_of(subject)
}

/// Packs and seals bytes: into the row, or into a file when they are many.
fn seal_bytes(
    inner: &Inner,
    key: KeyId,
    cell: Cell,
    bytes: &[u8],
) -> Result<(Option<String>, Option<Vec<u8>>), StorageError> {
    let sealed = inner.sealer.seal(key, cell, &messages::pack(bytes));
    if sealed.len() <= INLINE_BYTES_MAX {
        return Ok((None, Some(sealed)));
    }
    let name = crate::seal::hex(&inner.sealer.blind("blob", &format!("{}/{}", cell.table, cell.row)));
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
