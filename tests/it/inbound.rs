//! Other programs send us records, over a real socket.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use rapport_model::time::{HOUR, MINUTE, SECOND};
use rapport_model::{Actor, Clock as _, Kind};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::support::{Browser, Reply, SERVED, TestApp, rules_without_schedules};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const TOKEN: &str = "open-sesame-of-the-shop";

async fn house() -> (TestApp, Browser) {
    let people = format!(
        "{{ kind = 'customers', each = '/data/items', key = 'attr:crm', secret = '{SECRET}', \
         map = {{ email = '/contact/email', name = '/contact/name', tags = '/tags', 'attr:crm' = '/id' }} }}"
    );
    let orders = format!(
        "{{ kind = 'orders', token = '{TOKEN}', map = {{ reference = '/number', email = '/email', \
         amount = '/total', currency = '/currency', placed_at = '/at' }} }}"
    );
    let set = [
        SERVED[0],
        SERVED[1],
        ("RAPPORT__INBOUND__SHOP", people.as_str()),
        ("RAPPORT__INBOUND__TILL", orders.as_str()),
    ];
    let app = TestApp::start_set(Some(rules_without_schedules()), &set).await;
    let browser = Browser::of(&app).await;
    (app, browser)
}

/// Signs with a secret as of a time.
fn signed(app: &TestApp, secret: &str, id: &str, ago: i64, body: &str) -> String {
    let at = (app.clock.now().micros() - ago) / SECOND;
    let key = STANDARD.decode(secret.trim_start_matches("whsec_")).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(format!("{id}.{at}.{body}").as_bytes());
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    format!("webhook-id: {id}\r\nwebhook-timestamp: {at}\r\nwebhook-signature: v1,{signature}\r\n")
}

async fn sends(app: &TestApp, browser: &Browser, id: &str, body: &Value) -> Reply {
    let body = body.to_string();
    let head = signed(app, SECRET, id, 0, &body);
    let reply = browser.asks("POST", "/in/shop", &head, &body).await;
    app.settle().await;
    reply
}

fn person(id: &str, name: &str, email: &str) -> Value {
    json!({ "id": id, "contact": { "name": name, "email": email }, "tags": ["web"] })
}

