//! What is done to a sentence before patterns are held against it, and to arguments after.

use rapport_model::ShortNumber;

use super::Args;
use super::arguments::trimmed;
use super::command::Command;
use super::pattern::Pattern;
use super::typed::Typed;
use super::view::View;
use super::words::Class;
use super::{about, common};

/// Courtesy that may stand before what is asked.
const COURTESY: &[(&str, ())] = &[
    ("log", ()),
    ("please", ()),
    ("pls", ()),
    ("plz", ()),
    ("hey", ()),
    ("hi", ()),
    ("hello", ()),
    ("ok", ()),
    ("okay", ()),
    ("oh", ()),
    ("so", ()),
    ("and", ()),
    ("also", ()),
    ("well", ()),
    ("alright", ()),
    ("yo", ()),
    ("btw", ()),
    ("quick", ()),
    ("hmm", ()),
    ("um", ()),
    ("rapport", ()),
    ("then", ()),
    ("now", ()),
    ("just", ()),
    ("kindly", ()),
    ("quickly", ()),
    ("sorry", ()),
    ("morning", ()),
    ("thanks", ()),
    ("good morning", ()),
    ("can you", ()),
    ("can u", ()),
    ("could you", ()),
    ("could u", ()),
    ("would you", ()),
    ("will you", ()),
    ("can we", ()),
    ("could we", ()),
    ("you can", ()),
    ("would you mind", ()),
    ("do me a favor and", ()),
    ("i want to", ()),
    ("i want you to", ()),
    ("i would like to", ()),
    ("i would like you to", ()),
    ("i 'd like to", ()),
    ("i 'd like you to", ()),
    ("i 'd like", ()),
    ("i wanna", ()),
    ("i need you to", ()),
    ("i need", ()),
    ("we need", ()),
    ("let 's", ()),
    ("lets", ()),
    ("can i", ()),
    ("could i", ()),
    ("may i", ()),
    ("let me", ()),
    ("help me", ()),
    ("go ahead and", ()),
    ("you should", ()),
    ("we should", ()),
    ("be so kind and", ()),
    ("be so kind as to", ()),
    ("any chance you could", ()),
    ("is it possible to", ()),
    ("there 's", ()),
    ("i have", ()),
    ("got", ()),
    ("gotta", ()),
    ("to", ()),
    ("time to", ()),
    ("it 's time to", ()),
    ("as discussed", ()),
    ("make sure to", ()),
    ("fyi", ()),
    ("i guess", ()),
    ("i think", ()),
    ("actually", ()),
    ("good news", ()),
    ("great news", ()),
    ("bad news", ()),
    ("sadly", ()),
    ("unfortunately", ()),
    ("finally", ()),
    ("yes", ()),
    ("yay", ()),
    ("looks like", ()),
    ("heads up", ()),
    ("guys", ()),
    ("team", ()),
    ("one more thing", ()),
    ("请", ()),
    ("麻烦", ()),
    ("麻烦你", ()),
    ("麻烦帮我", ()),
    ("记得", ()),
    ("辛苦帮我", ()),
    ("能帮忙", ()),
    ("来帮我", ()),
    ("哈喽", ()),
    ("在吗", ()),
    ("亲", ()),
    ("话说", ()),
    ("诶", ()),
    ("欸", ()),
    ("收到", ()),
    ("急", ()),
    ("麻烦您", ()),
    ("帮我", ()),
    ("帮忙", ()),
    ("帮", ()),
    ("给我", ()),
    ("能不能", ()),
    ("能否", ()),
    ("可不可以", ()),
    ("可以", ()),
    ("能", ()),
    ("我想", ()),
    ("我要", ()),
    ("我需要", ()),
    ("想", ()),
    ("需要", ()),
    ("请你", ()),
    ("请您", ()),
    ("劳驾", ()),
    ("辛苦", ()),
    ("你", ()),
    ("您", ()),
    ("好的", ()),
    ("好", ()),
    ("嗯", ()),
    ("那", ()),
    ("那就", ()),
    ("哎", ()),
    ("喂", ()),
    ("你好", ()),
    ("您好", ()),
    ("对了", ()),
    ("快", ()),
    ("赶紧", ()),
    ("马上", ()),
    ("先", ()),
    ("再", ()),
    ("另外", ()),
    ("顺便", ()),
    ("就", ()),
    ("我们", ()),
    ("咱们", ()),
    ("咱", ()),
    ("要", ()),
    ("得", ()),
    ("能帮我", ()),
    ("那个", ()),
    ("哦", ()),
    ("不好意思", ()),
    ("早", ()),
    ("早上好", ()),
    ("好消息", ()),
    ("坏消息", ()),
    ("恭喜", ()),
    ("可惜", ()),
    ("终于", ()),
    ("刚刚", ()),
    ("刚", ()),
    ("刚才", ()),
    ("唉", ()),
    ("看来", ()),
    ("应该", ()),
    ("我来", ()),
    ("我", ()),
    ("想要", ()),
    ("帮我看看", ()),
    ("请帮我", ()),
    ("请问", ()),
    ("问一下", ()),
    ("来", ()),
    ("给", ()),
    ("把", ()),
    ("将", ()),
];

