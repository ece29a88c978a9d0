//! Mails to measure with: made up, the same for the same numbers.

use rapport_model::message::{ChannelKind, Content, Direction, Incoming};
use rapport_model::{Address, Mailbox, Timestamp};

use crate::ingest::Arrival;

/// Customers of one company.
const COLLEAGUES: u64 = 3;
/// Mails of one customer: every second answers the one before.
const MAILS_EACH: u64 = 8;
/// The length of a body, in words and in bytes about.
const BODY_WORDS: usize = 170;
/// When the first mail arrived.
const START: Timestamp = Timestamp::from_secs(1_790_000_000);

/// Chance that is the same every time (splitmix64).
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// Starts a row of numbers; another `seed` gives another.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns the next number.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Returns a number below `n`, which is not 0.
    pub fn below(&mut self, n: u64) -> u64 {
        self.draw() % n
    }

    /// Returns a number from 0 to 1, without 1.
    pub fn unit(&mut self) -> f64 {
        (self.draw() >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// Makes the `n` mails of one sender of mails: about 1 kB of body, 3 kB in all, every second of
/// them an answer. Different `producer`s have different customers.
pub fn mails(producer: u64, n: usize) -> Vec<Arrival> {
    let mut chance = Chance::new(producer);
    (0..n as u64).map(|i| mail(producer, i, &mut chance)).collect()
}

/// Returns how many conversations [`mails`] make.
pub fn n_threads(n: usize) -> usize {
    n.div_ceil(2)
}

fn mail(producer: u64, i: u64, chance: &mut Chance) -> Arrival {
    let customer = i / MAILS_EACH;
    let from = mailbox(
        &format!("Customer {customer} of {producer}"),
        &format!("c{customer}@p{producer}-{}.example", customer / COLLEAGUES),
    );
    let id = |i: u64| format!("{i}.{producer}@mail.example");
    let subject = format!("Order {}, please", chance.below(1_000_000));
    let body = words(chance);
    let raw = raw(&from, &id(i), &subject, &body);
    let mut digest = [0; 16];
    digest.copy_from_slice(&blake3::hash(id(i).as_bytes()).as_bytes()[..16]);
    let content = Content {
        message_id: id(i),
        digest,
        answers: if i % 2 == 1 { vec![id(i - 1)] } else { Vec::new() },
        from: vec![from],
        to: vec![mailbox("Sales", "sales@ours.example")],
        subject,
        body,
        ..Content::default()
    };
    let received_at = START.plus(i64::try_from(i * 1_000_000).unwrap_or(i64::MAX));
    let incoming = Incoming {
        channel: ChannelKind::Email,
        account: "bench".into(),
        place: String::new(),
        keys: vec![("bench".into(), format!("{producer}/{i}"))],
        raw: raw.into_bytes(),
        received_at,
        cursor: None,
        history: false,
        content: Ok(content),
    };
    Arrival { incoming, direction: Direction::In, author: None }
}

fn mailbox(name: &str, address: &str) -> Mailbox {
    Mailbox { name: name.into(), address: Address::email(address).expect("a name, an @ and a domain") }
}

fn raw(from: &Mailbox, id: &str, subject: &str, body: &str) -> String {
    let address = from.address.as_str();
    format!(
        "Received: from mx.example by mail.ours.example with ESMTPS id {id}\r\n\
         DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=mail.example; h=from:to:subject:date\r\n\
         From: {} <{address}>\r\nTo: Sales <sales@ours.example>\r\nSubject: {subject}\r\nMessage-ID: <{id}>\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=\"b\"\r\n\r\n--b\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n--b\r\n\
         Content-Type: text/html; charset=utf-8\r\n\r\n<html><head><style>p {{ margin: 0 }}</style></head>\
         <body><p style=\"font-family: sans-serif\">{}</p></body></html>\r\n--b--\r\n",
        from.name,
        body.replace('.', ".</p>\r\n<p style=\"font-family: sans-serif\">"),
    )
}

/// Makes sentences of words that are not the same in any two mails.
fn words(chance: &mut Chance) -> String {
    const ENDS: [&str; 8] = ["", "", "s", "ed", "ing", "er", "ly", "."];
    const PARTS: [&str; 24] = [
        "or", "de", "re", "fund", "in", "voi", "ce", "ship", "ment", "pre", "sent", "cof", "fee", "ma",
        "chi", "ne", "ta", "ble", "qui", "et", "lo", "cal", "pa", "per",
    ];
    let mut text = String::with_capacity(BODY_WORDS * 8);
    for _ in 0..BODY_WORDS {
        for _ in 0..=chance.below(3) {
            text.push_str(PARTS[chance.below(PARTS.len() as u64) as usize]);
        }
        text.push_str(ENDS[chance.below(ENDS.len() as u64) as usize]);
        text.push(' ');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_numbers_make_the_same_mails_of_the_said_size() {
        let (one, two) = (mails(7, 100), mails(7, 100));
        assert!(one.iter().zip(&two).all(|(a, b)| a.incoming == b.incoming));
        let bytes: usize = one.iter().map(|a| a.incoming.raw.len()).sum();
        let body: usize = one.iter().map(|a| a.incoming.content.as_ref().unwrap().body.len()).sum();
        assert!((2_000..4_500).contains(&(bytes / 100)), "{}", bytes / 100);
        assert!((700..1_500).contains(&(body / 100)), "{}", body / 100);
        let answers = one.iter().filter(|a| !a.incoming.content.as_ref().unwrap().answers.is_empty());
        assert_eq!(answers.count(), 50);
    }
}
