//! Discord over real sockets: its API and its gateway, as strict as the real ones about lengths, tokens,
//! times and sessions, and with troubles on demand.

mod gateway;
mod rest;
mod shapes;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::bot_api::{Fault, PATIENCE, Shown};

/// The bot's token.
const TOKEN: &str = "OTAwOTAw.GaBcDe.AAAAAAAAAAAAAAAAAAAAAAAAAAA";
/// The bot, its application, and the server whose members use it.
const BOT: u64 = 900;
const APPLICATION: u64 = 901;
const SERVER: u64 = 800;

/// Where somebody sees a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Where {
    /// In private, by the account.
    Direct(i64),
    /// In a channel of the server, where all read it.
    Public(i64),
    /// In some channel of the server, where only this account sees it.
    Hidden(i64),
}

/// A form that somebody sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    pub title: String,
    pub label: String,
    /// What stands in it already.
    pub words: String,
    /// Its name and that of its field.
    name: (String, String),
    pub account: i64,
    in_server: bool,
    /// The message under which the button stands that opened it.
    under: Option<u64>,
}

/// A command that was given, a button that was pressed, a form that was sent off, or words that are being
/// typed.
struct Interaction {
    id: u64,
    kind: u8,
    account: i64,
    is_public: bool,
    at: Instant,
    /// How it was acknowledged.
    callback: Option<u64>,
    /// The message that `@original` is.
    original: Option<u64>,
    offered: Option<Vec<(String, String)>>,
    form: Option<Form>,
}

#[derive(Default)]
struct Inner {
    next: u64,
    /// Private channels by account.
    direct: HashMap<i64, u64>,
    /// What stands where.
    shown: HashMap<Where, Vec<Shown>>,
    /// What was written in private, by channel, as Discord keeps it.
    history: HashMap<u64, Vec<Value>>,
    interactions: HashMap<String, Interaction>,
    nonces: HashMap<String, u64>,
    /// What people sent along, by the end of its address.
    files: HashMap<String, Vec<u8>>,
    faults: Vec<(String, Fault)>,
    closed: HashSet<i64>,
    /// What the session that is open now has been told, and its name.
    session: Option<String>,
    events: Vec<Value>,
    /// Raised to end all connections.
    generation: u64,
    asks_again: bool,
    n_identified: usize,
    n_resumed: usize,
    n_beats: usize,
    commands: Value,
    is_strict: bool,
    written: Vec<(Instant, u64)>,
    n_refused: usize,
    is_over: bool,
}

#[derive(Clone)]
struct Api {
    inner: Arc<Mutex<Inner>>,
    changed: Arc<Notify>,
    gateway: String,
}

/// The servers. On drop they are gone.
pub struct DiscordApi {
    url: String,
    api: Api,
    served: [JoinHandle<()>; 2],
}

impl DiscordApi {
    pub async fn start() -> Self {
        let rest = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let gateway = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", rest.local_addr().unwrap());
        let api = Api {
            inner: Arc::new(Mutex::new(Inner { next: 5_000_000, ..Inner::default() })),
            changed: Arc::default(),
            gateway: format!("ws://{}", gateway.local_addr().unwrap()),
        };
        let served = [rest::serve(rest, api.clone()), gateway::serve(gateway, api.clone())];
        Self { url, api, served }
    }

    /// The variables by which a service finds it.
    pub fn environment(&self) -> Vec<(String, String)> {
        vec![
            ("RAPPORT__DISCORD__API_URL".into(), self.url.clone()),
            ("RAPPORT__DISCORD__TOKEN".into(), TOKEN.into()),
            ("RAPPORT__DISCORD__GUILD".into(), SERVER.to_string()),
        ]
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.api.inner.lock().unwrap()
    }

    /// Somebody writes to the bot in private.
    pub fn says(&self, account: i64, text: &str) -> Value {
        self.writes(account, json!({ "content": text }))
    }

