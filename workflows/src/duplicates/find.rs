//! From a table to pairs with reasons.

use super::block::candidates;
use super::compare::{Pattern, best, compare};
use super::frequency::{Frequencies, Groups};
use super::model::Model;
use super::parts::{Part, names_are_companies, parts};
use super::scorer::Scorer;
use super::similar::Level;
use super::table::Table;
use super::text::shown;
use super::{Agreement, Entry, Kind, Pair, Reason, Verdict};

/// From this probability on two entries are [`Verdict::Same`].
pub const SAME_MIN: f64 = 0.9;

/// From this probability on a pair is worth a question; one below it is not returned. More likely
/// the same than not: the scores are probabilities, so there is nothing to tune.
pub const ASK_MIN: f64 = 0.5;

/// Largest group of entries taken for one whose members are all compared with each other.
const GROUP_MAX: usize = 12;

/// What was found in a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// Pairs that may be the same, the likeliest first, then by their ids.
    pub pairs: Vec<Pair>,
    /// How many pairs were compared.
    pub n_compared: usize,
    /// How many blocks were too large to compare all their members with each other. Such a block is
    /// chained, so of many alike entries each is paired with its neighbours only.
    pub n_blocks_cut: usize,
}

/// Finds the entries of a table that are probably the same.
///
/// Reads the table as one: the more of it, the better it knows which agreement means what. Takes 30 µs
/// an entry, or 200 µs where most entries share their town and their names; a table of 100,000
/// wants half a gigabyte.
pub fn find(entries: &[Entry]) -> Found {
    let companies = names_are_companies(entries);
    let table = Table::new(entries, companies);
    let kinds = table.kinds();
    let proposed = candidates(&table);
    let mut pairs: Vec<(u32, u32, Pattern)> =
        proposed.pairs.iter().map(|(a, b)| (*a, *b, compare(&table, &kinds, *a, *b))).collect();
    let patterns: Vec<Pattern> = pairs.iter().map(|(_, _, pattern)| *pattern).collect();
    let model = Model::learn(&table, &kinds, &patterns);

    let scorer = Scorer::of(&model);
    let groups = groups(&table, &scorer, &pairs);
    let missed = missed(&groups, &proposed.pairs);
    pairs.extend(missed.into_iter().map(|(a, b)| (a, b, compare(&table, &kinds, a, b))));

    let frequencies = Frequencies::count(&table, &weights(table.n, &groups));
    let judge = Judge { entries, companies, table: &table, scorer: &scorer, frequencies: &frequencies };
    let n_compared = pairs.len();
    let mut found: Vec<(u32, u32, Pair)> =
        pairs.into_iter().filter_map(|(a, b, pattern)| Some((a, b, judge.pair(a, b, pattern)?))).collect();
    found.sort_by(|(a, b, x), (c, d, y)| {
        let ids = || (&x.a, &x.b, a, b).cmp(&(&y.a, &y.b, c, d));
        y.p.total_cmp(&x.p).then_with(ids)
    });
    Found {
        pairs: found.into_iter().map(|(_, _, pair)| pair).collect(),
        n_compared,
        n_blocks_cut: proposed.n_blocks_cut,
    }
}

/// Returns the groups of entries that are the same at first sight.
fn groups(table: &Table, scorer: &Scorer, pairs: &[(u32, u32, Pattern)]) -> Vec<Vec<u32>> {
    let mut groups = Groups::new(table.n);
    for (a, b, pattern) in pairs {
        if scorer.classes(*pattern).same >= SAME_MIN {
            groups.join(*a, *b);
        }
    }
    groups.all()
}

/// Returns the pairs within groups that share no key of their own: A is like B and B like C, so A
/// and C deserve a look. `known` is sorted.
fn missed(groups: &[Vec<u32>], known: &[(u32, u32)]) -> Vec<(u32, u32)> {
    let small = groups.iter().filter(|group| group.len() <= GROUP_MAX);
    let inner = small.flat_map(|group| {
        group.iter().enumerate().flat_map(move |(i, a)| group[i + 1..].iter().map(move |b| (*a, *b)))
    });
    inner.filter(|pair| known.binary_search(pair).is_err()).collect()
}

