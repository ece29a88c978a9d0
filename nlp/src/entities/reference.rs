//! Numbers of orders, bookings, deliveries, tickets, and of invoices.
//!
//! A number alone is none: it needs a keyword before it (`order no. 4471`, 订单号), one of the
//! prefixes that firms give them (`ORD-2026-001`), or the form of one that was found beside it.

use rapport_model::reading::EntityKind;

use super::reference_form::{
    id_end, is_code, is_date_like, is_phone_like, n_digits_of, numbered_as_phones, shape_of,
};
use super::reference_words::{Cue, Marker, Topics, cue_before, keyword, prefix};
use super::text::{Class, Gap, Text, Token, is_word_char};
use super::{Found, money, quantity};

/// Fewest digits of a number that nothing but the keyword marks.
const BARE_DIGITS_MIN: usize = 4;
/// Most letters of a prefix that stands apart from its number: LS 88014.
const PREFIX_BYTES_MAX: usize = 5;
/// How many references one text is searched for; a longer list is an export.
const REFERENCES_MAX: usize = 200;

/// Adds the references in `text`.
pub(super) fn find(text: &Text, out: &mut Vec<Found>) {
    let mut found: Vec<Found> = Vec::new();
    let topics = Topics::new(text);
    for i in 0..text.tokens.len() {
        let start = text.tokens[i].start;
        let free = found.last().is_none_or(|last| last.end <= start);
        if !free || !begins(text, i) || found.len() == REFERENCES_MAX {
            continue;
        }
        let read = continued(text, i, found.last())
            .or_else(|| enumerated(text, i))
            .or_else(|| announced(text, i, &topics))
            .or_else(|| prefixed(text, i, &topics))
            .or_else(|| spoken_of(text, i, &topics));
        found.extend(read);
    }
    let more = of_the_same_form(text, &found);
    out.extend(found);
    out.extend(more);
}

fn reference(text: &Text, kind: EntityKind, start: usize, end: usize) -> Found {
    let value = text.plain[start..end].chars().filter(|c| *c != ' ').collect::<String>();
    Found { kind, start, end, value: value.to_ascii_uppercase() }
}

/// Tells whether a reference may begin with token `i`: nothing that belongs to it stands before it.
fn begins(text: &Text, i: usize) -> bool {
    let token = text.tokens[i];
    let inside = token.gap == Gap::None
        && text.char_before(token.start).is_some_and(|c| is_word_char(c) || "-/.@+$€£¥&%~\\".contains(c));
    matches!(token.class, Class::Digits | Class::Word) && !inside
}

/// Reads the next of several: orders 33071, 33072 and #33073.
fn continued(text: &Text, i: usize, last: Option<&Found>) -> Option<Found> {
    let last = last?;
    let between = text.token_at(last.end)..i;
    let joins = |i: usize| {
        matches!(
            text.word(i),
            "," | "and" | "&" | "#" | "+" | "or" | "not" | "、" | "和" | "及" | "跟" | "同" | "/"
        )
    };
    if between.is_empty() || between.len() > 3 || !between.clone().all(joins) {
        return None;
    }
    let start = text.tokens[i].start;
    let end = id_end(text, start, true)?;
    let alike = shape_of(&text.plain[last.start..last.end]) == shape_of(&text.plain[start..end]);
    (alike && !is_counted(text, text.token_at(end))).then(|| reference(text, last.kind, start, end))
}

