//! Reading a folder: from where we have got to, in portions, each taken in with its place in the
//! ledger and the new cursor in one transaction.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use rapport_model::message::{Cursor, Incoming, Unreadable};
use rapport_storage::ingest::Fate;
use tokio::task::JoinHandle;

use super::connect::{Session, within};
use super::error::ImapError;
use super::fetch::{Fetched, PORTION_BYTES_MAX, PORTION_MAX};
use super::{Account, name};
use crate::channel::email::{ParseOptions, parse};

/// Mails whose sizes are asked for at once.
const SIZES_AT_ONCE: usize = 1_000;

/// Where the reader of a folder has got to: all up to `uid` is in the ledger, older than what is
/// wanted, or gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) validity: u32,
    pub(super) uid: u32,
}

impl Position {
    pub(super) fn parse(token: &str) -> Option<Self> {
        let (validity, uid) = token.split_once(':')?;
        Some(Self { validity: validity.parse().ok()?, uid: uid.parse().ok()? })
    }
}

/// What the ledger calls a folder's life: when the server gives UIDs anew, it is another.
pub(super) fn source(account: &str, validity: u32, folder: &str) -> String {
    format!("imap/{account}/{validity}/{folder}")
}

/// What the cursors call a folder.
pub(super) fn scope(folder: &str) -> String {
    format!("folder/{folder}")
}

/// How the ledger writes a UID: in an order that is theirs.
pub(super) fn key(uid: u32) -> String {
    format!("{uid:010}")
}

/// Writes what is searched for: from `first` on, no older than `since`.
fn query(first: u32, since: Option<NaiveDate>) -> String {
    match since {
        None => format!("UID {first}:*"),
        Some(day) => format!("UID {first}:* SINCE {}", day.format("%d-%b-%Y")),
    }
}

/// A folder that is open.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) validity: u32,
    /// The UID that the next mail will have, where the server says it.
    uid_next: Option<u32>,
}

impl Session {
    /// Opens a folder to read it only.
    pub(super) async fn open(&mut self, folder: &str) -> Result<Open, ImapError> {
        let opened = self.imap.examine(name::encode(folder));
        let opened = within(self.patience, "open a folder", opened).await?;
        let validity = opened.uid_validity.ok_or(ImapError::Wrong("it gives no UIDVALIDITY"))?;
        Ok(Open { validity, uid_next: opened.uid_next })
    }

    /// Returns all mails that are wanted in the folder that is open.
    pub(super) async fn wanted(&mut self, since: Option<NaiveDate>) -> Result<BTreeSet<u32>, ImapError> {
        self.search(&query(1, since)).await
    }
}

impl Account {
    /// Takes in what came into a folder since it was last read. Returns how many mails.
    pub(super) async fn read(&self, session: &mut Session, folder: &str) -> Result<usize, ImapError> {
        let open = session.open(folder).await?;
        let token = self.app.store().cursor(&self.name, &scope(folder)).await?;
        let known = token.as_deref().and_then(Position::parse);
        let position = match known {
            Some(position) if position.validity == open.validity => position,
            known => {
                if known.is_some() {
                    tracing::warn!(channel = "email", account = %self.name, "the server numbers a folder anew: it is read again, and what is known recognised");
                }
                Position { validity: open.validity, uid: 0 }
            }
        };
        let first = position.uid.saturating_add(1);
        if open.uid_next == Some(first) && known == Some(position) {
            return Ok(0);
        }
        let mut uids = session.search(&query(first, self.since().await?)).await?;
        // `n:*` always names the last mail, even one before n.
        uids.retain(|uid| *uid >= first);
        let uids: Vec<u32> = uids.into_iter().collect();
        self.take(session, folder, open.validity, &uids, true).await?;
        let last = uids.last().copied().max(open.uid_next.map(|next| next.saturating_sub(1)));
        let end = Position { validity: open.validity, uid: last.unwrap_or(position.uid).max(position.uid) };
        if Some(end) != known {
            // What lies between the last mail and here is not wanted, or gone.
            self.app.store().set_cursor(self.cursor(folder, end)).await?;
        }
        Ok(uids.len())
    }

