//! Erasing a person everywhere, in the store and in this process's search index; and telling of whom what is
//! held may only be kept.

use rapport_model::job::{NewJob, Task};
use rapport_model::people::TicketStatus;
use rapport_model::privacy::RequestState;
use rapport_model::{Actor, Change, Id, Kind, Record, Value};
use rapport_storage::erase::Proof;
use rapport_storage::records::Filter;
use rapport_storage::work::Work;

use crate::requests::answered;
use crate::{WorkflowError, Workflows};

/// So many messages of one customer are looked at.
const UNREAD_MAX: u32 = 10_000;
/// So much of what is open is closed with an erasure.
const OPEN_MAX: u32 = 10_000;

/// Tells whether what is held of a customer may be kept and shown, and nothing else (GDPR, article 18).
pub fn is_restricted(customer: &Record) -> bool {
    !customer.get("restricted_at").is_null()
}

impl Workflows {
    /// Plans that messages of a customer are read that were only kept so far.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub async fn read_later(&self, customer: Id) -> Result<(), WorkflowError> {
        let now = self.store.clock().now();
        let messages = self.store.messages_of(customer, UNREAD_MAX).await?;
        let unread = messages.iter().filter(|message| message.reading.is_none()).map(|message| NewJob {
            task: Task::Understand { message: message.id },
            run_at: now,
            lane: None,
            idempotency_key: None,
            correlation: None,
        });
        self.store.commit(vec![Work { jobs: unread.collect(), ..Work::default() }]).await?;
        Ok(())
    }

    /// Erases a customer for good: closes what is open with them, of which nobody could tell any more what
    /// it was, destroys their keys, blots them out of words about others, and has the index rewrite the
    /// files that held their words. Returns the proof, or nothing if there is no such customer.
    ///
    /// # Errors
    /// The store or the index failed. The erasure goes on when the same is asked again, or the
    /// store opened again.
    pub async fn erase(&self, customer: Id, actor: Actor) -> Result<Option<Proof>, WorkflowError> {
        let changes = self.closing(customer, &actor).await?;
        if !changes.is_empty() {
            self.store.commit(vec![Work::of(self.store.act_by(actor.clone()), changes)]).await?;
        }
        let proof = self.store.erase(customer, actor).await?;
        self.index_for_search().await?;
        Ok(proof)
    }

    /// Returns what closes the open tickets, tasks and privacy requests of a customer: with an erasure all of
    /// these are done.
    async fn closing(&self, customer: Id, actor: &Actor) -> Result<Vec<Change>, WorkflowError> {
        let now = self.store.clock().now();
        let open = |field| Filter {
            equal: vec![("customer", Value::from(customer)), (field, Value::Null)],
            limit: OPEN_MAX,
            ..Filter::default()
        };
        let tickets = self.store.list(Kind::Ticket, &open("closed_at")).await?;
        let tickets = tickets.iter().map(|ticket| {
            Change::update(ticket.record)
                .set("status", ticket.text("status"), TicketStatus::Closed.name())
                .set("closed_at", Value::Null, now)
        });
        let tasks = self.store.list(Kind::Task, &open("done_at")).await?;
        let tasks = tasks.iter().map(|task| Change::update(task.record).set("done_at", Value::Null, now));
        let by = match actor {
            Actor::User(user) => Some(*user),
            _ => None,
        };
        let requests = self.store.list(Kind::PrivacyRequest, &open("answered_at")).await?;
        let requests = requests.iter().map(|request| answered(request, RequestState::Done, by, now));
        Ok(tickets.chain(tasks).chain(requests).collect())
    }
}
