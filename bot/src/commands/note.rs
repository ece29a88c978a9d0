//! `note`.

use rapport_model::{Change, Kind, Record, RecordRef};
use rapport_prompts::Block;

use super::card::Card;
use super::command::{Command, Of};
use super::desk::{Desk, Done};
use super::message::message_meant;
use super::safe::plain;
use super::session::Session;

/// What a note can be about.
const ABOUT: &[Kind] = &[Kind::Customer, Kind::Ticket, Kind::Deal, Kind::Company];

impl Desk<'_> {
    pub(super) async fn note(&self, session: &mut Session, command: &Command, of: &Of, text: &str) -> Done {
        let (about, text) = match self.find_record(session, command, of, ABOUT).await {
            Ok(about) => (about, text.to_owned()),
            // `note remember: the kitchen closes` names nobody: all of it is the note.
            Err(stop) => match (of, session.context) {
                (Of::Named(name), Some(_)) if self.is_nobody(of, ABOUT).await? => {
                    let Ok(about) = self.find_record(session, command, &Of::It, ABOUT).await else {
                        return Err(stop);
                    };
                    (about, format!("{name}: {text}"))
                }
                _ => return Err(stop),
            },
        };
        let about = self.still_there(about)?;
        let name = self.titled(&about).await?;
        if text.is_empty() {
            session.awaiting = Some(command.about(Of::Exact(about.record)));
            return Ok(vec![Card::new(self.prompts().ask_note(self.language, &name))]);
        }
        let text = plain(&text);
        let message = message_meant(session, of);
        let note = RecordRef::new(Kind::Note, self.store().new_id());
        let change = about_record(Change::create(note).with("body", text.as_str()), &about)
            .with("message", message)
            .with("author", self.user.id);
        let written = self.write(vec![change]).await?;
        session.context = Some(about.record);
        Ok(vec![self.written(self.prompts().note_stored(self.language, &name, Block(&text)), &written)])
    }
}

/// Ties a new record to what it is about, and to the customer that this belongs to.
pub(crate) fn about_record(change: Change, about: &Record) -> Change {
    let id = |field: &str| about.get(field).id();
    let own = Some(about.record.id);
    match about.record.kind {
        Kind::Customer => change.with("customer", own),
        Kind::Company => change.with("company", own),
        Kind::Ticket => change.with("customer", id("customer")).with("ticket", own),
        Kind::Deal => change.with("customer", id("customer")).with("deal", own),
        _ => change.with("customer", id("customer")),
    }
}
