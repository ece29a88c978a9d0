use rapport_model::Id;

use super::*;
use crate::channel::chat::page::split;

fn shown(card: Card) -> Value {
    message(&Page { card, ..Page::default() })["embeds"].clone()
}

fn text(card: Card) -> String {
    shown(card)[0]["description"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_card_is_an_embed_and_nobody_elses_marks_are() {
    let card = Card::new("C1 *Petra* & Co")
        .field("owner", "Mia")
        .field("addresses", "a_b@b.example\nc@d.example")
        .text("One [here](https://evil.example) @everyone <@77>")
        .list("tasks", ["# call".to_owned()])
        .block(Block::Quote { text: "the **pump** broke\n1. x".into(), marks: vec![(6, 10)] });
    let embed = &shown(Card { footer: "a_hint".into(), ..card })[0];
    assert_eq!(embed["title"], "C1 \\*Petra\\* & Co");
    assert_eq!(embed["fields"][0], json!({ "name": "owner", "value": "Mia", "inline": true }));
    assert_eq!(embed["fields"][1]["value"], "a\\_b@b.example\nc@d.example");
    assert_eq!(
        embed["description"],
        "One \\[here\\](https://evil.example) @everyone \\<@77>\n**Tasks**\n• \\# call\n\
         > the \\*\\***pump**\\*\\* broke\n> 1\\. x"
    );
    assert_eq!(embed["footer"]["text"], "a_hint");
    let message = message(&Page::default());
    assert_eq!(message["allowed_mentions"]["parse"], json!([]));
    assert_eq!(message["embeds"][0]["description"], "·");
    assert_eq!(message["components"], json!([]));
}

#[test]
fn what_begins_a_line_means_nothing_either() {
    for (words, expected) in [
        ("# big\n- one\n+ two\n> x", "\\# big\n\\- one\n\\+ two\n\\> x"),
        ("2 - 1 > 0 # 1.5", "2 - 1 > 0 # 1.5"),
        ("12. March", "12\\. March"),
        ("~~x~~ ||y|| `z`", "\\~\\~x\\~\\~ \\|\\|y\\|\\| \\`z\\`"),
    ] {
        assert_eq!(text(Card::default().text(words)), expected);
    }
    assert_eq!(text(Card::default().quote("# a\n\n\n\n- b")), "> \\# a\n> \n> \\- b");
}

#[test]
fn letters_are_read_and_columns_stand() {
    let letter = Card::default().block(Block::Fixed("Dear Petra,\n\nWe come today.\n".into()));
    assert_eq!(text(letter), "Dear Petra,\n\nWe come today.");
    let table = Card::default().block(Block::Fixed("Mails in    28\nMails out    ```\n".into()));
    assert_eq!(text(table), "```\nMails in    28\nMails out    `\u{200b}`\u{200b}`\n```");
}

#[test]
fn whatever_comes_is_within_discords_limits() {
    let odd = ["*_~`|<[", "😀", "王", "a\n\n", "@x ", "1.\n"];
    for words in odd.map(|words| words.repeat(3_000)) {
        let mut card = Card::new(words.clone()).quote(words.clone()).text(words.clone());
        for _ in 0..40 {
            card = card.field(words.clone(), words.clone()).field("short", "x");
        }
        let card = Card { footer: words.clone(), subtitle: words.clone(), ..card };
        for card in std::iter::once(card.clone()).chain(split(card, 2_800, 2_800)) {
            let embeds = shown(card);
            let embeds = embeds.as_array().unwrap();
            let of = |value: &Value, most: usize| {
                let n = units(value.as_str().unwrap_or_default());
                assert!(n <= most, "{n} of {most}");
                n
            };
            let mut all = 0;
            assert!((1..=10).contains(&embeds.len()));
            for embed in embeds {
                all += of(&embed["title"], TITLE_MAX) + of(&embed["description"], TEXT_MAX);
                all += of(&embed["footer"]["text"], FOOTER_MAX);
                let fields = embed["fields"].as_array().cloned().unwrap_or_default();
                assert!(fields.len() <= FIELDS_MAX);
                for field in fields {
                    all += of(&field["name"], LABEL_MAX) + of(&field["value"], VALUE_MAX);
                    assert!(field["name"] != "" && field["value"] != "");
                }
            }
            assert!((1..=ALL_MAX).contains(&all), "{all}");
        }
    }
}

#[test]
fn a_page_of_ordinary_words_is_whole() {
    let words = "The pump (model 500) is broken; we had no water since Monday. ".repeat(40);
    let cards = split(Card::new("M1").quote(words.clone()), 2_800, 2_800);
    let n: usize = cards.into_iter().map(text).map(|text| text.matches("pump").count()).sum();
    assert_eq!(n, 40);
}

#[test]
fn buttons_stand_in_rows_of_five() {
    let key = |n: i64| Key { label: "x".repeat(100), button: Id(n), is_choice: false };
    let keys: Vec<Key> = (0..30).map(key).collect();
    let rows = message(&Page { keys, ..Page::default() })["components"].clone();
    assert_eq!(rows.as_array().unwrap().len(), 5);
    assert_eq!(rows[4]["components"].as_array().unwrap().len(), 5);
    assert_eq!(rows[1]["components"][0]["custom_id"], "5");
    assert_eq!(rows[0]["components"][0]["label"].as_str().unwrap().chars().count(), 80);
}

#[test]
fn what_one_chooses_from_is_in_menus_of_twenty_five() {
    let key = |n: i64| Key { label: "王😀".repeat(60), button: Id(n), is_choice: n < 60 };
    let keys: Vec<Key> = (0..70).map(key).collect();
    let rows = message(&Page { keys, ..Page::default() })["components"].clone();
    let rows = rows.as_array().unwrap();
    let of = |row: &Value, name: &str| row["components"][0][name].clone();
    let n_options = |row: &Value| of(row, "options").as_array().map_or(0, Vec::len);
    assert_eq!(rows.iter().map(n_options).collect::<Vec<_>>(), [25, 25, 10, 0, 0]);
    assert_eq!(
        rows[..3].iter().map(|row| of(row, "custom_id")).collect::<Vec<_>>(),
        ["menu 0", "menu 1", "menu 2"]
    );
    assert!(rows[..3].iter().all(|row| row["components"].as_array().unwrap().len() == 1));
    let last = &of(&rows[2], "options")[9];
    assert_eq!(last["value"], "59");
    let n = units(last["label"].as_str().unwrap());
    assert!((95..=OPTION_MAX).contains(&n), "{n}");
    assert_eq!(of(&rows[3], "custom_id"), "60");
    let odd = Key { label: "\n\u{202e}".into(), button: Id(1), is_choice: true };
    let odd = message(&Page { keys: vec![odd], ..Page::default() })["components"].clone();
    assert_eq!(odd[0]["components"][0]["options"][0]["label"], "·");
}

#[test]
fn a_form_is_within_discords_limits_and_cuts_no_words() {
    let shown = |title: &str, label: &str, words: &str| {
        let question = Question { title: title.into(), label: label.into(), words: words.into() };
        json!(form(Id(7), &question))
    };
    let plain = shown("Answer to C1\nPetra", "Your answer", "We come\nat four.");
    let field = json!({ "type": 4, "custom_id": "words", "style": 2, "label": "Your answer", "required": true,
        "max_length": 4_000, "value": "We come\nat four." });
    let rows = json!([{ "type": 1, "components": [field] }]);
    let data = json!({ "custom_id": "7", "title": "Answer to C1 Petra", "components": rows });
    assert_eq!(plain, json!({ "type": 9, "data": data }));
    for odd in ["", " \n", &"王😀".repeat(3_000), &"x".repeat(4_001)] {
        let form = shown(odd, odd, odd);
        let field = &form["data"]["components"][0]["components"][0];
        for text in [&form["data"]["title"], &field["label"]] {
            assert!((1..=45).contains(&units(text.as_str().unwrap())), "{text}");
        }
        assert!(field["value"].is_null() || field["value"] == " \n", "{field}");
    }
    let field =
        |words: String| shown("x", "x", &words)["data"]["components"][0]["components"][0]["value"].clone();
    assert_eq!(field("x".repeat(4_000)), "x".repeat(4_000));
}
