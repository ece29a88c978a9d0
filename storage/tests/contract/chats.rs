//! Chats: what came in is answered once, an account is bound by a code, a button does what it did.

use rapport_model::job::{Outbound, Receipt, Recipient};
use rapport_model::message::{ChannelKind, Cursor};
use rapport_model::time::{DAY, MINUTE};
use rapport_model::{Id, Kind, RecordRef};
use rapport_storage::chats::{Answer, Button, NewUpdate, Update};

use crate::support::{House, MIA, contract, kept, notice};

const CHANNEL: ChannelKind = ChannelKind::Telegram;

fn update(key: &str, text: &str) -> NewUpdate {
    NewUpdate { key: key.into(), chat: 7, payload: text.into() }
}

async fn said(house: &House, key: &str) -> Update {
    house.store.receive(CHANNEL, vec![update(key, "find pump")], None).await.unwrap().remove(0)
}

contract! {
    async fn an_update_is_taken_in_once_with_the_place_it_was_read_to(house: House) {
        let store = &house.store;
        let cursor = |token: &str| Some(Cursor { account: "telegram".into(), scope: "offset".into(), token: token.into() });
        let both = vec![update("1", "find pump"), update("2", "show C1")];
        let new = store.receive(CHANNEL, both, cursor("3")).await.unwrap();
        assert_eq!(new.iter().map(|u| &u.payload[..]).collect::<Vec<_>>(), [&b"find pump"[..], b"show C1"]);
        let again = store.receive(CHANNEL, vec![update("2", "show C1"), update("3", "help")], cursor("4")).await.unwrap();
        assert_eq!(again.len(), 1, "the second was known");
        assert_eq!(store.receive(ChannelKind::Discord, vec![update("2", "help")], None).await.unwrap().len(), 1);
        assert_eq!(store.cursor("telegram", "offset").await.unwrap().as_deref(), Some("4"));
        assert_eq!(store.unanswered(CHANNEL).await.unwrap(), [new[0].clone(), new[1].clone(), again[0].clone()]);
    }
}

contract! {
    async fn an_update_is_answered_once_as_a_whole(house: House) {
        let (store, mia) = (&house.store, MIA);
        let asked = said(&house, "1").await;
        let id = store.new_id();
        let button = Button { id, user: mia, command: "task K1 done".into(), record: Some((RecordRef::new(Kind::Task, Id(5)), 2)) };
        let reply = Outbound { channel: CHANNEL, to: Recipient::Chat(7), edits: Some(41), text: Outbound::ANSWER.into(), ..notice(&house, "a") };
        let answer = Answer { outbox: vec![reply.clone()], files: vec![], buttons: vec![button.clone()], session: Some((mia, 7, b"{}".to_vec())) };
        assert!(store.answer(CHANNEL, &asked, answer.clone()).await.unwrap());
        assert!(!store.answer(CHANNEL, &asked, answer).await.unwrap());
        assert_eq!(store.unanswered(CHANNEL).await.unwrap(), []);
        assert_eq!(store.button(id).await.unwrap(), Some(button));
        assert_eq!(store.chat_session(CHANNEL, 7, mia).await.unwrap().as_deref(), Some(&b"{}"[..]));
        assert_eq!(store.chat_session(CHANNEL, 8, mia).await.unwrap(), None);
        let waiting = store.waiting_to_leave(CHANNEL, 9).await.unwrap();
        assert_eq!(waiting.iter().map(|w| w.to).collect::<Vec<_>>(), [Recipient::Chat(7)]);
        assert_eq!(store.claim_outgoing(&[waiting[0].id]).await.unwrap(), std::slice::from_ref(&reply));
        assert_eq!(store.claim_outgoing(&[waiting[0].id]).await.unwrap(), []);
        store.sent(reply.id, Receipt { reference: "7/42".into() }).await.unwrap();
        let shown = store.shown_in(CHANNEL, "7/42").await.unwrap();
        assert_eq!(shown, reply.about.map(|about| (about, Outbound::ANSWER.to_owned())));
        assert_eq!(store.shown_in(CHANNEL, "8/42").await.unwrap(), None);
        // After a month a button is forgotten; that the update was answered, after a week.
        house.advance(31 * DAY);
        assert_eq!(store.button(id).await.unwrap(), None);
        store.forget_old().await.unwrap();
        said(&house, "1").await;
    }
}

