//! What is known of customers over time, page by page: mails, orders, deals, tickets, ratings, each with when
//! it was. As of a time in the past only what had happened by then is given, so that what is learnt from the
//! past does not know the future.

use std::collections::HashMap;

use rapport_model::people::CustomerSegment;
use rapport_model::reading::Intent;
use rapport_model::{Id, Timestamp};

use crate::db::{Row, query};
use crate::error::StorageError;
use crate::open::Store;

/// What happened between a customer and the house, each list oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// The customer.
    pub customer: Id,
    /// The segment that they were last found in.
    pub segment: Option<CustomerSegment>,
    /// When they first wrote.
    pub first_contact: Option<Timestamp>,
    /// Mails by people, of either side.
    pub mails: Vec<Mail>,
    /// Orders that were not cancelled: when, and what they came to where it is in the currency asked for.
    pub orders: Vec<(Timestamp, i64)>,
    /// Deals: when they were opened, their stage now, and their amount where it is in the currency asked for.
    pub deals: Vec<(Timestamp, DealEnd, i64)>,
    /// Tickets: when they were opened and closed, and how often opened again.
    pub tickets: Vec<Ticket>,
    /// Stars.
    pub ratings: Vec<(Timestamp, i64)>,
}

impl History {
    /// Returns what of it had happened by a time. Deals stay, as when they ended is not known.
    #[must_use]
    pub fn until(&self, at: Timestamp) -> Self {
        Self {
            customer: self.customer,
            segment: self.segment,
            first_contact: self.first_contact.filter(|first| *first < at),
            mails: self.mails.iter().filter(|mail| mail.at < at).copied().collect(),
            orders: self.orders.iter().filter(|(placed, _)| *placed < at).copied().collect(),
            deals: self.deals.clone(),
            tickets: (self.tickets.iter().filter(|ticket| ticket.opened < at))
                .map(|ticket| Ticket { closed: ticket.closed.filter(|closed| *closed < at), ..*ticket })
                .collect(),
            ratings: self.ratings.iter().filter(|(given, _)| *given < at).copied().collect(),
        }
    }
}

/// A mail as far as it is counted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mail {
    /// When it arrived.
    pub at: Timestamp,
    /// Whether the house wrote it.
    pub is_ours: bool,
    /// Its conversation.
    pub thread: Id,
    /// How it feels, from −1 to 1.
    pub score: Option<f64>,
    /// What it wants.
    pub intent: Option<Intent>,
    /// Whether it wants an answer within hours.
    pub urgent: bool,
}

/// A ticket as far as it is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// When it was opened.
    pub opened: Timestamp,
    /// When it was settled.
    pub closed: Option<Timestamp>,
    /// How often it was opened again.
    pub reopened: i64,
}

/// How a deal ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DealEnd {
    /// It did not yet.
    Open,
    /// It was won.
    Won,
    /// It was lost.
    Lost,
}

/// Which part of the customers is looked at, and of which time.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Customers after this one.
    pub after: Id,
    /// At most so many.
    pub limit: u32,
    /// Only one of so many, the same ones each time; 1 for all.
    pub one_in: u32,
    /// Only those with whom mails were exchanged from then on.
    pub touched_since: Option<Timestamp>,
    /// What happened from then on.
    pub since: Timestamp,
    /// And before then.
    pub before: Timestamp,
    /// The currency in which amounts are counted.
    pub currency: &'a str,
}

