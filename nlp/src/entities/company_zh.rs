//! Companies in Chinese characters: by their legal form, by what they are, by name, or by a label.
//!
//! The form or trade ends the name; a walk back from it finds where the name begins.

use rapport_model::reading::EntityKind;

use super::Found;
use super::names::{CHINESE, Chinese, simplified};
use super::text::{Class, Text, is_han};

/// Characters of a name before its legal form, at most.
const LEGAL_CHARS_MAX: usize = 20;
/// Characters of a name before its kind of business, at most.
const BUSINESS_CHARS_MAX: usize = 9;
/// Characters of the places that a name begins with, at most.
const PLACE_CHARS_MAX: usize = 6;
/// Characters of a name before its trade, at most.
const TRADE_CHARS_MAX: usize = 9;
/// Labels that a company follows.
const LABELS: [&str; 14] = [
    "公司",
    "公司名称",
    "公司名",
    "单位",
    "单位名称",
    "抬头",
    "发票抬头",
    "开票抬头",
    "企业名称",
    "户名",
    "购买方",
    "采购方",
    "甲方",
    "乙方",
];

/// How the walk back over a name ended.
#[derive(PartialEq, Eq)]
enum Edge {
    /// At the start, a mark or a blank.
    Open,
    /// At a word that a name may follow.
    Word,
}

/// Adds the companies with Chinese names in `text`.
pub(super) fn find(text: &Text, out: &mut Vec<Found>) {
    let plain = simplified(&text.plain);
    let lists = &*CHINESE;
    let mut push = |start: usize, end: usize| {
        out.push(Found { kind: EntityKind::Company, start, end, value: text.plain[start..end].to_owned() });
    };
    let mut legal_until = 0;
    for token in text.tokens.iter().filter(|t| t.class == Class::Han) {
        let at = token.start;
        let rest = &plain[at..];
        if let Some(form) = lists.legal.starts(rest).filter(|_| at >= legal_until) {
            legal_until = at + form.len();
            if let Some(start) = with_form(&plain, at, form, lists) {
                push(start, legal_until);
            }
            if let Some((start, end)) = in_brackets(&plain, legal_until, form) {
                push(start, end);
            }
        } else if let Some(kind) = lists.business.starts(rest) {
            if let Some(start) = with_business(&plain, at, kind, lists) {
                push(start, at + kind.len());
            }
        } else if let Some(trade) = lists.trades.starts(rest)
            && let Some(start) = with_trade(&plain, at, trade, lists)
        {
            push(start, at + trade.len());
        }
        if let Some(name) = lists.companies.starts(rest)
            && is_known(&plain, at, name, lists)
        {
            push(at, at + name.len() + branch(&plain[at + name.len()..], lists));
        }
        if let Some(name) = rest.strip_prefix("株式会社").map(str::trim_start) {
            let skipped = rest.len() - "株式会社".len() - name.len();
            let n: usize = name.chars().take_while(|c| is_han(*c)).take(10).map(char::len_utf8).sum();
            if n > 0 && legal_until <= at {
                push(at, at + "株式会社".len() + skipped + n);
            }
        }
        if let Some(end) = labelled(&plain, at) {
            push(at, end);
        }
    }
}

/// Returns how long the branch is that a bank's name goes on with: 无锡分行.
fn branch(rest: &str, lists: &Chinese) -> usize {
    let mut place = 0;
    while let Some(name) = lists.places.starts(&rest[place..]) {
        place += name.len();
    }
    let suffix = ["分行", "支行", "分公司"].iter().find(|suffix| rest[place..].starts_with(**suffix));
    suffix.map_or(0, |suffix| place + suffix.len())
}

/// Returns where the name before the legal form at byte `at` begins.
fn with_form(plain: &str, at: usize, form: &str, lists: &Chinese) -> Option<usize> {
    let (start, _) = walk_back(plain, at, LEGAL_CHARS_MAX, true, lists)?;
    let name = &plain[start..at];
    let weak = matches!(form, "公司" | "集团" | "分公司" | "子公司" | "集团公司");
    let long = name.chars().count() >= 2;
    let next = plain[at + form.len()..].chars().next();
    let other = weak && (is_plain(name, lists, true) || form == "集团" && next == Some('军'));
    (long && !other).then_some(start)
}

