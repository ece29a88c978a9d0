//! The worker: reads requests, answers with embeddings. See the library for the protocol.
//!
//! `rapport-bert --model DIR --threads N` serves; `rapport-bert tune --model DIR --out FILE TABLE…` teaches
//! MiniLM what customers want and feel. People do not start it: `rapport` does.

mod delta;
mod encoder;
mod lora;
mod teach;
mod tokens;
mod tune;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io::{self, BufWriter, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use rapport_bert::{
    Answer, DIMENSIONS, Encoder, Hello, PROTOCOL, Request, read_bytes, read_line, write_line, write_numbers,
};

use encoder::Model;
use tokens::Tokens;

/// What stood on the command line.
#[derive(Default)]
struct Arguments {
    tune: bool,
    model: PathBuf,
    threads: Option<i32>,
    out: PathBuf,
    seed: u64,
    tables: Vec<String>,
}

fn main() -> ExitCode {
    let done = arguments().and_then(|arguments| {
        tch::set_num_threads(arguments.threads.unwrap_or(1));
        if arguments.tune {
            tune::tune(&arguments.model, &arguments.tables, &arguments.out, arguments.seed)
        } else {
            serve(&arguments)
        }
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn arguments() -> Result<Arguments, String> {
    let mut read = Arguments { seed: 1, ..Arguments::default() };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} wants a value"));
        match word.as_str() {
            "tune" => read.tune = true,
            "--model" => read.model = value()?.into(),
            "--out" => read.out = value()?.into(),
            "--threads" => read.threads = Some(value()?.parse().map_err(|_| "--threads wants a number")?),
            "--seed" => read.seed = value()?.parse().map_err(|_| "--seed wants a number")?,
            _ => read.tables.push(word),
        }
    }
    Ok(read)
}

/// What stays in memory between two requests.
struct Worker {
    dir: PathBuf,
    tokens: Tokens,
    models: HashMap<Encoder, Model>,
}

/// What an answer carries: embeddings one after the other, and what was learned.
type Found = (Vec<f32>, Vec<u8>);

/// Answers until the other side closes the line.
fn serve(arguments: &Arguments) -> Result<(), String> {
    let dir = arguments.model.clone();
    let tokens = Tokens::load(&dir.join("vocab.txt"))?;
    let models = HashMap::from([(Encoder::Meaning, Model::load(&dir, Encoder::Meaning)?)]);
    let mut worker = Worker { dir, tokens, models };
    let (mut input, mut out) = (io::stdin().lock(), BufWriter::new(io::stdout().lock()));
    let gone = |e: io::Error| e.to_string();
    let hello =
        Hello { protocol: PROTOCOL, threads: arguments.threads.unwrap_or(1).max(1).unsigned_abs() as usize };
    write_line(&mut out, &hello).and_then(|()| out.flush()).map_err(gone)?;
    while let Some(request) = read_line::<Request>(&mut input).map_err(gone)? {
        let learned = match &request {
            Request::Take { bytes } => read_bytes(&mut input, *bytes).map_err(gone)?,
            Request::Read { .. } | Request::Teach { .. } => Vec::new(),
        };
        let before = cpu_us();
        let (error, (numbers, bytes)) = match worker.answer(&request, &learned) {
            Ok(found) => (None, found),
            Err(why) => (Some(why), Found::default()),
        };
        let answer = Answer {
            rows: numbers.len() / DIMENSIONS,
            bytes: bytes.len(),
            cpu_us: cpu_us() - before,
            peak_rss_bytes: peak_rss_bytes(),
            error,
        };
        write_line(&mut out, &answer).map_err(gone)?;
        write_numbers(&mut out, &numbers).map_err(gone)?;
        out.write_all(&bytes).and_then(|()| out.flush()).map_err(gone)?;
    }
    Ok(())
}

impl Worker {
    fn answer(&mut self, request: &Request, learned: &[u8]) -> Result<Found, String> {
        match request {
            Request::Read { encoder, texts, plain } => {
                let model = match self.models.entry(*encoder) {
                    Entry::Occupied(loaded) => loaded.into_mut(),
                    Entry::Vacant(place) => place.insert(Model::load(&self.dir, *encoder)?),
                };
                let read = if *plain { Model::embed_plainly } else { Model::embed };
                Ok((read(model, &self.tokens, texts)?, Vec::new()))
            }
            Request::Teach { texts, labels, seed } => {
                Ok((Vec::new(), teach::teach(&self.dir, &self.tokens, texts, labels, *seed)?))
            }
            Request::Take { .. } => {
                self.models.insert(Encoder::Taught, Model::taught(&self.dir, learned)?);
                Ok(Found::default())
            }
        }
    }
}

/// Processor time of this process in microseconds; 0 where the system does not tell.
fn cpu_us() -> u64 {
    usage().map_or(0, |usage| {
        let us = |time: nix::sys::time::TimeVal| time.tv_sec() * 1_000_000 + time.tv_usec();
        (us(usage.user_time()) + us(usage.system_time())).unsigned_abs()
    })
}

fn peak_rss_bytes() -> u64 {
    usage().map_or(0, |usage| usage.max_rss().unsigned_abs() * 1024)
}

fn usage() -> Option<nix::sys::resource::Usage> {
    nix::sys::resource::getrusage(nix::sys::resource::UsageWho::RUSAGE_SELF).ok()
}
