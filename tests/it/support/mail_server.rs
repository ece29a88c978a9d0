//! A mail server of a test's own: Dovecot and Postfix, on this machine only.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A mail server. Mail to any address finds a mailbox, and everybody's password is `secret`. On
/// drop it is stopped.
pub struct MailServer {
    dir: TempDir,
    pub imap: u16,
    pub imaps: u16,
    pub smtp: u16,
    pub lmtp: u16,
    /// Where we take mails, if they are handed to us.
    pub hands_to: Option<u16>,
}

impl MailServer {
    /// Starts one whose mails are handed to us, at the port `hands_to`.
    pub fn that_hands_over() -> Option<Self> {
        Self::started(true)
    }

    /// Starts one; `None` where Dovecot or Postfix is not installed, or may not be started.
    pub fn start() -> Option<Self> {
        Self::started(false)
    }

    fn started(hands_over: bool) -> Option<Self> {
        let there = |program: &str| Path::new("/usr/sbin").join(program).exists();
        let root = String::from_utf8(Command::new("id").arg("-u").output().unwrap().stdout).unwrap();
        if !there("dovecot") || !there("postfix") || root.trim() != "0" {
            eprintln!("left out: Dovecot and Postfix are not installed, or this is not root");
            return None;
        }
        let mut ports = free_ports();
        let mut port = || ports.next().expect("free ports");
        let server = Self {
            dir: TempDir::with_prefix("rapport-mail.").unwrap(),
            imap: port(),
            imaps: port(),
            smtp: port(),
            lmtp: port(),
            hands_to: hands_over.then(port),
        };
        server.script("");
        Some(server)
    }

    fn script(&self, what: &str) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("mail/up");
        let mut command = Command::new(script);
        let ports = [("IMAP", self.imap), ("IMAPS", self.imaps), ("SMTP", self.smtp), ("LMTP", self.lmtp)];
        command.envs(self.hands_to.map(|port| ("HANDS_TO", port.to_string())));
        command.arg(self.dir.path()).arg(what).envs(ports.map(|(name, port)| (name, port.to_string())));
        // What it starts must not hold on to our pipes.
        let said = std::fs::File::create(self.dir.path().join("said")).unwrap();
        let status = command.stdout(said.try_clone().unwrap()).stderr(said).status().unwrap();
        let said = std::fs::read_to_string(self.dir.path().join("said")).unwrap();
        assert!(status.success(), "{what}: {said}");
    }

    /// Stops Dovecot at once, as a crash would.
    pub fn halt(&self) {
        self.script("halt");
    }

    /// Starts Dovecot again.
    pub fn goes_on(&self) {
        self.script("dovecot");
    }

    /// Returns the configuration of a mailbox that is read here and that mails leave from.
    pub fn mailbox(&self, name: &str, address: &str) -> String {
        let ca = self.dir.path().join("ca.pem");
        let password = self.dir.path().join("password");
        std::fs::write(&password, "secret\n").unwrap();
        format!(
            "[mail.{name}]\naddress = '{address}'\nca_file = '{}'\nsince = 'all'\nsent = 'Sent'\nappend_sent = true\n\
             imap = {{ host = 'localhost', port = {}, user = '{address}', password_file = '{}', timeout_seconds = 20 }}\n\
             smtp = {{ host = 'localhost', port = {}, tls = 'starttls', timeout_seconds = 20 }}\n",
            ca.display(),
            self.imaps,
            password.display(),
            self.smtp,
        )
    }

    /// Somebody sends a mail.
    pub fn sends(&self, from: &str, to: &str, mail: &[u8]) {
        let mut server = TcpStream::connect(("127.0.0.1", self.smtp)).unwrap();
        let mut answers = BufReader::new(server.try_clone().unwrap());
        let mut expect = |code: &str| loop {
            let mut line = String::new();
            answers.read_line(&mut line).unwrap();
            assert!(line.starts_with(code), "{line}");
            if line.as_bytes()[3] != b'-' {
                return;
            }
        };
        expect("220");
        for (line, code) in [
            ("HELO there.example".to_owned(), "250"),
            (format!("MAIL FROM:<{from}>"), "250"),
            (format!("RCPT TO:<{to}>"), "250"),
            ("DATA".to_owned(), "354"),
        ] {
            write!(server, "{line}\r\n").unwrap();
            expect(code);
        }
        let text = String::from_utf8(mail.to_vec()).unwrap().replace("\r\n", "\n").replace('\n', "\r\n");
        write!(server, "{text}\r\n.\r\nQUIT\r\n").unwrap();
        expect("250");
    }

    /// Puts mails into a mailbox, past SMTP.
    pub fn puts(&self, address: &str, mails: &[Vec<u8>]) {
        let maildir = self.maildir(address);
        for part in ["cur", "new", "tmp"] {
            std::fs::create_dir_all(maildir.join(part)).unwrap();
        }
        let n_there = self.mails_of(address).len();
        for (i, mail) in (n_there..).zip(mails) {
            // A mail appears whole.
            let name = format!("{:010}.{i:06}.test", 1_700_000_000 + i);
            std::fs::write(maildir.join("tmp").join(&name), mail).unwrap();
            std::fs::rename(maildir.join("tmp").join(&name), maildir.join("new").join(&name)).unwrap();
        }
        let home = self.dir.path().join("home");
        let status = Command::new("chown").args(["-R", "rapport-test:rapport-test"]).arg(home).status();
        assert!(status.unwrap().success());
    }

    /// Returns the mails that lie in a mailbox, in the order in which they came.
    pub fn mails_of(&self, address: &str) -> Vec<String> {
        let maildir = self.maildir(address);
        let mut files: Vec<PathBuf> = ["new", "cur"]
            .iter()
            .filter_map(|part| std::fs::read_dir(maildir.join(part)).ok())
            .flat_map(|dir| dir.map(|entry| entry.unwrap().path()))
            .collect();
        files.sort_by_key(|path| path.file_name().unwrap().to_owned());
        files.iter().map(|path| String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned()).collect()
    }

    /// Returns what Postfix wrote about mails that it did not hand over at once.
    pub fn log(&self) -> String {
        let log = std::fs::read_to_string(self.dir.path().join("postfix/maillog")).unwrap_or_default();
        let of_note = log.lines().filter(|line| line.contains("status=") && !line.contains("status=sent"));
        of_note.collect::<Vec<_>>().join("\n")
    }

    /// Lets Postfix try all again that it could not hand over.
    pub fn flush(&self) {
        self.script("flush");
    }

    /// Returns how many mails lie in a folder of a mailbox.
    pub fn n_in(&self, address: &str, folder: &str) -> usize {
        let parts = ["new", "cur"].map(|part| self.maildir(address).join(format!(".{folder}")).join(part));
        parts.iter().filter_map(|part| std::fs::read_dir(part).ok()).flatten().count()
    }

    fn maildir(&self, address: &str) -> PathBuf {
        self.dir.path().join("home").join(address).join("Maildir")
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("mail/up");
        let _ = Command::new(script).arg(self.dir.path()).arg("stop").status();
    }
}

/// Returns ports that nobody listens on. They lie below those that the system gives to connections,
/// one of which would otherwise have ours before a server does; and each process begins elsewhere, so
/// that tests beside each other do not find the same ones.
fn free_ports() -> impl Iterator<Item = u16> {
    let first = std::process::id() * 16;
    let of = move |i: u32| 20_000 + u16::try_from(first.wrapping_add(i) % 12_000).expect("below 12,000");
    (0..12_000).map(of).filter(|&port| TcpListener::bind(("127.0.0.1", port)).is_ok())
}
