//! What a layout of the digest sees: sections of ready words, without any figure left to judge.

use rapport_model::reading::Language;
use rapport_model::time::DAY;
use serde::Serialize;

use crate::digest::{Digest, Figures, Unhappy};
use crate::format::{clip, columns, number, one_line};
use crate::{Day, Percent, Prompts, Span, When, format};

/// How many people a section shows, and how many intents.
const PEOPLE_MAX: usize = 5;
const INTENTS_MAX: usize = 6;
/// How much of a customer's words is shown, in characters.
const EXCERPT_CHARS_MAX: usize = 160;
/// A difference of mood, from −1 to 1, that is too small to speak of.
const MOOD_SAME: f64 = 0.05;

/// A digest, ready to be laid out.
#[derive(Debug, Serialize)]
pub(crate) struct View {
    pub subject: String,
    pub language: &'static str,
    pub house: String,
    pub title: String,
    pub period: String,
    /// The one line of a digest that has nothing to say; then the rest is empty.
    pub quiet: Option<String>,
    pub headline: String,
    pub attention: String,
    pub figures: Vec<Figure>,
    pub sections: Vec<Section>,
    pub footer: String,
}

/// A figure with its label and what stands small beside it.
#[derive(Debug, Serialize)]
pub(crate) struct Figure {
    pub label: String,
    pub value: String,
    pub notes: Vec<String>,
}

/// A section; of its lists only one is filled.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Section {
    pub title: String,
    /// As many columns as the title takes.
    pub title_columns: usize,
    /// Whether it wants attention.
    pub loud: bool,
    pub sentences: Vec<String>,
    pub people: Vec<Person>,
    pub bars: Vec<Bar>,
    pub rows: Vec<Row>,
    /// How many more there are, in words.
    pub more: Option<String>,
}

/// A customer and what is said of them.
#[derive(Debug, Serialize)]
pub(crate) struct Person {
    pub number: String,
    pub name: String,
    pub aside: String,
    pub quote: String,
    pub reason: String,
}

/// A bar of a chart.
#[derive(Debug, Serialize)]
pub(crate) struct Bar {
    pub label: String,
    pub value: String,
    /// Its length in per cent of the longest, 0..=100.
    pub share: u32,
    pub note: String,
}

/// A label and its value.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    pub label: String,
    pub value: String,
}

/// Puts a digest into words.
pub(crate) fn view(prompts: &Prompts, language: Language, digest: &Digest) -> View {
    Words { prompts, language, digest }.view()
}

struct Words<'a> {
    prompts: &'a Prompts,
    language: Language,
    digest: &'a Digest,
}

