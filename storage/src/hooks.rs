//! Events for other programs, written in the commit of what they tell: nothing is lost, and nothing told
//! that was not done. What waits carries ids and what is plain; its words are made when it leaves.

use rapport_model::hook::{HookEvent, hook_number};
use rapport_model::job::Outbound;
use rapport_model::people::TicketStatus;
use rapport_model::{Act, Change, Id, Kind, Op, RecordRef, Timestamp};
use serde_json::{Value, json};

use crate::db::{Db, query};
use crate::error::StorageError;
use crate::open::{Inner, Store, lock};
use crate::outbox;

/// Who is told of what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// The webhook's name in the configuration.
    pub hook: String,
    /// Of which events.
    pub events: Vec<HookEvent>,
}

impl Store {
    /// Has these told from now on of what is committed through this process.
    pub fn subscribe(&self, all: Vec<Subscription>) {
        *lock(&self.inner.subscriptions) = all.into();
    }

    /// Returns up to `limit` of what is due to leave for a webhook, the oldest first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn due_for_hook(&self, hook: &str, limit: u32) -> Result<Vec<Id>, StorageError> {
        let sql = "SELECT id FROM outbox WHERE channel = 'webhook' AND to_chat = $1
                   AND ((state = 'pending' AND send_at_us <= $2) OR (state = 'sending' AND lease_us <= $2))
                   ORDER BY send_at_us, id LIMIT $3";
        let due = query("look what waits for a webhook", sql).bind(hook_number(hook));
        let ids: Vec<i64> = due.bind(self.inner.clock.now()).bind(limit).values(&self.inner.read).await?;
        Ok(ids.into_iter().map(Id).collect())
    }

    /// Lists the last `limit` deliveries to a webhook, or to all of them, newest first.
    ///
    /// # Errors
    /// The store cannot be read, or a sealed value does not open.
    pub async fn hook_log(
        &self,
        hook: Option<&str>,
        limit: u32,
    ) -> Result<Vec<crate::stuck::ListedOutbound>, StorageError> {
        self.delivered_to(hook.map(hook_number), limit).await
    }

    /// Notes that whoever is at this address wants nothing more of a webhook; `None`: that they do again.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn set_hook_gone(&self, hook: &str, url: Option<&str>) -> Result<(), StorageError> {
        let (name, url) = (format!("webhook/{hook}"), url.map(|url| url.as_bytes().to_vec()));
        self.write(move |db| {
            let forget =
                query("forget that a webhook is gone", "DELETE FROM meta WHERE name = $1").bind(&name);
            let note = url.clone().map(|url| {
                let sql = "INSERT INTO meta (name, value) VALUES ($1, $2)";
                query("note that a webhook is gone", sql).bind(&name).bind(url)
            });
            Box::pin(async move {
                forget.run(&mut *db).await?;
                match note {
                    Some(note) => note.run(db).await,
                    None => Ok(()),
                }
            })
        })
        .await
    }

    /// Returns the address that wants nothing more of a webhook, if one does not.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn hook_gone(&self, hook: &str) -> Result<Option<String>, StorageError> {
        let sql = "SELECT value FROM meta WHERE name = $1";
        let row = query("look whether a webhook is gone", sql).bind(format!("webhook/{hook}"));
        let row = row.optional(&self.inner.read).await?;
        Ok(row.map(|row| String::from_utf8_lossy(&row.get::<Vec<u8>>(0)).into_owned()))
    }
}

/// Writes what acts are to be told as.
pub(crate) async fn tell_acts(
    db: &mut Db,
    inner: &Inner,
    acts: &[(Act, Vec<Change>)],
) -> Result<(), StorageError> {
    let subscriptions = lock(&inner.subscriptions).clone();
    if subscriptions.is_empty() {
        return Ok(());
    }
    let mut outbox = Vec::new();
    for (act, changes) in acts {
        for change in changes.iter().filter(|change| !change.is_empty()) {
            for (event, more) in told_as(change) {
                let key = format!("{event}/{}/{}", act.id, change.record.id);
                let told = Told { event, about: change.record, thread: None, at: act.at, more, key };
                outbox.extend(told.to(inner, &subscriptions));
            }
        }
    }
    outbox::insert(db, inner, &outbox).await
}

