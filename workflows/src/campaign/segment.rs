//! Reads whom a campaign is for; pure.
//!
//! Only plain fields tell customers apart here: what is sealed could be looked at only one by one, and a
//! mailing to all in whose name a word stands is seldom what was meant.

use rapport_model::campaign::Segment;
use rapport_model::people::{CustomerSegment, Lifecycle};
use rapport_model::time::DAY;
use rapport_model::{Id, Timestamp};

/// The words before the colon that a segment knows, each as one writes it.
pub const KEYS: &[&str] = &[
    "tag:vip",
    "-tag:vip",
    "lifecycle:customer",
    "segment:champions",
    "owner:mia",
    "lang:en",
    "silent:90d",
    "active:30d",
    "all",
];

/// More words than these are no segment.
const WORDS_MAX: usize = 30;
/// A span of more days is not meant.
const DAYS_MAX: i64 = 36_500;

/// Why words are no segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SegmentError {
    /// There are none: everybody is asked for by name.
    Nobody,
    /// A segment knows no such word.
    Word(String),
    /// No colleague is called so.
    Owner(String),
    /// There are too many.
    TooMany,
}

/// What the words are read against.
pub struct Known<'a> {
    /// Finds a colleague.
    pub colleague: &'a dyn Fn(&str) -> Option<(Id, String)>,
    /// Finds where customers stand, in either language.
    pub lifecycle: &'a dyn Fn(&str) -> Option<Lifecycle>,
    /// Finds a sort of customers, in either language.
    pub segment: &'a dyn Fn(&str) -> Option<CustomerSegment>,
    /// From when lengths of time count.
    pub now: Timestamp,
}

/// Reads `tag:vip lifecycle:customer owner:mia lang:en silent:90d`, or `all`; in Chinese words, too. Returns
/// the segment, and the words as they are kept: those of two owners or stages mean either, all else both.
///
/// # Errors
/// A word is none that a segment knows.
pub fn read(text: &str, known: &Known<'_>) -> Result<(Segment, String), SegmentError> {
    let mut segment = Segment::default();
    let mut kept: Vec<String> = Vec::new();
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | '，' | '、'))
        .filter(|word| !word.is_empty())
        .collect();
    if words.len() > WORDS_MAX {
        return Err(SegmentError::TooMany);
    }
    let mut all = false;
    for word in words {
        let unknown = || SegmentError::Word(word.to_owned());
        let lower = word.to_lowercase();
        if matches!(
            lower.as_str(),
            "all" | "everybody" | "everyone" | "所有" | "全部" | "所有人" | "所有客户" | "全部客户"
        ) {
            all = true;
            continue;
        }
        // Words that people put between.
        if matches!(lower.as_str(), "customers" | "contacts" | "and" | "with" | "的客户") {
            continue;
        }
        if let Some(lifecycle) = (known.lifecycle)(&lower) {
            segment.lifecycles.push(lifecycle);
            kept.push(format!("lifecycle:{lifecycle}"));
            continue;
        }
        let (key, value) = lower.split_once([':', '：']).ok_or_else(unknown)?;
        if value.is_empty() || value.contains(['"', '\\']) {
            return Err(unknown());
        }
        match key {
            "tag" | "标签" => {
                segment.tags.push(value.to_owned());
                kept.push(format!("tag:{value}"));
            }
            "-tag" | "−tag" | "not-tag" | "-标签" => {
                segment.without_tags.push(value.to_owned());
                kept.push(format!("-tag:{value}"));
            }
            "lifecycle" | "stage" | "阶段" | "状态" => {
                let lifecycle = (known.lifecycle)(value).ok_or_else(unknown)?;
                segment.lifecycles.push(lifecycle);
                kept.push(format!("lifecycle:{lifecycle}"));
            }
            "segment" | "客户群" | "分群" => {
                let sort = (known.segment)(value).ok_or_else(unknown)?;
                segment.segments.push(sort);
                kept.push(format!("segment:{sort}"));
            }
            "owner" | "负责人" => {
                let (id, handle) =
                    (known.colleague)(value).ok_or_else(|| SegmentError::Owner(value.to_owned()))?;
                segment.owners.push(id);
                kept.push(format!("owner:{handle}"));
            }
            "lang" | "language" | "语言" => {
                let code = language(value).ok_or_else(unknown)?;
                segment.languages.push(code.to_owned());
                kept.push(format!("lang:{code}"));
            }
            "silent" | "quiet" | "沉默" => {
                let days = days(value).ok_or_else(unknown)?;
                segment.silent_since = Some(known.now.plus(-days * DAY));
                kept.push(format!("silent:{days}d"));
            }
            "active" | "活跃" => {
                let days = days(value).ok_or_else(unknown)?;
                segment.active_since = Some(known.now.plus(-days * DAY));
                kept.push(format!("active:{days}d"));
            }
            _ => return Err(unknown()),
        }
    }
    match (kept.is_empty(), all) {
        (true, false) => Err(SegmentError::Nobody),
        (true, true) => Ok((segment, "all".to_owned())),
        (false, _) => Ok((segment, kept.join(" "))),
    }
}

