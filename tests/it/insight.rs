//! `rapport insight` on tables of any kind: the form of its answers, and what it says of tables that it
//! cannot use.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use crate::support::Program;

struct Table {
    dir: TempDir,
    file: PathBuf,
}

impl Table {
    fn of(text: &str) -> Self {
        let dir = TempDir::new().unwrap();
        let file = dir.path().join("table.csv");
        fs::write(&file, text).unwrap();
        Self { dir, file }
    }

    /// Runs a command on the table; returns what it printed, and what it said beside and whether it failed.
    fn run(&self, command: &str, args: &[&str]) -> Result<String, String> {
        let file = self.file.to_string_lossy();
        let mut all = vec!["insight", command, &file];
        all.extend(args);
        let output = Program::on(&self.dir.path().join("data")).run(&all);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    }
}

/// Customers of two kinds in even parts, with a stranger in row 41.
fn customers() -> Table {
    let row = |i: usize| match i {
        40 => "500,700,basic,yes\n".to_owned(),
        i if i.is_multiple_of(2) => format!("{},{},basic,no\n", 10 + i % 7, 20 + i % 5),
        i => format!("{},{},pro,yes\n", 60 + i % 7, 80 + i % 5),
    };
    Table::of(&("orders,visits,plan,left\n".to_owned() + &(0..100).map(row).collect::<String>()))
}

#[test]
fn every_row_gets_a_score_in_the_order_of_the_table() {
    for method in ["iforest", "lof", "ocsvm", "ecod"] {
        let printed = customers().run("outliers", &["--method", method, "--csv"]).unwrap();
        let mut lines = printed.lines();
        assert_eq!(lines.next(), Some("row,score"));
        let scores: Vec<f64> = lines.map(|l| l.split_once(',').unwrap().1.parse().unwrap()).collect();
        assert_eq!(scores.len(), 100);
        assert!(scores.iter().enumerate().all(|(i, s)| i == 40 || *s < scores[40]), "{method}: {scores:?}");
    }
}

#[test]
fn answers_are_json_where_it_is_asked_for() {
    let printed = customers().run("outliers", &["--json"]).unwrap();
    let row: serde_json::Value = serde_json::from_str(printed.lines().nth(40).unwrap()).unwrap();
    assert_eq!(row["row"], 41);
    assert_eq!(row["why"].as_array().unwrap().len(), 2);
    let printed = customers().run("cluster", &["--json", "--ignore", "left"]).unwrap();
    let found: serde_json::Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(found["rows"].as_array().unwrap().len(), 100);
}

#[test]
fn classes_are_told_for_another_table() {
    let table = customers();
    let file = table.file.to_string_lossy().into_owned();
    for method in ["logistic", "tree", "forest", "svm"] {
        let args = [
            "insight", "classify", "--train", &file, "--test", &file, "--target", "left", "--method", method,
        ];
        let program = Program::on(&table.dir.path().join("data"));
        let found = program.json(&[&args[..], &["--json"]].concat());
        assert!(found["auroc"].as_f64().unwrap() > 0.97, "{method}: {}", found["auroc"]);
        assert_eq!(found["positive"], "yes");
        let rows = found["rows"].as_array().unwrap();
        assert_eq!(rows.len(), 100);
        assert!(rows[1]["probability"].as_f64().unwrap() > 0.8, "{method}: {}", rows[1]);
    }
}

#[test]
fn a_series_is_judged_and_forecast() {
    let row = |i: usize| {
        let value = if i == 150 { 900 } else { 100 + i % 7 * 10 };
        format!("2026-{:02}-{:02} 00:00:00,{value}\n", 1 + i / 28, 1 + i % 28)
    };
    let table = Table::of(&("timestamp,value\n".to_owned() + &(0..200).map(row).collect::<String>()));
    let printed = table.run("series", &["--csv"]).unwrap();
    let scores: Vec<f64> =
        printed.lines().skip(1).map(|l| l.rsplit_once(',').unwrap().1.parse().unwrap()).collect();
    assert_eq!(scores.len(), 200);
    assert!(scores.iter().enumerate().all(|(i, s)| i == 150 || *s < scores[150]));
    let printed = table.run("forecast", &["--horizon", "5", "--csv"]).unwrap();
    assert_eq!(printed.lines().count(), 6);
}

#[test]
fn a_table_is_put_in_order_once_it_is_wanted() {
    let table = Table::of("amount;city\n1.200,50;Berlin\n1200,5; berlin\n;Bonn\n");
    let out = table.dir.path().join("clean.csv");
    let plan = table.run("clean", &["--gaps", "median"]).unwrap();
    assert!(plan.contains("3 rows: 1 twice") && plan.contains("nothing was changed"), "{plan}");
    assert!(!out.exists());
    table.run("clean", &["--gaps", "median", "--out", &out.to_string_lossy()]).unwrap();
    assert_eq!(fs::read_to_string(out).unwrap(), "amount,city\n1200.5,Berlin\n1200.5,Bonn\n");
}

#[test]
fn a_table_that_is_of_no_use_is_refused_with_the_reason() {
    for (text, command, args, expected) in [
        ("", "outliers", &[][..], "the table is empty"),
        ("a,b\n", "cluster", &[], "the table is empty"),
        ("a,b\n1,2\n", "outliers", &[], "at least 2 rows"),
        ("a\n5\n5\n", "outliers", &[], "it is constant"),
        ("a,b\n1,2\n3\n", "describe", &[], "line 3: 1 cells, and the header has 2"),
        ("a,b\n1,2\n3,4\n", "outliers", &["--ignore", "c"], "there is no column \"c\"; there are: a, b"),
        ("a,b\n1,2\n3,4\n", "outliers", &["--nu", "2"], "nu is 2"),
        ("a,b\n1,2\n3,4\n", "series", &[], "no column holds times"),
        ("a,b\n1,2\n3,4\n", "compare", &["--by", "c"], "there is no column \"c\""),
        ("timestamp,value\n2026-01-01,1\n", "forecast", &[], "at least 8 rows"),
    ] {
        let said = Table::of(text).run(command, args).unwrap_err();
        assert!(
            said.contains(expected) && !said.contains("panicked"),
            "{command} {args:?} on {text:?}: {said}"
        );
    }
}
