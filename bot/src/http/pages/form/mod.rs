//! Forms that visitors of the house's pages fill in: a page of ours, or what a page of theirs sends.
//!
//! What comes in is a message of whoever wrote it, understood as a mail is. That somebody typed an address
//! proves nothing: of a customer who is known nothing is changed by a form, and news needs a second yes by
//! the link in a mail. A field that nobody sees and a signed time tell programs from people; each address
//! has few forms for long.

mod filled;
mod message;
pub(super) mod news;
mod stamp;

use std::net::IpAddr;
use std::sync::{Arc, PoisonError};

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Path};
use axum::http::header::{
    ACCEPT, ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_TYPE, LOCATION, ORIGIN, REFERRER_POLICY, RETRY_AFTER, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Extension, Router};
use rapport_prompts::{Asked, Blank, Sheet};
use reqwest::Url;
use serde_json::json;

use self::filled::{BODY_BYTES_MAX, Filled, Sent, Wrong};
use self::stamp::Stamped;
use super::super::bucket::of_one_customer;
use super::super::guard::Peer;
use super::super::server::Shared;
use super::{Problem, Visit};
use crate::api;
use crate::config::form::{FieldConfig, FormConfig, TRAP};

pub(super) fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/form/{name}", get(show).post(send).options(ask_first))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
}

/// Shows a form; to a program what it asks, and the stamp that it has to send.
async fn show(visit: Visit, Path(name): Path<String>, headers: HeaderMap) -> Response {
    let Some(form) = Form::of(&visit, &name, &headers) else { return visit.answer(Err(Problem::Wrong)) };
    if !form.is_program {
        return form.again(StatusCode::OK, "", &Sent::new(), &[]);
    }
    let (prompts, language) = (visit.shared.app.workflows.prompts(), visit.language);
    let fields = form.asked.iter().map(|field| {
        let label = label(&visit, field);
        json!({ "name": field.name, "kind": field.kind, "required": field.required, "label": label })
    });
    let house = &visit.shared.app.workflows.settings().house.name;
    let news = form.config.asks_for_news().then(|| prompts.form_news(language, house));
    let answer =
        json!({ "fields": fields.collect::<Vec<_>>(), "stamp": form.stamp(), "trap": TRAP, "news": news });
    form.allowed(said(&answer))
}

/// Tells the browser of a page of another origin whether that may send the form.
async fn ask_first(visit: Visit, Path(name): Path<String>, headers: HeaderMap) -> Response {
    match Form::of(&visit, &name, &headers) {
        Some(form) => form.allowed(StatusCode::NO_CONTENT.into_response()),
        None => visit.answer(Err(Problem::Wrong)),
    }
}

/// Takes a form.
async fn send(
    visit: Visit,
    Extension(peer): Extension<Peer>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let Some(form) = Form::of(&visit, &name, &headers) else { return visit.answer(Err(Problem::Wrong)) };
    form.allowed(form.take(of_one_customer(peer.client(&headers)), &headers, body).await)
}

/// What a browser calls the origin of a page that it does not tell of.
const UNTOLD: &str = "null";

/// A form that somebody looks at or sends.
struct Form<'a> {
    visit: &'a Visit,
    name: &'a str,
    config: &'a FormConfig,
    asked: Vec<FieldConfig>,
    /// Where the page is from that asks, if it is not ours.
    origin: Option<String>,
    /// Whether JSON is sent or wanted.
    is_program: bool,
}

impl<'a> Form<'a> {
    fn of(visit: &'a Visit, name: &'a str, headers: &HeaderMap) -> Option<Self> {
        let config = visit.shared.app.config.form.get(name)?;
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let is_json = |value: &str| value.starts_with("application/json");
        let ours = visit.shared.app.config.http.base();
        let origin = Some(text(ORIGIN)).filter(|origin| !origin.is_empty() && Some(*origin) != ours);
        Some(Self {
            visit,
            name,
            config,
            asked: config.asked(),
            origin: origin.filter(|origin| *origin != UNTOLD).map(str::to_owned),
            is_program: is_json(text(ACCEPT)) || is_json(text(CONTENT_TYPE)),
        })
    }

    fn stamp(&self) -> String {
        stamp::make(self.visit.store(), self.name, self.visit.store().clock().now())
    }

