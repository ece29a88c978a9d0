//! Brings letters that people take for the same to one form: case, accents, width, traditional
//! and simplified Chinese.
//!
//! The work is done letter by letter, so that every folded letter knows where it stands in the
//! text.

use std::str::CharIndices;
use std::sync::LazyLock;

use unicode_normalization::char::{compose, decompose_compatible, is_combining_mark};

/// A folded letter and the bytes of the text that it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Letter {
    pub(super) c: char,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// The folded letters of a text.
pub(super) struct Letters<'a> {
    chars: CharIndices<'a>,
    /// Folded and not yet given out, in reverse order.
    ready: Vec<Letter>,
    /// The next letter; looked at before it is taken, because a mark may join it.
    next: Option<Letter>,
}

impl<'a> Letters<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let mut letters = Self { chars: text.char_indices(), ready: Vec::new(), next: None };
        letters.next = letters.pull();
        letters
    }

    /// Returns the next letter without taking it.
    pub(super) fn peek(&self) -> Option<Letter> {
        self.next
    }

    fn pull(&mut self) -> Option<Letter> {
        loop {
            if let Some(letter) = self.ready.pop() {
                return Some(letter);
            }
            let (start, c) = self.chars.next()?;
            let end = start + c.len_utf8();
            if c.is_ascii() {
                return Some(Letter { c: c.to_ascii_lowercase(), start, end });
            }
            if let Some(c) = fold_alone(c) {
                return Some(Letter { c, start, end });
            }
            let ready = &mut self.ready;
            fold(c, |c| ready.push(Letter { c, start, end }));
            ready.reverse();
        }
    }
}

impl Iterator for Letters<'_> {
    type Item = Letter;

    fn next(&mut self) -> Option<Letter> {
        let mut letter = self.next?;
        self.next = self.pull();
        if letter.c.is_ascii() {
            return Some(letter);
        }
        // Hangul written as jamo and voiced kana of half width become one letter.
        while let Some(next) = self.next.filter(|n| joins(n.c)) {
            let Some(c) = compose(letter.c, next.c) else { break };
            letter = Letter { c, end: next.end, ..letter };
            self.next = self.pull();
        }
        Some(letter)
    }
}

fn joins(c: char) -> bool {
    matches!(c, '\u{1161}'..='\u{1175}' | '\u{11A8}'..='\u{11C2}' | '\u{3099}' | '\u{309A}')
}

/// Folds the frequent letters that become one letter by themselves.
fn fold_alone(c: char) -> Option<char> {
    match c {
        '\u{4E00}'..='\u{9FFF}' => Some(simplified(c)),
        // Decomposing would take these apart only for us to join them again.
        '\u{3041}'..='\u{30FF}' | '\u{3400}'..='\u{4DBF}' | '\u{AC00}'..='\u{D7A3}' => Some(c),
        // й is a letter, not и with an accent.
        'а'..='я' => Some(c),
        'А'..='Я' => c.to_lowercase().next(),
        _ => None,
    }
}

/// Gives `emit` what `c` is folded to; nothing for a mark or an invisible sign.
fn fold(c: char, mut emit: impl FnMut(char)) {
    match c {
        // What other signs read alike: decomposition does not know these.
        'ß' | 'ẞ' => "ss".chars().for_each(emit),
        'æ' | 'Æ' => "ae".chars().for_each(emit),
        'œ' | 'Œ' => "oe".chars().for_each(emit),
        'þ' | 'Þ' => "th".chars().for_each(emit),
        'ø' | 'Ø' => emit('o'),
        'đ' | 'Đ' | 'ð' | 'Ð' => emit('d'),
        'ł' | 'Ł' => emit('l'),
        'ı' => emit('i'),
        _ => decompose_compatible(c, |c| {
            if !dropped(c) {
                let c = if matches!(c, '\u{4E00}'..='\u{9FFF}') { simplified(c) } else { c };
                c.to_lowercase().filter(|c| !dropped(*c)).for_each(&mut emit);
            }
        }),
    }
}

/// Tells whether `c` changes nothing about which word it is: accents of Latin, Greek, Cyrillic,
/// Hebrew and Arabic, and signs that cannot be seen. The marks of other scripts are vowels.
fn dropped(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36F}' | '\u{591}'..='\u{5C7}' | '\u{610}'..='\u{61A}' | '\u{64B}'..='\u{65F}'
        | '\u{640}' | '\u{670}' | '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}')
}

/// Tells whether words of `c`'s script are written without blanks between them, so that they
/// are indexed by pairs of letters. Korean has blanks, but glues particles to its words.
pub(super) fn runs_on(c: char) -> bool {
    matches!(c, '\u{E00}'..='\u{EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}'
        | '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{3096}' | '\u{309D}'..='\u{309F}' | '\u{30A1}'..='\u{30FA}'
        | '\u{30FC}'..='\u{30FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}'
        | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFD}')
        && !matches!(c, '\u{E3F}' | '\u{E4F}' | '\u{E5A}' | '\u{E5B}')
}

