//! Mails that a mail server hands to us, by LMTP (RFC 2033) or SMTP: for a house without mailboxes.
//! It listens where only the house's own server can reach it: there is no login and no TLS.
//!
//! What we answer with 250 is on disk. Everything else is the other side's to keep and try again.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rapport_model::Address;
use smtp_proto::request::receiver::{DataReceiver, DummyDataReceiver, RequestReceiver};
use smtp_proto::{Error, Request};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use super::email::{ParseOptions, parse};
use crate::app::App;
use crate::service::{Stop, backoff};

/// How long the other side may say nothing (RFC 5321, 4.5.3.2).
const PATIENCE: Duration = Duration::from_secs(5 * 60);
/// Conversations at once; further ones wait to be greeted.
const CONVERSATIONS_MAX: usize = 64;
/// Recipients of a mail.
const RECIPIENTS_MAX: usize = 1_000;
/// Mistakes in a conversation, after which it is ended.
const MISTAKES_MAX: u32 = 20;
const CHUNK_BYTES: usize = 64 * 1024;

/// Listens until `stop` asks for an end. A port that is taken is tried again.
pub async fn serve(app: &Arc<App>, stop: &Stop) {
    let Some(place) = app.config.lmtp.listen else { return };
    let mut n_failed = 0;
    while !stop.is_stopped() {
        let Err(e) = listen(app, stop, place).await else { return };
        n_failed += 1;
        if n_failed == 1 {
            tracing::error!(channel = "lmtp", %place, error = %e, "cannot listen; trying again");
        }
        tokio::select! { () = tokio::time::sleep(backoff(n_failed, 0)) => {}, () = stop.stopped() => {} }
    }
}

async fn listen(app: &Arc<App>, stop: &Stop, place: SocketAddr) -> std::io::Result<()> {
    let listener = TcpListener::bind(place).await?;
    let free = Arc::new(Semaphore::new(CONVERSATIONS_MAX));
    let mut conversations = tokio::task::JoinSet::new();
    loop {
        while conversations.try_join_next().is_some() {}
        let accepted = async {
            let permit = free.clone().acquire_owned().await;
            (listener.accept().await, permit)
        };
        let (accepted, permit) = tokio::select! {
            accepted = accepted => accepted,
            () = stop.stopped() => break,
        };
        let Ok((stream, _)) = accepted else {
            // Too many files are open, say: others end meanwhile.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let (app, stop) = (app.clone(), stop.clone());
        conversations.spawn(async move {
            let _permit = permit;
            let mut conversation = Conversation::new(&app, stream);
            // Between two mails the other side can be sent away.
            let _ = conversation.hold(&stop).await;
        });
    }
    // What was begun is stored before the store is closed.
    while conversations.join_next().await.is_some() {}
    Ok(())
}

/// One conversation with a mail server.
struct Conversation<'a, S> {
    app: &'a App,
    stream: S,
    /// LMTP answers a mail once for each recipient.
    is_lmtp: bool,
    sender: Option<String>,
    recipients: Vec<Address>,
    n_mistakes: u32,
}

/// Whether a conversation goes on.
#[derive(PartialEq, Eq)]
enum Then {
    GoOn,
    Mail,
    End,
}

impl<'a, S: AsyncRead + AsyncWrite + Unpin> Conversation<'a, S> {
    fn new(app: &'a App, stream: S) -> Self {
        Self { app, stream, is_lmtp: false, sender: None, recipients: Vec::new(), n_mistakes: 0 }
    }

    async fn hold(&mut self, stop: &Stop) -> std::io::Result<()> {
        self.say("220 Rapport").await?;
        let mut chunk = vec![0; CHUNK_BYTES];
        let mut requests = RequestReceiver::default();
        loop {
            let n = tokio::select! {
                n = tokio::time::timeout(PATIENCE, self.stream.read(&mut chunk)) => n,
                () = stop.stopped() => return self.say("421 4.3.2 the service ends, come again").await,
            };
            let Ok(n) = n else { return self.say("421 4.4.2 nothing was said for five minutes").await };
            let n = n?;
            if n == 0 {
                return Ok(());
            }
            let mut rest: Vec<u8> = chunk[..n].to_vec();
            while !rest.is_empty() {
                let mut bytes = rest.iter();
                let then = match requests.ingest(&mut bytes) {
                    Err(Error::NeedsMoreData { .. }) => break,
                    request => self.answer(request).await?,
                };
                rest = bytes.as_slice().to_vec();
                match then {
                    Then::GoOn => {}
                    Then::Mail => rest = self.mail(rest).await?,
                    Then::End => return Ok(()),
                }
            }
        }
    }

