//! What a program looks at is noted with its token.

use rapport_model::time::SECOND;
use rapport_storage::reads::Reads;

use super::{House, json};

#[tokio::test(flavor = "multi_thread")]
async fn what_a_program_is_shown_is_noted_with_its_token() {
    let house = House::start().await;
    house.anna_writes().await;
    let secret = house.secret("ruth").await;
    let thread = json(&house.asks(&secret, "GET", "/threads", "", "").await)["items"][0]["id"].clone();
    let thread = thread.as_str().unwrap();
    for path in [
        "/customers",
        "/customers/C1",
        "/customers/C1",
        "/customers/C99",
        "/customers/C1/history",
        &format!("/threads/{thread}"),
        &format!("/threads/{thread}/messages"),
        "/search?q=filters",
        "/users",
    ] {
        house.asks(&secret, "GET", path, "", "").await;
    }
    let etag = house.asks(&secret, "GET", "/customers/C1", "", "").await.header("etag").unwrap().to_owned();
    let again = house.asks(&secret, "GET", "/customers/C1", &format!("If-None-Match: {etag}\r\n"), "").await;
    assert_eq!(again.status, 304);
    house.app.clock.advance(SECOND);
    house.app.settle().await;
    let reads = house.app.app.store().reads(&Reads { limit: 100, ..Reads::default() }).await.unwrap();
    let mut told: Vec<String> = reads
        .iter()
        .map(|read| format!("{} {} {} {}", read.reader.actor(), read.way, read.what, read.n))
        .collect();
    told.sort();
    assert_eq!(
        told,
        [
            "token:1 api card 3",
            "token:1 api found 3",
            "token:1 api history 1",
            "token:1 api list 2",
            "token:1 api message 1",
            "token:1 api thread 1",
        ]
    );
}
