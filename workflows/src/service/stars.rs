//! Ratings that come as the answer to the mail that asked for one.

use rapport_model::message::Direction;
use rapport_model::time::DAY;
use rapport_model::{Change, Kind, RecordRef, Timestamp};
use rapport_storage::messages::Loaded;

use crate::carry_out::ASK_RATING;
use crate::{WorkflowError, Workflows};

/// So long after the mail that asked an answer to it is a rating.
const ASKED_FOR: i64 = 60 * DAY;
/// How much of the words is kept, in characters.
const COMMENT_CHARS_MAX: usize = 2_000;

/// Reads an answer that begins with a number of stars, and what it says besides: `4`, `5/5, thank you`,
/// `★★★★☆`, `five stars!`, `四星，很满意`. Nothing where that may be anything else: `2 pumps are broken`.
pub fn stars(text: &str) -> Option<(u8, &str)> {
    let text = text.trim_start();
    let filled = text.chars().take_while(|c| matches!(c, '★' | '⭐' | '🌟')).count();
    if filled > 0 {
        let rest = text.trim_start_matches(['★', '⭐', '🌟', '☆', '\u{fe0f}']);
        return u8::try_from(filled).ok().filter(|n| *n <= 5).map(|n| (n, said(rest)));
    }
    let lower = text.to_lowercase();
    let (words, n) = NUMBERS.iter().find(|(words, _)| lower.starts_with(words))?;
    // Lower case may be longer or shorter than what was written: the words themselves are not.
    let rest = text.get(words.len()..)?;
    let unit = UNITS.iter().find_map(|unit| {
        let rest = rest.trim_start();
        rest.get(..unit.len()).filter(|head| head.eq_ignore_ascii_case(unit)).map(|_| &rest[unit.len()..])
    });
    let ends = |rest: &str| {
        rest.trim_start_matches([' ', '.', '。']).chars().next().is_none_or(|c| c == '\n' || c == '\r')
    };
    let parts = |rest: &str| {
        rest.starts_with([',', '，', '!', '！', ':', '：', ';', '；', '-', '–', '—', '、', '。', '(', '（'])
    };
    match unit {
        Some(rest) => Some((*n, said(rest))),
        None if ends(rest) || parts(rest.trim_start()) => Some((*n, said(rest))),
        None => None,
    }
}

const NUMBERS: &[(&str, u8)] = &[
    ("1", 1),
    ("2", 2),
    ("3", 3),
    ("4", 4),
    ("5", 5),
    ("one", 1),
    ("two", 2),
    ("three", 3),
    ("four", 4),
    ("five", 5),
    ("一", 1),
    ("二", 2),
    ("两", 2),
    ("三", 3),
    ("四", 4),
    ("五", 5),
    ("１", 1),
    ("２", 2),
    ("３", 3),
    ("４", 4),
    ("５", 5),
];

const UNITS: &[&str] = &["/5", "/ 5", "out of 5", "out of five", "stars", "star", "颗星", "星", "分"];

/// Returns what is said after the stars.
fn said(rest: &str) -> &str {
    rest.trim_matches(|c: char| c.is_whitespace() || ",，!！:：;；-–—、。.".contains(c))
}

impl Workflows {
    /// Returns the rating that a mail gives, if it answers one that asked for it and was not answered yet.
    pub(crate) async fn given_by_mail(
        &self,
        message: &Loaded,
        now: Timestamp,
    ) -> Result<Option<Change>, WorkflowError> {
        let is_in = message.direction == Direction::In && !message.history;
        let Some((score, comment)) = stars(message.own_text()).filter(|_| is_in) else { return Ok(None) };
        let asked = self.store.asked_in(message.thread, ASK_RATING, now.plus(-ASKED_FOR)).await?;
        let Some(asked) = asked.filter(|asked| Some(asked.customer) == message.customer) else {
            return Ok(None);
        };
        // A rating is named as the mail that asked for it.
        let rating = RecordRef::new(Kind::Rating, asked.id);
        if self.store.record(rating).await?.is_some() {
            return Ok(None);
        }
        let about = match asked.about {
            Some(about) => self.store.record(about).await?,
            None => None,
        };
        let customer = self.store.record(RecordRef::new(Kind::Customer, asked.customer)).await?;
        let owner = about.and_then(|about| about.get("owner").id());
        let owner = owner.or_else(|| customer.and_then(|customer| customer.get("owner").id()));
        let of = |kind| asked.about.filter(|about| about.kind == kind).map(|about| about.id);
        let comment: String = comment.chars().take(COMMENT_CHARS_MAX).collect();
        Ok(Some(
            Change::create(rating)
                .with("score", i64::from(score))
                .with("comment", (!comment.is_empty()).then_some(comment))
                .with("customer", asked.customer)
                .with("ticket", of(Kind::Ticket))
                .with("thread", of(Kind::Thread))
                .with("owner", owner)
                .with("at", now),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_begins_with_stars_is_a_rating() {
        for (text, expected) in [
            ("5", Some((5, ""))),
            ("4.\n", Some((4, ""))),
            (" 5/5, thank you!", Some((5, "thank you"))),
            ("4 out of 5 - Mia was quick", Some((4, "Mia was quick"))),
            ("Five stars!", Some((5, ""))),
            ("2, nobody called back", Some((2, "nobody called back"))),
            ("1\nNobody ever answered me.", Some((1, "Nobody ever answered me"))),
            ("★★★★☆ gut", Some((4, "gut"))),
            ("⭐⭐⭐", Some((3, ""))),
            ("五星，很满意", Some((5, "很满意"))),
            ("４分", Some((4, ""))),
            ("3。", Some((3, ""))),
            ("2 pumps are broken", None),
            ("3 days later it broke again", None),
            ("One more thing: the bill", None),
            ("5000 EUR is too much", None),
            ("10", None),
            ("6", None),
            ("一切都好", None),
            ("1. The pump 2. the filter", None),
            ("★★★★★★", None),
            ("", None),
            ("Thank you, 5 stars", None),
        ] {
            assert_eq!(stars(text), expected, "{text:?}");
        }
    }
}
