//! What came of a campaign.

use rapport_model::time::{DAY, HOUR, MINUTE};
use rapport_model::{Change, Kind, RecordRef};

use super::{Seat, house, on_both};
use crate::support::{Mail, TestApp};

/// The Message-ID of the mail to an address.
fn message_id(app: &TestApp, to: &str) -> String {
    let mail = app.outgoing().into_iter().find(|mail| mail.contains(&format!("<{to}>"))).unwrap();
    let line = mail.lines().find_map(|line| line.strip_prefix("Message-ID: <")).unwrap().to_owned();
    line.trim_end_matches('>').to_owned()
}

/// A mail arrives as from a mailbox: what it tells of ours is noted first.
async fn arrives(app: &TestApp, mail: Mail) {
    let raw = mail.bytes(app.now());
    let options = rapport::channel::email::ParseOptions::at(app.now());
    let incoming = rapport::channel::email::parse(raw.clone(), "test", &options);
    app.app.take_note(incoming.content.as_ref().unwrap()).await.unwrap();
    app.arrives(raw).await;
    app.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_of_it_is_counted_for_each_text() {
    on_both(async |url| {
        let app = house(url.as_deref(), "").await;
        let all = app.knows(40, "[\"vip\"]").await;
        let mut ruth = Seat::of(&app, "ruth");
        let shown = ruth.types("campaign new spring check_in and check_in_short to tag:vip").await;
        assert!(shown.contains("check_in (50%) and check_in_short (50%)"), "{shown}");
        ruth.presses("Start").await;
        ruth.presses("Start").await;
        app.advance(10 * MINUTE).await;
        assert_eq!(app.outgoing().len(), 40);
        let shown = ruth.types("campaign results P1").await;
        assert!(shown.contains("sent: ") && shown.contains("delivered: 0 (0%)"), "{shown}");
        assert!(shown.contains("40 mails are younger than two days"), "{shown}");

        let is_short = |n: usize| {
            let to = format!("<c{n}@firm{n}.example>");
            app.outgoing().iter().any(|mail| mail.contains(&to) && mail.contains("Subject: A question from"))
        };
        let short: Vec<usize> = (0..40).filter(|n| is_short(*n)).collect();
        let long: Vec<usize> = (0..40).filter(|n| !short.contains(n)).collect();
        assert!(short.len() >= 10 && long.len() >= 10, "{} and {}", short.len(), long.len());

        app.advance(HOUR).await;
        // One answers, one is out of office, one bounces, one unsubscribes, one complains, one buys.
        let address = |n: usize| format!("c{n}@firm{n}.example");
        let id = |n: usize| message_id(&app, &address(n));
        let answer = Mail::from(&address(long[0])).answers(&id(long[0]));
        arrives(&app, answer.says("Re: is there anything", "Yes, please send a quote.")).await;
        let away = Mail::from(&address(long[1])).answers(&id(long[1])).header("Auto-Submitted: auto-replied");
        arrives(&app, away.says("Out of office", "I am away until Monday.")).await;
        arrives(&app, bounce(&id(short[0]), &address(short[0]))).await;
        let browser = crate::support::Browser::of(&app).await;
        browser.posts(&app.unsubscribe_path(all[short[1]]), "List-Unsubscribe=One-Click").await;
        browser.ends().await;
        arrives(&app, complaint(&id(short[2]), &address(short[2]))).await;
        let deal = RecordRef::new(Kind::Deal, app.app.store().new_id());
        app.changes(vec![Change::create(deal).with("customer", all[long[2]]).with("stage", "new")]).await;
        app.changes(vec![Change::update(deal).set("stage", "new", "won")]).await;
        app.advance(3 * DAY).await;

        let shown = ruth.types("campaign results spring").await;
        let (a, b) = shown.split_once("Text B: check_in_short").unwrap();
        for (part, n, of) in [
            (a, long.len(), ["answered: 1", "unsubscribed: 0", "reported as spam: 0", "deal won since: 1"]),
            (b, short.len(), ["answered: 0", "unsubscribed: 1", "reported as spam: 1", "deal won since: 0"]),
        ] {
            assert!(
                part.contains(&format!("recipients: {n}")) && part.contains(&format!("sent: {n}")),
                "{shown}"
            );
            for line in of {
                assert!(part.contains(line), "{line} is missing in\n{shown}");
            }
        }
        assert!(
            b.contains("came back: 1") && b.contains(&format!("delivered: {}", short.len() - 1)),
            "{shown}"
        );
        assert!(!a.contains("came back") && a.contains(&format!("delivered: {}", long.len())), "{shown}");
        assert!(shown.contains("Too few answered to tell"), "{shown}");

        let shown = ruth.types("digest week").await;
        assert!(shown.contains("P1 spring · 40 mails so far, 1 answered"), "{shown}");
        assert!(shown.contains("Follow-ups sent 0"), "they are no follow-ups: {shown}");
        let shown = Seat::of(&app, "mia").types("digest week").await;
        assert!(!shown.contains("spring"), "{shown}");

        // Whose mail came back, who complained and who unsubscribed is not written to again.
        app.advance(7 * DAY).await;
        let shown = ruth.types("campaign new again check_in to tag:vip").await;
        assert!(shown.contains("37 of 40 customers"), "{shown}");
        assert!(
            shown.contains("1: their mail came back") && shown.contains("2: want no such mail"),
            "{shown}"
        );
    })
    .await;
}

fn bounce(id: &str, to: &str) -> Mail {
    let report = format!(
        "--b\nContent-Type: text/plain\n\nYour mail was not delivered.\n--b\nContent-Type: message/delivery-status\n\n\
         Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; {to}\nAction: failed\nStatus: 5.1.1\n\
         Diagnostic-Code: smtp; 550 5.1.1 no such user\n\n--b\nContent-Type: message/rfc822\n\n\
         Message-ID: <{id}>\nSubject: x\nFrom: support@brightwater.example\n\nx\n--b--\n"
    );
    report_of(
        "MAILER-DAEMON@mx.example",
        "multipart/report; report-type=delivery-status; boundary=b",
        &report,
    )
}

fn complaint(id: &str, to: &str) -> Mail {
    let report = format!(
        "--b\nContent-Type: text/plain\n\nThis is an abuse report.\n--b\nContent-Type: message/feedback-report\n\n\
         Feedback-Type: abuse\nUser-Agent: Test/1\nVersion: 1\nOriginal-Rcpt-To: {to}\n\n--b\nContent-Type: message/rfc822\n\n\
         Message-ID: <{id}>\nSubject: x\nFrom: support@brightwater.example\n\nx\n--b--\n"
    );
    report_of("feedback@isp.example", "multipart/report; report-type=feedback-report; boundary=b", &report)
}

fn report_of(from: &str, content_type: &str, body: &str) -> Mail {
    Mail::from(from).raw(content_type, body)
}
