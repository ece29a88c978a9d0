//! How deals moved in a period, and what they come to; pure.

use std::collections::BTreeMap;

use rapport_model::people::Stage;
use rapport_model::{Id, Money, Op, Record};
use rapport_prompts::{Moves, StageFigures, Way};
use rapport_storage::history::Entry;

use super::small;

/// Tells whether a deal in that stage is neither won nor lost. One that the pipeline does not know any more
/// is open.
pub(super) fn is_open(stages: &[Stage], name: &str) -> bool {
    stages.iter().find(|s| s.name == name).is_none_or(|s| s.probability > 0.0 && s.probability < 1.0)
}

/// Where a deal was first and last in a period.
#[derive(Debug, Default, PartialEq, Eq)]
struct Move {
    made: bool,
    from: Option<String>,
    to: Option<String>,
}

/// Returns which deals moved which way; `entries` are oldest first. One that went forth and back did not move,
/// and one that was made and won did both.
pub(super) fn ways(entries: &[Entry], stages: &[Stage]) -> BTreeMap<Way, Vec<Id>> {
    let mut moves: BTreeMap<Id, Move> = BTreeMap::new();
    for Entry { change, .. } in entries {
        let one = moves.entry(change.record.id).or_default();
        one.made |= change.op == Op::Create;
        for field in change.fields.iter().filter(|field| field.field == "stage") {
            let stage = |value: &rapport_model::Value| value.text().map(str::to_owned);
            if one.from.is_none() {
                one.from = stage(&field.before).or_else(|| stage(&field.after));
            }
            one.to = stage(&field.after);
        }
    }
    let mut ways: BTreeMap<Way, Vec<Id>> = BTreeMap::new();
    for (deal, one) in moves {
        if one.made {
            ways.entry(Way::New).or_default().push(deal);
        }
        let (Some(from), Some(to)) = (one.from, one.to) else { continue };
        if from != to {
            ways.entry(way(&from, &to, stages)).or_default().push(deal);
        }
    }
    ways
}

fn way(from: &str, to: &str, stages: &[Stage]) -> Way {
    let place = |name: &str| stages.iter().position(|stage| stage.name == name);
    match place(to).map(|at| stages[at].probability) {
        Some(p) if p >= 1.0 => Way::Won,
        Some(p) if p <= 0.0 => Way::Lost,
        // What was won or lost and is open again fell back.
        _ if !is_open(stages, from) => Way::Back,
        _ if place(to) >= place(from) => Way::Forward,
        _ => Way::Back,
    }
}

/// Says how many deals moved which way, and what they come to; `deals` are those that are there still.
pub(super) fn moves(
    now: &BTreeMap<Way, Vec<Id>>,
    before: Option<&BTreeMap<Way, Vec<Id>>>,
    deals: &[Record],
) -> Vec<Moves> {
    let of = |ids: &[Id]| -> Vec<&Record> {
        deals.iter().filter(|deal| !deal.deleted && ids.contains(&deal.record.id)).collect()
    };
    let one = |(way, ids): (&Way, &Vec<Id>)| {
        let moved = of(ids);
        Moves {
            way: *way,
            n: small(moved.len()),
            totals: totals(&moved),
            before: before.map(|before| before.get(way).map_or(0, |ids| small(ids.len()))),
        }
    };
    now.iter().map(one).filter(|moves| moves.n > 0).collect()
}

/// Says what the open deals come to, stage by stage in the pipeline's order.
pub(super) fn pipeline(deals: &[Record], stages: &[Stage]) -> Vec<StageFigures> {
    let figures = |stage: &Stage| {
        let of_stage: Vec<&Record> = deals.iter().filter(|deal| deal.text("stage") == stage.name).collect();
        StageFigures { stage: stage.name.clone(), n: small(of_stage.len()), totals: totals(&of_stage) }
    };
    let open = stages.iter().filter(|stage| is_open(stages, &stage.name));
    open.map(figures).filter(|figures| figures.n > 0).collect()
}

/// Adds deals up by their currency.
fn totals(deals: &[&Record]) -> Vec<Money> {
    let mut totals: BTreeMap<&str, i64> = BTreeMap::new();
    for deal in deals {
        let currency = deal.text("currency");
        if let Some(minor) = deal.get("amount").int().filter(|_| !currency.is_empty()) {
            let sum = totals.entry(currency).or_default();
            *sum = sum.saturating_add(minor);
        }
    }
    totals.into_iter().map(|(currency, minor)| Money::new(minor, currency)).collect()
}

#[cfg(test)]
mod tests {
    use rapport_model::people::DEFAULT_STAGES;
    use rapport_model::{Act, Actor, Change, Kind, RecordRef, Timestamp};

    use super::*;

    fn entry(deal: i64, from: Option<&str>, to: &str) -> Entry {
        let record = RecordRef::new(Kind::Deal, Id(deal));
        let change = match from {
            None => Change::create(record).with("stage", to),
            Some(from) => Change::update(record).set("stage", from, to),
        };
        let act = Act {
            id: Id(1),
            at: Timestamp::from_secs(1),
            actor: Actor::User(Id(1)),
            cause: None,
            undoes: None,
        };
        Entry { act, undone_by: None, change }
    }

    #[test]
    fn deals_move_as_far_as_from_the_first_stage_to_the_last() {
        let stages: Vec<Stage> =
            DEFAULT_STAGES.iter().map(|(name, p)| Stage { name: (*name).into(), probability: *p }).collect();
        let entries = [
            entry(1, None, "new"),
            entry(2, None, "new"),
            entry(2, Some("new"), "won"),
            entry(3, Some("new"), "proposal"),
            entry(3, Some("proposal"), "new"),
            entry(4, Some("qualified"), "proposal"),
            entry(4, Some("proposal"), "negotiation"),
            entry(5, Some("proposal"), "qualified"),
            entry(6, Some("proposal"), "lost"),
            entry(7, Some("lost"), "proposal"),
        ];
        let all = ways(&entries, &stages);
        let of = |way| all.get(&way).map_or(Vec::new(), |ids| ids.iter().map(|id| id.0).collect::<Vec<_>>());
        assert_eq!(of(Way::New), [1, 2]);
        assert_eq!(of(Way::Forward), [4]);
        assert_eq!(of(Way::Back), [5, 7]);
        assert_eq!((of(Way::Won), of(Way::Lost)), (vec![2], vec![6]));
        assert!(ways(&[], &stages).is_empty());
    }
}
