//! What lies on disk: durable, encrypted, erasable, and made anew when it is unusable.

use std::fs;

use tantivy::schema::Field;

use super::*;

/// Tells whether any dictionary of the index holds `word`.
fn holds(index: &SearchIndex, word: &str) -> bool {
    let fields = index.searcher().fields();
    let in_field = |field: Field| {
        let searcher = index.searcher().snapshot();
        let mut segments = searcher.segment_readers().iter();
        segments.any(|s| s.inverted_index(field).unwrap().terms().get(word).unwrap().is_some())
    };
    in_field(fields.title) || in_field(fields.body)
}

fn mails(n: i64) -> Vec<Document> {
    (1..=n).map(|i| message(i, &format!("mail number{i} about topic{}", i % 7))).collect()
}

#[test]
fn what_was_committed_is_there_after_a_restart_and_the_rest_is_not() {
    let dir = Dir::new();
    let (mut index, checkpoint) = dir.open();
    assert_eq!(checkpoint, None);
    index.put(&mails(10));
    assert_eq!(index.searcher().count(), 0, "nothing is visible before the commit");
    index.commit(10).unwrap();
    index.put(&[message(11, "late news")]);
    index.apply(IndexOp::Delete(Kind::Message, Id(1))).unwrap();
    drop(index); // As after a crash: no commit.
    let (index, checkpoint) = dir.open();
    assert_eq!(checkpoint, Some(Checkpoint { seq: 10 }));
    assert_eq!(index.checkpoint(), checkpoint);
    assert_eq!(index.searcher().count(), 10);
    assert_eq!((index.find("late"), index.find("number1")), (vec![], vec![1]));
}

#[test]
fn an_index_that_was_never_committed_starts_from_nothing() {
    let dir = Dir::new();
    drop(dir.open());
    assert_eq!(dir.open().1, None);
}

#[test]
fn applying_twice_is_the_same_as_once() {
    let dir = Dir::new();
    let mut index = dir.with(&mails(5));
    index.put(&mails(5));
    index.put(&[message(3, "a new text")]);
    index.apply(IndexOp::Delete(Kind::Message, Id(5))).unwrap();
    index.apply(IndexOp::Delete(Kind::Message, Id(5))).unwrap();
    index.commit(6).unwrap();
    assert_eq!(index.searcher().count(), 4);
    assert_eq!((index.find("text"), index.find("number3"), index.find("number5")), (vec![3], vec![], vec![]));
}

#[test]
fn an_index_built_anew_answers_alike() {
    let (one, two) = (Dir::new(), Dir::new());
    let first = one.with(&mails(50));
    let (mut second, _) = two.open();
    for (i, mail) in mails(50).iter().rev().enumerate() {
        second.put(std::slice::from_ref(mail));
        if i % 9 == 0 {
            second.commit(i as i64).unwrap();
        }
    }
    second.commit(50).unwrap();
    for query in ["mail", "topic3", "number7 topic0", "mail -topic1", "numb* topic2", "nunber12"] {
        assert_eq!(first.ask(&asking(query)), second.ask(&asking(query)), "{query}");
    }
}

#[test]
fn a_purge_leaves_no_word_of_what_was_deleted() {
    let dir = Dir::new();
    let (mut index, _) = dir.open();
    for (i, chunk) in mails(40).chunks(10).enumerate() {
        index.put(chunk);
        index.put(&[message(1000 + i as i64, "the secret Xyzzyname")]);
        index.commit(i as i64).unwrap();
    }
    for id in 1000..1004 {
        index.apply(IndexOp::Delete(Kind::Message, Id(id))).unwrap();
    }
    index.commit(9).unwrap();
    assert!(index.find("xyzzyname").is_empty());
    assert!(holds(&index, "xyzzyname"), "deleting alone leaves the word");
    index.purge().unwrap();
    assert!(!holds(&index, "xyzzyname"));
    assert_eq!((index.searcher().count(), index.checkpoint()), (40, Some(Checkpoint { seq: 9 })));
    let segments = index.searcher().snapshot().segment_readers().len();
    let n_terms = dir.files().iter().filter(|p| p.extension().is_some_and(|e| e == "term")).count();
    assert_eq!(n_terms, segments, "no file of an older segment is left");
    index.put(&[message(2000, "written afterwards")]);
    index.commit(10).unwrap();
    drop(index);
    let (index, checkpoint) = dir.open();
    assert_eq!((checkpoint, index.searcher().count()), (Some(Checkpoint { seq: 10 }), 41));
    assert!(!holds(&index, "xyzzyname"));
}

#[test]
fn a_purge_takes_what_was_not_yet_committed() {
    let dir = Dir::new();
    let mut index = dir.with(&mails(3));
    index.apply(IndexOp::Delete(Kind::Message, Id(2))).unwrap();
    index.purge().unwrap();
    assert!(!holds(&index, "number2"));
    assert_eq!(index.checkpoint(), Some(Checkpoint { seq: 3 }));
}

#[test]
fn no_file_shows_a_word_or_a_field() {
    let dir = Dir::new();
    let _index = dir.with(&[message(1, "Confidential letter of Wilhelmina to Quentin")]);
    let files = dir.files();
    assert!(files.len() >= 8, "{files:?}");
    for path in files {
        let bytes = fs::read(&path).unwrap();
        for word in ["onfidential", "ilhelmina", "uentin", "body", "customer", "segments", "seq", "tantivy"] {
            let found = bytes.windows(word.len()).any(|window| window.eq_ignore_ascii_case(word.as_bytes()));
            assert!(!found, "{word} in {}", path.display());
        }
    }
}

