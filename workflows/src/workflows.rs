//! Everything that the steps share.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use chrono_tz::Tz;
use rapport_model::message::ChannelKind;
use rapport_model::people::{Role, User};
use rapport_model::reading::Language;
use rapport_model::{Address, House, Id, Record};
use rapport_nlp::search::{SearchIndex, Searcher};
use rapport_nlp::{Engine, NlpError};
use rapport_prompts::Prompts;
use rapport_storage::{Sight, StorageError, Store};

use crate::hours::HouseHours;
use crate::index::Tail;
use crate::preferences::Preferences;
use crate::requests::PrivacyTerms;
use crate::retention::Retention;
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
    /// The chats in which the team of each mailbox sees what comes, by the mailbox's name.
    pub team_chats: BTreeMap<String, Vec<(ChannelKind, i64)>>,
    /// The names of what it sells.
    pub products: Vec<String>,
    /// When its teams work.
    pub hours: HouseHours,
    /// How much it writes to many.
    pub mailings: MailingLimits,
    /// How many alerts about figures a month may turn out to be chance.
    pub false_alarms_per_month: f64,
    /// Whether it says where its backups go.
    pub backs_up: bool,
    /// How long what is kept.
    pub retention: Retention,
    /// By which law people ask what is held of them, and how long the house has.
    pub privacy: PrivacyTerms,
}

/// How many alerts about figures a month may turn out to be chance, if the house does not say.
pub const FALSE_ALARMS_PER_MONTH: f64 = 1.0;

/// How much a house writes to many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MailingLimits {
    /// Mails of one campaign within an hour.
    pub per_hour: u32,
    /// Mails of one campaign within a day of the house.
    pub per_day: u32,
    /// Days for which nobody gets a further mailing.
    pub days_between: u32,
}

impl Default for MailingLimits {
    fn default() -> Self {
        Self { per_hour: 200, per_day: 1_000, days_between: 7 }
    }
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

/// What colleagues chose, and the rules that are not paused.
#[derive(Clone)]
pub(crate) struct Standing {
    pub(crate) preferences: Arc<Preferences>,
    pub(crate) rules: Arc<Rules>,
}

/// The steps, with what they share.
pub struct Workflows {
    pub(crate) store: Store,
    pub(crate) rules: Rules,
    /// What was read once stays in memory: texts are read anew seldom, and borrowed everywhere.
    prompts: RwLock<&'static Prompts>,
    pub(crate) settings: Settings,
    pub(crate) users: Vec<User>,
    /// What each colleague sees who does not see everything.
    sights: HashMap<Id, Arc<Sight>>,
    pub(crate) chosen: Mutex<Standing>,
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
        let mut sights = HashMap::new();
        for user in &users {
            sights.extend(store.sight_of(user).await?.map(|sight| (user.id, Arc::new(sight))));
        }
        let (pipeline, stages) = store.pipeline().await?;
        let first_stage = stages.first().map_or_else(|| "new".to_owned(), |s| s.name.clone());
        let searcher = index.searcher().clone();
        let tail = Tail::start(&store, index).await?;
        let known = store.preferences().await?;
        let preferences = Arc::new(Preferences::read(&known));
        let active = Arc::new(rules.without(&preferences.paused));
        store.watch(rules.watched());
        let workflows = Self {
            chosen: Mutex::new(Standing { preferences, rules: active }),
            reader: Mutex::new(Reader::new(engine, &settings)),
            tail: tokio::sync::Mutex::new(tail),
            pipeline: (pipeline, first_stage),
            store,
            rules,
            prompts: RwLock::new(Box::leak(Box::new(prompts))),
            settings,
            users,
            sights,
            searcher,
        };
        workflows.plan_clocks(&known).await?;
        Ok(workflows)
    }

    /// Returns the store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Returns the store as a colleague sees it.
    pub fn store_of(&self, user: &User) -> Store {
        self.store.seen_by(self.sights.get(&user.id).cloned())
    }

    /// Returns what a colleague sees who does not see everything.
    pub(crate) fn sight(&self, user: &User) -> Option<&Arc<Sight>> {
        self.sights.get(&user.id)
    }

    /// Tells whether a colleague sees what nobody looks after.
    pub(crate) fn sees_unowned(&self, user: &User) -> bool {
        self.sights.get(&user.id).is_none_or(|sight| sight.unowned)
    }

    /// Returns the texts.
    pub fn prompts(&self) -> &'static Prompts {
        *self.prompts.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says everything in these texts from now on.
    pub fn speak_with(&self, prompts: Prompts) {
        *self.prompts.write().unwrap_or_else(PoisonError::into_inner) = Box::leak(Box::new(prompts));
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

    /// Returns the language in which a customer is written to: theirs, the house's where it is not known.
    pub fn language_with(&self, customer: &Record) -> Language {
        match customer.text("language") {
            "" => self.settings.language,
            code => Language::of(code),
        }
    }

    /// Returns the zone of a colleague, the house's without one.
    pub fn zone_of(&self, user: Option<&User>) -> Tz {
        user.map_or(self.settings.zone, |user| self.preferences().zone_of(user, self.settings.zone))
    }

    /// Returns the language of a colleague, the house's without one.
    pub fn language_of(&self, user: Option<&User>) -> Language {
        let house = self.settings.language;
        user.map_or(house, |user| self.preferences().language_of(user, house))
    }
}

/// Locks, whatever happened to whoever held the lock before: what is behind it is rebuilt or
/// stateless.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
