//! Companies by their legal form: Novak & Sons Ltd.

use super::company::walk_back;
use super::latin::Latin;
use super::names::NAMES;
use super::text::Class;

/// Reads a company whose legal form starts with token `i`: Novak & Sons Ltd.
pub(super) fn with_legal_form(latin: &Latin, i: usize) -> Option<(usize, usize)> {
    let text = latin.text;
    let n = legal_form(latin, i)?;
    let mut end = i + n;
    // A form may follow a form: Lanhai Group Co., Ltd.
    while text.same_line(end) {
        match legal_form(latin, end) {
            Some(more) => end += more,
            None => break,
        }
    }
    if text.word(end - 1) == "." && !keeps_full_stop(latin, i, end) {
        end -= 1;
    }
    let from = walk_back(latin, i, true)?;
    let weak = matches!(
        text.word(i),
        "group" | "company" | "partners" | "holding" | "holdings" | "associates" | "corporation" | "limited"
    );
    let named = (from..i).any(|j| {
        let word = latin.at(j);
        text.class(j) == Some(Class::Word)
            && (!weak || !word.common && !NAMES.plain.contains(text.word(j)) && !word.job)
    });
    let single_letter = i - from == 1 && text.width(from) == 1;
    (named && !single_letter).then_some((from, end))
}

/// Returns how many tokens the legal form has that starts with token `i`.
pub(super) fn legal_form(latin: &Latin, i: usize) -> Option<usize> {
    let text = latin.text;
    let forms = NAMES.legal.get(text.word(i))?;
    if !text.same_line(i) || i == 0 {
        return None;
    }
    let form = forms.iter().find(|form| {
        form.iter()
            .enumerate()
            .all(|(n, part)| text.word(i + n) == *part && (n == 0 || text.same_line(i + n)))
    })?;
    let dotted = form[0] == "&" || form.len() > 2 && form[0] != "and";
    let raw = text.raw(i);
    let fits = match form[0] {
        _ if dotted => latin.cap(i) || latin.text.word(i + 1) != " " && form.len() > 2 || form[0] == "&",
        "as" | "se" | "sa" | "sl" | "ab" | "ag" | "kg" | "ug" | "lp" | "sas" | "bv" | "nv" | "aps"
        | "spa" | "gbr" | "ohg" | "asa" | "cc" | "too" | "dac" | "eg" | "sia" | "uab" | "fze" | "wll" => {
            raw.chars().all(char::is_uppercase) || matches!(raw, "ApS" | "SpA" | "GbR" | "eG")
        }
        "co" | "oy" | "group" | "company" | "partners" | "holding" | "holdings" | "associates"
        | "corporation" | "limited" | "corp" | "private" => latin.cap(i),
        _ => true,
    };
    // A last word that goes on is no form: Co-op, Inc-lude.
    let last = i + form.len();
    let goes_on = text.touches(last) && matches!(text.class(last), Some(Class::Word | Class::Digits))
        || text.touches(last) && text.word(last) == "-" && text.touches(last + 1);
    (fits && !goes_on).then_some(form.len())
}

/// Tells whether the full stop that ends the form is the form's own and not the sentence's.
fn keeps_full_stop(latin: &Latin, i: usize, end: usize) -> bool {
    let text = latin.text;
    let letters = text.width(end - 2) == 1;
    if letters {
        return true;
    }
    if latin.ends_line(end) {
        // The company fills its line, as in a signature.
        let mut first = i;
        while first > 0 && text.same_line(first) {
            first -= 1;
        }
        return walk_back(latin, i, true)
            .is_some_and(|from| from == first || matches!(text.word(from - 1), "," | "|" | "-"));
    }
    !latin.cap(end) || text.class(end) == Some(Class::Mark)
}
