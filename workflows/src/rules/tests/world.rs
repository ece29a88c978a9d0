//! What happens in a test, told in the words of the trade.

use rapport_model::action::{Audience, Deed};
use rapport_model::consent::Refusals;
use rapport_model::event::{
    Against, Anomaly, Changed, CustomerFacts, DealFacts, Event, Facts, Figure, Load, MessageFacts, Moved,
    ThreadFacts, TicketFacts, What,
};
use rapport_model::message::{Automation, ChannelKind, Direction};
use rapport_model::people::{Lifecycle, Priority, Role, Scope, TicketStatus, User};
use rapport_model::privacy::write_rights;
use rapport_model::reading::{Intent, IntentScore, Mood};
use rapport_model::time::{DAY, MINUTE};
use rapport_model::{Id, Kind, RecordRef, Timestamp};

use crate::rules::{Rules, react};

/// Wednesday, 24 November 2027, 10:00 in UTC.
pub(super) fn morning() -> Timestamp {
    Timestamp::parse("2027-11-24T10:00:00Z").unwrap()
}

/// Returns an unusual figure.
pub(super) fn anomaly(figure: &str) -> Anomaly {
    Anomaly {
        figure: Figure::by_name(figure).expect("figures have names"),
        intent: None,
        seen: 9.0,
        usual: 2.0,
        range: (1.0, 3.0),
        since: morning(),
        against: Against::Days,
        score: 5.0,
    }
}

/// What happens in a test: Ann, a new lead without an owner, writes a first mail.
#[derive(Clone)]
pub(super) struct World {
    pub(super) message: MessageFacts,
    pub(super) facts: Facts,
    pub(super) depth: u8,
    pub(super) now: Timestamp,
    /// What happens instead of the message, at that time.
    pub(super) instead: Option<(What, Timestamp)>,
}

impl World {
    pub(super) fn new() -> Self {
        let message = MessageFacts {
            message: Id(10),
            channel: ChannelKind::Email,
            direction: Direction::In,
            automation: Automation::None,
            trust: None,
            history: false,
            received_at: morning(),
            language: "en".into(),
            intents: vec![IntentScore { name: Intent::Other, p: 0.9 }],
            mood: Mood::Neutral,
            score: 0.0,
            urgent: false,
            promises: 0,
            fulfils: false,
            mentions: Vec::new(),
            products: Vec::new(),
            rights: Vec::new(),
        };
        let customer = CustomerFacts {
            id: Id(1),
            company: None,
            lifecycle: Lifecycle::Lead,
            owner: None,
            language: "en".into(),
            mood: None,
            tags: Vec::new(),
            first_contact: Some(morning()),
            last_in: Some(morning()),
            last_out: None,
            n_in: 1,
            n_out: 0,
            refusals: Refusals::default(),
            segment: None,
            restricted: false,
            asked: Vec::new(),
        };
        let thread = ThreadFacts {
            id: Id(2),
            last_in: Some(morning()),
            last_out: None,
            ticket: None,
            open_task: false,
            promises: Vec::new(),
        };
        let facts = Facts {
            customer: Some(customer),
            thread: Some(thread),
            deal: None,
            owner: None,
            team: Vec::new(),
            zone: "Europe/Berlin".into(),
            started: None,
            open: None,
            score: None,
            spent: Vec::new(),
        };
        Self { message, facts, depth: 0, now: morning().plus(MINUTE), instead: None }
    }

    pub(super) fn customer(&mut self) -> &mut CustomerFacts {
        self.facts.customer.as_mut().unwrap()
    }

    pub(super) fn thread(&mut self) -> &mut ThreadFacts {
        self.facts.thread.as_mut().unwrap()
    }

    pub(super) fn wants(&mut self, name: Intent, p: f32) {
        self.message.intents = vec![IntentScore { name, p }];
    }

    pub(super) fn has_ticket(&mut self, status: TicketStatus) {
        self.thread().ticket = Some(TicketFacts {
            id: Id(3),
            customer: Some(Id(1)),
            status,
            priority: Priority::Normal,
            owner: None,
            first_answer_at: None,
            snoozed: false,
        });
    }

    /// A colleague answers Ann's mail of the day before.
    pub(super) fn house_answers(&mut self) {
        self.message.direction = Direction::Out;
        let now = morning();
        self.thread().last_in = Some(now.plus(-DAY));
        self.thread().last_out = Some(now);
    }

