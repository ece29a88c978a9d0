//! `digest`.

use rapport_model::Timestamp;
use rapport_model::time::{DAY, HOUR};
use rapport_workflows::digest::{Ground, Of, Period};

use super::card::{Block, Card, Picture};
use super::desk::{Desk, Done};
use super::table::Name;

const DAYS_MAX: i64 = 366;
/// Words that ask for what one looks after oneself.
const OWN: &[&str] = &["mine", "my", "我的"];

impl Desk<'_> {
    pub(super) async fn digest(&self, words: &str) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let own = OWN.iter().find_map(|own| words.strip_prefix(own)).map(str::trim);
        let of = if own.is_some() { Of::Own } else { Of::Seen };
        let Some(period) = period(own.unwrap_or(words), self.now, self.zone) else {
            let usage = prompts.usage(language, Name::Digest.spec().word);
            return Ok(vec![Card::new(prompts.missing_words(language, usage))]);
        };
        let workflows = &self.app.workflows;
        let mut digest = workflows.digest(period, Some(self.user), of).await?;
        workflows.picture(&mut digest, Ground::White);
        let said = prompts.digest(language, &digest);
        let picture = digest.chart.as_deref().and_then(|src| Picture::of_src(src, &said.alt));
        let card = Card::default().block(Block::Fixed(said.text)).picture(picture);
        Ok(vec![said.drills.into_iter().fold(card, |card, (label, command)| card.button(label, command))])
    }
}

/// Reads a period that ends now; nothing if its words mean none. Days are whole ones, but for the present. Pure.
fn period(words: &str, now: Timestamp, zone: chrono_tz::Tz) -> Option<Period> {
    let days = |n: u32| Some(Period::days(n, now, zone));
    match words {
        "" | "day" | "24h" | "now" => return Some(Period::last(DAY, now)),
        "today" | "今天" | "今日" | "本日" => return days(1),
        "week" | "本周" | "这周" | "一周" => return days(7),
        "month" | "本月" => return days(30),
        _ => {}
    }
    let (number, unit) = words.split_at(words.find(|c: char| !c.is_ascii_digit())?);
    let number: i64 = number.parse().ok()?;
    let of_days = |n: i64| u32::try_from(n).ok().filter(|n| (1..=DAYS_MAX).contains(&i64::from(*n)));
    match unit.trim() {
        "h" | "hours" | "小时" => {
            let length = number.checked_mul(HOUR)?;
            (HOUR..=DAYS_MAX * DAY).contains(&length).then(|| Period::last(length, now))
        }
        "d" | "days" | "天" => days(of_days(number)?),
        "w" | "weeks" | "周" => days(of_days(number.checked_mul(7)?)?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;

    use super::*;

    #[test]
    fn a_period_is_hours_or_whole_days() {
        let at = |text: &str| Timestamp::parse(text).unwrap();
        let now = at("2026-03-11T12:00:00Z");
        let from = |words: &str| period(words, now, Tz::Europe__Berlin).map(|period| period.from);
        for (words, expected) in [
            ("", "2026-03-10T12:00:00Z"),
            ("36h", "2026-03-10T00:00:00Z"),
            ("today", "2026-03-10T23:00:00Z"),
            ("week", "2026-03-04T23:00:00Z"),
            ("本周", "2026-03-04T23:00:00Z"),
            ("14d", "2026-02-25T23:00:00Z"),
            ("2 weeks", "2026-02-25T23:00:00Z"),
        ] {
            assert_eq!(from(words), Some(at(expected)), "{words}");
        }
        for words in ["next year", "0d", "367d", "0h", "9000w", "99999999999999999999d", "d", "1.5d"] {
            assert_eq!(from(words), None, "{words}");
        }
    }
}
