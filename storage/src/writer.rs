//! The one writer of a process: takes what queued during the last commit and commits it together.
//!
//! A lone request pays for one commit; under load many share one. Each request runs in a
//! savepoint of its own, so that one that fails takes nothing with it. An answer is given only
//! after the commit, when the data are on disk.
//!
//! A request may run more than once: after a deadlock or a conflict with another process, or when
//! the server went away. Whether a commit got through whose answer did not is told by its mark
//! ([`crate::mark`]).

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::db::{Address, Db};
use crate::error::StorageError;
use crate::mark::{Mark, Marks};

/// Requests that may share one commit.
const SHARED_MAX: usize = 256;
/// Requests that may wait.
const WAITING_MAX: usize = 4096;
/// How often a request or a commit is tried again that another process was in the way of.
const TRIES_MAX: u32 = 8;
/// The first and the longest wait between two tries to reach the server.
const AWAY_WAIT_MIN: Duration = Duration::from_millis(50);
const AWAY_WAIT_MAX: Duration = Duration::from_secs(5);

/// A boxed future that borrows the connection.
pub(crate) type Work<'c, T> = Pin<Box<dyn Future<Output = Result<T, StorageError>> + Send + 'c>>;

/// What the writer is asked.
pub(crate) trait Request: Send {
    /// Takes up what there is to do; false if others have done it, and nobody waits for an answer.
    fn take_up(&mut self) -> bool {
        true
    }
    /// Does the work within the transaction; may be called again after a rollback.
    fn run<'c>(&'c mut self, db: &'c mut Db) -> Work<'c, ()>;
    /// Answers, once the fate of the commit is known.
    fn answer(self: Box<Self>, fate: Result<(), StorageError>);
}

/// A request of one closure with one waiting caller.
struct Asked<T, F> {
    work: F,
    value: Option<T>,
    tell: oneshot::Sender<Result<T, StorageError>>,
}

impl<T, F> Request for Asked<T, F>
where
    T: Send + 'static,
    F: for<'c> FnMut(&'c mut Db) -> Work<'c, T> + Send + 'static,
{
    fn run<'c>(&'c mut self, db: &'c mut Db) -> Work<'c, ()> {
        Box::pin(async move {
            self.value = Some((self.work)(db).await?);
            Ok(())
        })
    }

    fn answer(self: Box<Self>, fate: Result<(), StorageError>) {
        let Self { value, tell, .. } = *self;
        // Whoever asked may be gone.
        let _ = tell.send(fate.and_then(|()| value.ok_or(StorageError::Closing)));
    }
}

enum Letter {
    Run(Box<dyn Request>),
    /// To close the database, and to say so.
    Close(oneshot::Sender<()>),
}

/// The way to the writer. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Writer {
    letters: mpsc::Sender<Letter>,
    n_commits: Arc<AtomicU64>,
}

impl Writer {
    /// Starts the writer on `db`; it ends when the last handle is dropped. On a server it leaves
    /// marks.
    pub(crate) fn start(db: Db, address: Address, marks: Option<Marks>) -> Self {
        let (letters, inbox) = mpsc::channel(WAITING_MAX);
        let n_commits = Arc::new(AtomicU64::new(0));
        let desk = Desk { db, address, marks, n_commits: n_commits.clone() };
        tokio::spawn(write(desk, inbox));
        Self { letters, n_commits }
    }

    /// Returns how many transactions were committed until now.
    pub(crate) fn n_commits(&self) -> u64 {
        self.n_commits.load(Ordering::Relaxed)
    }

    /// Runs `work` in a transaction and returns its result once that is on disk.
    ///
    /// # Errors
    /// What `work` returned, in which case nothing of it was written; or that the commit failed.
    pub(crate) async fn write<T, F>(&self, work: F) -> Result<T, StorageError>
    where
        T: Send + 'static,
        F: for<'c> FnMut(&'c mut Db) -> Work<'c, T> + Send + 'static,
    {
        let (tell, told) = oneshot::channel();
        self.ask(Box::new(Asked { work, value: None, tell })).await?;
        told.await.unwrap_or(Err(StorageError::Closing))
    }

    /// Queues a request that answers by itself.
    ///
    /// # Errors
    /// The writer has ended.
    pub(crate) async fn ask(&self, request: Box<dyn Request>) -> Result<(), StorageError> {
        self.letters.send(Letter::Run(request)).await.map_err(|_| StorageError::Closing)
    }

    /// Ends the writer once it has written what was asked before. What is asked later is refused.
    pub(crate) async fn close(&self) {
        let (tell, told) = oneshot::channel();
        if self.letters.send(Letter::Close(tell)).await.is_ok() {
            let _ = told.await;
        }
    }
}

/// What the writer works with.
struct Desk {
    db: Db,
    address: Address,
    marks: Option<Marks>,
    n_commits: Arc<AtomicU64>,
}

