//! Texts that rules name: notices for colleagues, mails for customers, titles and notes.
//!
//! A rule file knows a text by its name, so that these have one function a sort, and the house
//! may add texts of its own beside them.

use chrono_tz::Tz;
use minijinja::Value;
use rapport_model::Timestamp;
use rapport_model::event::{Against, Anomaly, Figure, Goal, Silence, Soured};
use rapport_model::privacy::{DataRight, PrivacyLaw};
use rapport_model::reading::{Intent, Language, Mood};

use crate::Prompts;
use crate::error::PromptError;
use crate::format;
use crate::label::Label as _;
use crate::locale::{Context, Locale};
use crate::slot::{Day, Slot, When};

/// What a rule may say to colleagues about a customer or a figure.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoticeContext<'a> {
    /// The customer's name; empty where it is about a figure.
    pub customer: &'a str,
    /// The customer's short number, such as `C12`.
    pub number: &'a str,
    /// The mail's subject.
    pub subject: &'a str,
    /// What the mail says, with links and mentions made harmless.
    pub excerpt: &'a str,
    /// What the mail wants.
    pub intent: Option<Intent>,
    /// How the mail feels.
    pub mood: Option<Mood>,
    /// The words that spoke for it.
    pub why: &'a [String],
    /// The short number of the ticket that is open for it, such as `T3`.
    pub ticket: Option<&'a str>,
    /// The unusual figure, and when that was noticed.
    pub anomaly: Option<(&'a Anomaly, When)>,
    /// The record that it is about, such as `T3 Pump broken`.
    pub record: &'a str,
    /// The colleague who did it.
    pub who: &'a str,
    /// What is open with the customer, a line each.
    pub open: &'a [String],
    /// The target of a service level.
    pub goal: Option<Goal>,
    /// When its time is over.
    pub due: Option<When>,
    /// How many.
    pub count: usize,
    /// The customer's unusual silence.
    pub silence: Option<&'a Silence>,
    /// How the customer turned.
    pub soured: Option<&'a Soured>,
    /// What the customer asks about what is held of them.
    pub request: Option<RequestSaid<'a>>,
}

/// What a customer asks about what is held of them.
#[derive(Clone, Copy, Debug)]
pub struct RequestSaid<'a> {
    /// What they ask for.
    pub rights: &'a [DataRight],
    /// By which law.
    pub law: PrivacyLaw,
    /// Whether it is proven that it is they who ask.
    pub proven: bool,
    /// How many days are left; below zero when it is overdue.
    pub days_left: i64,
}

/// What an automatic mail to a customer may say.
#[derive(Clone, Copy, Debug, Default)]
pub struct MailContext<'a> {
    /// The customer's name; empty where it is not known.
    pub customer_name: &'a str,
    /// The name of the colleague who signs.
    pub owner_name: &'a str,
    /// The name of the house.
    pub house: &'a str,
    /// The subject of the conversation; the marks of an answer are taken off.
    pub subject: &'a str,
    /// How many days the conversation has been silent.
    pub days: i64,
}

/// What a mail to many may say to each of them.
#[derive(Clone, Copy, Debug, Default)]
pub struct NewsContext<'a> {
    /// The customer's name; empty where it is not known.
    pub customer_name: &'a str,
    /// The name of the colleague who looks after them, else of the house.
    pub owner_name: &'a str,
    /// The name of the house.
    pub house: &'a str,
    /// When either side last wrote to the other.
    pub last_contact: Option<Day>,
    /// What they may like to buy, best first; none where nothing is known.
    pub recommendations: &'a [&'a str],
}

/// A text that leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// One line.
    pub subject: String,
    /// The words.
    pub body: String,
    /// The words as HTML, where the house has written any.
    pub html: Option<String>,
}

/// What of a notice is made of other texts.
#[derive(Debug, Default)]
struct Made {
    unusual: String,
    mood_was: String,
    mood_is: String,
}

