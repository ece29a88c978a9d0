//! The API.

use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response, Uri};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::super::bot_api::{Fault, Shown};
use super::super::multipart;
use super::{APPLICATION, Api, BOT, Form, Inner, SERVER, TOKEN, Where, shapes};

/// A command waits so long for being acknowledged.
const ACKNOWLEDGED_WITHIN: Duration = Duration::from_secs(3);

pub(super) fn serve(listener: TcpListener, api: Api) -> JoinHandle<()> {
    let router = Router::new().fallback(call).with_state(api);
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() })
}

type Answer = Result<Value, (u16, Value)>;

fn bad<T>(status: u16, code: u64, why: &str) -> Result<T, (u16, Value)> {
    Err((status, json!({ "code": code, "message": why })))
}

fn too_many<T>(seconds: f64) -> Result<T, (u16, Value)> {
    Err((429, json!({ "message": "You are being rate limited.", "retry_after": seconds, "global": false })))
}

fn response(answer: &Answer) -> Response<Body> {
    let (status, body) = match answer {
        Ok(Value::Null) => (204, String::new()),
        Ok(value) => (200, value.to_string()),
        Err((status, value)) => (*status, value.to_string()),
    };
    let builder = Response::builder().status(status).header("Content-Type", "application/json");
    builder.body(Body::from(body)).unwrap()
}

async fn call(
    State(api): State<Api>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    if let Some(name) = uri.path().strip_prefix("/attachments/") {
        // Who has the address has the file; the token stays at home.
        let found = api.inner.lock().unwrap().files.get(name).cloned();
        return match found {
            Some(bytes) if !headers.contains_key("Authorization") => Response::new(Body::from(bytes)),
            _ => response(&bad(404, 0, "404: Not Found")),
        };
    }
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !header("User-Agent").starts_with("DiscordBot (") {
        return response(&bad(403, 0, "who are you?"));
    }
    if header("Authorization") != format!("Bot {TOKEN}") {
        return response(&bad(401, 0, "401: Unauthorized"));
    }
    let path = uri.path().strip_prefix("/api/v10/").unwrap_or_default().to_owned();
    let parts: Vec<&str> = path.split('/').collect();
    let body: Value = match multipart::parts(&headers, &body) {
        Some(form) => {
            let text = form.iter().find(|part| part.name == "payload_json").unwrap();
            let mut body: Value = serde_json::from_slice(&text.bytes).unwrap();
            let file = form.iter().find(|part| part.name == "files[0]").unwrap();
            body["file"] = json!([file.file_name, file.bytes]);
            body
        }
        None if body.is_empty() => Value::Null,
        None => serde_json::from_slice(&body).unwrap(),
    };
    let sort = match parts[..] {
        ["interactions", ..] => "callback",
        ["webhooks", _, _] => "followup",
        ["webhooks", ..] => "original",
        ["users", "@me", "channels"] => "channels",
        ["channels", _, "messages", ..] => "messages",
        _ => "other",
    };
    let fault = {
        let mut inner = api.inner.lock().unwrap();
        let at = inner.faults.iter().position(|(of, _)| of == sort);
        at.map(|at| inner.faults.remove(at).1)
    };
    let answer = || {
        let answer = answer(&mut api.inner.lock().unwrap(), &api, &method, &parts, &uri, &body);
        api.changed.notify_waiters();
        answer
    };
    match fault {
        None => response(&answer()),
        Some(Fault::TooMany(seconds)) => response(&too_many(seconds.into())),
        Some(Fault::Gateway) => response(&bad(502, 0, "Bad Gateway")),
        Some(Fault::Late(by)) => {
            let answer = answer();
            tokio::time::sleep(by).await;
            response(&answer)
        }
        Some(Fault::TakenAndDropped) => {
            let _ = answer();
            // A body that breaks off: the client sees a connection that is gone.
            let broken = futures_util::stream::once(async { Err::<Bytes, _>(std::io::Error::other("gone")) });
            Response::builder().header("Content-Length", 100).body(Body::from_stream(broken)).unwrap()
        }
    }
}

