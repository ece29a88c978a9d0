//! Whether words can be a name; without a list of persons only their looks tell.

use super::common;
use super::lexicon::{TITLES, TITLES_BEHIND};
use super::typed::Typed;
use super::vocabulary;
use super::words::Class;

/// A name has at most so many words, or characters where there are no blanks.
const WORDS_MAX: usize = 5;
const HAN_MAX: usize = 10;

/// Characters that no name has: what they do is grammar.
const NO_NAME: &str = "的了把给我你您他她它是在吗么什哪谁怎要这那着过被让叫请说再就都还和跟与从到于也但而或才最很太没不别给帮个些吧呢啊哦呗呀咯嘛，。、：；！？";

/// Common surnames, for names of two or three characters.
const SURNAMES: &str = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤欧韶洪柯尤施温戚葛骆甘祝盛曲鲁樊凌霍翟倪庄耿焦左涂鲍游翁岳齐梅聂兰庞殷辛池岑柳冉苗阮尚伍符穆萧滕娄佟解项季封褚鄢冼邝麦敖缪房鞠隋谷闵邢屠卓柴桂栾佘郁牟晏宁卫章裴祁纪俞窦费康傅詹屈";

/// Verbs that no name begins with but a company's.
const DOING: &str = "做开卖搞想去找打看问买跑送修装催回收写聊改换退拆停挂接弄整";

/// Small words that stand behind a name oftener than they end it.
const MODAL: &str = "能会要想可都就也又还刚正先再来去到";

/// Surnames of two characters.
const LONG_SURNAMES: &[&str] =
    &["欧阳", "上官", "司马", "诸葛", "夏侯", "皇甫", "尉迟", "令狐", "慕容", "司徒", "公孙", "东方", "端木"];

/// What companies' names end with.
const COMPANY_ENDS: &[&str] = &[
    "公司",
    "集团",
    "科技",
    "酒店",
    "工厂",
    "餐厅",
    "商店",
    "学校",
    "医院",
    "银行",
    "实业",
    "贸易",
    "电子",
    "网络",
    "食品",
    "物流",
    "设计",
    "工作室",
    "中心",
    "饭店",
    "超市",
    "咖啡",
    "机械",
    "制造",
    "软件",
    "仪表",
    "仪器",
    "模具",
    "印务",
    "印刷",
    "建材",
    "门窗",
    "家具",
    "家居",
    "家纺",
    "装饰",
    "装潢",
    "服饰",
    "服装",
    "纺织",
    "医药",
    "药业",
    "制药",
    "医疗",
    "器械",
    "化工",
    "钢铁",
    "电器",
    "电气",
    "机电",
    "重工",
    "精密",
    "精工",
    "光电",
    "能源",
    "新能源",
    "环保",
    "五金",
    "包装",
    "塑料",
    "塑胶",
    "橡胶",
    "玻璃",
    "陶瓷",
    "汽配",
    "汽修",
    "轴承",
    "电缆",
    "灯饰",
    "照明",
    "农业",
    "农场",
    "生物",
    "教育",
    "培训",
    "传媒",
    "文化",
    "广告",
    "影视",
    "地产",
    "置业",
    "物业",
    "建筑",
    "建设",
    "园林",
    "旅行社",
    "健身",
    "金融",
    "保险",
    "事务所",
    "诊所",
    "药店",
    "幼儿园",
    "大学",
    "中学",
    "小学",
    "学院",
    "研究所",
    "研究院",
    "商贸",
    "商行",
    "商场",
    "百货",
    "便利店",
    "茶业",
    "茶楼",
    "酒业",
    "乳业",
    "水产",
    "烘焙",
    "面馆",
    "火锅",
    "奶茶",
    "餐饮",
    "民宿",
    "宾馆",
    "客栈",
    "美容",
    "母婴",
    "玩具",
    "乐器",
    "文具",
    "珠宝",
    "眼镜",
    "通信",
    "通讯",
    "数码",
    "智能",
    "信息技术",
    "供应链",
    "货运",
    "快运",
    "航运",
    "实验室",
    "俱乐部",
    "书店",
    "花店",
    "加工厂",
    "机械厂",
    "家电",
];

/// Firms with 的 in their names that everybody knows.
const BRANDS: &[&str] = &["美的"];

/// A name in tokens `from..to`, and how much it looks like one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Name {
    pub from: usize,
    pub to: usize,
    pub score: f32,
}

/// Returns the names that can start with token `i`, of each length.
pub(super) fn starting(typed: &Typed, i: usize) -> Vec<Name> {
    match typed.class(i) {
        Some(Class::Han) => in_han(typed, i),
        Some(Class::Word) => in_words(typed, i),
        _ => Vec::new(),
    }
}

