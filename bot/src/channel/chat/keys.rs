//! The buttons of a card become ones that can be pressed in a chat.

use rapport_model::{Id, Kind, RecordRef};
use rapport_storage::chats::Button;
use rapport_storage::{StorageError, Store};

use super::page::{Key, Page};
use crate::commands::command::Of;
use crate::commands::{self, Card, parse};

/// Makes a page of a card for `user`, with what each of its buttons does. The buttons are to be stored
/// with the page.
///
/// # Errors
/// The store cannot be read.
pub(super) async fn with_keys(
    store: &Store,
    user: Id,
    mut card: Card,
) -> Result<(Page, Vec<Button>), StorageError> {
    let (mut buttons, mut keys) = (Vec::new(), Vec::new());
    for commands::Button { label, command, is_choice } in std::mem::take(&mut card.buttons) {
        let id = store.new_id();
        let record = would_change(store, &command).await?;
        buttons.push(Button { id, user, command, record });
        keys.push(Key { label, button: id, is_choice });
    }
    Ok((Page { card, keys, answers: None }, buttons))
}

/// Returns the record that a command would change, and how often that was changed so far.
async fn would_change(store: &Store, command: &str) -> Result<Option<(RecordRef, i64)>, StorageError> {
    let Ok(parsed) = parse(command) else { return Ok(None) };
    let record = match parsed.command.changes() {
        // A mail is read anew by the service itself; what a command about it changes is its customer's.
        Some(Of::Exact(RecordRef { kind: Kind::Message | Kind::Attachment, .. })) => return Ok(None),
        Some(Of::Exact(record)) => *record,
        Some(Of::Number(number)) => {
            let Some(kind) = number.kind else { return Ok(None) };
            match store.by_number(kind, number.number).await? {
                Some(found) => found.record,
                None => return Ok(None),
            }
        }
        _ => return Ok(None),
    };
    Ok(Some((record, store.version(record).await?)))
}
