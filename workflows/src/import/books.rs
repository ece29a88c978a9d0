//! Deals, products and orders.

use std::collections::{BTreeMap, HashMap, HashSet};

use rapport_model::{Change, Id, Kind, Money, Op, Record, RecordRef, Value};
use rapport_storage::imports::Line;

use super::Field;
use super::known::{Known, with_attrs};
use super::people::{NewId, People, json};
use super::plan::{Item, Of, Plan, Why};
use super::row::Draft;
use crate::duplicates::text::{fold, squeeze};

/// The first stage that deals have, and what an order is that says nothing else.
const ORDER_PLACED: &str = "placed";

fn folded(text: &str) -> String {
    squeeze(&fold(text))
}

/// Writes an item of one record: made, or changed where the row says something else.
fn item(line: u64, name: &str, change: Change, more: Vec<Change>) -> Option<Item> {
    let new = change.op == Op::Create;
    let differs = if new { Vec::new() } else { change.fields.clone() };
    let record = change.record;
    let mut changes = more;
    if !change.is_empty() {
        changes.push(change);
    }
    (!changes.is_empty()).then(|| Item { line, record, name: name.to_owned(), new, differs, changes })
}

/// Starts the change of a record that is known, or of a new one; one that was taken away comes back.
fn begin(known: Option<&Record>, kind: Kind, new_id: &mut NewId<'_>) -> (Change, Vec<Change>) {
    match known {
        None => (Change::create(RecordRef::new(kind, new_id())), Vec::new()),
        Some(record) => {
            let back = Change { record: record.record, op: Op::Restore, fields: Vec::new() };
            (Change::update(record.record), record.deleted.then_some(back).into_iter().collect())
        }
    }
}

/// Sets a field to what a row says, unless it says nothing.
fn says(change: Change, before: Option<&Record>, field: &str, after: impl Into<Value>) -> Change {
    let after = after.into();
    let before = before.map_or(Value::Null, |record| record.get(field).clone());
    if after.is_null() { change } else { change.set(field, before, after) }
}

fn money(change: Change, before: Option<&Record>, field: &str, amount: Option<&Money>) -> Change {
    let change = says(change, before, field, amount.map(|m| m.minor));
    says(change, before, "currency", amount.map(|m| m.currency.as_str()))
}

/// Products of the store and of the table, by article number and by name.
struct Products<'k> {
    by_sku: HashMap<String, RecordRef>,
    by_name: HashMap<String, RecordRef>,
    /// Those that were taken away and come back.
    back: HashSet<RecordRef>,
    known: &'k Known,
}

impl<'k> Products<'k> {
    fn of(known: &'k Known) -> Self {
        let mut products =
            Self { by_sku: HashMap::new(), by_name: HashMap::new(), back: HashSet::new(), known };
        let mut all: Vec<&Record> =
            known.records.values().filter(|r| r.record.kind == Kind::Product).collect();
        all.sort_unstable_by_key(|record| record.record.id);
        for record in all {
            // An article number stays that of a product that was taken away: it comes back.
            let name = if record.deleted { "" } else { record.text("name") };
            products.note(record.record, record.text("sku"), name);
        }
        products
    }

    fn note(&mut self, record: RecordRef, sku: &str, name: &str) {
        if !sku.is_empty() {
            self.by_sku.insert(folded(sku), record);
        }
        if !name.is_empty() {
            self.by_name.entry(folded(name)).or_insert(record);
        }
    }

    fn find(&self, sku: &str, name: &str) -> Option<RecordRef> {
        match sku.is_empty() {
            false => self.by_sku.get(&folded(sku)).copied(),
            true => self.by_name.get(&folded(name)).copied(),
        }
    }

    fn record(&self, record: RecordRef) -> Option<&'k Record> {
        self.known.records.get(&record.id)
    }
}

/// Decides about a table of products: known by their article number, else by their name.
pub(super) fn products(plan: &mut Plan, rows: &[Draft], known: &Known, new_id: &mut NewId<'_>) {
    let mut products = Products::of(known);
    let mut first: HashMap<RecordRef, u64> = HashMap::new();
    for row in rows {
        let found = products.find(&row.sku, &row.title);
        if let Some(line) = found.and_then(|record| first.get(&record)) {
            plan.duplicates.push((row.line, Of::Row(*line)));
            continue;
        }
        let before = found.and_then(|record| products.record(record));
        let (change, more) = begin(before, Kind::Product, new_id);
        let sku = Some(row.sku.as_str()).filter(|sku| !sku.is_empty());
        let name = if row.title.is_empty() && before.is_none() { &row.sku } else { &row.title };
        let mut change = says(change, before, "sku", sku);
        change = says(change, before, "name", Some(name.as_str()).filter(|name| !name.is_empty()));
        change = money(change, before, "price", row.price.as_ref().or(row.amount.as_ref()));
        let active = row.get("active").clone();
        let active = if active.is_null() && before.is_none() { Value::Bool(true) } else { active };
        change = says(change, before, "active", active);
        let record = change.record;
        products.note(record, &row.sku, name);
        first.insert(record, row.line);
        match item(row.line, name, change, more) {
            Some(item) => plan.items.push(item),
            None => plan.n_same += 1,
        }
    }
}

