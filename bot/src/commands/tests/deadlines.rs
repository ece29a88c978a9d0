//! By when tickets are due, and how well that was kept.

use rapport_model::time::{DAY, HOUR, MINUTE};
use rapport_model::{Change, Clock as _, Kind, RecordRef};
use rapport_storage::work::Work;

use super::house::House;

const CONFIG: &str = r#"
timezone = "Europe/Berlin"
house = { name = "Brightwater", domains = ["brightwater.example"] }
users = [
    { handle = "ruth", name = "Ruth Stein", role = "manager" },
    { handle = "mia", name = "Mia Tan", role = "rep", address = "mia@brightwater.example" },
    { handle = "lin", name = "林芳", role = "rep", lang = "zh" },
]
[hours.default]
mon-fri = ["09:00-17:00"]
"#;

/// Petra complains on Wednesday at 13:00, Otto on Thursday at 16:00.
async fn complaints() -> House {
    let house = House::of(CONFIG, "mia").await;
    let support = "support@brightwater.example";
    let words = "The pump is broken and there is no water. This is unacceptable!";
    house.receives("Petra Novak <petra@novak-cafe.example>", support, "Pump broken", words).await;
    house.clock.advance(DAY + 3 * HOUR - MINUTE);
    house.app.settle().await.unwrap();
    house.receives("Otto Lang <otto@lang.example>", support, "Filter leaks", words).await;
    house
}

#[tokio::test]
async fn a_ticket_says_by_when_it_is_due_and_what_is_overdue_comes_first() {
    let mut house = complaints().await;
    house
        .sees_all("show T1", &["deadline", "first answer overdue by 3 hours, since Thu 12 Mar 2026, 13:00"])
        .await;
    house.sees_all("show T2", &["first answer due Fri 13 Mar 2026, 16:00, in 24 hours"]).await;
    house.types("ticket T2 urgent").await;
    let seen = house.sees_all("tickets", &["first answer overdue"]).await;
    let place = |what: &str| seen.find(what).unwrap_or_else(|| panic!("{what} is not in\n{seen}"));
    assert!(place("T1 ") < place("T2 "), "{seen}");
    assert!(!seen.contains("answer due"), "what has time is not talked about: {seen}");
    // Friday, 14:30: three quarters of the time of T2 have passed.
    house.clock.advance(22 * HOUR + 30 * MINUTE);
    house.sees_all("tickets", &["first answer due"]).await;
    house.types("snooze T2 until monday").await;
    house.sees_all("show T2", &["first answer due Mon 16 Mar 2026, 10:"]).await;
    house.sits_down("lin");
    house.sees_all("看 T1", &["时限", "首次答复自 2026年3月12日 周四 13:00 起已超时"]).await;
    house.sees_all("自动化 列表", &["服务级别", "standard（1d内答复，5d内解决）"]).await;
}

#[tokio::test]
async fn who_waits_for_the_customer_has_time_and_a_closed_ticket_no_deadline() {
    let mut house = complaints().await;
    let answer = "Message-ID: <a@brightwater.example>\r\nFrom: Mia Tan <mia@brightwater.example>\r\n\
        To: otto@lang.example\r\nSubject: Re: Filter leaks T2\r\nContent-Type: text/plain\r\n\r\nWe come tomorrow.\r\n";
    let thread_of = house.app.store().by_number(Kind::Ticket, 2).await.unwrap().unwrap();
    let message = thread_of.get("message").id().unwrap();
    let id = house.app.store().message(message).await.unwrap().unwrap().message_id;
    house.takes_in(&answer.replace("Subject", &format!("In-Reply-To: <{id}>\r\nSubject"))).await;
    house
        .sees_all(
            "show T2",
            &["waiting for the customer", "resolution paused, 40 hours of working time left"],
        )
        .await;
    house.types("close T2").await;
    let seen = house.sees("show T2").await;
    assert!(!seen.contains("deadline"), "{seen}");

    house.sits_down("ruth");
    let seen = house.sees_all("report service this week", &["In time", "First answer, half within"]).await;
    let line = |label: &str| seen.lines().find(|l| l.contains(label)).unwrap().to_owned();
    // Petra's answer is missing; Otto's ticket was answered and settled at once.
    assert!(line("In time").ends_with("67%"), "{seen}");
    assert!(line("Opened again").ends_with(" 0%"), "{seen}");
    house.sees_all("report sla this week by rep", &["Mia Tan", "100%"]).await;
    house.sees_all("报表 服务效率 2020-Q1", &["–"]).await;
}

#[tokio::test]
async fn ratings_are_drawn_to_the_mean_of_the_house_and_told_by_colleague_and_segment() {
    let mut house = complaints().await;
    let (store, mia) = (house.app.store(), house.app.workflows.users()[1].id);
    let mut changes = Vec::new();
    for (score, owner, customer) in [(5, Some(mia), 1), (4, None, 2), (3, None, 2)] {
        let rating = RecordRef::new(Kind::Rating, store.new_id());
        changes.push(
            Change::create(rating)
                .with("score", score)
                .with("customer", house.customer(customer).await)
                .with("owner", owner)
                .with("at", house.clock.now().plus(-1)),
        );
    }
    store.commit(vec![Work::of(store.act("rating"), changes)]).await.unwrap();
    house.types("tag C1 +vip").await;
    // (5 · 4 + 5) / 6 = 4.2
    house
        .sees_all(
            "report satisfaction this week",
            &["Rating", "4.0 of 5 (3)", "Tag: vip", "4.2 of 5 (1)", "Customers: lead"],
        )
        .await;
    house.sees_all("report ratings this week by rep", &["Mia Tan", "4.2 of 5 (1)"]).await;
    house.sits_down("lin");
    house.sees_all("报表 满意度 本周", &["评价", "4.0 / 5（3 条）"]).await;
}