/// Writes what messages are to be told as: which, in which conversation, and whether they came in.
pub(crate) async fn tell_messages(
    db: &mut Db,
    inner: &Inner,
    messages: impl Iterator<Item = (Id, Id, bool)>,
) -> Result<(), StorageError> {
    let subscriptions = lock(&inner.subscriptions).clone();
    if subscriptions.is_empty() {
        return Ok(());
    }
    let mut outbox = Vec::new();
    for (id, thread, came_in) in messages {
        let event = if came_in { HookEvent::MessageReceived } else { HookEvent::MessageSent };
        let about = RecordRef::new(Kind::Message, id);
        let (at, key) = (inner.clock.now(), format!("{event}/{id}"));
        let told = Told { event, about, thread: Some(thread), at, more: json!({}), key };
        outbox.extend(told.to(inner, &subscriptions));
    }
    outbox::insert(db, inner, &outbox).await
}

/// Something to tell.
struct Told {
    event: HookEvent,
    about: RecordRef,
    thread: Option<Id>,
    at: Timestamp,
    /// What is plain and would be gone by the time that it leaves.
    more: Value,
    key: String,
}

impl Told {
    fn to(&self, inner: &Inner, subscriptions: &[Subscription]) -> Vec<Outbound> {
        let wants = |one: &&Subscription| one.events.contains(&self.event);
        let now = inner.clock.now();
        let one = |hook: &Subscription| {
            let (id, key) = (inner.ids.next(now), format!("webhook/{}/{}", hook.hook, self.key));
            let mut more = self.more.clone();
            more["at"] = self.at.micros().into();
            Outbound {
                about: Some(self.about),
                thread: self.thread,
                body: more.to_string(),
                ..Outbound::for_hook(id, &hook.hook, self.event, now, key)
            }
        };
        subscriptions.iter().filter(wants).map(one).collect()
    }
}

/// Returns what a change is told as, each with what is plain of it.
fn told_as(change: &Change) -> Vec<(HookEvent, Value)> {
    let none = || json!({});
    let created = change.op == Op::Create;
    let field = |name: &str| change.fields.iter().find(|field| field.field == name);
    match change.record.kind {
        Kind::Ticket if created => vec![(HookEvent::TicketOpened, none())],
        Kind::Ticket => match field("status").and_then(|status| status.after.text()) {
            Some(status) if status == TicketStatus::Closed.name() => vec![(HookEvent::TicketClosed, none())],
            Some(status) if status == TicketStatus::Pending.name() => {
                vec![(HookEvent::TicketAnswered, none())]
            }
            _ => Vec::new(),
        },
        Kind::Deal if created => vec![(HookEvent::DealOpened, none())],
        Kind::Deal => {
            let Some(stage) = field("stage") else { return Vec::new() };
            let (from, to) = (stage.before.text(), stage.after.text());
            let mut told = vec![(HookEvent::DealMoved, json!({ "from": from, "to": to }))];
            match to {
                Some("won") => told.push((HookEvent::DealWon, none())),
                Some("lost") => told.push((HookEvent::DealLost, none())),
                _ => {}
            }
            told
        }
        Kind::Customer if created => vec![(HookEvent::CustomerCreated, none())],
        Kind::Customer if change.op == Op::Update => {
            // What the service counts by itself is no news.
            let names: Vec<&str> = change.fields.iter().map(|field| field.field.as_str()).collect();
            let names: Vec<&str> = names.into_iter().filter(|name| !COUNTED.contains(name)).collect();
            match names.is_empty() {
                true => Vec::new(),
                false => vec![(HookEvent::CustomerChanged, json!({ "changed": names }))],
            }
        }
        Kind::Task if created => vec![(HookEvent::TaskCreated, none())],
        Kind::Task => match field("done_at") {
            Some(done) if !done.after.is_null() => vec![(HookEvent::TaskDone, none())],
            _ => Vec::new(),
        },
        Kind::Rating if created => vec![(HookEvent::RatingGiven, none())],
        _ => Vec::new(),
    }
}

/// Fields of a customer that follow from each message.
const COUNTED: &[&str] = &["mood", "first_contact", "last_in", "last_out", "n_in", "n_out"];
