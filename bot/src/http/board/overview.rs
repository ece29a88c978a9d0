//! What needs somebody today, and how things stand.

use std::collections::HashSet;

use axum::response::Response;
use chrono::Timelike as _;
use rapport_model::event::Reached;
use rapport_model::{Kind, Record, ShortNumber, Timestamp, Value};
use rapport_prompts::board::{Board, Cell, Figure, Part, Tone};
use rapport_prompts::{Digest, Percent, format};
use rapport_storage::records::Filter;
use rapport_workflows::digest::Period;

use super::guest::Here;
use super::parts::{
    ago, bars, chip, column, compared, day, figure, figures, linked, owner_of, record, sums, weeks,
};
use super::{Place, ROOT, Shown, Trouble};
use crate::commands::desk::Desk;

/// Of each sort of what needs somebody so many are listed: unhappy customers are seen however much is overdue.
const OF_A_SORT_MAX: usize = 4;
/// Records that are looked at.
const RECORDS_MAX: u32 = 2_000;
/// The figures are of so many days, today included.
const DAYS: u32 = 7;
/// The mood is shown of so many weeks.
const WEEKS: u64 = 8;

pub(super) async fn show(here: Here) -> Response {
    let shown = board(&here.desk()).await;
    here.answer(Some(Place::Overview), shown)
}

async fn board(desk: &Desk<'_>) -> Shown {
    let (p, l) = (desk.prompts(), desk.language);
    let period = Period::days(DAYS, desk.now, desk.zone);
    let digest = desk.app.workflows.digest_through(desk.store(), period, desk.user).await?;
    let mut needs = needs(desk, &digest).await?;
    needs.sort_by_key(|need| (need.rank, need.since));
    let n = needs.len();
    let name = desk.user.display_name().split_whitespace().next().unwrap_or_default();
    let title = match desk.now.local(desk.zone).hour() {
        4..12 => p.board_morning(l, name),
        12..18 => p.board_day(l, name),
        _ => p.board_evening(l, name),
    };
    let n_late = needs.iter().filter(|need| need.rank == Rank::Late).count();
    let mut shown = Vec::new();
    for sort in needs.chunk_by(|a, b| a.rank == b.rank) {
        shown.extend(sort.iter().take(OF_A_SORT_MAX).map(|need| need.row(desk)));
    }
    let left = n - shown.len();
    let parts = vec![
        figures(String::new(), today(desk, &digest, n_late)),
        Part::Table {
            title: p.board_needs(l),
            note: if left > 0 { p.board_needs_note(l, left) } else { String::new() },
            columns: vec![
                column(p.board_what(l)),
                column(p.board_state(l)),
                column(p.board_owner(l)),
                column(p.board_since(l)),
            ],
            rows: shown,
            empty: p.board_needs_none(l),
            brief: true,
        },
        mood(desk).await?,
        figures(p.board_week(l), week(desk, &digest)),
        volume(desk, &digest),
    ];
    Ok(Board { title, lead: p.board_overview_lead(l, n, desk.at(desk.now)), parts, ..Board::default() })
}

/// How soon something needs somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Late,
    Overdue,
    Unhappy,
    Soon,
    Waiting,
}

/// Something that needs somebody.
struct Need {
    rank: Rank,
    what: Cell,
    owner: Cell,
    since: Option<Timestamp>,
}

impl Need {
    fn row(&self, desk: &Desk<'_>) -> Vec<Cell> {
        let (p, l) = (desk.prompts(), desk.language);
        let state = match self.rank {
            Rank::Late => chip(p.board_is_late(l), Tone::Bad),
            Rank::Overdue => chip(p.board_is_overdue(l), Tone::Bad),
            Rank::Unhappy => chip(p.board_is_unhappy(l), Tone::Bad),
            Rank::Soon => chip(p.board_is_soon(l), Tone::Warm),
            Rank::Waiting => chip(p.board_is_waiting(l), Tone::Warm),
        };
        let since = self.since.map_or_else(Cell::default, |at| Cell {
            text: match at > desk.now {
                true => p.board_left(l, rapport_prompts::Span(at.since(desk.now))),
                false => ago(desk, at),
            },
            ..Cell::default()
        });
        vec![self.what.clone(), state, self.owner.clone(), since]
    }
}

async fn needs(desk: &Desk<'_>, digest: &Digest) -> Result<Vec<Need>, Trouble> {
    let mut needs = Vec::new();
    let open = Filter { equal: vec![("closed_at", Value::Null)], limit: RECORDS_MAX, ..Filter::default() };
    let tickets = desk.store().list(Kind::Ticket, &open).await?;
    let due = desk.next_due(&tickets).await?;
    let pressing: Vec<Record> = tickets
        .into_iter()
        .filter(|ticket| due.get(&ticket.record.id).is_some_and(|due| due.reached.is_some()))
        .collect();
    let customers = linked(desk, &pressing, "customer", Kind::Customer).await?;
    for ticket in &pressing {
        let Some(due) = due.get(&ticket.record.id) else { continue };
        let rank = if due.reached == Some(Reached::Breached) { Rank::Late } else { Rank::Soon };
        let under = super::parts::customer_of(ticket, &customers).text;
        let what = Cell { under, ..record(ticket.short(), ticket.text("title")) };
        needs.push(Need { rank, what, owner: owner_of(desk, ticket), since: due.standing.due });
    }
    let overdue = Filter {
        equal: vec![("done_at", Value::Null)],
        below: Some(("due", desk.now.into())),
        order: Some(("due", false)),
        limit: RECORDS_MAX,
        ..Filter::default()
    };
    let tasks = desk.store().list(Kind::Task, &overdue).await?;
    let customers = linked(desk, &tasks, "customer", Kind::Customer).await?;
    for task in &tasks {
        let under = super::parts::customer_of(task, &customers).text;
        let what = Cell { under, ..record(task.short(), task.text("title")) };
        let since = task.get("due").time();
        needs.push(Need { rank: Rank::Overdue, what, owner: owner_of(desk, task), since });
    }
    let mut told: HashSet<ShortNumber> = HashSet::new();
    for unhappy in digest.unhappy.iter().filter(|one| told.insert(one.number)) {
        let what = Cell { under: unhappy.excerpt.clone(), ..record(unhappy.number, &unhappy.name) };
        let since = digest.waiting.iter().find(|one| one.number == unhappy.number).map(|one| one.since);
        needs.push(Need { rank: Rank::Unhappy, what, owner: Cell::default(), since });
    }
    for waiting in digest.waiting.iter().filter(|one| told.insert(one.number)) {
        let what = Cell {
            under: format::clip(&format::one_line(&waiting.subject), 120),
            ..record(waiting.number, &waiting.name)
        };
        needs.push(Need { rank: Rank::Waiting, what, owner: Cell::default(), since: Some(waiting.since) });
    }
    Ok(needs)
}

