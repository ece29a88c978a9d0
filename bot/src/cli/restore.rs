//! `rapport restore`: a new data directory out of a backup.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::ensure;
use clap::Args;
use serde_json::json;

use super::Common;
use super::backup::{bar, on, opener, place, when};
use crate::backup::{Restore as Restoring, Target, select};

/// Restore a backup to a new place. Everything is checked on the way: each part, the counts, the journal
/// with its chains and seals; who was erased meanwhile is erased again. If anything is wrong, nothing is
/// left of the attempt.
///
/// What waited to leave is held back (`rapport outbox list`): it may have left after the backup.
#[derive(Debug, Args)]
#[command(after_help = "Example: rapport restore /mnt/backups --to /var/lib/rapport --identity key.txt
         rapport restore s3://bucket/rapport 2026-11-30 --to postgres://rapport@db/rapport --data /var/lib/rapport")]
pub(crate) struct Restore {
    /// Where the backup lies: a directory, or s3://BUCKET/PREFIX (as rapport.toml reaches it)
    place: String,
    /// Which one: its name, or as much of it as tells it from others [default: the newest]
    which: Option<String>,
    /// A new data directory, or postgres://… with an empty database; then --data names the directory
    #[arg(long, value_name = "DIR|URL")]
    to: String,
    /// The file of the identity that opens it, as age-keygen wrote it
    #[arg(long, value_name = "FILE")]
    identity: Option<PathBuf>,
    /// The file of the master key, where it is not in the backup
    #[arg(long, value_name = "FILE")]
    master_key: Option<PathBuf>,
    /// Restore a journal that does not hold, too
    #[arg(long)]
    despite_faults: bool,
}

impl Restore {
    pub(crate) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        let (place, _) = place(common, Some(&self.place)).await?;
        let (name, manifest) = select(&place, self.which.as_deref()).await?;
        let target = if self.to.contains("://") {
            ensure!(self.to.starts_with("postgres"), "--to: write a new directory, or postgres://HOST/NAME");
            Target { dir: common.data()?, database: Some(self.to.clone()) }
        } else {
            Target { dir: self.to.clone().into(), database: None }
        };
        let opener = opener(self.identity.as_deref())?;
        let restoring = Restoring {
            place: &place,
            name: &name,
            manifest: &manifest,
            opener: &opener,
            master: self.master_key.as_deref(),
            clock: common.clock()?,
            despite_faults: self.despite_faults,
        };
        let bar = bar(common, "restore");
        let restored = restoring.run(&target, &on(&bar)).await;
        bar.finish_and_clear();
        let restored = restored?;
        let dir = target.dir.display().to_string();
        if common.json {
            println!(
                "{}",
                json!({
                    "place": place.name(), "name": name, "to": dir, "mark": manifest.mark, "rows": manifest.n_rows(),
                    "changes": restored.n_changes, "records": restored.n_records,
                    "seals": restored.filled.n_seals, "faults": restored.faults.len(),
                    "erased_again": restored.n_erased, "held_back": restored.filled.n_held,
                })
            );
            return Ok(ExitCode::SUCCESS);
        }
        println!(
            "{name} is restored to {dir}: everything that was acknowledged by {} is there.",
            when(common, manifest.mark.at)?
        );
        println!(
            "{} rows; the journal holds: {} changes of {} records, {} seals.",
            manifest.n_rows(),
            restored.n_changes,
            restored.n_records,
            restored.filled.n_seals
        );
        if !restored.faults.is_empty() {
            println!(
                "BUT {} of its entries do not: `rapport audit verify` named them.",
                restored.faults.len()
            );
        }
        if restored.n_erased > 0 {
            println!("{} people who were erased after the backup were erased again.", restored.n_erased);
        }
        if restored.filled.n_held > 0 {
            println!(
                "{} messages waited to leave and may have left since: `rapport outbox list` has them.",
                restored.filled.n_held
            );
        }
        println!(
            "Files of secrets that rapport.toml names were not in the backup: put them back, then `rapport check`."
        );
        println!("The search index is built at the first start.");
        Ok(ExitCode::SUCCESS)
    }
}
