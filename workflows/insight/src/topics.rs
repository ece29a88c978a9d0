//! What texts are about: groups of them, named by their words.
//!
//! Words and pairs of letters of scripts without blanks are weighed by how seldom texts have them (TF-IDF), the texts
//! are drawn together onto the few directions that tell them apart most (latent semantic analysis; Deerwester et
//! al. 1990), and grouped there by k-means. A group's names are the words that it has and others have not.

use std::collections::{BTreeMap, HashMap, HashSet};

use ndarray::{Array1, Array2, Axis};
use rand::Rng as _;
use serde::Serialize;

use crate::cluster::{self, Method};
use crate::{InsightError, random};

/// Of fewer texts it is not told what they are about.
pub const TEXTS_MIN: usize = 20;
/// Words that are looked at, the most frequent first.
const WORDS_MAX: usize = 5_000;
/// A word of fewer texts says nothing of a group, and one of more than this part of them nothing of any.
const TEXTS_OF_WORD_MIN: usize = 3;
const SHARE_OF_WORD_MAX: f64 = 0.35;
/// Words of a text that count.
const WORDS_OF_TEXT_MAX: usize = 400;
/// Directions onto which texts are drawn, and rounds in which these are found.
const DIRECTIONS: usize = 24;
const ROUNDS: usize = 5;
/// Words that name a group.
const NAMES: usize = 4;
/// Texts that stand for a group.
const EXAMPLES: usize = 3;
/// Words that are in texts about anything.
const STOP: &str = "a about above after again all also am an and any are as at be because been before being below \
     between both but by can could did do does doing down during each few for from further get got had has have \
     having he hello her here hers hi him his how i if in into is it its just let like me more most my no nor not \
     now of off on once one only or other our out over own please re s same she should so some such t than thank \
     thanks that the their them then there these they this those through to too under until up us very was we \
     were what when where which while who whom why will with would you your regards best dear kind sincerely \
     我们 你们 您好 你好 可以 这个 那个 一个 什么 没有 怎么 请问 谢谢 是否 不是 就是 还是 因为 所以 如果 但是 已经 \
     现在 需要 一下 非常 他们 自己 这样 的话 时候 知道 有没 我的 你的 了吗 是什";

/// Chinese letters that join words: a pair with one of them is no word.
const STOP_LETTERS: &str = "的了是在和就也都吗呢吧啊很把被着与及我你您他她它这那";

/// What some of the texts are about.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Topic {
    /// The words that it has and others have not, best first.
    pub words: Vec<String>,
    /// How many texts.
    pub n: usize,
    /// The texts that are most like all of them, by their place in the list.
    pub examples: Vec<usize>,
    /// All its texts, by their place in the list.
    pub texts: Vec<usize>,
}

/// Groups texts by what they are about, the largest group first; none where all are about the same. Texts of which no
/// word counts are in none. `k` is
/// how many groups there are; 2 to 10 by silhouette if none.
///
/// # Errors
/// There are fewer than [`TEXTS_MIN`] texts with words that count, or `k` is out of its range.
pub fn topics<T: AsRef<str>>(texts: &[T], k: Option<usize>, seed: u64) -> Result<Vec<Topic>, InsightError> {
    let bags: Vec<BTreeMap<String, f64>> = texts.iter().map(|text| bag(text.as_ref())).collect();
    let (names, rows) = weighed(&bags);
    let used: Vec<usize> = (0..rows.len()).filter(|row| !rows[*row].is_empty()).collect();
    if used.len() < TEXTS_MIN {
        return Err(InsightError::TooFewRows {
            what: "finding topics",
            needed: TEXTS_MIN,
            found: used.len(),
        });
    }
    let rows: Vec<&Sparse> = used.iter().map(|row| &rows[*row]).collect();
    let x = drawn(&rows, names.len(), seed);
    let options = cluster::Options { seed, k, ..cluster::Options::default() };
    let groups = cluster::cluster(&x, Method::Kmeans, &options)?;
    let mut found: Vec<Topic> = (0..groups.sizes.len())
        .map(|group| {
            let members: Vec<usize> =
                (0..used.len()).filter(|row| groups.of_row[*row] == Some(group)).collect();
            let far = |row: &usize| (&x.row(*row) - &groups.centres.row(group)).mapv(|d| d * d).sum();
            let mut near: Vec<(f64, usize)> = members.iter().map(|row| (far(row), *row)).collect();
            near.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            Topic {
                words: named(&members, &rows, &names),
                n: members.len(),
                examples: near.iter().take(EXAMPLES).map(|(_, row)| used[*row]).collect(),
                texts: members.iter().map(|row| used[*row]).collect(),
            }
        })
        .filter(|topic| topic.n > 0 && !topic.words.is_empty())
        .collect();
    found.sort_by_key(|topic| std::cmp::Reverse(topic.n));
    Ok(found)
}

