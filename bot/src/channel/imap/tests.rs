//! Servers that are gone, slow, or lie: what can be taken in is, the rest is said, and nothing is
//! passed over.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicI64;
use std::sync::{Arc, Mutex};

use rapport_model::{Kind, ManualClock, Timestamp};
use rapport_storage::messages::Listed;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::error::ImapError;
use super::folder::{scope, source};
use super::{Account, audit};
use crate::service::Stop;
use crate::{App, Config};

/// What is wrong with a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Trick {
    #[default]
    None,
    RefusesLogin,
    /// Says nothing when it is asked for mails.
    Silent,
    /// Hangs up in the middle of a mail.
    HangsUp,
    /// Says that each mail has a hundred bytes.
    SaysTooLittle,
    /// Sends a line without an end.
    EndlessLine,
    /// Announces a literal of four gigabytes.
    HugeLiteral,
    /// Speaks no IMAP.
    NoImap,
    /// Lists mail 2 and does not give it.
    Withholds,
    /// Answers with mails that were not asked for besides.
    SaysMore,
    /// Mail 2 is gone once its size was told.
    Loses,
    /// Has no STARTTLS.
    NoTls,
}

/// A server with one folder.
#[derive(Default)]
struct Server {
    validity: u32,
    mails: BTreeMap<u32, Vec<u8>>,
    trick: Trick,
    /// What it was asked.
    asked: Vec<String>,
    /// How it describes the parts of mails, and what it gives of them.
    structure: Option<String>,
    sections: BTreeMap<&'static str, Vec<u8>>,
    /// The service is asked to end when the bytes of this mail are asked for.
    ends_at: Option<(u32, Stop)>,
}

type Shared = Arc<Mutex<Server>>;

impl Server {
    fn with(n: u32, trick: Trick) -> Shared {
        let mails = (1..=n).map(|uid| (uid, mail(uid, "The pump leaks."))).collect();
        Arc::new(Mutex::new(Self { validity: 7, mails, trick, ..Self::default() }))
    }

    /// Answers a command; nothing more comes after `None`.
    fn answer(&mut self, tag: &str, command: &str) -> Option<Vec<u8>> {
        let upper = command.to_uppercase();
        let mut out = Vec::new();
        let words: Vec<&str> = upper.split(' ').collect();
        match words[..] {
            ["CAPABILITY"] => out.extend(b"* CAPABILITY IMAP4rev1\r\n"),
            ["LOGIN", ..] if self.trick == Trick::RefusesLogin => {
                return Some(format!("{tag} NO [AUTHENTICATIONFAILED] wrong\r\n").into_bytes());
            }
            ["STARTTLS"] => return Some(format!("{tag} BAD what\r\n").into_bytes()),
            ["EXAMINE", ..] => {
                let next = self.mails.keys().last().map_or(1, |last| last + 1);
                out.extend(
                    format!(
                        "* {} EXISTS\r\n* 0 RECENT\r\n* FLAGS ()\r\n* OK [UIDVALIDITY {}] fine\r\n* OK [UIDNEXT {next}] fine\r\n",
                        self.mails.len(),
                        self.validity
                    )
                    .bytes(),
                );
            }
            ["UID", "SEARCH", ..] => {
                let first = words.iter().find_map(|word| word.split(':').next()?.parse().ok()).unwrap_or(1);
                let one = !command.contains(':') && command != "UID SEARCH ALL";
                let uids = self.mails.keys().filter(|uid| if one { **uid == first } else { **uid >= first });
                out.extend(uids.fold("* SEARCH".to_owned(), |line, uid| format!("{line} {uid}")).bytes());
                out.extend(b"\r\n");
            }
            ["UID", "FETCH", set, ..] => return self.fetch(tag, set, &upper),
            _ => {}
        }
        out.extend(format!("{tag} OK done\r\n").bytes());
        Some(out)
    }

