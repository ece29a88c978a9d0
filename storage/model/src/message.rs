//! Messages on their way in, and what they are.

use serde::{Deserialize, Serialize};

use crate::address::Mailbox;
use crate::named;
use crate::time::Timestamp;

named! {
    /// The kind of place a message came from or goes to.
    pub enum ChannelKind {
        /// E-mail.
        Email = "email",
        /// Telegram.
        Telegram = "telegram",
        /// Discord.
        Discord = "discord",
        /// The terminal.
        Console = "console",
        /// A language model, which is asked for words.
        Model = "model",
        /// Another program, which is told of events.
        Webhook = "webhook",
        /// A form on a page of the house.
        Form = "form",
    }
}

named! {
    /// Which way a message went, seen from the house.
    pub enum Direction {
        /// From a customer to the house.
        In = "in",
        /// From the house to a customer.
        Out = "out",
        /// Within the house.
        Internal = "internal",
    }
}

named! {
    /// Whether a machine wrote a message, and which sort of machine.
    pub enum Automation {
        /// A person wrote it.
        None = "none",
        /// An automatic answer.
        AutoReply = "auto_reply",
        /// "I am away".
        OutOfOffice = "out_of_office",
        /// A mail system tells what became of a mail, mostly that it failed (RFC 3464). What
        /// exactly says [`Content::delivery`].
        Bounce = "bounce",
        /// A provider reports that a mail was marked as spam (RFC 5965); see
        /// [`Content::complaint`].
        ComplaintReport = "complaint_report",
        /// A mailing list.
        List = "list",
        /// A mailing to many.
        Newsletter = "newsletter",
        /// Our own automatic mail came back.
        OwnAutomatic = "own_automatic",
    }
}

named! {
    /// Whether a mail comes from where it says.
    pub enum Trust {
        /// The house's own server found that it does.
        Pass = "pass",
        /// It found that it does not.
        Fail = "fail",
        /// It found nothing that tells.
        None = "none",
    }
}

named! {
    /// A person's part in a message.
    pub enum PartyRole {
        /// Wrote it.
        From = "from",
        /// Was addressed.
        To = "to",
        /// Got a copy.
        Cc = "cc",
        /// Wants the answer.
        ReplyTo = "reply_to",
    }
}

/// A file that came with a message. Its bytes stay in the raw message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// A file name that is safe to write and to show: no path, no control or bidi characters.
    pub name: String,
    /// The declared media type, such as `application/pdf`.
    pub mime: String,
    /// Decoded length.
    pub bytes: u64,
    /// BLAKE3-128 of the decoded bytes, in hex; empty where they were not kept.
    pub digest: String,
    /// Whether the message shows it in its text.
    pub inline: bool,
    /// Whether its bytes were kept with the message; else they are in the mailbox alone, and their
    /// length is what the server says.
    pub kept: bool,
}

/// Where an adapter has got to, committed with the message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The account or bot.
    pub account: String,
    /// The folder, chat or stream.
    pub scope: String,
    /// The position, as the adapter writes it.
    pub token: String,
}

/// A message as an adapter took it in; not stored as such.
#[derive(Clone, Debug, PartialEq)]
pub struct Incoming {
    /// The kind of channel.
    pub channel: ChannelKind,
    /// The account or source within the channel, such as a mailbox's name; `file` for files.
    pub account: String,
    /// Where exactly it lay, for people: a path, `INBOX/17`. Goes into logs only when it holds
    /// no personal data.
    pub place: String,
    /// Further keys by which the source knows it: `(source, key)`, such as an IMAP UID.
    pub keys: Vec<(String, String)>,
    /// The bytes as they arrived; for an oversized message what was kept of it.
    pub raw: Vec<u8>,
    /// When it arrived, as far as can be told.
    pub received_at: Timestamp,
    /// The cursor to commit with it.
    pub cursor: Option<Cursor>,
    /// Whether it is old news: it makes records, but no ticket, task, alert or answer.
    pub history: bool,
    /// What it says, or why it cannot be read.
    pub content: Result<Content, Unreadable>,
}

/// Why a message goes to the quarantine, where its bytes are kept for a person to look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unreadable {
    /// One of `empty`, `not_mail`, `too_big`, `too_deep`, `unparsable`, `poison`.
    pub reason: String,
    /// For people: what was found and what to do.
    pub detail: String,
}

