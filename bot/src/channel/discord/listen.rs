//! What the gateway says is taken in, one event after the other.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rapport_model::message::Cursor;
use rapport_storage::StorageError;
use rapport_storage::chats::NewUpdate;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::task::JoinSet;

use super::form;
use super::gateway::{Ended, Event, Gateway, Session};
use super::read::{self, Asked, Heard};
use super::reply::Typing;
use super::rest::Failure;
use super::{Chat as _, Discord, Me, locked};
use crate::app::App;
use crate::channel::chat::intake::Intake;
use crate::service::{Stop, backoff};

/// The lease is renewed so often, or asked for where another process has it.
const LEASE_EVERY: Duration = Duration::from_secs(10);
/// Where somebody has to do something first, it is looked again so often.
const SETTLED_EVERY: Duration = Duration::from_secs(600);
/// A session that could not be resumed so often is given up.
const RESUMED_WITHIN: u32 = 4;
/// Messages in one answer, and answers that are asked for of one person.
const MESSAGES_MAX: usize = 100;
const ANSWERS_MAX: usize = 20;
/// More pauses are not made while messages are asked for.
const PAUSES_MAX: usize = 20;

/// So many private channels have a mark of their own.
const DIRECT_MAX: usize = 64;

const LEASE: &str = "discord";
const ACCOUNT: &str = "discord";
const MARK: &str = "gateway";

/// How far Discord was read; kept with what was taken in.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Mark {
    /// The session, where it is resumed, and the last event of it.
    #[serde(default)]
    session: Option<(String, String, u64)>,
    /// The greatest number of all that was taken in.
    #[serde(default)]
    newest: u64,
    /// The last messages of the private channels that were written in last. (Numbers of several channels
    /// may come in another order than theirs.)
    #[serde(default)]
    direct: BTreeMap<u64, u64>,
}

impl Mark {
    async fn load(app: &App) -> Result<Self, StorageError> {
        let token = app.store().cursor(ACCOUNT, MARK).await?;
        Ok(token.and_then(|token| serde_json::from_str(&token).ok()).unwrap_or_default())
    }

    fn cursor(&self) -> Cursor {
        let token = serde_json::to_string(self).expect("numbers and words are JSON");
        Cursor { account: ACCOUNT.into(), scope: MARK.into(), token }
    }

    fn session(&self) -> Option<Session> {
        let (id, url, seq) = self.session.clone()?;
        Some(Session { id, url, seq })
    }

    /// Returns the message after which those of a private channel were missed.
    fn last(&self, channel: u64) -> u64 {
        self.direct.get(&channel).copied().unwrap_or(self.newest)
    }

    fn note(&mut self, heard: &Heard) {
        self.newest = self.newest.max(heard.id);
        if let Some(channel) = heard.direct {
            let last = self.direct.entry(channel).or_default();
            *last = heard.id.max(*last);
            if self.direct.len() > DIRECT_MAX
                && let Some(oldest) = self.direct.iter().min_by_key(|(_, last)| **last).map(|(of, _)| *of)
            {
                self.direct.remove(&oldest);
            }
        }
    }
}

/// Listens until `stop` asks for an end; the workers go on in `tasks` until they have done what they were
/// given.
pub(super) async fn serve(app: &Arc<App>, discord: &Arc<Discord>, stop: &Stop, tasks: &mut JoinSet<()>) {
    let mut troubles = Troubles::default();
    let mut intake = None;
    while !stop.is_stopped() {
        let ready = tokio::select! {
            ready = make_ready(app, discord, stop, tasks, &mut intake) => ready,
            () = stop.stopped() => break,
        };
        let heard = match (ready, &intake) {
            (Ok(Some((me, mut mark))), Some(intake)) => {
                if troubles.n >= RESUMED_WITHIN {
                    mark.session = None;
                }
                Listener { app, discord, intake, me, mark }.listen(stop, &mut troubles).await
            }
            (Ok(_), _) => Ok(Until::Elsewhere),
            (Err(e), _) => Err(e),
        };
        let wait = match heard {
            Ok(Until::Stopped) => break,
            Ok(Until::Elsewhere) => LEASE_EVERY,
            Err(ended) => troubles.note(&ended),
        };
        tokio::select! { () = tokio::time::sleep(wait) => {}, () = stop.stopped() => {} }
    }
    let _ = app.store().release(LEASE).await;
}

/// Does what was written in private since the last time.
pub(super) async fn catch_up(app: &Arc<App>, discord: &Arc<Discord>, intake: &Intake) -> anyhow::Result<()> {
    let (me, mark) = (discord.me().await?, Mark::load(app).await?);
    let mut listener = Listener { app, discord, intake, me, mark };
    let missed = missed(app, discord, &listener.me, &listener.mark).await?;
    Ok(listener.take_in(missed).await?)
}

