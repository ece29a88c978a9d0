//! `rapport user`: colleagues, and the codes by which they bind their chat accounts.

use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand, ValueEnum};
use rapport_model::message::ChannelKind;
use rapport_model::people::{Role, Scope, User as Colleague};
use rapport_storage::{Access, Store};
use serde_json::json;

use super::Common;
use crate::channel::discord::Discord;
use crate::channel::telegram::Telegram;
use crate::config::{Config, FILE};

/// What to do with colleagues.
#[derive(Debug, Subcommand)]
pub(crate) enum User {
    /// Give a colleague a code that binds their Telegram or Discord account, once and for ten minutes
    ///
    /// Whom the configuration does not know yet is added to it.
    #[command(
        after_help = "Example: rapport user add mia --name 'Mia Tan' --role rep --scope team --team service"
    )]
    Add(Add),
    /// List the colleagues and the chats in which they have an account
    List,
}

/// Whom to add.
#[derive(Debug, Args)]
pub(crate) struct Add {
    /// Their short name, one word
    handle: String,
    /// The name that customers see
    #[arg(long, default_value = "")]
    name: String,
    /// What they may do, if they are new
    #[arg(long, value_enum, default_value_t = Rank::Rep)]
    role: Rank,
    /// Whose customers they see, if they are new: everybody's, their team's and nobody's, or their own
    #[arg(long, value_enum, default_value_t = Sees::All)]
    scope: Sees,
    /// Their team, if they are new: it looks after the mailboxes of the same team
    #[arg(long)]
    team: Option<String>,
    /// Their language, if they are new: en or zh [default: the house's]
    #[arg(long, value_name = "LANG")]
    speaks: Option<String>,
    /// Their zone, if they are new, such as Europe/Berlin [default: the house's]
    #[arg(long)]
    zone: Option<String>,
}

/// What somebody may do.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Rank {
    Owner,
    Manager,
    Rep,
    Viewer,
}

impl Rank {
    pub(crate) const fn role(self) -> Role {
        match self {
            Self::Owner => Role::Owner,
            Self::Manager => Role::Manager,
            Self::Rep => Role::Rep,
            Self::Viewer => Role::Viewer,
        }
    }
}

/// Whose customers somebody sees.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Sees {
    All,
    Team,
    Own,
}

impl Sees {
    pub(crate) const fn scope(self) -> Scope {
        match self {
            Self::All => Scope::All,
            Self::Team => Scope::Team,
            Self::Own => Scope::Own,
        }
    }
}

impl User {
    pub(crate) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        match self {
            Self::Add(add) => add.run(common).await,
            Self::List => list(common).await,
        }
    }
}

impl Add {
    async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        let mut config = common.config()?;
        if !config.users.iter().any(|user| user.handle == self.handle) {
            config = self.enter(common)?;
            println!("{} is in the configuration now. Where the service runs, start it again.", self.handle);
        }
        let colleague = colleague(common, &config, &self.handle).await?;
        let store = common.store(Access::Amend).await?;
        let code = store.link_code(colleague.id).await?;
        let link = match &config.telegram {
            Some(telegram) => Some(deep_link(telegram, &code).await),
            None => None,
        };
        let discord = match &config.discord {
            Some(discord) => Some(invitation(discord).await),
            None => None,
        };
        store.close().await;
        if common.json {
            let link = link.and_then(Result::ok);
            println!(
                "{}",
                json!({
                    "user": self.handle, "code": code, "telegram": link,
                    "discord": discord.as_ref().map(|_| format!("/link {code}")),
                })
            );
            return Ok(ExitCode::SUCCESS);
        }
        println!("The code is good for ten minutes, and for one account in each chat:");
        match link {
            Some(Ok(link)) => println!("  Telegram: open {link}"),
            Some(Err(why)) => println!("  Telegram: send the house's bot /start {code}\n            ({why})"),
            None => println!("  Telegram: is not configured; see [telegram] in the README"),
        }
        match discord {
            Some(Ok(page)) => {
                println!("  Discord:  type /link {code}\n            (a server lets the bot in on {page})")
            }
            Some(Err(why)) => println!("  Discord:  type /link {code}\n            ({why})"),
            None => println!("  Discord:  is not configured; see [discord] in the README"),
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Adds the colleague at the end of the configuration file, which stays right as TOML.
    fn enter(&self, common: &Common) -> anyhow::Result<Config> {
        let path = match &common.config {
            Some(path) => path.clone(),
            None => common.data()?.join(FILE),
        };
        let before = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(e) => return Err(e).with_context(|| format!("cannot read {}", path.display())),
        };
        let mut text = before.clone();
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        // A string of JSON is one of TOML.
        let quoted = |value: &str| serde_json::Value::from(value).to_string();
        let _ =
            write!(text, "\n[[users]]\nhandle = {}\nrole = \"{}\"\n", quoted(&self.handle), self.role.role());
        if self.scope.scope() != Scope::All {
            let _ = writeln!(text, "scope = \"{}\"", self.scope.scope());
        }
        let name = Some(&self.name).filter(|name| !name.is_empty());
        for (key, value) in [
            ("name", name),
            ("team", self.team.as_ref()),
            ("lang", self.speaks.as_ref()),
            ("zone", self.zone.as_ref()),
        ] {
            if let Some(value) = value {
                let _ = writeln!(text, "{key} = {}", quoted(value));
            }
        }
        // Whatever is wrong with it is said before the file is touched.
        let config = Config::read(&text, &path.display().to_string(), std::env::vars())?;
        if let Some(dir) = path.parent() {
            std::fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()))?;
        }
        let new = path.with_extension("toml.new");
        std::fs::write(&new, &text).with_context(|| format!("cannot write {}", new.display()))?;
        std::fs::rename(&new, &path).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(config)
    }
}

