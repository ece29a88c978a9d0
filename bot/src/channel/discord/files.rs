//! Files both ways.

use rapport_model::Id;
use rapport_storage::drafts::File;
use serde_json::{Value, json};
use serenity::all::Attachment;

use super::rest::Failure;
use super::show::unshown;
use super::{Discord, number};
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
    pub(super) async fn bring_file(&self, chat: i64, file: File, name: Id) -> Result<Place, Unshown> {
        let channel = match chat {
            server if server < 0 => server.unsigned_abs(),
            account => self.direct(account).await.map_err(|e| unshown(&e, true))?,
        };
        let about = json!({
            "attachments": [{ "id": 0, "filename": file.name }],
            "allowed_mentions": { "parse": [] },
            "nonce": name.to_string(),
            "enforce_nonce": true,
        });
        let path = format!("/channels/{channel}/messages");
        // The same message twice within some minutes is shown once.
        let posted = match self.rest.upload(&path, &about, &file).await {
            Err(Failure::Broken(_)) => self.rest.upload(&path, &about, &file).await,
            posted => posted,
        };
        let message =
            posted.and_then(|posted: Value| number(&posted["id"])).map_err(|e| unshown(&e, false))?;
        Ok(Place { chat, message: message as i64 })
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
            Ok(None) => Err(Unfetched::Never(format!("more than {} MB", bytes_max >> 20))),
            Err(e @ Failure::Refused { .. }) => Err(Unfetched::Never(e.to_string())),
            Err(e) => Err(Unfetched::Later(e.to_string())),
        }
    }
}
