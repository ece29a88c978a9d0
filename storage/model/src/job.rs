//! Work that waits, and messages that leave.

use serde::{Deserialize, Serialize};

use crate::address::Mailbox;
use crate::consent::Purpose;
use crate::hook::{HookEvent, hook_number};
use crate::id::Id;
use crate::message::ChannelKind;
use crate::record::RecordRef;
use crate::time::Timestamp;

/// What a job does. Carries ids, never personal data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Task {
    /// Understand a message, and react to it.
    Understand {
        /// Which message.
        message: Id,
    },
    /// Take a step of a sequence.
    Step {
        /// The sequence's name.
        sequence: String,
        /// Which step, from 0.
        step: usize,
        /// The conversation.
        thread: Id,
        /// The message that started it.
        message: Id,
        /// The event that started it.
        cause: Option<Id>,
        /// How many events led to it.
        depth: u8,
        /// When it was started, where not by the message itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        started: Option<Timestamp>,
        /// The version of the sequence that it began by.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<String>,
    },
    /// React to what an act changed of a record.
    React {
        /// The act.
        act: Id,
        /// The record.
        record: RecordRef,
    },
    /// Look at a page of the customers for a schedule.
    Sweep {
        /// The schedule's name.
        name: String,
        /// The planned time.
        planned: Timestamp,
        /// After which customer the page begins.
        after: Id,
    },
    /// Look how a ticket stands towards its service level, and at what else follows from its state.
    Clock {
        /// Which ticket.
        ticket: Id,
    },
    /// Run a schedule for a planned time.
    Scheduled {
        /// The schedule's name.
        name: String,
        /// The planned time.
        planned: Timestamp,
    },
    /// Tell a colleague of the alerts of a text that came meanwhile.
    Gather {
        /// Whom.
        reader: Id,
        /// The text's name in `prompts/`.
        text: String,
    },
    /// Tell whoever has a task that it is due.
    Remind {
        /// Which task.
        task: Id,
    },
    /// Tell the managers how long there is to answer what a customer asked about what is held of them.
    Request {
        /// Which request.
        request: Id,
    },
    /// Find the next recipients of a campaign.
    Enlist {
        /// Which campaign.
        campaign: Id,
        /// The act that started it, or let it go on.
        run: Id,
        /// The last customer who was looked at.
        after: Id,
    },
    /// Make the backup that a schedule asks for.
    Backup {
        /// The planned time.
        planned: Timestamp,
    },
    /// Write to the next recipients of a campaign.
    Mail {
        /// Which campaign.
        campaign: Id,
    },
}

impl Task {
    /// The queue of backups: they take long, and nothing waits for them.
    pub const BACKUP: &str = "backup";

    /// Returns the queue it waits in: messages are understood in their order, apart from the
    /// rest.
    pub const fn queue(&self) -> &'static str {
        match self {
            Self::Understand { .. } => "understand",
            Self::Backup { .. } => Self::BACKUP,
            Self::Step { .. }
            | Self::React { .. }
            | Self::Gather { .. }
            | Self::Sweep { .. }
            | Self::Clock { .. }
            | Self::Scheduled { .. }
            | Self::Remind { .. }
            | Self::Request { .. }
            | Self::Enlist { .. }
            | Self::Mail { .. } => "timed",
        }
    }

    /// Returns its priority: what has a smaller one is done first. Answers come before alerts,
    /// follow-ups, digests and campaigns.
    pub const fn priority(&self) -> i64 {
        match self {
            Self::Understand { .. } => 0,
            Self::Step { .. }
            | Self::React { .. }
            | Self::Gather { .. }
            | Self::Clock { .. }
            | Self::Remind { .. }
            | Self::Request { .. } => 2,
            Self::Scheduled { .. } | Self::Sweep { .. } | Self::Enlist { .. } | Self::Mail { .. } => 3,
            Self::Backup { .. } => 3,
        }
    }

    /// Returns the priorities that jobs of a queue have.
    pub fn priorities(queue: &str) -> &'static [i64] {
        if queue == "understand" { &[0] } else { &[2, 3] }
    }
}

/// A job to be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct NewJob {
    /// What to do.
    pub task: Task,
    /// When, at the earliest.
    pub run_at: Timestamp,
    /// A second job of the same key is not stored.
    pub idempotency_key: Option<String>,
    /// What cancels it: an answer in this conversation.
    pub correlation: Option<Id>,
    /// Who or what wants it done: many jobs of one lane do not keep others waiting.
    pub lane: Option<Id>,
}

/// A job that was claimed.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Names the job.
    pub id: Id,
    /// Rises with each claim: a result with an old fence is dropped.
    pub fence: i64,
    /// How often it was tried, this time included.
    pub attempt: u32,
    /// When it was due.
    pub run_at: Timestamp,
    /// What to do.
    pub task: Task,
}

