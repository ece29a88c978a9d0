//! All that is held of a person: for programs as JSON, and for the person as a page, both by the field registry,
//! so that what is exported is what an erasure takes.

use std::collections::BTreeMap;

use rapport_model::fields::{self, Type};
use rapport_model::message::Direction;
use rapport_model::privacy::{DataRight, RequestState, read_rights};
use rapport_model::register::Activity;
use rapport_model::{Id, Kind, Record, Value as Plain};
use rapport_prompts::{PersonItem, PersonPage, PersonSection};
use rapport_storage::messages::Loaded;
use rapport_storage::reads::Read;
use rapport_storage::records::Filter;
use rapport_workflows::portrait::figures;
use serde_json::{Map, Value, json};

use super::super::desk::{Desk, Done};
use super::export::iso;

/// More of a kind is not written: a file has to be opened again.
const RECORDS_MAX: u32 = 100_000;
/// What belongs to a customer besides messages, in the order of the activities.
const KINDS: [Kind; 9] = [
    Kind::Identity,
    Kind::Deal,
    Kind::Order,
    Kind::Note,
    Kind::Ticket,
    Kind::Task,
    Kind::Consent,
    Kind::Rating,
    Kind::PrivacyRequest,
];
/// Fields that say again whose a record is, or how it lies in the store.
const LEFT_OUT: [&str; 5] = ["customer", "merged_into", "message", "thread", "company"];

/// All that is held of a person.
pub(crate) struct Held {
    messages: Vec<(Loaded, Vec<String>)>,
    records: BTreeMap<Kind, Vec<Record>>,
    /// What was found of them, by the name of the figure, and what is thought of them.
    figures: Vec<(&'static str, f64)>,
    churn: Option<f64>,
    /// Who looked at it.
    reads: Vec<Read>,
}

impl Held {
    pub(crate) fn n_messages(&self) -> usize {
        self.messages.len()
    }

    pub(crate) fn n_records(&self) -> usize {
        self.records.iter().filter(|(kind, _)| **kind != Kind::Identity).map(|(_, all)| all.len()).sum()
    }
}

impl Desk<'_> {
    /// Collects all that is held of a customer.
    pub(crate) async fn held(&self, customer: &Record) -> Done<Held> {
        let id = customer.record.id;
        let mut messages = Vec::new();
        for message in self.store().messages_of(id, RECORDS_MAX).await? {
            let files = match message.n_attachments {
                0 => Vec::new(),
                _ => self.store().attachments(message.id).await?.into_iter().map(|file| file.name).collect(),
            };
            messages.push((message, files));
        }
        let mut records = BTreeMap::new();
        for kind in KINDS {
            let filter =
                Filter { equal: vec![("customer", id.into())], limit: RECORDS_MAX, ..Filter::default() };
            records.insert(kind, self.store().list(kind, &filter).await?);
        }
        let insight = self.store().insight(id).await?.map(|(insight, _)| insight);
        // Figures of another layout are those of an older program: nobody knows which is which.
        let known = insight.iter().filter(|insight| insight.layout == figures::layout());
        let figures = known.flat_map(|insight| figures::NAMES.into_iter().zip(&insight.figures));
        let figures = figures.filter_map(|(name, figure)| Some((name, (*figure)?))).collect();
        let churn = insight.and_then(|insight| insight.churn).map(|churn| churn.probability);
        // What was looked at until now belongs to it.
        self.app.write_reads().await?;
        let reads = self.reads_of(id, RECORDS_MAX).await?;
        Ok(Held { messages, records, figures, churn, reads })
    }

    /// Writes what is held for programs.
    pub(crate) async fn held_as_json(&self, customer: &Record, held: &Held) -> Done<String> {
        let id = customer.record.id;
        let addresses = self.store().identities_of(Kind::Customer, &[id]).await?.remove(&id);
        let messages: Vec<Value> = held
            .messages
            .iter()
            .map(|(m, files)| {
                json!({
                    "at": iso(m.received_at), "direction": m.direction, "subject": m.subject, "text": m.body,
                    "files": files, "understood": m.reading,
                })
            })
            .collect();
        let records: Map<String, Value> = held
            .records
            .iter()
            .map(|(kind, all)| (kind.table().to_owned(), all.iter().map(plainly).collect()))
            .collect();
        let figures: Map<String, Value> =
            held.figures.iter().map(|(name, figure)| ((*name).to_owned(), json!(figure))).collect();
        let processing: Vec<Value> = of_customers()
            .map(|activity| {
                let terms = self.app.terms_of(self.language, activity);
                let kinds: Vec<&str> = activity.kinds().iter().map(|kind| kind.table()).collect();
                json!({
                    "activity": activity, "records": kinds, "purpose": terms.purpose, "basis": terms.basis,
                    "source": terms.source, "kept": terms.kept,
                })
            })
            .collect();
        let seen_by: Vec<Value> = held
            .reads
            .iter()
            .map(|read| {
                json!({
                    "first_at": iso(read.first_at), "last_at": iso(read.last_at),
                    "reader": self.read_by(read.reader), "way": read.way, "what": read.what, "n": read.n,
                })
            })
            .collect();
        let all = json!({
            "customer": plainly(customer),
            "addresses": addresses.unwrap_or_default(),
            "messages": messages,
            "records": records,
            "insight": { "figures": figures, "falls_silent": held.churn },
            "seen_by": seen_by,
            "processing": processing,
        });
        Ok(serde_json::to_string_pretty(&all).unwrap_or_default())
    }

