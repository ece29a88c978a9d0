//! `show`: one record on one card.

use rapport_model::message::Direction;
use rapport_model::people::Priority;
use rapport_model::reads::ReadWhat;
use rapport_model::{Kind, Record, Value};
use rapport_prompts::format::clip;
use rapport_prompts::{Numbered, Span};
use rapport_storage::messages::Loaded;
use rapport_storage::records::Filter;

use super::card::Card;
use super::command::{Command, Of, TaskChange, TicketChange};
use super::desk::{Desk, Done};
use super::message::message_meant;
use super::safe::{plain, quoted};
use super::session::Session;

/// The kinds that have a card.
pub(super) const SHOWN: &[Kind] =
    &[Kind::Customer, Kind::Ticket, Kind::Task, Kind::Deal, Kind::Company, Kind::Note, Kind::PrivacyRequest];

const LISTED: u32 = 5;
const EXCERPT_CHARS_MAX: usize = 240;
/// Messages that a trend of mood is read from, and how far the halves must be apart.
const TREND_MESSAGES: u32 = 12;
const TREND_MIN: f32 = 0.25;

impl Desk<'_> {
    pub(super) async fn show(&self, session: &mut Session, command: &Command, of: &Of) -> Done {
        if let Some(id) = message_meant(session, of) {
            return self.show_message(session, id).await;
        }
        if *of == Of::LastMessage {
            let message = self.last_message(session, command).await?;
            return self.show_message(session, message).await;
        }
        let record = self.find_record(session, command, of, SHOWN).await?;
        session.context = Some(record.record);
        self.saw(session, ReadWhat::Card, record.record);
        let mut card = match record.record.kind {
            Kind::Customer => self.customer_card(&record).await?,
            Kind::Company => self.company_card(&record).await?,
            Kind::Ticket => self.ticket_card(&record).await?,
            Kind::Task => self.task_card(&record).await?,
            Kind::Deal => self.deal_card(&record).await?,
            Kind::PrivacyRequest => self.request_card(&record).await?,
            _ => self.note_card(&record).await?,
        };
        if record.deleted {
            card.subtitle = self.prompts().taken_away(self.language);
            card.buttons.clear();
        } else if let Some(merged) = self.merged_away(of).await? {
            card.subtitle = self.prompts().merged_here(self.language, &self.titled(&merged).await?);
        }
        Ok(vec![card])
    }

    async fn customer_card(&self, customer: &Record) -> Done<Card> {
        let (prompts, language) = (self.prompts(), self.language);
        let id = customer.record.id;
        let company = self.linked_name(customer, "company", Kind::Company).await?;
        let title =
            prompts.card_title(language, customer.short(), &self.name(customer).await?, some(&company));
        let lifecycle = self.value(Kind::Customer, "lifecycle", customer.get("lifecycle")).await?;
        let insight = self.store().insight(id).await?;
        let churn = insight.and_then(|(insight, _)| insight.churn).map(|churn| self.churn_said(&churn));
        let segment = self.value(Kind::Customer, "segment", customer.get("segment")).await?;
        let addresses =
            self.store().identities_of(Kind::Customer, &[id]).await?.remove(&id).unwrap_or_default();
        let addresses: Vec<String> = addresses.iter().map(|a| plain(a)).collect();
        let messages = self.store().messages_of(id, TREND_MESSAGES).await?;
        let field = |name| prompts.field(language, name);
        let time = |name| customer.get(name).time().map_or_else(String::new, |at| self.when_and_ago(at));
        let counts = (customer.get("n_in").int().unwrap_or(0), customer.get("n_out").int().unwrap_or(0));
        let deal = self.open_deal(customer).await?;
        let mut card = Card { subtitle: self.marks_of(customer).join("\n"), ..Card::new(title) }
            .field(field("lifecycle"), lifecycle.unwrap_or_default())
            .field(field("owner"), self.owner(customer))
            .field(
                field("tags"),
                self.value(Kind::Customer, "tags", customer.get("tags")).await?.unwrap_or_default(),
            )
            .field(prompts.label(language, Kind::Identity), addresses.join("\n"))
            .field(field("segment"), segment.unwrap_or_default())
            .field(prompts.churn_label(language), churn.unwrap_or_default())
            .field(field("mood"), self.mood(customer, &messages))
            .field(field("last_in"), time("last_in"))
            .field(field("last_out"), time("last_out"))
            .field(prompts.card_mails(language), prompts.mails_in_out(language, counts.0, counts.1));
        if let Some(deal) = &deal {
            let stage = prompts.stage(language, deal.text("stage")).to_owned();
            let aside = [stage, self.amount(deal)].into_iter().filter(|t| !t.is_empty()).collect::<Vec<_>>();
            let deal = self.beside(&self.titled(deal).await?, &aside.join(", "));
            card = card.field(prompts.card_open_deal(language), deal);
        }
        let tickets = self.open_of(Kind::Ticket, "closed_at", customer).await?;
        let tasks = self.open_of(Kind::Task, "done_at", customer).await?;
        card = card.field(prompts.next_step(language), self.next_step(customer, &tickets, &tasks).await?);
        card = card.list(prompts.card_open_tickets(language), self.ticket_lines(&tickets).await?);
        card = card.list(prompts.card_open_tasks(language), self.task_lines(&tasks).await?);
        card = card.list(prompts.card_notes(language), self.note_lines(customer).await?);
        card = card.list(prompts.card_ratings(language), self.rating_lines("customer", id).await?);
        if let Some(message) = messages.iter().find(|m| m.direction == Direction::In) {
            card = self.excerpt(card, message);
        }
        let of = || Of::Number(customer.short());
        Ok(card
            .button(prompts.button_reply(language), Command::Reply { of: of(), text: String::new() })
            .button(prompts.button_note(language), Command::Note { of: of(), text: String::new() })
            .button(
                prompts.button_ticket(language),
                Command::OpenTicket { of: of(), priority: Priority::Normal, text: String::new() },
            )
            .button(prompts.button_timeline(language), Command::Timeline { of: of(), since: None, page: 1 })
            .button(prompts.button_why(language), Command::Why(of())))
    }

    /// Says how a customer feels, and whether that changes.
    fn mood(&self, customer: &Record, messages: &[Loaded]) -> String {
        let Some(mood) = customer.get("mood").real() else { return String::new() };
        let scores: Vec<f32> = messages
            .iter()
            .filter(|m| m.direction == Direction::In)
            .filter_map(|m| m.reading.as_ref().map(|r| r.sentiment.score))
            .collect();
        let trend = match scores.len() {
            0 | 1 => String::new(),
            n => {
                let (late, early) = scores.split_at(n / 2);
                let mean = |part: &[f32]| part.iter().sum::<f32>() / part.len() as f32;
                match mean(late) - mean(early) {
                    d if d > TREND_MIN => self.prompts().note_better(self.language),
                    d if d < -TREND_MIN => self.prompts().note_worse(self.language),
                    _ => self.prompts().note_same(self.language),
                }
            }
        };
        self.beside(&self.prompts().mood(self.language, mood), &trend)
    }

    fn owner(&self, record: &Record) -> String {
        let owner = record.get("owner").id().map(|id| self.colleague(id)).filter(|name| !name.is_empty());
        owner.unwrap_or_else(|| self.prompts().nobody(self.language))
    }

    /// Returns the latest deal that is neither won nor lost.
    pub(super) async fn open_deal(&self, customer: &Record) -> Done<Option<Record>> {
        let filter = Filter { equal: vec![("customer", customer.record.id.into())], ..Filter::default() };
        let deals = self.store().list(Kind::Deal, &filter).await?;
        Ok(deals.into_iter().find(|d| !matches!(d.text("stage"), "won" | "lost")))
    }

    pub(super) async fn open_of(
        &self,
        kind: Kind,
        closed: &'static str,
        customer: &Record,
    ) -> Done<Vec<Record>> {
        let order = if kind == Kind::Task { "due" } else { "opened_at" };
        let filter = Filter {
            equal: vec![("customer", customer.record.id.into()), (closed, Value::Null)],
            order: Some((order, false)),
            limit: LISTED,
            ..Filter::default()
        };
        Ok(self.store().list(kind, &filter).await?)
    }

    /// Says what a colleague would best do next: what waits for the house comes before what is
    /// planned.
    pub(super) async fn next_step(
        &self,
        customer: &Record,
        tickets: &[Record],
        tasks: &[Record],
    ) -> Done<String> {
        let (prompts, language) = (self.prompts(), self.language);
        let (last_in, last_out) = (customer.get("last_in").time(), customer.get("last_out").time());
        if let Some(waits) = last_in.filter(|at| last_out.is_none_or(|out| out < *at)) {
            let waits = Span(self.now.since(waits));
            let ticket = tickets.iter().find(|t| t.text("status") == "open").map(Record::short);
            return Ok(match ticket {
                Some(ticket) => prompts.next_answer_ticket(language, ticket, waits),
                None => prompts.next_answer(language, waits),
            });
        }
        if let Some(task) = tasks.first() {
            return self.titled(task).await;
        }
        Ok(prompts.next_nothing(language))
    }

    async fn note_lines(&self, customer: &Record) -> Done<Vec<String>> {
        let filter =
            Filter { equal: vec![("customer", customer.record.id.into())], limit: 3, ..Filter::default() };
        let mut lines = Vec::new();
        for note in self.store().list(Kind::Note, &filter).await? {
            let at = note.record.id.made_at();
            let author = note.get("author").id().map(|id| self.colleague(id));
            let who = author.unwrap_or_else(|| self.prompts().by_service(self.language));
            let who = self.beside(&who, &self.interaction_of(&note).unwrap_or_default());
            let body = clip(&quoted(note.text("body")), EXCERPT_CHARS_MAX);
            lines.push(self.prompts().note_line(self.language, self.at(at), &who, &body));
        }
        Ok(lines)
    }

    /// Adds what a customer last wrote.
    fn excerpt(&self, card: Card, message: &Loaded) -> Card {
        let (prompts, language) = (self.prompts(), self.language);
        let heading = prompts.last_message(language, &quoted(&message.subject), self.at(message.received_at));
        let excerpt = rapport_nlp::text::excerpt(message.own_text(), EXCERPT_CHARS_MAX);
        card.block(super::card::Block::Heading(heading)).quote(quoted(&excerpt))
    }

    async fn company_card(&self, company: &Record) -> Done<Card> {
        let (prompts, language) = (self.prompts(), self.language);
        let id = company.record.id;
        let domains = self.store().identities_of(Kind::Company, &[id]).await?.remove(&id).unwrap_or_default();
        let title = prompts.card_title(language, company.short(), &self.name(company).await?, None);
        let mut people = Vec::new();
        let mut card = Card::new(title)
            .field(
                prompts.label(language, Kind::Identity),
                domains.iter().map(|d| plain(d)).collect::<Vec<_>>().join("\n"),
            )
            .field(prompts.field(language, "owner"), self.owner(company))
            .field(
                prompts.field(language, "tags"),
                self.value(Kind::Company, "tags", company.get("tags")).await?.unwrap_or_default(),
            );
        for person in self.people_of(company).await?.iter().take(LISTED as usize * 2) {
            let last = person.get("last_in").time().map_or_else(String::new, |at| self.when(at));
            people.push(self.beside(&self.titled(person).await?, &last));
            if card.buttons.len() < LISTED as usize {
                card = card.button(person.short().to_string(), Command::Show(Of::Number(person.short())));
            }
        }
        Ok(card.list(prompts.card_people(language), people))
    }

    async fn ticket_card(&self, ticket: &Record) -> Done<Card> {
        let (prompts, language) = (self.prompts(), self.language);
        let field = |name| prompts.field(language, name);
        let time = |name| ticket.get(name).time().map_or_else(String::new, |at| self.when_and_ago(at));
        let value = |name: &'static str| self.value(Kind::Ticket, name, ticket.get(name));
        let title = prompts.card_title(language, ticket.short(), &self.name(ticket).await?, None);
        let customer = self.linked(ticket, "customer", Kind::Customer).await?;
        let snoozed = ticket.get("snoozed_until").time().filter(|until| *until > self.now);
        let snoozed = snoozed.map_or_else(String::new, |until| self.when(until));
        let mut card = Card::new(title)
            .field(field("customer"), self.titled_or_none(customer.as_ref()).await?)
            .field(field("status"), value("status").await?.unwrap_or_default())
            .field(field("priority"), value("priority").await?.unwrap_or_default())
            .field(field("owner"), self.owner(ticket))
            .field(prompts.card_deadline(language), self.deadline(ticket).await?)
            .field(field("opened_at"), time("opened_at"))
            .field(field("first_answer_at"), time("first_answer_at"))
            .field(field("closed_at"), time("closed_at"))
            .field(field("snoozed_until"), snoozed);
        let ratings = self.rating_lines("ticket", ticket.record.id).await?;
        card = card.list(prompts.card_ratings(language), ratings);
        card = self.with_requests(card, ticket).await?;
        if let Some(thread) = ticket.get("thread").id() {
            let messages = self.store().messages_in(thread, 20).await?;
            if let Some(message) = messages.iter().find(|m| m.direction == Direction::In) {
                card = self.excerpt(card, message);
            }
        }
        let change = |change| Command::ChangeTicket(Of::Number(ticket.short()), change);
        card = match ticket.text("status") {
            "closed" => card.button(prompts.button_reopen(language), change(TicketChange::Reopen)),
            _ => card.button(prompts.button_close(language), change(TicketChange::Close(String::new()))),
        };
        if ticket.get("owner").id() != Some(self.user.id) {
            card = card.button(prompts.button_take(language), change(TicketChange::Take));
        }
        card = card
            .button(
                prompts.button_reply(language),
                Command::Reply { of: Of::Number(ticket.short()), text: String::new() },
            )
            .button(
                prompts.button_note(language),
                Command::Note { of: Of::Number(ticket.short()), text: String::new() },
            )
            .button(prompts.button_why(language), Command::Why(Of::Number(ticket.short())));
        Ok(self.to_customer(card, customer.as_ref()))
    }

    async fn task_card(&self, task: &Record) -> Done<Card> {
        let (prompts, language) = (self.prompts(), self.language);
        let title = prompts.card_title(language, task.short(), &self.name(task).await?, None);
        let customer = self.linked(task, "customer", Kind::Customer).await?;
        let time = |name| task.get(name).time().map_or_else(String::new, |at| self.when(at));
        let done = task.get("done_at").time();
        let late = done.is_none() && task.get("due").time().is_some_and(|due| due < self.now);
        let late = if late { prompts.overdue(language) } else { String::new() };
        let mut card = Card::new(title)
            .field(prompts.field(language, "due"), self.beside(&time("due"), &late))
            .field(prompts.field(language, "done_at"), time("done_at"))
            .field(prompts.field(language, "owner"), self.owner(task))
            .field(prompts.field(language, "customer"), self.titled_or_none(customer.as_ref()).await?)
            .field(prompts.field(language, "deal"), self.linked_name(task, "deal", Kind::Deal).await?);
        if done.is_none() {
            card = self.task_buttons(card, task);
        }
        card = card.button(prompts.button_why(language), Command::Why(Of::Number(task.short())));
        Ok(self.to_customer(card, customer.as_ref()))
    }

    /// Adds what can be done about an open task.
    pub(super) fn task_buttons(&self, card: Card, task: &Record) -> Card {
        let (prompts, language) = (self.prompts(), self.language);
        let of = || Of::Number(task.short());
        let due = |words: &str| Command::ChangeTask(of(), TaskChange::Due(words.to_owned()));
        card.button(prompts.button_done(language), Command::ChangeTask(of(), TaskChange::Done))
            .button(prompts.button_later(language), due("in 1 hour"))
            .button(prompts.button_tomorrow(language), due("tomorrow 09:00"))
    }

    async fn deal_card(&self, deal: &Record) -> Done<Card> {
        let (prompts, language) = (self.prompts(), self.language);
        let title = prompts.card_title(language, deal.short(), &self.name(deal).await?, None);
        let customer = self.linked(deal, "customer", Kind::Customer).await?;
        let (_, stages) = self.store().pipeline().await?;
        let stage = deal.text("stage");
        let day = |at| rapport_prompts::format::day(language, at, self.zone);
        let close = deal.get("close_at").time().map_or_else(String::new, day);
        let chance = self.app.workflows.chances_of(std::slice::from_ref(deal), self.now).await?;
        let chance = chance.first().map_or_else(String::new, |(_, chance)| self.churn_said(chance));
        let mut card = Card::new(title)
            .field(prompts.field(language, "stage"), prompts.stage(language, stage))
            .field(prompts.leads_label(language), chance)
            .field(prompts.field(language, "amount"), self.amount(deal))
            .field(prompts.field(language, "close_at"), close)
            .field(prompts.field(language, "customer"), self.titled_or_none(customer.as_ref()).await?)
            .field(prompts.field(language, "owner"), self.owner(deal))
            .field(prompts.field(language, "lost_reason"), quoted(deal.text("lost_reason")));
        let at = stages.iter().position(|s| s.name == stage);
        let open = |s: &&rapport_model::people::Stage| s.probability > 0.0;
        if let Some(next) = at.and_then(|at| stages.get(at + 1)).filter(open) {
            let words = next.name.clone();
            let to = Command::Stage { of: Of::Number(deal.short()), words };
            card = card.button(format!("→ {}", prompts.stage(language, &next.name)), to);
        }
        card = card.button(prompts.button_why(language), Command::Why(Of::Number(deal.short())));
        Ok(self.to_customer(card, customer.as_ref()))
    }

    async fn note_card(&self, note: &Record) -> Done<Card> {
        let (prompts, language) = (self.prompts(), self.language);
        let customer = self.linked(note, "customer", Kind::Customer).await?;
        let author = note.get("author").id().map_or_else(String::new, |id| self.colleague(id));
        let kind = prompts.label(language, Kind::Note).to_owned();
        let card = Card::new(
            self.beside(&rapport_prompts::format::capital(&kind), &self.when(note.record.id.made_at())),
        )
        .field(prompts.field(language, "customer"), self.titled_or_none(customer.as_ref()).await?)
        .field(prompts.field(language, "author"), author)
        .field(prompts.field(language, "interaction"), self.interaction_of(note).unwrap_or_default())
        .quote(plain(note.text("body")))
        .button(prompts.button_why(language), Command::Why(Of::Exact(note.record)));
        Ok(self.to_customer(card, customer.as_ref()))
    }

    pub(super) async fn titled_or_none(&self, record: Option<&Record>) -> Done<String> {
        match record {
            Some(record) => self.titled(record).await,
            None => Ok(String::new()),
        }
    }

    /// Adds a button to the customer that something belongs to.
    pub(super) fn to_customer(&self, card: Card, customer: Option<&Record>) -> Card {
        match customer {
            Some(customer) => {
                card.button(customer.short().to_string(), Command::Show(Of::Number(customer.short())))
            }
            None => card,
        }
    }

    /// Refuses to change what was taken away.
    pub(super) fn still_there(&self, record: Record) -> Done<Record> {
        if !record.deleted {
            return Ok(record);
        }
        let undo = Command::Undo(super::command::Undoing::Record(Of::Number(record.short())));
        let said = self.prompts().record_gone(self.language, Numbered(record.short()));
        Err(Card::new(said).button(self.prompts().button_undo(self.language), undo).into())
    }
}

/// Returns a text where there is one.
pub(super) fn some(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}
