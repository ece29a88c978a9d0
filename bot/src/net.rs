//! One question to somebody else's server, within limits: no redirect is followed, no proxy is asked, the
//! answer has so many bytes at most, and all of it so much time.

use std::error::Error as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::header::RETRY_AFTER;
use reqwest::redirect::Policy;
use reqwest::{Client, Url};

use crate::channel::tls::tls;

/// What most bodies are.
pub(crate) const JSON: &str = "application/json";
/// Who asks.
const AGENT: &str = concat!("Rapport/", env!("CARGO_PKG_VERSION"));
/// Longer pauses than this, in seconds, are not believed.
const PAUSE_MAX: u32 = 86_400;

/// What is posted.
#[derive(Clone, Debug)]
pub(crate) struct Question<'a> {
    /// Where to.
    pub url: &'a Url,
    /// Lines of the head beside those that say what goes and what is to come: JSON.
    pub head: Vec<(&'static str, String)>,
    /// What the body is.
    pub content_type: &'static str,
    /// What is sent.
    pub body: String,
    /// Certificates that are trusted beside the public ones.
    pub ca_file: Option<PathBuf>,
    /// How long all of it may take.
    pub patience: Duration,
    /// How much of the answer is read.
    pub answer_bytes_max: usize,
    /// Where the host of the address is, if that was looked up already.
    pub at: Option<Vec<SocketAddr>>,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub status: u16,
    /// The pause that is asked for, in seconds.
    pub retry_after: Option<u32>,
    /// As much of it as was to be read.
    pub body: Vec<u8>,
    /// Whether that is all.
    pub is_whole: bool,
}

/// Why nothing came back. Nothing of what was sent is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Nothing was said yet.
    Unreached(String),
    /// It was said, and nobody knows what became of it.
    Broken(String),
    /// It took too long.
    Slow,
}

/// Posts something, and takes what comes.
///
/// # Errors
/// There is no answer, or it breaks off.
pub(crate) async fn post(question: Question<'_>) -> Result<Answer, Failure> {
    match tokio::time::timeout(question.patience, send(question)).await {
        Ok(answer) => answer,
        Err(_) => Err(Failure::Slow),
    }
}

async fn send(question: Question<'_>) -> Result<Answer, Failure> {
    let tls = tls(question.ca_file.as_deref()).map_err(Failure::Unreached)?;
    let mut client = Client::builder()
        .use_preconfigured_tls((*tls).clone())
        .redirect(Policy::none())
        .no_proxy()
        .user_agent(AGENT);
    if let (Some(at), Some(host)) = (&question.at, question.url.host_str()) {
        client = client.resolve_to_addrs(host, at);
    }
    let client = client.build().map_err(|e| Failure::Unreached(words(e)))?;
    let mut request = client
        .post(question.url.clone())
        .header("Content-Type", question.content_type)
        .header("Accept", "application/json")
        .body(question.body);
    for (name, value) in question.head {
        request = request.header(name, value);
    }
    let mut answer = request.send().await.map_err(|e| match e.is_connect() || e.is_builder() {
        true => Failure::Unreached(words(e)),
        false => Failure::Broken(words(e)),
    })?;
    let status = answer.status().as_u16();
    let pause = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    let retry_after = pause.and_then(|value| value.trim().parse().ok()).map(|n: u32| n.min(PAUSE_MAX));
    let mut body = Vec::new();
    let broken = |_| Failure::Broken("the answer breaks off".to_owned());
    while let Some(chunk) = answer.chunk().await.map_err(broken)? {
        let room = question.answer_bytes_max - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if chunk.len() > room {
            return Ok(Answer { status, retry_after, body, is_whole: false });
        }
    }
    Ok(Answer { status, retry_after, body, is_whole: true })
}

/// Says what went wrong, down to its cause, without the address.
fn words(e: reqwest::Error) -> String {
    let e = e.without_url();
    let mut words = e.to_string();
    let mut source = e.source();
    while let Some(cause) = source {
        words = cause.to_string();
        source = cause.source();
    }
    words
}
