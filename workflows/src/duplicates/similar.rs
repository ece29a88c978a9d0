//! How alike two values are.

use super::text::{CHARS_MAX, is_han, sound};

/// How two values of a field agree. The numbers are places in the tables of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub(super) enum Level {
    /// One of them is not known: this says nothing.
    Missing = 0,
    /// The same.
    Same = 1,
    /// A slip of the pen apart.
    Near = 2,
    /// More than a slip apart, yet alike: sounds alike, an initial, a short form.
    Similar = 3,
    /// The same, but each in the other's place.
    Swapped = 4,
    /// Different.
    Differs = 5,
}

/// How many levels there are.
pub(super) const N_LEVELS: usize = 6;

impl Level {
    /// Every level, by its number.
    pub(super) const ALL: [Level; N_LEVELS] =
        [Level::Missing, Level::Same, Level::Near, Level::Similar, Level::Swapped, Level::Differs];

    /// Tells whether the values speak for the same person: same, or a slip apart.
    pub(super) fn is_close(self) -> bool {
        matches!(self, Level::Same | Level::Near)
    }

    /// Tells whether the values are at all alike.
    pub(super) fn is_alike(self) -> bool {
        matches!(self, Level::Same | Level::Near | Level::Similar | Level::Swapped)
    }
}

/// A value, ready to be compared with others of its field.
#[derive(Clone, Debug)]
pub(super) struct Value {
    /// Its normalised characters, at most [`CHARS_MAX`].
    pub(super) chars: Box<[char]>,
    /// Which characters occur: a bit for each letter and digit, the rest share.
    letters: u64,
    /// Equal for values that sound alike.
    pub(super) sound: u64,
}

impl Value {
    /// Prepares a normalised value; `sounds_like` is another spelling to take the sound from.
    pub(super) fn new(text: &str, sounds_like: Option<&str>) -> Self {
        let chars: Box<[char]> = text.chars().take(CHARS_MAX).collect();
        let letters = chars.iter().fold(0, |set, c| set | 1 << letter(*c));
        let sound = match sounds_like {
            Some(other) => sound(&other.chars().collect::<Vec<_>>()),
            None => sound(&chars),
        };
        Self { chars, letters, sound }
    }

    /// Tells whether the two are the same. Most pairs differ in their letters, so that the
    /// characters, which lie elsewhere in memory, are not looked at.
    fn is(&self, other: &Self) -> bool {
        self.letters == other.letters && self.chars == other.chars
    }

    /// Tells whether it begins with all of a shorter one.
    fn begins_with(&self, short: &Self) -> bool {
        short.letters & !self.letters == 0 && self.chars.starts_with(&short.chars)
    }
}

fn letter(c: char) -> u32 {
    match c {
        'a'..='z' => u32::from(c) - u32::from('a'),
        '0'..='9' => u32::from(c) - u32::from('0') + 26,
        _ => u32::from(c) % 28 + 36,
    }
}

/// Compares words: names, streets, towns, companies.
pub(super) fn words(a: &Value, b: &Value) -> Level {
    if a.is(b) {
        return Level::Same;
    }
    let length = a.chars.len().max(b.chars.len());
    // One wrong letter of three is another word, and so is one wrong character of two.
    let (near, similar) = match length {
        0..=1 => (0, 0),
        2 => (0, usize::from(a.chars.iter().all(|c| is_han(*c)))),
        3 => (0, 1),
        4 => (1, 1),
        5..=7 => (1, 2),
        8..=10 => (2, 3),
        n => ((n / 6).max(2), n * 3 / 10),
    };
    match distance(a, b, similar) {
        Some(d) if d <= near => Level::Near,
        Some(_) => Level::Similar,
        None if begins(a, b) || begins(b, a) => Level::Similar,
        None if length >= 4 && a.sound == b.sound => Level::Similar,
        None => Level::Differs,
    }
}

/// Compares given names: as [`words`], and an initial agrees with the name that it stands for, a
/// short form with the full one.
pub(super) fn given_names(a: &Value, b: &Value) -> Level {
    let initial = |short: &Value, long: &Value| {
        short.chars.len() == 1 && !is_han(short.chars[0]) && long.chars.first() == short.chars.first()
    };
    match words(a, b) {
        Level::Differs if a.sound == b.sound || initial(a, b) || initial(b, a) => Level::Similar,
        level => level,
    }
}

/// Tells whether `long` begins with all of `short`, and `short` is more than a syllable.
fn begins(long: &Value, short: &Value) -> bool {
    let n_chars_min = |short: &Value| if short.chars.first().is_some_and(|c| is_han(*c)) { 2 } else { 3 };
    long.begins_with(short) && short.chars.len() >= n_chars_min(short)
}

