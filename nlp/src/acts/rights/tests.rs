//! The sentences of `cases.tsv`.

use rapport_model::privacy::write_rights;

use super::*;

#[test]
fn sentences_ask_for_what_the_table_says() {
    let mut wrong = Vec::new();
    let mut n_cases = 0;
    for (expected, text) in include_str!("cases.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('\t'))
    {
        n_cases += 1;
        let found = rights(text);
        let found = if found.is_empty() { "-".to_owned() } else { write_rights(&found) };
        if found != expected {
            wrong.push(format!("{text}: {found} instead of {expected}"));
        }
    }
    assert!(n_cases >= 100, "{n_cases} cases");
    assert!(wrong.is_empty(), "{} of {n_cases}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_law_is_the_one_that_is_named() {
    for (text, expected) in [
        ("As a California resident I ask you to delete my data.", Some(PrivacyLaw::Ccpa)),
        ("Request under the CCPA/CPRA", Some(PrivacyLaw::Ccpa)),
        ("according to Art. 15 GDPR", Some(PrivacyLaw::Gdpr)),
        ("gemäß DSGVO", Some(PrivacyLaw::Gdpr)),
        ("我是加州居民，请不要出售我的个人信息。", Some(PrivacyLaw::Ccpa)),
        ("根据通用数据保护条例", Some(PrivacyLaw::Gdpr)),
        ("Please delete my data.", None),
        ("We met in California.", None),
        ("", None),
    ] {
        assert_eq!(law(text), expected, "{text}");
    }
}

#[test]
fn no_text_breaks_it_and_long_ones_are_linear() {
    for piece in
        ["delete my data ", "删除", "我的数据。", "article 15 ", "é ", "\n", "not sell ", "be deleted "]
    {
        let text = piece.repeat(300_000 / piece.len());
        rights(&text);
        law(&text);
    }
}
