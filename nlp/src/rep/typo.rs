//! How far a mistyped word is from a right one.

/// Counts the letters to put in, leave out, change, or swap with their neighbour (Damerau's
/// distance in its restricted form) to make `word` of `typed`.
pub fn distance(typed: &[char], word: &str) -> usize {
    let word: Vec<char> = word.chars().collect();
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=word.len()).collect();
    for (i, a) in typed.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in word.iter().enumerate() {
            let mut least = (last[j] + usize::from(a != b)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && typed[i - 1] == *b && *a == word[j - 1] {
                least = least.min(before_last[j - 1] + 1);
            }
            row.push(least);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[word.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_swap_is_one_slip() {
        for (typed, word, slips) in [
            ("stage", "stage", 0),
            ("stge", "stage", 1),
            ("satge", "stage", 1),
            ("timelnie", "timeline", 1),
            ("", "find", 4),
            ("asign", "assign", 1),
        ] {
            assert_eq!(distance(&typed.chars().collect::<Vec<_>>(), word), slips, "{typed}");
        }
    }
}
