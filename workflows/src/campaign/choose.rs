//! Who of a segment is written to, when, and with which text; pure.

use chrono_tz::Tz;
use rapport_model::campaign::{Candidate, LeftOut, Variant};
use rapport_model::consent::Purpose;
use rapport_model::people::Lifecycle;
use rapport_model::{Id, Timestamp};

use crate::hours::Hours;
use crate::preferences::Quiet;

/// Says why a candidate is not written to now, if they are not. `pause` is the least time between two
/// mailings to one person, in microseconds.
pub fn left_out(candidate: &Candidate, now: Timestamp, pause: i64) -> Option<LeftOut> {
    let too_soon = candidate.last_mailing.is_some_and(|at| at > now.plus(-pause));
    let reasons = [
        (candidate.gone, LeftOut::Gone),
        (candidate.restricted, LeftOut::Restricted),
        (candidate.lifecycle == Some(Lifecycle::Lost), LeftOut::Lost),
        (candidate.refusals.refuse(Purpose::News), LeftOut::Refused),
        (!candidate.refusals.allow(Purpose::News), LeftOut::NeverAsked),
        (!candidate.has_address, LeftOut::NoAddress),
        (candidate.bounced, LeftOut::Bounced),
        (too_soon, LeftOut::TooSoon),
    ];
    reasons.into_iter().find(|(is_so, _)| *is_so).map(|(_, why)| why)
}

/// Returns which text a customer gets, of which `share_b` in a hundred get the second. It is the same however
/// often it is asked, and says nothing of what they get of another campaign.
pub fn variant(campaign: Id, customer: Id, share_b: i64) -> Variant {
    // SplitMix64 (Steele, Lea, Flood 2014): close ids lie far apart afterwards.
    let mix = |x: u64| {
        let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    };
    let hash = mix(mix(campaign.0 as u64) ^ customer.0 as u64);
    if i64::try_from(hash % 100).is_ok_and(|place| place < share_b) { Variant::B } else { Variant::A }
}

/// Returns when somebody may be written to: `now` if it is in the hours by the clocks of `zone`, else when they
/// next begin. `closed` are hours of every day in which nobody is written to besides. Nothing if that never is.
pub fn opens(hours: &Hours, closed: Option<Quiet>, zone: Tz, now: Timestamp) -> Option<Timestamp> {
    /// House and campaign are both open within so many of their days, or never.
    const TRIES_MAX: usize = 1_000;
    let hours = if hours.zone() == zone { hours.clone() } else { hours.in_zone(zone) };
    let mut at = now;
    for _ in 0..TRIES_MAX {
        at = hours.next_open(at)?;
        match closed.and_then(|closed| closed.end(at, zone)) {
            None => return Some(at),
            Some(end) => at = end,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rapport_model::consent::Refusals;
    use rapport_model::time::DAY;

    use super::*;

    const BERLIN: Tz = Tz::Europe__Berlin;

    #[test]
    fn only_who_said_yes_and_can_be_reached_is_written_to() {
        let now = Timestamp::from_secs(1_000_000_000);
        let said = |words: &[(&str, &str)]| {
            let mut refusals = Refusals::default();
            words.iter().for_each(|(purpose, state)| refusals.note(purpose, state));
            refusals
        };
        let willing = Candidate {
            id: Id(1),
            gone: false,
            restricted: false,
            lifecycle: Some(Lifecycle::Customer),
            refusals: said(&[("news", "granted")]),
            has_address: true,
            last_mailing: Some(now.plus(-7 * DAY)),
            bounced: false,
        };
        let is = |candidate: Candidate| left_out(&candidate, now, 7 * DAY);
        let like = || willing.clone();
        assert_eq!(is(like()), None);
        assert_eq!(is(Candidate { last_mailing: None, ..like() }), None);
        for (candidate, why) in [
            (Candidate { gone: true, ..like() }, LeftOut::Gone),
            (Candidate { restricted: true, ..like() }, LeftOut::Restricted),
            (Candidate { lifecycle: Some(Lifecycle::Lost), ..like() }, LeftOut::Lost),
            (Candidate { refusals: said(&[]), ..like() }, LeftOut::NeverAsked),
            (Candidate { refusals: said(&[("survey", "granted")]), ..like() }, LeftOut::NeverAsked),
            (
                Candidate { refusals: said(&[("news", "granted"), ("news", "denied")]), ..like() },
                LeftOut::Refused,
            ),
            (
                Candidate { refusals: said(&[("news", "granted"), ("automatic", "denied")]), ..like() },
                LeftOut::Refused,
            ),
            (Candidate { has_address: false, ..like() }, LeftOut::NoAddress),
            (Candidate { bounced: true, ..like() }, LeftOut::Bounced),
            (Candidate { last_mailing: Some(now.plus(-7 * DAY + 1)), ..like() }, LeftOut::TooSoon),
        ] {
            assert_eq!(is(candidate.clone()), Some(why), "{candidate:?}");
        }
    }

    #[test]
    fn the_text_of_a_customer_is_always_the_same_and_the_shares_are_kept() {
        for (share, least, most) in [(0, 0, 0), (10, 850, 1_150), (50, 4_800, 5_200), (100, 10_000, 10_000)] {
            let b =
                (0..10_000).filter(|n| variant(Id(5), Id(1 << 40 | n << 12), share) == Variant::B).count();
            assert!((least..=most).contains(&b), "{share}: {b}");
        }
        assert_eq!(variant(Id(5), Id(77), 50), variant(Id(5), Id(77), 50));
        let other = (0..1_000).filter(|n| variant(Id(5), Id(*n), 50) == variant(Id(6), Id(*n), 50)).count();
        assert!((430..570).contains(&other), "another campaign draws anew: {other}");
    }

    #[test]
    fn it_opens_when_the_house_and_the_campaign_do_by_the_customers_clocks() {
        let day = ["09:00-17:00".to_owned()];
        let hours = Hours::new(BERLIN, [("mon-fri", &day[..])], BTreeSet::new()).unwrap();
        let at = |text: &str| Timestamp::parse(text).unwrap();
        let only = |text: &str| Quiet::read(text).unwrap().outside();
        for (closed, zone, now, expected) in [
            (None, BERLIN, "2026-03-04T10:00:00Z", Some("2026-03-04T10:00:00Z")),
            (None, BERLIN, "2026-03-06T16:00:00Z", Some("2026-03-09T08:00:00Z")),
            // In Tokyo it is nine o'clock eight hours earlier.
            (None, Tz::Asia__Tokyo, "2026-03-04T10:00:00Z", Some("2026-03-05T00:00:00Z")),
            (Some(only("14:00-18:00")), BERLIN, "2026-03-04T10:00:00Z", Some("2026-03-04T13:00:00Z")),
            (Some(only("14:00-18:00")), BERLIN, "2026-03-06T16:30:00Z", Some("2026-03-09T13:00:00Z")),
            (Some(only("18:00-20:00")), BERLIN, "2026-03-04T10:00:00Z", None),
        ] {
            assert_eq!(opens(&hours, closed, zone, at(now)), expected.map(at), "{zone} {now}");
        }
    }
}
