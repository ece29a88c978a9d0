//! What a message changes in its customer's record; pure.

use rapport_model::event::CustomerFacts;
use rapport_model::message::{Automation, Direction};
use rapport_model::reading::{Language, Reading};
use rapport_model::{Change, Kind, RecordRef, Timestamp};
use rapport_storage::messages::Loaded;

/// How much of a customer's mood is their last message; the rest is how they felt before.
const MOOD_WEIGHT: f64 = 0.4;

/// Returns what changes in the customer's record, and brings `customer` up to date. Messages of
/// machines and among colleagues change nothing.
pub fn record(message: &Loaded, reading: &Reading, customer: &mut CustomerFacts) -> Change {
    let change = Change::update(RecordRef::new(Kind::Customer, customer.id));
    if message.automation != Automation::None {
        return change;
    }
    let before = customer.clone();
    let at = Some(message.received_at);
    match message.direction {
        Direction::Internal => return change,
        Direction::Out => {
            customer.last_out = customer.last_out.max(at);
            customer.n_out += 1;
        }
        Direction::In => {
            customer.last_in = customer.last_in.max(at);
            customer.first_contact = earliest(customer.first_contact, at);
            customer.n_in += 1;
            let score = f64::from(reading.sentiment.score);
            let mood = customer.mood.map_or(score, |mood| mood + MOOD_WEIGHT * (score - mood));
            // Two decimals are more than the engine knows. Nought has no sign: of the two databases,
            // one would keep it.
            customer.mood = Some((mood * 100.0).round() / 100.0 + 0.0);
            if customer.language.is_empty() && reading.language != "und" {
                customer.language.clone_from(&reading.language);
            }
        }
    }
    let language = |c: &CustomerFacts| (!c.language.is_empty()).then(|| c.language.clone());
    change
        .set("last_in", before.last_in, customer.last_in)
        .set("last_out", before.last_out, customer.last_out)
        .set("first_contact", before.first_contact, customer.first_contact)
        .set("n_in", before.n_in, customer.n_in)
        .set("n_out", before.n_out, customer.n_out)
        .set("mood", before.mood, customer.mood)
        .set("language", language(&before), language(customer))
}

fn earliest(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// Returns the language in which a customer is written to.
pub fn language_of(customer: &CustomerFacts, house: Language) -> Language {
    if customer.language.is_empty() { house } else { Language::of(&customer.language) }
}
