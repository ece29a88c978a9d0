//! Real ways of answering, in a few lines each.

use super::*;

fn check(cases: &[(&str, Option<&str>)]) {
    for (body, expected) in cases {
        assert_eq!(trim(body).as_deref(), *expected, "{body}");
    }
}

#[test]
fn what_has_no_quote_stays_whole() {
    check(&[
        ("", None),
        ("hello", None),
        ("hello\n\n\n\nthere\n", None),
        ("hello\n\nthere -- this is no signature\nbye", None),
        ("From: the heart\nwe thank you", None),
        ("On the other hand, he wrote:\nplease come", None),
        ("Our shop opens on 3 March 2026:\ncome in", None),
        ("Sent from my desk, which is better than my phone.", None),
        ("> only a quote", None),
        ("--\nonly a signature", None),
        ("Sent from my iPhone", None),
        ("On 3 Mar 2026 10:00 Ann wrote:\n> all quoted", None),
        ("-----Original Message-----\nFrom: a\nSent: b\nTo: c\nold", None),
        ("prices:\n-- small: 3\n-- large: 5", None),
    ]);
}

#[test]
fn quotes_below_an_attribution_go() {
    let own = Some("Yes, please.");
    for attribution in [
        "On Mon, 3 Mar 2026 at 10:00, Ann Novak <ann@x.test> wrote:",
        "On 3 Mar 2026, at 10:00, Ann Novak <ann@x.test>\nwrote:",
        "On Mon, Mar 3, 2026 at 10:00 AM Ann\nNovak\n<ann@x.test>\nwrote:",
        "On 01/03/26 7:07 PM, Ann Novak wrote:",
        "At 2026-03-03 10:00:00, \"Ann\" <ann@x.test> wrote:",
        "2026-03-03 10:00 GMT+01:00 Ann Novak <ann@x.test>:",
        "Am 03.03.2026 um 10:00 schrieb Ann Novak:",
        "Am Di., 3. März 2026 um 10:00 Uhr schrieb Ann <\nann@x.test>:",
        "Le lun. 3 mars 2026 à 10:00, Ann Novak <ann@x.test> a écrit :",
        "El lun, 3 mar 2026 a las 10:00, Ann (<ann@x.test>) escribió:",
        "Il giorno lun 3 mar 2026 alle ore 10:00 Ann <ann@x.test> ha scritto:",
        "Em seg., 3 de mar. de 2026 às 10:00, Ann <ann@x.test> escreveu:",
        "Op ma 3 mrt 2026 om 10:00 schreef Ann <ann@x.test>:",
        "在 2026年3月3日，10:00，张伟 <wei@x.test> 写道：",
        "在 2026年3月3日星期一，张伟\n<wei@x.test> 写道：",
        "于2026年3月3日 10:00 张伟写道：",
        "2026年3月3日(月) 10:00 安 <ann@x.test>:",
        "张伟 <wei@x.test> 于2026年3月3日周二 10:00写道：",
        "张伟 <wei@x.test>\n于2026年3月3日周二 10:00写道：",
        "2026/03/03 10:00、安 <ann@x.test>のメール:",
        "2026년 3월 3일 (화) 오전 10:00, Ann <ann@x.test>님이 작성:",
        "Ann <ann@x.test>, 3 Mar 2026 Sal, 10:00 tarihinde şunu yazdı:",
        "Den tis 3 mars 2026 kl 10:00 skrev Ann <ann@x.test>:",
        "W dniu 3.03.2026 o 10:00, Ann Novak pisze / napisał(a):",
        "On Tuesday, March 3, 2026 at 10:00:00 AM GMT+1, Ann <ann@x.test> wrote:",
    ] {
        for quoted in ["> old text\n> more", "\n> old text", "old text\n\nmore old text"] {
            let body = format!("Yes, please.\n\n{attribution}\n{quoted}");
            assert_eq!(trim(&body).as_deref(), own, "{body}");
        }
    }
    check(&[
        ("Yes, please.\n\nAnn wrote:\n> old", own),
        ("Yes, please.\n\nвт, 3 мар. 2026 г. в 10:00, Ann <ann@x.test>:\n> old", own),
        ("Yes, please.\n\nAnn Novak/ACME wrote on 03/03/2026 10:00:00:\n> old", own),
        ("Yes, please.\n\nOn 3 Mar 2026, at 10:00, Ann wrote:", own),
    ]);
}

