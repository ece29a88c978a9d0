//! Customers' mails as cards that live.

use rapport_model::time::MINUTE;

use super::{LEO, MIA, Office, RUTH};
use crate::support::Mail;
use crate::support::Where::Direct;

const PETRA: &str = "Petra Novak <petra@novak-cafe.example>";

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_is_a_card_and_what_answers_the_card_answers_the_customer() {
    let office = Office::open().await;
    let card = office.api.sees(Direct(RUTH), "Petra Novak: Pump broken").await;
    assert!(card.says("Claim") && card.says("no water"), "{card:?}");
    assert!(office.api.shown(Direct(LEO)).is_empty(), "a rep who does not look after her sees nothing");
    office.api.answers(RUTH, card.id, "We come at four.");
    let draft = office.api.sees(Direct(RUTH), "Draft to C1 Petra Novak").await;
    assert!(draft.says("We come at four."));
    office.api.presses(RUTH, Direct(RUTH), &draft, "Send");
    office.api.sees(Direct(RUTH), "leaves at").await;
    office.app.advance(MINUTE).await;
    assert!(office.app.outgoing().iter().any(|mail| mail.contains("We come at four.")));
    // The card says so, in its place.
    let answered = office.api.sees(Direct(RUTH), "✓ Answered by Ruth Stein").await;
    assert_eq!((answered.id, answered.under), (card.id, None));
    // What the customer answers stands under it.
    let reply = Mail::from(PETRA).id("m2").answers("m1").says("Re: Pump broken", "Thank you, four is fine!");
    office.app.receives(reply).await;
    let next = office.api.sees(Direct(RUTH), "four is fine").await;
    assert_eq!(next.under, Some(card.id));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_a_command_gave_is_what_it_means_when_it_is_answered() {
    let office = Office::open().await;
    office.api.commands(MIA, false, "show", "text", "C1");
    let customer = office.api.sees(Direct(MIA), "petra@novak-cafe.example").await;
    office.says(MIA, "help", "find").await;
    office.api.answers(MIA, customer.id, "note: call after four");
    office.api.sees(Direct(MIA), "Noted for C1 Petra Novak").await;
}
