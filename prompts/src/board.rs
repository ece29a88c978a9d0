//! The pages that colleagues see in their browsers: figures, bars, tables and lists, laid out as HTML.
//!
//! A page needs no script, has its one style from the same place, and asks for nothing from elsewhere. What
//! is put into it is escaped, whatever customers wrote.

use minijinja::Value;
use rapport_model::reading::Language;
use serde::Serialize;

use crate::Prompts;
use crate::error::PromptError;
use crate::locale::Context;

/// How the pages look, as CSS.
pub const BOARD_STYLE: &str = include_str!("../locales/layout/board.css");

/// A page for colleagues. Words are said already; paths begin with `/`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Board {
    /// The name of the house.
    pub house: String,
    /// Where [`BOARD_STYLE`] is served.
    pub style: String,
    /// Who looks.
    pub who: String,
    /// What else can be looked at; nothing for who is not let in.
    pub places: Vec<Way>,
    /// Where one goes out.
    pub logout: Way,
    /// Where this page is reached from.
    pub back: Option<Way>,
    /// What the page is.
    pub title: String,
    /// What it tells, in a sentence.
    pub lead: String,
    /// What stands there, from top to bottom.
    pub parts: Vec<Part>,
}

/// A way to another page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Way {
    /// Where it leads.
    pub path: String,
    /// What it says.
    pub text: String,
    /// Whether that is where one is.
    pub here: bool,
}

/// A part of a page.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Part {
    /// What was done just now.
    Said {
        /// A sentence.
        text: String,
    },
    /// Ways to see the same otherwise, or more of it.
    Ways {
        /// The ways.
        items: Vec<Way>,
    },
    /// Figures, large.
    Figures {
        /// What they have in common; may be empty.
        title: String,
        /// What must be known to read them; may be empty.
        note: String,
        /// The figures.
        items: Vec<Figure>,
    },
    /// Amounts side by side, of which a part is told apart.
    Bars {
        /// What is shown.
        title: String,
        /// What must be known to read it; may be empty.
        note: String,
        /// The bars, oldest first.
        bars: Vec<Bar>,
        /// What a bar is of.
        key_all: String,
        /// What its lower part is of.
        key_part: String,
    },
    /// Rows under columns; a card for each row on a telephone.
    Table {
        /// What is listed.
        title: String,
        /// What must be known to read it; may be empty.
        note: String,
        /// What each column is.
        columns: Vec<Column>,
        /// A cell for each column; the first one names the row.
        rows: Vec<Vec<Cell>>,
        /// What is said where there are no rows.
        empty: String,
        /// Whether each cell says by itself what it is: a telephone shows them two by two, without labels.
        brief: bool,
    },
    /// Labels and what belongs to them.
    Pairs {
        /// What they are of; may be empty.
        title: String,
        /// May be empty.
        note: String,
        /// The pairs.
        items: Vec<Pair>,
    },
    /// A list of sentences.
    Lines {
        /// What is listed.
        title: String,
        /// May be empty.
        note: String,
        /// The sentences.
        items: Vec<Vec<Span>>,
        /// What is said where there are none.
        empty: String,
    },
    /// Words.
    Words {
        /// What they are of; may be empty.
        title: String,
        /// May be empty.
        note: String,
        /// The words; line ends are kept.
        text: String,
        /// Whether somebody else wrote them.
        quote: bool,
    },
    /// Something that can be filled in.
    Form {
        /// What it is for; may be empty.
        title: String,
        /// May be empty.
        note: String,
        /// `get` or `post`.
        method: &'static str,
        /// Where it goes.
        action: String,
        /// What is filled in.
        fields: Vec<Field>,
        /// What its button says.
        button: String,
    },
}

/// How something stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub enum Tone {
    /// As it is.
    #[default]
    #[serde(rename = "")]
    Plain,
    /// As it should be.
    #[serde(rename = "good")]
    Good,
    /// Soon not as it should be.
    #[serde(rename = "warm")]
    Warm,
    /// Not as it should be.
    #[serde(rename = "bad")]
    Bad,
}

/// A figure.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Figure {
    /// What it counts.
    pub label: String,
    /// The figure.
    pub value: String,
    /// What it is beside; may be empty.
    pub aside: String,
    /// How that is.
    pub tone: Tone,
    /// Where it leads; may be empty.
    pub path: String,
    /// Whether it is words more than a number, and set smaller.
    pub long: bool,
}

/// A bar.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Bar {
    /// What it is of, short.
    pub label: String,
    /// How much, in words.
    pub value: String,
    /// All of it in a sentence, for who does not see it.
    pub said: String,
    /// How high it is, in 0..=100.
    pub all: u32,
    /// How high its lower part is, in 0..=`all`.
    pub part: u32,
}

