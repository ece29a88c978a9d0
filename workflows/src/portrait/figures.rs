//! A customer in figures; pure.

use rapport_insight::rfm::Rfm;
use rapport_model::Timestamp;
use rapport_model::reading::Intent;
use rapport_model::time::{DAY, HOUR};
use rapport_storage::histories::{DealEnd, History, Mail};

/// What a customer's figures are, in their order.
pub const NAMES: [&str; N] = [
    "recency_days",
    "tenure_days",
    "mails_in_7d",
    "mails_in_30d",
    "mails_in_90d",
    "mails_in_365d",
    "mails_out_90d",
    "out_share",
    "gap_days",
    "gap_deviation_days",
    "silence_in_gaps",
    "initiative_share",
    "answer_hours_median",
    "answer_hours_late",
    "waiting_threads",
    "mood_fast",
    "mood_slow",
    "mood_slope",
    "negative_share",
    "urgent_share",
    "buying_share",
    "trouble_share",
    "leaving_share",
    "praise_share",
    "rating",
    "n_ratings",
    "open_tickets",
    "tickets_365d",
    "reopened_365d",
    "orders_365d",
    "value_365d",
    "open_deals",
    "won_deals",
];
const N: usize = 33;

/// How long ago figures look.
pub const LOOK_BACK: i64 = 2 * 365 * DAY;

/// A customer's figures, in the order of [`NAMES`]; NaN where nothing is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figures(pub [f64; N]);

/// Which of the figures.
fn at(name: &str) -> usize {
    NAMES.iter().position(|n| *n == name).expect("every figure asked for is named above")
}

/// Mails of intents that are counted together: shares of what they wrote.
const BUYING: &[Intent] = &[Intent::Buy, Intent::Pricing, Intent::Demo];
const TROUBLE: &[Intent] = &[Intent::Problem, Intent::Complaint, Intent::Refund];
const LEAVING: &[Intent] = &[Intent::Cancel, Intent::Unsubscribe];
/// Weights of the newest mail in the moving means of mood.
const FAST: f64 = 0.5;
const SLOW: f64 = 0.1;
/// A rating counts beside so many imagined ones of the middle.
const RATING_PRIOR: f64 = 5.0;
const RATING_MIDDLE: f64 = 4.0;

impl Figures {
    /// Reads a customer's figures as they were at `now` from what had happened by then.
    pub fn of(history: &History, now: Timestamp) -> Self {
        let mut figures = [f64::NAN; N];
        let mut set =
            |name: &str, value: f64| figures[at(name)] = if value.is_finite() { value } else { f64::NAN };
        let days = |micros: i64| micros as f64 / DAY as f64;
        let since = |n: i64| now.plus(-n * DAY);
        let theirs: Vec<&Mail> = history.mails.iter().filter(|m| !m.is_ours).collect();
        let year: Vec<&Mail> = theirs.iter().copied().filter(|m| m.at >= since(365)).collect();

        let touched = theirs.last().map(|m| m.at).max(history.orders.last().map(|(at, _)| *at));
        let first = history.first_contact.into_iter().chain(theirs.first().map(|m| m.at)).min();
        // Whoever never wrote nor bought was silent for as long as they can be.
        let recency = touched.map_or(days(LOOK_BACK), |at| days(now.since(at)).max(0.0));
        set("recency_days", recency);
        set("tenure_days", first.map_or(0.0, |at| days(now.since(at)).max(0.0)));
        for (name, n) in
            [("mails_in_7d", 7), ("mails_in_30d", 30), ("mails_in_90d", 90), ("mails_in_365d", 365)]
        {
            set(name, theirs.iter().filter(|m| m.at >= since(n)).count() as f64);
        }
        let n_ours = |n| history.mails.iter().filter(|m| m.is_ours && m.at >= since(n)).count() as f64;
        set("mails_out_90d", n_ours(90));
        set("out_share", n_ours(365) / (n_ours(365) + year.len() as f64));

        let gaps = gaps(&theirs);
        if let Some((mean, deviation)) = mean_and_deviation(&gaps) {
            set("gap_days", mean);
            set("gap_deviation_days", deviation);
            // Mails of one hour are no rhythm.
            set("silence_in_gaps", recency / mean.max(1.0));
        }
        let talks = Talks::of(&history.mails, now);
        set("initiative_share", talks.n_begun_by_them / talks.n);
        set("waiting_threads", talks.n_waiting);
        set("answer_hours_median", at_share(&talks.answers, 0.5));
        set("answer_hours_late", at_share(&talks.answers, 0.9));

        let scores: Vec<f64> = theirs.iter().filter_map(|m| m.score).collect();
        let (fast, slow) = (moving(&scores, FAST), moving(&scores, SLOW));
        set("mood_fast", fast);
        set("mood_slow", slow);
        set("mood_slope", fast - slow);
        let share =
            |is: &dyn Fn(&Mail) -> bool| year.iter().filter(|m| is(m)).count() as f64 / year.len() as f64;
        let of = |intents: &'static [Intent]| move |m: &Mail| m.intent.is_some_and(|i| intents.contains(&i));
        set("negative_share", share(&|m| m.score.is_some_and(|s| s < -0.25)));
        set("urgent_share", share(&|m| m.urgent));
        set("buying_share", share(&of(BUYING)));
        set("trouble_share", share(&of(TROUBLE)));
        set("leaving_share", share(&of(LEAVING)));
        set("praise_share", share(&of(&[Intent::Praise])));

        let n_ratings = history.ratings.len() as f64;
        let stars: f64 = history.ratings.iter().map(|(_, stars)| *stars as f64).sum();
        set("rating", (stars + RATING_PRIOR * RATING_MIDDLE) / (n_ratings + RATING_PRIOR));
        set("n_ratings", n_ratings);
        let tickets = || history.tickets.iter().filter(|t| t.opened >= since(365));
        set("open_tickets", history.tickets.iter().filter(|t| t.closed.is_none()).count() as f64);
        set("tickets_365d", tickets().count() as f64);
        set("reopened_365d", tickets().map(|t| t.reopened as f64).sum());

        let orders = || history.orders.iter().filter(|(at, _)| *at >= since(365));
        let won = || history.deals.iter().filter(|(_, end, _)| *end == DealEnd::Won);
        let ordered: f64 = orders().map(|(_, total)| *total as f64).sum();
        // A deal that became orders is not counted beside them.
        let dealt: f64 = won().filter(|(at, ..)| *at >= since(365)).map(|(.., amount)| *amount as f64).sum();
        set("orders_365d", orders().count() as f64);
        set("value_365d", ordered.max(dealt));
        set("open_deals", history.deals.iter().filter(|(_, end, _)| *end == DealEnd::Open).count() as f64);
        set("won_deals", won().count() as f64);
        Self(figures)
    }