fn answer(inner: &mut Inner, api: &Api, method: &Method, parts: &[&str], uri: &Uri, body: &Value) -> Answer {
    let server = SERVER.to_string();
    let application = APPLICATION.to_string();
    match (method.as_str(), parts) {
        ("GET", ["users", "@me"]) => Ok(shapes::user(BOT)),
        ("GET", ["oauth2", "applications", "@me"]) => Ok(json!({ "id": application, "name": "Rapport" })),
        ("GET", ["gateway", "bot"]) => Ok(json!({ "url": api.gateway, "shards": 1 })),
        ("PUT" | "GET", ["applications", of, "guilds", guild, "commands"]) => {
            if (*of, *guild) != (application.as_str(), server.as_str()) {
                return bad(403, 50_001, "Missing Access");
            }
            if method == Method::PUT {
                inner.commands = body.clone();
            }
            Ok(inner.commands.clone())
        }
        ("POST", ["users", "@me", "channels"]) => {
            let account = body["recipient_id"].as_str().unwrap().parse().unwrap();
            Ok(json!({ "id": inner.channel(account).to_string(), "type": 1 }))
        }
        ("POST", ["interactions", id, token, "callback"]) => callback(inner, id, token, body),
        ("POST", ["webhooks", of, token]) if *of == application => follow_up(inner, token, body),
        ("PATCH", ["webhooks", of, token, "messages", "@original"]) if *of == application => {
            original(inner, token, body)
        }
        ("GET", ["channels", channel, "messages"]) => {
            Ok(history(inner, channel.parse().unwrap(), uri.query().unwrap_or_default()))
        }
        ("POST", ["channels", channel, "messages"]) => post(inner, channel.parse().unwrap(), body),
        ("PATCH", ["channels", channel, "messages", message]) => {
            let place = inner.place(channel.parse().unwrap());
            edit(inner, place, message.parse().unwrap(), body)
        }
        _ => bad(404, 0, "404: Not Found"),
    }
}

fn callback(inner: &mut Inner, id: &str, token: &str, body: &Value) -> Answer {
    let Some(asked) = inner.interactions.get_mut(token) else {
        return bad(404, 10_062, "Unknown interaction");
    };
    if asked.id.to_string() != id || asked.at.elapsed() > ACKNOWLEDGED_WITHIN {
        return bad(404, 10_062, "Unknown interaction");
    }
    if asked.callback.is_some() {
        return bad(400, 40_060, "Interaction has already been acknowledged.");
    }
    let kind = body["type"].as_u64().unwrap();
    let is_hidden = body["data"]["flags"].as_u64().unwrap_or(0) & 64 != 0;
    match (asked.kind, kind) {
        (2, 5) if is_hidden != asked.is_public => return bad(400, 50_035, "others would see the answer"),
        // A form that stood under a message may change that one.
        (2, 5) | (3, 6) => {}
        (5, 6) if asked.original.is_some() => {}
        (2 | 3, 9) => {
            let read = shapes::form(&body["data"]).or_else(|why| bad(400, 50_035, why))?;
            asked.form = Some(Form {
                account: asked.account,
                in_server: asked.is_public,
                under: asked.original,
                ..read
            });
        }
        (4, 8) => {
            let choices = body["data"]["choices"].as_array().cloned().unwrap_or_default();
            let of = |choice: &Value, name: &str| choice[name].as_str().unwrap().to_owned();
            let fits =
                |c: &Value| [of(c, "name"), of(c, "value")].iter().all(|s| (1..=100).contains(&s.len()));
            if choices.len() > 25 || !choices.iter().all(fits) {
                return bad(400, 50_035, "Invalid Form Body");
            }
            asked.offered = Some(choices.iter().map(|c| (of(c, "value"), of(c, "name"))).collect());
        }
        _ => return bad(400, 50_035, "Invalid Form Body"),
    }
    asked.callback = Some(kind);
    Ok(Value::Null)
}

/// Returns where the answer to an interaction is seen, if its token is still good, and its `@original`.
fn answered(inner: &Inner, token: &str) -> Result<(Where, Option<u64>), (u16, Value)> {
    match inner.interactions.get(token) {
        Some(asked) if asked.callback.is_some_and(|kind| kind != 9) && !inner.is_over => {
            let at =
                if asked.is_public { Where::Hidden(asked.account) } else { Where::Direct(asked.account) };
            Ok((at, asked.original))
        }
        _ => bad(404, 10_015, "Unknown Webhook"),
    }
}

fn follow_up(inner: &mut Inner, token: &str, body: &Value) -> Answer {
    let (at, _) = answered(inner, token)?;
    if let Where::Hidden(_) = at
        && body["flags"].as_u64().unwrap_or(0) & 64 == 0
    {
        return bad(400, 50_035, "others would see the answer");
    }
    show(inner, at, body)
}