/// Returns where in the view a sentence may begin: at once, or behind courtesy.
pub(super) fn begins(typed: &Typed, view: &View) -> Vec<usize> {
    const STARTS_MAX: usize = 6;
    let mut starts = vec![0];
    let mut at = 0;
    while starts.len() < STARTS_MAX {
        let Some(token) = view.tokens.get(at).copied() else { break };
        if typed.class(token) == Some(Class::Mark) {
            at += 1;
            if let Some(last) = starts.last_mut().filter(|_| at > 1) {
                *last = at;
            }
            continue;
        }
        let Some(((), end)) = typed.phrase_of(token, COURTESY) else { break };
        at += end - token;
        starts.push(at);
    }
    starts.retain(|start| *start < view.tokens.len() || view.tokens.is_empty());
    if starts.is_empty() { vec![0] } else { starts }
}

/// Puts the arguments in order; nothing if they make no sense for the command. Returns how much
/// more or less the reading is worth for them.
pub(super) fn finish(pattern: &Pattern, args: &mut Args) -> Option<f32> {
    let command = pattern.command;
    for key in ["text", "query", "value", "tag"] {
        if let Some(value) = args.get_mut(key) {
            // The dash before a tag says that it is taken off.
            if key == "tag" && value.starts_with('-') {
                continue;
            }
            let is_said = matches!(key, "text" | "query");
            let trimmed = if is_said { said(command, value)? } else { trimmed(command, value) }.to_owned();
            if trimmed.is_empty() {
                return None;
            }
            *value = trimmed;
        }
    }
    let mut worth = 0.0;
    if matches!(command, Command::Find | Command::Export)
        && let Some(bare) = args.get("query").and_then(|q| q.strip_suffix("的"))
        && !bare.is_empty()
    {
        let bare = bare.to_owned();
        args.insert("query", bare);
    }
    if let Some(query) = args.get_mut("query") {
        *query = query.trim_matches(['"', '“', '”', '「', '」']).trim().to_owned();
        if query.is_empty() {
            return None;
        }
    }
    // Tasks and deals are one's own if nothing else is said.
    if matches!(command, Command::Tasks | Command::Pipeline) && args.get("owner").is_some_and(|o| o == "me") {
        args.remove("owner");
    }
    match command {
        // 让小陈准备合同: what somebody is asked to do begins with a verb.
        Command::Task
            if pattern.needs.is_empty()
                && !args.contains_key("due")
                && args.contains_key("owner")
                && !args.get("text").is_some_and(|text| about::acts(text)) =>
        {
            return None;
        }
        Command::Task if args.get("owner").is_some_and(|o| o == "me" || o == "team") => return None,
        Command::Task => {
            if let Some(text) = args.get("text").cloned() {
                if !args.contains_key("who")
                    && let Some(who) = about::person(&text)
                {
                    args.insert("who", who);
                }
                // Whoever begins with what to do names a task.
                let acts = about::acts(&text);
                if pattern.is_bare() && !acts && !args.contains_key("due") && !args.contains_key("priority") {
                    return None;
                }
                worth += if acts { 1.5 } else { 0.0 };
                // One common word is no task.
                if !text.contains(' ') && text.is_ascii() && common::is_common(&text.to_lowercase()) {
                    worth -= 0.5;
                }
            }
        }
        // `open ticket T91`: a number is no trouble that somebody has.
        Command::Ticket
            if args.get("text").is_some_and(|t| t.parse().is_ok_and(|n: ShortNumber| n.kind.is_some())) =>
        {
            return None;
        }
        // Tickets and deals have commands of their own for these.
        Command::Edit if args.get("field").is_some_and(|f| matches!(f.as_str(), "priority" | "amount")) => {
            return None;
        }
        // A number and a day: a deal closes then, all else waits until then.
        Command::Deal if pattern.is_bare() && !args.contains_key("amount") && !deal(args) => return None,
        Command::Snooze if pattern.is_bare() && deal(args) => return None,
        // Only deals and customers have a stage.
        Command::Stage if args.get("id").is_some_and(|id| id.starts_with(['T', 'K'])) => return None,
        Command::Edit => {
            const ASKING: &[&str] =
                &["什么", "啥", "怎么", "怎样", "如何", "吗", "呢", "多少", "谁", "哪", "咋"];
            if let Some(value) = args.get_mut("value") {
                // A question is no value.
                if ASKING.iter().any(|word| value.contains(word)) {
                    return None;
                }
                if let Some(bare) = value.strip_suffix('了') {
                    *value = bare.to_owned();
                }
            }
            if let (Some(field), Some(value)) = (args.get("field"), args.get("value")) {
                let digits = value.chars().filter(char::is_ascii_digit).count();
                match field.as_str() {
                    "email" if value.contains('@') => worth += 1.0,
                    "phone" if digits >= 5 => worth += 1.0,
                    "email" => worth -= 1.0,
                    "phone" => worth -= 1.5,
                    _ => {}
                }
            }
        }
        Command::Undo => {
            let digits = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十"];
            if let Some(steps) = args.get_mut("value") {
                let n = digits.iter().position(|d| d == steps).map(|n| n + 1);
                if let Some(n) = n.or_else(|| (steps == "两").then_some(2)) {
                    *steps = n.to_string();
                }
            }
        }
        Command::Lang => {
            let value = args.get("value")?.to_lowercase();
            let code = match super::words::folded(&value).as_str() {
                "english" | "en" | "英文" | "英语" => "en",
                "chinese" | "zh" | "mandarin" | "中文" | "汉语" | "普通话" | "简体中文" | "简体" => {
                    "zh"
                }
                _ => &value,
            };
            args.insert("value", code.to_owned());
        }
        _ => {}
    }
    Some(worth)
}

