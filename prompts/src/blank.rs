//! The forms that visitors fill in, as a page has them.

use rapport_model::consent::Purpose;
use rapport_model::reading::Language;

use crate::Prompts;
use crate::page::{Choice, Field, Form, Trap, View, button};

rapport_model::named! {
    /// What a field of a form takes.
    pub enum FieldKind {
        /// A person's name.
        Name = "name",
        /// An address to answer to.
        Email = "email",
        /// A number to call.
        Phone = "phone",
        /// The name of a company.
        Company = "company",
        /// What it is about.
        Subject = "subject",
        /// One line.
        Line = "line",
        /// Words, on as many lines as needed.
        Text = "text",
    }
}

/// A form as somebody is to fill it in.
#[derive(Clone, Copy, Debug)]
pub struct Blank<'a> {
    /// Where it goes.
    pub action: &'a str,
    /// What heads it; what we call such a form when empty.
    pub title: &'a str,
    /// What is asked.
    pub fields: &'a [Asked<'a>],
    /// Whether the box for news is ticked; nothing where there is none.
    pub news: Option<bool>,
    /// When it was shown, and our signature.
    pub stamp: &'a str,
    /// The name of the field that nobody sees.
    pub trap: &'a str,
    /// What is wrong with it as a whole; may be empty.
    pub problem: &'a str,
}

/// A field of a form.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Its name in what is sent.
    pub name: &'a str,
    /// What it takes.
    pub kind: FieldKind,
    /// What stands beside it.
    pub label: &'a str,
    /// Whether it must be filled in.
    pub required: bool,
    /// What stands in it.
    pub value: &'a str,
    /// What is wrong with that; may be empty.
    pub problem: &'a str,
    /// How many characters there can be.
    pub chars_max: usize,
}

impl Prompts {
    pub(crate) fn blank(&self, l: Language, house: &str, blank: &Blank<'_>) -> View {
        let fields = blank.fields.iter().map(|field| Field {
            name: field.name.to_owned(),
            title: field.label.to_owned(),
            hint: if field.required { String::new() } else { self.form_optional(l) },
            sort: match field.kind {
                FieldKind::Email => "email",
                FieldKind::Phone => "tel",
                FieldKind::Text => "text",
                FieldKind::Name | FieldKind::Company | FieldKind::Subject | FieldKind::Line => "line",
            },
            fills: match field.kind {
                FieldKind::Name => "name",
                FieldKind::Email => "email",
                FieldKind::Phone => "tel",
                FieldKind::Company => "organization",
                FieldKind::Subject | FieldKind::Line | FieldKind::Text => "",
            },
            required: field.required,
            value: field.value.to_owned(),
            problem: field.problem.to_owned(),
            chars_max: field.chars_max,
        });
        let news = blank.news.map(|on| Choice {
            name: Purpose::News.name().to_owned(),
            title: self.form_news(l, house),
            hint: self.form_news_hint(l),
            on,
        });
        let title = if blank.title.is_empty() { self.form_title(l, house) } else { blank.title.to_owned() };
        View {
            title,
            lead: self.form_lead(l),
            form: Some(Form {
                problem: blank.problem.to_owned(),
                fields: fields.collect(),
                stamp: blank.stamp.to_owned(),
                trap: Some(Trap { name: blank.trap.to_owned(), title: self.form_trap(l) }),
                choices: news.into_iter().collect(),
                ..button(blank.action, self.form_button(l))
            }),
            ..View::default()
        }
    }

    /// Returns what a form calls a field that the house gave no other label.
    pub fn form_label(&self, l: Language, kind: FieldKind) -> String {
        match kind {
            FieldKind::Name => self.form_name(l),
            FieldKind::Email => self.form_email(l),
            FieldKind::Phone => self.form_phone(l),
            FieldKind::Company => self.form_company(l),
            FieldKind::Subject => self.form_subject(l),
            FieldKind::Line | FieldKind::Text => self.form_text(l),
        }
    }
}

/// Makes fields to try the layout with.
pub(crate) fn samples() -> [Asked<'static>; 2] {
    let asked = |kind, problem: &'static str| Asked {
        name: "x",
        kind,
        label: "label",
        required: problem.is_empty(),
        value: "words",
        problem,
        chars_max: 9,
    };
    [asked(FieldKind::Text, "problem"), asked(FieldKind::Email, "")]
}

/// Makes a form of them.
pub(crate) fn sample<'a>(fields: &'a [Asked<'a>]) -> Blank<'a> {
    Blank {
        action: "/form/x",
        title: "",
        fields,
        news: Some(true),
        stamp: "x",
        trap: "url",
        problem: "problem",
    }
}
