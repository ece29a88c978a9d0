//! What a cell means: each sort of value in one spelling.

use chrono::{NaiveDate, NaiveDateTime, TimeZone as _};
use chrono_tz::Tz;
use rapport_insight::table::{Comma, is_missing, number};
use rapport_model::people::Lifecycle;
use rapport_model::{Money, Timestamp};

use crate::duplicates::text::is_han;

/// Longer texts are cut: no field of the store is meant for a book.
pub(super) const CHARS_MAX: usize = 20_000;

/// Returns the text of a cell on one line: no control characters, one space where there were many. What our
/// own exports put before a formula is taken away again; what stands for nothing is empty.
pub(super) fn line(cell: &str) -> String {
    let cell = bare(cell);
    if is_missing(cell) {
        return String::new();
    }
    let mut line = String::with_capacity(cell.len());
    for word in cell.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    cut(line, 500)
}

/// Returns the text of a cell with its lines.
pub(super) fn lines(cell: &str) -> String {
    let cell = bare(cell).trim();
    if is_missing(cell) {
        return String::new();
    }
    let kept: String = cell.chars().filter(|c| !c.is_control() || *c == '\n' || *c == '\t').collect();
    cut(kept, CHARS_MAX)
}

fn bare(cell: &str) -> &str {
    match cell.trim().strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@']) => rest,
        _ => cell,
    }
}

fn cut(text: String, chars_max: usize) -> String {
    if text.len() <= chars_max { text } else { text.chars().take(chars_max).collect() }
}

/// Returns a person's name: `NOVAK, JAN` is Jan Novak.
pub(super) fn name(cell: &str) -> String {
    let mut name = line(cell);
    if let Some((surname, given)) = name.split_once(',')
        && !surname.trim().is_empty()
        && !given.trim().is_empty()
        && !given.contains(',')
    {
        name = format!("{} {}", given.trim(), surname.trim());
    }
    // A name that is all capitals, or none, was typed so by habit.
    let letters = || name.chars().filter(|c| c.is_alphabetic());
    let shouted = letters().count() > 2 && letters().all(char::is_uppercase);
    let whispered = letters().count() > 2 && letters().all(char::is_lowercase);
    if shouted || whispered { capitals(&name) } else { name }
}

fn capitals(name: &str) -> String {
    let mut start = true;
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        match start {
            true => out.extend(c.to_uppercase()),
            false => out.extend(c.to_lowercase()),
        }
        start = !c.is_alphanumeric();
    }
    out
}

/// Joins the two parts of a name as its language does.
pub(super) fn joined(given: &str, surname: &str) -> String {
    let chinese = surname.chars().all(is_han) && given.chars().all(is_han) && !surname.is_empty();
    match (given.is_empty(), surname.is_empty()) {
        (true, _) => surname.to_owned(),
        (_, true) => given.to_owned(),
        _ if chinese => format!("{surname}{given}"),
        _ => format!("{given} {surname}"),
    }
}

/// Returns the words of a cell that lists some.
pub(super) fn tags(cell: &str) -> Vec<String> {
    let listed = line(cell);
    let listed = listed.trim_matches(['[', ']']);
    let mut tags: Vec<String> = Vec::new();
    for tag in listed.split([',', ';', '|', '，', '；', '、']) {
        let tag = tag.trim().trim_matches('"').trim();
        let tag: String = tag.chars().take(40).collect();
        if !tag.is_empty() && !tags.contains(&tag) && tags.len() < 20 {
            tags.push(tag);
        }
    }
    tags
}

/// Returns where a customer stands.
pub(super) fn lifecycle(cell: &str) -> Option<Lifecycle> {
    let word = line(cell).to_lowercase();
    Some(match word.as_str() {
        "lead" | "new" | "prospect" | "open" | "subscriber" | "opportunity" | "潜在" | "潜在客户"
        | "线索" | "意向客户" => Lifecycle::Lead,
        "customer" | "client" | "active" | "won" | "evangelist" | "客户" | "正式客户" | "成交客户"
        | "已成交" => Lifecycle::Customer,
        "dormant" | "inactive" | "sleeping" | "休眠" | "沉睡" | "休眠客户" | "沉睡客户" => {
            Lifecycle::Dormant
        }
        "lost" | "churned" | "former" | "unqualified" | "流失" | "流失客户" | "已流失" => {
            Lifecycle::Lost
        }
        _ => return None,
    })
}

