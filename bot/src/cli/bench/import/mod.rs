//! `rapport bench import`: a table of mixed quality, brought in and taken back.

mod people;

use std::process::ExitCode;

use chrono_tz::Tz;
use clap::Args;
use rapport_model::{Actor, Kind};
use rapport_workflows::import::plan as planned;
use rapport_workflows::import::{Around, Known, Mapping, Of, Plan, Sort, columns, drafts, sheet, write};
use serde::Serialize;

use super::{Here, service, verdict};
use crate::cli::Common;
use crate::cli::usage::usage;

/// What should be reached: rows a second of processor time, from the bytes of the file to the last commit;
/// the share of planted duplicates that are found; the share of those found that are none.
const ROWS_MIN: f64 = 5_000.0;
const FOUND_MIN: f64 = 0.98;
const FALSE_MAX: f64 = 0.005;

const CONFIG: &str = "default_region = \"CZ\"\ncurrency = \"CZK\"\n";

/// A table of people brought in and taken back: how fast, and which duplicates were found.
///
/// The table is made up: other cases, spaces, forms of numbers, names the other way round or with a slip,
/// other addresses with the same name and number; families that share a number, and rows that cannot be
/// taken. Its maker knows which rows are one person.
#[derive(Debug, Args)]
#[command(after_help = "Example: rapport bench import --rows 100000")]
pub(crate) struct ImportBench {
    /// How many rows the table has
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(100..))]
    rows: u32,
    /// Another seed makes another table
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Write the table in GB18030 instead of UTF-8
    #[arg(long)]
    gbk: bool,
    #[command(flatten)]
    files: Here,
}

#[derive(Debug, Serialize)]
struct Report {
    bench: &'static str,
    rows: usize,
    gbk: bool,
    new: usize,
    refused: usize,
    /// Of rows that are a person once more, how many were found, in 0..=1.
    recall: f64,
    /// Of rows that were taken for a person once more, how many are not, in 0..=1.
    wrong: f64,
    /// Seconds of processor time: to read the table, to plan, to write, to index what was written, to take
    /// it back.
    read_s: f64,
    plan_s: f64,
    write_s: f64,
    index_s: f64,
    /// To plan the same table once more, and how many records that would make or change.
    again_s: f64,
    n_again: usize,
    undo_s: f64,
    /// To read, plan and write.
    rows_per_cpu_second: f64,
    peak_rss_bytes: i64,
    /// Whether taking it back left the records as they were.
    undone: bool,
}

