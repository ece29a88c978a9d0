//! The service at work: round after round of what is due, until it is told to stop.
//!
//! A round gives each step its turn; a step that fails does not keep the others from theirs. A
//! round that found nothing is followed by a wait: until this process commits something, until
//! the next thing that happens by itself is due, or for [`POLL`], which is also how it learns
//! what other processes committed.

use std::fmt::Display;
use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use futures_util::future::join_all;
use rapport_model::Timestamp;
use rapport_model::time::{MINUTE, SECOND};
use rapport_storage::StorageError;
use tokio::sync::watch;

use crate::app::App;
use crate::webhook::Webhook;

/// The longest wait between two rounds.
pub const POLL: Duration = Duration::from_secs(1);
/// The longest wait after a round in which something failed.
const BACKOFF_MAX: Duration = Duration::from_secs(60);
/// How often the process says that it is still there.
const KEEP_NUMBER: i64 = 10 * MINUTE;
/// How often it is written down who looked at what; so much of that is lost when the process is killed.
const READS_EACH: i64 = 3 * SECOND;
/// Portions that the index takes over before it is committed for the last time; after each four
/// it would be committed anyway.
const LAST_PORTIONS_MAX: usize = 4;

/// Tells the service to stop. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Stop(watch::Sender<bool>);

impl Default for Stop {
    fn default() -> Self {
        Self(watch::Sender::new(false))
    }
}

impl Stop {
    /// Asks for an end, once what was begun is finished.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }

    /// Tells whether an end was asked for.
    pub fn is_stopped(&self) -> bool {
        *self.0.borrow()
    }

    /// Returns once an end is asked for.
    pub async fn stopped(&self) {
        // We hold a sender, so the channel stays open.
        let _ = self.0.subscribe().wait_for(|stopped| *stopped).await;
    }
}

/// What is done beside the rounds.
#[derive(Clone, Copy)]
enum Turn<'a> {
    Deliver,
    Ask,
    BackUp,
    Pull,
    Tell(&'a Webhook),
}

/// What a round did.
#[derive(Debug, Default)]
pub struct Round {
    /// Pieces of work that were done.
    pub n_done: usize,
    /// The steps that failed, and why.
    pub failed: Vec<(&'static str, String)>,
}

impl Round {
    fn note(&mut self, step: &'static str, result: Result<usize, impl Display>) {
        match result {
            Ok(n) => self.n_done += n,
            Err(e) => self.failed.push((step, format!("{e:#}"))),
        }
    }
}

impl App {
    /// Does what is due, and waits for more, until `stop` asks for an end. Then what was claimed
    /// is done, and the index has on disk what it took over.
    ///
    /// # Errors
    /// Another process took this one's number in the meantime: nothing may be written any more.
    /// All else that fails is logged once and tried again.
    pub async fn serve(&self, stop: &Stop) -> Result<(), StorageError> {
        let work = async {
            let ended = self.work(stop).await;
            // Whatever ended the work ends the rest.
            stop.stop();
            ended
        };
        // Beside all other work: servers may be slow.
        let deliver = self.as_due(stop, Turn::Deliver);
        let ask = async {
            match &self.llm {
                Some(_) => self.as_due(stop, Turn::Ask).await,
                // What was asked while there was one is told once that there is none.
                None => log("ask the language model", self.ask_llm().await),
            }
        };
        // What was being asked when an end is asked for is asked again by the next process.
        let ask = async {
            tokio::select! { () = ask => {}, () = stop.stopped() => {} }
        };
        // What a backup that is broken off wrote is of use to the next.
        let back_up = async {
            tokio::select! { () = self.as_due(stop, Turn::BackUp) => {}, () = stop.stopped() => {} }
        };
        // A page that is broken off is fetched again.
        let pull = async {
            if self.config.pull.values().any(|pull| pull.every.is_some()) {
                tokio::select! { () = self.as_due(stop, Turn::Pull) => {}, () = stop.stopped() => {} }
            }
        };
        let orphans = async { log("give up events of no webhook", self.give_up_orphans().await) };
        // Each has its own turn: one that hangs delays no other.
        let mut hooks = Vec::with_capacity(self.webhooks.len());
        for hook in &self.webhooks {
            hooks.push(self.as_due(stop, Turn::Tell(hook)));
        }
        tokio::join!(work, deliver, ask, back_up, pull, orphans, join_all(hooks)).0
    }

