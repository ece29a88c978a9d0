//! Deadlines of tickets: told once, in business time, and stopped by people alone. And how customers
//! are asked what they think when a ticket is settled.

use rapport::channel::Sent;
use rapport::http::links::Link;
use rapport_model::event::What;
use rapport_model::job::Recipient;
use rapport_model::time::{DAY, HOUR, MINUTE};
use rapport_model::{Change, Kind, RecordRef, Timestamp, Value};
use rapport_storage::work::Work;

use crate::support::{Browser, Mail, SERVED, TestApp, rules_without_schedules};

/// From nine to five on weekdays; tests begin on a Wednesday at nine.
const HOURS: (&str, &str) = ("RAPPORT__HOURS__DEFAULT", "{ mon-fri = ['09:00-17:00'] }");
const COMPLAINT: &str = "The pump is broken again and nobody answers. This is unacceptable!";

/// The texts about deadlines that colleagues got since the last call, with to whom.
fn told(app: &TestApp) -> Vec<(String, String)> {
    let of = |sent: Sent| {
        let Recipient::User(user) = sent.message.to else { panic!("{sent:?}") };
        let handle = app.app.workflows.user(user).unwrap().handle.clone();
        (sent.message.text, handle)
    };
    let about = |(text, _): &(String, String)| matches!(text.as_str(), "ticket_due" | "alert_overdue");
    let mut told: Vec<_> = app.notices().into_iter().map(of).filter(about).collect();
    told.sort();
    told
}

fn pair(text: &str, handle: &str) -> (String, String) {
    (text.to_owned(), handle.to_owned())
}

async fn complains(app: &TestApp) -> RecordRef {
    app.receives(Mail::from("Petra <petra@cafe.example>").id("q").says("Pump broken", COMPLAINT)).await;
    app.all(Kind::Ticket).await.remove(0).record
}

async fn answers(app: &TestApp) {
    let answer =
        Mail::from("Mia Tan <mia@brightwater.example>").to("petra@cafe.example").id("a").answers("q");
    app.receives(answer.says("Re: Pump broken", "I am sorry. A technician comes tomorrow at 9.")).await;
}

