//! What an event says: the records as they are when it leaves. So it is never about somebody who was
//! erased meanwhile, and nothing that people wrote waits in the outbox.

use rapport_model::fields::{self, Type};
use rapport_model::hook::HookEvent;
use rapport_model::job::Outbound;
use rapport_model::{Id, Kind, Record, RecordRef, Timestamp};
use rapport_storage::StorageError;
use serde_json::{Map, Value, json};

use crate::app::App;

/// The version of what is said; it rises when something is said otherwise than before.
const VERSION: u32 = 1;
/// Fields that are no business of other programs: how it is kept, and what an own table has.
const LEFT_OUT: &[&str] = &["attrs", "thread", "message", "merged_into"];

/// Returns the id by which an event is known, however often it is sent.
pub(super) fn event_id(message: &Outbound) -> String {
    format!("evt_{}", message.id)
}

impl App {
    /// Writes an event as JSON.
    ///
    /// # Errors
    /// The store failed.
    pub(super) async fn event_body(&self, message: &Outbound) -> Result<String, StorageError> {
        // What was sealed for somebody who was erased opens as nothing.
        let mut more: Map<String, Value> = serde_json::from_str(&message.body).unwrap_or_default();
        let at = more.remove("at").and_then(|at| at.as_i64()).map(Timestamp::from_micros);
        let mut data = more;
        match message.about {
            Some(RecordRef { kind: Kind::Message, id }) => self.say_message(id, &mut data).await?,
            Some(about) => self.say_record(about, &mut data).await?,
            None => {}
        }
        let body = json!({
            "type": message.text,
            "version": VERSION,
            "id": event_id(message),
            "timestamp": at.unwrap_or(message.send_at).to_string(),
            "data": data,
        });
        Ok(body.to_string())
    }

    /// Says a record under the name of its kind, and the customer that it is about.
    async fn say_record(&self, about: RecordRef, data: &mut Map<String, Value>) -> Result<(), StorageError> {
        let Some(record) = self.store().record(about).await? else {
            data.insert(about.kind.name().into(), json!({ "erased": true }));
            return Ok(());
        };
        let said = self.said(&record).await?;
        data.insert(about.kind.name().into(), said);
        let customer = record.get("customer").id().filter(|_| about.kind != Kind::Customer);
        self.say_customer(customer, data).await
    }

    async fn say_customer(
        &self,
        customer: Option<Id>,
        data: &mut Map<String, Value>,
    ) -> Result<(), StorageError> {
        let Some(customer) = customer else { return Ok(()) };
        let customer = self.store().merged_into(RecordRef::new(Kind::Customer, customer)).await?;
        if let Some(record) = self.store().record(customer).await? {
            data.insert("customer".into(), self.said(&record).await?);
        }
        Ok(())
    }

    /// Says of a message what it is and how it was read, and nothing that stands in it but the subject.
    async fn say_message(&self, id: Id, data: &mut Map<String, Value>) -> Result<(), StorageError> {
        let Some(message) = self.store().message(id).await? else {
            data.insert("message".into(), json!({ "erased": true }));
            return Ok(());
        };
        let reading = message.reading.as_ref();
        let said = json!({
            "id": message.id.to_string(),
            "thread": message.thread.to_string(),
            "channel": message.channel.name(),
            "mailbox": message.account,
            "subject": message.subject,
            "received_at": message.received_at.to_string(),
            "attachments": message.n_attachments,
            "language": reading.map(|reading| reading.language.clone()),
            "intent": reading.map(|reading| reading.intent().name.name()),
            "mood": reading.map(|reading| reading.sentiment.label.name()),
            "urgent": reading.map(|reading| reading.urgent),
        });
        data.insert("message".into(), said);
        self.say_customer(message.customer, data).await
    }

    /// Returns a record's number and fields; other records in it by their numbers, colleagues by their
    /// handles.
    async fn said(&self, record: &Record) -> Result<Value, StorageError> {
        let kind = record.record.kind;
        let mut said = Map::new();
        let id = match kind.letter() {
            Some(_) => record.short().to_string(),
            None => record.record.id.to_string(),
        };
        said.insert("id".into(), id.into());
        for field in fields::fields(kind).iter().filter(|field| !LEFT_OUT.contains(&field.name)) {
            let value = record.get(field.name);
            if value.is_null() {
                continue;
            }
            let value = match field.ty {
                Type::Bool => value.int().map(|n| Value::Bool(n != 0)),
                Type::Int => value.int().map(Value::from),
                Type::Real => value.real().map(Value::from),
                Type::Time => value.time().map(|at| Value::String(at.to_string())),
                Type::Ref(Kind::User) => {
                    let user = value.id().and_then(|id| self.workflows.user(id));
                    user.map(|user| Value::String(user.handle.clone()))
                }
                Type::Ref(kind) if kind.letter().is_some() => match value.id() {
                    Some(id) => {
                        let linked = self.store().record(RecordRef::new(kind, id)).await?;
                        linked.map(|linked| Value::String(linked.short().to_string()))
                    }
                    None => None,
                },
                Type::Ref(_) => value.id().map(|id| Value::String(id.to_string())),
                // Lists and sums are kept as JSON.
                Type::Text => value.text().map(|text| match text.starts_with(['[', '{']) {
                    true => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
                    false => text.into(),
                }),
            };
            said.extend(value.map(|value| (field.name.to_owned(), value)));
        }
        if kind == Kind::Customer {
            let id = record.record.id;
            let known = self.store().identities_of(kind, &[id]).await?.remove(&id).unwrap_or_default();
            said.insert("addresses".into(), known.into());
        }
        if record.deleted {
            said.insert("deleted".into(), true.into());
        }
        Ok(Value::Object(said))
    }
}

/// Returns the event that a message tells; nothing for one of a later program.
pub(super) fn event_of(message: &Outbound) -> Option<HookEvent> {
    HookEvent::by_name(&message.text)
}
