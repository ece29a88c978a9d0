//! How well the house keeps what it promises: in all, by colleague, and what was missed.

use axum::response::Response;
use rapport_prompts::board::{Board, Cell, Figure, Part, Tone};
use rapport_prompts::{Span, format};
use rapport_workflows::service::{Efficiency, Lengths};

use super::guest::Here;
use super::parts::{cell, chip, column, figure, figures, last_days, numbers, record, way};
use super::{Asked, Place, ROOT, Shown};
use crate::commands::desk::Desk;

/// Of how many days it can be told.
const DAYS: [u64; 3] = [7, 30, 90];
/// Less than this share in time is not as it should be, and less than that is bad.
const KEPT_WELL: f64 = 0.9;
const KEPT_BADLY: f64 = 0.75;

pub(super) async fn show(here: Here, asked: Asked) -> Response {
    let days = asked.get("days").and_then(|days| days.parse().ok()).filter(|days| DAYS.contains(days));
    let shown = board(&here.desk(), days.unwrap_or(DAYS[1])).await;
    here.answer(Some(Place::Service), shown)
}

async fn board(desk: &Desk<'_>, days: u64) -> Shown {
    let (p, l) = (desk.prompts(), desk.language);
    let (from, to) = last_days(desk, days);
    let workflows = &desk.app.workflows;
    let (all, by_user) = workflows.efficiency(desk.store(), from, to).await?;
    let ways = DAYS.map(|n| {
        let path = format!("{ROOT}{}?days={n}", Place::Service.path());
        way(path, p.board_days(l, usize::try_from(n).unwrap_or(0)), n == days)
    });
    let colleagues = workflows.users().iter().filter_map(|user| {
        let own = by_user.get(&user.id).filter(|own| own.due + own.response.n + own.closed > 0)?;
        Some(row(desk, user.display_name(), own))
    });
    let missed = workflows.missed(desk.store(), from, to).await?.into_iter().map(|missed| {
        vec![
            record(missed.number, &missed.name),
            cell(format::capital(p.label(l, missed.goal))),
            chip(format::span(l, missed.late_by), Tone::Bad),
        ]
    });
    let period = {
        let day = |at| format::day(l, at, desk.zone);
        format!("{} – {}", day(from), day(desk.now))
    };
    let parts = vec![
        Part::Ways { items: ways.into() },
        figures(String::new(), totals(desk, &all)),
        Part::Table {
            title: p.board_by_colleague(l),
            note: String::new(),
            columns: vec![
                column(p.board_colleague(l)),
                numbers(p.board_targets(l)),
                column(p.board_first_answer(l)),
                column(p.board_settled(l)),
                numbers(p.board_closed(l)),
            ],
            rows: colleagues.collect(),
            empty: p.board_nobody_did(l),
            brief: false,
        },
        Part::Table {
            title: p.board_missed(l),
            note: String::new(),
            columns: vec![column(p.board_ticket(l)), column(p.board_goal(l)), column(p.board_late(l))],
            rows: missed.collect(),
            empty: p.board_missed_none(l),
            brief: false,
        },
    ];
    Ok(Board { title: p.board_service(l), lead: p.board_service_lead(l, &period), parts, ..Board::default() })
}

fn tone(kept: Option<f64>) -> Tone {
    match kept {
        None => Tone::Plain,
        Some(share) if share < KEPT_BADLY => Tone::Bad,
        Some(share) if share < KEPT_WELL => Tone::Warm,
        Some(_) => Tone::Good,
    }
}

fn totals(desk: &Desk<'_>, all: &Efficiency) -> Vec<Figure> {
    let (p, l) = (desk.prompts(), desk.language);
    let none = || p.figure_none(l);
    let share = |share: Option<f64>| share.map_or_else(none, format::percent);
    let length = |of: Lengths, label: String| {
        if of.n == 0 {
            return figure(label, none(), String::new());
        }
        let late = p.board_late_figure(l, Span(of.p90));
        Figure { long: true, ..figure(label, format::span(l, of.p50), late) }
    };
    let kept = match all.due {
        0 => String::new(),
        due => p.board_kept_of(l, all.kept, due),
    };
    vec![
        Figure { tone: tone(all.kept_share()), ..figure(p.board_kept(l), share(all.kept_share()), kept) },
        length(all.response, p.board_first_answer(l)),
        length(all.resolution, p.board_settled(l)),
        figure(p.board_reopened(l), share(all.reopened_share()), String::new()),
    ]
}

fn row(desk: &Desk<'_>, name: &str, own: &Efficiency) -> Vec<Cell> {
    let (p, l) = (desk.prompts(), desk.language);
    let length = |of: Lengths| match of.n {
        0 => Cell::default(),
        _ => cell(format::span(l, of.p50)),
    };
    let kept = match own.kept_share() {
        None => cell(p.figure_none(l)),
        Some(share) => Cell {
            under: p.board_kept_of(l, own.kept, own.due),
            ..chip(format::percent(share), tone(Some(share)))
        },
    };
    let closed = i64::try_from(own.closed).unwrap_or(i64::MAX);
    vec![cell(name), kept, length(own.response), length(own.resolution), cell(format::number(closed))]
}