/// Returns the code of a language.
pub(super) fn language(cell: &str) -> Option<String> {
    let word = line(cell).to_lowercase();
    let code = match word.as_str() {
        "english" | "英语" | "英文" => "en",
        "chinese" | "mandarin" | "中文" | "汉语" | "普通话" => "zh",
        "german" | "deutsch" | "德语" => "de",
        "french" | "français" | "法语" => "fr",
        "spanish" | "español" | "西班牙语" => "es",
        word => {
            let code = word.split(['-', '_']).next().unwrap_or_default();
            let is_code = (2..=3).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_lowercase());
            return is_code.then(|| code.to_owned());
        }
    };
    Some(code.to_owned())
}

/// Returns whether a cell says yes or no.
pub(super) fn yes(cell: &str) -> Option<bool> {
    match line(cell).to_lowercase().as_str() {
        "yes" | "y" | "true" | "1" | "active" | "x" | "是" | "在售" | "启用" | "有效" => Some(true),
        "no" | "n" | "false" | "0" | "inactive" | "否" | "停售" | "停用" | "无效" => Some(false),
        _ => None,
    }
}

/// Signs and words of currencies. A bare `$` or `¥` is that of the house.
const CURRENCIES: &[(&str, &str)] = &[
    ("us$", "USD"),
    ("a$", "AUD"),
    ("c$", "CAD"),
    ("hk$", "HKD"),
    ("€", "EUR"),
    ("£", "GBP"),
    ("₹", "INR"),
    ("₩", "KRW"),
    ("kč", "CZK"),
    ("zł", "PLN"),
    ("人民币", "CNY"),
    ("rmb", "CNY"),
    ("元", "CNY"),
    ("美元", "USD"),
    ("欧元", "EUR"),
    ("日元", "JPY"),
    ("港币", "HKD"),
    ("英镑", "GBP"),
    ("euro", "EUR"),
];

/// Returns the code of a currency.
pub(super) fn currency(cell: &str, house: &str) -> Option<String> {
    let word = line(cell);
    let lower = word.to_lowercase();
    if let Some((_, code)) = CURRENCIES.iter().find(|(sign, _)| *sign == lower) {
        return Some((*code).to_owned());
    }
    match lower.as_str() {
        "$" if matches!(house, "USD" | "AUD" | "CAD" | "HKD" | "NZD" | "SGD" | "TWD") => {
            Some(house.to_owned())
        }
        "$" => Some("USD".into()),
        "¥" | "￥" if matches!(house, "CNY" | "JPY") => Some(house.to_owned()),
        "¥" | "￥" => Some("CNY".into()),
        code if code.len() == 3 && code.bytes().all(|b| b.is_ascii_lowercase()) => Some(word.to_uppercase()),
        _ => None,
    }
}

/// Returns an amount: `€ 1.200,50`, `12,000 元`, `3.5万`. `given` is the currency that another column says;
/// `house` that of the house.
pub(super) fn money(cell: &str, given: Option<&str>, house: &str) -> Option<Money> {
    let cell = line(cell);
    let is_sign = |c: char| {
        !(c.is_ascii_digit()
            || matches!(c, '.' | ',' | '-' | '+' | '(' | ')' | ' ' | '\'' | '\u{a0}' | '\u{202f}'))
    };
    let mut unit: String = cell.chars().filter(|c| is_sign(*c)).collect();
    let mut factor = 1_i64;
    for (word, times) in [("万", 10_000), ("亿", 100_000_000)] {
        if let Some(rest) = unit.strip_prefix(word) {
            (unit, factor) = (rest.to_owned(), times);
        }
    }
    let currency = match (unit.as_str(), given) {
        ("", Some(given)) => given.to_owned(),
        ("", None) if house.is_empty() => return None,
        ("", None) => house.to_owned(),
        (unit, _) => currency(unit, house)?,
    };
    let digits: String = cell.chars().filter(|c| c.is_ascii_digit() || matches!(c, '.' | ',')).collect();
    let decimal = digits.rfind(',') > digits.rfind('.')
        && (digits.contains('.') || digits.rsplit_once(',').is_some_and(|(_, after)| after.len() != 3));
    let value = number(&digits, if decimal { Comma::Decimal } else { Comma::Groups })?;
    let exponent = Money::exponent(&currency);
    let minor = (value * factor as f64 * 10_f64.powi(exponent as i32)).round();
    // Beyond, a whole number of cents is no longer exact.
    if !minor.is_finite() || minor.abs() > 9e15 {
        return None;
    }
    let negative = cell.contains('-') || cell.starts_with('(');
    Some(Money::new(if negative { -(minor as i64) } else { minor as i64 }, &currency))
}

