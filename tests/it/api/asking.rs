//! What is asked wrongly is told as a problem that names the place, and nothing is done.

use rapport::api::types::{CustomerWritten, NewCustomer, NewTask, TaskWritten};
use rapport_model::Clock as _;
use rapport_model::Kind;
use rapport_model::time::DAY;
use serde_json::{Value, json};

use super::{House, SERVED, json as read, problem};

fn fields(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_body_is_named_by_its_field_and_nothing_is_written() {
    let house = House::start().await;
    let secret = house.secret("mia").await;
    house
        .client(&secret)
        .post::<CustomerWritten>(
            "/customers",
            &NewCustomer { email: Some("jan@peer.example".into()), ..Default::default() },
            None,
        )
        .await
        .unwrap();
    let task =
        NewTask { title: "Call".into(), due: house.app.clock.now().plus(DAY), owner: None, about: None };
    house.client(&secret).post::<TaskWritten>("/tasks", &task, None).await.unwrap();
    for (method, path, body, wrong) in [
        ("POST", "/customers", json!({}), &["name"][..]),
        ("POST", "/customers", json!([]), &["body"]),
        ("POST", "/customers", json!({"name": 7}), &["name"]),
        ("POST", "/customers", json!({"name": "\u{200e}\u{1b}[2J"}), &["name"]),
        ("POST", "/customers", json!({"name": "Ann", "tags": "vip"}), &["tags"]),
        ("POST", "/customers", json!({"name": "Ann", "tags": ["x".repeat(41)]}), &["tags[0]"]),
        ("POST", "/customers", json!({"name": "Ann", "nick": "A", "role": "owner"}), &["nick", "role"]),
        ("POST", "/customers", json!({"name": "Ann", "email": "ann"}), &["email"]),
        ("POST", "/customers", json!({"name": "Ann", "email": "mia@brightwater.example"}), &["email"]),
        (
            "POST",
            "/customers",
            json!({"name": "Ann", "email": "jan@peer.example", "anyway": true}),
            &["email"],
        ),
        ("POST", "/customers", json!({"name": "Ann", "phone": "call me"}), &["phone"]),
        ("POST", "/customers", json!({"name": "Ann", "owner": "nemo"}), &["owner"]),
        ("POST", "/customers", json!({"name": "Ann", "zone": "Atlantis"}), &["zone"]),
        ("POST", "/customers", json!({"name": "Ann", "language": "xx"}), &["language"]),
        ("POST", "/customers", json!({"name": "Ann", "company": "F99"}), &["company"]),
        ("PATCH", "/customers/C1", json!({"name": null}), &["name"]),
        ("PATCH", "/customers/C1", json!({"lifecycle": "friend"}), &["lifecycle"]),
        ("PATCH", "/customers/C1", json!({"merged_into": "C2"}), &["merged_into"]),
        ("POST", "/deals", json!({"customer": "C9", "title": "x"}), &["customer"]),
        ("POST", "/deals", json!({"customer": "D1", "title": "x"}), &["customer"]),
        ("POST", "/deals", json!({"customer": "C1", "title": "x", "stage": "moon"}), &["stage"]),
        (
            "POST",
            "/deals",
            json!({"customer": "C1", "title": "x", "amount": {"minor": "1", "currency": "EUR"}}),
            &["amount.minor"],
        ),
        (
            "POST",
            "/deals",
            json!({"customer": "C1", "title": "x", "amount": {"minor": 1, "currency": "€€€"}}),
            &["amount.currency"],
        ),
        (
            "POST",
            "/deals",
            json!({"customer": "C1", "title": "x", "amount": {"minor": 1e20, "currency": "EUR"}}),
            &["amount.minor"],
        ),
        ("POST", "/tasks", json!({"title": "x", "due": "2020-01-01T00:00:00Z"}), &["due"]),
        ("POST", "/tasks", json!({"title": "x", "due": "tomorrow"}), &["due"]),
        ("PATCH", "/tasks/K1", json!({"done": "yes"}), &["done"]),
        ("POST", "/tickets", json!({"customer": "C1", "title": ""}), &["title"]),
        ("POST", "/notes", json!({"about": "K1", "body": "x"}), &["about"]),
    ] {
        let reply = house.sends(&secret, method, path, &body).await;
        assert_eq!(problem(&reply), (422, "invalid".into(), fields(wrong)), "{method} {path} {body}");
    }
    for kind in [Kind::Customer, Kind::Task] {
        assert_eq!(house.app.all(kind).await.len(), 1, "{kind}");
    }
    assert!(house.app.all(Kind::Deal).await.is_empty() && house.app.all(Kind::Note).await.is_empty());
    house.app.advance(2 * DAY).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_before_the_body_is_told_as_a_problem_too() {
    let house = House::start().await;
    let secret = house.secret("ruth").await;
    for (method, path, headers, body, status, name, wrong) in [
        ("GET", "/customers?limit=0", "", "", 400, "malformed", &["limit"][..]),
        ("GET", "/customers?limit=101", "", "", 400, "malformed", &["limit"]),
        ("GET", "/customers?limit=ten", "", "", 400, "malformed", &["limit"]),
        ("GET", "/customers?limit=%2b5", "", "", 400, "malformed", &["limit"]),
        ("GET", "/customers?limit=5&limit=6", "", "", 400, "malformed", &["limit"]),
        ("GET", "/customers?ownr=me&x=", "", "", 400, "malformed", &["ownr", "x"]),
        ("GET", "/customers?owner=nemo", "", "", 400, "malformed", &["owner"]),
        ("GET", "/customers?company=F9", "", "", 400, "malformed", &["company"]),
        ("GET", "/customers?updated_since=today", "", "", 400, "malformed", &["updated_since"]),
        ("GET", "/tickets?status=odd", "", "", 400, "malformed", &["status"]),
        ("GET", "/search?q=", "", "", 400, "malformed", &["q"]),
        ("GET", "/search?expand=1", "", "", 400, "malformed", &["expand"]),
        ("GET", "/digest?days=367", "", "", 400, "malformed", &["days"]),
        ("GET", "/customers/C1", "", "", 404, "not-found", &[]),
        ("GET", "/customers/1", "", "", 404, "not-found", &[]),
        ("GET", "/customers/99999999999999999999", "", "", 404, "not-found", &[]),
        ("GET", "/customers/C99999999999999999999", "", "", 404, "not-found", &[]),
        ("GET", "/customers/F1", "", "", 404, "not-found", &[]),
        ("GET", "/customers/C", "", "", 404, "not-found", &[]),
        ("GET", "/customers/%2e%2e", "", "", 404, "not-found", &[]),
        ("GET", "/customers/", "", "", 404, "not-found", &[]),
        ("GET", "/nothing", "", "", 404, "not-found", &[]),
        ("GET", "/messages/x", "", "", 404, "not-found", &[]),
        ("POST", "/jobs/1/retry", "", "", 404, "not-found", &[]),
        ("DELETE", "/drafts/1", "", "", 404, "not-found", &[]),
        ("POST", "/acts/1/undo", "", "", 404, "not-found", &[]),
        ("POST", "/acts/1/undo", "Content-Type: application/json\r\n", "{}", 400, "malformed", &[]),
        ("DELETE", "/customers", "", "", 405, "wrong-method", &[]),
        ("PUT", "/customers/C1", "", "", 405, "wrong-method", &[]),
        ("OPTIONS", "/customers", "Origin: https://evil.example\r\n", "", 405, "wrong-method", &[]),
        ("POST", "/customers", "", "{}", 415, "wrong-type", &[]),
        ("POST", "/customers", "Content-Type: text/plain\r\n", "{}", 415, "wrong-type", &[]),
        (
            "POST",
            "/customers",
            "Content-Type: application/merge-patch+json\r\n",
            "{}",
            415,
            "wrong-type",
            &[],
        ),
        ("POST", "/customers", "Content-Type: application/json\r\n", "{\"name\":", 400, "malformed", &[]),
        ("POST", "/customers", "Content-Type: application/json\r\n", "\u{feff}{}", 400, "malformed", &[]),
        (
            "POST",
            "/customers",
            "Content-Type: application/json\r\nIdempotency-Key: \r\n",
            "{}",
            400,
            "malformed",
            &["idempotency-key"],
        ),
        (
            "POST",
            "/customers",
            "Content-Type: application/json\r\nIdempotency-Key: a b\r\n",
            "{}",
            400,
            "malformed",
            &["idempotency-key"],
        ),
        (
            "POST",
            "/customers",
            "Content-Type: application/json\r\nIdempotency-Key: a\r\nIdempotency-Key: b\r\n",
            "{}",
            400,
            "malformed",
            &["idempotency-key"],
        ),
    ] {
        let reply = house.asks(&secret, method, path, headers, body).await;
        assert_eq!(
            problem(&reply),
            (status, name.to_owned(), fields(wrong)),
            "{method} {path} {headers:?} {body:?}"
        );
        let is_allowed = reply.header("allow").is_some();
        assert_eq!(is_allowed, status == 405, "{method} {path}");
        assert!(reply.header("access-control-allow-origin").is_none());
    }
    let deep = "[".repeat(10_000);
    let reply = house.asks(&secret, "POST", "/customers", "Content-Type: application/json\r\n", &deep).await;
    assert_eq!(problem(&reply).0, 400, "no stack is that deep");
    let large = format!("{{\"name\":\"{}\"}}", "x".repeat(200_000));
    let reply = house.asks(&secret, "POST", "/customers", "Content-Type: application/json\r\n", &large).await;
    assert_eq!(problem(&reply).1, "too-large");
    assert_eq!(house.asks(&secret, "GET", "/customers", "", "").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_in_headers_changes_none_of_ours() {
    let house = House::start().await;
    let secret = house.secret("mia").await;
    let raw = |line: &str| {
        format!(
            "POST /api/v1/customers HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {secret}\r\n\
         Content-Type: application/json\r\n{line}Content-Length: 14\r\n\r\n{{\"name\":\"Ann\"}}"
        )
    };
    for (line, status) in [
        ("Idempotency-Key: a\rSet-Cookie: x=1\r\n", 400),
        ("Idempotency-Key: a\nSet-Cookie: x=1\r\n", 201),
        ("Idempotency-Key: a%0d%0aSet-Cookie:x=1\r\n", 201),
        ("Idempotency-Key: \u{e9}\r\n", 400),
        ("If-Match: \"1\"\r\nX-Forwarded-For: 10.0.0.1\\r\\nX: y\r\n", 201),
    ] {
        let reply = house.browser.says(raw(line).as_bytes()).await.unwrap();
        assert!(
            reply.header("set-cookie").is_none() && reply.header("x").is_none(),
            "{line:?}: {}",
            reply.head
        );
        // Whoever is made twice is much alike.
        assert!(
            reply.status == status || (status == 201 && reply.status == 409),
            "{line:?}: {} {}",
            reply.head,
            reply.body
        );
    }
    house.app.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_other_origins_may_ask_only_where_the_house_says_so() {
    let origin = "Origin: https://desk.example\r\n";
    let first = format!("{origin}Access-Control-Request-Method: POST\r\n");
    let closed = House::start().await;
    let reply = closed.browser.asks("OPTIONS", "/api/v1/customers", &first, "").await;
    assert_eq!(
        (reply.status, reply.header("access-control-allow-origin"), reply.header("vary")),
        (405, None, None)
    );

    let with = [SERVED[0], ("RAPPORT__HTTP__CORS", "[\"https://desk.example\"]")];
    let open = House::start_set(&with).await;
    let reply = open.browser.asks("OPTIONS", "/api/v1/customers", &first, "").await;
    assert_eq!(
        (reply.status, reply.header("access-control-allow-origin")),
        (204, Some("https://desk.example"))
    );
    assert!(reply.header("access-control-allow-headers").unwrap().contains("authorization"));
    let secret = open.secret("mia").await;
    let reply = open.asks(&secret, "GET", "/me", origin, "").await;
    assert_eq!(
        (reply.status, reply.header("access-control-allow-origin")),
        (200, Some("https://desk.example"))
    );
    for other in ["https://desk.example.evil", "https://evil.example", "null", "http://desk.example"] {
        let reply = open.asks(&secret, "GET", "/me", &format!("Origin: {other}\r\n"), "").await;
        assert_eq!(
            (reply.header("access-control-allow-origin"), reply.header("vary")),
            (None, Some("origin")),
            "{other}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_and_its_page_are_there_for_all() {
    let house = House::start().await;
    let document = house.browser.gets("/api/openapi.json").await;
    let said: Value = read(&document);
    assert_eq!((document.status, &said["openapi"]), (200, &json!("3.1.0")));
    let page = house.browser.gets("/api").await;
    assert_eq!(page.status, 200);
    assert_eq!(page.title(), "API of Brightwater Filters");
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'nonce-"), "{policy}");
    for path in said["paths"].as_object().unwrap().keys() {
        assert!(page.body.contains(&path.replace('/', "&#x2f;")) || page.body.contains(path), "{path}");
    }
    assert!(!page.body.contains("<script") && !page.body.contains("src=") && !page.body.contains("url("));
}
