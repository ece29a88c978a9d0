//! Servers that are gone, slow, or lie: what can be taken in is, the rest is said, and nothing is
//! passed over.

mod oauth;
mod server;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use rapport_model::{Kind, ManualClock, Timestamp};
use rapport_storage::attachments::Listed;
use tempfile::TempDir;
use tokio::net::TcpListener;

use super::error::ImapError;
use super::folder::{scope, source};
use super::{Account, audit};
use crate::service::Stop;
use crate::{App, Config};
use server::{Server, Shared, Trick, serve};

fn mail(uid: u32, body: &str) -> Vec<u8> {
    format!(
        "From: Ann <ann@novak.example>\r\nTo: support@ours.example\r\nSubject: {uid}\r\n\
         Message-ID: <{uid}@novak.example>\r\n\r\n{body}\r\n"
    )
    .into_bytes()
}

/// A house that reads its mail there.
struct House {
    account: Account,
    _dir: TempDir,
}

impl House {
    async fn reading(server: &Shared, more: &str) -> Self {
        let dir = TempDir::new().unwrap();
        let password = dir.path().join("password");
        std::fs::write(&password, "secret").unwrap();
        Self::logging_in(server, more, &format!(", password_file = '{}'", password.display()), dir).await
    }

    /// A house that logs in there with `secret`, which may lie in `dir`.
    async fn logging_in(server: &Shared, more: &str, secret: &str, dir: TempDir) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(serve(listener, server.clone()));
        let text = format!(
            "[mail.support]\naddress = 'support@ours.example'\nsince = 'all'\n{}\
             imap = {{ host = '127.0.0.1', port = {port}, tls = '{}', user = 'a'{secret}, timeout_seconds = 1 }}\n\
             [nlp]\nengine = 'linear'",
            more.strip_prefix("starttls").unwrap_or(more),
            if more.starts_with("starttls") { "starttls" } else { "none" },
        );
        let config = Config::read(&text, "rapport.toml", std::iter::empty()).unwrap();
        let mailbox = config.mail["support"].clone();
        let clock = Arc::new(ManualClock::at(Timestamp::parse("2026-03-04T12:00:00Z").unwrap()));
        let app = Arc::new(App::build(&dir.path().join("data"), config, clock).await.unwrap());
        let account = Account {
            app,
            stop: Stop::default(),
            name: "support".into(),
            imap: mailbox.imap.clone().unwrap(),
            config: mailbox,
            leased_us: AtomicI64::new(i64::MIN),
        };
        Self { account, _dir: dir }
    }

    async fn reads(&self) -> Result<(), ImapError> {
        self.account.read_once().await
    }

    async fn n_messages(&self) -> i64 {
        self.account.app.store().count(Kind::Message).await.unwrap()
    }

    async fn fates(&self) -> BTreeMap<String, String> {
        let ledger = self.account.app.store().ledger(&source("support", 7, "INBOX")).await.unwrap();
        ledger.into_iter().map(|(uid, fate)| (uid.trim_start_matches('0').to_owned(), fate)).collect()
    }

    async fn position(&self) -> Option<String> {
        self.account.app.store().cursor("support", &scope("INBOX")).await.unwrap()
    }
}

fn fates(expected: &[(&str, &str)]) -> BTreeMap<String, String> {
    expected.iter().map(|(uid, fate)| ((*uid).to_owned(), (*fate).to_owned())).collect()
}

#[tokio::test]
async fn what_goes_wrong_is_said_and_made_up_for_once_the_server_is_well() {
    for (trick, says) in [
        (Trick::RefusesLogin, "refuses the login: wrong"),
        (Trick::Silent, "says nothing for 1 s"),
        (Trick::HangsUp, "broke"),
        (Trick::EndlessLine, "answers wrongly"),
        (Trick::HugeLiteral, "answers wrongly"),
        (Trick::NoImap, "answers wrongly"),
    ] {
        let server = Server::with(3, trick);
        let house = House::reading(&server, "").await;
        let trouble = house.reads().await.unwrap_err().to_string();
        assert!(trouble.contains(says), "{trick:?}: {trouble}");
        assert!(!trouble.contains("ann"), "no customer's words: {trouble}");
        assert_eq!((house.n_messages().await, house.position().await), (0, None), "{trick:?}");
        server.lock().unwrap().trick = Trick::None;
        house.reads().await.unwrap();
        assert_eq!(
            (house.n_messages().await, house.position().await.as_deref()),
            (3, Some("7:3")),
            "{trick:?}"
        );
    }
}

#[tokio::test]
async fn a_server_that_is_gone_is_named_with_its_place() {
    let house = House::reading(&Server::with(0, Trick::None), "").await;
    let mut account = house.account;
    account.imap.port = Some(1);
    let trouble = account.read_once().await.unwrap_err().to_string();
    assert!(trouble.contains("127.0.0.1:1") && trouble.contains("right host and port"), "{trouble}");
}

