//! The weights: a hashed table in which every row knows its owner, and its file.
//!
//! All heads' weights for one gram lie side by side, so that a gram costs one cache line. A row
//! carries 16 more bits of its gram's hash: a gram never seen in training finds no row and says
//! nothing, instead of borrowing the weights of whichever gram shares its place.
//!
//! ```text
//! header  magic 4, version u32, checksum u64, bits u32, heads u32, scale f32 × 20, bias f32 × 20,
//!         chinese f32 × 3
//! rows    (2^bits + PROBES − 1) × { owner u16, idf u8, reserved u8, weight i8 × 20 }
//! ```
//! Numbers are little-endian. The checksum covers all that follows it.

use std::borrow::Cow;
use std::path::Path;

use crate::NlpError;

/// The outputs: 16 intents, 3 moods, urgency.
pub const N_OUT: usize = 20;
/// The heads that they are of: intents, moods, urgency.
pub const N_HEADS: usize = 3;
/// Where the moods begin.
pub const MOODS: usize = 16;
/// Where urgency lies.
pub const URGENT: usize = 19;

/// Returns which head an output is of.
pub const fn head_of(output: usize) -> usize {
    (output >= MOODS) as usize + (output >= URGENT) as usize
}

const MAGIC: [u8; 4] = *b"RPLN";
/// Raised when features, table or heads change: older files are refused.
const VERSION: u32 = 3;
const HEADER_BYTES: usize = 24 + 4 * NUMBERS;
/// Scales, biases, and what Chinese texts' outputs are multiplied with.
const NUMBERS: usize = 2 * N_OUT + N_HEADS;
const ROW_BYTES: usize = 4 + N_OUT;
/// A gram lies in one of so many rows from its place on.
const PROBES: usize = 4;
const BITS_MAX: u32 = 20;
/// One step of the stored inverse document frequency.
const IDF_STEP: f32 = 1.0 / 20.0;

/// Trained weights, calibrated: logits need no further temperature.
#[derive(Clone, Debug)]
pub struct Model {
    bytes: Cow<'static, [u8]>,
    bits: u32,
    scale: [f32; N_OUT],
    bias: [f32; N_OUT],
    chinese: [f32; N_HEADS],
}

/// A gram as training leaves it.
#[derive(Clone, Copy, Debug)]
pub struct TrainedGram {
    /// Its name.
    pub hash: u64,
    /// Its inverse document frequency, above 0.
    pub idf: f32,
    /// A weight for each output.
    pub weights: [f32; N_OUT],
}

/// A row that a gram found.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// Its place in the table.
    pub at: usize,
    /// The inverse document frequency.
    pub idf: f32,
    /// The weights, to be multiplied with [`Model::scale`].
    pub weights: &'a [u8; N_OUT],
}

impl Model {
    /// Lays out `grams` in a table of 2^`bits` rows; the first of two that compete for a place wins,
    /// so give the important ones first. Outputs for a Chinese text are multiplied with `chinese`, by
    /// head. Returns how many grams found no place, too.
    pub fn pack(
        grams: &[TrainedGram],
        bias: [f32; N_OUT],
        chinese: [f32; N_HEADS],
        bits: u32,
    ) -> (Self, usize) {
        let scale = scales(grams);
        let mut bytes = vec![0; HEADER_BYTES + rows(bits) * ROW_BYTES];
        let mut n_lost = 0;
        for gram in grams {
            let start = home(gram.hash, bits);
            let free = (start..start + PROBES).find(|at| owner(row(&bytes, *at)) == 0);
            let Some(at) = free else {
                n_lost += 1;
                continue;
            };
            let row = &mut bytes[HEADER_BYTES + at * ROW_BYTES..][..ROW_BYTES];
            row[..2].copy_from_slice(&fingerprint(gram.hash).to_le_bytes());
            row[2] = (gram.idf / IDF_STEP).round().clamp(1.0, 255.0) as u8;
            for (byte, (weight, scale)) in row[4..].iter_mut().zip(gram.weights.iter().zip(scale)) {
                *byte = ((weight / scale).round().clamp(-127.0, 127.0) as i8).cast_unsigned();
            }
        }
        bytes[..4].copy_from_slice(&MAGIC);
        bytes[4..8].copy_from_slice(&VERSION.to_le_bytes());
        bytes[16..20].copy_from_slice(&bits.to_le_bytes());
        bytes[20..24].copy_from_slice(&(N_OUT as u32).to_le_bytes());
        for (n, value) in scale.iter().chain(&bias).chain(&chinese).enumerate() {
            bytes[24 + 4 * n..28 + 4 * n].copy_from_slice(&value.to_le_bytes());
        }
        let sum = checksum(&bytes[16..]);
        bytes[8..16].copy_from_slice(&sum.to_le_bytes());
        (Self { bytes: Cow::Owned(bytes), bits, scale, bias, chinese }, n_lost)
    }

