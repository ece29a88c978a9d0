//! Mails handed to a server, one at a time, so that each refusal is one mail's.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Auth as Authenticate, Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use rapport_model::time::{DAY, HOUR, MINUTE};
use rapport_model::{Id, Timestamp};

use super::compose::Letter;
use crate::channel::ChannelError;
use crate::channel::oauth::{Given, Grants};
use crate::config::mail::{Auth, Protocol, ServerConfig, Tls};

/// A mail that could not be handed over for so long is given up (RFC 5321, 4.5.4.1).
const GIVE_UP_AFTER: i64 = 5 * DAY;
/// Answers that refuse the login, not the mail (RFC 4954).
const LOGIN_REFUSED: [u16; 4] = [530, 534, 535, 538];
/// At most so many characters of a server's own words are repeated.
const WORDS_CHARS_MAX: usize = 200;

/// A server that takes mails.
#[derive(Debug)]
pub(super) struct Smtp {
    config: ServerConfig,
    /// A certificate that is trusted beside the public ones.
    authority: Option<Certificate>,
    grants: Arc<Grants>,
}

/// Why a mail was not taken.
enum Trouble {
    /// The server, the network or the configuration: another time.
    Later(String),
    /// The server does not want this mail.
    Never(String),
    /// All was said, and no answer came.
    Unknown(String),
}

impl Smtp {
    pub(super) fn new(config: &ServerConfig, authority: Option<Certificate>, grants: Arc<Grants>) -> Self {
        Self { config: config.clone(), authority, grants }
    }

    /// Hands a mail over. When this returns `Ok`, the server has said that it has it; with the copies
    /// that it did not want, and its words about each.
    pub(super) async fn send(
        &self,
        message: Id,
        letter: &Letter,
        now: Timestamp,
    ) -> Result<Vec<String>, ChannelError> {
        let trouble = match self.hand_over(letter, now).await {
            Ok(unwanted) => return Ok(unwanted),
            Err(trouble) => trouble,
        };
        Err(match trouble {
            Trouble::Never(reason) => ChannelError::Refused { reason },
            Trouble::Unknown(reason) => ChannelError::Unknown { reason },
            Trouble::Later(reason) => {
                let age = now.since(message.made_at());
                if age >= GIVE_UP_AFTER {
                    return Err(ChannelError::Refused { reason: format!("tried for five days: {reason}") });
                }
                // Ever more slowly: half as long again as it has waited.
                ChannelError::Retry { at: now.plus((age / 2).clamp(MINUTE, HOUR)), reason }
            }
        })
    }

    async fn hand_over(&self, letter: &Letter, now: Timestamp) -> Result<Vec<String>, Trouble> {
        let address = |text: &str| -> Result<Address, Trouble> {
            text.parse().map_err(|_| Trouble::Never("an address that SMTP cannot carry".into()))
        };
        let from = letter.bounces_to.as_deref().map(address).transpose()?;
        let mut server = self.connect(now).await?;
        self.within(server.command(Mail::new(from, vec![]))).await?.map_err(refused)?;
        let mut unwanted = Vec::new();
        for (i, recipient) in letter.recipients.iter().enumerate() {
            let asked = self.within(server.command(Rcpt::new(address(recipient)?, vec![]))).await?;
            match asked.map_err(refused) {
                Ok(_) => {}
                // Whom it is for gets it, whatever becomes of the copies.
                Err(Trouble::Never(words)) if i > 0 => unwanted.push(format!("{recipient}: {words}")),
                Err(trouble) => return Err(trouble),
            }
        }
        self.within(server.command(Data)).await?.map_err(refused)?;
        // From here on the server may have the mail although we do not hear of it.
        let lost = |why: &str| Trouble::Unknown(format!("the mail was sent and no answer came: {why}"));
        let answer = self.within(server.message(&letter.raw)).await;
        answer.map_err(|_| lost("silence"))?.map_err(|e| match e.status() {
            Some(_) => refused(e),
            None => lost(&words(&e)),
        })?;
        let _ = self.within(server.quit()).await;
        Ok(unwanted)
    }

    /// Waits for an answer, no longer than the configuration says: the client itself waits for ever.
    async fn within<T>(&self, answer: impl Future<Output = T>) -> Result<T, Trouble> {
        let seconds = self.config.timeout_seconds;
        let answered = tokio::time::timeout(Duration::from_secs(seconds.into()), answer).await;
        answered.map_err(|_| {
            Trouble::Later(format!(
                "{}:{} says nothing for {seconds} s",
                self.config.host,
                self.config.port(Protocol::Smtp)
            ))
        })
    }