/// Prepares what listening needs. Returns nothing while another process listens.
async fn make_ready(
    app: &Arc<App>,
    discord: &Arc<Discord>,
    stop: &Stop,
    tasks: &mut JoinSet<()>,
    intake: &mut Option<Intake>,
) -> Result<Option<(Me, Mark)>, Ended> {
    if app.store().lease(LEASE).await?.is_none() {
        return Ok(None);
    }
    let me = discord.me().await?;
    if intake.is_none() {
        if let Err(e) = discord.name_commands(app).await {
            tracing::warn!(channel = "discord", error = %e, "cannot name the commands");
        }
        *intake = Some(Intake::start(app, discord, stop, tasks).await?);
    }
    Ok(Some((me, Mark::load(app).await?)))
}

/// How listening ended in good order.
enum Until {
    Stopped,
    /// Another process listens.
    Elsewhere,
}

/// What went wrong in a row.
#[derive(Default)]
struct Troubles {
    n: u32,
    said: String,
}

impl Troubles {
    /// Says what is new, and returns how long to wait.
    fn note(&mut self, ended: &Ended) -> Duration {
        self.n += 1;
        let why = ended.to_string();
        // Discord itself ends a connection now and then.
        let is_usual = self.n == 1 && matches!(ended, Ended::Broken(_) | Ended::Over(_));
        if !is_usual && why != self.said {
            tracing::error!(channel = "discord", error = why, "cannot listen; trying again");
            self.said = why;
        }
        match ended {
            Ended::Call(Failure::TooMany(seconds)) => Duration::from_secs((*seconds).into()),
            Ended::Call(Failure::Unknown) | Ended::Wrong(_) => SETTLED_EVERY,
            _ => backoff(self.n, u64::from(self.n)),
        }
    }

    fn are_over(&mut self) {
        if !self.said.is_empty() {
            tracing::warn!(channel = "discord", "works again");
        }
        *self = Self::default();
    }
}

struct Listener<'a> {
    app: &'a Arc<App>,
    discord: &'a Arc<Discord>,
    intake: &'a Intake,
    me: Me,
    mark: Mark,
}

impl Listener<'_> {
    async fn listen(&mut self, stop: &Stop, troubles: &mut Troubles) -> Result<Until, Ended> {
        let session = self.mark.session();
        let opened = tokio::select! {
            opened = self.open(session.as_ref()) => opened,
            () = stop.stopped() => return Ok(Until::Stopped),
        };
        let heard = match opened {
            Ok(mut gateway) => {
                let heard = self.hear(&mut gateway, stop, troubles).await;
                if heard.is_ok() {
                    gateway.close().await;
                }
                heard
            }
            Err(ended) => Err(ended),
        };
        if matches!(heard, Err(Ended::Over(_))) {
            self.mark.session = None;
        }
        // What could not be taken in must come again.
        if !matches!(heard, Err(Ended::Store(_))) {
            self.app.store().set_cursor(self.mark.cursor()).await?;
        }
        heard
    }

    async fn open(&self, session: Option<&Session>) -> Result<Gateway, Ended> {
        let url = match session {
            Some(session) => session.url.clone(),
            None => {
                let told = self.discord.rest.get("/gateway/bot").await?;
                told["url"].as_str().unwrap_or_default().to_owned()
            }
        };
        Gateway::open(&url, self.discord.ca_file.as_deref(), self.discord.rest.token(), session).await
    }

    async fn hear(
        &mut self,
        gateway: &mut Gateway,
        stop: &Stop,
        troubles: &mut Troubles,
    ) -> Result<Until, Ended> {
        let mut renew = tokio::time::interval(LEASE_EVERY);
        loop {
            let (seq, event) = tokio::select! {
                heard = gateway.next() => heard?,
                _ = renew.tick() => match self.app.store().lease(LEASE).await? {
                    Some(_) => continue,
                    None => return Ok(Until::Elsewhere),
                },
                () = stop.stopped() => return Ok(Until::Stopped),
            };
            let (app, discord) = (self.app, self.discord);
            let mut began = None;
            let heard = match event {
                Event::Began(session) => {
                    let missed = missed(app, discord, &self.me, &self.mark);
                    let missed = tokio::select! {
                        missed = gateway.beating(missed) => missed??,
                        () = stop.stopped() => return Ok(Until::Stopped),
                    };
                    troubles.are_over();
                    began = Some(session);
                    missed
                }
                Event::Resumed => {
                    troubles.are_over();
                    Vec::new()
                }
                Event::Message(event) => message(event, &self.me).into_iter().collect(),
                Event::Interaction(event) => self.interaction(event).into_iter().collect(),
                Event::Other => Vec::new(),
            };
            let is_new = began.is_some();
            if let Some(Session { id, url, .. }) = began {
                self.mark.session = Some((id, url, seq));
            }
            if let Some(session) = &mut self.mark.session {
                session.2 = seq;
            }
            if is_new || !heard.is_empty() {
                gateway.beating(self.take_in(heard)).await??;
            }
        }
    }

    fn interaction(&self, event: Value) -> Option<Heard> {
        match read::interaction(event) {
            Ok(Asked::Done(heard)) => Some(*heard),
            Ok(Asked::Offer { id, token, account, typed }) => {
                self.discord.offer_names(self.app, Typing { id, token, account, typed });
                None
            }
            Ok(Asked::Nothing) => None,
            Err(e) => {
                tracing::warn!(channel = "discord", error = %e, "a command is none that this program knows");
                None
            }
        }
    }

    /// Stores what was heard together with how far that is, and only then says so and hands it over.
    async fn take_in(&mut self, heard: Vec<Heard>) -> Result<(), StorageError> {
        let until = form::deadline();
        heard.iter().for_each(|heard| self.mark.note(heard));
        for heard in &heard {
            if let Some(channel) = heard.direct {
                locked(&self.discord.direct).insert(heard.said.account, channel);
            }
        }
        let updates = heard.iter().map(taken_in).collect();
        let new = self.app.store().receive(Discord::KIND, updates, Some(self.mark.cursor())).await?;
        let mut promised = Vec::with_capacity(new.len());
        for update in new {
            match self.discord.form(self.app, &update, until).await {
                Some(form) => self.discord.open(self.app, self.intake, update, form),
                None => {
                    self.discord.promise(&update);
                    promised.push(update);
                }
            }
        }
        self.intake.hand_over(promised).await;
        Ok(())
    }
}

