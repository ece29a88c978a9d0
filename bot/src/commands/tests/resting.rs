//! Templates of answers, and tickets that are put off.

use rapport_model::time::{DAY, HOUR};

use super::house::House;

#[tokio::test]
async fn a_template_is_a_draft_filled_for_the_customer() {
    let mut house = House::with_mails("mia").await;
    house.sees_all("template", &["There are no templates yet", "the first line"]).await;
    house.has_template(
        "price-list",
        "Our prices\n\nDear {{ name }},\nthe list follows.\n{{ colleague }} of {{ house }}\n",
    );
    house.has_template("broken", "Broken\nDear {{ name }}, it costs {{ price }}.\n");
    house.has_template("wrong", "Wrong\nDear {{ name,\n");
    house.sees_all("template", &["3 templates", "price-list (Our prices)"]).await;
    house
        .sees_all(
            "template price-list C2",
            &["Dear Anna Berg,", "the list follows.", "Mia Tan of Brightwater", "Send"],
        )
        .await;
    house.sees_all("template pri it", &["Dear Anna Berg,"]).await;
    house.sees_all("template broken C2", &["templates/broken.txt", "“price”", "name, colleague and"]).await;
    house.sees_all("template wrong C2", &["templates/wrong.txt is wrong in line 2"]).await;
    house.sees_all("template ../rapport C2", &["no template “../rapport”", "price-list"]).await;
    house.sees_all("template price-list C99", &["no C99"]).await;
    house.sits_down("lin");
    house.sees_all("模板 price-list 给 C3", &["Dear 王丽"]).await;
    house.sees_all("模板 没有 C3", &["没有模板“没有”"]).await;
}

#[tokio::test]
async fn a_ticket_that_is_put_off_comes_back_with_a_notice() {
    let mut house = House::with_mails("mia").await;
    house.sees_all("tickets", &["T1"]).await;
    house
        .sees_all(
            "snooze T1 until friday",
            &["out of sight until Fri 13 Mar 2026, 09:00 (Europe/Berlin)", "[1] Undo"],
        )
        .await;
    house.sees_all("tickets", &["No open tickets", "1 more is put off"]).await;
    house.sees_all("tickets all", &["T1"]).await;
    house.sees_all("show T1", &["snoozed until  Fri 13 Mar 2026, 09:00"]).await;
    let notice = house.notices("mia", "snooze_over").await.remove(0);
    assert!(notice.subject.starts_with("Back again: T1"), "{}", notice.subject);
    assert_eq!(house.app.outdated(&notice).await.unwrap(), None);
    house.clock.advance(2 * DAY);
    house.sees_all("tickets", &["T1"]).await;
    // Put off to another time, the earlier notice is overtaken.
    house.types("snooze T1 until monday").await;
    assert!(house.app.outdated(&notice).await.unwrap().is_some());
    house.sees_all("snooze T1 off", &["in sight again"]).await;
    house.sees_all("snooze T1 off", &["already is as you ask"]).await;
    house.sees_all("snooze T1 until yesterday", &["already past"]).await;
    house.sees_all("snooze T1 until some day", &["could not read a time"]).await;
    house.sees_all("snooze T1", &["Until when", "Tomorrow", "Monday"]).await;
    house.sees_all("snooze T99 friday", &["no T99"]).await;
    house.types("close T1").await;
    house.sees_all("snooze T1 until friday", &["already closed"]).await;
    house.sits_down("vic");
    house.sees_all("snooze T1 until friday", &["You may not"]).await;
}

#[tokio::test]
async fn a_customer_who_writes_brings_their_ticket_back() {
    let mut house = House::with_mails("mia").await;
    house.types("snooze T1 until friday").await;
    house.clock.advance(HOUR);
    house.sees_all("tickets", &["No open tickets"]).await;
    house
        .receives(
            "Petra Novak <petra@novak-cafe.example>",
            "support@brightwater.example",
            "Pump",
            "Still broken!",
        )
        .await;
    house.sees_all("tickets", &["T1"]).await;
}

#[tokio::test]
async fn a_task_that_is_put_off_is_due_later() {
    let mut house = House::start("lin").await;
    house.types("任务 打电话").await;
    house.sees_all("推迟 K1 到周五", &["2026年3月13日"]).await;
}
