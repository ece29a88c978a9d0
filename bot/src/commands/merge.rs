//! `merge` and `split`: two records become one, and two again.

use std::collections::BTreeMap;

use rapport_model::{Actor, Change, Kind, Op, Record, RecordRef};
use rapport_prompts::Numbered;
use rapport_storage::merge::Apart;

use super::card::Card;
use super::command::{Command, Of, Undoing};
use super::desk::{Desk, Done, Stop};
use super::history::numbered;
use super::session::Session;
use super::values::is_told;

/// The kinds of which two can become one.
const MERGED: &[Kind] = &[Kind::Customer, Kind::Company];

impl Desk<'_> {
    pub(super) async fn merge(
        &self,
        session: &mut Session,
        command: &Command,
        kept: &Of,
        merged: &Of,
    ) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        if let (Of::Exact(whole), Of::Exact(part)) = (kept, merged)
            && whole.kind == Kind::Thread
            && part.kind == Kind::Thread
        {
            return self.join(whole.id, part.id).await;
        }
        let kept = self.to_merge(self.find_itself(session, command, kept, MERGED).await?).await?;
        // A question about the other record must keep this one.
        let command = &Command::Merge { kept: Of::Exact(kept.record), merged: merged.clone() };
        let kinds = match merged {
            // Two kinds are told apart by their letters, and refused in these words.
            Of::Number(number) if number.kind.is_some() => MERGED.to_vec(),
            _ => vec![kept.record.kind],
        };
        let merged = self.find_itself(session, command, merged, &kinds).await?;
        if kept.record == merged.record {
            return Ok(vec![Card::new(prompts.merge_same(language, Numbered(kept.short())))]);
        }
        if kept.record.kind != merged.record.kind {
            let (one, other) = (Numbered(kept.short()), Numbered(merged.short()));
            return Ok(vec![Card::new(prompts.merge_kinds(language, one, other))]);
        }
        let merged = self.to_merge(merged).await?;

        let (stays, goes) = (self.titled(&kept).await?, self.titled(&merged).await?);
        let done = self.store().merge(kept.record, merged.record, Actor::User(self.user.id)).await?;
        let changes = match done {
            Ok(changes) => changes,
            // Somebody else was faster.
            Err(Apart::Same) => {
                return Ok(vec![Card::new(prompts.merge_same(language, Numbered(kept.short())))]);
            }
            Err(Apart::Gone(gone)) => return Err(self.gone(gone).await?),
        };
        self.index().await?;
        session.context = Some(kept.record);

        let mut card = Card::new(prompts.merge_done(language, &goes, &stays));
        for change in changes.iter().filter(|c| c.record == kept.record) {
            for field in change.fields.iter().filter(|f| is_told(&f.field)) {
                let told = self.told(kept.record.kind, field).await?;
                let (before, after) = (told.before, told.after.unwrap_or_default());
                let value = before.map_or(after.clone(), |before| format!("{before} → {after}"));
                card = card.field(told.field, value);
            }
        }
        card = card.field(prompts.merge_brought(language), self.counted(&changes));
        let history = self.store().history(merged.record).await?;
        let act = history.iter().rev().find(|e| e.change.after("merged_into").is_some()).map(|e| e.act.id);
        if let Some(act) = act {
            card = card.button(prompts.button_undo(language), Command::Undo(Undoing::Act(act)));
        }
        let split = Command::Split(numbered(&merged));
        card.footer = prompts.merge_hint(language, merged.short(), &split.to_string());
        Ok(vec![card.button(kept.short().to_string(), Command::Show(numbered(&kept)))])
    }

    /// Refuses a record that is no record of its own any more.
    async fn to_merge(&self, record: Record) -> Done<Record> {
        self.not_erased(&record).await?;
        if record.get("merged_into").is_null() {
            return self.still_there(record);
        }
        Err(self.merged_before(&record).await?.into())
    }

    async fn not_erased(&self, record: &Record) -> Done<()> {
        let history = self.store().history(record.record).await?;
        if history.iter().all(|e| e.change.op != Op::Erase) {
            return Ok(());
        }
        let said = self.prompts().merge_erased(self.language, Numbered(record.short()));
        Err(Card::new(said).into())
    }

    async fn merged_before(&self, record: &Record) -> Done<Card> {
        let (prompts, language) = (self.prompts(), self.language);
        let kept = self.store().merged_into(record.record).await?;
        let kept = self.store().record(kept).await?;
        let kept = self.titled_or_none(kept.as_ref()).await?;
        let split = Command::Split(numbered(record));
        let card = Card::new(prompts.merge_before(language, Numbered(record.short()), &kept));
        Ok(card.button(prompts.button_split(language), split))
    }

    async fn gone(&self, record: RecordRef) -> Done<Stop> {
        match self.store().record(record).await? {
            Some(found) if !found.get("merged_into").is_null() => {
                Ok(self.merged_before(&found).await?.into())
            }
            Some(found) => match self.still_there(found) {
                Err(stop) => Ok(stop),
                Ok(found) => Ok(self.unchanged(&found).into()),
            },
            None => Ok(Card::new(self.prompts().not_found(self.language, "")).into()),
        }
    }

    /// Says how many records went along with a merged one, by kind.
    fn counted(&self, changes: &[Change]) -> String {
        let mut n: BTreeMap<Kind, usize> = BTreeMap::new();
        let apart = changes.iter().find(|c| c.after("merged_into").is_some()).map(|c| c.record.kind);
        for change in changes.iter().filter(|c| Some(c.record.kind) != apart) {
            *n.entry(change.record.kind).or_default() += 1;
        }
        let parts = n.iter().map(|(kind, n)| self.prompts().n_of_kind(self.language, *n, *kind));
        let parts: Vec<String> = parts.collect();
        parts.join(if self.language == rapport_model::reading::Language::En { ", " } else { "、" })
    }

    pub(super) async fn split(&self, session: &mut Session, command: &Command, of: &Of) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let merged = self.find_itself(session, command, of, MERGED).await?;
        self.not_erased(&merged).await?;
        let Some(into) = merged.get("merged_into").id() else {
            return Ok(vec![self.no_part(&merged).await?]);
        };
        let kept = self.store().record(RecordRef::new(merged.record.kind, into)).await?;
        let stays = self.titled_or_none(kept.as_ref()).await?;
        let changes = match self.store().split(merged.record, Actor::User(self.user.id)).await? {
            Ok(changes) => changes,
            Err(_) => return Ok(vec![self.no_part(&merged).await?]),
        };
        self.index().await?;
        session.context = Some(merged.record);
        let goes = self.titled(&merged).await?;
        let mut card = Card::new(prompts.split_done(language, &goes, &stays))
            .field(prompts.split_back(language), self.counted(&changes))
            .text(prompts.split_stays(language));
        if let Some(kept) = kept {
            let again = Command::Merge { kept: numbered(&kept), merged: numbered(&merged) };
            card = card
                .button(prompts.button_merge_again(language), again)
                .button(kept.short().to_string(), Command::Show(numbered(&kept)));
        }
        Ok(vec![card.button(merged.short().to_string(), Command::Show(numbered(&merged)))])
    }

    /// Says that a record is no part of another one; if others are part of it, which.
    async fn no_part(&self, record: &Record) -> Done<Card> {
        let (prompts, language) = (self.prompts(), self.language);
        let mut card = Card::new(prompts.split_none(language, Numbered(record.short())));
        let merged: Vec<_> = self.store().merged_from(record.record).await?.iter().map(|r| r.id).collect();
        let merged = self.store().records(record.record.kind, &merged).await?;
        if !merged.is_empty() {
            card = card.text(prompts.split_parts(language));
        }
        for part in &merged {
            card = card.choice(self.titled(part).await?, Command::Split(numbered(part)));
        }
        Ok(card)
    }
}
