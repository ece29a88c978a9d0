//! The pages that colleagues see in their browsers, over a real socket.

mod door;
mod scopes;
mod seen;

use rapport::commands::{Session, run};
use rapport::http::Limits;
use rapport_model::job::{JobOutcome, NewJob, Outbound, Task};
use rapport_model::message::ChannelKind;
use rapport_model::time::{DAY, HOUR};
use rapport_model::{Clock as _, Id};
use rapport_storage::visits::Via;
use rapport_storage::work::Work;
use rapport_workflows::digest::Period;

use crate::support::{Browser, Mail, Reply, SERVED, TestApp, rules_without_schedules};

/// What nobody may do to a page: it is shown as it was written.
const HOSTILE: &str = "<script>alert(1)</script> \"O'Neil\" & {{ 7*7 }}";
const HOSTILE_SUBJECT: &str = "</td><img src=x onerror=alert(2)> {% raw %}";
/// What a page that lets anything in would show of it.
const ACTS: [&str; 3] = ["<script", "<img", "<style"];

/// All pages, by where they are.
const PAGES: [&str; 8] = [
    "/desk",
    "/desk/pipeline",
    "/desk/inbox",
    "/desk/service",
    "/desk/digests",
    "/desk/operation",
    "/desk/audit",
    "/desk/record/C1",
];

const USERS: &str = "[\
    { handle = 'ruth', name = 'Ruth Stein', role = 'manager', address = 'ruth@brightwater.example' },\
    { handle = 'mia', name = 'Mia Tan', role = 'rep', scope = 'own', team = 'service', address = 'mia@brightwater.example' },\
    { handle = 'leo', name = 'Leo Fischer', role = 'rep', team = 'sales', lang = 'zh' },\
    { handle = 'vic', name = 'Vic Rossi', role = 'viewer' },\
]";

/// A house that serves pages.
struct House {
    app: TestApp,
    browser: Browser,
}

impl House {
    async fn start() -> Self {
        Self::start_set(&SERVED).await
    }

    async fn start_set(environment: &[(&str, &str)]) -> Self {
        let users = [("RAPPORT__USERS", USERS), ("RAPPORT__HOUSE__NAME", "Brightwater Filters")];
        let rules = rules_without_schedules();
        let app = TestApp::start_set(Some(rules), &[environment, &users].concat()).await;
        let limits = Limits { burst: 100_000, a_second: 100_000, ..Limits::default() };
        let browser = Browser::limited(&app, limits).await;
        Self { app, browser }
    }

    /// The path of a fresh link for a colleague.
    async fn link(&self, handle: &str) -> String {
        let user = self.app.user(handle).id;
        format!("/desk/in/{}", self.app.app.store().make_visit(user, Via::Operator).await.unwrap())
    }

    /// Sends a form from one of our own pages.
    async fn sends(&self, path: &str, cookie: &str, form: &str) -> Reply {
        let headers = format!(
            "Content-Type: application/x-www-form-urlencoded\r\nOrigin: https://crm.brightwater.example\r\n{cookie}"
        );
        self.browser.asks("POST", path, &headers, form).await
    }

    /// A colleague comes in; returns the line by which their browser is known.
    async fn comes(&self, handle: &str) -> String {
        let reply = self.sends(&self.link(handle).await, "", "").await;
        assert_eq!((reply.status, reply.header("location")), (303, Some("/desk")), "{}", reply.body);
        let cookie = reply.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
        format!("Cookie: {cookie}\r\n")
    }

    /// Opens a page as whoever has that cookie.
    async fn sees(&self, cookie: &str, path: &str) -> Reply {
        self.browser.asks("GET", path, cookie, "").await
    }

    async fn says(&self, handle: &str, words: &str) {
        let cards = run(&self.app.app, self.app.user(handle), &mut Session::new(), words).await.unwrap();
        assert!(!cards.is_empty(), "{words}");
    }

    async fn receives(&self, from: &str, id: &str, subject: &str, words: &str) {
        self.app.receives(Mail::from(from).id(id).says(subject, words)).await;
    }

    /// Two months of a house: customers of each colleague, one of them hostile, with deals, tickets and tasks.
    async fn with_life() -> Self {
        let house = Self::start().await;
        house.lives().await;
        house
    }