/// What a message says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Content {
    /// Its id without angle brackets; `hash:…` when it carried none.
    pub message_id: String,
    /// BLAKE3-128 over its id and body, without what trace headers add on the way.
    pub digest: [u8; 16],
    /// The ids of messages that it answers: In-Reply-To first, then References newest first, at
    /// most 33.
    pub answers: Vec<String>,
    /// What it carries of ours beside them: the references of mails that we sent, found in the
    /// addresses that it came to (`reply+REFERENCE@…`). Whether the signature within is right only the
    /// store can tell.
    pub references: Vec<String>,
    /// The numbers of tickets that its subject names (`[T88]`), at most four.
    pub tickets: Vec<i64>,
    /// Who wrote it; the first is the author.
    pub from: Vec<Mailbox>,
    /// Who was addressed.
    pub to: Vec<Mailbox>,
    /// Who got a copy.
    pub cc: Vec<Mailbox>,
    /// Where answers should go.
    pub reply_to: Vec<Mailbox>,
    /// The subject, decoded, in one line.
    pub subject: String,
    /// The whole text.
    pub body: String,
    /// The text without quotes and signature, where that differs from the whole and leaves
    /// something.
    pub trimmed: Option<String>,
    /// The files.
    pub attachments: Vec<Attachment>,
    /// The Date header. Only shown; no decision rests on it.
    pub sent_at: Option<Timestamp>,
    /// Whether a machine wrote it.
    pub automation: Option<Automated>,
    /// Whether it comes from where it says; `None` where nobody checks.
    pub trust: Option<Trust>,
    /// What became of a mail of ours, where a mail system tells (RFC 3464 or its own words).
    pub delivery: Option<DeliveryReport>,
    /// That somebody called a mail of ours spam, where a provider tells (RFC 5965).
    pub complaint: Option<Complaint>,
    /// The mail of somebody else that it passes on.
    pub forwarded: Option<Forwarded>,
    /// The meeting that it is about (RFC 5546).
    pub calendar: Option<Calendar>,
    /// Whether it is signed or encrypted. Signatures are not checked, and nothing is decrypted:
    /// of an encrypted message the text is empty or unreadable, its parts are kept whole.
    pub protection: Option<Protection>,
}

impl Content {
    /// Returns the text that is new in this message.
    pub fn own_text(&self) -> &str {
        self.trimmed.as_deref().unwrap_or(&self.body)
    }
}

/// A mail within another, as it was passed on. Whether it is as its author wrote it only whoever
/// passed it on can say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forwarded {
    /// Who wrote it.
    pub from: Mailbox,
    /// Its subject, in one line; may be empty.
    pub subject: String,
    /// Its text, without what it quotes itself.
    pub text: String,
    /// Its id and those that it answers, where they are known.
    pub references: Vec<String>,
}

named! {
    /// What became of a mail on its way to one recipient.
    ///
    /// The enhanced status code (RFC 3463) and the words beside it tell; where they disagree the
    /// words count, for many systems write 5.0.0 or 5.7.1 whatever happened.
    pub enum BounceClass {
        /// The address does not exist or takes no mail: write to it no more.
        Hard = "hard",
        /// The way there failed, or the server was out of order: the address may be good.
        Soft = "soft",
        /// The mail or its sender was refused: spam, authentication, reputation, size, content.
        Policy = "policy",
        /// The mailbox is full.
        Full = "full",
        /// It is still being tried (`Action: delayed`).
        Delayed = "delayed",
        /// It arrived, or went on to a system that tells nothing more (`Action: delivered`,
        /// `relayed`, `expanded`).
        Delivered = "delivered",
    }
}

/// What a mail system tells of a mail's delivery (RFC 3464, or an older form).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryReport {
    /// The Message-ID of the mail it is about, without angle brackets; `None` where the report
    /// carries neither the mail nor its header.
    pub original_id: Option<String>,
    /// What became of it, one entry a recipient, each address once; at most 200. Empty where the
    /// report names nobody.
    pub recipients: Vec<RecipientReport>,
}

