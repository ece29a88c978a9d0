//! How fast a chat may be written to; pure.
//!
//! A bucket of tokens for each chat and one for all of them. A chat that says “too many” is left
//! alone for as long as it asks, and the others go on.

use std::collections::HashMap;

use rapport_model::Timestamp;
use rapport_model::time::{MINUTE, SECOND};

/// Chats that are remembered.
const CHATS_MAX: usize = 10_000;
/// Where so many chats say “too many” at once, it is meant for all.
const ALL_FROM: usize = 3;

/// How much a bucket gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// At once.
    pub burst: i64,
    /// So long one token takes to come back, in microseconds.
    pub token_every: i64,
}

/// The limits of a platform.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Of all chats together.
    pub all: Rate,
    /// Of a chat with one person.
    pub private: Rate,
    /// Of a group.
    pub group: Rate,
}

impl Limits {
    /// What Telegram asks for: 30 messages a second in all, about one a second in a chat, 20 a minute
    /// in a group. A little less, for its clock is not ours.
    pub const TELEGRAM: Self = Self {
        all: Rate { burst: 25, token_every: SECOND / 28 },
        private: Rate { burst: 3, token_every: SECOND + SECOND / 20 },
        group: Rate { burst: 4, token_every: MINUTE / 18 },
    };

    /// What Discord asks for: 50 questions a second in all, five messages in five seconds in a channel,
    /// which a burst and what follows it within that time keep together. A little less, for commands and
    /// buttons are answered besides.
    pub const DISCORD: Self = Self {
        all: Rate { burst: 20, token_every: SECOND / 40 },
        private: Rate { burst: 3, token_every: 5 * SECOND / 2 + SECOND / 20 },
        group: Rate { burst: 3, token_every: 5 * SECOND / 2 + SECOND / 20 },
    };
}

/// When what is free again.
#[derive(Debug)]
pub struct Pace {
    limits: Limits,
    /// When the bucket of all is full again.
    all: Timestamp,
    /// When each chat's bucket is full again.
    chats: HashMap<i64, Timestamp>,
    /// Until when a chat is left alone.
    quiet: HashMap<i64, Timestamp>,
    all_quiet: Timestamp,
}

impl Pace {
    /// Begins with full buckets.
    pub fn new(limits: Limits) -> Self {
        let long_ago = Timestamp::from_secs(0);
        Self { limits, all: long_ago, chats: HashMap::new(), quiet: HashMap::new(), all_quiet: long_ago }
    }

    /// Takes a token for a message to a chat.
    ///
    /// # Errors
    /// There is none: when to ask again.
    pub fn take(&mut self, chat: i64, is_group: bool, now: Timestamp) -> Result<(), Timestamp> {
        let quiet = self.quiet.get(&chat).copied().unwrap_or(now).max(self.all_quiet);
        if quiet > now {
            return Err(quiet);
        }
        let rate = if is_group { self.limits.group } else { self.limits.private };
        let all = after(self.all, self.limits.all, now)?;
        let full_at = self.chats.get(&chat).copied().unwrap_or(now);
        let this = after(full_at, rate, now)?;
        self.all = all;
        if self.chats.len() >= CHATS_MAX {
            self.chats.retain(|_, full_at| *full_at > now);
        }
        self.chats.insert(chat, this);
        Ok(())
    }

    /// Leaves a chat alone for so many seconds, because it asked for that.
    pub fn quiet(&mut self, chat: i64, seconds: u32, now: Timestamp) {
        let until = now.plus(i64::from(seconds) * SECOND);
        self.quiet.retain(|_, until| *until > now);
        self.quiet.insert(chat, until);
        if self.quiet.len() >= ALL_FROM {
            self.all_quiet = self.all_quiet.max(until);
        }
    }
}

/// Returns when a bucket that is full at `full_at` is full again after one token more.
fn after(full_at: Timestamp, rate: Rate, now: Timestamp) -> Result<Timestamp, Timestamp> {
    let after = full_at.max(now).plus(rate.token_every);
    let missing = after.since(now) - rate.burst * rate.token_every;
    if missing > 0 { Err(now.plus(missing)) } else { Ok(after) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_000);

    #[test]
    fn a_chat_has_its_burst_and_then_its_pace_and_a_group_a_slower_one() {
        let mut pace = Pace::new(Limits::TELEGRAM);
        assert!((0..3).all(|_| pace.take(1, false, NOW).is_ok()));
        let at = pace.take(1, false, NOW).unwrap_err();
        assert_eq!(at.since(NOW), SECOND + SECOND / 20);
        assert_eq!(pace.take(1, false, at), Ok(()));
        assert!((0..4).all(|_| pace.take(-5, true, at).is_ok()));
        assert_eq!(pace.take(-5, true, at).unwrap_err().since(at), MINUTE / 18);
    }

    #[test]
    fn all_chats_together_have_a_limit_too() {
        let mut pace = Pace::new(Limits::TELEGRAM);
        let mut now = NOW;
        let mut n = 0;
        while now.since(NOW) < 10 * SECOND {
            match (0..100).find_map(|i| pace.take(n + i, false, now).err()) {
                Some(at) => now = at,
                None => panic!("a hundred at once"),
            }
            n += 100;
        }
        let mut sent = 0;
        let mut pace = Pace::new(Limits::TELEGRAM);
        let mut now = NOW;
        while now.since(NOW) < 10 * SECOND {
            match pace.take(sent, false, now) {
                Ok(()) => sent += 1,
                Err(at) => now = at,
            }
        }
        assert!((280..=310).contains(&sent), "{sent} in ten seconds");
    }

    #[test]
    fn a_channel_of_discord_gets_five_messages_in_five_seconds_at_most() {
        let mut pace = Pace::new(Limits::DISCORD);
        let mut now = NOW;
        let mut sent = Vec::new();
        while sent.len() < 20 {
            match pace.take(1, false, now) {
                Ok(()) => sent.push(now),
                Err(at) => now = at,
            }
        }
        assert!(sent.windows(6).all(|six| six[5].since(six[0]) > 5 * SECOND), "{sent:?}");
    }

    #[test]
    fn who_asks_to_be_left_alone_is_and_the_others_are_not() {
        let mut pace = Pace::new(Limits::TELEGRAM);
        pace.quiet(1, 7, NOW);
        assert_eq!(pace.take(1, false, NOW), Err(NOW.plus(7 * SECOND)));
        assert_eq!(pace.take(2, false, NOW), Ok(()));
        pace.quiet(3, 5, NOW);
        assert_eq!(pace.take(2, false, NOW), Ok(()));
        pace.quiet(4, 5, NOW);
        assert_eq!(pace.take(2, false, NOW), Err(NOW.plus(5 * SECOND)), "it is meant for all");
        assert_eq!(pace.take(2, false, NOW.plus(5 * SECOND)), Ok(()));
    }
}
