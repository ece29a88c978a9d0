//! Persons in Latin letters: by the words around a name, or by the name itself.
//!
//! What a greeting, a title or an introduction announces may be any name; a name alone in a
//! sentence must be known. Titles are no part of it.

use rapport_model::reading::EntityKind;

use super::Found;
use super::latin::Latin;
use super::names::NAMES;
use super::person_known::known;
use super::signature;
use super::text::Class;

/// Tokens of a name that a label announces, at most.
const NAME_TOKENS_MAX: usize = 5;
/// Tokens of a name before an address in angle brackets, at most.
const BEFORE_ADDRESS_MAX: usize = 5;

/// Adds the persons in `latin`.
pub(super) fn find(latin: &Latin, out: &mut Vec<Found>) {
    let signed = signature::names(latin);
    let mut next = 0;
    for i in 0..latin.text.tokens.len() {
        if i < next || latin.text.tokens[i].class != Class::Word {
            continue;
        }
        let signed_end = signed.iter().find(|(from, _)| *from == i).map(|(_, to)| *to);
        let Some(end) = signed_end.or_else(|| announced(latin, i)).or_else(|| known(latin, i)) else {
            continue;
        };
        // Burcu Hanım, Murat Bey: the title stands behind.
        let titled = end > i + 1 && matches!(latin.text.word(end - 1), "hanım" | "bey" | "san" | "ji");
        let end = end - usize::from(titled);
        next = end;
        // Kevin 刘: the surname stands behind, in Chinese.
        let family = latin.text.class(end) == Some(Class::Han)
            && latin.text.class(end + 1) != Some(Class::Han)
            && latin.spaced(end)
            && super::person_zh::is_surname(latin.text.tokens[end].first);
        let end = end + usize::from(family);
        let (start, end) = (latin.text.tokens[i].start, latin.end_byte(end));
        // J. D. keeps its last full stop out of the name.
        let value = latin.text.plain[start..end].split_whitespace().collect::<Vec<_>>().join(" ");
        out.push(Found { kind: EntityKind::Person, start, end, value });
    }
}

/// Reads the name at token `i` if the words before or behind it announce one.
fn announced(latin: &Latin, i: usize) -> Option<usize> {
    if NAMES.titles.contains(latin.text.word(i)) && !latin.at(i).any_given() || latin.at(i).camel {
        return None;
    }
    titled(latin, i)
        .or_else(|| greeted(latin, i))
        .or_else(|| introduced(latin, i))
        .or_else(|| addressed(latin, i))
        .or_else(|| called(latin, i))
        .or_else(|| labelled_in_chinese(latin, i))
}

/// Reads a name in Latin letters behind Chinese words that announce one: 联系人 Nguyễn Văn Hùng.
fn labelled_in_chinese(latin: &Latin, i: usize) -> Option<usize> {
    const LABELS: [&str; 20] = [
        "联系人",
        "聯繫人",
        "聯絡人",
        "窗口",
        "名字叫",
        "名叫",
        "我叫",
        "姓名",
        "名字",
        "名是",
        "对接人",
        "收件人",
        "收货人",
        "经办人",
        "我姓",
        "姓",
        "经理",
        "經理",
        "会计部",
        "會計部",
    ];
    let text = latin.text;
    let word = latin.at(i);
    if !text.has_han || !word.cap || word.noun || word.camel {
        return None;
    }
    let head = text.plain[..text.tokens[i].start].trim_end_matches([' ', ':', '：', '是']);
    let labelled = LABELS.iter().any(|label| head.ends_with(label));
    // Wing 姐, Kevin先生
    let (end, n) = latin.name(i);
    let rest = text.plain[text.tokens[end - 1].end..].trim_start_matches(' ');
    let titled = ["姐", "哥", "先生", "小姐", "女士", "总", "總", "经理", "經理", "老师", "老師"]
        .iter()
        .any(|title| rest.starts_with(title));
    if titled && n <= 2 && !word.common && !is_known_company(latin, i) {
        return Some(end);
    }
    (labelled && !is_known_company(latin, i)).then(|| {
        let mut end = latin.name(i).0;
        // Whatever has a capital belongs to it: Văn is a particle elsewhere.
        while end < i + NAME_TOKENS_MAX && latin.spaced(end) && latin.cap(end) && !latin.at(end).noun {
            end += 1;
        }
        end
    })
}

