//! `privacy`: what a person may ask of the house, for managers.

use std::path::PathBuf;

use rapport_model::consent::{ALL_AUTOMATIC, DENIED, Purpose};
use rapport_model::people::{Role, Scope, User};
use rapport_model::reads::{ReadWay, ReadWhat, Reader};
use rapport_model::{Actor, Id, Kind, Record, ShortNumber};
use rapport_prompts::format::clip;
use rapport_storage::records::Filter;

use super::super::card::Card;
use super::super::command::{Command, Of};
use super::super::desk::{Desk, Done, Stop};
use super::super::safe::quoted;
use super::super::session::Session;
use super::command::{Govern, Right};
use super::held::Held;
use super::restrict::{HOLD, RESTRICTION};
use crate::App;
use crate::watchful::Watched;

/// Whose right is looked after, and by which request of theirs, if by one.
struct Asked {
    customer: Record,
    by: Option<ShortNumber>,
    sure: bool,
}

const RECORDS_MAX: u32 = 100_000;
/// What whoever runs the service is called.
const COMMAND_LINE: &str = "rapport privacy export";
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
            Some(request) if asked.sure || right == Right::Restrict => {
                self.after(&request, right, cards).await
            }
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

    /// Writes all that is known of a customer into two files, once the asker has seen how much that is: one for
    /// programs, and a page for the person in their language.
    async fn export_person(&self, session: &Session, asked: &Asked) -> Done {
        let Asked { customer, sure, .. } = asked;
        let (prompts, language) = (self.prompts(), self.language);
        let title = self.titled(customer).await?;
        let held = self.held(customer).await?;
        let (n_messages, n_records) = (held.n_messages(), held.n_records());
        if !session.local {
            return Ok(vec![Card::new(prompts.privacy_elsewhere(language, &title, n_messages, n_records))]);
        }
        if !*sure {
            let card = Card::new(prompts.privacy_export_sure(language, &title, n_messages, n_records));
            let yes = Self::asked(Right::Export, asked);
            return Ok(vec![card.button(prompts.button_export(language), yes)]);
        }
        self.saw(session, ReadWhat::Export, customer.record);
        let (json, page) = self.write_held(customer, &held).await?;
        tracing::info!(user = self.user.handle, customer = %customer.short(), "a person's data was exported");
        self.app.watch(Watched::Exports, &self.user.handle, self.user.display_name(), 1).await;
        let (json, page) = (json.display().to_string(), page.display().to_string());
        Ok(vec![Card::new(prompts.privacy_exported(language, &title, &json, &page))])
    }

    /// Writes what is held of a customer into two files: JSON, and a page in the customer's language.
    async fn write_held(&self, customer: &Record, held: &Held) -> Done<(PathBuf, PathBuf)> {
        let number = customer.short().to_string();
        let json = self.held_as_json(customer, held).await?;
        let json = self.write_file(&number, "json", &json).await?;
        let settings = self.app.workflows.settings();
        let theirs = self.in_words(self.app.workflows.language_with(customer), settings.zone);
        let page = theirs.held_as_page(customer, held).await?;
        let page = self.write_file(&number, "html", &page).await?;
        Ok((json, page))
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
                .button(prompts.button_erase(language, &clip(&title, 40)), Self::asked(Right::Erase, asked));
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

/// Writes all that is held of a customer into two files for whoever runs the service. Returns their paths.
///
/// # Errors
/// The store failed, or a file cannot be written.
pub(crate) async fn export_held(app: &App, customer: &Record) -> anyhow::Result<(PathBuf, PathBuf)> {
    let settings = app.workflows.settings();
    let operator = User {
        id: Id(0),
        handle: String::new(),
        name: String::new(),
        address: None,
        role: Role::Owner,
        scope: Scope::All,
        team: String::new(),
        zone: settings.zone.name().to_owned(),
        language: settings.language.code().to_owned(),
    };
    let desk = Desk::new(app, &operator, None);
    let held = desk.held(customer).await.map_err(failure)?;
    let written = desk.write_held(customer, &held).await.map_err(failure)?;
    app.store().note_read(Reader::OPERATOR, ReadWay::Cli, ReadWhat::Export, customer.record);
    app.watch(Watched::Exports, COMMAND_LINE, COMMAND_LINE, 1).await;
    Ok(written)
}

fn failure(stop: Stop) -> anyhow::Error {
    match stop {
        Stop::Failed(e) => e,
        Stop::Card(card) => anyhow::anyhow!("{}", card.title),
    }
}
