//! What somebody may like to buy next, by what others bought together and by what is bought most where they
//! belong. Learnt each night; what is kept names nobody.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rapport_model::people::CustomerSegment;
use rapport_model::time::DAY;
use rapport_model::{Id, Kind, Record, Timestamp};
use rapport_storage::baskets::Basket;
use serde::{Deserialize, Serialize};

use crate::privacy::is_restricted;
use crate::{WorkflowError, Workflows};

/// Of a longer order no more products count: it says little of what goes together.
const PRODUCTS_MAX: usize = 50;
/// So many products are kept that go with one, and that are bought most.
const KEPT: usize = 20;
/// Two products that were bought together once say little; what they say is drawn to nothing as if they had
/// been looked at so many times more.
const SHRINKAGE: f64 = 5.0;
/// What a segment buys is drawn to what everybody does as if so many more orders had been everybody's.
const EVERYBODY: f64 = 10.0;
/// Of so many lines of orders it is learnt what goes together.
const LINES_MAX: u32 = 100_000;
/// Where no night has learnt it anew for so long, whoever needs it does.
const HOLDS: i64 = 8 * DAY;
/// The kind under which it is kept.
const GOODS: &str = "goods";

/// What goes together, and what is bought most.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Goods {
    /// What was bought together with each product, best first, and how far it goes with it.
    beside: BTreeMap<Id, Vec<(Id, f64)>>,
    /// What is bought most, by everybody.
    popular: Vec<Id>,
    /// What is bought most in each segment.
    popular_in: BTreeMap<CustomerSegment, Vec<Id>>,
}

impl Goods {
    /// Learns from orders.
    pub fn of(orders: &[Basket]) -> Self {
        let mut times: BTreeMap<Id, f64> = BTreeMap::new();
        let mut times_in: BTreeMap<CustomerSegment, BTreeMap<Id, f64>> = BTreeMap::new();
        let mut together: BTreeMap<Id, BTreeMap<Id, f64>> = BTreeMap::new();
        for order in orders {
            let products: BTreeSet<Id> = order.products.iter().copied().collect();
            let products: Vec<Id> = products.into_iter().take(PRODUCTS_MAX).collect();
            for one in &products {
                *times.entry(*one).or_default() += 1.0;
                if let Some(segment) = order.segment {
                    *times_in.entry(segment).or_default().entry(*one).or_default() += 1.0;
                }
                let beside = together.entry(*one).or_default();
                for other in products.iter().filter(|other| *other != one) {
                    *beside.entry(*other).or_default() += 1.0;
                }
            }
        }
        let goes_with = |one: &Id, other: &Id, together: f64| {
            // The cosine between two products, drawn to nothing where few orders speak for it.
            together / (times[one] * times[other]).sqrt() * together / (together + SHRINKAGE)
        };
        let beside = together.iter().filter(|(_, others)| !others.is_empty()).map(|(one, others)| {
            (*one, best(others.iter().map(|(other, n)| (*other, goes_with(one, other, *n)))))
        });
        let n = orders.len().max(1) as f64;
        let popular_in = times_in.iter().map(|(segment, times_here)| {
            let here = |id: &Id| times_here.get(id).copied().unwrap_or(0.0);
            let drawn = times.iter().map(|(id, everybody)| (*id, here(id) + EVERYBODY * everybody / n));
            (*segment, ids(best(drawn)))
        });
        let popular_in = popular_in.collect();
        Self { beside: beside.collect(), popular: ids(best(times.clone())), popular_in }
    }

    /// Returns what goes with what somebody has, best first, at most `n` of what is `sold`, and nothing that they
    /// have.
    pub fn goes_with(&self, has: &BTreeSet<Id>, n: usize, sold: &dyn Fn(Id) -> bool) -> Vec<Id> {
        let mut scores: BTreeMap<Id, f64> = BTreeMap::new();
        for (other, score) in has.iter().filter_map(|one| self.beside.get(one)).flatten() {
            *scores.entry(*other).or_default() += score;
        }
        scores.retain(|product, _| !has.contains(product) && sold(*product));
        let mut found = ids(best(scores));
        found.truncate(n);
        found
    }

    /// Returns what somebody may like: what goes with what they have, then what most buy where they belong.
    pub fn recommend(
        &self,
        has: &BTreeSet<Id>,
        segment: Option<CustomerSegment>,
        n: usize,
        sold: &dyn Fn(Id) -> bool,
    ) -> Vec<Id> {
        let mut found = self.goes_with(has, n, sold);
        let popular = segment.and_then(|segment| self.popular_in.get(&segment)).unwrap_or(&self.popular);
        for product in popular {
            if found.len() < n && !has.contains(product) && sold(*product) && !found.contains(product) {
                found.push(*product);
            }
        }
        found
    }
}

/// Returns the best first.
fn best(scores: impl IntoIterator<Item = (Id, f64)>) -> Vec<(Id, f64)> {
    let mut scores: Vec<(Id, f64)> = scores.into_iter().collect();
    scores.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    scores.truncate(KEPT);
    scores
}

fn ids(scores: Vec<(Id, f64)>) -> Vec<Id> {
    scores.into_iter().map(|(id, _)| id).collect()
}

/// What is recommended to some customers.
#[derive(Debug, Default)]
pub struct Shelf {
    goods: Goods,
    /// The names of the products that are sold.
    names: HashMap<Id, String>,
    /// What each of the customers has.
    has: HashMap<Id, BTreeSet<Id>>,
}

impl Shelf {
    /// Returns the names of what a customer may like, best first, at most `n`.
    pub fn recommend(&self, customer: &Record, n: usize) -> Vec<&str> {
        if is_restricted(customer) {
            return Vec::new();
        }
        let segment = CustomerSegment::by_name(customer.text("segment"));
        self.named(self.goods.recommend(self.of(customer), segment, n, &|id| self.names.contains_key(&id)))
    }