#[test]
fn answers_between_the_quotes_stay() {
    check(&[
        (
            "On 3 Mar 2026 Ann wrote:\n> how many?\n\nTwenty.\n\n> and when?\nTomorrow.\n\n-- \nBob",
            Some("Twenty.\n\nTomorrow."),
        ),
        ("> how many?\n>> deeper\n Twenty.", Some("Twenty.")),
        ("Hi,\n> how many?\n> and when?\nTwenty.\n> old\n> old", Some("Hi,\nTwenty.")),
        ("＞ 多少？\n二十。", Some("二十。")),
    ]);
}

#[test]
fn original_messages_and_header_blocks_go() {
    let own = Some("Yes, please.");
    for quoted in [
        "-----Original Message-----\nFrom: Ann\nold",
        "-----Ursprüngliche Nachricht-----\nold",
        "------------------ 原始邮件 ------------------\n发件人: \"张伟\"\nold",
        "------------------&nbsp;原始邮件&nbsp;------------------\nold",
        "------------------ Original ------------------\nFrom: \"Ann\"\nold",
        "---- Replied Message ----\n| From | Ann |\n| Date | 2026-03-03 |\n| To | Bob |\nold",
        "---- 回复的原邮件 ----\n| 发件人 | 张伟 |\nold",
        "-------- Исходное сообщение --------\nold",
        "-----Message d’origine-----\nDe : Ann\nold",
        "-------- Messaggio originale --------\nold",
        "-----Mensaje original-----\nDe: Ann\nold",
        "De: Ann\nEnviado: lunes\nPara: Bob\nAsunto: x\n\nold",
        "Da: Ann\nInviato: lunedì\nA: Bob\nOggetto: x\n\nold",
        "Van: Ann\nVerzonden: maandag\nAan: Bob\nOnderwerp: x\n\nold",
        "差出人: 安\n送信日時: 2026年3月3日\n宛先: Bob\n件名: x\n\nold",
        "보낸 사람: Ann\n보낸 날짜: 2026년 3월 3일\n받는 사람: Bob\n제목: x\n\nold",
        "________________________________\n发件人: 张伟 <wei@x.test>\n发送时间: 2026年3月3日\n收件人: 李娜\n主题: x\n\nold",
        "From: Ann <ann@x.test>\nSent: Monday\nTo: Bob\nSubject: x\n\nold",
        "*From:* Ann\n*Sent:* Monday\n*To:* Bob\n*Subject:* x\n\nold",
        "From: Ann\n\nSent: Monday\n\nTo: Bob\n\nold",
        "Von: Ann\nGesendet: Montag\nAn: Bob\nBetreff: x\n\nold",
        "De : Ann\nEnvoyé : lundi\nÀ : Bob\nObjet : x\n\nold",
        "发件人： 张伟\n发送时间： 2026年3月3日\n收件人： 李娜\n主题： 报价\n\nold",
        "发件人：张伟\n日 期：2026-03-03\n收件人：李娜\nold",
        "| 发件人 | 张伟 |\n| 日期 | 2026-03-03 |\n| 收件人 | 李娜 |\nold",
        "________________________________\nFrom: Ann\nold",
        " ------------------------------\n\n*From:* Ann\n*Sent:* Monday\n*To:* Bob\nold",
    ] {
        let quoted = quoted.replace("&nbsp;", " ");
        assert_eq!(trim(&format!("Yes, please.\n\n{quoted}")).as_deref(), own, "{quoted}");
    }
}

