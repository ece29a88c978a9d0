use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rapport_model::job::{Outbound, Recipient};
use rapport_model::message::ChannelKind;
use rapport_model::people::User;
use rapport_model::{Id, Kind, ManualClock, Timestamp};
use rapport_storage::ingest::Fate;
use rapport_storage::work::Work;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;

use super::super::{ParseOptions, parse};
use super::*;
use crate::channel::oauth::fake::{Provider, Reply};
use crate::{App, Config};

/// What a server answers to the commands of a mail, in order: greeting, EHLO, MAIL, RCPT, DATA, the
/// mail. An empty answer hangs up.
type Answers = [&'static str; 6];

const FINE: Answers = ["220 hi", "250 hi", "250 ok", "250 ok", "354 go on", "250 ok"];

fn but(at: usize, answer: &'static str) -> Answers {
    let mut answers = FINE;
    answers[at] = answer;
    answers
}

/// A house with one mail to send, through a server that answers so.
struct House {
    app: App,
    mia: User,
    message: Id,
    took: Arc<Mutex<Vec<String>>>,
    answers: Arc<Mutex<Answers>>,
    /// The only access token that the server takes.
    token: Arc<Mutex<String>>,
    clock: Arc<ManualClock>,
    _dir: TempDir,
}

impl House {
    async fn sending(answers: Answers) -> Self {
        Self::configured(answers, "", &[]).await
    }

    /// A house whose mailbox has these lines more, with copies of the mail for these.
    async fn configured(answers: Answers, more: &str, copies: &[&str]) -> Self {
        Self::logging_in(answers, more, "", copies, TempDir::new().unwrap()).await
    }

    /// A house that logs in with access tokens of this provider.
    async fn with_a_grant(answers: Answers, provider: &Provider) -> Self {
        let dir = TempDir::new().unwrap();
        Self::logging_in(answers, &provider.oauth(dir.path()), ", user = 'a'", &[], dir).await
    }

    async fn logging_in(answers: Answers, more: &str, user: &str, copies: &[&str], dir: TempDir) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (answers, took) = (Arc::new(Mutex::new(answers)), Arc::new(Mutex::new(Vec::new())));
        let token = Arc::new(Mutex::new(String::new()));
        tokio::spawn(serve(listener, answers.clone(), took.clone(), token.clone()));
        let text = format!(
            "users = [{{ handle = 'mia', name = 'Mia', role = 'rep', address = 'mia@ours.example' }}]\n\
             [mail.support]\naddress = 'support@ours.example'\nreply_address = 'reply@ours.example'\n{more}\n\
             smtp = {{ host = '127.0.0.1', port = {port}, tls = 'none', timeout_seconds = 1{user} }}\n[nlp]\nengine = 'linear'"
        );
        let clock = Arc::new(ManualClock::at(Timestamp::parse("2026-03-04T12:00:00Z").unwrap()));
        let config = Config::read(&text, "rapport.toml", std::iter::empty()).unwrap();
        let app = App::build(&dir.path().join("data"), config, clock.clone()).await.unwrap();
        let mail = b"From: Ann <ann@novak.example>\r\nTo: support@ours.example\r\nMessage-ID: <m1@novak>\r\n\r\nHello?";
        let options = ParseOptions {
            internal_date: Some(app.store().clock().now()),
            ..ParseOptions::at(app.store().clock().now())
        };
        app.workflows.ingest(vec![parse(mail.to_vec(), "test", &options)]).await.unwrap();
        app.settle().await.unwrap();
        let customer = app.store().by_number(Kind::Customer, 1).await.unwrap().unwrap().record.id;
        let mia = app.workflows.users()[0].clone();
        let answered = app.store().messages_of(customer, 1).await.unwrap().remove(0);
        let message = app.store().new_id();
        let outbound = Outbound {
            id: message,
            channel: ChannelKind::Email,
            to: Recipient::Customer(customer),
            cc: copies
                .iter()
                .map(|c| rapport_model::Mailbox {
                    name: String::new(),
                    address: rapport_model::Address::email(c).unwrap(),
                })
                .collect(),
            thread: Some(answered.thread),
            answers: Some(answered.id),
            about: None,
            cause: None,
            automatic: false,
            purpose: None,
            author: Some(mia.id),
            text: "reply".into(),
            subject: "Re: Hello".into(),
            body: "Hello!\n.\nA dot.".into(),
            html: None,
            edits: None,
            send_at: app.store().clock().now(),
            idempotency_key: "one".into(),
        };
        app.store().commit(vec![Work { outbox: vec![outbound], ..Work::default() }]).await.unwrap();
        Self { app, mia, message, took, answers, token, clock, _dir: dir }
    }

    /// Delivers what is due; returns how the message stands, and why.
    async fn delivers(&self) -> (String, String) {
        self.app.settle().await.unwrap();
        let listed = self.app.store().outgoing(self.message).await.unwrap().unwrap();
        (listed.state, listed.last_error.unwrap_or_default())
    }

    /// Returns the Message-ID of the mail that the server took.
    fn name_of_sent(&self) -> String {
        let mail = self.took.lock().unwrap()[0].clone();
        let id = mail.lines().find_map(|line| line.strip_prefix("Message-ID: <")?.strip_suffix('>'));
        id.unwrap().to_owned()
    }

    /// A mail called `id` arrives; with a status it reports that `original` failed.
    async fn sees(&self, id: &str, original: &str, status: &str) {
        let head =
            format!("From: mailer-daemon@mx.example\r\nTo: support@ours.example\r\nMessage-ID: <{id}>\r\n");
        let body = format!(
            "MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
             --b\r\nContent-Type: text/plain\r\n\r\nIt failed.\r\n\
             --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n\
             Final-Recipient: rfc822; ann@novak.example\r\nAction: failed\r\nStatus: {status}\r\n\
             Diagnostic-Code: smtp; 550 {status} no\r\n\r\n\
             --b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{original}>\r\nSubject: Hello\r\n\r\n--b--\r\n"
        );
        self.arrives(&(head + if status.is_empty() { "\r\nHello!\r\n" } else { &body })).await;
    }

    async fn arrives(&self, mail: &str) {
        let incoming =
            parse(mail.as_bytes().to_vec(), "test", &ParseOptions::at(self.app.store().clock().now()));
        self.app.take_note(incoming.content.as_ref().unwrap()).await.unwrap();
    }

    fn n_taken(&self) -> usize {
        self.took.lock().unwrap().len()
    }
}

