//! All that is in a store, told so that two stores can be compared: without ids, and without
//! what the order of work decides.

use std::collections::{BTreeMap, BTreeSet};

use rapport_model::job::Recipient;
use rapport_model::message::Direction;
use rapport_model::{Actor, Id, Kind, Record, RecordRef, Timestamp, Value};
use rapport_storage::Store;
use rapport_storage::records::Filter;

const KINDS: [Kind; 7] =
    [Kind::Company, Kind::Customer, Kind::Ticket, Kind::Deal, Kind::Task, Kind::Note, Kind::Consent];

/// Tells what is in a store, part by part: records with their history, messages with what was
/// understood and what happened, what left, and what waits.
pub async fn account(store: &Store) -> BTreeMap<String, Vec<String>> {
    let mut parts = BTreeMap::new();
    let mut names = Names::default();
    for kind in KINDS {
        let all = store.list(kind, &Filter { limit: 100_000, ..Filter::default() }).await.unwrap();
        let mut lines = Vec::new();
        for record in &all {
            names.of(record);
            let history = history(store, record.record, &names).await;
            let fields = record.fields.iter().map(|(field, value)| names.said(field, value));
            lines.push(format!("{} {history}", fields.collect::<Vec<_>>().join(" ")));
        }
        // Short numbers are given in the order of work; each is given once, and none is left out.
        let numbers: BTreeSet<i64> = all.iter().map(|record| record.number).collect();
        if kind.letter().is_some() {
            lines.push(format!("numbers {:?}", (numbers.len(), numbers.first(), numbers.last())));
        }
        parts.insert(kind.name().to_owned(), lines);
        if kind == Kind::Customer {
            for customer in &all {
                let (messages, threads) = messages(store, customer).await;
                parts.entry("messages".into()).or_default().extend(messages);
                parts.entry("threads".into()).or_default().extend(threads);
            }
        }
    }
    for kind in [Kind::Thread, Kind::Message, Kind::Identity] {
        parts.insert(format!("{} count", kind.name()), vec![store.count(kind).await.unwrap().to_string()]);
    }
    // Which alerts of many are told one by one, and which together, the order of work decides; that each was
    // raised once it does not.
    let alerts = store.alert_times(Timestamp::from_secs(0)).await.unwrap();
    let raised = alerts.iter().map(|((_, text), times)| format!("{text} {}", times.len()));
    parts.insert("alerts".into(), raised.collect());
    let is_alert = |text: &str| text.starts_with("alert_") || alerts.keys().any(|(_, known)| known == text);
    let outbox = store.outbox(100_000).await.unwrap();
    let left = outbox.iter().filter(|(message, _)| !is_alert(&message.text)).map(|(message, state)| {
        let to = match message.to {
            Recipient::Customer(id) => names.0.get(&id).cloned().unwrap_or_default(),
            Recipient::User(_) | Recipient::Chat(_) => "a colleague".into(),
        };
        let said = format!("{} {}", message.subject, message.body);
        format!("{to} {} {state} {}", message.text, said.split(' ').map(bare).collect::<Vec<_>>().join(" "))
    });
    parts.insert("outbox".into(), left.collect());
    parts.insert("jobs".into(), vec![format!("{:?}", store.job_counts().await.unwrap())]);
    parts.values_mut().for_each(|lines| lines.sort());
    parts
}

/// Returns a word without the number of a ticket: they are numbered in the order of work.
fn bare(word: &str) -> &str {
    let number = word.strip_prefix('T').filter(|number| number.starts_with(|c: char| c.is_ascii_digit()));
    if number.is_some() { "T" } else { word }
}

/// Checks that two stores tell the same of a part; shows where they differ.
pub fn assert_same(part: &str, one: &[String], other: &[String]) {
    let (missing, surplus) = (without(one, other), without(other, one));
    assert!(missing.is_empty() && surplus.is_empty(), "{part}: missing {missing:#?}, surplus {surplus:#?}");
}

/// Returns the first lines that are here and not there, each as often.
fn without(here: &[String], there: &[String]) -> Vec<String> {
    let mut rest: Vec<&String> = there.iter().collect();
    let mut is_there =
        |line: &String| rest.iter().position(|other| *other == line).map(|at| rest.swap_remove(at)).is_some();
    here.iter().filter(|line| !is_there(line)).take(3).cloned().collect()
}

/// What people call customers and companies, by id.
#[derive(Default)]
struct Names(BTreeMap<Id, String>);

impl Names {
    fn of(&mut self, record: &Record) {
        // These are numbered as their mails arrived.
        if matches!(record.record.kind, Kind::Customer | Kind::Company) {
            self.0.insert(record.record.id, record.short().to_string());
        }
    }

    fn said(&self, field: &str, value: &Value) -> String {
        match (field, value.int()) {
            ("customer" | "company", Some(id)) => {
                format!("{field}={}", self.0.get(&Id(id)).cloned().unwrap_or_default())
            }
            ("deal" | "thread" | "message" | "pipeline" | "owner" | "author" | "ticket", Some(_)) => {
                format!("{field}=set")
            }
            _ => format!("{field}={value:?}"),
        }
    }
}

/// What was done to a record: by whom, and from what to what.
async fn history(store: &Store, record: RecordRef, names: &Names) -> String {
    let mut all: Vec<String> = Vec::new();
    for entry in store.history(record).await.unwrap() {
        let by = match &entry.act.actor {
            Actor::User(_) => "colleague".to_owned(),
            actor => actor.to_string(),
        };
        let fields = entry.change.fields.iter().map(|field| {
            format!(
                "{} → {}",
                names.said(&field.field, &field.before),
                names.said(&field.field, &field.after)
            )
        });
        all.push(format!("[{by} {} {}]", entry.change.op.name(), fields.collect::<Vec<_>>().join(", ")));
    }
    all.sort();
    all.concat()
}

/// The messages of a customer, and their conversations, each with what happened there.
async fn messages(store: &Store, customer: &Record) -> (Vec<String>, Vec<String>) {
    let (mut messages, mut threads) = (Vec::new(), BTreeSet::new());
    for message in store.messages_of(customer.record.id, 1_000).await.unwrap() {
        let events = events(store, RecordRef::new(Kind::Message, message.id)).await;
        let reading = message.reading.map(|reading| (reading.language, reading.intents, reading.urgent));
        // A letter that the service wrote is called by an id.
        let by_service = message.direction == Direction::Out && message.author.is_none();
        let called = if by_service { "a letter of the service" } else { &message.message_id };
        messages.push(format!("{} {called} {reading:?} {events:?}", customer.short()));
        threads.insert(message.thread);
    }
    let mut lines = Vec::new();
    for thread in threads {
        let events = events(store, RecordRef::new(Kind::Thread, thread)).await;
        lines.push(format!("{} {events:?}", customer.short()));
    }
    (messages, lines)
}

async fn events(store: &Store, about: RecordRef) -> Vec<&'static str> {
    store.events_about(about).await.unwrap().iter().map(|event| event.what.name()).collect()
}
