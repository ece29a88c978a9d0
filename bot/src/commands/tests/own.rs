//! Colleagues choose their language, their clocks and their quiet, and follow customers.

use rapport_model::message::ChannelKind;
use rapport_model::time::{DAY, HOUR};

use super::house::House;

const PETRA: &str = "Petra Novak <petra@novak-cafe.example>";
const SUPPORT: &str = "support@brightwater.example";

impl House {
    /// Lets all colleagues sit at the console, so that notices come at once.
    fn everybody_listens(&self) {
        self.app.channels.console.open(self.app.workflows.users().iter().map(|user| user.id));
    }

    /// Returns the texts of the notices that a colleague got since the last look.
    fn told(&self, handle: &str) -> Vec<(String, String)> {
        let user = self.app.workflows.users().iter().find(|u| u.handle == handle).unwrap().id;
        let sent = self.app.channels.console.take().into_iter();
        let own = sent.filter(|s| s.message.to == rapport_model::job::Recipient::User(user));
        own.map(|s| (s.message.text, s.message.subject)).collect()
    }
}

#[tokio::test]
async fn a_language_holds_at_once_and_goes_over_the_configuration() {
    let mut house = House::start("mia").await;
    house.sees_all("lang zh", &["今后我用中文和您交流", "[1] 撤销"]).await;
    house.sees_all("1", &["I speak English", "[1] Undo"]).await;
    house.sees_all("lang zh", &[]).await;
    house.sees_all("tasks", &["没有"]).await;
    house.sits_down("lin");
    house.sees_all("语言改成英文", &["I speak English"]).await;
    house.sees_all("lang off", &["今后我用中文"]).await;
    house.sees_all("lang klingon", &["请这样写", "语言"]).await;
    // Who may only look has a language, too.
    house.sits_down("vic");
    house.sees_all("lang zh", &["中文"]).await;
    // The configuration sets users anew at each start; what was chosen stays.
    let users = house.app.config.users().unwrap();
    house.app.store().set_users(&users).await.unwrap();
    house.app.workflows.refresh().await.unwrap();
    house.sees_all("我是谁", &["vic", "语言", "中文"]).await;
}

#[tokio::test]
async fn times_are_said_by_the_clocks_that_were_chosen() {
    let mut house = House::start("mia").await;
    house.sees_all("tz tokyo", &["Asia/Tokyo", "Wed 11 Mar 2026, 21:00", "[1] Undo"]).await;
    house.sees_all("task call Anna tomorrow 10:00", &["Thu 12 Mar 2026, 10:00 (Asia/Tokyo)"]).await;
    house.sees_all("tz Narnia", &["no zone or place “Narnia”", "Nothing was changed"]).await;
    house.sees_all("tz off", &["Europe/Berlin", "13:00"]).await;
    house.sits_down("lin");
    house.sees_all("时区改成柏林", &["Europe/Berlin", "13:00"]).await;
    house.sees_all("时区", &["请这样写"]).await;
}

#[tokio::test]
async fn notices_wait_for_the_morning_but_not_what_cannot_wait() {
    let mut house = House::with_mails("ruth").await;
    house.everybody_listens();
    house.app.settle().await.unwrap();
    house.told("ruth");
    house.sees_all("dnd", &["no quiet hours", "dnd 22:00-8:00"]).await;
    house.sees_all("dnd 20:00-8:00", &["Every day 20:00-08:00 (Europe/Berlin)", "cannot wait"]).await;
    house.sees_all("follow C2", &["You follow C2 Anna Berg", "[1] Undo"]).await;
    house.clock.advance(9 * HOUR);
    house.receives("Anna Berg <anna@berg.example>", SUPPORT, "Hello", "Thank you for the call.").await;
    assert_eq!(house.told("ruth"), []);
    house
        .receives(
            PETRA,
            SUPPORT,
            "Pump",
            "This is unacceptable, a disgrace! I complain. Repair it today, immediately!",
        )
        .await;
    let told = house.told("ruth");
    assert!(told.iter().all(|(text, _)| text.starts_with("alert_")) && !told.is_empty(), "{told:?}");
    house.clock.advance(12 * HOUR);
    house.app.settle().await.unwrap();
    let told = house.told("ruth");
    assert!(
        told.iter().any(|(text, subject)| text == "mail_followed" && subject.contains("Anna Berg")),
        "{told:?}"
    );
}

#[tokio::test]
async fn quiet_until_a_time_ends_then_or_by_a_button_and_what_waited_comes() {
    let mut house = House::with_mails("mia").await;
    house.everybody_listens();
    house.app.settle().await.unwrap();
    house.sees("follow C1").await;
    house.sees_all("dnd until 3pm", &["quiet until Wed 11 Mar 2026, 15:00", "End quiet"]).await;
    house.told("mia");
    house.receives(PETRA, SUPPORT, "Hours", "Our opening hours change in April.").await;
    assert_eq!(house.told("mia"), []);
    house.sees_all("dnd", &["until Wed 11 Mar 2026, 15:00"]).await;
    house.sees_all("1", &["No more quiet", "1 notice comes now"]).await;
    house.app.settle().await.unwrap();
    assert_eq!(house.told("mia").len(), 1);
    house.sees_all("dnd for 2 hours", &["15:0"]).await;
    house.sees_all("dnd until 2026-08-01", &["More than 31 days"]).await;
    house.sees_all("dnd until banana", &["could not read a time in “banana”"]).await;
    house.sits_down("lin");
    house.sees_all("免打扰到明早8点", &["免打扰至", "3月12日", "08:00"]).await;
    house.sees_all("免打扰两小时", &["免打扰至", "22:0"]).await;
    house.sees_all("免打扰 关闭", &["已关闭"]).await;
}

