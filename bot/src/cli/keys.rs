//! `rapport keys`: the master key.

use std::process::ExitCode;

use clap::Subcommand;
use rapport_storage::{Access, Store};
use serde_json::json;

use super::Common;

/// What to do with the keys.
#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    /// Make a new master key and wrap all other keys with it
    ///
    /// What they seal is not touched. The old master key opens nothing any more, except in older
    /// copies of the key database: keep it only as long as you keep those.
    #[command(after_help = "Example: rapport keys rotate")]
    Rotate,
}

impl Keys {
    pub(crate) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        let dir = common.data()?;
        let store = Store::open_at(&dir, &common.config()?.place(), Access::Write, common.clock()?).await?;
        let n = store.rotate_master().await?;
        store.close().await;
        if common.json {
            println!("{}", json!({ "keys": n }));
        } else {
            println!(
                "{n} keys are wrapped with a new master key, {}.",
                dir.join("keys/master.key").display()
            );
            println!("Keep a copy of it apart from the store's backups: without it nothing can be read.");
        }
        Ok(ExitCode::SUCCESS)
    }
}