    /// Writes what is held for the person, in the language and zone of this desk.
    pub(crate) async fn held_as_page(&self, customer: &Record, held: &Held) -> Done<String> {
        let (prompts, language) = (self.prompts(), self.language);
        let settings = self.app.workflows.settings();
        let mut sections = Vec::new();
        for activity in of_customers() {
            let items = self.items(activity, customer, held).await?;
            let terms = self.app.terms_of(language, activity);
            let about = vec![
                (prompts.register_why(language), terms.purpose),
                (prompts.register_basis(language), terms.basis),
                (prompts.held_source(language), terms.source),
                (prompts.register_how_long(language), terms.kept),
            ];
            let title = prompts.label(language, activity).to_owned();
            let none = if items.is_empty() { prompts.held_none(language) } else { String::new() };
            sections.push(PersonSection { title, about, items, none });
        }
        let items: Vec<PersonItem> = held.reads.iter().map(|read| self.read_item(read)).collect();
        let none = if items.is_empty() { prompts.seen_none(language) } else { String::new() };
        sections.push(PersonSection {
            title: prompts.seen_heading(language),
            about: Vec::new(),
            items,
            none,
        });
        let name = customer.text("name");
        let page = PersonPage {
            language: if language == rapport_model::reading::Language::Zh { "zh-CN" } else { "en" }
                .to_owned(),
            title: prompts.held_title(language, name),
            lead: prompts.held_lead(language, &settings.house.name, self.at(self.now)),
            contact: self.app.contact(language),
            rights: prompts.held_rights(language),
            sections,
        };
        Ok(prompts.person_page(language, &page))
    }

    async fn items(&self, activity: Activity, customer: &Record, held: &Held) -> Done<Vec<PersonItem>> {
        let (prompts, language) = (self.prompts(), self.language);
        let mut items = Vec::new();
        match activity {
            Activity::Contacts => items.push(self.item(customer, String::new()).await?),
            Activity::Mail => items.extend(held.messages.iter().map(|(m, files)| self.mail_item(m, files))),
            Activity::Insight if !held.figures.is_empty() => {
                let mut rows: Vec<(String, String)> = held
                    .figures
                    .iter()
                    .map(|(name, figure)| (prompts.figure(language, name).to_owned(), figure_said(*figure)))
                    .collect();
                rows.extend(
                    held.churn.map(|p| (prompts.held_silence(language), format!("{:.0} %", p * 100.0))),
                );
                items.push(PersonItem { rows, ..PersonItem::default() });
            }
            _ => {}
        }
        for kind in activity.kinds() {
            for record in held.records.get(kind).into_iter().flatten() {
                let number = if kind.letter().is_some() { record.short().to_string() } else { String::new() };
                let title = format!("{} {number}", prompts.label(language, *kind));
                items.push(self.item(record, rapport_prompts::format::capital(title.trim())).await?);
            }
        }
        Ok(items)
    }

    /// Writes the fields of a record that are of the person.
    async fn item(&self, record: &Record, title: String) -> Done<PersonItem> {
        let kind = record.record.kind;
        let mut item = PersonItem { title, ..PersonItem::default() };
        for field in fields::fields(kind).iter().filter(|field| field.personal) {
            let value = record.get(field.name);
            if value.is_null() || LEFT_OUT.contains(&field.name) && kind != Kind::Customer {
                continue;
            }
            let said = match (field.name, value) {
                // What a colleague wrote keeps its lines.
                ("body", Plain::Text(text)) => {
                    item.text.clone_from(text);
                    continue;
                }
                ("amount" | "total" | "price", _) => self.amount_of(record, field.name),
                ("attrs", Plain::Text(text)) => {
                    item.rows.extend(attrs(text));
                    continue;
                }
                (_, Plain::Text(text)) if field.ty == Type::Text && field.name != "tags" => {
                    self.called(kind, field.name, text)
                }
                _ => self.value(kind, field.name, value).await?.unwrap_or_default(),
            };
            if !said.is_empty() {
                item.rows.push((self.prompts().field(self.language, field.name).to_owned(), said));
            }
        }
        Ok(item)
    }

