//! What is said and done around a mail: readings, events, jobs, letters.

use rapport_model::consent::Purpose;
use rapport_model::event::{Against, Anomaly, Event, Figure, What};
use rapport_model::job::{NewJob, Outbound, Recipient, Task};
use rapport_model::message::ChannelKind;
use rapport_model::reading::{Intent, IntentScore, Mood, Reading, Sentiment};
use rapport_model::{Id, Timestamp};
use rapport_storage::ingest::Fate;

use super::House;

/// A mail that was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    pub message: Id,
    pub thread: Id,
    pub customer: Option<Id>,
}

/// The mail was kept.
pub fn kept(fate: Fate) -> Kept {
    match fate {
        Fate::Kept { message, thread, customer, .. } => Kept { message, thread, customer },
        other => panic!("{other:?}"),
    }
}

pub fn reading(intent: Intent, mood: Mood, score: f32) -> Reading {
    Reading {
        language: "en".into(),
        intents: vec![IntentScore { name: intent, p: 0.75 }],
        sentiment: Sentiment { label: mood, score, mixed: false },
        urgent: false,
        entities: Vec::new(),
        promises: Vec::new(),
        fulfils: false,
        rights: Vec::new(),
        law: None,
        questions: Vec::new(),
        why: Vec::new(),
        engine: "linear-1".into(),
    }
}

/// An unusual number of mails.
pub fn event(house: &House) -> Event {
    let what = What::Anomaly(Anomaly {
        figure: Figure::Volume,
        intent: None,
        seen: 40.0,
        usual: 12.5,
        range: (8.0, 20.0),
        since: house.now(),
        against: Against::Days,
        score: 4.25,
    });
    Event { id: house.store.new_id(), at: house.now(), about: None, cause: None, depth: 1, what }
}

/// A digest, due now.
pub fn job(house: &House, name: &str) -> NewJob {
    let task = Task::Scheduled { name: name.into(), planned: house.now() };
    NewJob { task, run_at: house.now(), idempotency_key: None, correlation: None, lane: None }
}

/// A step of a sequence in a conversation.
pub fn step(kept: Kept, at: Timestamp) -> NewJob {
    let task = Task::Step {
        sequence: "quote".into(),
        step: 1,
        thread: kept.thread,
        message: kept.message,
        cause: None,
        depth: 1,
        started: None,
        version: None,
    };
    NewJob { task, run_at: at, idempotency_key: None, correlation: Some(kept.thread), lane: None }
}

/// An automatic letter to a customer.
pub fn letter(house: &House, to: Kept, key: &str) -> Outbound {
    Outbound {
        id: house.store.new_id(),
        channel: ChannelKind::Email,
        to: Recipient::Customer(to.customer.unwrap()),
        cc: Vec::new(),
        thread: Some(to.thread),
        answers: Some(to.message),
        about: None,
        cause: Some(Id(9)),
        automatic: true,
        purpose: Some(Purpose::FollowUp),
        author: None,
        text: "follow_up".into(),
        subject: "Re: 报价".into(),
        body: "Have you had time to look at it?".into(),
        html: Some("<p>Have you?</p>".into()),
        edits: None,
        send_at: house.now(),
        idempotency_key: key.into(),
    }
}

/// A notice to a colleague.
pub fn notice(house: &House, key: &str) -> Outbound {
    let notice = Outbound::notice(house.store.new_id(), super::MIA, "alert", house.now(), key.into());
    Outbound { body: "Ann waits.".into(), ..notice }
}
