//! Plain words as commands: what the strict grammar does not read is understood as people say it,
//! and written as a command that the grammar reads; pure.

use rapport_nlp::rep::{Args, Command as Said, Context, Guess, Reading, understand, understand_known};

use super::command::{Command, Of};
use super::compose::Compose;
use super::govern::plainly;
use super::parse::{ParseError, Parsed, parse};
use super::table::{COMMANDS, Spec};

/// From here on a command that only reads is done at once.
const READS_FROM: f64 = 0.75;
/// From here on a command that writes is done at once; it can be taken back.
const WRITES_FROM: f64 = 0.9;
/// From here on a reading is offered.
const OFFERED_FROM: f64 = 0.35;
/// A sentence has so many words; fewer behind `show` are a name.
const SENTENCE_WORDS_MIN: usize = 3;

/// Reads a text as a command, by the grammar or as plain words.
///
/// # Errors
/// It is none for sure; see [`ParseError`].
pub fn read(text: &str, context: &Context<'_>) -> Result<Parsed, ParseError> {
    let parsed = parse(text);
    let is_plain = match &parsed {
        Err(ParseError::Unknown { .. }) => true,
        Ok(parsed) => is_sentence(&parsed.command),
        Err(_) => false,
    };
    if let Some(of_campaign) = plainly(text).filter(|_| is_plain) {
        return parse(&of_campaign);
    }
    match parsed {
        Err(ParseError::Unknown { input, guesses }) => match meant(&input, &understand(&input, context)) {
            Meant::Surely(parsed) => Ok(*parsed),
            Meant::Perhaps(first) => {
                let second = guesses.into_iter().find(|g| *g != first).unwrap_or_default();
                Err(ParseError::Unknown { input, guesses: [first, second] })
            }
            Meant::Nothing => Err(ParseError::Unknown { input, guesses }),
        },
        // Who begins with the word of a command means it: what is no known way to say another is none.
        Err(e @ ParseError::Incomplete(name)) => match meant(text, &understand_known(text, context)) {
            Meant::Surely(plain) if plain.command.name() != name => Ok(*plain),
            // What the strict grammar of these does not read is often said in more words.
            Meant::Surely(plain) if matches!(plain.command, Command::Keep(_)) => Ok(*plain),
            _ => Err(e),
        },
        Ok(parsed) if is_sentence(&parsed.command) => match meant(text, &understand_known(text, context)) {
            Meant::Surely(plain) if plain.command.name() != parsed.command.name() => Ok(*plain),
            _ => Ok(parsed),
        },
        // What is said in plain words goes before a word that would have to be corrected.
        Ok(parsed) if parsed.corrected => match meant(text, &understand_known(text, context)) {
            Meant::Surely(plain) => Ok(*plain),
            _ => Ok(parsed),
        },
        read => read,
    }
}

/// Tells whether what should be shown is rather a sentence than a name or period: `open a ticket, urgent`.
fn is_sentence(command: &Command) -> bool {
    match command {
        Command::Show(Of::Named(name)) => {
            name.split_whitespace().count() >= SENTENCE_WORDS_MIN
                || name.contains([',', '，'])
                || names_command(name)
        }
        // `brief me on Novak` has the word of another command.
        // `draft a message saying we are closed` has the words of the mail.
        Command::Compose(Compose::Answer { of, wish }) => {
            let name = if let Of::Named(name) = of { name } else { wish };
            ["a ", "an "].iter().any(|article| name.starts_with(article))
        }
        Command::Digest(period) => period.split_whitespace().count() >= SENTENCE_WORDS_MIN,
        _ => false,
    }
}

/// Tells whether a name has the word of a command in it: `petra's pipeline`.
fn names_command(name: &str) -> bool {
    let lower = name.to_lowercase();
    let has = |word: &str| match word.is_ascii() {
        true => lower.split_whitespace().any(|part| part == word),
        false => word.chars().count() > 1 && lower.contains(word),
    };
    COMMANDS.iter().flat_map(Spec::words).any(has)
}

enum Meant {
    Surely(Box<Parsed>),
    Perhaps(String),
    Nothing,
}

fn meant(text: &str, reading: &Reading) -> Meant {
    let Guess { command, args, p } = &reading.best;
    let Some(line) = written(*command, args, text).filter(|_| *p >= OFFERED_FROM) else {
        return Meant::Nothing;
    };
    let Ok(parsed) = parse(&line) else { return Meant::Nothing };
    // A draft is shown before it leaves.
    let harmless = parsed.command.only_reads() || matches!(parsed.command, Command::Reply { .. });
    let from = if harmless { READS_FROM } else { WRITES_FROM };
    if *p >= from {
        return Meant::Surely(Box::new(Parsed { command: parsed.command, corrected: true }));
    }
    Meant::Perhaps(line)
}

