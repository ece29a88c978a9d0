//! What holds for every request: how often, how long, and what no answer lacks.

use std::net::IpAddr;
use std::sync::{Arc, PoisonError};

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, FORWARDED, REFERRER_POLICY, RETRY_AFTER, VIA,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use rapport_prompts::Sheet;

use super::bucket::of_one_customer;
use super::pages::Visit;
use super::server::Shared;
use crate::api::Problem;

/// Whoever a proxy speaks for; the last one is the proxy's own word.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// For answers that bring no policy of their own: nothing may be loaded or sent.
const NOTHING: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
);

/// The other end of a connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) IpAddr);

impl Peer {
    /// Returns whose request it is: a proxy on this machine tells whom it speaks for, and nobody else
    /// is believed.
    pub(super) fn client(self, headers: &HeaderMap) -> IpAddr {
        let told = headers.get_all(FORWARDED_FOR).iter().next_back().and_then(|value| value.to_str().ok());
        let last = told.and_then(|all| all.rsplit(',').next()).and_then(|last| last.trim().parse().ok());
        last.filter(|_| self.0.to_canonical().is_loopback()).unwrap_or(self.0)
    }

    /// Tells whether it is a program of this machine that asks for itself.
    pub(super) fn is_here(self, headers: &HeaderMap) -> bool {
        let passed_on = [FORWARDED_FOR, FORWARDED, VIA].iter().any(|name| headers.contains_key(name));
        self.0.to_canonical().is_loopback() && !passed_on
    }
}

/// Answers a request, if its sender has not asked too often, in its time.
pub(super) async fn guard(
    State(shared): State<Arc<Shared>>,
    Extension(peer): Extension<Peer>,
    request: Request,
    next: Next,
) -> Response {
    let visit = Visit::of(&shared, request.headers());
    let (client, now) = (peer.client(request.headers()), shared.app.store().clock().now());
    // Programs have a pace of their own, and are answered in JSON.
    let is_program = ["/api/", "/in/"].iter().any(|start| request.uri().path().starts_with(start));
    let buckets = if is_program { &shared.programs } else { &shared.buckets };
    let token = buckets.lock().unwrap_or_else(PoisonError::into_inner).take(of_one_customer(client), now);
    let mut response = match token {
        Err(seconds) if is_program => Problem::too_many(seconds).into_response(),
        Err(seconds) => {
            let mut response = visit.say(StatusCode::TOO_MANY_REQUESTS, Sheet::Busy);
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
            response
        }
        Ok(()) => match tokio::time::timeout(shared.limits.request_within, next.run(request)).await {
            Ok(response) => response,
            Err(_) if is_program => Problem::too_slow().into_response(),
            Err(_) => visit.say(StatusCode::REQUEST_TIMEOUT, Sheet::Refused),
        },
    };
    let headers = response.headers_mut();
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(NOTHING);
    for (name, value) in [
        (CACHE_CONTROL, "no-store"),
        // The path of a page is as good as a key.
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (HeaderName::from_static("x-robots-tag"), "noindex"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_proxy_of_this_machine_can_speak_for_others() {
        let peer = |text: &str| Peer(text.parse().unwrap());
        let headers = |values: &[&'static str]| {
            values.iter().map(|v| (FORWARDED_FOR, HeaderValue::from_static(v))).collect::<HeaderMap>()
        };
        for (from, told, client) in [
            ("192.0.2.1", &["198.51.100.7"][..], "192.0.2.1"),
            ("127.0.0.1", &["198.51.100.7"], "198.51.100.7"),
            ("::ffff:127.0.0.1", &["10.0.0.1, 2001:db8::7"], "2001:db8::7"),
            ("::1", &["10.0.0.1", "198.51.100.7"], "198.51.100.7"),
            ("127.0.0.1", &["198.51.100.7, nobody"], "127.0.0.1"),
            ("127.0.0.1", &[], "127.0.0.1"),
        ] {
            assert_eq!(peer(from).client(&headers(told)), peer(client).0, "{from} {told:?}");
        }
        assert!(peer("127.0.0.1").is_here(&headers(&[])));
        assert!(!peer("127.0.0.1").is_here(&headers(&["127.0.0.1"])), "through a proxy");
        assert!(!peer("192.0.2.1").is_here(&headers(&[])));
    }
}
