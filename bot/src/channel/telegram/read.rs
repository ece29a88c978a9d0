//! What an update of Telegram says; pure.

use rapport_model::Id;
use teloxide::types::{FileMeta, Message, MessageKind, Update, UpdateKind};

use super::Me;
use crate::channel::chat::{Said, Sent, What};
use crate::channel::email::safe_name;

/// Reads an update; nothing if it is not for the bot.
pub(super) fn read(payload: &[u8], me: &Me) -> Option<Said> {
    let update: Update = serde_json::from_slice(payload).ok()?;
    match update.kind {
        UpdateKind::Message(message) => written(&message, me),
        UpdateKind::CallbackQuery(query) => {
            let message = query.message.as_ref();
            let chat = message.map_or(query.from.id.0 as i64, |m| m.chat().id.0);
            Some(Said {
                account: query.from.id.0 as i64,
                chat,
                is_private: chat == query.from.id.0 as i64,
                what: What::Press {
                    button: query.data.and_then(|data| Some(Id(data.parse().ok()?))),
                    under: message.map(|m| i64::from(m.id().0)),
                    words: None,
                },
                ticket: None,
                files: Vec::new(),
            })
        }
        _ => None,
    }
}

/// Returns the name of the press, if the update is one.
pub(super) fn pressed(payload: &[u8]) -> Option<String> {
    let update: Update = serde_json::from_slice(payload).ok()?;
    match update.kind {
        UpdateKind::CallbackQuery(query) => Some(query.id.0),
        _ => None,
    }
}

/// Returns the chat in which the order of an update matters: where it was said, or who said it.
pub(super) fn chat_of(update: &Update) -> i64 {
    let chat = update.chat().map(|chat| chat.id.0);
    chat.or_else(|| update.from().map(|user| user.id.0 as i64)).unwrap_or_default()
}

fn written(message: &Message, me: &Me) -> Option<Said> {
    let author = message.from.as_ref().filter(|author| !author.is_bot)?;
    let is_private = message.chat.is_private();
    match message.kind {
        MessageKind::Common(_) => {}
        // Of a sort that came to Telegram after this program.
        MessageKind::Empty {} if is_private => {}
        // That somebody came, left or pinned something is said to nobody.
        _ => return None,
    }
    let to_us = message.reply_to_message().filter(|to| to.from.as_ref().is_some_and(|u| u.id.0 == me.id));
    let (account, chat) = (author.id.0 as i64, message.chat.id.0);
    let files: Vec<Sent> = if is_private { sent(message).into_iter().collect() } else { Vec::new() };
    let has_files = !files.is_empty();
    let said = |what| Some(Said { account, chat, is_private, what, ticket: None, files: files.clone() });
    let Some(text) = message.text().or(message.caption()).or(has_files.then_some("")) else {
        return if is_private { said(What::Unreadable) } else { None };
    };
    let text = text.trim();
    if let Some(code) = start_code(text) {
        return said(What::Prove(code.to_owned()));
    }
    // A file commands nothing, whoever sent it first.
    if message.forward_origin().is_some() && !(has_files && text.is_empty()) {
        // Somebody else's words command nothing.
        return if is_private { said(What::Forwarded(text.to_owned())) } else { None };
    }
    let for_us = match is_private {
        true => Some(without_mention(text, me).unwrap_or(text)),
        false => addressed(text, me).or_else(|| to_us.map(|_| text)),
    };
    let text = for_us?;
    said(What::Text { text: text.to_owned(), answers: to_us.map(|to| i64::from(to.id.0)) })
}

/// Returns the file of a message, if it is one that can go along with a mail.
fn sent(message: &Message) -> Option<Sent> {
    let named = |name: Option<&String>, ending: &str| {
        let name = name.map(|name| safe_name(name)).filter(|name| !name.is_empty());
        name.unwrap_or_else(|| format!("{}.{ending}", message.id.0))
    };
    let of = |meta: &FileMeta, name: String, mime: Option<String>, usual: &str| Sent {
        name,
        mime: mime.unwrap_or_else(|| usual.to_owned()),
        bytes: meta.size.into(),
        from: meta.id.0.clone(),
    };
    if let Some(file) = message.document() {
        let mime = file.mime_type.as_ref().map(ToString::to_string);
        return Some(of(&file.file, named(file.file_name.as_ref(), "bin"), mime, "application/octet-stream"));
    }
    if let Some(photo) = message.photo().and_then(|sizes| sizes.iter().max_by_key(|size| size.width)) {
        return Some(of(&photo.file, format!("photo-{}.jpg", message.id.0), None, "image/jpeg"));
    }
    if let Some(video) = message.video() {
        let mime = video.mime_type.as_ref().map(ToString::to_string);
        return Some(of(&video.file, named(video.file_name.as_ref(), "mp4"), mime, "video/mp4"));
    }
    let audio = message.audio()?;
    let mime = audio.mime_type.as_ref().map(ToString::to_string);
    Some(of(&audio.file, named(audio.file_name.as_ref(), "mp3"), mime, "audio/mpeg"))
}

/// Returns the code of `/start CODE`, as a deep link gives it.
fn start_code(text: &str) -> Option<&str> {
    let (word, code) = text.split_once(char::is_whitespace)?;
    let word = word.split('@').next()?;
    let code = code.trim();
    (word == "/start" && !code.is_empty() && !code.contains(char::is_whitespace)).then_some(code)
}

