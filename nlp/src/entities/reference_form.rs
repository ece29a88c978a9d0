//! The forms that numbers of orders and invoices have, and those of dates and telephones.

use super::text::Text;

/// Longest reference; longer runs are hashes and tokens.
const ID_BYTES_MAX: usize = 32;

/// Returns where the run of letters, digits and inner signs at byte `start` ends, if it has a
/// digit and is no part of something longer. Dots may join digits where it is `dotted`.
pub(super) fn id_end(text: &Text, start: usize, dotted: bool) -> Option<usize> {
    let bytes = text.plain.as_bytes();
    let mut end = start;
    while end - start <= ID_BYTES_MAX {
        let next = bytes.get(end + 1);
        match bytes.get(end) {
            Some(b) if b.is_ascii_alphanumeric() => end += 1,
            Some(b'-' | b'/' | b'_') if end > start && next.is_some_and(u8::is_ascii_alphanumeric) => {
                end += 1
            }
            Some(b'.') if dotted && end > start && next.is_some_and(u8::is_ascii_digit) => end += 1,
            _ => break,
        }
    }
    let has_digit = bytes[start..end].iter().any(u8::is_ascii_digit);
    let goes_on = match bytes.get(end) {
        // 2.231 and 2,231, while 44710, 3 boxes goes on with something else.
        Some(b',') => end - start <= 3 && bytes.get(end + 1).is_some_and(u8::is_ascii_digit),
        Some(b'.' | b':') => bytes.get(end + 1).is_some_and(u8::is_ascii_digit),
        Some(b'@' | b'%') => true,
        _ => false,
    };
    (has_digit && !goes_on && end - start <= ID_BYTES_MAX).then_some(end)
}

/// Tells whether an id has a sign or letters among at least `digits_min` digits.
pub(super) fn is_code(id: &str, digits_min: usize) -> bool {
    let n_digits = n_digits_of(id);
    n_digits >= digits_min
        && id.bytes().any(|b| !b.is_ascii_digit())
        && !id.bytes().any(|b| b.is_ascii_lowercase())
}

/// Tells whether an id could be a date or a part of one: 12.03.2026, 3/4.
pub(super) fn is_date_like(id: &str) -> bool {
    let parts: Vec<&str> = id.split(['-', '/', '_', '.']).collect();
    let numeric = parts.iter().all(|part| part.bytes().all(|b| b.is_ascii_digit()));
    let short = |part: &&str| part.len() <= 2;
    numeric
        && match parts[..] {
            [a, b] => a.len() <= 4 && b.len() < 3 && (short(&a) || a.starts_with("20")) && id.len() < 8,
            [a, b, c] => {
                (a.len() == 4 && short(&b) && short(&c))
                    || (short(&a)
                        && short(&b)
                        && (c.len() == 2 || c.len() == 4 && (c.starts_with("19") || c.starts_with("20"))))
            }
            _ => false,
        }
}

/// Tells whether an id has a zero and as many digits as telephone numbers have: 0571 8722 9940.
pub(super) fn numbered_as_phones(id: &str) -> bool {
    let digits = n_digits_of(id);
    id.starts_with('0') && (10..=12).contains(&digits) && !id.bytes().any(|b| b.is_ascii_alphabetic())
}

/// Tells whether an id has the form of a telephone number or of an American post code.
pub(super) fn is_phone_like(id: &str) -> bool {
    let widths: Vec<usize> = id.split('-').map(str::len).collect();
    matches!(widths[..], [3, 3, 4] | [3, 4] | [5, 4] | [3, 4, 4])
}

/// Returns how many digits an id has.
pub(super) fn n_digits_of(id: &str) -> usize {
    id.bytes().filter(u8::is_ascii_digit).count()
}

/// Returns a reference with each digit as `0` and each letter as `a`.
pub(super) fn shape_of(id: &str) -> String {
    id.chars()
        .map(|c| match c {
            '0'..='9' => '0',
            'a'..='z' | 'A'..='Z' => 'a',
            sign => sign,
        })
        .collect()
}
