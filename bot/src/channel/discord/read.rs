//! What an event of Discord says; pure.

use rapport_model::Id;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serenity::all::{
    ActionRowComponent, CommandDataOptionValue, CommandInteraction, ComponentInteraction,
    ComponentInteractionDataKind, Interaction, InteractionContext, Message, MessageReferenceKind,
    MessageType, ModalInteraction,
};

use super::Me;
use super::files::sent;
use super::offer::{CODE, LINK, TEXT};
use crate::channel::chat::{Said, Ticket, What};

/// What came in.
#[derive(Debug, PartialEq)]
pub(super) struct Heard {
    /// Its number, which rises with time.
    pub(super) id: u64,
    pub(super) said: Said,
    /// The channel in which one writes with the bot in private, where it was written there.
    pub(super) direct: Option<u64>,
}

/// By what a command or a pressed button is answered, for a quarter of an hour.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Reply {
    pub(super) id: u64,
    pub(super) token: String,
    /// Whether a button was pressed, or what it asked for was written.
    pub(super) is_press: bool,
    /// Whether others read where that was done, so that nobody else must see the answer.
    pub(super) is_hidden: bool,
}

impl Reply {
    pub(super) fn read(ticket: &Ticket) -> Option<Self> {
        serde_json::from_str(&ticket.0).ok()
    }

    fn write(&self) -> Ticket {
        Ticket(serde_json::to_string(self).expect("numbers and words are JSON"))
    }
}

/// What an interaction is.
#[derive(Debug, PartialEq)]
pub(super) enum Asked {
    /// Something was done.
    Done(Box<Heard>),
    /// Somebody types the words of a command, and wants to be offered some.
    Offer { id: u64, token: String, account: i64, typed: String },
    /// Nothing that we offer.
    Nothing,
}

/// Reads a message; nothing if it is not for the bot.
///
/// # Errors
/// It is none that Discord's documentation knows.
pub(super) fn message(event: Value, me: &Me) -> Result<Option<Heard>, serde_json::Error> {
    Ok(written(&serde_json::from_value(event)?, me))
}

fn written(message: &Message, me: &Me) -> Option<Heard> {
    let is_sort = matches!(message.kind, MessageType::Regular | MessageType::InlineReply);
    // That somebody came or pinned something is said to nobody.
    if message.author.bot || message.webhook_id.is_some() || !is_sort {
        return None;
    }
    let account = message.author.id.get() as i64;
    let channel = message.channel_id.get();
    let is_private = message.guild_id.is_none();
    let chat = if is_private { account } else { -(channel as i64) };
    let direct = is_private.then_some(channel);
    let said = |what| {
        let files = if is_private { sent(&message.attachments) } else { Vec::new() };
        let said = Said { account, chat, is_private, what, ticket: None, files };
        Some(Heard { id: message.id.get(), said, direct })
    };
    let reference = message.message_reference.as_ref();
    if reference.is_some_and(|reference| reference.kind == MessageReferenceKind::Forward) {
        // Somebody else's words command nothing.
        let words = message.message_snapshots.first().map(|words| words.content.trim().to_owned());
        let what = words.filter(|words| !words.is_empty()).map_or(What::Unreadable, What::Forwarded);
        return if is_private { said(what) } else { None };
    }
    let answered = message.referenced_message.as_ref().filter(|to| to.author.id.get() == me.id);
    let answers = answered.map(|to| to.id.get() as i64);
    let text = message.content.trim();
    let without = without_mention(text, me);
    if !is_private && without.is_none() && answers.is_none() {
        return None;
    }
    let text = without.unwrap_or_else(|| text.to_owned());
    if text.is_empty() && (!is_private || message.attachments.is_empty()) {
        return if is_private { said(What::Unreadable) } else { None };
    }
    if let Some(code) = code(&text) {
        return said(What::Prove(code.to_owned()));
    }
    said(What::Text { text, answers })
}

/// Takes `<@900>` out of a text; nothing if it is not in it.
fn without_mention(text: &str, me: &Me) -> Option<String> {
    let mentions = [format!("<@{}>", me.id), format!("<@!{}>", me.id)];
    let mention = mentions.iter().find(|mention| text.contains(mention.as_str()))?;
    let rest = text.replacen(mention.as_str(), "", 1);
    let edge = |c: char| c.is_whitespace() || matches!(c, ',' | '，' | ':' | '：');
    Some(rest.trim_start_matches(edge).trim_end().to_owned())
}

