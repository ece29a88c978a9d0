//! A command as it was understood.

use std::fmt;

use rapport_model::message::Attendance;
use rapport_model::people::{Priority, Role};
use rapport_model::{Id, RecordRef, ShortNumber};

use super::compose::Compose;
pub use super::draft_step::DraftStep;
use super::govern::Govern;
use super::keep::Keep;
use super::own::Own;
use super::survey::Survey;
use super::table::Name;

pub use super::search::Search;

/// Which record a command is about, as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Of {
    /// The one in context: `it`, or nothing.
    It,
    /// The last message of the one in context: `M`.
    LastMessage,
    /// The one of that number.
    Number(ShortNumber),
    /// The customer with that address.
    Mail(String),
    /// Whoever is called so.
    Named(String),
    /// Exactly this one: what buttons write for records without a short number.
    Exact(RecordRef),
}

/// What to change about a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskChange {
    /// It is done.
    Done,
    /// It is due at another time: the words for it.
    Due(String),
}

/// Which tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// The asker's.
    Mine,
    /// Everybody's.
    Team,
    /// Everybody's that are late.
    Overdue,
    /// The asker's that are due by the end of today, late ones too.
    Today,
    /// The asker's that are due tomorrow.
    Tomorrow,
    /// The asker's that are due by the end of the week, late ones too.
    Week,
}

/// What to change about a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TicketChange {
    /// It is settled; why, if that was said.
    Close(String),
    /// It is not settled after all.
    Reopen,
    /// Somebody else looks after it: their name.
    Assign(String),
    /// The asker looks after it.
    Take,
    /// How soon it wants care.
    Prioritise(Priority),
}

/// Which tickets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queue {
    /// The asker's that are not closed.
    Mine,
    /// All that are not closed.
    Open,
    /// Those that nobody looks after.
    Unassigned,
    /// Closed ones too.
    All,
}

/// What to take back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undoing {
    /// The asker's last act.
    Last,
    /// So many of the asker's acts, the last first.
    Times(usize),
    /// The last act on a record, whoever's.
    Record(Of),
    /// This act: what buttons write.
    Act(Id),
}

/// A command as it was understood. Its text ([`fmt::Display`]) is a command again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Search.
    Find(Search),
    /// See one record.
    Show(Of),
    /// See one record as it was.
    ShowAsOf {
        /// Which record.
        of: Of,
        /// The words for the time.
        at: String,
    },
    /// See what happened with a customer.
    Timeline {
        /// With whom.
        of: Of,
        /// From when on.
        since: Option<String>,
        /// Which page, from 1, the latest.
        page: usize,
    },
    /// See what was done to a record.
    History {
        /// To which.
        of: Of,
        /// Which page, from 1, the latest.
        page: usize,
    },
    /// Write something down.
    Note {
        /// About which record.
        of: Of,
        /// What; empty to be asked for it.
        text: String,
    },
    /// Draft an answer to a customer.
    Reply {
        /// To whom, or in which conversation.
        of: Of,
        /// What to say; empty to be asked for it.
        text: String,
    },
    /// Draft the answer to an invitation.
    Rsvp {
        /// To which message, or whose last invitation.
        of: Of,
        /// Whether the colleague comes: accepted, declined or tentative.
        attendance: Attendance,
        /// What to say beside; empty for the usual words.
        text: String,
    },
    /// Let a file go with the draft: its path.
    Attach(String),
    /// Look after a customer and their conversation.
    Claim(Of),
    /// Have the files that came with a mail, or from a customer.
    Files(Of),
    /// Make a customer of somebody who took part in a mail: what buttons write.
    Meet {
        /// Their address's record.
        identity: Id,
        /// The company that they are of.
        company: Option<Id>,
    },
    /// Go on with a draft: what buttons write.
    Draft(DraftStep),
    /// Have a language model write.
    Compose(Compose),
    /// Make a task. The words hold time, colleague and record too.
    Task(String),
    /// Change a task.
    ChangeTask(Of, TaskChange),
    /// List tasks: which, and which page of them.
    Tasks(Whose, usize),
    /// Open a ticket.
    OpenTicket {
        /// For which customer.
        of: Of,
        /// How soon.
        priority: Priority,
        /// What is wrong; empty to be asked for it.
        text: String,
    },
    /// Change a ticket.
    ChangeTicket(Of, TicketChange),
    /// List tickets: which, and which page of them.
    Tickets(Queue, usize),
    /// Move a deal, or say where a customer stands.
    Stage {
        /// Which deal or customer.
        of: Of,
        /// The stage, and perhaps a reason.
        words: String,
    },
    /// Make one record of two customers or companies.
    Merge {
        /// The one that stays.
        kept: Of,
        /// The one that becomes part of it.
        merged: Of,
    },
    /// Take a merged record off again.
    Split(Of),
    /// See how things stand: over which period, empty for a day.
    Digest(String),
    /// Learn the reason of something.
    Why(Of),
    /// Say what a message should have been read as.
    Correct {
        /// Which message, or the customer whose last one it is.
        of: Of,
        /// The intents, the mood, the urgency.
        words: String,
    },
    /// Take something back.
    Undo(Undoing),
    /// Learn the commands, or one of them.
    Help(Option<String>),
    /// Something about oneself.
    Own(Own),
    /// How things stand.
    Survey(Survey),
    /// Something about the service or the law.
    Govern(Govern),
    /// Keep the records.
    Keep(Keep),
}

