//! Whatever happens to the processes, nobody is written to twice.

use std::collections::BTreeSet;

use rapport_model::time::MINUTE;

use super::{Seat, environment, house};
use crate::support::{Database, TestApp};

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
