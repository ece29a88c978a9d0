//! The pages that customers see: what each one says, laid out as HTML.
//!
//! A page needs no script and asks for nothing from elsewhere. What is put into it is escaped.

use minijinja::Value;
use rapport_model::consent::Purpose;
use rapport_model::privacy::DataRight;
use rapport_model::reading::Language;
use serde::Serialize;

use crate::blank::{self, Blank};
use crate::error::PromptError;
use crate::locale::Context;
use crate::{LANGUAGES, Prompts};

/// The most stars.
pub const STARS_MAX: u8 = 5;

/// A page.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// The name of the house.
    pub house: &'a str,
    /// What lets its style in (CSP, `style-src`).
    pub nonce: &'a str,
    /// What it says.
    pub sheet: Sheet<'a>,
}

/// What a page says. Paths begin with `/`.
#[derive(Clone, Copy, Debug)]
pub enum Sheet<'a> {
    /// Asks whether somebody wants no more automatic mail.
    Unsubscribe {
        /// Where the answer goes.
        action: &'a str,
        /// Where each sort of mail is chosen.
        preferences: &'a str,
    },
    /// Says that no more will come.
    Unsubscribed {
        /// Where it is taken back.
        again: &'a str,
        /// Where each sort of mail is chosen.
        preferences: &'a str,
    },
    /// Says that mail will come again.
    Subscribed {
        /// Where each sort of mail is chosen.
        preferences: &'a str,
    },
    /// Lets each sort of mail be chosen, and the language.
    Preferences {
        /// Where the choice goes.
        action: &'a str,
        /// What is allowed now.
        allowed: &'a [Purpose],
        /// The language of mails now.
        language: Language,
        /// Whether it was just saved.
        saved: bool,
    },
    /// Asks what somebody thinks of us.
    Rating {
        /// Where the rating goes.
        action: &'a str,
        /// Who is rated; the house when empty.
        owner: &'a str,
        /// The stars so far.
        score: Option<u8>,
        /// The words so far.
        comment: &'a str,
        /// How many characters there can be.
        comment_chars_max: usize,
        /// Whether it was sent without stars.
        missing: bool,
    },
    /// Thanks for it.
    Rated {
        /// The stars.
        score: u8,
        /// Where it is changed.
        change: &'a str,
    },
    /// Asks whether it is they who ask about what is held of them.
    Proof {
        /// Where the answer goes.
        action: &'a str,
        /// What was asked for.
        rights: &'a [DataRight],
    },
    /// Says that it is noted.
    Proven,
    /// Lets a visitor write to the house.
    Form(&'a Blank<'a>),
    /// Thanks for it.
    FormSent {
        /// Whether a mail asks once more whether news is wanted.
        news: bool,
    },
    /// Asks once more whether somebody wants news.
    NewsAsk {
        /// Where the yes goes.
        action: &'a str,
    },
    /// Says that news will come.
    NewsSaid {
        /// Where each sort of mail is chosen.
        preferences: &'a str,
    },
    /// Such a link was good for so many days.
    NewsLate {
        /// How many.
        days: i64,
    },
    /// The link is none of ours.
    Wrong,
    /// The link was good for some time.
    Expired {
        /// How many it was good for.
        days: i64,
    },
    /// Somebody asks too often.
    Busy,
    /// What was sent cannot be taken.
    Refused,
    /// We failed.
    Failed,
}

/// How a page looks: what the layout sees as `page`.
#[derive(Debug, Default, Serialize)]
pub(crate) struct View {
    pub(crate) language: &'static str,
    pub(crate) house: String,
    pub(crate) nonce: String,
    /// `done` for what was done, `sorry` for what was not.
    pub(crate) mood: &'static str,
    pub(crate) title: String,
    pub(crate) lead: String,
    pub(crate) aside: String,
    pub(crate) form: Option<Form>,
    pub(crate) link: Option<Link>,
}

/// What can be sent.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Form {
    pub(crate) action: String,
    /// What is wrong with what was sent.
    pub(crate) problem: String,
    pub(crate) fields: Vec<Field>,
    /// What is sent with it, unseen.
    pub(crate) stamp: String,
    pub(crate) trap: Option<Trap>,
    pub(crate) choices: Vec<Choice>,
    pub(crate) languages: Option<Group>,
    pub(crate) stars: Option<Group>,
    pub(crate) comment: Option<Comment>,
    pub(crate) button: String,
    /// Whether the button is a way back.
    pub(crate) quiet: bool,
}

/// A line or several that can be written.
#[derive(Debug, Serialize)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) hint: String,
    /// What a browser is told that it takes; `text` is more than one line.
    pub(crate) sort: &'static str,
    /// What a browser may fill in by itself.
    pub(crate) fills: &'static str,
    pub(crate) required: bool,
    pub(crate) value: String,
    pub(crate) problem: String,
    pub(crate) chars_max: usize,
}

/// A field that nobody sees.
#[derive(Debug, Serialize)]
pub(crate) struct Trap {
    pub(crate) name: String,
    pub(crate) title: String,
}

