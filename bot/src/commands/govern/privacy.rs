//! `privacy`: what a person may ask of the house, for managers.

use rapport_model::consent::{ALL_AUTOMATIC, DENIED, Purpose};
use rapport_model::{Actor, Kind, Record, ShortNumber, fields};
use rapport_prompts::format::clip;
use rapport_storage::records::Filter;
use serde_json::{Map, Value, json};

use super::super::card::Card;
use super::super::command::{Command, Of};
use super::super::desk::{Desk, Done};
use super::super::safe::quoted;
use super::super::session::Session;
use super::command::{Govern, Right};
use super::export::iso;
use super::restrict::{HOLD, RESTRICTION};

/// Whose right is looked after, and by which request of theirs, if by one.
struct Asked {
    customer: Record,
    by: Option<ShortNumber>,
    sure: bool,
}

const RECORDS_MAX: u32 = 100_000;
/// What belongs to a customer besides messages.
const KINDS: [Kind; 7] = [
    Kind::Note,
    Kind::Ticket,
    Kind::Task,
    Kind::Deal,
    Kind::Consent,
    Kind::Rating,
    Kind::PrivacyRequest,
];

impl Desk<'_> {
    pub(in super::super) async fn privacy(
        &self,
        session: &mut Session,
        command: &Command,
        (right, of, sure): (Right, &Of, bool),
    ) -> Done {
        let request = match right {
            Right::Export | Right::Erase | Right::Restrict => self.request_named(of).await?,
            _ => None,
        };
        if let Some(card) = request.as_ref().and_then(|request| self.not_now(request)) {
            return Ok(vec![card]);
        }
        let customer = self.find_record(session, command, of, &[Kind::Customer]).await?;
        // An answer to the question counts where the question was seen.
        let sure = sure && session.has_button(&command.to_string());
        session.context = Some(customer.record);
        let asked = Asked { customer, by: request.as_ref().map(Record::short), sure };
        let cards = self.do_right(session, right, &asked).await?;
        match request {
            Some(request) if asked.sure || right == Right::Restrict => self.after(&request, right, cards).await,
            _ => Ok(cards),
        }
    }

    async fn do_right(&self, session: &mut Session, right: Right, asked: &Asked) -> Done {
        let customer = &asked.customer;
        match right {
            Right::Consent => self.consents(customer).await,
            Right::Export => self.export_person(session, asked).await,
            Right::Erase => self.erase_person(session, asked).await,
            Right::Restrict => self.marked(customer, &RESTRICTION, true).await,
            Right::Release => self.marked(customer, &RESTRICTION, false).await,
            Right::Hold => self.marked(customer, &HOLD, true).await,
            Right::Unhold => self.marked(customer, &HOLD, false).await,
        }
    }

    /// Returns the command that answers the question whether it should be done.
    fn asked(right: Right, asked: &Asked) -> Command {
        let of = Of::Number(asked.by.unwrap_or(asked.customer.short()));
        Command::Govern(Govern::Privacy { right, of, sure: true })
    }

    async fn of_person(&self, kind: Kind, customer: &Record) -> Done<Vec<Record>> {
        let filter = Filter {
            equal: vec![("customer", customer.record.id.into())],
            limit: RECORDS_MAX,
            ..Filter::default()
        };
        Ok(self.store().list(kind, &filter).await?)
    }

    /// Says what a customer allows and refuses, and when they said so.
    async fn consents(&self, customer: &Record) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let refusals = self.store().refusals(customer.record.id).await?;
        let mut card = Card::new(prompts.consent_heading(language, &self.titled(customer).await?));
        for purpose in Purpose::ALL {
            let state = match (refusals.allow(*purpose), refusals.refuse(*purpose)) {
                (true, _) => prompts.consent_allows(language),
                (false, true) => prompts.consent_refuses(language),
                (false, false) => prompts.consent_never_asked(language),
            };
            card = card.field(self.purpose(purpose.name()), state);
        }
        let mut said = self.of_person(Kind::Consent, customer).await?;
        said.sort_by_key(|consent| std::cmp::Reverse(consent.get("at").time()));
        let lines = said.iter().filter_map(|consent| {
            let at = consent.get("at").time()?;
            let purpose = self.purpose(consent.text("purpose"));
            let denied = consent.text("state") == DENIED;
            Some(prompts.consent_line(language, self.at(at), &purpose, denied, &quoted(consent.text("via"))))
        });
        Ok(vec![card.list(prompts.consent_said(language), lines.collect::<Vec<_>>())])
    }

    fn purpose(&self, name: &str) -> String {
        let (prompts, language) = (self.prompts(), self.language);
        match Purpose::by_name(name) {
            Some(Purpose::Answer) => prompts.page_answer(language),
            Some(Purpose::FollowUp) => prompts.page_follow_up(language),
            Some(Purpose::Survey) => prompts.page_survey(language),
            Some(Purpose::News) => prompts.page_news(language),
            None if name == ALL_AUTOMATIC => prompts.consent_all(language),
            None => quoted(name),
        }
    }

    /// Writes all that is known of a customer into a file, once the asker has seen how much that is.
    async fn export_person(&self, session: &Session, asked: &Asked) -> Done {
        let Asked { customer, sure, .. } = asked;
        let (prompts, language) = (self.prompts(), self.language);
        let title = self.titled(customer).await?;
        let messages = self.store().messages_of(customer.record.id, RECORDS_MAX).await?;
        let mut records = Map::new();
        let mut n = 0;
        for kind in KINDS {
            let all = self.of_person(kind, customer).await?;
            n += all.len();
            records.insert(kind.table().to_owned(), all.iter().map(plainly).collect());
        }
        if !session.local {
            return Ok(vec![Card::new(prompts.privacy_elsewhere(language, &title, messages.len(), n))]);
        }
        if !*sure {
            let card = Card::new(prompts.privacy_export_sure(language, &title, messages.len(), n));
            let yes = Self::asked(Right::Export, asked);
            return Ok(vec![card.button(prompts.button_export(language), yes)]);
        }
        let id = customer.record.id;
        let addresses = self.store().identities_of(Kind::Customer, &[id]).await?.remove(&id);
        let messages: Vec<Value> = messages
            .iter()
            .map(|m| json!({ "at": iso(m.received_at), "direction": m.direction, "subject": m.subject, "text": m.body }))
            .collect();
        let all = json!({
            "customer": plainly(customer),
            "addresses": addresses.unwrap_or_default(),
            "messages": messages,
            "records": records,
        });
        let text = serde_json::to_string_pretty(&all).unwrap_or_default();
        let path = self.write_file(&customer.short().to_string(), "json", &text).await?;
        tracing::info!(user = self.user.handle, customer = %customer.short(), "a person's data was exported");
        Ok(vec![Card::new(prompts.privacy_exported(language, &title, &path.display().to_string()))])
    }

    /// Erases a customer for good, once the asker has seen what that means.
    async fn erase_person(&self, session: &mut Session, asked: &Asked) -> Done {
        let Asked { customer, sure, .. } = asked;
        let (prompts, language) = (self.prompts(), self.language);
        let title = self.titled(customer).await?;
        if !*sure {
            let messages = self.store().messages_of(customer.record.id, RECORDS_MAX).await?;
            let card = Card::new(prompts.erase_sure(language, &title, messages.len()))
                .text(prompts.erase_cannot(language))
                .button(
                    prompts.button_erase(language, &clip(&title, 40)),
                    Self::asked(Right::Erase, asked),
                );
            return Ok(vec![card]);
        }
        let short = customer.short().to_string();
        let proof = self.app.erase(customer.record.id, Actor::User(self.user.id)).await?;
        // Nothing of theirs stays in what was done last.
        session.forget();
        let Some(proof) = proof else { return Ok(vec![Card::new(prompts.erase_gone(language, &short))]) };
        let said = prompts.erased(
            language,
            &short,
            proof.keys.len(),
            i64::try_from(proof.messages).unwrap_or(i64::MAX),
            i64::try_from(proof.identities).unwrap_or(i64::MAX),
        );
        let mut card = Card::new(said);
        for left in &proof.left {
            card = card.item(prompts.erase_left(language, left));
        }
        Ok(vec![card.text(prompts.erase_cannot(language))])
    }
}

/// Writes the fields of a record that are of the person and have a value.
fn plainly(record: &Record) -> Value {
    let named = fields::fields(record.record.kind)
        .iter()
        .filter(|field| field.personal)
        .map(|field| (field, record.get(field.name)));
    let mut all: Map<String, Value> = named
        .filter(|(_, value)| !value.is_null())
        .map(|(field, value)| {
            let value = match (field.ty, value.time()) {
                (fields::Type::Time, Some(at)) => json!(iso(at)),
                _ => json!(value),
            };
            (field.name.to_owned(), value)
        })
        .collect();
    if record.record.kind.letter().is_some() {
        all.insert("number".to_owned(), json!(record.short().to_string()));
    }
    Value::Object(all)
}
