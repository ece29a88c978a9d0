use rapport_model::time::{DAY, HOUR};

use crate::digest::Length;
use crate::hours::BusinessSpan;
use crate::rules::{DigestTo, Does, PlannedDigest, RuleDeed, Rules};
use crate::schedule::MissedRuns;
use crate::service::Pause;

#[test]
fn the_default_rules_are_read_and_use_known_texts() {
    let rules = Rules::default();
    assert_eq!(rules.max_age, 48 * HOUR);
    let after: Vec<i64> = rules.sequence("silence").unwrap().steps.iter().map(|s| s.after / DAY).collect();
    assert_eq!(after, [3, 10, 30]);
    let digest = rules.schedule("digest").unwrap();
    let does = |period| Does::Digest(PlannedDigest { period, to: DigestTo::Managers });
    assert_eq!((&digest.does, digest.missed, digest.zone), (&does(Length::Day), MissedRuns::Once, None));
    assert_eq!(rules.schedule("digest_week").unwrap().does, does(Length::Week));
    assert_eq!(rules.schedule("anomaly").unwrap().schedule.as_str(), "0 * * * *");
    let prompts = rapport_prompts::Prompts::new();
    let known = |text: &str| prompts.is_notice(text) || prompts.is_mail(text) || prompts.is_phrase(text);
    assert_eq!(rules.check_texts(&known), []);
}

#[test]
fn a_text_that_is_not_there_is_found_with_its_line() {
    let text = "[[rule]]\nname = \"r\"\ndo = [\n  { write = \"hello\" },\n  { note = \"helo\" },\n]\n";
    let rules = Rules::parse(text, "mine.toml").unwrap();
    let problems = rules.check_texts(&|name| name == "hello");
    let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["mine.toml:5: there is no text `helo`"]);
}

#[test]
fn an_empty_file_does_nothing() {
    let rules = Rules::parse("", "empty.toml").unwrap();
    assert!(rules.rules.is_empty() && rules.sequences.is_empty() && rules.schedules.is_empty());
}

#[test]
fn all_that_can_be_said_is_read() {
    let text = r#"
        max_age = "1w"
        [[schedule]]
        name = "日报"
        cron = "0 9 * * *"
        zone = "Asia/Shanghai"
        missed = { all = 3 }
        does = "anomaly"
    "#;
    let rules = Rules::parse(text, "r.toml").unwrap();
    let run = rules.schedule("日报").unwrap();
    assert_eq!(rules.max_age, 7 * DAY);
    assert_eq!(run.zone.map(|z| z.name()), Some("Asia/Shanghai"));
    assert_eq!((run.missed, &run.does), (MissedRuns::All(3), &Does::Anomaly));
}

#[test]
fn a_digest_is_for_those_it_names() {
    let digest = |keys: &str| {
        let text = format!("[[schedule]]\nname = \"d\"\ncron = \"@daily\"\ndoes = \"digest\"\n{keys}");
        let rules = Rules::parse(&text, "mine.toml").unwrap();
        let unknown = rules.check_readers(&["ruth".to_owned()]).iter().map(ToString::to_string).collect();
        (rules.schedule("d").unwrap().does.clone(), unknown)
    };
    let of = |period, to, unknown: &[&str]| {
        let unknown: Vec<String> = unknown.iter().map(ToString::to_string).collect();
        (Does::Digest(PlannedDigest { period, to }), unknown)
    };
    assert_eq!(digest(""), of(Length::Day, DigestTo::Managers, &[]));
    assert_eq!(digest("period = \"week\"\nfor = \"reps\""), of(Length::Week, DigestTo::Reps, &[]));
    let named = DigestTo::Users(vec!["ruth".into(), "ruht".into()]);
    let unknown = "mine.toml:6: there is no colleague `ruht`; there are ruth";
    assert_eq!(digest("for = [\"ruth\",\n\"ruht\"]"), of(Length::Day, named, &[unknown]));
}

/// Checks what is wrong with a file: lines of `line: message`, where `…` ends what is compared.
fn check(text: &str, expected: &[&str]) {
    let problems = Rules::parse(text, "f").unwrap_err();
    let shown: Vec<String> = problems.iter().map(|p| format!("{}: {}", p.line, p.message)).collect();
    let same = |(shown, expected): (&String, &&str)| match expected.strip_suffix('…') {
        Some(start) => shown.starts_with(start),
        None => shown == expected,
    };
    let all = shown.len() == expected.len() && shown.iter().zip(expected).all(same);
    assert!(all, "{text}\nfound {shown:#?}\nexpected {expected:#?}");
}

