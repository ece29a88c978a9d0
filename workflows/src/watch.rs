//! What watches the house's figures: which there are, hour by hour, and what of them is told.

use std::collections::HashSet;
use std::sync::LazyLock;

use chrono::{NaiveTime, TimeDelta, Timelike};
use chrono_tz::Tz;
use rapport_insight::watch::{Alarm, Budget, By, Hour, Metric, Series, Side, is_news, look};
use rapport_model::Timestamp;
use rapport_model::event::{Against, Anomaly, Event, Facts, Figure, What};
use rapport_model::people::{Scope, User};
use rapport_model::reading::Intent;
use rapport_model::time::{DAY, HOUR};
use rapport_storage::hourly::HourOfMails;
use rapport_storage::work::Work;

use crate::anomaly::{DayFigures, SCORE_MIN, detect, level};
use crate::ask::Asking;
use crate::carry_out::{Scene, carry_out};
use crate::hours::Hours;
use crate::rules::Trigger;
use crate::schedule::first_instant;
use crate::{WorkflowError, Workflows};

/// How far back figures tell what is usual.
const LOOK_BACK: i64 = 16 * 7 * DAY;
/// A younger house is watched day by day.
const YOUNG: i64 = 4 * 7 * DAY;
/// Days that tell what is usual of days.
const PAST_DAYS: i64 = 56;
/// What was told longer ago keeps nothing quiet.
const REMEMBERED: i64 = 8 * DAY;
/// What concerns the whole house may take this part of the false alarms; intents have the rest.
const OF_THE_HOUSE: f64 = 0.75;
const N_OF_THE_HOUSE: usize = 4;

/// Intents whose mails may come in waves that somebody should know of.
static INTENTS: LazyLock<Vec<Intent>> =
    LazyLock::new(|| Intent::ALL.iter().copied().filter(|intent| *intent != Intent::Other).collect());

/// Returns how many of a figure are enough to tell of: two instead of none is no news, however rare.
const fn enough(figure: Figure) -> f64 {
    match figure {
        Figure::Volume | Figure::Quiet => 10.0,
        Figure::Negative => 4.0,
        Figure::Intent => 5.0,
        Figure::Answers => 0.0,
    }
}

/// What happened in the hours that end with an instant, by the clocks of the house: days begin at the
/// same minute of the hour as the instant has.
#[derive(Clone, Debug, Default)]
struct Watched {
    end: Timestamp,
    mails: Vec<Hour>,
    negative: Vec<Hour>,
    /// From −1 to 1.
    mood: Vec<Hour>,
    /// The logarithm of microseconds, as a few take very long.
    answers: Vec<Hour>,
    intents: Vec<(Intent, Vec<Hour>)>,
}

impl Watched {
    fn of(
        mails: &[HourOfMails],
        answers: &[(Timestamp, Timestamp)],
        (from, end): (Timestamp, Timestamp),
        (zone, hours): (Tz, &Hours),
    ) -> Self {
        let local = |at: Timestamp| at.local(zone).naive_local();
        let past_hour = local(end).time().signed_duration_since(NaiveTime::MIN)
            - TimeDelta::hours(i64::from(local(end).hour()));
        let first = local(from).date().and_time(NaiveTime::MIN) + past_hour;
        // Where clocks go back two hours are one, and where they go on one is empty: hours of a week are alike.
        let slot = |at: Timestamp| {
            usize::try_from((local(at) - first).num_hours()).ok().filter(|_| local(at) >= first)
        };
        let n = slot(end.plus(-HOUR / 2)).map_or(0, |last| last + 1);
        let empty = || vec![Hour::default(); n];
        let mut watched = Self {
            end,
            mails: empty(),
            negative: empty(),
            mood: empty(),
            answers: empty(),
            intents: INTENTS.iter().map(|intent| (*intent, empty())).collect(),
        };
        let add = |hours: &mut Vec<Hour>, at: Timestamp, sum: f64, n: u32| {
            if let Some(hour) = slot(at).and_then(|slot| hours.get_mut(slot)) {
                hour.sum += sum;
                hour.n += n;
            }
        };
        for hour in mails {
            let at = end.plus(-HOUR / 2 - HOUR * i64::try_from(hour.ago).unwrap_or(i64::MAX / HOUR));
            add(&mut watched.mails, at, f64::from(hour.n), hour.n);
            add(&mut watched.negative, at, f64::from(hour.n_negative), hour.n);
            add(&mut watched.mood, at, hour.score, hour.n);
            let of_intent = watched.intents.iter_mut().find(|(intent, _)| hour.intent == Some(*intent));
            of_intent.into_iter().for_each(|(_, hours)| add(hours, at, f64::from(hour.n), hour.n));
        }
        for (asked, answered) in answers {
            // Who answers while the house is closed was quick.
            let waited = hours.between(*asked, *answered).max(rapport_model::time::MINUTE);
            add(&mut watched.answers, *answered, (waited as f64).ln(), 1);
        }
        watched
    }

