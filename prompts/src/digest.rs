//! The manager's digest: what it is made of, and its words.

use chrono_tz::Tz;
use minijinja::Value;
use rapport_model::event::{Anomaly, Goal};
use rapport_model::id::ShortNumber;
use rapport_model::money::Money;
use rapport_model::reading::{Intent, Language};
use rapport_model::record::Kind;
use rapport_model::time::{DAY, HOUR, Timestamp};

use crate::digest_view::{View, view};
use crate::locale::Context;
use crate::{PromptError, Prompts, format};

/// How things stood in a period. Plain figures and words; nothing here is localised.
#[derive(Clone, Debug, PartialEq)]
pub struct Digest {
    /// The name of the house.
    pub house: String,
    /// The name of whoever gets it.
    pub recipient: String,
    /// Whose figures these are.
    pub whose: Whose,
    /// When the period begins.
    pub from: Timestamp,
    /// When it ends, exclusive.
    pub to: Timestamp,
    /// When it is told: what is open, overdue and waiting is so at this time.
    pub at: Timestamp,
    /// The reader's zone.
    pub zone: Tz,
    /// The figures of the period.
    pub now: Figures,
    /// The same figures of the period of the same length before; `None` if there was none.
    pub before: Option<Figures>,
    /// What was written each day, oldest first; of a single day also on those before it.
    pub days: Vec<DayFigures>,
    /// What shows the days as a picture, as the `src` of an image.
    pub chart: Option<String>,
    /// What the mails wanted, most frequent first. A mail may want several things.
    pub intents: Vec<Topic>,
    /// What is open.
    pub open: Open,
    /// What is to be done next, tasks and what was promised to customers: soonest first.
    pub due: Vec<DueTask>,
    /// The open deals by stage, in the pipeline's order.
    pub pipeline: Vec<StageFigures>,
    /// How deals moved in the period.
    pub moves: Vec<Moves>,
    /// Promised times that were missed.
    pub breaches: Vec<Breach>,
    /// What people asked about what is held of them and is due next, overdue first; for managers.
    pub requests: Vec<DueRequest>,
    /// Figures that were unusual, latest first.
    pub unusual: Vec<Unusual>,
    /// Customers who are unhappy, unhappiest first.
    pub unhappy: Vec<Unhappy>,
    /// Customers who wait for an answer, longest first.
    pub waiting: Vec<Waiting>,
    /// Customers of whom nothing was heard for unusually long, longest first.
    pub silent: Vec<Silent>,
    /// Customers who praised the house.
    pub praise: Vec<Praise>,
    /// Mailings to many that ran, newest first; for managers.
    pub campaigns: Vec<CampaignRun>,
    /// What each colleague has to do and did.
    pub team: Vec<Load>,
}

/// Whose figures a digest tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Those of all that its reader sees: a search of theirs proves each.
    Seen,
    /// Those of the customers, tasks and deals that its reader looks after. If they see more than these,
    /// their searches find more.
    Own {
        /// Whether they see no more.
        sees_no_more: bool,
    },
}

/// The figures of a period.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figures {
    /// Mails by people that came in.
    pub mails_in: u32,
    /// Mails by people that went out.
    pub mails_out: u32,
    /// Mails by machines that came in.
    pub automated: u32,
    /// Mails by people that came in and are unhappy.
    pub unhappy: u32,
    /// Customers who wrote for the first time.
    pub new_customers: u32,
    /// The median time to the first answer, in microseconds; `None` if nothing was answered.
    pub first_answer: Option<i64>,
    /// The mean mood of the mails that came in, from −1 to 1; `None` if none came.
    pub mood: Option<f64>,
    /// Tickets that were opened.
    pub tickets_opened: u32,
    /// Tickets that were closed.
    pub tickets_closed: u32,
    /// Follow-ups that went out.
    pub follow_ups: u32,
}

/// What was written on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayFigures {
    /// When the day begins.
    pub day: Timestamp,
    /// Mails by people that came in.
    pub mails_in: u32,
    /// Those of them that are unhappy.
    pub unhappy: u32,
    /// Mails by people that went out.
    pub mails_out: u32,
}

