//! `show` of a message.

use rapport_model::message::{Attendance, Automation, CalendarMethod, Direction, PartyRole, Trust};
use rapport_model::reading::Language;
use rapport_model::reads::ReadWhat;
use rapport_model::{Id, Kind, Record, RecordRef};
use rapport_prompts::format::clip;
use rapport_storage::attachments::Listed;
use rapport_storage::messages::{Loaded, PartyOf};

use super::card::Card;
use super::command::{Command, Of};
use super::compose::Compose;
use super::desk::{Desk, Done};
use super::safe::{plain, quoted};
use super::session::Session;

const MAIL_CHARS_MAX: usize = 1_500;
/// Who wrote so often is known.
const FIRST_AMONG: u32 = 20;

impl Desk<'_> {
    pub(super) async fn show_message(&self, session: &mut Session, id: Id) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let Some(message) = self.store().message(id).await? else {
            return Ok(vec![Card::new(prompts.not_found(language, ""))]);
        };
        session.context = Some(RecordRef::new(Kind::Message, id));
        self.saw(session, ReadWhat::Message, RecordRef::new(Kind::Message, id));
        let parties = self.store().parties(id).await?;
        let people = |role| {
            let all = parties.iter().filter(|p| p.role == role);
            let all = all.map(|p| self.beside(&quoted(&p.name), &plain(&p.address)));
            all.map(|p| p.trim().to_owned()).collect::<Vec<_>>().join("\n")
        };
        let attached = self.store().attachments(id).await?;
        let files: Vec<String> = attached.iter().map(|file| self.file(file)).collect();
        let text = message.own_text().trim();
        let body = rapport_workflows::carry_out::harmless(&plain(text));
        let subject = quoted(&message.subject);
        let subject =
            if subject.is_empty() { prompts.label(language, Kind::Message).to_owned() } else { subject };
        let mut card = Card::new(subject)
            .field(prompts.party_from(language), people(PartyRole::From))
            .field(prompts.party_to(language), people(PartyRole::To))
            .field(prompts.party_cc(language), people(PartyRole::Cc))
            .field(prompts.field(language, "received_at"), self.when_and_ago(message.received_at))
            .field(prompts.label(language, Kind::Attachment), files.join("\n"));
        if let Some(meeting) = &message.calendar {
            card = self.with_meeting(card, meeting);
        }
        card = card.field(prompts.field(language, "trust"), self.sender(&message, &parties).await?);
        card = card.field(prompts.field(language, "reading"), self.understood(&message));
        card = card.quote(clip(&body, MAIL_CHARS_MAX));
        let this = || Of::Exact(RecordRef::new(Kind::Message, id));
        if message.customer.is_some() {
            if message.calendar.as_ref().is_some_and(|m| m.method == CalendarMethod::Request)
                && message.direction == Direction::In
            {
                let rsvp = |attendance| Command::Rsvp { of: this(), attendance, text: String::new() };
                card = card
                    .button(prompts.button_accept(language), rsvp(Attendance::Accepted))
                    .button(prompts.button_maybe(language), rsvp(Attendance::Tentative))
                    .button(prompts.button_decline(language), rsvp(Attendance::Declined));
            }
            card = card
                .button(prompts.button_reply(language), Command::Reply { of: this(), text: String::new() });
            card = self.with_draft_button(card, &message);
        }
        card = self.with_files_button(card, this(), &attached);
        card = card
            .button(prompts.button_why(language), Command::Why(Of::Exact(RecordRef::new(Kind::Message, id))));
        let customer = match message.customer {
            Some(id) => self.store().record(RecordRef::new(Kind::Customer, id)).await?,
            None => None,
        };
        if customer.as_ref().is_some_and(|customer| customer.get("owner").is_null()) {
            card = card.button(prompts.button_claim(language), Command::Claim(this()));
        }
        card = self.ask_where_it_belongs(card, &message).await?;
        card = self.ask_about_new_people(card, &message, &parties, customer.as_ref()).await?;
        card.subtitle =
            customer.iter().flat_map(|customer| self.marks_of(customer)).collect::<Vec<_>>().join("\n");
        card.footer = self.others_writing(message.thread).await?;
        Ok(vec![self.to_customer(card, customer.as_ref())])
    }

    /// Returns a customer's mail as it stands in a chat: what they want, in their words, and what became
    /// of it. Nothing if it is gone.
    pub(super) async fn mail_card(&self, id: Id) -> Done<Option<Card>> {
        let (prompts, language) = (self.prompts(), self.language);
        let Some(message) = self.store().message(id).await? else { return Ok(None) };
        let customer = match message.customer {
            Some(id) => self.store().record(RecordRef::new(Kind::Customer, id)).await?,
            None => None,
        };
        let name = match &customer {
            Some(customer) => self.titled(customer).await?,
            None => String::new(),
        };
        let attached = self.store().attachments(id).await?;
        let files: Vec<String> = attached.iter().map(|file| self.file(file)).collect();
        let text = rapport_workflows::carry_out::harmless(&plain(message.own_text().trim()));
        let mut card = Card::new(prompts.mail_card(language, &name, &quoted(&message.subject)));
        card.subtitle = self.understood(&message);
        if let Some(meeting) = &message.calendar {
            card = self.with_meeting(card, meeting);
        }
        card = card
            .field(prompts.label(language, Kind::Attachment), files.join("\n"))
            .quote(clip(&text, MAIL_CHARS_MAX));
        let mut footer: Vec<String> = customer.iter().flat_map(|customer| self.marks_of(customer)).collect();
        footer.extend(self.state_of(&message, customer.as_ref()).await?);
        if let Some(ticket) = self.ticket_in(Some(message.thread)).await? {
            footer.push(self.titled(&ticket).await?);
        }
        card.footer = footer.join("\n");
        let this = || Of::Exact(RecordRef::new(Kind::Message, id));
        if customer.is_some() {
            card = card
                .button(prompts.button_reply(language), Command::Reply { of: this(), text: String::new() });
            card = self.with_draft_button(card, &message);
        }
        if customer.as_ref().is_some_and(|customer| customer.get("owner").is_null()) {
            card = card.button(prompts.button_claim(language), Command::Claim(this()));
        }
        card = self.with_files_button(card, this(), &attached);
        card = card.button(prompts.button_show(language), Command::Show(this()));
        Ok(Some(card.button(prompts.button_why(language), Command::Why(this()))))
    }

    /// Returns a customer's mail as it stands in a team's chat: which mailbox it came to, what it is, and
    /// what became of it. Who wrote what is for private chats. Nothing if it is gone.
    pub(super) async fn team_card(&self, id: Id) -> Done<Option<Card>> {
        let (prompts, language) = (self.prompts(), self.language);
        let Some(message) = self.store().message(id).await? else { return Ok(None) };
        let customer = match message.customer {
            Some(id) => self.store().record(RecordRef::new(Kind::Customer, id)).await?,
            None => None,
        };
        let ticket = self.ticket_in(Some(message.thread)).await?;
        let number = ticket.as_ref().or(customer.as_ref()).map(|record| record.short().to_string());
        let title = prompts.team_card(language, &message.account, number.as_deref().unwrap_or(""));
        let mut card = Card::new(title);
        card.subtitle = self.understood(&message);
        card.footer = self.state_of(&message, customer.as_ref()).await?.join("\n");
        let this = || Of::Exact(RecordRef::new(Kind::Message, id));
        if customer.as_ref().is_some_and(|customer| customer.get("owner").is_null()) {
            card = card.button(prompts.button_claim(language), Command::Claim(this()));
        }
        Ok(Some(card.button(prompts.button_show(language), Command::Show(this()))))
    }

    /// Says who looks after the customer of a mail, and who answered last.
    async fn state_of(&self, message: &Loaded, customer: Option<&Record>) -> Done<Vec<String>> {
        let (prompts, language) = (self.prompts(), self.language);
        let mut state = Vec::new();
        if let Some(owner) = customer.and_then(|customer| customer.get("owner").id()) {
            state.push(prompts.mail_owner(language, &self.colleague(owner)));
        }
        let newest = self.store().messages_in(message.thread, 1).await?.into_iter().next();
        if let Some(answer) = newest.filter(|m| m.direction == Direction::Out) {
            let who = answer.author.map_or_else(String::new, |id| self.colleague(id));
            state.push(prompts.mail_answered(language, &who, self.at(answer.received_at)));
        }
        Ok(state)
    }

    /// Offers that a machine drafts the answer, where one can.
    fn with_draft_button(&self, card: Card, mail: &Loaded) -> Card {
        if self.app.llm.is_none() || mail.direction != Direction::In || mail.automation != Automation::None {
            return card;
        }
        let of = Of::Exact(RecordRef::new(Kind::Message, mail.id));
        let draft = Compose::Answer { of, wish: String::new() };
        card.button(self.prompts().button_draft(self.language), Command::Compose(draft))
    }

    fn with_files_button(&self, card: Card, mail: Of, files: &[Listed]) -> Card {
        match files.iter().filter(|file| file.kept).count() {
            0 => card,
            n => card.button(self.prompts().button_files(self.language, n), Command::Files(mail)),
        }
    }

    /// Names a file; one that was too big is in the mailbox alone.
    fn file(&self, file: &Listed) -> String {
        let name = quoted(&file.name);
        if file.kept { name } else { self.prompts().file_left(self.language, &name, &megabytes(file.bytes)) }
    }

    /// Says what speaks for and against the author of a mail that came in.
    async fn sender(&self, message: &Loaded, parties: &[PartyOf]) -> Done<String> {
        let (prompts, language) = (self.prompts(), self.language);
        let author = parties.iter().find(|party| party.role == PartyRole::From);
        let Some(author) = author.filter(|_| message.direction == Direction::In) else {
            return Ok(String::new());
        };
        let mut said = match message.trust {
            Some(Trust::Pass) => vec![prompts.sender_pass(language)],
            Some(Trust::Fail) => vec![prompts.sender_fail(language)],
            Some(Trust::None) => vec![prompts.sender_none(language)],
            None => Vec::new(),
        };
        let domain = author.address.rsplit_once('@').map_or("", |(_, domain)| domain);
        if self.app.workflows.settings().house.is_imitated_by(domain) {
            said.push(prompts.sender_lookalike(language, &plain(domain)));
        }
        if let Some(customer) = message.customer {
            let messages = self.store().messages_of(customer, FIRST_AMONG).await?;
            let mut earlier = messages.iter().filter(|m| m.direction == Direction::In && m.id != message.id);
            if messages.len() < FIRST_AMONG as usize && earlier.all(|m| m.received_at > message.received_at) {
                said.push(prompts.sender_first(language));
            }
        }
        Ok(said.join("\n"))
    }

    /// Says in a few words what a message was understood as.
    pub(super) fn understood(&self, message: &Loaded) -> String {
        let (prompts, language) = (self.prompts(), self.language);
        if message.automation != Automation::None {
            return prompts.label(language, message.automation).to_owned();
        }
        let Some(reading) = &message.reading else { return String::new() };
        let mut words = vec![
            prompts.label(language, reading.intent().name).to_owned(),
            prompts.label(language, reading.sentiment.label).to_owned(),
        ];
        if reading.urgent {
            words.push(prompts.urgent(language));
        }
        words.join(if language == Language::En { ", " } else { "、" })
    }
}

/// Returns the message that is meant, if it is one.
pub(super) fn message_meant(session: &Session, of: &Of) -> Option<Id> {
    let record = match of {
        Of::Exact(record) => Some(*record),
        Of::It => session.context,
        _ => None,
    };
    record.filter(|r| r.kind == Kind::Message).map(|r| r.id)
}

/// Writes a length in bytes as people say it: `60 MB`, `1.5 MB`.
pub(super) fn megabytes(bytes: i64) -> String {
    let tenths = (bytes + 50_000) / 100_000;
    if tenths >= 100 {
        format!("{} MB", (tenths + 5) / 10)
    } else {
        format!("{}.{} MB", tenths / 10, tenths % 10)
    }
}
