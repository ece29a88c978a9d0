//! Who waits for an answer, since when and how they feel; and the open tickets with their deadlines.

use std::cmp::Reverse;
use std::collections::HashSet;

use axum::response::Response;
use rapport_model::event::Reached;
use rapport_model::people::{Priority, TicketStatus};
use rapport_model::{Id, Kind, Record, RecordRef, Timestamp, Value};
use rapport_prompts::board::{Board, Cell, Part, Tone};
use rapport_prompts::{Span, format};
use rapport_storage::records::Filter;
use rapport_workflows::service::NextDue;

use super::guest::Here;
use super::parts::{ago, cell, chip, column, customer_of, linked, owner_of, record};
use super::{Place, Shown, Trouble};
use crate::commands::desk::Desk;

/// Customers who wait, and tickets, that are looked at and listed.
const LOOKED_AT: u32 = 2_000;
const LISTED: usize = 100;
/// From here on a mood, in −1..=1, is told as bad or good.
const FELT: f64 = 0.25;
const SUBJECT_CHARS_MAX: usize = 120;

pub(super) async fn show(here: Here) -> Response {
    let shown = board(&here.desk()).await;
    here.answer(Some(Place::Inbox), shown)
}

async fn board(desk: &Desk<'_>) -> Shown {
    let (p, l) = (desk.prompts(), desk.language);
    let mut waiting = desk.store().waiting(desk.now.plus(1), LOOKED_AT).await?;
    let mut told: HashSet<Id> = HashSet::new();
    // Longest first: of each customer the first that waits.
    waiting.retain(|(customer, ..)| told.insert(*customer));
    let open = Filter { equal: vec![("closed_at", Value::Null)], limit: LOOKED_AT, ..Filter::default() };
    let tickets = desk.store().list(Kind::Ticket, &open).await?;
    let lead = p.board_inbox_lead(l, waiting.len(), tickets.len());
    let parts = vec![waits(desk, &waiting).await?, open_tickets(desk, tickets).await?];
    Ok(Board { title: p.board_inbox(l), lead, parts, ..Board::default() })
}

fn more(desk: &Desk<'_>, n: usize) -> String {
    match n.saturating_sub(LISTED) {
        0 => String::new(),
        left => desk.prompts().board_more(desk.language, left),
    }
}

/// Says how a customer feels.
fn mood(desk: &Desk<'_>, customer: &Record) -> Cell {
    let Some(mood) = customer.get("mood").real() else { return Cell::default() };
    let said = format::capital(&desk.prompts().mood(desk.language, mood));
    match mood {
        m if m <= -FELT => chip(said, Tone::Bad),
        m if m >= FELT => chip(said, Tone::Good),
        _ => cell(said),
    }
}

async fn waits(desk: &Desk<'_>, waiting: &[(Id, Id, Timestamp)]) -> Result<Part, Trouble> {
    let (p, l) = (desk.prompts(), desk.language);
    let mut rows = Vec::new();
    for (customer, thread, since) in waiting.iter().take(LISTED) {
        let store = desk.store();
        let Some(customer) = store.record(RecordRef::new(Kind::Customer, *customer)).await? else { continue };
        let thread = store.record(RecordRef::new(Kind::Thread, *thread)).await?;
        let subject = thread.map_or_else(String::new, |thread| format::one_line(thread.text("subject")));
        let under = format::clip(&subject, SUBJECT_CHARS_MAX);
        rows.push(vec![
            Cell { under, ..record(customer.short(), customer.text("name")) },
            mood(desk, &customer),
            owner_of(desk, &customer),
            cell(ago(desk, *since)),
        ]);
    }
    Ok(Part::Table {
        title: p.board_waiting(l),
        note: more(desk, waiting.len()),
        columns: vec![
            column(p.board_customer(l)),
            column(p.board_mood_of(l)),
            column(p.board_owner(l)),
            column(p.board_since(l)),
        ],
        rows,
        empty: p.board_waiting_none(l),
        brief: true,
    })
}

async fn open_tickets(desk: &Desk<'_>, mut tickets: Vec<Record>) -> Result<Part, Trouble> {
    let (p, l) = (desk.prompts(), desk.language);
    let due = desk.next_due(&tickets).await?;
    let priority = |ticket: &Record| Priority::by_name(ticket.text("priority")).unwrap_or(Priority::Normal);
    // What is late or nearly so comes first, then the most urgent, of that the oldest.
    tickets.sort_by_key(|ticket| {
        let due =
            due.get(&ticket.record.id).filter(|due| due.reached.is_some()).and_then(|due| due.standing.due);
        (due.is_none(), due, Reverse(priority(ticket)), ticket.get("opened_at").time())
    });
    let n = tickets.len();
    tickets.truncate(LISTED);
    let customers = linked(desk, &tickets, "customer", Kind::Customer).await?;
    let row = |ticket: &Record| {
        let status = TicketStatus::by_name(ticket.text("status")).unwrap_or(TicketStatus::Open);
        let tone = match priority(ticket) {
            Priority::Urgent => Tone::Bad,
            Priority::High => Tone::Warm,
            _ => Tone::Plain,
        };
        let state = chip(format::capital(p.label(l, priority(ticket))), tone);
        let opened = ticket.get("opened_at").time().map_or_else(String::new, |at| ago(desk, at));
        vec![
            Cell { under: opened, ..record(ticket.short(), ticket.text("title")) },
            deadline(desk, due.get(&ticket.record.id)),
            customer_of(ticket, &customers),
            Cell { under: p.label(l, status).to_owned(), ..state },
            owner_of(desk, ticket),
        ]
    };
    Ok(Part::Table {
        title: p.board_tickets(l),
        note: more(desk, n),
        columns: vec![
            column(p.board_ticket(l)),
            column(p.board_due(l)),
            column(p.board_customer(l)),
            column(p.board_state(l)),
            column(p.board_owner(l)),
        ],
        rows: tickets.iter().map(row).collect(),
        empty: p.board_tickets_none(l),
        brief: true,
    })
}

/// Says by when a ticket is due, and how close that is.
fn deadline(desk: &Desk<'_>, due: Option<&NextDue>) -> Cell {
    let (p, l) = (desk.prompts(), desk.language);
    let Some(due) = due else { return Cell::default() };
    let under = p.label(l, due.standing.goal).to_owned();
    let said = match (due.standing.due, due.reached) {
        (Some(at), Some(Reached::Breached)) => chip(p.board_late_by(l, Span(desk.now.since(at))), Tone::Bad),
        (Some(at), Some(Reached::Warned)) => chip(p.board_left(l, Span(at.since(desk.now))), Tone::Warm),
        (Some(at), None) => cell(p.board_left(l, Span(at.since(desk.now)))),
        (None, _) => cell(p.board_stands(l)),
    };
    Cell { under, ..said }
}