    /// Somebody answers a message of the bot.
    pub fn answers(&self, account: i64, to: i64, text: &str) -> Value {
        let channel = self.lock().channel(account);
        let first = shapes::message(to as u64, channel, None, BOT, json!({}));
        let reference = json!({ "message_id": to.to_string(), "channel_id": channel.to_string() });
        let more = json!({ "content": text, "type": 19, "referenced_message": first, "message_reference": reference });
        self.writes(account, more)
    }

    /// Somebody sends a file, with words if there are some.
    pub fn sends_file(&self, account: i64, name: &str, bytes: &[u8], words: &str) -> Value {
        let n = self.lock().files.len();
        self.lock().files.insert(n.to_string(), bytes.to_vec());
        let file = json!({ "id": (n + 1).to_string(), "filename": name, "size": bytes.len(),
            "url": format!("{}/attachments/{n}", self.url), "proxy_url": "",
            "content_type": "application/pdf; charset=binary" });
        self.writes(account, json!({ "content": words, "attachments": [file] }))
    }

    /// Something is written in private; `more` is what its message has beside.
    pub fn writes(&self, account: i64, more: Value) -> Value {
        let mut inner = self.lock();
        let channel = inner.channel(account);
        let message = shapes::message(inner.new_id(), channel, None, account as u64, more);
        inner.history.entry(channel).or_default().push(message.clone());
        self.tell(inner, "MESSAGE_CREATE", message)
    }

    /// Somebody writes in a channel of the server.
    pub fn says_in(&self, channel: i64, account: i64, text: &str) -> Value {
        let mut inner = self.lock();
        let more = json!({ "content": text });
        let message = shapes::message(inner.new_id(), channel as u64, Some(SERVER), account as u64, more);
        self.tell(inner, "MESSAGE_CREATE", message)
    }

    /// Somebody gives a command, in private or in the server.
    pub fn commands(&self, account: i64, in_server: bool, name: &str, option: &str, words: &str) -> Value {
        let data = json!({ "id": "1", "name": name, "type": 1,
            "options": [{ "name": option, "type": 3, "value": words }] });
        self.asks(2, account, in_server, data, None)
    }

    /// Somebody presses a button under a message, by its label.
    pub fn presses(&self, account: i64, at: Where, message: &Shown, label: &str) -> Value {
        let found = message.buttons.iter().find(|(l, _)| l == label);
        let (_, id) = found.unwrap_or_else(|| panic!("no button {label:?} under {message:?}"));
        let data = json!({ "custom_id": id, "component_type": 2 });
        self.asks(3, account, !matches!(at, Where::Direct(_)), data, Some(message.id as u64))
    }

    /// Somebody chooses from a menu of a message, by the option's label.
    pub fn chooses(&self, account: i64, at: Where, message: &Shown, label: &str) -> Value {
        let found = message.choices.iter().find(|(_, l, _)| l == label);
        let (menu, _, value) = found.unwrap_or_else(|| panic!("no choice {label:?} in {message:?}"));
        let data = json!({ "custom_id": menu, "component_type": 3, "values": [value] });
        self.asks(3, account, matches!(at, Where::Hidden(_)), data, Some(message.id as u64))
    }

    /// Waits until a press opens a form.
    pub async fn opens(&self, press: &Value) -> Form {
        let token = press["token"].as_str().unwrap();
        self.wait("opens a form", |inner: &Inner| inner.interactions[token].form.clone()).await
    }

    /// Waits until a press was answered at first; returns the form that it opens, if it opens one.
    pub async fn opened(&self, press: &Value) -> Option<Form> {
        self.acknowledges(press).await;
        self.lock().interactions[press["token"].as_str().unwrap()].form.clone()
    }

    /// Waits until an interaction was answered at first; returns the sort of that answer.
    pub async fn acknowledges(&self, event: &Value) -> u64 {
        let token = event["token"].as_str().unwrap();
        self.wait("acknowledges it", |inner: &Inner| inner.interactions[token].callback).await
    }