/// Reads the first of several numbers in a sentence about several: three invoices are open: 10441, 10452.
fn enumerated(text: &Text, i: usize) -> Option<Found> {
    const SENTENCE_TOKENS: usize = 14;
    let width = text.width(i);
    let next = i + 1 + usize::from(matches!(text.word(i + 1), "," | "and" | "&" | "、" | "和"));
    let several = next > i + 1 && text.class(next) == Some(Class::Digits) && text.width(next) == width;
    if text.class(i) != Some(Class::Digits)
        || !(4..=12).contains(&width)
        || !several
        || !matches!(text.word_before(i, 1), ":" | "," | "：")
    {
        return None;
    }
    let kind = (i.saturating_sub(SENTENCE_TOKENS)..i)
        .rev()
        .take_while(|&j| !matches!(text.word(j), "." | "?" | "!" | "。"))
        .find_map(|j| match text.word(j) {
            "invoices" | "bills" => Some(EntityKind::InvoiceId),
            "orders" | "bookings" | "tickets" | "deliveries" | "shipments" | "parcels" | "reservations" => {
                Some(EntityKind::OrderId)
            }
            _ => None,
        })?;
    Some(reference(text, kind, text.tokens[i].start, text.tokens[i].end))
}

/// Reads a reference that the words before it announce.
fn announced(text: &Text, i: usize, topics: &Topics) -> Option<Found> {
    let Token { start, class, .. } = text.tokens[i];
    let apart = prefix_apart(text, i);
    if class == Class::Word && apart.is_none() && !touches_digits(text, i) {
        return None;
    }
    let cue = cue_before(text, i)?;
    let own = text.word(i);
    // `PO 4471` announces, and is no part of it.
    let (end, numbers_at) = match apart.filter(|_| cue.kind.is_some() && keyword(text, i).is_none()) {
        Some(_) => (grouped(text, i + 1, cue)?, text.tokens[i + 1].start),
        None => (grouped(text, i, cue)?, start),
    };
    let id = &text.plain[numbers_at..end];
    let whole = &text.plain[start..end];
    let next = text.token_at(end);
    if text.touches(next) && is_word_char(text.char_at(end).unwrap_or(' ')) || own == "version" {
        return None;
    }
    let kind = match cue.kind {
        Some(kind) if is_reference(text, if numbers_at > start { whole } else { id }, next, cue, kind) => {
            kind
        }
        None if is_phone_like(whole) || numbered_as_phones(whole) => return None,
        None if is_code(whole, 4) || whole.len() >= 6 && is_code(whole, 1) => {
            topics.at(start).unwrap_or(EntityKind::OrderId)
        }
        None if n_digits_of(id) >= 5 => topics.at(start)?,
        _ => return None,
    };
    Some(reference(text, kind, start, end))
}

/// Reads a reference that its own prefix marks: `PO-4471`, `INV20260312`, LS 88014; one of a prefix
/// that is not known needs five digits, or a text that speaks of orders or invoices.
fn prefixed(text: &Text, i: usize, topics: &Topics) -> Option<Found> {
    if text.class(i) != Some(Class::Word) {
        return None;
    }
    let start = text.tokens[i].start;
    let letters = text.raw(i);
    let capitals = letters.bytes().all(|b| b.is_ascii_uppercase());
    let known = prefix(&letters.to_ascii_uppercase());
    if let Some(end) = prefix_apart(text, i).filter(|_| known.is_some() && keyword(text, i).is_none()) {
        let numbers = &text.plain[text.tokens[i + 1].start..end];
        let n_digits = n_digits_of(numbers);
        let fits = n_digits >= 5 || n_digits >= 4 && numbers.contains(['-', '/']);
        return fits.then(|| known.map(|kind| reference(text, kind, start, end)))?;
    }
    if !touches_digits(text, i) || named_otherwise(text, i) {
        return None;
    }
    let end = id_end(text, start, false)?;
    let id = &text.plain[start..end];
    let rest = &id[letters.len()..];
    let n_digits = n_digits_of(rest);
    let joined = rest.starts_with(['-', '_', '/']);
    let kind = match known {
        Some(kind) if n_digits >= 3 && (capitals || joined && letters != "so") => kind,
        _ if matches!(letters, "order" | "invoice") && joined && n_digits >= 3 => keyword(text, i)?,
        None if capitals
            && letters.len() <= PREFIX_BYTES_MAX
            && (rest.contains(['-', '_', '/']) && n_digits >= 4
                || letters.len() >= 2 && (6..=12).contains(&n_digits) && rest.len() == n_digits) =>
        {
            topics.at(start)?
        }
        _ => return None,
    };
    Some(reference(text, kind, start, end))
}