/// A rule with one line in place of what it should say.
fn rule(line: &str) -> String {
    let rest = [("name", "\"r\""), ("do", "[\"open_deal\"]")];
    let missing = rest.iter().filter(|(key, _)| !line.starts_with(key));
    let others: Vec<String> = missing.map(|(key, value)| format!("{key} = {value}\n")).collect();
    format!("[[rule]]\n{line}\n{}", others.concat())
}

#[test]
fn a_broken_rule_says_where_and_what_to_write() {
    let cases: &[(&str, &[&str])] = &[
        (
            "when = { intent = [\"buy\", \"complain\"] }",
            &["2: unknown intent `complain`, did you mean `complaint`?"],
        ),
        (
            "when = { intent = \"spaceship\" }",
            &["2: unknown intent `spaceship`; it can be buy, pricing, demo…"],
        ),
        ("when = { intent = 3 }", &["2: `intent` must be a text in quotes"]),
        ("when = { intents = \"buy\" }", &["2: `when` has no key `intents`, did you mean `intent`?"]),
        (
            "when = { automated = true }",
            &["2: `when` has no key `automated`; its keys are direction, intent…"],
        ),
        ("when = { figure = \"volume\" }", &["2: `when` has no key `figure`; its keys are direction…"]),
        ("when = { direction = \"internal\" }", &["2: unknown direction `internal`; it can be in, out"]),
        ("when = { min_p = 1.5 }", &["2: `min_p` must be a number from 0 to 1"]),
        ("when = { min_p = \"high\" }", &["2: `min_p` must be a number from 0 to 1"]),
        ("when = { min_p = nan }", &["2: `min_p` must be a number from 0 to 1"]),
        ("when = { urgent = \"yes\" }", &["2: `urgent` must be true or false"]),
        ("when = \"always\"", &["2: `when` is written in braces: { … }"]),
        ("wen = { urgent = true }", &["2: a rule has no key `wen`, did you mean `when`?"]),
        ("on = \"mesage\"", &["2: unknown event `mesage`, did you mean `message`?"]),
        ("name = \"two words\"", &["2: a name has at most 64 letters, digits, `_`, `-` and `.`"]),
        ("name = \"\"", &["2: `name` must be a text in quotes"]),
        ("do = []", &["2: `do` must be a list in brackets: [ … ]"]),
        ("do = \"open_deal\"", &["2: `do` must be a list in brackets: [ … ]"]),
        ("do = [\"open_deel\"]", &["2: unknown deed `open_deel`, did you mean `open_deal`?"]),
        ("do = [{}]", &["2: unknown deed ``; it can be open_ticket, lifecycle…"]),
        ("do = [{ noitfy = \"owner\" }]", &["2: unknown deed `noitfy`, did you mean `notify`?"]),
        ("do = [{ note = \"a\", write = \"b\" }]", &["2: write `write` and `note` in braces of their own…"]),
        (
            "do = [{ open_ticket = \"hi\" }]",
            &["2: unknown priority `hi`; it can be low, normal, high, urgent"],
        ),
        ("do = [{ open_ticket = \"hig\" }]", &["2: unknown priority `hig`, did you mean `high`?"]),
        ("do = [{ notify = \"owner\" }]", &["2: a deed needs `text`"]),
        (
            "do = [{ notify = \"boss\", text = \"x\" }]",
            &["2: unknown audience `boss`; it can be owner, managers"],
        ),
        (
            "do = [{ notify = \"owner\", text = \"x\", severity = \"allert\" }]",
            &["2: unknown severity `allert`, did you mean `alert`?"],
        ),
        (
            "do = [{ task = \"x\", due = \"tomorow 9\" }]",
            &["2: `due` must be \"tomorrow 09:00\" or a time such as \"90m\", \"2h\", \"3d\" or \"1w\"…"],
        ),
        ("do = [{ task = \"x\" }]", &["2: a deed needs `due`"]),
        ("do = [{ write = \"x\", due = \"3d\" }]", &["2: a deed has no key `due`; its keys are write"]),
        (
            "do = [\"take_ownership\"]",
            &["2: this answers a message from the house: add direction = \"out\" to `when`"],
        ),
        (
            "do = [{ start = \"s\" }]",
            &["2: this answers a message from the house…", "2: unknown sequence `s`; there is none"],
        ),
        (
            "when = { direction = \"out\" }\ndo = [{ write = \"x\" }]",
            &["3: only a message from a customer is answered; to follow up, start a sequence"],
        ),
        (
            "when = { direction = \"out\" }\ndo = [\"opt_out\"]",
            &["3: this answers a message from a customer…"],
        ),
        ("on = \"anomaly\"", &["4: a rule on an anomaly can only notify"]),
        (
            "on = \"anomaly\"\nwhen = { urgent = true }\ndo = [{ notify = \"owner\", text = \"x\" }]",
            &["3: `when` has no key `urgent`; its keys are figure, intent, min_score"],
        ),
    ];
    for (line, expected) in cases {
        let text = match line.contains("\ndo =") {
            true => format!("[[rule]]\n{line}\nname = \"r\"\n"),
            false => rule(line),
        };
        check(&text, expected);
    }
}

