//! Somebody else's HTTP server, on this machine: records what it is asked, and answers as it is told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

use super::PATIENCE;

/// What it does with a request.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Answers with a status, further lines of the head, and a body.
    Says(u16, Vec<(&'static str, String)>, String),
    /// Says that there is more than comes.
    BreaksOff,
    /// Sends a body without an end.
    Endless,
    /// Says nothing.
    Silence,
}

/// What it was asked.
#[derive(Clone, Debug)]
pub struct Asked {
    /// `POST /v1/chat/completions`.
    pub line: String,
    head: Vec<(String, String)>,
    pub body: String,
}

impl Asked {
    /// Returns a line of the head; empty if there is none.
    pub fn head(&self, name: &str) -> &str {
        self.head.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

/// The server. What it is not told of it answers as it usually does.
pub struct HttpPeer {
    pub port: u16,
    usual: Answer,
    told: Mutex<VecDeque<Answer>>,
    asked: Mutex<Vec<Asked>>,
    heard: Notify,
}

impl HttpPeer {
    pub async fn start(usual: Answer) -> Arc<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let peer = Arc::new(Self {
            port,
            usual,
            told: Mutex::default(),
            asked: Mutex::default(),
            heard: Notify::new(),
        });
        let serving = peer.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let peer = serving.clone();
                tokio::spawn(async move { peer.answer(stream).await });
            }
        });
        peer
    }

    /// Tells it how to answer the next request that it was not told of yet.
    pub fn next(&self, answer: Answer) {
        self.told.lock().unwrap().push_back(answer);
    }

    /// Returns what it was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// Waits until it was asked so often.
    pub async fn until_asked(&self, n: usize) {
        loop {
            let heard = self.heard.notified();
            if self.asked().len() >= n {
                return;
            }
            tokio::time::timeout(PATIENCE, heard).await.expect("it is asked");
        }
    }

    async fn answer(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let (reading, mut writing) = stream.split();
        let mut reading = BufReader::new(reading);
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            reading.read_line(&mut line).await?;
            match line.trim_end() {
                "" => break,
                line => lines.push(line.to_owned()),
            }
        }
        let head: Vec<(String, String)> = lines
            .iter()
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect();
        let mut asked = Asked { line: lines.first().cloned().unwrap_or_default(), head, body: String::new() };
        asked.line = asked.line.trim_end_matches(" HTTP/1.1").to_owned();
        let mut body = vec![0; asked.head("content-length").parse().unwrap_or(0)];
        reading.read_exact(&mut body).await?;
        asked.body = String::from_utf8(body).unwrap();
        self.asked.lock().unwrap().push(asked);
        self.heard.notify_waiters();
        let told = self.told.lock().unwrap().pop_front();
        match told.unwrap_or_else(|| self.usual.clone()) {
            Answer::Says(status, further, body) => {
                let further: String =
                    further.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
                let head = format!(
                    "HTTP/1.1 {status} x\r\nContent-Length: {}\r\nConnection: close\r\n{further}\r\n",
                    body.len()
                );
                writing.write_all((head + &body).as_bytes()).await
            }
            Answer::BreaksOff => {
                writing.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{\"choices\":").await
            }
            Answer::Endless => {
                writing.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n").await?;
                loop {
                    writing.write_all(&[b' '; 4096]).await?;
                }
            }
            Answer::Silence => reading.read_to_end(&mut Vec::new()).await.map(|_| ()),
        }
    }
}
