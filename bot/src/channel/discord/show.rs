//! A page leaves for Discord, and what it says to that.

use rapport_model::Id;
use rapport_storage::drafts::File;
use serde_json::{Value, json};

use super::rest::Failure;
use super::{Discord, number, render};
use crate::channel::chat::page::Page;
use crate::channel::chat::{Place, Spot, Unshown};

/// After what Discord could not do it is asked again, in seconds.
const AGAIN: u32 = 15;
/// A bot that Discord does not know may be known again, in seconds.
const RESET: u32 = 3_600;
/// A message that is gone, or of somebody else.
const NOT_OURS: &[u64] = &[10_003, 10_008, 50_001, 50_005];
/// Who does not let the bot write to them.
const CLOSED: u64 = 50_007;

impl Discord {
    /// Shows a page: by the token of what it answers, in place of a message, or at the end.
    pub(super) async fn show_page(
        &self,
        chat: i64,
        page: &Page,
        spot: Spot,
        name: Id,
    ) -> Result<Place, Unshown> {
        if let Some(answered) = &page.answers
            && let Some(place) = self.show_answer(chat, page, answered, spot).await?
        {
            return Ok(place);
        }
        let (mut message, picture) = (render::message(page), render::picture(page));
        if let Spot::Over(old) = spot {
            let path = self.messages_path(chat).await?;
            match self.rest.patch(&format!("{path}/{old}"), &message).await {
                Ok(_) => return Ok(Place { chat, message: old }),
                // What it says is said below.
                Err(Failure::Refused { code, .. }) if NOT_OURS.contains(&code) => {}
                Err(e) => return Err(unshown(&e, true)),
            }
        }
        if let Spot::Under(old) = spot {
            message["message_reference"] =
                json!({ "message_id": old.to_string(), "fail_if_not_exists": false });
        }
        if picture.is_some() {
            render::show_picture(&mut message, page);
        }
        self.put(chat, message, picture.as_ref(), name).await
    }

    /// Puts a message at the end of a chat, perhaps with a file; once more at once where nobody knows
    /// whether it arrived.
    pub(super) async fn put(
        &self,
        chat: i64,
        mut message: Value,
        file: Option<&File>,
        name: Id,
    ) -> Result<Place, Unshown> {
        let path = self.messages_path(chat).await?;
        // The same message twice within some minutes is shown once.
        message["nonce"] = name.to_string().into();
        message["enforce_nonce"] = true.into();
        let posted = match self.rest.post_with(&path, &message, file).await {
            Err(Failure::Broken(_)) => self.rest.post_with(&path, &message, file).await,
            posted => posted,
        };
        let message = posted.and_then(|posted| number(&posted["id"])).map_err(|e| unshown(&e, false))?;
        Ok(Place { chat, message: message as i64 })
    }

    /// Returns where the messages of a chat are.
    async fn messages_path(&self, chat: i64) -> Result<String, Unshown> {
        let channel = match chat {
            server if server < 0 => server.unsigned_abs(),
            account => self.direct(account).await.map_err(|e| unshown(&e, true))?,
        };
        Ok(format!("/channels/{channel}/messages"))
    }
}

/// Says what becomes of a page that was not shown; `is_repeatable` if it may be shown twice, for it would
/// stand in the same place.
pub(super) fn unshown(e: &Failure, is_repeatable: bool) -> Unshown {
    let reason = e.to_string();
    match e {
        Failure::TooMany(seconds) => Unshown::TooMany(*seconds),
        Failure::Unreached(_) | Failure::Trouble(_) => Unshown::Later(AGAIN, reason),
        Failure::Broken(_) if is_repeatable => Unshown::Later(AGAIN, reason),
        Failure::Broken(_) => Unshown::Unknown(reason),
        Failure::Unknown => Unshown::Later(RESET, reason),
        Failure::Refused { code: CLOSED, .. } => Unshown::Never(
            "the colleague lets nobody of the bot's servers write to them; they must allow direct messages there"
                .into(),
        ),
        Failure::Refused { .. } => Unshown::Never(reason),
    }
}
