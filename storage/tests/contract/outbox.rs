//! What waits to leave leaves once.

use rapport_model::Kind;
use rapport_model::RecordRef;
use rapport_model::job::{Outbound, Receipt, Task};
use rapport_model::message::{BounceClass, ChannelKind};
use rapport_model::time::{DAY, MINUTE, SECOND};
use rapport_storage::jobs::LEASE;

use crate::support::{House, contract, kept, letter, mail, notice, step};

async fn states(house: &House) -> Vec<String> {
    house.store.outbox(10).await.unwrap().into_iter().map(|(_, state)| state).collect()
}

contract! {
    async fn a_letter_is_claimed_once_and_says_what_was_written(house: House) {
        let ann = kept(house.ann_writes("m1").await);
        let about = Some(RecordRef::new(Kind::Thread, ann.thread));
        let letter = Outbound { about, ..letter(&house, ann, "l1") };
        house.writes(vec![letter.clone(), notice(&house, "n1")]).await;
        assert_eq!(house.store.claim_outbox(ChannelKind::Telegram, 9).await.unwrap(), []);
        assert_eq!(house.store.claim_outbox(ChannelKind::Email, 9).await.unwrap(), std::slice::from_ref(&letter));
        assert_eq!(house.store.claim_outbox(ChannelKind::Email, 9).await.unwrap(), []);
        house.store.sent(letter.id, Receipt { reference: "<r1@brightwater>".into() }).await.unwrap();
        let to_ann = house.store.outbox_to(ann.customer.unwrap(), 9).await.unwrap();
        assert_eq!(to_ann, [(letter.clone(), "sent".to_owned())]);
        assert_eq!(house.store.outbox_because_of(letter.cause.unwrap()).await.unwrap(), to_ann);
        let (from, to) = (house.now(), house.now().plus(SECOND));
        assert_eq!(house.store.follow_ups_sent(from, to).await.unwrap(), 1);
        assert_eq!(house.store.follow_ups_sent(to, to.plus(SECOND)).await.unwrap(), 0);
    }
}

contract! {
    async fn a_second_letter_of_the_same_key_is_not_stored(house: House) {
        let ann = kept(house.ann_writes("m1").await);
        house.writes(vec![letter(&house, ann, "l1"), letter(&house, ann, "l1")]).await;
        house.writes(vec![letter(&house, ann, "l1"), letter(&house, ann, "l2")]).await;
        assert_eq!(states(&house).await, ["pending", "pending"]);
    }
}

contract! {
    async fn a_letter_waits_for_its_time_and_is_put_back(house: House) {
        let ann = kept(house.ann_writes("m1").await);
        let later = house.now().plus(MINUTE);
        house.writes(vec![Outbound { send_at: later, ..letter(&house, ann, "l1") }]).await;
        assert_eq!(house.store.claim_outbox(ChannelKind::Email, 9).await.unwrap(), []);
        house.advance(MINUTE);
        let [claimed] = &house.store.claim_outbox(ChannelKind::Email, 9).await.unwrap()[..] else { panic!() };
        house.store.postpone(claimed.id, later.plus(MINUTE), "try again\0 later").await.unwrap();
        assert_eq!(house.store.claim_outbox(ChannelKind::Email, 9).await.unwrap(), []);
        house.advance(MINUTE);
        assert_eq!(house.store.claim_outbox(ChannelKind::Email, 9).await.unwrap().len(), 1);
        house.store.give_up(claimed.id, "no such\0 mailbox").await.unwrap();
        assert_eq!(states(&house).await, ["failed"]);
    }
}

contract! {
    async fn a_letter_of_which_nobody_knows_whether_it_left_is_not_sent_again(house: House) {
        let ann = kept(house.ann_writes("m1").await);
        house.writes(vec![letter(&house, ann, "l1")]).await;
        assert_eq!(house.store.claim_outbox(ChannelKind::Email, 9).await.unwrap().len(), 1);
        house.advance(LEASE);
        assert_eq!(house.store.claim_outbox(ChannelKind::Email, 9).await.unwrap(), []);
        assert_eq!(states(&house).await, ["unknown"]);
    }
}

