//! What rules need to know, loaded for a whole batch at once; and whether it is still so when what
//! they decided is committed.

use std::collections::{HashMap, HashSet};

use rapport_model::consent::Refusals;
use rapport_model::event::{CustomerFacts, DealFacts, Load, OpenPromise, Promiser, ThreadFacts, TicketFacts};
use rapport_model::people::{Lifecycle, Priority, TicketStatus};
use rapport_model::privacy::read_rights;
use rapport_model::{Id, Kind, RecordRef};

use crate::db::{Db, Engine, Query, Row, Rows, query};
use crate::error::StorageError;
use crate::open::Store;
use crate::work::Work;

/// What is known of the customers and conversations of a batch. The caller keeps it up to date
/// while it decides about one message after the other.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The customers.
    pub customers: HashMap<Id, CustomerFacts>,
    /// The conversations.
    pub threads: HashMap<Id, ThreadFacts>,
    /// The open deals, by customer.
    pub deals: HashMap<Id, DealFacts>,
}

/// What a piece of work was decided by: as it was when that was loaded.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Basis {
    /// The customer it is about.
    pub customer: Option<CustomerFacts>,
    /// Their open deal.
    pub deal: Option<DealFacts>,
    /// The conversation it is about.
    pub thread: Option<ThreadFacts>,
}

impl Known {
    /// Returns what is known of a customer and a conversation.
    pub fn basis(&self, customer: Option<Id>, thread: Id) -> Basis {
        Basis {
            customer: customer.and_then(|id| self.customers.get(&id)).cloned(),
            deal: customer.and_then(|id| self.deals.get(&id)).cloned(),
            thread: self.threads.get(&thread).cloned(),
        }
    }

    fn of([customers, consents, requests, threads, promises, deals]: [Vec<Row>; 6]) -> Self {
        let mut customers: HashMap<Id, CustomerFacts> =
            customers.iter().map(|r| (r.id(0), customer(r))).collect();
        for row in &consents {
            if let Some(customer) = customers.get_mut(&row.id(0)) {
                customer.refusals.note(row.get(1), row.get(2));
            }
        }
        for row in &requests {
            let asked = read_rights(&row.get::<Option<String>>(1).unwrap_or_default());
            customers.get_mut(&row.id(0)).into_iter().for_each(|customer| customer.asked.extend(&asked));
        }
        let mut threads: HashMap<Id, ThreadFacts> = threads.iter().map(|r| (r.id(0), thread(r))).collect();
        for row in &promises {
            let by = row.get::<Option<&str>>(2).and_then(Promiser::by_name);
            if let (Some(thread), Some(by)) = (threads.get_mut(&row.id(0)), by) {
                thread.promises.push(OpenPromise { task: row.id(1), by });
            }
        }
        // The last row of a customer is their newest deal.
        let deal = |r: &Row| DealFacts { id: r.id(1), stage: r.get::<Option<String>>(2).unwrap_or_default() };
        Self { customers, threads, deals: deals.iter().map(|r| (r.id(0), deal(r))).collect() }
    }
}

impl Basis {
    fn customer(&self) -> Option<Id> {
        self.customer.as_ref().map(|customer| customer.id)
    }

    fn thread(&self) -> Option<Id> {
        self.thread.as_ref().map(|thread| thread.id)
    }

    /// Tells whether it is what is known now. When somebody last wrote is left out: mails arrive
    /// all the time, and what was decided a moment before is as right as a moment after.
    fn holds(&self, now: &Known) -> bool {
        let made = |thread: &ThreadFacts| (thread.ticket.clone(), thread.open_task, thread.promises.clone());
        self.customer.as_ref() == self.customer().and_then(|id| now.customers.get(&id))
            && self.deal.as_ref() == self.customer().and_then(|id| now.deals.get(&id))
            && self.thread.as_ref().map(made) == self.thread().and_then(|id| now.threads.get(&id)).map(made)
    }
}

