//! Commands and buttons are acknowledged within their three seconds, and answered by their token.

use std::sync::Arc;
use std::time::Duration;

use rapport_storage::chats::Update;
use reqwest::Method;
use serde_json::{Value, json};
use serenity::all::{
    CreateAutocompleteResponse, CreateInteractionResponse, CreateInteractionResponseMessage,
    InteractionResponseFlags,
};
use tokio::sync::watch;

use super::read::Reply;
use super::rest::Failure;
use super::show::unshown;
use super::{Chat as _, Discord, locked, number, render};
use crate::app::App;
use crate::channel::chat::page::{Answered, Page};
use crate::channel::chat::{Place, Said, Spot, Unshown};
use crate::commands::names;

/// Names that are offered at once (Discord's own limit).
const NAMES_MAX: usize = 25;
const NAME_CHARS_MAX: usize = 100;
/// Whoever types waits no longer for names; Discord itself waits three seconds.
const TYPING_PATIENCE: Duration = Duration::from_millis(2_500);
/// What Discord says of a token that is too old, or of a command that it gave up.
const TOKEN_IS_OVER: &[u64] = &[10_008, 10_015, 10_062, 50_027];

/// Only who gave the command sees the answer.
fn hidden() -> u64 {
    InteractionResponseFlags::EPHEMERAL.bits()
}

impl Discord {
    /// Tells Discord at once that the answer to what was taken in will come.
    pub(super) fn promise(self: &Arc<Self>, update: &Update) {
        let ticket = self.read(&update.payload).and_then(|said| said.ticket);
        let Some(reply) = ticket.and_then(|ticket| Reply::read(&ticket)) else { return };
        let (done, waiting) = watch::channel(());
        locked(&self.acknowledging).insert(reply.id, waiting);
        let discord = self.clone();
        tokio::spawn(async move {
            let response = if reply.is_press {
                CreateInteractionResponse::Acknowledge
            } else {
                let message = CreateInteractionResponseMessage::new().ephemeral(reply.is_hidden);
                CreateInteractionResponse::Defer(message)
            };
            if let Err(e) = discord.respond(reply.id, &reply.token, &response).await {
                // The answer goes to the private chat instead.
                tracing::warn!(channel = "discord", error = %e, "a command was not acknowledged");
            }
            locked(&discord.acknowledging).remove(&reply.id);
            drop(done);
        });
    }

    pub(super) async fn respond(
        &self,
        id: u64,
        token: &str,
        response: &CreateInteractionResponse,
    ) -> Result<(), Failure> {
        let body = serde_json::to_value(response).expect("a response is JSON");
        self.rest.post(&format!("/interactions/{id}/{token}/callback"), &body).await.map(drop)
    }

    /// Waits until a command was acknowledged, if it is just being.
    async fn promised(&self, id: u64) {
        let waiting = locked(&self.acknowledging).get(&id).cloned();
        if let Some(mut waiting) = waiting {
            // It ends when the other side is gone.
            while waiting.changed().await.is_ok() {}
        }
    }

    fn answers_path(&self, reply: &Reply) -> String {
        let application = self.me.get().map_or(0, |me| me.application);
        format!("/webhooks/{application}/{}", reply.token)
    }

    /// Answers a command or a button by its token; nothing if that is over.
    pub(super) async fn show_answer(
        &self,
        chat: i64,
        page: &Page,
        answered: &Answered,
        spot: Spot,
    ) -> Result<Option<Place>, Unshown> {
        let Some(reply) = Reply::read(&answered.ticket) else { return Ok(None) };
        self.promised(reply.id).await;
        let path = self.answers_path(&reply);
        let (mut message, picture) = (render::message(page), render::picture(page));
        if picture.is_some() {
            render::show_picture(&mut message, page);
        }
        // A command has one message that waits for it, a button the one that it stands under.
        let in_place = if reply.is_press { matches!(spot, Spot::Over(_)) } else { answered.n == 0 };
        let shown = if in_place {
            let path = format!("{path}/messages/@original");
            self.rest.send_with(Method::PATCH, &path, &message, picture.as_ref()).await
        } else {
            if reply.is_hidden {
                message["flags"] = hidden().into();
            }
            self.rest.send_with(Method::POST, &path, &message, picture.as_ref()).await
        };
        match shown.and_then(|shown| number(&shown["id"])) {
            Ok(message) => Ok(Some(Place { chat, message: message as i64 })),
            Err(Failure::Refused { code, .. }) if TOKEN_IS_OVER.contains(&code) => Ok(None),
            Err(e) => Err(unshown(&e, in_place)),
        }
    }

    /// Says something to whoever pressed a button, and to nobody else.
    pub(super) async fn whisper(&self, said: &Said, word: &str) {
        let Some(reply) = said.ticket.as_ref().and_then(Reply::read) else { return };
        self.promised(reply.id).await;
        let body: Value = json!({ "content": word, "flags": hidden(), "allowed_mentions": { "parse": [] } });
        if let Err(e) = self.rest.post(&self.answers_path(&reply), &body).await {
            tracing::debug!(channel = "discord", error = %e, "a pressed button was not answered");
        }
    }

    /// Offers names to a colleague who types.
    pub(super) fn offer_names(self: &Arc<Self>, app: &Arc<App>, typing: Typing) {
        let (discord, app) = (self.clone(), app.clone());
        tokio::spawn(async move {
            let found = tokio::time::timeout(TYPING_PATIENCE, names_for(&app, &typing)).await;
            let found = found.unwrap_or_else(|_| Ok(Vec::new())).unwrap_or_else(|e| {
                tracing::warn!(channel = "discord", error = %format!("{e:#}"), "no names to offer");
                Vec::new()
            });
            let mut response = CreateAutocompleteResponse::new();
            for (number, name) in found {
                let shown = rapport_prompts::format::clip(&format!("{number} {name}"), NAME_CHARS_MAX - 1);
                response = response.add_string_choice(shown, number);
            }
            let response = CreateInteractionResponse::Autocomplete(response);
            if let Err(e) = discord.respond(typing.id, &typing.token, &response).await {
                tracing::debug!(channel = "discord", error = %e, "names came too late");
            }
        });
    }
}

/// Somebody types the words of a command.
pub(super) struct Typing {
    pub(super) id: u64,
    pub(super) token: String,
    pub(super) account: i64,
    pub(super) typed: String,
}

async fn names_for(app: &App, typing: &Typing) -> anyhow::Result<Vec<(String, String)>> {
    let bound = app.store().bound_to(Discord::KIND, typing.account).await?;
    let Some(user) = bound.and_then(|id| app.workflows.user(id)) else { return Ok(Vec::new()) };
    let found = names(app, user, &typing.typed, NAMES_MAX).await?;
    Ok(found.into_iter().map(|(number, name)| (number.to_string(), name)).collect())
}