/// Returns the lines of the file that are refused already.
fn refused(plan: &Plan) -> HashSet<u64> {
    plan.refused.iter().map(|(line, _)| *line).collect()
}

/// Decides about a table of deals: known by the chosen column, else by their customer and title.
pub(super) fn deals(
    plan: &mut Plan,
    rows: &[Draft],
    people: &People,
    known: &Known,
    key: Option<&str>,
    new_id: &mut NewId<'_>,
) {
    let refused = refused(plan);
    let deal_key = |customer: Option<Id>, title: &str| (customer, folded(title));
    let mut by_title: HashMap<(Option<Id>, String), Id> = HashMap::new();
    for deal in known.records.values().filter(|deal| !deal.deleted) {
        by_title.insert(deal_key(deal.get("customer").id(), deal.text("title")), deal.record.id);
    }
    let mut first: HashMap<(Option<Id>, String), u64> = HashMap::new();
    for (row, person) in rows.iter().zip(&people.of_row) {
        if refused.contains(&row.line) {
            continue;
        }
        let customer = person.map(|record| record.id);
        let title = if row.title.is_empty() { row.person.name.clone() } else { row.title.clone() };
        let at = match row.key.is_empty() {
            true => deal_key(customer, &title),
            false => (None, format!("key {}", row.key)),
        };
        if let Some(line) = first.get(&at) {
            plan.duplicates.push((row.line, Of::Row(*line)));
            continue;
        }
        first.insert(at.clone(), row.line);
        let found = if row.key.is_empty() { by_title.get(&at) } else { known.by_key.get(&row.key) };
        let before = found.and_then(|id| known.records.get(id));
        let (mut change, more) = begin(before, Kind::Deal, new_id);
        let company = customer.and_then(|id| people.company_of(id, known));
        change = says(change, before, "title", title.as_str());
        change = says(change, before, "customer", customer);
        change = says(change, before, "company", company);
        if before.is_none() {
            change = change.with("pipeline", known.pipeline);
            let stage = row.get("stage").clone();
            change = change.with("stage", if stage.is_null() { Value::from("new") } else { stage });
        } else {
            change = says(change, before, "stage", row.get("stage").clone());
        }
        change = money(change, before, "amount", row.amount.as_ref());
        for field in ["close_at", "owner", "lost_reason"] {
            change = says(change, before, field, row.get(field).clone());
        }
        change = kept(change, before, row, key);
        match item(row.line, &title, change, more) {
            Some(item) => plan.items.push(item),
            None => plan.n_same += 1,
        }
    }
}

/// Sets the attributes, among them the value that names the record.
fn kept(change: Change, before: Option<&Record>, row: &Draft, key: Option<&str>) -> Change {
    let mut own: BTreeMap<String, String> = row.attrs.clone();
    if let Some(key) = key.filter(|_| !row.key.is_empty()) {
        own.insert(key.to_owned(), row.key.clone());
    }
    let Some(before) = before else { return change.with("attrs", json(&own)) };
    with_attrs(change, before, &own, true)
}

