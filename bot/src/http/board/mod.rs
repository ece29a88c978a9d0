//! The pages that colleagues see in their browsers: how things stand, by what each of them sees.
//!
//! One comes in by a link that opens once (see [`door`]), and is then known by a cookie. The pages only show:
//! nothing that is sent to them changes a record. They need no script, and ask for nothing from elsewhere.

mod audit;
mod digests;
mod door;
mod guest;
mod inbox;
mod operation;
mod overview;
mod parts;
mod pipeline;
mod record;
mod service;

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequestParts};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::from_fn_with_state;
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use rapport_model::people::{Role, Scope, User};
use rapport_prompts::board::{BOARD_STYLE, Board, Way};

use super::server::Shared;
use crate::commands::desk::{Desk, Stop};
use guest::Here;

/// Where the pages are.
pub(super) const ROOT: &str = "/desk";
/// What is sent to a page has so many bytes at most.
const BODY_BYTES_MAX: usize = 4 * 1024;
/// Nothing counts but our own style, and nothing is sent elsewhere.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; \
     frame-ancestors 'none'",
);
const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
/// Without it browsers would not say of a form that it came from here.
const REFERRER: HeaderValue = HeaderValue::from_static("same-origin");

/// Where the style is: elsewhere as soon as it is another.
static STYLE: LazyLock<String> = LazyLock::new(|| {
    let digest = blake3::hash(BOARD_STYLE.as_bytes()).to_hex();
    format!("{ROOT}/style-{}.css", &digest[..16])
});

/// What is asked of a page behind the question mark. What a page does not know, it leaves alone.
struct Asked(BTreeMap<String, String>);

impl Asked {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

impl FromRequestParts<Arc<Shared>> for Asked {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Shared>) -> Result<Self, Infallible> {
        let query = parts.uri.query().unwrap_or_default();
        Ok(Self(form_urlencoded::parse(query.as_bytes()).into_owned().collect()))
    }
}

pub(super) fn router(shared: &Arc<Shared>) -> Router<Arc<Shared>> {
    let paged = |place: Place| format!("{ROOT}{}", place.path());
    Router::new()
        .route(ROOT, get(overview::show))
        .route(&paged(Place::Pipeline), get(pipeline::show))
        .route(&paged(Place::Inbox), get(inbox::show))
        .route(&paged(Place::Service), get(service::show))
        .route(&paged(Place::Digests), get(digests::list))
        .route("/desk/digests/now/{days}", get(digests::now))
        .route("/desk/digests/sent/{id}", get(digests::sent))
        .route(&paged(Place::Operation), get(operation::show))
        .route(&paged(Place::Audit), get(audit::show))
        .route("/desk/record/{number}", get(record::show))
        .route("/desk/login", get(door::form).post(door::ask))
        .route("/desk/in/{secret}", get(door::look).post(door::open))
        .route("/desk/logout", post(door::leave))
        .route(&STYLE, get(style))
        .route("/desk/", get(|| async { Redirect::permanent(ROOT) }))
        .route("/desk/{*rest}", get(nothing))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(from_fn_with_state(shared.clone(), guest::only_from_here))
}

async fn style() -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8")),
        (CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
    ];
    (headers, BOARD_STYLE).into_response()
}

async fn nothing(here: Here) -> Response {
    here.answer(None, Err(Trouble::Wrong))
}

/// A page that can be gone to from every other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Overview,
    Pipeline,
    Inbox,
    Service,
    Digests,
    Operation,
    Audit,
}

impl Place {
    const ALL: [Self; 7] = [
        Self::Overview,
        Self::Inbox,
        Self::Pipeline,
        Self::Service,
        Self::Digests,
        Self::Operation,
        Self::Audit,
    ];

    const fn path(self) -> &'static str {
        match self {
            Self::Overview => "",
            Self::Pipeline => "/pipeline",
            Self::Inbox => "/inbox",
            Self::Service => "/service",
            Self::Digests => "/digests",
            Self::Operation => "/operation",
            Self::Audit => "/audit",
        }
    }

    fn way(self, desk: &Desk<'_>, at: Option<Self>) -> Way {
        let (p, l) = (desk.prompts(), desk.language);
        let text = match self {
            Self::Overview => p.board_overview(l),
            Self::Pipeline => p.board_pipeline(l),
            Self::Inbox => p.board_inbox(l),
            Self::Service => p.board_service(l),
            Self::Digests => p.board_digests(l),
            Self::Operation => p.board_operation(l),
            Self::Audit => p.board_audit(l),
        };
        Way { path: format!("{ROOT}{}", self.path()), text, here: at == Some(self) }
    }
}

/// Tells whether somebody may see how the service itself fares: managers and owners who see all customers,
/// as in the API.
fn may_operate(user: &User) -> bool {
    // Of what comes later in these lists less is allowed.
    user.role <= Role::Manager && user.scope == Scope::All
}

/// Why a page cannot be shown.
enum Trouble {
    /// It is not there, or whoever looks does not see it.
    Wrong,
    /// It takes another role.
    Refused,
    /// We failed.
    Failed(anyhow::Error),
}

impl<E: Into<anyhow::Error> + std::error::Error> From<E> for Trouble {
    fn from(e: E) -> Self {
        Self::Failed(e.into())
    }
}

impl From<Stop> for Trouble {
    fn from(stop: Stop) -> Self {
        match stop {
            // Where a chat would ask something back, there is no such page.
            Stop::Card(_) => Self::Wrong,
            Stop::Failed(e) => Self::Failed(e),
        }
    }
}

/// What a page shows.
type Shown = Result<Board, Trouble>;

impl Here {
    /// Answers with a page, with ways to all others.
    fn answer(&self, place: Option<Place>, shown: Shown) -> Response {
        let desk = self.desk();
        let (p, l) = (desk.prompts(), desk.language);
        let told = |title, lead| Board { title, lead, ..Board::default() };
        let (status, board) = match shown {
            Ok(board) => (StatusCode::OK, board),
            Err(Trouble::Wrong) => {
                (StatusCode::NOT_FOUND, told(p.board_wrong_title(l), p.board_wrong_lead(l)))
            }
            Err(Trouble::Refused) => {
                let lead = p.board_refused_lead(l, Role::Manager);
                (StatusCode::FORBIDDEN, told(p.board_refused_title(l), lead))
            }
            Err(Trouble::Failed(e)) => {
                tracing::error!(channel = "http", error = format!("{e:#}"), "a page for colleagues failed");
                let told = told(p.board_failed_title(l), p.board_failed_lead(l));
                (StatusCode::INTERNAL_SERVER_ERROR, told)
            }
        };
        let open = |place: &Place| *place != Place::Operation || may_operate(&self.user);
        let board = Board {
            house: self.shared.app.workflows.settings().house.name.clone(),
            who: self.user.display_name().to_owned(),
            places: Place::ALL.into_iter().filter(open).map(|one| one.way(&desk, place)).collect(),
            logout: Way { path: format!("{ROOT}/logout"), text: p.board_logout(l), here: false },
            style: STYLE.clone(),
            ..board
        };
        page(status, p.board(l, &board))
    }
}

fn page(status: StatusCode, html: String) -> Response {
    let headers = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (CONTENT_TYPE, HTML),
        (REFERRER_POLICY, REFERRER),
        (VARY, COOKIE),
    ];
    (status, headers, Html(html)).into_response()
}

const VARY: HeaderName = axum::http::header::VARY;
const COOKIE: HeaderValue = HeaderValue::from_static("cookie");
