//! Files both ways: what customers sent along reaches a colleague, and what a colleague sends in a chat
//! goes with their next answer.

use rapport_model::people::Role;
use rapport_model::reads::ReadWhat;
use rapport_model::{Id, Kind, RecordRef};
use rapport_storage::Store;
use rapport_storage::attachments::Listed;
use rapport_storage::drafts::File;

use super::card::Card;
use super::command::{Command, Of};
use super::desk::{Desk, Done};
use super::govern::{Govern, is_table};
use super::message::{megabytes, message_meant};
use super::safe::{plain, quoted};
use super::session::Session;
use crate::channel::chat::file_bytes_max;
use crate::channel::email::file_in;

/// More than this most mail servers refuse, of all files of a mail together.
pub(crate) const BYTES_MAX: u64 = 15 << 20;
pub(super) const FILES_MAX: usize = 10;
/// Of a customer so many mails are looked through.
const MAILS_MAX: u32 = 50;

/// Files that a colleague sent in a chat.
#[derive(Debug, Default)]
pub(crate) struct Received {
    /// What came whole.
    pub(crate) files: Vec<File>,
    /// The names of what could not be had, each with the reason.
    pub(crate) refused: Vec<(String, String)>,
}

/// Loads a file that a customer sent; nothing if it is gone.
///
/// # Errors
/// The store cannot be read.
pub(crate) async fn load(store: &Store, id: Id) -> Result<Option<File>, rapport_storage::StorageError> {
    let Some(listed) = store.attachment(id).await?.filter(|listed| listed.kept) else { return Ok(None) };
    let Some(raw) = store.raw(listed.message).await? else { return Ok(None) };
    let Listed { name, mime, digest, .. } = listed;
    Ok(file_in(&raw, &digest).map(|bytes| File { name, mime, bytes }))
}

impl Desk<'_> {
    /// Hands over the files of a mail, or the last ones of a customer: in a chat they follow, at the
    /// machine itself they are written beside the exports.
    pub(super) async fn files(&self, session: &mut Session, command: &Command, of: &Of) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let (mails, name) = match message_meant(session, of) {
            Some(id) => {
                self.saw(session, ReadWhat::Message, RecordRef::new(Kind::Message, id));
                let subject = self.store().message(id).await?.map(|mail| quoted(&mail.subject));
                let name = subject.filter(|subject| !subject.is_empty());
                (vec![id], name.unwrap_or_else(|| prompts.label(language, Kind::Message).to_owned()))
            }
            None => {
                let customer = self.find_record(session, command, of, &[Kind::Customer]).await?;
                session.context = Some(customer.record);
                self.saw(session, ReadWhat::Message, customer.record);
                let mails = self.store().messages_of(customer.record.id, MAILS_MAX).await?;
                (mails.iter().map(|mail| mail.id).collect(), self.titled(&customer).await?)
            }
        };
        let mut found = Vec::new();
        for mail in mails {
            found.extend(self.store().attachments(mail).await?);
            if found.len() >= FILES_MAX {
                break;
            }
        }
        found.truncate(FILES_MAX);
        if found.is_empty() {
            return Ok(vec![Card::new(prompts.files_none(language, &name))]);
        }
        let mut card = Card::new(prompts.files_heading(language, found.len(), &name));
        for (n, file) in found.iter().enumerate() {
            card = self.give(session, card, file, n + 1).await?;
        }
        Ok(vec![card])
    }

    async fn give(&self, session: &Session, mut card: Card, file: &Listed, n: usize) -> Done<Card> {
        let (prompts, language) = (self.prompts(), self.language);
        let (name, size) = (quoted(&file.name), megabytes(file.bytes));
        if !file.kept {
            return Ok(card.item(prompts.file_left(language, &name, &size)));
        }
        if let Some(channel) = session.channel {
            if file.bytes.unsigned_abs() > file_bytes_max(channel) {
                return Ok(card.item(prompts.file_too_large(language, &name, &size)));
            }
            card.files.push(file.id);
            return Ok(card.item(self.beside(&name, &size)));
        }
        if !session.local {
            return Ok(card.item(self.beside(&name, &size)));
        }
        Ok(match load(self.store(), file.id).await? {
            Some(File { bytes, .. }) => {
                let at = self.now.local(self.zone).format("%Y%m%d-%H%M%S");
                let path = self.save(&format!("{at}-{n}-{}", file.name), bytes).await?;
                card.item(prompts.file_saved(language, &name, &path.display().to_string()))
            }
            None => card.item(prompts.file_left(language, &name, &size)),
        })
    }

    /// Takes files that came in the chat: they wait for an answer that they go with. Tells what could not
    /// be taken.
    pub(super) fn hold_files(&self, session: &mut Session, received: Received) -> Vec<String> {
        let (prompts, language) = (self.prompts(), self.language);
        session.clear_tray(self.now);
        session.tray_at = self.now;
        let mut problems: Vec<String> = received
            .refused
            .iter()
            .map(|(name, why)| prompts.attach_unreadable(language, &plain(name), why))
            .collect();
        for file in received.files {
            match self.no_room(session, file.bytes.len() as u64) {
                None => session.tray.push(file),
                Some(problem) => problems.push(problem),
            }
        }
        problems
    }

    /// Says why one file more cannot go along; nothing if it can.
    pub(super) fn no_room(&self, session: &Session, bytes: u64) -> Option<String> {
        let of_draft = session.draft.iter().flat_map(|draft| &draft.files);
        let so_far: Vec<u64> = of_draft.chain(&session.tray).map(|file| file.bytes.len() as u64).collect();
        if so_far.len() >= FILES_MAX {
            return Some(self.prompts().attach_too_many(self.language, FILES_MAX));
        }
        let is_too_much = so_far.iter().sum::<u64>().saturating_add(bytes) > BYTES_MAX;
        is_too_much.then(|| self.prompts().attach_too_big(self.language, (BYTES_MAX >> 20) as usize))
    }

    /// Lets go of a draft to somebody who is not seen any more.
    pub(super) async fn drop_unseen(&self, session: &mut Session) -> Done<()> {
        if let Some(draft) = &session.draft
            && !self.store().sees(draft.about).await?
        {
            session.draft = None;
        }
        Ok(())
    }

    /// Lets what waits go with the draft in hand, or says that it waits; nothing where nothing does.
    pub(super) async fn tray_card(&self, session: &mut Session) -> Done<Option<Card>> {
        let (prompts, language) = (self.prompts(), self.language);
        if session.tray.is_empty() {
            return Ok(None);
        }
        self.drop_unseen(session).await?;
        if let Some(draft) = &mut session.draft {
            draft.files.append(&mut session.tray);
            return Ok(Some(self.draft_card(draft).await?));
        }
        let names: Vec<String> = session.tray.iter().map(|file| quoted(&file.name)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut card = Card::new(prompts.tray_waits(language, &names));
        if self.user.role <= Role::Manager && session.tray.iter().any(is_table) {
            let bring = Command::Govern(Govern::Import { sort: None, sure: false });
            card = card.button(prompts.button_bring(language), bring);
        }
        if session.context.is_some() {
            let reply = Command::Reply { of: Of::It, text: String::new() };
            card = card.button(prompts.button_reply(language), reply);
        }
        Ok(Some(card.button(prompts.button_put_away(language), Command::Attach(super::attach::NONE.into()))))
    }
}
