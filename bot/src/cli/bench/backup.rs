//! `rapport bench backup`: a backup of many mails, the next one, and a restore.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use rapport_model::SystemClock;
use rapport_storage::Store;
use rapport_storage::bench::Ground;
use rapport_storage::bench::ingest::{Load, take_in};
use serde::Serialize;

use super::{Where, now, timed};
use crate::Config;
use crate::backup::{Manifest, Opener, Place, Restore, Target, config_file, how, take};
use crate::cli::Common;
use crate::cli::usage::usage;
use crate::config::backup::BackupConfig;

/// Whom a backup is encrypted to, in measuring that; nobody has the identity.
const NOBODY: &str = "age1t7rxyev2z3rw82stdlrrepyc39nvn86l5078zqkf5uasdy86jp6svpy7pa";
/// How mails come in while a backup is made.
const BUSY: Load = Load { producers: 64, portion: 1 };
const BULK: Load = Load { producers: 1, portion: 256 };

/// A backup of many mails, the next one of a hundredth more, and a restore to a file: how fast, how large,
/// and how much slower mails are acknowledged meanwhile.
#[derive(Debug, Args)]
#[command(after_help = "Example: rapport bench backup --messages 100000")]
pub(crate) struct BackupBench {
    /// How many mails there are
    #[arg(long, value_name = "N", default_value_t = 50_000, value_parser = clap::value_parser!(u32).range(1000..))]
    messages: u32,
    #[command(flatten)]
    place: Where,
}

#[derive(Debug, Serialize)]
struct Report {
    bench: &'static str,
    engine: &'static str,
    messages: u32,
    rows: u64,
    /// What the backup takes in its place, and what the next one added.
    bytes: u64,
    bytes_next: u64,
    /// By the clock on the wall and by processor time (a server's is not in it), in seconds.
    first: Took,
    next: Took,
    encrypted: Took,
    restore: Took,
    /// Mails acknowledged a second, 64 at once: alone, and beside one backup after another.
    alone_per_second: f64,
    beside_per_second: f64,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct Took {
    seconds: f64,
    cpu_seconds: f64,
}

async fn took<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<(T, Took)> {
    let (started, cpu) = (now(), usage().cpu_seconds);
    let done = work.await?;
    let (seconds, cpu_seconds) = (started.elapsed().as_secs_f64(), usage().cpu_seconds - cpu);
    Ok((done, Took { seconds, cpu_seconds }))
}

impl BackupBench {
    pub(super) async fn run(&self, common: &Common) -> anyhow::Result<ExitCode> {
        let scratch = self.place.files.scratch()?;
        for ground in self.place.grounds(&scratch) {
            self.measure(&ground, scratch.path()).await?.print(common.json)?;
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn measure(&self, ground: &Ground, scratch: &std::path::Path) -> anyhow::Result<Report> {
        let n = self.messages as usize;
        let store = ground.store("store").await?;
        take_in(&store, BULK.mails(n)).await?;
        store.seal_journal().await?;
        let to = |name: &str| Place::Dir(scratch.join(format!("{}-{name}", ground.engine().name())));
        let ((_, manifest), first) = took(make(&store, &to("place"), None)).await?;
        take_in(&store, BULK.further_mails(1, n / 100)).await?;
        let ((name, again), next) = took(make(&store, &to("place"), None)).await?;
        let (_, encrypted) = took(make(&store, &to("encrypted"), Some(NOBODY))).await?;

        let key = store.dir().join("keys").join("master.key");
        let opener = Opener::default();
        let restore = Restore {
            place: &to("place"),
            name: &name,
            manifest: &again,
            opener: &opener,
            master: Some(&key),
            clock: Arc::new(SystemClock),
            despite_faults: false,
        };
        let target = Target { dir: scratch.join("restored"), database: None };
        let (_, restore) = took(restore.run(&target, &|_| ())).await?;
        std::fs::remove_dir_all(&target.dir)?;

        let (_, alone) = timed(n / 4, take_in(&store, BUSY.further_mails(1_000, n / 4))).await?;
        let backups = async {
            // Until the mails are in.
            for i in 0.. {
                make(&store, &to(&format!("beside{i}")), None).await?;
                tokio::time::sleep(Duration::ZERO).await;
            }
            anyhow::Ok(())
        };
        let mails = timed(n / 4, take_in(&store, BUSY.further_mails(2_000, n / 4)));
        let beside = tokio::select! {
            beside = mails => beside?.1,
            ended = backups => { ended?; anyhow::bail!("backups came to an end") }
        };
        store.close().await;
        drop(store);
        ground.clear("store").await?;
        Ok(Report {
            bench: "backup",
            engine: ground.engine().name(),
            messages: self.messages,
            rows: manifest.n_rows(),
            bytes: manifest.bytes,
            bytes_next: again.bytes_new,
            first,
            next,
            encrypted,
            restore,
            alone_per_second: alone.per_second,
            beside_per_second: beside.per_second,
        })
    }
}

async fn make(store: &Store, place: &Place, recipient: Option<&str>) -> anyhow::Result<(String, Manifest)> {
    let recipients = recipient.into_iter().map(str::to_owned).collect();
    let backup = BackupConfig { recipients, ..BackupConfig::default() };
    let how = how(&Config::default(), &backup, config_file(store.dir(), None)).map_err(anyhow::Error::msg)?;
    take(store, place, how, &|_| ()).await
}

impl Report {
    fn print(&self, json: bool) -> anyhow::Result<()> {
        if json {
            println!("{}", serde_json::to_string(self)?);
            return Ok(());
        }
        let mb = |bytes: u64| bytes as f64 / 1e6;
        println!(
            "{}: {} mails, {} rows, {:.1} MB ({:.0} bytes a mail); a hundredth more added {:.1} MB",
            self.engine,
            self.messages,
            self.rows,
            mb(self.bytes),
            self.bytes as f64 / f64::from(self.messages),
            mb(self.bytes_next)
        );
        for (what, took) in [
            ("backup", self.first),
            ("the next one", self.next),
            ("encrypted", self.encrypted),
            ("restore to a file", self.restore),
        ] {
            println!(
                "{what:<18} {:>7.2} s, {:>7.2} s of processor time, {:>9.0} rows a processor second",
                took.seconds,
                took.cpu_seconds,
                self.rows as f64 / took.cpu_seconds.max(1e-9)
            );
        }
        println!(
            "mails acknowledged a second, 64 at once: {:.0} alone, {:.0} beside backups (ratio {:.2})",
            self.alone_per_second,
            self.beside_per_second,
            self.beside_per_second / self.alone_per_second
        );
        Ok(())
    }
}
