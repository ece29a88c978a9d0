//! What an import would write, for people and as JSON.

use std::path::Path;

use rapport_model::record::FieldChange;
use rapport_model::{Kind, Timestamp, Value};
use rapport_prompts::format::clip;
use rapport_workflows::import::{Item, Of, Plan, Sheet, Use, Why};
use serde_json::json;

/// Rows of each sort that are shown.
const SHOWN: usize = 5;
const CHARS_MAX: usize = 60;

/// A table as it was read.
pub(super) struct Read<'a> {
    pub file: &'a Path,
    pub sheet: &'a Sheet,
    pub uses: &'a [Use],
}

/// Lists names of columns.
pub(super) fn names(header: &[String]) -> String {
    let shown = header.iter().take(30).map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ");
    if header.len() > 30 { format!("{shown} and {} more", header.len() - 30) } else { shown }
}

/// Shows how a table is read and what would be written.
pub(super) fn preview(read: &Read<'_>, plan: &Plan) {
    println!("{}: {} rows", read.file.display(), plan.n_rows);
    for note in &read.sheet.notes {
        println!("  {note}");
    }
    for (name, what) in read.sheet.header.iter().zip(read.uses) {
        let what = match what {
            Use::LeaveOut => "left out; --keep keeps it, --map says what it is".to_owned(),
            Use::Keep(name) => format!("kept as the attribute {name:?}"),
            Use::Field(field) => field.to_string(),
        };
        println!("  {} → {what}", quoted(name));
    }
    println!(
        "{} new, {} changed, {} the same, {} twice, {} refused",
        plan.n_new(),
        plan.n_changed(),
        plan.n_same,
        plan.duplicates.len(),
        plan.refused.len()
    );
    let items = |new: bool| plan.items.iter().filter(move |item| item.new == new);
    list("New", plan.n_new(), items(true).map(|item| format!("line {}: {}", item.line, quoted(&item.name))));
    list("Changed", plan.n_changed(), items(false).map(changed));
    list(
        "Twice",
        plan.duplicates.len(),
        plan.duplicates.iter().map(|(line, of)| format!("line {line} is {}", once_more(*of))),
    );
    list(
        "Refused",
        plan.refused.len(),
        plan.refused.iter().map(|(line, why)| format!("line {line}: {}", reason(why))),
    );
}

fn list(head: &str, n: usize, lines: impl Iterator<Item = String>) {
    if n == 0 {
        return;
    }
    println!("{head}:");
    lines.take(SHOWN).for_each(|line| println!("  {line}"));
    if n > SHOWN {
        println!("  … and {} more", n - SHOWN);
    }
}

fn changed(item: &Item) -> String {
    let differs = item.differs.iter().map(|FieldChange { field, before, after }| match before.is_null() {
        true => format!("{field} {}", value(field, after)),
        false => format!("{field} {} → {}", value(field, before), value(field, after)),
    });
    format!("line {}: {}: {}", item.line, quoted(&item.name), differs.collect::<Vec<_>>().join("; "))
}

fn value(field: &str, value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Text(text) => quoted(text),
        Value::Int(at) if matches!(field, "first_contact" | "close_at" | "placed_at") => {
            Timestamp::from_micros(*at).to_string()
        }
        other => json!(other).to_string(),
    }
}

/// Shows what a file says on one line, so that nothing in it moves the cursor or fills the screen.
fn quoted(text: &str) -> String {
    clip(&text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>(), CHARS_MAX)
}

fn once_more(of: Of) -> String {
    match of {
        Of::Row(line) => format!("line {line} once more"),
        Of::Record(record) => {
            format!("the {} {} once more: the same number and name", record.kind, record.id)
        }
    }
}

/// Says why a row is refused, and what to do.
pub(super) fn reason(why: &Why) -> String {
    match why {
        Why::Unreadable(why) => format!("it cannot be read: {}", quoted(why)),
        Why::Cells { found, columns } => {
            format!("{found} cells, and the header has {columns}: put texts with a delimiter into quotes")
        }
        Why::Nameless => "no name, address or number says who or what it is".to_owned(),
        Why::Missing(field) => format!("{field} is empty"),
        Why::Value { field, found } => format!("{} is no {field}", quoted(found)),
        Why::Ours(address) => format!("{} is an address of the house", quoted(address)),
        Why::NoColleague(who) => format!("there is no colleague {}", quoted(who)),
        Why::NoStage(stage) => format!("deals have no stage {}", quoted(stage)),
        Why::NoCustomer(number) => format!("there is no customer {number}"),
        Why::SeveralOfName(name) => {
            format!("several customers are called {}: add a column with their addresses", quoted(name))
        }
        Why::SeveralKnown(customers) => {
            format!(
                "its addresses belong to {} customers: merge them first, or split the row",
                customers.len()
            )
        }
        Why::OtherName { line } => format!("the address of line {line}, and another name"),
        Why::Contradicts { line } => format!("it contradicts line {line} of the same order"),
    }
}

/// Returns the same for programs.
pub(super) fn json(read: &Read<'_>, plan: &Plan, done: Option<serde_json::Value>) -> serde_json::Value {
    let columns: serde_json::Map<String, serde_json::Value> = read
        .sheet
        .header
        .iter()
        .zip(read.uses)
        .map(|(name, what)| (name.clone(), what.to_string().into()))
        .collect();
    let duplicates = plan.duplicates.iter().map(|(line, of)| match of {
        Of::Row(of) => json!({ "line": line, "of_line": of }),
        Of::Record(of) => json!({ "line": line, "of": of }),
    });
    let refused = plan.refused.iter().map(|(line, why)| json!({ "line": line, "why": reason(why) }));
    let changed = plan
        .items
        .iter()
        .filter(|item| !item.new)
        .take(1000)
        .map(|item| json!({ "line": item.line, "record": item.record, "differs": item.differs }));
    json!({
        "done": done.is_some(),
        "sort": plan.sort,
        "rows": plan.n_rows,
        "columns": columns,
        "notes": read.sheet.notes,
        "new": plan.n_new(),
        "changed": plan.n_changed(),
        "same": plan.n_same,
        "changes": changed.collect::<Vec<_>>(),
        "duplicates": duplicates.collect::<Vec<_>>(),
        "refused": refused.collect::<Vec<_>>(),
    })
}

/// Names a record for an operator.
pub(super) fn named(kind: Kind, id: rapport_model::Id) -> String {
    format!("{kind} {id}")
}
