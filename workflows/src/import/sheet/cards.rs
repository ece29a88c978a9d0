//! vCard 2.1, 3.0 and 4.0 (RFC 2426, RFC 6350): a card a row.

use base64::Engine as _;

use super::{Growing, Sheet, SheetError};

/// A line of a card, unfolded.
struct Line<'a> {
    name: String,
    parameters: &'a str,
    value: &'a str,
}

pub(super) fn read(bytes: &[u8]) -> Result<Sheet, SheetError> {
    let text = String::from_utf8_lossy(bytes);
    if text.contains('\0') {
        return Err(SheetError::Unreadable("zero bytes; a card is text in UTF-8".into()));
    }
    let lines = unfolded(&text);
    let mut table = Growing::default();
    let mut card: Option<Vec<(String, String)>> = None;
    let mut n_cards = 0;
    for line in lines.iter().filter_map(|line| line_of(line)) {
        match (line.name.as_str(), &mut card) {
            ("BEGIN", _) if line.value.eq_ignore_ascii_case("VCARD") => {
                n_cards += 1;
                if card.replace(Vec::new()).is_some() {
                    table.sheet.unreadable.push((n_cards - 1, "the card has no END:VCARD".into()));
                }
            }
            ("END", Some(_)) => table.add(n_cards, card.take().unwrap_or_default().into_iter())?,
            (_, Some(cells)) => cells.extend(cells_of(&line)),
            (_, None) => {}
        }
    }
    if card.is_some() {
        table.sheet.unreadable.push((n_cards, "the card has no END:VCARD; the file may be cut off".into()));
    }
    Ok(table.finish())
}

/// Puts lines together that were folded, or broken softly as quoted-printable.
fn unfolded(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.trim_start_matches('\u{feff}').lines() {
        let soft = lines.last().is_some_and(|last| {
            last.ends_with('=') && last.to_ascii_uppercase().contains("QUOTED-PRINTABLE")
        });
        match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(rest), Some(last)) => last.push_str(rest),
            (None, Some(last)) if soft => {
                last.pop();
                last.push_str(line);
            }
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

fn line_of(line: &str) -> Option<Line<'_>> {
    // A colon within quotes belongs to a parameter.
    let mut quoted = false;
    let at = line.find(|c: char| {
        quoted ^= c == '"';
        c == ':' && !quoted
    })?;
    let (head, value) = (&line[..at], line[at + 1..].trim());
    let (name, parameters) = head.split_once(';').unwrap_or((head, ""));
    let name = name.rsplit_once('.').map_or(name, |(_, name)| name);
    Some(Line { name: name.trim().to_ascii_uppercase(), parameters, value })
}

fn cells_of(line: &Line<'_>) -> Vec<(String, String)> {
    let decoded = decoded(line);
    let one = |name: &str, value: String| vec![(name.to_owned(), value)];
    match line.name.as_str() {
        "FN" => one("name", unescaped(&decoded)),
        "N" => {
            let parts = split(&decoded, ';');
            let part = |i: usize| parts.get(i).map(|p| unescaped(p).trim().to_owned()).unwrap_or_default();
            // FN says it whole; a card without one has it here.
            vec![("surname".to_owned(), part(0)), ("given_name".to_owned(), part(1))]
        }
        "EMAIL" => one("email", unescaped(&decoded).trim_start_matches("mailto:").to_owned()),
        "TEL" => one("phone", unescaped(&decoded).trim_start_matches("tel:").to_owned()),
        "ORG" => one("company", split(&decoded, ';').first().map(|org| unescaped(org)).unwrap_or_default()),
        "URL" => one("website", unescaped(&decoded)),
        "NOTE" => one("note", unescaped(&decoded)),
        "CATEGORIES" => {
            one("tags", split(&decoded, ',').iter().map(|t| unescaped(t)).collect::<Vec<_>>().join("; "))
        }
        "LANG" => one("language", unescaped(&decoded)),
        "TZ" => one("time zone", unescaped(&decoded)),
        "TITLE" | "ROLE" => one(&line.name.to_lowercase(), unescaped(&decoded)),
        "BDAY" => one("birthday", unescaped(&decoded)),
        "ADR" => {
            let parts = split(&decoded, ';');
            let names = ["", "", "address", "city", "state", "postcode", "country"];
            let cells = names.iter().zip(&parts).filter(|(name, part)| !name.is_empty() && !part.is_empty());
            // A card may hold two addresses; the first is kept.
            cells.map(|(name, part)| ((*name).to_owned(), unescaped(part))).collect()
        }
        _ => Vec::new(),
    }
}

