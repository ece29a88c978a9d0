//! Which engine reads texts, and where its files lie.

use std::fmt;
use std::path::{Path, PathBuf};

use rapport_nlp::bert::{Bert, Cascade, Files, Heads, Reader};
use rapport_nlp::linear::Linear;
use rapport_nlp::{Engine, NlpError};

use crate::config::EngineChoice;

/// Where a house's own weights lie in the data directory, and what they are called.
pub const HOUSE_MODELS: &str = "models";
/// The linear engine's.
pub const LINEAR: &str = "linear.bin";
/// Those that read MiniLM's numbers.
pub const HEADS: &str = "bert.bin";
/// The worker's name beside this program.
const WORKER: &str = "rapport-bert";
/// Where a build with the feature `bert` put the worker.
const BUILT: Option<&str> = option_env!("RAPPORT_BERT_WORKER");
/// The model's directory in the data directory.
const MODEL: &str = "models/minilm";
/// Where `nlp/setup-bert` puts the model, from the user's cache directory.
const CACHED: &str = "rapport/minilm";

/// Which engine reads texts, and why none better.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reads {
    /// Which was asked for.
    pub asked: EngineChoice,
    /// Which it is.
    pub engine: EngineChoice,
    /// Why MiniLM does not read, though it may.
    pub without_bert: Option<String>,
    /// Why weights that the house made lie idle.
    pub idle_weights: Option<String>,
    /// Whether its worker was built, so that MiniLM should read.
    is_set_up: bool,
}

impl Reads {
    /// Finds out which engine reads, and tries the worker.
    pub fn tried(choice: EngineChoice, data: &Path) -> Self {
        let (mut reads, files) = Self::of(choice, data);
        reads.idle_weights = match house_weights(data) {
            Err(why @ NlpError::Outdated { .. }) => Some(why.to_string()),
            _ => None,
        };
        match files.map(|files| Bert::start(&files, bert_threads())) {
            Some(Err(why)) => {
                Self { engine: EngineChoice::Linear, without_bert: Some(why.to_string()), ..reads }
            }
            _ => reads,
        }
    }

    /// Tells whether somebody would expect MiniLM to read.
    pub fn is_less_than_asked(&self) -> bool {
        self.engine != self.asked && (self.asked == EngineChoice::Bert || self.is_set_up)
    }

    fn of(asked: EngineChoice, data: &Path) -> (Self, Option<Files>) {
        let reads = |engine, without_bert, is_set_up| Self {
            asked,
            engine,
            without_bert,
            idle_weights: None,
            is_set_up,
        };
        if asked == EngineChoice::Linear {
            return (reads(asked, None, false), None);
        }
        match bert_files(data) {
            Ok(files) => (reads(asked, None, true), Some(files)),
            Err(why) => (reads(EngineChoice::Linear, Some(why.to_string()), BUILT.is_some()), None),
        }
    }
}

impl fmt::Display for Reads {
    /// Writes `linear`, or `linear (the engine bert cannot be used: …)` where that was to be.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.engine.name())?;
        match self.without_bert.as_ref().filter(|_| self.is_less_than_asked()) {
            None => Ok(()),
            Some(why) => write!(f, " ({why})"),
        }
    }
}

/// Makes the engine that `choice` asks for; without the files of MiniLM, the linear one. Weights that the
/// house made with an earlier program lie idle: an upgrade must not keep the service from starting.
///
/// # Errors
/// [`NlpError::Model`]: weights in the data directory or in the program are damaged.
pub fn engine(choice: EngineChoice, data: &Path) -> Result<Box<dyn Engine>, NlpError> {
    let (linear, heads) = match house_weights(data) {
        Err(why @ NlpError::Outdated { .. }) => {
            tracing::warn!(%why, "the shipped weights read; `rapport nlp train --from-store` makes new ones of the house");
            (None, None)
        }
        read => read?,
    };
    let linear = linear.map_or_else(Linear::shipped, Ok)?;
    Ok(match Reads::of(choice, data).1 {
        None => Box::new(linear),
        Some(files) => {
            let heads = heads.map_or_else(Heads::shipped, Ok)?;
            let cascade = Cascade { linear, heads, always: choice == EngineChoice::Bert };
            Box::new(Reader::new(cascade, Bert::new(&files, bert_threads())))
        }
    })
}

/// Reads the weights that the house made, if any: both files are of one training.
fn house_weights(data: &Path) -> Result<(Option<Linear>, Option<Heads>), NlpError> {
    let there = |name| Some(data.join(HOUSE_MODELS).join(name)).filter(|path| path.exists());
    let linear = there(LINEAR).map(|path| Linear::load(&path)).transpose();
    let heads = there(HEADS).map(|path| Heads::load(&path)).transpose();
    Ok((linear.map_err(taken_out)?, heads.map_err(taken_out)?))
}

/// Says of weights that the house made how to go on without them.
fn taken_out(error: NlpError) -> NlpError {
    match error {
        NlpError::Model { path, why } => {
            let why = format!("{why}; until then “rapport nlp rollback” takes it out of use");
            NlpError::Model { path, why }
        }
        other => other,
    }
}

/// Starts the worker of the engine bert with so many threads.
///
/// # Errors
/// [`NlpError::Worker`]: it or the model is missing, or it does not start; what to do is said.
pub fn start_bert(data: &Path, threads: usize) -> Result<Bert, NlpError> {
    Bert::start(&bert_files(data)?, threads)
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

/// Returns how many threads the engine bert has beside a service: one processor stays free.
pub fn bert_threads() -> usize {
    (processors() - 1).max(1)
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
