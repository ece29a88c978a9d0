//! Where a store lies, and how that is said without its password.

use std::fmt;
use std::str::FromStr as _;

use sqlx::ConnectOptions as _;
use sqlx::postgres::PgConnectOptions;

use crate::error::StorageError;

/// What the addresses of servers begin with.
const SERVERS: [&str; 2] = ["postgres://", "postgresql://"];
/// What the address of a file begins with.
pub(crate) const FILE: &str = "sqlite://";

/// Where a store lies.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// `postgres://…`, with a password from `PGPASSWORD` or `~/.pgpass`; `sqlite://FILE`; none for
    /// the file in the data directory.
    pub database: Option<String>,
    /// The key database, where that is not the schema `rapport_keys` of the same server.
    pub keys: Option<String>,
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |url: &Option<String>| url.as_deref().map(without_passwords);
        f.debug_struct("Place")
            .field("database", &shown(&self.database))
            .field("keys", &shown(&self.keys))
            .finish()
    }
}

impl Place {
    /// Checks that the addresses are such that a store can be opened there; asks no server.
    ///
    /// # Errors
    /// [`StorageError::Server`], which says what is wrong and what to write.
    pub fn check(&self) -> Result<(), StorageError> {
        let keys = self.keys.as_deref();
        match self.database.as_deref() {
            Some(url) if is_server(url) => server(url)?,
            Some(url) => {
                file(url)?;
                return keys.map_or(Ok(()), |_| Err(keys_need_server()));
            }
            None => return keys.map_or(Ok(()), |_| Err(keys_need_server())),
        };
        match keys {
            Some(url) if !is_server(url) => Err(unknown(url)),
            Some(url) => server(url).map(|_| ()),
            None => Ok(()),
        }
    }
}

/// Tells whether an address is a server's.
pub(crate) fn is_server(url: &str) -> bool {
    SERVERS.iter().any(|scheme| url.starts_with(scheme))
}

/// Returns the file that an address names; a relative one lies in the data directory.
pub(crate) fn file(url: &str) -> Result<&str, StorageError> {
    url.strip_prefix(FILE).filter(|file| !file.is_empty()).ok_or_else(|| unknown(url))
}

/// Settings of our connections: a commit is answered when it is on disk, whatever the server's
/// default, and a transaction whose process is gone keeps its locks for a minute at most.
const SETTINGS: [(&str, &str); 2] =
    [("synchronous_commit", "on"), ("idle_in_transaction_session_timeout", "60s")];

/// Settings of the connection that writes. It asks by key, thousands of times the same: one plan
/// for all of them, and none that reads a whole table because that was small when it was made.
const WRITING: [(&str, &str); 5] = [
    ("plan_cache_mode", "force_generic_plan"),
    ("enable_seqscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
    ("jit", "off"),
];

/// Adds what only the writer wants.
pub(crate) fn writing(options: &PgConnectOptions) -> PgConnectOptions {
    options.clone().options(WRITING)
}

/// Reads the address of a server.
///
/// # Errors
/// It is none.
pub(crate) fn server(url: &str) -> Result<PgConnectOptions, StorageError> {
    let options = PgConnectOptions::from_str(url)
        .map_err(|_| refuse(url, "is no address of a database: write it like postgres://host/name"))?;
    Ok(options
        .application_name("rapport")
        .statement_cache_capacity(256)
        .options(SETTINGS)
        .disable_statement_logging())
}

/// Says what is wrong with the database at `url`.
pub(crate) fn refuse(url: &str, why: impl Into<String>) -> StorageError {
    StorageError::Server { url: without_secrets(url), why: why.into() }
}

/// Returns scheme, user, host and name of an address. A password stands before the last `@`, or
/// among the parameters; where an address is written wrongly, rather too much is left out.
fn without_secrets(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return "(no address)".into() };
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    match rest.rsplit_once('@') {
        Some((user, host)) => {
            format!("{scheme}://{}@{}", user.split(':').next().unwrap_or_default(), place(host))
        }
        None => format!("{scheme}://{}", place(rest)),
    }
}

/// Returns host, port and name; what stands for a port and is none may be a password whose `@`
/// was forgotten.
fn place(text: &str) -> &str {
    match text.split_once(':') {
        Some((host, rest))
            if !rest.split('/').next().unwrap_or_default().bytes().all(|b| b.is_ascii_digit()) =>
        {
            host
        }
        _ => text,
    }
}

fn unknown(url: &str) -> StorageError {
    StorageError::Server {
        // What is no address may hold a password anywhere.
        url: format!("{}…", url.split([':', '@', '/']).next().unwrap_or_default()),
        why: "is no address of a database: write sqlite://FILE or postgres://HOST/NAME".into(),
    }
}

