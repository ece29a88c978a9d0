//! Retention: what has outlived its time is forgotten, and what somebody may still need is not.

use rapport_model::retention::Kept;
use rapport_model::time::{DAY, HOUR};
use rapport_model::{Change, Kind, Record, RecordRef, Value};

use crate::campaigns::Seat;
use crate::support::{Mail, TestApp, rules_without_schedules};

const RETENTION: &str = "RAPPORT__RETENTION";
const SCHEDULE: &str = r#"
[[schedule]]
name = "retention"
cron = "10 3 * * *"
missed = "once"
does = "retention"
"#;

/// A house that keeps some things for a time, and forgets each night.
async fn house(times: &str) -> TestApp {
    let rules = format!("{}{SCHEDULE}", rules_without_schedules());
    let set: Vec<(&str, &str)> = if times.is_empty() { Vec::new() } else { vec![(RETENTION, times)] };
    TestApp::start_set(Some(&rules), &set).await
}

async fn writes(app: &TestApp, name: &str, id: &str) {
    let from = format!("{name} <{}@firm.example>", name.to_lowercase());
    let mail = Mail::from(&from).id(id).with_file("plan.pdf", "a plan");
    app.receives(mail.says("The plan", "Here is the walrus plan, as you wished.")).await;
}

async fn customer(app: &TestApp, name: &str) -> Record {
    app.all(Kind::Customer).await.into_iter().find(|c| c.text("name") == name).unwrap()
}

async fn sets(app: &TestApp, record: &Record, field: &str, to: impl Into<Value>) {
    let change = Change::update(record.record).set(field, record.get(field).clone(), to);
    app.changes(vec![change]).await;
}

async fn has_ticket(app: &TestApp, customer: &Record, title: &str) -> RecordRef {
    let ticket = RecordRef::new(Kind::Ticket, app.app.store().new_id());
    let opened = Change::create(ticket)
        .with("title", title)
        .with("customer", customer.record.id)
        .with("status", "open")
        .with("priority", "normal")
        .with("opened_at", app.now());
    app.changes(vec![opened]).await;
    ticket
}

async fn closes(app: &TestApp, ticket: RecordRef) {
    let closed = Change::update(ticket).set("status", "open", "closed");
    app.changes(vec![closed.set("closed_at", Value::Null, app.now())]).await;
}

/// What the store holds of messages: mails and their files.
async fn held(app: &TestApp) -> (usize, usize) {
    let (mut mails, mut files) = (0, 0);
    for customer in app.all(Kind::Customer).await {
        for message in app.app.store().messages_of(customer.record.id, 100).await.unwrap() {
            mails += 1;
            files += app.app.store().attachments(message.id).await.unwrap().len();
        }
    }
    (mails, files)
}

