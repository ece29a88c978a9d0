//! What every command works with: who asks, in which language and zone, and how to write.

use std::collections::{BTreeSet, HashMap};

use chrono_tz::Tz;
use rapport_model::job::Outbound;
use rapport_model::people::User;
use rapport_model::reading::Language;
use rapport_model::reads::{ReadWhat, Reader};
use rapport_model::{Actor, Change, Id, Kind, Record, RecordRef, ShortNumber, Timestamp};
use rapport_nlp::search::NOBODY;
use rapport_prompts::{Numbered, Prompts, Span, When, Zoned};
use rapport_storage::Store;
use rapport_storage::sight::Visible;
use rapport_storage::work::Work;

use super::card::Card;
use super::command::{Command, Undoing};
use super::safe::quoted;
use super::session::Session;
use crate::App;
use crate::http::OF_CUSTOMERS;

/// Why a command went no further.
pub(crate) enum Stop {
    /// The asker has to know or decide something.
    Card(Box<Card>),
    /// The service failed.
    Failed(anyhow::Error),
}

impl From<Card> for Stop {
    fn from(card: Card) -> Self {
        Self::Card(Box::new(card))
    }
}

impl<E: Into<anyhow::Error>> From<E> for Stop
where
    E: std::error::Error,
{
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

pub(crate) type Done<T = Vec<Card>> = Result<T, Stop>;

/// Who asks, and what answers.
pub(crate) struct Desk<'a> {
    pub app: &'a App,
    /// The store as the asker sees it, through which what is done is done because of what was
    /// commanded.
    store: Store,
    pub user: &'a User,
    pub language: Language,
    pub zone: Tz,
    pub now: Timestamp,
}

impl<'a> Desk<'a> {
    /// Takes a seat for `user`; what is done is done because of `cause`, if it is known.
    pub fn new(app: &'a App, user: &'a User, cause: Option<Id>) -> Self {
        Self {
            app,
            store: app.workflows.store_of(user).because_of(cause),
            user,
            language: app.workflows.language_of(Some(user)),
            zone: app.workflows.zone_of(Some(user)),
            now: app.store().clock().now(),
        }
    }

    /// Takes a seat for `user` with a store of theirs: it may see less than they do, and what is written
    /// through it may depend on more.
    pub fn with(app: &'a App, user: &'a User, store: Store) -> Self {
        Self { store, ..Self::new(app, user, None) }
    }