/// Returns the code of `/link CODE`, typed as words.
fn code(text: &str) -> Option<&str> {
    let (word, code) = text.split_once(char::is_whitespace)?;
    let code = code.trim();
    (word.strip_prefix('/') == Some(LINK) && !code.contains(char::is_whitespace)).then_some(code)
}

/// Reads a command, a pressed button, a choice or a form.
///
/// # Errors
/// It is none that Discord's documentation knows.
pub(super) fn interaction(event: Value) -> Result<Asked, serde_json::Error> {
    Ok(match serde_json::from_value(event)? {
        Interaction::Command(command) => commanded(&command),
        Interaction::Component(press) => pressed(&press),
        Interaction::Modal(form) => filled(&form),
        Interaction::Autocomplete(typing) => Asked::Offer {
            id: typing.id.get(),
            account: typing.user.id.get() as i64,
            typed: option(&typing, TEXT).unwrap_or_default().to_owned(),
            token: typing.token,
        },
        _ => Asked::Nothing,
    })
}

fn commanded(command: &CommandInteraction) -> Asked {
    let what = if command.data.name == LINK {
        What::Prove(option(command, CODE).unwrap_or_default().trim().to_owned())
    } else {
        let words = option(command, TEXT).unwrap_or_default().trim();
        let text = format!("/{} {words}", command.data.name).trim_end().to_owned();
        What::Text { text, answers: None }
    };
    let reply = Reply {
        id: command.id.get(),
        token: command.token.clone(),
        is_press: false,
        is_hidden: is_hidden(command.guild_id.is_some(), command.context),
    };
    done(command.user.id.get(), what, &reply)
}

fn pressed(press: &ComponentInteraction) -> Asked {
    // To choose one of several answers is to press its button.
    let name = match &press.data.kind {
        ComponentInteractionDataKind::StringSelect { values } => values.first().map_or("", String::as_str),
        _ => &press.data.custom_id,
    };
    let what = What::Press {
        button: name.parse().ok().map(Id),
        under: Some(press.message.id.get() as i64),
        words: None,
    };
    let reply = Reply {
        id: press.id.get(),
        token: press.token.clone(),
        is_press: true,
        is_hidden: is_hidden(press.guild_id.is_some(), press.context),
    };
    done(press.user.id.get(), what, &reply)
}

/// What was written in a form comes with a press of the button that opened it.
fn filled(form: &ModalInteraction) -> Asked {
    let fields = form.data.components.iter().flat_map(|row| &row.components);
    let words = fields.filter_map(|field| match field {
        ActionRowComponent::InputText(field) => field.value.as_deref().map(str::trim),
        _ => None,
    });
    let words: Vec<&str> = words.filter(|words| !words.is_empty()).collect();
    let what = What::Press {
        button: form.data.custom_id.parse().ok().map(Id),
        under: form.message.as_ref().map(|message| message.id.get() as i64),
        words: (!words.is_empty()).then(|| words.join("\n")),
    };
    let reply = Reply {
        id: form.id.get(),
        token: form.token.clone(),
        is_press: true,
        is_hidden: is_hidden(form.guild_id.is_some(), None),
    };
    done(form.user.id.get(), what, &reply)
}

/// What is answered by a ticket is seen by nobody else, wherever that is: for us it is the private chat.
fn done(account: u64, what: What, reply: &Reply) -> Asked {
    let account = account as i64;
    let said = Said {
        account,
        chat: account,
        is_private: true,
        what,
        ticket: Some(reply.write()),
        files: Vec::new(),
    };
    Asked::Done(Box::new(Heard { id: reply.id, said, direct: None }))
}

fn is_hidden(in_server: bool, context: Option<InteractionContext>) -> bool {
    in_server || context.is_some_and(|context| context != InteractionContext::BotDm)
}

fn option<'c>(command: &'c CommandInteraction, name: &str) -> Option<&'c str> {
    let found = command.data.options.iter().find(|option| option.name == name)?;
    match &found.value {
        CommandDataOptionValue::String(text) | CommandDataOptionValue::Autocomplete { value: text, .. } => {
            Some(text)
        }
        _ => None,
    }
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
