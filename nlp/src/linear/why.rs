//! The words that spoke for a decision.
//!
//! Every gram's share of a logit is spread over the units it covers; words with the largest shares
//! are named as they stand in the text. Where words have no spaces between them, two characters
//! belong together when they meet more often than chance would have it (pointwise mutual
//! information, from the same document frequencies that weigh the grams).

use rapport_model::reading::Why;

use super::features::{Features, Unit, UnitKind, is_silent};
use super::model::Model;

/// At most so many words for one decision.
const WORDS_MAX: usize = 5;
/// A word below this share of the strongest is not worth a line.
const SHARE_MIN: f32 = 0.2;
/// Neighbouring words become one phrase of at most so many.
const PHRASE_MAX: usize = 3;
/// Words and characters that say nothing alone.
const EMPTY_WORDS: &[&str] = &[
    "a", "an", "and", "are", "as", "at", "be", "but", "by", "did", "do", "for", "from", "had", "has", "have",
    "he", "i", "i'd", "i'm", "i've", "if", "in", "is", "it", "it's", "its", "just", "me", "my", "of", "on",
    "or", "our", "she", "so", "that", "the", "them", "then", "there", "they", "this", "to", "us", "was",
    "we", "we'd", "we're", "we've", "were", "what", "when", "which", "while", "will", "with", "would", "you",
    "your", "after", "also", "any", "been", "could", "here", "much", "per", "some", "than", "too", "dear",
    "hi", "hello", "regards", "thank", "thanks",
];
const EMPTY_HAN: &str =
    "的了吗呢吧啊呀嘛我你您他她它们是就都也很在有和与及把被给这那个么哦喔啦着过地得以而且但请麻烦下";

