//! Who looked at whom: it is noted which way, told to managers, and to the person.

use rapport_model::time::{DAY, HOUR};
use rapport_storage::reads::Reads;

use super::house::House;

/// Says who looked at what, oldest first: colleague, customer, way, what and how often.
async fn looked(house: &House) -> Vec<String> {
    house.app.settle().await.unwrap();
    let store = house.app.store();
    let mut told = Vec::new();
    for read in store.reads(&Reads { limit: 100, ..Reads::default() }).await.unwrap() {
        let user =
            house.app.workflows.user(read.reader.user).map_or("nobody", |user| &user.handle).to_owned();
        let customer = match read.customer {
            Some(id) => {
                let record = rapport_model::RecordRef::new(rapport_model::Kind::Customer, id);
                store.record(record).await.unwrap().unwrap().short().to_string()
            }
            None => "-".to_owned(),
        };
        told.push(format!("{user} {customer} {} {} {}", read.way, read.what, read.n));
    }
    told.sort();
    told
}

#[tokio::test]
async fn what_is_shown_of_a_customer_is_noted_and_what_is_not_shown_is_not() {
    let mut house = House::with_mails("ruth").await;
    for line in ["show C99", "help", "tickets", "digest", "history C99", "language"] {
        house.sees(line).await;
    }
    assert_eq!(looked(&house).await, [""; 0]);
    for line in ["show C1", "show C1", "timeline C1", "history C1", "show T1", "why C2", "summary C3"] {
        house.sees(line).await;
    }
    house.sees("find Anna").await;
    house.sits_at_the_machine();
    house.sees("show C2").await;
    house.sees("export customers").await;
    house.sees("1").await;
    assert_eq!(
        looked(&house).await,
        [
            "ruth - cli list 3",
            "ruth C1 chat card 3",
            "ruth C1 chat history 1",
            "ruth C1 chat timeline 1",
            "ruth C2 chat found 2",
            "ruth C2 chat history 1",
            "ruth C2 cli card 1",
            "ruth C3 chat card 1",
        ]
    );
}

#[tokio::test]
async fn a_manager_sees_in_the_history_of_a_customer_who_looked() {
    let mut house = House::with_mails("mia").await;
    house.sees("show C2").await;
    house.sees("show C2").await;
    house.app.settle().await.unwrap();
    let seen = house.sees("history C2").await;
    assert!(!seen.contains("Seen by"), "a rep is not told: {seen}");
    house.app.settle().await.unwrap();
    house.sits_down("ruth");
    house
        .sees_all("history C2", &["Seen by", "Mia Tan: card, 2 times (chat)", "Mia Tan: history (chat)"])
        .await;
    house.sees("语言 中文").await;
    house.sees_all("历史 C2", &["查看者", "Mia Tan：资料卡，2 次（聊天）"]).await;
}

#[tokio::test]
async fn a_person_is_told_who_looked_at_them() {
    let mut house = House::with_mails("mia").await;
    house.sees("show C2").await;
    house.sits_down("ruth");
    house.sits_at_the_machine();
    house.sees("privacy export C2").await;
    house.sees("1").await;
    let files = std::fs::read_dir(house.app.dir.join("exports")).unwrap();
    let mut page = String::new();
    for path in files.map(|file| file.unwrap().path()) {
        let text = std::fs::read_to_string(&path).unwrap();
        if path.extension().unwrap() == "html" {
            page = text;
            continue;
        }
        let all: serde_json::Value = serde_json::from_str(&text).unwrap();
        let seen_by = &all["seen_by"][0];
        assert_eq!(seen_by["reader"], "Mia Tan", "{all}");
        assert_eq!(
            (&seen_by["way"], &seen_by["what"], &seen_by["n"]),
            (&"chat".into(), &"card".into(), &1.into())
        );
    }
    assert!(page.contains("Seen by") && page.contains("Mia Tan"), "{page}");
}

#[tokio::test]
async fn whoever_looks_at_many_customers_is_told_of_once_a_day() {
    let config = format!("{}\n[security]\ncustomers_a_day = 2\n", super::house::CONFIG);
    let mut house = House::of(&config, "mia").await;
    for (name, n) in [("Ann", 1), ("Ben", 2), ("Cleo", 3), ("Dan", 4)] {
        let from = format!("{name} <{}@firm{n}.example>", name.to_lowercase());
        house.receives(&from, "mia@brightwater.example", "Price", "How much is a filter?").await;
    }
    house.app.channels.console.open(house.app.workflows.users().iter().map(|user| user.id));
    house.app.settle().await.unwrap();
    house.app.channels.console.take();
    let mut told = Vec::new();
    for line in ["show C1", "show C2", "timeline C1", "find Cleo", "show C3", "show C4"] {
        house.sees(line).await;
        house.app.settle().await.unwrap();
        let notices = house.app.channels.console.take();
        let notices = notices.into_iter().filter(|sent| sent.message.text == "alert_mass_reading");
        told.extend(notices.map(|sent| (line, sent.message)));
    }
    let [(line, notice)] = &told[..] else { panic!("{told:?}") };
    assert_eq!(*line, "find Cleo", "the third customer is more than two");
    assert_eq!(notice.subject, "Mia Tan looked at 3 customers today");
    assert!(notice.body.contains("security.customers_a_day"), "{}", notice.body);
    house.clock.advance(DAY + HOUR);
    house.sees("show C1").await;
    house.app.settle().await.unwrap();
    let notices = house.app.channels.console.take();
    assert!(!notices.iter().any(|sent| sent.message.text == "alert_mass_reading"), "a new day");
}
