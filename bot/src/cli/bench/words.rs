//! Short messages to search in, made up: words as frequent as in a language (Zipf).

use rapport_model::{Id, Timestamp};
use rapport_storage::bench::sample::Chance;
use rapport_storage::bench::text::Text;

/// How many words there are.
const WORDS: usize = 50_000;
/// How fast their frequency falls with their rank.
const EXPONENT: f64 = 1.07;
/// The length of a message in words: from, and how many more at most.
const LENGTH: (u64, u64) = (6, 13);
/// Messages of one customer, on average.
const MESSAGES_EACH: usize = 100;
/// When the first message came, and how long until the next.
const START: i64 = 1_700_000_000;
const PACE: i64 = 30;

/// Returns the word of a rank, from 0: consonants and vowels in turn, another for each.
pub(super) fn word(rank: usize) -> String {
    const CONSONANTS: &[u8; 20] = b"bcdfghjklmnpqrstvwxz";
    let mut word = String::new();
    let mut rest = rank;
    loop {
        word.push(char::from(CONSONANTS[rest % 20]));
        word.push(char::from(b"aeiou"[rest / 20 % 5]));
        rest /= 100;
        if rest == 0 {
            return word;
        }
    }
}

/// Returns how many customers `n` messages have.
pub(super) fn n_customers(n: usize) -> usize {
    n.div_ceil(MESSAGES_EACH)
}

/// Makes `n` messages, the same for the same number.
pub(super) fn texts(n: usize) -> Vec<Text> {
    let mut sum = 0.0;
    let cumulated: Vec<f64> = (1..=WORDS)
        .map(|rank| {
            sum += (rank as f64).powf(-EXPONENT);
            sum
        })
        .collect();
    let mut chance = Chance::new(7);
    let customers = n_customers(n) as u64;
    (0..n as i64)
        .map(|i| {
            let mut words = String::with_capacity(80);
            for _ in 0..LENGTH.0 + chance.below(LENGTH.1 + 1) {
                let at = chance.unit() * sum;
                words.push_str(&word(cumulated.partition_point(|c| *c < at).min(WORDS - 1)));
                words.push(' ');
            }
            words.pop();
            let customer = Id(i64::try_from(chance.below(customers)).unwrap_or_default());
            Text { id: Id(i + 1), customer, at: Timestamp::from_secs(START + i * PACE), words }
        })
        .collect()
}
