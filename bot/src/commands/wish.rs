//! A task in somebody's words, taken apart: what, by when, who, about what; pure.

use std::ops::Range;

use chrono_tz::Tz;
use rapport_model::reading::EntityKind;
use rapport_model::time::{DAY, HOUR, MINUTE};
use rapport_model::{ShortNumber, Timestamp};
use rapport_nlp::entities::{Context, extract};
use rapport_workflows::schedule::{day_after, first_instant, told};

use super::command::Of;
use super::parse::reference;
use super::safe::plain;

/// A task as it was written, before names and numbers are looked up.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wish {
    /// What to do.
    pub title: String,
    /// By when, if that was said.
    pub due: Option<Timestamp>,
    /// Who, if that was said.
    pub who: Option<String>,
    /// About which record, if that was said.
    pub about: Option<Of>,
}

/// Returns the next morning.
pub(super) fn tomorrow(now: Timestamp, zone: Tz) -> Timestamp {
    day_after(now, zone).unwrap_or(now)
}

/// Takes a task apart: who (`@leo`), about what (`C12`, `it`), by when, and what remains is what
/// to do. Pure.
pub(super) fn wish(words: &str, context: &Context<'_>) -> Wish {
    let words = plain(words).replace('\n', " ");
    let mut wish = Wish { title: String::new(), due: None, who: None, about: None };
    let mut kept: Vec<&str> = Vec::new();
    for word in words.split_whitespace() {
        let bare = word.trim_end_matches([',', '，', '.', '。', ':', '：']);
        let who = bare.strip_prefix(['@', '＠']).filter(|who| !who.is_empty());
        match (who, reference(bare)) {
            (Some(who), _) if wish.who.is_none() => wish.who = Some(who.to_owned()),
            (_, Some(of @ Of::Number(ShortNumber { kind: Some(_), .. }))) | (_, Some(of @ Of::Exact(_)))
                if wish.about.is_none() =>
            {
                wish.about = Some(of);
            }
            _ => kept.push(word),
        }
    }
    let text = kept.join(" ");
    match due_in(&text, context) {
        Some((due, span)) => {
            wish.due = Some(due);
            wish.title = without(&text, span);
        }
        None => wish.title = without(&text, 0..0),
    }
    wish
}

/// Finds the time that is meant, with its place in characters: a length of time from now, else of
/// several dates the first that is still to come, one with an hour before one without.
pub(super) fn due_in(text: &str, context: &Context<'_>) -> Option<(Timestamp, Range<usize>)> {
    if let Some((length, span)) = ahead(text) {
        return Some((context.received_at.plus(length), span));
    }
    let dates = extract(text, context).into_iter().filter(|e| e.kind == EntityKind::Date);
    let read = |e: rapport_model::reading::Entity| {
        let (at, has_hour) = told(&e.value, context.zone)?;
        match bare_hour(text, e.end).filter(|_| !has_hour) {
            Some((hour, end)) => {
                let day = at.local(context.zone).date_naive();
                let at = first_instant(context.zone, day.and_hms_opt(hour, 0, 0)?)?;
                Some(((at, true), e.start..end))
            }
            None => Some(((at, has_hour), e.start..e.end)),
        }
    };
    let times: Vec<((Timestamp, bool), Range<usize>)> = dates.filter_map(read).collect();
    let best = times.iter().min_by_key(|((at, has_hour), _)| (*at <= context.received_at, !*has_hour));
    best.map(|((at, _), span)| (*at, span.clone()))
}

/// Reads an hour that stands bare behind a day, `Friday 10`, and where it ends. In a mail that
/// could mean anything; behind a command it means this.
fn bare_hour(text: &str, end: usize) -> Option<(u32, usize)> {
    let rest: String = text.chars().skip(end).collect();
    let bare = rest.strip_prefix(' ')?;
    let bare = bare.strip_prefix("at ").unwrap_or(bare);
    let word = bare.split(' ').next()?;
    let hour = word.trim_end_matches([',', '.']).parse().ok().filter(|hour| *hour < 24)?;
    let last = bare.len() == word.len() || bare[word.len()..].starts_with(" to ");
    last.then(|| (hour, end + rest.chars().count() - bare.chars().count() + word.chars().count()))
}

/// Finds `in 2 hours`, `in 30 min` or `半小时后`: a length in microseconds, and its place in
/// characters.
fn ahead(text: &str) -> Option<(i64, Range<usize>)> {
    for unit in ["小时后", "个小时后", "分钟后"] {
        let Some(end) = text.find(unit) else { continue };
        let before = &text[..end];
        let digits = before.len() - before.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        let (length, from) = match before.chars().next_back() {
            Some('半') => (HOUR / 2, end - '半'.len_utf8()),
            _ if digits == 0 => continue,
            _ => {
                let each = if unit == "分钟后" { MINUTE } else { HOUR };
                let n: i64 = before[end - digits..].parse().ok()?;
                (n.checked_mul(each).filter(|length| *length <= AHEAD_MAX)?, end - digits)
            }
        };
        let start = text[..from].chars().count();
        return Some((length, start..start + text[from..end].chars().count() + unit.chars().count()));
    }
    let words: Vec<&str> = text.split(' ').collect();
    let at = words.windows(3).position(|w| {
        w[0].eq_ignore_ascii_case("in")
            && (w[1].parse::<u16>().is_ok() || w[1] == "an")
            && unit(w[2]).is_some()
    })?;
    let n: i64 = words[at + 1].parse().unwrap_or(1);
    let length = n.checked_mul(unit(words[at + 2])?).filter(|length| *length <= AHEAD_MAX)?;
    let start = words[..at].iter().map(|w| w.chars().count() + 1).sum();
    let span: usize = words[at..at + 3].iter().map(|w| w.chars().count() + 1).sum();
    Some((length, start..start + span - 1))
}

