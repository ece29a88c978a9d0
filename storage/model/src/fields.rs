//! The field registry: what each record consists of, and how each field is kept.
//!
//! One table decides what is sealed, searched, exported, erased and for how long it is kept,
//! so that the export set is the erase set. A field's name is its column's name.

use crate::record::Kind;

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// Yes or no.
    Bool,
    /// A whole number.
    Int,
    /// A measure.
    Real,
    /// Words, or a list as JSON.
    Text,
    /// An instant in microseconds.
    Time,
    /// The id of another record.
    Ref(Kind),
}

/// How a field lies in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// As it is: rules and reports run on it.
    Plain,
    /// Encrypted with the key of its subject.
    Sealed,
    /// Encrypted, with an HMAC beside it in the column `<name>_blind`, for look-up.
    Blind,
}

/// How long a field is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retention {
    /// As long as its record.
    Record,
    /// As long as the law wants business papers kept, even past an erasure.
    Books,
}

/// One field of a kind of record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name, and its column's.
    pub name: &'static str,
    /// What it holds.
    pub ty: Type,
    /// How it lies in the database.
    pub protection: Protection,
    /// Whether the search index holds its words.
    pub searchable: bool,
    /// Whether a person's export holds it, and so whether an erasure takes it.
    pub personal: bool,
    /// How long it is kept.
    pub retention: Retention,
}

impl Field {
    const fn plain(name: &'static str, ty: Type) -> Self {
        Self {
            name,
            ty,
            protection: Protection::Plain,
            searchable: false,
            personal: true,
            retention: Retention::Record,
        }
    }

    const fn sealed(name: &'static str) -> Self {
        Self { protection: Protection::Sealed, ..Self::plain(name, Type::Text) }
    }

    const fn words(name: &'static str) -> Self {
        Self { searchable: true, ..Self::sealed(name) }
    }

    const fn blind(name: &'static str) -> Self {
        Self { protection: Protection::Blind, searchable: true, ..Self::plain(name, Type::Text) }
    }

    const fn house(self) -> Self {
        Self { personal: false, ..self }
    }

    const fn books(self) -> Self {
        Self { retention: Retention::Books, ..self }
    }
}

use Type::{Bool, Int, Real, Ref, Text, Time};
const fn f(name: &'static str, ty: Type) -> Field {
    Field::plain(name, ty)
}

const CUSTOMER: &[Field] = &[
    Field::words("name"),
    f("company", Ref(Kind::Company)),
    f("lifecycle", Text),
    f("owner", Ref(Kind::User)),
    f("language", Text),
    f("zone", Text),
    f("mood", Real),
    f("tags", Text),
    Field::sealed("attrs"),
    f("first_contact", Time),
    f("last_in", Time),
    f("last_out", Time),
    f("n_in", Int),
    f("n_out", Int),
    f("segment", Text),
    f("restricted_at", Time),
    f("held_at", Time),
    f("merged_into", Ref(Kind::Customer)),
];
const COMPANY: &[Field] = &[
    Field::words("name"),
    f("owner", Ref(Kind::User)),
    f("tags", Text),
    Field::sealed("attrs"),
    f("merged_into", Ref(Kind::Company)),
];
const IDENTITY: &[Field] = &[
    f("customer", Ref(Kind::Customer)),
    f("company", Ref(Kind::Company)),
    f("channel", Text),
    Field::blind("value"),
    Field::sealed("name"),
    f("verified", Bool),
];
const DEAL: &[Field] = &[
    Field::words("title"),
    f("customer", Ref(Kind::Customer)),
    f("company", Ref(Kind::Company)),
    f("thread", Ref(Kind::Thread)),
    f("pipeline", Ref(Kind::Pipeline)),
    f("stage", Text),
    f("amount", Int).books(),
    f("currency", Text).books(),
    f("close_at", Time),
    f("owner", Ref(Kind::User)),
    Field::sealed("lost_reason"),
    Field::sealed("attrs"),
];
const PRODUCT: &[Field] = &[
    f("sku", Text).house(),
    f("name", Text).house(),
    f("price", Int).house(),
    f("currency", Text).house(),
    f("active", Bool).house(),
];
const ORDER: &[Field] = &[
    Field::blind("reference").books(),
    f("customer", Ref(Kind::Customer)).books(),
    f("company", Ref(Kind::Company)).books(),
    f("deal", Ref(Kind::Deal)),
    f("state", Text),
    f("total", Int).books(),
    f("currency", Text).books(),
    f("placed_at", Time).books(),
];
const TASK: &[Field] = &[
    Field::words("title"),
    f("due", Time),
    f("done_at", Time),
    f("owner", Ref(Kind::User)),
    f("customer", Ref(Kind::Customer)),
    f("deal", Ref(Kind::Deal)),
    f("ticket", Ref(Kind::Ticket)),
    f("thread", Ref(Kind::Thread)),
    f("message", Ref(Kind::Message)),
    f("promise", Text),
];
const TICKET: &[Field] = &[
    Field::words("title"),
    f("customer", Ref(Kind::Customer)),
    f("company", Ref(Kind::Company)),
    f("thread", Ref(Kind::Thread)),
    f("message", Ref(Kind::Message)),
    f("owner", Ref(Kind::User)),
    f("priority", Text),
    f("status", Text),
    f("opened_at", Time),
    f("first_answer_at", Time),
    f("closed_at", Time),
    f("reopened", Int),
    f("snoozed_until", Time),
];
const NOTE: &[Field] = &[
    Field::words("body"),
    f("customer", Ref(Kind::Customer)),
    f("company", Ref(Kind::Company)),
    f("deal", Ref(Kind::Deal)),
    f("ticket", Ref(Kind::Ticket)),
    f("message", Ref(Kind::Message)),
    f("author", Ref(Kind::User)),
    f("interaction", Text),
    f("outcome", Text),
    f("minutes", Int),
];
const CONSENT: &[Field] = &[
    f("customer", Ref(Kind::Customer)),
    f("purpose", Text),
    f("channel", Text),
    f("state", Text),
    f("via", Text),
    f("message", Ref(Kind::Message)),
    f("at", Time),
];
const RATING: &[Field] = &[
    f("score", Int),
    Field::sealed("comment"),
    f("customer", Ref(Kind::Customer)),
    f("ticket", Ref(Kind::Ticket)),
    f("thread", Ref(Kind::Thread)),
    f("owner", Ref(Kind::User)),
    f("at", Time),
];
const PRIVACY_REQUEST: &[Field] = &[
    f("customer", Ref(Kind::Customer)),
    f("message", Ref(Kind::Message)),
    f("ticket", Ref(Kind::Ticket)),
    f("rights", Text),
    f("law", Text),
    f("received_at", Time),
    f("due", Time),
    f("state", Text),
    f("proven_by", Text),
    f("proven_at", Time),
    f("link_sent_at", Time),
    f("extended_at", Time),
    Field::sealed("extension"),
    Field::sealed("reason"),
    f("answered_by", Ref(Kind::User)),
    f("answered_at", Time),
];
const CAMPAIGN: &[Field] = &[
    f("name", Text).house(),
    f("segment", Text).house(),
    f("template", Text).house(),
    f("template_b", Text).house(),
    f("share_b", Int).house(),
    f("per_hour", Int).house(),
    f("per_day", Int).house(),
    f("between_hours", Text).house(),
    f("state", Text).house(),
    f("author", Ref(Kind::User)).house(),
    f("starts_at", Time).house(),
    f("enlisted_at", Time).house(),
    f("ended_at", Time).house(),
];
const THREAD: &[Field] = &[
    Field::words("subject"),
    f("customer", Ref(Kind::Customer)),
    f("owner", Ref(Kind::User)),
    f("muted", Bool),
    f("joined_into", Ref(Kind::Thread)),
];
const MESSAGE: &[Field] = &[
    Field::words("subject"),
    Field::words("body"),
    Field::sealed("trimmed"),
    Field::sealed("reading"),
    Field::sealed("calendar"),
    Field::sealed("message_ref"),
    f("customer", Ref(Kind::Customer)),
    f("thread", Ref(Kind::Thread)),
    f("sent_at", Time),
    f("received_at", Time),
    f("intent", Text),
    f("mood", Text),
    f("urgent", Bool),
    f("corrected", Text),
    f("trust", Text),
];
const ATTACHMENT: &[Field] =
    &[Field::words("name"), f("message", Ref(Kind::Message)), f("mime", Text), f("bytes", Int)];
