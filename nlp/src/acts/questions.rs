//! Sentences that ask something, with a question mark or without.

use rapport_model::reading::Question;

use super::clauses::{Counter, clauses, sentences, words};

/// Words of Chinese that make a sentence a question wherever they stand.
const ASKING: [&str; 46] = [
    "请问",
    "請問",
    "多少钱",
    "多少錢",
    "什么时候",
    "什麼時候",
    "怎么",
    "怎麼",
    "为什么",
    "為什麼",
    "哪里",
    "哪裡",
    "哪儿",
    "哪个",
    "哪個",
    "哪些",
    "几点",
    "幾點",
    "几时",
    "多久",
    "能否",
    "是否",
    "能不能",
    "可不可以",
    "可否",
    "有没有",
    "有沒有",
    "是不是",
    "会不会",
    "會不會",
    "要不要",
    "行不行",
    "好不好",
    "何时",
    "何時",
    "如何",
    "怎样",
    "怎樣",
    "几天",
    "幾天",
    "多大",
    "多长时间",
    "什么",
    "什麼",
    "多少",
    "想问",
];
/// What takes the asking out of those words.
const TELLING: [&str; 26] = [
    "无论",
    "不管",
    "不论",
    "什么都",
    "怎么都",
    "谁都",
    "哪里都",
    "怎么也",
    "没什么",
    "知道怎么用了",
    "无论如何",
    "多少有",
    "没多少",
    "什么的",
    "不是什么",
    "什么也",
    "怎么说呢",
    "有没有都",
    "并没有什么",
    "没有什么",
    "没怎么",
    "不怎么",
    "知道为什么了",
    "说什么",
    "不如何",
    "要什么有什么",
];

/// Returns the sentences of `text` that ask something, in its order.
///
/// Only the first 60,000 bytes are read. Positions are code points.
pub fn questions(text: &str) -> Vec<Question> {
    let mut counter = Counter::new(text);
    sentences(text)
        .into_iter()
        .filter(|sentence| asks(text, *sentence))
        .map(|sentence| {
            let start = counter.at(sentence.start);
            let end = counter.at(sentence.end());
            Question { text: sentence.text.to_owned(), start, end }
        })
        .collect()
}

fn asks(text: &str, sentence: super::clauses::Piece) -> bool {
    let marked = sentence.text.trim_end_matches(['"', '”', ')', '）', '!', '！', ' ']).ends_with(['?', '？']);
    let has_words = sentence.text.chars().any(char::is_alphanumeric);
    if marked {
        return has_words && !sentence.text.contains("://")
            || marked && has_words && sentence.text.contains(' ');
    }
    if sentence.text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)) && asks_in_chinese(sentence.text)
    {
        return true;
    }
    clauses(text, sentence).into_iter().enumerate().any(|(n, clause)| asks_in_english(clause.text, n == 0))
}

/// Tells whether a sentence without a question mark asks by its form.
pub(super) fn asks_in_chinese(sentence: &str) -> bool {
    let bare = sentence.trim_end_matches(|c: char| !c.is_alphanumeric());
    if bare.ends_with(['吗', '嗎', '么', '嘛'])
        && !bare.ends_with("什么")
        && !bare.ends_with("这么")
        && !bare.ends_with("那么")
        && !bare.ends_with('嘛')
    {
        return true;
    }
    if TELLING.iter().any(|words| bare.contains(words)) {
        return false;
    }
    if let Some(head) = bare.strip_suffix('呢') {
        let goes_on = head.ends_with('着')
            || ["还", "正", "才", "可", "刚", "等"].iter().any(|word| head.contains(word));
        return !goes_on || ASKING.iter().any(|words| head.contains(words));
    }
    let known = (bare.contains("知道") || bare.contains("明白"))
        && !bare.contains("不知道")
        && !bare.contains("想知道");
    let polite = ["什么", "什麼", "多少"];
    let asked = ASKING.iter().filter(|word| bare.contains(**word));
    let mut sure = false;
    for word in asked {
        sure |= !polite.contains(word)
            || [
                "是什么",
                "有什么",
                "什么意思",
                "什么原因",
                "什么问题",
                "什么价",
                "什么情况",
                "多少",
                "做什么",
                "干什么",
                "什么型号",
                "什么颜色",
                "是什麼",
                "有什麼",
                "什么区别",
                "什么优惠",
                "什么方式",
            ]
            .iter()
            .any(|form| bare.contains(form));
    }
    sure && !known
        || bare.ends_with("没有")
            && bare.chars().count() > 5
            && !bare.contains("一点")
            && (bare.contains("了没有") || bare.contains("到没有"))
}