impl NoticeContext<'_> {
    fn context(&self, locale: &Locale, made: &Made) -> Context {
        let anomaly = self.anomaly.map(|(anomaly, _)| anomaly);
        let whole = |of: fn(&Anomaly) -> f64| Value::from(anomaly.map_or(0, |a| of(a).round() as i64));
        Context::from([
            ("customer", self.customer.value(locale)),
            ("number", self.number.value(locale)),
            ("subject", self.subject.value(locale)),
            ("excerpt", self.excerpt.value(locale)),
            ("intent", self.intent.or(anomaly.and_then(|a| a.intent)).value(locale)),
            ("mood", self.mood.value(locale)),
            ("why", self.why.value(locale)),
            ("ticket", self.ticket.value(locale)),
            ("unusual", made.unusual.as_str().value(locale)),
            ("mood_was", made.mood_was.as_str().value(locale)),
            ("mood_is", made.mood_is.as_str().value(locale)),
            ("seen", whole(|a| a.seen)),
            ("usual", whole(|a| a.usual)),
            ("record", self.record.value(locale)),
            ("who", self.who.value(locale)),
            ("open", self.open.value(locale)),
            ("goal", self.goal.value(locale)),
            ("count", Value::from(self.soured.map_or(self.count, |soured| soured.mails as usize))),
            ("days", Value::from(self.silence.map_or(0, |silence| silence.days))),
            ("usual_days", Value::from(self.silence.and_then(|silence| silence.usual).unwrap_or(0))),
            ("due", self.due.value(locale)),
            ("rights", Value::from(self.rights(locale))),
            ("law", self.request.map(|request| request.law).value(locale)),
            ("proven", Value::from(self.request.is_some_and(|request| request.proven))),
            ("days_left", Value::from(self.request.map_or(0, |request| request.days_left))),
        ])
    }

    fn rights(&self, locale: &Locale) -> Vec<String> {
        let rights = self.request.map_or(&[][..], |request| request.rights);
        rights.iter().map(|right| locale.label(DataRight::GROUP, right.name()).to_owned()).collect()
    }
}

impl MailContext<'_> {
    fn context(&self, locale: &Locale) -> Context {
        Context::from([
            ("customer_name", self.customer_name.value(locale)),
            ("owner_name", self.owner_name.value(locale)),
            ("house", self.house.value(locale)),
            ("subject", format::bare_subject(self.subject).as_str().value(locale)),
            ("days", Value::from(self.days)),
        ])
    }
}

impl NewsContext<'_> {
    fn context(&self, locale: &Locale) -> Context {
        Context::from([
            ("customer_name", self.customer_name.value(locale)),
            ("owner_name", self.owner_name.value(locale)),
            ("house", self.house.value(locale)),
            ("last_contact", self.last_contact.value(locale)),
            ("recommendations", self.recommendations.value(locale)),
        ])
    }
}

impl Prompts {
    /// Says a mail to many to one of them, by its name.
    ///
    /// # Errors
    /// No such mail has that name, or the house's own text is wrong.
    pub fn news(
        &self,
        language: Language,
        name: &str,
        context: &NewsContext<'_>,
    ) -> Result<Text, PromptError> {
        let locale = self.locale(language);
        letter(locale, &format!("news/{name}"), &context.context(locale))
    }

    /// Tells whether a campaign may send that text.
    pub fn is_news(&self, name: &str) -> bool {
        self.has(&format!("news/{name}"))
    }

    /// Returns the names of the texts that a campaign may send.
    pub fn all_news(&self) -> Vec<&str> {
        let keys = self.locale(Language::En).sources.keys();
        keys.filter_map(|key| key.strip_prefix("news/")).filter(|name| !name.ends_with(".html")).collect()
    }

    /// Says a notice for colleagues by its name.
    ///
    /// # Errors
    /// No notice has that name, or the house's own text is wrong.
    pub fn notice(
        &self,
        language: Language,
        name: &str,
        context: &NoticeContext<'_>,
    ) -> Result<Text, PromptError> {
        let locale = self.locale(language);
        letter(locale, &format!("notice/{name}"), &self.told(language, context))
    }

    /// Says an automatic mail to a customer by its name.
    ///
    /// # Errors
    /// No mail has that name, or the house's own text is wrong.
    pub fn mail(
        &self,
        language: Language,
        name: &str,
        context: &MailContext<'_>,
    ) -> Result<Text, PromptError> {
        let locale = self.locale(language);
        letter(locale, &format!("mail/{name}"), &context.context(locale))
    }

    /// Says the title of a task, or the words of a note, by its name.
    ///
    /// # Errors
    /// No such text has that name, or the house's own text is wrong.
    pub fn phrase(
        &self,
        language: Language,
        name: &str,
        context: &NoticeContext<'_>,
    ) -> Result<String, PromptError> {
        self.locale(language).render(&format!("rules/{name}"), &self.told(language, context))
    }

