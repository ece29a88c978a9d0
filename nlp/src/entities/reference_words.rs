//! The words that announce the number of an order or an invoice, from `references.txt`.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use rapport_model::reading::EntityKind;

use super::names::{keyed, of_key, words_of};
use super::text::{Class, Text};

/// How many words and marks may stand between the keyword and the number.
const FILLERS_MAX: usize = 6;

/// What stands between the keyword and the number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Marker {
    None,
    /// A colon, `is`.
    Weak,
    /// `no.`, `#`, 号: what follows is the number.
    Strong,
}

/// What announces a number.
#[derive(Clone, Copy)]
pub(super) struct Cue {
    /// Nothing where only a mark such as `no.` stands before the number.
    pub kind: Option<EntityKind>,
    pub marker: Marker,
    /// The keyword's token.
    pub at: usize,
}

struct Words {
    keywords: HashMap<&'static str, EntityKind>,
    pairs: HashMap<(&'static str, &'static str), EntityKind>,
    marks: HashSet<&'static str>,
    weak: HashSet<&'static str>,
    other: HashSet<&'static str>,
    prefixes: HashMap<&'static str, EntityKind>,
    han: Vec<(&'static str, EntityKind)>,
    han_marks: Vec<&'static str>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    use EntityKind::{InvoiceId, OrderId};
    let list = include_str!("references.txt");
    let of_kind = |key, kind| words_of(list, key).map(move |word| (word, kind));
    Words {
        keywords: of_kind("order", OrderId).chain(of_kind("invoice", InvoiceId)).collect(),
        pairs: of_key(list, "pair invoice")
            .filter_map(|pair| pair.split_once(' '))
            .map(|pair| (pair, InvoiceId))
            .collect(),
        marks: keyed(list, "mark"),
        weak: keyed(list, "weak"),
        other: keyed(list, "other"),
        prefixes: of_kind("prefix order", OrderId).chain(of_kind("prefix invoice", InvoiceId)).collect(),
        han: of_kind("han order", OrderId).chain(of_kind("han invoice", InvoiceId)).collect(),
        han_marks: words_of(list, "han mark").collect(),
    }
});

/// Returns the kind of the numbers that begin with the capitals `prefix`.
pub(super) fn prefix(prefix: &str) -> Option<EntityKind> {
    WORDS.prefixes.get(prefix).copied()
}

/// Returns what the word at token `i` announces.
pub(super) fn keyword(text: &Text, i: usize) -> Option<EntityKind> {
    if text.class(i) != Some(Class::Word) {
        return None;
    }
    let word = text.word(i).trim_end_matches("'s");
    if let Some(kind) = WORDS.pairs.get(&(text.word_before(i, 1), word)) {
        return Some(*kind);
    }
    let kind = *WORDS.keywords.get(word)?;
    let before = text.word_before(i, 1);
    let is_one = match word {
        "note" => matches!(
            before,
            "delivery" | "dispatch" | "shipping" | "goods" | "with" | "advice" | "collection"
        ),
        "agreement" => before == "rental",
        "so" => text.raw(i) == "SO",
        _ => true,
    };
    is_one.then_some(kind)
}

/// Reads what announces a number at token `i`, backward from it.
pub(super) fn cue_before(text: &Text, i: usize) -> Option<Cue> {
    let mut marker = Marker::None;
    let mut at = i;
    for _ in 0..FILLERS_MAX {
        if at == 0 || !text.same_line(at) {
            break;
        }
        let before = at - 1;
        if text.class(before) == Some(Class::Han) {
            return han_cue(text, text.tokens[before].end, before, marker);
        }
        if let Some(kind) = keyword(text, before) {
            return Some(Cue { kind: Some(kind), marker, at: before });
        }
        let word = text.word(before);
        let found = if WORDS.marks.contains(word) {
            Marker::Strong
        } else if WORDS.weak.contains(word)
            || word == "." && WORDS.marks.contains(text.word_before(before, 1))
            || word == "." && matches!(text.word_before(before, 1), "conf" | "inv" | "ord")
        {
            Marker::Weak
        } else {
            break;
        };
        marker = marker.max(found);
        at = before;
    }
    let of_another = at > 0 && WORDS.other.contains(text.word(at - 1)) && text.same_line(at);
    (marker == Marker::Strong && !of_another).then_some(Cue { kind: None, marker, at })
}

/// Reads the Chinese words that end at byte `end` and announce a number; `marker` stands behind them.
fn han_cue(text: &Text, end: usize, at: usize, mut marker: Marker) -> Option<Cue> {
    let mut head = text.lower[..end].trim_end();
    loop {
        if let Some((word, kind)) = WORDS.han.iter().find(|(word, _)| head.ends_with(word)) {
            // Of a bill of lading, a quotation, a report.
            let of_another = head.trim_end_matches(word).ends_with(['提', '报', '報', '价', '價']);
            return (!of_another).then_some(Cue { kind: Some(*kind), marker: marker.max(own(word)), at });
        }
        let Some(mark) = WORDS.han_marks.iter().find(|mark| head.ends_with(**mark)) else { break };
        marker = marker.max(if matches!(*mark, "的" | "是" | "为" | "為") {
            Marker::Weak
        } else {
            Marker::Strong
        });
        head = head[..head.len() - mark.len()].trim_end();
    }
    let of_another = [
        "手机", "手機", "账", "帳", "卡", "型", "房间", "房間", "车牌", "車牌", "证", "證", "客户", "税",
        "物料", "产品", "批", "店铺", "用户", "会员", "员工", "机器", "学", "模具", "序列", "料",
    ]
    .iter()
    .any(|word| head.ends_with(word));
    (marker == Marker::Strong && !of_another).then_some(Cue { kind: None, marker, at })
}

/// Tells how strongly a Chinese word marks a number by itself: 单号 is one's.
fn own(word: &str) -> Marker {
    if word.ends_with(['号', '號', '码']) { Marker::Strong } else { Marker::None }
}

/// What a text speaks of, where, found when it is first asked for: a long text is walked once.
pub(super) struct Topics<'t> {
    text: &'t Text,
    said: OnceCell<Vec<(usize, EntityKind)>>,
}

impl<'t> Topics<'t> {
    pub fn new(text: &'t Text) -> Self {
        Self { text, said: OnceCell::new() }
    }

    /// Returns the kind of numbers that the text speaks of nearest to byte `at`, before it if anywhere.
    pub fn at(&self, at: usize) -> Option<EntityKind> {
        let text = self.text;
        let said = self.said.get_or_init(|| {
            (0..text.tokens.len()).filter_map(|i| Some((text.tokens[i].start, speaks_of(text, i)?))).collect()
        });
        let before = said.partition_point(|(start, _)| *start < at);
        before.checked_sub(1).or(Some(before)).and_then(|i| said.get(i)).map(|(_, kind)| *kind)
    }
}

/// Returns of which numbers the word at token `i` speaks.
fn speaks_of(text: &Text, i: usize) -> Option<EntityKind> {
    match text.class(i)? {
        Class::Word => match text.word(i) {
            "ordered" | "booked" | "delivered" | "bought" | "reserved" | "shipped" | "cancel" => {
                Some(EntityKind::OrderId)
            }
            "invoiced" | "billed" | "reissue" => Some(EntityKind::InvoiceId),
            _ => keyword(text, i),
        },
        Class::Han => {
            let rest = &text.lower[text.tokens[i].start..];
            WORDS.han.iter().find(|(word, _)| rest.starts_with(word)).map(|(_, kind)| *kind)
        }
        _ => None,
    }
}
