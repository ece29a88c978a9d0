//! The service's side of the line to the worker.

use std::io::{BufReader, BufWriter, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use rapport_bert::{
    Answer, DIMENSIONS, Encoder, Hello, PROTOCOL, Request, read_bytes, read_line, read_numbers, write_line,
};

use super::Files;
use crate::NlpError;

/// Texts in a request: so many keep the worker busy, and an answer is never far.
const TEXTS_MAX: usize = 256;
/// Bytes of a text that are sent; the worker looks at head and tail only.
const TEXT_BYTES_MAX: usize = 1 << 16;
/// A worker that says nothing for so long is taken for dead. 256 long texts take some ten seconds.
const SILENCE_MAX: Duration = Duration::from_mins(3);
/// The same while it learns: a thousand short texts take a minute on two processors.
const LEARNING_MAX: Duration = Duration::from_hours(2);
/// Keeps libtorch from giving freed memory back to the system between two batches.
pub(super) const MALLOC: [(&str, &str); 3] = [
    ("MALLOC_MMAP_THRESHOLD_", "33554432"),
    ("MALLOC_TRIM_THRESHOLD_", "2147483647"),
    ("MALLOC_TOP_PAD_", "67108864"),
];

/// A running worker. It ends with this value, or with this program.
#[derive(Debug)]
pub struct Bert {
    files: Files,
    threads: usize,
    line: Option<Line>,
    /// What texts are read by as [`Encoder::Taught`]; a worker that is started gets it first.
    learned: Option<Vec<u8>>,
    used: Used,
}

/// What the worker has used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// Processor time for all texts so far.
    pub cpu: Duration,
    /// Its greatest memory.
    pub peak_rss_bytes: u64,
}

/// The connection to a worker that runs.
#[derive(Debug)]
struct Line {
    child: Child,
    input: BufWriter<ChildStdin>,
    answers: Receiver<Result<Answered, String>>,
}

/// An answer, the numbers behind it and the bytes behind these.
type Answered = (Answer, Vec<f32>, Vec<u8>);

impl Bert {
    /// Names a worker that is started when it is first asked, to compute with `threads` threads.
    pub fn new(files: &Files, threads: usize) -> Self {
        Self { files: files.clone(), threads, line: None, learned: None, used: Used::default() }
    }

    /// Starts the worker.
    ///
    /// # Errors
    /// [`NlpError::Worker`]: it cannot be started, or libtorch or the model is missing or of another
    /// version; its own words are in the error.
    pub fn start(files: &Files, threads: usize) -> Result<Self, NlpError> {
        let line = Line::open(files, threads).map_err(NlpError::Worker)?;
        Ok(Self { line: Some(line), ..Self::new(files, threads) })
    }

    /// Returns the worker's process, if one runs.
    pub fn pid(&self) -> Option<u32> {
        self.line.as_ref().map(|line| line.child.id())
    }

    /// Returns what the worker has used so far.
    pub const fn used(&self) -> Used {
        self.used
    }

    /// Reads texts: [`DIMENSIONS`] numbers for each, in order, of length 1. A worker that died is
    /// started once more.
    ///
    /// # Errors
    /// [`NlpError::Worker`]: it does not start, died twice, is silent, or cannot read the model.
    pub fn embed(&mut self, encoder: Encoder, texts: &[&str]) -> Result<Vec<f32>, NlpError> {
        self.ask(encoder, texts, false)
    }

    /// Reads texts by a plain loop, 32 at a time in their order: what [`Bert::embed`] is measured
    /// against.
    ///
    /// # Errors
    /// As [`Bert::embed`].
    pub fn embed_plainly(&mut self, encoder: Encoder, texts: &[&str]) -> Result<Vec<f32>, NlpError> {
        self.ask(encoder, texts, true)
    }

    /// Learns what tells texts of one label from those of others; `labels` has the number of each text's.
    /// Returns it as [`Bert::take`] wants it. The same texts, labels, seed and threads give the same.
    ///
    /// # Errors
    /// As [`Bert::embed`].
    pub fn teach(&mut self, texts: &[&str], labels: &[usize], seed: u64) -> Result<Vec<u8>, NlpError> {
        let texts = texts.iter().map(|text| ends(text)).collect();
        let request = Request::Teach { texts, labels: labels.to_vec(), seed };
        let (_, learned) = self.answered(&request, &[], LEARNING_MAX)?;
        Ok(learned)
    }

    /// Reads texts as [`Encoder::Taught`] by what was `learned` from now on.
    ///
    /// # Errors
    /// As [`Bert::embed`], and when it is damaged or of another model.
    pub fn take(&mut self, learned: &[u8]) -> Result<(), NlpError> {
        if self.learned.as_deref() == Some(learned) {
            return Ok(());
        }
        self.answered(&Request::Take { bytes: learned.len() }, learned, SILENCE_MAX)?;
        self.learned = Some(learned.to_vec());
        Ok(())
    }

    fn ask(&mut self, encoder: Encoder, texts: &[&str], plain: bool) -> Result<Vec<f32>, NlpError> {
        let mut all = Vec::with_capacity(texts.len() * DIMENSIONS);
        for texts in texts.chunks(TEXTS_MAX) {
            let texts = texts.iter().map(|text| ends(text)).collect();
            let (numbers, _) = self.answered(&Request::Read { encoder, texts, plain }, &[], SILENCE_MAX)?;
            all.extend(numbers);
        }
        Ok(all)
    }

