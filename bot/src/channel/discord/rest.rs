//! Calls of Discord's API, each once; what it says to that.
//!
//! serenity's own calls wait by themselves where Discord asks for a pause, without an end, and tell nobody
//! for how long. Here whoever called decides.

use std::path::Path;
use std::time::Duration;

use rapport_storage::drafts::File;
use reqwest::multipart::{Form, Part};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::Value;

/// Discord may take so long for an answer.
const PATIENCE: Duration = Duration::from_secs(15);
/// A file may take so long.
const UPLOAD_PATIENCE: Duration = Duration::from_secs(60);
/// Who calls (Discord refuses whom it cannot tell).
const AGENT: &str = concat!("DiscordBot (https://rapport.invalid, ", env!("CARGO_PKG_VERSION"), ")");
/// A pause that is longer is one for whoever misbehaved; in seconds.
const PAUSE_MAX: f64 = 86_400.0;

/// Why a call came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Discord wants fewer calls: none of this sort for so many seconds.
    #[error("Discord wants a pause of {0} s")]
    TooMany(u32),
    /// Nothing was said yet.
    #[error("Discord cannot be reached: {0}")]
    Unreached(String),
    /// It may have been done.
    #[error("the connection to Discord broke: {0}")]
    Broken(String),
    /// Discord is in trouble, and has not done it.
    #[error("Discord is in trouble: status {0}")]
    Trouble(u16),
    /// Discord knows no bot with this token.
    #[error("Discord knows no bot with this token; it may have been reset")]
    Unknown,
    /// It will not be done.
    #[error("Discord refuses it: {why} (status {status}, code {code})")]
    Refused {
        /// Of HTTP.
        status: u16,
        /// Discord's own number of the reason; 0 where it gives none.
        code: u64,
        /// In its words.
        why: String,
    },
}

/// Discord's API, as one bot.
#[derive(Debug)]
pub(super) struct Rest {
    client: Client,
    base: String,
    token: Token,
}

/// The bot's token, which is never shown.
struct Token(String);

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

impl Rest {
    /// Makes a client of the API at `url`.
    ///
    /// # Errors
    /// The file of certificates cannot be read.
    pub(super) fn new(url: &reqwest::Url, ca_file: Option<&Path>, token: String) -> Result<Self, String> {
        let mut client = Client::builder()
            .user_agent(AGENT)
            .connect_timeout(Duration::from_secs(10))
            .timeout(PATIENCE)
            .redirect(reqwest::redirect::Policy::none())
            .tcp_nodelay(true);
        if let Some(path) = ca_file {
            let wrong = |why: String| format!("discord.ca_file {}: {why}", path.display());
            let pem = std::fs::read(path).map_err(|e| wrong(e.to_string()))?;
            let all = reqwest::Certificate::from_pem_bundle(&pem).map_err(|e| wrong(e.to_string()))?;
            client = all.into_iter().fold(client, |client, one| client.add_root_certificate(one));
        }
        let base = format!("{}/api/v10", url.as_str().trim_end_matches('/'));
        Ok(Self { client: client.build().map_err(|e| e.to_string())?, base, token: Token(token) })
    }

    pub(super) fn token(&self) -> &str {
        &self.token.0
    }

    /// Calls `path`, which begins with a slash. Returns what Discord answers; null where it answers nothing.
    pub(super) async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, Failure> {
        let mut request = self.authorized(method, path);
        if let Some(body) = body {
            request = request.header("Content-Type", "application/json").body(body.to_string());
        }
        self.told(request).await
    }

