//! Companies: list, show, make, change.

use rapport_model::{Change, Id, Kind, RecordRef, Value};

use super::answer::Answer;
use super::call::{Call, line, tags};
use super::customers::{handed_over, known, write};
use super::problem::Problem;
use super::types::{ChangeCompany, Company, NewCompany};
use crate::commands::desk::Desk;
use crate::commands::{Person, domain};

pub(super) async fn list(call: &Call) -> Result<Answer, Problem> {
    let mut filter = call.filter().await?;
    filter.equal.push(("merged_into", Value::Null));
    call.page::<Company>(Kind::Company, filter).await
}

pub(super) async fn show(call: &Call) -> Result<Answer, Problem> {
    call.show::<Company>(Kind::Company).await
}

pub(super) async fn again(call: &Call, act: Id) -> Result<Answer, Problem> {
    call.once_more::<Company>(act, Kind::Company).await
}

pub(super) async fn make(call: &Call) -> Result<Answer, Problem> {
    let new: NewCompany = call.body()?;
    let name = line("name", &new.name)?;
    let domain = new.domain.as_deref().map(read).transpose()?;
    if !new.anyway {
        let person = Person { name: name.clone(), domain: domain.clone(), ..Person::default() };
        known(&call.desk(), Kind::Company, &person).await?;
    }
    let owner = new.owner.as_deref().map_or(Ok(&call.caller.user), |handle| call.owner(handle))?;
    let record = RecordRef::new(Kind::Company, call.store().new_id());
    let desk = call.writing(None, Some(record));
    let mut changes = Vec::new();
    if let Some(domain) = &domain {
        changes.push(free(&desk, record, domain).await?);
    }
    changes.push(
        Change::create(record).with("name", name).with("owner", owner.id).with("tags", tags(&new.tags)?),
    );
    // What points at the company comes after it.
    changes.rotate_right(1);
    let written = desk.write(changes).await?;
    call.done::<Company>(Some(written), record).await
}

pub(super) async fn change(call: &Call) -> Result<Answer, Problem> {
    let company = call.named(Kind::Company).await?;
    let wanted: ChangeCompany = call.body()?;
    let desk = call.changing::<Company>(&company).await?;
    let mut own = Change::update(company.record);
    if let Some(name) = &wanted.name {
        own = own.set("name", company.get("name").clone(), line("name", name)?);
    }
    if let Some(wanted) = &wanted.tags {
        own = own.set("tags", company.get("tags").clone(), tags(wanted)?);
    }
    let mut beside = Vec::new();
    if let Some(domain) = &wanted.domain {
        let domain = read(domain)?;
        let known = desk.store().identity("domain", &domain).await?;
        let holder = desk.holder(known.as_ref(), Kind::Company).await?;
        if holder.is_none_or(|holder| holder.record != company.record) {
            beside.push(free(&desk, company.record, &domain).await?);
        }
    }
    let (own, outbox) = handed_over(call, &desk, &company, own, wanted.owner.as_deref()).await?;
    write::<Company>(call, &desk, &company, own, beside, outbox).await
}

fn read(text: &str) -> Result<String, Problem> {
    domain(text).ok_or_else(|| Problem::field("domain", "is no domain such as berg.example"))
}

/// Returns what makes a company known by a domain that nobody has.
async fn free(desk: &Desk<'_>, company: RecordRef, domain: &str) -> Result<Change, Problem> {
    match desk.store().is_taken("domain", domain).await? {
        true => Err(Problem::field("domain", "is another company's")),
        false => Ok(desk.new_identity(company, "domain", domain)),
    }
}
