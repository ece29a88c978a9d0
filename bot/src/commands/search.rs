//! What to look for, as it was understood.

use std::fmt;

use super::command::on_page;

/// What to look for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// The words.
    pub words: String,
    /// Only this kind of record.
    pub kind: Option<String>,
    /// Only messages with this intent.
    pub intent: Option<String>,
    /// Only messages of this mood.
    pub mood: Option<String>,
    /// Only customers of this segment, and what is theirs.
    pub segment: Option<String>,
    /// Only what people wrote that went this way.
    pub direction: Option<String>,
    /// Only from this time on.
    pub since: Option<String>,
    /// Only before this time.
    pub until: Option<String>,
    /// Newest first instead of best first.
    pub newest: bool,
    /// Whether to look for synonyms too.
    pub expand: bool,
    /// Which page, from 1.
    pub page: usize,
}

impl Search {
    /// Returns what is asked of what is found, by name.
    pub(super) fn filters(&self) -> [(&'static str, &Option<String>); 7] {
        [
            ("type", &self.kind),
            ("intent", &self.intent),
            ("mood", &self.mood),
            ("segment", &self.segment),
            ("direction", &self.direction),
            ("since", &self.since),
            ("until", &self.until),
        ]
    }

    /// Tells whether nothing but a segment is asked for: then it asks who is in it.
    pub(super) fn is_segment_alone(&self) -> bool {
        let only = |(name, value): (&str, &Option<String>)| value.is_some() == (name == "segment");
        self.words.is_empty() && self.filters().into_iter().all(only)
    }
}

impl fmt::Display for Search {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("find")?;
        if !self.words.is_empty() {
            write!(f, " {}", self.words)?;
        }
        for (key, value) in self.filters() {
            value.iter().try_for_each(|value| write!(f, " {key}:{value}"))?;
        }
        if self.expand {
            f.write_str(" +expand")?;
        }
        on_page(f, self.page)?;
        if self.newest { f.write_str(" newest") } else { Ok(()) }
    }
}
