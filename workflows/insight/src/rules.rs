//! What comes together more often than by chance: association rules.
//!
//! Sets that are frequent are found by Eclat (Zaki 2000): each thing keeps the rows it is in as bits, and a
//! set's rows are what its things have in common.

use std::collections::HashMap;

use serde::Serialize;

use crate::InsightError;
use crate::statistics::{false_discovery, fisher_greater, quantile, sorted};
use crate::table::{MISSING, Table, Values};

/// Frequent sets at most; more of them say nothing to anybody and fill the memory.
const SETS_MAX: usize = 500_000;
/// Words of 64 rows at most: 1 GB.
const WORDS_MAX: usize = 1 << 27;

/// Rows as sets of things.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Baskets {
    /// What the things are called.
    pub things: Vec<String>,
    /// The things of each row, ascending, each once.
    pub rows: Vec<Vec<u32>>,
}

/// Which rules are wanted.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The least share of rows that a rule holds in.
    pub support_min: f64,
    /// The least share of rows with its conditions in which the rule is right.
    pub confidence_min: f64,
    /// How much more often at least than by chance.
    pub lift_min: f64,
    /// The most things in a rule.
    pub things_max: usize,
    /// The share of false discoveries to put up with.
    pub false_share_max: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self { support_min: 0.01, confidence_min: 0.3, lift_min: 1.2, things_max: 4, false_share_max: 0.05 }
    }
}

/// A rule: rows with `when` have `then`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rule {
    /// The conditions.
    pub when: Vec<String>,
    /// What follows.
    pub then: String,
    /// Rows in which it holds.
    pub n: usize,
    /// Their share in all rows.
    pub support: f64,
    /// The share of rows with the conditions in which it holds.
    pub confidence: f64,
    /// How many times more often than among all rows.
    pub lift: f64,
    /// The chance of such a coincidence (Fisher's exact test).
    pub p: f64,
    /// The share of false discoveries among rules at least as unlikely (Benjamini and Hochberg).
    pub q: f64,
}

impl Baskets {
    /// Makes a set of each row of a table: `plan = basic` for a category; the column's name for a number
    /// that is 0 or 1 everywhere and 1 here; `age low`, `age middle` or `age high` by thirds for others.
    #[must_use]
    pub fn of_table(table: &Table) -> Self {
        let mut this = Self { things: Vec::new(), rows: vec![Vec::new(); table.n_rows] };
        for column in &table.columns {
            let first = this.things.len() as u32;
            match &column.values {
                Values::Categories { names, codes } => {
                    this.things.extend(names.iter().map(|name| format!("{} = {name}", column.name)));
                    for (row, code) in this.rows.iter_mut().zip(codes).filter(|(_, c)| **c != MISSING) {
                        row.push(first + code);
                    }
                }
                Values::Numbers(numbers) => {
                    let sorted = sorted(numbers.iter().copied());
                    if sorted.is_empty() || sorted[0] == sorted[sorted.len() - 1] {
                        continue;
                    }
                    if sorted.iter().all(|x| *x == 0.0 || *x == 1.0) {
                        this.things.push(column.name.clone());
                        for (row, _) in this.rows.iter_mut().zip(numbers).filter(|(_, x)| **x == 1.0) {
                            row.push(first);
                        }
                        continue;
                    }
                    let (low, high) = (quantile(&sorted, 1.0 / 3.0), quantile(&sorted, 2.0 / 3.0));
                    this.things
                        .extend(["low", "middle", "high"].map(|part| format!("{} {part}", column.name)));
                    for (row, x) in this.rows.iter_mut().zip(numbers).filter(|(_, x)| !x.is_nan()) {
                        row.push(first + u32::from(*x > low) + u32::from(*x > high));
                    }
                }
            }
        }
        this
    }