    /// Looks for mails that are on the server and not in the ledger, and takes them in. Returns
    /// how many there were: there should be none.
    pub(super) async fn reconcile(&self, session: &mut Session, folder: &str) -> Result<usize, ImapError> {
        let open = session.open(folder).await?;
        let wanted = session.wanted(self.since().await?).await?;
        let ledger = self.app.store().ledger(&source(&self.name, open.validity, folder)).await?;
        let missing: Vec<u32> = wanted.into_iter().filter(|uid| !ledger.contains_key(&key(*uid))).collect();
        if !missing.is_empty() {
            tracing::warn!(channel = "email", account = %self.name, n = missing.len(), "mails were on the server and not in the ledger: they are taken in now");
        }
        self.take(session, folder, open.validity, &missing, false).await?;
        Ok(missing.len())
    }

    /// Takes in the mails of ascending `uids`. While a portion is stored, the next is fetched. All of
    /// them are stored when this returns `Ok`.
    async fn take(
        &self,
        session: &mut Session,
        folder: &str,
        validity: u32,
        uids: &[u32],
        moves: bool,
    ) -> Result<(), ImapError> {
        let mut storing: Option<JoinHandle<Result<Vec<Fate>, ImapError>>> = None;
        for uids in uids.chunks(SIZES_AT_ONCE) {
            let sizes: Vec<(u32, u64)> = session.sizes(uids).await?.into_iter().collect();
            for portion in portions(&sizes) {
                let mails = self.portion(session, folder, validity, portion).await?;
                // Portions are stored one after the other: the cursor moves with each.
                if let Some(stored) = storing.take() {
                    joined(stored).await?;
                }
                if self.stop.is_stopped() {
                    return Err(ImapError::Ending);
                }
                self.keep_lease().await?;
                let end = portion.last().map(|(uid, _)| Position { validity, uid: *uid });
                storing = Some(self.store(folder, validity, mails, end.filter(|_| moves)));
            }
        }
        match storing {
            Some(stored) => joined(stored).await,
            None => Ok(()),
        }
    }

    /// Fetches a portion. A mail that the server lists and does not give goes to the quarantine
    /// without its bytes, so that it does not keep the others.
    async fn portion(
        &self,
        session: &mut Session,
        folder: &str,
        validity: u32,
        portion: &[(u32, u64)],
    ) -> Result<Vec<Fetched>, ImapError> {
        let uids: Vec<u32> = portion.iter().map(|(uid, _)| *uid).collect();
        let n_bytes: u64 = portion.iter().map(|(_, size)| size).sum();
        let most = u64::from(self.config.message_bytes_max);
        let together = n_bytes <= PORTION_BYTES_MAX && portion.iter().all(|(_, size)| *size <= most);
        let mut mails = if together { session.bodies(&uids, n_bytes).await? } else { Vec::new() };
        for (uid, size) in portion {
            if mails.iter().any(|mail| mail.uid == *uid) {
                continue;
            }
            if *size > most
                && let Some(mail) = self.in_parts(session, folder, validity, (*uid, *size)).await?
            {
                mails.push(mail);
                continue;
            }
            match session.in_slices(*uid, most).await? {
                Some(mail) => {
                    let is_cut = mail.bytes.len() as u64 >= most && *size > most;
                    mails.push(Fetched { is_cut, ..mail });
                }
                None if session.search(&format!("UID {uid}")).await?.contains(uid) => {
                    tracing::warn!(channel = "email", account = %self.name, uid, validity, "the server lists a mail and does not give it");
                    mails.push(Fetched { uid: *uid, ..Fetched::default() });
                }
                // Gone meanwhile.
                None => {}
            }
        }
        mails.sort_unstable_by_key(|mail| mail.uid);
        tracing::debug!(channel = "email", account = %self.name, folder, n = mails.len(), "fetched");
        Ok(mails)
    }

    /// Fetches a mail that is too big, without its large parts; `None` where only its beginning can be
    /// had.
    async fn in_parts(
        &self,
        session: &mut Session,
        folder: &str,
        validity: u32,
        (uid, size): (u32, u64),
    ) -> Result<Option<Fetched>, ImapError> {
        match session.in_parts(uid, size, self.config.message_bytes_max.into()).await {
            Err(ImapError::Refused { .. }) => Ok(None),
            Err(ImapError::Wrong(why)) => {
                tracing::warn!(channel = "email", account = %self.name, uid, validity, why, "the server describes a large mail in a way that cannot be read: only its beginning is kept");
                // The client does not go on behind what it cannot read.
                *session = self.connect().await?;
                let open = session.open(folder).await?;
                let is_same = open.validity == validity;
                is_same.then_some(None).ok_or(ImapError::Wrong("it numbers a folder anew"))
            }
            fetched => fetched,
        }
    }

