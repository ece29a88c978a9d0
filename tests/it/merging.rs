//! Two customers who are one person: merged, written to, split, and all of it taken back.

use rapport::commands::{Session, run};
use rapport_model::{Kind, RecordRef};
use rapport_storage::ingest::Fate;

use crate::support::{Mail, TestApp};

/// A rep at the commands.
struct Rep<'a> {
    app: &'a TestApp,
    session: Session,
}

impl Rep<'_> {
    /// Types a line, and returns what is answered: titles and subtitles.
    async fn types(&mut self, line: &str) -> String {
        let user = self.app.user("mia");
        let cards = run(&self.app.app, user, &mut self.session, line).await.unwrap();
        self.app.settle().await;
        cards.iter().map(|card| format!("{}\n{}\n", card.title, card.subtitle)).collect()
    }
}

/// Ben writes from his office and from home: C1 and C2.
async fn ben_twice(app: &TestApp) -> [RecordRef; 2] {
    let mut customers = Vec::new();
    for (from, id, subject) in [
        ("Ben Li <ben@hotel.example>", "office", "Price for 20 filters"),
        ("Ben <ben.li@home.example>", "home", "Filter for my kitchen"),
    ] {
        let ask = "What does it cost? Please send a quote.";
        let fate = app.receives(Mail::from(from).id(id).says(subject, ask)).await;
        let Fate::Kept { customer: Some(customer), .. } = fate else { panic!("{fate:?}") };
        customers.push(RecordRef::new(Kind::Customer, customer));
        app.advance(60_000_000).await;
    }
    [customers[0], customers[1]]
}

/// The subjects of a customer's mails, in order of the alphabet.
async fn mails(app: &TestApp, customer: RecordRef) -> Vec<String> {
    let messages = app.app.store().messages_of(customer.id, 20).await.unwrap();
    let mut subjects: Vec<String> = messages.into_iter().map(|m| m.subject).collect();
    subjects.sort();
    subjects
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_for_a_merged_customer_goes_along_when_they_are_split() {
    let app = TestApp::start_without_schedules().await;
    let [office, home] = ben_twice(&app).await;
    let mut mia = Rep { app: &app, session: Session::new() };
    let said = mia.types("merge C1 C2").await;
    assert!(said.starts_with("C2 Ben is now part of C1 Ben Li."), "{said}");
    assert_eq!(mails(&app, office).await, ["Filter for my kitchen", "Price for 20 filters"]);

    let both = [
        Mail::from("Ben <ben.li@home.example>").id("home2").says("Another one", "And what does a seal cost?"),
        Mail::from("Ben <ben.li@home.example>")
            .id("home3")
            .answers("home")
            .says("Re: Filter for my kitchen", "Please call."),
        Mail::from("Ben Li <ben@hotel.example>")
            .id("office2")
            .says("The lobby too", "We need two more, what do they cost?"),
    ];
    for mail in both {
        let fate = app.receives(mail).await;
        let Fate::Kept { customer, .. } = fate else { panic!("{fate:?}") };
        assert_eq!(customer, Some(office.id), "a merged address brings its mail to whom it was merged into");
        app.advance(60_000_000).await;
    }
    assert_eq!(app.again(office).await.get("n_in").int(), Some(5));
    assert_eq!(app.all(Kind::Customer).await.len(), 1);
    let shown = mia.types("show C2").await;
    assert!(shown.starts_with("C1 Ben Li") && shown.contains("C2 Ben was merged into it"), "{shown}");

    let said = mia.types("split C2").await;
    assert!(said.starts_with("C2 Ben stands on its own again, apart from C1 Ben Li."), "{said}");
    assert_eq!(mails(&app, office).await, ["Price for 20 filters", "The lobby too"]);
    let at_home = ["Another one", "Filter for my kitchen", "Re: Filter for my kitchen"];
    assert_eq!(mails(&app, home).await, at_home);
    for thread in app.all(Kind::Thread).await {
        let whose = thread.get("customer").id();
        for message in app.app.store().messages_in(thread.record.id, 20).await.unwrap() {
            assert_eq!(message.customer, whose, "{}", message.subject);
        }
    }
    assert!(mia.types("show C2").await.starts_with("C2 Ben"));

    // From now on each address brings its mail to its own customer again.
    let fate =
        app.receives(Mail::from("ben.li@home.example").id("home4").says("Thanks", "It works well.")).await;
    assert!(matches!(fate, Fate::Kept { customer: Some(c), .. } if c == home.id), "{fate:?}");
    let found = app.search("ben.li@home.example").await.found;
    assert!(found.iter().any(|f| f.record == home) && !found.iter().any(|f| f.record == office), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undo_makes_two_of_what_was_merged() {
    let app = TestApp::start_without_schedules().await;
    let [office, home] = ben_twice(&app).await;
    let before = [app.again(office).await, app.again(home).await];
    let tasks = app.all(Kind::Task).await;
    let mut mia = Rep { app: &app, session: Session::new() };
    mia.types("merge C1 C2").await;
    assert!(app.all(Kind::Task).await.iter().all(|t| t.get("customer").id() == Some(office.id)));
    let said = mia.types("undo").await;
    assert!(said.starts_with("Taken back: C2 Ben was merged into C1 Ben Li."), "{said}");
    assert_eq!([app.again(office).await, app.again(home).await], before);
    assert_eq!(app.all(Kind::Task).await, tasks);
    assert_eq!(mails(&app, home).await, ["Filter for my kitchen"]);
    assert!(mia.types("split C2").await.contains("is not merged into another"));
    assert!(mia.types("undo").await.contains("nothing of yours"));
}
