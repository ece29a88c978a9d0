//! Who is known, what is known of them, and who looks after them.

use rapport_model::Kind;

use super::house::House;

#[tokio::test]
async fn a_lead_is_made_of_what_a_colleague_knows_and_taken_back_whole() {
    let mut house = House::with_mails("mia").await;
    house
        .sees_all(
            "new lead Jan Horvat jan@horvat-bau.example, +49 30 901820, wants 20 seats",
            &[
                "Customer C4 Jan Horvat was made",
                "jan@horvat-bau.example",
                "+4930901820",
                "Horvat Bau (new)",
                "wants 20 seats",
                "[1] Undo",
            ],
        )
        .await;
    house.sees_all("show it", &["C4 Jan Horvat · Horvat Bau", "lead", "+4930901820", "wants 20 seats"]).await;
    house.sees_all("show jan@horvat-bau.example", &["C4 Jan Horvat"]).await;
    house.sees_all("new contact Eva Horvat eva@horvat-bau.example", &["C5 Eva Horvat"]).await;
    house.sees_all("undo", &["Taken back"]).await;
    house.sees_all("undo", &["Taken back"]).await;
    house.sees_all("find Horvat", &["Nothing found"]).await;
    house
        .sees_all(
            "new customer Lena Fischer at Rheinbau",
            &["C6 Lena Fischer", "lifecycle  customer", "F5 Rheinbau (new)"],
        )
        .await;
    house.sees_all("new company Delta Foods delta.example", &["Delta Foods was made", "delta.example"]).await;
}

#[tokio::test]
async fn who_is_known_is_said_first_and_the_rest_is_the_colleagues_to_decide() {
    let mut house = House::with_mails("mia").await;
    let asked = house.types("new lead Petra Nowak").await.remove(0);
    assert!(asked.title.contains("known already"), "{asked:?}");
    assert_eq!(asked.buttons.len(), 2, "{asked:?}");
    house.sees_all(&asked.buttons[0].command, &["C1 Petra Novak"]).await;
    house.sees_all(&asked.buttons[1].command, &["C4 Petra Nowak was made"]).await;
    // An address has one holder, whatever is wanted.
    house.sees_all("new lead Piet petra@novak-cafe.example", &["known already", "C1 Petra Novak"]).await;
    house.sees_all("2", &["Piet was made", "belongs to somebody else and stays there"]).await;
    house.sees_all("new lead Mia mia@brightwater.example", &["is an address of this house"]).await;
    house.sees_all("new lead", &["Write it like this"]).await;
    house.sees_all("new wheel", &["Write it like this"]).await;
    house.sees_all("new lead @@ ,,", &["was made"]).await;
}

#[tokio::test]
async fn fields_are_changed_with_their_difference() {
    let mut house = House::with_mails("mia").await;
    house
        .sees_all(
            "edit C2 name=\"Anna Berger\" phone=030 901820 zone=berlin language=Chinese company=Berg GmbH",
            &[
                "Name: Anna Berg → Anna Berger",
                "Telephone: +4930901820",
                "Time zone: Europe/Berlin",
                "Berg GmbH",
                "[1] Undo",
            ],
        )
        .await;
    house.sees_all("edit C2 phone=+49 30 901821", &["Telephone: +4930901820 → +4930901821"]).await;
    house.sees_all("edit C2 email=anna.b@berg.example", &["anna.b@berg.example"]).await;
    house.sees_all("show anna.b@berg.example", &["C2 Anna Berger", "+4930901821", "anna@berg.example"]).await;
    house.sees_all("undo C2", &["Taken back"]).await;
    house.sees_all("edit Anna Berger zone=", &["Time zone: Europe/Berlin → none"]).await;
    house
        .sees_all(
            "edit C2 zone=Atlantis",
            &["“Atlantis” does not do as zone", "Europe/Berlin", "Nothing was changed"],
        )
        .await;
    house.sees_all("edit C2 phone=12", &["does not do as phone"]).await;
    house.sees_all("edit C2 language=Klingon", &["does not do as language"]).await;
    house.sees_all("edit C2 shoe=42", &["no field “shoe”", "name, email, phone"]).await;
    house.sees_all("edit C2 name=", &["does not do as name"]).await;
    house.sees_all("edit C2", &["What shall change", "language"]).await;
    house.sees_all("edit C2 email=petra@novak-cafe.example", &["belongs to C1 Petra Novak", "Merge"]).await;
    house.sees_all("edit C99 name=X", &["no C99"]).await;
    house.sits_down("lin");
    house.sees_all("修改 C3 电话=138 0013 8000 语言=英文", &["电话：+8613800138000", "语言：", "en"]).await;
    house.sees_all("修改 C3 鞋码=42", &["没有可修改的“鞋码”", "电话"]).await;
}

