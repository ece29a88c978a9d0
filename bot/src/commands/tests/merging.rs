//! Two records that become one, and two again.

use rapport_model::{Actor, Kind};

use super::house::House;

/// Petra writes from a second address, and becomes a second customer: C4.
async fn petra_twice(handle: &str) -> House {
    let house = House::with_mails(handle).await;
    house
        .receives(
            "P. Novak <petra.novak@mail.example>",
            "support@brightwater.example",
            "Second pump",
            "The second pump leaks as well. Please call me.",
        )
        .await;
    house
}

#[tokio::test]
async fn a_merge_shows_what_it_did_and_is_taken_back_by_its_button() {
    let mut house = petra_twice("mia").await;
    let done = house.types("merge C1 C4").await.remove(0);
    assert_eq!(done.title, "C4 P. Novak is now part of C1 Petra Novak.");
    let brought = done.fields.iter().find(|f| f.label == "brought along").unwrap();
    for part in ["1 × address", "1 × conversation", "1 × message"] {
        assert!(brought.value.contains(part), "{brought:?}");
    }
    assert_eq!((done.buttons[0].label.as_str(), done.buttons[1].label.as_str()), ("Undo", "C1"));
    assert!(done.footer.contains("split C4"), "{}", done.footer);

    house.sees_all("show C1", &["petra@novak-cafe.example", "petra.novak@mail.example", "2 in"]).await;
    house.sees_all("show C4", &["C1 Petra Novak", "C4 P. Novak was merged into it"]).await;
    house.sees_all("note C4 likes tea", &["Noted for C1 Petra Novak"]).await;
    house.sees_all("timeline C4", &["Timeline of C1", "Second pump", "C4 P. Novak was merged into C1"]).await;
    house.sees_all("timeline C1", &["Pump broken", "Second pump", "Note by Mia Tan"]).await;

    house
        .sees_all(&done.buttons[0].command, &["Taken back: C4 P. Novak was merged into C1 Petra Novak."])
        .await;
    let seen = house.sees_all("show C4", &["C4 P. Novak", "petra.novak@mail.example", "1 in"]).await;
    assert!(!seen.contains("merged"), "{seen}");
    let seen = house.sees_all("show C1", &["petra@novak-cafe.example", "1 in", "likes tea"]).await;
    assert!(!seen.contains("petra.novak@mail.example"), "{seen}");
    let seen = house.sees_all("timeline C1", &["was merged into C1", "was taken off from C1"]).await;
    assert!(!seen.contains("Second pump”"), "{seen}");
}

#[tokio::test]
async fn what_was_merged_or_taken_away_is_in_no_list() {
    let mut house = petra_twice("mia").await;
    house.sees_all("find Novak type:customer", &["C1 Petra Novak", "C4 P. Novak"]).await;
    house.types("merge C1 C4").await;
    let seen = house.sees_all("find Novak type:customer", &["C1 Petra Novak"]).await;
    assert!(!seen.contains("C4"), "{seen}");
    house.sees_all("find petra.novak@mail.example type:customer", &["C1 Petra Novak"]).await;
    house.sees_all("show petra.novak@mail.example", &["C1 Petra Novak"]).await;
    house.sees_all("show Petra", &["C1 Petra Novak"]).await;
    house.types("undo T1").await;
    let seen = house.sees("tickets all").await;
    assert!(!seen.contains("T1"), "{seen}");
    let seen = house.sees("find pump type:ticket").await;
    assert!(!seen.contains("T1 "), "{seen}");
    house.types("split C4").await;
    house.sees_all("find Novak type:customer", &["C1 Petra Novak", "C4 P. Novak"]).await;
    house.sees_all("find petra.novak@mail.example type:customer", &["C4 P. Novak"]).await;
}

#[tokio::test]
async fn a_split_says_what_went_back_and_offers_to_merge_again() {
    let mut house = petra_twice("mia").await;
    house.types("merge C4 into C1").await;
    house.types("stage C1 dormant").await;
    let done = house
        .sees_all(
            "split C4",
            &["C4 P. Novak stands on its own again, apart from C1 Petra Novak.", "went back", "1 × message"],
        )
        .await;
    assert!(done.contains("stays as it is"), "{done}");
    house.sees_all("show C4", &["C4 P. Novak", "lead"]).await;
    house.sees_all("show C1", &["dormant", "1 in"]).await;
    house.types("split C4").await;
    house.sees_all("split C4", &["not merged into another"]).await;
    house.sees_all("merge C1 C4", &["C4 P. Novak is now part of C1"]).await;
    house.sees_all("split C1", &["not merged into another", "merged into it", "[1] C4 P. Novak"]).await;
    house.sees_all("1", &["C4 P. Novak stands on its own again"]).await;
    house.sees_all("1", &["C4 P. Novak is now part of C1 Petra Novak"]).await;
}

