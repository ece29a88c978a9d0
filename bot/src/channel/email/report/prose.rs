//! Reports that have no fields: who is meant and what happened, by the words of qmail, Exim,
//! Exchange, Notes and the many that write like them.
//!
//! Nearly all put the address at the start of a line and the reason below it or beside it.
//! Those that do not name the address in a sentence.

use rapport_model::Address;

use super::fields::{Recipient, address_in};

/// More sections than these in one report are passed over.
const SECTIONS_MAX: usize = 1_000;

/// Of a longer line only this many bytes are looked at.
const LINE_BYTES_MAX: usize = 1_000;

/// What people write near addresses that are not the recipient's, in lower case.
const ELSEWHERE: [&str; 15] = [
    "mail from",
    "from:",
    "envelope-from",
    "contact",
    "assistance",
    "questions",
    "postmaster",
    "mailer-daemon",
    "return-path",
    "reply-to",
    "sender:",
    "on behalf of",
    "abuse@",
    "message-id",
    "helo",
];

/// What stands before the recipient's address within a line, in lower case.
const LABELS: [&str; 12] = [
    "rcpt to",
    "recipient",
    "address:",
    "addressed to",
    "delivered to",
    "deliver message to",
    "delivering your mail to",
    "undeliverable to",
    "failed:",
    "收件人",
    "宛先",
    "empfänger",
];

/// What a report of a failure says, in lower case.
const FAILURES: [&str; 46] = [
    "could not be delivered",
    "couldn't be delivered",
    "cannot be delivered",
    "can't be delivered",
    "not be delivered to",
    "could not be sent",
    "couldn't deliver",
    "could not deliver",
    "unable to deliver",
    "wasn't able to deliver",
    "was not delivered",
    "wasn't delivered",
    "has not been delivered",
    "delivery failed",
    "delivery has failed",
    "delivery failure",
    "failed to deliver",
    "did not reach",
    "error delivering",
    "trouble delivering",
    "message non-deliverable",
    "undeliverable",
    "undelivered",
    "returned to sender",
    "permanent fatal errors",
    "permanent error",
    "delivery errors",
    "transcript of session follows",
    "error message below",
    "user unknown",
    "invalid user address",
    "konnte nicht zugestellt werden",
    "nicht zugestellt",
    "n'a pas pu être",
    "n'a pu être remis",
    "no se pudo entregar",
    "no se ha podido entregar",
    "non è stato possibile recapitare",
    "não pôde ser entregue",
    "kon niet worden bezorgd",
    "не может быть доставлено",
    "退信",
    "无法投递",
    "投递失败",
    "送信できませんでした",
    "配信できませんでした",
];

/// What a report says while the mail is still being tried, in lower case.
const DELAYS: [&str; 26] = [
    "has been delayed",
    "is delayed",
    "message delayed",
    "mail delayed",
    "delayed mail",
    "delayed for more than",
    "delivery delayed",
    "(delay)",
    "delivery is delayed",
    "warning message only",
    "this is a warning only",
    "not yet been delivered",
    "still being retried",
    "will be retried",
    "will keep trying",
    "will continue to try",
    "temporary failure report",
    "delivery attempts will continue",
    "no action is required on your part",
    "warning: could not send message for past",
    "zustellung verzögert",
    "verzögert sich",
    "retardée",
    "retrasada",
    "延迟",
    "遅延",
];

/// One recipient and the words that belong to it.
#[derive(Debug)]
pub(super) struct Section<'t> {
    /// Who is meant.
    pub address: Address,
    /// The address that led there: `(expanded from <list@…>)`.
    pub alias: Option<Address>,
    /// From its line on to the next recipient's.
    pub words: &'t str,
}

/// Tells whether the words are those of a failure.
pub(in super::super) fn tells_a_failure(words: &str) -> bool {
    let lower = words[..words.floor_char_boundary(8 << 10)].to_lowercase();
    FAILURES.iter().any(|phrase| lower.contains(phrase))
}

/// Tells whether the mail is still being tried.
pub(super) fn tells_a_delay(subject: &str, words: &str) -> bool {
    let start = &words[..words.floor_char_boundary(8 << 10)];
    let lower = format!("{subject}\n{start}").to_lowercase();
    let lower = lower.split_whitespace().collect::<Vec<_>>().join(" ");
    DELAYS.iter().any(|phrase| lower.contains(phrase))
}

