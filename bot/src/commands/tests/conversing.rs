//! Conversations are claimed, put together, and bring in new people.

use super::house::House;

#[tokio::test]
async fn who_claims_a_customer_looks_after_them_and_their_ticket() {
    let mut house = House::with_mails("mia").await;
    house.types("show C1").await;
    house.sees_all("claim C1", &["C1 Petra Novak is yours", "[1] Undo"]).await;
    house.sees_all("show T1", &["Mia Tan"]).await;
    house.sits_down("lin");
    house.sees_all("认领 C1", &["已由 Mia Tan 负责"]).await;
    house.sits_down("mia");
    house.sees_all("claim C1", &["already"]).await;
    house.sees_all("undo", &[]).await;
    house.sits_down("lin");
    house.sees_all("认领 C1", &["现由您负责"]).await;
}

#[tokio::test]
async fn a_mail_of_the_same_subject_is_put_together_with_the_conversation_and_apart_again() {
    let mut house = House::with_mails("mia").await;
    let petra = "Petra Novak <petra@novak-cafe.example>";
    house.receives(petra, "support@brightwater.example", "RE: pump Broken", "And the tap drips, too.").await;
    house.sees("show C1").await;
    let seen = house
        .sees_all("show M", &["And the tap drips", "perhaps part of", "Pump broken", "Put together"])
        .await;
    let button = seen.split('[').find_map(|part| part.split_once("] Put together")).unwrap().0.to_owned();
    house.sees_all(&button, &["part of “Pump broken”", "[1] Undo"]).await;
    let first = house.app.store().messages_of(house.customer(1).await, 5).await.unwrap();
    assert_eq!(first[0].thread, first[1].thread);
    house.sees_all("1", &[]).await;
    let again = house.app.store().messages_of(house.customer(1).await, 5).await.unwrap();
    assert_ne!(again[0].thread, again[1].thread);
    // Another subject asks nothing.
    house.receives(petra, "support@brightwater.example", "Invoice", "Where is the invoice?").await;
    house.sees("show C1").await;
    let seen = house.sees("show M").await;
    assert!(!seen.contains("perhaps part of"), "{seen}");
}

#[tokio::test]
async fn whom_a_customer_brings_in_becomes_known_with_or_without_the_company() {
    let mut house = House::with_mails("mia").await;
    house
        .receives_with(
            "From: Petra Novak <petra@novak-cafe.example>\nTo: support@brightwater.example\n\
             Cc: Jan Novak <jan@gmail.com>, \"Eva P.\" <eva@plumber.example>\nSubject: Two taps",
            "Two taps drip. Jan can let you in.",
        )
        .await;
    house.sees("show C1").await;
    let seen = house
        .sees_all("show M", &["new here", "Jan Novak", "Jan: same firm", "Jan: other", "Eva: same firm"])
        .await;
    let press =
        |label: &str| seen.split('[').find_map(|p| p.split_once(&format!("] {label}"))).unwrap().0.to_owned();
    let (same, other) = (press("Jan: same firm"), press("Eva: other"));
    let mut session = house.sees_all(&same, &["New: C4 Jan Novak", "[1] Undo"]).await;
    session.clear();
    house.sees_all("show C4", &["Novak Cafe", "jan@gmail.com"]).await;
    house.sees("show C1").await;
    let seen = house.sees("show M").await;
    assert!(!seen.contains("Jan: same firm") && seen.contains("Eva: other"), "{seen}");
    let place = seen.split('[').find_map(|p| p.split_once("] Eva: other")).unwrap().0.to_owned();
    assert!(!other.is_empty());
    house.sees_all(&place, &["New: C5 Eva P."]).await;
    house.sees_all(&place, &[]).await;
}
