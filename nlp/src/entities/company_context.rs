//! Companies of any name, found by the words around them: I work at Corvex, our supplier Nordlys,
//! and the lines of a signature.

use super::latin::Latin;
use super::signature;
use super::text::{Class, Text};

/// Words of a name that nothing but its place marks, at most.
const WORDS_MAX: usize = 4;
/// Lines of a signature below the name.
const SIGNATURE_LINES: usize = 5;

/// Returns the token behind the company that starts with token `i`, if the words before say that
/// one follows.
pub(super) fn read(latin: &Latin, i: usize, persons: &[(usize, usize)]) -> Option<usize> {
    let text = latin.text;
    if !may_begin(latin, i) || i == 0 {
        return None;
    }
    let end = run(latin, i);
    if !plausible(latin, i, end, persons) {
        return None;
    }
    if text.word(i - 1) == ":" || text.same_line(i) && announced(latin, i, end, persons) {
        Some(end)
    } else {
        None
    }
    .filter(|_| text.word(i - 1) != ":" || labelled(latin, i))
    .or_else(|| greeted_team(latin, i, end).then_some(end))
}

fn may_begin(latin: &Latin, i: usize) -> bool {
    let word = latin.at(i);
    word.cap
        && !word.given
        && !super::names::NAMES.titles.contains(latin.text.word(i))
        && (!word.common || word.upper && latin.text.width(i) > 3)
        && !word.job
        && (!word.given_word)
        && latin.text.width(i) > 1
}

/// Returns the token behind the run of capitalised words from token `i`.
fn run(latin: &Latin, i: usize) -> usize {
    let text = latin.text;
    let mut end = i + 1;
    let mut n = 1;
    while n < WORDS_MAX {
        let joined = matches!(text.word(end), "-" | "." | "&")
            && text.touches(end)
            && text.touches(end + 1)
            && text.class(end + 1) == Some(Class::Word);
        if joined {
            end += 2;
            continue;
        }
        let amp = matches!(text.word(end), "&" | "+") && latin.spaced(end + 1) && latin.cap(end + 1);
        if amp {
            end += 2;
            n += 1;
            continue;
        }
        let word = latin.at(end);
        let digits = text.class(end) == Some(Class::Digits) && text.width(end) <= 3 && text.touches(end);
        if digits || latin.spaced(end) && word.cap && (!word.common || word.noun) && !word.job {
            end += 1;
            n += 1;
            continue;
        }
        break;
    }
    end
}

/// Tells whether the words from token `i` to `end` may be a company and are nothing else that is known.
fn plausible(latin: &Latin, i: usize, end: usize, persons: &[(usize, usize)]) -> bool {
    let text = latin.text;
    let (start, stop) = (text.tokens[i].start, text.tokens[end - 1].end);
    let person = persons.iter().any(|&(from, to)| from < stop && start < to);
    let places = (i..end)
        .filter(|&j| text.class(j) == Some(Class::Word))
        .all(|j| latin.at(j).place || latin.at(j).common);
    let address =
        text.touches(end) && matches!(text.word(end), "@" | "." | "/" | "_") && text.touches(end + 1);
    let model = text.class(end) == Some(Class::Digits) && text.same_line(end)
        || text.word(end) == "-" && text.touches(end);
    let upper_code = end == i + 1 && latin.at(i).upper && text.width(i) <= 2;
    !person && !places && !address && !model && !upper_code && !latin.shouted
}

