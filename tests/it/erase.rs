//! Erasing a person: nothing of theirs can be read any more, wherever it was written.

use std::path::Path;

use rapport_model::{Act, Actor, Change, Kind, RecordRef};
use rapport_storage::undo::Refusal;
use rapport_storage::work::Work;
use rapport_storage::{Access, Store};
use rapport_workflows::search::Results;

use crate::support::{Mail, TestApp};

/// Words that nobody else would write.
const NAME: &str = "Zdenka Quillfeather";
const ADDRESS: &str = "zdenka.quillfeather@feathers.example";
const SECRETS: [&str; 6] =
    [ADDRESS, NAME, "Quillfeather", "zdenka.quillfeather", "plumbago-parcel", "marzipan-invoice"];

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

fn plain_in(dir: &Path) -> Vec<String> {
    let holds = |bytes: &[u8], secret: &str| {
        bytes.windows(secret.len()).any(|window| window.eq_ignore_ascii_case(secret.as_bytes()))
    };
    let found = files(dir).into_iter().filter(|(_, bytes)| SECRETS.iter().any(|s| holds(bytes, s)));
    found.map(|(path, _)| path).filter(|path| !path.contains("/outgoing/")).collect()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()));
        } else {
            std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

async fn found(app: &TestApp, words: &str) -> usize {
    let Results { found, .. } = app.search(words).await;
    found.len()
}

/// A customer writes; others write about her, in every place that takes words.
async fn with_traces_everywhere() -> (TestApp, RecordRef, RecordRef) {
    let app = TestApp::start().await;
    let theirs = Mail::from(&format!("{NAME} <{ADDRESS}>")).id("z1");
    app.receives(
        theirs.says("My plumbago-parcel", "Where is my plumbago-parcel? The marzipan-invoice is paid."),
    )
    .await;
    let quoting =
        format!("Hello,\n\nOn Monday {NAME} wrote:\n> the plumbago-parcel is late\n\nwhat is wrong?");
    let other = Mail::from("Ben Ode <ben@ode.example>")
        .id("b1")
        .header(&format!("Cc: {NAME} <{ADDRESS}>"))
        .header("MIME-Version: 1.0")
        .header("Content-Type: text/plain; charset=utf-8");
    app.receives(other.says(&format!("Re: {NAME} and me"), &quoting)).await;
    let customers = app.all(Kind::Customer).await;
    let of = |name: &str| customers.iter().find(|c| c.text("name") == name).unwrap().record;
    let (her, him) = (of(NAME), of("Ben Ode"));

    let store = app.app.store();
    let mia = Actor::User(app.user("mia").id);
    let change = |kind: Kind, field: &str, words: String| {
        Change::create(RecordRef::new(kind, store.new_id())).with("customer", him.id).with(field, words)
    };
    let changes = vec![
        change(Kind::Note, "body", format!("knows {NAME}, see {ADDRESS}")),
        change(Kind::Deal, "title", format!("Pumps for {NAME}")),
        change(Kind::Ticket, "title", format!("{NAME} complains too")),
        change(Kind::Task, "title", format!("Call {NAME} back")),
    ];
    let act: Act = store.act_by(mia);
    store.commit(vec![Work::of(act, changes)]).await.unwrap();
    app.settle().await;
    (app, her, him)
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_an_erased_person_is_left_in_the_store_or_the_index() {
    let (app, her, him) = with_traces_everywhere().await;
    let store = app.app.store();
    assert!(found(&app, "quillfeather").await >= 6, "before, all of it is found");
    let words_kept = |start: &str| app.app.workflows.searcher().words_kept(start).unwrap();
    assert_eq!(words_kept("quillf"), ["quillfeather"]);
    assert_eq!(plain_in(store.dir()), Vec::<String>::new(), "nothing ever lies there unsealed");

    let proof = app.app.workflows.erase(her.id, Actor::Service("test".into())).await.unwrap().unwrap();
    assert_eq!((proof.identities, proof.messages), (1, 1));
    for table in ["messages", "notes", "deals", "tickets", "tasks", "changes"] {
        assert!(proof.redacted.get(table).is_some_and(|n| *n > 0), "{table}: {proof:?}");
    }
    assert_eq!(proof.raws_removed, 1, "the mail of the other one");
    app.settle().await;

    for words in ["quillfeather", "zdenka", "plumbago-parcel", "marzipan"] {
        assert_eq!(found(&app, words).await, 0, "{words}");
    }
    for start in ["quillf", "zdenk", "plumbag", "marzip"] {
        assert_eq!(words_kept(start), Vec::<String>::new());
    }
    assert_eq!(plain_in(store.dir()), Vec::<String>::new());
    let erased = app.again(her).await;
    assert!(erased.deleted && erased.text("name").is_empty());
    assert!(store.identity("email", ADDRESS).await.unwrap().is_none());

    // Of the other one, all else is there.
    let messages = store.messages_of(him.id, 5).await.unwrap();
    assert!(messages[0].body.contains("what is wrong?") && !messages[0].body.contains("Quillfeather"));
    let note = app.all(Kind::Note).await.pop().unwrap();
    assert!(note.text("body").starts_with("knows █"), "{}", note.text("body"));

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
async fn a_backup_from_before_does_not_give_an_erased_person_back() {
    let (app, her, _) = with_traces_everywhere().await;
    let store = app.app.store();
    let backup = tempfile::TempDir::new().unwrap();
    copy(store.dir(), backup.path());
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
    let (app, her, _) = with_traces_everywhere().await;
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
