//! `rapport backup`: a copy of everything, somewhere else.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use rapport_model::Timestamp;
use rapport_prompts::format;
use rapport_storage::{Access, StorageError, Store};
use serde_json::json;

use super::Common;
use crate::backup::{
    Manifest, Opener, Place, Progress, State, Verified, config_file, how, list, note, select, take, verify,
};
use crate::config::backup::BackupConfig;

/// Copy everything to a place of its own: database, keys, large mails, configuration. Works beside the
/// service, and writes only what is new there. Nobody who writes waits for it.
///
/// PLACE is a directory or s3://BUCKET/PREFIX; without it `backup.to` of rapport.toml counts.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Example: rapport backup /mnt/backups; rapport backup list; rapport backup verify --identity key.txt"
)]
pub(crate) struct Backup {
    #[command(subcommand)]
    what: Option<What>,
    /// Where to: a directory, or s3://BUCKET/PREFIX
    place: Option<String>,
}

/// What else to do with backups.
#[derive(Debug, Subcommand)]
enum What {
    /// Say which backups there are
    #[command(after_help = "Example: rapport backup list --json")]
    List(Where),
    /// Read every byte of a backup and, if it can be opened, restore it to a place that is thrown away
    ///
    /// Exit code 1 if anything is wrong with it.
    #[command(after_help = "Example: rapport backup verify 2026-11-30 --identity key.txt")]
    Verify(Verify),
}

#[derive(Debug, Args)]
struct Where {
    /// Where they lie, if not where rapport.toml says
    #[arg(long, value_name = "PLACE")]
    from: Option<String>,
}

#[derive(Debug, Args)]
struct Verify {
    /// Which one: its name, or as much of it as tells it from others [default: the newest]
    which: Option<String>,
    #[command(flatten)]
    from: Where,
    /// The file of the identity that opens it, as age-keygen wrote it
    #[arg(long, value_name = "FILE")]
    identity: Option<PathBuf>,
    /// The file of the master key [default: that of the data directory, if it is not in the backup]
    #[arg(long, value_name = "FILE")]
    master_key: Option<PathBuf>,
    /// Where to try the restore; it needs as much room as the data directory
    /// [default: the system's directory for temporary files]
    #[arg(long, value_name = "DIR")]
    scratch: Option<PathBuf>,
}

impl Backup {
    pub(crate) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        match self.what {
            None => make(common, self.place).await,
            Some(What::List(of)) => show(common, of).await,
            Some(What::Verify(command)) => command.run(common).await,
        }
    }
}

/// Returns where backups lie: what was said, or what the configuration says.
pub(super) async fn place(common: &Common, said: Option<&str>) -> anyhow::Result<(Place, BackupConfig)> {
    let config = common.config()?.backup.unwrap_or_default();
    let place = match said {
        // As in a shell, what is said is relative to where one is.
        Some(said) => Place::of(said, &config, &std::env::current_dir()?).await,
        None => Place::of(&config.to, &config, &common.data()?).await,
    };
    Ok((place.map_err(anyhow::Error::msg)?, config))
}

