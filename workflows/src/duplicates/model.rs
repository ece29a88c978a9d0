//! What an agreement is worth, learnt on the table itself.
//!
//! Fellegi and Sunter (1969): the odds that two entries are the same are the odds of any two, times
//! m/u for each field, where m is how often the field agrees like this when the two are the same,
//! and u when they are strangers. u comes from pairs drawn from all over the table, m and the odds
//! of any two from expectation maximisation over the candidates (Winkler 1988). A candidate was
//! chosen for how it agrees, which its own comparison repeats, so choosing leaves the odds as they
//! are.
//!
//! Two classes are not enough: a family agrees in all that a home has, and colleagues in all that a
//! firm has, and learning would take either for one person. So there are up to two more, the ties.
//! In a tie some fields have one value, spoilt as a person's own is, and the rest agree by chance.

use super::Kind;
use super::compare::{Pattern, compare};
use super::kind::N_KINDS;
use super::prior::{self, Tie};
use super::sample::{random_pairs, sharing_pairs};
use super::scorer::Scorer;
use super::similar::{Level, N_LEVELS};
use super::table::Table;

/// Most rounds of learning; it settles within ten or so.
const ROUNDS_MAX: usize = 30;

/// From this change of the expected number of same pairs on, relative, nothing is learnt any more.
const SETTLED: f64 = 1e-4;

/// From this share of entries on that have a field, others may depend on it.
const FILLED_MIN: f64 = 0.2;

/// How many pairs of a table the priors are worth: for m, and for shares of common values.
const PRIOR_PAIRS: f64 = 10.0;
const PRIOR_SHARING_PAIRS: f64 = 5.0;

/// How many pairs of the same, and of each tie, there are for an entry before the table has told, and
/// how many entries that is worth: the pairs of ten customers tell little of how many to expect.
const PRIOR_SAME_PER_ENTRY: f64 = 0.02;
const PRIOR_TIED_PER_ENTRY: f64 = 0.02;
const PRIOR_ENTRIES: f64 = 50.0;

pub(super) type Levels = [f64; N_LEVELS];

/// The probabilities of a table.
#[derive(Clone, Debug)]
pub(super) struct Model {
    pub(super) kinds: Vec<Kind>,
    pub(super) ties: Vec<Tie>,
    /// By kind and level, when the two are the same.
    pub(super) m: [Levels; N_KINDS],
    /// By kind, by whether they share what the kind depends on, and level, when they are strangers.
    pub(super) u: [[Levels; 2]; N_KINDS],
    /// How many strangers have one value once they share what the kind depends on, by kind.
    pub(super) sharing: [f64; N_KINDS],
    /// How many people with a tie have one value, by tie and kind.
    pub(super) tied: [[f64; N_KINDS]; Tie::ALL.len()],
    pub(super) parents: [Option<Kind>; N_KINDS],
    /// How many pairs of the table are the same, and how many have each tie; the rest are strangers.
    pub(super) n_same: f64,
    pub(super) n_tied: [f64; Tie::ALL.len()],
    pub(super) n_pairs: f64,
    n_entries: f64,
}

/// Distinct patterns with how many pairs have each.
type Counted = Vec<(Pattern, f64)>;

fn counted(mut patterns: Vec<Pattern>) -> Counted {
    patterns.sort_unstable();
    patterns.chunk_by(|x, y| x == y).map(|same| (same[0], same.len() as f64)).collect()
}

impl Model {
    /// Learns from a table and the patterns of its candidates.
    pub(super) fn learn(table: &Table, kinds: &[Kind], candidates: &[Pattern]) -> Self {
        let mut model = Self::usual(table, kinds);
        let candidates = counted(candidates.to_vec());
        let compared = |(a, b): (u32, u32)| compare(table, kinds, a, b);
        let random = counted(random_pairs(table).map(compared).collect());
        let mut parents: Vec<Kind> = kinds.iter().filter_map(|kind| model.parents[*kind as usize]).collect();
        parents.dedup();
        let sharing: Vec<(Kind, Counted)> = parents
            .into_iter()
            .map(|parent| (parent, counted(sharing_pairs(table, parent).into_iter().map(compared).collect())))
            .collect();

        for _ in 0..ROUNDS_MAX {
            let before = model.n_same;
            let scorer = Scorer::of(&model);
            let strangers =
                |pairs: &Counted| pairs.iter().map(|(p, n)| (*p, n * scorer.classes(*p).strangers)).collect();
            let random: Counted = strangers(&random);
            let sharing: Vec<(Kind, Counted)> =
                sharing.iter().map(|(kind, pairs)| (*kind, strangers(pairs))).collect();
            model.learn_same_and_tied(&candidates, &scorer);
            model.learn_strangers(&random, &sharing);
            if (model.n_same - before).abs() < SETTLED * before {
                break;
            }
        }
        model
    }

