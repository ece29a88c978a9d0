//! The proof: what a mailbox has against what became of it.

use std::collections::BTreeMap;

use rapport_storage::Store;
use serde::Serialize;

use super::account::since;
use super::connect::connect;
use super::error::ImapError;
use super::folder::{Position, key, scope, source};
use crate::channel::oauth::Grants;
use crate::config::mail::MailConfig;

/// A folder's account. `on_server` is `older` + `waiting` + `lost` + all fates − `gone`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FolderAudit {
    /// The folder.
    pub folder: String,
    /// Mails that the server has in it.
    pub on_server: usize,
    /// Of those: from before the day from which mail is taken.
    pub older: usize,
    /// Of those: came since the folder was last read.
    pub waiting: usize,
    /// Of those: passed over and in no record. There should be none.
    pub lost: usize,
    /// In the ledger, and no longer on the server: removed there, kept here.
    pub gone: usize,
    /// Mails in the ledger by what became of them: `new`, `threaded`, `automated`, `duplicate`,
    /// `quarantined`.
    pub fates: BTreeMap<String, usize>,
    /// Numbers of the lost, at most a hundred.
    pub lost_uids: Vec<u32>,
}

/// At most so many numbers of lost mails are named.
const NAMED_MAX: usize = 100;

/// Counts all folders of a mailbox, on the server and here. Works beside the service.
///
/// # Errors
/// The mailbox or the store cannot be read.
pub async fn audit(store: &Store, name: &str, config: &MailConfig) -> Result<Vec<FolderAudit>, ImapError> {
    let Some(imap) = &config.imap else {
        return Err(ImapError::Secret(format!("mail.{name} has no imap section: nothing is read there")));
    };
    let since = since(store, name, config).await?.flatten();
    // The service has tokens of its own; a new refresh token reaches it through the file.
    let grants = Grants::default();
    let mut session = connect(imap, config.ca_file.as_deref(), &grants, store.clock().now()).await?;
    let mut audits = Vec::new();
    for folder in config.all_folders() {
        let open = session.open(&folder).await?;
        let position = store.cursor(name, &scope(&folder)).await?.as_deref().and_then(Position::parse);
        let read_to = position.filter(|p| p.validity == open.validity).map_or(0, |p| p.uid);
        let all = session.search("ALL").await?;
        let wanted = session.wanted(since).await?;
        // After the server was asked: what comes in between is in the ledger and not there.
        let ledger = store.ledger(&source(name, open.validity, &folder)).await?;
        let missing: Vec<u32> =
            wanted.iter().copied().filter(|uid| !ledger.contains_key(&key(*uid))).collect();
        let lost: Vec<u32> = missing.iter().copied().filter(|uid| *uid <= read_to).collect();
        let mut audit = FolderAudit {
            folder,
            on_server: all.len(),
            older: all
                .iter()
                .filter(|uid| !wanted.contains(uid) && !ledger.contains_key(&key(**uid)))
                .count(),
            waiting: missing.len() - lost.len(),
            lost: lost.len(),
            gone: ledger.keys().filter(|uid| !uid.parse().is_ok_and(|uid| all.contains(&uid))).count(),
            fates: BTreeMap::new(),
            lost_uids: lost.into_iter().take(NAMED_MAX).collect(),
        };
        for fate in ledger.into_values() {
            *audit.fates.entry(fate).or_default() += 1;
        }
        audits.push(audit);
    }
    let _ = session.imap.logout().await;
    Ok(audits)
}

impl FolderAudit {
    /// Tells whether every mail is accounted for.
    pub fn adds_up(&self) -> bool {
        let taken: usize = self.fates.values().sum();
        self.lost == 0 && self.on_server + self.gone == self.older + self.waiting + taken
    }
}
