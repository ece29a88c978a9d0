//! Persons in Chinese characters: by a title behind the name, a word before it, or its place.
//!
//! Chinese has no blanks and no capitals: a surname and one or two characters of given names are
//! a name only where the characters around them let one begin and end.

use rapport_model::reading::EntityKind;

use super::Found;
use super::names::{CHINESE, simplified};
use super::text::{Class, Text, is_han};

/// Words that ask for a name behind them, so that its characters need not be known.
const LABELS: [&str; 42] = [
    "我叫",
    "名叫",
    "叫做",
    "本人",
    "联系人",
    "收件人",
    "收货人",
    "姓名",
    "经办人",
    "负责人",
    "采购员",
    "业务员",
    "签收人",
    "寄件人",
    "发件人",
    "发货人",
    "对接人",
    "申请人",
    "投诉人",
    "预订人",
    "下单人",
    "收款人",
    "付款人",
    "署名",
    "客户姓名",
    "名字是",
    "名字",
    "收票人",
    "承办人",
    "客户名字叫",
    "法团主席",
    "收货",
    "担当",
    "窗口",
    "订位人",
    "预约人",
    "捐款人",
    "经手人",
    "乘客",
    "旅客",
    "入住人",
    "就诊人",
];
/// Words that close a letter, before the name that signs it.
const CLOSINGS: [&str; 14] = [
    "此致",
    "敬礼",
    "祝好",
    "谢谢",
    "顺祝商祺",
    "商祺",
    "多谢",
    "感谢",
    "祝商祺",
    "顺颂商祺",
    "此致敬礼",
    "敬上",
    "祝顺利",
    "拜托了",
];
/// Lines at the end of a text that may sign it.
const LAST_LINES: usize = 5;

/// A text in simplified characters; bytes have the positions of the folded text.
pub(super) struct Han {
    plain: String,
    /// Where the lines begin that may sign the text.
    signature_from: usize,
}

/// Adds the persons with Chinese names in `text`.
pub(super) fn find(text: &Text, out: &mut Vec<Found>) {
    let plain = simplified(&text.plain);
    let mut signature_from = plain.len();
    for (n, (at, _)) in plain.rmatch_indices('\n').enumerate() {
        if n >= 2 * LAST_LINES {
            break;
        }
        signature_from = at;
    }
    let han = Han { plain, signature_from };
    let mut free_from = 0;
    for token in &text.tokens {
        if token.class != Class::Han || token.start < free_from {
            continue;
        }
        let at = token.start;
        let Some((start, end)) = han
            .foreign(at)
            .or_else(|| han.nickname(at))
            .or_else(|| han.familiar(at))
            .or_else(|| han.family(at))
            .or_else(|| han.name(at))
            .or_else(|| han.last(at))
        else {
            continue;
        };
        free_from = end;
        let value = text.plain[start..end].to_owned();
        out.push(Found { kind: EntityKind::Person, start, end, value });
    }
}

impl Han {
    pub(super) fn head(&self, at: usize) -> &str {
        &self.plain[..at]
    }

    pub(super) fn rest(&self, at: usize) -> &str {
        &self.plain[at..]
    }

    pub(super) fn char_at(&self, at: usize) -> Option<char> {
        self.rest(at).chars().next()
    }

    /// Tells whether no Chinese character follows byte `at`.
    pub(super) fn ends(&self, at: usize) -> bool {
        !self.char_at(at).is_some_and(|c| is_han(c) || c == '·')
    }

    /// Tells whether no Chinese character stands before byte `at`.
    pub(super) fn begins(&self, at: usize) -> bool {
        !self.head(at).chars().next_back().is_some_and(|c| is_han(c) || c == '·')
    }

    /// Tells whether a name may begin at byte `at`.
    pub(super) fn may_begin(&self, at: usize) -> bool {
        self.begins(at) || CHINESE.before.ends(self.head(at)).is_some()
    }

    /// Tells whether a name may end at byte `at`.
    pub(super) fn may_end(&self, at: usize) -> bool {
        self.ends(at) || CHINESE.after.starts(self.rest(at)).is_some()
    }

