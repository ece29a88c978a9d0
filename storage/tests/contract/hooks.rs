//! What programs are told waits in the outbox as soon as it is true, and only then.

use rapport_model::hook::HookEvent;
use rapport_model::job::Receipt;
use rapport_model::message::ChannelKind;
use rapport_model::time::SECOND;
use rapport_model::{Change, Kind, RecordRef};
use rapport_storage::hooks::Subscription;
use rapport_storage::jobs::LEASE;
use rapport_storage::work::Work;

use crate::support::{House, contract, kept};

fn told(hook: &str, events: &[HookEvent]) -> Subscription {
    Subscription { hook: hook.into(), events: events.into() }
}

async fn waiting(house: &House, hook: &str) -> Vec<String> {
    let due = house.store.due_for_hook(hook, 50).await.unwrap();
    let mut texts = Vec::new();
    for id in due {
        texts.push(house.store.outgoing(id).await.unwrap().unwrap().message.text);
    }
    texts
}

contract! {
    async fn events_are_in_the_commit_of_what_they_tell(house: House) {
        house.store.subscribe(vec![
            told("crm", &[HookEvent::MessageReceived, HookEvent::CustomerCreated, HookEvent::TicketOpened]),
            told("bi", &[HookEvent::TicketOpened]),
        ]);
        let ann = kept(house.ann_writes("m1").await);
        assert_eq!(waiting(&house, "crm").await, ["customer.created", "message.received"]);
        assert_eq!(waiting(&house, "bi").await, [""; 0]);
        let ticket = RecordRef::new(Kind::Ticket, house.store.new_id());
        let open = Change::create(ticket).with("title", "Pump broken").with("customer", ann.customer).with("status", "open");
        let wrong = Change::create(RecordRef::new(Kind::Ticket, house.store.new_id())).with("no such field", 1);
        let act = || house.store.act("test");
        assert!(house.store.commit(vec![Work::of(act(), vec![open.clone(), wrong])]).await.is_err());
        assert_eq!(waiting(&house, "bi").await, [""; 0], "what was not done is not told");
        house.store.commit(vec![Work::of(act(), vec![open])]).await.unwrap();
        assert_eq!(waiting(&house, "bi").await, ["ticket.opened"]);
        // The same mail again is no news.
        house.ann_writes("m1").await;
        assert_eq!(waiting(&house, "crm").await.len(), 3);
    }
}

contract! {
    async fn an_event_whose_sender_died_is_sent_again_and_words_are_asked_for_again(house: House) {
        house.store.subscribe(vec![told("crm", &[HookEvent::MessageReceived])]);
        house.ann_writes("m1").await;
        let due = house.store.due_for_hook("crm", 9).await.unwrap();
        assert_eq!(house.store.claim_outgoing(&due).await.unwrap().len(), 1);
        assert_eq!(house.store.due_for_hook("crm", 9).await.unwrap(), []);
        house.advance(LEASE + SECOND);
        let again = house.store.due_for_hook("crm", 9).await.unwrap();
        assert_eq!(again, due);
        assert_eq!(house.store.claim_outgoing(&again).await.unwrap().len(), 1);
        house.store.sent(due[0], Receipt { reference: "evt_1".into() }).await.unwrap();
        assert_eq!(house.store.due_for_hook("crm", 9).await.unwrap(), []);
        assert_eq!(house.store.hook_log(Some("crm"), 9).await.unwrap()[0].state, "sent");
        assert!(house.store.hook_log(Some("bi"), 9).await.unwrap().is_empty());
        assert!(house.store.claim_outbox(ChannelKind::Webhook, 9).await.unwrap().is_empty());
    }
}

contract! {
    async fn who_is_gone_is_remembered_until_they_are_back(house: House) {
        assert_eq!(house.store.hook_gone("crm").await.unwrap(), None);
        house.store.set_hook_gone("crm", Some("https://a.example/")).await.unwrap();
        house.store.set_hook_gone("crm", Some("https://b.example/")).await.unwrap();
        assert_eq!(house.store.hook_gone("crm").await.unwrap().as_deref(), Some("https://b.example/"));
        house.store.set_hook_gone("crm", None).await.unwrap();
        assert_eq!(house.store.hook_gone("crm").await.unwrap(), None);
    }
}

contract! {
    async fn a_day_has_so_many_turns_and_no_more(house: House) {
        for left in [true, true, false, false] {
            assert_eq!(house.store.take_of_day("llm", "2026-03-11", 2).await.unwrap(), left);
        }
        assert_eq!(house.store.taken_of_day("llm", "2026-03-11").await.unwrap(), 2);
        assert!(house.store.take_of_day("llm", "2026-03-12", 2).await.unwrap());
        assert_eq!(house.store.taken_of_day("llm", "2026-03-11").await.unwrap(), 0, "other days are forgotten");
        assert!(!house.store.take_of_day("other", "2026-03-12", 0).await.unwrap());
    }
}
