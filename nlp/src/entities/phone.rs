//! Telephone numbers.
//!
//! A scan finds runs of digits and the signs that people put between them; what cannot be a
//! number by its shape or its neighbours is dropped, and only the rest goes to `phonenumber`,
//! which knows every country's plan and is slow.

use std::sync::LazyLock;

use phonenumber::country;
use phonenumber::metadata::{DATABASE, Database};
use rapport_model::reading::EntityKind;

use super::Found;
use super::text::{Class, Gap, Text};

/// Fewest digits of a number that can be told from other numbers.
const DIGITS_MIN: usize = 7;
/// Most digits that E.164 allows, with the country code.
const DIGITS_MAX: usize = 15;
/// How many tokens before a number may hold the word that says what it is.
const CUE_TOKENS: usize = 7;
/// How many compiled patterns are kept.
const PATTERNS_MAX: usize = 1_000;
/// How many candidates are validated in one text: a list of thousands of numbers is an export.
const VALIDATED_MAX: usize = 100;

/// A run of digits and signs.
struct Candidate<'t> {
    text: &'t Text,
    start: usize,
    end: usize,
    /// Its digits alone.
    digits: String,
    /// Its digits in groups, each with the signs after it.
    groups: Vec<(usize, &'t str)>,
}

/// What the words before a number say of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cue {
    Phone,
    Other,
    None,
}

/// Adds the telephone numbers in `text`, national ones as they are written in `region`.
pub(super) fn find(text: &Text, region: &str, out: &mut Vec<Found>) {
    let mut free_from = 0;
    let mut n_left = VALIDATED_MAX;
    for (i, token) in text.tokens.iter().enumerate() {
        let opens = token.class == Class::Digits || matches!(text.word(i), "+" | "(");
        if !opens || token.start < free_from {
            continue;
        }
        // $20 415-666-7777: the first number is an amount, and the run starts behind it.
        if text.touches(i) && matches!(text.char_before(token.start), Some('$' | '€' | '£' | '¥')) {
            continue;
        }
        let (end, seen) = run_end(text, token.start);
        free_from = seen.max(token.end);
        for (start, end) in pieces(text, token.start, end) {
            // (030 1234567) and (see 030 1234567): the bracket is the sentence's.
            let lone_bracket = brackets_off(&text.plain[start..end]) && text.plain[start..].starts_with('(');
            let start = start + usize::from(lone_bracket);
            let Some(candidate) = Candidate::new(text, start, end) else { continue };
            if n_left == 0 {
                return;
            }
            let Some(cue) = candidate.cue_of_number() else { continue };
            let placed = candidate.plausible(region, cue).and_then(|tries| {
                n_left -= 1;
                tries.iter().find_map(|(region, digits)| validate(*region, digits))
            });
            if let Some(value) = placed.or_else(|| candidate.unplaced(cue)) {
                out.push(Found { kind: EntityKind::Phone, start, end, value });
                break;
            }
        }
    }
}

/// Returns where the run of digits and number signs that starts at byte `start` ends: behind
/// its last digit, and where the signs behind that end.
fn run_end(text: &Text, start: usize) -> (usize, usize) {
    let bytes = text.plain.as_bytes();
    let mut end = start;
    // +49 … and (+49) …
    let mut at = start + usize::from(bytes[start] == b'+');
    at += 2 * usize::from(bytes[start..].starts_with(b"(+"));
    while let Some(&b) = bytes.get(at) {
        let twice = bytes.get(at + 1) == Some(&b);
        match b {
            b'0'..=b'9' => end = at + 1,
            b' ' | b'(' | b')' => {}
            b'-' | b'/' | b'.' if !twice => {}
            _ => break,
        }
        // A full stop and a blank end a sentence.
        if b == b'.' && bytes.get(at + 1) == Some(&b' ') {
            break;
        }
        at += 1;
    }
    // A bracket or plus behind the last digit may begin the next number.
    let seen = text.plain[end..at].find('(').map_or(at, |n| if end > start { end + n } else { at });
    (end, seen)
}

