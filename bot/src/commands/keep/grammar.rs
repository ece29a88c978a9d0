//! Reads what stands behind the words of the commands that keep the records; pure.

use rapport_model::people::Interaction;
use rapport_model::{Kind, ShortNumber};

use super::super::command::{Command, Of};
use super::super::grammar::{first, of_and_text, paged, whole};
use super::super::parse::{ParseError, reference, trim};
use super::super::past::pair;
use super::super::table::Name;
use super::command::{Keep, Sort};
use super::edited::{equals, is_field};

/// What goes before the words of a command that is wanted all the same.
const ANYWAY: &str = "act:anyway";

/// Reads the arguments of `name`, which is one of the commands that keep the records.
///
/// # Errors
/// Words are missing.
pub(in super::super) fn keep(name: Name, text: &str) -> Result<Command, ParseError> {
    let keep = match name {
        Name::New => new(text),
        Name::Edit => edit(text),
        Name::Tag => tag(text),
        Name::Deal => return deal(text),
        Name::Deals => {
            let (whose, page) = paged(text.strip_prefix("in ").unwrap_or(text));
            Some(Keep::Deals { whose: whose_of(&whose), page })
        }
        Name::Pipeline => Some(Keep::Pipeline { whose: whose_of(text) }),
        Name::Log => log(text),
        Name::Link => link(text),
        Name::Template => Some(template(text)),
        Name::Snooze => Some(snooze(text)),
        _ => Some(assign(text)),
    };
    keep.map(Command::Keep).ok_or(ParseError::Incomplete(name))
}

const SORTS: &[(&str, Sort)] = &[
    ("lead", Sort::Lead),
    ("prospect", Sort::Lead),
    ("潜在客户", Sort::Lead),
    ("线索", Sort::Lead),
    ("contact", Sort::Contact),
    ("person", Sort::Contact),
    ("联系人", Sort::Contact),
    ("customer", Sort::Customer),
    ("client", Sort::Customer),
    ("客户", Sort::Customer),
    ("company", Sort::Company),
    ("firm", Sort::Company),
    ("公司", Sort::Company),
];

/// Reads `lead Jan Novak jan@novak.example`, `联系人王芳，电话13800138000`.
fn new(text: &str) -> Option<Keep> {
    let (word, rest) = first(text);
    let word = word.trim_end_matches([':', '：', ',', '，']).to_lowercase();
    let glued = || {
        let han = SORTS.iter().filter(|(w, _)| !w.is_ascii());
        han.filter_map(|(w, sort)| Some((*sort, text.strip_prefix(w)?)))
            .max_by_key(|(_, rest)| text.len() - rest.len())
    };
    let (sort, rest) = match SORTS.iter().find(|(w, _)| *w == word) {
        Some((_, sort)) => (*sort, rest),
        None => glued()?,
    };
    let rest = rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ':' | '：' | ',' | '，'));
    let (anyway, words) = match rest.strip_prefix(ANYWAY) {
        Some(words) => (true, trim(words)),
        None => (false, rest),
    };
    (!words.is_empty()).then(|| Keep::New { sort, words: words.to_owned(), anyway })
}

/// Reads `C12 phone=+44 20 7946 0958`, `Anna Berg language=zh`, `C12 phone +44 …`.
fn edit(text: &str) -> Option<Keep> {
    let text = trim(text);
    let made = |of, words: &str| Some(Keep::Edit { of, words: trim(words).to_owned() });
    let (of, rest) = of_and_text(text);
    // A colon behind an equals sign belongs to the value.
    let is_value = matches!(&of, Of::Named(name) if name.contains(['=', '＝']));
    if !is_value && of != Of::It || reference(first(text).0).is_some() {
        return made(of, rest);
    }
    match equals(text) {
        // The name goes to the first field.
        Some(at) => {
            let field = text[..at].trim_end().rfind(char::is_whitespace).map_or(0, |blank| blank + 1);
            let name = trim(&text[..field]);
            made(if name.is_empty() { Of::It } else { whole(name) }, &text[field..])
        }
        None if text.is_empty() || is_field(first(text).0) => made(Of::It, text),
        // "Anna Berg" alone asks what there is to edit.
        None if !text.contains([',', '，']) && text.split_whitespace().count() <= 2 => made(whole(text), ""),
        None => None,
    }
}

/// Reads `C12 +vip -cold`, `Anna Berg +vip`, `Novak: vip`.
fn tag(text: &str) -> Option<Keep> {
    let text = trim(text);
    let made = |of, words: &str| Some(Keep::Tag { of, words: trim(words).to_owned() });
    let (of, rest) = of_and_text(text);
    if of != Of::It || text.is_empty() || reference(first(text).0).is_some() {
        return made(of, rest);
    }
    let signed = text.char_indices().find(|(at, c)| {
        matches!(c, '+' | '＋' | '-' | '－' | '#')
            && text[..*at].chars().next_back().is_none_or(char::is_whitespace)
    });
    match signed {
        Some((0, _)) => made(Of::It, text),
        Some((at, _)) => made(whole(trim(&text[..at])), &text[at..]),
        // One word is a tag; of two nobody knows where a name ends.
        None if !text.contains(char::is_whitespace) => made(Of::It, text),
        None => None,
    }
}

/// What may stand between a record and the colleague who gets it.
const TO: &[&str] = &["to", "给", "到"];

