//! What whoever runs the service sees and does: jobs, what has not left, and how all of it stands.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use rapport_model::job::{JobOutcome, NewJob, Outbound, Task};
use rapport_model::message::ChannelKind;
use rapport_model::time::HOUR;
use rapport_model::{Clock as _, Id, ManualClock, SystemClock, Timestamp};
use rapport_storage::work::Work;
use rapport_storage::{Access, Store};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Mail, Program, Running};

const NOW: &str = "2026-11-20T02:00:00Z";

fn now() -> Timestamp {
    Timestamp::parse(NOW).unwrap()
}

/// A store with two runs of schedules, of which the first was given up, and with three mails to
/// colleagues: one that failed, one that was being sent when the process ended, one that waits.
async fn troubled(data: &Path) -> Vec<Id> {
    let clock = Arc::new(ManualClock::at(now()));
    let store = Store::open(data, Access::Write, clock.clone()).await.unwrap();
    let job = |name: &str, run_at| NewJob {
        task: Task::Scheduled { name: name.into(), planned: run_at },
        run_at,
        idempotency_key: None,
        correlation: None,
        lane: None,
    };
    let jobs = vec![job("hourly_look", now()), job("daily_digest", now().plus(HOUR))];
    let mails: Vec<Id> = (0..3).map(|_| store.new_id()).collect();
    let mail = |(i, id): (usize, &Id)| {
        let send_at = now().plus(i as i64 * HOUR);
        Outbound {
            channel: ChannelKind::Email,
            subject: format!("Digest {i}"),
            body: "All is well.".into(),
            ..Outbound::notice(*id, Id(1), "digest", send_at, format!("mail/{i}"))
        }
    };
    let outbox = mails.iter().enumerate().map(mail).collect();
    store.commit(vec![Work { jobs, outbox, ..Work::default() }]).await.unwrap();

    let claimed = store.claim("timed", 10).await.unwrap().remove(0);
    let outcome = JobOutcome::GiveUp { why: "the figures do not add up".into() };
    let given_up = Work { job: Some((claimed.id, claimed.fence, Some(outcome))), ..Work::default() };
    store.commit(vec![given_up]).await.unwrap();
    store.claim_outbox(ChannelKind::Email, 10).await.unwrap();
    store.give_up(mails[0], "no such mailbox").await.unwrap();
    clock.set(now().plus(HOUR));
    assert_eq!(store.claim_outbox(ChannelKind::Email, 10).await.unwrap().len(), 1);
    store.close().await;
    drop(store);
    // The next process finds what the one before left in the middle.
    Store::open(data, Access::Write, clock).await.unwrap().close().await;
    mails
}

