//! Whether campaigns go on, and what their steps write.

use std::collections::HashSet;

use rapport_model::campaign::CampaignState;
use rapport_model::{Change, Id, Kind, Op, Timestamp, Value};

use super::{Mailing, STOPPED};
use crate::db::{Column, Db, Engine, query};
use crate::error::StorageError;
use crate::work::Work;

/// Returns the campaigns of these works that are not running. Those that are stay so until this transaction
/// ends.
pub(crate) async fn idle(db: &mut Db, works: &[Work]) -> Result<HashSet<Id>, StorageError> {
    let wanted: HashSet<Id> = works.iter().filter_map(|w| w.mailing.as_ref()).map(|m| m.campaign).collect();
    if wanted.is_empty() {
        return Ok(HashSet::new());
    }
    let locked = match db.engine() {
        Engine::Sqlite => "",
        Engine::Postgres => " ORDER BY c.id FOR SHARE OF c",
    };
    let sql = format!(
        "SELECT c.id FROM {{rows}} JOIN campaigns c ON c.id = {{0}} WHERE c.state = 'running' AND c.deleted_us IS NULL{locked}"
    );
    let rows = db.ids(wanted.iter().copied());
    let running: Vec<i64> = query("look which campaigns run", sql).rows(rows).values(db).await?;
    Ok(wanted.into_iter().filter(|id| !running.contains(&id.0)).collect())
}

/// Writes what steps of campaigns do to their recipients.
pub(crate) async fn write(db: &mut Db, mailings: &[&Mailing], now: Timestamp) -> Result<(), StorageError> {
    for mailing in mailings {
        let mut rows = db.rows(&[Column::Int, Column::Text]);
        for (customer, variant) in &mailing.enlisted {
            rows.row().int(customer.0).text(variant.name());
        }
        query(
            "enlist recipients",
            "INSERT INTO campaign_recipients (campaign, customer, variant, due_us)
             SELECT $1, {0}, {1}, $2 FROM {rows} WHERE true ON CONFLICT (campaign, customer) DO NOTHING",
        )
        .rows(rows)
        .bind(mailing.campaign)
        .bind(now)
        .run(&mut *db)
        .await?;
        // The campaign stands with each row: else a database goes through all recipients of it.
        let campaign = mailing.campaign.0;
        let mut rows = db.rows(&[Column::Int, Column::Int, Column::Int]);
        for (customer, outbound) in &mailing.mailed {
            rows.row().int(customer.0).int(outbound.0).int(campaign);
        }
        let sql = "UPDATE campaign_recipients SET mailed_us = $1, outbound = {1} FROM {rows}
                   WHERE campaign = {2} AND customer = {0} AND mailed_us IS NULL";
        query("note who is written to", sql).rows(rows).bind(now).run(&mut *db).await?;
        let mut rows = db.rows(&[Column::Int, Column::Int, Column::Int]);
        for (customer, at) in &mailing.later {
            rows.row().int(customer.0).int(at.micros()).int(campaign);
        }
        let sql =
            "UPDATE campaign_recipients SET due_us = {1} FROM {rows} WHERE campaign = {2} AND customer = {0}";
        query("write to recipients later", sql).rows(rows).run(&mut *db).await?;
        if let Some(at) = mailing.all_later {
            let sql = "UPDATE campaign_recipients SET due_us = $2
                       WHERE campaign = $1 AND due_us <= $3 AND mailed_us IS NULL AND left_out IS NULL
                         AND customer IN (SELECT id FROM customers WHERE zone IS NULL)";
            query("write to all recipients later", sql)
                .bind(mailing.campaign)
                .bind(at)
                .bind(now)
                .run(&mut *db)
                .await?;
        }
        let mut rows = db.rows(&[Column::Int, Column::Text, Column::Int]);
        for (customer, why) in &mailing.left_out {
            rows.row().int(customer.0).text(why.name()).int(campaign);
        }
        let sql = "UPDATE campaign_recipients SET left_out = {1} FROM {rows}
                   WHERE campaign = {2} AND customer = {0} AND mailed_us IS NULL";
        query("leave recipients out", sql).rows(rows).run(&mut *db).await?;
    }
    Ok(())
}

/// Lets what waits follow the state of campaigns that changes set, whoever set it: what belongs to one that was
/// stopped or taken away waits no more; what was cancelled so waits again where it goes on.
pub(crate) async fn follow(db: &mut Db, changes: &[&Change], now: Timestamp) -> Result<(), StorageError> {
    for change in changes.iter().filter(|change| change.record.kind == Kind::Campaign) {
        let state = change.after("state").and_then(Value::text).and_then(CampaignState::by_name);
        match (change.op, state) {
            (Op::Update, Some(CampaignState::Running)) => go_on(db, change.record.id, now).await?,
            (Op::Update, Some(CampaignState::Draft | CampaignState::Stopped)) | (Op::Delete, _) => {
                stop(db, change.record.id).await?;
            }
            _ => {}
        }
    }
    Ok(())
}

const MAILS: &str =
    "id IN (SELECT outbound FROM campaign_recipients WHERE campaign = $1 AND outbound IS NOT NULL)";

async fn stop(db: &mut Db, campaign: Id) -> Result<(), StorageError> {
    let sql =
        format!("UPDATE outbox SET state = 'cancelled', error = $2 WHERE {MAILS} AND state = 'pending'");
    query("cancel a campaign's mails", sql).bind(campaign).bind(STOPPED).run(&mut *db).await?;
    let sql = "DELETE FROM jobs WHERE correlation = $1 AND state + 0 = 0";
    query("cancel a campaign's jobs", sql).bind(campaign).run(db).await
}

async fn go_on(db: &mut Db, campaign: Id, now: Timestamp) -> Result<(), StorageError> {
    let sql = format!(
        "UPDATE outbox SET state = 'pending', error = NULL, lease_us = NULL, send_at_us = $3
         WHERE {MAILS} AND state = 'cancelled' AND error = $2"
    );
    query("let a campaign's mails leave", sql).bind(campaign).bind(STOPPED).bind(now).run(db).await
}
