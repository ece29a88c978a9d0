//! From a request to its answer: who asks, how often, for what, and whether it was done before.

use std::collections::{BTreeMap, HashSet};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::header::{CONTENT_TYPE, IF_MATCH, IF_NONE_MATCH};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method as HttpMethod, StatusCode};
use axum::response::{IntoResponse as _, Response};
use rapport_model::people::Scope;
use rapport_model::{Id, Timestamp};
use rapport_storage::terms::{Before, Once};
use serde_json::{Map, Value};

use super::answer::Answer;
use super::call::{Call, matches};
use super::operation::{Method, Operation};
use super::problem::{Problem, Sort};
use super::seen::note_reads;
use super::token::{Caller, caller};
use super::{OPERATIONS, ROOT, schema};
use crate::App;
use crate::http::Buckets;
use crate::watchful::Watched;

/// What is sent along has so many bytes at most.
const BODY_BYTES_MAX: usize = 128 * 1024;
const KEY_CHARS_MAX: usize = 255;
const KEY: &str = "idempotency-key";
/// How many wrong tokens one address can try a second for long.
const WRONG_A_SECOND: i64 = 1;

/// What all requests share.
pub(crate) struct Desks {
    /// How often each token asks.
    tokens: Mutex<Buckets<i64>>,
    /// From where wrong tokens come.
    wrong: Mutex<Buckets<IpAddr>>,
    /// The keys under which something is done now.
    under_way: Mutex<HashSet<String>>,
}

impl Desks {
    /// Lets each token make `burst` requests at once, and `a_second` for long, and each address try
    /// `wrong_burst` wrong tokens at once.
    pub(crate) fn new(burst: i64, a_second: i64, wrong_burst: i64) -> Self {
        Self {
            tokens: Mutex::new(Buckets::new(burst, a_second)),
            wrong: Mutex::new(Buckets::new(wrong_burst, WRONG_A_SECOND)),
            under_way: Mutex::default(),
        }
    }
}

/// Answers a request for something under [`ROOT`] that came from `client`.
pub(crate) async fn serve(app: &Arc<App>, desks: &Desks, client: IpAddr, request: Request) -> Response {
    // The body may be looked at by one alone.
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().strip_prefix(ROOT).unwrap_or_default().to_owned();
    let found = match find(&parts.method, &path) {
        Ok(found) => found,
        Err(problem) => return problem.into_response(),
    };
    let now = app.store().clock().now();
    let caller = match caller(app, &parts.headers).await {
        Ok(caller) => caller,
        Err(problem) => {
            let problem = slowed(desks, client, now, problem);
            // Whoever is slowed down was counted before.
            if problem.is_about_a_token {
                let from = client.to_string();
                app.watch(Watched::Refusals, &from, &from, 1).await;
            }
            return problem.into_response();
        }
    };
    let token = caller.token.number;
    let (taken, pace) = {
        let mut tokens = desks.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        (tokens.take(token, now), tokens.pace(token, now))
    };
    let answered = match taken {
        Ok(()) => {
            let (user, actor) = (caller.user.display_name().to_owned(), format!("token {token}"));
            let answered = answer(app, desks, caller, found, (parts, body)).await;
            if answered.as_ref().is_err_and(|problem| problem.sort == Sort::Forbidden) {
                app.watch(Watched::Refusals, &actor, &format!("{user}, {actor}"), 1).await;
            }
            answered
        }
        Err(seconds) => Err(Problem::too_many(seconds)),
    };
    let mut response = answered.unwrap_or_else(Problem::into_response);
    for (name, value) in [
        ("ratelimit-limit", pace.burst),
        ("ratelimit-remaining", pace.left),
        ("ratelimit-reset", pace.full_in_secs),
    ] {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from(value));
    }
    response
}

