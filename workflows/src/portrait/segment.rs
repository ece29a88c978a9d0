//! What sort of customer somebody is; pure.

use rapport_insight::rfm::Scores;
use rapport_model::people::CustomerSegment;

/// Names the fifths that somebody is in. How often and how much count alike.
pub fn segment(scores: Scores) -> CustomerSegment {
    use CustomerSegment as S;
    // Halves are rounded up: who buys much is worth as much as who writes often.
    let worth = scores.money.map_or(scores.frequency, |money| (scores.frequency + money).div_ceil(2));
    match (scores.recency, worth) {
        (5, 5) | (5, 4) | (4, 5) => S::Champions,
        (4, 4) | (3, 5) | (3, 4) => S::Loyal,
        (5, 3) | (4, 3) | (5, 2) | (4, 2) => S::Promising,
        (5, _) => S::New,
        (4, _) => S::Occasional,
        (3, 3) => S::Wavering,
        (3, _) => S::DozingOff,
        (1, 5) => S::CannotLose,
        (2, 3..) | (1, 4) => S::AtRisk,
        (2, _) | (1, 2..) => S::Asleep,
        _ => S::Gone,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn of(recency: u8, frequency: u8, money: Option<u8>) -> CustomerSegment {
        segment(Scores { recency, frequency, money })
    }

    #[test]
    fn every_fifth_has_a_name_and_every_name_a_fifth() {
        let mut found = BTreeSet::new();
        for recency in 1..=5 {
            for frequency in 1..=5 {
                found.insert(of(recency, frequency, None));
                for money in 1..=5 {
                    found.insert(of(recency, frequency, Some(money)));
                }
            }
        }
        assert_eq!(found.into_iter().collect::<Vec<_>>(), CustomerSegment::ALL);
    }

    #[test]
    fn names_say_what_is_meant() {
        use CustomerSegment as S;
        for (recency, frequency, money, name) in [
            (5, 5, Some(5), S::Champions),
            (5, 1, Some(1), S::New),
            (5, 1, None, S::New),
            (3, 5, Some(4), S::Loyal),
            (1, 5, Some(5), S::CannotLose),
            (1, 1, Some(1), S::Gone),
            (2, 4, None, S::AtRisk),
            (3, 3, Some(3), S::Wavering),
        ] {
            assert_eq!(of(recency, frequency, money), name, "{recency} {frequency} {money:?}");
        }
    }
}
