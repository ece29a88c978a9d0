use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use rapport_model::time::SECOND;
use rapport_model::{Clock as _, ManualClock};
use tempfile::TempDir;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, crypto};

use super::fake::{Provider, Reply};
use super::*;
use crate::Config;

/// A mailbox with a grant of this provider.
struct House {
    provider: Arc<Provider>,
    imap: ServerConfig,
    smtp: ServerConfig,
    grants: Grants,
    clock: ManualClock,
    dir: TempDir,
}

impl House {
    async fn start() -> Self {
        let dir = TempDir::new().unwrap();
        let provider = Provider::start().await;
        let oauth = provider.oauth(dir.path());
        Self::with(provider, &oauth, dir)
    }

    fn with(provider: Arc<Provider>, lines: &str, dir: TempDir) -> Self {
        let text = format!(
            "[mail.sales]\naddress = 'sales@ours.example'\n{lines}\
             imap = {{ host = 'h', user = 'sales', timeout_seconds = 1 }}\n\
             smtp = {{ host = 'h', user = 'sales', timeout_seconds = 1 }}"
        );
        let mut config = Config::read(&text, "rapport.toml", std::iter::empty()).unwrap();
        let mail = config.mail.remove("sales").unwrap();
        let clock = ManualClock::at(Timestamp::parse("2026-03-04T12:00:00Z").unwrap());
        let (imap, smtp) = (mail.imap.unwrap(), mail.smtp.unwrap());
        Self { provider, imap, smtp, grants: Grants::default(), clock, dir }
    }

    /// Logs in to the server where mail is read. Returns the token, and whether it was there.
    async fn logs_in(&self) -> Result<(String, bool), SecretError> {
        self.logs_in_after(None).await
    }

    async fn logs_in_after(&self, refused: Option<&str>) -> Result<(String, bool), SecretError> {
        let given = self.grants.login(&self.imap, self.clock.now(), refused).await?;
        assert_eq!(given.auth, Auth::Xoauth2);
        Ok((given.secret, given.cached))
    }

    fn n_asked(&self) -> usize {
        self.provider.asked().len()
    }

    /// Returns the refresh token with which the provider was last asked.
    fn last_used(&self) -> String {
        let form = self.provider.asked().pop().unwrap();
        let token = form.split('&').find_map(|pair| pair.strip_prefix("refresh_token="));
        token.unwrap().to_owned()
    }

    fn file(&self) -> PathBuf {
        self.dir.path().join("refresh")
    }

    fn in_file(&self) -> String {
        std::fs::read_to_string(self.file()).unwrap()
    }
}

fn token(token: &str, cached: bool) -> Result<(String, bool), SecretError> {
    Ok((token.into(), cached))
}

#[tokio::test]
async fn a_token_is_used_until_a_minute_before_it_ends_for_reading_and_for_sending() {
    let house = House::start().await;
    assert_eq!(house.logs_in().await, token("a1", false));
    house.clock.advance(3_539 * SECOND);
    assert_eq!(house.logs_in().await, token("a1", true));
    let sending = house.grants.login(&house.smtp, house.clock.now(), None).await.unwrap();
    assert_eq!((sending.secret.as_str(), sending.cached), ("a1", true));
    house.clock.advance(SECOND);
    assert_eq!(house.logs_in().await, token("a2", false));
    let form = "grant_type=refresh_token&refresh_token=r1&client_id=house";
    assert_eq!(house.provider.asked(), [form, form]);
    assert_eq!(house.in_file(), "r1\n");
}

#[tokio::test]
async fn a_token_that_a_server_refused_is_renewed_once_for_all_who_had_it() {
    let house = House::start().await;
    house.logs_in().await.unwrap();
    assert_eq!(house.logs_in_after(Some("a1")).await, token("a2", false));
    assert_eq!(house.logs_in_after(Some("a1")).await, token("a2", true), "another had renewed it");
    assert_eq!(house.n_asked(), 2);
}

