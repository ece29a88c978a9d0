//! What was learned of customers' texts, as a small difference to MiniLM's weights: low-rank adaptation (LoRA,
//! Hu et al. 2021). Each changed weight W becomes W + [`SCALE`] · B · A.
//!
//! The file is in the safetensors format, in half precision: `NAME|A` is A of the weight NAME, `NAME|B`
//! its B.

use std::collections::BTreeMap;

use serde::Deserialize;
use tch::{Kind, Tensor, nn, no_grad};

/// The difference that ships with the program; its card lies beside it.
pub const SHIPPED: &[u8] = include_bytes!("../../models/customer.safetensors");
/// What the product of both factors is multiplied with.
pub const SCALE: f64 = 2.0;
/// The mark of A, the right factor.
pub const RIGHT: &str = "|A";
/// The mark of B, the left factor.
pub const LEFT: &str = "|B";

/// Adds the difference in `file` to the weights of `vs`.
pub fn add(vs: &nn::VarStore, file: &[u8]) -> Result<(), String> {
    let factors =
        read(file).ok_or("what was learned of customers' texts is damaged; build the program again")?;
    let mut variables = vs.variables();
    for (name, right) in &factors {
        let Some(of) = name.strip_suffix(RIGHT) else { continue };
        let (Some(weight), Some(left)) = (variables.get_mut(of), factors.get(&format!("{of}{LEFT}"))) else {
            return Err(format!("what was learned of customers' texts is of another model: it changes {of}"));
        };
        no_grad(|| {
            let _ = weight.g_add_(&(left.matmul(right) * SCALE));
        });
    }
    Ok(())
}

#[derive(Deserialize)]
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
        let fits = entry.dtype == "F16" && entry.shape.iter().product::<i64>() * 2 == bytes.len() as i64;
        let tensor = || Tensor::from_data_size(bytes, &entry.shape, Kind::Half).to_kind(Kind::Float);
        fits.then(|| (name, tensor()))
    };
    entries.into_iter().map(tensor).collect()
}
