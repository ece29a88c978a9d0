//! Who is likely to fall silent: learnt from the house's own past, looked at again each month.
//!
//! Who was in touch in the half year before a time, and then for two months was not, fell silent. The model
//! learns from one such time and is fitted to and measured on a later one, so that nothing of what it is
//! measured on was known when it learnt.

use std::collections::BTreeSet;

use rapport_insight::likely::{DRIFT, EACH_MIN, Known, Measured, Model, ROWS_MIN};
use rapport_model::time::DAY;
use rapport_model::{Id, Timestamp};
use rapport_storage::insights::Churn;

use super::figures::Figures;
use super::model::{HOLDS, Kept, learnt_from, row};
use crate::{WorkflowError, Workflows};

/// Who is in touch with nobody for so long fell silent.
const SILENCE: i64 = 60 * DAY;
/// Only who was in touch within so long can fall silent.
const ACTIVE: i64 = 180 * DAY;
/// Where it cannot be told whether customers are as they were, it is looked at again after so long.
const DRIFT_LOOKED_AT: i64 = 7 * DAY;
const CHURN: &str = "churn";

/// Whether it is known who may fall silent, and why not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ChurnKnown {
    /// It was learnt at that time, and is so good.
    Since(Timestamp, Measured),
    /// So many customers who were in touch are needed, at two times two months apart, of whom so many fell
    /// silent and so many did not.
    TooLittle(usize, usize),
}

/// Returns how likely a customer falls silent; nothing of who has been silent for long.
pub(super) fn churn_of(model: &Kept, figures: &Figures) -> Option<Churn> {
    let names: Vec<&str> = learnt_from().collect();
    is_active(figures).then(|| model.chance(&row(figures), &names))
}

/// Tells whether a customer was in touch lately enough to fall silent.
fn is_active(figures: &Figures) -> bool {
    figures.get("recency_days") <= (ACTIVE / DAY) as f64
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
        let learnt = Model::learn(&earlier, &later);
        self.challenge(CHURN, champion.as_ref().map(|(_, kept)| kept), learnt, &later).await
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

    pub(super) async fn churn_model(&self) -> Result<Option<(Timestamp, Kept)>, WorkflowError> {
        self.model_of(CHURN).await
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
