//! Numbers of orders and invoices.
//!
//! A number alone is none: it needs a keyword before it (`order no. 4471`, 订单号) or one of the
//! prefixes that shops give them (`ORD-2026-001`).

use rapport_model::reading::EntityKind;

use super::text::{Class, Text, Token, is_word_char};
use super::{Found, money, quantity};

/// Longest reference; longer runs are hashes and tokens.
const ID_BYTES_MAX: usize = 32;
/// How many words and marks may stand between the keyword and the number.
const FILLERS_MAX: usize = 6;
/// Fewest digits of a number that nothing but the keyword marks.
const BARE_DIGITS_MIN: usize = 4;

/// What stands between the keyword and the number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Marker {
    None,
    /// A colon, `is`.
    Weak,
    /// `no.`, `#`, 号: what follows is the number.
    Strong,
}

/// Which word opened the search.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keyword {
    /// `order` is a verb too: order 5000 screws.
    Order,
    /// `bill` is a name too.
    Bill,
    Plain,
}

/// Adds the references in `text`.
pub(super) fn find(text: &Text, out: &mut Vec<Found>) {
    let mut free_from = 0;
    for i in 0..text.tokens.len() {
        let Token { start, class, .. } = text.tokens[i];
        if start < free_from || matches!(class, Class::Digits | Class::Mark) {
            continue;
        }
        if let Some(found) = (class == Class::Word).then(|| prefixed(text, i)).flatten() {
            free_from = found.end;
            out.push(found);
            continue;
        }
        let Some((kind, keyword, next, marker)) = keyword(text, i) else { continue };
        for (start, end) in behind(text, i, next, keyword, marker) {
            free_from = end;
            let value = text.plain[start..end].to_ascii_uppercase();
            out.push(Found { kind, start, end, value });
        }
    }
}

/// Reads a reference that its own prefix marks: `PO-4471`, `INV20260312`.
fn prefixed(text: &Text, i: usize) -> Option<Found> {
    let kind = match text.word(i) {
        "ord" | "po" | "so" | "order" => EntityKind::OrderId,
        "inv" | "invoice" => EntityKind::InvoiceId,
        _ => return None,
    };
    let start = text.tokens[i].start;
    let end = id_end(text, start)?;
    let id = &text.plain[start..end];
    let rest = &id[text.width(i)..];
    let n_digits = rest.bytes().filter(u8::is_ascii_digit).count();
    let capitals = text.raw(i).bytes().all(|b| b.is_ascii_uppercase());
    let joined = matches!(rest.as_bytes(), [b'-' | b'_', b'0'..=b'9', ..]);
    let fits = (joined && (capitals || text.word(i) != "so")
        || capitals && rest.starts_with(|c: char| c.is_ascii_digit()))
        && n_digits >= 3;
    fits.then(|| Found { kind, start, end, value: id.to_ascii_uppercase() })
}

/// Reads the keyword at token `i`; returns what it announces, the next token, and how strongly.
fn keyword(text: &Text, i: usize) -> Option<(EntityKind, Keyword, usize, Marker)> {
    use EntityKind::{InvoiceId, OrderId};
    if text.class(i) == Some(Class::Han) {
        const WORDS: [(&str, EntityKind, Marker); 12] = [
            ("订单", OrderId, Marker::None),
            ("訂單", OrderId, Marker::None),
            ("采购单", OrderId, Marker::None),
            ("採購單", OrderId, Marker::None),
            ("单号", OrderId, Marker::Strong),
            ("單號", OrderId, Marker::Strong),
            ("发票", InvoiceId, Marker::None),
            ("發票", InvoiceId, Marker::None),
            ("账单", InvoiceId, Marker::None),
            ("帐单", InvoiceId, Marker::None),
            ("帳單", InvoiceId, Marker::None),
            ("賬單", InvoiceId, Marker::None),
        ];
        let Token { start, first, .. } = text.tokens[i];
        if !matches!(first, '订' | '訂' | '采' | '採' | '单' | '單' | '发' | '發' | '账' | '帐' | '帳' | '賬')
        {
            return None;
        }
        let (name, kind, marker) = *WORDS.iter().find(|(name, ..)| text.lower[start..].starts_with(name))?;
        // 快递单号 and 提单号 are the carrier's.
        const NEAR_BYTES: usize = 36;
        let near = &text.lower[text.lower.ceil_char_boundary(start.saturating_sub(NEAR_BYTES))..start];
        let carrier = marker == Marker::Strong
            && (near.ends_with(['订', '訂', '提', '运', '運', '货', '貨', '报', '報', '工', '回'])
                || ["快递", "快遞", "物流", "运单"].iter().any(|word| near.contains(word)));
        return (!carrier).then(|| (kind, Keyword::Plain, i + name.chars().count(), marker));
    }
    let (kind, keyword) = match text.word(i) {
        "order" | "orders" => (OrderId, Keyword::Order),
        "po" | "ord" => (OrderId, Keyword::Plain),
        "invoice" | "invoices" | "inv" => (InvoiceId, Keyword::Plain),
        "bill" => (InvoiceId, Keyword::Bill),
        _ => return None,
    };
    Some((kind, keyword, i + 1, Marker::None))
}

