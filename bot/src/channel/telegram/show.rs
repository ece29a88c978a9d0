//! A page leaves for Telegram, and what it says to that.

use teloxide::payloads::{EditMessageTextSetters as _, SendMessageSetters as _, SendPhotoSetters as _};
use teloxide::requests::Requester as _;
use teloxide::types::{ChatId, InputFile, LinkPreviewOptions, MessageId, ParseMode, ReplyParameters};
use teloxide::{ApiError, RequestError};

use super::{Telegram, render};
use crate::channel::chat::page::Page;
use crate::channel::chat::{Place, Spot, Unshown};
use crate::commands::Picture;

/// After what Telegram could not do it is asked again, in seconds.
const AGAIN: u32 = 15;
/// A bot that Telegram does not know may be known again, in seconds.
const REVOKED: u32 = 3_600;

impl Telegram {
    /// Shows a page, in place of a message where that can still be changed.
    pub(super) async fn show_page(&self, chat: i64, page: &Page, spot: Spot) -> Result<Place, Unshown> {
        let html = render::html(&page.card);
        if let (Some(picture), Spot::End | Spot::Under(_)) = (&page.card.picture, spot) {
            match self.put_picture(chat, page, picture, &html).await {
                Ok(place) => return Ok(place),
                // The picture is at fault, or its words are: better the words alone than nothing.
                Err(RequestError::Api(ApiError::CantParseEntities(_) | ApiError::Unknown(_)))
                    if !page.card.is_wordless() =>
                {
                    tracing::warn!(channel = "telegram", "a picture was refused; sent without it");
                }
                Err(e) => return Err(unshown(&e)),
            }
        }
        let first = self.put(chat, page, spot, &html, true).await;
        let first = match first {
            // Our markup is at fault: better plain words than none.
            Err(RequestError::Api(ApiError::CantParseEntities(why))) => {
                tracing::warn!(channel = "telegram", error = why, "markup was refused; sent as plain words");
                self.put(chat, page, spot, &render::words(&page.card), false).await
            }
            first => first,
        };
        first.map_err(|e| unshown(&e))
    }

    /// Puts a picture at the end of a chat, with the page's words below it.
    async fn put_picture(
        &self,
        chat: i64,
        page: &Page,
        picture: &Picture,
        html: &str,
    ) -> Result<Place, RequestError> {
        let file = InputFile::memory(picture.bytes()).file_name(Picture::NAME);
        let mut send = self.bot.send_photo(ChatId(chat), file);
        if !page.card.is_wordless() {
            send = send.caption(html).parse_mode(ParseMode::Html);
        }
        if let Some(keyboard) = render::keyboard(page) {
            send = send.reply_markup(keyboard);
        }
        Ok(Place { chat, message: send.await?.id.0.into() })
    }

    async fn put(
        &self,
        chat: i64,
        page: &Page,
        spot: Spot,
        text: &str,
        is_html: bool,
    ) -> Result<Place, RequestError> {
        let place = |message: i64| Place { chat, message };
        let number = |message: i64| i32::try_from(message).ok().map(MessageId);
        if let Spot::Over(message) = spot
            && let Some(id) = number(message)
        {
            let mut edit =
                self.bot.edit_message_text(ChatId(chat), id, text).link_preview_options(no_preview());
            if is_html {
                edit = edit.parse_mode(ParseMode::Html);
            }
            if let Some(keyboard) = render::keyboard(page) {
                edit = edit.reply_markup(keyboard);
            }
            match edit.await {
                Ok(_) => return Ok(place(message)),
                Err(e) if is_unchanged(&e) => return Ok(place(message)),
                // It is gone, or too old: what it says is said below.
                Err(RequestError::Api(
                    ApiError::MessageToEditNotFound
                    | ApiError::MessageCantBeEdited
                    | ApiError::MessageIdInvalid,
                )) => {}
                // It is a picture: what it says is said below, too.
                Err(RequestError::Api(ApiError::Unknown(said)))
                    if said.contains("no text in the message") => {}
                Err(e) => return Err(e),
            }
        }
        let mut send = self.bot.send_message(ChatId(chat), text).link_preview_options(no_preview());
        if is_html {
            send = send.parse_mode(ParseMode::Html);
        }
        if let Spot::Under(message) = spot
            && let Some(id) = number(message)
        {
            send = send.reply_parameters(ReplyParameters::new(id).allow_sending_without_reply());
        }
        if let Some(keyboard) = render::keyboard(page) {
            send = send.reply_markup(keyboard);
        }
        Ok(place(send.await?.id.0.into()))
    }
}

fn no_preview() -> LinkPreviewOptions {
    LinkPreviewOptions {
        is_disabled: true,
        url: None,
        prefer_small_media: false,
        prefer_large_media: false,
        show_above_text: false,
    }
}

pub(super) fn unshown(e: &RequestError) -> Unshown {
    let reason = words(e);
    match e {
        RequestError::RetryAfter(seconds) => Unshown::TooMany(seconds.seconds()),
        // Nothing was said yet.
        RequestError::Network(e) if e.is_connect() => Unshown::Later(AGAIN, reason),
        RequestError::Network(_) => Unshown::Unknown(reason),
        // A server that is in trouble answers with a page of its own.
        RequestError::InvalidJson { .. } | RequestError::Io(_) => Unshown::Later(AGAIN, reason),
        RequestError::Api(ApiError::InvalidToken) => Unshown::Later(REVOKED, reason),
        RequestError::Api(ApiError::Unknown(said)) if is_trouble(said) => Unshown::Later(AGAIN, reason),
        RequestError::Api(_) | RequestError::MigrateToChatId(_) => Unshown::Never(reason),
    }
}

/// Tells whether a message already says what it was to say.
fn is_unchanged(e: &RequestError) -> bool {
    match e {
        RequestError::Api(ApiError::MessageNotModified) => true,
        RequestError::Api(ApiError::Unknown(said)) => said.contains("message is not modified"),
        _ => false,
    }
}

fn is_trouble(said: &str) -> bool {
    ["Bad Gateway", "Internal Server Error", "Gateway Timeout", "Service Unavailable", "restart"]
        .iter()
        .any(|trouble| said.contains(trouble))
}

/// Says why Telegram was not reached, without the token.
pub(super) fn unreached(e: &reqwest::Error) -> String {
    let e = e.to_string();
    let what = e.split("for url").next().unwrap_or_default().trim_end_matches([' ', '(']);
    format!("Telegram cannot be reached: {what}")
}

/// Says what went wrong, without the token, which is a part of every address.
pub(crate) fn words(e: &RequestError) -> String {
    match e {
        RequestError::Network(e) => unreached(e),
        RequestError::InvalidJson { .. } => "Telegram answered with something else than JSON".to_owned(),
        RequestError::RetryAfter(seconds) => format!("Telegram wants a pause of {seconds}"),
        RequestError::Api(ApiError::BotBlocked) => "the colleague has blocked the bot".to_owned(),
        RequestError::Api(ApiError::InvalidToken) => {
            "Telegram knows no bot with this token; it may have been revoked".to_owned()
        }
        e => e.to_string(),
    }
}
