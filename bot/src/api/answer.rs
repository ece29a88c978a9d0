//! What is answered.

use axum::http::header::{CONTENT_TYPE, ETAG, LOCATION};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};

/// Says that an answer is given once more for what was done before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// What is answered where all went well.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) body: Value,
    /// What tells this state of the record from others.
    pub(super) etag: Option<String>,
    /// Where what was made is found.
    location: Option<String>,
    /// Whether it was done before.
    replayed: bool,
}

impl Answer {
    pub(super) fn of(body: &impl Serialize) -> Self {
        Self { body: json(body), etag: None, location: None, replayed: false }
    }

    /// A page of a list.
    pub(super) fn page<T: Serialize>(items: &[T], next: Option<String>) -> Self {
        Self::of(&json!({"items": json(&items), "next": next}))
    }

    /// One record.
    pub(super) fn record(record: &impl Serialize) -> Self {
        let answer = Self::of(record);
        Self { etag: Some(etag(&answer.body)), ..answer }
    }

    /// A record that was written by an act.
    pub(super) fn written(act: Option<rapport_model::Id>, record: Option<&impl Serialize>) -> Self {
        let record = record.map(json);
        let etag = record.as_ref().map(etag);
        Self { etag, ..Self::of(&json!({"act": act, "record": record})) }
    }

    /// Says that it is given once more.
    pub(super) fn replayed(self) -> Self {
        Self { replayed: true, ..self }
    }

    pub(super) fn at(self, path: String) -> Self {
        Self { location: Some(path), ..self }
    }

    pub(super) fn into_response(self, status: u16) -> Response {
        let body = serde_json::to_vec(&self.body).expect("JSON is JSON");
        let mut response = (StatusCode::from_u16(status).unwrap_or(StatusCode::OK), body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let texts = [(ETAG, self.etag), (LOCATION, self.location)];
        let texts =
            texts.into_iter().filter_map(|(name, text)| Some((name, HeaderValue::try_from(text?).ok()?)));
        headers.extend(texts);
        if self.replayed {
            headers.insert(REPLAYED, HeaderValue::from_static("true"));
        }
        response
    }
}

fn json(of: &impl Serialize) -> Value {
    serde_json::to_value(of).expect("our types are JSON")
}

/// Returns what tells a state of a record from others: how often it was written, and a digest of all that
/// is shown of it, some of which belongs to other records.
fn etag(record: &Value) -> String {
    let digest = blake3::hash(record.to_string().as_bytes()).to_hex();
    format!("\"{}-{}\"", record["version"].as_i64().unwrap_or(0), &digest[..16])
}
