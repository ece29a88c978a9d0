//! A mailbox's server on this machine, which does as it should or not.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::mail;
use crate::service::Stop;

/// What is wrong with a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Trick {
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
pub(super) struct Server {
    pub(super) validity: u32,
    pub(super) mails: BTreeMap<u32, Vec<u8>>,
    pub(super) trick: Trick,
    /// What it was asked.
    pub(super) asked: Vec<String>,
    /// How it describes the parts of mails, and what it gives of them.
    pub(super) structure: Option<String>,
    pub(super) sections: BTreeMap<&'static str, Vec<u8>>,
    /// The only access token that it takes.
    pub(super) token: String,
    /// The tag of a login with XOAUTH2 that is under way.
    logging_in: Option<String>,
    /// The service is asked to end when the bytes of this mail are asked for.
    pub(super) ends_at: Option<(u32, Stop)>,
}

pub(super) type Shared = Arc<Mutex<Server>>;

impl Server {
    pub(super) fn with(n: u32, trick: Trick) -> Shared {
        let mails = (1..=n).map(|uid| (uid, mail(uid, "The pump leaks."))).collect();
        Arc::new(Mutex::new(Self { validity: 7, mails, trick, ..Self::default() }))
    }

    /// Answers a line of a login with XOAUTH2. A refusal comes once the client has heard why.
    fn logs_in(&mut self, tag: String, line: &str) -> String {
        if line.is_empty() {
            return format!("{tag} NO [AUTHENTICATIONFAILED] wrong\r\n");
        }
        let words = BASE64_STANDARD.decode(line).unwrap();
        if words == format!("user=a\x01auth=Bearer {}\x01\x01", self.token).into_bytes() {
            return format!("{tag} OK welcome\r\n");
        }
        self.logging_in = Some(tag);
        "+ eyJzdGF0dXMiOiI0MDEifQ==\r\n".into()
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
            ["AUTHENTICATE", "XOAUTH2"] => {
                self.logging_in = Some(tag.to_owned());
                return Some(b"+ \r\n".to_vec());
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

pub(super) async fn serve(listener: TcpListener, server: Shared) {
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
            match server.logging_in.take() {
                Some(tag) => Some(server.logs_in(tag, &line).into_bytes()),
                None => {
                    server.asked.push(command.to_owned());
                    server.answer(tag, command)
                }
            }
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