fn keys_need_server() -> StorageError {
    StorageError::Server {
        url: "of the keys".into(),
        why: "goes with a store on a server only: keys of a file lie beside it; leave keys_database out"
            .into(),
    }
}

/// Returns a text, such as an address or a message that quotes one, without passwords in it.
///
/// What stands between a `://` and the last `@` of a line is taken for a user with a password,
/// so that one with an `@` or a blank in it is hidden as well.
pub fn without_passwords(text: &str) -> String {
    text.split_inclusive('\n').map(line_without_password).collect()
}

fn line_without_password(line: &str) -> String {
    let Some((before, rest)) = line.split_once("://") else { return line.into() };
    let rest = match rest.rsplit_once('@') {
        Some((user, rest)) => format!("{}@{rest}", user.split(':').next().unwrap_or_default()),
        None => rest.into(),
    };
    let rest = match rest.split_once("password=") {
        Some((head, tail)) => {
            let end = tail.find(['&', '"', '\'', ' ', '\n']).unwrap_or(tail.len());
            format!("{head}password=…{}", &tail[end..])
        }
        None => rest,
    };
    format!("{before}://{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_said_without_its_password() {
        for (url, said) in [
            ("postgres://db.example/rapport", "postgres://db.example/rapport"),
            ("postgres://ann@db.example:5432/rapport", "postgres://ann@db.example:5432/rapport"),
            ("postgres://ann:secret@db.example/rapport", "postgres://ann@db.example/rapport"),
            ("postgres://ann:se@cr@et@db.example/rapport", "postgres://ann@db.example/rapport"),
            ("postgres://db.example/rapport?user=ann&password=secret", "postgres://db.example/rapport"),
            ("postgres://ann:se?cret@db.example/rapport", "postgres://ann"),
            ("postgres://ann:secret/rapport", "postgres://ann"),
            ("mysql://ann:secret@db.example", "mysql://ann@db.example"),
            ("ann:secret@db.example", "(no address)"),
        ] {
            assert_eq!(without_secrets(url), said);
        }
    }

    #[test]
    fn what_is_no_address_is_refused_without_its_password() {
        for url in ["postgres://ann:secret", "postgres://ann:secret@[db", "postgres://db:port/secret?"] {
            let said = server(url).unwrap_err().to_string();
            assert!(said.contains("write it like") && !said.contains("secret"), "{said}");
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        for (text, shown) in [
            ("postgres://ann:secret@host/db", "postgres://ann@host/db"),
            ("postgres://ann:se@c:r/et@host:5433/db", "postgres://ann@host:5433/db"),
            ("postgres://host/db?user=a&password=secret&x=1", "postgres://host/db?user=a&password=…&x=1"),
            (
                "1 | database = \"postgres://a:sec ret@h/d\"\n  | ^^^\n",
                "1 | database = \"postgres://a@h/d\"\n  | ^^^\n",
            ),
            ("postgres://host:5433/db", "postgres://host:5433/db"),
            ("sqlite://other.db", "sqlite://other.db"),
            ("no address", "no address"),
        ] {
            assert_eq!(without_passwords(text), shown, "{text}");
            let place = Place { database: Some(text.into()), keys: Some(text.into()) };
            assert!(!format!("{place:?}").contains("secret"), "{text}");
        }
    }

    #[test]
    fn an_address_is_checked_before_anything_is_opened() {
        let check = |database: &str, keys: &str| {
            let some = |url: &str| Some(url.to_owned()).filter(|url| !url.is_empty());
            Place { database: some(database), keys: some(keys) }.check().map_err(|e| e.to_string())
        };
        let (file, server) = ("sqlite://rapport.db", "postgres://ann@localhost/rapport");
        for (database, keys) in
            [("", ""), (file, ""), (server, ""), (server, "postgresql://bob@elsewhere/keys")]
        {
            assert_eq!(check(database, keys), Ok(()), "{database} {keys}");
        }
        for (database, keys, says) in [
            ("sqlite://", "", "write sqlite://FILE or postgres://"),
            ("mysql://ann:secret@host/db", "", "database mysql…: is no address"),
            ("postgres:/ann:secret@host/db", "", "database postgres…: is no address"),
            ("rapport.db", "", "is no address"),
            ("postgres://ann:secret@host:port/db", "", "write it like postgres://host/name"),
            (server, "sqlite://keys.db", "is no address"),
            (server, "postgres://ann:secret@:x/", "write it like"),
            (file, server, "leave keys_database out"),
            ("", server, "leave keys_database out"),
        ] {
            let error = check(database, keys).unwrap_err();
            assert!(error.contains(says) && !error.contains("secret"), "{database} {keys}: {error}");
        }
    }
}
