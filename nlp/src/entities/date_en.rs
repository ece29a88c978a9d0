//! Days in English words.

use chrono::Datelike;

use super::clock::Part;
use super::date::{Day, Now, Written};
use super::date_week::{is_past, read_weekday, relative, weekday_of};
use super::numbers::begins_number;
use super::numerals::{cardinal, spelled};
use super::quantity;
use super::text::{Class, Text};

/// Reads the words for a day that start with word `i`.
pub(super) fn read(text: &Text, i: usize, now: &Now) -> Option<Day> {
    let word = text.word(i).trim_end_matches("'s");
    let end = text.bare_end(i);
    let with_part = |days, part| Day { part, ..Day::new(now.plus_days(days), end) };
    match word {
        "today" => Some(with_part(0, None)),
        "tonight" => Some(with_part(0, Some(Part::Evening))),
        "tonite" => Some(with_part(0, Some(Part::Evening))),
        "tomorrow" | "tmw" | "tomorow" | "tommorow" | "tommorrow" | "tmrw" | "tmr" => {
            Some(with_part(1, None))
        }
        "yesterday" => Some(with_part(-1, None)),
        "eod" | "cob" => Some(with_part(0, None)),
        "the" => behind_article(text, i, now),
        "day" => around_tomorrow(text, i, now),
        "this" | "next" | "last" | "coming" | "following" => relative(text, i, now),
        "in" | "within" => after_a_span(text, i, now),
        "end" => end_of(text, i, now),
        word => {
            if let Some(weekday) = weekday_of(word) {
                return read_weekday(text, i, weekday, now);
            }
            if month(word).is_some() {
                return Some(dated(text, i, month_first(text, i, now)?, now));
            }
            from_now(text, i, now)
        }
    }
}

/// Reads `3 March 2026`, `3rd of March`, `10th of next month`, `3 days ago` from digits `i`.
pub(super) fn read_from_digits(text: &Text, i: usize, now: &Now) -> Option<Day> {
    if let Some(written) = day_first(text, i, now) {
        return Some(dated(text, i, written, now));
    }
    if let Some(year) = super::date_period::whole_year(text, i) {
        return Some(year);
    }
    let (day, next, ordinal) = day_number(text, i)?;
    // 4-9 August: the first of two days of one month
    if matches!(text.word(next), "-" | "to" | "till" | "until" | "and" | "or")
        && text.same_line(next + 1)
        && text.class(next + 1) == Some(Class::Digits)
        && let Some(second) = day_first(text, next + 1, now)
        && (day < second.day || text.word(next) == "or")
        && !matches!(text.word_before(i, 1), "-" | "/" | "#" | "." | ":")
    {
        let written = Written { day, end: text.tokens[next - 1].end, ..second };
        return Some(dated(text, i, written, now));
    }
    if ordinal && text.word(next) == "of" && text.word(next + 2) == "month" && text.same_line(next + 2) {
        let months = match text.word(next + 1) {
            "this" => 0,
            "next" => 1,
            "last" => -1,
            _ => return None,
        };
        return Some(Day::new(now.in_month(months, day), text.tokens[next + 2].end));
    }
    if ordinal && alone(text, i, next) {
        let mut months = if is_past(text, i) { [0, -1] } else { [0, 1] }.into_iter();
        let fits =
            |date: &chrono::NaiveDate| if is_past(text, i) { *date <= now.date } else { *date >= now.date };
        let date = months.find_map(|months| now.in_month(months, day).filter(fits));
        return Some(Day::new(date, text.tokens[next - 1].end));
    }
    from_now(text, i, now)
}

/// Tells whether an ordinal at token `i` can only be a day of this month or the next: by the 14th,
/// but not on the 14th floor. `next` is the token behind it.
fn alone(text: &Text, i: usize, next: usize) -> bool {
    let with_article = text.word_before(i, 1) == "the";
    let announced = matches!(
        text.word_before(i, if with_article { 2 } else { 1 }),
        "on" | "by"
            | "before"
            | "until"
            | "till"
            | "from"
            | "for"
            | "after"
            | "since"
            | "between"
            | "already"
            | "is"
            | "now"
    );
    let follows_a_day = matches!(text.word_before(i, 1), "and" | "or" | "&" | "to" | "-")
        && matches!(text.word_before(i, 2), "st" | "nd" | "rd" | "th");
    // The first, second and third are told of more than days.
    let rare = text.digits(i).is_some_and(|day| day > 3);
    let goes_on = matches!(
        text.word(next),
        "and"
            | "or"
            | "if"
            | "at"
            | "please"
            | "to"
            | "as"
            | "is"
            | "was"
            | "were"
            | "because"
            | "so"
            | "then"
            | "instead"
            | "when"
            | "since"
            | "works"
            | "with"
            | "latest"
            | "in"
            | "pls"
            | "they"
            | "we"
            | "i"
            | "you"
            | "he"
            | "she"
            | "it"
            | "for"
            | "but"
            | "not"
            | "that"
            | "does"
            | "would"
            | "will"
            | "can"
            | "could"
            | "by"
            | "around"
            | "after"
            | "before"
            | "my"
            | "our"
            | "your"
            | "which"
    );
    let mark = text.class(next) == Some(Class::Mark) && !matches!(text.word(next), "-" | "/" | "'");
    (announced || follows_a_day || with_article && rare) && (!text.same_line(next) || goes_on || mark)
}

