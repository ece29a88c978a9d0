//! Lists of other programs are fetched, from a server on this machine.

use std::sync::Arc;

use rapport::{PullFailed, Pulled};
use rapport_model::time::{HOUR, MINUTE, SECOND};
use rapport_model::{Actor, Clock as _, Kind};
use serde_json::{Value, json};

use crate::support::{Answer, HttpPeer, TestApp, rules_without_schedules};

const MAP: &str = "map = { email = '/mail', name = '/name', 'attr:erp' = '/id' }, key = 'attr:erp'";

struct House {
    app: TestApp,
    peer: Arc<HttpPeer>,
}

impl House {
    async fn with(more: &str) -> Self {
        let peer = HttpPeer::start(says(json!({ "items": [] }))).await;
        let pull = format!(
            "{{ url = 'http://127.0.0.1:{}/people?active=1', kind = 'customers', each = '/items', {MAP}, \
             every = '0 * * * *', since = 'changed_since', auth = 'Bearer open-sesame', timeout = '300ms', {more} }}",
            peer.port
        );
        let set = [("RAPPORT__PULL__ERP", pull.as_str())];
        Self { app: TestApp::start_set(Some(rules_without_schedules()), &set).await, peer }
    }

    async fn pulls(&self, tries: bool) -> Result<Pulled, PullFailed> {
        let pull = &self.app.app.config.pull["erp"];
        let done = self.app.app.pull("erp", pull, tries).await;
        self.app.settle().await;
        done
    }

    async fn due(&self) -> usize {
        let n = self.app.app.pull_due().await.unwrap();
        self.app.settle().await;
        n
    }

    fn later(&self, micros: i64) {
        self.app.clock.set(self.app.clock.now().plus(micros));
    }

    async fn names(&self) -> Vec<String> {
        self.app.all(Kind::Customer).await.iter().map(|c| c.text("name").to_owned()).collect()
    }

    fn lines(&self) -> Vec<String> {
        self.peer.asked().into_iter().map(|asked| asked.line).collect()
    }
}

fn says(body: Value) -> Answer {
    Answer::Says(200, Vec::new(), body.to_string())
}

