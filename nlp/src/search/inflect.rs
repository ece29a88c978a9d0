//! Other forms of an English word.
//!
//! Words are indexed as they are written and queries ask for their other forms, instead of both
//! being cut to a stem: an exact form ranks first, phrases stay exact, completions and
//! corrections show real words, and words of other languages are not mangled. The forms made
//! here need not exist; the index's dictionary decides.

/// A stem has at least this many letters.
const STEM_LETTERS_MIN: usize = 3;

/// Returns forms of `word` with the endings -s, -ed and -ing, without `word` itself; none for
/// what is not an English word by its letters.
pub(super) fn forms(word: &str) -> Vec<String> {
    if word.len() < STEM_LETTERS_MIN || !word.bytes().all(|b| b.is_ascii_lowercase()) {
        return Vec::new();
    }
    let mut forms = Vec::new();
    for base in bases(word) {
        forms.extend(endings(&base));
        forms.push(base);
    }
    forms.sort_unstable();
    forms.dedup();
    forms.retain(|form| form != word);
    forms
}

/// Returns what `word` may be a form of: itself, and itself without an ending.
fn bases(word: &str) -> Vec<String> {
    let mut bases = vec![word.to_owned()];
    let mut add = |base: String| {
        if base.len() >= STEM_LETTERS_MIN && base.contains(is_vowel) {
            bases.push(base);
        }
    };
    if let Some(stem) = word.strip_suffix("ies").or_else(|| word.strip_suffix("ied")) {
        add(format!("{stem}y"));
    } else if let Some(stem) = word.strip_suffix("es").filter(|stem| hisses(stem)) {
        add(stem.to_owned());
        add(format!("{stem}e"));
    } else if let Some(stem) = word.strip_suffix('s').filter(|stem| !stem.ends_with(['s', 'u', 'i'])) {
        add(stem.to_owned());
    } else if let Some(stem) = word.strip_suffix("ing").or_else(|| word.strip_suffix("ed")) {
        if is_doubled(stem) {
            add(stem[..stem.len() - 1].to_owned());
        }
        add(format!("{stem}e"));
        add(stem.to_owned());
    }
    bases
}

/// Returns `base` with each ending.
fn endings(base: &str) -> Vec<String> {
    if let Some(stem) = base.strip_suffix('y').filter(|stem| !stem.ends_with(is_vowel)) {
        return vec![format!("{stem}ies"), format!("{stem}ied"), format!("{base}ing")];
    }
    if let Some(stem) = base.strip_suffix('e') {
        return vec![format!("{base}s"), format!("{base}d"), format!("{stem}ing")];
    }
    let plural = if hisses(base) { format!("{base}es") } else { format!("{base}s") };
    let mut forms = vec![plural, format!("{base}ed"), format!("{base}ing")];
    if let Some(last) = base.chars().last().filter(|c| !is_vowel(*c) && !matches!(c, 'w' | 'x' | 'y')) {
        forms.push(format!("{base}{last}ed"));
        forms.push(format!("{base}{last}ing"));
    }
    forms
}

fn is_vowel(c: char) -> bool {
    matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y')
}

fn hisses(stem: &str) -> bool {
    stem.ends_with(['s', 'x', 'z']) || stem.ends_with("ch") || stem.ends_with("sh")
}

fn is_doubled(stem: &str) -> bool {
    let mut last = stem.bytes().rev();
    matches!((last.next(), last.next()), (Some(a), Some(b)) if a == b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_of_a_word_find_each_other() {
        for family in [
            &["refund", "refunds", "refunded", "refunding"][..],
            &["invoice", "invoices", "invoiced", "invoicing"],
            &["cancel", "cancels", "canceled", "cancelled", "cancelling"],
            &["reply", "replies", "replied", "replying"],
            &["ship", "ships", "shipped", "shipping"],
            &["box", "boxes", "boxed"],
            &["purchase", "purchases", "purchased", "purchasing"],
            &["pay", "pays", "paying"],
            &["order", "orders", "ordered", "ordering"],
        ] {
            for word in family {
                let forms = forms(word);
                for other in family.iter().filter(|other| other != &word) {
                    assert!(forms.iter().any(|f| f == other), "{word} → {other}: {forms:?}");
                }
                assert!(forms.len() <= 24 && !forms.iter().any(|f| f == word));
            }
        }
    }

    #[test]
    fn what_is_no_english_word_has_no_forms() {
        for word in ["", "a", "os", "b2b", "счета", "退款", "über"] {
            assert!(forms(word).is_empty(), "{word}");
        }
        assert!(!forms("address").contains(&"addres".to_owned()));
        assert!(!forms("status").contains(&"statu".to_owned()));
    }
}
