//! An answer as data, for every place that shows it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rapport_model::Id;
use rapport_workflows::digest::PICTURE;
use serde::{Deserialize, Serialize};

/// An answer: a record, a list, or a sentence.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// What it is about, or the whole answer.
    pub title: String,
    /// What stands under the title.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub subtitle: String,
    /// Labels and their values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
    /// Sentences, lists and quotations.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub body: Vec<Block>,
    /// What can be done next.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<Button>,
    /// A hint.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub footer: String,
    /// Customers' files that follow it, where the chat takes files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<Id>,
    /// Files of ours that follow it, where the chat takes files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub made: Vec<Made>,
    /// A picture above it, where the chat shows pictures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<Picture>,
}

/// A file that was made for whoever asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub text: String,
}

/// A picture of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    /// The PNG file, in base64.
    png: String,
    /// What it shows, in words.
    pub alt: String,
}

impl Picture {
    /// What its file is called.
    pub const NAME: &str = "digest.png";

    /// Makes a picture of what our HTML has as the `src` of one; nothing if it is none.
    pub fn of_src(src: &str, alt: &str) -> Option<Self> {
        Some(Self { png: src.strip_prefix(PICTURE)?.to_owned(), alt: alt.to_owned() })
    }

    /// Returns the file; empty if it is broken.
    pub fn bytes(&self) -> Vec<u8> {
        STANDARD.decode(&self.png).unwrap_or_default()
    }
}

/// A label and its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// What the value is.
    pub label: String,
    /// The value.
    pub value: String,
}

/// A part of a card's body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Block {
    /// A sentence of ours.
    Text(String),
    /// What the next items have in common.
    Heading(String),
    /// An entry of a list.
    Item(String),
    /// What somebody wrote.
    Quote {
        /// Their words.
        text: String,
        /// Where the words stand that were looked for: from, to (exclusive), in characters.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        marks: Vec<(usize, usize)>,
    },
    /// Lines that were set by somebody else, such as the digest's.
    Fixed(String),
}

/// Something that can be done next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Button {
    /// What it says.
    pub label: String,
    /// The command that pressing it gives.
    pub command: String,
    /// Whether it is one of several answers to the same question, of which one is chosen.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_choice: bool,
}

impl Card {
    /// Makes a card of a title.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    /// Adds a label with its value, unless that is empty.
    #[must_use]
    pub fn field(mut self, label: impl Into<String>, value: impl Into<String>) -> Self {
        let value = value.into();
        if !value.is_empty() {
            self.fields.push(Field { label: label.into(), value });
        }
        self
    }

    /// Adds a sentence, unless it is empty.
    #[must_use]
    pub fn text(self, text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() { self } else { self.block(Block::Text(text)) }
    }

    /// Adds an entry of a list.
    #[must_use]
    pub fn item(self, text: impl Into<String>) -> Self {
        self.block(Block::Item(text.into()))
    }

    /// Adds what somebody wrote.
    #[must_use]
    pub fn quote(self, text: impl Into<String>) -> Self {
        self.block(Block::Quote { text: text.into(), marks: Vec::new() })
    }

    /// Adds a heading with its items, unless there are none.
    #[must_use]
    pub fn list(mut self, heading: impl Into<String>, items: impl IntoIterator<Item = String>) -> Self {
        let mut items = items.into_iter().map(Block::Item).peekable();
        if items.peek().is_some() {
            self.body.push(Block::Heading(heading.into()));
            self.body.extend(items);
        }
        self
    }

    /// Lets a file follow it.
    #[must_use]
    pub fn made(mut self, file: Made) -> Self {
        self.made.push(file);
        self
    }

    /// Puts a picture above it.
    #[must_use]
    pub fn picture(self, picture: Option<Picture>) -> Self {
        Self { picture, ..self }
    }

    /// Tells whether it says nothing.
    pub fn is_wordless(&self) -> bool {
        [&self.title, &self.subtitle, &self.footer].iter().all(|text| text.is_empty())
            && self.fields.is_empty()
            && self.body.is_empty()
    }

    /// Adds a part of the body.
    #[must_use]
    pub fn block(mut self, block: Block) -> Self {
        self.body.push(block);
        self
    }

    /// Adds a button that gives a command.
    #[must_use]
    pub fn button(mut self, label: impl Into<String>, command: impl ToString) -> Self {
        let (label, command) = (label.into(), command.to_string());
        self.buttons.push(Button { label, command, is_choice: false });
        self
    }

    /// Adds a button that is one of several answers to the same question.
    #[must_use]
    pub fn choice(mut self, label: impl Into<String>, command: impl ToString) -> Self {
        let (label, command) = (label.into(), command.to_string());
        self.buttons.push(Button { label, command, is_choice: true });
        self
    }
}
