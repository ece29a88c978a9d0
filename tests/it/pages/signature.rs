//! The signature of the domain (DKIM), checked by a program that is not ours.

use std::io::Write as _;
use std::process::{Command, Stdio};

use rapport::channel::{Envelope, Unsubscribe};
use rapport_model::address::Mailbox;
use rapport_model::consent::Purpose;
use rapport_model::job::Outbound;
use rapport_model::{Address, Clock as _, Id};
use rapport_storage::drafts::File;
use tempfile::TempDir;

use super::mail;
use crate::support::{SERVED, TestApp};

/// The example of RFC 8463, appendix A.2.
const KEY: &str = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";

/// Checks the mail at its input with dkimpy and the key of that example.
const CHECK: &str = "
import sys, dkim
key = b'v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo='
print(dkim.verify(sys.stdin.buffer.read(), dnsfunc=lambda name, timeout=5: key))
";

/// A house whose mails are signed, and its key.
async fn signing() -> (TestApp, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let key = dir.path().join("key");
    std::fs::write(&key, KEY).unwrap();
    let dkim = format!("{{ selector = 's1', key = 'ed25519', key_file = '{}' }}", key.display());
    let signed = [
        ("RAPPORT__MAIL__SUPPORT__ADDRESS", "support@brightwater.example"),
        ("RAPPORT__MAIL__SUPPORT__REPLY_ADDRESS", "reply@brightwater.example"),
        ("RAPPORT__MAIL__SUPPORT__DKIM", dkim.as_str()),
    ];
    (TestApp::start_set(None, &[&SERVED[..], &signed[..]].concat()).await, dir)
}

fn envelope() -> Envelope {
    Envelope {
        to: "ben@hotel.example".into(),
        account: "support".into(),
        reference: "1.abc".into(),
        ..Envelope::default()
    }
}

async fn leaves(app: &TestApp, message: &Outbound, envelope: &Envelope) -> String {
    let (_, raw, _) = app.app.channels.mail.send(message, envelope, app.clock.now()).await.unwrap();
    String::from_utf8(raw).unwrap()
}

/// An answer to everybody with all that a mail can have.
fn answer(app: &TestApp) -> (Outbound, Envelope) {
    let cc = ["chef@hotel.example", "office@hotel.example"]
        .map(|address| Mailbox { name: "Küche & Büro".into(), address: Address::email(address).unwrap() });
    let message = Outbound {
        cc: cc.into(),
        subject: "Re: 询价：六台净水器的价格，请在周五之前给我们一个报价，谢谢 – Angebot für Grüße".into(),
        body: "Ein Satz.  \n\n\t你好，王丽。 \nA line with a lot of words, which is so long that whoever writes mails folds it somewhere.\n\n\n"
            .into(),
        ..mail(app, Id(1), None)
    };
    let file = File { name: "报价.pdf".into(), mime: "application/pdf".into(), bytes: (0..=255).collect() };
    let references = (0..12).map(|n| format!("a-message-with-quite-a-long-name-{n}@hotel.example")).collect();
    (message, Envelope { name: "王丽".into(), references, files: vec![file], ..envelope() })
}

fn news(app: &TestApp) -> (Outbound, Envelope) {
    let unsubscribe =
        Unsubscribe { link: "https://crm.brightwater.example/u/token".into(), line: "Stop: click".into() };
    (mail(app, Id(1), Some(Purpose::News)), Envelope { unsubscribe: Some(unsubscribe), ..envelope() })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_signature_covers_whom_answers_go_to_and_how_a_mailing_is_stopped() {
    let (app, _dir) = signing().await;
    let (message, envelope) = news(&app);
    let raw = leaves(&app, &message, &envelope).await.replace("\r\n ", " ");
    let signature = raw.lines().find(|line| line.starts_with("DKIM-Signature:")).unwrap();
    let covered = signature.split(';').find_map(|tag| tag.trim().strip_prefix("h=")).unwrap();
    for header in ["from", "reply-to", "cc", "references", "list-unsubscribe", "list-unsubscribe-post"] {
        assert!(covered.split(':').any(|name| name.trim() == header), "{header}: {covered}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_checks_the_signature_finds_it_good_until_somebody_changes_or_adds_a_header() {
    let Some(checker) = Checker::find() else { return };
    let (app, _dir) = signing().await;
    let plain = (mail(&app, Id(1), None), envelope());
    for (message, envelope) in [answer(&app), news(&app), plain] {
        let raw = leaves(&app, &message, &envelope).await;
        assert!(checker.approves(&raw), "{raw}");
        let changed = raw.replacen("Reply-To: ", "Reply-To: eve@evil.example, ", 1);
        assert_ne!(changed, raw);
        assert!(!checker.approves(&changed), "{changed}");
        // Of what is there, the signature covers one; of what is not, that there is none.
        let has = |header: &str| raw.lines().any(|line| line.starts_with(&format!("{header}:")));
        for header in ["Cc", "In-Reply-To", "References", "List-Unsubscribe"].into_iter().filter(|h| !has(h))
        {
            let added = format!("{header}: <eve@evil.example>\r\n{raw}");
            assert!(!checker.approves(&added), "{added}");
        }
    }
}

/// A Python that has dkimpy and PyNaCl.
struct Checker(String);

impl Checker {
    fn find() -> Option<Self> {
        let python = std::env::var("RAPPORT_TEST_PYTHON").unwrap_or_else(|_| "python3".into());
        let has = Command::new(&python).args(["-c", "import dkim, nacl.signing"]).output();
        if has.is_ok_and(|output| output.status.success()) {
            return Some(Self(python));
        }
        eprintln!(
            "left out: {python} has no dkimpy and PyNaCl (pip install dkimpy pynacl; RAPPORT_TEST_PYTHON names another)"
        );
        None
    }

    fn approves(&self, raw: &str) -> bool {
        let mut command = Command::new(&self.0);
        command.args(["-c", CHECK]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(raw.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        match String::from_utf8_lossy(&output.stdout).trim() {
            "True" => true,
            "False" => false,
            _ => panic!("{}", String::from_utf8_lossy(&output.stderr)),
        }
    }
}
