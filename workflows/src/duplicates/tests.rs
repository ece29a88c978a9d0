//! What the finder says of tables that a person can check, and of tables that nobody should have.

use super::eval::{Truth, evaluate};
use super::{Agreement, Entry, Kind, Pair, Verdict, csv, find, header};

fn entries(table: &str) -> Vec<Entry> {
    header::entries(&csv::parse(table).unwrap())
}

/// Says who is the same as whom: `1=2` beyond doubt, `1?2` perhaps.
fn said(entries: &[Entry]) -> String {
    let mut said: Vec<String> = find(entries).pairs.iter().map(say).collect();
    said.sort();
    said.join(" ")
}

fn say(pair: &Pair) -> String {
    let sign = match pair.verdict {
        Verdict::Same => '=',
        Verdict::Ask => '?',
        Verdict::Different => '/',
    };
    format!("{}{sign}{}", pair.a, pair.b)
}

#[test]
fn a_handful_of_customers_is_enough() {
    let cases = [
        (
            "the same address, and a slip in the name",
            "id,name,email,phone\n\
             1,Jan Novak,jan.novak@example.org,+420 777 123 456\n\
             2,Jan Nowak,Jan.Novak+crm@example.org,\n\
             3,Eva Svobodova,eva@example.org,+420 777 999 111\n\
             4,Petr Dvorak,petr.dvorak@example.com,\n",
            "1=2",
        ),
        (
            "names in another order, the same phone",
            "id,first name,last name,phone\n\
             1,Mary,Holman,030 1234567\n\
             2,Holman,Mary,+49 30 1234567\n\
             3,Tom,Berg,030 7654321\n",
            "1=2",
        ),
        (
            "only a common first name",
            "id,name,city\n1,Jan Novak,Praha\n2,Jan Dvorak,Brno\n3,Jan Svoboda,Praha\n",
            "",
        ),
        (
            "Chinese names and companies",
            "编号,姓名,公司,电话,邮箱\n\
             甲,王小明,深圳市远大科技有限公司,13800138000,\n\
             乙,王小明先生,深圳市遠大科技股份有限公司,138-0013-8000,wxm@163.com\n\
             丙,李静,北京食品公司,13911112222,lj@163.com\n\
             丁,王芳,上海电子有限公司,13700001111,\n",
            "甲=乙",
        ),
        (
            "companies",
            "id,company,website,city\n\
             1,Acme Tools GmbH,https://www.acme-tools.example/,Berlin\n\
             2,\"ACME TOOLS, Inc.\",acme-tools.example,Berlin\n\
             3,Bolt Foods Ltd,boltfoods.example,Berlin\n\
             4,Crane Media s.r.o.,crane.example,Praha\n",
            "1=2",
        ),
        (
            "a family",
            "id,name,street,city,postcode,phone\n\
             1,Jan Novak,Dlouha 12,Praha,11000,777123456\n\
             2,Eva Novak,Dlouha 12,Praha,11000,777123456\n\
             3,Petr Svoboda,Kratka 3,Brno,60200,777000111\n",
            "",
        ),
        (
            "colleagues",
            "id,name,company,website,phone\n\
             1,Jan Novak,Acme Ltd,acme.example,777123456\n\
             2,Eva Dvorak,Acme Ltd,acme.example,777123456\n\
             3,Petr Svoboda,Bolt Ltd,bolt.example,777000111\n",
            "",
        ),
    ];
    for (case, table, expected) in cases {
        assert_eq!(said(&entries(table)), expected, "{case}: {:#?}", find(&entries(table)).pairs);
    }
}

#[test]
fn a_pair_comes_with_its_reasons() {
    let table = entries(
        "id,given name,surname,phone,postcode\n\
         1,Jan,Novak,+420 777 123 456,11000\n\
         2,jan,Nowak,777123456,60200\n\
         3,Eva,Svobodova,777999111,60200\n",
    );
    let [pair] = find(&table).pairs.try_into().unwrap();
    assert!((0.9..=1.0).contains(&pair.p), "{}", pair.p);
    let words: Vec<String> = pair
        .reasons
        .iter()
        .map(|r| format!("{} {}: {} / {}", r.kind.name(), r.agreement.name(), r.a, r.b))
        .collect();
    assert_eq!(words[0], "phone same: +420 777 123 456 / 777123456", "the weightiest leads");
    for expected in
        ["given name same: Jan / jan", "surname similar: Novak / Nowak", "postcode differs: 11000 / 60200"]
    {
        assert!(words.iter().any(|w| w == expected), "{expected} in {words:?}");
    }
    for reason in &pair.reasons {
        assert_eq!(reason.bits < 0.0, reason.agreement == Agreement::Differs, "{reason:?}");
    }
}

#[test]
fn two_verified_addresses_or_phones_are_never_the_same_without_asking() {
    let person = |id: &str| {
        let entry = Entry::new(id).with(Kind::Name, "Bartholomew Quigley").with(Kind::Birth, "1954-05-15");
        entry.with(Kind::Identifier, "AB 123456").with(Kind::City, "Linz")
    };
    let cases = [
        (
            person("1").with_verified(Kind::Email, "bq@example.org"),
            person("2").with_verified(Kind::Email, "b@acme.example"),
            "1?2",
        ),
        (
            person("1").with_verified(Kind::Phone, "777123456"),
            person("2").with_verified(Kind::Phone, "601222333"),
            "1?2",
        ),
        (
            person("1").with_verified(Kind::Email, "bq@example.org"),
            person("2").with(Kind::Email, "b@acme.example"),
            "1=2",
        ),
        (
            person("1").with_verified(Kind::Email, "bq@example.org"),
            person("2").with_verified(Kind::Phone, "601222333"),
            "1=2",
        ),
        (
            person("1").with_verified(Kind::Email, "bq@gmail.com"),
            person("2").with_verified(Kind::Email, "b.q+x@googlemail.com"),
            "1=2",
        ),
        (
            person("1")
                .with_verified(Kind::Email, "bq@example.org")
                .with_verified(Kind::Email, "b@acme.example"),
            person("2").with_verified(Kind::Email, "b@acme.example"),
            "1=2",
        ),
    ];
    for (one, other, expected) in cases {
        let table = [one, other, Entry::new("3").with(Kind::Name, "Eva Holm")];
        assert_eq!(said(&table), expected, "{table:?}");
    }
}

