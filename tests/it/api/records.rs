//! Records are listed, shown, made and changed, and what is done can be taken back.

use rapport::api::types::{
    Act, Acts, ChangeCompany, ChangeCustomer, ChangeDeal, ChangeTask, ChangeTicket, Colleagues, Company,
    CompanyWritten, Customer, CustomerWritten, Customers, Deal, DealWritten, Digest, Edit, Jobs, Me, Money,
    NewCompany, NewCustomer, NewDeal, NewNote, NewTask, NewTicket, NoteWritten, Notes, Results, SentDigests,
    Task, TaskWritten, Tasks, Ticket, TicketWritten, Undone,
};
use rapport_model::Clock as _;
use rapport_model::people::{Lifecycle, Priority, Role, Scope, TicketStatus};
use rapport_model::time::{DAY, HOUR};
use serde_json::json;

use super::{House, problem};

fn named(name: &str) -> NewCustomer {
    NewCustomer { name: Some(name.into()), ..NewCustomer::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_is_made_shown_changed_and_taken_back() {
    let house = House::start().await;
    let mia = house.is("mia").await;
    let new = NewCustomer {
        name: Some("Jan Peer".into()),
        email: Some("Jan@Peer.example".into()),
        phone: Some("030 901820".into()),
        language: Some("en".into()),
        tags: vec!["VIP".into(), "press".into()],
        note: Some("Met at the fair.".into()),
        ..NewCustomer::default()
    };
    let made: CustomerWritten = mia.post("/customers", &new, None).await.unwrap();
    let jan = made.record.unwrap();
    assert_eq!((jan.number.as_str(), jan.name.as_str(), jan.lifecycle), ("C1", "Jan Peer", Lifecycle::Lead));
    assert_eq!(jan.owner.as_deref(), Some("mia"));
    assert_eq!(jan.tags, ["press", "vip"]);
    let known: Vec<_> = jan.known_by.iter().map(|by| (by.channel.as_str(), by.value.as_str())).collect();
    assert_eq!(known, [("email", "jan@peer.example"), ("phone", "+4930901820")]);
    let company = jan.company.clone().unwrap();
    assert_eq!(company.number.as_deref(), Some("F1"));

    for path in ["/customers/C1", "/customers/c1", &format!("/customers/{}", jan.id)] {
        let shown = mia.tagged::<Customer>(path).await.unwrap();
        assert_eq!(shown.record, jan, "{path}");
    }
    let shown = mia.tagged::<Customer>("/customers/C1").await.unwrap();
    assert_eq!(mia.news::<Customer>("/customers/C1", &shown.etag).await.unwrap(), None);

    let change = ChangeCustomer {
        name: Some("Jan van Peer".into()),
        company: Edit::Clear,
        zone: Edit::Set("Europe/Amsterdam".into()),
        ..ChangeCustomer::default()
    };
    let changed: CustomerWritten = mia.change("/customers/C1", &change, Some(&shown.etag)).await.unwrap();
    let record = changed.record.unwrap();
    assert_eq!(
        (record.name.as_str(), record.company.as_ref(), record.zone.as_deref()),
        ("Jan van Peer", None, Some("Europe/Amsterdam"))
    );
    assert!(record.version > jan.version);
    // What was seen is not what is there any more.
    let late = mia.change::<CustomerWritten>("/customers/C1", &change, Some(&shown.etag)).await.unwrap_err();
    assert_eq!(late.problem().unwrap().status, 412);
    assert!(mia.news::<Customer>("/customers/C1", &shown.etag).await.unwrap().is_some());
    // Nothing to change is no act.
    let same: CustomerWritten = mia.change("/customers/C1", &change, None).await.unwrap();
    assert_eq!((same.act, same.record.unwrap().version), (None, record.version));

    let undone: Undone = mia.act(&format!("/acts/{}/undo", changed.act.unwrap()), None).await.unwrap();
    assert_eq!(undone.records.len(), 1);
    assert_eq!(mia.get::<Customer>("/customers/C1").await.unwrap().name, "Jan Peer");
    let twice = mia.act::<Undone>(&format!("/acts/{}/undo", changed.act.unwrap()), None).await.unwrap_err();
    assert_eq!(twice.problem().unwrap().status, 409);

    let history: Acts = mia.get("/customers/C1/history").await.unwrap();
    assert_eq!(history.items.len(), 3);
    let first: &Act = &history.items[2];
    assert_eq!(first.actor, "mia");
    let cause = first.cause.clone().unwrap();
    assert_eq!((cause.event.as_deref(), cause.token), (Some("asked"), Some(1)));
    let of_customer =
        first.changes.iter().find(|changed| changed.record.number.as_deref() == Some("C1")).unwrap();
    let of = |field: &str| of_customer.fields.iter().find(|f| f.field == field).unwrap().after.clone();
    assert_eq!((of("owner"), of("lifecycle"), of("name")), (json!("mia"), json!("lead"), json!("Jan Peer")));
    house.app.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_come_in_pages_and_pass_filters() {
    let house = House::start().await;
    let (mia, leo) = (house.is("mia").await, house.is("leo").await);
    for i in 0..7 {
        let tags = if i % 2 == 0 { vec!["even".into()] } else { Vec::new() };
        let new = NewCustomer { tags, anyway: true, ..named(&format!("Person {i}")) };
        let by = if i < 5 { &mia } else { &leo };
        by.post::<CustomerWritten>("/customers", &new, None).await.unwrap();
        house.app.clock.advance(HOUR);
    }
    let names = |all: &[Customer]| all.iter().map(|c| c.name.replace("Person ", "")).collect::<String>();
    let all = mia.all::<Customer>("/customers?limit=3").await.unwrap();
    assert_eq!(names(&all), "6543210");
    for (filter, expected) in [
        ("owner=me", "43210"),
        ("owner=leo", "65"),
        ("owner=nobody", ""),
        ("tag=even", "6420"),
        ("tag=eve", ""),
        ("lifecycle=customer", ""),
        ("lifecycle=lead&owner=leo&tag=even", "6"),
    ] {
        let page: Customers = mia.get(&format!("/customers?{filter}")).await.unwrap();
        assert_eq!(names(&page.items), expected, "{filter}");
        assert_eq!(page.next, None);
    }
    let since = house.app.clock.now().plus(-2 * HOUR);
    mia.change::<CustomerWritten>(
        "/customers/C1",
        &ChangeCustomer { lifecycle: Some(Lifecycle::Lost), ..Default::default() },
        None,
    )
    .await
    .unwrap();
    let page: Customers = mia.get(&format!("/customers?updated_since={since}")).await.unwrap();
    assert_eq!(names(&page.items), "650");

    // A cursor is good for its list alone, and cannot be made.
    let page: Customers = mia.get("/customers?limit=3").await.unwrap();
    let cursor = page.next.unwrap();
    let secret = house.secret("mia").await;
    for path in [
        format!("/customers?cursor={cursor}&owner=me"),
        format!("/companies?cursor={cursor}"),
        format!("/customers?cursor={}A", &cursor[..cursor.len() - 1]),
        "/customers?cursor=AAAA".to_owned(),
        "/customers?cursor=%00".to_owned(),
    ] {
        let reply = house.asks(&secret, "GET", &path, "", "").await;
        assert_eq!(problem(&reply), (400, "malformed".into(), vec!["cursor".into()]), "{path}");
    }
    let page: Customers = mia.get(&format!("/customers?limit=1&cursor={cursor}")).await.unwrap();
    assert_eq!(names(&page.items), "3", "another length is the same list");
    house.app.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deals_tasks_tickets_notes_and_companies_are_dealt_with() {
    let house = House::start().await;
    let (mia, ruth) = (house.is("mia").await, house.is("ruth").await);
    mia.post::<CustomerWritten>(
        "/customers",
        &NewCustomer { email: Some("jan@peer.example".into()), ..named("Jan Peer") },
        None,
    )
    .await
    .unwrap();
    house.app.notices();

    let company: CompanyWritten = mia
        .post(
            "/companies",
            &NewCompany { name: "Acme".into(), domain: Some("acme.example".into()), ..NewCompany::default() },
            None,
        )
        .await
        .unwrap();
    let acme: Company = company.record.unwrap();
    assert_eq!((acme.number.as_str(), acme.known_by[0].value.as_str()), ("F2", "acme.example"));
    let change = ChangeCompany {
        name: Some("Acme Ltd".into()),
        domain: Some("acme.test".into()),
        ..ChangeCompany::default()
    };
    let acme = mia.change::<CompanyWritten>("/companies/F2", &change, None).await.unwrap().record.unwrap();
    assert_eq!((acme.name.as_str(), acme.known_by.len()), ("Acme Ltd", 2));

    let amount = Some(Money { minor: 1_200_000, currency: "EUR".into() });
    let new = NewDeal {
        customer: "C1".into(),
        title: "20 filters".into(),
        amount: amount.clone(),
        ..NewDeal::default()
    };
    let deal: Deal = mia.post::<DealWritten>("/deals", &new, None).await.unwrap().record.unwrap();
    assert_eq!((deal.number.as_str(), deal.stage.as_str(), deal.amount), ("D1", "new", amount));
    assert_eq!((deal.owner.as_deref(), deal.customer.unwrap().number.as_deref()), (Some("mia"), Some("C1")));
    let won = ChangeDeal { stage: Some("won".into()), amount: Edit::Clear, ..ChangeDeal::default() };
    let deal = mia.change::<DealWritten>("/deals/D1", &won, None).await.unwrap();
    let (act, deal) = (deal.act.unwrap(), deal.record.unwrap());
    assert_eq!((deal.probability, deal.amount), (Some(1.0), None));
    assert_eq!(
        mia.get::<Customer>("/customers/C1").await.unwrap().lifecycle,
        Lifecycle::Customer,
        "who bought is one"
    );
    mia.act::<Undone>(&format!("/acts/{act}/undo"), None).await.unwrap();
    assert_eq!(mia.get::<Customer>("/customers/C1").await.unwrap().lifecycle, Lifecycle::Lead);

    let due = house.app.clock.now().plus(DAY);
    let new = NewTask { title: "Call Jan".into(), due, owner: Some("leo".into()), about: Some("D1".into()) };
    let task: Task = mia.post::<TaskWritten>("/tasks", &new, None).await.unwrap().record.unwrap();
    assert_eq!((task.number.as_str(), task.owner.as_deref(), task.due), ("K1", Some("leo"), Some(due)));
    assert_eq!(
        (task.deal.unwrap().number.as_deref(), task.customer.unwrap().number.as_deref()),
        (Some("D1"), Some("C1"))
    );
    let done = ChangeTask { done: Some(true), ..ChangeTask::default() };
    let task = mia.change::<TaskWritten>("/tasks/K1", &done, None).await.unwrap().record.unwrap();
    assert_eq!(task.done_at, Some(house.app.clock.now()));
    for (state, n) in [("open", 0), ("done", 1)] {
        assert_eq!(
            mia.get::<Tasks>(&format!("/tasks?state={state}")).await.unwrap().items.len(),
            n,
            "{state}"
        );
    }

    let new = NewTicket {
        customer: "C1".into(),
        title: "It leaks".into(),
        priority: Some(Priority::High),
        ..NewTicket::default()
    };
    let ticket: Ticket = mia.post::<TicketWritten>("/tickets", &new, None).await.unwrap().record.unwrap();
    assert_eq!((ticket.number.as_str(), ticket.status), ("T1", TicketStatus::Open));
    let close = ChangeTicket { status: Some(TicketStatus::Closed), ..ChangeTicket::default() };
    let ticket = mia.change::<TicketWritten>("/tickets/T1", &close, None).await.unwrap().record.unwrap();
    assert_eq!(ticket.closed_at, Some(house.app.clock.now()));
    let again = ChangeTicket {
        status: Some(TicketStatus::Open),
        owner: Some("leo".into()),
        ..ChangeTicket::default()
    };
    let ticket = mia.change::<TicketWritten>("/tickets/T1", &again, None).await.unwrap().record.unwrap();
    assert_eq!((ticket.closed_at, ticket.reopened, ticket.owner.as_deref()), (None, 1, Some("leo")));
    house.app.settle().await;
    assert!(
        house.app.notices().iter().any(|notice| notice.message.subject.contains("T1")),
        "leo is told of what he got"
    );

    let note: NoteWritten = mia
        .post("/notes", &NewNote { about: "T1".into(), body: "Drinks tea.\nAlways.".into() }, None)
        .await
        .unwrap();
    let note = note.record.unwrap();
    assert_eq!((note.body.as_str(), note.author.as_deref()), ("Drinks tea.\nAlways.", Some("mia")));
    assert_eq!(note.ticket.unwrap().number.as_deref(), Some("T1"));
    assert_eq!(mia.get::<Notes>("/notes?customer=C1").await.unwrap().items.len(), 1);

    let results: Results = mia.get("/search?q=leaks").await.unwrap();
    assert_eq!((results.total, results.items[0].record.number.as_deref()), (1, Some("T1")));
    let results: Results = mia.get("/search?kind=note&q=tea").await.unwrap();
    assert!(results.items[0].snippet.contains("tea") && !results.items[0].marks.is_empty());

    let me: Me = ruth.get("/me").await.unwrap();
    assert_eq!((me.user.as_str(), me.role, me.scope), ("ruth", Role::Manager, Scope::All));
    let handles: Vec<String> =
        ruth.get::<Colleagues>("/users").await.unwrap().items.into_iter().map(|u| u.handle).collect();
    assert_eq!(handles, ["leo", "mia", "ruth"]);
    let digest: Digest = ruth.get("/digest?days=7").await.unwrap();
    assert!(digest.text.contains("Brightwater") && digest.to > digest.from, "{}", digest.text);
    assert_eq!(ruth.get::<SentDigests>("/digests").await.unwrap().items, []);
    let jobs: Jobs = ruth.get("/jobs").await.unwrap();
    assert_eq!(jobs.given_up, 0);
    let acts: Acts = ruth.get("/acts?actor=mia&record=T1").await.unwrap();
    assert_eq!(acts.items.len(), 3, "opened, closed, opened again; a note is no change of it");
    house.app.advance(DAY).await;
}
