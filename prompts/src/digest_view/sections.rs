//! The sections of a digest: what wants attention first.

use rapport_model::Money;
use rapport_model::reading::Language;

use super::figures::short_day;
use super::{Bar, INTENTS_MAX, Person, Row, Section, Words, share, sums};
use crate::digest::{Unhappy, Way};
use crate::format::{clip, number, one_line};
use crate::{Day, Span, When, format};

/// How many people a section shows.
const PEOPLE_MAX: usize = 5;
/// How much of a customer's words is shown, in characters.
const EXCERPT_CHARS_MAX: usize = 160;

impl Words<'_> {
    pub(super) fn breaches(&self) -> Section {
        let (p, l) = (self.prompts, self.language);
        let breach = |breach: &crate::Breach| Person {
            number: breach.number.to_string(),
            name: excerpt(&breach.name),
            aside: p.breach_late(l, p.label(l, breach.goal), Span(breach.late_by)),
            quote: String::new(),
            reason: String::new(),
        };
        let all = self.digest.breaches.iter().map(breach).collect();
        Section { loud: true, ..self.people(p.section_breaches(l), all) }
    }

    pub(super) fn requests(&self) -> Section {
        let (p, l) = (self.prompts, self.language);
        let request = |request: &crate::DueRequest| Person {
            number: request.number.to_string(),
            name: excerpt(&request.name),
            aside: p.request_left(l, request.days_left),
            quote: String::new(),
            reason: String::new(),
        };
        let all = self.digest.requests.iter().map(request).collect();
        Section { loud: true, ..self.people(p.requests_label(l), all) }
    }

    pub(super) fn unusual(&self) -> Section {
        let (p, l) = (self.prompts, self.language);
        let sentence = |unusual: &crate::Unusual| {
            let at = When { at: unusual.at, zone: self.digest.zone };
            p.anomaly_on(l, Day(at), &p.unusual(l, &unusual.anomaly, at))
        };
        let sentences = self.digest.unusual.iter().map(sentence).collect();
        Section { sentences, loud: true, ..Section::titled(p.section_anomalies(l)) }
    }

    pub(super) fn unhappy(&self) -> Section {
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

    pub(super) fn waiting(&self) -> Section {
        let (p, l, d) = (self.prompts, self.language, self.digest);
        let person = |who: &crate::Waiting| Person {
            number: who.number.to_string(),
            name: one_line(&who.name),
            aside: p.waiting_for(l, Span(d.at.since(who.since))),
            quote: excerpt(&who.subject),
            reason: String::new(),
        };
        let people = d.waiting.iter().map(person).collect();
        Section { loud: true, ..self.people(p.section_waiting(l), people) }
    }

    pub(super) fn silent(&self) -> Section {
        let (p, l, d) = (self.prompts, self.language, self.digest);
        let person = |who: &crate::Silent| Person {
            number: who.number.to_string(),
            name: one_line(&who.name),
            aside: p.silent_for(l, Span(d.at.since(who.since))),
            quote: String::new(),
            reason: self.joined(&[
                who.usual.map_or_else(String::new, |usual| p.silent_usual(l, Span(usual))),
                self.looked_after(&who.owner),
            ]),
        };
        self.people(p.section_silent(l), d.silent.iter().map(person).collect())
    }

    pub(super) fn due(&self) -> Section {
        let (p, l, d) = (self.prompts, self.language, self.digest);
        let task = |task: &crate::DueTask| Person {
            number: task.number.to_string(),
            name: excerpt(&task.title),
            aside: self.joined(&[short_day(l, task.due, d.zone), one_line(&task.owner)]),
            quote: String::new(),
            reason: String::new(),
        };
        self.people(p.section_due(l), d.due.iter().map(task).collect())
    }

    pub(super) fn praise(&self) -> Section {
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

    pub(super) fn campaigns(&self) -> Section {
        let (p, l) = (self.prompts, self.language);
        let campaign = |ran: &crate::CampaignRun| Person {
            number: ran.number.to_string(),
            name: one_line(&ran.name),
            aside: p.digest_campaign(l, ran.sent, ran.replied),
            quote: String::new(),
            reason: String::new(),
        };
        self.people(p.section_campaigns(l), self.digest.campaigns.iter().map(campaign).collect())
    }

    fn people(&self, title: String, mut people: Vec<Person>) -> Section {
        let more = self.more(people.len(), PEOPLE_MAX);
        people.truncate(PEOPLE_MAX);
        Section { people, more, ..Section::titled(title) }
    }

    pub(super) fn intents(&self) -> Section {
        let (p, l) = (self.prompts, self.language);
        let shown = self.intents_shown();
        let longest = shown.iter().map(|topic| topic.n).max().unwrap_or(0);
        let bar = |topic: &crate::Topic| Bar {
            label: format::capital(p.label(l, topic.intent)),
            value: number(i64::from(topic.n)),
            change: self.compared_with(topic.n, topic.before).unwrap_or_default(),
            share: share(topic.n, longest),
            note: String::new(),
            search: self.searches.intent(topic.intent),
        };
        let bars = shown.iter().map(bar).collect();
        let more = self.more(self.digest.intents.len(), INTENTS_MAX);
        Section { bars, more, ..Section::titled(p.section_intents(l)) }
    }

    pub(super) fn moves(&self) -> Section {
        let (p, l) = (self.prompts, self.language);
        let row = |moves: &crate::Moves| Row {
            label: match moves.way {
                Way::New => p.moves_new(l),
                Way::Forward => p.moves_forward(l),
                Way::Back => p.moves_back(l),
                Way::Won => p.moves_won(l),
                Way::Lost => p.moves_lost(l),
            },
            value: self.joined(&[p.pipeline_deals(l, i64::from(moves.n)), money(&moves.totals)]),
            note: self.compared_with(moves.n, moves.before).unwrap_or_default(),
            search: match moves.way {
                Way::Won | Way::Lost => self.searches.report("win rate"),
                _ => String::new(),
            },
        };
        let rows = self.digest.moves.iter().map(row).collect();
        Section { rows, ..Section::titled(p.section_moves(l)) }
    }

    pub(super) fn pipeline(&self) -> Section {
        let (p, l) = (self.prompts, self.language);
        let most = self.digest.pipeline.iter().map(|stage| stage.n).max().unwrap_or(0);
        let bar = |stage: &crate::StageFigures| Bar {
            label: format::capital(&one_line(p.stage(l, &stage.stage))),
            value: p.pipeline_deals(l, i64::from(stage.n)),
            change: String::new(),
            share: share(stage.n, most),
            note: money(&stage.totals),
            search: self.searches.stage(&one_line(&stage.stage)),
        };
        let bars = self.digest.pipeline.iter().map(bar).collect();
        Section { bars, ..Section::titled(p.section_pipeline(l)) }
    }

    pub(super) fn work(&self) -> Section {
        let (p, l, d) = (self.prompts, self.language, self.digest);
        let i = i64::from;
        let row =
            |label: String, value: String| Row { label, value, note: String::new(), search: String::new() };
        let oldest = |ticket: &crate::OldestTicket| {
            let span = format::span(l, d.at.since(ticket.since));
            let title = clip(&one_line(&ticket.title), EXCERPT_CHARS_MAX / 2);
            let comma = if l == Language::En { ", " } else { "，" };
            row(p.work_oldest(l), format!("{} {title}{comma}{span}", ticket.number))
        };
        let opened = Row {
            note: self.compared(|f| f.tickets_opened).unwrap_or_default(),
            search: self.searches.report("tickets"),
            ..row(p.work_opened(l), number(i(d.now.tickets_opened)))
        };
        let closed = Row {
            note: self.compared(|f| f.tickets_closed).unwrap_or_default(),
            ..row(p.work_closed(l), number(i(d.now.tickets_closed)))
        };
        let follow_ups = Row {
            note: self.compared(|f| f.follow_ups).unwrap_or_default(),
            ..row(p.work_follow_ups(l), number(i(d.now.follow_ups)))
        };
        let rows = [Some(opened), Some(closed), d.open.oldest.as_ref().map(oldest), Some(follow_ups)];
        Section { rows: rows.into_iter().flatten().collect(), ..Section::titled(p.section_work(l)) }
    }

    pub(super) fn team(&self) -> Section {
        let (p, l) = (self.prompts, self.language);
        let i = i64::from;
        let row = |load: &crate::Load| {
            let answer = load.first_answer.map(|micros| p.team_answer(l, Span(micros))).unwrap_or_default();
            let did = self.joined(&[
                p.team_answered(l, i(load.answered)),
                self.compared_with(load.answered, load.answered_before).unwrap_or_default(),
                answer,
            ]);
            Row {
                label: one_line(&load.name),
                value: p.team_load(l, i(load.tickets), i(load.tasks), i(load.overdue), i(load.deals)),
                note: did,
                search: String::new(),
            }
        };
        let rows = self.digest.team.iter().map(row).collect();
        Section { rows, search: self.searches.report("by rep"), ..Section::titled(p.section_team(l)) }
    }

    fn looked_after(&self, owner: &str) -> String {
        if owner.is_empty() { String::new() } else { self.prompts.silent_owner(self.language, owner) }
    }

    /// Puts parts beside each other; those that are empty are left out.
    fn joined(&self, parts: &[String]) -> String {
        let parts: Vec<&str> = parts.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
        parts.join(" · ")
    }

    fn more(&self, n: usize, n_max: usize) -> Option<String> {
        n.checked_sub(n_max).filter(|more| *more > 0).map(|more| self.prompts.and_more(self.language, more))
    }
}

fn money(totals: &[Money]) -> String {
    sums(&totals.iter().collect::<Vec<_>>())
}

fn excerpt(words: &str) -> String {
    clip(&one_line(words), EXCERPT_CHARS_MAX)
}
