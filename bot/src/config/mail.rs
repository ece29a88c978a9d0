//! The mailboxes: where mail is read and sent, and how to log in.

use std::path::PathBuf;

use chrono::NaiveDate;
use rapport_model::Address;
use serde::Deserialize;

use super::oauth::OAuthConfig;
use super::secret::{Hidden, Secret};

/// A mailbox of the house.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailConfig {
    /// Its address; what is written from here comes from it.
    pub address: String,
    /// The name beside the address; the house's when empty.
    #[serde(default)]
    pub name: String,
    /// Mails that arrived before are left alone: a date such as `2026-01-31`, or `all`. Without it,
    /// the day on which the mailbox is first read.
    #[serde(default)]
    pub since: Option<String>,
    /// The name under which its server writes Authentication-Results, such as `mx.ours.example`; of
    /// those of others nothing is believed.
    #[serde(default)]
    pub authserv_id: Option<String>,
    /// Certificates in PEM that are trusted beside the public ones.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// How whichever of `imap` and `smtp` has no secret of its own logs in.
    #[serde(default)]
    pub oauth: Option<OAuthConfig>,
    /// Of a larger mail the header and the texts are taken in, and its large files stay in the mailbox; in
    /// bytes.
    #[serde(default = "message_bytes_max")]
    pub message_bytes_max: u32,
    /// Where it is read.
    #[serde(default)]
    pub imap: Option<ServerConfig>,
    /// The folders that are read.
    #[serde(default = "folders")]
    pub folders: Vec<String>,
    /// The folder of what was sent, which is read, too.
    #[serde(default)]
    pub sent: Option<String>,
    /// Whether what leaves by SMTP must be put there by us; most providers do it themselves.
    #[serde(default)]
    pub append_sent: bool,
    /// Seconds between two looks at folders that do not call by themselves.
    #[serde(default = "poll_seconds")]
    pub poll_seconds: u32,
    /// Where mails leave; without it they are left in `outgoing/`.
    #[serde(default)]
    pub smtp: Option<ServerConfig>,
    /// An address whose mail comes here whatever stands behind a plus sign in it, such as
    /// `reply@ours.example`: answers to what leaves come to `reply+…@ours.example`, and find their
    /// conversation whatever the client of who answers forgets. Bounces come there, too.
    #[serde(default)]
    pub reply_address: Option<String>,
    /// Whom what a colleague writes comes from.
    #[serde(default)]
    pub from: From,
    /// The team that looks after it; everybody without one.
    #[serde(default)]
    pub team: Option<String>,
    /// The name of the hours in which it is looked after; without it its team's.
    #[serde(default)]
    pub hours: Option<String>,
    /// How its domain signs what leaves.
    #[serde(default)]
    pub dkim: Option<DkimConfig>,
}

/// Where the house's own mail server hands mails to us, by LMTP or SMTP, in plain and without a
/// login.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LmtpConfig {
    /// Address and port, such as `127.0.0.1:2424`; nowhere without it.
    pub listen: Option<std::net::SocketAddr>,
    /// A larger mail is refused, in bytes.
    pub message_bytes_max: u32,
    /// The name under which the server writes Authentication-Results, as for a mailbox.
    pub authserv_id: Option<String>,
}

impl Default for LmtpConfig {
    fn default() -> Self {
        Self { listen: None, message_bytes_max: message_bytes_max(), authserv_id: None }
    }
}

/// Whom a colleague's mail comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum From {
    /// The mailbox, with the colleague's name.
    #[default]
    Mailbox,
    /// The colleague's own address, where one is known; answers come to the mailbox.
    Colleague,
}

/// How a domain signs (RFC 6376).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DkimConfig {
    /// The selector, under which the domain's DNS has the public key.
    pub selector: String,
    /// The domain; the address's without it.
    #[serde(default)]
    pub domain: Option<String>,
    /// The private key: RSA in PEM (PKCS#1), or the 32 bytes of an Ed25519 key in base64.
    pub key_file: PathBuf,
    /// Which sort of key it is.
    #[serde(default)]
    pub key: DkimKey,
}

