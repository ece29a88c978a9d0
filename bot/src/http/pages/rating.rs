//! What a customer thinks of what was done for them: stars, and words if they like.

use axum::Form;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use rapport_model::record::Op;
use rapport_model::{Change, Id, Kind, Record, RecordRef};
use rapport_prompts::{STARS_MAX, Sheet};
use rapport_storage::StorageError;
use rapport_storage::work::Work;
use serde::Deserialize;

use super::super::links::{Link, Page, RatingLink};
use super::{Problem, Visit};

/// How long the words can be, in characters.
const COMMENT_CHARS_MAX: usize = 2_000;
/// A browser sends a Chinese character as nine bytes.
pub(super) const BODY_BYTES_MAX: usize = 9 * COMMENT_CHARS_MAX + 2 * 1024;

/// What is sent.
#[derive(Debug, Deserialize)]
pub(super) struct Sent {
    #[serde(default)]
    score: String,
    #[serde(default)]
    comment: String,
}

/// Shows the stars, as they were given if they were.
pub(super) async fn show(mut visit: Visit, Path(token): Path<String>) -> Response {
    let done = visit.see_rating(&token).await;
    visit.answer(done)
}

/// Keeps the rating; a later one through the same link takes its place.
pub(super) async fn save(mut visit: Visit, Path(token): Path<String>, Form(sent): Form<Sent>) -> Response {
    let done = visit.rate(&token, &sent).await;
    visit.answer(done)
}

/// What is rated.
struct Rated {
    link: RatingLink,
    path: String,
    customer: Id,
    /// The colleague who did it.
    owner: Option<Id>,
    /// The rating so far.
    before: Option<Record>,
}

impl Visit {
    async fn see_rating(&mut self, token: &str) -> Result<Response, Problem> {
        let rated = self.rated(token).await?;
        let before = rated.before.as_ref().filter(|before| !before.deleted);
        let score = before.and_then(|before| u8::try_from(before.get("score").int()?).ok());
        let comment = before.map_or("", |before| before.text("comment"));
        Ok(self.stars(&rated, score, comment, false))
    }

    async fn rate(&mut self, token: &str, sent: &Sent) -> Result<Response, Problem> {
        let rated = self.rated(token).await?;
        let comment = sent.comment.replace("\r\n", "\n");
        if comment.chars().count() > COMMENT_CHARS_MAX {
            return Err(Problem::Refused);
        }
        let score = sent.score.parse().ok().filter(|score| (1..=STARS_MAX).contains(score));
        let Some(score) = score else { return Ok(self.stars(&rated, None, &comment, true)) };
        if let Err(e) = self.keep(&rated, score, comment.trim()).await {
            // Sent twice at once: the other one made the record.
            let rated = self.rated(token).await?;
            if rated.before.is_none() {
                return Err(e.into());
            }
            self.keep(&rated, score, comment.trim()).await?;
        }
        Ok(self.say(StatusCode::OK, Sheet::Rated { score, change: &rated.path }))
    }

    async fn rated(&mut self, token: &str) -> Result<Rated, Problem> {
        let (link, customer) = self.follow(Page::Rating, token).await?;
        let path = link.path(self.store());
        let Link::Rating(link) = link else { return Err(Problem::Wrong) };
        let about = match link.about {
            Some(about) => self.store().record(about).await?,
            None => None,
        };
        let owner = about.and_then(|about| about.get("owner").id()).or(customer.get("owner").id());
        let before = self.store().record(RecordRef::new(Kind::Rating, link.rating)).await?;
        Ok(Rated { link, path, customer: customer.record.id, owner, before })
    }

    fn stars(&self, rated: &Rated, score: Option<u8>, comment: &str, missing: bool) -> Response {
        let owner = rated.owner.and_then(|id| self.shared.app.workflows.user(id));
        let status = if missing { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
        let sheet = Sheet::Rating {
            action: &rated.path,
            // Who has no name is not shown to customers by their handle.
            owner: owner.map_or("", |owner| owner.name.as_str()),
            score,
            comment,
            comment_chars_max: COMMENT_CHARS_MAX,
            missing,
        };
        self.say(status, sheet)
    }

    async fn keep(&self, rated: &Rated, score: u8, comment: &str) -> Result<(), StorageError> {
        let (store, link) = (self.store(), rated.link);
        let rating = RecordRef::new(Kind::Rating, link.rating);
        let (score, comment) = (i64::from(score), (!comment.is_empty()).then_some(comment));
        let now = store.clock().now();
        let mut changes = Vec::new();
        match &rated.before {
            None => {
                let of = |kind| link.about.filter(|about| about.kind == kind).map(|about| about.id);
                changes.push(
                    Change::create(rating)
                        .with("score", score)
                        .with("comment", comment)
                        .with("customer", rated.customer)
                        .with("ticket", of(Kind::Ticket))
                        .with("thread", of(Kind::Thread))
                        .with("owner", rated.owner)
                        .with("at", now),
                );
            }
            Some(before) => {
                if before.deleted {
                    changes.push(Change { record: rating, op: Op::Restore, fields: Vec::new() });
                }
                let change = Change::update(rating).set("score", before.get("score").clone(), score).set(
                    "comment",
                    before.get("comment").clone(),
                    comment,
                );
                if !change.is_empty() {
                    changes.push(change.set("at", before.get("at").clone(), now));
                }
            }
        }
        if !changes.is_empty() {
            store.commit(vec![Work::of(store.act("rating"), changes)]).await?;
        }
        Ok(())
    }
}
