//! Drafts that are kept: messages that leave only once their author says so.
//!
//! A draft is a message like those that leave, sealed with the key of whom it goes to, so that an erasure
//! takes it, too. Nothing claims it before it is sent.

use rapport_model::job::Outbound;
use rapport_model::time::DAY;
use rapport_model::{Id, Timestamp};

use super::{COLUMNS, insert};
use crate::db::query;
use crate::drafts::{self, File};
use crate::error::StorageError;
use crate::open::Store;
use crate::sight;
use crate::work::Work;

/// A draft that nobody sends is kept for so long.
const DRAFT_KEPT: i64 = 7 * DAY;

impl Store {
    /// Keeps a draft with the files that would go with it.
    ///
    /// # Errors
    /// The store cannot be written, or whom it goes to is not seen.
    pub async fn keep_draft(&self, message: Outbound, files: Vec<File>) -> Result<(), StorageError> {
        let (inner, sight, terms) = (self.inner.clone(), self.sight.clone(), self.terms.clone());
        let id = message.id;
        let work = Work {
            outbox: vec![message],
            files: files.into_iter().map(|file| (id, file)).collect(),
            ..Work::default()
        };
        self.write_quietly(move |db| {
            let (inner, sight, terms, work) = (inner.clone(), sight.clone(), terms.clone(), work.clone());
            Box::pin(async move {
                sight::fence(&mut *db, sight.as_deref(), std::slice::from_ref(&work)).await?;
                if let Some(terms) = &terms {
                    terms.hold(&mut *db, &inner, id).await?;
                }
                let old = "SELECT id FROM outbox WHERE state = 'draft' AND at_us < $1";
                let old =
                    query("look for drafts that were left", old).bind(inner.clock.now().plus(-DRAFT_KEPT));
                for left in old.values::<i64>(&mut *db).await? {
                    drop(db, Id(left)).await?;
                }
                insert(db, &inner, &work.outbox).await?;
                drafts::insert_files(db, &inner, &work.files).await?;
                let sql = "UPDATE outbox SET state = 'draft' WHERE id = $1 AND state = 'pending'";
                query("keep a draft", sql).bind(id).run(db).await
            })
        })
        .await
    }

    /// Returns a draft of a colleague's; nothing where it was sent or dropped, or is not seen.
    ///
    /// # Errors
    /// The store cannot be read, or a sealed value does not open.
    pub async fn kept_draft(&self, id: Id, author: Id) -> Result<Option<Outbound>, StorageError> {
        let seen = self.and_seen_outgoing("o");
        let sql = format!(
            "SELECT o.* FROM ({COLUMNS}) o JOIN outbox b ON b.id = o.id
             WHERE o.id = $1 AND o.author = $2 AND b.state = 'draft'{seen}"
        );
        let rows = query("load a draft", sql).bind(id).bind(author).all(&self.inner.read).await?;
        Ok(self.load_outbox(&rows).await?.pop())
    }

    /// Lets a draft of a colleague's leave, at that time at the earliest. Returns whether there was one.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn send_kept_draft(&self, id: Id, author: Id, at: Timestamp) -> Result<bool, StorageError> {
        let (inner, terms) = (self.inner.clone(), self.terms.clone());
        self.write_to_send(move |db| {
            let (inner, terms) = (inner.clone(), terms.clone());
            Box::pin(async move {
                if let Some(terms) = &terms {
                    terms.hold(&mut *db, &inner, id).await?;
                }
                let sql = "UPDATE outbox SET state = 'pending', send_at_us = $3
                           WHERE id = $1 AND author = $2 AND state = 'draft'";
                Ok(query("send a draft", sql).bind(id).bind(author).bind(at).count(db).await? > 0)
            })
        })
        .await
    }

    /// Drops a draft of a colleague's. Returns whether there was one.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn drop_kept_draft(&self, id: Id, author: Id) -> Result<bool, StorageError> {
        self.write_quietly(move |db| {
            Box::pin(async move {
                let sql = "SELECT id FROM outbox WHERE id = $1 AND author = $2 AND state = 'draft'";
                let found = query("look for a draft", sql).bind(id).bind(author).optional(&mut *db).await?;
                if found.is_some() {
                    drop(db, id).await?;
                }
                Ok(found.is_some())
            })
        })
        .await
    }
}

async fn drop(db: &mut crate::db::Db, id: Id) -> Result<(), StorageError> {
    drafts::drop_files(&mut *db, id).await?;
    query("drop a draft", "DELETE FROM outbox WHERE id = $1 AND state = 'draft'").bind(id).run(db).await
}
