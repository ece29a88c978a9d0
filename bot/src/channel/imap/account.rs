//! A mailbox's reader: looks, waits to be called, looks again; whatever happens in between is
//! tried again ever more slowly, and never given up.

use std::sync::atomic::Ordering;
use std::time::Duration;

use chrono::NaiveDate;
use rapport_model::Timestamp;
use rapport_model::message::Cursor;
use rapport_model::time::{DAY, HOUR, MINUTE, SECOND};
use rapport_storage::lease::LEASE;
use rapport_storage::{StorageError, Store};
use serde::{Deserialize, Serialize};

use super::Account;
use super::connect::{Session, WORDS_BYTES_MAX, connect, within};
use super::error::ImapError;
use crate::Config;
use crate::config::mail::MailConfig;
use crate::service::backoff;

/// How long a server is waited for to call; then it is asked again, as connections die unseen.
const CALL_MAX: Duration = Duration::from_secs(5 * 60);
/// So many refused logins in a row, and it is tried but once an hour: servers lock those out who
/// try on.
const LOGINS_MAX: u32 = 5;
/// A mailbox that cannot be read for so long is told, whatever keeps it.
const TOLD_AFTER: i64 = HOUR;
/// How often what stands is written down for others to see.
const SAY_EVERY: i64 = MINUTE;
/// The scope under which the state of an account stands among its cursors.
const STATE: &str = "state";
const SINCE: &str = "since";

/// How a mailbox's reader fares, as others see it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// When the mailbox was last read to its end, in microseconds.
    pub read_us: Option<i64>,
    /// What keeps it from being read.
    pub trouble: Option<String>,
    /// Since when, in microseconds.
    pub trouble_us: Option<i64>,
    /// How often in a row the server refused the login.
    pub logins_refused: u32,
}

impl State {
    /// Returns the seconds since the mailbox was last read to its end; `None` where it never was.
    pub fn lag(&self, now: Timestamp) -> Option<f64> {
        Some(now.since(Timestamp::from_micros(self.read_us?)).max(0) as f64 / SECOND as f64)
    }
}

impl Account {
    /// Reads the mailbox until the service ends.
    pub(super) async fn serve(self) {
        let mut reader = Reader::of(self.last_state().await);
        while !self.stop.is_stopped() {
            let ended = self.session(&mut reader).await;
            let Err(trouble) = ended else { continue };
            if matches!(trouble, ImapError::Ending) {
                break;
            }
            let wait = self.note_trouble(&mut reader, &trouble).await;
            tokio::select! { () = tokio::time::sleep(wait) => {}, () = self.stop.stopped() => {} }
        }
        // Another process need not wait for the lease to end.
        let _ = self.app.store().release(&self.lease()).await;
    }

    /// Connects, and reads until something fails or the service ends.
    async fn session(&self, reader: &mut Reader) -> Result<(), ImapError> {
        self.keep_lease().await?;
        let mut session = self.connect().await?;
        reader.state.logins_refused = 0;
        while !self.stop.is_stopped() {
            self.keep_lease().await?;
            let now = self.app.store().clock().now();
            let check = reader.checked.is_none_or(|at| now.since(at) >= DAY);
            let n = self.look(&mut session, check).await?;
            if check {
                reader.checked = Some(now);
            }
            self.note_read(reader, now).await?;
            if n == 0 && !self.stop.is_stopped() {
                session = self.wait(session).await?;
            }
        }
        // A server that does not say goodbye is left anyway.
        let _ = within(session.patience, "say goodbye", session.imap.logout()).await;
        Ok(())
    }

    pub(super) async fn connect(&self) -> Result<Session, ImapError> {
        let now = self.app.store().clock().now();
        connect(&self.imap, self.config.ca_file.as_deref(), &self.app.channels.grants, now).await
    }

    /// Takes in what came into each folder; where `check` asks for it, holds all its numbers against
    /// the server's. Returns how many mails there were.
    async fn look(&self, session: &mut Session, check: bool) -> Result<usize, ImapError> {
        let mut n = 0;
        // Backwards: the first is left open, and calls.
        for folder in self.config.all_folders().iter().rev() {
            n += self.read(session, folder).await?;
            if check {
                n += self.reconcile(session, folder).await?;
            }
        }
        Ok(n)
    }

