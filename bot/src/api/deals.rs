//! Deals: list, show, open, change.

use rapport_model::people::{Lifecycle, Stage};
use rapport_model::{Change, Id, Kind, Money, RecordRef, Value};

use super::answer::Answer;
use super::call::{Call, line};
use super::customers::{handed_over, write};
use super::problem::Problem;
use super::types::{self, ChangeDeal, Deal, NewDeal};
use crate::commands::{is_customer, lifecycle_change, plain};

pub(super) async fn list(call: &Call) -> Result<Answer, Problem> {
    let filter = call.filter().await?;
    call.page::<Deal>(Kind::Deal, filter).await
}

pub(super) async fn show(call: &Call) -> Result<Answer, Problem> {
    call.show::<Deal>(Kind::Deal).await
}

pub(super) async fn again(call: &Call, act: Id) -> Result<Answer, Problem> {
    call.once_more::<Deal>(act, Kind::Deal).await
}

pub(super) async fn make(call: &Call) -> Result<Answer, Problem> {
    let new: NewDeal = call.body()?;
    let customer = call.meant("customer", &new.customer, &[Kind::Customer]).await?;
    let title = line("title", &new.title)?;
    let amount = new.amount.as_ref().map(money).transpose()?;
    let (pipeline, stages) = call.store().pipeline().await?;
    let stage = match &new.stage {
        Some(name) => stage(&stages, name)?,
        None => stages.first().ok_or_else(|| Problem::field("stage", "is needed: the pipeline has none"))?,
    };
    let owner = new.owner.as_deref().map(|handle| call.owner(handle)).transpose()?;
    let desk = call.writing(None, Some(customer.record));
    let (record, change) = desk.deal_change(&customer, &title, (pipeline, stage), amount.as_ref());
    let mut change = change.with("close_at", new.close_at);
    if let Some(owner) = owner {
        change.fields.retain(|field| field.field != "owner");
        change = change.with("owner", owner.id);
    }
    let bought = stage.probability >= 1.0 && !is_customer(&customer);
    let mut changes: Vec<Change> =
        bought.then(|| lifecycle_change(&customer, Lifecycle::Customer)).into_iter().collect();
    changes.push(change);
    let written = desk.write(changes).await?;
    call.done::<Deal>(Some(written), record).await
}

pub(super) async fn change(call: &Call) -> Result<Answer, Problem> {
    let deal = call.named(Kind::Deal).await?;
    let wanted: ChangeDeal = call.body()?;
    let desk = call.changing::<Deal>(&deal).await?;
    let mut beside = Vec::new();
    let set = |own: Change, field: &str, after: Value| own.set(field, deal.get(field).clone(), after);
    let mut own = Change::update(deal.record);
    if let Some(title) = &wanted.title {
        own = set(own, "title", line("title", title)?.into());
    }
    if let Some(name) = &wanted.stage {
        let stages = call.store().pipeline().await?.1;
        let to = stage(&stages, name)?;
        own = set(own, "stage", to.name.as_str().into());
        let customer =
            deal.get("customer").id().filter(|_| to.probability >= 1.0 && deal.text("stage") != to.name);
        if let Some(customer) = customer
            && let Some(customer) = call.store().record(RecordRef::new(Kind::Customer, customer)).await?
            && !is_customer(&customer)
        {
            // Who has bought is a customer.
            beside.push(lifecycle_change(&customer, Lifecycle::Customer));
        }
    }
    if let Some(amount) = wanted.amount.wanted() {
        let money = amount.map(money).transpose()?;
        let (minor, currency) = money.map_or((None, None), |money| (Some(money.minor), Some(money.currency)));
        own = set(set(own, "amount", minor.into()), "currency", currency.into());
    }
    if let Some(at) = wanted.close_at.wanted() {
        own = set(own, "close_at", at.copied().into());
    }
    if let Some(reason) = wanted.lost_reason.wanted() {
        let reason = reason.map(|reason| plain(reason).trim().to_owned()).filter(|reason| !reason.is_empty());
        own = set(own, "lost_reason", reason.into());
    }
    let (own, outbox) = handed_over(call, &desk, &deal, own, wanted.owner.as_deref()).await?;
    write::<Deal>(call, &desk, &deal, own, beside, outbox).await
}

fn stage<'s>(stages: &'s [Stage], name: &str) -> Result<&'s Stage, Problem> {
    let names: Vec<&str> = stages.iter().map(|stage| stage.name.as_str()).collect();
    let none = || Problem::field("stage", format!("must be one of {}", names.join(", ")));
    stages.iter().find(|stage| stage.name == name).ok_or_else(none)
}

fn money(money: &types::Money) -> Result<Money, Problem> {
    if !money.currency.bytes().all(|b| b.is_ascii_alphabetic()) {
        return Err(Problem::field("amount.currency", "must be three letters such as EUR"));
    }
    Ok(Money::new(money.minor, &money.currency))
}