async fn write(mut desk: Desk, mut inbox: mpsc::Receiver<Letter>) {
    let mut letters = Vec::with_capacity(SHARED_MAX);
    let mut closing = Vec::new();
    while closing.is_empty() && inbox.recv_many(&mut letters, SHARED_MAX).await > 0 {
        let mut batch = Vec::with_capacity(letters.len());
        for letter in letters.drain(..) {
            match letter {
                Letter::Run(mut request) => {
                    if request.take_up() {
                        batch.push(request);
                    }
                }
                Letter::Close(tell) => closing.push(tell),
            }
        }
        if !batch.is_empty() {
            desk.commit_together(batch).await;
            desk.n_commits.fetch_add(1, Ordering::Relaxed);
        }
    }
    if let Db::Sqlite(_) = &desk.db {
        // Leaves a small file behind and a WAL that need not be replayed.
        let _ = desk.db.run("tidy up", "PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE);").await;
    }
    desk.db.close().await;
    for tell in closing {
        let _ = tell.send(());
    }
}

impl Desk {
    /// Commits requests in one transaction, again and again until that is decided, and answers
    /// them.
    async fn commit_together(&mut self, mut batch: Vec<Box<dyn Request>>) {
        let (mut tries, mut wait) = (0, AWAY_WAIT_MIN);
        let mut failed: Vec<Failed> = Vec::new();
        let fate = loop {
            let mut mark = None;
            batch.extend(failed.drain(..).map(|(request, _)| request));
            match attempt(&mut self.db, self.marks.as_ref(), &mut batch, &mut failed, &mut mark).await {
                Ok(()) => break Ok(()),
                Err(e) if e.is_away() => {
                    tracing::warn!(error = %e, "the database is away; waiting for it");
                    match self.come_back(mark).await {
                        Ok(true) => break Ok(()),
                        // It may be the key database that is away.
                        Ok(false) => tokio::time::sleep(wait).await,
                        Err(e) => break Err(e),
                    }
                    wait = (wait * 2).min(AWAY_WAIT_MAX);
                }
                Err(e) if e.is_conflict() && tries < TRIES_MAX => {
                    tries += 1;
                    let _ = self.db.run("roll back", "ROLLBACK").await;
                    tokio::time::sleep(Duration::from_millis(1 << tries.min(6))).await;
                }
                Err(e) => {
                    let _ = self.db.run("roll back", "ROLLBACK").await;
                    break Err(e);
                }
            }
        };
        if fate.is_err() {
            // A full disk makes SQLite end the transaction by itself, and the connection no
            // longer knows where it stands. A fresh one does.
            if let Ok(fresh) = self.address.connect().await {
                self.db = fresh;
            }
        }
        for request in batch {
            request.answer(fate.clone());
        }
        // Not earlier: it may have failed for what a neighbour wrote, and who hears of it looks for that.
        for (request, e) in failed {
            request.answer(fate.clone().and(Err(e)));
        }
    }

    /// Waits until the server is back, and tells whether the transaction that left `mark` got
    /// through.
    async fn come_back(&mut self, mark: Option<Mark>) -> Result<bool, StorageError> {
        loop {
            self.db = reconnect(&self.address).await;
            let Some((marks, mark)) = self.marks.as_ref().zip(mark) else { return Ok(false) };
            match marks.stands(&mut self.db, &mark).await {
                Err(e) if e.is_away() => {}
                known => return known,
            }
        }
    }
}

/// A request that failed by itself, and why.
type Failed = (Box<dyn Request>, StorageError);

/// Runs the requests in one transaction and commits it. Those that fail by themselves leave the batch
/// for `failed`. `mark` is what the transaction left, once it is about to be committed.
async fn attempt(
    db: &mut Db,
    marks: Option<&Marks>,
    batch: &mut Vec<Box<dyn Request>>,
    failed: &mut Vec<Failed>,
    mark: &mut Option<Mark>,
) -> Result<(), StorageError> {
    db.begin("begin a write").await?;
    let alone = batch.len() == 1;
    let mut at = 0;
    let mut tries = 0;
    while at < batch.len() {
        if !alone {
            db.run("begin a request", "SAVEPOINT request").await?;
        }
        let done = batch[at].run(db).await;
        match done {
            Ok(()) => {
                at += 1;
                tries = 0;
            }
            Err(e) if e.is_away() || e.is_conflict() => return Err(e),
            Err(e) => {
                let again = e.is_taken() && matches!(db, Db::Postgres(_)) && tries < TRIES_MAX;
                let back = if alone { "ROLLBACK" } else { "ROLLBACK TO SAVEPOINT request" };
                if db.run("take a request back", back).await.is_err() {
                    // Then the whole transaction is gone, and for this reason.
                    return Err(e);
                }
                if again {
                    // Another process wrote the same row first; now it can be seen.
                    tries += 1;
                } else {
                    failed.push((batch.remove(at), e));
                    tries = 0;
                }
                if alone {
                    if batch.is_empty() {
                        return Ok(());
                    }
                    db.begin("begin a write").await?;
                }
            }
        }
        if !alone {
            db.run("end a request", "RELEASE SAVEPOINT request").await?;
        }
    }
    if let Some(marks) = marks {
        *mark = marks.leave(db).await?;
    }
    db.run("commit", "COMMIT").await
}

/// Waits until the server is back.
async fn reconnect(address: &Address) -> Db {
    let mut wait = AWAY_WAIT_MIN;
    loop {
        match address.connect().await {
            Ok(db) => return db,
            Err(e) => {
                tracing::warn!(error = %e, wait_ms = wait.as_millis(), "the database is still away");
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(AWAY_WAIT_MAX);
            }
        }
    }
}
