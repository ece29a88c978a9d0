//! What waits in the outbox leaves, as fast as the chat allows and in the order that matters.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use rapport_model::job::{Outbound, Receipt, Recipient};
use rapport_model::message::ChannelKind;
use rapport_model::time::SECOND;
use rapport_model::{Id, Timestamp};
use tokio::task::{JoinError, JoinSet};
use tokio::time::Instant;

use super::pace::Pace;
use super::page::Page;
use super::{Chat, Place, Spot, Unshown};
use super::{files, notices};
use crate::app::App;
use crate::service::{POLL, Stop, backoff};

/// Messages that are looked at at once.
const LOOKED_AT: u32 = 200;
/// Messages that are on their way at once.
const FLYING_MAX: usize = 16;

/// Sends until `stop` asks for an end; then what is on its way is waited for.
pub async fn serve<C: Chat>(app: Arc<App>, chat: Arc<C>, stop: Stop) {
    let mut sender = Sender::of(&app, &*chat);
    // Each is a task of its own: one that waited here for the store while this loop does, too, would
    // keep it from both.
    let mut flying = JoinSet::new();
    let mut n_failed = 0;
    while !stop.is_stopped() {
        let committed = app.store().wait_for_commit();
        let (picked, next) = match sender.pick(FLYING_MAX - flying.len()).await {
            Ok(picked) => {
                n_failed = 0;
                picked
            }
            Err(e) => {
                n_failed += 1;
                tracing::error!(channel = %C::KIND, error = %format!("{e:#}"), "cannot look what waits; trying again");
                (Vec::new(), Some(backoff(n_failed, 0)))
            }
        };
        for (to, message) in picked {
            flying.spawn(fly(app.clone(), chat.clone(), to, message));
        }
        let wait = next.unwrap_or(POLL).min(POLL);
        tokio::select! {
            Some(landed) = flying.join_next() => sender.landed(landed),
            _ = tokio::time::timeout(wait, committed) => {}
            () = stop.stopped() => {}
        }
    }
    while flying.join_next().await.is_some() {}
}

/// Sends what waits and may leave, once. Returns how many messages were dealt with.
///
/// # Errors
/// The store failed.
pub async fn send_once<C: Chat>(app: &Arc<App>, chat: &Arc<C>) -> anyhow::Result<usize> {
    let mut sender = Sender::of(app, &**chat);
    let (picked, _) = sender.pick(FLYING_MAX).await?;
    let n = picked.len();
    let flying = picked.into_iter().map(|(to, message)| fly(app.clone(), chat.clone(), to, message));
    futures_util::future::join_all(flying).await;
    Ok(n)
}

struct Sender<'a, C> {
    app: &'a App,
    chat: &'a C,
    pace: Pace,
    /// Chats to which something is on its way: what follows waits for it.
    busy: HashSet<i64>,
    began: Instant,
}

/// What became of a message on its way.
struct Landed {
    to: i64,
    /// For how many seconds the chat wants to be left alone.
    too_many: Option<u32>,
}

impl<'a, C: Chat> Sender<'a, C> {
    fn of(app: &'a App, chat: &'a C) -> Self {
        Self { app, chat, pace: Pace::new(C::LIMITS), busy: HashSet::new(), began: Instant::now() }
    }

    /// Returns the present for the pace: whatever the service takes for the time, the chat counts by
    /// a clock that goes.
    fn now(&self) -> Timestamp {
        let gone = self.began.elapsed().as_micros();
        Timestamp::from_secs(0).plus(i64::try_from(gone).unwrap_or(i64::MAX / 2))
    }

    /// Claims what may leave now, and says after how long something else may.
    async fn pick(&mut self, most: usize) -> anyhow::Result<(Vec<(i64, Outbound)>, Option<Duration>)> {
        if most == 0 {
            return Ok((Vec::new(), None));
        }
        let store = self.app.store();
        let waiting = store.waiting_to_leave(C::KIND, LOOKED_AT).await?;
        if waiting.is_empty() {
            return Ok((Vec::new(), None));
        }
        let accounts = store.accounts(C::KIND).await?;
        let now = self.now();
        let mut next: Option<Timestamp> = None;
        let mut picked: HashMap<Id, i64> = HashMap::new();
        let mut order = Vec::new();
        let mut passed_over = HashSet::new();
        for message in waiting {
            let to = match message.to {
                Recipient::Chat(chat) => Some(chat),
                Recipient::User(user) => accounts.get(&user).copied(),
                Recipient::Customer(_) => None,
            };
            let Some(to) = to else {
                store.claim_outgoing(&[message.id]).await?;
                store.give_up(message.id, "the colleague has no account in this chat any more").await?;
                continue;
            };
            if order.len() >= most || self.busy.contains(&to) || passed_over.contains(&to) {
                continue;
            }
            match self.pace.take(to, self.chat.is_group(to), now) {
                Ok(()) => {
                    self.busy.insert(to);
                    picked.insert(message.id, to);
                    order.push(message.id);
                }
                Err(at) => {
                    passed_over.insert(to);
                    next = Some(next.map_or(at, |next| next.min(at)));
                }
            }
        }
        let claimed = store.claim_outgoing(&order).await;
        let claimed = match claimed {
            Ok(claimed) => claimed,
            Err(e) => {
                self.busy.retain(|to| !picked.values().any(|picked| picked == to));
                return Err(e.into());
            }
        };
        for id in order.iter().filter(|id| !claimed.iter().any(|message| message.id == **id)) {
            self.busy.remove(&picked[id]);
        }
        let wait = next.map(|at| Duration::from_micros(at.since(now).max(0).unsigned_abs()));
        let picked = claimed.into_iter().map(|message| (picked[&message.id], message)).collect();
        Ok((picked, wait))
    }

