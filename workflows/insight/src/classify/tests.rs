use rand::Rng as _;

use super::*;
use crate::random;
use crate::table::{ReadOptions, read};

const METHODS: [Method; 4] = [Method::Logistic, Method::Tree, Method::Forest, Method::Svm];

fn table(text: &str) -> Table {
    read(text.as_bytes(), &ReadOptions { categories: vec!["y".into()], ..ReadOptions::default() }).unwrap()
}

fn learnt(table: &Table, method: Method) -> (Classifier, Array2<f64>) {
    let classifier = Classifier::train(table, "y", None, method, 1).unwrap();
    let p = classifier.probabilities(table).unwrap();
    for row in p.rows() {
        assert!(
            (row.sum() - 1.0).abs() < 1e-9 && row.iter().all(|v| (0.0..=1.0).contains(v)),
            "{method:?} {row}"
        );
    }
    (classifier, p)
}

fn accuracy(table: &Table, method: Method) -> f64 {
    let (classifier, p) = learnt(table, method);
    classifier.measure(table, &p).unwrap().accuracy
}

type Function = fn([u32; 3]) -> u32;

/// Rows of three bits, and y what `of` makes of them.
fn bits(n: usize, seed: u64, of: impl Fn([u32; 3]) -> u32) -> Table {
    let mut random = random::seeded(seed);
    let row = |_| {
        let [a, b, c] = std::array::from_fn(|_| random.gen_range(0..2));
        format!("{a},{b},{c},k{}\n", of([a, b, c]))
    };
    table(&("a,b,c,y\n".to_owned() + &(0..n).map(row).collect::<String>()))
}

#[test]
fn trees_are_exact_on_functions_of_three_bits() {
    for seed in 0..3 {
        for n in [60, 2_000] {
            let functions: [(&str, Function); 4] = [
                ("number", |[a, b, c]| 4 * a + 2 * b + c),
                ("parity", |[a, b, c]| a ^ b ^ c),
                ("majority", |[a, b, c]| u32::from(a + b + c > 1)),
                ("choice", |[a, b, c]| if a == 1 { b } else { c }),
            ];
            for (name, of) in functions {
                let found = accuracy(&bits(n, seed, of), Method::Tree);
                assert_eq!(found, 1.0, "{name} of {n} rows, seed {seed}");
            }
        }
    }
}

#[test]
fn forests_and_vectors_learn_a_parity_and_weights_cannot() {
    let parity = bits(500, 1, |[a, b, c]| a ^ b ^ c);
    assert_eq!(accuracy(&parity, Method::Forest), 1.0);
    assert_eq!(accuracy(&parity, Method::Svm), 1.0);
    assert!(accuracy(&parity, Method::Logistic) < 0.7);
}

/// Three groups on a line, and a category that says which in most rows.
fn groups(n: usize) -> Table {
    let mut random = random::seeded(5);
    let row = |i: usize| {
        let group = i % 3;
        let x = group as f64 * 2.0 + random.gen_range(-1.4..1.4);
        let colour = ["red", "green", "blue"][if random.gen_bool(0.8) { group } else { i % 2 }];
        let x = if i.is_multiple_of(17) { String::new() } else { format!("{x:.3}") };
        format!("{x},{colour},{}\n", ["low", "middle", "high"][group])
    };
    table(&("x,colour,y\n".to_owned() + &(0..n).map(row).collect::<String>()))
}

#[test]
fn more_than_two_classes_are_told_apart() {
    let t = groups(600);
    for method in METHODS {
        let (classifier, p) = learnt(&t, method);
        assert_eq!(classifier.classes(), ["high", "low", "middle"]);
        let measured = classifier.measure(&t, &p).unwrap();
        assert!(measured.accuracy > 0.85, "{method:?}: {measured:?}");
        assert!(measured.auroc.unwrap() > 0.95 && measured.brier < 0.15, "{method:?}: {measured:?}");
    }
}

#[test]
fn probabilities_are_of_the_class_that_is_meant() {
    // The frequent class is the one called 0, and x grows with the other.
    let rows: String = (0..300).map(|i| format!("{},{}\n", i, u32::from(i % 10 < i / 40))).collect();
    let t = table(&format!("x,y\n{rows}"));
    for method in METHODS {
        let (classifier, p) = learnt(&t, method);
        assert_eq!(classifier.classes()[classifier.positive()], "1");
        let measured = classifier.measure(&t, &p).unwrap();
        assert!(measured.auroc.unwrap() > 0.7, "{method:?}: {measured:?}");
        assert!(p[[299, 1]] > p[[0, 1]], "{method:?}");
    }
}

