//! MiniLM, read by a worker process (`rapport-bert`): what a text is about and how it feels, as
//! [`DIMENSIONS`] numbers.
//!
//! The worker has libtorch, this program does not: where the library or the weights are missing, or
//! the worker dies, everything else goes on. English only.

mod engine;
mod heads;
mod worker;

use std::path::{Path, PathBuf};
use std::process::Command;

pub use engine::{NAME, Reader};
pub use heads::{Cascade, Embed, Heads};
pub use rapport_bert::{DIMENSIONS, Encoder};
pub use worker::{Bert, Used};

use crate::NlpError;

/// The file that shows that a directory holds the model.
const WEIGHTS: &str = "model.safetensors";

/// Where the worker and the model are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// The program.
    pub worker: PathBuf,
    /// The directory with `config.json`, `model.safetensors` and `vocab.txt`.
    pub model: PathBuf,
}

impl Files {
    /// Returns the first worker and the first model of those named that are there.
    ///
    /// # Errors
    /// [`NlpError::Worker`] that tells which of them is missing and what to do.
    pub fn find(workers: &[PathBuf], models: &[PathBuf]) -> Result<Self, NlpError> {
        let named = |paths: &[PathBuf]| {
            paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(" nor ")
        };
        let worker = workers.iter().find(|path| path.is_file()).ok_or_else(|| {
            NlpError::Worker(format!(
                "its worker is neither {}; build with `--features bert` after `nlp/setup-bert`",
                named(workers)
            ))
        })?;
        let model = models.iter().find(|dir| is_model(dir)).ok_or_else(|| {
            NlpError::Worker(format!("its weights are neither in {}; run `nlp/setup-bert`", named(models)))
        })?;
        Ok(Self { worker: worker.clone(), model: model.clone() })
    }
}

/// Has the worker learn from `tables` (text, tab, mood, and perhaps tab, intent), and write to `out` what
/// that changes of the model. It tells on standard error how far it is; 70,000 short texts and 5,000
/// messages take half an hour on two processors.
///
/// # Errors
/// [`NlpError::Worker`]: it cannot be started or gave up; why, it has said.
pub fn tune(
    files: &Files,
    tables: &[PathBuf],
    out: &Path,
    seed: u64,
    threads: usize,
) -> Result<(), NlpError> {
    let mut command = Command::new(&files.worker);
    command.arg("tune").arg("--model").arg(&files.model).arg("--out").arg(out);
    command.args(["--seed", &seed.to_string(), "--threads", &threads.to_string()]).args(tables);
    command.envs(worker::MALLOC);
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(NlpError::Worker(format!("its worker ended with {status}"))),
        Err(e) => Err(NlpError::Worker(format!("{}: {e}", files.worker.display()))),
    }
}

fn is_model(dir: &Path) -> bool {
    dir.join(WEIGHTS).is_file()
}

#[cfg(test)]
mod tests;
