//! Whole reports: our own, and the collection of real ones where it is at hand.

use std::path::{Path, PathBuf};

use rapport_model::Timestamp;
use rapport_model::message::{Automation, BounceClass, Content};

use super::super::{ParseOptions, SourceOptions, open, parse};

/// Reads all mails of a file.
fn read_file(path: &Path) -> Vec<Content> {
    let now = Timestamp::parse("2026-11-20T02:00:00Z").unwrap();
    let mails = open(path, SourceOptions::default()).filter_map(Result::ok);
    mails.filter_map(|mail| parse(mail.bytes, "", &ParseOptions::at(now)).content.ok()).collect()
}

/// The collection of real mails, where it is at hand.
fn collection() -> Option<PathBuf> {
    let named = std::env::var_os("RAPPORT_TEST_DATA").map(PathBuf::from);
    let data = named.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"));
    Some(data.join("mail")).filter(|dir| dir.is_dir())
}

/// Returns the files of a folder of the collection, by name.
fn files(dir: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.is_file());
    files.sort();
    files
}

/// What a file says of itself, read by its plain lines: recipients, and whether all codes are
/// of permanent failures or all of transient ones.
fn told_by_lines(raw: &str) -> (Vec<String>, Option<bool>) {
    let lower = raw.to_ascii_lowercase();
    let values =
        |name: &'static str| lower.lines().filter_map(move |line| line.strip_prefix(name)).map(str::trim);
    let address = |value: &str| {
        let bare = value.rsplit(';').next().unwrap_or_default();
        bare.trim_matches(['<', '>', ' ', '"']).to_owned()
    };
    let recipients =
        values("final-recipient:").chain(values("original-recipient:")).chain(values("x-failed-recipients:"));
    let mut recipients: Vec<String> =
        recipients.map(address).filter(|a| a.contains('@') && !a.contains(' ')).collect();
    recipients.dedup();
    let classes: Vec<u8> =
        values("status:").filter_map(|v| v.bytes().next()).filter(|b| matches!(b, b'4' | b'5')).collect();
    let is_permanent =
        classes.first().copied().filter(|first| classes.iter().all(|c| c == first)).map(|c| c == b'5');
    (recipients, is_permanent)
}

#[test]
fn real_reports_are_recognised_and_read() {
    let Some(dir) = collection() else { return };
    let (mut n_files, mut n_known, mut n_told, mut n_right) = (0, 0, 0, 0);
    for path in files(&dir.join("bounces")) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let raw = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
        let content = read_file(&path).into_iter().next().unwrap_or_default();
        let kind = content.automation.as_ref().map(|a| a.automation);
        let is_known = matches!(
            kind,
            Some(
                Automation::Bounce
                    | Automation::ComplaintReport
                    | Automation::AutoReply
                    | Automation::OutOfOffice
            )
        );
        let is_report = !name.starts_with("not-");
        n_files += usize::from(is_report);
        n_known += usize::from(is_report && is_known);
        let report = content.delivery.clone().unwrap_or_default();
        let (recipients, is_permanent) = told_by_lines(&raw);
        let named: Vec<&str> = report.recipients.iter().map(|r| r.address.as_str()).collect();
        let is_named = named.iter().any(|n| recipients.iter().any(|r| r == n));
        let is_class = |class: BounceClass| match is_permanent {
            Some(true) => matches!(class, BounceClass::Hard | BounceClass::Policy | BounceClass::Full),
            Some(false) => matches!(
                class,
                BounceClass::Soft | BounceClass::Delayed | BounceClass::Full | BounceClass::Policy
            ),
            None => true,
        };
        let mut mark = "";
        if kind == Some(Automation::Bounce) && !recipients.is_empty() && is_permanent.is_some() {
            let is_right = is_named && report.recipients.iter().all(|r| is_class(r.class));
            n_told += 1;
            n_right += usize::from(is_right);
            mark = if is_right { "" } else { "WRONG" };
        }
        println!(
            "{name}\t{mark}\t{}\t{}\t{:?}",
            kind.map_or("-", Automation::name),
            content.complaint.is_some(),
            report
        );
    }
    println!(
        "{n_known} of {n_files} recognised; recipient and class right in {n_right} of {n_told} that tell them"
    );
    assert!(n_known * 100 >= n_files * 95 && n_right * 100 >= n_told * 90);
}

#[test]
fn ordinary_mail_is_no_report() {
    let Some(dir) = collection() else { return };
    let (mut n_mails, mut n_false) = (0, 0);
    for folder in [
        "MimeKit",
        "cpython-3.11",
        "email_reply_parser",
        "mime4j",
        "nodemailer-mailparser",
        "ruby-mail",
        "spamassassin",
    ] {
        for path in files(&dir.join(folder)) {
            for content in read_file(&path) {
                n_mails += 1;
                let Some(found) = content.automation else { continue };
                if matches!(found.automation, Automation::Bounce | Automation::ComplaintReport) {
                    // Some are reports, and say so by their form.
                    let is_certain = ["report-type", "message/", "From: the mail system"]
                        .iter()
                        .any(|s| found.reason.starts_with(s));
                    n_false += usize::from(!is_certain);
                    println!(
                        "{}\t{} ({})\t{:?}",
                        path.display(),
                        found.automation,
                        found.reason,
                        content.delivery
                    );
                }
            }
        }
    }
    println!("{n_false} false alarms in {n_mails} mails");
    assert!(n_mails > 500 && n_false * 100 < n_mails);
}

