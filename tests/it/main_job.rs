//! From a mail to a customer, a ticket, an alert, a search hit, and back by undo.

use rapport_model::job::Recipient;
use rapport_model::message::{Automation, Direction};
use rapport_model::reading::Intent;
use rapport_model::time::{DAY, HOUR};
use rapport_model::{Actor, Clock, Kind, RecordRef};
use rapport_storage::ingest::Fate;
use rapport_storage::undo::Refusal;

use crate::support::{Mail, TestApp};

const COMPLAINT: &str = "This is the third time that the pump leaks and nobody answers. I am very \
    disappointed with your service, this is unacceptable.";

#[tokio::test(flavor = "multi_thread")]
async fn a_complaint_becomes_a_customer_a_ticket_and_an_alert() {
    let app = TestApp::start().await;
    let fate = app
        .receives(Mail::from("Anna Novak <anna@novak-cafe.example>").says("Leaking again", COMPLAINT))
        .await;
    let Fate::Kept { message, customer: Some(customer), .. } = fate else { panic!("{fate:?}") };

    let anna = app.again(RecordRef::new(Kind::Customer, customer)).await;
    assert_eq!((anna.text("name"), anna.short().to_string().as_str()), ("Anna Novak", "C1"));
    assert!(anna.get("mood").real().unwrap() < 0.0, "{anna:?}");
    let company = app.all(Kind::Company).await;
    assert_eq!(company[0].text("name"), "Novak Cafe");

    let message = app.app.store().message(message).await.unwrap().unwrap();
    let reading = message.reading.unwrap();
    assert_eq!(reading.intent().name, Intent::Complaint);
    assert!(reading.why.iter().any(|w| w.about == "complaint" && !w.words.is_empty()), "{:?}", reading.why);

    let tickets = app.all(Kind::Ticket).await;
    assert_eq!(tickets.len(), 1);
    assert_eq!((tickets[0].text("title"), tickets[0].text("status")), ("Leaking again", "open"));
    assert_eq!(tickets[0].get("customer").id(), Some(customer));

    // Nobody looks after Anna yet, so the manager is told, once, with the ticket's number.
    let notices = app.notices();
    let ruth = Recipient::User(app.user("ruth").id);
    let complaints: Vec<_> = notices.iter().filter(|n| n.message.text == "alert_complaint").collect();
    assert_eq!(complaints.len(), 1, "{notices:?}");
    assert_eq!((complaints[0].message.to, complaints[0].envelope.about.as_deref()), (ruth, Some("T1")));

    let found = app.search("pump leaks").await;
    assert_eq!(found.found[0].record, RecordRef::new(Kind::Message, message.id));
    let named: Vec<Kind> = app.search("novak").await.found.iter().map(|f| f.record.kind).collect();
    assert!(named.contains(&Kind::Customer) && named.contains(&Kind::Company), "{named:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rep_who_answers_looks_after_the_customer_and_the_ticket_waits() {
    let app = TestApp::start().await;
    app.receives(Mail::from("anna@novak-cafe.example").id("a1").says("Leaking again", COMPLAINT)).await;
    app.advance(HOUR).await;
    let answer = Mail::from("Mia Tan <mia@brightwater.example>")
        .to("anna@novak-cafe.example")
        .id("b1")
        .answers("a1")
        .says("Re: Leaking again", "I am sorry. A technician comes tomorrow at 9.");
    let fate = app.receives(answer).await;
    let Fate::Kept { new_thread: false, customer: Some(customer), .. } = fate else { panic!("{fate:?}") };

    let anna = app.again(RecordRef::new(Kind::Customer, customer)).await;
    assert_eq!(anna.get("owner").id(), Some(app.user("mia").id));
    assert_eq!((anna.get("n_in").int(), anna.get("n_out").int()), (Some(1), Some(1)));
    let ticket = app.all(Kind::Ticket).await.remove(0);
    assert_eq!(ticket.text("status"), "pending");
    assert!(!ticket.get("first_answer_at").is_null());
    assert_eq!(ticket.get("owner").id(), Some(app.user("mia").id), "whoever answers has the ticket");

    app.receives(
        Mail::from("anna@novak-cafe.example").answers("b1").says("Re: Leaking again", "It still leaks."),
    )
    .await;
    let ticket = app.all(Kind::Ticket).await;
    assert_eq!((ticket.len(), ticket[0].text("status")), (1, "open"), "the same ticket is open again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_for_a_price_becomes_a_lead_with_a_task_tomorrow_at_nine() {
    let app = TestApp::start().await;
    let body = "Could you please send us a quote for 20 AquaPro filters? What discount do you offer?";
    app.receives(Mail::from("Ben Li <ben@hotel.example>").says("Price for 20 filters", body)).await;
    let ben = app.all(Kind::Customer).await.remove(0);
    assert_eq!(ben.text("lifecycle"), "lead");
    let deal = app.all(Kind::Deal).await.remove(0);
    assert_eq!((deal.text("stage"), deal.get("customer").id()), ("new", Some(ben.record.id)));
    let task = app.all(Kind::Task).await.remove(0);
    assert_eq!(task.get("due").time().unwrap().to_string(), "2026-03-05T08:00:00Z", "09:00 in Berlin");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_machines_write_starts_nothing() {
    let app = TestApp::start().await;
    let away = Mail::from("anna@novak-cafe.example")
        .header("Auto-Submitted: auto-replied")
        .says("Out of office", "I am away. This is unacceptable, I want my money back.");
    let fate = app.receives(away).await;
    let Fate::Kept { customer: None, automation, .. } = fate else { panic!("{fate:?}") };
    assert_ne!(automation, Automation::None);
    for kind in [Kind::Customer, Kind::Company, Kind::Ticket, Kind::Task, Kind::Deal] {
        assert!(app.all(kind).await.is_empty(), "{kind}");
    }
    assert!(app.notices().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_message_twice_is_one_message() {
    let app = TestApp::start().await;
    let mail = Mail::from("anna@novak-cafe.example").id("a1").says("Leaking", COMPLAINT);
    let sent = app.clock.now();
    let Fate::Kept { message, .. } = app.arrives(mail.bytes(sent)).await else { panic!() };
    app.advance(HOUR).await;
    let rerouted = mail.header("X-Other-Route: yes").header("Delivered-To: sales");
    assert_eq!(app.arrives(rerouted.bytes(sent)).await, Fate::Duplicate { of: message });
    app.settle().await;
    assert_eq!(app.all(Kind::Ticket).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_arrives_before_its_question_joins_it() {
    let app = TestApp::start().await;
    let late = Mail::from("anna@novak-cafe.example").id("a2").answers("a1").says("Re: Filters", "Any news?");
    let Fate::Kept { thread, new_thread: true, .. } = app.receives(late).await else { panic!() };
    let first = Mail::from("anna@novak-cafe.example").id("a1").says("Filters", "Do you sell filters?");
    let Fate::Kept { thread: joined, new_thread: false, .. } = app.receives(first).await else { panic!() };
    assert_eq!(joined, thread);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_automatic_act_can_be_undone_and_an_overtaken_one_cannot() {
    let app = TestApp::start().await;
    app.receives(Mail::from("anna@novak-cafe.example").id("a1").says("Leaking again", COMPLAINT)).await;
    let ticket = app.all(Kind::Ticket).await.remove(0).record;
    let store = app.app.store();
    let mia = Actor::User(app.user("mia").id);

    let opened = store.history(ticket).await.unwrap().remove(0);
    assert!(matches!(&opened.act.actor, Actor::Rule(_)), "{:?}", opened.act.actor);
    let cause = store.event(opened.act.cause.unwrap()).await.unwrap().unwrap();
    assert_eq!(cause.about.unwrap().kind, Kind::Message, "the event says which message led to it");

    store.undo(opened.act.id, mia.clone()).await.unwrap().unwrap();
    assert!(app.all(Kind::Ticket).await.is_empty());
    assert_eq!(store.undo(opened.act.id, mia.clone()).await.unwrap(), Err(Refusal::AlreadyUndone));

    // An undo is an act like any other.
    let undo = store.history(ticket).await.unwrap().pop().unwrap();
    store.undo(undo.act.id, mia.clone()).await.unwrap().unwrap();
    assert_eq!(app.all(Kind::Ticket).await.len(), 1);

    // What later changes rest on stays: the mood was moved on by the second mail.
    let anna = app.all(Kind::Customer).await.remove(0).record;
    let recorded =
        store.history(anna).await.unwrap().into_iter().find(|e| e.change.after("mood").is_some()).unwrap();
    app.receives(
        Mail::from("anna@novak-cafe.example").answers("a1").says("Re: Leaking", "Thank you, great help!"),
    )
    .await;
    assert!(matches!(
        store.undo(recorded.act.id, mia).await.unwrap(),
        Err(Refusal::ChangedSince { record, .. }) if record == anna
    ));
    app.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_house_mail_makes_no_customer_but_its_answer_does() {
    let app = TestApp::start().await;
    let out =
        Mail::from("mia@brightwater.example").to("new@lab.example").id("o1").says("Hello", "Shall we talk?");
    let Fate::Kept { customer: None, thread, .. } = app.receives(out).await else { panic!() };
    assert!(app.all(Kind::Customer).await.is_empty());
    let back =
        Mail::from("New Person <new@lab.example>").answers("o1").says("Re: Hello", "Yes, on Friday at 10.");
    let Fate::Kept { customer: Some(_), thread: same, message, .. } = app.receives(back).await else {
        panic!()
    };
    assert_eq!(same, thread);
    let message = app.app.store().message(message).await.unwrap().unwrap();
    assert_eq!(message.direction, Direction::In);
    let entities = message.reading.unwrap().entities;
    assert!(entities.iter().any(|e| e.value == "2026-03-06T10:00"), "{entities:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn managers_get_a_digest_each_working_day_and_an_alarm_when_it_storms() {
    let app = TestApp::start().await;
    for day in 0..9 {
        let from = format!("quiet{day}@customer.example");
        app.receives(
            Mail::from(&from).id(&format!("q{day}")).says("Question", "How do I change the filter?"),
        )
        .await;
        app.advance(DAY).await;
    }
    let digests = app.notices().iter().filter(|n| n.message.text == "digest").count();
    assert_eq!(digests, 7, "seven working days from Wednesday to the Friday after next");
    for i in 0..12 {
        let from = format!("angry{i}@customer.example");
        app.receives(Mail::from(&from).says("Leaking", COMPLAINT)).await;
    }
    app.advance(3 * HOUR).await;
    let alarms: Vec<_> =
        app.notices().into_iter().filter(|n| n.message.text.starts_with("alert_anomaly")).collect();
    assert_eq!(alarms.len(), 2, "volume and mood, each once a day: {alarms:?}");
    app.advance(DAY).await;
}
