//! Outlook's own headers for conversations, which Exchange goes by before anything else: an answer
//! repeats the topic and extends the index ([MS-OXOMSG] 2.2.1.2 and 2.2.1.3).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rapport_model::{Id, Timestamp};

use super::header::Headers;
use super::words;

/// The header block: six bytes of time, and a GUID.
const HEADER_BYTES: usize = 22;
/// What each answer adds.
const CHILD_BYTES: usize = 5;
/// A conversation with more answers is not told apart any more.
const INDEX_BYTES_MAX: usize = HEADER_BYTES + 100 * CHILD_BYTES;
/// 1 January 1601 to 1 January 1970, in FILETIME's steps of 100 ns.
const EPOCH: u64 = 116_444_736_000_000_000;
const TOPIC_CHARS_MAX: usize = 250;

/// A mail's place in a conversation, as Outlook says it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conversation {
    /// `Thread-Topic`; empty where there is none.
    pub topic: String,
    /// `Thread-Index`, in base64; empty where there is none.
    pub index: String,
}

/// Returns what an answer to `raw` should carry. `answer` and `now` tell it from other answers.
pub(crate) fn answer_to(raw: &[u8], answer: Id, now: Timestamp) -> Conversation {
    let (headers, _) = Headers::read(raw, |_| false);
    let topic = headers.first("thread-topic").map(|raw| words::decode(raw, None)).unwrap_or_default();
    let index = headers.first("thread-index").and_then(|raw| {
        let text: String = String::from_utf8_lossy(raw).chars().filter(|c| !c.is_whitespace()).collect();
        child(&STANDARD.decode(text).ok()?, answer, now)
    });
    Conversation { topic: words::one_line(&topic, TOPIC_CHARS_MAX), index: index.unwrap_or_default() }
}

/// Extends an index by a child block: how much later, and a number that tells siblings apart.
fn child(parent: &[u8], answer: Id, now: Timestamp) -> Option<String> {
    let fits = (HEADER_BYTES..INDEX_BYTES_MAX).contains(&parent.len());
    if !fits || !(parent.len() - HEADER_BYTES).is_multiple_of(CHILD_BYTES) {
        return None;
    }
    let mut began = [0; 8];
    began[..6].copy_from_slice(&parent[..6]);
    let now = EPOCH.checked_add(u64::try_from(now.micros()).ok()?.checked_mul(10)?)?;
    let later = now.saturating_sub(u64::from_be_bytes(began));
    // 31 bits of the difference: those from 2^18 on, or, after a year and a half, from 2^23 on.
    let (code, bits) = if later >> 49 == 0 { (0, later >> 18) } else { (1 << 31, later >> 23) };
    let block = code | (u32::try_from(bits & 0x7FFF_FFFF).ok()?);
    let mut index = parent.to_vec();
    index.extend_from_slice(&block.to_be_bytes());
    index.push((answer.0 & 0xF) as u8);
    Some(STANDARD.encode(index))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(index: &[u8]) -> Vec<u8> {
        let index = STANDARD.encode(index);
        format!("Thread-Topic: =?utf-8?q?Pump_=C3=A4?=\r\nThread-Index:\r\n {index}\r\n\r\nHello")
            .into_bytes()
    }

    #[test]
    fn an_answer_repeats_the_topic_and_extends_the_index() {
        let now = Timestamp::parse("2026-03-04T12:00:00Z").unwrap();
        // The conversation began an hour before.
        let began = EPOCH + u64::try_from(now.micros()).unwrap() * 10 - 36_000_000_000;
        let mut header = began.to_be_bytes()[..6].to_vec();
        header.extend_from_slice(&[7; 16]);
        let answer = answer_to(&mail(&header), Id(0x123), now);
        assert_eq!(answer.topic, "Pump ä");
        let index = STANDARD.decode(&answer.index).unwrap();
        assert_eq!((index.len(), &index[..22], index[26]), (27, &header[..], 3));
        let block = u32::from_be_bytes(index[22..26].try_into().unwrap());
        let seconds = (u64::from(block) << 18) / 10_000_000;
        assert!((3599..=3601).contains(&seconds), "{seconds}");
        // An answer to the answer keeps both.
        let next = answer_to(&mail(&index), Id(1), now);
        assert_eq!(STANDARD.decode(next.index).unwrap()[..27], index[..]);
    }

    #[test]
    fn what_is_no_index_is_not_extended() {
        let now = Timestamp::parse("2026-03-04T12:00:00Z").unwrap();
        for index in [&[][..], &[1; 21], &[1; 23], &[1; 2_000]] {
            assert_eq!(answer_to(&mail(index), Id(1), now).index, "", "{}", index.len());
        }
        assert_eq!(answer_to(b"Subject: x\r\n\r\nHello", Id(1), now), Conversation::default());
    }
}
