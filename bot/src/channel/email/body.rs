//! Which parts of a mail are its text, and what that text says.

use std::borrow::Cow;

use super::attachments;
use super::calendar;
use super::charset;
use super::header::Headers;
use super::html;
use super::mime::{Limits, Part, split};
use super::rtf;
use super::tnef;
use super::words;

/// Mails within mails whose text is looked for when the outer ones have none.
const FORWARDS_MAX: usize = 3;

/// More blank lines than these in a row are cut.
const BLANK_LINES_MAX: usize = 2;

/// HTML is read up to this many times the length that its text may have.
const HTML_PER_TEXT: usize = 8;

/// Returns the mail's text: at most `bytes_max` bytes, lines ending in `\n`, no control
/// characters but tabs, no blank lines at its ends.
pub(super) fn text(parts: &[Part<'_>], limits: Limits, bytes_max: usize) -> String {
    tidy(&shown(parts, limits, bytes_max, FORWARDS_MAX), bytes_max)
}

/// Returns the charset that the mail's text declares.
pub(super) fn charset_hint<'p>(parts: &'p [Part<'_>]) -> Option<&'p str> {
    parts
        .iter()
        .filter(|p| p.content_type.value.starts_with("text/"))
        .find_map(|p| p.content_type.get("charset"))
}

/// Tells whether a leaf is text to read rather than a file. `names` says whether a text with
/// a file name may count, as it must when there is no other text.
pub(super) fn is_text(parts: &[Part<'_>], id: usize, names: bool) -> bool {
    let part = &parts[id];
    let is_text =
        matches!(part.content_type.value.as_str(), "text/plain" | "text/html" | "text" | "text/enriched");
    let is_named = part.disposition.get("filename").or(part.content_type.get("name")).is_some();
    is_text && part.disposition.value != "attachment" && (names || !is_named || id == 0)
}

fn shown(parts: &[Part<'_>], limits: Limits, bytes_max: usize, n_forwards: usize) -> String {
    for names in [false, true] {
        let text = render(parts, 0, names, bytes_max);
        if !is_blank(&text) {
            return text;
        }
    }
    if let Some(text) = parts.iter().find_map(text_of_tnef) {
        return text;
    }
    let mut mails = parts.iter().filter(|p| p.children.is_empty() && p.is_mail());
    match (mails.next(), mails.next()) {
        (Some(mail), None) if n_forwards > 0 => forwarded(mail, limits, bytes_max, n_forwards - 1),
        _ => String::new(),
    }
}

/// Returns the text that Outlook put into a `winmail.dat`.
fn text_of_tnef(part: &Part<'_>) -> Option<String> {
    if !part.children.is_empty() || !attachments::is_tnef(part, &part.content_type.value) {
        return None;
    }
    let bytes = part.encoding.decode(part.body);
    let contents = tnef::read(&bytes)?;
    let plain = Some(contents.text.clone()).filter(|text| !is_blank(text));
    let rich = || Some(html::to_text(&contents.html)).filter(|text| !is_blank(text));
    let text = plain.or_else(rich).unwrap_or_else(|| rtf::text(contents.rtf));
    Some(text).filter(|text| !is_blank(text))
}

/// Returns the text of a part and all within it. Recurses as deep as the tree, which the
/// limits keep shallow.
fn render(parts: &[Part<'_>], id: usize, names: bool, bytes_max: usize) -> String {
    let part = &parts[id];
    if part.children.is_empty() {
        return leaf(parts, id, names, bytes_max);
    }
    if part.is("multipart/alternative") {
        return alternative(parts, &part.children, names, bytes_max);
    }
    let mut out = String::new();
    for child in &part.children {
        let text = render(parts, *child, names, bytes_max);
        if out.len() < bytes_max && !is_blank(&text) {
            if !out.is_empty() {
                out.push_str("\n\n");
            }
            out.push_str(&text);
        }
    }
    out
}

/// Chooses among versions of one text: plain text if it says anything, else HTML. What a
/// calendar says is added, for it is seldom in the text.
fn alternative(parts: &[Part<'_>], versions: &[usize], names: bool, bytes_max: usize) -> String {
    let (rich, plain): (Vec<usize>, Vec<usize>) = versions.iter().partition(|id| holds_html(parts, **id));
    let is_calendar = |id: &&usize| parts[**id].is("text/calendar");
    let plain_text =
        plain.iter().filter(|id| !is_calendar(id)).map(|id| render(parts, *id, names, bytes_max));
    let mut text = plain_text.into_iter().find(|text| !is_blank(text)).unwrap_or_default();
    if is_stub(&text) {
        let rich_text = rich.iter().rev().map(|id| render(parts, *id, names, bytes_max));
        if let Some(rich) = rich_text.into_iter().find(|rich| rich.trim().len() > text.trim().len()) {
            text = rich;
        }
    }
    for calendar in plain.iter().filter(is_calendar) {
        let line = leaf(parts, *calendar, names, bytes_max);
        text = if is_blank(&text) { line } else { format!("{}\n\n{line}", text.trim_end()) };
    }
    text
}

fn holds_html(parts: &[Part<'_>], id: usize) -> bool {
    let part = &parts[id];
    part.is("text/html") || part.children.iter().any(|child| holds_html(parts, *child))
}

/// Tells whether a plain version only says that the mail is to be read elsewhere.
fn is_stub(text: &str) -> bool {
    let text = text.trim();
    is_blank(text) || text.len() <= 200 && text.to_ascii_lowercase().contains("html")
}

/// Tells whether a text shows nothing.
fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || words::is_invisible(c))
}

fn leaf(parts: &[Part<'_>], id: usize, names: bool, bytes_max: usize) -> String {
    let part = &parts[id];
    let decoded = || -> String {
        let bytes = part.encoding.decode(part.body);
        let bytes_max =
            if part.is("text/html") { bytes_max.saturating_mul(HTML_PER_TEXT) } else { bytes_max };
        charset::decode(&bytes[..bytes.len().min(bytes_max)], part.content_type.get("charset"))
    };
    if part.is("text/calendar") && part.disposition.value != "attachment" {
        return calendar::describe(&decoded());
    }
    if !is_text(parts, id, names) {
        return String::new();
    }
    if part.is("text/html") {
        return html::to_text(&decoded());
    }
    let is = |name, value| part.content_type.get(name).is_some_and(|v: &str| v.eq_ignore_ascii_case(value));
    if is("format", "flowed") { unflow(&decoded(), is("delsp", "yes")) } else { decoded() }
}

/// Returns the text of a mail that another mail carries, under the lines that people know
/// from forwarded mail.
fn forwarded(part: &Part<'_>, limits: Limits, bytes_max: usize, n_forwards: usize) -> String {
    let bytes = part.encoding.decode(part.body);
    let (headers, at) = Headers::read(&bytes, |_| false);
    let mut out = String::from("---------- Forwarded message ---------\n");
    for name in ["From", "Date", "Subject", "To"] {
        if let Some(raw) = headers.first(name) {
            let value = words::one_line(&words::decode(raw, None), 998);
            out.push_str(&format!("{name}: {value}\n"));
        }
    }
    out.push('\n');
    if let Ok(parts) = split(headers, &bytes[at..], limits) {
        out.push_str(&shown(&parts, limits, bytes_max, n_forwards));
    }
    out
}

/// Joins the lines of `format=flowed` (RFC 3676): one that ends in a space goes on in the
/// next of the same quote depth.
fn unflow(text: &str, delete_space: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut flowing_depth = None;
    for line in text.lines() {
        let content = line.trim_start_matches('>');
        let depth = line.len() - content.len();
        let content = content.strip_prefix(' ').unwrap_or(content);
        if flowing_depth != Some(depth) || content == "-- " {
            if flowing_depth.is_some() {
                out.push('\n');
            }
            out.extend(std::iter::repeat_n('>', depth));
            out.push_str(if depth > 0 { " " } else { "" });
        }
        let flows = content.ends_with(' ') && content != "-- ";
        out.push_str(if flows && delete_space { &content[..content.len() - 1] } else { content });
        flowing_depth = flows.then_some(depth);
        if !flows {
            out.push('\n');
        }
    }
    out
}

/// Cleans text for people: one kind of line end, no control characters, no blanks at line
/// ends (the signature's `-- ` keeps its own), no blank lines at the ends.
pub(super) fn tidy(text: &str, bytes_max: usize) -> String {
    let cut = (0..=bytes_max.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let text: Cow<'_, str> = match &text[..cut] {
        text if text.contains('\r') => text.replace("\r\n", "\n").replace('\r', "\n").into(),
        text => text.into(),
    };
    let mut out = String::with_capacity(text.len());
    let mut n_blank_lines = 0;
    for line in text.lines() {
        let line = if line == "-- " { line } else { line.trim_end() };
        if line.is_empty() {
            n_blank_lines = (n_blank_lines + 1).min(BLANK_LINES_MAX);
            continue;
        }
        let n_breaks = if out.is_empty() { 0 } else { n_blank_lines + 1 };
        out.extend(std::iter::repeat_n('\n', n_breaks));
        n_blank_lines = 0;
        out.extend(line.chars().filter(|c| !c.is_control() && *c != '\u{FEFF}' || *c == '\t'));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { parts_max: 1_000, depth_max: 50 };

    fn text_of(mail: &str) -> String {
        let (headers, at) = Headers::read(mail.as_bytes(), |_| false);
        text(&split(headers, &mail.as_bytes()[at..], LIMITS).unwrap(), LIMITS, 1 << 20)
    }

    fn multipart(subtype: &str, parts: &[&str]) -> String {
        let parts: String = parts.iter().map(|p| format!("--b\n{p}\n")).collect();
        format!("Content-Type: multipart/{subtype}; boundary=b\n\n{parts}--b--\n")
    }

    const HTML: &str = "Content-Type: text/html\n\n<p>rich text</p>";

    #[test]
    fn the_text_is_chosen_among_the_parts() {
        for (mail, expected) in [
            ("Subject: x\n\nhello \r\n\r\n\r\n\r\nthere\r\n\r\n".to_owned(), "hello\n\n\nthere"),
            ("Subject: x\n\n👍\n".to_owned(), "👍"),
            (HTML.to_owned(), "rich text"),
            (multipart("alternative", &["\nplain text", HTML]), "plain text"),
            (multipart("alternative", &[HTML, "\nplain text"]), "plain text"),
            (multipart("alternative", &["\n \n", HTML]), "rich text"),
            (multipart("alternative", &["\nHTML!", HTML]), "rich text"),
            (multipart("alternative", &["\n", "Content-Type: text/html\n\n"]), ""),
            (multipart("mixed", &["\none", "Content-Type: x/y\n\nno", "\ntwo"]), "one\n\ntwo"),
            (multipart("mixed", &["\none", "Content-Disposition: attachment\n\nno"]), "one"),
            (multipart("mixed", &["\none", "Content-Type: text/plain; name=a.txt\n\nno"]), "one"),
            (multipart("mixed", &["Content-Type: text/plain; name=a.txt\n\nonly this"]), "only this"),
            (
                multipart("mixed", &["\nfyi", "Content-Type: message/rfc822\n\nSubject: old\n\nold text"]),
                "fyi",
            ),
            (
                multipart("mixed", &["\n", "Content-Type: message/rfc822\n\nFrom: a@x.test\nSubject: =?utf-8?Q?=C3=A4?=\n\nold text"]),
                "---------- Forwarded message ---------\nFrom: a@x.test\nSubject: ä\n\nold text",
            ),
            (
                multipart("alternative", &["\nplease come", HTML, "Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VTIMEZONE\nDTSTART:19700101T000000\nEND:VTIMEZONE\nBEGIN:VEVENT\nSUMMARY;LANGUAGE=en:Review\\, yearly\nDTSTART;TZID=Europe/Berlin:20260301T\n 100000\nEND:VEVENT"]),
                "please come\n\n[REQUEST] Review, yearly, 2026-03-01 10:00 Europe/Berlin",
            ),
            ("Content-Transfer-Encoding: base64\n\naGk=\n".to_owned(), "hi"),
            ("Content-Type: text/plain; charset=gb2312\nContent-Transfer-Encoding: quoted-printable\n\n=C4=E3=\n=BA=C3".to_owned(), "你好"),
            ("Subject: x\n\na\0b\u{7}\tc\n".to_owned(), "ab\tc"),
        ] {
            assert_eq!(text_of(&mail), expected, "{mail}");
        }
    }

    #[test]
    fn flowed_lines_flow() {
        for (params, body, expected) in [
            ("format=flowed", "one \ntwo\nthree", "one two\nthree"),
            ("format=Flowed; DelSp=yes", "你 \n好\n", "你好"),
            ("format=flowed", "> one \n> two\n>> deep \nout\n", "> one two\n>> deep\nout"),
            ("format=flowed", " From here\n>x\n", "From here\n> x"),
            ("format=flowed", "text \n-- \nAnn \nNovak", "text\n-- \nAnn Novak"),
        ] {
            assert_eq!(text_of(&format!("Content-Type: text/plain; {params}\n\n{body}")), expected, "{body}");
        }
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(tidy("你好吗", 7), "你好");
        assert_eq!(tidy("", 7), "");
    }
}
