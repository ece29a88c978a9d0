//! How the service itself fares: jobs, what was given up, what has not left, the last backup.

use axum::response::Response;
use rapport_prompts::board::{Board, Cell, Figure, Part, Tone};
use rapport_prompts::{Span, format};
use rapport_storage::stuck::{ListedJob, ListedOutbound};

use super::guest::Here;
use super::parts::{ago, cell, chip, column, figure, figures};
use super::{Place, Shown, Trouble, may_operate};
use crate::backup::State;
use crate::commands::desk::Desk;
use crate::told::{ToldJobs, ToldOutgoing, Voice};

/// Jobs and messages that are listed.
const LISTED: u32 = 50;
/// A backup that is older than this is not as it should be.
const BACKUP_EACH: i64 = 36 * rapport_model::time::HOUR;

pub(super) async fn show(here: Here) -> Response {
    let shown = match may_operate(&here.user) {
        true => board(&here.desk()).await,
        false => Err(Trouble::Refused),
    };
    here.answer(Some(Place::Operation), shown)
}

async fn board(desk: &Desk<'_>) -> Shown {
    let (p, l, store) = (desk.prompts(), desk.language, desk.store());
    let voice = Voice { prompts: p, language: l, zone: desk.zone, now: desk.now };
    let counts = store.job_counts().await?;
    let jobs = store.jobs(LISTED).await?;
    let told = ToldJobs::load(voice, store, &jobs).await?;
    let row = |job: &ListedJob| {
        let state = format::capital(&told.state(job));
        let state = if job.given_up { chip(state, Tone::Bad) } else { cell(state) };
        vec![cell(format::capital(&told.what(&job.task))), state, cell(told.error(job).unwrap_or_default())]
    };
    let (dead, waiting): (Vec<&ListedJob>, Vec<&ListedJob>) = jobs.iter().partition(|job| job.given_up);
    let unsent = store.unsent(LISTED).await?;
    let outgoing = ToldOutgoing::load(voice, store, &unsent).await?;
    let message = |one: &ListedOutbound| {
        let state = format::capital(&outgoing.state(one));
        let state = match one.state.as_str() {
            "failed" | "unknown" => chip(state, Tone::Bad),
            "cancelled" => chip(state, Tone::Warm),
            _ => cell(state),
        };
        vec![cell(outgoing.what(one)), state, cell(outgoing.error(one).unwrap_or_default())]
    };
    let table = |title, note, rows: Vec<Vec<Cell>>, empty| Part::Table {
        title,
        note: if rows.is_empty() { String::new() } else { note },
        brief: false,
        columns: vec![column(p.board_what(l)), column(p.board_state(l)), column(p.board_trouble(l))],
        rows,
        empty,
    };
    let dead_tone = if counts.given_up > 0 { Tone::Bad } else { Tone::Good };
    let parts = vec![
        figures(
            String::new(),
            vec![
                figure(p.board_jobs_due(l), format::number(counts.due), String::new()),
                figure(p.board_jobs_later(l), format::number(counts.later), String::new()),
                Figure {
                    tone: dead_tone,
                    ..figure(p.board_jobs_dead(l), format::number(counts.given_up), String::new())
                },
                backup(desk, &State::of(store).await?),
            ],
        ),
        table(
            p.board_dead(l),
            p.board_dead_note(l),
            dead.into_iter().map(row).collect(),
            p.board_dead_none(l),
        ),
        table(
            p.board_outbox(l),
            p.board_outbox_note(l),
            unsent.iter().map(message).collect(),
            p.board_outbox_none(l),
        ),
        table(p.board_jobs(l), String::new(), waiting.into_iter().map(row).collect(), p.board_jobs_none(l)),
    ];
    Ok(Board { title: p.board_operation(l), lead: p.board_operation_lead(l), parts, ..Board::default() })
}

/// Tells when the last backup was made, and what is wrong.
fn backup(desk: &Desk<'_>, state: &State) -> Figure {
    let (p, l) = (desk.prompts(), desk.language);
    let made = state.made.map_or_else(|| p.board_backup_never(l), |at| ago(desk, at));
    let aside = match (&state.trouble, state.trouble_since) {
        (Some(why), Some(since)) => p.board_backup_trouble(l, desk.at(since), why),
        _ if !state.faults.is_empty() => p.board_backup_faults(l, state.faults.len()),
        _ => state.made.map_or_else(String::new, |at| desk.when(at)),
    };
    let tone = match state.made {
        _ if state.trouble.is_some() || !state.faults.is_empty() => Tone::Bad,
        Some(at) if Span(desk.now.since(at)).0 <= BACKUP_EACH => Tone::Good,
        _ => Tone::Warm,
    };
    Figure { tone, long: true, ..figure(p.board_backup(l), made, aside) }
}