    /// Makes a set of all rows that have the same value in the column `basket`: the things in their column
    /// `thing`.
    ///
    /// # Errors
    /// A column is not there, or `thing` holds numbers.
    pub fn of_lines(table: &Table, basket: &str, thing: &str) -> Result<Self, InsightError> {
        let key: Vec<Option<u64>> = match &table.column(basket)?.values {
            Values::Numbers(v) => v.iter().map(|x| (!x.is_nan()).then(|| (x + 0.0).to_bits())).collect(),
            Values::Categories { codes, .. } => {
                codes.iter().map(|c| (*c != MISSING).then(|| u64::from(*c))).collect()
            }
        };
        let Values::Categories { names, codes } = &table.column(thing)?.values else {
            return Err(InsightError::Column {
                name: thing.into(),
                problem: "is to be read as categories".into(),
            });
        };
        let mut place: HashMap<u64, usize> = HashMap::new();
        let mut this = Self { things: names.clone(), rows: Vec::new() };
        for (key, code) in key.into_iter().zip(codes) {
            let Some(key) = key.filter(|_| *code != MISSING) else { continue };
            let at = *place.entry(key).or_insert(this.rows.len());
            if at == this.rows.len() {
                this.rows.push(Vec::new());
            }
            this.rows[at].push(*code);
        }
        for row in &mut this.rows {
            row.sort_unstable();
            row.dedup();
        }
        Ok(this)
    }
}

/// Returns the sets of up to `things_max` things that are together in at least `n_min` rows, with that number.
/// Each set is ascending.
///
/// # Errors
/// There are more than half a million.
fn frequent(
    baskets: &Baskets,
    n_min: usize,
    things_max: usize,
) -> Result<Vec<(Vec<u32>, usize)>, InsightError> {
    let n_min = n_min.max(1);
    let n_words = baskets.rows.len().div_ceil(64);
    let mut counts = vec![0_usize; baskets.things.len()];
    baskets.rows.iter().flatten().for_each(|thing| counts[*thing as usize] += 1);
    let n_frequent = counts.iter().filter(|n| **n >= n_min).count();
    if n_frequent.saturating_mul(n_words) > WORDS_MAX {
        return Err(InsightError::TooLarge {
            found: n_frequent as u64,
            unit: "frequent things in as many rows",
            max: (WORDS_MAX / n_words.max(1)) as u64,
            advice: "ask for a higher support, or ignore columns",
        });
    }
    let mut bits: HashMap<u32, Vec<u64>> = HashMap::new();
    for (row, things) in baskets.rows.iter().enumerate() {
        for thing in things.iter().filter(|t| counts[**t as usize] >= n_min) {
            bits.entry(*thing).or_insert_with(|| vec![0; n_words])[row / 64] |= 1 << (row % 64);
        }
    }
    let mut singles: Vec<Grown> =
        bits.into_iter().map(|(thing, rows)| (thing, rows, counts[thing as usize])).collect();
    singles.sort_by_key(|(thing, ..)| *thing);
    let mut found = Vec::new();
    grow(&[], &singles, n_min, things_max, &mut found)?;
    Ok(found)
}

type Grown = (u32, Vec<u64>, usize);

/// Adds each of `class`, which all extend `prefix`, and what they make together.
fn grow(
    prefix: &[u32],
    class: &[Grown],
    n_min: usize,
    things_max: usize,
    found: &mut Vec<(Vec<u32>, usize)>,
) -> Result<(), InsightError> {
    for (i, (thing, rows, n)) in class.iter().enumerate() {
        let mut set = prefix.to_vec();
        set.push(*thing);
        if found.len() == SETS_MAX {
            return Err(InsightError::TooLarge {
                found: SETS_MAX as u64 + 1,
                unit: "frequent sets",
                max: SETS_MAX as u64,
                advice: "ask for a higher support, or ignore columns",
            });
        }
        found.push((set.clone(), *n));
        if set.len() == things_max {
            continue;
        }
        let mut next = Vec::new();
        for (other, others, _) in &class[i + 1..] {
            let both: Vec<u64> = rows.iter().zip(others).map(|(a, b)| a & b).collect();
            let n = both.iter().map(|w| w.count_ones() as usize).sum();
            if n >= n_min {
                next.push((*other, both, n));
            }
        }
        grow(&set, &next, n_min, things_max, found)?;
    }
    Ok(())
}

