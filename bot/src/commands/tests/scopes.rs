//! Every command, by every role and scope: what somebody does not see is to them as if it did not exist.
//!
//! The house has two teams. What the one has is full of words that nobody of the other may come across;
//! what those ask for is asked about it and about what does not exist, and both answers are the same.

use rapport_model::people::{Role, Scope};
use rapport_model::{Change, Id, Kind, RecordRef};
use rapport_storage::records::Filter;
use rapport_storage::work::Work;

use super::super::command::{Command, Undoing};
use super::super::table::{COMMANDS, Name};
use super::super::{Session, mail_card, names, press, run};
use super::house::House;

/// Stands in a command for what it is about, and for a customer of the asker's.
const ABOUT: &str = "{about}";
const OWN: &str = "{own}";

/// What is planted in records of the other team.
const SECRETS: &[&str] = &[
    "zora",
    "quillfeather",
    "zanzibar",
    "obsidian",
    "marzipan",
    "98765",
    "98,765",
    "saxophone",
    "umbrella",
    "+49301234567",
    "tombola",
];

/// Names that are there, each with one as long that is not.
const WORDS: &[(&str, &str)] = &[
    ("Quillfeather", "Xyzzywortham"),
    ("Quillfeathr", "Xyzzyworthm"),
    ("Zora", "Xura"),
    ("Zanzibar", "Xanxiber"),
    ("obsidian", "ubsideon"),
    ("zora@quillfeather.example", "xura@xyzzywortham.example"),
];

/// Returns ways to ask for a command. Each command has its own: one that is added must say how it is
/// asked for, or this does not compile.
fn asked(name: Name) -> &'static [&'static str] {
    match name {
        Name::Find => &[
            "find {about}",
            "find {about} type:message newest",
            "find {about} +expand",
            "find type:message newest",
            "find type:customer",
            "find filter broken",
        ],
        Name::Show => &["show {about}", "show {about} as of 2026-03-11"],
        Name::Timeline => &["timeline {about}"],
        Name::Summary => &["summary {about}"],
        Name::History => &["history {about}"],
        Name::New => &["new company {about}"],
        Name::Edit => &["edit {about} language=en", "edit {own} company={about}"],
        Name::Note => &["note {about}: likes tea"],
        Name::Log => &["log call {about}: spoke 5 min"],
        Name::Tag => &["tag {about} +vip"],
        Name::Reply => &["reply {about}: hello"],
        Name::Template => &["template hello {about}", "template"],
        Name::Draft => &["draft {about}", "summary {about} in words"],
        Name::Rsvp => &["rsvp {about} yes"],
        Name::Attach => &["attach /nowhere/at/all.pdf"],
        Name::Files => &["files {about}"],
        Name::Claim => &["claim {about}"],
        Name::Meet => &["meet {about}"],
        Name::Assign => &["assign {about}: tom", "assign {about}: auto", "assign {about}"],
        Name::Task => {
            &["task call {about} tomorrow 10:00", "task {about} done", "task {about} tomorrow 9:00"]
        }
        Name::Tasks => &["tasks", "tasks team", "tasks overdue"],
        Name::Ticket => &["ticket new {about}: odd noise", "ticket {about} close", "ticket {about} take"],
        Name::Tickets => &["tickets", "tickets open", "tickets unassigned", "tickets all"],
        Name::Snooze => &["snooze {about} until Friday"],
        Name::Follow => &["follow {about}"],
        Name::Unfollow => &["unfollow {about}"],
        Name::Stage => &["stage {about}: won"],
        Name::Deal => &["deal new {about}: 12k by end of June 20 seats", "deal {about}"],
        Name::Deals => &["deals", "deals team", "deals tom", "deals new"],
        Name::Pipeline => &["pipeline", "pipeline team", "pipeline tom"],
        Name::Link => &["link {about}: Acme", "link {own}: {about}"],
        Name::Merge => &["merge {about} {own}", "merge {own} {about}"],
        Name::Split => &["split {about}"],
        Name::Next => &["next"],
        Name::Digest => &["digest week", "digest"],
        Name::Report => &["report this month", "report this month by rep", "report this week vs last"],
        Name::Workflow => &["workflow test {about}", "workflow list"],
        Name::Why => &["why {about}"],
        Name::Correct => &["correct {about}: refund, negative"],
        Name::Undo => &["undo {about}"],
        Name::Campaign => &[
            "campaign list",
            "campaign show P1",
            "campaign start P1",
            "campaign results P1",
            "campaign new summer check_in to tag:{about}",
            "campaign {about}",
        ],
        Name::Export => &["export customers {about}", "export customers"],
        Name::Import => &["import", "import customers"],
        Name::Privacy => &[
            "privacy grant {about}: at the fair",
            "privacy consent {about}",
            "privacy export {about}",
            "privacy erase {about}",
        ],
        Name::Dnd => &["dnd off"],
        Name::Mute => &["mute {about}"],
        Name::Lang => &["lang en"],
        Name::Tz => &["tz off"],
        Name::Who => &["who"],
        Name::Page => &["page"],
        Name::Useful => &["useful yes"],
        Name::Unlink => &["unlink telegram"],
        Name::Help => &["help"],
    }
}

