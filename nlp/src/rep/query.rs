//! What is searched for in a question put in passing, and the words of a note without what asks for it.

use super::finish::without_ends;
use super::words::{Class, cut};

/// Words of a question that say nothing of what is searched for.
const ASKING: &str = " a an the i me my we us our you your he him his she her it its they them their this that these those is are \
    was were be been am do does did has have had to for from with about in on at by of as if when where what who whom whos \
    who's why how which and or but so there please pls plz can could would should will just also again any anybody anyone \
    somebody someone something smth sth anything like called named name names guy guys woman lady man chap person people \
    remember remind cant can't forgot thing look looking search find found system crm record records database got get \
    know knows yes no hey hi ok hmm wait maybe missed ever did see show give need want tell say said whats what's \
    s t re 's not don't dont then than some ";

/// The same in Chinese, the longer before those that they hold.
const ASKING_ZH: [&str; 46] = [
    "那边有没有录过",
    "有没有录过",
    "录过没有",
    "叫什么来着",
    "叫啥来着",
    "帮我找一下",
    "帮我找找",
    "帮我搜一下",
    "帮我搜下",
    "帮我查一下",
    "帮我查下",
    "帮找找",
    "查一下",
    "查查看",
    "找一下",
    "搜一下",
    "有没有",
    "那个谁",
    "有个客户",
    "叫什么",
    "在不在",
    "是不是",
    "查查",
    "找找",
    "搜搜",
    "看看",
    "是谁",
    "哪个",
    "哪些",
    "帮我",
    "一下",
    "那个",
    "有个",
    "的人",
    "联系人",
    "客户",
    "来着",
    "叫啥",
    "找下",
    "查下",
    "搜下",
    "什么",
    "吗",
    "呢",
    "嘛",
    "啊",
];

/// Words behind a note or a task that ask for it to be kept.
const KEPT: [&str; 34] = [
    "keep that in mind",
    "keep it in mind",
    "write that down",
    "write it down",
    "note that down",
    "put that down",
    "put that in",
    "put it in",
    "remember that",
    "don't forget",
    "dont forget",
    "for the record",
    "just so you know",
    "make a note",
    "can support look at it",
    "open smth",
    "log it",
    "log that",
    "track it",
    "记个任务",
    "建个提醒呗",
    "建个提醒",
    "建个任务",
    "登记一下",
    "登记下",
    "补个记录",
    "记录一下",
    "记一下",
    "记一笔",
    "别忘了",
    "备一下",
    "写上",
    "记上",
    "报修一下",
];
/// Words before a note that say no more than that it is one.
const LEADING: [&str; 8] = [
    "for the record",
    "fyi",
    "note to self",
    "heads up",
    "bit of gossip",
    "just so you know",
    "备注",
    "记一下",
];

/// Returns the words of a question that say what is searched for, all of it where none do.
pub(super) fn essence(said: &str) -> String {
    let mut bare = said.to_owned();
    for words in ASKING_ZH {
        if bare.chars().count() > words.chars().count() {
            bare = bare.replace(words, " ");
        }
    }
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for token in cut(&bare) {
        if token.class == Class::Mark || ASKING.split(' ').any(|asking| asking == token.word) {
            continue;
        }
        match runs.last_mut() {
            // What touches stays together: 0207-5550134, 模具.
            Some((_, end)) if !bare[*end..token.start].contains(' ') => *end = token.end,
            _ => runs.push((token.start, token.end)),
        }
    }
    let words = runs.into_iter().map(|(start, end)| bare[start..end].trim_matches('的'));
    let kept: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    if kept.is_empty() { said.to_owned() } else { kept.join(" ") }
}

/// Returns a note, a task or a ticket without the words around it that only ask for it.
pub(super) fn without_asking(said: &str) -> &str {
    const MARKS: [char; 9] = [' ', ',', '.', ':', '!', '，', '。', '：', '！'];
    let led = |words: &&&str| said.get(..words.len()).is_some_and(|head| head.eq_ignore_ascii_case(words));
    let lead = LEADING.iter().find(led).map_or(0, |words| words.len());
    let rest = without_ends(said[lead..].trim_start_matches(MARKS), &KEPT);
    if rest.is_empty() { said } else { rest }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_leaves_what_is_searched_for() {
        for (asked, expected) in [
            ("whos that guy from Oakfield, something like Brandt", "Oakfield Brandt"),
            ("got a missed call from 0207-5550134 who is that", "call 0207-5550134"),
            ("anyone in there called petronella", "petronella"),
            ("who is that", "who is that"),
            ("有没有做阀门的联系人", "做阀门"),
            ("那个谁 宁波的 叫啥来着", "宁波"),
        ] {
            assert_eq!(essence(asked), expected, "{asked}");
        }
    }

    #[test]
    fn a_note_is_kept_without_the_asking() {
        for (said, expected) in [
            ("winslow moves to Ghent, keep that in mind", "winslow moves to Ghent"),
            ("FYI: they close at four", "they close at four"),
            ("只要纸质发票 别忘了", "只要纸质发票"),
            ("write that down", "write that down"),
        ] {
            assert_eq!(without_asking(said), expected, "{said}");
        }
    }
}