#[tokio::test]
async fn nothing_is_said_in_plain_where_the_connection_must_be_secured() {
    let server = Server::with(1, Trick::NoTls);
    let house = House::reading(&server, "starttls").await;
    let trouble = house.reads().await.unwrap_err().to_string();
    assert!(trouble.contains("secure the connection"), "{trouble}");
    assert!(!server.lock().unwrap().asked.iter().any(|asked| asked.contains("secret")));
}

#[tokio::test]
async fn a_mail_that_is_listed_and_not_given_does_not_keep_the_others() {
    let server = Server::with(3, Trick::Withholds);
    let house = House::reading(&server, "").await;
    house.reads().await.unwrap();
    assert_eq!(house.fates().await, fates(&[("1", "new"), ("2", "quarantined"), ("3", "new")]));
}

#[tokio::test]
async fn only_what_was_asked_for_is_taken_in_and_what_is_gone_is_passed_over() {
    for (trick, uids) in [(Trick::SaysMore, &["1", "2", "3"][..]), (Trick::Loses, &["1", "3"])] {
        let server = Server::with(3, trick);
        let house = House::reading(&server, "").await;
        house.reads().await.unwrap();
        let known: Vec<String> = house.fates().await.into_keys().collect();
        assert_eq!(known, uids, "{trick:?}");
        assert_eq!(house.position().await.as_deref(), Some("7:3"));
    }
}

#[tokio::test]
async fn mails_larger_than_said_come_in_slices_and_of_the_largest_the_beginning() {
    let server = Server::with(1, Trick::SaysTooLittle);
    let long = "The pump leaks. ".repeat(200_000);
    server.lock().unwrap().mails.insert(2, mail(2, &long));
    let house = House::reading(&server, "").await;
    // It says a hundred bytes and sends three million: cut off, and nothing is passed over.
    let trouble = house.reads().await.unwrap_err().to_string();
    assert!(trouble.contains("more than was asked for"), "{trouble}");
    server.lock().unwrap().trick = Trick::None;
    server.lock().unwrap().mails.insert(3, mail(3, &long.repeat(2)));
    house.reads().await.unwrap();
    assert_eq!(house.fates().await, fates(&[("1", "new"), ("2", "new"), ("3", "new")]));

    let house = House::reading(&server, "message_bytes_max = 4000000\n").await;
    house.reads().await.unwrap();
    assert_eq!(house.fates().await, fates(&[("1", "new"), ("2", "new"), ("3", "quarantined")]));
    // A limit below what is fetched together counts as well.
    let house = House::reading(&server, "message_bytes_max = 100000\n").await;
    house.reads().await.unwrap();
    assert_eq!(house.fates().await, fates(&[("1", "new"), ("2", "quarantined"), ("3", "quarantined")]));
}

/// A server with a mail of 160 kB between two small ones, which describes it so: its text has
/// `text_bytes`.
fn with_a_large_mail(structure: &dyn Fn(usize) -> String) -> Shared {
    let server = Server::with(3, Trick::None);
    let (text, drawings) = ("The pump leaks, see the drawings.", "QUJD".repeat(40_000));
    let header = "From: Ann <ann@novak.example>\r\nTo: support@ours.example\r\nSubject: drawings\r\n\
                  Message-ID: <2@novak.example>\r\nIn-Reply-To: <1@novak.example>\r\n\
                  Content-Type: multipart/mixed; boundary=b\r\n\r\n";
    let of_text = "Content-Type: text/plain\r\n\r\n";
    let of_file =
        "Content-Type: application/zip; name=drawings.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n";
    let mail = format!("{header}--b\r\n{of_text}{text}\r\n--b\r\n{of_file}{drawings}\r\n--b--\r\n");
    let mut it = server.lock().unwrap();
    it.mails.insert(2, mail.into_bytes());
    it.structure = Some(structure(text.len()));
    let sections = [("HEADER", header), ("1.MIME", of_text), ("1", text), ("2.MIME", of_file)];
    it.sections = sections.map(|(name, bytes)| (name, bytes.as_bytes().to_vec())).into();
    drop(it);
    server
}

