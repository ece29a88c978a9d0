//! What is committed together is there together, or not at all.

use rapport_model::reading::{Intent, Mood};
use rapport_model::{Change, Id, Kind, RecordRef};
use rapport_storage::StorageError;
use rapport_storage::work::Work;

use crate::support::{MIA, contract, event, job, kept, notice, reading};

contract! {
    async fn a_jobs_result_and_its_removal_come_together(house: House) {
        let ann = kept(house.ann_writes("m1").await);
        let [claimed] = &house.store.claim("understand", 1).await.unwrap()[..] else { panic!() };
        let note = RecordRef::new(Kind::Note, house.store.new_id());
        let ticket = RecordRef::new(Kind::Ticket, house.store.new_id());
        let mut unusual = event(&house);
        (unusual.about, unusual.cause) = (Some(note), Some(Id(4)));
        let act = rapport_model::Act { cause: Some(unusual.id), ..house.store.act("record") };
        let read = reading(Intent::Problem, Mood::Negative, -0.5);
        let work = Work {
            job: Some((claimed.id, claimed.fence, None)),
            basis: None,
            readings: vec![(ann.message, read.clone())],
            events: vec![unusual.clone()],
            acts: vec![(
                act.clone(),
                vec![
                    Change::create(note).with("body", "漏水").with("customer", ann.customer),
                    Change::create(ticket).with("title", "Leak").with("status", "open"),
                ],
            )],
            jobs: vec![job(&house, "digest")],
            outbox: vec![notice(&house, "n1")],
            files: Vec::new(),
            mailing: None,
        };
        let numbers = house.store.commit(vec![work]).await.unwrap();
        assert_eq!(numbers, [(ticket.id, 1)].into());

        assert_eq!(house.store.message(ann.message).await.unwrap().unwrap().reading, Some(read));
        assert_eq!(house.store.event(unusual.id).await.unwrap(), Some(unusual.clone()));
        assert_eq!(house.store.events_about(note).await.unwrap(), [unusual.clone()]);
        assert_eq!(house.store.record(note).await.unwrap().unwrap().text("body"), "漏水");
        let caused = house.store.caused_by(unusual.id).await.unwrap();
        assert_eq!(caused.iter().map(|e| e.act.clone()).collect::<Vec<_>>(), [act.clone(), act]);
        assert_eq!(house.store.claim("timed", 9).await.unwrap().len(), 1);
        assert_eq!(house.store.outbox(9).await.unwrap().len(), 1);
        assert_eq!(house.store.job(claimed.id).await.unwrap(), None);
    }
}

contract! {
    async fn work_with_a_field_that_does_not_exist_is_refused_whole(house: House) {
        let deal = RecordRef::new(Kind::Deal, house.store.new_id());
        let change = Change::create(deal).with("title; DROP TABLE deals", "x");
        let work = Work {
            acts: vec![(house.store.act("record"), vec![change])],
            jobs: vec![job(&house, "digest")],
            events: vec![event(&house)],
            ..Work::default()
        };
        let refused = house.store.commit(vec![work]).await;
        assert!(matches!(refused, Err(StorageError::Refused(_))), "{refused:?}");
        assert_eq!(house.store.job_counts().await.unwrap().due, 0);
        assert_eq!(house.store.count(Kind::Deal).await.unwrap(), 0);
    }
}

contract! {
    async fn one_commit_that_fails_takes_no_other_with_it(house: House) {
        let mut waiting = tokio::task::JoinSet::new();
        for i in 0..40 {
            let house = house.clone();
            waiting.spawn(async move {
                let handle = if i % 4 == 0 { "same".to_owned() } else { format!("h{i}") };
                let user = RecordRef::new(Kind::User, house.store.new_id());
                let change = Change::create(user).with("handle", handle).with("role", "rep").with("active", true);
                house.store.commit(vec![Work::of(house.store.act("test"), vec![change])]).await.is_ok()
            });
        }
        let n_done = waiting.join_all().await.into_iter().filter(|done| *done).count();
        assert_eq!(n_done, 31, "of ten of the same handle, one");
        assert_eq!(house.store.users().await.unwrap().len(), 31);
    }
}

contract! {
    async fn nothing_to_commit_is_no_trouble(house: House) {
        assert!(house.store.commit(Vec::new()).await.unwrap().is_empty());
        assert!(house.store.commit(vec![Work::default()]).await.unwrap().is_empty());
        assert_eq!(house.store.ingest(Vec::new()).await.unwrap(), []);
        assert_eq!(house.store.messages(&[]).await.unwrap(), []);
        assert_eq!(house.store.last_act(&rapport_model::Actor::User(MIA)).await.unwrap(), None);
    }
}

contract! {
    async fn whoever_waits_for_a_commit_is_woken(house: House) {
        let woken = house.store.wait_for_commit();
        tokio::pin!(woken);
        // It listens from its first poll on.
        tokio::select! {
            biased;
            () = &mut woken => panic!("nothing was committed"),
            () = std::future::ready(()) => {}
        }
        house.plans(vec![job(&house, "digest")]).await;
        woken.await;
    }
}
