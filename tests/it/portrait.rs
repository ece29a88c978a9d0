//! What customers are like: looked at each night, kept on their cards.

use rapport_model::reading::Language;
use rapport_model::time::{DAY, HOUR};
use rapport_model::{Actor, Clock as _, Kind};
use rapport_storage::history::Entry;
use rapport_workflows::portrait::ChurnKnown;
use rapport_workflows::portrait::figures::NAMES;

use rapport::commands::{Session, console, run};

use crate::support::{Mail, TestApp, rules_without_schedules};

/// What Ruth reads at the console.
async fn says(app: &TestApp, words: &str) -> String {
    let cards = run(&app.app, app.user("ruth"), &mut Session::new(), words).await.unwrap();
    cards.iter().map(|card| console::render(card, 110, false)).collect()
}

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

    // The second wrote once, long ago: a day more changes nothing.
    let second = app.all(Kind::Customer).await[1].record;
    let segments_of = |entries: Vec<Entry>| {
        let of = entries.into_iter().filter(|e| e.change.fields.iter().any(|f| f.field == "segment"));
        of.map(|e| e.act.actor).collect::<Vec<_>>()
    };
    let written = segments_of(app.app.store().history(second).await.unwrap());
    assert_eq!(written, [Actor::Service("insight".into())]);
    app.advance(DAY).await;
    let again = segments_of(app.app.store().history(second).await.unwrap());
    assert_eq!(again.len(), 1, "the same is not written again");
    let (insight, at) = app.app.store().insight(second.id).await.unwrap().unwrap();
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

#[tokio::test(flavor = "multi_thread")]
async fn who_may_fall_silent_is_learnt_from_half_a_year_and_told_with_reasons() {
    let app = TestApp::start_with(Some(&format!("{}\n{NIGHTLY}", rules_without_schedules()))).await;
    let writes = async |c: usize, day: usize, words: &str| {
        let from = format!("Customer {c} <c{c}@firm{c}.example>");
        let mail = Mail::from(&from).id(&format!("c{c}.{day}")).says("Filters", words);
        app.arrives(mail.bytes(app.clock.now())).await;
    };
    // The first 160 write once a month; 60 wrote once early on and 60 once later, and never again.
    for day in 0..180 {
        for c in 0..160 {
            if (c + day) % 30 == 0 {
                writes(c, day, "What would 20 filters cost us?").await;
            }
        }
        for (first, from) in [(160, 10), (220, 70)] {
            for c in (first..first + 60).filter(|c| from + c % 30 == day) {
                writes(c, day, "The pump is leaking again and nobody answers. This is unacceptable.").await;
            }
        }
        app.advance(DAY).await;
        if day == 60 {
            let known = app.app.workflows.churn_known().await.unwrap();
            assert!(matches!(known, ChurnKnown::TooLittle(..)), "{known:?}");
        }
    }
    let workflows = &app.app.workflows;
    let ChurnKnown::Since(_, measured) = workflows.churn_known().await.unwrap() else { panic!("not learnt") };
    assert!(measured.auroc > 0.9, "{measured:?}");
    let likely = app.app.store().likely_to_leave(50).await.unwrap();
    let churn = likely[0].churn.as_ref().unwrap();
    assert!(!churn.reasons.is_empty() && churn.reasons.len() <= 3);
    // Who writes daily is unlike all others.
    for hour in 0..40 {
        let from = "Customer 1 <c1@firm1.example>";
        let words =
            ["Do the new cartridges fit the old housing?", "The invoice names a wrong address."][hour % 2];
        let mail = Mail::from(from).id(&format!("often{hour}")).says("Filters", words);
        app.arrives(mail.bytes(app.clock.now())).await;
        app.advance(HOUR).await;
    }
    app.advance(DAY).await;
    let unusual = says(&app, "report unusual").await;
    let second = unusual.lines().nth(1).unwrap_or_default();
    assert!(second.contains("Customer 1"), "{unusual}");
    assert!(unusual.contains("days between their mails: "), "{unusual}");
    assert!(!unusual.contains("Customer 2"), "who is like others is not named: {unusual}");
    let topics = says(&app, "report topics").await;
    assert!(
        topics.contains("What people write about")
            && topics.contains("cartridges")
            && topics.contains("invoice"),
        "{topics}"
    );
    let forecast = says(&app, "report forecast").await;
    assert!(forecast.contains("mails  between") && forecast.lines().count() >= 15, "{forecast}");
    let needs = says(&app, "report needs").await;
    assert!(needs.contains("Learnt on ") && needs.contains("280 customers"), "{needs}");
    let found = says(&app, "find segment:champions").await;
    assert!(found.contains("Customer 1") && !found.contains("Customer 200"), "{found}");
    let prompts = workflows.prompts();
    for language in [Language::En, Language::Zh] {
        for name in NAMES {
            assert_ne!(prompts.figure(language, name), name, "{language:?}");
        }
    }
}