async fn serve(
    listener: TcpListener,
    answers: Arc<Mutex<Answers>>,
    took: Arc<Mutex<Vec<String>>>,
    token: Arc<Mutex<String>>,
) {
    while let Ok((mut stream, _)) = listener.accept().await {
        let answers = *answers.lock().unwrap();
        let (took, token) = (took.clone(), token.clone());
        tokio::spawn(async move {
            let (reading, mut writing) = stream.split();
            let mut lines = BufReader::new(reading).lines();
            let mut at = 0;
            loop {
                if at == 5 {
                    let mut mail = String::new();
                    while let Ok(Some(line)) = lines.next_line().await {
                        if line == "." {
                            break;
                        }
                        mail += &(line + "\n");
                    }
                    took.lock().unwrap().push(mail);
                } else if at > 0 {
                    let Ok(Some(line)) = lines.next_line().await else { return };
                    if let Some(words) = line.strip_prefix("AUTH XOAUTH2 ") {
                        let words = BASE64_STANDARD.decode(words).unwrap();
                        let expected = format!("user=a\x01auth=Bearer {}\x01\x01", token.lock().unwrap());
                        if words == expected.into_bytes() {
                            let _ = writing.write_all(b"235 2.7.0 welcome\r\n").await;
                        } else {
                            // The refusal comes once the client has heard why.
                            let _ = writing.write_all(b"334 eyJzdGF0dXMiOiI0MDEifQ==\r\n").await;
                            assert_eq!(lines.next_line().await.unwrap().as_deref(), Some(""));
                            let _ = writing.write_all(b"535 5.7.8 not accepted\r\n").await;
                        }
                        continue;
                    }
                    // A mail can have several recipients.
                    at = if line.starts_with("RCPT") { 3 } else { at };
                    if line.contains("<gone@") {
                        let _ = writing.write_all(b"550 5.1.1 nobody\r\n").await;
                        continue;
                    }
                    at = if line.starts_with("DATA") { 4 } else { at };
                }
                match answers[at.min(5)] {
                    "" => return,
                    "silence" => {
                        while let Ok(Some(_)) = lines.next_line().await {}
                        return;
                    }
                    answer => {
                        let _ = writing.write_all(format!("{answer}\r\n").as_bytes()).await;
                    }
                }
                at += 1;
            }
        });
    }
}

#[tokio::test]
async fn a_mail_that_is_taken_has_left_once_and_belongs_to_its_writer() {
    let house = House::sending(FINE).await;
    assert_eq!(house.delivers().await, ("sent".into(), String::new()));
    assert_eq!(house.delivers().await.0, "sent");
    let took = house.took.lock().unwrap().clone();
    assert_eq!(took.len(), 1);
    assert!(took[0].contains("From: Mia <support@ours.example>"), "{}", took[0]);
    assert!(took[0].contains("\n..\n"), "a dot that begins a line is doubled: {}", took[0]);
    let customer = house.app.store().by_number(Kind::Customer, 1).await.unwrap().unwrap();
    assert_eq!(customer.get("owner").id(), Some(house.mia.id));
}