fn language(word: &str) -> Option<&str> {
    match word {
        "english" | "英文" | "英语" => Some("en"),
        "chinese" | "中文" => Some("zh"),
        code => (code.len() == 2 && code.chars().all(|c| c.is_ascii_lowercase())).then_some(code),
    }
}

/// Reads `90d`, `12w`, `90天` in days.
fn days(text: &str) -> Option<i64> {
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let unit = match unit {
        "d" | "days" | "天" | "日" => 1,
        "w" | "weeks" | "周" => 7,
        _ => return None,
    };
    number.parse::<i64>().ok()?.checked_mul(unit).filter(|days| (1..=DAYS_MAX).contains(days))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_at(text: &str) -> Result<(Segment, String), SegmentError> {
        let colleague = |word: &str| (word == "mia").then(|| (Id(7), "mia".to_owned()));
        let lifecycle = |word: &str| Lifecycle::by_name(if word == "老客户" { "customer" } else { word });
        let now = Timestamp::from_secs(100 * 86_400);
        let segment =
            |word: &str| CustomerSegment::by_name(if word == "核心客户" { "champions" } else { word });
        read(text, &Known { colleague: &colleague, lifecycle: &lifecycle, segment: &segment, now })
    }

    #[test]
    fn words_become_a_segment_and_stay_readable() {
        for (text, kept) in [
            ("tag:VIP lifecycle:customer owner:mia lang:en", "tag:vip lifecycle:customer owner:mia lang:en"),
            ("customers with tag:vip -tag:cold", "tag:vip -tag:cold"),
            ("all", "all"),
            ("all customers", "all"),
            ("标签：重要 语言：中文 老客户", "tag:重要 lang:zh lifecycle:customer"),
            ("silent:12w", "silent:84d"),
            ("沉默:90天", "silent:90d"),
            ("lead", "lifecycle:lead"),
            ("segment:Champions segment:at_risk", "segment:champions segment:at_risk"),
            ("客户群：核心客户", "segment:champions"),
        ] {
            let (segment, said) = read_at(text).unwrap_or_else(|e| panic!("{text}: {e:?}"));
            assert_eq!(said, kept, "{text}");
            assert_eq!(read_at(&said).unwrap(), (segment, said), "{text} is the same when read again");
        }
        let (segment, _) = read_at("silent:90d owner:mia").unwrap();
        assert_eq!(segment.silent_since, Some(Timestamp::from_secs(10 * 86_400)));
        assert_eq!(segment.owners, [Id(7)]);
    }

    #[test]
    fn what_is_no_segment_is_said() {
        let word = |word: &str| SegmentError::Word(word.to_owned());
        for (text, why) in [
            ("", SegmentError::Nobody),
            ("vip", word("vip")),
            ("tag:", word("tag:")),
            ("tag:a\"b", word("tag:a\"b")),
            ("owner:nobody", SegmentError::Owner("nobody".into())),
            ("silent:soon", word("silent:soon")),
            ("silent:0d", word("silent:0d")),
            ("silent:99999999999999999999d", word("silent:99999999999999999999d")),
            ("lang:klingon", word("lang:klingon")),
            ("lifecycle:gold", word("lifecycle:gold")),
            ("segment:gold", word("segment:gold")),
            ("colour:red", word("colour:red")),
            (&"tag:a ".repeat(31), SegmentError::TooMany),
        ] {
            assert_eq!(read_at(text), Err(why), "{text}");
        }
    }
}
