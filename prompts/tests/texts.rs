//! What the texts promise, whoever wrote them.
#![allow(clippy::unwrap_used)] // A helper of a test is a test.

use std::fs;
use std::path::Path;

use rapport_model::fields::fields;
use rapport_model::id::ShortNumber;
use rapport_model::people::{Priority, Role};
use rapport_model::reading::Intent;
use rapport_model::reading::Language::{En, Zh};
use rapport_model::record::Kind;
use rapport_model::time::Timestamp;
use rapport_prompts::*;

const EVIL: &str = "{{ 7*7 }} {% raw %} <script>\r\nBcc: x@y.example";
const EVIL_LINE: &str = "{{ 7*7 }} {% raw %} <script> Bcc: x@y.example";

fn ten() -> When {
    When { at: Timestamp::parse("2026-03-13T09:00:00Z").unwrap(), zone: chrono_tz::Tz::Europe__Berlin }
}

#[test]
fn every_text_exists_in_every_language_and_uses_its_variables() {
    Prompts::new().check().unwrap();
}

#[test]
fn a_task_echoes_its_time_and_zone() {
    let prompts = Prompts::new();
    let task = TaskCreated {
        number: ShortNumber::of(Kind::Task, 5),
        title: "call Anna",
        due: Zoned(ten()),
        owner: "Mia",
        customer: Some("Anna Novak"),
    };
    assert_eq!(
        prompts.task_created(En, &task),
        "Task K5: call Anna (Anna Novak), for Mia, due Fri 13 Mar 2026, 10:00 (Europe/Berlin)."
    );
    assert_eq!(
        prompts.task_created(Zh, &TaskCreated { customer: None, ..task }),
        "任务 K5：call Anna，负责人 Mia，截止 2026年3月13日 周五 10:00（Europe/Berlin）。"
    );
}

#[test]
fn why_is_a_sentence() {
    let prompts = Prompts::new();
    let ticket = Numbered(ShortNumber::of(Kind::Ticket, 3));
    let words = ["unacceptable".to_owned(), "third time".to_owned()];
    let why = |language| {
        let reads_as = prompts.reads_as(language, Intent::Complaint);
        let reading = ReasonReading { day: Day(ten()), reads_as, sure: Percent(0.91), words: &words };
        let reason = prompts.reason_reading(language, &reading);
        prompts.why_rule(language, &prompts.done_created(language, ticket), "complaint", &reason)
    };
    assert_eq!(
        why(En),
        "Ticket T3 was opened by rule `complaint` because the mail of Fri 13 Mar 2026 reads as a complaint \
         (91% sure): “unacceptable” and “third time”."
    );
    assert_eq!(
        why(Zh),
        "工单 T3 已新建，依据规则 `complaint`：2026年3月13日 周五 的来信判断为投诉（把握 91%），依据是“unacceptable”“third time”。"
    );
}

#[test]
fn english_counts_in_singular_and_plural() {
    let prompts = Prompts::new();
    assert_eq!(
        prompts.set_aside(En, 1),
        "1 message could not be read and is kept untouched; see “rapport inbox”."
    );
    assert!(prompts.set_aside(En, 2).starts_with("2 messages could not be read and are kept"));
    assert_eq!(prompts.find_heading(En, "x", 1234), "1,234 results for “x”");
    assert_eq!(
        prompts.unknown_user(En, "bob", &["mia", "leo", "nora"]),
        "Nobody here is called “bob”. There is mia, leo and nora."
    );
    assert_eq!(prompts.unknown_user(Zh, "bob", &["mia", "leo"]), "没有叫“bob”的同事。现有：mia和leo。");
}

#[test]
fn every_value_has_a_label_in_chinese() {
    let prompts = Prompts::new();
    for kind in Kind::ALL {
        for field in fields(*kind) {
            assert!(!prompts.field(Zh, field.name).is_ascii(), "{}", field.name);
        }
    }
    assert_eq!((prompts.label(En, Role::Rep), prompts.label(Zh, Priority::Urgent)), ("rep", "紧急"));
    assert_eq!((prompts.stage(Zh, "won"), prompts.stage(Zh, "on ice")), ("赢单", "on ice"));
}

