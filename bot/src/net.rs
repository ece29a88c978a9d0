//! One question to somebody else's server, within limits: no redirect is followed, no proxy is asked, the
//! answer has so many bytes at most, and all of it so much time.

use std::error::Error as _;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::header::RETRY_AFTER;
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Url};

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

/// What is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Fetch<'a> {
    /// Where.
    pub url: &'a Url,
    /// Lines of the head beside those that say what is to come: JSON.
    pub head: Vec<(String, String)>,
    /// Certificates that are trusted beside the public ones.
    pub ca_file: Option<PathBuf>,
    /// How long all of it may take.
    pub patience: Duration,
    /// How much of the answer is read.
    pub answer_bytes_max: usize,
    /// Where the host of the address is.
    pub at: Vec<SocketAddr>,
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

/// Gets something.
///
/// # Errors
/// As [`post`].
pub(crate) async fn get(fetch: Fetch<'_>) -> Result<Answer, Failure> {
    let asked = async {
        let at = Some(fetch.at.as_slice());
        let mut request = client(fetch.ca_file.as_deref(), fetch.url, at)?.get(fetch.url.clone());
        request = request.header("Accept", JSON);
        for (name, value) in fetch.head {
            request = request.header(name, value);
        }
        heard(request, fetch.answer_bytes_max).await
    };
    match tokio::time::timeout(fetch.patience, asked).await {
        Ok(answer) => answer,
        Err(_) => Err(Failure::Slow),
    }
}

/// Finds where the host of an address is.
///
/// # Errors
/// Nobody knows, in words for whoever runs the service.
pub(crate) async fn addresses(url: &Url) -> Result<Vec<SocketAddr>, String> {
    let port = url.port_or_known_default().unwrap_or(443);
    let host = url.host_str().unwrap_or_default();
    if let Ok(ip) = host.trim_matches(['[', ']']).parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(ip, port)]);
    }
    let found = tokio::net::lookup_host((host, port)).await;
    let found: Vec<SocketAddr> = found.map_err(|e| format!("nobody knows where {host} is: {e}"))?.collect();
    if found.is_empty() { Err(format!("{host} has no address")) } else { Ok(found) }
}

async fn send(question: Question<'_>) -> Result<Answer, Failure> {
    let mut request = client(question.ca_file.as_deref(), question.url, question.at.as_deref())?
        .post(question.url.clone())
        .header("Content-Type", question.content_type)
        .header("Accept", "application/json")
        .body(question.body);
    for (name, value) in question.head {
        request = request.header(name, value);
    }
    heard(request, question.answer_bytes_max).await
}

fn client(ca_file: Option<&Path>, url: &Url, at: Option<&[SocketAddr]>) -> Result<Client, Failure> {
    let tls = tls(ca_file).map_err(Failure::Unreached)?;
    let mut client = Client::builder()
        .use_preconfigured_tls((*tls).clone())
        .redirect(Policy::none())
        .no_proxy()
        .user_agent(AGENT);
    if let (Some(at), Some(host)) = (at, url.host_str()) {
        client = client.resolve_to_addrs(host, at);
    }
    client.build().map_err(|e| Failure::Unreached(words(e)))
}

async fn heard(request: RequestBuilder, bytes_max: usize) -> Result<Answer, Failure> {
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
        let room = bytes_max - body.len();
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
