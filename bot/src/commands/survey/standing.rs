//! `report segments`: how customers stand now, of no period.

use rapport_prompts::format::percent;
use rapport_workflows::portrait::SegmentsKnown;

use super::super::card::Card;
use super::super::desk::{Desk, Done};

/// What is told of how customers stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// How many are of each segment.
    Segments,
}

/// Reads whether words ask how customers stand; nothing if they ask for figures of a period. Pure.
pub(super) fn standing(words: &str) -> Option<Standing> {
    match words.trim().to_lowercase().as_str() {
        "segments" | "segment" | "customer segments" | "rfm" | "客户分群" | "分群" | "客户群" => {
            Some(Standing::Segments)
        }
        _ => None,
    }
}

impl Desk<'_> {
    pub(super) async fn report_standing(&self, standing: Standing) -> Done {
        match standing {
            Standing::Segments => self.report_segments().await,
        }
    }

    async fn report_segments(&self) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let mut card = Card::new(prompts.segments_heading(language));
        let (made, n) = match self.app.workflows.segments_known().await? {
            SegmentsKnown::Since(made, n) => (made, n),
            SegmentsKnown::TooFew(needed) => {
                return Ok(vec![card.text(prompts.segments_too_few(language, needed))]);
            }
        };
        let counts = self.store().segment_counts().await?;
        let all: i64 = counts.iter().map(|(_, n)| n).sum();
        if all == 0 {
            return Ok(vec![card.text(prompts.segments_soon(language))]);
        }
        for (segment, n) in counts {
            let share = percent(n as f64 / all as f64);
            let n = usize::try_from(n).unwrap_or_default();
            card = card.field(prompts.label(language, segment), prompts.segments_value(language, n, &share));
        }
        card.footer = prompts.segments_learnt(language, self.at(made), n);
        Ok(vec![card])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_word_alone_asks_how_customers_stand() {
        assert_eq!(standing(" Segments "), Some(Standing::Segments));
        assert_eq!(standing("客户分群"), Some(Standing::Segments));
        assert_eq!(standing("tickets"), None);
        assert_eq!(standing("segments last week"), None);
        assert_eq!(standing(""), None);
    }
}
