//! The real service, with a temporary store and a manual clock.

use std::path::Path;
use std::sync::Arc;

use rapport::channel::Sent;
use rapport::channel::email::{ParseOptions, parse};
use rapport::{App, Config};
use rapport_model::job::Task;
use rapport_model::message::{ChannelKind, Incoming};
use rapport_model::people::User;
use rapport_model::{Clock, Kind, ManualClock, Record, RecordRef, Timestamp};
use rapport_nlp::search::{Query, Request};
use rapport_storage::ingest::Fate;
use rapport_storage::records::Filter;
use rapport_workflows::search::Results;
use tempfile::TempDir;
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use super::Mail;

/// A house with two reps and a manager.
const CONFIG: &str = r#"
timezone = "Europe/Berlin"
default_region = "DE"
house = { name = "Brightwater Filters", addresses = ["support@brightwater.example"], domains = ["brightwater.example"] }
users = [
    { handle = "ruth", name = "Ruth Stein", role = "manager" },
    { handle = "mia", name = "Mia Tan", role = "rep", address = "mia@brightwater.example" },
    { handle = "leo", name = "Leo Fischer", role = "rep", address = "leo@brightwater.example", lang = "zh" },
]
nlp = { engine = "linear" }
"#;

/// The variable that names the server.
const DATABASE: &str = "RAPPORT__DATABASE";

/// When tests begin.
const START: &str = "2026-03-04T08:00:00Z";

/// The rules that come with the program, and the line where those by the clock begin.
const DEFAULT_RULES: &str = include_str!("../../../workflows/rules/default.toml");
const SCHEDULES: &str = "# --- By the clock";

/// Returns the rules that come with the program, without what runs by the clock.
pub fn rules_without_schedules() -> &'static str {
    DEFAULT_RULES.split_once(SCHEDULES).unwrap().0
}

/// The service under test. On drop it fails if work was left that is due.
pub struct TestApp {
    pub app: Arc<App>,
    pub clock: Arc<ManualClock>,
    _dir: TempDir,
}

impl TestApp {
    /// Starts the service without what runs by the clock; `environment` tells where its chat is.
    pub async fn start_with_chat(environment: Vec<(String, String)>) -> Self {
        let _ = tracing_subscriber::fmt()
            .with_max_level(tracing_subscriber::filter::LevelFilter::WARN)
            .with_writer(std::io::stderr)
            .try_init();
        let environment: Vec<(&str, &str)> =
            environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        Self::start_set(Some(rules_without_schedules()), &environment).await
    }

    /// Makes a code by which a colleague proves whose account it is.
    pub async fn link_code(&self, handle: &str) -> String {
        self.app.store().link_code(self.user(handle).id).await.unwrap()
    }

    /// Makes a chat account a colleague's.
    pub async fn binds(&self, channel: ChannelKind, handle: &str, account: i64) {
        let code = self.link_code(handle).await;
        self.app.store().bind(channel, account, &code).await.unwrap().unwrap();
    }

    /// Starts the service on Wednesday, 4 March 2026, 09:00 in Berlin.
    pub async fn start() -> Self {
        Self::start_with(None).await
    }

    /// Starts it on a server.
    pub async fn start_at(url: &str) -> Self {
        let clock = ManualClock::at(Timestamp::parse(START).unwrap());
        Self::start_in(TempDir::new().unwrap(), &[(DATABASE, url)], Arc::new(clock)).await
    }

    /// Starts it with variables that go over its configuration, in a file or on a server, without what runs by
    /// the clock.
    pub async fn start_on(url: Option<&str>, environment: &[(&str, &str)]) -> Self {
        let clock = Arc::new(ManualClock::at(Timestamp::parse(START).unwrap()));
        Self::start_in(Self::dir_with_rules(), &Self::on(url, environment), clock).await
    }

    /// Starts a further process on the server as [`TestApp::neighbour`] does, with variables.
    pub async fn neighbour_on(&self, url: &str, environment: &[(&str, &str)]) -> Self {
        let dir = Self::dir_with_rules();
        std::fs::create_dir(dir.path().join("keys")).unwrap();
        let key = |dir: &Path| dir.join("keys/master.key");
        std::fs::copy(key(self.app.store().dir()), key(dir.path())).unwrap();
        Self::start_in(dir, &Self::on(Some(url), environment), self.clock.clone()).await
    }

    /// The process is killed as it stands, and another begins with what it left on the disk.
    pub async fn dies(self, environment: &[(&str, &str)]) -> Self {
        let (dir, clock) = (TempDir::new().unwrap(), self.clock.clone());
        super::copy_dir(self.app.store().dir(), dir.path());
        // What it would still have done is not done.
        std::mem::forget(self);
        Self::start_in(dir, environment, clock).await
    }

    fn dir_with_rules() -> TempDir {
        let dir = TempDir::new().unwrap();
        std::fs::create_dir(dir.path().join("rules")).unwrap();
        std::fs::write(dir.path().join("rules/rules.toml"), rules_without_schedules()).unwrap();
        dir
    }

