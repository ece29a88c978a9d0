//! How the tour is told: a few lines for each mail, in colour on a terminal.

use std::io::{IsTerminal as _, Write};

use rapport_model::message::{Automation, Direction, PartyRole};
use rapport_model::people::{Priority, User};
use rapport_model::reading::{Language, Mood};
use rapport_model::record::Op;
use rapport_model::{Change, Id, Kind, RecordRef, Timestamp};
use rapport_prompts::{Digest, format};
use rapport_storage::messages::Loaded;
use rapport_workflows::carry_out::harmless;
use rapport_workflows::search::Results;

use super::EndState;
use crate::App;
use crate::channel::Sent;
use crate::commands::plain;

const SUBJECT_CHARS_MAX: usize = 60;
/// Probabilities below are not worth a word.
const WORTH_SAYING: f32 = 0.2;

/// Writes the tour.
pub struct Teller {
    out: Box<dyn Write + Send>,
    colour: bool,
    quiet: bool,
}

impl Teller {
    /// Tells on standard output, in colour if that is a terminal; nothing if `quiet`.
    pub fn new(quiet: bool) -> Self {
        let out = std::io::stdout();
        let colour = out.is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self { out: Box::new(out), colour, quiet }
    }

    fn line(&mut self, text: &str) -> std::io::Result<()> {
        if self.quiet {
            return Ok(());
        }
        writeln!(self.out, "{text}")
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// Says what is going to happen.
    pub(super) fn intro(&mut self, app: &App, n_mails: usize) -> std::io::Result<()> {
        let (prompts, language) = (app.workflows.prompts(), language(app));
        let house = app.workflows.settings().house.name.clone();
        let text = prompts.demo_intro(language, &house, n_mails);
        let text = self.paint("1", text.trim());
        self.line(&text)
    }

    /// Tells what was made of a message: who wrote what, how it reads, what changed.
    pub(super) async fn message(&mut self, app: &App, id: Id) -> anyhow::Result<()> {
        if self.quiet {
            return Ok(());
        }
        let Some(message) = app.store().message(id).await? else { return Ok(()) };
        let head = self.head(app, &message).await?;
        self.line("")?;
        self.line(&head)?;
        if message.automation != Automation::None {
            let label = app.workflows.prompts().label(language(app), message.automation).to_owned();
            let line = self.paint("2", &format!("      {label} ({})", plain(&message.automation_reason)));
            self.line(&line)?;
            return Ok(());
        }
        // What a colleague wrote is read for its dates and numbers; it wants nothing of us.
        let read = (message.direction == Direction::In).then(|| self.understood(app, &message)).flatten();
        if let Some(line) = read {
            self.line(&line)?;
        }
        for line in self.reacted(app, &message).await? {
            self.line(&line)?;
        }
        Ok(())
    }

    async fn head(&self, app: &App, message: &Loaded) -> anyhow::Result<String> {
        let zone = app.workflows.settings().zone;
        let at = format::when(language(app), message.received_at, zone);
        let who = match message.customer.filter(|_| message.direction == Direction::In) {
            Some(id) => {
                let record = app.store().record(RecordRef::new(Kind::Customer, id)).await?;
                record.map_or(String::new(), |r| format!("{} {}", r.short(), plain(r.text("name"))))
            }
            None => {
                let parties = app.store().parties(message.id).await?;
                let author = parties.iter().find(|p| p.role == PartyRole::From);
                let name = |p: &rapport_storage::messages::PartyOf| {
                    plain(if p.name.is_empty() { &p.address } else { &p.name })
                };
                author.map_or_else(|| "?".to_owned(), name)
            }
        };
        let arrow = match message.direction {
            Direction::In => "→",
            Direction::Out => "←",
            Direction::Internal => "·",
        };
        let subject = harmless(&format::clip(&plain(&message.subject), SUBJECT_CHARS_MAX));
        Ok(format!("{}  {arrow} {}  {subject}", self.paint("2", &at), self.paint("1", &who)))
    }

    fn understood(&self, app: &App, message: &Loaded) -> Option<String> {
        let reading = message.reading.as_ref()?;
        let (prompts, language) = (app.workflows.prompts(), language(app));
        let intents = reading.intents.iter().filter(|i| i.p >= WORTH_SAYING);
        let mut parts: Vec<String> =
            intents.map(|i| format!("{} {:.0} %", prompts.label(language, i.name), i.p * 100.0)).collect();
        let mood = prompts.label(language, reading.sentiment.label);
        parts.push(match reading.sentiment.label {
            Mood::Negative => self.paint("31", mood),
            Mood::Neutral => mood.to_owned(),
            Mood::Positive => self.paint("32", mood),
        });
        if reading.urgent {
            parts.push(self.paint("1;31", prompts.label(language, Priority::Urgent)));
        }
        let mut words: Vec<String> = Vec::new();
        for word in reading.why.iter().flat_map(|w| &w.words) {
            if words.len() < 5 && !words.contains(word) {
                words.push(word.clone());
            }
        }
        let words =
            if words.is_empty() { String::new() } else { format!("  {}", format::quoted(language, &words)) };
        Some(format!("      {}{}", parts.join(" · "), self.paint("2", &plain(&words))))
    }

    /// Returns a line for each record that a rule made or moved because of the message.
    async fn reacted(&self, app: &App, message: &Loaded) -> anyhow::Result<Vec<String>> {
        let mut lines = Vec::new();
        for event in app.store().events_about(RecordRef::new(Kind::Message, message.id)).await? {
            for entry in app.store().caused_by(event.id).await? {
                let rapport_model::Actor::Rule(rule) = &entry.act.actor else { continue };
                if let Some(done) = self.done(app, &entry.change).await? {
                    let why = self.paint("2", &format!("({rule})"));
                    lines.push(format!("      {} {done} {why}", self.paint("36", "⇒")));
                }
            }
        }
        Ok(lines)
    }

    async fn done(&self, app: &App, change: &Change) -> anyhow::Result<Option<String>> {
        let (prompts, language) = (app.workflows.prompts(), language(app));
        let Some(record) = app.store().record(change.record).await? else { return Ok(None) };
        let kind = prompts.label(language, change.record.kind);
        let name = match change.record.kind.letter() {
            Some(_) => format!("{kind} {}", record.short()),
            None => kind.to_owned(),
        };
        if change.op == Op::Create {
            let title =
                ["title", "body"].iter().map(|f| record.text(f)).find(|t| !t.is_empty()).unwrap_or("");
            let title = harmless(&format::clip(&plain(title), SUBJECT_CHARS_MAX));
            let due = record
                .get("due")
                .time()
                .map(|due| format::when(language, due, app.workflows.settings().zone));
            let extra = [Some(title).filter(|t| !t.is_empty()), due].into_iter().flatten();
            return Ok(Some(std::iter::once(name).chain(extra).collect::<Vec<_>>().join(" · ")));
        }
        let shown = change.fields.iter().filter(|f| f.field != "first_answer_at").map(|f| {
            let after = match (f.field.as_str(), f.after.id()) {
                ("owner", Some(id)) => {
                    app.workflows.user(id).map_or(String::new(), |u| u.display_name().to_owned())
                }
                _ => f.after.text().unwrap_or("").to_owned(),
            };
            format!("{} = {after}", prompts.field(language, &f.field))
        });
        let shown: Vec<String> = shown.collect();
        Ok((!shown.is_empty()).then(|| format!("{name} · {}", shown.join(" · "))))
    }

    /// Tells that a mail was here before.
    pub(super) fn duplicate(&mut self, app: &App, at: Timestamp, subject: &str) -> std::io::Result<()> {
        let said = app.workflows.prompts().demo_duplicate(language(app), subject);
        self.aside(app, at, &said)
    }

    /// Tells that a mail cannot be read.
    pub(super) fn quarantined(
        &mut self,
        app: &App,
        at: Timestamp,
        reason: &str,
        detail: &str,
    ) -> std::io::Result<()> {
        let said = app.workflows.prompts().demo_quarantined(language(app), reason, detail);
        self.aside(app, at, &said)
    }

    fn aside(&mut self, app: &App, at: Timestamp, said: &str) -> std::io::Result<()> {
        let at = format::when(language(app), at, app.workflows.settings().zone);
        let line = self.paint("2", &format!("{at}  {}", plain(said)));
        self.line("")?;
        self.line(&line)
    }

    /// Tells that a follow-up went out.
    pub(super) fn follow_up(&mut self, app: &App, sent: &Sent) -> std::io::Result<()> {
        let when = rapport_prompts::When { at: sent.message.send_at, zone: app.workflows.settings().zone };
        let said = app.workflows.prompts().demo_follow_up_sent(
            language(app),
            &sent.envelope.name,
            &sent.message.subject,
            when,
        );
        let line = self.paint("35", &format!("⟳ {}", plain(&said)));
        self.line("")?;
        self.line(&line)
    }

    /// Shows a notice to a colleague that a mail led to.
    pub(super) fn notice(&mut self, sent: &Sent) -> std::io::Result<()> {
        let line = self.paint("33", &format!("      ! {}", said(sent)));
        self.line(&line)
    }

    /// Shows a notice to a colleague that came by the clock.
    pub(super) fn notice_in_time(&mut self, app: &App, sent: &Sent) -> std::io::Result<()> {
        let at = format::when(language(app), sent.message.send_at, app.workflows.settings().zone);
        let (at, said) = (self.paint("2", &at), self.paint("33", &format!("! {}", said(sent))));
        self.line("")?;
        self.line(&format!("{at}  {said}"))
    }

    /// Shows an alarm in full.
    pub(super) fn alarm(&mut self, app: &App, sent: &Sent) -> std::io::Result<()> {
        self.line("")?;
        let head = self.paint("1;31", &format!("‼ {}", plain(&sent.message.subject)));
        self.line(&head)?;
        let at = format::when(language(app), sent.message.send_at, app.workflows.settings().zone);
        for line in std::iter::once(at.as_str()).chain(sent.message.body.lines()) {
            let line = self.paint("31", &format!("      {}", plain(line)));
            self.line(&line)?;
        }
        Ok(())
    }

    fn heading(&mut self, title: &str) -> std::io::Result<()> {
        let rule = "─".repeat(format::columns(title).max(20));
        let (title, rule) = (self.paint("1", title), self.paint("2", &rule));
        self.line("")?;
        self.line(&title)?;
        self.line(&rule)
    }

    /// Shows what a search found.
    pub(super) fn search(&mut self, app: &App, query: &str, results: &Results) -> std::io::Result<()> {
        let (prompts, language) = (app.workflows.prompts(), language(app));
        self.heading(&prompts.demo_title_indexed(language))?;
        self.line(&prompts.find_heading(language, query, results.total))?;
        for found in &results.found {
            self.line(&format!(
                "  {}  {}",
                plain(&found.title),
                self.paint("2", &plain(&found.snippet.text))
            ))?;
        }
        let added: Vec<&str> = results.added.iter().map(|a| a.word.as_str()).collect();
        if !added.is_empty() {
            let line = self.paint("2", &prompts.find_added(language, &format::list(language, &added)));
            self.line(&line)?;
        }
        Ok(())
    }

    /// Shows the digest.
    pub(super) fn digest(&mut self, app: &App, digest: &Digest, to: Option<&User>) -> std::io::Result<()> {
        let (prompts, language) = (app.workflows.prompts(), language(app));
        self.heading(&prompts.demo_title_digest(language))?;
        let name = to.map_or("", User::display_name);
        self.line(&prompts.demo_digest(language, name))?;
        self.line("")?;
        self.line(prompts.digest(language, digest).text.trim_end())
    }

    /// Says what can be done next.
    pub(super) fn closing(&mut self, app: &App, state: &EndState) -> std::io::Result<()> {
        let (prompts, language) = (app.workflows.prompts(), language(app));
        self.line("")?;
        let count = |n: i64| usize::try_from(n).unwrap_or(0);
        self.line(&prompts.demo_received(language, state.mails, state.automated, state.duplicates))?;
        self.line(&prompts.demo_reacted(language, count(state.tickets), count(state.tasks), state.alerts))
    }
}

/// Returns what a notice says in a line, with the number of what it is about.
fn said(sent: &Sent) -> String {
    let subject = plain(&sent.message.subject);
    match sent.envelope.about.as_ref().filter(|about| !subject.split(' ').any(|word| word == *about)) {
        Some(about) => format!("{about}: {subject}"),
        None => subject,
    }
}

fn language(app: &App) -> Language {
    app.workflows.settings().language
}