#[test]
fn signatures_devices_and_legal_notes_go() {
    let own = Some("Yes, please.\nBob");
    for end in [
        "-- \nBob Smith\nACME",
        "--\nBob Smith",
        "Sent from my iPhone",
        "Sent from my Verizon Wireless BlackBerry",
        "Sent from Mail for Windows",
        "Get Outlook for iOS<https://aka.ms/x>",
        "Von meinem iPhone gesendet",
        "Envoyé de mon iPhone",
        "Enviado desde mi iPhone",
        "发自我的iPhone",
        "发自我的小米手机",
        "從我的 iPhone 傳送",
        "iPhoneから送信",
        "Outlook für iOS beschaffen<https://aka.ms/x>",
        "Télécharger Outlook pour Android",
        "Obtener Outlook para iOS",
        "Inviato da Libero Mail per Android",
        "Verstuurd vanaf mijn iPhone",
        "Отправлено с iPhone",
        "Sendt fra min iPhone",
        "发自网易邮箱手机智能版",
        "从 Windows 版邮件发送",
        "-Bob Smith",
        "—李娜",
        "CONFIDENTIALITY NOTICE: This e-mail is for the addressee only.\nDelete it.",
        "________\nThis e-mail and any attachments are confidential.",
        "Diese E-Mail enthält vertrauliche Informationen.",
        "本邮件及其附件含有保密信息，仅限于收件人使用。",
        "Sent from my iPhone\n\n> On 3 Mar 2026 Ann wrote:\n> old",
        "Sent from my iPhone\n\nOn 3 Mar 2026, at 10:00, Ann wrote:\n\n> old",
    ] {
        assert_eq!(trim(&format!("Yes, please.\nBob\n\n{end}\n")).as_deref(), own, "{end}");
    }
}

#[test]
fn the_armor_of_a_signed_text_goes() {
    check(&[(
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nYes, please.\n-----BEGIN PGP SIGNATURE-----\n\niQEz\n-----END PGP SIGNATURE-----",
        Some("Yes, please."),
    )]);
}

#[test]
fn what_is_forwarded_stays() {
    check(&[
        (
            "fyi\n-- \nBob\n\n---------- Forwarded message ---------\nFrom: Ann\nSubject: x\n\n> old\n-- \nAnn",
            Some("fyi\n\n---------- Forwarded message ---------\nFrom: Ann\nSubject: x\n\n> old\n-- \nAnn"),
        ),
        ("Begin forwarded message:\n\n> From: Ann\n> old", None),
        ("---------- 转发的邮件 ----------\n发件人: a\n日期: b\n主题: c\n正文", None),
    ]);
}

#[test]
fn hostile_texts_take_linear_time() {
    for unit in [
        ">",
        "> \n",
        "On 1\n",
        "On ",
        "From:\n",
        "From: a\nTo:\n",
        "\n",
        "-- \n",
        "Sent from my \n",
        "--",
        "：\n",
        "On 2026 x\n> q\n",
        "你",
    ] {
        let body = unit.repeat((1 << 20) / unit.len());
        assert!(trim(&body).is_none_or(|own| own.len() <= body.len()), "{unit:?}");
    }
}

#[test]
fn damage_never_stops_the_trimmer() {
    let samples = [
        "Yes.\n\nOn 3 Mar 2026, at 10:00, Ann <ann@x.test>\nwrote:\n> old\n\n-- \nBob",
        "好的。\n\n------------------ 原始邮件 ------------------\n发件人: \"张伟\"\n发送时间: 2026年\n收件人: a\n",
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: x\n\nYes\n张伟 <wei@x.test>\n于2026年3月3日 10:00写道：\n> é\n—李娜",
        "________________________________\nVon: Ann\nGesendet: x\nAn: y\n\nSent from my iPhone\nDiese E-Mail enthält",
    ];
    let mut state = 7u64;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below.max(1)
    };
    for round in 0..20_000 {
        let mut chars: Vec<char> = samples[round % samples.len()].chars().collect();
        for _ in 0..=next(4) {
            let at = next(chars.len());
            match next(4) {
                0 => chars.truncate(at),
                1 => {
                    chars.insert(at.min(chars.len()), ['\n', '>', '-', ':', '　', '\u{202E}', '😀'][next(7)])
                }
                2 => drop(chars.drain(at..(at + next(9)).min(chars.len()))),
                _ => {
                    let other: Vec<char> = samples[next(samples.len())].chars().collect();
                    let from = next(other.len());
                    chars.splice(at..at, other[from..].iter().copied());
                }
            }
        }
        let body: String = chars.into_iter().collect();
        if let Some(own) = trim(&body) {
            assert!(!own.is_empty() && own.len() <= body.len(), "{body:?}");
        }
    }
}