/// A text's words by their number, with their weights.
type Sparse = Vec<(usize, f64)>;

/// Counts the words of a text: those of an alphabet, and pairs of letters of scripts without blanks.
fn bag(text: &str) -> BTreeMap<String, f64> {
    let mut bag = BTreeMap::new();
    let lower = text.to_lowercase();
    let mut words = 0;
    for part in lower.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’') {
        for run in runs(part) {
            let found: Vec<String> = if run.chars().next().is_some_and(is_wide) {
                let letters: Vec<char> = run.chars().collect();
                let pairs = letters.windows(2).filter(|pair| !pair.iter().any(|c| STOP_LETTERS.contains(*c)));
                pairs.map(|pair| pair.iter().collect()).collect()
            } else {
                let word = run.trim_matches(['\'', '’']);
                let counts = word.chars().count() >= 3 && word.chars().any(char::is_alphabetic);
                counts.then(|| word.to_owned()).into_iter().collect()
            };
            for word in found {
                if words < WORDS_OF_TEXT_MAX {
                    words += 1;
                    *bag.entry(word).or_default() += 1.0;
                }
            }
        }
    }
    bag
}

/// Parts a word where scripts with and without blanks meet.
fn runs(word: &str) -> Vec<&str> {
    let mut runs = Vec::new();
    let mut rest = word;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c| is_wide(c) != is_wide(first)).unwrap_or(rest.len());
        runs.push(&rest[..end]);
        rest = &rest[end..];
    }
    runs
}

