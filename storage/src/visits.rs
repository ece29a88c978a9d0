//! Who comes to the pages of the house: links that open once, and what a browser is known by then.
//!
//! A link is also made beside the running service, so it takes no id, as [`crate::tokens`] takes none.
//! Its row stays for a year: it tells who came when, by what, and when that ended.

use rapport_model::people::{Role, Scope, User};
use rapport_model::time::{DAY, HOUR, MINUTE};
use rapport_model::{Id, Timestamp, named};

use crate::db::{Row, query};
use crate::error::StorageError;
use crate::keys::hex;
use crate::open::Store;

/// How long a link can be opened, in microseconds.
pub const LINK_LASTS: i64 = 10 * MINUTE;
/// How long a browser is known that does not come back, in microseconds.
pub const IDLE_MAX: i64 = 12 * HOUR;
/// How long it is known however often it comes, in microseconds.
pub const VISIT_LASTS: i64 = 7 * DAY;
/// That somebody was here is noted no more often than this.
const NOTED_EACH: i64 = 5 * MINUTE;
/// How long a row tells who came.
const KEPT: i64 = 365 * DAY;
/// Bytes of a secret.
const SECRET_BYTES: usize = 32;

named! {
    /// What a link was asked for by.
    pub enum Via {
        /// A command in a chat.
        Chat = "chat",
        /// The form of the page itself.
        Form = "form",
        /// Whoever runs the service.
        Operator = "operator",
    }
}

/// A link, and what became of it; without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// For whom it was made.
    pub user: Id,
    /// By what.
    pub via: Via,
    /// When.
    pub made_at: Timestamp,
    /// What the colleague might do and see when they opened it.
    pub rank: Option<(Role, Scope)>,
    /// When it was opened.
    pub begun_at: Option<Timestamp>,
    /// When the browser was last here, to some minutes.
    pub seen_at: Option<Timestamp>,
    /// When it ended before its time.
    pub ended_at: Option<Timestamp>,
}

impl Visit {
    /// Tells whether the link can be opened.
    pub fn can_open(&self, now: Timestamp) -> bool {
        self.begun_at.is_none() && self.ended_at.is_none() && now < self.made_at.plus(LINK_LASTS)
    }

    /// Tells whether the browser that opened it is known by it.
    pub fn is_open(&self, now: Timestamp) -> bool {
        let (Some(begun), Some(seen), None) = (self.begun_at, self.seen_at, self.ended_at) else {
            return false;
        };
        now < begun.plus(VISIT_LASTS) && now < seen.plus(IDLE_MAX)
    }

    /// Tells whether the colleague may still do and see what they might when they opened it.
    pub fn is_of(&self, user: &User) -> bool {
        self.user == user.id && self.rank == Some((user.role, user.scope))
    }
}

const VISITS: &str = "SELECT user_id, via, made_us, role, scope, begun_us, seen_us, ended_us FROM visits";

impl Store {
    /// Makes a link for a colleague. Returns its secret, 64 hexadecimal digits, which nobody can tell again.
    ///
    /// # Errors
    /// The store cannot be written, or the system gives no random numbers.
    pub async fn make_visit(&self, user: Id, via: Via) -> Result<String, StorageError> {
        let secret = secret()?;
        let (proof, now) = (self.visit_proof("link", &secret), self.inner.clock.now());
        self.write_quietly(move |db| {
            Box::pin(async move {
                let sql = "DELETE FROM visits WHERE made_us < $1";
                query("forget who came long ago", sql).bind(now.plus(-KEPT)).run(&mut *db).await?;
                let sql = "INSERT INTO visits (link_proof, user_id, via, made_us) VALUES ($1, $2, $3, $4)";
                let make = query("make a link", sql).bind(&proof[..]).bind(user).bind(via.name());
                make.bind(now).run(db).await
            })
        })
        .await?;
        Ok(secret)
    }

