//! A page as Discord shows it: an embed, or several, menus of what one chooses from and rows of buttons; a
//! form; pure.

use rapport_model::Id;
use rapport_storage::drafts::File;
use serde_json::{Value, json};
use serenity::all::{
    ButtonStyle, CreateActionRow, CreateAllowedMentions, CreateButton, CreateEmbed, CreateEmbedFooter,
    CreateInputText, CreateInteractionResponse, CreateModal, CreateSelectMenu, CreateSelectMenuKind,
    CreateSelectMenuOption, InputTextStyle,
};

use crate::channel::chat::page::{Key, Page, units};
use crate::commands::{Block, Card, Picture, Question, plain};

// Discord's own limits, in UTF-16 units, of which it counts no more than of characters.
const TITLE_MAX: usize = 256;
const TEXT_MAX: usize = 4_096;
const FIELDS_MAX: usize = 25;
const LABEL_MAX: usize = 256;
const VALUE_MAX: usize = 1_024;
const FOOTER_MAX: usize = 2_048;
/// Of all embeds of a message together.
const ALL_MAX: usize = 6_000;
const ROWS_MAX: usize = 5;
const ROW_KEYS: usize = 5;
const ALT_MAX: usize = 1_024;
const KEY_CHARS_MAX: usize = 80;
const MENU_OPTIONS: usize = 25;
const OPTION_MAX: usize = 100;
const FORM_TITLE_MAX: usize = 45;
const FORM_LABEL_MAX: usize = 45;
const FORM_WORDS_MAX: u16 = 4_000;
/// The name of a form's only field.
const FORM_WORDS: &str = "words";

/// Fields whose value is as short stand side by side.
const SHORT_UNITS: usize = 24;

/// Returns a message, as Discord takes it: nobody is called by what stands in it.
pub(super) fn message(page: &Page) -> Value {
    json!({
        "embeds": embeds(&page.card),
        "components": rows(&page.keys),
        "allowed_mentions": CreateAllowedMentions::new(),
    })
}

/// Returns the file of a page's picture, if it has one.
pub(super) fn picture(page: &Page) -> Option<File> {
    let picture = page.card.picture.as_ref()?;
    Some(File { name: Picture::NAME.to_owned(), mime: "image/png".to_owned(), bytes: picture.bytes() })
}

/// Shows the picture that goes with a message in its first embed.
pub(super) fn show_picture(message: &mut Value, page: &Page) {
    let alt = page.card.picture.as_ref().map_or("", |picture| picture.alt.as_str());
    message["attachments"] =
        json!([{ "id": 0, "filename": Picture::NAME, "description": cut(alt, ALT_MAX) }]);
    message["embeds"][0]["image"] = json!({ "url": format!("attachment://{}", Picture::NAME) });
}

/// What fits in a message is shown; of what does not, the end is left out.
struct Room {
    left: usize,
}

impl Room {
    fn take(&mut self, text: &str, most: usize) -> String {
        let text = cut(text, most.min(self.left));
        self.left -= units(&text);
        text
    }
}

fn embeds(card: &Card) -> Vec<CreateEmbed> {
    let mut room = Room { left: ALL_MAX };
    let mut first = CreateEmbed::new();
    let mut texts = Texts { done: Vec::new(), open: String::new() };
    let title = escaped(&card.title);
    match units(&title) {
        0 => {}
        n if n <= TITLE_MAX => first = first.title(room.take(&title, TITLE_MAX)),
        _ => texts.add(&format!("**{title}**")),
    }
    let footer = room.take(&plain(&card.footer), FOOTER_MAX);
    if !card.subtitle.is_empty() {
        texts.add(&format!("*{}*", escaped(&card.subtitle)));
    }
    let mut n_fields = 0;
    for field in &card.fields {
        let (label, value) = (escaped(&field.label), escaped(&field.value));
        if n_fields < FIELDS_MAX
            && units(&label) <= LABEL_MAX
            && units(&value) <= VALUE_MAX
            && !label.is_empty()
        {
            let is_short = units(&value) <= SHORT_UNITS && !value.contains('\n');
            let (label, value) = (room.take(&label, LABEL_MAX), room.take(&value, VALUE_MAX));
            if !label.is_empty() && !value.is_empty() {
                first = first.field(label, value, is_short);
                n_fields += 1;
            }
        } else {
            texts.add(&format!("**{label}:** {value}"));
        }
    }
    card.body.iter().for_each(|block| texts.add(&block_text(block)));
    let mut texts = texts.done().into_iter();
    let text = room.take(&texts.next().unwrap_or_default(), TEXT_MAX);
    // Discord takes no empty message.
    let is_empty = text.is_empty() && title.is_empty() && n_fields == 0 && card.picture.is_none();
    let text = if is_empty { "·".to_owned() } else { text };
    if !text.is_empty() {
        first = first.description(text);
    }
    let mut all = vec![first];
    for text in texts {
        let text = room.take(&text, TEXT_MAX);
        if !text.is_empty() {
            all.push(CreateEmbed::new().description(text));
        }
    }
    if !footer.is_empty()
        && let Some(last) = all.pop()
    {
        all.push(last.footer(CreateEmbedFooter::new(footer)));
    }
    all
}

/// Texts of embeds, each as long as one takes.
struct Texts {
    done: Vec<String>,
    open: String,
}

