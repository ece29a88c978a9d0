//! `find`.

use chrono::NaiveDate;
use rapport_model::message::Direction;
use rapport_model::reading::{EntityKind, Intent, Mood};
use rapport_model::time::{DAY, HOUR};
use rapport_model::{Kind, RecordRef, Timestamp};
use rapport_nlp::entities::{Context, extract};
use rapport_nlp::search::{Order, Query, Request};
use rapport_prompts::format::clip;
use rapport_prompts::{FindLine, Label};
use rapport_workflows::search::Found;

use super::card::{Block, Card};
use super::command::{Command, Of, Search};
use super::desk::{Desk, Done, Stop};
use super::safe::quoted;
use super::session::Session;

const PER_PAGE: usize = 5;
const SUBJECT_CHARS_MAX: usize = 70;

impl Desk<'_> {
    pub(super) async fn find(&self, session: &mut Session, search: &Search) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let request = self.request(search)?;
        self.index().await?;
        let results = self.app.workflows.search(&request).await?;
        let query = quoted(&Command::Find(Search { page: 1, ..search.clone() }).to_string());
        let query = query.strip_prefix("find ").map(str::trim).unwrap_or(&query);
        if results.found.is_empty() {
            let card = Card::new(prompts.not_found(language, query));
            let wider = Search { expand: true, ..search.clone() };
            return Ok(vec![match search.expand || search.words.is_empty() {
                true => card,
                false => card.button(prompts.button_wider(language), Command::Find(wider)),
            }]);
        }
        let mut card = Card::new(prompts.find_heading(language, query, results.total));
        for (typed, found) in &results.corrected {
            card = card.text(prompts.find_corrected(language, typed, found));
        }
        if results.relaxed {
            card = card.text(prompts.find_relaxed(language));
        }
        let added: Vec<&str> = results.added.iter().map(|a| a.word.as_str()).collect();
        if !added.is_empty() {
            card = card.text(prompts.find_added(language, &prompts.list(language, &added)));
        }
        for found in &results.found {
            card = self.result(card, found).await?;
        }
        let seen = (search.page - 1) * PER_PAGE + results.found.len();
        if results.total > seen {
            let next = Command::Find(Search { page: search.page + 1, ..search.clone() });
            card = card.button(prompts.button_more(language), &next);
            card.footer = prompts.more(language, results.total - seen);
            session.more = Some(next);
        }
        // One record that was found alone is the one that is talked of from now on.
        if let ([found], 1) = (&results.found[..], results.total) {
            session.context = Some(found.record);
        }
        Ok(vec![card])
    }

    /// Adds one result: what it is, the words around the match, and a button that shows it.
    async fn result(&self, card: Card, found: &Found) -> Done<Card> {
        let (prompts, language) = (self.prompts(), self.language);
        let customer = match found.customer.filter(|_| found.record.kind != Kind::Customer) {
            Some(id) => self.store().record(RecordRef::new(Kind::Customer, id)).await?,
            None => None,
        };
        let title = clip(&quoted(&found.title), SUBJECT_CHARS_MAX);
        let whose = match &customer {
            Some(customer) => self.titled(customer).await?,
            None => String::new(),
        };
        let kind = prompts.label(language, found.record.kind);
        let number = match found.record.kind.letter() {
            Some(_) => self.store().record(found.record).await?.map(|r| r.short()),
            None => None,
        };
        let (line, label) = match number {
            Some(number) => {
                let company = match self.store().record(found.record).await? {
                    Some(record) => self.linked_name(&record, "company", Kind::Company).await?,
                    None => String::new(),
                };
                let aside = if whose.is_empty() { &company } else { &whose };
                let line = FindLine {
                    number,
                    name: &title,
                    company: (!aside.is_empty()).then_some(aside),
                    snippet: None,
                };
                (prompts.find_line(language, &line), format!("{number}"))
            }
            None => {
                let mail = self.store().message(found.record.id).await?;
                let arrow = match mail.map(|m| m.direction) {
                    Some(Direction::In) => "← ",
                    Some(Direction::Out) => "→ ",
                    _ => "",
                };
                let about = if title.is_empty() { kind.to_owned() } else { title };
                let at = self.when(found.at);
                (
                    format!("{arrow}{}", prompts.find_mail(language, &about, &whose, &at)),
                    self.short_label(found),
                )
            }
        };
        let number = card.buttons.len() + 1;
        let card = card.item(format!("{number}. {line}"));
        let text = quoted(&found.snippet.text);
        // Only what keeps each letter's place keeps the marks.
        let kept = text.chars().count() == found.snippet.text.chars().count();
        let marks = if kept { found.snippet.marks.clone() } else { Vec::new() };
        let card = match text.is_empty() || marks.is_empty() && found.record.kind != Kind::Message {
            true => card,
            false => card.block(Block::Quote { text, marks }),
        };
        let of = match found.record.kind.letter().zip(self.store_number(found).await?) {
            Some((_, number)) => Of::Number(number),
            None => Of::Exact(found.record),
        };
        Ok(card.button(label, Command::Show(of)))
    }

    async fn store_number(&self, found: &Found) -> Done<Option<rapport_model::ShortNumber>> {
        if found.record.kind.letter().is_none() {
            return Ok(None);
        }
        Ok(self.store().record(found.record).await?.map(|r| r.short()))
    }

    fn short_label(&self, found: &Found) -> String {
        self.prompts().label(self.language, found.record.kind).to_owned()
    }

    fn request(&self, search: &Search) -> Done<Request> {
        let kinds: Option<Kind> = self.value_of("type", search.kind.as_deref())?;
        Ok(Request {
            query: Query::parse(&search.words),
            kinds: kinds.into_iter().collect(),
            intent: self.value_of::<Intent>("intent", search.intent.as_deref())?,
            mood: self.value_of::<Mood>("mood", search.mood.as_deref())?,
            since: self.time_of(search.since.as_deref(), false)?,
            until: self.time_of(search.until.as_deref(), true)?,
            order: if search.newest { Order::Newest } else { Order::Relevance },
            offset: (search.page - 1) * PER_PAGE,
            limit: PER_PAGE,
            expand: search.expand,
            ..Request::default()
        })
    }

    /// Finds the value of a filter, or says which there are.
    fn value_of<L: Label + PartialEq>(&self, _key: &str, word: Option<&str>) -> Done<Option<L>> {
        let Some(word) = word else { return Ok(None) };
        match self.meant::<L>(&word.replace('_', " ")).or_else(|| self.meant(word)) {
            Some(value) => Ok(Some(value)),
            None => {
                let all = self.all_of::<L>();
                let all: Vec<&str> = all.iter().map(String::as_str).collect();
                Err(Card::new(self.prompts().unknown_value(self.language, &quoted(word), &all)).into())
            }
        }
    }

    /// Reads the time that a filter begins or ends with: a date, or a length of time before now.
    /// The day that an `until` names is itself still searched.
    pub(super) fn time_of(&self, words: Option<&str>, whole_day: bool) -> Done<Option<Timestamp>> {
        let Some(words) = words else { return Ok(None) };
        let spoken = words.replace('_', " ");
        match self.ago(words).or_else(|| self.past(&spoken, whole_day)) {
            Some(at) => Ok(Some(at)),
            None => Err(Stop::from(Card::new(self.prompts().unknown_time(self.language, &quoted(words))))),
        }
    }

    /// Reads `7d`, `24h`, `2w`.
    fn ago(&self, words: &str) -> Option<Timestamp> {
        let (number, unit) = words.split_at(words.find(|c: char| !c.is_ascii_digit())?);
        let unit = match unit.to_lowercase().as_str() {
            "h" | "小时" => HOUR,
            "d" | "天" => DAY,
            "w" | "周" => 7 * DAY,
            _ => return None,
        };
        Some(self.now.plus(-number.parse::<i64>().ok()?.checked_mul(unit)?))
    }

    /// Reads a day or instant that is not in the future: of a weekday, the last one.
    fn past(&self, words: &str, whole_day: bool) -> Option<Timestamp> {
        let day = |day: NaiveDate| {
            let day = if whole_day { day.succ_opt()? } else { day };
            rapport_workflows::schedule::first_instant(self.zone, day.and_hms_opt(0, 0, 0)?)
        };
        let settings = self.app.workflows.settings();
        let context = Context {
            received_at: self.now,
            zone: self.zone,
            region: &settings.region,
            currency: &settings.currency,
            products: &[],
        };
        let found = extract(words, &context).into_iter().find(|e| e.kind == EntityKind::Date)?;
        if let Some((at, true)) = super::tasks::instant(&found.value, self.zone) {
            return Some(at);
        }
        let date: NaiveDate = found.value.get(..10)?.parse().ok()?;
        let weekday = |date: &NaiveDate| *date > self.now.local(self.zone).date_naive();
        let named = !words.contains(|c: char| c.is_ascii_digit());
        let date = if named && weekday(&date) { date.checked_sub_days(chrono::Days::new(7))? } else { date };
        day(date)
    }
}
