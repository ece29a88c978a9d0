//! What a card shows of the meeting that a mail is about.

use rapport_model::{Change, Id, Kind, RecordRef};
use rapport_storage::work::Work;

use super::house::House;

fn mail(id: &str, method: &str, event: &str) -> String {
    let event = event.trim_start().replace('\n', "\r\n");
    format!(
        "From: Petra Novak <petra@novak-cafe.example>\r\nTo: support@brightwater.example\r\n\
         Subject: Review\r\nMessage-ID: <{id}@novak-cafe.example>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\nPlease see below.\r\n\
         --b\r\nContent-Type: text/calendar; charset=utf-8; method={method}\r\n\r\n\
         BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:{method}\r\nBEGIN:VEVENT\r\nUID:7@novak-cafe.example\r\n\
         {event}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n--b--\r\n"
    )
}

/// Returns the newest message of the customer C1.
async fn newest(house: &House) -> Id {
    house.app.store().messages_of(house.customer(1).await, 1).await.unwrap()[0].id
}

const INVITATION: &str = "
SUMMARY:Review http://evil.example
LOCATION:Novak Cafe\\, first floor
DTSTART:20261203T130000Z
DTEND:20261203T140000Z
RRULE:FREQ=WEEKLY
ORGANIZER:mailto:petra@novak-cafe.example
ATTENDEE;PARTSTAT=ACCEPTED:mailto:petra@novak-cafe.example
ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:support@brightwater.example
ATTENDEE;PARTSTAT=TENTATIVE:mailto:jan@novak-cafe.example";

#[tokio::test]
async fn the_card_of_an_invitation_says_what_when_where_and_who() {
    let mut house = House::start("mia").await;
    house.takes_in(&mail("m1", "REQUEST", INVITATION)).await;
    let shown = newest(&house).await;
    let show = format!("show message:{shown}");
    let seen = house
        .sees_all(
            &show,
            &[
                "Invitation: Review hxxp://evil.example",
                "Thu 3 Dec 2026, 14:00 – 15:00, and again after that",
                "in: Novak Cafe, first floor",
                "petra@novak-cafe.example (invites)",
                "support@brightwater.example (no answer yet)",
                "jan@novak-cafe.example (perhaps comes)",
            ],
        )
        .await;
    assert_eq!(seen.matches("(comes)").count(), 0, "who invites is named once: {seen}");
    // In the reader's zone and language.
    house.sits_down("lin");
    house.sees_all(&show, &["邀请：Review", "2026年12月3日 周四 21:00–22:00，之后重复", "尚未答复"]).await;
}

#[tokio::test]
async fn answers_other_times_and_whole_days_are_told_as_what_they_are() {
    let cases = [
        (
            "REPLY",
            "SUMMARY:Review\nDTSTART:20261203T130000Z\nATTENDEE;PARTSTAT=DECLINED:mailto:petra@novak-cafe.example",
            &["Answer to an invitation: Review", "(does not come)"][..],
        ),
        (
            "COUNTER",
            "SUMMARY:Review\nDTSTART:20261204T130000Z\nDTEND:20261205T010000Z",
            &["Proposes another time: Review", "Fri 4 Dec 2026, 14:00 – Sat 5 Dec 2026, 02:00"],
        ),
        ("CANCEL", "SUMMARY:Review\nDTSTART;VALUE=DATE:20261203", &["Called off: Review", "Thu 3 Dec 2026"]),
        (
            "REQUEST",
            "SUMMARY:Fair\nDTSTART;VALUE=DATE:20261203\nDTEND;VALUE=DATE:20261206",
            &["Invitation: Fair", "3 – 5 Dec 2026"],
        ),
        (
            "REQUEST",
            "SUMMARY:Call\nDTSTART:20261203T130000",
            &["Thu 3 Dec 2026, 13:00 (their clock; no time zone was given)"],
        ),
    ];
    for (n, (method, event, parts)) in cases.into_iter().enumerate() {
        let mut house = House::start("mia").await;
        house.takes_in(&mail(&format!("m{n}"), method, event)).await;
        let shown = newest(&house).await;
        house.sees_all(&format!("show message:{shown}"), parts).await;
    }
}

fn invitation(sequence: u32, start: &str) -> String {
    format!("SEQUENCE:{sequence}\n{}", INVITATION.trim_start().replace("20261203T1", start))
}