/// A bar on a terminal, none in a pipe.
pub(super) fn bar(common: &Common, what: &str) -> ProgressBar {
    if common.json {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(0);
    let style = ProgressStyle::with_template(&format!("{what} {{bar:30}} {{percent}} %, {{eta}} left"));
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

/// Shows on a bar how far it is.
pub(super) fn on(bar: &ProgressBar) -> impl Fn(Progress) + Sync {
    |progress: Progress| {
        bar.set_length(progress.of);
        bar.set_position(progress.done);
    }
}

async fn make(common: &Common, to: Option<String>) -> anyhow::Result<ExitCode> {
    let config = common.config()?;
    let store = Store::open_at(&common.data()?, &config.place(), Access::Amend, common.clock()?).await?;
    let (place, backup) = place(common, to.as_deref()).await?;
    let config_file = config_file(&common.data()?, common.config.as_deref());
    let how = how(&config, &backup, config_file).map_err(anyhow::Error::msg)?;
    let encrypts = how.packer.encrypts();
    let bar = bar(common, "backup");
    let made = take(&store, &place, how, &on(&bar)).await;
    bar.finish_and_clear();
    let made = made.map(|(name, manifest)| (place.name(), name, manifest));
    if let Err(e) = note(&store, &made).await {
        // The backup is what it is, whether the store can remember it or not.
        tracing::warn!(error = %format!("{e:#}"), "how the backup went could not be noted in the store");
    }
    store.close().await;
    let (place, name, manifest) = made?;
    if common.json {
        println!("{}", json!({ "place": place, "name": name, "manifest": manifest }));
        return Ok(ExitCode::SUCCESS);
    }
    println!(
        "{place}/{name} is whole: everything that was acknowledged by {} is in it.",
        when(common, manifest.mark.at)?
    );
    println!(
        "{} rows, {} large mails and {} files: {}, of which {} are new there.",
        manifest.n_rows(),
        manifest.n_blobs,
        manifest.n_files,
        size(manifest.bytes),
        size(manifest.bytes_new)
    );
    if !encrypts {
        println!(
            "It is not encrypted as a whole, so the master key is not in it: keep a copy of keys/master.key \
             elsewhere, or nothing can be read. With `recipients` in the section [backup] it goes along, encrypted."
        );
    }
    Ok(ExitCode::SUCCESS)
}

async fn show(common: &Common, of: Where) -> anyhow::Result<ExitCode> {
    let (place, _) = place(common, of.from.as_deref()).await?;
    let all = list(&place).await?;
    if common.json {
        for one in &all {
            match &one.manifest {
                Ok(manifest) => println!("{}", json!({ "name": one.name, "manifest": manifest })),
                Err(why) => println!("{}", json!({ "name": one.name, "error": why })),
            }
        }
        return Ok(ExitCode::SUCCESS);
    }
    println!("{}", place.name());
    if all.is_empty() {
        println!("There is no backup.");
    }
    for one in &all {
        match &one.manifest {
            Ok(manifest) => println!(
                "{:<20}  {:>9} rows  {:>10}, new {:>10}{}",
                one.name,
                manifest.n_rows(),
                size(manifest.bytes),
                size(manifest.bytes_new),
                if manifest.encrypted { "  encrypted" } else { "" }
            ),
            Err(why) => println!("{:<20}  {why}", one.name),
        }
    }
    Ok(ExitCode::SUCCESS)
}

impl Verify {
    async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        let (place, _) = place(common, self.from.from.as_deref()).await?;
        let (name, manifest) = select(&place, self.which.as_deref()).await?;
        let opener = opener(self.identity.as_deref())?;
        let own = common.data()?.join("keys").join("master.key");
        let master = self.master_key.or_else(|| (!manifest.encrypted && own.exists()).then_some(own));
        let scratch = self.scratch.unwrap_or_else(std::env::temp_dir);
        let scratch = scratch.join(format!("rapport-verify-{}", std::process::id()));
        let bar = bar(common, "verify");
        let found = verify(
            &place,
            (&name, &manifest),
            &opener,
            master.as_deref(),
            &scratch,
            common.clock()?,
            &on(&bar),
        )
        .await;
        bar.finish_and_clear();
        let found = found?;
        remember(common, &found).await?;
        say(common, &place, &name, &manifest, &found)?;
        Ok(if found.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// Has the store remember what was found, where there is one.
async fn remember(common: &Common, found: &Verified) -> anyhow::Result<()> {
    let config = common.config()?;
    let store = match Store::open_at(&common.data()?, &config.place(), Access::Amend, common.clock()?).await {
        Ok(store) => store,
        // Somebody looks through the backups of a house that is gone.
        Err(StorageError::Refused(_) | StorageError::Key { .. }) => return Ok(()),
        Err(e) => return Err(e.into()),
    };
    let now = store.clock().now();
    State::note(&store, |state| {
        state.verified = Some(now);
        state.faults.clone_from(&found.faults);
    })
    .await?;
    store.close().await;
    Ok(())
}

fn say(
    common: &Common,
    place: &Place,
    name: &str,
    manifest: &Manifest,
    found: &Verified,
) -> anyhow::Result<()> {
    if common.json {
        let restored = found.restored.as_ref().map(|restored| {
            json!({
                "changes": restored.n_changes, "records": restored.n_records, "seals": restored.filled.n_seals,
                "erased_again": restored.n_erased,
            })
        });
        println!(
            "{}",
            json!({
                "place": place.name(), "name": name, "parts": found.n_parts, "bytes": found.bytes,
                "mark": manifest.mark, "faults": found.faults, "restored": restored, "left_out": found.left_out,
            })
        );
        return Ok(());
    }
    println!("{}/{name}: {} parts, {}", place.name(), found.n_parts, size(found.bytes));
    found.faults.iter().for_each(|fault| println!("{fault}"));
    if let Some(restored) = &found.restored {
        println!(
            "A trial restore has all {} rows; {} changes of {} records and {} seals hold.",
            manifest.n_rows(),
            restored.n_changes,
            restored.n_records,
            restored.filled.n_seals
        );
    }
    if let Some(why) = &found.left_out {
        println!("Every byte is as it was written. It was not restored on trial: {why}.");
    }
    if found.faults.is_empty() {
        println!("Everything that was acknowledged by {} is in it.", when(common, manifest.mark.at)?);
    }
    Ok(())
}

/// Takes what opens an encrypted backup.
pub(super) fn opener(identity: Option<&std::path::Path>) -> anyhow::Result<Opener> {
    identity.map_or_else(|| Ok(Opener::default()), |file| Opener::of(file).map_err(anyhow::Error::msg))
}

/// Says a time in the house's zone.
pub(super) fn when(common: &Common, at: Timestamp) -> anyhow::Result<String> {
    let config = common.config().context("read the configuration")?;
    let zone = config.timezone.parse().unwrap_or(chrono_tz::UTC);
    Ok(format::when(rapport_model::reading::Language::of(&config.lang), at, zone))
}

/// Says how much something is.
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0..100_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        100_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.2} GB", bytes as f64 / 1e9),
    }
}
