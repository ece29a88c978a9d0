//! What is asked under a key is done once, whatever happens between.

use rapport::api::types::{CustomerWritten, NewCustomer, Undone};
use rapport_model::Kind;
use rapport_model::time::DAY;
use serde_json::{Value, json};

use super::{House, SERVED, json as read, problem};
use crate::support::{Database, TestApp};

const KEY: &str = "Content-Type: application/json\r\nIdempotency-Key: order-7\r\n";

impl House {
    async fn under_key(&self, secret: &str, method: &str, path: &str, body: &Value) -> crate::support::Reply {
        self.asks(secret, method, path, KEY, &body.to_string()).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_under_a_key_is_answered_once_more_and_another_is_refused() {
    let house = House::start().await;
    let (secret, other) = (house.secret("mia").await, house.secret("leo").await);
    let ann = json!({"name": "Ann Lee", "email": "ann@lee.example"});
    let first = house.under_key(&secret, "POST", "/customers", &ann).await;
    assert_eq!((first.status, first.header("idempotency-replayed")), (201, None), "{}", first.body);
    let again = house.under_key(&secret, "POST", "/customers", &ann).await;
    assert_eq!((again.status, again.header("idempotency-replayed")), (201, Some("true")));
    assert_eq!(
        (read(&again), again.header("etag"), again.header("location")),
        (read(&first), first.header("etag"), first.header("location"))
    );
    let id = read(&first)["record"]["id"].as_str().unwrap().to_owned();
    assert_eq!(first.header("location"), Some(format!("/api/v1/customers/{id}").as_str()));

    for (method, path, body) in [
        ("POST", "/customers", json!({"name": "Ann Lea"})),
        ("POST", "/companies", json!({"name": "Ann Lee"})),
        ("PATCH", "/customers/C1", json!({"name": "Ann Lea"})),
    ] {
        let reply = house.under_key(&secret, method, path, &body).await;
        assert_eq!(
            problem(&reply),
            (422, "invalid".into(), vec!["idempotency-key".into()]),
            "{method} {path}"
        );
    }
    // Another token's key is another key.
    let theirs = house.under_key(&other, "POST", "/companies", &json!({"name": "Lee Ltd"})).await;
    assert_eq!(theirs.status, 201, "{}", theirs.body);
    assert_eq!(house.app.all(Kind::Customer).await.len(), 1);

    // What was refused was not done, and can be asked anew.
    let key = "Content-Type: application/json\r\nIdempotency-Key: order-8\r\n";
    let wrong = house
        .asks(&secret, "POST", "/deals", key, &json!({"customer": "C9", "title": "x"}).to_string())
        .await;
    assert_eq!(wrong.status, 422);
    let right = house
        .asks(&secret, "POST", "/deals", key, &json!({"customer": "C1", "title": "x"}).to_string())
        .await;
    assert_eq!(right.status, 201, "{}", right.body);

    house.app.advance(DAY).await;
    let later = house.under_key(&secret, "POST", "/companies", &json!({"name": "Later Ltd"})).await;
    assert_eq!(
        (later.status, later.header("idempotency-replayed")),
        (201, None),
        "a day later the key is new"
    );
    house.app.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_under_one_key_make_one_record() {
    let house = House::start().await;
    let secret = house.secret("mia").await;
    let ann = json!({"name": "Ann Lee"});
    let asked = (0..12).map(|_| house.under_key(&secret, "POST", "/customers", &ann));
    let replies = futures_util::future::join_all(asked).await;
    let made = replies.iter().filter(|reply| reply.status == 201).count();
    assert!(made >= 1, "{:?}", replies[0].body);
    for reply in replies.iter().filter(|reply| reply.status != 201) {
        assert_eq!(problem(reply).0, 409, "it is being done");
    }
    let first =
        replies.iter().filter(|r| r.header("idempotency-replayed").is_none() && r.status == 201).count();
    assert_eq!((first, house.app.all(Kind::Customer).await.len()), (1, 1));
    house.app.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_outlives_the_process_and_so_does_its_answer() {
    let House { app, browser } = House::start().await;
    let house = House { app, browser };
    let secret = house.secret("mia").await;
    let client = house.client(&secret);
    let new = NewCustomer { name: Some("Ann Lee".into()), ..NewCustomer::default() };
    let made: CustomerWritten = client.post("/customers", &new, Some("k1")).await.unwrap();
    let act = made.act.unwrap();
    let undone: Undone = client.act(&format!("/acts/{act}/undo"), Some("k2")).await.unwrap();
    house.browser.ends().await;
    let house = House::of(house.app.dies(&SERVED).await).await;
    let client = house.client(&secret);
    let again: CustomerWritten = client.post("/customers", &new, Some("k1")).await.unwrap();
    assert_eq!(again.act, Some(act));
    assert_eq!(again.record.unwrap().id, made.record.unwrap().id);
    let undone_again: Undone = client.act(&format!("/acts/{act}/undo"), Some("k2")).await.unwrap();
    assert_eq!(undone_again, undone);
    assert_eq!(house.app.all(Kind::Customer).await.len(), 0);
    house.app.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_that_are_asked_at_once_under_one_key_do_it_once() {
    let Some(database) = Database::new(&[]).await else { return };
    let url = database.url();
    let first = House::of(TestApp::start_on(Some(&url), &SERVED).await).await;
    let second = House::of(first.app.neighbour_on(&url, &SERVED).await).await;
    // What one process made is good at the other.
    let secret = first.secret("mia").await;
    for round in 0..20 {
        let body = json!({"name": format!("Person {round}"), "anyway": true});
        let key = format!("Content-Type: application/json\r\nIdempotency-Key: round-{round}\r\n");
        let asks =
            async |house: &House| house.asks(&secret, "POST", "/customers", &key, &body.to_string()).await;
        let (one, other) = tokio::join!(asks(&first), asks(&second));
        assert_eq!((one.status, other.status), (201, 201), "{} {}", one.body, other.body);
        let id = |reply| read(reply)["record"]["id"].clone();
        assert_eq!(id(&one), id(&other), "round {round}");
        let replayed = [&one, &other].map(|reply| reply.header("idempotency-replayed").is_some());
        assert_ne!(replayed[0], replayed[1], "round {round}");
        // Of two who saw the same state one changes it.
        let etag = one.header("etag").unwrap().to_owned();
        let path = format!("/customers/{}", id(&one).as_str().unwrap());
        let headers = format!("Content-Type: application/json\r\nIf-Match: {etag}\r\n");
        let change = async |house: &House, name: &str| {
            house.asks(&secret, "PATCH", &path, &headers, &json!({"name": name}).to_string()).await.status
        };
        let (one, other) = tokio::join!(change(&first, "One"), change(&second, "Other"));
        let mut both = [one, other];
        both.sort_unstable();
        assert_eq!(both, [200, 412], "round {round}");
    }
    assert_eq!(first.app.all(Kind::Customer).await.len(), 20);
    for house in [first, second] {
        house.browser.ends().await;
        house.app.settle().await;
    }
}