fn taken_in(heard: &Heard) -> NewUpdate {
    NewUpdate {
        key: heard.id.to_string(),
        chat: heard.said.chat,
        payload: serde_json::to_vec(&heard.said).expect("what was said is JSON"),
    }
}

fn message(event: Value, me: &Me) -> Option<Heard> {
    read::message(event, me).unwrap_or_else(|e| {
        tracing::warn!(channel = "discord", error = %e, "a message is none that this program knows");
        None
    })
}

/// Asks for what colleagues wrote in private since the mark, oldest first: what was said before a session
/// began is not repeated.
async fn missed(app: &App, discord: &Discord, me: &Me, mark: &Mark) -> Result<Vec<Heard>, Ended> {
    let (mut all, mut n_pauses) = (Vec::new(), 0);
    for account in app.store().accounts(Discord::KIND).await?.into_values() {
        let channel = loop {
            match discord.direct(account).await {
                Ok(channel) => break Some(channel),
                Err(e @ Failure::Refused { .. }) => {
                    tracing::warn!(channel = "discord", error = %e, "a colleague's private chat cannot be read");
                    break None;
                }
                Err(e) => pause(e, &mut n_pauses).await?,
            }
        };
        let Some(channel) = channel else { continue };
        let mut last = mark.last(channel);
        for _ in 0..ANSWERS_MAX {
            // Who never said anything has missed nothing.
            if last == 0 {
                break;
            }
            let path = format!("/channels/{channel}/messages?after={last}&limit={MESSAGES_MAX}");
            let page = loop {
                match discord.rest.get(&path).await {
                    Ok(page) => break page,
                    Err(e) => pause(e, &mut n_pauses).await?,
                }
            };
            let page = page.as_array().cloned().unwrap_or_default();
            let ids = page.iter().filter_map(|message| message["id"].as_str()?.parse().ok());
            last = ids.max().unwrap_or(0).max(last);
            let n = page.len();
            all.extend(page.into_iter().filter_map(|event| message(event, me)));
            if n < MESSAGES_MAX {
                break;
            }
        }
    }
    all.sort_by_key(|heard: &Heard| heard.id);
    Ok(all)
}

/// Makes the pause that Discord asks for, if that is what went wrong, and not too often.
async fn pause(e: Failure, n_pauses: &mut usize) -> Result<(), Failure> {
    let Failure::TooMany(seconds) = e else { return Err(e) };
    *n_pauses += 1;
    if *n_pauses > PAUSES_MAX {
        return Err(e);
    }
    tokio::time::sleep(Duration::from_secs(seconds.into())).await;
    Ok(())
}