    /// Somebody writes in a form and sends it off.
    pub fn submits(&self, form: &Form, words: &str) -> Value {
        let (name, field) = &form.name;
        let field = json!({ "type": 4, "id": 2, "custom_id": field, "value": words });
        let data =
            json!({ "custom_id": name, "components": [{ "type": 1, "id": 1, "components": [field] }] });
        self.asks(5, form.account, form.in_server, data, form.under)
    }

    /// Somebody types the words of a command; returns what they are offered.
    pub async fn types(&self, account: i64, name: &str, typed: &str) -> Vec<(String, String)> {
        let data = json!({ "id": "1", "name": name, "type": 1,
            "options": [{ "name": "text", "type": 3, "value": typed, "focused": true }] });
        let event = self.asks(4, account, true, data, None);
        let token = event["token"].as_str().unwrap().to_owned();
        let offered = |inner: &Inner| inner.interactions[&token].offered.clone();
        self.wait(&format!("offers something for {typed:?}"), offered).await
    }

    fn asks(&self, kind: u8, account: i64, in_server: bool, data: Value, under: Option<u64>) -> Value {
        let mut inner = self.lock();
        let id = inner.new_id();
        let token = format!("token-of-{id}");
        let channel = if in_server { 700 } else { inner.channel(account) };
        let mut event = shapes::interaction(id, kind, &token, account as u64, channel, in_server, data);
        if let Some(under) = under {
            let raw =
                inner.shown.values().flatten().find(|shown| shown.id as u64 == under).unwrap().raw.clone();
            let body: Value = serde_json::from_str(&raw).unwrap();
            let more = json!({ "components": body["components"] });
            event["message"] = shapes::message(under, channel, None, BOT, more);
        }
        let asked = Interaction {
            id,
            kind,
            account,
            is_public: in_server,
            at: Instant::now(),
            callback: None,
            original: under,
            offered: None,
            form: None,
        };
        inner.interactions.insert(token, asked);
        self.tell(inner, "INTERACTION_CREATE", event)
    }

    fn tell(&self, mut inner: MutexGuard<'_, Inner>, name: &str, event: Value) -> Value {
        let seq = inner.events.len() + 1;
        inner.events.push(json!({ "op": 0, "t": name, "s": seq, "d": event }));
        drop(inner);
        self.api.changed.notify_waiters();
        event
    }

    /// The same event comes again.
    pub fn repeats(&self, name: &str, event: Value) {
        self.tell(self.lock(), name, event);
    }

    /// The connections of the gateway break.
    pub fn hangs_up(&self) {
        self.lock().generation += 1;
        self.api.changed.notify_waiters();
    }

    /// The gateway asks to connect again, as it does before it is restarted.
    pub fn asks_to_connect_again(&self) {
        self.lock().asks_again = true;
        self.api.changed.notify_waiters();
    }

    /// The gateway forgets the session, and whatever it would have said in it.
    pub fn forgets(&self) {
        let mut inner = self.lock();
        inner.session = None;
        inner.generation += 1;
        inner.events.clear();
        drop(inner);
        self.api.changed.notify_waiters();
    }

    /// All tokens by which commands are answered are over.
    pub fn lets_tokens_end(&self) {
        self.lock().is_over = true;
    }

    /// Counts what is written from now on, and refuses what is too much.
    pub fn counts(&self) {
        self.lock().is_strict = true;
    }

    pub fn n_refused(&self) -> usize {
        self.lock().n_refused
    }

    /// How often a session began, was resumed, and was told that we are there.
    pub fn sessions(&self) -> (usize, usize, usize) {
        let inner = self.lock();
        (inner.n_identified, inner.n_resumed, inner.n_beats)
    }

    /// The next call of this sort goes wrong: `messages`, `callback`, `original`, `followup` or `channels`.
    pub fn fails(&self, sort: &str, fault: Fault) {
        self.lock().faults.push((sort.to_owned(), fault));
    }

