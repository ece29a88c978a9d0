//! `timeline`: everything that happened with a customer, in its order.

use rapport_model::job::Outbound;
use rapport_model::message::{Automation, Direction};
use rapport_model::reading::{Intent, Mood};
use rapport_model::reads::ReadWhat;
use rapport_model::{Actor, Kind, Op, Record, Timestamp};
use rapport_prompts::{Block, Numbered, TimelineChange, TimelineMail};
use rapport_storage::history::Entry;
use rapport_storage::messages::Loaded;
use rapport_storage::records::Filter;

use super::card::Card;
use super::command::{Command, Of};
use super::desk::{Desk, Done};
use super::safe::{plain, quoted};
use super::session::Session;
use super::values::is_told;

const PER_PAGE: usize = 20;
/// More than this nobody pages through; `since:` narrows it.
const MESSAGES_MAX: u32 = 1_000;
const RECORDS_MAX: u32 = 200;

/// One thing that happened, in words.
struct Line {
    at: Timestamp,
    said: String,
}

impl Desk<'_> {
    pub(super) async fn timeline(
        &self,
        session: &mut Session,
        command: &Command,
        of: &Of,
        since: Option<&str>,
        page: usize,
    ) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let customer = self.find_record(session, command, of, &[Kind::Customer]).await?;
        session.context = Some(customer.record);
        self.saw(session, ReadWhat::Timeline, customer.record);
        let since = self.time_of(since, false)?;
        let name = self.name(&customer).await?;
        let mut lines = self.mails(&customer, &name).await?;
        lines.extend(self.unsent(&customer, &name).await?);
        let entries = self.store().history(customer.record).await?;
        let merges = self.merges(customer.record, &entries).await?;
        lines.extend(self.changes(&customer, &entries, &merges, &name).await?);
        for merge in &merges {
            let said = self.deed(&merge.change).await?.unwrap_or_default();
            let said =
                prompts.timeline_did(language, self.at(merge.act.at), &said, &self.actor(&merge.act.actor));
            lines.push(Line { at: merge.act.at, said });
        }
        for kind in [Kind::Note, Kind::Ticket, Kind::Task, Kind::Deal, Kind::Rating] {
            let filter = Filter {
                equal: vec![("customer", customer.record.id.into())],
                limit: RECORDS_MAX,
                ..Filter::default()
            };
            for record in self.store().list(kind, &filter).await? {
                let entries = self.store().history(record.record).await?;
                lines.extend(self.changes(&record, &entries, &merges, &name).await?);
            }
        }
        lines.retain(|line| since.is_none_or(|since| line.at >= since));
        // Stable: what happened at one instant stays in the order it was collected in.
        lines.sort_by_key(|line| line.at);
        if lines.is_empty() {
            return Ok(vec![Card::new(prompts.timeline_empty(language, &name, since.is_some()))]);
        }
        let end = lines.len().saturating_sub((page - 1) * PER_PAGE);
        let start = end.saturating_sub(PER_PAGE);
        let mut card = Card::new(prompts.timeline_heading(language, customer.short(), &name));
        for line in &lines[start..end] {
            card = card.item(line.said.clone());
        }
        if start > 0 {
            let mut earlier = command.about(Of::Number(customer.short()));
            if let Command::Timeline { page: next, .. } = &mut earlier {
                *next = page + 1;
            }
            card.subtitle = prompts.timeline_earlier(language, start);
            card = card.button(prompts.button_more(language), &earlier);
            session.more = Some(earlier);
        }
        Ok(vec![card])
    }

    async fn mails(&self, customer: &Record, name: &str) -> Done<Vec<Line>> {
        let messages = self.store().messages_of(customer.record.id, MESSAGES_MAX).await?;
        Ok(messages.iter().map(|m| Line { at: m.received_at, said: self.mail(m, name) }).collect())
    }

    fn mail(&self, message: &Loaded, name: &str) -> String {
        let (prompts, language) = (self.prompts(), self.language);
        let at = self.at(message.received_at);
        let subject = quoted(&message.subject);
        if message.direction != Direction::In {
            let automatic = message.automation == Automation::OwnAutomatic;
            return prompts.timeline_out(language, at, name, &subject, automatic);
        }
        if message.automation != Automation::None {
            return prompts.timeline_machine(language, at, name, &subject, message.automation);
        }
        let reading = message.reading.as_ref();
        let mail = TimelineMail {
            at,
            who: name,
            subject: &subject,
            intent: reading.map_or(Intent::Other, |r| r.intent().name),
            mood: reading.map_or(Mood::Neutral, |r| r.sentiment.label),
        };
        prompts.timeline_in(language, &mail)
    }

    /// Returns the mails to a customer that did not leave; those that did are in the conversation.
    async fn unsent(&self, customer: &Record, name: &str) -> Done<Vec<Line>> {
        let outbox = self.store().outbox_to(customer.record.id, RECORDS_MAX).await?;
        let line = |(mail, state): (Outbound, String)| {
            let at = self.at(mail.send_at);
            let subject = quoted(&mail.subject);
            let said = match state.as_str() {
                "pending" | "sending" => self.prompts().timeline_planned(self.language, at, name, &subject),
                "failed" | "unknown" => self.prompts().timeline_failed(self.language, at, name, &subject),
                _ => return None,
            };
            Some(Line { at: mail.send_at, said })
        };
        Ok(outbox.into_iter().filter_map(line).collect())
    }

    /// Returns what was done to a record of a customer with that name, without what only follows from
    /// the mails.
    async fn changes(
        &self,
        record: &Record,
        entries: &[Entry],
        merges: &[Entry],
        name: &str,
    ) -> Done<Vec<Line>> {
        let mut lines = Vec::new();
        for (n, entry) in entries.iter().enumerate() {
            // What a merge moved follows from it, and so does what came back.
            let merged = merges.iter().any(|m| m.act.id == entry.act.id);
            let split = merges.iter().find(|m| entry.act.undoes == Some(m.act.id));
            match split.filter(|_| record.record.kind == Kind::Customer) {
                Some(merge) => {
                    let said = self.deed(&merge.change.inverse()).await?.unwrap_or_default();
                    let (at, who) = (self.at(entry.act.at), self.actor(&entry.act.actor));
                    let said = self.prompts().timeline_did(self.language, at, &said, &who);
                    lines.push(Line { at: entry.act.at, said });
                }
                None if merged || split.is_some() => {}
                None => lines.extend(self.change(record, entry, &entries[..=n], name).await?),
            }
        }
        Ok(lines)
    }

    async fn change(&self, record: &Record, entry: &Entry, so_far: &[Entry], name: &str) -> Done<Vec<Line>> {
        let (prompts, language) = (self.prompts(), self.language);
        let who = self.actor(&entry.act.actor);
        let at = self.at(entry.act.at);
        let kind = record.record.kind;
        let line = |said| vec![Line { at: entry.act.at, said }];
        if entry.act.undoes.is_some() {
            let what = self.deed(&entry.change.inverse()).await?;
            return Ok(
                what.map_or_else(Vec::new, |what| line(prompts.timeline_undone(language, at, &what, &who)))
            );
        }
        match entry.change.op {
            Op::Create if kind == Kind::Note => {
                let body = plain(record.text("body"));
                if let Some(what) = self.interaction_of(record) {
                    return Ok(line(prompts.timeline_logged(language, at, &who, &what, Block(&body))));
                }
                Ok(line(prompts.timeline_note(language, at, &who, Block(&body))))
            }
            Op::Create | Op::Restore | Op::Update if kind == Kind::Rating => {
                Ok(line(self.rated(record, so_far, name).await?))
            }
            // That a customer is there follows from their first mail.
            Op::Create if kind == Kind::Customer && !matches!(entry.act.actor, Actor::User(_)) => {
                Ok(Vec::new())
            }
            Op::Create | Op::Restore => {
                let title = self.name(record).await?;
                Ok(line(prompts.timeline_created(language, at, Numbered(record.short()), &title, &who)))
            }
            Op::Delete | Op::Erase => {
                Ok(line(prompts.timeline_removed(language, at, Numbered(record.short()), &who)))
            }
            Op::Update => {
                let mut lines = Vec::new();
                for change in entry.change.fields.iter().filter(|f| is_told(&f.field)) {
                    let told = self.told(kind, change).await?;
                    let change = TimelineChange {
                        at,
                        record: Numbered(record.short()),
                        field: &told.field,
                        before: told.before.as_deref(),
                        after: told.after.as_deref(),
                        who: &who,
                    };
                    lines.push(Line { at: entry.act.at, said: prompts.timeline_changed(language, &change) });
                }
                Ok(lines)
            }
        }
    }
}