/// Something that is on or off, or one of several.
#[derive(Debug, Serialize)]
pub(crate) struct Choice {
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) hint: String,
    pub(crate) on: bool,
}

/// Several of which one is chosen.
#[derive(Debug, Serialize)]
pub(crate) struct Group {
    title: String,
    choices: Vec<Choice>,
}

/// Words that can be written.
#[derive(Debug, Serialize)]
pub(crate) struct Comment {
    title: String,
    hint: String,
    words: String,
    chars_max: usize,
}

/// A way to another page.
#[derive(Debug, Serialize)]
pub(crate) struct Link {
    path: String,
    text: String,
}

impl Prompts {
    /// Lays a page out as HTML.
    pub fn page(&self, language: Language, page: &Page<'_>) -> String {
        let view = self.view(language, page);
        // A house's own layout may fail on values that the check did not try: then ours is used.
        let own = self.lay_out_page(language, &view);
        own.or_else(|_| Prompts::new().lay_out_page(language, &view)).unwrap_or_default()
    }

    /// Lays out the page that documents what other programs can ask. It is for who writes them, and in
    /// English; `view` is what the layout sees as `api`.
    pub fn api_page(&self, view: &impl Serialize) -> String {
        let context = Context::from([("api", Value::from_serialize(view))]);
        let laid_out = |prompts: &Prompts| prompts.locale(Language::En).render("layout/api.html", &context);
        // A house's own layout may fail on values that the check did not try: then ours is used.
        laid_out(self).or_else(|_| laid_out(&Prompts::new())).unwrap_or_default()
    }

    fn lay_out_page(&self, language: Language, view: &View) -> Result<String, PromptError> {
        let context = Context::from([("page", Value::from_serialize(view))]);
        self.locale(language).render("layout/page.html", &context)
    }

    fn view(&self, l: Language, page: &Page<'_>) -> View {
        let house = page.house;
        let view = match page.sheet {
            Sheet::Unsubscribe { action, preferences } => View {
                title: self.page_unsubscribe_title(l),
                lead: self.page_unsubscribe_lead(l, house),
                aside: self.page_unsubscribe_stays(l),
                form: Some(button(action, self.page_unsubscribe_button(l))),
                link: self.to_preferences(l, preferences),
                ..View::default()
            },
            Sheet::Unsubscribed { again, preferences } => View {
                mood: "done",
                title: self.page_unsubscribed_title(l),
                lead: self.page_unsubscribed_lead(l, house),
                form: Some(Form { quiet: true, ..button(again, self.page_subscribe_button(l)) }),
                link: self.to_preferences(l, preferences),
                ..View::default()
            },
            Sheet::Subscribed { preferences } => View {
                mood: "done",
                title: self.page_subscribed_title(l),
                lead: self.page_subscribed_lead(l, house),
                link: self.to_preferences(l, preferences),
                ..View::default()
            },
            Sheet::Preferences { action, allowed, language, saved } => View {
                mood: if saved { "saved" } else { "" },
                title: self.page_preferences_title(l),
                lead: self.page_preferences_lead(l, house),
                aside: if saved { self.page_preferences_saved(l) } else { String::new() },
                form: Some(Form {
                    choices: Purpose::ALL
                        .iter()
                        .map(|p| self.mail_choice(l, *p, allowed.contains(p)))
                        .collect(),
                    languages: Some(self.languages(l, language)),
                    ..button(action, self.page_save_button(l))
                }),
                ..View::default()
            },
            Sheet::Rating { action, owner, score, comment, comment_chars_max, missing } => View {
                title: self.page_rating_title(l),
                lead: self.page_rating_lead(l, (!owner.is_empty()).then_some(owner), house),
                form: Some(Form {
                    problem: if missing { self.page_rating_missing(l) } else { String::new() },
                    stars: Some(self.stars(l, score)),
                    comment: Some(Comment {
                        title: self.page_rating_comment(l),
                        hint: self.page_rating_comment_hint(l, comment_chars_max),
                        words: comment.to_owned(),
                        chars_max: comment_chars_max,
                    }),
                    ..button(action, self.page_rating_button(l))
                }),
                ..View::default()
            },
            Sheet::Rated { score, change } => View {
                mood: "done",
                title: self.page_rated_title(l),
                lead: self.page_rated_lead(l, score.into()),
                link: Some(Link { path: change.to_owned(), text: self.page_rated_change(l) }),
                ..View::default()
            },
            Sheet::Proof { action, rights } => {
                let rights: Vec<String> =
                    rights.iter().map(|right| self.label(l, *right).to_owned()).collect();
                View {
                    title: self.page_proof_title(l),
                    lead: self.page_proof_lead(l, house, &rights),
                    aside: self.page_proof_not_you(l),
                    form: Some(button(action, self.page_proof_button(l))),
                    ..View::default()
                }
            }
            Sheet::Proven => View {
                mood: "done",
                title: self.page_proven_title(l),
                lead: self.page_proven_lead(l, house),
                ..View::default()
            },
            Sheet::Form(blank) => self.blank(l, house, blank),
            Sheet::FormSent { news } => View {
                mood: "done",
                title: self.form_sent_title(l),
                lead: self.form_sent_lead(l, house),
                aside: if news { self.form_sent_news(l) } else { String::new() },
                ..View::default()
            },
            Sheet::NewsAsk { action } => View {
                title: self.news_ask_title(l),
                lead: self.news_ask_lead(l, house),
                form: Some(button(action, self.news_ask_button(l))),
                ..View::default()
            },
            Sheet::NewsSaid { preferences } => View {
                mood: "done",
                title: self.news_said_title(l),
                lead: self.news_said_lead(l, house),
                link: self.to_preferences(l, preferences),
                ..View::default()
            },
            Sheet::NewsLate { days } => sorry(self.page_expired_title(l), self.news_late_lead(l, days)),
            Sheet::Wrong => sorry(self.page_wrong_title(l), self.page_wrong_lead(l)),
            Sheet::Expired { days } => sorry(self.page_expired_title(l), self.page_expired_lead(l, days)),
            Sheet::Busy => sorry(self.page_busy_title(l), self.page_busy_lead(l)),
            Sheet::Refused => sorry(self.page_refused_title(l), self.page_refused_lead(l)),
            Sheet::Failed => sorry(self.page_failed_title(l), self.page_failed_lead(l)),
        };
        let language = if l == Language::Zh { "zh-CN" } else { "en" };
        View { language, house: house.to_owned(), nonce: page.nonce.to_owned(), ..view }
    }