#[tokio::test]
async fn followers_hear_of_mails_and_of_what_others_change_about_a_ticket() {
    let mut house = House::with_mails("mia").await;
    house.everybody_listens();
    house.app.settle().await.unwrap();
    house.sees_all("follow C1", &["You follow C1 Petra Novak"]).await;
    house.sits_down("lin");
    house.sees_all("关注 T1", &["已关注 T1"]).await;
    house.told("mia");
    house.types("ticket T1 prio low").await;
    house.app.settle().await.unwrap();
    // Who did it knows.
    let sent = house.app.channels.console.take();
    let texts: Vec<(&str, &str)> =
        sent.iter().map(|s| (s.message.text.as_str(), s.message.body.as_str())).collect();
    assert_eq!(texts.len(), 1, "{texts:?}");
    assert!(texts[0].0 == "ticket_followed" && texts[0].1.contains("林芳 changed T1"), "{texts:?}");
    house.sits_down("mia");
    house.sees_all("unfollow C1", &["You follow C1 Petra Novak no more", "[1] Undo"]).await;
    house.types("ticket T1 prio high").await;
    house.app.settle().await.unwrap();
    let told = house.told("lin");
    assert!(told.len() == 1 && told[0].1.contains("T1 有变更"), "{told:?}");
    house.sees_all("follow C99", &["C99"]).await;
    house.sees_all("follow Nobody Known", &["Nobody Known"]).await;
}

#[tokio::test]
async fn what_is_muted_is_not_told_until_it_is_taken_back() {
    let mut house = House::with_mails("mia").await;
    house.everybody_listens();
    house.app.settle().await.unwrap();
    house.sees("follow C1").await;
    house.sees_all("mute new mail", &["nothing more about new mail", "[1] Undo"]).await;
    house.told("mia");
    house.receives(PETRA, SUPPORT, "Hours", "Our opening hours change in April.").await;
    assert_eq!(house.told("mia"), []);
    house.sees_all("mute off mail", &["about new mail again"]).await;
    house.sees_all("mute C1", &["nothing more about C1 Petra Novak"]).await;
    house.receives(PETRA, SUPPORT, "Hours", "They change in May.").await;
    assert_eq!(house.told("mia"), []);
    house.sees_all("who", &["muted", "C1 Petra Novak", "followed"]).await;
    house.sees_all("mute off C1", &[]).await;
    house.receives(PETRA, SUPPORT, "Hours", "They change in June.").await;
    assert_eq!(house.told("mia").len(), 1);
    house.sits_down("lin");
    house.sees_all("静音 摘要", &["不再通知您有关摘要"]).await;
}

#[tokio::test]
async fn digests_that_a_manager_muted_do_not_come() {
    let mut house = House::with_mails("ruth").await;
    house.everybody_listens();
    house.app.settle().await.unwrap();
    let digests = |house: &House| house.told("ruth").iter().filter(|(text, _)| text == "digest").count();
    house.app.settle().await.unwrap();
    house.clock.advance(DAY);
    house.app.settle().await.unwrap();
    assert_eq!(digests(&house), 1);
    house.sees("mute digests").await;
    house.clock.advance(DAY);
    house.app.settle().await.unwrap();
    assert_eq!(digests(&house), 0);
}

#[tokio::test]
async fn one_sees_who_one_is_and_releases_an_account_after_a_second_word() {
    let mut house = House::start("mia").await;
    house
        .sees_all(
            "who am I?",
            &["Mia Tan (mia)", "rep", "Europe/Berlin", "English", "mia@brightwater.example"],
        )
        .await;
    house.sees_all("unlink", &["Which account", "unlink telegram"]).await;
    house.sees_all("unlink telegram", &["no account in Telegram"]).await;
    let mia = house.app.workflows.users().iter().find(|u| u.handle == "mia").unwrap().id;
    let code = house.app.store().link_code(mia).await.unwrap();
    house.app.store().bind(ChannelKind::Telegram, 4711, &code).await.unwrap();
    house.sees_all("who", &["Telegram", "4711", "since Wed 11 Mar 2026", "Release Telegram"]).await;
    house.sees_all("1", &["Release your Telegram account 4711?", "[1] Release Telegram"]).await;
    assert_eq!(house.app.store().bound_to(ChannelKind::Telegram, 4711).await.unwrap(), Some(mia));
    house.sees_all("1", &["Your Telegram account is released"]).await;
    assert_eq!(house.app.store().bound_to(ChannelKind::Telegram, 4711).await.unwrap(), None);
    house.sits_down("lin");
    house.sees_all("解绑 telegram", &["没有绑定"]).await;
}

#[tokio::test]
async fn without_pages_there_is_no_link_to_them() {
    let mut house = House::start("mia").await;
    house.sees_all("page", &["There are no pages here yet", "http.public_url"]).await;
    house.sits_down("lin");
    house.sees_all("登录", &["这里还没有网页"]).await;
    // Who may only look may come to the pages, too.
    house.sits_down("vic");
    house.sees_all("login", &["There are no pages here yet"]).await;
    house.sees_all("login does not work for Novak", &["find does not work for Novak"]).await;
}
