//! What a table holds, column by column, and which columns go together.

use serde::Serialize;

use crate::statistics::{
    Scaled, correlation, false_discovery, mean, n_outside, normal_two_sided, quantile, ranks, sorted,
};
use crate::table::{Table, Values, by_frequency};

/// Categories that are told.
const TOP_MAX: usize = 10;
/// Numeric columns that are compared pair by pair.
const CORRELATED_MAX: usize = 500;

/// What a column holds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Described {
    /// Its name.
    pub column: String,
    /// Rows with a value.
    pub n: usize,
    /// Rows without.
    pub n_missing: usize,
    /// How many different values there are.
    pub n_different: usize,
    /// Its values.
    #[serde(flatten)]
    pub values: Summary,
}

/// The values of a column in short.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum Summary {
    /// Nothing.
    Empty,
    /// Of numbers.
    Numbers {
        /// The mean.
        mean: f64,
        /// The standard deviation, with n - 1; 0 for one value.
        deviation: f64,
        /// The smallest.
        min: f64,
        /// A quarter is below.
        quarter: f64,
        /// Half are below.
        median: f64,
        /// Three quarters are below.
        three_quarters: f64,
        /// The largest.
        max: f64,
        /// How many lie more than 1.5 times the middle half's width outside of it (Tukey).
        n_far: usize,
    },
    /// Of categories.
    Categories {
        /// The ten most frequent with their numbers.
        top: Vec<(String, usize)>,
    },
}

/// Two columns that rise or fall together.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Correlated {
    /// One column.
    pub a: String,
    /// The other.
    pub b: String,
    /// Rows with a value in both.
    pub n: usize,
    /// On a line, -1 to 1 (Pearson).
    pub linear: f64,
    /// In order, -1 to 1 (Spearman).
    pub rank: f64,
    /// The share of false discoveries among pairs of ranks at least as alike.
    pub q: f64,
}

/// Returns what each column holds, in the order of the table.
#[must_use]
pub fn describe(table: &Table) -> Vec<Described> {
    table
        .columns
        .iter()
        .map(|column| {
            let n_missing = column.n_missing();
            let (n_different, values) = match &column.values {
                Values::Numbers(numbers) => of_numbers(numbers),
                Values::Categories { names, codes } => of_categories(names, codes),
            };
            Described {
                column: column.name.clone(),
                n: table.n_rows - n_missing,
                n_missing,
                n_different,
                values,
            }
        })
        .collect()
}

fn of_numbers(numbers: &[f64]) -> (usize, Summary) {
    let mut sorted = sorted(numbers.iter().copied());
    if sorted.is_empty() {
        return (0, Summary::Empty);
    }
    let n = sorted.len() as f64;
    let mean = mean(&sorted);
    let deviation = (sorted.iter().map(|x| (x - mean).powi(2) / (n - 1.0).max(1.0)).sum::<f64>()).sqrt();
    let [quarter, median, three_quarters] = [0.25, 0.5, 0.75].map(|share| quantile(&sorted, share));
    let n_far = n_outside(&sorted, 1.5);
    let (min, max) = (sorted[0], sorted[sorted.len() - 1]);
    sorted.dedup();
    (sorted.len(), Summary::Numbers { mean, deviation, min, quarter, median, three_quarters, max, n_far })
}

fn of_categories(names: &[String], codes: &[u32]) -> (usize, Summary) {
    let found = by_frequency(names, codes.iter().copied());
    if found.is_empty() {
        return (0, Summary::Empty);
    }
    let top = found.iter().take(TOP_MAX).map(|&(i, n)| (names[i].clone(), n)).collect();
    (found.len(), Summary::Categories { top })
}

