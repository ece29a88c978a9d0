//! What was learned of customers' texts, as a small difference to MiniLM's weights: low-rank adaptation (LoRA,
//! Hu et al. 2021). Each changed weight W becomes W + [`SCALE`] · B · A.
//!
//! The file is in the safetensors format, in half precision: `NAME|A` is A of the weight NAME, `NAME|B`
//! its B.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor, nn, no_grad};

/// The difference that ships with the program; its card lies beside it.
pub const SHIPPED: &[u8] = include_bytes!("../../models/customer.safetensors");
/// What the product of both factors is multiplied with.
pub const SCALE: f64 = 2.0;
/// The mark of A, the right factor.
pub const RIGHT: &str = "|A";
/// The mark of B, the left factor.
pub const LEFT: &str = "|B";

/// Adds the difference in `file` to the weights of `vs`; `what` was learned is for the error only.
pub fn add(vs: &nn::VarStore, file: &[u8], what: &str) -> Result<(), String> {
    let factors = read(file).ok_or_else(|| format!("what was learned of {what} is damaged"))?;
    let mut variables = vs.variables();
    for (name, right) in &factors {
        let Some(of) = name.strip_suffix(RIGHT) else { continue };
        let (Some(weight), Some(left)) = (variables.get_mut(of), factors.get(&format!("{of}{LEFT}"))) else {
            return Err(format!("what was learned of {what} is of another model: it changes {of}"));
        };
        let (rows, columns) = (left.size(), right.size());
        if weight.size() != [rows[0], columns[columns.len() - 1]] || rows.get(1) != columns.first() {
            return Err(format!("what was learned of {what} does not fit {of}"));
        }
        no_grad(|| {
            let _ = weight.g_add_(&(left.matmul(right) * SCALE));
        });
    }
    Ok(())
}

/// Returns the file of factors by their names, each brought to half precision.
pub fn file(factors: &BTreeMap<String, Tensor>) -> Vec<u8> {
    let (mut entries, mut data) = (BTreeMap::new(), Vec::new());
    for (name, tensor) in factors {
        let half = tensor.detach().to_kind(Kind::Half).contiguous();
        let (start, end) = (data.len(), data.len() + half.numel() * 2);
        data.resize(end, 0);
        half.copy_data_u8(&mut data[start..], half.numel());
        entries.insert(name, Entry { dtype: F16.into(), shape: half.size(), data_offsets: (start, end) });
    }
    let header = serde_json::to_vec(&entries).expect("names and numbers are JSON");
    [&(header.len() as u64).to_le_bytes()[..], &header, &data].concat()
}

/// How half precision is called in the file.
const F16: &str = "F16";

#[derive(Serialize, Deserialize)]
struct Entry {
    dtype: String,
    shape: Vec<i64>,
    data_offsets: (usize, usize),
}

/// Reads tensors in half precision; nothing where the file is cut or holds others.
fn read(file: &[u8]) -> Option<BTreeMap<String, Tensor>> {
    let (length, rest) = file.split_first_chunk::<8>()?;
    let (header, data) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
    let entries: BTreeMap<String, Entry> = serde_json::from_slice(header).ok()?;
    let tensor = |(name, entry): (String, Entry)| {
        let bytes = data.get(entry.data_offsets.0..entry.data_offsets.1)?;
        let fits = entry.dtype == F16 && entry.shape.iter().product::<i64>() * 2 == bytes.len() as i64;
        let tensor = || Tensor::from_data_size(bytes, &entry.shape, Kind::Half).to_kind(Kind::Float);
        fits.then(|| (name, tensor()))
    };
    entries.into_iter().map(tensor).collect()
}
