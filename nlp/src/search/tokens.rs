//! Cuts text into what the index holds: words of alphabetic scripts, pairs of letters of
//! scripts without blanks.
//!
//! A run of n letters of Chinese, Japanese, Korean, Thai, Lao, Khmer or Burmese becomes n − 1
//! overlapping pairs and, on its own, its last letter. Hence every letter begins exactly one
//! token, and a search for one letter is a search for tokens that begin with it: all its places
//! are found, also at the end of a run, for one token more a run instead of one more a letter.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

use super::fold::{Letter, Letters, begins_word, continues_word, runs_on};

/// Longer words are no words; their place counts, but they are not indexed.
pub(super) const WORD_LETTERS_MAX: usize = 64;

/// What a token is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Shape {
    /// A word of an alphabetic script, or a number.
    #[default]
    Word,
    /// Two letters of a run.
    Pair,
    /// The last letter of a run; of a run of one letter, the only one.
    Last,
}

/// Gives the tokens of a text one after the other.
pub(super) struct Tokens<'a> {
    letters: Letters<'a>,
    /// The letter of an open run that begins the next token.
    run: Option<Letter>,
    next_position: usize,
    shape: Shape,
    token: Token,
}

impl<'a> Tokens<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let (letters, token) = (Letters::of(text), Token::default());
        Self { letters, run: None, next_position: 0, shape: Shape::Word, token }
    }

    /// Returns what the current token is.
    pub(super) fn shape(&self) -> Shape {
        self.shape
    }

    fn begin(&mut self, shape: Shape, start: usize) {
        self.shape = shape;
        self.token.text.clear();
        self.token.offset_from = start;
        self.token.position = self.next_position;
        self.next_position += 1;
    }

    fn take_run(&mut self, letter: Letter) {
        let follower = self.letters.peek().filter(|l| runs_on(l.c));
        self.begin(if follower.is_some() { Shape::Pair } else { Shape::Last }, letter.start);
        self.token.text.push(letter.c);
        self.token.offset_to = letter.end;
        if let Some(follower) = follower {
            self.letters.next();
            self.token.text.push(follower.c);
            self.token.offset_to = follower.end;
        }
        self.run = follower;
    }

    /// Takes the word that `first` begins; returns whether it is to be indexed.
    fn take_word(&mut self, first: Letter) -> bool {
        self.begin(Shape::Word, first.start);
        self.token.text.push(first.c);
        self.token.offset_to = first.end;
        let mut n_letters = 1;
        while let Some(letter) = self.letters.peek().filter(|l| continues_word(l.c)) {
            self.letters.next();
            n_letters += 1;
            if n_letters <= WORD_LETTERS_MAX {
                self.token.text.push(letter.c);
            }
            self.token.offset_to = letter.end;
        }
        n_letters <= WORD_LETTERS_MAX
    }
}

impl TokenStream for Tokens<'_> {
    fn advance(&mut self) -> bool {
        if let Some(letter) = self.run.take() {
            self.take_run(letter);
            return true;
        }
        while let Some(letter) = self.letters.next() {
            if runs_on(letter.c) {
                self.take_run(letter);
                return true;
            }
            if begins_word(letter.c) && self.take_word(letter) {
                return true;
            }
        }
        false
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

/// The index's tokenizer.
#[derive(Clone, Default)]
pub(super) struct ScriptTokenizer;

impl Tokenizer for ScriptTokenizer {
    type TokenStream<'a> = Tokens<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Tokens<'a> {
        Tokens::of(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<String> {
        let mut tokens = Tokens::of(text);
        std::iter::from_fn(|| tokens.next().map(|t| t.text.clone())).collect()
    }

    #[test]
    fn words_are_words_and_runs_are_pairs() {
        for (text, expected) in [
            ("Refund, please!", &["refund", "please"][..]),
            ("INV-2024/17", &["inv", "2024", "17"]),
            ("退款", &["退款", "款"]),
            ("我要退款。好", &["我要", "要退", "退款", "款", "好"]),
            ("iPhone15手机壳", &["iphone15", "手机", "机壳", "壳"]),
            ("コーヒー・カップ", &["コー", "ーヒ", "ヒー", "ー", "カッ", "ップ", "プ"]),
            ("주문 상태", &["주문", "문", "상태", "태"]),
            ("हिन्दी", &["हिन्दी"]),
            ("🙂 …", &[]),
        ] {
            assert_eq!(tokens(text), expected, "{text}");
        }
    }

    #[test]
    fn a_token_knows_its_bytes_and_its_place() {
        let text = "é 退款单";
        let mut tokens = Tokens::of(text);
        let mut seen = Vec::new();
        while tokens.advance() {
            let token = tokens.token();
            seen.push((&text[token.offset_from..token.offset_to], token.position, tokens.shape()));
        }
        let expected = [
            ("é", 0, Shape::Word),
            ("退款", 1, Shape::Pair),
            ("款单", 2, Shape::Pair),
            ("单", 3, Shape::Last),
        ];
        assert_eq!(seen, expected);
    }

    #[test]
    fn a_word_without_end_is_left_out_and_keeps_its_place() {
        let text = format!("before {} after", "x".repeat(1_000_000));
        let mut tokens = Tokens::of(&text);
        assert_eq!(tokens.next().map(|t| (t.text.clone(), t.position)), Some(("before".into(), 0)));
        assert_eq!(tokens.next().map(|t| (t.text.clone(), t.position)), Some(("after".into(), 2)));
        assert_eq!(tokens.next(), None);
    }
}
