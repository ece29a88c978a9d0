//! Files both ways.

use rapport_model::Id;
use rapport_storage::drafts::File;
use serde_json::json;
use serenity::all::Attachment;

use super::Discord;
use super::rest::Failure;
use crate::channel::chat::{Place, Sent, Unfetched, Unshown};
use crate::channel::email::safe_name;

/// Where Discord keeps what was sent along.
const HOSTS: &[&str] = &["cdn.discordapp.com", "media.discordapp.net"];

/// Reads what was sent along with a message.
pub(super) fn sent(files: &[Attachment]) -> Vec<Sent> {
    let one = |file: &Attachment| {
        let name = safe_name(&file.filename);
        Sent {
            name: if name.is_empty() { format!("{}.bin", file.id) } else { name },
            mime: mime(file.content_type.as_deref()),
            bytes: file.size.into(),
            from: file.url.clone(),
        }
    };
    files.iter().map(one).collect()
}

/// Returns a media type without its parameters.
fn mime(said: Option<&str>) -> String {
    let bare = said.and_then(|said| said.split(';').next()).unwrap_or_default().trim();
    if bare.contains('/') { bare.to_owned() } else { "application/octet-stream".to_owned() }
}

impl Discord {
    /// Puts a file into somebody's private channel.
    pub(super) async fn bring_file(&self, chat: i64, file: &File, name: Id) -> Result<Place, Unshown> {
        let about = json!({
            "attachments": [{ "id": 0, "filename": file.name }],
            "allowed_mentions": { "parse": [] },
        });
        self.put(chat, about, Some(file), name).await
    }

    /// Fetches a file, from where Discord keeps them alone.
    pub(super) async fn fetch_file(&self, sent: &Sent, bytes_max: u64) -> Result<Vec<u8>, Unfetched> {
        let url = reqwest::Url::parse(&sent.from).map_err(|e| Unfetched::Never(e.to_string()))?;
        let host = url.host_str().unwrap_or_default();
        if !HOSTS.contains(&host) && !self.rest.is_at(&url) {
            return Err(Unfetched::Never(format!("Discord keeps no files at {host}")));
        }
        match self.rest.fetch(url, bytes_max).await {
            Ok(Some(bytes)) => Ok(bytes),
            Ok(None) => Err(Unfetched::TooLarge),
            Err(e @ Failure::Refused { .. }) => Err(Unfetched::Never(e.to_string())),
            Err(e) => Err(Unfetched::Later(e.to_string())),
        }
    }
}
