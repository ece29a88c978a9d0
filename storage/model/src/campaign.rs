//! Campaigns: mails to many, each of whom said yes to such mail.

use crate::Id;
use crate::people::{CustomerSegment, Lifecycle};
use crate::time::Timestamp;

crate::named! {
    /// Where a campaign stands.
    pub enum CampaignState {
        /// Nobody was written to yet.
        Draft = "draft",
        /// Its recipients are found, and written to.
        Running = "running",
        /// A colleague ended it before all were written to.
        Stopped = "stopped",
        /// All were written to.
        Done = "done",
    }
}

crate::named! {
    /// Which of a campaign's texts somebody gets.
    pub enum Variant {
        /// The first.
        A = "a",
        /// The second, where there are two.
        B = "b",
    }
}

crate::named! {
    /// Why somebody of the segment is not written to.
    pub enum LeftOut {
        /// They were merged into another, erased or taken away.
        Gone = "gone",
        /// What is held of them may only be kept.
        Restricted = "restricted",
        /// They were given up as a customer.
        Lost = "lost",
        /// They want no news, or no automatic mail at all.
        Refused = "refused",
        /// They never said yes to news.
        NeverAsked = "never_asked",
        /// No e-mail address of theirs is known.
        NoAddress = "no_address",
        /// The last mail to them came back for good, and they have not written since.
        Bounced = "bounced",
        /// They got another mailing too lately.
        TooSoon = "too_soon",
    }
}

/// Customers as far as plain fields tell them apart: those who fit all of it. An empty one is everybody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Segment {
    /// They have all of these tags.
    pub tags: Vec<String>,
    /// And none of these.
    pub without_tags: Vec<String>,
    /// They stand at one of these; anywhere if there are none.
    pub lifecycles: Vec<Lifecycle>,
    /// They are of one of these sorts; of any or none if there are none.
    pub segments: Vec<CustomerSegment>,
    /// One of these looks after them; whoever it is if there are none.
    pub owners: Vec<Id>,
    /// They write in one of these languages, by ISO 639-1 codes; whatever it is if there are none.
    pub languages: Vec<String>,
    /// Nothing came from them or went to them since then.
    pub silent_since: Option<Timestamp>,
    /// Something came from them or went to them since then.
    pub active_since: Option<Timestamp>,
}

/// A customer of a segment as far as it matters whether a campaign writes to them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The customer.
    pub id: Id,
    /// Whether they were merged into another, erased or taken away.
    pub gone: bool,
    /// Whether what is held of them may only be kept.
    pub restricted: bool,
    /// Where they stand.
    pub lifecycle: Option<Lifecycle>,
    /// What they said about automatic mail.
    pub refusals: crate::consent::Refusals,
    /// Whether an e-mail address of theirs is known.
    pub has_address: bool,
    /// When they last got a mailing that left or is about to.
    pub last_mailing: Option<Timestamp>,
    /// Whether a mail to them came back for good, and they have not written since.
    pub bounced: bool,
}

/// What became of a campaign with one of its texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Who was to get it.
    pub recipients: i64,
    /// Who waits for it still.
    pub waiting: i64,
    /// Who did not get it after all.
    pub left_out: i64,
    /// What left.
    pub sent: i64,
    /// Of that, what the server took and did not send back within the time that servers try.
    pub delivered: i64,
    /// Of that, what came back.
    pub bounced: i64,
    /// What no server took.
    pub failed: i64,
    /// Who wrote in the conversation afterwards.
    pub replied: i64,
    /// Who wanted no news or no automatic mail afterwards, without a complaint.
    pub unsubscribed: i64,
    /// Who reported it as spam.
    pub complained: i64,
    /// With whom a deal was won afterwards.
    pub won: i64,
}