/// Tells whether the words before token `i` say that a company follows.
fn announced(latin: &Latin, i: usize, end: usize, persons: &[(usize, usize)]) -> bool {
    let text = latin.text;
    let before = |n: usize| text.word_before(i, n);
    let (last, second) = (before(1), before(2));
    let article = usize::from(last == "the");
    let (last, second, third) =
        if article == 1 { (second, before(3), before(4)) } else { (last, second, before(3)) };
    match last {
        "for" | "at" | "with"
            if matches!(
                second,
                "work" | "works" | "working" | "worked" | "employed" | "intern" | "job" | "based"
            ) =>
        {
            true
        }
        "of" if second == "behalf" => true,
        "at" if matches!(
            second,
            "we" | "here"
                | "us"
                | "team"
                | "friends"
                | "people"
                | "colleagues"
                | "folks"
                | "staff"
                | "everyone"
                | "guys"
                | "person"
                | "contact"
        ) =>
        {
            true
        }
        "from"
            if matches!(
                second,
                "writing"
                    | "calling"
                    | "emailing"
                    | "someone"
                    | "colleague"
                    | "guy"
                    | "people"
                    | "technician"
                    | "engineer"
                    | "driver"
                    | "rep"
                    | "team"
                    | "call"
                    | "quote"
                    | "offer"
                    | "hello"
                    | "greetings"
                    | "here"
                    | "invoice"
                    | "switched"
                    | "switching"
                    | "moved"
                    | "moving"
                    | "migrating"
                    | "migrated"
                    | "message"
                    | "bought"
                    | "buy"
                    | "buying"
                    | "received"
                    | "them"
                    | "contact"
                    | "courier"
                    | "order"
                    | "delivery"
                    | "proposal"
                    | "moving-"
                    | "purchased"
                    | "ordered"
                    | "email"
                    | "letter"
                    | "again"
                    | "us"
                    | "tools"
            ) =>
        {
            true
        }
        "by" if matches!(
            second,
            "employed"
                | "acquired"
                | "owned"
                | "bought"
                | "made"
                | "produced"
                | "shipped"
                | "delivered"
                | "run"
                | "hired"
                | "supplied"
                | "sent"
        ) =>
        {
            true
        }
        "to" if matches!(
            second,
            "switched"
                | "switching"
                | "moved"
                | "switch"
                | "sold"
                | "compared"
                | "invoiced"
                | "billed"
                | "supplier"
                | "supply"
                | "deliver"
        ) =>
        {
            true
        }
        "of" | "at" | "for" | "from" | "with" | "in" | ","
            if is_job_before(latin, i - 1 - article)
                && (last != "in" && last != "for" || latin.cap(i - 2 - article)) =>
        {
            last != "," || latin.mark_or_end(end)
        }
        "of" | "from" | "at" | "with" => person_ends(text, i - 1 - article, persons) && last != "with",
        "," | "(" => person_ends(text, i - 1 - article, persons) && latin.mark_or_end(end) && last == "(",
        "called" | "named" => matches!(
            second,
            "company"
                | "business"
                | "firm"
                | "startup"
                | "start-up"
                | "supplier"
                | "shop"
                | "agency"
                | "we're"
                | "are"
        ),
        "is" | "are" | "we're" => {
            let (owner, what) = if last == "we're" { ("we", "") } else { (second, third) };
            matches!(
                owner,
                "company" | "business" | "firm" | "employer" | "supplier" | "carrier" | "competitor"
            ) || matches!((what, owner), ("company" | "business", "name"))
                || owner == "we"
                    && (matches!(text.word(end), "," | "." | "and" | "-" | "(") || latin.ends_line(end))
        }
        "represent" | "representing" | "joined" | "competitor" | "supplier" | "vendor" | "distributor"
        | "wholesaler" | "reseller" | "subcontractor" | "contractor" | "company" | "firm" | "agency"
        | "startup" | "retailer" | "manufacturer" | "employer" | "forwarder" => {
            last != "company" || matches!(second, "our" | "the" | "my" | "parent" | "sister" | "your")
        }
        "client" | "customer" | "partner" | "partners" | "competitors" | "suppliers" | "carrier"
        | "courier" | "bank" | "landlord" | "clients" | "customers" => {
            matches!(second, "our" | "my" | "your" | "the" | "their" | "a" | "like") || last == "competitors"
        }
        "like" => matches!(
            second,
            "competitors" | "companies" | "suppliers" | "vendors" | "clients" | "customers" | "firms"
        ),
        "both" | "and" | "or" => false,
        _ => false,
    }
}

/// Tells whether a label stands before token `i`: Company: Corvex.
fn labelled(latin: &Latin, i: usize) -> bool {
    let text = latin.text;
    text.word(i - 1) == ":"
        && matches!(
            text.word_before(i, 2),
            "company"
                | "organisation"
                | "organization"
                | "firm"
                | "firma"
                | "employer"
                | "supplier"
                | "business"
                | "vendor"
                | "to"
                | "client"
        )
        && (text.word_before(i, 2) != "to"
            || matches!(text.word_before(i, 3), "bill" | "billed" | "ship" | "invoice" | "sold" | "deliver"))
        || text.word_before(i, 2) == "name"
            && matches!(text.word_before(i, 3), "company" | "firm" | "business")
            && text.word(i - 1) == ":"
}

