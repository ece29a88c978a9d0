//! Mails made of what the fuzzer gives.

use rapport::channel::email::{ParseOptions, parse};
use rapport_model::Timestamp;
use rapport_model::message::{Content, Incoming};

/// The text limit of these mails, in bytes: low, so that it is met.
pub const BODY_BYTES_MAX: usize = 4 << 10;

/// Reads a mail on a fixed day.
pub fn read(raw: &[u8]) -> Incoming {
    let now = Timestamp::parse("2026-11-20T02:00:00Z").expect("a date");
    let authserv_id = Some("mx.house.example".to_owned());
    let options = ParseOptions { body_bytes_max: BODY_BYTES_MAX, authserv_id, ..ParseOptions::at(now) };
    parse(raw.to_vec(), "fuzz", &options)
}

/// Reads a mail that must be one.
pub fn content(raw: &[u8]) -> Content {
    read(raw).content.expect("a mail with a header of our own")
}

/// Writes bytes so that they stay within one header field.
pub fn value(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().map(|b| if matches!(b, b'\r' | b'\n') { b' ' } else { *b }).collect()
}

/// Writes a person's plain mail.
pub fn plain(subject: &[u8], body: &str) -> Vec<u8> {
    let mut raw = b"From: Ann Novak <ann@shop.example>\nTo: support@house.example\nSubject: ".to_vec();
    raw.extend(value(subject));
    raw.extend_from_slice(b"\nContent-Type: text/plain; charset=utf-8\n\n");
    raw.extend_from_slice(body.as_bytes());
    raw
}

/// Writes a person's mail that carries something, under a word of theirs.
pub fn carrying(media_type: &str, bytes: &[u8]) -> Vec<u8> {
    let mut raw = b"From: Ann Novak <ann@shop.example>\nTo: support@house.example\nSubject: a question\n\
        Content-Type: multipart/mixed; boundary=\"8dT0-never-in-the-input-Qx\"\n\n\
        --8dT0-never-in-the-input-Qx\n\nplease have a look\n--8dT0-never-in-the-input-Qx\nContent-Type: "
        .to_vec();
    raw.extend_from_slice(media_type.as_bytes());
    raw.extend_from_slice(b"\n\n");
    raw.extend_from_slice(bytes);
    raw.extend_from_slice(b"\n--8dT0-never-in-the-input-Qx--\n");
    raw
}
