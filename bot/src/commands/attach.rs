//! `attach`: a file of this machine goes with the draft in hand.

use std::path::Path;

use rapport_storage::drafts::File;

use super::card::Card;
use super::desk::{Desk, Done};
use super::files::BYTES_MAX;
use super::safe::plain;
use super::session::Session;

/// Takes away what goes along.
pub(super) const NONE: &str = "none";

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
    /// Adds a file of this machine to the draft in hand.
    pub(super) async fn attach(&self, session: &mut Session, path: &str) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        self.drop_unseen(session).await?;
        if matches!(path, NONE | "off" | "无" | "清空") {
            session.tray.clear();
            return Ok(vec![match &mut session.draft {
                Some(draft) => {
                    draft.files.clear();
                    self.draft_card(draft).await?
                }
                None => Card::new(prompts.cancelled(language)),
            }]);
        }
        if session.draft.is_none() {
            return Ok(vec![Card::new(prompts.draft_none(language))]);
        }
        if !session.local {
            return Ok(vec![Card::new(prompts.attach_elsewhere(language))]);
        }
        let read = match self.no_room(session, 0) {
            None => read(Path::new(path)).await,
            Some(problem) => return Ok(vec![Card::new(problem)]),
        };
        let problem = match read {
            Ok(file) => match self.no_room(session, file.bytes.len() as u64) {
                None => {
                    session.tray.push(file);
                    return Ok(self.tray_card(session).await?.into_iter().collect());
                }
                Some(problem) => problem,
            },
            Err(None) => prompts.attach_too_big(language, (BYTES_MAX >> 20) as usize),
            Err(Some(why)) => prompts.attach_unreadable(language, &plain(path), &why.to_string()),
        };
        Ok(vec![Card::new(problem)])
    }
}

/// Reads a file of at most [`BYTES_MAX`] bytes; of a larger one the error is nothing.
async fn read(path: &Path) -> Result<File, Option<std::io::Error>> {
    let about = tokio::fs::metadata(path).await.map_err(Some)?;
    if !about.is_file() {
        return Err(Some(std::io::Error::other("it is no file")));
    }
    if about.len() > BYTES_MAX {
        return Err(None);
    }
    let bytes = tokio::fs::read(path).await.map_err(Some)?;
    if bytes.len() as u64 > BYTES_MAX {
        return Err(None);
    }
    let name = path.file_name().map_or_else(String::new, |name| plain(&name.to_string_lossy()));
    let end = path.extension().map_or_else(String::new, |end| end.to_string_lossy().to_lowercase());
    let mime =
        TYPES.iter().find(|(known, _)| *known == end).map_or("application/octet-stream", |(_, mime)| mime);
    Ok(File { name: name.replace('\n', " "), mime: mime.to_owned(), bytes })
}
