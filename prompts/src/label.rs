//! What the values of the model's closed lists, its fields and its stages are called.

use rapport_model::campaign::{CampaignState, LeftOut};
use rapport_model::event::{Goal, Promiser};
use rapport_model::fields;
use rapport_model::message::{Automation, ChannelKind, Direction};
use rapport_model::people::{
    ChurnBand, CustomerSegment, Interaction, Lifecycle, Outcome, Priority, Role, Scope, TicketStatus, Topic,
};
use rapport_model::privacy::{DataRight, PrivacyLaw, ProvenBy, RequestState};
use rapport_model::reading::{EntityKind, Intent, Language, Mood};
use rapport_model::reads::{ReadWay, ReadWhat};
use rapport_model::record::Kind;
use rapport_model::register::{Activity, LegalBasis};
use rapport_model::retention::Kept;

use crate::Prompts;

/// A value of a closed list that has a name in every language.
pub trait Label: Copy + 'static {
    /// The list's name in `labels.txt`.
    const GROUP: &'static str;

    /// Returns every value.
    fn all() -> &'static [Self];

    /// Returns the value's name in `labels.txt`, which is its name in rules and JSON.
    fn key(self) -> &'static str;
}

macro_rules! labels {
    ($($type:ty = $group:literal;)*) => {
        $(impl Label for $type {
            const GROUP: &'static str = $group;
            fn all() -> &'static [Self] { Self::ALL }
            fn key(self) -> &'static str { self.name() }
        })*

        /// Returns the key of every label that every language must have.
        pub(crate) fn keys() -> Vec<String> {
            let mut keys = Vec::new();
            $(keys.extend(<$type>::all().iter().map(|x| format!("labels/{}.{}", $group, x.key())));)*
            keys.extend(Intent::ALL.iter().map(|x| format!("labels/reads_as.{x}")));
            keys.extend(Activity::ALL.iter().map(|x| format!("labels/purpose.{x}")));
            keys.extend(Activity::ALL.iter().map(|x| format!("labels/source.{x}")));
            keys.extend(rapport_model::people::DEFAULT_STAGES.iter().map(|(s, _)| format!("labels/stage.{s}")));
            let fields = Kind::ALL.iter().flat_map(|kind| fields::fields(*kind));
            keys.extend(fields.map(|field| format!("labels/field.{}", field.name)));
            keys.sort();
            keys.dedup();
            keys
        }
    };
}
labels! {
    Intent = "intent";
    Mood = "mood";
    EntityKind = "entity";
    Lifecycle = "lifecycle";
    CustomerSegment = "segment";
    ChurnBand = "churn";
    TicketStatus = "ticket_status";
    Priority = "priority";
    Role = "role";
    Scope = "scope";
    Automation = "automation";
    ChannelKind = "channel";
    Direction = "direction";
    Kind = "kind";
    Topic = "topic";
    Interaction = "interaction";
    Outcome = "outcome";
    Promiser = "promiser";
    Goal = "goal";
    CampaignState = "campaign_state";
    LeftOut = "left_out";
    Kept = "kept";
    ReadWay = "read_way";
    ReadWhat = "read_what";
    DataRight = "right";
    PrivacyLaw = "law";
    RequestState = "request_state";
    ProvenBy = "proven_by";
    Activity = "activity";
    LegalBasis = "legal_basis";
}

/// A stage of a pipeline by its name; said as the house calls it where it is no usual one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StageName<'a>(pub &'a str);

impl Prompts {
    /// Returns what a value is called: `pricing question`, `询价`.
    pub fn label<L: Label>(&self, language: Language, value: L) -> &str {
        self.locale(language).label(L::GROUP, value.key())
    }

    /// Returns what a field of the registry is called on screens; its own name where the house
    /// added it.
    pub fn field<'a>(&'a self, language: Language, field: &'a str) -> &'a str {
        self.locale(language).label("field", field)
    }

    /// Returns what a stage is called; its own name where the house made the pipeline.
    pub fn stage<'a>(&'a self, language: Language, stage: &'a str) -> &'a str {
        self.locale(language).label("stage", stage)
    }

    /// Returns what a figure of customers is called in a reason: `days since they were in touch`; its own name
    /// where there is none.
    pub fn figure<'a>(&'a self, language: Language, figure: &'a str) -> &'a str {
        self.locale(language).label("figure", figure)
    }

    /// Returns what alerts of a text are called when several are told together: `complaints`; the text's own
    /// name where the house wrote it.
    pub fn alert<'a>(&'a self, language: Language, text: &'a str) -> &'a str {
        self.locale(language).label("alert", text)
    }

    /// Returns what an activity is for, if the house does not say otherwise.
    pub fn purpose_of(&self, language: Language, activity: Activity) -> &str {
        self.locale(language).label("purpose", activity.name())
    }

    /// Returns where what is held for an activity comes from.
    pub fn source_of(&self, language: Language, activity: Activity) -> &str {
        self.locale(language).label("source", activity.name())
    }

    /// Returns how a sentence says what a mail is read as: `a complaint`, `投诉`.
    pub fn reads_as(&self, language: Language, intent: Intent) -> &str {
        self.locale(language).label("reads_as", intent.name())
    }
}