/// A column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Column {
    /// What stands in it.
    pub text: String,
    /// Whether these are numbers.
    pub number: bool,
}

/// A cell.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Cell {
    /// What stands in it.
    pub text: String,
    /// Where it leads; may be empty.
    pub path: String,
    /// What stands beside it, smaller, such as a number; may be empty.
    pub mark: String,
    /// What stands below it, smaller; may be empty.
    pub under: String,
    /// How that is.
    pub tone: Tone,
    /// Whether it is a state, and stands out.
    pub chip: bool,
}

/// A label and what belongs to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Pair {
    /// What the value is.
    pub label: String,
    /// The value.
    pub value: Vec<Span>,
}

/// Words that may lead somewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Span {
    /// The words.
    pub text: String,
    /// Where they lead; may be empty.
    pub path: String,
}

/// Something to fill in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Field {
    /// What is asked.
    pub label: String,
    /// By what name it is sent.
    pub name: String,
    /// `text` or `date`, where there are no choices.
    #[serde(rename = "type")]
    pub sort: &'static str,
    /// What stands there.
    pub value: String,
    /// What may be chosen.
    pub choices: Vec<Choice>,
    /// What a browser knows to fill in; what has this must be filled in.
    pub autocomplete: &'static str,
}

/// Something that may be chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is shown.
    pub text: String,
}

/// What the layout sees as `board`.
#[derive(Serialize)]
struct View<'a> {
    #[serde(flatten)]
    board: &'a Board,
    language: &'static str,
    skip: String,
    places_label: String,
}

impl Prompts {
    /// Lays a page for colleagues out as HTML.
    pub fn board(&self, language: Language, board: &Board) -> String {
        // A house's own layout may fail on values that the check did not try: then ours is used.
        let own = self.lay_out_board(language, board);
        own.or_else(|_| Self::new().lay_out_board(language, board)).unwrap_or_default()
    }

    fn lay_out_board(&self, l: Language, board: &Board) -> Result<String, PromptError> {
        let language = if l == Language::Zh { "zh-CN" } else { "en" };
        let (skip, places_label) = (self.board_skip(l), self.board_places(l));
        let view = View { board, language, skip, places_label };
        let context = Context::from([("board", Value::from_serialize(&view))]);
        self.locale(l).render("layout/board.html", &context)
    }
}

/// Lays a page with every part out.
///
/// # Errors
/// The layout uses what a page does not have.
pub(crate) fn try_out(prompts: &Prompts, language: Language) -> Result<(), PromptError> {
    let text = || "words".to_owned();
    let way = || Way { path: "/x".into(), text: text(), here: true };
    let cell =
        |chip, path: &str| Cell { text: text(), path: path.into(), chip, mark: text(), ..Cell::default() };
    let table = |rows| Part::Table {
        title: text(),
        note: text(),
        columns: vec![Column { text: text(), number: true }, Column::default()],
        rows,
        empty: text(),
        brief: true,
    };
    let span = Span { text: text(), path: "/x".into() };
    let lines = |items| Part::Lines { title: text(), note: String::new(), items, empty: text() };
    let words = |quote| Part::Words { title: text(), note: String::new(), text: text(), quote };
    let field = |choices| Field { label: text(), choices, autocomplete: "username", ..Field::default() };
    let parts = vec![
        Part::Said { text: text() },
        Part::Ways { items: vec![way(), Way::default()] },
        Part::Figures {
            title: text(),
            note: text(),
            items: vec![
                Figure { path: "/x".into(), aside: text(), long: true, tone: Tone::Bad, ..Figure::default() },
                Figure::default(),
            ],
        },
        Part::Bars {
            title: text(),
            note: text(),
            bars: vec![Bar { all: 100, part: 30, ..Bar::default() }],
            key_all: text(),
            key_part: text(),
        },
        table(vec![vec![cell(false, "/x"), cell(true, "")], vec![cell(false, ""), Cell::default()]]),
        table(Vec::new()),
        Part::Pairs {
            title: text(),
            note: String::new(),
            items: vec![Pair { label: text(), value: vec![span.clone()] }],
        },
        lines(vec![vec![span, Span::default()]]),
        lines(Vec::new()),
        words(true),
        words(false),
        Part::Form {
            title: text(),
            note: text(),
            method: "get",
            action: "/x".into(),
            fields: vec![
                field(Vec::new()),
                field(vec![Choice { value: String::new(), text: text() }, Choice::default()]),
            ],
            button: text(),
        },
    ];
    let inside = Board { places: vec![way()], back: Some(way()), lead: text(), parts, ..Board::default() };
    for board in [inside, Board::default()] {
        prompts.lay_out_board(language, &board)?;
    }
    Ok(())
}
