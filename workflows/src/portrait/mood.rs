//! Whether a customer sounds unhappier than they used to; pure.

use rapport_model::Timestamp;
use rapport_model::event::Soured;
use rapport_model::time::DAY;
use rapport_storage::histories::{History, Mail};

/// So many mails are held against those before.
const LATELY: usize = 3;
/// Fewer mails before tell nothing of how somebody writes; more are of another time.
const BEFORE: std::ops::RangeInclusive<usize> = 5..=20;
/// The last mails came within so long, and the last of them within a night and a weekend.
const WITHIN: i64 = 45 * DAY;
const NEWS: i64 = 3 * DAY;
/// How far the last mails are below those before, in standard errors and in what a mood can be; less is how people
/// are.
const ERRORS_MIN: f64 = 3.0;
const DROP_MIN: f64 = 0.4;
/// Nobody writes more evenly than that.
const SPREAD_MIN: f64 = 0.2;

/// Returns how a customer turned, if their last mails sound unhappy and they did not use to.
pub(super) fn soured(history: &History, now: Timestamp) -> Option<Soured> {
    let theirs: Vec<(&Mail, f64)> =
        history.mails.iter().filter(|m| !m.is_ours).filter_map(|m| Some((m, m.score?))).collect();
    let (before, lately) = theirs.split_at(theirs.len().checked_sub(LATELY)?);
    let before = &before[before.len().saturating_sub(*BEFORE.end())..];
    let (first, last) = (lately.first()?.0.at, lately.last()?.0.at);
    if before.len() < *BEFORE.start() || now.since(last) > NEWS || now.since(first) > WITHIN {
        return None;
    }
    let mean =
        |mails: &[(&Mail, f64)]| mails.iter().map(|(_, score)| score).sum::<f64>() / mails.len() as f64;
    let (was, is) = (mean(before), mean(lately));
    let variance = before.iter().map(|(_, score)| (score - was).powi(2)).sum::<f64>() / before.len() as f64;
    let error = variance.sqrt().max(SPREAD_MIN) * (1.0 / LATELY as f64 + 1.0 / before.len() as f64).sqrt();
    let turned = is < 0.0 && was - is >= DROP_MIN.max(ERRORS_MIN * error);
    turned.then_some(Soured { was, is, mails: LATELY as u32, since: first })
}

#[cfg(test)]
mod tests {
    use rapport_model::Id;

    use super::*;

    fn now() -> Timestamp {
        Timestamp::parse("2027-11-24T02:40:00Z").unwrap()
    }

    /// Makes a history of weekly mails that feel like this, the last of yesterday.
    fn history(scores: &[f64]) -> History {
        let at = |ago: usize| now().plus(-DAY - 7 * DAY * ago as i64);
        let mail = |(i, score): (usize, &f64)| Mail {
            at: at(scores.len() - 1 - i),
            is_ours: false,
            thread: Id(1),
            score: Some(*score),
            intent: None,
            urgent: false,
        };
        History { mails: scores.iter().enumerate().map(mail).collect(), ..History::default() }
    }

    #[test]
    fn who_turns_is_noticed_and_who_is_always_so_is_not() {
        let glad = [0.4, 0.2, 0.5, 0.3, 0.4, 0.2, 0.3];
        let with = |lately: [f64; 3]| [&glad[..], &lately].concat();
        let found = soured(&history(&with([-0.6, -0.4, -0.7])), now()).unwrap();
        assert!((found.was - 0.328_571).abs() < 1e-3 && (found.is + 0.566_667).abs() < 1e-3, "{found:?}");
        assert_eq!((found.mails, found.since), (3, now().plus(-15 * DAY)));
        for (case, scores) in [
            ("one bad mail", with([0.3, 0.2, -0.7])),
            ("less glad", with([0.0, 0.1, 0.0])),
            ("always bad", [-0.6; 10].to_vec()),
            ("now this, now that", [0.8, -0.8, 0.7, -0.7, 0.9, -0.9, 0.8, -0.6, -0.7, -0.6].to_vec()),
            ("too few", vec![0.4, 0.4, -0.6, -0.6, -0.6]),
            ("none", Vec::new()),
        ] {
            assert_eq!(soured(&history(&scores), now()), None, "{case}");
        }
        let long_ago = history(&with([-0.6, -0.4, -0.7]));
        assert_eq!(soured(&long_ago, now().plus(10 * DAY)), None, "of last week it is no news");
    }
}