/// Writes what was understood as the grammar reads it; nothing if it has no words for it.
fn written(command: Said, args: &Args, typed: &str) -> Option<String> {
    let get = |key: &str| args.get(key).map(String::as_str);
    let text = get("text").unwrap_or("");
    let who = get("id").or(get("who")).unwrap_or("it");
    // A name ends where a colon says so.
    let subject = match (get("id"), get("who")) {
        (None, Some(name)) => format!("{name}:"),
        _ => who.to_owned(),
    };
    let ticket = get("id").is_none_or(|id| id.starts_with('T')) && get("who").is_none();
    let since = || match get("period") {
        None => Some(String::new()),
        Some(period @ ("today" | "yesterday")) => Some(format!(" since:{period}")),
        Some(period) => Some(format!(" since:{}", period.strip_prefix("since_")?)),
    };
    let line = match command {
        Said::Find => {
            let words = [get("query"), get("who"), get("company")].into_iter().flatten();
            format!("find {}{}", words.collect::<Vec<_>>().join(" "), since()?)
        }
        Said::Show => format!("show {who}"),
        Said::Timeline => format!("timeline {who}{}", since()?),
        Said::History => format!("history {who}"),
        Said::Note if !text.is_empty() => format!("note {subject} {text}"),
        Said::Reply if !text.is_empty() => format!("reply {subject} {text}"),
        Said::Task if !text.is_empty() => {
            let about = get("id").map(|id| format!("{id} ")).unwrap_or_default();
            let due = get("due").map(|due| format!(" {}", due.replace('T', " "))).unwrap_or_default();
            let owner = get("owner").map(|owner| format!(" @{owner}")).unwrap_or_default();
            format!("task {about}{text}{due}{owner}")
        }
        Said::Tasks => match (get("value"), get("owner"), get("period")) {
            (Some("overdue"), None, None) => "tasks overdue".to_owned(),
            (None, Some("team"), None) => "tasks team".to_owned(),
            (None, None | Some("me"), None) => "tasks mine".to_owned(),
            (None, None | Some("me"), Some(period @ ("today" | "tomorrow"))) => format!("tasks {period}"),
            (None, None | Some("me"), Some("this_week")) => "tasks week".to_owned(),
            _ => return None,
        },
        Said::Ticket => match (get("priority"), get("id")) {
            (Some(priority), Some(id)) => format!("ticket {id} prio {priority}"),
            (priority, None) => {
                let priority = priority.map(|p| format!(" prio:{p}")).unwrap_or_default();
                format!("ticket new {subject}{priority} {text}")
            }
            _ => return None,
        },
        Said::Tickets if get("period").is_none() => match (get("value"), get("owner")) {
            (Some("unassigned"), None) => "tickets unassigned".to_owned(),
            (None, Some("me")) => "tickets mine".to_owned(),
            (None, None) => "tickets open".to_owned(),
            _ => return None,
        },
        Said::Stage => {
            let currency = get("currency").map(|code| format!("{code} ")).unwrap_or_default();
            let end = if text.is_empty() { "" } else { "," };
            let amount = get("amount").map(|amount| format!(" {currency}{amount}{end}")).unwrap_or_default();
            format!("stage {subject} {}{amount} {text}", get("stage")?)
        }
        Said::Assign => match get("owner")? {
            "me" if ticket => format!("ticket {who} take"),
            owner => format!("assign {subject} {owner}"),
        },
        Said::Close if get("id").is_some_and(|id| id.starts_with('K')) => format!("task {who} done"),
        Said::Close if ticket && get("id").is_some() => format!("ticket {who} close {text}"),
        Said::Reopen if ticket => format!("ticket {who} reopen"),
        Said::Merge => format!("merge {subject} {}", get("value")?),
        Said::Split => format!("split {who}"),
        Said::Digest if get("value").is_none() && text.is_empty() => {
            let period = match get("period") {
                None => "",
                Some(period @ ("today" | "yesterday")) => period,
                Some("this_week") => "week",
                Some(_) => return None,
            };
            format!("digest {period}")
        }
        Said::Why => format!("why {who}"),
        Said::Undo => match (get("id"), get("value")) {
            (Some(id), _) => format!("undo {id}"),
            (None, Some(times)) => format!("undo last {times}"),
            (None, None) => "undo".to_owned(),
        },
        Said::Help => format!("help {text}"),
        Said::Lang => format!("lang {}", get("value")?),
        Said::Tz => format!("tz {}", get("value")?),
        Said::Dnd => match (get("value"), get("due")) {
            (Some("off"), _) => "dnd off".to_owned(),
            (None, Some(due)) => format!("dnd until {}", due.replace('T', " ")),
            _ => return None,
        },
        Said::Follow => format!("follow {who}"),
        Said::Mute if get("value") == Some("unfollow") => format!("unfollow {who}"),
        Said::Mute => format!("mute {who}"),
        Said::Who => "who".to_owned(),
        Said::Summary => format!("summary {who}"),
        Said::Next => match (get("id"), get("who")) {
            (None, None) => "next".to_owned(),
            _ => format!("summary {who}"),
        },
        Said::Report if get("who").is_none() => {
            format!("report {text} {}", get("period").unwrap_or("").replace('_', " "))
        }
        Said::Workflow if get("who").is_none() => match (get("value"), text) {
            (None, "") => "workflow list".to_owned(),
            (Some("pause"), name) => format!("workflow pause {name}"),
            (Some("resume" | "start"), name) => format!("workflow resume {name}"),
            _ => return None,
        },
        Said::Export if get("period").is_none() => format!("export {}", get("query")?),
        Said::Privacy if get("value") == Some("requests") => "privacy requests".to_owned(),
        Said::Privacy => format!("privacy {} {who}", get("value")?),
        _ => return kept(command, args, &subject, typed),
    };
    Some(line.trim_end().to_owned())
}

