//! What the index holds of a document.
//!
//! Texts are indexed and not stored: snippets are made from the store's text, so that there is
//! one copy less to erase.

use rapport_model::message::{ChannelKind, Direction};
use rapport_model::reading::{Intent, Mood};
use rapport_model::{Id, Kind, Timestamp};
use tantivy::schema::{FAST, Field, INDEXED, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::{TantivyDocument, Term};

/// Counts up when the schema or the tokens change, so that older indexes are built anew.
const LAYOUT: u32 = 4;

pub(super) const TOKENIZER: &str = "scripts";
pub(super) const ID: &str = "id";
pub(super) const KIND: &str = "kind";
pub(super) const CUSTOMER: &str = "customer";
pub(super) const AT: &str = "at";

/// Stands for "nobody" in a message without a customer, and in a set of what is visible for such
/// messages.
pub const NOBODY: Id = Id(0);

/// A record as search sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// The record's id, unique over all kinds.
    pub id: Id,
    /// The kind of record.
    pub kind: Kind,
    /// Whose it is. A customer is their own, and so is whatever has none; a message that has none is
    /// [`NOBODY`]'s.
    pub customer: Option<Id>,
    /// Where it came from, of a message.
    pub channel: Option<ChannelKind>,
    /// Which way it went, of a message that a person wrote.
    pub direction: Option<Direction>,
    /// What it wants, of a message.
    pub intents: Vec<Intent>,
    /// How it feels, of a message.
    pub mood: Option<Mood>,
    /// When it arrived or was made.
    pub at: Timestamp,
    /// Its name or subject; counts more than the body, and is what completion looks at.
    pub title: String,
    /// Its text; also other words by which it should be found, such as addresses.
    pub body: String,
}

/// The fields of the index.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields {
    pub(super) id: Field,
    pub(super) kind: Field,
    pub(super) customer: Field,
    pub(super) at: Field,
    pub(super) tags: Field,
    pub(super) title: Field,
    pub(super) body: Field,
}

/// Something that documents have or have not, as the field `tags` holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    Kind(Kind),
    Channel(ChannelKind),
    Direction(Direction),
    Intent(Intent),
    Mood(Mood),
}

impl Tag {
    fn text(self) -> String {
        match self {
            Self::Kind(kind) => format!("kind:{}", kind.name()),
            Self::Channel(channel) => format!("channel:{}", channel.name()),
            Self::Direction(direction) => format!("direction:{}", direction.name()),
            Self::Intent(intent) => format!("intent:{}", intent.name()),
            Self::Mood(mood) => format!("mood:{}", mood.name()),
        }
    }
}

impl Fields {
    /// Makes the schema and names its fields.
    pub(super) fn schema() -> (Schema, Self) {
        let mut builder = Schema::builder();
        let words = TextFieldIndexing::default()
            .set_tokenizer(TOKENIZER)
            .set_index_option(IndexRecordOption::WithFreqsAndPositions);
        let tags = TextFieldIndexing::default()
            .set_tokenizer("raw")
            .set_index_option(IndexRecordOption::Basic)
            .set_fieldnorms(false);
        let fields = Self {
            id: builder.add_i64_field(ID, INDEXED | FAST),
            kind: builder.add_u64_field(KIND, FAST),
            customer: builder.add_i64_field(CUSTOMER, INDEXED | FAST),
            at: builder.add_i64_field(AT, FAST),
            tags: builder.add_text_field("tags", TextOptions::default().set_indexing_options(tags)),
            title: builder
                .add_text_field("title", TextOptions::default().set_indexing_options(words.clone())),
            body: builder.add_text_field("body", TextOptions::default().set_indexing_options(words)),
        };
        (builder.build(), fields)
    }

    /// Returns the term that names the document `id`.
    pub(super) fn key(&self, id: Id) -> Term {
        Term::from_field_i64(self.id, id.0)
    }

    /// Returns the term of `tag`.
    pub(super) fn tag(&self, tag: Tag) -> Term {
        Term::from_field_text(self.tags, &tag.text())
    }

    /// Returns what tantivy indexes of `document`.
    pub(super) fn entry(&self, document: &Document) -> TantivyDocument {
        let own = (document.kind != Kind::Message).then_some(document.id);
        let mut entry = TantivyDocument::new();
        entry.add_i64(self.id, document.id.0);
        entry.add_u64(self.kind, kind_number(document.kind));
        entry.add_i64(self.customer, document.customer.or(own).unwrap_or(NOBODY).0);
        entry.add_i64(self.at, document.at.micros());
        let tags = [
            Some(Tag::Kind(document.kind)),
            document.channel.map(Tag::Channel),
            document.direction.map(Tag::Direction),
            document.mood.map(Tag::Mood),
        ];
        for tag in tags.into_iter().flatten().chain(document.intents.iter().copied().map(Tag::Intent)) {
            entry.add_text(self.tags, tag.text());
        }
        entry.add_text(self.title, &document.title);
        entry.add_text(self.body, &document.body);
        entry
    }
}

fn kind_number(kind: Kind) -> u64 {
    Kind::ALL.iter().position(|k| *k == kind).map_or(u64::MAX, |n| n as u64)
}

/// Finds the kind that [`Fields::entry`] wrote as `number`.
pub(super) fn kind_by_number(number: u64) -> Option<Kind> {
    Kind::ALL.get(usize::try_from(number).ok()?).copied()
}

/// Names the layout of the index. Kinds are written as their number in the list, so the list is
/// part of the name.
pub(super) fn version() -> String {
    let kinds: Vec<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
    format!("{LAYOUT}:{}", kinds.join(","))
}
