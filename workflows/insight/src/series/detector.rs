use std::collections::VecDeque;

use super::window::Window;

/// Rows that are remembered.
const MEMORY: usize = 4_000;
/// Rows before anything is called strange.
const ROWS_MIN: usize = 30;
/// For so many rows after a strange one only stranger ones are told.
const QUIET: usize = 100;
/// Beyond this share a tail is taken for exponential, since there are too few rows to count.
const TAIL: f64 = 0.02;
const DAY: f64 = 86_400.0;

/// Judges a series row by row. Four views of it (its level, its change, what is unusual for the hour or the
/// weekday, and its drift) each say how rare the present row is among what that view has seen; the rarest
/// speaks.
#[derive(Clone, Debug)]
pub(super) struct Detector {
    views: [View; 4],
    last: Option<(f64, f64)>,
    season: Season,
    fast: Average,
    slow: Average,
    told: VecDeque<(usize, f64)>,
    n: usize,
}

impl Default for Detector {
    fn default() -> Self {
        Self {
            views: std::array::from_fn(|_| View::default()),
            last: None,
            season: Season::default(),
            fast: Average::over(12),
            slow: Average::over(200),
            told: VecDeque::new(),
            n: 0,
        }
    }
}

impl Detector {
    /// Takes the next row, `time` in seconds and not before the last, and returns how strange it is, in
    /// [0, 1). `value` is finite and within ±1e150.
    pub(super) fn push(&mut self, time: f64, value: f64) -> f64 {
        let (before, change) = self.last.map_or((time, 0.0), |(at, last)| (at, value - last));
        self.last = Some((time, value));
        let unseasonal = self.season.push(time, time - before, value);
        let drift = self.fast.push(value) - self.slow.push(value);
        let views = self.views.iter_mut().zip([value, change, unseasonal, drift]);
        let rarity = views.map(|(view, x)| view.push(x)).fold(0.0, f64::max);
        let told = if self.is_escalation(rarity) { rarity } else { 0.0 };
        // One in ten thousand, rarity 4, becomes a half.
        told / (told + 4.0)
    }

    fn is_escalation(&mut self, rarity: f64) -> bool {
        self.n += 1;
        while self.told.front().is_some_and(|(at, _)| at + QUIET < self.n) {
            self.told.pop_front();
        }
        let highest = self.told.front().map_or(f64::MIN, |(_, rarity)| *rarity);
        while self.told.back().is_some_and(|(_, lower)| *lower <= rarity) {
            self.told.pop_back();
        }
        self.told.push_back((self.n, rarity));
        rarity > highest
    }
}

/// One way to look at a series.
#[derive(Clone, Debug)]
struct View {
    values: Window,
    distances: Window,
}

impl Default for View {
    fn default() -> Self {
        Self { values: Window::new(MEMORY), distances: Window::new(MEMORY) }
    }
}

impl View {
    /// Returns how rare such a value is: -log10 of the share of rows as far from the middle, 0 to 300.
    fn push(&mut self, value: f64) -> f64 {
        let distance = self.distance(value);
        self.values.push(value);
        let rarity = self.rarity(distance);
        self.distances.push(distance);
        rarity
    }

    /// Returns how far a value is from the middle of those before, in robust standard deviations.
    fn distance(&self, value: f64) -> f64 {
        if self.values.len() <= 20 {
            return 0.0;
        }
        let of = |share| self.values.quantile(share);
        let middle = of(0.5);
        // The wider of two, since either vanishes on its own in series that rest or jump.
        let spread = ((of(0.75) - of(0.25)) / 1.349).max((of(0.95) - of(0.05)) / 3.29);
        let range = of(1.0) - of(0.0);
        let least = if range > 0.0 { range * 0.02 } else { 1e-6 + middle.abs() * 0.02 };
        ((value - middle) / spread.max(least)).abs()
    }

    fn rarity(&self, distance: f64) -> f64 {
        let n = self.distances.len();
        if n < ROWS_MIN {
            return 0.0;
        }
        let n_above = (n - self.distances.n_below(distance)) as f64;
        if n_above >= TAIL * n as f64 {
            return -((n_above + 1.0) / (n as f64 + 1.0)).log10();
        }
        let start = self.distances.quantile(1.0 - TAIL);
        let tail = self.distances.largest((n as f64 * (1.0 - TAIL)) as usize);
        let excess = tail.iter().map(|d| d - start).sum::<f64>() / tail.len().max(1) as f64;
        let scale = excess.max(1e-9 + 0.05 * start);
        let rarity = ((distance - start) / scale) / std::f64::consts::LN_10 - TAIL.log10();
        rarity.clamp(0.0, 300.0)
    }
}

/// An exponential average that starts at the first value.
#[derive(Clone, Debug)]
struct Average {
    weight: f64,
    mean: Option<f64>,
}

impl Average {
    fn over(n_rows: u32) -> Self {
        Self { weight: 2.0 / (f64::from(n_rows) + 1.0), mean: None }
    }

    fn push(&mut self, value: f64) -> f64 {
        let mean = self.mean.get_or_insert(value);
        *mean += self.weight * (value - *mean);
        *mean
    }
}

/// What is usual for the hour of the day; where rows are half a day apart or more, for the day of the week.
#[derive(Clone, Debug)]
struct Season {
    hours: [Slot; 24],
    weekdays: [Slot; 7],
    step: Average,
}

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    usual: f64,
    n: u32,
}

impl Default for Season {
    fn default() -> Self {
        Self { hours: Default::default(), weekdays: Default::default(), step: Average::over(20) }
    }
}

impl Season {
    /// Returns the difference to what was usual; 0 for the first of its kind.
    fn push(&mut self, time: f64, step: f64, value: f64) -> f64 {
        let step = self.step.push(step);
        let hour = (time.rem_euclid(DAY) / 3_600.0) as usize % 24;
        let weekday = (time.rem_euclid(7.0 * DAY) / DAY) as usize % 7;
        let by_hour = self.hours[hour].push(value);
        let by_weekday = self.weekdays[weekday].push(value);
        if step < DAY / 2.0 { by_hour } else { by_weekday }
    }
}

impl Slot {
    fn push(&mut self, value: f64) -> f64 {
        let difference = if self.n == 0 { 0.0 } else { value - self.usual };
        if self.n == 0 {
            self.usual = value;
        }
        let weight = (1.0 / (f64::from(self.n) + 1.0)).max(0.15);
        self.usual += weight * (value - self.usual);
        self.n = self.n.saturating_add(1);
        difference
    }
}
