//! Dialogues: what a colleague types or presses, and what is shown, the same in every chat.
//!
//! A file of `tests/data/dialogue` holds dialogues, each in a house of its own:
//!
//! ```text
//! == a ticket is closed, and opened again by its button
//! @mia
//! > close T1 repaired
//! < T1 Pump broken is closed
//! [Undo]
//! < taken back
//! ! repaired
//! ```
//! `@` says who sits there, `>` what is typed, `[…]` which button is pressed, `<` what is shown then, and
//! `!` what is not.

use std::path::{Path, PathBuf};

use rapport::commands::{Card, Session, console, press, run};
use rapport_model::message::ChannelKind;

use tokio::task::JoinSet;

use crate::support::{BotApi, DiscordApi, Form, Mail, SERVED, Shown, TestApp, Where};
use crate::telegram::Talk;

/// The variable that names one file, without its ending, whose dialogues alone are held.
const ONLY: &str = "RAPPORT_TEST_DIALOGUES";
/// Dialogues that are held side by side.
const AT_ONCE: usize = 4;

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Sits(String),
    Types(String),
    Presses(String),
}

/// A step with what is shown after it.
#[derive(Clone, Debug)]
struct Turn {
    line: usize,
    step: Step,
    shown: Vec<String>,
    not_shown: Vec<String>,
}

#[derive(Clone, Debug)]
struct Dialogue {
    title: String,
    turns: Vec<Turn>,
}

fn read(text: &str) -> Vec<Dialogue> {
    let mut all: Vec<Dialogue> = Vec::new();
    for (i, line) in text.lines().enumerate() {
        let line = line.trim_end();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(title) = line.strip_prefix("== ") {
            all.push(Dialogue { title: title.into(), turns: Vec::new() });
            continue;
        }
        let dialogue = all.last_mut().unwrap_or_else(|| panic!("line {}: no dialogue has begun", i + 1));
        let mut turn = |step| {
            dialogue.turns.push(Turn { line: i + 1, step, shown: Vec::new(), not_shown: Vec::new() });
        };
        let (sign, rest) = line.split_at(1);
        let rest = rest.trim();
        match sign {
            "@" => turn(Step::Sits(rest.into())),
            ">" => turn(Step::Types(rest.into())),
            "[" => turn(Step::Presses(rest.trim_end_matches(']').into())),
            "<" => dialogue.turns.last_mut().unwrap().shown.push(rest.into()),
            "!" => dialogue.turns.last_mut().unwrap().not_shown.push(rest.into()),
            _ => panic!("line {}: {line:?} is no step", i + 1),
        }
    }
    all
}

