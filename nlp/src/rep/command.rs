//! The commands that a rep can give.

macro_rules! commands {
    ($($(#[$doc:meta])* $name:ident = $word:literal, $floats:expr;)*) => {
        /// A command.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Command {
            $($(#[$doc])* $name,)*
        }

        impl Command {
            /// Every command.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Returns its word.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// Returns what may be said anywhere in its sentence.
            pub(super) const fn floats(self) -> &'static [Kind] {
                match self { $(Self::$name => $floats,)* }
            }
        }
    };
}

use super::facts::Kind;
use Kind::{Handle, Money, Period, Priority, When};

commands! {
    /// Search.
    Find = "find", &[Period];
    /// See one record.
    Show = "show", &[];
    /// See what happened with a customer.
    Timeline = "timeline", &[Period];
    /// Be told the essence of a record.
    Summary = "summary", &[Period];
    /// Make a lead, a contact or a company.
    New = "new", &[];
    /// Change a field.
    Edit = "edit", &[];
    /// Write something down.
    Note = "note", &[];
    /// Record a call or a meeting.
    Log = "log", &[];
    /// Make a task.
    Task = "task", &[When, Priority, Handle];
    /// List tasks.
    Tasks = "tasks", &[Period];
    /// Make or change a deal.
    Deal = "deal", &[Money, When, Handle];
    /// Move a deal.
    Stage = "stage", &[Money];
    /// See how the deals stand.
    Pipeline = "pipeline", &[Period];
    /// Give a record to a colleague.
    Assign = "assign", &[];
    /// Open or change a ticket.
    Ticket = "ticket", &[Priority, Handle];
    /// List tickets.
    Tickets = "tickets", &[Period];
    /// Answer a customer.
    Reply = "reply", &[];
    /// Use a template.
    Template = "template", &[];
    /// Put off.
    Snooze = "snooze", &[When];
    /// Settle.
    Close = "close", &[];
    /// Take up again what was settled.
    Reopen = "reopen", &[];
    /// Be told of what happens.
    Follow = "follow", &[];
    /// Not be told any more.
    Mute = "mute", &[];
    /// Put on or take off a tag.
    Tag = "tag", &[];
    /// Make one record of two.
    Merge = "merge", &[];
    /// Make two records of one.
    Split = "split", &[];
    /// Say that two records belong together.
    Link = "link", &[];
    /// Learn what is best done next.
    Next = "next", &[];
    /// See how things stand.
    Digest = "digest", &[Period];
    /// Count.
    Report = "report", &[Period];
    /// See or steer what runs by itself.
    Workflow = "workflow", &[];
    /// Bring in a file.
    Import = "import", &[];
    /// Take out as a file.
    Export = "export", &[Period];
    /// See, correct or erase what is known of a person.
    Privacy = "privacy", &[];
    /// Take something back.
    Undo = "undo", &[];
    /// See what was done to a record.
    History = "history", &[Period];
    /// Have quiet.
    Dnd = "dnd", &[When];
    /// Set the time zone.
    Tz = "tz", &[];
    /// Set the language.
    Lang = "lang", &[];
    /// Learn who one is.
    Who = "who", &[];
    /// Say that two records do not belong together.
    Unlink = "unlink", &[];
    /// Learn the reason of something.
    Why = "why", &[];
    /// Learn the commands.
    Help = "help", &[];
}

impl Command {
    /// Finds a command by its word.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|c| c.name() == name)
    }
}

impl std::fmt::Display for Command {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