#[test]
fn tables_without_anything_to_compare_have_no_pairs() {
    let blank = |id: usize| Entry::new(id.to_string()).with(Kind::Name, "").with(Kind::Email, " \u{0}");
    let one_name = |id: usize| Entry::new(id.to_string()).with(Kind::State, "nsw");
    let cases: [(&str, Vec<Entry>); 5] = [
        ("no entry", vec![]),
        ("one entry", vec![Entry::new("1").with(Kind::Name, "Jan Novak")]),
        ("entries without fields", vec![Entry::new("1"), Entry::new("2")]),
        ("entries of blanks", (0..200).map(blank).collect()),
        ("nothing but a state", (0..200).map(one_name).collect()),
    ];
    for (case, table) in cases {
        assert_eq!(find(&table).pairs, [], "{case}");
    }
}

#[test]
fn thousands_of_identical_rows_become_a_chain() {
    let row = |i: usize| {
        let entry =
            Entry::new(format!("{i:04}")).with(Kind::Name, "Jan Novak").with(Kind::Email, "jan@example.org");
        entry.with(Kind::Phone, "777123456").with(Kind::City, "Praha")
    };
    let table: Vec<Entry> = (0..5000).map(row).collect();
    let found = find(&table);
    assert!(found.n_blocks_cut > 0);
    assert!(found.n_compared < 20 * table.len(), "{} comparisons", found.n_compared);
    // Everybody is tied to the next, so the chain holds all.
    let tied: std::collections::BTreeSet<(&str, &str)> = found
        .pairs
        .iter()
        .filter(|p| p.verdict == Verdict::Same)
        .map(|p| (p.a.as_str(), p.b.as_str()))
        .collect();
    for i in 1..table.len() {
        assert!(tied.contains(&(table[i - 1].id.as_str(), table[i].id.as_str())), "{i}");
    }
}

#[test]
fn values_that_are_no_values_do_no_harm() {
    let junk = [
        "\u{0}\u{1}\u{7f}",
        "\u{202e}abc\u{200b}",
        "@@@",
        "+",
        "，、。",
        "😀😀",
        "-",
        "\u{fffd}",
        "'; drop table",
        "٠١٢",
    ];
    let mut table: Vec<Entry> = junk
        .iter()
        .enumerate()
        .map(|(i, junk)| {
            Kind::ALL.iter().fold(Entry::new(i.to_string()), |entry, kind| entry.with(*kind, *junk))
        })
        .collect();
    let long = "very long ".repeat(100_000);
    table.push(Kind::ALL.iter().fold(Entry::new("long"), |entry, kind| entry.with(*kind, long.as_str())));
    table.push(Entry::new("many").with(Kind::Phone, "1"));
    for i in 0..200 {
        table
            .last_mut()
            .unwrap()
            .fields
            .extend(Entry::new("").with(Kind::Email, format!("a{i}@example.org")).fields);
    }
    let found = find(&table);
    for pair in &found.pairs {
        assert!(
            pair.p.is_finite()
                && pair.reasons.iter().all(|r| r.bits.is_finite() && r.a.chars().count() <= 80),
            "{pair:?}"
        );
    }
}

#[test]
fn the_same_table_gives_the_same_pairs_in_any_order_of_its_rows() {
    let table = entries(
        "id,name,email,city\n\
         a,Jan Novak,jan@example.org,Praha\n\
         b,J. Novak,jan@example.org,Praha\n\
         c,Eva Holm,eva.holm@example.org,Brno\n\
         d,\"Holm, Eva\",eva.holm@example.org,\n",
    );
    let found = find(&table);
    assert_eq!(found, find(&table));
    let turned: Vec<Entry> = table.into_iter().rev().collect();
    let ids =
        |pairs: &[Pair]| pairs.iter().map(|p| (p.a.clone().min(p.b.clone()), p.verdict)).collect::<Vec<_>>();
    assert_eq!(ids(&found.pairs), ids(&find(&turned).pairs));
}

/// Needs FEBRL's `dataset1.csv` to `dataset3.csv` in the folder `febrl` of `RAPPORT_TABLES`; says so
/// and passes without.
#[test]
fn febrl_duplicates_are_found() {
    let Some(folder) = std::env::var_os("RAPPORT_TABLES") else {
        eprintln!("skipped: RAPPORT_TABLES names no folder with tables");
        return;
    };
    for (name, f1_min) in [("dataset1", 0.99), ("dataset2", 0.99), ("dataset3", 0.98)] {
        let path = std::path::Path::new(&folder).join("febrl").join(name).with_extension("csv");
        let table = entries(&std::fs::read_to_string(&path).unwrap());
        let truth = Truth::of_febrl(table.iter().map(|e| e.id.as_str())).unwrap();
        let got = evaluate(&find(&table).pairs, &truth);
        assert!(got.f1 >= f1_min, "{name}: {got:?}");
    }
}
