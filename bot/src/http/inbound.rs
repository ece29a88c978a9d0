//! Other programs send us records, at `/in/NAME`: signed as Standard Webhooks has it, or with a token.
//!
//! What was taken is noted with the sender's id, so that the same once more does nothing and gets the same
//! answer. Whoever cannot prove who they are learns nothing, and is soon slowed down.

use std::net::IpAddr;
use std::sync::{Arc, PoisonError};

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Extension, Router};
use rapport_model::Timestamp;
use rapport_model::time::{MINUTE, SECOND};
use rapport_storage::imports::SENT;
use rapport_workflows::import::ImportError;
use serde_json::Value;

use super::bucket::of_one_customer;
use super::guard::Peer;
use super::server::Shared;
use crate::api::{Problem, Sort};
use crate::config::inbound::{InboundConfig, Proof};
use crate::intake::{Came, Taken};
use crate::webhook::sign;

/// How much can be sent at once, in bytes.
const BODY_BYTES_MAX: usize = 1 << 20;
/// How far the sender's clock may be from ours.
const CLOCKS_APART: i64 = 5 * MINUTE;
/// A longer id is none.
const ID_CHARS_MAX: usize = 200;
/// The headers of Standard Webhooks.
const ID: &str = "webhook-id";
const TIMESTAMP: &str = "webhook-timestamp";
const SIGNATURE: &str = "webhook-signature";

pub(super) fn router() -> Router<Arc<Shared>> {
    Router::new().route("/in/{name}", post(take)).layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
}

async fn take(
    State(shared): State<Arc<Shared>>,
    Extension(peer): Extension<Peer>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let client = of_one_customer(peer.client(&headers));
    // Whoever hangs up in the middle leaves nothing half done.
    let work = tokio::spawn(async move { answer(&shared, client, &name, &headers, body).await });
    match work.await {
        Ok(Ok(answer)) => answer,
        Ok(Err(problem)) => problem.into_response(),
        Err(_) => Problem::new(Sort::Failed, "The service could not do that.").into_response(),
    }
}

async fn answer(
    shared: &Shared,
    client: IpAddr,
    name: &str,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let (app, now) = (&shared.app, shared.app.store().clock().now());
    let body = body.map_err(|_| {
        Problem::new(
            Sort::TooLarge,
            format!("A body has {} kB at most, and comes whole.", BODY_BYTES_MAX >> 10),
        )
    })?;
    // To who cannot prove who they are, a name that there is and one that there is not are the same.
    let inbound = app.config.inbound.get(name);
    let proven = match inbound {
        Some(inbound) => proves(inbound, headers, &body, now).await.map_err(|why| {
            tracing::error!(channel = "inbound", inbound = name, why, "its secret cannot be read");
            Problem::new(Sort::Away, "The service cannot read the secret. Send it again later.")
        })?,
        None => Err("the signature or token is not right"),
    };
    let (Some(inbound), Ok(())) = (inbound, proven) else {
        let why = proven.err().unwrap_or_default();
        let wait = shared.wrong.lock().unwrap_or_else(PoisonError::into_inner).take(client, now).err();
        tracing::warn!(channel = "inbound", why, "refused: nobody knows who sent it");
        return Err(wait.map_or(Problem::new(Sort::Unauthorized, format!("{why}.")), Problem::too_many));
    };
    let id = id(headers)?;
    let part = format!("{SENT}{name}");
    // One after the other: what is sent twice at once is done once, and two do not make the same customer.
    let _turn = shared.inbound.lock().await;
    if let Some(id) = &id
        && let Some(before) = app.store().intake(&part, id).await?
    {
        let mut response = said(before.answer);
        let replayed = HeaderName::from_static("idempotency-replayed");
        response.headers_mut().insert(replayed, HeaderValue::from_static("true"));
        return Ok(response);
    }
    let json: Value = serde_json::from_slice(&body)
        .map_err(|e| Problem::new(Sort::Malformed, format!("The body is no JSON: {e}.")))?;
    let pointers = inbound.pointers().map_err(|why| Problem::new(Sort::Failed, why))?;
    let items = pointers.items(&json).map_err(|why| Problem::field("each", why.to_string()))?;
    let taken = app.take_records(&part, &pointers, &items, false).await.map_err(failed)?;
    let (n_refused, n) = (taken.count(Came::Refused), taken.all.len());
    tracing::info!(channel = "inbound", inbound = name, n, n_refused, "taken in");
    let answer = taken.json().to_string();
    let all_refused = n > 0 && n_refused == n;
    // Of what was not taken at all, another try may find a better configuration.
    let key = id.as_deref().filter(|_| !all_refused);
    app.store().note_intake(&part, key, taken.batch, answer.clone()).await?;
    if all_refused { Err(refused(&taken)) } else { Ok(said(answer)) }
}

