//! The house of the tests: its letters, its processes, and how a process alone deals with them.

use std::path::Path;
use std::sync::Arc;

use rapport::channel::email::{ParseOptions, parse};
use rapport::{App, Config};
use rapport_model::time::HOUR;
use rapport_model::{ManualClock, Timestamp};
use rapport_storage::{Access, Place, Store};

use super::at;
use crate::support::{Mail, Program, Running, rules_without_schedules};

const CONFIG: &str = r#"
house = { name = "Brightwater Filters", addresses = ["support@brightwater.example"], domains = ["brightwater.example"] }
users = [
    { handle = "ruth", name = "Ruth Stein", role = "manager", address = "ruth@brightwater.example" },
    { handle = "mia", name = "Mia Tan", role = "rep", address = "mia@brightwater.example" },
]
"#;

/// What customers write; whoever asks for their order is answered.
const SAYS: [&str; 6] = [
    "The pump you delivered last week is leaking again and this is unacceptable.",
    "Could you send us a quote for twenty filter cartridges?",
    ORDER,
    "Thank you, the new filter works perfectly and we are very happy.",
    "您好，我们的订单还没有到货，请帮忙查询一下。",
    "I was charged twice for invoice INV-2026-0312.",
];
const ORDER: &str = "Where is our order 4711? It should have arrived on Monday.";
/// Mails that are taken in together.
const PORTION: usize = 200;

/// Letters such that the order in which they are dealt with makes no difference: each customer
/// writes the same words at the same time, again and again.
#[derive(Clone, Copy)]
pub struct Letters {
    pub customers: usize,
    pub each: usize,
}

impl Letters {
    /// The letters in the order they arrive: the first of each customer, then the second of
    /// each, so that those of one customer lie far apart; at the end our answers.
    pub fn arrive(self) -> Vec<Vec<u8>> {
        let from = |customer: usize| format!("p{customer}@firm{}.example", customer % 13);
        let writes = |i: usize, customer: usize| {
            let says = SAYS[customer % SAYS.len()];
            let mail = Mail::from(&format!("Person {customer} <{}>", from(customer)))
                .id(&format!("{customer}.{i}@firm.example"))
                .says(&format!("Matter {customer}"), says);
            let mail = if i == 0 { mail } else { mail.answers(&format!("{customer}.0@firm.example")) };
            // Machines write, too.
            let machine = i % 2 == 1 && customer % 20 == 19;
            let mail = if machine { mail.header("Auto-Submitted: auto-replied") } else { mail };
            mail.bytes(Self::written_at(customer))
        };
        let answers = |customer: usize| {
            Mail::from("Mia Tan <mia@brightwater.example>")
                .to(&from(customer))
                .id(&format!("answer{customer}@brightwater.example"))
                .answers(&format!("{customer}.0@firm.example"))
                .says(&format!("Matter {customer}"), "It left our house on Monday.")
                .bytes(Self::written_at(customer).plus(HOUR))
        };
        let letters = (0..self.each).flat_map(|i| (0..self.customers).map(move |customer| (i, customer)));
        letters.map(|(i, customer)| writes(i, customer)).chain(self.answered().map(answers)).collect()
    }

    /// The customers whom we answer.
    pub fn answered(self) -> impl Iterator<Item = usize> {
        (0..self.customers).filter(|customer| SAYS[customer % SAYS.len()] == ORDER)
    }

    pub fn n_messages(self) -> usize {
        self.customers * self.each + self.answered().count()
    }

    fn written_at(customer: usize) -> Timestamp {
        at("2026-11-20T00:00:00Z").plus(customer as i64 * 2_000_000)
    }
}

/// A process of the house, in a data directory of its own.
pub struct Member {
    pub program: Program,
    place: Place,
}

impl Member {
    /// Sets a directory up for a process that works at `place`; with a copy of the house's key if
    /// another has it.
    pub fn new(dir: &Path, place: Place, key_of: Option<&Self>) -> Self {
        let keys = dir.join("keys");
        std::fs::create_dir_all(&keys).unwrap();
        std::fs::create_dir_all(dir.join("rules")).unwrap();
        if let Some(other) = key_of {
            std::fs::copy(other.program.data.join("keys/master.key"), keys.join("master.key")).unwrap();
        }
        let database = place.database.as_ref().map_or(String::new(), |url| format!("database = '{url}'\n"));
        std::fs::write(dir.join("rapport.toml"), database + CONFIG).unwrap();
        std::fs::write(dir.join("rules/rules.toml"), rules_without_schedules()).unwrap();
        Self { program: Program::on(dir), place }
    }

    pub fn runs(&self, now: &str) -> Running {
        Running::start(&self.program, &["--now", now, "run"])
    }

    /// Starts the service in this process, to take letters in.
    pub async fn opens(&self, now: &str) -> App {
        let config = Config::load(&self.program.data, None).unwrap();
        App::build(&self.program.data, config, Arc::new(ManualClock::at(at(now)))).await.unwrap()
    }

    /// Looks at the store beside the process.
    pub async fn looks(&self, now: &str) -> Store {
        let clock = Arc::new(ManualClock::at(at(now)));
        Store::open_at(&self.program.data, &self.place, Access::Read, clock).await.unwrap()
    }

    /// Tells how far the process's index is behind.
    pub async fn lag(&self) -> i64 {
        let store = self.looks(super::NOW).await;
        let lag = store.index_lag().await.unwrap();
        store.close().await;
        lag
    }

    /// The mails that left through this process.
    pub fn outgoing(&self) -> Vec<String> {
        let Ok(files) = std::fs::read_dir(self.program.data.join("outgoing")) else { return Vec::new() };
        let paths = files.map(|file| file.unwrap().path());
        // One that is being written has another name.
        let mails = paths.filter(|path| path.extension().is_some_and(|end| end == "eml"));
        mails.map(|path| std::fs::read_to_string(path).unwrap()).collect()
    }
}

/// Takes letters in as their arrival does; nothing is done about them yet.
pub async fn take_in(app: &App, letters: &[Vec<u8>]) {
    let options = ParseOptions::at(app.store().clock().now());
    for portion in letters.chunks(PORTION) {
        let incoming = portion.iter().map(|mail| parse(mail.clone(), "test", &options)).collect();
        app.workflows.ingest(incoming).await.unwrap();
    }
}

/// One process alone, on a file, that nothing happens to; it works at each of `times`.
pub async fn calm(dir: &Path, letters: Letters, times: &[&str]) -> Member {
    let calm = Member::new(dir, Place::default(), None);
    let app = calm.opens(times[0]).await;
    take_in(&app, &letters.arrive()).await;
    app.close().await;
    drop(app);
    for now in times {
        calm.program.json(&["--now", now, "--json", "run", "--once"]);
    }
    calm
}