    fn authorized(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, format!("{}{path}", self.base))
            .header("Authorization", format!("Bot {}", self.token.0))
    }

    /// Sends a request, and reads what Discord says to it.
    async fn told(&self, request: RequestBuilder) -> Result<Value, Failure> {
        let response = request.send().await.map_err(broken)?;
        let status = response.status().as_u16();
        let pause = pause_in_header(&response);
        let bytes = response.bytes().await.map_err(broken)?;
        if (200..300).contains(&status) {
            if bytes.is_empty() {
                return Ok(Value::Null);
            }
            let odd = |_| Failure::Broken("its answer is no JSON".into());
            return serde_json::from_slice(&bytes).map_err(odd);
        }
        Err(refused(status, pause, &serde_json::from_slice(&bytes).unwrap_or(Value::Null)))
    }

    /// Posts a message, perhaps with a file.
    pub(super) async fn post_with(
        &self,
        path: &str,
        message: &Value,
        file: Option<&File>,
    ) -> Result<Value, Failure> {
        self.send_with(Method::POST, path, message, file).await
    }

    /// Sends a message by a method, perhaps with a file.
    pub(super) async fn send_with(
        &self,
        method: Method,
        path: &str,
        message: &Value,
        file: Option<&File>,
    ) -> Result<Value, Failure> {
        let Some(file) = file else { return self.call(method, path, Some(message)).await };

        let part = || Part::bytes(file.bytes.clone()).file_name(file.name.clone());
        let part = part().mime_str(&file.mime).unwrap_or_else(|_| part());
        let form = Form::new().text("payload_json", message.to_string()).part("files[0]", part);
        self.told(self.authorized(method, path).timeout(UPLOAD_PATIENCE).multipart(form)).await
    }

    /// Tells whether an address is at the API's own host and port.
    pub(super) fn is_at(&self, url: &reqwest::Url) -> bool {
        let own = reqwest::Url::parse(&self.base).ok();
        own.is_some_and(|own| own.origin() == url.origin())
    }

    /// Fetches what lies at an address, without saying who asks; nothing if it is longer than `bytes_max`.
    pub(super) async fn fetch(&self, url: reqwest::Url, bytes_max: u64) -> Result<Option<Vec<u8>>, Failure> {
        let mut response = self.client.get(url).timeout(UPLOAD_PATIENCE).send().await.map_err(broken)?;
        let status = response.status().as_u16();
        if status != 200 {
            return Err(refused(status, pause_in_header(&response), &Value::Null));
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(broken)? {
            if bytes.len() as u64 + chunk.len() as u64 > bytes_max {
                return Ok(None);
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(Some(bytes))
    }

    pub(super) async fn get(&self, path: &str) -> Result<Value, Failure> {
        self.call(Method::GET, path, None).await
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.call(Method::POST, path, Some(body)).await
    }

    pub(super) async fn patch(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.call(Method::PATCH, path, Some(body)).await
    }
}

fn pause_in_header(response: &Response) -> Option<f64> {
    response.headers().get("Retry-After")?.to_str().ok()?.parse().ok()
}

fn broken(e: reqwest::Error) -> Failure {
    let is_unsaid = e.is_connect() || e.is_builder();
    // The address of an answer to a command is a secret.
    let e = e.without_url();
    let mut why = e.to_string();
    if let Some(source) = std::error::Error::source(&e) {
        why = format!("{why}: {source}");
    }
    if is_unsaid { Failure::Unreached(why) } else { Failure::Broken(why) }
}

fn refused(status: u16, pause: Option<f64>, body: &Value) -> Failure {
    match status {
        401 if body["code"].as_u64().unwrap_or(0) == 0 => Failure::Unknown,
        429 => {
            let pause = body["retry_after"].as_f64().or(pause).unwrap_or(5.0);
            Failure::TooMany(pause.clamp(1.0, PAUSE_MAX).ceil() as u32)
        }
        500.. => Failure::Trouble(status),
        _ => Failure::Refused {
            status,
            code: body["code"].as_u64().unwrap_or(0),
            why: body["message"].as_str().unwrap_or("no reason is given").chars().take(200).collect(),
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_discord_says_is_told_apart() {
        let refusal = json!({ "code": 50007, "message": "Cannot send messages to this user" });
        let why = "Cannot send messages to this user".to_owned();
        for (status, pause, body, expected) in [
            (429, None, json!({ "retry_after": 1.3, "global": false }), Failure::TooMany(2)),
            (429, Some(7.0), Value::Null, Failure::TooMany(7)),
            (429, None, json!({ "retry_after": 0.0 }), Failure::TooMany(1)),
            (429, None, json!({ "retry_after": 1e30 }), Failure::TooMany(86_400)),
            (401, None, json!({ "code": 0, "message": "401: Unauthorized" }), Failure::Unknown),
            (502, None, Value::Null, Failure::Trouble(502)),
            (403, None, refusal, Failure::Refused { status: 403, code: 50007, why }),
        ] {
            assert_eq!(refused(status, pause, &body), expected);
        }
    }

    #[test]
    fn the_token_is_not_shown() {
        let url = reqwest::Url::parse("http://127.0.0.1:1/").unwrap();
        let rest = Rest::new(&url, None, "secret".into()).unwrap();
        assert!(!format!("{rest:?}").contains("secret"));
        assert_eq!(rest.base, "http://127.0.0.1:1/api/v10");
    }
}
