//! Finds the person that a task is about in the words for it.

use super::names::{self, Name};
use super::typed::Typed;
use super::words::Class;

/// Verbs whose object is a person, and words before a person.
const VERBS: &[&str] = &[
    "call",
    "ring",
    "phone",
    "email",
    "mail",
    "text",
    "message",
    "msg",
    "meet",
    "visit",
    "ping",
    "chase",
    "see",
    "thank",
    "contact",
    "invoice",
    "brief",
    "remind",
    "tell",
    "ask",
    "nudge",
    "write",
    "invite",
    "congratulate",
    "onboard",
    "dm",
    "buzz",
    "reach",
    "update",
    "answer",
    "pay",
    "catch",
    "inform",
    "poke",
    "bug",
    "whatsapp",
    "wechat",
    "refund",
    "interview",
    "prep",
    "check",
    "send",
    "give",
    "show",
    "get",
    "bring",
    "offer",
    "train",
    "help",
    "quote",
];
const LEADS: &[&str] =
    &["with", "w", "to", "for", "from", "at", "about", "on", "of", "and", "re", "by", "up", "out", "back"];

/// What stands before a person in Chinese, and what may stand behind one then.
const LEADS_ZH: &[&str] = &[
    "打电话给",
    "发邮件给",
    "打给",
    "发给",
    "约了",
    "约好",
    "约好了",
    "接",
    "接待",
    "送",
    "寄给",
    "交给",
    "给",
    "联系",
    "拜访",
    "跟进",
    "回访",
    "催",
    "通知",
    "约",
    "问",
    "见",
    "找",
    "跟",
    "和",
    "与",
    "回复",
    "回",
    "请",
    "陪",
    "访问",
    "帮",
    "为",
    "到",
    "去",
    "向",
    "邀请",
    "提醒",
    "答复",
    "对接",
    "续签",
    "准备",
    "整理",
    "核对",
    "确认",
    "更新",
    "修改",
];
const BEHIND_ZH: &[&str] = &[
    "打", "发", "回", "寄", "送", "做", "报", "准备", "写", "开", "谈", "聊", "见", "确认", "的", "吃", "签",
    "说", "讲", "演示", "续", "要", "催", "付", "拿", "看", "安排", "通", "讨论", "对", "一起", "喝", "交",
    "出", "办", "约", "补", "换", "装", "修", "取", "沟通", "关于", "，", "。", "汇报", "解释", "介绍", "收",
    "培训", "上门", "订", "买", "提", "拜", "询", "问", "复", "改", "那", "合同", "报价", "进度", "方案",
    "项目", "货", "款", "样", "是", "有", "落实", "跟", "致", "道", "下", "传", "核", "试", "电", "推",
    "申请", "和", "续签", "不", "把", "走", "退", "重", "视", "培", "验", "盘", "调", "参", "考", "结", "清",
    "测", "碰", "会", "完成", "当面", "电话", "邮件", "消息", "微信",
];

/// What somebody may have to do, as the first word of it.
const ACTS: &[&str] = &[
    "follow",
    "prepare",
    "prep",
    "draft",
    "finish",
    "submit",
    "review",
    "order",
    "renew",
    "fix",
    "deliver",
    "pick",
    "buy",
    "book",
    "collect",
    "sign",
    "confirm",
    "respond",
    "talk",
    "speak",
    "sync",
    "circle",
    "touch",
    "print",
    "install",
    "research",
    "clean",
    "upload",
    "test",
    "complete",
    "organise",
    "organize",
    "arrange",
    "negotiate",
    "return",
    "fill",
    "read",
    "calculate",
    "compare",
    "discuss",
    "drop",
    "approve",
    "cancel",
    "measure",
    "pack",
    "ship",
    "present",
    "request",
    "schedule",
    "verify",
    "pay",
    "make",
    "do",
    "go",
];
const ACTS_ZH: &[&str] = &[
    "把", "发", "寄", "准备", "提交", "整理", "完成", "安排", "确认", "订", "预约", "复查", "更新", "送",
    "写", "做", "买", "打", "回", "续签", "签", "开", "交", "补", "修", "检查", "核对", "付", "收", "取",
    "参加", "出差", "处理", "测试", "打印", "报", "下单", "装", "测", "换", "审", "看样", "盘点",
];

