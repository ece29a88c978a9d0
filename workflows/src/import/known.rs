//! What the store has of those that the rows of a table name.

use std::collections::{BTreeMap, HashMap, HashSet};

use rapport_model::{Change, Id, Kind, Record, Value};
use rapport_storage::records::Filter;
use rapport_storage::{StorageError, Store};

use super::Sort;
use super::compare::words;
use super::plan::Why;
use super::row::Draft;
use crate::duplicates::text::{fold, squeeze};

/// Records that are listed at most.
const RECORDS_MAX: u32 = 2_000_000;
/// Records that are loaded together.
const TOGETHER: usize = 5_000;

/// What the store has.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// By channel and value, also those that were taken away.
    pub(super) identities: HashMap<(&'static str, String), Record>,
    /// The customers that rows may be about.
    pub(super) customers: HashMap<Id, Record>,
    /// What those are known by.
    pub(super) values_of: HashMap<Id, Vec<String>>,
    /// Customers by the words of their names; loaded where a row says nothing else.
    pub(super) by_name: HashMap<Vec<String>, Vec<Id>>,
    /// Customers, companies or deals by the value of the attribute that names them, if one was chosen.
    pub(super) by_key: HashMap<String, Id>,
    /// Customers by their short numbers.
    pub(super) by_number: HashMap<i64, Id>,
    /// The companies.
    pub(super) companies: HashMap<Id, Record>,
    /// The companies by their names, squeezed.
    pub(super) company_named: HashMap<String, Id>,
    /// Deals, products or orders that rows may be about.
    pub(super) records: HashMap<Id, Record>,
    /// What notes say, each with whom it is about.
    pub(super) notes: HashSet<(Option<Id>, String)>,
    /// The attributes that the house has, with the kinds they belong to.
    pub(super) attributes: HashSet<(String, String)>,
    /// The pipeline that deals go through.
    pub(super) pipeline: Option<Id>,
}

/// Returns a company's name as it is compared.
pub(super) fn company_key(name: &str) -> String {
    squeeze(&fold(name))
}

impl Known {
    /// Loads what rows name. `key` is the attribute that names the records, if one was chosen.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn of(
        store: &Store,
        sort: Sort,
        drafts: &[(u64, Result<Draft, Why>)],
        key: Option<&str>,
    ) -> Result<Self, StorageError> {
        let mut known = Self::default();
        let all: Vec<&Draft> = drafts.iter().filter_map(|(_, draft)| draft.as_ref().ok()).collect();
        let custom = store.list(Kind::CustomField, &everything()).await?;
        let named = |r: &Record| (r.text("record_kind").to_owned(), r.text("name").to_owned());
        known.attributes = custom.iter().map(named).collect();
        if sort != Sort::Products {
            known.load_companies(store).await?;
            known.load_people(store, sort, &all, key).await?;
        }
        match sort {
            Sort::Deals => {
                known.pipeline = Some(store.pipeline().await?.0);
                known.load_records(store, Kind::Deal).await?;
                if let Some(key) = key {
                    known.by_key = by_key(known.records.values(), key);
                }
            }
            Sort::Companies => {
                if let Some(key) = key {
                    known.by_key = by_key(known.companies.values(), key);
                }
            }
            Sort::Products => known.load_products(store, &all).await?,
            Sort::Orders => {
                known.load_products(store, &all).await?;
                let references: Vec<String> = all.iter().map(|d| d.title.clone()).collect();
                let orders = store.orders_known(&references).await?;
                known.records.extend(orders.into_iter().map(|r| (r.record.id, r)));
            }
            Sort::Customers | Sort::Notes | Sort::Messages => {}
        }
        if all.iter().any(|draft| !draft.note.is_empty()) && sort != Sort::Messages {
            let notes = store.list(Kind::Note, &everything()).await?;
            known.notes = notes.iter().map(|n| (n.get("customer").id(), n.text("body").to_owned())).collect();
        }
        Ok(known)
    }

    async fn load_companies(&mut self, store: &Store) -> Result<(), StorageError> {
        for company in store.list(Kind::Company, &everything()).await? {
            if company.get("merged_into").is_null() {
                self.company_named.entry(company_key(company.text("name"))).or_insert(company.record.id);
                self.companies.insert(company.record.id, company);
            }
        }
        Ok(())
    }

    async fn load_people(
        &mut self,
        store: &Store,
        sort: Sort,
        drafts: &[&Draft],
        key: Option<&str>,
    ) -> Result<(), StorageError> {
        let people = || drafts.iter().map(|draft| &draft.person);
        let mut emails: Vec<String> = people().flat_map(|p| &p.emails).map(|e| e.to_string()).collect();
        // The same mailbox, written without what stands behind a plus sign.
        emails.extend(people().flat_map(|p| &p.emails).map(|e| e.without_detail().to_string()));
        let phones = people().flat_map(|p| p.phones.iter().cloned()).collect();
        let domains = people().filter_map(|p| p.domain.clone());
        let of_mail = people().flat_map(|p| &p.emails).map(|e| e.domain().to_owned());
        let domains = domains.chain(of_mail).collect();
        for (channel, values) in [("email", emails), ("phone", phones), ("domain", domains)] {
            for identity in store.identities_known(channel, &once(values)).await? {
                self.identities.insert((channel, identity.text("value").to_owned()), identity);
            }
        }
        if sort == Sort::Companies {
            return Ok(());
        }
        let keyed = key.is_some() && sort == Sort::Customers;
        let by_name = people().any(|p| p.emails.is_empty() && p.phones.is_empty() && p.number.is_none());
        let customers = if keyed || by_name || people().any(|p| p.number.is_some()) {
            store.list(Kind::Customer, &everything()).await?
        } else {
            let ids: Vec<i64> = self.identities.values().filter_map(|i| i.get("customer").int()).collect();
            self.load_by_id(store, ids).await?
        };
        if let (true, Some(key)) = (keyed, key) {
            self.by_key = by_key(customers.iter(), key);
        }
        for customer in customers.into_iter().filter(|c| !c.deleted && c.get("merged_into").is_null()) {
            let id = customer.record.id;
            if by_name {
                self.by_name.entry(words(customer.text("name"))).or_default().push(id);
            }
            self.by_number.insert(customer.number, id);
            self.customers.insert(id, customer);
        }
        let ids: Vec<Id> = self.customers.keys().copied().collect();
        for ids in ids.chunks(TOGETHER) {
            self.values_of.extend(store.identities_of(Kind::Customer, ids).await?);
        }
        Ok(())
    }

    async fn load_by_id(&self, store: &Store, mut ids: Vec<i64>) -> Result<Vec<Record>, StorageError> {
        ids.sort_unstable();
        ids.dedup();
        let ids: Vec<Id> = ids.into_iter().map(Id).collect();
        let mut all = Vec::with_capacity(ids.len());
        for ids in ids.chunks(TOGETHER) {
            all.extend(store.records(Kind::Customer, ids).await?);
        }
        Ok(all)
    }

    /// Loads the products, and those of the rows' article numbers that were taken away.
    async fn load_products(&mut self, store: &Store, drafts: &[&Draft]) -> Result<(), StorageError> {
        self.load_records(store, Kind::Product).await?;
        let skus = drafts.iter().map(|draft| draft.sku.clone()).filter(|sku| !sku.is_empty()).collect();
        for product in store.products_known(&once(skus)).await? {
            self.records.entry(product.record.id).or_insert(product);
        }
        Ok(())
    }

    async fn load_records(&mut self, store: &Store, kind: Kind) -> Result<(), StorageError> {
        let all = store.list(kind, &everything()).await?;
        self.records.extend(all.into_iter().map(|record| (record.record.id, record)));
        Ok(())
    }

    /// Returns the customer that stands and is known by a value.
    pub(super) fn holder(&self, channel: &'static str, value: &str) -> Option<&Record> {
        let identity = self.identities.get(&(channel, value.to_owned())).filter(|i| !i.deleted)?;
        self.customers.get(&identity.get("customer").id()?)
    }

    /// Returns the company of a domain.
    pub(super) fn company_of(&self, domain: &str) -> Option<Id> {
        let identity = self.identities.get(&("domain", domain.to_owned())).filter(|i| !i.deleted)?;
        identity.get("company").id().filter(|id| self.companies.contains_key(id))
    }
}

