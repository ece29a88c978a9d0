//! Everything that the steps share.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono_tz::Tz;
use rapport_model::job::Outbound;
use rapport_model::people::{Role, User};
use rapport_model::reading::Language;
use rapport_model::{Address, House, Id, Record, RecordRef};
use rapport_nlp::search::{SearchIndex, Searcher};
use rapport_nlp::{Engine, NlpError};
use rapport_prompts::{NoticeContext, PromptError, Prompts};
use rapport_storage::{StorageError, Store};

use crate::index::Tail;
use crate::rules::Rules;
use crate::understand::Reader;

/// What the configuration says of the house.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Its name, addresses and domains.
    pub house: House,
    /// Its zone.
    pub zone: Tz,
    /// The language it speaks when nothing else is known.
    pub language: Language,
    /// ISO 3166 code of the country whose phone numbers come without one; empty for none.
    pub region: String,
    /// ISO 4217 code of the currency that a bare `$` or `¥` means.
    pub currency: String,
    /// Who looks after each mailbox: the handles of its team, by the mailbox's name.
    pub teams: BTreeMap<String, Vec<String>>,
    /// The names of what it sells.
    pub products: Vec<String>,
}

/// Why a step failed.
#[derive(Debug, thiserror::Error)]
pub enum WorkflowError {
    /// The store failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The engine or the index failed.
    #[error(transparent)]
    Nlp(#[from] NlpError),
    /// A text of the house's own is wrong.
    #[error(transparent)]
    Prompt(#[from] rapport_prompts::PromptError),
    /// A step panicked: a fault of the program.
    #[error("the step panicked: a fault of the program, please report it with the log")]
    Panicked,
}

/// The steps, with what they share.
pub struct Workflows {
    pub(crate) store: Store,
    pub(crate) rules: Rules,
    pub(crate) prompts: Prompts,
    pub(crate) settings: Settings,
    pub(crate) users: Vec<User>,
    pub(crate) pipeline: (Id, String),
    pub(crate) reader: Mutex<Reader>,
    pub(crate) tail: tokio::sync::Mutex<Tail>,
    searcher: Searcher,
}

impl Workflows {
    /// Puts the steps together and makes sure that the index holds what the store does.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub async fn new(
        store: Store,
        index: SearchIndex,
        engine: Box<dyn Engine>,
        rules: Rules,
        prompts: Prompts,
        settings: Settings,
    ) -> Result<Self, WorkflowError> {
        let users = store.users().await?;
        let (pipeline, stages) = store.pipeline().await?;
        let first_stage = stages.first().map_or_else(|| "new".to_owned(), |s| s.name.clone());
        let searcher = index.searcher().clone();
        let tail = Tail::start(&store, index).await?;
        Ok(Self {
            reader: Mutex::new(Reader::new(engine, &settings)),
            tail: tokio::sync::Mutex::new(tail),
            pipeline: (pipeline, first_stage),
            store,
            rules,
            prompts,
            settings,
            users,
            searcher,
        })
    }

    /// Returns the store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Returns the texts.
    pub fn prompts(&self) -> &Prompts {
        &self.prompts
    }

    /// Returns the rules.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Returns what the configuration says of the house.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Returns the colleagues.
    pub fn users(&self) -> &[User] {
        &self.users
    }

    /// Returns what searches the index.
    pub fn searcher(&self) -> &Searcher {
        &self.searcher
    }

    /// Finds a colleague by id.
    pub fn user(&self, id: Id) -> Option<&User> {
        self.users.iter().find(|u| u.id == id)
    }

    /// Finds the colleague who writes from `address`.
    pub(crate) fn user_by_address(&self, address: &Address) -> Option<&User> {
        self.users.iter().find(|u| u.address.as_ref() == Some(address))
    }

    /// Returns the colleagues of a mailbox's team; none where it has no team.
    pub fn team_of(&self, mailbox: &str) -> impl Iterator<Item = &User> {
        let handles = self.settings.teams.get(mailbox);
        self.users.iter().filter(move |u| handles.is_some_and(|handles| handles.contains(&u.handle)))
    }

    /// Returns the managers and owners of the house.
    pub fn managers(&self) -> impl Iterator<Item = &User> {
        self.users.iter().filter(|u| matches!(u.role, Role::Manager | Role::Owner))
    }

    /// Makes one notice for each of `readers`, in their language; `text` is its name in `prompts/`, and
    /// the second one of the same `key` to the same reader is not stored.
    ///
    /// # Errors
    /// The house's own text is wrong.
    pub fn notices(
        &self,
        readers: &[&User],
        text: &str,
        context: &NoticeContext<'_>,
        about: Option<RecordRef>,
        key: &str,
    ) -> Result<Vec<Outbound>, PromptError> {
        let now = self.store.clock().now();
        let notice = |reader: &&User| {
            let said = self.prompts.notice(self.language_of(Some(reader)), text, context)?;
            let key = format!("{key}/{}", reader.id);
            Ok(Outbound {
                about,
                subject: said.subject,
                body: said.body,
                html: said.html,
                ..Outbound::notice(self.store.new_id(), reader.id, text, now, key)
            })
        };
        readers.iter().map(notice).collect()
    }

    /// Returns the language in which a customer is written to: theirs, the house's where it is not known.
    pub fn language_with(&self, customer: &Record) -> Language {
        match customer.text("language") {
            "" => self.settings.language,
            code => Language::of(code),
        }
    }

    /// Returns the zone of a colleague, the house's without one.
    pub fn zone_of(&self, user: Option<&User>) -> Tz {
        user.and_then(|u| u.zone.parse().ok()).unwrap_or(self.settings.zone)
    }

    /// Returns the language of a colleague, the house's without one.
    pub fn language_of(&self, user: Option<&User>) -> Language {
        user.filter(|u| !u.language.is_empty()).map_or(self.settings.language, |u| Language::of(&u.language))
    }
}

/// Locks, whatever happened to whoever held the lock before: what is behind it is rebuilt or
/// stateless.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
