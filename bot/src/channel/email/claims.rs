//! What a mail carries of ours beside the ids that it answers: references in the addresses that it
//! came to, numbers of tickets in its subject.

use std::collections::BTreeSet;

use rapport_model::{Address, Kind, Mailbox, ShortNumber};

use super::header::Headers;
use super::people::people;

/// Where servers note whom a mail was for, whatever its header says.
const DELIVERED: [&str; 3] = ["delivered-to", "x-original-to", "envelope-to"];
/// More references than these are no answer of a person.
const REFERENCES_MAX: usize = 4;
/// A subject that names more tickets belongs to none.
const TICKETS_MAX: usize = 4;
/// What our signature has of hexadecimal digits.
const SIGNATURE_CHARS: usize = 20;

/// Returns the references in the addresses that a mail came to, each once.
pub(super) fn references(headers: &Headers<'_>, to: &[Mailbox], cc: &[Mailbox]) -> Vec<String> {
    let delivered: Vec<Mailbox> = DELIVERED.iter().flat_map(|name| people(headers, name, None)).collect();
    let all = to.iter().chain(cc).chain(&delivered);
    let found: BTreeSet<&str> = all.filter_map(|mailbox| reference(&mailbox.address)).collect();
    found.into_iter().take(REFERENCES_MAX).map(str::to_owned).collect()
}

/// Takes the references off the addresses that carry one: behind them is the same mailbox.
pub(super) fn without_references(people: Vec<Mailbox>) -> Vec<Mailbox> {
    let mut plain: Vec<Mailbox> = Vec::with_capacity(people.len());
    for mut mailbox in people {
        if reference(&mailbox.address).is_some() {
            mailbox.address = mailbox.address.without_detail();
        }
        if plain.iter().all(|known| known.address != mailbox.address) {
            plain.push(mailbox);
        }
    }
    plain
}

/// Returns what stands behind the plus sign of `reply+ID.SIGNATURE@…`.
fn reference(address: &Address) -> Option<&str> {
    let (mailbox, detail) = address.local().split_once('+')?;
    let (id, signature) = detail.split_once('.')?;
    let number = !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit());
    let signed = signature.len() == SIGNATURE_CHARS && signature.bytes().all(|b| b.is_ascii_hexdigit());
    (!mailbox.is_empty() && number && signed).then_some(detail)
}

/// Returns the numbers of the tickets that a subject names in brackets: `[T88]`, `[#T88]`, `【T88】`.
pub(super) fn tickets(subject: &str) -> Vec<i64> {
    let bracketed = subject.split(['[', '【']).skip(1);
    let words = bracketed.filter_map(|rest| rest.split_once([']', '】'])).map(|(word, _)| word);
    let numbers = words.filter_map(|word| word.trim().trim_start_matches('#').parse::<ShortNumber>().ok());
    let tickets = numbers.filter(|number| number.kind == Some(Kind::Ticket)).map(|number| number.number);
    let mut found: Vec<i64> = tickets.collect();
    found.dedup();
    if found.len() > TICKETS_MAX { Vec::new() } else { found }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNED: &str = "287494373376004111.0123456789abcdef0123";

    fn mailbox(address: &str) -> Mailbox {
        Mailbox { name: String::new(), address: Address::email(address).unwrap() }
    }

    #[test]
    fn a_reference_is_found_wherever_the_mail_was_addressed_to() {
        let to = [mailbox(&format!("reply+{SIGNED}@ours.example")), mailbox("reply@ours.example")];
        let (none, _) = Headers::read(b"Subject: x\n\n", |_| false);
        assert_eq!(references(&none, &to, &[]), [SIGNED]);
        let block = format!("Delivered-To: <Sales+{SIGNED}@Ours.example>\n\n");
        let (delivered, _) = Headers::read(block.as_bytes(), |_| false);
        assert_eq!(references(&delivered, &[], &to), [SIGNED], "once");
        assert_eq!(without_references(to.to_vec()), [mailbox("reply@ours.example")]);
    }

    #[test]
    fn what_only_looks_like_a_reference_is_left_alone() {
        let (none, _) = Headers::read(b"Subject: x\n\n", |_| false);
        for local in ["ann+news", "ann+1.short", "ann+x.0123456789abcdef0123", "+1.0123456789abcdef0123"] {
            let to = [mailbox(&format!("{local}@ours.example"))];
            assert!(references(&none, &to, &[]).is_empty(), "{local}");
            assert_eq!(without_references(to.to_vec()), to);
        }
    }

    #[test]
    fn a_ticket_is_named_in_brackets() {
        for (subject, numbers) in [
            ("Re: The pump leaks [T88]", &[88][..]),
            ("AW: [#T88] Pumpe", &[88]),
            ("回复：水泵漏水【T7】", &[7]),
            ("Re: [T3] [T3] twice", &[3]),
            ("Model [T-1000], [88], T88 and [C12]", &[]),
            ("[T1][T2][T3][T4][T5]", &[]),
            ("[T99999999999999999999]", &[]),
            ("", &[]),
        ] {
            assert_eq!(tickets(subject), numbers, "{subject}");
        }
    }
}