/// Returns where the name before the kind of business at byte `at` begins.
fn with_business(plain: &str, at: usize, kind: &str, lists: &Chinese) -> Option<usize> {
    let (start, edge) = walk_back(plain, at, BUSINESS_CHARS_MAX + PLACE_CHARS_MAX, false, lists)?;
    let name = &plain[start..at];
    if own(name, lists).chars().count() > BUSINESS_CHARS_MAX {
        return None;
    }
    // 大学里, 学校的作业: the word alone names nothing; nor does a trade with it.
    let n = name.chars().count();
    let of_place = matches!(kind, "大学" | "银行" | "学院" | "中学");
    let goes_on = plain[at + kind.len()..].starts_with(['卡', '流', '账', '转', '生', '员', '名', '费']);
    let short =
        matches!(kind, "口腔" | "牙科" | "学校" | "超市" | "商场" | "百货") && edge == Edge::Word && n > 6;
    if kind == "厂" && own(name, lists).len() == name.len() {
        return None;
    }
    (n >= 2 && !is_plain(name, lists, !of_place) && (!goes_on || kind == "银行") && !short).then_some(start)
}

/// Returns where the name before the trade at byte `at` begins.
fn with_trade(plain: &str, at: usize, trade: &str, lists: &Chinese) -> Option<usize> {
    let after = &plain[at + trade.len()..];
    let next = after.chars().next();
    let of_speaker = after.strip_prefix('的').is_some_and(|rest| !rest.starts_with(is_han));
    let person = after.strip_prefix('的').is_some_and(|rest| {
        rest.starts_with(|c| lists.is_surname(c)) && lists.words.starts(rest).is_none()
            || rest.starts_with(|c: char| c.is_ascii_uppercase())
            || ["采购", "财务", "销售", "行政", "客户", "前台", "老板", "同事"]
                .iter()
                .any(|w| rest.starts_with(w))
    });
    let department = [
        "采购部",
        "财务部",
        "行政部",
        "市场部",
        "技术部",
        "销售部",
        "人事部",
        "客服部",
        "采购",
        "财务",
        "行政",
    ]
    .iter()
    .any(|w| after.starts_with(w));
    let ends = !next.is_some_and(is_han);
    let nickname = after
        .strip_prefix(['老', '小'])
        .is_some_and(|rest| rest.starts_with(|c| lists.surnames.contains(&c)));
    let person = person || nickname;
    // 苏州恒晟精密机械收: a place before it makes it a name, unless it goes on as another.
    let goes_on =
        [&lists.trades, &lists.business, &lists.legal].iter().any(|words| words.starts(after).is_some());
    let (start, edge) = walk_back(plain, at, TRADE_CHARS_MAX, false, lists)?;
    let name = &plain[start..at];
    let own = own(name, lists);
    let (n, placed) = (own.chars().count(), own.len() < name.len());
    if !(ends || person || department || of_speaker || placed && edge == Edge::Open && !goes_on) {
        return None;
    }
    let said = edge == Edge::Word && is_announced(&plain[..start]);
    let alone = edge == Edge::Open && ends;
    let places = is_plain(name, lists, true);
    ((2..=5).contains(&n)
        && !places
        && (said
            || alone && (n <= 4 || placed)
            || placed && edge == Edge::Open
            || person
            || department && edge == Edge::Open))
        .then_some(start)
}

/// Returns a company's name without the places that it begins with: 苏州恒晟 is 恒晟.
fn own<'n>(name: &'n str, lists: &Chinese) -> &'n str {
    let mut own = name;
    while let Some(place) = lists.places.starts(own) {
        own = &own[place.len()..];
        own = own.strip_prefix(['市', '省', '县', '区']).unwrap_or(own);
    }
    own
}

