//! What other programs sent us and what we fetched from them: what became of it, for whoever runs the service and
//! for who sends the same once more. What it said is not kept here.

use rapport_model::time::DAY;
use rapport_model::{Id, Timestamp};

use crate::db::{Row, query};
use crate::error::StorageError;
use crate::open::Store;

/// So long it is known.
pub const REMEMBERED: i64 = 30 * DAY;

/// Something that was sent or fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intake {
    /// Its id.
    pub id: Id,
    /// Who sent it, or from where it was fetched: `inbound NAME`, `pull NAME`.
    pub source: String,
    /// When.
    pub at: Timestamp,
    /// The import that it became, if anything was written.
    pub batch: Option<Id>,
    /// What was answered: JSON without what was sent.
    pub answer: String,
}

const INTAKES: &str = "SELECT id, source, at_us, batch, answer FROM intakes";

impl Store {
    /// Returns what was sent under a key of the sender's, if it was lately.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn intake(&self, source: &str, key: &str) -> Result<Option<Intake>, StorageError> {
        let sql = format!("{INTAKES} WHERE key_blind = $1 AND at_us > $2");
        let found = query("look what was sent", sql).bind(&self.intake_key(source, key)[..]);
        let since = self.inner.clock.now().plus(-REMEMBERED);
        Ok(found.bind(since).optional(&self.inner.read).await?.as_ref().map(intake))
    }

    /// Notes what became of something; with a `key` of the sender's it is done once.
    ///
    /// # Errors
    /// The store cannot be written, or the key is known already.
    pub async fn note_intake(
        &self,
        source: &str,
        key: Option<&str>,
        batch: Option<Id>,
        answer: String,
    ) -> Result<Id, StorageError> {
        let (id, now) = (self.new_id(), self.inner.clock.now());
        let (source, key) = (source.to_owned(), key.map(|key| self.intake_key(source, key)));
        self.write_quietly(move |db| {
            let (source, answer) = (source.clone(), answer.clone());
            Box::pin(async move {
                let sql = "DELETE FROM intakes WHERE at_us <= $1";
                query("forget what was sent long ago", sql).bind(now.plus(-REMEMBERED)).run(&mut *db).await?;
                query(
                    "note what was sent",
                    "INSERT INTO intakes (id, source, key_blind, at_us, batch, answer)
                     VALUES ($1, $2, $3, $4, $5, $6)",
                )
                .bind(id)
                .bind(source)
                .bind(key.map(|key| key.to_vec()))
                .bind(now)
                .bind(batch)
                .bind(answer)
                .run(db)
                .await
            })
        })
        .await?;
        Ok(id)
    }

    /// Returns what came from a source lately, newest first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn intakes(&self, source: &str, limit: u32) -> Result<Vec<Intake>, StorageError> {
        let sql = format!("{INTAKES} WHERE source = $1 ORDER BY at_us DESC, id DESC LIMIT $2");
        let all = query("list what was sent", sql).bind(source).bind(limit).all(&self.inner.read).await?;
        Ok(all.iter().map(intake).collect())
    }

    fn intake_key(&self, source: &str, key: &str) -> [u8; 16] {
        self.inner.keyring.secrets.blind("intake", &format!("{source}/{key}"))
    }
}

fn intake(row: &Row) -> Intake {
    Intake {
        id: row.id(0),
        source: row.get(1),
        at: Timestamp::from_micros(row.get(2)),
        batch: row.maybe_id(3),
        answer: row.get(4),
    }
}
