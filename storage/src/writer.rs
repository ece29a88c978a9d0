//! The one writer: takes what queued during the last commit and commits it together.
//!
//! A lone request pays for one commit; under load many share one. Each request runs in a
//! savepoint of its own, so that one that fails takes nothing with it. An answer is given only
//! after the commit, when the data are on disk.

use std::future::Future;
use std::pin::Pin;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

use crate::error::{Context, StorageError};

/// Requests that may share one commit.
const SHARED_MAX: usize = 64;
/// Requests that may wait.
const WAITING_MAX: usize = 1024;

/// A boxed future that borrows the connection.
pub(crate) type Work<'c, T> = Pin<Box<dyn Future<Output = Result<T, StorageError>> + Send + 'c>>;

/// Answers one request once the fate of its commit is known.
type Answer = Box<dyn FnOnce(Result<(), StorageError>) + Send>;
/// A request: given the connection it does its work, given an error it passes that on.
type Run = Box<dyn for<'c> FnOnce(Result<&'c mut SqliteConnection, StorageError>) -> Work<'c, Answer> + Send>;

/// What the writer is asked.
enum Request {
    Run(Run),
    /// To close the database, and to say so.
    Close(oneshot::Sender<()>),
}

/// The way to the writer. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Writer {
    requests: mpsc::Sender<Request>,
}

impl Writer {
    /// Starts the writer on `db`; it ends when the last handle is dropped.
    pub(crate) fn start(db: SqliteConnection, options: SqliteConnectOptions) -> Self {
        let (requests, inbox) = mpsc::channel(WAITING_MAX);
        tokio::spawn(write(db, options, inbox));
        Self { requests }
    }

    /// Runs `work` in a transaction and returns its result once that is on disk.
    ///
    /// # Errors
    /// What `work` returned, in which case nothing of it was written; or that the commit failed.
    pub(crate) async fn write<T, F>(&self, work: F) -> Result<T, StorageError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> Work<'c, T> + Send + 'static,
    {
        let (tell, told) = oneshot::channel();
        let run: Run = Box::new(move |db| {
            Box::pin(async move {
                let done = match db {
                    Ok(db) => work(db).await,
                    Err(e) => Err(e),
                };
                match done {
                    Ok(value) => Ok(Box::new(move |committed: Result<(), StorageError>| {
                        let _ = tell.send(committed.map(|()| value));
                    }) as Answer),
                    Err(e) => {
                        let _ = tell.send(Err(e.clone()));
                        Err(e)
                    }
                }
            })
        });
        self.requests.send(Request::Run(run)).await.map_err(|_| StorageError::Closing)?;
        told.await.unwrap_or(Err(StorageError::Closing))
    }

    /// Ends the writer once it has written what was asked before. What is asked later is refused.
    pub(crate) async fn close(&self) {
        let (tell, told) = oneshot::channel();
        if self.requests.send(Request::Close(tell)).await.is_ok() {
            let _ = told.await;
        }
    }
}

async fn write(mut db: SqliteConnection, options: SqliteConnectOptions, mut inbox: mpsc::Receiver<Request>) {
    let mut requests = Vec::with_capacity(SHARED_MAX);
    let mut batch = Vec::with_capacity(SHARED_MAX);
    let mut closing = Vec::new();
    while closing.is_empty() && inbox.recv_many(&mut requests, SHARED_MAX).await > 0 {
        for request in requests.drain(..) {
            match request {
                Request::Run(run) => batch.push(run),
                Request::Close(tell) => closing.push(tell),
            }
        }
        if batch.is_empty() {
            continue;
        }
        let mut answers = Vec::with_capacity(batch.len());
        let committed = commit(&mut db, &mut batch, &mut answers).await;
        for answer in answers {
            answer(committed.clone());
        }
        if let Err(e) = committed {
            for run in batch.drain(..) {
                let _ = run(Err(e.clone())).await;
            }
            // A full disk makes SQLite end the transaction by itself, and the connection no longer
            // knows where it stands. A fresh one does.
            if let Ok(fresh) = options.connect().await {
                db = fresh;
            }
        }
    }
    // Leaves a small file behind and a WAL that need not be replayed.
    let _ = sqlx::raw_sql("PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE);").execute(&mut db).await;
    let _ = db.close().await;
    for tell in closing {
        let _ = tell.send(());
    }
}

/// Runs requests from the front of `batch` in one transaction. What it did not get to stays.
async fn commit(
    db: &mut SqliteConnection,
    batch: &mut Vec<Run>,
    answers: &mut Vec<Answer>,
) -> Result<(), StorageError> {
    let mut tx = db.begin_with("BEGIN IMMEDIATE").await.context("begin a write")?;
    if batch.len() == 1 {
        let Some(run) = batch.pop() else { return Ok(()) };
        return match run(Ok(&mut tx)).await {
            Ok(answer) => {
                answers.push(answer);
                tx.commit().await.context("commit")
            }
            Err(e) => match tx.rollback().await {
                Ok(()) => Ok(()),
                Err(_) => Err(e),
            },
        };
    }
    batch.reverse();
    while let Some(run) = batch.pop() {
        sqlx::query("SAVEPOINT request").execute(&mut *tx).await.context("begin a request")?;
        match run(Ok(&mut tx)).await {
            Ok(answer) => answers.push(answer),
            Err(e) => {
                let back = sqlx::query("ROLLBACK TO request").execute(&mut *tx).await;
                // Then the whole transaction is gone, and for this reason.
                back.map_err(|_| e)?;
            }
        }
        sqlx::query("RELEASE request").execute(&mut *tx).await.context("end a request")?;
    }
    tx.commit().await.context("commit")
}
