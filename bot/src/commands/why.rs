//! `why`: the reason of something, from the journal and the events.

use rapport_model::action::{Action, Deed};
use rapport_model::event::{Event, Reached, What};
use rapport_model::reading::{Intent, Language};
use rapport_model::reads::ReadWhat;
use rapport_model::{Actor, Id, Kind, Op, Record, RecordRef};
use rapport_prompts::{Day, Numbered, Percent, ReasonReading, Span};
use rapport_storage::history::Entry;
use rapport_storage::messages::Loaded;
use rapport_workflows::carry_out::words_for;
use rapport_workflows::rules::{Reason, reasons};

use super::card::Card;
use super::command::{Command, Of, Undoing};
use super::desk::{Desk, Done};
use super::message::message_meant;
use super::records::SHOWN;
use super::session::Session;

/// Older steps are on the timeline.
const STEPS_MAX: usize = 8;

impl Desk<'_> {
    pub(super) async fn why(&self, session: &mut Session, command: &Command, of: &Of) -> Done {
        if let Some(message) = message_meant(session, of) {
            return self.why_message(session, message).await;
        }
        if *of == Of::LastMessage {
            let message = self.last_message(session, command).await?;
            return self.why_message(session, message).await;
        }
        let record = self.find_record(session, command, of, SHOWN).await?;
        session.context = Some(record.record);
        self.saw(session, ReadWhat::History, record.record);
        let history = self.store().history(record.record).await?;
        let mut steps = Vec::new();
        for entry in &history {
            steps.extend(self.step(entry).await?);
        }
        let (prompts, language) = (self.prompts(), self.language);
        let mut card = Card::new(self.titled(&record).await?);
        if steps.is_empty() {
            return Ok(vec![card.text(prompts.why_unknown(language, Numbered(record.short())))]);
        }
        let n_left_out = steps.len().saturating_sub(STEPS_MAX);
        // How it began always tells; of the rest the latest does.
        let first = steps.remove(0);
        card = card.item(first);
        if n_left_out > 0 {
            card = card.item(format!("… {}", prompts.and_more(language, n_left_out)));
        }
        for step in steps.into_iter().skip(n_left_out) {
            card = card.item(step);
        }
        Ok(vec![self.ways_on(card, &record, &history).await?])
    }

    /// Adds the counter-action, and a way to the message that it began with.
    async fn ways_on(&self, mut card: Card, record: &Record, history: &[Entry]) -> Done<Card> {
        let (prompts, language) = (self.prompts(), self.language);
        let can_be_undone = history.iter().rev().find(|e| {
            !matches!(e.act.actor, Actor::Service(_)) && e.undone_by.is_none() && e.act.undoes.is_none()
        });
        if can_be_undone.is_some() && record.number > 0 {
            let undo = Command::Undo(Undoing::Record(Of::Number(record.short())));
            card.footer = prompts.counter(language, &undo.to_string());
            card = card.button(prompts.button_undo(language), undo);
        }
        let of_record = record.get("message").id();
        let message = match (of_record, history.iter().find_map(|e| e.act.cause)) {
            (Some(message), _) => Some(message),
            (None, Some(cause)) => self.message_of(cause).await?,
            (None, None) => None,
        };
        if let Some(message) = message {
            let show = Command::Show(Of::Exact(RecordRef::new(Kind::Message, message)));
            card = card.button(prompts.button_message(language), show);
        }
        Ok(card)
    }

    async fn message_of(&self, event: Id) -> Done<Option<Id>> {
        Ok(match self.store().event(event).await?.map(|e| e.what) {
            Some(What::Message(facts)) => Some(facts.message),
            Some(What::Step { message, .. }) => Some(message),
            _ => None,
        })
    }

    /// Tells one act of a record's history: what was done, by whom, and why.
    async fn step(&self, entry: &Entry) -> Done<Option<String>> {
        let (prompts, language) = (self.prompts(), self.language);
        let Some(done) = self.deed(&entry.change).await? else { return Ok(None) };
        let at = self.at(entry.act.at);
        if entry.act.undoes.is_some() {
            let what = self.deed(&entry.change.inverse()).await?.unwrap_or(done);
            return Ok(Some(prompts.timeline_undone(language, at, &what, &self.actor(&entry.act.actor))));
        }
        let said = match &entry.act.actor {
            Actor::User(id) => prompts.why_user(language, &done, &self.colleague(*id), at),
            Actor::Rule(rule) => match self.reason(rule, entry.act.cause).await? {
                Some(reason) => prompts.why_rule(language, &done, rule, &reason),
                None => prompts.done_by(language, &done, &prompts.by_rule(language, rule), at),
            },
            Actor::Service(part) => {
                let first = part == "ingest" && entry.change.op == Op::Create;
                let day = self.first_contact(entry).await?.filter(|_| first);
                match day {
                    Some(day) => {
                        prompts.why_service(language, &done, &prompts.reason_first_mail(language, day))
                    }
                    None => prompts.done_by(language, &done, &self.actor(&entry.act.actor), at),
                }
            }
        };
        let taken_back = entry.undone_by.map(|_| prompts.taken_back(language)).unwrap_or_default();
        Ok(Some(self.beside(&said, &taken_back)))
    }

    async fn first_contact(&self, entry: &Entry) -> Done<Option<Day>> {
        if entry.change.record.kind != Kind::Customer {
            return Ok(None);
        }
        let customer = self.store().record(entry.change.record).await?;
        Ok(customer.and_then(|c| c.get("first_contact").time()).map(|at| Day(self.at(at))))
    }

    /// Says why a rule did something, from the event that it answered.
    pub(super) async fn reason(&self, rule: &str, cause: Option<Id>) -> Done<Option<String>> {
        let Some(cause) = cause else { return Ok(None) };
        let Some(event) = self.store().event(cause).await? else { return Ok(None) };
        let message = match self.message_of(cause).await? {
            Some(id) => self.store().message(id).await?,
            None => None,
        };
        // The reasons of a rule are the same for all that it does.
        let action = Action { rule: rule.to_owned(), deed: Deed::OpenDeal };
        let found = reasons(&action, &event, self.app.workflows.rules());
        let mut said: Vec<String> =
            found.iter().filter_map(|reason| self.said(reason, message.as_ref())).collect();
        if said.is_empty() {
            said.extend(self.bare_reason(&event, message.as_ref()));
        }
        let and = if self.language == Language::En { " and " } else { "，并且" };
        Ok((!said.is_empty()).then(|| said.join(and)))
    }

    pub(super) fn said(&self, reason: &Reason, message: Option<&Loaded>) -> Option<String> {
        let (prompts, language) = (self.prompts(), self.language);
        let day = message.map(|m| Day(self.at(m.received_at)));
        let words = |about: &str| {
            let why = message.and_then(|m| m.reading.as_ref()).map(|r| &r.why);
            let found = why.and_then(|why| why.iter().find(|w| w.about == about));
            found.map_or_else(Vec::new, |w| w.words.iter().map(|w| super::safe::quoted(w)).collect())
        };
        Some(match reason {
            Reason::Intent { name, p } => {
                let reading = message.and_then(|m| m.reading.as_ref());
                let words: Vec<String> = reading.map_or_else(Vec::new, |r| {
                    words_for(r, *name).iter().map(|w| super::safe::quoted(w)).collect()
                });
                let reading = ReasonReading {
                    day: day?,
                    reads_as: prompts.reads_as(language, *name),
                    sure: Percent(f64::from(*p)),
                    words: &words,
                };
                prompts.reason_reading(language, &reading)
            }
            Reason::Mood(mood) => prompts.reason_mood(language, day?, *mood, &words(mood.name())),
            Reason::Urgent => prompts.reason_urgent(language, day?, &words("urgent")),
            Reason::Silent { days } => {
                prompts.reason_silence(language, Span(*days * rapport_model::time::DAY))
            }
            Reason::Due(deadline) => {
                let over = deadline.reached == Reached::Breached;
                prompts.reason_due(language, deadline.goal, self.at(deadline.due), over)
            }
            Reason::Closed => prompts.reason_closed(language),
            Reason::Changed(change) => {
                let kind = change.record.kind;
                match change.fields.iter().find(|_| !change.created || kind == Kind::Rating) {
                    Some(moved) => {
                        let field = prompts.field(language, &moved.field);
                        prompts.reason_moved(language, kind, field, &moved.before, &moved.after)
                    }
                    None => prompts.reason_made(language, kind),
                }
            }
            Reason::Quiet(silence) => {
                prompts.reason_quiet(language, silence.days, silence.usual.unwrap_or(0))
            }
            Reason::Soured(soured) => {
                let (was, is) = (prompts.mood(language, soured.was), prompts.mood(language, soured.is));
                prompts.reason_soured(language, soured.mails, &was, &is)
            }
            Reason::Unusual(anomaly, at) => prompts.unusual(language, anomaly, self.at(*at)),
        })
    }

    /// Says what happened, for a rule that looks at nothing else.
    fn bare_reason(&self, event: &Event, message: Option<&Loaded>) -> Option<String> {
        use rapport_model::message::Direction;
        let (prompts, language) = (self.prompts(), self.language);
        match &event.what {
            What::Message(facts) => {
                let day = Day(self.at(message?.received_at));
                Some(match facts.direction {
                    Direction::In => prompts.reason_wrote_again(language, day),
                    _ => prompts.reason_answered(language, day),
                })
            }
            What::Schedule { name, planned } => {
                Some(prompts.reason_schedule(language, name, self.at(*planned)))
            }
            _ => None,
        }
    }

    /// Says as what an intent reads, with its probability and the words that spoke for it.
    pub(super) fn reads_line(&self, intent: Intent, p: f32, words: &[String]) -> String {
        let words: Vec<String> = words.iter().map(|w| super::safe::quoted(w)).collect();
        let reads_as = self.prompts().reads_as(self.language, intent);
        self.prompts().reads_line(self.language, reads_as, Percent(f64::from(p)), &words)
    }
}
