//! `reply`: an answer to a customer is written. What becomes of the draft, see [`super::draft`].

use std::collections::HashSet;

use rapport_model::job::{Outbound, Recipient};
use rapport_model::message::{Automation, ChannelKind, Direction, PartyRole};
use rapport_model::{Address, Id, Kind, Mailbox, Record, RecordRef};
use rapport_prompts::{When, Zoned, format};
use rapport_storage::messages::Loaded;

use super::card::Card;
use super::command::{Command, Of};
use super::desk::{Desk, Done};
use super::message::message_meant;
use super::safe::{plain, quoted};
use super::session::{Draft, Session};

/// More people than these get no copy: an answer is no mailing.
const COPIES_MAX: usize = 20;
/// What of the mail that is answered stands below the answer.
const QUOTE_CHARS_MAX: usize = 2_000;
/// Messages among which the one to answer is looked for.
const MESSAGES_MAX: u32 = 20;

impl Desk<'_> {
    pub(super) async fn reply(&self, session: &mut Session, command: &Command, of: &Of, text: &str) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        // `reply Anna`: whom, and what is asked for.
        let named = Of::Named(text.to_owned());
        let (of, text, command) = match of {
            Of::It if !text.is_empty() && self.is_name(text).await? => {
                (&named, "", &command.about(named.clone()))
            }
            of => (of, text, command),
        };
        let (customer, thread) = self.conversation(session, command, of).await?;
        let name = self.titled(&customer).await?;
        let Some((answered, newest)) = self.to_answer(thread).await? else {
            return Ok(vec![Card::new(prompts.reply_nothing(language, &name))]);
        };
        let about = RecordRef::new(Kind::Message, answered.id);
        if text.is_empty() {
            session.awaiting = Some(command.about(Of::Exact(about)));
            return Ok(vec![Card::new(prompts.ask_reply(language, &name))]);
        }
        let draft = self.draft_of(&customer, &answered, Some(newest), text).await?;
        self.take_up(session, draft).await
    }

    /// Returns the mail of a conversation that waits for an answer, and the newest message; nothing where
    /// no customer wrote. A machine's mail does not wait.
    pub(crate) async fn to_answer(&self, thread: Option<Id>) -> Done<Option<(Loaded, Id)>> {
        let Some(thread) = thread else { return Ok(None) };
        let messages = self.store().messages_in(thread, MESSAGES_MAX).await?;
        let Some(newest) = messages.first().map(|message| message.id) else { return Ok(None) };
        let mut written = messages.into_iter();
        let written = written.find(|m| m.direction == Direction::In && m.automation == Automation::None);
        Ok(written.map(|answered| (answered, newest)))
    }

    /// Makes the draft of an answer with these words; `newest` is the newest message of the conversation,
    /// seen from the draft.
    pub(crate) async fn draft_of(
        &self,
        customer: &Record,
        answered: &Loaded,
        newest: Option<Id>,
        text: &str,
    ) -> Done<Draft> {
        let (thread, words) = (Some(answered.thread), plain(text));
        let about = RecordRef::new(Kind::Message, answered.id);
        let message = Outbound {
            answers: newest,
            subject: self.answer_subject(customer, answered, thread).await?,
            body: self.letter(customer, answered, &words),
            ..self.outgoing("reply", customer, thread)
        };
        let again = Command::Reply { of: Of::Exact(about), text: String::new() };
        let others = self.others(&message, answered).await?;
        Ok(Draft {
            message,
            about,
            again,
            words,
            others,
            files: Vec::new(),
            calendar: None,
            by_machine: None,
        })
    }

    /// Begins a mail of the asker to a customer, without words yet; `text` says what sort of mail it is.
    pub(super) fn outgoing(&self, text: &str, customer: &Record, thread: Option<Id>) -> Outbound {
        let id = self.store().new_id();
        Outbound {
            channel: ChannelKind::Email,
            to: Recipient::Customer(customer.record.id),
            thread,
            automatic: false,
            author: Some(self.user.id),
            ..Outbound::notice(id, self.user.id, text, self.now, format!("{text}/{id}"))
        }
    }

    /// Returns who else takes part in a conversation: whom the answered mail named beside the one who
    /// gets the answer, and who are not of the house.
    pub(super) async fn others(&self, message: &Outbound, answered: &Loaded) -> Done<Vec<Mailbox>> {
        let to = self.app.address(message).await?.map_or_else(|_| String::new(), |envelope| envelope.to);
        let house = &self.app.workflows.settings().house;
        let parties = self.store().parties(answered.id).await?;
        let mut others: Vec<Mailbox> = Vec::new();
        for party in parties.iter().filter(|p| p.role != PartyRole::ReplyTo && p.address != to) {
            // Where answers should go stands in for who wrote.
            let author =
                party.role == PartyRole::From && parties.iter().any(|p| p.role == PartyRole::ReplyTo);
            if let (false, Ok(address)) = (author, Address::email(&party.address))
                && !house.owns(&address)
                && others.len() < COPIES_MAX
            {
                others.push(Mailbox { name: party.name.clone(), address });
            }
        }
        Ok(others)
    }

    /// Finds the conversation that is meant, and whose it is: the one of a message or a ticket, or
    /// the one in which a customer last wrote.
    pub(super) async fn conversation(
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

    /// Returns the subject of an answer, with the number of the conversation's ticket: by it an answer
    /// from a client that forgets everything else finds its way.
    async fn answer_subject(&self, customer: &Record, answered: &Loaded, thread: Option<Id>) -> Done<String> {
        let subject = format::bare_subject(&quoted(&answered.subject));
        let subject = self.prompts().reply_subject(self.app.workflows.language_with(customer), &subject);
        let Some(ticket) = self.ticket_in(thread).await? else { return Ok(subject) };
        let number = format!("[{}]", ticket.short());
        Ok(if subject.contains(&number) { subject } else { format!("{subject} {number}") })
    }

    /// Returns the open ticket of a conversation.
    pub(super) async fn ticket_in(&self, thread: Option<Id>) -> Done<Option<Record>> {
        let Some(thread) = thread else { return Ok(None) };
        let known = self.store().known(&HashSet::new(), &HashSet::from([thread])).await?;
        match known.threads.get(&thread).and_then(|thread| thread.ticket.as_ref()) {
            Some(ticket) => Ok(self.store().record(RecordRef::new(Kind::Ticket, ticket.id)).await?),
            None => Ok(None),
        }
    }

    /// Writes the mail: the words, who says them, and what they answer.
    fn letter(&self, customer: &Record, answered: &Loaded, text: &str) -> String {
        let prompts = self.prompts();
        let settings = self.app.workflows.settings();
        // In the customer's language, by the clocks of the house.
        let language = self.app.workflows.language_with(customer);
        let at = Zoned(When { at: answered.received_at, zone: settings.zone });
        let quotes = prompts.reply_quotes(language, customer.text("name"), at);
        let said = format::clip(answered.own_text().trim(), QUOTE_CHARS_MAX);
        let quote: Vec<String> = said.lines().map(|line| format!("> {line}").trim_end().to_owned()).collect();
        format!("{}\n{quotes}\n{}\n", self.signed(customer, text), quote.join("\n"))
    }

    /// Writes words with who says them.
    pub(super) fn signed(&self, customer: &Record, text: &str) -> String {
        let language = self.app.workflows.language_with(customer);
        let house = &self.app.workflows.settings().house.name;
        format!("{text}\n\n{}\n", self.prompts().reply_signature(language, &self.user.name, house))
    }
}