fn original(inner: &mut Inner, token: &str, body: &Value) -> Answer {
    let (at, original) = answered(inner, token)?;
    if let Some(message) = original {
        return edit(inner, at, message, body);
    }
    let shown = show(inner, at, body)?;
    let id = shown["id"].as_str().unwrap().parse().unwrap();
    inner.interactions.get_mut(token).unwrap().original = Some(id);
    Ok(shown)
}

fn post(inner: &mut Inner, channel: u64, body: &Value) -> Answer {
    let at = inner.place(channel);
    if let Where::Direct(account) = at
        && inner.closed.contains(&account)
    {
        return bad(403, 50_007, "Cannot send messages to this user");
    }
    let nonce = body["nonce"].as_str().unwrap_or_default().to_owned();
    if nonce.is_empty() || nonce.len() > 25 || body["enforce_nonce"] != true {
        return bad(400, 50_035, "a message that might come twice");
    }
    if let Some(id) = inner.nonces.get(&nonce) {
        return Ok(shapes::message(*id, channel, None, BOT, json!({})));
    }
    if inner.is_strict {
        let now = Instant::now();
        inner.written.retain(|(at, _)| now.duration_since(*at) < Duration::from_secs(5));
        if inner.written.iter().filter(|(_, of)| *of == channel).count() >= 5 {
            inner.n_refused += 1;
            return too_many(1.5);
        }
        inner.written.push((now, channel));
    }
    let shown = show(inner, at, body)?;
    inner.nonces.insert(nonce, shown["id"].as_str().unwrap().parse().unwrap());
    Ok(shown)
}

fn read(body: &Value) -> Result<Shown, (u16, Value)> {
    let file = body["file"].as_array().map(|file| {
        let bytes = file[1].as_array().unwrap().iter().map(|byte| byte.as_u64().unwrap() as u8);
        (file[0].as_str().unwrap().to_owned(), bytes.collect())
    });
    if file.as_ref().is_some_and(|(_, bytes): &(_, Vec<u8>)| bytes.len() > 10 << 20) {
        return bad(413, 40_005, "Request entity too large");
    }
    let text = match file {
        // A picture may have words besides.
        Some(_) => shapes::words(body).unwrap_or_default(),
        None => shapes::words(body).or_else(|why| bad(400, 50_035, why))?,
    };
    let (buttons, choices) = shapes::components(body).or_else(|why| bad(400, 50_035, why))?;
    let under = body["message_reference"]["message_id"].as_str().map(|id| id.parse().unwrap());
    Ok(Shown { id: 0, text, raw: body.to_string(), is_html: false, buttons, choices, edits: 0, under, file })
}

fn show(inner: &mut Inner, at: Where, body: &Value) -> Answer {
    let shown = read(body)?;
    let id = inner.new_id();
    inner.shown.entry(at).or_default().push(Shown { id: id as i64, ..shown });
    let channel = if let Where::Direct(account) = at { inner.channel(account) } else { 700 };
    let message = shapes::message(id, channel, None, BOT, json!({}));
    if let Where::Direct(_) = at {
        inner.history.entry(channel).or_default().push(message.clone());
    }
    Ok(message)
}

fn edit(inner: &mut Inner, at: Where, message: u64, body: &Value) -> Answer {
    let new = read(body)?;
    let all = inner.shown.entry(at).or_default();
    let Some(shown) = all.iter_mut().find(|shown| shown.id as u64 == message) else {
        return bad(404, 10_008, "Unknown Message");
    };
    *shown = Shown { id: shown.id, under: shown.under, edits: shown.edits + 1, ..new };
    Ok(shapes::message(message, 700, None, BOT, json!({})))
}

/// Returns what was written after a message, newest first.
fn history(inner: &Inner, channel: u64, query: &str) -> Value {
    let of = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    let number = |name: &str| of(name).unwrap().parse::<u64>().unwrap();
    let (after, limit) = (number("after"), number("limit") as usize);
    let id = |message: &Value| message["id"].as_str().unwrap().parse::<u64>().unwrap();
    let all = inner.history.get(&channel).cloned().unwrap_or_default();
    let mut page: Vec<Value> = all.into_iter().filter(|message| id(message) > after).collect();
    page.truncate(limit);
    page.reverse();
    Value::Array(page)
}