/// An operation with the ids of its path.
type Asked = (&'static Operation, Vec<String>);

/// Finds what is asked for.
fn find(method: &HttpMethod, path: &str) -> Result<Asked, Problem> {
    let all: Vec<Asked> = OPERATIONS.iter().filter_map(|op| op.ids(path).map(|ids| (op, ids))).collect();
    // A fixed word of a path goes before an id.
    let fixed = all.iter().map(|(_, ids)| ids.len()).min();
    let fitting = || all.iter().filter(|(_, ids)| Some(ids.len()) == fixed);
    if let Some(found) = fitting().find(|(op, _)| op.method.name() == method.as_str()) {
        return Ok(found.clone());
    }
    let mut allowed: Vec<&str> = fitting().map(|(op, _)| op.method.name()).collect();
    allowed.sort_unstable();
    match allowed.is_empty() {
        true => Err(Problem::new(Sort::NotFound, "There is no such path. GET /api/openapi.json lists all.")),
        false => Err(Problem::wrong_method(&allowed.join(", "))),
    }
}

/// Slows down whoever tries tokens. A good one is never hindered by others that came from the same place.
fn slowed(desks: &Desks, client: IpAddr, now: Timestamp, problem: Problem) -> Problem {
    if !problem.is_about_a_token {
        return problem;
    }
    let mut wrong = desks.wrong.lock().unwrap_or_else(PoisonError::into_inner);
    wrong.take(crate::http::of_one_customer(client), now).err().map_or(problem, Problem::too_many)
}

async fn answer(
    app: &Arc<App>,
    desks: &Desks,
    caller: Caller,
    (operation, ids): Asked,
    (parts, body): (Parts, Body),
) -> Result<Response, Problem> {
    allowed(operation, &caller)?;
    let params = params(operation, parts.uri.query())?;
    let if_match = header(&parts.headers, IF_MATCH)?.filter(|_| operation.takes_match());
    let none_match = header(&parts.headers, IF_NONE_MATCH)?.filter(|_| operation.method == Method::Get);
    let key = key(operation, &parts.headers)?;
    let bytes = to_bytes(body, BODY_BYTES_MAX).await.map_err(|_| {
        Problem::new(
            Sort::TooLarge,
            format!("A body has {} kB at most, and comes whole.", BODY_BYTES_MAX / 1024),
        )
    })?;
    let body = read(operation, &parts.headers, &bytes)?;
    let once = key.map(|key| Once {
        key: format!("{}/{key}", caller.token.number),
        request: [operation.id.as_bytes(), ids.join("/").as_bytes(), &bytes].join(&0),
    });
    // What was chosen elsewhere holds here, too.
    app.workflows.refresh().await?;
    let call = Call { app: app.clone(), caller, operation, ids, params, body, once, if_match };
    let answer = act(desks, &call).await?;
    let n_listed = answer.body["items"].as_array().map_or(0, Vec::len);
    if operation.id == "list_customers" && n_listed > 0 {
        let actor = format!("token {}", call.caller.token.number);
        let shown = format!("{}, {actor}", call.caller.user.display_name());
        app.watch(Watched::Customers, &actor, &shown, n_listed).await;
    }
    debug_assert_eq!(operation.answers.shape.check(&answer.body), [], "{operation:?} answers as documented");
    if let (Some(wanted), Some(etag)) = (none_match, &answer.etag)
        && matches(&wanted, etag)
    {
        let mut response = StatusCode::NOT_MODIFIED.into_response();
        response
            .headers_mut()
            .extend(HeaderValue::try_from(etag).map(|etag| (axum::http::header::ETAG, etag)));
        return Ok(response);
    }
    note_reads(&call, &answer.body);
    Ok(answer.into_response(operation.answers.status))
}

/// Refuses what the token may not do.
fn allowed(operation: &Operation, caller: &Caller) -> Result<(), Problem> {
    // Of what comes later in this list less is allowed.
    if caller.user.role > operation.role {
        let may = format!("It takes the role {}; this token has {}.", operation.role, caller.user.role);
        return Err(Problem::new(Sort::Forbidden, may));
    }
    if operation.whole_house && caller.user.scope != Scope::All {
        return Err(Problem::new(Sort::Forbidden, "It takes a token that sees all customers."));
    }
    Ok(())
}

/// Reads the query, and holds it to what the operation knows.
fn params(operation: &Operation, query: Option<&str>) -> Result<BTreeMap<&'static str, Value>, Problem> {
    let (mut params, mut wrong) = (BTreeMap::new(), Vec::new());
    for (name, text) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        let Some(param) = operation.params.iter().find(|param| param.name == name) else {
            let shown: String = name.chars().take(60).collect();
            wrong.push((shown, "is not known".to_owned()));
            continue;
        };
        let value = param.takes.read(&text);
        schema::check(&param.takes.schema(), &Map::new(), &value, param.name, &mut wrong);
        if params.insert(param.name, value).is_some() {
            wrong.push((param.name.to_owned(), "stands there twice".to_owned()));
        }
    }
    for param in operation.params.iter().filter(|param| param.required && !params.contains_key(param.name)) {
        wrong.push((param.name.to_owned(), "is missing".to_owned()));
    }
    if wrong.is_empty() { Ok(params) } else { Err(Problem::fields(Sort::Malformed, wrong)) }
}

