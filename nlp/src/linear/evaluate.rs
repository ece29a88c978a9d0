//! Measuring: the figures that the model's card and `rapport nlp eval` show.

use std::fmt;

use rapport_model::reading::{Intent, Mood};
use serde::Serialize;

use super::Scores;
use super::calibrate::{Use, drawn};
use super::data::{Example, Source, TrainingData};
use super::train::{TrainOptions, train};
use crate::bert::{Cascade, Embed, Heads};
use crate::classifier::calibration_error;
use crate::{NlpError, language};

/// So many confusions are told.
const CONFUSIONS_MAX: usize = 12;

/// How well a class is found.
#[derive(Clone, Debug, Serialize)]
pub struct ClassScore {
    /// The class.
    pub name: &'static str,
    /// How many examples have it as their main label.
    pub n: usize,
    /// Which share of those called so are so.
    pub precision: f32,
    /// Which share of those that are so are called so.
    pub recall: f32,
    /// The harmonic mean of both.
    pub f1: f32,
}

/// Figures over one part of the held-out examples; shares are in 0..=1.
#[derive(Clone, Debug, Serialize)]
pub struct Part {
    /// `all`, `en` or `zh`.
    pub name: &'static str,
    /// How many examples.
    pub n: usize,
    /// The likeliest intent is the main one.
    pub accuracy: f32,
    /// The likeliest intent is one of the example's.
    pub accuracy_any: f32,
    /// The main intent is among the two likeliest.
    pub top_two: f32,
    /// Mean F1 of the 16 intents.
    pub macro_f1: f32,
    /// The mood is right.
    pub mood_accuracy: f32,
    /// Mean F1 of the three moods.
    pub mood_macro_f1: f32,
    /// F1 of urgency.
    pub urgent_f1: f32,
    /// Expected calibration error of the likeliest intent, over fifteen bins with as many texts in each.
    pub ece: f64,
}

/// The result of [`evaluate`].
#[derive(Clone, Debug, Serialize)]
pub struct Evaluation {
    /// How many examples were trained on.
    pub n_trained: usize,
    /// How many of those kept aside MiniLM read.
    pub n_by_bert: usize,
    /// All, English, Chinese.
    pub parts: Vec<Part>,
    /// Each intent, over all languages.
    pub intents: Vec<ClassScore>,
    /// Each mood, over all languages.
    pub moods: Vec<ClassScore>,
    /// Main intent, what it was taken for, how often; the most frequent first.
    pub confusions: Vec<(&'static str, &'static str, usize)>,
}

