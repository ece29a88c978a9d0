//! No more automatic mail, by a click of the customer or of their mail program (RFC 8058).

use axum::body::Bytes;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use rapport_model::Record;
use rapport_model::consent::{ALL_AUTOMATIC, DENIED, GRANTED};
use rapport_prompts::Sheet;
use rapport_storage::work::Work;
use rapport_workflows::carry_out::consent;

use super::super::links::{Link, Page};
use super::{Problem, Visit};

/// Shows what will happen.
pub(super) async fn ask(mut visit: Visit, Path(token): Path<String>) -> Response {
    let done = visit.ask(&token).await;
    visit.answer(done)
}

/// Does it. The body is read and means nothing: a mail program sends `List-Unsubscribe=One-Click` as
/// it likes, our own button nothing.
pub(super) async fn act(mut visit: Visit, Path(token): Path<String>, _body: Bytes) -> Response {
    let done = visit.unsubscribe(&token).await;
    visit.answer(done)
}

/// Takes it back.
pub(super) async fn again(mut visit: Visit, Path(token): Path<String>, _body: Bytes) -> Response {
    let done = visit.subscribe(&token).await;
    visit.answer(done)
}

impl Visit {
    async fn ask(&mut self, token: &str) -> Result<Response, Problem> {
        let (link, customer) = self.follow(Page::Unsubscribe, token).await?;
        if self.store().refusals(customer.record.id).await?.all {
            return Ok(self.unsubscribed(link, &customer));
        }
        let (action, preferences) = self.paths(link, &customer);
        Ok(self.say(StatusCode::OK, Sheet::Unsubscribe { action: &action, preferences: &preferences }))
    }

    async fn unsubscribe(&mut self, token: &str) -> Result<Response, Problem> {
        let (link, customer) = self.follow(Page::Unsubscribe, token).await?;
        self.note(&customer, DENIED).await?;
        Ok(self.unsubscribed(link, &customer))
    }

    async fn subscribe(&mut self, token: &str) -> Result<Response, Problem> {
        let (link, customer) = self.follow(Page::Unsubscribe, token).await?;
        self.note(&customer, GRANTED).await?;
        let (_, preferences) = self.paths(link, &customer);
        Ok(self.say(StatusCode::OK, Sheet::Subscribed { preferences: &preferences }))
    }

    fn unsubscribed(&self, link: Link, customer: &Record) -> Response {
        let (path, preferences) = self.paths(link, customer);
        let again = format!("{path}/again");
        self.say(StatusCode::OK, Sheet::Unsubscribed { again: &again, preferences: &preferences })
    }

    /// Returns where this link leads, and where mails are chosen.
    fn paths(&self, link: Link, customer: &Record) -> (String, String) {
        (link.path(self.store()), Link::Preferences(customer.record.id).path(self.store()))
    }

    /// Notes what a customer wants of all automatic mail, unless it is so already.
    async fn note(&self, customer: &Record, state: &str) -> Result<(), Problem> {
        let (store, id) = (self.store(), customer.record.id);
        if store.refusals(id).await?.all == (state == DENIED) {
            return Ok(());
        }
        let change = consent(store.new_id(), id, (ALL_AUTOMATIC, state), "link", store.clock().now());
        store.commit(vec![Work::of(store.act("link"), vec![change])]).await?;
        tracing::info!(channel = "http", customer.id = %id, state, "said by a link");
        Ok(())
    }
}