/// What became of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobOutcome {
    /// It is done.
    Done,
    /// It should be tried again at that time.
    Postpone {
        /// When.
        at: Timestamp,
        /// Why, without personal data.
        why: String,
    },
    /// It should be tried again at that time, and this attempt does not count: the other side
    /// asked for patience.
    Wait {
        /// When.
        at: Timestamp,
        /// Why, without personal data.
        why: String,
    },
    /// It will not be tried again; a person can see it and revive it.
    GiveUp {
        /// Why, without personal data.
        why: String,
    },
}

/// To whom a message leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recipient {
    /// A colleague, on the channel they are bound to.
    User(Id),
    /// A customer, by mail.
    Customer(Id),
    /// A chat as such: a group, or somebody whom nobody knows.
    Chat(i64),
}

/// What leaves first through a chat, where not all may leave at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// What a colleague waits for.
    Answer,
    /// What cannot wait.
    Alert,
    /// What happened.
    Notice,
    /// What can be read at any time.
    Digest,
}

/// A message that leaves. Its words are sealed in the store.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outbound {
    /// Names it.
    pub id: Id,
    /// How it leaves.
    pub channel: ChannelKind,
    /// To whom.
    pub to: Recipient,
    /// Who gets a copy of a mail and is seen to: others in the conversation.
    pub cc: Vec<Mailbox>,
    /// The conversation it belongs to.
    pub thread: Option<Id>,
    /// The message it answers.
    pub answers: Option<Id>,
    /// What it is about, for a button or a "why".
    pub about: Option<RecordRef>,
    /// The event that led to it.
    pub cause: Option<Id>,
    /// Whether the service wrote it by itself, so that it must say so (RFC 3834).
    pub automatic: bool,
    /// What an automatic mail to a customer is for: whether they allow it is asked once more before
    /// it leaves.
    pub purpose: Option<Purpose>,
    /// The colleague who wrote it.
    pub author: Option<Id>,
    /// The text's name in `prompts/`.
    pub text: String,
    /// The subject; empty where the channel has none.
    pub subject: String,
    /// The words; of a card in a chat the card.
    pub body: String,
    /// The words as HTML, where there are any; of a digest in a chat a picture and links to commands.
    pub html: Option<String>,
    /// The message of its chat that it takes the place of.
    pub edits: Option<i64>,
    /// When it should leave, at the earliest.
    pub send_at: Timestamp,
    /// A second message of the same key is not stored.
    pub idempotency_key: String,
}

impl Outbound {
    /// The `text` of an answer to what a colleague commanded.
    pub const ANSWER: &str = "answer";
    /// The `text` of a customer's mail as a card: what answers the card answers the customer. Its
    /// words are made when it leaves.
    pub const MAIL_CARD: &str = "mail_card";
    /// The `text` of that card as things stand now, in place of the one that was shown.
    pub const MAIL_CARD_AGAIN: &str = "mail_card_again";
    /// The `text` of a customer's file on its way to a colleague: the attachment that it is about.
    pub const FILE: &str = "file";

    /// The `text` of an answer to a customer that a language model proposes to a colleague; its subject is
    /// the model's name. What a colleague asks it for has the same name.
    pub const PROPOSAL: &str = "proposal";
    /// The `text` of a summary in a language model's words; as [`Outbound::PROPOSAL`].
    pub const PROSE: &str = "prose";
    /// The `text` of what tells a colleague that a language model gave no words.
    pub const WORDLESS: &str = "wordless";

    /// Returns how soon it leaves, beside others.
    pub fn lane(&self) -> Lane {
        match self.text.as_str() {
            Self::ANSWER | Self::FILE | Self::PROPOSAL | Self::PROSE | Self::WORDLESS => Lane::Answer,
            text if text.starts_with("alert_") => Lane::Alert,
            text if text.starts_with("digest") => Lane::Digest,
            _ => Lane::Notice,
        }
    }

    /// Makes an event for another program, without what it says yet; `hook` is its name in the
    /// configuration.
    pub fn for_hook(id: Id, hook: &str, event: HookEvent, at: Timestamp, idempotency_key: String) -> Self {
        Self {
            channel: ChannelKind::Webhook,
            to: Recipient::Chat(hook_number(hook)),
            ..Self::notice(id, Id(0), event.name(), at, idempotency_key)
        }
    }

    /// Makes a notice for a colleague, without words yet; `text` is its name in `prompts/`.
    pub fn notice(id: Id, reader: Id, text: &str, at: Timestamp, idempotency_key: String) -> Self {
        Self {
            id,
            channel: ChannelKind::Console,
            to: Recipient::User(reader),
            cc: Vec::new(),
            thread: None,
            answers: None,
            about: None,
            cause: None,
            automatic: true,
            purpose: None,
            author: None,
            text: text.to_owned(),
            subject: String::new(),
            body: String::new(),
            html: None,
            edits: None,
            send_at: at,
            idempotency_key,
        }
    }
}

/// That a message left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// What the channel calls the message: a Message-ID, a chat's message number.
    pub reference: String,
}
