//! Every page, by every role and scope: what is not seen is not there.

use super::{ACTS, HOSTILE, House, PAGES};
use crate::support::Reply;

const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'";

/// Everything that hangs on Leo's customers, which Mia does not see: who they are, their deals, tasks and notes.
const LEOS: [&str; 6] = ["Tom Wells", "Ines Roth", "maintenance", "AquaPro 500", "invoice", "quillfeather"];

/// What stands on the page itself.
fn main_of(reply: &Reply) -> &str {
    reply.body.split_once("<main").unwrap().1
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_shows_what_its_reader_sees_and_nothing_else() {
    let house = House::with_life().await;
    let ruth = house.comes("ruth").await;
    let mut seen = String::new();
    for path in PAGES.iter().copied().chain([
        "/desk/record/C3",
        "/desk/record/D4",
        "/desk/digests/now/30",
        "/desk/pipeline?stage=new",
    ]) {
        let reply = house.sees(&ruth, path).await;
        assert_eq!(reply.status, 200, "{path}");
        seen.push_str(&reply.body);
    }
    for word in LEOS {
        assert!(seen.contains(word), "ruth sees {word}");
    }

    let mia = house.comes("mia").await;
    let paths = [
        "/desk/digests/now/1",
        "/desk/digests/now/7",
        "/desk/digests/now/30",
        "/desk/pipeline?stage=new",
        "/desk/audit?who=leo",
        "/desk/audit?from=2026-01-01&to=2026-12-31",
        "/desk/service?days=90",
        "/desk/record/C2",
        "/desk/record/D1",
    ];
    for path in PAGES.iter().copied().filter(|path| *path != "/desk/operation").chain(paths) {
        let reply = house.sees(&mia, path).await;
        assert_eq!(reply.status, 200, "{path}");
        for word in LEOS {
            assert!(!reply.body.contains(word), "mia sees {word} on {path}");
        }
        assert!(path.starts_with("/desk/digests") || !reply.body.contains("/desk/operation"), "{path}");
    }
    assert!(house.sees(&mia, "/desk/pipeline").await.body.contains("AquaOne for the kitchen"));
    for path in
        ["/desk/record/C3", "/desk/record/C4", "/desk/record/D4", "/desk/record/D5", "/desk/record/C99"]
    {
        assert_eq!(house.sees(&mia, path).await.in_short(), (404, "There is nothing here"), "{path}");
    }
    assert_eq!(house.sees(&mia, "/desk/operation").await.in_short(), (403, "That is not for you"));
    for handle in ["leo", "vic"] {
        let cookie = house.comes(handle).await;
        assert_eq!(house.sees(&cookie, "/desk/operation").await.status, 403, "{handle}");
        assert!(!house.sees(&cookie, "/desk/audit").await.body.contains("Who signed in"), "{handle}");
    }
    let vic = house.comes("vic").await;
    assert!(house.sees(&vic, "/desk/pipeline").await.body.contains("AquaPro 500"), "a viewer sees all");
}

#[tokio::test(flavor = "multi_thread")]
async fn words_of_customers_are_shown_as_they_are_and_nothing_is_let_in() {
    let house = House::with_life().await;
    house.gives_up().await;
    let sent = house.sends_digest("ruth").await;
    let ruth = house.comes("ruth").await;
    let mut hostile = 0;
    let more = [
        "/desk/record/C6".to_owned(),
        "/desk/nowhere".to_owned(),
        format!("/desk/record/{HOSTILE}").replace([' ', '"', '<', '>', '{', '}'], "%22"),
    ];
    for path in PAGES.iter().map(|path| (*path).to_owned()).chain(more) {
        let reply = house.sees(&ruth, &path).await;
        assert_eq!(reply.header("content-security-policy"), Some(POLICY), "{path}");
        for acts in ACTS {
            assert!(!reply.body.contains(acts), "{path}: {acts}");
        }
        assert!(!reply.body.contains(" style="), "{path}");
        hostile +=
            usize::from(main_of(&reply).contains("&lt;script&gt;") || main_of(&reply).contains("&lt;img"));
    }
    assert!(hostile >= 3, "the hostile words stand somewhere: {hostile}");
    let page = house.sees(&ruth, "/desk/operation").await.body;
    assert!(page.contains("The figures do not add up"), "{page}");
    for path in ["/desk/digests/now/7".to_owned(), format!("/desk/digests/sent/{sent}")] {
        let digest = house.sees(&ruth, &path).await;
        let policy = digest.header("content-security-policy").unwrap();
        assert!(
            policy.starts_with("default-src 'none'; style-src 'unsafe-inline'; img-src data:"),
            "{policy}"
        );
        assert!(
            digest.body.contains("/desk/digests") && digest.body.contains("Brightwater Filters"),
            "{path}"
        );
        assert!(!digest.body.contains("<script"), "{path}");
    }
    assert_eq!(
        house.sees(&house.comes("vic").await, &format!("/desk/digests/sent/{sent}")).await.status,
        404
    );
    for path in ["/desk/login", &house.link("ruth").await, "/desk/in/x"] {
        assert_eq!(house.browser.gets(path).await.header("content-security-policy"), Some(POLICY), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_in_the_language_of_their_reader_and_what_is_asked_wrongly_shows_all() {
    let house = House::with_life().await;
    let leo = house.comes("leo").await;
    for (path, title) in [
        ("/desk/pipeline", "商机"),
        ("/desk/inbox", "收件箱"),
        ("/desk/service", "服务"),
        ("/desk/audit", "审计"),
    ] {
        let reply = house.sees(&leo, path).await;
        assert_eq!(reply.in_short(), (200, title));
        assert!(reply.body.contains("<html lang=\"zh-CN\">"), "{path}");
    }
    let ruth = house.comes("ruth").await;
    let all = house.sees(&ruth, "/desk/audit").await.body;
    for wrong in ["?who=nobody", "?from=yesterday&to=%00", "?before=x", "?who=%22%3E%3Cscript%3E", "?x=y&&=&"]
    {
        assert_eq!(house.sees(&ruth, &format!("/desk/audit{wrong}")).await.body, all, "{wrong}");
    }
    for wrong in ["?days=0", "?days=-1", "?days=9999999999999999999999", "?days=x"] {
        assert_eq!(house.sees(&ruth, &format!("/desk/service{wrong}")).await.status, 200, "{wrong}");
    }
    for wrong in ["/desk/pipeline?stage=%3Cscript%3E", "/desk/record/C1?page=0", "/desk/record/C1?page=99999"]
    {
        let reply = house.sees(&ruth, wrong).await;
        assert!(reply.status == 200 && !reply.body.contains("<script"), "{wrong}");
    }
    for wrong in
        ["/desk/digests/now/2", "/desk/digests/now/x", "/desk/digests/sent/1", "/desk/record/M1", "/desk/x/y"]
    {
        assert_eq!(house.sees(&ruth, wrong).await.status, 404, "{wrong}");
    }
    let only_mia = house.sees(&ruth, "/desk/audit?who=mia").await.body;
    assert!(only_mia.contains("AquaOne for the kitchen") && !main_of_text(&only_mia).contains("maintenance"));
    // What only follows from mails is no act of anybody's.
    assert!(!main_of_text(&all).contains("The service"), "{all}");
    // Page by page, back to the beginning.
    let (mut path, mut n) = ("/desk/audit".to_owned(), 0);
    loop {
        let page = house.sees(&ruth, &path).await.body;
        n += 1;
        let Some((before, _)) = page.rsplit_once("\">Earlier</a>") else { break };
        path = before.rsplit_once("href=\"").unwrap().1.replace("&#x2f;", "/").replace("&amp;", "&");
        assert!(n < 60, "the pages end");
    }
    assert!(n > 1, "there is more than one page");
}

fn main_of_text(body: &str) -> &str {
    body.split_once("<tbody>").unwrap().1.split_once("</tbody>").unwrap().0
}
