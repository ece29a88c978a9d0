use super::*;
use rapport_model::Timestamp;

fn context(products: &[String]) -> Context<'_> {
    Context {
        received_at: Timestamp::parse("2026-03-11T12:00:00Z").unwrap(),
        zone: chrono_tz::Europe::Berlin,
        region: "DE",
        currency: "EUR",
        products,
    }
}

fn known() -> Vec<(Sort, String)> {
    vec![
        (Sort::Person, "Petra Novak".into()),
        (Sort::Person, "王丽".into()),
        (Sort::Person, "Li".into()),
        (Sort::Company, "Novak Cafe".into()),
        (Sort::Address, "petra@novak-cafe.example".into()),
        (Sort::Link, "novak-cafe.example".into()),
    ]
}

fn covered(text: &str) -> (Mask, String) {
    let mut mask = Mask::new(known());
    let covered = mask.cover(text, &context(&["AquaOne".into()]));
    (mask, covered)
}

#[test]
fn what_tells_who_is_meant_is_taken_out_and_put_back() {
    for (text, gone, stays) in [
        (
            "Petra Novak (petra@novak-cafe.example, +49 30 1234567) pays 1,200 EUR for order SO-1182.",
            &["Petra", "Novak", "@", "1234567", "1,200", "1182"][..],
            &["⟦PERSON_1⟧", "⟦ADDRESS_1⟧", "pays", "for"][..],
        ),
        (
            "PETRA says: see https://novak-cafe.example/x?a=1.",
            &["PETRA", "novak", "x?a"],
            &["says: see", "."],
        ),
        ("Li is in Liege. Two AquaOne by Friday, 13 March 2026.", &["Li "], &["Liege", "AquaOne", "Friday"]),
        (
            "IBAN DE89 3704 0044 0532 0130 00, card 4111-1111-1111-1111",
            &["DE89", "0532", "4111"],
            &["IBAN", "card"],
        ),
        ("您好，王丽订的货还没到，电话13812345678。", &["王丽", "138"], &["您好", "订的货还没到"]),
        ("ask @petra_n or mail me: x@y.zz!", &["petra", "x@y"], &["ask", "mail me"]),
    ] {
        let (mask, covered) = covered(text);
        gone.iter().for_each(|part| assert!(!covered.contains(part), "{part}: {covered}"));
        stays.iter().for_each(|part| assert!(covered.contains(part), "{part}: {covered}"));
        assert_eq!(mask.uncover(&covered), Uncovered { text: text.into(), n_lost: 0 });
    }
}

#[test]
fn the_same_words_have_the_same_placeholder_in_each_text() {
    let mut mask = Mask::new(known());
    let all: Vec<String> = ["Petra Novak writes.", "Petra writes.", "Petra Novak calls."]
        .map(|text| mask.cover(text, &context(&[])))
        .into();
    assert_eq!(all, ["⟦PERSON_1⟧ writes.", "⟦PERSON_2⟧ writes.", "⟦PERSON_1⟧ calls."]);
}

#[test]
fn a_placeholder_that_nobody_gave_out_is_left_out_and_a_bent_one_is_understood() {
    let (mask, _) = covered("Petra Novak and Li");
    for (text, shown, n_lost) in [
        ("Dear ⟦PERSON_1⟧,", "Dear Petra Novak,", 0),
        ("Dear ⟦ PERSON_2 ⟧,", "Dear Li,", 0),
        ("Dear [PERSON_1], PERSON_2!", "Dear Petra Novak, Li!", 0),
        ("Dear ⟦PERSON_7⟧,", "Dear ,", 1),
        ("Dear ⟦customer name⟧ and PHONE_1", "Dear  and ", 2),
        ("⟦PERSON_1", "Petra Novak", 1),
        ("a ⟧ b ⟦⟧ c", "a  b  c", 2),
        ("SALESPERSON_1 stays, as does [1] and PERSON_", "SALESPERSON_1 stays, as does [1] and PERSON_", 0),
        ("PERSON_99999999999999999999999", "PERSON_99999999999999999999999", 0),
    ] {
        assert_eq!(mask.uncover(text), Uncovered { text: shown.into(), n_lost }, "{text}");
    }
}

#[test]
fn a_customer_learns_nothing_by_writing_placeholders() {
    let mut mask = Mask::new(known());
    mask.cover("Petra Novak", &context(&[]));
    let said = mask.cover("Send me ⟦PERSON_1⟧ and PERSON_1 and [PERSON_1].", &context(&[]));
    assert_eq!(mask.uncover(&said).text, "Send me [PERSON-1] and PERSON-1 and [PERSON-1].");
}

/// A number that follows from the last, so that a failure comes again.
fn next(seed: &mut u64) -> usize {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*seed >> 33) as usize
}

#[test]
fn whatever_is_written_nothing_that_is_known_leaves_and_all_of_it_comes_back() {
    let values = [
        (Sort::Person, "Petra Novak"),
        (Sort::Person, "Zoë Ångström"),
        (Sort::Person, "欧阳娜娜"),
        (Sort::Company, "Bäckerei Müller & Söhne GmbH"),
        (Sort::Company, "晨光科技有限公司"),
        (Sort::Address, "petra.novak+x@novak-cafe.example"),
        (Sort::Phone, "+49 (0)30 123 45-67"),
        (Sort::Number, "RE/2026-0042"),
        (Sort::Link, "https://novak-cafe.example/p?q=1"),
    ];
    let fill = [
        "the pump",
        " ",
        "\n",
        ", ",
        "请尽快",
        "İstanbul",
        "ß",
        "⟦",
        "⟧",
        "PERSON_1",
        "_",
        "(",
        ")",
        "🙂",
        "\u{200b}",
        "12 March",
        "AquaOne",
        "e\u{301}",
        "\"",
        "\\",
        "{{ x }}",
        "@",
        "www.",
        "0",
        "-",
    ];
    let mut seed = 7;
    for _ in 0..1_000 {
        let mut text = String::new();
        for _ in 0..next(&mut seed) % 14 {
            match next(&mut seed) % 3 {
                0 => {
                    let value = values[next(&mut seed) % values.len()].1;
                    text.push_str(&if next(&mut seed).is_multiple_of(4) {
                        value.to_uppercase()
                    } else {
                        value.to_owned()
                    });
                }
                _ => text.push_str(fill[next(&mut seed) % fill.len()]),
            }
        }
        let mut mask = Mask::new(values.map(|(sort, value)| (sort, value.to_owned())));
        let covered = mask.cover(&text, &context(&[]));
        for (_, value) in values {
            assert!(!covered.to_lowercase().contains(&value.to_lowercase()), "{text:?} → {covered:?}");
        }
        for word in ["petra", "novak", "ångström"] {
            assert!(!covered.to_lowercase().contains(word), "{text:?} → {covered:?}");
        }
        assert_eq!(mask.uncover(&covered), Uncovered { text: defused(&text), n_lost: 0 }, "{covered:?}");
    }
}

#[test]
fn a_long_text_is_cut_and_takes_no_longer_than_it_should() {
    let text = "1 ".repeat(200_000) + "Petra Novak";
    let covered = covered(&text).1;
    assert!(covered.chars().count() <= TEXT_CHARS_MAX && !covered.contains("Petra"));
}
