//! `report segments`, `report churn`, `report leads` and `report unusual`: how customers stand now, of no period.

use rapport_model::people::ChurnBand;
use rapport_model::{Kind, RecordRef};
use rapport_prompts::format::percent;
use rapport_storage::insights::{Churn, Reason};
use rapport_storage::records::Filter;
use rapport_workflows::portrait::{ChurnKnown, LeadsKnown, ROWS_MIN, SegmentsKnown};

use super::super::card::Card;
use super::super::desk::{Desk, Done};

/// What is told of how customers stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// How many are of each segment.
    Segments,
    /// Who may fall silent.
    Churn,
    /// Who is least like others.
    Unusual,
    /// Which open deals are likely won.
    Leads,
}

/// Reads whether words ask how customers stand; nothing if they ask for figures of a period. Pure.
pub(super) fn standing(words: &str) -> Option<Standing> {
    match words.trim().to_lowercase().as_str() {
        "segments" | "segment" | "customer segments" | "rfm" | "客户分群" | "分群" | "客户群" => {
            Some(Standing::Segments)
        }
        "churn" | "churn risk" | "at risk" | "流失" | "流失风险" => Some(Standing::Churn),
        "leads" | "lead scores" | "chances" | "线索" | "赢单机会" => Some(Standing::Leads),
        "unusual" | "unusual customers" | "outliers" | "异常客户" | "特殊客户" => {
            Some(Standing::Unusual)
        }
        _ => None,
    }
}

impl Desk<'_> {
    pub(super) async fn report_standing(&self, standing: Standing) -> Done {
        match standing {
            Standing::Segments => self.report_segments().await,
            Standing::Churn => self.report_churn().await,
            Standing::Unusual => self.report_unusual().await,
            Standing::Leads => self.report_leads().await,
        }
    }

    async fn report_churn(&self) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let mut card = Card::new(prompts.churn_heading(language));
        let (made, measured) = match self.app.workflows.churn_known().await? {
            ChurnKnown::Since(made, measured) => (made, measured),
            ChurnKnown::TooLittle(needed, each) => {
                return Ok(vec![card.text(prompts.churn_too_little(language, needed, each))]);
            }
        };
        let found = self.store().likely_to_leave(LISTED).await?;
        if found.is_empty() {
            card = card.text(prompts.churn_nobody(language));
        }
        for one in &found {
            let customer = RecordRef::new(Kind::Customer, one.customer);
            let (Some(record), Some(churn)) = (self.store().record(customer).await?, &one.churn) else {
                continue;
            };
            card = card.field(self.titled(&record).await?, self.churn_said(churn));
        }
        let lift = format!("{:.1}", measured.lift);
        card.footer = prompts.churn_learnt(language, self.at(made), &lift, &percent(measured.share));
        Ok(vec![card])
    }

    /// Says how likely a customer falls silent, and what speaks most for it.
    pub(in super::super) fn churn_said(&self, churn: &Churn) -> String {
        let (prompts, language) = (self.prompts(), self.language);
        let band = prompts.label(language, churn.band).to_owned();
        if churn.band == ChurnBand::Low {
            return band;
        }
        let reasons = churn.reasons.iter().map(|reason| self.figure_beside(reason));
        std::iter::once(band).chain(reasons).collect::<Vec<_>>().join("\n")
    }

    /// Says a customer's figure and what is usual.
    fn figure_beside(&self, (figure, value, usual): &Reason) -> String {
        let (prompts, language) = (self.prompts(), self.language);
        let name = prompts.figure(language, figure);
        prompts.churn_reason(language, name, &figure_said(*value), &figure_said(*usual))
    }

    /// Lists the open deals that are likeliest won.
    async fn report_leads(&self) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let mut card = Card::new(prompts.leads_heading(language));
        let (made, measured) = match self.app.workflows.leads_known().await? {
            LeadsKnown::Since(made, measured) => (made, measured),
            LeadsKnown::TooLittle(needed, each) => {
                return Ok(vec![card.text(prompts.leads_too_little(language, needed, each))]);
            }
        };
        let all = Filter { limit: LEADS_LOOKED_AT, ..Filter::default() };
        let deals = self.store().list(Kind::Deal, &all).await?;
        let mut found = self.app.workflows.chances_of(&deals, self.now).await?;
        found.sort_by(|a, b| b.1.probability.total_cmp(&a.1.probability));
        for (place, chance) in found.iter().take(LISTED as usize) {
            card = card.field(self.titled(&deals[*place]).await?, self.churn_said(chance));
        }
        if found.is_empty() {
            card = card.text(prompts.leads_none(language));
        }
        let lift = format!("{:.1}", measured.lift);
        card.footer = prompts.leads_learnt(language, self.at(made), &lift, &percent(measured.share));
        Ok(vec![card])
    }

    async fn report_unusual(&self) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let mut card = Card::new(prompts.unusual_heading(language));
        let found = self.store().strangest(LISTED).await?;
        if found.is_empty() {
            return Ok(vec![card.text(prompts.unusual_nobody(language, ROWS_MIN))]);
        }
        for (customer, reasons) in found {
            let customer = RecordRef::new(Kind::Customer, customer);
            let Some(record) = self.store().record(customer).await? else { continue };
            let said: Vec<String> = reasons.iter().map(|reason| self.figure_beside(reason)).collect();
            card = card.field(self.titled(&record).await?, said.join("\n"));
        }
        card.footer = prompts.unusual_footer(language);
        Ok(vec![card])
    }

    async fn report_segments(&self) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let mut card = Card::new(prompts.segments_heading(language));
        let (made, n) = match self.app.workflows.segments_known().await? {
            SegmentsKnown::Since(made, n) => (made, n),
            SegmentsKnown::TooFew(needed) => {
                return Ok(vec![card.text(prompts.segments_too_few(language, needed))]);
            }
        };
        let counts = self.store().segment_counts().await?;
        let all: i64 = counts.iter().map(|(_, n)| n).sum();
        if all == 0 {
            return Ok(vec![card.text(prompts.segments_soon(language))]);
        }
        for (segment, n) in counts {
            let share = percent(n as f64 / all as f64);
            let n = usize::try_from(n).unwrap_or_default();
            card = card.field(prompts.label(language, segment), prompts.segments_value(language, n, &share));
        }
        card.footer = prompts.segments_learnt(language, self.at(made), n);
        Ok(vec![card])
    }
}

/// Deals that are looked at.
const LEADS_LOOKED_AT: u32 = 300;
/// Customers that are listed.
const LISTED: u32 = 10;

/// Says a figure in few digits: `40`, `3.5`, `0.25`.
fn figure_said(value: f64) -> String {
    let said = if value.abs() < 1.0 { format!("{value:.2}") } else { format!("{value:.1}") };
    said.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_said_in_few_digits() {
        for (value, said) in
            [(40.0, "40"), (3.46, "3.5"), (0.25, "0.25"), (0.0, "0"), (-0.5, "-0.5"), (100.0, "100")]
        {
            assert_eq!(figure_said(value), said, "{value}");
        }
    }

    #[test]
    fn only_the_word_alone_asks_how_customers_stand() {
        assert_eq!(standing(" Segments "), Some(Standing::Segments));
        assert_eq!(standing("客户分群"), Some(Standing::Segments));
        assert_eq!(standing("流失风险"), Some(Standing::Churn));
        assert_eq!(standing("unusual customers"), Some(Standing::Unusual));
        assert_eq!(standing("leads"), Some(Standing::Leads));
        assert_eq!(standing("tickets"), None);
        assert_eq!(standing("segments last week"), None);
        assert_eq!(standing(""), None);
    }
}
