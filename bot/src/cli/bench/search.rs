//! `rapport bench search`.

use std::collections::HashSet;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use rapport_model::{Id, Kind};
use rapport_nlp::search::bench::{Raw, RawRequest};
use rapport_nlp::search::{Document, IndexOp, Order, Query, Request, SearchIndex, Searcher};
use rapport_storage::Store;
use rapport_storage::bench::Ground;
use rapport_storage::bench::text::{Asked, Text, TextIndex, keep};
use rapport_workflows::search::search;
use serde::Serialize;

use super::words::{n_customers, texts, word};
use super::{Where, at_share, now, verdict};
use crate::cli::Common;

/// How many times plain tantivy's median a search may take.
const RAW_TIMES_MAX: f64 = 2.0;
/// How many results a search gives.
const RESULTS: usize = 20;
/// Documents that our index commits at once.
const COMMIT: usize = 100_000;
/// The part of the customers that a scope shows: one in so many.
const SCOPE: usize = 10;

/// Searches in short messages, beside plain tantivy and the databases' own indexes.
///
/// Ours is what people get: the encrypted index, and from the store the sealed texts that the
/// snippets are made of. Plain tantivy has its files in the clear and the texts in the index.
#[derive(Debug, Args)]
#[command(after_help = "Example: rapport bench search --messages 1000000")]
pub(crate) struct SearchBench {
    /// How many messages to search in
    #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(100..))]
    messages: u32,
    /// How many different queries of each sort
    #[arg(long, value_name = "N", default_value_t = 40, value_parser = clap::value_parser!(u16).range(1..))]
    queries: u16,
    #[command(flatten)]
    place: Where,
}

/// What was measured.
#[derive(Debug, Serialize)]
struct Report {
    bench: &'static str,
    messages: u32,
    queries: u16,
    sorts: Vec<Row>,
    /// Queries for which the two indexes count different numbers of messages.
    differences: usize,
}

/// One sort of query, in milliseconds.
#[derive(Debug, Serialize)]
struct Row {
    sort: &'static str,
    /// Found, and shown with snippets.
    ours: Times,
    raw: Times,
    /// The medians' ratio.
    ratio: f64,
    /// Found only.
    index: Times,
    raw_index: Times,
    index_ratio: f64,
    fts5: Times,
    #[serde(skip_serializing_if = "Option::is_none")]
    gin: Option<Times>,
}

/// How long queries took, in milliseconds.
#[derive(Clone, Copy, Debug, Default, Serialize)]
struct Times {
    p50_ms: f64,
    p99_ms: f64,
}

impl Times {
    fn of(mut ms: Vec<f64>) -> Self {
        ms.sort_unstable_by(f64::total_cmp);
        Self { p50_ms: at_share(&ms, 0.5), p99_ms: at_share(&ms, 0.99) }
    }
}

/// Everything that is asked.
struct Engines {
    store: Store,
    searcher: Searcher,
    raw: Raw,
    databases: Vec<TextIndex>,
}

impl SearchBench {
    pub(crate) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        let scratch = self.place.files.scratch()?;
        let texts = Arc::new(texts(self.messages as usize));
        let ground = Ground::files(&scratch.path().join("store"));
        let mut databases = Vec::new();
        for ground in self.place.grounds(&scratch) {
            databases.push(TextIndex::build(&ground, "texts", &texts).await?);
        }
        let store = ground.store("texts").await?;
        keep(&store, &texts).await?;
        let searcher = build(&scratch.path().join("index"), &store.index_key(), &texts)?;
        let dir = scratch.path().join("tantivy");
        std::fs::create_dir_all(&dir)?;
        let raw = Raw::build(&dir, texts.iter().map(|t| (t.id, t.customer, t.at, t.words.as_str())))?;

