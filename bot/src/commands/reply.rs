//! `reply`: an answer to a customer. It is shown as it would leave, leaves when that is wanted, and
//! not if the conversation has moved on meanwhile.

use rapport_model::job::{Outbound, Recipient};
use rapport_model::message::{Automation, ChannelKind, Direction};
use rapport_model::reading::Language;
use rapport_model::time::SECOND;
use rapport_model::{Id, Kind, Record, RecordRef};
use rapport_prompts::{When, Zoned, format};
use rapport_storage::messages::Loaded;
use rapport_storage::work::Work;
use rapport_workflows::carry_out::harmless;

use super::card::{Block, Card};
use super::command::{Command, DraftStep, Of};
use super::desk::{Desk, Done};
use super::message::message_meant;
use super::safe::{plain, quoted};
use super::session::{Draft, Session};

/// So long a message can be held back after “Send”.
const HOLD: i64 = 20 * SECOND;
/// What of the mail that is answered stands below the answer.
const QUOTE_CHARS_MAX: usize = 2_000;
/// Messages among which the one to answer is looked for.
const MESSAGES_MAX: u32 = 20;

impl Desk<'_> {
    pub(super) async fn reply(&self, session: &mut Session, command: &Command, of: &Of, text: &str) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let (customer, thread) = self.conversation(session, command, of).await?;
        let name = self.titled(&customer).await?;
        let messages = match thread {
            Some(thread) => self.store().messages_in(thread, MESSAGES_MAX).await?,
            None => Vec::new(),
        };
        // A machine's mail is not what waits for an answer.
        let written =
            messages.iter().find(|m| m.direction == Direction::In && m.automation == Automation::None);
        let Some(answered) = written else {
            return Ok(vec![Card::new(prompts.reply_nothing(language, &name))]);
        };
        let about = RecordRef::new(Kind::Message, answered.id);
        if text.is_empty() {
            session.awaiting = Some(command.about(Of::Exact(about)));
            return Ok(vec![Card::new(prompts.ask_reply(language, &name))]);
        }
        let id = self.store().new_id();
        let message = Outbound {
            id,
            channel: ChannelKind::Email,
            to: Recipient::Customer(customer.record.id),
            thread,
            // The newest of the conversation, seen from the draft.
            answers: messages.first().map(|m| m.id),
            about: None,
            cause: None,
            automatic: false,
            purpose: None,
            author: Some(self.user.id),
            text: "reply".into(),
            subject: self.answer_subject(&customer, answered),
            body: self.letter(&customer, answered, &plain(text)),
            html: None,
            send_at: self.now,
            idempotency_key: format!("reply/{id}"),
        };
        session.context = Some(about);
        let card = self.draft_card(&customer, &message, answered).await?;
        session.draft = Some(Draft { message, about });
        Ok(vec![card])
    }

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
        let Some(draft) = session.draft.take() else {
            return Ok(vec![Card::new(prompts.draft_none(language))]);
        };
        match step {
            DraftStep::Discard => Ok(vec![Card::new(prompts.cancelled(language))]),
            DraftStep::Edit => {
                let command = Command::Reply { of: Of::Exact(draft.about), text: String::new() };
                session.awaiting = Some(command);
                let name = self.recipient(&draft.message).await?;
                Ok(vec![Card::new(prompts.ask_reply(language, &name))])
            }
            DraftStep::Send => match self.news_since(&draft.message).await? {
                Some(news) => {
                    session.draft = Some(draft);
                    Ok(vec![self.moved_card(&news)])
                }
                None => self.send_draft(draft.message).await,
            },
            DraftStep::SendAnyway | DraftStep::Hold(_) => self.send_draft(draft.message).await,
        }
    }

    /// Finds the conversation that is meant, and whose it is: the one of a message or a ticket, or
    /// the one in which a customer last wrote.
    async fn conversation(
        &self,
        session: &Session,
        command: &Command,
        of: &Of,
    ) -> Done<(Record, Option<Id>)> {
        const ABOUT: &[Kind] = &[Kind::Customer, Kind::Ticket, Kind::Task];
        if let Some(id) = message_meant(session, of)
            && let Some(message) = self.store().message(id).await?
            && let Some(customer) = message.customer
            && let Some(customer) = self.store().record(RecordRef::new(Kind::Customer, customer)).await?
        {
            return Ok((self.still_there(customer)?, Some(message.thread)));
        }
        let of = if *of == Of::LastMessage { &Of::It } else { of };
        let found = self.find_record(session, command, of, ABOUT).await?;
        let customer = match found.record.kind {
            Kind::Customer => Some(found.clone()),
            _ => self.linked(&found, "customer", Kind::Customer).await?,
        };
        let Some(customer) = customer else {
            let name = self.titled(&found).await?;
            return Err(Card::new(self.prompts().reply_nothing(self.language, &name)).into());
        };
        let customer = self.still_there(customer)?;
        let thread = match found.get("thread").id() {
            Some(thread) => Some(thread),
            None => {
                let messages = self.store().messages_of(customer.record.id, MESSAGES_MAX).await?;
                messages.iter().find(|m| m.direction == Direction::In).map(|m| m.thread)
            }
        };
        Ok((customer, thread))
    }

    fn answer_subject(&self, customer: &Record, answered: &Loaded) -> String {
        let subject = format::bare_subject(&quoted(&answered.subject));
        self.prompts().reply_subject(self.language_with(customer), &subject)
    }

    /// Writes the mail: the words, who says them, and what they answer.
    fn letter(&self, customer: &Record, answered: &Loaded, text: &str) -> String {
        let prompts = self.prompts();
        let settings = self.app.workflows.settings();
        // In the customer's language, by the clocks of the house.
        let language = self.language_with(customer);
        let signature = prompts.reply_signature(language, &self.user.name, &settings.house.name);
        let at = Zoned(When { at: answered.received_at, zone: settings.zone });
        let quotes = prompts.reply_quotes(language, customer.text("name"), at);
        let said = format::clip(answered.own_text().trim(), QUOTE_CHARS_MAX);
        let quote: Vec<String> = said.lines().map(|line| format!("> {line}").trim_end().to_owned()).collect();
        format!("{text}\n\n{signature}\n\n{quotes}\n{}\n", quote.join("\n"))
    }

    /// Returns the language in which a customer is written to.
    fn language_with(&self, customer: &Record) -> Language {
        match customer.text("language") {
            "" => self.app.workflows.settings().language,
            code => Language::of(code),
        }
    }

    async fn draft_card(&self, customer: &Record, message: &Outbound, answered: &Loaded) -> Done<Card> {
        let (prompts, language) = (self.prompts(), self.language);
        let title = prompts.draft_to(language, &self.titled(customer).await?);
        let envelope = match self.app.address(message).await? {
            Ok(envelope) => envelope,
            Err(why) => return Ok(Card::new(title).text(why.to_string())),
        };
        let from = self.beside(&envelope.author, self.app.channels.mail.address_of(&envelope));
        // What is quoted stands below by itself.
        let (letter, _) = message.body.split_once("\n> ").unwrap_or((&message.body, ""));
        let letter = letter.rsplit_once("\n\n").map_or(letter, |(letter, _)| letter);
        let card = Card::new(title)
            .field(prompts.party_from(language), from)
            .field(prompts.party_to(language), self.beside(&quoted(&envelope.name), &plain(&envelope.to)))
            .field(prompts.field(language, "subject"), quoted(&message.subject))
            .block(Block::Fixed(letter.to_owned()))
            .quote(format::clip(&harmless(&plain(answered.own_text().trim())), 200))
            .button(prompts.button_send(language), Command::Draft(DraftStep::Send))
            .button(prompts.button_edit(language), Command::Draft(DraftStep::Edit))
            .button(prompts.button_discard(language), Command::Draft(DraftStep::Discard));
        Ok(Card { footer: prompts.draft_hint(language), ..card })
    }

    /// Returns the newest message of a draft's conversation, if it came after the draft.
    async fn news_since(&self, message: &Outbound) -> Done<Option<Loaded>> {
        let Some(thread) = message.thread else { return Ok(None) };
        let newest = self.store().messages_in(thread, 1).await?.into_iter().next();
        Ok(newest.filter(|newest| Some(newest.id) != message.answers))
    }

    fn moved_card(&self, news: &Loaded) -> Card {
        let (prompts, language) = (self.prompts(), self.language);
        Card::new(prompts.draft_moved(language))
            .field(prompts.field(language, "received_at"), self.when_and_ago(news.received_at))
            .quote(format::clip(&harmless(&plain(news.own_text().trim())), QUOTE_CHARS_MAX))
            .button(prompts.button_send_anyway(language), Command::Draft(DraftStep::SendAnyway))
            .button(prompts.button_edit(language), Command::Draft(DraftStep::Edit))
            .button(prompts.button_discard(language), Command::Draft(DraftStep::Discard))
    }

    async fn send_draft(&self, message: Outbound) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let message = Outbound { send_at: self.now.plus(HOLD), ..message };
        let (id, at) = (message.id, message.send_at);
        let name = self.recipient(&message).await?;
        self.store().commit(vec![Work { outbox: vec![message], ..Work::default() }]).await?;
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
