//! What a button would ask for, for a chat that can show a form instead of asking in words.

use rapport_model::people::User;

use super::command::{Command, DraftStep, Of};
use super::desk::{Desk, Done, Stop};
use super::keep::Keep;
use super::parse;
use super::session::Session;
use crate::App;

/// Words that a command waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Question {
    /// What they are for, such as an answer to somebody.
    pub(crate) title: String,
    /// What to write.
    pub(crate) label: String,
    /// What was written before, to go on from; empty where there is nothing.
    pub(crate) words: String,
}

/// Returns what pressing a button of `command` would ask for; nothing where it asks for no words. Nothing
/// is done, and nothing is remembered of it: `session` is as it would be for the press.
///
/// # Errors
/// The store failed.
pub(crate) async fn question(
    app: &App,
    user: &User,
    session: Session,
    command: &str,
) -> anyhow::Result<Option<Question>> {
    let Some(command) = parse(command).ok().map(|parsed| parsed.command).filter(lacks_words) else {
        return Ok(None);
    };
    match Desk::new(app, user, None).words_for(session, command).await {
        Ok(question) => Ok(question),
        // It cannot be done: the press says why.
        Err(Stop::Card(_)) => Ok(None),
        Err(Stop::Failed(e)) => Err(e),
    }
}

/// Tells whether all that a command does without words is to ask for them.
fn lacks_words(command: &Command) -> bool {
    match command {
        Command::Note { text, .. }
        | Command::Reply { text, .. }
        | Command::OpenTicket { text, .. }
        | Command::Keep(Keep::Log { text, .. }) => text.is_empty(),
        Command::Draft(step) => *step == DraftStep::Edit,
        _ => false,
    }
}

impl Desk<'_> {
    async fn words_for(&self, mut session: Session, command: Command) -> Done<Option<Question>> {
        let words = match (&command, &session.draft) {
            (Command::Draft(_), Some(draft)) => draft.words.clone(),
            _ => String::new(),
        };
        // What waits afterwards is what would be asked for.
        session.awaiting = None;
        self.carry_out(&mut session, command).await?;
        let Some(mut waits) = session.awaiting else { return Ok(None) };
        let about = match waits.of_mut() {
            Some(Of::Exact(record)) => self.load(*record).await?,
            _ => None,
        };
        let about = self.titled_or_none(about.as_ref()).await?;
        let (prompts, language) = (self.prompts(), self.language);
        let (title, label) = match waits {
            Command::Note { .. } => (prompts.form_note(language, &about), prompts.form_note_words(language)),
            Command::OpenTicket { .. } => {
                (prompts.form_ticket(language, &about), prompts.form_ticket_words(language))
            }
            Command::Keep(_) => (prompts.form_log(language, &about), prompts.form_log_words(language)),
            _ => (prompts.form_reply(language, &about), prompts.form_reply_words(language)),
        };
        Ok(Some(Question { title, label, words }))
    }
}