/// Returns what is said to the bot in a group; nothing if somebody else is meant.
fn addressed<'t>(text: &'t str, me: &Me) -> Option<&'t str> {
    if text.starts_with('/') {
        let word = text.split_whitespace().next().unwrap_or(text);
        let to = word.split_once('@').map(|(_, name)| name);
        return to.is_none_or(|name| name.eq_ignore_ascii_case(&me.username)).then_some(text);
    }
    without_mention(text, me)
}

/// Takes `@rapport_bot` off the beginning.
fn without_mention<'t>(text: &'t str, me: &Me) -> Option<&'t str> {
    let rest = text.strip_prefix('@')?;
    let (name, rest) = (rest.get(..me.username.len())?, rest.get(me.username.len()..)?);
    let ends = rest.starts_with(|c: char| c.is_whitespace() || matches!(c, ',' | '，' | ':' | '：'));
    (name.eq_ignore_ascii_case(&me.username) && ends)
        .then(|| rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ',' | '，' | ':' | '：')))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn me() -> Me {
        Me { id: 900, username: "Rapport_bot".into() }
    }

    fn private() -> Value {
        json!({ "id": 77, "type": "private", "first_name": "Mia" })
    }

    fn group() -> Value {
        json!({ "id": -500, "type": "group", "title": "Sales" })
    }

    fn message(chat: Value, more: Value) -> Value {
        let mut message = json!({
            "message_id": 5, "date": 1_772_000_000, "chat": chat,
            "from": { "id": 77, "is_bot": false, "first_name": "Mia" },
        });
        message.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "update_id": 1, "message": message })
    }

    fn what(update: &Value) -> Option<What> {
        read(update.to_string().as_bytes(), &me()).map(|said| said.what)
    }

    fn text(text: &str) -> Option<What> {
        Some(What::Text { text: text.into(), answers: None })
    }

    #[test]
    fn in_private_every_word_is_for_the_bot() {
        for (written, read) in [
            ("find pump", "find pump"),
            ("  /find@Rapport_bot pump ", "/find@Rapport_bot pump"),
            ("@rapport_bot, find pump", "find pump"),
            ("@rapport_botany is a firm", "@rapport_botany is a firm"),
            ("/start", "/start"),
        ] {
            assert_eq!(what(&message(private(), json!({ "text": written }))), text(read), "{written}");
        }
        assert_eq!(
            what(&message(private(), json!({ "text": "/start aB3-_x" }))),
            Some(What::Prove("aB3-_x".into()))
        );
        let voice =
            json!({ "voice": { "file_id": "f", "file_unique_id": "u", "file_size": 1, "duration": 3 } });
        assert_eq!(what(&message(private(), voice)), Some(What::Unreadable));
        assert_eq!(what(&message(private(), json!({ "hologram": {} }))), Some(What::Unreadable));
    }

    #[test]
    fn in_a_group_only_what_is_said_to_it() {
        for (written, read) in [
            ("/find pump", Some("/find pump")),
            ("/find@rapport_bot pump", Some("/find@rapport_bot pump")),
            ("/find@other_bot pump", None),
            ("@rapport_bot find pump", Some("find pump")),
            ("who has the pump?", None),
            ("@rapport_bot", None),
        ] {
            let said = what(&message(group(), json!({ "text": written })));
            assert_eq!(said, read.and_then(text), "{written}");
        }
        let of_us = json!({
            "message_id": 4, "date": 1_772_000_000, "chat": group(), "text": "card",
            "from": { "id": 900, "is_bot": true, "first_name": "Rapport" },
        });
        let reply = message(group(), json!({ "text": "we come", "reply_to_message": of_us }));
        assert_eq!(what(&reply), Some(What::Text { text: "we come".into(), answers: Some(4) }));
        assert_eq!(what(&message(group(), json!({ "new_chat_title": "x" }))), None);
    }

    #[test]
    fn words_of_others_and_of_bots_command_nothing() {
        let origin = json!({ "type": "hidden_user", "date": 1_772_000_000, "sender_user_name": "Petra" });
        let forwarded = message(private(), json!({ "text": "erase C1", "forward_origin": origin }));
        assert_eq!(what(&forwarded), Some(What::Forwarded("erase C1".into())));
        let bot = json!({ "text": "find", "from": { "id": 9, "is_bot": true, "first_name": "B" } });
        assert_eq!(what(&message(private(), bot)), None);
        assert_eq!(read(b"{", &me()), None);
        assert_eq!(what(&json!({ "update_id": 1, "poll": {} })), None);
    }

    #[test]
    fn a_press_names_its_button_and_what_it_stands_under() {
        let press = |data: &str| {
            json!({ "update_id": 2, "callback_query": {
                "id": "q1", "from": { "id": 77, "is_bot": false, "first_name": "Mia" }, "chat_instance": "c",
                "data": data,
                "message": { "message_id": 6, "date": 1_772_000_000, "chat": private(), "text": "card" },
            }})
        };
        let update = press("123");
        assert_eq!(what(&update), Some(What::Press { button: Some(Id(123)), under: Some(6), words: None }));
        assert_eq!(pressed(update.to_string().as_bytes()).as_deref(), Some("q1"));
        assert_eq!(what(&press("erase C1")), Some(What::Press { button: None, under: Some(6), words: None }));
    }
}
