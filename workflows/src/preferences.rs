//! What colleagues chose for themselves, what a notice to one of them becomes by it, and what the house
//! has paused; pure.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use chrono::{NaiveTime, Timelike as _};
use chrono_tz::Tz;
use rapport_model::people::{Topic, User};
use rapport_model::reading::Language;
use rapport_model::{Id, Kind, RecordRef, Timestamp};
use rapport_storage::preferences::{HOUSE, Preference};

use crate::schedule::first_instant;

/// The names under which choices are stored.
pub mod name {
    /// The language: `en`, `zh`.
    pub const LANGUAGE: &str = "lang";
    /// The zone: an IANA name.
    pub const ZONE: &str = "tz";
    /// Quiet hours of every day, as [`super::Quiet`] is written.
    pub const QUIET: &str = "dnd";
    /// Quiet until a time, in microseconds.
    pub const QUIET_UNTIL: &str = "dnd_until";
    /// Before a topic or record of which nothing is told.
    pub const MUTED: &str = "mute:";
    /// Before a record of which everything is told.
    pub const FOLLOWED: &str = "follow:";
    /// Before what the house has paused.
    pub const PAUSED: &str = "paused:";
}

/// Hours of every day by the clocks of whoever has them: from one time of the day to another, over
/// midnight if the second is the earlier one. Written `22:00-08:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quiet {
    from: NaiveTime,
    to: NaiveTime,
}

impl Quiet {
    /// Makes quiet hours; nothing if they begin when they end.
    pub fn new(from: NaiveTime, to: NaiveTime) -> Option<Self> {
        (from != to).then_some(Self { from, to })
    }

    /// Reads what [`Quiet`] writes.
    pub fn read(text: &str) -> Option<Self> {
        let (from, to) = text.split_once('-')?;
        let time = |text: &str| NaiveTime::parse_from_str(text, "%H:%M").ok();
        Self::new(time(from)?, time(to)?)
    }

    /// Returns the hours of every day that are not these.
    #[must_use]
    pub const fn outside(self) -> Self {
        Self { from: self.to, to: self.from }
    }

    /// Returns when the quiet hours end in which `now` is; nothing outside of them. Where the clocks
    /// are changed, they end when the clocks first show the end, or would have.
    pub fn end(self, now: Timestamp, zone: Tz) -> Option<Timestamp> {
        let local = now.local(zone);
        let time = local.time().with_nanosecond(0).unwrap_or(self.to);
        let over_midnight = self.to < self.from;
        let (after, before) = (time >= self.from, time < self.to);
        if !(if over_midnight { after || before } else { after && before }) {
            return None;
        }
        let today = local.date_naive();
        let day = if over_midnight && after { today.succ_opt()? } else { today };
        // An hour that comes twice may begin again after its end.
        first_instant(zone, day.and_time(self.to)).filter(|end| *end > now)
    }
}

impl fmt::Display for Quiet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.from.format("%H:%M"), self.to.format("%H:%M"))
    }
}

/// What one colleague chose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    /// The language, over the configuration's.
    pub language: Option<Language>,
    /// The zone, over the configuration's.
    pub zone: Option<Tz>,
    /// Quiet hours of every day.
    pub quiet: Option<Quiet>,
    /// Quiet until then.
    pub quiet_until: Option<Timestamp>,
    /// Of what nothing is told.
    pub muted: BTreeSet<Topic>,
    /// Of which records nothing is told.
    pub muted_records: BTreeSet<RecordRef>,
    /// Of which records everything is told.
    pub followed: BTreeSet<RecordRef>,
}

/// A notice as far as it matters whether somebody wants it.
#[derive(Clone, Copy, Debug)]
pub struct Notice<'a> {
    /// The text's name.
    pub text: &'a str,
    /// The records that it is about.
    pub about: &'a [RecordRef],
    /// Whether it must be looked at now; only an alert can.
    pub urgent: bool,
}

impl Chosen {
    /// Returns when a notice leaves: now, or when quiet ends; nothing if it is not wanted.
    pub fn leaves(&self, notice: &Notice<'_>, now: Timestamp, zone: Tz) -> Option<Timestamp> {
        let muted = Topic::of_notice(notice.text).is_some_and(|topic| self.muted.contains(&topic))
            || notice.about.iter().any(|record| self.muted_records.contains(record));
        if muted {
            return None;
        }
        if notice.urgent && Topic::of_notice(notice.text) == Some(Topic::Alerts) {
            return Some(now);
        }
        Some(self.quiet_ends(now, zone).unwrap_or(now))
    }

