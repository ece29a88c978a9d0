//! Which rows are whom: rows that are one person, people who are known, people who are new.
//!
//! An address is a person's key: rows with the same address are one person, and a customer with that
//! address is brought up to date. A row without one is known by its number, and then by its name. The same
//! number and name is the same person too, though the address is another; such a row adds to what is known
//! and changes nothing of it. Two customers of the store are never made one here.

use std::collections::{BTreeMap, HashMap, HashSet};

use rapport_model::record::FieldChange;
use rapport_model::{Address, Change, Id, Kind, Record, RecordRef, Value};

use super::companies::Companies;
use super::compare::{alike, unlike, words};
use super::known::{Known, company_key, tags_json, with_attrs, with_tags};
use super::plan::{Item, Of, Plan, Why};
use super::row::Draft;

/// Makes ids.
pub(super) type NewId<'a> = dyn FnMut() -> Id + 'a;

/// People out of rows.
pub(super) struct People {
    /// The customer that each row is about, by the row's place.
    pub of_row: Vec<Option<RecordRef>>,
    /// The companies that are made with them.
    pub companies: Companies,
    /// The companies of customers that are made.
    of_made: HashMap<Id, Id>,
}

impl People {
    /// Returns the company of a customer, known or made.
    pub(super) fn company_of(&self, customer: Id, known: &Known) -> Option<Id> {
        let made = self.of_made.get(&customer).copied();
        made.or_else(|| known.customers.get(&customer)?.get("company").id())
    }
}

/// What a group of rows is towards the store.
enum Found {
    /// A customer by a key: the file says what is so.
    Same(Id),
    /// A customer by what only suggests it: the file adds.
    Alike(Id),
    New,
}

