//! `rapport bench ingest`.

use std::process::ExitCode;

use clap::Args;
use rapport_storage::bench::Ground;
use rapport_storage::bench::ingest::{Copy, Load, look, take_in};
use serde::Serialize;

use super::{Speed, Where, median, timed, verdict};
use crate::cli::Common;

/// What the store should reach of the raw loop's speed, with many producers.
const RAW_SHARE_MIN: f64 = 0.6;
/// How much more it should do together than one by one.
const TOGETHER_MIN: f64 = 10.0;

/// The loads, the lone producer first.
const LOADS: [(&str, Load); 3] = [
    ("1 producer", Load { producers: 1, portion: 1 }),
    ("64 producers", Load { producers: 64, portion: 1 }),
    ("bulk of 256", Load { producers: 1, portion: 256 }),
];

/// Mails acknowledged a second, beside writing their rows.
///
/// A mail has about 1 kB of text and 3 kB in all, and every second one answers another. The raw
/// loop then writes the rows that the store made of them to an empty database: the same bytes,
/// tables and transactions, one statement for each table, nothing looked up or sealed.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: rapport bench ingest --messages 20000 --postgres postgres://me@localhost/postgres"
)]
pub(crate) struct IngestBench {
    /// How many mails each load has; the lone producer brings an eighth of it
    #[arg(long, value_name = "N", default_value_t = 16_000, value_parser = clap::value_parser!(u32).range(8..))]
    messages: u32,
    /// How often all is measured; the medians are printed
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..))]
    rounds: u8,
    #[command(flatten)]
    place: Where,
}

/// What one engine did.
#[derive(Debug, Serialize)]
struct Report {
    bench: &'static str,
    engine: &'static str,
    messages: u32,
    rounds: u8,
    loads: Vec<Row>,
    /// The best load against one mail a commit.
    together_to_one_by_one: f64,
}

/// What one load did.
#[derive(Debug, Serialize)]
struct Row {
    load: &'static str,
    mails_per_commit: f64,
    store: Speed,
    raw: Speed,
    /// The store's speed over the raw loop's: the median of the rounds' ratios.
    ratio: f64,
    /// The same by processor time.
    cpu_ratio: f64,
    /// Mails that were acknowledged and are not there, in all rounds.
    lost: i64,
}

/// One round of one load.
struct Round {
    per_commit: f64,
    store: Speed,
    raw: Speed,
    lost: i64,
}

impl IngestBench {
    pub(crate) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        let scratch = self.place.files.scratch()?;
        let mut lost = 0;
        for ground in self.place.grounds(&scratch) {
            let report = self.measure(&ground).await?;
            lost += report.loads.iter().map(|row| row.lost).sum::<i64>();
            report.print(common.json)?;
        }
        Ok(if lost == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    async fn measure(&self, ground: &Ground) -> anyhow::Result<Report> {
        let mut rounds: [Vec<Round>; LOADS.len()] = Default::default();
        for _ in 0..self.rounds {
            for (rounds, (_, load)) in rounds.iter_mut().zip(LOADS) {
                let lone = load.producers * load.portion == 1;
                let n = if lone { self.messages / 8 } else { self.messages };
                rounds.push(round(ground, load, n as usize).await?);
            }
        }
        let loads: Vec<Row> =
            LOADS.iter().zip(&rounds).map(|((load, _), rounds)| Row::of(load, rounds)).collect();
        let best = loads.iter().map(|row| row.store.per_second).fold(0.0, f64::max);
        Ok(Report {
            bench: "ingest",
            engine: ground.engine().name(),
            messages: self.messages,
            rounds: self.rounds,
            together_to_one_by_one: best / loads[0].store.per_second,
            loads,
        })
    }
}

/// Measures the store, then the raw loop with the rows that the store made.
async fn round(ground: &Ground, load: Load, n: usize) -> anyhow::Result<Round> {
    let mails = load.mails(n);
    let n = mails.len();
    let store = ground.store("store").await?;
    let before = look(&store, load, 0).await?;
    anyhow::ensure!(before.stored == 0, "the store to measure with is not empty");
    let (acknowledged, speed) = timed(n, take_in(&store, mails)).await?;
    let taken = look(&store, load, acknowledged).await?;
    store.close().await;
    drop(store);
    let copy = Copy::prepare(ground, "store", "raw", taken.per_commit).await?;
    let ((), raw) = timed(n, copy.write()).await?;
    ground.clear("raw").await?;
    ground.clear("store").await?;
    let lost = taken.lost() + (n - acknowledged) as i64;
    Ok(Round { per_commit: taken.per_commit, store: speed, raw, lost })
}

impl Row {
    fn of(load: &'static str, rounds: &[Round]) -> Self {
        let each = |of: fn(&Round) -> f64| median(rounds.iter().map(of).collect());
        Self {
            load,
            mails_per_commit: each(|r| r.per_commit),
            store: Speed::median(&rounds.iter().map(|r| r.store).collect::<Vec<_>>()),
            raw: Speed::median(&rounds.iter().map(|r| r.raw).collect::<Vec<_>>()),
            ratio: each(|r| r.store.per_second / r.raw.per_second),
            cpu_ratio: each(|r| r.store.per_cpu_second / r.raw.per_cpu_second),
            lost: rounds.iter().map(|r| r.lost).sum(),
        }
    }
}

impl Report {
    fn print(&self, json: bool) -> anyhow::Result<()> {
        if json {
            println!("{}", serde_json::to_string(self)?);
            return Ok(());
        }
        println!("{}: {} mails a load, medians of {} rounds", self.engine, self.messages, self.rounds);
        println!(
            "{:<14} {:>8} {:>12} {:>12} {:>7} {:>14} {:>14} {:>7} {:>5}",
            "", "a commit", "store /s", "raw /s", "ratio", "store /cpu s", "raw /cpu s", "ratio", "lost"
        );
        for row in &self.loads {
            println!(
                "{:<14} {:>8.1} {:>12.0} {:>12.0} {:>7.2} {:>14.0} {:>14.0} {:>7.2} {:>5}",
                row.load,
                row.mails_per_commit,
                row.store.per_second,
                row.raw.per_second,
                row.ratio,
                row.store.per_cpu_second,
                row.raw.per_cpu_second,
                row.cpu_ratio,
                row.lost
            );
        }
        let share = self.loads[1..].iter().map(|row| row.ratio).fold(f64::MAX, f64::min);
        println!(
            "of the raw loop, together: {share:.2} (goal {RAW_SHARE_MIN}: {}); together to one by one: {:.1} (goal {TOGETHER_MIN}: {})\n",
            verdict(share >= RAW_SHARE_MIN),
            self.together_to_one_by_one,
            verdict(self.together_to_one_by_one >= TOGETHER_MIN)
        );
        Ok(())
    }
}