/// Sorts of keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DkimKey {
    /// RSA, which everybody can check.
    #[default]
    Rsa,
    /// Ed25519 (RFC 8463).
    Ed25519,
}

/// A server and how to log in there.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerConfig {
    /// The server.
    pub host: String,
    /// Its port; the usual one of what it speaks, and of how that is secured.
    #[serde(default)]
    pub port: Option<u16>,
    /// How the connection is secured.
    #[serde(default)]
    pub tls: Tls,
    /// Who logs in; where mails leave, nobody when empty.
    #[serde(default)]
    pub user: String,
    /// How; `xoauth2` where there is a `token_command` or `oauth`, else `login`.
    #[serde(default)]
    pub auth: Option<Auth>,
    /// A file whose first line is the password.
    #[serde(default)]
    pub password_file: Option<PathBuf>,
    /// A command that prints the password.
    #[serde(default)]
    pub password_command: Option<String>,
    /// A command that prints an OAuth 2 access token.
    #[serde(default)]
    pub token_command: Option<String>,
    /// Where access tokens of OAuth 2 come from.
    #[serde(default)]
    pub oauth: Option<OAuthConfig>,
    /// The password; from the environment alone.
    #[serde(default)]
    pub password: Option<Hidden>,
    /// Seconds after which a server that says nothing counts as gone.
    #[serde(default = "timeout_seconds")]
    pub timeout_seconds: u32,
}

/// How a connection is secured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tls {
    /// From the first byte.
    #[default]
    Tls,
    /// After a word in plain; without it nothing is said.
    Starttls,
    /// Not at all: on this machine only.
    None,
}

/// How to log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Auth {
    /// LOGIN with user and password.
    Login,
    /// SASL PLAIN: passwords beyond ASCII, too.
    Plain,
    /// OAuth 2 with a bearer token.
    Xoauth2,
}

/// How somebody logs in.
#[derive(Clone, Debug)]
pub enum Login {
    /// With a secret.
    Secret(Auth, Secret),
    /// With XOAUTH2 and an access token.
    Grant(OAuthConfig),
}

/// What is left of the 64 bytes before an `@` (RFC 5321, 4.5.3.1.1) beside a plus sign, 19 digits, a
/// dot and a signature of 20.
const REPLY_LOCAL_BYTES_MAX: usize = 64 - 41;

/// What is spoken with a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Where a mailbox is read.
    Imap,
    /// Where mails leave.
    Smtp,
}

impl ServerConfig {
    /// Returns the port.
    pub fn port(&self, protocol: Protocol) -> u16 {
        self.port.unwrap_or(match (protocol, self.tls) {
            (Protocol::Imap, Tls::Tls) => 993,
            (Protocol::Imap, _) => 143,
            (Protocol::Smtp, Tls::Tls) => 465,
            (Protocol::Smtp, Tls::Starttls) => 587,
            (Protocol::Smtp, Tls::None) => 25,
        })
    }

    /// Returns how to log in.
    ///
    /// # Errors
    /// What is missing or too much.
    pub fn login(&self) -> Result<Login, String> {
        let token = self.token_command.is_some() || self.oauth.is_some();
        let auth = self.auth.unwrap_or(if token { Auth::Xoauth2 } else { Auth::Login });
        if (auth == Auth::Xoauth2) != token {
            return Err("auth \"xoauth2\" and token_command or oauth go together".into());
        }
        // A grant is a place of its own, so that the environment's words do not count beside it.
        let given = if self.oauth.is_some() { &None } else { &self.password };
        let commands = [&self.password_command, &self.token_command];
        let secrets = Secret::all(&self.password_file, commands, given).into_iter();
        let grant = self.oauth.iter().cloned().map(Login::Grant);
        let all: Vec<Login> = secrets.map(|secret| Login::Secret(auth, secret)).chain(grant).collect();
        let one = <[Login; 1]>::try_from(all).map(|[login]| login);
        one.map_err(|_| "write one of password_file, password_command, token_command and oauth".into())
    }

