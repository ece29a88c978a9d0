//! Looking back: what was done to a record, how it was, and how several acts are taken back.

use rapport_model::time::{DAY, HOUR};

use super::house::House;

#[tokio::test]
async fn a_history_tells_when_who_and_what_newest_last() {
    let mut house = House::with_mails("mia").await;
    house.types("stage C1 customer").await;
    house.clock.advance(HOUR);
    house.types("stage C1 dormant").await;
    house.types("undo").await;
    let seen = house
        .sees_all(
            "history C1",
            &[
                "History of C1 Petra Novak",
                "made, with name Petra Novak",
                "Mia Tan: lifecycle lead → customer",
                "Mia Tan: lifecycle customer → dormant (taken back since)",
                "Mia Tan: lifecycle dormant → customer (undo)",
                "[1] Undo the last",
            ],
        )
        .await;
    let at = |part: &str| seen.find(part).unwrap();
    assert!(at("made,") < at("lead → customer") && at("→ dormant") < at("dormant →"), "{seen}");
    assert!(!seen.contains('{') && !seen.contains("mails in"), "{seen}");
    house.sees_all("1", &["Taken back: customer C1: lifecycle", "lead"]).await;
    let seen = house.sees_all("history C1", &["lead → customer (taken back since)"]).await;
    assert!(!seen.contains("[1] Undo"), "{seen}");
    house.sits_down("lin");
    house
        .sees_all(
            "历史 C1",
            &[
                "C1 Petra Novak 的变更历史",
                "系统：新建：名称 Petra Novak",
                "客户状态 潜在客户 → 客户（此后已撤销）",
            ],
        )
        .await;
    house.sees_all("history C1", &["2026年3月11日"]).await;
}

#[tokio::test]
async fn a_history_tells_rules_and_is_paged() {
    let mut house = House::with_mails("mia").await;
    house.sees_all("history T1", &["Rule “", "made, with", "priority"]).await;
    for stage in ["customer", "lead"].repeat(12) {
        house.types(&format!("stage C2 {stage}")).await;
    }
    let seen = house.sees_all("history C2", &["earlier entries", "More"]).await;
    assert_eq!(seen.matches("Mia Tan: lifecycle").count(), 15, "{seen}");
    let seen = house.sees_all("more", &["made, with name Anna Berg"]).await;
    assert_eq!(seen.matches("Mia Tan: lifecycle").count(), 9, "{seen}");
    house.sees_all("more", &["nothing more"]).await;
    house.sees_all("history C2 page:999", &["made, with name Anna Berg"]).await;
    house.sees_all("history C99", &["There is no C99"]).await;
    house.sits_down("vic");
    house.sees_all("history", &["Which record is it for?"]).await;
}

#[tokio::test]
async fn a_merged_records_history_is_its_own() {
    let mut house = House::with_mails("mia").await;
    house.types("merge C1 C2").await;
    house.sees_all("history C1", &["Mia Tan: C2 Anna Berg was merged into C1 Petra Novak"]).await;
    let seen = house
        .sees_all("history C2", &["made, with name Anna Berg", "C2 Anna Berg was merged into C1 Petra Novak"])
        .await;
    assert!(!seen.contains("removed"), "{seen}");
    house.types("split C2").await;
    for line in ["history C1", "history C2"] {
        house
            .sees_all(
                line,
                &[
                    "was merged into C1 Petra Novak (taken back since)",
                    "was taken off from C1 Petra Novak again (undo)",
                ],
            )
            .await;
    }
}

