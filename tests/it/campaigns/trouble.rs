//! Whatever happens to the processes, nobody is written to twice.

use std::collections::BTreeSet;

use rapport_model::Kind;
use rapport_model::message::ChannelKind;
use rapport_model::time::MINUTE;
use tokio::time::{Duration, Instant};

use super::{Seat, environment, house};
use crate::support::{Database, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_died_in_the_midst_goes_on_and_sends_nothing_blindly_again() {
    let limits = "{ per_hour = 30 }";
    let app = house(None, limits).await;
    app.knows(50, "[\"vip\"]").await;
    let mut ruth = Seat::of(&app, "ruth");
    ruth.starts("spring check_in to tag:vip").await;
    while app.app.store().outbox(99).await.unwrap().is_empty() {
        app.app.workflows.run_due().await.unwrap();
    }
    // It dies with a job in hand and three mails on their way: whether they left nobody knows.
    app.app.store().claim("timed", 10).await.unwrap();
    let lost = app.app.store().claim_outbox(ChannelKind::Email, 3).await.unwrap();
    assert_eq!(lost.len(), 3);
    let app = app.dies(&environment(limits)).await;
    for _ in 0..10 {
        app.advance(30 * MINUTE).await;
    }
    let to: BTreeSet<String> = app.written_to().into_iter().collect();
    assert_eq!((to.len(), app.outgoing().len()), (47, 47));
    let stuck = app.app.store().unsent(99).await.unwrap();
    let mut unknown: Vec<_> = stuck.iter().map(|one| (one.message.id, one.state.as_str())).collect();
    let mut expected: Vec<_> = lost.iter().map(|mail| (mail.id, "unknown")).collect();
    unknown.sort();
    expected.sort();
    assert_eq!(unknown, expected, "a person sees them");
    assert_eq!(app.all(Kind::Campaign).await[0].text("state"), "done");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes a minute: run by tests/run --full"]
async fn a_hundred_thousand_are_looked_through_and_found_in_portions() {
    let app = house(None, "").await;
    for _ in 0..100 {
        app.knows(1_000, "[\"vip\"]").await;
    }
    let mut ruth = Seat::of(&app, "ruth");
    let began = Instant::now();
    let shown = ruth.types("campaign new spring check_in to tag:vip").await;
    println!("looked through in {:.1?}", began.elapsed());
    assert!(shown.contains("100,000 of 100,000 customers now"), "{shown}");
    ruth.presses("Start").await;
    ruth.presses("Start").await;
    let (began, mut longest, mut n) = (Instant::now(), Duration::ZERO, 0);
    while app.app.store().outbox(1).await.unwrap().is_empty() {
        let one = Instant::now();
        app.app.workflows.run_due().await.unwrap();
        (longest, n) = (longest.max(one.elapsed()), n + 1);
    }
    println!("found in {:.1?}, {n} portions, the longest {longest:.1?}", began.elapsed());
    assert!(n > 100 && longest < Duration::from_secs(2), "{n} portions, the longest {longest:.1?}");
    let began = Instant::now();
    let shown = ruth.types("campaign results P1").await;
    println!("counted in {:.1?}", began.elapsed());
    assert!(shown.contains("recipients: 100,000"), "{shown}");
    ruth.types("campaign stop P1").await;
}

async fn neighbour(app: &TestApp, database: &Database, limits: &str) -> TestApp {
    // A process that is not heard of for an hour loses its number to the next that starts.
    app.app.store().keep_number().await.unwrap();
    app.neighbour_on(&database.url(), &environment(limits)).await
}

/// So many hours pass for both, which work side by side.
async fn hours_pass(app: &TestApp, other: &TestApp, hours: usize) {
    for _ in 0..hours * 2 {
        app.clock.advance(30 * MINUTE);
        for one in [app, other] {
            one.app.store().keep_number().await.unwrap();
        }
        let (a, b) = tokio::join!(app.app.settle(), other.app.settle());
        a.unwrap();
        b.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_and_one_that_died_write_to_everybody_once() {
    let Some(database) = Database::new(&[]).await else { return };
    let app = house(Some(&database.url()), "{ per_hour = 30 }").await;
    app.knows(50, "[\"vip\"]").await;
    let mut ruth = Seat::of(&app, "ruth");
    ruth.starts("spring check_in to tag:vip").await;
    // A process claims the job and is never heard of again.
    assert_eq!(app.app.store().claim("timed", 10).await.unwrap().len(), 1);
    let other = neighbour(&app, &database, "{ per_hour = 30 }").await;
    hours_pass(&app, &other, 30).await;
    let mut to = app.written_to();
    to.extend(other.written_to());
    let different: BTreeSet<&String> = to.iter().collect();
    assert_eq!((to.len(), different.len()), (50, 50));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_by_one_process_holds_in_the_other() {
    let Some(database) = Database::new(&[]).await else { return };
    let app = house(Some(&database.url()), "{ per_hour = 5 }").await;
    app.knows(20, "[\"vip\"]").await;
    let other = neighbour(&app, &database, "{ per_hour = 5 }").await;
    let mut ruth = Seat::of(&app, "ruth");
    ruth.starts("spring check_in to tag:vip").await;
    while app.app.store().outbox(20).await.unwrap().is_empty() {
        app.app.workflows.run_due().await.unwrap();
    }
    ruth.types("campaign stop P1").await;
    hours_pass(&app, &other, 30).await;
    assert_eq!(app.written_to().len() + other.written_to().len(), 0);
}
