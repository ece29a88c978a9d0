//! A page as Telegram shows it: HTML of the few sorts that it knows; pure.

use std::fmt::Write as _;

use teloxide::types::{InlineKeyboardButton, InlineKeyboardMarkup};

use crate::channel::chat::page::{Key, Page, units};
use crate::commands::{Block, Card, plain};

/// Labels of so many columns stand side by side on a phone.
const ROW_COLUMNS: usize = 28;
const ROW_KEYS: usize = 3;
/// Buttons under one message.
const KEYS_MAX: usize = 24;
/// A longer quotation is folded up.
const FOLDED_FROM: usize = 600;

/// Writes a card in Telegram's HTML.
pub(super) fn html(card: &Card) -> String {
    let mut page = String::new();
    if !card.title.is_empty() {
        let _ = writeln!(page, "<b>{}</b>", escaped(&card.title));
    }
    if !card.subtitle.is_empty() {
        let _ = writeln!(page, "<i>{}</i>", escaped(&card.subtitle));
    }
    for field in &card.fields {
        let value = escaped(&field.value);
        let between = if value.contains('\n') { '\n' } else { ' ' };
        let _ = writeln!(page, "<i>{}:</i>{between}{value}", escaped(&field.label));
    }
    for block in &card.body {
        put(&mut page, block);
    }
    if !card.footer.is_empty() {
        let _ = write!(page, "\n<i>{}</i>", escaped(&card.footer));
    }
    let page = page.trim_end();
    // Telegram takes no empty message.
    if page.is_empty() { "·".to_owned() } else { page.to_owned() }
}

/// Writes a card as plain words, for when Telegram does not take its markup.
pub(super) fn words(card: &Card) -> String {
    let text = crate::commands::console::render(&Card { buttons: Vec::new(), ..card.clone() }, 110, false);
    let text = text.trim_end();
    if text.is_empty() { "·".to_owned() } else { text.to_owned() }
}

fn put(page: &mut String, block: &Block) {
    let _ = match block {
        Block::Text(text) => writeln!(page, "{}", escaped(text)),
        Block::Heading(text) => {
            writeln!(page, "\n<b>{}</b>", escaped(&rapport_prompts::format::capital(text)))
        }
        Block::Item(text) => writeln!(page, "• {}", escaped(text)),
        Block::Quote { text, marks } => {
            let folded = if units(text) > FOLDED_FROM { " expandable" } else { "" };
            writeln!(page, "<blockquote{folded}>{}</blockquote>", marked(text, marks))
        }
        // What is set in columns keeps them; what is written as a letter is read as one.
        Block::Fixed(text) if is_set_in_columns(text) => {
            writeln!(page, "<pre>{}</pre>", escaped(text.trim_end()))
        }
        Block::Fixed(text) => writeln!(page, "{}", escaped(text.trim_end())),
    };
}

fn is_set_in_columns(text: &str) -> bool {
    text.lines().any(|line| line.trim().contains("   "))
}

/// Puts the words that were looked for in bold; the marks are from, to (exclusive), in characters.
fn marked(text: &str, marks: &[(usize, usize)]) -> String {
    let safe = plain(text);
    if safe != text || marks.is_empty() {
        return escaped(text);
    }
    let mut out = String::with_capacity(text.len() + marks.len() * 7);
    let mut on = false;
    for (i, c) in text.chars().enumerate() {
        let inside = marks.iter().any(|(from, to)| (*from..*to).contains(&i));
        if inside != on {
            out.push_str(if inside { "<b>" } else { "</b>" });
            on = inside;
        }
        escape(&mut out, c);
    }
    if on {
        out.push_str("</b>");
    }
    out
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    plain(text).chars().for_each(|c| escape(&mut out, c));
    out
}

fn escape(out: &mut String, c: char) {
    match c {
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '&' => out.push_str("&amp;"),
        c => out.push(c),
    }
}

/// Puts buttons in rows that a phone has room for; nothing without any.
pub(super) fn keyboard(page: &Page) -> Option<InlineKeyboardMarkup> {
    let mut rows: Vec<Vec<InlineKeyboardButton>> = Vec::new();
    let mut used = 0;
    for key in page.keys.iter().take(KEYS_MAX) {
        let columns = rapport_prompts::format::columns(&key.label) + 2;
        let fits = rows.last().is_some_and(|row| row.len() < ROW_KEYS) && used + columns <= ROW_COLUMNS;
        if !fits {
            rows.push(Vec::new());
            used = 0;
        }
        used += columns;
        if let Some(row) = rows.last_mut() {
            row.push(button(key));
        }
    }
    (!rows.is_empty()).then(|| InlineKeyboardMarkup::new(rows))
}

fn button(key: &Key) -> InlineKeyboardButton {
    InlineKeyboardButton::callback(plain(&key.label).replace('\n', " "), key.button.to_string())
}

#[cfg(test)]
mod tests {
    use rapport_model::Id;

    use super::*;

    #[test]
    fn a_card_is_html_and_nobody_elses_words_are() {
        let card = Card::new("C1 <Petra> & Co")
            .field("owner", "Mia")
            .field("addresses", "a@b.example\nc@d.example")
            .text("One & two")
            .list("tasks", ["K1 <i>call</i>".to_owned()])
            .block(Block::Quote { text: "the <b>pump</b> broke".into(), marks: vec![(7, 11)] });
        let card = Card { footer: "hint".into(), ..card };
        assert_eq!(
            html(&card),
            "<b>C1 &lt;Petra&gt; &amp; Co</b>\n<i>owner:</i> Mia\n<i>addresses:</i>\na@b.example\nc@d.example\n\
             One &amp; two\n\n<b>Tasks</b>\n• K1 &lt;i&gt;call&lt;/i&gt;\n\
             <blockquote>the &lt;b&gt;<b>pump</b>&lt;/b&gt; broke</blockquote>\n\n<i>hint</i>"
        );
        assert!(words(&card).contains("C1 <Petra> & Co"));
        assert_eq!(html(&Card::default()), "·");
    }

    #[test]
    fn letters_are_read_and_columns_stand() {
        let letter = Card::default().block(Block::Fixed("Dear Petra,\n\nWe come today.\n".into()));
        assert_eq!(html(&letter), "Dear Petra,\n\nWe come today.");
        let table = Card::default().block(Block::Fixed("Mails in    28\nMails out    8\n".into()));
        assert_eq!(html(&table), "<pre>Mails in    28\nMails out    8</pre>");
        let marks = Card::new("a \u{202e}evil\u{1b}[31m");
        assert_eq!(html(&marks), "<b>a evil</b>");
        let long = Card::default().quote("x".repeat(700));
        assert!(html(&long).starts_with("<blockquote expandable>"));
    }

    #[test]
    fn buttons_stand_in_rows_for_a_thumb() {
        let key = |label: &str| Key { label: label.into(), button: Id(i64::MAX), is_choice: false };
        let page = Page {
            card: Card::default(),
            keys: ["Send", "Edit", "Discard", "Answer all of them", "认领", "回复客户"].map(key).into(),
            answers: None,
        };
        let keyboard = keyboard(&page).unwrap();
        let rows: Vec<usize> = keyboard.inline_keyboard.iter().map(Vec::len).collect();
        assert_eq!(rows, [3, 2, 1]);
        assert_eq!(super::keyboard(&Page::default()), None);
    }
}
