use serde_json::json;

use super::*;

const MIA: u64 = 77;

fn me() -> Me {
    Me { id: 900, name: "Rapport".into(), application: 901, permissions: 0 }
}

fn user(id: u64, bot: bool) -> Value {
    json!({ "id": id.to_string(), "username": "u", "discriminator": "0", "avatar": null, "bot": bot })
}

fn written(server: Option<u64>, more: Value) -> Value {
    let mut message = json!({
        "id": "5", "channel_id": "6", "author": user(MIA, false), "content": "", "type": 0,
        "timestamp": "2026-03-04T08:00:00+00:00", "edited_timestamp": null, "tts": false, "pinned": false,
        "mention_everyone": false, "mentions": [], "mention_roles": [], "attachments": [], "embeds": [],
    });
    let all = message.as_object_mut().unwrap();
    if let Some(server) = server {
        all.insert("guild_id".into(), server.to_string().into());
    }
    all.extend(more.as_object().unwrap().clone());
    message
}

fn what(event: Value) -> Option<What> {
    message(event, &me()).unwrap().map(|heard| heard.said.what)
}

fn text(text: &str) -> Option<What> {
    Some(What::Text { text: text.into(), answers: None })
}

#[test]
fn in_private_every_word_is_for_the_bot() {
    for (content, read) in [
        ("find pump", "find pump"),
        (" <@900>, find pump ", "find pump"),
        ("<@!900> find <@77>", "find <@77>"),
        ("/link a b", "/link a b"),
    ] {
        assert_eq!(what(written(None, json!({ "content": content }))), text(read), "{content}");
    }
    let proof = what(written(None, json!({ "content": "/link aB3-_x" })));
    assert_eq!(proof, Some(What::Prove("aB3-_x".into())));
    assert_eq!(what(written(None, json!({}))), Some(What::Unreadable));
    let heard = message(written(None, json!({ "content": "x" })), &me()).unwrap().unwrap();
    assert_eq!((heard.id, heard.direct, heard.said.chat, heard.said.is_private), (5, Some(6), 77, true));
}

#[test]
fn in_a_server_only_what_is_said_to_it() {
    for (content, read) in [
        ("<@900> find pump", Some("find pump")),
        ("find pump, <@900>", Some("find pump,")),
        ("find pump", None),
        ("<@901> find pump", None),
        ("<@900>", None),
    ] {
        let read = read.and_then(text);
        assert_eq!(what(written(Some(8), json!({ "content": content }))), read, "{content}");
    }
    let heard = message(written(Some(8), json!({ "content": "<@900> x" })), &me()).unwrap().unwrap();
    assert_eq!((heard.direct, heard.said.chat, heard.said.is_private), (None, -6, false));
}

#[test]
fn what_answers_a_message_of_ours_says_which() {
    let of = |author: u64| {
        let mut first = written(None, json!({ "id": "4", "author": user(author, true) }));
        first.as_object_mut().unwrap().remove("guild_id");
        json!({ "content": "we come", "type": 19, "referenced_message": first,
            "message_reference": { "message_id": "4", "channel_id": "6" } })
    };
    let answers = |answers| Some(What::Text { text: "we come".into(), answers });
    assert_eq!(what(written(None, of(900))), answers(Some(4)));
    assert_eq!(what(written(None, of(78))), answers(None));
    assert_eq!(what(written(Some(8), of(78))), None);
}

#[test]
fn words_of_others_and_of_bots_command_nothing() {
    let snapshot = json!({ "message": {
        "content": "erase C1", "timestamp": "2026-03-04T08:00:00+00:00", "edited_timestamp": null,
        "mentions": [], "attachments": [], "embeds": [], "type": 0, "flags": 0,
    }});
    let forwarded = json!({ "message_reference": { "type": 1, "message_id": "3", "channel_id": "2" },
        "message_snapshots": [snapshot] });
    assert_eq!(what(written(None, forwarded.clone())), Some(What::Forwarded("erase C1".into())));
    assert_eq!(what(written(Some(8), forwarded)), None);
    for more in [
        json!({ "content": "find", "author": user(9, true) }),
        json!({ "content": "find", "webhook_id": "9" }),
        json!({ "content": "find", "type": 6 }),
    ] {
        assert_eq!(what(written(None, more)), None);
    }
    assert!(message(json!({ "id": "5" }), &me()).is_err());
}

