//! Where a message is signed: the words that close it, and the name behind them.

use super::latin::Latin;
use super::text::Class;

/// Words and marks that a closing formula has, at most.
const CLOSING_TOKENS_MAX: usize = 8;
/// Lines at the end of a text that may be its signature without a formula.
const LAST_LINES: usize = 1;

/// Tokens at the end of a text that may be a signature without a line of its own.
const LAST_TOKENS_MAX: usize = 24;
/// Lines at the end of a text among which a name may fill one.
const SIGNATURE_LINES: usize = 6;

/// Returns the names that sign the text, as ranges of tokens.
pub(super) fn names(latin: &Latin) -> Vec<(usize, usize)> {
    let text = latin.text;
    let mut names = Vec::new();
    for i in 0..text.tokens.len() {
        if text.tokens[i].class == Class::Word
            && latin.begins_sentence(i)
            && let Some(next) = closing(latin, i)
            && let Some(name) = signed(latin, next)
        {
            names.push(name);
        }
    }
    names.extend(last_line(latin).or_else(|| last_sentence(latin)));
    names.extend(own_lines(latin));
    names.sort_unstable();
    names.dedup_by_key(|name| name.0);
    names
}

/// Returns the token behind the closing formula that starts with token `i`.
pub(super) fn closing(latin: &Latin, i: usize) -> Option<usize> {
    let text = latin.text;
    let mut core = false;
    let mut at = i;
    while at < i + CLOSING_TOKENS_MAX && (at == i || text.same_line(at)) {
        match text.word(at) {
            "regards" | "wishes" | "thanks" | "cheers" | "sincerely" | "faithfully" | "truly"
            | "greetings" | "rgds" | "regds" | "br" | "thx" | "tia" | "ciao" | "cordially"
            | "respectfully" | "mfg" | "grüße" | "grüßen" | "grusse" | "xx" | "xoxo" | "ta" | "merci"
            | "ty" | "cordialement" | "grazie" | "gracias" | "saludos" | "warmly" | "signed" | "tks"
            | "thks" | "brgds" | "saluti" | "atentamente" | "atenciosamente" | "hälsningar" | "hilsen"
            | "groet" | "groeten" | "bye" | "slán" | "efcharistó" | "takk" | "üdv" | "tack" | "tak"
            | "danke" | "kiitos" | "hvala" | "dziękuję" | "shukran" | "arigato" | "terveisin" | "namaste"
            | "mahalo" | "mihi" | "salutations" | "pozdrawiam" | "pozdravem" | "saygılarımla"
            | "selamlar" | "obrigado" | "obrigada" => core = true,
            "ora" if at > i && text.word(at - 1) == "kia" => core = true,
            "best" if latin.ends_line(at + 1) || matches!(text.word(at + 1), "," | "." | "!" | "-") => {
                core = true
            }
            "you" if at > i && text.word(at - 1) == "thank" => core = true,
            "yours" if text.word(at + 1) == "," => core = true,
            "care" if at > i && text.word(at - 1) == "take" => core = true,
            "soon" if at > i => core = true,
            "best" if at > i && text.word(at - 1) == "the" => core = true,
            "love" if latin.ends_line(at + 1) || text.word(at + 1) == "," => core = true,
            "day" | "weekend" if at > i => core = true,
            "with" | "kind" | "kindest" | "best" | "warm" | "warmest" | "many" | "all" | "the" | "yours"
            | "my" | "and" | "very" | "thank" | "take" | "talk" | "see" | "you" | "again" | "so" | "much"
            | "in" | "advance" | "friendly" | "a" | "have" | "nice" | "great" | "good" | "lots" | "of"
            | "mit" | "freundlichen" | "freundlichem" | "viele" | "liebe" | "love" | "speak" | "help"
            | "for" | "your" | "sunny" | "hear" | "hope" | "to" | "looking" | "forward" | "it" | "once"
            | "more" | "from" | "us" | "both" | "hugs" | "x" | "gruß" | "bien" | "&" | "rest" | "enjoy"
            | "everyone" | "bis" | "late" | "always" | "as" | "ever" | "cordiali" | "distinti" | "met"
            | "vriendelijke" | "hartelijke" | "vänliga" | "med" | "venlig" | "vennlig" | "million" | "un"
            | "saludo" | "kia" | "ngā" | "nga" => {}
            _ => break,
        }
        at += 1;
    }
    if !core {
        return None;
    }
    while matches!(text.word(at), "," | "." | "!" | "-" | "~" | "/" | "–" | "—" | ":" | ")")
        && at < i + CLOSING_TOKENS_MAX + 3
    {
        at += 1;
    }
    (at < text.tokens.len()).then_some(at)
}