#[tokio::test]
async fn what_the_server_cannot_do_now_is_tried_again_ever_more_slowly() {
    for (answers, says) in [
        (but(0, "421 busy"), "busy"),
        (but(2, "451 4.3.0 try later"), "try later"),
        (but(3, "450 4.2.1 greylisted, wait"), "greylisted"),
        (but(4, "452 4.3.1 disk full"), "disk full"),
        (but(5, "451 4.7.1 not now"), "not now"),
        (but(2, "530 5.7.0 authentication required"), "authentication required"),
        (but(2, ""), ""),
        (but(1, "silence"), "127.0.0.1"),
    ] {
        let house = House::sending(answers).await;
        let (state, why) = house.delivers().await;
        assert_eq!(state, "pending", "{answers:?}: {why}");
        assert!(why.contains(says), "{answers:?}: {why}");
        *house.answers.lock().unwrap() = FINE;
        assert_eq!(house.delivers().await.0, "pending", "not at once: {answers:?}");
        house.clock.advance(MINUTE);
        assert_eq!(house.delivers().await.0, "sent", "{answers:?}");
    }
}

#[tokio::test]
async fn what_the_server_refuses_is_given_up_and_its_writer_told() {
    for answers in
        [but(3, "550 5.1.1 <ann@novak.example> unknown"), but(5, "554 5.7.1 spam"), but(2, "552 too big")]
    {
        let house = House::sending(answers).await;
        let (state, why) = house.delivers().await;
        assert_eq!(state, "failed", "{answers:?}: {why}");
        assert!(!why.contains("ann@"), "no address: {why}");
        house.app.channels.console.open([house.mia.id]);
        house.app.settle().await.unwrap();
        let told = house.app.channels.console.take();
        assert_eq!(told.len(), 1);
        assert!(told[0].message.body.contains("did not arrive"), "{}", told[0].message.body);
    }
}

#[tokio::test]
async fn a_mail_of_which_nobody_knows_is_not_sent_again_until_it_is_seen_or_somebody_says_so() {
    for answers in [but(5, ""), but(5, "silence")] {
        let house = House::sending(answers).await;
        let (state, why) = house.delivers().await;
        assert_eq!(state, "unknown", "{answers:?}: {why}");
        *house.answers.lock().unwrap() = FINE;
        house.clock.advance(DAY);
        assert_eq!(
            (house.delivers().await.0.as_str(), house.n_taken()),
            ("unknown", 1),
            "never twice by itself"
        );
        // The copy in the folder of what was sent tells that it left.
        let id = &house.name_of_sent();
        house.sees("1.0123456789abcdef0123@ours.example", "", "").await;
        assert_eq!(house.delivers().await.0, "unknown", "not by a forged name");
        house.sees(id, "", "").await;
        assert_eq!(house.delivers().await.0, "sent");
    }
}

#[tokio::test]
async fn a_mail_that_came_back_is_told_to_its_writer_once_and_only_if_it_was_ours() {
    let house = House::sending(FINE).await;
    house.delivers().await;
    let id = house.name_of_sent();
    house.sees("r0@mx", "1.0123456789abcdef0123@ours.example", "5.1.1").await;
    assert_eq!(house.delivers().await.0, "sent", "a forged name tells nothing");
    house.sees("r1@mx", &id, "4.4.7").await;
    house.sees("r2@mx", &id, "5.1.1").await;
    let (state, why) = house.delivers().await;
    assert!(state == "failed" && why.contains("4.4.7"), "{state} {why}");
    house.app.channels.console.open([house.mia.id]);
    house.app.settle().await.unwrap();
    assert_eq!(house.app.channels.console.take().len(), 1, "once");
}

#[tokio::test]
async fn who_reports_our_mail_as_spam_gets_no_automatic_mail_any_more() {
    let house = House::sending(FINE).await;
    house.delivers().await;
    let report = format!(
        "From: fbl@provider.example\r\nTo: abuse@ours.example\r\nSubject: complaint\r\nMessage-ID: <f1@provider.example>\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nThis is a report.\r\n\
         --b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nUser-Agent: x\r\nVersion: 1\r\n\r\n\
         --b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <{}>\r\nFrom: support@ours.example\r\n\r\nHello\r\n--b--\r\n",
        house.name_of_sent()
    );
    for _ in 0..2 {
        house.arrives(&report).await;
        let consents = house.app.store().list(Kind::Consent, &Default::default()).await.unwrap();
        assert_eq!(consents.iter().map(|c| c.text("state")).collect::<Vec<_>>(), ["denied"]);
    }
}

