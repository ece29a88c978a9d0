//! Erasing a person: nothing of theirs can be read any more, wherever it was written.

use std::path::Path;

use rapport::{App, Config};
use rapport_model::job::{Outbound, Recipient};
use rapport_model::message::ChannelKind;
use rapport_model::time::DAY;
use rapport_model::{Act, Actor, Change, Clock as _, Id, Kind, RecordRef, Timestamp};
use rapport_storage::ingest::Fate;
use rapport_storage::undo::Refusal;
use rapport_storage::work::Work;
use rapport_storage::{Access, Store};
use rapport_workflows::search::Results;

use crate::support::{Database, Mail, Random, TestApp, copy_dir};

/// Words that nobody else would write.
const NAME: &str = "Zdenka Quillfeather";
const ADDRESS: &str = "zdenka.quillfeather@feathers.example";
const SECRETS: [&str; 9] = [
    ADDRESS,
    NAME,
    "Quillfeather",
    "zdenka.quillfeather",
    "Zdenka-Quillfeather",
    "plumbago-parcel",
    "marzipan-invoice",
    "wisteria",
    "cornflower",
];
/// Files that she and somebody else sent.
const HER_FILE: &str = "Zdenka-Quillfeather-wisteria.pdf";
const HIS_FILE: &str = "Zdenka-Quillfeather-offer.pdf";

/// Tells whether bytes hold what only she or those who write about her would write.
fn is_hers(bytes: &[u8]) -> bool {
    let holds = |secret: &&str| {
        bytes.windows(secret.len()).any(|window| window.eq_ignore_ascii_case(secret.as_bytes()))
    };
    SECRETS.iter().any(holds)
}

/// Reads every file under `dir`, also those that are hidden.
fn files(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            all.extend(files(&entry.path()));
        } else {
            all.push((entry.path().display().to_string(), std::fs::read(entry.path()).unwrap()));
        }
    }
    all
}

/// The files of a process in which she can be read.
fn plain_in(dir: &Path) -> Vec<String> {
    files(dir).into_iter().filter(|(_, bytes)| is_hers(bytes)).map(|(path, _)| path).collect()
}

/// The columns of a server's tables in which she can be read, and how many were looked at.
async fn plain_on(database: &Database) -> (Vec<String>, usize) {
    let mut db = database.connect().await;
    let columns: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT table_schema::text, table_name::text, column_name::text FROM information_schema.columns
         WHERE table_schema IN ('public', 'rapport_keys') AND data_type IN ('text', 'bytea')",
    )
    .fetch_all(&mut db)
    .await
    .unwrap();
    let mut plain = Vec::new();
    for (schema, table, column) in &columns {
        let sql = format!(
            "SELECT CASE pg_typeof({column})::text WHEN 'text' THEN convert_to({column}::text, 'UTF8')
                    ELSE {column}::bytea END FROM {schema}.{table} WHERE {column} IS NOT NULL"
        );
        let values: Vec<Vec<u8>> =
            sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_all(&mut db).await.unwrap();
        if values.iter().any(|value| is_hers(value)) {
            plain.push(format!("{schema}.{table}.{column}"));
        }
    }
    (plain, columns.len())
}

async fn found(app: &TestApp, words: &str) -> usize {
    let Results { found, .. } = app.search(words).await;
    found.len()
}

/// A letter of ours, or a notice, with her name in it; it leaves at `send_at`.
fn letter(app: &TestApp, to: Recipient, about: &str, send_at: Timestamp) -> Outbound {
    let id = app.app.store().new_id();
    Outbound {
        channel: if matches!(to, Recipient::User(_)) { ChannelKind::Console } else { ChannelKind::Email },
        to,
        subject: format!("About {about}"),
        body: format!("{about} was asked."),
        html: Some(format!("<p>{about} was asked.</p>")),
        ..Outbound::notice(id, Id(0), "follow_up_1", send_at, id.to_string())
    }
}

