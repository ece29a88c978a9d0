//! Of which time a digest tells; pure.

use chrono::{Days, NaiveDate, NaiveTime};
use chrono_tz::Tz;
use rapport_model::Timestamp;
use rapport_model::time::{DAY, MINUTE};

use crate::schedule::{CronSchedule, first_instant};

/// A daily digest tells of so many days at most, after days without one.
const CAUGHT_UP_MAX: i64 = 7;
/// Of a single day so many are shown with it, and of a long time the last so many.
const DAYS_AROUND: u64 = 14;
const DAYS_MAX: usize = 31;

/// How long a digest's time is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// The days since the one before, usually one.
    Day,
    /// Seven days.
    Week,
}

/// The time that a digest tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// When it begins, on a whole minute: searches name it so.
    pub from: Timestamp,
    /// When it ends, exclusive, on a whole minute.
    pub to: Timestamp,
    /// When it is told.
    pub at: Timestamp,
}

impl Period {
    /// Returns the last `micros` before now.
    pub fn last(micros: i64, now: Timestamp) -> Self {
        let minute = |at: Timestamp| at.plus(-at.micros().rem_euclid(MINUTE));
        let to = minute(now.plus(MINUTE - 1));
        Self { from: to.plus(-micros), to, at: now }
    }

    /// Returns the last `n` days, of which the last may not be over yet.
    pub fn days(n: u32, now: Timestamp, zone: Tz) -> Self {
        let last = Self::last(0, now);
        let today = last.to.plus(-1).local(zone).date_naive();
        let first = today.checked_sub_days(Days::new(u64::from(n.max(1)) - 1)).unwrap_or(today);
        Self { from: midnight(first, zone).unwrap_or(last.to), ..last }
    }

    /// Returns what a planned digest tells of, by its reader's clocks: whole days that are over.
    pub fn planned(
        length: Length,
        schedule: &CronSchedule,
        planned: Timestamp,
        clocks: Tz,
        reader: Tz,
    ) -> Self {
        let today = planned.local(reader).date_naive();
        let n = match length {
            Length::Week => 7,
            Length::Day => {
                let before =
                    schedule.last(planned.plus(-(CAUGHT_UP_MAX + 1) * DAY), planned.plus(-1), clocks);
                let told = before.map(|at| at.local(reader).date_naive());
                told.map_or(1, |told| (today - told).num_days()).clamp(1, CAUGHT_UP_MAX)
            }
        };
        let first = today.checked_sub_days(Days::new(n.unsigned_abs())).unwrap_or(today);
        let to = midnight(today, reader).unwrap_or(planned);
        Self { from: midnight(first, reader).unwrap_or(to.plus(-n * DAY)), to, at: planned }
    }

    /// Returns the time of the same length before it: as many days, where it begins with one.
    pub(super) fn before(&self, zone: Tz) -> (Timestamp, Timestamp) {
        let length = self.to.since(self.from);
        let (first, last) = self.dates(zone);
        let n = (last - first).num_days() + 1;
        let earlier = (self.from.local(zone).time() == NaiveTime::MIN)
            .then(|| first.checked_sub_days(Days::new(n.unsigned_abs())))
            .flatten()
            .and_then(|day| midnight(day, zone));
        let from = earlier.unwrap_or(self.from.plus(-length));
        // Of whole days all, be one an hour longer or shorter.
        let whole = self.to.local(zone).time() == NaiveTime::MIN;
        (from, if whole { self.from } else { from.plus(length).min(self.from) })
    }

    /// Returns when the days begin that are shown, and the end of the last.
    pub(super) fn day_starts(&self, zone: Tz) -> Vec<Timestamp> {
        let (first, last) = self.dates(zone);
        let is_one_day = self.to.since(self.from) <= DAY + 2 * 60 * MINUTE;
        let around = last.checked_sub_days(Days::new(DAYS_AROUND - 1)).unwrap_or(first);
        let first = if is_one_day { around } else { first };
        let days: Vec<NaiveDate> = first.iter_days().take_while(|day| *day <= last).collect();
        let shown = &days[days.len().saturating_sub(DAYS_MAX)..];
        let mut starts: Vec<Timestamp> = shown.iter().filter_map(|day| midnight(*day, zone)).collect();
        starts.push(self.to);
        starts
    }