#[tokio::test]
async fn a_card_is_shown_as_it_was() {
    let mut house = House::with_mails("mia").await;
    house.types("stage C1 customer").await;
    house.clock.advance(3 * DAY);
    house.types("stage C1 dormant").await;
    house.types("close T1").await;
    house
        .sees_all(
            "show C1 as of 12 March",
            &[
                "C1 Petra Novak",
                "As it was on Thu 12 Mar 2026, 23:59 (Europe/Berlin)",
                "customer",
                "Open tickets",
                "T1 Pump broken",
                "1 change since then",
                "[1] As it is now",
            ],
        )
        .await;
    house.sees_all("1", &["C1 Petra Novak", "dormant"]).await;
    house.sees_all("show it as of yesterday", &["Fri 13 Mar 2026, 23:59", "customer"]).await;
    house.sees_all("show C1 as of today", &["As it was on Sat 14 Mar 2026", "dormant"]).await;
    house.sees_all("show C1 as of 2026-03-11 13:00", &["Wed 11 Mar 2026, 13:00", "lead"]).await;
    house.sees_all("show T1 as of 12 March", &["T1 Pump broken", "open"]).await;
    for (line, says) in [
        ("show C1 as of 1 March", "was not there yet on Sun 1 Mar 2026"),
        ("show C1 as of 1 December", "was not there yet on Mon 1 Dec 2025"),
        ("show C1 as of 2030-01-01", "is still to come"),
        ("show C1 as of tomorrow", "is still to come"),
        ("show C1 as of soonish", "could not read a time in “soonish”"),
        ("show C99 as of 1 March", "There is no C99"),
        ("show C1 as of", "Write it like this"),
    ] {
        house.sees_all(line, &[says]).await;
    }
    house.sits_down("lin");
    house
        .sees_all(
            "查看 C1 截至 3月12日",
            &["当时的样子：2026年3月12日 周四 23:59（Asia/Shanghai）", "客户", "未结工单", "此后有 1 次更改"],
        )
        .await;
    house.sees_all("查看 C1 截至 3月1日", &["时还没有客户 C1"]).await;
    house.sees_all("查看 C1 截至 明天", &["还没有到"]).await;
}

#[tokio::test]
async fn what_was_merged_since_is_shown_as_its_own() {
    let mut house = House::with_mails("mia").await;
    house.clock.advance(DAY);
    house.types("merge C1 C2").await;
    house.clock.advance(DAY);
    house.sees_all("show C2 as of 11 March", &["C2 Anna Berg", "K1 "]).await;
    let seen = house.sees_all("show C1 as of 11 March", &["C1 Petra Novak"]).await;
    assert!(!seen.contains("K1 "), "{seen}");
    house.sees_all("show C2 as of 12 March", &["C1 Petra Novak", "K1 "]).await;
}

#[tokio::test]
async fn the_last_acts_are_taken_back_up_to_the_first_that_stays() {
    let mut house = House::with_mails("mia").await;
    for line in ["note C1 first", "note C1 second", "stage C2 customer", "note C2 third"] {
        house.types(line).await;
    }
    let seen = house.sees_all("undo last 3", &["3 changes taken back", "third", "lifecycle", "second"]).await;
    assert!(seen.find("third") < seen.find("second"), "{seen}");
    let seen = house.sees_all("show C1", &["first"]).await;
    assert!(!seen.contains("second"), "{seen}");
    house.types("note C1 fourth").await;
    house.sees_all("undo last 20", &["2 changes taken back", "fourth", "first", "nothing further"]).await;
    house.sees_all("undo last 2", &["nothing of yours"]).await;

    let stage = house.types("stage C2 negotiation").await.remove(0);
    house.types("note C1 fifth").await;
    house.sits_down("ruth");
    house.types("stage C2 won").await;
    house.sits_down("mia");
    house
        .sees_all(
            "undo last 5",
            &["1 change taken back", "fifth", "cannot be taken back", "Ruth Stein", "undo D1"],
        )
        .await;
    house.sees_all(&stage.buttons[0].command, &["cannot be taken back"]).await;
    house.sees_all("undo last 2", &["cannot be taken back"]).await;

    for line in ["undo last 0", "undo last 21", "undo last 99999999999999999999"] {
        house.sees_all(line, &["1 to 20 changes"]).await;
    }
    house.sees_all("undo last -1", &["Write it like this", "undo last N"]).await;
    house.sees_all("undo 88", &["There is no #88"]).await;
    house.sits_down("vic");
    house.sees_all("undo last 3", &["You may not"]).await;
    house.sits_down("lin");
    for line in ["备注 C1 茶", "备注 C1 咖啡"] {
        house.types(line).await;
    }
    house.sees_all("撤销 最近 3 次", &["已撤销 2 步", "咖啡", "茶", "没有更多"]).await;
    house.sees_all("撤销 最近 30 次", &["1 到 20 步"]).await;
}
