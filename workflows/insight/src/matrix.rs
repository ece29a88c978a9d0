use ndarray::Array2;

use crate::InsightError;
use crate::statistics::middle;
use crate::table::{Column, MISSING, Table, Values, are_identifiers, by_frequency};

/// Categories of a column that become features of their own; rarer ones share one.
const LEVELS_MAX: usize = 50;
/// The most numbers in a matrix: 2 GB.
const NUMBERS_MAX: usize = 1 << 28;

/// Whether features are put on one scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scaling {
    /// As they are.
    None,
    /// Numbers with mean 0 and standard deviation 1; categories stay 0 and 1.
    Standard,
}

/// How a table becomes a matrix, learnt from one table and applied to it or to another: gaps in numbers are
/// filled by the median, categories become columns of 0 and 1, constants and identifiers are left out.
#[derive(Clone, Debug)]
pub struct Preparation {
    inputs: Vec<Input>,
    /// What was left out and filled, for people: one sentence each.
    pub notes: Vec<String>,
}

#[derive(Clone, Debug)]
struct Input {
    column: String,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Number {
        fill: f64,
        mean: f64,
        spread: f64,
    },
    /// One column for each level, then one for the others, then one for missing; only the second of two
    /// levels that say all.
    Category {
        levels: Vec<String>,
        others: bool,
        missing: bool,
    },
}

impl Preparation {
    /// Learns from a table.
    ///
    /// # Errors
    /// No column is left, or the matrix would hold more than 2 GB.
    pub fn fit(table: &Table, scaling: Scaling) -> Result<Self, InsightError> {
        let mut notes = Vec::new();
        let mut inputs = Vec::new();
        for column in &table.columns {
            match kind(column, scaling) {
                Ok(kind) => inputs.push(Input { column: column.name.clone(), kind }),
                Err(why) => notes.push(format!("column {:?} is left out: {why}", column.name)),
            }
            let n_missing = column.n_missing();
            if n_missing > 0 && inputs.last().is_some_and(|i| i.column == column.name) {
                let filled = match column.values {
                    Values::Numbers(_) => "filled by the median",
                    Values::Categories { .. } => "a category of their own",
                };
                notes.push(format!("column {:?}: {n_missing} gaps, {filled}", column.name));
            }
        }
        if inputs.is_empty() {
            let why = if notes.is_empty() { "there is none".into() } else { notes.join("; ") };
            return Err(InsightError::NoFeatures { why });
        }
        let this = Self { inputs, notes };
        let n = table.n_rows.saturating_mul(this.n_features());
        if n > NUMBERS_MAX {
            return Err(InsightError::TooLarge {
                found: n as u64,
                unit: "numbers once categories are columns",
                max: NUMBERS_MAX as u64,
                advice: "take a sample of its rows, or ignore columns",
            });
        }
        Ok(this)
    }

    /// Returns the matrix: a row for each row of the table, a column for each of [`Self::names`], all finite.
    ///
    /// # Errors
    /// A column that was learnt from is not there, or of another type.
    pub fn apply(&self, table: &Table) -> Result<Array2<f64>, InsightError> {
        let mut matrix = Array2::zeros((table.n_rows, self.n_features()));
        let mut at = 0;
        for input in &self.inputs {
            let column = table.column(&input.column)?;
            match (&input.kind, &column.values) {
                (Kind::Number { fill, mean, spread }, Values::Numbers(numbers)) => {
                    for (to, x) in matrix.column_mut(at).iter_mut().zip(numbers) {
                        *to = (if x.is_nan() { *fill } else { *x } - mean) / spread;
                    }
                }
                (Kind::Category { levels, others, missing }, Values::Categories { names, codes }) => {
                    let place = |name: &String| levels.iter().position(|l| l == name);
                    let places: Vec<Option<usize>> = names.iter().map(place).collect();
                    let binary = is_binary(levels, *others, *missing);
                    for (row, &code) in codes.iter().enumerate() {
                        let place = match code {
                            MISSING => missing.then_some(levels.len() + usize::from(*others)),
                            code => places[code as usize].or(others.then_some(levels.len())),
                        };
                        match place {
                            Some(1) if binary => matrix[[row, at]] = 1.0,
                            Some(place) if !binary => matrix[[row, at + place]] = 1.0,
                            _ => {}
                        }
                    }
                }
                (Kind::Number { .. }, _) => {
                    column.numbers()?;
                }
                (Kind::Category { .. }, _) => {
                    return Err(InsightError::Column {
                        name: input.column.clone(),
                        problem: "holds numbers, and texts were learnt from".into(),
                    });
                }
            }
            at += input.n_features();
        }
        Ok(matrix)
    }

    /// Returns what the columns of the matrix are: `tenure`, or `plan = basic`.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let mut names = Vec::with_capacity(self.n_features());
        for Input { column, kind } in &self.inputs {
            match kind {
                Kind::Number { .. } => names.push(column.clone()),
                Kind::Category { levels, others, missing } if is_binary(levels, *others, *missing) => {
                    names.push(format!("{column} = {}", levels[1]));
                }
                Kind::Category { levels, others, missing } => {
                    names.extend(levels.iter().map(|level| format!("{column} = {level}")));
                    names.extend(others.then(|| format!("{column} = (others)")));
                    names.extend(missing.then(|| format!("{column} = (missing)")));
                }
            }
        }
        names
    }

    fn n_features(&self) -> usize {
        self.inputs.iter().map(Input::n_features).sum()
    }
}