/// Reads the name of whom somebody is asked to call, with the number behind it, or who says to be
/// here: call Gustavo (49) 3555-0171; Ottavia Brusaferro here.
fn called(latin: &Latin, i: usize) -> Option<usize> {
    let text = latin.text;
    let word = latin.at(i);
    if !word.cap
        || word.common
        || word.place
        || word.noun
        || word.job
        || word.upper
        || is_known_company(latin, i)
    {
        return None;
    }
    let (end, n) = latin.name(i);
    let called = text.same_line(i)
        && matches!(
            text.word_before(i, 1),
            "call" | "ring" | "phone" | "ask" | "text" | "dial" | "tell" | "driver" | "contact"
        )
        || text.word_before(i, 1) == "for" && matches!(text.word_before(i, 2), "ask" | "asked" | "asking");
    let at = end + usize::from(matches!(text.word(end), "at" | "on" | ","));
    let number = text.class(at) == Some(Class::Digits) && text.width(at) >= 2
        || matches!(text.word(at), "+" | "(") && text.class(at + 1) == Some(Class::Digits);
    let here = text.word(end) == "here"
        && latin.mark_or_end(end + 1)
        && n >= 2
        && (latin.begins_sentence(i) || text.word_before(i, 1) == ",");
    let asked = text.word_before(i, 1) == "for"
        && matches!(text.word_before(i, 2), "ask" | "asked" | "asking")
        && latin.mark_or_end(end);
    let family =
        text.word_before(i, 1) == "the" && text.word(end) == "family" && n == 1 && !latin.begins_sentence(i);
    let kin = text.word_before(i, 1) == "is" && NAMES.people.contains(text.word_before(i, 2)) && n >= 2;
    (called && number && text.same_line(end) && n <= 3 || (here || asked || kin) && n <= 3 || family)
        .then_some(end)
}

/// Reads the name behind a title: Mr Novak, Frau Dr. Weber.
fn titled(latin: &Latin, i: usize) -> Option<usize> {
    let text = latin.text;
    let mut at = i.checked_sub(1)?;
    if text.word(at) == "." && text.touches(at) {
        at = at.checked_sub(1)?;
    } else if !latin.spaced(i) {
        return None;
    }
    let title = text.word(at);
    if !NAMES.titles.contains(title) || !text.same_line(i) {
        return None;
    }
    let word = latin.at(i);
    let short = matches!(title, "mr" | "mrs" | "ms" | "dr" | "prof");
    if !word.cap {
        let known = word.given || word.surname && !word.common;
        return (short && known).then(|| {
            let more = latin.at(i + 1);
            i + 1 + usize::from(latin.spaced(i + 1) && more.surname && !more.common && !more.cap)
        });
    }
    if NAMES.titles.contains(text.word(i)) || word.common && !word.surname && !word.any_given() {
        return None;
    }
    let person = matches!(
        title,
        "mr" | "mrs"
            | "ms"
            | "mx"
            | "dr"
            | "prof"
            | "professor"
            | "herr"
            | "frau"
            | "monsieur"
            | "madame"
            | "mme"
            | "mlle"
            | "señor"
            | "señora"
            | "miss"
            | "signor"
            | "signora"
            | "sra"
            | "meneer"
            | "mevrouw"
            | "dott"
            | "captain"
            | "capt"
            | "nurse"
            | "uncle"
            | "auntie"
            | "aunt"
            | "mallam"
            | "alhaji"
            | "ing"
            | "eng"
            | "rev"
            | "canon"
            | "coach"
            | "sr"
            | "srta"
            | "pan"
            | "pani"
    ) && latin.cap(at);
    (person || word.any_given() || word.surname).then(|| latin.name(i).0)
}