/// Returns the colleague of a short name, whom the store need not know yet.
///
/// # Errors
/// The configuration has no such colleague, or the store cannot be opened.
pub(crate) async fn colleague(common: &Common, config: &Config, handle: &str) -> anyhow::Result<Colleague> {
    let known = || config.users.iter().map(|user| user.handle.as_str()).collect::<Vec<_>>().join(", ");
    anyhow::ensure!(
        config.users.iter().any(|user| user.handle == handle),
        "there is no colleague {handle:?}; the configuration has {}",
        known()
    );
    match find(&common.store(Access::Amend).await, handle).await? {
        Some(known) => Ok(known),
        None => bring_in(common, config, handle).await,
    }
}

async fn find(store: &anyhow::Result<Store>, handle: &str) -> anyhow::Result<Option<Colleague>> {
    // Where there is no store yet, there is nobody in it.
    let Ok(store) = store else { return Ok(None) };
    Ok(store.users().await?.into_iter().find(|user| user.handle == handle))
}

/// Brings the colleagues of the configuration into the store, as the service does when it starts.
async fn bring_in(common: &Common, config: &Config, handle: &str) -> anyhow::Result<Colleague> {
    let opened = Store::open_at(&common.data()?, &config.place(), Access::Write, common.clock()?).await;
    let store =
        opened.context("the service does not know them yet: start it again, and then ask for the code")?;
    let users = store.set_users(&config.users().map_err(anyhow::Error::msg)?).await?;
    store.close().await;
    users.into_iter().find(|user| user.handle == handle).context("the store did not take them")
}

/// Returns the link that opens the bot and shows it the code.
async fn deep_link(config: &crate::config::chat::TelegramConfig, code: &str) -> Result<String, String> {
    let me = Telegram::new(config).await?.me().await;
    me.map(|me| format!("https://t.me/{}?start={code}", me.username))
        .map_err(|e| crate::channel::telegram::words(&e))
}

/// Returns the page on which a server lets the bot in.
async fn invitation(config: &crate::config::chat::DiscordConfig) -> Result<String, String> {
    let me = Discord::new(config).await?.me().await;
    me.map(|me| me.invitation()).map_err(|e| e.to_string())
}

async fn list(common: &Common) -> anyhow::Result<ExitCode> {
    let store = common.store(Access::Read).await?;
    let telegram = store.accounts(ChannelKind::Telegram).await?;
    let discord = store.accounts(ChannelKind::Discord).await?;
    for user in store.users().await? {
        let chats = [("telegram", &telegram), ("discord", &discord)];
        let chats: Vec<&str> =
            chats.into_iter().filter(|(_, all)| all.contains_key(&user.id)).map(|(name, _)| name).collect();
        if common.json {
            println!(
                "{}",
                json!({
                    "handle": user.handle, "name": user.name, "role": user.role.name(),
                    "scope": user.scope.name(), "team": user.team, "chats": chats,
                })
            );
        } else {
            let (role, scope) = (user.role.name(), user.scope.name());
            let chats = chats.join(", ");
            println!("{:<16} {role:<8} {scope:<5} {:<12} {:<20} {chats}", user.handle, user.team, user.name);
        }
    }
    Ok(ExitCode::SUCCESS)
}