    async fn lives(&self) {
        let people = [
            (
                "Petra Novak <petra@novak-cafe.example>",
                "Pump broken",
                "The pump is broken again and nobody answers. This is unacceptable!",
            ),
            (
                "Anna Berg <anna@berg.example>",
                "Price of AquaOne",
                "How much do six AquaOne filters cost? Please send me a quote.",
            ),
            (
                "Tom Wells <tom@wells.example>",
                "Thank you",
                "The new filter works perfectly, thank you so much for the quick help!",
            ),
            (
                "Ines Roth <ines@roth.example>",
                "Delivery",
                "When does our order arrive? We wait for it since last week.",
            ),
            ("王丽 <wangli@chenguang.example>", "询价", "您好，请问六台净水器的价格是多少？请报价。"),
        ];
        for week in 0..7_usize {
            for (n, (from, subject, words)) in people.iter().enumerate() {
                if (week * 3 + n * 5) % 4 == 0 && week > 0 {
                    continue;
                }
                let id = format!("w{week}-{n}");
                self.receives(from, &id, subject, words).await;
                self.app.advance(3 * HOUR).await;
                if (week + n) % 3 == 0 {
                    let to = from.split_once('<').unwrap().1.trim_end_matches('>');
                    let answer =
                        Mail::from("Mia Tan <mia@brightwater.example>").to(to).id(&format!("a{week}-{n}"));
                    let answer =
                        answer.answers(&id).says(&format!("Re: {subject}"), "A technician comes tomorrow.");
                    self.app.receives(answer).await;
                }
            }
            self.app.advance(6 * DAY).await;
        }
        let hostile =
            format!("{} <evil@hostile.example>", "\"<script>alert(1)</script> \\\"O'Neil\\\" & {{ 7*7 }}\"");
        self.receives(
            &hostile,
            "h1",
            HOSTILE_SUBJECT,
            &format!("{HOSTILE} This is unacceptable, I am furious! {HOSTILE_SUBJECT}"),
        )
        .await;
        for (who, words) in [
            ("ruth", "assign C1 mia"),
            ("ruth", "assign C2 mia"),
            ("ruth", "assign C3 leo"),
            ("ruth", "assign C4 leo"),
            ("mia", "deal C2 12k AquaOne for the kitchen"),
            ("mia", "stage D1 proposal"),
            ("leo", "deal C4 4,800 EUR maintenance"),
            ("leo", "deal C3 $9,500 AquaPro 500"),
            ("mia", "stage D3 negotiation"),
            ("mia", "task call Petra tomorrow at 10"),
            ("leo", "task send Tom the invoice in 3 hours"),
            ("mia", "note C1: prefers mornings"),
            ("leo", "note C3: a quillfeather of a customer"),
        ] {
            self.says(who, words).await;
        }
        self.app.advance(2 * DAY).await;
        self.receives(
            "Petra Novak <petra@novak-cafe.example>",
            "last",
            "Pump broken",
            "Still no water. I complain! Repair it today!",
        )
        .await;
        self.app.advance(HOUR).await;
    }

    /// A digest was sent to a colleague, by mail.
    async fn sends_digest(&self, handle: &str) -> Id {
        let (workflows, store) = (&self.app.app.workflows, self.app.app.store());
        let user = self.app.user(handle);
        let period = Period::days(7, self.app.clock.now(), workflows.zone_of(Some(user)));
        let digest = workflows.digest_through(&workflows.store_of(user), period, user).await.unwrap();
        let said = workflows.prompts().digest(workflows.language_of(Some(user)), &digest);
        let id = store.new_id();
        let mail = Outbound {
            channel: ChannelKind::Email,
            subject: said.subject,
            body: said.text,
            html: Some(said.html),
            ..Outbound::notice(id, user.id, "digest", self.app.clock.now(), format!("digest/test/{id}/mail"))
        };
        store.commit(vec![Work { outbox: vec![mail], ..Work::default() }]).await.unwrap();
        self.app.settle().await;
        id
    }

    /// A job was given up.
    async fn gives_up(&self) {
        let store = self.app.app.store();
        let now = self.app.clock.now();
        let task = Task::Scheduled { name: "hourly_look".into(), planned: now };
        let job = NewJob { task, run_at: now, idempotency_key: None, correlation: None, lane: None };
        store.commit(vec![Work { jobs: vec![job], ..Work::default() }]).await.unwrap();
        let claimed = store.claim("timed", 10).await.unwrap().remove(0);
        let outcome = JobOutcome::GiveUp { why: "the figures do not add up".into() };
        let work = Work { job: Some((claimed.id, claimed.fence, Some(outcome))), ..Work::default() };
        store.commit(vec![work]).await.unwrap();
    }
}
