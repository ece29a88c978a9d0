//! Whole mails: what they say, what is quarantined, and what damage does to them.

use std::collections::BTreeMap;

use rapport_model::message::{Automation, Incoming};
use rapport_model::time::DAY;

use super::super::source::{SourceOptions, open};
use super::*;

fn now() -> Timestamp {
    Timestamp::parse("2026-11-20T02:00:00Z").unwrap()
}

fn read_mail(raw: impl Into<Vec<u8>>) -> Incoming {
    parse(raw.into(), "a.eml", &ParseOptions::at(now()))
}

fn content_of(raw: impl Into<Vec<u8>>) -> Content {
    read_mail(raw).content.unwrap()
}

fn reason_of(raw: impl Into<Vec<u8>>) -> String {
    read_mail(raw).content.map_or_else(|u| u.reason, |_| "a mail".to_owned())
}

const REPLY: &str = "\
Received: from a by b; Thu, 19 Nov 2026 10:00:00 +0000\r
Date: Thu, 19 Nov 2026 18:00:00 +0800\r
From: =?utf-8?B?5byg5Lyf?= <wei@shop.example>\r
To: Support <support@house.example>, sales@house.example\r
Cc: Team: bob@shop.example;\r
Reply-To: orders@shop.example\r
Subject: =?gb2312?B?UmU6ILGovNs=?=\r
Message-ID: <2@shop.example>\r
In-Reply-To: <1@house.example>\r
References: <0@house.example> <1@house.example>\r
Content-Type: multipart/mixed; boundary=b\r
\r
--b\r
Content-Type: text/plain; charset=gbk\r
Content-Transfer-Encoding: base64\r
\r
uMe6w6OsztLSqiAyMCC49qGjDQoNCj4gb2xkDQo=\r
--b\r
Content-Type: application/pdf; name*=utf-8''%E6%8A%A5%E4%BB%B7.pdf\r
Content-Transfer-Encoding: base64\r
\r
aGVsbG8=\r
--b--\r
";

#[test]
fn a_mail_is_read_in_full() {
    let incoming = read_mail(REPLY);
    assert_eq!((incoming.channel, incoming.account.as_str()), (ChannelKind::Email, "file"));
    assert_eq!((incoming.place.as_str(), incoming.raw.as_slice()), ("a.eml", REPLY.as_bytes()));
    assert_eq!(incoming.received_at, Timestamp::parse("2026-11-19T10:00:00Z").unwrap());
    let content = incoming.content.unwrap();
    assert_eq!(content.message_id, "2@shop.example");
    assert_eq!(content.answers, ["1@house.example", "0@house.example"]);
    assert_eq!(
        (content.from[0].name.as_str(), content.from[0].address.as_str()),
        ("张伟", "wei@shop.example")
    );
    assert_eq!((content.to.len(), content.cc.len(), content.reply_to.len()), (2, 1, 1));
    assert_eq!(content.subject, "Re: 报价");
    assert_eq!(content.body, "盖好，我要 20 个。\n\n> old");
    assert_eq!(content.own_text(), "盖好，我要 20 个。");
    assert_eq!(content.sent_at, Some(Timestamp::parse("2026-11-19T10:00:00Z").unwrap()));
    assert_eq!(content.automation, None);
    let file = &content.attachments[0];
    assert_eq!((file.name.as_str(), file.mime.as_str(), file.bytes), ("报价.pdf", "application/pdf", 5));
    assert_eq!(file.digest, "ea8f163db38682925e4491c5e58d4bb3");
}

#[test]
fn a_mail_is_known_on_every_way_it_comes() {
    let sent = content_of(REPLY);
    for other in [
        REPLY.replace("\r\n", "\n"),
        format!("From wei@shop.example Thu Nov 19 10:00:00 2026\n{REPLY}\r\n\r\n"),
        format!("\u{FEFF}\r\n{REPLY}"),
        format!("Delivered-To: x@y.example\r\nX-Spam: no\r\nDKIM-Signature: v=1;\r\n a=b\r\n{REPLY}"),
        REPLY.replace("\r\n", "\r"),
    ] {
        assert_eq!(content_of(other.clone()).digest, sent.digest, "{other}");
    }
    assert_ne!(content_of(REPLY.replace("uMe6", "uMe7")).digest, sent.digest);
}