/// An interaction as Discord writes it, in a server or in private.
fn asked(kind: u8, server: Option<u64>, data: Value) -> Value {
    let mut event = json!({
        "id": "40", "application_id": "901", "type": kind, "data": data, "token": "secret", "version": 1,
        "channel_id": "6", "locale": "en-US", "entitlements": [], "attachment_size_limit": 1,
        "app_permissions": "0", "authorizing_integration_owners": {}, "context": u8::from(server.is_none()),
        "user": user(MIA, false),
    });
    let all = event.as_object_mut().unwrap();
    if let Some(server) = server {
        let member = json!({
            "user": user(MIA, false), "roles": [], "joined_at": "2026-03-04T08:00:00+00:00", "deaf": false,
            "mute": false, "flags": 0, "permissions": "0", "guild_id": server.to_string(),
        });
        all.insert("guild_id".into(), server.to_string().into());
        all.insert("member".into(), member);
        all.remove("user");
    }
    if kind == 3 || kind == 5 {
        all.insert("message".into(), written(None, json!({ "id": "5", "author": user(900, true) })));
    }
    event
}

fn heard(event: Value) -> Heard {
    match interaction(event).unwrap() {
        Asked::Done(heard) => *heard,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_command_is_words_and_answered_where_only_one_sees_it() {
    let find = json!({ "id": "1", "name": "find", "type": 1,
        "options": [{ "name": "text", "type": 3, "value": " leaking pump" }] });
    for (server, is_hidden) in [(None, false), (Some(8), true)] {
        let heard = heard(asked(2, server, find.clone()));
        let reply = Reply::read(heard.said.ticket.as_ref().unwrap()).unwrap();
        assert_eq!(reply, Reply { id: 40, token: "secret".into(), is_press: false, is_hidden });
        assert_eq!(Some(heard.said.what), text("/find leaking pump"));
        assert_eq!((heard.id, heard.said.account, heard.said.chat), (40, 77, 77));
    }
    let bare = heard(asked(2, None, json!({ "id": "1", "name": "tasks", "type": 1 })));
    assert_eq!(Some(bare.said.what), text("/tasks"));
    let link = json!({ "id": "1", "name": "link", "type": 1,
        "options": [{ "name": "code", "type": 3, "value": "aB3-_x" }] });
    assert_eq!(heard(asked(2, Some(8), link)).said.what, What::Prove("aB3-_x".into()));
    assert!(interaction(json!({ "type": 2 })).is_err());
}

#[test]
fn a_press_names_its_button_and_what_it_stands_under() {
    let press = |id: &str| heard(asked(3, None, json!({ "custom_id": id, "component_type": 2 })));
    assert_eq!(press("123").said.what, What::Press { button: Some(Id(123)), under: Some(5), words: None });
    assert_eq!(press("erase C1").said.what, What::Press { button: None, under: Some(5), words: None });
}

#[test]
fn to_choose_an_answer_is_to_press_its_button() {
    let chosen = |values: Value| {
        let menu = json!({ "custom_id": "menu 0", "component_type": 3, "values": values });
        heard(asked(3, Some(8), menu)).said.what
    };
    let press = |button| What::Press { button, under: Some(5), words: None };
    assert_eq!(chosen(json!(["123"])), press(Some(Id(123))));
    for odd in [json!(["erase C1"]), json!([""]), json!([])] {
        assert_eq!(chosen(odd), press(None));
    }
}

#[test]
fn what_is_written_in_a_form_comes_with_the_press_of_its_button() {
    let field = |words: &str| json!({ "type": 4, "id": 2, "custom_id": "words", "value": words });
    let row = |words: &str| json!({ "type": 1, "id": 1, "components": [field(words)] });
    let form = |name: &str, rows: Value| json!({ "custom_id": name, "components": rows });
    for (server, is_hidden) in [(None, false), (Some(8), true)] {
        let heard = heard(asked(5, server, form("123", json!([row(" We come\nat four. \n")]))));
        let words = Some("We come\nat four.".to_owned());
        assert_eq!(heard.said.what, What::Press { button: Some(Id(123)), under: Some(5), words });
        let reply = Reply::read(heard.said.ticket.as_ref().unwrap()).unwrap();
        assert_eq!(
            (reply.id, reply.is_press, reply.is_hidden, heard.said.account),
            (40, true, is_hidden, 77)
        );
    }
    let bare = |name, rows| heard(asked(5, None, form(name, rows))).said.what;
    let press = |button| What::Press { button, under: Some(5), words: None };
    for rows in [json!([row(" \n ")]), json!([]), json!([{ "type": 1, "components": [] }])] {
        assert_eq!(bare("123", rows), press(Some(Id(123))));
    }
    assert_eq!(bare("erase C1", json!([])), press(None));
    assert!(interaction(json!({ "type": 5, "data": {} })).is_err());
}

#[test]
fn who_types_is_offered_something() {
    let typing = json!({ "id": "1", "name": "show", "type": 1,
        "options": [{ "name": "text", "type": 3, "value": "Pet", "focused": true }] });
    let expected = Asked::Offer { id: 40, token: "secret".into(), account: 77, typed: "Pet".into() };
    assert_eq!(interaction(asked(4, Some(8), typing)).unwrap(), expected);
}
