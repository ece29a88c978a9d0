//! What a failure means for the address: codes (RFC 3463, RFC 5321) and words.
//!
//! Words come first. Half of all systems write one code whatever happened, and what a person
//! would conclude from "user unknown" does not change with a 5.7.1 before it.

use rapport_model::message::BounceClass;

use super::status::{self, Status};
use super::tokens;

/// What a system did with a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It gave up.
    Failed,
    /// It goes on trying.
    Delayed,
    /// It passed the mail on.
    Delivered,
}

/// Returns what became of a mail. `words` are what was said, the surest first.
pub(super) fn class(fate: Fate, status: Option<Status>, words: &[&str]) -> BounceClass {
    match fate {
        Fate::Delivered => return BounceClass::Delivered,
        Fate::Delayed => return BounceClass::Delayed,
        Fate::Failed => {}
    }
    let reply = words.iter().find_map(|text| status::reply(text));
    let is_transient = status.map_or(reply.is_some_and(|r| r < 500), |s| s.class == 4);
    // The remote system's own words, its code, and then what the reporting system adds.
    let told = |text: &&str| told(&tokens::plain(text), status);
    let class = words.first().and_then(told).or_else(|| by_status(status?));
    let class = class.or_else(|| words.iter().skip(1).find_map(told)).or_else(|| by_reply(reply?));
    match class {
        // What was tried again and again and then given up says nothing for good.
        Some(BounceClass::Hard) if is_transient => BounceClass::Soft,
        Some(class) => class,
        None if is_transient => BounceClass::Soft,
        None if status.is_some() || reply.is_some() => BounceClass::Hard,
        None => BounceClass::Soft,
    }
}

/// Reads the words of a reason.
fn told(text: &str, status: Option<Status>) -> Option<BounceClass> {
    let has = |phrases: &[&str]| phrases.iter().any(|phrase| text.contains(phrase));
    let is_of = |subject| status.is_some_and(|s| s.class == 5 && s.subject == subject);
    if has(&tokens::SENDER) {
        return Some(BounceClass::Policy);
    }
    if has(&tokens::FULL) {
        return Some(BounceClass::Full);
    }
    if has(&tokens::TOO_BIG) {
        return Some(BounceClass::Policy);
    }
    if has(&tokens::BLOCKED) {
        return Some(BounceClass::Policy);
    }
    if has(&tokens::TRY_AGAIN) && !is_of(1) {
        return Some(BounceClass::Soft);
    }
    if has(&tokens::UNKNOWN) {
        return Some(BounceClass::Hard);
    }
    if has(&tokens::REFUSED) && !is_of(1) && !is_of(2) {
        // Exchange Online says so of those who do not exist (5.4.1).
        let is_address = is_of(4) && text.contains("recipient address rejected");
        return Some(if is_address { BounceClass::Hard } else { BounceClass::Policy });
    }
    if has(&tokens::OUT_OF_ORDER) {
        return Some(BounceClass::Soft);
    }
    None
}

/// Reads the code alone.
fn by_status(status: Status) -> Option<BounceClass> {
    let class = match (status.subject, status.detail) {
        (0, _) => return None,
        // The sender's own address is bad, or stands for nobody who may write here.
        (1, 7 | 8) => BounceClass::Policy,
        (1, _) => BounceClass::Hard,
        (2, 2) => BounceClass::Full,
        (2, 3) => BounceClass::Policy,
        (2, 4) => BounceClass::Soft,
        (2, _) => BounceClass::Hard,
        (3, 1) => BounceClass::Full,
        (3, 4) => BounceClass::Policy,
        (3, 3 | 5) => BounceClass::Soft,
        (3, _) => return None,
        // Unable to route: no such system.
        (4, 4) => BounceClass::Hard,
        (4, 0) => return None,
        (4, _) => BounceClass::Soft,
        (5, _) => return None,
        (6, _) => BounceClass::Policy,
        _ if status.class == 4 => BounceClass::Soft,
        _ => BounceClass::Policy,
    };
    Some(class)
}

/// Reads the reply alone.
fn by_reply(reply: u16) -> Option<BounceClass> {
    match reply {
        552 => Some(BounceClass::Full),
        // What large providers answer to what they do not want.
        554 | 571 => Some(BounceClass::Policy),
        500..=599 => Some(BounceClass::Hard),
        _ => Some(BounceClass::Soft),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: &str, words: &str) -> BounceClass {
        class(Fate::Failed, Status::best(Some(status), &[words]), &[words])
    }

    #[test]
    fn words_and_codes_tell_the_class() {
        use BounceClass::{Full, Hard, Policy, Soft};
        for (status, words, expected) in [
            ("5.1.1", "", Hard),
            ("5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found", Hard),
            ("5.0.0", "550 User unknown", Hard),
            ("5.7.1", "550 5.7.1 No such user here", Hard),
            ("5.4.1", "550 5.4.1 Recipient address rejected: Access denied", Hard),
            (
                "5.4.4",
                "Host or domain name not found. Name service error for name=x.test type=A: Host not found",
                Hard,
            ),
            ("", "该用户不存在", Hard),
            ("", "Der Empfänger existiert nicht", Hard),
            ("5.2.2", "", Full),
            ("5.1.1", "552 5.1.1 mailbox is over quota", Full),
            ("", "452 4.2.2 The email account that you tried to reach is over quota", Full),
            ("", "邮箱已满", Full),
            ("5.7.1", "", Policy),
            ("5.0.0", "554 Message rejected as spam", Policy),
            (
                "5.7.26",
                "550-5.7.26 Unauthenticated email is not accepted due to domain's DMARC policy",
                Policy,
            ),
            ("5.1.1", "550 5.1.1 blocked using zen.spamhaus.org", Policy),
            ("5.3.4", "552 5.3.4 Message size exceeds fixed limit", Policy),
            ("5.1.8", "553 5.1.8 Domain of sender address ann@x.test does not exist", Policy),
            ("4.4.1", "connect to mx.x.test[1.2.3.4]:25: Connection timed out", Soft),
            ("4.1.1", "450 4.1.1 user unknown in local recipient table", Soft),
            ("4.4.3", "Name service error: Host not found, try again", Soft),
            ("5.4.6", "554 5.4.6 Too many hops", Soft),
            ("5.0.0", "", Hard),
            ("", "", Soft),
            ("", "spam.x.test said: 550 no such user, see https://x.test/spam/policy", Hard),
        ] {
            assert_eq!(of(status, words), expected, "{status} {words}");
        }
        assert_eq!(class(Fate::Delayed, None, &["user unknown"]), BounceClass::Delayed);
        assert_eq!(class(Fate::Delivered, None, &[]), BounceClass::Delivered);
    }
}