#[test]
fn a_mail_without_an_id_gets_one_from_its_digest() {
    let content = content_of("From: ann@x.example\n\nhi");
    assert_eq!(content.message_id, format!("hash:{}", ids::hex(&content.digest)));
    assert_eq!(content_of("From: ann@x.example\r\n\r\nhi\r\n").message_id, content.message_id);
}

#[test]
fn odd_headers_are_read_as_well_as_can_be() {
    let raw = b"From: Andr\xE9 <andre@x.example>\nSubject: d\xE9j\xE0 \x07vu\nContent-Type: text/plain; charset=iso-8859-1\n\ncaf\xE9";
    let content = content_of(&raw[..]);
    assert_eq!(
        (content.from[0].name.as_str(), content.subject.as_str(), content.body.as_str()),
        ("André", "déjà vu", "café")
    );
    let raw = b"From: \xD5\xC5\xCE\xB0 <wei@x.example>\nSubject: \xB1\xA8\xBC\xDB\n\n\xC4\xE3\xBA\xC3";
    let content = content_of(&raw[..]);
    assert_eq!(
        (content.from[0].name.as_str(), content.subject.as_str(), content.body.as_str()),
        ("张伟", "报价", "你好")
    );
    assert_eq!(content_of("Subject: nobody\n\nhi").from, []);
    assert_eq!(content_of(format!("Subject: {}\n\n", "x".repeat(9_999))).subject.len(), 998);
    assert_eq!(
        content_of("Date: Fri, 31 Dec 1899 00:00:00 +0000\n\n").sent_at,
        Some(Timestamp::parse("1899-12-31T00:00:00Z").unwrap())
    );
}

#[test]
fn the_time_of_arrival_is_the_best_witness() {
    let options =
        |internal_date, file_time| ParseOptions { internal_date, file_time, ..ParseOptions::at(now()) };
    let at = |raw: &str, options: &ParseOptions| parse(raw.into(), "", options).received_at;
    let (server, file) = (now().plus(-DAY), now().plus(-2 * DAY));
    assert_eq!(at("Subject: x\n\n", &options(Some(server), Some(file))), server);
    assert_eq!(at("Subject: x\n\n", &options(None, Some(file))), file);
    assert_eq!(at("no mail", &options(None, None)), now());
}

#[test]
fn what_is_no_mail_is_quarantined_with_its_bytes_and_advice() {
    for (raw, reason, advice) in [
        (&b""[..], "empty", "export the mail again"),
        (b"\r\n\r\n", "empty", "export the mail again"),
        (b"<html><p>Date: x", "not_mail", "a web page"),
        (b"{\"From\": 1}", "not_mail", "JSON"),
        (b"-----BEGIN CERTIFICATE-----\nabc\n", "not_mail", "a key or certificate"),
        (b"Content-Type: text/plain\n\nhello", "not_mail", "a part of a mail"),
        (b"\x78\x9F\x3E\x22\x00", "not_mail", "winmail.dat"),
        (b"\xD0\xCF\x11\xE0", "not_mail", "save the mail as .eml"),
        (b"Dear Ann,\nhow are you?\n", "not_mail", "without a mail's header"),
        (b"\0\0\0\0", "not_mail", "a binary file"),
    ] {
        let incoming = read_mail(raw);
        let unreadable = incoming.content.unwrap_err();
        assert_eq!((unreadable.reason.as_str(), incoming.raw.as_slice()), (reason, raw));
        assert!(unreadable.detail.contains(advice), "{}", unreadable.detail);
    }
    let too_big = ParseOptions { too_big: true, ..ParseOptions::at(now()) };
    let incoming = parse(REPLY.into(), "a.eml", &too_big);
    assert_eq!(incoming.content.unwrap_err().reason, "too_big");
    assert_eq!(incoming.received_at, Timestamp::parse("2026-11-19T10:00:00Z").unwrap());
}