impl Texts {
    fn add(&mut self, text: &str) {
        if !self.open.is_empty() && units(&self.open) + units(text) + 1 > TEXT_MAX {
            self.done.push(std::mem::take(&mut self.open));
        }
        if !self.open.is_empty() {
            self.open.push('\n');
        }
        self.open.push_str(text);
    }

    fn done(mut self) -> Vec<String> {
        if !self.open.is_empty() {
            self.done.push(self.open);
        }
        self.done
    }
}

fn block_text(block: &Block) -> String {
    match block {
        Block::Text(text) => escaped(text),
        Block::Heading(text) => format!("**{}**", escaped(&rapport_prompts::format::capital(text))),
        Block::Item(text) => format!("• {}", escaped(text)),
        Block::Quote { text, marks } => quoted(text, marks),
        // What is set in columns keeps them; what is written as a letter is read as one.
        Block::Fixed(text) if text.lines().any(|line| line.trim().contains("   ")) => {
            // What would end the block is parted.
            format!("```\n{}\n```", plain(text).trim_end().replace("```", "`\u{200b}`\u{200b}`"))
        }
        Block::Fixed(text) => escaped(text.trim_end()),
    }
}

/// Writes somebody's words as a quotation, those that were looked for in bold; the marks are from, to
/// (exclusive), in characters. Of empty lines in a row one stays.
fn quoted(text: &str, marks: &[(usize, usize)]) -> String {
    let safe = plain(text);
    let marks = if safe == text { marks } else { &[] };
    let mut out = String::from("> ");
    let (mut on, mut is_first) = (false, true);
    for (i, c) in safe.trim_end().chars().enumerate() {
        let inside = c != '\n' && marks.iter().any(|(from, to)| (*from..*to).contains(&i));
        if inside != on {
            out.push_str("**");
            on = inside;
        }
        if c == '\n' {
            if !out.ends_with("> \n> ") {
                out.push_str("\n> ");
            }
            is_first = true;
        } else {
            escape(&mut out, c, is_first);
            is_first = false;
        }
    }
    if on {
        out.push_str("**");
    }
    out
}

/// Takes the meaning from all marks in others' words, and from mentions.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut is_first = true;
    for c in plain(text).chars() {
        escape(&mut out, c, is_first);
        is_first = c == '\n';
    }
    out
}

fn escape(out: &mut String, c: char, is_first: bool) {
    let means = match c {
        '\\' | '*' | '_' | '~' | '`' | '|' | '<' | '[' | ']' => true,
        '>' | '#' | '-' | '+' => is_first,
        // A list, if digits alone stand before it.
        '.' => {
            let line = out.rsplit('\n').next().unwrap_or_default().trim_start_matches("> ");
            !line.is_empty() && line.bytes().all(|b| b.is_ascii_digit())
        }
        _ => false,
    };
    if means {
        out.push('\\');
    }
    out.push(c);
}

/// Cuts a text that is too long; no half of a mark stays at its end.
fn cut(text: &str, units_max: usize) -> String {
    if units(text) <= units_max {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += c.len_utf16();
        if used > units_max {
            break;
        }
        kept.push(c);
    }
    let kept = kept.trim_end_matches('\\');
    if units_max == 0 { String::new() } else { format!("{kept}…") }
}

/// Puts what one chooses from in menus, and other buttons in rows.
fn rows(keys: &[Key]) -> Vec<CreateActionRow> {
    let (choices, others): (Vec<&Key>, Vec<&Key>) = keys.iter().partition(|key| key.is_choice);
    let menus = choices.chunks(MENU_OPTIONS).enumerate().map(|(n, keys)| menu(n, keys));
    let row = |keys: &[&Key]| CreateActionRow::Buttons(keys.iter().map(|key| button(key)).collect());
    menus.chain(others.chunks(ROW_KEYS).map(row)).take(ROWS_MAX).collect()
}

fn menu(n: usize, keys: &[&Key]) -> CreateActionRow {
    let option =
        |key: &&Key| CreateSelectMenuOption::new(one_line(&key.label, OPTION_MAX), key.button.to_string());
    let options = keys.iter().map(option).collect();
    // The options' values alone say what is chosen.
    CreateActionRow::SelectMenu(CreateSelectMenu::new(
        format!("menu {n}"),
        CreateSelectMenuKind::String { options },
    ))
}

fn button(key: &Key) -> CreateButton {
    CreateButton::new(key.button.to_string())
        .label(one_line(&key.label, KEY_CHARS_MAX))
        .style(ButtonStyle::Secondary)
}

fn one_line(text: &str, units_max: usize) -> String {
    let line = plain(text).replace('\n', " ");
    let line = line.trim();
    if line.is_empty() { "·".to_owned() } else { cut(line, units_max) }
}

/// Returns the form for the words that a button asks for; what is written in it comes under the button's
/// name. Words that are longer than a form takes are left out, not cut.
pub(super) fn form(button: Id, question: &Question) -> CreateInteractionResponse {
    let label = one_line(&question.label, FORM_LABEL_MAX);
    let mut field =
        CreateInputText::new(InputTextStyle::Paragraph, label, FORM_WORDS).max_length(FORM_WORDS_MAX);
    if (1..=usize::from(FORM_WORDS_MAX)).contains(&units(&question.words)) {
        field = field.value(question.words.as_str());
    }
    let title = one_line(&question.title, FORM_TITLE_MAX);
    let form = CreateModal::new(button.to_string(), title);
    CreateInteractionResponse::Modal(form.components(vec![CreateActionRow::InputText(field)]))
}

#[cfg(test)]
#[path = "render_tests.rs"]
mod tests;
