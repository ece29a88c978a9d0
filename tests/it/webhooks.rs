//! Other programs are told of what happens: over a real socket to a receiver that checks the signature.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use rapport::commands::{Session, run};
use rapport::service::Stop;
use rapport_model::job::Recipient;
use rapport_model::time::{DAY, MINUTE, SECOND};
use rapport_model::{Actor, Clock as _};
use rapport_storage::jobs::LEASE;
use serde_json::Value;
use sha2::Sha256;

use crate::support::{Answer, HttpPeer, Mail, TestApp, rules_without_schedules};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn fine() -> Answer {
    Answer::Says(204, Vec::new(), String::new())
}

fn status(status: u16) -> Answer {
    Answer::Says(status, Vec::new(), "no".into())
}

/// An event as a receiver takes it.
#[derive(Debug)]
struct Event {
    id: String,
    body: Value,
}

/// What a receiver got, each checked as Standard Webhooks says.
fn received(peer: &HttpPeer) -> Vec<Event> {
    let all = peer.asked().into_iter().map(|asked| {
        let (id, at) = (asked.head("webhook-id").to_owned(), asked.head("webhook-timestamp").to_owned());
        let key = STANDARD.decode(SECRET.trim_start_matches("whsec_")).unwrap();
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        mac.update(format!("{id}.{at}.{}", asked.body).as_bytes());
        let signature = asked.head("webhook-signature").strip_prefix("v1,").unwrap();
        mac.verify_slice(&STANDARD.decode(signature).unwrap()).unwrap();
        assert_eq!((asked.line.as_str(), asked.head("content-type")), ("POST /hook?a=1", "application/json"));
        let body: Value = serde_json::from_str(&asked.body).unwrap();
        assert_eq!(body["id"], id.as_str());
        Event { id, body }
    });
    all.collect()
}

fn types(peer: &HttpPeer) -> Vec<String> {
    received(peer).iter().map(|event| event.body["type"].as_str().unwrap().to_owned()).collect()
}

struct House {
    app: TestApp,
    peer: Arc<HttpPeer>,
}

impl House {
    async fn with(events: &str, rules: &str, more: &[(&str, &str)]) -> Self {
        let peer = HttpPeer::start(fine()).await;
        let url = format!("http://127.0.0.1:{}/hook?a=1", peer.port);
        let mut all = vec![
            ("RAPPORT__WEBHOOK__CRM__URL", url.as_str()),
            ("RAPPORT__WEBHOOK__CRM__SECRET", SECRET),
            ("RAPPORT__WEBHOOK__CRM__EVENTS", events),
            ("RAPPORT__WEBHOOK__CRM__TIMEOUT", "300ms"),
            ("RAPPORT__WEBHOOK__CRM__ALLOW_PRIVATE", "true"),
        ];
        all.extend(more);
        let rules = format!("{}\n{rules}", rules_without_schedules());
        Self { app: TestApp::start_set(Some(&rules), &all).await, peer }
    }

    async fn told(events: &str) -> Self {
        Self::with(events, "", &[]).await
    }

    async fn petra_writes(&self, id: &str) {
        let mail = Mail::from("Petra Novak <petra@novak-cafe.example>").id(id);
        self.app
            .receives(mail.says("Pump broken", "The pump is broken. This is unacceptable, repair it today!"))
            .await;
    }

    async fn mia(&self, line: &str) {
        run(&self.app.app, self.app.user("mia"), &mut Session::new(), line).await.unwrap();
        self.app.settle().await;
    }

