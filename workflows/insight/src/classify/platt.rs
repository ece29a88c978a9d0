use serde::{Deserialize, Serialize};

/// A curve from scores to probabilities (Platt 1999, by Newton's method as Lin, Lin and Weng 2007 do).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Curve {
    slope: f64,
    offset: f64,
}

impl Curve {
    /// Learns from scores of rows that they were not learnt from.
    pub(crate) fn fit(scores: &[f64], truth: &[bool]) -> Self {
        let n_true = truth.iter().filter(|t| **t).count() as f64;
        let n_false = truth.len() as f64 - n_true;
        // Not quite 0 and 1, so that the curve does not become a step.
        let (high, low) = ((n_true + 1.0) / (n_true + 2.0), 1.0 / (n_false + 2.0));
        let target = |t: bool| if t { high } else { low };
        let mut curve = Self { slope: 0.0, offset: ((n_true + 1.0) / (n_false + 1.0)).ln() };
        let loss = |c: Self| -> f64 {
            let one = |(s, t): (&f64, &bool)| {
                let f = c.slope * s + c.offset;
                // ln(1 + e^f) - t f, without overflow.
                f.max(0.0) + (-f.abs()).exp().ln_1p() - target(*t) * f
            };
            scores.iter().zip(truth).map(one).sum()
        };
        let mut now = loss(curve);
        for _ in 0..100 {
            let (mut gs, mut go, mut hss, mut hso, mut hoo) = (0.0, 0.0, 1e-12, 0.0, 1e-12);
            for (s, t) in scores.iter().zip(truth) {
                let p = curve.probability(*s);
                let (d, w) = (p - target(*t), p * (1.0 - p));
                gs += d * s;
                go += d;
                hss += w * s * s;
                hso += w * s;
                hoo += w;
            }
            let determinant = hss * hoo - hso * hso;
            if gs.abs().max(go.abs()) < 1e-6 || determinant <= 0.0 {
                break;
            }
            let (ds, d_o) = ((hso * go - hoo * gs) / determinant, (hso * gs - hss * go) / determinant);
            let mut step = 1.0;
            loop {
                let next = Self { slope: curve.slope + step * ds, offset: curve.offset + step * d_o };
                let after = loss(next);
                if after < now {
                    (curve, now) = (next, after);
                    break;
                }
                step /= 2.0;
                if step < 1e-10 {
                    return curve;
                }
            }
        }
        curve
    }

    /// Returns the curve that takes scores for log-odds.
    pub(crate) fn identity() -> Self {
        Self { slope: 1.0, offset: 0.0 }
    }

    /// Returns by how much the log-odds move where the score does by `part`.
    pub(crate) fn odds(self, part: f64) -> f64 {
        self.slope * part
    }

    pub(crate) fn probability(self, score: f64) -> f64 {
        1.0 / (1.0 + (-(self.slope * score + self.offset)).exp())
    }
}