    fn fetch(&mut self, tag: &str, set: &str, query: &str) -> Option<Vec<u8>> {
        let wanted = |uid: u32| {
            set.split(',').any(|part| {
                let (first, last) = part.split_once(':').unwrap_or((part, part));
                (first.parse().unwrap()..=last.parse().unwrap()).contains(&uid)
            })
        };
        let bodies = query.contains("BODY.PEEK");
        if let Some((_, stop)) = self.ends_at.as_ref().filter(|(uid, _)| bodies && wanted(*uid)) {
            stop.stop();
        }
        if bodies {
            match self.trick {
                Trick::Silent => return Some(Vec::new()),
                Trick::HangsUp => return None,
                Trick::EndlessLine => return Some(vec![b'x'; 8 << 20]),
                Trick::HugeLiteral => {
                    let mut out = b"* 1 FETCH (UID 1 BODY[] {4000000000}\r\n".to_vec();
                    out.resize(8 << 20, b'x');
                    return Some(out);
                }
                Trick::NoImap => return Some(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()),
                Trick::Loses => {
                    self.mails.remove(&2);
                }
                _ => {}
            }
        }
        if query.contains("BODYSTRUCTURE") && self.structure.is_some()
            || query.contains("BODY.PEEK[H")
            || query.contains("BODY.PEEK[1")
        {
            return Some(self.of_parts(tag, set, query));
        }
        let mut out = Vec::new();
        for (uid, mail) in &self.mails {
            let asked = wanted(*uid) || self.trick == Trick::SaysMore;
            if !asked || (bodies && self.trick == Trick::Withholds && *uid == 2) {
                continue;
            }
            if !bodies {
                let size = if self.trick == Trick::SaysTooLittle { 100 } else { mail.len() };
                out.extend(format!("* {uid} FETCH (UID {uid} RFC822.SIZE {size})\r\n").bytes());
                continue;
            }
            let slice = query.split_once("[]<").and_then(|(_, rest)| {
                let (from, length) = rest.split_once('>')?.0.split_once('.')?;
                Some((from.parse::<usize>().ok()?, length.parse::<usize>().ok()?))
            });
            let (from, to) = slice.map_or((0, mail.len()), |(from, length)| (from, from + length));
            let part = &mail[from.min(mail.len())..to.min(mail.len())];
            let section = if slice.is_some() { format!("BODY[]<{from}>") } else { "BODY[]".into() };
            let date = "INTERNALDATE \"04-Mar-2026 10:00:00 +0000\"";
            out.extend(format!("* {uid} FETCH (UID {uid} {date} {section} {{{}}}\r\n", part.len()).bytes());
            out.extend(part);
            out.extend(b")\r\n");
        }
        out.extend(format!("{tag} OK done\r\n").bytes());
        Some(out)
    }
}

impl Server {
    /// Answers what is asked of the parts of one mail.
    fn of_parts(&self, tag: &str, uid: &str, query: &str) -> Vec<u8> {
        let mut out = format!("* {uid} FETCH (UID {uid}").into_bytes();
        if let Some(structure) = self.structure.as_ref().filter(|_| query.contains("BODYSTRUCTURE")) {
            out.extend(format!(" BODYSTRUCTURE {structure}").bytes());
        }
        for asked in query.split("BODY.PEEK[").skip(1) {
            let (name, rest) = asked.split_once(']').unwrap();
            let bytes = &self.sections[name];
            let from = if rest.starts_with('<') { "<0>" } else { "" };
            out.extend(format!(" BODY[{name}]{from} {{{}}}\r\n", bytes.len()).bytes());
            out.extend(bytes);
        }
        out.extend(format!(")\r\n{tag} OK done\r\n").bytes());
        out
    }
}

async fn serve(listener: TcpListener, server: Shared) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(talk(stream, server.clone()));
    }
}

async fn talk(mut stream: TcpStream, server: Shared) {
    let (reading, mut writing) = stream.split();
    let mut lines = BufReader::new(reading).lines();
    let _ = writing.write_all(b"* OK ready\r\n").await;
    while let Ok(Some(line)) = lines.next_line().await {
        let (tag, command) = line.split_once(' ').unwrap_or((&line, ""));
        let answer = {
            let mut server = server.lock().unwrap();
            server.asked.push(command.to_owned());
            server.answer(tag, command)
        };
        let Some(answer) = answer else {
            let _ = writing.write_all(b"* 1 FETCH (UID 1 BODY[] {500}\r\nFrom: ann").await;
            return;
        };
        if writing.write_all(&answer).await.is_err() {
            return;
        }
    }
}

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
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(serve(listener, server.clone()));
        let dir = TempDir::new().unwrap();
        std::fs::write(dir.path().join("password"), "secret").unwrap();
        let text = format!(
            "[mail.support]\naddress = 'support@ours.example'\nsince = 'all'\n{}\
             imap = {{ host = '127.0.0.1', port = {port}, tls = '{}', user = 'a', password_file = '{}', timeout_seconds = 1 }}\n\
             [nlp]\nengine = 'linear'",
            more.strip_prefix("starttls").unwrap_or(more),
            if more.starts_with("starttls") { "starttls" } else { "none" },
            dir.path().join("password").display(),
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
