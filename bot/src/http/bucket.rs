//! How often one address, or one program, may ask: a bucket of tokens for each, of which a request takes one.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;

use rapport_model::Timestamp;
use rapport_model::time::SECOND;

/// Addresses that are remembered.
const ADDRESSES_MAX: usize = 10_000;

/// The buckets of all who ask.
#[derive(Debug)]
pub(crate) struct Buckets<K> {
    /// How many requests each can make at once.
    burst: i64,
    /// How long one token takes to come back, in microseconds.
    token_every: i64,
    /// When each one's bucket is full again.
    full_at: HashMap<K, Timestamp>,
}

/// How much of a bucket is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pace {
    /// How much it holds.
    pub(crate) burst: i64,
    /// How much is in it.
    pub(crate) left: i64,
    /// After how many seconds it is full.
    pub(crate) full_in_secs: i64,
}

impl<K: Copy + Eq + Hash> Buckets<K> {
    /// Makes buckets of `burst` tokens, into each of which `a_second` fall.
    pub(crate) fn new(burst: i64, a_second: i64) -> Self {
        Self { burst, token_every: SECOND / a_second.max(1), full_at: HashMap::new() }
    }

    /// Makes buckets of `burst` tokens, of which one comes back every so many microseconds.
    pub(crate) fn slow(burst: i64, token_every: i64) -> Self {
        Self { burst, token_every, full_at: HashMap::new() }
    }

    /// Takes a token of somebody's.
    ///
    /// # Errors
    /// It has none: after how many seconds there will be one.
    pub(crate) fn take(&mut self, who: K, now: Timestamp) -> Result<(), i64> {
        if self.full_at.len() >= ADDRESSES_MAX && !self.full_at.contains_key(&who) {
            self.make_room(now);
        }
        let full_at = self.full_at.entry(who).or_insert(now);
        let after = (*full_at).max(now).plus(self.token_every);
        let missing = after.since(now) - self.burst * self.token_every;
        if missing > 0 {
            return Err((missing + SECOND - 1) / SECOND);
        }
        *full_at = after;
        Ok(())
    }

    /// Returns how much of somebody's bucket is left.
    pub(crate) fn pace(&self, who: K, now: Timestamp) -> Pace {
        let missing = self.full_at.get(&who).map_or(0, |full_at| full_at.since(now)).max(0);
        let left = self.burst - (missing + self.token_every - 1) / self.token_every;
        Pace { burst: self.burst, left: left.max(0), full_in_secs: (missing + SECOND - 1) / SECOND }
    }

    /// Forgets those whose bucket is full, and if there are none, the one that is fullest.
    fn make_room(&mut self, now: Timestamp) {
        self.full_at.retain(|_, full_at| *full_at > now);
        if self.full_at.len() >= ADDRESSES_MAX
            && let Some(fullest) = self.full_at.iter().min_by_key(|(_, at)| **at).map(|(who, _)| *who)
        {
            self.full_at.remove(&fullest);
        }
    }
}

/// Of IPv6 a customer of a provider has a whole /64.
pub(crate) fn of_one_customer(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() & (!0 << 64)).into()),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        of_one_customer(text.parse().unwrap())
    }

    #[test]
    fn tokens_come_back_in_their_time_and_each_address_has_its_own() {
        let mut buckets = Buckets::new(3, 2);
        let (ann, now) = (address("192.0.2.1"), Timestamp::from_secs(1_000));
        assert_eq!([(); 4].map(|()| buckets.take(ann, now)), [Ok(()), Ok(()), Ok(()), Err(1)]);
        assert_eq!(buckets.take(address("192.0.2.2"), now), Ok(()));
        assert_eq!(buckets.take(address("::ffff:192.0.2.1"), now), Err(1), "the same address");
        let later = now.plus(SECOND / 2);
        assert_eq!([(); 2].map(|()| buckets.take(ann, later)), [Ok(()), Err(1)]);
        let (one, same, other) = ("2001:db8:0:1::1", "2001:db8:0:1:ffff::", "2001:db8:0:2::1");
        for _ in 0..3 {
            assert_eq!(buckets.take(address(one), now), Ok(()));
        }
        assert_eq!(buckets.take(address(same), now), Err(1));
        assert_eq!(buckets.take(address(other), now), Ok(()));
    }

    #[test]
    fn however_many_addresses_ask_no_more_are_remembered() {
        let mut buckets = Buckets::new(2, 1);
        let now = Timestamp::from_secs(1_000);
        let mallory = address("192.0.2.1");
        assert_eq!([(); 3].map(|()| buckets.take(mallory, now)), [Ok(()), Ok(()), Err(1)]);
        for i in 0..3 * ADDRESSES_MAX as u32 {
            assert_eq!(buckets.take(IpAddr::V4((0x0a00_0000 + i).into()), now), Ok(()));
            assert!(buckets.full_at.len() <= ADDRESSES_MAX);
        }
        assert_eq!(buckets.take(mallory, now), Err(1), "who has none left is not forgotten");
        buckets.take(address("192.0.2.2"), now.plus(10 * SECOND)).unwrap();
        assert_eq!(buckets.full_at.len(), 1, "whose bucket is full is");
    }
}
