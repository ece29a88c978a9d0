//! How the last backup stands.

use rapport_model::Timestamp;
use rapport_model::time::{HOUR, SECOND};
use rapport_prompts::Span;

use super::{Check, Said, Verdict};
use crate::backup::State;
use crate::cli::backup::size;

/// The last backup may be so old: one is made each night.
const LATE: i64 = 48 * HOUR;

/// What is known of backups.
#[derive(Clone, Debug, Default)]
pub(super) struct Backups {
    pub(super) state: State,
    /// Whether the service makes them by itself.
    pub(super) planned: bool,
}

/// Judges it: what was last found wrong comes first, then that none could be made, then its age.
pub(super) fn backup(of: &Backups, now: Timestamp, said: &Said<'_>) -> Check {
    let Said { prompts: p, language: l } = *said;
    let ago = |at: Timestamp| Span(now.since(at).max(SECOND));
    let state = &of.state;
    let made = state.made.map(ago);
    let last = match (made, &state.place) {
        (Some(made), Some(place)) => {
            p.health_backup(l, made, place, &size(state.bytes), state.verified.map(ago))
        }
        _ => p.health_none(l),
    };
    let (figure, verdict, advice) = match (state.faults.first(), &state.trouble, made) {
        (Some(fault), _, _) => {
            (p.health_backup_faults(l, fault), Verdict::Broken, Some(p.advice_backup_faults(l)))
        }
        (None, Some(why), _) => {
            let since = state.trouble_since.map_or(Span(SECOND), ago);
            (p.health_backup_trouble(l, since, why, &last), Verdict::Broken, Some(p.advice_backup_trouble(l)))
        }
        (None, None, None) => (last, Verdict::Look, Some(p.advice_backup(l))),
        (None, None, Some(Span(age))) if age > LATE => {
            let advice = if of.planned { p.advice_backup_late(l) } else { p.advice_backup(l) };
            (last, Verdict::Look, Some(advice))
        }
        _ => (last, Verdict::Fine, None),
    };
    Check { what: p.doctor_backup(l), figure, verdict, advice }
}

#[cfg(test)]
mod tests {
    use rapport_model::reading::Language;
    use rapport_prompts::Prompts;

    use super::*;

    #[test]
    fn a_backup_that_is_old_failed_or_damaged_is_told() {
        let now = Timestamp::from_secs(10_000_000);
        let prompts = Prompts::new();
        let fresh = State {
            place: Some("/mnt/backups".into()),
            name: Some("2026-11-30T020000Z".into()),
            made: Some(now.plus(-2 * HOUR)),
            bytes: 34_200_000,
            ..State::default()
        };
        let look = |state: State, planned: bool, language: Language| {
            backup(&Backups { state, planned }, now, &Said { prompts: &prompts, language })
        };
        let fine = look(fresh.clone(), true, Language::En);
        assert_eq!((fine.verdict, fine.advice), (Verdict::Fine, None));
        assert_eq!(fine.figure, "2 hours ago, in /mnt/backups, 34.2 MB; never looked through");
        let checked = State { verified: Some(now.plus(-HOUR)), ..fresh.clone() };
        let said = look(checked, true, Language::Zh).figure;
        assert_eq!(said, "2 小时前，位于 /mnt/backups，34.2 MB；1 小时前校验过");
        let old = State { made: Some(now.plus(-72 * HOUR)), ..fresh.clone() };
        let failed = State { trouble: Some("/mnt/backups is full".into()), ..fresh.clone() };
        let damaged = State { faults: vec!["pieces/ab is cut".into()], ..fresh.clone() };
        for (state, planned, verdict, figure, advice) in [
            (State::default(), false, Verdict::Look, "none", "[backup]"),
            (old.clone(), true, Verdict::Look, "3 days ago", "rapport run"),
            (old, false, Verdict::Look, "3 days ago", "[backup]"),
            (failed, true, Verdict::Broken, "is full", "rapport backup"),
            (damaged, true, Verdict::Broken, "is cut", "another place"),
        ] {
            let check = look(state, planned, Language::En);
            assert_eq!(check.verdict, verdict, "{figure}");
            let advised = check.advice.unwrap();
            assert!(check.figure.contains(figure) && advised.contains(advice), "{}: {advised}", check.figure);
        }
    }
}
