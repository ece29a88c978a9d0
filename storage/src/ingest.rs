//! Taking messages in: everything about a batch is looked up, decided, and written in one
//! transaction. After it the messages are acknowledged.
//!
//! A message finds its conversation by what it answers, then by its own id (somebody may have
//! answered it before it came); never by its subject. A person outside who wrote becomes a
//! customer; machines and people whom only the house wrote to do not.

mod lookup;
mod plan;
mod write;

use rapport_model::Id;
use rapport_model::message::{Automation, Content, Direction, Incoming};

use crate::error::StorageError;
use crate::open::{Inner, Store};

/// A message with what the caller knows of it.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The message.
    pub incoming: Incoming,
    /// Which way it went.
    pub direction: Direction,
    /// The colleague who wrote it, if one did.
    pub author: Option<Id>,
}

impl Arrival {
    /// Tells whether a person outside wrote it.
    fn is_from_customer(&self, content: &Content) -> bool {
        self.direction == Direction::In && content.automation.is_none()
    }
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It was kept.
    Kept {
        /// The message.
        message: Id,
        /// Its conversation.
        thread: Id,
        /// Whether the conversation began with it.
        new_thread: bool,
        /// The customer it belongs to.
        customer: Option<Id>,
        /// Whether a machine wrote it.
        automation: Automation,
    },
    /// It was here before.
    Duplicate {
        /// The message, or the quarantine row.
        of: Id,
    },
    /// It cannot be read; its bytes are kept.
    Quarantined {
        /// The quarantine row.
        id: Id,
        /// Why, as [`rapport_model::message::Unreadable::reason`].
        reason: String,
    },
}

impl Store {
    /// Takes a batch in and returns what became of each message, in order. When this returns,
    /// they are on disk. A message that the database refuses is quarantined by itself.
    ///
    /// # Errors
    /// The store cannot be written at all; then nothing of the batch was.
    pub async fn ingest(&self, batch: Vec<Arrival>) -> Result<Vec<Fate>, StorageError> {
        let batch = std::sync::Arc::new(batch);
        match self.try_ingest(batch.clone()).await {
            Err(e) if e.is_poison() && batch.len() > 1 => {
                // One row is at fault: find it by taking each by itself.
                let mut fates = Vec::with_capacity(batch.len());
                for arrival in batch.iter() {
                    fates.push(self.ingest_one(arrival).await?);
                }
                Ok(fates)
            }
            Err(e) if e.is_poison() && batch.len() == 1 => Ok(vec![self.ingest_one(&batch[0]).await?]),
            done => done,
        }
    }

    async fn ingest_one(&self, arrival: &Arrival) -> Result<Fate, StorageError> {
        let one = |a: Arrival| std::sync::Arc::new(vec![a]);
        let fates = match self.try_ingest(one(arrival.clone())).await {
            Err(e) if e.is_poison() => {
                let mut poison = arrival.clone();
                poison.incoming.content = Err(rapport_model::message::Unreadable {
                    reason: "poison".into(),
                    detail: format!(
                        "{}: the store refused it ({e}); its bytes are kept",
                        arrival.incoming.place
                    ),
                });
                self.try_ingest(one(poison)).await?
            }
            done => done?,
        };
        fates.into_iter().next().ok_or(StorageError::Closing)
    }

    async fn try_ingest(&self, batch: std::sync::Arc<Vec<Arrival>>) -> Result<Vec<Fate>, StorageError> {
        let inner: std::sync::Arc<Inner> = self.inner.clone();
        self.write(move |db| {
            Box::pin(async move {
                let known = lookup::look_up(db, &inner, &batch).await?;
                let plan = plan::plan(&inner, &batch, known);
                write::write(db, &inner, plan).await
            })
        })
        .await
    }
}