    /// Returns what is at least so unusual as `needed` asks of each figure, the most unusual of each first.
    fn unusual(&self, needed: &dyn Fn(Figure) -> f64) -> Vec<Anomaly> {
        let series = |metric, side, hours, part_of| Series { metric, side, hours, part_of };
        let whole = Some(&self.mails[..]);
        let mails = series(Metric::Count, Side::Both, &self.mails, None);
        let negative = series(Metric::Count, Side::More, &self.negative, whole);
        let mood = series(Metric::Mean, Side::Less, &self.mood, None);
        let answers = series(Metric::Mean, Side::More, &self.answers, None);

        let mut found = Vec::new();
        let mut tell = |figure, intent, alarm: Option<Alarm>| {
            let anomaly = alarm.map(|alarm| self.anomaly(figure, intent, &alarm));
            let is_news = |a: &Anomaly| a.score >= needed(figure) && a.seen.max(a.usual) >= enough(figure);
            found.extend(anomaly.filter(is_news));
        };
        let flow = look(&mails);
        let less = flow.is_some_and(|alarm| alarm.seen < alarm.usual);
        tell(if less { Figure::Quiet } else { Figure::Volume }, None, flow);
        // A day's mood is told as what people understand by it: how many were unhappy.
        let sour = look(&mood).filter(|alarm| alarm.by == By::Burst).and_then(|alarm| {
            let (seen, usual, range) = negative.counts(alarm.over)?;
            (seen > usual).then_some(Alarm { seen, usual, range, ..alarm })
        });
        let bad = look(&negative).into_iter().chain(sour).max_by(|a, b| a.score.total_cmp(&b.score));
        tell(Figure::Negative, None, bad);
        let slow = look(&answers).map(|alarm| Alarm {
            seen: alarm.seen.exp(),
            usual: alarm.usual.exp(),
            range: (alarm.range.0.exp(), alarm.range.1.exp()),
            ..alarm
        });
        tell(Figure::Answers, None, slow);
        for (intent, hours) in &self.intents {
            let wave = look(&series(Metric::Count, Side::More, hours, whole));
            tell(Figure::Intent, Some(*intent), wave);
        }
        found
    }

    fn anomaly(&self, figure: Figure, intent: Option<Intent>, alarm: &Alarm) -> Anomaly {
        let ago = self.mails.len() - 1 - alarm.hour;
        let hours = i64::try_from(ago + alarm.over).unwrap_or(i64::MAX / HOUR);
        Anomaly {
            figure,
            intent,
            seen: alarm.seen,
            usual: alarm.usual,
            range: (alarm.range.0.max(0.0), alarm.range.1.max(0.0)),
            since: self.end.plus(-hours * HOUR),
            against: if alarm.by == By::Drift { Against::Trend } else { Against::Weeks },
            score: alarm.score,
        }
    }
}

impl Workflows {
    /// Tells of figures that are unusual now, unless it was told already.
    pub(crate) async fn look_for_anomalies(
        &self,
        cause: &Event,
        now: Timestamp,
        work: &mut Work,
    ) -> Result<(), WorkflowError> {
        let verdicts = self.verdicts().await?;
        // What was of no use to whoever got it must be more unusual now.
        let demand = |figure| self.demand_of(figure, &verdicts);
        let first = self.store.first_message_at().await?.unwrap_or(now);
        let unusual: Vec<Anomaly> = if now.since(first) < YOUNG {
            let (past, today) = self.day_figures(first, now).await?;
            let found = detect(&past, &today, self.midnight(now));
            found.into_iter().filter(|a| a.score >= SCORE_MIN * demand(a.figure)).collect()
        } else {
            let budget = |share, n_metrics| Budget {
                false_alarms_per_month: self.settings.false_alarms_per_month * share,
                n_metrics,
            };
            let of_house = budget(OF_THE_HOUSE, N_OF_THE_HOUSE).score();
            let of_intents = budget(1.0 - OF_THE_HOUSE, INTENTS.len()).score();
            let least = |figure| if figure == Figure::Intent { of_intents } else { of_house };
            self.watched(first, now).await?.unusual(&|figure| least(figure) * demand(figure))
        };
        let told = self.store.anomalies(now.plus(-REMEMBERED), now.plus(1)).await?;
        let (rules, hours) = (self.active_rules(), &self.settings.hours.default);
        let asking = Asking { rules: &rules, hours, started: now, now };
        let mut spent = self.spent(Some(Trigger::Anomaly), &HashSet::new(), now).await?;
        let heard = self.heard(now).await?;
        for anomaly in unusual.into_iter().filter(|anomaly| !self.is_known(anomaly, &told, now)) {
            let event = Event {
                id: self.store.new_id(),
                at: now,
                about: None,
                cause: Some(cause.id),
                depth: cause.depth + 1,
                what: What::Anomaly(anomaly),
            };
            let mut facts = Facts { zone: self.settings.zone.name().to_owned(), ..Facts::default() };
            let (decided, firings) = self.ask(&event, &mut facts, &asking, &mut spent);
            work.firings.extend(firings);
            let new_id = || self.store.new_id();
            // It tells of everybody's customers.
            let readers: Vec<&User> = self.managers().filter(|user| user.scope == Scope::All).collect();
            let scene = self.scene(&event, &facts, &heard, now, &new_id);
            carry_out(&Scene { managers: readers.clone(), team: readers, ..scene }, &decided, work)?;
            work.events.push(event);
        }
        Ok(())
    }

