//! Colleagues, and the small closed lists of the sales and service trade.

use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::id::Id;

/// Makes an enum whose values have one name in rules, JSON and the database.
#[macro_export]
macro_rules! named {
    ($(#[$doc:meta])* $vis:vis enum $type:ident { $($(#[$vdoc:meta])* $variant:ident = $name:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        $vis enum $type { $($(#[$vdoc])* #[serde(rename = $name)] $variant,)* }

        impl $type {
            /// Every value, in order.
            pub const ALL: &'static [$type] = &[$($type::$variant,)*];

            /// Returns the name that rules, JSON and the database use.
            pub const fn name(self) -> &'static str {
                match self { $($type::$variant => $name,)* }
            }

            /// Finds the value of that name.
            pub fn by_name(name: &str) -> Option<Self> {
                match name { $($name => Some($type::$variant),)* _ => None }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

named! {
    /// What a colleague may do.
    pub enum Role {
        /// Everything, people and keys included.
        Owner = "owner",
        /// Everything about customers, of all teams.
        Manager = "manager",
        /// Works with customers.
        Rep = "rep",
        /// Reads.
        Viewer = "viewer",
    }
}

named! {
    /// Whose customers a colleague sees.
    pub enum Scope {
        /// Everybody's.
        All = "all",
        /// Those of their team, and those whom nobody looks after.
        Team = "team",
        /// Their own.
        Own = "own",
    }
}

named! {
    /// Where a customer stands in their life with the house.
    pub enum Lifecycle {
        /// Has asked, has not bought.
        Lead = "lead",
        /// Has bought.
        Customer = "customer",
        /// Has not been heard of for long.
        Dormant = "dormant",
        /// Has left.
        Lost = "lost",
    }
}

named! {
    /// What sort of customer somebody is, by how lately and how often they were in touch and how much they
    /// bought, each beside all other customers.
    pub enum CustomerSegment {
        /// Lately, often, much.
        Champions = "champions",
        /// Often and much.
        Loyal = "loyal",
        /// Lately, and more than once or twice.
        Promising = "promising",
        /// Lately for the first time.
        New = "new",
        /// Lately, seldom.
        Occasional = "occasional",
        /// In the middle in every way.
        Wavering = "wavering",
        /// Seldom, and not for some time.
        DozingOff = "dozing_off",
        /// Used to be often, not for some time.
        AtRisk = "at_risk",
        /// Used to be among the best, and nothing for long.
        CannotLose = "cannot_lose",
        /// Now and then, and nothing for long.
        Asleep = "asleep",
        /// Once or twice, long ago.
        Gone = "gone",
    }
}

named! {
    /// How likely a customer is to fall silent.
    pub enum ChurnBand {
        /// Less likely than most.
        Low = "low",
        /// About as likely as others.
        Medium = "medium",
        /// Far more likely than others.
        High = "high",
    }
}

named! {
    /// How soon a ticket wants care.
    pub enum Priority {
        /// Can wait.
        Low = "low",
        /// As it comes.
        Normal = "normal",
        /// Before the others.
        High = "high",
        /// Now.
        Urgent = "urgent",
    }
}

named! {
    /// Where a ticket stands.
    pub enum TicketStatus {
        /// Waits for the house.
        Open = "open",
        /// Waits for the customer.
        Pending = "pending",
        /// Settled.
        Closed = "closed",
    }
}

named! {
    /// What notices to colleagues are about, so that one can have quiet of some of them.
    pub enum Topic {
        /// What customers write.
        Mail = "mail",
        /// What becomes of tickets.
        Tickets = "tickets",
        /// What is to be done.
        Tasks = "tasks",
        /// What should be looked at.
        Alerts = "alerts",
        /// How things stand.
        Digests = "digests",
    }
}

impl Topic {
    /// Returns what a notice is about, by the name of its text in `prompts/`; nothing for a name that
    /// the house gave.
    pub fn of_notice(text: &str) -> Option<Self> {
        let head = text.split('_').next().unwrap_or(text);
        Some(match head {
            "mail" => Self::Mail,
            "ticket" => Self::Tickets,
            "task" => Self::Tasks,
            "alert" => Self::Alerts,
            "digest" => Self::Digests,
            _ => return None,
        })
    }
}

named! {
    /// What was done with a customer beside writing.
    pub enum Interaction {
        /// They were called, or called.
        Call = "call",
        /// They were met.
        Meeting = "meeting",
    }
}

named! {
    /// How a call ended.
    pub enum Outcome {
        /// They spoke.
        Reached = "reached",
        /// Nobody answered.
        NoAnswer = "no_answer",
        /// A message was left for them.
        LeftMessage = "left_message",
    }
}

/// A colleague.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Names the colleague; made when the configuration is first read.
    #[serde(default)]
    pub id: Id,
    /// Short name, as in `--as mia` and "assign to mia".
    pub handle: String,
    /// The name that customers see; the handle when empty.
    #[serde(default)]
    pub name: String,
    /// The address that the colleague writes from.
    #[serde(default)]
    pub address: Option<Address>,
    /// What the colleague may do.
    pub role: Role,
    /// Whose customers they see.
    pub scope: Scope,
    /// The name of their team; empty without one.
    pub team: String,
    /// IANA zone, such as `Europe/Berlin`; the house's when empty.
    #[serde(default)]
    pub zone: String,
    /// `en` or `zh`; the house's when empty.
    #[serde(default)]
    pub language: String,
}

impl User {
    /// Returns the name that customers see.
    pub fn display_name(&self) -> &str {
        if self.name.is_empty() { &self.handle } else { &self.name }
    }
}

/// The stages of a pipeline, with how likely a deal in each is to be won.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// Its name.
    pub name: String,
    /// How likely a deal in it is won, in 0..=1; 1 is won and 0 is lost.
    pub probability: f64,
}

/// The pipeline that a fresh store has.
pub const DEFAULT_STAGES: &[(&str, f64)] = &[
    ("new", 0.1),
    ("qualified", 0.25),
    ("proposal", 0.5),
    ("negotiation", 0.7),
    ("won", 1.0),
    ("lost", 0.0),
];
