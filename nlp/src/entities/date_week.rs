//! Weekdays in English words, and whether a sentence speaks of the past.

use chrono::{Datelike, Weekday};

use super::clock::Part;
use super::date::{Day, Now};
use super::date_en::{day_first, day_number, month_first};
use super::date_numeric;
use super::numerals::cardinal;
use super::text::{Class, Text};

/// How many tokens before a weekday are asked whether the sentence is about the past.
const TENSE_TOKENS: usize = 10;

/// Returns the weekday that a word names.
pub(super) fn weekday_of(word: &str) -> Option<Weekday> {
    Some(match word.trim_end_matches("'s") {
        "monday" | "mon" | "montag" | "lunes" | "lundi" | "lunedì" | "maandag" | "poniedziałek"
        | "pondělí" => Weekday::Mon,
        "tuesday" | "tue" | "tues" | "teusday" | "dienstag" | "martes" | "mardi" | "martedì" | "dinsdag"
        | "wtorek" | "úterý" => Weekday::Tue,
        "wednesday" | "wed" | "weds" | "wensday" | "wednsday" | "mittwoch" | "miércoles" | "mercredi"
        | "mercoledì" | "woensdag" | "środa" | "środę" | "středa" | "středu" => Weekday::Wed,
        "thursday" | "thu" | "thur" | "thurs" | "thrusday" | "donnerstag" | "jueves" | "jeudi"
        | "giovedì" | "donderdag" | "czwartek" | "čtvrtek" => Weekday::Thu,
        "friday" | "fri" | "freitag" | "viernes" | "vendredi" | "venerdì" | "vrijdag" | "piątek"
        | "pátek" => Weekday::Fri,
        "saturday" | "sat" | "saterday" | "samstag" | "sonnabend" | "sábado" | "samedi" | "sabato"
        | "zaterdag" | "sobota" | "sobotę" | "sobotu" => Weekday::Sat,
        "sunday" | "sun" | "sonntag" | "domingo" | "dimanche" | "domenica" | "zondag" | "niedziela"
        | "niedzielę" | "neděle" | "neděli" => Weekday::Sun,
        _ => return None,
    })
}

/// Tells whether the sentence before token `i` is about the past, by the nearest word that says.
pub(super) fn is_past(text: &Text, i: usize) -> bool {
    const AHEAD: &str = " will can could would should shall please pls may might must let's lets want need plan \
        hope free available how latest needed planned scheduled booked expected required interested supposed ";
    const PAST: &str = " was were had did didn't wasn't weren't got came went sent bought paid told said met spoke \
        wrote made took ago been saw broke left since last time times once twice past ";
    let among = |list: &str, word: &str| list.split(' ').any(|w| w == word);
    for j in (i.saturating_sub(TENSE_TOKENS)..i).rev() {
        let word = text.word(j);
        if matches!(word, "." | "!" | "?" | ";" | ":") {
            return false;
        }
        if text.class(j) != Some(Class::Word) {
            continue;
        }
        if word.ends_with("'ll") || among(AHEAD, word) {
            return false;
        }
        // Nobody told us that it moves in April.
        if word == "that"
            && j > 1
            && (j - 2..j).any(|k| matches!(text.word(k), "told" | "said" | "wrote" | "heard"))
        {
            return false;
        }
        // What will be paid or delivered is still to come.
        if text.word_before(j, 1) == "be" {
            continue;
        }
        // Half past two is a time.
        let before = text.word_before(j, 1);
        if word == "past"
            && (matches!(before, "half" | "quarter")
                || cardinal(before).is_some()
                || j > 0 && text.digits(j - 1).is_some())
        {
            continue;
        }
        if word.len() >= 4 && word.ends_with("ed") || among(PAST, word) {
            return true;
        }
    }
    false
}

/// Reads `next Thursday`, `this Friday`, `next week on Monday`, `this afternoon`.
///
/// `next` is of next week: said on a Wednesday, next Thursday is in eight days.
pub(super) fn relative(text: &Text, i: usize, now: &Now) -> Option<Day> {
    let which = text.word(i);
    let part = match text.word(i + 1).trim_end_matches("'s") {
        "morning" => Some(Part::Morning),
        "afternoon" => Some(Part::Afternoon),
        "evening" => Some(Part::Evening),
        _ => None,
    };
    if which == "this" && part.is_some() {
        return Some(Day { part, ..Day::new(now.plus_days(0), text.bare_end(i + 1)) });
    }
    if text.word(i + 1) == "week" {
        let at = i + 2 + usize::from(matches!(text.word(i + 2), "on" | ","));
        let weekday = weekday_of(text.word(at)).filter(|_| which == "next" && at > i + 1)?;
        return Some(Day::new(now.in_week(weekday, 1), text.tokens[at].end));
    }
    let weekday = weekday_of(text.word(i + 1))?;
    let end = text.tokens[i + 1].end;
    let date = match which {
        "next" => now.in_week(weekday, 1),
        "this" => now.in_week(weekday, 0).filter(|date| *date >= now.date).or_else(|| now.coming(weekday)),
        "coming" | "following" => now.coming(weekday),
        // Of the day before people say yesterday.
        _ => now.passed(weekday).and_then(|last| {
            if now.plus_days(-1) == Some(last) { now.in_week(weekday, -1) } else { Some(last) }
        }),
    };
    Some(joined_with_date(text, i + 1, weekday, now).unwrap_or(Day::new(date, end)))
}

