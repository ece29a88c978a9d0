//! What rules need to know, loaded for a whole batch at once.

use std::collections::{HashMap, HashSet};

use rapport_model::Id;
use rapport_model::event::{CustomerFacts, ThreadFacts, TicketFacts};
use rapport_model::people::{Lifecycle, TicketStatus};

use crate::db::{Row, query};
use crate::error::StorageError;
use crate::open::Store;

/// What is known of the customers and conversations of a batch. The caller keeps it up to date
/// while it decides about one message after the other.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The customers.
    pub customers: HashMap<Id, CustomerFacts>,
    /// The conversations.
    pub threads: HashMap<Id, ThreadFacts>,
    /// The open deals, by customer.
    pub deals: HashMap<Id, Id>,
}

impl Store {
    /// Loads what is known of customers and conversations.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn known(&self, customers: &HashSet<Id>, threads: &HashSet<Id>) -> Result<Known, StorageError> {
        Ok(Known {
            customers: self.customer_facts(customers).await?,
            threads: self.thread_facts(threads).await?,
            deals: self.open_deals(customers).await?,
        })
    }

    async fn customer_facts(&self, ids: &HashSet<Id>) -> Result<HashMap<Id, CustomerFacts>, StorageError> {
        let rows = query(
            "load customers",
            "SELECT c.id, c.company, c.lifecycle, c.owner, c.language, c.mood, c.tags, c.first_contact,
                    c.last_in, c.last_out, c.n_in, c.n_out,
                    coalesce((SELECT s.state = 'denied' FROM consents s
                              WHERE s.customer = c.id AND s.purpose = 'automatic' AND s.deleted_us IS NULL
                              ORDER BY s.at DESC, s.id DESC LIMIT 1), false)
             FROM {rows} JOIN customers c ON c.id = {0}",
        )
        .rows(self.inner.read.ids(ids.iter().copied()))
        .all(&self.inner.read)
        .await?;
        Ok(rows.iter().map(|r| (Id(r.get(0)), customer(r))).collect())
    }

    async fn thread_facts(&self, ids: &HashSet<Id>) -> Result<HashMap<Id, ThreadFacts>, StorageError> {
        let rows = query(
            "load conversations",
            "SELECT t.id, t.last_in_us, t.last_out_us, k.id, k.status, k.first_answer_at,
                    EXISTS (SELECT 1 FROM tasks a
                            WHERE a.thread = t.id AND a.done_at IS NULL AND a.deleted_us IS NULL),
                    k.owner
             FROM {rows} JOIN threads t ON t.id = {0}
             LEFT JOIN tickets k ON k.thread = t.id AND k.status <> 'closed' AND k.deleted_us IS NULL",
        )
        .rows(self.inner.read.ids(ids.iter().copied()))
        .all(&self.inner.read)
        .await?;
        Ok(rows.iter().map(|r| (Id(r.get(0)), thread(r))).collect())
    }

    async fn open_deals(&self, customers: &HashSet<Id>) -> Result<HashMap<Id, Id>, StorageError> {
        let rows = query(
            "load deals",
            "SELECT d.customer, max(d.id) FROM {rows} JOIN deals d ON d.customer = {0}
             WHERE d.stage NOT IN ('won', 'lost') AND d.deleted_us IS NULL GROUP BY d.customer",
        )
        .rows(self.inner.read.ids(customers.iter().copied()))
        .all(&self.inner.read)
        .await?;
        Ok(rows.iter().map(|r| (Id(r.get(0)), Id(r.get(1)))).collect())
    }
}

fn customer(row: &Row) -> CustomerFacts {
    let text = |i: usize| row.get::<Option<String>>(i).unwrap_or_default();
    CustomerFacts {
        id: Id(row.get(0)),
        company: row.maybe_id(1),
        lifecycle: Lifecycle::by_name(&text(2)).unwrap_or(Lifecycle::Lead),
        owner: row.maybe_id(3),
        language: text(4),
        mood: row.get(5),
        tags: serde_json::from_str(&text(6)).unwrap_or_default(),
        first_contact: row.maybe_time(7),
        last_in: row.maybe_time(8),
        last_out: row.maybe_time(9),
        n_in: row.get::<Option<i64>>(10).unwrap_or(0),
        n_out: row.get::<Option<i64>>(11).unwrap_or(0),
        opted_out: row.flag(12),
    }
}

fn thread(row: &Row) -> ThreadFacts {
    let status = row.get::<Option<&str>>(4).and_then(TicketStatus::by_name);
    let ticket = row.get::<Option<i64>>(3).zip(status);
    ThreadFacts {
        id: Id(row.get(0)),
        last_in: row.maybe_time(1),
        last_out: row.maybe_time(2),
        ticket: ticket.map(|(id, status)| TicketFacts {
            id: Id(id),
            status,
            owner: row.get::<Option<i64>>(7).map(Id),
            first_answer_at: row.maybe_time(5),
        }),
        open_task: row.flag(6),
    }
}
