//! What the server answers.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Response, StatusCode};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::strict::{over, parsed};
use super::{Api, BOT, Fault, Shown, TOKEN};
use crate::support::multipart::{Part, parts};

/// Longest message, in UTF-16 units.
const UNITS_MAX: usize = 4_096;
/// Longest words below a picture.
const CAPTION_UNITS_MAX: usize = 1_024;

pub(super) async fn refuse() -> StatusCode {
    StatusCode::NOT_FOUND
}

fn reply(status: u16, body: &Value) -> Response<Body> {
    Response::builder()
        .status(status)
        .header("Content-Type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap()
}

fn good(result: Value) -> Response<Body> {
    reply(200, &json!({ "ok": true, "result": result }))
}

fn bad(code: u16, why: &str) -> Response<Body> {
    reply(code, &json!({ "ok": false, "error_code": code, "description": why }))
}

fn too_many(seconds: u32) -> Response<Body> {
    let why = format!("Too Many Requests: retry after {seconds}");
    let parameters = json!({ "retry_after": seconds });
    reply(429, &json!({ "ok": false, "error_code": 429, "description": why, "parameters": parameters }))
}

pub(super) async fn call(
    State(api): State<Api>,
    Path((bot, method)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let method = method.to_lowercase();
    let asked: Value = match parts(&headers, &body) {
        Some(parts) => form(parts),
        None if body.is_empty() => json!({}),
        None => serde_json::from_slice(&body).unwrap(),
    };
    let fault = {
        let mut inner = api.inner.lock().unwrap();
        if inner.revoked || bot != format!("bot{TOKEN}") {
            return bad(401, "Unauthorized");
        }
        let at = inner.faults.iter().position(|(of, _)| *of == method);
        at.map(|at| inner.faults.remove(at).1)
    };
    match fault {
        None => answer(&api, &method, &asked).await,
        Some(Fault::TooMany(seconds)) => too_many(seconds),
        Some(Fault::Gateway) => bad(502, "Bad Gateway"),
        Some(Fault::Late(by)) => {
            let answer = answer(&api, &method, &asked).await;
            tokio::time::sleep(by).await;
            answer
        }
        Some(Fault::TakenAndDropped) => {
            let _ = answer(&api, &method, &asked).await;
            // A body that breaks off: the client sees a connection that is gone.
            let broken = futures_util::stream::once(async { Err::<Bytes, _>(std::io::Error::other("gone")) });
            Response::builder().header("Content-Length", 100).body(Body::from_stream(broken)).unwrap()
        }
    }
}

async fn answer(api: &Api, method: &str, asked: &Value) -> Response<Body> {
    match method {
        "getme" => good(json!({
            "id": BOT, "is_bot": true, "first_name": "Rapport", "username": "rapport_bot",
            "can_join_groups": true, "can_read_all_group_messages": false, "supports_inline_queries": false,
            "can_connect_to_business": false, "has_main_web_app": false,
        })),
        "getupdates" => updates(api, asked).await,
        "sendmessage" | "editmessagetext" | "senddocument" | "sendphoto" => write(api, method, asked),
        "getfile" => {
            let id = asked["file_id"].as_str().unwrap();
            match api.inner.lock().unwrap().files.get(id) {
                Some(bytes) if bytes.len() > 20 << 20 => bad(400, "Bad Request: file is too big"),
                Some(bytes) => good(json!({
                    "file_id": id, "file_unique_id": id, "file_size": bytes.len(), "file_path": id,
                })),
                None => bad(400, "Bad Request: wrong file_id or the file is temporarily unavailable"),
            }
        }
        "answercallbackquery" => {
            let text = |name: &str| asked[name].as_str().unwrap_or_default().to_owned();
            api.inner.lock().unwrap().acknowledged.push((text("callback_query_id"), text("text")));
            api.changed.notify_waiters();
            good(json!(true))
        }
        "setmycommands" => {
            let language = asked["language_code"].as_str().unwrap_or_default().to_owned();
            let all = asked["commands"].as_array().unwrap();
            let names = all.iter().map(|c| c["command"].as_str().unwrap().to_owned()).collect();
            api.inner.lock().unwrap().commands.insert(language, names);
            good(json!(true))
        }
        _ => bad(404, "Not Found"),
    }
}

/// Reads a form that has one file as what is asked for.
fn form(parts: Vec<Part>) -> Value {
    let mut asked = json!({});
    for part in parts {
        if part.file_name.is_empty() {
            let text = String::from_utf8(part.bytes).unwrap();
            // What is no number and no words comes as JSON.
            let value = match part.name.as_str() {
                "reply_markup" => serde_json::from_str(&text).unwrap(),
                _ => text.parse::<i64>().map_or(Value::String(text), Value::from),
            };
            asked[part.name] = value;
        } else {
            asked["file"] = json!([part.file_name, part.bytes]);
        }
    }
    asked
}

pub(super) async fn file(
    State(api): State<Api>,
    Path((bot, name)): Path<(String, String)>,
) -> Response<Body> {
    match api.inner.lock().unwrap().files.get(&name) {
        Some(bytes) if bot == format!("bot{TOKEN}") => Response::new(Body::from(bytes.clone())),
        _ => bad(404, "Not Found"),
    }
}

async fn updates(api: &Api, asked: &Value) -> Response<Body> {
    let offset = asked["offset"].as_i64().unwrap_or(0);
    let wait = Duration::from_secs(asked["timeout"].as_u64().unwrap_or(0));
    let until = Instant::now() + wait;
    let mut first = true;
    loop {
        let changed = api.changed.notified();
        let found: Vec<Value> = {
            let mut inner = api.inner.lock().unwrap();
            if first {
                inner.offset = inner.offset.max(offset);
                first = false;
            }
            let from = inner.offset;
            inner.updates.iter().filter(|(id, _)| *id >= from).take(100).map(|(_, u)| u.clone()).collect()
        };
        let left = until.saturating_duration_since(Instant::now());
        if !found.is_empty() || left.is_zero() {
            return good(Value::Array(found));
        }
        let _ = tokio::time::timeout(left, changed).await;
    }
}

fn write(api: &Api, method: &str, asked: &Value) -> Response<Body> {
    let chat = asked["chat_id"].as_i64().unwrap();
    let raw = asked["text"].as_str().or(asked["caption"].as_str()).unwrap_or_default();
    let is_html = asked["parse_mode"].as_str() == Some("HTML");
    let text = match if is_html { parsed(raw) } else { Ok(raw.to_owned()) } {
        Ok(text) => text,
        Err(why) => return bad(400, &format!("Bad Request: can't parse entities: {why}")),
    };
    let file = asked["file"].as_array().map(|file| {
        let bytes = file[1].as_array().unwrap().iter().map(|byte| byte.as_u64().unwrap() as u8);
        (file[0].as_str().unwrap().to_owned(), bytes.collect())
    });
    if text.trim().is_empty() && file.is_none() {
        return bad(400, "Bad Request: message text is empty");
    }
    if text.encode_utf16().count() > UNITS_MAX {
        return bad(400, "Bad Request: message is too long");
    }
    if method == "sendphoto" {
        if file.as_ref().is_none_or(|(_, bytes): &(String, Vec<u8>)| !bytes.starts_with(b"\x89PNG")) {
            return bad(400, "Bad Request: IMAGE_PROCESS_FAILED");
        }
        if text.encode_utf16().count() > CAPTION_UNITS_MAX {
            return bad(400, "Bad Request: message caption is too long");
        }
    }
    let mut buttons = Vec::new();
    for row in asked["reply_markup"]["inline_keyboard"].as_array().into_iter().flatten() {
        for button in row.as_array().unwrap() {
            let of = |name: &str| button[name].as_str().unwrap_or_default().to_owned();
            if of("callback_data").is_empty() || of("callback_data").len() > 64 {
                return bad(400, "Bad Request: BUTTON_DATA_INVALID");
            }
            buttons.push((of("text"), of("callback_data")));
        }
    }
    let mut inner = api.inner.lock().unwrap();
    if inner.blocked.contains(&chat) {
        return bad(403, "Forbidden: bot was blocked by the user");
    }
    if inner.strict
        && let Some(seconds) = over(&mut inner.written, chat)
    {
        inner.n_refused += 1;
        return too_many(seconds);
    }
    let id = if method == "editmessagetext" {
        let id = asked["message_id"].as_i64().unwrap();
        let all = inner.chats.entry(chat).or_default();
        let Some(shown) = all.iter_mut().find(|shown| shown.id == id) else {
            return bad(400, "Bad Request: message to edit not found");
        };
        if shown.file.is_some() {
            return bad(400, "Bad Request: there is no text in the message to edit");
        }
        if shown.raw == raw && shown.buttons == buttons {
            return bad(
                400,
                "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message",
            );
        }
        *shown = Shown {
            text: text.clone(),
            raw: raw.into(),
            is_html,
            buttons,
            choices: Vec::new(),
            edits: shown.edits + 1,
            ..shown.clone()
        };
        id
    } else {
        let id = inner.next_message;
        inner.next_message += 1;
        let under = asked["reply_parameters"]["message_id"].as_i64();
        let shown = Shown {
            id,
            text: text.clone(),
            raw: raw.into(),
            is_html,
            buttons,
            choices: Vec::new(),
            edits: 0,
            under,
            file,
        };
        inner.chats.entry(chat).or_default().push(shown);
        id
    };
    drop(inner);
    api.changed.notify_waiters();
    let kind = if chat < 0 { "supergroup" } else { "private" };
    good(json!({
        "message_id": id, "date": 1_772_000_000, "text": text,
        "chat": { "id": chat, "type": kind, "title": "t", "first_name": "U" },
        "from": { "id": BOT, "is_bot": true, "first_name": "Rapport" },
    }))
}
