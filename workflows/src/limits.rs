//! How often rules may do something, and how often they did.

use std::collections::{HashMap, HashSet};

use rapport_model::action::{Action, Deed};
use rapport_model::time::DAY;
use rapport_model::{Id, Timestamp};
use rapport_storage::firings::Firing;

use crate::rules::{Rule, Rules, Trigger};
use crate::{WorkflowError, Workflows};

/// What the rules that have a limit did of late, kept up to date while a batch is decided.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spent {
    /// When a rule last did something for a customer.
    last: HashMap<(String, Id), Timestamp>,
    /// How often a rule had done something in the twenty-four hours before the batch.
    before: HashMap<String, i64>,
    /// When it did since.
    since: HashMap<String, Vec<Timestamp>>,
}

impl Workflows {
    /// Looks how often the rules with a limit on a sort of event did something, and when for these customers.
    pub(crate) async fn spent(
        &self,
        on: Option<Trigger>,
        customers: &HashSet<Id>,
        now: Timestamp,
    ) -> Result<Spent, WorkflowError> {
        let (rules, mut spent) = (self.active_rules(), Spent::default());
        for rule in rules.rules.iter().filter(|rule| Some(rule.on) == on && rule.limit.is_some()) {
            if rule.limit.per_day.is_some() {
                let n = self.store.firings(&rule.name, now.plus(-DAY)).await?;
                spent.before.insert(rule.name.clone(), n);
            }
            if let Some(span) = rule.limit.per_customer {
                let since = now.plus(-span);
                let last = self.store.last_fired(&rule.name, customers.iter().copied(), since).await?;
                spent.last.extend(last.into_iter().map(|(id, at)| ((rule.name.clone(), id), at)));
            }
        }
        Ok(spent)
    }
}

impl Spent {
    fn in_a_day(&self, rule: &str, now: Timestamp) -> i64 {
        let since = self.since.get(rule).map_or(&[][..], Vec::as_slice);
        let of_late = since.iter().filter(|at| now.since(**at) < DAY).count() as i64;
        self.before.get(rule).copied().unwrap_or(0) + of_late
    }

    /// Returns the rules that may not do anything for a customer now.
    pub(crate) fn by(&self, rules: &Rules, customer: Option<Id>, now: Timestamp) -> Vec<String> {
        let over = |rule: &&Rule| {
            let last = customer.and_then(|id| self.last.get(&(rule.name.clone(), id)));
            let often = rule.limit.per_day.is_some_and(|max| self.in_a_day(&rule.name, now) >= max);
            let soon = rule.limit.per_customer.zip(last).is_some_and(|(span, last)| now.since(*last) < span);
            often || soon
        };
        let limited = rules.rules.iter().filter(|rule| rule.limit.is_some());
        limited.filter(over).map(|rule| rule.name.clone()).collect()
    }

    /// Returns what is to be noted of actions: once for each rule that has a limit, and whom `assign` gave
    /// the customer.
    pub(crate) fn note(
        &mut self,
        actions: &[Action],
        rules: &Rules,
        customer: Option<Id>,
        now: Timestamp,
    ) -> Vec<Firing> {
        let mut firings = Vec::new();
        for same in actions.chunk_by(|a, b| a.rule == b.rule) {
            let rule = &same[0].rule;
            let limited = rules.rule(rule).is_some_and(|rule| rule.limit.is_some());
            let given = same.iter().find_map(|action| match action.deed {
                Deed::Assign(to) => Some(to),
                _ => None,
            });
            if !limited && given.is_none() {
                continue;
            }
            self.since.entry(rule.clone()).or_default().push(now);
            self.last.extend(customer.map(|id| ((rule.clone(), id), now)));
            firings.push(Firing { rule: rule.clone(), customer, given, at: now });
        }
        firings
    }
}