impl Store {
    /// Returns which automatic mail a customer refuses.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn refusals(&self, customer: Id) -> Result<Refusals, StorageError> {
        let read = &self.inner.read;
        let mut refusals = Refusals::default();
        if !self.sees(RecordRef::new(Kind::Customer, customer)).await? {
            return Ok(refusals);
        }
        for row in load_consents(read.ids([customer])).all(read).await? {
            refusals.note(row.get(1), row.get(2));
        }
        Ok(refusals)
    }

    /// Returns those of these customers of whom what is held may be kept and shown, and nothing else.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn restricted(&self, customers: &HashSet<Id>) -> Result<HashSet<Id>, StorageError> {
        let sql = "SELECT c.id FROM {rows} JOIN customers c ON c.id = {0} WHERE c.restricted_at IS NOT NULL";
        let rows = query("find who is restricted", sql).rows(self.inner.read.ids(customers.iter().copied()));
        Ok(rows.all(&self.inner.read).await?.iter().map(|row| row.id(0)).collect())
    }

    /// Loads what is known of customers and conversations.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn known(&self, customers: &HashSet<Id>, threads: &HashSet<Id>) -> Result<Known, StorageError> {
        let read = &self.inner.read;
        let ids = |ids: &HashSet<Id>| read.ids(ids.iter().copied());
        Ok(Known::of([
            load_customers(ids(customers)).all(read).await?,
            load_consents(ids(customers)).all(read).await?,
            load_requests(ids(customers)).all(read).await?,
            load_threads(ids(threads)).all(read).await?,
            load_promises(ids(threads)).all(read).await?,
            load_deals(ids(customers)).all(read).await?,
        ]))
    }
}

impl Store {
    /// Counts what each of these colleagues has to do: open tickets and tasks.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn loads(&self, users: &[Id]) -> Result<Vec<Load>, StorageError> {
        let (tickets, tasks) = (self.and_seen(Kind::Ticket, "k"), self.and_seen(Kind::Task, "a"));
        let sql = format!(
            "SELECT u.id,
                (SELECT count(*) FROM tickets k
                 WHERE k.owner = u.id AND k.status <> 'closed' AND k.deleted_us IS NULL{tickets})
                + (SELECT count(*) FROM tasks a
                   WHERE a.owner = u.id AND a.done_at IS NULL AND a.deleted_us IS NULL{tasks}),
                (SELECT max(g.at_us) FROM firings g WHERE g.given = u.id), coalesce(u.language, '')
             FROM {{rows}} JOIN users u ON u.id = {{0}}"
        );
        let rows =
            query("count what colleagues have to do", sql).rows(self.inner.read.ids(users.iter().copied()));
        Ok(rows
            .all(&self.inner.read)
            .await?
            .iter()
            .map(|row| Load {
                user: row.id(0),
                open: row.get(1),
                given_at: row.maybe_time(2),
                language: row.get(3),
            })
            .collect())
    }
}

/// Returns the jobs of those works that another process overtook: it did something about the same
/// customer or conversation after what decided them was loaded. These are locked, so that nobody
/// overtakes the rest before this transaction ends.
pub(crate) async fn overtaken(db: &mut Db, works: &[Work]) -> Result<HashSet<Id>, StorageError> {
    let based: Vec<(Id, &Basis)> =
        works.iter().filter_map(|work| Some((work.job.as_ref()?.0, work.basis.as_ref()?))).collect();
    // A file has one process, which does one thing after the other.
    if based.is_empty() || db.engine() == Engine::Sqlite {
        return Ok(HashSet::new());
    }
    let customers: HashSet<Id> = based.iter().filter_map(|(_, basis)| basis.customer()).collect();
    let threads: HashSet<Id> = based.iter().filter_map(|(_, basis)| basis.thread()).collect();
    // Two processes lock them in the same order.
    for (what, sql, ids) in [
        (
            "lock customers",
            "SELECT c.id FROM {rows} JOIN customers c ON c.id = {0} ORDER BY c.id FOR NO KEY UPDATE OF c",
            &customers,
        ),
        (
            "lock conversations",
            "SELECT t.id FROM {rows} JOIN threads t ON t.id = {0} ORDER BY t.id FOR NO KEY UPDATE OF t",
            &threads,
        ),
    ] {
        query(what, sql).rows(db.ids(ids.iter().copied())).run(&mut *db).await?;
    }
    let ids = |db: &Db, ids: &HashSet<Id>| db.ids(ids.iter().copied());
    let (of_threads, of_promises) = (ids(db, &threads), ids(db, &threads));
    let (of_customers, of_consents, of_requests, of_deals) =
        (ids(db, &customers), ids(db, &customers), ids(db, &customers), ids(db, &customers));
    let now = Known::of([
        load_customers(of_customers).all(&mut *db).await?,
        load_consents(of_consents).all(&mut *db).await?,
        load_requests(of_requests).all(&mut *db).await?,
        load_threads(of_threads).all(&mut *db).await?,
        load_promises(of_promises).all(&mut *db).await?,
        load_deals(of_deals).all(&mut *db).await?,
    ]);
    // What comes later in a batch rests on what came before it, so it goes with it.
    let (mut overtaken, mut open) = (HashSet::new(), HashSet::new());
    for (job, basis) in based {
        let about = || [basis.customer(), basis.thread()].into_iter().flatten();
        if !basis.holds(&now) || about().any(|id| open.contains(&id)) {
            open.extend(about());
            overtaken.insert(job);
        }
    }
    Ok(overtaken)
}

