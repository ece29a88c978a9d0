//! Somebody whom the house gets to know, in a colleague's words, taken apart: name, address, number,
//! company, and the rest; pure.

use rapport_model::Address;
use rapport_model::reading::{Entity, EntityKind};
use rapport_nlp::entities::{Context, extract};
use rapport_prompts::format::one_line;

use super::super::safe::plain;
use super::Sort;

/// A name has at most so many words.
const NAME_WORDS_MAX: usize = 5;
/// So many words of a name that nobody wrote with capitals, before others.
const SMALL_NAME_WORDS: usize = 2;
const NAME_CHARS_MAX: usize = 120;

/// Whom a colleague wants to note, before anybody looks who is known.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Person {
    /// What they are called; of a company its name. Empty if that was not said.
    pub name: String,
    /// Their mail address.
    pub address: Option<Address>,
    /// Their number, in E.164.
    pub phone: Option<String>,
    /// The company they are of; empty if that was not said.
    pub company: String,
    /// A company's domain.
    pub domain: Option<String>,
    /// What else was said.
    pub note: String,
}

/// Takes `words` apart. Pure.
pub(super) fn person(words: &str, sort: Sort, context: &Context<'_>) -> Person {
    let text = one_line(&plain(words));
    let mut person = Person::default();
    let letters: Vec<char> = text.chars().collect();
    let mut pieces = vec![String::new()];
    let mut from = 0;
    for entity in found_in(&text, context) {
        let taken = match entity.kind {
            EntityKind::Email if person.address.is_none() => {
                person.address = Address::email(&entity.value).ok();
                person.address.is_some()
            }
            EntityKind::Phone if person.phone.is_none() && entity.value.starts_with('+') => {
                person.phone = Some(entity.value.clone());
                true
            }
            _ => false,
        };
        if taken {
            pieces.last_mut().expect("there is one from the start").extend(&letters[from..entity.start]);
            pieces.push(String::new());
            from = entity.end;
        }
    }
    pieces.last_mut().expect("there is one from the start").extend(&letters[from..]);
    let contact = pieces.len() > 1;
    let head = without_cue(&pieces[0]);
    let mut rest: Vec<String> =
        pieces[1..].iter().map(|p| without_cue(p)).filter(|p| !p.is_empty()).collect();
    if sort == Sort::Company {
        of_company(&mut person, &head, rest);
        return person;
    }
    let (name, company, note) = named(&head, contact);
    (person.name, person.company) = (clipped(&name), company);
    if person.company.is_empty()
        && let Some(first) = rest.first_mut()
        && let Some((company, left)) = company_first(first)
    {
        person.company = company;
        *first = left;
    }
    person.company = clipped(&person.company);
    let parts = std::iter::once(note).chain(rest).filter(|part| !part.is_empty());
    person.note = parts.collect::<Vec<_>>().join(", ");
    person
}

/// Finds what is named in a text. What is written in Chinese may well name a Chinese number.
fn found_in(text: &str, context: &Context<'_>) -> Vec<Entity> {
    let found = extract(text, context);
    let placed = |entity: &Entity| entity.kind == EntityKind::Phone && entity.value.starts_with('+');
    let no_phone = !found.iter().any(placed);
    if no_phone && text.chars().any(is_han) {
        return extract(text, &Context { region: "CN", ..*context });
    }
    found
}

/// Reads one telephone number, as it is written in the house's country; E.164. Pure.
pub(crate) fn phone(text: &str, context: &Context<'_>) -> Option<String> {
    let cued = format!("tel {}", one_line(&plain(text)));
    let regions = [context.region, "CN"];
    regions.iter().find_map(|region| {
        let found = extract(&cued, &Context { region, ..*context });
        let number = found.into_iter().find(|entity| entity.kind == EntityKind::Phone)?.value;
        number.starts_with('+').then_some(number)
    })
}

