//! E-mail and web addresses.

use rapport_model::Address;
use rapport_model::reading::EntityKind;

use super::Found;
use super::text::{Text, is_word_char};

/// Longest part before the `@` (RFC 5321, 4.5.3.1.1).
const LOCAL_CHARS_MAX: usize = 64;
/// Longest domain (RFC 5321, 4.5.3.1.2).
const DOMAIN_CHARS_MAX: usize = 255;
/// Longest web address that is kept; longer ones are machine made and open nothing for a reader.
const URL_BYTES_MAX: usize = 2_000;

/// Adds the addresses in `text`.
pub(super) fn find(text: &Text, out: &mut Vec<Found>) {
    let mut url_end = 0;
    for i in 0..text.tokens.len() {
        let start = text.tokens[i].start;
        match text.word(i) {
            "@" => out.extend(email(text, start)),
            "http" | "https" | "www" if start >= url_end => {
                let end = start + url_bytes(&text.plain[start..]);
                if let Some(found) = url(text, i, end) {
                    out.push(found);
                }
                // Also where none was read, so that one run is walked once.
                url_end = end;
            }
            _ => {}
        }
    }
}

/// Reads the e-mail address around the `@` at byte `at`.
fn email(text: &Text, at: usize) -> Option<Found> {
    let is_local = |c: &char| c.is_alphanumeric() && !is_cjk(*c) || "._%+-'&=~!/".contains(*c);
    let n_local: usize = text.lower[..at]
        .chars()
        .rev()
        .take(LOCAL_CHARS_MAX + 1)
        .take_while(is_local)
        .map(char::len_utf8)
        .sum();
    let local = &text.lower[at - n_local..at];
    // Signs may stand inside a local part, yet before it they belong to the sentence.
    let local = local.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '_');
    let host = host_at(&text.lower, at + 1);
    let top = host.rsplit('.').next()?;
    let is_domain = host.contains('.')
        && host.split('.').all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'))
        && top.chars().count() >= 2
        && (top.starts_with("xn--") || top.chars().all(char::is_alphabetic));
    if !is_domain || local.is_empty() || local.ends_with('.') || local.chars().count() > LOCAL_CHARS_MAX {
        return None;
    }
    let (start, end) = (at - local.len(), at + 1 + host.len());
    let address = Address::email(&text.lower[start..end]).ok()?;
    Some(Found { kind: EntityKind::Email, start, end, value: address.as_str().to_owned() })
}

/// Reads the web address from token `i`, its scheme or `www`, to byte `end`.
fn url(text: &Text, i: usize, end: usize) -> Option<Found> {
    let start = text.tokens[i].start;
    if text.char_before(start).is_some_and(|c| is_word_char(c) || matches!(c, '@' | '.')) {
        return None;
    }
    let rest = &text.lower[start..];
    let scheme = ["https://", "http://", ""].into_iter().find(|s| rest.starts_with(s))?;
    let host_start = start + scheme.len();
    let host = host_at(&text.lower, host_start);
    // Without a scheme only a whole name with its top level is surely an address.
    let known = if scheme.is_empty() {
        host.starts_with("www.") && host.split('.').filter(|label| !label.is_empty()).count() >= 3
    } else {
        !host.is_empty()
    };
    if !known || end - start > URL_BYTES_MAX || end <= host_start {
        return None;
    }
    let host_end = (host_start + host.len()).min(end);
    let scheme = if scheme.is_empty() { "https://" } else { scheme };
    let value = format!("{scheme}{}{}", &text.lower[host_start..host_end], &text.plain[host_end..end]);
    Some(Found { kind: EntityKind::Url, start, end, value })
}

/// Returns the host name at byte `at`, without dots and hyphens at its end.
fn host_at(text: &str, at: usize) -> &str {
    let n: usize = text[at..]
        .chars()
        .take(DOMAIN_CHARS_MAX)
        .take_while(|&c| c.is_alphanumeric() && !is_cjk(c) || matches!(c, '.' | '-'))
        .map(char::len_utf8)
        .sum();
    text[at..at + n].trim_end_matches(['.', '-'])
}

/// Returns how long the web address at the start of `rest` is: punctuation that ends a sentence
/// and brackets that opened before it are not part of it.
fn url_bytes(rest: &str) -> usize {
    let stops = |c: char| c.is_whitespace() || c.is_control() || "<>\"`|^\\{}".contains(c) || is_cjk(c);
    let whole: usize =
        rest.chars().take_while(|&c| !stops(c)).take(URL_BYTES_MAX + 1).map(char::len_utf8).sum();
    let mut url = &rest[..whole];
    let count = |c: char| url.chars().filter(|&u| u == c).count();
    let mut extra_round = count(')').saturating_sub(count('('));
    let mut extra_square = count(']').saturating_sub(count('['));
    while let Some(last) = url.chars().next_back() {
        match last {
            ')' if extra_round > 0 => extra_round -= 1,
            ']' if extra_square > 0 => extra_square -= 1,
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '_' | '~' | '(' | '[' => {}
            '…' | '”' | '“' | '»' | '›' => {}
            _ => break,
        }
        url = &url[..url.len() - last.len_utf8()];
    }
    url.len()
}

/// Tells whether `c` is of a script without blanks, or its punctuation: an address ends there.
fn is_cjk(c: char) -> bool {
    matches!(c, '\u{3000}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}' | '\u{20000}'..='\u{3ffff}')
}
