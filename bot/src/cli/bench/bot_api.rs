//! A Bot API that brings what is given to it, and tells of everything that is written.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use axum::routing::post;
use serde_json::{Value, json};
use tokio::sync::{Notify, mpsc};

/// The token of the bench's bot.
pub(super) const TOKEN: &str = "1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
/// A question waits so long for news, whatever it asks for.
const WAIT_MAX: Duration = Duration::from_secs(25);

/// The way to a Bot API.
#[derive(Clone)]
pub(super) struct BotApi {
    pub(super) place: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    coming: Mutex<VecDeque<Value>>,
    news: Notify,
    tell: mpsc::UnboundedSender<i64>,
}

impl BotApi {
    /// Listens on a free port of this machine; tells of each message in which chat it was written.
    pub(super) async fn listen() -> std::io::Result<(Self, mpsc::UnboundedReceiver<i64>)> {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
        let place = listener.local_addr()?;
        let (tell, told) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared { coming: Mutex::default(), news: Notify::new(), tell });
        let router = Router::new().route("/{bot}/{method}", post(call)).with_state(shared.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok((Self { place, shared }, told))
    }

    /// Somebody writes; `number` is that of the update.
    pub(super) fn says(&self, number: i64, user: i64, text: &str) {
        let update = json!({ "update_id": number, "message": {
            "message_id": number, "date": 0, "text": text,
            "chat": { "id": user, "type": "private", "first_name": "U" },
            "from": { "id": user, "is_bot": false, "first_name": "U" },
        }});
        self.shared.coming.lock().unwrap_or_else(PoisonError::into_inner).push_back(update);
        self.shared.news.notify_one();
    }
}

async fn call(
    State(shared): State<Arc<Shared>>,
    Path((_, method)): Path<(String, String)>,
    body: Bytes,
) -> impl IntoResponse {
    let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
    let result = match method.to_ascii_lowercase().as_str() {
        "getme" => json!({
            "id": 1, "is_bot": true, "first_name": "Bench", "username": "bench_bot", "can_join_groups": false,
            "can_read_all_group_messages": false, "supports_inline_queries": false,
            "can_connect_to_business": false, "has_main_web_app": false,
        }),
        "getupdates" => {
            let offset = asked["offset"].as_i64().unwrap_or(0);
            let _ = tokio::time::timeout(WAIT_MAX, news(&shared, offset)).await;
            let coming = shared.coming.lock().unwrap_or_else(PoisonError::into_inner);
            coming.iter().take(100).cloned().collect()
        }
        "sendmessage" => {
            let chat = asked["chat_id"].as_i64().unwrap_or_default();
            // The bench may have heard enough.
            let _ = shared.tell.send(chat);
            json!({
                "message_id": 1, "date": 0, "text": "x",
                "chat": { "id": chat, "type": "private", "first_name": "U" },
            })
        }
        _ => json!(true),
    };
    ([("Content-Type", "application/json")], json!({ "ok": true, "result": result }).to_string())
}

/// Forgets what was taken in, and returns once there is more.
async fn news(shared: &Shared, offset: i64) {
    loop {
        let heard = shared.news.notified();
        {
            let mut coming = shared.coming.lock().unwrap_or_else(PoisonError::into_inner);
            while coming.front().is_some_and(|update| update["update_id"].as_i64() < Some(offset)) {
                coming.pop_front();
            }
            if !coming.is_empty() {
                return;
            }
        }
        heard.await;
    }
}