    fn on<'a>(url: Option<&'a str>, environment: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        environment.iter().copied().chain(url.map(|url| (DATABASE, url))).collect()
    }

    /// Starts a further process on the server, with a copy of the key; the time is the same for
    /// both.
    pub async fn neighbour(&self, url: &str) -> Self {
        let dir = TempDir::new().unwrap();
        std::fs::create_dir(dir.path().join("keys")).unwrap();
        let key = |dir: &Path| dir.join("keys/master.key");
        std::fs::copy(key(self.app.store().dir()), key(dir.path())).unwrap();
        Self::start_in(dir, &[(DATABASE, url)], self.clock.clone()).await
    }

    /// Starts it with the rules that come with the program, but nothing that runs by the clock:
    /// months pass without a look at the figures each hour.
    pub async fn start_without_schedules() -> Self {
        Self::start_with(Some(rules_without_schedules())).await
    }

    /// Starts it with those rules.
    pub async fn start_with(rules: Option<&str>) -> Self {
        Self::start_set(rules, &[]).await
    }

    /// Starts it with those rules, and with variables that go over its configuration.
    pub async fn start_set(rules: Option<&str>, environment: &[(&str, &str)]) -> Self {
        let clock = Arc::new(ManualClock::at(Timestamp::parse(START).unwrap()));
        let dir = TempDir::new().unwrap();
        if let Some(rules) = rules {
            std::fs::create_dir(dir.path().join("rules")).unwrap();
            std::fs::write(dir.path().join("rules/rules.toml"), rules).unwrap();
        }
        Self::start_in(dir, environment, clock).await
    }

    async fn start_in(dir: TempDir, environment: &[(&str, &str)], clock: Arc<ManualClock>) -> Self {
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let config = Config::read(CONFIG, "rapport.toml", environment).unwrap();
        let app = Arc::new(App::build(dir.path(), config, clock.clone()).await.unwrap());
        app.channels.console.open(app.workflows.users().iter().map(|u| u.id));
        let app = Self { app, clock, _dir: dir };
        app.settle().await;
        app
    }

    /// A mail arrives now and is dealt with.
    pub async fn receives(&self, mail: Mail) -> Fate {
        let fate = self.arrives(mail.bytes(self.clock.now())).await;
        self.settle().await;
        fate
    }

    /// A mail arrives in a mailbox now and is dealt with.
    pub async fn receives_at(&self, mailbox: &str, mail: Mail) {
        let now = self.clock.now();
        let incoming = parse(mail.bytes(now), "test", &ParseOptions::at(now));
        let at_mailbox = Incoming { account: mailbox.to_owned(), ..incoming };
        self.app.workflows.ingest(vec![at_mailbox]).await.unwrap();
        self.settle().await;
    }

    /// Bytes arrive now; nothing is done about them yet.
    pub async fn arrives(&self, raw: Vec<u8>) -> Fate {
        let options = ParseOptions::at(self.clock.now());
        let mut fates = self.app.workflows.ingest(vec![parse(raw, "test", &options)]).await.unwrap();
        fates.pop().unwrap()
    }

    /// Time passes, and what comes due is done as it does.
    pub async fn advance(&self, micros: i64) {
        let until = self.clock.now().plus(micros);
        while let Some(next) = self.app.workflows.next_timed().await.unwrap().filter(|next| *next <= until) {
            self.clock.set(next.max(self.clock.now()));
            self.settle().await;
        }
        self.clock.set(until);
        self.settle().await;
    }

    /// Does what is due. On a server what was written shows once all that began before has
    /// ended, whosever it is.
    pub async fn settle(&self) {
        self.app.settle().await.unwrap();
        while self.app.store().index_lag().await.unwrap() > 0 {
            self.app.settle().await.unwrap();
        }
    }

    /// All records of a kind, oldest first.
    pub async fn all(&self, kind: Kind) -> Vec<Record> {
        let mut all =
            self.app.store().list(kind, &Filter { limit: 10_000, ..Filter::default() }).await.unwrap();
        all.reverse();
        all
    }

    /// The record again, as it is now.
    pub async fn again(&self, record: RecordRef) -> Record {
        self.app.store().record(record).await.unwrap().unwrap()
    }

    /// The notices that colleagues got since the last call: who and subject.
    pub fn notices(&self) -> Vec<Sent> {
        self.app.channels.console.take()
    }

    /// The mails that left, oldest first, as their bytes.
    pub fn outgoing(&self) -> Vec<String> {
        let dir = self.app.store().dir().join("outgoing");
        let Ok(files) = std::fs::read_dir(dir) else { return Vec::new() };
        let mut paths: Vec<_> = files.map(|f| f.unwrap().path()).collect();
        paths.sort();
        paths.iter().map(|p| String::from_utf8(std::fs::read(p).unwrap()).unwrap()).collect()
    }

    pub fn user(&self, handle: &str) -> &User {
        self.app.workflows.users().iter().find(|u| u.handle == handle).unwrap()
    }

    pub async fn search(&self, text: &str) -> Results {
        let request = Request { query: Query::parse(text), limit: 20, ..Request::default() };
        self.app.workflows.search(&request).await.unwrap()
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let left = async {
            // Deadlines come due wherever a test moved the clock by hand.
            let store = self.app.store();
            for job in store.jobs(1_000).await.unwrap() {
                if matches!(job.task, Task::Clock { .. }) {
                    store.drop_job(job.id).await.unwrap();
                }
            }
            self.app.settle().await.unwrap()
        };
        let n = block_in_place(|| Handle::current().block_on(left));
        assert_eq!(n, 0, "work was left that is due");
    }
}
