//! Whoever ticked the box for news is asked once more, by a mail to the address that they gave: only whose it
//! is can say yes to it. What they said yes to, and when, is kept with it.

use axum::body::Bytes;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use rapport_model::consent::Purpose;
use rapport_model::job::{Outbound, Recipient};
use rapport_model::message::ChannelKind;
use rapport_model::reading::Language;
use rapport_model::time::{DAY, SECOND};
use rapport_model::{Change, Id, Kind, Record, RecordRef, Timestamp};
use rapport_prompts::{Sheet, When, Zoned};
use rapport_storage::StorageError;
use rapport_storage::work::Work;
use rapport_workflows::carry_out::consent;

use super::super::super::links::{Link, NEWS_VALID, NewsLink, Page, form_number};
use super::super::{Problem, Visit};
use super::Form;

/// Who says yes by a link, in the journal.
const PART: &str = "news";
/// The name of the mail that asks.
const ASK: &str = "news_ask";

impl Form<'_> {
    /// Asks by a mail whether somebody wants news, once a day at most. Who gets it already, and who refused
    /// it, is not asked: anybody can type an address.
    pub(super) async fn ask_for_news(&self, customer: Id, thread: Id) -> Result<(), StorageError> {
        let (app, language) = (&self.visit.shared.app, self.visit.language);
        let (store, now) = (app.store(), app.store().clock().now());
        let refusals = store.refusals(customer).await?;
        if refusals.allow(Purpose::News) || refusals.refuse(Purpose::News) {
            return Ok(());
        }
        let Some(base) = app.config.http.base() else { return Ok(()) };
        let link = Link::News(NewsLink {
            customer,
            asked: now.micros().div_euclid(SECOND),
            form: form_number(self.name),
            chinese: language == Language::Zh,
        });
        let link = format!("{base}{}", link.path(store));
        let (prompts, house) = (app.workflows.prompts(), &app.workflows.settings().house.name);
        let mail = Outbound {
            id: store.new_id(),
            channel: ChannelKind::Email,
            to: Recipient::Customer(customer),
            cc: Vec::new(),
            // So that it goes to the address that was typed.
            thread: Some(thread),
            answers: None,
            about: None,
            cause: None,
            automatic: true,
            purpose: Some(Purpose::Answer),
            author: None,
            text: ASK.into(),
            subject: prompts.news_ask_subject(language, house),
            body: prompts.news_ask_body(language, house, &link, NEWS_VALID / DAY),
            html: None,
            edits: None,
            send_at: now,
            idempotency_key: format!("{ASK}/{customer}/{}", now.micros().div_euclid(DAY)),
        };
        store.commit(vec![Work { outbox: vec![mail], ..Work::default() }]).await?;
        Ok(())
    }
}

/// Shows what will happen: that a mail program looks at the page is no yes.
pub(in super::super) async fn ask(mut visit: Visit, Path(token): Path<String>) -> Response {
    let done = visit.asked(&token).await;
    visit.answer(done)
}

/// Keeps the yes.
pub(in super::super) async fn yes(mut visit: Visit, Path(token): Path<String>, _body: Bytes) -> Response {
    let done = visit.said_yes(&token).await;
    visit.answer(done)
}

impl Visit {
    async fn asked(&mut self, token: &str) -> Result<Response, Problem> {
        let (link, customer) = match self.news(token).await? {
            Ok(found) => found,
            Err(late) => return Ok(late),
        };
        if self.store().refusals(customer.record.id).await?.allow(Purpose::News) {
            return Ok(self.says_yes(&customer));
        }
        let action = Link::News(link).path(self.store());
        Ok(self.say(StatusCode::OK, Sheet::NewsAsk { action: &action }))
    }

    async fn said_yes(&mut self, token: &str) -> Result<Response, Problem> {
        let (link, customer) = match self.news(token).await? {
            Ok(found) => found,
            Err(late) => return Ok(late),
        };
        let (store, id, now) = (self.store(), customer.record.id, self.store().clock().now());
        let refusals = store.refusals(id).await?;
        let also = |purpose: &&Purpose| **purpose == Purpose::News || refusals.allow(**purpose);
        let wanted: Vec<Purpose> = Purpose::ALL.iter().filter(also).copied().collect();
        let said = refusals.to_allow_only(&wanted).into_iter();
        let mut changes: Vec<Change> =
            said.map(|said| consent(store.new_id(), id, said, "form", now)).collect();
        if !changes.is_empty() {
            changes.push(
                Change::create(RecordRef::new(Kind::Note, store.new_id()))
                    .with("body", self.kept(link, now).as_str())
                    .with("customer", id),
            );
            store.commit(vec![Work::of(store.act(PART), changes)]).await?;
            tracing::info!(channel = "http", customer.id = %id, "said yes to news by a link");
        }
        Ok(self.says_yes(&customer))
    }

    /// Reads a link; a page says so where it is too old.
    async fn news(&mut self, token: &str) -> Result<Result<(NewsLink, Record), Response>, Problem> {
        let (link, customer) = self.follow(Page::News, token).await?;
        let Link::News(link) = link else { return Err(Problem::Wrong) };
        if link.is_expired(self.store().clock().now()) {
            return Ok(Err(self.say(StatusCode::GONE, Sheet::NewsLate { days: NEWS_VALID / DAY })));
        }
        Ok(Ok((link, customer)))
    }

    fn says_yes(&self, customer: &Record) -> Response {
        let preferences = Link::Preferences(customer.record.id).path(self.store());
        self.say(StatusCode::OK, Sheet::NewsSaid { preferences: &preferences })
    }

    /// Says by what somebody said yes, in the language of the house.
    fn kept(&self, link: NewsLink, now: Timestamp) -> String {
        let app = &self.shared.app;
        let (prompts, settings) = (app.workflows.prompts(), app.workflows.settings());
        let form = app.config.form.keys().find(|name| form_number(name) == link.form);
        let theirs = if link.chinese { Language::Zh } else { Language::En };
        let words = prompts.form_news(theirs, &settings.house.name);
        let zoned = |at| Zoned(When { at, zone: settings.zone });
        let asked = zoned(Timestamp::from_secs(link.asked));
        prompts.news_kept(settings.language, form.map_or("", String::as_str), &words, asked, zoned(now))
    }
}
