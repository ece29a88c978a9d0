//! Counts of things that are bought: 20 seats, a dozen cartridges, 三台.
//!
//! Only counts of known units are taken, since most numbers before a noun count something
//! else: days, times, questions.

use rapport_model::reading::EntityKind;

use super::Found;
use super::numbers::{Blanks, Number, begins_number, cardinal, han, han_digit, literal, spelled};
use super::text::{Class, Text, Token};

/// Units in the singular, sorted; a plural `s` or `es` is taken too.
const UNITS: [&str; 117] = [
    "account",
    "attendee",
    "bag",
    "barrel",
    "bed",
    "bike",
    "book",
    "bottle",
    "box",
    "brochure",
    "bucket",
    "bulb",
    "bundle",
    "cable",
    "camera",
    "can",
    "canister",
    "car",
    "card",
    "carton",
    "cartridge",
    "case",
    "chair",
    "client",
    "computer",
    "container",
    "copies",
    "copy",
    "crate",
    "cup",
    "cylinder",
    "desk",
    "device",
    "drum",
    "employee",
    "filter",
    "flyer",
    "guest",
    "headset",
    "helmet",
    "item",
    "jar",
    "jersey",
    "keg",
    "key",
    "keyboard",
    "kit",
    "lamp",
    "laptop",
    "licence",
    "license",
    "loaf",
    "loaves",
    "locker",
    "machine",
    "mat",
    "member",
    "monitor",
    "mug",
    "notebook",
    "pack",
    "package",
    "packet",
    "pair",
    "pallet",
    "panel",
    "participant",
    "passenger",
    "pc",
    "pcs",
    "people",
    "person",
    "persons",
    "phone",
    "piece",
    "pizza",
    "plate",
    "poster",
    "printer",
    "pump",
    "rack",
    "reel",
    "roll",
    "router",
    "sack",
    "screen",
    "screw",
    "seat",
    "sensor",
    "server",
    "set",
    "sheet",
    "shirt",
    "shoe",
    "sim",
    "spool",
    "staff",
    "subscription",
    "switch",
    "table",
    "tablet",
    "tank",
    "tent",
    "ticket",
    "tile",
    "tin",
    "tire",
    "toner",
    "towel",
    "tray",
    "truck",
    "tube",
    "tyre",
    "unit",
    "user",
    "van",
    "voucher",
];

/// Chinese classifiers and nouns of the trade, the longer before those they contain.
const HAN_UNITS: [&str; 48] = [
    "个席位",
    "個席位",
    "个用户",
    "個用戶",
    "个账号",
    "個帳號",
    "个许可",
    "个名额",
    "个座位",
    "个人",
    "個人",
    "名员工",
    "用户",
    "用戶",
    "席位",
    "坐席",
    "账号",
    "帳號",
    "许可证",
    "个",
    "個",
    "台",
    "臺",
    "套",
    "件",
    "箱",
    "盒",
    "瓶",
    "包",
    "袋",
    "份",
    "张",
    "張",
    "把",
    "支",
    "只",
    "隻",
    "双",
    "雙",
    "辆",
    "輛",
    "卷",
    "桶",
    "罐",
    "棵",
    "组",
    "組",
    "人",
];

/// What makes a Chinese count one of something else: 3个月, 两个问题.
const HAN_OTHERS: [&str; 34] = [
    "民",
    "月",
    "小时",
    "小時",
    "星期",
    "礼拜",
    "禮拜",
    "工作日",
    "钟",
    "鐘",
    "季度",
    "年",
    "问题",
    "問題",
    "原因",
    "意见",
    "意見",
    "建议",
    "建議",
    "方面",
    "字",
    "选择",
    "選擇",
    "方案",
    "办法",
    "地方",
    "时间",
    "時間",
    "周",
    "点",
    "點",
    "半",
    "工作天",
    "部分",
];

/// Adds the counts in `text`.
pub(super) fn find(text: &Text, out: &mut Vec<Found>) {
    let mut free_from = 0;
    for i in 0..text.tokens.len() {
        if text.tokens[i].start < free_from {
            continue;
        }
        let count = match text.tokens[i].class {
            Class::Digits if begins_number(text, i) => in_digits(text, i),
            Class::Word => in_words(text, i),
            Class::Han => in_han(text, i),
            _ => None,
        };
        if let Some(found) = count.filter(|_| !ends_range(text, i)) {
            free_from = found.end;
            out.push(found);
        }
    }
}

/// Tells whether token `i` is a unit of things that are counted.
pub(super) fn is_unit(text: &Text, i: usize) -> bool {
    match text.class(i) {
        Some(Class::Word) => is_unit_word(text.word(i)),
        Some(Class::Han) => han_unit(text, text.tokens[i].start).is_some(),
        _ => false,
    }
}

fn in_digits(text: &Text, i: usize) -> Option<Found> {
    let start = text.tokens[i].start;
    let (number, end) = literal(&text.lower, start, Blanks::Part)?;
    let versioned = matches!(text.word_before(i, 1), "version" | "v" | "release");
    let signed = matches!(text.char_before(start), Some('-' | '$' | '€' | '£' | '¥' | '+' | '*'));
    if versioned || signed {
        return None;
    }
    let next = text.token_at(end);
    if let Some(unit_end) = han_unit(text, end + blanks(text, end)) {
        return found(text, number, start, end + blanks(text, end), unit_end);
    }
    let (number, next) = match text.word(next) {
        "dozen" => return dozens(text, number.times(12)?, start, next + 1),
        "k" if text.touches(next) => (number.times(1_000)?, next + 1),
        "x" | "×" => (number, next + 1),
        _ => (number, next),
    };
    let (from, to) = unit_at(text, next)?;
    found(text, number, start, from, to)
}

