//! Measuring a classifier on labelled texts.

use std::fmt;

use serde::Serialize;

use super::{Classifier, Labelled, OUT_OF_SCOPE};
use crate::NlpError;
use crate::bert::Bert;

/// Bins of the calibration error, with as many texts in each.
const BINS: usize = 15;

/// Figures of a classifier; shares are in 0..=1. Those of what is in scope know nothing of
/// rejections but for `in_scope_accuracy`; those of what is not are missing without such texts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measured {
    /// Which engine was measured.
    pub engine: &'static str,
    /// Texts, in scope or not.
    pub n: usize,
    /// The likeliest label is right.
    pub accuracy: f64,
    /// Mean F1 of the labels that occur.
    pub macro_f1: f64,
    /// The right label is among the three likeliest.
    pub top3: f64,
    /// Expected calibration error of the likeliest label.
    pub ece: f64,
    /// The likeliest label is right and the text was not called out of scope.
    pub in_scope_accuracy: f64,
    /// Probability that a text out of scope has a lower margin than one in scope.
    pub oos_auroc: Option<f64>,
    /// The share of texts out of scope that were called so.
    pub oos_recall: Option<f64>,
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |share: f64| format!("{:.1}%", share * 100.0);
        writeln!(f, "texts               {}", self.n)?;
        writeln!(
            f,
            "accuracy            {} (among the first three: {})",
            percent(self.accuracy),
            percent(self.top3)
        )?;
        writeln!(f, "macro F1            {:.3}", self.macro_f1)?;
        writeln!(f, "calibration error   {:.3}", self.ece)?;
        write!(f, "right, not rejected {}", percent(self.in_scope_accuracy))?;
        if let (Some(recall), Some(auroc)) = (self.oos_recall, self.oos_auroc) {
            write!(f, "\nout of scope        {} recognised, AUROC {auroc:.3}", percent(recall))?;
        }
        Ok(())
    }
}

/// What a classifier said of one text.
struct Said {
    /// The right label; none is out of scope.
    right: Option<usize>,
    best: usize,
    p: f32,
    among_three: bool,
    margin: f32,
    rejected: bool,
}

/// Measures `classifier` on `examples`.
///
/// # Errors
/// [`NlpError::Data`] when the classifier does not know a label, else as
/// [`Classifier::classify_all`].
pub fn measure(
    classifier: &mut Classifier,
    examples: &[Labelled],
    bert: Option<&mut Bert>,
) -> Result<Measured, NlpError> {
    let texts: Vec<&str> = examples.iter().map(|example| example.text.as_str()).collect();
    let rankings = classifier.classify_all(&texts, bert)?;
    let mut said = Vec::with_capacity(examples.len());
    for (n, (example, ranking)) in examples.iter().zip(rankings).enumerate() {
        let known = classifier.labels().iter().position(|label| *label == example.label);
        if known.is_none() && example.label != OUT_OF_SCOPE {
            let why = format!("the model does not know the label {:?}", example.label);
            return Err(NlpError::Data { path: "test data, example".into(), line: n + 1, why });
        }
        let (best, p) = ranking.labels[0];
        said.push(Said {
            right: known,
            best,
            p,
            among_three: ranking.labels.iter().take(3).any(|(label, _)| Some(*label) == known),
            margin: ranking.margin,
            rejected: ranking.out_of_scope,
        });
    }
    let (inside, outside): (Vec<&Said>, Vec<&Said>) = said.iter().partition(|said| said.right.is_some());
    let share = |is: &dyn Fn(&Said) -> bool| {
        inside.iter().filter(|said| is(said)).count() as f64 / inside.len().max(1) as f64
    };
    let recognised = outside.iter().filter(|said| said.rejected).count();
    let is_right = |said: &Said| said.right == Some(said.best);
    Ok(Measured {
        engine: classifier.engine(),
        n: said.len(),
        accuracy: share(&is_right),
        macro_f1: macro_f1(&inside, classifier.labels().len()),
        top3: share(&|said| said.among_three),
        ece: calibration_error(inside.iter().map(|said| (said.p, is_right(said))).collect()),
        in_scope_accuracy: share(&|said| is_right(said) && !said.rejected),
        oos_auroc: (!outside.is_empty() && !inside.is_empty()).then(|| auroc(&inside, &outside)),
        oos_recall: (!outside.is_empty()).then(|| recognised as f64 / outside.len() as f64),
    })
}

fn macro_f1(said: &[&Said], n_labels: usize) -> f64 {
    let (mut of, mut called, mut both) = (vec![0; n_labels], vec![0; n_labels], vec![0; n_labels]);
    for said in said {
        let Some(right) = said.right else { continue };
        of[right] += 1;
        called[said.best] += 1;
        both[right] += usize::from(right == said.best);
    }
    let occurring: Vec<usize> = (0..n_labels).filter(|label| of[*label] > 0).collect();
    let f1 = |label: &usize| 2.0 * both[*label] as f64 / (of[*label] + called[*label]) as f64;
    occurring.iter().map(f1).sum::<f64>() / occurring.len().max(1) as f64
}

/// The mean distance of probability and share of right ones, over bins with as many texts in each.
pub(crate) fn calibration_error(mut said: Vec<(f32, bool)>) -> f64 {
    said.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let n = said.len();
    let bin = |i: usize| &said[i * n / BINS..(i + 1) * n / BINS];
    let error = |bin: &[(f32, bool)]| {
        let promised: f64 = bin.iter().map(|(p, _)| f64::from(*p)).sum();
        (promised - bin.iter().filter(|(_, right)| *right).count() as f64).abs()
    };
    (0..BINS).map(|i| error(bin(i))).sum::<f64>() / n.max(1) as f64
}

/// The share of pairs in which the text out of scope has the lower margin; equal ones count half.
fn auroc(inside: &[&Said], outside: &[&Said]) -> f64 {
    let mut margins: Vec<f32> = inside.iter().map(|said| said.margin).collect();
    margins.sort_unstable_by(f32::total_cmp);
    let above = |margin: f32| {
        let (below, not_above) =
            (margins.partition_point(|m| *m < margin), margins.partition_point(|m| *m <= margin));
        (margins.len() - not_above) as f64 + (not_above - below) as f64 / 2.0
    };
    let pairs = inside.len() as f64 * outside.len() as f64;
    outside.iter().map(|said| above(said.margin)).sum::<f64>() / pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(right: Option<usize>, best: usize, margin: f32) -> Said {
        Said { right, best, p: 0.5, among_three: true, margin, rejected: false }
    }

    #[test]
    fn the_figures_are_those_of_a_worked_example() {
        let all = [said(Some(0), 0, 1.0), said(Some(0), 1, 0.5), said(Some(1), 1, 0.5), said(None, 0, 0.5)];
        let (inside, outside) = (all[..3].iter().collect::<Vec<_>>(), vec![&all[3]]);
        // Label 0: 1 of 2 found, nothing called so wrongly: 2/3. Label 1: found, one too many: 2/3.
        assert!((macro_f1(&inside, 3) - 2.0 / 3.0).abs() < 1e-12);
        // Above one, level with two.
        assert!((auroc(&inside, &outside) - 2.0 / 3.0).abs() < 1e-12);
        let half_right: Vec<(f32, bool)> = (0..30).map(|n| (0.5, n % 2 == 0)).collect();
        assert!(calibration_error(half_right.clone()) < 1e-9);
        let too_sure = half_right.iter().map(|(_, right)| (0.9, *right)).collect();
        assert!((calibration_error(too_sure) - 0.4).abs() < 1e-6);
        assert_eq!(calibration_error(Vec::new()), 0.0);
    }
}