fn clipped(name: &str) -> String {
    rapport_prompts::format::clip(trimmed(name), NAME_CHARS_MAX)
}

fn of_company(company: &mut Person, head: &str, mut rest: Vec<String>) {
    let mut name: Vec<&str> = Vec::new();
    let mut note: Vec<&str> = Vec::new();
    for word in head.split_whitespace() {
        let bare = trimmed(word);
        match domain(bare).filter(|_| company.domain.is_none()) {
            Some(domain) => company.domain = Some(domain),
            // What stands behind a comma or the domain is about the company.
            None if company.domain.is_some()
                || name.last().is_some_and(|w| w.ends_with([',', '，', ';', '；', ':']))
                || !note.is_empty() =>
            {
                note.push(word);
            }
            None => name.push(word),
        }
    }
    company.name = clipped(&name.join(" "));
    if company.domain.is_none() {
        company.domain =
            company.address.as_ref().and_then(rapport_model::address::company_domain).map(str::to_owned);
    }
    if let (true, Some(domain)) = (company.name.is_empty(), &company.domain) {
        company.name = rapport_model::address::company_name(domain);
    }
    rest.insert(0, note.join(" "));
    // A company itself has no record of an address or a number.
    rest.extend(company.address.take().map(|address| address.to_string()));
    rest.extend(company.phone.take());
    company.note = rest.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
}

/// Reads a domain such as `novak-cafe.example`.
pub(crate) fn domain(word: &str) -> Option<String> {
    let word = word.to_lowercase();
    let word = word.trim_start_matches("https://").trim_start_matches("http://").trim_start_matches("www.");
    let word = word.trim_end_matches('/');
    let labels: Vec<&str> = word.split('.').collect();
    let label = |l: &&str| !l.is_empty() && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let last = labels.last()?;
    let whole = labels.len() >= 2 && labels.iter().all(label) && last.len() >= 2;
    (whole && last.bytes().all(|b| b.is_ascii_alphabetic())).then(|| word.to_owned())
}

/// Words that only lead to an address or a number.
const CUES: &[&str] = &[
    "email",
    "e-mail",
    "mail",
    "phone",
    "tel",
    "tel.",
    "telephone",
    "mobile",
    "cell",
    "number",
    "reachable",
    "at",
    "his",
    "her",
    "their",
    "and",
    "is",
    "邮箱",
    "邮件",
    "电话",
    "手机",
    "手机号",
    "号码",
    "电子邮件",
    "联系方式",
    "是",
];
/// Words that only lead to a name.
const LEADS: &[&str] = &["called ", "named ", "for ", "叫", "名叫"];
const MARKS: &[char] = &[
    ' ', ',', '，', ';', '；', ':', '：', '、', '(', ')', '（', '）', '<', '>', '-', '–', '—', '"', '“', '”',
    '。', '/',
];

fn trimmed(text: &str) -> &str {
    text.trim_matches(MARKS)
}

fn without_cue(text: &str) -> String {
    let mut text = trimmed(text);
    loop {
        let cue = CUES.iter().find_map(|cue| {
            let at = text.len().checked_sub(cue.len())?;
            let end = text.get(at..).filter(|end| end.eq_ignore_ascii_case(cue))?;
            let apart = !cue.is_ascii() || at == 0 || text[..at].ends_with(MARKS);
            apart.then_some(end.len())
        });
        match cue {
            Some(n) => text = trimmed(&text[..text.len() - n]),
            None => break,
        }
    }
    for lead in LEADS {
        if let Some(head) = text.get(..lead.len()).filter(|head| head.eq_ignore_ascii_case(lead)) {
            text = trimmed(&text[head.len()..]);
        }
    }
    text.to_owned()
}

/// What stands between a person and their company.
const AT: &[&str] = &["at", "from", "of", "with", "@"];
/// Small words within a name.
const PARTICLES: &[&str] = &[
    "van", "von", "de", "der", "den", "da", "di", "del", "la", "le", "bin", "al", "ten", "ter", "zu", "y",
    "dos", "&",
];

