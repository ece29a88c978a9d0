//! Which automatic mails a customer gets, and in which language.

use std::collections::HashMap;

use axum::Form;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use rapport_model::consent::Purpose;
use rapport_model::reading::Language;
use rapport_model::{Change, Record};
use rapport_prompts::{LANGUAGES, Sheet};
use rapport_storage::work::Work;
use rapport_workflows::carry_out::consent;

use super::super::links::{Link, Page};
use super::{Problem, Visit};

/// Shows how it is.
pub(super) async fn show(mut visit: Visit, Path(token): Path<String>) -> Response {
    let done = visit.look(&token).await;
    visit.answer(done)
}

/// Makes it so.
pub(super) async fn save(mut visit: Visit, Path(token): Path<String>, Form(sent): Form<Sent>) -> Response {
    let done = visit.save(&token, &sent).await;
    visit.answer(done)
}

/// What is sent: the purposes that are wanted, and the language.
type Sent = HashMap<String, String>;

impl Visit {
    async fn look(&mut self, token: &str) -> Result<Response, Problem> {
        let (link, customer) = self.follow(Page::Preferences, token).await?;
        self.preferences(link, &customer, false).await
    }

    async fn save(&mut self, token: &str, sent: &Sent) -> Result<Response, Problem> {
        let (link, customer) = self.follow(Page::Preferences, token).await?;
        // A form that was not filled in by anybody must not turn everything off.
        let code = sent.get("language").ok_or(Problem::Refused)?;
        let language = LANGUAGES.into_iter().find(|l| l.code() == code).ok_or(Problem::Refused)?;
        let wanted: Vec<Purpose> =
            Purpose::ALL.iter().copied().filter(|purpose| sent.contains_key(purpose.name())).collect();
        self.choose(&customer, &wanted, language).await?;
        self.language = language;
        self.preferences(link, &customer, true).await
    }

    async fn preferences(&self, link: Link, customer: &Record, saved: bool) -> Result<Response, Problem> {
        let refusals = self.store().refusals(customer.record.id).await?;
        let allowed: Vec<Purpose> =
            Purpose::ALL.iter().copied().filter(|purpose| refusals.allow(*purpose)).collect();
        let action = link.path(self.store());
        let (action, allowed, language) = (action.as_str(), allowed.as_slice(), self.language);
        Ok(self.say(StatusCode::OK, Sheet::Preferences { action, allowed, language, saved }))
    }

    /// Keeps a choice: one act, of what differs from before.
    async fn choose(&self, customer: &Record, wanted: &[Purpose], language: Language) -> Result<(), Problem> {
        let (store, id) = (self.store(), customer.record.id);
        let (refusals, now) = (store.refusals(id).await?, store.clock().now());
        let said = refusals.to_allow_only(wanted).into_iter();
        let mut changes: Vec<Change> =
            said.map(|said| consent(store.new_id(), id, said, "preferences", now)).collect();
        let before = customer.get("language").clone();
        if before.text().is_none_or(|code| Language::of(code) != language) {
            changes.push(Change::update(customer.record).set("language", before, language.code()));
        }
        if !changes.is_empty() {
            store.commit(vec![Work::of(store.act("preferences"), changes)]).await?;
        }
        Ok(())
    }
}