/// A customer writes; others write about her, in every place that takes words.
async fn with_traces_everywhere(app: &TestApp) -> (RecordRef, RecordRef) {
    // What is drawn by chance is not packed smaller: on a file such a mail lies beside it.
    let mut random = Random(5);
    let noise: String = (0..150_000).map(|_| char::from(b'a' + random.below(26) as u8)).collect();
    let theirs = Mail::from(&format!("{NAME} <{ADDRESS}>")).id("z1").with_file(HER_FILE, &noise);
    app.receives(
        theirs.says("My plumbago-parcel", "Where is my plumbago-parcel? The marzipan-invoice is paid."),
    )
    .await;
    let quoting =
        format!("Hello,\n\nOn Monday {NAME} wrote:\n> the plumbago-parcel is late\n\nwhat is wrong?");
    let other = Mail::from("Ben Ode <ben@ode.example>").id("b1").header(&format!("Cc: {NAME} <{ADDRESS}>"));
    app.receives(other.says(&format!("Re: {NAME} and me"), &quoting)).await;
    // A file that is named after her, with nothing else of her in the mail.
    let file = Mail::from("Ben Ode <ben@ode.example>").id("b2").with_file(HIS_FILE, &noise);
    app.receives(file.says("The offer", "Please look at the offer.")).await;
    // A machine names whom it works for where no person reads it.
    let owner = format!("Auto-Submitted: auto-notified; owner-email=\"{ADDRESS}\"");
    let machine = Mail::from("watch@ode.example").id("w1").header(&owner);
    app.receives(machine.says("Nothing new", "All is as it was.")).await;
    // What cannot be read is kept with its bytes.
    let unreadable = format!("no mail at all: {NAME} <{ADDRESS}>\nand her cornflower\n");
    assert!(matches!(app.arrives(unreadable.into_bytes()).await, Fate::Quarantined { .. }));
    let customers = app.all(Kind::Customer).await;
    let of = |name: &str| customers.iter().find(|c| c.text("name") == name).unwrap().record;
    let (her, him) = (of(NAME), of("Ben Ode"));

    let store = app.app.store();
    let mia = app.user("mia").id;
    let change = |kind: Kind, field: &str, words: String| {
        Change::create(RecordRef::new(kind, store.new_id())).with("customer", him.id).with(field, words)
    };
    let changes = vec![
        change(Kind::Note, "body", format!("knows {NAME}, see {ADDRESS}")),
        change(Kind::Deal, "title", format!("Pumps for {NAME}")),
        change(Kind::Ticket, "title", format!("{NAME} complains too")),
        change(Kind::Task, "title", format!("Call {NAME} back")),
        change(Kind::Rating, "comment", format!("{NAME} got it sooner")),
    ];
    let act: Act = store.act_by(Actor::User(mia));
    let (now, later) = (app.clock.now(), app.clock.now().plus(DAY));
    let (to_her, to_him) = (Recipient::Customer(her.id), Recipient::Customer(him.id));
    let outbox = vec![
        letter(app, to_her, NAME, now),
        letter(app, to_her, NAME, later),
        letter(app, to_him, NAME, now),
        letter(app, to_him, NAME, later),
        letter(app, to_him, "the offer", now),
        letter(app, Recipient::User(mia), NAME, now),
    ];
    store.commit(vec![Work { outbox, ..Work::of(act, changes) }]).await.unwrap();
    app.settle().await;
    assert_eq!(app.outgoing().len(), 3, "what left waits for a mail server");
    (her, him)
}

/// Checks that she is found, and that nothing of her lies open but what waits for a mail server.
async fn check_before(app: &TestApp) {
    assert!(found(app, "quillfeather").await >= 8, "before, all of it is found");
    assert!(found(app, HER_FILE).await == 1 && found(app, HIS_FILE).await == 1);
    let words_kept = app.app.workflows.searcher().words_kept("quillf").unwrap();
    assert_eq!(words_kept, ["quillfeather"]);
    let plain = plain_in(app.app.store().dir());
    assert!(plain.iter().all(|path| path.contains("/outgoing/")), "nothing lies unsealed: {plain:?}");
}