/// Returns what part of a person each entry is.
fn weights(n: usize, groups: &[Vec<u32>]) -> Vec<f64> {
    let mut weights = vec![1.0; n];
    for group in groups {
        for entry in group {
            weights[*entry as usize] = 1.0 / group.len() as f64;
        }
    }
    weights
}

/// Judges pairs by what was learnt.
struct Judge<'a> {
    entries: &'a [Entry],
    companies: bool,
    table: &'a Table,
    scorer: &'a Scorer,
    frequencies: &'a Frequencies,
}

impl Judge<'_> {
    /// Returns the pair with its reasons, or `None` when it is not worth a question.
    fn pair(&self, a: u32, b: u32, pattern: Pattern) -> Option<Pair> {
        let scored = self.scorer.score(pattern, |kind| {
            let (value, _) = best(self.table, kind, a, b).1.filter(|_| pattern.level(kind) == Level::Same)?;
            Some(self.frequencies.of(kind, value))
        });
        let p = scored.classes.same;
        let verdict = match Verdict::of(p) {
            Verdict::Different => return None,
            Verdict::Same if self.are_known_apart(a, b) || share_only_a_place(pattern) => Verdict::Ask,
            verdict => verdict,
        };
        let entry = |i: u32| &self.entries[i as usize];
        Some(Pair {
            a: entry(a).id.clone(),
            b: entry(b).id.clone(),
            p,
            verdict,
            reasons: self.reasons(a, b, pattern, &scored.weights),
        })
    }

    /// Tells whether both have a verified address, or phone, and none in common.
    fn are_known_apart(&self, a: u32, b: u32) -> bool {
        [Kind::Email, Kind::Phone].into_iter().any(|kind| {
            let verified =
                |entry| self.table.cells(kind, entry).iter().filter(|c| c.verified).map(|c| c.value);
            let both = verified(a).next().is_some() && verified(b).next().is_some();
            both && !verified(a).any(|value| verified(b).any(|other| other == value))
        })
    }

    fn reasons(&self, a: u32, b: u32, pattern: Pattern, weights: &[(Kind, f64)]) -> Vec<Reason> {
        let [of_a, of_b] = [a, b].map(|i| {
            let entry = &self.entries[i as usize];
            (entry, parts(entry, self.companies))
        });
        let mut reasons: Vec<Reason> = weights
            .iter()
            .filter_map(|(kind, weight)| {
                let agreement = agreement(pattern.level(*kind))?;
                let values = best(self.table, *kind, a, b).1;
                Some(Reason {
                    kind: *kind,
                    agreement,
                    bits: weight / std::f64::consts::LN_2,
                    a: self.value(&of_a, *kind, values.map(|v| v.0)),
                    b: self.value(&of_b, *kind, values.map(|v| v.1)),
                })
            })
            .collect();
        reasons.sort_by(|x, y| y.bits.abs().total_cmp(&x.bits.abs()).then(x.kind.cmp(&y.kind)));
        reasons
    }

    /// Returns a value as the entry has it; empty when it lacks the kind.
    fn value(&self, (entry, parts): &(&Entry, Vec<Part>), kind: Kind, value: Option<u32>) -> String {
        let chars = value.map(|value| &self.table.column(kind).values[value as usize].chars);
        let is_it = |part: &&Part| {
            part.kind == kind
                && chars.is_none_or(|chars| part.text.chars().take(chars.len()).eq(chars.iter().copied()))
        };
        parts.iter().find(is_it).map(|part| shown(&entry.fields[part.field].value)).unwrap_or_default()
    }
}

/// Tells whether two people of different names share nothing that is one person's own: a family or
/// colleagues rather than one.
fn share_only_a_place(pattern: Pattern) -> bool {
    let own = [Kind::Email, Kind::Birth, Kind::Identifier];
    pattern.level(Kind::GivenName) == Level::Differs
        && !own.iter().any(|kind| pattern.level(*kind).is_close())
}

fn agreement(level: Level) -> Option<Agreement> {
    match level {
        Level::Missing => None,
        Level::Same => Some(Agreement::Same),
        Level::Near | Level::Similar => Some(Agreement::Similar),
        Level::Swapped => Some(Agreement::Swapped),
        Level::Differs => Some(Agreement::Differs),
    }
}
