//! What goes together in what customers want, buy and say of us: learnt each night from all of them. What is kept
//! names nobody.

use std::collections::{BTreeMap, BTreeSet};

use rapport_insight::rules::{Baskets, Options, rules};
use rapport_insight::share::wilson;
use rapport_model::reading::Intent;
use rapport_model::time::DAY;
use rapport_model::{Id, Timestamp};
use rapport_storage::histories::{DealEnd, History};
use serde::{Deserialize, Serialize};

use crate::{WorkflowError, Workflows};

/// What was longer ago says little of what customers need.
const LOOKED_AT: i64 = 365 * DAY;
/// Of fewer customers nothing is told.
pub const CUSTOMERS_MIN: usize = 30;
/// So few cases are chance or somebody whom one could guess.
const CASES_MIN: usize = 5;
/// So many of each are kept.
const KEPT: usize = 12;
/// Stars up to which somebody is unhappy.
const LOW: i64 = 2;
const NEEDS: &str = "needs";

/// Something about a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trait {
    /// They wrote that they want this.
    Wants(Intent),
    /// They bought this product.
    Bought(Id),
    /// A deal with them was won.
    Won,
    /// A deal with them was lost.
    Lost,
    /// They gave two stars or fewer.
    RatedLow,
    /// They gave four stars or more.
    RatedHigh,
}

/// Who is this often is that, too.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Together {
    /// Who is all of this,
    pub when: Vec<Trait>,
    /// is that, too.
    pub then: Trait,
    /// How many customers.
    pub n: usize,
    /// Their share of those who are `when`.
    pub share: f64,
    /// How many times more often than among all.
    pub lift: f64,
}

/// What low ratings come with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cause {
    /// Customers who are this
    pub of: Trait,
    /// gave so many ratings,
    pub n: usize,
    /// of which this share was two stars or fewer,
    pub share: f64,
    /// between these in nineteen of twenty such cases.
    pub range: (f64, f64),
}

/// What is known of customers' needs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Needs {
    /// From how many customers.
    pub n: usize,
    /// What goes together, what is least by chance first.
    pub together: Vec<Together>,
    /// The share of all ratings that were two stars or fewer, and how many there were.
    pub low: (f64, usize),
    /// With what more of them come than with others, the most first.
    pub causes: Vec<Cause>,
}

/// A customer as far as needs go.
pub(super) struct Person {
    traits: BTreeSet<Trait>,
    /// How many ratings, and how many of them low.
    ratings: (usize, usize),
}

impl Person {
    pub(super) fn of(history: &History, now: Timestamp) -> Self {
        let since = now.plus(-LOOKED_AT);
        let mut traits: BTreeSet<Trait> = BTreeSet::new();
        let theirs = history.mails.iter().filter(|mail| !mail.is_ours && mail.at >= since);
        let wanted = theirs.filter_map(|mail| mail.intent).filter(|intent| *intent != Intent::Other);
        traits.extend(wanted.map(Trait::Wants));
        for (_, end, _) in history.deals.iter().filter(|(at, ..)| *at >= since) {
            match end {
                DealEnd::Won => _ = traits.insert(Trait::Won),
                DealEnd::Lost => _ = traits.insert(Trait::Lost),
                DealEnd::Open => {}
            }
        }
        let ratings: Vec<i64> =
            history.ratings.iter().filter(|(at, _)| *at >= since).map(|(_, stars)| *stars).collect();
        let low = ratings.iter().filter(|stars| **stars <= LOW).count();
        traits.extend((low > 0).then_some(Trait::RatedLow));
        traits.extend(ratings.iter().any(|stars| *stars >= 4).then_some(Trait::RatedHigh));
        Self { traits, ratings: (ratings.len(), low) }
    }
}

/// Learns from customers; pure.
fn needs(people: &[Person]) -> Needs {
    if people.len() < CUSTOMERS_MIN {
        return Needs { n: people.len(), ..Needs::default() };
    }
    let all: BTreeSet<Trait> = people.iter().flat_map(|person| &person.traits).copied().collect();
    let numbers: BTreeMap<Trait, u32> = (0..).zip(&all).map(|(number, of)| (*of, number)).collect();
    let all: Vec<Trait> = all.into_iter().collect();
    let things = (0..all.len()).map(|number| number.to_string()).collect();
    let rows = people.iter().map(|person| person.traits.iter().map(|of| numbers[of]).collect()).collect();
    let support_min = (CASES_MIN as f64 / people.len() as f64).max(0.002);
    let options =
        Options { support_min, confidence_min: 0.2, lift_min: 1.3, things_max: 3, ..Options::default() };
    let found = rules(&Baskets { things, rows }, &options).unwrap_or_default();
    let of = |name: &String| name.parse::<usize>().ok().and_then(|number| all.get(number)).copied();
    let mut together: Vec<(f64, Together)> = found
        .iter()
        .filter_map(|rule| {
            let (when, then) = (rule.when.iter().filter_map(of).collect(), of(&rule.then)?);
            let told = Together { when, then, n: rule.n, share: rule.confidence, lift: rule.lift };
            (rule.n >= CASES_MIN).then_some((rule.p, told))
        })
        .collect();
    together.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.when.len().cmp(&b.1.when.len())));
    let together = plain(together.into_iter().map(|(_, told)| told));

    let ratings = |of: Option<Trait>| {
        let these = people.iter().filter(|person| of.is_none_or(|of| person.traits.contains(&of)));
        these.fold((0, 0), |sum, person| (sum.0 + person.ratings.0, sum.1 + person.ratings.1))
    };
    let (n_all, low_all) = ratings(None);
    let share_all = low_all as f64 / n_all.max(1) as f64;
    let mut causes: Vec<Cause> = all
        .iter()
        .filter(|of| matches!(of, Trait::Wants(_) | Trait::Bought(_)))
        .filter_map(|of| {
            let (n, low) = ratings(Some(*of));
            let range = wilson(low, n);
            // More than with others, beyond chance.
            (n >= CASES_MIN && range.0 > share_all).then(|| Cause {
                of: *of,
                n,
                share: low as f64 / n as f64,
                range,
            })
        })
        .collect();
    causes.sort_by(|a, b| b.range.0.total_cmp(&a.range.0).then(a.of.cmp(&b.of)));
    causes.truncate(KEPT);
    Needs { n: people.len(), together, low: (share_all, n_all), causes }
}