/// Reads the name at token `i`, behind a closing formula.
fn signed(latin: &Latin, i: usize) -> Option<(usize, usize)> {
    let text = latin.text;
    let word = latin.at(i);
    let own_line = !text.same_line(i);
    let parted = own_line || matches!(text.word_before(i, 1), "," | "." | "!" | "-" | "—" | "/" | "~" | ":");
    let title = super::names::NAMES.titles.contains(text.word(i));
    if title {
        return None;
    }
    if !word.cap || latin.shouted && !word.upper {
        let known = word.given || word.given_word && (own_line || parted);
        if !known {
            return None;
        }
        let more = latin.at(i + 1);
        let end = i + 1 + usize::from(latin.spaced(i + 1) && !more.common && more.surname);
        return (latin.mark_or_end(end)).then_some((i, end));
    }
    let (end, n) = latin.name(i);
    let closed = latin.mark_or_end(end) || text.class(end) == Some(Class::Han);
    let known = word.any_given() || latin.at(end - 1).surname && n >= 2 || word.roman && n >= 2;
    if super::person::is_known_company(latin, i) {
        return None;
    }
    if known && (closed || word.given) && (!word.given_place && !word.common || closed) {
        return Some((i, end));
    }
    // Nothing but a name that no list has.
    let initial = n == 1 && text.width(i) <= 2;
    let lettered = text.width(i) == 1 && n >= 2;
    let name = (word.unknown() || lettered)
        && n <= 3
        && (!word.upper || n >= 2 || initial)
        && !is_company(latin, i, end);
    let last = latin.ends_line(end) || matches!(text.word(end), "." | "!") && latin.ends_line(end + 1);
    (closed
        && name
        && !word.camel
        && (own_line && latin.ends_line_or_contact(end)
            || last
            || parted && latin.ends_line_or_contact(end) && n >= 2))
        .then_some((i, end))
}

/// Reads the name that fills the last line, with a dash before it or not.
fn last_line(latin: &Latin) -> Option<(usize, usize)> {
    let text = latin.text;
    let n = text.tokens.len();
    let mut line = n.checked_sub(1)?;
    let mut n_lines = 0;
    loop {
        while line > 0 && text.same_line(line) {
            line -= 1;
        }
        if line == 0 {
            return None;
        }
        let mut first = line;
        while matches!(text.word(first), "-" | "—" | "~" | "/" | "–" | "*")
            || super::names::NAMES.titles.contains(text.word(first))
                && latin.cap(first + 1)
                && text.same_line(first + 1)
        {
            first += 1;
        }
        let dashed = first > line;
        let word = latin.at(first);
        if text.class(first) == Some(Class::Word) {
            let (mut end, words) = latin.name(first);
            if !word.cap {
                end = first + 1 + usize::from(latin.spaced(first + 1) && latin.at(first + 1).surname);
            }
            let whole = latin.ends_line(end)
                || text.word(end) == "." && latin.ends_line(end + 1)
                || text.word(end) == "," && word.any_given();
            let known =
                word.any_given() || word.cap && (latin.at(end - 1).surname || word.roman) && words >= 2;
            let other = word.unknown()
                && (dashed || words <= 2 && n_lines == 0)
                && words <= 3
                && !word.upper
                && !word.camel;
            if whole && (known || other) && !is_company(latin, first, end) {
                return Some((first, end));
            }
        }
        n_lines += 1;
        if n_lines >= LAST_LINES {
            return None;
        }
        line -= 1;
    }
}

