//! What the deals come to, stage by stage, and the deals of a stage.

use std::collections::BTreeMap;

use axum::response::Response;
use rapport_model::{Kind, Money, Record};
use rapport_prompts::board::{Board, Cell, Figure, Part, Way};
use rapport_prompts::{StageName, format};

use super::guest::Here;
use super::parts::{
    cell, column, customer_of, figure, figures, linked, numbers, owner_of, record, unbroken, way,
};
use super::{Asked, Place, ROOT, Shown, Trouble};
use crate::commands::desk::Desk;
use crate::commands::{Sum, open_stage, said, sums};

/// Deals that are listed.
const LISTED: usize = 100;

pub(super) async fn show(here: Here, asked: Asked) -> Response {
    let shown = board(&here.desk(), asked.get("stage")).await;
    here.answer(Some(Place::Pipeline), shown)
}

async fn board(desk: &Desk<'_>, chosen: Option<&str>) -> Shown {
    let (p, l) = (desk.prompts(), desk.language);
    let (_, stages) = desk.store().pipeline().await?;
    let mut deals = desk.deals_of(None).await?;
    deals.retain(|deal| open_stage(&stages, deal.text("stage")));
    let sums = sums(deals.iter().map(|deal| (deal.text("stage"), money(deal))), &stages);
    let mut all = Sum::default();
    sums.iter().for_each(|(_, sum)| all.add(sum));
    let number = |n: usize| format::number(i64::try_from(n).unwrap_or(i64::MAX));
    let path = |stage: &str| {
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("stage", stage).finish();
        format!("{ROOT}{}?{query}", Place::Pipeline.path())
    };
    let row = |(stage, sum): &(String, Sum)| {
        let name = p.stage(l, stage).to_owned();
        let name = Cell { path: path(stage), ..cell(format::capital(&name)) };
        vec![name, cell(number(sum.n)), cell(amounts(&sum.total)), cell(amounts(&sum.weighted))]
    };
    let mut rows: Vec<Vec<Cell>> = sums.iter().map(row).collect();
    let n = deals.len();
    if let Some(stage) = chosen {
        deals.retain(|deal| deal.text("stage") == stage);
    }
    let list = list(desk, &deals, chosen).await?;
    let mut parts = Vec::new();
    if n > 0 {
        let long = |figure: Figure| Figure { long: true, ..figure };
        parts.push(figures(
            String::new(),
            vec![
                figure(p.figure_deals(l), number(n), String::new()),
                long(figure(format::capital(&p.pipeline_total(l)), amounts(&all.total), String::new())),
                long(figure(format::capital(&p.pipeline_weighted(l)), amounts(&all.weighted), String::new())),
            ],
        ));
        let total = [
            cell(p.board_total(l)),
            cell(number(n)),
            cell(amounts(&all.total)),
            cell(amounts(&all.weighted)),
        ];
        rows.push(total.into());
        parts.push(Part::Table {
            title: p.board_stages(l),
            note: String::new(),
            columns: vec![
                column(p.board_stage(l)),
                numbers(p.board_n_deals(l)),
                numbers(p.board_sum(l)),
                numbers(p.board_expected(l)),
            ],
            rows,
            empty: String::new(),
            brief: false,
        });
        let mut ways: Vec<Way> =
            vec![way(format!("{ROOT}{}", Place::Pipeline.path()), p.board_all_stages(l), chosen.is_none())];
        ways.extend(sums.iter().map(|(stage, _)| {
            let name = format::capital(p.stage(l, stage));
            way(path(stage), name, chosen == Some(stage.as_str()))
        }));
        parts.push(Part::Ways { items: ways });
    }
    parts.push(list);
    Ok(Board { title: p.board_pipeline(l), lead: p.board_pipeline_lead(l, n), parts, ..Board::default() })
}

async fn list(desk: &Desk<'_>, deals: &[Record], stage: Option<&str>) -> Result<Part, Trouble> {
    let (p, l) = (desk.prompts(), desk.language);
    let shown = &deals[..deals.len().min(LISTED)];
    let customers = linked(desk, shown, "customer", Kind::Customer).await?;
    let row = |deal: &Record| {
        let amount = money(deal)
            .map_or_else(String::new, |(code, minor)| unbroken(&Money::new(minor, &code).to_string()));
        let close = deal.get("close_at").time().map_or_else(String::new, |at| format::day(l, at, desk.zone));
        let under = format::capital(p.stage(l, deal.text("stage")));
        vec![
            Cell { under, ..record(deal.short(), deal.text("title")) },
            cell(amount),
            customer_of(deal, &customers),
            cell(close),
            owner_of(desk, deal),
        ]
    };
    let left = deals.len() - shown.len();
    Ok(Part::Table {
        title: stage.map_or_else(|| p.board_deals(l), |stage| p.board_deals_of(l, StageName(stage))),
        note: if left > 0 { p.board_more_deals(l, left) } else { String::new() },
        columns: vec![
            column(p.board_deal(l)),
            column(p.board_sum(l)),
            column(p.board_customer(l)),
            column(p.board_close(l)),
            column(p.board_owner(l)),
        ],
        rows: shown.iter().map(row).collect(),
        empty: p.board_no_deals(l),
        brief: true,
    })
}

fn amounts(sums: &BTreeMap<String, i64>) -> String {
    unbroken(&said(sums))
}

fn money(deal: &Record) -> Option<(String, i64)> {
    crate::commands::worth(deal)
}
