//! `ticket` and `tickets`.

use rapport_model::people::{Priority, TicketStatus, User};
use rapport_model::{Change, Kind, Record, RecordRef, Timestamp, Value};
use rapport_prompts::{Block, Span, TicketLine, TicketOpened};
use rapport_storage::records::Filter;

use super::card::Card;
use super::command::{Command, Of, Queue, TicketChange};
use super::desk::{Desk, Done, Written};
use super::note::about_record;
use super::safe::{plain, quoted};
use super::session::Session;

const PER_PAGE: usize = 10;
const TICKETS_MAX: u32 = 2_000;
/// Rows of a list that get a button.
const BUTTONS_MAX: usize = 5;
const TITLE_CHARS_MAX: usize = 200;

impl Desk<'_> {
    pub(super) async fn open_ticket(
        &self,
        session: &mut Session,
        command: &Command,
        of: &Of,
        priority: Priority,
        text: &str,
    ) -> Done {
        let customer = self.find_present(session, command, of, &[Kind::Customer]).await?;
        let name = self.titled(&customer).await?;
        if text.is_empty() {
            session.awaiting = Some(command.about(Of::Exact(customer.record)));
            return Ok(vec![Card::new(self.prompts().ask_ticket(self.language, &name))]);
        }
        let title =
            rapport_prompts::format::clip(&rapport_prompts::format::one_line(&plain(text)), TITLE_CHARS_MAX);
        let ticket = RecordRef::new(Kind::Ticket, self.store().new_id());
        let owner = customer.get("owner").id().unwrap_or(self.user.id);
        let change = Change::create(ticket)
            .with("title", title.as_str())
            .with("customer", customer.record.id)
            .with("company", customer.get("company").id())
            .with("owner", owner)
            .with("priority", priority.name())
            .with("status", TicketStatus::Open.name())
            .with("opened_at", self.now);
        let written = self.write(vec![change]).await?;
        session.context = Some(ticket);
        let opened = TicketOpened {
            number: written.number(ticket),
            title: &title,
            customer: &name,
            priority,
            why: None,
        };
        let show = Command::Show(Of::Number(written.number(ticket)));
        let card = self.written(self.prompts().ticket_opened(self.language, &opened), &written);
        let card = card.field(self.prompts().field(self.language, "owner"), self.colleague(owner));
        Ok(vec![card.button(self.prompts().button_show(self.language), show)])
    }

    pub(super) async fn change_ticket(
        &self,
        session: &mut Session,
        command: &Command,
        of: &Of,
        change: &TicketChange,
    ) -> Done {
        let ticket = self.find_present(session, command, of, &[Kind::Ticket]).await?;
        session.context = Some(ticket.record);
        let card = match change {
            TicketChange::Close(why) => self.close(&ticket, why).await?,
            TicketChange::Reopen => self.reopen(&ticket).await?,
            TicketChange::Take => self.hand_over(&ticket, self.user).await?,
            TicketChange::Assign(who) => self.hand_over(&ticket, self.colleague_called(who)?).await?,
            TicketChange::Prioritise(priority) => self.prioritise(&ticket, *priority).await?,
        };
        Ok(vec![card])
    }

    async fn close(&self, ticket: &Record, why: &str) -> Done<Card> {
        let (prompts, language) = (self.prompts(), self.language);
        let before = status(ticket);
        if before == TicketStatus::Closed {
            return Ok(Card::new(prompts.ticket_already(language, ticket.short(), before)));
        }
        let mut changes = vec![standing(ticket, TicketStatus::Closed, self.now)];
        let why = plain(why);
        if !why.is_empty() {
            let note = RecordRef::new(Kind::Note, self.store().new_id());
            let note = about_record(Change::create(note).with("body", why.as_str()), ticket);
            changes.push(note.with("author", self.user.id));
        }
        let written = self.write(changes).await?;
        let open_for = Span(self.now.since(opened_at(ticket, self.now)));
        let said = prompts.ticket_closed(language, ticket.short(), &self.name(ticket).await?, open_for);
        let card = self.written(said, &written);
        if why.is_empty() {
            return Ok(card);
        }
        Ok(card.text(prompts.note_stored(language, &ticket.short().to_string(), Block(&why))))
    }

    async fn reopen(&self, ticket: &Record) -> Done<Card> {
        let (prompts, language) = (self.prompts(), self.language);
        let before = status(ticket);
        if before == TicketStatus::Open {
            return Ok(Card::new(prompts.ticket_already(language, ticket.short(), before)));
        }
        let written = self.write(vec![standing(ticket, TicketStatus::Open, self.now)]).await?;
        Ok(self
            .written(prompts.ticket_reopened(language, ticket.short(), &self.name(ticket).await?), &written))
    }

    async fn prioritise(&self, ticket: &Record, after: Priority) -> Done<Card> {
        let before = priority(ticket);
        if before == after {
            return Ok(self.unchanged(ticket));
        }
        let change = Change::update(ticket.record).set("priority", before.name(), after.name());
        let written: Written = self.write(vec![change]).await?;
        Ok(self
            .written(self.prompts().ticket_priority(self.language, ticket.short(), before, after), &written))
    }

    /// Finds a colleague by short name, name, or a name's beginning; `me` is the asker.
    pub(super) fn colleague_called(&self, who: &str) -> Done<&User> {
        let who = who.trim_start_matches(['@', '＠']).to_lowercase();
        if matches!(who.as_str(), "me" | "我" | "自己") {
            return Ok(self.user);
        }
        let users = self.app.workflows.users();
        let exact = users.iter().find(|u| u.handle.to_lowercase() == who || u.name.to_lowercase() == who);
        let mut begun = users.iter().filter(|u| u.name.to_lowercase().starts_with(&who) && !who.is_empty());
        if let Some(user) = exact.or_else(|| begun.next().filter(|_| begun.next().is_none())) {
            return Ok(user);
        }
        let handles: Vec<&str> = users.iter().map(|u| u.handle.as_str()).collect();
        Err(Card::new(self.prompts().unknown_user(self.language, &quoted(&who), &handles)).into())
    }

    pub(super) async fn tickets(&self, session: &mut Session, queue: Queue, page: usize) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let mut filter =
            Filter { order: Some(("opened_at", false)), limit: TICKETS_MAX, ..Filter::default() };
        let open = ("closed_at", Value::Null);
        match queue {
            Queue::All => filter.order = Some(("opened_at", true)),
            Queue::Open => filter.equal.push(open),
            Queue::Mine => filter.equal.extend([open, ("owner", self.user.id.into())]),
            Queue::Unassigned => filter.equal.extend([open, ("owner", Value::Null)]),
        }
        let mut tickets = self.store().list(Kind::Ticket, &filter).await?;
        let mut n_asleep = 0;
        if queue != Queue::All {
            let mut awake = Vec::with_capacity(tickets.len());
            for ticket in tickets {
                if self.sleeps(&ticket).await? { n_asleep += 1 } else { awake.push(ticket) }
            }
            tickets = awake;
            // What waits for us comes first: of that what is overdue or nearly so, then the most urgent,
            // of that the oldest.
            let due = self.next_due(&tickets).await?;
            let presses = |t: &Record| due.get(&t.record.id).filter(|due| due.reached.is_some());
            tickets.sort_by_key(|t| {
                let due = presses(t).and_then(|due| due.standing.due);
                (status(t) != TicketStatus::Open, due.is_none(), due, std::cmp::Reverse(priority(t)))
            });
        }
        if tickets.is_empty() {
            let mut card = Card::new(prompts.tickets_empty(language));
            if n_asleep > 0 {
                card.footer = prompts.tickets_asleep(language, n_asleep);
            }
            return Ok(vec![card]);
        }
        let shown: Vec<Record> = tickets.iter().skip((page - 1) * PER_PAGE).take(PER_PAGE).cloned().collect();
        let mut card = Card::new(prompts.tickets_heading(language, tickets.len()));
        for line in self.ticket_lines(&shown).await? {
            card = card.item(line);
        }
        for ticket in shown.iter().take(BUTTONS_MAX) {
            card = card.button(ticket.short().to_string(), Command::Show(Of::Number(ticket.short())));
        }
        if n_asleep > 0 {
            card = card.text(prompts.tickets_asleep(language, n_asleep));
        }
        let next = Command::Tickets(queue, page + 1);
        Ok(vec![self.with_more(session, card, tickets.len(), page, PER_PAGE, next)])
    }

    /// Adds the way to the next page, if there is one.
    pub(super) fn with_more(
        &self,
        session: &mut Session,
        card: Card,
        n: usize,
        page: usize,
        per_page: usize,
        next: Command,
    ) -> Card {
        let left = n.saturating_sub(page * per_page);
        if left == 0 {
            return card;
        }
        let mut card = card.button(self.prompts().button_more(self.language), &next);
        card.footer = self.prompts().more(self.language, left);
        session.more = Some(next);
        card
    }

    /// Writes tickets as lines of a list.
    pub(super) async fn ticket_lines(&self, tickets: &[Record]) -> Done<Vec<String>> {
        let mut lines = Vec::with_capacity(tickets.len());
        let due = self.next_due(tickets).await?;
        for ticket in tickets {
            let (title, customer) =
                (self.name(ticket).await?, self.linked_name(ticket, "customer", Kind::Customer).await?);
            let owner = ticket.get("owner").id().map(|id| self.colleague(id)).filter(|name| !name.is_empty());
            let until = ticket.get("closed_at").time().unwrap_or(self.now);
            let line = TicketLine {
                number: ticket.short(),
                title: &title,
                customer: &customer,
                priority: priority(ticket),
                status: status(ticket),
                open_for: Span(until.since(opened_at(ticket, until)).max(0)),
                owner: owner.as_deref(),
            };
            let line = self.prompts().ticket_line(self.language, &line);
            lines.push(self.with_deadline(line, due.get(&ticket.record.id)));
        }
        Ok(lines)
    }
}