    /// Takes a seat for somebody who is told of what this asker does: in their words and by their clocks,
    /// of what the asker sees.
    pub fn for_reader<'r>(&self, reader: &'r User) -> Desk<'r>
    where
        'a: 'r,
    {
        Desk { store: self.store.clone(), ..Desk::new(self.app, reader, None) }
    }

    /// Takes the same seat in another language, by other clocks: for words to somebody else.
    pub fn in_words(&self, language: Language, zone: Tz) -> Desk<'_> {
        Desk { app: self.app, store: self.store.clone(), user: self.user, language, zone, now: self.now }
    }

    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Returns what of the search index the asker sees; nothing where they see all of it.
    pub async fn visible(&self) -> Done<Visible> {
        Ok(self.store.visible(NOBODY).await?)
    }

    /// Notes that the asker is shown a record. Returns at once.
    pub fn saw(&self, session: &Session, what: ReadWhat, record: RecordRef) {
        self.store.note_read(Reader::user(self.user.id), session.way(), what, record);
    }

    pub fn prompts(&self) -> &'a Prompts {
        self.app.workflows.prompts()
    }

    /// An instant as the asker's clocks have it.
    pub fn at(&self, at: Timestamp) -> When {
        When { at, zone: self.zone }
    }

    /// The same with the zone said, for what was just asked for.
    pub fn echoed(&self, at: Timestamp) -> Zoned {
        Zoned(self.at(at))
    }

    /// `Thu 12 Mar 2026, 10:00`.
    pub fn when(&self, at: Timestamp) -> String {
        self.prompts().when(self.language, at, self.zone)
    }

    /// `Thu 12 Mar 2026, 10:00 (3 days ago)`.
    pub fn when_and_ago(&self, at: Timestamp) -> String {
        let when = self.when(at);
        if at > self.now {
            return when;
        }
        self.beside(&when, &self.prompts().ago(self.language, Span(self.now.since(at))))
    }

    /// Puts an aside in brackets, as the language has them.
    pub fn beside(&self, text: &str, aside: &str) -> String {
        match self.language {
            _ if aside.is_empty() => text.to_owned(),
            _ if text.is_empty() => aside.to_owned(),
            Language::En => format!("{text} ({aside})"),
            Language::Zh => format!("{text}（{aside}）"),
        }
    }

    /// Returns what a colleague is called.
    pub fn colleague(&self, id: Id) -> String {
        self.app.workflows.user(id).map_or_else(String::new, |u| quoted(u.display_name()))
    }

    /// Returns who did something.
    pub fn actor(&self, actor: &Actor) -> String {
        match actor {
            Actor::User(id) => self.colleague(*id),
            Actor::Rule(rule) => self.prompts().by_rule(self.language, rule),
            Actor::Service(part) if OF_CUSTOMERS.contains(&part.as_str()) => {
                self.prompts().by_customer(self.language)
            }
            Actor::Service(_) => self.prompts().by_service(self.language),
        }
    }

    /// Returns what a record is called, without its number.
    pub async fn name(&self, record: &Record) -> Done<String> {
        let words = ["name", "title", "body", "handle", "value"]
            .iter()
            .map(|f| record.text(f))
            .find(|t| !t.is_empty());
        if let Some(words) = words {
            return Ok(rapport_prompts::format::clip(&quoted(words), NAME_CHARS_MAX));
        }
        let id = record.record.id;
        let known = self.store().identities_of(record.record.kind, &[id]).await?;
        Ok(known.get(&id).and_then(|all| all.first()).map_or_else(|| said(record.short()), |a| quoted(a)))
    }

    /// Loads a record that another one points at.
    pub async fn linked(&self, record: &Record, field: &str, kind: Kind) -> Done<Option<Record>> {
        match record.get(field).id() {
            Some(id) => Ok(self.store().record(RecordRef::new(kind, id)).await?.filter(|r| !r.deleted)),
            None => Ok(None),
        }
    }

    /// Returns the name of a record that another one points at; empty without one.
    pub async fn linked_name(&self, record: &Record, field: &str, kind: Kind) -> Done<String> {
        match self.linked(record, field, kind).await? {
            Some(linked) => self.name(&linked).await,
            None => Ok(String::new()),
        }
    }

    /// Returns a record's number and name: `C12 Petra Novak`.
    pub async fn titled(&self, record: &Record) -> Done<String> {
        let name = self.name(record).await?;
        if record.record.kind.letter().is_none() {
            return Ok(name);
        }
        Ok(self.prompts().card_title(self.language, record.short(), &name, None))
    }

    /// Changes records in one act of the asker, and brings the index up to date. Cards in chats that
    /// show a ticket's conversation change with it, and who follows it is told.
    pub async fn write(&self, changes: Vec<Change>) -> Done<Written> {
        self.write_and_tell(changes, Vec::new()).await
    }

    /// Changes records as [`Desk::write`] does; what `outbox` holds leaves with it.
    pub async fn write_and_tell(&self, changes: Vec<Change>, mut outbox: Vec<Outbound>) -> Done<Written> {
        let act = self.store().act_by(Actor::User(self.user.id));
        let id = act.id;
        let all: Vec<&Change> = changes.iter().collect();
        outbox.extend(self.cards_of(&all, id).await?);
        for change in changes.iter().filter(|change| change.record.kind == Kind::Ticket) {
            // One that is being opened was shown to nobody.
            let Some(ticket) = self.store().record(change.record).await? else { continue };
            outbox.extend(self.for_followers(&ticket, change).await?);
        }
        let numbers = self.store().commit(vec![Work { outbox, ..Work::of(act, changes) }]).await?;
        self.index().await?;
        Ok(Written { act: id, numbers })
    }

    /// Returns what changes the cards that show who looks after a customer or how a ticket stands, because
    /// of `cause`.
    pub async fn cards_of(&self, changes: &[&Change], cause: Id) -> Done<Vec<Outbound>> {
        let mut threads = BTreeSet::new();
        for change in changes {
            match change.record.kind {
                Kind::Ticket => {
                    let ticket = self.store().record(change.record).await?;
                    threads.extend(ticket.and_then(|ticket| ticket.get("thread").id()));
                }
                Kind::Customer if change.fields.iter().any(|field| field.field == "owner") => {
                    let of = self.store().threads_of(change.record.id, THREADS_SHOWN).await?;
                    threads.extend(of.into_iter().map(|(thread, _)| thread));
                }
                _ => {}
            }
        }
        let mut cards = Vec::new();
        for thread in threads {
            cards.extend(self.app.workflows.cards_again(thread, cause).await?);
        }
        Ok(cards)
    }

    /// Brings the index up to date, so that the next search sees what was just written.
    pub async fn index(&self) -> Done<()> {
        Ok(self.app.index().await?)
    }

    /// Says what was written, with a way back.
    pub fn written(&self, said: String, written: &Written) -> Card {
        let undo = Command::Undo(Undoing::Act(written.act));
        Card::new(said).button(self.prompts().button_undo(self.language), undo)
    }

    /// Says that everything already is as asked.
    pub fn unchanged(&self, record: &Record) -> Card {
        Card::new(self.prompts().unchanged(self.language, Numbered(record.short())))
    }
}

const NAME_CHARS_MAX: usize = 80;
/// Of a customer so many conversations have cards that still change.
const THREADS_SHOWN: u32 = 5;

/// What a write did.
pub(crate) struct Written {
    /// The act, to take it back.
    pub act: Id,
    /// The short numbers of what it made.
    pub numbers: HashMap<Id, i64>,
}

impl Written {
    /// Returns the number of a record that the write made.
    pub fn number(&self, record: RecordRef) -> ShortNumber {
        ShortNumber::of(record.kind, self.numbers.get(&record.id).copied().unwrap_or(0))
    }
}

fn said(number: ShortNumber) -> String {
    number.to_string()
}
