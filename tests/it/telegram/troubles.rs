//! What goes wrong between us and Telegram.

use std::time::Duration;

use rapport_model::Kind;

use super::{MIA, Office};
use crate::support::{Fault, PATIENCE};

#[tokio::test(flavor = "multi_thread")]
async fn the_same_update_twice_is_done_once() {
    let office = Office::open().await;
    let update = office.api.says(MIA, "note C1: call after four");
    office.api.sees(MIA, "Undo").await;
    office.api.repeats(update);
    office.types(MIA, "show C1", "Petra Novak").await;
    assert_eq!(office.app.all(Kind::Note).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_may_have_arrived_is_not_sent_again() {
    let office = Office::open().await;
    office.api.fails("sendMessage", Fault::TakenAndDropped);
    office.api.says(MIA, "show C1");
    office.api.sees(MIA, "Petra Novak").await;
    office.types(MIA, "help", "find").await;
    let all = office.api.chat(MIA);
    assert_eq!(
        all.iter().filter(|shown| shown.text.contains("petra@novak-cafe.example")).count(),
        1,
        "{all:?}"
    );
    let outbox = office.app.app.store().outbox(50).await.unwrap();
    assert_eq!(outbox.iter().filter(|(_, state)| state == "unknown").count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_chat_that_is_full_does_not_stop_the_others() {
    let office = Office::open().await;
    office.api.fails("sendMessage", Fault::TooMany(3));
    office.api.says(MIA, "show C1");
    office.types(super::RUTH, "show C1", "Petra Novak").await;
    // What was refused waits, and is not lost.
    office.app.clock.advance(4 * rapport_model::time::SECOND);
    office.api.sees(MIA, "Petra Novak").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_in_trouble_and_a_late_answer_lose_nothing() {
    let office = Office::open().await;
    office.api.fails("getUpdates", Fault::Gateway);
    office.api.fails("answerCallbackQuery", Fault::Gateway);
    office.api.fails("sendMessage", Fault::Late(Duration::from_millis(300)));
    office.types(MIA, "show C1", "Petra Novak").await;
    assert_eq!(office.api.chat(MIA).iter().filter(|s| s.text.contains("Petra Novak")).count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_blocked_the_bot_misses_it_and_nobody_else_does() {
    let office = Office::open().await;
    office.api.blocks(MIA, true);
    office.api.says(MIA, "show C1");
    office.types(super::RUTH, "show C1", "Petra Novak").await;
    let store = office.app.app.store();
    loop {
        let committed = store.wait_for_commit();
        let all = store.unsent(50).await.unwrap();
        if all.iter().any(|one| one.last_error.as_deref() == Some("the colleague has blocked the bot")) {
            break;
        }
        tokio::time::timeout(PATIENCE, committed).await.unwrap_or_else(|_| panic!("{all:?}"));
    }
    office.api.blocks(MIA, false);
    office.types(MIA, "help", "find").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_that_was_revoked_waits_and_loses_nothing() {
    let office = Office::open().await;
    office.api.revokes(true);
    office.app.app.settle().await.unwrap();
    office.api.says(MIA, "show C1");
    office.api.revokes(false);
    office.api.sees(MIA, "Petra Novak").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_much_gets_all_answers_within_the_limits() {
    let office = Office::open().await;
    office.api.counts();
    for i in 0..8 {
        office.api.says(MIA, &format!("note C1: number {i}"));
        office.api.says(super::RUTH, "show T1");
    }
    let answers = |all: &[crate::support::Shown]| all.iter().filter(|s| s.says("Undo")).count() == 8;
    office.api.until(MIA, "has eight answers", answers).await;
    assert_eq!(office.api.n_refused(), 0);
    assert_eq!(office.app.all(Kind::Note).await.len(), 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn very_long_words_are_refused_or_cut_and_odd_ones_are_shown() {
    let office = Office::open().await;
    office.types(MIA, &"pump ".repeat(20_000), "more than 32 kB").await;
    let long = format!("note C1: {}", "😀<i>\u{202e}שלום ".repeat(1_500));
    office.types(MIA, &long, "Undo").await;
    office.types(MIA, "show C1", "Petra Novak").await;
    office.types(MIA, "find 😀", "").await;
}
