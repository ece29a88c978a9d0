//! Leases: one holder at a time, and a fence that tells holders apart.

use rapport_model::time::{HOUR, SECOND};
use rapport_storage::lease::LEASE;

use crate::support::contract;

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