/// The collection of real mails, where it is at hand.
fn real_answers() -> Option<std::path::PathBuf> {
    let named = std::env::var_os("RAPPORT_TEST_DATA").map(std::path::PathBuf::from);
    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    Some(named.unwrap_or(here).join("mail/email_reply_parser")).filter(|dir| dir.is_dir())
}

/// One expectation: a file, how its own text begins, how it ends, and what is not in it.
type Expected = (&'static str, &'static str, &'static str, &'static [&'static str]);

/// What the tests of the project email_reply_parser expect of its mails. Where those leave open
/// what comes out, what a reader would.
const EXPECTED: [Expected; 22] = [
    ("correct_sig", "this is an email with a correct -- signature.", "signature.", &["rick"]),
    ("email_1_1", "Hi folks", "Java HTTP API.", &["Abhishek", "riak-users"]),
    ("email_1_2", "Hi,", "delete them all individually.\"", &["riak-users", "Abhishek"]),
    ("email_1_3", "Oh thanks.", "would be great.", &["Abhishek", "Russell", "riak-users"]),
    ("email_1_4", "Awesome!", "problem with it.", &["Loader"]),
    ("email_1_5", "One: Here's what I've got.", "for a while.", &[]),
    ("email_1_6", "I get proper rendering as well.", "", &["Corey", "caching"]),
    ("email_1_7", ":+1:", ":+1:", &["Steps 0-2"]),
    ("email_1_8", "I will reply under this one", "and under this.", &["wrote:"]),
    ("email_2_1", "Outlook with a reply", "Outlook with a reply", &["From:"]),
    ("email_2_2", "Outlook with a reply directly above line", "above line", &["From:", "Subject:"]),
    ("email_2_3", "Outlook with a reply directly above line", "above line", &["From:"]),
    ("email_BlackBerry", "Here is another email", "another email", &["BlackBerry"]),
    ("email_bullets", "test 2 this should list second", "- and another", &["goalengine", "Joe Smith"]),
    ("email_iPhone", "Here is another email", "another email", &["iPhone"]),
    ("email_long_quote", "Hi folks", "Java HTTP API.", &["riak-users"]),
    ("email_multi_word_sent_from_my_mobile_device", "Here is another email", "another email", &["Verizon"]),
    (
        "email_one_is_not_on",
        "Thank, this is really helpful.",
        "when I run...",
        &["On Oct 1, 2012, at 11:55 PM"],
    ),
    ("email_sent_from_my_not_signature", "Here is another email", "mobile phone.", &[]),
    ("email_sig_delimiter_in_middle_of_line", "Hi there!", "kthxbai", &[]),
    ("greedy_on", "On your remote host", "the tunnel is not working.", &["On 9 Jan 2014"]),
    ("pathological", "I think you're onto something.", "back to a computer.", &["wrote:"]),
];

#[test]
#[expect(clippy::disallowed_methods, reason = "it measures how long trimming takes")]
fn real_answers_keep_what_their_writers_wrote() {
    let Some(dir) = real_answers() else { return };
    let mut n_right = 0;
    let mut seconds = Vec::new();
    for (name, start, end, absent) in EXPECTED {
        let body = std::fs::read_to_string(dir.join(format!("test__emails__{name}.txt"))).unwrap();
        let body = body.replace("\r\n", "\n");
        let trimmed = trim(&body);
        // The fastest of some: the machine does other work, too.
        let once = |_| {
            let began = std::time::Instant::now();
            assert_eq!(trim(&body), trimmed);
            began.elapsed().as_secs_f64()
        };
        seconds.push((0..5).map(once).fold(f64::MAX, f64::min));
        let own = trimmed.as_deref().unwrap_or(body.trim());
        let is_right = own.starts_with(start)
            && own.trim_end().ends_with(end)
            && absent.iter().all(|text| !own.contains(text));
        n_right += usize::from(is_right);
        if !is_right {
            println!("{name}:\n{own}\n");
        }
    }
    let mean = seconds.iter().sum::<f64>() / seconds.len() as f64;
    let most = seconds.iter().copied().fold(0.0, f64::max);
    println!(
        "{n_right} of {} right; {:.3} ms a mail, {:.3} ms at most",
        EXPECTED.len(),
        mean * 1e3,
        most * 1e3
    );
    assert!(n_right >= 20);
}