/// Makes the day that is written at token `i`. Without a year it is the last such day where
/// the words before speak of what has been: `your letter of 4 June`.
fn dated(text: &Text, i: usize, written: Written, now: &Now) -> Day {
    let day = Day::of(written, None, now);
    let of = match (text.word_before(i, 1), text.word_before(i, 2)) {
        ("of" | "dated" | "since", before) => before != "as",
        ("the", "of") => true,
        _ => false,
    };
    let told = written.year.is_none() && day.date.is_some_and(|d| d > now.date) && (of || is_past(text, i));
    Day { date: if told { now.told(written).or(day.date) } else { day.date }, ..day }
}

/// Tells whether a word speaks of days that repeat or of longer times, so that a time alone in
/// the same text need not be today's.
pub(super) fn is_repeated(word: &str) -> bool {
    matches!(
        word,
        "every"
            | "each"
            | "daily"
            | "usually"
            | "always"
            | "week"
            | "weeks"
            | "weekend"
            | "weekly"
            | "month"
            | "mondays"
            | "tuesdays"
            | "wednesdays"
            | "thursdays"
            | "fridays"
            | "saturdays"
            | "sundays"
    )
}

/// Returns the month that a word names, 1 to 12.
pub(super) fn month(word: &str) -> Option<u32> {
    Some(match word {
        "january" | "jan" | "januari" | "januar" | "enero" | "janvier" | "gennaio" | "janeiro" => 1,
        "february" | "feb" | "februari" | "februar" | "febrero" | "février" | "febbraio" | "fevereiro" => 2,
        "march" | "mar" | "maart" | "märz" | "marts" | "marzo" | "março" => 3,
        "april" | "apr" | "abril" | "avril" | "aprile" => 4,
        "may" | "mei" | "mai" | "maj" | "mayo" | "maggio" | "maio" => 5,
        "june" | "jun" | "juni" | "junio" | "juin" | "giugno" | "junho" => 6,
        "july" | "jul" | "juli" | "julio" | "juillet" | "luglio" | "julho" => 7,
        "august" | "aug" | "augustus" | "augusti" | "agosto" | "août" => 8,
        "september" | "sept" | "sep" | "septiembre" | "septembre" | "settembre" | "setembro" => 9,
        "october" | "oct" | "oktober" | "octubre" | "octobre" | "ottobre" | "outubro" | "okt" => 10,
        "november" | "nov" | "noviembre" | "novembre" | "novembro" => 11,
        "december" | "dec" | "dezember" | "diciembre" | "décembre" | "dicembre" | "dezembro" | "dez" => 12,
        _ => return None,
    })
}

/// Reads the day behind `the` at token `i`: the day after tomorrow, the 9th, the end of June.
fn behind_article(text: &Text, i: usize, now: &Now) -> Option<Day> {
    match text.class(i + 1).filter(|_| text.same_line(i + 1))? {
        Class::Digits => read_from_digits(text, i + 1, now),
        Class::Word if matches!(text.word(i + 1), "day" | "end") => read(text, i + 1, now),
        _ => None,
    }
}

/// Reads `day after tomorrow` and `day before yesterday`.
fn around_tomorrow(text: &Text, i: usize, now: &Now) -> Option<Day> {
    let days = match (text.word(i + 1), text.word(i + 2)) {
        ("after", "tomorrow") => 2,
        ("before", "yesterday") => -2,
        _ => return None,
    };
    Some(Day::new(now.plus_days(days), text.tokens[i + 2].end))
}