/// Returns the run itself, then what is left of it when it is cut at wide gaps: a zip code
/// or a second number may stand beside the number.
fn pieces(text: &Text, start: usize, end: usize) -> Vec<(usize, usize)> {
    let mut all = vec![(start, end)];
    let run = &text.plain[start..end.max(start)];
    let mut from = 0;
    let mut add = |from: usize, to: usize| {
        let piece = run[from..to].trim_start_matches([' ', '-', '/', '.', ')']);
        let begin = from + (to - from - piece.len());
        let piece = piece.trim_end_matches([' ', '-', '/', '.', '(']);
        if piece.len() >= DIGITS_MIN && piece.len() < run.len() {
            all.push((start + begin, start + begin + piece.len()));
        }
    };
    for (at, gap) in run.match_indices("  ").chain(run.match_indices(" - ")).chain(run.match_indices(" (")) {
        if at >= from {
            add(from, at);
            from = at + gap.len() - usize::from(gap.ends_with('('));
        }
    }
    if from > 0 {
        add(from, run.len());
    }
    all
}

impl<'t> Candidate<'t> {
    /// Takes a run apart; nothing when it has too few or too many digits.
    fn new(text: &'t Text, start: usize, end: usize) -> Option<Self> {
        let run = &text.plain[start..end];
        let digits: String = run.chars().filter(char::is_ascii_digit).collect();
        if !(DIGITS_MIN..=DIGITS_MAX + 2).contains(&digits.len()) {
            return None;
        }
        let mut groups = Vec::new();
        let mut rest = run.trim_start_matches(|c: char| !c.is_ascii_digit());
        while !rest.is_empty() {
            let n = rest.bytes().take_while(u8::is_ascii_digit).count();
            let signs = rest[n..].bytes().take_while(|b| !b.is_ascii_digit()).count();
            groups.push((n, &rest[n..n + signs]));
            rest = &rest[n + signs..];
        }
        Some(Self { text, start, end, digits, groups })
    }

    /// Returns what the words before it say; nothing when these, its shape or its neighbours say that it
    /// is no telephone number.
    fn cue_of_number(&self) -> Option<Cue> {
        let run = &self.text.plain[self.start..self.end];
        let is_other = !self.stands_alone() || self.is_date_or_address() || brackets_off(run);
        Some(self.cue()).filter(|cue| !is_other && *cue != Cue::Other)
    }

    /// Returns what to validate, each with its region; nothing where no country is known that it could
    /// be of.
    fn plausible(&self, region: &str, cue: Cue) -> Option<Vec<(Option<country::Id>, String)>> {
        let run = &self.text.plain[self.start..self.end];
        let bare = self.text.char_before(self.start);
        if run.starts_with(['+', '('])
            && let Some(number) = self.international()
        {
            return Some(vec![(None, number)]);
        }
        if run.starts_with('+') {
            return None;
        }
        // INV-0301234567 and 12/0301234567 are references.
        if matches!(bare, Some('-' | '/')) && cue != Cue::Phone {
            return None;
        }
        if let Some(rest) = self.digits.strip_prefix("00").filter(|rest| !rest.starts_with('0')) {
            let long = (9..=DIGITS_MAX).contains(&rest.len());
            return long.then(|| vec![(None, format!("+{}", rest))]);
        }
        let mut tries = Vec::new();
        if self.text.has_han && region != "CN" && self.is_chinese() {
            tries.push((Some(country::Id::CN), self.digits.clone()));
        }
        if let Ok(id) = region.parse::<country::Id>()
            && self.is_national(id, cue)
        {
            tries.push((Some(id), self.digits.clone()));
        }
        (!tries.is_empty()).then_some(tries)
    }