    /// A step of `silence` is due, so many days after the answer of [`World::house_answers`].
    pub(super) fn step(&mut self, step: usize, days: i64) {
        self.house_answers();
        let due = morning().plus(days * DAY);
        self.now = due.plus(MINUTE);
        let what = What::Step { sequence: "silence".into(), step, thread: Id(2), message: Id(10) };
        self.facts.started = Some(morning());
        self.instead = Some((what, due));
    }

    pub(super) fn figure(&mut self, figure: &str, score: f64) {
        self.instead = Some((What::Anomaly(Anomaly { score, ..anomaly(figure) }), self.now));
    }

    /// A record was changed, by a rule if `by` names one.
    pub(super) fn changed(&mut self, kind: Kind, by: Option<&str>, fields: &[(&str, &[&str], &[&str])]) {
        let list = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
        let fields = fields.iter().map(|(field, before, after)| Moved {
            field: (*field).to_owned(),
            before: list(before),
            after: list(after),
        });
        let changed = Changed {
            record: RecordRef::new(kind, Id(4)),
            act: Id(40),
            created: false,
            by: by.map(str::to_owned),
            fields: fields.collect(),
        };
        self.instead = Some((What::Changed(changed), self.now));
    }

    pub(super) fn has_deal(&mut self, stage: &str) {
        self.facts.deal = Some(DealFacts { id: Id(5), stage: stage.into() });
    }

    pub(super) fn owned_by_mia_in(&mut self, zone: &str) {
        self.customer().owner = Some(Id(7));
        self.facts.owner = Some(User {
            id: Id(7),
            handle: "mia".into(),
            name: String::new(),
            address: None,
            role: Role::Rep,
            scope: Scope::All,
            team: String::new(),
            zone: zone.into(),
            language: String::new(),
        });
    }

    pub(super) fn event(&self) -> Event {
        let (what, at) = self.instead.clone().unwrap_or((What::Message(self.message.clone()), self.now));
        Event { id: Id(99), at, about: None, cause: None, depth: self.depth, what }
    }

    pub(super) fn react(&self, rules: &Rules) -> Vec<String> {
        let actions = react(&self.event(), &self.facts, rules, self.now);
        actions.iter().map(|a| format!("{}: {}", a.rule, show(&a.deed))).collect()
    }
}

/// A colleague of the team with so much to do.
pub(super) fn idle(user: i64, open: i64) -> Load {
    Load { user: Id(user), open, given_at: None, language: String::new() }
}

fn show(deed: &Deed) -> String {
    match deed {
        Deed::OpenTicket(priority) => format!("ticket {priority}"),
        Deed::TicketAnswered => "ticket answered".into(),
        Deed::TicketReopened => "ticket reopened".into(),
        Deed::CreateTask { text, due } => format!("{text} due {due}"),
        Deed::FollowPromises => "follow promises".into(),
        Deed::PromisesKept => "promises kept".into(),
        Deed::OpenDeal => "deal".into(),
        Deed::SetLifecycle(lifecycle) => format!("now a {lifecycle}"),
        Deed::TakeOwnership => "take ownership".into(),
        Deed::Assign(user) => format!("assign to {user}"),
        Deed::Note(text) => format!("note {text}"),
        Deed::Set { field, to, .. } => format!("{field} is {to}"),
        Deed::MoveDeal(stage) => format!("deal to {stage}"),
        Deed::Tag(tag) => format!("tag {tag}"),
        Deed::Untag(tag) => format!("untag {tag}"),
        Deed::StopSequence(sequence) => format!("stop {sequence}"),
        Deed::OptOut => "opt out".into(),
        Deed::OpenRequest(rights) => format!("request {}", write_rights(rights)),
        Deed::Notify { to, text, severity } => {
            let to = if *to == Audience::Owner { "owner" } else { "managers" };
            let loud = ["", "!", "!!!"][*severity as usize];
            format!("tell {to} {text}{loud}")
        }
        Deed::StartSequence { sequence, at } => format!("start {sequence} at {at}"),
        Deed::Write { text } => format!("write {text}"),
        Deed::Webhook(hook) => format!("tell webhook {hook}"),
        Deed::AskRating => "ask rating".into(),
        Deed::NextStep { sequence, step, at } => format!("{sequence} {step} at {at}"),
    }
}

pub(super) type Case = (&'static str, fn(&mut World), &'static [&'static str]);

pub(super) fn check(rules: &Rules, cases: &[Case]) {
    for (name, change, expected) in cases {
        let mut world = World::new();
        change(&mut world);
        assert_eq!(world.react(rules), *expected, "{name}");
    }
}