    async fn answer(
        &mut self,
        request: Result<Request<std::borrow::Cow<'_, str>>, Error>,
    ) -> std::io::Result<Then> {
        let answer = match request {
            Ok(Request::Lhlo { .. }) => {
                self.is_lmtp = true;
                self.hello()
            }
            Ok(Request::Ehlo { .. }) => self.hello(),
            Ok(Request::Helo { .. } | Request::Noop { .. }) => "250 fine".into(),
            Ok(Request::Mail { from }) if from.size > self.bytes_max() => too_large(),
            Ok(Request::Mail { from }) => {
                self.recipients.clear();
                self.sender = Some(from.address.into_owned());
                "250 2.1.0 fine".into()
            }
            Ok(Request::Rcpt { .. }) if self.sender.is_none() => "503 5.5.1 MAIL comes first".into(),
            Ok(Request::Rcpt { .. }) if self.recipients.len() >= RECIPIENTS_MAX => {
                "452 4.5.3 so many recipients are too many for one mail".into()
            }
            Ok(Request::Rcpt { to }) => self.recipient(&to.address),
            Ok(Request::Data) if self.recipients.is_empty() => "503 5.5.1 RCPT comes first".into(),
            Ok(Request::Data) => {
                self.say("354 go on, and end with a dot").await?;
                return Ok(Then::Mail);
            }
            Ok(Request::Rset) => {
                (self.sender, self.recipients) = (None, Vec::new());
                "250 2.0.0 fine".into()
            }
            Ok(Request::Quit) => {
                self.say("221 2.0.0 goodbye").await?;
                return Ok(Then::End);
            }
            Ok(_) => "502 5.5.1 that is not done here".into(),
            Err(_) => "500 5.5.2 that is no command".to_owned(),
        };
        if answer.starts_with('5') {
            self.n_mistakes += 1;
            if self.n_mistakes > MISTAKES_MAX {
                self.say("421 4.7.0 that were too many mistakes").await?;
                return Ok(Then::End);
            }
        }
        self.say(&answer).await?;
        Ok(Then::GoOn)
    }

    fn hello(&mut self) -> String {
        (self.sender, self.recipients) = (None, Vec::new());
        format!(
            "250-Rapport\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n250 SIZE {}",
            self.bytes_max()
        )
    }

    /// Takes a recipient who is ours, whatever stands behind a plus sign.
    fn recipient(&mut self, address: &str) -> String {
        let Ok(address) = Address::email(address) else { return "553 5.1.3 that is no address".into() };
        if !self.app.workflows.settings().house.owns(&address.without_detail()) {
            return "550 5.1.1 nobody has that address here".into();
        }
        self.recipients.push(address);
        "250 2.1.5 fine".into()
    }

    /// Takes a mail whose first bytes came already. Returns what came behind it.
    async fn mail(&mut self, first: Vec<u8>) -> std::io::Result<Vec<u8>> {
        let mut receiver = DataReceiver::new();
        let mut too_long: Option<DummyDataReceiver> = None;
        let mut mail = Vec::new();
        let mut bytes = first;
        loop {
            let mut iter = bytes.iter();
            let ended = match &mut too_long {
                Some(receiver) => receiver.ingest(&mut iter),
                None => receiver.ingest(&mut iter, &mut mail),
            };
            if ended {
                let rest = iter.as_slice().to_vec();
                let answer = if too_long.is_some() { too_large() } else { self.take_in(mail).await };
                // LMTP: an answer for each recipient.
                for _ in 0..if self.is_lmtp { self.recipients.len() } else { 1 } {
                    self.say(&answer).await?;
                }
                (self.sender, self.recipients) = (None, Vec::new());
                return Ok(rest);
            }
            if too_long.is_none() && mail.len() > self.bytes_max() {
                // The rest is heard and forgotten.
                mail = Vec::new();
                too_long = Some(DummyDataReceiver::new_data(&receiver));
            }
            bytes.resize(CHUNK_BYTES, 0);
            let read = tokio::time::timeout(PATIENCE, self.stream.read(&mut bytes)).await;
            let n = read.map_err(|_| std::io::ErrorKind::TimedOut)??;
            if n == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            bytes.truncate(n);
        }
    }

    /// Stores a mail; what is answered with 250 is on disk.
    async fn take_in(&self, mail: Vec<u8>) -> String {
        let now = self.app.store().clock().now();
        // The last server on the way notes where bounces go (RFC 5321, 4.4).
        let mut raw =
            format!("Return-Path: <{}>\r\n", self.sender.as_deref().unwrap_or_default()).into_bytes();
        raw.extend(mail);
        let authserv_id = self.app.config.lmtp.authserv_id.clone();
        let options = ParseOptions { internal_date: Some(now), authserv_id, ..ParseOptions::at(now) };
        let Ok(mut incoming) = tokio::task::spawn_blocking(move || parse(raw, "lmtp", &options)).await else {
            return "451 4.3.0 the mail cannot be read now".into();
        };
        incoming.account = self.account();
        if let Ok(content) = &incoming.content
            && let Err(e) = self.app.take_note(content).await
        {
            return failed(&e);
        }
        match self.app.workflows.ingest(vec![incoming]).await {
            Ok(_) => "250 2.0.0 it is on disk".into(),
            Err(e) => failed(&e),
        }
    }

    /// Returns the name of the mailbox that the mail is for.
    fn account(&self) -> String {
        let of = |address: &Address| {
            let address = address.without_detail();
            let mut mailboxes = self.app.config.mail.iter();
            mailboxes
                .find(|(_, mail)| mail.address.eq_ignore_ascii_case(address.as_str()))
                .map(|(name, _)| name)
        };
        self.recipients.iter().find_map(of).map_or_else(|| "lmtp".to_owned(), Clone::clone)
    }

    fn bytes_max(&self) -> usize {
        self.app.config.lmtp.message_bytes_max as usize
    }

    async fn say(&mut self, line: &str) -> std::io::Result<()> {
        let written = async {
            self.stream.write_all(format!("{line}\r\n").as_bytes()).await?;
            self.stream.flush().await
        };
        tokio::time::timeout(PATIENCE, written).await.map_err(|_| std::io::ErrorKind::TimedOut)?
    }
}

fn too_large() -> String {
    "552 5.3.4 the mail is too large".into()
}

fn failed(e: &dyn std::fmt::Display) -> String {
    tracing::error!(channel = "lmtp", error = %e, "a mail cannot be stored; the server keeps it and comes again");
    "451 4.3.0 it cannot be stored now".into()
}

#[cfg(test)]
#[path = "lmtp_tests.rs"]
mod tests;
