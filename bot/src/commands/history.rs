//! `history`, and `show` as of a time: what was done to a record, and how it was before.

use chrono::Months;
use rapport_model::fields::fields;
use rapport_model::{Actor, Change, Id, Kind, Op, Record, RecordRef, Timestamp};
use rapport_prompts::Numbered;
use rapport_prompts::format::clip;
use rapport_storage::history::Entry;
use rapport_storage::records::Filter;

use super::card::Card;
use super::command::{Command, Of, Undoing};
use super::desk::{Desk, Done, Stop};
use super::records::SHOWN;
use super::session::Session;
use super::values::is_told;

const PER_PAGE: usize = 15;
/// A value that is longer is cut off.
const VALUE_CHARS_MAX: usize = 80;
/// A customer with more tickets, tasks or deals than this is shown with the latest.
const RECORDS_MAX: u32 = 50;

/// What one act did to a record.
struct Line<'a> {
    entry: &'a Entry,
    said: String,
}

impl Desk<'_> {
    pub(super) async fn history(
        &self,
        session: &mut Session,
        command: &Command,
        of: &Of,
        page: usize,
    ) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let record = self.find_itself(session, command, of, SHOWN).await?;
        session.context = Some(record.record);
        let entries = self.store().history(record.record).await?;
        let merges = self.merges(record.record, &entries).await?;
        let lines = self.lines(&entries, &merges).await?;

        let last_page = lines.len().div_ceil(PER_PAGE).max(1);
        let page = page.min(last_page);
        let end = lines.len() - (page - 1) * PER_PAGE;
        let start = end.saturating_sub(PER_PAGE);
        let mut card =
            Card::new(prompts.history_heading(language, record.short(), &self.name(&record).await?));
        for line in &lines[start..end] {
            card = card.item(line.said.clone());
        }
        let can_be_undone = lines.iter().rev().map(|line| line.entry).find(|e| {
            !matches!(e.act.actor, Actor::Service(_)) && e.undone_by.is_none() && e.act.undoes.is_none()
        });
        if let Some(entry) = can_be_undone.filter(|_| page == 1) {
            let undo = Command::Undo(Undoing::Act(entry.act.id));
            card = card.button(prompts.button_undo_last(language), undo);
        }
        if start > 0 {
            let earlier = Command::History { of: numbered(&record), page: page + 1 };
            card.subtitle = prompts.timeline_earlier(language, start);
            card = card.button(prompts.button_more(language), &earlier);
            session.more = Some(earlier);
        }
        Ok(vec![card])
    }

    /// Says what was done to a record, one line for each act, oldest first.
    async fn lines<'a>(&self, entries: &'a [Entry], merges: &'a [Entry]) -> Done<Vec<Line<'a>>> {
        let mut lines = Vec::new();
        for act in entries.chunk_by(|a, b| a.act.id == b.act.id) {
            let entry = &act[0];
            // What a merge did to the record that stayed is told below.
            if merges.iter().any(|m| m.act.id == entry.act.id) {
                continue;
            }
            let split = merges.iter().find(|m| entry.act.undoes == Some(m.act.id));
            let what = match split {
                Some(merge) => self.deed(&merge.change.inverse()).await?,
                None => self.what(act).await?,
            };
            lines.extend(what.map(|what| self.line(entry, &what)));
        }
        for merge in merges {
            lines.extend(self.deed(&merge.change).await?.map(|what| self.line(merge, &what)));
        }
        // Acts are numbered in the order in which they were done.
        lines.sort_by_key(|line| line.entry.act.id);
        Ok(lines)
    }

    fn line<'a>(&self, entry: &'a Entry, what: &str) -> Line<'a> {
        let (prompts, language) = (self.prompts(), self.language);
        let aside = match (entry.act.undoes, entry.undone_by) {
            (Some(_), _) => prompts.history_undo(language),
            (None, Some(_)) => prompts.taken_back(language),
            (None, None) => String::new(),
        };
        let what = self.beside(what, &aside);
        let who = self.actor(&entry.act.actor);
        let who = if who.is_empty() { prompts.by_former(language) } else { who };
        Line { entry, said: prompts.history_line(language, self.at(entry.act.at), &who, &what) }
    }

    /// Says what one act did to a record; `None` for what only follows from its mails.
    async fn what(&self, act: &[Entry]) -> Done<Option<String>> {
        // That a merged record was taken away as well goes without saying.
        if let Some(merge) = act.iter().find(|e| e.change.after("merged_into").is_some()) {
            return self.deed(&merge.change).await;
        }
        let (prompts, language) = (self.prompts(), self.language);
        let mut parts = Vec::new();
        for change in act.iter().map(|e| &e.change) {
            parts.extend(match change.op {
                Op::Create => Some(prompts.history_made(language, &self.differences(change).await?)),
                Op::Delete => Some(prompts.history_removed(language)),
                Op::Restore => Some(prompts.history_restored(language)),
                Op::Erase => Some(prompts.history_erased(language)),
                Op::Update if change.fields.is_empty() => Some(prompts.history_unreadable(language)),
                Op::Update => Some(self.differences(change).await?).filter(|d| !d.is_empty()),
            });
        }
        Ok(Some(self.joined(&parts)).filter(|what| !what.is_empty()))
    }

    /// Says the fields of a change before and after.
    pub(super) async fn differences(&self, change: &Change) -> Done<String> {
        let (prompts, language) = (self.prompts(), self.language);
        let mut parts = Vec::new();
        for field in change.fields.iter().filter(|f| is_told(&f.field) && is_shown(&f.field)) {
            let told = self.told(change.record.kind, field).await?;
            let clipped = |value: Option<String>| value.map(|v| clip(&v, VALUE_CHARS_MAX));
            parts.extend(match (clipped(told.before), clipped(told.after)) {
                (None, None) => None,
                (None, Some(after)) => Some(prompts.difference_set(language, &told.field, &after)),
                (Some(before), None) => Some(prompts.difference_cleared(language, &told.field, &before)),
                (Some(before), Some(after)) => {
                    Some(prompts.difference(language, &told.field, &before, &after))
                }
            });
        }
        Ok(self.joined(&parts))
    }

    /// Shows a record as it was.
    pub(super) async fn show_as_of(
        &self,
        session: &mut Session,
        command: &Command,
        of: &Of,
        words: &str,
    ) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let at = self.moment(words)?;
        // What was merged since was a record of its own then.
        let mut record = match self.merged_away(of).await? {
            Some(merged) => merged,
            None => self.find_record(session, command, of, SHOWN).await?,
        };
        let mut then = self.store().as_of(record.record, at).await?;
        if then.as_ref().is_some_and(|then| !then.get("merged_into").is_null()) {
            record = self.find_record(session, command, of, SHOWN).await?;
            then = self.store().as_of(record.record, at).await?;
        }
        session.context = Some(record.record);
        let now = Command::Show(numbered(&record));
        let history = Command::History { of: numbered(&record), page: 1 };
        let entries = self.store().history(record.record).await?;
        let Some(then) = then else {
            let since = entries.first().map_or(record.record.id.made_at(), |e| e.act.at);
            let number = Numbered(record.short());
            let said = prompts.as_of_not_yet(language, number, self.at(at), self.at(since));
            return Ok(vec![Card::new(said).button(prompts.button_now(language), now)]);
        };
        let title = prompts.card_title(language, then.short(), &self.name(&then).await?, None);
        let mut card = Card::new(title);
        card.subtitle = prompts.as_of(language, self.echoed(at));
        if then.deleted {
            card.subtitle = self.beside(&card.subtitle, &prompts.taken_away(language));
        }
        card = self.fields_then(card, &then).await?;
        if then.record.kind == Kind::Customer {
            card = self.open_then(card, &record, at).await?;
        }
        let later = entries.chunk_by(|a, b| a.act.id == b.act.id).filter(|act| act[0].act.at > at);
        let mut n_later = 0;
        for act in later {
            n_later += usize::from(self.what(act).await?.is_some());
        }
        card.footer = prompts.as_of_since(language, n_later);
        Ok(vec![
            card.button(prompts.button_now(language), now)
                .button(prompts.button_history(language), history),
        ])
    }

    async fn fields_then(&self, mut card: Card, then: &Record) -> Done<Card> {
        let (prompts, language) = (self.prompts(), self.language);
        let kind = then.record.kind;
        let named = ["name", "title", "language", "currency", "amount"];
        for field in fields(kind).iter().filter(|f| is_shown(f.name) && !named.contains(&f.name)) {
            let value = self.value(kind, field.name, then.get(field.name)).await?.unwrap_or_default();
            card = card.field(prompts.field(language, field.name), value);
        }
        Ok(card.field(prompts.field(language, "amount"), self.amount(then)))
    }

    /// Adds what was open with a customer at a time.
    async fn open_then(&self, mut card: Card, customer: &Record, at: Timestamp) -> Done<Card> {
        let (prompts, language) = (self.prompts(), self.language);
        let holder = self.store().merged_into(customer.record).await?;
        for (kind, heading) in [
            (Kind::Deal, prompts.card_open_deal(language)),
            (Kind::Ticket, prompts.card_open_tickets(language)),
            (Kind::Task, prompts.card_open_tasks(language)),
        ] {
            let mut open = Vec::new();
            let mut all: Vec<Record> = Vec::new();
            for of in [customer.record, holder] {
                let filter = Filter {
                    equal: vec![("customer", of.id.into())],
                    limit: RECORDS_MAX,
                    ..Filter::default()
                };
                all.extend(self.store().list(kind, &filter).await?);
            }
            all.sort_by_key(|r| r.record.id);
            all.dedup_by_key(|r| r.record.id);
            for record in all {
                let then = self.store().as_of(record.record, at).await?;
                if let Some(then) = then.filter(|then| was_open(then, customer.record.id)) {
                    let stage = prompts.stage(language, then.text("stage"));
                    open.push(self.beside(&self.titled(&then).await?, stage));
                }
            }
            card = card.list(heading, open);
        }
        Ok(card)
    }

    /// Reads the time as of which a record is meant: the end of a day that is named, and of a day
    /// without a year the last one.
    fn moment(&self, words: &str) -> Result<Timestamp, Stop> {
        let (begin, end) = (self.time_of(Some(words), false)?, self.time_of(Some(words), true)?);
        let (begin, end) = (begin.unwrap_or(self.now), end.unwrap_or(self.now));
        let at = if begin == end { end } else { end.plus(-1) };
        if begin <= self.now {
            return Ok(at.min(self.now));
        }
        let year = words.split(|c: char| !c.is_ascii_digit()).any(|figures| figures.len() == 4);
        let dated = words.contains(|c: char| c.is_ascii_digit());
        let last = at.local(self.zone).naive_local().checked_sub_months(Months::new(12));
        let last = last.and_then(|local| rapport_workflows::schedule::first_instant(self.zone, local));
        match last.filter(|at| dated && !year && *at <= self.now) {
            Some(at) => Ok(at),
            None => Err(Card::new(self.prompts().as_of_future(self.language, self.at(at))).into()),
        }
    }

    /// Returns the entries by which records were merged into `kept`, whether taken back or not.
    pub(super) async fn merges(&self, kept: RecordRef, history: &[Entry]) -> Done<Vec<Entry>> {
        if !matches!(kept.kind, Kind::Customer | Kind::Company) {
            return Ok(Vec::new());
        }
        let into = |e: &Entry| e.change.after("merged_into").and_then(|v| v.id()) == Some(kept.id);
        let ours = |e: &Entry| into(e) && e.act.undoes.is_none();
        let mut merges: Vec<Entry> = Vec::new();
        for merged in self.store().merged_from(kept).await? {
            merges.extend(self.store().history(merged).await?.into_iter().filter(ours));
        }
        // One that was taken back shows only in what it did to the record that stayed.
        for entry in history.iter().filter(|e| matches!(e.act.actor, Actor::User(_))) {
            let act = entry.act.undoes.unwrap_or(entry.act.id);
            if entry.change.op == Op::Update && !merges.iter().any(|m| m.act.id == act) {
                merges.extend(self.store().act_entries(act).await?.into_iter().filter(ours));
            }
        }
        Ok(merges)
    }

    /// Joins parts of a sentence.
    pub(super) fn joined(&self, parts: &[String]) -> String {
        parts.join(if self.language == rapport_model::reading::Language::En { "; " } else { "；" })
    }
}

/// Tells whether something of a customer's was open.
fn was_open(then: &Record, customer: Id) -> bool {
    let open = match then.record.kind {
        Kind::Deal => !matches!(then.text("stage"), "won" | "lost"),
        Kind::Ticket => then.get("closed_at").is_null(),
        _ => then.get("done_at").is_null(),
    };
    open && !then.deleted && then.get("customer").id() == Some(customer)
}

/// Names a record as people do, where it has a number.
pub(super) fn numbered(record: &Record) -> Of {
    match record.record.kind.letter() {
        Some(_) => Of::Number(record.short()),
        None => Of::Exact(record.record),
    }
}

/// Tells whether a field says something by itself: the others are told by what stands beside them.
fn is_shown(field: &str) -> bool {
    !matches!(field, "thread" | "message" | "pipeline" | "attrs" | "author" | "opened_at" | "merged_into")
}
