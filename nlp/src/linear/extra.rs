//! Public data that may be added to the training: which tables, and what their labels mean to us.
//!
//! Only honest mappings: a label without a counterpart is left out, and everyday talk to an
//! assistant (clinc150, hwu64, smp2020) is `other` at best. Licences are in the model's card; a set
//! that forbids commercial use is not read.

use std::path::Path;

use rapport_model::reading::{Intent, Mood};

use super::data::{Example, Source, read};
use crate::NlpError;

/// What a label becomes.
type Meaning = fn(&str) -> Option<(Option<Intent>, Option<Mood>)>;

/// A table, how many of its rows are taken of each hundred, and what its labels mean.
struct Table {
    path: &'static str,
    percent: u64,
    meaning: Meaning,
}

const TABLES: &[Table] = &[
    Table { path: "intent/bitext.train.tsv", percent: 100, meaning: bitext },
    Table { path: "intent/banking77.train.tsv", percent: 60, meaning: banking77 },
    Table { path: "intent/clinc150.train.tsv", percent: 12, meaning: clinc150 },
    Table { path: "intent/hwu64.train.tsv", percent: 6, meaning: assistant },
    Table { path: "intent/smp2020_zh.train.tsv", percent: 20, meaning: assistant },
    Table { path: "sentiment/sst2.train.tsv", percent: 30, meaning: mood },
    Table { path: "sentiment/waimai_zh.train.tsv", percent: 100, meaning: mood },
    Table { path: "sentiment/hotel_zh.train.tsv", percent: 60, meaning: mood },
    Table { path: "sentiment/shopping_zh.train.tsv", percent: 60, meaning: mood },
    Table { path: "sentiment/chnsenticorp_zh.train.tsv", percent: 60, meaning: mood },
];

/// Reads the public tables below `dir`.
///
/// # Errors
/// [`NlpError::Io`] when one cannot be read, [`NlpError::Data`] when a line has no label.
pub fn load(dir: &Path) -> Result<Vec<Example>, NlpError> {
    let mut examples = Vec::new();
    for table in TABLES {
        let path = dir.join(table.path);
        for (n, line) in read(&path)?.lines().enumerate().skip(1) {
            let mut cells = line.split('\t');
            let (Some(text), Some(label)) = (cells.next(), cells.next()) else {
                let why = "the line has no second column, the label".to_owned();
                return Err(NlpError::Data { path: path.display().to_string(), line: n + 1, why });
            };
            // Every so many-th row: spread over the table, and the same every time.
            if (n as u64 * table.percent) % 100 >= table.percent {
                continue;
            }
            let text = unquoted(text);
            if let Some((intent, mood)) = (table.meaning)(label).filter(|_| !text.trim().is_empty()) {
                let intents = intent.into_iter().collect();
                examples.push(Example { text, intents, mood, urgent: None, source: Source::Extra });
            }
        }
    }
    Ok(examples)
}

/// Undoes the quoting of cells that hold quotes.
fn unquoted(cell: &str) -> String {
    let cell = cell.trim_start_matches('\u{feff}');
    match cell.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) => inner.replace("\"\"", "\""),
        None => cell.to_owned(),
    }
}

fn bitext(label: &str) -> Option<(Option<Intent>, Option<Mood>)> {
    let intent = match label {
        "cancel_order" | "check_cancellation_fee" | "delete_account" => Intent::Cancel,
        "change_order" | "change_shipping_address" | "set_up_shipping_address" | "edit_account" => {
            Intent::UpdateDetails
        }
        "check_invoice" | "get_invoice" | "check_payment_methods" | "payment_issue" => Intent::Billing,
        "check_refund_policy" | "get_refund" | "track_refund" => Intent::Refund,
        "complaint" => return Some((Some(Intent::Complaint), None)),
        "create_account" | "switch_account" | "recover_password" => Intent::HowTo,
        "registration_problems" => Intent::Problem,
        "delivery_period" | "track_order" => Intent::OrderStatus,
        "place_order" => Intent::Buy,
        "contact_human_agent" | "contact_customer_service" => Intent::Other,
        _ => return None,
    };
    Some((Some(intent), Some(Mood::Neutral)))
}

fn banking77(label: &str) -> Option<(Option<Intent>, Option<Mood>)> {
    let intent = match label {
        "card_arrival" | "card_delivery_estimate" => Intent::OrderStatus,
        "request_refund" | "Refund_not_showing_up" => Intent::Refund,
        "terminate_account" | "cancel_transfer" => Intent::Cancel,
        "edit_personal_details" => Intent::UpdateDetails,
        "card_not_working"
        | "contactless_not_working"
        | "virtual_card_not_working"
        | "declined_card_payment"
        | "failed_transfer"
        | "top_up_failed"
        | "unable_to_verify_identity" => Intent::Problem,
        "transaction_charged_twice" | "extra_charge_on_statement" | "card_payment_fee_charged" => {
            Intent::Billing
        }
        "change_pin" | "activate_my_card" | "card_linking" | "verify_my_identity" | "passcode_forgotten" => {
            Intent::HowTo
        }
        "order_physical_card" | "getting_spare_card" => Intent::Buy,
        _ => return None,
    };
    Some((Some(intent), None))
}

fn clinc150(label: &str) -> Option<(Option<Intent>, Option<Mood>)> {
    match label {
        "schedule_meeting" => Some((Some(Intent::Meeting), Some(Mood::Neutral))),
        "order_status" => Some((Some(Intent::OrderStatus), Some(Mood::Neutral))),
        // These could be a customer's wish in other surroundings.
        "cancel"
        | "pay_bill"
        | "cancel_reservation"
        | "damaged_card"
        | "report_lost_card"
        | "report_fraud"
        | "order"
        | "order_checks"
        | "new_card"
        | "how_busy"
        | "update_playlist"
        | "change_user_name"
        | "change_language"
        | "change_volume"
        | "bill_balance"
        | "bill_due"
        | "schedule_maintenance"
        | "card_declined"
        | "replacement_card_duration"
        | "account_blocked"
        | "pin_change"
        | "rewards_balance" => None,
        _ => Some((Some(Intent::Other), Some(Mood::Neutral))),
    }
}

fn assistant(_: &str) -> Option<(Option<Intent>, Option<Mood>)> {
    Some((Some(Intent::Other), Some(Mood::Neutral)))
}

fn mood(label: &str) -> Option<(Option<Intent>, Option<Mood>)> {
    Mood::by_name(label).map(|mood| (None, Some(mood)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_cells_are_read_as_written() {
        assert_eq!(unquoted("\"he said \"\"no\"\"\""), "he said \"no\"");
        assert_eq!(unquoted("\u{feff}plain"), "plain");
        assert_eq!(unquoted("\""), "\"");
    }

    #[test]
    fn labels_without_a_counterpart_are_left_out() {
        assert_eq!(bitext("review"), None);
        assert_eq!(banking77("age_limit"), None);
        assert_eq!(mood("mixed"), None);
        assert_eq!(banking77("card_arrival"), Some((Some(Intent::OrderStatus), None)));
    }

    #[test]
    fn a_directory_without_the_tables_is_an_error_that_names_one() {
        let error = load(Path::new("/no/such/place")).unwrap_err().to_string();
        assert!(error.contains("bitext.train.tsv"), "{error}");
    }
}