/// Reads a weekday at token `i`, with the date beside it.
pub(super) fn read_weekday(text: &Text, i: usize, weekday: Weekday, now: &Now) -> Option<Day> {
    if let Some(day) = joined_with_date(text, i, weekday, now) {
        return Some(day);
    }
    let end = text.bare_end(i);
    let before = text.word_before(i, 1);
    let unclear = Some(Day::new(None, end));
    if matches!(text.word(i + 1), "week" | "'" | "next") || text.word(i + 1) == "of" {
        return match (text.word(i + 1), text.word(i + 2)) {
            // Friday week
            ("week", _) => Some(Day::new(
                now.coming(weekday).and_then(|day| day.checked_add_days(chrono::Days::new(7))),
                text.tokens[i + 1].end,
            )),
            ("next", "week") => Some(Day::new(now.in_week(weekday, 1), text.tokens[i + 2].end)),
            _ => unclear,
        };
    }
    let named =
        matches!(before, "black" | "good" | "cyber" | "easter" | "ash" | "palm" | "pancake" | "a" | "last");
    let repeated = matches!(before, "every" | "each" | "any" | "most" | "per" | "the");
    let range = |word: &str| matches!(word, "-" | "to" | "through" | "thru" | "/" | "till");
    let ends_range = range(before) && weekday_of(text.word_before(i, 2)).is_some();
    let starts_range = range(text.word(i + 1)) && weekday_of(text.word(i + 2)).is_some();
    let stay = before == "from" && starts_range
        || ends_range && i >= 3 && matches!(text.word(i - 3), "from" | "between" | "away");
    if named || repeated || (ends_range || starts_range) && !stay {
        return unclear;
    }
    let ahead = matches!(before, "by" | "until" | "till" | "before" | "for" | "from" | "to" | "next");
    // `sat`, `sun`, `mon` and `wed` are words: in small letters they need a word before or a time behind.
    let is_word = matches!(text.raw(i), "sat" | "sun" | "mon" | "wed")
        || text.width(i) <= 4 && text.raw(i) == text.word(i).to_ascii_uppercase();
    if is_word {
        let hour = text.digits(i + 1).is_some() && text.same_line(i + 1);
        let timed = hour && matches!(text.word(i + 2), "am" | "pm" | ":" | "st" | "nd" | "rd" | "th")
            || text.word(i + 1) == "at";
        let listed = matches!(before, "and" | "or" | "+" | "&" | "/" | "since" | "this" | "home" | "next")
            || matches!(text.word(i + 1), "+" | "&" | "and" | "or") && weekday_of(text.word(i + 2)).is_some();
        if !ahead && before != "on" && !timed && !listed {
            return None;
        }
    }
    let past = !ahead && (before == "since" || is_past(text, i));
    Some(Day::new(if past { now.passed(weekday) } else { now.coming(weekday) }, end))
}

/// Reads the date that stands behind the weekday at token `i`: `Thursday, 12 March`. When the
/// two disagree there is no date.
fn joined_with_date(text: &Text, i: usize, weekday: Weekday, now: &Now) -> Option<Day> {
    let mut at = i + 1;
    while matches!(text.word(at), "," | "(" | "the" | ".") && at < i + 4 {
        at += 1;
    }
    if !text.same_line(at) {
        return None;
    }
    let written = match text.class(at)? {
        Class::Digits => date_numeric::written(text, at, now).or_else(|| day_first(text, at, now)),
        Class::Word => month_first(text, at, now),
        _ => None,
    };
    if let Some(written) = written {
        return Some(Day { is_one_day: true, ..Day::of(written, Some(weekday), now) });
    }
    // Thursday the 12th: of this month or the next, if that is a Thursday.
    let (day, next, _) = day_number(text, at).filter(|(.., ordinal)| *ordinal)?;
    let date = [0, 1].into_iter().filter_map(|months| now.in_month(months, day));
    let date = date.into_iter().find(|d| *d >= now.date && d.weekday() == weekday);
    Some(Day { is_one_day: true, ..Day::new(date, text.tokens[next - 1].end) })
}