#[test]
fn what_a_customer_wrote_stays_data_on_one_line() {
    let prompts = Prompts::new();
    let notice = NoticeContext {
        customer: EVIL,
        number: "C1",
        subject: EVIL,
        excerpt: EVIL,
        ..NoticeContext::default()
    };
    let mail = MailContext { customer_name: EVIL, owner_name: EVIL, house: EVIL, subject: EVIL, days: 3 };
    for language in LANGUAGES {
        let texts = [
            prompts.notice(language, "alert_complaint", &notice).unwrap(),
            prompts.mail(language, "follow_up_1", &mail).unwrap(),
        ];
        for Text { subject, body, .. } in texts {
            assert!(subject.contains(EVIL_LINE) && !subject.contains('\n'), "{subject}");
            assert!(body.contains(EVIL_LINE) && !body.lines().any(|line| line.starts_with("Bcc")), "{body}");
        }
        assert!(prompts.not_found(language, EVIL).contains(EVIL_LINE));
        let note = prompts.note_stored(language, EVIL, Block("line one\nline two {{ 1 }}"));
        assert!(note.ends_with("line one\nline two {{ 1 }}"), "a note keeps its lines: {note}");
    }
}

#[test]
fn every_text_that_the_usual_rules_name_exists() {
    let prompts = Prompts::new();
    let notices = [
        "alert_complaint",
        "alert_urgent",
        "alert_refund",
        "alert_cancel",
        "alert_leaving",
        "alert_privacy",
        "alert_anomaly_volume",
        "alert_anomaly_negative",
        "alert_anomaly_quiet",
        "alert_anomaly_answers",
        "alert_anomaly_intent",
        "ticket_problem",
    ];
    for name in notices {
        assert!(prompts.is_notice(name) && !prompts.is_mail(name), "{name}");
    }
    assert!(["follow_up_1", "follow_up_2", "follow_up_3"].iter().all(|name| prompts.is_mail(name)));
    let phrases = ["task_quote", "task_demo", "task_meeting", "task_order", "task_offer", "note_praise"];
    assert!(phrases.iter().all(|name| prompts.is_phrase(name)));
    assert!(!prompts.is_notice("../texts/not_found") && !prompts.is_text("task_created"));
    let unknown = prompts.notice(En, "alert_storm", &NoticeContext::default()).unwrap_err().to_string();
    assert!(
        unknown.starts_with("no text is named `alert_storm`; the names are alert_anomaly_answers, "),
        "{unknown}"
    );
}

#[test]
fn a_follow_up_is_in_the_customers_language_and_signed() {
    let prompts = Prompts::new();
    let mail = MailContext {
        customer_name: "王丽",
        owner_name: "Mia Tan",
        house: "Brightwater Filters",
        subject: "Re: 回复：报价",
        days: 4,
    };
    for (step, n) in ["follow_up_1", "follow_up_2", "follow_up_3"].iter().zip(1..) {
        let zh = prompts.mail(Zh, step, &mail).unwrap();
        assert_eq!(zh.subject, "回复：报价");
        assert!(
            zh.body.starts_with("王丽，您好：") && zh.body.ends_with("Mia Tan\nBrightwater Filters"),
            "{n}"
        );
        let en = prompts.mail(En, step, &mail).unwrap();
        assert!(
            en.body.starts_with("Hello 王丽,") && en.body.ends_with("Mia Tan\nBrightwater Filters"),
            "{n}"
        );
        for text in [&zh.body, &en.body] {
            assert!(text.contains("“报价”") && !text.contains(['!', '！']), "{text}");
            assert!(!text.contains("\n\n\n") && !text.contains("  "), "{text:?}");
        }
        let nameless =
            prompts.mail(En, step, &MailContext { customer_name: "", subject: "", ..mail }).unwrap();
        assert!(nameless.body.starts_with("Hello,") && !nameless.subject.starts_with("Re:"));
    }
}

#[test]
fn help_tells_how_and_gives_two_examples() {
    let prompts = Prompts::new();
    for language in LANGUAGES {
        let overview = prompts.help(language);
        for command in COMMANDS {
            assert!(overview.contains(&format!("/{command}")));
            let help = prompts.help_for(language, command).unwrap();
            assert_eq!(help.lines().count(), 4, "{help}");
            assert!(prompts.purpose(language, command).chars().count() <= 100, "chat programs cut it off");
        }
    }
    assert_eq!(prompts.help_for(En, "fly"), None);
}

#[test]
fn where_a_text_of_the_house_fails_after_all_ours_is_said() {
    let only_then = "{% if n == 77 %}{{ n | shout }}{% endif %}{{ n }} left";
    let (_dir, prompts) = overridden(&[("en/texts.txt", &format!("more = {only_then}\n"))]);
    let prompts = prompts.unwrap();
    assert_eq!(prompts.more(En, 5), "5 left");
    assert_eq!(prompts.more(En, 77), "77 more; say “more” to see them.");
}

