//! `privacy requests`: what customers ask of the house about what it holds of them, and what a manager
//! does about it. Nothing of it is done without one.

use rapport_model::job::{Outbound, Recipient};
use rapport_model::message::ChannelKind;
use rapport_model::people::User;
use rapport_model::privacy::{DataRight, ProvenBy, RequestState};
use rapport_model::{Change, Kind, Record, ShortNumber};
use rapport_prompts::RequestLine;
use rapport_storage::records::Filter;
use rapport_workflows::Workflows;
use rapport_workflows::requests::{answered, days_left, extended, is_open, law_of, rights_of, state_of};

use super::super::card::Card;
use super::super::command::{Command, Of};
use super::super::desk::{Desk, Done};
use super::super::safe::{plain, quoted};
use super::super::session::Session;
use super::command::{Govern, Right, Step};
use crate::App;
use crate::http::links::{Link, ProofLink};

/// Rows of a list, and those that get a button.
const LISTED: usize = 20;
const BUTTONS_MAX: usize = 5;

impl Right {
    /// Tells whether doing it does what was asked for.
    const fn does(self, right: DataRight) -> bool {
        match self {
            // What is gone is neither wrong nor used nor sold any more.
            Self::Erase => true,
            Self::Restrict => matches!(right, DataRight::Restrict),
            _ => false,
        }
    }
}

