//! Customers' mails as cards that live.

use rapport_model::time::MINUTE;

use super::{LEO, MIA, Office, RUTH};
use crate::support::Mail;

const PETRA: &str = "Petra Novak <petra@novak-cafe.example>";

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_is_a_card_and_what_answers_the_card_answers_the_customer() {
    let office = Office::open().await;
    // Nobody looks after Petra: those in charge see her mail.
    let card = office.api.sees(RUTH, "Petra Novak: Pump broken").await;
    assert!(card.says("Claim") && card.says("no water"), "{card:?}");
    assert!(office.api.chat(LEO).is_empty(), "a rep who does not look after her sees nothing");
    office.api.answers(RUTH, card.id, "We come at four.");
    let draft = office.api.sees(RUTH, "Draft to C1 Petra Novak").await;
    assert!(draft.says("We come at four."));
    office.api.presses(RUTH, &draft, "Send");
    office.api.sees(RUTH, "leaves at").await;
    office.app.advance(MINUTE).await;
    assert!(office.app.outgoing().iter().any(|mail| mail.contains("We come at four.")));
    // The card says so, in its place.
    let answered = office.api.sees(RUTH, "✓ Answered by Ruth Stein").await;
    assert_eq!((answered.id, answered.under), (card.id, None));
    // What the customer answers stands under it.
    let reply = Mail::from(PETRA).id("m2").answers("m1").says("Re: Pump broken", "Thank you, four is fine!");
    office.app.receives(reply).await;
    let next = office.api.sees(RUTH, "four is fine").await;
    assert_eq!(next.under, Some(card.id));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_claims_a_mail_is_seen_on_everybodys_card() {
    let office = Office::open().await;
    let card = office.api.sees(RUTH, "Petra Novak: Pump broken").await;
    office.api.presses(RUTH, &card, "Claim");
    office.api.sees(RUTH, "is yours").await;
    office.types(RUTH, "undo", "Taken back").await;
    office.types(MIA, "claim C1", "is yours").await;
    let claimed = office.api.sees(RUTH, "Mia Tan looks after it").await;
    assert_eq!(claimed.id, card.id);
    assert!(!claimed.says("Claim"), "{claimed:?}");
    // From now on her mails come to Mia alone.
    let n = office.api.chat(RUTH).len();
    let more = Mail::from(PETRA).id("m2").says("And the tap", "The tap drips as well. Can you look at it?");
    office.app.receives(more).await;
    office.api.sees(MIA, "And the tap").await;
    assert_eq!(office.api.chat(RUTH).len(), n);
}

#[tokio::test(flavor = "multi_thread")]
async fn words_on_a_card_that_are_a_command_are_one() {
    let office = Office::open().await;
    let card = office.api.sees(RUTH, "Petra Novak: Pump broken").await;
    office.api.answers(RUTH, card.id, "/note call her first");
    office.api.sees(RUTH, "Noted").await;
    assert!(office.app.outgoing().iter().all(|mail| !mail.contains("call her first")));
}