    /// Tells whether it logs in and nothing says with what.
    fn lacks_secret(&self) -> bool {
        let commands = self.password_command.is_some() || self.token_command.is_some();
        let has = commands || self.password_file.is_some() || self.password.is_some() || self.oauth.is_some();
        !self.user.is_empty() && !has
    }

    fn check(&self, protocol: Protocol) -> Result<(), String> {
        match (protocol, self.user.as_str()) {
            (Protocol::Imap, "") => return Err("user is missing".into()),
            (Protocol::Smtp, "") => {}
            _ => self.login().map(|_| ())?,
        }
        self.oauth.as_ref().map_or(Ok(()), OAuthConfig::check)?;
        plain_only_here(self.tls, &self.host)
    }
}

impl MailConfig {
    /// Gives its `oauth` to the servers without a secret of their own, and its authority to all `oauth`.
    ///
    /// # Errors
    /// No server logs in with it.
    pub(super) fn share_oauth(&mut self) -> Result<(), String> {
        let mut servers: Vec<&mut ServerConfig> =
            [&mut self.imap, &mut self.smtp].into_iter().flatten().collect();
        if let Some(oauth) = &self.oauth {
            let lacking: Vec<_> = servers.iter_mut().filter(|server| server.lacks_secret()).collect();
            if lacking.is_empty() {
                return Err(
                    "oauth: nobody logs in with it; imap and smtp have a secret of their own, or no user"
                        .into(),
                );
            }
            lacking.into_iter().for_each(|server| server.oauth = Some(oauth.clone()));
        }
        for oauth in servers.into_iter().filter_map(|server| server.oauth.as_mut()) {
            oauth.ca_file.clone_from(&self.ca_file);
        }
        Ok(())
    }

    /// Tells whether the file itself holds a password.
    pub(super) fn has_password(&self) -> bool {
        [&self.imap, &self.smtp].into_iter().flatten().any(|server| server.password.is_some())
    }

    /// Returns all folders that are read, each once.
    pub fn all_folders(&self) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for folder in self.folders.iter().chain(&self.sent) {
            // Only the inbox's name has no case.
            let folder = if folder.eq_ignore_ascii_case("inbox") { "INBOX" } else { folder };
            if !all.iter().any(|known| known == folder) {
                all.push(folder.to_owned());
            }
        }
        all
    }

    /// Returns the day from which mail is taken, where the configuration says it: `None` within is
    /// from the beginning.
    ///
    /// # Errors
    /// It is neither `all` nor a date.
    pub fn since(&self) -> Result<Option<Option<NaiveDate>>, String> {
        match self.since.as_deref() {
            None => Ok(None),
            Some("all") => Ok(Some(None)),
            Some(text) => match text.parse() {
                Ok(date) => Ok(Some(Some(date))),
                Err(_) => Err(format!("since: {text:?} is no date; write 2026-01-31, or all")),
            },
        }
    }

    /// Returns the address for answers that carry a reference.
    ///
    /// # Errors
    /// It is none, or has a detail already.
    pub(crate) fn reply_address(&self) -> Result<Option<Address>, String> {
        let Some(text) = &self.reply_address else { return Ok(None) };
        let address = Address::email(text).map_err(|e| format!("reply_address: {text:?} is {e}"))?;
        if address.without_detail() != address {
            return Err(format!("reply_address: {text:?} must have no plus sign of its own"));
        }
        if address.local().len() > REPLY_LOCAL_BYTES_MAX {
            let most = REPLY_LOCAL_BYTES_MAX;
            return Err(format!("reply_address: {text:?} has more than {most} bytes before its @"));
        }
        Ok(Some(address))
    }

    pub(super) fn check(&self) -> Result<Address, String> {
        let address =
            Address::email(&self.address).map_err(|e| format!("address: {:?} is {e}", self.address))?;
        self.since()?;
        self.reply_address()?;
        for folder in self.all_folders() {
            if folder.is_empty() || folder.contains(char::is_control) {
                return Err("folders: one has no name".into());
            }
        }
        for (name, server, protocol) in
            [("imap", &self.imap, Protocol::Imap), ("smtp", &self.smtp, Protocol::Smtp)]
        {
            server.as_ref().map_or(Ok(()), |s| s.check(protocol)).map_err(|why| format!("{name}: {why}"))?;
        }
        Ok(address)
    }
}

