//! From a configuration to a session that is logged in.

use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_imap::{Authenticator, Client};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

use super::error::{ImapError, words};
use super::wire::{Allowance, Wire};
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
pub(super) async fn connect(config: &ServerConfig, ca_file: Option<&Path>) -> Result<Session, ImapError> {
    let (auth, secret) = config.login().map_err(ImapError::Secret)?;
    let secret = secret.read().await.map_err(ImapError::Secret)?;
    let patience = Duration::from_secs(config.timeout_seconds.into());
    let client = greeted(config, ca_file, patience).await?;
    let allowance = client.get_ref().allowance.clone();
    allowance.set(WORDS_BYTES_MAX);
    let login = async {
        match auth {
            Auth::Login => client.login(&config.user, &secret).await,
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

/// Trusts the public authorities, and those of a file.
///
/// # Errors
/// The file cannot be read or holds no certificate.
pub(crate) fn tls(ca_file: Option<&Path>) -> Result<Arc<ClientConfig>, String> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(path) = ca_file {
        let wrong = |why: String| format!("ca_file {}: {why}", path.display());
        let pem = std::fs::read(path).map_err(|e| wrong(e.to_string()))?;
        let mut n = 0;
        for certificate in CertificateDer::pem_slice_iter(&pem) {
            let certificate = certificate.map_err(|e| wrong(e.to_string()))?;
            roots.add(certificate).map_err(|e| wrong(e.to_string()))?;
            n += 1;
        }
        if n == 0 {
            return Err(wrong("holds no certificate".into()));
        }
    }
    let config = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|e| words(&e.to_string()))?;
    Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
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