    /// Stores a portion beside whatever goes on.
    fn store(
        &self,
        folder: &str,
        validity: u32,
        mails: Vec<Fetched>,
        end: Option<Position>,
    ) -> JoinHandle<Result<Vec<Fate>, ImapError>> {
        let app = self.app.clone();
        let (account, folder) = (self.name.clone(), folder.to_owned());
        let cursor = end.map(|end| self.cursor(&folder, end));
        let authserv_id = self.config.authserv_id.clone();
        tokio::spawn(async move {
            let now = app.store().clock().now();
            let read = tokio::task::spawn_blocking(move || {
                let mut batch: Vec<Incoming> = Vec::with_capacity(mails.len());
                for mail in mails {
                    let place = format!("{account}/{folder}/{}", mail.uid);
                    let too_big = mail.is_cut;
                    let internal_date = mail.internal_date;
                    let authserv_id = authserv_id.clone();
                    let options = ParseOptions {
                        internal_date,
                        too_big,
                        authserv_id,
                        left_out: mail.left_out,
                        ..ParseOptions::at(now)
                    };
                    let mut incoming = if mail.bytes.is_empty() {
                        not_given(&place, &options)
                    } else {
                        parse(mail.bytes, &place, &options)
                    };
                    incoming.account.clone_from(&account);
                    incoming.keys.push((source(&account, validity, &folder), key(mail.uid)));
                    batch.push(incoming);
                }
                if let Some(last) = batch.last_mut() {
                    last.cursor = cursor;
                }
                batch
            });
            let batch = read.await.map_err(|_| ImapError::Wrong("a mail that our reader fails on"))?;
            // Before they are taken in: a crash between must not leave it unnoted.
            for content in batch.iter().filter_map(|mail| mail.content.as_ref().ok()) {
                app.take_note(content).await?;
            }
            Ok(app.workflows.ingest(batch).await?)
        })
    }

    fn cursor(&self, folder: &str, at: Position) -> Cursor {
        let token = format!("{}:{}", at.validity, at.uid);
        Cursor { account: self.name.clone(), scope: scope(folder), token }
    }
}

async fn joined(storing: JoinHandle<Result<Vec<Fate>, ImapError>>) -> Result<(), ImapError> {
    storing.await.map_err(|_| ImapError::Wrong("a mail that our store fails on"))?.map(|_| ())
}

/// A mail that the server lists and does not give.
fn not_given(place: &str, options: &ParseOptions) -> Incoming {
    let reason = "not_given".to_owned();
    let detail =
        format!("{place}: the server lists this mail and does not give it; look at it in the mailbox");
    // Its place stands for its bytes: one quarantined mail is not the same as another.
    let incoming = parse(place.as_bytes().to_vec(), place, options);
    Incoming { content: Err(Unreadable { reason, detail }), ..incoming }
}

/// Cuts a list of mails and their sizes into portions.
fn portions(sizes: &[(u32, u64)]) -> Vec<&[(u32, u64)]> {
    let mut portions = Vec::new();
    let (mut start, mut n_bytes) = (0, 0);
    for (at, (_, size)) in sizes.iter().enumerate() {
        if at > start && (at - start == PORTION_MAX || n_bytes + size > PORTION_BYTES_MAX) {
            portions.push(&sizes[start..at]);
            (start, n_bytes) = (at, 0);
        }
        n_bytes += size;
    }
    if start < sizes.len() {
        portions.push(&sizes[start..]);
    }
    portions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn portions_are_limited_in_mails_and_bytes() {
        let lengths = |sizes: &[u64]| -> Vec<usize> {
            let sizes: Vec<(u32, u64)> = (1..).zip(sizes.iter().copied()).collect();
            portions(&sizes).iter().map(|portion| portion.len()).collect()
        };
        assert_eq!(lengths(&[]), [0; 0]);
        assert_eq!(lengths(&[1; PORTION_MAX + 1]), [PORTION_MAX, 1]);
        assert_eq!(lengths(&[PORTION_BYTES_MAX, 1, PORTION_BYTES_MAX + 1, 1, 1]), [1, 1, 1, 2]);
    }

    #[test]
    fn a_position_is_what_was_written() {
        assert_eq!(Position::parse("7:4294967295"), Some(Position { validity: 7, uid: u32::MAX }));
        for wrong in ["", "7", "7:", ":7", "7:-1", "a:1"] {
            assert_eq!(Position::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_search_names_the_first_mail_and_the_day() {
        assert_eq!(query(8, None), "UID 8:*");
        assert_eq!(query(1, NaiveDate::from_ymd_opt(2026, 3, 4)), "UID 1:* SINCE 04-Mar-2026");
    }
}
