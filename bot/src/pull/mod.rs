//! Lists of other programs are fetched, page by page.
//!
//! ```text
//! due ─► GET page ─► records (as of every import) ─► where the next page is, kept ─► … ─► the mark, kept
//! ```
//! A process that dies goes on with the page that it was at: what a page brings twice is known the second time.
//! What fails is tried again ever later, and when the server says; the third time the managers are told. An
//! address that is not of the open net is not asked unless the configuration says so, and no redirect is
//! followed.

mod page;

use rapport_model::Timestamp;
use rapport_model::message::Cursor;
use rapport_model::time::{HOUR, MINUTE, SECOND};
use rapport_storage::imports::FETCHED;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::app::App;
use crate::config::pull::{PullConfig, is_header_value};
use crate::intake::{Came, Taken};
use crate::net::{Failure, Fetch, addresses, get};
use crate::webhook::guard;

/// A page has so many bytes at most.
const PAGE_BYTES_MAX: usize = 16 << 20;
/// How long is waited after each failure; after the last as long again.
const WAITS: [i64; 5] = [MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 6 * HOUR];
/// A longer pause than this is not kept, whoever asks for it.
const PAUSE_MAX: i64 = 24 * HOUR;
/// After so many failures in a row the managers are told.
const TELL_AFTER: u32 = 3;
/// What changed so shortly before the last run is asked for once more: clocks differ.
const OVERLAP: i64 = 5 * MINUTE;
/// Under which account where each list is at is kept.
const ACCOUNT: &str = "pull";

/// How far a list is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct State {
    /// When the last whole run began.
    mark: Option<Timestamp>,
    /// When the run began that is not whole yet.
    begun: Option<Timestamp>,
    /// What leads to its next page.
    page: Option<String>,
    /// How often it failed in a row.
    n_failed: u32,
    /// When it comes next.
    next: Option<Timestamp>,
}

/// What came of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pulled {
    /// How many pages were fetched.
    pub n_pages: usize,
    /// How many records were made, changed, so before, and refused.
    pub new: usize,
    /// As above.
    pub changed: usize,
    /// As above.
    pub unchanged: usize,
    /// As above.
    pub refused: usize,
    /// Why records were refused, with their page and place; the first of them.
    pub reasons: Vec<String>,
    /// Whether there is more, for the next run.
    pub more: bool,
}

/// Why a run ended early.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct PullFailed {
    /// How long the server wants to be left alone, in microseconds.
    pub pause: i64,
    /// What happened, without what the list holds.
    pub why: String,
}

/// Reasons that are shown.
const REASONS_MAX: usize = 20;

impl App {
    /// Fetches what is due. Returns how many lists were.
    ///
    /// # Errors
    /// The store failed.
    pub async fn pull_due(&self) -> anyhow::Result<usize> {
        let mut n = 0;
        for (name, pull) in &self.config.pull {
            let Some(schedule) = pull.schedule().map_err(anyhow::Error::msg)? else { continue };
            let now = self.store().clock().now();
            if self.pull_state(name).await?.next.is_some_and(|next| next > now) {
                continue;
            }
            let lease = format!("{ACCOUNT}/{name}");
            if self.store().lease(&lease).await?.is_none() {
                continue;
            }
            n += 1;
            let done = self.pull(name, pull, false).await;
            let mut state = self.pull_state(name).await?;
            match &done {
                Ok(pulled) if pulled.more => (state.n_failed, state.next) = (0, Some(now)),
                Ok(_) => {
                    (state.n_failed, state.next) = (0, schedule.next(now, self.workflows.settings().zone));
                }
                Err(failed) => {
                    state.n_failed = state.n_failed.saturating_add(1);
                    let at = usize::try_from(state.n_failed - 1).unwrap_or(0).min(WAITS.len() - 1);
                    state.next = Some(now.plus(WAITS[at].max(failed.pause)));
                    tracing::warn!(pull = name, why = failed.why, n = state.n_failed, "not fetched");
                    self.store()
                        .note_intake(
                            &format!("{FETCHED}{name}"),
                            None,
                            None,
                            json!({ "failed": failed.why }).to_string(),
                        )
                        .await?;
                }
            }
            self.set_pull_state(name, &state).await?;
            if let Err(failed) = done
                && state.n_failed == TELL_AFTER
            {
                self.tell_not_pulled(name, &failed.why).await?;
            }
            self.store().release(&lease).await?;
        }
        Ok(n)
    }