/// Reads a mail that we wrote here, from a mail system.
fn read(head: &str, text: &str) -> Content {
    let mail = format!("From: MAILER-DAEMON@mx.test\nTo: us@ours.test\nReturn-Path: <>\n{head}\n\n{text}");
    parse(mail.into(), "", &ParseOptions::at(Timestamp::parse("2026-11-20T02:00:00Z").unwrap()))
        .content
        .unwrap()
}

fn check(head: &str, text: &str, original: Option<&str>, expected: &[(&str, BounceClass)]) {
    let report = read(head, text).delivery.unwrap();
    let found: Vec<(&str, BounceClass)> =
        report.recipients.iter().map(|r| (r.address.as_str(), r.class)).collect();
    assert_eq!((report.original_id.as_deref(), found.as_slice()), (original, expected), "{text}");
}

#[test]
fn a_standard_report_is_read_for_each_recipient() {
    use BounceClass::{Delayed, Delivered, Full, Hard, Policy};
    let head = "Subject: Undelivered Mail Returned to Sender\nContent-Type: multipart/report; report-type=delivery-status; boundary=b";
    let text = "--b\n\nIt failed.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.test\n\n\
        Final-Recipient: rfc822; ann@inner.test\nOriginal-Recipient: rfc822; ann@x.test\nAction: failed\nStatus: 5.1.1\nRemote-MTA: dns; mx.x.test\nDiagnostic-Code: smtp; 550 5.1.1\n no such user\n\n\
        Final-Recipient: rfc822; bob@x.test\nAction: failed\nStatus: 5.2.2\n\n\
        Final-Recipient: rfc822; cy@x.test\nAction: failed\nStatus: 5.7.1\n\n\
        Final-Recipient: rfc822; di@x.test\nAction: delayed\nStatus: 4.4.1\n\n\
        Final-Recipient: rfc822; ed@x.test\nAction: relayed\nStatus: 2.1.5\n\n\
        --b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <1@ours.test>\nTo: ann@x.test\n--b--\n";
    let expected = [
        ("ann@x.test", Hard),
        ("bob@x.test", Full),
        ("cy@x.test", Policy),
        ("di@x.test", Delayed),
        ("ed@x.test", Delivered),
    ];
    check(head, text, Some("1@ours.test"), &expected);
    let report = read(head, text).delivery.unwrap();
    let ann = &report.recipients[0];
    assert_eq!(
        (ann.final_address.as_deref(), ann.remote.as_deref()),
        (Some("ann@inner.test"), Some("mx.x.test"))
    );
    assert_eq!((ann.status.as_deref(), ann.diagnostic.as_str()), (Some("5.1.1"), "550 5.1.1 no such user"));
}