/// Returns a plain count.
pub(super) fn quantity(cell: &str) -> Option<f64> {
    number(&line(cell), Comma::Either).filter(|n| n.is_finite() && *n >= 0.0 && *n < 1e9)
}

/// Which of two numbers before a year is the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// 31/12/2026.
    DayFirst,
    /// 12/31/2026.
    MonthFirst,
}

/// Tells how a column writes its days: by the first that can be read one way only; where there is none, as
/// people do in `region`.
pub(super) fn order<'c>(cells: impl Iterator<Item = &'c str>, region: &str) -> Order {
    for cell in cells {
        let numbers = numbers(cell);
        let [first, second, third, ..] = numbers[..] else { continue };
        if third.1 != 4 || first.1 > 2 {
            continue;
        }
        match (first.0 > 12, second.0 > 12) {
            (true, false) => return Order::DayFirst,
            (false, true) => return Order::MonthFirst,
            _ if cell.contains('.') => return Order::DayFirst,
            _ => {}
        }
    }
    if matches!(region, "US" | "PH" | "") { Order::MonthFirst } else { Order::DayFirst }
}

/// Returns the numbers of a cell, each with how many digits it has.
fn numbers(cell: &str) -> Vec<(u32, usize)> {
    let parts = cell.split(|c: char| !c.is_ascii_digit()).filter(|p| !p.is_empty());
    parts.take(8).filter_map(|p| Some((p.parse().ok()?, p.len()))).collect()
}

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Returns an instant; a day is its first moment in `zone`, a time without offset is in `zone`.
pub(super) fn time(cell: &str, order: Order, zone: Tz) -> Option<Timestamp> {
    let cell = line(cell);
    if let Ok(at) = Timestamp::parse(&cell) {
        return Some(at);
    }
    let all = numbers(&cell);
    let lower = cell.to_lowercase();
    let month = MONTHS.iter().position(|m| {
        lower.match_indices(m).any(|(at, _)| !lower[..at].ends_with(|c: char| c.is_ascii_alphabetic()))
    });
    let (y, m, d, rest) = match (month, &all[..]) {
        (Some(m), [(d, 1..=2), (y, 4), rest @ ..]) => (*y, m as u32 + 1, *d, rest),
        (None, [(y, 4), (m, 1..=2), (d, 1..=2), rest @ ..]) => (*y, *m, *d, rest),
        (None, [(a, 1..=2), (b, 1..=2), (y, 4), rest @ ..]) => match order {
            Order::DayFirst => (*y, *b, *a, rest),
            Order::MonthFirst => (*y, *a, *b, rest),
        },
        (None, [(packed, 8)]) => (packed / 10_000, packed / 100 % 100, packed % 100, &[][..]),
        // Seconds or milliseconds since 1970.
        (None, [(seconds, 10)]) if cell.len() == 10 => {
            return Some(Timestamp::from_secs(i64::from(*seconds)));
        }
        _ => return None,
    };
    let date = NaiveDate::from_ymd_opt(i32::try_from(y).ok()?, m, d).filter(|_| (1900..2200).contains(&y))?;
    let noon = (lower.contains("pm") || lower.contains("下午")) && rest.first().is_some_and(|(h, _)| *h < 12);
    let hour = rest.first().map_or(0, |(h, _)| *h) + if noon { 12 } else { 0 };
    let part = |i: usize| rest.get(i).map_or(0, |(n, _)| *n);
    let local: NaiveDateTime = date.and_hms_opt(hour, part(1), part(2))?;
    // A time that the clocks jump over is the first one after it.
    let hours = (0..3).map(|h| local + chrono::Duration::hours(h));
    hours.into_iter().find_map(|local| zone.from_local_datetime(&local).earliest()).map(Timestamp::from)
}

