//! Figures for digests, alerts and `--json`.

use rapport_model::event::Event;
use rapport_model::reading::Intent;
use rapport_model::{Id, Kind, Timestamp};

use crate::db::query;
use crate::error::StorageError;
use crate::open::Store;

/// What came in and went out in a period.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Traffic {
    /// Messages by people outside.
    pub n_in: i64,
    /// Messages by people of the house.
    pub n_out: i64,
    /// Messages by machines.
    pub n_automated: i64,
    /// Incoming messages that feel bad.
    pub n_negative: i64,
    /// Incoming messages that feel good.
    pub n_positive: i64,
    /// The mean feeling of incoming messages, from −1 to 1.
    pub mean_score: Option<f64>,
    /// Customers who first wrote in the period.
    pub n_new_customers: i64,
    /// What incoming messages want, most frequent first.
    pub intents: Vec<(Intent, i64)>,
    /// Times from an incoming message to the house's next answer in its conversation, in µs,
    /// shortest first; for conversations that got one.
    pub answer_times: Vec<i64>,
    /// Conversations whose last human message came in during the period and waits for an answer.
    pub n_waiting: i64,
}

/// What one day brought.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DayCount {
    /// Messages by people outside.
    pub n_in: u32,
    /// Those of them that feel bad.
    pub n_negative: u32,
    /// Their mean feeling, from −1 to 1; 0 without messages.
    pub mean_score: f64,
}

/// Tickets in a period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TicketCounts {
    /// Opened in the period.
    pub opened: i64,
    /// Closed in the period.
    pub closed: i64,
    /// Not closed now.
    pub open: i64,
}

/// Deals of one stage and currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageSum {
    /// The stage.
    pub stage: String,
    /// How many deals.
    pub n: i64,
    /// Their currency, empty where none is set.
    pub currency: String,
    /// The sum of their amounts in minor units.
    pub amount: i64,
}

