//! Conversations and their messages: list, show.

use std::collections::HashMap;

use rapport_model::{Id, Kind, RecordRef, Timestamp, Value};
use rapport_storage::messages::Loaded;

use super::answer::Answer;
use super::call::Call;
use super::problem::Problem;
use super::types::{Attachment, Message, Party, Reading, Ref, Thread};
use super::view::numbers;

pub(super) async fn threads(call: &Call) -> Result<Answer, Problem> {
    let mut filter = call.filter().await?;
    filter.equal.push(("joined_into", Value::Null));
    call.page::<Thread>(Kind::Thread, filter).await
}

pub(super) async fn thread(call: &Call) -> Result<Answer, Problem> {
    call.show::<Thread>(Kind::Thread).await
}

pub(super) async fn messages_in(call: &Call) -> Result<Answer, Problem> {
    let thread = call.named(Kind::Thread).await?;
    page(call, Some(thread.record)).await
}

pub(super) async fn messages(call: &Call) -> Result<Answer, Problem> {
    let customer = match call.text("customer") {
        Some(text) => {
            Some(call.meant("customer", text, &[Kind::Customer]).await.map_err(Problem::malformed)?.record)
        }
        None => None,
    };
    page(call, customer).await
}

pub(super) async fn message(call: &Call) -> Result<Answer, Problem> {
    let none = || Problem::not_found("message");
    let id: Id = call.ids.first().and_then(|id| id.parse().ok()).ok_or_else(none)?;
    let found = call.store().messages(&[id]).await?;
    let shown = shown(call, found).await?.pop().ok_or_else(none)?;
    Ok(Answer::of(&shown))
}

async fn page(call: &Call, of: Option<RecordRef>) -> Result<Answer, Problem> {
    let before = call.place::<2>()?.map(|[at, id]| (Timestamp::from_micros(at), Id(id)));
    let mut found = call.store().messages_page(of, before, call.limit() + 1).await?;
    let limit = call.limit() as usize;
    let is_more = found.len() > limit;
    found.truncate(limit);
    let last = found.last().filter(|_| is_more).map(|last| [last.received_at.micros(), last.id.0]);
    let items = shown(call, found).await?;
    Ok(Answer::page(&items, last.map(|last| call.cursor(&last))))
}

async fn shown(call: &Call, messages: Vec<Loaded>) -> Result<Vec<Message>, Problem> {
    let store = call.store();
    let customers = messages.iter().filter_map(|m| m.customer).map(|id| RecordRef::new(Kind::Customer, id));
    let numbers: HashMap<RecordRef, Option<String>> = numbers(&call.desk(), customers.collect()).await?;
    let customer = |id: Id| {
        let number = numbers.get(&RecordRef::new(Kind::Customer, id))?.clone();
        Some(Ref { kind: Kind::Customer, id, number })
    };
    let mut all = Vec::with_capacity(messages.len());
    for message in messages {
        let parties = store.parties(message.id).await?.into_iter().map(|party| Party {
            role: party.role.name().to_owned(),
            name: party.name,
            address: party.address,
        });
        let attachments = store.attachments(message.id).await?.into_iter().map(|file| Attachment {
            id: file.id,
            name: file.name,
            mime: file.mime,
            bytes: file.bytes,
        });
        let author = message.author.and_then(|id| call.app.workflows.user(id));
        all.push(Message {
            id: message.id,
            thread: message.thread,
            customer: message.customer.and_then(customer),
            author: author.map(|user| user.handle.clone()),
            channel: message.channel.name().to_owned(),
            direction: message.direction,
            automation: message.automation,
            received_at: message.received_at,
            sent_at: message.sent_at,
            subject: message.subject.clone(),
            text: message.own_text().to_owned(),
            whole_text: message.body.clone(),
            parties: parties.collect(),
            attachments: attachments.collect(),
            reading: message.reading.as_ref().map(|reading| Reading {
                language: reading.language.clone(),
                intent: reading.intent().name,
                probability: reading.intent().p,
                mood: reading.sentiment.label,
                urgent: reading.urgent,
            }),
        });
    }
    Ok(all)
}