/// Decides about a table of orders, known by their numbers; rows of one number are the lines of one order.
/// Returns the lines of new orders.
pub(super) fn orders(
    plan: &mut Plan,
    rows: &[Draft],
    people: &mut People,
    known: &Known,
    new_id: &mut NewId<'_>,
) -> Vec<Line> {
    let refused = refused(plan);
    let mut products = Products::of(known);
    let by_reference: HashMap<String, &Record> = known
        .records
        .values()
        .filter(|r| r.record.kind == Kind::Order)
        .map(|r| (r.text("reference").to_owned(), r))
        .collect();
    let mut groups: Vec<(&str, Vec<usize>)> = Vec::new();
    let mut at: HashMap<&str, usize> = HashMap::new();
    for (i, row) in rows.iter().enumerate().filter(|(_, row)| !refused.contains(&row.line)) {
        let group = *at.entry(&row.title).or_insert_with(|| {
            groups.push((&row.title, Vec::new()));
            groups.len() - 1
        });
        groups[group].1.push(i);
    }
    let mut lines = Vec::new();
    for (reference, group) in groups {
        let first = &rows[group[0]];
        let customer = group.iter().find_map(|row| people.of_row[*row]);
        let (company, mut more) = match customer {
            Some(customer) => (people.company_of(customer.id, known), Vec::new()),
            None if first.person.company.is_empty() => {
                plan.refused.extend(group.iter().map(|row| (rows[*row].line, Why::Missing(Field::Email))));
                continue;
            }
            None => people.companies.of(&first.person, known, new_id),
        };
        let currency = |row: &Draft| row.amount.as_ref().or(row.price.as_ref()).map(|m| m.currency.clone());
        let of_order = group.iter().find_map(|row| currency(&rows[*row]));
        let contradicts = |row: &usize| {
            let other = people.of_row[*row].is_some() && people.of_row[*row] != customer;
            other || (currency(&rows[*row]).is_some() && currency(&rows[*row]) != of_order)
        };
        if let Some(row) = group.iter().find(|row| contradicts(row)) {
            plan.refused.push((rows[*row].line, Why::Contradicts { line: first.line }));
            let others = group.iter().filter(|other| *other != row);
            plan.refused
                .extend(others.map(|other| (rows[*other].line, Why::Contradicts { line: rows[*row].line })));
            continue;
        }
        let before = by_reference.get(reference).copied();
        let (mut change, back) = begin(before, Kind::Order, new_id);
        more.extend(back);
        change = says(change, before, "reference", reference);
        change = says(change, before, "customer", customer.map(|c| c.id));
        change = says(change, before, "company", company);
        let state = row_value(rows, &group, "state");
        let state = if state.is_null() && before.is_none() { Value::from(ORDER_PLACED) } else { state };
        change = says(change, before, "state", state);
        let sum = || {
            let cost = |row: &Draft| {
                Some((row.price.as_ref()?.minor as f64 * row.quantity.unwrap_or(1.0)).round() as i64)
            };
            let sum: Option<i64> = group.iter().map(|row| cost(&rows[*row])).sum();
            sum.zip(of_order.clone()).map(|(minor, currency)| Money { minor, currency })
        };
        let said = group.iter().find_map(|row| rows[*row].amount.clone());
        let total = said.or_else(|| before.is_none().then(sum).flatten());
        change = money(change, before, "total", total.as_ref());
        change = says(change, before, "placed_at", row_value(rows, &group, "placed_at"));
        if before.is_none() {
            for (row, position) in group.iter().map(|row| &rows[*row]).zip(0..) {
                let product = product_of(row, &mut products, &mut more, new_id);
                if product.is_none() && row.price.is_none() {
                    continue;
                }
                let (price, quantity) =
                    (row.price.as_ref().map_or(0, |p| p.minor), row.quantity.unwrap_or(1.0));
                let currency = of_order.clone().unwrap_or_default();
                lines.push(Line { record: change.record.id, position, product, quantity, price, currency });
            }
        }
        match item(first.line, reference, change, more) {
            Some(item) => plan.items.push(item),
            None => plan.n_same += 1,
        }
    }
    lines
}

/// Returns the first value that the rows of an order have in a field.
fn row_value(rows: &[Draft], group: &[usize], field: &str) -> Value {
    let mut values = group.iter().map(|row| rows[*row].get(field));
    values.find(|value| !value.is_null()).cloned().unwrap_or_default()
}

/// Finds the product of a row, making one that is not known.
fn product_of(
    row: &Draft,
    products: &mut Products<'_>,
    more: &mut Vec<Change>,
    new_id: &mut NewId<'_>,
) -> Option<Id> {
    let name = row.attrs.get("product").map_or("", String::as_str);
    if name.is_empty() && row.sku.is_empty() {
        return None;
    }
    let found = products.find(&row.sku, name);
    let gone =
        found.filter(|record| !products.back.contains(record)).and_then(|found| products.record(found));
    let gone = gone.filter(|record| record.deleted);
    if let (Some(known), None) = (found, gone) {
        return Some(known.id);
    }
    let (change, back) = begin(gone, Kind::Product, new_id);
    let record = change.record;
    let change = says(change, gone, "sku", Some(row.sku.as_str()).filter(|sku| !sku.is_empty()));
    let change = says(change, gone, "name", if name.is_empty() { row.sku.as_str() } else { name });
    let change = money(says(change, gone, "active", true), gone, "price", row.price.as_ref());
    more.extend(back);
    more.extend((!change.is_empty()).then_some(change));
    products.note(record, &row.sku, name);
    products.back.insert(record);
    Some(record.id)
}