        let mut engines = Engines { store, searcher, raw, databases };
        let mut report = Report {
            bench: "search",
            messages: self.messages,
            queries: self.queries,
            sorts: Vec::new(),
            differences: 0,
        };
        for (sort, asked) in questions(&texts, usize::from(self.queries)) {
            report.differences += asked.iter().filter(|a| engines.differ(a)).count();
            report.sorts.push(engines.measure(sort, &asked).await?);
        }
        engines.store.close().await;
        for database in engines.databases {
            database.close().await;
        }
        for ground in self.place.grounds(&scratch) {
            ground.clear("texts").await?;
        }
        report.print(common.json)?;
        Ok(if report.differences == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// Fills our own index.
fn build(dir: &Path, key: &[u8; 32], texts: &[Text]) -> anyhow::Result<Searcher> {
    let mut index = SearchIndex::recreate(dir, key)?;
    for (n, part) in texts.chunks(COMMIT).enumerate() {
        for text in part {
            index.apply(IndexOp::Put(Document {
                id: text.id,
                kind: Kind::Message,
                customer: Some(text.customer),
                channel: None,
                direction: None,
                intents: Vec::new(),
                mood: None,
                at: text.at,
                title: String::new(),
                body: text.words.clone(),
            }))?;
        }
        index.commit(n as i64)?;
    }
    // Merges that are under way come to their end.
    index.purge()?;
    Ok(index.searcher().clone())
}

/// Returns the sorts of queries, each with its queries.
fn questions(texts: &[Text], n: usize) -> Vec<(&'static str, Vec<Asked>)> {
    let asked = |words: Vec<String>| Asked { words, phrase: false, newest: false, customers: None };
    let common: Vec<Asked> = (0..n).map(|i| asked(vec![word(1 + i)])).collect();
    let two = (0..n).map(|i| asked(vec![word(1 + i), word(100 + 20 * i)])).collect();
    let phrases = texts.iter().step_by((texts.len() / n).max(1)).take(n).map(|text| {
        let words = text.words.split(' ').skip(1).take(2).map(str::to_owned);
        Asked { phrase: true, ..asked(words.collect()) }
    });
    let newest = common.iter().map(|a| Asked { newest: true, ..a.clone() }).collect();
    let scope: Vec<Id> = (0..n_customers(texts.len()) as i64).step_by(SCOPE).map(Id).collect();
    let scoped = common.iter().map(|a| Asked { customers: Some(scope.clone()), ..a.clone() }).collect();
    let phrases = phrases.collect();
    vec![
        ("common word", common),
        ("two words", two),
        ("phrase", phrases),
        ("newest 20", newest),
        ("common, scope", scoped),
    ]
}

fn request(asked: &Asked) -> Request {
    let words = asked.words.join(" ");
    Request {
        query: Query::parse(&if asked.phrase { format!("\"{words}\"") } else { words }),
        visible: asked.customers.as_ref().map(|ids| Arc::new(ids.iter().copied().collect::<HashSet<_>>())),
        order: if asked.newest { Order::Newest } else { Order::Relevance },
        limit: RESULTS,
        ..Request::default()
    }
}

fn raw_request(asked: &Asked, request: &Request) -> RawRequest {
    RawRequest {
        words: asked.words.clone(),
        phrase: asked.phrase,
        newest: asked.newest,
        visible: request.visible.clone(),
        limit: RESULTS,
    }
}

impl Engines {
    /// Tells whether the two indexes disagree on how many messages fit.
    fn differ(&self, asked: &Asked) -> bool {
        let request = request(asked);
        let ours = self.searcher.search(&request).map(|answer| if answer.relaxed { 0 } else { answer.total });
        let raw = self.raw.count(&raw_request(asked, &request));
        !matches!((ours, raw), (Ok(ours), Ok(raw)) if ours == raw)
    }

    /// Asks everybody the same, in turn.
    async fn measure(&mut self, sort: &'static str, asked: &[Asked]) -> anyhow::Result<Row> {
        let (mut ours, mut index, mut raw, mut raw_index) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut databases = vec![Vec::new(); self.databases.len()];
        for round in 0..4 {
            for asked in asked {
                let request = request(asked);
                let plain = raw_request(asked, &request);
                let took = |times: &mut Vec<f64>, started: std::time::Instant| {
                    // The first round warms everybody up.
                    if round > 0 {
                        times.push(started.elapsed().as_secs_f64() * 1e3);
                    }
                };
                let started = now();
                search(&self.store, &self.searcher, &request).await?;
                took(&mut ours, started);
                let started = now();
                self.raw.search_with_texts(&plain)?;
                took(&mut raw, started);
                let started = now();
                self.searcher.search(&request)?;
                took(&mut index, started);
                let started = now();
                self.raw.search(&plain)?;
                took(&mut raw_index, started);
                if round < 2 {
                    for (database, times) in self.databases.iter_mut().zip(&mut databases) {
                        let started = now();
                        database.search(asked).await?;
                        took(times, started);
                    }
                }
            }
        }
        let [ours, raw, index, raw_index] = [ours, raw, index, raw_index].map(Times::of);
        let mut databases = databases.into_iter().map(Times::of);
        Ok(Row {
            sort,
            ours,
            raw,
            ratio: ours.p50_ms / raw.p50_ms,
            index,
            raw_index,
            index_ratio: index.p50_ms / raw_index.p50_ms,
            fts5: databases.next().unwrap_or_default(),
            gin: databases.next(),
        })
    }
}

impl Report {
    fn print(&self, json: bool) -> anyhow::Result<()> {
        if json {
            println!("{}", serde_json::to_string(self)?);
            return Ok(());
        }
        println!(
            "{} messages, {} queries of each sort, the first {RESULTS} results; p50 / p99 in ms",
            self.messages, self.queries
        );
        println!(
            "{:<14} {:>15} {:>15} {:>6} {:>15} {:>15} {:>6} {:>16} {:>16}",
            "",
            "ours, shown",
            "tantivy, shown",
            "ratio",
            "ours, found",
            "tantivy, found",
            "ratio",
            "FTS5",
            "GIN"
        );
        let both = |t: Times| format!("{:.2} / {:.1}", t.p50_ms, t.p99_ms);
        for row in &self.sorts {
            println!(
                "{:<14} {:>15} {:>15} {:>6.2} {:>15} {:>15} {:>6.2} {:>16} {:>16}",
                row.sort,
                both(row.ours),
                both(row.raw),
                row.ratio,
                both(row.index),
                both(row.raw_index),
                row.index_ratio,
                both(row.fts5),
                row.gin.map_or_else(|| "-".to_owned(), both)
            );
        }
        let worst = self.sorts.iter().map(|row| row.ratio).fold(0.0, f64::max);
        println!(
            "the worst median against plain tantivy: {worst:.2} times (goal {RAW_TIMES_MAX}: {}); different counts: {}",
            verdict(worst <= RAW_TIMES_MAX),
            self.differences
        );
        Ok(())
    }
}
