//! A card on its way into a chat; pure.

use rapport_model::Id;
use serde::{Deserialize, Serialize};

use super::Ticket;
use crate::commands::{Block, Card};

/// What one message shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Page {
    /// The card, without buttons.
    pub card: Card,
    /// What can be pressed under it.
    #[serde(default)]
    pub keys: Vec<Key>,
    /// What it answers, where the chat wants to be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<Answered>,
}

/// What a page answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// By what.
    pub ticket: Ticket,
    /// Which of the answer's pages this is, from 0.
    pub n: usize,
}

/// A button under a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// What it says.
    pub label: String,
    /// Its name, which says nothing.
    pub button: Id,
    /// Whether it is one of several answers to the same question.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_choice: bool,
}

impl Page {
    /// Reads a page that waited in the outbox.
    pub(crate) fn read(body: &str) -> Option<Self> {
        serde_json::from_str(body).ok()
    }

    /// Writes it as the outbox keeps it.
    pub(super) fn write(&self) -> String {
        serde_json::to_string(self).expect("a card is JSON")
    }
}

/// Returns the length of a text as chats count it: in UTF-16 units.
pub fn units(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// Returns the length of a card, with the marks around its parts.
fn units_of(card: &Card) -> usize {
    let fields: usize = card.fields.iter().map(|f| units(&f.label) + units(&f.value) + 3).sum();
    let body: usize = card.body.iter().map(|b| units(text_of(b)) + 3).sum();
    units(&card.title) + units(&card.subtitle) + units(&card.footer) + fields + body
}

/// Cuts a card into cards of at most `units_max` units each, at the edges of its parts where that is
/// possible. The first has the title, the last the buttons and the footer. A picture stands above the first,
/// or, if the card has more than `below_picture_max` units, alone before it.
pub fn split(mut card: Card, units_max: usize, below_picture_max: usize) -> Vec<Card> {
    let said = units_of(&card);
    let footer = std::mem::take(&mut card.footer);
    let buttons = std::mem::take(&mut card.buttons);
    let (fields, body) = (std::mem::take(&mut card.fields), std::mem::take(&mut card.body));
    let mut cut = Cut { done: Vec::new(), open: Card::default(), used: 0, units_max };
    if let Some(picture) = card.picture.take() {
        let alone = Card::default().picture(Some(picture));
        if said > below_picture_max { cut.done.push(alone) } else { cut.open = alone }
    }
    cut.open.title = clip(card.title, units_max / 4);
    cut.open.subtitle = clip(card.subtitle, units_max / 4);
    cut.used = units(&cut.open.title) + units(&cut.open.subtitle);
    for mut field in fields {
        field.value = clip(field.value, units_max / 2);
        cut.room_for(units(&field.label) + units(&field.value) + 3);
        cut.open.fields.push(field);
    }
    for block in body {
        for block in pieces(block, units_max / 2) {
            cut.room_for(units(text_of(&block)) + 3);
            cut.open.body.push(block);
        }
    }
    cut.room_for(units(&footer));
    cut.open.footer = clip(footer, units_max / 2);
    cut.open.buttons = buttons;
    cut.done.push(cut.open);
    cut.done
}

struct Cut {
    done: Vec<Card>,
    open: Card,
    used: usize,
    units_max: usize,
}

impl Cut {
    /// Begins another card if `wanted` more units do not fit.
    fn room_for(&mut self, wanted: usize) {
        if self.used > 0 && self.used + wanted > self.units_max {
            self.done.push(std::mem::take(&mut self.open));
            self.used = 0;
        }
        self.used += wanted;
    }
}

fn text_of(block: &Block) -> &str {
    match block {
        Block::Text(text) | Block::Heading(text) | Block::Item(text) | Block::Fixed(text) => text,
        Block::Quote { text, .. } => text,
    }
}

/// Cuts a part that is too long for one message.
fn pieces(block: Block, units_max: usize) -> Vec<Block> {
    if units(text_of(&block)) <= units_max {
        return vec![block];
    }
    let of = |text: String| match &block {
        Block::Text(_) => Block::Text(text),
        Block::Heading(_) => Block::Heading(text),
        Block::Item(_) => Block::Item(text),
        Block::Fixed(_) => Block::Fixed(text),
        // What was marked stands elsewhere now.
        Block::Quote { .. } => Block::Quote { text, marks: Vec::new() },
    };
    let mut rest = text_of(&block);
    let mut all = Vec::new();
    while !rest.is_empty() {
        let end = end_within(rest, units_max);
        // At the end of a line, or at a blank, if there is one in the second half.
        let half = end / 2;
        let edge = |c: char| rest[..end].rfind(c).filter(|at| *at > half);
        let at = if end == rest.len() { end } else { edge('\n').or_else(|| edge(' ')).unwrap_or(end) };
        all.push(of(rest[..at].to_owned()));
        rest = rest[at..].trim_start_matches([' ', '\n']);
    }
    all
}

/// Returns where the text has `units_max` units, on a boundary of characters.
fn end_within(text: &str, units_max: usize) -> usize {
    let mut used = 0;
    let over = text.char_indices().find(|(_, c)| {
        used += c.len_utf16();
        used > units_max
    });
    over.map_or(text.len(), |(at, _)| at)
}

fn clip(text: String, units_max: usize) -> String {
    if units(&text) <= units_max {
        return text;
    }
    format!("{}…", &text[..end_within(&text, units_max.saturating_sub(1))])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::Picture;

    #[test]
    fn a_card_that_fits_stays_whole() {
        let card = Card::new("C12 Petra").field("owner", "Mia").text("Hello").button("Note", "note C12");
        assert_eq!(split(card.clone(), 4_000, 1_000), [card]);
    }

    #[test]
    fn a_long_card_is_cut_at_the_edges_of_its_parts_and_loses_nothing() {
        let mut card = Card::new("Digest").field("mails", "28");
        for i in 0..500 {
            card = card.item(format!("{i} 王丽 asked 😀 about a pump"));
        }
        card = Card { footer: "more".into(), ..card.button("More", "more") };
        let cards = split(card.clone(), 4_000, 1_000);
        assert!(cards.len() > 2 && cards.iter().all(|c| units_of(c) <= 4_000), "{}", cards.len());
        let items: Vec<Block> = cards.iter().flat_map(|c| c.body.clone()).collect();
        assert_eq!(items, card.body);
        assert_eq!(cards.iter().map(|c| c.buttons.len()).sum::<usize>(), 1);
        assert_eq!(cards.last().unwrap().buttons.len(), 1);
        assert_eq!((&cards[0].title, &cards[1].title), (&"Digest".to_owned(), &String::new()));
    }

    #[test]
    fn one_part_of_any_length_is_cut_between_words_and_never_within_a_character() {
        let words = "The pump 😀 is broken. ".repeat(5_000);
        for text in [words.clone(), "王".repeat(20_000), "😀".repeat(9_000), "x\n".repeat(9_000)] {
            let cards = split(Card::new(text.clone()).quote(text.clone()).text(text.clone()), 4_000, 1_000);
            assert!(cards.iter().all(|c| units_of(c) <= 4_000));
            let kept: usize = cards.iter().flat_map(|c| &c.body).map(|b| text_of(b).len()).sum();
            // Only the blanks at the edges are gone.
            assert!(kept + 2 * cards.len() * 2 >= 2 * text.len(), "{kept} of {}", text.len());
        }
    }

    #[test]
    fn a_picture_stands_above_few_words_and_before_many() {
        let picture = Picture::of_src("data:image/png;base64,AAAA", "two days");
        let short = Card::new("Digest").text("calm").picture(picture.clone()).button("Mails", "find mails");
        assert_eq!(split(short.clone(), 4_000, 1_000), [short]);
        let long = Card::new("Digest").text("words ".repeat(300)).picture(picture.clone());
        let pages = split(long, 4_000, 1_000);
        assert_eq!(pages[0], Card::default().picture(picture));
        assert_eq!((pages.len(), pages[1].title.as_str(), &pages[1].picture), (2, "Digest", &None));
        let whole = Card::new("Digest").text("words ".repeat(300)).picture(pages[0].picture.clone());
        assert_eq!(split(whole.clone(), 4_000, 4_000), [whole]);
        assert_eq!(Picture::of_src("https://evil.example/x.png", ""), None);
    }

    #[test]
    fn a_page_waits_as_it_is() {
        let page = Page {
            card: Card { footer: "x".into(), ..Card::new("T1").quote("water") },
            keys: vec![Key { label: "Close".into(), button: Id(7), is_choice: true }],
            answers: Some(Answered { ticket: Ticket("secret".into()), n: 1 }),
        };
        assert!(!format!("{page:?}").contains("secret"));
        assert_eq!(Page::read(&page.write()), Some(page));
        assert_eq!(Page::read("no page"), None);
    }
}
