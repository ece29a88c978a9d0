//! The interface for other programs, over a real socket, by its own client.

mod asking;
mod mail;
mod once;
mod reads;
mod records;
mod scopes;
mod seen;
mod tokens;

use rapport::api::client::Client;
use rapport::http::Limits;
use rapport_model::Clock as _;
use rapport_model::people::{Role, Scope};
use rapport_model::time::DAY;
use rapport_storage::tokens::NewToken;
use serde_json::Value;

use crate::support::{Browser, Mail, Reply, TestApp, rules_without_schedules};

/// A house that serves programs, at any pace.
const SERVED: [(&str, &str); 2] =
    [("RAPPORT__HTTP__LISTEN", "127.0.0.1:0"), ("RAPPORT__HTTP__API_BURST", "100000")];

struct House {
    app: TestApp,
    browser: Browser,
}

impl House {
    async fn start() -> Self {
        Self::start_set(&SERVED).await
    }

    async fn start_set(environment: &[(&str, &str)]) -> Self {
        Self::of(TestApp::start_set(Some(rules_without_schedules()), environment).await).await
    }

    async fn of(app: TestApp) -> Self {
        let limits = Limits { programs_burst: 1_000_000, ..Limits::default() };
        let browser = Browser::limited(&app, limits).await;
        Self { app, browser }
    }

    /// Makes a token that may and sees what its colleague does; returns its secret.
    async fn secret(&self, handle: &str) -> String {
        let user = self.app.user(handle);
        self.secret_of(handle, user.role, user.scope).await
    }

    async fn secret_of(&self, handle: &str, role: Role, scope: Scope) -> String {
        let expires_at = self.app.clock.now().plus(30 * DAY);
        let user = self.app.user(handle).id;
        let new = NewToken { name: format!("{handle}'s"), user, role, scope, expires_at };
        self.app.app.store().make_token(new).await.unwrap().1
    }

    fn client(&self, secret: &str) -> Client {
        Client::new(&format!("http://{}", self.browser.place), secret).unwrap()
    }

    /// A client of a colleague's.
    async fn is(&self, handle: &str) -> Client {
        self.client(&self.secret(handle).await)
    }

    /// Asks without the client; `headers` are lines.
    async fn asks(&self, secret: &str, method: &str, path: &str, headers: &str, body: &str) -> Reply {
        let headers = format!("Authorization: Bearer {secret}\r\n{headers}");
        self.browser.asks(method, &format!("/api/v1{path}"), &headers, body).await
    }

    /// Sends JSON.
    async fn sends(&self, secret: &str, method: &str, path: &str, body: &Value) -> Reply {
        self.asks(secret, method, path, "Content-Type: application/json\r\n", &body.to_string()).await
    }

    /// Anna writes, and becomes a customer of mia's.
    async fn anna_writes(&self) {
        let ask = "What would 20 filters cost us? Please send a quote.";
        self.app
            .receives(Mail::from("Anna Berg <anna@berg.example>").id("q").says("Price for 20 filters", ask))
            .await;
    }
}

fn json(reply: &Reply) -> Value {
    serde_json::from_str(&reply.body).unwrap_or_else(|e| panic!("{e}: {} {}", reply.head, reply.body))
}

/// The problem that was told: status, name, and the fields that it names.
fn problem(reply: &Reply) -> (u16, String, Vec<String>) {
    assert_eq!(
        reply.header("content-type"),
        Some("application/problem+json"),
        "{} {}",
        reply.head,
        reply.body
    );
    let said = json(reply);
    assert_eq!(said["status"], reply.status);
    let name = said["type"].as_str().unwrap().strip_prefix("/api#").unwrap().to_owned();
    let errors = said["errors"].as_array().into_iter().flatten();
    (reply.status, name, errors.map(|error| error["field"].as_str().unwrap().to_owned()).collect())
}
