//! What is watched is counted for each actor and forgotten with its stretch of time; what a customer asks about
//! their data is known until it is answered.

use rapport_model::privacy::DataRight;
use rapport_model::{Change, Kind, RecordRef};
use rapport_storage::work::Work;

use crate::support::contract;

contract! {
    async fn what_is_watched_is_counted_within_its_stretch(house: House) {
        let count = async |stretch: &str, actor: &str, n| {
            house.store.count_watched("refusals", stretch, actor, n).await.unwrap()
        };
        assert_eq!(count("2026-03-04T10", "mia", 1).await, 1);
        assert_eq!(count("2026-03-04T10", "mia", 2).await, 3);
        assert_eq!(count("2026-03-04T10", "127.0.0.1", 1).await, 1, "somebody else");
        assert_eq!(house.store.count_watched("exports", "2026-03-04", "mia", 1).await.unwrap(), 1);
        assert_eq!(count("2026-03-04T11", "mia", 1).await, 1, "an hour later");
        assert_eq!(count("2026-03-04T10", "127.0.0.1", 1).await, 1, "the hour before is forgotten");
        assert_eq!(house.store.count_watched("exports", "2026-03-04", "mia", 1).await.unwrap(), 2);
    }
}

contract! {
    async fn what_a_customer_asked_is_known_until_it_is_answered(house: House) {
        let store = &house.store;
        let (customer, request) = (store.new_id(), RecordRef::new(Kind::PrivacyRequest, store.new_id()));
        let changes = vec![
            Change::create(RecordRef::new(Kind::Customer, customer)).with("name", "Ben"),
            Change::create(request).with("customer", customer).with("rights", "access,erase").with("state", "open"),
        ];
        store.commit(vec![Work::of(store.act("test"), changes)]).await.unwrap();
        let asked = async || {
            let known = store.known(&[customer].into(), &[].into()).await.unwrap();
            known.customers[&customer].asked.clone()
        };
        assert_eq!(asked().await, [DataRight::Access, DataRight::Erase]);
        assert_eq!(store.by_number(Kind::PrivacyRequest, 1).await.unwrap().unwrap().record, request);
        let answered = Change::update(request).set("answered_at", rapport_model::Value::Null, house.now());
        store.commit(vec![Work::of(store.act("test"), vec![answered])]).await.unwrap();
        assert_eq!(asked().await, []);
    }
}
