//! Discord: colleagues command the CRM by slash commands, buttons and messages in private.
//!
//! The gateway says what happens (`gateway`); each event is taken in before the next (`listen`).
//! Commands and buttons are acknowledged at once and answered through the outbox like everything else, by
//! their token, which waits there encrypted and is good for a quarter of an hour (`reply`). What a crash
//! loses: an answer that comes after that quarter goes to the private chat instead, and a command that was
//! given while no session could be resumed never reached us; Discord tells whoever gave it.
//!
//! A button that waits for words opens a form instead (`form`); what is written there comes as something new.
//!
//! Everybody's private chat has the number of their account here, and a channel of a server its own number
//! with a minus sign. Only serenity's types are used: see `gateway` and `rest`.

mod files;
mod form;
mod gateway;
mod listen;
mod offer;
mod read;
mod render;
mod reply;
mod rest;
mod show;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rapport_model::Id;
use rapport_model::message::ChannelKind;
use rapport_storage::drafts::File;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::chat::pace::Limits;
use super::chat::page::Page;
use super::chat::{Chat, Place, Said, Sent, Spot, Unfetched, Unshown, intake, send};
use crate::app::App;
use crate::config::chat::DiscordConfig;
use crate::service::Stop;
use rest::{Failure, Rest};

/// The house's application, and its bot.
#[derive(Debug)]
pub struct Discord {
    rest: Rest,
    /// The application's number, where the configuration names it.
    application: Option<u64>,
    /// The server whose members are offered the commands.
    guild: Option<u64>,
    /// What it must be allowed to do in a server.
    permissions: u32,
    ca_file: Option<PathBuf>,
    /// Who the bot is, once it was asked.
    me: OnceLock<Me>,
    /// The channels in which one writes with the bot in private, by account.
    direct: Mutex<HashMap<i64, u64>>,
    /// Commands and buttons that are being acknowledged.
    acknowledging: Mutex<HashMap<u64, watch::Receiver<()>>>,
}

/// To see a channel, to write there, and to write cards: what the channels of teams take, and nothing else.
const SHOWS_CARDS: u32 = 1 << 10 | 1 << 11 | 1 << 14;

/// Who the bot is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Me {
    /// Its number.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// The number of its application.
    pub application: u64,
    /// What it must be allowed to do in a server, as Discord numbers that.
    pub permissions: u32,
}

impl Discord {
    /// Makes the bot of a configuration.
    ///
    /// # Errors
    /// The token or the certificates cannot be read; the error names the file.
    pub async fn new(config: &DiscordConfig) -> Result<Self, String> {
        let token = config.token().await?;
        Ok(Self {
            rest: Rest::new(&config.url()?, config.ca_file.as_deref(), token)?,
            application: config.application_id,
            guild: config.guild,
            permissions: if config.teams.is_empty() { 0 } else { SHOWS_CARDS },
            ca_file: config.ca_file.clone(),
            me: OnceLock::new(),
            direct: Mutex::default(),
            acknowledging: Mutex::default(),
        })
    }

    /// Asks who the bot is.
    ///
    /// # Errors
    /// Discord does not answer, or knows no such bot.
    pub async fn me(&self) -> Result<Me, Failure> {
        if let Some(me) = self.me.get() {
            return Ok(me.clone());
        }
        let told = self.rest.get("/users/@me").await?;
        let application = match self.application {
            Some(application) => application,
            None => number(&self.rest.get("/oauth2/applications/@me").await?["id"])?,
        };
        let name = told["username"].as_str().unwrap_or_default().to_owned();
        let me = Me { id: number(&told["id"])?, name, application, permissions: self.permissions };
        Ok(self.me.get_or_init(|| me).clone())
    }

    /// Asks whether all that is needed is there.
    ///
    /// # Errors
    /// What is missing, and what to do.
    pub async fn check(&self) -> Result<(), String> {
        let me = self.me().await.map_err(|e| e.to_string())?;
        match self.rest.get(&self.commands_path(&me)).await {
            Ok(_) => Ok(()),
            Err(Failure::Refused { status: 403 | 404, .. }) => Err(match self.guild {
                Some(guild) => format!(
                    "the server {guild} has not let the application in with its commands; open {}",
                    me.invitation()
                ),
                None => format!("application_id: {} is not the application of this token", me.application),
            }),
            Err(e) => Err(e.to_string()),
        }
    }