#[tokio::test(flavor = "multi_thread")]
async fn without_times_everything_stays() {
    let app = house("").await;
    writes(&app, "Ann", "a").await;
    app.advance(400 * DAY).await;
    assert_eq!(held(&app).await, (1, 1));
    assert_eq!(app.app.store().forgotten().await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_go_before_their_mails_and_both_leave_a_fact_that_names_nobody() {
    let app = house("{ attachments = '30 days', messages = '3 months' }").await;
    writes(&app, "Ann", "a").await;
    app.advance(20 * DAY).await;
    writes(&app, "Ann", "b").await;
    assert_eq!(held(&app).await, (2, 2));
    app.advance(11 * DAY).await;
    assert_eq!(held(&app).await, (2, 1), "the text of a mail stays longer than its file");
    app.advance(70 * DAY).await;
    assert_eq!(held(&app).await, (1, 0));
    assert_eq!(app.search("walrus").await.found.len(), 1, "nor does the index know it any more");
    let integrity = app.app.store().integrity().await.unwrap();
    assert!(integrity.is_whole(), "{integrity:?}");
    let facts: Vec<(Kept, i64)> =
        app.app.store().forgotten().await.unwrap().iter().map(|fact| (fact.kind, fact.n)).collect();
    assert_eq!(facts, [(Kept::Messages, 1), (Kept::Attachments, 1), (Kept::Attachments, 1)]);
    // It is in the ledger, so a mail server that still has it brings nothing back.
    let again = Mail::from("Ann <ann@firm.example>").id("a").with_file("plan.pdf", "a plan");
    let old = again.says("The plan", "Here is the walrus plan, as you wished.");
    app.arrives(old.bytes(app.now().plus(-101 * DAY))).await;
    app.settle().await;
    assert_eq!(held(&app).await, (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_may_still_need_is_not_forgotten() {
    let app = house("{ messages = '1 month' }").await;
    for (name, id) in [("Ann", "a"), ("Ben", "b"), ("Cleo", "c"), ("Dan", "d"), ("Eve", "e")] {
        writes(&app, name, id).await;
    }
    let mut ruth = Seat::of(&app, "ruth");
    let number = async |name: &str| customer(&app, name).await.short().to_string();
    let seen = ruth.types(&format!("privacy hold {}", number("Ann").await)).await;
    assert!(seen.contains("is kept, however old it is"), "{seen}");
    ruth.types(&format!("privacy restrict {}", number("Ben").await)).await;
    has_ticket(&app, &customer(&app, "Cleo").await, "The plan is wrong").await;
    let deal = Change::create(RecordRef::new(Kind::Deal, app.app.store().new_id()));
    let dan = customer(&app, "Dan").await.record.id;
    app.changes(vec![deal.with("customer", dan).with("title", "A plan").with("stage", "lead")]).await;
    app.advance(60 * DAY).await;
    let mut kept = Vec::new();
    for name in ["Ann", "Ben", "Cleo", "Dan", "Eve"] {
        let id = customer(&app, name).await.record.id;
        if !app.app.store().messages_of(id, 10).await.unwrap().is_empty() {
            kept.push(name);
        }
    }
    assert_eq!(kept, ["Ann", "Ben", "Cleo", "Dan"]);
    ruth.types(&format!("privacy unhold {}", number("Ann").await)).await;
    app.advance(DAY).await;
    let ann = customer(&app, "Ann").await.record.id;
    assert_eq!(app.app.store().messages_of(ann, 10).await.unwrap().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_who_were_lost_long_ago_are_erased() {
    let app = house("{ customers = '6 months' }").await;
    writes(&app, "Ann", "a").await;
    writes(&app, "Ben", "b").await;
    let (ann, ben) = (customer(&app, "Ann").await, customer(&app, "Ben").await);
    sets(&app, &ann, "lifecycle", "lost").await;
    app.advance(150 * DAY).await;
    assert_eq!(app.app.store().erasures().await.unwrap().len(), 0);
    app.advance(60 * DAY).await;
    let proofs = app.app.store().erasures().await.unwrap();
    assert_eq!(proofs.iter().map(|proof| proof.customers.clone()).collect::<Vec<_>>(), [[ann.number]]);
    assert_eq!(app.again(ann.record).await.text("name"), "");
    assert_eq!(app.again(ben.record).await.text("name"), "Ben", "he is no lost customer");
    assert_eq!(app.app.store().forgotten().await.unwrap()[0].kind, Kept::Customers);
}

#[tokio::test(flavor = "multi_thread")]
async fn closed_tickets_lose_their_words_and_the_journal_stays_whole() {
    let app = house("{ tickets = '1 month', figures = '1 month' }").await;
    writes(&app, "Ann", "a").await;
    let ann = customer(&app, "Ann").await;
    let one = has_ticket(&app, &ann, "The walrus plan is wrong").await;
    let other = has_ticket(&app, &ann, "The seal plan is wrong").await;
    closes(&app, one).await;
    app.advance(40 * DAY).await;
    assert_eq!(app.all(Kind::Ticket).await.len(), 2, "Ann has an open one still");
    closes(&app, other).await;
    app.advance(40 * DAY).await;
    assert_eq!(app.all(Kind::Ticket).await.len(), 0);
    assert_eq!(app.again(one).await.text("title"), "");
    let history = Seat::of(&app, "ruth").types("history T1").await;
    assert!(!history.contains("walrus"), "{history}");
    let audit = app.app.store().audit().await.unwrap();
    assert_eq!(audit.faults, [], "{audit:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_tells_how_much_and_how_old_and_forgets_nothing() {
    let app = house("{ messages = '1 month', customers = '2 years' }").await;
    writes(&app, "Ann", "a").await;
    let came = app.now();
    app.advance(HOUR).await;
    app.clock.set(app.now().plus(60 * DAY));
    let told = app.app.workflows.outlived(app.now()).await.unwrap();
    let told: Vec<_> = told.iter().map(|(kind, _, found)| (*kind, found.n, found.oldest)).collect();
    assert_eq!(told, [(Kept::Customers, 0, None), (Kept::Messages, 1, Some(came)), (Kept::Reads, 0, None)]);
    assert_eq!(held(&app).await, (1, 1));
    app.settle().await;
    assert_eq!(held(&app).await, (0, 0));
}
