//! Messages find their conversation, and an answer stops what waited for it.

use rapport_model::Kind;
use rapport_model::message::Automation;
use rapport_storage::ingest::Fate;

use crate::support::{contract, job, kept, letter, mail, notice, step};

contract! {
    async fn an_answer_goes_on_with_its_conversation(house: House) {
        let first = kept(house.ann_writes("m1").await);
        let answer = kept(house.receives(mail("m2").answers("m1")).await);
        let other = kept(house.ann_writes("m3").await);
        assert_eq!(answer.thread, first.thread);
        assert_ne!(other.thread, first.thread);
        assert_eq!(answer.customer, first.customer);
    }
}

contract! {
    async fn an_answer_that_comes_first_waits_for_its_question(house: House) {
        let answer = kept(house.receives(mail("m2").answers("m1")).await);
        let question = house.ann_writes("m1").await;
        assert!(matches!(question, Fate::Kept { new_thread: false, thread, .. } if thread == answer.thread));
    }
}

contract! {
    async fn a_conversation_knows_its_first_and_last(house: House) {
        let start = house.now();
        let first = kept(house.receives(mail("m1").at(start)).await);
        house.receives(mail("m0").answers("m1").at(start.plus(-60_000_000))).await;
        house.receives(mail("o1").out().answers("m1").at(start.plus(60_000_000))).await;
        house.receives(mail("m3").answers("m1").automatic(Automation::OutOfOffice).at(start.plus(1))).await;
        let known = house.store.known(&[].into(), &[first.thread].into()).await.unwrap();
        let thread = &known.threads[&first.thread];
        assert_eq!((thread.last_in, thread.last_out), (Some(start), Some(start.plus(60_000_000))));
        assert_eq!(house.store.messages_in(first.thread, 10).await.unwrap().len(), 4);
    }
}

contract! {
    async fn an_answer_cancels_what_waited_for_it_and_nothing_else(house: House) {
        let (ann, bob) = (
            kept(house.ann_writes("m1").await),
            kept(house.receives(mail("b1").from("Bob", "bob@firm.example")).await),
        );
        house.plans(vec![step(ann, house.now()), step(bob, house.now()), job(&house, "digest")]).await;
        let by_hand = rapport_model::job::Outbound { automatic: false, ..letter(&house, ann, "by hand") };
        let letters =
            vec![letter(&house, ann, "ann"), letter(&house, bob, "bob"), by_hand, notice(&house, "notice")];
        house.writes(letters).await;

        house.receives(mail("m2").answers("m1")).await;

        let jobs = house.store.claim("timed", 10).await.unwrap();
        assert_eq!(jobs.len(), 2, "Bob's step and the digest are left: {jobs:?}");
        let states: Vec<(String, String)> = house
            .store
            .outbox(10)
            .await
            .unwrap()
            .into_iter()
            .map(|(o, state)| (o.idempotency_key, state))
            .collect();
        let state = |key: &str| states.iter().find(|(k, _)| k == key).map(|(_, s)| &s[..]);
        assert_eq!(state("ann"), Some("cancelled"));
        for other in ["bob", "by hand", "notice"] {
            assert_eq!(state(other), Some("pending"), "{other}");
        }
    }
}

contract! {
    async fn a_machine_cancels_nothing(house: House) {
        let ann = kept(house.ann_writes("m1").await);
        house.plans(vec![step(ann, house.now())]).await;
        house.receives(mail("m2").answers("m1").automatic(Automation::OutOfOffice)).await;
        assert_eq!(house.store.claim("timed", 10).await.unwrap().len(), 1);
        assert_eq!(house.store.count(Kind::Message).await.unwrap(), 2);
    }
}

contract! {
    async fn where_a_channel_has_got_to_is_kept_with_its_message(house: House) {
        house.receives(mail("m1").cursor("uid 7")).await;
        house.receives(mail("m1").cursor("uid 8")).await;
        let house = house.again().await;
        assert_eq!(house.store.cursor("support", "INBOX").await.unwrap().as_deref(), Some("uid 8"));
        assert_eq!(house.store.cursor("support", "Sent").await.unwrap(), None);
    }
}

contract! {
    async fn each_mail_of_a_mailbox_has_one_fate(house: House) {
        let lay_at = |uid: &str, mail: crate::support::Mail| mail.known_as("imap/support/1/INBOX", uid);
        house.receives(lay_at("1", mail("m1"))).await;
        house.receives(lay_at("2", mail("m2").answers("m1"))).await;
        house.receives(lay_at("3", mail("m2").answers("m1"))).await;
        house.receives(lay_at("4", mail("m3").automatic(Automation::OutOfOffice))).await;
        house.receives(lay_at("5", mail("m4").unreadable("not_mail"))).await;
        // The same again, after a crash say, changes nothing.
        house.receives(lay_at("2", mail("m2").answers("m1"))).await;
        let ledger = house.store.ledger("imap/support/1/INBOX").await.unwrap();
        let fates: Vec<(&str, &str)> = ledger.iter().map(|(uid, fate)| (&uid[..], &fate[..])).collect();
        let expected =
            [("1", "new"), ("2", "threaded"), ("3", "duplicate"), ("4", "automated"), ("5", "quarantined")];
        assert_eq!(fates, expected);
        assert!(house.store.ledger("imap/support/2/INBOX").await.unwrap().is_empty());
    }
}
