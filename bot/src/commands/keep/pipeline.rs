//! `pipeline`: what the open deals come to, stage by stage, and which of them lie still.

use std::collections::BTreeMap;

use rapport_model::people::Stage;
use rapport_model::time::DAY;
use rapport_model::{Id, Money, Record};
use rapport_prompts::{Span, StageName};

use super::super::card::Card;
use super::super::command::{Command, Of};
use super::super::desk::{Desk, Done};
use super::super::safe::quoted;
use super::Keep;
use super::deals::open_stage;

/// A deal that nobody touched for so long lies still.
const STILL_AFTER: i64 = 14 * DAY;
const STILL_MAX: usize = 5;

/// What the deals of a stage come to: how many they are, and minor units by currency.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Sum {
    pub(crate) n: usize,
    pub(crate) total: BTreeMap<String, i64>,
    /// Each amount times how likely its deal is won.
    pub(crate) weighted: BTreeMap<String, i64>,
}

impl Desk<'_> {
    pub(super) async fn pipeline(&self, whose: &str) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let (_, stages) = self.store().pipeline().await?;
        let owner = self.owner_meant(whose)?;
        let mut deals = self.deals_of(owner).await?;
        deals.retain(|deal| open_stage(&stages, deal.text("stage")));
        let name = owner.map_or_else(|| prompts.pipeline_team(language), |owner| self.colleague(owner));
        let list = Command::Keep(Keep::Deals { whose: whose.to_owned(), page: 1 });
        let team = Command::Keep(Keep::Pipeline { whose: "team".into() });
        let mut card = Card::new(prompts.pipeline_heading(language, &name, deals.len()));
        let sums = sums(deals.iter().map(|deal| (deal.text("stage"), worth(deal))), &stages);
        let mut all = Sum::default();
        for (stage, sum) in &sums {
            let (total, weighted) = (said(&sum.total), said(&sum.weighted));
            let weighted = (!weighted.is_empty()).then_some(weighted.as_str());
            let total = (!total.is_empty()).then_some(total.as_str());
            card = card.item(prompts.pipeline_line(language, StageName(stage), sum.n, total, weighted));
            all.add(sum);
        }
        card = card
            .field(prompts.pipeline_total(language), said(&all.total))
            .field(prompts.pipeline_weighted(language), said(&all.weighted));
        let still = self.lying_still(&deals).await?;
        let records: Vec<Record> = still.iter().take(STILL_MAX).map(|(deal, _)| deal.clone()).collect();
        let lines = self.deal_lines(&records).await?.into_iter().zip(&still);
        let lines: Vec<String> =
            lines.map(|(line, (_, since))| prompts.deal_still(language, &line, Span(*since))).collect();
        card = card.list(prompts.pipeline_still(language, still.len()), lines);
        for deal in &records {
            card = card.button(deal.short().to_string(), Command::Show(Of::Number(deal.short())));
        }
        if !deals.is_empty() {
            card = card.button(prompts.button_deals(language), list);
        }
        Ok(vec![if owner.is_some() { card.button(prompts.deals_of_team(language), team) } else { card }])
    }

    /// Returns the deals that were not changed for long, with how long, longest first.
    async fn lying_still(&self, deals: &[Record]) -> Done<Vec<(Record, i64)>> {
        let ids: Vec<Id> = deals.iter().map(|deal| deal.record.id).collect();
        let changed = self.store().last_changes(&ids).await?;
        let since = |deal: &Record| changed.get(&deal.record.id).map_or(0, |at| self.now.since(*at));
        let mut still: Vec<(Record, i64)> = deals
            .iter()
            .map(|deal| (deal.clone(), since(deal)))
            .filter(|(_, since)| *since >= STILL_AFTER)
            .collect();
        still.sort_by_key(|(_, since)| std::cmp::Reverse(*since));
        Ok(still)
    }
}

/// Returns what a deal is worth: currency and minor units.
pub(crate) fn worth(deal: &Record) -> Option<(String, i64)> {
    let currency = deal.text("currency");
    deal.get("amount").int().filter(|_| !currency.is_empty()).map(|minor| (currency.to_owned(), minor))
}

/// Says amounts of several currencies; empty without any.
pub(crate) fn said(amounts: &BTreeMap<String, i64>) -> String {
    let amounts: Vec<String> =
        amounts.iter().map(|(code, minor)| Money::new(*minor, code).to_string()).collect();
    quoted(&amounts.join(" + "))
}

impl Sum {
    /// Adds another sum.
    pub(crate) fn add(&mut self, other: &Sum) {
        self.n += other.n;
        for (own, more) in [(&mut self.total, &other.total), (&mut self.weighted, &other.weighted)] {
            for (code, minor) in more {
                let sum = own.entry(code.clone()).or_default();
                *sum = sum.saturating_add(*minor);
            }
        }
    }
}

/// Adds deals up by their stage, in the order of the pipeline; stages without deals are left out, and
/// one that the pipeline does not know is worth nothing. Pure.
pub(crate) fn sums<'d>(
    deals: impl Iterator<Item = (&'d str, Option<(String, i64)>)>,
    stages: &[Stage],
) -> Vec<(String, Sum)> {
    let mut by_stage: Vec<(String, Sum)> =
        stages.iter().map(|stage| (stage.name.clone(), Sum::default())).collect();
    for (name, amount) in deals {
        let at = by_stage.iter().position(|(stage, _)| stage == name).unwrap_or_else(|| {
            by_stage.push((name.to_owned(), Sum::default()));
            by_stage.len() - 1
        });
        let mut one = Sum { n: 1, ..Sum::default() };
        if let Some((code, minor)) = amount {
            let p = stages.get(at).map_or(0.0, |stage| stage.probability);
            one.total.insert(code.clone(), minor);
            one.weighted.insert(code, (minor as f64 * p).round() as i64);
        }
        by_stage[at].1.add(&one);
    }
    by_stage.retain(|(_, sum)| sum.n > 0);
    by_stage
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deals_add_up_by_stage_and_currency() {
        let stage = |name: &str, probability| Stage { name: name.into(), probability };
        let stages = [stage("new", 0.1), stage("negotiation", 0.7)];
        let deals = [
            ("negotiation", Some(("EUR".to_owned(), 1_000))),
            ("negotiation", Some(("EUR".to_owned(), 505))),
            ("negotiation", Some(("USD".to_owned(), 300))),
            ("old", Some(("EUR".to_owned(), 7))),
            ("negotiation", None),
        ];
        let sums = sums(deals.into_iter(), &stages);
        let map =
            |all: &[(&str, i64)]| all.iter().map(|(c, n)| ((*c).to_owned(), *n)).collect::<BTreeMap<_, _>>();
        let first = Sum {
            n: 4,
            total: map(&[("EUR", 1_505), ("USD", 300)]),
            // 700 + 354, each rounded by itself.
            weighted: map(&[("EUR", 1_054), ("USD", 210)]),
        };
        let old = Sum { n: 1, total: map(&[("EUR", 7)]), weighted: map(&[("EUR", 0)]) };
        assert_eq!(sums, [("negotiation".to_owned(), first), ("old".to_owned(), old)]);
    }
}
