//! S3: the same as a directory, and servers that do not do what they should.

use std::time::Duration;

use tempfile::TempDir;

use super::{house, refused, text};
use crate::support::Program;
use crate::support::s3::{Mood, S3Server};

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_on_s3_is_made_listed_verified_and_restored() {
    let server = S3Server::start().await;
    let (dir, environment) = (TempDir::new().unwrap(), server.environment());
    let done = tokio::task::spawn_blocking(move || {
        let program = house(dir.path(), 60).with(environment.clone());
        let made = program.json(&["--json", "backup"]);
        assert!(made["manifest"]["n_pieces"].as_u64().unwrap() > 5, "{made}");
        let again = program.json(&["--json", "backup"]);
        let new = &again["manifest"]["bytes_new"];
        assert!(new.as_u64().unwrap() * 3 < again["manifest"]["bytes"].as_u64().unwrap(), "{again}");
        let verified = program.json(&["--json", "backup", "verify"]);
        assert_eq!(verified["faults"], serde_json::json!([]), "{verified}");
        let new = Program::on(&dir.path().join("new")).with(environment);
        let key = program.data.join("keys/master.key");
        new.json(&[
            "--json",
            "restore",
            "s3://bucket/house",
            "--to",
            text(&new.data),
            "--master-key",
            text(&key),
        ]);
        assert_eq!(new.json(&["--json", "audit", "verify"])["faults"], serde_json::json!([]));
    });
    done.await.unwrap();
    let objects = server.objects.lock().unwrap();
    assert!(objects.keys().all(|name| name.starts_with("house/")), "{:?}", objects.keys());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_refuses_fails_or_hangs_is_told_and_leaves_no_backup() {
    let server = S3Server::start().await;
    let (dir, environment) = (TempDir::new().unwrap(), server.environment());
    let program = tokio::task::spawn_blocking(move || (house(dir.path(), 10).with(environment), dir));
    let (program, _dir) = program.await.unwrap();
    for (mood, says) in [
        (Mood::Refuses(403), "the server refuses: check access_key"),
        (Mood::Refuses(500), "500"),
        (Mood::Slow(Duration::from_secs(30)), "timed out"),
        (Mood::Cuts(100), "went away while the backup was made"),
    ] {
        server.is(mood);
        let said = tokio::task::block_in_place(|| refused(&program, &["backup"]));
        assert!(said.contains(says) && said.contains("s3://bucket/house"), "{mood:?}: {said}");
        let objects = server.objects.lock().unwrap();
        assert!(!objects.keys().any(|name| name.ends_with("manifest.json")), "{mood:?}");
        drop(objects);
        server.objects.lock().unwrap().clear();
    }
    server.is(Mood::Serves);
    tokio::task::block_in_place(|| program.json(&["--json", "backup"]));
}
