//! What customers think of what was done for them.
//!
//! A mean of two ratings says little, so each mean is drawn towards the house's own: as if so many
//! ratings more ([`PRIOR_RATINGS`]) had been given, each with the house's mean.

use std::collections::BTreeMap;

use rapport_model::people::Lifecycle;
use rapport_model::{Id, Timestamp};
use rapport_storage::Store;
use rapport_storage::ratings::Rated;

use crate::{WorkflowError, Workflows};

/// How many ratings the house's own mean weighs beside those of a colleague or a segment.
pub const PRIOR_RATINGS: f64 = 5.0;

/// Some ratings taken together.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Score {
    /// How many.
    pub n: usize,
    /// Their mean, in 1..=5; 0 without any.
    pub mean: f64,
    /// Their mean drawn towards the house's.
    pub shrunk: f64,
}

impl Score {
    fn of(sum: f64, n: usize, house: f64) -> Self {
        let count = n as f64;
        let mean = if n == 0 { 0.0 } else { sum / count };
        Self { n, mean, shrunk: (PRIOR_RATINGS * house + sum) / (PRIOR_RATINGS + count) }
    }
}

/// What customers think.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Satisfaction {
    /// Of all ratings; nothing without any.
    pub house: Option<Score>,
    /// By the colleague who was rated.
    pub owners: BTreeMap<Id, Score>,
    /// By where the customer stands.
    pub lifecycles: BTreeMap<Lifecycle, Score>,
    /// By the customer's tags; one with several counts in each.
    pub tags: BTreeMap<String, Score>,
}

/// Takes ratings together; pure.
pub fn satisfaction(ratings: &[Rated]) -> Satisfaction {
    if ratings.is_empty() {
        return Satisfaction::default();
    }
    let sum: f64 = ratings.iter().map(|rating| f64::from(rating.score)).sum();
    let house = sum / ratings.len() as f64;
    Satisfaction {
        house: Some(Score { n: ratings.len(), mean: house, shrunk: house }),
        owners: by(ratings, house, |rating| rating.owner.into_iter().collect()),
        lifecycles: by(ratings, house, |rating| rating.lifecycle.into_iter().collect()),
        tags: by(ratings, house, |rating| rating.tags.clone()),
    }
}

fn by<K: Ord>(ratings: &[Rated], house: f64, keys: impl Fn(&Rated) -> Vec<K>) -> BTreeMap<K, Score> {
    let mut sums: BTreeMap<K, (f64, usize)> = BTreeMap::new();
    for rating in ratings {
        for key in keys(rating) {
            let (sum, n) = sums.entry(key).or_default();
            *sum += f64::from(rating.score);
            *n += 1;
        }
    }
    sums.into_iter().map(|(key, (sum, n))| (key, Score::of(sum, n, house))).collect()
}

impl Workflows {
    /// Returns what customers that `store` shows thought, by their ratings in `from..to`.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn satisfaction(
        &self,
        store: &Store,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Satisfaction, WorkflowError> {
        Ok(satisfaction(&store.ratings_in(from, to).await?))
    }
}
