//! What was written down about customers.

use std::collections::HashMap;

use rapport_model::{Change, Kind, RecordRef};

use super::Field;
use super::known::Known;
use super::people::{NewId, People};
use super::plan::{Item, Of, Plan, Why};
use super::row::Draft;

/// Decides about a table of notes: the same words about the same customer are one note.
pub(super) fn notes(
    plan: &mut Plan,
    rows: &[Draft],
    people: &mut People,
    known: &Known,
    new_id: &mut NewId<'_>,
) {
    let refused: std::collections::HashSet<u64> = plan.refused.iter().map(|(line, _)| *line).collect();
    let mut first: HashMap<(RecordRef, String), u64> = HashMap::new();
    for (i, row) in rows.iter().enumerate().filter(|(_, row)| !refused.contains(&row.line)) {
        let mut changes = Vec::new();
        let about = match people.of_row[i] {
            Some(customer) => customer,
            None => match people.companies.of(&row.person, known, new_id) {
                (Some(company), made) => {
                    changes.extend(made);
                    RecordRef::new(Kind::Company, company)
                }
                (None, _) => {
                    plan.refused.push((row.line, Why::Missing(Field::Email)));
                    continue;
                }
            },
        };
        // A note is of the day that it is made; when it was written is a part of it.
        let body = match row.instant("at") {
            Some(at) => format!("{}: {}", at.utc().format("%Y-%m-%d"), row.note),
            None => row.note.clone(),
        };
        if let Some(line) = first.get(&(about, body.clone())) {
            plan.duplicates.push((row.line, Of::Row(*line)));
            continue;
        }
        first.insert((about, body.clone()), row.line);
        let customer = (about.kind == Kind::Customer).then_some(about.id);
        if known.notes.contains(&(customer, body.clone())) && customer.is_some() {
            plan.n_same += 1;
            continue;
        }
        let record = RecordRef::new(Kind::Note, new_id());
        let note = Change::create(record)
            .with("body", body.as_str())
            .with(about.kind.name(), about.id)
            .with("author", row.get("author").clone());
        changes.push(note);
        let name = body.chars().take(60).collect();
        plan.items.push(Item { line: row.line, record, name, new: true, differs: Vec::new(), changes });
    }
}
