//! `show` as of a time: a record as it was.

use chrono::Months;
use rapport_model::fields::fields;
use rapport_model::reads::ReadWhat;
use rapport_model::{Id, Kind, Record, Timestamp};
use rapport_prompts::Numbered;
use rapport_storage::records::Filter;

use super::card::Card;
use super::command::{Command, Of};
use super::desk::{Desk, Done, Stop};
use super::history::{is_shown, numbered};
use super::records::SHOWN;
use super::session::Session;

/// A customer with more tickets, tasks or deals than this is shown with the latest.
const RECORDS_MAX: u32 = 50;

impl Desk<'_> {
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
        self.saw(session, ReadWhat::Card, record.record);
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
            card.button(prompts.button_now(language), now).button(prompts.button_history(language), history),
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