/// A report with these words.
fn report(words: &str) -> Vec<u8> {
    format!("From: MAILER-DAEMON@x.test\n\n{words}").into_bytes()
}

/// A meeting whose start is written so.
fn meeting(start: &str) -> Vec<u8> {
    format!("Subject: x\nContent-Type: text/calendar\n\nBEGIN:VEVENT\nDTSTART;{start}:20260301T100000")
        .into_bytes()
}

/// Structures that exhaust a parser which believes them.
fn bombs() -> Vec<(&'static str, Vec<u8>)> {
    let head = "Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n";
    let nested: String = (0..10_000)
        .map(|n| format!("--b{n}\nContent-Type: multipart/mixed; boundary=b{}\n\n", n + 1))
        .collect();
    let mails = "Content-Type: message/rfc822\n\n".repeat(10_000);
    let unfound = "--b\nContent-Type: multipart/mixed; boundary=zz\n\n".repeat(900);
    vec![
        (
            "too_deep",
            format!("Subject: x\nContent-Type: multipart/mixed; boundary=b0\n\n{nested}").into_bytes(),
        ),
        ("too_deep", format!("{head}{}", "--b\n\nx\n".repeat(100_000)).into_bytes()),
        ("a mail", format!("Subject: x\n{mails}deep").into_bytes()),
        ("a mail", format!("{head}{unfound}{}", "x\n".repeat(1 << 19)).into_bytes()),
        ("a mail", format!("{}\n\nx", "Subject: x\n".repeat(200_000)).into_bytes()),
        ("a mail", format!("Subject: x\nTo: {}\n\nx", "(".repeat(1 << 20)).into_bytes()),
        ("a mail", format!("Subject: x\nTo: {}\n\nx", "\"<".repeat(1 << 19)).into_bytes()),
        (
            "a mail",
            format!("Subject: x\nContent-Type: text/plain{}\n\nx", "; a*1*=b".repeat(1 << 17)).into_bytes(),
        ),
        ("a mail", format!("Subject: {}\n\nx", "=?a?q?".repeat(1 << 17)).into_bytes()),
        (
            "a mail",
            format!("Subject: x\nContent-Type: text/html\n\n{}", "<div>".repeat(1 << 18)).into_bytes(),
        ),
        ("a mail", format!("Subject: x\n\n{}", ">".repeat(1 << 20)).into_bytes()),
        (
            "a mail",
            report(&"Final-Recipient: rfc822; a@x.test\nAction: failed\nStatus: 5.0.0\n\n".repeat(15_000)),
        ),
        (
            "a mail",
            report(
                &(0..30_000)
                    .map(|n| format!("Final-Recipient: a{n}@x.test\nAction: failed\n\n"))
                    .collect::<String>(),
            ),
        ),
        ("a mail", report(&(0..50_000).map(|n| format!("<a{n}@x.test>:\n")).collect::<String>())),
        ("a mail", report(&"From: a\nSubject: b\nMessage-ID: c\n\n".repeat(30_000))),
        ("a mail", report(&"5.5 4 550 5.1.".repeat(70_000))),
        ("a mail", report(&"rcpt to ".repeat(120_000))),
        ("a mail", report(&"{".repeat(1 << 20))),
        ("a mail", meeting(&format!("TZID={}", "a/".repeat(1 << 19)))),
        ("a mail", meeting(&format!("X={}", "\n ".repeat(1 << 19)))),
        ("a mail", meeting(&format!("X=1:\n{}", "BEGIN:VEVENT\n".repeat(1 << 16)))),
        (
            "a mail",
            meeting(&format!("X=1:\n{}", "BEGIN:VEVENT\nRECURRENCE-ID:1\nEND:VEVENT\n".repeat(1 << 14))),
        ),
        ("a mail", meeting(&";".repeat(1 << 20))),
    ]
}

#[test]
fn a_bomb_neither_takes_long_nor_fills_a_small_stack() {
    let read = || bombs().into_iter().map(|(expected, raw)| (expected, reason_of(raw))).collect::<Vec<_>>();
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(read).unwrap();
    for (n, (expected, found)) in thread.join().unwrap().into_iter().enumerate() {
        assert_eq!(found, expected, "bomb {n}");
    }
}

