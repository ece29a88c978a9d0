//! Customers: list, show, make, change.

use chrono_tz::Tz;
use rapport_model::address::company_domain;
use rapport_model::job::Outbound;
use rapport_model::people::{Lifecycle, User};
use rapport_model::reading::Language;
use rapport_model::{Address, Change, Id, Kind, Record, RecordRef, Value};

use super::answer::Answer;
use super::call::{Call, line, tags};
use super::problem::{Problem, Sort};
use super::types::{ChangeCustomer, Customer, NewCustomer};
use crate::commands::desk::Desk;
use crate::commands::{Person, phone};

pub(super) async fn list(call: &Call) -> Result<Answer, Problem> {
    let mut filter = call.filter().await?;
    filter.equal.push(("merged_into", Value::Null));
    call.page::<Customer>(Kind::Customer, filter).await
}

pub(super) async fn show(call: &Call) -> Result<Answer, Problem> {
    call.show::<Customer>(Kind::Customer).await
}

pub(super) async fn again(call: &Call, act: Id) -> Result<Answer, Problem> {
    call.once_more::<Customer>(act, Kind::Customer).await
}

pub(super) async fn make(call: &Call) -> Result<Answer, Problem> {
    let new: NewCustomer = call.body()?;
    let looking = call.desk();
    let address = new.email.as_deref().map(|email| address(&looking, email)).transpose()?;
    let phone = new.phone.as_deref().map(|number| number_of(&looking, number)).transpose()?;
    let name = match (&new.name, &address) {
        (Some(name), _) => line("name", name)?,
        (None, Some(address)) => address.local().to_owned(),
        (None, None) => return Err(Problem::field("name", "or email is needed")),
    };
    let person =
        Person { name: name.clone(), address: address.clone(), phone: phone.clone(), ..Person::default() };
    if !new.anyway {
        known(&looking, Kind::Customer, &person).await?;
    }
    let owner = new.owner.as_deref().map_or(Ok(&call.caller.user), |handle| call.owner(handle))?;
    let record = RecordRef::new(Kind::Customer, call.store().new_id());
    let desk = call.writing(None, Some(record));
    let company = match (&new.company, address.as_ref().and_then(company_domain)) {
        (Some(company), _) => Some(company_of(call, &desk, company).await?),
        (None, Some(domain)) => Some(desk.company_of_domain(domain).await.map(|of| (of.id, of.changes))?),
        (None, None) => None,
    };
    let (company, mut changes) = company.map_or((None, Vec::new()), |(id, changes)| (Some(id), changes));
    changes.push(
        Change::create(record)
            .with("name", name)
            .with("company", company)
            .with("lifecycle", new.lifecycle.unwrap_or(Lifecycle::Lead).name())
            .with("owner", owner.id)
            .with("language", new.language.as_deref().map(language).transpose()?)
            .with("zone", new.zone.as_deref().map(zone).transpose()?)
            .with("tags", tags(&new.tags)?)
            .with("first_contact", desk.now)
            .with("n_in", 0)
            .with("n_out", 0),
    );
    for (field, channel, value) in
        [("email", "email", address.map(|address| address.to_string())), ("phone", "phone", phone)]
    {
        let Some(value) = value else { continue };
        changes.push(known_by(&desk, record, field, channel, &value).await?);
    }
    let note = new.note.as_deref().map(crate::commands::plain).unwrap_or_default();
    changes.extend(desk.remark(record, note.trim()));
    let written = desk.write(changes).await?;
    call.done::<Customer>(Some(written), record).await
}

pub(super) async fn change(call: &Call) -> Result<Answer, Problem> {
    let customer = call.named(Kind::Customer).await?;
    let wanted: ChangeCustomer = call.body()?;
    let desk = call.changing::<Customer>(&customer).await?;
    let mut beside = Vec::new();
    let set = |own: Change, field: &str, after: Value| own.set(field, customer.get(field).clone(), after);
    let mut own = Change::update(customer.record);
    if let Some(name) = &wanted.name {
        own = set(own, "name", line("name", name)?.into());
    }
    if let Some(lifecycle) = wanted.lifecycle {
        own = set(own, "lifecycle", lifecycle.name().into());
    }
    if let Some(company) = wanted.company.wanted() {
        let company = match company {
            Some(company) => {
                let (id, changes) = company_of(call, &desk, company).await?;
                beside.extend(changes);
                Some(id)
            }
            None => None,
        };
        own = set(own, "company", company.into());
    }
    if let Some(code) = wanted.language.wanted() {
        own = set(own, "language", code.map(|code| language(code)).transpose()?.into());
    }
    if let Some(name) = wanted.zone.wanted() {
        own = set(own, "zone", name.map(|name| zone(name)).transpose()?.into());
    }
    if let Some(wanted) = &wanted.tags {
        own = set(own, "tags", tags(wanted)?.into());
    }
    if let Some(email) = &wanted.email {
        let address = address(&desk, email)?.to_string();
        beside.extend(further(&desk, &customer, "email", "email", &address).await?);
    }
    if let Some(number) = &wanted.phone {
        let number = number_of(&desk, number)?;
        beside.extend(further(&desk, &customer, "phone", "phone", &number).await?);
    }
    let outbox;
    (own, outbox) = handed_over(call, &desk, &customer, own, wanted.owner.as_deref()).await?;
    write::<Customer>(call, &desk, &customer, own, beside, outbox).await
}

