//! How mail programs mark what is not the writer's own: one question a function, each looking
//! at a few lines only, so that all of them together stay linear in the text.

use super::marks::{
    DEVICES, DISCLAIMERS, FORWARDS, FROM_LABELS, OPENERS, ORIGINALS, OTHER_LABELS, SUBJECT_LABELS, VERBS,
};

/// Lines that an attribution may be broken into.
const ATTRIBUTION_LINES_MAX: usize = 4;

/// Lines, blank ones included, within which the fields of a quoted header stand.
const HEADER_LINES_MAX: usize = 14;

/// Of a longer line only this many bytes are looked at.
const LINE_BYTES_MAX: usize = 300;

/// An introduction of quoted text such as `On 1 March Ann wrote:`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Attribution {
    /// How many lines it takes.
    pub n_lines: usize,
    /// Whether it is one even where no quote marks follow.
    pub is_certain: bool,
}

/// Tells whether a line is quoted.
pub(super) fn is_quoted(line: &str) -> bool {
    line.trim_start().starts_with(['>', '＞'])
}

/// Reads an attribution at the first of `lines`.
pub(super) fn attribution(lines: &[&str]) -> Option<Attribution> {
    let first = start_of(lines.first()?).trim_start();
    let ends_here = ends_in_colon(first);
    let head = first[..first.floor_char_boundary(12)].to_lowercase();
    let is_opened =
        OPENERS.iter().any(|o| head.starts_with(o)) || head.starts_with(|c: char| c.is_ascii_digit());
    // `Ann <ann@example.org>`, and the rest on the next line.
    let is_author = first.trim_end().ends_with('>') && first.contains('@');
    let n_lines_max = match (is_opened, is_author, ends_here) {
        (true, ..) => ATTRIBUTION_LINES_MAX,
        (_, true, _) => 2,
        (.., true) => 1,
        // Gmail in Chinese ends without a colon where it breaks the line.
        _ if first.contains('@') && ends_in_chinese_verb(first) => 1,
        _ => return None,
    };
    let mut text = String::new();
    for (n, line) in lines.iter().take(n_lines_max).enumerate() {
        let line = start_of(line).trim();
        if line.is_empty() {
            return None;
        }
        if n > 0 {
            text.push(' ');
        }
        text.push_str(line);
        if !ends_in_colon(line) && !ends_in_chinese_verb(line) {
            continue;
        }
        let lower = text.to_lowercase();
        let has_verb = VERBS.iter().any(|verb| lower.contains(verb));
        let has_address = lower.contains('@') && lower.contains('>');
        let has_date = lower.contains(|c: char| c.is_ascii_digit());
        if has_verb && (has_date || has_address || !is_opened) || has_address && has_date {
            let is_dated = has_clock_or_year(&lower);
            let is_certain = is_opened && (has_address || is_dated) || has_verb && has_address && is_dated;
            return Some(Attribution { n_lines: n + 1, is_certain });
        }
        return None;
    }
    None
}

fn ends_in_chinese_verb(line: &str) -> bool {
    let line = line.trim_end();
    line.ends_with("写道") || line.ends_with("寫道")
}

/// What a quoted header says.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fields<'a> {
    /// The author's line; empty where there is none.
    pub from: &'a str,
    /// The subject's.
    pub subject: &'a str,
    /// How many lines it takes, blank ones below it included.
    pub n_lines: usize,
}

/// Reads the quoted header at the first of `lines`: it ends at its first blank line.
pub(super) fn fields_of_header<'a>(lines: &[&'a str]) -> Fields<'a> {
    let mut fields = Fields::default();
    let header = lines.iter().take(HEADER_LINES_MAX).take_while(|line| !line.trim().is_empty());
    for line in header {
        fields.n_lines += 1;
        let Some(label) = label(line) else { continue };
        let value = line
            .split_once([':', '：'])
            .map_or("", |(_, value)| value.trim_matches(['*', ' ', '\u{a0}', '\r']));
        if FROM_LABELS.contains(&label.as_str()) && fields.from.is_empty() {
            fields.from = value;
        } else if SUBJECT_LABELS.contains(&label.as_str()) && fields.subject.is_empty() {
            fields.subject = value;
        }
    }
    fields.n_lines += lines[fields.n_lines..].iter().take_while(|line| line.trim().is_empty()).count();
    fields
}

/// Tells whether a header of a mail stands at the first of `lines`, in whatever order its fields are.
pub(super) fn is_any_header(lines: &[&str]) -> bool {
    let header = lines.iter().take(HEADER_LINES_MAX).take_while(|line| !line.trim().is_empty());
    let labels: Vec<String> = header.filter_map(|line| label(line)).collect();
    let known = |labels: &[&str], label: &String| labels.contains(&label.as_str());
    labels.iter().any(|label| known(&FROM_LABELS, label))
        && labels.iter().filter(|label| known(&OTHER_LABELS, label)).count() >= 2
}

/// Tells whether a quoted header begins at the first of `lines`: an author's line and two
/// more fields soon after.
pub(super) fn is_header_block(lines: &[&str]) -> bool {
    let Some(first) = lines.first().and_then(|line| label(line)) else { return false };
    if !FROM_LABELS.contains(&first.as_str()) {
        return false;
    }
    let fields = lines[1..].iter().take(HEADER_LINES_MAX).filter(|line| !line.trim().is_empty());
    fields.take(6).filter_map(|line| label(line)).filter(|l| OTHER_LABELS.contains(&l.as_str())).count() >= 2
}

