//! Clauses in which the writer says that something will be done.

use chrono::NaiveDate;
use rapport_model::reading::{Entity, EntityKind, Promise};

use super::clauses::{Counter, clauses, sentences, words};
use super::questions::asks_in_chinese;

/// What is promised; other verbs behind `will` tell of what happens, is needed or felt.
const VERBS: &str = " send pay transfer deliver ship call ring phone email mail write reply respond answer get let give provide forward sign \
    return bring check look confirm arrange prepare finish fix repair refund collect pick come visit meet keep inform update share submit \
    settle wire make post follow contact speak talk tell ask review test complete install replace credit issue book schedule attach upload \
    remove cover reimburse handle deal sort organise organize drop see introduce attend join have do hand resend order place \
    ensure correct add put take investigate discuss process dispatch message text show ";
/// Words of a sentence that take the promise back: conditions, hearsay, hopes, threats.
const TAKES_BACK: &str = " if unless otherwise provided assuming hope hopefully maybe perhaps probably might wish lawyer lawyers legal sue dispute \
    chargeback complain elsewhere competitor competitors said told promised says claimed claims consumer never no-one whoever whatever \
    wonder doubt ombudsman police stars ";

/// Words of Chinese that take the promise back.
const TAKES_BACK_ZH: [&str; 36] = [
    "如果",
    "要是",
    "若",
    "除非",
    "否则",
    "不然",
    "只要",
    "的话",
    "万一",
    "希望",
    "能否",
    "能不能",
    "是否",
    "应该",
    "可能",
    "也许",
    "或许",
    "说好",
    "承诺",
    "答应",
    "保证过",
    "投诉",
    "起诉",
    "律师函",
    "差评",
    "退货",
    "已经",
    "不会",
    "不再",
    "不想",
    "没有",
    "不能",
    "刚刚",
    "说过",
    "你们说",
    "客服说",
];
/// Verbs of Chinese that are promised.
const VERBS_ZH: [&str; 57] = [
    "发给",
    "发您",
    "发你",
    "寄给",
    "寄出",
    "寄过",
    "寄回",
    "付款",
    "付清",
    "付给",
    "打款",
    "汇款",
    "转账",
    "转给",
    "支付",
    "结清",
    "结款",
    "回复",
    "答复",
    "回电",
    "给您",
    "给你",
    "联系",
    "安排",
    "处理",
    "送到",
    "送过",
    "送去",
    "提供",
    "签好",
    "签字",
    "签完",
    "通知",
    "告诉",
    "告知",
    "补发",
    "补上",
    "退款给",
    "确认",
    "交付",
    "发货",
    "派人",
    "完成",
    "修好",
    "提交",
    "带过",
    "到账",
    "过去",
    "打给",
    "打电话",
    "汇过",
    "发过",
    "上门",
    "补齐",
    "汇到",
    "转到",
    "打到",
];
/// Words that say that it will be.
const WILL_ZH: [&str; 16] = [
    "会", "将", "一定", "保证", "这就", "马上", "尽快", "立刻", "稍后", "待会", "晚点", "回头", "肯定",
    "準時", "准时", "立即",
];