    /// Tells whether a label of names stands before byte `at`, with a colon or blanks or not.
    fn labelled(&self, at: usize) -> bool {
        let head = self.head(at).trim_end_matches([':', ' ', '：', '(']);
        LABELS.iter().any(|label| head.ends_with(label))
    }

    /// Tells whether the characters from byte `at` on are a word that only looks like a name.
    pub(super) fn is_word(&self, at: usize) -> bool {
        if CHINESE.words.starts(self.rest(at)).is_some() {
            return true;
        }
        // 谢谢: the second is no surname.
        self.head(at).char_indices().next_back().is_some_and(|(before, _)| {
            CHINESE.words.starts(self.rest(before)).is_some_and(|word| before + word.len() > at)
        })
    }

    /// Returns where the surname at byte `at` ends, and whether it is hardly a word.
    pub(super) fn surname(&self, at: usize) -> Option<(usize, bool)> {
        let rest = self.rest(at);
        if let Some(double) = CHINESE.double.iter().find(|name| rest.starts_with(**name)) {
            return Some((at + double.len(), true));
        }
        let c = rest.chars().next()?;
        if CHINESE.surnames.contains(&c) {
            return Some((at + c.len_utf8(), true));
        }
        CHINESE.weak.contains(&c).then_some((at + c.len_utf8(), false))
    }

    /// Returns where one and two characters behind byte `at` end, with whether they are of given
    /// names; the longer first.
    fn given(&self, at: usize) -> Vec<(usize, bool)> {
        let mut ends = Vec::new();
        let mut known = true;
        let mut end = at;
        for c in self.rest(at).chars().take(2).take_while(|c| is_han(*c)) {
            end += c.len_utf8();
            known &= CHINESE.given.contains(&c);
            ends.push((end, known));
        }
        ends.reverse();
        ends
    }

