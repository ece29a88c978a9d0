//! Taking messages in: everything about a batch is looked up, decided, and written in one
//! transaction. After it the messages are acknowledged.
//!
//! A message finds its conversation by what it answers, then by its own id (somebody may have
//! answered it before it came), then by what it carries of ours (`claim.rs`); never by its words
//! alone. A person outside who wrote becomes a
//! customer; machines and people whom only the house wrote to do not.

mod claim;
mod lookup;
mod plan;
mod ready;
mod write;

use std::sync::Arc;

use rapport_model::Id;
use rapport_model::message::{Automation, Content, Direction, Incoming, Unreadable};
use tokio::sync::oneshot;

use crate::db::Db;
use crate::error::StorageError;
use crate::open::{Inner, Store, lock};
use crate::threads;
use crate::writer::Request;
use ready::{Ready, pack_meanwhile};

/// Messages of several callers that are taken in together.
const TOGETHER_MAX: usize = 512;

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

impl Fate {
    /// Returns what the ledger calls it: `new` or `threaded`, whether it began a conversation or
    /// not; `automated`, `duplicate`, `quarantined`.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Kept { automation: Automation::None, new_thread: true, .. } => "new",
            Self::Kept { automation: Automation::None, .. } => "threaded",
            Self::Kept { .. } => "automated",
            Self::Duplicate { .. } => "duplicate",
            Self::Quarantined { .. } => "quarantined",
        }
    }
}

impl Store {
    /// Takes a batch in and returns what became of each message, in order. When this returns,
    /// they are on disk. A message that the database refuses is quarantined by itself.
    ///
    /// # Errors
    /// The store cannot be written at all; then nothing of the batch was.
    pub async fn ingest(&self, batch: Vec<Arrival>) -> Result<Vec<Fate>, StorageError> {
        let ready = batch.into_iter().map(|arrival| Ready::of(&self.inner, arrival));
        let batch: Arc<Vec<Ready>> = Arc::new(ready.collect());
        match self.ask(batch.clone()).await {
            Err(e) if e.is_poison() => {
                // One row is at fault, perhaps not even of ours: find it by taking each by itself.
                let mut fates = Vec::with_capacity(batch.len());
                for ready in batch.iter() {
                    fates.push(self.ingest_one(&ready.arrival).await?);
                }
                Ok(fates)
            }
            done => done,
        }
    }

    async fn ingest_one(&self, arrival: &Arrival) -> Result<Fate, StorageError> {
        let fates = match self.alone(arrival.clone()).await {
            Err(e) if e.is_poison() => {
                let mut poison = arrival.clone();
                poison.incoming.content = Err(Unreadable {
                    reason: "poison".into(),
                    detail: format!(
                        "{}: the store refused it ({e}); its bytes are kept",
                        arrival.incoming.place
                    ),
                });
                self.alone(poison).await?
            }
            done => done?,
        };
        fates.into_iter().next().ok_or(StorageError::Closing)
    }

    /// Takes a message in, in a request of its own.
    async fn alone(&self, arrival: Arrival) -> Result<Vec<Fate>, StorageError> {
        let (inner, ready) = (self.inner.clone(), Arc::new(Ready::of(&self.inner, arrival)));
        self.write(move |db| {
            let (inner, ready) = (inner.clone(), ready.clone());
            Box::pin(async move { take_in(db, &inner, &[&ready]).await })
        })
        .await
    }

    /// Takes a batch in together with those of other callers that wait by then.
    async fn ask(&self, batch: Arc<Vec<Ready>>) -> Result<Vec<Fate>, StorageError> {
        let Some(writer) = &self.inner.writer else {
            return Err(StorageError::ReadOnly { dir: self.inner.dir.clone() });
        };
        let (tell, told) = oneshot::channel();
        lock(&self.inner.arrivals).push_back(Waiting { batch: batch.clone(), tell });
        let gathered = Gathered { inner: self.inner.clone(), waiting: Vec::new(), fates: Vec::new() };
        writer.ask(Box::new(gathered)).await?;
        pack_meanwhile(&batch);
        let fates = told.await.unwrap_or(Err(StorageError::Closing));
        self.inner.wake();
        fates.map_err(|e| e.in_dir(&self.inner.dir))
    }
}

/// A batch and whoever waits for it.
pub(crate) struct Waiting {
    batch: Arc<Vec<Ready>>,
    tell: oneshot::Sender<Result<Vec<Fate>, StorageError>>,
}

/// All batches that wait when the writer gets to the first of them: many small ones cost as few
/// statements as one large one.
struct Gathered {
    inner: Arc<Inner>,
    waiting: Vec<Waiting>,
    fates: Vec<Fate>,
}

impl Request for Gathered {
    fn take_up(&mut self) -> bool {
        let mut queue = lock(&self.inner.arrivals);
        let mut n = 0;
        while n < TOGETHER_MAX
            && let Some(next) = queue.pop_front()
        {
            n += next.batch.len();
            self.waiting.push(next);
        }
        !self.waiting.is_empty()
    }

    fn run<'c>(&'c mut self, db: &'c mut Db) -> crate::writer::Work<'c, ()> {
        Box::pin(async move {
            let all: Vec<&Ready> = self.waiting.iter().flat_map(|w| w.batch.iter()).collect();
            self.fates = take_in(db, &self.inner, &all).await?;
            Ok(())
        })
    }

    fn answer(self: Box<Self>, fate: Result<(), StorageError>) {
        let mut fates = self.fates.into_iter();
        for Waiting { batch, tell } in self.waiting {
            let own = fates.by_ref().take(batch.len()).collect();
            // Whoever asked may be gone.
            let _ = tell.send(fate.clone().map(|()| own));
        }
    }
}

async fn take_in(db: &mut Db, inner: &Inner, batch: &[&Ready]) -> Result<Vec<Fate>, StorageError> {
    let known = lookup::look_up(db, batch).await?;
    let spares = inner.keyring.take(known.n_new, &inner.ids, inner.clock.now()).await?;
    let sealing = known.parties.values().map(|p| p.key).chain(spares.iter().copied());
    let keys = inner.keyring.load(sealing).await?;
    let mut plan = plan::plan(inner, batch, known, spares);
    write::write(db, inner, &keys, &plan).await?;
    for (part, whole) in std::mem::take(&mut plan.joins) {
        // Whether they may become one, it knows; if not, they stay two.
        let act = plan::act(inner, inner.clock.now());
        if let Err(why) = threads::join(db, inner, part, whole, act).await? {
            tracing::debug!(thread.id = %part, ?why, "two conversations stay apart");
        }
    }
    inner.keyring.put_back(std::mem::take(&mut plan.spares));
    Ok(plan.fates)
}
