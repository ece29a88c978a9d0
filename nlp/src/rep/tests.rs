//! Sentences of reps, and how many of them are understood.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use rapport_model::Timestamp;

use super::{Context, understand};

fn context() -> Context<'static> {
    Context {
        // A Wednesday, 13:00 in the zone.
        now: Timestamp::parse("2026-03-11T12:00:00Z").expect("it is a time"),
        zone: Tz::Europe__Berlin,
        region: "DE",
        currency: "EUR",
    }
}

struct Sentence {
    text: &'static str,
    command: &'static str,
    args: BTreeMap<String, String>,
}

fn sentences() -> Vec<Sentence> {
    read(include_str!("sentences.tsv"))
}

fn read(file: &'static str) -> Vec<Sentence> {
    let lines = file.lines().filter(|l| !l.is_empty() && !l.starts_with('#'));
    lines
        .map(|line| {
            let mut cells = line.split('\t');
            let mut cell = || cells.next().unwrap_or_else(|| panic!("{line:?} has three cells"));
            let (text, command, args) = (cell(), cell(), cell());
            Sentence { text, command, args: serde_json::from_str(args).expect("arguments are JSON") }
        })
        .collect()
}

/// Returns how many have the right command, how many the right arguments too, and the failures.
fn measure(sentences: &[Sentence], context: &Context) -> (usize, usize, Vec<String>) {
    let (mut right, mut exact, mut failures) = (0, 0, Vec::new());
    for sentence in sentences {
        let reading = understand(sentence.text, context);
        let found: BTreeMap<String, String> =
            reading.best.args.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect();
        let command = reading.best.command.name() == sentence.command;
        right += usize::from(command);
        if command && found == sentence.args {
            exact += 1;
            continue;
        }
        let why = super::rank::explain(sentence.text, context);
        failures.push(format!(
            "{}\n  expected {} {:?}\n  found    {} {:?} ({})\n  {:?}",
            sentence.text, sentence.command, sentence.args, reading.best.command, found, reading.best.p, why
        ));
    }
    (right, exact, failures)
}

#[test]
fn no_text_breaks_it_and_long_ones_end() {
    let mut texts: Vec<String> = [
        "",
        " ",
        "\u{0}\u{7}",
        "🦀🦀🦀",
        "👩‍🔧",
        "，。！",
        "/",
        "//",
        "/find",
        "@",
        "#",
        "$",
        "把",
        "给",
        "的",
        "' or 1=1 --",
        "{{7*7}}",
        "\u{202e}abc",
        "é",
        "ﬁnd ｆｉｎｄ",
        "9999999999999999999999",
        "99999999999 days",
        "提醒我99999999999天后",
        "12/34/56",
        "T99999999999999999999",
    ]
    .map(str::to_owned)
    .to_vec();
    for piece in
        ["a ", "给", "friday ", "把王芳", "12k ", "@x ", "\"", "🦀", "T88 ", "no way ", "\u{0}", "move a to "]
    {
        texts.push(piece.repeat(10_000 / piece.len()));
        texts.push(piece.repeat(1_000_000 / piece.len()));
    }
    for text in &texts {
        let reading = understand(text, &context());
        assert!((0.0..=1.0).contains(&reading.best.p), "{:.40}", text);
        assert!(reading.alternatives.len() <= 2);
        assert!(serde_json::to_string(&reading).is_ok());
    }
}

#[test]
fn pieces_of_sentences_in_any_order_break_nothing() {
    let pieces = [
        "remind",
        "me",
        "friday",
        "10",
        "k",
        "把",
        "给",
        "王芳",
        "推进到",
        "谈判",
        "，",
        ":",
        "@leo",
        "T88",
        "+49",
        "171",
        "1234567",
        "下",
        "周",
        "三",
        "半",
        "点",
        "月底",
        "€",
        "won",
        "'s",
        "(",
        "\"",
        "since",
        "May",
        "in",
        "2",
        "hours",
        "/",
        "\u{202e}",
        "é",
        "👩‍🔧",
        "today",
        "the",
        "20",
        "th",
    ];
    let mut seed = 7_u64;
    for _ in 0..2_000 {
        let mut text = String::new();
        for _ in 0..7 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text.push_str(pieces[(seed >> 33) as usize % pieces.len()]);
            text.push_str([" ", ""][(seed >> 60) as usize & 1]);
        }
        let _ = understand(&text, &context());
    }
}