    /// Fetches a list now, from where the last run ended; `tries` writes nothing and keeps nothing.
    ///
    /// # Errors
    /// It cannot be fetched, or the store failed. What was fetched until then is kept, and the next run goes on
    /// behind it.
    pub async fn pull(&self, name: &str, pull: &PullConfig, tries: bool) -> Result<Pulled, PullFailed> {
        let wrong = |why: String| PullFailed { pause: 0, why };
        let stored = |e: &dyn std::fmt::Display| wrong(format!("the store failed: {e}"));
        let (pointers, paging) = (pull.pointers().map_err(wrong)?, pull.paging().map_err(wrong)?);
        let (first, part) = (pull.url().map_err(wrong)?, format!("{FETCHED}{name}"));
        let mut state = self.pull_state(name).await.map_err(|e| stored(&e))?;
        let begun = state.begun.unwrap_or_else(|| self.store().clock().now());
        let since = state.mark.map(|mark| mark.plus(-OVERLAP).to_string());
        let since = pull.since.as_deref().zip(since.as_deref());
        let (mut pulled, mut n_items) = (Pulled::default(), 0);
        loop {
            let url = page::address(&first, &paging, state.page.as_deref(), since).map_err(wrong)?;
            let json = self.fetch(pull, &url).await?;
            let items = pointers.items(&json).map_err(|e| wrong(format!("a page is none: {e}")))?;
            let next = page::after(&paging, state.page.as_deref(), &json, items.len()).map_err(wrong)?;
            let taken = self.take_records(&part, &pointers, &items, tries).await.map_err(|e| stored(&e))?;
            n_items += items.len();
            pulled.add(&taken);
            (state.page, state.begun) = (next, Some(begun));
            if state.page.is_none() {
                (state.mark, state.begun) = (Some(begun), None);
            }
            if !tries {
                if taken.count(Came::Unchanged) < taken.all.len() {
                    let noted = self.store().note_intake(&part, None, taken.batch, taken.json().to_string());
                    noted.await.map_err(|e| stored(&e))?;
                }
                self.set_pull_state(name, &state).await.map_err(|e| stored(&e))?;
            }
            pulled.more = state.page.is_some();
            if !pulled.more || n_items >= pull.at_most {
                return Ok(pulled);
            }
            // Another process may have taken over while this one slept.
            let lease = self.store().lease(&format!("{ACCOUNT}/{name}")).await.map_err(|e| stored(&e))?;
            if !tries && lease.is_none() {
                return Err(wrong("another process fetches it".into()));
            }
        }
    }

    async fn fetch(&self, pull: &PullConfig, url: &reqwest::Url) -> Result<Value, PullFailed> {
        let wrong = |why: String| PullFailed { pause: 0, why };
        let patience = pull.patience().map_err(wrong)?;
        let found = tokio::time::timeout(patience, addresses(url)).await;
        let at = found.map_err(|_| wrong("nobody says in time where it is".into()))?.map_err(wrong)?;
        if let Some(private) = at.iter().find(|at| !pull.allow_private && !guard::is_public(at.ip())) {
            let why = format!(
                "it is at {}, which is not of the open net; allow_private = true if that is meant so",
                private.ip()
            );
            return Err(wrong(why));
        }
        let mut head = Vec::new();
        if let Some(auth) = pull.auth().map_err(wrong)? {
            let value = auth.read().await.map_err(wrong)?;
            if !is_header_value(&value) {
                return Err(wrong("what proves who we are cannot stand in a header".into()));
            }
            head.push((pull.auth_header.clone(), value));
        }
        let question = Fetch {
            url,
            head,
            ca_file: pull.ca_file.clone(),
            patience,
            answer_bytes_max: PAGE_BYTES_MAX,
            at,
        };
        let answer = match get(question).await {
            Ok(answer) => answer,
            Err(Failure::Slow) => return Err(wrong("it does not answer in time".into())),
            Err(Failure::Unreached(why)) => return Err(wrong(format!("cannot reach it: {why}"))),
            Err(Failure::Broken(why)) => return Err(wrong(why)),
        };
        match answer.status {
            200..=299 if !answer.is_whole => {
                Err(wrong(format!("a page has more than {} MB", PAGE_BYTES_MAX >> 20)))
            }
            200..=299 => serde_json::from_slice(&answer.body).map_err(|_| wrong("a page is no JSON".into())),
            300..=399 => {
                Err(wrong(format!("it leads elsewhere (status {}), which is not followed", answer.status)))
            }
            status => {
                let pause =
                    answer.retry_after.map_or(0, |seconds| (i64::from(seconds) * SECOND).min(PAUSE_MAX));
                Err(PullFailed { pause, why: format!("it answers with status {status}") })
            }
        }
    }

    async fn pull_state(&self, name: &str) -> anyhow::Result<State> {
        let kept = self.store().cursor(ACCOUNT, name).await?;
        Ok(kept.and_then(|kept| serde_json::from_str(&kept).ok()).unwrap_or_default())
    }

    async fn set_pull_state(&self, name: &str, state: &State) -> anyhow::Result<()> {
        let token = serde_json::to_string(state)?;
        let cursor = Cursor { account: ACCOUNT.into(), scope: name.to_owned(), token };
        Ok(self.store().set_cursor(cursor).await?)
    }
}

impl Pulled {
    fn add(&mut self, taken: &Taken) {
        self.n_pages += 1;
        self.new += taken.count(Came::New);
        self.changed += taken.count(Came::Changed);
        self.unchanged += taken.count(Came::Unchanged);
        self.refused += taken.count(Came::Refused);
        let page = self.n_pages;
        let reasons = taken.all.iter().flat_map(|one| {
            one.errors
                .iter()
                .map(move |(field, what)| format!("page {page}, item {}: {field} {what}", one.line))
        });
        self.reasons.extend(reasons.take(REASONS_MAX - self.reasons.len().min(REASONS_MAX)));
    }
}
