//! Forms that visitors fill in, over a real socket.

use rapport_model::message::ChannelKind;
use rapport_model::time::{DAY, HOUR, MINUTE, SECOND};
use rapport_model::{Clock as _, Kind, Timestamp};

use crate::support::{Browser, Mail, Reply, SERVED, TestApp, rules_without_schedules};

const ORIGIN: &str = "https://www.brightwater.example";
const FORM: &str = r#"{ title = { en = "Write to us", zh = "联系我们" }, owner = "mia", tags = ["Web"], consent = "news",
    origins = ["https://www.brightwater.example"], fields = [
        { name = "name", kind = "name" },
        { name = "email", kind = "email", required = true },
        { name = "phone", kind = "phone" },
        { name = "message", kind = "text", required = true },
        { name = "city", kind = "line", label = { en = "Town", zh = "城市" } } ] }"#;

async fn house() -> (TestApp, Browser) {
    house_with("RAPPORT__FORM__CONTACT", FORM).await
}

async fn house_with(name: &str, form: &str) -> (TestApp, Browser) {
    // A variable is one line.
    let form = form.replace('\n', " ");
    let set = [SERVED[0], SERVED[1], (name, form.as_str())];
    let app = TestApp::start_set(Some(rules_without_schedules()), &set).await;
    let browser = Browser::of(&app).await;
    (app, browser)
}

fn later(app: &TestApp, micros: i64) {
    app.clock.set(app.clock.now().plus(micros));
}

async fn n_messages(app: &TestApp) -> u64 {
    let all = app.app.store().counts(Timestamp::from_secs(0), app.clock.now().plus(DAY)).await.unwrap();
    all.mails_in as u64
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() { (b as char).to_string() } else { format!("%{b:02X}") })
        .collect()
}