#[test]
fn what_is_no_command_is_only_guessed_at() {
    let texts = [
        "hello",
        "banana banana banana",
        "the weather is nice today",
        "lol",
        "what is the capital of france",
        "i love pizza",
        "asdf qwer",
        "今天天气很好",
        "哈哈哈",
        "你吃了吗",
        "讲个笑话",
        "我好累啊",
        "good morning everyone",
        "42",
        "wow",
        "see you later",
        "法国首都是哪里",
        "ok",
        "thanks a lot",
        "谢谢",
    ];
    let sure: Vec<&str> = texts.into_iter().filter(|t| understand(t, &context()).best.p >= 0.6).collect();
    assert!(sure.len() <= 1, "{sure:?}");
    let lines = sentences();
    let sure = lines.iter().filter(|s| understand(s.text, &context()).best.p >= 0.6).count();
    assert!(sure * 10 >= lines.len() * 8, "{sure} of {}", lines.len());
}

#[test]
fn what_no_pattern_knows_is_guessed_with_what_stands_out() {
    for (text, json) in [
        ("gimme the short version on Whitlock before i walk in", r#""summary","args":{"who":"Whitlock"}"#),
        ("best move on Kline?", r#""next","args":{"who":"Kline"}"#),
        ("30 sec brief on D6", r#""summary","args":{"id":"D6"}"#),
        (
            "could somebody from support look at T27, maybe Dieter",
            r#""assign","args":{"id":"T27","owner":"Dieter"}"#,
        ),
        (
            "C29 - allergic to phone calls, email only",
            r#""note","args":{"id":"C29","text":"allergic to phone calls, email only"}"#,
        ),
        ("rang Theo twice, no answer", r#""log","args":{"text":"no answer","who":"Theo"}"#),
        ("Anna", r#""show","args":{"who":"Anna"}"#),
        ("Anna Berg", r#""show","args":{"who":"Anna Berg"}"#),
        ("王芳", r#""show","args":{"who":"王芳"}"#),
        ("nope scrap what i just did", r#""undo","args":{}"#),
        ("D4一句话讲讲", r#""summary","args":{"id":"D4"}"#),
    ] {
        let found = serde_json::to_string(&understand(text, &context())).expect("a reading is JSON");
        assert!(found.starts_with(&format!(r#"{{"command":{json}"#)), "{text}\n  found    {found}");
    }
    // Which record it is says nothing of what is meant.
    let p = |id: &str| {
        understand(&format!("what to do with {id}, been sitting there forever"), &context()).best.p
    };
    assert_eq!(p("D6"), p("D60123"));
}

#[test]
fn the_same_grammar_works_behind_a_slash() {
    for (text, json) in [
        ("/find leaking seal", r#"{"command":"find","args":{"query":"leaking seal"}"#),
        ("/fnd leaking seal", r#"{"command":"find","args":{"query":"leaking seal"}"#),
        (
            "/task@rapport_bot call Anna friday 10",
            r#"{"command":"task","args":{"due":"2026-03-13T10:00","text":"call Anna","who":"Anna"}"#,
        ),
        ("/阶段 D31 谈判", r#"{"command":"stage","args":{"id":"D31","stage":"negotiation"}"#),
        ("/note C12 prefers calls", r#"{"command":"note","args":{"id":"C12","text":"prefers calls"}"#),
        ("/show Novak Café", r#"{"command":"show","args":{"who":"Novak Café"}"#),
        ("/stage Novak Café won", r#"{"command":"stage","args":{"stage":"won","who":"Novak Café"}"#),
        ("/assign T88 @leo", r#"{"command":"assign","args":{"id":"T88","owner":"leo"}"#),
        ("/tag C12 vip", r#"{"command":"tag","args":{"id":"C12","tag":"vip"}"#),
        (
            "/edit C12 phone=+49 171 1234567",
            r#"{"command":"edit","args":{"field":"phone","id":"C12","value":"+49 171 1234567"}"#,
        ),
        (
            "/new lead Jan Novak jan@novak.cz",
            r#"{"command":"new","args":{"field":"email","value":"jan@novak.cz","who":"Jan Novak"}"#,
        ),
        ("/deal Novak 12000", r#"{"command":"deal","args":{"amount":"12000","who":"Novak"}"#),
        ("/snooze T88 monday", r#"{"command":"snooze","args":{"due":"2026-03-16","id":"T88"}"#),
        ("/pipeline", r#"{"command":"pipeline","args":{}"#),
        ("/undo", r#"{"command":"undo","args":{}"#),
        ("/tz Asia/Shanghai", r#"{"command":"tz","args":{"value":"Asia/Shanghai"}"#),
        ("/lang zh", r#"{"command":"lang","args":{"value":"zh"}"#),
        ("/dnd until 9", r#"{"command":"dnd","args":{"due":"2026-03-12T09:00"}"#),
        ("/close T88 new seal", r#"{"command":"close","args":{"id":"T88","text":"new seal"}"#),
        ("/reply T88 it ships monday", r#"{"command":"reply","args":{"id":"T88","text":"it ships monday"}"#),
        (
            "/log called Anna, wants a quote",
            r#"{"command":"log","args":{"text":"wants a quote","who":"Anna"}"#,
        ),
        ("/ticket new pump leaks", r#"{"command":"ticket","args":{"text":"pump leaks"}"#),
        ("/合并 C1 C2", r#"{"command":"merge","args":{"id":"C1","value":"C2"}"#),
    ] {
        let found = serde_json::to_string(&understand(text, &context())).expect("a reading is JSON");
        assert!(found.starts_with(json), "{text}\n  expected {json}\n  found    {found}");
    }
}

#[test]
fn the_sentences_of_reps_are_understood() {
    let sentences = sentences();
    let (right, exact, failures) = measure(&sentences, &context());
    let n = sentences.len();
    let share = |part: usize| part as f64 / n as f64;
    println!("{}\n{right} and {exact} of {n}: {:.3} {:.3}", failures.join("\n"), share(right), share(exact));
    assert!(n >= 320, "{n} sentences");
    assert!(share(right) >= 0.95, "command {:.3}", share(right));
    assert!(share(exact) >= 0.85, "arguments {:.3}", share(exact));
}

#[test]
fn what_strangers_type_is_understood() {
    let context = Context {
        now: Timestamp::parse("2026-11-30T09:00:00Z").expect("it is a time"),
        zone: Tz::UTC,
        region: "",
        currency: "",
    };
    let of_language = |han: bool| {
        let all = read(include_str!("../../data/rep/strangers.tsv")).into_iter();
        let is_han = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        all.filter(|sentence| is_han(sentence.text) == han).collect::<Vec<_>>()
    };
    for (language, han, floor) in [("English", false, 0.85), ("Chinese", true, 0.75)] {
        let sentences = of_language(han);
        let (right, exact, failures) = measure(&sentences, &context);
        let share = |part: usize| part as f64 / sentences.len() as f64;
        println!(
            "{}\n{language}: {:.3} and {:.3} of {}",
            failures.join("\n"),
            share(right),
            share(exact),
            sentences.len()
        );
        assert!(share(right) >= 0.95, "{language}: command {:.3}", share(right));
        assert!(share(exact) >= floor, "{language}: arguments {:.3}", share(exact));
    }
}