    /// Waits until the server calls, for as long as other folders can wait.
    async fn wait(&self, session: Session) -> Result<Session, ImapError> {
        let poll = Duration::from_secs(self.config.poll_seconds.max(1).into());
        let Session { mut imap, allowance, patience, calls } = session;
        if !calls {
            tokio::select! { () = tokio::time::sleep(poll) => {}, () = self.stop.stopped() => {} }
            return Ok(Session { imap, allowance, patience, calls });
        }
        let most = if self.config.all_folders().len() > 1 { CALL_MAX.min(poll) } else { CALL_MAX };
        allowance.set(WORDS_BYTES_MAX);
        let mut idle = imap.idle();
        within(patience, "call when something comes", idle.init()).await?;
        {
            let (called, _interrupt) = idle.wait_with_timeout(most);
            tokio::select! {
                called = called => { called.map_err(|e| ImapError::of("call when something comes", e))?; }
                () = self.renewed(most) => {}
                () = self.stop.stopped() => {}
            }
        }
        imap = within(patience, "stop calling", idle.done()).await?;
        Ok(Session { imap, allowance, patience, calls })
    }

    /// Keeps the lease while nothing else happens; ends after `most`, or when the lease is lost.
    async fn renewed(&self, most: Duration) {
        let renew = Duration::from_micros(LEASE.unsigned_abs() / 3);
        let mut left = most;
        while left > renew && self.keep_lease().await.is_ok() {
            tokio::time::sleep(renew).await;
            left -= renew;
        }
        if left <= renew {
            tokio::time::sleep(left).await;
        }
    }

    /// Takes or renews the right to read this mailbox, which one process has. Asks the store no more
    /// often than is needed.
    pub(super) async fn keep_lease(&self) -> Result<(), ImapError> {
        let now = self.app.store().clock().now().micros();
        let leased = self.leased_us.load(Ordering::Relaxed);
        if (leased..leased.saturating_add(LEASE / 3)).contains(&now) {
            return Ok(());
        }
        match self.app.store().lease(&self.lease()).await? {
            Some(_) => {
                self.leased_us.store(now, Ordering::Relaxed);
                Ok(())
            }
            None => Err(ImapError::Elsewhere),
        }
    }

    fn lease(&self) -> String {
        format!("imap/{}", self.name)
    }

    /// Returns the day from which mails are wanted; it is fixed when the mailbox is first read.
    pub(super) async fn since(&self) -> Result<Option<NaiveDate>, ImapError> {
        let store = self.app.store();
        if let Some(since) = since(store, &self.name, &self.config).await? {
            return Ok(since);
        }
        let today = store.clock().now().local(self.app.workflows.settings().zone).date_naive();
        let cursor = Cursor { account: self.name.clone(), scope: SINCE.into(), token: today.to_string() };
        store.set_cursor(cursor).await?;
        Ok(Some(today))
    }

    /// Reads the mailbox to its end and holds all numbers against the server's.
    pub(super) async fn read_once(&self) -> Result<(), ImapError> {
        let mut reader = Reader::of(self.last_state().await);
        let read = self.read_through().await;
        match &read {
            Ok(()) => self.note_read(&mut reader, self.app.store().clock().now()).await?,
            Err(ImapError::Ending) => return Ok(()),
            Err(trouble) => {
                self.note_trouble(&mut reader, trouble).await;
            }
        }
        read
    }

    async fn read_through(&self) -> Result<(), ImapError> {
        self.keep_lease().await?;
        let mut session = self.connect().await?;
        self.look(&mut session, true).await?;
        let _ = within(session.patience, "say goodbye", session.imap.logout()).await;
        Ok(())
    }

    async fn last_state(&self) -> State {
        state(self.app.store(), &self.name).await.unwrap_or_default()
    }

