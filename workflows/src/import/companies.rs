//! Companies: those that people are of, and tables of them.

use std::collections::HashMap;

use rapport_model::address::{company_domain, company_name, is_freemail};
use rapport_model::record::FieldChange;
use rapport_model::{Change, Id, Kind, Record, RecordRef, Value};

use super::known::{Known, company_key, tags_json, with_attrs, with_tags};
use super::people::{NewId, json};
use super::plan::{Item, Of, Plan, Why};
use super::row::{Draft, Person};

/// Companies that a plan makes, so that each is made once.
#[derive(Default)]
pub(super) struct Companies {
    named: HashMap<String, Id>,
    of_domain: HashMap<String, Id>,
}

impl Companies {
    /// Finds the company that somebody is of, by its name or by the domain of their address; one that is not
    /// known is made. Returns it with what makes it. Whoever has a mailbox that everybody can have is of none.
    pub(super) fn of(
        &mut self,
        person: &Person,
        known: &Known,
        new_id: &mut NewId<'_>,
    ) -> (Option<Id>, Vec<Change>) {
        let of_mail = || person.emails.iter().find_map(company_domain).map(str::to_owned);
        let said = person.domain.clone().filter(|domain| !is_freemail(domain));
        let domain = said.or_else(of_mail);
        let name = if person.company.is_empty() {
            match &domain {
                Some(domain) => company_name(domain),
                None => return (None, Vec::new()),
            }
        } else {
            person.company.clone()
        };
        let key = company_key(&name);
        let by_name = || self.named.get(&key).or_else(|| known.company_named.get(&key)).copied();
        let by_domain =
            |domain: &String| self.of_domain.get(domain).copied().or_else(|| known.company_of(domain));
        let found = match person.company.is_empty() {
            true => domain.as_ref().and_then(by_domain).or_else(by_name),
            false => by_name(),
        };
        if let Some(id) = found {
            return (Some(id), Vec::new());
        }
        let company = RecordRef::new(Kind::Company, new_id());
        let mut changes = vec![Change::create(company).with("name", name.as_str())];
        self.named.insert(key.clone(), company.id);
        // Somebody's address says what domain a company has only where the two have a name in common.
        let label = domain.as_deref().map(|d| company_key(&company_name(d))).unwrap_or_default();
        let fits = person.company.is_empty()
            || person.domain.is_some()
            || (label.len() > 2 && (key.contains(&label) || label.contains(&key)));
        if let Some(domain) =
            domain.filter(|domain| fits && by_free(domain, known) && !self.of_domain.contains_key(domain))
        {
            changes.extend(domain_of(company, &domain, known, new_id));
            self.of_domain.insert(domain, company.id);
        }
        (Some(company.id), changes)
    }
}

/// Tells whether a domain is nobody's.
fn by_free(domain: &str, known: &Known) -> bool {
    let identity = known.identities.get(&("domain", domain.to_owned()));
    identity.is_none_or(|i| i.deleted || (i.get("company").is_null() && i.get("customer").is_null()))
}

/// Returns what makes a company known by a domain.
fn domain_of(company: RecordRef, domain: &str, known: &Known, new_id: &mut NewId<'_>) -> Vec<Change> {
    match known.identities.get(&("domain", domain.to_owned())) {
        Some(identity) => taken_over(identity, "company", company.id),
        None => vec![
            Change::create(RecordRef::new(Kind::Identity, new_id()))
                .with("company", company.id)
                .with("channel", "domain")
                .with("value", domain),
        ],
    }
}

/// Returns what gives an address that is nobody's to somebody: one that was taken away comes back.
pub(super) fn taken_over(identity: &Record, field: &'static str, to: Id) -> Vec<Change> {
    let other = if field == "customer" { "company" } else { "customer" };
    let change = Change::update(identity.record).set(field, identity.get(field).clone(), to).set(
        other,
        identity.get(other).clone(),
        Value::Null,
    );
    let back = rapport_model::Op::Restore;
    let restored = identity.deleted.then(|| Change { record: identity.record, op: back, fields: Vec::new() });
    restored.into_iter().chain((!change.is_empty()).then_some(change)).collect()
}