/// Tells whether the words before a name say that a company follows.
fn is_announced(head: &str) -> bool {
    [
        "我是",
        "我们是",
        "来自",
        "代表",
        "跟",
        "和",
        "与",
        "给",
        "由",
        "从",
        "是",
        "在",
        "任职于",
        "供职于",
        "就职于",
        "客户",
        "供应商",
        "同行",
        "联系",
        "入职",
        "加入",
    ]
    .iter()
    .any(|word| head.ends_with(word))
}

/// Walks back over a name that ends at byte `at`; returns where it begins and what stands there.
/// Nothing when it is longer than `max` characters.
fn walk_back(plain: &str, at: usize, max: usize, brackets: bool, lists: &Chinese) -> Option<(usize, Edge)> {
    let mut start = at;
    let mut edge = Edge::Open;
    let mut n = 0;
    while let Some(c) = plain[..start].chars().next_back() {
        let head = &plain[..start];
        if let Some(word) = lists.stop_words.ends(head) {
            let _ = word;
            edge = Edge::Word;
            break;
        }
        if let Some(place) = lists.places.ends(head) {
            n += place.chars().count();
            if n > max {
                return None;
            }
            start -= place.len();
            continue;
        }
        // (集团), （中国）
        if brackets
            && c == ')'
            && let Some(open) = head.rfind('(').filter(|open| head.len() - open <= 16)
        {
            start = open;
            n += head[open..].chars().count();
            continue;
        }
        if !is_han(c) {
            // ABC科技有限公司: letters that touch belong to it.
            if c.is_ascii_alphanumeric() && start < at {
                let letters = head.bytes().rev().take_while(|b| b.is_ascii_alphanumeric()).count();
                let word = &head[head.len() - letters..];
                if letters <= 12 && word.starts_with(|c: char| c.is_ascii_uppercase()) {
                    start -= letters;
                }
            }
            break;
        }
        let before = &head[..head.len() - c.len_utf8()];
        let kept = match c {
            '和' => {
                ["瑞", "平", "泰", "谐", "中", "祥", "元", "人", "顺", "仁", "三", "义", "永", "万"]
                    .iter()
                    .any(|w| before.ends_with(w))
                    || plain[start..].starts_with(['平', '泰', '谐', '记', '祥', '盛'])
            }
            '来' => plain[start..].starts_with(['福', '宝', '顺']) || before.ends_with(['未', '福']),
            '可' => plain[start..].starts_with(['口']),
            '太' => plain[start..].starts_with(['阳', '平', '湖']),
            '真' | '新' => true,
            _ => false,
        };
        if lists.stop.contains(&c) && !kept {
            edge = Edge::Word;
            break;
        }
        n += 1;
        if n > max {
            return None;
        }
        start -= c.len_utf8();
    }
    // 住锦江酒店, 一家蓝海公司: verbs and counters before the name are not of it.
    while let Some(word) = [
        "一家", "两家", "几家", "入住", "住", "订", "找", "做", "开", "送", "叫", "发", "家", "有", "查",
        "选", "换", "收", "签", "约", "打", "寄", "到", "写", "听", "走", "经", "转自", "退", "说",
    ]
    .iter()
    .find(|word| plain[start..at].starts_with(**word))
    {
        let rest = &plain[start + word.len()..at];
        if rest.chars().count() < 2
            || word.chars().count() == 1 && edge == Edge::Open && rest.chars().count() < 3
        {
            break;
        }
        // 有 and 家 begin few names, the verbs stand behind a subject only.
        start += word.len();
        edge = Edge::Word;
    }
    (start < at).then_some((start, edge))
}

/// Tells whether `name` consists of words that name nothing, places among them if `places`.
fn is_plain(name: &str, lists: &Chinese, places: bool) -> bool {
    let mut rest = name;
    while !rest.is_empty() {
        let word = lists.plain.starts(rest).or_else(|| if places { lists.places.starts(rest) } else { None });
        let Some(word) = word else { return false };
        rest = &rest[word.len()..];
    }
    true
}