#[tokio::test]
async fn a_deal_a_task_and_a_company_are_edited_too() {
    let mut house = House::with_mails("mia").await;
    house.types("stage C2 negotiation 12k").await;
    house
        .sees_all(
            "edit D1 amount=$15,500 close=30 June title=Six filters",
            &[
                "Amount: 12,000.00 EUR → 15,500.00 USD",
                "30 Jun 2026",
                "Title: Price of AquaOne → Six filters",
            ],
        )
        .await;
    house.sees_all("edit D1 amount=much", &["does not do as amount"]).await;
    house.sees_all("undo", &["Taken back"]).await;
    house.sees_all("show D1", &["12,000.00 EUR"]).await;
    house.sees_all("edit F1 name=Novak & Sons", &["Novak & Sons"]).await;
    house.sees_all("edit F1 domain=berg.example", &["belongs to"]).await;
    house.sees_all("edit F1 phone=1", &["no field “phone”"]).await;
}

#[tokio::test]
async fn tags_go_on_and_off_and_stand_on_the_card() {
    let mut house = House::with_mails("mia").await;
    house.sees_all("tag C1 +vip +press", &["Tags of C1 Petra Novak", "press and vip", "[1] Undo"]).await;
    house.sees_all("tag C1 -press +vip", &["tags  vip"]).await;
    house.sees_all("tag it +vip", &["already is as you ask"]).await;
    house.sees_all("show C1", &["tags        vip"]).await;
    house.sees_all("tag Petra Novak -vip", &["Tags of C1"]).await;
    house.sees_all("undo", &["Taken back"]).await;
    house.sees_all("tag C1", &["tags  vip"]).await;
    house.sees_all("label Petra Novak as wholesale", &["vip and wholesale"]).await;
    house.sees_all(&format!("tag C1 +{}", "x".repeat(41)), &["too much"]).await;
    house.sees_all("tag C1 +a", &["vip"]).await;
    house.sits_down("lin");
    house.sees_all("标签 C3 +大客户", &["的标签", "大客户"]).await;
    house.sees_all("看 C3", &["大客户"]).await;
}

#[tokio::test]
async fn whoever_gets_a_record_is_told_how_it_stands() {
    let mut house = House::with_mails("mia").await;
    house.sees_all("assign C1 @lin", &["Customer C1 now belongs to 林芳", "gets a notice"]).await;
    let notices = house.notices("lin", "handed_over").await;
    assert_eq!(notices.len(), 1);
    assert_eq!(notices[0].subject, "Mia Tan把C1 Petra Novak交给了您");
    assert!(
        notices[0].body.contains("The pump is broken") && notices[0].body.contains("T1"),
        "{}",
        notices[0].body
    );
    house.sees_all("assign T1 to ruth", &["Ticket T1 now belongs to Ruth Stein"]).await;
    assert!(house.notices("ruth", "handed_over").await[0].body.contains("of Petra Novak (C1)"));
    house.sees_all("ticket T1 assign ruth", &["already is as you ask"]).await;
    house.sees_all("assign T1 vic", &["may only read", "Nothing was changed"]).await;
    house.sees_all("assign T1 nobody", &["Nobody here is called"]).await;
    house.sees_all("assign T1", &["Who shall look after T1", "Least busy", "Mia Tan"]).await;
    house.sees_all("assign T99 lin", &["no T99"]).await;
    // Mia has nothing to do, Lin looks after nothing but the customer.
    house.types("task water the plants").await;
    house.sees_all("assign T1 auto", &["Ticket T1 now belongs to 林芳"]).await;
    house.sits_down("lin");
    house.sees_all("分配 T1 给 mia", &["Mia Tan"]).await;
    house.sits_down("vic");
    for line in ["new lead Jan Horvat", "edit C1 name=X", "tag C1 +x", "assign C1 mia"] {
        house.sees_all(line, &["You may not", "“rep”"]).await;
    }
}

#[tokio::test]
async fn a_notice_of_what_was_taken_back_does_not_leave() {
    let mut house = House::with_mails("mia").await;
    house.types("assign C1 lin").await;
    let notice = house.notices("lin", "handed_over").await.remove(0);
    assert_eq!(house.app.outdated(&notice).await.unwrap(), None);
    house.types("undo").await;
    assert!(house.app.outdated(&notice).await.unwrap().is_some());
    let customer = house.app.store().by_number(Kind::Customer, 1).await.unwrap().unwrap();
    assert_eq!(notice.about, Some(customer.record));
}
