//! `why` of a message: its conversation, how it was read, and what followed.

use std::collections::HashSet;

use rapport_model::event::What;
use rapport_model::message::{Automation, Direction};
use rapport_model::reading::Mood;
use rapport_model::reads::ReadWhat;
use rapport_model::{Id, Kind, RecordRef};
use rapport_prompts::Day;
use rapport_storage::messages::Loaded;

use super::card::Card;
use super::command::{Command, Of};
use super::desk::{Desk, Done};
use super::safe::{plain, quoted};
use super::session::Session;
use crate::channel::email::{ParseOptions, parse};

const THREAD_MESSAGES_MAX: u32 = 200;
/// An intent that is less likely is not worth a line.
const LIKELY_MIN: f32 = 0.2;

impl Desk<'_> {
    /// Returns the last mail of the customer in context, theirs before ours.
    pub(super) async fn last_message(&self, session: &Session, command: &Command) -> Done<Id> {
        let customer = self.find_record(session, command, &Of::It, &[Kind::Customer]).await?;
        let messages = self.store().messages_of(customer.record.id, 20).await?;
        let last = messages.iter().find(|m| m.direction == Direction::In).or(messages.first());
        match last {
            Some(message) => Ok(message.id),
            None => {
                let name = self.name(&customer).await?;
                Err(Card::new(self.prompts().timeline_empty(self.language, &name, false)).into())
            }
        }
    }

    pub(super) async fn why_message(&self, session: &mut Session, id: Id) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let record = RecordRef::new(Kind::Message, id);
        let Some(message) = self.store().message(id).await? else {
            return Ok(vec![Card::new(prompts.not_found(language, ""))]);
        };
        session.context = Some(record);
        self.saw(session, ReadWhat::Message, record);
        let subject = quoted(&message.subject);
        let title =
            if subject.is_empty() { prompts.label(language, Kind::Message).to_owned() } else { subject };
        let mut card = Card::new(title);
        card.subtitle = self.when(message.received_at);
        card = card.item(self.thread_line(&message).await?);
        card = match message.automation {
            Automation::None => self.reading_lines(card, &message),
            automation => {
                let reason = quoted(&message.automation_reason);
                card.item(prompts.automation_because(language, automation, &reason))
            }
        };
        if message.corrected.is_some() {
            card = card.item(prompts.was_corrected(language));
        } else if message.reading.is_some() && message.automation == Automation::None {
            card.footer = prompts.correct_hint(language);
        }
        if message.history {
            card = card.item(prompts.was_history(language));
        }
        let followed = self.followed(record).await?;
        card = card.list(prompts.what_followed(language), followed);
        let show = Command::Show(Of::Exact(record));
        card = card.button(prompts.button_message(language), show);
        Ok(vec![card])
    }

    /// Says to which conversation a message belongs, and by which sign.
    async fn thread_line(&self, message: &Loaded) -> Done<String> {
        let (prompts, language) = (self.prompts(), self.language);
        let others = self.store().messages_in(message.thread, THREAD_MESSAGES_MAX).await?;
        let answered = match self.store().raw(message.id).await? {
            Some(raw) => {
                let options = ParseOptions::at(message.received_at);
                parse(raw, "why", &options).content.map(|c| c.answers).unwrap_or_default()
            }
            None => Vec::new(),
        };
        let named =
            answered.iter().find_map(|id| others.iter().find(|m| m.message_id == *id && m.id != message.id));
        if let Some(named) = named {
            let subject = quoted(&named.subject);
            return Ok(prompts.thread_answers(language, &subject, Day(self.at(named.received_at))));
        }
        let earlier = others.iter().any(|m| m.received_at < message.received_at);
        Ok(if earlier { prompts.thread_named(language) } else { prompts.thread_first(language) })
    }

    /// Says as what a message was read, each with its probability and words.
    fn reading_lines(&self, card: Card, message: &Loaded) -> Card {
        let (prompts, language) = (self.prompts(), self.language);
        let Some(reading) = &message.reading else { return card.item(prompts.not_read_yet(language)) };
        let words = |about: &str| {
            let found = reading.why.iter().find(|w| w.about == about);
            found.map_or_else(Vec::new, |w| w.words.iter().map(|w| quoted(w)).collect::<Vec<String>>())
        };
        let mut card = card;
        for (i, intent) in reading.intents.iter().enumerate() {
            if i == 0 || intent.p >= LIKELY_MIN {
                card = card.item(self.reads_line(intent.name, intent.p, &words(intent.name.name())));
            }
        }
        if reading.sentiment.label != Mood::Neutral {
            let mood = reading.sentiment.label;
            card = card.item(prompts.mood_line(language, mood, &words(mood.name())));
        }
        if reading.urgent {
            card = card.item(prompts.urgent_line(language, &words("urgent")));
        }
        card
    }

    /// Tells what the rules did because of a message.
    async fn followed(&self, message: RecordRef) -> Done<Vec<String>> {
        let (prompts, language) = (self.prompts(), self.language);
        let mut lines = Vec::new();
        for event in self.store().events_about(message).await? {
            if let What::Drafted { model, by } = &event.what {
                lines.push(prompts.why_drafted(language, &plain(model), &self.colleague(*by)));
            }
            for entry in self.store().caused_by(event.id).await? {
                let Some(done) = self.deed(&entry.change).await? else { continue };
                let who = self.actor(&entry.act.actor);
                lines.push(prompts.done_by(language, &done, &who, self.at(entry.act.at)));
            }
            let mut told = HashSet::new();
            for (outgoing, _) in self.store().outbox_because_of(event.id).await? {
                let line = match outgoing.to {
                    rapport_model::job::Recipient::Chat(_) => continue,
                    rapport_model::job::Recipient::User(user) => {
                        prompts.done_notified(language, &self.colleague(user))
                    }
                    rapport_model::job::Recipient::Customer(_) => {
                        prompts.done_written(language, &plain(&outgoing.subject))
                    }
                };
                if told.insert(line.clone()) {
                    lines.push(prompts.sentence(language, &line));
                }
            }
        }
        Ok(lines)
    }
}
