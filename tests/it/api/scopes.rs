//! Every operation, by every role and scope: what a token does not see is to it as if it did not exist, and
//! what it may not do it does not.
//!
//! The house has two teams. What the one has is full of words that nobody of the other may come across.

use rapport::api::OPERATIONS;
use rapport::api::operation::{Method, Operation};
use rapport::api::types::{
    CustomerWritten, DealWritten, Draft, Jobs, NewCustomer, NewDeal, NewNote, NewReply, NewTask, NewTicket,
    NoteWritten, TaskWritten, Threads, TicketWritten,
};
use rapport_model::people::{Role, Scope};
use rapport_model::time::DAY;
use rapport_model::{Change, Clock as _, Id, Kind, RecordRef};
use rapport_storage::work::Work;
use serde_json::{Value, json};

use super::{House, SERVED};
use crate::support::Mail;

const SECRETS: &[&str] = &[
    "zora",
    "quillfeather",
    "zanzibar",
    "obsidian",
    "marzipan",
    "9876500",
    "saxophone",
    "umbrella",
    "tombola",
    "hush",
];

/// How something is asked: the path with its query, and what is sent along.
type Asked = (String, Option<Value>);

/// Returns ways to ask for an operation; `of` names a record of a kind. An operation that is added must say here
/// how it is asked.
fn asked(operation: &Operation, of: &dyn Fn(&str) -> String) -> Vec<Asked> {
    let get = |path: &str| vec![(path.to_owned(), None)];
    let one = |kind: &str| vec![(operation.path.replace("{id}", &of(kind)), None)];
    let send = |kind: &str, body: Value| vec![(operation.path.replace("{id}", &of(kind)), Some(body))];
    let due = "2099-01-01T00:00:00Z";
    match operation.id {
        "me" | "list_users" | "list_companies" | "list_jobs" | "list_digests" => get(operation.path),
        "list_customers" => {
            [get("/customers"), get(&format!("/customers?company={}", of("company")))].concat()
        }
        "list_deals" | "list_tickets" | "list_tasks" | "list_notes" | "list_threads" | "list_messages" => {
            [get(operation.path), get(&format!("{}?customer={}", operation.path, of("customer")))].concat()
        }
        "get_customer" | "get_customer_history" => one("customer"),
        "get_company" | "get_company_history" => one("company"),
        "get_deal" | "get_deal_history" => one("deal"),
        "get_task" | "get_task_history" => one("task"),
        "get_ticket" | "get_ticket_history" => one("ticket"),
        "get_note" => one("note"),
        "get_thread" | "list_thread_messages" => one("thread"),
        "get_message" => one("message"),
        "get_draft" | "hold_draft" | "delete_draft" => one("draft"),
        "send_draft" => send("draft", json!({"anyway": true})),
        "create_reply" => send("thread", json!({"text": "Hello."})),
        "create_customer" => {
            send("", json!({"name": "New Person", "company": of("company"), "anyway": true}))
        }
        "change_customer" => send("customer", json!({"language": "en"})),
        "create_company" => send("", json!({"name": "New House", "owner": "nobody"})),
        "change_company" => send("company", json!({"name": "Other"})),
        "create_deal" => send("", json!({"customer": of("customer"), "title": "x"})),
        "change_deal" => send("deal", json!({"stage": "won"})),
        "create_task" => send("", json!({"title": "x", "due": due, "about": of("customer")})),
        "change_task" => send("task", json!({"done": true})),
        "create_ticket" => send("", json!({"customer": of("customer"), "title": "x"})),
        "change_ticket" => send("ticket", json!({"status": "closed"})),
        "create_note" => ["customer", "company", "deal", "ticket"]
            .iter()
            .flat_map(|kind| send("", json!({"about": of(kind), "body": "x"})))
            .collect(),
        "search" => {
            let words =
                ["saxophone", "Quillfeather", "obsidian", "umbrella", "tombola", "marzipan", "filter"];
            let mut all: Vec<Asked> =
                words.iter().map(|word| (format!("/search?q={word}&expand=true"), None)).collect();
            all.extend(
                ["/search", "/search?kind=customer", "/search?kind=message&order=newest"]
                    .map(|path| (path.to_owned(), None)),
            );
            all.push((format!("/search?customer={}", of("customer")), None));
            all
        }
        "get_digest" => [get("/digest"), get("/digest?days=7")].concat(),
        "retry_job" | "drop_job" => one("job"),
        "list_acts" => {
            [get("/acts?limit=100"), get(&format!("/acts?record={}", of("deal"))), get("/acts?actor=tom")]
                .concat()
        }
        "undo_act" => one("act"),
        other => panic!("say how {other} is asked"),
    }
}

