//! Reads what stands behind the word of a command about the service or the law; pure.

use rapport_model::Id;
use rapport_workflows::import::Sort;

use super::super::command::Of;
use super::super::grammar::{first, of_and_text, whole};
use super::super::parse::{ParseError, trim};
use super::super::table::Name;
use super::campaign::campaign;
use super::command::{Govern, Right, Steer, Step};

/// Reads the arguments of a command about the service or the law; nothing if `name` is none.
pub(in super::super) fn govern(name: Name, text: &str) -> Option<Result<Govern, ParseError>> {
    let text = trim(text.trim_end_matches(['。', '！', '!', '?', '？']));
    let read = match name {
        Name::Workflow => workflow(text).map(Govern::Workflow),
        Name::Export => {
            let (text, sure) = sure(text);
            customers(text).map(|filter| Govern::Export { filter: filter.to_owned(), sure })
        }
        Name::Import => import(text),
        Name::Campaign => campaign(text).map(Govern::Campaign),
        Name::Privacy if is_register(text) => Some(Govern::Register),
        Name::Privacy if is_requests(text) => Some(Govern::Requests),
        Name::Privacy if answer(text).is_some() => answer(text),
        Name::Privacy if grant(text).is_some() => grant(text),
        Name::Privacy => {
            let (text, sure) = sure(text);
            privacy(text).map(|(right, of)| Govern::Privacy { right, of: whole(of), sure })
        }
        _ => return None,
    };
    Some(read.ok_or(ParseError::Incomplete(name)))
}

/// Reads `import`, `import customers`, `导入 客户`, and what the buttons write.
fn import(text: &str) -> Option<Govern> {
    let (text, sure) = sure(text);
    if let Some(batch) = text.strip_prefix("undo ") {
        return trim(batch).parse().ok().map(|batch| Govern::Unimport(Id(batch)));
    }
    let sort = match trim(text).to_lowercase().as_str() {
        "" => None,
        "客户" | "联系人" | "contacts" => Some(Sort::Customers),
        "公司" => Some(Sort::Companies),
        "商机" => Some(Sort::Deals),
        "产品" => Some(Sort::Products),
        "订单" => Some(Sort::Orders),
        "备注" => Some(Sort::Notes),
        word => Some(Sort::by_name(word).filter(|sort| *sort != Sort::Messages)?),
    };
    Some(Govern::Import { sort, sure })
}

fn is_register(text: &str) -> bool {
    matches!(text.to_lowercase().as_str(), "register" | "the register" | "登记册" | "处理登记册")
}

fn is_requests(text: &str) -> bool {
    let text = text.to_lowercase();
    matches!(text.as_str(), "requests" | "request" | "list" | "请求" | "请求列表" | "申请" | "列表")
}

/// Reads `refuse R3: we cannot tell who asks`, `延期 R3：资料太多`. The number is needed: what was refused by
/// mistake has been refused.
fn answer(text: &str) -> Option<Govern> {
    let chinese = ["发送链接", "发链接", "链接", "完成", "已完成", "办结", "拒绝", "驳回", "延期", "延长"];
    let (word, rest) = verb(text, &chinese);
    let step = match word.to_lowercase().as_str() {
        "link" | "verify" | "发送链接" | "发链接" | "链接" => Step::Link,
        "done" | "answered" | "完成" | "已完成" | "办结" => Step::Done,
        "refuse" | "reject" | "拒绝" | "驳回" => Step::Refuse,
        "extend" | "延期" | "延长" => Step::Extend,
        _ => return None,
    };
    let (of, why) = of_and_text(rest.strip_prefix(':').unwrap_or(rest));
    // A number may stand before its colon.
    let (of, why) = match of {
        Of::Named(name) => (whole(&name), why),
        of => (of, why),
    };
    Some(Govern::Answer { step, of, why: trim(why.trim_start_matches([':', '：'])).to_owned() })
}

/// Reads `grant C12: signed up at the fair`, `允许 C12：在展会上登记`.
fn grant(text: &str) -> Option<Govern> {
    let (word, rest) = verb(text, &["允许", "授权"]);
    if !matches!(word.to_lowercase().as_str(), "grant" | "allow" | "允许" | "授权") {
        return None;
    }
    let (of, how) = of_and_text(rest);
    // A name alone is asked by what they said it.
    let (of, how) = if of == Of::It && !how.is_empty() { (whole(how), "") } else { (of, how) };
    Some(Govern::Grant { of, how: trim(how.trim_start_matches([':', '：'])).to_owned() })
}

/// Takes off what the button of a question writes.
pub(super) fn sure(text: &str) -> (&str, bool) {
    text.strip_suffix("act:yes").map_or((text, false), |text| (trim(text), true))
}

fn workflow(text: &str) -> Option<Steer> {
    let (word, rest) = verb(text, &["列表", "列出", "暂停", "恢复", "继续", "测试"]);
    let name = || (!rest.is_empty()).then(|| rest.to_lowercase());
    match word.to_lowercase().as_str() {
        "" | "list" | "all" | "列表" | "列出" => Some(Steer::List),
        "pause" | "stop" | "暂停" => name().map(Steer::Pause),
        "resume" | "start" | "continue" | "恢复" | "继续" => name().map(Steer::Resume),
        "test" | "try" | "测试" => Some(Steer::Test(whole(rest))),
        _ => None,
    }
}

fn privacy(text: &str) -> Option<(Right, &str)> {
    let chinese = ["导出", "删除", "抹除", "同意", "许可", "解除限制", "解除保全", "限制", "保全"];
    let (word, rest) = verb(text, &chinese);
    let right = match word.to_lowercase().as_str() {
        "export" | "access" | "导出" => Right::Export,
        "erase" | "delete" | "forget" | "删除" | "抹除" => Right::Erase,
        "consent" | "consents" | "同意" | "许可" => Right::Consent,
        "restrict" | "limit" | "限制" => Right::Restrict,
        "release" | "unrestrict" | "解除限制" => Right::Release,
        "hold" | "保全" => Right::Hold,
        "unhold" | "解除保全" => Right::Unhold,
        _ => return None,
    };
    Some((right, rest))
}

/// Splits off the first word, a Chinese one by its letters.
pub(super) fn verb<'a>(text: &'a str, chinese: &[&str]) -> (&'a str, &'a str) {
    match chinese.iter().find(|word| text.starts_with(**word)) {
        Some(word) => (&text[..word.len()], trim(&text[word.len()..])),
        None => first(text),
    }
}

/// Returns which customers are meant; nothing where something else is.
fn customers(text: &str) -> Option<&str> {
    let lower = text.to_lowercase();
    // Lower case may be longer or shorter in some languages; then nothing is taken off.
    let text_of = |lower: &str| text.get(text.len().checked_sub(lower.len())?..).map(trim);
    let mut rest = lower.as_str();
    for word in ["all ", "my ", "our ", "the ", "所有的", "所有", "全部"] {
        rest = rest.strip_prefix(word).map_or(rest, trim);
    }
    for word in ["customers", "contacts", "customer", "客户", "联系人"] {
        if let Some(filter) = rest.strip_prefix(word) {
            let filter = text_of(trim(filter))?;
            let filter =
                ["in ", "of ", "from ", "at "].iter().find_map(|w| filter.strip_prefix(w)).unwrap_or(filter);
            return Some(trim(filter));
        }
    }
    for word in ["的客户", "客户", "的联系人"] {
        if let Some(filter) = text.strip_suffix(word) {
            return Some(trim(filter));
        }
    }
    None
}
