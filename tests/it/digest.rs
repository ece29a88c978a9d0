//! Digests: what they tell, to whom, when and how.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rapport::commands::{Session, console, run};
use rapport::demo::{Demo, Teller};
use rapport_model::job::Recipient;
use rapport_model::message::ChannelKind;
use rapport_model::time::{DAY, HOUR};
use rapport_model::{Change, Clock, Kind, Timestamp};
use rapport_workflows::digest::{Ground, Of, Period};
use rapport_workflows::preferences::name::ZONE;
use tempfile::TempDir;

use crate::support::{BotApi, Database, DiscordApi, Mail, TestApp, Where, rules_without_schedules};
use crate::telegram::Talk;

const COMPLAINT: &str = "The pump leaks again and nobody answers. This is unacceptable.";

fn rules(digests: &str) -> String {
    format!("{}\n{digests}", rules_without_schedules())
}

/// What was planned for each reader, as their digests' keys say.
fn planned(app: &TestApp) -> Vec<(String, String)> {
    let users = app.app.workflows.users();
    let of = |sent: rapport::channel::Sent| {
        let Recipient::User(id) = sent.message.to else { return None };
        let handle = users.iter().find(|user| user.id == id)?.handle.clone();
        let at = sent.message.idempotency_key.rsplit('/').next()?.to_owned();
        (sent.message.text == "digest").then_some((handle, at))
    };
    let mut all: Vec<_> = app.notices().into_iter().filter_map(of).collect();
    all.sort();
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn each_number_is_what_its_search_finds() {
    let dir = TempDir::new().unwrap();
    let mut demo = Demo::start(Some(dir.path()), Some("en")).await.unwrap();
    demo.run(&mut Teller::new(true)).await.unwrap();
    let workflows = &demo.app.workflows;
    let (now, ruth) = (demo.app.store().clock().now(), demo.visitor().unwrap());
    let zone = workflows.zone_of(Some(ruth));
    let mut n_proven = 0;
    for period in [Period::days(19, now, zone), Period::last(10 * DAY + 5 * HOUR, now)] {
        let digest = workflows.digest(period, Some(ruth), Of::Seen).await.unwrap();
        let said = workflows.prompts().digest(workflows.language_of(Some(ruth)), &digest);
        assert!(digest.now.mails_in > 20, "{digest:?}");
        for (command, n) in &said.proofs {
            let cards = run(&demo.app, ruth, &mut Session::new(), command).await.unwrap();
            // Without the command's own words, in which there are numbers, too.
            let title = cards[0].title.replace(command.trim_start_matches("find "), "");
            let found = title.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
            assert_eq!(found, n.to_string(), "{command}: {}", cards[0].title);
            n_proven += 1;
        }
        // Reports say the figure in a table.
        for line in said.text.lines().filter_map(|line| line.split_once("  report ")) {
            let command = format!("report {}", line.1);
            let cards = run(&demo.app, ruth, &mut Session::new(), &command).await.unwrap();
            let seen = console::render(&cards[0], 110, false);
            assert!(!seen.contains("Write it like this") && seen.contains("Mar 2026"), "{command}: {seen}");
        }
    }
    assert!(n_proven >= 2 * 10, "{n_proven}");
    demo.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_reader_gets_their_own_digest_at_their_own_hour() {
    let rules = rules(
        r#"
[[schedule]]
name = "all"
cron = "30 8 * * *"
does = "digest"
for = ["ruth", "mia", "leo"]
"#,
    );
    let app = TestApp::start_with(Some(&rules)).await;
    let (mia, leo) = (app.user("mia").clone(), app.user("leo").clone());
    app.app.workflows.prefer(&leo, ZONE, Some("Asia/Shanghai")).await.unwrap();
    app.settle().await;
    for who in ["anna@berg.example", "petra@novak-cafe.example"] {
        app.receives(Mail::from(who).id(who).says("Leaking", COMPLAINT)).await;
    }
    let customers = app.all(Kind::Customer).await;
    let owned = |customer: &rapport_model::Record, owner| {
        Change::update(customer.record).set("owner", customer.get("owner").clone(), owner)
    };
    let act = app.app.store().act("test");
    let work = rapport_storage::work::Work::of(act, vec![owned(&customers[0], mia.id)]);
    app.app.store().commit(vec![work]).await.unwrap();
    app.settle().await;
    app.notices();

    // From Wednesday, 09:00 in Berlin, to Thursday noon.
    app.advance(DAY + 3 * HOUR).await;
    let at = |text: &str| Timestamp::parse(text).unwrap().to_string();
    let berlin = at("2026-03-05T08:30:00+01:00");
    let shanghai = at("2026-03-05T08:30:00+08:00");
    let expected = [("leo", &shanghai), ("mia", &berlin), ("ruth", &berlin)];
    assert_eq!(planned(&app), expected.map(|(who, at)| (who.to_owned(), at.clone())));

    // By mail to who has an address: words, HTML and the picture as parts of one mail.
    let mails = app.outgoing();
    let of = |to: &str| mails.iter().find(|mail| mail.contains(&format!("<{to}>"))).unwrap().clone();
    assert_eq!(mails.len(), 2, "Ruth has no address");
    let mail = of("mia@brightwater.example");
    for part in [
        "multipart/alternative",
        "multipart/related",
        "Content-ID: <picture1.",
        "Auto-Submitted: auto-generated",
    ] {
        assert!(mail.contains(part), "{part}: {mail}");
    }
    let picture = mail.split("Content-ID: <picture1.").nth(1).unwrap().split("\r\n\r\n").nth(1).unwrap();
    let picture = STANDARD.decode(picture.split("\r\n--").next().unwrap().replace("\r\n", "")).unwrap();
    assert!(picture.starts_with(b"\x89PNG"));
    let parsed = rapport::channel::email::parse(
        mail.into_bytes(),
        "test",
        &rapport::channel::email::ParseOptions::at(app.clock.now()),
    );
    let content = parsed.content.unwrap();
    assert!(content.subject.contains("Your day"), "{}", content.subject);
    assert!(content.body.contains("1 mail came in"), "Mia looks after one of the two: {}", content.body);
    assert!(content.body.contains("tickets mine") && !content.body.contains("find "), "{}", content.body);
    let chinese = rapport::channel::email::parse(
        of("leo@brightwater.example").into_bytes(),
        "test",
        &rapport::channel::email::ParseOptions::at(app.clock.now()),
    );
    assert!(chinese.content.unwrap().subject.contains("您的一天"));

    // Nothing happens twice: the same run planned again has the same keys.
    app.settle().await;
    assert_eq!((app.outgoing().len(), planned(&app)), (2, Vec::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_to_say_is_one_line_by_mail_too() {
    let rules = rules(
        "[[schedule]]\nname = \"week\"\ncron = \"0 8 * * mon\"\ndoes = \"digest\"\nperiod = \"week\"\nfor = \"reps\"\n",
    );
    let app = TestApp::start_with(Some(&rules)).await;
    app.advance(7 * DAY).await;
    let notices = app.notices();
    let digests: Vec<_> = notices.iter().filter(|n| n.message.text == "digest").collect();
    assert_eq!(digests.len(), 2);
    assert!(digests.iter().all(|d| d.message.body.trim().lines().count() == 1 && d.message.html.is_none()));
    assert!(digests.iter().any(|d| d.message.subject.contains("Your week")), "{digests:?}");
    assert!(app.outgoing().iter().all(|mail| !mail.contains("picture1")));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_send_each_planned_digest_once() {
    let Some(database) = Database::new(&[]).await else { return };
    let app = TestApp::start_at(&database.url()).await;
    let other = app.neighbour(&database.url()).await;
    let ruth = app.user("ruth").clone();
    app.app.workflows.prefer(&ruth, ZONE, Some("America/New_York")).await.unwrap();
    app.receives(Mail::from("anna@berg.example").says("Leaking", COMPLAINT)).await;
    let mut sent = Vec::new();
    for _ in 0..9 * 24 {
        app.clock.advance(HOUR);
        // Both find it due.
        let (one, two) = tokio::join!(app.app.settle(), other.app.settle());
        one.unwrap();
        two.unwrap();
        app.settle().await;
        other.settle().await;
        sent.extend(planned(&app));
        sent.extend(planned(&other));
    }
    let mut once = sent.clone();
    once.sort();
    once.dedup();
    assert_eq!((sent.len(), once.len()), (7, 7), "{sent:?}");
    assert!(sent.iter().all(|(_, at)| at.contains("T12:30") || at.contains("T13:30")), "{sent:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_chat_a_digest_is_a_picture_with_words_and_buttons() {
    const RUTH: i64 = 1_001;
    let rules = rules("[[schedule]]\nname = \"d\"\ncron = \"30 8 * * *\"\ndoes = \"digest\"\n");
    let telegram = BotApi::start().await;
    let environment = telegram.environment();
    let environment: Vec<(&str, &str)> = environment.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let app = TestApp::start_set(Some(&rules), &environment).await;
    app.app.channels.console.open([]);
    app.binds(ChannelKind::Telegram, "ruth", RUTH).await;
    app.receives(Mail::from("Anna Berg <anna@berg.example>").says("Leaking", COMPLAINT)).await;
    app.advance(DAY).await;
    let talk = Talk::begin(&app);
    let digest = telegram.sees(RUTH, "1 mail came in").await;
    let (name, picture) = digest.file.clone().unwrap();
    assert!(name == "digest.png" && picture.starts_with(b"\x89PNG") && digest.is_html, "{name}");
    assert!((2..=5).contains(&digest.buttons.len()), "{:?}", digest.buttons);
    // A button gives what the digest counted.
    telegram.presses(RUTH, &digest, "Mails in (1)");
    telegram.sees(RUTH, "1 result").await;
    // Asked for, the picture comes before the words, which are many.
    telegram.says(RUTH, "/digest week");
    let text = telegram.sees(RUTH, "Where the figures come from").await;
    assert!(text.file.is_none() && text.says("Open tickets (1)"));
    assert!(telegram.chat(RUTH).iter().any(|shown| shown.file.is_some() && shown.text.is_empty()));
    talk.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_discord_the_picture_is_in_the_card() {
    const RUTH: i64 = 1_001;
    let rules = rules("[[schedule]]\nname = \"d\"\ncron = \"30 8 * * *\"\ndoes = \"digest\"\n");
    let discord = DiscordApi::start().await;
    let environment = discord.environment();
    let environment: Vec<(&str, &str)> = environment.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let app = TestApp::start_set(Some(&rules), &environment).await;
    app.app.channels.console.open([]);
    app.binds(ChannelKind::Discord, "ruth", RUTH).await;
    app.receives(Mail::from("Anna Berg <anna@berg.example>").says("Leaking", COMPLAINT)).await;
    app.advance(DAY).await;
    let talk = Talk::begin_in_discord(&app);
    let at = Where::Direct(RUTH);
    let digest = discord.sees(at, "1 mail came in").await;
    assert!(digest.file.is_some_and(|(name, bytes)| name == "digest.png" && bytes.starts_with(b"\x89PNG")));
    assert!(digest.raw.contains("attachment://digest.png") && digest.raw.contains("Mails by day."));
    talk.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_digest_tells_how_deals_moved_and_who_fell_silent() {
    let app = TestApp::start_without_schedules().await;
    let ruth = app.user("ruth").clone();
    let mut session = Session::new();
    for (who, id) in [("anna@berg.example", "a1"), ("petra@novak-cafe.example", "p1")] {
        app.receives(Mail::from(who).id(id).says("Hello", "Thank you, everything works very well.")).await;
    }
    for command in ["deal C1 12000 EUR AquaOne", "deal C2 9000 EUR AquaPro", "stage D1 proposal"] {
        run(&app.app, &ruth, &mut session, command).await.unwrap();
    }
    app.advance(40 * DAY).await;
    let promise = Mail::from("Mia Tan <mia@brightwater.example>")
        .to("anna@berg.example")
        .answers("a1")
        .says("Re: Hello", "We will send you the new seals tomorrow.");
    app.receives(promise).await;
    for command in ["stage D1 won", "task call Anna about C1 tomorrow 10:00"] {
        run(&app.app, &ruth, &mut session, command).await.unwrap();
    }
    app.settle().await;
    app.clock.advance(HOUR);
    let workflows = &app.app.workflows;
    let period = Period::days(7, app.clock.now(), workflows.zone_of(Some(&ruth)));
    let mut digest = workflows.digest(period, Some(&ruth), Of::Seen).await.unwrap();
    let moves: Vec<_> = digest
        .moves
        .iter()
        .map(|m| (format!("{:?}", m.way), m.n, m.totals.iter().map(ToString::to_string).collect::<Vec<_>>()))
        .collect();
    assert_eq!(moves, [("Won".to_owned(), 1, vec!["12,000.00 EUR".to_owned()])]);
    assert_eq!((digest.open.deals, digest.pipeline.len()), (1, 1));
    let silent: Vec<String> = digest.silent.iter().map(|s| s.number.to_string()).collect();
    assert_eq!(silent, ["C2"], "there is a deal with her; to the other Mia wrote");
    let due: Vec<(String, &str)> =
        digest.due.iter().map(|d| (d.number.to_string(), d.owner.as_str())).collect();
    // Of 14 April: what Mia promised for tomorrow, and a task for ten.
    assert_eq!(due, [("K1".to_owned(), "Mia Tan"), ("K2".to_owned(), "Ruth Stein")], "{:?}", digest.due);
    workflows.picture(&mut digest, Ground::Clear);
    assert!(digest.chart.is_some(), "Mia wrote");
    let said = workflows.prompts().digest(rapport_model::reading::Language::En, &digest);
    for part in ["Gone quiet", "Deals that moved", "Won", "Due next"] {
        assert!(said.text.contains(part), "{part}: {}", said.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_digest_tells_which_promised_times_were_missed_and_by_how_much() {
    let rules = "[[rule]]\nname = \"problem\"\ndo = [{ open_ticket = \"normal\" }]\n\
         [[service_level]]\nname = \"usual\"\nfirst_response = \"4h\"\n";
    let app = TestApp::start_set(Some(rules), &[]).await;
    let asks = |id: &str, who: &str| {
        Mail::from(&format!("{who} <{who}@firm.example>")).id(id).says("Pump broken", "It leaks again.")
    };
    for (id, who) in [("a", "ann"), ("b", "ben"), ("c", "cleo")] {
        app.receives(asks(id, who)).await;
        app.advance(HOUR).await;
    }
    // Ben is answered in time, Ann two hours late, and Cleo not at all.
    let answers = |id: &str, to: &str| {
        let mail = Mail::from("mia@brightwater.example").to(&format!("{to}@firm.example")).answers(id);
        mail.id(&format!("to-{id}")).says("Re: Pump broken", "I am on my way.")
    };
    app.receives(answers("b", "ben")).await;
    app.advance(3 * HOUR).await;
    app.receives(answers("a", "ann")).await;
    app.advance(10 * HOUR).await;
    let workflows = &app.app.workflows;
    let period = Period::days(7, app.app.store().clock().now().plus(DAY), workflows.zone_of(None));
    let digest = workflows.digest(period, None, Of::Seen).await.unwrap();
    let missed: Vec<_> = digest.breaches.iter().map(|b| (b.number.to_string(), b.late_by / HOUR)).collect();
    assert_eq!(missed, [("T3".to_owned(), 10), ("T1".to_owned(), 2)], "{:?}", digest.breaches);
}