/// What became of a mail to one recipient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecipientReport {
    /// The address as the sender wrote it (`Original-Recipient`), else the one at which the mail
    /// ended (`Final-Recipient`); in lower case.
    pub address: String,
    /// The address at which the mail ended, where that is another one: behind an alias, a
    /// forward or a list.
    pub final_address: Option<String>,
    /// What became of it.
    pub class: BounceClass,
    /// The enhanced status code (RFC 3463), such as `5.1.1`.
    pub status: Option<String>,
    /// What the remote system said, in one line of at most 500 characters; may be empty.
    pub diagnostic: String,
    /// The system that said so (`Remote-MTA`), such as `mx.example.org`.
    pub remote: Option<String>,
}

/// That a recipient complained of a mail (RFC 5965, or a provider's own form).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Complaint {
    /// The Message-ID of the mail that was complained of, without angle brackets.
    pub original_id: Option<String>,
    /// Who complained, in lower case, where the report says so; many providers hide it.
    pub recipient: Option<String>,
    /// The Feedback-Type in lower case: `abuse`, `fraud`, `virus`, `other`, `opt-out`,
    /// `not-spam` (RFC 6430), `auth-failure` (RFC 6591). The last two are no complaints.
    pub kind: String,
}

named! {
    /// How a mail is protected (S/MIME, RFC 8551; OpenPGP, RFC 3156).
    pub enum Protection {
        /// Its sender signed it. Who that is nobody has checked.
        Signed = "signed",
        /// Only its recipients can read it.
        Encrypted = "encrypted",
    }
}

named! {
    /// What a mail about a meeting wants (RFC 5546, 1.4).
    pub enum CalendarMethod {
        /// It tells of a meeting.
        Publish = "publish",
        /// It invites, or changes what it invited to.
        Request = "request",
        /// It answers an invitation: [`Calendar::attendees`] holds who answers, and how.
        Reply = "reply",
        /// It adds to a series.
        Add = "add",
        /// It calls the meeting off.
        Cancel = "cancel",
        /// It asks for the newest state.
        Refresh = "refresh",
        /// It proposes another time.
        Counter = "counter",
        /// It turns down such a proposal.
        DeclineCounter = "declinecounter",
    }
}

named! {
    /// Whether somebody comes to a meeting (`PARTSTAT`, RFC 5545, 3.2.12).
    pub enum Attendance {
        /// Has not answered.
        NeedsAction = "needs_action",
        /// Comes.
        Accepted = "accepted",
        /// Does not come.
        Declined = "declined",
        /// Perhaps comes.
        Tentative = "tentative",
        /// Sends somebody else.
        Delegated = "delegated",
    }
}

/// A meeting, as a mail brings it (RFC 5545, RFC 5546). Which mail is the newest about a meeting
/// tell `uid` and `sequence`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    /// What the mail wants.
    pub method: CalendarMethod,
    /// The name of the meeting, the same in all mails about it; at most 255 characters.
    pub uid: String,
    /// How often the meeting was changed; the higher one is newer.
    pub sequence: u32,
    /// What it is about, in one line of at most 500 characters.
    pub summary: String,
    /// Where it is, in one line of at most 500 characters.
    pub location: String,
    /// When it begins. For a whole day midnight UTC of that date.
    pub start: Option<Timestamp>,
    /// When it ends; for whole days the midnight after the last. Never before `start`.
    pub end: Option<Timestamp>,
    /// Whether it takes whole days.
    pub all_day: bool,
    /// Whether the times carry no zone that could be told: they are written as if in UTC, and
    /// mean the clock on the wall.
    pub floating: bool,
    /// Of a single meeting of a series: when it was to begin by the series.
    #[serde(default)]
    pub occurrence: Option<Timestamp>,
    /// Whether it is a series; `start` is that of its first.
    pub recurs: bool,
    /// Who invites, in lower case.
    pub organizer: Option<String>,
    /// Who is invited, at most 200; of a reply the one who answers.
    pub attendees: Vec<Attendee>,
}

/// Somebody invited to a meeting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attendee {
    /// The address, in lower case.
    pub address: String,
    /// Whether they come.
    pub status: Attendance,
}

/// That a machine wrote a message, and how we know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Automated {
    /// Which sort of machine.
    pub automation: Automation,
    /// The header or pattern that tells it, such as `Auto-Submitted: auto-replied`.
    pub reason: String,
}
