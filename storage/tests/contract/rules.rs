//! What rules on changes, their limits and schedules over customers rest on.

use rapport_model::event::{Event, Silence, What};
use rapport_model::job::{NewJob, Task};
use rapport_model::time::{DAY, HOUR, MINUTE};
use rapport_model::{Actor, Change, Id, Kind, RecordRef};
use rapport_storage::alerts::Alert;
use rapport_storage::firings::Firing;
use rapport_storage::work::Work;

use crate::support::{MIA, contract, kept, mail, step};

contract! {
    async fn watched_changes_are_told_of_and_what_is_taken_back_is_not(house: House) {
        let (store, field) = (&house.store, |name: &str| (Kind::Deal, name.to_owned()));
        let reactions = async || {
            let jobs = store.jobs(100).await.unwrap();
            jobs.into_iter().filter(|job| matches!(job.task, Task::React { .. })).count()
        };
        let unwatched = house.makes(Kind::Deal, &[("stage", "new".into())]).await;
        assert_eq!(reactions().await, 0);
        store.watch([field("stage")]);
        let deal = house.makes(Kind::Deal, &[("stage", "new".into())]).await;
        assert_eq!(reactions().await, 0, "that one is made is not watched");
        let moved = house.changes(Change::update(deal).set("stage", "new", "won")).await;
        house.changes(Change::update(unwatched).set("amount", None::<i64>, 5)).await;
        assert_eq!(reactions().await, 1);
        store.undo(moved, Actor::User(MIA)).await.unwrap().unwrap();
        assert_eq!(reactions().await, 1, "to take it back is nothing new");
        store.watch([field("")]);
        house.makes(Kind::Deal, &[]).await;
        let import = store.act_by(Actor::Service("import".into()));
        let made = Change::create(RecordRef::new(Kind::Deal, store.new_id())).with("stage", "new");
        store.commit(vec![Work::of(import, vec![made])]).await.unwrap();
        assert_eq!(reactions().await, 2, "what a table brings in sets nothing off");

        let acts = store.acts_on(&[Kind::Deal], house.now().plus(-DAY)).await.unwrap();
        assert!(acts.iter().all(|(act, ..)| *act != moved), "what was taken back is left out");
        assert!(acts.iter().any(|(_, record, _)| *record == deal));
        assert_eq!(store.acts_on(&[], house.now().plus(-DAY)).await.unwrap(), []);
        assert_eq!(store.acts_on(&[Kind::Task], house.now().plus(-DAY)).await.unwrap(), []);
    }
}

contract! {
    async fn what_rules_did_is_counted_by_customer_and_time(house: House) {
        let (store, ann, ben) = (&house.store, Id(5), Id(6));
        let fired = async |rule: &str, customer: Id| {
            let firing = Firing { rule: rule.into(), customer: Some(customer), given: Some(MIA), at: house.now() };
            store.commit(vec![Work { firings: vec![firing], ..Work::default() }]).await.unwrap();
        };
        fired("hello", ann).await;
        house.advance(HOUR);
        fired("hello", ann).await;
        fired("other", ben).await;
        let since = |micros: i64| house.now().plus(-micros);
        assert_eq!(store.firings("hello", since(2 * HOUR)).await.unwrap(), 2);
        assert_eq!(store.firings("hello", since(MINUTE)).await.unwrap(), 1);
        let last = store.last_fired("hello", [ann, ben], since(DAY)).await.unwrap();
        assert_eq!(last, [(ann, house.now())].into());
        assert_eq!(store.loads(&[MIA]).await.unwrap().len(), 0, "nobody of that id is a colleague");
    }
}

contract! {
    async fn a_sequence_ends_for_one_customer_alone(house: House) {
        let ann = kept(house.ann_writes("m1").await);
        let ben = kept(house.receives(mail("b1").from("Ben", "ben@firm.example")).await);
        let of = |kept, sequence: &str| {
            let later = step(kept, house.now().plus(DAY));
            let Task::Step { step, thread, message, cause, depth, started, version, .. } = later.task else { panic!() };
            let task = Task::Step { sequence: sequence.into(), step, thread, message, cause, depth, started, version };
            NewJob { task, lane: kept.customer, ..later }
        };
        house.plans(vec![of(ann, "chase"), of(ann, "chase_2"), of(ben, "chase")]).await;
        let stops = vec![("chase".to_owned(), ann.customer.unwrap())];
        house.store.commit(vec![Work { stops, ..Work::default() }]).await.unwrap();
        let jobs = house.store.jobs(100).await.unwrap();
        let mut left: Vec<(String, Id)> = jobs
            .into_iter()
            .filter_map(|job| match job.task {
                Task::Step { sequence, thread, .. } => Some((sequence, thread)),
                _ => None,
            })
            .collect();
        left.sort();
        let mut expected = [("chase".to_owned(), ben.thread), ("chase_2".to_owned(), ann.thread)];
        expected.sort();
        assert_eq!(left, expected);
    }
}

