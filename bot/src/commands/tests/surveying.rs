//! The essence of a customer, what is best done next, and figures.

use rapport_model::time::{DAY, HOUR};

use super::house::House;

const SUPPORT: &str = "support@brightwater.example";

#[tokio::test]
async fn a_summary_says_what_rests_on_which_mail() {
    let mut house = House::with_mails("mia").await;
    let seen = house
        .sees_all(
            "summary C1",
            &[
                "C1 Petra Novak",
                "wants",
                "mood",
                "unhappy",
                "waits",
                "Petra Novak has been waiting for us",
                "next step",
                "“Pump broken”, Wed 11 Mar 2026, 13:00",
            ],
        )
        .await;
    // Five lines at most, each with its mail, and nobody's address acts.
    assert!(seen.matches("“Pump broken”").count() >= 4, "{seen}");
    assert!(!seen.contains("http://") && !seen.contains("@everyone"), "{seen}");
    house.sees_all("1", &["Pump broken", "The pump is broken"]).await;
    house.sees_all("summary T1", &["T1", "waits"]).await;
    house.sees_all("summary C99", &["C99"]).await;
    house.sits_down("lin");
    house
        .sees_all("总结 C3", &["C3 王丽", "诉求", "请问六台净水器的价格是多少", "情绪", "等待", "下一步"])
        .await;
}

#[tokio::test]
async fn what_was_promised_is_open_until_whoever_promised_it_writes_again() {
    let mut house = House::with_mails("mia").await;
    let anna = "Anna Berg <anna@berg.example>";
    house.receives(anna, SUPPORT, "Contract", "I will send you the signed contract on Friday.").await;
    house
        .sees_all(
            "summary C2",
            &["promised", "Anna Berg: “I will send you the signed contract on Friday", "“Contract”"],
        )
        .await;
    house.receives(anna, SUPPORT, "Contract", "Here is the contract.").await;
    let seen = house.sees("summary C2").await;
    assert!(!seen.contains("promised"), "{seen}");
}

#[tokio::test]
async fn next_offers_what_matters_most_and_then_what_comes_after_it() {
    let mut house = House::with_mails("mia").await;
    house
        .sees_all("next", &["Nothing of yours is waiting", "nobody to look after", "Unassigned tickets"])
        .await;
    house.types("claim C2").await;
    house.clock.advance(HOUR);
    house.types("claim C1").await;
    house.types("task C2 send a brochure tomorrow 9:00").await;
    // Petra is unhappy and her ticket is urgent; Anna has waited for as long.
    house
        .sees_all("next", &["Answer C1 Petra Novak", "Waiting for 1 hour", "Mood", "Reply", "1 more waits"])
        .await;
    house.sees_all("next", &["Answer C2 Anna Berg", "Waiting for"]).await;
    house.sees_all("next", &["That was all that waits for you: 2", "From the top"]).await;
    house.sees_all("1", &["Answer C1 Petra Novak"]).await;
    // What was done between begins anew.
    house.types("tasks").await;
    house.sees_all("next", &["Answer C1 Petra Novak"]).await;
    house.clock.advance(3 * DAY);
    house.types("tasks").await;
    house.sees_all("next", &["C1"]).await;
    house.sees_all("next", &["C2"]).await;
    house.sees_all("next", &["send a brochure", "2 days ago", "Done"]).await;
    house.sits_down("vic");
    house.sees_all("next", &["Nothing of yours"]).await;
    house.sits_down("lin");
    house.sees_all("下一步", &["您没有待处理的事项"]).await;
}

#[tokio::test]
async fn a_deal_about_which_nobody_writes_is_taken_up_again() {
    let mut house = House::with_mails("mia").await;
    house.types("stage C3 proposal 5000").await;
    house.clock.advance(10 * DAY);
    let seen = house.sees("next").await;
    assert!(!seen.contains("Take"), "{seen}");
    house.clock.advance(5 * DAY);
    let mut all = String::new();
    for _ in 0..4 {
        all.push_str(&house.sees("next").await);
    }
    if house
        .app
        .store()
        .by_number(rapport_model::Kind::Deal, 1)
        .await
        .unwrap()
        .is_some_and(|d| !d.get("owner").is_null())
    {
        assert!(all.contains("Nobody has written for 15 days"), "{all}");
    }
}

#[tokio::test]
async fn figures_stand_in_a_table_beside_another_period_and_for_each_colleague() {
    let mut house = House::with_mails("ruth").await;
    let seen = house
        .sees_all("report", &["Report · ", "Mails in", "First answer", "Tickets opened", "Win rate"])
        .await;
    let mails = seen.lines().find(|line| line.contains("Mails in")).unwrap();
    assert!(mails.ends_with(" 3"), "{seen}");
    house.sits_down("mia");
    house.types("stage C2 won 1200").await;
    house.types("claim C1").await;
    house.types("ticket T1 close").await;
    house.sees_all("report win rate today", &["Deals won", "100%"]).await;
    let seen = house.sees("report tickets this week vs last week").await;
    let closed: Vec<&str> =
        seen.lines().find(|l| l.contains("Tickets closed")).unwrap().split_whitespace().collect();
    assert_eq!(closed, ["Tickets", "closed", "1", "0"], "{seen}");
    assert!(seen.contains("9 – 11 Mar 2026") && seen.contains("2 – 8 Mar 2026"), "{seen}");
    house.sees_all("report tickets this week by rep", &["Mia Tan", "Tickets closed"]).await;
    house.sees_all("report tickets this week vs last by rep", &["1 (0)", "In brackets"]).await;
    house.sees_all("report mails 2020-Q1 by rep", &["Nobody has done"]).await;
    house.sees_all("report bananas", &["no figure or period “bananas”", "report [mails"]).await;
    house.sees_all("report mails next month", &["still to come"]).await;
    house.sits_down("lin");
    house.sees_all("报表 工单 本周 按同事", &["Mia Tan", "关闭工单"]).await;
    house.sees_all("报表 香蕉", &["没有“香蕉”"]).await;
}
