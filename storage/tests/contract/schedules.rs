//! What the configuration says is brought into the store, and schedules know how far they are.

use rapport_model::job::NewJob;
use rapport_model::people::{Role, Scope, User};
use rapport_model::time::HOUR;
use rapport_model::{Address, Id, Kind};
use rapport_storage::people::ScheduleState;

use crate::support::{contract, job};

fn user(handle: &str, role: Role, address: Option<&str>) -> User {
    User {
        id: Id(0),
        handle: handle.into(),
        name: String::new(),
        address: address.map(|a| Address::email(a).unwrap()),
        role,
        scope: Scope::Team,
        team: "sales".into(),
        zone: "Europe/Berlin".into(),
        language: "zh".into(),
    }
}

contract! {
    async fn colleagues_follow_the_configuration(house: House) {
        let mia = user("mia", Role::Rep, Some("mia@brightwater.example"));
        let both = house.store.set_users(&[mia.clone(), user("leo", Role::Rep, None)]).await.unwrap();
        let handles: Vec<&str> = both.iter().map(|u| &u.handle[..]).collect();
        assert_eq!(handles, ["leo", "mia"]);
        assert_eq!(both[1], User { id: both[1].id, ..mia.clone() });

        let promoted = User { role: Role::Manager, ..mia };
        let left = house.store.set_users(std::slice::from_ref(&promoted)).await.unwrap();
        assert_eq!(left, [User { id: both[1].id, ..promoted }]);
        assert_eq!(house.store.count(Kind::User).await.unwrap(), 2, "Leo's history stays");
        assert_eq!(house.store.users().await.unwrap(), left);
    }
}

contract! {
    async fn a_fresh_store_has_a_pipeline(house: House) {
        let (id, stages) = house.store.pipeline().await.unwrap();
        assert_eq!(stages.len(), 6);
        assert_eq!(house.again().await.store.pipeline().await.unwrap(), (id, stages));
    }
}

contract! {
    async fn a_schedule_is_planned_once_for_each_time(house: House) {
        assert_eq!(house.store.schedule_states().await.unwrap().remove("digest"), None);
        let now = house.now();
        let planned = || NewJob { idempotency_key: Some("digest 08:00".into()), ..job(&house, "digest") };
        house.store.plan_schedule("digest", vec![planned()], now, Some(now.plus(HOUR))).await.unwrap();
        house.store.plan_schedule("digest", vec![planned()], now, None).await.unwrap();
        let state = house.store.schedule_states().await.unwrap().remove("digest").unwrap();
        assert_eq!(state, ScheduleState { id: state.id, last: Some(now), next: None });
        assert_eq!(house.store.claim("timed", 9).await.unwrap().len(), 1);
    }
}
