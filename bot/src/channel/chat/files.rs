//! Files that a colleague sends in a chat are fetched; what customers sent leaves for one.

use rapport_model::job::Outbound;
use rapport_storage::StorageError;
use rapport_storage::drafts::File;

use super::{Chat, Said, Sent, Unfetched};
use crate::app::App;
use crate::commands::files::{BYTES_MAX, Received, load};

/// Fetches what was sent along, if whoever sent it is a colleague and nobody else reads the chat.
///
/// # Errors
/// The chat does not give a file now, and may later, or the store cannot be read.
pub(super) async fn received<C: Chat>(app: &App, chat: &C, said: &Said) -> anyhow::Result<Received> {
    let mut received = Received::default();
    if said.files.is_empty()
        || !said.is_private
        || app.store().bound_to(C::KIND, said.account).await?.is_none()
    {
        return Ok(received);
    }
    for sent in &said.files {
        let Sent { name, mime, bytes, .. } = sent;
        tracing::debug!(channel = %C::KIND, mime, bytes, "a file came");
        let fetched = match *bytes > BYTES_MAX {
            true => Err(Unfetched::TooLarge),
            false => chat.fetch(sent, BYTES_MAX).await,
        };
        let (name, mime) = (name.clone(), mime.clone());
        match fetched {
            Ok(bytes) => received.files.push(File { name, mime, bytes }),
            Err(Unfetched::TooLarge) => {
                received.refused.push((name, format!("more than {} MB", BYTES_MAX >> 20)));
            }
            Err(Unfetched::Later(why)) => anyhow::bail!("a file cannot be fetched: {why}"),
            Err(Unfetched::Never(why)) => received.refused.push((name, why)),
        }
    }
    Ok(received)
}

/// Loads the file that a message brings; nothing if it is gone.
///
/// # Errors
/// The store cannot be read.
pub(super) async fn to_bring(app: &App, message: &Outbound) -> Result<Option<File>, StorageError> {
    match message.about {
        Some(about) => load(app.store(), about.id).await,
        // One of ours goes with it.
        None => Ok(app.store().files_of(message.id).await?.pop()),
    }
}
