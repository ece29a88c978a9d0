//! Who asks: the token of a request, and what it may today.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use rapport_model::people::User;
use rapport_storage::Store;
use rapport_storage::tokens::{PREFIX, Token};
use std::sync::Arc;

use super::problem::Problem;
use crate::App;

/// A longer secret is none of ours.
const SECRET_CHARS_MAX: usize = 100;

/// Who asks.
#[derive(Clone)]
pub(super) struct Caller {
    pub(super) token: Token,
    /// The colleague for whom is asked, with what both they and the token may.
    pub(super) user: User,
    /// What both see.
    pub(super) store: Store,
}

/// Finds out who asks. A colleague who is gone, or may less than before, is so for their tokens at once.
pub(super) async fn caller(app: &Arc<App>, headers: &HeaderMap) -> Result<Caller, Problem> {
    let secret = secret(headers)?;
    let store = app.store();
    let wrong = |what: &str| Problem::unauthorized(what, Some("invalid_token"));
    let token = store.token_of(secret).await?.ok_or_else(|| wrong("There is no such token."))?;
    if token.revoked_at.is_some() {
        return Err(wrong("The token was revoked. Make another with `rapport token new`."));
    }
    if !token.is_good(store.clock().now()) {
        return Err(wrong("The token has expired. Make another with `rapport token new`."));
    }
    let Some(user) = app.workflows.user(token.user) else {
        return Err(wrong("The colleague whose token it is does not work here any more."));
    };
    // Of what comes later in these lists less is allowed.
    let (role, scope) = (user.role.max(token.role), user.scope.max(token.scope));
    let user = User { role, scope, ..user.clone() };
    let seen = match app.workflows.user(token.user).is_some_and(|own| own.scope == scope) {
        true => app.workflows.store_of(&user),
        false => store.seen_by(store.sight_of(&user).await?.map(Arc::new)),
    };
    store.note_use(&token).await?;
    Ok(Caller { token, user, store: seen })
}

/// Reads the one secret of a request. Nothing of it is said again, whatever it is.
fn secret(headers: &HeaderMap) -> Result<&str, Problem> {
    let mut all = headers.get_all(AUTHORIZATION).iter();
    let (first, second) = (all.next(), all.next());
    let Some(header) = first else {
        return Err(Problem::unauthorized("Send the header Authorization: Bearer rpt_….", None));
    };
    let malformed =
        || Problem::unauthorized("Authorization must be one header: Bearer rpt_….", Some("invalid_request"));
    let text = header.to_str().ok().filter(|_| second.is_none()).ok_or_else(malformed)?;
    let (scheme, secret) = text.split_once(' ').ok_or_else(malformed)?;
    let secret = secret.trim();
    let is_ours = secret.starts_with(PREFIX) && secret.len() <= SECRET_CHARS_MAX;
    if !scheme.eq_ignore_ascii_case("bearer") || !is_ours {
        return Err(malformed());
    }
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn one_bearer_of_ours_is_a_token_and_nothing_else_is() {
        let read = |values: &[&str]| {
            let header = |value: &&str| (AUTHORIZATION, HeaderValue::from_bytes(value.as_bytes()).unwrap());
            let headers: HeaderMap = values.iter().map(header).collect();
            secret(&headers).map(str::to_owned).map_err(|problem| problem.said().detail)
        };
        for good in ["Bearer rpt_1", "bearer rpt_1", "BEARER   rpt_1 "] {
            assert_eq!(read(&[good]).as_deref(), Ok("rpt_1"), "{good}");
        }
        for wrong in ["rpt_1", "Basic rpt_1", "Bearer", "Bearer 1", "Bearer\trpt_1", "", "Bearer rpt_\u{e9}"]
        {
            assert!(read(&[wrong]).is_err(), "{wrong}");
        }
        assert!(read(&[]).is_err() && read(&["Bearer rpt_1", "Bearer rpt_1"]).is_err());
        assert!(read(&[&format!("Bearer rpt_{}", "a".repeat(200))]).is_err());
    }
}
