//! What came in is done: of each chat in its order, of several side by side.

use std::sync::Arc;
use std::time::Duration;

use rapport_storage::StorageError;
use rapport_storage::chats::Update;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::Chat;
use super::answer::{answer, give_up};
use super::files::received;
use crate::app::App;
use crate::service::{Stop, backoff};

/// Chats that are worked for side by side.
const WORKERS: usize = 16;
/// Updates that wait for a worker, in memory; the others wait in the chat program.
const WAITING_MAX: usize = 64;
/// How often an update is tried.
const TRIES_MAX: u32 = 5;

/// Hands updates to the workers of their chats, which end when nobody can hand them any more.
#[derive(Clone)]
pub struct Intake {
    lanes: Vec<mpsc::Sender<Update>>,
}

impl Intake {
    /// Starts the workers, and hands them what was left the last time.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn start<C: Chat>(
        app: &Arc<App>,
        chat: &Arc<C>,
        stop: &Stop,
        workers: &mut JoinSet<()>,
    ) -> Result<Self, StorageError> {
        app.store().forget_old().await?;
        let left = app.store().unanswered(C::KIND).await?;
        let mut lanes = Vec::with_capacity(WORKERS);
        for _ in 0..WORKERS {
            let (lane, waiting) = mpsc::channel(WAITING_MAX);
            lanes.push(lane);
            workers.spawn(work(app.clone(), chat.clone(), stop.clone(), waiting));
        }
        let intake = Self { lanes };
        intake.hand_over(left).await;
        Ok(intake)
    }

    /// Hands over updates that the store has. Waits while their workers are busy.
    pub async fn hand_over(&self, updates: Vec<Update>) {
        for update in updates {
            let lane = update.chat.rem_euclid(WORKERS as i64) as usize;
            // A worker is gone only when all end; the store has what it did not do.
            let _ = self.lanes[lane].send(update).await;
        }
    }
}

async fn work<C: Chat>(app: Arc<App>, chat: Arc<C>, stop: Stop, mut waiting: mpsc::Receiver<Update>) {
    while let Some(update) = waiting.recv().await {
        let mut n = 0;
        while !stop.is_stopped() {
            // A task of its own: one that panics takes nothing with it.
            let tried = tokio::spawn(one(app.clone(), chat.clone(), update.clone())).await;
            let why = match tried {
                Ok(Ok(())) => break,
                Ok(Err(e)) => format!("{e:#}"),
                Err(e) => e.to_string(),
            };
            n += 1;
            if n < TRIES_MAX {
                tracing::error!(channel = %C::KIND, update.id = %update.id, error = why, "not answered; trying again");
                let wait = backoff(n, u64::from(n)).min(Duration::from_secs(8));
                tokio::select! { () = tokio::time::sleep(wait) => {}, () = stop.stopped() => {} }
                continue;
            }
            tracing::error!(channel = %C::KIND, update.id = %update.id, error = why, "given up");
            if let Err(e) = give_up(&app, C::KIND, &update, chat.read(&update.payload)).await {
                tracing::error!(channel = %C::KIND, update.id = %update.id, error = %e, "not even that could be said");
            }
            break;
        }
    }
}

async fn one<C: Chat>(app: Arc<App>, chat: Arc<C>, update: Update) -> anyhow::Result<()> {
    let word = match chat.read(&update.payload) {
        Some(said) => {
            let received = received(&app, &*chat, &said).await?;
            answer(&app, C::KIND, &update, said, received).await?
        }
        None => {
            app.store().answer(C::KIND, &update, Default::default()).await?;
            None
        }
    };
    chat.acknowledge(&update.payload, word.as_deref()).await;
    Ok(())
}
