//! How the service fares, for programs of this machine: whether it lives, is ready, and its figures.
//! To all others these pages are not there.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Extension, Router};
use rapport_prompts::Sheet;
use rapport_storage::StorageError;

use super::guard::Peer;
use super::pages::Visit;
use super::server::Shared;
use crate::metrics;

pub(super) fn router(shared: &Arc<Shared>) -> Router<Arc<Shared>> {
    Router::new()
        .route("/ready", get(ready))
        .route("/metrics", get(figures))
        .route_layer(from_fn_with_state(shared.clone(), only_here))
        .route("/live", get(|| async { "live\n" }))
}

/// Lets programs of this machine alone see a page; to all others it is not there.
async fn only_here(visit: Visit, Extension(peer): Extension<Peer>, request: Request, next: Next) -> Response {
    if peer.is_here(request.headers()) {
        return next.run(request).await;
    }
    visit.say(StatusCode::NOT_FOUND, Sheet::Wrong)
}

/// Ready is who can read the store and may write to it.
async fn ready(State(shared): State<Arc<Shared>>) -> Response {
    let ready = async {
        shared.app.store().index_lag().await?;
        shared.app.store().has_number().await
    };
    match ready.await {
        Ok(true) => "ready\n".into_response(),
        Ok(false) => {
            (StatusCode::SERVICE_UNAVAILABLE, "another process has this one's number\n").into_response()
        }
        Err(e) => failed(&e),
    }
}

/// The figures of `rapport doctor --metrics`.
async fn figures(State(shared): State<Arc<Shared>>) -> Response {
    match metrics::figures(shared.app.store(), &shared.app.config).await {
        Ok(text) => ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response(),
        Err(e) => failed(&e),
    }
}

fn failed(e: &StorageError) -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, format!("{e}\n")).into_response()
}
