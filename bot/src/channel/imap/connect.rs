//! From a configuration to a session that is logged in.

use std::future::Future;
use std::path::Path;
use std::time::Duration;

use async_imap::{Authenticator, Client};
use rapport_model::Timestamp;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

use super::error::ImapError;
use super::wire::{Allowance, Wire};
use crate::channel::oauth::{Given, Grants};
use crate::channel::tls::tls;
use crate::config::mail::{Auth, Protocol, ServerConfig, Tls};

/// What a server may send when no mail was asked for.
pub(super) const WORDS_BYTES_MAX: u64 = 1 << 20;

/// A session that is logged in.
pub(super) struct Session {
    pub(super) imap: async_imap::Session<Wire>,
    pub(super) allowance: Allowance,
    pub(super) patience: Duration,
    /// Whether the server calls when something comes.
    pub(super) calls: bool,
}

/// Waits for an answer, no longer than `patience`.
pub(super) async fn within<T>(
    patience: Duration,
    what: &'static str,
    answer: impl Future<Output = Result<T, async_imap::error::Error>>,
) -> Result<T, ImapError> {
    match tokio::time::timeout(patience, answer).await {
        Err(_) => Err(ImapError::Silent(patience)),
        Ok(answer) => answer.map_err(|e| ImapError::of(what, e)),
    }
}

/// Connects and logs in.
pub(super) async fn connect(
    config: &ServerConfig,
    ca_file: Option<&Path>,
    grants: &Grants,
    now: Timestamp,
) -> Result<Session, ImapError> {
    let given = grants.login(config, now, None).await?;
    match log_in(config, ca_file, &given).await {
        // Providers withdraw tokens before their time.
        Err(ImapError::Login(_)) if given.cached => {
            let renewed = grants.login(config, now, Some(&given.secret)).await?;
            log_in(config, ca_file, &renewed).await
        }
        ended => ended,
    }
}

async fn log_in(config: &ServerConfig, ca_file: Option<&Path>, given: &Given) -> Result<Session, ImapError> {
    let secret = &given.secret;
    let patience = Duration::from_secs(config.timeout_seconds.into());
    let client = greeted(config, ca_file, patience).await?;
    let allowance = client.get_ref().allowance.clone();
    allowance.set(WORDS_BYTES_MAX);
    let login = async {
        match given.auth {
            Auth::Login => client.login(&config.user, secret).await,
            Auth::Plain => {
                let words = format!("\0{}\0{secret}", config.user);
                client.authenticate("PLAIN", Words::of(words)).await
            }
            Auth::Xoauth2 => {
                let words = format!("user={}\x01auth=Bearer {secret}\x01\x01", config.user);
                client.authenticate("XOAUTH2", Words::of(words)).await
            }
        }
        .map_err(|(e, _)| e)
    };
    let mut imap = within(patience, "log in", login).await.map_err(|e| match e {
        ImapError::Refused { why, .. } => ImapError::Login(why),
        e => e,
    })?;
    let capabilities = within(patience, "say what it can do", imap.capabilities()).await?;
    let calls = capabilities.has_str("IDLE");
    if capabilities.has_str("ID") {
        // Some providers (NetEase) let nobody read who does not say what they are.
        let about = [("name", Some("Rapport")), ("version", Some(env!("CARGO_PKG_VERSION")))];
        within(patience, "be told who we are", imap.id(about)).await?;
    }
    Ok(Session { imap, allowance, patience, calls })
}

/// Connects, secures the connection, and hears the greeting.
async fn greeted(
    config: &ServerConfig,
    ca_file: Option<&Path>,
    patience: Duration,
) -> Result<Client<Wire>, ImapError> {
    let port = config.port(Protocol::Imap);
    let place = format!("{}:{port}", config.host);
    let unreachable = |why: String| ImapError::Unreachable { place: place.clone(), why };
    let tcp = TcpStream::connect((config.host.as_str(), port));
    let tcp = tokio::time::timeout(patience, tcp).await.map_err(|_| ImapError::Silent(patience))?;
    let tcp = tcp.map_err(|e| unreachable(format!("{e}; is it the right host and port?")))?;
    let allowance = Allowance::of(WORDS_BYTES_MAX);
    let secure = async |wire: Wire| -> Result<Wire, ImapError> {
        let connector = TlsConnector::from(tls(ca_file).map_err(&unreachable)?);
        let name = ServerName::try_from(config.host.clone()).map_err(|e| unreachable(e.to_string()))?;
        let stream = tokio::time::timeout(patience, connector.connect(name, wire)).await;
        let stream = stream.map_err(|_| ImapError::Silent(patience))?.map_err(|e| {
            unreachable(format!("{e}; is it the right port for this sort of TLS, and the certificate valid?"))
        })?;
        Ok(Wire { inner: Box::new(stream), allowance: allowance.clone() })
    };
    let plain = Wire { inner: Box::new(tcp), allowance: allowance.clone() };
    let wire = if config.tls == Tls::Tls { secure(plain).await? } else { plain };
    let mut client = Client::new(wire);
    let greeting = within(patience, "greet", async { Ok(client.read_response().await?) }).await?;
    if greeting.is_none() {
        return Err(ImapError::Broken("the server hung up".into()));
    }
    if config.tls != Tls::Starttls {
        return Ok(client);
    }
    within(patience, "secure the connection", client.run_command_and_check_ok("STARTTLS", None)).await?;
    // What came in plain before must not count as said in private: the new client begins with none
    // of it.
    Ok(Client::new(secure(client.into_inner()).await?))
}

/// Says its words once. A server that asks on has refused and wants an empty answer before it says
/// so.
struct Words(Option<String>);

impl Words {
    fn of(words: String) -> Self {
        Self(Some(words))
    }
}

impl Authenticator for Words {
    type Response = String;

    fn process(&mut self, _: &[u8]) -> String {
        self.0.take().unwrap_or_default()
    }
}
