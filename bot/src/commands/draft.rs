//! What becomes of the draft of an answer. It is shown as it would leave, leaves when that is wanted,
//! and not if the conversation has moved on meanwhile; colleagues see who writes.

use rapport_model::event::{Event, What};
use rapport_model::job::{Outbound, Recipient};
use rapport_model::time::SECOND;
use rapport_model::{Id, Kind, Mailbox, RecordRef};
use rapport_prompts::format;
use rapport_storage::messages::Loaded;
use rapport_storage::work::Work;
use rapport_workflows::carry_out::harmless;

use super::card::{Block, Card};
use super::command::{Command, DraftStep};
use super::desk::{Desk, Done};
use super::safe::{plain, quoted};
use super::session::{Draft, Session};

/// So long a message can be held back after “Send”.
pub(crate) const HOLD: i64 = 20 * SECOND;
/// What of a mail is shown beside a draft.
const NEWS_CHARS_MAX: usize = 2_000;
const ANSWERED_CHARS_MAX: usize = 200;

impl Desk<'_> {
    pub(super) async fn draft(&self, session: &mut Session, step: DraftStep) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        if let DraftStep::Hold(id) = step {
            // Only what one wrote oneself.
            let own = self.store().author_of(id).await? == Some(self.user.id);
            let held = own && self.store().hold_pending(id).await?;
            return Ok(vec![Card::new(if held {
                prompts.reply_held(language)
            } else {
                prompts.reply_left(language)
            })]);
        }
        let draft = match session.draft.take() {
            // Whose customer was given to somebody else meanwhile may not be theirs to see any more.
            Some(draft) if self.store().sees(draft.about).await? => Some(draft),
            _ => None,
        };
        let Some(mut draft) = draft else {
            return Ok(vec![Card::new(prompts.draft_none(language))]);
        };
        match step {
            DraftStep::Discard => {
                self.end_draft(&draft).await?;
                Ok(vec![Card::new(prompts.cancelled(language))])
            }
            DraftStep::Edit => {
                session.awaiting = Some(draft.again.clone());
                let name = self.recipient(&draft.message).await?;
                session.draft = Some(draft);
                Ok(vec![Card::new(prompts.ask_reply(language, &name))])
            }
            DraftStep::All | DraftStep::Alone => {
                draft.message.cc = if step == DraftStep::All { draft.others.clone() } else { Vec::new() };
                let card = self.draft_card(&draft).await?;
                session.draft = Some(draft);
                Ok(vec![card])
            }
            DraftStep::Send => match self.news_since(&draft.message).await? {
                Some(news) => {
                    session.draft = Some(draft);
                    Ok(vec![self.moved_card(&news)])
                }
                None => self.send_draft(draft).await,
            },
            DraftStep::SendAnyway | DraftStep::Hold(_) => self.send_draft(draft).await,
        }
    }

    /// Takes a draft in hand, in place of the former one, and shows it. Written anew, it goes to the
    /// same people with the same files.
    pub(super) async fn take_up(&self, session: &mut Session, mut draft: Draft) -> Done {
        session.context = Some(draft.about);
        if let Some(former) = session.draft.take() {
            self.end_draft(&former).await?;
            if former.again == draft.again {
                draft.files = former.files;
                if !former.message.cc.is_empty() {
                    draft.message.cc.clone_from(&draft.others);
                }
            }
        }
        session.clear_tray(self.now);
        draft.files.append(&mut session.tray);
        if let Some(thread) = draft.message.thread {
            self.store().begin_draft(thread, self.user.id).await?;
        }
        let card = self.draft_card(&draft).await?;
        session.draft = Some(draft);
        Ok(vec![card])
    }

    /// Tells colleagues that a draft is not written any more.
    pub(super) async fn end_draft(&self, draft: &Draft) -> Done<()> {
        match draft.message.thread {
            Some(thread) => Ok(self.store().end_draft(thread, self.user.id).await?),
            None => Ok(()),
        }
    }

    /// Names the colleagues who write an answer in a conversation; nothing where nobody does.
    pub(super) async fn others_writing(&self, thread: Id) -> Done<String> {
        let writing = self.store().drafting(thread, self.user.id).await?;
        let names: Vec<String> = writing.into_iter().map(|(user, _)| self.colleague(user)).collect();
        if names.is_empty() {
            return Ok(String::new());
        }
        Ok(self.prompts().others_writing(self.language, &names.join(", ")))
    }

    pub(super) async fn draft_card(&self, draft: &Draft) -> Done<Card> {
        let (prompts, language, message) = (self.prompts(), self.language, &draft.message);
        let title = prompts.draft_to(language, &self.recipient(message).await?);
        let envelope = match self.app.address(message).await? {
            Ok(envelope) => envelope,
            Err(why) => return Ok(Card::new(title).text(why.to_string())),
        };
        let from = self.beside(&envelope.author, self.app.channels.mail.address_of(&envelope));
        // What is quoted stands below by itself.
        let quoted_from = message.body.find("\n> ").and_then(|at| message.body[..at].rfind("\n\n"));
        let letter = message.body[..quoted_from.unwrap_or(message.body.len())].trim_end();
        let files: Vec<&str> = draft.files.iter().map(|file| file.name.as_str()).collect();
        let mut card = Card::new(title)
            .field(prompts.party_from(language), from)
            .field(prompts.party_to(language), self.beside(&quoted(&envelope.name), &plain(&envelope.to)))
            .field(prompts.party_cc(language), self.people(&message.cc))
            .field(prompts.field(language, "subject"), quoted(&message.subject))
            .field(prompts.label(language, Kind::Attachment), files.join("\n"))
            .block(Block::Fixed(letter.to_owned()));
        if let RecordRef { kind: Kind::Message, id } = draft.about
            && let Some(answered) = self.store().message(id).await?
        {
            if let (Some(meeting), Some(_)) = (&answered.calendar, &draft.calendar) {
                let time = self.when_of(meeting).unwrap_or_default();
                card = card.field(
                    prompts.field(language, "calendar"),
                    format!("{}\n{time}", quoted(&meeting.summary)),
                );
            }
            card =
                card.quote(format::clip(&harmless(&plain(answered.own_text().trim())), ANSWERED_CHARS_MAX));
        }
        let mut notes = Vec::new();
        if let Some(origin) = &draft.by_machine {
            notes.push(prompts.llm_drafted(language, &origin.model));
            notes.extend(self.shortcomings(origin));
        }
        if message.cc.is_empty() && !draft.others.is_empty() {
            notes.push(prompts.draft_alone(language, &self.people(&draft.others).replace('\n', ", ")));
        }
        if let Some(thread) = message.thread {
            notes.push(self.others_writing(thread).await?);
        }
        notes.push(prompts.draft_hint(language));
        card = card.button(prompts.button_send(language), Command::Draft(DraftStep::Send));
        if !draft.others.is_empty() {
            card = if message.cc.is_empty() {
                card.button(prompts.button_answer_all(language), Command::Draft(DraftStep::All))
            } else {
                card.button(prompts.button_answer_one(language), Command::Draft(DraftStep::Alone))
            };
        }
        card = card
            .button(prompts.button_edit(language), Command::Draft(DraftStep::Edit))
            .button(prompts.button_discard(language), Command::Draft(DraftStep::Discard));
        notes.retain(|note| !note.is_empty());
        Ok(Card { footer: notes.join("\n"), ..card })
    }

    /// Names people with their addresses, a line each.
    fn people(&self, people: &[Mailbox]) -> String {
        let lines = people.iter().map(|one| self.beside(&quoted(&one.name), &plain(one.address.as_str())));
        lines.map(|line| line.trim().to_owned()).collect::<Vec<_>>().join("\n")
    }

    /// Returns the newest message of a draft's conversation, if it came after the draft.
    pub(crate) async fn news_since(&self, message: &Outbound) -> Done<Option<Loaded>> {
        let Some(thread) = message.thread else { return Ok(None) };
        let newest = self.store().messages_in(thread, 1).await?.into_iter().next();
        Ok(newest.filter(|newest| Some(newest.id) != message.answers))
    }

    fn moved_card(&self, news: &Loaded) -> Card {
        let (prompts, language) = (self.prompts(), self.language);
        Card::new(prompts.draft_moved(language))
            .field(prompts.field(language, "received_at"), self.when_and_ago(news.received_at))
            .quote(format::clip(&harmless(&plain(news.own_text().trim())), NEWS_CHARS_MAX))
            .button(prompts.button_send_anyway(language), Command::Draft(DraftStep::SendAnyway))
            .button(prompts.button_edit(language), Command::Draft(DraftStep::Edit))
            .button(prompts.button_discard(language), Command::Draft(DraftStep::Discard))
    }

    async fn send_draft(&self, draft: Draft) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        self.end_draft(&draft).await?;
        let mut message = Outbound { send_at: self.now.plus(HOLD), ..draft.message };
        let by = self.user.id;
        let drafted = draft.by_machine.map(|origin| Event {
            id: self.store().new_id(),
            at: self.now,
            about: Some(draft.about),
            cause: None,
            depth: 0,
            what: What::Drafted { model: origin.model, by },
        });
        message.cause = drafted.as_ref().map(|event| event.id);
        let (id, at) = (message.id, message.send_at);
        let name = self.recipient(&message).await?;
        let files = draft.files.into_iter().chain(draft.calendar).map(|file| (id, file)).collect();
        let events = drafted.into_iter().collect();
        self.store().commit(vec![Work { events, outbox: vec![message], files, ..Work::default() }]).await?;
        let card = Card::new(prompts.reply_leaves(language, &name, self.echoed(at)));
        Ok(vec![card.button(prompts.button_hold(language), Command::Draft(DraftStep::Hold(id)))])
    }

    async fn recipient(&self, message: &Outbound) -> Done<String> {
        let Recipient::Customer(customer) = message.to else { return Ok(String::new()) };
        match self.store().record(RecordRef::new(Kind::Customer, customer)).await? {
            Some(customer) => self.titled(&customer).await,
            None => Ok(String::new()),
        }
    }
}