fn stamp(page: &Reply) -> String {
    let (_, rest) = page.body.split_once("name=\"stamp\" value=\"").unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

/// Looks at the form, takes a minute to fill it in, and sends it.
async fn fills_in(app: &TestApp, browser: &Browser, fields: &[(&str, &str)]) -> Reply {
    let stamp = stamp(&browser.gets("/form/contact").await);
    later(app, MINUTE);
    let reply = browser.posts("/form/contact", &body(&stamp, fields)).await;
    app.settle().await;
    reply
}

fn body(stamp: &str, fields: &[(&str, &str)]) -> String {
    let fields = fields.iter().map(|(name, value)| format!("&{name}={}", encoded(value)));
    format!("stamp={stamp}{}", fields.collect::<String>())
}

const PETRA: [(&str, &str); 4] = [
    ("name", "Petra Novak"),
    ("email", "Petra@Cafe.example"),
    ("phone", "030 901820"),
    ("message", "What would 20 filters cost us? Please send a quote."),
];

#[tokio::test(flavor = "multi_thread")]
async fn what_is_filled_in_becomes_a_message_of_a_new_customer_and_rules_act_on_it() {
    let (app, browser) = house().await;
    let page = browser.gets("/form/contact").await;
    assert_eq!((page.in_short(), page.action()), ((200, "Write to us"), "/form/contact".to_owned()));
    assert!(!page.body.contains("<script") && page.body.contains(">Town"));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains(&format!("frame-ancestors {ORIGIN}")), "{policy}");
    let chinese = browser.asks("GET", "/form/contact", "Accept-Language: zh-CN\r\n", "").await;
    assert!(chinese.title() == "联系我们" && chinese.body.contains("城市"));

    let city = ("city", "Köln");
    let reply = fills_in(&app, &browser, &[&PETRA[..], &[city]].concat()).await;
    assert_eq!(reply.in_short(), (200, "Thank you!"));
    let customer = app.all(Kind::Customer).await.remove(0);
    assert_eq!((customer.text("name"), customer.text("tags")), ("Petra Novak", "[\"web\"]"));
    assert_eq!(customer.get("owner").id(), Some(app.user("mia").id));
    let threads = app.app.store().threads_of(customer.record.id, 10).await.unwrap();
    let messages = app.app.store().messages_in(threads[0].0, 10).await.unwrap();
    assert_eq!((messages[0].channel, messages[0].subject.as_str()), (ChannelKind::Form, "Write to us"));
    let body =
        "What would 20 filters cost us? Please send a quote.\n\nYour phone number: 030 901820\nTown: Köln";
    assert_eq!(messages[0].body, body);
    assert_eq!(app.all(Kind::Deal).await.len(), 1, "a question for a price, as of a mail");
    assert_eq!(app.search("filters").await.found.len(), 1);
    browser.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_said_at_its_field_and_nothing_is_lost() {
    let (app, browser) = house().await;
    let shown = stamp(&browser.gets("/form/contact").await);
    later(&app, MINUTE);
    let wrong =
        [("name", "Petra <b>"), ("email", "petra@cafe"), ("message", "My \"pump\" leaks"), ("news", "on")];
    let page = browser.posts("/form/contact", &body(&shown, &wrong)).await;
    assert_eq!(page.in_short(), (422, "Write to us"));
    assert!(
        page.body.contains("This is no e-mail address") && page.body.contains("aria-describedby=\"p-email\"")
    );
    for kept in
        ["value=\"Petra &lt;b&gt;\"", "value=\"petra@cafe\"", "leaks</textarea>", "value=\"on\" checked"]
    {
        assert!(page.body.contains(kept), "{kept}: {}", page.body);
    }
    assert_eq!(stamp(&page), shown, "it was shown when it was shown");
    // Somebody in the house's name.
    let ours = browser
        .posts("/form/contact", &body(&shown, &[("email", "mia@brightwater.example"), PETRA[3]]))
        .await;
    assert_eq!(ours.status, 422);
    // What would be a header of its own.
    let evil = "petra@cafe.example\r\nBcc: all@x.example";
    assert_eq!(browser.posts("/form/contact", &body(&shown, &[("email", evil), PETRA[3]])).await.status, 422);
    assert_eq!(app.all(Kind::Customer).await.len(), 0);
    let name = ("name", "Petra\r\nBcc: all@x.example\r\n\r\nHello");
    assert_eq!(browser.posts("/form/contact", &body(&shown, &[name, PETRA[1], PETRA[3]])).await.status, 200);
    app.settle().await;
    assert_eq!(app.all(Kind::Customer).await[0].text("name"), "Petra Bcc: all@x.example Hello");
    assert!(app.outgoing().iter().all(|mail| !mail.lines().any(|line| line.starts_with("Bcc"))));
    browser.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_that_fill_in_forms_get_nowhere() {
    let (app, browser) = house().await;
    let trap = fills_in(&app, &browser, &[&PETRA[..], &[("url", "http://spam.example")]].concat()).await;
    assert_eq!(trap.in_short(), (200, "Thank you!"), "they learn nothing");
    let shown = stamp(&browser.gets("/form/contact").await);
    let soon = browser.posts("/form/contact", &body(&shown, &PETRA)).await;
    assert_eq!(soon.status, 422);
    assert!(soon.body.contains("press the button once more"));
    later(&app, 2 * DAY);
    for stolen in [shown.as_str(), "", "AAAA"] {
        let late = browser.posts("/form/contact", &body(stolen, &PETRA)).await;
        assert_eq!(late.status, 422);
        assert_ne!(stamp(&late), stolen, "so that pressing again does it");
    }
    assert_eq!(app.all(Kind::Customer).await.len(), 0);
    browser.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_sends_few_forms_and_loses_nothing_by_it() {
    let (app, browser) = house().await;
    let shown = stamp(&browser.gets("/form/contact").await);
    later(&app, HOUR);
    for i in 0..6 {
        let message = format!("Question {i}");
        let sent = body(&shown, &[PETRA[1], ("message", &message)]);
        assert_eq!(browser.posts("/form/contact", &sent).await.status, 200);
    }
    let busy = browser.posts("/form/contact", &body(&shown, &PETRA)).await;
    assert_eq!((busy.status, busy.header("retry-after")), (429, Some("30")));
    assert!(busy.body.contains("value=\"Petra Novak\"") && busy.body.contains("30 seconds"));
    later(&app, 30 * SECOND);
    assert_eq!(browser.posts("/form/contact", &body(&stamp(&busy), &PETRA)).await.status, 200);
    app.settle().await;
    let too_long = "x".repeat(200_000);
    assert_eq!(browser.posts("/form/contact", &too_long).await.status, 413);
    browser.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_words_within_minutes_are_taken_once() {
    let (app, browser) = house().await;
    for _ in 0..2 {
        assert_eq!(fills_in(&app, &browser, &PETRA).await.status, 200);
    }
    assert_eq!(n_messages(&app).await, 1);
    later(&app, HOUR);
    fills_in(&app, &browser, &PETRA).await;
    assert_eq!(n_messages(&app).await, 2);
    browser.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_customer_who_is_known_nothing_is_changed_by_who_types_their_address() {
    let (app, browser) = house().await;
    app.receives(Mail::from("Petra N. <petra@cafe.example>").id("a").says("Hello", "Nice to meet you."))
        .await;
    let before = app.all(Kind::Customer).await.remove(0);
    fills_in(&app, &browser, &PETRA).await;
    let after = app.again(before.record).await;
    for field in ["name", "owner", "tags", "company", "lifecycle"] {
        assert_eq!(after.get(field), before.get(field), "{field}");
    }
    assert_eq!(app.all(Kind::Identity).await.iter().filter(|i| i.text("channel") == "phone").count(), 0);
    browser.ends().await;
}

/// The path of the link in the mail that asks whether somebody wants news.
fn link(mails: &[String]) -> Option<String> {
    let mail = mails.iter().rfind(|mail| mail.contains("Please confirm"))?;
    let plain = mail.replace("=\r\n", "").replace("=3D", "=");
    let (_, rest) = plain.split_once("https://crm.brightwater.example/n/")?;
    Some(format!("/n/{}", rest.split_whitespace().next()?))
}

#[tokio::test(flavor = "multi_thread")]
async fn news_comes_after_a_second_yes_by_the_link_in_a_mail() {
    let (app, browser) = house().await;
    let thanks = fills_in(&app, &browser, &[&PETRA[..], &[("news", "on")]].concat()).await;
    assert!(thanks.body.contains("confirm by the link"));
    let petra = app.all(Kind::Customer).await.remove(0).record;
    let refusals = || async { app.app.store().refusals(petra.id).await.unwrap() };
    assert_eq!(app.all(Kind::Consent).await.len(), 0, "anybody can type an address");
    let path = link(&app.outgoing()).expect("a mail that asks");
    // A mail program that follows links says yes to nothing.
    let page = browser.gets(&path).await;
    assert_eq!((page.in_short(), page.action()), ((200, "News by e-mail?"), path.clone()));
    assert_eq!(app.all(Kind::Consent).await.len(), 0);
    let said = browser.posts(&path, "").await;
    assert_eq!(said.in_short(), (200, "Confirmed"));
    browser.posts(&path, "").await;
    let consents = app.all(Kind::Consent).await;
    let text = |field| consents[0].text(field);
    assert_eq!((consents.len(), text("purpose"), text("state"), text("via")), (1, "news", "granted", "form"));
    assert!(refusals().await.allow(rapport_model::consent::Purpose::News));
    let note = app.all(Kind::Note).await.remove(0);
    for part in ["“contact”", "Wed 4 Mar 2026, 09:01", "Yes, Brightwater Filters may send me news"] {
        assert!(note.text("body").contains(part), "{}", note.text("body"));
    }
    // Who has it is not asked again, and a page tells nobody who has.
    later(&app, 2 * DAY);
    let again = [PETRA[1], ("message", "Once more"), ("news", "on")];
    assert!(fills_in(&app, &browser, &again).await.body.contains("confirm by the link"));
    assert_eq!(app.outgoing().iter().filter(|mail| mail.contains("Please confirm")).count(), 1);
    browser.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_to_news_is_good_for_a_week_and_only_as_it_was_sent() {
    let (app, browser) = house().await;
    for i in 0..3 {
        let message = format!("Question {i}");
        fills_in(&app, &browser, &[PETRA[1], ("message", &message), ("news", "on")]).await;
    }
    let asked = app.outgoing().iter().filter(|mail| mail.contains("Please confirm")).count();
    assert_eq!(asked, 1, "whoever types somebody's address does not fill their mailbox");
    let path = link(&app.outgoing()).unwrap();
    let (start, end) = path.split_at(8);
    let changed = format!("{start}{}{}", if end.starts_with('A') { "B" } else { "A" }, &end[1..]);
    assert_eq!(browser.posts(&changed, "").await.in_short(), (404, "This link does not work"));
    later(&app, 8 * DAY);
    for reply in [browser.gets(&path).await, browser.posts(&path, "").await] {
        assert_eq!(reply.in_short(), (410, "This link has expired"));
        assert!(reply.body.contains("7 days"));
    }
    assert_eq!(app.all(Kind::Consent).await.len(), 0);
    browser.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_the_house_sends_it_as_json_and_one_of_nobody_does_not() {
    let (app, browser) = house().await;
    let of = |origin: &str| {
        format!("Origin: {origin}\r\nAccept: application/json\r\nContent-Type: application/json\r\n")
    };
    let asked = browser.asks("OPTIONS", "/form/contact", &of(ORIGIN), "").await;
    assert_eq!((asked.status, asked.header("access-control-allow-origin")), (204, Some(ORIGIN)));
    let told = browser.asks("GET", "/form/contact", &of(ORIGIN), "").await;
    let told: serde_json::Value = serde_json::from_str(&told.body).unwrap();
    assert_eq!((told["fields"][1]["kind"].as_str(), told["trap"].as_str()), (Some("email"), Some("url")));
    later(&app, MINUTE);
    let mut form =
        serde_json::json!({ "stamp": told["stamp"], "email": "petra@cafe.example", "message": "Hello" });
    let good = browser.asks("POST", "/form/contact", &of(ORIGIN), &form.to_string()).await;
    assert_eq!((good.status, good.body.as_str()), (200, "{\"sent\":true,\"news_to_confirm\":false}"));
    let evil = browser.asks("POST", "/form/contact", &of("https://evil.example"), &form.to_string()).await;
    assert_eq!((evil.status, evil.header("access-control-allow-origin")), (403, None));
    form["email"] = serde_json::json!(["a@b.example"]);
    let wrong = browser.asks("POST", "/form/contact", &of(ORIGIN), &form.to_string()).await;
    assert_eq!(wrong.header("content-type"), Some("application/problem+json"));
    let wrong: serde_json::Value = serde_json::from_str(&wrong.body).unwrap();
    assert_eq!((wrong["status"].as_u64(), wrong["errors"][0]["field"].as_str()), (Some(422), Some("email")));
    form["email"] = serde_json::json!("petra@cafe.example");
    form["stamp"] = serde_json::json!("AAAA");
    let stolen = browser.asks("POST", "/form/contact", &of(ORIGIN), &form.to_string()).await;
    assert!(stolen.status == 422 && stolen.body.contains("\"stamp\""), "{}", stolen.body);
    assert_eq!(browser.asks("POST", "/form/contact", &of(ORIGIN), "{").await.status, 400);
    assert_eq!(browser.asks("POST", "/form/contact", "Content-Type: text/plain\r\n", "x").await.status, 415);
    assert_eq!(browser.gets("/form/none").await.in_short(), (404, "This link does not work"));
    app.settle().await;
    assert_eq!(app.all(Kind::Customer).await.len(), 1);
    browser.ends().await;
}
