//! Telegram's Bot API over a real socket: as strict as the real one about markup, lengths, offsets
//! and how much may be written, and with troubles on demand.

mod calls;
mod strict;

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::Router;
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use calls::{call, file, refuse};

/// The bot's token.
pub const TOKEN: &str = "900:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
/// So long a test waits for anything: teloxide alone rests for ten seconds after a gateway's error.
pub const PATIENCE: Duration = Duration::from_secs(40);
/// The bot's number.
const BOT: i64 = 900;

/// Something that goes wrong.
#[derive(Clone, Debug)]
pub enum Fault {
    /// Too many messages: wait so many seconds.
    TooMany(u32),
    /// An answer of the server in front.
    Gateway,
    /// The message is taken, and the connection breaks before the answer.
    TakenAndDropped,
    /// The answer is late.
    Late(Duration),
}

/// A message that somebody sees.
#[derive(Clone, Debug)]
pub struct Shown {
    pub id: i64,
    /// Its words, without markup.
    pub text: String,
    /// Its words with markup, as they came.
    pub raw: String,
    pub is_html: bool,
    /// The labels of its buttons, each with what pressing it says.
    pub buttons: Vec<(String, String)>,
    /// What can be chosen from its menus: the menu, the label, and what choosing it says.
    pub choices: Vec<(String, String, String)>,
    /// How often it was changed.
    pub edits: usize,
    /// The message that it answers.
    pub under: Option<i64>,
    /// The file that it is, by its name.
    pub file: Option<(String, Vec<u8>)>,
}

impl Shown {
    /// Tells whether its words have this part, or one of its buttons says it.
    pub fn says(&self, part: &str) -> bool {
        let is_choice = |(_, label, _): &(String, String, String)| label == part;
        self.text.contains(part)
            || self.buttons.iter().any(|(label, _)| label == part)
            || self.choices.iter().any(is_choice)
    }
}

#[derive(Default)]
struct Inner {
    updates: Vec<(i64, Value)>,
    next_update: i64,
    /// What was asked for; below it everything is forgotten.
    offset: i64,
    next_message: i64,
    chats: HashMap<i64, Vec<Shown>>,
    faults: Vec<(String, Fault)>,
    /// Presses that were acknowledged, with the words for whoever pressed.
    acknowledged: Vec<(String, String)>,
    commands: HashMap<String, Vec<String>>,
    blocked: HashSet<i64>,
    revoked: bool,
    /// What people sent along, by the name that a bot fetches it by.
    files: HashMap<String, Vec<u8>>,
    /// Whether it counts what is written.
    strict: bool,
    written: Vec<(Instant, i64)>,
    /// Messages that were refused because there were too many.
    n_refused: usize,
}

/// The server. On drop it is gone.
pub struct BotApi {
    place: SocketAddr,
    inner: Arc<Mutex<Inner>>,
    changed: Arc<Notify>,
    served: JoinHandle<()>,
}

#[derive(Clone)]
struct Api {
    inner: Arc<Mutex<Inner>>,
    changed: Arc<Notify>,
}