    /// Returns the channel in which somebody writes with the bot in private.
    async fn direct(&self, account: i64) -> Result<u64, Failure> {
        let known = locked(&self.direct).get(&account).copied();
        if let Some(channel) = known {
            return Ok(channel);
        }
        let told =
            self.rest.post("/users/@me/channels", &json!({ "recipient_id": account.to_string() })).await?;
        let channel = number(&told["id"])?;
        locked(&self.direct).insert(account, channel);
        Ok(channel)
    }

    /// Tells Discord the commands, so that it offers them. Without that messages are understood all the same.
    async fn name_commands(&self, app: &App) -> Result<(), Failure> {
        let path = self.commands_path(&self.me().await?);
        let commands = offer::commands(app.workflows.prompts());
        self.rest.call(Method::PUT, &path, Some(&commands)).await.map(drop)
    }

    fn commands_path(&self, me: &Me) -> String {
        match self.guild {
            Some(guild) => format!("/applications/{}/guilds/{guild}/commands", me.application),
            None => format!("/applications/{}/commands", me.application),
        }
    }
}

impl Me {
    /// Returns the page on which a server lets the application in.
    pub fn invitation(&self) -> String {
        format!(
            "https://discord.com/oauth2/authorize?client_id={}&scope=bot+applications.commands&permissions={}",
            self.application, self.permissions
        )
    }
}

impl Chat for Discord {
    const KIND: ChannelKind = ChannelKind::Discord;
    const LIMITS: Limits = Limits::DISCORD;

    fn is_group(&self, chat: i64) -> bool {
        chat < 0
    }

    fn read(&self, payload: &[u8]) -> Option<Said> {
        serde_json::from_slice(payload).ok()
    }

    async fn acknowledge(&self, payload: &[u8], word: Option<&str>) {
        if let (Some(said), Some(word)) = (self.read(payload), word) {
            self.whisper(&said, word).await;
        }
    }

    async fn show(&self, chat: i64, page: &Page, spot: Spot, name: Id) -> Result<Place, Unshown> {
        self.show_page(chat, page, spot, name).await
    }

    async fn bring(&self, chat: i64, file: File, name: Id) -> Result<Place, Unshown> {
        self.bring_file(chat, &file, name).await
    }

    async fn fetch(&self, sent: &Sent, bytes_max: u64) -> Result<Vec<u8>, Unfetched> {
        self.fetch_file(sent, bytes_max).await
    }
}

/// Talks with Discord until `stop` asks for an end; then what was begun is stored.
pub async fn serve(app: &Arc<App>, stop: &Stop) {
    let Some(config) = &app.config.discord else { return };
    let discord = match Discord::new(config).await {
        Ok(discord) => Arc::new(discord),
        Err(why) => {
            tracing::error!(channel = "discord", error = why, "cannot begin");
            return;
        }
    };
    let mut tasks = JoinSet::new();
    tasks.spawn(send::serve(app.clone(), discord.clone(), stop.clone()));
    listen::serve(app, &discord, stop, &mut tasks).await;
    while let Some(ended) = tasks.join_next().await {
        if let Err(e) = ended {
            tracing::error!(channel = "discord", error = %e, "a part of it died; start the service again");
        }
    }
}

/// Does what was written in private since the last time, and sends what waits, once. For a service that
/// does not go on: nobody hears commands and buttons meanwhile.
///
/// # Errors
/// Discord does not answer, or the store failed.
pub async fn once(app: &Arc<App>, stop: &Stop) -> anyhow::Result<()> {
    let Some(config) = &app.config.discord else { return Ok(()) };
    let discord = Arc::new(Discord::new(config).await.map_err(anyhow::Error::msg)?);
    let mut workers = JoinSet::new();
    discord.me().await?;
    let intake = intake::Intake::start(app, &discord, stop, &mut workers).await?;
    listen::catch_up(app, &discord, &intake).await?;
    drop(intake);
    while workers.join_next().await.is_some() {}
    while send::send_once(app, &discord).await? > 0 {}
    Ok(())
}

/// Reads one of Discord's numbers, which it writes as text.
fn number(value: &Value) -> Result<u64, Failure> {
    let read = value.as_str().and_then(|text| text.parse().ok());
    read.ok_or_else(|| Failure::Broken("its answer lacks a number".into()))
}

fn locked<T>(of: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}