    fn dates(&self, zone: Tz) -> (NaiveDate, NaiveDate) {
        (self.from.local(zone).date_naive(), self.to.plus(-1).local(zone).date_naive())
    }
}

fn midnight(day: NaiveDate, zone: Tz) -> Option<Timestamp> {
    first_instant(zone, day.and_time(NaiveTime::MIN))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BERLIN: Tz = Tz::Europe__Berlin;
    const SHANGHAI: Tz = Tz::Asia__Shanghai;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    /// Checks which days a digest tells of that is planned for a local time in Berlin.
    fn check(length: Length, cron: &str, planned: &str, from: &str, to: &str) {
        let schedule = CronSchedule::parse(cron).unwrap();
        let period = Period::planned(length, &schedule, at(planned), BERLIN, BERLIN);
        assert_eq!((period.from, period.to, period.at), (at(from), at(to), at(planned)), "{planned}");
    }

    #[test]
    fn a_planned_digest_tells_of_whole_days_and_leaves_none_out() {
        let daily = "30 8 * * mon-fri";
        let day = |planned, from, to| check(Length::Day, daily, planned, from, to);
        day("2026-03-11T08:30:00+01:00", "2026-03-10T00:00:00+01:00", "2026-03-11T00:00:00+01:00");
        // On Monday of the weekend and the Friday before it.
        day("2026-03-16T08:30:00+01:00", "2026-03-13T00:00:00+01:00", "2026-03-16T00:00:00+01:00");
        // The clocks are changed on Sunday.
        day("2026-03-30T08:30:00+02:00", "2026-03-27T00:00:00+01:00", "2026-03-30T00:00:00+02:00");
        let week = |planned, from, to| check(Length::Week, "0 8 * * mon", planned, from, to);
        week("2026-03-30T08:00:00+02:00", "2026-03-23T00:00:00+01:00", "2026-03-30T00:00:00+02:00");
        check(
            Length::Day,
            "0 8 1 * *",
            "2026-04-01T08:00:00+02:00",
            "2026-03-31T00:00:00+02:00",
            "2026-04-01T00:00:00+02:00",
        );
        check(
            Length::Day,
            "0 * * * *",
            "2026-03-11T08:00:00+01:00",
            "2026-03-10T00:00:00+01:00",
            "2026-03-11T00:00:00+01:00",
        );
    }

    #[test]
    fn days_are_those_of_the_readers_clocks() {
        let now = at("2026-03-11T22:30:10Z");
        let period = Period::days(1, now, SHANGHAI);
        assert_eq!((period.from, period.to), (at("2026-03-12T00:00:00+08:00"), at("2026-03-11T22:31:00Z")));
        let week = Period::days(7, at("2026-03-16T00:00:00+01:00"), BERLIN);
        assert_eq!((week.from, week.to), (at("2026-03-09T00:00:00+01:00"), at("2026-03-16T00:00:00+01:00")));
        assert_eq!(week.before(BERLIN), (at("2026-03-02T00:00:00+01:00"), at("2026-03-09T00:00:00+01:00")));
        assert_eq!(week.day_starts(BERLIN).len(), 8);
        let part = Period::days(7, at("2026-03-15T12:00:00+01:00"), BERLIN);
        assert_eq!(part.before(BERLIN), (at("2026-03-02T00:00:00+01:00"), at("2026-03-08T12:00:00+01:00")));
        let hours = Period::last(36 * 60 * MINUTE, now);
        assert_eq!(hours.before(BERLIN), (hours.from.plus(-36 * 60 * MINUTE), hours.from));
        // A single day is shown with those before it, and of a year the last month.
        assert_eq!(Period::last(DAY, now).day_starts(BERLIN).len(), 15);
        assert_eq!(period.day_starts(SHANGHAI).len(), 15);
        assert_eq!(Period::days(366, now, BERLIN).day_starts(BERLIN).len(), DAYS_MAX + 1);
    }

    #[test]
    fn a_week_in_which_the_clocks_change_is_compared_with_whole_days() {
        let week = Period::days(7, at("2026-04-06T00:00:00+02:00"), BERLIN);
        assert_eq!(week.from, at("2026-03-30T00:00:00+02:00"));
        assert_eq!(week.before(BERLIN), (at("2026-03-23T00:00:00+01:00"), at("2026-03-30T00:00:00+02:00")));
    }
}
