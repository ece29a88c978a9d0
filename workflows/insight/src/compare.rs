//! In what groups of rows differ.

use serde::Serialize;

use crate::InsightError;
use crate::statistics::{chi_square_tail, false_discovery, mean, quantile, ranks, sorted};
use crate::table::{Column, MISSING, Table, Values, are_identifiers, by_frequency};

/// Groups at most.
const GROUPS_MAX: usize = 50;
/// Categories of a column that are compared; rarer ones together.
const LEVELS_MAX: usize = 100;

/// How groups differ in one column.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Compared {
    /// The column.
    pub column: String,
    /// The test: `mann_whitney` for numbers of two groups, `kruskal_wallis` of more, `chi_square` for
    /// categories.
    pub test: &'static str,
    /// The chance that groups which do not differ look as different.
    pub p: f64,
    /// The share of false discoveries among columns at least as different (Benjamini and Hochberg).
    pub q: f64,
    /// How much they differ, 0 to 1: for numbers of two groups, how far the chance that a row of one is higher
    /// than a row of the other is from a half, doubled; of more groups the share of rank variance between
    /// them; for categories Cramér's V.
    pub effect: f64,
    /// Each group.
    pub groups: Vec<Group>,
}

/// One group in one column.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Rows with a value.
    pub n: usize,
    /// The median of numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub median: Option<f64>,
    /// The mean of numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean: Option<f64>,
    /// The category that sets the group apart most from all rows, with its share here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub typical: Option<(String, f64)>,
}

/// Compares the groups that the column `by` makes in every other column, the most different first. Columns
/// that are constant or empty, or that have a text of its own in nearly every row, are left out.
///
/// # Errors
/// The column is not there or holds numbers, or has not between 2 and 50 groups.
pub fn compare(table: &Table, by: &str) -> Result<Vec<Compared>, InsightError> {
    let column = table.column(by)?;
    let wrong = |problem: String| Err(InsightError::Column { name: by.into(), problem });
    let Values::Categories { names, codes } = &column.values else {
        return wrong("was read as numbers; groups are to be read as categories".into());
    };
    if !(2..=GROUPS_MAX).contains(&names.len()) {
        return wrong(format!("makes {} groups, and 2 to {GROUPS_MAX} can be compared", names.len()));
    }
    let others = table.columns.iter().filter(|c| c.name != by);
    let mut all: Vec<Compared> = others.filter_map(|other| one(other, names, codes)).collect();
    let q = false_discovery(&all.iter().map(|c| c.p).collect::<Vec<_>>());
    all.iter_mut().zip(q).for_each(|(c, q)| c.q = q);
    all.sort_by(|a, b| {
        a.q.total_cmp(&b.q).then(b.effect.total_cmp(&a.effect)).then_with(|| a.column.cmp(&b.column))
    });
    Ok(all)
}

fn one(column: &Column, names: &[String], of_row: &[u32]) -> Option<Compared> {
    match &column.values {
        Values::Numbers(numbers) => of_numbers(&column.name, numbers, names, of_row),
        Values::Categories { names: levels, codes } => {
            of_categories(&column.name, levels, codes, names, of_row)
        }
    }
}

fn of_numbers(column: &str, numbers: &[f64], names: &[String], of_row: &[u32]) -> Option<Compared> {
    let known = numbers.iter().zip(of_row).filter(|(x, g)| !x.is_nan() && **g != MISSING);
    let (values, groups): (Vec<f64>, Vec<usize>) = known.map(|(x, g)| (*x, *g as usize)).unzip();
    let (ranks, ties) = ranks(&values);
    let n = values.len() as f64;
    let mut sums = vec![(0.0, 0.0); names.len()];
    for (rank, group) in ranks.iter().zip(&groups) {
        sums[*group].0 += rank;
        sums[*group].1 += 1.0;
    }
    let present: Vec<(f64, f64)> = sums.into_iter().filter(|(_, n)| *n > 0.0).collect();
    // What ties leave of the variance of ranks; none if all are equal.
    let untied = 1.0 - ties / (n * n * n - n);
    if present.len() < 2 || n < 3.0 || untied <= 0.0 {
        return None;
    }
    let between: f64 = present.iter().map(|(sum, n)| sum * sum / n).sum();
    // For two groups this is the square of Mann and Whitney's z without its correction for continuity.
    let h = ((12.0 / (n * (n + 1.0))) * between - 3.0 * (n + 1.0)) / untied;
    let p = chi_square_tail(h.max(0.0), present.len() as f64 - 1.0);
    let (test, effect) = if present.len() == 2 {
        let (sum, first) = present[0];
        let higher = (sum - first * (first + 1.0) / 2.0) / (first * present[1].1);
        ("mann_whitney", (2.0 * higher - 1.0).abs())
    } else {
        ("kruskal_wallis", (h / (n - 1.0)).clamp(0.0, 1.0))
    };
    let of_group = |group: usize| {
        let of = sorted(values.iter().zip(&groups).filter(|(_, g)| **g == group).map(|(x, _)| *x));
        let n = of.len();
        let median = (n > 0).then(|| quantile(&of, 0.5));
        let mean = (n > 0).then(|| mean(&of));
        Group { name: names[group].clone(), n, median, mean, typical: None }
    };
    let groups = (0..names.len()).map(of_group).collect();
    Some(Compared { column: column.into(), test, p, q: p, effect, groups })
}

