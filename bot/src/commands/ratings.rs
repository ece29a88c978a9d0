//! What customers gave us: the stars and words of ratings, on cards and in a timeline.

use rapport_model::{Id, Kind, Record, RecordRef};
use rapport_prompts::TimelineRating;
use rapport_prompts::format::clip;
use rapport_storage::history::Entry;
use rapport_storage::records::Filter;

use super::desk::{Desk, Done};
use super::records::some;
use super::safe::quoted;

/// How many a card lists.
const LISTED: u32 = 3;
const COMMENT_CHARS_MAX: usize = 240;

impl Desk<'_> {
    /// Returns the newest ratings with `field` (`customer` or `ticket`) of that id, a line each.
    pub(super) async fn rating_lines(&self, field: &'static str, id: Id) -> Done<Vec<String>> {
        let filter = Filter {
            equal: vec![(field, id.into())],
            order: Some(("at", true)),
            limit: LISTED,
            ..Filter::default()
        };
        let mut lines = Vec::new();
        for rating in self.store().list(Kind::Rating, &filter).await? {
            let at = rating.get("at").time().unwrap_or_else(|| rating.record.id.made_at());
            let comment = clip(&quoted(rating.text("comment")), COMMENT_CHARS_MAX);
            let n = stars(rating.get("score").int());
            lines.push(self.prompts().rating_line(self.language, self.at(at), n, some(&comment)));
        }
        Ok(lines)
    }

    /// Says what the last of a rating's entries made of it; `who` gave it.
    pub(super) async fn rated(&self, rating: &Record, so_far: &[Entry], who: &str) -> Done<String> {
        let after = |field: &str| {
            let mut changes = so_far.iter().rev().flat_map(|entry| &entry.change.fields);
            changes.find(|change| change.field == field).map(|change| &change.after)
        };
        let comment = quoted(after("comment").and_then(|value| value.text()).unwrap_or_default());
        let ticket = match rating.get("ticket").id() {
            Some(ticket) => self.store().record(RecordRef::new(Kind::Ticket, ticket)).await?,
            None => None,
        };
        let rating = TimelineRating {
            at: self.at(so_far.last().map_or(self.now, |entry| entry.act.at)),
            who,
            n: stars(after("score").and_then(|value| value.int())),
            about: ticket.as_ref().map(Record::short),
            comment: some(&comment),
            changed: so_far.len() > 1,
        };
        Ok(self.prompts().timeline_rated(self.language, &rating))
    }
}

fn stars(score: Option<i64>) -> u32 {
    score.and_then(|score| u32::try_from(score).ok()).unwrap_or(0)
}