impl ImportBench {
    pub(super) async fn run(&self, common: &Common) -> anyhow::Result<ExitCode> {
        let scratch = self.files.scratch()?;
        let made = people::table(self.rows as usize, self.seed);
        let bytes = match self.gbk {
            true => encoding_rs::GB18030.encode(&made.csv).0.into_owned(),
            false => made.csv.into_bytes(),
        };
        let app = service(&scratch.path().join("data"), CONFIG).await?;
        let before = app.store().digest().await?;
        let mut at = usage().cpu_seconds;
        let mut lap = || {
            let now = usage().cpu_seconds;
            now - std::mem::replace(&mut at, now)
        };
        let read = sheet::read(&bytes, None)?;
        let region = &app.workflows.settings().region;
        let uses = columns::columns(Sort::Customers, &read, &Mapping::default(), true, region)?;
        let around = Around {
            house: &app.workflows.settings().house,
            users: &[],
            stages: &[],
            region,
            currency: "CZK",
            zone: Tz::Europe__Prague,
        };
        let rows = drafts(Sort::Customers, &read, &uses, None, &around);
        drop(read);
        let read_s = lap();
        let known = Known::of(app.store(), Sort::Customers, &rows, None).await?;
        let plan = planned(Sort::Customers, rows, &known, None, &mut || app.store().new_id());
        drop(known);
        let plan_s = lap();
        let (recall, wrong) = judge(&plan, &made.truth);
        let (new, refused) = (plan.n_new(), plan.refused.len());
        let batch = write(app.store(), rapport_storage::imports::PART, plan, "bench", |_| ()).await?;
        let write_s = lap();
        app.index().await?;
        let index_s = lap();
        // The same table once more says nothing new, and is as quickly told.
        let read = sheet::read(&bytes, None)?;
        let rows = drafts(Sort::Customers, &read, &uses, None, &around);
        let known = Known::of(app.store(), Sort::Customers, &rows, None).await?;
        let once_more = planned(Sort::Customers, rows, &known, None, &mut || app.store().new_id());
        let n_again = once_more.items.len();
        drop((read, known, once_more));
        let again_s = lap();
        let made = app.store().count(Kind::Customer).await?;
        anyhow::ensure!(made == new as i64, "{new} customers were to be made, and there are {made}");
        if let Some(batch) = batch {
            let undone = app.store().undo_import(batch, Actor::Service("bench".into()), |_, _| ()).await?;
            anyhow::ensure!(undone.is_ok(), "it cannot be taken back: {undone:?}");
        }
        let undo_s = lap();
        let undone = app.store().digest().await? == before;
        app.close().await;
        let rows = self.rows as usize;
        let report = Report {
            bench: "import",
            rows,
            gbk: self.gbk,
            new,
            refused,
            recall,
            wrong,
            read_s,
            plan_s,
            write_s,
            index_s,
            again_s,
            n_again,
            undo_s,
            rows_per_cpu_second: (rows as f64 / (read_s + plan_s + write_s).max(1e-9)).round(),
            peak_rss_bytes: usage().peak_rss_bytes,
            undone,
        };
        report.print(common.json)
    }
}

/// Returns which share of the planted duplicates was found, and which share of those found is none.
fn judge(plan: &Plan, truth: &[Option<usize>]) -> (f64, f64) {
    // The header is line 1.
    let who = |line: u64| truth.get(line as usize - 2).copied().flatten();
    let mut n_rows: std::collections::HashMap<usize, usize> = std::collections::HashMap::new();
    truth.iter().flatten().for_each(|person| *n_rows.entry(*person).or_default() += 1);
    let planted: usize = n_rows.values().map(|n| n - 1).sum();
    let is_right = |(line, of): &&(u64, Of)| matches!(of, Of::Row(other) if who(*line).is_some() && who(*line) == who(*other));
    let right = plan.duplicates.iter().filter(is_right).count();
    let found = plan.duplicates.len();
    (right as f64 / planted.max(1) as f64, (found - right) as f64 / found.max(1) as f64)
}

impl Report {
    fn print(&self, json: bool) -> anyhow::Result<ExitCode> {
        let (fast, found) =
            (self.rows_per_cpu_second >= ROWS_MIN, self.recall >= FOUND_MIN && self.wrong <= FALSE_MAX);
        if json {
            println!("{}", serde_json::to_string(self)?);
        } else {
            println!("{} rows: {} new, {} refused", self.rows, self.new, self.refused);
            println!(
                "{:.2} % of the duplicates found, {:.2} % of those found are none: {}",
                self.recall * 100.0,
                self.wrong * 100.0,
                verdict(found)
            );
            println!(
                "{:.0} rows a second of processor time ({:.1} s to read, {:.1} s to plan, {:.1} s to write): {}",
                self.rows_per_cpu_second,
                self.read_s,
                self.plan_s,
                self.write_s,
                verdict(fast)
            );
            println!(
                "{:.1} s to index, {:.1} s to plan it once more ({} changes), {:.1} s to take back, {} MB at most",
                self.index_s,
                self.again_s,
                self.n_again,
                self.undo_s,
                self.peak_rss_bytes >> 20
            );
            println!("taken back, the records are as they were: {}", verdict(self.undone));
        }
        Ok(if self.undone && found { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
