//! Without its keys a store says what is missing, and opens nothing.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use rapport_storage::{Access, Master, StorageError};
use tempfile::TempDir;

use crate::support::{House, contract, kept};

/// Closes the store and tells why it does not open again after `what` was done to it.
async fn after(house: House, what: impl FnOnce(&House)) -> StorageError {
    house.store.close().await;
    what(&house);
    let dir = TempDir::new().unwrap();
    for name in ["keys", "blobs"] {
        fs::create_dir(dir.path().join(name)).unwrap();
    }
    // Another directory: this one is locked until the last handle of the store is gone.
    for name in ["rapport.db", "keys.db", "keys/master.key"] {
        let _ = fs::copy(house.dir().join(name), dir.path().join(name));
    }
    house.open_in(dir.path(), Access::Write).await.err().expect("it does not open")
}

fn says(error: &StorageError, words: &[&str]) {
    assert!(matches!(error, StorageError::Key { .. }), "{error:?}");
    for word in words {
        assert!(error.to_string().contains(word), "{word:?} in {error}");
    }
}

contract! {
    async fn a_store_with_its_key_opens_elsewhere(house: House) {
        let ann = kept(house.ann_writes("m1").await);
        house.store.close().await;
        let dir = TempDir::new().unwrap();
        fs::create_dir(dir.path().join("keys")).unwrap();
        for name in ["rapport.db", "keys.db", "keys/master.key"] {
            let _ = fs::copy(house.dir().join(name), dir.path().join(name));
        }
        let store = house.open_in(dir.path(), Access::Write).await.unwrap();
        assert_eq!(store.message(ann.message).await.unwrap().unwrap().message_id, "m1@novak-cafe.example");
        assert_eq!(store.index_key(), house.store.index_key());
    }
}

contract! {
    async fn a_missing_master_key_is_named(house: House) {
        house.ann_writes("m1").await;
        let error = after(house, |house| fs::remove_file(house.key()).unwrap()).await;
        says(&error, &["keys/master.key", "is missing"]);
    }
}

contract! {
    async fn a_key_is_not_made_anew_for_a_store_that_is_still_empty(house: House) {
        let error = after(house, |house| fs::remove_file(house.key()).unwrap()).await;
        says(&error, &["keys/master.key", "is missing"]);
    }
}

contract! {
    async fn another_stores_master_key_is_refused(house: House) {
        house.ann_writes("m1").await;
        let error = after(house, |house| {
            Master::create(&house.key()).unwrap();
        })
        .await;
        says(&error, &["keys/master.key", "is not the key of this store"]);
    }
}

contract! {
    async fn a_key_that_others_may_read_is_refused(house: House) {
        let error = after(house, |house| {
            fs::set_permissions(house.key(), fs::Permissions::from_mode(0o640)).unwrap();
        })
        .await;
        says(&error, &["keys/master.key", "chmod 600"]);
    }
}

contract! {
    async fn a_damaged_master_key_is_refused_without_being_shown(house: House) {
        let mut text = String::new();
        let error = after(house, |house| {
            text = fs::read_to_string(house.key()).unwrap().trim()[..60].to_owned();
            fs::write(house.key(), &text).unwrap();
        })
        .await;
        says(&error, &["keys/master.key", "64 hex digits"]);
        assert!(!error.to_string().contains(&text[..8]));
    }
}

contract! {
    async fn a_missing_key_database_is_named(house: House) {
        house.ann_writes("m1").await;
        if house.is_on_server() {
            house.sabotage("", "DROP SCHEMA rapport_keys CASCADE").await;
        }
        let is_on_server = house.is_on_server();
        let error = after(house, |house| {
            if !house.is_on_server() {
                fs::remove_file(house.dir().join("keys.db")).unwrap();
            }
        })
        .await;
        says(&error, if is_on_server { &["key database is empty"] } else { &["keys.db", "is missing"] });
    }
}
