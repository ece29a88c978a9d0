use rapport_model::message::ChannelKind;
use rapport_model::people::{Role, Scope};
use rapport_model::time::{HOUR, MINUTE};
use rapport_storage::visits::Via;

use super::{House, PAGES};
use crate::support::{Program, Reply, TestApp, rules_without_schedules};

const LOGIN: &str = "/desk/login";

/// Where somebody who is not known is sent.
fn is_sent_to_the_door(reply: &Reply) -> bool {
    (reply.status, reply.header("location")) == (303, Some(LOGIN))
}

/// The paths of the links that were sent since the last call, with to whom.
fn sent(app: &TestApp) -> Vec<(ChannelKind, String)> {
    let links = app.notices().into_iter().filter(|sent| sent.message.text == "link_to_page");
    let of = |sent: rapport::channel::Sent| {
        let (_, link) = sent.message.body.split_once("https://crm.brightwater.example").unwrap();
        (sent.message.channel, link.split_whitespace().next().unwrap().to_owned())
    };
    links.map(of).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_opens_once_by_its_button_and_not_by_being_looked_at() {
    let house = House::start().await;
    for path in PAGES {
        assert!(is_sent_to_the_door(&house.browser.gets(path).await), "{path}");
    }
    let link = house.link("ruth").await;
    for _ in 0..3 {
        let looked = house.browser.gets(&link).await;
        assert_eq!(looked.in_short(), (200, "Welcome"));
        assert!(looked.body.contains("This link is for Ruth Stein"), "{}", looked.body);
        assert_eq!((looked.header("set-cookie"), looked.action()), (None, link.clone()));
    }
    let opened = house.sends(&link, "", "").await;
    assert_eq!((opened.status, opened.header("location")), (303, Some("/desk")));
    let cookie = opened.header("set-cookie").unwrap();
    assert!(cookie.starts_with("__Host-rapport="), "{cookie}");
    assert!(cookie.ends_with("; Path=/; Max-Age=604800; HttpOnly; SameSite=Strict; Secure"), "{cookie}");
    let cookie = format!("Cookie: {}\r\n", cookie.split(';').next().unwrap());
    assert_eq!(house.sees(&cookie, "/desk").await.status, 200);
    for again in [
        house.sends(&link, "", "").await,
        house.sends(&link, &cookie, "").await,
        house.browser.gets(&link).await,
    ] {
        assert_eq!(again.in_short(), (410, "This link is used up"));
        assert_eq!(again.header("set-cookie"), None);
    }
    assert_eq!(house.sees(&cookie, "/desk").await.status, 200, "who is in stays in");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_old_or_another_opens_nothing() {
    let house = House::start().await;
    let link = house.link("ruth").await;
    house.app.clock.advance(10 * MINUTE);
    let zeros = "0".repeat(64);
    let wrong = [
        "/desk/in/x".to_owned(),
        format!("/desk/in/{zeros}"),
        link.to_uppercase().replace("DESK/IN", "desk/in"),
        link,
    ];
    for link in wrong {
        assert_eq!(house.browser.gets(&link).await.status, 410, "{link}");
        let opened = house.sends(&link, "", "").await;
        assert_eq!((opened.status, opened.header("set-cookie")), (410, None), "{link}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cookies_of_others_and_forms_from_elsewhere_are_refused() {
    let house = House::start().await;
    let cookie = house.comes("ruth").await;
    let secret = cookie.trim().split_once('=').unwrap().1.to_owned();
    for wrong in [
        String::new(),
        format!("Cookie: rapport={secret}\r\n"),
        format!("Cookie: __Host-rapport={}\r\n", "0".repeat(64)),
        format!("Cookie: __Host-rapport={}\r\n", &secret[..63]),
        format!("Cookie: __Host-rapport={secret}; __Host-rapport={}\r\n", "1".repeat(64)),
    ] {
        for path in PAGES {
            assert!(is_sent_to_the_door(&house.sees(&wrong, path).await), "{path} {wrong}");
        }
    }
    let link = house.link("mia").await;
    for from in [
        "",
        "Origin: null\r\n",
        "Origin: https://evil.example\r\n",
        "Origin: https://crm.brightwater.example.evil.example\r\n",
        "Sec-Fetch-Site: cross-site\r\nOrigin: https://crm.brightwater.example\r\n",
        "Sec-Fetch-Site: same-site\r\n",
    ] {
        for path in [link.as_str(), LOGIN, "/desk/logout"] {
            let form = "Content-Type: application/x-www-form-urlencoded\r\n";
            let reply = house.browser.asks("POST", path, &format!("{form}{cookie}{from}"), "who=mia").await;
            assert_eq!(reply.in_short(), (403, "That came from elsewhere"), "{path} {from}");
        }
    }
    assert_eq!(sent(&house.app), []);
    assert_eq!(house.sees(&cookie, "/desk").await.status, 200, "nobody was put out");
    assert_eq!(house.browser.gets(&link).await.status, 200, "and the link is as it was");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_goes_out_stays_away_or_has_another_role_comes_in_anew() {
    let house = House::start().await;
    let (one, other) = (house.comes("ruth").await, house.comes("ruth").await);
    let left = house.sends("/desk/logout", &one, "").await;
    assert_eq!((left.status, left.header("location")), (303, Some("/desk/login?out=1")));
    assert!(left.header("set-cookie").unwrap().contains("Max-Age=0"));
    assert!(is_sent_to_the_door(&house.sees(&one, "/desk").await));
    assert!(house.browser.gets("/desk/login?out=1").await.body.contains("You are signed out"));
    assert_eq!(house.sees(&other, "/desk").await.status, 200, "the other browser is in");
    // Who comes back each half day is in for a week.
    for _ in 0..14 {
        house.app.clock.advance(12 * HOUR - 30 * MINUTE);
        assert_eq!(house.sees(&other, "/desk").await.status, 200);
    }
    house.app.clock.advance(8 * HOUR);
    assert!(is_sent_to_the_door(&house.sees(&other, "/desk").await));
    let idle = house.comes("ruth").await;
    house.app.clock.advance(12 * HOUR);
    assert!(is_sent_to_the_door(&house.sees(&idle, "/desk").await));
    house.app.settle().await;

    // The colleagues as another configuration has them.
    let store = house.app.app.store();
    let ruth = house.app.user("ruth");
    let changed = [(Role::Viewer, Scope::All), (Role::Manager, Scope::Own)];
    for (role, scope) in changed {
        let link = store.make_visit(ruth.id, Via::Operator).await.unwrap();
        let then = rapport_model::people::User { role, scope, ..ruth.clone() };
        let cookie = store.open_visit(&link, &then).await.unwrap().unwrap();
        let cookie = format!("Cookie: __Host-rapport={cookie}\r\n");
        assert!(is_sent_to_the_door(&house.sees(&cookie, "/desk").await), "{role} {scope}");
    }
    // And somebody who does not work here any more.
    let gone = rapport_model::people::User { id: rapport_model::Id(7), ..ruth.clone() };
    let link = store.make_visit(gone.id, Via::Operator).await.unwrap();
    assert_eq!(house.browser.gets(&format!("/desk/in/{link}")).await.status, 410);
    let cookie = store.open_visit(&link, &gone).await.unwrap().unwrap();
    let cookie = format!("Cookie: __Host-rapport={cookie}\r\n");
    assert!(is_sent_to_the_door(&house.sees(&cookie, "/desk").await));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_at_the_door_gets_a_link_and_nobody_learns_who_works_here() {
    let house = House::start().await;
    house.app.binds(ChannelKind::Telegram, "leo", 4711).await;
    house.app.app.channels.console.open([]);
    let asks = async |who: &str| {
        house.app.clock.advance(MINUTE);
        let reply = house.sends(LOGIN, "", &format!("who={who}")).await;
        house.app.settle().await;
        reply
    };
    let known = asks("ruth").await;
    assert_eq!(known.in_short(), (200, "Come in"));
    assert!(known.body.contains("a link is on its way"), "{}", known.body);
    let mails = house.app.outgoing();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].contains("To: ") && mails[0].contains("ruth@brightwater.example"), "{}", mails[0]);
    for who in ["nobody", "", "%00", "vic", "ruth@evil.example", &"x".repeat(500)] {
        assert_eq!(asks(who).await.body, known.body, "{who}");
    }
    assert_eq!(house.app.outgoing().len(), 1, "vic has no chat and no address");
    for _ in 0..4 {
        assert_eq!(asks("RUTH%40brightwater.example").await.body, known.body);
    }
    assert_eq!(house.app.outgoing().len(), 3, "no more than three at once");
    house.app.clock.advance(10 * MINUTE);
    asks("ruth").await;
    assert_eq!(house.app.outgoing().len(), 4);

    // Who has a chat gets it there.
    asks("leo").await;
    let waiting = house.app.app.store().unsent(10).await.unwrap();
    let chat: Vec<_> = waiting.iter().filter(|one| one.message.channel == ChannelKind::Telegram).collect();
    assert_eq!(chat.len(), 1, "{waiting:?}");
    let (_, link) = chat[0].message.body.split_once("https://crm.brightwater.example").unwrap();
    let link = link.split_whitespace().next().unwrap().to_owned();
    assert_eq!(house.browser.gets(&link).await.in_short(), (200, "欢迎"));
    house.app.app.store().drop_outgoing(chat[0].message.id).await.unwrap();

    // One address cannot ask on and on.
    let mut busy = None;
    for _ in 0..6 {
        busy = Some(house.sends(LOGIN, "", "who=ruth").await);
    }
    let busy = busy.unwrap();
    assert_eq!((busy.status, busy.header("retry-after")), (429, Some("1")));
    house.app.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_gets_a_link_for_a_colleague_and_is_told_what_is_missing() {
    let dir = tempfile::tempdir().unwrap();
    let program = Program::on(&dir.path().join("data"));
    std::fs::create_dir(&program.data).unwrap();
    let write = |http: &str| {
        let config = format!("{http}\nusers = [{{ handle = \"ruth\", role = \"manager\" }}]\n");
        std::fs::write(program.data.join("rapport.toml"), config).unwrap();
    };
    let fails = |args: &[&str]| {
        let output = program.run(args);
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    write("");
    assert!(fails(&["page", "ruth"]).contains("set http.listen and http.public_url"));
    write("http = { listen = \"127.0.0.1:8080\" }");
    assert!(fails(&["page", "nobody"]).contains("the configuration has ruth"));
    let made = program.json(&["--json", "page", "ruth"]);
    let link = made["link"].as_str().unwrap();
    let secret = link.strip_prefix("http://127.0.0.1:8080/desk/in/").unwrap();
    assert!(secret.len() == 64 && secret.bytes().all(|b| b.is_ascii_hexdigit()), "{link}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_house_on_one_machine_has_a_plain_cookie() {
    let served = [("RAPPORT__HTTP__LISTEN", "127.0.0.1:0")];
    let house = House::start_set(&served).await;
    let headers =
        "Origin: http://crm.brightwater.example\r\nContent-Type: application/x-www-form-urlencoded\r\n";
    let opened = house.browser.asks("POST", &house.link("ruth").await, headers, "").await;
    let cookie = opened.header("set-cookie").unwrap();
    assert!(cookie.starts_with("rapport=") && !cookie.contains("Secure"), "{cookie}");
    // Nowhere else pages are served under no known address.
    let app = TestApp::start_set(Some(rules_without_schedules()), &[]).await;
    assert_eq!(app.app.config.http.desk_base(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_style_is_kept_by_browsers_and_the_pages_are_not() {
    let house = House::start().await;
    let cookie = house.comes("ruth").await;
    let page = house.sees(&cookie, "/desk").await;
    let (_, style) = page.body.split_once("rel=\"stylesheet\" href=\"").unwrap();
    let style = style.split('"').next().unwrap().replace("&#x2f;", "/");
    let style = house.browser.gets(&style).await;
    assert_eq!((style.status, style.header("content-type")), (200, Some("text/css; charset=utf-8")));
    assert!(style.header("cache-control").unwrap().contains("immutable"));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert_eq!(page.header("referrer-policy"), Some("same-origin"));
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
}