/// Reads a day of the month at token `i`; returns it, the next token, and whether it is ordinal.
pub(super) fn day_number(text: &Text, i: usize) -> Option<(u32, usize, bool)> {
    let day = text.digits(i).filter(|d| (1..=31).contains(d) && text.width(i) <= 2)?;
    let ordinal = text.touches(i + 1) && matches!(text.word(i + 1), "st" | "nd" | "rd" | "th");
    Some((day, i + 1 + usize::from(ordinal), ordinal))
}

/// Reads `3 March 2026` and `3rd of March` from digits `i`.
pub(super) fn day_first(text: &Text, i: usize, now: &Now) -> Option<Written> {
    let (day, mut next, ordinal) = day_number(text, i)?;
    let of = matches!(text.word(next), "of" | "de");
    // 3. Februar, and the 15. marts
    let dotted = text.word(next) == "."
        && text.touches(next)
        && !text.touches(next + 1)
        && month(text.word(next + 1)).is_some();
    let joined = !ordinal && matches!(text.word(next), "-" | "." | "/") && text.touches(next);
    next += usize::from(of || joined || dotted);
    let month = month(text.word(next)).filter(|_| text.same_line(next))?;
    let (year, end) = year_behind(text, next, now);
    let cue = matches!(
        text.word_before(i, 1),
        "on" | "by" | "until" | "till" | "before" | "since" | "dated" | "the"
    );
    let capital = text.raw(next).starts_with(char::is_uppercase);
    let sure = ordinal || of || joined || year.is_some() || cue || capital;
    (sure || !is_verb_too(text.word(next))).then_some(Written { year, month, day, end })
}

/// Reads `March 3rd, 2026` from word `i`.
pub(super) fn month_first(text: &Text, i: usize, now: &Now) -> Option<Written> {
    let month = month(text.word(i))?;
    let mut at = i + 1;
    at += usize::from(text.word(at) == "." && text.touches(at));
    at += usize::from(text.word(at) == "the");
    // Apr-07
    let hyphened =
        text.word(at) == "-" && text.touches(at) && text.touches(at + 1) && text.width(at + 1) <= 2;
    if hyphened {
        let (day, next, _) = day_number(text, at + 1)?;
        let (year, end) = year_behind(text, next - 1, now);
        return (!text.touches(next) || text.class(next) == Some(Class::Mark)).then_some(Written {
            year,
            month,
            day,
            end,
        });
    }
    if !text.same_line(at) || text.touches(at) && text.word(at - 1) != "." {
        return None;
    }
    let (day, next, ordinal) = day_number(text, at)?;
    let behind = text.char_at(text.tokens[next - 1].end);
    let goes_on = text.touches(next)
        && (text.class(next) == Some(Class::Word) || matches!(behind, Some('-' | ':' | '/' | '%')))
        || matches!(behind, Some('.' | ','))
            && text.touches(next + 1)
            && text.class(next + 1) == Some(Class::Digits);
    let range = text.word(next) == "-" && text.class(next + 1) == Some(Class::Digits);
    if goes_on || range || !ordinal && quantity::is_unit(text, next) {
        return None;
    }
    let (year, end) = year_behind(text, next - 1, now);
    let capital = text.raw(i).starts_with(char::is_uppercase);
    let before_word = text.same_line(next) && text.class(next) == Some(Class::Word);
    let cue = matches!(text.word_before(i, 1), "on" | "by" | "until" | "till" | "before" | "since" | "for");
    let sure = ordinal
        || year.is_some()
        || cue && text.same_line(i)
        || capital && (!before_word || is_joining(text.word(next)));
    (sure || !is_verb_too(text.word(i))).then_some(Written { year, month, day, end })
}

/// Reads the year behind token `last`; returns it and where the date ends.
fn year_behind(text: &Text, last: usize, now: &Now) -> (Option<i32>, usize) {
    // 05-Mar-26
    let sign = matches!(text.word(last + 1), "-" | "/" | "'") && text.touches(last + 1);
    if sign
        && text.touches(last + 2)
        && text.width(last + 2) == 2
        && !goes_on(text, last + 3)
        && let Some(year) = text.digits(last + 2).and_then(|year| now.short_year(year))
    {
        return (Some(year), text.tokens[last + 2].end);
    }
    let mut at = last + 1;
    for _ in 0..2 {
        at += usize::from(matches!(text.word(at), "," | "." | "-" | "/"));
    }
    let year =
        text.digits(at).filter(|y| (1900..=2100).contains(y) && text.width(at) == 4 && text.same_line(at));
    match year.filter(|_| !quantity::is_unit(text, at + 1)) {
        Some(year) => (i32::try_from(year).ok(), text.tokens[at].end),
        None => (None, text.tokens[last].end),
    }
}

