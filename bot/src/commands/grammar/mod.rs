//! Reads what stands behind each command's word; pure.

mod work;

use rapport_model::message::Attendance;
use rapport_model::{Kind, ShortNumber};

use super::command::{Command, DraftStep, Of, Search};
use super::compose::{draft, in_words};
use super::govern::govern;
use super::own::own;
use super::parse::{ParseError, reference, trim};
use super::survey::survey;
use super::table::Name;
use super::{keep, past};
use work::{queue, task, tasks, ticket};

/// A name before a colon has at most so many characters and words; what is longer is a sentence.
const NAME_CHARS_MAX: usize = 40;
const NAME_WORDS_MAX: usize = 5;

/// Reads the arguments of a command.
pub(super) fn command(name: Name, text: &str) -> Result<Command, ParseError> {
    let text = trim(text);
    if let Some(own) = own(name, text) {
        return own.map(Command::Own);
    }
    if let (Name::Summary, Some(compose)) = (name, in_words(text)) {
        return Ok(Command::Compose(compose));
    }
    if let Some(survey) = survey(name, text) {
        return survey.map(Command::Survey);
    }
    if let Some(govern) = govern(name, text) {
        return govern.map(Command::Govern);
    }
    let word = text.trim_end_matches(['?', '？', '!', '！', '。', '.']).to_lowercase();
    Ok(match name {
        Name::Find => find(text)?,
        Name::Show => past::show(text)?,
        Name::Timeline => timeline(text),
        Name::History => {
            let (text, page) = paged(text);
            Command::History { of: whole(&text), page }
        }
        Name::Note => {
            let (of, text) = of_and_text(text);
            Command::Note { of, text: text.to_owned() }
        }
        Name::Reply => reply(text),
        Name::Draft => Command::Compose(draft(text)),
        Name::Rsvp => rsvp(text).ok_or(ParseError::Incomplete(name))?,
        Name::Attach if text.is_empty() => return Err(ParseError::Incomplete(name)),
        Name::Attach => Command::Attach(text.to_owned()),
        Name::Claim => Command::Claim(whole(text)),
        Name::Files => Command::Files(whole(text.strip_prefix("of ").unwrap_or(text))),
        Name::Meet => meet(text).ok_or(ParseError::Incomplete(name))?,
        Name::Task => task(text)?,
        Name::Tasks => tasks(text, &word)?,
        Name::Ticket => ticket(text)?,
        Name::Tickets => {
            let (word, page) = paged(&word);
            Command::Tickets(queue(&word).ok_or(ParseError::Incomplete(name))?, page)
        }
        Name::Stage => {
            let (of, words) = of_and_text(text);
            if words.is_empty() {
                return Err(ParseError::Incomplete(name));
            }
            Command::Stage { of, words: words.strip_prefix("to ").unwrap_or(words).to_owned() }
        }
        Name::Merge => past::merge(text)?,
        Name::Split if text.is_empty() => return Err(ParseError::Incomplete(name)),
        Name::Split => Command::Split(whole(text)),
        Name::Digest => Command::Digest(word),
        Name::Why => Command::Why(asked_about(text)),
        Name::Correct => {
            let (of, words) = of_and_text(text);
            let words = words.strip_prefix("to ").or(words.strip_prefix("as ")).unwrap_or(words);
            let words = words.trim_start_matches('为');
            if words.is_empty() {
                return Err(ParseError::Incomplete(name));
            }
            Command::Correct { of, words: words.to_owned() }
        }
        Name::Undo => Command::Undo(past::undo(text)?),
        Name::Help => {
            let word = word.trim_start_matches('/');
            Command::Help((!word.is_empty()).then(|| word.to_owned()))
        }
        // They were read above.
        Name::Lang
        | Name::Tz
        | Name::Dnd
        | Name::Mute
        | Name::Follow
        | Name::Unfollow
        | Name::Who
        | Name::Page
        | Name::Useful
        | Name::Unlink
        | Name::Summary
        | Name::Next
        | Name::Report
        | Name::Workflow
        | Name::Campaign
        | Name::Export
        | Name::Import
        | Name::Privacy => return Err(ParseError::Incomplete(name)),
        Name::New
        | Name::Edit
        | Name::Tag
        | Name::Assign
        | Name::Deal
        | Name::Deals
        | Name::Pipeline
        | Name::Log
        | Name::Link
        | Name::Template
        | Name::Snooze => keep::grammar::keep(name, text)?,
    })
}

