//! Updates are asked for, one question after the other.

use std::sync::Arc;
use std::time::Duration;

use rapport_model::message::Cursor;
use rapport_model::reading::Language;
use rapport_prompts::format::clip;
use rapport_storage::chats::NewUpdate;
use teloxide::payloads::{GetUpdatesSetters as _, SetMyCommandsSetters as _};
use teloxide::requests::Requester as _;
use teloxide::types::{AllowedUpdate, BotCommand, BotCommandScope, Update};
use teloxide::{ApiError, RequestError};
use tokio::task::JoinSet;

use super::Telegram;
use super::read::chat_of;
use super::show::words;
use crate::app::App;
use crate::channel::chat::Chat as _;
use crate::channel::chat::intake::Intake;
use crate::commands::COMMANDS;
use crate::service::{Stop, backoff};

/// A question waits so long for news.
pub(super) const WAIT: Duration = Duration::from_secs(25);
/// Updates in one answer.
const UPDATES_MAX: u8 = 100;
/// What this process does not hold the lease for it looks at so often.
const LEASE_EVERY: Duration = Duration::from_secs(10);
/// A bot that Telegram does not know is asked for so often.
const REVOKED_EVERY: Duration = Duration::from_secs(15);
/// Of a purpose Telegram shows so much.
const PURPOSE_CHARS_MAX: usize = 250;

const LEASE: &str = "telegram";
const ACCOUNT: &str = "telegram";
const OFFSET: &str = "offset";

/// Asks for updates until `stop` asks for an end; the workers go on in `tasks` until they have done
/// what they were given.
pub(super) async fn serve(app: &Arc<App>, telegram: &Arc<Telegram>, stop: &Stop, tasks: &mut JoinSet<()>) {
    let mut n_failed = 0;
    let mut said = String::new();
    let mut intake = None;
    while !stop.is_stopped() {
        let asked = async {
            match app.store().lease(LEASE).await {
                Ok(Some(_)) => {}
                Ok(None) => return Ok(Asked::Elsewhere),
                Err(e) => return Err(Trouble { why: e.to_string(), wait: None }),
            }
            if intake.is_none() {
                telegram.me().await.map_err(|e| Trouble::of(&e))?;
                name_commands(app, telegram).await;
                let started = Intake::start(app, telegram, stop, tasks).await;
                intake = Some(started.map_err(|e| Trouble { why: e.to_string(), wait: None })?);
            }
            let Some(intake) = &intake else { return Ok(Asked::Here) };
            ask(app, telegram, intake, WAIT).await.map_err(|e| match e.downcast_ref::<RequestError>() {
                Some(e) => Trouble::of(e),
                None => Trouble { why: format!("{e:#}"), wait: None },
            })?;
            Ok(Asked::Here)
        };
        let asked = tokio::select! { asked = asked => asked, () = stop.stopped() => break };
        let wait = match asked {
            Ok(asked) => {
                if !said.is_empty() {
                    tracing::warn!(channel = "telegram", "works again");
                    said.clear();
                }
                n_failed = 0;
                match asked {
                    Asked::Here => continue,
                    Asked::Elsewhere => LEASE_EVERY,
                }
            }
            Err(trouble) => {
                if trouble.why != said {
                    tracing::error!(channel = "telegram", error = trouble.why, "cannot read; trying again");
                    said = trouble.why;
                }
                n_failed += 1;
                trouble.wait.unwrap_or_else(|| backoff(n_failed, u64::from(n_failed)))
            }
        };
        tokio::select! { () = tokio::time::sleep(wait) => {}, () = stop.stopped() => {} }
    }
    let _ = app.store().release(LEASE).await;
}

enum Asked {
    Here,
    /// Another process asks.
    Elsewhere,
}

struct Trouble {
    why: String,
    /// How long to wait, where that is known.
    wait: Option<Duration>,
}

impl Trouble {
    fn of(e: &RequestError) -> Self {
        let wait = match e {
            RequestError::RetryAfter(seconds) => Some(seconds.duration()),
            RequestError::Api(ApiError::InvalidToken) => Some(REVOKED_EVERY),
            RequestError::Api(ApiError::TerminatedByOtherGetUpdates) => Some(LEASE_EVERY),
            _ => None,
        };
        Self { why: words(e), wait }
    }
}

/// Asks once, waiting for news as long as `wait`, takes in what came, and hands it over.
///
/// # Errors
/// Telegram does not answer, or the store failed. Nothing is lost: the next question brings the same.
pub(super) async fn ask(
    app: &App,
    telegram: &Telegram,
    intake: &Intake,
    wait: Duration,
) -> anyhow::Result<()> {
    let store = app.store();
    let offset = store.cursor(ACCOUNT, OFFSET).await?.and_then(|token| token.parse().ok()).unwrap_or(0);
    let question = telegram
        .bot
        .get_updates()
        .offset(offset)
        .limit(UPDATES_MAX)
        .timeout(wait.as_secs() as u32)
        .allowed_updates([AllowedUpdate::Message, AllowedUpdate::CallbackQuery]);
    let updates = question.await?;
    let Some(last) = updates.iter().map(|update| i64::from(update.id.0)).max() else { return Ok(()) };
    let cursor = Cursor { account: ACCOUNT.into(), scope: OFFSET.into(), token: (last + 1).to_string() };
    let new = store.receive(Telegram::KIND, updates.iter().map(taken_in).collect(), Some(cursor)).await?;
    intake.hand_over(new).await;
    Ok(())
}

/// Makes of an update what the store takes in.
fn taken_in(update: &Update) -> NewUpdate {
    NewUpdate {
        key: update.id.0.to_string(),
        chat: chat_of(update),
        payload: serde_json::to_vec(update).expect("an update is JSON"),
    }
}

/// Tells Telegram the commands, so that it offers them while somebody types. Without that everything
/// works all the same.
async fn name_commands(app: &App, telegram: &Telegram) {
    let prompts = app.workflows.prompts();
    let commands = |language| {
        COMMANDS.iter().map(move |spec| {
            BotCommand::new(spec.word, clip(prompts.purpose(language, spec.word), PURPOSE_CHARS_MAX))
        })
    };
    let private = || BotCommandScope::AllPrivateChats;
    let house = app.workflows.settings().language;
    let default = telegram.bot.set_my_commands(commands(house)).scope(private());
    let mut told = default.await.map(drop);
    for (code, language) in [("en", Language::En), ("zh", Language::Zh)] {
        if told.is_ok() {
            let set = telegram.bot.set_my_commands(commands(language)).scope(private());
            told = set.language_code(code.to_owned()).await.map(drop);
        }
    }
    if let Err(e) = told {
        tracing::warn!(channel = "telegram", error = words(&e), "cannot name the commands");
    }
}