    /// Returns its digits behind the plus that it begins with, the zero in brackets left out.
    fn international(&self) -> Option<String> {
        let run = &self.text.plain[self.start..self.end];
        let rest = run.strip_prefix('+').or_else(|| run.strip_prefix("(+"))?;
        let digits: String = rest.replace("(0)", "").chars().filter(char::is_ascii_digit).collect();
        (digits.len() <= DIGITS_MAX && !digits.starts_with('0')).then(|| format!("+{digits}"))
    }

    /// Returns the digits of what is surely a number to call, of which country is not known: by its
    /// form, or by the words before it.
    fn unplaced(&self, cue: Cue) -> Option<String> {
        let tied = matches!(self.text.char_before(self.start), Some('-' | '/' | '.')) && cue != Cue::Phone;
        if tied {
            return None;
        }
        if let Some(number) = self.international() {
            let known = phonenumber::parse_with(*PLANS, None, &number).is_ok();
            return (number.len() > 8 && known).then_some(number);
        }
        let widths: Vec<usize> = self.groups.iter().map(|g| g.0).collect();
        let n = self.digits.len();
        let zero = self.digits.starts_with('0') && !self.digits.starts_with("00");
        let ends_line = !self.text.same_line(self.text.token_at(self.end));
        let american = matches!(widths[..], [3, 3, 4] | [1, 3, 3, 4])
            && (self.groups[widths.len() - 2].1 != " " || ends_line)
            && !self.digits.starts_with('0');
        let grouped = widths.len() >= 2 && widths[0] <= 5 && widths.iter().skip(1).all(|&w| w >= 2);
        let by_form = american || zero && (9..=12).contains(&n) && (grouped || (10..=11).contains(&n));
        let halves = matches!(widths[..], [4, 4]) && ends_line;
        let called = cue == Cue::Phone && (8..=13).contains(&n) && (grouped || widths.len() == 1)
            || cue == Cue::Phone && matches!(widths[..], [3, 4] | [4, 4]);
        (by_form || halves || called).then(|| self.digits.clone())
    }

    /// Tells whether letters, digits or signs beside it make it part of something else.
    fn stands_alone(&self) -> bool {
        let text = self.text;
        let mut before = text.plain[..self.start].chars().rev();
        let starts = match before.next() {
            Some('.' | ',' | ':' | '/') => !before.next().is_some_and(|c| c.is_ascii_digit()),
            Some('@' | '#' | '$' | '€' | '£' | '¥' | '_' | '=' | '+' | '*') => false,
            Some(c) => !super::text::is_word_char(c),
            None => true,
        };
        let after_at = text.token_at(self.end);
        let mut after = text.plain[self.end..].chars();
        let extension = matches!(text.word(after_at), "x" | "ext" | "extension");
        let ends = match after.next() {
            Some('.' | ',' | ':' | '/' | '-') => !after.next().is_some_and(|c| c.is_ascii_digit()),
            Some('%' | '$' | '€' | '£' | '¥' | '@' | '_' | '=' | '*') => false,
            Some(c) => extension || !super::text::is_word_char(c),
            None => true,
        };
        starts && ends && !(text.same_line(after_at) && super::money::is_currency(text, after_at))
    }

    /// Tells whether it is written like a date, a network address, a card or a book's number.
    fn is_date_or_address(&self) -> bool {
        let widths: Vec<usize> = self.groups.iter().map(|g| g.0).collect();
        let sign = self.groups[0].1;
        let same_sign = |n: usize| self.groups[..n].iter().all(|g| g.1 == sign);
        let plus = self.text.plain[self.start..].starts_with('+');
        if !plus && matches!(sign, "-" | "/" | ".") && widths.len() >= 3 && same_sign(2) {
            let date = matches!(widths[..3], [4, 1..=2, 1..=2] | [1..=2, 1..=2, 2 | 4]);
            // Five pairs are a French number, three of them a date.
            let pairs = widths.len() >= 4 && widths[..4].iter().all(|&w| w == 2);
            if date && !pairs {
                return true;
            }
        }
        let dotted_quad = widths.len() == 4 && sign == "." && same_sign(3) && widths.iter().all(|&w| w <= 3);
        let card = widths.len() == 4 && widths.iter().all(|&w| w == 4);
        let book = widths[0] == 1 && sign == "-" && self.digits.starts_with('0');
        let year = |digits: &str| digits.starts_with("19") || digits.starts_with("20");
        let years = widths == [4, 4] && sign == "-" && year(&self.digits) && year(&self.digits[4..]);
        dotted_quad || card || book || years
    }