/// Reads a command whose verb came first: `close T3`, `完成 K5`.
pub(super) fn with_verb(name: Name, verb: &str, text: &str) -> Result<Command, ParseError> {
    let (of, rest) = of_and_text(text);
    // Tickets are closed and tasks are done, whichever word people have for it.
    let kind = if let Of::Number(number) = &of { number.kind } else { None };
    let (name, verb) = match (kind, verb) {
        (Some(Kind::Ticket), "done") => (Name::Ticket, "close"),
        (Some(Kind::Task), "close") => (Name::Task, "done"),
        _ => (name, verb),
    };
    match (name, &of) {
        // `accept Anna`: whose invitation, and no words for it.
        (Name::Rsvp, Of::It) if is_called_so(rest) => command(name, &format!("{rest}: {verb}")),
        (_, Of::It) if !rest.is_empty() => command(name, &format!("it {verb} {rest}")),
        _ => command(name, &format!("{of} {verb} {rest}")),
    }
}

/// Tells whether words can be nothing but a name: `Anna Berg`, 王丽.
fn is_called_so(words: &str) -> bool {
    let is_name = |word: &str| {
        let letters = word.chars().count();
        word.starts_with(char::is_uppercase) || (!word.is_ascii() && letters <= 4)
    };
    let plain = |word: &str| word.chars().all(|c| c.is_alphabetic() || matches!(c, '-' | '\'' | '’'));
    (1..=3).contains(&words.split_whitespace().count())
        && words.split_whitespace().all(|word| is_name(word) && plain(word))
}

/// Reads a text that is nothing but a record's number: `C12`, `#12`, `12`.
pub(super) fn number(text: &str) -> Option<Of> {
    match reference(text).filter(|_| !text.contains(char::is_whitespace)) {
        Some(of @ (Of::Number(_) | Of::Exact(_))) => Some(of),
        _ => None,
    }
}

/// Reads a text that names a record as a whole.
pub(super) fn whole(text: &str) -> Of {
    let text = text.trim_end_matches(['?', '？']);
    let (word, rest) = first(text);
    match reference(word) {
        _ if text.is_empty() => Of::It,
        Some(of) if rest.is_empty() => of,
        // `why was T3 opened`: the number is meant.
        _ => {
            let numbered = |word: &str| match reference(word) {
                Some(of @ Of::Number(ShortNumber { kind: Some(_), .. })) => Some(of),
                _ => None,
            };
            text.split_whitespace().find_map(numbered).unwrap_or_else(|| Of::Named(text.to_owned()))
        }
    }
}

/// Reads a question about a record: `T3`, `Novak`, `was this ticket opened?`.
fn asked_about(text: &str) -> Of {
    const THIS: [&str; 4] = ["this", "that", "it", "the"];
    let of = whole(text);
    let is_asked = |words: &str| {
        let lower = words.to_lowercase();
        let mut words = lower.split_whitespace();
        matches!(words.next(), Some("is" | "was" | "were" | "did" | "does" | "has"))
            && words.next().is_some_and(|word| THIS.contains(&word))
    };
    match &of {
        Of::Named(words) if is_asked(words) || words.contains("这") => Of::It,
        _ => of,
    }
}

/// Splits a record off the words about it: `C12 words`, `Novak Café: words`, or only words.
pub(super) fn of_and_text(text: &str) -> (Of, &str) {
    let (word, rest) = first(text);
    if let Some(of) = reference(word) {
        return (of, rest);
    }
    if let Some((of, rest)) = glued(text) {
        return (of, rest);
    }
    let name = text.split_once([':', '：']).filter(|(name, rest)| {
        let short =
            name.chars().count() <= NAME_CHARS_MAX && name.split_whitespace().count() <= NAME_WORDS_MAX;
        !trim(name).is_empty() && short && !rest.starts_with("//")
    });
    match name {
        Some((name, rest)) => (Of::Named(trim(name).to_owned()), trim(rest)),
        None => (Of::It, text),
    }
}

/// Splits off a number that Chinese words follow without a blank: `C12下午四点后`.
pub(super) fn glued(text: &str) -> Option<(Of, &str)> {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '#')?;
    let (word, rest) = text.split_at(end);
    let follows = rest.starts_with(|c: char| !c.is_ascii());
    let letter = word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '#');
    match reference(word) {
        Some(of @ Of::Number(_)) if follows && letter => {
            Some((of, rest.trim_start_matches(['，', '：', '、', '的', '。'])))
        }
        _ => None,
    }
}

/// Splits off the first word.
pub(super) fn first(text: &str) -> (&str, &str) {
    let text = trim(text);
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    (word, trim(rest))
}

/// Returns the value of a filter that `word` is, in either language and with either colon.
fn filter<'a>(word: &'a str, keys: &[&str]) -> Option<&'a str> {
    let (key, value) = word.split_once([':', '：'])?;
    (keys.iter().any(|k| k.eq_ignore_ascii_case(key)) && !value.is_empty()).then_some(value)
}

