//! Campaigns: whoever said yes is written to, once, in time, and never after the campaign was stopped.

mod course;
mod results;
mod trouble;

use rapport::commands::{Card, Session, console, press, run};
use rapport::http::links::Link;
use rapport_model::time::HOUR;
use rapport_model::{Change, Id, Kind, RecordRef};
use rapport_storage::work::Work;

use crate::support::{Database, SERVED, TestApp};

/// The house is open on workdays from nine to five.
const OPEN: (&str, &str) = ("RAPPORT__HOURS__DEFAULT", "{ mon-fri = ['09:00-17:00'] }");

/// A house that serves pages and keeps hours, on Wednesday at ten in Berlin; with what its limits are.
pub async fn house(url: Option<&str>, limits: &str) -> TestApp {
    let app = TestApp::start_on(url, &environment(limits)).await;
    app.advance(HOUR).await;
    app
}

pub fn environment(limits: &str) -> Vec<(&str, &str)> {
    let mut all = vec![SERVED[0], SERVED[1], OPEN];
    if !limits.is_empty() {
        all.push(("RAPPORT__CAMPAIGNS", limits));
    }
    all
}

/// Runs a scenario in a file, and on a server where there is one.
pub async fn on_both<F: Future<Output = ()>>(scenario: impl Fn(Option<String>) -> F) {
    scenario(None).await;
    if let Some(database) = Database::new(&[]).await {
        scenario(Some(database.url())).await;
    }
}

/// A colleague at the console.
pub struct Seat<'a> {
    app: &'a TestApp,
    handle: &'static str,
    session: Session,
    cards: Vec<Card>,
}

impl<'a> Seat<'a> {
    pub fn of(app: &'a TestApp, handle: &'static str) -> Self {
        Self { app, handle, session: Session::new(), cards: Vec::new() }
    }

    /// Types, and returns what is shown.
    pub async fn types(&mut self, text: &str) -> String {
        let user = self.app.user(self.handle).clone();
        self.cards = run(&self.app.app, &user, &mut self.session, text).await.unwrap();
        self.shown()
    }

    /// Presses a button of what was shown last.
    pub async fn presses(&mut self, label: &str) -> String {
        let buttons = || self.cards.iter().flat_map(|card| &card.buttons);
        let Some(button) = buttons().find(|button| button.label == label) else {
            panic!("there is no button {label:?}: {:#?}", self.cards)
        };
        let (user, command) = (self.app.user(self.handle).clone(), button.command.clone());
        self.cards = press(&self.app.app, &user, &mut self.session, &command, None, None).await.unwrap();
        self.shown()
    }

    fn shown(&self) -> String {
        let lines: String = self.cards.iter().map(|card| console::render(card, 110, false)).collect();
        lines.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Drafts a campaign, starts it and is sure.
    pub async fn starts(&mut self, plan: &str) -> String {
        let drafted = self.types(&format!("campaign new {plan}")).await;
        assert!(drafted.contains("is drafted"), "{drafted}");
        self.presses("Start").await;
        self.presses("Start").await
    }
}

impl TestApp {
    /// The house knows so many customers, `Customer 0` and on, who said yes to news; with these tags.
    pub async fn knows(&self, n: usize, tags: &str) -> Vec<Id> {
        let store = self.app.store();
        let first = usize::try_from(store.count(Kind::Customer).await.unwrap()).unwrap();
        let mut ids = Vec::new();
        let mut changes = Vec::new();
        for i in first..first + n {
            let id = store.new_id();
            let create = |kind, id| Change::create(RecordRef::new(kind, id));
            changes.push(
                create(Kind::Customer, id)
                    .with("name", format!("Customer {i}"))
                    .with("lifecycle", "customer")
                    .with("tags", tags)
                    .with("last_in", self.now()),
            );
            changes.push(
                create(Kind::Identity, store.new_id())
                    .with("customer", id)
                    .with("channel", "email")
                    .with("value", format!("c{i}@firm{i}.example"))
                    .with("verified", true),
            );
            changes.push(yes(self, id));
            ids.push(id);
        }
        store.commit(vec![Work::of(store.act("test"), changes)]).await.unwrap();
        self.settle().await;
        ids
    }

    pub fn now(&self) -> rapport_model::Timestamp {
        rapport_model::Clock::now(&*self.clock)
    }

    pub async fn changes(&self, changes: Vec<Change>) {
        let store = self.app.store();
        store.commit(vec![Work::of(store.act("test"), changes)]).await.unwrap();
        self.settle().await;
    }

    /// To whom mails left, in the order of their files: `c3@firm3.example`.
    pub fn written_to(&self) -> Vec<String> {
        let to = |mail: &String| {
            let line = mail.lines().find_map(|line| line.strip_prefix("To: ")).unwrap();
            line.rsplit(['<', ' ']).next().unwrap().trim_end_matches('>').to_owned()
        };
        self.outgoing().iter().map(to).collect()
    }

    pub fn unsubscribe_path(&self, customer: Id) -> String {
        Link::Unsubscribe(customer).path(self.app.store())
    }
}

/// That a customer says yes to news now.
pub fn yes(app: &TestApp, customer: Id) -> Change {
    said(app, customer, ("news", "granted"), "preferences")
}

pub fn said(app: &TestApp, customer: Id, what: (&str, &str), via: &str) -> Change {
    rapport_workflows::carry_out::consent(app.app.store().new_id(), customer, what, via, app.now())
}

pub fn of(customer: Id) -> RecordRef {
    RecordRef::new(Kind::Customer, customer)
}
