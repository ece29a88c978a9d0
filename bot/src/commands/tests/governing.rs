//! What runs by itself, what leaves as a file, and what people may ask for.

use rapport_model::Kind;
use rapport_model::time::DAY;
use rapport_storage::records::Filter;

use super::house::House;

const SUPPORT: &str = "support@brightwater.example";
const BROKEN: &str = "The filter is broken and leaks, please repair it.";

async fn n_tickets(house: &House) -> usize {
    house.app.store().list(Kind::Ticket, &Filter::default()).await.unwrap().len()
}

#[tokio::test]
async fn a_paused_rule_does_nothing_until_it_is_resumed() {
    let mut house = House::start("ruth").await;
    house
        .sees_all(
            "workflow",
            &["default.toml", "problem", "silence (3 steps)", "digest", "workflow pause NAME"],
        )
        .await;
    house.sees_all("workflow pause problem", &["problem is paused for the whole house", "[1] Undo"]).await;
    house.sees_all("workflow pause problem", &["paused already"]).await;
    house.receives("Tom <tom@leaky.example>", SUPPORT, "Broken", BROKEN).await;
    assert_eq!(n_tickets(&house).await, 0);
    house.sees_all("workflow list", &["problem (paused by Ruth Stein", "[1] Resume problem"]).await;
    house.sees_all("1", &["problem goes on"]).await;
    house.receives("Tom <tom@leaky.example>", SUPPORT, "Broken again", BROKEN).await;
    assert_eq!(n_tickets(&house).await, 1);
    house
        .sees_all(
            "workflow pause banana",
            &["Nothing of the name “banana”", "nothing was changed", "complaint"],
        )
        .await;
    house.sits_down("mia");
    house.sees_all("workflow list", &["problem"]).await;
    house.sees_all("workflow pause problem", &["manager"]).await;
    house.sits_down("lin");
    house.sees_all("自动化", &["自动运行的内容", "规则", "序列"]).await;
}

#[tokio::test]
async fn a_paused_schedule_does_not_run_and_makes_nothing_up() {
    let mut house = House::with_mails("ruth").await;
    house.app.settle().await.unwrap();
    house.app.channels.console.open(house.app.workflows.users().iter().map(|user| user.id));
    house.types("workflow pause digest").await;
    house.clock.advance(2 * DAY);
    house.app.settle().await.unwrap();
    house.types("workflow resume digest").await;
    house.app.settle().await.unwrap();
    let digests = |house: &House| {
        house.app.channels.console.take().iter().filter(|s| s.message.text == "digest").count()
    };
    assert_eq!(digests(&house), 0);
    house.clock.advance(3 * DAY);
    house.app.settle().await.unwrap();
    assert_eq!(digests(&house), 1);
}

#[tokio::test]
async fn rules_are_tried_on_a_mail_without_doing_anything() {
    let mut house = House::with_mails("mia").await;
    let before = n_tickets(&house).await;
    house
        .sees_all(
            "workflow test T1",
            &["What would act on “Pump broken”", "problem", "open a ticket", "because", "Nothing was done"],
        )
        .await;
    assert_eq!(n_tickets(&house).await, before);
    house.sees_all("workflow test C99", &["C99"]).await;
    house.sits_down("lin");
    house.sees_all("自动化 测试 C3", &["会触发", "lead", "新建商机"]).await;
}

#[tokio::test]
async fn customers_become_a_file_for_a_manager_who_said_so_twice() {
    let mut house = House::with_mails("ruth").await;
    house.sees_all("export customers", &["3 customers", "rapport chat"]).await;
    house.sits_at_the_machine();
    house.sees_all("export customers", &["Write 3 customers", "Petra Novak", "[1] Write the file"]).await;
    let seen = house.sees_all("1", &["3 customers are in", "exports", ".csv"]).await;
    let file = std::fs::read_dir(house.app.dir.join("exports")).unwrap().next().unwrap().unwrap();
    let text = std::fs::read_to_string(file.path()).unwrap();
    assert!(text.starts_with("\u{feff}number,addresses,name,company,"), "{text}");
    assert!(text.contains("petra@novak-cafe.example,Petra Novak") && text.contains("王丽"), "{seen}\n{text}");
    house.sees_all("export customers novak", &["Write 1 customer "]).await;
    house.sees_all("export customers nobody", &["No customers fit “nobody”", "nothing was written"]).await;
    house.sees_all("export deals", &["export customers"]).await;
    house.sits_down("mia");
    house.sees_all("export customers", &["manager"]).await;
}