/// Lists and figures, which are about nothing in particular.
fn lists() -> impl Iterator<Item = &'static str> {
    COMMANDS.iter().flat_map(|spec| asked(spec.name)).copied().filter(|line| !line.contains(ABOUT))
}

fn handle(role: Role, scope: Scope) -> String {
    format!("{role}-{scope}")
}

/// Everybody of the team that asks: one of each role and scope.
fn askers() -> impl Iterator<Item = (Role, Scope, String)> {
    let of = |role: &Role| {
        Scope::ALL.iter().map({
            let role = *role;
            move |scope| (role, *scope, handle(role, *scope))
        })
    };
    Role::ALL.iter().flat_map(of)
}

fn config() -> String {
    let mut text = String::from(
        "timezone = 'Europe/Berlin'\ndefault_region = 'DE'\ncurrency = 'EUR'\n\
         [house]\nname = 'Brightwater'\ndomains = ['brightwater.example']\n\
         [[users]]\nhandle = 'tom'\nrole = 'rep'\nteam = 'sales'\n",
    );
    for (role, scope, handle) in askers() {
        text.push_str(&format!(
            "[[users]]\nhandle = '{handle}'\nrole = '{role}'\nscope = '{scope}'\nteam = 'service'\n"
        ));
    }
    text
}

/// What the other team has.
struct Foreign {
    /// Ways to name its records, each with one that names nothing of the kind.
    named: Vec<(String, String)>,
    customer: RecordRef,
    mail: Id,
}

impl House {
    fn id(&self, handle: &str) -> Id {
        self.app.workflows.users().iter().find(|user| user.handle == handle).unwrap().id
    }

    async fn is_looked_after(&self, customer: RecordRef, by: &str) {
        let store = self.app.store();
        let change = Change::update(customer).set("owner", None::<Id>, self.id(by));
        store.commit(vec![Work::of(store.act("test"), vec![change])]).await.unwrap();
    }

    /// Gives a customer of their own to everybody who asks; returns their numbers.
    async fn everybody_has_one(&self) -> Vec<(String, String)> {
        let mut own = Vec::new();
        for (n, (.., handle)) in askers().enumerate() {
            let raw = format!(
                "From: Person {n} <person{n}@firm{n}.example>\r\nTo: support@brightwater.example\r\n\
                 Subject: Price of filter {n}\r\nMessage-ID: <own{n}@test.example>\r\n\
                 Content-Type: text/plain; charset=utf-8\r\n\r\nHow much is filter {n}? Please send a quote.\r\n"
            );
            self.takes_in(&raw).await;
            let address = format!("person{n}@firm{n}.example");
            let identity = self.app.store().identity("email", &address).await.unwrap().unwrap();
            let customer = RecordRef::new(Kind::Customer, identity.get("customer").id().unwrap());
            self.is_looked_after(customer, &handle).await;
            own.push((handle, self.app.store().record(customer).await.unwrap().unwrap().short().to_string()));
        }
        own
    }

