//! Whether a text says that something was done: what its writer promised, perhaps.

use super::clauses::{clauses, sentences, words};

/// What a writer says who has done what they had said they would.
const DONE: &[&str] = &[
    "attached",
    "enclosed",
    "as promised",
    "as agreed",
    "here is",
    "here are",
    "here's",
    "please find",
    "have sent",
    "i've sent",
    "we've sent",
    "has been sent",
    "was sent",
    "i sent",
    "we sent",
    "just sent",
    "have paid",
    "i've paid",
    "we've paid",
    "has been paid",
    "was paid",
    "i paid",
    "we paid",
    "have transferred",
    "was transferred",
    "has been transferred",
    "we transferred",
    "i transferred",
    "wired",
    "has shipped",
    "was shipped",
    "have shipped",
    "was dispatched",
    "is done",
    "has been done",
    "was done",
    "have signed",
    "is signed",
    "was signed",
    "have fixed",
    "is fixed",
    "was fixed",
    "have refunded",
    "was refunded",
    "has been refunded",
    "was replaced",
    "has been replaced",
];
/// Words of a clause by which it was not done, or not by now.
const NOT: &[&str] = &[
    "not",
    "n't",
    "never",
    "yet",
    "will",
    "'ll",
    "when",
    "once",
    "if",
    "until",
    "before",
    "after",
    "should",
    "could",
    "can",
    "please confirm",
    "tomorrow",
];
const DONE_ZH: &[&str] = &[
    "已付",
    "已经付",
    "付好了",
    "付过了",
    "已汇",
    "已经汇",
    "汇过去了",
    "已转",
    "已经转",
    "转过去了",
    "已发",
    "已经发",
    "发过去了",
    "发给您了",
    "发给你了",
    "已寄",
    "已经寄",
    "寄出去了",
    "寄出了",
    "已签",
    "已经签",
    "签好了",
    "已完成",
    "已经完成",
    "办好了",
    "修好了",
    "换好了",
    "已退款",
    "已经退",
    "附件是",
    "见附件",
    "附上",
    "如约",
    "已处理",
    "处理好了",
];
const NOT_ZH: &[&str] =
    &["没", "未", "还不", "不", "如果", "等", "之后", "以后", "会", "将", "再", "?", "？", "吗"];

/// Tells whether the writer of `text` says that something was done: sent, paid, attached, 已付款. Questions,
/// conditions and what was not done yet do not count.
pub fn fulfils(text: &str) -> bool {
    sentences(text).into_iter().filter(|sentence| !sentence.text.ends_with(['?', '？'])).any(|sentence| {
        clauses(text, sentence).into_iter().any(|clause| {
            let chinese = clause.text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
            if chinese { says(clause.text, DONE_ZH, NOT_ZH) } else { in_english(clause.text) }
        })
    })
}

fn in_english(clause: &str) -> bool {
    let words = words(clause);
    let line = words.join(" ");
    let has = |said: &&str| match said.strip_prefix(['\'', 'n']).filter(|_| said.contains('\'')) {
        // The end of a word: don't, I'll.
        Some(_) => words.iter().any(|word| word.ends_with(*said)),
        None => line.match_indices(*said).any(|(at, _)| {
            let (before, after) = (&line[..at], &line[at + said.len()..]);
            (before.is_empty() || before.ends_with(' ')) && (after.is_empty() || after.starts_with(' '))
        }),
    };
    DONE.iter().any(has) && !NOT.iter().any(has)
}

fn says(clause: &str, done: &[&str], not: &[&str]) -> bool {
    done.iter().any(|done| clause.contains(done)) && !not.iter().any(|not| clause.contains(not))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_is_told_from_what_was_not() {
        for (text, expected) in [
            ("Hi Petra, please find the quote attached. Best, Leo", true),
            ("As promised, here are the figures.", true),
            ("We have paid the invoice this morning.", true),
            ("The replacement was shipped today, number 1Z999.", true),
            ("您好，货款已付，请查收。", true),
            ("合同已经签好，见附件。", true),
            ("I have not paid it yet.", false),
            ("It hasn't been sent", false),
            ("Has the replacement been shipped?", false),
            ("I will send it once it is signed.", false),
            ("If it is done, call me", false),
            ("Thanks, noted!", false),
            ("货款还没付。", false),
            ("已经发货了吗？", false),
            ("", false),
        ] {
            assert_eq!(fulfils(text), expected, "{text:?}");
        }
    }
}