/// Compares numbers: postcodes, phones, identifying numbers. Each digit matters, so one wrong or two
/// exchanged are near, twice that is similar.
pub(super) fn numbers(a: &Value, b: &Value) -> Level {
    if a.is(b) {
        return Level::Same;
    }
    let length = a.chars.len().max(b.chars.len());
    let similar = if length >= 6 { 2 } else { 1 };
    match distance(a, b, similar) {
        Some(1) if length >= 2 => Level::Near,
        Some(2) => Level::Similar,
        _ if length >= 4 && same_digits(a, b) => Level::Similar,
        _ => Level::Differs,
    }
}

fn same_digits(a: &Value, b: &Value) -> bool {
    if a.letters != b.letters || a.chars.len() != b.chars.len() {
        return false;
    }
    let count = |v: &Value, c: char| v.chars.iter().filter(|d| **d == c).count();
    a.chars.iter().all(|c| count(a, *c) == count(b, *c))
}

/// Compares dates of the form `yyyymmdd`: one digit wrong, two exchanged, or day and month exchanged
/// are near; two of three parts the same, or two digits wrong, are similar.
pub(super) fn dates(a: &Value, b: &Value) -> Level {
    let level = numbers(a, b);
    if a.chars.len() != 8 || b.chars.len() != 8 || level.is_close() {
        return level;
    }
    let parts = [0..4, 4..6, 6..8];
    let same = parts.iter().filter(|p| a.chars[(*p).clone()] == b.chars[(*p).clone()]).count();
    let turned =
        a.chars[..4] == b.chars[..4] && a.chars[4..6] == b.chars[6..] && a.chars[6..] == b.chars[4..6];
    match level {
        _ if turned => Level::Near,
        _ if same == 2 => Level::Similar,
        level => level,
    }
}

/// Compares e-mail addresses: a slip apart is near, the same name at another provider is similar.
pub(super) fn addresses(a: &Value, b: &Value) -> Level {
    if a.is(b) {
        return Level::Same;
    }
    // Providers tell people of one name apart by a number: novak1 and novak2 are two.
    let digits = |v: &Value| v.chars.iter().copied().filter(char::is_ascii_digit).collect::<Vec<_>>();
    match distance(a, b, 2).filter(|_| digits(a) == digits(b)) {
        Some(1) => return Level::Near,
        Some(_) => return Level::Similar,
        None => {}
    }
    if same_local_part(a, b) { Level::Similar } else { Level::Differs }
}

/// Tells whether two different addresses have the same name before the @, and a telling one.
pub(super) fn same_local_part(a: &Value, b: &Value) -> bool {
    // Many houses have an `info` or a `sales`; a longer name is somebody's own.
    const OWN_NAME_CHARS_MIN: usize = 7;
    // The sound of an address is that of its local part.
    if a.sound != b.sound {
        return false;
    }
    let local = |v: &Value| v.chars.iter().position(|c| *c == '@').unwrap_or(v.chars.len());
    let (n_a, n_b) = (local(a), local(b));
    n_a >= OWN_NAME_CHARS_MIN && a.chars[..n_a] == b.chars[..n_b]
}

/// Returns the number of edits between two values, when it is at most `max`: letters inserted,
/// deleted, replaced, or exchanged with their neighbour (optimal string alignment).
pub(super) fn distance(a: &Value, b: &Value, max: usize) -> Option<usize> {
    let (a_len, b_len) = (a.chars.len(), b.chars.len());
    // An edit takes at most one letter away and brings at most one: most pairs end here.
    let beyond = |x: u64, y: u64| (x & !y).count_ones() as usize > max;
    if a_len.abs_diff(b_len) > max || beyond(a.letters, b.letters) || beyond(b.letters, a.letters) {
        return None;
    }
    let n_same = a.chars.iter().zip(&b.chars).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a.chars[n_same..], &b.chars[n_same..]);
    let n_same = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[..a.len() - n_same], &b[..b.len() - n_same]);
    let d = aligned(a, b, max);
    (d <= max).then_some(d)
}

