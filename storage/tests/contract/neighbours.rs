//! Several processes on one server; a file has only one.

use std::collections::HashSet;
use std::sync::Arc;

use rapport_model::job::JobOutcome;
use rapport_model::people::{Role, Scope, User};
use rapport_model::{Change, Id, Kind, RecordRef};
use rapport_storage::ingest::Fate;
use rapport_storage::work::Work;
use rapport_storage::{Access, StorageError};
use tokio::sync::Barrier;

use crate::support::{House, Kept, contract, copy_key, kept, mail};

contract! {
    async fn neighbours_see_what_the_other_wrote(house: House) {
        let Some(other) = house.neighbour().await else { return };
        let first = kept(house.ann_writes("m1").await);
        let loaded = other.store.message(first.message).await.unwrap().unwrap();
        assert_eq!(loaded.body, house.store.message(first.message).await.unwrap().unwrap().body);
        let second = kept(other.receives(mail("m2").answers("m1")).await);
        assert_eq!((second.thread, second.customer), (first.thread, first.customer));
        assert_eq!(house.store.messages_in(first.thread, 10).await.unwrap().len(), 2);
        assert_eq!(other.ann_writes("m1").await, Fate::Duplicate { of: first.message });
        let (ann, at) = (house.store.new_id(), other.store.new_id());
        assert_ne!(ann, at, "each process makes ids of its own");
    }
}

contract! {
    async fn neighbours_who_take_in_the_same_mails_keep_each_once(house: House) {
        const MAILS: usize = 40;
        let Some(other) = house.neighbour().await else { return };
        let take_in = |house: House| async move {
            let mut fates = Vec::new();
            for i in 0..MAILS {
                // Five people of one new company, whose conversations go on.
                let from = format!("p{}@firm.example", i % 5);
                let mail = mail(&format!("m{i}")).from("", &from).answers(&format!("m{}", i % 5));
                fates.push(house.receives(mail).await);
            }
            fates
        };
        let (ours, theirs) = tokio::join!(tokio::spawn(take_in(house.clone())), tokio::spawn(take_in(other)));
        let all: Vec<Fate> = ours.unwrap().into_iter().chain(theirs.unwrap()).collect();
        let kept: HashSet<Id> =
            all.iter().filter_map(|f| if let Fate::Kept { message, .. } = f { Some(*message) } else { None }).collect();
        assert_eq!(kept.len(), MAILS, "{all:?}");
        assert_eq!(all.iter().filter(|f| matches!(f, Fate::Duplicate { .. })).count(), MAILS);
        assert_eq!(house.store.count(Kind::Message).await.unwrap(), MAILS as i64);
        assert_eq!(house.store.count(Kind::Customer).await.unwrap(), 5);
        assert_eq!(house.store.count(Kind::Company).await.unwrap(), 1);
    }
}

contract! {
    async fn neighbours_never_claim_the_same_job(house: House) {
        let Some(other) = house.neighbour().await else { return };
        for i in 0..60 {
            house.receives(mail(&format!("m{i}")).from("", &format!("p{i}@firm.example"))).await;
        }
        let claim_all = |house: House| async move {
            let mut claimed = Vec::new();
            loop {
                let jobs = house.store.claim("understand", 7).await.unwrap();
                if jobs.is_empty() {
                    return claimed;
                }
                claimed.extend(jobs.into_iter().map(|job| job.id));
            }
        };
        let (ours, theirs) = tokio::join!(tokio::spawn(claim_all(house.clone())), tokio::spawn(claim_all(other)));
        let all: Vec<Id> = ours.unwrap().into_iter().chain(theirs.unwrap()).collect();
        assert_eq!(all.len(), 60);
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), 60);
    }
}

/// Claims a mail and decides what follows: it is counted, and its conversation gets a ticket
/// unless it has one.
async fn decides(house: &House, kept: Kept) -> Work {
    let [job] = &house.store.claim("understand", 1).await.unwrap()[..] else { panic!("no job waits") };
    let (customer, thread) = (kept.customer.unwrap(), kept.thread);
    let known = house.store.known(&HashSet::from([customer]), &HashSet::from([thread])).await.unwrap();
    let n_in = known.customers[&customer].n_in;
    let counted = Change::update(RecordRef::new(Kind::Customer, customer)).set("n_in", n_in, n_in + 1);
    let mut changes = vec![counted];
    if known.threads[&thread].ticket.is_none() {
        let ticket = RecordRef::new(Kind::Ticket, house.store.new_id());
        changes.push(Change::create(ticket).with("thread", thread).with("status", "open"));
    }
    Work {
        job: Some((job.id, job.fence, Some(JobOutcome::Done))),
        basis: Some(known.basis(kept.customer, thread)),
        acts: vec![(house.store.act("record"), changes)],
        ..Work::default()
    }
}

