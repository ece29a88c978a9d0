//! Who looks at a page: known by a cookie, which is good as long as the colleague may what they might when
//! they came in. And from where something was sent.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{COOKIE, HOST, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Redirect, Response};
use rapport_model::people::User;
use rapport_storage::StorageError;
use rapport_storage::visits::VISIT_LASTS;

use super::super::server::Shared;
use super::{ROOT, door};
use crate::commands::desk::Desk;

/// What the cookie is called where browsers come over HTTPS: one that no other host can set.
const SAFE_NAME: &str = "__Host-rapport";
/// What it is called on this machine, without HTTPS.
const PLAIN_NAME: &str = "rapport";
/// As long as a secret is.
const SECRET_CHARS: usize = 64;

/// Somebody who was let in.
pub(super) struct Here {
    pub(super) shared: Arc<Shared>,
    pub(super) user: User,
}

impl Here {
    /// Takes a seat to look.
    pub(super) fn desk(&self) -> Desk<'_> {
        Desk::new(&self.shared.app, &self.user, None)
    }
}

impl FromRequestParts<Arc<Shared>> for Here {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Response> {
        let known = async {
            let found = known(shared, &parts.headers).await?;
            // What was chosen elsewhere holds here, too.
            shared.app.workflows.refresh().await.map_err(anyhow::Error::from)?;
            Ok::<_, anyhow::Error>(found)
        };
        match known.await {
            Ok(Some(user)) => Ok(Self { shared: shared.clone(), user }),
            Ok(None) => Err(Redirect::to(&format!("{ROOT}/login")).into_response()),
            Err(e) => Err(door::failed(shared, &parts.headers, &e)),
        }
    }
}

/// Returns who a browser is known as.
async fn known(shared: &Arc<Shared>, headers: &HeaderMap) -> Result<Option<User>, StorageError> {
    let store = shared.app.store();
    let Some(secret) = secret(headers, is_safe(shared)) else { return Ok(None) };
    let Some(visit) = store.visit_by_cookie(secret).await? else { return Ok(None) };
    if !visit.is_open(store.clock().now()) {
        return Ok(None);
    }
    // Who left, or may less or more than then, comes in anew.
    let Some(user) = shared.app.workflows.user(visit.user).filter(|user| visit.is_of(user)) else {
        store.end_visit(secret).await?;
        return Ok(None);
    };
    store.note_visit(secret, &visit).await?;
    Ok(Some(user.clone()))
}

/// Tells whether browsers come over HTTPS.
pub(super) fn is_safe(shared: &Arc<Shared>) -> bool {
    shared.app.config.http.base().is_some_and(|base| base.starts_with("https://"))
}

/// Reads by what a browser is known; nothing where it says it twice.
pub(super) fn secret(headers: &HeaderMap, safe: bool) -> Option<&str> {
    let name = if safe { SAFE_NAME } else { PLAIN_NAME };
    let all = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut ours = all.flat_map(|value| value.split(';')).filter_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        (key == name).then_some(value)
    });
    let secret = ours.next().filter(|_| ours.next().is_none())?;
    (secret.len() == SECRET_CHARS && secret.bytes().all(|b| b.is_ascii_hexdigit())).then_some(secret)
}

/// Writes the cookie by which a browser is known; without a secret the one that takes it away.
pub(super) fn cookie(secret: Option<&str>, safe: bool) -> String {
    let (name, secure) = if safe { (SAFE_NAME, "; Secure") } else { (PLAIN_NAME, "") };
    let (value, seconds) = match secret {
        Some(secret) => (secret, VISIT_LASTS / rapport_model::time::SECOND),
        None => ("", 0),
    };
    format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}")
}

/// Lets only our own pages send something here.
pub(super) async fn only_from_here(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    let is_looked_at = matches!(*request.method(), Method::GET | Method::HEAD);
    let base = shared.app.config.http.desk_base();
    if !is_looked_at && !came_from_here(request.headers(), base.as_deref()) {
        return door::foreign(&shared, request.headers());
    }
    next.run(request).await
}

/// Tells whether a browser says that our own page sent something. One that does not know `Sec-Fetch-Site`
/// says at least the page's origin.
fn came_from_here(headers: &HeaderMap, base: Option<&str>) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return site == "same-origin";
    }
    let Some(origin) = text(ORIGIN.as_str()) else { return false };
    let host = text(HOST.as_str()).unwrap_or_default();
    base == Some(origin) || origin.split_once("://").is_some_and(|(_, of)| !host.is_empty() && of == host)
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn headers(all: &[(&'static str, &str)]) -> HeaderMap {
        let header = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
        };
        all.iter().map(header).collect()
    }

    #[test]
    fn a_browser_is_known_by_one_cookie_of_ours() {
        let good = "0123456789abcdef".repeat(4);
        let safe = |cookie: &str| secret(&headers(&[("cookie", cookie)]), true).map(str::to_owned);
        for cookie in [format!("__Host-rapport={good}"), format!("a=b; __Host-rapport={good};c=d")] {
            assert_eq!(safe(&cookie).as_deref(), Some(good.as_str()), "{cookie}");
        }
        for cookie in [
            String::new(),
            format!("rapport={good}"),
            format!("__host-rapport={good}"),
            format!("__Host-rapport={good}0"),
            format!("__Host-rapport={}", "x".repeat(64)),
            format!("__Host-rapport={good}; __Host-rapport={good}"),
            "__Host-rapport".to_owned(),
        ] {
            assert_eq!(safe(&cookie), None, "{cookie}");
        }
        assert!(cookie(Some(&good), true).ends_with("; HttpOnly; SameSite=Strict; Secure"));
        assert_eq!(cookie(None, false), "rapport=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict");
    }

    #[test]
    fn only_our_own_pages_send_something() {
        let base = Some("https://crm.example");
        for (said, ours) in [
            (&[("sec-fetch-site", "same-origin")][..], true),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "cross-site"), ("origin", "https://crm.example")], false),
            (&[("sec-fetch-site", "none")], false),
            (&[("origin", "https://crm.example")], true),
            (&[("origin", "https://crm.example.evil")], false),
            (&[("origin", "http://10.0.0.7:8080"), ("host", "10.0.0.7:8080")], true),
            (&[("origin", "null"), ("host", "crm.example")], false),
            (&[("origin", "https://"), ("host", "")], false),
            (&[], false),
        ] {
            assert_eq!(came_from_here(&headers(said), base), ours, "{said:?}");
        }
    }
}