/// Returns the rules that hold, those with the highest lift first. A rule is left out if one with fewer
/// conditions is as often right.
///
/// # Errors
/// There is no row, an option is out of its range, or there are too many frequent sets.
pub fn rules(baskets: &Baskets, options: &Options) -> Result<Vec<Rule>, InsightError> {
    let n_rows = baskets.rows.len();
    if n_rows == 0 {
        return Err(InsightError::Empty);
    }
    for (name, share) in [
        ("the support", options.support_min),
        ("the confidence", options.confidence_min),
        ("the share of false discoveries", options.false_share_max),
    ] {
        if !(share > 0.0 && share <= 1.0) {
            return Err(InsightError::Setting {
                name,
                value: share.to_string(),
                range: "write a share above 0, up to 1",
            });
        }
    }
    if !(2..=8).contains(&options.things_max) {
        let value = options.things_max.to_string();
        return Err(InsightError::Setting { name: "the number of things", value, range: "write 2 to 8" });
    }
    // Two rows that have something in common are no rule.
    let n_min = ((options.support_min * n_rows as f64).ceil() as usize).max(2);
    let sets = frequent(baskets, n_min, options.things_max)?;
    let counts: HashMap<&[u32], usize> = sets.iter().map(|(set, n)| (set.as_slice(), *n)).collect();
    let without = |set: &[u32], at: usize| -> Vec<u32> {
        set.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, t)| *t).collect()
    };
    let mut candidates = Vec::new();
    for (set, n) in sets.iter().filter(|(set, _)| set.len() > 1) {
        for (at, then) in set.iter().enumerate() {
            let when = without(set, at);
            let (n_when, n_then) = (counts[when.as_slice()], counts[[*then].as_slice()]);
            let p = fisher_greater(*n, n_when, n_then, n_rows);
            candidates.push((when, *then, *n, n_when, n_then, p));
        }
    }
    // Every rule that could have been told is a test, told or not.
    let q = false_discovery(&candidates.iter().map(|c| c.5).collect::<Vec<_>>());
    let confidence = |n: usize, n_when: usize| n as f64 / n_when as f64;
    let mut told = Vec::new();
    for ((when, then, n, n_when, n_then, p), q) in candidates.into_iter().zip(q) {
        let right = confidence(n, n_when);
        let lift = right * n_rows as f64 / n_then as f64;
        if right < options.confidence_min || lift < options.lift_min || q > options.false_share_max {
            continue;
        }
        let shorter_is_as_good = when.len() > 1
            && (0..when.len()).any(|at| {
                let fewer = without(&when, at);
                let mut set = fewer.clone();
                set.push(then);
                set.sort_unstable();
                confidence(counts[set.as_slice()], counts[fewer.as_slice()]) >= right
            });
        if shorter_is_as_good {
            continue;
        }
        let name = |thing: u32| baskets.things[thing as usize].clone();
        told.push(Rule {
            when: when.into_iter().map(name).collect(),
            then: name(then),
            n,
            support: n as f64 / n_rows as f64,
            confidence: right,
            lift,
            p,
            q,
        });
    }
    told.sort_by(|a, b| {
        b.lift
            .total_cmp(&a.lift)
            .then(b.n.cmp(&a.n))
            .then_with(|| (&a.when, &a.then).cmp(&(&b.when, &b.then)))
    });
    Ok(told)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::table::{ReadOptions, read};

    fn table(text: &str) -> Table {
        read(text.as_bytes(), &ReadOptions::default()).unwrap()
    }

    /// Counts every set of up to `things_max` of eight things by looking at every row.
    fn counted(rows: &[Vec<u32>], n_min: usize, things_max: usize) -> Vec<(Vec<u32>, usize)> {
        let mut all = Vec::new();
        for mask in 1_u32..256 {
            let set: Vec<u32> = (0..8).filter(|t| mask >> t & 1 == 1).collect();
            let n = rows.iter().filter(|row| set.iter().all(|t| row.contains(t))).count();
            if set.len() <= things_max && n >= n_min.max(1) {
                all.push((set, n));
            }
        }
        all.sort();
        all
    }

    proptest! {
        #[test]
        fn eclat_counts_what_looking_at_every_row_counts(
            rows in prop::collection::vec(prop::collection::btree_set(0_u32..8, 0..8), 0..150),
            n_min in 0_usize..12,
            things_max in 1_usize..6,
        ) {
            let rows: Vec<Vec<u32>> = rows.into_iter().map(|r| r.into_iter().collect()).collect();
            let baskets = Baskets { things: (0..8).map(|t| format!("t{t}")).collect(), rows: rows.clone() };
            let mut found = frequent(&baskets, n_min, things_max).unwrap();
            found.sort();
            prop_assert_eq!(found, counted(&rows, n_min, things_max));
        }
    }

    #[test]
    fn a_habit_is_told_with_its_figures() {
        // Bread in half the rows, butter in half of those and rarely else, salt at random.
        let row = |i: usize| {
            let bread = u8::from(i.is_multiple_of(2));
            let butter = u8::from(i.is_multiple_of(4) || i % 50 == 1);
            format!("{bread},{butter},{}\n", u8::from(i % 7 < 3))
        };
        let text = "bread,butter,salt\n".to_owned() + &(0..400).map(row).collect::<String>();
        let found = rules(&Baskets::of_table(&table(&text)), &Options::default()).unwrap();
        let rule = found.iter().find(|r| r.then == "bread").unwrap();
        assert_eq!((rule.when.as_slice(), rule.n), (["butter".to_owned()].as_slice(), 100));
        assert!((rule.support - 0.25).abs() < 1e-12 && (rule.confidence - 100.0 / 108.0).abs() < 1e-12);
        assert!((rule.lift - 2.0 * 100.0 / 108.0).abs() < 1e-12 && rule.q < 1e-20);
        assert!(found.iter().all(|r| r.then != "salt" && !r.when.contains(&"salt".to_owned())), "{found:?}");
    }

    #[test]
    fn chance_makes_no_rules() {
        let mut random = crate::random::seeded(1);
        let row = |_| {
            (0..12)
                .map(|_| if rand::Rng::gen_bool(&mut random, 0.4) { "1" } else { "0" })
                .collect::<Vec<_>>()
                .join(",")
                + "\n"
        };
        let header = (0..12).map(|j| format!("c{j}")).collect::<Vec<_>>().join(",") + "\n";
        let text = header + &(0..500).map(row).collect::<String>();
        let options = Options { lift_min: 1.0, ..Options::default() };
        assert_eq!(rules(&Baskets::of_table(&table(&text)), &options).unwrap(), []);
    }

    #[test]
    fn things_of_one_basket_may_stand_on_many_lines() {
        let t = table("bill,what\n1,tea\n1,milk\n2,tea\n1,tea\n2,\n,milk\n");
        let baskets = Baskets::of_lines(&t, "bill", "what").unwrap();
        assert_eq!(baskets.rows, [vec![0, 1], vec![0]]);
        assert!(Baskets::of_lines(&t, "what", "bill").unwrap_err().to_string().contains("categories"));
    }

    #[test]
    fn numbers_are_cut_in_thirds_and_gaps_are_nothing() {
        let baskets = Baskets::of_table(&table("age,one\n10,5\n20,5\n,5\n30,5\n"));
        assert_eq!(baskets.things, ["age low", "age middle", "age high"]);
        assert_eq!(baskets.rows, [vec![0], vec![1], vec![], vec![2]]);
    }

    #[test]
    fn what_cannot_be_asked_is_refused() {
        let baskets = Baskets { things: vec![], rows: vec![vec![]] };
        for options in [
            Options { support_min: 0.0, ..Options::default() },
            Options { confidence_min: 1.5, ..Options::default() },
            Options { false_share_max: f64::NAN, ..Options::default() },
            Options { things_max: 1, ..Options::default() },
        ] {
            assert!(matches!(rules(&baskets, &options), Err(InsightError::Setting { .. })));
        }
        assert_eq!(rules(&Baskets::default(), &Options::default()), Err(InsightError::Empty));
        assert_eq!(rules(&baskets, &Options::default()), Ok(vec![]));
        let same =
            Baskets { things: (0..40).map(|t| t.to_string()).collect(), rows: vec![(0..40).collect(); 10] };
        let e = frequent(&same, 2, 8).unwrap_err().to_string();
        assert!(e.contains("ask for a higher support"), "{e}");
    }
}