impl Desk<'_> {
    /// Lists the requests that nobody answered, overdue ones first.
    pub(in super::super) async fn requests(&self) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let open = self.app.workflows.open_requests(self.store()).await?;
        if open.is_empty() {
            return Ok(vec![Card::new(prompts.requests_none(language))]);
        }
        let mut card = Card::new(prompts.requests_heading(language, open.len()));
        for request in open.iter().take(LISTED) {
            card = card.item(self.request_line(request).await?);
        }
        for request in open.iter().take(BUTTONS_MAX) {
            card = card.button(request.short().to_string(), Command::Show(Of::Number(request.short())));
        }
        if open.len() > LISTED {
            card = card.item(prompts.and_more(language, open.len() - LISTED));
        }
        Ok(vec![card])
    }

    async fn request_line(&self, request: &Record) -> Done<String> {
        let line = RequestLine {
            number: request.short(),
            customer: &self.linked_name(request, "customer", Kind::Customer).await?,
            rights: &self.rights(request),
            state: state_of(request),
            left: &self.time_left(request),
        };
        Ok(self.prompts().request_line(self.language, &line))
    }

    /// Adds to the card of a ticket what can be done about the requests that it came with.
    pub(in super::super) async fn with_requests(&self, card: Card, ticket: &Record) -> Done<Card> {
        let filter = Filter {
            equal: vec![("ticket", ticket.record.id.into())],
            limit: LISTED as u32,
            ..Filter::default()
        };
        let requests = self.store().list(Kind::PrivacyRequest, &filter).await?;
        let mut lines = Vec::new();
        for request in &requests {
            lines.push(self.request_line(request).await?);
        }
        let mut card = card.list(self.prompts().requests_label(self.language), lines);
        for request in requests.iter().filter(|request| is_open(request)) {
            card = card.button(request.short().to_string(), Command::Show(Of::Number(request.short())));
        }
        Ok(card)
    }

    /// Says what a request asks for.
    fn rights(&self, request: &Record) -> String {
        let (prompts, language) = (self.prompts(), self.language);
        let rights = rights_of(request);
        let rights: Vec<String> =
            rights.iter().map(|right| prompts.label(language, *right).to_owned()).collect();
        prompts.list(language, &rights)
    }

    /// Says how many days are left; nothing once it was answered.
    fn time_left(&self, request: &Record) -> String {
        let due = request.get("due").time().filter(|_| is_open(request));
        let zone = self.app.workflows.settings().zone;
        due.map_or_else(String::new, |due| {
            self.prompts().request_left(self.language, days_left(due, self.now, zone))
        })
    }

    /// Shows one request with what can be done about it.
    pub(in super::super) async fn request_card(&self, request: &Record) -> Done<Card> {
        let (prompts, language) = (self.prompts(), self.language);
        let field = |name| prompts.field(language, name);
        let time = |name| request.get(name).time().map_or_else(String::new, |at| self.when(at));
        let customer = self.linked(request, "customer", Kind::Customer).await?;
        let name = self.titled_or_none(customer.as_ref()).await?;
        let proof = ProvenBy::by_name(request.text("proven_by"));
        let proof = proof.map_or_else(String::new, |proof| {
            self.beside(prompts.label(language, proof), &time("proven_at"))
        });
        let by = request.get("answered_by").id().map_or_else(String::new, |id| self.colleague(id));
        let mut card = Card::new(prompts.request_title(language, request.short(), &name))
            .field(field("rights"), self.rights(request))
            .field(field("state"), prompts.label(language, state_of(request)))
            .field(field("due"), self.beside(&time("due"), &self.time_left(request)))
            .field(field("received_at"), time("received_at"))
            .field(field("law"), prompts.label(language, law_of(request)))
            .field(field("proven_by"), proof)
            .field(field("link_sent_at"), time("link_sent_at"))
            .field(field("extension"), plain(request.text("extension")))
            .field(field("reason"), plain(request.text("reason")))
            .field(field("answered_at"), self.beside(&time("answered_at"), &by));
        if let Some(id) = request.get("message").id()
            && let Some(message) = self.store().message(id).await?
        {
            card = card.quote(quoted(&rapport_nlp::text::excerpt(message.own_text(), 400)));
        }
        if is_open(request) {
            card = self.request_buttons(card, request);
        }
        Ok(self.to_customer(card, customer.as_ref()))
    }

    /// Adds what can be done about an open request. What cannot be done before it is proven whose it is has
    /// no button until then.
    fn request_buttons(&self, card: Card, request: &Record) -> Card {
        let (prompts, language) = (self.prompts(), self.language);
        let number = request.short();
        let privacy = |right| Command::Govern(Govern::Privacy { right, of: Of::Number(number), sure: false });
        let step = |step| step_of(step, number);
        let mut card = card;
        if state_of(request) == RequestState::Verified {
            card = card
                .button(prompts.button_export_them(language), privacy(Right::Export))
                .button(prompts.button_erase_them(language), privacy(Right::Erase))
                .button(prompts.button_restrict(language), privacy(Right::Restrict))
                .button(prompts.button_answered(language), step(Step::Done));
        } else {
            card = card
                .text(prompts.request_unproven(language, number))
                .button(prompts.button_send_link(language), step(Step::Link));
        }
        card = card.button(prompts.button_refuse(language), step(Step::Refuse));
        if request.get("extended_at").is_null() {
            card = card.button(prompts.button_extend(language), step(Step::Extend));
        }
        card
    }

    /// Returns the request that a command names, if it names one.
    pub(super) async fn request_named(&self, of: &Of) -> Done<Option<Record>> {
        let Of::Number(ShortNumber { kind: Some(Kind::PrivacyRequest), number }) = of else {
            return Ok(None);
        };
        Ok(self.store().by_number(Kind::PrivacyRequest, *number).await?)
    }

    /// Says why a request is not done now, if it is not: it was answered, or nobody knows whose it is.
    pub(super) fn not_now(&self, request: &Record) -> Option<Card> {
        let (prompts, language) = (self.prompts(), self.language);
        match state_of(request) {
            _ if request.deleted => None,
            RequestState::Verified => None,
            RequestState::Open => {
                let link = step_of(Step::Link, request.short());
                let card = Card::new(prompts.request_unproven(language, request.short()));
                Some(card.button(prompts.button_send_link(language), link))
            }
            state => Some(Card::new(prompts.request_answered_before(language, request.short(), state))),
        }
    }

    /// Adds to what was done for a request whether that was all of it: then it is answered.
    pub(super) async fn after(&self, request: &Record, right: Right, mut cards: Vec<Card>) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let Some(request) = self.store().record(request.record).await?.filter(is_open) else {
            return Ok(cards);
        };
        let left: Vec<DataRight> =
            rights_of(&request).into_iter().filter(|asked| !right.does(*asked)).collect();
        if left.is_empty() {
            let change = answered(&request, RequestState::Done, Some(self.user.id), self.now);
            let written = self.write(vec![change]).await?;
            cards.push(self.written(prompts.request_done(language, request.short()), &written));
        } else if let Some(card) = cards.pop() {
            let left: Vec<String> =
                left.iter().map(|right| prompts.label(language, *right).to_owned()).collect();
            let said = prompts.request_waits(language, request.short(), &prompts.list(language, &left));
            cards.push(
                card.text(said)
                    .button(prompts.button_answered(language), step_of(Step::Done, request.short())),
            );
        }
        Ok(cards)
    }

    /// Takes a step about a request.
    pub(in super::super) async fn request_step(
        &self,
        session: &mut Session,
        command: &Command,
        (step, of, why): (Step, &Of, &str),
    ) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let request = self.find_present(session, command, of, &[Kind::PrivacyRequest]).await?;
        session.context = Some(request.record);
        let number = request.short();
        if !is_open(&request) {
            let said = prompts.request_answered_before(language, number, state_of(&request));
            return Ok(vec![Card::new(said)]);
        }
        let why = plain(why);
        match step {
            Step::Link => self.send_proof_link(&request).await,
            Step::Done => {
                if let Some(card) = self.not_now(&request) {
                    return Ok(vec![card]);
                }
                let change = answered(&request, RequestState::Done, Some(self.user.id), self.now);
                let written = self.write(vec![change]).await?;
                Ok(vec![self.written(prompts.request_done(language, number), &written)])
            }
            Step::Extend if !request.get("extended_at").is_null() => {
                Ok(vec![Card::new(prompts.request_extended_before(language, number))])
            }
            Step::Refuse | Step::Extend if why.is_empty() => {
                session.awaiting = Some(command.about(Of::Number(number)));
                Ok(vec![Card::new(match step {
                    Step::Refuse => prompts.ask_refusal(language, number),
                    _ => prompts.ask_extension(language, number),
                })])
            }
            Step::Refuse => {
                let change = answered(&request, RequestState::Refused, Some(self.user.id), self.now).set(
                    "reason",
                    request.get("reason").clone(),
                    why.as_str(),
                );
                let written = self.write(vec![change]).await?;
                let card = self.written(prompts.request_refused(language, number), &written);
                Ok(vec![card.text(prompts.request_tell_them(language))])
            }
            Step::Extend => {
                let due = request.get("due").time().unwrap_or(self.now);
                let later = extended(law_of(&request), due, self.app.workflows.settings().zone);
                let change = Change::update(request.record)
                    .set("due", due, later)
                    .set("extended_at", request.get("extended_at").clone(), self.now)
                    .set("extension", request.get("extension").clone(), why.as_str());
                let written = self.write(vec![change]).await?;
                let said = prompts.request_extended(language, number, self.at(later));
                Ok(vec![self.written(said, &written).text(prompts.request_tell_them(language))])
            }
        }
    }

    /// Mails a link to the address held of the customer, wherever the request came from: whoever follows it
    /// reads their mail.
    async fn send_proof_link(&self, request: &Record) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        if state_of(request) == RequestState::Verified {
            return Ok(vec![Card::new(prompts.request_proven_before(language, request.short()))]);
        }
        let Some(base) = self.app.config.http.base() else {
            return Ok(vec![Card::new(prompts.request_no_pages(language))]);
        };
        let customer = self.linked(request, "customer", Kind::Customer).await?;
        let Some(customer) = customer else {
            return Ok(vec![Card::new(prompts.request_nobody(language, request.short()))]);
        };
        let link = ProofLink { customer: customer.record.id, request: request.record.id };
        let link = format!("{base}{}", Link::Proof(link).path(self.store()));
        let theirs = self.app.workflows.language_with(&customer);
        let rights: Vec<String> =
            rights_of(request).iter().map(|right| prompts.label(theirs, *right).to_owned()).collect();
        let house = &self.app.workflows.settings().house.name;
        let rights = prompts.list(theirs, &rights);
        let id = self.store().new_id();
        let mail = Outbound {
            id,
            channel: ChannelKind::Email,
            to: Recipient::Customer(customer.record.id),
            cc: Vec::new(),
            // In its conversation it would go to whoever wrote, who may not be the customer.
            thread: None,
            answers: None,
            about: Some(request.record),
            cause: None,
            automatic: false,
            purpose: None,
            author: Some(self.user.id),
            text: Workflows::REQUEST_LINK.to_owned(),
            subject: prompts.request_mail_subject(theirs, house),
            body: prompts.request_mail_body(theirs, customer.text("name"), house, &rights, &link),
            html: None,
            edits: None,
            send_at: self.now,
            idempotency_key: format!("{}/{}/{id}", Workflows::REQUEST_LINK, request.record.id),
        };
        let change =
            Change::update(request.record).set("link_sent_at", request.get("link_sent_at").clone(), self.now);
        self.write_and_tell(vec![change], vec![mail]).await?;
        let name = self.titled(&customer).await?;
        Ok(vec![Card::new(prompts.request_link_sent(language, &name))])
    }
}

/// Adds to what tells a colleague of a request what can be done about it.
pub(crate) fn with_request_buttons(app: &App, user: &User, card: Card, request: &Record) -> Card {
    Desk::new(app, user, None).request_buttons(card, request)
}

fn step_of(step: Step, number: ShortNumber) -> Command {
    Command::Govern(Govern::Answer { step, of: Of::Number(number), why: String::new() })
}
