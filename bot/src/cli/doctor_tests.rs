use std::path::Path;

use rapport_prompts::LANGUAGES;
use rapport_storage::integrity::Dangling;

use super::*;
use crate::config::EngineChoice;

fn well() -> Found {
    let queue = |name: &str| QueueHealth { queue: name.into(), ..QueueHealth::default() };
    let channel = |name: &str| OutboxHealth { channel: name.into(), ..OutboxHealth::default() };
    Found {
        health: Health {
            engine: "sqlite",
            engine_version: "3.50.2".into(),
            schema_version: 1,
            schema_version_known: 1,
            quarantined: 0,
            jobs: vec![queue("timed"), queue("understand")],
            job_attempts: Vec::new(),
            outbox: vec![channel("console"), channel("email")],
            index_lag: 0,
            readings: Vec::new(),
        },
        integrity: Integrity::default(),
        n_removed: None,
        key: Key { place: "keys/master.key".into(), mode: Some(0o600) },
        disk: Some(Disk { free: 50 << 30, total: 100 << 30 }),
        reads: Reads::tried(EngineChoice::Linear, Path::new("")),
        mailboxes: Vec::new(),
        http: HttpConfig {
            listen: Some(([127, 0, 0, 1], 8080).into()),
            public_url: Some("https://crm.example.com".into()),
            ..HttpConfig::default()
        },
        llm: None,
        gone: Vec::new(),
        backups: Backups::default(),
        now: Timestamp::from_secs(1_000_000),
    }
}

/// Returns the verdict and advice on what `change` makes of a store that is well.
/// A language model that drafts, with a further line of its section.
fn llm(line: &str) -> LlmConfig {
    toml::from_str(&format!("url = 'https://api.example.com/v1'\nmodel = 'm'\n{line}")).unwrap()
}

fn judge(change: impl FnOnce(&mut Found)) -> (Verdict, Vec<String>) {
    let mut found = well();
    change(&mut found);
    let prompts = Prompts::new();
    let checks = diagnose(&found, &Said { prompts: &prompts, language: Language::En });
    let backup = prompts.doctor_backup(Language::En);
    let all: Vec<Check> = checks.into_iter().filter(|check| check.what != backup).collect();
    let worst = all.iter().map(|check| check.verdict).max().unwrap();
    (worst, all.into_iter().filter_map(|check| check.advice).collect())
}

#[test]
fn a_store_that_is_well_needs_no_advice() {
    assert_eq!(judge(|_| {}), (Verdict::Fine, Vec::new()));
}

#[test]
fn each_trouble_has_its_verdict_and_says_what_to_do() {
    type Change = fn(&mut Found);
    let troubles: [(Change, Verdict, &str); 22] = [
        (
            |f| f.reads.idle_weights = Some("linear.bin is of version 1".into()),
            Verdict::Look,
            "nlp train --from-store",
        ),
        (|f| f.health.schema_version = 2, Verdict::Broken, "newer program"),
        (|f| f.health.schema_version = 0, Verdict::Look, "Start the service"),
        (|f| f.key.mode = Some(0o640), Verdict::Broken, "chmod 600 keys/master.key"),
        (|f| f.integrity.damage = vec!["row 1 missing".into()], Verdict::Broken, "backup"),
        (
            |f| f.integrity.dangling = vec![Dangling { what: "messages_without_raw", n: 2 }],
            Verdict::Broken,
            "backup",
        ),
        (
            |f| (f.integrity.blobs_missing, f.integrity.blobs_missing_names) = (1, vec!["ab".into()]),
            Verdict::Broken,
            "backup",
        ),
        (|f| f.integrity.blobs_orphaned = 3, Verdict::Look, "--fix"),
        (|f| f.gone = vec!["crm".into()], Verdict::Look, "rapport webhook enable crm"),
        (|f| f.llm = Some((llm("a_day = 3"), 3)), Verdict::Look, "a_day"),
        (
            |f| (f.health.jobs[1].due, f.health.jobs[1].oldest_due_age_seconds) = (9, 300.0),
            Verdict::Look,
            "rapport run",
        ),
        (
            |f| (f.health.jobs[0].claimed, f.health.jobs[0].lease_expired) = (1, 1),
            Verdict::Look,
            "rapport run",
        ),
        (|f| f.health.jobs[0].dead = 1, Verdict::Look, "rapport jobs list"),
        (|f| f.health.outbox[1].unknown = 1, Verdict::Look, "rapport outbox list"),
        (|f| f.health.outbox[0].failed = 1, Verdict::Look, "rapport outbox list"),
        (
            |f| (f.health.outbox[1].pending, f.health.outbox[1].oldest_pending_age_seconds) = (1, 3600.0),
            Verdict::Look,
            "rapport run",
        ),
        (
            |f| (f.health.outbox[0].pending, f.health.outbox[0].oldest_pending_age_seconds) = (1, 3600.0),
            Verdict::Fine,
            "rapport chat",
        ),
        (|f| f.http.public_url = None, Verdict::Look, "http.public_url"),
        (|f| f.http = HttpConfig::default(), Verdict::Look, "http.listen"),
        (|f| f.health.index_lag = 5_000, Verdict::Look, "rapport reindex"),
        (|f| f.disk = Some(Disk { free: 900 << 20, total: 10 << 30 }), Verdict::Look, "Free some room"),
        (|f| f.disk = Some(Disk { free: 1 << 20, total: 10 << 30 }), Verdict::Broken, "Free some room"),
    ];
    for (i, (change, verdict, advice)) in troubles.into_iter().enumerate() {
        let (judged, said) = judge(change);
        assert_eq!(judged, verdict, "{i}: {advice}");
        assert!(said.iter().any(|line| line.contains(advice)), "{i}: {advice}: {said:?}");
    }
    let big = Some(Disk { free: 40 << 30, total: 1 << 40 });
    assert_eq!(judge(|f| f.disk = big).0, Verdict::Look, "under a twentieth");
    assert_eq!(judge(|f| f.disk = None).0, Verdict::Look, "not known");
    assert_eq!(judge(|f| f.n_removed = Some(2)).0, Verdict::Fine, "removed");
}

#[test]
fn both_languages_say_all_of_it() {
    let prompts = Prompts::new();
    let mut found = well();
    found.health.jobs[0].due = 1200;
    found.health.jobs[0].oldest_due_age_seconds = 7200.0;
    let [english, chinese] = LANGUAGES.map(|language| {
        let checks = diagnose(&found, &Said { prompts: &prompts, language });
        checks.into_iter().find(|check| check.what.contains("timed")).map(|check| check.figure).unwrap()
    });
    assert_eq!(english, "1,200 due (the oldest for 2 hours), 0 later, 0 being done, 0 given up");
    assert_eq!(chinese, "到期 1,200（最久 2 小时），未到期 0，处理中 0，已放弃 0");
}
