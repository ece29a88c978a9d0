//! What the service and its worker say to each other.
//!
//! The worker runs MiniLM by rust-bert on libtorch in a process of its own: a native library that
//! is missing, crashes or runs out of memory then ends the worker, not the service. Over its
//! standard input it gets one [`Request`] a line, as JSON; over its standard output it answers with
//! one [`Answer`] a line and the numbers behind it, four bytes each, little-endian. What was learned of
//! labels stands behind a line as bytes. Its first line is a [`Hello`]. What it has to say to people goes
//! to standard error.

use std::io::{self, BufRead, Read, Write};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Raised when the lines change: service and worker must agree.
pub const PROTOCOL: u32 = 2;
/// Numbers of an embedding.
pub const DIMENSIONS: usize = 384;
/// No line is longer: a request holds some hundred texts, each cut.
pub const LINE_BYTES_MAX: u64 = 64 << 20;
/// What is learned of labels is no longer: it is about 1.3 MB.
pub const LEARNED_BYTES_MAX: usize = 16 << 20;

/// Which weights read a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoder {
    /// MiniLM as it is: what a text is about.
    Meaning,
    /// MiniLM with what was learned of customers' texts added: what they want, how they feel.
    Customer,
    /// MiniLM with what the worker took over last ([`Request::Take`]): what tells certain labels apart.
    Taught,
}

/// What the worker says first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// [`PROTOCOL`] of the worker.
    pub protocol: u32,
    /// Processor threads that it computes with.
    pub threads: usize,
}

/// What the worker is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Request {
    /// To read texts.
    Read {
        /// By which weights.
        encoder: Encoder,
        /// The texts.
        texts: Vec<String>,
        /// In the order given, in batches of 32, without sorting by length: what a plain loop does, to
        /// be measured against.
        #[serde(default)]
        plain: bool,
    },
    /// To learn what tells texts of one label from those of others.
    Teach {
        /// The texts.
        texts: Vec<String>,
        /// The label of each, by number from 0.
        labels: Vec<usize>,
        /// The same texts, labels, seed and threads give the same.
        seed: u64,
    },
    /// To read as [`Encoder::Taught`] with what was learned: so many bytes behind the line.
    Take {
        /// [`LEARNED_BYTES_MAX`] at most.
        bytes: usize,
    },
}

/// How many numbers follow, or why none do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Embeddings that follow, [`DIMENSIONS`] numbers of length 1 each, in the order of the texts.
    pub rows: usize,
    /// Bytes that follow behind them: what was learned, if that was asked for.
    #[serde(default)]
    pub bytes: usize,
    /// Processor time that they took, in microseconds.
    pub cpu_us: u64,
    /// The worker's greatest memory so far, in bytes.
    pub peak_rss_bytes: u64,
    /// What went wrong; the worker goes on.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error: Option<String>,
}

/// Writes a line.
///
/// # Errors
/// The other side is gone.
pub fn write_line(out: &mut impl Write, what: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, what)?;
    out.write_all(b"\n")
}

/// Reads a line; `None` at the end.
///
/// # Errors
/// The other side is gone, or the line is cut, too long or no such thing.
pub fn read_line<T: DeserializeOwned>(input: &mut impl BufRead) -> io::Result<Option<T>> {
    let mut line = Vec::new();
    if input.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    if line.pop() != Some(b'\n') {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "a line is cut or too long"));
    }
    Ok(Some(serde_json::from_slice(&line)?))
}

/// Writes numbers.
///
/// # Errors
/// The other side is gone.
pub fn write_numbers(out: &mut impl Write, numbers: &[f32]) -> io::Result<()> {
    let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    out.write_all(&bytes)
}

/// Reads `n` numbers.
///
/// # Errors
/// The other side is gone before it wrote them all.
pub fn read_numbers(input: &mut impl Read, n: usize) -> io::Result<Vec<f32>> {
    let mut bytes = vec![0; n * 4];
    input.read_exact(&mut bytes)?;
    let (words, _) = bytes.as_chunks::<4>();
    Ok(words.iter().map(|word| f32::from_le_bytes(*word)).collect())
}

/// Reads `n` bytes.
///
/// # Errors
/// The other side is gone before it wrote them all, or they are more than [`LEARNED_BYTES_MAX`].
pub fn read_bytes(input: &mut impl Read, n: usize) -> io::Result<Vec<u8>> {
    if n > LEARNED_BYTES_MAX {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("{n} bytes are too many")));
    }
    let mut bytes = vec![0; n];
    input.read_exact(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let request = Request::Read { encoder: Encoder::Customer, texts: vec!["a\nb".into()], plain: false };
        let mut wire = Vec::new();
        write_line(&mut wire, &request).expect("memory takes it");
        write_numbers(&mut wire, &[1.5, -0.25]).expect("memory takes it");
        let mut wire = wire.as_slice();
        assert_eq!(read_line::<Request>(&mut wire).expect("it is whole"), Some(request));
        assert_eq!(read_numbers(&mut wire, 2).expect("both are there"), [1.5, -0.25]);
        assert_eq!(read_line::<Request>(&mut wire).expect("it is the end"), None);
    }

    #[test]
    fn a_cut_line_is_an_error() {
        assert!(read_line::<Hello>(&mut &b"{\"protocol\":1"[..]).is_err());
        assert!(read_line::<Hello>(&mut &b"hello\n"[..]).is_err());
        assert!(read_numbers(&mut &b"abc"[..], 1).is_err());
        assert!(read_bytes(&mut &b"abc"[..], 4).is_err());
        assert!(read_bytes(&mut io::repeat(0), LEARNED_BYTES_MAX + 1).is_err());
    }
}
