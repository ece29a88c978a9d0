//! Where a store lies, and how its address is said without secrets.

use std::str::FromStr as _;

use sqlx::ConnectOptions as _;
use sqlx::postgres::PgConnectOptions;

use crate::error::StorageError;

/// Where a store lies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// `postgres://…`, with a password from `PGPASSWORD` or `~/.pgpass`; `sqlite://FILE`; none for
    /// the file in the data directory.
    pub database: Option<String>,
    /// The key database, where that is not the schema `rapport_keys` of the same server.
    pub keys: Option<String>,
}

/// Settings of our connections: a commit is answered when it is on disk, whatever the server's
/// default, and a transaction whose process is gone keeps its locks for a minute at most.
const SETTINGS: [(&str, &str); 2] =
    [("synchronous_commit", "on"), ("idle_in_transaction_session_timeout", "60s")];

/// Reads the address of a server.
///
/// # Errors
/// It is none.
pub(crate) fn server(url: &str) -> Result<PgConnectOptions, StorageError> {
    let options = PgConnectOptions::from_str(url)
        .map_err(|_| refuse(url, "is no address of a database: write it like postgres://user@host/name"))?;
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
}
