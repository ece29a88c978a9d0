//! The pages that customers reach from a mail, over a real socket.

mod limits;
mod mailing;
mod preferences;
mod rating;
mod seen;
mod signature;
mod unsubscribe;

use rapport::http::links::Link;
use rapport_model::job::{Outbound, Recipient};
use rapport_model::message::ChannelKind;
use rapport_model::{Clock as _, Id, Kind};

use crate::support::{Mail, SERVED, TestApp, rules_without_schedules};

/// A house that serves pages, with one customer, Ben, who asked for a price.
async fn house() -> (TestApp, Id) {
    let app = TestApp::start_set(Some(rules_without_schedules()), &SERVED).await;
    let ask = "What would 20 filters cost us? Please send a quote.";
    app.receives(Mail::from("Ben Li <ben@hotel.example>").id("q").says("Price for 20 filters", ask)).await;
    let ben = app.all(Kind::Customer).await.remove(0).record.id;
    (app, ben)
}

/// What a customer has said, oldest first: purpose, state, and by what.
async fn said(app: &TestApp) -> Vec<(String, String, String)> {
    let text = |record: &rapport_model::Record, field| record.text(field).to_owned();
    let of = |record| (text(&record, "purpose"), text(&record, "state"), text(&record, "via"));
    app.all(Kind::Consent).await.into_iter().map(of).collect()
}

fn path(app: &TestApp, link: Link) -> String {
    link.path(app.app.store())
}

/// A mail to a customer that is due now; who has a purpose was written by the service.
fn mail(app: &TestApp, to: Id, purpose: Option<rapport_model::consent::Purpose>) -> Outbound {
    let id = app.app.store().new_id();
    Outbound {
        id,
        channel: ChannelKind::Email,
        to: Recipient::Customer(to),
        cc: Vec::new(),
        thread: None,
        answers: None,
        about: None,
        cause: None,
        automatic: purpose.is_some(),
        purpose,
        author: None,
        text: "some".into(),
        subject: "Some mail".into(),
        body: "Some words.".into(),
        html: None,
        edits: None,
        send_at: app.clock.now(),
        idempotency_key: id.to_string(),
    }
}