/// Returns the numbers that stand behind a keyword, `at` being the token behind it.
fn behind(
    text: &Text,
    keyword_at: usize,
    at: usize,
    keyword: Keyword,
    marker: Marker,
) -> Vec<(usize, usize)> {
    let (mut i, mut marker) = (at, marker);
    while i < at + FILLERS_MAX {
        let found = match text.word(i) {
            "no" | "nr" | "num" | "number" | "numbers" | "nos" | "id" | "#" | "№" | "号" | "號" | "编"
            | "編" | "码" | "碼" => Marker::Strong,
            ":" | "is" | "ref" | "reference" | "confirmation" | "code" | "=" | "(" | "是" | "为" | "為"
            | "【" | "\"" => Marker::Weak,
            "." if matches!(text.word_before(i, 1), "no" | "nr" | "num" | "inv" | "ref" | "nos") => {
                Marker::Weak
            }
            _ => break,
        };
        marker = marker.max(found);
        i += 1;
    }
    let verb = keyword == Keyword::Order && is_verb(text, keyword_at);
    let mut ids = Vec::new();
    let mut shape = String::new();
    while let Some(token) = text.tokens.get(i) {
        let Some(end) = id_end(text, token.start) else { break };
        let id = &text.plain[token.start..end];
        let next = text.token_at(end);
        let fits = if ids.is_empty() {
            is_reference(text, id, next, keyword, marker, verb)
        } else {
            shape == shape_of(id) && !is_counted(text, next)
        };
        if !fits || text.touches(next) && is_word_char(text.char_at(end).unwrap_or(' ')) {
            break;
        }
        shape = shape_of(id);
        ids.push((token.start, end));
        // orders 33071, 33072 and #33073
        let mut further = next;
        while further < next + 3
            && matches!(text.word(further), "," | "and" | "&" | "#" | "、" | "和" | "及" | "跟")
        {
            further += 1;
        }
        if further == next {
            break;
        }
        i = further;
    }
    ids
}

/// Returns where the run of letters, digits and inner signs at byte `start` ends, if it has a
/// digit and is no part of something longer.
fn id_end(text: &Text, start: usize) -> Option<usize> {
    let bytes = text.plain.as_bytes();
    let mut end = start;
    while end - start <= ID_BYTES_MAX {
        match bytes.get(end) {
            Some(b) if b.is_ascii_alphanumeric() => end += 1,
            Some(b'-' | b'/' | b'_')
                if end > start && bytes.get(end + 1).is_some_and(u8::is_ascii_alphanumeric) =>
            {
                end += 1;
            }
            _ => break,
        }
    }
    let has_digit = bytes[start..end].iter().any(u8::is_ascii_digit);
    let goes_on = match bytes.get(end) {
        Some(b'.' | b',' | b':') => bytes.get(end + 1).is_some_and(u8::is_ascii_digit),
        Some(b'@' | b'%') => true,
        _ => false,
    };
    (has_digit && !goes_on && end - start <= ID_BYTES_MAX).then_some(end)
}