/// Returns the domain of a web site or a mail address.
pub(super) fn domain(cell: &str) -> Option<String> {
    let text = line(cell).to_lowercase();
    let host = text.split_once("://").map_or(text.as_str(), |(_, rest)| rest);
    let host = host.rsplit_once('@').map_or(host, |(_, domain)| domain);
    let host = host.split(['/', '?', '#', ':']).next().unwrap_or_default();
    let host = host.strip_prefix("www.").unwrap_or(host);
    let sound = host.contains('.')
        && host.len() <= 253
        && !host.starts_with('.')
        && !host.ends_with('.')
        && host.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-'));
    sound.then(|| host.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_texts_and_tags_have_one_spelling() {
        for (cell, expected) in [
            ("NOVÁK, JAN", "Jan Novák"),
            ("  jan   novak ", "Jan Novak"),
            ("Ann McDonald", "Ann McDonald"),
            ("王 丽", "王 丽"),
            ("n/a", ""),
        ] {
            assert_eq!(name(cell), expected, "{cell:?}");
        }
        assert_eq!(line("'=1+1"), "=1+1");
        assert_eq!(line("a\u{0}\n b"), "a b");
        assert_eq!(tags("vip; Prague, vip|new"), ["vip", "Prague", "new"]);
        assert_eq!(joined("丽", "王"), "王丽");
        assert_eq!(joined("Jan", "Novak"), "Jan Novak");
    }

    #[test]
    fn amounts_are_read_with_their_currency() {
        for (cell, given, expected) in [
            ("1200", None, Some((120_000, "EUR"))),
            ("€ 1.200,50", None, Some((120_050, "EUR"))),
            ("$12,000", None, Some((1_200_000, "USD"))),
            ("12,000 元", None, Some((1_200_000, "CNY"))),
            ("3.5万", Some("CNY"), Some((3_500_000, "CNY"))),
            ("1 200 CZK", None, Some((120_000, "CZK"))),
            ("1500", Some("JPY"), Some((1_500, "JPY"))),
            ("(5)", None, Some((-500, "EUR"))),
            ("12 apples", None, None),
            ("soon", None, None),
            ("1e99", None, None),
            ("", None, None),
        ] {
            let found = money(cell, given, "EUR").map(|m| (m.minor, m.currency));
            assert_eq!(found, expected.map(|(n, c): (i64, &str)| (n, c.to_owned())), "{cell:?}");
        }
    }

    #[test]
    fn a_column_tells_how_its_days_are_written() {
        let of = |cells: &[&str], region| order(cells.iter().copied(), region);
        assert_eq!(of(&["3/4/2026", "25/12/2026"], "US"), Order::DayFirst);
        assert_eq!(of(&["3/4/2026", "12/25/2026"], "DE"), Order::MonthFirst);
        assert_eq!((of(&["3/4/2026"], "DE"), of(&["3/4/2026"], "US")), (Order::DayFirst, Order::MonthFirst));
        let at = |cell: &str| time(cell, Order::DayFirst, Tz::Europe__Prague).map(|t| t.to_string());
        for (cell, expected) in [
            ("2026-03-04", Some("2026-03-03T23:00:00Z")),
            ("4.3.2026 08:30", Some("2026-03-04T07:30:00Z")),
            ("2026年3月4日", Some("2026-03-03T23:00:00Z")),
            ("20260304", Some("2026-03-03T23:00:00Z")),
            ("4 Mar 2026", Some("2026-03-03T23:00:00Z")),
            ("March 4, 2026 1:05 PM", Some("2026-03-04T12:05:00Z")),
            ("2026-03-04T08:00:00+08:00", Some("2026-03-04T00:00:00Z")),
            ("31.2.2026", None),
            ("soon", None),
            ("0000-00-00", None),
        ] {
            assert_eq!(at(cell).as_deref(), expected, "{cell:?}");
        }
    }

    #[test]
    fn closed_lists_are_read_in_both_languages() {
        assert_eq!(lifecycle("潜在客户"), Some(Lifecycle::Lead));
        assert_eq!(lifecycle("Churned"), Some(Lifecycle::Lost));
        assert_eq!(lifecycle("blue"), None);
        assert_eq!((yes("是"), yes("No"), yes("maybe")), (Some(true), Some(false), None));
        assert_eq!(language("zh-CN").as_deref(), Some("zh"));
        assert_eq!(currency("rmb", ""), Some("CNY".into()));
        assert_eq!(domain("https://www.Acme.example/x").as_deref(), Some("acme.example"));
        assert_eq!(domain("no domain"), None);
    }
}
