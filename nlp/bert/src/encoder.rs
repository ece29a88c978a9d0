//! MiniLM: tokens in, an embedding out.

use std::path::Path;

use rapport_bert::{DIMENSIONS, Encoder};
use rust_bert::Config as _;
use rust_bert::bert::{BertConfig, BertEmbedding as _, BertEmbeddings, BertLayer};
use tch::{Device, Kind, Tensor, nn, no_grad};

use crate::delta;
use crate::tokens::Tokens;

/// What is read together has at most so many tokens, padding counted, and so many texts.
const BATCH_TOKENS_MAX: usize = 2048;
const BATCH_TEXTS_MAX: usize = 32;

/// The layers of MiniLM.
pub struct Net {
    embeddings: BertEmbeddings,
    layers: Vec<BertLayer>,
}

/// Texts as tensors, padded to the longest.
pub struct Batch {
    ids: Tensor,
    /// 1 where a token stands, 0 where padding does.
    pub mask: Tensor,
}

impl Net {
    /// Lays the layers out in `vs` and fills them from the files in `dir`. In training they drop that share of
    /// what they hand on.
    pub fn load(vs: &mut nn::VarStore, dir: &Path, dropout: f64) -> Result<Self, String> {
        let mut config = BertConfig::from_file(dir.join("config.json"));
        (config.hidden_dropout_prob, config.attention_probs_dropout_prob) = (dropout, dropout);
        let root = vs.root();
        let at = &root / "encoder" / "layer";
        let net = Self {
            embeddings: BertEmbeddings::new(&root / "embeddings", &config),
            layers: (0..config.num_hidden_layers).map(|n| BertLayer::new(&at / n, &config)).collect(),
        };
        let weights = dir.join("model.safetensors");
        vs.load(&weights).map_err(|e| format!("{}: {e}", weights.display()))?;
        vs.freeze();
        Ok(net)
    }

    /// Returns the mean of what the last layer says of each token, one row a text.
    pub fn pooled(&self, batch: &Batch, train: bool) -> Tensor {
        let embedded = no_grad(|| self.embeddings.forward_t(Some(&batch.ids), None, None, None, false));
        let mut hidden = embedded.expect("tokens were given");
        let shut: Tensor = ((&batch.mask - 1.0) * 10_000.0).unsqueeze(1).unsqueeze(1);
        for layer in &self.layers {
            hidden = layer.forward_t(&hidden, Some(&shut), None, None, train).hidden_state;
        }
        let mask = batch.mask.unsqueeze(2);
        let sum = (hidden * &mask).sum_dim_intlist([1_i64].as_slice(), false, Kind::Float);
        sum / mask.sum_dim_intlist([1_i64].as_slice(), false, Kind::Float)
    }
}

impl Batch {
    /// Pads token rows to one length.
    pub fn of(rows: &[&[i64]]) -> Self {
        let (n, width) = (rows.len(), rows.iter().map(|row| row.len()).max().unwrap_or(0));
        let (mut ids, mut mask) = (vec![0_i64; n * width], vec![0_f32; n * width]);
        for (at, row) in rows.iter().enumerate() {
            ids[at * width..][..row.len()].copy_from_slice(row);
            mask[at * width..][..row.len()].fill(1.0);
        }
        let shape = [n as i64, width as i64];
        Self { ids: Tensor::from_slice(&ids).view(shape), mask: Tensor::from_slice(&mask).view(shape) }
    }
}

/// The model with the weights of one [`Encoder`].
pub struct Model {
    net: Net,
    /// Owns the weights.
    _vs: nn::VarStore,
}

impl Model {
    /// Loads the model from `dir`, with what was learned of customers' texts added where that is asked for.
    pub fn load(dir: &Path, encoder: Encoder) -> Result<Self, String> {
        match encoder {
            Encoder::Meaning => Self::with(dir, None),
            Encoder::Customer => Self::with(dir, Some((delta::SHIPPED, "customers' texts"))),
            Encoder::Taught => Err("nothing was learned yet that texts could be read by".into()),
        }
    }

    /// Loads it with what was `learned` of labels.
    pub fn taught(dir: &Path, learned: &[u8]) -> Result<Self, String> {
        Self::with(dir, Some((learned, "labels")))
    }

    fn with(dir: &Path, learned: Option<(&[u8], &str)>) -> Result<Self, String> {
        let mut vs = nn::VarStore::new(Device::Cpu);
        let net = Net::load(&mut vs, dir, 0.0)?;
        if let Some((file, what)) = learned {
            delta::add(&vs, file, what)?;
        }
        Ok(Self { net, _vs: vs })
    }

    /// Returns the embeddings of `texts`, one after the other, each of length 1.
    ///
    /// Texts of like length are read together, so that little is computed for padding.
    pub fn embed(&self, tokens: &Tokens, texts: &[String]) -> Result<Vec<f32>, String> {
        let rows: Vec<Vec<i64>> = texts.iter().map(|text| tokens.of(text)).collect();
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by_key(|n| rows[*n].len());
        let mut out = vec![0.0; rows.len() * DIMENSIONS];
        let mut rest = order.as_slice();
        while let Some(last) = batch_len(rest.iter().map(|n| rows[*n].len())) {
            let (batch, after) = rest.split_at(last);
            self.read(batch, &rows, &mut out)?;
            rest = after;
        }
        Ok(out)
    }

    /// The same by a plain loop: texts in their order, 32 at a time.
    pub fn embed_plainly(&self, tokens: &Tokens, texts: &[String]) -> Result<Vec<f32>, String> {
        let rows: Vec<Vec<i64>> = texts.iter().map(|text| tokens.of(text)).collect();
        let order: Vec<usize> = (0..rows.len()).collect();
        let mut out = vec![0.0; rows.len() * DIMENSIONS];
        for batch in order.chunks(BATCH_TEXTS_MAX) {
            self.read(batch, &rows, &mut out)?;
        }
        Ok(out)
    }

    fn read(&self, batch: &[usize], rows: &[Vec<i64>], out: &mut [f32]) -> Result<(), String> {
        let of: Vec<&[i64]> = batch.iter().map(|n| rows[*n].as_slice()).collect();
        let pooled = no_grad(|| {
            let pooled = self.net.pooled(&Batch::of(&of), false);
            let length = pooled.norm_scalaropt_dim(2, [1_i64].as_slice(), true).clamp_min(1e-9);
            (pooled / length).contiguous()
        });
        let numbers = Vec::<f32>::try_from(pooled.flatten(0, -1)).map_err(|e| e.to_string())?;
        let (embeddings, _) = numbers.as_chunks::<DIMENSIONS>();
        for (n, embedding) in batch.iter().zip(embeddings) {
            out[n * DIMENSIONS..][..DIMENSIONS].copy_from_slice(embedding);
        }
        Ok(())
    }
}

/// Returns how many of texts with these growing lengths are read together; `None` where none are left.
fn batch_len(lengths: impl Iterator<Item = usize>) -> Option<usize> {
    let fits = |(n, length): &(usize, usize)| *n < BATCH_TEXTS_MAX && (n + 1) * length <= BATCH_TOKENS_MAX;
    match lengths.enumerate().take_while(|one| one.0 == 0 || fits(one)).count() {
        0 => None,
        n => Some(n),
    }
}