fn load_customers(ids: Rows) -> Query {
    query(
        "load customers",
        "SELECT c.id, c.company, c.lifecycle, c.owner, c.language, c.mood, c.tags, c.first_contact,
                c.last_in, c.last_out, c.n_in, c.n_out, c.segment, c.restricted_at IS NOT NULL
         FROM {rows} JOIN customers c ON c.id = {0}",
    )
    .rows(ids)
}

/// Loads what customers said about automatic mail, in the order they said it.
pub(crate) fn load_consents(customers: Rows) -> Query {
    query(
        "load consents",
        "SELECT s.customer, s.purpose, s.state FROM {rows} JOIN consents s ON s.customer = {0}
         WHERE s.deleted_us IS NULL ORDER BY s.at, s.id",
    )
    .rows(customers)
}

/// Loads what customers asked for about what is held of them, and was not answered yet, oldest first.
fn load_requests(customers: Rows) -> Query {
    query(
        "load privacy requests",
        "SELECT q.customer, q.rights FROM {rows} JOIN privacy_requests q ON q.customer = {0}
         WHERE q.answered_at IS NULL AND q.deleted_us IS NULL ORDER BY q.id",
    )
    .rows(customers)
}

/// Loads conversations, each with its newest open ticket: the last row counts.
fn load_threads(ids: Rows) -> Query {
    query(
        "load conversations",
        "SELECT t.id, t.last_in_us, t.last_out_us, k.id, k.status, k.first_answer_at,
                EXISTS (SELECT 1 FROM tasks a
                        WHERE a.thread = t.id AND a.promise IS NULL AND a.done_at IS NULL AND a.deleted_us IS NULL),
                k.owner, k.customer, k.snoozed_until IS NOT NULL, k.priority
         FROM {rows} JOIN threads t ON t.id = {0}
         LEFT JOIN tickets k ON k.thread = t.id AND k.status <> 'closed' AND k.deleted_us IS NULL
         ORDER BY k.id",
    )
    .rows(ids)
}

/// Loads the open tasks of promises in conversations, oldest first.
fn load_promises(threads: Rows) -> Query {
    query(
        "load promises",
        "SELECT a.thread, a.id, a.promise FROM {rows} JOIN tasks a ON a.thread = {0}
         WHERE a.promise IS NOT NULL AND a.done_at IS NULL AND a.deleted_us IS NULL ORDER BY a.id",
    )
    .rows(threads)
}

fn load_deals(customers: Rows) -> Query {
    query(
        "load deals",
        "SELECT d.customer, d.id, d.stage FROM {rows} JOIN deals d ON d.customer = {0}
         WHERE d.stage NOT IN ('won', 'lost') AND d.deleted_us IS NULL ORDER BY d.id",
    )
    .rows(customers)
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
        refusals: Refusals::default(),
        segment: row.get(12),
        restricted: row.flag(13),
        asked: Vec::new(),
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
            customer: row.maybe_id(8),
            owner: row.get::<Option<i64>>(7).map(Id),
            first_answer_at: row.maybe_time(5),
            snoozed: row.flag(9),
            priority: row.get::<Option<&str>>(10).and_then(Priority::by_name).unwrap_or(Priority::Normal),
        }),
        open_task: row.flag(6),
        promises: Vec::new(),
    }
}
