//! Files both ways.

use rapport_storage::drafts::File;
use teloxide::net::Download as _;
use teloxide::requests::Requester as _;
use teloxide::types::{ChatId, FileId, InputFile};
use teloxide::{ApiError, DownloadError, RequestError};

use super::Telegram;
use super::show::{unreached, unshown, words};
use crate::channel::chat::{Place, Sent, Unfetched, Unshown};

impl Telegram {
    /// Puts a file into a chat, as a document: a photograph stays as it is.
    pub(super) async fn bring_file(&self, chat: i64, file: File) -> Result<Place, Unshown> {
        let document = InputFile::memory(file.bytes).file_name(file.name);
        match self.bot.send_document(ChatId(chat), document).await {
            Ok(message) => Ok(Place { chat, message: message.id.0.into() }),
            Err(e) => Err(unshown(&e)),
        }
    }

    /// Fetches a file. Telegram gives a bot none of more than 20 MB.
    pub(super) async fn fetch_file(&self, sent: &Sent, bytes_max: u64) -> Result<Vec<u8>, Unfetched> {
        let file = self.bot.get_file(FileId(sent.from.clone())).await.map_err(|e| unfetched(&e))?;
        if u64::from(file.size) > bytes_max {
            return Err(Unfetched::TooLarge);
        }
        let mut bytes = Vec::new();
        match self.bot.download_file(&file.path, &mut bytes).await {
            Ok(()) if bytes.len() as u64 <= bytes_max => Ok(bytes),
            Ok(()) => Err(Unfetched::TooLarge),
            Err(DownloadError::Network(e)) => Err(Unfetched::Later(unreached(&e))),
            Err(DownloadError::Io(e)) => Err(Unfetched::Later(e.to_string())),
        }
    }
}

fn unfetched(e: &RequestError) -> Unfetched {
    match e {
        RequestError::Api(ApiError::InvalidToken) => Unfetched::Later(words(e)),
        RequestError::Api(_) => Unfetched::Never(words(e)),
        e => Unfetched::Later(words(e)),
    }
}
