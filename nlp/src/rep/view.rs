//! A sentence without what may stand anywhere in it: times, amounts, periods, priorities.

use super::facts::{Fact, Kind};
use super::typed::Typed;
use super::words::Class;

/// The tokens that are left, and the facts that were taken out.
#[derive(Debug, Default)]
pub(super) struct View {
    pub tokens: Vec<usize>,
    pub taken: Vec<Taken>,
}

/// A fact that was taken out.
#[derive(Clone, Debug)]
pub(super) struct Taken {
    pub kind: Kind,
    pub value: String,
    pub currency: Option<String>,
}

impl View {
    /// Takes one fact of each of `kinds` out.
    pub fn without(typed: &Typed, facts: &[Fact], kinds: &[Kind]) -> Self {
        let mut gone = vec![false; typed.tokens.len()];
        let mut taken = Vec::new();
        // Where nothing but a time is awaited, a length is one too: quiet for 2 hours.
        let lasts = *kinds == [Kind::When];
        for kind in kinds {
            let free = |f: &&Fact| {
                f.kind == *kind
                    && (f.sure || f.kind != Kind::When || lasts)
                    && !(f.from..f.to).any(|i| gone[i])
                    && counts(typed, facts, f)
            };
            let Some(first) = facts.iter().filter(free).min_by_key(|f| (f.from, usize::MAX - f.to)) else {
                continue;
            };
            let mut value = first.value.clone();
            let mut spans = vec![(first.from, first.to)];
            if *kind == Kind::When
                && let Some(other) = facts
                    .iter()
                    .filter(free)
                    .find(|f| f.from >= first.to && f.extra.is_some() != first.extra.is_some())
                && (value.len() == 10 || first.extra.is_some())
                && (other.value.len() == 10 || other.extra.is_some())
            {
                // "tomorrow call Anna at 3pm": the day stands apart from the time.
                let (day, time) =
                    if first.extra.is_some() { (&other.value, &value) } else { (&value, &other.value) };
                value = format!("{}{}", &day[..10], &time[10..]);
                spans.push((other.from, other.to));
            }
            for (from, to) in spans {
                let (mut from, mut to) = with_leads(typed, *kind, from, to);
                if *kind == Kind::When && kinds.contains(&Kind::Money) {
                    (from, to) = with_closing(typed, from, to);
                }
                gone[from..to].iter_mut().for_each(|g| *g = true);
            }
            taken.push(Taken {
                kind: *kind,
                value,
                currency: first.extra.clone().filter(|_| *kind == Kind::Money),
            });
        }
        Self { tokens: (0..typed.tokens.len()).filter(|i| !gone[*i]).collect(), taken }
    }
}

/// Tells whether a fact says what it seems to say wherever it stands.
fn counts(typed: &Typed, facts: &[Fact], fact: &Fact) -> bool {
    let within = |kinds: &[Kind]| {
        facts.iter().any(|f| kinds.contains(&f.kind) && f.from <= fact.from && f.to >= fact.to)
    };
    match fact.kind {
        // 3w is three weeks in English and 30,000 in Chinese.
        Kind::Money if typed.has_han && fact.sure && typed.any(fact.to - 1, &["w"]) => true,
        Kind::Money if within(&[Kind::When, Kind::Phone, Kind::Id]) => false,
        Kind::Money if !fact.sure => {
            let goes_on = typed.any(fact.to, &["-", "/", ":", "%"]) && !typed.gap(fact.to);
            let ends = matches!(typed.class(fact.to), None | Some(Class::Mark));
            let free = ends && !goes_on
                || typed.any(fact.to, &["by", "for", "close", "closing", "due", "on", "because", "to"]);
            free && fact.value.split('.').next().is_some_and(|n| n.len() >= 3)
        }
        Kind::When => !within(&[Kind::Phone]) && !typed.any(fact.from.wrapping_sub(1), &["every", "每"]),
        _ => fact.sure,
    }
}

/// Takes in that a deal closes then.
fn with_closing(typed: &Typed, from: usize, to: usize) -> (usize, usize) {
    const BEFORE: &[&str] = &[
        "expected to close",
        "should close",
        "will close",
        "to close",
        "closes",
        "close",
        "closing",
        "close date",
        "expected",
        "signing",
        "预计",
        "预期",
        "计划",
        "争取",
        "成交日期",
        "预计成交",
    ];
    const BEHIND: &[&str] = &[
        "成交",
        "签约",
        "签单",
        "签合同",
        "签",
        "结单",
        "关单",
        "能签",
        "能成",
        "下单",
        "close",
        "closing",
        "前成交",
        "前签约",
        "前签",
    ];
    let before = BEFORE
        .iter()
        .filter_map(|w| (from.saturating_sub(5)..from).find(|at| typed.phrase(*at, w) == Some(from)))
        .min();
    let behind = BEHIND.iter().filter_map(|w| typed.phrase(to, w)).max();
    (before.unwrap_or(from), behind.unwrap_or(to))
}

/// Takes in the words that only lead to a fact, or only follow it.
fn with_leads(typed: &Typed, kind: Kind, mut from: usize, mut to: usize) -> (usize, usize) {
    let leads: &[&str] = match kind {
        Kind::When => &[
            "by", "on", "at", "before", "until", "till", "til", "due", "for", "from", "the", "around",
            "about", "@", "not", "later", "than", "no", "deadline", "closing", "在", "于", "到", "截止",
            "等", "to", "begin", "starting", "latest", "is",
        ],
        Kind::Money => &[
            "worth", "of", "for", "at", "around", "about", "value", "amount", "roughly", "approx", "~", "is",
            "now", "with", "over", "大概", "约", "金额", "共",
        ],
        Kind::Period => &["for", "in", "from", "during", "of", "over", "the", "since", "on", "在", "从"],
        Kind::Priority => &["as", "with", "at", "it", "'s", "is", "and", "but", "要", "a", "set", "to", "级"],
        _ => &["for", "by", "to"],
    };
    // "to" leads only to a few: moved to Friday. "give it to" must stay.
    let leading = |i: usize, from: usize| {
        let word = typed.word(i);
        if !leads.contains(&word) || kind == Kind::When && matches!(word, "to" | "is") && i + 1 != from {
            return false;
        }
        !(kind == Kind::Priority && matches!(word, "to" | "set" | "a" | "is" | "it"))
    };
    while from > 0 && leading(from - 1, from) {
        from -= 1;
    }
    let han = match kind {
        Kind::When if typed.phrase(from.wrapping_sub(2), "预计").is_some() => 2,
        Kind::Money
            if ["金额", "大概", "大约", "总价", "价值", "总额", "预算", "估计", "差不多", "估摸", "预估"]
                .iter()
                .any(|w| typed.phrase(from.wrapping_sub(2), w) == Some(from)) =>
        {
            2
        }
        _ => 0,
    };
    from = from.saturating_sub(han);
    match kind {
        Kind::Period | Kind::When | Kind::Priority if typed.any(to, &["的", "'s"]) => to += 1,
        Kind::When if typed.any(to, &["就", "再", "要", "得"]) => to += 1,
        Kind::When if typed.any(to, &["latest"]) => to += 1,
        Kind::Money => {
            to = ["左右", "上下", "出头", "的样子"].iter().find_map(|w| typed.phrase(to, w)).unwrap_or(to)
        }
        _ => {}
    }
    (from, to)
}