    fn to_preferences(&self, l: Language, path: &str) -> Option<Link> {
        Some(Link { path: path.to_owned(), text: self.page_to_preferences(l) })
    }

    fn mail_choice(&self, l: Language, purpose: Purpose, on: bool) -> Choice {
        let (title, hint) = match purpose {
            Purpose::Answer => (self.page_answer(l), self.page_answer_hint(l)),
            Purpose::FollowUp => (self.page_follow_up(l), self.page_follow_up_hint(l)),
            Purpose::Survey => (self.page_survey(l), self.page_survey_hint(l)),
            Purpose::News => (self.page_news(l), self.page_news_hint(l)),
        };
        Choice { name: purpose.name().to_owned(), title, hint, on }
    }

    /// Each language is called as it calls itself, so that whoever reads no other finds it.
    fn languages(&self, l: Language, now: Language) -> Group {
        let choices = LANGUAGES.map(|language| Choice {
            name: language.code().to_owned(),
            title: if language == Language::Zh { "中文" } else { "English" }.to_owned(),
            hint: if language == Language::Zh { "zh-CN" } else { "en" }.to_owned(),
            on: language == now,
        });
        Group { title: self.page_language(l), choices: choices.into() }
    }

    fn stars(&self, l: Language, score: Option<u8>) -> Group {
        let choices = (1..=STARS_MAX).map(|n| Choice {
            name: n.to_string(),
            title: self.page_rating_stars(l, n.into()),
            hint: String::new(),
            on: score == Some(n),
        });
        Group { title: self.page_rating_score(l), choices: choices.collect() }
    }
}

pub(crate) fn button(action: &str, button: String) -> Form {
    Form { action: action.to_owned(), button, ..Form::default() }
}

fn sorry(title: String, lead: String) -> View {
    View { mood: "sorry", title, lead, ..View::default() }
}

/// Lays every page out.
///
/// # Errors
/// The layout uses what a page does not have.
pub(crate) fn try_out(prompts: &Prompts, language: Language) -> Result<(), PromptError> {
    let rating = |score, missing| Sheet::Rating {
        action: "/r/x",
        owner: "Mia",
        score,
        comment: "words",
        comment_chars_max: 9,
        missing,
    };
    let choosing = |saved| Sheet::Preferences { action: "/p/x", allowed: &[Purpose::News], language, saved };
    let fields = blank::samples();
    let form = blank::sample(&fields);
    for sheet in [
        Sheet::Form(&form),
        Sheet::FormSent { news: true },
        Sheet::NewsAsk { action: "/n/x" },
        Sheet::NewsSaid { preferences: "/p/x" },
        Sheet::NewsLate { days: 7 },
        Sheet::Unsubscribe { action: "/u/x", preferences: "/p/x" },
        Sheet::Unsubscribed { again: "/u/x/again", preferences: "/p/x" },
        Sheet::Subscribed { preferences: "/p/x" },
        choosing(false),
        choosing(true),
        rating(None, true),
        rating(Some(3), false),
        Sheet::Rated { score: 3, change: "/r/x" },
        Sheet::Proof { action: "/v/x", rights: &[DataRight::Access, DataRight::Erase] },
        Sheet::Proven,
        Sheet::Wrong,
        Sheet::Expired { days: 60 },
        Sheet::Busy,
        Sheet::Refused,
        Sheet::Failed,
    ] {
        let view = prompts.view(language, &Page { house: "House", nonce: "nonce", sheet });
        prompts.lay_out_page(language, &view)?;
    }
    Ok(())
}
