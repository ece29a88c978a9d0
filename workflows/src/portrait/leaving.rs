//! Who is likely to fall silent: learnt from the house's own past, looked at again each month.
//!
//! Who was in touch in the half year before a time, and then for two months was not, fell silent. The model
//! learns from one such time and is fitted to and measured on a later one, so that nothing of what it is
//! measured on was known when it learnt.

use std::collections::BTreeSet;

use rapport_insight::likely::{DRIFT, EACH_MIN, Known, Measured, Model, ROWS_MIN};
use rapport_model::people::ChurnBand;
use rapport_model::time::DAY;
use rapport_model::{Id, Timestamp};
use rapport_storage::insights::Churn;
use serde::{Deserialize, Serialize};

use super::figures::{Figures, NAMES, layout};
use crate::{WorkflowError, Workflows};

/// Who is in touch with nobody for so long fell silent.
const SILENCE: i64 = 60 * DAY;
/// Only who was in touch within so long can fall silent.
const ACTIVE: i64 = 180 * DAY;
/// After so long it is learnt anew; sooner where customers are no longer as they were.
pub(super) const HOLDS: i64 = 30 * DAY;
/// Where that cannot be told, it is looked at again after so long.
const DRIFT_LOOKED_AT: i64 = 7 * DAY;
/// A new model takes the place of the old one if it tells customers apart no worse than by so much.
pub(super) const SLACK: f64 = 0.005;
/// Less than this tells nobody apart.
pub(super) const AUROC_MIN: f64 = 0.6;
pub(super) const REASONS: usize = 3;
const CHURN: &str = "churn";

/// Figures that are not as they were then, but as they are now: deals have ended since.
const NOT_OF_THE_PAST: &[&str] = &["open_deals", "won_deals", "value_365d", "reopened_365d"];

/// What is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Kept {
    layout: String,
    model: Model,
}

/// Whether it is known who may fall silent, and why not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ChurnKnown {
    /// It was learnt at that time, and is so good.
    Since(Timestamp, Measured),
    /// So many customers who were in touch are needed, at two times two months apart, of whom so many fell
    /// silent and so many did not.
    TooLittle(usize, usize),
}

impl Kept {
    /// Returns how likely a customer falls silent; nothing of who has been silent for long.
    pub(super) fn churn_of(&self, figures: &Figures) -> Option<Churn> {
        if !is_active(figures) {
            return None;
        }
        let row = row(figures);
        let probability = self.model.probability(&row);
        let names: Vec<&str> = learnt_from().collect();
        let reasons = self.model.reasons(&row, REASONS);
        let reasons = reasons.iter().map(|r| (names[r.column].to_owned(), r.value, r.usual)).collect();
        Some(Churn { probability, band: band(probability, self.model.measured.share), reasons })
    }
}

/// Names a probability beside the share of all: high from three times its odds on, low below them.
pub(super) fn band(probability: f64, share: f64) -> ChurnBand {
    let odds = |p: f64| p / (1.0 - p).max(1e-9);
    match odds(probability) / odds(share).max(1e-9) {
        ratio if ratio >= 3.0 => ChurnBand::High,
        ratio if ratio >= 1.0 => ChurnBand::Medium,
        _ => ChurnBand::Low,
    }
}

/// Returns the figures that are learnt from.
pub(super) fn learnt_from() -> impl Iterator<Item = &'static str> {
    NAMES.into_iter().filter(|name| !NOT_OF_THE_PAST.contains(name))
}

/// Tells whether a customer was in touch lately enough to fall silent.
fn is_active(figures: &Figures) -> bool {
    figures.get("recency_days") <= (ACTIVE / DAY) as f64
}

fn row(figures: &Figures) -> Vec<f64> {
    learnt_from().map(|name| figures.get(name)).collect()
}