const USER: &[Field] = &[
    f("handle", Text).house(),
    f("name", Text).house(),
    Field::blind("address").house(),
    f("role", Text).house(),
    f("scope", Text).house(),
    f("team", Ref(Kind::Team)).house(),
    f("zone", Text).house(),
    f("language", Text).house(),
    f("active", Bool).house(),
];
const TEAM: &[Field] = &[f("name", Text).house(), f("hours", Text).house(), f("address", Text).house()];
const PIPELINE: &[Field] = &[f("name", Text).house(), f("stages", Text).house()];
const CUSTOM_FIELD: &[Field] = &[
    f("record_kind", Text).house(),
    f("name", Text).house(),
    f("label", Text).house(),
    f("ty", Text).house(),
    f("protection", Text).house(),
];
const SCHEDULE: &[Field] = &[
    f("name", Text).house(),
    f("expression", Text).house(),
    f("zone", Text).house(),
    f("missed", Text).house(),
    f("enabled", Bool).house(),
];
const RULE_FILE: &[Field] = &[f("name", Text).house(), f("source", Text).house()];

/// Returns the fields of a kind of record, in the order that screens show them.
pub const fn fields(kind: Kind) -> &'static [Field] {
    match kind {
        Kind::Customer => CUSTOMER,
        Kind::Company => COMPANY,
        Kind::Identity => IDENTITY,
        Kind::Deal => DEAL,
        Kind::Product => PRODUCT,
        Kind::Order => ORDER,
        Kind::Task => TASK,
        Kind::Ticket => TICKET,
        Kind::Note => NOTE,
        Kind::Consent => CONSENT,
        Kind::Rating => RATING,
        Kind::PrivacyRequest => PRIVACY_REQUEST,
        Kind::Campaign => CAMPAIGN,
        Kind::Thread => THREAD,
        Kind::Message => MESSAGE,
        Kind::Attachment => ATTACHMENT,
        Kind::User => USER,
        Kind::Team => TEAM,
        Kind::Pipeline => PIPELINE,
        Kind::CustomField => CUSTOM_FIELD,
        Kind::Schedule => SCHEDULE,
        Kind::RuleFile => RULE_FILE,
    }
}

/// Finds the field `name` of `kind`.
pub fn field(kind: Kind, name: &str) -> Option<&'static Field> {
    fields(kind).iter().find(|f| f.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_sealed_or_belongs_to_the_house() {
        for kind in Kind::ALL {
            for field in fields(*kind).iter().filter(|f| f.searchable && f.personal) {
                assert_ne!(field.protection, Protection::Plain, "{kind}.{}", field.name);
            }
        }
    }

    #[test]
    fn a_field_is_named_once_in_its_kind() {
        for kind in Kind::ALL {
            for (i, a) in fields(*kind).iter().enumerate() {
                assert!(fields(*kind)[..i].iter().all(|b| a.name != b.name), "{kind}.{}", a.name);
            }
        }
    }
}
