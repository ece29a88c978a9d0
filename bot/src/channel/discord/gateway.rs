//! Discord's gateway: a socket by which it says what happens, over one connection after the other.
//!
//! serenity's shard tells nobody what it read before it has passed it on, and passes several events on in
//! any order. Here each event is taken in before the next, so that a connection resumes after the last one
//! that the store has.

use std::path::Path;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use rapport_storage::StorageError;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, timeout};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::rest::Failure;
use crate::channel::tls::tls;
use crate::config::is_this_machine;

/// Connecting and greeting may take so long.
const PATIENCE: Duration = Duration::from_secs(20);
/// Messages in servers, and messages in private. What is pressed and commanded comes without asking.
const INTENTS: u32 = 1 << 9 | 1 << 12;
/// A connection that is closed with this number can be resumed.
const BACK_SOON: u16 = 4_000;

/// Where a connection goes on after an earlier one.
#[derive(Clone, Debug)]
pub(super) struct Session {
    pub(super) id: String,
    /// Where it is resumed.
    pub(super) url: String,
    /// The last event that was taken in.
    pub(super) seq: u64,
}

/// What Discord says.
#[derive(Debug)]
pub(super) enum Event {
    /// A session began: what was said before is not repeated.
    Began(Session),
    /// An earlier one goes on, and all that was missed has come.
    Resumed,
    /// A message was written.
    Message(Value),
    /// A command was given, or a button pressed.
    Interaction(Value),
    /// Something that is nothing to us.
    Other,
}