contract! {
    async fn the_oldest_leave_first_and_no_more_than_asked_for(house: House) {
        let ann = kept(house.ann_writes("m1").await);
        let bob = kept(house.receives(mail("b1").from("Bob", "bob@firm.example")).await);
        let now = house.now();
        let letters = vec![
            letter(&house, ann, "third"),
            Outbound { send_at: now.plus(-2), ..letter(&house, bob, "first") },
            Outbound { send_at: now.plus(-1), ..letter(&house, ann, "second") },
        ];
        house.writes(letters).await;
        let keys: Vec<String> = house
            .store
            .claim_outbox(ChannelKind::Email, 2)
            .await
            .unwrap()
            .into_iter()
            .map(|letter| letter.idempotency_key)
            .collect();
        assert_eq!(keys, ["first", "second"]);
        assert_eq!(states(&house).await, ["sending", "sending", "pending"]);
    }
}

contract! {
    async fn whoever_lost_a_letter_neither_sends_it_nor_says_what_became_of_it(house: House) {
        let ann = kept(house.ann_writes("m1").await);
        house.writes(vec![letter(&house, ann, "l1")]).await;
        let [lost] = &house.store.claim_outbox(ChannelKind::Email, 9).await.unwrap()[..] else { panic!() };
        assert!(house.store.may_send(lost.id).await.unwrap());
        house.advance(LEASE);
        assert!(!house.store.may_send(lost.id).await.unwrap(), "nobody knows whether it left");
        // A person decides that it is sent again, and another process does.
        assert_eq!(house.store.claim_outbox(ChannelKind::Email, 9).await.unwrap(), []);
        assert!(house.store.resend(lost.id).await.unwrap());
        assert!(!house.store.may_send(lost.id).await.unwrap(), "it waits for whoever claims it");
        let other = house.neighbour().await.unwrap_or(house.clone());
        assert_eq!(other.store.claim_outbox(ChannelKind::Email, 9).await.unwrap().len(), 1);
        other.store.sent(lost.id, Receipt { reference: "<r1@brightwater>".into() }).await.unwrap();

        house.store.postpone(lost.id, house.now(), "no room").await.unwrap();
        assert_eq!(states(&house).await, ["sent"]);
        house.store.give_up(lost.id, "no such mailbox").await.unwrap();
        assert_eq!(states(&house).await, ["sent"]);
        assert_eq!(house.store.claim_outbox(ChannelKind::Email, 9).await.unwrap(), []);
    }
}

contract! {
    async fn a_mail_that_comes_back_ends_what_would_write_more(house: House) {
        let ann = kept(house.ann_writes("m1").await);
        let ben = kept(house.receives(mail("b1").from("Ben", "ben@firm.example")).await);
        let letter = letter(&house, ann, "k1");
        let id = letter.id;
        house.writes(vec![letter]).await;
        house.plans(vec![step(ann, house.now().plus(DAY)), step(ben, house.now().plus(DAY))]).await;
        let steps = async || {
            let jobs = house.store.jobs(100).await.unwrap();
            jobs.into_iter().filter(|job| matches!(job.task, Task::Step { .. })).count()
        };
        assert!(!house.store.came_back(id, BounceClass::Hard, "5.1.1 no such user").await.unwrap(), "it has not left");
        assert_eq!(steps().await, 2);
        let sending = house.store.claim_outgoing(&[id]).await.unwrap();
        assert_eq!(sending.len(), 1);
        assert!(house.store.came_back(id, BounceClass::Hard, "5.1.1 no such user").await.unwrap());
        assert_eq!(steps().await, 1, "Ben's goes on");
        assert!(!house.store.came_back(id, BounceClass::Hard, "5.1.1 no such user").await.unwrap(), "it is known");
    }
}
