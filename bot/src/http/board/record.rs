//! One record: what is known of it, and of a customer what happened.

use axum::extract::Path;
use axum::response::Response;
use rapport_model::{Kind, Record, ShortNumber};
use rapport_prompts::board::{Board, Part};

use super::guest::Here;
use super::parts::{of_card, path_of, spans, way};
use super::{Asked, Place, ROOT, Shown};
use crate::commands::command::Of;
use crate::commands::desk::Desk;
use crate::commands::{Block, Card, Command, Session, run};

/// Whose numbers have a page.
const NUMBERED: &[Kind] = &[Kind::Customer, Kind::Company, Kind::Deal, Kind::Ticket, Kind::Task];

pub(super) async fn show(here: Here, Path(number): Path<String>, asked: Asked) -> Response {
    let page = asked.get("page").and_then(|page| page.parse().ok()).filter(|page| *page >= 1).unwrap_or(1);
    let shown = board(&here.desk(), &number, page).await;
    here.answer(None, shown)
}

async fn board(desk: &Desk<'_>, number: &str, page: usize) -> Shown {
    let (p, l) = (desk.prompts(), desk.language);
    let found = match read(number) {
        Some(number) => find(desk, number).await?,
        None => None,
    };
    let Some(record) = found else { return Err(super::Trouble::Wrong) };
    let show = Command::Show(Of::Number(record.short()));
    let card = cards(desk, &show).await?.pop().unwrap_or_default();
    let mut parts = Vec::new();
    if record.record.kind == Kind::Customer {
        let timeline = Command::Timeline { of: Of::Number(record.short()), since: None, page };
        let said = cards(desk, &timeline).await?.pop().unwrap_or_default();
        parts.extend(timeline_of(desk, &said));
        let here = path_of(record.short());
        let mut ways = Vec::new();
        if page > 1 {
            ways.push(way(here.clone(), p.board_newest(l), false));
        }
        if !said.buttons.is_empty() {
            ways.push(way(format!("{here}?page={}", page + 1), p.board_earlier(l), false));
        }
        if !ways.is_empty() {
            parts.push(Part::Ways { items: ways });
        }
    }
    let mut all = if page == 1 { of_card(&card) } else { Vec::new() };
    all.extend(parts);
    let back = way(format!("{ROOT}{}", Place::Overview.path()), p.board_overview(l), false);
    let board = Board { title: card.title, lead: card.subtitle, parts: all, ..Board::default() };
    Ok(Board { back: Some(back), ..board })
}

/// Tells whether records of a kind have a page.
pub(super) fn has_page(kind: Kind) -> bool {
    NUMBERED.contains(&kind)
}

/// Reads a number as people write it; one of a sort that has no page is none.
fn read(text: &str) -> Option<(Kind, i64)> {
    let kind = text.chars().next().and_then(Kind::by_letter).filter(|kind| NUMBERED.contains(kind))?;
    let digits = &text[1..];
    let is_number = (1..=9).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    Some((kind, digits.parse().ok().filter(|_| is_number)?))
}

/// Finds a record as far as it is seen; one that was merged leads to the one that stayed.
async fn find(desk: &Desk<'_>, (kind, number): (Kind, i64)) -> Result<Option<Record>, super::Trouble> {
    let ShortNumber { number, .. } = ShortNumber::of(kind, number);
    let Some(found) = desk.store().by_number(kind, number).await? else { return Ok(None) };
    if !matches!(kind, Kind::Customer | Kind::Company) || found.get("merged_into").is_null() {
        return Ok(Some(found));
    }
    Ok(desk.store().record(desk.store().merged_into(found.record).await?).await?)
}

/// Shows what a chat would.
async fn cards(desk: &Desk<'_>, command: &Command) -> Result<Vec<Card>, super::Trouble> {
    let shown = run(desk.app, desk.user, &mut Session::of_page(), &command.to_string()).await;
    shown.map_err(super::Trouble::Failed)
}

/// Makes a list of a timeline, newest first, as one reads a page from above.
fn timeline_of(desk: &Desk<'_>, card: &Card) -> Vec<Part> {
    let (p, l) = (desk.prompts(), desk.language);
    let said = |block: &Block| match block {
        Block::Item(text) => Some(spans(text)),
        _ => None,
    };
    let items = card.body.iter().rev().filter_map(said).collect();
    let lines = Part::Lines {
        title: p.board_timeline(l),
        note: String::new(),
        items,
        empty: p.board_timeline_none(l),
    };
    vec![lines]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_of_records_have_a_page() {
        assert_eq!(read("C12"), Some((Kind::Customer, 12)));
        assert_eq!(read("t3"), Some((Kind::Ticket, 3)));
        for text in ["", "C", "12", "P1", "C1x", "C-1", "C1234567890", "客1", "C 1", "../C1"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