    async fn take(
        &self,
        client: IpAddr,
        headers: &HeaderMap,
        body: Result<Bytes, BytesRejection>,
    ) -> Response {
        let (visit, shared) = (self.visit, &self.visit.shared);
        let (prompts, language) = (shared.app.workflows.prompts(), visit.language);
        let is_strange = |origin: &String| !self.config.allows(origin) && !is_ours(origin, headers);
        if self.origin.as_ref().is_some_and(is_strange) {
            let why = "pages of this origin may not send this form; name it in the form's origins";
            return self.refused(api::Sort::Forbidden, StatusCode::FORBIDDEN, why);
        }
        let Ok(body) = body else {
            return self.refused(api::Sort::TooLarge, StatusCode::PAYLOAD_TOO_LARGE, "the body is too large");
        };
        let is_json =
            headers.get(CONTENT_TYPE).is_some_and(|sort| sort.as_bytes().starts_with(b"application/json"));
        let is_browsers = headers
            .get(CONTENT_TYPE)
            .is_some_and(|sort| sort.as_bytes().starts_with(b"application/x-www-form-urlencoded"));
        let sent = match (is_json, is_browsers) {
            (true, _) => match filled::of_program(&body) {
                Ok(sent) => sent,
                Err(fields) if fields.is_empty() => {
                    let why = "the body must be an object of JSON, with a text for each field";
                    return self.refused(api::Sort::Malformed, StatusCode::BAD_REQUEST, why);
                }
                Err(fields) => {
                    let what = prompts.form_wrong_type(language);
                    return self
                        .wrong_fields(fields.into_iter().map(|field| (field, what.clone())).collect());
                }
            },
            (_, true) => filled::of_browser(&body),
            _ => {
                let why = "send application/json or application/x-www-form-urlencoded";
                return self.refused(api::Sort::WrongType, StatusCode::UNSUPPORTED_MEDIA_TYPE, why);
            }
        };
        let now = visit.store().clock().now();
        let token = shared.forms.lock().unwrap_or_else(PoisonError::into_inner).take(client, now);
        if let Err(seconds) = token {
            let mut response = match self.is_program {
                true => api::Problem::too_many(seconds).into_response(),
                false => self.again(
                    StatusCode::TOO_MANY_REQUESTS,
                    &prompts.form_busy(language, seconds),
                    &sent,
                    &[],
                ),
            };
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
            return response;
        }
        if filled::is_trapped(&sent) {
            // Whoever wrote the program learns nothing from it.
            tracing::info!(channel = "form", form = self.name, "filled in by a program");
            return self.thanks(false);
        }
        let house = &shared.app.workflows.settings().house;
        let region = &shared.app.workflows.settings().region;
        let filled = match filled::check(&self.asked, &sent, house, region) {
            Ok(filled) => filled,
            Err(wrong) if self.is_program => {
                let said = wrong.iter().map(|(i, wrong)| (self.asked[*i].name.clone(), self.says(*wrong)));
                return self.wrong_fields(said.collect());
            }
            Err(wrong) => {
                let problem = prompts.form_wrong(language);
                return self.again(StatusCode::UNPROCESSABLE_ENTITY, &problem, &sent, &wrong);
            }
        };
        let stamp = filled::stamp(&sent);
        let judged = stamp::judge(visit.store(), self.name, stamp, self.config.min_seconds, now);
        match (judged, self.is_program) {
            (Stamped::Good, _) => {}
            (_, true) => {
                let what = "it is missing, too old or of this moment: get one from this address, and send it \
                            with what was filled in";
                return self.wrong_fields(vec![("stamp".into(), what.into())]);
            }
            (_, false) => {
                let problem = prompts.form_again(language);
                return self.again(StatusCode::UNPROCESSABLE_ENTITY, &problem, &sent, &[]);
            }
        }
        match self.keep(&filled).await {
            Ok(asks) => self.thanks(asks),
            Err(error) => {
                tracing::error!(channel = "form", form = self.name, %error, "a form could not be kept");
                match self.is_program {
                    true => api::Problem::from(error).into_response(),
                    false => visit.say(StatusCode::INTERNAL_SERVER_ERROR, Sheet::Failed),
                }
            }
        }
    }

    /// Keeps what was written; tells whether it is asked for news by a mail.
    async fn keep(&self, filled: &Filled) -> anyhow::Result<bool> {
        let wants_news = filled.news && self.config.asks_for_news();
        let taken = self.take_in(filled).await?;
        if let (true, Some((customer, thread))) = (wants_news, taken) {
            self.ask_for_news(customer, thread).await?;
        }
        // Whatever is known of them, the answer is the same.
        Ok(wants_news)
    }

