//! Which engine reads texts, and where its files lie.

use std::path::{Path, PathBuf};

use rapport_nlp::NlpError;
use rapport_nlp::bert::{Bert, Files};

/// The worker's name beside this program.
const WORKER: &str = "rapport-bert";
/// Where a build with the feature `bert` put the worker.
const BUILT: Option<&str> = option_env!("RAPPORT_BERT_WORKER");
/// The model's directory in the data directory.
const MODEL: &str = "models/minilm";
/// Where `nlp/setup-bert` puts the model, from the user's cache directory.
const CACHED: &str = "rapport/minilm";

/// Starts the worker of the engine bert, with one thread less than there are processors.
///
/// # Errors
/// [`NlpError::Worker`]: it or the model is missing, or it does not start; what to do is said.
pub fn start_bert(data: &Path) -> Result<Bert, NlpError> {
    Bert::start(&bert_files(data)?, (processors() - 1).max(1))
}

/// Finds the files of the engine bert.
///
/// # Errors
/// [`NlpError::Worker`]: the worker or the model is missing; what to do is said.
pub fn bert_files(data: &Path) -> Result<Files, NlpError> {
    let beside = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join(WORKER)));
    let workers: Vec<PathBuf> = beside.into_iter().chain(BUILT.map(PathBuf::from)).collect();
    let models: Vec<PathBuf> = [data.join(MODEL)].into_iter().chain(cached()).collect();
    Files::find(&workers, &models)
}

/// Returns how many processors there are for this program.
pub fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn cached() -> Option<PathBuf> {
    let of_home = || Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache"));
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or_else(of_home)?;
    Some(cache.join(CACHED))
}