/// Writes what was understood as one of the commands that keep the records; `subject` is the record
/// that was named, `typed` the words of the colleague.
fn kept(command: Said, args: &Args, subject: &str, typed: &str) -> Option<String> {
    let get = |key: &str| args.get(key).map(String::as_str);
    let text = get("text").unwrap_or("");
    let line = match command {
        Said::New => {
            let contact = get("value").unwrap_or("");
            let parts = match (get("who"), get("company")) {
                (Some(who), Some(company)) => {
                    [&format!("lead {who} at {company}"), contact, text].map(str::to_owned)
                }
                (Some(who), None) => [&format!("lead {who}"), contact, text].map(str::to_owned),
                (None, Some(company)) => [&format!("company {company}"), contact, text].map(str::to_owned),
                (None, None) => [&format!("lead {contact}"), text, ""].map(str::to_owned),
            };
            let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            format!("new {}", parts.join(", "))
        }
        Said::Edit => format!("edit {subject} {}={}", get("field")?, get("value")?),
        Said::Tag => {
            let tag = get("tag")?;
            let sign = if tag.starts_with('-') { "" } else { "+" };
            format!("tag {subject} {sign}{tag}")
        }
        Said::Deal => {
            let currency = get("currency").map(|code| format!("{code} ")).unwrap_or_default();
            let amount = get("amount").map(|amount| format!("{currency}{amount}"));
            let due = get("due").and_then(|due| due.split('T').next());
            if subject.starts_with('D') && get("id").is_some() {
                let amount = amount.map(|amount| format!(" amount={amount}")).unwrap_or_default();
                let close = due.map(|due| format!(" close={due}")).unwrap_or_default();
                return Some(format!("edit {subject}{amount}{close}"));
            }
            let subject = get("company").map_or(subject.to_owned(), |company| format!("{company}:"));
            let amount = amount.map(|amount| format!(" {amount},")).unwrap_or_default();
            let due = due.map(|due| format!(" by {due}")).unwrap_or_default();
            format!("deal new {subject}{amount}{due} {text}").trim_end_matches([' ', ',']).to_owned()
        }
        // What a month or a quarter came to is another question.
        Said::Pipeline if get("period").is_none() => match (get("stage"), get("owner")) {
            (Some(stage), None) => format!("deals {stage}"),
            (None, Some("me") | None) => "pipeline mine".to_owned(),
            (None, Some(owner)) => format!("pipeline {owner}"),
            _ => return None,
        },
        Said::Log if get("who").or(get("id")).is_some() => {
            let sort = if is_meeting(typed)? { "meeting" } else { "call" };
            format!("log {sort} {subject} {text}").trim_end().to_owned()
        }
        Said::Template => {
            let name = text.split_whitespace().collect::<Vec<_>>().join("-");
            if name.is_empty() {
                "template".to_owned()
            } else {
                format!("template {name} {}", subject.trim_end_matches(':'))
            }
        }
        Said::Snooze => format!("snooze {subject} until {}", get("due")?.replace('T', " ")),
        Said::Link => format!("link {subject} {}", get("company").or(get("value"))?),
        _ => return None,
    };
    Some(line)
}

const MET: &[&str] = &[
    "met ",
    "meeting",
    "mtg",
    "visit",
    "lunch",
    "coffee",
    "demo",
    "came by",
    "dropped by",
    "stopped by",
    "会",
    "拜访",
    "见",
    "吃饭",
];
const WROTE: &[&str] = &["mailed", "texted", "wrote"];

/// Tells whether somebody was met rather than called; nothing where it was neither.
fn is_meeting(typed: &str) -> Option<bool> {
    let typed = typed.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| typed.contains(word));
    (!says(WROTE)).then(|| says(MET))
}