/// Tells whether `c` can begin a word of an alphabetic script, or be a digit of a number.
pub(super) fn begins_word(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_alphanumeric() } else { c.is_alphanumeric() && !runs_on(c) }
}

/// Tells whether `c` can stand within a word of an alphabetic script.
pub(super) fn continues_word(c: char) -> bool {
    begins_word(c) || (!c.is_ascii() && is_combining_mark(c) && !runs_on(c))
}

/// Returns the simplified form of a Chinese character of the basic block.
pub fn simplified(c: char) -> char {
    let index = (c as usize).wrapping_sub(FIRST_HAN as usize);
    SIMPLIFIED.get(index).copied().filter(|s| *s != '\0').unwrap_or(c)
}

const FIRST_HAN: char = '\u{4E00}';

/// The simplified form of each character from [`FIRST_HAN`] on, NUL where it is the same.
static SIMPLIFIED: LazyLock<Vec<char>> = LazyLock::new(|| {
    let mut table = vec!['\0'; 0x5200];
    for (traditional, simple) in variant_pairs() {
        if let Some(entry) = table.get_mut((traditional as usize).wrapping_sub(FIRST_HAN as usize)) {
            *entry = simple;
        }
    }
    table
});

fn variant_pairs() -> impl Iterator<Item = (char, char)> {
    let lines = include_str!("variants.zh.txt").lines().filter(|line| !line.starts_with('#'));
    lines.flat_map(str::split_whitespace).filter_map(|pair| {
        let mut chars = pair.chars();
        Some((chars.next()?, chars.next()?))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn folded(text: &str) -> String {
        Letters::of(text).map(|l| l.c).collect()
    }

    #[test]
    fn letters_that_people_take_for_the_same_are_the_same() {
        for (text, expected) in [
            ("Café NAÏVE", "cafe naive"),
            ("cafe\u{301}", "cafe"),
            ("Straße Łódź Ærø", "strasse lodz aero"),
            ("Счёт МОЙ", "счет мой"),
            ("ＡＢＣ１２３", "abc123"),
            ("訂單狀態", "订单状态"),
            ("ｶﾞｲﾄﾞ", "ガイド"),
            ("\u{1109}\u{1161}\u{11BC}\u{1110}\u{1162}", "상태"),
            ("상태 が", "상태 が"),
            ("so\u{AD}ft zero\u{200B}width", "soft zerowidth"),
            ("ΑΘΉΝΑ", "αθηνα"),
            ("İstanbul", "istanbul"),
            ("①㈱", "1(株)"),
        ] {
            assert_eq!(folded(text), expected, "{text}");
        }
    }

    #[test]
    fn a_letter_knows_where_it_stands() {
        let letters: Vec<_> = Letters::of("aé㎏").map(|l| (l.c, l.start, l.end)).collect();
        assert_eq!(letters, [('a', 0, 1), ('e', 1, 3), ('k', 3, 6), ('g', 3, 6)]);
    }

    #[test]
    fn a_variant_leads_to_one_form_that_is_not_a_variant_itself() {
        let mut forms = HashMap::new();
        for (traditional, simple) in variant_pairs() {
            let earlier = forms.insert(traditional, simple);
            assert!(earlier.is_none_or(|e| e == simple), "{traditional} has two forms");
        }
        for (traditional, simple) in &forms {
            assert!(traditional == simple || !forms.contains_key(simple), "{traditional} → {simple} → ?");
        }
        assert!(forms.len() > 700, "{}", forms.len());
    }

    #[test]
    fn traditional_words_become_simplified_ones_and_those_stay() {
        let of = |text: &str| text.chars().map(simplified).collect::<String>();
        assert_eq!(of("把諾瓦克移到談判階段，為什麼開單"), "把诺瓦克移到谈判阶段，为什么开单");
        let common = "的一是不了人我在有他这个们来到时大地为子中你说生国年着就那和要她出也得里后自以会家可下而过天去能对小多然于心学么之都好看起发当没成只如事把还用第样道想作种开美总从无情己面最女但现前些所同日手又行意动方期它头经长儿回位分爱老因很给名法间斯知世什两次使身者被高已亲其进此话常与活正感";
        assert_eq!(of(common), common);
    }

    #[test]
    fn every_character_can_be_folded() {
        for c in (0..=0x10FFFF).filter_map(char::from_u32) {
            let text = format!("a{c}b");
            let (first, last) = (Letters::of(&text).next(), Letters::of(&text).last());
            assert_eq!((first.map(|l| l.c), last.map(|l| l.c)), (Some('a'), Some('b')), "{c:?}");
        }
    }
}
