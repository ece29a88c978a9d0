//! Who fell silent; pure.

use rapport_model::Timestamp;
use rapport_model::time::DAY;
use rapport_storage::stretch::Quiet;

/// After less than this nobody counts as silent.
pub(crate) const QUIET_MIN: i64 = 7 * DAY;
/// Who wrote once is silent after so long, and everybody after so long.
const QUIET_ONCE: i64 = 30 * DAY;
const QUIET_MAX: i64 = 90 * DAY;
/// Who writes now and then is silent after so many times what usually lies between their mails.
const QUIET_TIMES: i64 = 3;

/// Tells how long usually lies between a customer's mails, in µs: the mean; nothing where they wrote once.
pub(crate) fn usual_gap(quiet: &Quiet) -> Option<i64> {
    (quiet.n_in > 1).then(|| quiet.last_in.since(quiet.first_contact).max(0) / (quiet.n_in - 1))
}

/// Tells whether it is unusually long since a customer last wrote.
pub(crate) fn is_silent(quiet: &Quiet, now: Timestamp) -> bool {
    let patience = match usual_gap(quiet) {
        Some(usual) => usual.saturating_mul(QUIET_TIMES).clamp(QUIET_MIN, QUIET_MAX),
        None => QUIET_ONCE,
    };
    now.since(quiet.last_in) >= patience
}

#[cfg(test)]
mod tests {
    use rapport_model::Id;

    use super::*;

    #[test]
    fn silence_is_measured_by_what_is_usual_for_a_customer() {
        let check = |n_in: i64, first: i64, last: i64, expected: bool| {
            let at = |day: i64| Timestamp::from_secs(0).plus(day * DAY);
            let quiet =
                Quiet { customer: Id(1), first_contact: at(first), last_in: at(last), n_in, owner: None };
            assert_eq!(is_silent(&quiet, at(200)), expected, "{n_in} mails from day {first} to {last}");
        };
        // Once, and then not for a month.
        check(1, 171, 171, false);
        check(1, 170, 170, true);
        // Every two days: a week at least.
        check(11, 172, 192, true);
        check(11, 174, 194, false);
        // Every twenty days: two months.
        check(4, 90, 150, false);
        check(4, 80, 140, true);
        // Once a year: a season at most.
        check(2, -265, 100, true);
        check(2, -265, 120, false);
    }
}