/// The mails with which every dialogue begins.
async fn house(mut environment: Vec<(String, String)>) -> TestApp {
    // There are pages on which customers could unsubscribe.
    environment.extend(SERVED.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let app = TestApp::start_with_chat(environment).await;
    for (from, id, subject, body) in [
        (
            "Petra Novak <petra@novak-cafe.example>",
            "m1",
            "Pump broken",
            "The pump is broken and there is no water in the kitchen. This is unacceptable, please repair it today!",
        ),
        (
            "Anna Berg <anna@berg.example>",
            "m2",
            "Price of AquaOne",
            "How much do six AquaOne filters cost? Please send me a quote.",
        ),
        ("王丽 <wangli@chenguang.example>", "m3", "询价", "您好，请问六台净水器的价格是多少？请报价。"),
    ] {
        app.receives(Mail::from(from).id(id).says(subject, body)).await;
        app.clock.advance(rapport_model::time::MINUTE);
    }
    app
}

/// Whether everything is shown that should be, and nothing that should not.
fn judged(turn: &Turn, seen: &str) -> Result<(), String> {
    let missing = turn.shown.iter().find(|part| !seen.contains(*part));
    let surplus = turn.not_shown.iter().find(|part| seen.contains(*part));
    match (missing, surplus) {
        (Some(part), _) => Err(format!("line {}: {part:?} is not shown:\n{seen}", turn.line)),
        (_, Some(part)) => Err(format!("line {}: {part:?} is shown:\n{seen}", turn.line)),
        _ => Ok(()),
    }
}

async fn at_the_console(dialogue: &Dialogue) -> Result<(), String> {
    let app = house(Vec::new()).await;
    let (mut user, mut session) = (app.user("mia").clone(), Session::new());
    let mut cards: Vec<Card> = Vec::new();
    for turn in &dialogue.turns {
        match &turn.step {
            Step::Sits(handle) => {
                user = app.user(handle).clone();
                session = Session::new();
            }
            Step::Types(text) => cards = run(&app.app, &user, &mut session, text).await.unwrap(),
            Step::Presses(label) => {
                let found = cards.iter().flat_map(|card| &card.buttons).find(|button| button.label == *label);
                let Some(button) = found else {
                    app.settle().await;
                    return Err(format!("line {}: there is no button {label:?}: {cards:#?}", turn.line));
                };
                cards =
                    press(&app.app, &user, &mut session, &button.command.clone(), None, None).await.unwrap();
            }
        }
        let seen: String = cards.iter().map(|card| console::render(card, 110, false)).collect();
        if let Err(why) = judged(turn, &unbroken(&seen)) {
            app.settle().await;
            return Err(why);
        }
    }
    app.settle().await;
    Ok(())
}

/// Joins lines that were broken to fit.
fn unbroken(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A chat program, as a dialogue uses it.
trait Peer: Sized + Sync {
    const KIND: ChannelKind;

    async fn start() -> Self;
    fn environment(&self) -> Vec<(String, String)>;
    fn begin(app: &TestApp) -> Talk;
    /// Waits until the service hears what is said.
    async fn until_heard(&self) {}
    fn says(&self, account: i64, text: &str);
    /// Presses a button; returns the form that opens, if one does.
    async fn presses(&self, account: i64, message: &Shown, label: &str) -> Option<Form>;
    /// Writes in a form, and sends it off.
    fn submits(&self, _: &Form, _: &str) {}
    /// What stands in the private chat, oldest first.
    fn chat(&self, account: i64) -> Vec<Shown>;
    async fn at_last(&self, account: i64, is_so: impl Fn(&[Shown]) -> bool + Sync) -> Vec<Shown>;
}

impl Peer for BotApi {
    const KIND: ChannelKind = ChannelKind::Telegram;

    async fn start() -> Self {
        Self::start().await
    }

    fn environment(&self) -> Vec<(String, String)> {
        self.environment()
    }

    fn begin(app: &TestApp) -> Talk {
        Talk::begin(app)
    }

    fn says(&self, account: i64, text: &str) {
        self.says(account, text);
    }

    async fn presses(&self, account: i64, message: &Shown, label: &str) -> Option<Form> {
        self.presses(account, message, label);
        None
    }

    fn chat(&self, account: i64) -> Vec<Shown> {
        self.chat(account)
    }

    async fn at_last(&self, account: i64, is_so: impl Fn(&[Shown]) -> bool + Sync) -> Vec<Shown> {
        self.at_last(account, is_so).await
    }
}

impl Peer for DiscordApi {
    const KIND: ChannelKind = ChannelKind::Discord;

    async fn start() -> Self {
        Self::start().await
    }

    fn environment(&self) -> Vec<(String, String)> {
        self.environment()
    }

    fn begin(app: &TestApp) -> Talk {
        Talk::begin_in_discord(app)
    }

    async fn until_heard(&self) {
        self.until_connected(1, 0).await;
    }

    fn says(&self, account: i64, text: &str) {
        self.says(account, text);
    }

    async fn presses(&self, account: i64, message: &Shown, label: &str) -> Option<Form> {
        let at = Where::Direct(account);
        let is_choice = message.choices.iter().any(|(_, l, _)| l == label);
        let press = match is_choice {
            true => self.chooses(account, at, message, label),
            false => self.presses(account, at, message, label),
        };
        self.opened(&press).await
    }

    fn submits(&self, form: &Form, words: &str) {
        self.submits(form, words);
    }

    fn chat(&self, account: i64) -> Vec<Shown> {
        self.shown(Where::Direct(account))
    }

    async fn at_last(&self, account: i64, is_so: impl Fn(&[Shown]) -> bool + Sync) -> Vec<Shown> {
        self.at_last(Where::Direct(account), is_so).await
    }
}

async fn in_a_chat<P: Peer>(dialogue: &Dialogue) -> Result<(), String> {
    let api = P::start().await;
    let app = house(api.environment()).await;
    app.app.channels.console.open([]);
    let account = |handle: &str| {
        1_000 + app.app.workflows.users().iter().position(|u| u.handle == handle).unwrap() as i64
    };
    for user in app.app.workflows.users() {
        app.binds(P::KIND, &user.handle, account(&user.handle)).await;
    }
    let talk = P::begin(&app);
    api.until_heard().await;
    let mut who = account("mia");
    let mut result = Ok(());
    let mut fresh: Vec<Shown> = Vec::new();
    let mut form: Option<Form> = None;
    for turn in &dialogue.turns {
        let before = api.chat(who);
        match &turn.step {
            Step::Sits(handle) => {
                who = account(handle);
                form = None;
                continue;
            }
            Step::Types(text) => match form.take() {
                Some(form) => api.submits(&form, text),
                None => api.says(who, text),
            },
            Step::Presses(label) => {
                let has_it = |shown: &&Shown| {
                    let choices = shown.choices.iter().map(|(_, l, _)| l);
                    shown.buttons.iter().map(|(l, _)| l).chain(choices).any(|l| l == label)
                };
                let Some(shown) = fresh.iter().rfind(has_it) else {
                    result = Err(format!("line {}: there is no button {label:?}: {fresh:#?}", turn.line));
                    break;
                };
                form = api.presses(who, shown, label).await;
            }
        }
        if let Some(form) = &form {
            if let Err(why) = judged(turn, &format!("{} {} {}", form.title, form.label, form.words)) {
                result = Err(why);
                break;
            }
            continue;
        }
        let is_fresh =
            |shown: &&Shown| !before.iter().any(|old| old.id == shown.id && old.edits == shown.edits);
        let answered = |all: &[Shown]| {
            let seen = seen(all.iter().filter(is_fresh));
            !seen.is_empty() && turn.shown.iter().all(|part| seen.contains(part))
        };
        // What is missing is told below.
        let all = api.at_last(who, answered).await;
        fresh = all.iter().filter(is_fresh).cloned().collect();
        if let Err(why) = judged(turn, &seen(fresh.iter())) {
            result = Err(why);
            break;
        }
    }
    talk.end().await;
    app.settle().await;
    result
}

fn seen<'a>(all: impl Iterator<Item = &'a Shown>) -> String {
    unbroken(&all.map(|shown| shown.text.as_str()).collect::<Vec<_>>().join("\n"))
}

fn files() -> Vec<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/dialogue");
    let mut files: Vec<PathBuf> = std::fs::read_dir(dir).unwrap().map(|file| file.unwrap().path()).collect();
    if let Ok(only) = std::env::var(ONLY) {
        files.retain(|file| file.file_stem().is_some_and(|name| *name == *only));
    }
    files.sort();
    files
}