/// Decides about people. Rows whose person nobody is are passed over. Items, duplicates and refusals go into
/// `plan`; `whole` says whether the rows are customers, and not orders or deals of theirs.
pub(super) fn people(
    plan: &mut Plan,
    rows: &[Draft],
    known: &Known,
    new_id: &mut NewId<'_>,
    whole: bool,
) -> People {
    let names: Vec<Vec<String>> = rows.iter().map(|row| words(&row.person.name)).collect();
    let groups = groups(rows, &names);
    let mut of_row = vec![None; rows.len()];
    let mut companies = Companies::default();
    let mut of_made = HashMap::new();
    let mut claimed: HashSet<(&'static str, String)> = HashSet::new();
    let mut taken: HashMap<Id, usize> = HashMap::new();
    for group in groups {
        let mut group: Vec<usize> = group;
        if rows[group[0]].person.is_nobody() {
            continue;
        }
        // The same address with another name is no duplicate: one of them is wrong.
        if whole {
            let first = group[0];
            group.retain(|row| {
                let other = *row != first && unlike(&names[first], &names[*row]);
                if other {
                    plan.refused.push((rows[*row].line, Why::OtherName { line: rows[first].line }));
                }
                !other
            });
        }
        let found = match find(&group, rows, &names, known) {
            Ok(found) => found,
            Err(why) => {
                plan.refused.extend(group.iter().map(|row| (rows[*row].line, why.clone())));
                continue;
            }
        };
        let person = united(&group, rows);
        let record = match found {
            Found::Same(id) | Found::Alike(id) => RecordRef::new(Kind::Customer, id),
            Found::New => RecordRef::new(Kind::Customer, new_id()),
        };
        group.iter().for_each(|row| of_row[*row] = Some(record));
        let before = taken.insert(record.id, group[0]);
        if whole {
            let of = before.map_or(Of::Row(rows[group[0]].line), |first| Of::Row(rows[first].line));
            plan.duplicates.extend(group[1..].iter().map(|row| (rows[*row].line, of)));
            match (before, &found) {
                (Some(_), _) => plan.duplicates.push((rows[group[0]].line, of)),
                (None, Found::Alike(_)) => plan.duplicates.push((rows[group[0]].line, Of::Record(record))),
                _ => {}
            }
        }
        let mut writer = Writer { known, new_id, companies: &mut companies, claimed: &mut claimed };
        let item = match found {
            Found::New => {
                let (item, company) = writer.made(record, &person);
                of_made.extend(company.map(|company| (record.id, company)));
                Some(item)
            }
            // Of an order only its customer's address counts: nothing of them is changed by it.
            Found::Same(_) | Found::Alike(_) if !whole => None,
            Found::Same(id) => writer.changed(&known.customers[&id], &person, true),
            Found::Alike(id) => writer.changed(&known.customers[&id], &person, false),
        };
        match item {
            Some(item) => plan.items.push(item),
            None if whole && before.is_none() && matches!(found, Found::Same(_)) => plan.n_same += 1,
            None => {}
        }
    }
    People { of_row, companies, of_made }
}

/// Puts rows together that are one person, each group in the order of the file, the groups by their first.
fn groups(rows: &[Draft], names: &[Vec<String>]) -> Vec<Vec<usize>> {
    let mut sets = Sets::new(rows.len());
    let mut by_key: HashMap<&str, usize> = HashMap::new();
    let mut by_email: HashMap<String, usize> = HashMap::new();
    let mut by_phone: HashMap<&str, Vec<usize>> = HashMap::new();
    let mut by_name: HashMap<(&[String], &str), usize> = HashMap::new();
    for (i, row) in rows.iter().enumerate() {
        let person = &row.person;
        if !row.key.is_empty() {
            sets.join(i, *by_key.entry(&row.key).or_insert(i));
        }
        for email in &person.emails {
            sets.join(i, *by_email.entry(mailbox(email)).or_insert(i));
        }
        for phone in &person.phones {
            let others = by_phone.entry(phone).or_default();
            // Whoever says no more than a number is whoever has it; an address of their own may be another's.
            let bare = |j: usize| names[j].is_empty() && rows[j].person.emails.is_empty();
            let one = |j: usize| alike(&names[i], &names[j]) || bare(i) || bare(j);
            if let Some(j) = others.iter().find(|j| one(**j)) {
                sets.join(i, *j);
            }
            // A switchboard has hundreds behind it; who they are is not told by its number.
            if others.len() < 32 {
                others.push(i);
            }
        }
        if person.emails.is_empty() && person.phones.is_empty() && row.key.is_empty() && !names[i].is_empty()
        {
            sets.join(i, *by_name.entry((&names[i], &person.company)).or_insert(i));
        }
    }
    sets.groups()
}

/// Returns an address as duplicates are told by it: dots mean nothing at Gmail, nor what follows a plus.
fn mailbox(email: &Address) -> String {
    let bare = email.without_detail();
    match bare.domain() {
        "gmail.com" | "googlemail.com" => format!("{}@gmail.com", bare.local().replace('.', "")),
        _ => bare.to_string(),
    }
}

/// Finds the customer that a group of rows is.
fn find(group: &[usize], rows: &[Draft], names: &[Vec<String>], known: &Known) -> Result<Found, Why> {
    let people = || group.iter().map(|row| &rows[*row].person);
    if let Some(number) = people().find_map(|p| p.number) {
        let found =
            known.by_number.get(&number.number).filter(|_| number.kind.is_none_or(|k| k == Kind::Customer));
        return found.map(|id| Found::Same(*id)).ok_or_else(|| Why::NoCustomer(number.to_string()));
    }
    let keyed = group
        .iter()
        .find_map(|row| known.by_key.get(&rows[*row].key))
        .filter(|id| known.customers.contains_key(id));
    if let Some(id) = keyed {
        return Ok(Found::Same(*id));
    }
    let mut by_email: Vec<Id> = people()
        .flat_map(|p| &p.emails)
        .filter_map(|email| {
            let exact = known.holder("email", email.as_str());
            exact.or_else(|| known.holder("email", email.without_detail().as_str()))
        })
        .map(|customer| customer.record.id)
        .collect();
    by_email.sort_unstable();
    by_email.dedup();
    match by_email[..] {
        [id] => return Ok(Found::Same(id)),
        [] => {}
        _ => {
            let customers = by_email.iter().map(|id| RecordRef::new(Kind::Customer, *id)).collect();
            return Err(Why::SeveralKnown(customers));
        }
    }
    for row in group {
        for phone in &rows[*row].person.phones {
            let Some(customer) = known.holder("phone", phone) else { continue };
            let (here, there) = (&names[*row], words(customer.text("name")));
            let bare = rows[*row].person.emails.is_empty();
            match alike(here, &there) {
                true if bare => return Ok(Found::Same(customer.record.id)),
                true => return Ok(Found::Alike(customer.record.id)),
                false if bare && here.is_empty() => return Ok(Found::Same(customer.record.id)),
                false => {}
            }
        }
    }
    let person = &rows[group[0]].person;
    if person.emails.is_empty() && person.phones.is_empty() && rows[group[0]].key.is_empty() {
        let namesakes = known.by_name.get(&names[group[0]]).map_or(&[][..], Vec::as_slice);
        let company = |id: &&Id| {
            let of = known.customers.get(id).and_then(|c| c.get("company").id());
            let name = of.and_then(|id| known.companies.get(&id)).map_or("", |c| c.text("name"));
            person.company.is_empty() || company_key(name) == company_key(&person.company)
        };
        let fitting: Vec<&Id> = namesakes.iter().filter(company).collect();
        match fitting[..] {
            [id] => return Ok(Found::Same(*id)),
            [] => {}
            _ => return Err(Why::SeveralOfName(person.name.clone())),
        }
    }
    Ok(Found::New)
}

/// What rows say of one person: the first row's word counts, the others fill what it lacks.
fn united(group: &[usize], rows: &[Draft]) -> Draft {
    let mut united = rows[group[0]].clone();
    for row in group[1..].iter().map(|row| &rows[*row]) {
        united.take(row);
        let (person, more) = (&mut united.person, &row.person);
        if person.name.is_empty() {
            person.name.clone_from(&more.name);
        }
        let emails: Vec<Address> =
            more.emails.iter().filter(|e| !person.emails.contains(e)).cloned().collect();
        person.emails.extend(emails);
        let phones: Vec<String> =
            more.phones.iter().filter(|p| !person.phones.contains(p)).cloned().collect();
        person.phones.extend(phones);
        if !row.note.is_empty() && !united.note.contains(&row.note) {
            united.note = [united.note.as_str(), &row.note].join("\n").trim().to_owned();
        }
    }
    united
}

/// Writes down what becomes of a person.
struct Writer<'w, 'i> {
    known: &'w Known,
    new_id: &'w mut NewId<'i>,
    companies: &'w mut Companies,
    claimed: &'w mut HashSet<(&'static str, String)>,
}