    /// Drafts a campaign to everybody.
    async fn writes_to_all(&self) {
        let manager = handle(Role::Manager, Scope::All);
        let user = self.app.workflows.users().iter().find(|user| user.handle == manager).unwrap();
        let cards =
            run(&self.app, user, &mut Session::new(), "campaign new spring check_in to all").await.unwrap();
        assert!(cards[0].title.contains("P1 spring"), "{cards:?}");
    }

    /// Plants what nobody of the other team may come across.
    async fn plants(&mut self) -> Foreign {
        let raw = "From: Zora Quillfeather <zora@quillfeather.example>\r\nTo: support@brightwater.example\r\n\
             Subject: Zanzibar shipment broken\r\nMessage-ID: <zora@test.example>\r\n\
             Content-Type: text/plain; charset=utf-8\r\n\r\n\
             The saxophone is broken, this is unacceptable! Call +49 30 1234567 at once.\r\n";
        self.takes_in(raw).await;
        let store = self.app.store().clone();
        let identity = store.identity("email", "zora@quillfeather.example").await.unwrap().unwrap();
        let customer = RecordRef::new(Kind::Customer, identity.get("customer").id().unwrap());
        self.is_looked_after(customer, "tom").await;
        let number = store.record(customer).await.unwrap().unwrap().short();
        self.sits_down("tom");
        for line in [
            format!("note {number}: drinks obsidian tea"),
            format!("ticket new {number}: umbrella torn"),
            format!("task {number} buy marzipan tomorrow 10:00"),
            format!("deal new {number}: 98765 EUR tombola"),
            format!("edit {number} phone=+49 30 1234567"),
            format!("log call {number}: about the umbrella 5 min"),
        ] {
            let seen = self.sees(&line).await;
            assert!(seen.contains("Undo"), "{line}: {seen}");
        }
        self.app.settle().await.unwrap();
        let mut named = Vec::new();
        for kind in [Kind::Customer, Kind::Company, Kind::Ticket, Kind::Task, Kind::Deal] {
            let of = match kind {
                Kind::Customer | Kind::Company => Filter::default(),
                _ => Filter { equal: vec![("customer", customer.id.into())], ..Filter::default() },
            };
            let records = store.list(kind, &of).await.unwrap();
            let record = records.iter().find(|r| kind != Kind::Customer || r.record == customer).unwrap();
            let letter = kind.letter().unwrap();
            named.push((record.short().to_string(), format!("{letter}{}", record.number + 900)));
        }
        let message = store.messages_of(customer.id, 1).await.unwrap().remove(0);
        let note = Filter { equal: vec![("customer", customer.id.into())], ..Filter::default() };
        let note = store.list(Kind::Note, &note).await.unwrap()[0].record;
        for record in [
            customer,
            RecordRef::new(Kind::Message, message.id),
            RecordRef::new(Kind::Thread, message.thread),
            note,
            identity.record,
        ] {
            named.push((format!("{}:{}", record.kind, record.id), format!("{}:17", record.kind)));
        }
        named.extend(WORDS.iter().map(|(there, not)| ((*there).to_owned(), (*not).to_owned())));
        Foreign { named, customer, mail: message.id }
    }

    /// Asks as somebody who just sat down, and returns all that is shown and can be pressed, as JSON.
    async fn asked_by(&self, handle: &str, line: &str) -> String {
        let user = self.app.workflows.users().iter().find(|user| user.handle == handle).unwrap();
        let cards = run(&self.app, user, &mut Session::new(), line).await;
        let cards = cards.unwrap_or_else(|e| panic!("{handle}: {line:?}: {e:#}"));
        let shown = serde_json::to_string(&cards).unwrap();
        // What was made is the asker's own, and would be found by what is asked next.
        if shown.contains("undo act:") && !line.starts_with("history") {
            run(&self.app, user, &mut Session::new(), "undo").await.unwrap();
        }
        shown
    }
}

/// Returns an answer without the words that were asked for.
fn rest(shown: &str, about: &str) -> String {
    let mut text = shown.to_lowercase().replace('＠', "@");
    let about = about.to_lowercase();
    let words = about.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > 3);
    let (whole, spoken) = (about.clone(), about.replace(':', " "));
    for part in [whole.as_str(), spoken.as_str()].into_iter().chain(words).filter(|part| !part.is_empty()) {
        text = text.replace(part, "(about)");
    }
    text
}

