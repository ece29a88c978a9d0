//! Reads what stands behind the word of a command about oneself; pure.

use chrono::NaiveTime;
use rapport_model::Id;
use rapport_model::message::ChannelKind;
use rapport_model::people::Topic;
use rapport_model::reading::Language;
use rapport_workflows::preferences::Quiet;

use super::super::command::Of;
use super::super::grammar::whole;
use super::super::parse::{ParseError, trim};
use super::super::table::Name;
use super::command::{Muted, Own, Rest};

/// Reads the arguments of a command about oneself; nothing if `name` is none.
pub(in super::super) fn own(name: Name, text: &str) -> Option<Result<Own, ParseError>> {
    let text = trim(text.trim_end_matches(['。', '！', '!', '?', '？']));
    let lower = text.to_lowercase();
    let incomplete = Err(ParseError::Incomplete(name));
    Some(match name {
        Name::Lang if is_off(&lower) => Ok(Own::Language(None)),
        Name::Lang => language(&lower).map_or(incomplete, |language| Ok(Own::Language(Some(language)))),
        Name::Tz if is_off(&lower) => Ok(Own::Zone(None)),
        Name::Tz => match to(text) {
            "" => incomplete,
            zone => Ok(Own::Zone(Some(zone.to_owned()))),
        },
        Name::Dnd => Ok(Own::Rest(rest(text, &lower))),
        Name::Mute => mute(text).map_or(incomplete, Ok),
        Name::Follow => follow(text).map(Own::Follow),
        Name::Unfollow => Ok(Own::Unfollow(whole(slight(text)))),
        Name::Useful => useful(&lower).map_or(incomplete, Ok),
        Name::Who if text.is_empty() || matches!(lower.as_str(), "am i" | "我") => Ok(Own::Who),
        // `who is Anna?` is a question about somebody else.
        Name::Who => Err(ParseError::Unknown {
            input: format!("who {text}"),
            guesses: [format!("find {text}"), "who".to_owned()],
        }),
        Name::Page if slight(text).is_empty() => Ok(Own::Page),
        // `login fails` is what somebody wrote of.
        Name::Page => Err(ParseError::Unknown {
            input: format!("page {text}"),
            guesses: [format!("find {text}"), "page".to_owned()],
        }),
        Name::Unlink => unlink(&lower).map_or(incomplete, Ok),
        _ => return None,
    })
}

/// Tells whether the configuration, or nothing, should hold again.
fn is_off(lower: &str) -> bool {
    matches!(lower, "off" | "default" | "关" | "关闭" | "关掉" | "取消" | "默认")
}

fn language(lower: &str) -> Option<Language> {
    match to(lower) {
        "en" | "english" | "英文" | "英语" => Some(Language::En),
        "zh" | "chinese" | "中文" | "汉语" | "简体中文" | "普通话" => Some(Language::Zh),
        _ => None,
    }
}

/// Takes off the words for "to" before a value.
fn to(text: &str) -> &str {
    const TO: [&str; 12] =
        ["to ", "is ", "= ", "设置为", "改成", "改为", "设为", "设成", "换成", "切换到", "用", "是"];
    TO.iter().find_map(|to| text.strip_prefix(to)).map_or(text, trim)
}

/// Takes off what makes a Chinese verb sound lighter.
fn slight(text: &str) -> &str {
    ["一下", "了", "着"].iter().find_map(|word| text.strip_prefix(word)).map_or(text, trim)
}

fn rest(text: &str, lower: &str) -> Rest {
    const FROM: [&str; 7] = ["from ", "daily ", "every day ", "每天", "每晚", "每日", "从"];
    const UNTIL: [&str; 6] = ["until ", "till ", "til ", "直到", "到", "至"];
    if text.is_empty() {
        return Rest::Show;
    }
    if is_off(lower) {
        return Rest::Off;
    }
    let hours = FROM.iter().fold(lower, |text, from| text.strip_prefix(from).map_or(text, trim));
    if let Some(quiet) = span(hours) {
        return Rest::Hours(quiet);
    }
    // The words are kept as they were typed.
    let until = UNTIL.iter().find(|until| lower.starts_with(**until));
    Rest::Until(until.and_then(|until| text.get(until.len()..)).map_or(text, trim).to_owned())
}

/// Reads hours of the day: `22:00-8:00`, `10pm to 8am`, `晚上10点到早上8点`.
fn span(text: &str) -> Option<Quiet> {
    ["-", "–", "—", "~", "～", " to ", " until ", "至", "到"].iter().find_map(|between| {
        let (from, to) = text.split_once(between)?;
        Quiet::new(clock(from)?, clock(to)?)
    })
}