/// Returns what the writer of `text` says will be done, in its order; `entities` are those found in
/// the same text, whose dates from `today` on tell when it is due: of a span of days the last.
///
/// Conditions, questions, threats, hopes, and what others are said to have promised are left out.
/// Only the first 60,000 bytes are read. Positions are code points.
pub fn promises(text: &str, entities: &[Entity], today: NaiveDate) -> Vec<Promise> {
    let mut counter = Counter::new(text);
    let today = today.to_string();
    let to_come = |value: &str| last_day(value).is_some_and(|due| due >= today.as_str());
    let mut dates = entities.iter().filter(|e| e.kind == EntityKind::Date && to_come(&e.value)).peekable();
    let mut found: Vec<Promise> = Vec::new();
    for sentence in sentences(text) {
        if sentence.text.trim_end_matches(['"', ')', ' ']).ends_with(['?', '？']) {
            continue;
        }
        let all = words(sentence.text);
        let chinese = sentence.text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        let taken_back = all.iter().any(|word| among(TAKES_BACK, word))
            || all.windows(2).any(|two| two[0] == "i" && two[1] == "think");
        let taken_back = if chinese {
            TAKES_BACK_ZH.iter().any(|word| sentence.text.contains(word)) || asks_in_chinese(sentence.text)
        } else {
            taken_back
        };
        if taken_back {
            continue;
        }
        let parts = clauses(text, sentence);
        for (n, part) in parts.iter().enumerate() {
            let start = counter.at(part.start);
            let end = counter.at(part.end());
            while dates.next_if(|date| date.end <= start).is_some() {}
            let mut due = dates
                .peek()
                .filter(|date| date.start < end)
                .and_then(|date| last_day(&date.value))
                .map(str::to_owned);
            let promised = if chinese {
                promises_in_chinese(part.text, due.is_some())
            } else {
                promises_in_english(part.text, due.is_some())
            };
            if !promised {
                continue;
            }
            let (mut text, mut end) =
                (part.text.trim_end_matches(['.', '。', ';', '；', '!', '！', ' ']).to_owned(), end);
            end -= part.text.chars().count() - text.chars().count();
            // The day may stand behind a comma: I will send it, by Friday at the latest.
            if due.is_none()
                && let Some(next) = parts.get(n + 1).filter(|next| {
                    words(next.text).first().is_some_and(|w| {
                        matches!(
                            w.as_str(),
                            "by" | "on"
                                | "before"
                                | "until"
                                | "latest"
                                | "at"
                                | "tomorrow"
                                | "today"
                                | "probably"
                        )
                    })
                })
                && let Some(date) =
                    dates.peek().filter(|date| date.start < end + 2 + next.text.chars().count())
            {
                due = last_day(&date.value).map(str::to_owned);
            }
            text.shrink_to_fit();
            found.push(Promise { text, due, start, end });
        }
    }
    found
}

/// Returns the day or time of a date's value, the last one of several; nothing where it is unclear.
fn last_day(value: &str) -> Option<&str> {
    value.rsplit('/').next().filter(|day| !day.is_empty())
}

fn among(list: &str, word: &str) -> bool {
    list.split_whitespace().any(|w| w == word)
}

fn promises_in_english(clause: &str, dated: bool) -> bool {
    let words = words(clause);
    let word = |i: usize| words.get(i).map_or("", String::as_str);
    for i in 0..words.len() {
        let subject = word(i);
        let (mut verb, mut plain) = (i + 2, true);
        let will = match (subject, word(i + 1)) {
            ("i" | "we" | "he" | "she" | "they" | "u", "will" | "shall") => true,
            ("i'll" | "we'll" | "ill" | "he'll" | "she'll" | "they'll", _) if subject != "ill" || i == 0 => {
                verb = i + 1;
                true
            }
            ("i'm" | "we're", "going") | ("i" | "we", "promise" | "guarantee") if word(i + 2) == "to" => {
                verb = i + 3;
                true
            }
            ("i" | "we", "am" | "are") if word(i + 2) == "going" && word(i + 3) == "to" => {
                verb = i + 4;
                true
            }
            ("you", "will" | "shall") | ("you'll", _) => {
                verb = i + if subject == "you" { 2 } else { 1 };
                plain = false;
                true
            }
            // Anna will send, our accountant will pay
            (name, "will")
                if i + 1 > 0
                    && !matches!(
                        name,
                        "it" | "that" | "this" | "which" | "there" | "what" | "you" | "who"
                    ) =>
            {
                true
            }
            ("will", _) if i == 0 => {
                verb = 1;
                true
            }
            // I'm sending it tomorrow
            ("i'm" | "we're", going) | ("i" | "we", going) if dated => {
                let going = if matches!(subject, "i" | "we") && matches!(going, "am" | "are") {
                    word(i + 2)
                } else {
                    going
                };
                if matches!(
                    going,
                    "sending"
                        | "paying"
                        | "transferring"
                        | "shipping"
                        | "delivering"
                        | "calling"
                        | "returning"
                        | "bringing"
                        | "coming"
                ) {
                    return true;
                }
                false
            }
            _ => false,
        };
        if !will {
            continue;
        }
        while matches!(
            word(verb),
            "then"
                | "also"
                | "certainly"
                | "definitely"
                | "gladly"
                | "of"
                | "course"
                | "happily"
                | "just"
                | "personally"
                | "surely"
                | "immediately"
                | "now"
                | "soon"
                | "be"
                | "still"
                | "try"
                | "make"
                | "sure"
                | "to"
                | "today"
                | "tomorrow"
                | "asap"
                | "both"
        ) && verb < i + 7
            && !(word(verb) == "make" && word(verb + 1) != "sure")
        {
            verb += 1;
        }
        let what = word(verb);
        let passive = word(verb - 1) == "be";
        if !plain {
            if matches!(what, "have" | "get" | "receive" | "hear" | "find")
                && !matches!(word(verb + 1), "to" | "problems" | "trouble")
            {
                return true;
            }
            continue;
        }
        if passive {
            let done = matches!(
                what,
                "sent"
                    | "paid"
                    | "transferred"
                    | "delivered"
                    | "made"
                    | "shipped"
                    | "returned"
                    | "settled"
                    | "refunded"
                    | "in"
                    | "there"
                    | "sending"
                    | "paying"
                    | "back"
                    | "signed"
                    | "dispatched"
                    | "credited"
                    | "replaced"
                    | "repaired"
            );
            let writer = matches!(subject, "i" | "we" | "i'll" | "we'll");
            if done
                && (!matches!(what, "back" | "there" | "in")
                    || writer && (what != "in" || word(verb + 1) == "touch"))
            {
                return true;
            }
            continue;
        }
        let needs = what == "have" && (word(verb + 1) == "to" || !dated)
            || what == "take" && !matches!(word(verb + 1), "care" | "it")
            || what == "see" && word(verb + 1) != "to"
            || what == "get" && matches!(word(verb + 1), "a" | "it" | "one" | "the") && !dated
            || what == "look" && !matches!(word(verb + 1), "into" | "at" | "after")
            || what == "come" && !dated && word(verb + 1) != "back";
        if among(VERBS, what) && !needs {
            return true;
        }
    }
    let text = words.join(" ");
    text.starts_with("let me get back to you")
        || text.starts_with("will do")
        || text.starts_with("expect it ") && dated
}

