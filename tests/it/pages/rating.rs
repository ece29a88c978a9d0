use rapport::http::links::{Link, RATING_VALID, RatingLink};
use rapport_model::time::DAY;
use rapport_model::{Actor, Change, Id, Kind, Record, RecordRef};
use rapport_storage::work::Work;

use super::{house, path};
use crate::support::{Browser, TestApp};

/// Ben's ticket, which Mia has.
async fn ticket(app: &TestApp, ben: Id) -> RecordRef {
    let store = app.app.store();
    let ticket = RecordRef::new(Kind::Ticket, store.new_id());
    let made = Change::create(ticket)
        .with("title", "Leak")
        .with("customer", ben)
        .with("owner", app.user("mia").id)
        .with("status", "closed");
    store.commit(vec![Work::of(store.act("test"), vec![made])]).await.unwrap();
    ticket
}

fn asked(app: &TestApp, customer: Id, about: Option<RecordRef>) -> String {
    let rating = app.app.store().new_id();
    path(app, Link::Rating(RatingLink { customer, rating, about }))
}

async fn ratings(app: &TestApp) -> Vec<Record> {
    app.all(Kind::Rating).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rating_is_one_for_its_link_and_the_last_word_counts() {
    let (app, ben) = house().await;
    let browser = Browser::of(&app).await;
    let ticket = ticket(&app, ben).await;
    let path = asked(&app, ben, Some(ticket));
    let page = browser.gets(&path).await;
    assert_eq!((page.title(), page.action()), ("How did we do?", path.clone()));
    assert!(page.body.contains("Mia Tan from Brightwater Filters looked after your request."));
    assert_eq!(page.body.matches("type=\"radio\"").count(), 5);
    assert!(!page.body.contains(" checked"), "no star is suggested");
    assert_eq!(ratings(&app).await, [], "to look changes nothing");

    let thanks = browser.posts(&path, "score=2&comment=Too+slow.%0D%0A%3C%2Ftextarea%3E%3Cscript%3E").await;
    assert_eq!(thanks.in_short(), (200, "Thank you!"));
    assert!(thanks.body.contains("You gave us 2 stars."));
    let [first] = &ratings(&app).await[..] else { panic!() };
    let id = |field| first.get(field).id();
    assert_eq!(
        (id("customer"), id("ticket"), id("owner")),
        (Some(ben), Some(ticket.id), Some(app.user("mia").id))
    );
    assert_eq!(first.text("comment"), "Too slow.\n</textarea><script>");

    app.advance(59 * DAY).await;
    let page = browser.gets(&thanks.link()).await;
    assert!(page.body.contains("value=\"2\" required checked"), "{}", page.body);
    assert!(
        page.body.contains("Too slow.\n&lt;&#x2f;textarea&gt;&lt;script&gt;</textarea>"),
        "{}",
        page.body
    );
    assert_eq!(browser.posts(&path, "score=5&comment=").await.status, 200);
    assert_eq!(browser.posts(&path, "score=5").await.status, 200, "the same again");
    let [last] = &ratings(&app).await[..] else { panic!() };
    assert_eq!((last.record, last.get("score").int(), last.text("comment")), (first.record, Some(5), ""));
    assert_eq!(app.app.store().history(last.record).await.unwrap().len(), 2);

    let other = asked(&app, ben, None);
    browser.posts(&other, "score=4").await;
    assert_eq!(ratings(&app).await.len(), 2, "another link is another rating");
    app.settle().await;
    browser.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_rating_is_said_and_what_was_written_is_not_lost() {
    let (app, ben) = house().await;
    let browser = Browser::of(&app).await;
    let path = asked(&app, ben, None);
    for wrong in ["", "score=0", "score=6", "score=-1", "score=2.5", "score=five", "score=256", "score="] {
        let page = browser.posts(&path, &format!("{wrong}&comment=My+words")).await;
        assert_eq!(page.in_short(), (422, "How did we do?"), "{wrong}");
        assert!(page.body.contains("role=\"alert\"") && page.body.contains("My words</textarea>"), "{wrong}");
    }
    let words = |n: usize| format!("score=3&comment={}", "%E5%A5%BD".repeat(n));
    assert_eq!(browser.posts(&path, &words(2_001)).await.in_short(), (422, "That did not work"));
    assert_eq!(browser.posts(&path, &words(2_500)).await.in_short(), (413, "That did not work"));
    assert_eq!(ratings(&app).await, []);
    assert_eq!(browser.posts(&path, &words(2_000)).await.status, 200);
    assert_eq!(ratings(&app).await[0].text("comment"), "好".repeat(2_000));
    browser.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_to_a_rating_is_good_for_sixty_days_and_for_who_is_here() {
    let (app, ben) = house().await;
    let browser = Browser::of(&app).await;
    let path = asked(&app, ben, None);
    app.advance(RATING_VALID).await;
    assert_eq!(browser.posts(&path, "score=4").await.status, 200);
    app.advance(DAY).await;
    for page in [browser.gets(&path).await, browser.posts(&path, "score=1").await] {
        assert_eq!(page.in_short(), (410, "This link has expired"));
    }
    assert_eq!(ratings(&app).await[0].get("score").int(), Some(4));

    let path = asked(&app, ben, None);
    let store = app.app.store();
    app.app.erase(ben, Actor::Service("test".into())).await.unwrap().unwrap();
    assert_eq!(browser.posts(&path, "score=1").await.in_short(), (404, "This link does not work"));
    assert_eq!(store.count(Kind::Rating).await.unwrap(), 1);
    app.settle().await;
    browser.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sent_twice_at_once_it_is_one_rating() {
    let (app, ben) = house().await;
    let browser = Browser::of(&app).await;
    for _ in 0..8 {
        let path = asked(&app, ben, None);
        let replies = tokio::join!(
            browser.posts(&path, "score=4"),
            browser.posts(&path, "score=4"),
            browser.posts(&path, "score=4")
        );
        assert_eq!((replies.0.status, replies.1.status, replies.2.status), (200, 200, 200));
    }
    assert_eq!(ratings(&app).await.len(), 8);
    browser.ends().await;
}