/// Returns the recipients that the words name, each once, without `strangers`.
pub(super) fn sections<'t>(words: &'t str, strangers: &[&Address]) -> Vec<Section<'t>> {
    let starts = [own_line, labelled, within];
    for (n, start) in starts.into_iter().enumerate() {
        let mut out = cut(words, strangers, start);
        // An address that stands anywhere is a guess: the first one.
        out.truncate(if n == 2 { 1 } else { SECTIONS_MAX });
        if !out.is_empty() {
            return out;
        }
    }
    Vec::new()
}

/// Returns what the report says of a recipient: its section, or all where only one is meant
/// and the reason stands above the address.
pub(super) fn said_of<'t>(sections: &[Section<'t>], recipient: &Recipient, words: &'t str) -> &'t str {
    let known = [recipient.last_address(), recipient.address()];
    match sections {
        [only] if has_reason(only) => only.words,
        [] | [_] => words,
        many => many.iter().find(|s| known.contains(&Some(s.address.clone()))).map_or("", |s| s.words),
    }
}

/// Tells whether a section says more than the address.
fn has_reason(section: &Section<'_>) -> bool {
    let lines = section.words.lines().filter(|line| line.chars().any(char::is_alphabetic));
    lines.count() > 1 || section.words.len() > section.address.as_str().len() + 20
}

/// Returns the lines of a section that give the reason: those of the remote system, if any.
pub(super) fn gist(said: &str) -> String {
    let is_reply = |line: &&str| {
        let line = line.trim_start_matches(['<', ' ', '\t', '-', '>', '(']);
        super::status::reply(line).is_some() || super::status::Status::find(line).is_some()
    };
    let replies: Vec<&str> = said.lines().filter(is_reply).take(6).collect();
    if !replies.is_empty() {
        return replies.join(" ");
    }
    let telling = said.lines().map(str::trim).filter(|line| line.chars().any(char::is_alphanumeric));
    telling.take(6).collect::<Vec<_>>().join(" ")
}

fn cut<'t>(words: &'t str, strangers: &[&Address], start: fn(&str) -> Option<Address>) -> Vec<Section<'t>> {
    let mut out: Vec<Section<'t>> = Vec::new();
    let mut open: Option<(Address, usize)> = None;
    let mut at = 0;
    let close = |open: Option<(Address, usize)>, end: usize, out: &mut Vec<Section<'t>>| {
        let Some((address, from)) = open else { return };
        if out.len() < SECTIONS_MAX && out.iter().take(SECTIONS_MAX).all(|s| s.address != address) {
            let words = &words[from..end];
            out.push(Section { alias: alias(words, &address), address, words });
        }
    };
    for line in words.split_inclusive('\n') {
        let looked_at = &line[..line.floor_char_boundary(LINE_BYTES_MAX)];
        let found = start(looked_at).filter(|a| !strangers.contains(&a));
        if let Some(address) = found
            && open.as_ref().is_none_or(|(known, _)| *known != address)
        {
            close(open.take(), at, &mut out);
            open = Some((address, at));
        }
        at += line.len();
        // In a transcript each line speaks of one recipient alone.
        if looked_at.trim_start().starts_with(['4', '5'])
            && open.as_ref().is_some_and(|(_, from)| from + line.len() == at)
        {
            close(open.take(), at, &mut out);
        }
    }
    close(open, at, &mut out);
    out
}

/// Reads `<ann@example.org>: reason`, `ann@example.org`, `* ann@example.org` and
/// `550 <ann@example.org>... reason`.
fn own_line(line: &str) -> Option<Address> {
    let line = line.trim().trim_start_matches(['*', '-', '•', '·', ' ', '\t', '>']);
    let line = after_code(line);
    let bare = line.trim_start_matches(['<', '"', '\'', '[', '“']);
    let end =
        bare.find([' ', '\t', '<', '>', '"', '\'', ':', ',', ';', '(', '[', ']', '”']).unwrap_or(bare.len());
    let (address, rest) = bare.split_at(end);
    let address = Address::email(address.trim_end_matches('.')).ok()?;
    // A sentence that begins with an address goes on in small letters, and so does a reason;
    // but what writes to nobody is none.
    (!is_elsewhere(rest) && !is_stranger(&address)).then_some(address)
}