/// Returns the label of a header's line in lower case: `*From:* Ann`, `发件人： Ann`, `| 主题 | x |`.
fn label(line: &str) -> Option<String> {
    let line = start_of(line).trim_start_matches(['*', ' ', '|', '\t', '\u{a0}', '-', '_', '>']);
    let end = line.find([':', '：', '|'])?;
    let label = line[..end].trim_matches(['*', ' ', '\u{a0}', '\u{3000}']);
    // The longest label has twelve letters.
    (!label.is_empty() && label.len() <= 40)
        .then(|| label.replace([' ', '\u{3000}'], if label.is_ascii() { " " } else { "" }).to_lowercase())
}

/// Tells whether a line stands above a quoted mail: `-----Original Message-----`, or the long
/// rule of Outlook.
pub(super) fn is_original_mark(line: &str) -> bool {
    let line = start_of(line).trim();
    if line.len() >= 25 && line.bytes().all(|b| b == b'_') {
        return true;
    }
    // So QQ writes in English.
    let is_short = line.starts_with("--") && line.trim_matches(['-', ' ', '\u{a0}']) == "Original";
    is_short || is_between_dashes(line, &ORIGINALS)
}

/// Tells whether a line stands above a mail that is passed on.
pub(super) fn is_forward_mark(line: &str) -> bool {
    let line = start_of(line).trim();
    if is_between_dashes(line, &FORWARDS) {
        return true;
    }
    let has_colon = ends_in_colon(line);
    has_colon && FORWARDS.contains(&line.trim_end_matches([':', '：', ' ']).to_lowercase().as_str())
}

fn is_between_dashes(line: &str, phrases: &[&str]) -> bool {
    if !line.starts_with("--")
        && !line.starts_with("__")
        && !line.starts_with("==")
        && !line.starts_with("——")
    {
        return false;
    }
    let inner = line.trim_matches(['-', '_', '=', '—', ' ', '\u{a0}', '*', ':']).to_lowercase();
    phrases.iter().any(|phrase| inner.starts_with(phrase) && inner.len() <= phrase.len() + 60)
}

/// Tells whether a line is the mark above a signature.
pub(super) fn is_signature_mark(line: &str) -> bool {
    matches!(line.trim_end(), "--" | "—" | "--\u{a0}" | "-----BEGIN PGP SIGNATURE-----")
}

/// Tells whether a line is a name under a mail, marked by a dash: `-Ann Novak`, `—张伟`.
pub(super) fn is_dashed_name(line: &str) -> bool {
    let line = line.trim();
    if line.len() > 50 {
        return false;
    }
    let name = line.trim_start_matches(['-', '–', '—']);
    let is_marked = (1..=2).contains(&(line.chars().count() - name.chars().count()));
    let is_name = |word: &str| word.starts_with(|c: char| c.is_uppercase() || c as u32 > 0x2E80);
    is_marked
        && !name.contains(|c: char| c.is_ascii_digit() || matches!(c, ',' | ':' | '!' | '?' | '。' | '，'))
        && name.split_whitespace().count() <= 3
        && name.starts_with(|c: char| c.is_alphabetic())
        && name.split_whitespace().all(is_name)
}

/// Returns how many lines the head of a signed text takes (RFC 9580, 7).
pub(super) fn armor(lines: &[&str]) -> Option<usize> {
    if lines.first()?.trim_end() != "-----BEGIN PGP SIGNED MESSAGE-----" {
        return None;
    }
    let n_fields = lines.iter().skip(1).take(8).take_while(|line| line.contains(": ")).count();
    Some(1 + n_fields)
}

/// Tells whether a device or app added the line: `Sent from my iPhone`. A sentence that
/// begins like that is none.
pub(super) fn is_device_line(line: &str) -> bool {
    let line = line.trim();
    if line.len() > 200 {
        return false;
    }
    let line = line.trim_matches(['*', '_', '[', ']', '<', '>']);
    if line.len() > 120 || line.is_empty() {
        return false;
    }
    let lower = line.to_lowercase();
    let says_so = DEVICES.iter().any(|start| lower.starts_with(start))
        || lower.ends_with("から送信")
        || lower.ends_with("gesendet");
    // A name has no comma and no end of a sentence, unless it is a link's.
    let name = lower.split(['(', '<', '[']).next().unwrap_or_default();
    let is_sentence = name.trim_end_matches(['.', '。']).contains([',', ';', '!', '?', '，', '。']);
    says_so && !is_sentence && (name.split_whitespace().count() <= 9)
}

/// Tells whether a legal note begins with the line.
pub(super) fn is_disclaimer(line: &str) -> bool {
    let line = start_of(line).trim_start_matches(['*', '_', '-', '=', '[', '(', '"', ' ', '\t']);
    let start = &line[..line.floor_char_boundary(60)].to_lowercase();
    DISCLAIMERS.iter().any(|phrase| start.starts_with(phrase))
}

/// Tells whether a line only separates.
pub(super) fn is_rule(line: &str) -> bool {
    let line = line.trim();
    line.len() >= 3 && line.chars().all(|c| matches!(c, '-' | '_' | '=' | '*' | '—' | '─' | '~'))
}

fn ends_in_colon(line: &str) -> bool {
    line.trim_end_matches(['*', ' ']).ends_with([':', '：'])
}

/// Tells whether a text holds a time of day or a year.
fn has_clock_or_year(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    (0..bytes.len()).any(|at| {
        let is_clock =
            bytes[at] == b':' && at > 0 && is_digit(at - 1) && is_digit(at + 1) && is_digit(at + 2);
        let is_year = matches!(&bytes[at..], [b'1', b'9', ..] | [b'2', b'0', ..])
            && is_digit(at + 2)
            && is_digit(at + 3);
        is_clock || is_year
    })
}

/// Cuts a long line at a character.
fn start_of(line: &str) -> &str {
    &line[..line.floor_char_boundary(LINE_BYTES_MAX)]
}
