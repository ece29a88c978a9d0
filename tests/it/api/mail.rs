//! Conversations are read, and answered by two calls: one drafts, one sends.

use rapport::api::types::{
    Customer, Done, Draft, HeldBack, Leaving, Message, Messages, NewReply, Results, Send, Thread, Threads,
};
use rapport_model::message::Direction;
use rapport_model::time::MINUTE;

use super::House;
use crate::support::Mail;

fn words(text: &str) -> NewReply {
    NewReply { text: text.into(), all: false }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_is_read_and_answered() {
    let house = House::start().await;
    house.anna_writes().await;
    let mia = house.is("mia").await;
    let thread: Thread = mia.get::<Threads>("/threads?customer=C1").await.unwrap().items.remove(0);
    assert_eq!(
        (thread.subject.as_str(), thread.customer.as_ref().unwrap().number.as_deref()),
        ("Price for 20 filters", Some("C1"))
    );
    assert_eq!(mia.get::<Thread>(&format!("/threads/{}", thread.id)).await.unwrap(), thread);
    let messages: Messages = mia.get(&format!("/threads/{}/messages", thread.id)).await.unwrap();
    let asked: &Message = &messages.items[0];
    assert_eq!((asked.direction, asked.parties[0].address.as_str()), (Direction::In, "anna@berg.example"));
    assert!(asked.text.contains("20 filters") && asked.reading.is_some());
    assert_eq!(&mia.get::<Message>(&format!("/messages/{}", asked.id)).await.unwrap(), asked);
    assert_eq!(mia.get::<Messages>("/messages?customer=C1&limit=1").await.unwrap(), messages);
    let found: Results = mia.get("/search?q=quote&kind=message").await.unwrap();
    assert_eq!(found.items[0].record.id, asked.id);

    let path = format!("/threads/{}/replies", thread.id);
    let draft: Draft = mia.post(&path, &words("They cost 400 EUR."), Some("r1")).await.unwrap();
    assert_eq!(
        (draft.to.as_str(), draft.subject.starts_with("Re: Price for 20 filters")),
        ("anna@berg.example", true)
    );
    assert!(
        draft.text.starts_with("They cost 400 EUR.\n\nMia Tan") && draft.text.contains("\n> What would"),
        "{}",
        draft.text
    );
    assert_eq!(mia.post::<Draft>(&path, &words("They cost 400 EUR."), Some("r1")).await.unwrap(), draft);
    assert_eq!(mia.get::<Draft>(&format!("/drafts/{}", draft.id)).await.unwrap(), draft);
    house.app.advance(10 * MINUTE).await;
    assert!(house.app.outgoing().is_empty(), "nothing leaves by a draft");
    let leo = house.is("leo").await;
    let theirs = leo.get::<Draft>(&format!("/drafts/{}", draft.id)).await.unwrap_err();
    assert_eq!(theirs.problem().unwrap().status, 404, "a draft is its author's");

    let send = format!("/drafts/{}/send", draft.id);
    let leaving: Leaving = mia.post(&send, &Send::default(), Some("s1")).await.unwrap();
    assert_eq!(mia.post::<Leaving>(&send, &Send::default(), Some("s1")).await.unwrap(), leaving);
    let twice = mia.post::<Leaving>(&send, &Send::default(), None).await.unwrap_err();
    assert_eq!(twice.problem().unwrap().status, 404);
    house.app.advance(MINUTE).await;
    let [sent] = &house.app.outgoing()[..] else { panic!("one mail leaves") };
    assert!(sent.contains("They cost 400 EUR."), "{sent}");
    let held: HeldBack = mia.act(&format!("/drafts/{}/hold", draft.id), None).await.unwrap();
    assert!(!held.held, "it has left");
    let customer: Customer = mia.get("/customers/C1").await.unwrap();
    assert_eq!((customer.n_in, customer.n_out), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_does_not_leave_over_news_and_can_be_held_back() {
    let house = House::start().await;
    house.anna_writes().await;
    let mia = house.is("mia").await;
    let thread = mia.get::<Threads>("/threads").await.unwrap().items.remove(0);
    let path = format!("/threads/{}/replies", thread.id);
    let draft: Draft = mia.post(&path, &words("They cost 400 EUR."), None).await.unwrap();
    let more = Mail::from("Anna Berg <anna@berg.example>").id("q2").answers("q");
    house.app.receives(more.says("Re: Price for 20 filters", "Never mind, we found some.")).await;
    let send = format!("/drafts/{}/send", draft.id);
    let stopped = mia.post::<Leaving>(&send, &Send::default(), None).await.unwrap_err();
    assert_eq!(stopped.problem().unwrap().status, 409);
    mia.post::<Leaving>(&send, &Send { anyway: true }, None).await.unwrap();
    let held: HeldBack = mia.act(&format!("/drafts/{}/hold", draft.id), None).await.unwrap();
    assert!(held.held);
    let other: Draft = mia.post(&path, &words("Good."), None).await.unwrap();
    assert_eq!(mia.delete::<Done>(&format!("/drafts/{}", other.id)).await.unwrap().id, other.id);
    let gone =
        mia.post::<Leaving>(&format!("/drafts/{}/send", other.id), &Send::default(), None).await.unwrap_err();
    assert_eq!(gone.problem().unwrap().status, 404);
    house.app.advance(MINUTE).await;
    assert!(house.app.outgoing().is_empty());
}
