//! Sources as users have them, in a temporary directory.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// A directory that goes away with the test.
struct Dir(PathBuf);

impl Dir {
    fn new() -> Self {
        static N: AtomicUsize = AtomicUsize::new(0);
        let name = format!("rapport-source-{}-{}", std::process::id(), N.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn put(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    /// Reads all, writing each item as `place: bytes`, relative to the directory.
    fn read(&self, path: &Path, options: SourceOptions) -> Vec<String> {
        let root = format!("{}/", self.0.display());
        let told = |item: Result<RawMail, SourceError>| match item {
            Ok(mail) => {
                let mark = if mail.too_big { " (too big)" } else { "" };
                format!("{}: {}{mark}", mail.place, mail.bytes.escape_ascii())
            }
            Err(error) => format!("{}! {}", error.path.display(), error.why),
        };
        open(path, options).map(|item| told(item).replace(&root, "")).collect()
    }

    fn read_all(&self) -> Vec<String> {
        self.read(&self.0, SourceOptions::default())
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const SEPARATOR: &str = "From ann@x.test Mon Sep 20 19:29:27 2021\n";

#[test]
fn directories_are_read_in_order_and_hidden_files_are_not() {
    let dir = Dir::new();
    dir.put("b/2.eml", "two");
    dir.put("b/10.eml", "ten");
    dir.put("a.txt", "");
    dir.put(".hidden", "no");
    dir.put("c", "three");
    assert_eq!(dir.read_all(), ["a.txt: ", "b/10.eml: ten", "b/2.eml: two", "c: three"]);
}

#[test]
fn a_maildir_gives_cur_and_new_and_its_folders() {
    let dir = Dir::new();
    dir.put("new/3.host", format!("{SEPARATOR}one mail, not an mbox"));
    dir.put("cur/1.host:2,S", "one");
    dir.put("cur/2.host:2,", "two");
    dir.put("tmp/4.host", "no");
    dir.put("dovecot-uidlist", "no");
    dir.put(".Sent/cur/5.host", "sent");
    fs::create_dir_all(dir.0.join(".Sent/new")).unwrap();
    let read = dir.read_all();
    assert_eq!(read.len(), 4, "{read:?}");
    assert_eq!(read[..2], ["cur/1.host:2,S: one", "cur/2.host:2,: two"]);
    assert!(read[2].starts_with("new/3.host: From ann") && read[3] == ".Sent/cur/5.host: sent");
}

#[test]
fn each_sort_of_mbox_is_cut_into_its_mails() {
    let dir = Dir::new();
    for (text, expected) in [
        (
            format!("{SEPARATOR}A: 1\n\nx\n\n{SEPARATOR}B: 2\n\ny\n"),
            &["A: 1\\n\\nx\\n", "B: 2\\n\\ny\\n"][..],
        ),
        (format!("{SEPARATOR}A: 1\n\nx\n{SEPARATOR}B: 2\n"), &["A: 1\\n\\nx\\n", "B: 2\\n"]),
        (format!("\u{FEFF}\n{SEPARATOR}A: 1\n"), &["A: 1\\n"]),
        (
            format!("{SEPARATOR}A: 1\n\n>From me\n>>From you\nFrom here on\n> From\n"),
            &["A: 1\\n\\nFrom me\\n>From you\\nFrom here on\\n> From\\n"],
        ),
        (
            format!("{SEPARATOR}A: 1\r\n\r\nx\r\n\r\n{SEPARATOR}B: 2\r\n"),
            &["A: 1\\r\\n\\r\\nx\\r\\n", "B: 2\\r\\n"],
        ),
        // A length that is true, one that is not.
        (
            format!("{SEPARATOR}Content-Length: 44\n\nx\n{SEPARATOR}y\n\n{SEPARATOR}B: 2\n"),
            &["Content-Length: 44\\n\\nx\\nFrom ann@x.test Mon Sep 20 19:29:27 2021\\ny\\n", "B: 2\\n"],
        ),
        (
            format!("{SEPARATOR}Content-Length: 4\n\nx\n\n{SEPARATOR}B: 2\n"),
            &["Content-Length: 4\\n\\nx\\n", "B: 2\\n"],
        ),
        (
            format!("{SEPARATOR}Content-Length: 18446744073709551615\n\nx\n"),
            &["Content-Length: 18446744073709551615\\n\\nx\\n"],
        ),
        (SEPARATOR.to_owned(), &[""]),
    ] {
        let path = dir.put("box", &text);
        let read = dir.read(&path, SourceOptions::default());
        let expected: Vec<String> =
            expected.iter().enumerate().map(|(n, b)| format!("box#{}: {b}", n + 1)).collect();
        assert_eq!(read, expected, "{text}");
    }
}

#[test]
fn a_mail_of_an_mbox_has_the_time_of_its_separator() {
    let dir = Dir::new();
    let path = dir.put("box", format!("{SEPARATOR}A: 1\n\n{SEPARATOR}B: 2\n"));
    let mails: Vec<RawMail> = open(&path, SourceOptions::default()).map(Result::unwrap).collect();
    assert_eq!(mails[0].file_time, Some(Timestamp::parse("2021-09-20T19:29:27Z").unwrap()));
    assert_eq!([mails[0].first_of_file, mails[1].first_of_file], [true, false]);
}

#[test]
fn of_a_mail_that_is_too_big_the_beginning_is_kept() {
    let dir = Dir::new();
    let options = SourceOptions { message_bytes_max: 100_000 };
    let big = "x".repeat(200_000);
    let path = dir.put("big.eml", format!("A: 1\n\n{big}"));
    let mail = open(&path, options).next().unwrap().unwrap();
    assert_eq!((mail.bytes.len(), mail.too_big), (KEPT_BYTES, true));
    let path = dir.put("box", format!("{SEPARATOR}A: 1\n\n{big}\n\n{SEPARATOR}B: 2\n"));
    let mails: Vec<(usize, bool)> =
        open(&path, options).map(Result::unwrap).map(|m| (m.bytes.len(), m.too_big)).collect();
    assert_eq!(mails, [(KEPT_BYTES, true), (5, false)]);
}

#[test]
fn a_missing_path_says_what_to_do() {
    let dir = Dir::new();
    let read = dir.read(&dir.0.join("nowhere"), SourceOptions::default());
    assert!(
        read.len() == 1
            && read[0].starts_with("nowhere! ")
            && read[0].ends_with("check the path; a link may lead nowhere"),
        "{read:?}"
    );
}

#[cfg(unix)]
mod on_unix {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn links_in_circles_and_sockets_are_told_and_the_rest_goes_on() {
        let dir = Dir::new();
        dir.put("a/1.eml", "one");
        symlink(&dir.0, dir.0.join("a/up")).unwrap();
        symlink(dir.0.join("self"), dir.0.join("self")).unwrap();
        symlink(dir.0.join("nowhere"), dir.0.join("broken")).unwrap();
        let _socket = UnixListener::bind(dir.0.join("socket")).unwrap();
        dir.put("z.eml", "last");
        let read = dir.read_all();
        let expected = [
            ("a/1.eml: one", ""),
            ("a/up! ", "nothing to do"),
            ("broken! ", "a link may lead nowhere"),
            ("self! ", "remove the link that leads to itself"),
            ("socket! ", "name it on the command line if it holds mail"),
            ("z.eml: last", ""),
        ];
        assert_eq!(read.len(), expected.len(), "{read:?}");
        for (item, (start, end)) in read.iter().zip(expected) {
            assert!(item.starts_with(start) && item.ends_with(end), "{item}");
        }
    }

    #[test]
    fn an_endless_file_ends_at_the_limit() {
        let options = SourceOptions { message_bytes_max: 100_000 };
        let mails: Vec<RawMail> = open(Path::new("/dev/zero"), options).map(Result::unwrap).collect();
        assert_eq!(
            mails.iter().map(|m| (m.bytes.len(), m.too_big)).collect::<Vec<_>>(),
            [(KEPT_BYTES, true)]
        );
    }
}
