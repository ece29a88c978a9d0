//! A house with a store of its own, a clock that stands, three colleagues, and mails.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rapport_model::job::{Outbound, Recipient};
use rapport_model::people::User;
use rapport_model::{ManualClock, Timestamp};

use super::super::{Card, Session, console, question, run};
use crate::channel::email::{ParseOptions, parse};
use crate::{App, Config};

pub const CONFIG: &str = r#"
timezone = "Europe/Berlin"
default_region = "DE"
currency = "EUR"
[house]
name = "Brightwater"
domains = ["brightwater.example"]
[[users]]
handle = "ruth"
name = "Ruth Stein"
role = "manager"
[[users]]
handle = "mia"
name = "Mia Tan"
role = "rep"
address = "mia@brightwater.example"
[[users]]
handle = "lin"
name = "林芳"
role = "rep"
lang = "zh"
zone = "Asia/Shanghai"
[[users]]
handle = "vic"
role = "viewer"
"#;

/// A service on a temporary directory, with one colleague at its console.
pub struct House {
    pub app: App,
    pub clock: Arc<ManualClock>,
    user: User,
    session: Session,
    dir: PathBuf,
}

impl House {
    /// Opens a house at noon UTC of Wednesday 11 March 2026.
    pub async fn start(handle: &str) -> Self {
        Self::of(CONFIG, handle).await
    }

    /// Opens a house of that configuration.
    pub async fn of(config: &str, handle: &str) -> Self {
        static N: AtomicU32 = AtomicU32::new(0);
        let n = N.fetch_add(1, Ordering::Relaxed);
        let dir = std::env::temp_dir().join(format!("rapport-commands-{}-{n}", std::process::id()));
        let _ = std::fs::remove_dir_all(&dir);
        let clock = Arc::new(ManualClock::at(Timestamp::parse("2026-03-11T12:00:00Z").unwrap()));
        let config = Config::read(config, "rapport.toml", std::iter::empty()).unwrap();
        let app = App::build(&dir, config, clock.clone()).await.unwrap();
        let user = app.workflows.users().iter().find(|u| u.handle == handle).unwrap().clone();
        Self { app, clock, user, session: Session::new(), dir }
    }

    /// Lets another colleague sit down, with nothing in context.
    pub fn sits_down(&mut self, handle: &str) {
        self.user = self.app.workflows.users().iter().find(|u| u.handle == handle).unwrap().clone();
        self.session = Session::new();
    }

    /// Takes in a mail that arrives now, and lets everything follow that follows.
    pub async fn receives(&self, from: &str, to: &str, subject: &str, body: &str) {
        let now = rapport_model::Clock::now(&*self.clock);
        let date = now.utc().format("%a, %d %b %Y %H:%M:%S +0000");
        let raw = format!(
            "From: {from}\r\nTo: {to}\r\nSubject: {subject}\r\nDate: {date}\r\n\
             Message-ID: <{}@test.example>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n",
            now.micros()
        );
        let options = ParseOptions { internal_date: Some(now), ..ParseOptions::at(now) };
        self.app.workflows.ingest(vec![parse(raw.into_bytes(), "test", &options)]).await.unwrap();
        self.app.settle().await.unwrap();
        self.clock.advance(rapport_model::time::MINUTE);
    }

    /// Takes in a mail as it is written, which arrives now.
    pub async fn takes_in(&self, raw: &str) {
        self.takes_in_by(None, raw).await;
    }

    /// The same from a server whose word on who wrote it counts, if it is named.
    pub async fn takes_in_by(&self, authserv_id: Option<&str>, raw: &str) {
        let now = rapport_model::Clock::now(&*self.clock);
        let authserv_id = authserv_id.map(str::to_owned);
        let options = ParseOptions { authserv_id, internal_date: Some(now), ..ParseOptions::at(now) };
        self.app.workflows.ingest(vec![parse(raw.into(), "test", &options)]).await.unwrap();
        self.app.settle().await.unwrap();
    }

