//! The engine that reads with MiniLM, and goes on without.

use rapport_model::reading::{Language, Reading};

use super::{Bert, Cascade};
use crate::linear;
use crate::{Engine, NlpError};

/// What the engine calls itself in a [`Reading`].
pub const NAME: &str = "bert-1";

/// After failing so often in a row it is not asked more seldom than each 2^n-th time.
const REST_MAX: u32 = 8;

/// The linear engine first, MiniLM for English texts of which that is not sure.
///
/// A worker that does not start or dies costs its readings only: the linear engine's stand instead,
/// and it is tried again, ever more seldom.
#[derive(Debug)]
pub struct Reader {
    cascade: Cascade,
    bert: Bert,
    /// How often the worker failed in a row.
    n_failed: u32,
    /// So many times it is not asked.
    rest: u32,
}

impl Reader {
    /// Makes an engine; the worker is started when it is first asked.
    pub const fn new(cascade: Cascade, bert: Bert) -> Self {
        Self { cascade, bert, n_failed: 0, rest: 0 }
    }

    fn note(&mut self, failed: Option<NlpError>, was_asked: bool) {
        match failed {
            Some(reason) => {
                if self.n_failed == 0 {
                    tracing::warn!(%reason, "texts are read by the linear engine alone");
                }
                self.n_failed = (self.n_failed + 1).min(REST_MAX);
                self.rest = 1 << self.n_failed;
            }
            None if was_asked && self.n_failed > 0 => {
                tracing::warn!("the engine bert works again");
                self.n_failed = 0;
            }
            None => {}
        }
    }
}

impl Engine for Reader {
    fn languages(&self) -> &[Language] {
        self.cascade.linear.languages()
    }

    fn understand(&mut self, texts: &[&str]) -> Result<Vec<Reading>, NlpError> {
        if self.rest > 0 {
            self.rest -= 1;
            return self.cascade.linear.understand(texts);
        }
        let (read, failed) = self.cascade.read(texts, &mut |encoder, texts| self.bert.embed(encoder, texts));
        self.note(failed, read.iter().any(|(_, by_bert)| *by_bert));
        let reading = |(text, (scores, by_bert)): (&&str, (linear::Scores, bool))| {
            let name = if by_bert { NAME } else { linear::NAME };
            self.cascade.linear.explained(text, &scores, name)
        };
        Ok(texts.iter().zip(read).map(reading).collect())
    }
}
