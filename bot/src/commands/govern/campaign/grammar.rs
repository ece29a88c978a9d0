//! Reads what stands behind the word `campaign`; pure.

use super::super::super::grammar::{first, whole};
use super::super::super::parse::trim;
use super::super::grammar::{sure, verb};
use super::{Campaign, Plan};

/// What stands between a campaign and whom it is for.
const TO: &[&str] = &[" to ", " 给 ", " 发给 ", " 发送给 "];

/// Reads `list`, `new spring check_in to tag:vip`, `start P1`, `群发 停止 P1`; a number alone shows it.
pub(in super::super) fn campaign(text: &str) -> Option<Campaign> {
    let (text, sure) = sure(text);
    let chinese = [
        "列表", "列出", "新建", "起草", "查看", "预览", "看", "开始", "启动", "继续", "停止", "停", "暂停",
        "结果", "效果", "放弃", "丢弃", "删除",
    ];
    let (word, rest) = verb(text, &chinese);
    let of = || whole(rest);
    Some(match word.to_lowercase().as_str() {
        "" | "list" | "all" | "列表" | "列出" => Campaign::List,
        "new" | "draft" | "create" | "新建" | "起草" => Campaign::New(plan(rest)?),
        "show" | "preview" | "see" | "查看" | "预览" | "看" => Campaign::Show(of()),
        "start" | "resume" | "continue" | "send" | "launch" | "开始" | "启动" | "继续" => {
            Campaign::Start { of: of(), sure }
        }
        "stop" | "halt" | "pause" | "停止" | "停" | "暂停" => Campaign::Stop(of()),
        "results" | "result" | "stats" | "结果" | "效果" => Campaign::Results(of()),
        "discard" | "delete" | "cancel" | "放弃" | "丢弃" | "删除" => Campaign::Discard(of()),
        _ => Campaign::Show(whole(text)),
    })
}

/// Reads `spring check_in and check_in_short share:30 hourly:50 between:10:00-16:00 to tag:vip lang:en`.
fn plan(text: &str) -> Option<Plan> {
    let (at, to) = TO.iter().filter_map(|to| Some((text.find(to)?, to.len()))).min()?;
    let (head, segment) = (&text[..at], trim(&text[at + to..]));
    let (name, rest) = first(head);
    let (body, mut rest) = first(rest);
    if name.is_empty() || body.is_empty() {
        return None;
    }
    let mut plan = Plan {
        name: name.trim_end_matches([':', '：', ',', '，']).to_owned(),
        text: body.to_owned(),
        segment: segment.to_owned(),
        ..Plan::default()
    };
    while !rest.is_empty() {
        let (word, more) = first(rest);
        rest = more;
        if matches!(word, "and" | "和" | "与" | "or" | "vs") && plan.text_b.is_empty() {
            let (second, more) = first(rest);
            (plan.text_b, rest) = (second.to_owned(), more);
            continue;
        }
        let (key, value) = word.split_once([':', '：']).unwrap_or((word, ""));
        let number = |most: u32| value.trim_end_matches('%').parse().ok().filter(|n| (1..=most).contains(n));
        match (key.to_lowercase().as_str(), number(1_000_000)) {
            ("share" | "b" | "比例", Some(n)) if n < 100 => plan.share_b = Some(n),
            ("hourly" | "per-hour" | "每小时", Some(n)) => plan.per_hour = Some(n),
            ("daily" | "per-day" | "每天", Some(n)) => plan.per_day = Some(n),
            ("between" | "hours" | "时段", _) if !value.is_empty() => plan.between = value.to_owned(),
            _ if plan.odd.is_empty() => plan.odd = word.to_owned(),
            _ => {}
        }
    }
    Some(plan)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_read_and_written() {
        for (text, written) in [
            ("new spring check_in to tag:vip", "campaign new spring check_in to tag:vip"),
            (
                "new Spring: a and b share:30% hourly:50 daily:300 between:10:00-16:00 to tag:vip lang:en",
                "campaign new Spring a and b share:30 hourly:50 daily:300 between:10:00-16:00 to tag:vip lang:en",
            ),
            ("新建 春季 a 和 b 给 标签:重要", "campaign new 春季 a and b to 标签:重要"),
            ("new x a share:100 to all", "campaign new x a share:100 to all"),
            ("new x a quickly to all", "campaign new x a quickly to all"),
        ] {
            let read = campaign(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(read.to_string(), written);
            let again = campaign(written.strip_prefix("campaign ").unwrap());
            assert_eq!(again, Some(read), "{text}");
        }
        assert_eq!(campaign("new spring"), None);
        assert_eq!(campaign("new spring to all"), None);
        assert_eq!(campaign("new to all"), None);
    }

    #[test]
    fn steps_are_read_in_either_language() {
        for (text, written) in [
            ("", "campaign list"),
            ("P1", "campaign show P1"),
            ("start P1", "campaign start P1"),
            ("start P1 act:yes", "campaign start P1 act:yes"),
            ("停止P1", "campaign stop P1"),
            ("结果 春季", "campaign results 春季"),
            ("pause spring", "campaign stop spring"),
            ("discard 1", "campaign discard 1"),
        ] {
            assert_eq!(campaign(text).unwrap().to_string(), written, "{text}");
        }
    }
}
