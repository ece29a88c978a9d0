//! Other programs are told of what happens, as Standard Webhooks has it.
//!
//! ```text
//! change ─► its commit ─► outbox (channel `webhook`) ─► body from the records ─► signed ─► posted
//! rule `{ webhook = "NAME" }` ──┘                                └─ again, ever later; in the end given up
//! ```
//! What is sent twice has the same id. Each webhook has its own turn, so that one that hangs delays no
//! other. An address that is not of the open net is not written to, unless the configuration says so.

mod deliver;
pub(crate) mod guard;
mod payload;
pub(crate) mod sign;

use std::path::PathBuf;
use std::time::Duration;

use reqwest::Url;

use crate::config::secret::Secret;
use crate::config::webhook::WebhookConfig;

/// Another program that is told.
#[derive(Debug)]
pub struct Webhook {
    /// Its name in the configuration.
    pub name: String,
    url: Url,
    secret: Secret,
    patience: Duration,
    allow_private: bool,
    ca_file: Option<PathBuf>,
}

impl Webhook {
    /// Takes what the configuration says.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn new(name: &str, config: &WebhookConfig) -> Result<Self, String> {
        Ok(Self {
            name: name.to_owned(),
            url: config.url()?,
            secret: config.secret()?,
            patience: config.patience()?,
            allow_private: config.allow_private,
            ca_file: config.ca_file.clone(),
        })
    }

    /// Looks whether the secret is one, and whether the address may be written to.
    ///
    /// # Errors
    /// What is missing, for whoever runs the service.
    pub async fn try_out(&self) -> Result<(), String> {
        let place = |why: String| format!("webhook.{}: {why}", self.name);
        let secret = self.secret.read().await.map_err(place)?;
        sign::key(&secret).map_err(place)?;
        deliver::look_up(self).await.map(|_| ()).map_err(|missed| place(missed.reason()))
    }
}