/// Why a connection is over.
#[derive(Debug, thiserror::Error)]
pub(super) enum Ended {
    /// It can be resumed.
    #[error("the connection broke: {0}")]
    Broken(String),
    /// Another session must begin.
    #[error("the session is over: {0}")]
    Over(String),
    /// Somebody has to do something.
    #[error("{0}")]
    Wrong(&'static str),
    /// A call failed.
    #[error(transparent)]
    Call(#[from] Failure),
    /// What came could not be kept.
    #[error("cannot take in what came: {0}")]
    Store(#[from] StorageError),
}

/// A connection.
pub(super) struct Gateway {
    socket: WebSocketStream<Box<dyn Wire>>,
    beat: Interval,
    is_heard: bool,
    seq: Option<u64>,
}

trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

#[derive(Deserialize)]
struct Frame {
    op: u8,
    #[serde(default)]
    d: Value,
    #[serde(default)]
    s: Option<u64>,
    #[serde(default)]
    t: Option<String>,
}

impl Gateway {
    /// Connects to `url`, and goes on with a session or begins one.
    pub(super) async fn open(
        url: &str,
        ca_file: Option<&Path>,
        token: &str,
        session: Option<&Session>,
    ) -> Result<Self, Ended> {
        let late = |_| Ended::Broken("the gateway does not answer".into());
        let mut socket = timeout(PATIENCE, connect(url, ca_file)).await.map_err(late)??;
        let hello = async {
            loop {
                let frame = read(socket.next().await)?;
                if let Some(Frame { op: 10, d, .. }) = frame {
                    return Ok::<_, Ended>(d["heartbeat_interval"].as_u64().unwrap_or(41_250));
                }
            }
        };
        let every = Duration::from_millis(timeout(PATIENCE, hello).await.map_err(late)??.max(50));
        let mut beat = interval_at(Instant::now() + every / 2, every);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let seq = session.map(|session| session.seq);
        let mut gateway = Self { socket, beat, is_heard: true, seq };
        let first = match session {
            Some(Session { id, seq, .. }) => {
                json!({ "op": 6, "d": { "token": token, "session_id": id, "seq": seq } })
            }
            None => json!({ "op": 2, "d": {
                "token": token, "intents": INTENTS,
                "properties": { "os": std::env::consts::OS, "browser": "rapport", "device": "rapport" },
            }}),
        };
        gateway.say(&first).await?;
        Ok(gateway)
    }

    /// Waits for what Discord says next; returns its number and what it is. Nothing is lost if the waiting
    /// is given up.
    pub(super) async fn next(&mut self) -> Result<(u64, Event), Ended> {
        loop {
            let frame = tokio::select! {
                _ = self.beat.tick() => {
                    self.beat().await?;
                    continue;
                }
                frame = self.socket.next() => read(frame)?,
            };
            let Some(Frame { op, d, s, t }) = frame else { continue };
            match op {
                0 => {
                    self.seq = s.or(self.seq);
                    let seq = self.seq.unwrap_or(0);
                    return Ok((seq, event(t.as_deref().unwrap_or_default(), d, seq)));
                }
                1 => self.say(&json!({ "op": 1, "d": self.seq })).await?,
                7 => return Err(Ended::Broken("Discord asks to connect again".into())),
                9 if d.as_bool() == Some(true) => return Err(Ended::Broken("not resumed yet".into())),
                9 => return Err(Ended::Over("Discord does not know it any more".into())),
                11 => self.is_heard = true,
                _ => {}
            }
        }
    }

    /// Does something that takes a while, and goes on telling Discord that we are there.
    pub(super) async fn beating<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Ended> {
        tokio::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return Ok(done),
                // Whether Discord hears it is seen when it is read again.
                _ = self.beat.tick() => self.say(&json!({ "op": 1, "d": self.seq })).await?,
            }
        }
    }

    /// Ends the connection so that the session can go on later.
    pub(super) async fn close(mut self) {
        let frame = CloseFrame { code: CloseCode::from(BACK_SOON), reason: "".into() };
        let _ = timeout(Duration::from_secs(2), self.socket.close(Some(frame))).await;
    }

    async fn beat(&mut self) -> Result<(), Ended> {
        if !self.is_heard {
            return Err(Ended::Broken("Discord does not answer any more".into()));
        }
        self.is_heard = false;
        self.say(&json!({ "op": 1, "d": self.seq })).await
    }

    async fn say(&mut self, words: &Value) -> Result<(), Ended> {
        let said = timeout(PATIENCE, self.socket.send(Message::text(words.to_string()))).await;
        let said = said.map_err(|_| Ended::Broken("it is stuck".into()))?;
        said.map_err(|e| Ended::Broken(e.to_string()))
    }
}

async fn connect(url: &str, ca_file: Option<&Path>) -> Result<WebSocketStream<Box<dyn Wire>>, Ended> {
    let broken = |what: String| Ended::Broken(what);
    let url = reqwest::Url::parse(url).map_err(|e| broken(format!("the gateway's address is none: {e}")))?;
    let is_secure = match url.scheme() {
        "wss" => true,
        "ws" if url.host_str().is_some_and(is_this_machine) => false,
        _ => return Err(Ended::Wrong("the gateway's address must begin with wss://: the token goes there")),
    };
    let host = url.host_str().unwrap_or_default().to_owned();
    let port = url.port_or_known_default().unwrap_or(443);
    let tcp = TcpStream::connect((host.trim_matches(['[', ']']), port)).await;
    let tcp = tcp.map_err(|e| broken(format!("{host}: {e}")))?;
    let _ = tcp.set_nodelay(true);
    let wire: Box<dyn Wire> = if is_secure {
        let connector = TlsConnector::from(tls(ca_file).map_err(broken)?);
        let name = ServerName::try_from(host.clone()).map_err(|e| broken(e.to_string()))?;
        Box::new(connector.connect(name, tcp).await.map_err(|e| broken(format!("{host}: {e}")))?)
    } else {
        Box::new(tcp)
    };
    let asked = format!("{}://{host}:{port}/?v=10&encoding=json", url.scheme());
    let opened = tokio_tungstenite::client_async(asked, wire).await;
    opened.map(|(socket, _)| socket).map_err(|e| broken(e.to_string()))
}

fn read(
    frame: Option<Result<Message, tokio_tungstenite::tungstenite::Error>>,
) -> Result<Option<Frame>, Ended> {
    match frame {
        None => Err(Ended::Broken("Discord hung up".into())),
        Some(Err(e)) => Err(Ended::Broken(e.to_string())),
        Some(Ok(Message::Close(frame))) => Err(closed(frame.map(|frame| u16::from(frame.code)))),
        Some(Ok(Message::Text(text))) => match serde_json::from_str(&text) {
            Ok(frame) => Ok(Some(frame)),
            Err(e) => Err(Ended::Over(format!("Discord says what is no JSON: {e}"))),
        },
        Some(Ok(_)) => Ok(None),
    }
}

/// Says what follows from the number with which Discord closes a connection.
fn closed(code: Option<u16>) -> Ended {
    match code {
        Some(4004) => Ended::Call(Failure::Unknown),
        Some(4010 | 4011) => {
            Ended::Wrong("Discord wants this bot to be served in shards: it is in too many servers")
        }
        Some(4012) => Ended::Wrong("Discord has a newer gateway, which this program does not know"),
        Some(4013 | 4014) => {
            Ended::Wrong("Discord does not let this bot read messages; see Bot in the developer portal")
        }
        Some(code @ (4003 | 4007 | 4009)) => Ended::Over(format!("closed with {code}")),
        Some(code) => Ended::Broken(format!("closed with {code}")),
        None => Ended::Broken("closed".into()),
    }
}

fn event(name: &str, d: Value, seq: u64) -> Event {
    match name {
        "READY" => {
            let of = |name: &str| d[name].as_str().unwrap_or_default().to_owned();
            Event::Began(Session { id: of("session_id"), url: of("resume_gateway_url"), seq })
        }
        "RESUMED" => Event::Resumed,
        "MESSAGE_CREATE" => Event::Message(d),
        "INTERACTION_CREATE" => Event::Interaction(d),
        _ => Event::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_from_the_end_of_a_connection() {
        assert!(matches!(closed(Some(4000)), Ended::Broken(_)));
        assert!(matches!(closed(Some(1001)), Ended::Broken(_)));
        assert!(matches!(closed(None), Ended::Broken(_)));
        assert!(matches!(closed(Some(4009)), Ended::Over(_)));
        assert!(matches!(closed(Some(4004)), Ended::Call(Failure::Unknown)));
        assert!(matches!(closed(Some(4014)), Ended::Wrong(_)));
    }

    #[tokio::test]
    async fn the_token_goes_to_no_other_machine_in_plain() {
        for url in ["ws://192.0.2.1:80", "http://127.0.0.1:9"] {
            assert!(matches!(connect(url, None).await, Err(Ended::Wrong(_))), "{url}");
        }
    }
}