#[tokio::test]
async fn two_who_ask_at_once_are_one_request() {
    let house = House::start().await;
    let (one, other) = tokio::join!(house.logs_in(), house.logs_in());
    assert_eq!((one, other), (token("a1", false), token("a1", true)));
    assert_eq!(house.n_asked(), 1);

    house.clock.advance(3_600 * SECOND);
    house.provider.next(Reply::Says(500, String::new()));
    let (one, other) = tokio::join!(house.logs_in(), house.logs_in());
    assert!(one.is_err() && one == other, "{one:?} {other:?}");
    assert_eq!(house.n_asked(), 2);
    assert_eq!(house.logs_in().await, token("a3", false), "who comes later asks again");
}

#[tokio::test]
async fn a_new_refresh_token_is_in_the_file_for_its_owner_alone_before_the_access_token_is_used() {
    let house = House::start().await;
    std::fs::set_permissions(house.file(), PermissionsExt::from_mode(0o644)).unwrap();
    house.provider.next(Reply::rotating("a1", "r2"));
    assert_eq!(house.logs_in().await, token("a1", false));
    assert_eq!(house.in_file(), "r2\n");
    assert_eq!(std::fs::metadata(house.file()).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::read_dir(house.dir.path()).unwrap().count(), 1, "nothing is left beside it");
    house.logs_in_after(Some("a1")).await.unwrap();
    assert_eq!(house.last_used(), "r2");
}

#[tokio::test]
async fn behind_a_link_the_file_that_is_meant_is_replaced() {
    let house = House::start().await;
    let elsewhere = TempDir::new().unwrap();
    let meant = elsewhere.path().join("token");
    std::fs::rename(house.file(), &meant).unwrap();
    std::os::unix::fs::symlink(&meant, house.file()).unwrap();
    house.provider.next(Reply::rotating("a1", "r2"));
    house.logs_in().await.unwrap();
    assert!(house.file().is_symlink());
    assert_eq!(std::fs::read_to_string(meant).unwrap(), "r2\n");
}

#[tokio::test]
async fn a_refresh_token_that_cannot_be_written_is_used_until_it_can_or_somebody_signs_in_again() {
    let house = House::start().await;
    // Nothing can be written where a directory with something in it lies.
    let obstacle = house.dir.path().join(format!(".refresh.{}.part", std::process::id()));
    std::fs::create_dir_all(obstacle.join("x")).unwrap();
    house.provider.next(Reply::rotating("a1", "r2"));
    assert_eq!(house.logs_in().await, token("a1", false));
    assert_eq!(house.in_file(), "r1\n", "as it was");
    // A trouble in between does not lose it.
    house.provider.next(Reply::Says(500, String::new()));
    house.logs_in_after(Some("a1")).await.unwrap_err();
    assert_eq!(house.last_used(), "r2");
    assert_eq!(house.logs_in().await, token("a3", false));
    assert_eq!((house.last_used().as_str(), house.in_file().as_str()), ("r2", "r1\n"));

    std::fs::remove_dir_all(&obstacle).unwrap();
    house.logs_in_after(Some("a3")).await.unwrap();
    assert_eq!((house.last_used().as_str(), house.in_file().as_str()), ("r2", "r2\n"));

    std::fs::create_dir_all(obstacle.join("x")).unwrap();
    house.provider.next(Reply::rotating("a5", "r3"));
    house.logs_in_after(Some("a4")).await.unwrap();
    std::fs::write(house.file(), "r9").unwrap();
    house.logs_in_after(Some("a5")).await.unwrap();
    assert_eq!((house.last_used().as_str(), house.in_file().as_str()), ("r9", "r9"));
}

#[tokio::test]
async fn what_a_provider_does_wrong_is_said_without_secrets_and_passes() {
    for (reply, says) in [
        (Reply::Says(500, "r1".into()), "status 500"),
        (Reply::Says(200, "<html>r1".into()), "no JSON"),
        (Reply::Says(302, String::new()), "to go elsewhere"),
        (Reply::error("temporarily_unavailable"), "temporarily_unavailable: … is no good"),
        (Reply::Endless, "more than 64 kB"),
        (Reply::Silence, "says nothing for 1 s"),
    ] {
        let house = House::start().await;
        house.provider.next(reply);
        let error = house.logs_in().await.unwrap_err();
        let SecretError::Missing(why) = &error else { panic!("{says}: {error}") };
        assert!(why.contains(says) && why.contains("from 127.0.0.1"), "{says}: {why}");
        assert!(!why.contains("r1"), "{why}");
        assert_eq!(house.n_asked(), 1, "{says}");
        assert_eq!(house.logs_in().await, token("a2", false), "{says}");
        assert_eq!(house.in_file(), "r1\n");
    }
}