    /// Tells whether it is written as numbers of mainland China are.
    fn is_chinese(&self) -> bool {
        let digits = self.digits.strip_prefix("86").unwrap_or(&self.digits);
        let mobile = digits.len() == 11
            && digits.starts_with('1')
            && !digits.starts_with("10")
            && digits.as_bytes()[1] >= b'3';
        let area = matches!(self.groups.len(), 2 | 3)
            && matches!(self.groups[0].0, 3 | 4)
            && matches!(self.digits.len() - self.groups[0].0, 7 | 8);
        let service =
            self.digits.len() == 10 && self.groups.len() >= 2 && self.digits.starts_with(['4', '8']);
        mobile || (area && self.digits.starts_with('0')) || (service && self.digits[1..].starts_with("00"))
    }

    /// Tells whether it is written as national numbers of `id` are.
    fn is_national(&self, id: country::Id, cue: Cue) -> bool {
        let Some(plan) = PLANS.by_id(id.as_ref()) else { return false };
        let widths: Vec<usize> = self.groups.iter().map(|g| g.0).collect();
        if id == country::Id::CN {
            return self.is_chinese();
        }
        if plan.country_code() == 1 {
            let area = widths.strip_prefix(&[1]).unwrap_or(&widths);
            return matches!(area, [3, 3, 4] | [3, 7]) || (matches!(area, [10 | 11]) && self.is_called(cue));
        }
        if plan.national_prefix() == Some("0") {
            let parted = widths.len() >= 2 || self.digits.len() >= 9;
            return self.digits.starts_with('0') && (parted || self.is_called(cue));
        }
        let parted = (2..=5).contains(&widths.len()) && widths.iter().all(|&w| w >= 2);
        self.digits.len() >= 8 && (parted || widths.len() == 1) && self.is_called(cue)
            || self.digits.len() >= 9 && parted
    }

    /// Tells whether a word says that it is a number to call, or it fills a line.
    fn is_called(&self, cue: Cue) -> bool {
        let first = self.text.token_at(self.start);
        let next = self.text.token_at(self.end);
        let fills_line =
            self.text.tokens.get(first).is_some_and(|t| t.gap == Gap::Line) && !self.text.same_line(next);
        cue == Cue::Phone || fills_line
    }

    /// Reads the words before it, the nearest first.
    fn cue(&self) -> Cue {
        const HAN_BYTES: usize = 24;
        let text = self.text;
        let first = text.token_at(self.start);
        for back in 1..=CUE_TOKENS {
            let Some(i) = first.checked_sub(back) else { break };
            match text.word(i) {
                "tel" | "telephone" | "phone" | "mobile" | "mob" | "cell" | "cellphone" | "call"
                | "calling" | "fax" | "whatsapp" | "signal" | "reach" | "ring" | "dial" | "sms" | "text"
                | "hotline" | "ph" | "contact" | "callback" | "hp" | "cel" | "line" | "nobody"
                | "answers" | "answer" | "pick" | "picking" => return Cue::Phone,
                "number" | "no" | "nr"
                    if matches!(
                        text.word_before(i, 1),
                        "my" | "his" | "her" | "our" | "their" | "contact" | "direct"
                    ) =>
                {
                    return Cue::Phone;
                }
                // T: and M: of a signature
                "t" | "m" | "o" | "c" | "f" | "p" if text.word(i + 1) == ":" => return Cue::Phone,
                "isbn" | "issn" | "iban" | "bic" | "ean" | "vat" | "sku" | "card" | "account" | "serial"
                | "tracking" | "imei" | "zip" | "invoice" | "version" | "build" | "pin" | "code"
                | "konto" | "part" | "item" | "model" | "parcel" | "shipment" | "gtin" | "tax"
                | "customer" | "reference" | "ref" => {
                    return Cue::Other;
                }
                _ => {}
            }
        }
        if !text.has_han {
            return Cue::None;
        }
        let from = text.lower.ceil_char_boundary(self.start.saturating_sub(HAN_BYTES));
        let near = text.lower[from..self.start].rsplit('\n').next().unwrap_or_default();
        let last = |words: &[&str]| words.iter().filter_map(|w| near.rfind(w)).max();
        let phone = last(&[
            "电话", "電話", "手机", "手機", "联系", "聯繫", "致电", "拨打", "传真", "微信", "热线", "打",
            "致電", "撥打", "聯絡",
        ]);
        let other = last(&[
            "单号", "單號", "账号", "帳號", "卡号", "编号", "編號", "发票", "發票", "证号", "订单", "訂單",
        ]);
        match (phone, other) {
            (Some(phone), Some(other)) if phone > other => Cue::Phone,
            (Some(_), None) => Cue::Phone,
            (_, Some(_)) => Cue::Other,
            (None, None) => Cue::None,
        }
    }
}