contract! {
    async fn what_a_neighbour_has_overtaken_is_decided_anew(house: House) {
        let Some(other) = house.neighbour().await else { return };
        let first = kept(house.ann_writes("m1").await);
        let second = kept(house.receives(mail("m2").answers("m1")).await);
        assert_eq!((first.thread, first.customer), (second.thread, second.customer));
        // Both know of no mail and no ticket before theirs.
        let (ours, theirs) = (decides(&house, first).await, decides(&other, second).await);
        let late = theirs.job.as_ref().unwrap().0;
        house.store.commit(vec![ours]).await.unwrap();
        other.store.commit(vec![theirs]).await.unwrap();

        let ann = RecordRef::new(Kind::Customer, first.customer.unwrap());
        let known = async || {
            let n_in = house.store.record(ann).await.unwrap().unwrap().get("n_in").int();
            (n_in, house.store.count(Kind::Ticket).await.unwrap())
        };
        assert_eq!(known().await, (Some(1), 1));
        let waits = house.store.job(late).await.unwrap().unwrap();
        assert_eq!((waits.claimed, waits.attempts), (false, 0), "it was not at fault");
        let anew = decides(&other, second).await;
        assert_eq!(anew.job.as_ref().map(|(id, fence, _)| (*id, *fence)), Some((late, 2)));
        other.store.commit(vec![anew]).await.unwrap();
        assert_eq!((known().await, house.store.job(late).await.unwrap()), ((Some(2), 1), None));
    }
}

contract! {
    async fn what_rests_on_what_was_overtaken_goes_with_it(house: House) {
        let Some(other) = house.neighbour().await else { return };
        let ann = kept(house.ann_writes("m1").await);
        let bob = kept(house.receives(mail("b1").from("Bob", "bob@stone.example").answers("m1")).await);
        let cid = kept(house.receives(mail("c1").from("Cid", "cid@cube.example")).await);
        assert_eq!(ann.thread, bob.thread);
        // Bob's comes after Ann's in one batch, in the same conversation: it knows of her ticket.
        let works = vec![decides(&house, ann).await, decides(&house, bob).await, decides(&house, cid).await];
        let counted = Change::update(RecordRef::new(Kind::Customer, ann.customer.unwrap())).set("n_in", 0, 7);
        other.changes(counted).await;
        house.store.commit(works).await.unwrap();
        let n_in = async |of: Kept| {
            let customer = RecordRef::new(Kind::Customer, of.customer.unwrap());
            house.store.record(customer).await.unwrap().unwrap().get("n_in").int()
        };
        assert_eq!([n_in(ann).await, n_in(bob).await, n_in(cid).await], [Some(7), Some(0), Some(1)]);
        assert_eq!(house.store.job_counts().await.unwrap().due, 2);
    }
}

contract! {
    async fn a_claim_survives_that_a_neighbour_starts(house: House) {
        house.ann_writes("m1").await;
        let [claimed] = &house.store.claim("understand", 1).await.unwrap()[..] else { panic!() };
        let Some(other) = house.neighbour().await else { return };
        assert_eq!(other.store.claim("understand", 1).await.unwrap(), []);
        assert!(house.store.job(claimed.id).await.unwrap().unwrap().claimed);
    }
}

contract! {
    async fn one_process_works_in_a_directory(house: House) {
        let second = house.open(Access::Write).await.err();
        let own = std::process::id();
        assert!(matches!(second, Some(StorageError::InUse { pid: Some(pid), .. }) if pid == own), "{second:?}");
        // Looking is free.
        let reader = house.open(Access::Read).await.unwrap();
        let first = kept(house.ann_writes("m1").await);
        assert!(reader.message(first.message).await.unwrap().is_some());
        let refused = reader.ingest(vec![mail("m2").arrival(house.clock.as_ref())]).await;
        assert!(matches!(refused, Err(StorageError::ReadOnly { .. })), "{refused:?}");
    }
}

fn colleague(handle: &str) -> User {
    User {
        id: Id(0),
        handle: handle.into(),
        name: handle.to_uppercase(),
        address: None,
        role: Role::Rep,
        scope: Scope::All,
        team: "sales".into(),
        zone: String::new(),
        language: String::new(),
    }
}

/// Starts a process on the server of `house`, with a directory and a copy of the key, as the
/// service does, and returns what it then works with.
async fn starts(house: House, ready: Arc<Barrier>) -> Result<(Vec<User>, Id), StorageError> {
    let dir = tempfile::TempDir::new().unwrap();
    copy_key(&house.key(), dir.path());
    ready.wait().await;
    let store = house.open_in(dir.path(), Access::Write).await?;
    ready.wait().await;
    let users = store.set_users(&["mia", "leo", "ruth"].map(colleague)).await?;
    store.set_rules("rules.toml", "# none").await?;
    let (pipeline, _) = store.pipeline().await?;
    Ok((users, pipeline))
}

contract! {
    async fn processes_that_start_at_once_on_an_empty_server_all_start(house: House) {
        const PROCESSES: usize = 3;
        if !house.is_on_server() {
            return;
        }
        for round in 0..10 {
            house
                .sabotage("", "DROP SCHEMA public CASCADE; CREATE SCHEMA public; DROP SCHEMA rapport_keys CASCADE")
                .await;
            let ready = Arc::new(Barrier::new(PROCESSES));
            let mut starting = tokio::task::JoinSet::new();
            for _ in 0..PROCESSES {
                starting.spawn(starts(house.clone(), ready.clone()));
            }
            let started: Vec<_> = starting.join_all().await.into_iter().collect::<Result<_, _>>().unwrap();
            assert!(started.iter().all(|one| *one == started[0]), "round {round}: {started:?}");
            let looking = house.open(Access::Read).await.unwrap();
            let made = [Kind::User, Kind::RuleFile, Kind::Pipeline];
            for (kind, n) in made.into_iter().zip([3, 1, 1]) {
                assert_eq!(looking.count(kind).await.unwrap(), n, "round {round}: {kind}");
            }
            for user in &started[0].0 {
                let history = looking.history(RecordRef::new(Kind::User, user.id)).await.unwrap();
                assert_eq!(history.len(), 1, "round {round}: it is said once who {} is", user.handle);
            }
        }
    }
}