fn promises_in_chinese(clause: &str, dated: bool) -> bool {
    let Some(verb) = VERBS_ZH.iter().filter_map(|verb| clause.find(verb)).min().or_else(|| sends(clause))
    else {
        return false;
    };
    let head = &clause[..verb];
    let tail = &clause[verb..];
    let past = tail.contains('了') && !tail.ends_with("好了")
        || ["昨", "上周", "上个月", "刚", "前天", "过了", "早就", "一直", "之前就"]
            .iter()
            .any(|word| clause.contains(word))
        || head.ends_with('已');
    let asked = [
        "请", "麻烦", "烦请", "望", "需要", "要求", "想", "帮", "让", "等你", "等您", "没", "不", "才",
        "可以", "能", "必须", "务必", "什么", "怎么",
    ]
    .iter()
    .any(|word| head.contains(word));
    let first =
        ["我", "咱", "本人", "财务", "同事", "公司这边", "这边"].iter().any(|word| head.contains(word));
    let other = ["你们", "您", "贵司", "客服", "他们", "你", "快递", "顺丰", "商家", "卖家"]
        .iter()
        .any(|word| head.contains(word))
        && !["给您", "把您", "给你", "为您", "替您", "向您", "跟您", "和您", "与您"]
            .iter()
            .any(|word| head.contains(word));
    let will = WILL_ZH.iter().any(|word| head.contains(word));
    let to_you = [
        "给您",
        "给你",
        "发您",
        "发你",
        "付款",
        "打款",
        "付清",
        "汇款",
        "回复",
        "答复",
        "结清",
        "回电",
        "联系您",
        "联系你",
        "汇到",
        "转到",
        "打到",
    ]
    .iter()
    .any(|word| tail.contains(word));
    if past || asked || other {
        return false;
    }
    (to_you || first) && (dated || will)
}

/// Returns where a bare verb of sending stands behind what is sent: 把合同发过来.
fn sends(clause: &str) -> Option<usize> {
    let object = clause.find("把").or_else(|| clause.find("将"))?;
    clause[object..]
        .find(['发', '寄', '送', '付', '转', '打', '交', '还', '签', '退', '补'])
        .map(|at| object + at)
}