fn of_categories(
    column: &str,
    levels: &[String],
    codes: &[u32],
    names: &[String],
    of_row: &[u32],
) -> Option<Compared> {
    let known = || codes.iter().zip(of_row).filter(|(c, g)| **c != MISSING && **g != MISSING);
    let found = by_frequency(levels, known().map(|(c, _)| *c));
    let n: usize = found.iter().map(|(_, n)| n).sum();
    if found.len() < 2 || are_identifiers(found.len(), n) {
        return None;
    }
    let order: Vec<usize> = found.into_iter().map(|(level, _)| level).collect();
    let mut place = vec![LEVELS_MAX; levels.len()];
    order.iter().take(LEVELS_MAX).enumerate().for_each(|(to, &from)| place[from] = to);
    let n_levels = order.len().min(LEVELS_MAX + 1);
    let mut counts = vec![vec![0.0_f64; n_levels]; names.len()];
    known().for_each(|(c, g)| counts[*g as usize][place[*c as usize]] += 1.0);
    let of_level: Vec<f64> = (0..n_levels).map(|l| counts.iter().map(|g| g[l]).sum()).collect();
    let n = n as f64;
    let mut statistic = 0.0;
    let mut n_groups = 0.0;
    for group in &counts {
        let size: f64 = group.iter().sum();
        if size == 0.0 {
            continue;
        }
        n_groups += 1.0;
        for (count, level) in group.iter().zip(&of_level) {
            let expected = size * level / n;
            statistic += (count - expected).powi(2) / expected;
        }
    }
    if n_groups < 2.0 {
        return None;
    }
    let p = chi_square_tail(statistic, (n_groups - 1.0) * (n_levels as f64 - 1.0));
    let effect = (statistic / (n * (n_groups.min(n_levels as f64) - 1.0))).sqrt().clamp(0.0, 1.0);
    let of_group = |(name, counts): (&String, &Vec<f64>)| {
        let size: f64 = counts.iter().sum();
        let apart = |l: usize| counts[l] / size - of_level[l] / n;
        let most = (0..n_levels.min(LEVELS_MAX)).max_by(|&a, &b| apart(a).total_cmp(&apart(b)));
        let typical = most.filter(|_| size > 0.0).map(|l| (levels[order[l]].clone(), counts[l] / size));
        Group { name: name.clone(), n: size as usize, median: None, mean: None, typical }
    };
    let groups = names.iter().zip(&counts).map(of_group).collect();
    Some(Compared { column: column.into(), test: "chi_square", p, q: p, effect, groups })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{ReadOptions, read};

    fn table(text: &str) -> Table {
        read(text.as_bytes(), &ReadOptions { categories: vec!["g".into()], ..Default::default() }).unwrap()
    }

    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9, "{found}, expected {expected}");
    }

    #[test]
    fn tests_give_the_figures_of_the_textbooks() {
        // From scipy.stats: mannwhitneyu(method="asymptotic", use_continuity=False), kruskal, and
        // chi2_contingency(correction=False).
        let t = table("g,x,c\na,1,u\na,2,u\na,2,u\na,4,v\nb,3,v\nb,5,v\nb,6,v\nb,2,u\n");
        let found = compare(&t, "g").unwrap();
        let of = |name: &str| found.iter().find(|c| c.column == name).unwrap();
        assert_eq!(of("x").test, "mann_whitney");
        near(of("x").p, MANN_WHITNEY);
        near(of("x").effect, 0.625);
        assert_eq!(of("x").groups[0].median, Some(2.0));
        assert_eq!(of("c").test, "chi_square");
        near(of("c").p, CHI_SQUARE);
        near(of("c").effect, 0.5);
        assert_eq!(of("c").groups[1].typical, Some(("v".into(), 0.75)));

        let t = table("g,x\na,1\na,2\na,2\nb,4\nb,3\nb,5\nc,6\nc,2\nc,9\n");
        let found = compare(&t, "g").unwrap();
        assert_eq!(found[0].test, "kruskal_wallis");
        near(found[0].p, KRUSKAL);
    }

    const MANN_WHITNEY: f64 = 0.13913498406818411;
    const CHI_SQUARE: f64 = 0.15729920705028105;
    const KRUSKAL: f64 = 0.10509678797035985;

    #[test]
    fn what_says_nothing_is_left_out() {
        let rows: String =
            (0..60).map(|i| format!("{},5,,id{i},{i}\n", if i < 30 { "a" } else { "b" })).collect();
        let found = compare(&table(&format!("g,constant,empty,id,x\n{rows}")), "g").unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].column.as_str(), found[0].effect), ("x", 1.0));
        assert!(found[0].q < 1e-9);
    }

    #[test]
    fn groups_that_cannot_be_compared_are_refused() {
        let many: String = (0..60).map(|i| format!("g{i},1\n")).collect();
        for (text, expected) in [
            ("g,x\na,1\n".to_owned(), "makes 1 groups"),
            (format!("g,x\n{many}"), "makes 60 groups"),
            ("h,x\na,1\n".to_owned(), "there is no column \"g\""),
        ] {
            let e = compare(
                &read(text.as_bytes(), &ReadOptions { categories: vec!["g".into()], ..Default::default() })
                    .unwrap(),
                "g",
            )
            .unwrap_err();
            assert!(e.to_string().contains(expected), "{e}");
        }
    }

    #[test]
    fn many_columns_of_chance_are_no_discovery() {
        let mut random = crate::random::seeded(4);
        let header: String = "g".to_owned() + &(0..100).map(|j| format!(",x{j}")).collect::<String>() + "\n";
        let mut row = |i: usize| {
            let cells: String =
                (0..100).map(|_| format!(",{}", rand::Rng::gen_range(&mut random, 0..1_000))).collect();
            format!("{}{cells}\n", if i.is_multiple_of(2) { "a" } else { "b" })
        };
        let t = table(&(header + &(0..200).map(&mut row).collect::<String>()));
        assert!(compare(&t, "g").unwrap().iter().all(|c| c.q > 0.05));
    }
}