    /// What holds before the table has told anything.
    fn usual(table: &Table, kinds: &[Kind]) -> Self {
        let n = table.n as f64;
        let filled: Vec<Kind> =
            kinds.iter().copied().filter(|kind| table.filled(*kind) >= FILLED_MIN).collect();
        let mut model = Self {
            kinds: kinds.to_vec(),
            ties: Tie::ALL.into_iter().filter(|tie| tie.shows_in(&filled)).collect(),
            m: Kind::ALL.map(prior::when_same),
            u: Kind::ALL.map(|kind| [rates(kind, &[0.0; N_LEVELS]); 2]),
            sharing: Kind::ALL.map(prior::same_when_sharing),
            tied: Tie::ALL.map(|tie| Kind::ALL.map(|kind| tie.shares(kind))),
            parents: Kind::ALL
                .map(|kind| prior::depends_on(kind).iter().copied().find(|parent| filled.contains(parent))),
            n_same: PRIOR_SAME_PER_ENTRY * n,
            n_tied: [PRIOR_TIED_PER_ENTRY * n; Tie::ALL.len()],
            n_pairs: (n * (n - 1.0) / 2.0).max(1.0),
            n_entries: n,
        };
        for i in 0..N_KINDS {
            model.u[i][1] = mixed(model.sharing[i], &model.m[i], &model.u[i][0]);
        }
        model
    }

    /// One step: of which class each candidate is, and how those of a class agree.
    fn learn_same_and_tied(&mut self, candidates: &Counted, scorer: &Scorer) {
        let mut same = [[0.0; N_LEVELS]; N_KINDS];
        let mut one_value = [[(0.0, 0.0); N_KINDS]; Tie::ALL.len()];
        let mut n_same = PRIOR_SAME_PER_ENTRY * PRIOR_ENTRIES;
        let mut n_tied = [PRIOR_TIED_PER_ENTRY * PRIOR_ENTRIES; Tie::ALL.len()];
        for (pattern, n) in candidates {
            let classes = scorer.classes(*pattern);
            n_same += n * classes.same;
            for kind in &self.kinds {
                same[*kind as usize][pattern.level(*kind) as usize] += n * classes.same;
            }
            for tie in &self.ties {
                let p = n * classes.tied[*tie as usize];
                n_tied[*tie as usize] += p;
                for kind in self.kinds.iter().filter(|kind| pattern.level(**kind) != Level::Missing) {
                    let (sum, known) = &mut one_value[*tie as usize][*kind as usize];
                    *sum += p * self.share_of_one_value(*tie, *kind, *pattern);
                    *known += p;
                }
            }
        }
        for tie in &self.ties {
            for kind in self.kinds.iter().filter(|kind| tie.shares(**kind) > 0.0) {
                let (sum, known) = one_value[*tie as usize][*kind as usize];
                self.tied[*tie as usize][*kind as usize] =
                    (sum + PRIOR_PAIRS * tie.shares(*kind)) / (known + PRIOR_PAIRS);
            }
        }
        for kind in &self.kinds {
            let (sums, usual) = (&same[*kind as usize], prior::when_same(*kind));
            let known: f64 = sums[1..].iter().sum();
            let m = &mut self.m[*kind as usize];
            for level in 1..N_LEVELS {
                m[level] = (sums[level] + PRIOR_PAIRS * usual[level]) / (known + PRIOR_PAIRS);
            }
            limit_differs(m, prior::differs_max(*kind));
        }
        let n_of_table = self.n_entries / (self.n_entries + PRIOR_ENTRIES);
        self.n_same = n_same * n_of_table;
        self.n_tied = n_tied.map(|n| n * n_of_table);
    }