/// Reads the name that is greeted or thanked: Dear Anna, hi tomasz.
fn greeted(latin: &Latin, i: usize) -> Option<usize> {
    let text = latin.text;
    let mut at = i.checked_sub(1)?;
    if text.word(at) == "," {
        at = at.checked_sub(1)?;
    }
    if !text.same_line(i) {
        return None;
    }
    let (hello, thanks) = match text.word(at) {
        "hi" | "hello" | "hey" | "dear" | "hallo" | "hiya" | "hola" | "bonjour" | "ciao" | "liebe"
        | "lieber" | "servus" => (true, false),
        "morning" | "afternoon" | "evening" => {
            (text.word_before(at, 1) == "good" || latin.begins_sentence(at), false)
        }
        "thanks" | "thx" | "cheers" | "ta" | "sorry" | "ok" | "okay" | "yes" | "no" | "bye"
        | "congratulations" => (false, true),
        "you" => (false, text.word_before(at, 1) == "thank"),
        "again" | "there" => {
            let hi = matches!(text.word_before(at, 1), "hi" | "hello");
            (hi, matches!(text.word_before(at, 1), "thanks"))
        }
        // Hi Anna and Tom
        "and" | "&" | "/" if at >= 2 && latin.any_given_or_cap(at - 1) => {
            let head = (1..=3)
                .filter_map(|back| at.checked_sub(back + 1))
                .any(|j| matches!(text.word(j), "hi" | "hello" | "dear" | "hey"));
            (head, false)
        }
        _ => return None,
    };
    if !hello && !thanks {
        return None;
    }
    let word = latin.at(i);
    if !word.cap || latin.shouted {
        let sure =
            word.given || word.given_word && hello || word.given_word && thanks && latin.mark_or_end(i + 1);
        let ends = latin.mark_or_end(i + 1);
        if !sure || word.common && !ends || (word.given_word && !ends) {
            return None;
        }
        let more = latin.at(i + 1);
        let full = latin.spaced(i + 1) && more.surname && !more.common && latin.mark_or_end(i + 2);
        return Some(i + 1 + usize::from(full));
    }
    let (end, n) = latin.name(i);
    let last = latin.at(end - 1);
    if word.any_given() || (word.surname || last.surname && n > 1) && !word.common {
        let company = latin.at(end).noun && latin.spaced(end) && latin.cap(end);
        return (!company && (word.given || latin.mark_or_end(end) || n > 1 || hello)).then_some(end);
    }
    let closed = latin.mark_or_end(end) && !matches!(text.word(end), "'" | "&" | "/" | "+");
    let camel = (i..end).any(|j| latin.at(j).camel);
    (hello && closed && word.unknown() && n <= 3 && !word.upper && !camel && !is_known_company(latin, i))
        .then_some(end)
}