    /// Returns the title at byte `at`, if it is one there: 总 but not 总是.
    pub(super) fn title(&self, at: usize) -> Option<&'static str> {
        let title = CHINESE.titles.starts(self.rest(at))?;
        let next = self.char_at(at + title.len());
        let other = match title {
            "总" => {
                next.is_some_and(|c| "是共之部额计价数体结算会统店公的".contains(c) && c != '的' && c != '会')
            }
            "工" => next.is_some_and(|c| "作程厂资具人业艺地商会种时期".contains(c)),
            "董" => next == Some('事'),
            "哥" | "姐" => next.is_some_and(|c| "们妹夫哥姐".contains(c) && c != '哥' && c != '姐'),
            "会计" => next.is_some_and(|c| "师事所".contains(c)),
            "秘书" => next == Some('处'),
            "顾问" => next == Some('公'),
            _ => false,
        };
        (!other).then_some(title)
    }

    /// Reads a name at byte `at`, whatever shows that it is one.
    fn name(&self, at: usize) -> Option<(usize, usize)> {
        let (family_end, strong) = self.surname(at)?;
        let label = self.labelled(at);
        let begins = self.begins(at);
        let before = CHINESE.before.ends(self.head(at));
        let word = self.is_word(at);
        // A title behind it: 王丽女士, 王总.
        for (end, known) in self.given(family_end) {
            if known
                && !self.cut(family_end, end)
                && self.title(end).is_some()
                && (strong || begins || before.is_some())
                && !word
            {
                return Some((at, end));
            }
        }
        if let Some(title) = self.title(family_end)
            && (strong && !word || begins || before.is_some() || self.head(at).ends_with('的') && !word)
            && !(word
                && CHINESE
                    .words
                    .starts(self.rest(at))
                    .is_some_and(|w| w.len() > family_end - at && !self.rest(family_end).starts_with(title)))
        {
            let own = self.head(at).chars().next_back().is_some_and(|c| CHINESE.surnames.contains(&c))
                && before.is_none();
            return (!own || strong).then_some((at, family_end));
        }
        if word && !(label || self.signs(at)) {
            return None;
        }
        let signs = self.signs(at);
        for (end, known) in self.given(family_end) {
            // A word that begins inside the name cuts it: 李明 明天来.
            if self.cut(family_end, end) {
                continue;
            }
            let ends = self.ends(end);
            let fits = if label {
                ends || known && self.may_end(end)
            } else if signs && ends {
                (strong || known) && !word
            } else if begins && ends {
                known
                    && (strong
                        || signs
                        || self.behind_a_firm(at)
                        || end - family_end >= 6 && self.ends_line(end))
            } else {
                let kin = matches!(
                    before,
                    Some(
                        "我爸"
                            | "我妈"
                            | "舅舅"
                            | "妹妹"
                            | "弟弟"
                            | "姐姐"
                            | "哥哥"
                            | "先生"
                            | "新郎"
                            | "新娘"
                            | "叔叔"
                            | "爷爷"
                            | "奶奶"
                            | "外婆"
                            | "外公"
                            | "家父"
                            | "家母"
                            | "孩子"
                            | "老公"
                            | "老婆"
                            | "儿子"
                            | "女儿"
                            | "我爱人"
                            | "丈夫"
                            | "妻子"
                    )
                );
                if kin && known && self.may_end(end) {
                    return Some((at, end));
                }
                let left = begins || before.is_some() || self.head(at).ends_with('的') && strong;
                let intro =
                    matches!(before, Some("叫" | "我是" | "我叫" | "同事" | "联系" | "转告" | "联系人"))
                        && ends;
                // 导购郁婷婷: a full name behind a word that asks for one.
                let full = before.is_some() && known && end - family_end >= 6 && self.may_end(end);
                full || left && (strong && known && self.may_end(end) || intro && (strong || known))
            };
            if fits {
                return Some((at, end));
            }
        }
        None
    }

    /// Tells whether nothing but marks follows byte `at` on its line.
    fn ends_line(&self, at: usize) -> bool {
        let rest = self.rest(at).split('\n').next().unwrap_or_default();
        rest.chars().all(|c| !c.is_alphanumeric())
    }

    /// Tells whether a blank and a firm or a department stand before byte `at`: 闽果饮品公司 仓管 巫丽.
    pub(super) fn behind_a_firm(&self, at: usize) -> bool {
        let head = self.head(at);
        let firm = head.trim_end();
        firm.len() < head.len()
            && [
                "公司", "部", "院", "厂", "店", "中心", "处", "科", "仓管", "出纳", "会计", "采购", "财务",
                "行政", "物流", "大学",
            ]
            .iter()
            .any(|word| firm.ends_with(word))
    }

    /// Tells whether a word begins inside the given name and goes on behind it.
    fn cut(&self, from: usize, end: usize) -> bool {
        let mut at = from;
        while at < end {
            let after = CHINESE.after.starts(self.rest(at)).filter(|word| word.len() > 3 || at > from);
            let word = CHINESE.words.starts(self.rest(at)).filter(|word| at + word.len() > end);
            let day = [
                "明天", "后天", "今天", "昨天", "明早", "上午", "下午", "经理", "先生", "女士", "小姐",
                "老师", "师傅", "主任", "教授",
            ]
            .iter()
            .any(|w| self.rest(at).starts_with(w));
            if after.is_some_and(|word| at + word.len() > end && word.len() > 3) || word.is_some() || day {
                return true;
            }
            at += self.char_at(at).map_or(1, char::len_utf8);
        }
        false
    }

    /// Tells whether byte `at` begins a line, or a part of one, that may sign the text.
    fn signs(&self, at: usize) -> bool {
        let head = self.head(at);
        let line = head.rsplit('\n').next().unwrap_or_default();
        let trimmed = line.trim_end_matches([' ', '-', '—', '~', '–', '!', '！', '。', '，', ',', ':']);
        let closing = CLOSINGS.iter().any(|words| trimmed.ends_with(words)) && trimmed.len() < line.len();
        let alone = trimmed.is_empty() && at >= self.signature_from;
        let tail = line.ends_with(' ') && at >= self.signature_from && line.chars().count() <= 16;
        let last = line.trim_end().ends_with(['—', '–', '-', '~']) && self.rest(at).chars().count() <= 5;
        closing || alone || tail || last
    }
}

/// Tells whether a character is a surname, in either script.
pub(super) fn is_surname(c: char) -> bool {
    CHINESE.is_surname(crate::search::simplified(c))
}
