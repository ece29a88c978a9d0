//! The mbox formats: mails one after the other, each after a line `From sender date`.
//!
//! mboxo and mboxrd put a `>` before lines that look like that one; mboxcl and mboxcl2 say
//! how long a mail is. A length is believed only if it leads exactly to the next mail.

use std::fs::{File, Metadata};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use chrono::{FixedOffset, NaiveDate, TimeZone};
use rapport_model::Timestamp;

use super::source::{KEPT_BYTES, RawMail, SourceError, SourceOptions, failure, modified};

/// A separator is no longer than this.
const SEPARATOR_BYTES_MAX: usize = 512;

/// A line is read in pieces of at most this length.
const PIECE_BYTES_MAX: usize = 64 << 10;

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Tells whether a file that starts like this is an mbox.
pub(super) fn is_mbox(start: &[u8]) -> bool {
    let start = start.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(start).trim_ascii_start();
    let end = start.iter().position(|b| *b == b'\n').unwrap_or(start.len());
    separator(&start[..end]).is_some()
}

/// Reads a separator line; returns the date in it, which is when the mail was put there.
fn separator(line: &[u8]) -> Option<Separator> {
    if line.len() > SEPARATOR_BYTES_MAX || !line.starts_with(b"From ") {
        return None;
    }
    // Netscape wrote neither sender nor date.
    if line.trim_ascii_end() == b"From -" {
        return Some(Separator { put_at: None });
    }
    date(line).map(|put_at| Separator { put_at: Some(put_at) })
}

/// The line before each mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Separator {
    put_at: Option<Timestamp>,
}

/// Finds the date in a separator line.
fn date(line: &[u8]) -> Option<Timestamp> {
    let text = std::str::from_utf8(line.strip_prefix(b"From ")?).ok()?;
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let clock = |word: &str| {
        let mut parts = word.splitn(3, ':').map(|part| part.parse::<u32>());
        match (parts.next()?, parts.next()?, parts.next().unwrap_or(Ok(0))) {
            (Ok(hour), Ok(minute), Ok(second)) => Some((hour, minute, second.min(59))),
            _ => None,
        }
    };
    let (at, (hour, minute, second)) =
        words.iter().enumerate().find_map(|(n, word)| Some((n, clock(word)?)))?;
    // `Mon Sep 20 19:29:27 2021`, also `20 Sep 2021 19:29:27 +0200` and a zone before the year.
    let month =
        |word: &&str| MONTHS.iter().position(|m| word.get(..3).is_some_and(|w| w.eq_ignore_ascii_case(m)));
    let before = &words[at.saturating_sub(4)..at];
    let month = before.iter().rev().find_map(month)? as u32 + 1;
    let number = |word: &&str| word.trim_end_matches(',').parse::<u32>().ok();
    let day = before.iter().rev().filter_map(number).find(|n| (1..=31).contains(n))?;
    let around = words[at + 1..].iter().chain(before);
    let year = around.filter(|w| w.len() == 4).filter_map(number).find(|n| (1970..2200).contains(n))?;
    let zone = words[at + 1..]
        .iter()
        .find(|w| w.len() == 5 && w.starts_with(['+', '-']))
        .and_then(|w| w.parse::<i32>().ok());
    let offset = FixedOffset::east_opt(zone.map_or(0, |z| z / 100 * 3_600 + z % 100 * 60))?;
    let local =
        NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?.and_hms_opt(hour, minute, second)?;
    Some(offset.from_local_datetime(&local).single()?.into())
}

/// The mails of one mbox.
#[derive(Debug)]
pub(super) struct Mbox {
    reader: BufReader<File>,
    path: PathBuf,
    file_time: Option<Timestamp>,
    options: SourceOptions,
    /// For a look ahead without moving the reader; `None` for pipes.
    probe: Option<File>,
    /// How far the reader is, in bytes.
    offset: u64,
    /// The separator that was read last; `None` before the first one.
    separator: Option<Separator>,
    n_mails: usize,
    is_done: bool,
}

/// A mail as it grows.
#[derive(Default)]
struct Draft {
    bytes: Vec<u8>,
    too_big: bool,
    /// Whether the header has ended.
    in_body: bool,
    content_length: Option<u64>,
}

impl Mbox {
    pub(super) fn new(
        reader: BufReader<File>,
        path: &Path,
        metadata: &Metadata,
        options: SourceOptions,
    ) -> Self {
        Self {
            reader,
            path: path.to_owned(),
            file_time: modified(metadata),
            options,
            probe: metadata.is_file().then(|| File::open(path).ok()).flatten(),
            offset: 0,
            separator: None,
            n_mails: 0,
            is_done: false,
        }
    }

    /// Reads up to the next separator or the end.
    fn read(&mut self) -> io::Result<Option<RawMail>> {
        let mut draft = Draft::default();
        let mut line = Vec::new();
        let mut is_line_start = true;
        let mut own = self.separator;
        loop {
            line.clear();
            self.piece(&mut line)?;
            if line.is_empty() {
                self.is_done = true;
                break;
            }
            let starts_line = std::mem::replace(&mut is_line_start, line.ends_with(b"\n"));
            if starts_line && let Some(found) = separator(&line) {
                self.separator = Some(found);
                if own.is_some() {
                    break;
                }
                own = Some(found);
                continue;
            }
            if own.is_none() {
                // Blank lines and a byte order mark before the first separator.
                continue;
            }
            draft.add(&line, starts_line, self.options.message_bytes_max);
            if draft.too_big && self.probe.is_none() {
                // A pipe may go on for ever, so nobody waits for its next separator.
                self.is_done = true;
                break;
            }
            if starts_line && !draft.in_body && line.trim_ascii_end().is_empty() {
                draft.in_body = true;
                if let Some(n) = draft.content_length.filter(|n| self.leads_to_a_mail(*n)) {
                    self.take(n, &mut draft)?;
                    is_line_start = true;
                }
            }
        }
        let Some(own) = own else { return Ok(None) };
        self.n_mails += 1;
        Ok(Some(RawMail {
            bytes: draft.finish(),
            place: format!("{}#{}", self.path.display(), self.n_mails),
            file_time: own.put_at.or(self.file_time),
            too_big: draft.too_big,
            first_of_file: self.n_mails == 1,
        }))
    }