/// Leaves out what says no more than a plainer rule before it, and the same the other way round.
fn plain(rules: impl Iterator<Item = Together>) -> Vec<Together> {
    let mut told: Vec<Together> = Vec::new();
    for rule in rules {
        let all = |rule: &Together| rule.when.iter().copied().chain([rule.then]).collect::<BTreeSet<_>>();
        let known = told.iter().any(|before| all(before).is_subset(&all(&rule)));
        if !known {
            told.push(rule);
        }
        if told.len() == KEPT {
            break;
        }
    }
    told
}

impl Workflows {
    /// Learns what goes together, and keeps it.
    pub(super) async fn learn_needs(&self, mut people: Vec<(Id, Person)>) -> Result<(), WorkflowError> {
        let bought = self.store.bought_by(people.iter().map(|(customer, _)| *customer)).await?;
        for (customer, person) in &mut people {
            let products = bought.get(customer).into_iter().flatten();
            person.traits.extend(products.map(|product| Trait::Bought(*product)));
        }
        let found = needs(&people.into_iter().map(|(_, person)| person).collect::<Vec<_>>());
        if found.n >= CUSTOMERS_MIN {
            let json = serde_json::to_string(&found).expect("names and numbers are JSON");
            self.store.keep_model(NEEDS, &json).await?;
        }
        Ok(())
    }

    /// Returns what is known of customers' needs, and when it was learnt.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn needs(&self) -> Result<Option<(Timestamp, Needs)>, WorkflowError> {
        let models = self.store.models(NEEDS).await?;
        Ok(models.into_iter().find_map(|(made, json)| Some((made, serde_json::from_str(&json).ok()?))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(traits: &[Trait], ratings: (usize, usize)) -> Person {
        Person { traits: traits.iter().copied().collect(), ratings }
    }

    #[test]
    fn what_goes_together_is_told_once_and_chance_is_not() {
        let (refund, pump, tap) = (Trait::Wants(Intent::Refund), Trait::Bought(Id(1)), Trait::Bought(Id(2)));
        let mut people: Vec<Person> = (0..40).map(|_| person(&[pump, refund], (1, 1))).collect();
        people.extend((0..10).map(|_| person(&[pump], (1, 0))));
        let others = |i: usize| {
            person(
                if i.is_multiple_of(2) { &[Trait::Bought(Id(2))] } else { &[] },
                (1, usize::from(i.is_multiple_of(10))),
            )
        };
        people.extend((0..100).map(others));
        people.extend((0..5).map(|_| person(&[tap, refund], (0, 0))));
        let found = needs(&people);
        let [rule] = &found.together[..] else { panic!("{found:?}") };
        let both: BTreeSet<Trait> = rule.when.iter().copied().chain([rule.then]).collect();
        assert_eq!((both, rule.n), ([refund, pump].into(), 40));
        assert!(rule.lift > 2.0 && rule.share > 0.7, "{rule:?}");
        // Four in five with the pump are unhappy, one in ten of the others.
        assert_eq!(found.causes.iter().map(|cause| cause.of).collect::<Vec<_>>(), [refund, pump]);
        let cause = &found.causes[1];
        assert!((cause.share - 0.8).abs() < 1e-9 && cause.range.0 > 0.65 && cause.range.1 < 0.9, "{cause:?}");
        let json = serde_json::to_string(&found).unwrap();
        let again: Needs = serde_json::from_str(&json).unwrap();
        assert_eq!((again.n, &again.together[0].when), (found.n, &found.together[0].when));
    }

    #[test]
    fn of_few_customers_nothing_is_told() {
        let people: Vec<Person> = (0..29).map(|_| person(&[Trait::Won, Trait::RatedHigh], (1, 0))).collect();
        assert_eq!(needs(&people), Needs { n: 29, ..Needs::default() });
        assert_eq!(needs(&[]), Needs::default());
    }
}
