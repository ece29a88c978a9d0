//! The fields of a delivery status (RFC 3464, 2.3), also where they stand in plain text.

use rapport_model::Address;

use super::super::charset;
use super::super::mime::Part;
use super::super::words;

/// Longest value that is kept, in bytes.
const VALUE_BYTES_MAX: usize = 2_000;

/// More recipients than these in one report are passed over.
const RECIPIENTS_MAX: usize = 1_000;

/// What a report says of one recipient.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Recipient {
    /// Final-Recipient: the address at which it ended.
    pub last: String,
    /// Original-Recipient: the address as the sender wrote it.
    pub first: String,
    /// The address that led to the last one, where words name it.
    pub alias: Option<Address>,
    /// Action, in lower case: `failed`, `delayed`, `delivered`, `relayed`, `expanded`.
    pub action: Option<String>,
    /// Status, as written.
    pub status: Option<String>,
    /// Diagnostic-Code, without its type.
    pub diagnostic: String,
    /// Remote-MTA, without its type.
    pub remote: Option<String>,
}

impl Recipient {
    /// A recipient of whom only the address is known.
    pub(super) fn named(address: &str) -> Self {
        Self { last: address.to_owned(), ..Self::default() }
    }

    /// Returns the address that was written to.
    pub(super) fn address(&self) -> Option<Address> {
        let first = address_in(&self.first);
        first.or_else(|| self.alias.clone()).or_else(|| address_in(&self.last))
    }

    /// Returns the address at which the mail ended.
    pub(super) fn last_address(&self) -> Option<Address> {
        address_in(&self.last).or_else(|| address_in(&self.first))
    }

    fn is_named(&self) -> bool {
        !self.last.is_empty() || !self.first.is_empty()
    }

    /// Takes a field; tells whether it belongs to the next recipient, since this one has it.
    fn take(&mut self, name: &str, value: &str) -> bool {
        let text = || without_type(value).to_owned();
        let is_complete = self.is_named() && self.action.is_some() && self.status.is_some();
        if is_complete && matches!(name, "final-recipient" | "original-recipient") {
            return true;
        }
        match name {
            "final-recipient" if self.last.is_empty() => self.last = text(),
            "original-recipient" if self.first.is_empty() => self.first = text(),
            "action" if self.action.is_none() => {
                let word = value.split([' ', ';', '(']).next().unwrap_or_default();
                self.action = Some(word.to_ascii_lowercase());
            }
            "status" if self.status.is_none() => self.status = Some(value.to_owned()),
            "remote-mta" if self.remote.is_none() => {
                self.remote = Some(words::one_line(without_type(value), 255)).filter(|r| !r.is_empty());
            }
            "diagnostic-code" => {
                let gap = if self.diagnostic.is_empty() { "" } else { " " };
                if self.diagnostic.len() < VALUE_BYTES_MAX {
                    self.diagnostic.push_str(gap);
                    self.diagnostic.push_str(without_type(value));
                }
            }
            "final-recipient" | "original-recipient" | "action" | "status" => return true,
            _ => {}
        }
        false
    }
}

