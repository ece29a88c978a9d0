//! Bad input: a clear message that names the place, the rest goes on, and nothing is lost.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Output;

use rapport_model::Timestamp;
use tempfile::TempDir;

use crate::support::{Mail, Program};

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn good_mail(i: usize) -> Vec<u8> {
    let at = Timestamp::parse("2026-03-04T08:00:00Z").unwrap();
    Mail::from(&format!("ann{i}@x.example"))
        .id(&format!("good{i}"))
        .says("Hello", "Where is my order?")
        .bytes(at)
}

#[test]
fn bad_mails_are_kept_aside_and_the_good_ones_go_on() {
    let dir = TempDir::new().unwrap();
    let mails = dir.path().join("mails");
    fs::create_dir_all(mails.join("directory.eml")).unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(mails.join(name), bytes).unwrap();
    write("01-empty.eml", b"");
    write("02-no-mail.eml", b"just words, no header at all\n");
    write("03-binary.eml", &(0..=255).cycle().take(5_000).collect::<Vec<u8>>());
    write("04-no-from.eml", b"Subject: who\nMessage-ID: <nofrom@x>\n\nhello\n");
    let mut nested = b"From: a@x.example\nMessage-ID: <deep@x>\nMIME-Version: 1.0\n".to_vec();
    for i in 0..10_000 {
        write!(nested, "Content-Type: multipart/mixed; boundary=b{i}\n\n--b{i}\n").unwrap();
    }
    write("05-nested.eml", &nested);
    write(
        "06-1899.eml",
        b"From: old@x.example\nDate: Sun, 31 Dec 1899 10:00:00 +0000\nMessage-ID: <o@x>\n\nhi\n",
    );
    write(
        "07-2199.eml",
        b"From: new@x.example\nDate: Tue, 01 Jan 2199 10:00:00 +0000\nMessage-ID: <n@x>\n\nhi\n",
    );
    write(
        "08-utf8.eml",
        b"From: bad\xff\xfe <bad@x.example>\nSubject: \xc3\x28 \xff\nMessage-ID: <u@x>\n\nb\xffdy \xe2\x28\n",
    );
    let mut big = b"From: big@x.example\nSubject: big\nMessage-ID: <big@x>\n\n".to_vec();
    big.resize(2 << 20, b'x');
    write("09-big.eml", &big);
    write("10-good.eml", &good_mail(1));

    let program = Program::on(&dir.path().join("data"));
    let args = [
        "--now",
        "2026-03-05T00:00:00Z",
        "--json",
        "ingest",
        mails.to_str().unwrap(),
        "--message-bytes-max",
        "1000000",
    ];
    let report = program.json(&args);
    assert_eq!((&report["files"], &report["mails"]), (&10.into(), &10.into()), "{report}");
    // Empty, no mail, binary, nested too deeply, too big.
    assert_eq!((&report["quarantined"], &report["messages"]), (&5.into(), &5.into()), "{report}");
    assert_eq!(report["customers"], 4, "old, new, bad and ann: {report}");

    let again = program.json(&args);
    assert_eq!((&again["duplicates"], &again["messages"]), (&10.into(), &0.into()), "{again}");
}

#[test]
fn a_path_that_is_not_there_is_named() {
    let dir = TempDir::new().unwrap();
    let output = Program::on(dir.path()).run(&["ingest", "/no/such/mail.eml"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("/no/such/mail.eml: there is no such file"), "{}", said(&output));
}

#[test]
fn a_file_that_may_not_be_read_is_named_and_the_rest_goes_on() {
    let dir = TempDir::new().unwrap();
    let mails = dir.path().join("mails");
    fs::create_dir(&mails).unwrap();
    fs::write(mails.join("1.eml"), good_mail(1)).unwrap();
    std::os::unix::fs::symlink(mails.join("gone"), mails.join("2.eml")).unwrap();
    fs::write(mails.join("3.eml"), good_mail(3)).unwrap();
    let output = Program::on(&dir.path().join("data")).run(&["--json", "ingest", mails.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1), "not everything was read");
    assert!(said(&output).contains("2.eml"), "{}", said(&output));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["messages"], 2);
}