fn results(reply: &Reply) -> Vec<String> {
    let said: Value = serde_json::from_str(&reply.body).unwrap();
    said["items"].as_array().unwrap().iter().map(|item| item["result"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_becomes_records_and_each_is_answered_for() {
    let (app, browser) = house().await;
    let wrong = json!({ "id": "4", "contact": { "name": 7, "email": "dan@x.example" } });
    let all = json!({ "data": { "items": [
        person("1", "Ann", "ann@x.example"), person("2", "Bob", "nobody"), person("3", "Cy", "cy@x.example"), wrong,
    ] } });
    let reply = sends(&app, &browser, "msg_1", &all).await;
    assert_eq!(
        (reply.status, results(&reply)),
        (200, ["new", "refused", "new", "refused"].map(String::from).to_vec())
    );
    let said: Value = serde_json::from_str(&reply.body).unwrap();
    assert_eq!(said["items"][1]["errors"], json!([{ "field": "email", "what": "cannot be read as such" }]));
    assert_eq!(said["items"][3]["errors"][0]["what"], "cannot be read as such: it is a number");
    assert!(!reply.body.contains("nobody"), "what was sent is not said again");
    let people = app.all(Kind::Customer).await;
    assert_eq!(people.iter().map(|p| p.text("name")).collect::<Vec<_>>(), ["Ann", "Cy"]);
    let history = app.app.store().history(people[0].record).await.unwrap();
    assert_eq!(history[0].act.actor, Actor::Service("inbound shop".into()));

    let next = json!({ "data": { "items": [person("1", "Ann Smith", "ann@x.example"), person("3", "Cy", "cy@x.example")] } });
    let reply = sends(&app, &browser, "msg_2", &next).await;
    assert_eq!(results(&reply), ["changed", "unchanged"]);
    // One batch is one undo.
    let batches = app.app.store().imports(10).await.unwrap();
    assert_eq!(batches.len(), 2);
    let undone =
        app.app.store().undo_import(batches[0].id, Actor::Service("test".into()), |_, _| ()).await.unwrap();
    assert!(undone.is_ok());
    assert_eq!(app.again(people[0].record).await.text("name"), "Ann");
    app.settle().await;
    browser.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_once_more_does_nothing_and_is_answered_the_same() {
    let (app, browser) = house().await;
    let all = json!({ "data": { "items": [person("1", "Ann", "ann@x.example")] } });
    let first = sends(&app, &browser, "msg_1", &all).await;
    let changed = json!({ "data": { "items": [person("1", "Ann Smith", "ann@x.example")] } });
    app.clock.set(app.clock.now().plus(HOUR));
    let again = sends(&app, &browser, "msg_1", &changed).await;
    assert_eq!((again.status, &again.body), (200, &first.body));
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(app.all(Kind::Customer).await[0].text("name"), "Ann");
    // What was refused as a whole can be sent again.
    let bad = json!({ "data": { "items": [person("9", "Bob", "nobody")] } });
    let refused = sends(&app, &browser, "msg_2", &bad).await;
    assert_eq!((refused.status, refused.header("content-type")), (422, Some("application/problem+json")));
    assert!(refused.body.contains("\"1.email\""), "{}", refused.body);
    assert_eq!(results(&sends(&app, &browser, "msg_2", &changed).await), ["changed"]);
    browser.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_cannot_prove_who_they_are_changes_nothing() {
    let (app, browser) = house().await;
    let body = json!({ "data": { "items": [person("1", "Ann", "ann@x.example")] } }).to_string();
    let good = signed(&app, SECRET, "m", 0, &body);
    let other = signed(&app, "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "m", 0, &body);
    for (path, head, body, why) in [
        ("/in/shop", String::new(), body.as_str(), "nothing is proven"),
        ("/in/shop", other, &body, "another secret"),
        ("/in/shop", good.clone(), &body.replace("Ann", "Eve"), "other words"),
        ("/in/shop", signed(&app, SECRET, "m", 6 * MINUTE, &body), &body, "of long ago"),
        ("/in/shop", signed(&app, SECRET, "m", -6 * MINUTE, &body), &body, "of the future"),
        ("/in/shop", good.replace("webhook-id: m", "webhook-id: n"), &body, "under another id"),
        ("/in/none", good.clone(), &body, "no such name"),
        ("/in/till", good.clone(), &body, "a signature where a token is wanted"),
        ("/in/till", "Authorization: Bearer open-sesame\r\n".into(), &body, "a part of the token"),
    ] {
        let reply = browser.asks("POST", path, &head, body).await;
        assert_eq!(reply.status, 401, "{why}: {}", reply.body);
        assert_eq!(reply.header("content-type"), Some("application/problem+json"));
    }
    for status in [401, 429] {
        assert_eq!(
            browser.asks("POST", "/in/shop", "", "x").await.status,
            status,
            "soon they are slowed down"
        );
    }
    assert_eq!(browser.asks("POST", "/in/shop", &good, &body).await.status, 200, "and nobody else is");
    let evil = "Authorization: Bearer é\r\nwebhook-id: a b\r\n";
    assert_eq!(browser.asks("POST", "/in/till", evil, "{}").await.status, 429);
    app.settle().await;
    assert_eq!(app.all(Kind::Customer).await.len(), 1);
    browser.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_record_is_refused_and_says_why() {
    let (app, browser) = house().await;
    let token = format!("Authorization: Bearer {TOKEN}\r\n");
    let till = async |body: &str| browser.asks("POST", "/in/till", &token, body).await;
    for (body, status, says) in [
        ("{", 400, "no JSON"),
        ("7", 422, "no list and no object"),
        ("null", 422, "there is nothing"),
        ("[7]", 422, "no JSON object"),
        ("{\"number\":\"A1\",\"total\":\"a lot\"}", 422, "\"1.amount\""),
        ("{\"total\":7}", 422, "\"1.reference\""),
        ("{\"number\":\"A1\",\"email\":\"support@brightwater.example\"}", 422, "an address of the house"),
    ] {
        let reply = till(body).await;
        assert_eq!(reply.status, status, "{body}: {}", reply.body);
        assert!(reply.body.contains(says), "{body}: {}", reply.body);
    }
    assert_eq!(till(&"x".repeat((1 << 20) + 1)).await.status, 413);
    let order = r#"{"number":"A1","email":"ann@gmail.com","total":120.5,"currency":"EUR","at":"2026-03-01"}"#;
    assert_eq!(results(&till(order).await), ["new"]);
    assert_eq!(results(&till(order).await), ["unchanged"], "without an id the record tells");
    assert_eq!(app.all(Kind::Order).await.len(), 1);
    app.settle().await;
    let log = app.app.store().intakes("inbound till", 20).await.unwrap();
    assert!(log.len() >= 4 && log.iter().all(|one| !one.answer.contains("ann@")));
    browser.ends().await;
}
