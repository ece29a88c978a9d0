//! What people ask by mail about what is held of them: recognised, proven, put before a manager with the time
//! limit of the law, and answered by a person alone.

use rapport::channel::email::{ParseOptions, parse};
use rapport_model::time::DAY;
use rapport_model::{Kind, Record};

use crate::campaigns::Seat;
use crate::support::{Browser, Mail, SERVED, TestApp, rules_without_schedules};

const BEN: &str = "Ben Li <ben@hotel.example>";

async fn house() -> TestApp {
    TestApp::start_set(Some(rules_without_schedules()), &SERVED).await
}

/// Ben writes; the house's own server may have found that it is his mail.
async fn writes(app: &TestApp, id: &str, body: &str, proven: bool) {
    let mail = Mail::from(BEN).id(id).says("My data", body);
    let found = "Authentication-Results: mx.brightwater.example; dmarc=pass header.from=hotel.example";
    let mail = if proven { mail.header(found) } else { mail };
    let server = Some("mx.brightwater.example".to_owned());
    let options = ParseOptions { authserv_id: server, ..ParseOptions::at(app.now()) };
    app.app.workflows.ingest(vec![parse(mail.bytes(app.now()), "test", &options)]).await.unwrap();
    app.settle().await;
}

async fn requests(app: &TestApp) -> Vec<Record> {
    app.all(Kind::PrivacyRequest).await
}