/// Tells whether token `i` continues a number or a word.
fn goes_on(text: &Text, i: usize) -> bool {
    text.touches(i)
        && (text.class(i) != Some(Class::Mark)
            || matches!(text.word(i), "-" | "/" | "%") && text.touches(i + 1))
}

/// Tells whether the name of a month is also a verb or a part of another word.
fn is_verb_too(word: &str) -> bool {
    matches!(word, "may" | "march" | "mar")
}

fn is_joining(word: &str) -> bool {
    matches!(
        word,
        "at" | "by"
            | "or"
            | "and"
            | "to"
            | "for"
            | "is"
            | "works"
            | "would"
            | "if"
            | "please"
            | "from"
            | "in"
            | "will"
    )
}

/// Reads a span of days, weeks, months or years at token `i`; returns its end as a day, and the
/// token behind it.
fn span(text: &Text, i: usize, now: &Now, sign: i64) -> Option<(Day, usize)> {
    let (count, unit) = match text.class(i)? {
        Class::Digits if begins_number(text, i) => (u64::from(text.digits(i)?), i + 1),
        Class::Word if matches!(text.word(i), "a" | "an") => (1, i + 1),
        Class::Word => spelled(text, i).and_then(|(n, next)| Some((n.as_whole()?, next)))?,
        _ => return None,
    };
    let count = i64::try_from(count).ok().filter(|n| *n <= 1_000)?;
    let months = |n: i64| if sign > 0 { now.plus_months(u32::try_from(n).ok()?) } else { None };
    let date = match text.word(unit) {
        "day" | "days" => now.plus_days(sign * count),
        "week" | "weeks" => now.plus_days(sign * count * 7),
        "fortnight" => now.plus_days(sign * count * 14),
        "month" | "months" => months(count),
        _ => return None,
    };
    Some((Day::new(date, text.tokens[unit].end), unit + 1))
}

/// Reads `in two weeks` and `within 3 days`.
fn after_a_span(text: &Text, i: usize, now: &Now) -> Option<Day> {
    let (day, next) = span(text, i + 1, now, 1)?;
    let vague = matches!(text.word(next), "or" | "of" | "-") || text.word(next) == "before";
    let date = day.date.filter(|_| !vague && !is_past(text, i));
    Some(Day { date, ..day })
}

/// Reads `3 days ago`, `a week from now`.
fn from_now(text: &Text, i: usize, now: &Now) -> Option<Day> {
    // Cheap before costly: most words begin no span.
    let begins = text.class(i) == Some(Class::Digits) || is_number_word(text.word(i));
    let range = matches!(text.word_before(i, 1), "-" | "to" | "or");
    if !begins || range {
        return None;
    }
    let (ahead, next) = span(text, i, now, 1)?;
    match (text.word(next), text.word(next + 1)) {
        ("ago", _) => {
            let (back, next) = span(text, i, now, -1)?;
            Some(Day::new(back.date, text.tokens[next].end))
        }
        ("from", "now" | "today") => Some(Day::new(ahead.date, text.tokens[next + 1].end)),
        _ => None,
    }
}

fn is_number_word(word: &str) -> bool {
    matches!(word, "a" | "an") || cardinal(word).is_some()
}

/// Reads `end of June 2026`, `end of the month`.
fn end_of(text: &Text, i: usize, now: &Now) -> Option<Day> {
    if text.word(i + 1) != "of" {
        return None;
    }
    let mut at = i + 2;
    let which = match text.word(at) {
        which @ ("the" | "this" | "next") => {
            at += 1;
            which
        }
        _ => "",
    };
    let (year, this) = (now.date.year(), now.date.month());
    let end = |at: usize| text.tokens[at].end;
    match (which, text.word(at)) {
        ("" | "the" | "this", "month") => Some(Day::new(now.month_end(Some(year), this), end(at))),
        ("next", "month") => {
            let first = now.in_month(1, 1)?;
            Some(Day::new(now.month_end(Some(first.year()), first.month()), end(at)))
        }
        ("" | "the" | "this", "year") => Some(Day::new(now.month_end(Some(year), 12), end(at))),
        ("next", "year") => Some(Day::new(now.month_end(Some(year + 1), 12), end(at))),
        ("" | "the", "day") => Some(Day::new(now.plus_days(0), end(at))),
        ("", word) => {
            let month = month(word)?;
            let (year, end) = year_behind(text, at, now);
            Some(Day::new(now.month_end(year, month), end))
        }
        _ => None,
    }
}