    /// Appends a line, or a piece of one that is very long.
    fn piece(&mut self, line: &mut Vec<u8>) -> io::Result<()> {
        let n = (&mut self.reader).take(PIECE_BYTES_MAX as u64).read_until(b'\n', line)?;
        self.offset += n as u64;
        Ok(())
    }

    /// Tells whether `n` bytes further the next mail begins, or the file ends.
    fn leads_to_a_mail(&mut self, n: u64) -> bool {
        let Some(probe) = &mut self.probe else { return false };
        let mut ahead = Vec::new();
        let looked = self.offset.checked_add(n).map(|at| {
            let length = probe.metadata()?.len();
            probe.seek(SeekFrom::Start(at))?;
            probe.take(SEPARATOR_BYTES_MAX as u64).read_to_end(&mut ahead)?;
            io::Result::Ok(at <= length)
        });
        if !matches!(looked, Some(Ok(true))) {
            return false;
        }
        let next = ahead.trim_ascii_start();
        let end = next.iter().position(|b| *b == b'\n').unwrap_or(next.len());
        next.is_empty() || separator(&next[..end]).is_some()
    }

    /// Takes `n` bytes as they are.
    fn take(&mut self, n: u64, draft: &mut Draft) -> io::Result<()> {
        let mut left = n;
        while left > 0 {
            let mut piece = Vec::new();
            let n_read =
                (&mut self.reader).take(left.min(PIECE_BYTES_MAX as u64)).read_to_end(&mut piece)? as u64;
            if n_read == 0 {
                break;
            }
            draft.push(&piece, self.options.message_bytes_max);
            self.offset += n_read;
            left -= n_read;
        }
        Ok(())
    }
}

impl Iterator for Mbox {
    type Item = Result<RawMail, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_done {
            return None;
        }
        self.read()
            .map_err(|error| {
                self.is_done = true;
                failure(&self.path, &error)
            })
            .transpose()
    }
}

impl Draft {
    /// Adds a line or a piece of one; a quoted separator loses one quote mark.
    fn add(&mut self, line: &[u8], starts_line: bool, bytes_max: usize) {
        if starts_line
            && !self.in_body
            && let Some(name) = line.get(..15).filter(|name| name.eq_ignore_ascii_case(b"content-length:"))
        {
            let digits = String::from_utf8_lossy(&line[name.len()..]);
            self.content_length = digits.trim().parse().ok();
        }
        let n_marks = line.iter().take_while(|b| **b == b'>').count();
        let is_quoted = starts_line && self.in_body && n_marks > 0 && line[n_marks..].starts_with(b"From ");
        self.push(if is_quoted { &line[1..] } else { line }, bytes_max);
    }

    fn push(&mut self, bytes: &[u8], bytes_max: usize) {
        if self.too_big {
            return;
        }
        self.bytes.extend_from_slice(bytes);
        if self.bytes.len() > bytes_max {
            self.too_big = true;
            self.bytes.truncate(KEPT_BYTES);
            self.bytes.shrink_to_fit();
        }
    }

    /// Returns the mail; the blank line before the next separator is not part of it.
    fn finish(&mut self) -> Vec<u8> {
        let mut bytes = std::mem::take(&mut self.bytes);
        if bytes.ends_with(b"\n\n") {
            bytes.truncate(bytes.len() - 1);
        } else if bytes.ends_with(b"\r\n\r\n") {
            bytes.truncate(bytes.len() - 2);
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_separator_has_a_date() {
        for (line, expected) in [
            ("From ann@x.test Mon Sep 20 19:29:27 2021", Some("2021-09-20T19:29:27Z")),
            ("From MAILER-DAEMON  Mon Sep  6 19:29:27 2021\r", Some("2021-09-06T19:29:27Z")),
            ("From - Tue, 20 Sep 2021 19:29 +0200", Some("2021-09-20T17:29:00Z")),
            ("From ann@x.test Mon Sep 20 19:29:27 PDT 2021", Some("2021-09-20T19:29:27Z")),
            ("From ann@x.test Mon Sep 20 19:29:27 2021 remote from x", Some("2021-09-20T19:29:27Z")),
            ("From here on we meet at 10:30", None),
            ("From: ann@x.test", None),
            (">From ann@x.test Mon Sep 20 19:29:27 2021", None),
            ("From ann@x.test Mon Sep 40 19:29:27 2021", None),
            ("From", None),
            ("From -", None),
        ] {
            assert_eq!(
                separator(line.as_bytes()).and_then(|s| s.put_at),
                expected.map(|t| Timestamp::parse(t).unwrap()),
                "{line}"
            );
        }
        assert!(separator(b"From - \r").is_some() && separator(b"From -here on").is_none());
    }
}
