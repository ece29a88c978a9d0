//! `edit`: fields of a record are changed by hand.

use chrono_tz::{TZ_VARIANTS, Tz};
use rapport_model::reading::{EntityKind, Language};
use rapport_model::record::FieldChange;
use rapport_model::{Address, Change, Kind, Money, Record, Timestamp, Value};
use rapport_nlp::entities::impossible_day;
use rapport_nlp::rep;
use rapport_prompts::format;

use super::super::card::Card;
use super::super::command::{Command, Of};
use super::super::desk::{Desk, Done};
use super::super::safe::{plain, quoted};
use super::super::session::Session;
use super::super::wish::due_in;
use super::edited::{self, Editable, assignments};
use super::person;

const ABOUT: &[Kind] = &[Kind::Customer, Kind::Company, Kind::Deal, Kind::Task, Kind::Ticket];
const VALUE_CHARS_MAX: usize = 200;

/// What an edit comes to.
struct Edit {
    /// Of the record itself.
    own: Change,
    /// Of what belongs to it: addresses, numbers, a company.
    beside: Vec<Change>,
    /// What of that is told.
    lines: Vec<String>,
}

impl Desk<'_> {
    pub(super) async fn edit(&self, session: &mut Session, command: &Command, of: &Of, words: &str) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let record = self.find_present(session, command, of, ABOUT).await?;
        session.context = Some(record.record);
        let name = self.titled(&record).await?;
        let wanted = assignments(&plain(words));
        if wanted.is_empty() {
            let fields = self.fields_of(record.record.kind);
            return Ok(vec![Card::new(prompts.edit_which(language, &name, &fields))]);
        }
        let mut edit = Edit { own: Change::update(record.record), beside: Vec::new(), lines: Vec::new() };
        for (word, value) in &wanted {
            let Some(field) = Editable::of_kind(record.record.kind, word) else {
                let fields = self.fields_of(record.record.kind);
                let said = prompts.edit_unknown(language, &quoted(word), record.record.kind, &fields);
                return Ok(vec![Card::new(said)]);
            };
            let value = format::one_line(value);
            edit = self.edited(edit, &record, field, &format::clip(&value, VALUE_CHARS_MAX)).await?;
        }
        let Edit { own, beside, mut lines } = edit;
        if own.is_empty() && beside.is_empty() {
            return Ok(vec![self.unchanged(&record)]);
        }
        let fields = own.fields.clone();
        let mut changes = beside;
        changes.extend(Some(own).filter(|own| !own.is_empty()));
        let written = self.write(changes).await?;
        lines.extend(self.difference(&record, &fields).await?);
        let mut card = self.written(prompts.edit_done(language, &name), &written);
        for line in lines {
            card = card.item(line);
        }
        Ok(vec![card])
    }

    /// Returns what the fields of a kind are called, in the asker's language.
    fn fields_of(&self, kind: Kind) -> Vec<&'static str> {
        let at = usize::from(self.language == Language::Zh);
        edited::of(kind).iter().filter_map(|field| field.words().get(at).copied()).collect()
    }

    async fn edited(&self, mut edit: Edit, record: &Record, field: Editable, value: &str) -> Done<Edit> {
        let before = |name: &str| record.get(name).clone();
        let set = |own: Change, name: &str, after: Value| own.set(name, record.get(name).clone(), after);
        let may_be_empty = matches!(
            field,
            Editable::Company | Editable::Language | Editable::Zone | Editable::Amount | Editable::Close
        );
        if value.is_empty() && !may_be_empty {
            return Err(self.wrong_value(field, value));
        }
        match field {
            Editable::Name => edit.own = set(edit.own, "name", value.into()),
            Editable::Title => edit.own = set(edit.own, "title", value.into()),
            Editable::Company => {
                let company = match value {
                    "" => None,
                    name => {
                        Some(self.company_called(name).await?.ok_or_else(|| self.wrong_value(field, name))?)
                    }
                };
                edit.own = set(edit.own, "company", company.as_ref().map(|company| company.id).into());
                edit.beside.extend(company.into_iter().flat_map(|company| company.changes));
            }
            Editable::Language => {
                let code = match value {
                    "" => None,
                    said => Some(language_called(said).ok_or_else(|| self.wrong_value(field, said))?.code()),
                };
                edit.own = set(edit.own, "language", code.into());
            }
            Editable::Zone => {
                let zone = match value {
                    "" => None,
                    said => Some(zone_called(said).ok_or_else(|| self.wrong_value(field, said))?.name()),
                };
                edit.own = set(edit.own, "zone", zone.into());
            }
            Editable::Amount => {
                let money = match value {
                    "" => None,
                    said => Some(self.money(said).ok_or_else(|| self.wrong_value(field, said))?),
                };
                let (minor, currency) = money.map_or((None, None), |m| (Some(m.minor), Some(m.currency)));
                edit.own = edit.own.set("amount", before("amount"), minor);
                edit.own = edit.own.set("currency", before("currency"), currency);
            }
            Editable::Close | Editable::Due => {
                let at = match value {
                    "" => None,
                    said if impossible_day(said, &self.context()).is_some() => {
                        return Err(self.no_time(said).into());
                    }
                    said => Some(self.time(said).ok_or_else(|| self.wrong_value(field, said))?),
                };
                let name = if field == Editable::Close { "close_at" } else { "due" };
                edit.own = set(edit.own, name, at.into());
            }
            Editable::Email => self.another_address(&mut edit, record, value).await?,
            Editable::Phone => self.another_number(&mut edit, record, value).await?,
            Editable::Domain => self.another_domain(&mut edit, record, value).await?,
        }
        Ok(edit)
    }

    /// Adds an address. The earlier ones stay: what was written from them stays theirs.
    async fn another_address(&self, edit: &mut Edit, customer: &Record, value: &str) -> Done<()> {
        let wrong = || self.wrong_value(Editable::Email, value);
        let address = Address::email(value).ok().filter(|a| a.domain().contains('.')).ok_or_else(wrong)?;
        if self.app.workflows.settings().house.owns(&address) {
            return Err(Card::new(self.prompts().new_is_ours(self.language, address.as_str())).into());
        }
        if let Some(change) = self.free_or_own(customer, "email", address.as_str()).await? {
            edit.beside.push(change);
            let label = self.prompts().label(self.language, EntityKind::Email);
            edit.lines.push(self.prompts().field_set(self.language, label, &plain(address.as_str())));
        }
        Ok(())
    }

    /// Changes the one number of a customer, or adds one where there is none or are several.
    async fn another_number(&self, edit: &mut Edit, customer: &Record, value: &str) -> Done<()> {
        let (prompts, language) = (self.prompts(), self.language);
        let wrong = || self.wrong_value(Editable::Phone, value);
        let number = person::phone(value, &self.context()).ok_or_else(wrong)?;
        let label = prompts.label(language, EntityKind::Phone);
        let mut known = self.identities_of(customer.record).await?;
        known.retain(|identity| identity.text("channel") == "phone");
        let Some(change) = self.free_or_own(customer, "phone", &number).await? else { return Ok(()) };
        let (change, line) = match &known[..] {
            [only] if change.op == rapport_model::Op::Create => {
                let before = only.text("value");
                let change = Change::update(only.record).set("value", before, number.as_str());
                (change, prompts.field_changed(language, label, &plain(before), &number))
            }
            _ => (change, prompts.field_set(language, label, &number)),
        };
        edit.beside.push(change);
        edit.lines.push(line);
        Ok(())
    }

    async fn another_domain(&self, edit: &mut Edit, company: &Record, value: &str) -> Done<()> {
        let domain = person::domain(value).ok_or_else(|| self.wrong_value(Editable::Domain, value))?;
        let known = self.store().identity("domain", &domain).await?;
        match self.holder(known.as_ref(), Kind::Company).await? {
            Some(holder) if holder.record == company.record => return Ok(()),
            Some(holder) => return Err(self.taken(&domain, company, &holder).await?.into()),
            None => {}
        }
        let change = match &known {
            Some(known) => {
                Change::update(known.record).set("company", known.get("company").clone(), company.record.id)
            }
            None if self.store().is_taken("domain", &domain).await? => {
                return Err(Card::new(self.prompts().new_taken(self.language, &domain)).into());
            }
            None => self.new_identity(company.record, "domain", &domain),
        };
        edit.beside.push(change);
        let label = self.prompts().label(self.language, Kind::Identity);
        edit.lines.push(self.prompts().field_set(self.language, label, &domain));
        Ok(())
    }

    /// Returns what makes a customer known by `value`; nothing where it is theirs. Stops where it is
    /// somebody else's.
    async fn free_or_own(&self, customer: &Record, channel: &str, value: &str) -> Done<Option<Change>> {
        let known = self.store().identity(channel, value).await?;
        match self.holder(known.as_ref(), Kind::Customer).await? {
            Some(holder) if holder.record == customer.record => Ok(None),
            Some(holder) => Err(self.taken(value, customer, &holder).await?.into()),
            None => match self.known_by(customer.record, channel, value).await? {
                Some(change) => Ok(Some(change)),
                None => Err(Card::new(self.prompts().new_taken(self.language, value)).into()),
            },
        }
    }

    /// Says whose it is, and offers to make one of the two.
    async fn taken(&self, value: &str, wanted: &Record, holder: &Record) -> Done<Card> {
        let (prompts, language) = (self.prompts(), self.language);
        let merge = Command::Merge { kept: Of::Number(wanted.short()), merged: Of::Number(holder.short()) };
        let said = prompts.edit_taken(language, &plain(value), &self.titled(holder).await?);
        Ok(self.to_customer(Card::new(said), Some(holder)).button(prompts.button_merge(language), merge))
    }

    fn wrong_value(&self, field: Editable, value: &str) -> super::super::desk::Stop {
        let (prompts, language) = (self.prompts(), self.language);
        let at = usize::from(language == Language::Zh);
        let word = field.words().get(at).copied().unwrap_or("");
        let example = match field {
            Editable::Name => "Anna Berg",
            Editable::Title => "20 seats",
            Editable::Email => "anna@berg.example",
            Editable::Phone => "+49 30 901820",
            Editable::Company => "F3, Berg GmbH",
            Editable::Language => "en, zh",
            Editable::Zone => "Europe/Berlin",
            Editable::Domain => "berg.example",
            Editable::Amount => "12k EUR",
            Editable::Close | Editable::Due => "30 June",
        };
        Card::new(prompts.edit_wrong(language, word, &quoted(value), example)).into()
    }

    /// Reads an amount that is all of `text`.
    fn money(&self, text: &str) -> Option<Money> {
        let (money, length) = rep::amount_first(text, &self.rep_context())?;
        text[length..].trim().is_empty().then_some(money)
    }

    fn time(&self, text: &str) -> Option<Timestamp> {
        due_in(text, &self.context()).map(|(at, _)| at)
    }

    /// Says what became of a record's fields.
    async fn difference(&self, record: &Record, fields: &[FieldChange]) -> Done<Vec<String>> {
        let (prompts, language) = (self.prompts(), self.language);
        let kind = record.record.kind;
        let mut lines = Vec::new();
        let amount = fields.iter().any(|f| matches!(f.field.as_str(), "amount" | "currency"));
        if amount && let Some(after) = self.store().record(record.record).await? {
            let (before, after) = (self.amount(record), self.amount(&after));
            lines.push(self.became(prompts.field(language, "amount"), some(&before), some(&after)));
        }
        for change in fields.iter().filter(|f| !matches!(f.field.as_str(), "amount" | "currency")) {
            let told = self.told(kind, change).await?;
            lines.push(self.became(&told.field, told.before.as_deref(), told.after.as_deref()));
        }
        Ok(lines)
    }

    fn became(&self, field: &str, before: Option<&str>, after: Option<&str>) -> String {
        let (prompts, language) = (self.prompts(), self.language);
        match (before, after) {
            (Some(before), Some(after)) => prompts.field_changed(language, field, before, after),
            (None, Some(after)) => prompts.field_set(language, field, after),
            (before, None) => prompts.field_cleared(language, field, before.unwrap_or("")),
        }
    }
}

