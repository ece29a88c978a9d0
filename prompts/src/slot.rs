//! What a text can be filled with, and how each type of value is said.

use chrono_tz::Tz;
use minijinja::Value;
use rapport_model::id::ShortNumber;
use rapport_model::money::Money;
use rapport_model::reading::Language;
use rapport_model::record::Kind;
use rapport_model::time::{DAY, Timestamp};

use crate::format;
use crate::label::{Label, StageName};
use crate::locale::Locale;

/// An instant in a reader's zone. Said as `Thu 12 Mar 2026, 10:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct When {
    /// The instant.
    pub at: Timestamp,
    /// The reader's zone.
    pub zone: Tz,
}

/// An instant whose zone is said as well: `Thu 12 Mar 2026, 10:00 (Europe/Berlin)`. For what a
/// reader just asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zoned(pub When);

/// A day in a reader's zone. Said as `Thu 12 Mar 2026`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day(pub When);

/// A length of time in microseconds. Said as `3 days`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span(pub i64);

/// A share in 0..=1. Said as `12%`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Percent(pub f64);

/// Words that may keep their line ends, such as a note. Any other text becomes one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block<'a>(pub &'a str);

/// A record by its kind and number. Said as `ticket T3`, `工单 T3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Numbered(pub ShortNumber);

/// What can stand in a text.
pub(crate) trait Slot {
    /// Returns the value as the template sees it.
    fn value(&self, locale: &Locale) -> Value;

    /// Returns a usual value and the least one, with which a text is tried out.
    fn samples(locale: &Locale) -> [Value; 2];
}

macro_rules! slots {
    ($($type:ty: |$x:ident, $locale:ident| $value:expr, $usual:expr, $least:expr;)*) => {
        $(impl Slot for $type {
            fn value(&self, $locale: &Locale) -> Value { let $x = self; Value::from($value) }
            fn samples(locale: &Locale) -> [Value; 2] {
                let (usual, least): ($type, $type) = ($usual, $least);
                [usual.value(locale), least.value(locale)]
            }
        })*
    };
}

const SAMPLE: When = When { at: Timestamp::from_secs(1_773_309_600), zone: Tz::UTC };
const SAMPLE_NUMBER: ShortNumber = ShortNumber { kind: Some(Kind::Task), number: 5 };

slots! {
    &str: |x, _locale| format::one_line(x), "words", "";
    Block<'_>: |x, _locale| x.0, Block("words\nwords"), Block("");
    &[String]: |x, _locale| x.iter().map(|word| format::one_line(word)).collect::<Vec<_>>(), &[], &[];
    &[&str]: |x, _locale| x.iter().map(|word| format::one_line(word)).collect::<Vec<_>>(), &["a", "b"], &[];
    bool: |x, _locale| *x, true, false;
    i64: |x, _locale| *x, 1234, 0;
    usize: |x, _locale| *x, 2, 1;
    u32: |x, _locale| *x, 2, 1;
    When: |x, locale| format::when(locale.language, x.at, x.zone), SAMPLE, SAMPLE;
    Day: |x, locale| format::day(locale.language, x.0.at, x.0.zone), Day(SAMPLE), Day(SAMPLE);
    Zoned: |x, locale| zoned(x.0, locale), Zoned(SAMPLE), Zoned(SAMPLE);
    Span: |x, locale| format::span(locale.language, x.0), Span(3 * DAY), Span(0);
    Percent: |x, _locale| format::percent(x.0), Percent(0.5), Percent(0.0);
    ShortNumber: |x, _locale| x.to_string(), SAMPLE_NUMBER, ShortNumber { kind: None, number: 1 };
    Numbered: |x, locale| numbered(x.0, locale), Numbered(SAMPLE_NUMBER), Numbered(SAMPLE_NUMBER);
    StageName<'_>: |x, locale| format::one_line(locale.label("stage", x.0)), StageName("won"), StageName("");
    &Money: |x, _locale| x.to_string(), &sample_money(), &sample_money();
}

fn zoned(when: When, locale: &Locale) -> String {
    let text = format::when(locale.language, when.at, when.zone);
    match locale.language {
        Language::En => format!("{text} ({})", when.zone.name()),
        Language::Zh => format!("{text}（{}）", when.zone.name()),
    }
}

fn numbered(number: ShortNumber, locale: &Locale) -> String {
    match number.kind {
        Some(kind) => format!("{} {number}", locale.label("kind", kind.name())),
        None => number.to_string(),
    }
}

fn sample_money() -> Money {
    Money::new(1_200_000, "EUR")
}

impl<L: Label> Slot for L {
    fn value(&self, locale: &Locale) -> Value {
        Value::from(locale.label(L::GROUP, self.key()))
    }

    fn samples(locale: &Locale) -> [Value; 2] {
        let say = |label: Option<&L>| label.map_or(Value::from(""), |l| l.value(locale));
        [say(L::all().first()), say(L::all().last())]
    }
}

impl<T: Slot> Slot for Option<T> {
    fn value(&self, locale: &Locale) -> Value {
        self.as_ref().map_or(Value::from(()), |x| x.value(locale))
    }

    fn samples(locale: &Locale) -> [Value; 2] {
        let [usual, _] = T::samples(locale);
        [usual, Value::from(())]
    }
}