#[tokio::test]
async fn what_cannot_be_merged_is_refused_in_plain_words() {
    let mut house = petra_twice("mia").await;
    house.types("merge C1 C4").await;
    for (line, parts) in [
        ("merge C1 C1", &["Customer C1 is one record already"][..]),
        ("merge C1 C4", &["Customer C4 was merged into C1 Petra Novak before", "Take it off"]),
        ("merge C4 C2", &["Customer C4 was merged into C1 Petra Novak before"]),
        ("merge C1 C99", &["There is no C99"]),
        ("merge C99 C1", &["There is no C99"]),
        ("merge C1 F1", &["Customer C1 and company F1 cannot become one"]),
        ("merge C1 T1", &["Ticket T1 is no customer"]),
        ("merge T1 C1", &["Ticket T1 is no customer"]),
        ("merge C1", &["Write it like this", "merge NUMBER NUMBER"]),
        ("merge C1 Zebediah", &["Nothing found for “Zebediah”"]),
        ("split C99", &["There is no C99"]),
        ("split T1", &["Ticket T1 is no customer"]),
        ("split C2", &["Customer C2 is not merged into another"]),
        ("split", &["Write it like this"]),
    ] {
        house.sees_all(line, parts).await;
    }
    house.sits_down("mia");
    house.sees_all("merge it C1", &["Which record is it for?"]).await;
    house.sits_down("vic");
    house.sees_all("merge C1 C2", &["You may not", "“rep”"]).await;
    house.sees_all("split C4", &["You may not", "“rep”"]).await;
    house.sits_down("lin");
    for (line, parts) in [
        ("合并 C1 C4", &["客户 C4 此前已并入 C1 Petra Novak", "[1] 拆开"][..]),
        ("合并 C1 F1", &["客户 C1 和公司 F1 不能合并"]),
        ("合并 C1 C1", &["同一条记录"]),
        ("拆分 C4", &["C4 P. Novak 已从 C1 Petra Novak 中拆出", "消息 1", "保持不变"]),
        ("拆分 C4", &["客户 C4 没有并入其他记录"]),
        ("合并 C4 到 C1", &["C4 P. Novak 已并入 C1 Petra Novak。", "一并转入", "拆开，可输入：split C4"]),
        ("看 C4", &["C1 Petra Novak", "C4 P. Novak 已并入此记录"]),
        ("撤销", &["已撤销：C4 P. Novak 已并入 C1 Petra Novak。"]),
    ] {
        house.sees_all(line, parts).await;
    }
}

#[tokio::test]
async fn an_erased_customer_is_neither_merged_nor_split() {
    let mut house = petra_twice("mia").await;
    house.types("merge C1 C4").await;
    let store = house.app.store();
    let petra = store.by_number(Kind::Customer, 1).await.unwrap().unwrap();
    store.erase(petra.record.id, Actor::Service("privacy".into())).await.unwrap().unwrap();
    house.app.settle().await.unwrap();
    for (line, says) in [
        ("merge C1 C2", "Customer C1 was erased for good, so it can be neither merged nor split."),
        ("merge C2 C1", "Customer C1 was erased for good"),
        ("split C4", "Customer C4 was erased for good"),
        ("undo", "cannot be taken back"),
        ("history C1", "The service: erased for good"),
        ("history C4", "The service: erased for good"),
        ("find Petra", "Nothing found"),
    ] {
        let seen = house.sees_all(line, &[says]).await;
        assert!(line == "find Petra" || !seen.contains("Petra") && !seen.contains("Novak"), "{seen}");
    }
    let seen = house.sees_all("show C1 as of today", &["C1 C1"]).await;
    assert!(!seen.contains("Petra"), "{seen}");
    house.sits_down("lin");
    house.sees_all("合并 C2 C1", &["客户 C1 已被永久删除"]).await;
}

#[tokio::test]
async fn a_name_of_several_is_asked_for_one_record_at_a_time() {
    let mut house = petra_twice("mia").await;
    let seen = house.sees_all("merge Novak: Anna", &["Which one?", "C1 Petra Novak", "C4 P. Novak"]).await;
    let place = seen.split('[').find(|part| part.contains("C1 Petra")).map(|part| part[..1].to_owned());
    house.sees_all(&place.unwrap(), &["C2 Anna Berg is now part of C1 Petra Novak."]).await;
    house.types("undo").await;
    let seen = house.sees_all("merge C2 Novak", &["Which one?", "C4 P. Novak"]).await;
    let place = seen.split('[').find(|part| part.contains("C4 P.")).map(|part| part[..1].to_owned());
    house.sees_all(&place.unwrap(), &["C4 P. Novak is now part of C2 Anna Berg."]).await;
}

#[tokio::test]
async fn companies_become_one_with_their_people() {
    let mut house = petra_twice("mia").await;
    let done = house.sees_all("merge F1 F2", &["is now part of F1", "× customer"]).await;
    house.sees_all("show F1", &["C1 Petra Novak", "C2 Anna Berg"]).await;
    house.sees_all("history F1", &["was merged into F1"]).await;
    house.sees_all("split F2", &["stands on its own again"]).await;
    let seen = house.sees_all("show F1", &["C1 Petra Novak"]).await;
    assert!(!seen.contains("Anna Berg"), "{done}\n{seen}");
}

#[tokio::test]
async fn an_undo_of_a_merge_that_mail_came_after_points_to_split() {
    let mut house = petra_twice("mia").await;
    house.types("merge C1 C4").await;
    house
        .receives(
            "P. Novak <petra.novak@mail.example>",
            "support@brightwater.example",
            "A third matter",
            "Do you sell seals? Please send a price.",
        )
        .await;
    house.sees_all("show C1", &["A third matter", "3 in"]).await;
    house.sees_all("undo", &["More has happened since", "“split C4”", "[1] Take it off"]).await;
    house.sees_all("1", &["stands on its own again", "2 × message"]).await;
    house.sees_all("show C4", &["A third matter"]).await;
    house.sees_all("show C1", &["Pump broken"]).await;
}
