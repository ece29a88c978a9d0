//! A small client for Rust programs: the same types, over plain HTTP or HTTPS.
//!
//! ```no_run
//! # async fn example() -> Result<(), rapport::api::client::Error> {
//! use rapport::api::client::Client;
//! use rapport::api::types::{Customer, CustomerWritten, NewCustomer};
//!
//! let client = Client::new("https://crm.example.com", "rpt_…")?;
//! let new = NewCustomer { name: Some("Anna Berg".into()), ..NewCustomer::default() };
//! let made: CustomerWritten = client.post("/customers", &new, Some("import-7")).await?;
//! for customer in client.all::<Customer>("/customers?owner=me").await? {
//!     println!("{} {}", customer.number, customer.name);
//! }
//! # Ok(()) }
//! ```

use reqwest::header::{CONTENT_TYPE, ETAG, IF_MATCH, IF_NONE_MATCH};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::ROOT;
use super::types::Problem;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The service said what is wrong.
    #[error("{} {}: {}", .0.status, .0.title, .0.detail)]
    Problem(Problem),
    /// What was answered is not what the document says.
    #[error("the answer to {asked} cannot be read: {why}")]
    Unreadable {
        /// What was asked.
        asked: String,
        /// What is wrong with the answer.
        why: String,
    },
    /// The service could not be reached, or broke off.
    #[error("the service cannot be reached: {0}")]
    Away(#[from] reqwest::Error),
}

impl Error {
    /// Returns what the service said is wrong.
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Problem(problem) => Some(problem),
            _ => None,
        }
    }
}

/// A record with what tells its state from others.
#[derive(Clone, Debug, PartialEq)]
pub struct Tagged<T> {
    /// The record.
    pub record: T,
    /// Its ETag, for [`Client::change`].
    pub etag: String,
}

/// Asks a service by a token. Paths begin behind `/api/v1`.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    token: String,
}

impl Client {
    /// Makes a client of the service at `base`, such as `https://crm.example.com`.
    ///
    /// # Errors
    /// What it takes for HTTPS cannot be had.
    pub fn new(base: &str, token: &str) -> Result<Self, Error> {
        let tls = crate::channel::tls::tls(None).map_err(|why| unreadable(base, &why))?;
        let http = reqwest::Client::builder().use_preconfigured_tls((*tls).clone()).build()?;
        Ok(Self { http, base: base.trim_end_matches('/').to_owned(), token: token.to_owned() })
    }

    /// Reads.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        self.answer(path, self.request(Method::GET, path)).await.map(|tagged| tagged.record)
    }

    /// Reads one record with its ETag.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn tagged<T: DeserializeOwned>(&self, path: &str) -> Result<Tagged<T>, Error> {
        self.answer(path, self.request(Method::GET, path)).await
    }

    /// Reads one record if it is not as it was known; nothing where it is.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn news<T: DeserializeOwned>(
        &self,
        path: &str,
        etag: &str,
    ) -> Result<Option<Tagged<T>>, Error> {
        let response = self.request(Method::GET, path).header(IF_NONE_MATCH, etag).send().await?;
        if response.status() == StatusCode::NOT_MODIFIED {
            return Ok(None);
        }
        read(path, response).await.map(Some)
    }

    /// Reads all pages of a list.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn all<T: DeserializeOwned>(&self, path: &str) -> Result<Vec<T>, Error> {
        let mut items = Vec::new();
        let mut next: Option<String> = None;
        loop {
            let mark = if path.contains('?') { '&' } else { '?' };
            let page = next.as_ref().map_or(path.to_owned(), |next| format!("{path}{mark}cursor={next}"));
            let mut page: Value = self.get(&page).await?;
            let of_page: Vec<T> =
                serde_json::from_value(page["items"].take()).map_err(|e| unreadable(path, &e))?;
            items.extend(of_page);
            next = page["next"].as_str().map(str::to_owned);
            if next.is_none() {
                return Ok(items);
            }
        }
    }

    /// Makes or does something; under a key once.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
        key: Option<&str>,
    ) -> Result<T, Error> {
        let request = key_of(json(path, self.request(Method::POST, path), body)?, key);
        self.answer(path, request).await.map(|tagged| tagged.record)
    }

    /// Does something that takes no words; under a key once.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn act<T: DeserializeOwned>(&self, path: &str, key: Option<&str>) -> Result<T, Error> {
        let request = key_of(self.request(Method::POST, path), key);
        self.answer(path, request).await.map(|tagged| tagged.record)
    }

    /// Changes a record; with an ETag only if it is as it was seen.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn change<T: DeserializeOwned>(
        &self,
        path: &str,
        change: &impl Serialize,
        etag: Option<&str>,
    ) -> Result<T, Error> {
        let mut request = json(path, self.request(Method::PATCH, path), change)?;
        if let Some(etag) = etag {
            request = request.header(IF_MATCH, etag);
        }
        self.answer(path, request).await.map(|tagged| tagged.record)
    }

    /// Takes something away.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn delete<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        self.answer(path, self.request(Method::DELETE, path)).await.map(|tagged| tagged.record)
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{ROOT}{path}", self.base)).bearer_auth(&self.token)
    }

    async fn answer<T: DeserializeOwned>(
        &self,
        path: &str,
        request: RequestBuilder,
    ) -> Result<Tagged<T>, Error> {
        read(path, request.send().await?).await
    }
}

impl std::fmt::Debug for Client {
    /// Without the token.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Client({})", self.base)
    }
}

fn json(path: &str, request: RequestBuilder, body: &impl Serialize) -> Result<RequestBuilder, Error> {
    let body = serde_json::to_vec(body).map_err(|e| unreadable(path, &e))?;
    Ok(request.header(CONTENT_TYPE, "application/json").body(body))
}

fn key_of(request: RequestBuilder, key: Option<&str>) -> RequestBuilder {
    match key {
        Some(key) => request.header("idempotency-key", key),
        None => request,
    }
}

fn unreadable(asked: &str, why: &dyn std::fmt::Display) -> Error {
    Error::Unreadable { asked: asked.to_owned(), why: why.to_string() }
}

async fn read<T: DeserializeOwned>(path: &str, response: reqwest::Response) -> Result<Tagged<T>, Error> {
    let status = response.status();
    let etag =
        response.headers().get(ETAG).and_then(|etag| etag.to_str().ok()).unwrap_or_default().to_owned();
    let body = response.bytes().await?;
    if !status.is_success() {
        let problem =
            serde_json::from_slice(&body).map_err(|e| unreadable(path, &format!("{status}: {e}")))?;
        return Err(Error::Problem(problem));
    }
    let record = serde_json::from_slice(&body).map_err(|e| unreadable(path, &e))?;
    Ok(Tagged { record, etag })
}
