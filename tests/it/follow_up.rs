//! Follow-ups: durable, in time, and never after an answer.

use rapport_model::Kind;
use rapport_model::time::{DAY, HOUR};

use crate::support::{Mail, TestApp};

async fn asked_and_answered() -> TestApp {
    let app = TestApp::start_without_schedules().await;
    let ask = "What would 20 filters cost us? Please send a quote.";
    app.receives(Mail::from("Ben Li <ben@hotel.example>").id("q").says("Price for 20 filters", ask)).await;
    app.advance(HOUR).await;
    let answer = Mail::from("Mia Tan <mia@brightwater.example>")
        .to("ben@hotel.example")
        .id("a")
        .answers("q")
        .says("Re: Price for 20 filters", "They cost 1,900 EUR each. Shall I reserve them for you?");
    app.receives(answer).await;
    app
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_customer_is_followed_up_for_thirty_days_and_then_left_alone() {
    let app = asked_and_answered().await;
    app.advance(3 * DAY - HOUR).await;
    assert_eq!(app.outgoing().len(), 0, "three days are not over");
    app.advance(2 * HOUR).await;
    assert_eq!(app.outgoing().len(), 1);
    app.advance(28 * DAY).await;
    let mails = app.outgoing();
    assert_eq!(mails.len(), 3, "{mails:#?}");
    app.advance(30 * DAY).await;
    assert_eq!(app.outgoing().len(), 3, "the sequence has ended");

    let first = &mails[0];
    for line in [
        "From: \"Brightwater Filters\" <support@brightwater.example>",
        "To: \"Ben Li\" <ben@hotel.example>",
        "In-Reply-To: <a>",
        "References: <q> <a>",
        "Auto-Submitted: auto-generated",
    ] {
        assert!(first.contains(line), "{line} is missing in\n{first}");
    }
    assert!(first.contains("Mia Tan"), "it is signed by whoever looks after Ben:\n{first}");
    // What we sent is in the conversation, and is no customer's.
    let thread = app.all(Kind::Thread).await.remove(0);
    assert_eq!(app.app.store().messages_in(thread.record.id, 10).await.unwrap().len(), 5);
    assert_eq!(app.all(Kind::Customer).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_ends_the_sequence() {
    let app = asked_and_answered().await;
    app.advance(4 * DAY).await;
    assert_eq!(app.outgoing().len(), 1);
    app.receives(
        Mail::from("ben@hotel.example").answers("a").says("Re: Price for 20 filters", "Let me think."),
    )
    .await;
    app.advance(60 * DAY).await;
    assert_eq!(app.outgoing().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_came_before_we_understood_our_own_mail_counts() {
    let app = TestApp::start_without_schedules().await;
    app.receives(Mail::from("ben@hotel.example").id("q").says("Price", "What does a filter cost?")).await;
    app.advance(HOUR).await;
    let ours = Mail::from("mia@brightwater.example").to("ben@hotel.example").id("a").answers("q");
    let now = app.app.store().clock().now();
    app.arrives(ours.says("Re: Price", "It costs 1,900 EUR.").bytes(now)).await;
    let theirs = Mail::from("ben@hotel.example").id("q2").answers("a").says("Re: Price", "Too much for me.");
    app.arrives(theirs.bytes(now.plus(60_000_000))).await;
    app.settle().await;
    app.advance(60 * DAY).await;
    assert_eq!(app.outgoing().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_wants_no_mail_gets_none() {
    let app = TestApp::start_without_schedules().await;
    let stop = "Please remove me from your mailing list and stop sending me these e-mails. Unsubscribe.";
    app.receives(Mail::from("ben@hotel.example").id("q").says("Unsubscribe", stop)).await;
    assert_eq!(app.all(Kind::Consent).await.len(), 1);
    let ours = Mail::from("mia@brightwater.example").to("ben@hotel.example").id("a").answers("q");
    app.receives(ours.says("Re: Unsubscribe", "Done. Is there anything else?")).await;
    app.advance(60 * DAY).await;
    assert_eq!(app.outgoing().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_of_the_rules_says_what_they_did() {
    let app = asked_and_answered().await;
    app.advance(31 * DAY).await;
    let from = app.app.store().clock().now().plus(-60 * DAY);
    let replay = app.app.workflows.replay(app.app.workflows.rules(), from).await.unwrap();
    let texts: Vec<&str> = replay.mails.iter().map(|mail| mail.text.as_str()).collect();
    assert_eq!(texts, ["follow_up_1", "follow_up_2", "follow_up_3"]);
    assert_eq!(app.outgoing().len(), 3, "nothing was sent by it, and before it just these");
    assert!(replay.mails.iter().all(|mail| !mail.too_soon), "{replay:#?}");
    assert_eq!(replay.deeds["lead"]["deal opened"], 1, "{replay:#?}");

    // A hasty file would have written twice within a day, and to somebody who had answered by then.
    let hasty = "[[rule]]\nname = \"answered\"\nwhen = { direction = \"out\" }\ndo = [{ start = \"hasty\" }]\n\
         [[sequence]]\nname = \"hasty\"\nsteps = [\n{ after = \"2h\", write = \"follow_up_1\" },\n\
         { after = \"5h\", write = \"follow_up_2\" },\n]\n";
    let hasty = rapport_workflows::rules::Rules::parse(hasty, "hasty.toml").unwrap();
    let replay = app.app.workflows.replay(&hasty, from).await.unwrap();
    assert_eq!(replay.mails.iter().map(|mail| mail.too_soon).collect::<Vec<_>>(), [false, true]);
    app.receives(Mail::from("ben@hotel.example").answers("a").says("Re: Price", "Let me think.")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_counts_business_days_and_waits_until_the_house_opens() {
    let rules = "[[rule]]\nname = \"answered\"\nwhen = { direction = \"out\" }\ndo = [{ start = \"soft\" }]\n\
         [[sequence]]\nname = \"soft\"\nsteps = [\n{ after = \"2 business days\", write = \"follow_up_1\" },\n\
         { after = \"5d\", write = \"follow_up_2\" },\n]\n";
    let hours = [("RAPPORT__HOURS__DEFAULT", "{ mon-fri = ['09:00-17:00'] }")];
    let app = TestApp::start_set(Some(rules), &hours).await;
    // Mia answers on Thursday, 5 March 2026, at 20:00 in Berlin, when the house is closed.
    app.advance(DAY + 10 * HOUR).await;
    app.receives(Mail::from("ben@hotel.example").id("q").says("Price", "What does a filter cost?")).await;
    app.advance(HOUR).await;
    let ours = Mail::from("mia@brightwater.example").to("ben@hotel.example").id("a").answers("q");
    app.receives(ours.says("Re: Price", "It costs 1,900 EUR.")).await;
    // Friday and Monday are two business days, so that it is Tuesday when they are over.
    for (hours, n, when) in [
        (3 * 24 + 20, 0, "Monday, 16:00"),
        (2, 0, "Monday, 18:00"),
        (16, 1, "Tuesday, 10:00"),
        // Five days are over on Tuesday at 20:00, when nobody is written to.
        (12, 1, "Tuesday, 22:00"),
        (12, 2, "Wednesday, 10:00"),
    ] {
        app.advance(hours * HOUR).await;
        assert_eq!(app.outgoing().len(), n, "{when}");
    }
}

#[test]
fn a_sequence_ends_as_it_began_whatever_its_file_says_by_then() {
    let dir = tempfile::TempDir::new().unwrap();
    let program = crate::support::Program::on(dir.path());
    let house = "house = { name = \"B\", addresses = [\"support@brightwater.example\"], \
                 domains = [\"brightwater.example\"] }\nnlp = { engine = \"linear\" }\n";
    std::fs::write(dir.path().join("rapport.toml"), house).unwrap();
    std::fs::create_dir(dir.path().join("rules")).unwrap();
    let rules = |steps: &str| {
        let text = format!(
            "[[rule]]\nname = \"answered\"\nwhen = {{ direction = \"out\", customer_wrote = true }}\n\
             do = [{{ start = \"silence\" }}]\n[[sequence]]\nname = \"silence\"\nsteps = [{steps}]\n"
        );
        std::fs::write(dir.path().join("rules/rules.toml"), text).unwrap();
    };
    let at = |day: u32| {
        let now = format!("2026-03-{day:02}T09:00:00Z");
        assert!(program.run(&["--now", &now, "run", "--once"]).status.success());
        std::fs::read_dir(dir.path().join("outgoing")).map_or(0, Iterator::count)
    };
    let corresponds = |who: &str, day: u32| {
        let time = rapport_model::Timestamp::parse(&format!("2026-03-{day:02}T08:00:00Z")).unwrap();
        let (ask, answer) = (format!("q-{who}"), format!("a-{who}"));
        let from = format!("{who}@hotel.example");
        let asks = Mail::from(&from).id(&ask).says("Price", "What would 20 filters cost us?").bytes(time);
        let ours = Mail::from("mia@brightwater.example").to(&from).id(&answer).answers(&ask);
        let ours = ours.says("Re: Price", "They cost 1,900 EUR each.").bytes(time.plus(HOUR));
        let mails = dir.path().join(format!("mails-{who}"));
        std::fs::create_dir(&mails).unwrap();
        std::fs::write(mails.join("1.eml"), asks).unwrap();
        std::fs::write(mails.join("2.eml"), ours).unwrap();
        let now = format!("2026-03-{day:02}T09:00:00Z");
        assert!(program.run(&["--now", &now, "ingest", mails.to_str().unwrap()]).status.success());
    };
    rules("{ after = \"3d\", write = \"follow_up_1\" }, { after = \"10d\", write = \"follow_up_2\" }");
    corresponds("ben", 4);
    assert_eq!(at(8), 1);
    // The house becomes hasty: Ben's goes on as it began, Ann's is hasty.
    rules("{ after = \"1d\", write = \"follow_up_1\" }, { after = \"2d\", write = \"follow_up_3\" }");
    assert_eq!(at(9), 1);
    corresponds("ann", 9);
    assert_eq!(at(11), 2);
    assert_eq!(at(12), 3);
    assert_eq!(at(13), 3);
    assert_eq!(at(15), 4, "Ben's second mail comes after ten days");
    assert_eq!(at(30), 4);
}