fn in_han(typed: &Typed, from: usize) -> Vec<Name> {
    let mut names = Vec::new();
    for to in from + 1..=from + HAN_MAX {
        let i = to - 1;
        let grammar = NO_NAME.contains(typed.word(i)) && !(i == from + 1 && brand(typed, from));
        // 一下 stands behind a verb and is no part of a name.
        let briefly = ["一下", "一笔", "一句", "一条"].iter().any(|w| typed.phrase(i, w).is_some());
        if typed.class(i) != Some(Class::Han) || i > from && typed.gap(i) || grammar || briefly {
            break;
        }
        if typed.any(i, &["的"]) && !BRANDS.iter().any(|b| typed.phrase(from, b) == Some(to)) {
            continue;
        }
        let text: String = (from..to).map(|i| typed.word(i)).collect();
        let length = to - from;
        let long = LONG_SURNAMES.iter().any(|name| text.starts_with(name) && text.len() > name.len());
        let surname =
            SURNAMES.contains(typed.word(from)) || matches!(typed.word(from), "小" | "老" | "阿" | "大");
        let company = COMPANY_ENDS.iter().any(|end| text.ends_with(end) && text.len() > end.len());
        let score: f32 = match length {
            1 if matches!(text.as_str(), "下" | "上" | "会" | "好") => -2.0,
            1 => -1.1,
            2 | 3 if surname => 1.0,
            3 | 4 if long => 1.0,
            // Of two that end like a company's name the longer is the whole of it.
            _ if company => 1.0 + 0.02 * length as f32,
            2..=4 => 0.6,
            5 | 6 => 0.1,
            _ => -0.5,
        };
        // 合同寄 is no name: it begins with a thing.
        let thing: String = (from..to.min(from + 2)).map(|i| typed.word(i)).collect();
        let longer: String = (from..to.min(from + 3)).map(|i| typed.word(i)).collect();
        let thing = length > 2 && (common::is_common(&thing) || common::is_common(&longer)) && !company;
        let score = if common::is_common(&text) || thing { score - 1.7 } else { score };
        // 做窗帘 is what somebody does.
        let firm = ["公司", "集团", "酒店"].iter().any(|end| text.ends_with(end));
        let verb = DOING.contains(typed.word(from)) && length > 1 && !firm;
        let score = if verb { score - 1.7 } else { score };
        let score = match score > 0.0 {
            true if begins_thing(typed, to) && !acts(typed.word(to - 1)) => score + 0.15,
            true if length > 2 && surname && (acts(typed.word(i)) || MODAL.contains(typed.word(i))) => {
                score - 0.2
            }
            true if NO_NAME.contains(typed.word(to)) && to < typed.tokens.len() => score + 0.1,
            // 裴蕾现 ends in the middle of 现在.
            true if splits_word(typed, to) => score - 0.3,
            _ => score,
        };
        // A title stands behind the name and is no part of it.
        let titled = TITLES_BEHIND.iter().find(|t| text.ends_with(**t) && text.len() > t.len());
        match titled {
            Some(title) => {
                names.push(Name { from, to, score: score.max(0.8) + 0.2 * title.chars().count() as f32 })
            }
            None => names.push(Name { from, to, score }),
        }
    }
    names
}

/// Tells whether a common word is cut in two before token `i`.
fn splits_word(typed: &Typed, i: usize) -> bool {
    typed.class(i) == Some(Class::Han)
        && common::is_common(&format!("{}{}", typed.word(i - 1), typed.word(i)))
}

/// Tells whether a character is a verb that often stands before a thing: 给林静发合同.
fn acts(word: &str) -> bool {
    DOING.contains(word) || "发寄报交付签提上下给拿补订谈聊约打".contains(word)
}

/// Tells whether a thing begins with token `i`, so that a name ends before it: 林静电脑.
fn begins_thing(typed: &Typed, i: usize) -> bool {
    let word = |length: usize| -> String { (i..i + length).map(|t| typed.word(t)).collect() };
    typed.class(i) == Some(Class::Han) && (common::is_common(&word(2)) || common::is_common(&word(3)))
}

/// Tells whether 的 is a part of a company's name though it mostly is grammar: 美的集团, 蓝的咖啡.
/// Behind a surname it is grammar: 王的公司.
fn brand(typed: &Typed, from: usize) -> bool {
    /// So many characters may stand between it and what tells that it is a company.
    const BETWEEN: usize = 2;
    let known = BRANDS.iter().any(|brand| typed.phrase(from, brand).is_some());
    let ends = (from + 2..=from + 2 + BETWEEN)
        .any(|at| COMPANY_ENDS.iter().any(|end| typed.phrase(at, end).is_some()));
    typed.any(from + 1, &["的"]) && (known || ends && !SURNAMES.contains(typed.word(from)))
}