    /// Returns the figure of that name; NaN where nothing is known.
    pub fn get(&self, name: &str) -> f64 {
        self.0[at(name)]
    }

    /// Returns what a customer's segment goes by.
    pub fn rfm(&self) -> Rfm {
        Rfm {
            recency: self.get("recency_days"),
            frequency: self.get("mails_in_365d") + self.get("orders_365d"),
            money: self.get("value_365d"),
        }
    }

    /// Returns the figures as they are kept.
    pub fn kept(&self) -> Vec<Option<f64>> {
        self.0.iter().map(|value| value.is_finite().then_some(*value)).collect()
    }
}

/// Returns what tells this list of figures from others.
pub fn layout() -> String {
    crate::service::fingerprint(&NAMES.join(" "))
}

/// Returns the days between mails; what came within an hour is one.
fn gaps(theirs: &[&Mail]) -> Vec<f64> {
    let pairs = theirs.windows(2).map(|pair| pair[1].at.since(pair[0].at));
    pairs.filter(|gap| *gap >= HOUR).map(|gap| gap as f64 / DAY as f64).collect()
}

/// Returns the mean and the standard deviation; nothing of none.
fn mean_and_deviation(values: &[f64]) -> Option<(f64, f64)> {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
    (!values.is_empty()).then(|| (mean, variance.sqrt()))
}

/// Returns the exponential moving mean; NaN of nothing.
fn moving(values: &[f64], weight: f64) -> f64 {
    values.iter().fold(f64::NAN, |mean, v| if mean.is_nan() { *v } else { mean + weight * (v - mean) })
}

/// Returns the value that a share of the values does not exceed; NaN of nothing.
fn at_share(sorted: &[f64], share: f64) -> f64 {
    let at = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(at.saturating_sub(1)).copied().unwrap_or(f64::NAN)
}

/// What is to be said of somebody's conversations.
struct Talks {
    n: f64,
    n_begun_by_them: f64,
    n_waiting: f64,
    /// Hours from a mail that began to wait to its answer, shortest first.
    answers: Vec<f64>,
}