    /// Returns when quiet ends, if it is quiet now.
    pub fn quiet_ends(&self, now: Timestamp, zone: Tz) -> Option<Timestamp> {
        let mut at = self.quiet_until.filter(|until| *until > now).unwrap_or(now);
        // One may end within the other.
        if let Some(end) = self.quiet.and_then(|quiet| quiet.end(at, zone)) {
            at = end;
        }
        (at > now).then_some(at)
    }

    fn note(&mut self, name: &str, value: &str) {
        match name {
            name::LANGUAGE => self.language = Some(Language::of(value)),
            name::ZONE => self.zone = value.parse().ok(),
            name::QUIET => self.quiet = Quiet::read(value),
            name::QUIET_UNTIL => self.quiet_until = value.parse().ok().map(Timestamp::from_micros),
            _ => {}
        }
        if let Some(what) = name.strip_prefix(name::MUTED) {
            match (Topic::by_name(what), record(what)) {
                (Some(topic), _) => drop(self.muted.insert(topic)),
                (None, Some(record)) => drop(self.muted_records.insert(record)),
                // What this program does not know any more is nothing.
                (None, None) => {}
            }
        }
        if let Some(record) = name.strip_prefix(name::FOLLOWED).and_then(record) {
            self.followed.insert(record);
        }
    }
}

/// Reads a record as names of choices write it: `customer:17`.
fn record(text: &str) -> Option<RecordRef> {
    let (kind, id) = text.split_once(':')?;
    Some(RecordRef::new(Kind::by_name(kind)?, id.parse().ok()?))
}

/// Since when something is paused, and by whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pause {
    /// The colleague.
    pub by: Id,
    /// When.
    pub at: Timestamp,
}

/// What all colleagues chose, and what the house has paused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preferences {
    by_user: HashMap<Id, Chosen>,
    /// The names of rules, sequences and schedules that do nothing.
    pub paused: BTreeMap<String, Pause>,
}

impl Preferences {
    /// Reads what is stored.
    pub fn read(stored: &[Preference]) -> Self {
        let mut all = Self::default();
        for one in stored {
            match one.name.strip_prefix(name::PAUSED) {
                Some(paused) if one.user == HOUSE => {
                    let by = one.value.parse().unwrap_or(HOUSE);
                    all.paused.insert(paused.to_owned(), Pause { by, at: one.at });
                }
                _ => all.by_user.entry(one.user).or_default().note(&one.name, &one.value),
            }
        }
        all
    }

    /// Returns what a colleague chose.
    pub fn of(&self, user: Id) -> Option<&Chosen> {
        self.by_user.get(&user)
    }

    /// Returns the zone of a colleague: chosen, configured, or the house's.
    pub fn zone_of(&self, user: &User, house: Tz) -> Tz {
        self.of(user.id).and_then(|chosen| chosen.zone).or_else(|| user.zone.parse().ok()).unwrap_or(house)
    }

    /// Returns the language of a colleague: chosen, configured, or the house's.
    pub fn language_of(&self, user: &User, house: Language) -> Language {
        let configured = || (!user.language.is_empty()).then(|| Language::of(&user.language));
        self.of(user.id).and_then(|chosen| chosen.language).or_else(configured).unwrap_or(house)
    }

    /// Returns when a notice to a colleague leaves; nothing if it is not wanted.
    pub fn leaves(&self, notice: &Notice<'_>, to: &User, now: Timestamp, house: Tz) -> Option<Timestamp> {
        self.of(to.id).map_or(Some(now), |chosen| chosen.leaves(notice, now, self.zone_of(to, house)))
    }

    /// Tells whether a colleague follows one of these records.
    pub fn follows(&self, user: Id, records: &[RecordRef]) -> bool {
        self.of(user).is_some_and(|chosen| records.iter().any(|record| chosen.followed.contains(record)))
    }