impl Words<'_> {
    fn view(&self) -> View {
        let (p, l, d) = (self.prompts, self.language, self.digest);
        // A day may have 23 or 25 hours, and a week an hour more or less.
        let title = match (d.to.since(d.from) + DAY / 2) / DAY {
            1 => p.digest_daily(l),
            7 => p.digest_weekly(l),
            _ => p.digest_other(l),
        };
        let period = format::period(l, d.from, d.to, d.zone);
        let sections = [
            self.unusual(),
            self.unhappy(),
            self.waiting(),
            self.intents(),
            self.work(),
            self.pipeline(),
            self.praise(),
            self.team(),
        ];
        View {
            subject: p.digest_subject(l, &d.house, &title, &period),
            language: l.code(),
            house: one_line(&d.house),
            quiet: d.is_quiet().then(|| p.digest_quiet(l, &d.house, &period)),
            title,
            period,
            headline: self.headline(),
            attention: self.attention(),
            figures: self.figures(),
            sections: sections.into_iter().filter(|s| !s.is_empty()).collect(),
            footer: p.digest_footer(l, &d.recipient, &d.house),
        }
    }

    fn headline(&self) -> String {
        let (p, l) = (self.prompts, self.language);
        let now = self.digest.now.mails_in;
        let mails = p.headline_mails(l, i64::from(now));
        let before = self.digest.before.map(|before| before.mails_in).filter(|n| *n > 0);
        let Some(before) = before else {
            let stop = if l == Language::En { "." } else { "。" };
            return mails + stop;
        };
        let change = f64::from(now) / f64::from(before) - 1.0;
        let compared = match change {
            c if c.abs() < 0.005 => p.headline_same(l),
            c if c > 0.0 => p.headline_more(l, Percent(c)),
            c => p.headline_fewer(l, Percent(-c)),
        };
        p.headline_compared(l, &mails, &compared)
    }

    fn attention(&self) -> String {
        let (p, l, d) = (self.prompts, self.language, self.digest);
        let parts = [
            (!d.unusual.is_empty()).then(|| p.headline_anomalies(l, d.unusual.len())),
            (!d.unhappy.is_empty()).then(|| p.headline_unhappy(l, d.unhappy.len())),
            (!d.waiting.is_empty()).then(|| p.headline_waiting(l, d.waiting.len())),
            (d.tasks_overdue > 0).then(|| p.headline_overdue(l, i64::from(d.tasks_overdue))),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        if parts.is_empty() { p.headline_calm(l) } else { p.headline_attention(l, &parts) }
    }

    fn figures(&self) -> Vec<Figure> {
        let (p, l, now) = (self.prompts, self.language, &self.digest.now);
        let tickets = &self.digest.tickets;
        let figure = |label, value, notes: Vec<Option<String>>| Figure {
            label,
            value,
            notes: notes.into_iter().flatten().collect(),
        };
        let count = |n: u32| number(i64::from(n));
        let none = || p.figure_none(l);
        let before = self.digest.before;
        vec![
            figure(
                p.figure_in(l),
                count(now.mails_in),
                vec![
                    self.compared(|f| f.mails_in),
                    (now.automated > 0).then(|| p.note_automated(l, i64::from(now.automated))),
                ],
            ),
            figure(p.figure_out(l), count(now.mails_out), vec![self.compared(|f| f.mails_out)]),
            figure(p.figure_new(l), count(now.new_customers), vec![self.compared(|f| f.new_customers)]),
            figure(
                p.figure_answer(l),
                now.first_answer.map_or_else(none, |micros| format::span(l, micros)),
                vec![before.and_then(|b| b.first_answer).map(|micros| p.note_before(l, Span(micros)))],
            ),
            figure(
                p.figure_mood(l),
                now.mood.map_or_else(none, |mood| format::capital(&p.mood(l, mood))),
                vec![now.negative.map(|share| p.note_negative(l, Percent(share))), self.mood_compared()],
            ),
            figure(
                p.figure_open(l),
                count(tickets.open),
                vec![Some(p.note_tickets(l, i64::from(tickets.opened), i64::from(tickets.closed)))],
            ),
        ]
    }

    /// Compares a count with the period before, if there was one.
    fn compared(&self, count: impl Fn(&Figures) -> u32) -> Option<String> {
        let (p, l) = (self.prompts, self.language);
        let before = self.digest.before.as_ref()?;
        Some(match i64::from(count(&self.digest.now)) - i64::from(count(before)) {
            0 => p.note_same(l),
            more if more > 0 => p.note_more(l, more),
            fewer => p.note_fewer(l, -fewer),
        })
    }

    fn mood_compared(&self) -> Option<String> {
        let (p, l) = (self.prompts, self.language);
        let change = self.digest.now.mood? - self.digest.before?.mood?;
        Some(match change {
            c if c.abs() < MOOD_SAME => p.note_same(l),
            c if c > 0.0 => p.note_better(l),
            _ => p.note_worse(l),
        })
    }

    fn unusual(&self) -> Section {
        let (p, l) = (self.prompts, self.language);
        let sentence = |unusual: &crate::Unusual| {
            let day = Day(When { at: unusual.at, zone: self.digest.zone });
            let (today, usual) = (unusual.anomaly.today, unusual.anomaly.usual.round() as i64);
            match unusual.anomaly.figure.as_str() {
                "volume" => p.anomaly_volume(l, day, today, usual),
                "negative" => p.anomaly_negative(l, day, today, usual),
                figure => p.anomaly_other(l, day, figure, today, usual),
            }
        };
        let sentences = self.digest.unusual.iter().map(sentence).collect();
        Section { sentences, loud: true, ..Section::titled(p.section_anomalies(l)) }
    }

    fn unhappy(&self) -> Section {
        let (p, l) = (self.prompts, self.language);
        let person = |who: &Unhappy| Person {
            number: who.number.to_string(),
            name: one_line(&who.name),
            aside: p.mood_is(l, &p.mood(l, who.mood)),
            quote: excerpt(&who.excerpt),
            reason: if who.why.is_empty() { String::new() } else { p.because_words(l, &who.why) },
        };
        let people = self.digest.unhappy.iter().map(person).collect();
        Section { loud: true, ..self.people(p.section_unhappy(l), people) }
    }

    fn waiting(&self) -> Section {
        let (p, l, d) = (self.prompts, self.language, self.digest);
        let person = |who: &crate::Waiting| Person {
            number: who.number.to_string(),
            name: one_line(&who.name),
            aside: p.waiting_for(l, Span(d.to.since(who.since))),
            quote: excerpt(&who.subject),
            reason: String::new(),
        };
        let people = d.waiting.iter().map(person).collect();
        Section { loud: true, ..self.people(p.section_waiting(l), people) }
    }

    fn praise(&self) -> Section {
        let (p, l) = (self.prompts, self.language);
        let person = |who: &crate::Praise| Person {
            number: who.number.to_string(),
            name: one_line(&who.name),
            aside: String::new(),
            quote: excerpt(&who.excerpt),
            reason: String::new(),
        };
        self.people(p.section_praise(l), self.digest.praise.iter().map(person).collect())
    }

    fn people(&self, title: String, mut people: Vec<Person>) -> Section {
        let more = self.more(people.len(), PEOPLE_MAX);
        people.truncate(PEOPLE_MAX);
        Section { people, more, ..Section::titled(title) }
    }

    fn intents(&self) -> Section {
        let (p, l) = (self.prompts, self.language);
        let longest = self.digest.intents.iter().map(|(_, n)| *n).max().unwrap_or(0);
        let bar = |(intent, n): &(rapport_model::reading::Intent, u32)| Bar {
            label: format::capital(p.label(l, *intent)),
            value: number(i64::from(*n)),
            share: share(*n, longest),
            note: String::new(),
        };
        let bars = self.digest.intents.iter().take(INTENTS_MAX).map(bar).collect();
        let more = self.more(self.digest.intents.len(), INTENTS_MAX);
        Section { bars, more, ..Section::titled(p.section_intents(l)) }
    }

    fn work(&self) -> Section {
        let (p, l, d) = (self.prompts, self.language, self.digest);
        let i = i64::from;
        let oldest = |ticket: &crate::OldestTicket| {
            let span = format::span(l, d.to.since(ticket.since));
            let title = clip(&one_line(&ticket.title), EXCERPT_CHARS_MAX / 2);
            let comma = if l == Language::En { ", " } else { "，" };
            Row { label: p.work_oldest(l), value: format!("{} {title}{comma}{span}", ticket.number) }
        };
        let tickets = p.work_tickets_value(l, i(d.tickets.opened), i(d.tickets.closed));
        let tasks = p.work_due_value(l, i(d.tasks_due), i(d.tasks_overdue));
        let rows = [
            Some(Row { label: p.work_tickets(l), value: tickets }),
            d.tickets.oldest.as_ref().map(oldest),
            Some(Row { label: p.work_due(l), value: tasks }),
            Some(Row { label: p.work_follow_ups(l), value: number(i(d.follow_ups)) }),
        ];
        Section { rows: rows.into_iter().flatten().collect(), ..Section::titled(p.section_work(l)) }
    }

    fn pipeline(&self) -> Section {
        let (p, l) = (self.prompts, self.language);
        let most = self.digest.pipeline.iter().map(|stage| stage.n).max().unwrap_or(0);
        let bar = |stage: &crate::StageFigures| Bar {
            label: format::capital(&one_line(p.stage(l, &stage.stage))),
            value: p.pipeline_deals(l, i64::from(stage.n)),
            share: share(stage.n, most),
            note: stage.totals.iter().map(ToString::to_string).collect::<Vec<_>>().join(" + "),
        };
        let bars = self.digest.pipeline.iter().map(bar).collect();
        Section { bars, ..Section::titled(p.section_pipeline(l)) }
    }

    fn team(&self) -> Section {
        let (p, l) = (self.prompts, self.language);
        let row = |load: &crate::Load| Row {
            label: one_line(&load.name),
            value: p.team_load(l, i64::from(load.tickets), i64::from(load.tasks), i64::from(load.answered)),
        };
        let rows = self.digest.team.iter().map(row).collect();
        Section { rows, ..Section::titled(p.section_team(l)) }
    }

    fn more(&self, n: usize, n_max: usize) -> Option<String> {
        n.checked_sub(n_max).filter(|more| *more > 0).map(|more| self.prompts.and_more(self.language, more))
    }
}

impl Section {
    fn titled(title: String) -> Self {
        Self { title_columns: columns(&title), title, ..Self::default() }
    }

    fn is_empty(&self) -> bool {
        self.sentences.is_empty() && self.people.is_empty() && self.bars.is_empty() && self.rows.is_empty()
    }
}

fn excerpt(words: &str) -> String {
    clip(&one_line(words), EXCERPT_CHARS_MAX)
}

/// Returns the length of a bar in per cent of the longest; what is not nothing is seen.
fn share(n: u32, most: u32) -> u32 {
    if n == 0 || most == 0 { 0 } else { (n * 100 / most).clamp(2, 100) }
}
