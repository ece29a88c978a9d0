//! Promises: followed as tasks, told of when they are due, closed when they are kept.

use rapport_model::job::Recipient;
use rapport_model::time::{DAY, HOUR};
use rapport_model::{Kind, Record};

use crate::support::{Mail, TestApp};

async fn asked() -> TestApp {
    let app = TestApp::start_without_schedules().await;
    let ask = "What would 20 filters cost us? Please send a quote.";
    app.receives(Mail::from("Ben Li <ben@hotel.example>").id("q").says("Price for 20 filters", ask)).await;
    app.advance(HOUR).await;
    app
}

fn mia(id: &str, answers: &str) -> Mail {
    Mail::from("Mia Tan <mia@brightwater.example>").to("ben@hotel.example").id(id).answers(answers)
}

fn ben(id: &str, answers: &str) -> Mail {
    Mail::from("Ben Li <ben@hotel.example>").id(id).answers(answers)
}

/// The tasks of promises, oldest first.
async fn promised(app: &TestApp) -> Vec<Record> {
    let mut tasks = app.all(Kind::Task).await;
    tasks.retain(|task| !task.get("promise").is_null());
    tasks
}

fn is_open(task: &Record) -> bool {
    task.get("done_at").is_null()
}

/// How often Mia was told that this task is due.
fn told(app: &TestApp, number: &str) -> usize {
    let mia = Recipient::User(app.user("mia").id);
    let says = |subject: &str| subject.starts_with("Due now") && subject.contains(number);
    app.notices().iter().filter(|sent| sent.message.to == mia && says(&sent.message.subject)).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_we_promise_is_a_task_that_the_mail_closes_which_keeps_it() {
    let app = asked().await;
    app.receives(mia("a", "q").says("Re: Price", "Hello Ben, I will send you the quote tomorrow.")).await;
    let tasks = promised(&app).await;
    assert_eq!(tasks.len(), 1, "{tasks:#?}");
    assert_eq!(tasks[0].text("promise"), "house");
    assert_eq!(tasks[0].get("owner").id(), Some(app.user("mia").id), "whoever promised it has it");
    assert!(tasks[0].text("title").contains("I will send you the quote tomorrow"), "{tasks:#?}");

    app.receives(mia("b", "a").says("Re: Price", "By the way, thank you for your patience.")).await;
    assert!(is_open(&promised(&app).await[0]), "a word in between keeps no promise");
    app.receives(mia("c", "b").says("Re: Price", "As promised, please find the quote attached.")).await;
    assert!(!is_open(&promised(&app).await[0]));
    app.advance(3 * DAY).await;
    let number = promised(&app).await[0].short().to_string();
    assert_eq!(told(&app, &number), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_keep_a_promise_is_reminded_and_another_day_takes_its_place() {
    let app = asked().await;
    app.receives(mia("a", "q").says("Re: Price", "Hello Ben, I will send you the quote tomorrow.")).await;
    app.advance(HOUR).await;
    app.receives(mia("b", "a").says("Re: Price", "Sorry, I will send you the quote on Friday.")).await;
    let tasks = promised(&app).await;
    assert_eq!(tasks.iter().map(is_open).collect::<Vec<_>>(), [false, true], "{tasks:#?}");
    let number = tasks[1].short().to_string();
    app.advance(7 * DAY).await;
    assert_eq!(told(&app, &number), 1);
    assert!(is_open(&promised(&app).await[1]), "only a person or a mail closes it");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_customer_promises_is_looked_at_when_its_day_is_over() {
    let app = asked().await;
    app.receives(mia("a", "q").says("Re: Price", "They cost 1,900 EUR each.")).await;
    app.receives(ben("b", "a").says("Re: Price", "Thank you. We will pay the invoice on Friday.")).await;
    let tasks = promised(&app).await;
    assert_eq!(tasks.len(), 1, "{tasks:#?}");
    assert_eq!(tasks[0].text("promise"), "customer");
    assert_eq!(tasks[0].get("owner").id(), Some(app.user("mia").id));
    // Our own mail in between keeps nobody else's promise.
    app.receives(mia("c", "b").says("Re: Price", "The filters were shipped today.")).await;
    assert!(is_open(&promised(&app).await[0]));
    app.receives(ben("d", "c").says("Re: Price", "We have paid the invoice this morning.")).await;
    assert!(!is_open(&promised(&app).await[0]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_promises_nothing_and_words_without_a_day_are_no_promise() {
    let app = asked().await;
    let away = mia("a", "q").header("Auto-Submitted: auto-replied");
    app.receives(away.says("Away", "I will answer your mail on Monday.")).await;
    app.receives(mia("b", "q").says("Re: Price", "I will send you a quote.")).await;
    assert_eq!(promised(&app).await.len(), 0);
}
