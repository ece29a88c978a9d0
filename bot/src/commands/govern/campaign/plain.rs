//! Plain words about campaigns as commands: `stop the spring campaign`, `春季群发的结果怎么样`; pure.

/// What begins a sentence, with the verb that the command has for it; the longest first.
const BEGINNINGS: &[(&str, &str)] = &[
    ("how is the", "results"),
    ("how is", "results"),
    ("how did the", "results"),
    ("how did", "results"),
    ("what came of the", "results"),
    ("what came of", "results"),
    ("what are the results of the", "results"),
    ("results of the", "results"),
    ("results of", "results"),
    ("show me the", "show"),
    ("show me", "show"),
    ("show the", "show"),
    ("show", "show"),
    ("list the", "list"),
    ("list our", "list"),
    ("list", "list"),
    ("which", "list"),
    ("what", "list"),
    ("please stop the", "stop"),
    ("stop the", "stop"),
    ("stop", "stop"),
    ("halt the", "stop"),
    ("halt", "stop"),
    ("pause the", "stop"),
    ("pause", "stop"),
    ("cancel the", "stop"),
    ("start the", "start"),
    ("start", "start"),
    ("launch the", "start"),
    ("launch", "start"),
    ("resume the", "start"),
    ("resume", "start"),
    ("continue the", "start"),
    ("continue", "start"),
];

/// What Chinese sentences about one say, with the verb.
const SAID: &[(&str, &str)] = &[
    ("停止", "stop"),
    ("停掉", "stop"),
    ("暂停", "stop"),
    ("叫停", "stop"),
    ("开始", "start"),
    ("启动", "start"),
    ("继续", "start"),
    ("结果", "results"),
    ("效果", "results"),
    ("有哪些", "list"),
    ("列出", "list"),
    ("查看", "show"),
    ("看看", "show"),
];

/// Writes what is said of campaigns as a command; nothing where it is of something else, or says more.
pub(in super::super::super) fn plainly(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let lower = lower.trim().trim_end_matches(['.', '!', '?', '。', '！', '？']).trim();
    if lower.contains("群发") { chinese(lower) } else { english(lower) }
}

fn english(text: &str) -> Option<String> {
    let begins = |(words, _): &&(&str, &str)| {
        text.strip_prefix(words).is_some_and(|rest| rest.starts_with(char::is_whitespace))
    };
    let (words, verb) = BEGINNINGS.iter().filter(begins).max_by_key(|(words, _)| words.len())?;
    let mut rest: Vec<&str> = text[words.len()..].split_whitespace().collect();
    // How it ends says nothing more.
    while rest.last().is_some_and(|word| {
        matches!(
            *word,
            "now" | "do" | "doing" | "go" | "going" | "please" | "are" | "there" | "have" | "we" | "results"
        )
    }) {
        rest.pop();
    }
    let is_one = |word: &str| matches!(word, "campaign" | "mailing");
    let is_many = |word: &str| matches!(word, "campaigns" | "mailings");
    match rest[..] {
        [many] if is_many(many) => Some("campaign list".to_owned()),
        [one] if is_one(one) && *verb != "list" => Some(format!("campaign {verb}")),
        // `the campaign spring`, `the spring campaign`
        [one, name] | [name, one] if is_one(one) && *verb != "list" => {
            Some(format!("campaign {verb} {name}"))
        }
        _ => None,
    }
}

fn chinese(text: &str) -> Option<String> {
    let (said, verb) = SAID.iter().find(|(said, _)| text.contains(said))?;
    let mut rest = text.replace(said, " ");
    for word in
        ["群发活动", "群发邮件", "群发", "怎么样", "如何", "一下", "请", "的", "把", "我们", "了", "吧"]
    {
        rest = rest.replace(word, " ");
    }
    let names: Vec<&str> = rest.split_whitespace().collect();
    match (names[..].as_ref(), *verb) {
        ([], "list" | "show") => Some("campaign list".to_owned()),
        ([], verb) => Some(format!("campaign {verb}")),
        ([name], verb) if verb != "list" => Some(format!("campaign {verb} {name}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_say_of_campaigns_is_a_command() {
        for (text, command) in [
            ("Stop the spring campaign!", Some("campaign stop spring")),
            ("stop campaign P1 now", Some("campaign stop p1")),
            ("start the spring mailing", Some("campaign start spring")),
            ("how did the spring campaign do?", Some("campaign results spring")),
            ("how is the campaign going?", Some("campaign results")),
            ("show the spring campaign", Some("campaign show spring")),
            ("which campaigns are there?", Some("campaign list")),
            ("show the campaigns", Some("campaign list")),
            ("停止春季群发", Some("campaign stop 春季")),
            ("春季群发的结果怎么样？", Some("campaign results 春季")),
            ("有哪些群发活动？", Some("campaign list")),
            ("把春季群发停掉", Some("campaign stop 春季")),
            ("stop the nurture sequence for Anna", None),
            ("stop sending campaign mails to Anna", None),
            ("Anna asked us to stop the spring campaign", None),
            ("show Campaign Monitor Ltd", None),
            ("群发", None),
        ] {
            assert_eq!(plainly(text).as_deref(), command, "{text}");
        }
    }
}