#[tokio::test]
async fn a_consent_that_was_withdrawn_asks_to_sign_in_again_and_that_is_enough() {
    let house = House::start().await;
    house.provider.next(Reply::error("invalid_grant"));
    let error = house.logs_in().await.unwrap_err();
    let SecretError::Refused(why) = &error else { panic!("{error}") };
    let file = house.file().display().to_string();
    assert!(why.contains("sign in again") && why.contains(&file) && !why.contains("r1"), "{why}");
    std::fs::write(house.file(), "r2").unwrap();
    assert_eq!(house.logs_in().await, token("a2", false));
    assert_eq!(house.last_used(), "r2");

    house.provider.next(Reply::error("invalid_client"));
    let error = house.logs_in_after(Some("a2")).await.unwrap_err();
    assert!(matches!(&error, SecretError::Refused(why) if why.contains("client_secret_file")), "{error}");
}

#[tokio::test]
async fn a_file_that_is_missing_is_named_and_a_provider_that_is_gone() {
    let house = House::start().await;
    std::fs::remove_file(house.file()).unwrap();
    let why = house.logs_in().await.unwrap_err().to_string();
    assert!(why.contains("refresh_token_file: cannot read") && why.contains("/refresh"), "{why}");

    let dir = TempDir::new().unwrap();
    let provider = Provider::start().await;
    let lines = provider.oauth(dir.path()).replace(" }", ", client_secret_file = 'nowhere' }");
    let house = House::with(provider, &lines, dir);
    let why = house.logs_in().await.unwrap_err().to_string();
    assert!(why.contains("client_secret_file: cannot read nowhere"), "{why}");

    let dir = TempDir::new().unwrap();
    let provider = Provider::start().await;
    let lines = provider.oauth(dir.path()).replace(&format!(":{}/", provider.port), ":1/");
    let house = House::with(provider, &lines, dir);
    let error = house.logs_in().await.unwrap_err();
    assert!(matches!(&error, SecretError::Missing(why) if why.contains("cannot reach it")), "{error}");
}

/// Makes a certificate for `localhost` in this directory; `None` where there is no OpenSSL.
fn certified(dir: &std::path::Path) -> Option<TlsAcceptor> {
    let mut openssl = Command::new("openssl");
    openssl.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]);
    openssl.args(["-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]);
    openssl.args(["-addext", "basicConstraints=critical,CA:FALSE", "-keyout", "key.pem", "-out", "ca.pem"]);
    let Ok(made) = openssl.current_dir(dir).output() else {
        eprintln!("left out: openssl is not installed");
        return None;
    };
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let certificate = CertificateDer::from_pem_file(dir.join("ca.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(dir.join("key.pem")).unwrap();
    let tls = rustls::ServerConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key);
    Some(TlsAcceptor::from(Arc::new(tls.unwrap())))
}

#[tokio::test]
async fn a_provider_is_believed_by_its_certificate_and_the_authority_of_the_mailbox() {
    let dir = TempDir::new().unwrap();
    let Some(tls) = certified(dir.path()) else { return };
    let provider = Provider::secured(Some(tls)).await;
    let oauth = provider.oauth(dir.path()).replace("http://127.0.0.1", "https://localhost");
    let ca_file = format!("ca_file = '{}'\n", dir.path().join("ca.pem").display());
    let house = House::with(provider.clone(), &(ca_file + &oauth), dir);
    assert_eq!(house.logs_in().await, token("a1", false));

    let house = House::with(provider, &oauth, house.dir);
    let error = house.logs_in().await.unwrap_err();
    assert!(matches!(&error, SecretError::Missing(why) if why.contains("certificate")), "{error}");
    assert_eq!(house.n_asked(), 1, "nothing was said to it");
}