    /// Reads a file's content; `path` is for the error only.
    ///
    /// # Errors
    /// [`NlpError::Model`] when it is cut, damaged or no such file at all, [`NlpError::Outdated`] when it
    /// is of another version.
    pub fn parse(bytes: impl Into<Cow<'static, [u8]>>, path: &str) -> Result<Self, NlpError> {
        let bytes = bytes.into();
        let refuse = |why: String| Err(NlpError::Model { path: path.to_owned(), why });
        if bytes.len() < HEADER_BYTES || bytes[..4] != MAGIC {
            return refuse("it is no file of weights; make one with `rapport nlp train`".to_owned());
        }
        let version = u32_at(&bytes, 4);
        if version != VERSION {
            return Err(NlpError::outdated(path, version, VERSION));
        }
        let (bits, n_out) = (u32_at(&bytes, 16), u32_at(&bytes, 20));
        if bits > BITS_MAX || n_out as usize != N_OUT {
            return refuse(format!("its table has {n_out} outputs and 2^{bits} rows; train it anew"));
        }
        let expected = HEADER_BYTES + rows(bits) * ROW_BYTES;
        if bytes.len() != expected {
            return refuse(format!("it has {} bytes instead of {expected}; fetch it again", bytes.len()));
        }
        let stored = u64::from(u32_at(&bytes, 8)) | u64::from(u32_at(&bytes, 12)) << 32;
        if stored != checksum(&bytes[16..]) {
            return refuse("its checksum is wrong, so it is damaged; fetch it again".to_owned());
        }
        let float = |n: usize| f32::from_bits(u32_at(&bytes, 24 + 4 * n));
        let scale = std::array::from_fn(float);
        let bias = std::array::from_fn(|n| float(N_OUT + n));
        let chinese = std::array::from_fn(|n| float(2 * N_OUT + n));
        if scale.iter().chain(&bias).chain(&chinese).any(|value: &f32| !value.is_finite()) {
            return refuse("a scale is not a number; train it anew".to_owned());
        }
        Ok(Self { bytes, bits, scale, bias, chinese })
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`NlpError::Io`] when it cannot be read, else as [`Model::parse`].
    pub fn load(path: &Path) -> Result<Self, NlpError> {
        let bytes = std::fs::read(path).map_err(|reason| NlpError::Io {
            what: format!("cannot read the weights {}", path.display()),
            reason,
        })?;
        Self::parse(bytes, &path.display().to_string())
    }

    /// Returns the file's content; the same weights are the same bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Finds the row of a gram, none for a gram never seen in training.
    #[inline]
    pub fn find(&self, hash: u64) -> Option<Row<'_>> {
        let wanted = fingerprint(hash);
        let start = home(hash, self.bits);
        for at in start..start + PROBES {
            match owner(row(&self.bytes, at)) {
                0 => return None,
                found if found == wanted => return Some(self.row(at)),
                _ => {}
            }
        }
        None
    }

    /// Returns the row at a place that [`Model::find`] named.
    #[inline]
    pub fn row(&self, at: usize) -> Row<'_> {
        let row = row(&self.bytes, at);
        let weights = row[4..].as_array().expect("a row ends with its weights");
        Row { at, idf: f32::from(row[2]) * IDF_STEP, weights }
    }

    /// What a stored weight of each output is to be multiplied with.
    pub const fn scale(&self) -> &[f32; N_OUT] {
        &self.scale
    }

    /// What each output is for an empty text.
    pub const fn bias(&self) -> &[f32; N_OUT] {
        &self.bias
    }

    /// What the outputs of each head are to be multiplied with for a Chinese text: its probabilities
    /// are made honest apart from all others.
    pub const fn chinese(&self) -> &[f32; N_HEADS] {
        &self.chinese
    }
}