contract! {
    async fn what_cannot_wait_leaves_first(house: House) {
        let (store, mia) = (&house.store, MIA);
        let of = |text: &str| Outbound {
            channel: CHANNEL, to: Recipient::User(mia), text: text.into(), ..notice(&house, text)
        };
        house.writes(vec![of("digest"), of("ticket_problem"), of("alert_loop"), of(Outbound::ANSWER)]).await;
        let waiting: Vec<Id> = store.waiting_to_leave(CHANNEL, 9).await.unwrap().iter().map(|w| w.id).collect();
        let claimed = store.claim_outgoing(&waiting).await.unwrap();
        let texts: Vec<&str> = claimed.iter().map(|o| o.text.as_str()).collect();
        assert_eq!(texts, [Outbound::ANSWER, "alert_loop", "ticket_problem", "digest"]);
    }
}

contract! {
    async fn a_code_binds_an_account_once_and_soon(house: House) {
        let (store, mia) = (&house.store, MIA);
        let waits = Outbound { to: Recipient::User(mia), ..notice(&house, "n1") };
        house.writes(vec![waits]).await;
        assert_eq!(store.bound_to(CHANNEL, 77).await.unwrap(), None);
        let code = store.link_code(mia).await.unwrap();
        assert_eq!(store.bind(CHANNEL, 77, "guessed").await.unwrap(), None);
        assert_eq!(store.bind(CHANNEL, 77, &code).await.unwrap(), Some(mia));
        assert_eq!(store.bind(CHANNEL, 78, &code).await.unwrap(), None, "a code is used once");
        assert_eq!(store.bound_to(CHANNEL, 77).await.unwrap(), Some(mia));
        assert_eq!(store.bound_to(ChannelKind::Discord, 77).await.unwrap(), None);
        assert_eq!(store.accounts(CHANNEL).await.unwrap(), [(mia, 77)].into());
        // What waited at the console, and what comes for it later, goes to the chat.
        house.writes(vec![Outbound { to: Recipient::User(mia), ..notice(&house, "n2") }]).await;
        assert_eq!(store.waiting_to_leave(CHANNEL, 9).await.unwrap().len(), 2);
        // Another account takes its place.
        let code = store.link_code(mia).await.unwrap();
        assert_eq!(store.bind(CHANNEL, 99, &code).await.unwrap(), Some(mia));
        assert_eq!(store.bound_to(CHANNEL, 77).await.unwrap(), None);
        let late = store.link_code(mia).await.unwrap();
        house.advance(10 * MINUTE);
        assert_eq!(store.bind(CHANNEL, 100, &late).await.unwrap(), None);
        assert!(store.unbind(CHANNEL, mia).await.unwrap());
        assert!(!store.unbind(CHANNEL, mia).await.unwrap());
        assert_eq!(store.waiting_to_leave(CHANNEL, 9).await.unwrap(), []);
        assert_eq!(store.claim_outbox(ChannelKind::Console, 9).await.unwrap().len(), 2);
    }
}

contract! {
    async fn what_an_update_changed_is_found_by_it(house: House) {
        let ann = kept(house.ann_writes("m1").await);
        let customer = RecordRef::new(Kind::Customer, ann.customer.unwrap());
        let asked = said(&house, "1").await;
        assert_eq!(house.store.act_because_of(asked.id).await.unwrap(), None);
        let before = house.store.version(customer).await.unwrap();
        let mut act = house.store.act("test");
        act.cause = Some(asked.id);
        let change = rapport_model::Change::update(customer).set("zone", None::<&str>, "Europe/Berlin");
        house.store.commit(vec![rapport_storage::work::Work::of(act.clone(), vec![change])]).await.unwrap();
        assert_eq!(house.store.act_because_of(asked.id).await.unwrap(), Some(act.id));
        assert_eq!(house.store.version(customer).await.unwrap(), before + 1);
    }
}

contract! {
    async fn an_erasure_leaves_no_words_of_chats(house: House) {
        let ann = kept(house.ann_writes("m1").await);
        let (store, mia) = (&house.store, MIA);
        let asked = said(&house, "1").await;
        let id = store.new_id();
        let button = Button { id, user: mia, command: "find Ann".into(), record: None };
        let answer = Answer { outbox: vec![], files: vec![], buttons: vec![button], session: Some((mia, 7, b"draft to Ann".to_vec())) };
        store.answer(CHANNEL, &asked, answer).await.unwrap();
        store.erase(ann.customer.unwrap(), rapport_model::Actor::User(mia)).await.unwrap().unwrap();
        assert_eq!(store.button(id).await.unwrap(), None);
        assert_eq!(store.chat_session(CHANNEL, 7, mia).await.unwrap(), None);
    }
}