    /// Tells whether the same was told of late, and it is no worse: of a day until that is over.
    fn is_known(&self, anomaly: &Anomaly, told: &[Event], now: Timestamp) -> bool {
        let by = |a: &Anomaly| (if a.against == Against::Trend { By::Drift } else { By::Burst }, a.score);
        told.iter().any(|event| {
            let What::Anomaly(last) = &event.what else { return false };
            let ago = usize::try_from(now.since(event.at) / HOUR).unwrap_or(0);
            let same = last.figure == anomaly.figure && last.intent == anomaly.intent;
            same && match anomaly.against {
                Against::Days => event.at >= self.midnight(now) && level(last.score) >= level(anomaly.score),
                Against::Weeks | Against::Trend => !is_news(by(anomaly), by(last), ago),
            }
        })
    }

    fn midnight(&self, now: Timestamp) -> Timestamp {
        let zone = self.settings.zone;
        first_instant(zone, now.local(zone).date_naive().and_time(NaiveTime::MIN)).unwrap_or(now)
    }

    async fn watched(&self, first: Timestamp, now: Timestamp) -> Result<Watched, WorkflowError> {
        let from = first.max(now.plus(-LOOK_BACK));
        let mails = self.store.hours_of_mails(from, now).await?;
        let answers = self.store.waits(from, now).await?;
        let hours = &self.settings.hours.default;
        Ok(Watched::of(&mails, &answers, (from, now), (self.settings.zone, hours)))
    }

    /// Returns the figures of the days before the present one, and of the present one so far.
    async fn day_figures(
        &self,
        first: Timestamp,
        now: Timestamp,
    ) -> Result<(Vec<DayFigures>, DayFigures), WorkflowError> {
        let zone = self.settings.zone;
        let today = now.local(zone).date_naive();
        let first = first.max(now.plus(-PAST_DAYS * DAY)).local(zone).date_naive();
        let days: Vec<_> = first.iter_days().take_while(|day| *day <= today).collect();
        let mut starts: Vec<Timestamp> =
            days.iter().filter_map(|day| first_instant(zone, day.and_time(NaiveTime::MIN))).collect();
        starts.push(now.plus(1));
        let counts = self.store.day_counts(&starts).await?;
        let mut figures: Vec<DayFigures> = days
            .iter()
            .zip(counts)
            .map(|(day, c)| DayFigures { day: *day, n_in: c.n_in, n_negative: c.n_negative })
            .collect();
        let today = figures.pop().unwrap_or(DayFigures { day: today, n_in: 0, n_negative: 0 });
        Ok((figures, today))
    }
}

#[cfg(test)]
mod tests {
    use rapport_model::time::MINUTE;

    use super::*;

    /// So many hours lie in the past of a test.
    const PAST: i64 = 10 * 7 * 24;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    /// Three mails an hour from nine to five of the house's clocks, one of four about money back, and what
    /// `more` adds so many hours ago.
    fn mails(end: Timestamp, zone: Tz, more: &dyn Fn(usize, &mut Vec<HourOfMails>)) -> Vec<HourOfMails> {
        let mut mails = Vec::new();
        for ago in 0..PAST as usize {
            let local = end.plus(-HOUR / 2 - HOUR * ago as i64).local(zone);
            if (9..17).contains(&local.hour()) {
                let of = |intent, n| HourOfMails { ago, intent: Some(intent), n, n_negative: 0, score: 0.0 };
                mails.push(of(Intent::HowTo, 3));
                mails.push(of(Intent::Refund, u32::from(ago % 4 == 0)));
            }
            more(ago, &mut mails);
        }
        mails
    }