/// What mails wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Topic {
    /// What.
    pub intent: Intent,
    /// How many mails.
    pub n: u32,
    /// How many in the period before, if there was one.
    pub before: Option<u32>,
}

/// What is open when a digest is told.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Open {
    /// Tickets.
    pub tickets: u32,
    /// Those of them that were put out of sight for a while.
    pub snoozed: u32,
    /// The ticket that has been open longest.
    pub oldest: Option<OldestTicket>,
    /// Tasks.
    pub tasks: u32,
    /// Those of them that are overdue.
    pub overdue: u32,
    /// Deals.
    pub deals: u32,
}

/// The ticket that has been open longest.
#[derive(Clone, Debug, PartialEq)]
pub struct OldestTicket {
    /// Its short number.
    pub number: ShortNumber,
    /// Its title.
    pub title: String,
    /// Since when it has been open.
    pub since: Timestamp,
}

/// Something that is to be done: a task, or what was promised to a customer.
#[derive(Clone, Debug, PartialEq)]
pub struct DueTask {
    /// The short number of the task or of the customer.
    pub number: ShortNumber,
    /// What.
    pub title: String,
    /// Until when.
    pub due: Timestamp,
    /// By whom; empty if by nobody.
    pub owner: String,
}

/// The open deals in a stage.
#[derive(Clone, Debug, PartialEq)]
pub struct StageFigures {
    /// The stage's name.
    pub stage: String,
    /// How many deals.
    pub n: u32,
    /// What they are worth, one total a currency.
    pub totals: Vec<Money>,
}

/// Deals that moved the same way.
#[derive(Clone, Debug, PartialEq)]
pub struct Moves {
    /// Which way.
    pub way: Way,
    /// How many.
    pub n: u32,
    /// What they are worth, one total a currency.
    pub totals: Vec<Money>,
    /// How many in the period before, if there was one.
    pub before: Option<u32>,
}

/// Which way a deal moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// It was made.
    New,
    /// To a later stage.
    Forward,
    /// To an earlier one.
    Back,
    /// It was won.
    Won,
    /// It was lost.
    Lost,
}

/// A promised time that was missed.
#[derive(Clone, Debug, PartialEq)]
pub struct Breach {
    /// The short number of the ticket or customer.
    pub number: ShortNumber,
    /// The name or title.
    pub name: String,
    /// What was promised.
    pub goal: Goal,
    /// By how much business time it was missed so far, in microseconds.
    pub late_by: i64,
}

/// What somebody asked about what is held of them, and is to be answered soon.
#[derive(Clone, Debug, PartialEq)]
pub struct DueRequest {
    /// Its short number.
    pub number: ShortNumber,
    /// Who asked.
    pub name: String,
    /// How many days are left; below zero when it is overdue.
    pub days_left: i64,
}

/// A figure that was unusual on a day.
#[derive(Clone, Debug, PartialEq)]
pub struct Unusual {
    /// The day.
    pub at: Timestamp,
    /// The figure.
    pub anomaly: Anomaly,
}

/// A customer who is unhappy.
#[derive(Clone, Debug, PartialEq)]
pub struct Unhappy {
    /// Their short number.
    pub number: ShortNumber,
    /// Their name.
    pub name: String,
    /// Their mood, from −1 to 1.
    pub mood: f64,
    /// What they last wrote, with links and mentions made harmless.
    pub excerpt: String,
    /// The words that spoke for it.
    pub why: Vec<String>,
}

/// A customer who waits for an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiting {
    /// Their short number.
    pub number: ShortNumber,
    /// Their name.
    pub name: String,
    /// The subject they wrote about.
    pub subject: String,
    /// Since when they wait.
    pub since: Timestamp,
}

/// A customer of whom nothing was heard for unusually long.
#[derive(Clone, Debug, PartialEq)]
pub struct Silent {
    /// Their short number.
    pub number: ShortNumber,
    /// Their name.
    pub name: String,
    /// When they last wrote.
    pub since: Timestamp,
    /// How long usually lies between their mails, in microseconds; `None` where they wrote once.
    pub usual: Option<i64>,
    /// Who looks after them; empty if nobody does.
    pub owner: String,
}