/// Reads the name in an introduction: my name is Anna, this is Tom from Acme, contact: Jan Novak.
fn introduced(latin: &Latin, i: usize) -> Option<usize> {
    let text = latin.text;
    let word = latin.at(i);
    let before = |n: usize| text.word_before(i, n);
    if !text.same_line(i) {
        return None;
    }
    let named = match (before(2), before(1)) {
        ("name" | "name's", "is") | ("my", "name's") | ("is", "called") | ("name", ":") => true,
        ("it", "is" | "'s") => false,
        ("name", "of") => true,
        (_, "named" | "name" | "name's") => true,
        _ => false,
    };
    if named {
        let word_ok = word.cap && (!word.common || word.any_given()) && !word.noun && !word.place;
        let company = matches!(
            before(2),
            "company" | "school" | "business" | "shop" | "firm" | "product" | "brand" | "trade"
        ) || before(3) == "company"
            || before(4) == "company"
            || before(3) == "business"
            || before(3) == "product";
        if word_ok && !company && !is_known_company(latin, i) {
            return Some(latin.name(i).0);
        }
        if !word.cap && (word.given || word.given_word) {
            let more = latin.at(i + 1);
            return Some(i + 1 + usize::from(latin.spaced(i + 1) && more.surname && !more.common));
        }
        return None;
    }
    if before(1) == ":" || before(1) == "." && matches!(before(2), "attn" | "cc") {
        let label = matches!(
            before(2),
            "contact"
                | "person"
                | "attn"
                | "attention"
                | "from"
                | "to"
                | "cc"
                | "bcc"
                | "signed"
                | "buyer"
                | "recipient"
                | "ansprechpartner"
                | "receiver"
                | "participants"
                | "attendees"
                | "passenger"
                | "passengers"
                | "guest"
                | "guests"
                | "patient"
                | "caller"
                | "sender"
                | "customer"
                | "requested"
                | "by"
                | "tenant"
                | "student"
                | "owner"
                | "manager"
                | "representative"
                | "technician"
                | "assignee"
                | "cardholder"
                | "kontakt"
                | "von"
                | "an"
                | "name"
        );
        if label && word.cap && (word.any_given() || word.unknown()) {
            let (end, n) = latin.name(i);
            let known = word.any_given() || latin.at(end - 1).surname;
            let person = known || (2..=3).contains(&n) && !word.upper && latin.mark_or_end(end);
            let company =
                latin.spaced(end) && latin.cap(end) && !latin.at(end).common || is_known_company(latin, i);
            return (person && !company).then_some(end);
        }
        return None;
    }
    let is = matches!(
        (before(2), before(1)),
        ("this" | "it" | "here", "is")
            | ("i", "am" | "'m")
            | (_, "i'm" | "im" | "it's" | "here's")
            | ("speaking" | "spoke" | "talking" | "talked" | "speak", "with" | "to")
    );
    if is {
        if !word.cap {
            let sure = word.given && matches!(text.word(i + 1), "from" | "at" | "here" | "," | "again");
            return sure.then_some(i + 1);
        }
        let (end, n) = latin.name(i);
        let behind = text.word(end);
        let told = matches!(behind, "from" | "at" | "here" | "speaking" | "with" | "again")
            || behind == "," && before(1) == "i'm";
        if word.any_given() && (!word.given_place || told || n > 1) {
            return Some(end);
        }
        let full = (n == 2 || n == 3)
            && word.unknown()
            && !word.upper
            && (latin.mark_or_end(end) || told || behind == "and");
        let short = n == 1 && word.unknown() && !word.upper && told;
        return ((full || short) && !is_known_company(latin, i)).then_some(end);
    }
    let prior = before(1).trim_end_matches("'s");
    // my colleague Anna; our technician, Mr ...; my colleagues Anna and Tom
    let people = NAMES.people.contains(prior) || NAMES.people.contains(prior.trim_end_matches('s'));
    let comma = before(1) == ","
        && NAMES.people.contains(before(2))
        && matches!(before(3), "my" | "our" | "your" | "the" | "his" | "her");
    let owned = matches!(
        before(2),
        "my" | "our" | "your" | "his" | "her" | "the" | "their" | "a" | "," | "new" | "sales" | "and"
    ) || latin.at(i - 1).cap
        || comma;
    if (people && owned || comma) && word.cap && word.unknown() && !word.upper {
        let (end, n) = latin.name(i);
        let company =
            latin.spaced(end) && latin.cap(end) && !latin.at(end).common || is_known_company(latin, i);
        let partner = matches!(prior, "partner" | "agent" | "consultant" | "owner" | "buyer")
            && !word.any_given()
            && n == 1;
        return (!company && !partner).then_some(end);
    }
    None
}

/// Reads the name before an address in angle brackets: Anna Novak <anna@example.org>.
fn addressed(latin: &Latin, i: usize) -> Option<usize> {
    let text = latin.text;
    let word = latin.at(i);
    if !word.cap || word.common && !word.any_given() || word.job || word.noun {
        return None;
    }
    let (end, _) = latin.name(i);
    let bracket = end + usize::from(text.word(end) == "\"");
    if !matches!(text.word(bracket), "<" | "[" | "(") || !text.same_line(bracket) {
        return None;
    }
    let starts = i == 0
        || !text.same_line(i)
        || matches!(
            text.word(i - 1),
            ":" | ","
                | ";"
                | "\""
                | "."
                | "by"
                | "from"
                | "to"
                | "cc"
                | "with"
                | "and"
                | "und"
                | ">"
                | "contact"
        );
    let mail = (bracket + 1..bracket + 10)
        .take_while(|&j| text.same_line(j) && (j == bracket + 1 || text.touches(j)))
        .any(|j| text.word(j) == "@" || text.word(j) == "mailto");
    (starts && mail && i + BEFORE_ADDRESS_MAX + 2 > end && !is_known_company(latin, i) && !latin.at(end).noun)
        .then_some(end)
}

/// Tells whether a known company's name begins with token `i`.
pub(super) fn is_known_company(latin: &Latin, i: usize) -> bool {
    super::company_known::known(latin, i).is_some()
}

impl Latin<'_> {
    fn any_given_or_cap(&self, i: usize) -> bool {
        self.at(i).any_given() || self.cap(i)
    }
}
