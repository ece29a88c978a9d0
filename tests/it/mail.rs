//! Mailboxes on a real server: read, answered, and every mail accounted for.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rapport_model::time::{DAY, HOUR};
use rapport_model::{Kind, SystemClock, Timestamp};
use rapport_storage::{Access, Store};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{
    Mail, MailServer, Program, Random, Running, TestApp, correspondence, rules_without_schedules,
};

pub(super) const OURS: &str = "support@brightwater.example";
const ANN: &str = "ann@novak-cafe.example";
/// A minute in all.
const LOOKS: u32 = 3_000;
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// The rule that answers at once; the program comes without it.
const ACKNOWLEDGE: &str = r#"
[[rule]]
name = "acknowledge"
do = [{ write = "acknowledgement" }]
"#;

/// A house whose mail lies on that server.
pub(super) fn house(dir: &Path, server: &MailServer, name: &str, address: &str, rules: &str) -> Program {
    std::fs::create_dir_all(dir.join("rules")).unwrap();
    let domain = address.split_once('@').unwrap().1;
    let house = format!("house = {{ name = '{name}', domains = ['{domain}'] }}\n");
    std::fs::write(dir.join("rapport.toml"), house + &server.mailbox("support", address)).unwrap();
    std::fs::write(dir.join("rules/rules.toml"), rules).unwrap();
    let program = Program::on(dir);
    let checked = program.run(&["check"]);
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    program
}

pub(super) fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    for _ in 0..LOOKS {
        if let Some(found) = look() {
            return found;
        }
        std::thread::sleep(BETWEEN_LOOKS);
    }
    panic!("waited in vain until {what}");
}

pub(super) fn header<'a>(mail: &'a str, name: &str) -> Option<&'a str> {
    let head = mail.split("\n\n").next().unwrap().split("\r\n\r\n").next().unwrap();
    head.lines().find_map(|line| line.strip_prefix(&format!("{name}: "))).map(str::trim)
}

fn audit(program: &Program) -> Value {
    let audit = program.json(&["--json", "inbox", "audit", "support"]);
    assert_eq!(audit["adds_up"], true, "{audit}");
    audit["mailboxes"][0]["folders"][0].clone()
}

fn fate(folder: &Value, fate: &str) -> u64 {
    folder["fates"][fate].as_u64().unwrap_or(0)
}

#[test]
fn a_customers_mail_is_answered_at_once_in_their_conversation() {
    let Some(server) = MailServer::start() else { return };
    let dir = TempDir::new().unwrap();
    let rules = format!("{}{ACKNOWLEDGE}", rules_without_schedules());
    let program = house(dir.path(), &server, "Brightwater", OURS, &rules);
    let running = Running::start(&program, &["--json", "run"]);

    let mail = |id: &str| Mail::from(&format!("Ann Novak <{ANN}>")).id(id);
    let now = || Timestamp::parse("2026-11-20T09:00:00Z").unwrap();
    let leaks =
        mail("m1@novak").says("Pump", "The pump you delivered is leaking again, this is unacceptable.");
    server.sends(ANN, OURS, &leaks.bytes(now()));
    let answer = until("the answer arrives", || server.mails_of(ANN).into_iter().next());
    assert_eq!(header(&answer, "In-Reply-To"), Some("<m1@novak>"));
    assert_eq!(header(&answer, "References"), Some("<m1@novak>"));
    assert_eq!(header(&answer, "Auto-Submitted"), Some("auto-replied"));
    assert_eq!(header(&answer, "Return-Path"), Some("<>"), "nothing can bounce");
    assert_eq!(header(&answer, "Subject"), Some("Re: Pump"));
    assert!(answer.contains("has arrived"), "{answer}");

    // A machine of hers answers the answer; then she writes again. Neither is answered today.
    let own = header(&answer, "Message-ID").unwrap().trim_matches(['<', '>']).to_owned();
    let away = mail("m2@novak")
        .says("Out of office", "I am away.")
        .answers(&own)
        .header("Auto-Submitted: auto-replied");
    server.sends("", OURS, &away.bytes(now()));
    server.sends(
        ANN,
        OURS,
        &mail("m3@novak").says("Re: Pump", "It is still leaking.").answers(&own).bytes(now()),
    );
    until("all is read", || {
        let folder =
            program.json(&["--json", "inbox", "audit", "support"])["mailboxes"][0]["folders"][0].clone();
        (folder["on_server"] == 3 && folder["waiting"] == 0).then_some(())
    });
    until("the second answer is held back", || {
        let listed = program.run(&["--json", "doctor"]);
        let doctor: Value = serde_json::from_slice(&listed.stdout).unwrap();
        let queue = |name: &str| doctor["health"][name].as_array().unwrap().clone();
        let due = queue("jobs").iter().all(|q| q["due"] == 0 && q["claimed"] == 0);
        let sent = queue("outbox").iter().all(|o| o["channel"] != "email" || o["pending"] == 0);
        (due && sent).then_some(())
    });
    assert_eq!((server.mails_of(ANN).len(), server.n_in(OURS, "Sent")), (1, 1));
    assert!(running.terminate().success());

    let folder = audit(&program);
    assert_eq!((fate(&folder, "new"), fate(&folder, "threaded"), fate(&folder, "automated")), (1, 1, 1));
    let typed = program.types(&["chat"], "timeline C1\n");
    assert!(typed.contains("Pump"), "{typed}");
}

