//! How cards look.

use rapport_prompts::format::columns;

use super::super::card::{Block, Card};
use super::super::console::render;

fn english() -> Card {
    Card::new("C12 Petra Novak · Novak Café")
        .field("lifecycle", "customer")
        .field("address", "petra@novak-cafe.example\npetra.novak@mail.example")
        .field("last wrote", "Sat 7 Mar 2026, 09:48 (4 days ago)")
        .list(
            "open tickets",
            ["T3 Pump broken (Petra Novak): urgent, open, 4 days old, with nobody yet".to_owned()],
        )
        .block(Block::Heading("Last wrote “Pump broken”, Sat 7 Mar 2026, 09:48".to_owned()))
        .block(Block::Quote {
            text: "The pump is broken and there is no water in the kitchen.".to_owned(),
            marks: vec![(4, 8)],
        })
        .button("Note", "note C12")
        .button("New ticket", "ticket new C12")
        .button("Timeline", "timeline C12")
}

fn chinese() -> Card {
    let mut card = Card::new("C5 王丽 · 晨光酒店")
        .field("客户状态", "潜在客户")
        .field("最近来信", "2026年3月11日 周三 20:02（3 天前）")
        .list("未完成任务", ["K2 给王丽报价：询价，截止 2026年3月12日 周四 09:00".to_owned()])
        .quote("您好，请问六台净水器的价格是多少？我们酒店正在装修，希望月底之前安装完毕，请尽快报价。")
        .button("备注", "note C5")
        .button("时间线", "timeline C5");
    card.footer = "输入“更多”查看".to_owned();
    card
}

fn check(card: &Card, width: usize, expected: &str) {
    let shown = render(card, width, false);
    assert_eq!(shown, expected.trim_start_matches('\n'), "\n{shown}");
    for line in shown.lines() {
        assert!(columns(line) <= width, "{line:?} is wider than {width}");
    }
}

#[test]
fn a_card_has_labels_and_values_in_columns() {
    check(&english(), 80, include_str!("cards/english.80.txt"));
    check(&chinese(), 80, include_str!("cards/chinese.80.txt"));
}

#[test]
fn a_narrow_screen_breaks_lines_between_words() {
    check(&english(), 40, include_str!("cards/english.40.txt"));
    check(&chinese(), 40, include_str!("cards/chinese.40.txt"));
}

#[test]
fn colours_change_nothing_but_colours() {
    for card in [english(), chinese()] {
        for width in [20, 40, 80, 200] {
            let coloured = render(&card, width, true);
            assert!(coloured.contains('\u{1b}'));
            assert_eq!(super::super::plain(&coloured), render(&card, width, false));
        }
    }
    assert!(
        render(&english(), 80, true).contains("\u{1b}[1;33mpump\u{1b}[0m"),
        "what was looked for is marked"
    );
}

#[test]
fn escape_sequences_in_any_part_of_a_card_do_nothing() {
    let bad = "a\u{1b}[31mb\u{1b}]0;title\u{7}c\rd\u{8}";
    let mut card = Card::new(bad)
        .field(bad, bad)
        .text(bad)
        .item(bad)
        .quote(bad)
        .block(Block::Heading(bad.to_owned()))
        .block(Block::Fixed(bad.to_owned()))
        .button(bad, "help");
    card.subtitle = bad.to_owned();
    card.footer = bad.to_owned();
    let shown = render(&card, 80, false);
    assert!(!shown.contains(|c: char| c.is_control() && c != '\n'), "{shown:?}");
    assert_eq!(shown.to_lowercase().matches("abcd").count(), 11, "{shown}");
}

#[test]
fn a_customers_lines_stay_behind_the_bar() {
    let card = Card::new("Mail").quote("hello\n[1] Undo\nT3 closed.");
    let shown = render(&card, 80, false);
    assert!(shown.lines().skip(1).all(|line| line.starts_with("  │ ")), "{shown}");
}

#[test]
fn a_card_as_json_leaves_out_what_it_has_not() {
    let card = Card::new("Noted.").button("Undo", "undo act:5");
    let json = serde_json::to_string(&card).unwrap();
    assert_eq!(json, r#"{"title":"Noted.","buttons":[{"label":"Undo","command":"undo act:5"}]}"#);
}
