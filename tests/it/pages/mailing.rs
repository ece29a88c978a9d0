use rapport::http::links::Link;
use rapport_model::Kind;
use rapport_model::consent::Purpose;
use rapport_model::time::{DAY, HOUR};
use rapport_storage::work::Work;

use super::{house, mail, path};
use crate::support::{Browser, Mail, TestApp, rules_without_schedules};

const BASE: &str = "https://crm.brightwater.example";

/// A mail with its lines unfolded and its quoted-printable undone.
fn plain(raw: &str) -> String {
    raw.replace("\r\n ", " ").replace("=\r\n", "").replace("=3D", "=")
}

async fn answers(app: &TestApp) {
    app.advance(HOUR).await;
    let answer = Mail::from("Mia Tan <mia@brightwater.example>").to("ben@hotel.example").id("a").answers("q");
    app.receives(answer.says("Re: Price", "They cost 1,900 EUR each. Shall I reserve them for you?")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follow_up_says_how_it_is_stopped_and_is() {
    let (app, ben) = house().await;
    let browser = Browser::of(&app).await;
    answers(&app).await;
    app.advance(4 * DAY).await;
    let [first] = &app.outgoing()[..] else { panic!("{:?}", app.outgoing()) };
    let path = path(&app, Link::Unsubscribe(ben));
    let first = plain(first);
    let line =
        format!("If you would rather not get automatic mails from us, a click is enough: {BASE}{path}");
    for part in [
        &format!("List-Unsubscribe: <{BASE}{path}>\r\n"),
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
        &line,
    ] {
        assert!(first.contains(part), "{part} is missing in\n{first}");
    }
    assert_eq!(browser.posts(&path, "List-Unsubscribe=One-Click").await.status, 200);
    app.advance(60 * DAY).await;
    assert_eq!(app.outgoing().len(), 1, "the second and the third are not written");
    browser.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_mailings_say_so_and_only_where_pages_are_served() {
    let write = "[[rule]]\nname = \"acknowledge\"\nwhen = { first_message = true }\ndo = [{ write = \"acknowledgement\" }]\n";
    let rules = format!("{}\n{write}", rules_without_schedules());
    let app = TestApp::start_set(Some(&rules), &crate::support::SERVED).await;
    app.receives(Mail::from("Ben Li <ben@hotel.example>").id("q").says("Price", "What does a filter cost?"))
        .await;
    let [answer] = &app.outgoing()[..] else { panic!("{:?}", app.outgoing()) };
    assert!(answer.contains("has arrived") && !answer.contains("List-Unsubscribe"), "{answer}");

    let app = TestApp::start_without_schedules().await;
    app.receives(Mail::from("Ben Li <ben@hotel.example>").id("q").says("Price", "What does a filter cost?"))
        .await;
    answers(&app).await;
    app.advance(4 * DAY).await;
    let [follow_up] = &app.outgoing()[..] else { panic!("{:?}", app.outgoing()) };
    assert!(!follow_up.contains("List-Unsubscribe"), "{follow_up}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_line_is_in_the_language_of_the_customer_and_in_both_forms_of_the_mail() {
    let (app, ben) = house().await;
    let browser = Browser::of(&app).await;
    browser
        .posts(&path(&app, Link::Preferences(ben)), "language=zh&answer=on&follow_up=on&survey=on&news=on")
        .await;
    let html = "<html><body><p>Words</p></body></html>".to_owned();
    let asks = rapport_model::job::Outbound { html: Some(html), ..mail(&app, ben, Some(Purpose::FollowUp)) };
    app.app.store().commit(vec![Work { outbox: vec![asks], ..Work::default() }]).await.unwrap();
    app.settle().await;
    let options = rapport::channel::email::ParseOptions::at(rapport_model::Clock::now(&*app.clock));
    let sent = rapport::channel::email::parse(app.outgoing().remove(0).into_bytes(), "test", &options);
    let link = format!("{BASE}{}", path(&app, Link::Unsubscribe(ben)));
    let body = &sent.content.as_ref().unwrap().body;
    assert!(body.contains(&format!("如果您不想再收到我们自动发送的邮件，点一下这里即可：{link}")), "{body}");
    let raw = plain(&app.outgoing()[0]);
    assert!(raw.contains(&format!("<a href=\"{link}\">{link}</a></p></body></html>")), "{raw}");
    browser.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_not_sent_to_whoever_refuses_it_meanwhile_and_a_colleagues_mail_is() {
    let (app, ben) = house().await;
    let browser = Browser::of(&app).await;
    let store = app.app.store();
    let all = "language=en&answer=on&follow_up=on&survey=on&news=on";
    browser.posts(&path(&app, Link::Preferences(ben)), all).await;
    let waiting = [Some(Purpose::FollowUp), Some(Purpose::News), Some(Purpose::Answer), None]
        .map(|purpose| mail(&app, ben, purpose));
    let ids = waiting.each_ref().map(|one| one.id);
    store.commit(vec![Work { outbox: waiting.into(), ..Work::default() }]).await.unwrap();
    // No news; the rest as before.
    browser.posts(&path(&app, Link::Preferences(ben)), "language=en&answer=on&follow_up=on&survey=on").await;
    app.settle().await;
    let mut fates = Vec::new();
    for id in ids {
        let one = store.outgoing(id).await.unwrap().unwrap();
        fates.push((one.state, one.last_error.unwrap_or_default()));
    }
    let sent = || ("sent".to_owned(), String::new());
    let refused =
        |purpose| ("cancelled".to_owned(), format!("the customer wants no such mail any more ({purpose})"));
    assert_eq!(fates, [sent(), refused("news"), sent(), sent()]);
    let listed = store.unsent(10).await.unwrap();
    assert_eq!(
        listed.iter().map(|one| one.message.id).collect::<Vec<_>>(),
        [ids[1]],
        "`rapport outbox` shows it"
    );

    let never = TestApp::start_set(Some(rules_without_schedules()), &crate::support::SERVED).await;
    never
        .receives(Mail::from("Ben Li <ben@hotel.example>").id("q").says("Price", "What does it cost?"))
        .await;
    let stranger = never.all(Kind::Customer).await.remove(0).record.id;
    let news = mail(&never, stranger, Some(Purpose::News));
    let id = news.id;
    never.app.store().commit(vec![Work { outbox: vec![news], ..Work::default() }]).await.unwrap();
    never.settle().await;
    let fate = never.app.store().outgoing(id).await.unwrap().unwrap();
    assert_eq!(fate.last_error.as_deref(), Some("the customer never said yes to such mail (news)"));

    browser.posts(&path(&app, Link::Unsubscribe(ben)), "").await;
    let more = [Some(Purpose::FollowUp), Some(Purpose::Answer), None].map(|purpose| mail(&app, ben, purpose));
    let ids = more.each_ref().map(|one| one.id);
    store.commit(vec![Work { outbox: more.into(), ..Work::default() }]).await.unwrap();
    app.settle().await;
    let mut states = Vec::new();
    for id in ids {
        states.push(store.outgoing(id).await.unwrap().unwrap().state);
    }
    assert_eq!(states, ["cancelled", "cancelled", "sent"]);
    app.advance(8 * DAY).await;
    assert_eq!(store.unsent(10).await.unwrap(), [], "a week later it is no news any more");
    browser.ends().await;
}