impl Store {
    /// Returns what came in and went out in `from..to`.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn traffic(&self, from: Timestamp, to: Timestamp) -> Result<Traffic, StorageError> {
        let messages = self.and_seen(Kind::Message, "m");
        let row = query(
            "count messages",
            format!(
                "SELECT count(*) FILTER (WHERE direction = 'in' AND automation = 'none'),
                    count(*) FILTER (WHERE direction = 'out' AND automation = 'none'),
                    count(*) FILTER (WHERE automation <> 'none'),
                    count(*) FILTER (WHERE direction = 'in' AND automation = 'none' AND mood = 'negative'),
                    count(*) FILTER (WHERE direction = 'in' AND automation = 'none' AND mood = 'positive'),
                    avg(score) FILTER (WHERE direction = 'in' AND automation = 'none')
             FROM messages m WHERE received_at >= $1 AND received_at < $2{messages}"
            ),
        )
        .bind(from.micros())
        .bind(to.micros())
        .one(&self.inner.read)
        .await?;
        let customers = self.and_seen(Kind::Customer, "t");
        let sql = format!(
            "SELECT count(*) FROM customers t
             WHERE t.first_contact >= $1 AND t.first_contact < $2 AND t.deleted_us IS NULL{customers}"
        );
        let n_new: i64 = query("count new customers", sql)
            .bind(from.micros())
            .bind(to.micros())
            .value(&self.inner.read)
            .await?;
        let n_waiting: i64 = query(
            "count waiting conversations",
            format!(
                "SELECT count(*) FROM threads t WHERE t.last_in_us >= $1 AND t.last_in_us < $2
                 AND (t.last_out_us IS NULL OR t.last_out_us < t.last_in_us){}",
                self.and_seen(Kind::Thread, "t")
            ),
        )
        .bind(from.micros())
        .bind(to.micros())
        .value(&self.inner.read)
        .await?;
        Ok(Traffic {
            n_in: row.get(0),
            n_out: row.get(1),
            n_automated: row.get(2),
            n_negative: row.get(3),
            n_positive: row.get(4),
            mean_score: row.get(5),
            n_new_customers: n_new,
            intents: self.intents(from, to).await?,
            answer_times: self.answer_times(from, to).await?,
            n_waiting,
        })
    }

    async fn intents(&self, from: Timestamp, to: Timestamp) -> Result<Vec<(Intent, i64)>, StorageError> {
        let rows = query(
            "count intents",
            format!(
                "SELECT m.intent, count(*) AS n FROM messages m
                 WHERE m.received_at >= $1 AND m.received_at < $2 AND m.direction = 'in'
                   AND m.automation = 'none' AND m.intent IS NOT NULL{}
                 GROUP BY m.intent ORDER BY n DESC, m.intent",
                self.and_seen(Kind::Message, "m")
            ),
        )
        .bind(from.micros())
        .bind(to.micros())
        .all(&self.inner.read)
        .await?;
        Ok(rows.iter().filter_map(|r| Some((Intent::by_name(r.get(0))?, r.get(1)))).collect())
    }

    /// Only the message that began to wait counts: a customer who writes twice before an answer
    /// waits since the first.
    async fn answer_times(&self, from: Timestamp, to: Timestamp) -> Result<Vec<i64>, StorageError> {
        let seen = self.and_seen(Kind::Message, "m");
        query("measure answer times", format!("SELECT answered - received FROM (
                SELECT m.received_at AS received,
                       (SELECT min(o.received_at) FROM messages o WHERE o.thread = m.thread
                          AND o.direction = 'out' AND o.automation = 'none' AND o.received_at > m.received_at) AS answered,
                       (SELECT p.direction FROM messages p WHERE p.thread = m.thread AND p.automation = 'none'
                          AND p.received_at < m.received_at ORDER BY p.received_at DESC LIMIT 1) AS before
                FROM messages m
                WHERE m.received_at >= $1 AND m.received_at < $2 AND m.direction = 'in' AND m.automation = 'none'{seen}) waits
             WHERE answered IS NOT NULL AND (before IS NULL OR before <> 'in') ORDER BY 1")).bind(from.micros()).bind(to.micros()).values(&self.inner.read).await
    }

    /// Returns the counts of consecutive days; `days` holds their starts and the end of the last.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn day_counts(&self, days: &[Timestamp]) -> Result<Vec<DayCount>, StorageError> {
        let (Some(first), Some(last)) = (days.first(), days.last()) else { return Ok(Vec::new()) };
        let rows = query(
            "count messages by day",
            format!(
                "SELECT m.received_at, m.mood, coalesce(m.score, 0) FROM messages m
                 WHERE m.received_at >= $1 AND m.received_at < $2 AND m.direction = 'in'
                   AND m.automation = 'none' AND m.engine IS NOT NULL{}",
                self.and_seen(Kind::Message, "m")
            ),
        )
        .bind(first.micros())
        .bind(last.micros())
        .all(&self.inner.read)
        .await?;
        let mut counts = vec![DayCount::default(); days.len().saturating_sub(1)];
        for row in &rows {
            let at = Timestamp::from_micros(row.get(0));
            let day = &mut counts[days.partition_point(|d| *d <= at) - 1];
            day.n_in += 1;
            day.n_negative += u32::from(row.get::<Option<&str>>(1) == Some("negative"));
            day.mean_score += row.get::<f64>(2);
        }
        for day in &mut counts {
            day.mean_score /= f64::from(day.n_in.max(1));
        }
        Ok(counts)
    }

    /// Counts tickets.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn ticket_counts(&self, from: Timestamp, to: Timestamp) -> Result<TicketCounts, StorageError> {
        let row = query(
            "count tickets",
            format!(
                "SELECT count(*) FILTER (WHERE t.opened_at >= $1 AND t.opened_at < $2),
                    count(*) FILTER (WHERE t.closed_at >= $1 AND t.closed_at < $2),
                    count(*) FILTER (WHERE t.status <> 'closed')
                 FROM tickets t WHERE t.deleted_us IS NULL{}",
                self.and_seen(Kind::Ticket, "t")
            ),
        )
        .bind(from.micros())
        .bind(to.micros())
        .one(&self.inner.read)
        .await?;
        Ok(TicketCounts { opened: row.get(0), closed: row.get(1), open: row.get(2) })
    }

    /// Sums the deals that are not lost, by stage and currency.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn stage_sums(&self) -> Result<Vec<StageSum>, StorageError> {
        let sql = format!(
            "SELECT t.stage, count(*), coalesce(t.currency, ''), CAST(coalesce(sum(t.amount), 0) AS BIGINT)
             FROM deals t WHERE t.deleted_us IS NULL AND t.stage <> 'lost'{}
             GROUP BY t.stage, t.currency ORDER BY t.stage, t.currency",
            self.and_seen(Kind::Deal, "t")
        );
        let rows = query("sum deals", sql).all(&self.inner.read).await?;
        Ok(rows
            .iter()
            .map(|r| StageSum { stage: r.get(0), n: r.get(1), currency: r.get(2), amount: r.get(3) })
            .collect())
    }

    /// Returns the messages of a mood that came in during `from..to`, strongest feeling first:
    /// message, customer and score.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn moods(
        &self,
        mood: rapport_model::reading::Mood,
        from: Timestamp,
        to: Timestamp,
        limit: u32,
    ) -> Result<Vec<(Id, Id, f64)>, StorageError> {
        let rows = query(
            "find messages by mood",
            format!(
                "SELECT m.id, m.customer, m.score FROM messages m
                 WHERE m.received_at >= $1 AND m.received_at < $2 AND m.direction = 'in'
                   AND m.automation = 'none' AND m.mood = $3 AND m.customer IS NOT NULL{}
                 ORDER BY abs(m.score) DESC, m.id LIMIT $4",
                self.and_seen(Kind::Message, "m")
            ),
        )
        .bind(from.micros())
        .bind(to.micros())
        .bind(mood.name())
        .bind(limit)
        .all(&self.inner.read)
        .await?;
        Ok(rows.iter().map(|r| (Id(r.get(0)), Id(r.get(1)), r.get(2))).collect())
    }

    /// Returns customers who wrote before `until` and wait for an answer: customer, conversation,
    /// and since when, longest first. A word of thanks or of farewell waits for none.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn waiting(
        &self,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<(Id, Id, Timestamp)>, StorageError> {
        let seen = self.and_seen(Kind::Thread, "t");
        let rows = query("find waiting customers", format!("SELECT customer, id, last_in_us FROM threads t
             WHERE customer IS NOT NULL AND last_in_us < $1 AND (last_out_us IS NULL OR last_out_us < last_in_us)
               AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.thread = t.id AND m.received_at = t.last_in_us
                               AND m.intent IN ('praise', 'other', 'unsubscribe')){seen}
             ORDER BY last_in_us LIMIT $2")).bind(until.micros()).bind(limit).all(&self.inner.read).await?;
        Ok(rows.iter().map(|r| (Id(r.get(0)), Id(r.get(1)), Timestamp::from_micros(r.get(2)))).collect())
    }

    /// Returns the anomalies that were found in `from..to`, oldest first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn anomalies(&self, from: Timestamp, to: Timestamp) -> Result<Vec<Event>, StorageError> {
        let ids: Vec<i64> = query(
            "find anomalies",
            "SELECT id FROM events WHERE at_us >= $1 AND at_us < $2 AND name = 'anomaly' ORDER BY id",
        )
        .bind(from.micros())
        .bind(to.micros())
        .values(&self.inner.read)
        .await?;
        let mut events = Vec::with_capacity(ids.len());
        for id in ids {
            events.extend(self.event(Id(id)).await?);
        }
        Ok(events)
    }

    /// Counts what a colleague wrote to customers in `from..to`.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn written_by(&self, user: Id, from: Timestamp, to: Timestamp) -> Result<i64, StorageError> {
        query(
            "count what a colleague wrote",
            format!(
                "SELECT count(*) FROM messages m WHERE m.author = $1 AND m.direction = 'out'
                 AND m.automation = 'none' AND m.received_at >= $2 AND m.received_at < $3{}",
                self.and_seen(Kind::Message, "m")
            ),
        )
        .bind(user.0)
        .bind(from.micros())
        .bind(to.micros())
        .value(&self.inner.read)
        .await
    }

    /// Counts automatic messages that went to customers in `from..to`, without what went to many.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn follow_ups_sent(&self, from: Timestamp, to: Timestamp) -> Result<i64, StorageError> {
        query(
            "count follow-ups",
            format!(
                "SELECT count(*) FROM outbox o WHERE o.state = 'sent' AND o.automatic = 1
                 AND o.purpose IS DISTINCT FROM 'news' AND o.to_customer IS NOT NULL AND o.sent_us >= $1 AND o.sent_us < $2{}",
                self.and_sees(Kind::Customer, "o.to_customer")
            ),
        )
        .bind(from.micros())
        .bind(to.micros())
        .value(&self.inner.read)
        .await
    }

    /// Returns when the first message was received.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn first_message_at(&self) -> Result<Option<Timestamp>, StorageError> {
        let seen = match &self.sight {
            // Through an index, where nothing is left out.
            None => String::new(),
            Some(_) => format!(" WHERE true{}", self.and_seen(Kind::Message, "m")),
        };
        let sql = format!("SELECT min(m.received_at) FROM messages m{seen}");
        let at: Option<i64> = query("find the first message", sql).value(&self.inner.read).await?;
        Ok(at.map(Timestamp::from_micros))
    }
}
