//! `attach`: a file goes with the draft in hand.

use std::path::Path;

use rapport_storage::drafts::File;

use super::card::Card;
use super::desk::{Desk, Done};
use super::safe::plain;
use super::session::Session;

/// More than this most mail servers refuse.
const BYTES_MAX: u64 = 15 << 20;
const FILES_MAX: usize = 10;

/// The media types of files that sales sends, by the ends of their names.
const TYPES: &[(&str, &str)] = &[
    ("csv", "text/csv"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("gif", "image/gif"),
    ("html", "text/html"),
    ("ics", "text/calendar"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ("txt", "text/plain"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("zip", "application/zip"),
];

impl Desk<'_> {
    /// Adds a file of this machine to the draft in hand, or the draft's card without a path.
    pub(super) async fn attach(&self, session: &mut Session, path: &str) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let Some(draft) = &mut session.draft else {
            return Ok(vec![Card::new(prompts.draft_none(language))]);
        };
        if !session.local {
            return Ok(vec![Card::new(prompts.attach_elsewhere(language))]);
        }
        let so_far: usize = draft.files.iter().map(|file| file.bytes.len()).sum();
        let room = BYTES_MAX.saturating_sub(so_far as u64);
        if draft.files.len() >= FILES_MAX {
            return Ok(vec![Card::new(prompts.attach_too_many(language, FILES_MAX))]);
        }
        match read(Path::new(path), room).await {
            Ok(file) => draft.files.push(file),
            Err(None) => {
                return Ok(vec![Card::new(prompts.attach_too_big(language, (BYTES_MAX >> 20) as usize))]);
            }
            Err(Some(why)) => {
                return Ok(vec![Card::new(prompts.attach_unreadable(
                    language,
                    &plain(path),
                    &why.to_string(),
                ))]);
            }
        }
        Ok(vec![self.draft_card(draft).await?])
    }
}

/// Reads a file of at most `room` bytes; of a larger one the error is nothing.
async fn read(path: &Path, room: u64) -> Result<File, Option<std::io::Error>> {
    let about = tokio::fs::metadata(path).await.map_err(Some)?;
    if !about.is_file() {
        return Err(Some(std::io::Error::other("it is no file")));
    }
    if about.len() > room {
        return Err(None);
    }
    let bytes = tokio::fs::read(path).await.map_err(Some)?;
    if bytes.len() as u64 > room {
        return Err(None);
    }
    let name = path.file_name().map_or_else(String::new, |name| plain(&name.to_string_lossy()));
    let end = path.extension().map_or_else(String::new, |end| end.to_string_lossy().to_lowercase());
    let mime =
        TYPES.iter().find(|(known, _)| *known == end).map_or("application/octet-stream", |(_, mime)| mime);
    Ok(File { name: name.replace('\n', " "), mime: mime.to_owned(), bytes })
}