    fn unusual(end: Timestamp, zone: Tz, more: &dyn Fn(usize, &mut Vec<HourOfMails>)) -> Vec<Anomaly> {
        let (mails, hours) = (mails(end, zone, more), Hours::always(zone));
        let watched = Watched::of(&mails, &[], (end.plus(-PAST * HOUR), end), (zone, &hours));
        watched.unusual(&|_| 4.0)
    }

    #[test]
    fn a_wave_of_one_sort_is_no_flood_of_all() {
        let (end, zone) = (at("2027-11-24T14:20:00Z"), Tz::UTC);
        assert_eq!(unusual(end, zone, &|_, _| {}), []);
        let wave = |ago: usize, mails: &mut Vec<HourOfMails>| {
            if ago == 0 {
                mails.push(HourOfMails {
                    ago,
                    intent: Some(Intent::Refund),
                    n: 9,
                    n_negative: 0,
                    score: 0.0,
                });
            }
        };
        let found = unusual(end, zone, &wave);
        let refunds: Vec<_> = found.iter().filter(|a| a.intent == Some(Intent::Refund)).collect();
        let [refunds] = refunds[..] else { panic!("{found:?}") };
        assert_eq!((refunds.figure, refunds.seen), (Figure::Intent, 10.0));
        assert_eq!(refunds.since, at("2027-11-24T12:20:00Z"), "of two hours");
        assert!(refunds.usual <= 1.0 && refunds.range.1 <= 2.0, "{refunds:?}");
        // Ten times as many of everything are a flood: no sort of them is news beside it.
        let flood = |ago: usize, mails: &mut Vec<HourOfMails>| {
            if ago < 2 {
                mails.iter_mut().filter(|hour| hour.ago == ago).for_each(|hour| hour.n *= 10);
            }
        };
        let found = unusual(end, zone, &flood);
        assert_eq!(found.iter().map(|a| a.figure).collect::<Vec<_>>(), [Figure::Volume], "{found:?}");
    }

    #[test]
    fn no_mail_is_told_as_such() {
        let end = at("2027-11-24T14:20:00Z");
        let none =
            |ago: usize, mails: &mut Vec<HourOfMails>| mails.retain(|hour| hour.ago != ago || ago >= 24);
        let found = unusual(end, Tz::UTC, &none);
        let [quiet] = &found[..] else { panic!("{found:?}") };
        assert_eq!((quiet.figure, quiet.seen, quiet.since), (Figure::Quiet, 0.0, end.plus(-DAY)));
    }

    #[test]
    fn hours_are_those_of_the_houses_clocks() {
        // Between the past and the present clocks went back, and before that they went on.
        let zone = chrono_tz::Europe::Berlin;
        for end in ["2027-11-10T09:30:00Z", "2027-05-12T08:30:00Z", "2027-10-31T01:30:00Z"] {
            assert_eq!(unusual(at(end), zone, &|_, _| {}), [], "{end}");
        }
        let end = at("2027-11-10T09:30:00Z");
        let hours = Hours::always(zone);
        let watched =
            Watched::of(&mails(end, zone, &|_, _| {}), &[], (end.plus(-PAST * HOUR), end), (zone, &hours));
        let at_nine = |hour: usize| watched.mails[hour].n;
        assert_eq!(watched.mails.len() % 24, 10, "days begin half past midnight");
        assert!(
            (0..watched.mails.len() / 24)
                .skip(1)
                .all(|day| at_nine(day * 24 + 9) >= 3 && at_nine(day * 24 + 7) == 0)
        );
    }

    #[test]
    fn answers_count_in_hours_of_work() {
        let (end, zone) = (at("2027-11-24T14:00:00Z"), Tz::UTC);
        let hours = Hours::always(zone);
        let answers: Vec<_> = (0..PAST)
            .filter(|ago| ago % 3 == 0)
            .map(|ago| {
                // For a day now it takes eight times as long.
                let waited = if ago < 24 { 8 * HOUR } else { HOUR } + (ago % 7) * 5 * MINUTE;
                let answered = end.plus(-HOUR / 2 - ago * HOUR);
                (answered.plus(-waited), answered)
            })
            .collect();
        let watched = Watched::of(&[], &answers, (end.plus(-PAST * HOUR), end), (zone, &hours));
        let found = watched.unusual(&|_| 4.0);
        let [slow] = &found[..] else { panic!("{found:?}") };
        assert_eq!(slow.figure, Figure::Answers);
        assert!(slow.seen > 7.0 * HOUR as f64 && slow.usual < 2.0 * HOUR as f64, "{slow:?}");
    }

    #[test]
    fn of_an_empty_house_nothing_is_said() {
        let end = at("2027-11-24T14:20:00Z");
        let watched = Watched::of(&[], &[], (end, end), (Tz::UTC, &Hours::always(Tz::UTC)));
        assert_eq!(watched.unusual(&|_| 0.0), []);
    }
}
