//! Messages are taken in once, and nothing is lost.

use rapport_model::Kind;
use rapport_model::message::Automation;
use rapport_storage::ingest::Fate;

use crate::support::{contract, kept, mail};

contract! {
    async fn the_same_message_twice_is_one_message(house: House) {
        let first = kept(house.ann_writes("m1").await);
        assert_eq!(house.ann_writes("m1").await, Fate::Duplicate { of: first.message });
        assert_eq!(house.store.count(Kind::Message).await.unwrap(), 1);
        assert_eq!(house.store.count(Kind::Customer).await.unwrap(), 1);
    }
}

contract! {
    async fn twins_within_a_batch_are_one_message(house: House) {
        let twin = || mail("m1").arrival(house.clock.as_ref());
        let fates = house.store.ingest(vec![twin(), twin()]).await.unwrap();
        assert_eq!(fates[1], Fate::Duplicate { of: kept(fates[0].clone()).message });
    }
}

contract! {
    async fn a_second_source_adds_its_key_and_no_message(house: House) {
        let first = kept(house.receives(mail("m1").known_as("imap/support/1", "17")).await);
        let second = house.receives(mail("m1").known_as("imap/archive/1", "4")).await;
        assert_eq!(second, Fate::Duplicate { of: first.message });
        // Known by the second place's key alone, whatever its bytes have become.
        let third = house.receives(mail("other").known_as("imap/archive/1", "4")).await;
        assert_eq!(third, Fate::Duplicate { of: first.message });
    }
}

contract! {
    async fn a_source_may_know_a_message_by_a_key_of_any_length(house: House) {
        // Random enough that no index can shorten it.
        let path: String = (0..2000u32).map(|i| format!("{:x}/", i.wrapping_mul(2_654_435_761))).collect();
        let first = kept(house.receives(mail("m1").known_as("file", &path)).await);
        let again = house.receives(mail("m2").known_as("file", &path)).await;
        assert_eq!(again, Fate::Duplicate { of: first.message });
        kept(house.receives(mail("m3").known_as("file", &format!("{path}x"))).await);
    }
}

contract! {
    async fn what_cannot_be_read_is_quarantined_once(house: House) {
        let broken = || mail("m1").unreadable("not_mail").raw(vec![0xff, 0, 1]);
        let Fate::Quarantined { id, reason } = house.receives(broken()).await else { panic!() };
        assert_eq!(reason, "not_mail");
        assert_eq!(house.receives(broken()).await, Fate::Duplicate { of: id });
        assert_eq!(house.store.health().await.unwrap().quarantined, 1);
        assert_eq!(house.store.count(Kind::Message).await.unwrap(), 0);
    }
}

contract! {
    async fn a_message_that_the_database_refuses_is_quarantined_alone(house: House) {
        house
            .sabotage(
                "CREATE TRIGGER refuse BEFORE INSERT ON messages WHEN NEW.n_attachments = 2
                 BEGIN SELECT RAISE(ABORT, 'refused'); END",
                "ALTER TABLE messages ADD CHECK (n_attachments <> 2)",
            )
            .await;
        let poison = mail("m2").with_file("a.pdf", "application/pdf").with_file("b.pdf", "application/pdf");
        let batch = [mail("m1"), poison, mail("m3")].map(|m| m.arrival(house.clock.as_ref()));
        let fates = house.store.ingest(batch.to_vec()).await.unwrap();
        assert!(
            matches!(&fates[..], [Fate::Kept { .. }, Fate::Quarantined { reason, .. }, Fate::Kept { .. }]
                if reason == "poison"),
            "{fates:?}"
        );
    }
}

contract! {
    async fn a_message_with_hostile_words_is_kept_as_it_came(house: House) {
        let body = "nul \0, quote ' \" \\, brace {0} $1, 水\u{10ffff}\u{202e}";
        let hostile = mail("m1").says(body, body).from(body, "ann@novak-cafe.example").known_as(body, body);
        let first = kept(house.receives(hostile.clone()).await);
        let loaded = house.store.message(first.message).await.unwrap().unwrap();
        assert_eq!((&loaded.subject[..], &loaded.body[..]), (body, body));
        assert_eq!(house.store.parties(first.message).await.unwrap()[0].name, body);
        assert_eq!(house.receives(hostile).await, Fate::Duplicate { of: first.message });
    }
}

contract! {
    async fn an_author_who_was_written_to_before_becomes_a_customer(house: House) {
        let out = kept(house.receives(mail("o1").out()).await);
        assert_eq!(out.customer, None);
        let answer = kept(house.receives(mail("m1").answers("o1")).await);
        assert_eq!(answer.thread, out.thread);
        assert!(answer.customer.is_some());
        assert_eq!(kept(house.receives(mail("o2").out()).await).customer, answer.customer);
    }
}

contract! {
    async fn a_machine_makes_no_customer(house: House) {
        let fate = house.receives(mail("m1").automatic(Automation::AutoReply)).await;
        assert!(matches!(fate, Fate::Kept { customer: None, automation: Automation::AutoReply, .. }));
        assert_eq!(house.store.count(Kind::Customer).await.unwrap(), 0);
    }
}

contract! {
    async fn sixty_four_who_send_at_once_each_get_their_own_answer(house: House) {
        let mut waiting = tokio::task::JoinSet::new();
        for i in 0..64 {
            let house = house.clone();
            waiting.spawn(async move {
                let from = format!("p{i}@firm{}.example", i % 5);
                let id = format!("m{i}");
                let message = kept(house.receives(mail(&id).from("", &from)).await).message;
                (id, message)
            });
        }
        for (id, message) in waiting.join_all().await {
            let loaded = house.store.message(message).await.unwrap().unwrap();
            assert_eq!(loaded.message_id, format!("{id}@novak-cafe.example"));
        }
        assert_eq!(house.store.count(Kind::Message).await.unwrap(), 64);
        assert_eq!(house.store.count(Kind::Customer).await.unwrap(), 64);
        assert_eq!(house.store.count(Kind::Company).await.unwrap(), 5);
    }
}