#[tokio::test]
async fn an_invitation_is_a_task_that_moves_with_it_and_ends_with_it() {
    let mut house = House::start("mia").await;
    house.takes_in(&mail("m1", "REQUEST", &invitation(0, "20261203T1"))).await;
    house.sees_all("show K1", &["Meeting: Review", "Thu 3 Dec 2026, 14:00 – 15:00"]).await;
    // The same again, and an older state, change nothing.
    house.takes_in(&mail("m2", "REQUEST", &invitation(0, "20261204T1"))).await;
    house.sees_all("show K1", &["Thu 3 Dec 2026"]).await;
    house.takes_in(&mail("m3", "REQUEST", &invitation(2, "20261204T1"))).await;
    house.sees_all("show K1", &["Fri 4 Dec 2026, 14:00 – 15:00"]).await;
    house.takes_in(&mail("m4", "CANCEL", &invitation(1, "20261203T1"))).await;
    house.sees_all("show K1", &["Meeting: Review"]).await;
    // Nobody but who invited calls it off.
    let eve = mail("m5", "CANCEL", &invitation(3, "20261204T1"));
    house
        .takes_in(
            &eve.replace(
                "From: Petra Novak <petra@novak-cafe.example>",
                "From: Eve <eve@novak-cafe.example>",
            ),
        )
        .await;
    house.sees_all("show K1", &["Meeting: Review"]).await;
    house.takes_in(&mail("m6", "CANCEL", &invitation(3, "20261204T1"))).await;
    house.sees_all("show K1", &["Called off: Review", "done"]).await;
    let told: Vec<String> =
        house.app.store().outbox(50).await.unwrap().into_iter().map(|(o, _)| o.text).collect();
    let n = |text: &str| told.iter().filter(|t| *t == text).count();
    assert_eq!((n("alert_meeting_moved"), n("alert_meeting_off")), (1, 1), "{told:?}");
}

#[tokio::test]
async fn one_meeting_has_one_task_however_often_it_is_proposed() {
    let mut house = House::start("mia").await;
    house.takes_in(&mail("m1", "REQUEST", &invitation(0, "20261203T1"))).await;
    let asks = mail("m2", "REQUEST", &invitation(0, "20261203T1"));
    house.takes_in(&asks.replace("Please see below.", "Could you tell me today whether you come?")).await;
    let seen = house.sees_all("tasks team", &["Meeting: Review"]).await;
    assert!(!seen.contains("K2"), "{seen}");
}

#[tokio::test]
async fn a_change_that_nobody_vouches_for_is_a_colleagues_to_look_at() {
    let mut house = House::start("mia").await;
    house.takes_in(&mail("m1", "REQUEST", &invitation(0, "20261203T1"))).await;
    let moved = mail("m2", "REQUEST", &invitation(1, "20261204T1"));
    let moved = moved.replace("Please see below.", "Can we meet on Friday at 2 pm instead?");
    house.takes_in_by(Some("mx.brightwater.example"), &moved).await;
    house.sees_all("show K1", &["Thu 3 Dec 2026, 14:00 – 15:00"]).await;
    house.sees_all("show K2", &["Agree on a meeting with Petra Novak"]).await;
}

#[tokio::test]
async fn a_colleagues_task_about_an_invitation_is_not_the_meetings() {
    let mut house = House::start("mia").await;
    house.takes_in(&mail("m1", "REQUEST", &invitation(0, "20261203T1"))).await;
    let customer = house.customer(1).await;
    let invited = newest(&house).await;
    // However the store lists them: one of several that a colleague makes would come first.
    for _ in 0..6 {
        let task = RecordRef::new(Kind::Task, house.app.store().new_id());
        let change = Change::create(task)
            .with("title", "Book a table")
            .with("customer", customer)
            .with("message", invited);
        let store = house.app.store();
        store.commit(vec![Work::of(store.act("task"), vec![change])]).await.unwrap();
    }
    house.takes_in(&mail("m2", "REQUEST", &invitation(1, "20261204T1"))).await;
    house.sees_all("show K1", &["Fri 4 Dec 2026, 14:00 – 15:00"]).await;
    house.sees_all("show K2", &["Book a table"]).await;
}

#[tokio::test]
async fn a_meeting_that_is_over_is_no_task() {
    let mut house = House::start("mia").await;
    house.takes_in(&mail("m1", "REQUEST", &invitation(0, "20260303T1"))).await;
    let seen = house.sees("tasks team").await;
    assert!(!seen.contains("Meeting: Review"), "{seen}");
}

