//! The figures at the head of a digest, and its days.

use chrono::Datelike as _;
use rapport_model::reading::Language;

use super::{Bar, Chart, Drill, Figure, Words, share};
use crate::digest::{Figures, Whose};
use crate::format::{capital, number};
use crate::{Day, Percent, Prompts, Span, When, format};

/// A difference of mood, from −1 to 1, that is too small to speak of.
const MOOD_SAME: f64 = 0.05;
/// Buttons under a card in a chat.
const DRILLS_MAX: usize = 5;

impl Prompts {
    /// Says how far a count is from the one before, if there was one.
    pub fn compared(&self, language: Language, now: u32, before: Option<u32>) -> Option<String> {
        Some(match i64::from(now) - i64::from(before?) {
            0 => self.note_same(language),
            more if more > 0 => self.note_more(language, more),
            fewer => self.note_fewer(language, -fewer),
        })
    }
}

impl Words<'_> {
    pub(super) fn figures(&self) -> Vec<Figure> {
        let (p, l, d) = (self.prompts, self.language, self.digest);
        let (now, open) = (&d.now, &d.open);
        let figure = |label: String, value: String, notes: Vec<Option<String>>, search: String| Figure {
            label,
            value,
            notes: notes.into_iter().flatten().collect(),
            search,
        };
        let count = |n: u32| number(i64::from(n));
        let none = || p.figure_none(l);
        let mean = |n: u32, of: u32| (of > 0).then(|| p.note_share(l, Percent(f64::from(n) / f64::from(of))));
        let answer = now.first_answer.map_or_else(none, |micros| format::span(l, micros));
        let answer_before =
            d.before.and_then(|b| b.first_answer).map(|micros| p.note_before(l, Span(micros)));
        let automated = (now.automated > 0).then(|| p.note_automated(l, i64::from(now.automated)));
        let tickets = p.note_tickets(l, i64::from(now.tickets_opened), i64::from(now.tickets_closed));
        let totals: Vec<&rapport_model::Money> = d.pipeline.iter().flat_map(|stage| &stage.totals).collect();
        let searches = &self.searches;
        vec![
            figure(
                p.figure_in(l),
                count(now.mails_in),
                vec![self.compared(|f| f.mails_in), automated],
                searches.mails("in"),
            ),
            figure(
                p.figure_out(l),
                count(now.mails_out),
                vec![self.compared(|f| f.mails_out)],
                searches.mails("out"),
            ),
            figure(
                p.figure_unhappy(l),
                count(now.unhappy),
                vec![mean(now.unhappy, now.mails_in), self.compared(|f| f.unhappy), self.mood()],
                searches.unhappy(),
            ),
            figure(p.figure_answer(l), answer, vec![answer_before], searches.report("first answer")),
            figure(
                p.figure_new(l),
                count(now.new_customers),
                vec![self.compared(|f| f.new_customers)],
                String::new(),
            ),
            figure(p.figure_open(l), count(open.tickets), vec![Some(tickets)], searches.tickets()),
            figure(
                p.figure_tasks(l),
                count(open.tasks),
                vec![Some(p.note_overdue(l, i64::from(open.overdue)))],
                searches.tasks(),
            ),
            figure(
                p.figure_deals(l),
                count(open.deals),
                vec![(!totals.is_empty()).then(|| super::sums(&totals))],
                searches.deals(),
            ),
        ]
    }

    /// Returns the commands with the numbers that they prove.
    pub(super) fn proofs(&self) -> Vec<(String, u32)> {
        let d = self.digest;
        let mut proofs = vec![
            (self.searches.mails("in"), d.now.mails_in),
            (self.searches.mails("out"), d.now.mails_out),
            (self.searches.unhappy(), d.now.unhappy),
            (self.searches.tickets(), d.open.tickets),
            (self.searches.tasks(), d.open.tasks),
            (self.searches.deals(), d.open.deals),
        ];
        proofs.extend(self.intents_shown().iter().map(|t| (self.searches.intent(t.intent), t.n)));
        proofs.extend(d.pipeline.iter().map(|stage| (self.searches.stage(&stage.stage), stage.n)));
        proofs.retain(|(command, _)| !command.is_empty());
        proofs
    }

    /// Returns what can be looked at by a button, most urgent first.
    pub(super) fn drills(&self) -> Vec<Drill> {
        let (p, l, d, s) = (self.prompts, self.language, self.digest, &self.searches);
        let all = [
            (p.figure_unhappy(l), d.now.unhappy, s.unhappy()),
            (p.figure_open(l), d.open.tickets, s.tickets()),
            (p.figure_tasks(l), d.open.tasks, s.tasks()),
            (p.figure_in(l), d.now.mails_in, s.mails("in")),
            (p.figure_deals(l), d.open.deals, s.deals()),
        ];
        let drill = |(label, n, command): (String, u32, String)| Drill {
            label: p.digest_drill(l, &label, i64::from(n)),
            command,
        };
        let offered = all.into_iter().filter(|(_, n, command)| *n > 0 && !command.is_empty());
        offered.map(drill).take(DRILLS_MAX).collect()
    }

    /// Compares a count with the period before, if there was one.
    pub(super) fn compared(&self, count: impl Fn(&Figures) -> u32) -> Option<String> {
        self.compared_with(count(&self.digest.now), self.digest.before.as_ref().map(count))
    }

    pub(super) fn compared_with(&self, now: u32, before: Option<u32>) -> Option<String> {
        self.prompts.compared(self.language, now, before)
    }

    /// Says how the mood is, and whether it was better or worse before.
    fn mood(&self) -> Option<String> {
        let (p, l) = (self.prompts, self.language);
        let now = self.digest.now.mood?;
        let mood = p.mood_is(l, &p.mood(l, now));
        let change = now - self.digest.before.and_then(|b| b.mood).unwrap_or(now);
        let compared = match change {
            c if c.abs() < MOOD_SAME => return Some(mood),
            c if c > 0.0 => p.note_better(l),
            _ => p.note_worse(l),
        };
        Some(p.note_mood(l, &mood, &compared))
    }

    pub(super) fn chart(&self) -> Chart {
        let (p, l, d) = (self.prompts, self.language, self.digest);
        let day_of = |figures: &crate::DayFigures| Day(When { at: figures.day, zone: d.zone });
        let i = i64::from;
        let said: Vec<String> = d
            .days
            .iter()
            .map(|f| p.chart_day(l, day_of(f), i(f.mails_in), i(f.unhappy), i(f.mails_out)))
            .collect();
        let most = d.days.iter().map(|f| f.mails_in).max().unwrap_or(0);
        let bar = |f: &crate::DayFigures| Bar {
            label: short_day(self.language, f.day, d.zone),
            value: number(i(f.mails_in)),
            change: String::new(),
            share: share(f.mails_in, most),
            note: p.chart_beside(l, i(f.unhappy), i(f.mails_out)),
            search: String::new(),
        };
        let is_shown = d.days.len() > 1;
        let title = if d.whose == Whose::Seen { p.section_days(l) } else { p.section_days_own(l) };
        Chart {
            title_columns: format::columns(&title),
            title,
            src: d.chart.clone().filter(|_| is_shown).unwrap_or_default(),
            alt: if is_shown { p.chart_alt(l, &said.join(p.chart_stop(l).as_str())) } else { String::new() },
            legend: [p.legend_in(l), p.legend_unhappy(l), p.legend_out(l)],
            bars: if is_shown { d.days.iter().map(bar).collect() } else { Vec::new() },
        }
    }
}

/// Writes a day without its year: `Thu 12 Mar`, `3月12日 周四`.
pub(super) fn short_day(
    language: rapport_model::reading::Language,
    at: rapport_model::Timestamp,
    zone: chrono_tz::Tz,
) -> String {
    let day = format::day(language, at, zone);
    let year = at.local(zone).year().to_string();
    capital(day.trim_start_matches(&format!("{year}年")).trim_end_matches(&format!(" {year}")))
}