    /// Has a request answered, by a worker that is started once more if need be.
    fn answered(
        &mut self,
        request: &Request,
        bytes: &[u8],
        silence_max: Duration,
    ) -> Result<(Vec<f32>, Vec<u8>), NlpError> {
        let had_run = self.line.is_some();
        let (answer, numbers, learned) = match self.request(request, bytes, silence_max) {
            Ok(answered) => answered,
            Err(first) if !had_run => return Err(NlpError::Worker(first)),
            Err(first) => {
                tracing::warn!(reason = %first, "the bert worker failed and is started again");
                self.line = None;
                self.request(request, bytes, silence_max).map_err(NlpError::Worker)?
            }
        };
        self.used.cpu += Duration::from_micros(answer.cpu_us);
        self.used.peak_rss_bytes = self.used.peak_rss_bytes.max(answer.peak_rss_bytes);
        Ok((numbers, learned))
    }

    fn request(
        &mut self,
        request: &Request,
        bytes: &[u8],
        silence_max: Duration,
    ) -> Result<Answered, String> {
        let line = match &mut self.line {
            Some(line) => line,
            none => {
                let mut line = Line::open(&self.files, self.threads)?;
                if let Some(learned) = &self.learned {
                    line.ask(&Request::Take { bytes: learned.len() }, learned, SILENCE_MAX)?;
                }
                none.insert(line)
            }
        };
        let asked = line.ask(request, bytes, silence_max);
        if asked.is_err() {
            self.line = None;
        }
        asked
    }
}

impl Line {
    fn open(files: &Files, threads: usize) -> Result<Self, String> {
        let mut command = Command::new(&files.worker);
        command.arg("--model").arg(&files.model).args(["--threads", &threads.to_string()]);
        command.envs(MALLOC).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|e| format!("{}: {e}", files.worker.display()))?;
        let input = child.stdin.take().ok_or("the worker has no input")?;
        let mut output = BufReader::new(child.stdout.take().ok_or("the worker has no output")?);
        let hello = read_line::<Hello>(&mut output);
        let Ok(Some(hello)) = hello else {
            return Err(last_words(child));
        };
        if hello.protocol != PROTOCOL {
            let _ = child.kill();
            return Err(format!(
                "{} speaks version {}, this program {PROTOCOL}; build it again",
                files.worker.display(),
                hello.protocol
            ));
        }
        // Bounded: one request is on its way at a time.
        let (sender, answers) = sync_channel(1);
        std::thread::Builder::new()
            .name("bert".into())
            .spawn(move || while sender.send(read_answer(&mut output)).is_ok() {})
            .map_err(|e| format!("no thread for the worker's answers: {e}"))?;
        Ok(Self { child, input: BufWriter::new(input), answers })
    }

    fn ask(&mut self, request: &Request, bytes: &[u8], silence_max: Duration) -> Result<Answered, String> {
        let sent = write_line(&mut self.input, request)
            .and_then(|()| self.input.write_all(bytes))
            .and_then(|()| self.input.flush());
        sent.map_err(|e| format!("the worker is gone: {e}"))?;
        let answered = self.answers.recv_timeout(silence_max).map_err(|e| match e {
            RecvTimeoutError::Timeout => format!("the worker said nothing for {} s", silence_max.as_secs()),
            RecvTimeoutError::Disconnected => "the worker is gone".to_owned(),
        });
        let answered = answered.and_then(|answered| answered)?;
        let rows = match request {
            Request::Read { texts, .. } => texts.len(),
            Request::Teach { .. } | Request::Take { .. } => 0,
        };
        match &answered.0 {
            Answer { error: Some(why), .. } => Err(why.clone()),
            answer if answer.rows != rows => {
                Err(format!("the worker answered {} of {rows} texts", answer.rows))
            }
            _ => Ok(answered),
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        // It would end by itself at the end of its input; this way it also does when it hangs.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read_answer(output: &mut BufReader<ChildStdout>) -> Result<Answered, String> {
    let gone = |e: std::io::Error| format!("the worker is gone: {e}");
    let answer: Answer = read_line(output).map_err(gone)?.ok_or("the worker has ended")?;
    let numbers = read_numbers(output, answer.rows * DIMENSIONS).map_err(gone)?;
    let bytes = read_bytes(output, answer.bytes).map_err(gone)?;
    Ok((answer, numbers, bytes))
}

/// Returns what a worker that did not start said of it.
fn last_words(child: Child) -> String {
    let said = child.wait_with_output().map(|output| String::from_utf8_lossy(&output.stderr).into_owned());
    let said = said.unwrap_or_default();
    let said = said.lines().last().unwrap_or("it ended without a word").trim();
    format!("the worker does not start ({said}); run `nlp/setup-bert`")
}

/// Returns head and tail of a text that is longer than what is sent.
fn ends(text: &str) -> String {
    if text.len() <= TEXT_BYTES_MAX {
        return text.to_owned();
    }
    let (mut head, mut tail) = (TEXT_BYTES_MAX / 2, text.len() - TEXT_BYTES_MAX / 2);
    while !text.is_char_boundary(head) {
        head -= 1;
    }
    while !text.is_char_boundary(tail) {
        tail += 1;
    }
    format!("{} {}", &text[..head], &text[tail..])
}