/// What a manager looks at first.
fn today(desk: &Desk<'_>, digest: &Digest, n_late: usize) -> Vec<Figure> {
    let (p, l) = (desk.prompts(), desk.language);
    let number = |n: usize| format::number(i64::try_from(n).unwrap_or(i64::MAX));
    let path = |place: Place| format!("{ROOT}{}", place.path());
    let (open, n_waiting) = (&digest.open, digest.waiting.len());
    let longest = digest.waiting.iter().map(|one| one.since).min();
    let late = (n_late > 0).then(|| format!("{} {}", number(n_late), p.board_is_late(l)));
    let worth = sums(digest.pipeline.iter().flat_map(|stage| stage.totals.iter().cloned()));
    vec![
        Figure {
            path: path(Place::Inbox),
            tone: if n_waiting > 0 { Tone::Warm } else { Tone::Good },
            ..figure(
                p.board_waiting(l),
                number(n_waiting),
                longest.map_or_else(String::new, |at| {
                    p.board_longest(l, rapport_prompts::Span(desk.now.since(at)))
                }),
            )
        },
        Figure {
            path: path(Place::Inbox),
            tone: if n_late > 0 { Tone::Bad } else { Tone::Plain },
            ..figure(p.figure_open(l), number(open.tickets as usize), late.unwrap_or_default())
        },
        Figure {
            tone: if open.overdue > 0 { Tone::Bad } else { Tone::Plain },
            ..figure(
                p.figure_tasks(l),
                number(open.tasks as usize),
                p.note_overdue(l, i64::from(open.overdue)),
            )
        },
        Figure {
            path: path(Place::Pipeline),
            ..figure(p.figure_deals(l), number(open.deals as usize), worth)
        },
    ]
}

/// What the last days brought.
fn week(desk: &Desk<'_>, digest: &Digest) -> Vec<Figure> {
    let (p, l) = (desk.prompts(), desk.language);
    let (now, before) = (&digest.now, digest.before.as_ref());
    let number = |n: u32| format::number(i64::from(n));
    let share = match now.mails_in {
        0 => String::new(),
        all => p.note_share(l, Percent(f64::from(now.unhappy) / f64::from(all))),
    };
    let answer = now.first_answer.map_or_else(|| p.figure_none(l), |micros| format::span(l, micros));
    let answer_before = before
        .and_then(|before| before.first_answer)
        .map_or_else(String::new, |micros| p.note_before(l, rapport_prompts::Span(micros)));
    vec![
        figure(
            p.figure_in(l),
            number(now.mails_in),
            compared(desk, now.mails_in, before.map(|b| b.mails_in)),
        ),
        figure(p.figure_unhappy(l), number(now.unhappy), share),
        Figure {
            long: true,
            path: format!("{ROOT}{}", Place::Service.path()),
            ..figure(p.figure_answer(l), answer, answer_before)
        },
        figure(
            p.figure_new(l),
            number(now.new_customers),
            compared(desk, now.new_customers, before.map(|b| b.new_customers)),
        ),
    ]
}

async fn mood(desk: &Desk<'_>) -> Result<Part, Trouble> {
    let (p, l) = (desk.prompts(), desk.language);
    let weeks = weeks(desk, WEEKS);
    let counts = desk.store().day_counts(&weeks).await?;
    let amounts = weeks.iter().zip(&counts).map(|(start, count)| {
        let (all, bad) = (i64::from(count.n_in), i64::from(count.n_negative));
        let week = day(desk, *start);
        let said = p.board_mood_said(l, &week, all, bad);
        (week, all, bad, said)
    });
    Ok(Part::Bars {
        title: p.board_mood(l),
        note: p.board_mood_note(l),
        bars: bars(amounts.collect()),
        key_all: p.board_mood_all(l),
        key_part: p.board_mood_part(l),
    })
}

fn volume(desk: &Desk<'_>, digest: &Digest) -> Part {
    let (p, l) = (desk.prompts(), desk.language);
    let amounts = digest.days.iter().map(|one| {
        let said = p.chart_day(
            l,
            rapport_prompts::Day(desk.at(one.day)),
            i64::from(one.mails_in),
            i64::from(one.unhappy),
            i64::from(one.mails_out),
        );
        (day(desk, one.day), i64::from(one.mails_in), i64::from(one.unhappy), said)
    });
    Part::Bars {
        title: p.board_volume(l),
        note: String::new(),
        bars: bars(amounts.collect()),
        key_all: p.board_mood_all(l),
        key_part: p.board_mood_part(l),
    }
}