impl Writer<'_, '_> {
    /// Returns what makes a customer, and their company.
    fn made(&mut self, record: RecordRef, draft: &Draft) -> (Item, Option<Id>) {
        let person = &draft.person;
        let (company, mut changes) = self.companies.of(person, self.known, self.new_id);
        let local = || person.emails.first().map(|email| email.local().to_owned());
        let phone = || person.phones.first().cloned();
        let name = Some(person.name.clone())
            .filter(|n| !n.is_empty())
            .or_else(local)
            .or_else(phone)
            .unwrap_or_default();
        let mut attrs = draft.attrs.clone();
        let at = changes.len();
        changes.push(Change::create(record));
        for (channel, value) in contacts(draft) {
            let (identity, _) = self.identity(record, channel, value);
            match identity {
                Some(identity) => changes.extend(identity),
                // A number that is somebody else's is remembered, but does not lead to two people.
                None => drop(attrs.entry(channel.to_owned()).or_insert_with(|| value.to_owned())),
            }
        }
        let lifecycle = draft.get("lifecycle").clone();
        let mut made = Change::create(record)
            .with("name", name.as_str())
            .with("company", company)
            .with("lifecycle", if lifecycle.is_null() { Value::from("lead") } else { lifecycle })
            .with("tags", tags_json(&draft.tags))
            .with("attrs", json(&attrs))
            .with("n_in", 0)
            .with("n_out", 0);
        for (field, value) in draft.fields.iter().filter(|(f, _)| *f != "lifecycle" && is_of_customer(f)) {
            made = made.with(field, value.clone());
        }
        changes[at] = made;
        changes.extend(self.note(record, &draft.note));
        (Item { line: draft.line, record, name, new: true, differs: Vec::new(), changes }, company)
    }