/// Reads the name that ends the text behind a full sentence, alone or with what a signature has
/// behind it: Can you call me? Tom. It is urgent. Murat Aksoy, Marmara Vana Ltd.
fn last_sentence(latin: &Latin) -> Option<(usize, usize)> {
    let text = latin.text;
    let n_tokens = text.tokens.len();
    let from = n_tokens.saturating_sub(LAST_TOKENS_MAX);
    // The first words behind a sentence that are a name and run to the end.
    (from.max(1)..n_tokens).find_map(|first| {
        let closes = matches!(text.word(first - 1), "." | "!" | "?" | "-" | "~" | "…" | ")")
            && (text.same_line(first) || text.word(first - 1) == "-");
        let word = latin.at(first);
        // A greeting that closes is no name: Warmly, Ines.
        if closes && closing(latin, first).is_some() {
            return None;
        }
        if !closes
            || !word.cap
            || word.common && !word.any_given() && text.word(first + 1) != "."
            || latin.shouted
            || word.camel
        {
            return None;
        }
        let (end, n) = latin.name(first);
        let known = word.any_given() || latin.at(end - 1).surname && n >= 2;
        let initial = text.width(first) == 1 && n >= 2;
        let name = known || initial || word.unknown() && !word.upper && text.width(first) > 1;
        let whole = end == n_tokens || matches!(text.word(end), "." | "!") && end + 1 == n_tokens;
        let behind = matches!(text.word(end), "," | "/" | "|" | "(" | "-")
            || text.class(end) == Some(Class::Digits)
            || text.word(end) == "+";
        let says = (end..n_tokens).any(|j| {
            matches!(
                text.word(j),
                "is" | "are"
                    | "was"
                    | "were"
                    | "will"
                    | "has"
                    | "have"
                    | "had"
                    | "can"
                    | "to"
                    | "please"
                    | "we"
                    | "i"
                    | "you"
                    | "it"
                    | "said"
                    | "that"
                    | "if"
                    | "would"
                    | "your"
                    | "our"
                    | "my"
                    | "do"
                    | "did"
                    | "does"
                    | "not"
                    | "but"
            )
        });
        let company = is_company(latin, first, end) || super::person::is_known_company(latin, first);
        (name && n <= 4 && (whole || behind && !says) && !company && !(word.place && n == 1))
            .then_some((first, end))
    })
}

/// Returns the names that fill a line each among the last of the text, above a company or a number:
/// two or three words in capitals that no list knows as anything else.
fn own_lines(latin: &Latin) -> Vec<(usize, usize)> {
    let text = latin.text;
    let mut lines: Vec<usize> = (1..text.tokens.len()).filter(|&i| !text.same_line(i)).collect();
    let last = lines.split_off(lines.len().saturating_sub(SIGNATURE_LINES));
    last.into_iter()
        .filter_map(|line| {
            let mut first = line;
            while matches!(text.word(first), "-" | "—" | "~" | "*" | "/")
                || super::names::NAMES.titles.contains(text.word(first)) && latin.cap(first)
                || text.word(first) == "." && first > line
            {
                first += 1;
            }
            let word = latin.at(first);
            if !word.cap || latin.shouted || text.class(first) != Some(Class::Word) || word.camel {
                return None;
            }
            let (end, n) = latin.name(first);
            let initial = text.width(first) == 1;
            let parts = (first..end).filter(|&j| text.class(j) == Some(Class::Word) && latin.cap(j));
            let names = parts.clone().all(|j| {
                let part = latin.at(j);
                part.unknown() || part.any_given() || part.surname || text.width(j) == 1
            });
            let fills = latin.ends_line(end) || matches!(text.word(end), "," | "|" | "(" | "/") && n >= 2;
            let long = (2..=3).contains(&n) && (initial || word.unknown() || word.any_given());
            (long
                && names
                && fills
                && !word.upper
                && !is_company(latin, first, end)
                && !super::person::is_known_company(latin, first))
            .then_some((first, end))
        })
        .collect()
}

/// Tells whether the words from token `i` to `end` and the next say that they are a company.
fn is_company(latin: &Latin, i: usize, end: usize) -> bool {
    (i..end + 1).any(|j| {
        let word = latin.at(j);
        (j < end || latin.spaced(j)) && word.cap && (word.noun || word.job && !word.any_given())
            || latin.text.word(j) == "&"
    })
}

impl Latin<'_> {
    /// Tells whether token `i` ends the line or begins what a signature has behind a name.
    fn ends_line_or_contact(&self, i: usize) -> bool {
        self.ends_line(i)
            || matches!(self.text.word(i), "," | "|" | "(" | "-" | "/" | "•" | "·" | "." | "<" | "—")
    }
}