/// Takes a name, a company and the words behind them apart. Where an address or number stands behind,
/// a few words without capitals are a name as well.
fn named(text: &str, contact: bool) -> (String, String, String) {
    let words: Vec<&str> = text.split_whitespace().collect();
    let Some(first) = words.first() else { return Default::default() };
    if first.chars().next().is_some_and(is_han) {
        return named_in_chinese(text);
    }
    let ends = |word: &&str| word.ends_with([',', '，', ';', '；', ':', '：', '–', '—']);
    let n = match is_capital(first) {
        true => run_of_capitals(&words),
        false => {
            let n = words.iter().position(&ends).map_or(words.len(), |n| n + 1);
            let at = words.iter().position(|w| is_at(w)).unwrap_or(n);
            let n = n.min(at);
            if n <= NAME_WORDS_MAX
                && (contact || at < words.len() || n < words.len() || n <= SMALL_NAME_WORDS + 1)
            {
                n
            } else {
                SMALL_NAME_WORDS.min(n)
            }
        }
    };
    let name = trimmed(&words[..n].join(" ")).to_owned();
    let rest = words[n..].join(" ");
    if let Some((company, rest)) = company_first(&rest) {
        return (name, company, rest);
    }
    // "Jan Novak, Novak Café, jan@novak.example"
    let run = words[n..].first().filter(|w| is_capital(w)).map_or(0, |_| run_of_capitals(&words[n..]));
    if contact && ends(&words[n - 1]) && run > 0 && run == words.len() - n {
        return (name, trimmed(&rest).to_owned(), String::new());
    }
    (name, String::new(), trimmed(&rest).to_owned())
}

fn named_in_chinese(text: &str) -> (String, String, String) {
    let (name, rest) = text.split_once([' ', ',', '，', '、', ';', '；', ':', '：']).unwrap_or((text, ""));
    let rest = trimmed(rest);
    // 张伟，蓝海科技的
    if let Some(company) = rest.strip_suffix('的').filter(|company| !company.contains(['，', ',', ' '])) {
        return (name.to_owned(), company.to_owned(), String::new());
    }
    match company_first(rest) {
        Some((company, rest)) => (name.to_owned(), company, rest),
        None => (name.to_owned(), String::new(), rest.to_owned()),
    }
}

/// Reads `at Novak Café, wants 20 seats`: a company and what stands behind it.
fn company_first(text: &str) -> Option<(String, String)> {
    let text = trimmed(text);
    let words: Vec<&str> = text.split_whitespace().collect();
    let (at, rest) = words.split_first()?;
    if let Some(company) = text.strip_prefix('在').or(text.strip_prefix("来自")) {
        let (company, rest) = company.split_once(['，', ',', ' ']).unwrap_or((company, ""));
        let company = company.trim_end_matches("工作").trim_end_matches('的');
        return Some((company.to_owned(), trimmed(rest).to_owned()));
    }
    if !is_at(at) || rest.is_empty() {
        return None;
    }
    let n = if is_capital(rest[0]) { run_of_capitals(rest) } else { 1 };
    Some((trimmed(&rest[..n].join(" ")).to_owned(), trimmed(&rest[n..].join(" ")).to_owned()))
}

fn is_at(word: &str) -> bool {
    AT.iter().any(|at| at.eq_ignore_ascii_case(word))
}

/// Counts the words from the first that are written as names are, up to a mark that ends one.
fn run_of_capitals(words: &[&str]) -> usize {
    let mut n = 0;
    for (i, word) in words.iter().enumerate().take(NAME_WORDS_MAX) {
        // Of "van der Berg" the word behind all of them tells.
        let behind = words[i..].iter().find(|word| !is_particle(word));
        let particle = is_particle(word) && behind.is_some_and(|word| is_capital(word));
        if !is_capital(word) && !particle {
            break;
        }
        n = i + 1;
        if word.ends_with([',', '，', ';', '；', ':', '：']) {
            break;
        }
    }
    n
}

