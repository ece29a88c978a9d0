//! PostgreSQL: databases on the server that `RAPPORT_TEST_POSTGRES` names, and a server that a
//! test may stop and start.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, PgConnection};
use tempfile::TempDir;
use tokio::runtime::Handle;
use tokio::task::block_in_place;

/// The variable that names the server on which tests make their databases.
const SERVER: &str = "RAPPORT_TEST_POSTGRES";

/// A database of a test's own, with users of its own. It goes when it is dropped.
pub struct Database {
    server: String,
    pub name: String,
    users: Vec<String>,
}

impl Database {
    /// Makes an empty database; `None` where the tests run without PostgreSQL. Each of `users`
    /// becomes a user of the server, so that it can tell who did what.
    pub async fn new(users: &[&str]) -> Option<Self> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let Some(server) = std::env::var(SERVER).ok().filter(|url| !url.is_empty()) else {
            eprintln!("left out: {SERVER} names no server");
            return None;
        };
        let name = format!("it_{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let users: Vec<String> = users.iter().map(|user| format!("{name}_{user}")).collect();
        let mut db = connect(&server).await;
        run(&mut db, &format!("CREATE DATABASE {name} TEMPLATE template0")).await;
        for user in &users {
            run(&mut db, &format!("CREATE ROLE {user} SUPERUSER LOGIN")).await;
        }
        Some(Self { server, name, users })
    }

    /// Returns its address.
    pub fn url(&self) -> String {
        let (start, _) = self.server.rsplit_once('/').unwrap();
        format!("{start}/{}", self.name)
    }

    /// Returns its address for one of its users.
    pub fn url_of(&self, user: &str) -> String {
        let (_, host) = self.server.split_once("://").unwrap();
        let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
        let (host, _) = host.rsplit_once('/').unwrap();
        format!("postgres://{}_{user}@{host}/{}", self.name, self.name)
    }

    /// Connects to it, past the store.
    pub async fn connect(&self) -> PgConnection {
        connect(&self.url()).await
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let clean_up = async {
            let mut db = connect(&self.server).await;
            run(&mut db, &format!("DROP DATABASE {} WITH (FORCE)", self.name)).await;
            for user in &self.users {
                run(&mut db, &format!("DROP ROLE {user}")).await;
            }
        };
        block_in_place(|| Handle::current().block_on(clean_up));
    }
}

async fn connect(url: &str) -> PgConnection {
    url.parse::<PgConnectOptions>().unwrap().disable_statement_logging().connect().await.unwrap()
}

/// Runs a statement without values.
pub async fn run(db: &mut PgConnection, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(db).await.unwrap();
}

/// A server of a test's own, which it may stop and start.
pub struct Server {
    dir: TempDir,
    pub url: String,
}

impl Server {
    /// Starts a server; `None` where the tests run without PostgreSQL.
    pub fn start() -> Option<Self> {
        if std::env::var_os(SERVER).is_none_or(|url| url.is_empty()) {
            eprintln!("left out: {SERVER} names no server");
            return None;
        }
        let dir = TempDir::new().unwrap();
        let url = up(dir.path(), "start");
        Some(Self { dir, url })
    }

    /// Stops it as a power cut would.
    pub fn crash(&self) {
        up(self.dir.path(), "crash");
    }

    pub fn start_again(&self) {
        assert_eq!(up(self.dir.path(), "start"), self.url);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = script(self.dir.path(), "stop");
    }
}

fn script(dir: &Path, what: &str) -> std::io::Result<Output> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/postgres/up");
    Command::new(script).arg(dir).arg(what).output()
}

fn up(dir: &Path, what: &str) -> String {
    let output = script(dir, what).unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "tests/postgres/up {what}: {error}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