    fn landed(&mut self, landed: Result<Landed, JoinError>) {
        let landed = match landed {
            Ok(landed) => landed,
            Err(e) => {
                // Whose it was is not known: nobody waits for what is gone.
                tracing::error!(channel = %C::KIND, error = %e, "sending died");
                self.busy.clear();
                return;
            }
        };
        self.busy.remove(&landed.to);
        if let Some(seconds) = landed.too_many {
            self.pace.quiet(landed.to, seconds, self.now());
        }
    }
}

async fn fly<C: Chat>(app: Arc<App>, chat: Arc<C>, to: i64, message: Outbound) -> Landed {
    let mut too_many = None;
    if let Err(e) = deliver(&app, &*chat, to, &message, &mut too_many).await {
        // It counts as being sent, until its lease is over; then its fate is unknown.
        tracing::error!(channel = %C::KIND, outbound.id = %message.id, error = %format!("{e:#}"), "cannot note what became of it");
    }
    Landed { to, too_many }
}

async fn deliver<C: Chat>(
    app: &App,
    chat: &C,
    to: i64,
    message: &Outbound,
    too_many: &mut Option<u32>,
) -> anyhow::Result<()> {
    let store = app.store();
    if !store.may_send(message.id).await? {
        return Ok(());
    }
    if let Some(reason) = app.outdated(message).await? {
        store.hold_back(message.id, &reason).await?;
        return Ok(());
    }
    if message.text == Outbound::FILE {
        let file = match files::to_bring(app, message).await {
            Ok(Some(file)) => file,
            Ok(None) => {
                store.drop_outgoing(message.id).await?;
                return Ok(());
            }
            Err(e) => {
                tracing::error!(channel = %C::KIND, outbound.id = %message.id, error = %e, "a file cannot be read");
                store.give_up(message.id, &e.to_string()).await?;
                return Ok(());
            }
        };
        let brought = chat.bring(to, file, message.id).await;
        return note(app, C::KIND, message, brought, too_many).await;
    }
    let (page, spot) = match &message.text[..] {
        Outbound::MAIL_CARD | Outbound::MAIL_CARD_AGAIN => {
            match notices::mail(app, C::KIND, message).await? {
                Some(shown) => shown,
                None => {
                    // What it was about is gone, or was never shown here.
                    store.drop_outgoing(message.id).await?;
                    return Ok(());
                }
            }
        }
        Outbound::ANSWER => {
            (Page::read(&message.body).unwrap_or_default(), message.edits.map_or(Spot::End, Spot::Over))
        }
        _ => (notices::notice(app, message).await?, Spot::End),
    };
    let shown = chat.show(to, &page, spot, message.id).await;
    note(app, C::KIND, message, shown, too_many).await
}

/// Notes what became of a message.
async fn note(
    app: &App,
    channel: ChannelKind,
    message: &Outbound,
    shown: Result<Place, Unshown>,
    too_many: &mut Option<u32>,
) -> anyhow::Result<()> {
    let store = app.store();
    match shown {
        Ok(place) => store.sent(message.id, Receipt { reference: place.reference() }).await?,
        Err(Unshown::TooMany(seconds)) => {
            *too_many = Some(seconds);
            let at = store.clock().now().plus(i64::from(seconds) * SECOND);
            store.postpone(message.id, at, "the chat wants fewer messages").await?;
        }
        Err(Unshown::Later(seconds, reason)) => {
            let at = store.clock().now().plus(i64::from(seconds) * SECOND);
            store.postpone(message.id, at, &reason).await?;
        }
        Err(Unshown::Unknown(reason)) => {
            tracing::warn!(%channel, outbound.id = %message.id, reason, "nobody knows whether it left");
            store.lost_sight(message.id, &reason).await?;
        }
        Err(Unshown::Never(reason)) => {
            tracing::warn!(%channel, outbound.id = %message.id, reason, "not sent");
            store.give_up(message.id, &reason).await?;
        }
    }
    Ok(())
}
