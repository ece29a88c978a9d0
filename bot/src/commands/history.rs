//! `history`: what was done to a record, by whom and when.

use rapport_model::reads::ReadWhat;
use rapport_model::{Actor, Change, Kind, Op, Record, RecordRef};
use rapport_prompts::format::clip;
use rapport_storage::history::Entry;

use super::card::Card;
use super::command::{Command, Of, Undoing};
use super::desk::{Desk, Done};
use super::records::SHOWN;
use super::session::Session;
use super::values::is_told;

const PER_PAGE: usize = 15;
/// A value that is longer is cut off.
const VALUE_CHARS_MAX: usize = 80;

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
        self.saw(session, ReadWhat::History, record.record);
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
        if page == 1 {
            card = self.with_seen_by(card, &record).await?;
        }
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

    /// Says what others did to a record since it had been changed so many times; nothing if they did
    /// not. What is wanted can be done all the same.
    pub(super) async fn changed_since(
        &self,
        seen: Option<(RecordRef, i64)>,
        command: &str,
    ) -> Done<Option<Card>> {
        let Some((record, n_seen)) = seen else { return Ok(None) };
        let entries = self.store().history(record).await?;
        let n_seen = usize::try_from(n_seen).unwrap_or(0).min(entries.len());
        let own = Actor::User(self.user.id);
        let since: Vec<Entry> =
            entries[n_seen..].iter().filter(|entry| entry.act.actor != own).cloned().collect();
        let lines = self.lines(&since, &[]).await?;
        let Some(record) = self.store().record(record).await?.filter(|_| !lines.is_empty()) else {
            return Ok(None);
        };
        let (prompts, language) = (self.prompts(), self.language);
        let mut card = Card::new(prompts.button_stale(language, record.short(), &self.name(&record).await?));
        for line in lines {
            card = card.item(line.said);
        }
        Ok(Some(card.button(prompts.button_all_the_same(language), command)))
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
    pub(crate) async fn what(&self, act: &[Entry]) -> Done<Option<String>> {
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

/// Names a record as people do, where it has a number.
pub(super) fn numbered(record: &Record) -> Of {
    match record.record.kind.letter() {
        Some(_) => Of::Number(record.short()),
        None => Of::Exact(record.record),
    }
}

/// Tells whether a field says something by itself: the others are told by what stands beside them.
pub(super) fn is_shown(field: &str) -> bool {
    !matches!(field, "thread" | "message" | "pipeline" | "attrs" | "author" | "opened_at" | "merged_into")
}
