//! Telegram: colleagues command the CRM from a private chat with the house's bot.
//!
//! Updates are asked for (`poll`) and taken in before Telegram is told so: it forgets what is
//! below the offset of the next question, and that offset is committed with the updates. teloxide's
//! own loops tell it earlier, so that only its types and calls are used.

mod files;
mod poll;
mod read;
mod render;
mod show;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rapport_model::Id;
use rapport_model::message::ChannelKind;
use rapport_storage::drafts::File;
use teloxide::Bot;
use teloxide::requests::Requester as _;
use teloxide::types::CallbackQueryId;
use tokio::task::JoinSet;

use super::chat::pace::Limits;
use super::chat::page::Page;
use super::chat::{Chat, Place, Said, Sent, Spot, Unfetched, Unshown, intake, send};
use crate::app::App;
use crate::config::chat::TelegramConfig;
use crate::service::Stop;
pub(crate) use show::words;

/// Telegram may take so long for an answer, beside the time that a question waits for news.
const PATIENCE: Duration = Duration::from_secs(20);
/// What is said when a button was pressed is cut off there (the Bot API's own limit).
const WORD_CHARS_MAX: usize = 200;

/// The house's bot.
#[derive(Debug)]
pub struct Telegram {
    bot: Bot,
    /// Who the bot is, once it was asked.
    me: OnceLock<Me>,
}

/// Who the bot is.
#[derive(Clone, Debug)]
pub struct Me {
    /// Its number.
    pub id: u64,
    /// Its name, such as `rapport_bot`.
    pub username: String,
}

impl Telegram {
    /// Makes the bot of a configuration.
    ///
    /// # Errors
    /// The token cannot be read; the error names its file.
    pub async fn new(config: &TelegramConfig) -> Result<Self, String> {
        let token = config.token().await?;
        let client = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(10))
            .timeout(PATIENCE + poll::WAIT)
            .tcp_nodelay(true)
            .build()
            .map_err(|e| e.to_string())?;
        let bot = Bot::with_client(token, client).set_api_url(config.url()?);
        Ok(Self { bot, me: OnceLock::new() })
    }

    /// Asks who the bot is.
    ///
    /// # Errors
    /// Telegram does not answer, or knows no such bot.
    pub async fn me(&self) -> Result<Me, teloxide::RequestError> {
        if let Some(me) = self.me.get() {
            return Ok(me.clone());
        }
        let told = self.bot.get_me().await?;
        let me = Me { id: told.id.0, username: told.username().to_owned() };
        Ok(self.me.get_or_init(|| me).clone())
    }
}

impl Chat for Telegram {
    const KIND: ChannelKind = ChannelKind::Telegram;
    const LIMITS: Limits = Limits::TELEGRAM;

    fn is_group(&self, chat: i64) -> bool {
        chat < 0
    }

    fn read(&self, payload: &[u8]) -> Option<Said> {
        read::read(payload, self.me.get()?)
    }

    async fn acknowledge(&self, payload: &[u8], word: Option<&str>) {
        use teloxide::payloads::AnswerCallbackQuerySetters as _;
        let Some(query) = read::pressed(payload) else { return };
        let mut answer = self.bot.answer_callback_query(CallbackQueryId(query));
        if let Some(word) = word {
            answer = answer.text(rapport_prompts::format::clip(word, WORD_CHARS_MAX)).show_alert(true);
        }
        if let Err(e) = answer.await {
            // It only stops a clock beside the button.
            tracing::debug!(error = %words(&e), "a pressed button was not acknowledged");
        }
    }

    async fn show(&self, chat: i64, page: &Page, spot: Spot, _: Id) -> Result<Place, Unshown> {
        self.show_page(chat, page, spot).await
    }

    async fn bring(&self, chat: i64, file: File, _: Id) -> Result<Place, Unshown> {
        self.bring_file(chat, file).await
    }

    async fn fetch(&self, sent: &Sent, bytes_max: u64) -> Result<Vec<u8>, Unfetched> {
        self.fetch_file(sent, bytes_max).await
    }
}

/// Talks with Telegram until `stop` asks for an end; then what was begun is stored.
pub async fn serve(app: &Arc<App>, stop: &Stop) {
    let Some(config) = &app.config.telegram else { return };
    let telegram = match Telegram::new(config).await {
        Ok(telegram) => Arc::new(telegram),
        Err(why) => {
            tracing::error!(channel = "telegram", error = why, "cannot begin");
            return;
        }
    };
    let mut tasks = JoinSet::new();
    tasks.spawn(send::serve(app.clone(), telegram.clone(), stop.clone()));
    poll::serve(app, &telegram, stop, &mut tasks).await;
    while let Some(ended) = tasks.join_next().await {
        if let Err(e) = ended {
            tracing::error!(channel = "telegram", error = %e, "a part of it died; start the service again");
        }
    }
}

/// Does what came in since the last time, and sends what waits, once. For a service that does not go
/// on.
///
/// # Errors
/// Telegram does not answer, or the store failed.
pub async fn once(app: &Arc<App>, stop: &Stop) -> anyhow::Result<()> {
    let Some(config) = &app.config.telegram else { return Ok(()) };
    let telegram = Arc::new(Telegram::new(config).await.map_err(anyhow::Error::msg)?);
    telegram.me().await.map_err(|e| anyhow::Error::msg(words(&e)))?;
    let mut workers = JoinSet::new();
    let intake = intake::Intake::start(app, &telegram, stop, &mut workers).await?;
    poll::ask(app, &telegram, &intake, Duration::ZERO).await?;
    drop(intake);
    while workers.join_next().await.is_some() {}
    while send::send_once(app, &telegram).await? > 0 {}
    Ok(())
}