fn told(app: &TestApp, text: &str) -> Vec<String> {
    let notices = app.notices().into_iter().filter(|sent| sent.message.text == text);
    notices.map(|sent| format!("{}\n{}", sent.message.subject, sent.message.body)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_noted_with_its_time_limit_and_put_before_the_managers() {
    let app = house().await;
    writes(&app, "a", "Please send me a copy of my data. Then delete my account.", true).await;
    let [request] = &requests(&app).await[..] else { panic!() };
    let text = |field| request.text(field).to_owned();
    assert_eq!(
        [text("rights"), text("law"), text("state"), text("proven_by")],
        ["access,erase", "gdpr", "verified", "mail"]
    );
    // A month later, by the clocks of Berlin, where summer has begun.
    assert_eq!(request.get("due").time().unwrap().to_string(), "2026-04-04T21:59:00Z");
    let ticket = app.all(Kind::Ticket).await.remove(0);
    assert_eq!(request.get("ticket").id(), Some(ticket.record.id));
    let told = told(&app, "alert_request");
    assert_eq!(told.len(), 1, "Ruth alone is a manager: {told:?}");
    assert!(told[0].contains("Ben Li (C1) asks for access and erasure"), "{told:?}");
    assert!(told[0].contains("It is proven that it is they.") && told[0].contains("(31 days)"), "{told:?}");

    writes(&app, "b", "I ask you once more: please delete my data!", true).await;
    assert_eq!(requests(&app).await.len(), 1, "the same is asked for once");
    writes(&app, "c", "And do not sell my personal information.", true).await;
    assert_eq!(requests(&app).await[1].text("rights"), "no_sale", "what is new is a further request");
    writes(&app, "d", "Please delete my last order and remove item 3.", true).await;
    assert_eq!(requests(&app).await.len(), 2);

    let mut ruth = Seat::of(&app, "ruth");
    let list = ruth.types("privacy requests").await;
    assert!(list.contains("2 privacy requests to answer") && list.contains("31 days left"), "{list}");
    let card = ruth.types("show T1").await;
    assert!(card.contains("Privacy requests") && card.contains("R1 Ben Li"), "on the ticket's card: {card}");
    let card = ruth.presses("R1").await;
    for part in ["R1 Privacy request of C1 Ben Li", "Export", "Erase", "Restrict", "Refuse", "Extend", "GDPR"]
    {
        assert!(card.contains(part), "{part}: {card}");
    }
    assert!(Seat::of(&app, "mia").types("privacy requests").await.contains("manager"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_proven_is_not_done_until_they_followed_the_link() {
    let app = house().await;
    writes(&app, "a", "As a California resident I ask you to delete my data.", false).await;
    let request = requests(&app).await.remove(0);
    assert_eq!((request.text("law"), request.text("state")), ("ccpa", "open"));
    assert_eq!(request.get("due").time().unwrap().to_string(), "2026-04-18T21:59:00Z", "45 days");
    let mut ruth = Seat::of(&app, "ruth");
    for asked in ["privacy erase R1", "privacy export R1", "privacy restrict R1", "privacy done R1"] {
        let seen = ruth.types(asked).await;
        assert!(seen.contains("It is not proven that it is they who ask"), "{asked}: {seen}");
    }
    let sent = ruth.presses("Send link").await;
    assert!(sent.contains("A link went to the address held of C1 Ben Li"), "{sent}");
    app.settle().await;
    let mails = app.outgoing();
    let [mail] = &mails[..] else { panic!("{mails:?}") };
    assert!(mail.contains("ben@hotel.example"), "{mail}");
    let flat = mail.replace("=\r\n", "").replace("=\n", "").replace("=3D", "=");
    let at = flat.find("/v/").unwrap_or_else(|| panic!("{mail}"));
    let path: String = flat[at..].chars().take_while(|c| !c.is_whitespace()).collect();

    let browser = Browser::of(&app).await;
    let page = browser.gets(&path).await;
    assert_eq!((page.title(), page.action()), ("Was it you?", path.clone()));
    assert!(page.body.contains("erasure"), "{}", page.body);
    assert_eq!(requests(&app).await[0].text("state"), "open", "to look changes nothing");
    assert_eq!(browser.gets(&format!("{path}x")).await.status, 404);
    assert_eq!(browser.posts(&path, "").await.in_short(), (200, "Thank you"));
    let proven = requests(&app).await.remove(0);
    assert_eq!((proven.text("state"), proven.text("proven_by")), ("verified", "link"));
    app.notices();
    app.settle().await;
    assert_eq!(told(&app, "alert_request_proven").len(), 1);
    browser.posts(&path, "").await;
    app.settle().await;
    assert_eq!(told(&app, "alert_request_proven").len(), 0, "twice is once");

    assert!(ruth.types("privacy erase R1").await.contains("Erase C1 Ben Li for good"));
    let erased = ruth.presses("Erase C1 Ben Li").await;
    assert!(erased.contains("C1"), "{erased}");
    let left = requests(&app).await.remove(0);
    assert_eq!((left.text("rights"), left.text("state")), ("erase", "done"), "that they asked is kept");
    assert_eq!(left.get("answered_by").id(), Some(app.user("ruth").id));
    assert!(ruth.types("show R1").await.contains("R1 Privacy request"), "without the person");
    assert_eq!(browser.gets(&path).await.status, 404, "nobody is there any more");
    app.settle().await;
    browser.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_refuses_extends_and_takes_it_back() {
    let app = house().await;
    writes(&app, "a", "我反对你们将我的个人信息用于营销。", true).await;
    let mut ruth = Seat::of(&app, "ruth");
    assert!(ruth.types("privacy extend R1").await.contains("Why does R1 take longer?"));
    let seen = ruth.types("we look through old paper").await;
    assert!(seen.contains("R1 is to be answered by Thu 4 Jun 2026, 23:59 now"), "two months more: {seen}");
    assert!(ruth.types("隐私 延期 R1：再多一些").await.contains("more time once"));
    let request = requests(&app).await.remove(0);
    assert_eq!(request.text("extension"), "we look through old paper");
    ruth.types("隐私 拒绝 R1：与本人无关").await;
    let refused = requests(&app).await.remove(0);
    assert_eq!((refused.text("state"), refused.text("reason")), ("refused", "与本人无关"));
    assert!(ruth.types("privacy done R1").await.contains("R1 was answered before: refused"));
    assert!(ruth.types("privacy requests").await.contains("No privacy request waits"));
    ruth.types("undo").await;
    assert_eq!(requests(&app).await[0].text("state"), "verified");
    ruth.types("privacy done R1").await;
    assert_eq!(requests(&app).await[0].text("state"), "done");
    assert!(ruth.types("privacy refuse R9: no").await.contains("There is no R9"));
}

#[tokio::test(flavor = "multi_thread")]
async fn restricting_answers_a_request_for_it_and_leaves_the_rest_open() {
    let app = house().await;
    writes(&app, "a", "Please restrict the processing of my personal data.", true).await;
    let mut ruth = Seat::of(&app, "ruth");
    let seen = ruth.types("privacy restrict R1").await;
    assert!(seen.contains("Processing is restricted") && seen.contains("R1 is answered"), "{seen}");
    assert_eq!(requests(&app).await[0].text("state"), "done");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_restricted_customer_asks_is_noted_though_their_mail_is_not_understood() {
    let app = house().await;
    writes(&app, "a", "Please restrict the processing of my personal data.", true).await;
    let mut ruth = Seat::of(&app, "ruth");
    ruth.types("privacy restrict R1").await;
    app.notices();
    writes(&app, "b", "Now please delete my data, too. The pump is broken.", true).await;
    let request = requests(&app).await.remove(1);
    assert_eq!((request.text("rights"), request.text("state")), ("erase", "verified"));
    assert_eq!(told(&app, "alert_request").len(), 1);
    let ben = app.all(Kind::Customer).await.remove(0).record.id;
    let message = app.app.store().messages_of(ben, 1).await.unwrap().remove(0);
    assert_eq!(message.reading, None, "nothing else is made of it");
}

#[tokio::test(flavor = "multi_thread")]
async fn managers_are_reminded_in_time_and_daily_when_it_is_overdue() {
    let app = house().await;
    writes(&app, "a", "Please delete my data.", true).await;
    app.notices();
    let mut days = Vec::new();
    for day in 1..=34 {
        app.advance(DAY).await;
        days.extend(told(&app, "alert_request_due").into_iter().map(|said| (day, said)));
    }
    let on: Vec<i32> = days.iter().map(|(day, _)| *day).collect();
    assert_eq!(on, [25, 31, 32, 33, 34], "a week, a day, and from then on daily: {days:#?}");
    assert!(days[0].1.contains("It is to be answered in 7 days"), "{days:#?}");
    assert!(days.last().unwrap().1.starts_with("Overdue: privacy request R1 of Ben Li"), "{days:#?}");
    let mut ruth = Seat::of(&app, "ruth");
    assert!(ruth.types("privacy requests").await.contains("overdue by 3 days"));
    ruth.types("privacy done R1").await;
    app.advance(3 * DAY).await;
    assert_eq!(told(&app, "alert_request_due").len(), 0, "then nobody is told any more");
}