/// Returns the pairs of numeric columns that go together more than by chance, at most `false_share_max` of
/// them by it; the most alike in order first. Of more than 500 columns the first are looked at.
#[must_use]
pub fn correlated(table: &Table, false_share_max: f64) -> Vec<Correlated> {
    let numeric: Vec<(&String, &[f64])> = table
        .columns
        .iter()
        .filter_map(|c| Some((&c.name, c.numbers().ok()?)))
        .take(CORRELATED_MAX)
        .collect();
    // Where nothing is missing a column and its ranks are the same for all its pairs.
    let whole: Vec<Option<(Scaled, Scaled)>> = numeric
        .iter()
        .map(|(_, v)| (!v.iter().any(|x| x.is_nan())).then(|| (Scaled::of(v), Scaled::of(&ranks(v).0))))
        .collect();
    let mut pairs = Vec::new();
    let mut chances = Vec::new();
    for (i, (a, of_a)) in numeric.iter().enumerate() {
        for (j, (b, of_b)) in numeric.iter().enumerate().skip(i + 1) {
            let (linear, rank, n) = match (&whole[i], &whole[j]) {
                (Some((a, ranks_a)), Some((b, ranks_b))) => {
                    (a.correlation(b), ranks_a.correlation(ranks_b), of_a.len())
                }
                _ => {
                    let both = of_a.iter().zip(*of_b).filter(|(x, y)| !x.is_nan() && !y.is_nan());
                    let (x, y): (Vec<f64>, Vec<f64>) = both.unzip();
                    (correlation(&x, &y), correlation(&ranks(&x).0, &ranks(&y).0), x.len())
                }
            };
            if n < 4 {
                continue;
            }
            // By Fisher's transformation; exact ties end in infinity, whose chance is 0.
            let z = rank.clamp(-1.0 + 1e-15, 1.0 - 1e-15).atanh() * ((n as f64 - 3.0) / 1.06).sqrt();
            chances.push(normal_two_sided(z));
            pairs.push(Correlated { a: (*a).clone(), b: (*b).clone(), n, linear, rank, q: 1.0 });
        }
    }
    for (pair, q) in pairs.iter_mut().zip(false_discovery(&chances)) {
        pair.q = q;
    }
    pairs.retain(|p| p.q <= false_share_max);
    pairs.sort_by(|x, y| y.rank.abs().total_cmp(&x.rank.abs()).then_with(|| (&x.a, &x.b).cmp(&(&y.a, &y.b))));
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{ReadOptions, read};

    fn table(text: &str) -> Table {
        read(text.as_bytes(), &ReadOptions::default()).unwrap()
    }

    #[test]
    fn columns_are_described() {
        let found = describe(&table("n,c,e\n1,a,\n2,b,\n3,a,\n,a,\n100,,\n"));
        assert_eq!((found[0].n, found[0].n_missing, found[0].n_different), (4, 1, 4));
        let Summary::Numbers { mean, deviation, min, quarter, median, three_quarters, max, n_far } =
            found[0].values
        else {
            panic!("{found:?}")
        };
        assert_eq!((mean, min, quarter, median, three_quarters, max), (26.5, 1.0, 1.75, 2.5, 27.25, 100.0));
        assert!((deviation - 49.006_802_249_196_6).abs() < 1e-9);
        assert_eq!(n_far, 1);
        let top = vec![("a".to_owned(), 3), ("b".to_owned(), 1)];
        assert_eq!(found[1].values, Summary::Categories { top });
        assert_eq!(found[2].values, Summary::Empty);
    }

    #[test]
    fn strange_columns_have_finite_figures() {
        for text in ["x\n5\n", "x\n1e300\n-1e300\ninf\n", "x\n1\n1\n1\n"] {
            let found = serde_json::to_string(&describe(&table(text))).unwrap();
            assert!(!found.contains("null"), "{found}");
        }
    }

    #[test]
    fn what_goes_together_is_told_and_chance_is_not() {
        let row = |i: usize| {
            let gap = if i.is_multiple_of(10) { String::new() } else { (i * i).to_string() };
            format!("{i},{gap},{},{}\n", (i * 7919) % 101, 1_000 - i)
        };
        let t = table(&("a,square,chance,down\n".to_owned() + &(1..=100).map(row).collect::<String>()));
        let found = correlated(&t, 0.05);
        let mut pairs: Vec<(&str, &str, i64)> =
            found.iter().map(|p| (p.a.as_str(), p.b.as_str(), (p.rank * 100.0).round() as i64)).collect();
        pairs.sort_unstable();
        assert_eq!(pairs, [("a", "down", -100), ("a", "square", 100), ("square", "down", -100)]);
        let square = found.iter().find(|p| p.a == "a" && p.b == "square").unwrap();
        assert_eq!(square.n, 90);
        assert!(square.linear > 0.9 && square.linear < 1.0);
        assert!(correlated(&table("a,b\n1,1\n2,2\n3,3\n"), 0.05).is_empty());
    }
}