fn lines(program: &Program, args: &[&str]) -> Vec<Value> {
    let output = program.run(args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect()
}

/// Runs a command and returns whether it succeeded, and all it said.
fn said(program: &Program, args: &[&str]) -> (bool, String) {
    let output = program.run(args);
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
    (output.status.success(), text)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_was_given_up_is_listed_first_and_can_be_tried_again_or_dropped() {
    let dir = TempDir::new().unwrap();
    troubled(dir.path()).await;
    let program = Program::on(dir.path());
    let jobs = |args: &[&str]| said(&program, &[&["--now", NOW, "jobs"], args].concat());
    let (_, list) = jobs(&["list"]);
    let shown: Vec<&str> = list.lines().map(str::trim).collect();
    assert!(shown[0].starts_with("1  given up after 1 attempt"), "{list}");
    assert!(shown[0].ends_with("run “hourly_look” of Fri 20 Nov 2026, 02:00"), "{list}");
    assert_eq!(shown[1], "The figures do not add up");
    assert!(shown[2].starts_with("2  waits until Fri 20 Nov 2026, 03:00  "), "{list}");
    let (_, list) = said(&program, &["--now", NOW, "--lang", "zh", "jobs", "list"]);
    assert!(list.contains("尝试 1 次后放弃") && list.contains("执行 2026年11月20日"), "{list}");

    let (ok, text) = jobs(&["retry", "1"]);
    assert!(ok && text.starts_with("Will be tried again: run “hourly_look”"), "{text}");
    let all = lines(&program, &["--now", NOW, "--json", "jobs", "list"]);
    assert!(all.iter().all(|job| job["state"] == "waits" && job["attempts"] == 0), "{all:?}");
    let (ok, text) = jobs(&["drop", "2"]);
    assert!(ok && text.starts_with("Dropped: run “daily_digest”"), "{text}");
    let (ok, text) = jobs(&["drop", "2"]);
    assert!(!ok && text.contains("There is no “2” in the list"), "{text}");
    let id = all[0]["id"].as_str().unwrap();
    let (ok, text) = jobs(&["show", id]);
    assert!(ok && text.contains("hourly_look"), "{text}");
    for wrong in ["7", "0", "x", "-1", "99999999999999999999999"] {
        let (ok, text) = jobs(&["show", "--", wrong]);
        assert!(!ok && text.contains("rapport jobs list"), "{wrong}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_in_a_list_means_what_was_shown_there_also_when_the_list_has_changed() {
    let dir = TempDir::new().unwrap();
    troubled(dir.path()).await;
    let program = Program::on(dir.path());
    let listed = lines(&program, &["--now", NOW, "--json", "jobs", "list"]);
    assert!(said(&program, &["jobs", "drop", "1"]).0);
    let (ok, text) = said(&program, &["jobs", "show", "2"]);
    assert!(ok && text.contains(listed[1]["id"].as_str().unwrap()), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_of_unknown_fate_waits_for_a_person() {
    let dir = TempDir::new().unwrap();
    let mails = troubled(dir.path()).await;
    let program = Program::on(dir.path());
    let states = || -> Vec<String> {
        let all = lines(&program, &["--now", NOW, "--json", "outbox", "list"]);
        all.iter()
            .map(|m| format!("{} {}", m["subject"].as_str().unwrap(), m["state"].as_str().unwrap()))
            .collect()
    };
    assert_eq!(states(), ["Digest 1 unknown", "Digest 0 failed", "Digest 2 pending"]);
    let outbox = |args: &[&str]| said(&program, &[&["--now", NOW, "outbox"], args].concat());
    let (_, list) = outbox(&["list"]);
    assert!(list.contains("1  may have left") && list.contains("No such mailbox (tried 1 time)"), "{list}");
    let (ok, text) = outbox(&["resend", "1"]);
    assert!(ok && text.starts_with("Will leave now, and may arrive twice: “Digest 1”"), "{text}");
    let (ok, text) = outbox(&["drop", "2"]);
    assert!(ok && text.starts_with("Will not leave: “Digest 0”"), "{text}");
    let (ok, text) = outbox(&["resend", "2"]);
    assert!(!ok && text.contains("it is cancelled"), "{text}");
    assert_eq!(states(), ["Digest 1 pending", "Digest 2 pending"]);
    let (ok, text) = outbox(&["show", &mails[2].to_string()]);
    assert!(ok && text.ends_with("All is well.\n"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_works_beside_the_service() {
    let dir = TempDir::new().unwrap();
    troubled(dir.path()).await;
    let program = Program::on(dir.path());
    let running = Running::start(&program, &["--now", NOW, "run"]);
    assert_eq!(lines(&program, &["--now", NOW, "--json", "jobs", "list"]).len(), 2);
    assert!(said(&program, &["--now", NOW, "jobs", "drop", "1"]).0);
    assert!(said(&program, &["--now", NOW, "doctor"]).0);
    let (ok, text) = said(&program, &["--now", NOW, "search", "anything"]);
    assert!(ok, "{text}");
    assert_eq!(running.terminate().code(), Some(0));
    assert_eq!(lines(&program, &["--now", NOW, "--json", "jobs", "list"]).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_names_what_is_stuck_and_prints_it_for_machines() {
    let dir = TempDir::new().unwrap();
    troubled(dir.path()).await;
    let program = Program::on(dir.path());
    let report = program.json(&["--now", NOW, "--json", "doctor"]);
    assert_eq!(report["verdict"], "look");
    let advice = |what: &str| -> String {
        let checks = report["checks"].as_array().unwrap();
        let check = checks.iter().find(|check| check["what"] == what).unwrap();
        check["advice"].as_str().unwrap_or_default().to_owned()
    };
    assert!(advice("jobs (timed)").contains("rapport jobs list"), "{report}");
    assert!(advice("outbox (email)").contains("rapport outbox list"), "{report}");
    let (ok, text) = said(&program, &["--now", NOW, "doctor", "--metrics"]);
    assert!(ok);
    for line in [
        "rapport_jobs{queue=\"timed\",state=\"dead\"} 1",
        "rapport_jobs{queue=\"timed\",state=\"later\"} 1",
        "rapport_jobs{queue=\"understand\",state=\"due\"} 0",
        "rapport_outbox{channel=\"email\",state=\"unknown\"} 1",
        "rapport_outbox{channel=\"email\",state=\"failed\"} 1",
        "rapport_jobs_lease_expiries_total{queue=\"timed\"} 0",
        "rapport_quarantined_mails 0",
        "rapport_index_lag_entries 0",
    ] {
        assert!(text.lines().any(|l| l == line), "{line}: {text}");
    }
}

#[test]
fn the_doctor_finds_lost_files_and_removes_only_those_left_behind() {
    let dir = TempDir::new().unwrap();
    let program = Program::on(&dir.path().join("data"));
    // What is drawn by chance is not packed smaller: it goes into a file.
    let mut big = Mail::from("ann@x.example").id("big@x").says("Big", "").bytes(now());
    let mut random = crate::support::Random(3);
    big.extend(
        (0..200_000)
            .map(|_| b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/"[random.below(64)]),
    );
    let mail = dir.path().join("big.eml");
    fs::write(&mail, &big).unwrap();
    program.json(&["--json", "ingest", mail.to_str().unwrap()]);
    let blobs = program.data.join("blobs");
    let kept = fs::read_dir(&blobs).unwrap().next().unwrap().unwrap().path();

    let (old, young) = (blobs.join("left-behind.part"), blobs.join("just-written"));
    fs::write(&old, "x").unwrap();
    fs::write(&young, "x").unwrap();
    let two_hours_ago = SystemClock.now().plus(-2 * HOUR).micros().unsigned_abs();
    let file = File::options().write(true).open(&old).unwrap();
    file.set_modified(UNIX_EPOCH + Duration::from_micros(two_hours_ago)).unwrap();
    assert_eq!(program.json(&["--json", "doctor"])["integrity"]["blobs_orphaned"], 1);
    assert!(old.exists(), "a look removes nothing");
    assert_eq!(program.json(&["--json", "doctor", "--fix"])["files_removed"], 1);
    assert!(!old.exists() && young.exists() && kept.exists());

    fs::remove_file(&kept).unwrap();
    let output = program.run(&["doctor"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("BROKEN") && text.contains("1 file missing, such as blobs/"), "{text}");
}

#[test]
fn the_doctor_says_why_a_store_does_not_open() {
    let dir = TempDir::new().unwrap();
    let program = Program::on(dir.path());
    let (ok, text) = said(&program, &["doctor"]);
    assert!(!ok && text.contains("there is no store in"), "{text}");
    let url = "postgres://ann:secret@127.0.0.1:1/none?sslmode=disable";
    for args in [&["doctor"][..], &["search", "x"], &["jobs", "list"], &["run"], &["ingest", "/"]] {
        let output = program.command(args).env("RAPPORT__DATABASE", url).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.contains("127.0.0.1:1") && text.contains("cannot be reached"), "{args:?}: {text}");
        assert!(!output.status.success() && !text.contains("secret"), "{args:?}: {text}");
    }
}

#[test]
fn a_log_in_a_file_has_no_colours() {
    let dir = TempDir::new().unwrap();
    let program = Program::on(dir.path());
    let config = "[mail.support]\naddress = 'support@ours.example'\n\
                  imap = { host = '127.0.0.1', port = 1, tls = 'none', user = 'a', password_command = 'echo x' }";
    fs::write(dir.path().join("rapport.toml"), config).unwrap();
    let output = program.run(&["run", "--once"]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("ERROR") && text.contains("account=support"), "{text}");
    assert!(!text.contains('\u{1b}'), "{text:?}");
}

#[test]
fn another_file_can_be_named_as_the_database() {
    let dir = TempDir::new().unwrap();
    let program = Program::on(dir.path());
    let mail = dir.path().join("mail.eml");
    fs::write(&mail, Mail::from("ann@x.example").id("1@x").says("Hello", "Where is my order?").bytes(now()))
        .unwrap();
    fs::write(dir.path().join("rapport.toml"), "database = 'sqlite://other.db'").unwrap();
    let mail = mail.to_str().unwrap();
    assert_eq!(program.json(&["--json", "ingest", mail])["messages"], 1);
    assert!(dir.path().join("other.db").exists() && !dir.path().join("rapport.db").exists());
    let (ok, text) = said(&program, &["search", "order"]);
    assert!(ok && text.ends_with("1 of 1\n"), "{text}");
}
