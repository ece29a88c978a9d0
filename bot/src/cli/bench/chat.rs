//! `rapport bench chat`.

use std::collections::HashMap;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use rapport_model::message::{ChannelKind, Cursor};
use rapport_nlp::search::{Query, Request};
use serde::Serialize;
use tokio::sync::mpsc;

use super::bot_api::{BotApi, TOKEN};
use super::words::{texts, word};
use super::{Here, at_share, now, service, verdict};
use crate::App;
use crate::channel::email::{ParseOptions, parse};
use crate::channel::telegram;
use crate::cli::Common;
use crate::service::Stop;

/// Colleagues, each with a chat of their own.
const USERS: usize = 200;
/// The first one's account.
const FIRST: i64 = 1_000;
/// A command that is not answered by then is lost.
const PATIENCE: Duration = Duration::from_secs(60);
/// Commands come no faster than this one after the other: Telegram lets no bot write faster for long.
const PACE: Duration = Duration::from_millis(50);
/// How many times the bare search an answer may take.
const BARE_TIMES_MAX: f64 = 3.0;
/// Results on the first page of an answer.
const RESULTS: usize = 5;
/// Mails that are taken in together.
const TOGETHER: usize = 1_000;

/// From a `/find` in Telegram to its answer, beside the bare search; and many colleagues who command at
/// once.
///
/// Telegram is the bench's own, over sockets of this machine. What a command changes and what is answered
/// is on disk before it leaves, so it is the disk that is measured, too.
#[derive(Debug, Args)]
#[command(after_help = "Example: rapport bench chat --messages 100000")]
pub(crate) struct ChatBench {
    /// How many messages to search in
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(100..))]
    messages: u32,
    /// How many searches, one after the other
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(10..))]
    rounds: u32,
    /// How many commands of 200 colleagues at once
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..))]
    commands: u32,
    #[command(flatten)]
    files: Here,
}

#[derive(Debug, Serialize)]
struct Report {
    bench: &'static str,
    messages: u32,
    rounds: u32,
    /// From an update to its answer, in milliseconds.
    answer_p50_ms: f64,
    answer_p95_ms: f64,
    /// The same searches without a chat.
    bare_p50_ms: f64,
    bare_p95_ms: f64,
    ratio_p95: f64,
    /// The three commits that lie between the two: taken in, answered, claimed; bare ones.
    commits_p95_ms: f64,
    commands: u32,
    /// How long all of them took together.
    seconds: f64,
    unanswered: usize,
    answered_twice: usize,
}

impl ChatBench {
    pub(crate) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        let scratch = self.files.scratch()?;
        let (api, mut told) = BotApi::listen().await.context("cannot listen on this machine")?;
        let app = Arc::new(house(scratch.path(), &api).await?);
        self.fill(&app).await?;
        let bare = self.bare(&app).await?;
        let commits = self.commits(&app).await?;