/// Blots out what was asked for and every number: of both answers the rest must be the same.
fn bare(shown: &str, about: &str) -> String {
    let mut bare = String::with_capacity(shown.len());
    for letter in rest(shown, about).chars() {
        match letter {
            '0'..='9' if bare.ends_with('0') => {}
            '0'..='9' => bare.push('0'),
            other => bare.push(other),
        }
    }
    bare
}

/// Returns the secrets that an answer holds beside what was asked for.
fn told(shown: &str, about: &str) -> Vec<&'static str> {
    let rest = rest(shown, about);
    SECRETS.iter().copied().filter(|secret| rest.contains(secret)).collect()
}

#[tokio::test]
async fn what_is_not_seen_is_as_if_it_did_not_exist_whatever_is_asked() {
    let mut house = House::of(&config(), "tom").await;
    house.has_template("hello", "Hello\nDear {{ name }}, hello.");
    let own = house.everybody_has_one().await;
    house.writes_to_all().await;
    let restricted = || askers().filter(|(_, scope, _)| *scope != Scope::All);

    // Lists and figures are the same before the other team has something and after.
    let mut before = Vec::new();
    for (.., handle) in restricted() {
        for line in lists() {
            before.push((handle.clone(), line, house.asked_by(&handle, line).await));
        }
    }
    let foreign = house.plants().await;
    for (handle, line, before) in before {
        let after = house.asked_by(&handle, line).await;
        assert_eq!(told(&after, ""), [""; 0], "{handle}: {line}: {after}");
        assert_eq!(after, before, "{handle}: {line}");
    }

    for (role, scope, handle) in askers() {
        let mine = &own.iter().find(|(whose, _)| *whose == handle).unwrap().1;
        let mut n_told = 0;
        for line in COMMANDS.iter().flat_map(|spec| asked(spec.name)).filter(|line| line.contains(ABOUT)) {
            if scope == Scope::All && !line.starts_with("show") && !line.starts_with("find") {
                continue;
            }
            for (there, nowhere) in &foreign.named {
                let ask = |about: &str| line.replace(OWN, mine).replace(ABOUT, about);
                let shown = house.asked_by(&handle, &ask(there)).await;
                let told = told(&shown, there);
                n_told += told.len();
                if scope == Scope::All {
                    continue;
                }
                let line = ask(there);
                // That an address or a domain is taken has to be said: nobody else can have it.
                if line.starts_with("new ") && there.contains('@') {
                    continue;
                }
                assert_eq!(told, [""; 0], "{handle}: {line}: {shown}");
                let without = house.asked_by(&handle, &ask(nowhere)).await;
                assert_eq!(bare(&shown, there), bare(&without, nowhere), "{handle}: {line}");
            }
        }
        // Who sees everything is told, so that this test cannot pass by refusing everything.
        assert_eq!(n_told > 100, scope == Scope::All, "{handle}: {n_told}");
        let shown = house.asked_by(&handle, &format!("show {mine}")).await;
        assert!(shown.contains("Person"), "{handle}: {shown}");
        let found = house.asked_by(&handle, "find filter type:message").await;
        assert!(found.contains("Price of filter"), "{handle}: {found}");
        let noted = house.asked_by(&handle, &format!("note {mine}: likes tea")).await;
        assert_eq!(noted.contains("likes tea"), role != Role::Viewer, "{handle}: {noted}");
    }
    house.never_tells(&foreign).await;
}

