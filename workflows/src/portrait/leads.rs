//! Which open deals are likely won: learnt from the deals of this house that ended.
//!
//! A deal is judged by what was known of its customer when it was a few days old, so that a deal of last year
//! and one of this week are held to the same. The model learns from the earlier half of the deals that ended, and is
//! fitted to and measured on the later one.

use rapport_insight::likely::{EACH_MIN, Known, Measured, Model, ROWS_MIN};
use rapport_model::time::DAY;
use rapport_model::{Id, Record, Timestamp};
use rapport_storage::histories::{Asked, DealEnd, History};
use rapport_storage::insights::Churn;

use super::figures::Figures;
use super::model::{self, HOLDS, learnt_from};
use crate::{WorkflowError, Workflows};

/// So old a deal is when it is judged; a younger one by what is known now.
const AGE: i64 = 3 * DAY;
/// The figure of a deal beside those of its customer: the logarithm of its amount.
const AMOUNT: &str = "deal_amount_log";
const LEADS: &str = "leads";

/// Whether it is known which deals are likely won, and why not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LeadsKnown {
    /// It was learnt at that time, and is so good.
    Since(Timestamp, Measured),
    /// So many deals that ended are needed, and so many of them won and so many lost, in either half of the time.
    TooLittle(usize, usize),
}

/// Returns what a deal is judged by: of its customer as of a time, and its amount in minor units.
fn row(history: &History, at: Timestamp, amount: i64) -> Vec<f64> {
    let figures = Figures::of(&history.until(at), at);
    let amount = if amount > 0 { (amount as f64).ln() } else { f64::NAN };
    model::row(&figures).into_iter().chain([amount]).collect()
}

/// A deal that ended: when it was opened, whether it was won, and what it is judged by.
pub(super) type Ended = (Timestamp, bool, Vec<f64>);

/// Returns the deals of a customer that ended.
pub(super) fn ended(history: &History) -> impl Iterator<Item = Ended> + '_ {
    history
        .deals
        .iter()
        .filter(|(_, end, _)| *end != DealEnd::Open)
        .map(|(opened, end, amount)| (*opened, *end == DealEnd::Won, row(history, opened.plus(AGE), *amount)))
}

impl Workflows {
    /// Tells whether it is time to learn which deals are won.
    pub(super) async fn leads_are_due(&self, now: Timestamp) -> Result<bool, WorkflowError> {
        Ok(self.model_of(LEADS).await?.is_none_or(|(made, _)| now.since(made) >= HOLDS))
    }

    /// Learns which deals are won.
    pub(super) async fn learn_leads(&self, mut deals: Vec<Ended>) -> Result<(), WorkflowError> {
        let champion = self.model_of(LEADS).await?;
        deals.sort_by_key(|(opened, ..)| *opened);
        let later = deals.split_off(deals.len() / 2);
        let known = |deals: Vec<Ended>| {
            let (came_true, rows) = deals.into_iter().map(|(_, won, row)| (won, row)).unzip();
            Known { rows, came_true }
        };
        let (earlier, later) = (known(deals), known(later));
        let learnt = Model::learn(&earlier, &later);
        self.challenge(LEADS, champion.as_ref().map(|(_, kept)| kept), learnt, &later).await
    }

    /// Tells whether it is known which deals are likely won.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn leads_known(&self) -> Result<LeadsKnown, WorkflowError> {
        Ok(match self.model_of(LEADS).await? {
            Some((made, kept)) => LeadsKnown::Since(made, kept.model.measured),
            None => LeadsKnown::TooLittle(ROWS_MIN, EACH_MIN),
        })
    }

    /// Returns how likely each of these deals that are open is won, by its place, and what speaks most for it; nothing
    /// where it is not known.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn chances_of(
        &self,
        deals: &[Record],
        now: Timestamp,
    ) -> Result<Vec<(usize, Churn)>, WorkflowError> {
        let mut found = Vec::new();
        let Some((_, kept)) = self.model_of(LEADS).await? else { return Ok(found) };
        let names: Vec<&str> = learnt_from().chain([AMOUNT]).collect();
        let is_open = |deal: &&Record| !matches!(deal.text("stage"), "won" | "lost");
        for (place, deal) in deals.iter().enumerate().filter(|(_, deal)| is_open(deal)) {
            let Some(customer) = deal.get("customer").id() else { continue };
            let asked = Asked { limit: 1, ..self.asked(Id(customer.0 - 1), 1, now.plus(1)) };
            let page = self.store.histories(asked).await?;
            let Some(history) = page.first().filter(|history| history.customer == customer) else { continue };
            let ours = deal.text("currency") == self.settings.currency;
            let amount = deal.get("amount").int().filter(|_| ours).unwrap_or(0);
            let row = row(history, deal.record.id.made_at().plus(AGE).min(now), amount);
            found.push((place, kept.chance(&row, &names)));
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use rapport_storage::histories::Mail;

    use super::*;

    #[test]
    fn a_deal_is_judged_by_what_was_known_when_it_was_young() {
        let day = |n: i64| Timestamp::from_secs(1_700_000_000).plus(n * DAY);
        let mail =
            |n| Mail { at: day(n), is_ours: false, thread: Id(n), score: None, intent: None, urgent: false };
        let history = History {
            customer: Id(1),
            first_contact: Some(day(0)),
            mails: vec![mail(0), mail(11), mail(40), mail(41)],
            deals: vec![
                (day(10), DealEnd::Won, 500),
                (day(39), DealEnd::Open, 0),
                (day(20), DealEnd::Lost, 0),
            ],
            ..History::default()
        };
        let ended: Vec<_> = ended(&history).collect();
        assert_eq!(ended.iter().map(|(_, won, _)| *won).collect::<Vec<_>>(), [true, false]);
        let names: Vec<&str> = learnt_from().chain([AMOUNT]).collect();
        let of = |row: &[f64], name: &str| row[names.iter().position(|n| *n == name).unwrap()];
        let (_, _, won) = &ended[0];
        assert_eq!((of(won, "mails_in_365d"), of(won, "recency_days")), (2.0, 2.0), "nothing of later");
        assert!((of(won, AMOUNT) - 500_f64.ln()).abs() < 1e-9 && of(&ended[1].2, AMOUNT).is_nan());
    }
}