/// Fills the table of alignments, in a band of `max` around its diagonal; gives up with `max + 1`.
fn aligned(a: &[char], b: &[char], max: usize) -> usize {
    // Texts have at most [`CHARS_MAX`] characters, so every distance fits a byte.
    let far = max.min(CHARS_MAX) as u8 + 1;
    let mut rows = [[0_u8; CHARS_MAX + 1]; 3];
    let [mut before, mut last, mut row] = rows.each_mut();
    for (j, cell) in last[..=b.len()].iter_mut().enumerate() {
        *cell = j as u8;
    }
    for i in 1..=a.len() {
        row[0] = i as u8;
        let (from, to) = (i.saturating_sub(max).max(1), (i + max).min(b.len()));
        if from > 1 {
            row[from - 1] = far;
        }
        let mut least = if from == 1 { i as u8 } else { far };
        for j in from..=to {
            let replaced = last[j - 1] + u8::from(a[i - 1] != b[j - 1]);
            let mut d = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                d = d.min(before[j - 2] + 1);
            }
            row[j] = d;
            least = least.min(d);
        }
        if to < b.len() {
            row[to + 1] = far;
        }
        if least >= far {
            return max + 1;
        }
        (before, last, row) = (last, row, before);
    }
    usize::from(last[b.len()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Value {
        Value::new(text, text.split_once('@').map(|(local, _)| local))
    }

    #[test]
    fn the_distance_counts_slips_of_the_pen() {
        let cases = [
            ("", "", 0, Some(0)),
            ("novak", "nowak", 2, Some(1)),
            ("barnaby", "barnayb", 2, Some(1)),
            ("ca", "abc", 3, Some(3)),
            ("archibaldst", "archibalddtst", 3, Some(2)),
            ("kitten", "sitting", 3, Some(3)),
            ("kitten", "sitting", 2, None),
            ("abc", "", 3, Some(3)),
            ("abcdefgh", "hgfedcba", 3, None),
            ("王小明", "王晓明", 1, Some(1)),
        ];
        for (a, b, max, expected) in cases {
            assert_eq!(distance(&value(a), &value(b), max), expected, "{a} {b}");
            assert_eq!(distance(&value(b), &value(a), max), expected, "{b} {a}");
        }
    }

    #[test]
    fn the_band_finds_what_the_whole_table_finds() {
        // All words of up to four letters of an alphabet of two.
        let words: Vec<String> = (0..=4_u32)
            .flat_map(|n| {
                (0..1_u32 << n)
                    .map(move |bits| (0..n).map(|i| if bits >> i & 1 == 1 { 'a' } else { 'b' }).collect())
            })
            .collect();
        for a in &words {
            for b in &words {
                let whole = distance(&value(a), &value(b), CHARS_MAX).unwrap();
                for max in 0..4 {
                    assert_eq!(
                        distance(&value(a), &value(b), max),
                        (whole <= max).then_some(whole),
                        "{a} {b} {max}"
                    );
                }
            }
        }
    }

    #[test]
    fn each_kind_of_value_has_its_own_idea_of_alike() {
        type Compare = fn(&Value, &Value) -> Level;
        let cases: &[(Compare, &str, &str, Level)] = &[
            (words, "novak", "novak", Level::Same),
            (words, "novak", "nowak", Level::Near),
            (words, "novak", "novotny", Level::Differs),
            (words, "amy", "any", Level::Similar),
            (words, "acme", "acmetools", Level::Similar),
            (words, "schmid", "schmydt", Level::Similar),
            (words, "建国", "建军", Level::Similar),
            (words, "伟", "强", Level::Differs),
            (given_names, "j", "jan", Level::Similar),
            (given_names, "伟", "伟明", Level::Similar),
            (numbers, "2148", "2184", Level::Near),
            (numbers, "2148", "8412", Level::Similar),
            (numbers, "5752610", "5752601", Level::Near),
            (numbers, "5752610", "4216940", Level::Differs),
            (numbers, "7", "9", Level::Differs),
            (dates, "19540515", "19540551", Level::Near),
            (dates, "19540305", "19540503", Level::Near),
            (dates, "19540515", "19540728", Level::Differs),
            (dates, "19540515", "19541115", Level::Similar),
            (dates, "19540515", "19831215", Level::Differs),
            (dates, "19540515", "19540527", Level::Similar),
            (addresses, "jan.novak@example.org", "jan.nowak@example.org", Level::Near),
            (addresses, "jan.novak@example.org", "jan.novak@example.com.cn", Level::Similar),
            (addresses, "jan.novak1@example.org", "jan.novak2@example.org", Level::Differs),
            (addresses, "info@example.org", "info@another.example", Level::Differs),
        ];
        for (compare, a, b, expected) in cases {
            assert_eq!(compare(&value(a), &value(b)), *expected, "{a} {b}");
            assert_eq!(compare(&value(b), &value(a)), *expected, "{b} {a}");
        }
    }
}
