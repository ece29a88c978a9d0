//! `new`: a customer or a company is made of what a colleague knows.

use rapport_model::address::company_domain;
use rapport_model::people::Lifecycle;
use rapport_model::{Address, Change, Kind, Record, RecordRef, Value};
use rapport_prompts::Numbered;

use super::super::card::Card;
use super::super::command::{Command, Of};
use super::super::desk::{Desk, Done};
use super::super::note::about_record;
use super::super::safe::{plain, quoted};
use super::super::session::Session;
use super::company::OfCompany;
use super::person::{Person, person};
use super::{Keep, Sort};

impl Desk<'_> {
    pub(super) async fn make_known(
        &self,
        session: &mut Session,
        sort: Sort,
        words: &str,
        anyway: bool,
    ) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let person = person(words, sort, &self.context());
        let command = Command::Keep(Keep::New { sort, words: words.to_owned(), anyway: true });
        if let Some(address) = person.address.as_ref().filter(|a| self.app.workflows.settings().house.owns(a))
        {
            return Ok(vec![Card::new(prompts.new_is_ours(language, address.as_str()))]);
        }
        let kind = if sort == Sort::Company { Kind::Company } else { Kind::Customer };
        if person.name.is_empty() && person.address.is_none() {
            return Ok(vec![self.usage(&command)]);
        }
        if !anyway {
            let alike = self.alike(kind, &person).await?;
            if !alike.is_empty() {
                return Ok(vec![self.known_card(&alike, command).await?]);
            }
        }
        match sort {
            Sort::Company => self.make_company(session, &person).await,
            _ => self.make_customer(session, sort, person).await,
        }
    }

    /// Says who is known already, and leaves it to the asker.
    async fn known_card(&self, alike: &[Record], anyway: Command) -> Done<Card> {
        let (prompts, language) = (self.prompts(), self.language);
        let mut card = Card::new(prompts.new_known(language, alike.len()));
        for record in alike {
            let known = self.store().identities_of(record.record.kind, &[record.record.id]).await?;
            let known: Vec<String> = known.into_values().flatten().map(|value| plain(&value)).collect();
            card = card.item(self.beside(&self.titled(record).await?, &known.join(", ")));
        }
        for record in alike {
            let label = format!("{} {}", prompts.button_show(language), record.short());
            card = card.choice(label, Command::Show(Of::Number(record.short())));
        }
        Ok(card.button(prompts.button_all_the_same(language), anyway))
    }

    async fn make_company(&self, session: &mut Session, company: &Person) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let taken = match &company.domain {
            Some(domain) => self.store().is_taken("domain", domain).await?,
            None => false,
        };
        let domain = company.domain.as_deref().filter(|_| !taken);
        let OfCompany { id, mut changes, .. } = self.new_company(&company.name, domain);
        let made = RecordRef::new(Kind::Company, id);
        changes[0] = std::mem::replace(&mut changes[0], Change::update(made)).with("owner", self.user.id);
        changes.extend(self.remark(made, &company.note));
        let written = self.write(changes).await?;
        session.context = Some(made);
        let number = Numbered(written.number(made));
        let card = self
            .written(prompts.new_made(language, number, &quoted(&company.name)), &written)
            .field(prompts.label(language, Kind::Identity), domain.unwrap_or_default())
            .field(prompts.label(language, Kind::Note), quoted(&company.note));
        let show = Command::Show(Of::Number(written.number(made)));
        Ok(vec![card.button(prompts.button_show(language), show)])
    }

    async fn make_customer(&self, session: &mut Session, sort: Sort, person: Person) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let customer = RecordRef::new(Kind::Customer, self.store().new_id());
        let company = match person.address.as_ref().and_then(company_domain) {
            _ if !person.company.is_empty() => self.company_called(&person.company).await?,
            Some(domain) => Some(self.company_of_domain(domain).await?),
            None => None,
        };
        let name = match (&person.name, &person.address) {
            (name, Some(address)) if name.is_empty() => address.local().to_owned(),
            (name, _) => name.clone(),
        };
        let lifecycle = if sort == Sort::Customer { Lifecycle::Customer } else { Lifecycle::Lead };
        let company_id = company.as_ref().map(|company| company.id);
        let mut changes = company.as_ref().map(|company| company.changes.clone()).unwrap_or_default();
        changes.push(
            Change::create(customer)
                .with("name", name.as_str())
                .with("company", company_id)
                .with("lifecycle", lifecycle.name())
                .with("owner", self.user.id)
                .with("first_contact", self.now)
                .with("n_in", 0)
                .with("n_out", 0),
        );
        let mut known_by = Vec::new();
        let mut taken = Vec::new();
        let contacts = [("email", person.address.as_ref().map(Address::to_string)), ("phone", person.phone)];
        for (channel, value) in contacts {
            let Some(value) = value else { continue };
            match self.known_by(customer, channel, &value).await? {
                Some(change) => {
                    changes.push(change);
                    known_by.push(value);
                }
                None => taken.push(value),
            }
        }
        changes.extend(self.remark(customer, &person.note));
        let written = self.write(changes).await?;
        session.context = Some(customer);
        let of = match &company {
            Some(company) if company.is_new() => {
                let number = written.number(RecordRef::new(Kind::Company, company.id));
                self.beside(&format!("{number} {}", quoted(&company.name)), &prompts.new_company(language))
            }
            Some(company) => quoted(&company.name),
            None => String::new(),
        };
        let number = Numbered(written.number(customer));
        let mut card = self
            .written(prompts.new_made(language, number, &quoted(&name)), &written)
            .field(prompts.field(language, "lifecycle"), prompts.label(language, lifecycle))
            .field(prompts.label(language, Kind::Identity), known_by.join("\n"))
            .field(prompts.field(language, "company"), of)
            .field(prompts.label(language, Kind::Note), quoted(&person.note));
        if !taken.is_empty() {
            card = card.text(prompts.new_taken(language, &taken.join(", ")));
        }
        let show = Command::Show(Of::Number(written.number(customer)));
        Ok(vec![card.button(prompts.button_show(language), show)])
    }

    /// Returns what makes a customer known by an address or a number; nothing where somebody else is.
    pub(crate) async fn known_by(
        &self,
        customer: RecordRef,
        channel: &str,
        value: &str,
    ) -> Done<Option<Change>> {
        Ok(match self.store().identity(channel, value).await? {
            // Somebody's whom the asker does not see.
            None if self.store().is_taken(channel, value).await? => None,
            None => Some(self.new_identity(customer, channel, value)),
            // Nobody's yet: a machine, or somebody whom only the house wrote to.
            Some(known) if known.get("customer").is_null() && !known.deleted => {
                Some(Change::update(known.record).set("customer", Value::Null, customer.id))
            }
            Some(_) => None,
        })
    }

    /// Makes a note about a record that is made in the same act.
    pub(crate) fn remark(&self, about: RecordRef, text: &str) -> Option<Change> {
        let about = Record { record: about, number: 0, fields: Default::default(), deleted: false };
        let note = Change::create(RecordRef::new(Kind::Note, self.store().new_id())).with("body", text);
        (!text.is_empty()).then(|| about_record(note, &about).with("author", self.user.id))
    }
}