    /// Takes in a mail with these further header lines that arrives now.
    pub async fn receives_with(&self, headers: &str, body: &str) {
        let now = rapport_model::Clock::now(&*self.clock);
        let raw = format!(
            "Message-ID: <{}@test.example>\r\nContent-Type: text/plain; charset=utf-8\r\n{}\r\n\r\n{body}\r\n",
            now.micros(),
            headers.trim_end().replace('\n', "\r\n")
        );
        self.takes_in_by(Some("mx.brightwater.example"), &raw).await;
        self.clock.advance(rapport_model::time::MINUTE);
    }

    /// Lets the colleague sit at the machine itself.
    pub fn sits_at_the_machine(&mut self) {
        self.session = Session::local();
    }

    /// Takes in an answer to a mail.
    pub async fn answers(&self, from: &str, to: &str, body: &str) {
        let now = rapport_model::Clock::now(&*self.clock);
        let raw = format!(
            "From: {from}\r\nTo: support@brightwater.example\r\nSubject: Re: mail\r\nIn-Reply-To: <{to}>\r\n\
             Message-ID: <{}@test.example>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n",
            now.micros()
        );
        let options = ParseOptions { internal_date: Some(now), ..ParseOptions::at(now) };
        self.app.workflows.ingest(vec![parse(raw.into_bytes(), "test", &options)]).await.unwrap();
        self.app.settle().await.unwrap();
    }

    /// Lets the house have a template of that name.
    pub fn has_template(&self, name: &str, text: &str) {
        let folder = self.dir.join("templates");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(format!("{name}.txt")), text).unwrap();
    }

    /// Returns the notices of that name that wait for a colleague.
    pub async fn notices(&self, handle: &str, text: &str) -> Vec<Outbound> {
        let user = self.app.workflows.users().iter().find(|u| u.handle == handle).unwrap().id;
        let waiting = self.app.store().outbox(100).await.unwrap().into_iter().map(|(message, _)| message);
        waiting.filter(|m| m.to == Recipient::User(user) && m.text == text).collect()
    }

    /// Returns the customer of that short number.
    pub async fn customer(&self, number: i64) -> rapport_model::Id {
        let found = self.app.store().by_number(rapport_model::Kind::Customer, number).await.unwrap();
        found.unwrap().record.id
    }

    /// The mails that most tests begin with.
    pub async fn with_mails(handle: &str) -> Self {
        let house = Self::start(handle).await;
        let support = "support@brightwater.example";
        house
            .receives(
                "Petra Novak <petra@novak-cafe.example>",
                support,
                "Pump broken",
                "The pump is broken and there is no water in the kitchen. This is unacceptable, please \
                 repair it today! See http://evil.example/x and tell @everyone.",
            )
            .await;
        house
            .receives(
                "Anna Berg <anna@berg.example>",
                "mia@brightwater.example",
                "Price of AquaOne",
                "How much do six AquaOne filters cost? Please send me a quote.",
            )
            .await;
        house
            .receives(
                "王丽 <wangli@chenguang.example>",
                support,
                "询价",
                "您好，请问六台净水器的价格是多少？请报价。",
            )
            .await;
        house
    }

    /// Returns what a button would ask for: the head of its form, and what stands in it.
    pub async fn would_ask(&self, command: &str) -> Option<(String, String)> {
        let asked = question(&self.app, &self.user, self.session.clone(), command).await.unwrap();
        asked.map(|question| (question.title, question.words))
    }

    /// Types a line, and returns what is answered.
    pub async fn types(&mut self, line: &str) -> Vec<Card> {
        run(&self.app, &self.user, &mut self.session, line).await.unwrap()
    }

    /// Types a line, and returns what a terminal shows.
    pub async fn sees(&mut self, line: &str) -> String {
        self.types(line).await.iter().map(|card| console::render(card, 100, false)).collect()
    }

    /// Types a line, and checks that what is shown has these parts.
    pub async fn sees_all(&mut self, line: &str, parts: &[&str]) -> String {
        let seen = self.sees(line).await;
        for part in parts {
            assert!(seen.contains(part), "{line:?} shows no {part:?}:\n{seen}");
        }
        seen
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}