/// Reads a number of parts where the text speaks of orders or invoices: cancel 447-20918.
fn spoken_of(text: &Text, i: usize, topics: &Topics) -> Option<Found> {
    let start = text.tokens[i].start;
    if text.class(i) != Some(Class::Digits) || named_otherwise(text, i) {
        return None;
    }
    let end = id_end(text, start, false)?;
    let id = &text.plain[start..end];
    let called = (i.saturating_sub(5)..i).any(|j| {
        matches!(
            text.word(j),
            "call" | "phone" | "tel" | "mobile" | "number" | "fax" | "whatsapp" | "cell" | "reach"
        )
    });
    let sure = id.contains('-') && is_code(id, 6) && !is_date_like(id) && !is_phone_like(id) && !called;
    let counted = is_counted(text, text.token_at(end)) && text.word(text.token_at(end)) != "can";
    (sure && !counted && !text.has_han)
        .then(|| topics.at(start).map(|kind| reference(text, kind, start, end)))?
}

/// Reads what has the form of a reference that was found: 7001-1 and 7001-3. Where's 7001-2?
fn of_the_same_form(text: &Text, found: &[Found]) -> Vec<Found> {
    let forms: Vec<(String, EntityKind)> = found
        .iter()
        .filter(|f| is_code(&text.plain[f.start..f.end], 4) && !is_date_like(&text.plain[f.start..f.end]))
        .map(|f| (shape_of(&text.plain[f.start..f.end]), f.kind))
        .collect();
    if forms.is_empty() || found.len() >= REFERENCES_MAX {
        return Vec::new();
    }
    let mut more: Vec<Found> = Vec::new();
    for i in 0..text.tokens.len() {
        let start = text.tokens[i].start;
        let taken = |f: &Found| f.start <= start && start < f.end;
        if !begins(text, i)
            || more.last().is_some_and(taken)
            || found.iter().any(taken)
            || named_otherwise(text, i)
        {
            continue;
        }
        let Some(end) = id_end(text, start, false) else { continue };
        let shape = shape_of(&text.plain[start..end]);
        if let Some((_, kind)) = forms.iter().find(|(form, _)| *form == shape) {
            more.push(reference(text, *kind, start, end));
        }
        if more.len() == REFERENCES_MAX {
            break;
        }
    }
    more
}

/// Tells whether the word before token `i` says that its number is a model's or a part's.
fn named_otherwise(text: &Text, i: usize) -> bool {
    let head = text.plain[..text.tokens[i].start].trim_end_matches([' ', ':', '：', '(', '（']);
    if head.ends_with(['号', '號', '牌', '型']) && cue_before(text, i).is_none_or(|cue| cue.kind.is_none())
    {
        return true;
    }
    matches!(
        text.word_before(i, 1),
        "type"
            | "model"
            | "part"
            | "item"
            | "art"
            | "article"
            | "sku"
            | "iso"
            | "din"
            | "en"
            | "version"
            | "serial"
            | "bearing"
            | "series"
            | "plate"
    )
}

fn touches_digits(text: &Text, i: usize) -> bool {
    let at = text.tokens[i].end;
    let rest = &text.plain.as_bytes()[at..];
    matches!(rest, [b'0'..=b'9', ..])
        || matches!(rest, [b'-' | b'/' | b'_', b, ..] if b.is_ascii_alphanumeric())
}

