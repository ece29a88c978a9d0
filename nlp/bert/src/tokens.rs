//! From text to the tokens of MiniLM.

use std::path::Path;

use rust_tokenizers::tokenizer::{BertTokenizer, Tokenizer, TruncationStrategy};

/// Tokens of a text at most, with the two marks around it: what the model was made for.
pub const TOKENS_MAX: usize = 256;
/// Of a longer text the last so many are kept besides the first ones: what people want often
/// stands at the end.
const TAIL_TOKENS: usize = 64;
/// Characters looked at, from the head and from the tail: a token has four on average.
const HEAD_CHARS_MAX: usize = 3000;
const TAIL_CHARS_MAX: usize = 1000;

/// The words that the model knows.
pub struct Tokens {
    tokenizer: BertTokenizer,
}

impl Tokens {
    /// Reads `vocab.txt`.
    ///
    /// # Errors
    /// The file is missing or no list of words.
    pub fn load(vocabulary: &Path) -> Result<Self, String> {
        BertTokenizer::from_file(vocabulary, true, true)
            .map(|tokenizer| Self { tokenizer })
            .map_err(|e| format!("{}: {e}", vocabulary.display()))
    }

    /// Returns the tokens of a text: mark, words, mark; head and tail of a long one.
    pub fn of(&self, text: &str) -> Vec<i64> {
        let text = ends(text);
        let mut ids =
            self.tokenizer.encode(&text, None, 4096, &TruncationStrategy::LongestFirst, 0).token_ids;
        if ids.len() > TOKENS_MAX {
            let tail = ids.split_off(ids.len() - TAIL_TOKENS);
            ids.truncate(TOKENS_MAX - TAIL_TOKENS);
            ids.extend(tail);
        }
        ids
    }
}

/// Returns the head and the tail of a text that is longer than both.
fn ends(text: &str) -> String {
    let Some((head, _)) = text.char_indices().nth(HEAD_CHARS_MAX) else { return text.to_owned() };
    let rest = &text[head..];
    let tail = rest.char_indices().nth_back(TAIL_CHARS_MAX - 1).map_or(0, |(at, _)| at);
    format!("{} {}", &text[..head], &rest[tail..])
}