impl Command {
    /// Returns which command it is.
    pub fn name(&self) -> Name {
        match self {
            Self::Find(_) => Name::Find,
            Self::Show(_) | Self::ShowAsOf { .. } => Name::Show,
            Self::Timeline { .. } => Name::Timeline,
            Self::History { .. } => Name::History,
            Self::Note { .. } => Name::Note,
            Self::Reply { .. } | Self::Draft(_) => Name::Reply,
            Self::Rsvp { .. } => Name::Rsvp,
            Self::Attach(_) => Name::Attach,
            Self::Claim(_) => Name::Claim,
            Self::Files(_) => Name::Files,
            Self::Meet { .. } => Name::Meet,
            Self::Task(_) | Self::ChangeTask(..) => Name::Task,
            Self::Tasks(..) => Name::Tasks,
            Self::OpenTicket { .. } | Self::ChangeTicket(..) => Name::Ticket,
            Self::Tickets(..) => Name::Tickets,
            Self::Stage { .. } => Name::Stage,
            Self::Merge { .. } => Name::Merge,
            Self::Split(_) => Name::Split,
            Self::Digest(_) => Name::Digest,
            Self::Why(_) => Name::Why,
            Self::Correct { .. } => Name::Correct,
            Self::Undo(_) => Name::Undo,
            Self::Help(_) => Name::Help,
            Self::Own(own) => own.name(),
            Self::Survey(survey) => survey.name(),
            Self::Compose(compose) => compose.name(),
            Self::Govern(govern) => govern.name(),
            Self::Keep(keep) => keep.name(),
        }
    }

    /// Tells whether it says that the asker is sure.
    pub(super) fn is_sure(&self) -> bool {
        match self {
            Self::Govern(govern) => govern.is_sure(),
            other => matches!(other, Self::Own(Own::Unlink { sure: true, .. })),
        }
    }

    /// Returns the least role that may do it.
    pub fn role(&self) -> Role {
        match self {
            Self::Note { .. }
            | Self::Reply { .. }
            | Self::Draft(_)
            | Self::Rsvp { .. }
            | Self::Attach(_)
            | Self::Claim(_)
            | Self::Meet { .. }
            | Self::Task(_)
            | Self::ChangeTask(..)
            | Self::OpenTicket { .. }
            | Self::ChangeTicket(..)
            | Self::Stage { .. }
            | Self::Merge { .. }
            | Self::Split(_)
            | Self::Correct { .. }
            | Self::Undo(_) => Role::Rep,
            Self::Compose(compose) => compose.role(),
            Self::Govern(govern) => govern.role(),
            Self::Keep(keep) => keep.role(),
            _ => self.name().spec().role,
        }
    }

