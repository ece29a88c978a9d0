//! Whom alerts were told to, which wait to be told together, and whether they were of use.

use std::collections::HashMap;

use rapport_model::{Id, Kind, Timestamp};

use crate::db::{Column, Columns, Db, query};
use crate::error::StorageError;
use crate::open::Store;

/// An alert to one colleague.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// Names it: the notice that tells it.
    pub id: Id,
    /// To whom.
    pub reader: Id,
    /// The text's name in `prompts/`.
    pub text: String,
    /// The rule that raised it.
    pub rule: String,
    /// About which customer.
    pub customer: Option<Id>,
    /// When.
    pub at: Timestamp,
    /// Whether it waits to be told together with others.
    pub waits: bool,
}

/// How alerts of a rule were found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verdicts {
    /// Of use.
    pub useful: i64,
    /// Of none.
    pub useless: i64,
}

const TOLD: i64 = 0;
const WAITS: i64 = 1;
const TOLD_TOGETHER: i64 = 2;

impl Store {
    /// Returns when alerts came after `since`, by reader and text.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn alert_times(
        &self,
        since: Timestamp,
    ) -> Result<HashMap<(Id, String), Vec<Timestamp>>, StorageError> {
        let sql = "SELECT reader, text, at_us FROM alerts WHERE at_us > $1 ORDER BY at_us";
        let rows = query("look which alerts came", sql).bind(since).all(&self.inner.read).await?;
        let mut times: HashMap<(Id, String), Vec<Timestamp>> = HashMap::new();
        for row in &rows {
            let key = (row.id(0), row.get::<String>(1));
            times.entry(key).or_default().push(Timestamp::from_micros(row.get(2)));
        }
        Ok(times)
    }

    /// Returns the alerts of a text that wait to be told to a colleague together, oldest first, at most
    /// `limit`.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn waiting_alerts(
        &self,
        reader: Id,
        text: &str,
        limit: u32,
    ) -> Result<Vec<Alert>, StorageError> {
        let sql = "SELECT id, rule, customer, at_us FROM alerts
                   WHERE reader = $1 AND text = $2 AND state = $3 ORDER BY at_us, id LIMIT $4";
        let rows = query("load alerts that wait", sql)
            .bind(reader)
            .bind(text)
            .bind(WAITS)
            .bind(limit)
            .all(&self.inner.read)
            .await?;
        let alerts = rows.iter().map(|row| Alert {
            id: row.id(0),
            reader,
            text: text.to_owned(),
            rule: row.get(1),
            customer: row.maybe_id(2),
            at: Timestamp::from_micros(row.get(3)),
            waits: true,
        });
        Ok(alerts.collect())
    }

    /// Tells whether a notice tells a colleague of an alert by itself.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn is_alert(&self, notice: Id, reader: Id) -> Result<bool, StorageError> {
        let sql = "SELECT count(*) FROM alerts WHERE id = $1 AND reader = $2";
        let n: i64 =
            query("look for an alert", sql).bind(notice).bind(reader).value(&self.inner.read).await?;
        Ok(n > 0)
    }

    /// Notes whether an alert was of use to a colleague; without an alert their newest one. Returns the rule
    /// that raised it, and what was said before; nothing if there is no such alert of theirs.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn judge_alert(
        &self,
        reader: Id,
        alert: Option<Id>,
        useful: Option<bool>,
    ) -> Result<Option<(Id, String, Option<bool>)>, StorageError> {
        let sql = format!(
            "SELECT a.id, a.rule, a.useful FROM alerts a WHERE a.reader = $1 AND a.id = coalesce($2, a.id)
               AND a.state = 0 AND (a.customer IS NULL OR EXISTS (
                   SELECT 1 FROM customers t WHERE t.id = a.customer{}))
             ORDER BY a.at_us DESC, a.id DESC LIMIT 1",
            self.and_seen(Kind::Customer, "t")
        );
        self.write(move |db| {
            let sql = sql.clone();
            Box::pin(async move {
                let found = query("find an alert", sql).bind(reader).bind(alert).optional(&mut *db).await?;
                let Some(found) = found else { return Ok(None) };
                let (id, rule, before) = (found.id(0), found.get::<String>(1), found.get::<Option<i64>>(2));
                query("judge an alert", "UPDATE alerts SET useful = $2 WHERE id = $1")
                    .bind(id)
                    .bind(useful.map(i64::from))
                    .run(db)
                    .await?;
                Ok(Some((id, rule, before.map(|before| before == 1))))
            })
        })
        .await
    }

    /// Returns how the alerts of each rule were found after `since`.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn verdicts(&self, since: Timestamp) -> Result<HashMap<String, Verdicts>, StorageError> {
        let sql =
            "SELECT rule, count(*) FILTER (WHERE useful = 1), count(*) FILTER (WHERE useful = 0) FROM alerts
                   WHERE at_us > $1 AND useful IS NOT NULL GROUP BY rule";
        let rows = query("count verdicts", sql).bind(since).all(&self.inner.read).await?;
        let of = |row: &crate::db::Row| Verdicts { useful: row.get(1), useless: row.get(2) };
        Ok(rows.iter().map(|row| (row.get(0), of(row))).collect())
    }
}

pub(crate) async fn insert(db: &mut Db, alerts: &[Alert]) -> Result<(), StorageError> {
    use Column::{Int, Text};
    const ROWS: &Columns = &[Int, Int, Text, Text, Int, Int, Int];
    if alerts.is_empty() {
        return Ok(());
    }
    let mut rows = db.rows(ROWS);
    for alert in alerts {
        rows.row()
            .int(alert.id.0)
            .int(alert.reader.0)
            .text(alert.text.as_str())
            .text(alert.rule.as_str())
            .int(alert.customer.map(|id| id.0))
            .int(alert.at.micros())
            .int(if alert.waits { WAITS } else { TOLD });
    }
    query(
        "note alerts",
        "INSERT INTO alerts (id, reader, text, rule, customer, at_us, state)
         SELECT {0}, {1}, {2}, {3}, {4}, {5}, {6} FROM {rows}",
    )
    .rows(rows)
    .run(db)
    .await
}

/// Notes that alerts were told together.
pub(crate) async fn told(db: &mut Db, alerts: &[Id]) -> Result<(), StorageError> {
    let ids = db.ids(alerts.iter().copied());
    query("note alerts as told", "UPDATE alerts SET state = $1 WHERE id {any}")
        .rows(ids)
        .bind(TOLD_TOGETHER)
        .run(db)
        .await
}