fn person(id: u32, name: &str) -> Value {
    json!({ "id": id, "name": name, "mail": format!("{}@x.example", name.to_lowercase()) })
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_follow_each_other_and_the_next_run_asks_for_what_changed_since() {
    let house = House::with("allow_private = true, page = { next = '/next' }").await;
    house.peer.next(says(json!({ "items": [person(1, "Ann")], "next": "/people?page=2" })));
    house.peer.next(says(json!({ "items": [person(2, "Bob"), { "id": 3, "mail": "nobody" }] })));
    assert_eq!(house.due().await, 1);
    assert_eq!(house.names().await, ["Ann", "Bob"]);
    assert_eq!(house.lines(), ["GET /people?active=1", "GET /people?page=2"]);
    assert_eq!(house.peer.asked()[0].head("authorization"), "Bearer open-sesame");
    let ann = house.app.all(Kind::Customer).await.remove(0);
    let history = house.app.app.store().history(ann.record).await.unwrap();
    assert_eq!(history[0].act.actor, Actor::Service("pull erp".into()));
    assert_eq!(house.app.app.store().imports(9).await.unwrap().len(), 2);

    assert_eq!(house.due().await, 0, "not before its hour");
    house.later(HOUR);
    house.peer.next(says(json!({ "items": [person(1, "Ann")] })));
    assert_eq!(house.due().await, 1);
    assert_eq!(house.lines()[2], "GET /people?active=1&changed_since=2026-03-04T07%3A55%3A00Z");
    assert_eq!(house.app.app.store().imports(9).await.unwrap().len(), 2, "what is so already writes nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_fails_goes_on_with_its_page_later_and_the_third_time_managers_know() {
    let house = House::with("allow_private = true, page = { cursor = '/after', parameter = 'after' }").await;
    house.peer.next(says(json!({ "items": [person(1, "Ann")], "after": "c1" })));
    house.peer.next(Answer::Says(429, vec![("Retry-After", "600".into())], "slow down".into()));
    house.due().await;
    assert_eq!(house.names().await, ["Ann"], "what came before stays");
    house.later(5 * MINUTE);
    assert_eq!(house.due().await, 0, "it wants to be left alone for ten minutes");
    house.later(5 * MINUTE);
    house.peer.next(Answer::Says(503, Vec::new(), String::new()));
    assert_eq!(house.due().await, 1);
    house.later(5 * MINUTE);
    house.peer.next(Answer::Silence);
    assert!(house.app.notices().iter().all(|sent| sent.message.text != "alert_pull"));
    assert_eq!(house.due().await, 1);
    let told: Vec<_> =
        house.app.notices().into_iter().filter(|sent| sent.message.text == "alert_pull").collect();
    assert_eq!(told.len(), 1);
    assert!(told[0].message.body.contains("it does not answer in time"), "{}", told[0].message.body);
    house.later(15 * MINUTE);
    house.peer.next(says(json!({ "items": [person(2, "Bob")] })));
    assert_eq!(house.due().await, 1);
    assert_eq!(house.names().await, ["Ann", "Bob"]);
    let lines = house.lines();
    assert!(lines[1..].iter().all(|line| line == "GET /people?active=1&after=c1"), "{lines:?}");
    let log = house.app.app.store().intakes("pull erp", 20).await.unwrap();
    assert_eq!(log.iter().filter(|one| one.answer.contains("failed")).count(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_dies_goes_on_where_it_was() {
    let house = House::with("allow_private = true, at_most = 1, page = { number = 'page' }").await;
    house.peer.next(says(json!({ "items": [person(1, "Ann")] })));
    assert!(house.pulls(false).await.unwrap().more);
    let House { app, peer } = house;
    let pull = format!(
        "{{ url = 'http://127.0.0.1:{}/people', kind = 'customers', each = '/items', {MAP}, \
         allow_private = true, page = {{ number = 'page' }} }}",
        peer.port
    );
    let app = app.dies(&[("RAPPORT__PULL__ERP", pull.as_str())]).await;
    let house = House { app, peer };
    house.peer.next(says(json!({ "items": [person(2, "Bob")] })));
    let done = house.pulls(false).await.unwrap();
    assert_eq!((done.n_pages, done.new, done.more), (2, 1, false));
    assert_eq!(house.names().await, ["Ann", "Bob"]);
    let lines = house.lines();
    assert_eq!(lines[1..], ["GET /people?page=2", "GET /people?page=3"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_writes_nothing_and_says_what_would_come() {
    let house = House::with("allow_private = true").await;
    let page = json!({ "items": [person(1, "Ann"), { "id": 2, "name": ["x"], "mail": "b@x.example" }] });
    house.peer.next(says(page.clone()));
    let tried = house.pulls(true).await.unwrap();
    assert_eq!((tried.new, tried.refused), (1, 1));
    assert_eq!(tried.reasons, ["page 1, item 2: name cannot be read as such: it is a list"]);
    assert!(house.names().await.is_empty());
    house.peer.next(says(page));
    assert_eq!(house.pulls(false).await.unwrap().new, 1);
    assert_eq!(house.lines()[0], house.lines()[1], "a dry run keeps no mark");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_list_or_leads_elsewhere_changes_nothing() {
    let house = House::with("allow_private = true, page = { next = '/next' }").await;
    let endless = house.peer.clone();
    for (answer, says) in [
        (says(json!({ "people": [] })), "there is nothing at \"/items\""),
        (says(json!({ "items": "x" })), "no list"),
        (Answer::Says(200, Vec::new(), "<html>".into()), "no JSON"),
        (Answer::Says(302, vec![("Location", "http://127.0.0.1/".into())], String::new()), "leads elsewhere"),
        (Answer::Says(401, Vec::new(), String::new()), "status 401"),
        (Answer::BreaksOff, "breaks off"),
        (says(json!({ "items": [], "next": { "a": 1 } })), "is no text"),
    ] {
        endless.next(answer);
        let failed = house.pulls(false).await.unwrap_err();
        assert!(failed.why.contains(says) && !failed.why.contains("sesame"), "{}", failed.why);
    }
    house.peer.next(says(json!({ "items": [], "next": "http://169.254.169.254/latest" })));
    assert!(house.pulls(false).await.unwrap_err().why.contains("on another server"));
    assert!(house.names().await.is_empty());
    house.later(SECOND);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_of_the_own_net_is_not_asked_unless_that_is_meant_so() {
    let house = House::with("at_most = 5").await;
    let failed = house.pulls(false).await.unwrap_err();
    assert!(failed.why.contains("127.0.0.1") && failed.why.contains("allow_private"), "{}", failed.why);
    assert!(house.peer.asked().is_empty());
}
