//! Deadlines by the course that a ticket took.

use rapport_model::event::{Goal, Reached};
use rapport_model::people::{Lifecycle, Priority, TicketStatus};
use rapport_model::time::{DAY, HOUR, MINUTE};
use rapport_model::{Id, Timestamp};
use rapport_storage::courses::{Course, Turn};
use rapport_storage::ratings::Rated;

use super::*;
use crate::hours::Hours;

/// An instant of March 2026 in UTC: day, hour, minute. The 2nd is a Monday.
fn at(day: i64, hour: i64, minute: i64) -> Timestamp {
    Timestamp::parse("2026-03-01T00:00:00Z").unwrap().plus((day - 1) * DAY + hour * HOUR + minute * MINUTE)
}

/// Monday to Friday, nine to five.
fn office() -> Hours {
    let nine = ["09:00-17:00".to_owned()];
    Hours::new(chrono_tz::Tz::UTC, [("mon-fri", &nine[..])], std::collections::BTreeSet::new()).unwrap()
}

/// An answer within four hours, settled within two days.
fn level() -> ServiceLevel {
    ServiceLevel {
        name: "standard".into(),
        when: WhenTicket::default(),
        first_response: Some(BusinessSpan::Time(4 * HOUR)),
        resolution: Some(BusinessSpan::Days(2)),
        warn: 0.75,
        pause: Pause::ALL.to_vec(),
    }
}

/// A ticket that was opened on Monday at ten, and what happened to it.
fn ticket(turns: &[(Timestamp, Turn)]) -> Course {
    let opened_at = at(2, 10, 0);
    let mut course = Course {
        ticket: Id(1),
        customer: Some(Id(2)),
        owner: None,
        priority: Priority::Normal,
        status: TicketStatus::Open,
        opened_at,
        closed_at: None,
        reopened: 0,
        answered_at: None,
        mailbox: "support".into(),
        lifecycle: Some(Lifecycle::Lead),
        tags: vec!["vip".into()],
        turns: [&[(opened_at, Turn::Status(TicketStatus::Open))], turns].concat(),
    };
    for (at, turn) in turns {
        if let Turn::Status(status) = turn {
            course.status = *status;
            course.closed_at = (*status == TicketStatus::Closed).then_some(*at);
        }
    }
    course
}

fn due(course: &Course, goal: Goal) -> Option<Timestamp> {
    let all = standings(course, &level(), &office());
    all.into_iter().find(|standing| standing.goal == goal).unwrap().due
}

const PENDING: Turn = Turn::Status(TicketStatus::Pending);
const OPEN: Turn = Turn::Status(TicketStatus::Open);
const CLOSED: Turn = Turn::Status(TicketStatus::Closed);

#[test]
fn a_ticket_is_due_after_so_much_business_time() {
    let course = ticket(&[]);
    assert_eq!(due(&course, Goal::FirstResponse), Some(at(2, 14, 0)));
    assert_eq!(due(&course, Goal::Resolution), Some(at(4, 10, 0)));
    let [first, _] = &standings(&course, &level(), &office())[..] else { panic!() };
    assert_eq!(first.warn_at, Some(at(2, 13, 0)));
    for (now, expected) in [
        (at(2, 12, 59), None),
        (at(2, 13, 0), Some(Reached::Warned)),
        (at(2, 14, 0), Some(Reached::Breached)),
        (at(1, 0, 0), None),
    ] {
        assert_eq!(first.reached(now), expected, "{now}");
    }
    assert_eq!(first.left(at(2, 13, 30), &office()), 30 * MINUTE);
    assert_eq!(first.left(at(3, 10, 0), &office()), -4 * HOUR);
}

#[test]
fn what_waits_for_the_customer_or_was_put_off_has_time() {
    // Three hours were left for two days of work when it went to the customer on Tuesday at 14.
    let course = ticket(&[(at(3, 14, 0), PENDING), (at(5, 9, 0), OPEN)]);
    assert_eq!(due(&course, Goal::Resolution), Some(at(5, 13, 0)));
    let waits = ticket(&[(at(3, 14, 0), PENDING)]);
    let standing = standings(&waits, &level(), &office())[1];
    assert_eq!((standing.due, standing.paused), (None, true));
    assert_eq!(standing.left(at(9, 0, 0), &office()), 4 * HOUR);

    let until = at(4, 9, 0);
    let snoozed = ticket(&[(at(2, 11, 0), Turn::Snoozed(Some(until)))]);
    assert_eq!(due(&snoozed, Goal::FirstResponse), Some(at(4, 12, 0)), "it is known before it comes back");
    let wrote = ticket(&[(at(2, 11, 0), Turn::Snoozed(Some(until))), (at(3, 9, 0), Turn::Wrote)]);
    assert_eq!(due(&wrote, Goal::FirstResponse), Some(at(3, 12, 0)), "who writes brings it back");
    let back = ticket(&[(at(2, 11, 0), Turn::Snoozed(Some(until))), (at(3, 9, 0), Turn::Snoozed(None))]);
    assert_eq!(due(&back, Goal::FirstResponse), Some(at(3, 12, 0)));

    let strict = ServiceLevel { pause: Vec::new(), ..level() };
    assert_eq!(standings(&waits, &strict, &office())[1].due, Some(at(4, 10, 0)), "nothing stops it");
}

