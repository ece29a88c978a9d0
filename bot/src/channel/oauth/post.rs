//! One request to a provider: a form is posted, and its answer may have 64 kB.

use std::path::Path;
use std::time::Duration;

use axum::http::Uri;
use reqwest::Url;

use crate::net::{self, Failure, Question};

/// An answer may have so many bytes.
const ANSWER_BYTES_MAX: usize = 64 << 10;

/// Sends a form to an `http` or `https` address. Returns status and body of the answer.
///
/// # Errors
/// Why there is no answer; nothing of what was sent or came is in it.
pub(super) async fn post(
    uri: &Uri,
    ca_file: Option<&Path>,
    form: String,
    patience: Duration,
) -> Result<(u16, Vec<u8>), String> {
    let url = Url::parse(&uri.to_string()).map_err(|e| e.to_string())?;
    let question = Question {
        url: &url,
        head: Vec::new(),
        content_type: "application/x-www-form-urlencoded",
        body: form,
        ca_file: ca_file.map(Path::to_owned),
        patience,
        answer_bytes_max: ANSWER_BYTES_MAX,
        at: None,
    };
    match net::post(question).await {
        Ok(answer) if answer.is_whole => Ok((answer.status, answer.body)),
        Ok(_) => Err("its answer has more than 64 kB; is token_url right?".to_owned()),
        Err(Failure::Slow) => Err(format!("it says nothing for {} s", patience.as_secs())),
        Err(Failure::Unreached(why)) => Err(format!("cannot reach it: {why}")),
        Err(Failure::Broken(why)) => Err(format!("the connection broke: {why}")),
    }
}