/// Writes a change of a record with what belongs to it, if there is one; whoever gets it is told.
pub(super) async fn write<T: super::view::View>(
    call: &Call,
    desk: &Desk<'_>,
    record: &Record,
    own: Change,
    beside: Vec<Change>,
    outbox: Vec<Outbound>,
) -> Result<Answer, Problem> {
    let mut changes = beside;
    changes.extend(Some(own).filter(|own| !own.is_empty()));
    let written = match changes.is_empty() {
        true => None,
        false => Some(desk.write_and_tell(changes, outbox).await?),
    };
    call.done::<T>(written, record.record).await
}

/// Gives a record to a colleague, who is told how it stands.
pub(super) async fn handed_over(
    call: &Call,
    desk: &Desk<'_>,
    record: &Record,
    own: Change,
    owner: Option<&str>,
) -> Result<(Change, Vec<Outbound>), Problem> {
    let Some(handle) = owner else { return Ok((own, Vec::new())) };
    let to: &User = call.owner(handle)?;
    let before = record.get("owner").id();
    let outbox = match before == Some(to.id) || to.id == call.caller.user.id {
        true => Vec::new(),
        false => desk.told_of(record, to).await?,
    };
    Ok((own.set("owner", before, to.id), outbox))
}

/// Refuses somebody who is much like others.
pub(super) async fn known(desk: &Desk<'_>, kind: Kind, person: &Person) -> Result<(), Problem> {
    let alike = desk.alike(kind, person).await?;
    if alike.is_empty() {
        return Ok(());
    }
    let numbers: Vec<String> = alike.iter().map(|record| record.short().to_string()).collect();
    let said = format!("{} is much alike. If this is another, say \"anyway\": true.", numbers.join(", "));
    Err(Problem::new(Sort::Conflict, said))
}

/// Finds a company by its number, its id or its name; one of that name is made where there is none.
async fn company_of(call: &Call, desk: &Desk<'_>, text: &str) -> Result<(Id, Vec<Change>), Problem> {
    if let Some(company) = call.find(text, &[Kind::Company]).await? {
        return Ok((company.record.id, Vec::new()));
    }
    let none = || Problem::field("company", "names no company that this token sees");
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(none());
    }
    let found = desk.company_called(&line("company", text)?).await?.ok_or_else(none)?;
    Ok((found.id, found.changes))
}

fn address(desk: &Desk<'_>, text: &str) -> Result<Address, Problem> {
    let address = Address::email(text.trim()).ok().filter(|address| address.domain().contains('.'));
    let address = address.ok_or_else(|| Problem::field("email", "is no mail address"))?;
    match desk.app.workflows.settings().house.owns(&address) {
        true => Err(Problem::field("email", "is an address of the house")),
        false => Ok(address),
    }
}

fn number_of(desk: &Desk<'_>, text: &str) -> Result<String, Problem> {
    phone(text, &desk.context()).ok_or_else(|| Problem::field("phone", "is no number such as +49 30 901820"))
}

fn language(code: &str) -> Result<&'static str, Problem> {
    match code {
        "en" => Ok(Language::En.code()),
        "zh" => Ok(Language::Zh.code()),
        _ => Err(Problem::field("language", "must be en or zh")),
    }
}

fn zone(name: &str) -> Result<&'static str, Problem> {
    let zone: Tz =
        name.parse().map_err(|_| Problem::field("zone", "must be a zone such as Europe/Berlin"))?;
    Ok(zone.name())
}

/// Returns what makes a new record known by a value; refuses one that is somebody's. Who has it is not told:
/// they may not be seen.
pub(super) async fn known_by(
    desk: &Desk<'_>,
    record: RecordRef,
    field: &str,
    channel: &str,
    value: &str,
) -> Result<Change, Problem> {
    let change = desk.known_by(record, channel, value).await?;
    change.ok_or_else(|| Problem::field(field, "is somebody else's"))
}

/// Returns what makes a record known by a further value; nothing where it is theirs.
async fn further(
    desk: &Desk<'_>,
    record: &Record,
    field: &str,
    channel: &str,
    value: &str,
) -> Result<Option<Change>, Problem> {
    let known = desk.store().identity(channel, value).await?;
    match desk.holder(known.as_ref(), record.record.kind).await? {
        Some(holder) if holder.record == record.record => Ok(None),
        _ => known_by(desk, record.record, field, channel, value).await.map(Some),
    }
}