impl Store {
    /// Returns how many customers there are whose history may be looked at.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn n_customers(&self) -> Result<u32, StorageError> {
        let sql = "SELECT count(*) FROM customers t
                   WHERE t.deleted_us IS NULL AND t.merged_into IS NULL AND t.restricted_at IS NULL";
        let n: i64 = query("count customers", sql).value(&self.inner.read).await?;
        Ok(u32::try_from(n).unwrap_or(u32::MAX))
    }

    /// Returns a page of customers with what happened, in the order of their ids; without those of whom what is
    /// held may only be kept. Who first wrote after the
    /// time asked for is there, too, with an empty history.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn histories(&self, asked: Asked<'_>) -> Result<Vec<History>, StorageError> {
        let read = &self.inner.read;
        let page = query(
            "page through customers",
            "SELECT t.id, t.segment, t.first_contact FROM customers t
             WHERE t.id > $1 AND t.number % $2 = 0 AND t.deleted_us IS NULL AND t.merged_into IS NULL
               AND ($4 = 0 OR t.last_in >= $4 OR t.last_out >= $4)
               AND t.restricted_at IS NULL
             ORDER BY t.id LIMIT $3",
        );
        let touched = asked.touched_since.map_or(0, Timestamp::micros);
        let page = page.bind(asked.after).bind(asked.one_in.max(1)).bind(asked.limit).bind(touched);
        let page = page.all(read).await?;
        let mut histories: Vec<History> = page
            .iter()
            .map(|row| History {
                customer: row.id(0),
                segment: row.get::<Option<&str>>(1).and_then(CustomerSegment::by_name),
                first_contact: row.maybe_time(2),
                ..History::default()
            })
            .collect();
        let place: HashMap<Id, usize> = histories.iter().enumerate().map(|(i, h)| (h.customer, i)).collect();
        let ask = |what, sql: &'static str| {
            let ids = read.ids(place.keys().copied());
            query(what, sql).rows(ids).bind(asked.since).bind(asked.before)
        };
        let of = |row: &Row| place[&row.id(0)];

        let mails = ask(
            "read what customers wrote",
            "SELECT m.customer, m.received_at, m.direction, m.thread, m.score, m.intent, m.urgent
             FROM {rows} JOIN messages m ON m.customer = {0}
             WHERE m.received_at >= $1 AND m.received_at < $2 AND m.automation = 'none'
               AND m.direction IN ('in', 'out')
             ORDER BY m.received_at, m.id",
        );
        for row in &mails.all(read).await? {
            histories[of(row)].mails.push(Mail {
                at: row.time(1),
                is_ours: row.get::<&str>(2) == "out",
                thread: row.id(3),
                score: row.get(4),
                intent: row.get::<Option<&str>>(5).and_then(Intent::by_name),
                urgent: row.get::<Option<i64>>(6) == Some(1),
            });
        }
        let orders = ask(
            "read what customers ordered",
            "SELECT o.customer, o.placed_at, CASE WHEN o.currency = $3 THEN coalesce(o.total, 0) ELSE 0 END
             FROM {rows} JOIN orders o ON o.customer = {0}
             WHERE o.placed_at >= $1 AND o.placed_at < $2 AND o.deleted_us IS NULL
               AND o.state IS DISTINCT FROM 'cancelled'
             ORDER BY o.placed_at, o.id",
        );
        for row in &orders.bind(asked.currency).all(read).await? {
            histories[of(row)].orders.push((row.time(1), row.get(2)));
        }
        // When a deal was opened is in its id.
        let deals = ask(
            "read customers' deals",
            "SELECT d.customer, d.id, d.stage, CASE WHEN d.currency = $3 THEN coalesce(d.amount, 0) ELSE 0 END
             FROM {rows} JOIN deals d ON d.customer = {0}
             WHERE d.deleted_us IS NULL AND $1 <= $2 ORDER BY d.id",
        );
        for row in &deals.bind(asked.currency).all(read).await? {
            let at = row.id(1).made_at();
            if at < asked.before {
                let end = match row.get::<Option<&str>>(2) {
                    Some("won") => DealEnd::Won,
                    Some("lost") => DealEnd::Lost,
                    _ => DealEnd::Open,
                };
                histories[of(row)].deals.push((at, end, row.get(3)));
            }
        }
        let tickets = ask(
            "read customers' tickets",
            "SELECT t.customer, t.opened_at, t.closed_at, coalesce(t.reopened, 0)
             FROM {rows} JOIN tickets t ON t.customer = {0}
             WHERE t.opened_at >= $1 AND t.opened_at < $2 AND t.deleted_us IS NULL ORDER BY t.opened_at, t.id",
        );
        for row in &tickets.all(read).await? {
            let closed = row.maybe_time(2).filter(|at| *at < asked.before);
            histories[of(row)].tickets.push(Ticket { opened: row.time(1), closed, reopened: row.get(3) });
        }
        let ratings = ask(
            "read customers' ratings",
            "SELECT r.customer, r.at, r.score FROM {rows} JOIN ratings r ON r.customer = {0}
             WHERE r.at >= $1 AND r.at < $2 AND r.score IS NOT NULL AND r.deleted_us IS NULL
             ORDER BY r.at, r.id",
        );
        for row in &ratings.all(read).await? {
            histories[of(row)].ratings.push((row.time(1), row.get(2)));
        }
        Ok(histories)
    }
}
