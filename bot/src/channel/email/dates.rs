//! When a mail was sent, and when it arrived.

use chrono::{FixedOffset, NaiveDate, TimeZone};
use mail_parser::DateTime;
use rapport_model::Timestamp;
use rapport_model::time::DAY;

use super::header::Headers;

/// Mail is not older than this: 1990-01-01T00:00:00Z.
const EARLIEST: Timestamp = Timestamp::from_secs(631_152_000);

/// What is known about a mail's arrival beside its own words.
#[derive(Clone, Copy, Debug)]
pub(super) struct Witnesses {
    /// The present.
    pub now: Timestamp,
    /// When the IMAP server took it in.
    pub internal_date: Option<Timestamp>,
    /// When the file was last changed.
    pub file_time: Option<Timestamp>,
}

/// Returns what the Date header says, however odd, if it is a date at all.
pub(super) fn sent_at(headers: &Headers<'_>) -> Option<Timestamp> {
    date(&headers.plain("date"))
}

/// Returns when the mail arrived: the server's word, else the topmost relay's, else the
/// sender's, else the file's, else now. What lies before 1990 or more than a day ahead is
/// nobody's word.
pub(super) fn received_at(headers: Option<&Headers<'_>>, witnesses: &Witnesses) -> Timestamp {
    let plausible = |t: &Timestamp| *t >= EARLIEST && *t <= witnesses.now.plus(DAY);
    let relayed = || {
        let received = headers?.plain("received");
        date(received.rsplit_once(';')?.1)
    };
    let sent = || sent_at(headers?);
    witnesses
        .internal_date
        .filter(plausible)
        .or_else(|| relayed().filter(plausible))
        .or_else(|| sent().filter(plausible))
        .or_else(|| witnesses.file_time.filter(plausible))
        .unwrap_or(witnesses.now)
}

/// Reads a date as RFC 5322 writes it, or the ISO form that some programs write.
fn date(text: &str) -> Option<Timestamp> {
    // Seconds may be missing (RFC 5322, 3.3), which the parser does not know.
    let with_seconds = |word: &str| match word.split(':').count() {
        2 => format!("{word}:00"),
        _ => word.to_owned(),
    };
    let words: Vec<String> = text.split_whitespace().map(with_seconds).collect();
    let read = DateTime::parse_rfc822(&words.join(" "));
    read.or_else(|| DateTime::parse_rfc3339(&words.join("T"))).and_then(|d| instant(&d))
}

/// Turns the parser's fields, which it does not check, into an instant.
fn instant(d: &DateTime) -> Option<Timestamp> {
    let offset_secs = i32::from(d.tz_hour) * 3_600 + i32::from(d.tz_minute) * 60;
    let offset = FixedOffset::east_opt(if d.tz_before_gmt { -offset_secs } else { offset_secs })?;
    let day = NaiveDate::from_ymd_opt(i32::from(d.year), u32::from(d.month), u32::from(d.day))?;
    // A leap second is the last second of its minute here.
    let local = day.and_hms_opt(u32::from(d.hour), u32::from(d.minute), u32::from(d.second.min(59)))?;
    Some(offset.from_local_datetime(&local).single()?.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn dates_are_read_as_programs_write_them() {
        for (text, expected) in [
            ("Fri, 20 Nov 2026 02:00:00 +0000", Some("2026-11-20T02:00:00Z")),
            ("20 Nov 2026 10:00:00 +0800 (CST)", Some("2026-11-20T02:00:00Z")),
            ("Fri, 20 Nov 26 02:00 GMT", Some("2026-11-20T02:00:00Z")),
            ("Thu, 19 Nov 2026 18:00:00 PST", Some("2026-11-20T02:00:00Z")),
            ("2026-11-20 02:00:00", Some("2026-11-20T02:00:00Z")),
            ("2026-11-20T10:00:00+08:00", Some("2026-11-20T02:00:00Z")),
            ("Fri, 31 Dec 1899 23:59:60 +0000", Some("1899-12-31T23:59:59Z")),
            ("Tue, 1 Jan 2199 00:00:00 +0000", Some("2199-01-01T00:00:00Z")),
            ("Fri, 31 Feb 2026 02:00:00 +0000", None),
            ("Fri, 20 Nov 2026 25:00:00 +0000", None),
            ("yesterday", None),
            ("", None),
            ("------------", None),
            ("99999999999999999999999 99 9999999", None),
        ] {
            assert_eq!(date(text), expected.map(at), "{text}");
        }
    }

    #[test]
    fn the_best_plausible_witness_is_believed() {
        let now = at("2026-11-20T02:00:00Z");
        let block = "Received: from a by b; Thu, 19 Nov 2026 01:00:00 +0000\nReceived: from c; Wed, 18 Nov 2026 01:00:00 +0000\nDate: Tue, 17 Nov 2026 01:00:00 +0000\n\n";
        let (relayed, sent, file) =
            (at("2026-11-19T01:00:00Z"), at("2026-11-17T01:00:00Z"), at("2026-11-16T01:00:00Z"));
        let read = |block: &str, internal_date: Option<&str>, file_time: Option<Timestamp>| {
            let headers = Headers::read(block.as_bytes(), |_| false).0;
            received_at(Some(&headers), &Witnesses { now, internal_date: internal_date.map(at), file_time })
        };
        assert_eq!(read(block, Some("2026-11-19T03:00:00Z"), Some(file)), at("2026-11-19T03:00:00Z"));
        assert_eq!(read(block, Some("1970-01-01T00:00:00Z"), Some(file)), relayed);
        assert_eq!(read(block, Some("2026-11-22T00:00:00Z"), Some(file)), relayed);
        assert_eq!(read(&block.replace("19 Nov 2026", "19 Nov 1986"), None, Some(file)), sent);
        assert_eq!(read(&block.replace("Nov 2026", "Nov 2199"), None, Some(file)), file);
        assert_eq!(read("Subject: x\n\n", None, None), now);
        assert_eq!(
            read("Date: Fri, 20 Nov 2026 20:00:00 +0000\n\n", None, Some(file)),
            at("2026-11-20T20:00:00Z")
        );
    }
}
