//! A year of a house with what goes wrong planted in it: found within a day, at the false alarms that were
//! put up with.

use rand::Rng as _;

use super::*;
use crate::random::{self, Random};

const WEEKS: usize = 52;
const SEED: u64 = 1;
const SEEDS: u64 = 8;
/// As many sorts of mails as a house tells apart, and how often each comes.
const SORTS: [f64; 12] = [0.2, 0.15, 0.12, 0.1, 0.1, 0.08, 0.07, 0.06, 0.05, 0.03, 0.02, 0.02];
/// Three in four false alarms are left to what concerns the whole house, the others to sorts of mails.
const BUDGET: Budget = Budget { false_alarms_per_month: 0.75, n_metrics: 3 };
const BUDGET_OF_SORTS: Budget = Budget { false_alarms_per_month: 0.25, n_metrics: SORTS.len() };

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrong {
    /// Three times as many mails for eight hours of a working day.
    Spike,
    /// Four tenths more mails, creeping in over two weeks.
    Drift,
    /// No mail for a working day and a half, as when a mailbox is not read.
    Silence,
    /// Mails of a day feel worse by half of what they can.
    MoodDrop,
    /// Answers take twice as long, creeping in over two weeks.
    Creep,
    /// Six times as many mails of one sort for a working day.
    Wave,
}

const ALL: [Wrong; 6] =
    [Wrong::Spike, Wrong::Drift, Wrong::Silence, Wrong::MoodDrop, Wrong::Creep, Wrong::Wave];
/// The sort of mails that comes in a wave.
const WAVE: usize = 6;

/// A year of metrics.
struct Year {
    mails: Vec<Hour>,
    mood: Vec<Hour>,
    answers: Vec<Hour>,
    sorts: [Vec<Hour>; SORTS.len()],
    /// What went wrong from when until when it should have been told.
    planted: Vec<(Wrong, usize, usize)>,
}

fn poisson(random: &mut Random, mean: f64) -> u32 {
    let (limit, mut product, mut n) = ((-mean).exp(), 1.0, 0);
    loop {
        product *= random.gen_range(0.0..1.0_f64);
        if product <= limit {
            return n;
        }
        n += 1;
    }
}

fn normal(random: &mut Random) -> f64 {
    (0..12).map(|_| random.gen_range(0.0..1.0_f64)).sum::<f64>() - 6.0
}

/// Mails an hour of a week: much on working days from eight to six, little at night and at weekends.
fn usual(hour: usize) -> f64 {
    let (day, time) = (hour / DAY % 7, hour % DAY);
    match (day, time) {
        (0..=4, 8..=17) => 9.0 + if day == 0 { 3.0 } else { 0.0 },
        (0..=4, 18..=21) => 3.0,
        (5..=6, 8..=20) => 1.5,
        _ => 0.4,
    }
}

/// Makes a year; `wrong` is planted in weeks that are far apart.
fn year(seed: u64, wrong: &[Wrong]) -> Year {
    let mut random = random::seeded(seed);
    let n = WEEKS * WEEK;
    let mut plan = Vec::new();
    for (i, what) in wrong.iter().enumerate() {
        let week = 14 + i * (38 / wrong.len().max(1)) + random.gen_range(0..2);
        let day = random.gen_range(1..4);
        plan.push((*what, week * WEEK + day * DAY + 8));
    }
    let mut made = Year {
        mails: Vec::new(),
        mood: Vec::new(),
        answers: Vec::new(),
        sorts: Default::default(),
        planted: Vec::new(),
    };
    for hour in 0..n {
        let at = |what: Wrong, long: usize| {
            plan.iter()
                .find(|(w, from)| *w == what && (*from..*from + long).contains(&hour))
                .map(|(_, from)| *from)
        };
        let ramp = |from: usize| ((hour - from) as f64 / (14 * DAY) as f64).min(1.0);
        // Weeks are not alike, either.
        let week = 1.0 + 0.08 * ((hour / WEEK) as f64 * 0.7).sin();
        let mut mean = usual(hour) * week * (1.0 + 0.1 * normal(&mut random)).max(0.1);
        if at(Wrong::Spike, 8).is_some() {
            mean *= 3.0;
        }
        if at(Wrong::Silence, 36).is_some() {
            mean = 0.0;
        }
        if let Some(from) = at(Wrong::Drift, 28 * DAY) {
            mean *= 1.0 + 0.4 * ramp(from);
        }
        let wave = if at(Wrong::Wave, 10).is_some() { 6.0 } else { 1.0 };
        let of_sort = |i: usize| SORTS[i] * if i == WAVE { wave } else { 1.0 };
        let each: Vec<u32> = (0..SORTS.len()).map(|i| poisson(&mut random, mean * of_sort(i))).collect();
        let mails = each.iter().sum();
        let shift = if at(Wrong::MoodDrop, DAY).is_some() { -0.5 } else { 0.0 };
        let slower = at(Wrong::Creep, 28 * DAY).map_or(1.0, |from| 1.0 + ramp(from));
        let mood: f64 = (0..mails).map(|_| (0.1 + 0.45 * normal(&mut random) + shift).clamp(-1.0, 1.0)).sum();
        // The logarithm of hours: a few take very long.
        let answers: f64 = (0..mails).map(|_| (4.0 * slower).ln() + 0.8 * normal(&mut random)).sum();
        for (sort, n) in made.sorts.iter_mut().zip(each) {
            sort.push(Hour { sum: f64::from(n), n });
        }
        made.mails.push(Hour { sum: f64::from(mails), n: mails });
        made.mood.push(Hour { sum: mood, n: mails });
        made.answers.push(Hour { sum: answers, n: mails });
    }
    for (what, from) in plan {
        // What creeps in is due a day after it is there in full; else a day after it begins.
        let due = match what {
            Wrong::Drift | Wrong::Creep => from + 15 * DAY,
            _ => from + DAY,
        };
        made.planted.push((what, from, due));
    }
    made
}

