use std::collections::VecDeque;

/// The last numbers of a series, kept in order of age and in order of size.
#[derive(Clone, Debug)]
pub(super) struct Window {
    by_age: VecDeque<f64>,
    by_size: Vec<f64>,
    len_max: usize,
}

impl Window {
    pub(super) fn new(len_max: usize) -> Self {
        Self { by_age: VecDeque::new(), by_size: Vec::new(), len_max }
    }

    pub(super) fn len(&self) -> usize {
        self.by_size.len()
    }

    pub(super) fn push(&mut self, value: f64) {
        if self.by_age.len() == self.len_max
            && let Some(oldest) = self.by_age.pop_front()
        {
            self.by_size.remove(self.n_below(oldest));
        }
        self.by_age.push_back(value);
        self.by_size.insert(self.n_below(value), value);
    }

    /// Returns how many are smaller.
    pub(super) fn n_below(&self, value: f64) -> usize {
        self.by_size.partition_point(|v| *v < value)
    }

    /// Returns the number below which a share of all lies; 0 of none.
    pub(super) fn quantile(&self, share: f64) -> f64 {
        let last = self.by_size.len().saturating_sub(1);
        self.by_size.get((last as f64 * share).round() as usize).copied().unwrap_or(0.0)
    }

    /// Returns the largest, all from rank `from` on.
    pub(super) fn largest(&self, from: usize) -> &[f64] {
        &self.by_size[from.min(self.by_size.len())..]
    }
}