/// Tells whether what follows a keyword is its number. `next` is the token behind it.
fn is_reference(text: &Text, id: &str, next: usize, keyword: Keyword, marker: Marker, verb: bool) -> bool {
    let n_digits = id.bytes().filter(u8::is_ascii_digit).count();
    let has_letter = id.bytes().any(|b| b.is_ascii_alphabetic());
    let capitals = !id.bytes().any(|b| b.is_ascii_lowercase());
    if marker == Marker::Strong {
        return n_digits >= 2 || n_digits == 1 && !is_counted(text, next);
    }
    if has_letter {
        let joined = id.contains('-');
        return n_digits >= 3 && (capitals || joined) && !verb;
    }
    let parts: Vec<&str> = id.split(['-', '/', '_']).collect();
    let date_like = parts[0].len() <= 4 && (parts.len() == 3 || parts.len() == 2 && parts[1].len() < 3);
    let year_like = parts.len() == 1 && n_digits == 4 && matches!(&id[..2], "19" | "20");
    if n_digits < BARE_DIGITS_MIN || date_like || is_counted(text, next) || keyword == Keyword::Bill {
        return false;
    }
    if year_like {
        return false;
    }
    marker == Marker::Weak || !(keyword == Keyword::Order && (verb || names_goods(text, next)))
}

/// Tells whether `order` at token `i` is something to do, not something that was done.
fn is_verb(text: &Text, i: usize) -> bool {
    text.word(i) == "order"
        && matches!(
            text.word_before(i, 1),
            "to" | "i"
                | "we"
                | "can"
                | "could"
                | "will"
                | "would"
                | "you"
                | "must"
                | "should"
                | "please"
                | "i'd"
                | "we'd"
                | "i'll"
                | "we'll"
                | "let's"
        )
}

/// Tells whether token `i` makes the number before it a count, a sum or a date.
fn is_counted(text: &Text, i: usize) -> bool {
    if !text.same_line(i) {
        return false;
    }
    let dated = text.touches(i) && matches!(text.word(i), "年" | "月" | "日" | "%" | "万" | "千");
    dated || quantity::is_unit(text, i) || money::is_currency(text, i)
}

/// Tells whether token `i` is a noun, as far as that can be told: none of the short words and
/// participles that go on after an order's number.
fn names_goods(text: &Text, i: usize) -> bool {
    let word = text.word(i);
    let follows = matches!(
        word,
        "is" | "was"
            | "has"
            | "have"
            | "had"
            | "not"
            | "still"
            | "and"
            | "or"
            | "please"
            | "to"
            | "yet"
            | "for"
            | "on"
            | "came"
            | "with"
            | "which"
            | "that"
            | "in"
            | "by"
            | "at"
            | "but"
            | "i"
            | "we"
            | "my"
            | "this"
            | "from"
            | "of"
            | "never"
            | "did"
            | "does"
            | "will"
            | "can"
            | "could"
            | "should"
            | "would"
            | "hasn't"
            | "isn't"
            | "wasn't"
            | "didn't"
            | "where"
            | "when"
            | "as"
            | "again"
            | "today"
            | "yesterday"
            | "via"
            | "be"
            | "are"
            | "just"
            | "also"
            | "now"
            | "only"
            | "it"
            | "the"
            | "a"
            | "because"
            | "since"
            | "if"
            | "so"
            | "then"
            | "went"
            | "got"
            | "gone"
            | "thanks"
            | "thank"
            | "due"
            | "arrive"
            | "ship"
            | "being"
            | "been"
            | "says"
    );
    text.same_line(i) && text.class(i) == Some(Class::Word) && !follows && !word.ends_with("ed")
}

/// Returns a reference with each digit as `0` and each letter as `a`.
fn shape_of(id: &str) -> String {
    id.chars()
        .map(|c| match c {
            '0'..='9' => '0',
            'a'..='z' | 'A'..='Z' => 'a',
            sign => sign,
        })
        .collect()
}
