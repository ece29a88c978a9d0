//! Notes: list, show, write.

use rapport_model::{Change, Id, Kind, RecordRef};

use super::answer::Answer;
use super::call::Call;
use super::problem::Problem;
use super::types::{NewNote, Note};
use crate::commands::{about_record, plain};

/// What a note can be about.
const ABOUT: &[Kind] = &[Kind::Customer, Kind::Company, Kind::Ticket, Kind::Deal];

pub(super) async fn list(call: &Call) -> Result<Answer, Problem> {
    let filter = call.filter().await?;
    call.page::<Note>(Kind::Note, filter).await
}

pub(super) async fn show(call: &Call) -> Result<Answer, Problem> {
    call.show::<Note>(Kind::Note).await
}

pub(super) async fn again(call: &Call, act: Id) -> Result<Answer, Problem> {
    call.once_more::<Note>(act, Kind::Note).await
}

pub(super) async fn make(call: &Call) -> Result<Answer, Problem> {
    let new: NewNote = call.body()?;
    let about = call.meant("about", &new.about, ABOUT).await?;
    let body = plain(&new.body);
    if body.trim().is_empty() {
        return Err(Problem::field("body", "is too short"));
    }
    let record = RecordRef::new(Kind::Note, call.store().new_id());
    let desk = call.writing(None, Some(about.record));
    let change = about_record(Change::create(record).with("body", body.trim()), &about);
    let written = desk.write(vec![change.with("author", call.caller.user.id)]).await?;
    call.done::<Note>(Some(written), record).await
}