/// Returns where the number ends that stands behind capitals at token `i`, apart from them: LS 88014.
fn prefix_apart(text: &Text, i: usize) -> Option<usize> {
    let letters = text.raw(i);
    let capitals = text.class(i) == Some(Class::Word)
        && letters.len() <= PREFIX_BYTES_MAX
        && letters.bytes().all(|b| b.is_ascii_uppercase());
    let next = text.tokens.get(i + 1).filter(|t| t.class == Class::Digits && t.gap == Gap::Space)?;
    let end = id_end(text, next.start, false).filter(|_| capitals)?;
    let n_digits = n_digits_of(&text.plain[next.start..end]);
    (n_digits >= 3 && !is_counted(text, text.token_at(end))).then_some(end)
}

/// Returns where the reference at token `i` ends, its groups of digits taken together where
/// something announces it: PO 4500 118 822.
fn grouped(text: &Text, i: usize, cue: Cue) -> Option<usize> {
    let start = text.tokens[i].start;
    let mut end = id_end(text, start, true)?;
    if text.plain[start..end].bytes().any(|b| !b.is_ascii_digit()) || text.class(i) != Some(Class::Digits) {
        return Some(end);
    }
    let mut groups = 1;
    loop {
        let next = text.token_at(end);
        let group = text.tokens.get(next).filter(|t| {
            t.class == Class::Digits
                && t.start == end + 1
                && t.gap == Gap::Space
                && (2..=4).contains(&(t.end - t.start))
        });
        let Some(group) = group else { break };
        let mut behind = text.plain[group.end..].chars();
        let joined = match behind.next() {
            Some('-' | '/' | ':' | '.' | ',') => behind.next().is_some_and(|c| c.is_ascii_digit()),
            Some(c) => is_word_char(c),
            None => false,
        };
        if joined || is_counted(text, next + 1) {
            break;
        }
        (end, groups) = (group.end, groups + 1);
    }
    let n_digits = n_digits_of(&text.plain[start..end]);
    if groups > 1 && (n_digits < 5 || cue.marker == Marker::None && names_goods(text, text.token_at(end))) {
        return Some(text.tokens[i].end);
    }
    Some(end)
}

/// Tells whether what follows a keyword is its number. `next` is the token behind it.
fn is_reference(text: &Text, id: &str, next: usize, cue: Cue, kind: EntityKind) -> bool {
    let n_digits = n_digits_of(id);
    let has_letter = id.bytes().any(|b| b.is_ascii_alphabetic());
    let capitals = !id.bytes().any(|b| b.is_ascii_lowercase());
    let ends = !text.same_line(next)
        || text.class(next) == Some(Class::Mark) && !matches!(text.word(next), "-" | "/");
    let joined = id.contains(['-', '/', '_', '.']);
    // I want to order 5000 screws; please add to order 20881.
    let verb = is_verb(text, cue.at) && !joined && !(ends && n_digits >= 5);
    if is_date_like(id) && cue.marker != Marker::Strong
        || id.matches('.').count() > 0 && is_counted(text, next)
    {
        return false;
    }
    if cue.marker == Marker::Strong {
        return n_digits >= 2 || n_digits == 1 && !is_counted(text, next);
    }
    if has_letter {
        let long = n_digits >= 3
            || n_digits >= 1 && id.len() >= 6 && capitals
            || n_digits >= 2 && joined && id.len() >= 5;
        return long && (capitals || id.contains(['-', '_']) || cue.marker == Marker::Weak) && !verb;
    }
    let bill = kind == EntityKind::InvoiceId && text.word(cue.at) == "bill";
    let year_like = !joined && n_digits == 4 && matches!(&id[..2], "19" | "20");
    if !joined && (bill || is_counted(text, next)) || year_like || verb {
        return false;
    }
    if n_digits < BARE_DIGITS_MIN {
        let of_one =
            matches!(text.word(cue.at), "order" | "ticket" | "booking" | "job" | "reservation" | "invoice");
        return n_digits >= 2 && ends && of_one && !joined;
    }
    cue.marker == Marker::Weak || joined || !(text.word(cue.at) == "order" && names_goods(text, next))
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
