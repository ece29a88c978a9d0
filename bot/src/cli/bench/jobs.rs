//! `rapport bench jobs`.

use std::process::ExitCode;

use clap::Args;
use rapport_storage::bench::Ground;
use rapport_storage::bench::jobs::{CLAIM, Woken, fill, pages, wake, wake_bare};
use serde::Serialize;

use super::{Speed, Where, median, timed, verdict};
use crate::cli::Common;

/// What the store should reach of the bare statements' speed.
const BARE_SHARE_MIN: f64 = 0.6;
/// How many more pages a wake-up may touch among many timers than among few.
const PAGES_MAX: f64 = 1.5;

/// Timers woken a second among many that wait, beside the bare statements.
///
/// Due timers are claimed and completed 200 at a time, each half with a commit, through the store
/// and by one statement each on an equal table. Then the pages are counted that waking some of
/// many timers takes, against some of few: it should not matter how many wait.
#[derive(Debug, Args)]
#[command(after_help = "Example: rapport bench jobs --pending 1000000 --due 60000")]
pub(crate) struct JobsBench {
    /// How many timers wait
    #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(10..))]
    pending: u32,
    /// How many of them are due
    #[arg(long, value_name = "N", default_value_t = 60_000, value_parser = clap::value_parser!(u32).range(1..))]
    due: u32,
    /// How often the speeds are measured; the medians are printed
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
    pending: u32,
    due: u32,
    claimed_at_once: u32,
    store: Speed,
    raw: Speed,
    /// The store's speed over the bare loop's: the median of the rounds' ratios.
    ratio: f64,
    cpu_ratio: f64,
    /// Timers that were claimed more than once, in all rounds.
    twice: i64,
    /// Timers that were due and not claimed, or are gone without it.
    lost: i64,
    pages: Option<Pages>,
}

/// The pages that waking takes.
#[derive(Debug, Serialize)]
struct Pages {
    woken: u32,
    of_many: u32,
    of_few: u32,
    among_many: u64,
    among_few: u64,
    ratio: f64,
}

impl JobsBench {
    pub(crate) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        anyhow::ensure!(self.due <= self.pending, "--due is more than --pending");
        let scratch = self.place.files.scratch()?;
        let mut sound = true;
        for ground in self.place.grounds(&scratch) {
            let report = self.measure(&ground).await?;
            sound &= report.twice == 0 && report.lost == 0;
            report.print(common.json)?;
        }
        Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    async fn measure(&self, ground: &Ground) -> anyhow::Result<Report> {
        let (pending, due) = (i64::from(self.pending), i64::from(self.due));
        let (mut ours, mut bare, mut twice, mut lost) = (Vec::new(), Vec::new(), 0, 0);
        for _ in 0..self.rounds {
            fill(ground, "store", pending, due).await?;
            fill(ground, "raw", pending, due).await?;
            let store = ground.reopen("store").await?;
            let (woken, speed) = timed(self.due as usize, wake(&store)).await?;
            store.close().await;
            drop(store);
            let Woken { done, twice: again, left } = woken;
            twice += again as i64;
            lost += (due - done as i64).abs() + (pending - due - left).abs();
            ours.push(speed);
            let (n, speed) = timed(self.due as usize, wake_bare(ground, "raw")).await?;
            anyhow::ensure!(n == self.due as usize, "the bare loop found {n} timers of {due}");
            bare.push(speed);
        }
        let ratio =
            |of: fn(&Speed) -> f64| median(ours.iter().zip(&bare).map(|(o, b)| of(o) / of(b)).collect());
        let report = Report {
            bench: "jobs",
            engine: ground.engine().name(),
            pending: self.pending,
            due: self.due,
            claimed_at_once: CLAIM,
            store: Speed::median(&ours),
            raw: Speed::median(&bare),
            ratio: ratio(|s| s.per_second),
            cpu_ratio: ratio(|s| s.per_cpu_second),
            twice,
            lost,
            pages: self.pages(ground).await?,
        };
        ground.clear("store").await?;
        ground.clear("raw").await?;
        Ok(report)
    }

    /// Counts the pages for a hundredth of the timers, among all and among twice as many as wake.
    async fn pages(&self, ground: &Ground) -> anyhow::Result<Option<Pages>> {
        let woken = self.pending.div_ceil(100);
        let mut counts = [None; 2];
        for (count, of) in counts.iter_mut().zip([self.pending, 2 * woken]) {
            fill(ground, "store", i64::from(of), i64::from(woken)).await?;
            *count = pages(ground, "store", woken as usize).await?;
        }
        let [Some(among_many), Some(among_few)] = counts else { return Ok(None) };
        let ratio = among_many as f64 / among_few.max(1) as f64;
        Ok(Some(Pages { woken, of_many: self.pending, of_few: 2 * woken, among_many, among_few, ratio }))
    }
}

impl Report {
    fn print(&self, json: bool) -> anyhow::Result<()> {
        if json {
            println!("{}", serde_json::to_string(self)?);
            return Ok(());
        }
        println!(
            "{}: {} of {} timers due, claimed and completed {} at a time",
            self.engine, self.due, self.pending, self.claimed_at_once
        );
        println!("{:<10} {:>10} {:>14}", "", "jobs /s", "jobs /cpu s");
        for (name, speed) in [("store", self.store), ("bare", self.raw)] {
            println!("{name:<10} {:>10.0} {:>14.0}", speed.per_second, speed.per_cpu_second);
        }
        println!(
            "{:<10} {:>10.2} {:>14.2}  (goal {BARE_SHARE_MIN}: {})",
            "ratio",
            self.ratio,
            self.cpu_ratio,
            verdict(self.ratio >= BARE_SHARE_MIN)
        );
        println!("claimed twice: {}, lost: {}", self.twice, self.lost);
        if let Some(pages) = &self.pages {
            println!(
                "pages for waking {}: {} among {}, {} among {}, ratio {:.2} (goal at most {PAGES_MAX}: {})",
                pages.woken,
                pages.among_many,
                pages.of_many,
                pages.among_few,
                pages.of_few,
                pages.ratio,
                verdict(pages.ratio <= PAGES_MAX)
            );
        }
        println!();
        Ok(())
    }
}
