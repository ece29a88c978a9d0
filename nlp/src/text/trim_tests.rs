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
    ] {
        for quoted in ["> old text\n> more", "\n> old text", "old text\n\nmore old text"] {
            let body = format!("Yes, please.\n\n{attribution}\n{quoted}");
            assert_eq!(trim(&body).as_deref(), own, "{body}");
        }
    }
    check(&[
        ("Yes, please.\n\nAnn wrote:\n> old", own),
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

/// Real answers, where the collection is at hand: none is lost, each that quotes gets shorter.
#[test]
fn real_answers_keep_what_their_writers_wrote() {
    let Some(dir) = std::env::var_os("RAPPORT_TEST_DATA") else { return };
    let dir = std::path::Path::new(&dir).join("mail/email_reply_parser");
    let read = |name: &str| std::fs::read_to_string(dir.join(format!("test__emails__{name}.txt"))).unwrap();
    for (name, expected) in [
        ("email_1_4", Some("Awesome! I haven't had another problem with it.")),
        ("email_1_8", Some("I will reply under this one\n\nand under this.")),
        ("email_2_1", Some("Outlook with a reply")),
        ("email_2_3", Some("Outlook with a reply directly above line")),
        ("email_BlackBerry", Some("Here is another email")),
        ("email_iPhone", Some("Here is another email")),
        ("email_multi_word_sent_from_my_mobile_device", Some("Here is another email")),
        ("email_sent_from_my_not_signature", None),
        ("email_sig_delimiter_in_middle_of_line", None),
        ("correct_sig", Some("this is an email with a correct -- signature.")),
    ] {
        assert_eq!(trim(&read(name)).as_deref(), expected, "{name}");
    }
    assert!(trim(&read("email_one_is_not_on")).unwrap().ends_with("when I run..."));
    assert!(trim(&read("greedy_on")).unwrap().ends_with("the tunnel is not working."));
}
