//! `rapport search` and `rapport reindex`.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use rapport_model::message::ChannelKind;
use rapport_model::reading::{Intent, Mood};
use rapport_model::{Id, Kind, RecordRef, ShortNumber};
use rapport_nlp::search::{Order, Query, Request, SearchIndex, Snippet};
use rapport_storage::{Access, Store};
use rapport_workflows::search::{Found, search};
use serde_json::json;

use super::Common;
use crate::config::Config;

/// Find messages and records by their words. All words must match; if nothing holds them all,
/// some are enough. "Quotes" keep words together, -word leaves out, word* completes.
#[derive(Debug, Args)]
#[command(after_help = "Example: rapport search --intent complaint --since 2026-03-01 leaking seal")]
pub(crate) struct Search {
    /// What to look for; with filters it may be left out
    query: Vec<String>,
    /// Also look for synonyms and for what the best results have in common
    #[arg(long)]
    expand: bool,
    /// Only what belongs to this customer: C12
    #[arg(long, value_name = "NUMBER")]
    customer: Option<String>,
    /// Only messages of this channel
    #[arg(long, value_parser = channel)]
    channel: Option<ChannelKind>,
    /// Only messages with this intent
    #[arg(long, value_parser = intent)]
    intent: Option<Intent>,
    /// Only messages of this mood: negative, neutral, positive
    #[arg(long, value_parser = mood)]
    sentiment: Option<Mood>,
    /// Only from this time on
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Only before this time
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Newest first instead of best first
    #[arg(long)]
    newest: bool,
    /// How many results
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=100))]
    limit: u16,
}

fn channel(text: &str) -> Result<ChannelKind, String> {
    ChannelKind::by_name(text).ok_or_else(|| names(ChannelKind::ALL.iter().map(|c| c.name())))
}

fn intent(text: &str) -> Result<Intent, String> {
    Intent::by_name(text).ok_or_else(|| names(Intent::ALL.iter().map(|i| i.name())))
}

fn mood(text: &str) -> Result<Mood, String> {
    Mood::by_name(text).ok_or_else(|| names(Mood::ALL.iter().map(|m| m.name())))
}

fn names<'a>(all: impl Iterator<Item = &'a str>) -> String {
    format!("write one of {}", all.collect::<Vec<_>>().join(", "))
}

impl Search {
    pub(crate) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        let dir = common.data()?;
        let store = common.store(Access::Read).await?;
        let searcher = SearchIndex::open_reader(&dir.join("index"), &store.index_key())?;
        let time = |text: &Option<String>| text.as_deref().map(|t| common.time(t)).transpose();
        let request = Request {
            query: Query::parse(&self.query.join(" ")),
            customer: self.customer_id(&store).await?,
            channel: self.channel,
            intent: self.intent,
            mood: self.sentiment,
            since: time(&self.since)?,
            until: time(&self.until)?,
            order: if self.newest { Order::Newest } else { Order::Relevance },
            limit: usize::from(self.limit),
            expand: self.expand,
            ..Request::default()
        };
        let results = search(&store, &searcher, &request).await?;
        if store.index_lag().await? > 0 {
            eprintln!("rapport: the index is behind the store; `rapport reindex` brings it up to date");
        }
        for (typed, found) in &results.corrected {
            eprintln!("searched for {found:?} instead of {typed:?}");
        }
        if results.relaxed {
            eprintln!("nothing has all of these words; these have some");
        }
        let added: Vec<&str> = results.added.iter().map(|a| a.word.as_str()).collect();
        if !added.is_empty() {
            eprintln!("also searched for: {}", added.join(", "));
        }
        for found in &results.found {
            let number = number(&store, found).await?;
            if common.json {
                println!("{}", json(found, &number, &added));
            } else {
                print(found, &number, &common.config()?);
            }
        }
        if !common.json {
            println!("{} of {}", results.found.len(), results.total);
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn customer_id(&self, store: &Store) -> anyhow::Result<Option<Id>> {
        let Some(text) = &self.customer else { return Ok(None) };
        let number: ShortNumber = text.parse()?;
        let record = store.by_number(Kind::Customer, number.number).await?;
        Ok(Some(record.with_context(|| format!("there is no customer {text}"))?.record.id))
    }
}

/// Returns what people call a result: its own number, or its customer's.
async fn number(store: &Store, found: &Found) -> anyhow::Result<String> {
    let named = match found.customer {
        _ if found.record.kind.letter().is_some() => Some(found.record),
        customer => customer.map(|id| RecordRef::new(Kind::Customer, id)),
    };
    let Some(named) = named else { return Ok(String::new()) };
    Ok(store.record(named).await?.map_or(String::new(), |r| r.short().to_string()))
}

fn json(found: &Found, number: &str, added: &[&str]) -> serde_json::Value {
    json!({
        "kind": found.record.kind, "id": found.record.id, "number": number, "score": found.score,
        "at": found.at, "title": found.title, "snippet": found.snippet.text, "marks": found.snippet.marks,
        "added": added,
    })
}

fn print(found: &Found, number: &str, config: &Config) {
    let zone = config.timezone.parse().unwrap_or(chrono_tz::UTC);
    let at =
        rapport_prompts::format::when(rapport_model::reading::Language::of(&config.lang), found.at, zone);
    println!("{number:<6} {}  {}  ({at})", found.record.kind, found.title);
    println!("       {}", marked(&found.snippet));
}

/// Puts the words that were found in bold, on a terminal.
fn marked(snippet: &Snippet) -> String {
    use std::io::IsTerminal as _;
    if !std::io::stdout().is_terminal() {
        return snippet.text.clone();
    }
    let mut out = String::new();
    for (i, c) in snippet.text.chars().enumerate() {
        if snippet.marks.iter().any(|(from, _)| *from == i) {
            out.push_str("\u{1b}[1m");
        }
        if snippet.marks.iter().any(|(_, to)| *to == i) {
            out.push_str("\u{1b}[0m");
        }
        out.push(c);
    }
    out + "\u{1b}[0m"
}

pub(crate) async fn reindex(common: &Common) -> anyhow::Result<ExitCode> {
    let app = common.app().await?;
    let n = app.workflows.reindex().await?;
    app.close().await;
    if common.json {
        println!("{}", json!({ "records": n }));
    } else {
        println!("{n} records are in the index.");
    }
    Ok(ExitCode::SUCCESS)
}
