//! What goes wrong between us and Discord.

use std::time::Duration;

use rapport_model::Kind;
use rapport_model::time::SECOND;

use super::{MIA, Office, RUTH};
use crate::support::Where::{Direct, Hidden};
use crate::support::{Fault, PATIENCE, Shown};

#[tokio::test(flavor = "multi_thread")]
async fn the_same_command_twice_is_done_once() {
    let office = Office::open().await;
    let command = office.api.commands(MIA, true, "note", "text", "C1: call after four");
    office.api.sees(Hidden(MIA), "Undo").await;
    let message = office.api.says(MIA, "note C1: call before six");
    office.api.sees(Direct(MIA), "Undo").await;
    office.api.repeats("INTERACTION_CREATE", command);
    office.api.repeats("MESSAGE_CREATE", message);
    office.says(MIA, "show C1", "Petra Novak").await;
    assert_eq!(office.app.all(Kind::Note).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_while_the_connection_was_broken_is_heard_when_it_goes_on() {
    let office = Office::open().await;
    office.says(MIA, "note C1: before", "Undo").await;
    office.api.hangs_up();
    office.api.says(MIA, "note C1: meanwhile");
    office.api.commands(RUTH, true, "note", "text", "C1: and this");
    office.api.until_connected(1, 1).await;
    office.api.sees(Hidden(RUTH), "Undo").await;
    office
        .api
        .until(Direct(MIA), "sees both", |all| all.iter().filter(|s| s.says("Undo")).count() == 2)
        .await;
    office.api.asks_to_connect_again();
    office.api.until_connected(1, 2).await;
    office.says(MIA, "note C1: after", "Undo").await;
    assert_eq!(office.app.all(Kind::Note).await.len(), 4);
    assert_eq!(office.api.sessions().0, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_in_private_is_fetched_when_the_session_is_lost() {
    let office = Office::open().await;
    office.says(MIA, "note C1: before", "Undo").await;
    office.says(RUTH, "show C1", "Petra Novak").await;
    office.api.forgets();
    office.api.says(MIA, "note C1: meanwhile");
    office.api.says(MIA, "note C1: and this");
    office.api.until_connected(2, 0).await;
    office.api.until(Direct(MIA), "sees all", |all| all.iter().filter(|s| s.says("Undo")).count() == 3).await;
    let notes: Vec<String> =
        office.app.all(Kind::Note).await.iter().map(|note| note.text("body").to_owned()).collect();
    assert_eq!(notes, ["before", "meanwhile", "and this"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_while_the_service_was_away_is_heard_when_it_comes_back() {
    let mut office = Office::open().await;
    office.says(MIA, "note C1: before", "Undo").await;
    office.ends().await;
    office.api.commands(RUTH, true, "note", "text", "C1: meanwhile");
    office.serves();
    office.api.sees(Hidden(RUTH), "Undo").await;
    assert_eq!((office.app.all(Kind::Note).await.len(), office.api.sessions().1), (2, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn discord_is_told_that_we_are_there() {
    let office = Office::open().await;
    let until = tokio::time::Instant::now() + PATIENCE;
    while office.api.sessions().2 < 3 {
        assert!(tokio::time::Instant::now() < until);
        office.says(MIA, "help", "find").await;
    }
    assert_eq!((office.api.sessions().0, office.api.sessions().1), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_whose_token_is_over_comes_in_private() {
    let office = Office::open().await;
    office.api.lets_tokens_end();
    office.api.commands(MIA, true, "show", "text", "C1");
    office.api.sees(Direct(MIA), "petra@novak-cafe.example").await;
    assert!(office.api.shown(Hidden(MIA)).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_may_have_arrived_is_shown_once() {
    let office = Office::open().await;
    office.says(MIA, "help", "find").await;
    office.api.fails("messages", Fault::TakenAndDropped);
    office.says(MIA, "show C1", "Petra Novak").await;
    office.says(MIA, "help", "find").await;
    let all = office.api.shown(Direct(MIA));
    assert_eq!(all.iter().filter(|s| s.text.contains("petra@novak-cafe.example")).count(), 1, "{all:?}");
    let outbox = office.app.app.store().outbox(50).await.unwrap();
    assert!(outbox.iter().all(|(_, state)| state != "unknown"));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_chat_that_is_full_does_not_stop_the_others() {
    let office = Office::open().await;
    office.says(MIA, "help", "find").await;
    office.api.fails("messages", Fault::TooMany(3));
    office.api.says(MIA, "show C1");
    office.says(RUTH, "show C1", "Petra Novak").await;
    let has_card = |s: &Shown| s.text.contains("petra@novak-cafe.example");
    assert!(!office.api.shown(Direct(MIA)).iter().any(has_card));
    // What was refused waits, and is not lost.
    office.app.clock.advance(4 * SECOND);
    office.api.until(Direct(MIA), "sees it later", |all| all.iter().any(has_card)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn discord_in_trouble_and_a_late_answer_lose_nothing() {
    let office = Office::open().await;
    office.api.fails("callback", Fault::Late(Duration::from_millis(300)));
    office.commands(MIA, "show", "C1", "Petra Novak").await;
    office.api.fails("original", Fault::Gateway);
    office.api.commands(MIA, true, "show", "text", "T1");
    let store = office.app.app.store();
    loop {
        let committed = store.wait_for_commit();
        let all = store.unsent(50).await.unwrap();
        if all.iter().any(|one| one.last_error.as_deref() == Some("Discord is in trouble: status 502")) {
            break;
        }
        tokio::time::timeout(PATIENCE, committed).await.unwrap_or_else(|_| panic!("{all:?}"));
    }
    office.app.clock.advance(16 * SECOND);
    let all = office.api.until(Hidden(MIA), "has both", |all| all.len() > 1).await;
    assert!(all.len() == 2 && all[1].says("T1"), "{all:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_lets_nobody_write_misses_it_and_nobody_else_does() {
    let office = Office::open().await;
    office.api.closes(MIA, true);
    office.api.says(MIA, "show C1");
    office.says(RUTH, "show C1", "Petra Novak").await;
    let store = office.app.app.store();
    loop {
        let committed = store.wait_for_commit();
        let all = store.unsent(50).await.unwrap();
        let says = |why: &str| why.contains("must allow direct messages");
        if all.iter().any(|one| one.last_error.as_deref().is_some_and(says)) {
            break;
        }
        tokio::time::timeout(PATIENCE, committed).await.unwrap_or_else(|_| panic!("{all:?}"));
    }
    // A command is answered all the same.
    office.commands(MIA, "show", "C1", "Petra Novak").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_much_gets_all_answers_within_the_limits() {
    let office = Office::open().await;
    office.api.counts();
    for i in 0..8 {
        office.api.says(MIA, &format!("note C1: number {i}"));
        office.api.says(RUTH, "show T1");
    }
    let answers = |all: &[Shown]| all.iter().filter(|s| s.says("Undo")).count() == 8;
    office.api.until(Direct(MIA), "has eight answers", answers).await;
    assert_eq!(office.api.n_refused(), 0);
    assert_eq!(office.app.all(Kind::Note).await.len(), 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn very_long_words_are_refused_or_cut_and_odd_ones_are_shown() {
    let office = Office::open().await;
    office.says(MIA, &"pump ".repeat(20_000), "more than 32 kB").await;
    let long = format!("note C1: {}", "😀*`<@1>\u{202e}שלום ".repeat(1_400));
    office.says(MIA, &long, "Undo").await;
    office.commands(MIA, "timeline", "C1", "Petra Novak").await;
    office.says(MIA, "find 😀", "").await;
}