#[tokio::test(flavor = "multi_thread")]
async fn every_dialogue_is_the_same_at_the_console_in_telegram_and_in_discord() {
    let mut all = Vec::new();
    for file in files() {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        all.extend(read(&std::fs::read_to_string(&file).unwrap()).into_iter().map(|one| (name.clone(), one)));
    }
    let n = all.len();
    let mut failed = Vec::new();
    let mut running = JoinSet::new();
    for (name, dialogue) in all {
        if running.len() >= AT_ONCE {
            failed.extend(running.join_next().await.unwrap().unwrap());
        }
        running.spawn(async move {
            let told = [
                ("console", at_the_console(&dialogue).await),
                ("telegram", in_a_chat::<BotApi>(&dialogue).await),
                ("discord", in_a_chat::<DiscordApi>(&dialogue).await),
            ];
            let failed = told.into_iter().filter_map(|(place, result)| Some((place, result.err()?)));
            let said = |(place, why)| format!("{name}, “{}”, {place}, {why}", dialogue.title);
            failed.map(said).collect::<Vec<String>>()
        });
    }
    while let Some(told) = running.join_next().await {
        failed.extend(told.unwrap());
    }
    println!("{n} dialogues");
    assert!(failed.is_empty(), "{} of {n} fail:\n\n{}", failed.len(), failed.join("\n\n"));
}