fn by_key<'r>(records: impl Iterator<Item = &'r Record>, key: &str) -> HashMap<String, Id> {
    let value = |record: &Record| {
        let attrs: HashMap<String, serde_json::Value> = serde_json::from_str(record.text("attrs")).ok()?;
        Some((attrs.get(key)?.as_str()?.to_owned(), record.record.id))
    };
    records.filter(|record| !record.deleted).filter_map(value).collect()
}

fn everything() -> Filter {
    Filter { limit: RECORDS_MAX, ..Filter::default() }
}

fn once(mut values: Vec<String>) -> Vec<String> {
    values.sort_unstable();
    values.dedup();
    values
}

/// Returns the attributes that a record has, by name.
fn attrs(record: &Record) -> serde_json::Map<String, serde_json::Value> {
    serde_json::from_str(record.text("attrs")).unwrap_or_default()
}

/// Adds attributes to those that a record has; `over` tells whether they go over what is there.
pub(super) fn with_attrs(
    change: Change,
    before: &Record,
    more: &BTreeMap<String, String>,
    over: bool,
) -> Change {
    let mut all = attrs(before);
    for (name, value) in more {
        if over || !all.contains_key(name) {
            all.insert(name.clone(), value.as_str().into());
        }
    }
    if all == attrs(before) {
        return change;
    }
    let after = serde_json::to_string(&all).expect("attributes are JSON");
    change.set("attrs", before.get("attrs").clone(), after)
}

/// Adds tags to those that a record has.
pub(super) fn with_tags(change: Change, before: &Record, more: &[String]) -> Change {
    let mut all = tags(before.get("tags"));
    if more.iter().all(|tag| all.contains(tag)) {
        return change;
    }
    all.extend(more.iter().cloned());
    all.sort_unstable();
    all.dedup();
    change.set("tags", before.get("tags").clone(), tags_json(&all))
}

/// Returns tags as they are kept; nothing where there are none.
pub(super) fn tags_json(tags: &[String]) -> Option<String> {
    (!tags.is_empty()).then(|| serde_json::to_string(tags).expect("tags are JSON"))
}

/// Returns the tags that a record has.
fn tags(value: &Value) -> Vec<String> {
    value.text().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}