contract! {
    async fn customers_are_paged_through_and_a_silence_is_found_once(house: House) {
        let mut all = Vec::new();
        for i in 0..5 {
            let address = format!("c{i}@firm{i}.example");
            let one = kept(house.receives(mail(&format!("m{i}")).from("Somebody", &address)).await);
            let customer = RecordRef::new(Kind::Customer, one.customer.unwrap());
            let wrote = Change::update(customer).set("n_in", None::<i64>, 1).set("last_in", None::<i64>, house.now());
            house.changes(wrote).await;
            all.push((one.customer.unwrap(), one.thread));
        }
        let store = &house.store;
        let first = store.customers_after(Id(0), 3).await.unwrap();
        let rest = store.customers_after(first[2], 3).await.unwrap();
        let ids: Vec<Id> = all.iter().map(|(customer, _)| *customer).collect();
        assert_eq!([first, rest].concat(), ids);
        let newest = store.newest_threads(ids.clone()).await.unwrap();
        assert_eq!(newest, all.iter().copied().collect());

        house.advance(10 * DAY);
        let silent = async |before| {
            let found = store.silent_after(Id(0), before, 10).await.unwrap();
            found.iter().map(|quiet| quiet.customer).collect::<Vec<_>>()
        };
        assert_eq!(silent(house.now().plus(-11 * DAY)).await, []);
        assert_eq!(silent(house.now().plus(-9 * DAY)).await, ids);
        let silence = Silence { days: 10, usual: None, since: house.now().plus(-10 * DAY) };
        let about = RecordRef::new(Kind::Customer, ids[0]);
        let what = What::Silence(silence);
        let told = Event { id: store.new_id(), at: house.now(), about: Some(about), cause: None, depth: 0, what };
        store.commit(vec![Work { events: vec![told], ..Work::default() }]).await.unwrap();
        assert_eq!(silent(house.now().plus(-9 * DAY)).await, ids[1..]);
        assert_eq!(store.n_events(about, "silence", house.now().plus(-DAY)).await.unwrap(), 1);
        assert_eq!(store.n_events(about, "changed", house.now().plus(-DAY)).await.unwrap(), 0);
    }
}

contract! {
    async fn alerts_wait_together_and_are_judged_by_who_got_them(house: House) {
        let (store, now) = (&house.store, house.now());
        let alert = |id: i64, waits: bool| Alert {
            id: Id(id), reader: MIA, text: "alert_complaint".into(), rule: "complaint".into(),
            customer: None, at: now.plus(id), waits,
        };
        let alerts = vec![alert(1, false), alert(2, true), alert(3, true)];
        store.commit(vec![Work { alerts, ..Work::default() }]).await.unwrap();
        let key = (MIA, "alert_complaint".to_owned());
        assert_eq!(store.alert_times(now.plus(-HOUR)).await.unwrap()[&key].len(), 3);
        assert!(store.alert_times(now.plus(HOUR)).await.unwrap().is_empty());
        let waiting = store.waiting_alerts(MIA, "alert_complaint", 10).await.unwrap();
        assert_eq!(waiting, [alert(2, true), alert(3, true)]);
        let told = waiting.iter().map(|alert| alert.id).collect();
        store.commit(vec![Work { told, ..Work::default() }]).await.unwrap();
        assert_eq!(store.waiting_alerts(MIA, "alert_complaint", 10).await.unwrap(), []);

        let judge = async |reader, alert, useful| store.judge_alert(reader, alert, useful).await.unwrap();
        assert_eq!(judge(Id(99), None, Some(true)).await, None, "it was told to somebody else");
        assert_eq!(judge(MIA, Some(Id(2)), Some(true)).await, None, "it was not told by itself");
        assert_eq!(judge(MIA, None, Some(false)).await, Some((Id(1), "complaint".into(), None)));
        assert_eq!(judge(MIA, Some(Id(1)), Some(true)).await, Some((Id(1), "complaint".into(), Some(false))));
        let verdicts = store.verdicts(now.plus(-HOUR)).await.unwrap();
        assert_eq!((verdicts["complaint"].useful, verdicts["complaint"].useless), (1, 0));
        judge(MIA, None, None).await;
        assert!(store.verdicts(now.plus(-HOUR)).await.unwrap().is_empty());
        assert!(store.is_alert(Id(1), MIA).await.unwrap() && !store.is_alert(Id(1), Id(99)).await.unwrap());
    }
}
