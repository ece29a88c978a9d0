//! Records out of the JSON of other programs, sent to us or fetched by us, and what came of each.
//!
//! They go the way of every table that is brought in (`rapport_workflows::import`): one spelling, what is known,
//! what is new; all or nothing of a record, one batch, one undo, and no rule looks at it. What is said of a
//! record that is refused names its field, and never what stood there: it is kept, and goes out.

mod mail;

use std::collections::HashMap;

use rapport_model::{Id, RecordRef};
use rapport_storage::ingest::Fate;
use rapport_workflows::import::{Draft, ImportError, Item, Known, Plan, Pointers, Sort, Why, plan, write};
use serde_json::{Value, json};

use crate::app::App;
use crate::channel::email::{ParseOptions, parse};

pub(crate) use mail::mail;

/// Messages that are committed together.
const TOGETHER: usize = 256;
/// Of what a value can be instead of what its field takes; nothing that somebody wrote.
const TYPES: [&str; 4] = ["a list", "an object", "a number", "true or false"];

rapport_model::named! {
    /// What came of a record.
    pub(crate) enum Came {
        /// It was made.
        New = "new",
        /// It was changed.
        Changed = "changed",
        /// It was so before.
        Unchanged = "unchanged",
        /// It cannot be taken.
        Refused = "refused",
    }
}

/// One record of those that came together.
#[derive(Clone, Debug)]
pub(crate) struct One {
    /// Its place, from 1.
    pub line: u64,
    pub came: Came,
    /// The record that it became or changed.
    pub record: Option<RecordRef>,
    /// Why it is refused: the field, which may be empty, and the reason.
    pub errors: Vec<(String, String)>,
}

/// What came of records.
#[derive(Clone, Debug, Default)]
pub(crate) struct Taken {
    /// The import, if anything was written.
    pub batch: Option<Id>,
    /// Each of them, in their order.
    pub all: Vec<One>,
}

impl Taken {
    /// Returns of how many this came.
    pub(crate) fn count(&self, came: Came) -> usize {
        self.all.iter().filter(|one| one.came == came).count()
    }

    /// Returns it for programs.
    pub(crate) fn json(&self) -> Value {
        let items = self.all.iter().map(|one| {
            let mut item = json!({ "item": one.line, "result": one.came });
            if let Some(record) = one.record {
                item["record"] = json!(record.id);
            }
            if !one.errors.is_empty() {
                let errors = one.errors.iter().map(|(field, what)| json!({ "field": field, "what": what }));
                item["errors"] = errors.collect();
            }
            item
        });
        let items: Vec<Value> = items.collect();
        let mut said = json!({ "batch": self.batch, "items": items });
        for came in Came::ALL {
            said[came.name()] = json!(self.count(*came));
        }
        said
    }
}

impl App {
    /// Takes records in as `part` of the service; `tries` writes nothing and tells what would come of it.
    ///
    /// # Errors
    /// The store failed; what was written until then is a batch with which the same call goes on.
    pub(crate) async fn take_records(
        &self,
        part: &str,
        pointers: &Pointers,
        items: &[&Value],
        tries: bool,
    ) -> Result<Taken, ImportError> {
        let (_, stages) = self.store().pipeline().await?;
        let around = self.workflows.around(&stages);
        let rows = pointers.drafts(items, &around);
        if pointers.sort() == Sort::Messages {
            return self.take_messages(rows, tries).await;
        }
        let lines: Vec<u64> = rows.iter().map(|(line, _)| *line).collect();
        let known = Known::of(self.store(), pointers.sort(), &rows, pointers.key()).await?;
        let made = plan(pointers.sort(), rows, &known, pointers.key(), &mut || self.store().new_id());
        let all = each(&made, &lines);
        let batch = match tries {
            true => None,
            false => write(self.store(), part, made, &source(part, items), |_| ()).await?,
        };
        Ok(Taken { batch, all })
    }