/// Trains on four fifths of the own examples, with all phrases and public data, and measures on the
/// fifth kept aside. The split is drawn from the texts and the seed; near copies stay together.
/// With `bert`, its encoder reads the English texts again: all of them, or those of which the linear
/// engine is not sure.
///
/// # Errors
/// As [`train`], and where MiniLM fails.
pub fn evaluate(
    data: &TrainingData,
    options: &TrainOptions,
    bert: Option<(&mut Embed<'_>, bool)>,
) -> Result<Evaluation, NlpError> {
    let (examples, aside) = split(data, options.seed);
    let (read, asked): (Vec<Scores>, Vec<bool>) =
        read_by(&examples, &aside, options, bert)?.into_iter().unzip();
    let mut evaluation = measure(&read, &aside);
    evaluation.n_trained = examples.examples.len();
    evaluation.n_by_bert = asked.iter().filter(|asked| **asked).count();
    Ok(evaluation)
}

/// Trains on `examples` and reads `aside`: what was said of each, and whether MiniLM was asked.
pub fn read_by(
    examples: &TrainingData,
    aside: &[Example],
    options: &TrainOptions,
    bert: Option<(&mut Embed<'_>, bool)>,
) -> Result<Vec<(Scores, bool)>, NlpError> {
    let mut trained = train(examples, options)?;
    let texts: Vec<&str> = aside.iter().map(|example| example.text.as_str()).collect();
    match bert {
        None => Ok(texts.iter().map(|text| (trained.engine.scores(text), false)).collect()),
        Some((embed, always)) => {
            let (heads, _) = Heads::train(&trained, embed)?;
            let mut cascade = Cascade { linear: trained.engine, heads, always };
            let (read, failed) = cascade.read(&texts, embed);
            failed.map_or(Ok(read), Err)
        }
    }
}

/// Returns the English texts that MiniLM's own weights may learn from: those on which neither heads
/// are trained nor [`evaluate`] measures.
pub fn to_tune(data: &TrainingData, seed: u64) -> Vec<Example> {
    let own = || data.examples.iter().filter(|example| example.source != Source::Extra);
    let chosen = own().zip(drawn(own(), seed)).filter(|(_, of)| of.may == Use::All);
    let english = chosen.filter(|(example, _)| language::detect(&example.text) == "en");
    english.map(|(example, _)| example.clone()).collect()
}

/// Holds a fifth of the messages aside; returns what may be trained on, and that fifth.
pub fn split(data: &TrainingData, seed: u64) -> (TrainingData, Vec<Example>) {
    let (own, extra): (Vec<Example>, Vec<Example>) =
        data.examples.iter().cloned().partition(|example| example.source != Source::Extra);
    let drawn = drawn(own.iter(), seed);
    let (mut examples, mut aside) = (Vec::new(), Vec::new());
    for (n, example) in own.iter().enumerate() {
        match (drawn[n].may == Use::Measure, example.source) {
            (false, _) => examples.push(example.clone()),
            (true, source) if source.is_message() => aside.push(example.clone()),
            // A phrase that a held-out message nearly repeats is not trained on; other phrases are,
            // whatever was drawn for them.
            (true, _)
                if drawn
                    .iter()
                    .zip(&own)
                    .any(|(of, other)| of.group == drawn[n].group && other.source.is_message()) => {}
            (true, _) => examples.push(example.clone()),
        }
    }
    examples.extend(extra);
    (TrainingData { examples }, aside)
}

/// What was wanted and what was said, for one text.
struct Answer {
    chinese: bool,
    intents: Vec<usize>,
    said: usize,
    second: usize,
    p: f32,
    mood: (usize, usize),
    urgent: (bool, bool),
}

fn measure(read: &[Scores], aside: &[Example]) -> Evaluation {
    let answers: Vec<Answer> =
        read.iter().zip(aside).filter_map(|(scores, example)| answer(scores, example)).collect();
    let part = |name, keep: fn(&Answer) -> bool| {
        Part::of(name, &answers.iter().filter(|a| keep(a)).collect::<Vec<_>>())
    };
    let all: Vec<&Answer> = answers.iter().collect();
    Evaluation {
        n_trained: 0,
        n_by_bert: 0,
        parts: vec![part("all", |_| true), part("en", |a| !a.chinese), part("zh", |a| a.chinese)],
        intents: classes(&intent_pairs(&all), Intent::ALL.iter().map(|intent| intent.name())),
        moods: classes(&mood_pairs(&all), Mood::ALL.iter().map(|mood| mood.name())),
        confusions: confusions(&intent_pairs(&all)),
    }
}

fn answer(scores: &Scores, example: &Example) -> Option<Answer> {
    let mut order: Vec<usize> = (0..Intent::ALL.len()).collect();
    order.sort_by(|a, b| scores.intents[*b].total_cmp(&scores.intents[*a]));
    Some(Answer {
        chinese: crate::language::detect(&example.text) == "zh",
        intents: example.intents.iter().map(|intent| *intent as usize).collect(),
        said: order[0],
        second: order[1],
        p: scores.intents[order[0]],
        mood: (example.mood? as usize, scores.mood().label as usize),
        urgent: (example.urgent?, scores.urgent >= 0.5),
    })
}

fn intent_pairs(answers: &[&Answer]) -> Vec<(usize, usize)> {
    answers.iter().filter_map(|answer| Some((*answer.intents.first()?, answer.said))).collect()
}

fn mood_pairs(answers: &[&Answer]) -> Vec<(usize, usize)> {
    answers.iter().map(|answer| answer.mood).collect()
}

impl Part {
    fn of(name: &'static str, answers: &[&Answer]) -> Self {
        let share = |test: &dyn Fn(&Answer) -> bool| {
            answers.iter().filter(|answer| test(answer)).count() as f32 / answers.len().max(1) as f32
        };
        let intents = classes(&intent_pairs(answers), Intent::ALL.iter().map(|intent| intent.name()));
        let moods = classes(&mood_pairs(answers), Mood::ALL.iter().map(|mood| mood.name()));
        let urgent: Vec<(usize, usize)> = answers
            .iter()
            .map(|answer| (usize::from(answer.urgent.0), usize::from(answer.urgent.1)))
            .collect();
        Self {
            name,
            n: answers.len(),
            accuracy: share(&|a| a.intents.first() == Some(&a.said)),
            accuracy_any: share(&|a| a.intents.contains(&a.said)),
            top_two: share(&|a| a.intents.first().is_some_and(|main| *main == a.said || *main == a.second)),
            macro_f1: macro_f1(&intents),
            mood_accuracy: share(&|a| a.mood.0 == a.mood.1),
            mood_macro_f1: macro_f1(&moods),
            urgent_f1: classes(&urgent, ["calm", "urgent"].into_iter())[1].f1,
            ece: calibration_error(
                answers.iter().map(|a| (a.p, a.intents.first() == Some(&a.said))).collect(),
            ),
        }
    }
}

/// Scores each class of (wanted, said).
fn classes(pairs: &[(usize, usize)], names: impl Iterator<Item = &'static str>) -> Vec<ClassScore> {
    let count =
        |test: &dyn Fn(&(usize, usize)) -> bool| pairs.iter().filter(|pair| test(pair)).count() as f32;
    let score = |(class, name)| {
        let (wanted, said) = (count(&|pair| pair.0 == class), count(&|pair| pair.1 == class));
        let right = count(&|pair| *pair == (class, class));
        let share = |of: f32| if of > 0.0 { right / of } else { 0.0 };
        let f1 = if right > 0.0 { 2.0 * right / (wanted + said) } else { 0.0 };
        ClassScore { name, n: wanted as usize, precision: share(said), recall: share(wanted), f1 }
    };
    names.enumerate().map(score).collect()
}

fn macro_f1(classes: &[ClassScore]) -> f32 {
    let present: Vec<f32> = classes.iter().filter(|class| class.n > 0).map(|class| class.f1).collect();
    present.iter().sum::<f32>() / present.len().max(1) as f32
}

fn confusions(pairs: &[(usize, usize)]) -> Vec<(&'static str, &'static str, usize)> {
    let mut wrong: Vec<(usize, usize)> =
        pairs.iter().copied().filter(|(wanted, said)| wanted != said).collect();
    wrong.sort_unstable();
    let mut counted: Vec<_> = wrong
        .chunk_by(|a, b| a == b)
        .map(|same| (Intent::ALL[same[0].0].name(), Intent::ALL[same[0].1].name(), same.len()))
        .collect();
    counted.sort_by_key(|(_, _, n)| std::cmp::Reverse(*n));
    counted.truncate(CONFUSIONS_MAX);
    counted
}

impl fmt::Display for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "trained on {} examples, measured on {} kept aside", self.n_trained, self.parts[0].n)?;
        match self.n_by_bert {
            0 => writeln!(f)?,
            n => writeln!(f, ", {n} of them read by bert")?,
        }
        writeln!(
            f,
            "\n        n   intent:  acc   any  top2 macroF1   ECE   mood:  acc macroF1   urgent: F1"
        )?;
        for p in &self.parts {
            writeln!(
                f,
                "{:<4}{:>5}          {:.3} {:.3} {:.3}   {:.3} {:.3}         {:.3}   {:.3}       {:.3}",
                p.name,
                p.n,
                p.accuracy,
                p.accuracy_any,
                p.top_two,
                p.macro_f1,
                p.ece,
                p.mood_accuracy,
                p.mood_macro_f1,
                p.urgent_f1
            )?;
        }
        writeln!(f, "\nclass            n  prec.  recall  F1")?;
        for c in self.intents.iter().chain(&self.moods) {
            writeln!(f, "{:<14}{:>4}  {:.3}  {:.3}   {:.3}", c.name, c.n, c.precision, c.recall, c.f1)?;
        }
        writeln!(f, "\nmost frequent confusions (is, taken for, times)")?;
        for (is, said, n) in &self.confusions {
            writeln!(f, "{is:<14} {said:<14} {n}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linear::draw;

    #[test]
    fn class_scores_are_the_textbook_ones() {
        let scores = classes(&[(0, 0), (0, 1), (1, 1), (1, 1)], ["a", "b"].into_iter());
        assert_eq!((scores[0].precision, scores[0].recall), (1.0, 0.5));
        assert!((scores[1].precision - 2.0 / 3.0).abs() < 1e-6 && scores[1].recall == 1.0);
        assert!((macro_f1(&scores) - (2.0 / 3.0 + 0.8) / 2.0).abs() < 1e-6);
    }

    #[test]
    fn near_copies_stay_on_one_side_and_nothing_is_lost() {
        // Digits are all alike to the engine, so letters must make the pairs differ.
        let letter =
            |n: usize, at: usize| char::from(b'a' + (draw("letter", (n * 31 + at) as u64) % 26) as u8);
        let word = |n: usize| (0..30).map(|at| letter(n, at)).collect::<String>();
        let example = |n: usize, source| Example {
            text: format!("{}, number {n}", word(n / 2)),
            intents: vec![Intent::Other],
            mood: Some(Mood::Neutral),
            urgent: Some(false),
            source,
        };
        let data = TrainingData { examples: (0..100).map(|n| example(n, Source::Own)).collect() };
        let (trained, aside) = split(&data, 1);
        assert_eq!(trained.examples.len() + aside.len(), 100);
        assert!(!aside.is_empty());
        for text in aside.iter().map(|example| example.text.split(',').next().unwrap()) {
            assert!(!trained.examples.iter().any(|example| example.text.starts_with(text)), "{text}");
        }
    }
}
