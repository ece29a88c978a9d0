//! What a login is done with. Secrets are read anew each time; an access token of OAuth 2 is asked for
//! when there is none that is still good, by one asker at a time, and all others use it, too.
//!
//! The refresh token is read from its file each time: somebody may have signed in again, or another
//! process have got a new one.

mod answer;
mod keep;
mod post;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rapport_model::Timestamp;

use crate::config::mail::{Auth, Login, ServerConfig};
use crate::config::oauth::OAuthConfig;
use crate::config::secret::Secret;
use answer::Denied;

/// Why there is nothing to log in with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SecretError {
    /// It is not to be had now, or the configuration is wrong.
    #[error("{0}")]
    Missing(String),
    /// The provider gives no access, as if the login were refused; with what to do.
    #[error("{0}")]
    Refused(String),
}

/// What a login is done with.
pub(crate) struct Given {
    /// How.
    pub(crate) auth: Auth,
    /// The password or token.
    pub(crate) secret: String,
    /// Whether it was got earlier, and may have been withdrawn since.
    pub(crate) cached: bool,
}

/// The access tokens that this process has. A grant that several servers log in with is one.
#[derive(Default)]
pub(crate) struct Grants(Mutex<Vec<Arc<Grant>>>);

impl fmt::Debug for Grants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Grants(…)")
    }
}

impl Grants {
    /// Returns what to log in to a server with; not `refused`, a token that it did not take.
    ///
    /// # Errors
    /// There is none.
    pub(crate) async fn login(
        &self,
        server: &ServerConfig,
        now: Timestamp,
        refused: Option<&str>,
    ) -> Result<Given, SecretError> {
        match server.login().map_err(SecretError::Missing)? {
            Login::Secret(auth, secret) => {
                let secret = secret.read().await.map_err(SecretError::Missing)?;
                Ok(Given { auth, secret, cached: false })
            }
            Login::Grant(config) => {
                let patience = Duration::from_secs(server.timeout_seconds.into());
                let (secret, cached) = self.grant(config).token(now, refused, patience).await?;
                Ok(Given { auth: Auth::Xoauth2, secret, cached })
            }
        }
    }

    fn grant(&self, config: OAuthConfig) -> Arc<Grant> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = all.iter().find(|grant| grant.config == config) {
            return known.clone();
        }
        let grant =
            Arc::new(Grant { config, n_asked: AtomicU64::new(0), kept: tokio::sync::Mutex::default() });
        all.push(grant.clone());
        grant
    }
}

struct Grant {
    config: OAuthConfig,
    /// How often the provider was asked, and has answered or not.
    n_asked: AtomicU64,
    /// Held while the provider is asked.
    kept: tokio::sync::Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    access: Option<Access>,
    unsaved: Option<Unsaved>,
    /// Why the provider gave nothing when it was last asked.
    failed: Option<SecretError>,
}

struct Access {
    token: String,
    /// From here on it is not used.
    until: Timestamp,
}

/// A refresh token that could not be written.
struct Unsaved {
    token: String,
    /// What stands in the file. Once that is another, somebody has signed in again.
    in_file: String,
}

impl Grant {
    /// Returns an access token other than `refused`, and whether it was there already.
    async fn token(
        &self,
        now: Timestamp,
        refused: Option<&str>,
        patience: Duration,
    ) -> Result<(String, bool), SecretError> {
        let n_before = self.n_asked.load(Ordering::Acquire);
        let mut kept = self.kept.lock().await;
        if let Some(access) = kept.access.as_ref().filter(|a| now < a.until && refused != Some(&a.token)) {
            return Ok((access.token.clone(), true));
        }
        // Somebody asked while this one waited: the answer would be the same.
        if let (Some(failed), true) = (&kept.failed, self.n_asked.load(Ordering::Acquire) != n_before) {
            return Err(failed.clone());
        }
        kept.access = None;
        let asked = self.ask(&mut kept, now, patience).await;
        self.n_asked.fetch_add(1, Ordering::Release);
        kept.failed = asked.as_ref().err().cloned();
        let access = asked?;
        let token = access.token.clone();
        kept.access = Some(access);
        Ok((token, false))
    }

    /// Asks the provider. A new refresh token is written before anything else is done: the old one may
    /// be good for nothing from now on.
    async fn ask(&self, kept: &mut Kept, now: Timestamp, patience: Duration) -> Result<Access, SecretError> {
        let config = &self.config;
        let uri = config.token_url().map_err(SecretError::Missing)?;
        let file = &config.refresh_token_file;
        let in_file = first_line("refresh_token_file", Secret::File(file.clone())).await?;
        let unsaved = kept.unsaved.as_ref().filter(|unsaved| unsaved.in_file == in_file);
        let used = unsaved.map_or(&in_file, |unsaved| &unsaved.token).clone();
        let client_secret = match &config.client_secret_file {
            Some(path) => Some(first_line("client_secret_file", Secret::File(path.clone())).await?),
            None => None,
        };
        let form = answer::form(config, client_secret.as_deref(), &used);
        let host = uri.host().unwrap_or_default();
        let missing = |why: String| SecretError::Missing(format!("no access token from {host}: {why}"));
        let answered = post::post(&uri, config.ca_file.as_deref(), form, patience).await;
        let granted = answered.map_err(Denied::Later).and_then(|(status, body)| {
            answer::read(status, &body, &[&used, client_secret.as_deref().unwrap_or_default()])
        });
        let granted = granted.map_err(|denied| match denied {
            Denied::Later(why) => missing(why),
            Denied::Withdrawn(says) => SecretError::Refused(format!(
                "{host} gives no access any more ({says}): the consent was withdrawn or has expired; sign in \
                 again and write the new refresh token into {}",
                file.display()
            )),
            Denied::Refused(says) => SecretError::Refused(format!(
                "{host} refuses to give access ({says}): check client_id, client_secret_file and scope of oauth"
            )),
        })?;
        let newest = granted.refresh_token.clone().unwrap_or(used);
        kept.unsaved = if newest == in_file { None } else { self.save(newest, in_file).await };
        Ok(Access { until: granted.until(now), token: granted.access_token })
    }

    /// Writes a refresh token into its file; returns it if that fails.
    async fn save(&self, token: String, in_file: String) -> Option<Unsaved> {
        let file = self.config.refresh_token_file.clone();
        let writing = {
            let (file, token) = (file.clone(), token.clone());
            tokio::task::spawn_blocking(move || keep::keep(&file, &token))
        };
        let why = writing.await.map_err(std::io::Error::other).flatten().err()?;
        tracing::error!(
            channel = "email", file = %file.display(), error = %why,
            "the provider's new refresh token cannot be written: it is lost when the service ends, and somebody \
             must then sign in again; let the service write into the directory of the file"
        );
        Some(Unsaved { token, in_file })
    }
}

async fn first_line(key: &str, file: Secret) -> Result<String, SecretError> {
    file.read().await.map_err(|why| SecretError::Missing(format!("{key}: {why}")))
}

#[cfg(test)]
pub(crate) mod fake;
#[cfg(test)]
mod tests;
