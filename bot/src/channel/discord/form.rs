//! A button that asks for words opens a form for them, in place of a question in the chat.
//!
//! A form is opened instead of an acknowledgement, so that what a button asks for is looked up before; where
//! that takes too long, or the form does not open, the button is acknowledged, and asks in the chat.

use std::sync::Arc;
use std::time::Duration;

use rapport_model::Id;
use rapport_storage::chats::{Answer, Update};
use tokio::time::{Instant, timeout_at};

use super::read::Reply;
use super::{Chat as _, Discord, render};
use crate::app::App;
use crate::channel::chat::intake::Intake;
use crate::channel::chat::{Said, What};
use crate::commands::{Question, Session, question};

/// From when a press is heard until it is known what it asks for: the rest of Discord's three seconds is
/// for telling it so.
const LOOKED_UP_WITHIN: Duration = Duration::from_secs(1);

/// A form that a pressed button opens.
pub(super) struct Form {
    reply: Reply,
    button: Id,
    question: Question,
}

/// Returns until when it must be known whether what is heard now opens a form.
pub(super) fn deadline() -> Instant {
    Instant::now() + LOOKED_UP_WITHIN
}

impl Discord {
    /// Returns the form that an update opens; nothing where it opens none, or nobody knows by `until`.
    pub(super) async fn form(&self, app: &App, update: &Update, until: Instant) -> Option<Form> {
        let said = self.read(&update.payload)?;
        let What::Press { button: Some(button), words: None, .. } = said.what else { return None };
        let reply = Reply::read(said.ticket.as_ref()?)?;
        if Instant::now() >= until {
            return None;
        }
        match timeout_at(until, asked(app, &said, button)).await {
            Ok(Ok(question)) => question.map(|question| Form { reply, button, question }),
            Ok(Err(e)) => {
                tracing::warn!(channel = "discord", error = %format!("{e:#}"), "cannot look what a button asks for");
                None
            }
            Err(_) => None,
        }
    }

    /// Opens a form; what is written in it comes as something new. Where it does not open, the update is
    /// done as any other.
    pub(super) fn open(self: &Arc<Self>, app: &Arc<App>, intake: &Intake, update: Update, form: Form) {
        let (discord, app, intake) = (self.clone(), app.clone(), intake.clone());
        tokio::spawn(async move {
            let Form { reply, button, question } = form;
            let opened = discord.respond(reply.id, &reply.token, &render::form(button, &question)).await;
            if let Err(e) = opened {
                tracing::warn!(channel = "discord", error = %e, "a form did not open; asking in the chat");
                discord.promise(&update);
                intake.hand_over(vec![update]).await;
                return;
            }
            // If this is not stored, it is asked in the chat, too, when the service starts again.
            if let Err(e) = app.store().answer(Discord::KIND, &update, Answer::default()).await {
                tracing::error!(channel = "discord", update.id = %update.id, error = %e, "cannot note that a form was opened");
            }
        });
    }
}

/// Returns what a button asks for, of whom it is there for.
async fn asked(app: &App, said: &Said, button: Id) -> anyhow::Result<Option<Question>> {
    let store = app.store();
    let bound = store.bound_to(Discord::KIND, said.account).await?;
    let Some(user) = bound.and_then(|id| app.workflows.user(id)) else { return Ok(None) };
    let Some(button) = store.button(button).await?.filter(|button| button.user == user.id) else {
        return Ok(None);
    };
    let state = store.chat_session(Discord::KIND, said.account, user.id).await?;
    let session = state.map_or_else(Session::new, |state| Session::remembered(&state));
    question(app, user, session, &button.command).await
}