impl House {
    /// What comes without being asked in words: buttons, offers while typing, cards, notices.
    async fn never_tells(&self, foreign: &Foreign) {
        let store = self.app.store();
        let history = store.history(foreign.customer).await.unwrap();
        let act = history.last().unwrap().act.id;
        for user in self.app.workflows.users() {
            let sees = user.handle == "tom" || user.scope == Scope::All;
            for typed in ["", "q", "quill", "Zora Q", "zora@quill"] {
                let offered = names(&self.app, user, typed, 25).await.unwrap();
                let is_there = offered.iter().any(|(_, name)| name.contains("Quillfeather"));
                assert!(sees || !is_there, "{}: {typed:?}: {offered:?}", user.handle);
            }
            let offered = names(&self.app, user, "Zora Q", 25).await.unwrap();
            assert_eq!(offered.is_empty(), !sees, "{}", user.handle);
            let card = mail_card(&self.app, user, foreign.mail).await.unwrap();
            assert_eq!(card.is_some(), sees, "{}", user.handle);
            if sees {
                continue;
            }
            let (undo, none) = (Undoing::Act(act), Undoing::Act(Id(17)));
            let mut shown = Vec::new();
            for (undo, record) in [(undo, foreign.customer), (none, RecordRef::new(Kind::Customer, Id(17)))] {
                let command = Command::Undo(undo).to_string();
                let seen = Some((record, 1));
                let cards = press(&self.app, user, &mut Session::new(), &command, seen, None).await.unwrap();
                shown.push(bare(&serde_json::to_string(&cards).unwrap(), ""));
            }
            assert_eq!(shown[0], shown[1], "{}", user.handle);
            assert_eq!(told(&shown[0], ""), [""; 0], "{}", user.handle);
        }
        // A notice of before is not told to whom does not see any more what it is about.
        let mut n_held = 0;
        let notices = store.outbox(1_000).await.unwrap().into_iter().map(|(message, _)| message);
        for notice in notices {
            let rapport_model::job::Recipient::User(reader) = notice.to else { continue };
            let user = self.app.workflows.user(reader).unwrap();
            let sees = user.handle == "tom" || user.scope == Scope::All;
            let text = format!("{} {}", notice.subject, notice.body);
            if !sees && !told(&text, "").is_empty() {
                let why = self.app.outdated(&notice).await.unwrap();
                assert!(why.is_some(), "{}: {text}", user.handle);
                n_held += 1;
            }
        }
        assert!(n_held > 0, "while nobody looked after them the team was told");
    }
}

#[tokio::test]
async fn who_gives_a_customer_away_sees_them_no_more_and_whoever_gets_them_does() {
    let mut house = House::of(&config(), "rep-own").await;
    let own = house.everybody_has_one().await;
    let number = &own.iter().find(|(handle, _)| handle == "rep-own").unwrap().1;
    let given = house.sees_all(&format!("assign {number}: viewer-own"), &["may only read"]).await;
    assert!(!given.contains("Undo"), "{given}");
    let given = house.sees_all(&format!("assign {number}: manager-own"), &["manager-own"]).await;
    assert!(!given.contains("Undo"), "what is not seen cannot be taken back: {given}");
    house.sees_all(&format!("show {number}"), &["There is no"]).await;
    house.sees_all("undo", &["nothing of yours"]).await;
    house.sits_down("manager-own");
    house.sees_all(&format!("show {number}"), &["Person"]).await;
    // A task with a customer is enough to see them, until it is taken away.
    house.sees_all(&format!("task {number} call back tomorrow 10:00 @rep-own"), &["Undo"]).await;
    house.sits_down("rep-own");
    house.sees_all(&format!("show {number}"), &["Person"]).await;
    house.sits_down("manager-own");
    house.sees_all("undo", &[]).await;
    house.sits_down("rep-own");
    let shown = house.sees(&format!("show {number}")).await;
    assert!(!shown.contains("Person"), "{shown}");
}

#[tokio::test]
async fn an_address_of_somebody_who_is_not_seen_cannot_be_taken_by_another() {
    let mut house = House::of(&config(), "tom").await;
    house.everybody_has_one().await;
    house.plants().await;
    house.sits_down("rep-own");
    let made =
        house.sees_all("new lead Jan Peer zora@quillfeather.example", &["Jan Peer", "somebody else"]).await;
    assert!(!made.to_lowercase().contains("zora quill"), "{made}");
    let edited = house.sees_all("edit Jan email=zora@quillfeather.example", &["somebody else"]).await;
    assert!(!edited.contains("Zora"), "{edited}");
}
