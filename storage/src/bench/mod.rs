//! Measuring code: the store beside a raw loop on the same engine, in the same run.
//!
//! A figure by itself says how fast a disk is. So each bench has a second half that writes or
//! takes the same rows with plain statements, without what the store adds: look-ups, sealing, the
//! journal's codes, a queue before the writer. The caller measures both halves; here is only what
//! they do. The service itself uses nothing of this.

pub mod ingest;
pub mod jobs;
pub mod sample;
pub mod text;

use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::sync::Arc;

use rapport_model::SystemClock;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};

use crate::db::{Address, Db, Engine};
use crate::error::{Context as _, StorageError};
use crate::migrate::migrate;
use crate::open::{Access, Store, sqlite, writing};
use crate::place::Place;

/// Where a bench makes its databases: files in a directory, or databases of a server.
#[derive(Clone, Debug)]
pub struct Ground {
    dir: PathBuf,
    server: Option<String>,
}

impl Ground {
    /// Uses files under `dir`, on the disk that is to be measured.
    pub fn files(dir: &Path) -> Self {
        Self { dir: dir.into(), server: None }
    }

    /// Uses databases of their own on the server at `url`, whose user may create databases;
    /// `dir` holds the stores' keys.
    pub fn server(dir: &Path, url: &str) -> Self {
        Self { dir: dir.into(), server: Some(url.into()) }
    }

    /// Returns which engine that is.
    pub fn engine(&self) -> Engine {
        if self.server.is_some() { Engine::Postgres } else { Engine::Sqlite }
    }

    /// Makes an empty store called `name` in the place of an earlier one.
    ///
    /// # Errors
    /// The directory cannot be written, or the server refuses.
    pub async fn store(&self, name: &str) -> Result<Store, StorageError> {
        self.clear(name).await?;
        if let Some(url) = &self.server {
            self.tell_server(url, format!("CREATE DATABASE {}", database(name))).await?;
        }
        self.reopen(name).await
    }

    /// Opens the store called `name` again.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub async fn reopen(&self, name: &str) -> Result<Store, StorageError> {
        let database = match &self.server {
            Some(url) => Some(options(url)?.database(&database(name)).to_url_lossy().to_string()),
            None => None,
        };
        let place = Place { database, keys: None };
        Store::open_at(&self.dir.join(name), &place, Access::Write, Arc::new(SystemClock)).await
    }

    /// Removes what was made under `name`.
    ///
    /// # Errors
    /// As [`Ground::store`].
    pub async fn clear(&self, name: &str) -> Result<(), StorageError> {
        let dir = self.dir.join(name);
        if dir.exists() {
            std::fs::remove_dir_all(&dir)
                .map_err(|e| StorageError::file(format!("remove {}", dir.display()), e))?;
        }
        match &self.server {
            Some(url) => {
                let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", database(name));
                self.tell_server(url, sql).await
            }
            None => Ok(()),
        }
    }

    /// Connects to the database called `name` past the store, with the store's own settings.
    async fn connect(&self, name: &str) -> Result<Db, StorageError> {
        let address = match &self.server {
            Some(url) => Address::Postgres(options(url)?.database(&database(name))),
            None => Address::Sqlite(writing(&sqlite(&self.dir.join(name).join(crate::open::DATABASE)), true)),
        };
        address.connect().await
    }

    /// Makes an empty database called `name` with the store's tables, and connects to it.
    async fn bare(&self, name: &str) -> Result<Db, StorageError> {
        self.clear(name).await?;
        let dir = self.dir.join(name);
        match &self.server {
            Some(url) => self.tell_server(url, format!("CREATE DATABASE {}", database(name))).await?,
            None => std::fs::create_dir_all(&dir)
                .map_err(|e| StorageError::file(format!("make {}", dir.display()), e))?,
        }
        let mut db = self.connect(name).await?;
        migrate(&mut db, &dir).await?;
        Ok(db)
    }

    async fn tell_server(&self, url: &str, sql: String) -> Result<(), StorageError> {
        let mut server = options(url)?.connect().await.context("reach the server")?;
        let told = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut server).await;
        let _ = server.close().await;
        told.map(|_| ()).context("make a database to measure in")
    }
}

fn database(name: &str) -> String {
    format!("rapport_bench_{}", name.replace('-', "_"))
}

fn options(url: &str) -> Result<PgConnectOptions, StorageError> {
    let options = PgConnectOptions::from_str(url).map_err(|e| StorageError::Server {
        url: url.into(),
        why: format!("is no address of a database ({e})"),
    })?;
    Ok(options.statement_cache_capacity(256).disable_statement_logging())
}
