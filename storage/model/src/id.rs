//! Ids that the application makes, and the short numbers that people see.

use std::fmt;
use std::str::FromStr;
use std::sync::Mutex;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::record::Kind;
use crate::time::Timestamp;

/// Names a row. Made by [`IdGen`]; JSON carries it as a string, because JavaScript
/// cannot hold 63 bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(pub i64);

impl Id {
    /// Returns when the id was made, to the millisecond.
    pub const fn made_at(self) -> Timestamp {
        Timestamp::from_micros(((self.0 >> (NODE_BITS + SEQUENCE_BITS)) + EPOCH_MS) * 1000)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Id {
    type Err = std::num::ParseIntError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Id)
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(d)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

const EPOCH_MS: i64 = 1_704_067_200_000; // 2024-01-01T00:00:00Z
const NODE_BITS: u32 = 10;
const SEQUENCE_BITS: u32 = 12;

/// Makes ids: milliseconds since 2024 (41 bits), node (10), sequence (12).
///
/// The next id is the greater of the clock's and the last plus one, so a standing clock,
/// a clock that jumps back, or more than 4,096 ids in a millisecond are no problem.
#[derive(Debug)]
pub struct IdGen {
    node: i64,
    last: Mutex<i64>,
}

impl IdGen {
    /// Makes a generator for `node` (0..1024; 0 where one process owns the store) that
    /// continues after `last`, the greatest id the store holds for that node.
    pub fn new(node: u16, last: Id) -> Self {
        Self { node: i64::from(node) & ((1 << NODE_BITS) - 1), last: Mutex::new(last.0) }
    }

    /// Returns a fresh id for something that happens at `now`.
    pub fn next(&self, now: Timestamp) -> Id {
        let ms = (now.micros() / 1000 - EPOCH_MS).clamp(0, (1 << 41) - 1);
        let clock = (ms << (NODE_BITS + SEQUENCE_BITS)) | (self.node << SEQUENCE_BITS);
        let mut last = self.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *last = clock.max(self.after(*last));
        Id(*last)
    }

    /// Returns the id after `last` of this node: when the sequence is used up, the
    /// millisecond moves on, not the node.
    fn after(&self, last: i64) -> i64 {
        let next = last + 1;
        let node = (next >> SEQUENCE_BITS) & ((1 << NODE_BITS) - 1);
        if node == self.node {
            return next;
        }
        let ms = (last >> (NODE_BITS + SEQUENCE_BITS)) + 1;
        (ms << (NODE_BITS + SEQUENCE_BITS)) | (self.node << SEQUENCE_BITS)
    }
}

/// What people call a record: `C214` a customer, `F12` a company, `D31` a deal, `T88` a
/// ticket, `K5` a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ShortNumber {
    /// Whose number it is; `None` when the letter was left out.
    pub kind: Option<Kind>,
    /// Counts from 1 within its kind.
    pub number: i64,
}

impl ShortNumber {
    /// Makes the number of a record of `kind`.
    pub fn of(kind: Kind, number: i64) -> Self {
        Self { kind: Some(kind), number }
    }
}

impl fmt::Display for ShortNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind.and_then(Kind::letter) {
            Some(letter) => write!(f, "{letter}{}", self.number),
            None => write!(f, "#{}", self.number),
        }
    }
}

/// The text is no short number.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a record number; write it like C214, T88 or #88")]
pub struct NotANumber;

impl FromStr for ShortNumber {
    type Err = NotANumber;

    /// Reads `C214`, `c214`, `#214`, `#C214` and `214`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim().trim_start_matches('#');
        let letter = text.chars().next().filter(char::is_ascii_alphabetic);
        let kind = letter.map(|l| Kind::by_letter(l).ok_or(NotANumber)).transpose()?;
        let digits = text.get(letter.map_or(0, char::len_utf8)..).unwrap_or("");
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NotANumber);
        }
        let number = digits.parse().map_err(|_| NotANumber)?;
        Ok(Self { kind, number })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_rise_while_the_clock_stands_or_goes_back() {
        let ids = IdGen::new(3, Id(0));
        let noon = Timestamp::parse("2026-11-20T12:00:00Z").unwrap();
        let mut last = ids.next(noon);
        for i in 0..10_000 {
            let next = ids.next(noon.plus(-i * 1000));
            assert!(next > last);
            assert_eq!((next.0 >> SEQUENCE_BITS) & 1023, 3, "the node stays its own");
            last = next;
        }
    }

    #[test]
    fn people_may_leave_out_the_letter() {
        let c = |s: &str| s.parse::<ShortNumber>().map(|n| n.to_string());
        assert_eq!(c("c214"), Ok("C214".into()));
        assert_eq!(c("#T88"), Ok("T88".into()));
        assert_eq!(c("88"), Ok("#88".into()));
        for bad in ["", "C", "X9", "C-1", "C1x", "Anna", "99999999999999999999"] {
            assert_eq!(c(bad), Err(NotANumber), "{bad}");
        }
    }
}
