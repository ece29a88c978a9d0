//! What the pages have in common: cells, words that lead to records, the days of a period.

use std::collections::{BTreeMap, HashMap};

use chrono::{Datelike as _, Days, NaiveDate, NaiveTime};
use chrono_tz::Tz;
use rapport_model::reading::Language;
use rapport_model::{Id, Kind, Record, ShortNumber, Timestamp};
use rapport_prompts::board::{Bar, Cell, Column, Figure, Pair, Part, Span, Tone, Way};
use rapport_prompts::format;
use rapport_workflows::schedule::first_instant;

use super::{ROOT, Trouble};
use crate::commands::desk::Desk;
use crate::commands::{Block, Card, said};

/// What a row's title has at most, in characters.
const TITLE_CHARS_MAX: usize = 120;

/// Returns where a record is shown.
pub(super) fn path_of(number: ShortNumber) -> String {
    format!("{ROOT}/record/{number}")
}

pub(super) fn cell(text: impl Into<String>) -> Cell {
    Cell { text: text.into(), ..Cell::default() }
}

/// A state that stands out.
pub(super) fn chip(text: impl Into<String>, tone: Tone) -> Cell {
    Cell { chip: true, tone, ..cell(text) }
}

/// Names a record and leads to it.
pub(super) fn record(number: ShortNumber, name: &str) -> Cell {
    let name = format::clip(&format::one_line(name), TITLE_CHARS_MAX);
    let path = path_of(number);
    match name.is_empty() {
        true => Cell { path, ..cell(number.to_string()) },
        false => Cell { path, mark: number.to_string(), ..cell(name) },
    }
}

pub(super) fn column(text: String) -> Column {
    Column { text, number: false }
}

pub(super) fn numbers(text: String) -> Column {
    Column { text, number: true }
}

pub(super) fn figure(label: String, value: impl Into<String>, aside: impl Into<String>) -> Figure {
    Figure { label, value: value.into(), aside: aside.into(), ..Figure::default() }
}

pub(super) fn figures(title: String, items: Vec<Figure>) -> Part {
    Part::Figures { title, note: String::new(), items }
}

pub(super) fn way(path: String, text: String, here: bool) -> Way {
    Way { path, text, here }
}

/// Says how far a count is from the one before.
pub(super) fn compared(desk: &Desk<'_>, now: u32, before: Option<u32>) -> String {
    desk.prompts().compared(desk.language, now, before).unwrap_or_default()
}

/// Makes bars of amounts and parts of them, as high as they are beside the greatest; pure.
pub(super) fn bars(amounts: Vec<(String, i64, i64, String)>) -> Vec<Bar> {
    let most = amounts.iter().map(|(_, all, ..)| *all).max().unwrap_or(0).max(1);
    let high = |n: i64| u32::try_from(n.clamp(0, most) * 100 / most).unwrap_or(0);
    let bar = |(label, all, part, said): (String, i64, i64, String)| Bar {
        label,
        value: format::number(all),
        said,
        all: high(all),
        part: high(part).min(high(all)),
    };
    amounts.into_iter().map(bar).collect()
}

/// Finds the records that a field of these points at, as far as they are seen.
pub(super) async fn linked(
    desk: &Desk<'_>,
    records: &[Record],
    field: &str,
    kind: Kind,
) -> Result<HashMap<Id, Record>, Trouble> {
    let mut ids: Vec<Id> = records.iter().filter_map(|record| record.get(field).id()).collect();
    ids.sort_unstable();
    ids.dedup();
    let found = desk.store().records(kind, &ids).await?;
    Ok(found.into_iter().filter(|r| !r.deleted).map(|r| (r.record.id, r)).collect())
}

/// Names the customer of a record, and leads there; empty without one.
pub(super) fn customer_of(record_of: &Record, customers: &HashMap<Id, Record>) -> Cell {
    match record_of.get("customer").id().and_then(|id| customers.get(&id)) {
        Some(customer) => record(customer.short(), customer.text("name")),
        None => Cell::default(),
    }
}