/// Reads a header of which there may be one, of visible letters.
fn header(headers: &HeaderMap, name: HeaderName) -> Result<Option<String>, Problem> {
    let mut all = headers.get_all(&name).iter();
    let Some(value) = all.next() else { return Ok(None) };
    let text = value.to_str().ok().filter(|_| all.next().is_none());
    let wrong =
        || Problem::fields(Sort::Malformed, vec![(name.to_string(), "must be one text in ASCII".to_owned())]);
    text.map(|text| Some(text.to_owned())).ok_or_else(wrong)
}

fn key(operation: &Operation, headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(key) = header(headers, HeaderName::from_static(KEY))?.filter(|_| operation.takes_key()) else {
        return Ok(None);
    };
    let is_key = (1..=KEY_CHARS_MAX).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic());
    let what = format!("must have 1 to {KEY_CHARS_MAX} visible ASCII characters");
    if is_key { Ok(Some(key)) } else { Err(Problem::fields(Sort::Malformed, vec![(KEY.to_owned(), what)])) }
}

/// Reads the body, and holds it to its schema.
fn read(operation: &Operation, headers: &HeaderMap, bytes: &Bytes) -> Result<Value, Problem> {
    let Some(shape) = operation.body else {
        return match bytes.is_empty() {
            true => Ok(Value::Null),
            false => Err(Problem::new(Sort::Malformed, "This operation takes no body.")),
        };
    };
    let media = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let merges = operation.method == Method::Patch && media == "application/merge-patch+json";
    if media != "application/json" && !merges {
        return Err(Problem::new(Sort::WrongType, "Send the body as Content-Type: application/json."));
    }
    let body: Value = serde_json::from_slice(bytes)
        .map_err(|e| Problem::new(Sort::Malformed, format!("The body is no JSON: {e}.")))?;
    let wrong = shape.check(&body);
    if wrong.is_empty() { Ok(body) } else { Err(Problem::fields(Sort::Invalid, wrong)) }
}

/// Does what is asked for, once under its key.
async fn act(desks: &Desks, call: &Call) -> Result<Answer, Problem> {
    let (Some(once), Some(again)) = (&call.once, call.operation.again) else {
        return (call.operation.act)(call).await;
    };
    let _under_way = UnderWay::begin(&desks.under_way, &once.key)?;
    if let Some(made) = done_before(call, once).await? {
        return once_more(again, call, made).await;
    }
    match (call.operation.act)(call).await {
        // Another process was faster: what it did stands.
        Err(problem) if problem.sort == Sort::Conflict => match done_before(call, once).await? {
            Some(made) => once_more(again, call, made).await,
            None => Err(problem),
        },
        done => done,
    }
}

async fn done_before(call: &Call, once: &Once) -> Result<Option<Id>, Problem> {
    match call.app.store().done_before(once).await? {
        Before::Nothing => Ok(None),
        Before::Same(made) => Ok(Some(made)),
        Before::Other => Err(Problem::field(KEY, "was used for another request within the last 24 hours")),
    }
}

async fn once_more(
    again: for<'c> fn(&'c Call, Id) -> super::operation::Pending<'c>,
    call: &Call,
    made: Id,
) -> Result<Answer, Problem> {
    Ok(again(call, made).await?.replayed())
}

/// A key under which something is being done, until this is dropped.
struct UnderWay<'a> {
    all: &'a Mutex<HashSet<String>>,
    key: &'a str,
}

impl<'a> UnderWay<'a> {
    fn begin(all: &'a Mutex<HashSet<String>>, key: &'a str) -> Result<Self, Problem> {
        if all.lock().unwrap_or_else(PoisonError::into_inner).insert(key.to_owned()) {
            return Ok(Self { all, key });
        }
        Err(Problem::new(
            Sort::Conflict,
            "The same is being done under this Idempotency-Key. Ask again in a moment.",
        ))
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.all.lock().unwrap_or_else(PoisonError::into_inner).remove(self.key);
    }
}
