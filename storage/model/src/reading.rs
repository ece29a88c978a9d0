//! What was understood of a message.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::named;
use crate::privacy::{DataRight, PrivacyLaw};

named! {
    /// What a customer wants.
    pub enum Intent {
        /// To order, subscribe, renew or add.
        Buy = "buy",
        /// To know a price, get a quote or a discount.
        Pricing = "pricing",
        /// To see or try the product.
        Demo = "demo",
        /// To talk or visit at a time.
        Meeting = "meeting",
        /// To know where an order is.
        OrderStatus = "order_status",
        /// To have something mended.
        Problem = "problem",
        /// To know how something is done.
        HowTo = "how_to",
        /// To settle an invoice or payment.
        Billing = "billing",
        /// To get money back.
        Refund = "refund",
        /// To end an order or contract.
        Cancel = "cancel",
        /// To say that something was not right.
        Complaint = "complaint",
        /// To say that something was good.
        Praise = "praise",
        /// To have an address or other detail changed.
        UpdateDetails = "update_details",
        /// To get no more mailings.
        Unsubscribe = "unsubscribe",
        /// To see or erase what is known of them.
        Privacy = "privacy",
        /// None of these.
        Other = "other",
    }
}

named! {
    /// How a text feels towards us.
    pub enum Mood {
        /// Bad.
        Negative = "negative",
        /// Neither.
        Neutral = "neutral",
        /// Good.
        Positive = "positive",
    }
}

named! {
    /// What a named thing in a text is.
    pub enum EntityKind {
        /// An e-mail address, in lower case.
        Email = "email",
        /// A telephone number; the value is E.164, its digits alone where the country is not known.
        Phone = "phone",
        /// An amount; the value is `1200.00 EUR`, the number alone where the currency is not known.
        Money = "money",
        /// A day, a day and time, or days; the value is ISO 8601: `2026-03-12`, `2026-03-12T15:00`,
        /// `2026-03-09/2026-03-15`. It is empty where it is unclear which day is meant.
        Date = "date",
        /// The number of an order, a booking, a delivery or a ticket.
        OrderId = "order_id",
        /// The number of an invoice.
        InvoiceId = "invoice_id",
        /// A count of things; the value is `20 seats`.
        Quantity = "quantity",
        /// A web address.
        Url = "url",
        /// A person's name.
        Person = "person",
        /// A company's name.
        Company = "company",
        /// A product from the catalogue.
        Product = "product",
    }
}

/// An intent with its calibrated probability.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct IntentScore {
    /// The intent.
    pub name: Intent,
    /// How likely it is, in 0..=1.
    pub p: f32,
}

/// How a text feels.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sentiment {
    /// The most likely mood.
    pub label: Mood,
    /// From −1 (bad) to 1 (good).
    pub score: f32,
    /// Whether one part is clearly good and another clearly bad.
    #[serde(default, skip_serializing_if = "is_false")]
    pub mixed: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// A named thing in a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entity {
    /// What it is.
    pub kind: EntityKind,
    /// The words as they stand.
    pub text: String,
    /// What they mean, in the form that the kind names.
    pub value: String,
    /// Where the words begin, in Unicode code points from the start of the text.
    pub start: usize,
    /// Where they end, exclusive.
    pub end: usize,
}

/// Something that the writer says will be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    /// The clause as it stands.
    pub text: String,
    /// The day or time by which it is due, in ISO 8601; nothing when none to come is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    /// Where the clause begins, in Unicode code points from the start of the text.
    pub start: usize,
    /// Where it ends, exclusive.
    pub end: usize,
}

/// A sentence that asks something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The sentence as it stands.
    pub text: String,
    /// Where it begins, in Unicode code points from the start of the text.
    pub start: usize,
    /// Where it ends, exclusive.
    pub end: usize,
}

/// The words that spoke for a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Why {
    /// What was decided: an intent's name, `negative`, `positive`, `urgent`.
    pub about: String,
    /// The words, strongest first, at most five.
    pub words: Vec<String>,
}

/// What was understood of one text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// ISO 639-1 code, `und` when it cannot be told.
    pub language: String,
    /// What the writer wants, most likely first; never empty.
    pub intents: Vec<IntentScore>,
    /// How it feels.
    pub sentiment: Sentiment,
    /// Whether it wants an answer within hours.
    pub urgent: bool,
    /// Named things, in the order of the text.
    pub entities: Vec<Entity>,
    /// What the writer says will be done, in the order of the text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub promises: Vec<Promise>,
    /// Whether the writer says that something was done.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub fulfils: bool,
    /// What the text asks, in its order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<Question>,
    /// What the writer asks for of what the law lets them, about what is held of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rights: Vec<DataRight>,
    /// The law that the text names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub law: Option<PrivacyLaw>,
    /// The words that spoke for it.
    pub why: Vec<Why>,
    /// Which engine read it, such as `linear-1`.
    pub engine: String,
}

/// What a text should have been read as, by a colleague who knows. Written `refund,cancel negative
/// urgent`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// What the writer wants, the main intent first; never empty.
    pub intents: Vec<Intent>,
    /// How it feels.
    pub mood: Mood,
    /// Whether it wants an answer within hours.
    pub urgent: bool,
}

impl Correction {
    /// Reads what [`Correction`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let intents: Option<Vec<Intent>> = words.next()?.split(',').map(Intent::by_name).collect();
        let mood = Mood::by_name(words.next()?)?;
        match (words.next(), words.next()) {
            (urgent @ (None | Some("urgent")), None) => {
                Some(Self { intents: intents?, mood, urgent: urgent.is_some() })
            }
            _ => None,
        }
    }
}

impl fmt::Display for Correction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let intents: Vec<&str> = self.intents.iter().map(|intent| intent.name()).collect();
        write!(f, "{} {}{}", intents.join(","), self.mood.name(), if self.urgent { " urgent" } else { "" })
    }
}

impl Reading {
    /// Puts in place what a colleague said.
    pub fn correct(&mut self, correction: &Correction) {
        self.intents = correction.intents.iter().map(|name| IntentScore { name: *name, p: 1.0 }).collect();
        let score = match correction.mood {
            mood if mood == self.sentiment.label => self.sentiment.score,
            Mood::Negative => -1.0,
            Mood::Neutral => 0.0,
            Mood::Positive => 1.0,
        };
        self.sentiment = Sentiment { label: correction.mood, score, ..self.sentiment };
        self.urgent = correction.urgent;
    }

    /// Returns the most likely intent.
    pub fn intent(&self) -> IntentScore {
        self.intents.first().copied().unwrap_or(IntentScore { name: Intent::Other, p: 0.0 })
    }

    /// Returns how likely `intent` is, 0 when it is not listed.
    pub fn p(&self, intent: Intent) -> f32 {
        self.intents.iter().find(|i| i.name == intent).map_or(0.0, |i| i.p)
    }
}

/// A language that the service understands or speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Language {
    /// English.
    #[default]
    #[serde(rename = "en")]
    En,
    /// Chinese.
    #[serde(rename = "zh")]
    Zh,
}

impl Language {
    /// Returns its ISO 639-1 code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh",
        }
    }

    /// Finds the language whose code `code` starts with (`zh`, `zh-TW`), English for all else.
    pub fn of(code: &str) -> Self {
        if code.to_ascii_lowercase().starts_with("zh") { Self::Zh } else { Self::En }
    }
}