    fn mail_item(&self, message: &Loaded, files: &[String]) -> PersonItem {
        let (prompts, language) = (self.prompts(), self.language);
        let field = |name| prompts.field(language, name).to_owned();
        let mut rows = vec![
            (field("received_at"), self.when(message.received_at)),
            (prompts.held_way(language), prompts.label(language, message.direction).to_owned()),
        ];
        if let Some(reading) = message.reading.as_ref().filter(|_| message.direction == Direction::In) {
            let intent = prompts.label(language, reading.intent().name).to_owned();
            rows.push((field("intent"), intent));
            rows.push((field("mood"), prompts.label(language, reading.sentiment.label).to_owned()));
        }
        if !files.is_empty() {
            rows.push((prompts.label(language, Kind::Attachment).to_owned(), prompts.list(language, files)));
        }
        PersonItem { title: message.subject.clone(), rows, text: message.body.clone() }
    }

    /// Says words as this language has them where they are of a closed list, else as they stand. On a page
    /// nothing has to be made harmless but by the page.
    fn called(&self, kind: Kind, field: &str, text: &str) -> String {
        let (prompts, language) = (self.prompts(), self.language);
        let known = match (kind, field) {
            (Kind::PrivacyRequest, "rights") => {
                let rights = read_rights(text);
                let rights: Vec<String> = rights
                    .iter()
                    .map(|right: &DataRight| prompts.label(language, *right).to_owned())
                    .collect();
                Some(prompts.list(language, &rights))
            }
            (Kind::PrivacyRequest, "state") => {
                RequestState::by_name(text).map(|state| prompts.label(language, state).to_owned())
            }
            _ => None,
        };
        known.unwrap_or_else(|| self.of_closed_list(field, text).unwrap_or_else(|| text.to_owned()))
    }

    fn amount_of(&self, record: &Record, field: &str) -> String {
        match (record.get(field).int(), record.text("currency")) {
            (Some(minor), currency) if !currency.is_empty() => {
                rapport_model::Money::new(minor, currency).to_string()
            }
            _ => String::new(),
        }
    }
}

/// Returns the activities that hold something of customers, in the order of the register.
fn of_customers() -> impl Iterator<Item = Activity> {
    let others = [Activity::Colleagues, Activity::Journal];
    Activity::ALL.iter().copied().filter(move |activity| !others.contains(activity))
}

/// Returns the fields that the house added, as it calls them.
fn attrs(text: &str) -> Vec<(String, String)> {
    let all: Map<String, Value> = serde_json::from_str(text).unwrap_or_default();
    let said = |value: Value| match value {
        Value::String(text) => text,
        other => other.to_string(),
    };
    all.into_iter().map(|(name, value)| (name, said(value))).collect()
}

fn figure_said(figure: f64) -> String {
    let text = format!("{figure:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Writes the fields of a record that are of the person and have a value.
fn plainly(record: &Record) -> Value {
    let named = fields::fields(record.record.kind)
        .iter()
        .filter(|field| field.personal)
        .map(|field| (field, record.get(field.name)));
    let mut all: Map<String, Value> = named
        .filter(|(_, value)| !value.is_null())
        .map(|(field, value)| {
            let value = match (field.ty, value.time()) {
                (Type::Time, Some(at)) => json!(iso(at)),
                (Type::Ref(_), _) => value.id().map_or(Value::Null, |id: Id| json!(id)),
                _ => json!(value),
            };
            (field.name.to_owned(), value)
        })
        .collect();
    if record.record.kind.letter().is_some() {
        all.insert("number".to_owned(), json!(record.short().to_string()));
    }
    Value::Object(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_belongs_to_a_customer_is_left_out() {
        // Mails are written by themselves, in their conversations.
        let known = |kind: &Kind| KINDS.contains(kind) || [Kind::Message, Kind::Thread].contains(kind);
        for kind in Kind::ALL.iter().filter(|kind| fields::field(**kind, "customer").is_some()) {
            assert!(known(kind), "{kind} is missing in what a person is told");
        }
    }
}