    async fn note_read(&self, reader: &mut Reader, now: Timestamp) -> Result<(), ImapError> {
        reader.n_failed = 0;
        if reader.state.trouble.take().is_some() {
            tracing::warn!(channel = "email", account = %self.name, "the mailbox is read again");
            reader.said = None;
        }
        reader.state = State { read_us: Some(now.micros()), ..State::default() };
        self.say(reader, now).await?;
        Ok(())
    }

    /// Notes what keeps the mailbox from being read, says it once, and returns how long to wait.
    async fn note_trouble(&self, reader: &mut Reader, trouble: &ImapError) -> Duration {
        let now = self.app.store().clock().now();
        reader.n_failed += 1;
        let refused = matches!(trouble, ImapError::Login(_) | ImapError::Consent(_));
        reader.state.logins_refused = if refused { reader.state.logins_refused + 1 } else { 0 };
        if matches!(trouble, ImapError::Elsewhere) {
            return Duration::from_micros(LEASE.unsigned_abs());
        }
        let why = trouble.to_string();
        if reader.state.trouble.as_ref() != Some(&why) {
            tracing::error!(channel = "email", account = %self.name, error = why, "the mailbox cannot be read; trying again");
            reader.state.trouble_us = reader.state.trouble_us.or(Some(now.micros()));
            reader.state.trouble = Some(why);
            reader.said = None;
        }
        // If this cannot be written down either, the service says so elsewhere.
        let _ = self.say(reader, now).await;
        let locked_out = reader.state.logins_refused >= LOGINS_MAX;
        let since = reader.state.trouble_us.map_or(now, Timestamp::from_micros);
        if (locked_out || now.since(since) >= TOLD_AFTER)
            && let Err(e) = self.app.tell_unread(&self.name, &trouble.to_string()).await
        {
            tracing::warn!(account = %self.name, error = %e, "nobody could be told");
        }
        if locked_out {
            return Duration::from_micros(HOUR.unsigned_abs());
        }
        backoff(reader.n_failed, std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), 0))
    }

    async fn say(&self, reader: &mut Reader, now: Timestamp) -> Result<(), ImapError> {
        if reader.said.is_some_and(|at| now.since(at) < SAY_EVERY) {
            return Ok(());
        }
        let token = serde_json::to_string(&reader.state).unwrap_or_default();
        self.app
            .store()
            .set_cursor(Cursor { account: self.name.clone(), scope: STATE.into(), token })
            .await?;
        reader.said = Some(now);
        Ok(())
    }
}

/// What a reader keeps from session to session.
struct Reader {
    state: State,
    /// When that was last written down.
    said: Option<Timestamp>,
    n_failed: u32,
    /// When all numbers were last held against the server's.
    checked: Option<Timestamp>,
}

impl Reader {
    fn of(state: State) -> Self {
        Self { state, said: None, n_failed: 0, checked: None }
    }
}

/// Returns the day from which mails of a mailbox are wanted, as the configuration says it or as it
/// was fixed; `None` where it was neither. `None` within is from the beginning.
pub(super) async fn since(
    store: &Store,
    name: &str,
    config: &MailConfig,
) -> Result<Option<Option<NaiveDate>>, StorageError> {
    if let Ok(Some(since)) = config.since() {
        return Ok(Some(since));
    }
    let fixed = store.cursor(name, SINCE).await?.and_then(|token| token.parse().ok());
    Ok(fixed.map(Some))
}

async fn state(store: &Store, name: &str) -> Result<State, StorageError> {
    let token = store.cursor(name, STATE).await?;
    Ok(token.and_then(|token| serde_json::from_str(&token).ok()).unwrap_or_default())
}

/// Returns how the readers of all mailboxes of the configuration fare.
///
/// # Errors
/// The store cannot be read.
pub async fn mailboxes(store: &Store, config: &Config) -> Result<Vec<(String, State)>, StorageError> {
    let mut all = Vec::new();
    for (name, _) in config.mail.iter().filter(|(_, mail)| mail.imap.is_some()) {
        all.push((name.clone(), state(store, name).await?));
    }
    Ok(all)
}
