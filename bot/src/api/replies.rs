//! Answers to customers: drafted, looked at, sent, held back.
//!
//! What leaves the house cannot be taken back, so that it takes two calls: one shows the mail as it would
//! leave, the other sends it. It does not leave over news, unless that is wanted.

use rapport_model::job::{Outbound, Recipient};
use rapport_model::{Id, Kind, RecordRef};

use super::answer::Answer;
use super::call::Call;
use super::problem::{Problem, Sort};
use super::types::{Done, Draft, HeldBack, Leaving, NewReply, Ref, Send};
use crate::commands::HOLD;

pub(super) async fn draft(call: &Call) -> Result<Answer, Problem> {
    let mut thread = call.named(Kind::Thread).await?;
    let new: NewReply = call.body()?;
    if let Some(whole) = thread.get("joined_into").id() {
        let whole = call.store().record(RecordRef::new(Kind::Thread, whole)).await?;
        thread = whole.ok_or_else(|| Problem::not_found("thread"))?;
    }
    let nothing = || Problem::new(Sort::Conflict, "Nobody wrote in this conversation who could be answered.");
    let customer = thread.get("customer").id().ok_or_else(nothing)?;
    let customer = call.store().record(RecordRef::new(Kind::Customer, customer)).await?;
    let customer = customer.filter(|customer| !customer.deleted).ok_or_else(nothing)?;
    let looking = call.desk();
    let (answered, newest) = looking.to_answer(Some(thread.record.id)).await?.ok_or_else(nothing)?;
    if crate::commands::plain(&new.text).trim().is_empty() {
        return Err(Problem::field("text", "is too short"));
    }
    let drafted = looking.draft_of(&customer, &answered, Some(newest), new.text.trim()).await?;
    let mut message = drafted.message;
    if new.all {
        message.cc = drafted.others;
    }
    let answer = shown(call, &message).await?;
    call.writing(None, Some(thread.record)).store().keep_draft(message, Vec::new()).await?;
    call.store().begin_draft(thread.record.id, call.caller.user.id).await?;
    Ok(answer)
}

pub(super) async fn draft_again(call: &Call, made: Id) -> Result<Answer, Problem> {
    match kept(call, made).await? {
        Some(message) => shown(call, &message).await,
        None => Err(Problem::new(Sort::Conflict, "The draft that was made under this key is gone.")),
    }
}

pub(super) async fn show(call: &Call) -> Result<Answer, Problem> {
    let message = named(call).await?;
    shown(call, &message).await
}

pub(super) async fn send(call: &Call) -> Result<Answer, Problem> {
    let message = named(call).await?;
    let how: Send = call.body()?;
    if !how.anyway && call.desk().news_since(&message).await?.is_some() {
        let moved =
            "Somebody has written since the draft. Read it; say \"anyway\": true to send all the same.";
        return Err(Problem::new(Sort::Conflict, moved));
    }
    let desk = call.writing(None, message.thread.map(|thread| RecordRef::new(Kind::Thread, thread)));
    let leaves_at = desk.now.plus(HOLD);
    if !desk.store().send_kept_draft(message.id, call.caller.user.id, leaves_at).await? {
        return Err(Problem::not_found("draft"));
    }
    if let Some(thread) = message.thread {
        call.store().end_draft(thread, call.caller.user.id).await?;
    }
    Ok(Answer::of(&Leaving { id: message.id, leaves_at }))
}

pub(super) async fn send_again(call: &Call, made: Id) -> Result<Answer, Problem> {
    let sent = call.app.store().outgoing(made).await?;
    let sent = sent.filter(|sent| sent.message.author == Some(call.caller.user.id));
    let sent = sent.ok_or_else(|| Problem::not_found("draft"))?;
    Ok(Answer::of(&Leaving { id: made, leaves_at: sent.message.send_at }))
}

pub(super) async fn hold(call: &Call) -> Result<Answer, Problem> {
    let id = id(call)?;
    // Only what one wrote oneself.
    if call.store().author_of(id).await? != Some(call.caller.user.id) {
        return Err(Problem::not_found("message of yours that leaves"));
    }
    let held = call.store().hold_pending(id).await?;
    Ok(Answer::of(&HeldBack { id, held }))
}

pub(super) async fn drop(call: &Call) -> Result<Answer, Problem> {
    let message = named(call).await?;
    call.store().drop_kept_draft(message.id, call.caller.user.id).await?;
    if let Some(thread) = message.thread {
        call.store().end_draft(thread, call.caller.user.id).await?;
    }
    Ok(Answer::of(&Done { id: message.id }))
}

fn id(call: &Call) -> Result<Id, Problem> {
    call.ids.first().and_then(|id| id.parse().ok()).ok_or_else(|| Problem::not_found("draft"))
}

async fn named(call: &Call) -> Result<Outbound, Problem> {
    kept(call, id(call)?).await?.ok_or_else(|| Problem::not_found("draft"))
}

async fn kept(call: &Call, id: Id) -> Result<Option<Outbound>, Problem> {
    Ok(call.store().kept_draft(id, call.caller.user.id).await?)
}

async fn shown(call: &Call, message: &Outbound) -> Result<Answer, Problem> {
    let envelope = call.app.address(message).await?;
    let envelope = envelope.map_err(|why| Problem::new(Sort::Conflict, why.to_string()))?;
    let customer = match message.to {
        Recipient::Customer(id) => call.store().record(RecordRef::new(Kind::Customer, id)).await?,
        _ => None,
    };
    let named = |record: rapport_model::Record| Ref {
        kind: record.record.kind,
        id: record.record.id,
        number: Some(record.short().to_string()),
    };
    Ok(Answer::of(&Draft {
        id: message.id,
        thread: message.thread,
        customer: customer.map(named),
        from: call.app.channels.mail.address_of(&envelope).to_owned(),
        to: envelope.to.clone(),
        cc: message.cc.iter().map(|one| one.address.to_string()).collect(),
        subject: message.subject.clone(),
        text: message.body.clone(),
    }))
}
