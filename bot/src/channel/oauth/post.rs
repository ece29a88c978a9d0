//! One request to a provider: its answer is taken as it is, no redirect is followed, and it may have
//! 64 kB.

use std::error::Error as _;
use std::path::Path;

use axum::http::Uri;
use reqwest::Client;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::redirect::Policy;

use crate::channel::tls::tls;

/// An answer may have so many bytes.
const ANSWER_BYTES_MAX: usize = 64 << 10;

/// Sends a form to an `http` or `https` address. Returns status and body of the answer. Waits for
/// ever; whoever asks must not.
///
/// # Errors
/// Why there is no answer; nothing of what was sent or came is in it.
pub(super) async fn post(uri: &Uri, ca_file: Option<&Path>, form: String) -> Result<(u16, Vec<u8>), String> {
    let client = Client::builder()
        .use_preconfigured_tls((*tls(ca_file)?).clone())
        .redirect(Policy::none())
        .no_proxy()
        .user_agent(concat!("Rapport/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|e| words(e.without_url()))?;
    let request = client
        .post(uri.to_string())
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(ACCEPT, "application/json")
        .body(form);
    let mut answer = request.send().await.map_err(|e| match e.is_connect() {
        true => format!("cannot reach it: {}", words(e.without_url())),
        false => format!("the connection broke: {}", words(e.without_url())),
    })?;
    let status = answer.status().as_u16();
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|_| "its answer breaks off")? {
        body.extend_from_slice(&chunk);
        if body.len() > ANSWER_BYTES_MAX {
            return Err("its answer has more than 64 kB; is token_url right?".into());
        }
    }
    Ok((status, body))
}

/// Says what went wrong, down to its cause.
fn words(e: reqwest::Error) -> String {
    let mut words = e.to_string();
    let mut source = e.source();
    while let Some(cause) = source {
        words = cause.to_string();
        source = cause.source();
    }
    words
}
