//! Every sentence the service says, in English and Chinese.
//!
//! The words lie in `prompts/locales/{en,zh}/`, and each text has one typed function here, so
//! that a caller cannot forget a value and a translator cannot invent one. A value is data: what
//! a customer wrote is never read as a template, becomes one line where it could look like a
//! line of ours, and is escaped in HTML.
//!
//! ```
//! use rapport_model::reading::Language;
//! use rapport_prompts::Prompts;
//!
//! let prompts = Prompts::new();
//! let text = prompts.did_you_mean(Language::En, "find {{ 7 * 7 }}");
//! assert_eq!(text, "Did you mean “find {{ 7 * 7 }}”?");
//! ```
//!
//! # Adding a text
//! 1. Declare it in the file of `src/texts/` where it is said:
//!    `/// Says that a deal was won.` and `fn deal_won(number: ShortNumber, title: &str);`
//!    (with more than three variables, `-> DealWon` behind them makes a struct of them, whose
//!    borrowed fields are written `&'a str`; re-export it in `src/texts/mod.rs`).
//! 2. Write `deal_won = …` into `locales/en/texts.txt` and `locales/zh/texts.txt`.
//!
//! Then `prompts.deal_won(language, number, title)` exists, and the tests check both words. The
//! types a variable can have are those of [`When`], [`Zoned`], [`Day`], [`Span`], [`Percent`],
//! [`Numbered`], [`StageName`], [`Block`], every [`Label`], `ShortNumber`, `&Money`, `&str`,
//! lists of words, whole numbers, `bool`, and an `Option` of any of these. A template knows the
//! filters `number`, `count("mail", "mails")`, `list`, `quoted`, `capital` and `clip(60)`.
//!
//! # Texts of the house
//! A data directory's `prompts/` is laid over the built-in texts: `prompts/en/texts.txt` may hold
//! just the texts that differ, `prompts/zh/mail/NAME.txt` a mail that a rule names,
//! `prompts/zh/news/NAME.txt` one that a campaign sends,
//! `prompts/llm/en/answer.txt` what a language model is asked for, `prompts/layout/digest.html` another
//! layout. What is wrong there is found when it is read.

mod blank;
pub mod board;
mod check;
mod declare;
mod digest;
mod digest_view;
mod error;
pub mod format;
mod help;
mod label;
mod listed;
mod llm;
mod locale;
mod named;
mod page;
mod person;
mod register;
mod slot;
mod source;
pub mod template;
mod texts;
mod unusual;

use std::path::Path;

use chrono_tz::Tz;
use rapport_model::reading::Language;
use rapport_model::time::Timestamp;

pub use blank::{Asked, Blank, FieldKind};
pub use digest::{
    Breach, CARD_UNITS_MAX, CampaignRun, DayFigures, Digest, DigestText, DueRequest, DueTask, Figures, Load,
    Moves, OldestTicket, Open, Praise, Silent, StageFigures, Topic, Unhappy, Unusual, Waiting, Way, Whose,
};
pub use error::{Place, PromptError};
pub use help::COMMANDS;
pub use label::{Label, StageName};
pub use listed::Listed;
pub use llm::LlmContext;
pub use named::{MailContext, NewsContext, NoticeContext, RequestSaid, Text};
pub use page::{Page, STARS_MAX, Sheet};
pub use person::{PersonItem, PersonPage, PersonSection};
pub use register::{Register, RegisterEntry};
pub use slot::{Block, Day, Numbered, Percent, Span, When, Zoned};
pub use texts::*;

use locale::{Context, Locale};

/// The languages that the service speaks.
pub const LANGUAGES: [Language; 2] = [Language::En, Language::Zh];

/// Everything the service says. Cheap to make: a text is parsed when it is said.
#[derive(Debug)]
pub struct Prompts {
    locales: [Locale; 2],
}

impl Default for Prompts {
    fn default() -> Self {
        Self::new()
    }
}

impl Prompts {
    /// Makes the texts that come with the service.
    pub fn new() -> Self {
        Self { locales: LANGUAGES.map(|language| Locale::new(language, source::embedded(language))) }
    }

    /// Makes the texts that come with the service, with those of the house in `dir` laid over
    /// them (a data directory's `prompts/`). A folder that does not exist changes nothing.
    ///
    /// # Errors
    /// A file cannot be read, or a text in it is wrong (see [`Prompts::check`]); the error names
    /// file and line.
    pub fn with_overrides(dir: &Path) -> Result<Self, PromptError> {
        let mut prompts = Self::new();
        for locale in &mut prompts.locales {
            source::lay_over(&mut locale.sources, dir, locale.language)?;
        }
        if prompts.locales.iter().any(|locale| locale.sources.values().any(|source| source.own)) {
            prompts.check()?;
        }
        Ok(prompts)
    }

    /// Writes an instant in `zone`: `Thu 12 Mar 2026, 10:00`, `2026年3月12日 周四 10:00`.
    pub fn when(&self, language: Language, at: Timestamp, zone: Tz) -> String {
        format::when(language, at, zone)
    }

    /// Writes a length of time in microseconds: `3 days`, `3 天`.
    pub fn span(&self, language: Language, micros: i64) -> String {
        format::span(language, micros)
    }

    /// Writes a list: `a, b and c`, `a、b和c`.
    pub fn list<T: AsRef<str>>(&self, language: Language, items: &[T]) -> String {
        format::list(language, items)
    }

    /// Says in words how a mood from −1 to 1 is: bad to good.
    pub fn mood(&self, language: Language, mood: f64) -> String {
        match mood {
            m if m <= -0.4 => self.mood_bad(language),
            m if m <= -0.1 => self.mood_rather_bad(language),
            m if m < 0.1 => self.mood_mixed(language),
            m if m < 0.4 => self.mood_rather_good(language),
            _ => self.mood_good(language),
        }
    }

    pub(crate) fn locale(&self, language: Language) -> &Locale {
        &self.locales[usize::from(language == Language::Zh)]
    }

    /// Says the text `name`, whose values `fill` puts in.
    pub(crate) fn say(&self, language: Language, name: &str, fill: impl Fn(&Locale, &mut Context)) -> String {
        let locale = self.locale(language);
        let mut context = Context::new();
        fill(locale, &mut context);
        let key = format!("texts/{name}");
        // Texts are checked before they are used, but a house's own text may still fail on values
        // that the check did not try: then ours is said.
        locale
            .render(&key, &context)
            .or_else(|_| Locale::new(language, source::embedded(language)).render(&key, &context))
            .unwrap_or_else(|_| format!("[{name}]"))
    }
}
