//! Shows a card on a terminal or in a pipe; pure.

use rapport_prompts::format::{capital, columns, pad};

use super::card::{Block, Card};
use super::safe::plain;
use super::wrap::lines;

/// Nobody reads lines that are longer, however wide the window.
const WIDTH_MAX: usize = 110;
const WIDTH_MIN: usize = 20;
const INDENT: usize = 2;

const BOLD: &str = "\u{1b}[1m";
const DIM: &str = "\u{1b}[2m";
const BUTTON: &str = "\u{1b}[36m";
const MARK: &str = "\u{1b}[1;33m";
const OFF: &str = "\u{1b}[0m";

/// Returns the lines that show `card`, each with its line feed: at most `width` columns (20 to
/// 110), with colours or without any escape sequence.
pub fn render(card: &Card, width: usize, colour: bool) -> String {
    let mut page = Page { out: String::new(), width: width.clamp(WIDTH_MIN, WIDTH_MAX), colour };
    if !card.title.is_empty() {
        page.paragraph(&card.title, 0, 0, BOLD);
    }
    if !card.subtitle.is_empty() {
        page.paragraph(&card.subtitle, 0, 0, DIM);
    }
    page.fields(card);
    let mut headed = false;
    for block in &card.body {
        headed = page.block(block, headed);
    }
    page.buttons(card);
    if !card.footer.is_empty() {
        page.paragraph(&card.footer, 0, 0, DIM);
    }
    page.out
}

struct Page {
    out: String,
    width: usize,
    colour: bool,
}

impl Page {
    /// Writes a line of ours in a style.
    fn line(&mut self, text: &str, style: &str) {
        if self.colour && !style.is_empty() && !text.trim().is_empty() {
            self.out.extend([style, text, OFF]);
        } else {
            self.out.push_str(text);
        }
        self.out.push('\n');
    }

    /// Writes a text, the first line of each paragraph indented by `first` and the others by `rest`.
    fn paragraph(&mut self, text: &str, first: usize, rest: usize, style: &str) {
        for part in plain(text).split('\n') {
            // Where a further line begins deeper, there is less room; the first is measured with it.
            let width = self.width - first.max(rest);
            for (i, line) in lines(part, width).into_iter().enumerate() {
                let indent = " ".repeat(if i == 0 { first } else { rest });
                self.line(&format!("{indent}{}", &part[line]), style);
            }
        }
    }

    /// Writes labels in one column and values in another; on a narrow screen one below the other.
    fn fields(&mut self, card: &Card) {
        let label = card.fields.iter().map(|f| columns(&plain(&f.label))).max().unwrap_or(0);
        let narrow = INDENT + label + 2 > self.width / 2;
        for field in &card.fields {
            let (name, value) = (plain(&field.label), plain(&field.value));
            if narrow {
                self.paragraph(&name, INDENT, INDENT, DIM);
                self.paragraph(&value, 2 * INDENT, 2 * INDENT, "");
                continue;
            }
            let at = INDENT + label + 2;
            let mut head = pad(&name, label);
            for part in value.split('\n') {
                for line in lines(part, self.width - at) {
                    let head = std::mem::replace(&mut head, " ".repeat(label));
                    let head = if self.colour && !head.trim().is_empty() {
                        format!("{DIM}{head}{OFF}")
                    } else {
                        head
                    };
                    self.line(&format!("{:INDENT$}{head}  {}", "", &part[line]), "");
                }
            }
        }
    }

    /// Writes a part of the body; tells whether the next one stands under a heading.
    fn block(&mut self, block: &Block, headed: bool) -> bool {
        match block {
            Block::Text(text) => self.paragraph(text, INDENT, INDENT, ""),
            Block::Heading(text) => self.paragraph(&capital(text), INDENT, INDENT, BOLD),
            Block::Item(text) if headed => self.paragraph(text, 2 * INDENT, 3 * INDENT, ""),
            Block::Item(text) => self.paragraph(text, INDENT, 2 * INDENT, ""),
            Block::Quote { text, marks } => self.quote(text, marks),
            Block::Fixed(text) => self.fixed(text),
        }
        matches!(block, Block::Heading(_)) || headed && matches!(block, Block::Item(_))
    }

    /// Writes somebody else's words behind a bar, so that they never look like ours.
    fn quote(&mut self, text: &str, marks: &[(usize, usize)]) {
        let safe = plain(text);
        // Where something was taken out, the places do not hold any more.
        let marks = if safe == text { marks } else { &[] };
        let mut seen = 0;
        for part in safe.split('\n') {
            for line in lines(part, self.width - INDENT - 2) {
                let begins = seen + part[..line.start].chars().count();
                let shown = self.marked(&part[line], begins, marks);
                let bar = if self.colour { format!("{DIM}│{OFF}") } else { "│".to_owned() };
                self.line(&format!("{:INDENT$}{bar} {shown}", ""), "");
            }
            seen += part.chars().count() + 1;
        }
    }

    /// Puts the marked words of a line in colour; `begins` is where the line begins in the text.
    fn marked(&self, line: &str, begins: usize, marks: &[(usize, usize)]) -> String {
        if !self.colour || marks.is_empty() {
            return line.to_owned();
        }
        let mut out = String::new();
        let mut on = false;
        for (i, c) in line.chars().enumerate() {
            let inside = marks.iter().any(|(from, to)| (*from..*to).contains(&(begins + i)));
            if inside != on {
                out.push_str(if inside { MARK } else { OFF });
                on = inside;
            }
            out.push(c);
        }
        if on { out + OFF } else { out }
    }

    /// Keeps the lines as they are set, and breaks only what is too wide.
    fn fixed(&mut self, text: &str) {
        for part in plain(text).trim_end().split('\n') {
            let depth = part.len() - part.trim_start_matches(' ').len();
            if columns(part) <= self.width {
                self.line(part.trim_end(), "");
            } else {
                let depth = depth.min(self.width / 2);
                self.paragraph(part.trim_start(), depth, depth + INDENT, "");
            }
        }
    }

    /// Writes `[1] Note  [2] Close`, as many on a line as there is room for.
    fn buttons(&mut self, card: &Card) {
        let (mut used, mut row) = (0, String::new());
        for (i, button) in card.buttons.iter().enumerate() {
            let (key, label) = (format!("[{}]", i + 1), plain(&button.label).replace('\n', " "));
            let room = self.width - INDENT - columns(&key) - 1;
            let label = fitting(&label, room);
            let cols = columns(&key) + 1 + columns(&label);
            if used > 0 && INDENT + used + 2 + cols > self.width {
                self.line(&std::mem::take(&mut row), "");
                used = 0;
            }
            row.push_str(&" ".repeat(INDENT));
            used += cols + if used > 0 { 2 } else { 0 };
            let key = if self.colour { format!("{BUTTON}{key}{OFF}") } else { key };
            row.push_str(&format!("{key} {label}"));
        }
        if !row.is_empty() {
            self.line(&row, "");
        }
    }
}

/// Cuts a label to its room, with an ellipsis.
fn fitting(label: &str, room: usize) -> String {
    if columns(label) <= room {
        return label.to_owned();
    }
    let line = lines(label, room.saturating_sub(1)).into_iter().next().unwrap_or(0..0);
    format!("{}…", &label[line])
}