    /// Tells whether anybody follows anything.
    pub fn anybody_follows(&self) -> bool {
        self.by_user.values().any(|chosen| !chosen.followed.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BERLIN: Tz = Tz::Europe__Berlin;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    /// Checks when quiet of these hours ends at a time by UTC.
    fn check(hours: &str, now: &str, expected: Option<&str>) {
        let end = Quiet::read(hours).unwrap().end(at(now), BERLIN);
        assert_eq!(end, expected.map(at), "{hours} at {now}");
    }

    #[test]
    fn quiet_hours_end_on_the_same_day_or_after_midnight() {
        check("12:00-13:30", "2026-03-11T11:00:00Z", Some("2026-03-11T12:30:00Z"));
        check("12:00-13:30", "2026-03-11T12:30:00Z", None);
        check("12:00-13:30", "2026-03-11T10:59:59Z", None);
        check("22:00-08:00", "2026-03-11T21:00:00Z", Some("2026-03-12T07:00:00Z"));
        check("22:00-08:00", "2026-03-12T00:30:00Z", Some("2026-03-12T07:00:00Z"));
        check("22:00-08:00", "2026-03-12T06:59:59Z", Some("2026-03-12T07:00:00Z"));
        check("22:00-08:00", "2026-03-12T07:00:00Z", None);
        check("00:00-06:00", "2026-03-11T23:00:00Z", Some("2026-03-12T05:00:00Z"));
        assert_eq!(Quiet::read("08:00-08:00"), None);
        assert_eq!(Quiet::read("25:00-08:00"), None);
        assert_eq!(Quiet::read("22:00-08:00").unwrap().to_string(), "22:00-08:00");
    }

    #[test]
    fn a_night_in_which_the_clocks_are_changed_ends_by_the_clocks() {
        // On 29 March 2026 the clocks of Berlin go from 2 to 3, on 25 October from 3 to 2.
        check("22:00-08:00", "2026-03-28T21:30:00Z", Some("2026-03-29T06:00:00Z"));
        check("22:00-08:00", "2026-10-24T20:30:00Z", Some("2026-10-25T07:00:00Z"));
        // An end that the clocks skip is where they go on; of one that comes twice the first counts.
        check("22:00-02:30", "2026-03-29T00:30:00Z", Some("2026-03-29T01:00:00Z"));
        check("22:00-02:30", "2026-10-25T00:10:00Z", Some("2026-10-25T00:30:00Z"));
        check("22:00-02:30", "2026-10-25T01:10:00Z", None);
    }

    fn chosen(pairs: &[(&str, &str)]) -> Chosen {
        let mut chosen = Chosen::default();
        pairs.iter().for_each(|(name, value)| chosen.note(name, value));
        chosen
    }

    #[test]
    fn notices_wait_for_the_end_of_quiet_but_not_what_cannot_wait() {
        let mia = chosen(&[("dnd", "22:00-08:00")]);
        let (night, morning) = (at("2026-03-11T22:00:00Z"), at("2026-03-12T07:00:00Z"));
        let leaves = |text, urgent| mia.leaves(&Notice { text, about: &[], urgent }, night, BERLIN);
        assert_eq!(leaves("ticket_problem", false), Some(morning));
        assert_eq!(leaves("alert_complaint", false), Some(morning));
        assert_eq!(leaves("alert_complaint", true), Some(night));
        // Whatever a rule says of it, a notice that is no alert does not wake anybody.
        assert_eq!(leaves("ticket_problem", true), Some(morning));
        assert_eq!(
            mia.leaves(&Notice { text: "digest", about: &[], urgent: false }, morning, BERLIN),
            Some(morning)
        );
    }

    #[test]
    fn quiet_until_a_time_goes_over_into_quiet_hours() {
        let until = |time: &str| at(time).micros().to_string();
        let now = at("2026-03-11T12:00:00Z");
        let evening = until("2026-03-11T21:30:00Z");
        let mia = chosen(&[("dnd", "22:00-08:00"), ("dnd_until", &evening)]);
        assert_eq!(mia.quiet_ends(now, BERLIN), Some(at("2026-03-12T07:00:00Z")));
        let past = until("2026-03-11T09:00:00Z");
        assert_eq!(chosen(&[("dnd_until", &past)]).quiet_ends(now, BERLIN), None);
    }

    #[test]
    fn what_is_muted_is_not_told() {
        let (anna, ticket) = (RecordRef::new(Kind::Customer, Id(7)), RecordRef::new(Kind::Ticket, Id(8)));
        let mia = chosen(&[("mute:digests", "1"), ("mute:customer:7", "1"), ("mute:nonsense", "1")]);
        let now = at("2026-03-11T12:00:00Z");
        let leaves =
            |text, about: &[RecordRef]| mia.leaves(&Notice { text, about, urgent: true }, now, BERLIN);
        assert_eq!(leaves("digest", &[]), None);
        assert_eq!(leaves("alert_complaint", &[ticket, anna]), None);
        assert_eq!(leaves("alert_complaint", &[ticket]), Some(now));
    }
}