impl Workflows {
    /// Learns who falls silent, if it is time to.
    pub(super) async fn learn_churn(&self, now: Timestamp) -> Result<(), WorkflowError> {
        let champion = self.churn_model().await?;
        if let Some((made, kept)) = &champion
            && now.since(*made) < HOLDS
            && (now.since(*made) < DRIFT_LOOKED_AT || !self.has_drifted(&kept.model, now).await?)
        {
            return Ok(());
        }
        let later = self.known_at(now.plus(-SILENCE), now).await?;
        if later.came_true.len() < ROWS_MIN {
            return Ok(());
        }
        let earlier = self.known_at(now.plus(-2 * SILENCE), now.plus(-SILENCE)).await?;
        let challenger = match Model::learn(&earlier, &later) {
            Ok(model) => model,
            Err(e) => {
                tracing::info!(error = %e, "who falls silent cannot be told yet");
                return Ok(());
            }
        };
        let champion = champion.map(|(_, kept)| kept.model.measure(&later).auroc);
        if challenger.measured.auroc < champion.map_or(AUROC_MIN, |old| old - SLACK) {
            tracing::info!(
                auroc = challenger.measured.auroc,
                "what was learnt anew is no better and not used"
            );
            return Ok(());
        }
        let kept = Kept { layout: layout(), model: challenger };
        let json = serde_json::to_string(&kept).expect("numbers are JSON");
        self.store.keep_model(CHURN, &json).await?;
        Ok(())
    }

    async fn has_drifted(&self, model: &Model, now: Timestamp) -> Result<bool, WorkflowError> {
        let mut rows = Vec::new();
        self.each_history(now, |history| {
            let figures = Figures::of(history, now);
            rows.extend(is_active(&figures).then(|| row(&figures)));
        })
        .await?;
        let drift = model.drift(&rows).into_iter().fold(0.0, f64::max);
        Ok(drift > DRIFT)
    }

    /// Returns who was in touch before a time, and whether they were again until `until`.
    async fn known_at(&self, at: Timestamp, until: Timestamp) -> Result<Known, WorkflowError> {
        let mut active: BTreeSet<Id> = BTreeSet::new();
        self.each_history(until, |history| {
            let again = history.mails.iter().any(|m| !m.is_ours && m.at >= at)
                || history.orders.iter().any(|(ordered, _)| *ordered >= at);
            active.extend(again.then_some(history.customer));
        })
        .await?;
        let mut known = Known::default();
        self.each_history(at, |history| {
            let figures = Figures::of(history, at);
            if is_active(&figures) {
                known.rows.push(row(&figures));
                known.came_true.push(!active.contains(&history.customer));
            }
        })
        .await?;
        Ok(known)
    }

    /// Returns the newest model that is whole: of the figures there are, and with the answers it gave when it
    /// was made.
    pub(super) async fn churn_model(&self) -> Result<Option<(Timestamp, Kept)>, WorkflowError> {
        for (made, json) in self.store.models(CHURN).await? {
            match serde_json::from_str::<Kept>(&json) {
                Ok(kept) if kept.layout != layout() => {}
                Ok(kept) if kept.model.is_sound() => return Ok(Some((made, kept))),
                _ => tracing::warn!("a model of who falls silent is damaged; the one before is used"),
            }
        }
        Ok(None)
    }

    /// Tells whether it is known who may fall silent.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn churn_known(&self) -> Result<ChurnKnown, WorkflowError> {
        Ok(match self.churn_model().await? {
            Some((made, kept)) => ChurnKnown::Since(made, kept.model.measured),
            None => ChurnKnown::TooLittle(ROWS_MIN, EACH_MIN),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probability_is_named_beside_that_of_all() {
        for (probability, share, named) in [
            (0.1, 0.2, ChurnBand::Low),
            (0.3, 0.2, ChurnBand::Medium),
            (0.5, 0.2, ChurnBand::High),
            (0.9, 0.8, ChurnBand::Medium),
            (1.0, 0.99, ChurnBand::High),
            (0.0, 0.0, ChurnBand::Low),
        ] {
            assert_eq!(band(probability, share), named, "{probability} of {share}");
        }
    }

    #[test]
    fn only_figures_that_were_so_then_are_learnt_from() {
        assert_eq!(learnt_from().count(), NAMES.len() - NOT_OF_THE_PAST.len());
        assert!(NOT_OF_THE_PAST.iter().all(|name| NAMES.contains(name)));
    }
}