/// A customer who praised the house.
#[derive(Clone, Debug, PartialEq)]
pub struct Praise {
    /// Their short number.
    pub number: ShortNumber,
    /// Their name.
    pub name: String,
    /// What they wrote, with links and mentions made harmless.
    pub excerpt: String,
}

/// A mailing to many that ran.
#[derive(Clone, Debug, PartialEq)]
pub struct CampaignRun {
    /// Its short number.
    pub number: ShortNumber,
    /// What it is called.
    pub name: String,
    /// Mails that have left so far.
    pub sent: i64,
    /// Who answered so far.
    pub replied: i64,
}

/// What a colleague has to do and did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Load {
    /// Their name.
    pub name: String,
    /// How many tickets they have open.
    pub tickets: u32,
    /// How many tasks they have open.
    pub tasks: u32,
    /// How many of those are overdue.
    pub overdue: u32,
    /// How many deals they have open.
    pub deals: u32,
    /// How many mails they wrote in the period.
    pub answered: u32,
    /// How many in the period before, if there was one.
    pub answered_before: Option<u32>,
    /// The median time to their first answers, in microseconds; `None` if they gave none.
    pub first_answer: Option<i64>,
}

/// A digest in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DigestText {
    /// One line.
    pub subject: String,
    /// For terminals, and for mail programs that show no HTML.
    pub text: String,
    /// For mail: self-contained, at most 600 pixels wide, good on a telephone.
    pub html: String,
    /// For chats: the essence, in at most [`CARD_UNITS_MAX`] UTF-16 units.
    pub card: String,
    /// What stands beside that in a chat, as HTML: the picture, and a link for each command.
    pub beside: String,
    /// What the picture shows, for who does not see it.
    pub alt: String,
    /// What can be looked at from there: labels and commands, at most five.
    pub drills: Vec<(String, String)>,
    /// Commands with the number that each proves.
    pub proofs: Vec<(String, u32)>,
}

/// The length of a digest in a chat, in UTF-16 units: what Telegram takes below a picture, less the subject.
pub const CARD_UNITS_MAX: usize = 800;

impl Digest {
    /// Tells whether there is nothing to say: nothing came, moved, waits, or is due.
    pub fn is_quiet(&self) -> bool {
        let Figures { mails_in, mails_out, automated, new_customers, .. } = self.now;
        let done = [self.now.tickets_opened, self.now.tickets_closed, self.now.follow_ups];
        let counts = [mails_in, mails_out, automated, new_customers];
        counts.iter().chain(&done).chain(&[self.open.tickets, self.open.tasks]).all(|n| *n == 0)
            && self.moves.is_empty()
            && self.breaches.is_empty()
            && self.requests.is_empty()
            && self.unusual.is_empty()
            && self.unhappy.is_empty()
            && self.waiting.is_empty()
            && self.silent.is_empty()
            && self.praise.is_empty()
            && self.campaigns.is_empty()
    }
}

impl Prompts {
    /// Says a digest: its subject, as text, as HTML, and for chats. One line if there is nothing to say.
    pub fn digest(&self, language: Language, digest: &Digest) -> DigestText {
        let view = view(self, language, digest);
        let say = |layout: &str| {
            let own = self.lay_out(language, layout, &view);
            // A house's own layout may fail on values that the check did not try: then ours is used.
            own.or_else(|_| Prompts::new().lay_out(language, layout, &view)).unwrap_or_default()
        };
        DigestText {
            subject: format::one_line(&view.subject),
            text: say("digest.txt"),
            html: say("digest.html"),
            card: clipped(say("digest_card.txt").trim_end()),
            beside: if view.quiet.is_some() { String::new() } else { say("digest_card.html") },
            alt: view.chart.alt,
            drills: view.drills.into_iter().map(|drill| (drill.label, drill.command)).collect(),
            proofs: view.proofs,
        }
    }

    fn lay_out(&self, language: Language, layout: &str, view: &View) -> Result<String, PromptError> {
        let context = Context::from([("digest", Value::from_serialize(view))]);
        self.locale(language).render(&format!("layout/{layout}"), &context)
    }
}

