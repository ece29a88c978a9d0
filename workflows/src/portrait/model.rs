//! Models of what is likely: how they are kept, which one is used, and when a new one takes its place.

use rapport_insight::InsightError;
use rapport_insight::likely::{Known, Model};
use rapport_model::Timestamp;
use rapport_model::people::ChurnBand;
use rapport_model::time::DAY;
use rapport_storage::insights::Churn;
use serde::{Deserialize, Serialize};

use super::figures::{Figures, NAMES, layout};
use crate::{WorkflowError, Workflows};

/// After so long it is learnt anew; sooner where customers are no longer as they were.
pub(super) const HOLDS: i64 = 30 * DAY;
/// A new model takes the place of the old one if it tells cases apart no worse than by so much.
const SLACK: f64 = 0.005;
/// Less than this tells nobody apart.
const AUROC_MIN: f64 = 0.6;
const REASONS: usize = 3;

/// Figures that are not as they were then, but as they are now: deals have ended since.
const NOT_OF_THE_PAST: &[&str] = &["open_deals", "won_deals", "value_365d", "reopened_365d"];

/// What is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Kept {
    layout: String,
    pub(super) model: Model,
}

impl Kept {
    /// Returns how likely a case is, with the figures that speak most for it, unless it is less likely than usual;
    /// `names` are those of `row`.
    pub(super) fn chance(&self, row: &[f64], names: &[&str]) -> Churn {
        let probability = self.model.probability(row);
        let band = band(probability, self.model.measured.share);
        let reasons = if band == ChurnBand::Low { Vec::new() } else { self.model.reasons(row, REASONS) };
        let reasons = reasons.iter().map(|r| (names[r.column].to_owned(), r.value, r.usual)).collect();
        Churn { probability, band, reasons }
    }
}

/// Names a probability beside the share of all: high from three times its odds on, low below them.
fn band(probability: f64, share: f64) -> ChurnBand {
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

/// Returns their values.
pub(super) fn row(figures: &Figures) -> Vec<f64> {
    learnt_from().map(|name| figures.get(name)).collect()
}

impl Workflows {
    /// Returns the newest model of a kind that is whole: of the figures there are, and with the answers it gave when
    /// it was made.
    pub(super) async fn model_of(&self, kind: &str) -> Result<Option<(Timestamp, Kept)>, WorkflowError> {
        for (made, json) in self.store.models(kind).await? {
            match serde_json::from_str::<Kept>(&json) {
                Ok(kept) if kept.layout != layout() => {}
                Ok(kept) if kept.model.is_sound() => return Ok(Some((made, kept))),
                _ => tracing::warn!(kind, "a model is damaged; the one before is used"),
            }
        }
        Ok(None)
    }

    /// Keeps what was learnt anew, unless what is used is better on the cases it was measured on.
    pub(super) async fn challenge(
        &self,
        kind: &str,
        champion: Option<&Kept>,
        learnt: Result<Model, InsightError>,
        later: &Known,
    ) -> Result<(), WorkflowError> {
        let model = match learnt {
            Ok(model) => model,
            Err(e) => {
                tracing::info!(kind, error = %e, "it cannot be told yet what is likely");
                return Ok(());
            }
        };
        let auroc = model.measured.auroc;
        let least = champion.map_or(AUROC_MIN, |old| old.model.measure(later).auroc - SLACK);
        if auroc < least {
            tracing::info!(kind, auroc, "what was learnt anew is no better and not used");
            return Ok(());
        }
        tracing::info!(kind, auroc, way = ?model.kind(), tried = ?model.tried, "learnt anew what is likely");
        let json = serde_json::to_string(&Kept { layout: layout(), model }).expect("numbers are JSON");
        self.store.keep_model(kind, &json).await?;
        Ok(())
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
