//! S3, and what speaks like it.

use std::time::Duration;

use futures_util::TryStreamExt as _;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::{BackoffConfig, Certificate, ClientOptions, Error, ObjectStore as _, RetryConfig};

use super::place::{Object, PlaceError};
use crate::config::backup::{S3 as SCHEME, S3Config};

/// How often a request is tried again that a server may answer later.
const TRIES_MAX: usize = 4;

/// A prefix in a bucket.
pub(crate) struct S3 {
    store: AmazonS3,
    prefix: String,
    name: String,
}

impl S3 {
    /// Takes `s3://BUCKET/PREFIX`. Asks nobody.
    ///
    /// # Errors
    /// What is missing.
    pub(super) async fn new(to: &str, config: &S3Config) -> Result<Self, String> {
        let rest = to.strip_prefix(SCHEME).unwrap_or_default();
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() {
            return Err(format!("{to}: names no bucket; write s3://BUCKET/PREFIX"));
        }
        if config.access_key.is_empty() {
            return Err(
                "backup.s3.access_key is missing: the name of the key that requests are signed with".into()
            );
        }
        let secret = config.secret()?.read().await.map_err(|why| format!("backup.s3: {why}"))?;
        let patience = config.patience()?;
        let mut client = ClientOptions::new()
            .with_timeout(patience)
            .with_connect_timeout(patience.min(Duration::from_secs(10)));
        if let Some(file) = &config.ca_file {
            let unread = |e: &dyn std::fmt::Display| format!("backup.s3.ca_file: {}: {e}", file.display());
            let pem = std::fs::read(file).map_err(|e| unread(&e))?;
            for certificate in Certificate::from_pem_bundle(&pem).map_err(|e| unread(&e))? {
                client = client.with_root_certificate(certificate);
            }
        }
        let retry = RetryConfig {
            backoff: BackoffConfig {
                init_backoff: Duration::from_millis(100),
                max_backoff: Duration::from_secs(5),
                base: 2.0,
            },
            max_retries: TRIES_MAX,
            retry_timeout: patience * 2,
        };
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(bucket)
            .with_region(&config.region)
            .with_access_key_id(&config.access_key)
            .with_secret_access_key(secret)
            .with_retry(retry);
        if let Some(endpoint) = config.endpoint()? {
            client = client.with_allow_http(endpoint.scheme() == "http");
            builder = builder.with_endpoint(endpoint.as_str().trim_end_matches('/'));
        }
        let store = builder.with_client_options(client).build().map_err(|e| format!("backup.s3: {e}"))?;
        Ok(Self {
            store,
            prefix: prefix.trim_matches('/').to_owned(),
            name: to.trim_end_matches('/').to_owned(),
        })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) async fn get(&self, name: &str) -> Result<Vec<u8>, PlaceError> {
        let failed = |e| self.failed(format!("read {name}"), name, e);
        let found = self.store.get(&self.path(name)).await.map_err(failed)?;
        let bytes = found.bytes().await.map_err(failed)?;
        Ok(bytes.into())
    }

    pub(super) async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<(), PlaceError> {
        let put = self.store.put(&self.path(name), bytes.into()).await;
        put.map(|_| ()).map_err(|e| self.failed(format!("write {name}"), name, e))
    }

    pub(super) async fn list(&self, under: &str) -> Result<Vec<Object>, PlaceError> {
        let under = self.path(under);
        let listed: Vec<_> = self
            .store
            .list(Some(&under))
            .try_collect()
            .await
            .map_err(|e| self.failed("list it".to_owned(), "", e))?;
        let start = if self.prefix.is_empty() { 0 } else { self.prefix.len() + 1 };
        let objects = listed.into_iter().filter_map(|about| {
            let name = about.location.as_ref().get(start..)?.to_owned();
            Some(Object { name, bytes: about.size, changed: about.last_modified.timestamp_micros() })
        });
        Ok(objects.collect())
    }

    pub(super) async fn folders(&self) -> Result<Vec<String>, PlaceError> {
        let listed = self.store.list_with_delimiter(Some(&self.path(""))).await;
        let listed = listed.map_err(|e| self.failed("list it".to_owned(), "", e))?;
        Ok(listed.common_prefixes.iter().filter_map(|path| path.filename().map(str::to_owned)).collect())
    }

    pub(super) async fn remove(&self, name: &str) -> Result<(), PlaceError> {
        match self.store.delete(&self.path(name)).await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(e) => Err(self.failed(format!("remove {name}"), name, e)),
        }
    }

    fn path(&self, name: &str) -> Path {
        Path::from(format!("{}/{name}", self.prefix))
    }

    fn failed(&self, what: String, name: &str, e: Error) -> PlaceError {
        let place = self.name.clone();
        match e {
            Error::NotFound { .. } => PlaceError::Missing { place, name: name.to_owned() },
            Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => PlaceError::Failed {
                place,
                what,
                why: "the server refuses: check access_key, its secret key, and what they may do there"
                    .into(),
            },
            e => PlaceError::Failed { place, what, why: words(&e) },
        }
    }
}

/// Says an error with its causes, each once.
fn words(e: &dyn std::error::Error) -> String {
    let mut said = e.to_string();
    let mut cause = e.source();
    while let Some(e) = cause {
        let text = e.to_string();
        if !said.contains(&text) {
            said = format!("{said}: {text}");
        }
        cause = e.source();
    }
    said
}
