//! `find`.

use std::sync::Arc;

use chrono::NaiveDate;
use rapport_model::message::Direction;
use rapport_model::people::CustomerSegment;
use rapport_model::reading::{Entity, EntityKind, Intent, Mood};
use rapport_model::reads::ReadWhat;
use rapport_model::time::{DAY, HOUR};
use rapport_model::{Kind, Record, RecordRef, Timestamp};
use rapport_nlp::entities::{Context, extract};
use rapport_nlp::search::{Order, Query, Request};
use rapport_prompts::format::{bare_subject, clip};
use rapport_prompts::{FindLine, Label};
use rapport_workflows::schedule::told;
use rapport_workflows::search::Found;

use super::card::{Block, Card};
use super::command::{Command, Of, Search};
use super::desk::{Desk, Done, Stop};
use super::safe::quoted;
use super::session::Session;

const PER_PAGE: usize = 5;
const SUBJECT_CHARS_MAX: usize = 70;
/// What fits on a button on a telephone.
const LABEL_CHARS_MAX: usize = 16;

impl Desk<'_> {
    pub(super) async fn find(&self, session: &mut Session, search: &Search) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let mut request = Request { visible: self.visible().await?, ..self.request(search)? };
        if let Some(segment) = self.value_of::<CustomerSegment>(search.segment.as_deref())? {
            request.visible = Some(Arc::new(self.store().customers_of(segment).await?));
            if search.is_segment_alone() {
                request.kinds = vec![Kind::Customer];
            }
        }
        self.index().await?;
        let results =
            rapport_workflows::search::search(self.store(), self.app.workflows.searcher(), &request).await?;
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
            self.saw(session, ReadWhat::Found, found.record);
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
        let (line, label, of) = match found.record.kind.letter() {
            Some(_) => match self.store().record(found.record).await? {
                Some(record) => self.record_line(found, &record).await?,
                None => return Ok(card),
            },
            None => self.words_line(found).await?,
        };
        let place = card.buttons.len() + 1;
        let card = card.item(format!("{place}. {line}"));
        let text = quoted(&found.snippet.text);
        // Only what keeps each letter's place keeps the marks.
        let kept = text.chars().count() == found.snippet.text.chars().count();
        let marks = if kept { found.snippet.marks.clone() } else { Vec::new() };
        let says_more = found.record.kind == Kind::Message || found.record.kind == Kind::Note;
        let card =
            if says_more && !text.is_empty() { card.block(Block::Quote { text, marks }) } else { card };
        Ok(card.button(label, Command::Show(of)))
    }

    /// Says a result that has a number: it, its name, and whose it is.
    async fn record_line(&self, found: &Found, record: &Record) -> Done<(String, String, Of)> {
        let whose = match record.record.kind {
            Kind::Customer => self.linked_name(record, "company", Kind::Company).await?,
            _ => {
                let customer = self.linked(record, "customer", Kind::Customer).await?;
                self.titled_or_none(customer.as_ref()).await?
            }
        };
        let title = clip(&quoted(&found.title), SUBJECT_CHARS_MAX);
        let line = FindLine {
            number: record.short(),
            name: &title,
            company: (!whose.is_empty()).then_some(&whose),
            snippet: None,
        };
        let line = self.prompts().find_line(self.language, &line);
        Ok((line, record.short().to_string(), Of::Number(record.short())))
    }

    /// Says a result that has no number: a mail with its direction, a note.
    async fn words_line(&self, found: &Found) -> Done<(String, String, Of)> {
        let customer = match found.customer {
            Some(id) => self.store().record(RecordRef::new(Kind::Customer, id)).await?,
            None => None,
        };
        let whose = self.titled_or_none(customer.as_ref()).await?;
        let arrow = match found.record.kind {
            Kind::Message => match self.store().message(found.record.id).await?.map(|m| m.direction) {
                Some(Direction::In) => "← ",
                Some(Direction::Out) => "→ ",
                _ => "",
            },
            _ => "",
        };
        let kind = self.prompts().label(self.language, found.record.kind);
        let title = quoted(&found.title);
        let about = if title.is_empty() { kind } else { &title };
        let about = clip(about, SUBJECT_CHARS_MAX);
        let line = self.prompts().find_mail(self.language, &about, &whose, &self.when(found.at));
        let label = clip(&bare_subject(&about), LABEL_CHARS_MAX);
        Ok((format!("{arrow}{line}"), label, Of::Exact(found.record)))
    }

    fn request(&self, search: &Search) -> Done<Request> {
        let kinds: Option<Kind> = self.value_of(search.kind.as_deref())?;
        Ok(Request {
            query: Query::parse(&search.words),
            kinds: kinds.into_iter().collect(),
            intent: self.value_of::<Intent>(search.intent.as_deref())?,
            mood: self.value_of::<Mood>(search.mood.as_deref())?,
            direction: self.value_of::<Direction>(search.direction.as_deref())?,
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
    fn value_of<L: Label + PartialEq>(&self, word: Option<&str>) -> Done<Option<L>> {
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
            None => Err(Stop::from(self.no_time(&spoken))),
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
        let date = |words: &str| extract(words, &context).into_iter().find(|e| e.kind == EntityKind::Date);
        // An hour alone is today's.
        let today = if words.is_ascii() { "today " } else { "今天" };
        let has_hour = words.contains(|c: char| c.is_ascii_digit());
        let over =
            |e: &Entity| told(&e.value, self.zone).is_none_or(|(at, has_hour)| !has_hour || at <= self.now);
        let found =
            date(words).filter(over).or_else(|| date(&format!("{today}{words}")).filter(|_| has_hour))?;
        if let Some((at, true)) = told(&found.value, self.zone) {
            return Some(at);
        }
        let date: NaiveDate = found.value.get(..10)?.parse().ok()?;
        let weekday = |date: &NaiveDate| *date > self.now.local(self.zone).date_naive();
        let lower = words.to_lowercase();
        let ahead = ["tomorrow", "next", "明", "后天", "下"].iter().any(|word| lower.contains(word));
        let named = !ahead && !words.contains(|c: char| c.is_ascii_digit());
        let date = if named && weekday(&date) { date.checked_sub_days(chrono::Days::new(7))? } else { date };
        day(date)
    }
}
