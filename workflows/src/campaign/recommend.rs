//! What somebody may like to buy next, by what others bought together; pure.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rapport_model::Id;

/// Of a longer order no more products count: it says little of what goes together.
const PRODUCTS_MAX: usize = 50;
/// Two products that were bought together once say little; what they say is drawn to nothing as if they had
/// been looked at so many times more.
const SHRINKAGE: f64 = 5.0;

/// What was bought together, and by whom.
#[derive(Clone, Debug, Default)]
pub struct Bought {
    /// In how many orders each product was.
    orders: BTreeMap<Id, u32>,
    /// In how many orders each two were, in both directions.
    together: HashMap<Id, BTreeMap<Id, u32>>,
    by: HashMap<Id, BTreeSet<Id>>,
}

impl Bought {
    /// Takes the products of each order, with who bought them.
    pub fn of(orders: &[(Option<Id>, Vec<Id>)]) -> Self {
        let mut bought = Self::default();
        for (customer, products) in orders {
            let products: BTreeSet<Id> = products.iter().copied().collect();
            if let Some(customer) = customer {
                bought.by.entry(*customer).or_default().extend(&products);
            }
            let products: Vec<Id> = products.into_iter().take(PRODUCTS_MAX).collect();
            for one in &products {
                *bought.orders.entry(*one).or_default() += 1;
                let beside = bought.together.entry(*one).or_default();
                for other in products.iter().filter(|other| *other != one) {
                    *beside.entry(*other).or_default() += 1;
                }
            }
        }
        bought
    }

    /// Tells whether nothing was bought.
    pub fn is_empty(&self) -> bool {
        self.orders.is_empty()
    }

    /// Returns what a customer may like, best first, at most `n`: what goes with what they bought, then what
    /// most bought; of what is `sold`, and nothing that they have.
    pub fn recommend(&self, customer: Id, n: usize, sold: &dyn Fn(Id) -> bool) -> Vec<Id> {
        let none = BTreeSet::new();
        let has = self.by.get(&customer).unwrap_or(&none);
        let times = |product: &Id| f64::from(self.orders.get(product).copied().unwrap_or(0));
        let mut scores: BTreeMap<Id, f64> = BTreeMap::new();
        for one in has {
            for (other, together) in self.together.get(one).into_iter().flatten() {
                let together = f64::from(*together);
                // The cosine between two products, drawn to nothing where few orders speak for it.
                let cosine = together / (times(one) * times(other)).sqrt();
                *scores.entry(*other).or_default() += cosine * together / (together + SHRINKAGE);
            }
        }
        let wanted = |product: &Id| !has.contains(product) && sold(*product);
        let mut best: Vec<(Id, f64)> = scores.into_iter().filter(|(product, _)| wanted(product)).collect();
        best.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let mut popular: Vec<(&Id, &u32)> = self.orders.iter().collect();
        popular.sort_by_key(|(product, n)| (std::cmp::Reverse(**n), **product));
        let mut found: Vec<Id> = best.into_iter().map(|(product, _)| product).take(n).collect();
        for (product, _) in popular {
            if found.len() < n && wanted(product) && !found.contains(product) {
                found.push(*product);
            }
        }
        found
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

    #[test]
    fn what_goes_with_what_one_has_comes_before_what_most_have() {
        let mut orders: Vec<(Option<Id>, Vec<Id>)> = Vec::new();
        orders.extend((0..8).map(|n| (Some(Id(100 + n)), vec![PUMP, SEAL])));
        orders.extend((0..30).map(|n| (Some(Id(200 + n)), vec![TAP])));
        orders.extend((0..3).map(|n| (Some(Id(300 + n)), vec![FILTER, HOSE])));
        orders.push((Some(Id(7)), vec![PUMP]));
        let bought = Bought::of(&orders);
        let all = |_: Id| true;
        assert_eq!(bought.recommend(Id(7), 3, &all), [SEAL, TAP, FILTER]);
        assert_eq!(bought.recommend(Id(8), 2, &all), [TAP, PUMP], "of who bought nothing, nothing is known");
        assert_eq!(
            bought.recommend(Id(7), 3, &|product| product != SEAL),
            [TAP, FILTER, HOSE],
            "sold no more"
        );
        assert_eq!(bought.recommend(Id(200), 9, &all), [PUMP, SEAL, FILTER, HOSE], "and not what they have");
        assert_eq!(Bought::of(&[]).recommend(Id(7), 3, &all), []);
    }

    #[test]
    fn two_that_were_bought_together_once_say_less_than_a_habit() {
        let mut orders = vec![(Some(Id(9)), vec![FILTER]), (None, vec![FILTER, HOSE])];
        orders.extend((0..20).map(|_| (None, vec![FILTER, SEAL])));
        orders.extend((0..20).map(|_| (None, vec![SEAL])));
        assert_eq!(Bought::of(&orders).recommend(Id(9), 2, &|_| true), [SEAL, HOSE]);
    }
}
