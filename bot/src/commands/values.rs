//! The values of fields, in words.

use rapport_model::event::Promiser;
use rapport_model::fields::{Type, field};
use rapport_model::people::{CustomerSegment, Lifecycle, Priority, TicketStatus};
use rapport_model::privacy::{PrivacyLaw, ProvenBy};
use rapport_model::reading::Language;
use rapport_model::record::FieldChange;
use rapport_model::{Change, Kind, Money, Op, Record, RecordRef, Value};
use rapport_prompts::{Label, Numbered};

use super::desk::{Desk, Done};
use super::safe::quoted;

/// A change in words.
pub(crate) struct Told {
    /// The field's label.
    pub field: String,
    /// Its value before.
    pub before: Option<String>,
    /// Its value after.
    pub after: Option<String>,
}

impl Desk<'_> {
    /// Returns the value of a field in words; `None` where there is none.
    pub async fn value(&self, kind: Kind, name: &str, value: &Value) -> Done<Option<String>> {
        if value.is_null() {
            return Ok(None);
        }
        let label = |text: &str| self.listed(name, text);
        Ok(Some(match field(kind, name).map(|f| f.ty) {
            Some(Type::Time) => value.time().map_or_else(String::new, |at| self.when(at)),
            Some(Type::Ref(Kind::User)) => value.id().map_or_else(String::new, |id| self.colleague(id)),
            Some(Type::Ref(to)) => {
                match value.id().filter(|_| !matches!(to, Kind::Message | Kind::Attachment)) {
                    Some(id) => match self.store().record(RecordRef::new(to, id)).await? {
                        Some(record) => self.titled(&record).await?,
                        None => return Ok(None),
                    },
                    None => return Ok(None),
                }
            }
            _ if name == "tags" => {
                let tags: Vec<String> =
                    value.text().and_then(|t| serde_json::from_str(t).ok()).unwrap_or_default();
                let tags: Vec<String> = tags.iter().map(|tag| quoted(tag)).collect();
                self.prompts().list(self.language, &tags)
            }
            _ if name == "mood" => self.prompts().mood(self.language, value.real().unwrap_or(0.0)),
            Some(Type::Bool) => {
                let yes = value.int() == Some(1);
                if yes {
                    self.prompts().button_yes(self.language)
                } else {
                    self.prompts().button_no(self.language)
                }
            }
            _ => match value {
                Value::Text(text) => label(text),
                Value::Int(number) => rapport_prompts::format::number(*number),
                Value::Real(measure) => format!("{measure:.2}"),
                _ => String::new(),
            },
        }))
    }

    /// Says the value of a closed list as the language has it, any other as it stands.
    fn listed(&self, name: &str, text: &str) -> String {
        self.of_closed_list(name, text).unwrap_or_else(|| quoted(text))
    }

    /// Says the value of a closed list as the language has it; nothing for any other.
    pub fn of_closed_list(&self, name: &str, text: &str) -> Option<String> {
        let prompts = self.prompts();
        let known = match name {
            "lifecycle" => Lifecycle::by_name(text).map(|l| prompts.label(self.language, l)),
            "segment" => CustomerSegment::by_name(text).map(|s| prompts.label(self.language, s)),
            "status" => TicketStatus::by_name(text).map(|s| prompts.label(self.language, s)),
            "priority" => Priority::by_name(text).map(|p| prompts.label(self.language, p)),
            "promise" => Promiser::by_name(text).map(|by| prompts.label(self.language, by)),
            "stage" => Some(prompts.stage(self.language, text)),
            "law" => PrivacyLaw::by_name(text).map(|law| prompts.label(self.language, law)),
            "proven_by" => ProvenBy::by_name(text).map(|by| prompts.label(self.language, by)),
            _ => None,
        };
        known.map(str::to_owned)
    }

    /// Says a field before and after.
    pub async fn told(&self, kind: Kind, change: &FieldChange) -> Done<Told> {
        Ok(Told {
            field: self.prompts().field(self.language, &change.field).to_owned(),
            before: self.value(kind, &change.field, &change.before).await?,
            after: self.value(kind, &change.field, &change.after).await?,
        })
    }

    /// Says what a change did, as part of a sentence; `None` for what nobody needs to know.
    pub async fn deed(&self, change: &Change) -> Done<Option<String>> {
        let (prompts, language) = (self.prompts(), self.language);
        let kind = change.record.kind;
        let record = match kind {
            Kind::Message | Kind::Attachment => None,
            _ => self.store().record(change.record).await?,
        };
        let Some(record) = record else { return Ok(None) };
        if let Some(merge) = change.fields.iter().find(|f| f.field == "merged_into") {
            let into = |value: &Value| value.id().map(|id| RecordRef::new(kind, id));
            let (kept, split) = match into(&merge.after) {
                Some(kept) => (Some(kept), false),
                None => (into(&merge.before), true),
            };
            let kept = match kept {
                Some(kept) => self.store().record(kept).await?,
                None => None,
            };
            let (merged, kept) = (self.titled(&record).await?, self.titled_or_none(kept.as_ref()).await?);
            return Ok(Some(match split {
                true => prompts.done_split(language, &merged, &kept),
                false => prompts.done_merged(language, &merged, &kept),
            }));
        }
        let numbered = kind.letter().map(|_| Numbered(record.short()));
        let name = self.name(&record).await?;
        Ok(Some(match (change.op, numbered) {
            (Op::Create | Op::Restore, Some(number)) => prompts.done_created(language, number),
            (Op::Create | Op::Restore, None) => prompts.done_made(language, kind, &name),
            (Op::Delete | Op::Erase, Some(number)) => prompts.done_removed(language, number),
            (Op::Delete | Op::Erase, None) => prompts.done_unmade(language, kind, &name),
            (Op::Update, number) => {
                let mut deeds = Vec::new();
                for field in change.fields.iter().filter(|f| is_told(&f.field)) {
                    let told = self.told(kind, field).await?;
                    let number = number.unwrap_or(Numbered(record.short()));
                    let (before, after) = (told.before.as_deref(), told.after.as_deref());
                    deeds.push(prompts.done_changed(language, number, &told.field, before, after));
                }
                if deeds.is_empty() {
                    return Ok(None);
                }
                deeds.join(if language == Language::En { "; " } else { "；" })
            }
        }))
    }

    /// Returns a deal's amount; empty without one.
    pub fn amount(&self, deal: &Record) -> String {
        match (deal.get("amount").int(), deal.text("currency")) {
            (Some(minor), currency) if !currency.is_empty() => Money::new(minor, currency).to_string(),
            _ => String::new(),
        }
    }

    /// Finds the value of a closed list that is meant, by its name or by what it is called in
    /// either language.
    pub fn meant<L: Label + PartialEq>(&self, word: &str) -> Option<L> {
        let word = word.to_lowercase();
        let called = |value: L| {
            value.key() == word
                || rapport_prompts::LANGUAGES
                    .iter()
                    .any(|l| self.prompts().label(*l, value).to_lowercase() == word)
        };
        L::all().iter().copied().find(|value| called(*value))
    }

    /// Returns what the values of a closed list are called.
    pub fn all_of<L: Label>(&self) -> Vec<String> {
        L::all().iter().map(|v| self.prompts().label(self.language, *v).replace(' ', "_")).collect()
    }
}

/// Tells whether a change of a field is worth a line: counts and times follow from the mails, or
/// from the status beside them.
pub(super) fn is_told(field: &str) -> bool {
    !matches!(
        field,
        "n_in"
            | "n_out"
            | "last_in"
            | "last_out"
            | "first_contact"
            | "mood"
            | "language"
            | "reopened"
            | "first_answer_at"
            | "closed_at"
    )
}
