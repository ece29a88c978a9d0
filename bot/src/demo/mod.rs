//! The tour: the real service on a store of its own, with a sample mailbox and a clock that is
//! moved through the fortnight in which the mails came.

mod tell;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rapport_model::job::Recipient;
use rapport_model::message::Incoming;
use rapport_model::time::DAY;
use rapport_model::{Clock, Kind, ManualClock, Timestamp};
use rapport_nlp::search::{Query, Request};
use rapport_storage::ingest::Fate;
use rapport_storage::records::Filter;
use rapport_workflows::digest::{Of, Period};
use serde::Serialize;

use crate::channel::email::{ParseOptions, parse};
use crate::{App, Config};

pub use tell::Teller;

/// The mails, in the order they came.
const MAILBOX: &[&[u8]] = include!(concat!(env!("OUT_DIR"), "/mailbox.rs"));
const CONFIG: &str = include_str!("../../demo/rapport.toml");
/// How long the clock goes on after the last mail, so that the last follow-ups come due.
const AFTERWARDS: i64 = 4 * DAY;
/// What the tour searches for.
const SEARCH: &str = "leaking seal";

/// How things stand at the end of the tour.
#[derive(Debug, Default, Serialize)]
pub struct EndState {
    mails: usize,
    messages: usize,
    duplicates: usize,
    quarantined: usize,
    automated: usize,
    customers: i64,
    companies: i64,
    threads: i64,
    deals: i64,
    tasks: i64,
    notes: i64,
    opted_out: i64,
    tickets: i64,
    tickets_open: usize,
    follow_ups_sent: usize,
    alerts: usize,
    anomalies: usize,
    digests: usize,
    search_hits: usize,
    jobs_waiting: i64,
}

/// The tour under way.
pub struct Demo {
    /// The service.
    pub app: App,
    clock: Arc<ManualClock>,
    state: EndState,
    /// Removed at the end, if nobody asked for the store to be kept.
    scratch: Option<PathBuf>,
}

impl Demo {
    /// Makes the tour's house in `dir`, or in a directory that goes when the tour does.
    ///
    /// # Errors
    /// The store cannot be made, or `dir` has one already.
    pub async fn start(dir: Option<&Path>, lang: Option<&str>) -> anyhow::Result<Self> {
        let scratch = match dir {
            Some(dir) => {
                let taken = dir.join("rapport.db").exists();
                anyhow::ensure!(
                    !taken,
                    "{} has a store already: give the tour a new directory",
                    dir.display()
                );
                None
            }
            None => Some(std::env::temp_dir().join(format!("rapport-demo-{}", std::process::id()))),
        };
        let dir = dir.map_or_else(|| scratch.clone().unwrap_or_default(), Path::to_owned);
        let mut config = Config::read(CONFIG, "the tour's configuration", std::iter::empty())?;
        if let Some(lang) = lang {
            lang.clone_into(&mut config.lang);
        }
        if scratch.is_none() {
            std::fs::create_dir_all(&dir)?;
            std::fs::write(dir.join(crate::config::FILE), CONFIG)?;
        }
        // Before the first mail, so that the schedules are there when it comes.
        let clock = Arc::new(ManualClock::at(Timestamp::parse("2026-03-02T05:00:00Z")?));
        let app = App::build(&dir, config, clock.clone()).await?;
        app.channels.console.open(app.workflows.users().iter().map(|u| u.id));
        app.settle().await?;
        Ok(Self { app, clock, state: EndState::default(), scratch })
    }

    /// Lets the fortnight pass and tells what happens. Returns how things stand then.
    ///
    /// # Errors
    /// The store or the index failed, or the output is closed.
    pub async fn run(&mut self, tell: &mut Teller) -> anyhow::Result<&EndState> {
        tell.intro(&self.app, MAILBOX.len())?;
        for raw in MAILBOX {
            let incoming = self.read(raw);
            self.pass_time(incoming.received_at, tell).await?;
            self.take_in(incoming, tell).await?;
        }
        self.pass_time(self.clock.now().plus(AFTERWARDS), tell).await?;
        self.look_back(tell).await?;
        Ok(&self.state)
    }

    fn read(&self, raw: &[u8]) -> Incoming {
        // The mails are read as of the end of the fortnight: none of them comes from the future.
        let end = Timestamp::from_secs(1_773_705_600);
        parse(raw.to_vec(), "sample mailbox", &ParseOptions::at(end))
    }

    /// Takes one mail in, as it comes, and tells what was made of it.
    ///
    /// # Errors
    /// As [`Demo::run`].
    pub async fn take_in(&mut self, incoming: Incoming, tell: &mut Teller) -> anyhow::Result<()> {
        let subject = incoming.content.as_ref().map_or_else(|u| u.detail.clone(), |c| c.subject.clone());
        let at = incoming.received_at;
        let fate = self.app.workflows.ingest(vec![incoming]).await?.pop();
        self.app.settle().await?;
        self.state.mails += 1;
        match fate {
            Some(Fate::Kept { message, automation, .. }) => {
                self.state.messages += 1;
                self.state.automated += usize::from(automation != rapport_model::message::Automation::None);
                tell.message(&self.app, message).await?;
            }
            Some(Fate::Duplicate { .. }) => {
                self.state.duplicates += 1;
                tell.duplicate(&self.app, at, &subject)?;
            }
            Some(Fate::Quarantined { reason, .. }) => {
                self.state.quarantined += 1;
                tell.quarantined(&self.app, at, &reason, &subject)?;
            }
            None => {}
        }
        self.tell_sent(tell)?;
        self.tell_notices(tell, false)
    }