    /// Returns the names of what goes with what a customer has; of who has nothing, nothing is known.
    pub fn goes_with(&self, customer: &Record, n: usize) -> Vec<&str> {
        if is_restricted(customer) {
            return Vec::new();
        }
        self.named(self.goods.goes_with(self.of(customer), n, &|id| self.names.contains_key(&id)))
    }

    fn of(&self, customer: &Record) -> &BTreeSet<Id> {
        const NONE: &BTreeSet<Id> = &BTreeSet::new();
        self.has.get(&customer.record.id).unwrap_or(NONE)
    }

    fn named(&self, ids: Vec<Id>) -> Vec<&str> {
        ids.iter().filter_map(|id| self.names.get(id)).map(String::as_str).collect()
    }
}

impl Workflows {
    /// Learns what goes together, and keeps it.
    pub(crate) async fn learn_goods(&self) -> Result<Goods, WorkflowError> {
        let goods = Goods::of(&self.store.baskets(LINES_MAX).await?);
        let known = self.store.models(GOODS).await?.first().map(|(_, json)| json.clone());
        let json = serde_json::to_string(&goods).expect("numbers are JSON");
        if goods != Goods::default() || known.is_some() {
            self.store.keep_model(GOODS, &json).await?;
        }
        Ok(goods)
    }

    /// Returns what may be recommended to these customers.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub async fn shelf(&self, customers: &[Id], now: Timestamp) -> Result<Shelf, WorkflowError> {
        let kept = self.store.models(GOODS).await?.into_iter().next();
        let kept = kept.filter(|(made, _)| now.since(*made) < HOLDS);
        let goods = match kept.and_then(|(_, json)| serde_json::from_str(&json).ok()) {
            Some(goods) => goods,
            None => self.learn_goods().await?,
        };
        if goods.popular.is_empty() {
            return Ok(Shelf::default());
        }
        let beside = goods.beside.values().flatten().map(|(id, _)| *id);
        let popular = goods.popular_in.values().flatten().chain(&goods.popular).copied();
        let all: BTreeSet<Id> = beside.chain(popular).collect();
        let products = self.store.records(Kind::Product, &all.into_iter().collect::<Vec<_>>()).await?;
        let is_sold = |product: &&Record| {
            !product.deleted && product.get("active").int() != Some(0) && !product.text("name").is_empty()
        };
        let names =
            products.iter().filter(is_sold).map(|p| (p.record.id, p.text("name").to_owned())).collect();
        Ok(Shelf { goods, names, has: self.store.bought_by(customers.iter().copied()).await? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUMP: Id = Id(1);
    const FILTER: Id = Id(2);
    const SEAL: Id = Id(3);
    const HOSE: Id = Id(4);
    const TAP: Id = Id(5);

    fn orders(n: usize, products: &[Id]) -> impl Iterator<Item = Basket> {
        std::iter::repeat_n(Basket { segment: None, products: products.to_vec() }, n)
    }

    #[test]
    fn what_goes_with_what_one_has_comes_before_what_most_have() {
        let made = orders(8, &[PUMP, SEAL]).chain(orders(30, &[TAP])).chain(orders(3, &[FILTER, HOSE]));
        let goods = Goods::of(&made.chain(orders(1, &[PUMP])).collect::<Vec<_>>());
        let recommend = |has: &[Id], n, sold: &dyn Fn(Id) -> bool| {
            goods.recommend(&has.iter().copied().collect(), None, n, sold)
        };
        let all = |_: Id| true;
        assert_eq!(recommend(&[PUMP], 3, &all), [SEAL, TAP, FILTER]);
        assert_eq!(recommend(&[], 2, &all), [TAP, PUMP], "of who bought nothing, nothing is known");
        assert_eq!(recommend(&[PUMP], 3, &|product| product != SEAL), [TAP, FILTER, HOSE], "sold no more");
        assert_eq!(recommend(&[TAP], 9, &all), [PUMP, SEAL, FILTER, HOSE], "and not what they have");
        assert_eq!(goods.goes_with(&[PUMP].into(), 3, &all), [SEAL], "what most have is left out");
        assert_eq!(Goods::of(&[]).recommend(&[PUMP].into(), None, 3, &all), []);
    }

    #[test]
    fn two_that_were_bought_together_once_say_less_than_a_habit() {
        let made = orders(1, &[FILTER, HOSE]).chain(orders(20, &[FILTER, SEAL])).chain(orders(20, &[SEAL]));
        let goods = Goods::of(&made.collect::<Vec<_>>());
        assert_eq!(goods.recommend(&[FILTER].into(), None, 2, &|_| true), [SEAL, HOSE]);
    }

    #[test]
    fn a_segment_has_its_own_taste_where_it_is_known() {
        let champions = |products: &[Id]| Basket {
            segment: Some(CustomerSegment::Champions),
            products: products.to_vec(),
        };
        let made = orders(50, &[TAP]).chain(std::iter::repeat_n(champions(&[PUMP]), 30));
        let goods = Goods::of(&made.chain([champions(&[HOSE])]).collect::<Vec<_>>());
        let first = |segment| goods.recommend(&BTreeSet::new(), segment, 1, &|_| true);
        assert_eq!(first(Some(CustomerSegment::Champions)), [PUMP]);
        assert_eq!(first(Some(CustomerSegment::New)), [TAP], "of whom nothing is known what everybody buys");
        let json = serde_json::to_string(&goods).unwrap();
        assert_eq!(serde_json::from_str::<Goods>(&json).unwrap(), goods);
    }
}