#[test]
fn a_target_that_was_met_stays_met_and_one_that_was_missed_stays_missed() {
    let mut answered = ticket(&[]);
    answered.answered_at = Some(at(2, 12, 0));
    let first = standings(&answered, &level(), &office())[0];
    assert_eq!((first.is_kept(at(9, 0, 0)), first.reached(at(9, 0, 0))), (Some(true), None));
    answered.answered_at = Some(at(3, 12, 0));
    let late = standings(&answered, &level(), &office())[0];
    assert_eq!((late.is_kept(at(9, 0, 0)), late.elapsed), (Some(false), 10 * HOUR));

    let closed = ticket(&[(at(4, 9, 59), CLOSED)]);
    assert_eq!(standings(&closed, &level(), &office())[1].is_kept(at(9, 0, 0)), Some(true));
    let again = ticket(&[(at(3, 10, 0), CLOSED), (at(5, 10, 0), OPEN)]);
    assert_eq!(due(&again, Goal::Resolution), Some(at(6, 10, 0)), "the time in which it was settled is none");
    assert_eq!(standings(&again, &level(), &office())[0].met_at, Some(at(3, 10, 0)));
    assert_eq!(standings(&ticket(&[]), &level(), &office())[1].is_kept(at(3, 0, 0)), None);
}

#[test]
fn a_clock_that_was_set_back_lets_no_time_run_backwards() {
    let course =
        ticket(&[(at(1, 8, 0), PENDING), (at(1, 7, 0), OPEN), (at(2, 9, 0), PENDING), (at(2, 11, 0), OPEN)]);
    for standing in standings(&course, &level(), &office()) {
        assert!(standing.elapsed >= 0 && standing.due.is_some(), "{standing:?}");
    }
    assert_eq!(due(&course, Goal::FirstResponse), Some(at(2, 15, 0)));
}

#[test]
fn a_level_is_for_tickets_of_a_kind() {
    let course = ticket(&[]);
    let fits = |when: WhenTicket| when.holds(&course, "service");
    let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert!(fits(WhenTicket::default()));
    assert!(fits(WhenTicket { priorities: vec![Priority::Normal], ..WhenTicket::default() }));
    assert!(!fits(WhenTicket { priorities: vec![Priority::High], ..WhenTicket::default() }));
    assert!(fits(WhenTicket { tags: names(&["vip", "old"]), ..WhenTicket::default() }));
    assert!(!fits(WhenTicket { tags: names(&["old"]), ..WhenTicket::default() }));
    assert!(!fits(WhenTicket { lifecycles: vec![Lifecycle::Customer], ..WhenTicket::default() }));
    assert!(!fits(WhenTicket { mailboxes: names(&["sales"]), ..WhenTicket::default() }));
    assert!(fits(WhenTicket { teams: names(&["service"]), ..WhenTicket::default() }));
}

#[test]
fn efficiency_counts_what_was_settled_in_the_period_in_business_time() {
    let mut tickets: Vec<Course> = (1..=10)
        .map(|hour| {
            let mut course = ticket(&[(at(3, 10, 0), CLOSED)]);
            course.answered_at = Some(at(2, 10, 0).plus(hour * HOUR));
            course
        })
        .collect();
    tickets[0].reopened = 1;
    let mut outside = ticket(&[(at(13, 10, 0), CLOSED)]);
    outside.answered_at = Some(at(12, 10, 0));
    tickets.push(outside);
    let (office, level) = (office(), level());
    let with = || tickets.iter().map(|course| (course, &office, Some(&level)));
    let found = efficiency(with(), (at(2, 0, 0), at(9, 0, 0)), at(20, 0, 0));
    assert_eq!((found.response.n, found.response.p50, found.response.p90), (10, 5 * HOUR, 7 * HOUR));
    assert_eq!((found.resolution.n, found.resolution.p50), (10, 8 * HOUR));
    assert_eq!((found.closed, found.reopened, found.reopened_share()), (10, 1, Some(0.1)));
    // Four answers of ten came in time, all ten were settled in time, and both targets of the last are over.
    assert_eq!((found.due, found.kept), (22, 14));
    assert_eq!(
        efficiency(std::iter::empty(), (at(2, 0, 0), at(9, 0, 0)), at(9, 0, 0)),
        Efficiency::default()
    );
}

#[test]
fn a_mean_of_few_ratings_is_drawn_to_the_houses() {
    let rated = |score, owner, tag: &str| Rated {
        score,
        owner: Some(Id(owner)),
        lifecycle: Some(Lifecycle::Customer),
        tags: vec![tag.to_owned()],
    };
    let mut all = vec![rated(5, 1, "new")];
    all.extend((0..20).map(|n| rated(if n % 2 == 0 { 4 } else { 2 }, 2, "vip")));
    let found = satisfaction(&all);
    let house = found.house.unwrap();
    assert_eq!((house.n, house.mean), (21, 65.0 / 21.0));
    let (one, many) = (found.owners[&Id(1)], found.owners[&Id(2)]);
    assert_eq!((one.mean, many.mean), (5.0, 3.0));
    assert!(one.shrunk < 3.5 && (many.shrunk - 3.0).abs() < 0.03, "{one:?} {many:?}");
    assert_eq!(found.tags["vip"], many);
    assert_eq!(found.lifecycles[&Lifecycle::Customer].n, 21);
    assert_eq!(satisfaction(&[]), Satisfaction::default());
}