fn all_alarms(year: &Year) -> Vec<(usize, Alarm)> {
    let one = |metric, side, hours, part_of| Series { metric, side, hours, part_of };
    let of_house = [
        one(Metric::Count, Side::Both, &year.mails, None),
        one(Metric::Mean, Side::Less, &year.mood, None),
        one(Metric::Mean, Side::More, &year.answers, None),
    ];
    let whole = Some(&year.mails[..]);
    let sorts = year.sorts.iter().map(|sort| one(Metric::Count, Side::More, sort, whole));
    let all =
        of_house.iter().map(|series| (*series, BUDGET)).chain(sorts.map(|sort| (sort, BUDGET_OF_SORTS)));
    let each = all.enumerate().map(|(i, (series, budget))| (i, alarms(&series, budget)));
    each.flat_map(|(i, alarms)| alarms.into_iter().map(move |alarm| (i, alarm))).collect()
}

fn metric_of(wrong: Wrong) -> usize {
    match wrong {
        Wrong::Spike | Wrong::Drift | Wrong::Silence => 0,
        Wrong::MoodDrop => 1,
        Wrong::Creep => 2,
        Wrong::Wave => 3 + WAVE,
    }
}

#[test]
fn what_goes_wrong_is_told_within_a_day_and_little_else_is() {
    let (mut n_found, mut n_planted, mut n_false) = (0, 0, 0);
    for seed in SEED..SEED + SEEDS {
        let year = year(seed, &ALL);
        let alarms = all_alarms(&year);
        for (what, from, due) in &year.planted {
            let found = alarms
                .iter()
                .find(|(i, alarm)| *i == metric_of(*what) && (*from..=*due).contains(&alarm.hour));
            n_found += usize::from(found.is_some());
            n_planted += 1;
            let after = found.map(|(_, alarm)| (alarm.hour - from) as f64 / DAY as f64);
            println!("seed {seed} {what:?}: {after:.1?} days after it began");
        }
        // What comes in the wake of something planted is of it: until what is usual has settled.
        let of_it = |i: usize, hour: usize| {
            year.planted
                .iter()
                .any(|(what, from, due)| metric_of(*what) == i && (*from..due + 6 * WEEK).contains(&hour))
        };
        n_false += alarms.iter().filter(|(i, alarm)| !of_it(*i, alarm.hour)).count();
    }
    let quiet: usize = (100 + SEED..100 + SEED + SEEDS).map(|seed| all_alarms(&year(seed, &[])).len()).sum();
    let months = SEEDS as f64 * (WEEKS * WEEK) as f64 / MONTH;
    let per_month = quiet as f64 / months;
    println!(
        "found {n_found} of {n_planted}; {n_false} false in the years of these; {per_month:.2} false a month in quiet years"
    );
    assert!(n_found as f64 >= 0.95 * n_planted as f64, "{n_found} of {n_planted}");
    let budget = BUDGET.false_alarms_per_month + BUDGET_OF_SORTS.false_alarms_per_month;
    assert!(per_month <= budget, "{per_month}");
}

#[test]
fn of_little_or_nothing_nothing_is_said() {
    let series = |hours: &[Hour], metric| {
        alarms(&Series { metric, side: Side::Both, hours, part_of: None }, BUDGET).len()
    };
    let none = vec![Hour::default(); 12 * WEEK];
    let same = vec![Hour { sum: 3.0, n: 3 }; 12 * WEEK];
    for metric in [Metric::Count, Metric::Mean] {
        assert_eq!(series(&[], metric), 0);
        assert_eq!(series(&none, metric), 0);
        assert_eq!(series(&same, metric), 0);
        assert_eq!(series(&same[..WEEK], metric), 0, "a week tells nothing of weeks");
    }
    let mut first = none.clone();
    first.push(Hour { sum: 1.0, n: 1 });
    assert_eq!(series(&first, Metric::Count), 0, "one mail is no flood");
    let odd = [vec![Hour { sum: 3.0, n: 3 }; 12 * WEEK], vec![Hour { sum: f64::MAX, n: 1 }; 30]].concat();
    for metric in [Metric::Count, Metric::Mean] {
        let found = alarms(&Series { metric, side: Side::Both, hours: &odd, part_of: None }, BUDGET);
        assert!(found.iter().all(|a| a.score.is_finite() && a.usual.is_finite()));
    }
}