impl BotApi {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let place = listener.local_addr().unwrap();
        let inner = Arc::new(Mutex::new(Inner { next_update: 1, next_message: 1, ..Inner::default() }));
        let changed = Arc::new(Notify::new());
        let api = Api { inner: inner.clone(), changed: changed.clone() };
        let router = Router::new()
            .fallback(refuse)
            .route("/{bot}/{method}", axum::routing::post(call))
            .route("/file/{bot}/{name}", axum::routing::get(file))
            .with_state(api);
        let served = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { place, inner, changed, served }
    }

    /// The variables by which a service finds it.
    pub fn environment(&self) -> Vec<(String, String)> {
        vec![
            ("RAPPORT__TELEGRAM__API_URL".into(), format!("http://{}", self.place)),
            ("RAPPORT__TELEGRAM__TOKEN".into(), TOKEN.into()),
        ]
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    /// Counts what is written from now on, and refuses what is too much.
    pub fn counts(&self) {
        self.lock().strict = true;
    }

    pub fn n_refused(&self) -> usize {
        self.lock().n_refused
    }

    /// The next call of `method` goes wrong.
    pub fn fails(&self, method: &str, fault: Fault) {
        self.lock().faults.push((method.to_lowercase(), fault));
    }

    /// Somebody blocks the bot, or lets it write again.
    pub fn blocks(&self, user: i64, blocks: bool) {
        let mut inner = self.lock();
        if blocks {
            inner.blocked.insert(user)
        } else {
            inner.blocked.remove(&user)
        };
    }

    /// Nobody knows the bot any more, or it is known again.
    pub fn revokes(&self, revoked: bool) {
        self.lock().revoked = revoked;
    }

    /// Somebody writes in their private chat with the bot.
    pub fn says(&self, user: i64, text: &str) -> i64 {
        self.writes(
            user,
            json!({ "id": user, "type": "private", "first_name": "U" }),
            json!({ "text": text }),
        )
    }

    /// Somebody answers a message of the bot.
    pub fn answers(&self, user: i64, to: i64, text: &str) -> i64 {
        let chat = json!({ "id": user, "type": "private", "first_name": "U" });
        let of_bot = json!({
            "message_id": to, "date": 1_772_000_000, "chat": chat, "text": "card",
            "from": { "id": BOT, "is_bot": true, "first_name": "Rapport" },
        });
        self.writes(user, chat, json!({ "text": text, "reply_to_message": of_bot }))
    }

    /// Somebody writes in a group.
    pub fn says_in(&self, group: i64, user: i64, text: &str) -> i64 {
        let chat = json!({ "id": group, "type": "supergroup", "title": "Sales" });
        self.writes(user, chat, json!({ "text": text }))
    }

    /// Something arrives that is no text; `more` is what its message has beside.
    pub fn sends(&self, user: i64, more: Value) -> i64 {
        self.writes(user, json!({ "id": user, "type": "private", "first_name": "U" }), more)
    }

    /// Somebody sends a document, with words if there are some.
    pub fn sends_file(&self, user: i64, name: &str, bytes: &[u8], words: &str) -> i64 {
        let id = format!("f{}", self.lock().files.len());
        self.lock().files.insert(id.clone(), bytes.to_vec());
        let document =
            json!({ "file_id": id, "file_unique_id": id, "file_name": name, "file_size": bytes.len() });
        let mut more = json!({ "document": document });
        if !words.is_empty() {
            more["caption"] = words.into();
        }
        self.sends(user, more)
    }

    fn writes(&self, user: i64, chat: Value, more: Value) -> i64 {
        let mut inner = self.lock();
        let id = inner.next_message;
        inner.next_message += 1;
        let mut message = json!({
            "message_id": id, "date": 1_772_000_000, "chat": chat,
            "from": { "id": user, "is_bot": false, "first_name": "U" },
        });
        message.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.arrives(inner, json!({ "message": message }))
    }

    /// Somebody presses a button under a message, by its label; whoever it is.
    pub fn presses(&self, user: i64, message: &Shown, label: &str) -> i64 {
        let found = message.buttons.iter().find(|(l, _)| l == label);
        let (_, data) = found.unwrap_or_else(|| panic!("no button {label:?} under {message:?}"));
        self.presses_data(user, message.id, data)
    }

    /// Somebody presses a button under a message in a group, by its label.
    pub fn presses_in(&self, group: i64, user: i64, message: &Shown, label: &str) -> i64 {
        let found = message.buttons.iter().find(|(l, _)| l == label);
        let (_, data) = found.unwrap_or_else(|| panic!("no button {label:?} under {message:?}"));
        let chat = json!({ "id": group, "type": "supergroup", "title": "Sales" });
        self.presses_at(user, chat, message.id, data)
    }

    pub fn presses_data(&self, user: i64, message: i64, data: &str) -> i64 {
        let chat = json!({ "id": user, "type": "private", "first_name": "U" });
        self.presses_at(user, chat, message, data)
    }

    fn presses_at(&self, user: i64, chat: Value, message: i64, data: &str) -> i64 {
        let inner = self.lock();
        let query = json!({
            "id": format!("q{}", inner.next_update), "chat_instance": "c", "data": data,
            "from": { "id": user, "is_bot": false, "first_name": "U" },
            "message": {
                "message_id": message, "date": 1_772_000_000, "text": "card",
                "chat": chat,
                "from": { "id": BOT, "is_bot": true, "first_name": "Rapport" },
            },
        });
        self.arrives(inner, json!({ "callback_query": query }))
    }

    fn arrives(&self, mut inner: MutexGuard<'_, Inner>, mut update: Value) -> i64 {
        let id = inner.next_update;
        inner.next_update += 1;
        update.as_object_mut().unwrap().insert("update_id".into(), id.into());
        inner.updates.push((id, update));
        drop(inner);
        self.changed.notify_waiters();
        id
    }

    /// The same update comes again, as after an offset that was lost.
    pub fn repeats(&self, update: i64) {
        self.lock().offset = update;
        self.changed.notify_waiters();
    }

    /// What stands in a chat, oldest first.
    pub fn chat(&self, chat: i64) -> Vec<Shown> {
        self.lock().chats.get(&chat).cloned().unwrap_or_default()
    }

    pub fn acknowledged(&self) -> Vec<(String, String)> {
        self.lock().acknowledged.clone()
    }

    /// The commands that Telegram offers, by language.
    pub fn commands(&self) -> HashMap<String, Vec<String>> {
        self.lock().commands.clone()
    }

    /// Waits until a chat looks as it should, no longer than [`PATIENCE`].
    pub async fn until(&self, chat: i64, what: &str, is_so: impl Fn(&[Shown]) -> bool + Sync) -> Vec<Shown> {
        let all = self.within(PATIENCE, chat, &is_so).await;
        assert!(is_so(&all), "{chat} never {}: {all:#?}", &what[..what.floor_char_boundary(200)]);
        all
    }

    /// Waits until a chat looks as it should, or nothing more is to come.
    pub async fn at_last(&self, chat: i64, is_so: impl Fn(&[Shown]) -> bool + Sync) -> Vec<Shown> {
        self.within(Duration::from_secs(4), chat, &is_so).await
    }

    async fn within(
        &self,
        patience: Duration,
        chat: i64,
        is_so: &(dyn Fn(&[Shown]) -> bool + Sync),
    ) -> Vec<Shown> {
        let until = Instant::now() + patience;
        loop {
            let changed = self.changed.notified();
            let all = self.chat(chat);
            let left = until.saturating_duration_since(Instant::now());
            if is_so(&all) || left.is_zero() {
                return all;
            }
            let _ = tokio::time::timeout(left, changed).await;
        }
    }

    /// Waits until the last message of a chat says something, and returns it.
    pub async fn sees(&self, chat: i64, part: &str) -> Shown {
        let says = |all: &[Shown]| all.iter().any(|shown| shown.says(part));
        let all = self.until(chat, &format!("shows {part:?}"), says).await;
        all.into_iter().rfind(|shown| shown.says(part)).unwrap()
    }
}

impl Drop for BotApi {
    fn drop(&mut self) {
        self.served.abort();
    }
}