/// Reads `C12 @petra`, `T3 to petra`, `Novak Café to petra`, `T3给小陈`.
fn assign(text: &str) -> Keep {
    let made = |of, to: &str| {
        let to = trim(to);
        let bare = TO.iter().find_map(|w| {
            let rest = to.strip_prefix(w)?;
            (!w.is_ascii() || rest.starts_with(char::is_whitespace)).then(|| trim(rest))
        });
        let to = bare.unwrap_or(to).trim_start_matches(['@', '＠']).to_owned();
        Keep::Assign { of, to }
    };
    let text = trim(text);
    let (of, rest) = of_and_text(text);
    if of != Of::It || reference(first(text).0).is_some() {
        return made(of, rest);
    }
    let between = [" @", " ＠", " to ", "给"].iter().filter_map(|w| text.rfind(w)).max();
    match between.filter(|at| !trim(&text[..*at]).is_empty()) {
        Some(at) => made(whole(trim(&text[..at])), &text[at..]),
        None => made(Of::It, text),
    }
}

/// Reads `new C12 12k by end of June 20 seats`, `D2`, `D2 won`, or nothing.
fn deal(text: &str) -> Result<Command, ParseError> {
    let text = trim(text);
    if text.is_empty() {
        return Ok(Command::Keep(Keep::Deals { whose: whose_of(""), page: 1 }));
    }
    let (word, rest) = first(text);
    let new = ["新建", "新增"].iter().find_map(|w| text.strip_prefix(w));
    let new = new.or_else(|| matches!(word.to_lowercase().as_str(), "new" | "open" | "add").then_some(rest));
    let (of, words) = of_and_text(new.unwrap_or(text));
    let is_deal = matches!(&of, Of::Number(ShortNumber { kind: Some(Kind::Deal), .. }));
    if new.is_none() && is_deal {
        return Ok(match words {
            "" => Command::Show(of),
            words => Command::Stage { of, words: words.strip_prefix("to ").unwrap_or(words).to_owned() },
        });
    }
    // Without "new" a customer must be named: a sentence is none.
    if new.is_none() && of == Of::It && reference(word).is_none() {
        return Err(ParseError::Incomplete(Name::Deal));
    }
    Ok(Command::Keep(Keep::NewDeal { of, words: words.to_owned() }))
}

/// Reads whose records are meant: the asker's where nobody is named.
fn whose_of(text: &str) -> String {
    let word = trim(text).trim_end_matches(['?', '？']).trim_start_matches(['@', '＠']).to_lowercase();
    match word.as_str() {
        "" | "mine" | "my" | "me" | "open" | "我的" | "我" => "mine".to_owned(),
        "team" | "all" | "everybody" | "us" | "团队" | "全部" | "所有" => "team".to_owned(),
        _ => word,
    }
}

const INTERACTIONS: &[(&str, Interaction)] = &[
    ("call", Interaction::Call),
    ("phone", Interaction::Call),
    ("通话", Interaction::Call),
    ("电话", Interaction::Call),
    ("meeting", Interaction::Meeting),
    ("mtg", Interaction::Meeting),
    ("visit", Interaction::Meeting),
    ("demo", Interaction::Meeting),
    ("lunch", Interaction::Meeting),
    ("会议", Interaction::Meeting),
    ("会面", Interaction::Meeting),
    ("拜访", Interaction::Meeting),
];

/// Reads `call C12 wants a quote, 12 min`, `meeting with Novak: …`, `通话C12要报价`.
fn log(text: &str) -> Option<Keep> {
    let (word, rest) = first(text);
    let word = word.trim_end_matches([':', '：']).to_lowercase();
    let exact = INTERACTIONS.iter().find(|(w, _)| *w == word).map(|(_, interaction)| (*interaction, rest));
    let glued = || {
        let han = INTERACTIONS.iter().filter(|(w, _)| !w.is_ascii());
        han.filter_map(|(w, interaction)| Some((*interaction, trim(text.strip_prefix(w)?)))).next()
    };
    // A record alone was called.
    let bare = || reference(first(text).0).map(|_| (Interaction::Call, text));
    let (interaction, rest) = exact.or_else(glued).or_else(bare)?;
    let (lead, after) = first(rest);
    let rest = if matches!(lead.to_lowercase().as_str(), "with" | "to" | "from") { after } else { rest };
    let (of, text) = of_and_text(rest);
    Some(Keep::Log { interaction, of, text: text.to_owned() })
}

/// Reads `C12 F3`, `Anna Berg: Berg GmbH`, `Anna to Novak`, `C12到F3`.
fn link(text: &str) -> Option<Keep> {
    let (person, company, _) = pair(text).filter(|(_, company, _)| !company.is_empty())?;
    let company = whole(company);
    let is_company = matches!(&person, Of::Number(ShortNumber { kind: Some(Kind::Company), .. }));
    let (person, company) = if is_company { (company, person) } else { (person, company) };
    Some(Keep::Link { person, company })
}

/// Reads `price-list C12`, `price-list for Anna Berg`, or nothing.
fn template(text: &str) -> Keep {
    let (name, rest) = first(text);
    if name.is_empty() {
        return Keep::Templates;
    }
    let rest = ["for ", "to ", "给"].iter().find_map(|lead| rest.strip_prefix(lead)).unwrap_or(rest);
    Keep::Template { name: name.to_owned(), of: whole(trim(rest)) }
}

/// Reads `T3 until friday`, `friday`, `T3到周五`.
fn snooze(text: &str) -> Keep {
    let (of, until) = of_and_text(trim(text));
    let lead = ["until ", "till ", "to ", "直到", "到"].iter().find_map(|lead| until.strip_prefix(lead));
    Keep::Snooze { of, until: trim(lead.unwrap_or(until)).to_owned() }
}