#[test]
fn an_answer_that_forgets_everything_finds_its_conversation_by_its_address() {
    let Some(server) = MailServer::start() else { return };
    let dir = TempDir::new().unwrap();
    let rules = format!("{}{ACKNOWLEDGE}", rules_without_schedules());
    let program = house(dir.path(), &server, "Brightwater", OURS, &rules);
    let config = dir.path().join("rapport.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    let with_reply =
        text.replacen("[mail.support]\n", &format!("[mail.support]\nreply_address = '{OURS}'\n"), 1);
    assert_ne!(text, with_reply);
    std::fs::write(&config, with_reply).unwrap();
    let running = Running::start(&program, &["--json", "run"]);

    let at = Timestamp::parse("2026-11-20T09:00:00Z").unwrap();
    let mail = |id: &str| Mail::from(&format!("Ann Novak <{ANN}>")).id(id);
    server.sends(ANN, OURS, &mail("m1@novak").says("Pump", "The pump leaks again.").bytes(at));
    let answer = until("the answer arrives", || server.mails_of(ANN).into_iter().next());
    let reply_to = header(&answer, "Reply-To").unwrap();
    let reply_to = reply_to.split(['<', '>']).find(|part| part.contains('@')).unwrap();
    assert!(reply_to.starts_with("support+"), "{reply_to}");
    // Written anew on another machine: no reference, another subject, only the address.
    let anew = mail("m2@novak").to(reply_to).says("the leak", "It still leaks, by the way.");
    server.sends(ANN, reply_to, &anew.bytes(at));
    until("both are read", || {
        let audit = program.json(&["--json", "inbox", "audit", "support"]);
        let folder = audit["mailboxes"][0]["folders"][0].clone();
        (folder["on_server"] == 2 && folder["waiting"] == 0).then_some(())
    });
    assert!(running.terminate().success());
    let folder = audit(&program);
    assert_eq!((fate(&folder, "new"), fate(&folder, "threaded")), (1, 1), "{folder}");
}

#[test]
fn of_twenty_customers_each_has_an_answer() {
    const N: usize = 20;
    let Some(server) = MailServer::start() else { return };
    let dir = TempDir::new().unwrap();
    let rules = format!("{}{ACKNOWLEDGE}", rules_without_schedules());
    let program = house(dir.path(), &server, "Brightwater", OURS, &rules);
    let running = Running::start(&program, &["--json", "run"]);
    let customer = |i: usize| format!("ann@cafe{i}.example");
    for i in 0..N {
        let mail =
            Mail::from(&customer(i)).id(&format!("m{i}@cafe")).says("Pump", "How do I reset the pump?");
        let bytes = mail.bytes(Timestamp::parse("2026-11-20T09:00:00Z").unwrap());
        server.sends(&customer(i), OURS, &bytes);
    }
    for i in 0..N {
        let answer = until("the answer arrives", || server.mails_of(&customer(i)).into_iter().next());
        assert_eq!(header(&answer, "In-Reply-To"), Some(format!("<m{i}@cafe>").as_str()));
    }
    assert!(running.terminate().success());
    assert_eq!((0..N).map(|i| server.mails_of(&customer(i)).len()).sum::<usize>(), N);
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_mails_survive_twenty_kills_and_five_restarts_of_the_server() {
    const N: usize = 10_000;
    const KILLS: usize = 20;
    const RESTARTS: usize = 5;
    let Some(server) = MailServer::start() else { return };
    let dir = TempDir::new().unwrap();
    let program = house(dir.path(), &server, "Brightwater", OURS, rules_without_schedules());
    let (mails, truth) = correspondence(N, Timestamp::parse("2026-11-20T00:00:00Z").unwrap());
    server.puts(OURS, &mails);

    let mut random = Random(7);
    let n_known = |program: &Program| {
        let folder =
            program.json(&["--json", "inbox", "audit", "support"])["mailboxes"][0]["folders"][0].clone();
        assert_eq!(folder["lost"], 0, "{folder}");
        N as u64 - folder["waiting"].as_u64().unwrap()
    };
    let mut n_before = 0;
    for kill in 0..KILLS {
        let running = Running::start(&program, &["--json", "run"]);
        if kill % (KILLS / RESTARTS) == 0 {
            std::thread::sleep(Duration::from_millis(random.below(200) as u64));
            server.halt();
            server.goes_on();
        }
        std::thread::sleep(Duration::from_millis(random.below(N / 30) as u64));
        running.kill();
        let known = n_known(&program);
        assert!(known >= n_before, "{known} after {n_before}");
        println!("killed with {known} of {N} in the store");
        n_before = known;
    }
    let used = program.run(&["--json", "run", "--once"]);
    assert!(used.status.success(), "{}", String::from_utf8_lossy(&used.stderr));
    let folder = audit(&program);
    assert_eq!((folder["on_server"].as_u64(), folder["lost"].as_u64()), (Some(N as u64), Some(0)));
    assert_eq!(fate(&folder, "duplicate"), 0, "{folder}");
    let store = Store::open(dir.path(), Access::Read, Arc::new(SystemClock)).await.unwrap();
    for (kind, n) in [(Kind::Message, N), (Kind::Thread, truth.threads), (Kind::Customer, truth.customers)] {
        assert_eq!(store.count(kind).await.unwrap(), n as i64, "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_mail_server_hands_over_is_there_once_however_often_we_are_killed() {
    const N: usize = 120;
    const KILLS: usize = 6;
    let Some(server) = MailServer::that_hands_over() else { return };
    let dir = TempDir::new().unwrap();
    let program = house(dir.path(), &server, "Brightwater", OURS, rules_without_schedules());
    let config = format!(
        "house = {{ domains = ['brightwater.example'] }}\n[lmtp]\nlisten = '127.0.0.1:{}'\n",
        server.hands_to.unwrap()
    );
    std::fs::write(dir.path().join("rapport.toml"), config).unwrap();
    let (mails, truth) = correspondence(N, Timestamp::parse("2026-11-20T00:00:00Z").unwrap());
    let mut random = Random(11);
    for portion in mails.chunks(N / KILLS) {
        let running = Running::start(&program, &["--json", "run"]);
        portion.iter().for_each(|mail| server.sends(ANN, OURS, mail));
        std::thread::sleep(Duration::from_millis(random.below(60) as u64));
        running.kill();
    }
    // What was not acknowledged, the server kept, and hands over again.
    let running = Running::start(&program, &["--json", "run"]);
    let store = Store::open(dir.path(), Access::Read, Arc::new(SystemClock)).await.unwrap();
    for look in 0..LOOKS {
        if store.count(Kind::Message).await.unwrap() == N as i64 {
            break;
        }
        if look % 50 == 0 {
            server.flush();
        }
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
    assert!(running.terminate().success());
    // Those that came late may have found their conversation begun by an answer to them.
    for (kind, n) in [(Kind::Message, N), (Kind::Customer, truth.customers)] {
        assert_eq!(store.count(kind).await.unwrap(), n as i64, "{kind:?}: {}", server.log());
    }
}

#[test]
fn two_houses_that_answer_each_other_stop() {
    let Some(server) = MailServer::start() else { return };
    let dir = TempDir::new().unwrap();
    let rules = format!("{}{ACKNOWLEDGE}", rules_without_schedules());
    let (ours, theirs) = (OURS, "help@southwater.example");
    let a = house(&dir.path().join("a"), &server, "Brightwater", ours, &rules);
    let b = house(&dir.path().join("b"), &server, "Southwater", theirs, &rules);
    let mail = Mail::from(theirs).id("m1@south").says("Your pump", "Could you send us a quote?");
    server.sends(theirs, ours, &mail.bytes(Timestamp::parse("2026-11-20T09:00:00Z").unwrap()));
    // Rounds, until neither has anything to do.
    for _ in 0..6 {
        for program in [&a, &b] {
            assert!(program.run(&["run", "--once"]).status.success());
        }
        std::thread::sleep(Duration::from_millis(300));
    }
    let count = |address: &str| server.mails_of(address).len();
    assert_eq!((count(ours), count(theirs)), (1, 1), "one question, one automatic answer");
    assert_eq!(fate(&audit(&b), "automated"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_gets_one_automatic_answer_a_day_and_a_conversation_three() {
    let rules = format!("{}{ACKNOWLEDGE}", rules_without_schedules());
    let app = TestApp::start_with(Some(&rules)).await;
    let mail = |id: &str| Mail::from(ANN).id(id).says("Pump", "How do I reset the pump?");
    let answers = || app.outgoing().iter().filter(|mail| mail.contains("auto-replied")).count();
    app.receives(mail("m0@novak")).await;
    assert_eq!(answers(), 1);
    for (n, (wait, expected)) in
        [(HOUR, 1), (DAY, 2), (HOUR, 2), (DAY, 3), (2 * DAY, 3)].into_iter().enumerate()
    {
        app.advance(wait).await;
        app.receives(mail(&format!("m{}@novak", n + 1)).answers("m0@novak")).await;
        assert_eq!(answers(), expected, "after mail {}", n + 2);
    }
    // That it was the conversation's limit, not the day's, somebody hears once.
    let outbox = app.app.store().outbox(100).await.unwrap();
    let told = outbox.iter().filter(|(message, _)| message.text == "alert_loop").count();
    assert_eq!(told, 1, "one manager, once");
    // Another conversation has answers of its own.
    app.advance(2 * DAY).await;
    app.receives(mail("other@novak")).await;
    assert_eq!(answers(), 4);
    // Machines get none.
    app.advance(2 * DAY).await;
    for i in 0..50 {
        app.receives(mail(&format!("storm{i}@novak")).header("Auto-Submitted: auto-replied")).await;
    }
    assert_eq!(answers(), 4);
}

#[test]
fn a_mail_with_a_huge_file_is_understood_and_its_file_stays_in_the_mailbox() {
    let Some(server) = MailServer::start() else { return };
    let dir = TempDir::new().unwrap();
    let program = house(dir.path(), &server, "Brightwater", OURS, rules_without_schedules());
    let running = Running::start(&program, &["--json", "run"]);
    let small = Mail::from(&format!("Ann Novak <{ANN}>")).id("m1@novak").says("Pump", "The pump is leaking.");
    server.puts(OURS, &[small.bytes(Timestamp::parse("2026-11-20T09:00:00Z").unwrap())]);
    let all_is_read = |n: u64| {
        until("all is read", || {
            let folder = audit(&program);
            (folder["on_server"] == n && folder["waiting"] == 0).then_some(folder)
        })
    };
    all_is_read(1);
    let idle = running.peak_bytes();
    let line = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0\r\n";
    let n_lines = (60 << 20) / 57;
    let mail = format!(
        "From: Ann Novak <{ANN}>\r\nTo: {OURS}\r\nSubject: Re: Pump\r\nMessage-ID: <m2@novak>\r\n\
         In-Reply-To: <m1@novak>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
         --b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n\
         --c\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHere is the film of it.\r\n\
         --c\r\nContent-Type: text/html\r\n\r\n<p>Here is the film of it.</p>\r\n--c--\r\n\
         --b\r\nContent-Type: video/mp4; name=pump.mp4\r\nContent-Transfer-Encoding: base64\r\n\r\n{}--b--\r\n",
        line.repeat(n_lines)
    );
    server.puts(OURS, &[mail.into_bytes()]);
    let folder = all_is_read(2);
    let more = running.peak_bytes().saturating_sub(idle);
    eprintln!("{} MB more than the {} MB before", more >> 20, idle >> 20);
    assert_eq!((fate(&folder, "new"), fate(&folder, "threaded")), (1, 1), "{folder}");
    assert!(more < 100 << 20, "{more} bytes more");
    assert!(running.terminate().success());

    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let store = Store::open(dir.path(), Access::Read, Arc::new(SystemClock)).await.unwrap();
        let ann = store.by_number(Kind::Customer, 1).await.unwrap().unwrap();
        let messages = store.messages_of(ann.record.id, 9).await.unwrap();
        let large = messages.iter().find(|m| m.subject == "Re: Pump").unwrap();
        assert_eq!(large.body, "Here is the film of it.");
        let files = store.attachments(large.id).await.unwrap();
        let [film] = &files[..] else { panic!("{files:?}") };
        assert_eq!((film.name.as_str(), film.mime.as_str(), film.kept), ("pump.mp4", "video/mp4", false));
        // As well as the server's length of the base64 tells it.
        assert!(film.bytes.abs_diff(57 * n_lines as i64) < 10, "{}", film.bytes);
    });
}