    /// Takes in a mail that somebody typed or pasted, now.
    ///
    /// # Errors
    /// As [`Demo::run`].
    pub async fn take_in_typed(&mut self, text: &str, tell: &mut Teller) -> anyhow::Result<()> {
        let now = self.clock.now();
        let mail = typed_mail(text);
        let options = ParseOptions { internal_date: Some(now), ..ParseOptions::at(now) };
        self.take_in(parse(mail.into_bytes(), "typed", &options), tell).await
    }

    /// Moves the clock to `until`, doing on the way what comes due.
    async fn pass_time(&mut self, until: Timestamp, tell: &mut Teller) -> anyhow::Result<()> {
        while let Some(next) = self.app.workflows.next_timed().await?.filter(|next| *next <= until) {
            self.clock.set(next.max(self.clock.now()));
            self.app.settle().await?;
            self.tell_sent(tell)?;
            self.tell_notices(tell, true)?;
        }
        self.clock.set(until.max(self.clock.now()));
        Ok(())
    }

    fn tell_sent(&mut self, tell: &mut Teller) -> anyhow::Result<()> {
        let left = self.app.channels.mail.take();
        // Digests go to colleagues.
        for sent in left.into_iter().filter(|sent| matches!(sent.message.to, Recipient::Customer(_))) {
            self.state.follow_ups_sent += 1;
            tell.follow_up(&self.app, &sent)?;
        }
        Ok(())
    }

    fn tell_notices(&mut self, tell: &mut Teller, by_clock: bool) -> anyhow::Result<()> {
        for sent in self.app.channels.console.take() {
            match &sent.message.text {
                text if text == "digest" => self.state.digests += 1,
                text if text.starts_with("alert_anomaly") => {
                    self.state.anomalies += 1;
                    tell.alarm(&self.app, &sent)?;
                }
                _ => {
                    self.state.alerts += 1;
                    if by_clock { tell.notice_in_time(&self.app, &sent)? } else { tell.notice(&sent)? }
                }
            }
        }
        Ok(())
    }

    /// Searches, shows the digest of the fortnight, and counts.
    async fn look_back(&mut self, tell: &mut Teller) -> anyhow::Result<()> {
        let store = self.app.store();
        let request = Request { query: Query::parse(SEARCH), limit: 3, expand: true, ..Request::default() };
        let results = self.app.workflows.search(&request).await?;
        self.state.search_hits = results.total;
        tell.search(&self.app, SEARCH, &results)?;

        // The last whole week, Monday to Monday.
        let to = Timestamp::parse("2026-03-15T23:00:00Z")?;
        let ruth = self.app.workflows.users().iter().find(|u| u.handle == "ruth");
        let period = Period { from: to.plus(-7 * DAY), to, at: to };
        let digest = self.app.workflows.digest(period, ruth, Of::Seen).await?;
        tell.digest(&self.app, &digest, ruth)?;

        let all = Filter { limit: 10_000, ..Filter::default() };
        let tickets = store.list(Kind::Ticket, &all).await?;
        let state = &mut self.state;
        state.tickets = tickets.len() as i64;
        state.tickets_open = tickets.iter().filter(|t| t.text("status") == "open").count();
        state.customers = store.count(Kind::Customer).await?;
        state.companies = store.count(Kind::Company).await?;
        state.threads = store.count(Kind::Thread).await?;
        state.deals = store.count(Kind::Deal).await?;
        state.tasks = store.count(Kind::Task).await?;
        state.notes = store.count(Kind::Note).await?;
        state.opted_out = store.count(Kind::Consent).await?;
        state.jobs_waiting = store.job_counts().await?.later;
        tell.closing(&self.app, state)?;
        Ok(())
    }

    /// Returns who the visitor is: the manager.
    pub fn visitor(&self) -> Option<&rapport_model::people::User> {
        self.app.workflows.users().iter().find(|u| u.handle == "ruth")
    }

    /// Ends the tour and removes its store, if that was not asked for.
    pub async fn end(self) {
        self.app.close().await;
        let scratch = self.scratch.clone();
        drop(self);
        if let Some(dir) = scratch {
            let _ = std::fs::remove_dir_all(dir);
        }
    }
}

/// Makes a mail of what somebody typed: headers if there are some, else the words alone.
fn typed_mail(text: &str) -> String {
    let first = text.lines().next().unwrap_or("");
    let is_header = first.split_once(':').is_some_and(|(name, _)| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    });
    let headers =
        "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n";
    match is_header && text.to_ascii_lowercase().contains("from:") {
        true if text.to_ascii_lowercase().contains("content-type:") => text.to_owned(),
        true => format!("{headers}{text}"),
        false => {
            format!("From: You <you@visitor.example>\nTo: support@brightwater.example\n{headers}\n{text}\n")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::typed_mail;

    #[test]
    fn words_alone_become_a_mail_and_a_mail_stays_one() {
        assert!(typed_mail("My pump leaks.").starts_with("From: You <you@visitor.example>"));
        assert!(typed_mail("Note: my pump leaks").starts_with("From: You"));
        assert!(
            typed_mail("From: a@b.example\nSubject: x\n\nhi")
                .ends_with("From: a@b.example\nSubject: x\n\nhi")
        );
    }
}
