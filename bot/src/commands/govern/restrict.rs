//! `privacy restrict` and `privacy hold`: marks on a customer by which what is held of them is only kept, or must
//! be kept; and `privacy register`.

use rapport_model::reading::Language;
use rapport_model::{Change, Record, Timestamp, Value};

use super::super::card::Card;
use super::super::desk::{Desk, Done};

/// A mark on a customer: since when it is there.
pub(super) struct Mark {
    field: &'static str,
}

/// What is held of the customer is kept and shown, and nothing else is done with it.
pub(super) const RESTRICTION: Mark = Mark { field: "restricted_at" };
/// What is held of the customer is kept, however old it is.
pub(super) const HOLD: Mark = Mark { field: "held_at" };

impl Desk<'_> {
    /// Puts a mark on a customer, or takes it off.
    pub(super) async fn marked(&self, customer: &Record, mark: &Mark, wanted: bool) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let name = self.titled(customer).await?;
        let since = customer.get(mark.field).time();
        let is_restriction = mark.field == RESTRICTION.field;
        match (since, wanted) {
            (Some(at), true) => {
                let since = self.at(at);
                return Ok(vec![Card::new(match is_restriction {
                    true => prompts.restriction_is(language, &name, since),
                    false => prompts.hold_is(language, &name, since),
                })]);
            }
            (None, false) => {
                return Ok(vec![Card::new(match is_restriction {
                    true => prompts.restriction_none(language, &name),
                    false => prompts.hold_none(language, &name),
                })]);
            }
            _ => {}
        }
        let after: Value = if wanted { self.now.into() } else { Value::Null };
        let change = Change::update(customer.record).set(mark.field, customer.get(mark.field).clone(), after);
        let written = self.write(vec![change]).await?;
        if is_restriction && !wanted {
            self.app.workflows.read_later(customer.record.id).await?;
        }
        let said = match (is_restriction, wanted) {
            (true, true) => prompts.restriction_set(language, &name),
            (true, false) => prompts.restriction_lifted(language, &name),
            (false, true) => prompts.hold_set(language, &name),
            (false, false) => prompts.hold_lifted(language, &name),
        };
        Ok(vec![self.written(said, &written)])
    }

    /// Tells what is kept of people, why and for how long.
    pub(in super::super) async fn register(&self) -> Done {
        let register = self.app.register(self.language);
        let mut card = Card { subtitle: register.lead, ..Card::new(register.title) }.text(register.contact);
        for entry in register.entries {
            card = card.list(
                entry.title,
                entry.rows.into_iter().map(|(label, value)| self.labelled(&label, &value)),
            );
        }
        Ok(vec![card.list(register.places_heading, register.places)])
    }

    fn labelled(&self, label: &str, value: &str) -> String {
        let colon = if self.language == Language::En { ": " } else { "：" };
        format!("{label}{colon}{value}")
    }

    /// Says which marks a customer has that whoever works with them must know of, a line each.
    pub(in super::super) fn marks_of(&self, customer: &Record) -> Vec<String> {
        let (prompts, language) = (self.prompts(), self.language);
        let since = |mark: &Mark| customer.get(mark.field).time().map(|at: Timestamp| self.at(at));
        let restricted = since(&RESTRICTION).map(|at| prompts.restricted_since(language, at));
        restricted.into_iter().chain(since(&HOLD).map(|at| prompts.held_since(language, at))).collect()
    }
}