/// Returns the value in the clear: 2.1 wraps it in quoted-printable or base64.
fn decoded(line: &Line<'_>) -> String {
    let parameters = line.parameters.to_ascii_uppercase();
    if parameters.contains("QUOTED-PRINTABLE") {
        let mut bytes = Vec::with_capacity(line.value.len());
        let mut rest = line.value.as_bytes();
        while let [first, tail @ ..] = rest {
            let hex = tail.get(..2).and_then(|h| std::str::from_utf8(h).ok());
            match hex.filter(|_| *first == b'=').and_then(|h| u8::from_str_radix(h, 16).ok()) {
                Some(byte) => {
                    bytes.push(byte);
                    rest = &tail[2..];
                }
                None => {
                    bytes.push(*first);
                    rest = tail;
                }
            }
        }
        return String::from_utf8_lossy(&bytes).into_owned();
    }
    if parameters.contains("ENCODING=B") && matches!(line.name.as_str(), "FN" | "N" | "NOTE" | "ORG") {
        let bytes = base64::engine::general_purpose::STANDARD.decode(line.value).unwrap_or_default();
        return String::from_utf8_lossy(&bytes).into_owned();
    }
    line.value.to_owned()
}

/// Splits at a sign that no backslash stands before.
fn split(text: &str, at: char) -> Vec<String> {
    let (mut parts, mut escaped) = (vec![String::new()], false);
    for c in text.chars() {
        if c == at && !escaped {
            parts.push(String::new());
        } else if let Some(last) = parts.last_mut() {
            last.push(c);
        }
        escaped = c == '\\' && !escaped;
    }
    parts
}

fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n' | 'N') => out.push('\n'),
                Some(c) => out.push(c),
                None => out.push('\\'),
            },
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_of_all_versions_become_rows() {
        let text = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ann\r\n  Lee\r\nN:Lee;Ann;;;\r\nitem1.EMAIL;TYPE=INTERNET:ann@acme.example\r\n\
            EMAIL:ann@home.example\r\nTEL;TYPE=\"cell:x\":+420 777 123 456\r\nORG:Acme\\; Sons;Sales\r\nNOTE:one\\ntwo\r\n\
            ADR:;;Main St 1;Brno;;60200;CZ\r\nEND:VCARD\r\nBEGIN:VCARD\r\nVERSION:2.1\r\n\
            FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E7=8E=8B=\r\n=E4=B8=BD\r\nEND:VCARD\r\nBEGIN:VCARD\r\nFN:cut";
        let sheet = read(text.as_bytes()).unwrap();
        let cell = |row: usize, name: &str| {
            let at = sheet.header.iter().position(|h| h == name).unwrap();
            sheet.rows[row].1[at].clone()
        };
        assert_eq!(cell(0, "name"), "Ann Lee");
        assert_eq!(cell(0, "email"), "ann@acme.example; ann@home.example");
        assert_eq!(
            (cell(0, "phone").as_str(), cell(0, "company").as_str()),
            ("+420 777 123 456", "Acme; Sons")
        );
        assert_eq!((cell(0, "note").as_str(), cell(0, "postcode").as_str()), ("one\ntwo", "60200"));
        assert_eq!(cell(1, "name"), "王丽");
        assert_eq!(sheet.unreadable.len(), 1, "the last card is cut off");
    }
}
