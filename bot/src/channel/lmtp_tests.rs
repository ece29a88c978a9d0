use rapport_model::{Kind, ManualClock, Timestamp};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader, DuplexStream, ReadHalf, WriteHalf, split};

use super::*;
use crate::Config;

const CONFIG: &str = "[house]\ndomains = ['ours.example']\n[mail.support]\naddress = 'support@ours.example'\n\
                      [lmtp]\nmessage_bytes_max = 10000\n[nlp]\nengine = 'linear'";
const MAIL: &str = "From: Ann <ann@novak.example>\r\nTo: support@ours.example\r\nSubject: Pump\r\n\
                    Message-ID: <m1@novak.example>\r\n\r\nThe pump leaks.\r\n..\r\n.. leading dot\r\n";

/// A mail server that talks to us.
struct Server {
    app: Arc<App>,
    answers: BufReader<ReadHalf<DuplexStream>>,
    says: WriteHalf<DuplexStream>,
    _dir: TempDir,
}

impl Server {
    async fn greeted() -> Self {
        let dir = TempDir::new().unwrap();
        let clock = Arc::new(ManualClock::at(Timestamp::parse("2026-03-04T12:00:00Z").unwrap()));
        let config = Config::read(CONFIG, "rapport.toml", std::iter::empty()).unwrap();
        let app = Arc::new(App::build(dir.path(), config, clock).await.unwrap());
        let (here, there) = tokio::io::duplex(4096);
        let (held, stop) = (app.clone(), Stop::default());
        tokio::spawn(async move { Conversation::new(&held, there).hold(&stop).await });
        let (answers, says) = split(here);
        let mut server = Self { app, answers: BufReader::new(answers), says, _dir: dir };
        assert_eq!(server.hears().await, "220");
        server
    }

    /// Hears an answer to its end; returns its code.
    async fn hears(&mut self) -> String {
        loop {
            let mut line = String::new();
            self.answers.read_line(&mut line).await.unwrap();
            if line.as_bytes().get(3) != Some(&b'-') {
                return line.chars().take(3).collect();
            }
        }
    }

    async fn says(&mut self, line: &str) -> String {
        self.writes(&format!("{line}\r\n")).await;
        self.hears().await
    }

    async fn writes(&mut self, text: &str) {
        self.says.write_all(text.as_bytes()).await.unwrap();
    }

    async fn n_messages(&self) -> i64 {
        self.app.store().count(Kind::Message).await.unwrap()
    }
}

#[tokio::test]
async fn a_mail_is_on_disk_before_it_is_acknowledged_once_for_each_recipient() {
    let mut server = Server::greeted().await;
    for (line, code) in [
        ("LHLO mx.ours.example", "250"),
        ("MAIL FROM:<ann@novak.example> SIZE=200", "250"),
        ("RCPT TO:<support+t.1@ours.example>", "250"),
        ("RCPT TO:<mia@ours.example>", "250"),
        ("RCPT TO:<ann@novak.example>", "550"),
        ("DATA", "354"),
    ] {
        assert_eq!(server.says(line).await, code, "{line}");
    }
    server.writes(&format!("{MAIL}.\r\n")).await;
    assert_eq!((server.hears().await, server.hears().await), ("250".into(), "250".into()));
    assert_eq!(server.n_messages().await, 1);
    let thread = server.app.store().list(Kind::Customer, &Default::default()).await.unwrap();
    let message = server.app.store().messages_of(thread[0].record.id, 1).await.unwrap().remove(0);
    assert_eq!((message.account.as_str(), message.subject.as_str()), ("support", "Pump"));
    assert_eq!(message.body.trim_end(), "The pump leaks.\n.\n. leading dot");
    // The same again, as after a lost answer, is acknowledged and there once.
    for line in ["MAIL FROM:<ann@novak.example>", "RCPT TO:<support@ours.example>", "DATA"] {
        server.says(line).await;
    }
    server.writes(&format!("{MAIL}.\r\n")).await;
    assert_eq!(server.hears().await, "250");
    assert_eq!((server.n_messages().await, server.says("QUIT").await), (1, "221".into()));
}

#[tokio::test]
async fn commands_may_come_all_at_once_and_mails_in_pieces() {
    let mut server = Server::greeted().await;
    server.says("EHLO mx").await;
    server.writes("MAIL FROM:<>\r\nRCPT TO:<support@ours.example>\r\nDATA\r\n").await;
    assert_eq!([server.hears().await, server.hears().await, server.hears().await], ["250", "250", "354"]);
    for piece in format!("{MAIL}.\r\nNOOP\r\n").as_bytes().chunks(7) {
        server.says.write_all(piece).await.unwrap();
    }
    assert_eq!(
        (server.hears().await, server.hears().await),
        ("250".into(), "250".into()),
        "the mail, and NOOP"
    );
    let thread = server.app.store().cursors("none").await.unwrap();
    assert!(thread.is_empty());
    assert_eq!(server.n_messages().await, 1);
}

#[tokio::test]
async fn what_is_too_large_or_out_of_order_is_refused_and_the_conversation_goes_on() {
    let mut server = Server::greeted().await;
    for (line, code) in [
        ("RCPT TO:<support@ours.example>", "503"),
        ("DATA", "503"),
        ("MAIL FROM:<ann@novak.example> SIZE=10001", "552"),
        ("MAIL FROM:<ann@novak.example>", "250"),
        ("DATA", "503"),
        ("AUTH PLAIN AGEAYg==", "502"),
        ("STARTTLS", "502"),
        ("what is this", "500"),
        ("RCPT TO:<support@ours.example>", "250"),
        ("DATA", "354"),
    ] {
        assert_eq!(server.says(line).await, code, "{line}");
    }
    let long = "x".repeat(78) + "\r\n";
    for _ in 0..1_000 {
        server.writes(&long).await;
    }
    assert_eq!(server.says(".").await, "552");
    assert_eq!((server.says("NOOP").await, server.n_messages().await), ("250".into(), 0));
    let mut last = String::new();
    for _ in 0..=MISTAKES_MAX {
        last = server.says("nonsense").await;
        if last == "421" {
            break;
        }
    }
    assert_eq!(last, "421", "who makes too many mistakes is sent away");
}
