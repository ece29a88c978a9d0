//! What a snapshot holds, and what becomes of it in a new place, on either database.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rapport_model::{Actor, Kind, RecordRef};
use rapport_storage::backup::{Filled, Filling, Piece, Snapshot};
use rapport_storage::{Access, Engine, Place, StorageError, Store};
use tempfile::TempDir;
use tokio::sync::mpsc;

use crate::support::{House, MIA, contract, copy_key, drop_database, kept, mail, new_database, notice};

/// What a backup keeps of a store.
struct Taken {
    schema_version: i64,
    pieces: Vec<Piece>,
    keys: Vec<u8>,
}

async fn pieces(snapshot: Snapshot) -> Vec<Piece> {
    let (out, mut pieces) = mpsc::channel(2);
    let read = tokio::spawn(snapshot.read(out));
    let mut all = Vec::new();
    while let Some(piece) = pieces.recv().await {
        all.push(piece);
    }
    let counts = read.await.unwrap().unwrap();
    assert_eq!(counts.values().sum::<u64>(), all.iter().map(|piece| piece.n_rows).sum::<u64>());
    all
}

async fn take(store: &Store) -> Taken {
    let snapshot = store.snapshot().await.unwrap();
    let (keys, schema_version) = (store.wrapped_keys().await.unwrap(), snapshot.schema_version());
    Taken { schema_version, pieces: pieces(snapshot).await, keys }
}

async fn fill(taken: &Taken, dir: &Path, place: &Place, key: &Path) -> Result<Filled, StorageError> {
    copy_key(key, dir);
    let mut filling = Filling::begin(dir, place, taken.schema_version, &taken.keys).await?;
    for piece in &taken.pieces {
        if let Err(e) = filling.take(&piece.bytes).await {
            filling.abandon().await;
            return Err(e);
        }
    }
    filling.finish().await
}

/// A new place of either sort, with its directory; none without a server.
async fn new_place(engine: Engine) -> Option<(TempDir, Place)> {
    let database = match engine {
        Engine::Sqlite => None,
        Engine::Postgres => Some(new_database().await?),
    };
    Some((TempDir::new().unwrap(), Place { database, keys: None }))
}

/// Restores into a place of either sort, and looks at what is there.
async fn restored(house: &House, taken: &Taken, engine: Engine, look: impl AsyncFnOnce(&Filled, House)) {
    let Some((dir, place)) = new_place(engine).await else { return };
    let filled = fill(taken, dir.path(), &place, &house.key()).await.unwrap();
    let store = Filling::open(dir.path(), &place, house.clock.clone()).await.unwrap();
    look(&filled, House::of(store, house.clock.clone(), place.clone(), dir)).await;
    if let Some(url) = place.database {
        drop_database(&url).await;
    }
}

contract! {
    async fn what_was_acknowledged_before_a_snapshot_is_restored_from_it_on_either_database(house: House) {
        for i in 0..40 {
            let address = format!("p{}@novak-cafe.example", i % 7);
            house.receives(mail(&format!("m{i}")).from("Petra Novak", &address)).await;
        }
        house.seals().await;
        // Others go on while it is read.
        let (stop, other) = (Arc::new(AtomicBool::new(false)), house.clone());
        let stopped = stop.clone();
        let load = tokio::spawn(async move {
            let mut i = 0;
            while !stopped.load(Ordering::Relaxed) {
                let address = format!("load{i}@load.example");
                kept(other.receives(mail(&format!("load{i}")).from("Load", &address)).await);
                i += 1;
            }
            i
        });
        let mut acknowledged = Vec::new();
        for i in 0..10 {
            acknowledged.push(kept(house.ann_writes(&format!("before{i}")).await).message);
        }
        let taken = take(&house.store).await;
        stop.store(true, Ordering::Relaxed);
        let n_load = load.await.unwrap();
        for engine in [Engine::Sqlite, Engine::Postgres] {
            restored(&house, &taken, engine, async |filled, new| {
                assert_eq!(filled.seals_broken, Vec::<i64>::new());
                assert!(filled.n_seals > 0 && filled.counts["messages"] >= 50, "{filled:?} {n_load}");
                for id in &acknowledged {
                    let message = new.store.message(*id).await.unwrap().expect("an acknowledged message");
                    assert!(message.body.starts_with("Dear support"), "{}", message.body);
                }
                let audit = new.store.audit().await.unwrap();
                assert_eq!(audit.faults, vec![]);
                assert_eq!(audit.n_changes, filled.counts["changes"]);
                assert!(new.store.integrity().await.unwrap().is_whole());
                // Life goes on, and its journal with it.
                kept(new.receives(mail("after").from("New", "new@new.example")).await);
                assert!(new.seals().await > 0);
                let again = new.again().await;
                assert_eq!(again.store.audit().await.unwrap().faults, vec![]);
            })
            .await;
        }
    }
}

