//! `next`: of all that is the asker's what is best done now, why, and the buttons to do it.

use std::collections::{HashMap, HashSet};

use rapport_model::people::Priority;
use rapport_model::reads::ReadWhat;
use rapport_model::{Id, Kind, Record, RecordRef, Value};
use rapport_prompts::Span;
use rapport_storage::records::Filter;

use super::super::card::Card;
use super::super::command::{Command, Of, Queue, TicketChange};
use super::super::desk::{Desk, Done};
use super::super::safe::quoted;
use super::super::session::Session;
use super::command::Survey;
use super::rank::{Waits, weight};

/// So many products are offered.
const OFFERS: usize = 3;
/// So many of each are looked at.
const LOOKED_AT: u32 = 500;

/// Something to do, with the record that it is about.
struct Step {
    waits: Waits,
    record: Record,
}

impl Desk<'_> {
    pub(in super::super) async fn next(&self, session: &mut Session) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let mut steps = self.steps().await?;
        let place = session.n_next;
        if place >= steps.len() {
            session.n_next = 0;
            return Ok(vec![match steps.len() {
                0 => self.nothing_next().await?,
                n => Card::new(prompts.next_no_more(language, n))
                    .button(prompts.button_again(language), Command::Survey(Survey::Next)),
            }]);
        }
        session.n_next = place + 1;
        let left = steps.len() - place - 1;
        let step = steps.swap_remove(place);
        session.context = Some(step.record.record);
        self.saw(session, ReadWhat::Card, step.record.record);
        let mut card = self.step_card(&step).await?;
        if left > 0 {
            card = card.button(prompts.button_next(language), Command::Survey(Survey::Next));
            card.footer = prompts.next_more(language, left);
        }
        Ok(vec![card])
    }

    /// Collects what waits for the asker, what comes first before the rest.
    async fn steps(&self) -> Done<Vec<Step>> {
        let mut steps = self.waiting_customers().await?;
        let answered: HashSet<Id> = steps.iter().map(|step| step.record.record.id).collect();
        let mine = |closed| Filter {
            equal: vec![("owner", self.user.id.into()), (closed, Value::Null)],
            limit: LOOKED_AT,
            ..Filter::default()
        };
        for record in self.store().list(Kind::Task, &mine("done_at")).await? {
            let Some(due) = record.get("due").time() else { continue };
            steps.push(Step { waits: Waits::Task { due }, record });
        }
        for record in self.store().list(Kind::Ticket, &mine("closed_at")).await? {
            let customer = record.get("customer").id();
            let open = record.text("status") == "open" && !customer.is_some_and(|id| answered.contains(&id));
            let Some(since) = record.get("opened_at").time().filter(|_| open) else { continue };
            let priority = Priority::by_name(record.text("priority")).unwrap_or(Priority::Normal);
            steps.push(Step { waits: Waits::Ticket { since, priority }, record });
        }
        steps.extend(self.stuck_deals().await?);
        let weighed = |step: Step| Some((weight(&step.waits, self.now)?, step));
        let mut steps: Vec<(f64, Step)> = steps.into_iter().filter_map(weighed).collect();
        steps.sort_by(|(a, one), (b, other)| {
            b.total_cmp(a).then(one.record.record.id.cmp(&other.record.record.id))
        });
        Ok(steps.into_iter().map(|(_, step)| step).collect())
    }

    /// Collects the asker's customers who wait for an answer, each once.
    async fn waiting_customers(&self) -> Done<Vec<Step>> {
        let waiting = self.store().waiting(self.now, LOOKED_AT).await?;
        let ids: Vec<Id> = waiting.iter().map(|(customer, ..)| *customer).collect();
        let records = self.store().records(Kind::Customer, &ids).await?;
        let is_mine = |r: &Record| r.get("owner").id() == Some(self.user.id) && !r.deleted;
        let mut mine: HashMap<Id, Record> =
            records.into_iter().filter(is_mine).map(|r| (r.record.id, r)).collect();
        let mut steps = Vec::new();
        for (customer, thread, since) in waiting {
            let Some(record) = mine.remove(&customer) else { continue };
            let messages = self.store().messages_in(thread, 1).await?;
            let reading = messages.first().and_then(|m| m.reading.as_ref());
            let ticket = self.ticket_in(Some(thread)).await?;
            let waits = Waits::Answer {
                since,
                mood: reading.map_or(0.0, |r| f64::from(r.sentiment.score)),
                urgent: reading.is_some_and(|r| r.urgent),
                ticket: ticket.and_then(|ticket| Priority::by_name(ticket.text("priority"))),
            };
            steps.push(Step { waits, record });
        }
        Ok(steps)
    }

    async fn stuck_deals(&self) -> Done<Vec<Step>> {
        let (_, stages) = self.store().pipeline().await?;
        let mine =
            Filter { equal: vec![("owner", self.user.id.into())], limit: LOOKED_AT, ..Filter::default() };
        let mut steps = Vec::new();
        for record in self.store().list(Kind::Deal, &mine).await? {
            let stage = stages.iter().find(|stage| stage.name == record.text("stage"));
            let probability = stage.map_or(0.0, |stage| stage.probability);
            if probability <= 0.0 || probability >= 1.0 {
                continue;
            }
            let customer = self.linked(&record, "customer", Kind::Customer).await?;
            let time = |name| customer.as_ref().and_then(|c| c.get(name).time());
            let made = record.record.id.made_at();
            let silent_since = time("last_in").max(time("last_out")).unwrap_or(made).max(made);
            steps.push(Step { waits: Waits::Deal { silent_since, probability }, record });
        }
        Ok(steps)
    }

    async fn step_card(&self, step: &Step) -> Done<Card> {
        let (prompts, language) = (self.prompts(), self.language);
        let (record, title) = (&step.record, self.titled(&step.record).await?);
        let of = || Of::Number(record.short());
        let reply = || Command::Reply { of: of(), text: String::new() };
        let ago = |since| Span(self.now.since(since));
        let card = match step.waits {
            Waits::Answer { since, mood, urgent, .. } => {
                let mut card = Card::new(prompts.next_do_answer(language, &title))
                    .item(prompts.next_why_waits(language, ago(since)));
                if mood < 0.0 {
                    card = card.item(prompts.next_why_mood(language, &prompts.mood(language, mood)));
                }
                if urgent {
                    card = card.item(prompts.urgent(language));
                }
                card.button(prompts.button_reply(language), reply())
            }
            Waits::Ticket { since, priority } => Card::new(prompts.next_do_ticket(language, &title))
                .item(prompts.next_why_ticket(language, ago(since), priority))
                .button(prompts.button_reply(language), reply())
                .button(
                    prompts.button_close(language),
                    Command::ChangeTicket(of(), TicketChange::Close(String::new())),
                ),
            Waits::Task { due } => {
                let card = Card::new(title);
                let card = match due < self.now {
                    true => card.item(prompts.next_why_late(language, self.at(due), ago(due))),
                    false => card.item(prompts.next_why_due(language, self.at(due))),
                };
                self.task_buttons(card, record)
            }
            Waits::Deal { silent_since, .. } => {
                let stage = prompts.stage(language, record.text("stage"));
                let amount = self.amount(record);
                let card = Card::new(prompts.next_do_deal(language, &title)).item(prompts.next_why_deal(
                    language,
                    ago(silent_since),
                    &self.beside(stage, &amount),
                ));
                let card = match self.linked(record, "customer", Kind::Customer).await? {
                    Some(customer) => self.with_offers(card, &customer).await?,
                    None => card,
                };
                card.button(prompts.button_reply(language), self.reply_about(record))
            }
        };
        Ok(card.button(prompts.button_show(language), Command::Show(of())))
    }

    /// Adds what may be offered to a customer, where it is known what goes with what they have.
    async fn with_offers(&self, card: Card, customer: &Record) -> Done<Card> {
        let shelf = self.app.workflows.shelf(&[customer.record.id], self.now).await?;
        let offers: Vec<String> = shelf.goes_with(customer, OFFERS).iter().map(|name| quoted(name)).collect();
        Ok(match offers.is_empty() {
            true => card,
            false => card.item(self.prompts().next_offer(self.language, &offers)),
        })
    }

    fn reply_about(&self, deal: &Record) -> Command {
        let customer = deal.get("customer").id().map(|id| RecordRef::new(Kind::Customer, id));
        Command::Reply { of: Of::Exact(customer.unwrap_or(deal.record)), text: String::new() }
    }

    /// Says that nothing of the asker's waits, and what waits for anybody.
    async fn nothing_next(&self) -> Done<Card> {
        let (prompts, language) = (self.prompts(), self.language);
        let free = Filter {
            equal: vec![("closed_at", Value::Null), ("owner", Value::Null)],
            limit: LOOKED_AT,
            ..Filter::default()
        };
        let n = self.store().list(Kind::Ticket, &free).await?.len();
        let card = Card::new(quoted(&prompts.next_all_done(language, n)));
        Ok(match n {
            0 => card,
            _ => card.button(prompts.button_unassigned(language), Command::Tickets(Queue::Unassigned, 1)),
        })
    }
}