    /// Tells whether nothing is changed by it, so that it may be done for words that were perhaps not
    /// meant as a command.
    pub(super) fn only_reads(&self) -> bool {
        match self {
            Self::Own(own) => own.only_reads(),
            other => other.role() == Role::Viewer,
        }
    }

    /// Returns which record it is about, if it names one; of two, the first that was not found yet.
    pub(super) fn of_mut(&mut self) -> Option<&mut Of> {
        match self {
            // The record that stays is looked for first, and then stands there exactly.
            Self::Merge { kept: Of::Exact(_), merged: of } | Self::Merge { kept: of, .. } => Some(of),
            Self::Show(of)
            | Self::ShowAsOf { of, .. }
            | Self::Timeline { of, .. }
            | Self::History { of, .. }
            | Self::Note { of, .. }
            | Self::Reply { of, .. }
            | Self::Rsvp { of, .. }
            | Self::Claim(of)
            | Self::ChangeTask(of, _)
            | Self::OpenTicket { of, .. }
            | Self::ChangeTicket(of, _)
            | Self::Stage { of, .. }
            | Self::Split(of)
            | Self::Why(of)
            | Self::Correct { of, .. }
            | Self::Undo(Undoing::Record(of)) => Some(of),
            Self::Own(own) => own.of_mut(),
            Self::Survey(survey) => survey.of_mut(),
            Self::Compose(compose) => compose.of_mut(),
            Self::Govern(govern) => govern.of_mut(),
            Self::Keep(keep) => keep.of_mut(),
            _ => None,
        }
    }

    /// Returns the record that it would change as somebody saw it, so that it matters whether it was
    /// changed since.
    pub(crate) fn changes(&self) -> Option<&Of> {
        match self {
            Self::ChangeTask(of, _)
            | Self::ChangeTicket(of, _)
            | Self::Stage { of, .. }
            | Self::Claim(of) => Some(of),
            Self::Keep(keep) => keep.changes(),
            _ => None,
        }
    }

    /// Returns the same command about another record.
    pub(super) fn about(&self, record: Of) -> Self {
        let mut command = self.clone();
        if let Some(of) = command.of_mut() {
            *of = record;
        }
        command
    }
}

