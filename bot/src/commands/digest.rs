//! `digest`.

use chrono::NaiveTime;
use rapport_model::Timestamp;
use rapport_model::time::{DAY, HOUR};
use rapport_workflows::schedule::first_instant;

use super::card::{Block, Card};
use super::desk::{Desk, Done};
use super::table::Name;

const DAYS_MAX: i64 = 366;

impl Desk<'_> {
    pub(super) async fn digest(&self, period: &str) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let Some(from) = self.begin(period) else {
            let usage = prompts.usage(language, Name::Digest.spec().word);
            return Ok(vec![Card::new(prompts.missing_words(language, usage))]);
        };
        let digest = self.app.workflows.digest(from, self.now, Some(self.user)).await?;
        let said = prompts.digest(language, &digest);
        Ok(vec![Card::default().block(Block::Fixed(said.text))])
    }

    /// Returns when a period that ends now began; `None` if its words mean none.
    fn begin(&self, period: &str) -> Option<Timestamp> {
        match period {
            "" | "day" | "24h" | "now" => return Some(self.now.plus(-DAY)),
            "today" | "今天" | "今日" | "本日" => {
                let today = self.now.local(self.zone).date_naive().and_time(NaiveTime::MIN);
                return first_instant(self.zone, today);
            }
            "week" | "本周" | "这周" | "一周" => return Some(self.now.plus(-7 * DAY)),
            "month" | "本月" => return Some(self.now.plus(-30 * DAY)),
            _ => {}
        }
        let (number, unit) = period.split_at(period.find(|c: char| !c.is_ascii_digit())?);
        let unit = match unit.trim() {
            "h" | "hours" | "小时" => HOUR,
            "d" | "days" | "天" => DAY,
            "w" | "weeks" | "周" => 7 * DAY,
            _ => return None,
        };
        let length = number.parse::<i64>().ok()?.checked_mul(unit)?;
        (HOUR..=DAYS_MAX * DAY).contains(&length).then(|| self.now.plus(-length))
    }
}