/// Everybody of the team that asks: one of each role and scope.
fn askers() -> impl Iterator<Item = (Role, Scope, String)> {
    Role::ALL
        .iter()
        .flat_map(|role| Scope::ALL.iter().map(move |scope| (*role, *scope, format!("{role}-{scope}"))))
}

fn users() -> String {
    let mut users = String::from("[{handle='tom',role='rep',team='sales'}");
    for (role, scope, handle) in askers() {
        users.push_str(&format!(",{{handle='{handle}',role='{role}',scope='{scope}',team='service'}}"));
    }
    users + "]"
}

/// What the other team has, by kind: how it is named, by number and by id.
struct Foreign(Vec<(&'static str, Vec<String>)>);

impl Foreign {
    fn of(&self, kind: &str, way: usize) -> String {
        let names = self.0.iter().find(|(known, _)| *known == kind).map(|(_, names)| names);
        names.map_or_else(String::new, |names| names[way % names.len()].clone())
    }
}

/// Names nothing that there is, in the same way.
fn nowhere(name: &str) -> String {
    match name.chars().next() {
        Some(letter) if letter.is_ascii_alphabetic() => format!("{letter}{}", 9_000 + name.len()),
        Some(_) => "17".to_owned(),
        None => String::new(),
    }
}

/// Blots out every name and number: of both answers the rest must be the same.
fn bare(text: &str, names: &[String]) -> String {
    let mut text = text.to_lowercase();
    for name in names.iter().filter(|name| name.len() > 1) {
        text = text.replace(&name.to_lowercase(), "#");
    }
    let mut bare = String::new();
    for letter in text.chars() {
        match letter {
            '0'..='9' | '#' if bare.ends_with('#') => {}
            '0'..='9' => bare.push('#'),
            other => bare.push(other),
        }
    }
    bare
}

fn told(text: &str) -> Vec<&'static str> {
    let text = text.to_lowercase();
    SECRETS.iter().copied().filter(|secret| text.contains(secret)).collect()
}

impl House {
    async fn ask(&self, secret: &str, operation: &Operation, (path, body): &Asked) -> (u16, String) {
        let reply = match body {
            Some(body) => self.sends(secret, operation.method.name(), path, body).await,
            None => self.asks(secret, operation.method.name(), path, "", "").await,
        };
        assert!(reply.status < 500, "{operation:?} {path}: {}", reply.body);
        (reply.status, reply.body)
    }

    async fn is_looked_after(&self, customer: RecordRef, by: &str) {
        let store = self.app.app.store();
        let owner = store.record(customer).await.unwrap().unwrap().get("owner").clone();
        let change = Change::update(customer).set("owner", owner, self.app.user(by).id);
        store.commit(vec![Work::of(store.act("test"), vec![change])]).await.unwrap();
    }

    /// Plants what nobody of the other team may come across.
    async fn plants(&self) -> Foreign {
        let text = "The saxophone is broken, this is unacceptable! Send another at once.";
        let mail = Mail::from("Zora Quillfeather <zora@quillfeather.example>")
            .id("zora")
            .says("Zanzibar shipment broken", text);
        self.app.receives(mail).await;
        let store = self.app.app.store();
        let identity = store.identity("email", "zora@quillfeather.example").await.unwrap().unwrap();
        let customer = RecordRef::new(Kind::Customer, identity.get("customer").id().unwrap());
        self.is_looked_after(customer, "tom").await;
        // What the rules made of the mail while nobody looked after her is tom's, too.
        for kind in [Kind::Ticket, Kind::Task, Kind::Deal] {
            for record in
                self.app.all(kind).await.iter().filter(|r| r.get("customer").id() == Some(customer.id))
            {
                let change = Change::update(record.record).set(
                    "owner",
                    record.get("owner").clone(),
                    self.app.user("tom").id,
                );
                store.commit(vec![Work::of(store.act("test"), vec![change])]).await.unwrap();
            }
        }
        let tom = self.is("tom").await;
        let of = customer.id.to_string();
        let number = store.record(customer).await.unwrap().unwrap().short().to_string();
        let deal = NewDeal {
            customer: of.clone(),
            title: "Tombola".into(),
            amount: Some(rapport::api::types::Money { minor: 9_876_500, currency: "EUR".into() }),
            ..NewDeal::default()
        };
        let deal: DealWritten = tom.post("/deals", &deal, None).await.unwrap();
        let due = self.app.clock.now().plus(DAY);
        let task = NewTask { title: "Buy marzipan".into(), due, owner: None, about: Some(number.clone()) };
        let task: TaskWritten = tom.post("/tasks", &task, None).await.unwrap();
        let ticket =
            NewTicket { customer: of.clone(), title: "Umbrella torn".into(), ..NewTicket::default() };
        let ticket: TicketWritten = tom.post("/tickets", &ticket, None).await.unwrap();
        let note = NewNote { about: number.clone(), body: "Drinks obsidian tea.".into() };
        let note: NoteWritten = tom.post("/notes", &note, None).await.unwrap();
        let thread =
            tom.get::<Threads>(&format!("/threads?customer={number}")).await.unwrap().items.remove(0);
        let message = store.messages_of(customer.id, 1).await.unwrap().remove(0);
        let reply = NewReply { text: "Hush.".into(), all: false };
        let draft: Draft = tom.post(&format!("/threads/{}/replies", thread.id), &reply, None).await.unwrap();
        let (deal, act) = (deal.record.unwrap(), deal.act.unwrap());
        let (task, ticket) = (task.record.unwrap(), ticket.record.unwrap());
        let company = deal.company.clone().unwrap();
        self.app.settle().await;
        let both = |number: &str, id: Id| vec![number.to_owned(), id.to_string()];
        Foreign(vec![
            ("customer", both(&number, customer.id)),
            ("company", both(company.number.as_deref().unwrap(), company.id)),
            ("deal", both(&deal.number, deal.id)),
            ("task", both(&task.number, task.id)),
            ("ticket", both(&ticket.number, ticket.id)),
            ("note", vec![note.record.unwrap().id.to_string()]),
            ("thread", vec![thread.id.to_string()]),
            ("message", vec![message.id.to_string()]),
            ("draft", vec![draft.id.to_string()]),
            ("act", vec![act.to_string()]),
            ("job", vec!["17".to_owned()]),
        ])
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_token_does_not_see_is_as_if_it_did_not_exist_whatever_is_asked() {
    let users = users();
    let house = House::start_set(&[SERVED[0], SERVED[1], ("RAPPORT__USERS", &users)]).await;
    let mut askers_with_tokens = Vec::new();
    for (role, scope, handle) in askers() {
        let secret = house.secret(&handle).await;
        let mail = Mail::from(&format!("Person <{handle}@firm-{handle}.example>")).id(&handle);
        house
            .app
            .receives(
                mail.says(&format!("Price of filter {handle}"), "How much is a filter? Please send a quote."),
            )
            .await;
        let address = format!("{handle}@firm-{handle}.example");
        let identity = house.app.app.store().identity("email", &address).await.unwrap().unwrap();
        house
            .is_looked_after(RecordRef::new(Kind::Customer, identity.get("customer").id().unwrap()), &handle)
            .await;
        askers_with_tokens.push((role, scope, secret));
    }
    // A token that sees less than its colleague is one more of the kind.
    for scope in [Scope::Team, Scope::Own] {
        let secret = house.secret_of("manager-all", Role::Manager, scope).await;
        askers_with_tokens.push((Role::Manager, scope, secret));
    }
    let none = |_: &str| String::new();
    let lists = || {
        let of_all = OPERATIONS
            .iter()
            .filter(|op| op.method == Method::Get && !op.path.contains("{id}") && op.id != "list_jobs");
        of_all
            .flat_map(|op| asked(op, &none).into_iter().map(move |asked| (op, asked)))
            .filter(|(_, (path, _))| !path.ends_with('='))
    };
    let restricted: Vec<_> = askers_with_tokens.iter().filter(|(_, scope, _)| *scope != Scope::All).collect();

    // Lists and figures are the same before the other team has something and after.
    let mut before = Vec::new();
    for (_, _, secret) in &restricted {
        for (operation, asked) in lists() {
            before.push((secret, operation, asked.clone(), house.ask(secret, operation, &asked).await));
        }
    }
    let foreign = house.plants().await;
    for (secret, operation, asked, before) in before {
        let after = house.ask(secret, operation, &asked).await;
        assert_eq!(told(&after.1), [""; 0], "{operation:?} {asked:?}: {}", after.1);
        // A digest says until when it counts, and scores stand beside all that there is.
        if operation.id != "search" {
            assert_eq!(after, before, "{operation:?} {asked:?}");
        } else {
            let total = |body: &str| serde_json::from_str::<Value>(body).unwrap()["total"].clone();
            assert_eq!(total(&after.1), total(&before.1), "{asked:?}");
        }
    }

    let (mut n_asked, mut n_refused, mut n_told) = (0, 0, 0);
    for (role, scope, secret) in &askers_with_tokens {
        for operation in OPERATIONS.iter() {
            for way in 0..2 {
                let there = |kind: &str| foreign.of(kind, way);
                let not_there = |kind: &str| nowhere(&foreign.of(kind, way));
                let names: Vec<String> = foreign
                    .0
                    .iter()
                    .flat_map(|(_, all)| all.iter().flat_map(|name| [name.clone(), nowhere(name)]))
                    .collect();
                let (there, not_there) = (asked(operation, &there), asked(operation, &not_there));
                for (there, not_there) in there.iter().zip(&not_there) {
                    let may = *role <= operation.role && (!operation.whole_house || *scope == Scope::All);
                    if *scope == Scope::All && operation.method != Method::Get && may {
                        // They would change it; others do not.
                        continue;
                    }
                    let (status, body) = house.ask(secret, operation, there).await;
                    n_asked += 1;
                    assert_eq!(status == 403, !may, "{role} {scope} {operation:?}: {status} {body}");
                    n_refused += usize::from(!may);
                    if *scope == Scope::All {
                        n_told += told(&body).len();
                        continue;
                    }
                    assert_eq!(told(&body), [""; 0], "{role} {scope} {operation:?} {there:?}: {body}");
                    if there != not_there {
                        let (status_of_none, none) = house.ask(secret, operation, not_there).await;
                        assert_eq!(
                            status, status_of_none,
                            "{role} {scope} {operation:?} {there:?}: {body} {none}"
                        );
                        assert_eq!(
                            bare(&body, &names),
                            bare(&none, &names),
                            "{role} {scope} {operation:?} {there:?}"
                        );
                    }
                }
            }
        }
    }
    println!("{n_asked} asked, {n_refused} refused by role, {n_told} told to those who see all");
    assert!(n_asked > 1_000 && n_refused > 100 && n_told > 100, "{n_asked} {n_refused} {n_told}");
    let all = house.secret("manager-all").await;
    assert_eq!(house.client(&all).get::<Jobs>("/jobs").await.unwrap().given_up, 0);
    house.app.advance(2 * DAY).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_of_somebody_who_is_not_seen_cannot_be_taken_and_nobody_is_told_whose_it_is() {
    let users = users();
    let house = House::start_set(&[SERVED[0], SERVED[1], ("RAPPORT__USERS", &users)]).await;
    house.plants().await;
    let rep = house.is("rep-own").await;
    let new = NewCustomer {
        name: Some("Jan Peer".into()),
        email: Some("zora@quillfeather.example".into()),
        ..NewCustomer::default()
    };
    let refused = rep.post::<CustomerWritten>("/customers", &new, None).await.unwrap_err();
    let said = refused.problem().unwrap();
    assert_eq!(
        (said.status, said.errors[0].field.as_str(), said.errors[0].what.as_str()),
        (422, "email", "is somebody else's")
    );
    house.app.advance(2 * DAY).await;
}