impl Talks {
    fn of(mails: &[Mail], now: Timestamp) -> Self {
        let mut by_thread: std::collections::HashMap<_, Vec<&Mail>> = std::collections::HashMap::new();
        for mail in mails {
            by_thread.entry(mail.thread).or_default().push(mail);
        }
        let mut talks =
            Self { n: by_thread.len() as f64, n_begun_by_them: 0.0, n_waiting: 0.0, answers: Vec::new() };
        for talk in by_thread.values() {
            talks.n_begun_by_them += f64::from(u8::from(!talk[0].is_ours));
            let mut waits = None;
            for mail in talk {
                match (mail.is_ours, waits) {
                    (false, None) => waits = Some(mail.at),
                    (true, Some(since)) => {
                        talks.answers.push(mail.at.since(since) as f64 / HOUR as f64);
                        waits = None;
                    }
                    _ => {}
                }
            }
            // What was not answered in a month was perhaps no question.
            talks.n_waiting += f64::from(u8::from(waits.is_some_and(|at| now.since(at) < 30 * DAY)));
        }
        talks.answers.sort_unstable_by(f64::total_cmp);
        talks
    }
}

#[cfg(test)]
mod tests {
    use rapport_model::Id;
    use rapport_storage::histories::Ticket;

    use super::*;

    fn day(n: i64) -> Timestamp {
        Timestamp::from_secs(1_700_000_000).plus(n * DAY)
    }

    fn mail(at: Timestamp, is_ours: bool, thread: i64) -> Mail {
        Mail { at, is_ours, thread: Id(thread), score: None, intent: None, urgent: false }
    }

    #[test]
    fn a_customer_is_read_from_what_happened() {
        let mails = vec![
            Mail { score: Some(0.8), intent: Some(Intent::Pricing), ..mail(day(0), false, 1) },
            mail(day(0).plus(6 * HOUR), true, 1),
            Mail { score: Some(0.4), ..mail(day(10), false, 1) },
            mail(day(12), true, 2),
            Mail {
                score: Some(-0.9),
                urgent: true,
                intent: Some(Intent::Complaint),
                ..mail(day(30), false, 3)
            },
            mail(day(31), true, 3),
            mail(day(31), true, 3),
            Mail { score: Some(-0.8), intent: Some(Intent::Cancel), ..mail(day(31).plus(HOUR), false, 3) },
        ];
        let history = History {
            customer: Id(1),
            first_contact: Some(day(0)),
            mails,
            orders: vec![(day(5), 1_000), (day(20), 500)],
            deals: vec![(day(1), DealEnd::Won, 1_200), (day(2), DealEnd::Open, 9_000)],
            tickets: vec![
                Ticket { opened: day(30), closed: None, reopened: 2 },
                Ticket { opened: day(1), closed: Some(day(2)), reopened: 0 },
            ],
            ratings: vec![(day(3), 1)],
            ..History::default()
        };
        let figures = Figures::of(&history, day(33));
        for (name, expected) in [
            ("recency_days", 2.0 - 1.0 / 24.0),
            ("tenure_days", 33.0),
            ("mails_in_7d", 2.0),
            ("mails_in_90d", 4.0),
            ("mails_out_90d", 4.0),
            ("out_share", 0.5),
            ("gap_days", (10.0 + 20.0 + 25.0 / 24.0) / 3.0),
            ("initiative_share", 2.0 / 3.0),
            ("waiting_threads", 1.0 + 1.0),
            ("answer_hours_median", 6.0),
            ("answer_hours_late", 24.0),
            ("mood_fast", -0.475),
            ("negative_share", 0.5),
            ("urgent_share", 0.25),
            ("buying_share", 0.25),
            ("trouble_share", 0.25),
            ("leaving_share", 0.25),
            ("rating", 21.0 / 6.0),
            ("open_tickets", 1.0),
            ("reopened_365d", 2.0),
            ("orders_365d", 2.0),
            ("value_365d", 1_500.0),
            ("open_deals", 1.0),
            ("won_deals", 1.0),
        ] {
            let found = figures.get(name);
            assert!((found - expected).abs() < 1e-9, "{name}: {found}, not {expected}");
        }
        assert!(figures.get("mood_slope") < -0.5);
        assert_eq!(
            figures.rfm(),
            Rfm { recency: figures.get("recency_days"), frequency: 6.0, money: 1_500.0 }
        );
    }

    #[test]
    fn of_whom_nothing_is_known_nothing_is_made_up() {
        let figures = Figures::of(&History::default(), day(0));
        let kept = figures.kept();
        assert_eq!(kept.len(), NAMES.len());
        assert!(kept.iter().flatten().all(|v| v.is_finite()));
        assert_eq!(kept[at("gap_days")], None);
        assert_eq!(kept[at("mood_fast")], None);
        assert_eq!(figures.rfm(), Rfm { recency: 730.0, frequency: 0.0, money: 0.0 });
        // A mail from tomorrow, by a clock that is wrong, is no negative silence.
        let history = History { mails: vec![mail(day(1), false, 1)], ..History::default() };
        assert_eq!(Figures::of(&history, day(0)).get("recency_days"), 0.0);
    }
}
