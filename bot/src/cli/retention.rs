//! `rapport retention`: forgetting what is older than the house keeps it.

use std::collections::BTreeMap;
use std::process::ExitCode;

use clap::Args;
use rapport_model::retention::Kept;
use serde_json::json;

use super::Common;

/// Forget what is older than the section [retention] of rapport.toml keeps it: mails and files are removed, closed
/// tickets lose their words, customers who are lost or dormant are erased, who looked at what is forgotten after a
/// year. What belongs to somebody with an open
/// ticket or deal, on legal hold (`privacy hold`) or with restricted processing stays.
#[derive(Debug, Args)]
#[command(after_help = "Example: rapport retention --dry-run")]
pub(crate) struct Retention {
    /// Tell how much that would be, and forget nothing
    #[arg(long)]
    dry_run: bool,
}

impl Retention {
    pub(crate) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        let app = common.app().await?;
        let now = app.store().clock().now();
        let outlived = app.workflows.outlived(now).await?;
        let mut forgotten: BTreeMap<Kept, usize> = BTreeMap::new();
        if !self.dry_run {
            while let Some((kind, n)) = app.forget_portion(now).await? {
                *forgotten.entry(kind).or_default() += n;
            }
        }
        app.close().await;
        for (kind, before, found) in outlived {
            let n = forgotten.get(&kind).copied().unwrap_or(0);
            if common.json {
                let line = json!({ "kind": kind, "before": before, "n": found.n, "oldest": found.oldest, "forgotten": n });
                println!("{line}");
                continue;
            }
            let oldest = found.oldest.map_or_else(String::new, |at| format!(", the oldest of {at}"));
            match self.dry_run {
                true => println!("{kind}: {} from before {before} would be forgotten{oldest}.", found.n),
                false => println!("{kind}: {n} from before {before} forgotten."),
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