#[test]
fn the_positive_class_is_yes_or_the_rarer_or_the_one_named() {
    let t = table("x,y\n1,stay\n2,stay\n3,leave\n4,stay\n");
    let positive = |named| {
        Classifier::train(&t, "y", named, Method::Logistic, 1).map(|c| c.classes()[c.positive()].clone())
    };
    assert_eq!(positive(None).unwrap(), "leave");
    assert_eq!(positive(Some("stay")).unwrap(), "stay");
    let e = positive(Some("go")).unwrap_err().to_string();
    assert_eq!(e, "column \"y\" has no value \"go\"; it has: leave, stay");
    let t = table("x,y\n1,Yes\n2,Yes\n3,No\n");
    let c = Classifier::train(&t, "y", None, Method::Logistic, 1).unwrap();
    assert_eq!(c.classes()[c.positive()], "Yes");
}

#[test]
fn a_target_that_cannot_be_learnt_is_refused() {
    let many: String = (0..200).map(|i| format!("{i},c{i}\n")).collect();
    for (text, expected) in [
        ("x,y\n1,a\n2,a\n".to_owned(), "has 1 different values"),
        ("x,y\n1,\n2,\n".to_owned(), "has 0 different values"),
        (format!("x,y\n{many}"), "has 200 different values, and 100"),
        ("x,y\n5,a\n5,b\n".to_owned(), "no column is left to learn from"),
        ("y\na\nb\n".to_owned(), "no column is left to learn from"),
        ("x,z\n1,2\n".to_owned(), "there is no column \"y\"; there are: x, z"),
    ] {
        for method in METHODS {
            let e = Classifier::train(
                &read(text.as_bytes(), &ReadOptions { categories: vec!["y".into()], ..Default::default() })
                    .unwrap(),
                "y",
                None,
                method,
                1,
            );
            assert!(e.as_ref().is_err_and(|e| e.to_string().contains(expected)), "{expected}: {e:?}");
        }
    }
}

#[test]
fn strange_tables_give_sound_probabilities() {
    let wide: String = (0..500).map(|j| format!("c{j},")).collect();
    let wide_rows: String = (0..30)
        .map(|i| {
            (0..500).map(|j| format!("{},", (i * j) % 7)).collect::<String>()
                + if i % 2 == 0 { "a\n" } else { "b\n" }
        })
        .collect();
    let many: String = (0..800).map(|i| format!("c{},{i},{}\n", i % 200, i % 2)).collect();
    for text in [
        "x,y\n1,a\n2,b\n".to_owned(),
        "x,y\n1e300,a\n-1e300,b\ninf,a\n,b\n0,a\n1,b\n".to_owned(),
        "x,z,y\n1,,a\n1,,b\n2,,a\n".to_owned(),
        "x,y\n1,a\n2,\n3,b\n4,b\n".to_owned(),
        format!("{wide}y\n{wide_rows}"),
        format!("c,x,y\n{many}"),
    ] {
        for method in METHODS {
            learnt(&table(&text), method);
        }
    }
}

#[test]
fn separable_classes_are_learnt_without_overflow() {
    let rows: String =
        (0..200).map(|i| format!("{},{}\n", if i < 100 { i } else { i + 1_000_000 }, i / 100)).collect();
    for method in METHODS {
        assert_eq!(accuracy(&table(&format!("x,y\n{rows}")), method), 1.0, "{method:?}");
    }
}

#[test]
fn a_classifier_tells_what_it_goes_by() {
    let t = bits(400, 2, |[a, _, _]| a);
    let tree = learnt(&t, Method::Tree).0.explanation();
    assert_eq!(tree.rules.len(), 2);
    assert!(tree.rules.iter().any(|r| r.starts_with("if a > 0.5: k1 with 100 % of ")), "{:?}", tree.rules);
    for method in [Method::Logistic, Method::Forest] {
        assert_eq!(learnt(&t, method).0.explanation().weights[0].0, "a", "{method:?}");
    }
}

#[test]
fn the_same_seed_learns_the_same() {
    let t = groups(200);
    for method in METHODS {
        assert_eq!(learnt(&t, method).1, learnt(&t, method).1);
    }
}

#[test]
fn a_table_without_the_target_gets_probabilities_and_no_measure() {
    let classifier = learnt(&groups(200), Method::Tree).0;
    let t = read(b"x,colour\n1,red\n", &ReadOptions::default()).unwrap();
    let p = classifier.probabilities(&t).unwrap();
    assert_eq!(p.nrows(), 1);
    assert_eq!(classifier.measure(&t, &p), None);
    let e = classifier.probabilities(&read(b"z\n1\n", &ReadOptions::default()).unwrap()).unwrap_err();
    assert!(e.to_string().contains("no column \"x\""), "{e}");
}