#[test]
fn a_broken_sequence_or_schedule_says_where_and_what_to_write() {
    check("[[sequence]]\nname = \"s\"\n", &["1: a sequence needs 1 to 20 `steps`"]);
    check(
        "[[sequence]]\nname = \"s\"\nsteps = [\n{ after = \"3 days\", write = \"a\" },\n{ write = \"b\" },\n]",
        &[
            "1: a sequence needs 1 to 20 `steps`",
            "4: `after` must be \"3 business days\" or a time such as \"90m\", \"2h\", \"3d\" or \"1w\", at most 366 days",
            "5: a step needs `after`",
        ],
    );
    check(
        "[[sequence]]\nname = \"s\"\nsteps = [\n{ after = \"3d\", write = \"a\" },\n{ after = \"2d\", write = \"b\" },\n]",
        &["5: a step must come later than the one before; `after` counts from the start"],
    );
    check(
        "[[sequence]]\nname = \"s\"\nsteps = [{ after = \"1d\", write = \"a\" }]\nwhen = { urgent = true }",
        &["4: `when` has no key `urgent`; its keys are lifecycle…"],
    );
    check(
        "[[schedule]]\nname = \"d\"\ncron = \"0 25 * * *\"\nzone = \"Europe/Berlim\"\nmissed = \"never\"\ndoes = \"digets\"",
        &[
            "3: hour `25` is not understood; write 0-23…",
            "4: unknown zone `Europe/Berlim`, did you mean `Europe/Berlin`?",
            "5: unknown missed `never`; it can be skip, once",
            "6: unknown does `digets`, did you mean `digest`?",
        ],
    );
    check(
        "[[schedule]]\nname = \"d\"\ncron = \"@daily\"\ndoes = \"digest\"\nperiod = \"month\"\nfor = \"reps!\"",
        &["5: unknown period `month`; it can be day, week", "6: unknown for `reps!`, did you mean `reps`?"],
    );
    check(
        "[[schedule]]\nname = \"d\"\ncron = \"@daily\"\ndoes = \"anomaly\"\nperiod = \"day\"",
        &["5: a schedule has no key `period`…"],
    );
    check(
        "[[schedule]]\nname = \"d\"\nmissed = { all = 0 }",
        &[
            "1: a schedule needs `cron`",
            "1: a schedule needs `does`",
            "3: `all` must be a number from 1 to 1000",
        ],
    );
}

#[test]
fn every_problem_of_a_file_is_found_at_once_in_the_order_of_its_lines() {
    let text = r#"max_age = "soon"
retention = "1w"

[[rule]]
name = "a"
when = { intent = "complain", urgent = 1 }
do = [{ start = "silense" }]

[[rule]]
name = "a"
on = "step"
when = { sequence = "silenc", step = 0 }
do = [{ notify = "owner", text = "x" }]

[[rules]]
name = "b"

[[sequence]]
name = "silence"
steps = [{ after = "3d", write = "x" }]

[[sequence]]
name = "silence"
steps = [{ after = "3d", write = "x" }]
"#;
    check(
        text,
        &[
            "1: `max_age` must be a time such as…",
            "2: the file has no key `retention`; its keys are max_age, rule, sequence, schedule, service_level",
            "6: unknown intent `complain`, did you mean `complaint`?",
            "6: `urgent` must be true or false",
            "7: this answers a message from the house…",
            "7: unknown sequence `silense`, did you mean `silence`?",
            "9: the rule in line 4 is named `a` too",
            "12: `step` must be a number from 1 to 20",
            "12: unknown sequence `silenc`, did you mean `silence`?",
            "15: the file has no key `rules`, did you mean `rule`?",
            "22: the sequence in line 18 is named `silence` too",
        ],
    );
}

#[test]
fn a_file_that_is_no_toml_says_so_and_nothing_else() {
    for (text, line) in
        [("[[rule]\nname = \"r\"", 1), ("a = 1\nb = \n", 2), ("\u{0}", 1), ("x = \"…", 1), ("名 = 1", 1)]
    {
        let problems = Rules::parse(text, "f").unwrap_err();
        assert_eq!(problems[0].line, line, "{text:?}: {problems:?}");
        assert!(!problems[0].message.is_empty());
    }
    check("rule = 3", &["1: a rule begins with [[rule]]"]);
    check("[rule]\nname = \"r\"", &["1: a rule begins with [[rule]]"]);
}

