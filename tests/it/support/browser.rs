//! A browser as far as pages without scripts need one, over a plain socket.

use std::net::SocketAddr;

use rapport::http::{Limits, Server};
use rapport::service::Stop;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use super::TestApp;

/// The variables with which pages are served, on a free port.
pub const SERVED: [(&str, &str); 2] = [
    ("RAPPORT__HTTP__LISTEN", "127.0.0.1:0"),
    ("RAPPORT__HTTP__PUBLIC_URL", "https://crm.brightwater.example"),
];

/// The pages of a service, and whoever looks at them.
pub struct Browser {
    pub place: SocketAddr,
    stop: Stop,
    served: JoinHandle<()>,
}

/// What was answered.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    /// The headers as they came, each line with its end.
    pub head: String,
    pub body: String,
}

impl Browser {
    pub async fn of(app: &TestApp) -> Self {
        Self::limited(app, Limits::default()).await
    }

    pub async fn limited(app: &TestApp, limits: Limits) -> Self {
        let server = Server::bind(&app.app.config.http, limits).await.unwrap().unwrap();
        let (place, stop) = (server.place(), Stop::default());
        let (app, told) = (app.app.clone(), stop.clone());
        let served = tokio::spawn(async move { server.serve(&app, &told).await });
        Self { place, stop, served }
    }

    pub async fn gets(&self, path: &str) -> Reply {
        self.asks("GET", path, "", "").await
    }

    pub async fn posts(&self, path: &str, form: &str) -> Reply {
        self.asks("POST", path, "Content-Type: application/x-www-form-urlencoded\r\n", form).await
    }

    /// Makes one request; `headers` are lines.
    pub async fn asks(&self, method: &str, path: &str, headers: &str, body: &str) -> Reply {
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: crm.brightwater.example\r\nConnection: close\r\n\
             Content-Length: {length}\r\n{headers}\r\n{body}"
        );
        self.says(request.as_bytes()).await.unwrap()
    }

    /// Says just these bytes, and hears what is answered until the connection ends; nothing if
    /// nothing is.
    pub async fn says(&self, bytes: &[u8]) -> Option<Reply> {
        let mut stream = TcpStream::connect(self.place).await.unwrap();
        // The other end may have heard enough before all was said.
        let _ = stream.write_all(bytes).await;
        let mut heard = Vec::new();
        let _ = stream.read_to_end(&mut heard).await;
        Reply::of(&heard)
    }

    /// Asks for an end; returns once all that was asked is answered.
    pub async fn ends(self) {
        self.stop.stop();
        self.served.await.unwrap();
    }
}

impl Reply {
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let (head, body) = text.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        Some(Self { status, head: format!("{head}\r\n"), body: body.to_owned() })
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (known, value) = line.split_once(": ")?;
            known.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    /// What the page is called.
    pub fn title(&self) -> &str {
        self.body
            .split_once("<h1>")
            .and_then(|(_, rest)| rest.split_once("</h1>"))
            .map_or("", |(title, _)| title)
    }

    /// Where its first form goes.
    pub fn action(&self) -> String {
        self.between("action=\"")
    }

    /// Where its link leads.
    pub fn link(&self) -> String {
        self.between("<a href=\"")
    }

    /// What stands in an attribute, as a browser reads it.
    fn between(&self, start: &str) -> String {
        let (_, rest) = self.body.split_once(start).unwrap();
        rest.split_once('"').unwrap().0.replace("&#x2f;", "/")
    }

    /// The status and the title.
    pub fn in_short(&self) -> (u16, &str) {
        (self.status, self.title())
    }
}
