//! The pages that customers reach from a mail.
//!
//! To look at a page changes nothing: mail servers follow links, too. What is sent to one does, at
//! once, and says so. Who has a link may do what it says; there is no login.

mod form;
mod preferences;
mod proof;
mod rating;
mod unsubscribe;

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequestParts, Request, State};
use axum::http::header::{ACCEPT_LANGUAGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{Html, IntoResponse as _, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rapport_model::reading::Language;
use rapport_model::time::DAY;
use rapport_model::{Id, Kind, Record, RecordRef};
use rapport_prompts::{Page as Words, Sheet};
use rapport_storage::StorageError;

use super::links::{Link, Page, RATING_VALID};
use super::server::Shared;

/// How much can be sent to a page, in bytes.
const BODY_BYTES_MAX: usize = 16 * 1024;

pub(super) fn router(shared: &Arc<Shared>) -> Router<Arc<Shared>> {
    Router::new()
        .route("/u/{token}", get(unsubscribe::ask).post(unsubscribe::act))
        .route("/u/{token}/again", get(unsubscribe::ask).merge(post(unsubscribe::again)))
        .route("/p/{token}", get(preferences::show).post(preferences::save))
        .route("/v/{token}", get(proof::ask).post(proof::act))
        .route("/n/{token}", get(form::news::ask).post(form::news::yes))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .route(
            "/r/{token}",
            get(rating::show).post(rating::save).layer(DefaultBodyLimit::max(rating::BODY_BYTES_MAX)),
        )
        .merge(form::router())
        .fallback(|| async { StatusCode::NOT_FOUND })
        .method_not_allowed_fallback(|| async { StatusCode::METHOD_NOT_ALLOWED })
        .layer(from_fn_with_state(shared.clone(), in_words))
}

/// Says as a page what is refused before a page is asked: an unknown path, too long a body.
async fn in_words(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let visit = Visit::of(&shared, request.headers());
    let response = next.run(request).await;
    let status = response.status();
    // What a program is told stays as it is.
    let is_json =
        response.headers().get(CONTENT_TYPE).is_some_and(|sort| sort.as_bytes().starts_with(b"application/"));
    if status.is_success() || is_json || response.headers().contains_key(CONTENT_SECURITY_POLICY) {
        return response;
    }
    let sheet = if status == StatusCode::NOT_FOUND { Sheet::Wrong } else { Sheet::Refused };
    let mut said = visit.say(status, sheet);
    // Such as which methods there are.
    let more = response.headers().iter().filter(|(name, _)| *name == axum::http::header::ALLOW);
    said.headers_mut().extend(more.map(|(name, value)| (name.clone(), value.clone())));
    said
}

/// Why a page cannot be shown.
enum Problem {
    /// The link is none of ours, or whoever had it is not here any more.
    Wrong,
    /// The link was good for some time.
    Expired {
        /// For how long, in microseconds.
        valid: i64,
    },
    /// What was sent is not what the page expects.
    Refused,
    /// We failed.
    Failed(StorageError),
}

impl From<StorageError> for Problem {
    fn from(e: StorageError) -> Self {
        Self::Failed(e)
    }
}

/// Somebody looks at a page.
pub(super) struct Visit {
    shared: Arc<Shared>,
    language: Language,
}

impl FromRequestParts<Arc<Shared>> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Infallible> {
        Ok(Self::of(shared, &parts.headers))
    }
}

impl Visit {
    pub(super) fn of(shared: &Arc<Shared>, headers: &HeaderMap) -> Self {
        let asked = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let house = shared.app.workflows.settings().language;
        Self { shared: shared.clone(), language: asked.and_then(wanted).unwrap_or(house) }
    }

    /// Returns the language that the browser wants, or the house's.
    pub(super) fn language(&self) -> Language {
        self.language
    }

    fn store(&self) -> &rapport_storage::Store {
        self.shared.app.store()
    }

    /// Reads a link, and loads whose it is; their language is that of the page from now on.
    async fn follow(&mut self, page: Page, token: &str) -> Result<(Link, Record), Problem> {
        let link = Link::read(self.store(), page, token).ok_or(Problem::Wrong)?;
        let customer = match link {
            Link::Unsubscribe(customer) | Link::Preferences(customer) => customer,
            Link::Rating(rating) if rating.is_expired(self.store().clock().now()) => {
                return Err(Problem::Expired { valid: RATING_VALID });
            }
            Link::Rating(rating) => rating.customer,
            Link::Proof(proof) => proof.customer,
            Link::News(news) => news.customer,
        };
        Ok((link, self.customer(customer).await?))
    }

    async fn customer(&mut self, id: Id) -> Result<Record, Problem> {
        let record = self.store().merged_into(RecordRef::new(Kind::Customer, id)).await?;
        let customer = self.store().record(record).await?.filter(|c| !c.deleted).ok_or(Problem::Wrong)?;
        match customer.text("language") {
            "" => {}
            code => self.language = Language::of(code),
        }
        Ok(customer)
    }

    /// Answers with the page that documents what programs can ask.
    pub(super) fn documentation(&self) -> Response {
        let nonce = nonce();
        let (house, prompts) =
            (&self.shared.app.workflows.settings().house.name, self.shared.app.workflows.prompts());
        laid_out(StatusCode::OK, &nonce, crate::api::page(prompts, house, &nonce), "", "")
    }

    /// Answers with a page.
    pub(super) fn say(&self, status: StatusCode, sheet: Sheet<'_>) -> Response {
        self.say_framed(status, sheet, "", "")
    }

    /// Answers with a page that pages of other origins may show within theirs, and whose form may lead to one;
    /// each with blanks between, and nowhere where it is empty.
    fn say_framed(&self, status: StatusCode, sheet: Sheet<'_>, framed_by: &str, goes_to: &str) -> Response {
        let nonce = nonce();
        let house = &self.shared.app.workflows.settings().house.name;
        let words = Words { house, nonce: &nonce, sheet };
        let page = self.shared.app.workflows.prompts().page(self.language, &words);
        laid_out(status, &nonce, page, framed_by, goes_to)
    }

    /// Answers with what came of a request.
    fn answer(&self, done: Result<Response, Problem>) -> Response {
        match done {
            Ok(response) => response,
            Err(Problem::Wrong) => self.say(StatusCode::NOT_FOUND, Sheet::Wrong),
            Err(Problem::Expired { valid }) => {
                self.say(StatusCode::GONE, Sheet::Expired { days: valid / DAY })
            }
            Err(Problem::Refused) => self.say(StatusCode::UNPROCESSABLE_ENTITY, Sheet::Refused),
            Err(Problem::Failed(e)) => {
                tracing::error!(channel = "http", error = %e, "a page failed");
                self.say(StatusCode::INTERNAL_SERVER_ERROR, Sheet::Failed)
            }
        }
    }
}

/// Answers with a page, in which nothing but its own style counts.
fn laid_out(status: StatusCode, nonce: &str, page: String, framed_by: &str, goes_to: &str) -> Response {
    let framed_by = if framed_by.is_empty() { "'none'" } else { framed_by };
    let goes_to = format!("'self' {goes_to}");
    let policy = format!(
        "default-src 'none'; style-src 'nonce-{nonce}'; img-src data:; form-action {}; base-uri 'none'; \
         frame-ancestors {framed_by}",
        goes_to.trim_end()
    );
    let policy = HeaderValue::try_from(policy).expect("base64 and origins are ASCII");
    let headers = [
        (CONTENT_SECURITY_POLICY, policy),
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
    ];
    (status, headers, Html(page)).into_response()
}

/// Returns 128 random bits, so that only our own style is let into a page.
fn nonce() -> String {
    let mut bytes = [0; 16];
    // Without random numbers no style is better than one that can be foreseen.
    if getrandom::fill(&mut bytes).is_err() {
        return "none".into();
    }
    STANDARD.encode(bytes)
}

/// Returns the language of ours that a browser wants most (RFC 9110, 12.5.4).
fn wanted(accept: &str) -> Option<Language> {
    let ranges = accept.split(',').filter_map(|range| {
        let (tag, q) = range.split_once(';').unwrap_or((range, "q=1"));
        let q: f32 = q.trim().strip_prefix("q=")?.trim().parse().ok()?;
        let language = match tag.trim().get(..2)?.to_ascii_lowercase().as_str() {
            "en" => Language::En,
            "zh" => Language::Zh,
            _ => return None,
        };
        (q > 0.0).then_some((language, q))
    });
    // Of equals the first.
    ranges.reduce(|best, next| if next.1 > best.1 { next } else { best }).map(|(language, _)| language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_gets_the_language_it_wants_most_of_ours() {
        for (accept, language) in [
            ("zh-CN,zh;q=0.9,en;q=0.8", Some(Language::Zh)),
            ("de, en;q=0.7, zh;q=0.8", Some(Language::Zh)),
            ("EN-gb", Some(Language::En)),
            ("en;q=0, zh;q=0.1", Some(Language::Zh)),
            ("en, zh", Some(Language::En)),
            ("de", None),
            ("", None),
            ("*", None),
            ("é;q=x, ;;, zh;q=nan", None),
        ] {
            assert_eq!(wanted(accept), language, "{accept}");
        }
    }
}
