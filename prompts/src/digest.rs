//! The manager's digest: what it is made of, and its words.

use chrono_tz::Tz;
use minijinja::Value;
use rapport_model::event::Anomaly;
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
    /// When the period begins.
    pub from: Timestamp,
    /// When it ends, exclusive.
    pub to: Timestamp,
    /// The reader's zone.
    pub zone: Tz,
    /// The figures of the period.
    pub now: Figures,
    /// The same figures of the period of the same length before; `None` if there was none.
    pub before: Option<Figures>,
    /// What the mails wanted, most frequent first.
    pub intents: Vec<(Intent, u32)>,
    /// The tickets.
    pub tickets: Tickets,
    /// How many tasks are due at the end of the period, overdue ones apart.
    pub tasks_due: u32,
    /// How many tasks are overdue.
    pub tasks_overdue: u32,
    /// How many follow-ups went out.
    pub follow_ups: u32,
    /// The open deals by stage, in the pipeline's order.
    pub pipeline: Vec<StageFigures>,
    /// Figures that were unusual, latest first.
    pub unusual: Vec<Unusual>,
    /// Customers who are unhappy, unhappiest first.
    pub unhappy: Vec<Unhappy>,
    /// Customers who wait for an answer, longest first.
    pub waiting: Vec<Waiting>,
    /// Customers who praised the house.
    pub praise: Vec<Praise>,
    /// What each colleague has to do and did.
    pub team: Vec<Load>,
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
    /// Customers who wrote for the first time.
    pub new_customers: u32,
    /// The median time to the first answer, in microseconds; `None` if nothing was answered.
    pub first_answer: Option<i64>,
    /// The mean mood of the mails that came in, from −1 to 1; `None` if none came.
    pub mood: Option<f64>,
    /// The share of unhappy mails among them, in 0..=1.
    pub negative: Option<f64>,
}

/// The tickets of a period.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tickets {
    /// How many were opened.
    pub opened: u32,
    /// How many were closed.
    pub closed: u32,
    /// How many are open at the end.
    pub open: u32,
    /// The one that has been open longest.
    pub oldest: Option<OldestTicket>,
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

/// What a colleague has to do and did.
#[derive(Clone, Debug, PartialEq)]
pub struct Load {
    /// Their name.
    pub name: String,
    /// How many tickets they have open.
    pub tickets: u32,
    /// How many tasks they have open.
    pub tasks: u32,
    /// How many mails they answered in the period.
    pub answered: u32,
}

/// A digest in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DigestText {
    /// One line.
    pub subject: String,
    /// For chats and terminals, and for mail programs that show no HTML.
    pub text: String,
    /// For mail: self-contained, at most 600 pixels wide, good on a telephone.
    pub html: String,
}

impl Digest {
    /// Tells whether there is nothing to say: nothing came, waits, or is due.
    pub fn is_quiet(&self) -> bool {
        let Figures { mails_in, mails_out, automated, new_customers, .. } = self.now;
        let counts =
            [mails_in, mails_out, automated, new_customers, self.tickets.opened, self.tickets.closed];
        let work = [self.tickets.open, self.tasks_due, self.tasks_overdue, self.follow_ups];
        counts.iter().chain(&work).all(|n| *n == 0)
            && self.unusual.is_empty()
            && self.unhappy.is_empty()
            && self.waiting.is_empty()
            && self.praise.is_empty()
    }
}

impl Prompts {
    /// Says a digest: its subject, as text, and as HTML. One line if there is nothing to say.
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
        }
    }

    fn lay_out(&self, language: Language, layout: &str, view: &View) -> Result<String, PromptError> {
        let context = Context::from([("digest", Value::from_serialize(view))]);
        self.locale(language).render(&format!("layout/{layout}"), &context)
    }
}

/// Lays out a full and a quiet digest.
///
/// # Errors
/// A layout uses what a digest does not have.
pub(crate) fn try_out(prompts: &Prompts, language: Language) -> Result<(), PromptError> {
    for digest in [sample(), quiet_sample()] {
        let view = view(prompts, language, &digest);
        prompts.lay_out(language, "digest.txt", &view)?;
        prompts.lay_out(language, "digest.html", &view)?;
    }
    Ok(())
}

/// Returns a digest without anything in it.
pub(crate) fn quiet_sample() -> Digest {
    let to = Timestamp::from_secs(1_773_615_600);
    Digest {
        house: "House".to_owned(),
        recipient: "Mia".to_owned(),
        from: to.plus(-7 * DAY),
        to,
        zone: Tz::Europe__Berlin,
        now: Figures::default(),
        before: None,
        intents: Vec::new(),
        tickets: Tickets::default(),
        tasks_due: 0,
        tasks_overdue: 0,
        follow_ups: 0,
        pipeline: Vec::new(),
        unusual: Vec::new(),
        unhappy: Vec::new(),
        waiting: Vec::new(),
        praise: Vec::new(),
        team: Vec::new(),
    }
}

/// Returns a digest with one of everything.
fn sample() -> Digest {
    let quiet = quiet_sample();
    let (number, words) = (ShortNumber::of(Kind::Customer, 1), || "words".to_owned());
    let now =
        Figures { mails_in: 9, mood: Some(-0.2), negative: Some(0.5), first_answer: Some(HOUR), ..quiet.now };
    let anomaly = Anomaly { figure: words(), today: 9, usual: 2.0, score: 5.0 };
    let oldest = OldestTicket { number, title: words(), since: quiet.from };
    Digest {
        now,
        before: Some(quiet.now),
        intents: vec![(Intent::Other, 9)],
        tickets: Tickets { opened: 1, closed: 0, open: 1, oldest: Some(oldest) },
        pipeline: vec![StageFigures { stage: words(), n: 1, totals: vec![Money::new(1, "EUR")] }],
        unusual: vec![Unusual { at: quiet.from, anomaly }],
        unhappy: vec![Unhappy { number, name: words(), mood: -0.5, excerpt: words(), why: vec![words()] }],
        waiting: vec![Waiting { number, name: words(), subject: words(), since: quiet.from }],
        praise: vec![Praise { number, name: words(), excerpt: words() }],
        team: vec![Load { name: words(), tickets: 1, tasks: 1, answered: 1 }],
        ..quiet
    }
}