#[tokio::test]
async fn of_a_mail_that_is_too_big_the_text_comes_and_the_file_is_named() {
    let describe = |text_bytes| {
        format!(
            "((\"TEXT\" \"PLAIN\" NIL NIL NIL \"7BIT\" {text_bytes} 1 NIL NIL NIL NIL)\
             (\"APPLICATION\" \"ZIP\" (\"NAME\" \"drawings.zip\") NIL NIL \"BASE64\" 160000 NIL NIL NIL NIL) \
             \"MIXED\" (\"BOUNDARY\" \"b\") NIL NIL NIL)"
        )
    };
    let server = with_a_large_mail(&describe);
    let house = House::reading(&server, "message_bytes_max = 100000\n").await;
    house.reads().await.unwrap();
    assert_eq!(house.fates().await, fates(&[("1", "new"), ("2", "threaded"), ("3", "new")]));
    let store = house.account.app.store();
    let ann = store.by_number(Kind::Customer, 1).await.unwrap().unwrap();
    let messages = store.messages_of(ann.record.id, 9).await.unwrap();
    let large = messages.iter().find(|m| m.subject == "drawings").unwrap();
    assert_eq!(large.body, "The pump leaks, see the drawings.");
    let files = store.attachments(large.id).await.unwrap();
    let file = Listed {
        id: files[0].id,
        message: large.id,
        digest: String::new(),
        name: "drawings.zip".into(),
        mime: "application/zip".into(),
        bytes: 160_000 * 57 / 78,
        kept: false,
    };
    assert_eq!(files, [file]);
    assert!(audit(store, "support", &house.account.config).await.unwrap()[0].adds_up());
    assert!(
        !server
            .lock()
            .unwrap()
            .asked
            .iter()
            .any(|asked| asked.contains("PEEK[]") && asked.contains("FETCH 2"))
    );

    // A server that describes the mail wrongly, or in a way that nobody can read.
    let lies: [&dyn Fn(usize) -> String; 4] = [
        &|n| describe(n + 500),
        &|_| "(\"TEXT\" \"PLAIN\" NIL NIL NIL \"7BIT\" 100 1 NIL NIL NIL NIL)".into(),
        &|n| {
            describe(n)
                .replace(
                    "\"MIXED\"",
                    "(\"TEXT\" \"PLAIN\" NIL NIL NIL \"7BIT\" 33 1 NIL NIL NIL NIL) \"MIXED\"",
                )
                .replace("(\"APPLICATION\"", "((\"APPLICATION\"")
        },
        &|_| "((nothing that is a structure".into(),
    ];
    for (n, lie) in lies.into_iter().enumerate() {
        let house = House::reading(&with_a_large_mail(lie), "message_bytes_max = 100000\n").await;
        house.reads().await.unwrap();
        assert_eq!(house.fates().await, fates(&[("1", "new"), ("2", "quarantined"), ("3", "new")]), "{n}");
        assert!(
            audit(house.account.app.store(), "support", &house.account.config).await.unwrap()[0].adds_up()
        );
    }
}

#[tokio::test]
async fn a_folder_that_is_numbered_anew_is_read_anew_and_nothing_is_there_twice() {
    let server = Server::with(3, Trick::None);
    let house = House::reading(&server, "").await;
    house.reads().await.unwrap();
    {
        let mut server = server.lock().unwrap();
        server.validity = 8;
        server.mails = (1..=4).map(|uid| (uid, mail(5 - uid, "The pump leaks."))).collect();
    }
    house.reads().await.unwrap();
    assert_eq!((house.n_messages().await, house.position().await.as_deref()), (4, Some("8:4")));
    let ledger = house.account.app.store().ledger(&source("support", 8, "INBOX")).await.unwrap();
    assert_eq!(ledger.values().filter(|fate| *fate == "duplicate").count(), 3);
    let audited = audit(house.account.app.store(), "support", &house.account.config).await.unwrap();
    assert!(audited[0].adds_up() && audited[0].on_server == 4, "{audited:?}");
}

#[tokio::test]
async fn a_mail_that_was_passed_over_is_found_and_taken_in() {
    let server = Server::with(2, Trick::None);
    let house = House::reading(&server, "").await;
    house.reads().await.unwrap();
    // A server that fills a gap: what it should never do.
    server.lock().unwrap().mails.insert(9, mail(9, "late"));
    house.reads().await.unwrap();
    server.lock().unwrap().mails.insert(5, mail(5, "lost"));
    let audited = audit(house.account.app.store(), "support", &house.account.config).await.unwrap();
    assert_eq!(
        (audited[0].lost, audited[0].lost_uids.as_slice(), audited[0].adds_up()),
        (1, &[5][..], false)
    );
    house.reads().await.unwrap();
    assert_eq!(house.n_messages().await, 4);
    let audited = audit(house.account.app.store(), "support", &house.account.config).await.unwrap();
    assert!(audited[0].adds_up(), "{audited:?}");
}

#[tokio::test]
async fn an_orderly_end_in_the_middle_passes_nothing_over() {
    let server = Server::with(300, Trick::None);
    let mut house = House::reading(&server, "").await;
    server.lock().unwrap().ends_at = Some((200, house.account.stop.clone()));
    house.reads().await.unwrap();
    let audited = audit(house.account.app.store(), "support", &house.account.config).await.unwrap();
    assert!(audited[0].adds_up() && audited[0].waiting > 0, "{audited:?}");
    server.lock().unwrap().ends_at = None;
    house.account.stop = Stop::default();
    house.reads().await.unwrap();
    assert_eq!((house.n_messages().await, house.position().await.as_deref()), (300, Some("7:300")));
}
