//! What is unusual about a figure, in a sentence with its numbers.

use rapport_model::event::{Against, Anomaly, Figure};
use rapport_model::reading::Language;
use rapport_model::time::DAY;

use crate::slot::{Day, When};
use crate::{Prompts, format};

/// A figure that is less than so many times what is usual is told beside that.
const TIMES_MIN: f64 = 1.15;
/// From so many times on no tenths are told.
const TENTHS_MAX: f64 = 10.0;

impl Prompts {
    /// Says what is unusual about a figure, without the full stop, by the clocks of a reader: `312 mails about
    /// “refund” since 13:00: 5.2 times the usual for Tue 14:00 (41–83)`. `at` is when it was noticed.
    pub fn unusual(&self, language: Language, anomaly: &Anomaly, at: When) -> String {
        let n = whole(anomaly.seen);
        let of_day = |at: When| at.at.local(at.zone).date_naive();
        let since = When { at: anomaly.since, zone: at.zone };
        let slow = anomaly.against == Against::Trend;
        let clock = if of_day(since) == of_day(at) && at.at.since(since.at) < DAY {
            format::clock(since.at, since.zone)
        } else {
            format::moment(language, since.at, since.zone)
        };
        let span = match anomaly.against {
            Against::Days => self.anomaly_today(language),
            Against::Weeks => self.anomaly_since(language, &clock),
            Against::Trend if anomaly.figure == Figure::Answers => {
                self.anomaly_since(language, &format::day(language, since.at, since.zone))
            }
            Against::Trend => self.anomaly_daily(language, Day(since)),
        };
        let moment = match anomaly.against {
            Against::Weeks => format::moment(language, at.at, at.zone),
            Against::Days | Against::Trend => String::new(),
        };
        let range = self.range(language, anomaly);
        let times = anomaly.seen / anomaly.usual.max(0.5);
        let than = if times >= TIMES_MIN && anomaly.usual >= 0.5 {
            let digits = usize::from(times < TENTHS_MAX);
            let times = format!("{times:.digits$}");
            self.anomaly_times(language, times.strip_suffix(".0").unwrap_or(&times), &moment, &range)
        } else {
            self.anomaly_usual(language, &moment, &range)
        };
        match (anomaly.figure, anomaly.intent) {
            (Figure::Intent, Some(intent)) => {
                self.anomaly_intent(language, n, self.label(language, intent), &span, &than)
            }
            (Figure::Volume | Figure::Intent, _) => self.anomaly_volume(language, n, &span, &than),
            (Figure::Quiet, _) => self.anomaly_quiet(language, n, &span, slow, &than),
            (Figure::Negative, _) => self.anomaly_negative(language, n, &span, &than),
            (Figure::Answers, _) => self.anomaly_answers(language, &format::span(language, n), &span, &than),
        }
    }

    /// Writes between what a figure usually is.
    fn range(&self, language: Language, anomaly: &Anomaly) -> String {
        let write = |value: f64| match anomaly.figure {
            Figure::Answers => format::span(language, whole(value)),
            _ => format::number(whole(value)),
        };
        let (low, high) = (write(anomaly.range.0), write(anomaly.range.1));
        if low == high { low } else { format!("{low}–{high}") }
    }
}

fn whole(value: f64) -> i64 {
    value.round() as i64
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;
    use rapport_model::Timestamp;
    use rapport_model::reading::Intent;
    use rapport_model::time::HOUR;

    use super::*;

    #[test]
    fn a_figure_is_told_with_its_numbers() {
        let at = |text: &str| Timestamp::parse(text).unwrap();
        let now = When { at: at("2027-11-23T14:00:00Z"), zone: Tz::UTC };
        let refunds = Anomaly {
            figure: Figure::Intent,
            intent: Some(Intent::Refund),
            seen: 312.0,
            usual: 60.0,
            range: (41.4, 82.6),
            since: at("2027-11-23T13:00:00Z"),
            against: Against::Weeks,
            score: 9.0,
        };
        let flood = Anomaly { figure: Figure::Volume, intent: None, ..refunds.clone() };
        let hours = |n: f64| n * HOUR as f64;
        let cases = [
            (
                refunds.clone(),
                "312 mails about “refund” since 13:00: 5.2 times the usual for Tue 14:00 (41–83)",
                "自 13:00 起“退款”类来信 312 封，是平时（周二 14:00）的 5.2 倍，平时为 41–83",
            ),
            (
                Anomaly { since: at("2027-11-22T14:00:00Z"), usual: 20.0, ..flood.clone() },
                "312 mails since Mon 14:00: 16 times the usual for Tue 14:00 (41–83)",
                "自 周一 14:00 起来信 312 封，是平时（周二 14:00）的 16 倍，平时为 41–83",
            ),
            (
                Anomaly { against: Against::Days, seen: 9.0, usual: 0.0, range: (0.0, 0.0), ..flood.clone() },
                "9 mails today: usual is 0",
                "今天来信 9 封，平时为 0",
            ),
            (
                Anomaly { figure: Figure::Quiet, seen: 0.0, ..flood.clone() },
                "no mail since 13:00: usual for Tue 14:00 is 41–83",
                "自 13:00 起没有来信，平时（周二 14:00）为 41–83",
            ),
            (
                Anomaly { figure: Figure::Negative, against: Against::Trend, ..flood.clone() },
                "312 unhappy mails a day since Tue 23 Nov 2027: 5.2 times the usual (41–83)",
                "自 2027年11月23日 周二 起平均每天不满的来信 312 封，是平时的 5.2 倍，平时为 41–83",
            ),
            (
                Anomaly {
                    figure: Figure::Answers,
                    seen: hours(9.0),
                    usual: hours(4.0),
                    range: (hours(3.0), hours(5.0)),
                    ..flood
                },
                "answers take 9 hours since 13:00: 2.2 times the usual for Tue 14:00 (3 hours–5 hours)",
                "自 13:00 起答复需要 9 小时，是平时（周二 14:00）的 2.2 倍，平时为 3 小时–5 小时",
            ),
        ];
        let prompts = Prompts::new();
        for (anomaly, en, zh) in cases {
            assert_eq!(prompts.unusual(Language::En, &anomaly, now), en);
            assert_eq!(prompts.unusual(Language::Zh, &anomaly, now), zh);
        }
    }
}