/// Reads a time of the day: `9`, `22:00`, `10pm`, `晚上10点半`.
pub(super) fn clock(text: &str) -> Option<NaiveTime> {
    let text = trim(text).to_lowercase();
    let (text, late) = match text.strip_suffix("pm").or(text.strip_suffix("p.m.")) {
        Some(text) => (text.to_owned(), Some(true)),
        None => match text.strip_suffix("am").or(text.strip_suffix("a.m.")) {
            Some(text) => (text.to_owned(), Some(false)),
            None => {
                let word =
                    |words: &[&str]| words.iter().find_map(|w| text.strip_prefix(w)).map(str::to_owned);
                if let Some(text) = word(&["晚上", "下午", "傍晚", "夜里", "晚"]) {
                    (text, Some(true))
                } else if let Some(text) = word(&["早上", "上午", "凌晨", "清晨", "早"]) {
                    (text, Some(false))
                } else {
                    (text, None)
                }
            }
        },
    };
    let text = trim(&text);
    let text = text.strip_suffix('整').unwrap_or(text);
    let (hour, minute) = match text.strip_suffix("点半") {
        Some(hour) => (hour, "30"),
        None => {
            let text = text.strip_suffix('分').unwrap_or(text);
            let (hour, minute) = text.split_once([':', '：', '点', '时']).unwrap_or((text, "0"));
            (hour, if minute.is_empty() { "0" } else { minute })
        }
    };
    let digits = |text: &str| !text.is_empty() && text.len() <= 2 && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(hour) || !digits(minute) {
        return None;
    }
    let (hour, minute): (u32, u32) = (hour.parse().ok()?, minute.parse().ok()?);
    let hour = match late {
        Some(_) if hour > 12 => return None,
        Some(true) => hour % 12 + 12,
        Some(false) => hour % 12,
        None if hour == 24 && minute == 0 => 0,
        None => hour,
    };
    NaiveTime::from_hms_opt(hour, minute, 0)
}

fn mute(text: &str) -> Option<Own> {
    let text = slight(text);
    let (text, off) = match ["off ", "关闭", "取消"].iter().find_map(|off| text.strip_prefix(off)) {
        Some(text) => (trim(text), true),
        None => (text, false),
    };
    if text.is_empty() {
        return None;
    }
    let what = topic(&text.to_lowercase()).map_or_else(|| Muted::Record(whole(text)), Muted::Topic);
    Some(Own::Mute { what, off })
}

fn topic(lower: &str) -> Option<Topic> {
    Some(match lower {
        "mail" | "mails" | "new mail" | "new mails" | "邮件" | "新邮件" => Topic::Mail,
        "tickets" | "ticket" | "工单" => Topic::Tickets,
        "tasks" | "task" | "任务" | "待办" => Topic::Tasks,
        "alerts" | "alert" | "提醒" | "警报" => Topic::Alerts,
        "digests" | "digest" | "摘要" | "简报" => Topic::Digests,
        _ => return None,
    })
}

fn follow(text: &str) -> Result<Of, ParseError> {
    // `follow up with Novak` is something to do.
    if text.to_lowercase().split_whitespace().next() == Some("up") {
        let input = format!("follow {text}");
        return Err(ParseError::Unknown {
            guesses: [format!("task {input}"), format!("find {text}")],
            input,
        });
    }
    Ok(whole(slight(text)))
}

fn useful(lower: &str) -> Option<Own> {
    let (words, alert) = match lower.split_once("act:") {
        Some((words, id)) => (trim(words), Some(Id(id.trim().parse().ok()?))),
        None => (lower, None),
    };
    let useful = match words {
        "" | "yes" | "是" | "有用" => Some(true),
        "no" | "not" | "否" | "不" | "没用" => Some(false),
        "off" | "取消" => None,
        _ => return None,
    };
    Some(Own::Useful { alert, useful })
}

fn unlink(lower: &str) -> Option<Own> {
    let (lower, sure) = match lower.strip_suffix("act:yes") {
        Some(lower) => (trim(lower), true),
        None => (lower, false),
    };
    let chat = match lower {
        "" => None,
        "telegram" | "电报" => Some(ChannelKind::Telegram),
        "discord" => Some(ChannelKind::Discord),
        _ => return None,
    };
    Some(Own::Unlink { chat, sure })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_the_day_are_read_as_people_write_them() {
        for (text, expected) in [
            ("9", Some("09:00")),
            ("22:30", Some("22:30")),
            ("10pm", Some("22:00")),
            ("12am", Some("00:00")),
            ("晚上10点", Some("22:00")),
            ("早上8点半", Some("08:30")),
            ("24:00", Some("00:00")),
            ("25", None),
            ("13pm", None),
            ("9:75", None),
            ("-1", None),
            ("soon", None),
            ("", None),
        ] {
            let read = clock(text).map(|time| time.format("%H:%M").to_string());
            assert_eq!(read.as_deref(), expected, "{text}");
        }
    }
}
