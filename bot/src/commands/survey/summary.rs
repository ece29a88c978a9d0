//! `summary`: what is to be known of a customer or ticket in five lines, each with the message that it
//! rests on. Everything is taken from what was written, read or recorded; nothing is made up.

use rapport_model::message::{Automation, Direction};
use rapport_model::reading::{Intent, Promise};
use rapport_model::reads::ReadWhat;
use rapport_model::{Kind, RecordRef};
use rapport_prompts::Span;
use rapport_prompts::format::clip;
use rapport_storage::messages::Loaded;

use super::super::card::Card;
use super::super::command::{Command, Of};
use super::super::compose::Compose;
use super::super::desk::{Desk, Done};
use super::super::message::message_meant;
use super::super::safe::quoted;
use super::super::session::Session;

/// Messages that are looked at.
const MESSAGES_MAX: u32 = 100;
const QUOTED_CHARS_MAX: usize = 120;
/// Buttons to messages.
const BUTTONS_MAX: usize = 3;

impl Desk<'_> {
    pub(in super::super) async fn summary(&self, session: &mut Session, command: &Command, of: &Of) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let (customer, ticket) = match message_meant(session, of) {
            Some(_) => (self.find_record(session, command, &Of::It, &[Kind::Customer]).await?, None),
            None => {
                let found = self.find_record(session, command, of, &[Kind::Customer, Kind::Ticket]).await?;
                match found.record.kind {
                    Kind::Ticket => match self.linked(&found, "customer", Kind::Customer).await? {
                        Some(customer) => (customer, Some(found)),
                        None => {
                            return Ok(vec![Card::new(
                                prompts.summary_nothing(language, &self.titled(&found).await?),
                            )]);
                        }
                    },
                    _ => (found, None),
                }
            }
        };
        session.context = Some(ticket.as_ref().unwrap_or(&customer).record);
        self.saw(session, ReadWhat::Card, customer.record);
        let mut messages = match ticket.as_ref().and_then(|ticket| ticket.get("thread").id()) {
            Some(thread) => self.store().messages_in(thread, MESSAGES_MAX).await?,
            None => self.store().messages_of(customer.record.id, MESSAGES_MAX).await?,
        };
        messages.retain(|m| m.automation == Automation::None && m.direction != Direction::Internal);
        messages.sort_by_key(|m| std::cmp::Reverse(m.received_at));
        let title = match &ticket {
            Some(ticket) => self.titled(ticket).await?,
            None => self.titled(&customer).await?,
        };
        if messages.is_empty() {
            return Ok(vec![Card::new(prompts.summary_nothing(language, &title))]);
        }
        let name = self.name(&customer).await?;
        let mut card = Card::new(title);
        let mut rests_on: Vec<&Loaded> = Vec::new();
        for (label, said, message) in [
            self.wanted(&messages, &name),
            self.felt(&messages),
            self.promised(&messages, &name),
            self.waited(&messages, &name),
        ]
        .into_iter()
        .flatten()
        {
            card = card.field(label, self.beside(&said, &self.mail_named(message)));
            if !rests_on.iter().any(|known| known.id == message.id) {
                rests_on.push(message);
            }
        }
        let tickets = self.open_of(Kind::Ticket, "closed_at", &customer).await?;
        let tasks = self.open_of(Kind::Task, "done_at", &customer).await?;
        let next = self.next_step(&customer, &tickets, &tasks).await?;
        card = card.field(prompts.next_step(language), self.beside(&next, &self.mail_named(&messages[0])));
        for message in rests_on.into_iter().take(BUTTONS_MAX) {
            let show = Command::Show(Of::Exact(RecordRef::new(Kind::Message, message.id)));
            card = card.button(clip(&self.mail_named(message), 24), show);
        }
        if self.app.llm.is_some() {
            let of = Of::Exact(ticket.as_ref().unwrap_or(&customer).record);
            let in_words = Command::Compose(Compose::Summary(of));
            card = card.button(prompts.button_in_words(language), in_words);
        }
        let timeline = Command::Timeline { of: Of::Number(customer.short()), since: None, page: 1 };
        Ok(vec![card.button(prompts.button_timeline(language), timeline)])
    }

    /// Names a message: `“Pump broken”, Wed 11 Mar 2026, 13:00`.
    fn mail_named(&self, message: &Loaded) -> String {
        let subject = clip(&quoted(&message.subject), 40);
        self.prompts().summary_mail(self.language, &subject, self.at(message.received_at))
    }

    /// Says who wants what, in their own words where they ask: by the last mail that wants something.
    fn wanted<'m>(&self, messages: &'m [Loaded], name: &str) -> Option<(String, String, &'m Loaded)> {
        let (prompts, language) = (self.prompts(), self.language);
        let wants = |m: &&Loaded| {
            let intent = m.reading.as_ref().map(|r| r.intent().name);
            m.direction == Direction::In
                && intent.is_some_and(|intent| !matches!(intent, Intent::Praise | Intent::Other))
        };
        let theirs = || messages.iter().filter(|m| m.direction == Direction::In);
        let message = theirs().find(wants).or(theirs().next())?;
        let reading = message.reading.as_ref();
        let asked = reading.and_then(|r| r.questions.first()).map(|question| question.text.clone());
        let words = asked.unwrap_or_else(|| rapport_nlp::text::excerpt(message.own_text(), QUOTED_CHARS_MAX));
        let words = clip(&quoted(&words), QUOTED_CHARS_MAX);
        let reads_as = reading.map_or("", |r| prompts.reads_as(language, r.intent().name));
        Some((
            prompts.summary_wants(language),
            prompts.summary_wanted(language, name, reads_as, &words),
            message,
        ))
    }

    /// Says how they felt last, and by which words.
    fn felt<'m>(&self, messages: &'m [Loaded]) -> Option<(String, String, &'m Loaded)> {
        let (prompts, language) = (self.prompts(), self.language);
        let read = |m: &'m Loaded| Some((m, m.reading.as_ref()?));
        let (message, reading) = messages.iter().filter(|m| m.direction == Direction::In).find_map(read)?;
        let mood = reading.sentiment.label;
        let why = reading.why.iter().find(|why| why.about == mood.name());
        let words: Vec<String> =
            why.map_or_else(Vec::new, |why| why.words.iter().map(|w| quoted(w)).collect());
        let said = prompts.mood_line(language, mood, &words);
        Some((prompts.field(language, "mood").to_owned(), said, message))
    }

    /// Says what was promised last, if whoever promised it has not written since.
    fn promised<'m>(&self, messages: &'m [Loaded], name: &str) -> Option<(String, String, &'m Loaded)> {
        let (prompts, language) = (self.prompts(), self.language);
        let mut open: Vec<(&Loaded, &Promise)> = Vec::new();
        for side in [Direction::Out, Direction::In] {
            let last = messages.iter().find(|m| m.direction == side);
            let promise = last.and_then(|m| Some((m, m.reading.as_ref()?.promises.last()?)));
            open.extend(promise);
        }
        open.sort_by_key(|(message, _)| std::cmp::Reverse(message.received_at));
        let (message, promise) = open.first()?;
        let words = clip(&quoted(&promise.text), QUOTED_CHARS_MAX);
        let who = match message.direction {
            Direction::In => name.to_owned(),
            _ => {
                message.author.map(|id| self.colleague(id)).filter(|who| !who.is_empty()).unwrap_or_default()
            }
        };
        let due = promise.due.as_deref().unwrap_or("").replace('T', " ");
        Some((
            prompts.summary_promise(language),
            prompts.summary_promised(language, &who, &words, &due),
            message,
        ))
    }

    /// Says who waits for whom, and since when: the message after which nobody of the other side wrote.
    fn waited<'m>(&self, messages: &'m [Loaded], name: &str) -> Option<(String, String, &'m Loaded)> {
        let (prompts, language) = (self.prompts(), self.language);
        let side = messages.first()?.direction;
        let first = messages.iter().take_while(|m| m.direction == side).last()?;
        let span = Span(self.now.since(first.received_at));
        let said = match side {
            Direction::In => prompts.summary_they_wait(language, name, span),
            _ => prompts.summary_we_wait(language, name, span),
        };
        Some((prompts.summary_waits(language), said, first))
    }
}