#[tokio::test]
async fn answers_and_bounces_come_to_an_address_that_names_the_mail() {
    let house = House::sending(FINE).await;
    house.delivers().await;
    let mail = house.took.lock().unwrap()[0].clone();
    let reference = house.name_of_sent().split('@').next().unwrap().to_owned();
    let address = format!("reply+{reference}@ours.example");
    assert!(mail.contains(&format!("Reply-To: {address}")), "{mail}");

    // Who answers there belongs to the conversation, whatever else is lost, and leaves no new address.
    let answer = format!(
        "From: Ann <ann@novak.example>\r\nTo: {address}\r\nSubject: new words\r\nMessage-ID: <m2@novak>\r\n\r\nThanks."
    );
    let now = house.app.store().clock().now();
    let fates =
        house.app.workflows.ingest(vec![parse(answer.into_bytes(), "test", &ParseOptions::at(now))]).await;
    let first = house.app.store().outgoing(house.message).await.unwrap().unwrap().message.thread;
    let Fate::Kept { thread, message, .. } = &fates.unwrap()[0] else { panic!("it is kept") };
    assert_eq!(Some(*thread), first);
    let parties = house.app.store().parties(*message).await.unwrap();
    assert_eq!(parties[1].address, "reply@ours.example");

    // A bounce that repeats nothing of the mail.
    let bounce = format!(
        "From: mailer-daemon@mx.example\r\nTo: {address}\r\nMessage-ID: <b1@mx>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nIt failed.\r\n\
         --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n\
         Final-Recipient: rfc822; ann@novak.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b--\r\n"
    );
    house.arrives(&bounce).await;
    let (state, why) = house.delivers().await;
    assert!(state == "failed" && why.contains("5.1.1"), "{state} {why}");
}

#[tokio::test]
async fn a_colleague_writes_from_their_own_address_where_the_house_wants_that() {
    let house = House::configured(FINE, "from = 'colleague'", &[]).await;
    house.delivers().await;
    let mail = house.took.lock().unwrap()[0].clone();
    assert!(mail.contains("From: Mia <mia@ours.example>"), "{mail}");
    assert!(mail.contains("reply+"), "answers come to the mailbox: {mail}");
}

#[tokio::test]
async fn everybody_gets_a_copy_and_the_writer_hears_who_did_not() {
    let house = House::configured(FINE, "", &["jan@novak.example", "gone@novak.example"]).await;
    assert_eq!(house.delivers().await.0, "sent");
    let mail = house.took.lock().unwrap()[0].clone();
    assert!(mail.contains("Cc: jan@novak.example, gone@novak.example"), "{mail}");
    house.app.channels.console.open([house.mia.id]);
    house.app.settle().await.unwrap();
    let told = house.app.channels.console.take();
    assert_eq!(told.len(), 1);
    let words = &told[0].message.body;
    assert!(words.contains("gone") && words.contains("nobody") && !words.contains("jan"), "{words}");
}

#[tokio::test]
async fn a_mail_leaves_with_an_access_token_and_one_that_was_withdrawn_is_renewed_once() {
    let provider = Provider::start().await;
    let house = House::with_a_grant(but(2, "451 4.3.0 try later"), &provider).await;
    *house.token.lock().unwrap() = "a1".into();
    let (state, why) = house.delivers().await;
    assert!(state == "pending" && why.contains("try later"), "{state} {why}");
    *house.answers.lock().unwrap() = FINE;
    *house.token.lock().unwrap() = "a2".into();
    house.clock.advance(MINUTE);
    assert_eq!(house.delivers().await, ("sent".into(), String::new()));
    assert_eq!((provider.asked().len(), house.n_taken()), (2, 1));
}

#[tokio::test]
async fn a_mail_waits_while_there_is_no_access_and_says_why() {
    let provider = Provider::start().await;
    provider.next(Reply::error("invalid_grant"));
    provider.next(Reply::Says(503, String::new()));
    let house = House::with_a_grant(FINE, &provider).await;
    // The token that the third request gets is not taken at first.
    for says in ["sign in again", "status 503", "(535): 5.7.8 not accepted"] {
        let (state, why) = house.delivers().await;
        assert!(state == "pending" && why.contains(says), "{state} {why}");
        house.clock.advance(HOUR);
    }
    assert_eq!(provider.asked().len(), 3, "a new token that is refused is not renewed at once");
    *house.token.lock().unwrap() = "a4".into();
    assert_eq!(house.delivers().await.0, "sent");
}