impl fmt::Display for Of {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::It => f.write_str("it"),
            Self::LastMessage => f.write_str("M"),
            Self::Number(ShortNumber { kind: None, number }) => number.fmt(f),
            Self::Number(number) => number.fmt(f),
            Self::Mail(text) | Self::Named(text) => f.write_str(text),
            Self::Exact(record) => write!(f, "{}:{}", record.kind, record.id),
        }
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A name ends where a colon says so.
        let colon = |of: &Of| if matches!(of, Of::Named(_)) { ":" } else { "" };
        match self {
            Self::Find(search) => search.fmt(f),
            Self::Show(of) => write!(f, "show {of}"),
            Self::ShowAsOf { of, at } => write!(f, "show {of} as of:{at}"),
            Self::History { of, page } => {
                write!(f, "history {of}")?;
                on_page(f, *page)
            }
            Self::Timeline { of, since, page } => {
                write!(f, "timeline {of}")?;
                since.iter().try_for_each(|since| write!(f, " since:{since}"))?;
                on_page(f, *page)
            }
            Self::Note { of, text } if text.is_empty() => write!(f, "note {of}{}", colon(of)),
            Self::Note { of, text } => write!(f, "note {of}{} {text}", colon(of)),
            Self::Reply { of, text } if text.is_empty() => write!(f, "reply {of}{}", colon(of)),
            Self::Reply { of, text } => write!(f, "reply {of}{} {text}", colon(of)),
            Self::Rsvp { of, attendance, text } => {
                let answer = match attendance {
                    Attendance::Accepted => "yes",
                    Attendance::Declined => "no",
                    _ => "maybe",
                };
                write!(f, "rsvp {of}{} {answer}", colon(of))?;
                if text.is_empty() { Ok(()) } else { write!(f, " {text}") }
            }
            Self::Attach(path) => write!(f, "attach {path}"),
            Self::Claim(of) => write!(f, "claim {of}"),
            Self::Files(of) => write!(f, "files {of}"),
            Self::Meet { identity, company } => {
                write!(f, "meet identity:{identity}")?;
                company.iter().try_for_each(|company| write!(f, " company:{company}"))
            }
            Self::Draft(DraftStep::Hold(id)) => write!(f, "reply act:hold:{id}"),
            Self::Draft(step) => write!(f, "reply act:{}", step.word()),
            Self::Task(words) => write!(f, "task {words}"),
            Self::ChangeTask(of, TaskChange::Done) => write!(f, "task {of} done"),
            Self::ChangeTask(of, TaskChange::Due(words)) => write!(f, "task {of} due {words}"),
            Self::Tasks(whose, page) => {
                f.write_str(match whose {
                    Whose::Mine => "tasks mine",
                    Whose::Team => "tasks team",
                    Whose::Overdue => "tasks overdue",
                    Whose::Today => "tasks today",
                    Whose::Tomorrow => "tasks tomorrow",
                    Whose::Week => "tasks week",
                })?;
                on_page(f, *page)
            }
            Self::OpenTicket { of, priority, text } => {
                write!(f, "ticket new {of}{}", colon(of))?;
                if *priority != Priority::Normal {
                    write!(f, " prio:{priority}")?;
                }
                if text.is_empty() { Ok(()) } else { write!(f, " {text}") }
            }
            Self::ChangeTicket(of, change) => match change {
                TicketChange::Close(why) if why.is_empty() => write!(f, "ticket {of} close"),
                TicketChange::Close(why) => write!(f, "ticket {of} close {why}"),
                TicketChange::Reopen => write!(f, "ticket {of} reopen"),
                TicketChange::Assign(who) => write!(f, "ticket {of} assign {who}"),
                TicketChange::Take => write!(f, "ticket {of} take"),
                TicketChange::Prioritise(priority) => write!(f, "ticket {of} prio {priority}"),
            },
            Self::Tickets(queue, page) => {
                f.write_str(match queue {
                    Queue::Mine => "tickets mine",
                    Queue::Open => "tickets open",
                    Queue::Unassigned => "tickets unassigned",
                    Queue::All => "tickets all",
                })?;
                on_page(f, *page)
            }
            Self::Stage { of, words } => write!(f, "stage {of}{} {words}", colon(of)),
            Self::Merge { kept, merged } => write!(f, "merge {kept}{} {merged}", colon(kept)),
            Self::Split(of) => write!(f, "split {of}"),
            Self::Digest(period) if period.is_empty() => f.write_str("digest"),
            Self::Digest(period) => write!(f, "digest {period}"),
            Self::Why(of) => write!(f, "why {of}"),
            Self::Correct { of, words } => write!(f, "correct {of}{} {words}", colon(of)),
            Self::Undo(Undoing::Last) => f.write_str("undo"),
            Self::Undo(Undoing::Times(n)) => write!(f, "undo last {n}"),
            Self::Undo(Undoing::Record(of)) => write!(f, "undo {of}"),
            Self::Undo(Undoing::Act(id)) => write!(f, "undo act:{id}"),
            Self::Help(None) => f.write_str("help"),
            Self::Help(Some(command)) => write!(f, "help {command}"),
            Self::Own(own) => own.fmt(f),
            Self::Survey(survey) => survey.fmt(f),
            Self::Compose(compose) => compose.fmt(f),
            Self::Govern(govern) => govern.fmt(f),
            Self::Keep(keep) => keep.fmt(f),
        }
    }
}

pub(super) fn on_page(f: &mut fmt::Formatter<'_>, page: usize) -> fmt::Result {
    if page > 1 { write!(f, " page:{page}") } else { Ok(()) }
}
