//! The course that tickets took: what their deadlines, and figures about them, rest on.

use std::collections::HashMap;

use rapport_model::people::{Lifecycle, Priority, TicketStatus};
use rapport_model::{Id, Kind, RecordRef, Timestamp, Value};

use crate::db::{Row, query};
use crate::error::StorageError;
use crate::history::entries_of;
use crate::open::Store;

/// More tickets than these are not looked at for a list or a figure.
const TICKETS_MAX: u32 = 50_000;

/// The course of a ticket.
#[derive(Clone, Debug, PartialEq)]
pub struct Course {
    /// Which ticket.
    pub ticket: Id,
    /// Whose it is.
    pub customer: Option<Id>,
    /// Who looks after it.
    pub owner: Option<Id>,
    /// How soon it wants care.
    pub priority: Priority,
    /// Where it stands.
    pub status: TicketStatus,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it was settled.
    pub closed_at: Option<Timestamp>,
    /// How often it was opened again.
    pub reopened: i64,
    /// When a person of the house first wrote in its conversation since it was opened, or it was first
    /// marked as answered.
    pub answered_at: Option<Timestamp>,
    /// The mailbox that its message came to; empty without one.
    pub mailbox: String,
    /// Where the customer stands.
    pub lifecycle: Option<Lifecycle>,
    /// The customer's tags.
    pub tags: Vec<String>,
    /// What happened to it, oldest first.
    pub turns: Vec<(Timestamp, Turn)>,
}

/// Something that happened to a ticket and may let its clocks run or stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It came to stand there.
    Status(TicketStatus),
    /// It was put out of sight until then, or came back.
    Snoozed(Option<Timestamp>),
    /// The customer wrote, which brings back what was put off.
    Wrote,
}

impl Store {
    /// Returns the courses of those of these tickets that are there, in any order.
    ///
    /// # Errors
    /// The store cannot be read, or a journal entry does not open.
    pub async fn courses(&self, tickets: &[Id]) -> Result<Vec<Course>, StorageError> {
        if tickets.is_empty() {
            return Ok(Vec::new());
        }
        let read = &self.inner.read;
        let sql = format!(
            "SELECT k.id, k.customer, k.owner, k.priority, k.status, k.opened_at, k.closed_at, k.reopened,
                    k.first_answer_at,
                    (SELECT min(o.received_at) FROM messages o WHERE o.thread = k.thread AND o.direction = 'out'
                       AND o.automation = 'none' AND o.received_at >= k.opened_at),
                    m.account, c.lifecycle, c.tags
             FROM {{rows}} JOIN tickets k ON k.id = {{0}}
             LEFT JOIN messages m ON m.id = k.message LEFT JOIN customers c ON c.id = k.customer
             WHERE k.deleted_us IS NULL{}",
            self.and_seen(Kind::Ticket, "k")
        );
        let rows = query("load the courses of tickets", sql)
            .rows(read.ids(tickets.iter().copied()))
            .all(read)
            .await?;
        let mut courses: Vec<Course> = rows.iter().map(course).collect();
        let seen: Vec<Id> = courses.iter().map(|course| course.ticket).collect();
        let mut turns: HashMap<Id, Vec<(Timestamp, Turn)>> = HashMap::new();
        for entry in entries_of(&self.inner, &seen).await? {
            let of = turns.entry(entry.change.record.id).or_default();
            let status = entry.change.after("status").and_then(Value::text).and_then(TicketStatus::by_name);
            of.extend(status.map(|status| (entry.act.at, Turn::Status(status))));
            let snoozed = entry.change.after("snoozed_until").map(Value::time);
            of.extend(snoozed.map(|until| (entry.act.at, Turn::Snoozed(until))));
        }
        let is_snooze = |(_, turn): &(Timestamp, Turn)| matches!(turn, Turn::Snoozed(Some(_)));
        let snoozed = turns.iter().filter(|(_, turns)| turns.iter().any(is_snooze));
        for (ticket, at) in self.wrote(snoozed.map(|(ticket, _)| *ticket).collect()).await? {
            turns.entry(ticket).or_default().push((at, Turn::Wrote));
        }
        for course in &mut courses {
            course.turns = turns.remove(&course.ticket).unwrap_or_default();
            // Who wrote in the same moment in which it was put off wrote before.
            course.turns.sort_by_key(|(at, turn)| (*at, *turn != Turn::Wrote));
        }
        Ok(courses)
    }

    /// Returns when the customers of tickets wrote since they were opened.
    async fn wrote(&self, tickets: Vec<Id>) -> Result<Vec<(Id, Timestamp)>, StorageError> {
        let sql = "SELECT k.id, m.received_at FROM {rows} JOIN tickets k ON k.id = {0}
                   JOIN messages m ON m.customer = k.customer AND m.direction = 'in' AND m.automation = 'none'
                    AND m.received_at >= k.opened_at";
        let rows = query("find when customers wrote", sql).rows(self.inner.read.ids(tickets));
        Ok(rows.all(&self.inner.read).await?.iter().map(|row| (row.id(0), row.time(1))).collect())
    }

    /// Returns the tickets that are not settled, oldest first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn open_tickets(&self) -> Result<Vec<Id>, StorageError> {
        let sql = format!(
            "SELECT k.id FROM tickets k WHERE k.status <> 'closed' AND k.deleted_us IS NULL{}
             ORDER BY k.opened_at LIMIT $1",
            self.and_seen(Kind::Ticket, "k")
        );
        let ids: Vec<i64> =
            query("find open tickets", sql).bind(TICKETS_MAX).values(&self.inner.read).await?;
        Ok(ids.into_iter().map(Id).collect())
    }

    /// Returns the tickets that were open at some time in `from..to`, oldest first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn tickets_in(&self, from: Timestamp, to: Timestamp) -> Result<Vec<Id>, StorageError> {
        let sql = format!(
            "SELECT k.id FROM tickets k WHERE k.opened_at < $2 AND (k.closed_at IS NULL OR k.closed_at >= $1)
               AND k.deleted_us IS NULL{}
             ORDER BY k.opened_at LIMIT $3",
            self.and_seen(Kind::Ticket, "k")
        );
        let found = query("find tickets of a period", sql).bind(from).bind(to).bind(TICKETS_MAX);
        let ids: Vec<i64> = found.values(&self.inner.read).await?;
        Ok(ids.into_iter().map(Id).collect())
    }
}

fn course(row: &Row) -> Course {
    let text = |i: usize| row.get::<Option<String>>(i).unwrap_or_default();
    let ticket = row.id(0);
    let answered: [Option<Timestamp>; 2] = [row.maybe_time(8), row.maybe_time(9)];
    Course {
        ticket,
        customer: row.maybe_id(1),
        owner: row.maybe_id(2),
        priority: Priority::by_name(&text(3)).unwrap_or(Priority::Normal),
        status: TicketStatus::by_name(&text(4)).unwrap_or(TicketStatus::Open),
        opened_at: row.maybe_time(5).unwrap_or_else(|| ticket.made_at()),
        closed_at: row.maybe_time(6),
        reopened: row.get::<Option<i64>>(7).unwrap_or(0),
        answered_at: answered.into_iter().flatten().min(),
        mailbox: text(10),
        lifecycle: Lifecycle::by_name(&text(11)),
        tags: serde_json::from_str(&text(12)).unwrap_or_default(),
        turns: Vec::new(),
    }
}

/// Points at the ticket of a course.
impl From<&Course> for RecordRef {
    fn from(course: &Course) -> Self {
        Self::new(Kind::Ticket, course.ticket)
    }
}
