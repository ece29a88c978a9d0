//! What Discord says, in its own shapes.

use serde_json::{Value, json};

use super::{APPLICATION, BOT, SERVER};

pub(super) fn user(id: u64) -> Value {
    json!({ "id": id.to_string(), "username": format!("u{id}"), "discriminator": "0", "global_name": null,
        "avatar": null, "bot": id == BOT })
}

/// A message; `more` goes over what it has anyway.
pub(super) fn message(id: u64, channel: u64, server: Option<u64>, author: u64, more: Value) -> Value {
    let mut message = json!({
        "id": id.to_string(), "channel_id": channel.to_string(), "author": user(author), "content": "", "type": 0,
        "timestamp": "2026-03-04T08:00:00+00:00", "edited_timestamp": null, "tts": false, "pinned": false,
        "mention_everyone": false, "mentions": [], "mention_roles": [], "attachments": [], "embeds": [],
        "components": [], "flags": 0,
    });
    let all = message.as_object_mut().unwrap();
    if let Some(server) = server {
        all.insert("guild_id".into(), server.to_string().into());
    }
    all.extend(more.as_object().unwrap().clone());
    message
}

pub(super) fn interaction(
    id: u64,
    kind: u8,
    token: &str,
    account: u64,
    channel: u64,
    in_server: bool,
    data: Value,
) -> Value {
    let mut event = json!({
        "id": id.to_string(), "application_id": APPLICATION.to_string(), "type": kind, "data": data,
        "token": token, "version": 1, "channel_id": channel.to_string(), "locale": "en-US", "entitlements": [],
        "attachment_size_limit": 10_485_760, "app_permissions": "0", "authorizing_integration_owners": {},
        "context": u8::from(!in_server),
    });
    let all = event.as_object_mut().unwrap();
    if in_server {
        let server = SERVER.to_string();
        all.insert("guild_id".into(), server.clone().into());
        all.insert("guild_locale".into(), "en-US".into());
        all.insert(
            "member".into(),
            json!({ "user": user(account), "roles": [], "joined_at": "2026-03-04T08:00:00+00:00", "deaf": false,
                "mute": false, "flags": 0, "permissions": "0", "nick": null, "avatar": null }),
        );
    } else {
        all.insert("user".into(), user(account));
    }
    event
}

/// Reads what a message shows, and says what Discord would not take.
pub(super) fn words(message: &Value) -> Result<String, &'static str> {
    let units = |value: &Value| value.as_str().unwrap_or_default().encode_utf16().count();
    let none = Vec::new();
    let embeds = message["embeds"].as_array().unwrap_or(&none);
    let mut words = vec![message["content"].as_str().unwrap_or_default().to_owned()];
    if message["allowed_mentions"]["parse"] != json!([]) {
        return Err("somebody might be called");
    }
    if units(&message["content"]) > 2_000 || embeds.len() > 10 {
        return Err("too long");
    }
    let mut n = 0;
    for embed in embeds {
        let parts =
            [(&embed["title"], 256), (&embed["description"], 4_096), (&embed["footer"]["text"], 2_048)];
        for (part, most) in parts {
            n += units(part);
            if units(part) > most {
                return Err("a part of an embed is too long");
            }
            words.push(part.as_str().unwrap_or_default().to_owned());
        }
        let fields = embed["fields"].as_array().unwrap_or(&none);
        if fields.len() > 25 {
            return Err("too many fields");
        }
        for field in fields {
            let lengths = (units(&field["name"]), units(&field["value"]));
            if !(1..=256).contains(&lengths.0) || !(1..=1_024).contains(&lengths.1) {
                return Err("a field is too long or empty");
            }
            n += lengths.0 + lengths.1;
            words.push(format!("{}: {}", field["name"].as_str().unwrap(), field["value"].as_str().unwrap()));
        }
    }
    if n > 6_000 {
        return Err("embeds are too long together");
    }
    let words = words.join("\n");
    if words.trim().is_empty() { Err("empty message") } else { Ok(without_marks(&words)) }
}

/// Takes off what makes marks plain, as a reader sees it.
fn without_marks(words: &str) -> String {
    let mut out = String::new();
    let mut chars = words.chars();
    while let Some(c) = chars.next() {
        out.extend(if c == '\\' { chars.next() } else { Some(c) });
    }
    out
}

/// Reads the buttons of a message: labels, and names.
pub(super) fn buttons(message: &Value) -> Result<Vec<(String, String)>, &'static str> {
    let none = Vec::new();
    let rows = message["components"].as_array().unwrap_or(&none);
    let mut buttons = Vec::new();
    for row in rows {
        let row = row["components"].as_array().ok_or("a row without buttons")?;
        if !(1..=5).contains(&row.len()) {
            return Err("too many buttons in a row");
        }
        for button in row {
            let of = |name: &str| button[name].as_str().unwrap_or_default().to_owned();
            let (label, id) = (of("label"), of("custom_id"));
            if !(1..=80).contains(&label.chars().count()) || !(1..=100).contains(&id.len()) {
                return Err("a button that Discord does not take");
            }
            buttons.push((label, id));
        }
    }
    if rows.len() > 5 { Err("too many rows") } else { Ok(buttons) }
}
