use rapport::http::links::Link;
use rapport_model::consent::Purpose;
use rapport_model::{Kind, RecordRef};

use super::{house, path, said};
use crate::support::{Browser, Reply};

/// The sorts of mail that a page shows as chosen, and its language.
fn chosen(page: &Reply) -> Vec<String> {
    let inputs = page
        .body
        .split("<input ")
        .skip(1)
        .filter(|input| input.split_once('>').is_some_and(|(input, _)| input.ends_with("checked")));
    let name = |input: &str| {
        let after = |start: &str| {
            input.split_once(start).and_then(|(_, rest)| rest.split_once('"')).map(|(v, _)| v.to_owned())
        };
        if input.contains("radio") { after("value=\"") } else { after("name=\"") }
    };
    inputs.filter_map(name).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_chosen_is_kept_and_shown_and_one_act() {
    let (app, ben) = house().await;
    let browser = Browser::of(&app).await;
    let path = path(&app, Link::Preferences(ben));
    let page = browser.gets(&path).await;
    assert_eq!((page.title(), page.action()), ("Your mails", path.clone()));
    assert_eq!(chosen(&page), ["answer", "follow_up", "survey", "en"], "news is only for who asks for it");
    let all = browser.posts(&path, "answer=on&follow_up=on&survey=on&news=on&language=en").await;
    assert_eq!(chosen(&all), ["answer", "follow_up", "survey", "news", "en"]);

    let saved = browser.posts(&path, "answer=on&survey=on&language=zh").await;
    assert_eq!(saved.in_short(), (200, "邮件设置"), "in the language that was just chosen");
    assert!(saved.body.contains("您的选择已保存。"));
    for page in [saved, browser.asks("GET", &path, "Accept-Language: en\r\n", "").await] {
        assert_eq!(chosen(&page), ["answer", "survey", "zh"]);
        assert!(page.body.contains("<html lang=\"zh-CN\">"));
    }
    let one = |purpose: &str, state: &str| (purpose.to_owned(), state.to_owned(), "preferences".to_owned());
    let all = [one("news", "granted"), one("follow_up", "denied"), one("news", "denied")];
    assert_eq!(said(&app).await, all);
    let store = app.app.store();
    let customer = RecordRef::new(Kind::Customer, ben);
    assert_eq!(app.again(customer).await.text("language"), "zh");
    let last = store.history(customer).await.unwrap().pop().unwrap();
    let of_consent = store.history(app.all(Kind::Consent).await[1].record).await.unwrap().remove(0);
    assert_eq!(last.act, of_consent.act, "one act, and so undone at once");

    browser.posts(&path, "answer=on&survey=on&language=zh").await;
    assert_eq!(said(&app).await.len(), 3, "the same again changes nothing");
    browser.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_wanted_nothing_can_choose_one_thing() {
    let (app, ben) = house().await;
    let browser = Browser::of(&app).await;
    browser.posts(&path(&app, Link::Unsubscribe(ben)), "").await;
    let path = path(&app, Link::Preferences(ben));
    assert_eq!(chosen(&browser.gets(&path).await), ["en"]);
    assert_eq!(chosen(&browser.posts(&path, "language=en&news=on").await), ["news", "en"]);
    let refusals = app.app.store().refusals(ben).await.unwrap();
    let allowed: Vec<_> = Purpose::ALL.iter().filter(|purpose| refusals.allow(**purpose)).collect();
    assert_eq!(allowed, [&Purpose::News]);
    browser.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_is_none_of_ours_turns_nothing_off() {
    let (app, ben) = house().await;
    let browser = Browser::of(&app).await;
    let path = path(&app, Link::Preferences(ben));
    let json =
        browser.asks("POST", &path, "Content-Type: application/json\r\n", "{\"language\":\"en\"}").await;
    assert_eq!(json.in_short(), (415, "That did not work"));
    for wrong in
        ["", "answer=on", "language=", "language=de", "language=en%ZZ%FF", "List-Unsubscribe=One-Click"]
    {
        let page = browser.posts(&path, wrong).await;
        assert_eq!(page.in_short(), (422, "That did not work"), "{wrong}");
    }
    assert_eq!(said(&app).await, []);
    browser.ends().await;
}
