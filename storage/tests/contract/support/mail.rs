//! Mails as a channel would hand them over.

use rapport_model::message::{
    Attachment, Automated, Automation, ChannelKind, Content, Cursor, Direction, Incoming, Trust, Unreadable,
};
use rapport_model::{Address, Clock, Id, Mailbox, Timestamp};
use rapport_storage::ingest::Arrival;

/// A mail to be taken in.
#[derive(Clone)]
pub struct Mail {
    content: Content,
    direction: Direction,
    author: Option<Id>,
    raw: Vec<u8>,
    keys: Vec<(String, String)>,
    cursor: Option<Cursor>,
    at: Option<Timestamp>,
    unreadable: Option<Unreadable>,
    history: bool,
}

/// Ann Novak writes to support.
pub fn mail(id: &str) -> Mail {
    Mail {
        content: Content {
            message_id: format!("{id}@novak-cafe.example"),
            from: vec![mailbox("Ann Novak", "ann@novak-cafe.example")],
            to: vec![mailbox("", "support@brightwater.example")],
            subject: format!("About {id}"),
            body: format!("Dear support,\nthis is {id}. 水泵漏水。"),
            ..Content::default()
        },
        direction: Direction::In,
        author: None,
        raw: format!("Message-ID: <{id}@novak-cafe.example>\n\nthis is {id}").into_bytes(),
        keys: Vec::new(),
        cursor: None,
        at: None,
        unreadable: None,
        history: false,
    }
}

fn mailbox(name: &str, address: &str) -> Mailbox {
    Mailbox { name: name.into(), address: Address::email(address).unwrap() }
}

impl Mail {
    pub fn from(mut self, name: &str, address: &str) -> Self {
        self.content.from = vec![mailbox(name, address)];
        self
    }

    pub fn to(mut self, address: &str) -> Self {
        self.content.to = vec![mailbox("", address)];
        self
    }

    pub fn cc(mut self, name: &str, address: &str) -> Self {
        self.content.cc.push(mailbox(name, address));
        self
    }

    /// The house writes it to Ann.
    pub fn out(mut self) -> Self {
        self.direction = Direction::Out;
        self.from("Mia", "mia@brightwater.example").to("ann@novak-cafe.example")
    }

    pub fn by(mut self, colleague: Id) -> Self {
        self.author = Some(colleague);
        self
    }

    pub fn answers(mut self, id: &str) -> Self {
        self.content.answers.push(format!("{id}@novak-cafe.example"));
        self
    }

    /// It answers what is called so, whatever stands behind the `@`.
    pub fn answers_all(mut self, message_id: &str) -> Self {
        self.content.answers.push(message_id.into());
        self
    }

    /// It came to an address that carries a reference.
    pub fn carries_reference(mut self, reference: &str) -> Self {
        self.content.references.push(reference.into());
        self
    }

    pub fn names_ticket(mut self, number: i64) -> Self {
        self.content.tickets.push(number);
        self
    }

    pub fn trust(mut self, trust: Trust) -> Self {
        self.content.trust = Some(trust);
        self
    }

    /// The same mail under another id.
    pub fn renamed(mut self, id: &str) -> Self {
        self.content.message_id = format!("{id}@novak-cafe.example");
        self
    }

    pub fn says(mut self, subject: &str, body: &str) -> Self {
        (self.content.subject, self.content.body) = (subject.into(), body.into());
        self
    }

    pub fn trimmed(mut self, text: &str) -> Self {
        self.content.trimmed = Some(text.into());
        self
    }

    pub fn with_file(mut self, name: &str, mime: &str) -> Self {
        let (name, mime) = (name.to_owned(), mime.to_owned());
        self.content.attachments.push(Attachment {
            name,
            mime,
            bytes: 9,
            digest: "00".into(),
            inline: false,
            kept: true,
        });
        self
    }

    pub fn raw(mut self, raw: impl Into<Vec<u8>>) -> Self {
        self.raw = raw.into();
        self
    }

    /// A source knows it by a key.
    pub fn known_as(mut self, source: &str, key: &str) -> Self {
        self.keys.push((source.into(), key.into()));
        self
    }

    pub fn cursor(mut self, token: &str) -> Self {
        let (account, scope) = ("support".to_owned(), "INBOX".to_owned());
        self.cursor = Some(Cursor { account, scope, token: token.into() });
        self
    }

    pub fn at(mut self, at: Timestamp) -> Self {
        self.at = Some(at);
        self
    }

    pub fn old(mut self) -> Self {
        self.history = true;
        self
    }

    pub fn automatic(mut self, automation: Automation) -> Self {
        self.content.automation =
            Some(Automated { automation, reason: "Auto-Submitted: auto-replied".into() });
        self
    }

    pub fn unreadable(mut self, reason: &str) -> Self {
        self.unreadable = Some(Unreadable { reason: reason.into(), detail: "box/7: it is no mail".into() });
        self
    }

    /// The mail as it arrives.
    pub fn arrival(mut self, clock: &dyn Clock) -> Arrival {
        // A real digest covers the body; here the id tells mails apart.
        for (i, byte) in self.content.message_id.bytes().enumerate() {
            let digest = &mut self.content.digest;
            digest[i % 16] = digest[i % 16].wrapping_mul(31).wrapping_add(byte);
        }
        let incoming = Incoming {
            channel: ChannelKind::Email,
            account: "support".into(),
            place: "INBOX/7".into(),
            keys: self.keys,
            raw: self.raw,
            received_at: self.at.unwrap_or(clock.now()),
            cursor: self.cursor,
            history: self.history,
            content: self.unreadable.map_or(Ok(self.content), Err),
        };
        Arrival { incoming, direction: self.direction, author: self.author }
    }
}