#[test]
fn a_service_level_is_read_and_a_broken_one_says_where_and_what_to_write() {
    let text = "[[service_level]]\nname = \"gold\"\nwhen = { priority = [\"high\"], tag = \"vip\", mailbox = \"m\" }\n\
                first_response = \"30m\"\nresolution = \"2d\"\nwarn = 0.5\npause = [\"pending\"]\n";
    let level = Rules::parse(text, "f").unwrap().levels.remove(0);
    assert_eq!(
        (level.first_response, level.resolution),
        (BusinessSpan::read("30m"), Some(BusinessSpan::Days(2)))
    );
    assert_eq!((level.warn, level.pause), (0.5, vec![Pause::Pending]));
    assert_eq!(level.when.tags, ["vip"]);
    let unknown = Rules::parse(text, "f").unwrap().check_names(&["support".into()], &[]);
    assert_eq!(unknown, ["f: service level `gold`: there is no mailbox `m`"]);
    let level = |line: &str| format!("[[service_level]]\nname = \"l\"\n{line}\n");
    check(&level("warn = 0.5"), &["1: a service level needs `first_response` or `resolution`"]);
    check(&level("first_response = \"soon\""), &["3: `first_response` must be a length of business time…"]);
    check(&level("resolution = 4"), &["3: `resolution` must be a text in quotes"]);
    check(&level("resolution = \"4h\"\nwarn = 75"), &["4: `warn` must be a number from 0 to 1"]);
    check(&level("resolution = \"4h\"\npause = [\"closed\"]"), &["4: unknown pause `closed`; it can be…"]);
    check(&level("resolution = \"4h\"\nwhen = { intent = \"buy\" }"), &["4: `when` has no key `intent`…"]);
    let rule = |line: &str| format!("[[rule]]\nname = \"r\"\n{line}\n");
    check(
        &rule("do = [{ ask = \"rating\" }]"),
        &["3: a rating is asked for when a ticket was settled: on = \"ticket_closed\""],
    );
    check(
        &rule("on = \"ticket_closed\"\ndo = [{ ask = \"stars\" }]"),
        &["4: unknown ask `stars`; it can be rating"],
    );
    check(
        &rule("on = \"service_level\"\nwhen = { level = \"late\" }\ndo = [{ write = \"x\" }]"),
        &["4: unknown level `late`; it can be warned, breached", "5: only a message from a customer…"],
    );
}

#[test]
fn a_step_may_wait_for_business_days() {
    let steps = |after: &str| {
        let text = format!("[[sequence]]\nname = \"s\"\nsteps = [{{ after = \"{after}\", write = \"a\" }}]");
        Rules::parse(&text, "rules.toml").ok().map(|rules| rules.sequences[0].steps[0].clone())
    };
    let step = steps("5 business days").unwrap();
    assert_eq!((step.business, step.after), (Some(BusinessSpan::Days(5)), 7 * DAY));
    assert_eq!(steps("1 business day").unwrap().business, Some(BusinessSpan::Days(1)));
    assert_eq!(steps("3d").unwrap().business, None);
    for wrong in
        ["0 business days", "-1 business days", "999 business days", "some business days", "business days"]
    {
        assert_eq!(steps(wrong), None, "{wrong}");
    }
}

#[test]
fn a_rule_on_anything_may_tell_a_webhook_and_one_that_is_not_there_is_named_with_its_line() {
    let text = "[[rule]]\nname = \"a\"\ndo = [{ webhook = \"crm\" }]\n\
                [[rule]]\nname = \"b\"\non = \"anomaly\"\ndo = [{ webhook = \"crn\" }]\n";
    let rules = Rules::parse(text, "f").unwrap();
    assert_eq!(rules.rules[0].deeds, [RuleDeed::Webhook("crm".into())]);
    let said = |known: &[&str]| rules.check_hooks(known).iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(said(&["crm", "bi"]), ["f:7: there is no webhook `crn`; there are crm, bi"]);
    assert_eq!(
        said(&[]),
        ["f:3: there is no [webhook.crm] in rapport.toml", "f:7: there is no [webhook.crn] in rapport.toml"]
    );
    let rule = |line: &str| format!("[[rule]]\nname = \"r\"\n{line}\n");
    check(&rule("do = [{ webhook = 7 }]"), &["3: `webhook` must be a text in quotes"]);
    check(&rule("do = [{ webhook = \"a\", text = \"b\" }]"), &["3: a deed has no key `text`…"]);
}
