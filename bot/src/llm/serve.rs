//! What colleagues asked a language model for in chats: asked beside all other work, and told when it is
//! there. A wish waits in the outbox, and goes on after a restart.

use futures_util::future::join_all;
use rapport_model::Kind;
use rapport_model::RecordRef;
use rapport_model::job::{Outbound, Receipt, Recipient};
use rapport_model::message::ChannelKind;
use rapport_model::people::User;
use rapport_model::time::SECOND;
use rapport_storage::work::Work;

use super::compose::{Composed, KEPT_WITHIN, Task, Unwritten, Wish};
use crate::app::App;

/// Wishes that are looked at at once where no model is asked any more.
const TOGETHER: u32 = 8;
/// How often an endpoint is asked that may answer later.
const TRIES_MAX: i64 = 4;

impl App {
    /// Asks the language model for what colleagues wait for. Returns how many wishes were dealt with.
    ///
    /// # Errors
    /// The store failed. What was being asked is asked again.
    pub async fn ask_llm(&self) -> anyhow::Result<usize> {
        let at_once = self.llm.as_ref().map_or(TOGETHER, |llm| llm.at_once);
        let waiting = self.store().claim_outbox(ChannelKind::Model, at_once).await?;
        let asked = join_all(waiting.iter().map(|message| self.ask_for(message))).await;
        asked.into_iter().collect::<anyhow::Result<()>>()?;
        Ok(waiting.len())
    }

    async fn ask_for(&self, message: &Outbound) -> anyhow::Result<()> {
        let store = self.store();
        if !store.may_send(message.id).await? {
            return Ok(());
        }
        let asker = match message.to {
            Recipient::User(user) => self.workflows.user(user),
            _ => None,
        };
        let (Some(asker), Some(about)) = (asker, message.about) else {
            return Ok(store.hold_back(message.id, "whoever asked has left the house").await?);
        };
        if let Some(reason) = self.outdated(message).await? {
            return Ok(store.hold_back(message.id, &reason).await?);
        }
        let Some(llm) = &self.llm else {
            let said = self.workflows.prompts().llm_off(self.workflows.language_of(Some(asker)));
            self.tell_wordless(message, asker, about, said).await?;
            return Ok(store.give_up(message.id, "there is no section [llm] any more").await?);
        };
        let language = self.workflows.language_of(Some(asker));
        let task = if message.text == Outbound::PROSE { Task::Summary(language) } else { Task::Answer };
        let wish = Wish { task, about, words: message.body.clone() };
        match self.compose(llm, &self.workflows.store_of(asker), &wish).await? {
            Ok(composed) => self.tell_words(message, asker, about, composed).await,
            Err(Unwritten::Trouble(trouble)) => {
                let tries = store.outgoing(message.id).await?.map_or(TRIES_MAX, |one| one.attempts);
                if let Some(pause) = trouble.pause().filter(|_| tries < TRIES_MAX) {
                    let at = store.clock().now().plus(i64::from(pause) * SECOND);
                    return Ok(store.postpone(message.id, at, &trouble.to_string()).await?);
                }
                tracing::warn!(outbound.id = %message.id, reason = %trouble, "no words");
                let said = trouble.said(self.workflows.prompts(), language);
                self.tell_wordless(message, asker, about, said).await?;
                Ok(store.give_up(message.id, &trouble.to_string()).await?)
            }
            Err(Unwritten::KeptWithin) => {
                let prompts = self.workflows.prompts();
                let said = prompts.llm_kept_within(language, &self.called(about).await?, KEPT_WITHIN);
                self.tell_wordless(message, asker, about, said).await?;
                Ok(store.hold_back(message.id, "nothing of the customer leaves the house").await?)
            }
            Err(Unwritten::Restricted) => {
                let said = self.workflows.prompts().llm_restricted(language, &self.called(about).await?);
                self.tell_wordless(message, asker, about, said).await?;
                Ok(store.hold_back(message.id, "what is held of the customer may only be kept").await?)
            }
            Err(Unwritten::Nothing) => Ok(store.hold_back(message.id, "what it was about is gone").await?),
        }
    }

    /// Tells whoever asked; the wish counts as asked from then on.
    async fn tell_words(
        &self,
        message: &Outbound,
        asker: &User,
        about: RecordRef,
        composed: Composed,
    ) -> anyhow::Result<()> {
        let store = self.store();
        let words = Outbound {
            about: Some(about),
            thread: message.thread,
            answers: composed.newest,
            subject: serde_json::to_string(&composed.origin)?,
            body: composed.text,
            ..self.told(message, asker, &message.text)
        };
        let reference = words.id.to_string();
        store.commit(vec![Work { outbox: vec![words], ..Work::default() }]).await?;
        Ok(store.sent(message.id, Receipt { reference }).await?)
    }

    async fn tell_wordless(
        &self,
        message: &Outbound,
        asker: &User,
        about: RecordRef,
        said: String,
    ) -> anyhow::Result<()> {
        let (prompts, language) = (self.workflows.prompts(), self.workflows.language_of(Some(asker)));
        let told = Outbound {
            about: Some(about),
            thread: message.thread,
            subject: prompts.llm_failed(language, &self.called(about).await?),
            body: format!("{said}\n{}", prompts.llm_instead(language)),
            ..self.told(message, asker, Outbound::WORDLESS)
        };
        self.store().commit(vec![Work { outbox: vec![told], ..Work::default() }]).await?;
        Ok(())
    }

    fn told(&self, message: &Outbound, asker: &User, text: &str) -> Outbound {
        let (id, now) = (self.store().new_id(), self.store().clock().now());
        Outbound::notice(id, asker.id, text, now, format!("model/{}/{text}", message.id))
    }

    /// Returns what people call a record, or the customer of a mail.
    async fn called(&self, about: RecordRef) -> anyhow::Result<String> {
        let record = match about.kind {
            Kind::Message => match self.store().message(about.id).await?.and_then(|mail| mail.customer) {
                Some(customer) => RecordRef::new(Kind::Customer, customer),
                None => return Ok(String::new()),
            },
            _ => about,
        };
        let record = self.store().record(record).await?;
        Ok(record.map_or_else(String::new, |record| record.short().to_string()))
    }
}
