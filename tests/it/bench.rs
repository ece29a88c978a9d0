//! The benches run, small, and nothing gets lost in them.

use crate::support::Program;

fn bench(args: &[&str]) -> serde_json::Value {
    let dir = tempfile::tempdir().unwrap();
    let mut all = vec!["--json", "bench"];
    all.extend(args);
    all.extend(["--dir", dir.path().to_str().unwrap()]);
    let report = Program::on(dir.path()).json(&all);
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "a bench leaves nothing behind");
    report
}

fn has(report: &serde_json::Value, keys: &[&str]) {
    for key in keys {
        assert!(!report[key].is_null(), "{key}: {report}");
    }
}

#[test]
fn the_bench_of_ingestion_loses_no_mail() {
    let report = bench(&["ingest", "--messages", "1000", "--rounds", "1"]);
    has(&report, &["engine", "messages", "together_to_one_by_one"]);
    let loads = report["loads"].as_array().unwrap();
    assert_eq!(loads.len(), 3);
    for load in loads {
        has(load, &["load", "mails_per_commit", "store", "raw", "ratio", "cpu_ratio"]);
        assert_eq!(load["lost"], 0, "{load}");
    }
}

#[test]
fn the_bench_of_timers_wakes_each_due_one_once() {
    let report = bench(&["jobs", "--pending", "2000", "--due", "500", "--rounds", "1"]);
    has(&report, &["engine", "pending", "due", "store", "raw", "ratio", "cpu_ratio"]);
    assert_eq!((&report["twice"], &report["lost"]), (&0.into(), &0.into()), "{report}");
}

#[test]
fn the_bench_of_mail_acknowledges_and_understands_each() {
    let report = bench(&["mail", "--rounds", "5", "--messages", "300"]);
    has(&report, &["rounds", "seconds_p50", "seconds_p95", "messages", "understood"]);
    assert!(report["understood"]["per_cpu_second"].as_f64().unwrap() > 0.0, "{report}");
    assert!(report["seconds_p50"].as_f64() <= report["seconds_p95"].as_f64(), "{report}");
    assert_eq!(report["lost"], 0, "{report}");
}

#[test]
fn the_bench_of_search_counts_as_plain_tantivy_does() {
    let report = bench(&["search", "--messages", "1000", "--queries", "5"]);
    assert_eq!(report["differences"], 0, "{report}");
    let sorts = report["sorts"].as_array().unwrap();
    assert_eq!(sorts.len(), 5);
    for sort in sorts {
        has(sort, &["sort", "ours", "raw", "ratio", "index", "raw_index", "index_ratio", "fts5"]);
    }
}

#[test]
fn the_bench_of_understanding_reads_all_texts() {
    let dir = tempfile::tempdir().unwrap();
    let texts = dir.path().join("texts");
    std::fs::write(&texts, "Where is my order?\tneutral\nThe pump leaks.\n".repeat(20)).unwrap();
    let args =
        ["--json", "bench", "understand", texts.to_str().unwrap(), "--bert-texts", "8", "--rounds", "1"];
    let report = Program::on(dir.path()).json(&args);
    assert_eq!(report["texts"], 40);
    assert!(report["linear"]["per_cpu_second"].as_f64().unwrap() > 0.0, "{report}");
    if let Some(bert) = report["bert"].as_object() {
        assert_eq!(bert["texts"], 8);
        assert!(bert["ratio"].as_f64().unwrap() > 0.0, "{report}");
    }
}
