//! PostgreSQL servers that the tests use, and databases on them.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection, postgres::PgConnectOptions};
use tempfile::TempDir;

/// The variable that names the server on which tests make their databases.
const SERVER: &str = "RAPPORT_TEST_POSTGRES";

/// Makes a database on the server of the tests and returns its URL; `None` without a server.
pub async fn new_database() -> Option<String> {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let server = std::env::var(SERVER).ok().filter(|url| !url.is_empty())?;
    let name = format!("contract_{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
    administer(&server, format!("CREATE DATABASE {name} TEMPLATE template0")).await;
    Some(url_of(&server, &name))
}

/// Drops a database, whoever may still be connected to it.
pub async fn drop_database(url: &str) {
    let name = url.rsplit('/').next().unwrap();
    let server = std::env::var(SERVER).unwrap();
    administer(&server, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
}

/// Runs a statement on a database, past the store.
pub async fn administer(url: &str, sql: String) {
    let mut db = connect(url).await;
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut db).await.unwrap();
    db.close().await.unwrap();
}

/// Connects to a database, past the store.
pub async fn connect(url: &str) -> PgConnection {
    url.parse::<PgConnectOptions>().unwrap().connect().await.unwrap()
}

fn url_of(server: &str, database: &str) -> String {
    let (start, _) = server.rsplit_once('/').unwrap();
    format!("{start}/{database}")
}

/// A server of a test's own, which it may stop and start.
pub struct Server {
    dir: TempDir,
    url: String,
}

impl Server {
    /// Starts a server; `None` where the tests run without PostgreSQL.
    pub fn start() -> Option<Self> {
        if std::env::var_os(SERVER).is_none_or(|url| url.is_empty()) {
            eprintln!("left out: {SERVER} names no server");
            return None;
        }
        let dir = TempDir::new().unwrap();
        let url = run(dir.path(), "start");
        Some(Self { dir, url })
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// Stops it as a power cut would.
    pub fn crash(&self) {
        run(self.dir.path(), "crash");
    }

    pub fn start_again(&self) {
        assert_eq!(run(self.dir.path(), "start"), self.url);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = command(self.dir.path(), "stop");
    }
}

fn command(dir: &Path, what: &str) -> std::io::Result<Output> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/postgres/up");
    Command::new(script).arg(dir).arg(what).output()
}

fn run(dir: &Path, what: &str) -> String {
    let output = command(dir, what).unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "tests/postgres/up {what}: {error}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