impl Input {
    fn n_features(&self) -> usize {
        match &self.kind {
            Kind::Category { levels, others, missing } if !is_binary(levels, *others, *missing) => {
                levels.len() + usize::from(*others) + usize::from(*missing)
            }
            _ => 1,
        }
    }
}

fn is_binary(levels: &[String], others: bool, missing: bool) -> bool {
    levels.len() == 2 && !others && !missing
}

/// Learns from one column; the error says why it is of no use.
fn kind(column: &Column, scaling: Scaling) -> Result<Kind, String> {
    match &column.values {
        Values::Numbers(numbers) => {
            let mut present: Vec<f64> = numbers.iter().copied().filter(|x| !x.is_nan()).collect();
            if present.is_empty() {
                return Err("it has no values".into());
            }
            let fill = middle(&mut present);
            if present.iter().all(|x| *x == fill) {
                return Err("it is constant".into());
            }
            let (mean, spread) = match scaling {
                Scaling::None => (0.0, 1.0),
                Scaling::Standard => mean_and_spread(numbers, fill),
            };
            Ok(Kind::Number { fill, mean, spread })
        }
        Values::Categories { names, codes } => {
            let found = by_frequency(names, codes.iter().copied());
            let n_present: usize = found.iter().map(|(_, n)| n).sum();
            let missing = n_present < codes.len();
            if found.is_empty() {
                return Err("it has no values".into());
            }
            if found.len() == 1 && !missing {
                return Err("it is constant".into());
            }
            if are_identifiers(found.len(), n_present) {
                return Err("nearly every row has a text of its own".into());
            }
            let others = found.len() > LEVELS_MAX;
            let levels = found.iter().take(LEVELS_MAX).map(|(i, _)| names[*i].clone()).collect();
            Ok(Kind::Category { levels, others, missing })
        }
    }
}

/// Returns mean and standard deviation with gaps filled; the deviation is 1 where it would vanish.
fn mean_and_spread(numbers: &[f64], fill: f64) -> (f64, f64) {
    let filled = || numbers.iter().map(|x| if x.is_nan() { fill } else { *x });
    let n = numbers.len() as f64;
    let mean = filled().map(|x| x / n).sum::<f64>();
    let spread = (filled().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt();
    (mean, if spread > 0.0 { spread } else { 1.0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{ReadOptions, read};

    fn table(text: &str) -> Table {
        read(text.as_bytes(), &ReadOptions::default()).unwrap()
    }

    #[test]
    fn gaps_are_filled_and_categories_become_columns() {
        let t = table("n,plan,vip\n1,a,yes\n,b,no\n3,,no\n2,a,no\n");
        let p = Preparation::fit(&t, Scaling::None).unwrap();
        assert_eq!(p.names(), ["n", "plan = a", "plan = b", "plan = (missing)", "vip = yes"]);
        let m = p.apply(&t).unwrap();
        let expected = ndarray::array![
            [1.0, 1.0, 0.0, 0.0, 1.0],
            [2.0, 0.0, 1.0, 0.0, 0.0],
            [3.0, 0.0, 0.0, 1.0, 0.0],
            [2.0, 1.0, 0.0, 0.0, 0.0]
        ];
        assert_eq!(m, expected);
    }

    #[test]
    fn what_says_nothing_is_left_out() {
        let rows: String = (0..50).map(|i| format!("id{i},5,,{i}\n")).collect();
        let p = Preparation::fit(&table(&format!("id,c,e,x\n{rows}")), Scaling::Standard).unwrap();
        assert_eq!(p.names(), ["x"]);
        assert_eq!(p.notes.len(), 3);
        let e = Preparation::fit(&table("c\n5\n5\n"), Scaling::Standard).unwrap_err();
        assert!(e.to_string().contains("constant"), "{e}");
    }

    #[test]
    fn ten_thousand_categories_become_fifty_and_the_others() {
        let rows: String = (0..30_000).map(|i| format!("c{}\n", i % 10_000)).collect();
        let p = Preparation::fit(&table(&format!("c\n{rows}")), Scaling::Standard).unwrap();
        assert_eq!(p.names().len(), LEVELS_MAX + 1);
    }

    #[test]
    fn huge_numbers_scale_to_finite_ones() {
        let t = table("x\n1e300\n-1e300\n1e300\n0\n1\n");
        let m = Preparation::fit(&t, Scaling::Standard).unwrap().apply(&t).unwrap();
        assert!(m.iter().all(|x| x.is_finite()), "{m}");
        assert!((m.column(0).sum()).abs() < 1e-9);
    }

    #[test]
    fn a_category_never_seen_is_all_zero_or_among_the_others() {
        let p = Preparation::fit(&table("p\na\nb\nc\na\n"), Scaling::None).unwrap();
        let m = p.apply(&table("p\nzz\nc\n")).unwrap();
        assert_eq!(m, ndarray::array![[0.0, 0.0, 0.0], [0.0, 0.0, 1.0]]);
    }
}
