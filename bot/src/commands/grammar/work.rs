//! Reads what is said of tasks and tickets; pure.

use rapport_model::people::Priority;
use rapport_model::{Kind, ShortNumber};

use super::super::command::{Command, Of, Queue, TaskChange, TicketChange, Whose};
use super::super::parse::{ParseError, reference};
use super::super::table::Name;
use super::{first, of_and_text, paged, whole};

pub(super) fn task(text: &str) -> Result<Command, ParseError> {
    if text.is_empty() {
        return Ok(Command::Tasks(Whose::Mine, 1));
    }
    // A time without anything to do.
    if let Some(whose) = due_within(text) {
        return Ok(Command::Tasks(whose, 1));
    }
    let (word, rest) = first(text);
    let (verb, words) = first(rest);
    let of = reference(word).filter(|of| matches!(of, Of::It | Of::Number(_) | Of::Exact(_)));
    if let Some(of) = of.filter(|of| *of == Of::It || is_of(of, Kind::Task)) {
        match verb.to_lowercase().as_str() {
            "done" | "完成" if words.is_empty() => return Ok(Command::ChangeTask(of, TaskChange::Done)),
            "due" | "到期" | "改到" if !words.is_empty() => {
                return Ok(Command::ChangeTask(of, TaskChange::Due(words.to_owned())));
            }
            "" if of != Of::It => return Ok(Command::Show(of)),
            // `task K5 tomorrow 10:00`
            _ if is_numbered(&of, Kind::Task) => {
                return Ok(Command::ChangeTask(of, TaskChange::Due(rest.to_owned())));
            }
            _ => {}
        }
    }
    Ok(Command::Task(text.to_owned()))
}

fn is_numbered(of: &Of, kind: Kind) -> bool {
    matches!(of, Of::Number(n) if n.kind == Some(kind))
}

/// Tells whether `of` can be a record of `kind`.
fn is_of(of: &Of, kind: Kind) -> bool {
    match of {
        Of::Number(number) => number.kind.is_none_or(|k| k == kind),
        Of::Exact(record) => record.kind == kind,
        _ => false,
    }
}

pub(super) fn tasks(text: &str, lower: &str) -> Result<Command, ParseError> {
    let (words, page) = paged(lower);
    let (word, _) = first(text);
    if matches!(word.to_lowercase().as_str(), "done" | "完成") {
        let (_, rest) = first(text);
        return Ok(Command::ChangeTask(whole(rest), TaskChange::Done));
    }
    let whose = match words.as_str() {
        "" | "mine" | "my" | "我的" => Some(Whose::Mine),
        "team" | "all" | "团队" | "全部" | "所有" => Some(Whose::Team),
        "overdue" | "late" | "逾期" | "过期" => Some(Whose::Overdue),
        words => due_within(words),
    };
    Ok(Command::Tasks(whose.ok_or(ParseError::Incomplete(Name::Tasks))?, page))
}

fn due_within(words: &str) -> Option<Whose> {
    Some(match words.to_lowercase().as_str() {
        "today" | "今天" | "今日" => Whose::Today,
        "tomorrow" | "明天" | "明日" => Whose::Tomorrow,
        "week" | "this week" | "本周" | "这周" => Whose::Week,
        _ => return None,
    })
}

pub(super) fn queue(word: &str) -> Option<Queue> {
    Some(match word {
        "" | "open" | "未结" | "待处理" => Queue::Open,
        "mine" | "my" | "我的" => Queue::Mine,
        "unassigned" | "free" | "未分配" | "无人" => Queue::Unassigned,
        "all" | "全部" | "所有" => Queue::All,
        _ => return None,
    })
}

pub(super) fn ticket(text: &str) -> Result<Command, ParseError> {
    if text.is_empty() {
        return Ok(Command::Tickets(Queue::Open, 1));
    }
    let (word, rest) = first(text);
    let open = |of: Of, text: &str| {
        let (priority, text) = priority_in(text);
        Command::OpenTicket { of, priority, text }
    };
    if matches!(word.to_lowercase().as_str(), "new" | "open" | "新建" | "新增" | "新") {
        let (of, text) = of_and_text(rest);
        return Ok(open(of, text));
    }
    if let Some(change) = ticket_change(text) {
        return change.map(|change| Command::ChangeTicket(Of::It, change));
    }
    let (of, rest) = of_and_text(text);
    if matches!(of, Of::It) && reference(word).is_none() {
        return Ok(open(of, text));
    }
    // Behind this command a bare number is a ticket's.
    let of = match of {
        Of::Number(ShortNumber { kind: None, number }) => Of::Number(ShortNumber::of(Kind::Ticket, number)),
        of => of,
    };
    let about_ticket = of == Of::It || is_of(&of, Kind::Ticket);
    match ticket_change(rest) {
        _ if rest.is_empty() => Ok(Command::Show(of)),
        Some(change) => change.map(|change| Command::ChangeTicket(of, change)),
        None if about_ticket => Err(ParseError::Incomplete(Name::Ticket)),
        None => Ok(open(of, rest)),
    }
}

/// Reads what should be changed about a ticket; `None` if no verb stands there.
fn ticket_change(text: &str) -> Option<Result<TicketChange, ParseError>> {
    let (verb, rest) = first(text);
    let incomplete = Err(ParseError::Incomplete(Name::Ticket));
    Some(match verb.to_lowercase().as_str() {
        "close" | "done" | "关闭" | "完成" => Ok(TicketChange::Close(rest.to_owned())),
        "reopen" | "重新打开" | "重开" if rest.is_empty() => Ok(TicketChange::Reopen),
        "take" | "mine" | "我来处理" | "我来" if rest.is_empty() => Ok(TicketChange::Take),
        "assign" | "give" | "分配" | "指派" | "转给" => {
            let who = rest.strip_prefix("to ").unwrap_or(rest).trim_start_matches(['@', '＠']);
            if who.is_empty() { incomplete } else { Ok(TicketChange::Assign(who.to_owned())) }
        }
        "prio" | "priority" | "优先级" => {
            priority(rest).map_or(incomplete, |p| Ok(TicketChange::Prioritise(p)))
        }
        word => Ok(TicketChange::Prioritise(priority(word).filter(|_| rest.is_empty())?)),
    })
}

/// Takes `prio:urgent` out of a text, wherever it stands.
fn priority_in(text: &str) -> (Priority, String) {
    let of = |word: &str| {
        let (key, value) = word.split_once([':', '：'])?;
        matches!(key.to_lowercase().as_str(), "prio" | "priority" | "优先级").then(|| priority(value))?
    };
    let Some((word, found)) = text.split_whitespace().find_map(|word| Some((word, of(word)?))) else {
        return (Priority::Normal, text.to_owned());
    };
    let (before, after) = text.split_once(word).unwrap_or((text, ""));
    (found, format!("{} {}", before.trim_end(), after.trim_start()).trim().to_owned())
}

fn priority(word: &str) -> Option<Priority> {
    let word = word.to_lowercase();
    Some(match word.as_str() {
        "低" => Priority::Low,
        "普通" | "一般" => Priority::Normal,
        "高" => Priority::High,
        "紧急" | "加急" => Priority::Urgent,
        _ => return Priority::by_name(&word),
    })
}
