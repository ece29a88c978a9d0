//! E-mail and web addresses.

use rapport_model::Address;
use rapport_model::reading::EntityKind;

use super::Found;
use super::text::{Class, Text, is_word_char};

/// Longest part before the `@` (RFC 5321, 4.5.3.1.1).
const LOCAL_CHARS_MAX: usize = 64;
/// Longest domain (RFC 5321, 4.5.3.1.2).
const DOMAIN_CHARS_MAX: usize = 255;
/// Longest web address that is kept; longer ones are machine made and open nothing for a reader.
const URL_BYTES_MAX: usize = 2_000;

/// Longest label of a domain (RFC 1035, 2.3.4).
const LABEL_CHARS_MAX: usize = 63;

/// Top levels of firms, without a country's; `example` is kept for documents (RFC 2606).
const TOP_LEVELS: [&str; 33] = [
    "com",
    "org",
    "net",
    "info",
    "biz",
    "edu",
    "gov",
    "io",
    "dev",
    "app",
    "shop",
    "store",
    "online",
    "site",
    "tech",
    "cloud",
    "eu",
    "asia",
    "group",
    "agency",
    "studio",
    "digital",
    "solutions",
    "services",
    "global",
    "co",
    "xyz",
    "world",
    "company",
    "email",
    "pro",
    "example",
    "travel",
];
/// Top levels of countries (ISO 3166), each in two letters.
const COUNTRIES: &str = "ae ar at au be bg br ca ch cl cn co cz de dk ee eg es fi fr gr hk hr hu id ie il in is it jp \
    ke kr lt lu lv mx my ng nl no nz pe ph pk pl pt ro rs ru sa se sg si sk th tr tw ua uk us vn za me tv ai fm";

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
            "." if start >= url_end => {
                if let Some(found) = bare(text, i) {
                    url_end = found.end;
                    out.push(found);
                }
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
        && has_labels(host)
        && top.chars().count() >= 2
        && (top.starts_with("xn--") || top.chars().all(char::is_alphabetic));
    if !is_domain || local.is_empty() || local.ends_with('.') || local.chars().count() > LOCAL_CHARS_MAX {
        return None;
    }
    let (start, end) = (at - local.len(), at + 1 + host.len());
    let address = Address::email(&text.lower[start..end]).ok()?;
    Some(Found { kind: EntityKind::Email, start, end, value: address.as_str().to_owned() })
}

/// Reads the web address without a scheme whose first dot is token `i`: shop.example.com/returns.
///
/// A top level that is a word too (`it`, `is`) counts only beside more signs of an address.
fn bare(text: &Text, i: usize) -> Option<Found> {
    let joined = i > 0 && text.touches(i) && text.touches(i + 1);
    if !joined || !matches!(text.class(i + 1), Some(Class::Word | Class::Digits)) {
        return None;
    }
    let dot = text.tokens[i].start;
    let n: usize = text.lower[..dot]
        .chars()
        .rev()
        .take(LABEL_CHARS_MAX + 1)
        .take_while(|c| c.is_ascii_alphanumeric() || *c == '-')
        .map(char::len_utf8)
        .sum();
    let start = dot - n;
    let host = host_at(&text.lower, start);
    let labels: Vec<&str> = host.split('.').collect();
    let (top, name) = (*labels.last()?, labels[0]);
    let known = TOP_LEVELS.contains(&top) || top.len() == 2 && COUNTRIES.contains(top);
    let free =
        !text.char_before(start).is_some_and(|c| is_word_char(c) || "@./-_:\\=&#+".contains(c) && c != ':');
    if !known || !free || name.len() < 2 || !name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    if !has_labels(host)
        || labels.iter().all(|label| label.bytes().all(|b| b.is_ascii_digit()))
        || text.char_at(start + host.len()) == Some('@')
    {
        return None;
    }
    let host_end = start + host.len();
    let has_path = text.plain[host_end..].starts_with('/');
    let as_word = matches!(
        top,
        "it" | "is"
            | "in"
            | "so"
            | "no"
            | "at"
            | "be"
            | "me"
            | "to"
            | "us"
            | "my"
            | "am"
            | "do"
            | "as"
            | "by"
            | "id"
            | "pm"
            | "md"
            | "py"
            | "sh"
            | "rs"
            | "pl"
            | "zip"
            | "app"
            | "co"
            | "fm"
            | "tv"
            | "ai"
    );
    // Booking.com and Bitte.de: with a capital it is a firm's name or two sentences.
    let capital = text.plain[start..].starts_with(|c: char| c.is_ascii_uppercase());
    let announced = matches!(
        text.word_before(text.token_at(start), 1),
        "at" | "on"
            | "site"
            | "website"
            | "visit"
            | "see"
            | "to"
            | ":"
            | "|"
            | "from"
            | "web"
            | "url"
            | "page"
            | "for"
    );
    let more = has_path || labels.len() >= 3 || name.contains('-') || announced;
    if (as_word || capital) && !more || name.len() == 2 && as_word && !has_path {
        return None;
    }
    let path = if has_path { url_bytes(&text.plain[host_end..]) } else { 0 };
    let end = host_end + path;
    let value = format!("https://{host}{}", &text.plain[host_end..end]);
    (end - start <= URL_BYTES_MAX).then_some(Found { kind: EntityKind::Url, start, end, value })
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

/// Tells whether no label of a host name is empty, or begins or ends with a hyphen.
fn has_labels(host: &str) -> bool {
    host.split('.').all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'))
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