    /// Takes messages in as history, which starts nothing.
    async fn take_messages(
        &self,
        rows: Vec<(u64, Result<Draft, Why>)>,
        tries: bool,
    ) -> Result<Taken, ImportError> {
        let options = ParseOptions { history: true, ..ParseOptions::at(self.store().clock().now()) };
        let (mut all, mut mails) = (Vec::with_capacity(rows.len()), Vec::new());
        for (line, row) in rows {
            let errors = match row {
                Ok(draft) => {
                    mails.push((all.len(), parse(mail(&draft), "import", &options)));
                    Vec::new()
                }
                Err(why) => vec![reason(&why)],
            };
            let came = if errors.is_empty() { Came::New } else { Came::Refused };
            all.push(One { line, came, record: None, errors });
        }
        while !tries && !mails.is_empty() {
            let portion: Vec<_> = mails.drain(..mails.len().min(TOGETHER)).collect();
            let (places, portion): (Vec<usize>, Vec<_>) = portion.into_iter().unzip();
            for (place, fate) in places.into_iter().zip(self.workflows.ingest(portion).await?) {
                if matches!(fate, Fate::Duplicate { .. }) {
                    all[place].came = Came::Unchanged;
                }
            }
        }
        Ok(Taken { batch: None, all })
    }
}

/// Tells what becomes of each row of a plan.
fn each(plan: &Plan, lines: &[u64]) -> Vec<One> {
    let refused: HashMap<u64, &Why> = plan.refused.iter().map(|(line, why)| (*line, why)).collect();
    let mut items: HashMap<u64, &Item> = HashMap::new();
    for item in &plan.items {
        let known = items.entry(item.line).or_insert(item);
        // A row of a deal may make its customer, too: it is the deal that counts.
        if item.record.kind == plan.sort.kind() || known.record.kind != plan.sort.kind() {
            *known = item;
        }
    }
    let one = |line: u64| {
        if let Some(why) = refused.get(&line) {
            return One { line, came: Came::Refused, record: None, errors: vec![reason(why)] };
        }
        let item = items.get(&line);
        let came = match item {
            None => Came::Unchanged,
            Some(item) if item.new && item.record.kind == plan.sort.kind() => Came::New,
            Some(_) => Came::Changed,
        };
        One { line, came, record: item.map(|item| item.record), errors: Vec::new() }
    };
    lines.iter().map(|line| one(*line)).collect()
}

/// Says why a record is refused, without what it says: the field, and what is wrong with it.
fn reason(why: &Why) -> (String, String) {
    let (field, what) = match why {
        Why::Unreadable(why) => ("", why.clone()),
        Why::Cells { .. } => ("", "it has more than its fields".to_owned()),
        Why::Nameless => ("", "no name, address or number says who or what it is".to_owned()),
        Why::Missing(field) => (field.name(), "is empty".to_owned()),
        Why::Value { field, found } => {
            let is = if TYPES.contains(&found.as_str()) { format!(": it is {found}") } else { String::new() };
            (field.name(), format!("cannot be read as such{is}"))
        }
        Why::Ours(_) => ("email", "is an address of the house".to_owned()),
        Why::NoColleague(_) => ("owner", "there is no such colleague".to_owned()),
        Why::NoStage(_) => ("stage", "deals have no such stage".to_owned()),
        Why::NoCustomer(_) => ("number", "there is no such customer".to_owned()),
        Why::SeveralOfName(_) => ("name", "several customers are called so: map an address, too".to_owned()),
        Why::SeveralKnown(all) => ("email", format!("belongs to {} customers: merge them first", all.len())),
        Why::OtherName { line } => ("email", format!("item {line} has the same, and another name")),
        Why::Contradicts { line } => ("", format!("it contradicts item {line} of the same order")),
    };
    (field.to_owned(), what)
}

/// Tells imports apart: what came, and from where.
fn source(part: &str, items: &[&Value]) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(part.as_bytes());
    for item in items {
        hasher.update(b"\0");
        hasher.update(item.to_string().as_bytes());
    }
    hasher.finalize().to_hex()[..32].to_owned()
}