    /// Returns how likely two with a tie who agree like this have one value.
    fn share_of_one_value(&self, tie: Tie, kind: Kind, pattern: Pattern) -> f64 {
        let (i, level) = (kind as usize, pattern.level(kind) as usize);
        let q = self.tied[tie as usize][i];
        let one = q * self.m[i][level];
        one / (one + (1.0 - q) * self.u[i][self.shared(kind, pattern)][level])
    }

    /// Learns how strangers agree, from pairs with how likely they are strangers.
    fn learn_strangers(&mut self, random: &Counted, sharing: &[(Kind, Counted)]) {
        for kind in self.kinds.clone() {
            let i = kind as usize;
            let parent = self.parents[i];
            let is_close = |p: Pattern| parent.is_some_and(|parent| p.level(parent).is_close());
            self.u[i][0] = rates(kind, &sums(kind, random, |p| !is_close(p)));
            if let Some((_, pairs)) = sharing.iter().find(|(of, _)| Some(*of) == parent) {
                let shared = sums(kind, pairs, is_close);
                self.sharing[i] = share_of_same(kind, self.sharing[i], &shared, &self.m[i], &self.u[i][0]);
            }
            self.u[i][1] = mixed(self.sharing[i], &self.m[i], &self.u[i][0]);
        }
    }

    /// Tells whether a pair shares what a kind depends on: 1, or 0.
    pub(super) fn shared(&self, kind: Kind, pattern: Pattern) -> usize {
        usize::from(self.parents[kind as usize].is_some_and(|parent| pattern.level(parent).is_close()))
    }
}

/// Sums how a kind agrees in the pairs that `takes` takes.
fn sums(kind: Kind, pairs: &Counted, takes: impl Fn(Pattern) -> bool) -> Levels {
    let mut sums = [0.0; N_LEVELS];
    for (pattern, n) in pairs.iter().filter(|(pattern, _)| takes(*pattern)) {
        sums[pattern.level(kind) as usize] += n;
    }
    sums
}

/// Returns how often strangers agree, from sums over pairs. A level that was seen in none of them is
/// as rare as usual, or as rare as so many pairs allow.
fn rates(kind: Kind, sums: &Levels) -> Levels {
    let known: f64 = sums[1..].iter().sum();
    let mut rates = [0.0; N_LEVELS];
    for (level, usual) in (1..).zip(prior::when_different(kind)) {
        rates[level] = (sums[level] + 1.0) / (known + 1.0 / usual);
    }
    let alike: f64 = rates.iter().sum();
    rates[Level::Differs as usize] = (1.0 - alike).max(0.01);
    rates
}

/// Returns how people agree of whom the part `share` has one value, which is spoilt as one person's
/// is, while the others agree by chance.
pub(super) fn mixed(share: f64, m: &Levels, apart: &Levels) -> Levels {
    std::array::from_fn(|level| share * m[level] + (1.0 - share) * apart[level])
}

/// Returns how many strangers have one value once they share what the kind depends on, from sums
/// over pairs and what was believed before.
fn share_of_same(kind: Kind, before: f64, sums: &Levels, m: &Levels, apart: &Levels) -> f64 {
    let known: f64 = sums[1..].iter().sum();
    let mixed = mixed(before, m, apart);
    let same: f64 = (1..N_LEVELS).map(|level| sums[level] * before * m[level] / mixed[level]).sum();
    (same + PRIOR_SHARING_PAIRS * prior::same_when_sharing(kind)) / (known + PRIOR_SHARING_PAIRS)
}

/// Takes from [`Level::Differs`] what is beyond `max`, and gives it to the others.
fn limit_differs(m: &mut Levels, max: f64) {
    let differs = Level::Differs as usize;
    if m[differs] > max {
        let grown = (1.0 - max) / (1.0 - m[differs]);
        m[1..differs].iter_mut().for_each(|m| *m *= grown);
        m[differs] = max;
    }
}
