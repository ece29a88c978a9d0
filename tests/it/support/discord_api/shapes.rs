//! What Discord says, in its own shapes.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::{APPLICATION, BOT, Form, SERVER};

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

type Buttons = Vec<(String, String)>;
type Choices = Vec<(String, String, String)>;

/// Reads what can be pressed in a message, labels and names, and what can be chosen: the menu's name, label
/// and value.
pub(super) fn components(message: &Value) -> Result<(Buttons, Choices), &'static str> {
    let none = Vec::new();
    let rows = message["components"].as_array().unwrap_or(&none);
    let (mut buttons, mut choices, mut names) = (Vec::new(), Vec::new(), HashSet::new());
    for row in rows {
        let parts = row["components"].as_array().ok_or("a row without components")?;
        let has_menu = parts.iter().any(|part| part["type"] == 3);
        if row["type"] != 1 || !(1..=5).contains(&parts.len()) || has_menu && parts.len() > 1 {
            return Err("a row that Discord does not take");
        }
        for part in parts {
            let (label, name) = (of(part, "label"), of(part, "custom_id"));
            if !is_within(&name, 1..=100) || !names.insert(name.clone()) {
                return Err("a component without a name of its own");
            }
            match part["type"].as_u64() {
                Some(2) if is_within(&label, 1..=80) => buttons.push((label, name)),
                Some(3) => choices.extend(options(part)?.into_iter().map(|(l, v)| (name.clone(), l, v))),
                _ => return Err("a component that Discord does not take"),
            }
        }
    }
    if rows.len() > 5 { Err("too many rows") } else { Ok((buttons, choices)) }
}

/// Reads the options of a menu: labels and values.
fn options(menu: &Value) -> Result<Vec<(String, String)>, &'static str> {
    let options = menu["options"].as_array().ok_or("a menu without options")?;
    let read: Vec<_> = options.iter().map(|option| (of(option, "label"), of(option, "value"))).collect();
    let values: HashSet<&String> = read.iter().map(|(_, value)| value).collect();
    let fits = |(label, value): &(String, String)| is_within(label, 1..=100) && is_within(value, 1..=100);
    let is_right = (1..=25).contains(&read.len()) && values.len() == read.len() && read.iter().all(fits);
    if is_right { Ok(read) } else { Err("a menu that Discord does not take") }
}

/// Reads a form, without who sees it.
pub(super) fn form(data: &Value) -> Result<Form, &'static str> {
    let rows = data["components"].as_array().ok_or("a form without fields")?;
    let field = &rows[0]["components"][0];
    let (title, label, words) = (of(data, "title"), of(field, "label"), of(field, "value"));
    let name = (of(data, "custom_id"), of(field, "custom_id"));
    let is_paragraph = rows.len() == 1 && rows[0]["type"] == 1 && field["type"] == 4 && field["style"] == 2;
    let most = field["max_length"].as_u64().unwrap_or(4_000);
    if !is_paragraph || !(1..=4_000).contains(&most) || !is_within(&words, 0..=most as usize) {
        return Err("a field that Discord does not take");
    }
    if !is_within(&title, 1..=45) || !is_within(&label, 1..=45) {
        return Err("a form whose title or label is too long or empty");
    }
    // What is left out is fine, what is empty is not.
    let is_empty = field.get("value").is_some_and(|value| value == "");
    if is_empty || ![&name.0, &name.1].iter().all(|name| is_within(name, 1..=100)) {
        return Err("a form without a name");
    }
    Ok(Form { title, label, words, name, account: 0, in_server: false, under: None })
}

fn of(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}

fn is_within(text: &str, lengths: std::ops::RangeInclusive<usize>) -> bool {
    lengths.contains(&text.encode_utf16().count()) && (*lengths.start() == 0 || !text.trim().is_empty())
}