/// Checks that she is not found, and cannot be read anywhere in the data directory.
async fn check_after(app: &TestApp) {
    for words in ["quillfeather", "zdenka", "plumbago-parcel", "marzipan", "wisteria", HER_FILE, HIS_FILE] {
        assert_eq!(found(app, words).await, 0, "{words}");
    }
    for start in ["quillf", "zdenk", "plumbag", "marzip", "wister", "cornfl"] {
        let kept = app.app.workflows.searcher().words_kept(start).unwrap();
        assert_eq!(kept, Vec::<String>::new(), "{start}");
    }
    assert_eq!(plain_in(app.app.store().dir()), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_an_erased_person_is_left_in_the_store_or_the_index() {
    let app = TestApp::start().await;
    let (her, him) = with_traces_everywhere(&app).await;
    let store = app.app.store();
    check_before(&app).await;
    assert_eq!(files(&store.dir().join("blobs")).len(), 2, "large mails lie beside the store");

    let proof = app.app.erase(her.id, Actor::Service("test".into())).await.unwrap().unwrap();
    assert_eq!((proof.identities, proof.messages), (1, 2), "her mail, and ours to her");
    for table in
        ["messages", "notes", "deals", "tickets", "tasks", "ratings", "attachments", "outbox", "changes"]
    {
        assert!(proof.redacted.get(table).is_some_and(|n| *n > 0), "{table}: {proof:?}");
    }
    assert_eq!(proof.raws_removed, 5, "of others, of ours to him, and what could not be read");
    assert_eq!(proof.outgoing.len(), 5, "to her, to him and to Mia");
    app.settle().await;

    check_after(&app).await;
    assert_eq!(files(&store.dir().join("blobs")).len(), 0);
    let [left] = &app.outgoing()[..] else { panic!("{:?}", app.outgoing()) };
    assert!(left.contains("Subject: About the offer"), "what does not name her stays: {left}");
    let erased = app.again(her).await;
    assert!(erased.deleted && erased.text("name").is_empty());
    assert!(store.identity("email", ADDRESS).await.unwrap().is_none());

    // Of the other one, all else is there.
    let messages = store.messages_of(him.id, 9).await.unwrap();
    let asked = messages.iter().find(|message| message.body.contains("what is wrong?")).unwrap();
    assert!(!asked.body.contains("Quillfeather") && asked.subject.starts_with("Re: █"), "{asked:?}");
    let with_file = messages.iter().find(|message| message.n_attachments == 1).unwrap();
    let file = &store.attachments(with_file.id).await.unwrap()[0];
    assert!(file.name.starts_with('█') && file.name.ends_with("-offer.pdf"), "{}", file.name);
    let note = app.all(Kind::Note).await.pop().unwrap();
    assert!(note.text("body").starts_with("knows █"), "{}", note.text("body"));
    let waits: Vec<_> = store.unsent(9).await.unwrap().into_iter().map(|m| m.message.subject).collect();
    assert_eq!(waits, ["About ██████ ████████████"], "to her nothing leaves any more");

    // The journal keeps that it was done, and is whole.
    let history = store.history(her).await.unwrap();
    assert_eq!(history.last().unwrap().change.op, rapport_model::Op::Erase);
    assert!(history.iter().all(|entry| entry.change.fields.is_empty()), "without her words");
    let audit = store.audit().await.unwrap();
    assert_eq!(audit.faults, vec![]);
    assert!(audit.n_redacted >= 4, "{audit:?}");
    let undone = store.undo(history.last().unwrap().act.id, Actor::Service("test".into())).await.unwrap();
    assert_eq!(undone, Err(Refusal::Erased));
    assert_eq!(store.erasures().await.unwrap(), vec![proof]);

    // Whoever is erased may come back, as somebody new.
    app.receives(Mail::from(&format!("{NAME} <{ADDRESS}>")).id("z2").says("Hello again", "A new question?"))
        .await;
    assert_eq!(store.list(Kind::Customer, &Default::default()).await.unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_an_erased_person_is_left_on_a_server_or_with_its_other_processes() {
    let Some(database) = Database::new(&[]).await else { return };
    let app = TestApp::start_at(&database.url()).await;
    let (her, him) = with_traces_everywhere(&app).await;
    let other = app.neighbour(&database.url()).await;
    // One of our letters to her, and one about her, leave through the other process.
    let now = app.clock.now();
    let to = [her, him].map(|customer| letter(&app, Recipient::Customer(customer.id), NAME, now));
    app.app.store().commit(vec![Work { outbox: to.into(), ..Work::default() }]).await.unwrap();
    other.settle().await;
    app.settle().await;
    assert_eq!(other.outgoing().len(), 2);
    check_before(&app).await;
    check_before(&other).await;
    let (plain, n_columns) = plain_on(&database).await;
    assert!(plain.is_empty() && n_columns > 100, "{plain:?} of {n_columns}");

    let proof = app.app.erase(her.id, Actor::Service("test".into())).await.unwrap().unwrap();
    assert_eq!((proof.identities, proof.messages, proof.raws_removed), (1, 3, 6), "{proof:?}");
    app.settle().await;
    other.settle().await;
    check_after(&app).await;
    check_after(&other).await;
    assert_eq!((app.outgoing().len(), other.outgoing().len()), (1, 0));
    assert_eq!(plain_on(&database).await.0, Vec::<String>::new());
    let message = other.app.store().messages_of(her.id, 1).await.unwrap().pop().unwrap();
    assert_eq!((&message.subject[..], &message.body[..]), ("", ""), "its keys are forgotten");
    assert_eq!(other.app.store().audit().await.unwrap().faults, vec![]);
    app.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_a_killed_erasure_left_goes_at_the_next_start() {
    let dir = tempfile::TempDir::new().unwrap();
    let app = TestApp::start().await;
    let (her, _) = with_traces_everywhere(&app).await;
    // Killed after the store was done, before the mails were removed.
    app.app.store().erase(her.id, Actor::Service("test".into())).await.unwrap().unwrap();
    copy_dir(app.app.store().dir(), dir.path());
    assert!(plain_in(dir.path()).iter().any(|path| path.contains("/outgoing/")));
    let again = App::build(dir.path(), Config::default(), app.clock.clone()).await.unwrap();
    assert_eq!(plain_in(&dir.path().join("outgoing")), Vec::<String>::new());
    again.settle().await.unwrap();
    assert_eq!(plain_in(dir.path()), Vec::<String>::new());
    again.close().await;
    app.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_from_before_does_not_give_an_erased_person_back() {
    let app = TestApp::start().await;
    let (her, _) = with_traces_everywhere(&app).await;
    let store = app.app.store();
    let backup = tempfile::TempDir::new().unwrap();
    copy_dir(store.dir(), backup.path());
    app.app.workflows.erase(her.id, Actor::Service("test".into())).await.unwrap().unwrap();

    // The backup has the rows; the keys are those of today.
    std::fs::copy(store.dir().join("keys.db"), backup.path().join("keys.db")).unwrap();
    let _ = std::fs::remove_file(backup.path().join("lock"));
    let restored = Store::open(backup.path(), Access::Read, app.app.store().clock().clone()).await.unwrap();
    let record = restored.record(her).await.unwrap().unwrap();
    assert_eq!(record.text("name"), "");
    for message in restored.messages_of(her.id, 10).await.unwrap() {
        assert_eq!((message.subject.as_str(), message.body.as_str(), &message.reading), ("", "", &None));
        assert_eq!(restored.raw(message.id).await.unwrap().unwrap_or_default(), b"");
    }
    restored.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_master_key_opens_everything_and_the_old_one_nothing() {
    let app = TestApp::start().await;
    let (her, _) = with_traces_everywhere(&app).await;
    let dir = app.app.store().dir().to_owned();
    let old = std::fs::read_to_string(dir.join("keys/master.key")).unwrap();
    assert!(app.app.store().rotate_master().await.unwrap() > 5);

    let clock = app.app.store().clock().clone();
    let again = Store::open(&dir, Access::Read, clock.clone()).await.unwrap();
    assert_eq!(again.record(her).await.unwrap().unwrap().text("name"), NAME);
    again.close().await;

    let new = std::fs::read_to_string(dir.join("keys/master.key")).unwrap();
    assert_ne!(old, new);
    // Killed after the keys were wrapped, before the file was put in place.
    let write = |name: &str, text: &str| {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::write(dir.join("keys").join(name), text).unwrap();
        std::fs::set_permissions(dir.join("keys").join(name), std::fs::Permissions::from_mode(0o600))
            .unwrap();
    };
    write("master.key", &old);
    write("master.next", &new);
    Store::open(&dir, Access::Read, clock.clone()).await.unwrap().close().await;
    assert_eq!(std::fs::read_to_string(dir.join("keys/master.key")).unwrap(), new);

    write("master.key", &old);
    let refused = Store::open(&dir, Access::Read, clock).await.err().unwrap().to_string();
    assert!(refused.contains("master.key") && refused.contains("not the key of this store"), "{refused}");
    write("master.key", &new);
}