fn page(word: &str) -> Option<usize> {
    filter(word, &["page", "页"]).and_then(|v| v.parse().ok()).map(|page: usize| page.clamp(1, 10_000))
}

pub(super) fn paged(text: &str) -> (String, usize) {
    let mut at = 1;
    let words = text.split_whitespace().filter(|word| match page(word) {
        Some(page) => {
            at = page;
            false
        }
        None => true,
    });
    let words = words.collect::<Vec<_>>().join(" ");
    (words, at)
}

fn find(text: &str) -> Result<Command, ParseError> {
    let mut search = Search { page: 1, ..Search::default() };
    let mut words = Vec::new();
    for word in text.split_whitespace() {
        let owned = |value: &str| Some(value.to_owned());
        if let Some(value) = filter(word, &["type", "kind", "类型"]) {
            search.kind = owned(value);
        } else if let Some(value) = filter(word, &["intent", "意图"]) {
            search.intent = owned(value);
        } else if let Some(value) = filter(word, &["mood", "情绪"]) {
            search.mood = owned(value);
        } else if let Some(value) = filter(word, &["segment", "分群"]) {
            search.segment = owned(value);
        } else if let Some(value) = filter(word, &["direction", "方向"]) {
            search.direction = owned(value);
        } else if let Some(value) = filter(word, &["since", "from", "从"]) {
            search.since = owned(value);
        } else if let Some(value) = filter(word, &["until", "before", "到"]) {
            search.until = owned(value);
        } else if let Some(page) = page(word) {
            search.page = page;
        } else if matches!(word, "+expand" | "+扩展") {
            search.expand = true;
        } else {
            words.push(word);
        }
    }
    // "newest" alone may be what is looked for; behind other words it is the order.
    let filtered = search.filters().into_iter().any(|(_, value)| value.is_some());
    if (words.len() > 1 || filtered) && words.last().is_some_and(|w| matches!(*w, "newest" | "最新")) {
        words.pop();
        search.newest = true;
    }
    if words.is_empty() && !filtered {
        return Err(ParseError::Incomplete(Name::Find));
    }
    search.words = words.join(" ");
    Ok(Command::Find(search))
}

/// Reads a reply: what buttons write, or whom to answer and with what words.
fn reply(text: &str) -> Command {
    if let Some(step) = text.strip_prefix("act:").and_then(DraftStep::by_word) {
        return Command::Draft(step);
    }
    let (of, text) = of_and_text(text);
    Command::Reply { of, text: text.to_owned() }
}

/// Reads the answer to an invitation: whose, whether one comes, and perhaps words.
fn rsvp(text: &str) -> Option<Command> {
    let (of, rest) = of_and_text(text);
    let (word, text) = first(rest);
    match attendance(word) {
        Some(attendance) => Some(Command::Rsvp { of, attendance, text: text.to_owned() }),
        // `rsvp Anna yes`
        None => {
            let (name, word) = rest.rsplit_once(char::is_whitespace).filter(|_| of == Of::It)?;
            let of = Of::Named(trim(name).to_owned());
            Some(Command::Rsvp { of, attendance: attendance(word)?, text: String::new() })
        }
    }
}

fn attendance(word: &str) -> Option<Attendance> {
    Some(match word.trim_end_matches([',', '，', ':', '：', '.', '。']).to_lowercase().as_str() {
        "yes" | "accept" | "是" | "接受" | "参加" => Attendance::Accepted,
        "no" | "decline" | "否" | "谢绝" | "不参加" => Attendance::Declined,
        "maybe" | "tentative" | "perhaps" | "待定" | "暂定" => Attendance::Tentative,
        _ => return None,
    })
}

/// Reads who is met: an address's record, or a mail of theirs; and of which company.
fn meet(text: &str) -> Option<Command> {
    let (who, company) = first(text);
    let exact = |word: &str, kind| match reference(word) {
        Some(Of::Exact(record)) if record.kind == kind => Some(record.id),
        _ => None,
    };
    let identity = exact(who, Kind::Identity)?;
    Some(Command::Meet { identity, company: exact(company, Kind::Company) })
}

fn timeline(text: &str) -> Command {
    let (text, page) = paged(text);
    let mut since = None;
    let mut words = Vec::new();
    for word in text.split_whitespace() {
        match filter(word, &["since", "from", "从"]) {
            Some(value) => since = Some(value.to_owned()),
            None => words.push(word),
        }
    }
    Command::Timeline { of: whole(&words.join(" ")), since, page }
}