    /// Does again and again what comes due.
    async fn as_due(&self, stop: &Stop, turn: Turn<'_>) {
        let mut troubles = Troubles::default();
        while !stop.is_stopped() {
            let committed = self.store().wait_for_commit();
            let mut round = Round::default();
            let (step, done) = match turn {
                Turn::Deliver => ("deliver", self.deliver().await),
                Turn::Ask => ("ask the language model", self.ask_llm().await),
                Turn::BackUp => ("make a backup", self.back_up().await),
                Turn::Pull => ("fetch lists", self.pull_due().await),
                Turn::Tell(hook) => ("tell a webhook", self.deliver_to(hook).await),
            };
            round.note(step, done);
            let wait = match troubles.after(&round, RandomState::new().hash_one(0)) {
                Some(wait) => {
                    tokio::select! { () = tokio::time::sleep(wait) => {}, () = stop.stopped() => {} }
                    continue;
                }
                None if round.n_done > 0 => continue,
                None => POLL,
            };
            tokio::select! {
                _ = tokio::time::timeout(wait, committed) => {}
                () = stop.stopped() => {}
            }
        }
    }

    async fn work(&self, stop: &Stop) -> Result<(), StorageError> {
        let mut troubles = Troubles::default();
        let mut seen_at = self.store().clock().now();
        let (mut sealed_at, mut reads_at) = (seen_at, seen_at);
        while !stop.is_stopped() {
            // Before the round, so that no commit from here on is missed.
            let committed = self.store().wait_for_work();
            if self.store().clock().now().since(seen_at) >= KEEP_NUMBER {
                match self.store().keep_number().await {
                    Err(e @ StorageError::Refused(_)) => return Err(e),
                    Err(_) => {}
                    Ok(()) => seen_at = self.store().clock().now(),
                }
            }
            let mut round = self.round(stop).await;
            let now = self.store().clock().now();
            if !round.failed.is_empty() && self.store().has_number().await.is_ok_and(|has| !has) {
                // It slept until another had its number: nothing of its is taken any more.
                self.store().keep_number().await?;
            }
            if now.since(reads_at) >= READS_EACH {
                round.note("write down who looked", self.write_reads().await);
                reads_at = now;
            }
            if round.n_done == 0 || now.since(sealed_at) >= SECOND {
                round.note("seal the journal", self.store().seal_journal().await.map(|_| 0));
                sealed_at = now;
            }
            if let Some(wait) = troubles.after(&round, RandomState::new().hash_one(0)) {
                // Whatever is committed meanwhile waits as well: it would fail in the same way.
                tokio::select! { () = tokio::time::sleep(wait) => {}, () = stop.stopped() => {} }
            } else if round.n_done == 0 {
                let wait =
                    until(self.store().clock().now(), self.workflows.next_timed().await.ok().flatten());
                let _ = tokio::select! {
                    woken = tokio::time::timeout(wait, committed) => woken,
                    () = stop.stopped() => Ok(()),
                };
            }
        }
        let _ = self.write_reads().await.inspect_err(
            |e| tracing::error!(error = %e, "who looked at what was not written down; tried again at the end"),
        );
        self.finish_index().await;
        Ok(())
    }

    /// Does what is due until nothing is left or `stop` asks for an end, and does not wait for
    /// more. Returns the steps that failed in the last round.
    pub async fn serve_once(&self, stop: &Stop) -> Vec<(&'static str, String)> {
        loop {
            let mut round = self.round(stop).await;
            if !stop.is_stopped() {
                round.note("ask the language model", self.ask_llm().await);
                round.note("tell webhooks", self.deliver_webhooks().await);
                round.note("write down who looked", self.write_reads().await);
                round.note("deliver", self.deliver().await);
                round.note("make a backup", self.back_up().await);
            }
            if round.n_done == 0 || stop.is_stopped() {
                let mut round = round;
                round.note("seal the journal", self.store().seal_journal().await.map(|_| 0));
                self.finish_index().await;
                return round.failed;
            }
        }
    }

    /// Gives each step its turn. Between two steps nothing is claimed, so that a round can end
    /// there.
    async fn round(&self, stop: &Stop) -> Round {
        let mut round = Round::default();
        round.note("plan schedules", self.workflows.plan_schedules().await);
        if !stop.is_stopped() {
            round.note("understand messages", self.workflows.understand_waiting().await);
        }
        if !stop.is_stopped() {
            round.note("do what is due", self.workflows.run_due().await);
        }
        let idle = round.n_done == 0;
        round.note("bring the index up to date", self.tail(idle).await.map(|t| t.n_applied));
        round
    }

