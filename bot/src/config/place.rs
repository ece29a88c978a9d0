//! Where in a file of TOML something is wrong: the line, and the section and key; pure.

use toml::de::{DeTable, DeValue, Error};

/// Returns where an error of `file` with that text lies (`rapport.toml, line 7, mail.support.imap.tls`),
/// and what it says. The line itself is not quoted: it may hold a secret.
pub(super) fn told(file: &str, text: &str, error: &Error) -> (String, String) {
    let why = error.message().to_owned();
    let Some(at) = error.span().map(|span| span.start.min(text.len())) else {
        return (file.to_owned(), why);
    };
    let before = &text.as_bytes()[..at];
    let line = before.iter().filter(|b| **b == b'\n').count() + 1;
    // What is no TOML is read as far as it goes.
    let (table, _) = DeTable::parse_recoverable(text);
    let place = match key_at(table.get_ref(), at).or_else(|| section_at(text, line)) {
        Some(key) => format!("{file}, line {line}, {key}"),
        None => format!("{file}, line {line}"),
    };
    (place, why)
}

/// Returns where the key lies with which a complaint about a whole configuration begins
/// (`hours.service.zone: …`), if the file has it; else the file alone.
pub(super) fn of_key(file: &str, text: &str, why: &str) -> String {
    let Some((key, _)) = why.split_once(": ") else { return file.to_owned() };
    let (root, _) = DeTable::parse_recoverable(text);
    let mut table = root.get_ref();
    let mut at = None;
    for name in key.split('.') {
        let Some((key, value)) = table.iter().find(|(key, _)| key.get_ref() == name) else {
            return file.to_owned();
        };
        at = Some(key.span().start);
        match value.get_ref() {
            DeValue::Table(inner) => table = inner,
            // A key of a list's entry, or what is no key, is not looked for.
            _ => break,
        }
    }
    match at.and_then(|at| text.as_bytes().get(..at)) {
        Some(before) => format!("{file}, line {}", before.iter().filter(|b| **b == b'\n').count() + 1),
        None => file.to_owned(),
    }
}

/// Returns the keys down to the innermost value that a place belongs to, with dots between them.
fn key_at(table: &DeTable<'_>, at: usize) -> Option<String> {
    table.iter().find_map(|(key, value)| {
        let name = key.get_ref();
        let within = match value.get_ref() {
            DeValue::Table(inner) => key_at(inner, at),
            DeValue::Array(items) => items.iter().find_map(|item| match item.get_ref() {
                DeValue::Table(inner) => key_at(inner, at),
                _ => None,
            }),
            _ => None,
        };
        match within {
            Some(rest) => Some(format!("{name}.{rest}")),
            None if key.span().contains(&at) || value.span().contains(&at) => Some(name.to_string()),
            None => None,
        }
    })
}

/// Returns the section that a line, from 1, stands in.
fn section_at(text: &str, line: usize) -> Option<String> {
    let above: Vec<&str> = text.lines().take(line).collect();
    let header = above.iter().rev().find_map(|line| line.trim().strip_prefix('['))?;
    let name = header.trim_start_matches('[').split(']').next()?.trim();
    Some(name.to_owned()).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::super::Config;

    #[test]
    fn an_error_names_its_line_and_its_key_down_from_the_section() {
        let mail = "lang = 'en'\n[mail.support]\naddress = 'a@b.example'\n";
        let of = |more: &str| format!("{mail}{more}");
        for (text, says) in [
            (
                of("[mail.support.imap]\nhost = 'h'\ntls = 'ssl'"),
                "rapport.toml, line 6, mail.support.imap.tls: unknown variant `ssl`",
            ),
            (
                of("imap = { host = 'h', tls = 'ssl' }"),
                "rapport.toml, line 4, mail.support.imap.tls: unknown variant `ssl`",
            ),
            (of("[mail.support.smtp]\nport = 25"), "line 4, mail.support.smtp: missing field `host`"),
            (of("[mail.support.smtp]\nhost = 'h'\nport = 70000"), "line 6, mail.support.smtp.port: invalid"),
            (of("form = 'mailbox'"), "line 4, mail.support.form: unknown field `form`"),
            (of("from = mailbox"), "line 4, mail.support"),
            ("timzone = 'UTC'".into(), "rapport.toml, line 1, timzone: unknown field `timzone`"),
            ("\nlang = ".into(), "line 2"),
            (
                "[[users]]\nhandle = 'a'\nrole = 'rep'\n[[users]]\nhandle = 'b'\nrole = 'boss'".into(),
                "line 6, users.role: unknown variant `boss`",
            ),
            ("[[users]]\nhandle = 'mia'".into(), "line 1, users: missing field `role`"),
            ("house = 7".into(), "line 1, house: invalid type"),
            ("[http]\nlisten = '8080'".into(), "line 2, http.listen: invalid socket address"),
            ("[house]\nname = 'a'\n[lmtp\nlisten = '1'".into(), "line 3, lmtp"),
        ] {
            let error = Config::read(&text, "rapport.toml", std::iter::empty()).unwrap_err().to_string();
            assert!(error.contains(says) && error.lines().count() == 1, "{text}\n{error}");
        }
    }

    #[test]
    fn an_error_of_the_environment_names_its_variable_and_key() {
        let set = [("RAPPORT__NLP__ENGINE".to_owned(), "gpt".to_owned())];
        let error = Config::read("", "rapport.toml", set.into_iter()).unwrap_err().to_string();
        assert!(
            error.starts_with("rapport.toml with RAPPORT__NLP__ENGINE: unknown variant `gpt`"),
            "{error}"
        );
        assert!(error.ends_with("in `nlp.engine`"), "{error}");
    }
}