/// Mails with more in them than text: reports, complaints, meetings, Outlook's own format.
fn rich_samples() -> Vec<Vec<u8>> {
    let tnef = super::super::tnef::tests::sample();
    let mut outlook = b"Subject: x\nContent-Type: application/ms-tnef; name=winmail.dat\n\n".to_vec();
    outlook.extend(tnef);
    let daemon = "From: MAILER-DAEMON@x.test\nReturn-Path: <>\n";
    let report = "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\n<ann@x.test>: 550 5.1.1 no\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\nOriginal-Recipient: rfc822; ann@x.test\nFinal-Recipient: rfc822; ann@y.test\nAction: failed\nStatus: 5.1.1 (x)\nDiagnostic-Code: smtp; 550\n 5.1.1 no\n\n--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <1@x.test>\n--b--\n";
    let words = "Subject: failure notice\n\n  ann@x.test\n    (expanded from <bob@x.test>): 452 4.2.2 über quota\n550 <cy@x.test>... User unknown\n\nReceived: from a\n  by b\nMessage-ID: <1@x.test>\nTo: ann@x.test\n";
    let complaint = "Content-Type: multipart/report; report-type=feedback-report; boundary=b\n\n--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nOriginal-Rcpt-To: <ann@x.test>\n--b\nContent-Type: message/rfc822\n\nMessage-ID: <1@x.test>\n--b--\n";
    let meeting = "Subject: x\nContent-Type: text/calendar; method=REQUEST\n\nBEGIN:VTIMEZONE\nTZID:Z\nBEGIN:STANDARD\nDTSTART:16010101T030000\nTZOFFSETTO:+0100\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\nEND:STANDARD\nBEGIN:DAYLIGHT\nDTSTART:16010101T020000\nTZOFFSETTO:+0200\nRRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3\nEND:DAYLIGHT\nEND:VTIMEZONE\nBEGIN:VEVENT\nDTSTART;TZID=\"Z\":20260329T023000\nDURATION:P1DT2H\nSUMMARY:ä\\, b\\\\\\n\n c\nATTENDEE;PARTSTAT=ACCEPTED;CN=\"a;b\":mailto:ann@x.test\nEND:VEVENT";
    let notice = "From: x@sns.amazonaws.com\n\n{\"notificationType\":\"Bounce\",\"bounce\":{\"bouncedRecipients\":[{\"emailAddress\":\"ann@x.test\",\"status\":\"5.1.1\"}]},\"mail\":{\"headers\":[{\"name\":\"Message-ID\",\"value\":\"<1@x.test>\"}]}}";
    let pages = "Subject: x\nContent-Type: text/html\n\n<p>Yes.<div class=\"moz-cite-prefix\">Ann:</div><div id=divRplyFwdMsg style=\"border-top:solid\">b</div></span><includetail>c";
    let texts = [
        format!("{daemon}{report}"),
        format!("{daemon}{words}"),
        complaint.to_owned(),
        meeting.to_owned(),
        notice.to_owned(),
        pages.to_owned(),
    ];
    texts.map(String::into_bytes).into_iter().chain([outlook]).collect()
}