/// Names the words that spoke for each of `asked`: what it is called, and its output.
///
/// `features` must just have read `text`, and `norm` be what its features were divided by.
pub fn explain(
    text: &str,
    features: &Features,
    model: &Model,
    norm: f32,
    asked: &[(&'static str, usize)],
) -> Vec<Why> {
    let shares = shares(features, model, norm, asked);
    let links = links(features, model);
    let named = asked.iter().enumerate().map(|(n, (about, _))| {
        let units: Vec<f32> = shares.iter().map(|share| share[n]).collect();
        Why { about: (*about).to_owned(), words: words(text, &features.units, &units, &links) }
    });
    named.filter(|why| !why.words.is_empty()).collect()
}

/// From this mutual information on two characters are of one word.
const LINK_MIN: f32 = 2.0;
/// The longest word in characters.
const HAN_WORD_MAX: usize = 4;

/// Says how strongly each unit belongs to the next: their mutual information in nats.
fn links(features: &Features, model: &Model) -> Vec<f32> {
    let mut alone = vec![0.0; features.units.len()];
    let mut links = vec![f32::NEG_INFINITY; features.units.len()];
    let is_han = |n: u16| features.units[usize::from(n)].kind == UnitKind::Han;
    for gram in features.inner().iter().filter(|gram| is_han(gram.first)) {
        let Some(row) = model.find(gram.hash) else { continue };
        let first = usize::from(gram.first);
        // Single characters are read before the pairs that begin with them.
        match gram.last - gram.first {
            0 => alone[first] = row.idf,
            1 => links[first] = alone[first] + alone[first + 1] - row.idf,
            _ => {}
        }
    }
    links
}

/// At most two intents, a mood and urgency are explained.
const ASKED_MAX: usize = 4;

/// Spreads the grams' shares over the units.
fn shares(
    features: &Features,
    model: &Model,
    norm: f32,
    asked: &[(&'static str, usize)],
) -> Vec<[f32; ASKED_MAX]> {
    let mut shares = vec![[0.0; ASKED_MAX]; features.units.len()];
    if norm == 0.0 {
        return shares;
    }
    for gram in &features.grams {
        let Some(row) = model.find(gram.hash) else { continue };
        let covered = &mut shares[usize::from(gram.first)..=usize::from(gram.last)];
        let part = row.idf / (norm * covered.len() as f32);
        for (n, (_, output)) in asked.iter().take(ASKED_MAX).enumerate() {
            // The outputs of a head sum to about nothing for each gram, as the penalty sees to it: a
            // weight above 0 speaks for the output and against its rivals.
            let share = part * f32::from(row.weights[*output].cast_signed()) * model.scale()[*output];
            covered.iter_mut().for_each(|unit| unit[n] += share);
        }
    }
    shares
}

/// A piece of the text with its share.
struct Span {
    start: usize,
    end: usize,
    share: f32,
}

fn words(text: &str, units: &[Unit], shares: &[f32], links: &[f32]) -> Vec<String> {
    let mut spans = Vec::new();
    let mut at = 0;
    while at < units.len() {
        let kind = units[at].kind;
        let n = units[at..].iter().enumerate().take_while(|(n, unit)| {
            unit.kind == kind && (*n == 0 || touches(text, &units[at + n - 1], unit))
        });
        let n = n.count();
        match kind {
            UnitKind::Han => {
                han_spans(text, &units[at..at + n], &shares[at..at + n], &links[at..at + n], &mut spans)
            }
            UnitKind::Word => phrases(text, &units[at..at + n], &shares[at..at + n], &mut spans),
            UnitKind::Mark => marks(text, &units[at..at + n], &shares[at..at + n], &mut spans),
        }
        at += n;
    }
    spans.retain(|span| span.share > 0.0);
    spans.sort_by(|a, b| b.share.total_cmp(&a.share).then(a.start.cmp(&b.start)));
    let least = spans.first().map_or(0.0, |span| span.share * SHARE_MIN);
    let mut words: Vec<String> = Vec::new();
    for span in spans.iter().take_while(|span| span.share >= least) {
        let word = &text[span.start..span.end];
        if words.len() < WORDS_MAX && !words.iter().any(|known| known.eq_ignore_ascii_case(word)) {
            words.push(word.to_owned());
        }
    }
    words
}

/// Names signs that say something alone, and addresses; a run of one sign, such as `!!!`, as a whole.
fn marks(text: &str, units: &[Unit], shares: &[f32], spans: &mut Vec<Span>) {
    let word = |unit: &Unit| &text[unit.start..unit.end];
    let mut at = 0;
    while at < units.len() {
        let same = |(a, b): &(&Unit, &Unit)| word(a) == word(b) && a.end == b.start;
        let n = 1 + units[at..].iter().zip(&units[at + 1..]).take_while(same).count();
        if !word(&units[at]).chars().all(is_silent) {
            spans.push(Span {
                start: units[at].start,
                end: units[at + n - 1].end,
                share: shares[at..at + n].iter().sum(),
            });
        }
        at += n;
    }
}

/// Tells whether two units are neighbours in a sentence: Han without, words with one space.
fn touches(text: &str, a: &Unit, b: &Unit) -> bool {
    let between = &text[a.end..b.start];
    if a.kind == UnitKind::Han { between.is_empty() } else { between == " " }
}

fn is_empty_word(word: &str) -> bool {
    EMPTY_WORDS.iter().any(|empty| empty.eq_ignore_ascii_case(word))
}

/// Joins neighbouring strong words; a word that says nothing may stand between, not at an end.
fn phrases(text: &str, units: &[Unit], shares: &[f32], spans: &mut Vec<Span>) {
    let strongest = shares.iter().copied().fold(0.0, f32::max);
    let speaks = |n: usize| {
        let word = &text[units[n].start..units[n].end];
        // A number alone tells a reader nothing.
        let has_letters = word.chars().any(char::is_alphabetic);
        shares[n] > 0.35 * strongest && has_letters && !is_empty_word(word)
    };
    let mut at = 0;
    while at < units.len() {
        if !speaks(at) {
            at += 1;
            continue;
        }
        let last = (at + 1..units.len().min(at + PHRASE_MAX))
            .rev()
            .find(|last| speaks(*last) && (at + 1..*last).all(|n| shares[n] > 0.0));
        let last = last.unwrap_or(at);
        let share = shares[at..=last].iter().sum();
        spans.push(Span { start: units[at].start, end: units[last].end, share });
        at = last + 1;
    }
}

/// Cuts a run into words of two to four characters and takes those with a share.
fn han_spans(text: &str, units: &[Unit], shares: &[f32], links: &[f32], spans: &mut Vec<Span>) {
    let hollow = |n: usize| text[units[n].start..units[n].end].chars().all(|c| EMPTY_HAN.contains(c));
    let mut start = 0;
    while start < units.len() {
        let mut end = start + 1;
        while end < units.len() && end - start < HAN_WORD_MAX && links[end - 1] >= LINK_MIN {
            end += 1;
        }
        // A word that goes on beyond the limit is cut at its weakest link.
        if end < units.len() && links[end - 1] >= LINK_MIN {
            let weakest = (start + 1..end).min_by(|a, b| links[a - 1].total_cmp(&links[b - 1]));
            end = weakest.filter(|cut| links[cut - 1] < links[end - 1]).unwrap_or(end);
        }
        let (mut from, mut to) = (start, end);
        while from < to && hollow(from) {
            from += 1;
        }
        while from < to && hollow(to - 1) {
            to -= 1;
        }
        if to - from >= 2 {
            let share = shares[from..to].iter().sum();
            spans.push(Span { start: units[from].start, end: units[to - 1].end, share });
        }
        start = end;
    }
}
