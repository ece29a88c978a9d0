//! Who gets which job, for how long, and in which order.

use rapport_model::Kind;
use rapport_model::job::{JobOutcome, Task};
use rapport_model::time::{MINUTE, SECOND};
use rapport_storage::health::QueueHealth;
use rapport_storage::jobs::LEASE;
use rapport_storage::work::Work;

use crate::support::{contract, event, job, kept, mail, step};

contract! {
    async fn what_is_more_urgent_is_done_first(house: House) {
        let ann = kept(house.ann_writes("m1").await);
        house.plans(vec![job(&house, "digest"), step(ann, house.now())]).await;
        let jobs = house.store.claim("timed", 10).await.unwrap();
        let priorities: Vec<i64> = jobs.iter().map(|job| job.task.priority()).collect();
        assert_eq!(priorities, [2, 3]);
        let [understand] = &house.store.claim("understand", 10).await.unwrap()[..] else { panic!() };
        assert_eq!(understand.task, Task::Understand { message: ann.message });
    }
}

contract! {
    async fn whoever_sends_many_waits_behind_whoever_sends_one(house: House) {
        for i in 0..60 {
            house.ann_writes(&format!("m{i}")).await;
        }
        let bob = kept(house.receives(mail("b1").from("Bob", "bob@firm.example")).await);
        // The first that wait keep their place.
        let jobs = house.store.claim("understand", 27).await.unwrap();
        assert_eq!(jobs[26].task, Task::Understand { message: bob.message }, "{jobs:?}");
        // The rest of Ann's wait, but not for ever: all are due at once, in their order.
        assert_eq!(house.store.claim("understand", 100).await.unwrap().len(), 34);
    }
}

contract! {
    async fn a_job_waits_for_its_time(house: House) {
        let ann = kept(house.ann_writes("m1").await);
        let at = house.now().plus(MINUTE);
        house.plans(vec![step(ann, at), step(ann, at.plus(MINUTE))]).await;
        assert_eq!(house.store.claim("timed", 10).await.unwrap(), []);
        assert_eq!(house.store.next_due("timed").await.unwrap(), Some(at));
        let counts = house.store.job_counts().await.unwrap();
        assert_eq!((counts.due, counts.later, counts.given_up), (1, 2, 0));
        house.advance(MINUTE);
        let [due] = &house.store.claim("timed", 10).await.unwrap()[..] else { panic!() };
        assert_eq!((due.run_at, due.attempt, due.fence), (at, 1, 1));
    }
}

contract! {
    async fn a_claim_that_outlives_its_lease_is_released(house: House) {
        house.ann_writes("m1").await;
        let [first] = &house.store.claim("understand", 1).await.unwrap()[..] else { panic!() };
        house.advance(LEASE - SECOND);
        assert_eq!(house.store.claim("understand", 1).await.unwrap(), []);
        house.advance(SECOND);
        let [second] = &house.store.claim("understand", 1).await.unwrap()[..] else { panic!() };
        assert_eq!((second.id, second.fence, second.attempt), (first.id, first.fence + 1, 2));

        // The first worker was not dead: what it did is dropped, wholly.
        let late = Work {
            job: Some((first.id, first.fence, Some(JobOutcome::Done))),
            events: vec![event(&house)],
            jobs: vec![job(&house, "late")],
            ..Work::default()
        };
        let late_event = late.events[0].id;
        house.store.commit(vec![late]).await.unwrap();
        assert!(house.store.job(first.id).await.unwrap().unwrap().claimed);
        assert_eq!(house.store.event(late_event).await.unwrap(), None);
        assert_eq!(house.store.claim("timed", 1).await.unwrap(), []);

        let done = Work { job: Some((second.id, second.fence, None)), ..Work::default() };
        house.store.commit(vec![done]).await.unwrap();
        assert_eq!(house.store.job(first.id).await.unwrap(), None);
        assert_eq!(house.store.count(Kind::Message).await.unwrap(), 1);
    }
}

contract! {
    async fn a_job_that_is_postponed_counts_its_attempts_and_one_that_waits_does_not(house: House) {
        house.plans(vec![job(&house, "digest")]).await;
        for (outcome, attempts) in [
            (JobOutcome::Postpone { at: house.now().plus(MINUTE), why: "no network".into() }, 1),
            (JobOutcome::Wait { at: house.now().plus(2 * MINUTE), why: "asked to wait".into() }, 1),
            (JobOutcome::Postpone { at: house.now().plus(3 * MINUTE), why: "no network".into() }, 2),
        ] {
            let [claimed] = &house.store.claim("timed", 1).await.unwrap()[..] else { panic!("{outcome:?}") };
            let work = Work { job: Some((claimed.id, claimed.fence, Some(outcome.clone()))), ..Work::default() };
            house.store.commit(vec![work]).await.unwrap();
            let listed = house.store.job(claimed.id).await.unwrap().unwrap();
            assert_eq!((listed.attempts, listed.claimed, listed.given_up), (attempts, false, false), "{outcome:?}");
            assert_eq!(listed.run_at, house.now().plus(MINUTE));
            assert!(listed.last_error.is_some());
            assert_eq!(house.store.claim("timed", 1).await.unwrap(), []);
            house.advance(MINUTE);
        }
    }
}

contract! {
    async fn claims_that_outlived_their_lease_are_counted(house: House) {
        for id in ["m1", "m2"] {
            house.ann_writes(id).await;
        }
        let figures = async || {
            let of = |queue: QueueHealth| (queue.claimed, queue.lease_expired, queue.lease_expiries);
            house.store.health().await.unwrap().jobs.into_iter().map(of).collect::<Vec<_>>()
        };
        assert_eq!(house.store.claim("understand", 9).await.unwrap().len(), 2);
        assert_eq!(figures().await, [(0, 0, 0), (2, 0, 0)], "timed, understand");
        for n in [2, 4] {
            house.advance(LEASE);
            assert_eq!(figures().await[1], (2, 2, n - 2));
            assert_eq!(house.store.claim("understand", 9).await.unwrap().len(), 2);
            assert_eq!(figures().await, [(0, 0, 0), (2, 0, n)]);
        }
    }
}
