//! What an answer shows of customers, so that it is known who looked.

use rapport_model::reads::{ReadWay, ReadWhat, Reader};
use rapport_model::{Id, Kind, RecordRef};
use serde_json::Value;

use super::call::Call;

/// What an operation shows.
enum Shows {
    /// One record.
    One(Kind, ReadWhat),
    /// Whole records of a kind, one by one.
    Each(Kind, ReadWhat),
    /// Lines of results, each with its customer.
    Results,
    /// A list of which only the length is kept.
    List,
}

fn shows(operation: &str) -> Option<Shows> {
    use ReadWhat::{Card, Message, Thread};
    Some(match operation {
        "get_customer" => Shows::One(Kind::Customer, Card),
        "get_deal" => Shows::One(Kind::Deal, Card),
        "get_task" => Shows::One(Kind::Task, Card),
        "get_ticket" => Shows::One(Kind::Ticket, Card),
        "get_note" => Shows::One(Kind::Note, Card),
        "get_thread" => Shows::One(Kind::Thread, Thread),
        "get_message" => Shows::One(Kind::Message, Message),
        "list_messages" | "list_thread_messages" => Shows::Each(Kind::Message, Message),
        "list_notes" => Shows::Each(Kind::Note, Card),
        "search" => Shows::Results,
        "list_customers" | "list_deals" | "list_tasks" | "list_tickets" | "list_threads" => Shows::List,
        _ => return None,
    })
}

/// Notes that the caller is shown a record. Returns at once.
pub(super) fn saw(call: &Call, what: ReadWhat, record: RecordRef) {
    call.store().note_read(reader(call), ReadWay::Api, what, record);
}

fn reader(call: &Call) -> Reader {
    Reader { user: call.caller.user.id, token: call.caller.token.number }
}

/// Notes what an answer shows; of histories that is noted where they are read. Returns at once.
pub(super) fn note_reads(call: &Call, body: &Value) {
    let Some(shows) = shows(call.operation.id) else { return };
    let note = |what, record| saw(call, what, record);
    let items = || body["items"].as_array().into_iter().flatten();
    match shows {
        Shows::One(kind, what) => {
            if let Some(id) = id(&body["id"]) {
                note(what, RecordRef::new(kind, id));
            }
        }
        Shows::Each(kind, what) => {
            items().filter_map(|item| id(&item["id"])).for_each(|id| note(what, RecordRef::new(kind, id)));
        }
        Shows::Results => items()
            .filter_map(|item| id(&item["customer"]["id"]).or_else(|| customer(&item["record"])))
            .for_each(|id| note(ReadWhat::Found, RecordRef::new(Kind::Customer, id))),
        Shows::List => call.store().note_list(reader(call), ReadWay::Api, items().count()),
    }
}

fn customer(record: &Value) -> Option<Id> {
    id(&record["id"]).filter(|_| record["kind"] == Kind::Customer.name())
}

fn id(value: &Value) -> Option<Id> {
    serde_json::from_value(value.clone()).ok()
}