/// Lays `files` over the texts and returns what is wrong.
fn overridden(files: &[(&str, &str)]) -> (tempfile::TempDir, Result<Prompts, PromptError>) {
    let dir = tempfile::tempdir().unwrap();
    for (path, content) in files {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    let prompts = Prompts::with_overrides(dir.path());
    (dir, prompts)
}

#[test]
fn a_house_may_say_it_in_its_own_words() {
    let (_dir, prompts) = overridden(&[
        ("en/texts.txt", "# ours\r\ngoodbye =\r\n  So long.\r\n  See you.\r\n"),
        ("zh/labels.txt", "stage.on_ice = 搁置\n"),
        ("en/notice/vip.txt", "Subject: {{ customer }}\n\nA regular writes.\n"),
        ("zh/notice/vip.txt", "Subject: {{ customer }}\n\n老客户来信。\n"),
        ("en/mail/follow_up_1.html", "<p>{{ customer_name }}</p>"),
        ("zh/mail/follow_up_1.html", "<p>{{ customer_name }}</p>"),
        ("en/README.md", "not a text"),
    ]);
    let prompts = prompts.unwrap();
    assert_eq!(
        (prompts.goodbye(En).as_str(), prompts.goodbye(Zh).as_str()),
        ("So long.\nSee you.", "再见。")
    );
    assert_eq!(prompts.stage(Zh, "on_ice"), "搁置");
    assert!(prompts.is_notice("vip"));
    let mail = MailContext { customer_name: "<b>&", ..MailContext::default() };
    assert_eq!(
        prompts.mail(En, "follow_up_1", &mail).unwrap().html.as_deref(),
        Some("<p>&lt;b&gt;&amp;</p>")
    );
    assert!(Prompts::with_overrides(Path::new("/does/not/exist")).is_ok());
}

#[test]
fn a_broken_text_of_the_house_names_its_file_and_line() {
    let cases: &[(&str, &str, &str)] = &[
        (
            "en/texts.txt",
            "goodbye = Bye\nnot_found =\n  one\n  {{ querry }}\n",
            "en/texts.txt:4: `texts/not_found` has no variable `querry`; it has query",
        ),
        (
            "zh/texts.txt",
            "\n\ngoodbye = {{ name }}\n",
            "zh/texts.txt:3: `texts/goodbye` has no variable `name`; it has none",
        ),
        (
            "en/texts.txt",
            "a\n",
            "en/texts.txt:1: write `name = text`; indent further lines of a text by two blanks",
        ),
        (
            "en/texts.txt",
            "goodby = x\n",
            "en/texts.txt:1: the service has no text `texts/goodby`; look at the spelling",
        ),
        (
            "en/texts.txt",
            "\ngoodbye = {{ name\n",
            "en/texts.txt:2: unexpected end of input, expected end of variable block",
        ),
        ("en/texts.txt", "more = {{ n | shout }}\n", "en/texts.txt:1: filter shout is unknown"),
        (
            "en/texts.txt",
            "\nassigned = {{ record }}{{ to }}{{ before }}\n",
            "en/texts.txt:2: says a value that can be absent; put `{% if … %}` around it",
        ),
        ("zh/mail/follow_up_2.txt", "Subject: x\n\nhello\n{{ 1 +/ 2 }}\n", "zh/mail/follow_up_2.txt:4: "),
        (
            "en/mail/follow_up_2.txt",
            "hello\n",
            "en/mail/follow_up_2.txt:1: the first line must begin with `Subject:`",
        ),
        (
            "en/notice/vip.txt",
            "Subject: x\n\nhello\n",
            "en/notice/vip.txt:1: `notice/vip` is missing in `zh`; add it there as well",
        ),
        ("layout/digest.txt", "a\nb {{ digest.headlin }}\n", "layout/digest.txt:2: "),
        ("en/more.txt", "a = b\n", "en/more.txt:1: "),
    ];
    for (file, content, expected) in cases {
        let (dir, prompts) = overridden(&[(file, content)]);
        let error = prompts.expect_err(content).to_string();
        let error = error.strip_prefix(&format!("{}/", dir.path().display())).unwrap_or(&error).to_owned();
        assert!(error.starts_with(expected), "\n  got      {error}\n  expected {expected}");
    }
}

#[test]
fn a_text_of_the_house_that_is_no_utf_8_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("en")).unwrap();
    fs::write(dir.path().join("en/texts.txt"), b"goodbye = \xff\n").unwrap();
    let error = Prompts::with_overrides(dir.path()).unwrap_err();
    assert!(
        matches!(&error, PromptError::Unreadable { path, .. } if path.ends_with("en/texts.txt")),
        "{error}"
    );
}