fn brackets_off(run: &str) -> bool {
    let (opening, closing) = (run.matches('(').count(), run.matches(')').count());
    opening != closing || opening > 1 && !run.contains("(0)")
}

/// The plans of all countries, with room for the compiled patterns of those that are met. In
/// the library's own room for 100 a text with numbers of ten countries compiles them over and
/// over, at milliseconds a number.
static PLANS: LazyLock<&Database> = LazyLock::new(|| {
    if let Ok(mut patterns) = DATABASE.cache().lock() {
        patterns.set_capacity(PATTERNS_MAX);
    }
    &DATABASE
});

/// Returns the number in E.164 if the country's plan has it.
fn validate(region: Option<country::Id>, digits: &str) -> Option<String> {
    let number = phonenumber::parse_with(*PLANS, region, digits).ok()?;
    number.is_valid_with(*PLANS).then(|| number.format().mode(phonenumber::Mode::E164).to_string())
}

/// Reads what stands in a column of telephone numbers: E.164, or nothing where it is no number.
///
/// It says already that it is one, so nothing beside it is looked at. A number without a country code is
/// taken as one of `region` (ISO 3166, empty when unknown), or of China where it is written as a mobile
/// there; one that has lost its plus sign in a spreadsheet is told by its country code.
pub fn in_column(cell: &str, region: &str) -> Option<String> {
    // An extension follows the number and is no part of it.
    let cell = cell.split(['x', 'X', '#', '转', ';']).next().unwrap_or_default();
    let plus = cell.contains(['+', '＋']);
    let digits: String = cell
        .replace("(0)", "")
        .chars()
        .filter_map(|c| c.to_digit(10).or_else(|| wide(c)))
        .filter_map(|d| char::from_digit(d, 10))
        .collect();
    if !(DIGITS_MIN..=DIGITS_MAX + 2).contains(&digits.len())
        || cell.chars().filter(|c| c.is_alphabetic()).count() > 6
    {
        return None;
    }
    if plus {
        return validate(None, &format!("+{digits}"));
    }
    if let Some(rest) = digits.strip_prefix("00") {
        return validate(None, &format!("+{rest}"));
    }
    let mobile = digits.len() == 11 && digits.starts_with('1') && !digits.starts_with("10");
    let here = region.parse::<country::Id>().ok().and_then(|id| validate(Some(id), &digits));
    let chinese = || mobile.then(|| validate(Some(country::Id::CN), &digits)).flatten();
    let lost = || (digits.len() >= 11).then(|| validate(None, &format!("+{digits}"))).flatten();
    here.or_else(chinese).or_else(lost)
}

/// Returns the value of a full-width digit.
fn wide(c: char) -> Option<u32> {
    ('０'..='９').contains(&c).then(|| u32::from(c) - u32::from('０'))
}