/// Tells whether a text begins with something to do.
pub(super) fn acts(text: &str) -> bool {
    let typed = Typed::new(text);
    let first = typed.word(0);
    let noun = typed.any(1, &["is", "was", "has", "are", "of", "for", ":"]);
    (VERBS.contains(&first) || ACTS.contains(&first)) && !noun && typed.tokens.len() > 1
        || typed.class(0) == Some(Class::Han)
            && LEADS_ZH.iter().chain(ACTS_ZH).any(|act| typed.phrase(0, act).is_some())
}

/// Returns the person or record that the words of a task are about.
pub(super) fn person(text: &str) -> Option<String> {
    let typed = Typed::new(text);
    let found = if typed.has_han { in_han(&typed) } else { None };
    Some(found.or_else(|| in_words(&typed))?.called(&typed))
}

fn in_words(typed: &Typed) -> Option<Name> {
    let mut best: Option<(f32, Name)> = None;
    let mut i = 0;
    while i < typed.tokens.len() {
        let before = typed.word(i.wrapping_sub(1));
        let led = VERBS.contains(&before)
            || LEADS.contains(&before)
            || typed.class(i.wrapping_sub(1)) == Some(Class::Han);
        let capital = typed.tokens[i].capital && i > 0;
        if typed.class(i) != Some(Class::Word) || !(led || capital) {
            i += 1;
            continue;
        }
        let longest = names::starting(typed, i)
            .into_iter()
            // Small words behind a name in small letters are no part of it.
            .filter(|name| {
                name.to == name.from + 1
                    || (name.from..name.to)
                        .all(|t| typed.tokens[t].capital || typed.class(t) != Some(Class::Word))
            })
            .filter(|name| {
                (name.from..name.to).any(|t| typed.tokens[t].capital)
                    || VERBS.contains(&before)
                    || matches!(before, "with" | "w" | "to" | "for" | "from" | "at" | "up")
            })
            .filter(|name| !acronym(typed, name))
            .max_by_key(|name| name.to);
        let strong = if VERBS.contains(&before) || matches!(before, "with" | "to" | "w") { 0.5 } else { 0.0 };
        match longest {
            Some(name) if name.score > 0.1 => {
                let worth = name.score + strong;
                if best.is_none_or(|(b, _)| worth > b + 0.6) {
                    best = Some((worth, name));
                }
                i = name.to.max(i + 1);
            }
            _ => i += 1,
        }
    }
    best.map(|(_, name)| name)
}

/// Tells whether a name is only capitals: a POC, an NDA.
fn acronym(typed: &Typed, name: &Name) -> bool {
    let text = typed.slice(name.from, name.to);
    (2..=3).contains(&text.len()) && text.chars().all(|c| c.is_ascii_uppercase())
        || matches!(text, "NDA" | "RFP" | "POC" | "FAQ" | "KPI" | "CRM" | "API" | "CEO" | "CFO")
}

fn in_han(typed: &Typed) -> Option<Name> {
    for i in 0..typed.tokens.len() {
        let lead = LEADS_ZH.iter().filter_map(|lead| typed.phrase(i, lead)).max();
        // 裴蕾来公司 begins with who comes.
        let comes = |name: &Name| {
            name.score >= 1.0
                && ["来", "过来", "上门", "到店"].iter().any(|w| typed.phrase(name.to, w).is_some())
        };
        if i == 0
            && let Some(name) = names::starting(typed, 0).into_iter().find(comes)
        {
            return Some(name);
        }
        let Some(at) = lead else { continue };
        // 去拜访海天: one leads to another.
        let leads =
            |l: &&&str| l.chars().count() > 1 || matches!(**l, "见" | "找" | "陪" | "约" | "催" | "问");
        let at = LEADS_ZH.iter().filter(leads).filter_map(|l| typed.phrase(at, l)).max().unwrap_or(at);
        let at = typed.phrase(at, "一下").or_else(|| typed.phrase(at, "下")).unwrap_or(at);
        let mut best: Option<Name> = None;
        for name in names::starting(typed, at) {
            let ends = name.to == typed.tokens.len()
                || typed.class(name.to) == Some(Class::Mark)
                || BEHIND_ZH.iter().any(|w| typed.phrase(name.to, w).is_some());
            // One goes to places and checks things too; only what looks like a name is somebody then.
            let place =
                typed.any(i, &["去", "到", "续", "准", "整", "核", "确", "更", "修"]) && name.score < 0.9;
            if ends && !place && name.score > 0.0 && best.is_none_or(|b| name.score > b.score) {
                best = Some(name);
            }
        }
        if best.is_some() {
            return best;
        }
    }
    None
}