#[test]
fn another_key_is_told_from_damage_and_changes_nothing() {
    let dir = Dir::new();
    drop(dir.with(&mails(3)));
    let error = SearchIndex::open(dir.path(), &[1; 32]).map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("another key"), "{error}");
    assert!(SearchIndex::open_reader(dir.path(), &[1; 32]).is_err());
    assert_eq!(dir.open().1, Some(Checkpoint { seq: 3 }));
}

/// Changes each file of an index in turn; the index is either found unusable when it is opened,
/// and made anew, or says so when it is searched.
fn check_damage(damage: impl Fn(&mut Vec<u8>)) {
    let dir = Dir::new();
    drop(dir.with(&mails(400)));
    let files: Vec<_> = dir.files().into_iter().map(|path| (fs::read(&path).unwrap(), path)).collect();
    for (sound, path) in &files {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        // A list only of files to remove one day; and the store holds nothing that is ever read.
        if name == "key" || name.ends_with(".store") {
            continue;
        }
        let mut bytes = sound.clone();
        damage(&mut bytes);
        fs::write(path, bytes).unwrap();
        let (index, checkpoint) = dir.open();
        if checkpoint.is_some() {
            let asked = [asking("\"mail number7\""), asking("topic3")];
            let failed = asked.iter().any(|request| index.searcher().search(request).is_err());
            assert!(failed, "{name} was changed and nobody noticed");
        } else {
            assert_eq!(index.searcher().count(), 0, "{name}");
        }
        drop(index);
        for left in dir.files() {
            fs::remove_file(left).unwrap();
        }
        for (sound, path) in &files {
            fs::write(path, sound).unwrap();
        }
    }
    assert_eq!(dir.open().1, Some(Checkpoint { seq: 400 }), "put back, it is sound");
}

#[test]
fn a_changed_byte_is_noticed() {
    check_damage(|bytes| {
        let middle = super::super::sealed::HEADER_BYTES + 3;
        bytes[middle] ^= 1;
    });
}

#[test]
fn a_cut_file_is_noticed() {
    check_damage(|bytes| bytes.truncate(bytes.len() - 1));
    check_damage(Vec::clear);
}

#[test]
fn a_sound_index_can_be_made_anew() {
    let dir = Dir::new();
    drop(dir.with(&mails(3)));
    let mut index = SearchIndex::recreate(dir.path(), &KEY).unwrap();
    assert_eq!((index.searcher().count(), index.checkpoint()), (0, None));
    assert!(SearchIndex::recreate(dir.path(), &KEY).is_err(), "another one writes");
    index.put(&mails(1));
    index.commit(1).unwrap();
    drop(index);
    assert_eq!(dir.open().1, Some(Checkpoint { seq: 1 }));
}

#[test]
fn only_the_index_is_removed_when_it_is_made_anew() {
    let dir = Dir::new();
    drop(dir.with(&mails(3)));
    let (notes, sub) = (dir.path().join("notes.txt"), dir.path().join("sub"));
    fs::write(&notes, "mine").unwrap();
    fs::create_dir(&sub).unwrap();
    fs::write(sub.join("meta.json"), "mine too").unwrap();
    fs::write(dir.path().join("meta.json"), "garbage").unwrap();
    assert_eq!(dir.open().1, None);
    assert_eq!(fs::read_to_string(&notes).unwrap(), "mine");
    assert_eq!(fs::read_to_string(sub.join("meta.json")).unwrap(), "mine too");
    assert_eq!(dir.files().iter().filter(|p| p.extension().is_some_and(|e| e == "term")).count(), 0);
}

#[test]
fn one_writes_while_others_read() {
    let dir = Dir::new();
    let error = SearchIndex::open_reader(dir.path(), &KEY).map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("no usable search index"), "{error}");
    let mut index = dir.with(&mails(3));
    let error = SearchIndex::open(dir.path(), &KEY).map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("by another process"), "{error}");
    let reader = SearchIndex::open_reader(dir.path(), &KEY).unwrap();
    assert_eq!((reader.count(), reader.checkpoint()), (3, Some(Checkpoint { seq: 3 })));
    index.put(&[message(4, "fresh")]);
    index.commit(4).unwrap();
    assert_eq!(reader.count(), 3);
    reader.refresh().unwrap();
    assert_eq!((reader.count(), reader.checkpoint()), (4, Some(Checkpoint { seq: 4 })));
    let beside = index.searcher().clone();
    drop(index);
    assert_eq!(dir.open().1, Some(Checkpoint { seq: 4 }), "the lock goes with the writer");
    assert_eq!(beside.count(), 4);
}

#[test]
fn a_large_text_goes_through_many_blocks() {
    let dir = Dir::new();
    let words = |n: i64| (0..20_000).map(|i| format!("w{}", i * (7919 + 2 * n) % 30_000)).collect::<Vec<_>>();
    let documents: Vec<_> = (1..=5).map(|n| message(n, &words(n).join(" "))).collect();
    let index = dir.with(&documents);
    let phrase = format!("\"{}\"", words(3)[10_000..10_003].join(" "));
    assert_eq!(index.find(&phrase), [3]);
    let sizes: Vec<_> = dir.files().iter().map(|p| fs::metadata(p).unwrap().len()).collect();
    assert!(sizes.iter().any(|size| *size > 100_000), "{sizes:?}");
}