fn asks_in_english(clause: &str, first: bool) -> bool {
    let words = words(clause);
    let mut at = 0;
    // Greetings and joining words before the question: hi can you ..., and when ...
    while at < 3
        && words.get(at).is_some_and(|word| {
            matches!(
                word.as_str(),
                "hi" | "hello"
                    | "hey"
                    | "and"
                    | "also"
                    | "so"
                    | "but"
                    | "please"
                    | "pls"
                    | "ok"
                    | "then"
                    | "sorry"
                    | "or"
                    | "now"
                    | "there"
                    | "yo"
                    | "btw"
            )
        })
    {
        at += 1;
    }
    let word = |n: usize| words.get(at + n).map_or("", String::as_str);
    let person = matches!(
        word(1),
        "i" | "you"
            | "we"
            | "they"
            | "he"
            | "she"
            | "it"
            | "someone"
            | "anyone"
            | "u"
            | "somebody"
            | "anybody"
    );
    let thing = matches!(
        word(1),
        "this" | "that" | "there" | "the" | "my" | "your" | "our" | "these" | "those" | "any" | "their"
    );
    let subject = person || thing;
    let you = matches!(word(1), "you" | "i" | "we" | "u" | "someone" | "anyone" | "somebody" | "anybody");
    match word(0) {
        "can" | "could" | "would" => {
            if first {
                subject
            } else {
                you
            }
        }
        "will" => first && subject || person && word(1) != "it",
        "do" | "does" | "did" | "don't" | "doesn't" | "didn't" | "isn't" | "aren't" | "can't"
        | "couldn't" | "won't" => {
            first
                && (person && word(1) != "it"
                    || matches!(word(1), "these" | "those" | "your" | "any" | "the")
                        && word(0) != "do"
                        && word(0) != "don't"
                    || word(0) == "do" && matches!(word(1), "your" | "these" | "those")
                    || word(0) == "does" && subject)
        }
        "is" | "are" | "was" | "were" | "am" => first && subject || word(0) == "are" && word(1) == "you",
        "have" | "has" | "had" => {
            first
                && word(0) != "had"
                && matches!(
                    word(1),
                    "you" | "they" | "we" | "i" | "it" | "he" | "she" | "my" | "anyone" | "someone"
                )
                && word(1) != "my"
                || word(0) == "has" && first && subject
        }
        "may" | "shall" => first && matches!(word(1), "i" | "we"),
        "should" => first && matches!(word(1), "i" | "we" | "it" | "they"),
        "what" | "when" | "where" | "why" | "how" | "who" | "which" | "whose" | "whats" | "wheres"
        | "hows" | "what's" | "where's" | "how's" | "who's" | "when's" => {
            let aux = matches!(
                word(1),
                "is" | "are"
                    | "was"
                    | "were"
                    | "do"
                    | "does"
                    | "did"
                    | "can"
                    | "could"
                    | "will"
                    | "would"
                    | "should"
                    | "much"
                    | "many"
                    | "long"
                    | "about"
                    | "have"
                    | "has"
                    | "time"
                    | "kind"
                    | "size"
                    | "colour"
                    | "color"
                    | "type"
                    | "else"
                    | "often"
                    | "soon"
                    | "far"
                    | "isn't"
                    | "doesn't"
                    | "don't"
                    | "didn't"
                    | "one"
                    | "of"
                    | "happens"
                    | "happened"
                    | "happen"
                    | "come"
                    | "not"
                    | "plan"
                    | "model"
                    | "version"
                    | "date"
            );
            let short = word(0).ends_with('s') && word(0) != "whose";
            let told = matches!(
                (word(0), word(1)),
                ("when" | "where", "it" | "we" | "i" | "you" | "the")
                    | ("what", "a" | "an" | "i" | "we" | "you")
                    | (
                        "which",
                        "is" | "was"
                            | "are"
                            | "has"
                            | "means"
                            | "will"
                            | "can"
                            | "of"
                            | "have"
                            | "were"
                            | "would"
                            | "does"
                            | "did"
                            | "one"
                    )
            );
            first && (aux && !(told && !(word(0) == "which" && word(1) == "one")) || short)
        }
        "tell" | "let" => {
            word(1) == "me"
                && (matches!(
                    word(2),
                    "what" | "when" | "if" | "whether" | "how" | "where" | "which" | "who" | "why"
                ) || word(2) == "know"
                    && matches!(
                        word(3),
                        "what" | "when" | "if" | "whether" | "how" | "where" | "which" | "who" | "why"
                    )
                    && !(word(3) == "if"
                        && matches!(word(4), "you")
                        && matches!(word(5), "need" | "have" | "want")))
        }
        "i" | "i'd" => {
            let rest = words[at..].join(" ");
            [
                "i was wondering",
                "i wonder if",
                "i wonder whether",
                "i wonder when",
                "i would like to know",
                "i'd like to know",
                "i want to know",
                "i need to know",
                "i wanted to ask",
                "i would like to ask",
            ]
            .iter()
            .any(|form| rest.starts_with(form))
        }
        "just" => word(1) == "wondering",
        "any" => {
            matches!(word(1), "news" | "update" | "updates" | "chance" | "idea" | "progress")
                && words.len() < 14
        }
        "confirm" | "advise" => at > 0 && matches!(word(1), "if" | "whether" | "when" | "what" | "how"),
        "wondering" => true,
        _ => false,
    }
}