    /// Returns the link that has this secret, whatever became of it.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn visit_by_link(&self, secret: &str) -> Result<Option<Visit>, StorageError> {
        let sql = format!("{VISITS} WHERE link_proof = $1");
        let found = query("look whose link it is", sql).bind(&self.visit_proof("link", secret)[..]);
        Ok(found.optional(&self.inner.read).await?.as_ref().map(visit))
    }

    /// Opens a link, once, for the colleague whose it is. Returns by what the browser is known from now on,
    /// 64 hexadecimal digits; nothing if the link cannot be opened any more.
    ///
    /// # Errors
    /// As [`Store::make_visit`].
    pub async fn open_visit(&self, link: &str, user: &User) -> Result<Option<String>, StorageError> {
        let secret = secret()?;
        let (link, cookie) = (self.visit_proof("link", link), self.visit_proof("cookie", &secret));
        let (now, id, role, scope) = (self.inner.clock.now(), user.id, user.role, user.scope);
        let opened = self
            .write_quietly(move |db| {
                let sql =
                    "UPDATE visits SET cookie_proof = $2, role = $3, scope = $4, begun_us = $5, seen_us = $5
                           WHERE link_proof = $1 AND user_id = $6 AND begun_us IS NULL AND ended_us IS NULL
                             AND made_us > $7";
                let open = query("open a link", sql)
                    .bind(&link[..])
                    .bind(&cookie[..])
                    .bind(role.name())
                    .bind(scope.name())
                    .bind(now)
                    .bind(id)
                    .bind(now.plus(-LINK_LASTS));
                Box::pin(async move { Ok(open.count(db).await? > 0) })
            })
            .await?;
        Ok(opened.then_some(secret))
    }

    /// Returns what a browser is known by, whatever became of it.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn visit_by_cookie(&self, secret: &str) -> Result<Option<Visit>, StorageError> {
        let sql = format!("{VISITS} WHERE cookie_proof = $1");
        let found = query("look whose browser it is", sql).bind(&self.visit_proof("cookie", secret)[..]);
        Ok(found.optional(&self.inner.read).await?.as_ref().map(visit))
    }

    /// Notes that a browser is here, where that was not noted within some minutes.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn note_visit(&self, secret: &str, visit: &Visit) -> Result<(), StorageError> {
        let now = self.inner.clock.now();
        if visit.seen_at.is_some_and(|seen| now < seen.plus(NOTED_EACH)) {
            return Ok(());
        }
        let cookie = self.visit_proof("cookie", secret);
        self.write_quietly(move |db| {
            let sql = "UPDATE visits SET seen_us = $2 WHERE cookie_proof = $1 AND ended_us IS NULL";
            Box::pin(query("note who is here", sql).bind(&cookie[..]).bind(now).run(db))
        })
        .await
    }

    /// Knows a browser no more.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn end_visit(&self, secret: &str) -> Result<(), StorageError> {
        let (cookie, now) = (self.visit_proof("cookie", secret), self.inner.clock.now());
        self.write_quietly(move |db| {
            let sql = "UPDATE visits SET ended_us = $2 WHERE cookie_proof = $1 AND ended_us IS NULL";
            Box::pin(query("end a visit", sql).bind(&cookie[..]).bind(now).run(db))
        })
        .await
    }

    /// Knows no browser more, and opens no link that was made before: what a backup tells of who is signed in
    /// is of another time.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn end_visits(&self) -> Result<(), StorageError> {
        let now = self.inner.clock.now();
        self.write_quietly(move |db| {
            let sql = "UPDATE visits SET ended_us = $1 WHERE ended_us IS NULL";
            Box::pin(query("end all visits", sql).bind(now).run(db))
        })
        .await
    }

    /// Lists links that were made in `from..to` and what became of them, newest first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn visits(
        &self,
        from: Timestamp,
        to: Timestamp,
        limit: u32,
    ) -> Result<Vec<Visit>, StorageError> {
        let sql = format!("{VISITS} WHERE made_us >= $1 AND made_us < $2 ORDER BY made_us DESC LIMIT $3");
        let list = query("list who came", sql).bind(from).bind(to).bind(limit);
        Ok(list.all(&self.inner.read).await?.iter().map(visit).collect())
    }

    /// Counts the links that were made for a colleague by something since a time.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn visits_asked(&self, user: Id, via: Via, since: Timestamp) -> Result<i64, StorageError> {
        let sql = "SELECT count(*) FROM visits WHERE user_id = $1 AND via = $2 AND made_us >= $3";
        let count = query("count links", sql).bind(user).bind(via.name()).bind(since);
        count.value(&self.inner.read).await
    }

    fn visit_proof(&self, kind: &str, secret: &str) -> [u8; 16] {
        self.inner.keyring.secrets.blind(&format!("visit {kind}"), secret)
    }
}

fn secret() -> Result<String, StorageError> {
    let mut random = [0; SECRET_BYTES];
    getrandom::fill(&mut random)
        .map_err(|_| StorageError::Refused("the system gives no random numbers".into()))?;
    Ok(hex(&random))
}

fn visit(row: &Row) -> Visit {
    let role = row.get::<Option<&str>>(3).and_then(Role::by_name);
    let scope = row.get::<Option<&str>>(4).and_then(Scope::by_name);
    Visit {
        user: row.id(0),
        via: Via::by_name(row.get(1)).unwrap_or(Via::Operator),
        made_at: row.time(2),
        rank: role.zip(scope),
        begun_at: row.maybe_time(5),
        seen_at: row.maybe_time(6),
        ended_at: row.maybe_time(7),
    }
}
