//! `draft`, `summary … in words`: a language model is asked, at once or beside.

use rapport_model::job::Outbound;
use rapport_model::message::ChannelKind;
use rapport_model::{Id, Kind, RecordRef};
use rapport_storage::work::Work;

use super::super::card::Card;
use super::super::command::{Command, Of};
use super::super::desk::{Desk, Done};
use super::super::session::Session;
use super::Compose;
use crate::llm::{Composed, KEPT_WITHIN, Llm, Task, Unwritten, Wish};

impl Desk<'_> {
    pub(in super::super) async fn compose(
        &self,
        session: &mut Session,
        command: &Command,
        compose: &Compose,
    ) -> Done {
        match compose {
            Compose::Take { id, step } => self.take_proposal(session, *id, *step).await,
            Compose::Answer { of, wish } => {
                let Some(llm) = &self.app.llm else { return Ok(vec![self.llm_off()]) };
                // `draft Anna`: whom, and nothing that it should say.
                let named = Of::Named(wish.clone());
                let is_name = *of == Of::It && !wish.is_empty() && self.is_name(wish).await?;
                let (of, wish) = if is_name { (&named, "") } else { (of, wish.as_str()) };
                let command = command.about(of.clone());
                let (customer, thread) = self.conversation(session, &command, of).await?;
                let name = self.titled(&customer).await?;
                let Some((answered, _)) = self.to_answer(thread).await? else {
                    return Ok(vec![Card::new(self.prompts().reply_nothing(self.language, &name))]);
                };
                let about = RecordRef::new(Kind::Message, answered.id);
                session.is_about(about);
                let wish = Wish { task: Task::Answer, about, words: wish.to_owned() };
                if session.channel.is_some() {
                    return self.ask_beside(session, &wish, Some(answered.thread), &name).await;
                }
                match self.written_by(llm, &wish, &name).await? {
                    Ok(composed) => self.propose(session, about, &composed).await,
                    Err(card) => Ok(vec![card]),
                }
            }
            Compose::Summary(of) => {
                let Some(llm) = &self.app.llm else { return Ok(vec![self.llm_off()]) };
                let found = self.find_record(session, command, of, &[Kind::Customer, Kind::Ticket]).await?;
                let found = self.still_there(found)?;
                session.is_about(found.record);
                let name = self.titled(&found).await?;
                let task = Task::Summary(self.language);
                let wish = Wish { task, about: found.record, words: String::new() };
                if session.channel.is_some() {
                    let thread = found.get("thread").id();
                    return self.ask_beside(session, &wish, thread, &name).await;
                }
                match self.written_by(llm, &wish, &name).await? {
                    Ok(composed) => Ok(vec![self.prose_card(name, &composed.text, &composed.origin)]),
                    Err(card) => Ok(vec![card]),
                }
            }
        }
    }

    fn llm_off(&self) -> Card {
        Card::new(self.prompts().llm_off(self.language))
    }

    /// Asks and waits. What can be told is a card.
    async fn written_by(&self, llm: &Llm, wish: &Wish, name: &str) -> Done<Result<Composed, Card>> {
        let (prompts, language) = (self.prompts(), self.language);
        Ok(match self.app.compose(llm, self.store(), wish).await? {
            Ok(composed) => Ok(composed),
            Err(Unwritten::Nothing) => Err(Card::new(prompts.summary_nothing(language, name))),
            Err(Unwritten::KeptWithin) => {
                Err(Card::new(prompts.llm_kept_within(language, name, KEPT_WITHIN)))
            }
            Err(Unwritten::Restricted) => Err(Card::new(prompts.llm_restricted(language, name))),
            Err(Unwritten::Trouble(trouble)) => {
                tracing::warn!(reason = %trouble, "no words");
                let mut card = Card::new(prompts.llm_failed(language, name));
                card = card.text(trouble.said(prompts, language));
                card.footer = prompts.llm_instead(language);
                Err(card)
            }
        })
    }

    /// Leaves the question to whoever asks beside all else; the answer comes by itself.
    async fn ask_beside(&self, session: &Session, wish: &Wish, thread: Option<Id>, name: &str) -> Done {
        let id = self.store().new_id();
        let text = if wish.task == Task::Answer { Outbound::PROPOSAL } else { Outbound::PROSE };
        // The same command that comes again after a crash asks once.
        let asked = session.cause.unwrap_or(id);
        let message = Outbound {
            channel: ChannelKind::Model,
            about: Some(wish.about),
            thread,
            body: wish.words.clone(),
            ..Outbound::notice(id, self.user.id, text, self.now, format!("model/{asked}"))
        };
        self.store().commit(vec![Work { outbox: vec![message], ..Work::default() }]).await?;
        Ok(vec![Card::new(self.prompts().llm_asked(self.language, name))])
    }
}
