//! What a rule decided should be done.

use serde::{Deserialize, Serialize};

use crate::id::Id;
use crate::people::{Lifecycle, Priority};
use crate::privacy::DataRight;
use crate::record::Kind;
use crate::time::Timestamp;

/// Something to do, decided by a rule about an event.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    /// The rule that decided it.
    pub rule: String,
    /// What to do.
    pub deed: Deed,
}

/// What to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    /// Open a ticket in the conversation, unless one is open.
    OpenTicket(Priority),
    /// Mark the open ticket as answered, waiting for the customer.
    TicketAnswered,
    /// Make the waiting ticket open again: the customer wrote.
    TicketReopened,
    /// Make a task with that text, due then, unless one is open for the conversation.
    CreateTask {
        /// The text's name in `prompts/`.
        text: String,
        /// When it is due.
        due: Timestamp,
    },
    /// Make a task for each promise of the message that has a day or an hour.
    FollowPromises,
    /// Close the tasks of the promises that the message keeps.
    PromisesKept,
    /// Open a deal in the first stage, unless one is open.
    OpenDeal,
    /// Set where the customer stands.
    SetLifecycle(Lifecycle),
    /// Make the writer of an outgoing message the customer's owner.
    TakeOwnership,
    /// Make this colleague the customer's owner.
    Assign(Id),
    /// Set a field of the customer, or of the conversation's ticket.
    Set {
        /// Of which of them.
        kind: Kind,
        /// Its name in the registry.
        field: String,
        /// What it becomes.
        to: String,
    },
    /// Move the open deal to a stage.
    MoveDeal(String),
    /// Give the customer a tag.
    Tag(String),
    /// Take a tag from the customer.
    Untag(String),
    /// End a sequence of follow-ups to the customer.
    StopSequence(String),
    /// Write a note with that text.
    Note(String),
    /// Record that the customer wants no automatic mail.
    OptOut,
    /// Note what the customer asks for of what the law lets them, and put it before the managers.
    OpenRequest(Vec<DataRight>),
    /// Tell colleagues.
    Notify {
        /// Whom.
        to: Audience,
        /// The text's name in `prompts/`.
        text: String,
        /// How loud.
        severity: Severity,
    },
    /// Start a sequence of follow-ups at its first step.
    StartSequence {
        /// The sequence's name.
        sequence: String,
        /// When its first step comes.
        at: Timestamp,
    },
    /// Write to the customer in the conversation.
    Write {
        /// The text's name in `prompts/`.
        text: String,
    },
    /// Tell another program: its name in the configuration.
    Webhook(String),
    /// Ask the customer how they found what was done about their ticket.
    AskRating,
    /// Go on with a sequence.
    NextStep {
        /// The sequence's name.
        sequence: String,
        /// Which step.
        step: usize,
        /// When.
        at: Timestamp,
    },
}

/// Which colleagues to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// The customer's owner; without one the team of the mailbox, and without that the managers.
    Owner,
    /// Managers and owners of the house.
    Managers,
}

/// How loud a notice is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Good to know.
    Info,
    /// Look at it today.
    Warning,
    /// Look at it now.
    Alert,
}