fn said(answer: String) -> Response {
    ([(CONTENT_TYPE, "application/json")], answer).into_response()
}

/// Says why nothing was taken, each field with the place of its record.
fn refused(taken: &Taken) -> Problem {
    let errors = taken.all.iter().flat_map(|one| {
        one.errors.iter().map(|(field, what)| {
            let place = if field.is_empty() { one.line.to_string() } else { format!("{}.{field}", one.line) };
            (place, what.clone())
        })
    });
    Problem::fields(Sort::Invalid, errors.collect())
}

fn failed(error: ImportError) -> Problem {
    match error {
        ImportError::Storage(error) => error.into(),
        ImportError::Workflow(error) => error.into(),
        error => anyhow::Error::from(error).into(),
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> &'h str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Returns what the sender calls what it sends; nothing if it does not.
fn id(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let id = [ID, "idempotency-key"].iter().map(|name| text(headers, name)).find(|id| !id.is_empty());
    let is_id = |id: &&str| id.len() <= ID_CHARS_MAX && id.bytes().all(|b| b.is_ascii_graphic());
    match id {
        None => Ok(None),
        Some(id) if is_id(&id) => Ok(Some(id.to_owned())),
        Some(_) => Err(Problem::field(ID, format!("must have 1 to {ID_CHARS_MAX} visible ASCII characters"))),
    }
}

/// Tells whether what was sent comes from who may send it; else why not.
///
/// # Errors
/// The secret cannot be read.
async fn proves(
    inbound: &InboundConfig,
    headers: &HeaderMap,
    body: &[u8],
    now: Timestamp,
) -> Result<Result<(), &'static str>, String> {
    const WRONG: &str = "the signature or token is not right";
    Ok(match inbound.proof()? {
        Proof::Bearer(token) => {
            let token = token.read().await?;
            let said = text(headers, AUTHORIZATION.as_str());
            let said =
                said.get(..7).filter(|start| start.eq_ignore_ascii_case("bearer ")).map(|_| &said[7..]);
            // Digests are compared in a time that tells nothing.
            let is_it =
                blake3::hash(said.unwrap_or_default().trim().as_bytes()) == blake3::hash(token.as_bytes());
            if is_it { Ok(()) } else { Err(WRONG) }
        }
        Proof::Signature(secret) => {
            let key = sign::key(&secret.read().await?)?;
            let (id, at) = (text(headers, ID), text(headers, TIMESTAMP));
            if id.is_empty() || !sign::verifies(&key, id, at, body, text(headers, SIGNATURE)) {
                return Ok(Err(WRONG));
            }
            let sent = at.parse::<i64>().ok().filter(|at| at.abs() < 1 << 40);
            let apart = sent.map(|sent| now.since(Timestamp::from_micros(sent * SECOND)).abs());
            match apart {
                Some(apart) if apart <= CLOCKS_APART => Ok(()),
                _ => Err("the timestamp is more than five minutes from the time here"),
            }
        }
    })
}