fn some(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// Finds the language that is meant, of those that the house writes.
fn language_called(said: &str) -> Option<Language> {
    match said.to_lowercase().as_str() {
        "en" | "english" | "英语" | "英文" => Some(Language::En),
        "zh" | "chinese" | "中文" | "汉语" | "zh-cn" | "zh-tw" => Some(Language::Zh),
        _ => None,
    }
}

/// Finds the zone that is meant, by its whole name or by its city.
fn zone_called(said: &str) -> Option<Tz> {
    let said = said.replace(' ', "_");
    let city = |tz: &&Tz| tz.name().rsplit('/').next().is_some_and(|city| city.eq_ignore_ascii_case(&said));
    let whole = TZ_VARIANTS.iter().find(|tz| tz.name().eq_ignore_ascii_case(&said));
    whole.or_else(|| TZ_VARIANTS.iter().filter(|tz| tz.name().contains('/')).find(city)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_meant_by_its_city() {
        for (said, zone) in [
            ("Europe/Berlin", Some("Europe/Berlin")),
            ("berlin", Some("Europe/Berlin")),
            ("new york", Some("America/New_York")),
            ("UTC", Some("UTC")),
            ("Atlantis", None),
            ("", None),
        ] {
            assert_eq!(zone_called(said).map(Tz::name), zone, "{said:?}");
        }
    }
}