    /// What became of the events: their state and why.
    async fn log(&self) -> Vec<(String, Option<String>)> {
        let all = self.app.app.store().hook_log(Some("crm"), 100).await.unwrap();
        all.into_iter().map(|one| (one.state, one.last_error)).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_is_told_signed_and_once() {
    let house = House::told("all").await;
    house.petra_writes("m1").await;
    let all = received(&house.peer);
    let of = |name: &str| {
        all.iter().find(|event| event.body["type"] == name).unwrap_or_else(|| panic!("{name}: {all:#?}"))
    };
    let ticket = &of("ticket.opened").body;
    assert_eq!((&ticket["version"], &ticket["timestamp"]), (&Value::from(1), &"2026-03-04T08:00:00Z".into()));
    assert_eq!(
        (&ticket["data"]["ticket"]["id"], &ticket["data"]["ticket"]["status"]),
        (&"T1".into(), &"open".into())
    );
    assert_eq!(ticket["data"]["customer"]["name"], "Petra Novak");
    let mail = &of("message.received").body["data"];
    assert_eq!((&mail["message"]["subject"], &mail["customer"]["id"]), (&"Pump broken".into(), &"C1".into()));
    of("customer.created");
    assert!(
        all.iter().all(|event| !event.body.to_string().contains("unacceptable")),
        "no words of a mail: {all:#?}"
    );
    let mut ids: Vec<&str> = all.iter().map(|event| event.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all.len());
    let n = all.len();
    house.mia("close T1 repaired").await;
    house.mia("task call Petra tomorrow 10:00").await;
    let later = types(&house.peer).split_off(n);
    assert!(
        later.contains(&"ticket.closed".to_owned()) && later.contains(&"task.created".to_owned()),
        "{later:?}"
    );
    house.app.settle().await;
    assert_eq!(types(&house.peer).len(), n + later.len(), "nothing twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_was_asked_for_is_told() {
    let house = House::told("['ticket.opened', 'deal.moved', 'deal.won']").await;
    house.petra_writes("m1").await;
    assert_eq!(types(&house.peer), ["ticket.opened"]);
    house.mia("deal new C1: 12k 20 seats").await;
    house.mia("stage D1: won").await;
    // Two at once: which of them arrives first is not promised.
    let mut all = received(&house.peer);
    all[1..].sort_by_key(|event| event.body["type"].to_string());
    assert_eq!(
        all[1..].iter().map(|event| &event.body["type"]).collect::<Vec<_>>(),
        ["deal.moved", "deal.won"]
    );
    let moved = &all[1].body["data"];
    assert_eq!((&moved["to"], &moved["deal"]["id"]), (&"won".into(), &"D1".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_is_tried_again_with_the_same_id_and_given_up_in_the_end() {
    let house = House::told("['ticket.opened']").await;
    house.peer.next(status(500));
    house.peer.next(Answer::Says(503, vec![("Retry-After", "60".into())], String::new()));
    house.peer.next(Answer::BreaksOff);
    house.petra_writes("m1").await;
    assert_eq!(house.log().await, [("pending".into(), Some("it answers with status 500".into()))]);
    house.app.advance(4 * SECOND).await;
    assert_eq!(house.peer.asked().len(), 1);
    house.app.advance(5 * SECOND).await;
    house.app.advance(50 * SECOND).await;
    assert_eq!(house.peer.asked().len(), 2, "a pause that is asked for is kept");
    house.app.advance(15 * SECOND).await;
    house.app.advance(10 * MINUTE).await;
    let ids: Vec<String> = received(&house.peer).into_iter().map(|event| event.id).collect();
    assert!(ids.len() == 4 && ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(house.log().await, [("sent".into(), None)]);
    // Nobody is there for days.
    let deaf = House::told("['ticket.opened']").await;
    (0..20).for_each(|_| deaf.peer.next(status(500)));
    deaf.petra_writes("m1").await;
    for _ in 0..200 {
        deaf.app.advance(30 * MINUTE).await;
    }
    assert_eq!(deaf.peer.asked().len(), 10);
    assert_eq!(deaf.log().await, [("failed".into(), Some("it answers with status 500".into()))]);
    let id = deaf.app.app.store().unsent(9).await.unwrap()[0].message.id;
    assert!(deaf.app.app.store().resend(id).await.unwrap());
    (0..20).for_each(|_| deaf.peer.next(fine()));
    deaf.app.advance(DAY).await;
    let ids: Vec<String> = received(&deaf.peer).into_iter().map(|event| event.id).collect();
    assert_eq!(ids.last(), ids.first(), "what is sent by hand keeps its id, too");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_gone_is_told_nothing_more_until_they_are_back() {
    let house = House::told("['message.received']").await;
    house.peer.next(status(410));
    house.petra_writes("m1").await;
    let notices = house.app.notices();
    let told = |sent: &&rapport::channel::Sent| sent.message.text == "alert_webhook";
    let notice = notices.iter().find(told).expect("the managers are told");
    assert!(
        notice.message.to == Recipient::User(house.app.user("ruth").id)
            && notice.message.subject.contains("crm")
    );
    house.petra_writes("m2").await;
    assert_eq!(house.peer.asked().len(), 1);
    assert!(
        house
            .log()
            .await
            .iter()
            .all(|(state, why)| state == "failed" && why.as_ref().unwrap().contains("410"))
    );
    house.app.app.store().set_hook_gone("crm", None).await.unwrap();
    house.petra_writes("m3").await;
    assert_eq!(house.peer.asked().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_hangs_delays_no_other_and_nothing_leads_elsewhere() {
    let other = HttpPeer::start(fine()).await;
    let url = format!("http://127.0.0.1:{}/hook?a=1", other.port);
    let more = [
        ("RAPPORT__WEBHOOK__SLOW__URL", url.as_str()),
        ("RAPPORT__WEBHOOK__SLOW__SECRET", SECRET),
        ("RAPPORT__WEBHOOK__SLOW__EVENTS", "['ticket.opened']"),
        ("RAPPORT__WEBHOOK__SLOW__TIMEOUT", "200ms"),
        ("RAPPORT__WEBHOOK__SLOW__ALLOW_PRIVATE", "true"),
    ];
    let house = House::with("['ticket.opened']", "", &more).await;
    other.next(Answer::Silence);
    house.petra_writes("m1").await;
    assert_eq!(house.log().await, [("sent".into(), None)]);
    let slow = house.app.app.store().hook_log(Some("slow"), 9).await.unwrap();
    assert_eq!(slow[0].last_error.as_deref(), Some("it does not answer in time"));
    let inside = HttpPeer::start(fine()).await;
    other.next(Answer::Says(
        307,
        vec![("Location", format!("http://127.0.0.1:{}/hook?a=1", inside.port))],
        String::new(),
    ));
    house.app.advance(10 * SECOND).await;
    let slow = house.app.app.store().hook_log(Some("slow"), 9).await.unwrap();
    assert!(slow[0].last_error.as_deref().unwrap().contains("not followed"), "{slow:?}");
    other.next(Answer::Endless);
    house.app.advance(MINUTE).await;
    assert_eq!(house.app.app.store().hook_log(Some("slow"), 9).await.unwrap()[0].state, "sent");
    assert_eq!(inside.asked().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_one_hangs_the_service_tells_the_other_again_and_again() {
    let hanging = HttpPeer::start(Answer::Silence).await;
    let url = format!("http://127.0.0.1:{}/hook?a=1", hanging.port);
    let more = [
        ("RAPPORT__WEBHOOK__SLOW__URL", url.as_str()),
        ("RAPPORT__WEBHOOK__SLOW__SECRET", SECRET),
        ("RAPPORT__WEBHOOK__SLOW__EVENTS", "['message.received']"),
        ("RAPPORT__WEBHOOK__SLOW__TIMEOUT", "2s"),
        ("RAPPORT__WEBHOOK__SLOW__ALLOW_PRIVATE", "true"),
    ];
    let house = House::with("['message.received']", "", &more).await;
    let stop = Stop::default();
    let (app, told) = (house.app.app.clone(), stop.clone());
    let serving = tokio::spawn(async move { app.serve(&told).await });
    let mail =
        |id: &str| Mail::from("Petra Novak <petra@novak-cafe.example>").id(id).says("Pump", "It drips.");
    house.app.arrives(mail("m1").bytes(house.app.clock.now())).await;
    hanging.until_asked(1).await;
    for (n, id) in ["m2", "m3", "m4"].into_iter().enumerate() {
        house.app.arrives(mail(id).bytes(house.app.clock.now())).await;
        house.peer.until_asked(n + 2).await;
    }
    assert_eq!(hanging.asked().len(), 1, "it hangs still");
    stop.stop();
    serving.await.unwrap().unwrap();
    // What did not arrive waits.
    house.app.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_not_of_the_open_net_is_not_written_to_by_number_or_name() {
    for host in ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1"] {
        let peer = HttpPeer::start(fine()).await;
        let url = format!("https://{host}:{}/hook?a=1", peer.port);
        let house = House::with(
            "['ticket.opened']",
            "",
            &[
                ("RAPPORT__WEBHOOK__CRM__URL", url.as_str()),
                ("RAPPORT__WEBHOOK__CRM__ALLOW_PRIVATE", "false"),
            ],
        )
        .await;
        house.petra_writes("m1").await;
        let log = house.log().await;
        assert!(
            log[0].0 == "failed" && log[0].1.as_ref().unwrap().contains("not of the open net"),
            "{host}: {log:?}"
        );
        let why = house.app.app.webhooks[0].try_out().await.unwrap_err();
        assert!(why.starts_with("webhook.crm: it is at"), "{why}");
        assert_eq!(peer.asked().len(), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_being_sent_when_the_process_died_is_sent_again_with_its_id() {
    let house = House::told("['message.received']").await;
    house.peer.next(status(500));
    house.petra_writes("m1").await;
    let store = house.app.app.store();
    house.app.clock.advance(MINUTE);
    let due = store.due_for_hook("crm", 9).await.unwrap();
    assert_eq!(store.claim_outgoing(&due).await.unwrap().len(), 1);
    house.app.clock.advance(LEASE + SECOND);
    house.app.settle().await;
    let ids: Vec<String> = received(&house.peer).into_iter().map(|event| event.id).collect();
    assert!(ids.len() == 2 && ids[0] == ids[1], "{ids:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_whom_was_erased_meanwhile_nothing_leaves() {
    let house = House::told("['ticket.opened', 'message.received', 'customer.created']").await;
    (0..3).for_each(|_| house.peer.next(status(500)));
    house.petra_writes("m1").await;
    assert_eq!(house.peer.asked().len(), 3);
    let petra = house.app.app.store().by_number(rapport_model::Kind::Customer, 1).await.unwrap().unwrap();
    house.app.app.erase(petra.record.id, Actor::User(house.app.user("ruth").id)).await.unwrap();
    house.app.advance(MINUTE).await;
    let after = received(&house.peer).split_off(3);
    assert_eq!(after.len(), 3);
    for event in after {
        let text = event.body.to_string();
        assert!(!text.contains("Petra") && !text.contains("novak") && !text.contains("Pump"), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_tells_a_program_and_an_unknown_one_is_named_with_its_line() {
    let rule = |hook: &str| format!("[[rule]]\nname = \"tell-crm\"\ndo = [{{ webhook = \"{hook}\" }}]\n");
    let house = House::with("[]", &rule("crm"), &[]).await;
    house.petra_writes("m1").await;
    let [told] = &received(&house.peer)[..] else { panic!("{:?}", house.log().await) };
    assert_eq!((&told.body["type"], &told.body["data"]["rule"]), (&"rule.fired".into(), &"tell-crm".into()));
    assert_eq!(
        (&told.body["data"]["on"], &told.body["data"]["customer"]["id"]),
        (&"message".into(), &"C1".into())
    );
    let rules = rapport_workflows::rules::Rules::parse(&rule("crn"), "new.toml").unwrap();
    let unknown = rapport::app::unknown_names(&rules, &house.app.app.config);
    assert_eq!(unknown.len(), 1);
    assert!(
        unknown[0].contains("new.toml") && unknown[0].contains(":3") && unknown[0].contains("crm"),
        "{unknown:?}"
    );
}