    /// Returns what a row changes of a customer. By a key the row says what is so; otherwise it only adds.
    fn changed(&mut self, before: &Record, draft: &Draft, by_key: bool) -> Option<Item> {
        let person = &draft.person;
        let record = before.record;
        let mut change = Change::update(record);
        let may = |value: &Value| by_key || value.is_null();
        if !person.name.is_empty() && may(before.get("name")) {
            let (known, said) = (words(before.text("name")), words(&person.name));
            let letters = |words: &[String]| words.iter().map(|word| word.chars().count()).sum::<usize>();
            // An initial in place of a name says less, not something else.
            let says_less = alike(&known, &said) && letters(&said) < letters(&known);
            if known != said && !says_less {
                change = change.set("name", before.get("name").clone(), person.name.as_str());
            }
        }
        for (field, value) in draft.fields.iter().filter(|(f, _)| is_of_customer(f)) {
            // Since when somebody is known is only ever set earlier.
            let known = before.get(field);
            let later = *field == "first_contact" && known.int().is_some_and(|at| Some(at) <= value.int());
            if may(known) && !later {
                change = change.set(field, known.clone(), value.clone());
            }
        }
        change = with_tags(change, before, &draft.tags);
        let mut changes = Vec::new();
        let mut differs = Vec::new();
        let known_values = self.known.values_of.get(&record.id).map_or(&[][..], Vec::as_slice);
        let mut kept = draft.attrs.clone();
        for (channel, value) in contacts(draft).filter(|(_, value)| !known_values.iter().any(|k| k == value))
        {
            match self.identity(record, channel, value) {
                (Some(identity), true) => {
                    changes.extend(identity);
                    differs.push(FieldChange {
                        field: channel.into(),
                        before: Value::Null,
                        after: value.into(),
                    });
                }
                (Some(_), false) => {}
                (None, _) => drop(kept.entry(channel.to_owned()).or_insert_with(|| value.to_owned())),
            }
        }
        change = with_attrs(change, before, &kept, by_key);
        if !person.company.is_empty() && may(before.get("company")) {
            let (company, made) = self.companies.of(person, self.known, self.new_id);
            if company.is_some() && company != before.get("company").id() {
                changes.extend(made);
                change = change.set("company", before.get("company").clone(), company);
            }
        }
        differs.splice(0..0, change.fields.iter().cloned());
        if !change.is_empty() {
            changes.push(change);
        }
        if by_key || !changes.is_empty() {
            changes.extend(self.note(record, &draft.note));
        }
        (!changes.is_empty()).then(|| Item {
            line: draft.line,
            record,
            name: before.text("name").to_owned(),
            new: false,
            differs,
            changes,
        })
    }

    /// Returns what makes a customer known by an address or a number, and whether that is new; nothing where
    /// somebody else is.
    fn identity(&mut self, of: RecordRef, channel: &'static str, value: &str) -> (Option<Vec<Change>>, bool) {
        if !self.claimed.insert((channel, value.to_owned())) {
            return (None, false);
        }
        let known = self.known.identities.get(&(channel, value.to_owned()));
        let changes = match known {
            None => vec![
                Change::create(RecordRef::new(Kind::Identity, (self.new_id)()))
                    .with("customer", of.id)
                    .with("channel", channel)
                    .with("value", value),
            ],
            Some(identity) => {
                let holder = identity.get("customer").id();
                let stands =
                    !identity.deleted && holder.is_some_and(|id| self.known.customers.contains_key(&id));
                if stands && holder != Some(of.id) || !identity.deleted && !identity.get("company").is_null()
                {
                    return (None, false);
                }
                super::companies::taken_over(identity, "customer", of.id)
            }
        };
        let new = !changes.is_empty();
        (Some(changes), new)
    }

    /// Makes a note about a customer, unless it is there.
    fn note(&mut self, of: RecordRef, text: &str) -> Option<Change> {
        let there = self.known.notes.contains(&(Some(of.id), text.to_owned()));
        (!text.is_empty() && !there).then(|| {
            Change::create(RecordRef::new(Kind::Note, (self.new_id)()))
                .with("body", text)
                .with("customer", of.id)
        })
    }
}

/// Returns by what somebody is to be known.
fn contacts(draft: &Draft) -> impl Iterator<Item = (&'static str, &str)> {
    let emails = draft.person.emails.iter().map(|email| ("email", email.as_str()));
    emails.chain(draft.person.phones.iter().map(|phone| ("phone", phone.as_str())))
}

fn is_of_customer(field: &str) -> bool {
    matches!(field, "lifecycle" | "owner" | "language" | "zone" | "first_contact")
}

/// Returns attributes as they are kept; nothing where there are none.
pub(super) fn json(attrs: &BTreeMap<String, String>) -> Option<String> {
    (!attrs.is_empty()).then(|| serde_json::to_string(attrs).expect("attributes are JSON"))
}

/// Sets that grow together.
struct Sets(Vec<usize>);

impl Sets {
    fn new(n: usize) -> Self {
        Self((0..n).collect())
    }

    fn root(&mut self, mut i: usize) -> usize {
        while self.0[i] != i {
            self.0[i] = self.0[self.0[i]];
            i = self.0[i];
        }
        i
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        // The first of a set is its root, so that groups follow the file.
        self.0[a.max(b)] = a.min(b);
    }

    fn groups(mut self) -> Vec<Vec<usize>> {
        let mut at: HashMap<usize, usize> = HashMap::new();
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for i in 0..self.0.len() {
            let root = self.root(i);
            let group = *at.entry(root).or_insert_with(|| {
                groups.push(Vec::new());
                groups.len() - 1
            });
            groups[group].push(i);
        }
        groups
    }
}
