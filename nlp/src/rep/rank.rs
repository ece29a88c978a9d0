//! Ranks what a text may mean.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::aliases::ALIASES;
use super::arguments::arguments;
use super::command::Command;
use super::facts::{self, Fact, Kind};
use super::matcher::{Sentence, fit};
use super::pattern::{Elem, PATTERNS};
use super::typed::Typed;
use super::view::View;
use super::when::Now;
use super::words::is_blank;
use super::{Args, Context, Guess, Reading, finish, guess};

/// So many bytes are read; nobody types more at once.
const BYTES_MAX: usize = 32 * 1024;
/// What a search for the whole text is worth.
const SEARCH: f32 = 0.6;
/// From here on a reading needs no second look.
const SURE: f32 = 2.2;
/// How much more a command counts that was named behind a slash.
const SLASH: f32 = 4.0;

/// The odds of a reading: of its own worth and of its lead over the next command. Set so that on
/// the sentences of the tests four in five at least are above 0.6, and of texts that are no command one in twenty at most.
const ODDS_BASE: f64 = -2.0;
const ODDS_WORTH: f64 = 0.8;
const ODDS_LEAD: f64 = 0.7;

struct Candidate {
    command: Command,
    args: Args,
    worth: f32,
}

pub(super) fn understand(text: &str, context: &Context, guess: bool) -> Reading {
    let mut end = text.len().min(BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let text = text[..end].trim_matches(is_blank);
    let (slash, bare) = without_slash(text);
    let spelled = slash.map(|command| spelled(bare, command));
    let bare = spelled.as_deref().unwrap_or(bare);
    let typed = Typed::new(bare);
    let facts = facts::find(&typed, &Now::new(context));
    let mut candidates = candidates(&typed, &facts, slash);
    if candidates.is_empty() && slash.is_some() {
        candidates = self::candidates(&typed, &facts, None);
    }
    let query = bare.trim_matches(|c: char| is_blank(c) || "?？!！.。".contains(c));
    let mut args = Args::new();
    if !query.is_empty() {
        args.insert("query", query.to_owned());
    }
    candidates.push(Candidate {
        command: Command::Find,
        args,
        worth: if query.is_empty() { 0.0 } else { SEARCH },
    });
    let mut help = Candidate { command: Command::Help, args: Args::new(), worth: 0.1 };
    if query.is_empty() {
        help.worth = 0.2;
    }
    candidates.push(help);
    candidates.sort_by(|a, b| b.worth.total_cmp(&a.worth));
    let reading = reading(candidates);
    // Behind a slash stands what is meant.
    let guess = guess && slash.is_none() && !query.is_empty();
    if guess { guess::weighed(reading, &typed, &facts) } else { reading }
}

/// Takes a slash off, and returns the command that its word names.
fn without_slash(text: &str) -> (Option<Command>, &str) {
    let Some(bare) = text.strip_prefix(['/', '／']) else { return (None, text) };
    let bare = bare.trim_start_matches(is_blank);
    let end = bare.find(|c: char| is_blank(c) || c == '@').unwrap_or(bare.len());
    (named(&bare[..end]), bare)
}

/// Writes the word of a command behind a slash as it should be, without the bot that is meant:
/// `fnd@rapport_bot leak` is `find leak`.
fn spelled(text: &str, command: Command) -> String {
    let (word, rest) = text.split_at(text.find(is_blank).unwrap_or(text.len()));
    let word = word.split('@').next().unwrap_or(word);
    let lower = super::words::folded(word);
    let known = Command::by_name(&lower).is_some() || ALIASES.iter().any(|(a, _)| lower.starts_with(a));
    format!("{}{rest}", if known { word } else { command.name() })
}

/// Returns the command that a word names; a slip of a letter or two is seen through.
fn named(word: &str) -> Option<Command> {
    let word = super::words::folded(word);
    let by = |f: &dyn Fn(&str) -> bool| {
        let own = Command::ALL.iter().find(|c| f(c.name())).copied();
        own.or_else(|| ALIASES.iter().find(|(alias, _)| f(alias)).map(|(_, c)| *c))
    };
    let letters: Vec<char> = word.chars().take(20).collect();
    let allowed = if letters.len() >= 6 { 2 } else { 1 };
    let near = |name: &str| {
        letters.len() >= 3 && name.is_ascii() && super::typo::distance(&letters, name) <= allowed
    };
    let begun = |name: &str| letters.len() >= 3 && name.starts_with(&word);
    let glued = |name: &str| !name.is_ascii() && word.starts_with(name);
    by(&|name| name == word).or_else(|| by(&begun)).or_else(|| by(&near)).or_else(|| by(&glued))
}

fn candidates(typed: &Typed, facts: &[Fact], slash: Option<Command>) -> Vec<Candidate> {
    let mut starts = vec![Vec::new(); typed.tokens.len()];
    for (at, fact) in facts.iter().enumerate() {
        starts[fact.from].push(at);
    }
    let known: HashSet<&str> = typed.known().collect();
    let mut views: HashMap<&[Kind], View> = HashMap::new();
    let mut best: BTreeMap<Command, Candidate> = BTreeMap::new();
    // A few words that nobody knows are passed over only where no pattern knows them all.
    for loose in [false, true] {
        if loose && best.values().any(|c| c.worth >= SURE) {
            break;
        }
        for pattern in PATTERNS.iter() {
            let named = slash == Some(pattern.command);
            if slash.is_some() && !named || !possible(&pattern.elems, &known) {
                continue;
            }
            let floats = if pattern.plain { &[][..] } else { pattern.command.floats() };
            let view = views.entry(floats).or_insert_with(|| View::without(typed, facts, floats));
            let missing = |need: &Kind| {
                let said = view.taken.iter().any(|t| t.kind == *need);
                !said
                    && !(facts
                        .iter()
                        .any(|f| f.kind == *need || *need == Kind::Email && f.kind == Kind::Phone)
                        && (pattern.plain || !floats.contains(need)))
            };
            if pattern.needs.iter().any(missing) {
                continue;
            }
            let sentence = Sentence { typed, facts, starts: &starts, view };
            let Some((score, captures)) = fit(pattern, &sentence, &finish::begins(typed, view), loose) else {
                continue;
            };
            let floating: f32 = view
                .taken
                .iter()
                .map(|taken| if pattern.needs.contains(&taken.kind) { 1.2 } else { 0.3 })
                .sum();
            let Some((args, finished)) = arguments(pattern, &captures, &sentence) else { continue };
            let worth = score + pattern.weight + floating + finished + if named { SLASH } else { 0.0 };
            let better = best.get(&pattern.command).is_none_or(|c| worth > c.worth);
            if better {
                best.insert(pattern.command, Candidate { command: pattern.command, args, worth });
            }
        }
    }
    best.into_values().collect()
}

/// Tells whether all words that a pattern cannot do without stand in the text.
fn possible(elems: &[Elem], known: &HashSet<&str>) -> bool {
    elems.iter().all(|elem| match elem {
        Elem::Lit(word) => known.contains(word),
        Elem::Any { of, optional } => *optional || of.iter().any(|elems| possible(elems, known)),
        Elem::Slot(_) => true,
    })
}

/// Makes the reading of the candidates, best first.
fn reading(candidates: Vec<Candidate>) -> Reading {
    let mut seen = HashSet::new();
    let mut ranked: Vec<Candidate> = Vec::new();
    for candidate in candidates {
        if seen.insert((candidate.command, candidate.args.clone())) {
            ranked.push(candidate);
        }
    }
    let best = ranked.remove(0);
    let next = ranked.iter().find(|c| c.command != best.command).map_or(0.0, |c| c.worth.max(0.0));
    let odds = ODDS_BASE
        + ODDS_WORTH * f64::from(best.worth).min(8.0)
        + ODDS_LEAD * f64::from(best.worth - next).min(4.0);
    let p = if best.worth <= SEARCH { 0.2 } else { 1.0 / (1.0 + (-odds).exp()) };
    let p = (p * 100.0).round().clamp(1.0, 99.0) / 100.0;
    let total: f64 = ranked.iter().take(2).map(|c| f64::from(c.worth.clamp(0.0, 8.0)).exp()).sum();
    let alternatives = ranked
        .into_iter()
        .take(2)
        .map(|c| {
            let share = f64::from(c.worth.clamp(0.0, 8.0)).exp() / total;
            Guess { command: c.command, args: c.args, p: ((1.0 - p).min(p) * share * 100.0).round() / 100.0 }
        })
        .collect();
    Reading { best: Guess { command: best.command, args: best.args, p }, alternatives }
}

/// Returns which pattern of each command fits best, for failures of tests.
#[cfg(test)]
pub(super) fn explain(text: &str, context: &Context) -> Vec<(String, f32)> {
    let (_, bare) = without_slash(text);
    let typed = Typed::new(bare);
    let now = Now::new(context);
    let facts = facts::find(&typed, &now);
    let mut starts = vec![Vec::new(); typed.tokens.len()];
    for (at, fact) in facts.iter().enumerate() {
        starts[fact.from].push(at);
    }
    let mut all: Vec<(String, f32)> = Vec::new();
    for pattern in PATTERNS.iter() {
        let command = pattern.command;
        let floats = if pattern.plain { &[][..] } else { command.floats() };
        let view = View::without(&typed, &facts, floats);
        let sentence = Sentence { typed: &typed, facts: &facts, starts: &starts, view: &view };
        if let Some((score, _)) = fit(pattern, &sentence, &finish::begins(&typed, &view), true) {
            all.push((format!("{command}: {}", pattern.written), score + pattern.weight));
        }
    }
    all.sort_by(|a, b| b.1.total_cmp(&a.1));
    all.truncate(4);
    all
}
