//! What the words of a rules file do, one scenario each: rules on changes, ratings, silence and schedules,
//! their limits, and what they may change.

mod alerts;
mod changes;
mod mails;
mod timed;

use rapport_model::job::Recipient;
use rapport_model::{Actor, Change, Id, Kind, Record, RecordRef, Value};
use rapport_storage::work::Work;

use crate::support::{Mail, TestApp};

/// Who asks for a price is a deal in its first stage.
const DEALS: &str = r#"
[[rule]]
name = "lead"
when = { intent = "pricing" }
do = ["open_deal"]
"#;

async fn app(rules: &str) -> TestApp {
    TestApp::start_with(Some(&format!("{DEALS}\n{rules}"))).await
}

/// Ben asks for a price; his record.
async fn asked(app: &TestApp) -> Record {
    let ask = "What would 20 filters cost us? Please send a quote.";
    app.receives(Mail::from("Ben Li <ben@hotel.example>").id("q").says("Price for 20 filters", ask)).await;
    app.all(Kind::Customer).await.remove(0)
}

async fn answered(app: &TestApp) {
    let mia = Mail::from("Mia Tan <mia@brightwater.example>").to("ben@hotel.example").id("a").answers("q");
    app.receives(mia.says("Re: Price for 20 filters", "They cost 1,900 EUR each.")).await;
}

/// Ruth changes a field of a record; the act.
async fn set(app: &TestApp, record: RecordRef, field: &str, value: impl Into<Value>) -> Id {
    let (store, before) = (app.app.store(), app.again(record).await.get(field).clone());
    let act = store.act_by(Actor::User(app.user("ruth").id));
    let id = act.id;
    let change = Change::update(record).set(field, before, value);
    store.commit(vec![Work::of(act, vec![change])]).await.unwrap();
    app.settle().await;
    id
}

async fn titles(app: &TestApp) -> Vec<String> {
    app.all(Kind::Task).await.iter().map(|task| task.text("title").to_owned()).collect()
}

fn tags(customer: &Record) -> &str {
    customer.text("tags")
}

/// To whom notices of a text went since the last call.
fn told(app: &TestApp, text: &str) -> Vec<String> {
    let sent = app.notices();
    let of = sent.iter().filter(|sent| sent.message.text == text);
    of.map(|sent| match sent.message.to {
        Recipient::User(user) => app.app.workflows.user(user).unwrap().handle.clone(),
        _ => panic!("{sent:?}"),
    })
    .collect()
}
