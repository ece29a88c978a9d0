//! Reads what was typed as a command; pure.
//!
//! A slash may stand before the command or not. A mistyped word is understood where it can only
//! mean one thing and nothing is changed by it; else the two nearest commands are offered.

use rapport_model::ShortNumber;

use super::command::{Command, Of};
use super::table::{Name, Spec, VERBS};
use super::{grammar, guess};

/// Longer input is refused.
pub const INPUT_BYTES_MAX: usize = 32 * 1024;

/// Why something typed is no command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParseError {
    /// Nothing was typed.
    Nothing,
    /// It is longer than [`INPUT_BYTES_MAX`].
    TooLong,
    /// No command is meant for sure. The guesses are commands that were perhaps meant, nearest
    /// first.
    Unknown {
        /// What was typed.
        input: String,
        /// What was perhaps meant: two lines that can be typed.
        guesses: [String; 2],
    },
    /// Something is missing, or is not one of the words that can stand there.
    Incomplete(Name),
}

impl ParseError {
    /// Keeps as what was typed all that was.
    fn of(self, text: &str) -> Self {
        match self {
            Self::Unknown { guesses, .. } => Self::Unknown { input: text.to_owned(), guesses },
            other => other,
        }
    }
}

/// A command, and whether its word had to be corrected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// The command.
    pub command: Command,
    /// Whether the first word was mistyped.
    pub corrected: bool,
}

/// Reads a command.
///
/// # Errors
/// It is none; see [`ParseError`].
pub fn parse(text: &str) -> Result<Parsed, ParseError> {
    if text.len() > INPUT_BYTES_MAX {
        return Err(ParseError::TooLong);
    }
    let text = trim(text);
    let (slash, bare) = match text.strip_prefix(['/', '／']) {
        Some(bare) => (true, trim(bare)),
        None => (false, text),
    };
    if bare.is_empty() {
        return Err(ParseError::Nothing);
    }
    let exact = |command| Parsed { command, corrected: false };
    if let Some(of) = grammar::number(bare) {
        return Ok(exact(Command::Show(of)));
    }
    if let Some((name, verb, rest)) = head(bare, slash) {
        let command = match verb {
            None => grammar::command(name, rest),
            Some(verb) => grammar::with_verb(name, verb, rest),
        };
        let command = command.map_err(|e| e.of(text))?;
        return Ok(exact(command));
    }
    let (word, rest) = first_word(bare, slash);
    if let Some(spec) = guess::surely(&word, slash) {
        let command = grammar::command(spec.name, rest)?;
        // A word that was not meant as a command must not change anything.
        if slash || command.only_reads() {
            return Ok(Parsed { command, corrected: true });
        }
    }
    Err(ParseError::Unknown { input: text.to_owned(), guesses: guesses(bare, &word, rest) })
}

/// Takes the command's word off: by its blank, or, in Chinese, by its letters.
fn head(text: &str, slash: bool) -> Option<(Name, Option<&'static str>, &str)> {
    let (word, rest) = first_word(text, slash);
    if let Some(spec) = Spec::by_word(&word) {
        return Some((spec.name, None, rest));
    }
    if let Some((_, name, verb)) = VERBS.iter().find(|(w, ..)| *w == word) {
        return Some((*name, Some(verb), rest));
    }
    let commands = super::COMMANDS.iter().flat_map(|s| s.words().map(|w| (w, s.name, None)));
    let verbs = VERBS.iter().map(|(w, name, verb)| (*w, *name, Some(*verb)));
    let glued = |w: &&str| !w.is_ascii() && text.starts_with(*w);
    let (word, name, verb) =
        commands.chain(verbs).filter(|(w, ..)| glued(w)).max_by_key(|(w, ..)| w.len())?;
    Some((name, verb, argument(&text[word.len()..])))
}

/// Splits off the first word, in lower case and without what follows it: a colon, or the name of
/// the bot that is meant (`/find@rapport_bot`).
fn first_word(text: &str, slash: bool) -> (String, &str) {
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    let word = if slash { word.split('@').next().unwrap_or(word) } else { word };
    let bare = word.trim_end_matches([':', '：', ',', '，', '!', '！', '。']);
    let question = if bare.len() > 1 { bare.trim_end_matches(['?', '？']) } else { bare };
    (question.to_lowercase(), argument(rest))
}

/// Takes off what may stand between a command and its arguments.
fn argument(text: &str) -> &str {
    text.trim_start_matches(|c: char| is_blank(c) || matches!(c, ':' | '：' | ',' | '，'))
}

fn guesses(text: &str, word: &str, rest: &str) -> [String; 2] {
    let chinese = !text.is_ascii();
    let line = |spec: &Spec| {
        let word = if chinese { spec.chinese } else { spec.word };
        if rest.is_empty() { word.to_owned() } else { format!("{word} {rest}") }
    };
    // What shares no more than a letter or two with a command is no mistyped one: it may be words
    // to look for.
    let near = |g: &guess::Guess| g.distance * 3 <= g.word.chars().count();
    let mut near = guess::nearest(word).into_iter().filter(near).map(|g| line(g.spec));
    let search = if chinese { format!("找 {text}") } else { format!("find {text}") };
    match (near.next(), near.next()) {
        (Some(first), Some(second)) => [first, second],
        (Some(first), None) => [first, search],
        _ => [search, if chinese { "帮助" } else { "help" }.to_owned()],
    }
}

/// Reads a record's number with its letter, the record in context, or the last message.
pub(super) fn reference(word: &str) -> Option<Of> {
    let word = word.trim_end_matches([':', '：', ',', '，', '?', '？', '。']);
    match word.to_lowercase().as_str() {
        "it" | "this" | "它" | "这个" | "他" | "她" => return Some(Of::It),
        "m" | "message" | "mail" | "邮件" | "消息" => return Some(Of::LastMessage),
        _ => {}
    }
    if let Some((kind, id)) = word.split_once(':')
        && let (Some(kind), Ok(id)) = (rapport_model::Kind::by_name(kind), id.parse())
    {
        return Some(Of::Exact(rapport_model::RecordRef::new(kind, id)));
    }
    if let Ok(address) = rapport_model::Address::email(word) {
        return Some(Of::Mail(address.as_str().to_owned()));
    }
    word.parse::<ShortNumber>().ok().map(Of::Number)
}

/// Takes blanks and control characters off both ends.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches(is_blank)
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || c.is_control() || c == '\u{feff}' || c == '\u{200b}'
}
