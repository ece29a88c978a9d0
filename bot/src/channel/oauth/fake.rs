//! A provider on this machine, for tests: records what it is asked, and answers as it is told.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex};

use tokio::io::{
    AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader,
};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// What a provider does with a request.
pub(crate) enum Reply {
    /// Answers with a status and a body.
    Says(u16, String),
    /// Sends a body without an end.
    Endless,
    /// Says nothing.
    Silence,
}

impl Reply {
    /// Gives a token for an hour, and a new refresh token.
    pub(crate) fn rotating(access: &str, refresh: &str) -> Self {
        let expires = "\"token_type\":\"Bearer\",\"expires_in\":3600";
        Self::Says(
            200,
            format!("{{\"access_token\":\"{access}\",{expires},\"refresh_token\":\"{refresh}\"}}"),
        )
    }

    pub(crate) fn error(error: &str) -> Self {
        Self::Says(400, format!("{{\"error\":\"{error}\",\"error_description\":\"r1 is no good\"}}"))
    }
}

/// A provider. What it is not told it answers with tokens for an hour: `a1`, `a2`, …, by the number of
/// the request.
#[derive(Default)]
pub(crate) struct Provider {
    pub(crate) port: u16,
    told: Mutex<VecDeque<Reply>>,
    asked: Mutex<Vec<String>>,
}

impl Provider {
    pub(crate) async fn start() -> Arc<Self> {
        Self::secured(None).await
    }

    pub(crate) async fn secured(tls: Option<TlsAcceptor>) -> Arc<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let provider = Arc::new(Self { port, ..Self::default() });
        let serving = provider.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (provider, tls) = (serving.clone(), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => provider.answer(stream).await,
                        Some(tls) => match tls.accept(stream).await {
                            Ok(stream) => provider.answer(stream).await,
                            Err(_) => None,
                        },
                    }
                });
            }
        });
        provider
    }

    /// Tells it how to answer the next request that it was not told of yet.
    pub(crate) fn next(&self, reply: Reply) {
        self.told.lock().unwrap().push_back(reply);
    }

    /// Returns the forms that it got.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// Returns the section of a configuration; the refresh token `r1` lies in `refresh` in this directory.
    pub(crate) fn oauth(&self, dir: &Path) -> String {
        let file = dir.join("refresh");
        std::fs::write(&file, "r1\n").unwrap();
        format!(
            "oauth = {{ token_url = 'http://127.0.0.1:{}/token', client_id = 'house', refresh_token_file = '{}' }}\n",
            self.port,
            file.display()
        )
    }

    async fn answer(&self, stream: impl AsyncRead + AsyncWrite + Unpin) -> Option<()> {
        let (reading, mut writing) = tokio::io::split(stream);
        let mut reading = BufReader::new(reading);
        let mut n_bytes = 0;
        loop {
            let mut line = String::new();
            reading.read_line(&mut line).await.ok()?;
            let line = line.trim_end().to_lowercase();
            if line.is_empty() {
                break;
            }
            n_bytes = line.strip_prefix("content-length: ").map_or(n_bytes, |n| n.parse().unwrap());
        }
        let mut form = vec![0; n_bytes];
        reading.read_exact(&mut form).await.ok()?;
        let n = {
            let mut asked = self.asked.lock().unwrap();
            asked.push(String::from_utf8(form).unwrap());
            asked.len()
        };
        let told = self.told.lock().unwrap().pop_front();
        let usual = || Reply::Says(200, format!("{{\"access_token\":\"a{n}\",\"expires_in\":3600}}"));
        match told.unwrap_or_else(usual) {
            Reply::Says(status, body) => {
                let head = format!(
                    "HTTP/1.1 {status} x\r\nContent-Length: {}\r\nLocation: http://127.0.0.1:{}/elsewhere\r\n\r\n",
                    body.len(),
                    self.port
                );
                writing.write_all((head + &body).as_bytes()).await.ok()
            }
            Reply::Endless => {
                writing.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.ok()?;
                loop {
                    writing.write_all(&[b' '; 4096]).await.ok()?;
                }
            }
            Reply::Silence => reading.read_to_end(&mut Vec::new()).await.map(|_| ()).ok(),
        }
    }
}