/// Returns what makes a ticket stand so: one that is settled has a time at which it was, and one that
/// was settled counts how often it came back.
pub(crate) fn standing(ticket: &Record, to: TicketStatus, now: Timestamp) -> Change {
    let before = status(ticket);
    let change = Change::update(ticket.record).set("status", before.name(), to.name());
    let closed_at = ticket.get("closed_at").clone();
    match to {
        TicketStatus::Closed if before == to => change,
        TicketStatus::Closed => change.set("closed_at", closed_at, now),
        TicketStatus::Open if before != to => {
            let times = ticket.get("reopened").int().unwrap_or(0);
            let change = change.set("closed_at", closed_at, Value::Null);
            change.set("reopened", ticket.get("reopened").clone(), times + 1)
        }
        TicketStatus::Open | TicketStatus::Pending => change.set("closed_at", closed_at, Value::Null),
    }
}

fn status(ticket: &Record) -> TicketStatus {
    TicketStatus::by_name(ticket.text("status")).unwrap_or(TicketStatus::Open)
}

fn priority(ticket: &Record) -> Priority {
    Priority::by_name(ticket.text("priority")).unwrap_or(Priority::Normal)
}

fn opened_at(ticket: &Record, else_at: Timestamp) -> Timestamp {
    ticket.get("opened_at").time().unwrap_or(else_at)
}