/// Tells whether the known name at byte `at` stands as a name and not inside other words.
fn is_known(plain: &str, at: usize, name: &str, lists: &Chinese) -> bool {
    let head = &plain[..at];
    let rest = &plain[at + name.len()..];
    if name.chars().count() >= 4 {
        return true;
    }
    let before = head.chars().next_back().filter(|c| is_han(*c));
    let next = rest.chars().next().filter(|c| is_han(*c));
    let left = before
        .is_none_or(|c| lists.stop.contains(&c) || "发用寄买走选换装有叫约送比下查找看问催".contains(c))
        || lists.stop_words.ends(head).is_some()
        || lists.before.ends(head).is_some();
    let right = next.is_none_or(|c| {
        "的和与跟、是在给就也都那这有送发寄快物公集总采财客员说没不单还能会运那无".contains(c)
    }) || lists.after.starts(rest).is_some();
    let inside = next.is_some_and(|c| {
        matches!(
            (name, c),
            ("三星", '级')
                | ("阿里", '山')
                | ("中通", '过')
                | ("平安", '夜' | '到')
                | ("保利", '率')
                | ("奔驰", '在')
                | ("松下", '来')
        )
    });
    !inside && (left && (right || name.chars().count() >= 3) || right && before.is_none())
        || left && !inside && next.is_none_or(|c| !"过级山率".contains(c))
}

/// Reads the name in the brackets behind 我司 or 公司 that end at byte `at`: 我公司（蓝海科技）.
fn in_brackets(plain: &str, at: usize, form: &str) -> Option<(usize, usize)> {
    if form != "公司" || !["我公司", "贵公司", "本公司", "我们公司"].iter().any(|w| plain[..at].ends_with(w))
    {
        return None;
    }
    bracketed(plain, at)
}

fn bracketed(plain: &str, at: usize) -> Option<(usize, usize)> {
    let rest = plain[at..].strip_prefix('(')?;
    let close = rest.find(')').filter(|n| (6..=60).contains(n))?;
    let name = &rest[..close];
    name.starts_with(is_han).then_some((at + 1, at + 1 + close))
}

/// Returns where the company at byte `at` ends if a label stands before it.
fn labelled(plain: &str, at: usize) -> Option<usize> {
    let head = &plain[..at];
    // 我司（蓝海科技）
    if let Some(head) = head.strip_suffix('(')
        && ["我司", "敝司", "我方", "我们公司"].iter().any(|w| head.ends_with(w))
    {
        return bracketed(plain, at - 1).map(|(_, end)| end);
    }
    let Some(label) = head.trim_end_matches(' ').strip_suffix(':') else {
        return labelled_at_once(plain, at);
    };
    if !LABELS.iter().any(|name| label.ends_with(name)) {
        return None;
    }
    let end = plain[at..]
        .find(|c: char| !(is_han(c) || c.is_ascii_alphanumeric() || c == '(' || c == ')'))
        .map_or(plain.len(), |n| at + n);
    (2..=24).contains(&plain[at..end].chars().count()).then_some(end)
}

/// Returns where the company at byte `at` ends that stands at once behind its label, begins with a place
/// and runs to a mark: 公司名南京拓维软件.
fn labelled_at_once(plain: &str, at: usize) -> Option<usize> {
    let head = &plain[..at];
    let label = ["公司名称", "公司名", "单位名称", "抬头", "户名"].iter().any(|label| head.ends_with(label));
    let lists = &*CHINESE;
    let rest = &plain[at..];
    if !label || lists.places.starts(rest).is_none() {
        return None;
    }
    let n: usize = rest.chars().take_while(|c| is_han(*c)).map(char::len_utf8).sum();
    let name = &rest[..n];
    let kind = [&lists.trades, &lists.business, &lists.legal].iter().any(|words| words.ends(name).is_some());
    (kind && (4..=20).contains(&name.chars().count())).then_some(at + n)
}
