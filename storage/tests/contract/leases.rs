//! Leases: one holder at a time, and a fence that tells holders apart.

use rapport_model::Kind;
use rapport_model::time::{HOUR, SECOND};
use rapport_storage::StorageError;
use rapport_storage::lease::LEASE;

use crate::support::{contract, event, mail};

contract! {
    async fn a_lease_is_renewed_by_its_holder(house: House) {
        assert_eq!(house.store.lease("mail/support").await.unwrap(), Some(1));
        house.advance(LEASE - SECOND);
        assert_eq!(house.store.lease("mail/support").await.unwrap(), Some(1));
        assert_eq!(house.store.lease("digest").await.unwrap(), Some(1));
        house.store.release("mail/support").await.unwrap();
        house.store.release("never taken").await.unwrap();
        assert_eq!(house.store.lease("mail/support").await.unwrap(), Some(1));
    }
}

contract! {
    async fn a_neighbour_gets_a_lease_when_it_is_over_or_given_back(house: House) {
        let Some(other) = house.neighbour().await else { return };
        assert_eq!(house.store.lease("mail/support").await.unwrap(), Some(1));
        assert_eq!(other.store.lease("mail/support").await.unwrap(), None);
        house.advance(LEASE - SECOND);
        assert_eq!(other.store.lease("mail/support").await.unwrap(), None);
        house.advance(SECOND);
        assert_eq!(other.store.lease("mail/support").await.unwrap(), Some(2));
        assert_eq!(house.store.lease("mail/support").await.unwrap(), None);
        house.store.release("mail/support").await.unwrap();
        assert_eq!(house.store.lease("mail/support").await.unwrap(), None, "it was not ours to give");
        other.store.release("mail/support").await.unwrap();
        assert_eq!(house.store.lease("mail/support").await.unwrap(), Some(3));
    }
}

contract! {
    async fn of_many_who_want_a_lease_one_gets_it(house: House) {
        let (Some(a), Some(b), Some(c)) =
            (house.neighbour().await, house.neighbour().await, house.neighbour().await)
        else {
            return;
        };
        let got = tokio::join!(house.store.lease("x"), a.store.lease("x"), b.store.lease("x"), c.store.lease("x"));
        let got = [got.0, got.1, got.2, got.3].map(Result::unwrap);
        assert_eq!(got.iter().flatten().count(), 1, "{got:?}");
    }
}

contract! {
    async fn a_process_that_works_keeps_its_number(house: House) {
        let Some(other) = house.neighbour().await else { return };
        for _ in 0..3 {
            house.advance(HOUR - SECOND);
            house.store.lease("digest").await.unwrap();
        }
        // The neighbour was not seen for hours: its number is free, ours is not.
        let third = house.neighbour().await.unwrap();
        let node = |id: rapport_model::Id| (id.0 >> 12) & 1023;
        assert_eq!(node(third.store.new_id()), node(other.store.new_id()));
        assert_ne!(node(third.store.new_id()), node(house.store.new_id()));
    }
}

contract! {
    async fn a_process_that_slept_until_a_neighbour_got_its_number_writes_nothing(house: House) {
        let Some(other) = house.neighbour().await else { return };
        house.advance(HOUR);
        assert!(house.store.has_number().await.unwrap(), "it is free, but still its own");
        house.ann_writes("m1").await;
        other.store.keep_number().await.unwrap();
        let third = house.neighbour().await.unwrap();
        assert!(!house.store.has_number().await.unwrap());
        assert!(other.store.has_number().await.unwrap() && third.store.has_number().await.unwrap());

        let says = |e: StorageError| e.to_string();
        let works = vec![rapport_storage::work::Work { events: vec![event(&house)], ..Default::default() }];
        let refused = [
            house.store.ingest(vec![mail("m2").arrival(house.clock.as_ref())]).await.map(|_| ()).map_err(says),
            house.store.commit(works).await.map(|_| ()).map_err(says),
            house.store.claim("understand", 1).await.map(|_| ()).map_err(says),
            house.store.lease("digest").await.map(|_| ()).map_err(says),
            house.store.keep_number().await.map_err(says),
        ];
        for said in refused {
            let said = said.unwrap_err();
            assert!(said.contains("another has its number: start it again"), "{said}");
        }
        assert_eq!(other.store.count(Kind::Message).await.unwrap(), 1);
        assert_eq!(other.store.claim("understand", 9).await.unwrap().len(), 1);

        let house = house.again().await;
        assert!(house.store.has_number().await.unwrap());
        let node = |id: rapport_model::Id| (id.0 >> 12) & 1023;
        let numbers = [&house, &other, &third].map(|process| node(process.store.new_id()));
        assert!(numbers[0] != numbers[1] && numbers[0] != numbers[2], "{numbers:?}");
    }
}
