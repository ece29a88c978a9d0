//! The gateway: sessions that begin, break and go on.

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use super::{APPLICATION, Api, BOT, TOKEN, shapes};

/// The bot says so often that it is there, in milliseconds.
const BEAT_MILLIS: u64 = 500;
/// What a bot may not read without being allowed to: members, presences, words in servers.
const PRIVILEGED: u64 = 1 << 1 | 1 << 8 | 1 << 15;

pub(super) fn serve(listener: TcpListener, api: Api) -> JoinHandle<()> {
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(talk(stream, api.clone()));
        }
    })
}

async fn talk(stream: TcpStream, api: Api) {
    let Ok(mut socket) = tokio_tungstenite::accept_async(stream).await else { return };
    let text = |value: Value| Message::text(value.to_string());
    let hello = json!({ "op": 10, "d": { "heartbeat_interval": BEAT_MILLIS }, "s": null, "t": null });
    if socket.send(text(hello)).await.is_err() {
        return;
    }
    let generation = api.inner.lock().unwrap().generation;
    // The events that were said on this connection; none before it has a session.
    let mut said: Option<usize> = None;
    loop {
        let changed = api.changed.notified();
        let mut waiting = Vec::new();
        {
            let mut inner = api.inner.lock().unwrap();
            if inner.generation != generation {
                // Without a word, as when a cable is cut.
                return;
            }
            if let Some(said) = &mut said {
                waiting.extend(inner.events.iter().skip(*said).cloned());
                *said = inner.events.len();
                if std::mem::take(&mut inner.asks_again) {
                    waiting.push(json!({ "op": 7, "d": null }));
                }
            }
        }
        for event in waiting {
            if socket.send(text(event)).await.is_err() {
                return;
            }
        }
        let frame = tokio::select! {
            () = changed => continue,
            frame = socket.next() => frame,
        };
        let Some(Ok(Message::Text(frame))) = frame else { return };
        let frame: Value = serde_json::from_str(&frame).unwrap();
        match hear(&api, &frame, &mut said) {
            Heard::Answer(answer) => {
                if socket.send(text(answer)).await.is_err() {
                    return;
                }
            }
            Heard::Nothing => {}
            Heard::Wrong(code) => {
                let frame = CloseFrame { code: code.into(), reason: "".into() };
                let _ = socket.close(Some(frame)).await;
                return;
            }
        }
        api.changed.notify_waiters();
    }
}

enum Heard {
    Answer(Value),
    Nothing,
    Wrong(u16),
}

fn hear(api: &Api, frame: &Value, said: &mut Option<usize>) -> Heard {
    let mut inner = api.inner.lock().unwrap();
    let d = &frame["d"];
    match frame["op"].as_u64() {
        Some(1) => {
            inner.n_beats += 1;
            Heard::Answer(json!({ "op": 11 }))
        }
        Some(2) => {
            if d["token"] != TOKEN {
                return Heard::Wrong(4_004);
            }
            if d["intents"].as_u64().unwrap() & PRIVILEGED != 0 {
                return Heard::Wrong(4_014);
            }
            inner.n_identified += 1;
            let session = format!("session-{}", inner.n_identified);
            inner.session = Some(session.clone());
            // What was said before belongs to nobody.
            inner.events.clear();
            let ready = json!({
                "v": 10, "user": shapes::user(BOT), "guilds": [], "session_id": session,
                "resume_gateway_url": api.gateway, "application": { "id": APPLICATION.to_string(), "flags": 0 },
            });
            inner.events.push(json!({ "op": 0, "t": "READY", "s": 1, "d": ready }));
            *said = Some(0);
            Heard::Nothing
        }
        Some(6) => {
            if d["token"] != TOKEN {
                return Heard::Wrong(4_004);
            }
            if inner.session.as_deref() != d["session_id"].as_str() {
                return Heard::Answer(json!({ "op": 9, "d": false }));
            }
            inner.n_resumed += 1;
            *said = Some(d["seq"].as_u64().unwrap() as usize);
            let seq = inner.events.len() + 1;
            inner.events.push(json!({ "op": 0, "t": "RESUMED", "s": seq, "d": {} }));
            Heard::Nothing
        }
        _ => Heard::Wrong(4_001),
    }
}
