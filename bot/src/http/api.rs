//! The interface for other programs, and the page that documents it, under the server's limits.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_TYPE, ORIGIN, VARY};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get};
use axum::{Extension, Router};

use super::guard::Peer;
use super::pages::Visit;
use super::server::Shared;
use crate::api;

/// What a page of another origin may send and read, where the configuration names that origin.
const CORS: [(&str, &str); 4] = [
    ("access-control-allow-methods", "GET, POST, PATCH, DELETE"),
    ("access-control-allow-headers", "authorization, content-type, idempotency-key, if-match, if-none-match"),
    (
        "access-control-expose-headers",
        "etag, location, retry-after, idempotency-replayed, ratelimit-limit, ratelimit-remaining, ratelimit-reset",
    ),
    ("access-control-max-age", "600"),
];

pub(super) fn router(shared: &Arc<Shared>) -> Router<Arc<Shared>> {
    Router::new()
        .route("/api/v1/{*path}", any(serve))
        .route("/api/openapi.json", get(document))
        .layer(from_fn_with_state(shared.clone(), cors))
        .route("/api", get(page))
}

async fn serve(
    State(shared): State<Arc<Shared>>,
    Extension(peer): Extension<Peer>,
    request: Request,
) -> Response {
    let client = peer.client(request.headers());
    api::serve(&shared.app, &shared.desks, client, request).await
}

async fn document() -> Response {
    let headers = [(CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    (headers, api::document().to_string()).into_response()
}

async fn page(visit: Visit) -> Response {
    visit.documentation()
}

/// Lets pages of the origins that the configuration names ask. To all others nothing of it is said, so that
/// their browsers refuse it.
async fn cors(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let allowed = &shared.app.config.http.cors;
    if allowed.is_empty() {
        return next.run(request).await;
    }
    let origin = request.headers().get(ORIGIN).cloned();
    let origin = origin.filter(|origin| allowed.iter().any(|known| known.as_bytes() == origin.as_bytes()));
    let asks_first = request.method() == Method::OPTIONS
        && request.headers().contains_key("access-control-request-method");
    let mut response = match (&origin, asks_first) {
        (Some(_), true) => StatusCode::NO_CONTENT.into_response(),
        _ => next.run(request).await,
    };
    let headers = response.headers_mut();
    headers.append(VARY, HeaderValue::from_static("origin"));
    if let Some(origin) = origin {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        for (name, value) in CORS {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
    }
    response
}
