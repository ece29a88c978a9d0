use super::*;
use crate::table::{ReadOptions, cells};

fn cleaned(text: &str, gaps: Gaps) -> (Vec<String>, Plan) {
    let (rows, plan) = clean(&cells(text.as_bytes(), &ReadOptions::default()).unwrap(), gaps).unwrap();
    (rows.into_iter().map(|row| row.join("|")).collect(), plan)
}

#[test]
fn numbers_dates_and_names_are_written_one_way() {
    let (rows, plan) = cleaned(
        "amount;day;city\n\"1.234,50 €\";31.12.2025;  Berlin \n7,5;1.1.2026;berlin\n(3);2026-01-02;Berlin\n1 200;;New   York\n",
        Gaps::Keep,
    );
    assert_eq!(
        rows,
        ["1234.5|2025-12-31|Berlin", "7.5|2026-01-01|Berlin", "-3|2026-01-02|Berlin", "1200||New York"]
    );
    let kinds: Vec<Kind> = plan.columns.iter().map(|c| c.kind).collect();
    assert_eq!(kinds, [Kind::Numbers, Kind::Dates, Kind::Texts]);
    let rewritten: Vec<usize> = plan.columns.iter().map(|c| c.n_rewritten).collect();
    assert_eq!(rewritten, [4, 2, 3]);
}

#[test]
fn rows_that_say_the_same_stay_once() {
    let (rows, plan) = cleaned("a,b\n1,x\n1.0, X\n1,x\n2,x\n", Gaps::Keep);
    assert_eq!(rows, ["1|x", "2|x"]);
    assert_eq!(plan.n_duplicates, 2);
}

#[test]
fn gaps_are_filled_as_asked() {
    let text = "n,c\n1,a\n2,a\n,b\n9,\nNA,a\n";
    for (gaps, expected) in [
        (Gaps::Keep, ["1|a", "2|a", "|b", "9|", "|a"].as_slice()),
        (Gaps::Drop, &["1|a", "2|a"]),
        (Gaps::Mean, &["1|a", "2|a", "4|b", "9|a", "4|a"]),
        (Gaps::Median, &["1|a", "2|a", "2|b", "9|a", "2|a"]),
        (Gaps::Mode, &["1|a", "2|a", "1|b", "9|a", "1|a"]),
    ] {
        assert_eq!(cleaned(text, gaps).0, expected, "{gaps:?}");
    }
}

#[test]
fn neighbours_fill_what_rows_like_it_have() {
    let low: String = (0..8).map(|i| format!("{i},10,cheap\n")).collect();
    let high: String = (0..8).map(|i| format!("{},90,dear\n", 100 + i)).collect();
    let (rows, plan) = cleaned(&format!("x,price,class\n{low}{high}103.5,,\n3.5,,\n"), Gaps::Neighbours);
    assert_eq!(rows[16..], ["103.5|90|dear", "3.5|10|cheap"]);
    assert_eq!(plan.columns.iter().map(|c| c.n_filled).collect::<Vec<_>>(), [0, 2, 2]);
}

#[test]
fn what_is_unreadable_or_far_off_is_told() {
    let many: String = (0..40).map(|i| format!("{i}\n")).collect();
    let (rows, plan) = cleaned(&format!("x\n{many}soon\n1e9\n"), Gaps::Keep);
    assert_eq!(rows.len(), 42);
    assert_eq!((plan.columns[0].n_unreadable, plan.columns[0].n_far), (1, 1));
}

#[test]
fn an_empty_column_drops_no_rows() {
    let (rows, plan) = cleaned("a,b\n1,\n2,\n", Gaps::Drop);
    assert_eq!(rows, ["1|", "2|"]);
    assert_eq!((plan.columns[1].kind, plan.n_dropped), (Kind::Empty, 0));
}

#[test]
fn cleaning_twice_changes_nothing_more() {
    let text = "amount;day;city\n1.234,50;31.12.2025;  Berlin \n7,5;1.1.2026;berlin\n;;\n";
    let (rows, _) = cleaned(text, Gaps::Median);
    let again =
        "amount;day;city\n".to_owned() + &rows.iter().map(|r| r.replace('|', ";") + "\n").collect::<String>();
    let (rows_again, plan) = cleaned(&again, Gaps::Median);
    assert_eq!(rows_again, rows);
    assert!(plan.columns.iter().all(|c| c.n_rewritten == 0 && c.n_unreadable == 0), "{plan:?}");
}