    /// Somebody lets the bot write to them no more, or again.
    pub fn closes(&self, account: i64, closes: bool) {
        let mut inner = self.lock();
        if closes {
            inner.closed.insert(account)
        } else {
            inner.closed.remove(&account)
        };
    }

    /// The names of the commands that the server is offered.
    pub fn offered(&self) -> Vec<String> {
        let commands = self.lock().commands.clone();
        let all = commands.as_array().cloned().unwrap_or_default();
        all.iter().map(|command| command["name"].as_str().unwrap().to_owned()).collect()
    }

    /// What stands somewhere, oldest first.
    pub fn shown(&self, at: Where) -> Vec<Shown> {
        self.lock().shown.get(&at).cloned().unwrap_or_default()
    }

    /// Waits until something is so, no longer than [`PATIENCE`].
    async fn wait<T>(&self, what: &str, found: impl Fn(&Inner) -> Option<T>) -> T {
        let until = Instant::now() + PATIENCE;
        loop {
            let changed = self.api.changed.notified();
            if let Some(found) = found(&self.lock()) {
                return found;
            }
            let left = until.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "nobody {what}: {:#?}", self.lock().shown);
            let _ = tokio::time::timeout(left, changed).await;
        }
    }

    /// Waits until it looks as it should somewhere.
    pub async fn until(&self, at: Where, what: &str, is_so: impl Fn(&[Shown]) -> bool) -> Vec<Shown> {
        let found = |inner: &Inner| {
            let all = inner.shown.get(&at).cloned().unwrap_or_default();
            is_so(&all).then_some(all)
        };
        self.wait(&format!("at {at:?} {what}"), found).await
    }

    /// Waits until it looks as it should somewhere, or nothing more is to come.
    pub async fn at_last(&self, at: Where, is_so: impl Fn(&[Shown]) -> bool) -> Vec<Shown> {
        let until = Instant::now() + Duration::from_secs(4);
        loop {
            let changed = self.api.changed.notified();
            let all = self.shown(at);
            let left = until.saturating_duration_since(Instant::now());
            if is_so(&all) || left.is_zero() {
                return all;
            }
            let _ = tokio::time::timeout(left, changed).await;
        }
    }

    /// Waits until a message says something, and returns the last such.
    pub async fn sees(&self, at: Where, part: &str) -> Shown {
        let says = |all: &[Shown]| all.iter().any(|shown| shown.says(part));
        let all = self.until(at, &format!("sees {part:?}"), says).await;
        all.into_iter().rfind(|shown| shown.says(part)).unwrap()
    }

    /// Waits until the bot has said so often that it is there.
    pub async fn until_told_that_we_are_there(&self, n: usize) {
        self.wait("says that it is there", |inner: &Inner| (inner.n_beats >= n).then_some(())).await;
    }

    /// Waits until a session has begun for the `n`th time, or was resumed that often.
    pub async fn until_connected(&self, n_identified: usize, n_resumed: usize) {
        let is_so = |inner: &Inner| {
            (inner.n_identified >= n_identified && inner.n_resumed >= n_resumed).then_some(())
        };
        self.wait(&format!("connects {n_identified} and {n_resumed} times"), is_so).await;
    }
}

impl Drop for DiscordApi {
    fn drop(&mut self) {
        self.served.iter().for_each(JoinHandle::abort);
    }
}

impl Inner {
    fn new_id(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn channel(&mut self, account: i64) -> u64 {
        *self.direct.entry(account).or_insert(account as u64 + 50_000)
    }

    /// Whose private channel it is, or which of the server.
    fn place(&self, channel: u64) -> Where {
        let account = self.direct.iter().find(|(_, direct)| **direct == channel);
        account.map_or(Where::Public(channel as i64), |(account, _)| Where::Direct(*account))
    }
}
