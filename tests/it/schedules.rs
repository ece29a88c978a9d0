//! When schedules run, as the command line tells it.

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::Program;

#[test]
fn a_time_that_the_clocks_skip_runs_after_the_gap() {
    let dir = TempDir::new().unwrap();
    let program = Program::on(dir.path());
    let asked = [
        "schedule",
        "next",
        "30 2 * * *",
        "--tz",
        "America/New_York",
        "--from",
        "2027-03-13T00:00:00Z",
        "-n",
        "3",
    ];
    let output = program.run(&asked);
    assert!(output.status.success());
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "2027-03-13T07:30:00Z  Sat 13 Mar 2027 02:30:00 -05:00\n\
         2027-03-14T07:00:00Z  Sun 14 Mar 2027 03:00:00 -04:00\n\
         2027-03-15T06:30:00Z  Mon 15 Mar 2027 02:30:00 -04:00\n"
    );
    let told = program.json(&[&["--json"], &asked[..]].concat());
    assert_eq!(
        told["runs"][1],
        json!({ "utc": "2027-03-14T07:00:00Z", "local": "2027-03-14T03:00:00-04:00" })
    );
    assert_eq!(told["runs"].as_array().map(Vec::len), Some(3));
}

#[test]
fn what_is_no_schedule_is_said() {
    let dir = TempDir::new().unwrap();
    let program = Program::on(dir.path());
    for (asked, says) in [
        (&["schedule", "next", "30 2 31 2 *"][..], "day of month `31` never comes in month `2`"),
        (&["schedule", "next", "61 * * * *"], "minute `61` is not understood"),
        (&["schedule", "next", "* *"], "has 2 fields; write five"),
        (&["schedule", "next", "@daily", "--tz", "Mars/Base"], "there is no such zone"),
        (&["schedule", "next", "@daily", "--from", "soon"], "is no time"),
        (&["schedule", "next", "@daily", "-n", "0"], "0 is not in 1..=10000"),
    ] {
        let output = program.run(asked);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(says), "{asked:?}: {said}");
    }
    let output = program.run(&["--json", "schedule", "next", "0 0 1 1 *", "--from", "2099-06-01", "-n", "9"]);
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(told["runs"].as_array().is_some_and(|runs| runs.len() < 9), "{told}");
}