#[test]
fn damage_never_stops_the_parser() {
    let samples: Vec<Vec<u8>> = [
        REPLY.to_owned(),
        "Subject: =?utf-8?Q?a?= =?\nFrom: \"a\\\" <a@b>, (c) d@e\nContent-Type: text/html; charset=gb2312\n\n<p>x<blockquote>y</p>&#x41;&amp".to_owned(),
        "From x Mon Sep 20 19:29:27 2021\nDate: Mon, 20 Sep 2021 19:29:27 +0200 (X)\nReferences: <a@b> c@d\nContent-Type: multipart/alternative; boundary=\"=_x\"\n\n--=_x\nContent-Type: text/plain; format=flowed; delsp=yes\nContent-Transfer-Encoding: quoted-printable\n\n> a =\n=C3=A9 \nb\n--=_x\nContent-Type: text/calendar\n\nBEGIN:VEVENT\nDTSTART:20260301\n--=_x--".to_owned(),
    ].map(String::into_bytes).into_iter().chain(rich_samples()).collect();
    // A small generator of our own: the same damage on every run.
    let mut state = 42u64;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below.max(1)
    };
    for round in 0..6_000 {
        let mut raw = samples[round % samples.len()].clone();
        for _ in 0..=next(4) {
            let at = next(raw.len());
            match next(5) {
                0 => raw.truncate(at),
                1 if !raw.is_empty() => raw[at] = next(256) as u8,
                2 => {
                    let other = &samples[next(samples.len())];
                    let from = next(other.len());
                    raw.splice(at..at, other[from..].iter().copied());
                }
                3 => drop(raw.drain(at..(at + next(40)).min(raw.len()))),
                _ => raw.splice(at..at, *b"\r\n--b\n").for_each(drop),
            }
        }
        let incoming = read_mail(raw.clone());
        assert_eq!(incoming.raw, raw);
        assert_ne!(
            incoming.content.err().map(|u| u.reason).as_deref(),
            Some("unparsable"),
            "{}",
            raw.escape_ascii()
        );
    }
}

/// The collection of real mails, where it is at hand.
fn collection() -> Option<std::path::PathBuf> {
    Some(std::path::Path::new(&std::env::var_os("RAPPORT_TEST_DATA")?).join("mail"))
}

#[test]
fn every_real_mail_is_accounted_for() {
    let Some(dir) = collection() else { return };
    let (mut n_files, mut n_mails) = (0, 0);
    let mut tally: BTreeMap<String, usize> = BTreeMap::new();
    for item in open(&dir, SourceOptions::default()) {
        let mail = item.unwrap();
        n_mails += 1;
        n_files += usize::from(mail.first_of_file);
        let options = ParseOptions { file_time: mail.file_time, ..ParseOptions::at(now()) };
        let told = match parse(mail.bytes, &mail.place, &options).content {
            Ok(content) => content.automation.map_or("person".to_owned(), |a| format!("{:?}", a.automation)),
            Err(unreadable) => format!("quarantine: {}", unreadable.reason),
        };
        *tally.entry(told).or_default() += 1;
    }
    println!("{n_files} files, {n_mails} mails: {tally:?}");
    assert_eq!(tally.values().sum::<usize>(), n_mails);
    assert!(n_files > 1_000 && !tally.contains_key("quarantine: unparsable"));
}

#[test]
fn bounces_are_told_from_people() {
    let Some(dir) = collection() else { return };
    let class = |path: &std::path::Path| {
        let mail = open(path, SourceOptions::default()).next().unwrap().unwrap();
        let content = parse(mail.bytes, "", &ParseOptions::at(now())).content.ok();
        content.map(|c| (c.automation, c.subject))
    };
    let files = |folder: &str| super::super::source::names(&dir.join(folder)).unwrap();
    let (mut n_bounces, mut n_told) = (0, 0);
    for path in files("bounces") {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let (automation, subject) = class(&path).unwrap_or_default();
        let automation = automation.map(|a| a.automation);
        let is_dsn =
            ["bsd-lhost", "bsd-rhost", "bsd-rfc3464", "err-make"].iter().any(|kind| name.starts_with(kind));
        n_bounces += usize::from(is_dsn);
        n_told += usize::from(is_dsn && automation == Some(Automation::Bounce));
        if !is_dsn || automation != Some(Automation::Bounce) {
            println!("{name}: {automation:?} {subject}");
        }
    }
    println!("{n_told} of {n_bounces} bounces told");
    assert!(n_told * 10 >= n_bounces * 9);
    for path in files("spamassassin")
        .into_iter()
        .filter(|p| p.to_string_lossy().contains("nice"))
        .chain(files("email_reply_parser"))
    {
        let automation = class(&path).and_then(|(automation, _)| automation);
        assert_ne!(automation.map(|a| a.automation), Some(Automation::Bounce), "{}", path.display());
    }
}