#[tokio::test]
async fn who_accepts_is_reminded_and_the_customers_calendar_hears_it() {
    let mut house = House::start("mia").await;
    house.takes_in(&mail("m1", "REQUEST", &invitation(4, "20261203T1"))).await;
    let customer = house.customer(1).await;
    let shown = newest(&house).await;
    let seen = house.sees_all(&format!("show message:{shown}"), &["Accept", "Maybe", "Decline"]).await;
    let button = seen.split('[').find_map(|part| part.split_once("] Accept")).unwrap().0.to_owned();
    house
        .sees_all(
            &button,
            &[
                "Draft to C1 Petra Novak",
                "Accepted: Review hxxp://evil.example",
                "Thu 3 Dec 2026, 14:00",
                "I will be there.",
                "Mia Tan",
            ],
        )
        .await;
    house.sees_all("1", &["leaves at"]).await;
    house.clock.advance(rapport_model::time::MINUTE);
    house.app.settle().await.unwrap();
    let sent = house.app.channels.mail.take().pop().unwrap();
    assert_eq!(sent.envelope.to, "petra@novak-cafe.example");
    let copy = house.app.store().messages_of(customer, 1).await.unwrap().remove(0);
    let told = copy.calendar.expect("the answer is a calendar's");
    assert_eq!((told.uid.as_str(), told.sequence), ("7@novak-cafe.example", 4));
    assert_eq!(told.attendees[0].address, "support@brightwater.example");
    let raw = house.app.store().raw(copy.id).await.unwrap().unwrap();
    let raw = String::from_utf8(raw).unwrap();
    assert!(raw.contains("Content-Type: text/calendar; method=REPLY; charset=utf-8"), "{raw}");
    assert!(!raw.contains("Content-Disposition"), "it stands beside the words: {raw}");
    house.sees_all("show K1", &["Meeting: Review", "Thu 3 Dec 2026, 13:45"]).await;
    // Called off, nobody waits for an answer any more.
    house.takes_in(&mail("m2", "CANCEL", &invitation(5, "20261203T1"))).await;
    house.sees_all(&format!("decline message:{shown}"), &["was called off"]).await;
}

#[tokio::test]
async fn who_declines_in_words_of_their_own_has_nothing_left_to_do() {
    let mut house = House::start("lin").await;
    house.takes_in(&mail("m1", "REQUEST", &invitation(0, "20261203T1"))).await;
    house.takes_in(&mail("m2", "REQUEST", &invitation(1, "20261204T1"))).await;
    house
        .sees_all("答复邀请 C1 不参加 那天我们不营业", &["那天我们不营业", "2026年12月4日", "Declined"])
        .await;
    house.sees_all("1", &[]).await;
    house.clock.advance(rapport_model::time::MINUTE);
    house.app.settle().await.unwrap();
    house.sees_all("show K1", &["完成"]).await;
    house.sees_all("rsvp C1", &["答复邀请"]).await;
}

#[tokio::test]
async fn one_meeting_of_a_series_is_not_the_series() {
    let mut house = House::start("mia").await;
    house.takes_in(&mail("m1", "REQUEST", &invitation(0, "20261203T1"))).await;
    let one = format!("RECURRENCE-ID:20261210T130000Z\n{}", invitation(1, "20261203T1"));
    house.takes_in(&mail("m2", "CANCEL", &one)).await;
    house.sees_all("show K1", &["Meeting: Review"]).await;
    house.sees_all("rsvp C1 yes", &["Accepted: Review"]).await;
}

#[tokio::test]
async fn nothing_is_answered_that_nobody_asked() {
    let mut house = House::with_mails("mia").await;
    house.sees_all("rsvp C1 yes", &["has not invited to a meeting"]).await;
    let past = invitation(0, "20260303T1").replace("RRULE:FREQ=WEEKLY\n", "");
    house.takes_in(&mail("m1", "REQUEST", &past)).await;
    house.sees_all("rsvp C1 yes", &["is over"]).await;
    let nobodys = invitation(0, "20261203T1").replace("ORGANIZER:mailto:petra@novak-cafe.example\n", "");
    house.takes_in(&mail("m2", "REQUEST", &nobodys.replace("Review", "Fair"))).await;
    house.sees_all("rsvp C1 maybe", &["does not say who wants the answer"]).await;
}