    /// Shows the form with what was sent, and what is wrong with it.
    fn again(&self, status: StatusCode, problem: &str, sent: &Sent, wrong: &[(usize, Wrong)]) -> Response {
        let (visit, language) = (self.visit, self.visit.language);
        let labels: Vec<String> = self.asked.iter().map(|field| label(visit, field)).collect();
        let said: Vec<String> = (0..self.asked.len())
            .map(|i| {
                wrong.iter().find(|(at, _)| *at == i).map_or(String::new(), |(_, wrong)| self.says(*wrong))
            })
            .collect();
        let fields: Vec<Asked<'_>> = self
            .asked
            .iter()
            .zip(labels.iter().zip(&said))
            .map(|(field, (label, problem))| Asked {
                name: &field.name,
                kind: field.kind,
                label,
                required: field.required,
                value: sent.get(&field.name).map_or("", String::as_str),
                problem,
                chars_max: filled::chars_max(field.kind),
            })
            .collect();
        // One that was sent too soon is good a moment later; only what is none of ours is made anew.
        let now = visit.store().clock().now();
        let before = filled::stamp(sent);
        let stamp = match stamp::judge(visit.store(), self.name, before, self.config.min_seconds, now) {
            Stamped::No => self.stamp(),
            Stamped::Good | Stamped::TooSoon => before.to_owned(),
        };
        let title = self.config.title.as_ref().map_or("", |title| title.of(language));
        let ticked = sent.get(crate::config::form::NEWS).is_some_and(|value| value == "on");
        let action = format!("/form/{}", self.name);
        let blank = Blank {
            action: &action,
            title,
            fields: &fields,
            news: self.config.asks_for_news().then_some(ticked),
            stamp: &stamp,
            trap: TRAP,
            problem,
        };
        let framed_by = self.config.origins.join(" ");
        // A browser follows no redirect after a form, unless the page says so.
        let thanks = self.config.thanks.as_ref().and_then(|url| Url::parse(url).ok());
        let goes_to = thanks.map_or(String::new(), |url| url.origin().ascii_serialization());
        let mut response = visit.say_framed(status, Sheet::Form(&blank), &framed_by, &goes_to);
        // Without it a browser would not tell even us where the form comes from.
        response.headers_mut().insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
        response
    }

    fn thanks(&self, news: bool) -> Response {
        if self.is_program {
            return said(&json!({ "sent": true, "news_to_confirm": news }));
        }
        let place = self.config.thanks.as_ref().and_then(|url| Url::parse(url).ok());
        let place = place.and_then(|url| HeaderValue::try_from(url.as_str()).ok());
        match place {
            Some(place) => (StatusCode::SEE_OTHER, [(LOCATION, place)]).into_response(),
            None => self.visit.say(StatusCode::OK, Sheet::FormSent { news }),
        }
    }

    /// Says what is wrong with a field.
    fn says(&self, wrong: Wrong) -> String {
        let (prompts, language) = (self.visit.shared.app.workflows.prompts(), self.visit.language);
        match wrong {
            Wrong::Missing => prompts.form_missing(language),
            Wrong::Email => prompts.form_wrong_email(language),
            Wrong::Phone => prompts.form_wrong_phone(language),
            Wrong::TooLong(n_max) => prompts.form_too_long(language, n_max),
        }
    }

    fn wrong_fields(&self, errors: Vec<(String, String)>) -> Response {
        api::Problem::fields(api::Sort::Invalid, errors).into_response()
    }

    fn refused(&self, sort: api::Sort, status: StatusCode, why: &str) -> Response {
        match self.is_program {
            true => api::Problem::new(sort, why).into_response(),
            false => self.visit.say(status, Sheet::Refused),
        }
    }

    /// Lets a page of an origin that the configuration names read the answer; of all others nothing is said,
    /// so that their browsers keep it from them.
    fn allowed(&self, mut response: Response) -> Response {
        let headers = response.headers_mut();
        headers.append(VARY, HeaderValue::from_static("origin"));
        let origin = self.origin.as_ref().filter(|origin| self.config.allows(origin));
        if let Some(origin) = origin.and_then(|origin| HeaderValue::from_str(origin).ok()) {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            for (name, value) in [
                ("access-control-allow-methods", "GET, POST"),
                ("access-control-allow-headers", "content-type, accept"),
                ("access-control-expose-headers", "retry-after"),
                ("access-control-max-age", "600"),
            ] {
                headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
            }
        }
        response
    }
}

/// Answers a program.
fn said(answer: &serde_json::Value) -> Response {
    ([(CONTENT_TYPE, "application/json")], answer.to_string()).into_response()
}

/// Tells whether an origin is that under which we were asked, where the configuration names no public one.
fn is_ours(origin: &str, headers: &HeaderMap) -> bool {
    let host = headers.get(axum::http::header::HOST).and_then(|host| host.to_str().ok());
    let of = |scheme| origin.strip_prefix(scheme).is_some_and(|rest| Some(rest) == host);
    of("https://") || of("http://")
}

/// Returns what stands beside a field.
fn label(visit: &Visit, field: &FieldConfig) -> String {
    match &field.label {
        Some(words) => words.of(visit.language).to_owned(),
        None => visit.shared.app.workflows.prompts().form_label(visit.language, field.kind),
    }
}