/// Leaves out lines at the end until the rest is short enough for a chat.
fn clipped(card: &str) -> String {
    let mut lines: Vec<&str> = card.lines().collect();
    let units = |lines: &[&str]| lines.iter().map(|l| l.encode_utf16().count() + 1).sum::<usize>();
    while lines.len() > 1 && units(&lines) > CARD_UNITS_MAX {
        lines.pop();
    }
    lines.join("\n").trim_end().to_owned()
}

/// Lays out a full and a quiet digest.
///
/// # Errors
/// A layout uses what a digest does not have.
pub(crate) fn try_out(prompts: &Prompts, language: Language) -> Result<(), PromptError> {
    for digest in [sample(), quiet_sample()] {
        let view = view(prompts, language, &digest);
        for layout in ["digest.txt", "digest.html", "digest_card.txt", "digest_card.html"] {
            prompts.lay_out(language, layout, &view)?;
        }
    }
    Ok(())
}

/// Returns a digest without anything in it.
pub(crate) fn quiet_sample() -> Digest {
    let to = Timestamp::from_secs(1_773_615_600);
    Digest {
        house: "House".to_owned(),
        recipient: "Mia".to_owned(),
        whose: Whose::Seen,
        from: to.plus(-7 * DAY),
        to,
        at: to,
        zone: Tz::Europe__Berlin,
        now: Figures::default(),
        before: None,
        days: Vec::new(),
        chart: None,
        intents: Vec::new(),
        open: Open::default(),
        due: Vec::new(),
        pipeline: Vec::new(),
        moves: Vec::new(),
        breaches: Vec::new(),
        requests: Vec::new(),
        unusual: Vec::new(),
        unhappy: Vec::new(),
        waiting: Vec::new(),
        silent: Vec::new(),
        praise: Vec::new(),
        campaigns: Vec::new(),
        team: Vec::new(),
    }
}

/// Returns a digest with one of everything.
fn sample() -> Digest {
    let quiet = quiet_sample();
    let (number, words) = (ShortNumber::of(Kind::Customer, 1), || "words".to_owned());
    let money = || vec![Money::new(1, "EUR")];
    let now = Figures { mails_in: 9, mood: Some(-0.2), unhappy: 4, first_answer: Some(HOUR), ..quiet.now };
    let anomaly = crate::named::anomaly_sample();
    let oldest = OldestTicket { number, title: words(), since: quiet.from };
    Digest {
        now,
        before: Some(quiet.now),
        days: vec![DayFigures { day: quiet.from, mails_in: 9, unhappy: 4, mails_out: 1 }],
        chart: Some(words()),
        intents: vec![Topic { intent: Intent::Other, n: 9, before: Some(1) }],
        open: Open { tickets: 1, oldest: Some(oldest), tasks: 2, overdue: 1, deals: 1, snoozed: 0 },
        due: vec![DueTask { number, title: words(), due: quiet.to, owner: words() }],
        pipeline: vec![StageFigures { stage: words(), n: 1, totals: money() }],
        moves: vec![Moves { way: Way::Won, n: 1, totals: money(), before: Some(1) }],
        breaches: vec![Breach { number, name: words(), goal: Goal::Resolution, late_by: HOUR }],
        requests: vec![DueRequest { number, name: words(), days_left: 3 }],
        unusual: vec![Unusual { at: quiet.from, anomaly }],
        unhappy: vec![Unhappy { number, name: words(), mood: -0.5, excerpt: words(), why: vec![words()] }],
        waiting: vec![Waiting { number, name: words(), subject: words(), since: quiet.from }],
        silent: vec![Silent { number, name: words(), since: quiet.from, usual: Some(DAY), owner: words() }],
        praise: vec![Praise { number, name: words(), excerpt: words() }],
        campaigns: vec![CampaignRun { number, name: words(), sent: 9, replied: 1 }],
        team: vec![Load { name: words(), tickets: 1, answered_before: Some(1), ..Load::default() }],
        ..quiet
    }
}
