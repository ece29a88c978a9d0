//! What the fuzzer holds mail to, held for its seeds.

#[path = "../fuzz/src/properties/mod.rs"]
mod properties;

use std::path::Path;

fn check(target: &str, property: fn(&[u8])) {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(target);
    let mut n = 0;
    for seed in std::fs::read_dir(&seeds).unwrap() {
        let bytes = std::fs::read(seed.unwrap().path()).unwrap();
        // Half of a mail is one, too.
        for end in [bytes.len(), bytes.len() / 2, bytes.len() / 3] {
            property(&bytes[..end]);
        }
        n += 1;
    }
    assert!(n > 0, "{} holds no seed", seeds.display());
}

#[test]
fn a_mail_is_read_within_its_limits_and_known_again() {
    check("parse", properties::parse::check);
}

#[test]
fn mails_come_together_by_what_they_answer() {
    check("thread", properties::thread::check);
}

#[test]
fn a_machine_is_told_from_a_person() {
    check("classify", properties::classify::check);
}

#[test]
fn a_mails_own_text_is_part_of_it() {
    check("trim", properties::trim::check);
}