        let stop = Stop::default();
        let work = async { tokio::join!(app.serve(&stop), telegram::serve(&app, &stop)).0 };
        let measuring = async {
            let measured = self.measure(&api, &mut told).await;
            stop.stop();
            measured
        };
        let (worked, measured) = tokio::join!(work, measuring);
        worked?;
        let (answers, seconds, heard) = measured?;
        app.close().await;
        let n_heard = |n: usize| heard.values().filter(|heard| **heard == n).count();
        let (answer_p95_ms, bare_p95_ms) = (at_share(&answers, 0.95), at_share(&bare, 0.95));
        let report = Report {
            bench: "chat",
            messages: self.messages,
            rounds: self.rounds,
            answer_p50_ms: at_share(&answers, 0.5),
            answer_p95_ms,
            bare_p50_ms: at_share(&bare, 0.5),
            bare_p95_ms,
            ratio_p95: answer_p95_ms / bare_p95_ms.max(1e-9),
            commits_p95_ms: at_share(&commits, 0.95),
            commands: self.commands,
            seconds,
            unanswered: n_heard(0),
            answered_twice: heard.len() - n_heard(0) - n_heard(1),
        };
        report.print(common.json)?;
        Ok(ExitCode::SUCCESS)
    }

    /// Takes the messages in, without what follows of a new one.
    async fn fill(&self, app: &App) -> anyhow::Result<()> {
        let at = app.store().clock().now();
        for (n, some) in texts(self.messages as usize).chunks(TOGETHER).enumerate() {
            let options = ParseOptions { history: true, ..ParseOptions::at(at) };
            let mail = |(i, text): (usize, &rapport_storage::bench::text::Text)| {
                let raw = format!(
                    "From: Customer {c} <customer@c{c}.example>\r\nTo: <support@bench.example>\r\n\
                     Message-ID: <{n}.{i}@bench.example>\r\nSubject: {n}\r\n\r\n{}\r\n",
                    text.words,
                    c = text.customer.0
                );
                parse(raw.into_bytes(), "bench", &options)
            };
            app.workflows.ingest(some.iter().enumerate().map(mail).collect()).await?;
        }
        while app.workflows.understand_waiting().await? > 0 {}
        app.settle().await?;
        Ok(())
    }

    /// Returns a query for each round: words of every frequency, in turn.
    fn queries(&self) -> Vec<String> {
        (0..self.rounds as usize).map(|i| word(10 + i * 37 % 4_000)).collect()
    }

    /// Searches without a chat; returns how long each took, in milliseconds, in ascending order.
    async fn bare(&self, app: &App) -> anyhow::Result<Vec<f64>> {
        let mut ms = Vec::new();
        for query in self.queries() {
            let started = now();
            let request = Request { query: Query::parse(&query), limit: RESULTS, ..Request::default() };
            app.workflows.search(&request).await?;
            ms.push(started.elapsed().as_secs_f64() * 1e3);
        }
        ms.sort_unstable_by(f64::total_cmp);
        Ok(ms)
    }

    /// Commits three times in a row; returns how long that took each time, in milliseconds, in ascending
    /// order.
    async fn commits(&self, app: &App) -> anyhow::Result<Vec<f64>> {
        let mut ms = Vec::new();
        for round in 0..self.rounds {
            let started = now();
            for part in 0..3 {
                let token = format!("{round}.{part}");
                let cursor = Cursor { account: "bench".into(), scope: "commits".into(), token };
                app.store().set_cursor(cursor).await?;
            }
            ms.push(started.elapsed().as_secs_f64() * 1e3);
        }
        ms.sort_unstable_by(f64::total_cmp);
        Ok(ms)
    }

    /// Commands from the chats; returns how long the searches took, in milliseconds and in ascending
    /// order, how long all commands at once took, and how often each of those was answered.
    async fn measure(
        &self,
        api: &BotApi,
        told: &mut mpsc::UnboundedReceiver<i64>,
    ) -> anyhow::Result<(Vec<f64>, f64, HashMap<(i64, usize), usize>)> {
        let account = |i: usize| FIRST + (i % USERS) as i64;
        let mut number = 1;
        let mut ms = Vec::new();
        for (i, query) in self.queries().into_iter().enumerate() {
            let started = now();
            api.says(number, account(i), &format!("/find {query}"));
            number += 1;
            let answered = async { while told.recv().await.is_some_and(|chat| chat != account(i)) {} };
            tokio::time::timeout(PATIENCE, answered).await.context("a search was not answered")?;
            ms.push(started.elapsed().as_secs_f64() * 1e3);
            tokio::time::sleep(PACE.saturating_sub(started.elapsed())).await;
        }
        ms.sort_unstable_by(f64::total_cmp);

        let n = self.commands as usize;
        let mut heard: HashMap<(i64, usize), usize> = (0..n).map(|i| ((account(i), i / USERS), 0)).collect();
        let started = now();
        for i in 0..n {
            api.says(number, account(i), "help note");
            number += 1;
        }
        let mut in_chat: HashMap<i64, usize> = HashMap::new();
        for _ in 0..n {
            let chat = tokio::time::timeout(PATIENCE, told.recv()).await;
            let Ok(Some(chat)) = chat else { break };
            let at = in_chat.entry(chat).or_default();
            *heard.entry((chat, *at)).or_default() += 1;
            *at += 1;
        }
        let seconds = started.elapsed().as_secs_f64();
        // Whatever is answered twice comes soon after.
        while let Ok(Some(chat)) = tokio::time::timeout(Duration::from_secs(2), told.recv()).await {
            *heard.entry((chat, 0)).or_default() += 1;
        }
        Ok((ms, seconds, heard))
    }
}

/// Makes a house in `dir` whose colleagues have accounts.
async fn house(dir: &Path, api: &BotApi) -> anyhow::Result<App> {
    let token = dir.join("token");
    std::fs::write(&token, TOKEN)?;
    let mut text = format!(
        "house = {{ name = 'Bench', domains = ['bench.example'] }}\n[nlp]\nengine = 'linear'\n\
         [telegram]\ntoken_file = '{}'\napi_url = 'http://{}'\n",
        token.display(),
        api.place
    );
    for i in 0..USERS {
        text.push_str(&format!("[[users]]\nhandle = 'u{i}'\nrole = 'manager'\n"));
    }
    let app = service(dir, &text).await?;
    for (i, user) in app.workflows.users().iter().enumerate() {
        let code = app.store().link_code(user.id).await?;
        app.store().bind(ChannelKind::Telegram, FIRST + i as i64, &code).await?;
    }
    Ok(app)
}

impl Report {
    fn print(&self, json: bool) -> anyhow::Result<()> {
        if json {
            println!("{}", serde_json::to_string(self)?);
            return Ok(());
        }
        println!(
            "find      half within {:.0} ms, 95 in a hundred within {:.0} ms, of {} in {} messages",
            self.answer_p50_ms, self.answer_p95_ms, self.rounds, self.messages
        );
        println!(
            "commits   the three that lie between take {:.1} ms by themselves, 95 in a hundred",
            self.commits_p95_ms
        );
        println!(
            "bare      half within {:.1} ms, 95 in a hundred within {:.1} ms: {:.1} times as long, {} (at most {BARE_TIMES_MAX})",
            self.bare_p50_ms,
            self.bare_p95_ms,
            self.ratio_p95,
            verdict(self.ratio_p95 <= BARE_TIMES_MAX)
        );
        println!(
            "at once   {} commands of {USERS} colleagues in {:.1} s, {} not answered, {} twice",
            self.commands, self.seconds, self.unanswered, self.answered_twice
        );
        Ok(())
    }
}