fn is_particle(word: &str) -> bool {
    PARTICLES.contains(&word.to_lowercase().as_str())
}

fn is_capital(word: &str) -> bool {
    word.trim_start_matches(MARKS)
        .chars()
        .next()
        .is_some_and(|c| c.is_uppercase() || is_han(c) || c.is_ascii_digit())
}

fn is_han(c: char) -> bool {
    ('\u{3400}'..='\u{9fff}').contains(&c)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes what was read: name | address | number | company | note.
    fn read(words: &str, sort: Sort) -> String {
        let context = Context {
            received_at: rapport_model::Timestamp::parse("2026-03-11T12:00:00Z").unwrap(),
            zone: chrono_tz::Tz::Europe__Berlin,
            region: "DE",
            currency: "EUR",
            products: &[],
        };
        let found = person(words, sort, &context);
        let contact = found.address.map(|a| a.to_string()).or(found.domain).unwrap_or_default();
        format!(
            "{} | {contact} | {} | {} | {}",
            found.name,
            found.phone.unwrap_or_default(),
            found.company,
            found.note
        )
    }

    #[test]
    fn a_person_is_taken_apart() {
        for (words, expected) in [
            (
                "Jan Novak jan@novak.example wants 20 seats",
                "Jan Novak | jan@novak.example |  |  | wants 20 seats",
            ),
            ("Jan Novak <jan@novak.example>", "Jan Novak | jan@novak.example |  |  | "),
            ("jan novak jan@novak.example", "jan novak | jan@novak.example |  |  | "),
            ("jan@novak.example", " | jan@novak.example |  |  | "),
            ("Mia Lund at Fjordtech, +47 22 12 34 56", "Mia Lund |  | +4722123456 | Fjordtech | "),
            (
                "Mia Lund, mia@fjord.example, at Fjordtech, likes tea",
                "Mia Lund | mia@fjord.example |  | Fjordtech | likes tea",
            ),
            ("Jan Novak, Novak Café, jan@novak.example", "Jan Novak | jan@novak.example |  | Novak Café | "),
            ("Jan Novak wants 20 seats", "Jan Novak |  |  |  | wants 20 seats"),
            (
                "Lena van der Berg, email lena@berg.example, wants a demo",
                "Lena van der Berg | lena@berg.example |  |  | wants a demo",
            ),
            ("called Omar Haddad", "Omar Haddad |  |  |  | "),
            ("王芳，电话13800138000", "王芳 |  | +8613800138000 |  | "),
            ("李雷 lilei@abc.example 要20个席位", "李雷 | lilei@abc.example |  |  | 要20个席位"),
            (
                "张伟，蓝海科技的，邮箱zhangwei@lanhai.example",
                "张伟 | zhangwei@lanhai.example |  | 蓝海科技 | ",
            ),
            ("", " |  |  |  | "),
        ] {
            assert_eq!(read(words, Sort::Lead), expected, "{words:?}");
        }
    }

    #[test]
    fn a_company_is_its_name_and_its_domain() {
        for (words, expected) in [
            ("Delta Foods", "Delta Foods |  |  |  | "),
            ("Delta Foods delta.example", "Delta Foods | delta.example |  |  | "),
            ("Delta Foods, imports rice", "Delta Foods |  |  |  | imports rice"),
            ("delta-foods.example", "Delta Foods | delta-foods.example |  |  | "),
            ("Delta Foods info@delta.example", "Delta Foods | delta.example |  |  | info@delta.example"),
            ("蓝海科技", "蓝海科技 |  |  |  | "),
        ] {
            assert_eq!(read(words, Sort::Company), expected, "{words:?}");
        }
    }
}