#[tokio::test]
async fn a_person_is_erased_by_a_manager_who_saw_what_that_means() {
    let mut house = House::with_mails("ruth").await;
    // Typed at once it asks as well.
    house
        .sees_all(
            "privacy erase C1 act:yes",
            &["Erase C1 Petra Novak for good", "cannot be undone", "[1] Erase C1 Petra Novak"],
        )
        .await;
    house.sees_all("show C1", &["Petra Novak"]).await;
    house.sees_all("privacy erase C1", &["[1] Erase C1 Petra Novak"]).await;
    house.sees_all("1", &["C1 is erased", "key", "out of reach"]).await;
    let seen = house.sees("find Petra").await;
    assert!(!seen.contains("Petra Novak"), "{seen}");
    house.sits_down("mia");
    house.sees_all("privacy erase C2", &["manager"]).await;
    house.sees_all("show C2", &["Anna Berg"]).await;
}

/// Returns the file of that ending that was written.
fn exported(house: &House, ending: &str) -> String {
    let files = std::fs::read_dir(house.app.dir.join("exports")).unwrap();
    let path = files.map(|file| file.unwrap().path()).find(|path| path.extension().unwrap() == ending);
    std::fs::read_to_string(path.unwrap()).unwrap()
}

#[tokio::test]
async fn who_speaks_chinese_gets_their_page_in_chinese_whoever_writes_it() {
    let mut house = House::with_mails("ruth").await;
    house.sits_at_the_machine();
    house.sees_all("privacy export C3", &["[1] Write the file"]).await;
    house.sees("1").await;
    let page = exported(&house, "html");
    for part in ["<html lang=\"zh-CN\">", "王丽 的个人信息", "来源", "保存多久", "收到时间"]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
}

#[tokio::test]
async fn many_exports_are_told_to_the_managers_once_a_day() {
    let mut house = House::with_mails("ruth").await;
    house.app.channels.console.open(house.app.workflows.users().iter().map(|user| user.id));
    house.app.settle().await.unwrap();
    house.app.channels.console.take();
    house.sits_at_the_machine();
    let mut told = Vec::new();
    for _ in 0..8 {
        house.sees("privacy export C1").await;
        house.sees("1").await;
        house.app.settle().await.unwrap();
        let notices = house.app.channels.console.take();
        told.extend(notices.into_iter().filter(|sent| sent.message.text == "alert_exports"));
    }
    assert_eq!(told.len(), 1, "the sixth is more than five");
    assert_eq!(told[0].message.subject, "Ruth Stein exported 6 persons today");
    assert!(told[0].message.body.contains("security.exports_a_day"), "{}", told[0].message.body);
    house.clock.advance(DAY);
    house.sees("privacy export C1").await;
    house.sees("1").await;
    house.app.settle().await.unwrap();
    let notices = house.app.channels.console.take();
    assert!(!notices.iter().any(|sent| sent.message.text == "alert_exports"), "a new day");
}

#[tokio::test]
async fn a_person_gets_what_is_known_of_them_and_sees_what_they_allow() {
    let mut house = House::with_mails("ruth").await;
    house.sees_all("privacy consent C2", &["What C2 Anna Berg allows", "Reminders", "allowed"]).await;
    house
        .receives(
            "Anna Berg <anna@berg.example>",
            SUPPORT,
            "Stop",
            "Please unsubscribe me from your mailing list.",
        )
        .await;
    house.sees_all("privacy consent C2", &["refused", "All automatic mail: no"]).await;
    house.sees_all("privacy export C2", &["2 mails", "rapport chat"]).await;
    house.sits_at_the_machine();
    house
        .sees_all("privacy export C2", &["Write all that is known of C2 Anna Berg", "[1] Write the file"])
        .await;
    house.sees_all("1", &["All that is known of C2 Anna Berg is in", ".html", ".json"]).await;
    let all: serde_json::Value = serde_json::from_str(&exported(&house, "json")).unwrap();
    assert_eq!(all["customer"]["name"], "Anna Berg");
    assert_eq!(all["addresses"][0], "anna@berg.example");
    assert_eq!(all["messages"].as_array().unwrap().len(), 2);
    assert_eq!(all["records"]["consents"].as_array().unwrap().len(), 1);
    assert_eq!(all["processing"][0]["records"][0], "customers");
    let page = exported(&house, "html");
    for part in [
        "<html lang=\"en\">",
        "What is held of Anna Berg",
        "anna@berg.example",
        "Please unsubscribe me from your mailing list.",
        "From where",
        "How long",
        "From their mails and messages",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("<script") && !page.contains("src="), "it stands by itself");
    house.sees_all("隐私 同意 C99", &["C99"]).await;
    house.sees_all("privacy banana C2", &["privacy export, consent, erase, restrict"]).await;
}