    fn told(&self, language: Language, context: &NoticeContext<'_>) -> Context {
        let unusual = context.anomaly.map(|(anomaly, at)| self.unusual(language, anomaly, at));
        let mood = |of: fn(&Soured) -> f64| context.soured.map(|soured| self.mood(language, of(soured)));
        let made = Made {
            unusual: unusual.unwrap_or_default(),
            mood_was: mood(|soured| soured.was).unwrap_or_default(),
            mood_is: mood(|soured| soured.is).unwrap_or_default(),
        };
        context.context(self.locale(language), &made)
    }

    /// Tells whether a rule may name that notice.
    pub fn is_notice(&self, name: &str) -> bool {
        self.has(&format!("notice/{name}"))
    }

    /// Tells whether a rule may name that mail.
    pub fn is_mail(&self, name: &str) -> bool {
        self.has(&format!("mail/{name}"))
    }

    /// Tells whether a rule may name that title or note.
    pub fn is_phrase(&self, name: &str) -> bool {
        self.has(&format!("rules/{name}"))
    }

    /// Tells whether a rule may name that text, whatever its sort.
    pub fn is_text(&self, name: &str) -> bool {
        self.is_notice(name) || self.is_mail(name) || self.is_phrase(name)
    }

    fn has(&self, key: &str) -> bool {
        self.locale(Language::En).sources.contains_key(key)
    }
}

/// Says a text whose first line is its subject.
fn letter(locale: &Locale, key: &str, context: &Context) -> Result<Text, PromptError> {
    let whole = locale.render(key, context)?;
    // Values are of one line, so that the first line end is the template's own.
    let (subject, body) = whole.split_once('\n').unwrap_or((&whole, ""));
    let html = format!("{key}.html");
    let html = locale.sources.contains_key(&html).then(|| locale.render(&html, context)).transpose()?;
    Ok(Text {
        subject: format::one_line(subject.strip_prefix(SUBJECT).unwrap_or(subject)),
        body: body.trim().to_owned(),
        html,
    })
}

/// Begins the first line of a notice, a mail, or news.
pub(crate) const SUBJECT: &str = "Subject:";

/// Returns an unusual figure with which a text is tried out.
pub(crate) const fn anomaly_sample() -> Anomaly {
    Anomaly {
        figure: Figure::Volume,
        intent: None,
        seen: 9.0,
        usual: 2.0,
        range: (1.0, 4.0),
        since: Timestamp::from_secs(1_773_302_400),
        against: Against::Weeks,
        score: 5.0,
    }
}

/// Returns contexts with which a text that rules name is tried out: one with everything, one
/// with as little as can be. `None` if rules do not name such a text.
pub(crate) fn samples(locale: &Locale, key: &str) -> Option<[Context; 2]> {
    let words = ["word".to_owned()];
    let anomaly = anomaly_sample();
    let at = When { at: Timestamp::from_secs(1_773_309_600), zone: Tz::UTC };
    let silence = Silence { days: 21, usual: Some(6), since: Timestamp::from_secs(1_773_309_600) };
    let soured = Soured { was: 0.3, is: -0.5, mails: 3, since: Timestamp::from_secs(1_773_309_600) };
    let made = Made { unusual: "9 mails today".into(), mood_was: "good".into(), mood_is: "bad".into() };
    let notice = NoticeContext {
        customer: "Ann",
        number: "C1",
        subject: "subject",
        excerpt: "words",
        intent: Some(Intent::Other),
        mood: Some(Mood::Neutral),
        why: &words,
        ticket: Some("T1"),
        anomaly: Some((&anomaly, at)),
        record: "T1 Pump broken",
        who: "Mia",
        open: &words,
        goal: Some(Goal::FirstResponse),
        due: Some(at),
        count: 12,
        silence: Some(&silence),
        soured: Some(&soured),
        request: Some(RequestSaid {
            rights: &[DataRight::Access, DataRight::Erase],
            law: PrivacyLaw::Gdpr,
            proven: true,
            days_left: 7,
        }),
    };
    let mail =
        MailContext { customer_name: "Ann", owner_name: "Mia", house: "House", subject: "subject", days: 3 };
    let news = NewsContext {
        customer_name: "Ann",
        owner_name: "Mia",
        house: "House",
        last_contact: Some(Day(at)),
        recommendations: &["AquaOne"],
    };
    match key.split_once('/')?.0 {
        "news" => Some([news.context(locale), NewsContext::default().context(locale)]),
        "notice" | "rules" => {
            let least = NoticeContext::default();
            Some([notice.context(locale, &made), least.context(locale, &Made::default())])
        }
        "mail" => Some([mail.context(locale), MailContext::default().context(locale)]),
        _ => None,
    }
}
