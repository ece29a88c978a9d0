//! What a customer thinks of us, where colleagues see it.

use rapport_model::{Actor, Change, Clock as _, Kind, RecordRef};
use rapport_storage::work::Work;

use super::house::House;

/// Petra gives T1 two stars with words, and five an hour later.
async fn petra_rates(house: &House) -> RecordRef {
    let store = house.app.store();
    let ticket = store.by_number(Kind::Ticket, 1).await.unwrap().unwrap();
    let rating = RecordRef::new(Kind::Rating, store.new_id());
    let made = Change::create(rating)
        .with("score", 2)
        .with("comment", "Too slow.\nSee http://evil.example/x")
        .with("customer", house.customer(1).await)
        .with("ticket", ticket.record.id)
        .with("at", house.clock.now());
    store.commit(vec![Work::of(store.act("rating"), vec![made])]).await.unwrap();
    let before = house.clock.now();
    house.clock.advance(rapport_model::time::HOUR);
    let changed = Change::update(rating).set("score", 2, 5).set("at", before, house.clock.now());
    store.commit(vec![Work::of(store.act("rating"), vec![changed])]).await.unwrap();
    house.app.settle().await.unwrap();
    rating
}

#[tokio::test]
async fn a_rating_stands_in_the_timeline_and_on_both_cards_with_its_date() {
    let mut house = House::with_mails("mia").await;
    let seen = house.sees("show T1").await;
    assert!(!seen.contains("Ratings"), "{seen}");
    petra_rates(&house).await;
    let seen = house
        .sees_all(
            "timeline C1",
            &[
                "Wed 11 Mar 2026, 13:03  Petra Novak gave T1 2 of 5 stars: “Too slow. See hxxp://evil.example/x”",
                "Wed 11 Mar 2026, 14:03  Petra Novak changed the rating of T1 to 5 of 5 stars: “Too slow.",
            ],
        )
        .await;
    assert!(!seen.contains("http://"), "{seen}");
    let line = "Wed 11 Mar 2026, 14:03: 5 of 5 stars, “Too slow. See hxxp://evil.example/x”";
    for card in ["show T1", "show C1"] {
        house.sees_all(card, &["Ratings", line]).await;
    }
}

#[tokio::test]
async fn a_rating_is_told_in_chinese_too_and_so_is_that_it_was_taken_back() {
    let mut house = House::with_mails("lin").await;
    let rating = petra_rates(&house).await;
    house
        .sees_all(
            "时间线 C1",
            &[
                "Petra Novak 给 T1 打了 2 星（满分 5 星）：“Too slow.",
                "Petra Novak 把 T1 的评分改为 5 星（满分 5 星）",
            ],
        )
        .await;
    house.sees_all("show T1", &["评分", "5 星（满分 5 星），“Too slow."]).await;
    let store = house.app.store();
    let lin = house.app.workflows.users().iter().find(|user| user.handle == "lin").unwrap().id;
    let acts: Vec<_> = store.history(rating).await.unwrap().iter().map(|entry| entry.act.id).collect();
    for act in acts.into_iter().rev() {
        store.undo(act, Actor::User(lin)).await.unwrap().unwrap();
    }
    let seen = house.sees("show T1").await;
    assert!(!seen.contains("满分"), "{seen}");
}
