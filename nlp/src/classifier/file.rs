//! The weights and their file.
//!
//! ```text
//! header  magic 4, version u32, checksum u64, labels u32, rows u32, sharpness f32, threshold f32,
//!         encoder u32: 0 none, 1 meaning, 2 customer, 3 taught
//! labels  { length u16, UTF-8 }, bias f32 each
//! dense   weight f32 × labels for each number of an embedding, where there is an encoder
//! learned length u32, what MiniLM was taught, where the encoder is that
//! rows    by hash: { hash u64, idf f32, scale f32 }, then weight i8 × labels each
//! ```
//! Numbers are little-endian. The checksum covers all that follows it.

use crate::NlpError;
use crate::bert::{DIMENSIONS, Encoder};
use crate::linear::checksum;

const MAGIC: [u8; 4] = *b"RPCL";
/// Raised when features or layout change: older files are refused.
const VERSION: u32 = 2;
const SUMMED_FROM: usize = 16;
const LABELS_MAX: usize = 10_000;
const NOT_HERE: u32 = u32::MAX;

/// What a classifier has learned.
#[derive(Debug, Default)]
pub(crate) struct Model {
    pub(super) labels: Vec<String>,
    pub(super) bias: Vec<f32>,
    /// What margins are multiplied with before they become probabilities.
    pub(super) sharpness: f32,
    /// A best margin below this is out of scope.
    pub(super) threshold: f32,
    /// The weights of embeddings, where the classifier reads them.
    pub(super) dense: Option<Dense>,
    /// Hash, inverse document frequency and scale of each row, by hash.
    rows: Vec<(u64, f32, f32)>,
    weights: Vec<i8>,
    /// Row numbers, each at or soon after its hash's place.
    places: Vec<u32>,
}

/// The weights of embeddings.
#[derive(Debug)]
pub(super) struct Dense {
    pub(super) encoder: Encoder,
    /// `weights[number * labels + label]`.
    pub(super) weights: Vec<f32>,
    /// What MiniLM was taught for [`Encoder::Taught`]; else nothing.
    pub(super) learned: Vec<u8>,
}

/// The weights of a gram.
pub(crate) struct Row<'a> {
    pub(super) idf: f32,
    pub(crate) scale: f32,
    pub(crate) weights: &'a [i8],
}

impl Model {
    /// Takes over the columns that have any weight, in eight bits each.
    pub(crate) fn of(labels: Vec<String>, bias: Vec<f32>, columns: &[(u64, f32)], weights: &[f32]) -> Self {
        let n = labels.len();
        let mut order: Vec<usize> = (0..columns.len()).collect();
        order.sort_unstable_by_key(|at| columns[*at].0);
        let mut model =
            Self { labels, bias, sharpness: 1.0, threshold: f32::NEG_INFINITY, ..Self::default() };
        for at in order {
            let weights = &weights[at * n..][..n];
            let largest = weights.iter().fold(0.0_f32, |largest, weight| largest.max(weight.abs()));
            if largest == 0.0 {
                continue;
            }
            let scale = largest / 127.0;
            model.rows.push((columns[at].0, columns[at].1, scale));
            model.weights.extend(weights.iter().map(|weight| (weight / scale).round() as i8));
        }
        model.find_places();
        model
    }

    fn find_places(&mut self) {
        self.places = vec![NOT_HERE; (self.rows.len() * 2).next_power_of_two().max(2)];
        for (row, (hash, ..)) in self.rows.iter().enumerate() {
            let mut at = self.place(*hash);
            while self.places[at] != NOT_HERE {
                at = (at + 1) % self.places.len();
            }
            self.places[at] = row as u32;
        }
    }

    fn place(&self, hash: u64) -> usize {
        (hash >> 20) as usize % self.places.len()
    }

    /// Returns the row of a gram.
    pub(crate) fn find(&self, hash: u64) -> Option<u32> {
        let mut at = self.place(hash);
        loop {
            let row = self.places[at];
            if row == NOT_HERE {
                return None;
            }
            if self.rows[row as usize].0 == hash {
                return Some(row);
            }
            at = (at + 1) % self.places.len();
        }
    }

