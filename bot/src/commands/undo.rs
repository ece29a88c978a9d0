//! `undo`.

use rapport_model::{Actor, Change, Id, Kind};
use rapport_prompts::Numbered;
use rapport_storage::undo::Refusal;

use super::card::Card;
use super::command::{Command, Of, Undoing};
use super::desk::{Desk, Done};
use super::session::Session;

/// What has a history that can be taken back.
const ABOUT: &[Kind] = &[Kind::Ticket, Kind::Task, Kind::Deal, Kind::Customer, Kind::Company, Kind::Note];
/// More deeds than this are not told one by one.
const TOLD_MAX: usize = 4;

impl Desk<'_> {
    /// Takes the asker's last act back.
    pub(super) async fn undo_last(&self, session: &Session) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        match self.store().last_act(&Actor::User(self.user.id)).await? {
            Some(act) => self.undo_act(act).await,
            None => {
                let card = Card::new(prompts.undo_nothing(language));
                // What the service did on the record in context can be taken back too.
                let context =
                    session.context.filter(|r| r.kind.letter().is_some() && r.kind != Kind::Customer);
                let record = match context {
                    Some(context) => self.store().record(context).await?,
                    None => None,
                };
                Ok(vec![match record {
                    Some(record) => {
                        let of = Of::Number(record.short());
                        let hint = Command::Undo(Undoing::Record(of));
                        card.button(hint.to_string(), hint)
                    }
                    None => card,
                }])
            }
        }
    }

    /// Takes the last act on a record back, whoever's; not what its mails brought.
    pub(super) async fn undo_on(&self, session: &mut Session, command: &Command, of: &Of) -> Done {
        let record = self.find_record(session, command, of, ABOUT).await?;
        session.context = Some(record.record);
        let history = self.store().history(record.record).await?;
        let last = history.iter().rev().find(|entry| {
            let ours = !matches!(entry.act.actor, Actor::Service(_));
            ours && entry.undone_by.is_none() && entry.act.undoes.is_none()
        });
        match last {
            Some(entry) => self.undo_act(entry.act.id).await,
            None => {
                let said = self.prompts().undo_nothing_on(self.language, Numbered(record.short()));
                Ok(vec![Card::new(said)])
            }
        }
    }

    /// Takes an act back, or says why it stays.
    pub(super) async fn undo_act(&self, act: Id) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let entries = self.store().act_entries(act).await?;
        let changes: Vec<&Change> = entries.iter().map(|e| &e.change).collect();
        let what = self.deeds(&changes).await?;
        let undone = self.store().undo(act, Actor::User(self.user.id)).await?;
        let card = match undone {
            Ok(_) => {
                self.index().await?;
                let card = Card::new(prompts.undo_done(language, &what));
                match self.sent_with(act, &entries).await? {
                    // What left the house stays out there: better said than found out.
                    Some(left) => card.text(left),
                    None => card,
                }
            }
            Err(Refusal::Nothing) => Card::new(prompts.undo_nothing(language)),
            Err(Refusal::AlreadyUndone) => Card::new(prompts.undo_twice(language, &what)),
            Err(Refusal::Erased) => Card::new(prompts.undo_erased(language, &what)),
            Err(Refusal::NeededBy { by, .. }) => {
                let needing = match by.kind {
                    Kind::Message | Kind::Attachment => None,
                    _ => self.store().record(by).await?,
                };
                let later = match needing {
                    Some(record) => self.titled(&record).await?,
                    None => prompts.label(language, by.kind).to_owned(),
                };
                Card::new(prompts.undo_depends(language, &what, &later))
            }
            Err(Refusal::ChangedSince { record, field }) => {
                let later = self.later(record, &field, act).await?;
                let card = Card::new(prompts.undo_depends(language, &what, &later));
                match self.store().record(record).await?.filter(|r| r.number > 0) {
                    Some(record) => {
                        let undo = Command::Undo(Undoing::Record(Of::Number(record.short())));
                        card.button(undo.to_string(), undo)
                    }
                    None => card,
                }
            }
        };
        Ok(vec![card])
    }

    /// Says what changes did, in a few sentences.
    pub(super) async fn deeds(&self, changes: &[&Change]) -> Done<String> {
        let mut deeds = Vec::new();
        for change in changes {
            deeds.extend(self.deed(change).await?);
        }
        if deeds.len() > TOLD_MAX {
            let more = deeds.len() - TOLD_MAX;
            deeds.truncate(TOLD_MAX);
            deeds.push(self.prompts().and_more(self.language, more));
        }
        Ok(deeds.join(if self.language == rapport_model::reading::Language::En { "; " } else { "；" }))
    }

    /// Says what changed a field after an act.
    async fn later(&self, record: rapport_model::RecordRef, field: &str, act: Id) -> Done<String> {
        let history = self.store().history(record).await?;
        let after =
            history.iter().rev().find(|e| e.act.id > act && e.change.fields.iter().any(|f| f.field == field));
        let Some(entry) = after else { return Ok(self.prompts().field(self.language, field).to_owned()) };
        let who = self.actor(&entry.act.actor);
        let what = self.deed(&entry.change).await?.unwrap_or_default();
        Ok(self.prompts().done_by(self.language, &what, &who, self.at(entry.act.at)))
    }

    /// Says which mail to a customer the same rule wrote, if one has left already.
    async fn sent_with(&self, _act: Id, entries: &[rapport_storage::history::Entry]) -> Done<Option<String>> {
        let Some(cause) = entries.first().and_then(|e| e.act.cause) else { return Ok(None) };
        for (mail, state) in self.store().outbox_because_of(cause).await? {
            if let rapport_model::job::Recipient::Customer(id) = mail.to
                && state == "sent"
                && let Some(customer) =
                    self.store().record(rapport_model::RecordRef::new(Kind::Customer, id)).await?
            {
                let to = self.titled(&customer).await?;
                return Ok(Some(self.prompts().mail_stays_sent(self.language, &to)));
            }
        }
        Ok(None)
    }
}
