//! What is wrong with a request, as `application/problem+json` (RFC 9457).

use axum::http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use rapport_storage::StorageError;
use rapport_workflows::WorkflowError;

use super::types;
use crate::commands::desk::Stop;

/// The media type of problems.
pub(super) const PROBLEM_JSON: &str = "application/problem+json";

/// The sorts of problems: status, name in the documentation, and title.
macro_rules! sorts {
    ($($sort:ident = $status:ident, $name:literal, $title:literal;)*) => {
        /// What sort of problem it is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Sort { $(#[doc = $title] $sort,)* }

        impl Sort {
            /// Every sort.
            pub const ALL: &'static [Sort] = &[$(Sort::$sort,)*];

            /// Returns the HTTP status.
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$sort => StatusCode::$status,)* }
            }

            /// Returns the name that the documentation has for it.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$sort => $name,)* }
            }

            /// Returns what it is in a few words.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$sort => $title,)* }
            }
        }
    };
}
sorts! {
    Malformed = BAD_REQUEST, "malformed", "A parameter, a header or the form of the body is wrong";
    Unauthorized = UNAUTHORIZED, "unauthorized", "No good token";
    Forbidden = FORBIDDEN, "forbidden", "This token may not do that";
    NotFound = NOT_FOUND, "not-found", "There is no such thing";
    WrongMethod = METHOD_NOT_ALLOWED, "wrong-method", "That cannot be done with this path";
    TooSlow = REQUEST_TIMEOUT, "too-slow", "It took too long";
    Conflict = CONFLICT, "conflict", "Something stands in the way";
    Changed = PRECONDITION_FAILED, "changed", "The record was changed meanwhile";
    TooLarge = PAYLOAD_TOO_LARGE, "too-large", "The body is too large";
    WrongType = UNSUPPORTED_MEDIA_TYPE, "wrong-type", "The body is no JSON";
    Invalid = UNPROCESSABLE_ENTITY, "invalid", "Fields are wrong";
    TooMany = TOO_MANY_REQUESTS, "too-many", "Too many requests";
    Failed = INTERNAL_SERVER_ERROR, "failed", "We failed";
    Away = SERVICE_UNAVAILABLE, "away", "The service is not there for a moment";
}

/// What is wrong.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(super) sort: Sort,
    detail: String,
    errors: Vec<types::FieldError>,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// Whether a token was tried that is none, or no good.
    pub(super) is_about_a_token: bool,
}

impl Problem {
    pub(crate) fn new(sort: Sort, detail: impl Into<String>) -> Self {
        Self { sort, detail: detail.into(), errors: Vec::new(), headers: Vec::new(), is_about_a_token: false }
    }

    /// Something that is not there, or not seen.
    pub(super) fn not_found(what: &str) -> Self {
        Self::new(Sort::NotFound, format!("There is no {what} that this token sees."))
    }

    /// One field that cannot be taken.
    pub(crate) fn field(field: &str, what: impl Into<String>) -> Self {
        Self::fields(Sort::Invalid, vec![(field.to_owned(), what.into())])
    }

    /// Fields or parameters that cannot be taken.
    pub(crate) fn fields(sort: Sort, errors: Vec<(String, String)>) -> Self {
        let detail =
            errors.iter().map(|(field, what)| format!("{field}: {what}")).collect::<Vec<_>>().join("; ");
        let errors = errors.into_iter().map(|(field, what)| types::FieldError { field, what }).collect();
        Self { errors, ..Self::new(sort, detail) }
    }

    /// The same, where it is a parameter that cannot be taken.
    pub(super) fn malformed(self) -> Self {
        Self { sort: Sort::Malformed, ..self }
    }

    /// A token that is none, or no good.
    pub(super) fn unauthorized(detail: &str, error: Option<&'static str>) -> Self {
        let challenge = match error {
            Some(error) => format!("Bearer realm=\"rapport\", error=\"{error}\""),
            None => "Bearer realm=\"rapport\"".to_owned(),
        };
        let problem = Self::new(Sort::Unauthorized, detail).with(WWW_AUTHENTICATE, &challenge);
        Self { is_about_a_token: error.is_some(), ..problem }
    }

    pub(super) fn wrong_method(allowed: &str) -> Self {
        Self::new(Sort::WrongMethod, format!("With this path there is only {allowed}.")).with(ALLOW, allowed)
    }

    /// Requests that come too fast.
    pub(crate) fn too_many(seconds: i64) -> Self {
        Self::new(Sort::TooMany, format!("Ask again after {seconds} s."))
            .with(RETRY_AFTER, &seconds.to_string())
    }

    /// An answer that took too long.
    pub(crate) fn too_slow() -> Self {
        Self::new(Sort::TooSlow, "Ask for less at once, or send the body faster.")
    }

    fn with(mut self, name: HeaderName, value: &str) -> Self {
        self.headers.extend(HeaderValue::from_str(value).ok().map(|value| (name, value)));
        self
    }

    /// What the store could not do. What is said of it goes to whoever runs the service alone.
    fn failed(error: &dyn std::fmt::Display) -> Self {
        tracing::error!(channel = "http", %error, "an operation failed");
        Self::new(Sort::Failed, "The service could not do that. Whoever runs it finds why in its log.")
    }

    /// As it is answered.
    pub(super) fn said(&self) -> types::Problem {
        types::Problem {
            kind: format!("/api#{}", self.sort.name()),
            title: self.sort.title().to_owned(),
            status: self.sort.status().as_u16(),
            detail: self.detail.clone(),
            errors: self.errors.clone(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self.said()).expect("a problem is JSON");
        let mut response = (self.sort.status(), body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        headers.extend(self.headers);
        response
    }
}

impl From<StorageError> for Problem {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Changed => {
                Self::new(Sort::Changed, "Load the record again, and change what it is now.")
            }
            StorageError::Repeated => {
                Self::new(Sort::Conflict, "The same Idempotency-Key was used at the same time. Ask again.")
            }
            // The fence: what is not seen does not exist.
            StorageError::Refused(_) => Self::not_found("record of that name"),
            StorageError::Closing => Self::new(Sort::Away, "The service is ending. Ask again in a moment."),
            error => Self::failed(&error),
        }
    }
}

impl From<WorkflowError> for Problem {
    fn from(error: WorkflowError) -> Self {
        match error {
            WorkflowError::Storage(error) => error.into(),
            error => Self::failed(&error),
        }
    }
}

impl From<anyhow::Error> for Problem {
    fn from(error: anyhow::Error) -> Self {
        match error.downcast::<StorageError>() {
            Ok(error) => error.into(),
            Err(error) => match error.downcast::<WorkflowError>() {
                Ok(error) => error.into(),
                Err(error) => Self::failed(&format!("{error:#}")),
            },
        }
    }
}

impl From<Stop> for Problem {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Card(card) => Self::new(Sort::Invalid, card.title),
            Stop::Failed(error) => error.into(),
        }
    }
}
