//! The server goes away while people write, and comes back.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rapport_model::Kind;
use rapport_storage::Place;

use crate::support::{House, Server, kept, mail};

const PRODUCERS: usize = 8;
const MAILS: usize = 40;

/// Writes its mails one after the other and returns which were acknowledged.
async fn produce(house: House, producer: usize, n_done: Arc<AtomicUsize>) -> Vec<rapport_model::Id> {
    let mut messages = Vec::new();
    for i in 0..MAILS {
        let from = format!("p{producer}@firm{i}.example");
        let sent = mail(&format!("m{producer}-{i}")).from("", &from);
        messages.push(kept(house.receives(sent).await).message);
        n_done.fetch_add(1, Ordering::SeqCst);
    }
    messages
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_outlives_a_crash_and_what_waits_is_completed() {
    let Some(server) = Server::start() else { return };
    let house = House::at(Place { database: Some(server.url().into()), keys: None }).await;
    let n_done = Arc::new(AtomicUsize::new(0));
    let mut producers = tokio::task::JoinSet::new();
    for producer in 0..PRODUCERS {
        producers.spawn(produce(house.clone(), producer, n_done.clone()));
    }
    for crash_at in [40, 120] {
        while n_done.load(Ordering::SeqCst) < crash_at {
            tokio::task::yield_now().await;
        }
        // The server's script takes a while; meanwhile they go on writing, and wait.
        tokio::task::block_in_place(|| {
            server.crash();
            server.start_again();
        });
    }
    let all =
        tokio::time::timeout(Duration::from_secs(30), producers.join_all()).await.expect("all are completed");
    let all: Vec<_> = all.into_iter().flatten().collect();
    assert_eq!(all.len(), PRODUCERS * MAILS);
    assert_eq!(house.store.count(Kind::Message).await.unwrap(), (PRODUCERS * MAILS) as i64, "each once");
    for chunk in all.chunks(50) {
        assert_eq!(house.store.messages(chunk).await.unwrap().len(), chunk.len());
    }
    assert_eq!(house.store.job_counts().await.unwrap().due, (PRODUCERS * MAILS) as i64);
}