/// Takes marks, courtesy and what only leads there off the words for a command; nothing where they are
/// courtesy alone.
pub(super) fn said(command: Command, text: &str) -> Option<&str> {
    let mut text = trimmed(command, text);
    if command != Command::Reply {
        text = without_courtesy(text);
        // 关掉T12吧: what is left may be courtesy alone.
        if matches!(text, "吧" | "好吗" | "可以吗" | "行吗" | "谢谢") {
            return None;
        }
    }
    Some(without_leads(command, text))
}

/// Tells whether the record is a deal.
fn deal(args: &Args) -> bool {
    args.get("id").is_some_and(|id| id.starts_with('D'))
}

/// Takes courtesy off the end.
fn without_courtesy(text: &str) -> &str {
    const ENDS: &[&str] = &[
        " please",
        " pls",
        " plz",
        " thanks",
        " thx",
        " thank you",
        " ty",
        " first thing",
        " ok",
        " will you",
        " would you",
        "谢谢",
        "吧",
        "好吗",
        "可以吗",
        "行吗",
        "谢啦",
        "来着",
        "谢谢啦",
        "谢谢哈",
        "多谢",
        "拜托",
        "呗",
        "哈",
        "哦",
        "啊",
        "啦",
        "咯",
        "哟",
    ];
    let mut text = text;
    while let Some(end) = ENDS.iter().find(|end| {
        text.len() > end.len()
            && text.get(text.len() - end.len()..).is_some_and(|tail| tail.eq_ignore_ascii_case(end))
    }) {
        text = text[..text.len() - end.len()].trim_end_matches([' ', ',', '，', '.', '!', '。', '！']);
    }
    text
}

/// Takes off what only leads to the words: `that`, `about`, `to`.
fn without_leads(command: Command, text: &str) -> &str {
    let leads: &[&str] = match command {
        Command::Task => &[
            "to ",
            "that i ",
            "that ",
            "i need to ",
            "i should ",
            "i have to ",
            "me to ",
            "about ",
            "need to ",
            "have to ",
            "must ",
            "gotta ",
            "should ",
            "我要",
            "我得",
            "要",
            "我",
            "记得",
            "一下",
            "得",
        ],
        Command::Note | Command::Reply | Command::Ticket | Command::Close => {
            &["了，", "that ", "as ", "because ", "since ", "说", "因为"]
        }
        Command::Log => {
            &["for ", "about ", "re ", "regarding ", "that ", "and ", "on ", "关于", "聊了", "说"]
        }
        Command::Stage => &[
            "了，",
            "了",
            "because ",
            "since ",
            "as ",
            "due to ",
            "reason: ",
            "reason ",
            "they ",
            "因为",
            "原因是",
            "原因",
            "由于",
            "理由是",
        ],
        Command::Find => &[
            "about ",
            "for ",
            "on ",
            "that ",
            "everything about ",
            "anything about ",
            "all about ",
            "everything on ",
            "all ",
            "the ",
            "a ",
            "an ",
            "any ",
            "那个",
            "这个",
            "有没有",
            "有哪些",
            "关于",
            "有关",
        ],
        Command::Workflow | Command::Template | Command::Report | Command::Export => {
            &["那个", "这个", "那份", "这份", "一个", "我们的"]
        }
        _ => &[],
    };
    let mut text = text;
    for lead in leads {
        if *lead == "they " {
            continue;
        }
        if let Some(head) = text.get(..lead.len()).filter(|head| head.eq_ignore_ascii_case(lead)) {
            text = text[head.len()..].trim_start_matches([' ', ':', '：', '，', ',']);
        }
    }
    text
}
