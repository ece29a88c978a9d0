//! How a process learns whether a commit got through whose answer was lost.
//!
//! Each transaction on a server that wrote something also leaves a mark of its own in the
//! process's row, so that the row tells afterwards. The server's own names of transactions
//! do not: after a crash it gives those of unfinished ones to others.
//!
//! A transaction that leaves its mark also makes sure that the process still has its number: one
//! that slept until another got it would make ids that the other makes, too.

use crate::db::{Db, query};
use crate::error::StorageError;
use crate::lease::displaced;

/// The row that the marks of a process are left in.
#[derive(Clone)]
pub(crate) struct Marks {
    row: String,
    node: String,
    /// The lease of the process's number.
    number: String,
}

/// What one transaction left.
pub(crate) type Mark = [u8; 16];

impl Marks {
    /// Makes the row of the process `node`, unless it is there. The process holds the lease
    /// `number`.
    pub(crate) async fn of(db: &mut Db, node: &str, number: String) -> Result<Self, StorageError> {
        let row = format!("commit/{node}");
        let sql = "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
        query("make a row for marks", sql).bind(&row).bind(Vec::new()).run(db).await?;
        Ok(Self { row, node: node.into(), number })
    }

    /// Leaves a mark, if the transaction wrote anything.
    ///
    /// # Errors
    /// The server failed; or another process has the number of this one
    /// ([`StorageError::Refused`]), and the transaction must not be committed.
    pub(crate) async fn leave(&self, db: &mut Db) -> Result<Option<Mark>, StorageError> {
        let mut mark = [0; 16];
        getrandom::fill(&mut mark)
            .map_err(|_| StorageError::Refused("the system gives no random numbers".into()))?;
        let left = query(
            "mark a commit",
            "UPDATE meta SET value = $2 WHERE name = $1 AND pg_current_xact_id_if_assigned() IS NOT NULL
             RETURNING EXISTS (SELECT 1 FROM leases WHERE name = $3 AND holder = $4)",
        )
        .bind(&self.row)
        .bind(&mark[..])
        .bind(&self.number)
        .bind(&self.node)
        .optional(db)
        .await?;
        match left {
            Some(row) if !row.flag(0) => Err(displaced()),
            left => Ok(left.map(|_| mark)),
        }
    }

    /// Tells whether the transaction that left `mark` was committed. Waits until the server has
    /// ended the session that it ran in.
    pub(crate) async fn stands(&self, db: &mut Db, mark: &Mark) -> Result<bool, StorageError> {
        // The lock is the wait: that session holds it until it commits or is ended.
        let last: Vec<u8> = query("ask after a commit", "SELECT value FROM meta WHERE name = $1 FOR UPDATE")
            .bind(&self.row)
            .value(db)
            .await?;
        Ok(last == mark)
    }
}