#[test]
fn a_store_in_use_says_by_whom() {
    let dir = TempDir::new().unwrap();
    let data = dir.path().join("data");
    fs::create_dir(&data).unwrap();
    let lock = fs::File::create(data.join("lock")).unwrap();
    lock.lock().unwrap();
    fs::write(data.join("lock"), "4711").unwrap();
    let mail = dir.path().join("1.eml");
    fs::write(&mail, good_mail(1)).unwrap();
    let output = Program::on(&data).run(&["ingest", mail.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("in use by another process (pid 4711)"), "{}", said(&output));
}

#[test]
fn a_store_of_a_newer_version_or_without_its_key_is_left_alone() {
    let dir = TempDir::new().unwrap();
    let data = dir.path().join("data");
    let mail = dir.path().join("1.eml");
    fs::write(&mail, good_mail(1)).unwrap();
    let program = Program::on(&data);
    let ingest = ["ingest", mail.to_str().unwrap()];
    assert!(program.run(&ingest).status.success());

    let key = data.join("keys/master.key");
    let kept = fs::read(&key).unwrap();
    fs::remove_file(&key).unwrap();
    let output = program.run(&ingest);
    assert!(said(&output).contains("master.key: is missing"), "{}", said(&output));
    fs::write(&key, "0".repeat(64)).unwrap();
    let output = program.run(&ingest);
    assert!(said(&output).contains("other users may read it"), "{}", said(&output));
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    let output = program.run(&ingest);
    assert!(said(&output).contains("is not the key of this store"), "{}", said(&output));
    fs::write(&key, kept).unwrap();
    assert!(program.run(&ingest).status.success());

    // The version lies at byte 60 of the file, big-endian.
    let file = data.join("rapport.db");
    let mut bytes = fs::read(&file).unwrap();
    bytes[60..64].copy_from_slice(&99_u32.to_be_bytes());
    fs::write(&file, bytes).unwrap();
    let output = program.run(&ingest);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("schema version 99"), "{}", said(&output));

    fs::write(&file, b"this is no database, whatever its name says. ".repeat(200)).unwrap();
    let output = program.run(&ingest);
    assert!(said(&output).contains("damaged or no database"), "{}", said(&output));
}

#[test]
fn a_directory_that_cannot_be_made_is_named() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("file"), "").unwrap();
    let mail = dir.path().join("1.eml");
    fs::write(&mail, good_mail(1)).unwrap();
    let data = dir.path().join("file/data");
    let output = Program::on(&data).run(&["ingest", mail.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("file/data"), "{}", said(&output));
}

#[test]
fn a_broken_configuration_names_its_line() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("rapport.toml"), "timezone = 'UTC'\ncurency = 'EUR'\n").unwrap();
    let mail = dir.path().join("1.eml");
    fs::write(&mail, good_mail(1)).unwrap();
    let output = Program::on(dir.path()).run(&["ingest", mail.to_str().unwrap()]);
    let said = said(&output);
    assert!(said.contains("rapport.toml") && said.contains("line 2") && said.contains("curency"), "{said}");
}

#[test]
fn a_full_disk_stops_with_a_clear_message_and_what_was_acknowledged_is_kept() {
    let dir = TempDir::new().unwrap();
    let data = dir.path().join("data");
    fs::create_dir(&data).unwrap();
    // A file system of its own, small enough to be full soon. Needs root.
    let mount = |args: &[&str]| {
        std::process::Command::new("mount").args(args).arg(&data).output().is_ok_and(|o| o.status.success())
    };
    if !mount(&["-t", "tmpfs", "-o", "size=4m", "tmpfs"]) {
        eprintln!("left out: no small file system can be mounted here");
        return;
    }
    let mails = dir.path().join("mails");
    fs::create_dir(&mails).unwrap();
    for i in 0..2_000 {
        fs::write(mails.join(format!("{i:05}.eml")), good_mail(i)).unwrap();
    }
    let program = Program::on(&data);
    let args = ["--json", "--now", "2026-03-05T00:00:00Z", "ingest", mails.to_str().unwrap()];
    let output = program.run(&args);
    let message = said(&output);
    let grown = mount(&["-o", "remount,size=200m"]);
    let report = grown.then(|| program.json(&args));
    let unmounted = std::process::Command::new("umount").arg(&data).status().is_ok_and(|s| s.success());
    assert!(unmounted && grown);
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.contains("no space left"), "{message}");
    let report = report.unwrap();
    let sum = report["messages"].as_i64().unwrap() + report["duplicates"].as_i64().unwrap();
    assert_eq!((sum, &report["customers"]), (2_000, &2_000.into()), "{report}");
}
