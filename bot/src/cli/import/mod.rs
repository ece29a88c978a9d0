//! `rapport import`: customers, companies, deals, products, orders, notes and messages out of tables.

mod messages;
mod saved;
mod show;
mod undo;

use std::io::{IsTerminal as _, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use rapport_model::Id;
use rapport_storage::imports::PART;
use rapport_workflows::import::{
    Known, Mapping, Plan, Sheet, Sort, Use, columns, drafts, plan, sheet, write,
};
use serde_json::json;

use super::Common;
use super::usage::usage;
use crate::App;
use show::Read;

/// Bring tables in: CSV, TSV, Excel (.xlsx), JSON Lines or vCards. What would be written is shown first, and
/// one import is one undo. Nothing follows from it: nobody is written to, no rule looks at it.
#[derive(Debug, Subcommand)]
#[command(after_help = "Example: rapport import customers leads.csv")]
pub(crate) enum Import {
    /// People; a column of companies makes those, too
    Customers(Table),
    /// Organisations
    Companies(Table),
    /// Possible sales
    Deals(Table),
    /// What the house sells
    Products(Table),
    /// What was bought: a row is an order, or a line of one
    Orders(Table),
    /// What was written down about customers
    Notes(Table),
    /// What was written to and fro, as history: it starts nothing
    Messages(Table),
    /// Say what was brought in
    List,
    /// Take an import back, all of it
    Undo {
        /// Its place in `rapport import list`, or its number
        batch: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// A table, and how it is read.
#[derive(Debug, Args)]
#[command(after_help = "Example: rapport import customers leads.csv --map \"Mobile=phone\" --keep --dry-run")]
pub(crate) struct Table {
    /// The file
    file: PathBuf,
    /// Only show what would be written
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    /// Write without being asked
    #[arg(long)]
    yes: bool,
    /// By what records are known: email (or else the phone), or a column, such as one of customer numbers
    /// elsewhere
    #[arg(long, value_name = "COLUMN", default_value = "email")]
    key: String,
    /// What a column holds: a field, attr:NAME to keep it as an attribute, - to leave it out
    #[arg(long, value_name = "COLUMN=FIELD", value_parser = pair)]
    map: Vec<(String, String)>,
    /// Keep columns that fit nothing as attributes
    #[arg(long)]
    keep: bool,
    /// Read the columns as was saved under this name
    #[arg(long, value_name = "NAME")]
    mapping: Option<String>,
    /// Save how the columns are read under this name
    #[arg(long, value_name = "NAME")]
    save: Option<String>,
    /// The sheet of a workbook [default: the first]
    #[arg(long, value_name = "SHEET")]
    sheet: Option<String>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (column, field) = text.rsplit_once('=').ok_or("write it like \"Mobile=phone\"")?;
    Ok((column.trim().to_owned(), field.trim().to_owned()))
}

impl Import {
    pub(crate) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        match self {
            Self::Customers(table) => table.run(Sort::Customers, common).await,
            Self::Companies(table) => table.run(Sort::Companies, common).await,
            Self::Deals(table) => table.run(Sort::Deals, common).await,
            Self::Products(table) => table.run(Sort::Products, common).await,
            Self::Orders(table) => table.run(Sort::Orders, common).await,
            Self::Notes(table) => table.run(Sort::Notes, common).await,
            Self::Messages(table) => table.run(Sort::Messages, common).await,
            Self::List => undo::list(common).await,
            Self::Undo { batch, yes } => undo::undo(common, &batch, yes).await,
        }
    }
}

impl Table {
    async fn run(&self, sort: Sort, common: &Common) -> anyhow::Result<ExitCode> {
        let asks = !self.yes && !self.dry_run;
        ensure!(
            !asks || (std::io::stdin().is_terminal() && !common.json),
            "nobody can be asked here: say --yes to write, or --dry-run to see what would be written"
        );
        let place = || self.file.display().to_string();
        let bytes = bytes(&self.file)?;
        let read = sheet::read(&bytes, self.sheet.as_deref()).with_context(place)?;
        let app = common.app().await?;
        let done = self.bring_in(sort, &app, &bytes, read, common).await;
        app.close().await;
        done.with_context(place)
    }

    async fn bring_in(
        &self,
        sort: Sort,
        app: &App,
        bytes: &[u8],
        sheet: Sheet,
        common: &Common,
    ) -> anyhow::Result<ExitCode> {
        let mut mapping = match &self.mapping {
            Some(name) => saved::load(&app.dir, name)?,
            None => Mapping::default(),
        };
        for (column, field) in &self.map {
            mapping.columns.retain(|known, _| !known.eq_ignore_ascii_case(column));
            mapping.columns.insert(column.clone(), field.clone());
        }
        let settings = app.workflows.settings();
        let uses = columns::columns(sort, &sheet, &mapping, self.keep, &settings.region)?;
        let missing =
            mapping.columns.keys().find(|c| !sheet.header.iter().any(|h| h.eq_ignore_ascii_case(c)));
        if let Some(column) = missing.filter(|column| self.map.iter().any(|(c, _)| c == *column)) {
            anyhow::bail!("there is no column {column:?}; there are: {}", show::names(&sheet.header));
        }
        let key = self.key_column(&sheet)?;
        let (_, stages) = app.store().pipeline().await?;
        let around = app.workflows.around(&stages);
        let rows = drafts(sort, &sheet, &uses, key, &around);
        let key = key.map(|at| sheet.header[at].clone());
        let read = Read { file: &self.file, sheet: &sheet, uses: &uses };
        if let Some(name) = &self.save {
            saved::save(&app.dir, name, &columns::mapping(&sheet, &uses))?;
        }
        if sort == Sort::Messages {
            let writes = || Ok(!self.dry_run && (self.yes || asked()?));
            return messages::bring_in(app, &read, rows, common.json, writes).await;
        }
        let known = Known::of(app.store(), sort, &rows, key.as_deref()).await?;
        let made = plan(sort, rows, &known, key.as_deref(), &mut || app.store().new_id());
        drop(known);
        let code = if made.refused.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
        if !common.json {
            show::preview(&read, &made);
        }
        if self.dry_run || (!self.yes && !agreed(&made)?) {
            match common.json {
                true => println!("{}", show::json(&read, &made, None)),
                false => println!("Nothing was written."),
            }
            return Ok(code);
        }
        let report = common.json.then(|| show::json(&read, &made, Some(json!({}))));
        let source = source(sort, bytes, &uses, key.as_deref());
        let batch = self.write(app, made, &source, common.json).await?;
        let written = usage();
        app.index().await?;
        let used = usage();
        let n_rows = sheet.rows.len() as f64;
        if let Some(mut report) = report {
            report["done"] = json!(true);
            report["batch"] = json!(batch);
            report["cpu_seconds"] = json!(written.cpu_seconds);
            report["index_cpu_seconds"] = json!(used.cpu_seconds - written.cpu_seconds);
            report["rows_per_cpu_second"] = json!((n_rows / written.cpu_seconds.max(1e-6)).round());
            report["peak_rss_bytes"] = json!(used.peak_rss_bytes);
            println!("{report}");
        } else {
            match batch {
                Some(batch) => {
                    undo::shown(common)?.remember(std::iter::once(batch));
                    println!("Written. To take it back: rapport import undo 1");
                }
                None => println!("There was nothing to write."),
            }
        }
        Ok(code)
    }

    /// Returns the column that names the records; nothing where it is their address.
    fn key_column(&self, sheet: &Sheet) -> anyhow::Result<Option<usize>> {
        if matches!(self.key.as_str(), "email" | "phone") {
            return Ok(None);
        }
        let at = sheet.header.iter().position(|name| name.eq_ignore_ascii_case(&self.key));
        let there = || {
            format!(
                "there is no column {:?} to know records by; there are: {}",
                self.key,
                show::names(&sheet.header)
            )
        };
        at.map(Some).with_context(there)
    }

    async fn write(&self, app: &App, plan: Plan, source: &str, quiet: bool) -> anyhow::Result<Option<Id>> {
        let bar = progress(plan.items.len(), quiet);
        let batch = write(app.store(), PART, plan, source, |n| bar.set_position(n as u64)).await;
        bar.finish_and_clear();
        batch.context("the same command goes on with it")
    }
}

/// Asks whether what was shown is to be written.
fn agreed(plan: &Plan) -> anyhow::Result<bool> {
    if plan.items.is_empty() { Ok(true) } else { asked() }
}

fn asked() -> anyhow::Result<bool> {
    print!("Import them? [y/N] ");
    std::io::stdout().flush()?;
    let mut typed = String::new();
    std::io::stdin().read_line(&mut typed)?;
    Ok(matches!(typed.trim().to_lowercase().as_str(), "y" | "yes" | "是"))
}

/// Reads a file, unless it is too large to be a table that somebody wants whole.
fn bytes(file: &Path) -> anyhow::Result<Vec<u8>> {
    let cannot = || format!("cannot read {}", file.display());
    let opened = std::fs::File::open(file).with_context(cannot)?;
    let about = opened.metadata().with_context(cannot)?;
    ensure!(!about.is_dir(), "{}: a directory; name a file", file.display());
    let (n, max) = (about.len(), sheet::BYTES_MAX);
    ensure!(n <= max, "{}: {n} bytes, and {max} are allowed: split the file", file.display());
    let mut bytes = Vec::with_capacity(usize::try_from(n).unwrap_or(0));
    opened.take(max + 1).read_to_end(&mut bytes).with_context(cannot)?;
    Ok(bytes)
}

/// Tells imports apart: what the file holds, and how it is read.
fn source(sort: Sort, bytes: &[u8], uses: &[Use], key: Option<&str>) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(bytes);
    hasher.update(sort.name().as_bytes());
    for what in uses {
        hasher.update(format!("\0{what}").as_bytes());
    }
    hasher.update(key.unwrap_or_default().as_bytes());
    hasher.finalize().to_hex()[..32].to_owned()
}

/// Shows how far long work is, on a terminal.
fn progress(n: usize, quiet: bool) -> ProgressBar {
    if quiet || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(n as u64);
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len}, {per_sec}, {eta} left");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}
