//! `undo`.

use rapport_model::{Actor, Change, Id, Kind};
use rapport_prompts::Numbered;
use rapport_storage::undo::Refusal;
use rapport_storage::work::Work;

use super::card::Card;
use super::command::{Command, Of, Undoing};
use super::desk::{Desk, Done};
use super::session::Session;

/// What has a history that can be taken back.
const ABOUT: &[Kind] =
    &[Kind::Ticket, Kind::Task, Kind::Deal, Kind::Customer, Kind::Company, Kind::Note, Kind::PrivacyRequest];
/// Nobody remembers more of what they did.
const TIMES_MAX: usize = 20;
/// More deeds than this are not told one by one.
const TOLD_MAX: usize = 4;

/// An act that was taken back.
struct TakenBack {
    /// What it had done.
    what: String,
    /// What stays of it all the same; empty if nothing does.
    left: String,
}

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
        let mut history = self.store().history(record.record).await?;
        // To change an address is to change whose it is.
        if matches!(record.record.kind, Kind::Customer | Kind::Company) {
            for identity in self.identities_of(record.record).await? {
                history.extend(self.store().history(identity.record).await?);
            }
        }
        let stands = history.iter().filter(|entry| {
            let ours = !matches!(entry.act.actor, Actor::Service(_));
            ours && entry.undone_by.is_none() && entry.act.undoes.is_none()
        });
        match stands.map(|entry| entry.act.id).max() {
            Some(act) => self.undo_act(act).await,
            None => {
                let said = self.prompts().undo_nothing_on(self.language, Numbered(record.short()));
                Ok(vec![Card::new(said)])
            }
        }
    }

    /// Takes the asker's last acts back, up to the first that stays.
    pub(super) async fn undo_times(&self, session: &Session, n: usize) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        match n {
            1 => return self.undo_last(session).await,
            2..=TIMES_MAX => {}
            _ => return Ok(vec![Card::new(prompts.undo_range(language, TIMES_MAX))]),
        }
        let mut taken = Vec::new();
        let stop = loop {
            if taken.len() == n {
                break None;
            }
            let Some(act) = self.store().last_act(&Actor::User(self.user.id)).await? else {
                break Some(Card::new(match taken.len() {
                    0 => prompts.undo_nothing(language),
                    _ => prompts.undo_no_more(language),
                }));
            };
            match self.take_back(act).await? {
                Ok(done) => taken.push(done),
                Err(card) => break Some(card),
            }
        };
        if let (true, Some(stop)) = (taken.is_empty(), &stop) {
            return Ok(vec![stop.clone()]);
        }
        let mut card = Card::new(prompts.undo_times(language, taken.len()));
        for done in taken {
            card = card.item(prompts.sentence(language, &done.what)).text(done.left);
        }
        if let Some(stop) = stop {
            card = card.text(stop.title);
            card.buttons = stop.buttons;
        }
        Ok(vec![card])
    }

    /// Takes an act back, or says why it stays.
    pub(super) async fn undo_act(&self, act: Id) -> Done {
        Ok(vec![match self.take_back(act).await? {
            // What left the house stays out there: better said than found out.
            Ok(done) => Card::new(self.prompts().undo_done(self.language, &done.what)).text(done.left),
            Err(card) => card,
        }])
    }

    async fn take_back(&self, act: Id) -> Done<Result<TakenBack, Card>> {
        let (prompts, language) = (self.prompts(), self.language);
        let entries = self.store().act_entries(act).await?;
        let changes: Vec<&Change> = entries.iter().map(|e| &e.change).collect();
        let what = match self.deeds(&changes).await? {
            // Of a message there is no deed to tell: it was read anew.
            deeds if deeds.is_empty() => prompts.done_read_anew(language),
            deeds => deeds,
        };
        let refusal = match self.store().undo(act, Actor::User(self.user.id)).await? {
            Ok(_) => {
                let again = self.cards_of(&changes, self.store().new_id()).await?;
                if !again.is_empty() {
                    self.store().commit(vec![Work { outbox: again, ..Work::default() }]).await?;
                }
                self.index().await?;
                let left = self.sent_with(act, &entries).await?.unwrap_or_default();
                return Ok(Ok(TakenBack { what, left }));
            }
            Err(refusal) => refusal,
        };
        let merge = changes.iter().find(|c| c.after("merged_into").is_some_and(|v| !v.is_null()));
        Ok(Err(match refusal {
            Refusal::Nothing => Card::new(prompts.undo_nothing(language)),
            Refusal::AlreadyUndone => Card::new(prompts.undo_twice(language, &what)),
            Refusal::Erased => Card::new(prompts.undo_erased(language, &what)),
            // A merge need not go back whole: what came since can stay with whom it came for.
            Refusal::NeededBy { .. } | Refusal::ChangedSince { .. } if merge.is_some() => {
                let merged = merge.expect("it is there").record;
                let number = match self.store().record(merged).await? {
                    Some(merged) => Of::Number(merged.short()),
                    None => Of::Exact(merged),
                };
                let split = Command::Split(number);
                let said = prompts.undo_merge(language, &what, &split.to_string());
                Card::new(said).button(prompts.button_split(language), split)
            }
            Refusal::NeededBy { by, .. } => {
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
            Refusal::ChangedSince { record, field } => {
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
        }))
    }

    /// Says what changes did, in a few sentences.
    pub(super) async fn deeds(&self, changes: &[&Change]) -> Done<String> {
        // All else that a merge did follows from it.
        if let Some(merge) = changes.iter().find(|c| c.after("merged_into").is_some()) {
            return Ok(self.deed(merge).await?.unwrap_or_default());
        }
        let mut deeds = Vec::new();
        for change in changes {
            deeds.extend(self.deed(change).await?);
        }
        if deeds.len() > TOLD_MAX {
            let more = deeds.len() - TOLD_MAX;
            deeds.truncate(TOLD_MAX);
            deeds.push(self.prompts().and_more(self.language, more));
        }
        Ok(self.joined(&deeds))
    }

    /// Says what changed a field after an act.
    async fn later(&self, record: rapport_model::RecordRef, field: &str, act: Id) -> Done<String> {
        let history = self.store().history(record).await?;
        let after =
            history.iter().rev().find(|e| e.act.id > act && e.change.fields.iter().any(|f| f.field == field));
        let Some(entry) = after else { return Ok(self.prompts().field(self.language, field).to_owned()) };
        let who = self.actor(&entry.act.actor);
        let what = match self.deed(&entry.change).await? {
            Some(what) => what,
            None => self.prompts().field(self.language, field).to_owned(),
        };
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