/// Skips the reply that stands before an address: `550 5.1.1 <ann@example.org>...`.
fn after_code(line: &str) -> &str {
    let is_code = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | ' ' | '#');
    let rest = line.trim_start_matches(is_code);
    if line.starts_with(['4', '5']) && rest.starts_with('<') && rest.len() + 16 > line.len() {
        rest
    } else {
        line
    }
}

fn labelled(line: &str) -> Option<Address> {
    let lower = line.to_lowercase();
    let at = LABELS.iter().filter_map(|label| Some(lower.find(label)? + label.len())).min()?;
    let rest = lower.get(at..)?;
    if is_elsewhere(&lower[..at]) {
        return None;
    }
    address_in(rest.trim_start_matches([':', ' ', '\t', '(', 's', ')'])).filter(|a| !is_stranger(a))
}

fn within(line: &str) -> Option<Address> {
    if !line.contains('@') || is_elsewhere(line) {
        return None;
    }
    let mut words =
        line.split([' ', '\t', '\n', '\r', '<', '>', '(', ')', ',', ';', '"', '\'', '[', ']', ':']);
    words.find_map(|word| Address::email(word.trim_end_matches(['.', '!'])).ok()).filter(|a| !is_stranger(a))
}

fn is_elsewhere(text: &str) -> bool {
    let lower = text.to_lowercase();
    ELSEWHERE.iter().any(|word| lower.contains(word))
}

fn is_stranger(address: &Address) -> bool {
    matches!(address.local(), "postmaster" | "mailer-daemon" | "abuse")
}

/// Reads `(expanded from <list@example.org>)` and `(generated from list@example.org)`.
fn alias(words: &str, address: &Address) -> Option<Address> {
    let start = words.get(..words.floor_char_boundary(400))?.to_lowercase();
    let at = ["expanded from", "generated from", "generated by"]
        .iter()
        .find_map(|p| Some(start.find(p)? + p.len()))?;
    address_in(&start[at..]).filter(|a| a != address)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(words: &str) -> Vec<String> {
        let own = Address::email("me@ours.test").unwrap();
        sections(words, &[&own]).iter().map(|s| s.address.to_string()).collect()
    }

    #[test]
    fn recipients_are_found_as_mail_systems_write_them() {
        for (words, expected) in [
            (
                "I'm afraid it failed.\n\n<ann@x.test>:\n1.2.3.4 does not like recipient.\n",
                &["ann@x.test"][..],
            ),
            ("failed:\n\n  ann@x.test\n    unknown\n  bob@x.test\n    full\n", &["ann@x.test", "bob@x.test"]),
            ("did not reach:\n\nann@X.TEST on Mon, 3 Mar 2026 10:00\n  not recognized\n", &["ann@x.test"]),
            ("   * ann@x.test\n", &["ann@x.test"]),
            ("\"ann@x.test\":\nSMTP error\n", &["ann@x.test"]),
            (">>> RCPT To:<bob@x.test>\n<<< 550 no\n550 <bob@x.test>... User unknown\n", &["bob@x.test"]),
            ("ann@x.test<mailto:ann@x.test>\nThe address was not found\n", &["ann@x.test"]),
            ("Could not be delivered to: <ann@x.test>\nmailbox is full", &["ann@x.test"]),
            ("MAIL FROM: me2@x.test\nRCPT TO: ann@x.test\n", &["ann@x.test"]),
            ("There was an error with ann@x.test.\nContact help@x.test\n", &["ann@x.test"]),
            ("For help, write to <postmaster@x.test>\nme@ours.test wrote\n", &[]),
            ("", &[]),
        ] {
            assert_eq!(named(words), expected, "{words}");
        }
    }

    #[test]
    fn an_alias_is_told_from_the_address_behind_it() {
        let sections = sections("<ann@inner.test> (expanded from <ann@x.test>): unknown\n", &[]);
        assert_eq!(sections[0].alias.as_ref().map(Address::as_str), Some("ann@x.test"));
    }

    #[test]
    fn the_reason_is_the_remote_systems_word() {
        assert_eq!(gist("<a@x.test>:\nhost said:\n550 5.1.1 no\nGiving up."), "550 5.1.1 no");
        assert_eq!(gist("\n---\nThe mailbox is full.\n"), "The mailbox is full.");
    }
}