/// Tells whether a letter is of a script without blanks: Han, Kana, Hangul.
fn is_wide(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Returns the words that count, and each text's weights of them, of length 1.
fn weighed(bags: &[BTreeMap<String, f64>]) -> (Vec<String>, Vec<Sparse>) {
    let stop: HashSet<&str> = STOP.split_whitespace().collect();
    let mut texts_of: HashMap<&str, usize> = HashMap::new();
    bags.iter().flat_map(BTreeMap::keys).for_each(|word| *texts_of.entry(word).or_default() += 1);
    let most = (bags.len() as f64 * SHARE_OF_WORD_MAX).max(TEXTS_OF_WORD_MIN as f64) as usize;
    let mut words: Vec<(&str, usize)> = texts_of
        .into_iter()
        .filter(|(word, n)| (TEXTS_OF_WORD_MIN..=most).contains(n) && !stop.contains(word))
        .collect();
    words.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    words.truncate(WORDS_MAX);
    let numbers: HashMap<&str, (usize, f64)> = words
        .iter()
        .enumerate()
        .map(|(i, (word, n))| (*word, (i, (bags.len() as f64 / *n as f64).ln() + 1.0)))
        .collect();
    let row = |bag: &BTreeMap<String, f64>| {
        let known = bag.iter().filter_map(|(word, times)| {
            let (number, seldom) = numbers.get(word.as_str())?;
            Some((*number, (1.0 + times.ln()) * seldom))
        });
        let mut row: Sparse = known.collect();
        let length = row.iter().map(|(_, w)| w * w).sum::<f64>().sqrt();
        row.iter_mut().for_each(|(_, w)| *w /= length);
        row
    };
    (words.iter().map(|(word, _)| (*word).to_owned()).collect(), bags.iter().map(row).collect())
}

/// Draws texts onto the directions that tell them apart most, by powers of the matrix of words; each of length 1.
fn drawn(rows: &[&Sparse], n_words: usize, seed: u64) -> Array2<f64> {
    let n_directions = DIRECTIONS.min(n_words).min(rows.len());
    let mut random = random::seeded(seed);
    let mut directions = Array2::from_shape_fn((n_words, n_directions), |_| random.gen_range(-1.0..1.0));
    let onto = |directions: &Array2<f64>| {
        let mut x = Array2::zeros((rows.len(), n_directions));
        for (row, mut to) in rows.iter().zip(x.axis_iter_mut(Axis(0))) {
            row.iter().for_each(|(word, weight)| to.scaled_add(*weight, &directions.row(*word)));
        }
        x
    };
    orthonormal(&mut directions);
    for _ in 0..ROUNDS {
        let x = onto(&directions);
        directions.fill(0.0);
        for (row, from) in rows.iter().zip(x.axis_iter(Axis(0))) {
            row.iter().for_each(|(word, weight)| directions.row_mut(*word).scaled_add(*weight, &from));
        }
        orthonormal(&mut directions);
    }
    let mut x = onto(&directions);
    for mut row in x.axis_iter_mut(Axis(0)) {
        let length = row.dot(&row).sqrt();
        if length > 1e-12 {
            row /= length;
        }
    }
    x
}

/// Makes columns of length 1 and square to each other (Gram and Schmidt); one that the others hold becomes 0.
fn orthonormal(columns: &mut Array2<f64>) {
    for i in 0..columns.ncols() {
        let mut column: Array1<f64> = columns.column(i).to_owned();
        for j in 0..i {
            let along = columns.column(j).dot(&column);
            column.scaled_add(-along, &columns.column(j));
        }
        let length = column.dot(&column).sqrt();
        column.mapv_inplace(|v| if length > 1e-9 { v / length } else { 0.0 });
        columns.column_mut(i).assign(&column);
    }
}

/// Names a group by the words whose weight in it is farthest above that in all.
fn named(members: &[usize], rows: &[&Sparse], names: &[String]) -> Vec<String> {
    let mut weights = vec![0.0; names.len()];
    let add = |weights: &mut Vec<f64>, row: usize, by: f64| {
        rows[row].iter().for_each(|(word, w)| weights[*word] += by * w);
    };
    members.iter().for_each(|row| add(&mut weights, *row, 1.0 / members.len() as f64));
    (0..rows.len()).for_each(|row| add(&mut weights, row, -1.0 / rows.len() as f64));
    let mut order: Vec<usize> = (0..names.len()).filter(|word| weights[*word] > 0.0).collect();
    order.sort_by(|a, b| weights[*b].total_cmp(&weights[*a]).then(a.cmp(b)));
    let mut found: Vec<String> = Vec::new();
    for word in order {
        // A word and its plural, or pairs of letters of one word, are one name.
        let same = |known: &String| {
            known.starts_with(&names[word])
                || names[word].starts_with(known.as_str())
                || (is_wide(known.chars().next().unwrap_or(' '))
                    && known.chars().any(|c| names[word].contains(c)))
        };
        if !found.iter().any(same) {
            found.push(names[word].clone());
        }
        if found.len() == NAMES {
            break;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAKS: [&str; 3] =
        ["The pump is leaking water again", "Water leaks from the pump", "Our pump leaks, water everywhere"];
    const BILLS: [&str; 3] = [
        "The invoice has a wrong amount",
        "Please correct the invoice amount",
        "Invoice amount differs from the offer",
    ];
    const DEMOS: [&str; 3] = ["安排一次产品演示吧", "想看产品演示", "产品演示什么时候安排"];

    fn texts() -> Vec<String> {
        (0..60).map(|i| format!("{} {}", [LEAKS, BILLS, DEMOS][i % 3][i / 3 % 3], "case")).collect()
    }

    #[test]
    fn groups_are_what_texts_are_about_and_are_named_by_their_words() {
        let found = topics(&texts(), Some(3), 1).unwrap();
        assert_eq!(found.iter().map(|t| t.n).collect::<Vec<_>>(), [20, 20, 20], "{found:?}");
        for (group, word) in [(0, "pump"), (1, "invoice"), (2, "演示")] {
            let topic = found.iter().find(|topic| topic.texts[0] % 3 == group).unwrap();
            assert!(topic.texts.iter().all(|text| text % 3 == group), "{topic:?}");
            assert!(topic.words.iter().any(|name| name == word), "{topic:?}");
            assert!(topic.words.len() <= 4 && topic.examples.len() == 3);
        }
        assert_eq!(found, topics(&texts(), Some(3), 1).unwrap(), "the same seed gives the same");
        assert!((2..=10).contains(&topics(&texts(), None, 1).unwrap().len()));
    }

    #[test]
    fn texts_without_words_are_in_no_group_and_too_few_are_refused() {
        let mut odd = texts();
        odd.extend(["", "!!!", "12 345", "the and of", "\u{0}\u{200b}", "a"].map(str::to_owned));
        odd.push("x".repeat(1_000_000));
        let found = topics(&odd, Some(3), 1).unwrap();
        assert_eq!(found.iter().map(|topic| topic.n).sum::<usize>(), 60);
        assert!(matches!(topics(&odd[..19], None, 1), Err(InsightError::TooFewRows { .. })));
        assert!(matches!(topics::<&str>(&[], None, 1), Err(InsightError::TooFewRows { .. })));
        let same = vec!["the same words always"; 50];
        assert!(topics(&same, None, 1).is_err(), "words of all texts tell nothing");
        assert!(topics(&texts(), Some(0), 1).is_err());
    }
}
