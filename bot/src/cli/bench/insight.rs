//! `rapport bench insight`.

use std::process::ExitCode;

use clap::Args;
use rapport_insight::likely::{Known, Model};
use rapport_insight::ndarray::Array2;
use rapport_insight::outliers::{Method, Options, outliers};
use rapport_insight::rfm::{Cuts, Rfm};
use rapport_workflows::portrait::segment::segment;
use serde::Serialize;

use super::verdict;
use crate::cli::Common;
use crate::cli::usage::usage;

/// What a night may take.
const CPU_SECONDS_MAX: f64 = 15.0;
const BYTES_MAX: i64 = 400 << 20;
/// Customers that models are learnt from.
const LEARNT_FROM: usize = 50_000;

/// Customers scored in a night: segments, who falls silent, who is strange.
///
/// Made-up customers of as many figures as are asked for are put into segments, scored by a model learnt
/// from some of them, and looked at by an isolation forest, in one thread. What of the night is left out is
/// reading figures from the store.
#[derive(Debug, Args)]
#[command(after_help = "Example: rapport bench insight --customers 1000000 --figures 24")]
pub(crate) struct InsightBench {
    /// How many customers there are
    #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(2_000..))]
    customers: u32,
    /// How many figures each has
    #[arg(long, value_name = "N", default_value_t = 24, value_parser = clap::value_parser!(u32).range(4..=1_000))]
    figures: u32,
    /// For the lots that make them
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

/// What a night took.
#[derive(Debug, Serialize)]
struct Report {
    bench: &'static str,
    customers: usize,
    figures: usize,
    /// Seconds of processor time.
    segments_cpu_seconds: f64,
    learn_cpu_seconds: f64,
    churn_cpu_seconds: f64,
    forest_cpu_seconds: f64,
    cpu_seconds: f64,
    /// The most memory of the whole program, the customers' figures with it.
    peak_bytes: i64,
    /// Segments that somebody is in, customers of a probability that is not finite, and the like.
    segments: usize,
    unsound: usize,
}

/// Lots (splitmix64): the same on every machine.
struct Lots(u64);

impl Lots {
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

impl InsightBench {
    pub(crate) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        let (n, width) = (self.customers as usize, self.figures as usize);
        let mut lots = Lots(self.seed);
        // Days, counts and money are skewed: many small, few large.
        let x = Array2::from_shape_simple_fn((n, width), || -lots.unit().max(1e-12).ln() * 30.0);
        let rfm = |i: usize| Rfm { recency: x[[i, 0]], frequency: x[[i, 1]].floor(), money: x[[i, 2]] };
        let cpu = || usage().cpu_seconds;

        let started = cpu();
        let sample: Vec<Rfm> = (0..n).step_by(n.div_ceil(LEARNT_FROM)).map(rfm).collect();
        let cuts = Cuts::learn(&sample).ok_or_else(|| anyhow::anyhow!("too few customers to cut"))?;
        let mut counts = std::collections::BTreeMap::new();
        for i in 0..n {
            *counts.entry(segment(cuts.score(&rfm(i)))).or_insert(0_usize) += 1;
        }
        let segments_cpu = cpu() - started;

        let started = cpu();
        let mut known = |odd: usize| {
            let mut known = Known::default();
            for i in (odd..n).step_by((2 * n).div_ceil(LEARNT_FROM).max(2)) {
                let row = x.row(i).to_vec();
                let odds = (row[0] - 30.0) / 30.0 - (row[1] - 30.0) / 60.0;
                known.came_true.push(lots.unit() < 1.0 / (1.0 + (-odds).exp()));
                known.rows.push(row);
            }
            known
        };
        let (earlier, later) = (known(0), known(1));
        let model = Model::learn(&earlier, &later)?;
        drop((earlier, later));
        let learn_cpu = cpu() - started;

        let started = cpu();
        let mut unsound = 0;
        for row in x.rows() {
            let row = row.as_slice().unwrap_or_default();
            let p = model.probability(row);
            unsound += usize::from(!(0.0..=1.0).contains(&p) || model.reasons(row, 3).len() > 3);
        }
        let churn_cpu = cpu() - started;

        let started = cpu();
        let strange = outliers(&x, Method::Iforest, &Options { seed: self.seed, ..Options::default() })?;
        unsound += strange.iter().filter(|score| !score.is_finite()).count();
        let forest_cpu = cpu() - started;

        let report = Report {
            bench: "insight",
            customers: n,
            figures: width,
            segments_cpu_seconds: segments_cpu,
            learn_cpu_seconds: learn_cpu,
            churn_cpu_seconds: churn_cpu,
            forest_cpu_seconds: forest_cpu,
            cpu_seconds: segments_cpu + learn_cpu + churn_cpu + forest_cpu,
            peak_bytes: usage().peak_rss_bytes,
            segments: counts.len(),
            unsound,
        };
        let sound = report.unsound == 0;
        report.print(common.json)?;
        Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

impl Report {
    fn print(&self, json: bool) -> anyhow::Result<()> {
        if json {
            println!("{}", serde_json::to_string(self)?);
            return Ok(());
        }
        println!("{} customers of {} figures, one thread", self.customers, self.figures);
        println!("  segments            {:6.2} s of processor time", self.segments_cpu_seconds);
        println!("  learn who leaves    {:6.2} s", self.learn_cpu_seconds);
        println!("  score, with reasons {:6.2} s", self.churn_cpu_seconds);
        println!("  isolation forest    {:6.2} s", self.forest_cpu_seconds);
        let megabytes = self.peak_bytes >> 20;
        println!(
            "  together            {:6.2} s · goal {CPU_SECONDS_MAX} s: {}",
            self.cpu_seconds,
            verdict(self.cpu_seconds <= CPU_SECONDS_MAX)
        );
        println!(
            "  memory              {megabytes:6} MB · goal {} MB: {}",
            BYTES_MAX >> 20,
            verdict(self.peak_bytes <= BYTES_MAX)
        );
        Ok(())
    }
}
