//! `rapport token`: by what other programs prove for whom they ask. Works beside the service.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use rapport_model::Timestamp;
use rapport_model::time::DAY;
use rapport_storage::tokens::{NewToken, Token as Known};
use rapport_storage::{Access, Store};
use serde_json::{Value, json};

use super::Common;
use super::user::{Rank, Sees, colleague};

const NAME_CHARS_MAX: usize = 80;

/// What to do with tokens.
#[derive(Debug, Subcommand)]
pub(crate) enum Token {
    /// Make a token, and print its secret once
    #[command(after_help = "Example: rapport token new shop --for mia --role rep --scope own --days 90")]
    New(New),
    /// List tokens, without their secrets
    #[command(after_help = "Example: rapport token list")]
    List,
    /// Revoke a token: it is good for nothing from now on
    #[command(after_help = "Example: rapport token revoke 2")]
    Revoke {
        /// Its number in the list
        number: i64,
    },
}

/// What token to make.
#[derive(Debug, Args)]
pub(crate) struct New {
    /// What it is for
    name: String,
    /// The colleague for whom is asked: what is done by the token is done by them
    #[arg(long = "for", value_name = "HANDLE")]
    user: String,
    /// What it may do, at most [default: what the colleague may]
    #[arg(long, value_enum)]
    role: Option<Rank>,
    /// Whose customers it sees, at most [default: those whom the colleague sees]
    #[arg(long, value_enum)]
    scope: Option<Sees>,
    /// For how many days it is good
    #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(i64).range(1..=3650))]
    days: i64,
}

impl Token {
    pub(crate) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        match self {
            Self::New(new) => new.run(common).await,
            Self::List => list(common).await,
            Self::Revoke { number } => revoke(common, number).await,
        }
    }
}

impl New {
    async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        let config = common.config()?;
        let name = self.name.trim();
        let is_name =
            (1..=NAME_CHARS_MAX).contains(&name.chars().count()) && !name.chars().any(char::is_control);
        anyhow::ensure!(is_name, "the name must have 1 to {NAME_CHARS_MAX} characters in one line");
        let user = colleague(common, &config, &self.user).await?;
        let (role, scope) =
            (self.role.map_or(user.role, Rank::role), self.scope.map_or(user.scope, Sees::scope));
        // Of what comes later in these lists less is allowed.
        anyhow::ensure!(role >= user.role, "{} is {}: a token may not do more", user.handle, user.role);
        anyhow::ensure!(scope >= user.scope, "{} sees {}: a token may not see more", user.handle, user.scope);
        let store = common.store(Access::Amend).await?;
        let expires_at = store.clock().now().plus(self.days * DAY);
        let new = NewToken { name: name.to_owned(), user: user.id, role, scope, expires_at };
        let (token, secret) = store.make_token(new).await?;
        store.close().await;
        if common.json {
            let mut said = shown(&token, &user.handle, store.clock().now());
            said["secret"] = secret.into();
            println!("{said}");
            return Ok(ExitCode::SUCCESS);
        }
        println!("{secret}");
        eprintln!(
            "This is token {}, good until {expires_at}. It is not shown again: keep it like a password.",
            token.number
        );
        if config.http.listen.is_none() {
            eprintln!("Nothing is served yet: set http.listen in the configuration.");
        }
        Ok(ExitCode::SUCCESS)
    }
}

async fn list(common: &Common) -> anyhow::Result<ExitCode> {
    let store = common.store(Access::Read).await?;
    let (users, now) = (store.users().await?, store.clock().now());
    let handle = |token: &Known| {
        users.iter().find(|user| user.id == token.user).map_or("", |user| user.handle.as_str())
    };
    let day =
        |at: Option<Timestamp>| at.map_or("-".to_owned(), |at| at.to_string().chars().take(10).collect());
    for token in store.tokens().await? {
        if common.json {
            println!("{}", shown(&token, handle(&token), now));
            continue;
        }
        let (role, scope) = (token.role.name(), token.scope.name());
        println!(
            "{:>3} {:<8} {:<16} {role:<8} {scope:<5} until {} used {:<10} {}",
            token.number,
            state(&token, now),
            handle(&token),
            day(Some(token.expires_at)),
            day(token.used_at),
            token.name
        );
    }
    Ok(ExitCode::SUCCESS)
}

async fn revoke(common: &Common, number: i64) -> anyhow::Result<ExitCode> {
    let store: Store = common.store(Access::Amend).await?;
    let revoked = store.revoke_token(number).await?;
    let known = store.tokens().await?.into_iter().find(|token| token.number == number);
    store.close().await;
    let token =
        known.with_context(|| format!("there is no token {number}; `rapport token list` shows all"))?;
    if common.json {
        println!("{}", json!({"number": number, "name": token.name, "revoked": revoked}));
    } else if revoked {
        println!("Token {number} ({}) is good for nothing from now on.", token.name);
    } else {
        println!("Token {number} ({}) was revoked before.", token.name);
    }
    Ok(ExitCode::SUCCESS)
}

fn state(token: &Known, now: Timestamp) -> &'static str {
    match token {
        _ if token.revoked_at.is_some() => "revoked",
        _ if !token.is_good(now) => "expired",
        _ => "good",
    }
}

fn shown(token: &Known, handle: &str, now: Timestamp) -> Value {
    json!({
        "number": token.number, "name": token.name, "user": handle, "role": token.role.name(),
        "scope": token.scope.name(), "state": state(token, now), "made_at": token.made_at,
        "expires_at": token.expires_at, "used_at": token.used_at, "revoked_at": token.revoked_at,
    })
}