/// Tells whether a team of that name is greeted: Dear Corvex team.
fn greeted_team(latin: &Latin, i: usize, end: usize) -> bool {
    let text = latin.text;
    text.same_line(i)
        && matches!(text.word(i - 1), "dear" | "hi" | "hello" | "hey" | "thanks" | "the" | "your" | "at")
        && matches!(text.word(end), "team" | "support" | "sales" | "crew" | "folks")
        && latin.spaced(end)
        && (!matches!(text.word(i - 1), "the" | "your" | "at") || text.word(end) == "team")
        && latin.at(i).unknown()
}

/// Tells whether a job's title ends before token `i`: head of IT at.
fn is_job_before(latin: &Latin, i: usize) -> bool {
    i > 0 && latin.at(i - 1).job_any(latin.text, i - 1)
}

impl super::latin::Word {
    fn job_any(self, text: &Text, i: usize) -> bool {
        self.job && self.cap
            || matches!(
                text.word(i),
                "manager"
                    | "director"
                    | "engineer"
                    | "buyer"
                    | "head"
                    | "ceo"
                    | "cto"
                    | "cfo"
                    | "owner"
                    | "founder"
                    | "accountant"
                    | "assistant"
                    | "developer"
                    | "procurement"
                    | "purchasing"
                    | "officer"
                    | "coordinator"
                    | "consultant"
                    | "nurse"
                    | "teacher"
                    | "technician"
                    | "lead"
                    | "chef"
                    | "colleague"
                    | "colleagues"
                    | "boss"
                    | "partner"
                    | "rep"
                    | "secretary"
                    | "receptionist"
                    | "supervisor"
                    | "accounts"
                    | "administrator"
            )
    }
}

/// Tells whether a person's name ends right before token `i`, or before a comma or bracket there.
fn person_ends(text: &Text, i: usize, persons: &[(usize, usize)]) -> bool {
    let mut last = i;
    while last > 0 && matches!(text.word(last - 1), "," | ")" | "here" | "over" | "again") && i - last < 2 {
        last -= 1;
    }
    if last == 0 {
        return false;
    }
    let ends = text.tokens[last - 1].end;
    persons.iter().any(|&(_, to)| to == ends)
}

/// Returns the companies on the lines below a signing name.
pub(super) fn signed(latin: &Latin, persons: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let text = latin.text;
    let mut found = Vec::new();
    for (first, end) in signature::names(latin) {
        let mut i = end;
        let mut n_lines = 0;
        let mut segment = 0;
        while i < text.tokens.len() && n_lines <= SIGNATURE_LINES {
            if !text.same_line(i) {
                n_lines += 1;
                segment = 0;
            }
            let parts = matches!(text.word(i.wrapping_sub(1)), "," | "|" | "•" | "·" | "-" | "/" | "—" | "(")
                && (text.word(i - 1) != "-" || latin.spaced(i));
            let starts = !text.same_line(i) || parts;
            segment += usize::from(starts);
            let blank_lines = i > end
                && !text.same_line(i)
                && text.lower[text.tokens[i - 1].end..text.tokens[i].start]
                    .bytes()
                    .filter(|b| *b == b'\n')
                    .count()
                    > 2;
            if blank_lines || signature::closing(latin, i).is_some() && !text.same_line(i) {
                break;
            }
            if starts
                && segment <= 3
                && text.tokens[i].class == Class::Word
                && line_company(latin, i, persons)
            {
                let run_end = run(latin, i);
                found.push((i, run_end));
                break;
            }
            i += 1;
        }
        let _ = first;
    }
    found
}

/// Tells whether the words from token `i` to the next mark are a company's name.
fn line_company(latin: &Latin, i: usize, persons: &[(usize, usize)]) -> bool {
    let text = latin.text;
    let word = latin.at(i);
    let title = super::names::NAMES.titles.contains(text.word(i));
    if !word.cap || title || word.common && !word.noun || word.job || word.any_given() || text.width(i) < 2 {
        return false;
    }
    let end = run(latin, i);
    let closed =
        latin.ends_line(end) || matches!(text.word(end), "," | "|" | "•" | "·" | ")" | "-" | "—" | ".");
    let address = text.class(end + 1) == Some(Class::Digits) && text.same_line(end + 1)
        || (i..end).any(|j| {
            matches!(text.word(j), "street" | "road" | "avenue" | "lane" | "strasse" | "straße" | "platz")
        });
    let street = text.word(end - 1).ends_with("straße")
        || text.word(end - 1).ends_with("strasse")
        || text.word(end - 1).ends_with("weg");
    closed && !address && !street && plausible(latin, i, end, persons)
}
