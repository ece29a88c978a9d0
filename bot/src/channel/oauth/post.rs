//! One request to a provider: its answer is taken as it is, no redirect is followed, and it may have
//! 64 kB.

use std::path::Path;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::header::{ACCEPT, CONNECTION, CONTENT_TYPE, HOST, USER_AGENT};
use axum::http::{Request, Uri};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

use crate::channel::tls::tls;

/// An answer may have so many bytes, and its headers as many.
const ANSWER_BYTES_MAX: usize = 64 << 10;

/// Sends a form to an `http` or `https` address. Returns status and body of the answer. Waits for
/// ever; whoever asks must not.
///
/// # Errors
/// Why there is no answer; nothing of what was sent or came is in it.
pub(super) async fn post(uri: &Uri, ca_file: Option<&Path>, form: String) -> Result<(u16, Bytes), String> {
    let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let secure = uri.scheme_str() == Some("https");
    let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
    let tcp = TcpStream::connect((host, port)).await.map_err(|e| format!("cannot reach it: {e}"))?;
    if !secure {
        return talk(tcp, uri, form).await;
    }
    let name = ServerName::try_from(host.to_owned()).map_err(|e| e.to_string())?;
    let stream = TlsConnector::from(tls(ca_file)?).connect(name, tcp).await;
    talk(
        stream.map_err(|e| format!("cannot secure the connection: {e}; is its certificate valid?"))?,
        uri,
        form,
    )
    .await
}

async fn talk<S>(stream: S, uri: &Uri, form: String) -> Result<(u16, Bytes), String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let broken = |e: hyper::Error| format!("the connection broke: {e}");
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let request = Request::post(path)
        .header(HOST, uri.authority().map_or("", |authority| authority.as_str()))
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(ACCEPT, "application/json")
        .header(USER_AGENT, concat!("Rapport/", env!("CARGO_PKG_VERSION")))
        .header(CONNECTION, "close")
        .body(form)
        .map_err(|e| e.to_string())?;
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(ANSWER_BYTES_MAX)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(broken)?;
    // Ends with whoever asks.
    let mut connections = JoinSet::new();
    connections.spawn(connection);
    let answer = sender.send_request(request).await.map_err(broken)?;
    let status = answer.status().as_u16();
    let body = to_bytes(Body::new(answer.into_body()), ANSWER_BYTES_MAX).await;
    let body = body.map_err(|_| "its answer breaks off or has more than 64 kB; is token_url right?")?;
    Ok((status, body))
}