async fn set(app: &TestApp, record: RecordRef, field: &str, value: impl Into<Value>) {
    let store = app.app.store();
    let before = app.again(record).await.get(field).clone();
    let change = Change::update(record).set(field, before, value);
    store.commit(vec![Work::of(store.act("test"), vec![change])]).await.unwrap();
    app.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_a_ticket_is_warned_and_of_a_breach_the_managers_learn_too_once() {
    let app = TestApp::start_set(Some(rules_without_schedules()), &[HOURS]).await;
    let ticket = complains(&app).await;
    set(&app, ticket, "owner", app.user("mia").id).await;
    app.advance(6 * HOUR - MINUTE).await;
    assert_eq!(told(&app), []);
    app.advance(MINUTE).await;
    assert_eq!(told(&app), [pair("ticket_due", "mia")]);
    app.advance(2 * HOUR - MINUTE).await;
    assert_eq!(told(&app), []);
    app.advance(MINUTE).await;
    assert_eq!(told(&app), [pair("alert_overdue", "mia"), pair("alert_overdue", "ruth")]);
    // A week of work ends on Tuesday at five; three quarters of it on Monday at three.
    app.advance(4 * DAY + 21 * HOUR).await;
    assert_eq!(told(&app), []);
    app.advance(HOUR).await;
    assert_eq!(told(&app), [pair("ticket_due", "mia")]);
    app.advance(30 * DAY).await;
    assert_eq!(told(&app), [pair("alert_overdue", "mia"), pair("alert_overdue", "ruth")]);
    let events = app.app.store().events_about(ticket).await.unwrap();
    let levels = events.iter().filter(|e| matches!(e.what, What::ServiceLevel(_))).count();
    assert_eq!(levels, 4, "{events:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_stops_the_clock_and_a_machine_does_not() {
    let write = "[[rule]]\nname = \"acknowledge\"\nwhen = { first_message = true }\n\
                 do = [{ write = \"acknowledgement\" }]\n";
    let rules = format!("{}\n{write}", rules_without_schedules());
    let app = TestApp::start_set(Some(&rules), &[HOURS]).await;
    complains(&app).await;
    assert_eq!(app.outgoing().len(), 1, "the machine has answered");
    app.advance(6 * HOUR).await;
    assert_eq!(told(&app), [pair("ticket_due", "ruth")]);
    answers(&app).await;
    app.advance(60 * DAY).await;
    assert_eq!(told(&app), [], "it was answered in time, and waits for the customer");
    // She writes after two months: the time goes on where it stood, five days less six hours.
    app.receives(Mail::from("petra@cafe.example").id("q2").answers("a").says("Re: Pump", COMPLAINT)).await;
    app.advance(14 * DAY).await;
    let told = told(&app);
    assert_eq!(
        told,
        [pair("alert_overdue", "mia"), pair("alert_overdue", "ruth"), pair("ticket_due", "mia")]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn after_downtime_a_breach_is_told_without_its_warning_and_a_rule_may_react() {
    let rule = "[[rule]]\nname = \"missed\"\non = \"service_level\"\n\
                when = { level = \"breached\", goal = \"first_response\" }\n\
                do = [{ task = \"task_overdue\", due = \"1h\" }]\n";
    let rules = format!("{}\n{rule}", rules_without_schedules());
    let app = TestApp::start_set(Some(&rules), &[HOURS]).await;
    complains(&app).await;
    app.notices();
    // Nobody is there for a day; then the clock is set back by some hours.
    app.clock.advance(DAY);
    app.settle().await;
    assert_eq!(told(&app), [pair("alert_overdue", "ruth")]);
    app.clock.advance(-5 * HOUR);
    app.settle().await;
    app.advance(8 * HOUR).await;
    assert_eq!(told(&app), [], "it is told once");
    let tasks = app.all(Kind::Task).await;
    assert_eq!(tasks.len(), 1, "{tasks:?}");
    assert!(tasks[0].text("title").contains("Petra"), "{tasks:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_put_off_or_made_more_urgent_is_due_anew() {
    let level =
        "[[service_level]]\nname = \"now\"\nwhen = { priority = \"urgent\" }\nfirst_response = \"1h\"\n";
    let rules =
        rules_without_schedules().replacen("[[service_level]]", &format!("{level}[[service_level]]"), 1);
    let app = TestApp::start_set(Some(&rules), &[HOURS]).await;
    let ticket = complains(&app).await;
    let until = Timestamp::parse("2026-03-06T09:00:00+01:00").unwrap();
    set(&app, ticket, "priority", "normal").await;
    set(&app, ticket, "snoozed_until", until).await;
    app.advance(2 * DAY).await;
    assert_eq!(told(&app), []);
    set(&app, ticket, "priority", "urgent").await;
    app.advance(HOUR).await;
    assert_eq!(told(&app), [pair("alert_overdue", "ruth"), pair("ticket_due", "ruth")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_level_for_a_mailbox_that_is_not_there_is_refused() {
    let rules = "[[service_level]]\nname = \"s\"\nwhen = { mailbox = \"suport\" }\nfirst_response = \"1h\"\n";
    let dir = tempfile::TempDir::new().unwrap();
    std::fs::create_dir(dir.path().join("rules")).unwrap();
    std::fs::write(dir.path().join("rules/rules.toml"), rules).unwrap();
    std::fs::write(dir.path().join("holidays.ics"), "BEGIN:VEVENT\nDTSTART:20260231\nEND:VEVENT\n").unwrap();
    let hours = "[hours.default]\nholidays = 'holidays.ics'\nmon-fri = '09:00-17:00'\n";
    std::fs::write(dir.path().join("rapport.toml"), hours).unwrap();
    let output = crate::support::Program::on(dir.path()).run(&["check"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(!output.status.success() && said.contains("there is no mailbox `suport`"), "{said}");
    assert!(said.contains("holidays.ics:2: there is no day `20260231`"), "{said}");
}

async fn house_that_asks() -> TestApp {
    let rule = "[[rule]]\nname = \"ask_rating\"\non = \"ticket_closed\"\ndo = [{ ask = \"rating\" }]\n";
    let rules = format!("{}\n{rule}", rules_without_schedules());
    TestApp::start_set(Some(&rules), &SERVED).await
}

/// The mails that ask for a rating, their lines unfolded.
fn asked(app: &TestApp) -> Vec<String> {
    let plain = |raw: String| raw.replace("\r\n ", " ").replace("=\r\n", "").replace("=3D", "=");
    app.outgoing().into_iter().map(plain).filter(|mail| mail.contains("How did we do?")).collect()
}

async fn closes(app: &TestApp, ticket: RecordRef) {
    let store = app.app.store();
    let now = app.again(ticket).await;
    let change = Change::update(ticket).set("status", now.get("status").clone(), "closed").set(
        "closed_at",
        now.get("closed_at").clone(),
        store.clock().now(),
    );
    store.commit(vec![Work::of(store.act("test"), vec![change])]).await.unwrap();
    app.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_helped_is_asked_once_how_it_was_and_the_link_leads_to_the_stars() {
    let app = house_that_asks().await;
    let browser = Browser::of(&app).await;
    let ticket = complains(&app).await;
    answers(&app).await;
    closes(&app, ticket).await;
    app.advance(HOUR - MINUTE).await;
    assert_eq!(asked(&app).len(), 0, "who closed it by mistake can take it back");
    app.advance(MINUTE).await;
    let [mail] = &asked(&app)[..] else { panic!("{:?}", app.outgoing()) };
    for part in ["To: Petra <petra@cafe.example>", "List-Unsubscribe: ", "Rate us here: ", "Mia Tan"] {
        assert!(mail.contains(part), "{part} is missing in\n{mail}");
    }
    let (_, link) = mail.split_once("Rate us here: https://crm.brightwater.example").unwrap();
    let path = link.split_whitespace().next().unwrap();
    assert_eq!(browser.posts(path, "score=5&comment=Thanks").await.status, 200);
    let rating = app.all(Kind::Rating).await.remove(0);
    let mia = app.user("mia").id;
    assert_eq!((rating.get("ticket").id(), rating.get("owner").id()), (Some(ticket.id), Some(mia)));

    // Opened again and settled again within thirty days, she is not asked again.
    set(&app, ticket, "status", "open").await;
    app.advance(DAY).await;
    closes(&app, ticket).await;
    app.advance(2 * HOUR).await;
    assert_eq!(asked(&app).len(), 1);
    set(&app, ticket, "status", "open").await;
    app.advance(30 * DAY).await;
    closes(&app, ticket).await;
    app.advance(2 * HOUR).await;
    assert_eq!(asked(&app).len(), 2);
    browser.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_in_the_answer_is_a_rating_once() {
    let app = house_that_asks().await;
    let ticket = complains(&app).await;
    answers(&app).await;
    let answer = async |id: &str, says: &str| {
        let mail = Mail::from("Petra <petra@cafe.example>").id(id).answers("a");
        app.receives(mail.says("Re: Pump broken", says)).await;
        app.all(Kind::Rating).await
    };
    assert_eq!(answer("b", "5, but that was not asked for").await.len(), 0);
    closes(&app, ticket).await;
    app.advance(2 * HOUR).await;
    assert_eq!(asked(&app).len(), 1);
    assert_eq!(answer("c", "2 pumps are broken now").await.len(), 0);
    let ratings = answer("d", "4 out of 5, quick and friendly").await;
    let [rating] = &ratings[..] else { panic!("{ratings:?}") };
    assert_eq!((rating.get("score").int(), rating.text("comment")), (Some(4), "quick and friendly"));
    let mia = app.user("mia").id;
    assert_eq!((rating.get("ticket").id(), rating.get("owner").id()), (Some(ticket.id), Some(mia)));
    assert_eq!(answer("e", "1").await.len(), 1, "what was given by mail stands; the page changes it");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_not_helped_or_refuses_or_whose_ticket_is_open_again_is_not_asked() {
    let app = house_that_asks().await;
    let browser = Browser::of(&app).await;
    let ticket = complains(&app).await;
    closes(&app, ticket).await;
    app.advance(2 * HOUR).await;
    assert_eq!(asked(&app).len(), 0, "nobody answered her");
    set(&app, ticket, "status", "open").await;
    answers(&app).await;
    closes(&app, ticket).await;
    set(&app, ticket, "status", "open").await;
    app.advance(2 * HOUR).await;
    assert_eq!(asked(&app).len(), 0, "it was closed by mistake");
    let customer = app.again(ticket).await.get("customer").id().unwrap();
    let preferences = Link::Preferences(customer).path(app.app.store());
    browser.posts(&preferences, "language=en&answer=on&follow_up=on&news=on").await;
    closes(&app, ticket).await;
    app.advance(2 * HOUR).await;
    assert_eq!(asked(&app).len(), 0, "she wants no surveys");
    browser.ends().await;
}