/// Reads all recipients: from the parts that are made for it, else from the text.
pub(super) fn recipients(parts: &[Part<'_>], text: &str) -> Vec<Recipient> {
    let mut out = Vec::new();
    for part in parts.iter().filter(|p| is_status(p)) {
        let bytes = part.encoding.decode(part.body);
        read(&charset::decode(&bytes, Some("utf-8")), &mut out);
    }
    if out.is_empty() {
        read(text, &mut out);
    }
    out
}

/// Tells whether a part holds a delivery status.
pub(super) fn is_status(part: &Part<'_>) -> bool {
    [
        "message/delivery-status",
        "message/global-delivery-status",
        "text/delivery-status",
        "message/xdelivery-status",
    ]
    .iter()
    .any(|t| part.is(t))
}

/// Reads groups of fields. A blank line ends a group, and so does a field that the group has.
fn read(text: &str, out: &mut Vec<Recipient>) {
    let mut group = Recipient::default();
    let mut field: Option<(String, String)> = None;
    for line in text.lines().map(unquoted).chain([""]) {
        if line.starts_with([' ', '\t']) && !line.trim().is_empty() {
            if let Some((_, value)) = field.as_mut().filter(|(_, v)| v.len() < VALUE_BYTES_MAX) {
                value.push(' ');
                value.push_str(line.trim());
            }
            continue;
        }
        if let Some((name, value)) = field.take()
            && group.take(&name, &value)
        {
            finish(&mut group, out);
            group.take(&name, &value);
        }
        if line.trim().is_empty() {
            finish(&mut group, out);
        } else if let Some((name, value)) = line.split_once(':')
            && name.len() <= 40
        {
            field = Some((name.trim_end().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
}

fn finish(group: &mut Recipient, out: &mut Vec<Recipient>) {
    let group = std::mem::take(group);
    if group.is_named() && out.len() < RECIPIENTS_MAX {
        out.push(group);
    }
}

/// Returns a line without the marks of a quote.
fn unquoted(line: &str) -> &str {
    line.strip_prefix("> ").or_else(|| line.strip_prefix('>')).unwrap_or(line)
}

/// Returns a value without its type: `rfc822; ann@example.org`, `dns;mx.example.org`.
fn without_type(value: &str) -> &str {
    match value.split_once(';') {
        Some((kind, rest)) if !kind.trim().is_empty() && !kind.contains([' ', '@', '<', '"']) => rest.trim(),
        _ => value.trim(),
    }
}

/// Returns the address in a value, however it is wrapped.
pub(in super::super) fn address_in(value: &str) -> Option<Address> {
    let bare = value.trim().trim_matches(['<', '>', '"', '\'', ' ']);
    Address::email(bare).ok().or_else(|| {
        let mut words = value.split([' ', '\t', '<', '>', '(', ')', ',', ';', '"', '\'', '=', '|', '#']);
        words.find_map(|word| Address::email(word).ok())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(text: &str) -> Vec<(String, String, String, String)> {
        let mut out = Vec::new();
        read(text, &mut out);
        let told = |r: Recipient| {
            let address = r.address().map(|a| a.to_string()).unwrap_or_default();
            (address, r.action.unwrap_or_default(), r.status.unwrap_or_default(), r.diagnostic)
        };
        out.into_iter().map(told).collect()
    }

    fn row(address: &str, action: &str, status: &str, diagnostic: &str) -> (String, String, String, String) {
        (address.into(), action.into(), status.into(), diagnostic.into())
    }

    #[test]
    fn each_recipient_has_a_group() {
        let text = "Reporting-MTA: dns; mx.test\r\n\r\nFinal-Recipient: rfc822; Ann@x.test\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 no\r\n   such user\r\n\r\n\r\nOriginal-Recipient: rfc822;bob@x.test\r\nFinal-Recipient: rfc822;bob@inner.test\r\nAction: Delayed\r\nStatus: 4.4.1 (away)\r\n";
        let expected = [
            row("ann@x.test", "failed", "5.1.1", "550 5.1.1 no such user"),
            row("bob@x.test", "delayed", "4.4.1 (away)", ""),
        ];
        assert_eq!(read_all(text), expected);
        // Without blank lines, and quoted in a text.
        let lines: Vec<String> = text.lines().filter(|l| !l.is_empty()).map(|l| format!("> {l}")).collect();
        assert_eq!(read_all(&lines.join("\n")), expected);
    }

    #[test]
    fn odd_values_are_read_as_well_as_can_be() {
        for (value, expected) in [
            ("rfc822; <ann@x.test>", "ann@x.test"),
            ("ann@x.test", "ann@x.test"),
            ("RFC822;\"ann@x.test\"", "ann@x.test"),
            ("unknown; |exec /bin/x #ann@x.test", "ann@x.test"),
            ("LOCAL;<>", ""),
            ("rfc822;", ""),
        ] {
            let text = format!("Final-Recipient: {value}\nAction: failed\n");
            let found = read_all(&text);
            let found = found.first().map_or("", |r| r.0.as_str());
            assert_eq!(found, expected, "{value}");
        }
        assert_eq!(read_all("Action: failed\nStatus: 5.0.0\n\nDear Ann: hello\n"), []);
    }
}