    /// Connects, secures the connection and logs in.
    async fn connect(&self, now: Timestamp) -> Result<AsyncSmtpConnection, Trouble> {
        if self.config.user.is_empty() {
            return self.greeted().await;
        }
        let login = async |refused: Option<&str>| {
            let given = self.grants.login(&self.config, now, refused).await;
            given.map_err(|why| Trouble::Later(why.to_string()))
        };
        let given = login(None).await?;
        let mut server = self.greeted().await?;
        let mut logged_in = self.log_in(&mut server, &given).await?;
        if given.cached && logged_in.as_ref().is_err_and(refuses_login) {
            // Providers withdraw tokens before their time.
            let renewed = login(Some(&given.secret)).await?;
            server = self.greeted().await?;
            logged_in = self.log_in(&mut server, &renewed).await?;
        }
        logged_in.map_err(|e| self.later("cannot log in to", &e))?;
        Ok(server)
    }

    /// Connects, and secures the connection.
    async fn greeted(&self) -> Result<AsyncSmtpConnection, Trouble> {
        let config = &self.config;
        let patience = Some(Duration::from_secs(config.timeout_seconds.into()));
        let hello = ClientId::default();
        let tls = match config.tls {
            Tls::None => None,
            _ => Some(self.tls().map_err(|e| self.later("cannot trust", &e))?),
        };
        let at_once = tls.clone().filter(|_| config.tls == Tls::Tls);
        let place = (config.host.as_str(), config.port(Protocol::Smtp));
        let server = AsyncSmtpConnection::connect_tokio1(place, patience, &hello, at_once, None);
        let mut server = self.within(server).await?.map_err(|e| self.later("cannot reach", &e))?;
        if let (Tls::Starttls, Some(tls)) = (config.tls, tls) {
            if !server.can_starttls() {
                return Err(Trouble::Later(format!(
                    "{} offers no STARTTLS: nothing is said in plain",
                    config.host
                )));
            }
            self.within(server.starttls(tls, &hello))
                .await?
                .map_err(|e| self.later("cannot secure the connection to", &e))?;
        }
        Ok(server)
    }

    async fn log_in(
        &self,
        server: &mut AsyncSmtpConnection,
        given: &Given,
    ) -> Result<Result<(), Error>, Trouble> {
        let credentials = Credentials::new(self.config.user.clone(), given.secret.clone());
        let mechanisms: &[Mechanism] = match given.auth {
            Auth::Plain => &[Mechanism::Plain],
            Auth::Login => DEFAULT_MECHANISMS,
            Auth::Xoauth2 => {
                return self.within(authenticate(server, credentials)).await;
            }
        };
        Ok(self.within(server.auth(mechanisms, &credentials)).await?.map(|_| ()))
    }

    fn later(&self, what: &str, e: &Error) -> Trouble {
        let Self { config, .. } = self;
        Trouble::Later(format!("{what} {}:{}: {}", config.host, config.port(Protocol::Smtp), words(e)))
    }

    fn tls(&self) -> Result<TlsParameters, Error> {
        let mut tls = TlsParameters::builder(self.config.host.clone());
        if let Some(authority) = &self.authority {
            tls = tls.add_root_certificate(authority.clone());
        }
        tls.build_rustls()
    }
}

/// Logs in with XOAUTH2. A server that asks on has refused and wants an empty answer before it says so,
/// which the client does not give.
async fn authenticate(server: &mut AsyncSmtpConnection, credentials: Credentials) -> Result<(), Error> {
    let answer = server.command(Authenticate::new(Mechanism::Xoauth2, credentials, None)?).await?;
    if answer.has_code(334) {
        server.command("\r\n").await?;
    }
    Ok(())
}

fn refuses_login(e: &Error) -> bool {
    e.status().is_some_and(|code| LOGIN_REFUSED.contains(&code.into()))
}

/// Says what a server's refusal of a mail means.
fn refused(e: Error) -> Trouble {
    let says = words(&e);
    match e.status() {
        _ if refuses_login(&e) => Trouble::Later(says),
        Some(_) if e.is_permanent() => Trouble::Never(says),
        _ => Trouble::Later(says),
    }
}

/// Returns the server's words without addresses, which they often repeat, short and on one line.
fn words(e: &Error) -> String {
    let text = match std::error::Error::source(e) {
        Some(source) => format!("{e}: {source}"),
        None => e.to_string(),
    };
    let hidden = text.split_whitespace().map(|word| if word.contains('@') { "…" } else { word });
    hidden.collect::<Vec<_>>().join(" ").chars().take(WORDS_CHARS_MAX).collect()
}

#[cfg(test)]
#[path = "smtp_tests.rs"]
mod tests;