/// A password must not cross a network in plain.
fn plain_only_here(tls: Tls, host: &str) -> Result<(), String> {
    if tls == Tls::None && !super::is_this_machine(host) {
        return Err(format!(
            "tls = \"none\" is for this machine alone, not for {host}; write tls or starttls"
        ));
    }
    Ok(())
}

const fn message_bytes_max() -> u32 {
    32 << 20
}

fn folders() -> Vec<String> {
    vec!["INBOX".into()]
}

const fn poll_seconds() -> u32 {
    60
}

const fn timeout_seconds() -> u32 {
    60
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Address, String> {
        toml::from_str::<MailConfig>(text).map_err(|e| e.to_string())?.check()
    }

    #[test]
    fn what_is_wrong_with_a_mailbox_is_said() {
        let imap = |more: &str| format!("address = 'a@b.example'\n[imap]\nuser = 'a'\n{more}");
        for (text, says) in [
            ("address = 'nobody'".to_owned(), "not an e-mail address"),
            ("address = 'a@b.example'\nsince = 'monday'".to_owned(), "write 2026-01-31, or all"),
            (imap("host = 'mail.example'"), "write one of password_file"),
            (imap("host = 'mail.example'\npassword_file = 'a'\npassword_command = 'b'"), "write one of"),
            (imap("host = 'mail.example'\npassword_file = 'a'\ntls = 'none'"), "this machine alone"),
            (imap("host = 'mail.example'\npassword_file = 'a'\nauth = 'xoauth2'"), "go together"),
            ("address = 'a@b.example'\nfolders = ['']".to_owned(), "has no name"),
            (
                "address = 'a@b.example'\nimap = { host = 'h', password_file = 'a' }".to_owned(),
                "user is missing",
            ),
            (imap("host = 'h'\npasword_file = 'a'"), "unknown field `pasword_file`"),
        ] {
            let error = read(&text).unwrap_err();
            assert!(error.contains(says), "{text}: {error}");
        }
        assert!(read(&imap("host = '127.0.0.1'\npassword_file = 'a'\ntls = 'none'")).is_ok());
        assert!(read(&imap("host = 'mail.example'\ntoken_command = 'a'")).is_ok());
    }

    #[test]
    fn folders_are_read_once() {
        let text = "address = 'a@b.example'\nfolders = ['inbox', 'INBOX', 'Archive']\nsent = 'Archive'";
        let mail: MailConfig = toml::from_str(text).unwrap();
        assert_eq!(mail.all_folders(), ["INBOX", "Archive"]);
    }

    #[test]
    fn a_port_is_the_usual_one_unless_it_is_said() {
        let server = |more: &str| toml::from_str::<ServerConfig>(&format!("host = 'h'\n{more}")).unwrap();
        assert_eq!(server("").port(Protocol::Imap), 993);
        assert_eq!(server("tls = 'starttls'").port(Protocol::Imap), 143);
        assert_eq!(server("").port(Protocol::Smtp), 465);
        assert_eq!(server("tls = 'starttls'").port(Protocol::Smtp), 587);
        assert_eq!(server("tls = 'none'\nport = 2525").port(Protocol::Smtp), 2525);
    }
}
