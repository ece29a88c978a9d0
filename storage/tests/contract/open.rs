//! Opening a store, and what is said when that fails.

use std::sync::Arc;

use rapport_model::ManualClock;
use rapport_storage::{Access, Engine, Place, StorageError, Store};
use tempfile::TempDir;

use crate::support::{contract, kept};

contract! {
    async fn what_was_written_is_there_after_a_restart(house: House) {
        let ann = kept(house.ann_writes("m1").await);
        let before = house.store.message(ann.message).await.unwrap();
        let mark = house.store.new_id();
        let house = house.again().await;
        assert_eq!(house.store.message(ann.message).await.unwrap(), before);
        assert_eq!(house.store.claim("understand", 9).await.unwrap().len(), 1);
        assert!(house.store.new_id() > ann.message && house.store.new_id() > mark);
        let answer = kept(house.receives(crate::support::mail("m2").answers("m1")).await);
        assert_eq!((answer.thread, answer.customer), (ann.thread, ann.customer));
    }
}

contract! {
    async fn a_store_of_a_newer_version_is_left_alone(house: House) {
        house
            .sabotage("PRAGMA user_version = 99", "UPDATE meta SET value = '99' WHERE name = 'version'")
            .await;
        house.store.close().await;
        let dir = TempDir::new().unwrap();
        std::fs::create_dir(dir.path().join("keys")).unwrap();
        for name in ["rapport.db", "keys.db", "keys/master.key"] {
            let _ = std::fs::copy(house.dir().join(name), dir.path().join(name));
        }
        for access in [Access::Write, Access::Read] {
            let refused = house.open_in(dir.path(), access).await.err();
            assert!(
                matches!(refused, Some(StorageError::Newer { found: 99, known, .. }) if known < 99),
                "{access:?}: {refused:?}"
            );
        }
    }
}

contract! {
    async fn the_engine_is_said(house: House) {
        let name = house.store.engine().name();
        assert_eq!(name, if house.is_on_server() { "postgres" } else { "sqlite" });
        assert_eq!(house.store.dir(), house.dir());
    }
}

contract! {
    async fn there_is_nothing_to_read_before_something_was_written(house: House) {
        if house.is_on_server() {
            house.sabotage("", "DROP TABLE meta").await;
        }
        let dir = TempDir::new().unwrap();
        let refused = house.open_in(dir.path(), Access::Read).await.err();
        assert!(
            matches!(&refused, Some(StorageError::Refused(why)) if why.contains("`rapport init` makes one")),
            "{refused:?}"
        );
    }
}

async fn refused(database: &str) -> StorageError {
    let dir = TempDir::new().unwrap();
    let place = Place { database: Some(database.into()), keys: None };
    let clock = Arc::new(ManualClock::default());
    Store::open_at(dir.path(), &place, Access::Write, clock).await.err().expect("it does not open")
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_is_named_without_its_password() {
    // A port that is free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = refused(&format!("postgres://ann:sesame@127.0.0.1:{port}/rapport")).await;
    let said = error.to_string();
    assert!(matches!(error, StorageError::Server { .. }), "{error:?}");
    for word in ["cannot be reached", &format!("postgres://ann@127.0.0.1:{port}/rapport"), "start it"] {
        assert!(said.contains(word), "{word:?} in {said}");
    }
    assert!(!said.contains("sesame") && !format!("{error:?}").contains("sesame"), "{error:?}");
}

#[tokio::test]
async fn what_is_no_address_of_a_database_is_refused() {
    for database in ["mysql://ann:sesame@db.example/rapport", "postgres://ann:sesame", "rapport.db", ""] {
        let error = refused(database).await;
        assert!(matches!(error, StorageError::Server { .. }), "{database}: {error:?}");
        assert!(!format!("{error} {error:?}").contains("sesame"), "{error:?}");
    }
}

#[tokio::test]
async fn a_file_may_have_another_name() {
    let dir = TempDir::new().unwrap();
    let place = Place { database: Some("sqlite://house.db".into()), keys: None };
    let clock = Arc::new(ManualClock::default());
    let store = Store::open_at(dir.path(), &place, Access::Write, clock).await.unwrap();
    assert_eq!(store.engine(), Engine::Sqlite);
    assert!(dir.path().join("house.db").exists() && dir.path().join("keys.db").exists());
}
