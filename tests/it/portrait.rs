//! What customers are like: looked at each night, kept on their cards.

use rapport_model::time::DAY;
use rapport_model::{Actor, Clock as _, Kind};
use rapport_storage::history::Entry;

use crate::support::{Mail, TestApp, rules_without_schedules};

const NIGHTLY: &str = "[[schedule]]\nname = \"insight\"\ncron = \"40 2 * * *\"\ndoes = \"insight\"\n";

#[tokio::test(flavor = "multi_thread")]
async fn customers_are_put_into_segments_at_night_and_only_what_changes_is_written() {
    let app = TestApp::start_with(Some(&format!("{}\n{NIGHTLY}", rules_without_schedules()))).await;
    // Two dozen are too few: nothing is said of them.
    for day in 0..24 {
        for c in 0..=day {
            if c % 4 == 0 || c == day {
                let from = format!("Customer {c} <c{c}@firm{c}.example>");
                let mail = Mail::from(&from).id(&format!("m{c}.{day}"));
                app.receives(mail.says("Price", "What would 20 filters cost us?")).await;
            }
        }
        app.advance(2 * DAY).await;
    }
    let segments = async || {
        let customers = app.all(Kind::Customer).await;
        customers.iter().map(|c| c.text("segment").to_owned()).collect::<Vec<_>>()
    };
    assert!(segments().await.iter().all(String::is_empty));
    for c in 24..30 {
        let mail = Mail::from(&format!("Customer {c} <c{c}@firm{c}.example>")).id(&format!("m{c}"));
        app.receives(mail.says("Price", "What would 20 filters cost us?")).await;
    }
    app.advance(DAY).await;
    let found = segments().await;
    assert!(found.iter().all(|segment| !segment.is_empty()), "{found:?}");
    // The first of every four wrote all the time, the others once.
    assert_eq!(found[0], "champions", "{found:?}");
    assert_eq!(found[29], "new", "{found:?}");
    assert!(["gone", "asleep"].contains(&found[1].as_str()), "{found:?}");

    let first = app.all(Kind::Customer).await[0].record;
    let segments_of = |entries: Vec<Entry>| {
        let of = entries.into_iter().filter(|e| e.change.fields.iter().any(|f| f.field == "segment"));
        of.map(|e| e.act.actor).collect::<Vec<_>>()
    };
    let written = segments_of(app.app.store().history(first).await.unwrap());
    assert_eq!(written, [Actor::Service("insight".into())]);
    app.advance(DAY).await;
    let again = segments_of(app.app.store().history(first).await.unwrap());
    assert_eq!(again.len(), 1, "the same is not written again");
    let (insight, at) = app.app.store().insight(first.id).await.unwrap().unwrap();
    assert!(insight.figures.len() > 24 && app.clock.now().since(at) < DAY);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_house_without_customers_or_with_one_is_looked_at_in_peace() {
    let app = TestApp::start_with(Some(&format!("{}\n{NIGHTLY}", rules_without_schedules()))).await;
    app.advance(2 * DAY).await;
    app.receives(Mail::from("Ann <ann@ann.example>").says("Hello", "Do you sell filters?")).await;
    app.advance(2 * DAY).await;
    let ann = &app.all(Kind::Customer).await[0];
    assert_eq!(ann.text("segment"), "");
    let (insight, _) = app.app.store().insight(ann.record.id).await.unwrap().unwrap();
    assert!(insight.figures.iter().flatten().all(|value| value.is_finite()));
}