contract! {
    async fn what_did_not_change_is_the_same_piece(house: House) {
        for i in 0..5 {
            house.ann_writes(&format!("m{i}")).await;
        }
        let first = take(&house.store).await.pieces;
        let again = take(&house.store).await.pieces;
        assert!(first.iter().zip(&again).all(|(a, b)| a.bytes == b.bytes) && first.len() == again.len());
        house.makes(Kind::Note, &[("body", "a new one".into())]).await;
        let after = take(&house.store).await.pieces;
        let mut changed: Vec<&str> = after
            .iter()
            .filter(|piece| !first.iter().any(|before| before.bytes == piece.bytes))
            .map(|piece| &piece.table[..])
            .collect();
        changed.sort_unstable();
        assert_eq!(changed, ["acts", "changes", "notes"]);
        let mut digests = vec![house.store.digest().await.unwrap()];
        let taken = take(&house.store).await;
        for engine in [Engine::Sqlite, Engine::Postgres] {
            restored(&house, &taken, engine, async |_, new| {
                digests.push(new.store.digest().await.unwrap());
            })
            .await;
        }
        digests.dedup();
        assert_eq!(digests.len(), 1, "the records say the same, wherever they lie");
    }
}

contract! {
    async fn who_was_erased_after_a_snapshot_is_erased_in_what_is_restored_from_it(house: House) {
        let ann = kept(house.ann_writes("m1").await);
        let bob = mail("m2").from("Bob Stone", "bob@stone.example").cc("Ann Novak", "ann@novak-cafe.example");
        let bob = kept(house.receives(bob).await);
        let words = "knows Ann Novak, ann@novak-cafe.example";
        let note = house
            .makes(Kind::Note, &[("customer", bob.customer.unwrap().into()), ("body", words.into())])
            .await;
        let before = take(&house.store).await;
        let ann_record = RecordRef::new(Kind::Customer, ann.customer.unwrap());
        house.store.erase(ann_record.id, Actor::User(MIA)).await.unwrap().unwrap();
        let list = house.store.erased().await.unwrap();
        // The keys of today with the rows of before.
        let taken = Taken { keys: house.store.wrapped_keys().await.unwrap(), ..before };
        for engine in [Engine::Sqlite, Engine::Postgres] {
            restored(&house, &taken, engine, async |_, new| {
                let message = new.store.message(ann.message).await.unwrap().unwrap();
                assert_eq!((&message.subject[..], &message.body[..]), ("", ""), "its key is gone");
                assert_eq!(new.store.record(note).await.unwrap().unwrap().text("body"), words);
                let mut forged = list.clone();
                forged[0].blinds = "[]".into();
                assert!(new.store.erase_again(&forged).await.unwrap_err().to_string().contains("was changed"));

                assert_eq!(new.store.erase_again(&list).await.unwrap(), 1);
                assert_eq!(new.store.erase_again(&list).await.unwrap(), 0, "once is enough");
                let body = new.store.record(note).await.unwrap().unwrap().text("body").to_owned();
                assert_eq!(body, "knows ███ █████, ██████████████████████");
                let bob = new.store.message(bob.message).await.unwrap().unwrap();
                assert!(bob.body.starts_with("Dear support"), "{}", bob.body);
                new.seals().await;
                assert_eq!(new.store.audit().await.unwrap().faults, vec![]);
                assert_eq!(new.store.erased().await.unwrap(), list);
            })
            .await;
        }
    }
}

contract! {
    async fn what_waited_to_leave_is_held_back(house: House) {
        house.writes(vec![notice(&house, "n1")]).await;
        let taken = take(&house.store).await;
        restored(&house, &taken, house.store.engine(), async |filled, new| {
            assert_eq!(filled.n_held, 1);
            let health = new.store.health().await.unwrap();
            assert_eq!(health.outbox.iter().map(|channel| channel.unknown).sum::<i64>(), 1);
        })
        .await;
    }
}

contract! {
    async fn damaged_or_foreign_pieces_are_refused_and_nothing_stays(house: House) {
        house.ann_writes("m1").await;
        let taken = take(&house.store).await;
        let Some((dir, place)) = new_place(house.store.engine()).await else { return };
        let cut = |piece: &Piece| Piece { bytes: piece.bytes[..piece.bytes.len() - 3].to_vec(), ..piece.clone() };
        let damaged = Taken {
            pieces: taken.pieces.iter().map(|p| if p.table == "messages" { cut(p) } else { p.clone() }).collect(),
            keys: taken.keys.clone(),
            ..taken
        };
        let e = fill(&damaged, dir.path(), &place, &house.key()).await.unwrap_err().to_string();
        assert!(e.contains("breaks off") || e.contains("changed"), "{e}");
        let newer = Taken { schema_version: 99, pieces: Vec::new(), keys: taken.keys.clone() };
        let fresh = if place.database.is_some() { dir } else { TempDir::new().unwrap() };
        let e = fill(&newer, fresh.path(), &place, &house.key()).await.unwrap_err().to_string();
        assert!(e.contains("newer program"), "{e}");

        let other = TempDir::new().unwrap();
        let foreign = Store::open(other.path(), Access::Write, house.clock.clone()).await.unwrap();
        let fresh = if place.database.is_some() { fresh } else { TempDir::new().unwrap() };
        let key = other.path().join("keys/master.key");
        let e = fill(&taken, fresh.path(), &place, &key).await.unwrap_err().to_string();
        assert!(e.contains("not the key of this store"), "{e}");
        foreign.close().await;

        // On a server nothing of that is left, so that the right one finds an empty place.
        let fresh = if place.database.is_some() { fresh } else { TempDir::new().unwrap() };
        fill(&taken, fresh.path(), &place, &house.key()).await.unwrap();
        let e = fill(&taken, fresh.path(), &place, &house.key()).await.unwrap_err().to_string();
        assert!(e.contains("is there already") || e.contains("is not empty"), "{e}");
        Filling::remove(&place).await.unwrap();
        if let Some(url) = place.database {
            drop_database(&url).await;
        }
    }
}