/// Chooses a step for each output so that the largest weight fits.
fn scales(grams: &[TrainedGram]) -> [f32; N_OUT] {
    let mut largest = [f32::MIN_POSITIVE; N_OUT];
    for gram in grams {
        for (largest, weight) in largest.iter_mut().zip(gram.weights) {
            *largest = largest.max(weight.abs());
        }
    }
    largest.map(|largest| largest / 127.0)
}

const fn rows(bits: u32) -> usize {
    (1 << bits) + PROBES - 1
}

const fn home(hash: u64, bits: u32) -> usize {
    (hash >> 32) as usize & ((1 << bits) - 1)
}

/// 0 marks an empty row.
const fn fingerprint(hash: u64) -> u16 {
    let low = hash as u16;
    if low == 0 { 1 } else { low }
}

#[inline]
fn row(bytes: &[u8], at: usize) -> &[u8; ROW_BYTES] {
    bytes[HEADER_BYTES + at * ROW_BYTES..].first_chunk().expect("a place lies in the table")
}

const fn owner(row: &[u8; ROW_BYTES]) -> u16 {
    u16::from_le_bytes([row[0], row[1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(*bytes[at..].first_chunk().expect("the header is complete"))
}

/// Tells damage from health, eight bytes at a time; guards against accidents, not against malice.
pub fn checksum(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let tail = rest.iter().fold(rest.len() as u64, |sum, byte| sum << 8 | u64::from(*byte));
    words
        .iter()
        .map(|word| u64::from_le_bytes(*word))
        .chain([tail])
        .fold(0x9e37_79b9_7f4a_7c15, |sum: u64, word| {
            (sum ^ word).wrapping_mul(0xd6e8_feb8_6659_fd93).rotate_left(23)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gram(hash: u64) -> TrainedGram {
        TrainedGram { hash, idf: 2.5, weights: std::array::from_fn(|n| n as f32 - 10.0) }
    }

    fn small() -> Model {
        Model::pack(&[gram(7 << 32 | 1), gram(7 << 32 | 2)], [0.5; N_OUT], [1.0, 0.75, 2.0], 4).0
    }

    #[test]
    fn a_gram_finds_its_own_weights_and_a_stranger_finds_none() {
        let model = small();
        let row = model.find(7 << 32 | 2).unwrap();
        assert_eq!((row.at, row.idf), (8, 2.5));
        let last = f32::from(row.weights[19].cast_signed()) * model.scale()[19];
        assert!((last - 9.0).abs() < 0.05);
        assert!(model.find(7 << 32 | 3).is_none());
        assert!(model.find(6 << 32 | 1).is_none());
    }

    #[test]
    fn a_full_place_loses_the_last_comer() {
        let grams: Vec<_> = (1..=6).map(|low| gram(3 << 32 | low)).collect();
        assert_eq!(Model::pack(&grams, [0.0; N_OUT], [1.0; N_HEADS], 4).1, 2);
    }

    #[test]
    fn a_written_model_is_read_back() {
        let model = small();
        let read = Model::parse(model.bytes().to_vec(), "m").unwrap();
        assert_eq!(read.bytes(), model.bytes());
        assert_eq!((read.bias(), read.chinese()), (&[0.5; N_OUT], &[1.0, 0.75, 2.0]));
    }

    #[test]
    fn a_cut_damaged_or_foreign_file_is_refused_with_the_reason() {
        let good = small().bytes().to_vec();
        let changed = |at: usize, byte: u8| {
            let mut bytes = good.clone();
            bytes[at] = byte;
            bytes
        };
        for (bytes, reason) in [
            (Vec::new(), "no file of weights"),
            (b"hello".to_vec(), "no file of weights"),
            (vec![0; 4096], "no file of weights"),
            (changed(4, 9), "version 9"),
            (changed(16, 31), "2^31 rows"),
            (changed(20, 3), "3 outputs"),
            (good[..good.len() - 1].to_vec(), "bytes instead of"),
            (good[..HEADER_BYTES].to_vec(), "bytes instead of"),
            (changed(good.len() - 1, 77), "damaged"),
            (changed(30, 77), "damaged"),
        ] {
            let error = Model::parse(bytes, "linear.bin").unwrap_err().to_string();
            assert!(error.contains("linear.bin") && error.contains(reason), "{error}");
        }
    }
}