/// Decides about a table of companies: known by their domain, else by their name.
pub(super) fn companies(plan: &mut Plan, rows: &[Draft], known: &Known, new_id: &mut NewId<'_>) {
    let mut at: HashMap<String, (u64, usize)> = HashMap::new();
    let mut united: Vec<Draft> = Vec::new();
    for row in rows {
        let domain = domain(row);
        let keys = [
            (!row.key.is_empty()).then(|| format!("k{}", row.key)),
            domain.as_ref().map(|domain| format!("d{domain}")),
            (!row.person.company.is_empty()).then(|| format!("n{}", company_key(&row.person.company))),
        ];
        let before = keys.iter().flatten().find_map(|key| at.get(key)).copied();
        let (line, place) = before.unwrap_or((row.line, united.len()));
        match before {
            Some((line, place)) => {
                plan.duplicates.push((row.line, Of::Row(line)));
                united[place].take(row);
            }
            None => united.push(row.clone()),
        }
        for key in keys.into_iter().flatten() {
            at.entry(key).or_insert((line, place));
        }
    }
    for row in &united {
        let found = find(row, known);
        match found {
            Err(why) => plan.refused.push((row.line, why)),
            Ok(None) => plan.items.push(made(row, known, new_id)),
            Ok(Some(id)) => match changed(&known.companies[&id], row, known, new_id) {
                Some(item) => plan.items.push(item),
                None => plan.n_same += 1,
            },
        }
    }
}

/// Returns the domain that a row says a company has.
fn domain(row: &Draft) -> Option<String> {
    let said = row.person.domain.clone();
    said.or_else(|| row.person.emails.iter().find_map(company_domain).map(str::to_owned))
        .filter(|d| !is_freemail(d))
}

fn find(row: &Draft, known: &Known) -> Result<Option<Id>, Why> {
    let by_key = known.by_key.get(&row.key).copied();
    let by_domain = || domain(row).and_then(|domain| known.company_of(&domain));
    let by_name = || known.company_named.get(&company_key(&row.person.company)).copied();
    Ok(by_key.or_else(by_domain).or_else(by_name))
}

/// Returns what is kept of a company: its addresses and numbers are no identities, since it is its people
/// who are reached by them.
fn kept(row: &Draft) -> std::collections::BTreeMap<String, String> {
    let mut attrs = row.attrs.clone();
    if let Some(email) = row.person.emails.first() {
        attrs.entry("email".into()).or_insert_with(|| email.to_string());
    }
    if let Some(phone) = row.person.phones.first() {
        attrs.entry("phone".into()).or_insert_with(|| phone.clone());
    }
    attrs
}

fn made(row: &Draft, known: &Known, new_id: &mut NewId<'_>) -> Item {
    let record = RecordRef::new(Kind::Company, new_id());
    let domain = domain(row).filter(|domain| by_free(domain, known));
    let name = match (&row.person.company, &domain) {
        (name, Some(domain)) if name.is_empty() => company_name(domain),
        (name, _) => name.clone(),
    };
    let mut changes = vec![
        Change::create(record)
            .with("name", name.as_str())
            .with("owner", row.get("owner").clone())
            .with("tags", tags_json(&row.tags))
            .with("attrs", json(&kept(row))),
    ];
    if let Some(domain) = domain {
        changes.extend(domain_of(record, &domain, known, new_id));
    }
    changes.extend(note(record, &row.note, new_id));
    Item { line: row.line, record, name, new: true, differs: Vec::new(), changes }
}

fn changed(before: &Record, row: &Draft, known: &Known, new_id: &mut NewId<'_>) -> Option<Item> {
    let record = before.record;
    let name = &row.person.company;
    let mut change = Change::update(record);
    if !name.is_empty() && company_key(name) != company_key(before.text("name")) {
        change = change.set("name", before.get("name").clone(), name.as_str());
    }
    let owner = row.get("owner");
    if !owner.is_null() {
        change = change.set("owner", before.get("owner").clone(), owner.clone());
    }
    change = with_tags(change, before, &row.tags);
    change = with_attrs(change, before, &kept(row), true);
    let mut differs: Vec<FieldChange> = change.fields.clone();
    let mut changes = Vec::new();
    if let Some(domain) = domain(row).filter(|d| known.company_of(d).is_none() && by_free(d, known)) {
        changes.extend(domain_of(record, &domain, known, new_id));
        differs.push(FieldChange { field: "domain".into(), before: Value::Null, after: domain.into() });
    }
    if !change.is_empty() {
        changes.push(change);
    }
    (!changes.is_empty()).then(|| Item {
        line: row.line,
        record,
        name: before.text("name").to_owned(),
        new: false,
        differs,
        changes,
    })
}

fn note(of: RecordRef, text: &str, new_id: &mut NewId<'_>) -> Option<Change> {
    let record = RecordRef::new(Kind::Note, new_id());
    (!text.is_empty()).then(|| Change::create(record).with("body", text).with("company", of.id))
}
