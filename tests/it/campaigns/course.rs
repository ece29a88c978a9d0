//! Whom a campaign reaches, and when.

use std::collections::BTreeSet;

use rapport_model::time::{DAY, HOUR, MINUTE};
use rapport_model::{Change, Kind, Value};

use super::{Seat, house, of, on_both, said};

#[tokio::test(flavor = "multi_thread")]
async fn who_said_yes_is_written_to_and_nobody_else() {
    on_both(async |url| {
        let app = house(url.as_deref(), "").await;
        let all = app.knows(9, "[\"vip\"]").await;
        app.knows(1, "[\"cold\"]").await;
        let consents = app.all(Kind::Consent).await;
        let said_by =
            |n: usize| consents.iter().find(|c| c.get("customer").id() == Some(all[n])).unwrap().record;
        let identities = app.all(Kind::Identity).await;
        let address = identities.iter().find(|i| i.get("customer").id() == Some(all[4])).unwrap();
        app.changes(vec![
            said(&app, all[0], ("news", "denied"), "link"),
            said(&app, all[1], ("automatic", "denied"), "mail"),
            Change { record: said_by(2), op: rapport_model::Op::Delete, fields: Vec::new() },
            Change::update(of(all[3])).set("lifecycle", "customer", "lost"),
            Change { record: address.record, op: rapport_model::Op::Delete, fields: Vec::new() },
        ])
        .await;
        app.app.erase(all[5], rapport_model::Actor::Service("test".into())).await.unwrap();
        app.app
            .store()
            .merge(of(all[6]), of(all[7]), rapport_model::Actor::Service("test".into()))
            .await
            .unwrap()
            .unwrap();

        let mut ruth = Seat::of(&app, "ruth");
        let shown = ruth.types("campaign new spring check_in to tag:vip lifecycle:customer").await;
        for part in [
            "P1 spring is drafted",
            "To tag:vip lifecycle:customer",
            "Recipients 2 of 6 customers now",
            "2: want no such mail",
            "1: never said yes to news",
            "1: no e-mail address",
            "Customer 6",
            "is there anything you need?",
        ] {
            assert!(shown.contains(part), "{part} is missing in\n{shown}");
        }
        assert_eq!(app.outgoing().len(), 0, "a draft writes to nobody");
        let asked = ruth.presses("Start").await;
        assert!(asked.contains("Write to 2 customers for P1 spring?"), "{asked}");
        app.settle().await;
        assert_eq!(app.outgoing().len(), 0, "nor does a question");
        let started = ruth.presses("Start").await;
        assert!(started.contains("P1 spring runs."), "{started}");
        app.advance(10 * MINUTE).await;
        assert_eq!(app.written_to(), ["c6@firm6.example", "c8@firm8.example"]);
        let mail = app.outgoing().remove(0).replace("=\r\n", "").replace("\r\n ", " ").replace("=3D", "=");
        for part in [
            "List-Unsubscribe: <https://crm.brightwater.example/u/",
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
            "You get this because you said yes to news from us.",
            "Auto-Submitted: auto-generated",
            "Hello Customer 6,",
        ] {
            assert!(mail.contains(part), "{part} is missing in\n{mail}");
        }
        // The key of the link is left out: it may spell anything.
        let words =
            mail.split_whitespace().filter(|word| !word.contains("/u/")).collect::<Vec<_>>().join(" ");
        assert!(!words.contains("P1 ") && !words.contains("spring"), "what it is called is ours:\n{mail}");
        let shown = ruth.types("P1").await;
        assert!(shown.contains("P1 spring: done") && shown.contains("2 of 2 written to"), "{shown}");

        // The next one is too soon for them, whoever asks for it.
        let shown = ruth.types("campaign new again check_in_short to tag:vip").await;
        assert!(
            shown.contains("0 of 7 customers") && shown.contains("2: got another mailing of late"),
            "{shown}"
        );
        app.advance(7 * DAY + HOUR).await;
        let shown = ruth.types("campaign show again").await;
        assert!(shown.contains("2 of 7 customers"), "{shown}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_keeps_to_its_pace_and_to_the_hours_of_house_and_customer() {
    on_both(async |url| {
        let app = house(url.as_deref(), "{ per_hour = 4, per_day = 10 }").await;
        let all = app.knows(20, "[\"vip\"]").await;
        // In Tokyo it is six in the evening.
        app.changes(vec![Change::update(of(all[0])).set("zone", Value::Null, "Asia/Tokyo")]).await;
        let mut ruth = Seat::of(&app, "ruth");
        ruth.starts("spring check_in between:10:00-16:00 to tag:vip").await;
        app.advance(MINUTE).await;
        assert_eq!(app.outgoing().len(), 4, "Wednesday, 10:01");
        app.advance(HOUR).await;
        assert_eq!(app.outgoing().len(), 8, "an hour later four more");
        app.advance(HOUR).await;
        assert_eq!(app.outgoing().len(), 10, "and ten a day");
        app.advance(7 * HOUR).await;
        let shown = ruth.types("campaign P1").await;
        assert!(shown.contains("10 of 20 written to"), "{shown}");
        app.advance(8 * HOUR).await;
        assert_eq!(
            app.written_to().last().unwrap(),
            "c0@firm0.example",
            "by night in Berlin it is day in Tokyo"
        );
        assert_eq!(app.outgoing().len(), 11);
        app.advance(6 * HOUR + 58 * MINUTE).await;
        assert_eq!(app.outgoing().len(), 11, "Thursday, 09:59: before its own hours");
        app.advance(2 * MINUTE).await;
        assert_eq!(app.outgoing().len(), 15, "Thursday, 10:01");
        app.advance(DAY).await;
        let to: BTreeSet<String> = app.written_to().into_iter().collect();
        assert_eq!((to.len(), app.outgoing().len()), (20, 20), "each of them once");
        assert_eq!(app.all(Kind::Campaign).await[0].text("state"), "done");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_stopped_writes_to_nobody_from_then_on_and_goes_on_where_it_was() {
    on_both(async |url| {
        let app = house(url.as_deref(), "{ per_hour = 5 }").await;
        app.knows(12, "[\"vip\"]").await;
        let mut ruth = Seat::of(&app, "ruth");
        ruth.starts("spring check_in to tag:vip").await;
        // What is written waits in the outbox when it is stopped.
        while app.app.workflows.run_due().await.unwrap() > 0 {
            if app.app.store().outbox(20).await.unwrap().len() == 5 {
                break;
            }
        }
        assert_eq!((app.outgoing().len(), app.app.store().outbox(20).await.unwrap().len()), (0, 5));
        let shown = ruth.types("campaign stop spring").await;
        assert!(shown.contains("P1 spring is stopped. 0 mails had left; 12 customers"), "{shown}");
        app.advance(3 * DAY).await;
        assert_eq!(app.outgoing().len(), 0);
        let shown = ruth.types("campaign stop P1").await;
        assert!(shown.contains("P1 spring is not running: it is stopped"), "{shown}");

        // On Monday it goes on, with those whose mail was cancelled.
        app.advance(2 * DAY).await;
        ruth.types("campaign P1").await;
        ruth.presses("Go on").await;
        ruth.presses("Go on").await;
        app.advance(MINUTE).await;
        assert_eq!(app.outgoing().len(), 10, "five that waited, and five of this hour");
        // The undo of a command stops it as well.
        ruth.types("undo").await;
        app.advance(DAY).await;
        assert_eq!(app.outgoing().len(), 10);
        assert_eq!(app.all(Kind::Campaign).await[0].text("state"), "stopped");
        ruth.types("campaign start P1").await;
        ruth.presses("Go on").await;
        app.advance(DAY).await;
        let to: BTreeSet<String> = app.written_to().into_iter().collect();
        assert_eq!((to.len(), app.outgoing().len()), (12, 12), "each of them once");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_says_no_between_the_start_and_their_turn_is_left_alone() {
    let app = house(None, "{ per_hour = 2 }").await;
    let all = app.knows(4, "[\"vip\"]").await;
    let browser = crate::support::Browser::of(&app).await;
    let mut ruth = Seat::of(&app, "ruth");
    ruth.starts("spring check_in to tag:vip").await;
    app.advance(MINUTE).await;
    assert_eq!(app.outgoing().len(), 2);
    assert_eq!(browser.posts(&app.unsubscribe_path(all[3]), "List-Unsubscribe=One-Click").await.status, 200);
    app.advance(2 * HOUR).await;
    assert_eq!(app.outgoing().len(), 3);
    let shown = ruth.types("campaign results P1").await;
    assert!(
        shown.contains("left out at the last moment: 1") && shown.contains("1: want no such mail"),
        "{shown}"
    );
    browser.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_managers_write_to_many_and_only_to_whom_they_see() {
    let app = house(None, "").await;
    app.knows(3, "[\"vip\"]").await;
    let mut mia = Seat::of(&app, "mia");
    for line in ["campaign list", "campaign new x check_in to all", "P1", "campaign stop P1", "群发 列表"]
    {
        let shown = mia.types(line).await;
        assert!(shown.contains("that takes the role “manager”"), "{line}: {shown}");
    }
    assert_eq!(app.all(Kind::Campaign).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_bought_is_recommended_where_the_store_has_orders() {
    let app = house(None, "").await;
    let all = app.knows(4, "[\"vip\"]").await;
    let store = app.app.store();
    let products: Vec<_> = (0..3).map(|_| store.new_id()).collect();
    let product = |n: usize, name: &str| {
        Change::create(rapport_model::RecordRef::new(Kind::Product, products[n]))
            .with("name", name)
            .with("active", true)
    };
    app.changes(vec![product(0, "Pump"), product(1, "Seal kit"), product(2, "Old tap").with("sku", "T")])
        .await;
    let shown = app.app.workflows.preview("check_in", all[0], None).await.unwrap().unwrap();
    assert!(!shown.body.contains("order"), "nothing is recommended where nothing was bought: {}", shown.body);
    for (customer, bought) in [(0, &[0][..]), (1, &[0, 1]), (2, &[0, 1]), (3, &[2])] {
        let order = rapport_model::RecordRef::new(Kind::Order, store.new_id());
        app.changes(vec![Change::create(order).with("customer", all[customer]).with("state", "placed")])
            .await;
        let lines: Vec<_> = bought.iter().map(|n| (products[*n], 1.0)).collect();
        store.set_lines(order, &lines).await.unwrap();
    }
    app.changes(vec![Change {
        record: rapport_model::RecordRef::new(Kind::Product, products[2]),
        op: rapport_model::Op::Delete,
        fields: Vec::new(),
    }])
    .await;
    let shown = app.app.workflows.preview("check_in", all[0], None).await.unwrap().unwrap();
    assert!(shown.body.contains("Other customers like to order Seal kit."), "{}", shown.body);
    let shown =
        app.app.workflows.preview("check_in_short", all[3], Some(rapport_model::reading::Language::Zh)).await;
    let body = shown.unwrap().unwrap().body;
    assert!(body.contains("比如Pump？"), "{body}");
}