/// Longer is said in days.
const AHEAD_MAX: i64 = 30 * DAY;

fn unit(word: &str) -> Option<i64> {
    match word.trim_end_matches([',', '.']).to_lowercase().as_str() {
        "h" | "hour" | "hours" => Some(HOUR),
        "m" | "min" | "minute" | "minutes" => Some(MINUTE),
        _ => None,
    }
}

/// Words that only lead to a time, and words that only ask for the task.
const LEADS: &[&str] = &["on", "at", "by", "until", "before", "due", "for", "from", "the"];
const ASKS: &[&str] = &["remind me to ", "remind me ", "me to ", "me ", "to ", "提醒我", "请"];

/// Returns the text without the characters of `span`, and without words that only led there.
pub(super) fn without(text: &str, span: Range<usize>) -> String {
    let before: String = text.chars().take(span.start).collect();
    let after: String = text.chars().skip(span.end).collect();
    let mut before = before.trim().to_owned();
    while !span.is_empty() {
        let last = before.rsplit(' ').next().unwrap_or("");
        if last.is_empty() || !LEADS.contains(&last.to_lowercase().as_str()) {
            break;
        }
        before.truncate(before.len() - last.len());
        before.truncate(before.trim_end().len());
    }
    let blank = if before.is_ascii() || after.starts_with(' ') { " " } else { "" };
    let joined = format!("{before}{blank}{}", after.trim_start());
    let mut rest = joined.trim().trim_matches([',', '，', '。', '：', ':', ';', '、']).trim();
    for ask in ASKS {
        if let Some(head) = rest.get(..ask.len()).filter(|head| head.eq_ignore_ascii_case(ask)) {
            rest = rest[head.len()..].trim_start();
        }
    }
    rest.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(words: &str, title: &str, due: &str) {
        let context = Context {
            received_at: Timestamp::parse("2026-03-11T12:00:00Z").unwrap(),
            zone: Tz::Europe__Berlin,
            region: "DE",
            currency: "EUR",
            products: &[],
        };
        let wish = wish(words, &context);
        let found = wish.due.map(|at| at.local(Tz::Europe__Berlin).format("%a %d %H:%M").to_string());
        assert_eq!((wish.title.as_str(), found.as_deref().unwrap_or("")), (title, due), "{words:?}");
    }

    #[test]
    fn the_time_is_taken_out_of_what_to_do() {
        for (words, title, due) in [
            ("call Anna", "call Anna", ""),
            ("call Anna Friday 10:00", "call Anna", "Fri 13 10:00"),
            ("call Anna on Friday at 3 pm", "call Anna", "Fri 13 15:00"),
            ("Friday 10:00 call Anna", "call Anna", "Fri 13 10:00"),
            ("call Anna Friday 10", "call Anna", "Fri 13 10:00"),
            ("me Friday 10 to call Anna", "call Anna", "Fri 13 10:00"),
            ("Friday 10 boxes to Anna", "10 boxes to Anna", "Fri 13 09:00"),
            ("send the quote by tomorrow", "send the quote", "Thu 12 09:00"),
            ("me on Friday to send Novak the quote", "send Novak the quote", "Fri 13 09:00"),
            ("me in 2 hours to call back", "call back", "Wed 11 15:00"),
            ("call back in 30 min", "call back", "Wed 11 13:30"),
            ("call back in an hour", "call back", "Wed 11 14:00"),
            ("put 3 filters in 2 boxes", "put 3 filters in 2 boxes", ""),
            ("明天下午3点给王丽打电话", "给王丽打电话", "Thu 12 15:00"),
            ("半小时后给王丽打电话", "给王丽打电话", "Wed 11 13:30"),
            ("2小时后回电", "回电", "Wed 11 15:00"),
            ("周五上午10点发报价", "发报价", "Fri 13 10:00"),
            ("check in 99999 hours", "check in 99999 hours", ""),
        ] {
            check(words, title, due);
        }
    }

    #[test]
    fn who_and_what_it_is_about_are_taken_out_too() {
        let context = Context {
            received_at: Timestamp::parse("2026-03-11T12:00:00Z").unwrap(),
            zone: Tz::UTC,
            region: "",
            currency: "",
            products: &[],
        };
        let wish = wish("T3 ask @leo, about the 2 seals of C12", &context);
        assert_eq!(wish.title, "ask about the 2 seals of C12", "only the first number is what it is about");
        assert_eq!(wish.who.as_deref(), Some("leo"));
        assert_eq!(wish.about.map(|of| of.to_string()).as_deref(), Some("T3"));
        assert_eq!(super::wish("", &context).title, "");
    }
}