    pub(crate) fn row(&self, row: u32) -> Row<'_> {
        let n = self.labels.len();
        let (_, idf, scale) = self.rows[row as usize];
        Row { idf, scale, weights: &self.weights[row as usize * n..][..n] }
    }

    pub(super) fn n_rows(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.weights.len() + 16 * self.rows.len() + 1024);
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&VERSION.to_le_bytes());
        out.extend_from_slice(&[0; 8]);
        out.extend_from_slice(&(self.labels.len() as u32).to_le_bytes());
        out.extend_from_slice(&(self.rows.len() as u32).to_le_bytes());
        out.extend_from_slice(&self.sharpness.to_le_bytes());
        out.extend_from_slice(&self.threshold.to_le_bytes());
        let encoder = self.dense.as_ref().map_or(0_u32, |dense| number(dense.encoder));
        out.extend_from_slice(&encoder.to_le_bytes());
        for label in &self.labels {
            out.extend_from_slice(&(label.len() as u16).to_le_bytes());
            out.extend_from_slice(label.as_bytes());
        }
        self.bias.iter().for_each(|bias| out.extend_from_slice(&bias.to_le_bytes()));
        let dense = self.dense.iter().flat_map(|dense| &dense.weights);
        dense.for_each(|weight| out.extend_from_slice(&weight.to_le_bytes()));
        if let Some(Dense { encoder: Encoder::Taught, learned, .. }) = &self.dense {
            out.extend_from_slice(&(learned.len() as u32).to_le_bytes());
            out.extend_from_slice(learned);
        }
        for (hash, idf, scale) in &self.rows {
            out.extend_from_slice(&hash.to_le_bytes());
            out.extend_from_slice(&idf.to_le_bytes());
            out.extend_from_slice(&scale.to_le_bytes());
        }
        out.extend(self.weights.iter().map(|weight| weight.cast_unsigned()));
        let sum = checksum(&out[SUMMED_FROM..]);
        out[8..SUMMED_FROM].copy_from_slice(&sum.to_le_bytes());
        out
    }

    /// Reads a file's content; `path` is for the error only.
    ///
    /// # Errors
    /// [`NlpError::Model`] when it is cut, damaged or no such file at all, [`NlpError::Outdated`] when it
    /// is of another version.
    pub(crate) fn parse(bytes: &[u8], path: &str) -> Result<Self, NlpError> {
        let refuse = |why: &str| NlpError::Model { path: path.to_owned(), why: why.to_owned() };
        let mut rest = Reader(bytes);
        if rest.take::<4>() != Some(MAGIC) {
            return Err(refuse("it is no classifier; make one with `rapport nlp train DATA.tsv --out FILE`"));
        }
        let version = rest.u32().ok_or_else(|| refuse("it is cut"))?;
        if version != VERSION {
            return Err(NlpError::outdated(path, version, VERSION));
        }
        let sum = rest.take::<8>().map(u64::from_le_bytes);
        if sum != Some(checksum(rest.0)) {
            return Err(refuse("it is cut or damaged; copy it again, or train it again"));
        }
        Self::body(&mut rest).ok_or_else(|| refuse("it is damaged; train it again"))
    }

    /// Reads what the checksum covers; nothing where the numbers do not fit together.
    fn body(rest: &mut Reader<'_>) -> Option<Self> {
        let (n, n_rows) = (rest.u32()? as usize, rest.u32()? as usize);
        if n == 0 || n > LABELS_MAX {
            return None;
        }
        let (sharpness, threshold) = (rest.f32()?, rest.f32()?);
        let encoder = match rest.u32()? {
            0 => None,
            1 => Some(Encoder::Meaning),
            2 => Some(Encoder::Customer),
            3 => Some(Encoder::Taught),
            _ => return None,
        };
        let mut model = Self { sharpness, threshold, ..Self::default() };
        for _ in 0..n {
            let bytes = u16::from_le_bytes(rest.take()?) as usize;
            model.labels.push(std::str::from_utf8(rest.slice(bytes)?).ok()?.to_owned());
        }
        for _ in 0..n {
            model.bias.push(rest.f32()?);
        }
        if let Some(encoder) = encoder {
            let weights = (0..DIMENSIONS * n).map(|_| rest.f32()).collect::<Option<_>>()?;
            let learned = match encoder {
                Encoder::Taught => {
                    let bytes = rest.u32()? as usize;
                    rest.slice(bytes)?.to_vec()
                }
                Encoder::Meaning | Encoder::Customer => Vec::new(),
            };
            model.dense = Some(Dense { encoder, weights, learned });
        }
        if rest.0.len() != n_rows.checked_mul(16 + n)? {
            return None;
        }
        for _ in 0..n_rows {
            model.rows.push((u64::from_le_bytes(rest.take()?), rest.f32()?, rest.f32()?));
        }
        model.weights = rest.0.iter().map(|byte| byte.cast_signed()).collect();
        model.find_places();
        Some(model)
    }
}

/// The number of an encoder in the file.
const fn number(encoder: Encoder) -> u32 {
    match encoder {
        Encoder::Meaning => 1,
        Encoder::Customer => 2,
        Encoder::Taught => 3,
    }
}

/// Bytes yet to be read.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn slice(&mut self, n: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(taken)
    }

    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.slice(N)?.try_into().ok()
    }

    fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }

    fn f32(&mut self) -> Option<f32> {
        self.take().map(f32::from_le_bytes)
    }
}