fn in_words(text: &Text, i: usize) -> Option<Found> {
    let (number, next) = spelled(text, i)?;
    let start = text.tokens[i].start;
    if text.word(next - 1) == "dozen" {
        return dozens(text, number, start, next);
    }
    let (from, to) = unit_at(text, next)?;
    found(text, number, start, from, to)
}

fn in_han(text: &Text, i: usize) -> Option<Found> {
    let Token { start, first, .. } = text.tokens[i];
    if han_digit(first).is_none() && first != '十' {
        return None;
    }
    // 第三个 is an order, 几十个 vague.
    let inside =
        text.char_before(start).is_some_and(|c| han_digit(c).is_some() || "十百千万第几数每".contains(c));
    let (number, end) = han(&text.lower, start).filter(|_| !inside)?;
    // 一个 is an article more often than a count.
    if number == Number::whole(1) {
        return None;
    }
    found(text, number, start, end, han_unit(text, end)?)
}

/// Reads what dozens are counted of: any plural, since a dozen always counts things.
fn dozens(text: &Text, number: Number, start: usize, next: usize) -> Option<Found> {
    if let Some((from, to)) = unit_at(text, next) {
        return found(text, number, start, from, to);
    }
    let plural = (next..next + 2).find(|&i| {
        text.same_line(i)
            && text.class(i) == Some(Class::Word)
            && text.width(i) >= 4
            && text.word(i).ends_with('s')
    })?;
    let only_words = (next..plural).all(|i| text.class(i) == Some(Class::Word));
    let counts = only_words
        && !matches!(text.word(plural), "times" | "days" | "weeks" | "months" | "years" | "hours" | "this");
    counts.then(|| found(text, number, start, text.tokens[next].start, text.tokens[plural].end))?
}

/// Reads a unit at token `i`, with up to two words that tell of which kind: user licences.
fn unit_at(text: &Text, i: usize) -> Option<(usize, usize)> {
    let from = text.tokens.get(i).filter(|t| t.class == Class::Word && text.same_line(i))?.start;
    if text.word(i) == "t" && text.word(i + 1) == "-" && matches!(text.word(i + 2), "shirt" | "shirts") {
        return Some((from, text.tokens[i + 2].end));
    }
    let mut last = i;
    while is_kind(text.word(last)) && last < i + 2 && !is_unit_word(text.word(last)) {
        last += 1;
    }
    if !text.same_line(last) || !is_unit_word(text.word(last)) {
        return None;
    }
    // user licences, printer cartridges
    if text.same_line(last + 1)
        && text.class(last + 1) == Some(Class::Word)
        && is_unit_word(text.word(last + 1))
        && !text.touches(last + 1)
    {
        last += 1;
    }
    // 5 car-sharing offers, 3 box's
    let joined = text.touches(last + 1) && text.word(last + 1) == "-" && text.touches(last + 2);
    (!joined).then(|| (from, text.tokens[last].end))
}

/// Words that may stand between a number and its unit.
fn is_kind(word: &str) -> bool {
    matches!(
        word,
        "more"
            | "additional"
            | "extra"
            | "new"
            | "full"
            | "premium"
            | "basic"
            | "big"
            | "small"
            | "large"
            | "further"
            | "other"
            | "spare"
            | "standard"
            | "pro"
            | "single"
            | "double"
            | "named"
            | "floating"
            | "annual"
            | "monthly"
            | "paid"
            | "free"
            | "office"
            | "replacement"
            | "black"
            | "white"
            | "red"
            | "blue"
            | "green"
            | "wooden"
            | "used"
            | "team"
    )
}

fn is_unit_word(word: &str) -> bool {
    let known = |w: &str| UNITS.binary_search(&w).is_ok();
    known(word)
        || word.strip_suffix('s').is_some_and(known)
        || word.strip_suffix("es").is_some_and(|w| w.ends_with(['x', 'h']) && known(w))
}

/// Returns where the Chinese unit at byte `at` ends.
fn han_unit(text: &Text, at: usize) -> Option<usize> {
    let rest = &text.lower[at..];
    if !rest.starts_with(super::text::is_han) {
        return None;
    }
    let unit = HAN_UNITS.iter().find(|unit| rest.starts_with(**unit))?;
    let behind = &rest[unit.len()..];
    let other = HAN_OTHERS.iter().any(|name| behind.starts_with(name));
    (!other).then_some(at + unit.len())
}

/// Tells whether the number at token `i` ends a range or a choice: of 10-15 users only the whole
/// would be right.
fn ends_range(text: &Text, i: usize) -> bool {
    let joins = matches!(text.word_before(i, 1), "-" | "to" | "or" | "到" | "至" | "~");
    let number = i >= 2
        && (text.class(i - 2) == Some(Class::Digits)
            || cardinal(text.word(i - 2)).is_some()
            || text.word(i - 2).chars().next().and_then(han_digit).is_some());
    joins && number
}

fn blanks(text: &Text, at: usize) -> usize {
    text.lower[at..].bytes().take(2).take_while(|&b| b == b' ').count()
}

fn found(text: &Text, number: Number, start: usize, unit_start: usize, end: usize) -> Option<Found> {
    let unit = text.lower[unit_start..end].split_whitespace().collect::<Vec<_>>().join(" ");
    let value = format!("{number} {unit}");
    (!number.is_zero()).then_some(Found { kind: EntityKind::Quantity, start, end, value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_sorted_for_the_search() {
        let off: Vec<_> = UNITS.windows(2).filter(|w| w[0] >= w[1]).collect();
        assert!(off.is_empty(), "{off:?}");
    }
}
