use rapport::http::links::Link;
use rapport_model::{Actor, Id, Kind, RecordRef};
use rapport_storage::records::Filter;

use super::{house, path, said};
use crate::support::{Browser, Mail, TestApp};

const DONE: (u16, &str) = (200, "You are unsubscribed");

fn one(state: &str) -> (String, String, String) {
    ("automatic".into(), state.into(), "link".into())
}

#[tokio::test(flavor = "multi_thread")]
async fn to_look_at_the_page_changes_nothing_and_its_button_does_once() {
    let (app, ben) = house().await;
    let browser = Browser::of(&app).await;
    let path = path(&app, Link::Unsubscribe(ben));
    for method in ["GET", "HEAD"] {
        assert_eq!(browser.asks(method, &path, "", "").await.status, 200);
    }
    let page = browser.gets(&path).await;
    assert_eq!(page.in_short(), (200, "No more automatic mail?"));
    assert_eq!(page.action(), path);
    assert_eq!(said(&app).await, [], "mail servers follow links, too");

    assert_eq!(browser.posts(&path, "").await.in_short(), DONE);
    assert_eq!(browser.posts(&path, "").await.in_short(), DONE, "again is as good");
    assert_eq!(said(&app).await, [one("denied")]);
    let done = browser.gets(&path).await;
    assert_eq!(done.in_short(), DONE, "who comes back sees how it is");

    let again = done.action();
    assert_eq!(browser.posts(&again, "").await.in_short(), (200, "You are subscribed again"));
    assert_eq!(browser.posts(&again, "").await.status, 200);
    assert_eq!(said(&app).await, [one("denied"), one("granted")]);
    assert_eq!(browser.gets(&again).await.title(), "No more automatic mail?", "a page that is loaded anew");
    let preferences = browser.gets(&path).await.link();
    assert_eq!(browser.gets(&preferences).await.in_short(), (200, "Your mails"));
    browser.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_program_does_it_with_one_click() {
    let multipart =
        "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n";
    for (kind, body) in [
        ("application/x-www-form-urlencoded", "List-Unsubscribe=One-Click"),
        ("multipart/form-data; boundary=b", multipart),
    ] {
        let (app, ben) = house().await;
        let browser = Browser::of(&app).await;
        let headers = format!("Content-Type: {kind}\r\n");
        let reply = browser.asks("POST", &path(&app, Link::Unsubscribe(ben)), &headers, body).await;
        assert_eq!(reply.in_short(), DONE, "at once, without a redirect or a cookie");
        assert_eq!(reply.header("set-cookie"), None);
        assert_eq!(said(&app).await, [one("denied")]);
        browser.ends().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_opt_out_that_was_taken_back_is_none() {
    let (app, ben) = house().await;
    let browser = Browser::of(&app).await;
    browser.posts(&path(&app, Link::Unsubscribe(ben)), "").await;
    let store = app.app.store();
    assert!(store.refusals(ben).await.unwrap().all);
    let consent = app.all(Kind::Consent).await.remove(0).record;
    let act = store.history(consent).await.unwrap().remove(0).act;
    assert_eq!(act.actor, Actor::Service("link".into()));
    store.undo(act.id, Actor::User(app.user("mia").id)).await.unwrap().unwrap();
    assert!(!store.refusals(ben).await.unwrap().all);
    assert_eq!(browser.gets(&path(&app, Link::Unsubscribe(ben))).await.title(), "No more automatic mail?");
    browser.ends().await;
}

/// What a page says but for what is random in it.
fn without_nonce(body: &str) -> String {
    let (start, rest) = body.split_once("nonce=\"").unwrap();
    format!("{start}{}", rest.split_once('"').unwrap().1)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_link_tells_nothing_of_who_is_here_and_does_nothing() {
    let (app, ben) = house().await;
    let browser = Browser::of(&app).await;
    let good = path(&app, Link::Unsubscribe(ben));
    let token = &good["/u/".len()..];
    let flipped = format!("/u/{}{}", if token.starts_with('A') { "B" } else { "A" }, &token[1..]);
    let nobody = path(&app, Link::Unsubscribe(Id(1)));
    let foreign = path(&app, Link::Preferences(ben)).replace("/p/", "/u/");
    let cut = &good[..good.len() - 1];
    let mut pages = Vec::new();
    for wrong in
        [&flipped, &nobody, &foreign, cut, "/u/x", "/u/%C3%A9", "/u/", "/", "/p/x", "/r/x", "/wp-login.php"]
    {
        for page in [browser.gets(wrong).await, browser.posts(wrong, "language=en&score=5").await] {
            if page.status != 405 {
                assert_eq!(page.in_short(), (404, "This link does not work"), "{wrong}");
                pages.push(without_nonce(&page.body));
            }
        }
    }
    pages.dedup();
    assert_eq!(pages.len(), 1, "all of them say the same");
    let put = browser.asks("PUT", &good, "", "").await;
    assert_eq!((put.status, put.header("allow")), (405, Some("GET,HEAD,POST")));
    assert_eq!(said(&app).await, []);
    browser.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_link_of_somebody_who_was_erased_is_as_any_wrong_one() {
    let (app, ben) = house().await;
    let browser = Browser::of(&app).await;
    let (unsubscribe, preferences) = (path(&app, Link::Unsubscribe(ben)), path(&app, Link::Preferences(ben)));
    app.app.erase(ben, Actor::Service("test".into())).await.unwrap().unwrap();
    for path in [&unsubscribe, &preferences] {
        assert_eq!(browser.gets(path).await.in_short(), (404, "This link does not work"));
        assert_eq!(browser.posts(path, "language=en").await.status, 404);
    }
    assert_eq!(said(&app).await, []);
    app.settle().await;
    browser.ends().await;
}

async fn customers(app: &TestApp) -> Vec<RecordRef> {
    app.all(Kind::Customer).await.into_iter().map(|c| c.record).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_link_of_somebody_who_was_merged_is_that_of_who_they_are_now() {
    let (app, ben) = house().await;
    app.receives(Mail::from("Ben Li <ben.li@home.example>").id("h").says("Hello", "It is me, from home."))
        .await;
    let browser = Browser::of(&app).await;
    let [office, home] = customers(&app).await[..] else { panic!() };
    assert_eq!(office.id, ben);
    let store = app.app.store();
    store.merge(home, office, Actor::User(app.user("mia").id)).await.unwrap().unwrap();
    assert_eq!(browser.posts(&path(&app, Link::Unsubscribe(ben)), "").await.in_short(), DONE);
    assert!(store.refusals(home.id).await.unwrap().all);
    let of = |id: Id| Filter { equal: vec![("customer", id.into())], ..Filter::default() };
    assert_eq!(store.list(Kind::Consent, &of(home.id)).await.unwrap().len(), 1);
    app.settle().await;
    browser.ends().await;
}