fn in_words(typed: &Typed, start: usize) -> Vec<Name> {
    let mut from = start;
    let titled = TITLES.contains(&typed.word(from)) && typed.class(from + 1).is_some();
    if titled {
        from += 1;
        from += usize::from(typed.any(from, &["."]));
    }
    let mut names = Vec::new();
    let mut score = if titled { 0.5 } else { 0.0 };
    let mut to = from;
    for nth in 0..WORDS_MAX {
        let Some(token) = typed.tokens.get(to) else { break };
        let word = token.word.as_str();
        if token.class != Class::Word && !(nth > 0 && token.class == Class::Number && token.gap) {
            break;
        }
        let first = to == 0;
        let joins = nth > 0
            && matches!(
                word,
                "of" | "de" | "van" | "von" | "di" | "da" | "del" | "la" | "der" | "den" | "bin" | "al"
            );
        let capital = token.capital && !(first && typed.small);
        if joins {
            let next_capital = typed.tokens.get(to + 1).is_some_and(|t| t.capital || typed.small);
            if !next_capital || word == "of" && !typed.tokens.get(to + 1).is_some_and(|t| t.capital) {
                break;
            }
        } else if word.starts_with('\'') || FUNCTION.contains(&word) {
            break;
        } else if !capital && (common::is_common(word) || vocabulary::knows(word)) {
            score -= if typed.small && nth > 0 && !vocabulary::knows(word) { 0.9 } else { 1.8 };
        } else if capital && first && (common::is_common(word) || vocabulary::knows(word)) {
            score -= 1.2;
        }
        score += match (capital, nth) {
            (true, 0) => 1.2,
            (true, _) => 0.25,
            (false, 0) if typed.small => 0.7,
            (false, _) if typed.small => -0.15,
            (false, 0) => 0.2,
            (false, _) if joins => 0.0,
            (false, _) => -0.6,
        };
        to += 1;
        // Anna B., Kern & Co, Smith-Jones
        let initial = token.capital && word.chars().count() == 1 && typed.any(to, &["."]) && !typed.gap(to);
        to += usize::from(initial);
        if !joins {
            names.push(Name { from, to, score });
        }
        let glue = typed.any(to, &["-", "&", "+", "."]);
        let touching = !typed.gap(to) && !typed.gap(to + 1);
        let ampersand = typed.any(to, &["&", "+"]);
        if glue && typed.class(to + 1) == Some(Class::Word) && (touching || ampersand) {
            to += 1;
        } else if glue && !initial || typed.tokens.get(to).is_some_and(|t| !t.gap) {
            break;
        }
    }
    names
}

/// Words of grammar, which no name has.
const FUNCTION: &[&str] = &[
    "a",
    "an",
    "the",
    "i",
    "me",
    "my",
    "mine",
    "we",
    "us",
    "our",
    "you",
    "your",
    "he",
    "him",
    "his",
    "she",
    "her",
    "it",
    "its",
    "they",
    "them",
    "their",
    "this",
    "that",
    "these",
    "those",
    "is",
    "are",
    "was",
    "were",
    "be",
    "been",
    "am",
    "do",
    "does",
    "did",
    "has",
    "have",
    "had",
    "not",
    "no",
    "don't",
    "doesn't",
    "didn't",
    "isn't",
    "won't",
    "can't",
    "to",
    "for",
    "from",
    "with",
    "w",
    "about",
    "re",
    "in",
    "on",
    "at",
    "by",
    "into",
    "onto",
    "over",
    "up",
    "as",
    "if",
    "when",
    "where",
    "what",
    "who",
    "whom",
    "why",
    "how",
    "which",
    "and",
    "or",
    "but",
    "so",
    "because",
    "than",
    "then",
    "there",
    "please",
    "pls",
    "plz",
    "can",
    "could",
    "would",
    "should",
    "shall",
    "must",
    "until",
    "till",
    "before",
    "after",
    "since",
    "via",
    "per",
    "any",
    "some",
    "all",
    "every",
    "each",
    "everything",
    "anything",
    "something",
    "everyone",
    "someone",
    "anyone",
    "nothing",
    "wants",
    "needs",
    "want",
    "need",
    "today",
    "tomorrow",
    "tmrw",
    "yesterday",
    "asap",
    "said",
    "says",
    "just",
    "also",
    "again",
];

/// Returns a name without the title behind it: 张总 is 张, 王经理 is 王.
pub(super) fn without_title(name: &str) -> &str {
    TITLES_BEHIND.iter().find_map(|t| name.strip_suffix(t).filter(|rest| !rest.is_empty())).unwrap_or(name)
}