#[test]
fn reports_without_fields_are_read_by_their_words() {
    use BounceClass::{Delayed, Full, Hard, Policy, Soft};
    let copy = "\n\nReturn-Path: <us@ours.test>\nReceived: by mx.test\nMessage-ID: <1@ours.test>\nTo: ann@x.test\nSubject: Offer\n\nDear Ann, bob@y.test says hello.\n";
    for (subject, words, expected) in [
        (
            "failure notice",
            "I wasn't able to deliver your message.\n\n<ann@x.test>:\n1.2.3.4 does not like recipient.\nRemote host said: 550 no such user\nGiving up on 1.2.3.4.\n\n--- Below this line is a copy of the message.",
            &[("ann@x.test", Hard)][..],
        ),
        (
            "Mail delivery failed",
            "The following addresses failed:\n\n  ann@x.test\n    host mx.x.test [1.2.3.4]: 552 mailbox full\n  bo@x.test\n    host mx.x.test [1.2.3.4]: 550 blocked as spam",
            &[("ann@x.test", Full), ("bo@x.test", Policy)],
        ),
        (
            "Warning: message 1 delayed 24 hours",
            "The message has not yet been delivered to:\n\n  ann@x.test\n    host mx: 450 greylisted",
            &[("ann@x.test", Delayed)],
        ),
        (
            "Undeliverable: Offer",
            "Your message did not reach the following recipient(s):\n\nann@x.test on Mon, 3 Mar 2026 10:00\n    The recipient name is not recognized",
            &[("ann@x.test", Hard)],
        ),
        (
            "系统退信",
            "很抱歉,您的邮件被退回。\n收件人: <ann@x.test>\n退信原因: 该用户不存在",
            &[("ann@x.test", Hard)],
        ),
        (
            "Unzustellbar: Angebot",
            "Die Nachricht konnte nicht zugestellt werden:\nann@x.test\nDas Postfach ist voll.",
            &[("ann@x.test", Full)],
        ),
        (
            "Non remis",
            "Votre message n'a pas pu être remis à :\nann@x.test\nL'adresse n'existe pas.",
            &[("ann@x.test", Hard)],
        ),
        (
            "Returned mail: Deferred",
            "   ----- Transcript of session follows -----\n421 x.test (smtp)... Deferred: Connection timed out\n\n   ----- Unsent message follows -----",
            &[("ann@x.test", Soft)],
        ),
        (
            "Returned mail",
            "   ----- Transcript of session follows -----\n>>> RCPT To:<ann@x.test>\n<<< 550 <ann@x.test>, no\n550 <ann@x.test>... User unknown\n421 y.test... Deferred: timed out",
            &[("ann@x.test", Hard)],
        ),
        (
            "Undeliverable Mail: \"Offer\"",
            "Your message:\n   From:    us@ours.test\n   Subject: Offer\nCould not be delivered because of\n\n550 5.1.1 User unknown\n\nThe following recipients were affected:\n    ann@x.test\n\nAdditional information follows.",
            &[("ann@x.test", Hard)],
        ),
        (
            "[BOUNCE]",
            "Hi. This is the James mail server at mx.test.\nI'm afraid I wasn't able to deliver your message to the following addresses.\n\nann@x.test\n\nError message below:\n550 - Requested action not taken: no such user here\n\nMessage details:\n  MAIL FROM: us@ours.test\n  RCPT TO: ann@x.test",
            &[("ann@x.test", Hard)],
        ),
        (
            "FAILURE NOTICE :",
            "Hi. This is the mailer at mx.test. Sorry.\n\n>>> ann@x.test <ann@x.test>\n\n552 sorry, the mailbox is over quota (#5.2.2)\n\n==================== Original ====",
            &[("ann@x.test", Full)],
        ),
        (
            "Undeliverable message",
            "------- Failure Reasons  --------\n\nUser ann@x.test (ann@x.test) not listed in public Name & Address Book\nann@x.test\n\n------- Returned Message --------",
            &[("ann@x.test", Hard)],
        ),
        (
            "Mail Delivery Failure",
            "The mail server could not send your message to <ann@x.test>.\nThe remote server answered:\n554 5.7.1 Message rejected due to the sender's reputation\n\nPlease contact postmaster@mx.test for help.",
            &[("ann@x.test", Policy)],
        ),
        (
            "未送達: 見積",
            "次の受信者にメッセージを配信できませんでした:\n\nann@x.test<mailto:ann@x.test>\n入力したメール アドレスが見つかりませんでした。",
            &[("ann@x.test", Hard)],
        ),
    ] {
        check(&format!("Subject: {subject}"), &format!("{words}{copy}"), Some("1@ours.test"), expected);
    }
}

#[test]
fn complaints_tell_who_and_of_what() {
    let head = "Content-Type: multipart/report; report-type=feedback-report; boundary=b";
    let text = "--b\n\nA complaint.\n--b\nContent-Type: message/feedback-report\n\nFeedback-Type: fraud\nVersion: 1\nOriginal-Mail-From: <us@ours.test>\nOriginal-Rcpt-To: <Ann@x.test>\n--b\nContent-Type: message/rfc822\n\nMessage-ID: <1@ours.test>\nTo: list@x.test\n\nx\n--b--\n";
    let complaint = read(head, text).complaint.unwrap();
    assert_eq!(
        (complaint.recipient.as_deref(), complaint.original_id.as_deref(), complaint.kind.as_str()),
        (Some("ann@x.test"), Some("1@ours.test"), "fraud")
    );
    // Microsoft's own form: the mail alone, with the recipient in its header.
    let head = "Subject: complaint about message from 192.0.2.1\nContent-Type: multipart/mixed; boundary=b";
    let text = "--b\nContent-Type: message/rfc822\n\nX-HmXmrOriginalRecipient: ann@x.test\nMessage-ID: <1@ours.test>\n\nx\n--b--\n";
    let complaint = read(head, text).complaint.unwrap();
    assert_eq!((complaint.recipient.as_deref(), complaint.kind.as_str()), (Some("ann@x.test"), "abuse"));
}

#[test]
fn what_a_person_passes_on_is_no_report() {
    let now = Timestamp::parse("2026-11-20T02:00:00Z").unwrap();
    let mail = "From: Ann <ann@x.test>\nSubject: Fwd: Undeliverable: Offer\n\nWhat is this?\n\n> Final-Recipient: rfc822; bob@x.test\n> Action: failed\n> Status: 5.1.1\n";
    let content = parse(mail.into(), "", &ParseOptions::at(now)).content.unwrap();
    assert_eq!((content.automation, content.delivery), (None, None));
}