    /// Commits what the index took over. What fails here is taken over again at the next start.
    async fn finish_index(&self) {
        for _ in 0..LAST_PORTIONS_MAX {
            match self.tail(true).await {
                Ok(tailed) if tailed.n_applied > 0 && !tailed.committed => {}
                _ => return,
            }
        }
    }
}

fn log(step: &'static str, result: anyhow::Result<usize>) {
    if let Err(e) = result {
        tracing::error!(step, error = %format!("{e:#}"), "failed; tried again at the next start");
    }
}

/// What fails, so that it is logged once and tried again ever more slowly.
#[derive(Debug, Default)]
struct Troubles {
    known: Vec<(&'static str, String)>,
    n_rounds: u32,
}

impl Troubles {
    /// Takes note of a round; returns how long to wait if something failed in it.
    fn after(&mut self, round: &Round, random: u64) -> Option<Duration> {
        for (step, why) in &round.failed {
            if !self.known.iter().any(|(s, w)| s == step && w == why) {
                tracing::error!(step, error = why, "failed; trying again");
            }
        }
        for (step, _) in &self.known {
            if !round.failed.iter().any(|(s, _)| s == step) {
                tracing::warn!(step, "works again");
            }
        }
        self.known.clone_from(&round.failed);
        self.n_rounds = if self.known.is_empty() { 0 } else { self.n_rounds + 1 };
        (self.n_rounds > 0).then(|| backoff(self.n_rounds, random))
    }
}

/// Returns the wait after the `n`th failed round in a row, from 1: twice as long each time, at
/// most [`BACKOFF_MAX`], of which `random` takes away up to half.
pub(crate) fn backoff(n: u32, random: u64) -> Duration {
    let longest = Duration::from_secs(1 << n.saturating_sub(1).min(6)).min(BACKOFF_MAX);
    let taken = (random % 1000) as u32;
    longest - longest * taken / 2000
}

/// Returns how long to wait at `now` when nothing is left to do, and `next` is when something
/// happens by itself.
fn until(now: Timestamp, next: Option<Timestamp>) -> Duration {
    match next.map(|next| next.since(now)) {
        // What is due and was not done waits for somebody else: no use to ask at once.
        Some(micros) if micros > 0 => Duration::from_micros(micros.unsigned_abs()).min(POLL),
        _ => POLL,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_is_short_only_when_something_is_due_sooner() {
        let now = Timestamp::from_secs(1_000);
        for (next, millis) in [
            (None, 1000),
            (Some(0), 1000),
            (Some(-5_000_000), 1000),
            (Some(250_000), 250),
            (Some(1 << 60), 1000),
        ] {
            let wait = until(now, next.map(|micros| now.plus(micros)));
            assert_eq!(wait, Duration::from_millis(millis), "{next:?}");
        }
    }

    #[test]
    fn the_wait_after_failures_doubles_up_to_a_minute_and_differs() {
        for (n, longest) in [(1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (8, 60), (u32::MAX, 60)] {
            let longest = Duration::from_secs(longest);
            assert_eq!(backoff(n, 0), longest);
            for random in [1, 500, 999, u64::MAX] {
                assert!((longest / 2..=longest).contains(&backoff(n, random)), "{n} {random}");
            }
        }
        assert_ne!(backoff(3, 1), backoff(3, 2));
    }

    #[test]
    fn what_fails_is_remembered_until_it_works_again() {
        let mut troubles = Troubles::default();
        let failed = |steps: &[&'static str]| Round {
            failed: steps.iter().map(|step| (*step, "full".to_owned())).collect(),
            ..Round::default()
        };
        assert_eq!(troubles.after(&failed(&[]), 0), None);
        assert_eq!(troubles.after(&failed(&["deliver"]), 0), Some(Duration::from_secs(1)));
        assert_eq!(troubles.after(&failed(&["deliver", "plan"]), 0), Some(Duration::from_secs(2)));
        assert_eq!(troubles.known.len(), 2);
        assert_eq!(troubles.after(&failed(&[]), 0), None);
        assert_eq!((troubles.known.len(), troubles.n_rounds), (0, 0));
    }

    #[tokio::test]
    async fn a_stop_is_seen_by_all_also_when_it_came_first() {
        let stop = Stop::default();
        assert!(!stop.is_stopped());
        stop.clone().stop();
        stop.stopped().await;
        assert!(stop.is_stopped());
    }
}