/// Names who looks after a record.
pub(super) fn owner_of(desk: &Desk<'_>, record: &Record) -> Cell {
    let owner = record.get("owner").id().map(|id| desk.colleague(id)).filter(|name| !name.is_empty());
    cell(owner.unwrap_or_else(|| desk.prompts().board_nobody(desk.language)))
}

/// Takes words apart, so that the numbers of records in them lead there; pure.
pub(super) fn spans(text: &str) -> Vec<Span> {
    const LINKED: &[Kind] = &[Kind::Customer, Kind::Company, Kind::Deal, Kind::Ticket, Kind::Task];
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '@' | '.');
    let mut spans: Vec<Span> = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    let mut before: Option<char> = None;
    while let Some(c) = rest.chars().next() {
        let digits = rest[c.len_utf8()..].bytes().take_while(u8::is_ascii_digit).count();
        let kind = Kind::by_letter(c).filter(|kind| c.is_ascii_uppercase() && LINKED.contains(kind));
        let after = rest[c.len_utf8() + digits..].chars();
        let mut after = after.skip_while(|c| *c == '.');
        let stands_alone = !before.is_some_and(is_word) && !after.next().is_some_and(is_word);
        match kind {
            Some(kind) if (1..=9).contains(&digits) && stands_alone => {
                let number: i64 = rest[1..=digits].parse().unwrap_or(0);
                if !plain.is_empty() {
                    spans.push(Span { text: std::mem::take(&mut plain), path: String::new() });
                }
                let path = path_of(ShortNumber::of(kind, number));
                spans.push(Span { text: rest[..=digits].to_owned(), path });
                before = Some('0');
                rest = &rest[digits + 1..];
            }
            _ => {
                plain.push(c);
                before = Some(c);
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    if !plain.is_empty() {
        spans.push(Span { text: plain, path: String::new() });
    }
    spans
}

/// Makes the parts of a page of a card for chats, without its buttons.
pub(super) fn of_card(card: &Card) -> Vec<Part> {
    let mut parts = Vec::new();
    if !card.fields.is_empty() {
        let pair = |field: &crate::commands::Field| Pair {
            label: format::capital(&field.label),
            value: spans(&field.value),
        };
        let items = card.fields.iter().map(pair).collect();
        parts.push(Part::Pairs { title: String::new(), note: String::new(), items });
    }
    let none = String::new;
    for block in &card.body {
        match (block, parts.last_mut()) {
            (Block::Heading(title), _) => parts.push(Part::Lines {
                title: format::capital(title.trim_end_matches([':', '：'])),
                note: none(),
                items: Vec::new(),
                empty: none(),
            }),
            (Block::Item(text), Some(Part::Lines { items, .. })) => items.push(spans(text)),
            (Block::Item(text), _) => parts.push(Part::Lines {
                title: none(),
                note: none(),
                items: vec![spans(text)],
                empty: none(),
            }),
            (Block::Text(text) | Block::Fixed(text), last) => {
                let title = heading(last);
                drop_heading(&mut parts, &title);
                parts.push(Part::Words { title, note: none(), text: text.clone(), quote: false });
            }
            (Block::Quote { text, .. }, Some(Part::Words { quote: true, text: before, .. })) => {
                before.push_str("\n\n");
                before.push_str(text);
            }
            (Block::Quote { text, .. }, last) => {
                let title = heading(last);
                drop_heading(&mut parts, &title);
                parts.push(Part::Words { title, note: none(), text: text.clone(), quote: true });
            }
        }
    }
    parts
}

/// Returns the heading that nothing stands below yet; empty if something does.
fn heading(last: Option<&mut Part>) -> String {
    match last {
        Some(Part::Lines { title, items, .. }) if items.is_empty() => title.clone(),
        _ => String::new(),
    }
}

fn drop_heading(parts: &mut Vec<Part>, title: &str) {
    if !title.is_empty() {
        parts.pop();
    }
}

/// Returns when a day begins by the clocks of a zone.
pub(super) fn midnight(day: NaiveDate, zone: Tz) -> Option<Timestamp> {
    first_instant(zone, day.and_time(NaiveTime::MIN))
}

/// Returns the last `n` days by the asker's clocks, today included: from, and until when.
pub(super) fn last_days(desk: &Desk<'_>, n: u64) -> (Timestamp, Timestamp) {
    let today = desk.now.local(desk.zone).date_naive();
    let first = today.checked_sub_days(Days::new(n.max(1) - 1)).unwrap_or(today);
    (midnight(first, desk.zone).unwrap_or(desk.now), desk.now.plus(1))
}

/// Returns when each of the last `n` weeks began, oldest first, and now.
pub(super) fn weeks(desk: &Desk<'_>, n: u64) -> Vec<Timestamp> {
    let today = desk.now.local(desk.zone).date_naive();
    let monday = Days::new(u64::from(today.weekday().num_days_from_monday()));
    let starts = (0..n).rev().filter_map(|week| {
        let first = today.checked_sub_days(monday)?.checked_sub_days(Days::new(7 * week))?;
        midnight(first, desk.zone)
    });
    starts.chain([desk.now.plus(1)]).collect()
}

/// Says a day without its year: `9 Mar`, `3月9日`.
pub(super) fn day(desk: &Desk<'_>, at: Timestamp) -> String {
    let date = at.local(desk.zone).date_naive();
    match desk.language {
        Language::En => date.format("%-d %b").to_string(),
        Language::Zh => format!("{}月{}日", date.month(), date.day()),
    }
}

/// Says how long ago something was: `3 hours ago`.
pub(super) fn ago(desk: &Desk<'_>, at: Timestamp) -> String {
    desk.prompts().board_ago(desk.language, rapport_prompts::Span(desk.now.since(at)))
}

/// Adds up by currency, and says it; empty without any.
pub(super) fn sums(amounts: impl IntoIterator<Item = rapport_model::Money>) -> String {
    let mut all: BTreeMap<String, i64> = BTreeMap::new();
    for money in amounts {
        let sum = all.entry(money.currency.to_string()).or_default();
        *sum = sum.saturating_add(money.minor);
    }
    unbroken(&said(&all))
}

/// Keeps an amount and its currency on one line; pure.
pub(super) fn unbroken(amounts: &str) -> String {
    amounts.replace(' ', "\u{a0}").replace("\u{a0}+\u{a0}", " + ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_records_lead_to_them_and_other_words_do_not() {
        let said = |text: &str| {
            let spans = spans(text);
            let all: String = spans.iter().map(|span| span.text.as_str()).collect();
            assert_eq!(all, text);
            spans.into_iter().filter(|span| !span.path.is_empty()).map(|span| span.path).collect::<Vec<_>>()
        };
        for (text, leads) in [
            ("T3 Pump (C12)", &["/desk/record/T3", "/desk/record/C12"][..]),
            ("Closed T3.", &["/desk/record/T3"]),
            ("工单T3，C1", &["/desk/record/C1"]),
            ("工单 T3，已结", &["/desk/record/T3"]),
            ("ACT3 t3 T T3x C1234567890 X9 M5 T3@x.example A-T3", &[]),
            ("T3.5 P1", &[]),
            ("", &[]),
        ] {
            assert_eq!(said(text), leads, "{text}");
        }
    }

    #[test]
    fn an_amount_stays_on_its_line() {
        assert_eq!(unbroken("1,200.00 EUR + 5 USD"), "1,200.00\u{a0}EUR + 5\u{a0}USD");
        assert_eq!(unbroken(""), "");
    }

    #[test]
    fn bars_are_as_high_as_beside_the_greatest() {
        let bar = |all, part| ("x".to_owned(), all, part, String::new());
        let heights = |amounts| bars(amounts).iter().map(|bar| (bar.all, bar.part)).collect::<Vec<_>>();
        assert_eq!(heights(vec![bar(10, 5), bar(5, 5), bar(0, 0)]), [(100, 50), (50, 50), (0, 0)]);
        assert_eq!(heights(vec![bar(0, 0)]), [(0, 0)]);
    }
}
