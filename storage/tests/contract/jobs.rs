//! Jobs as people see them, and keys that keep a job from being done twice.

use rapport_model::job::{JobOutcome, NewJob};
use rapport_model::{Id, Timestamp};
use rapport_storage::work::Work;

use crate::support::{House, contract, job};

/// Claims the only due job and commits what became of it.
async fn ends(house: &House, outcome: JobOutcome) -> Id {
    let [claimed] = &house.store.claim("timed", 10).await.unwrap()[..] else { panic!() };
    let work = Work { job: Some((claimed.id, claimed.fence, Some(outcome))), ..Work::default() };
    house.store.commit(vec![work]).await.unwrap();
    claimed.id
}

contract! {
    async fn a_job_that_was_given_up_waits_for_a_person(house: House) {
        house.plans(vec![job(&house, "digest")]).await;
        let id = ends(&house, JobOutcome::GiveUp { why: "no such rule".into() }).await;
        assert_eq!(house.store.claim("timed", 10).await.unwrap(), []);
        let counts = house.store.job_counts().await.unwrap();
        assert_eq!((counts.due, counts.later, counts.given_up), (0, 0, 1));
        house.plans(vec![job(&house, "alert")]).await;
        let listed = house.store.jobs(10).await.unwrap();
        assert_eq!((listed[0].id, listed[0].given_up, listed.len()), (id, true, 2));
        assert_eq!(listed[0].last_error.as_deref(), Some("no such rule"));

        assert!(house.store.retry_job(id).await.unwrap());
        let claimed = house.store.claim("timed", 10).await.unwrap();
        assert_eq!((claimed.len(), claimed[0].attempt), (2, 1));
        assert!(!house.store.retry_job(id).await.unwrap(), "somebody works on it");
        assert!(!house.store.drop_job(id).await.unwrap(), "somebody works on it");
        assert!(!house.store.retry_job(Id(5)).await.unwrap());
    }
}

contract! {
    async fn a_job_can_be_dropped(house: House) {
        house.plans(vec![job(&house, "digest")]).await;
        let id = house.store.jobs(1).await.unwrap()[0].id;
        assert!(house.store.drop_job(id).await.unwrap());
        assert!(!house.store.drop_job(id).await.unwrap());
        assert_eq!(house.store.next_due("timed").await.unwrap(), None::<Timestamp>);
    }
}

contract! {
    async fn a_job_of_a_known_key_is_not_stored_again_even_when_it_was_done(house: House) {
        let keyed = || NewJob { idempotency_key: Some("digest 2026-03-04".into()), ..job(&house, "digest") };
        house.plans(vec![keyed(), keyed(), job(&house, "without"), job(&house, "without")]).await;
        house.plans(vec![keyed()]).await;
        assert_eq!(house.store.job_counts().await.unwrap().due, 3);
        for claimed in house.store.claim("timed", 10).await.unwrap() {
            let done = Work { job: Some((claimed.id, claimed.fence, None)), ..Work::default() };
            house.store.commit(vec![done]).await.unwrap();
        }
        house.plans(vec![keyed()]).await;
        assert_eq!(house.store.job_counts().await.unwrap().due, 0);
    }
}

contract! {
    async fn neighbours_who_plan_and_do_the_same_job_do_it_once(house: House) {
        let Some(other) = house.neighbour().await else { return };
        const JOBS: usize = 60;
        let plan = |house: House| async move {
            for i in 0..JOBS {
                let key = Some(format!("run {i}"));
                house.plans(vec![NewJob { idempotency_key: key, ..job(&house, "digest") }]).await;
            }
        };
        let work = |house: House| async move {
            let mut n = 0;
            for _ in 0..JOBS * 3 {
                for claimed in house.store.claim("timed", 3).await.unwrap() {
                    let done = Work { job: Some((claimed.id, claimed.fence, None)), ..Work::default() };
                    house.store.commit(vec![done]).await.unwrap();
                    n += 1;
                }
            }
            n
        };
        let (_, _, ours, theirs) = tokio::join!(
            tokio::spawn(plan(house.clone())),
            tokio::spawn(plan(other.clone())),
            tokio::spawn(work(house.clone())),
            tokio::spawn(work(other.clone())),
        );
        let left = work(house.clone()).await;
        assert_eq!(ours.unwrap() + theirs.unwrap() + left, JOBS);
    }
}
