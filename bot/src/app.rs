//! The service put together: store, index, engine, rules, texts, and the ways out.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use rapport_model::people::DEFAULT_STAGES;
use rapport_model::retention::Kept;
use rapport_model::{Actor, Clock, Id, Timestamp};
use rapport_nlp::search::SearchIndex;
use rapport_prompts::Prompts;
use rapport_storage::erase::Proof;
use rapport_storage::hooks::Subscription;
use rapport_storage::{Access, StorageError, Store};
use rapport_workflows::rules::Rules;
use rapport_workflows::{Tailed, WorkflowError, Workflows};

use crate::channel::Channels;
use crate::config::Config;
use crate::llm::Llm;
use crate::understanding::engine;
use crate::webhook::Webhook;

/// The service.
pub struct App {
    /// The steps of the work.
    pub workflows: Workflows,
    /// The ways out.
    pub channels: Channels,
    /// The language model that drafts, if one does.
    pub llm: Option<Llm>,
    /// The programs that are told of what happens.
    pub webhooks: Vec<Webhook>,
    /// What the configuration says.
    pub config: Config,
    /// The data directory.
    pub dir: PathBuf,
}

impl App {
    /// Opens the store in `dir`, making it when there is none, and puts everything together.
    ///
    /// # Errors
    /// The store is in use or cannot be written, the rules or texts of the house are wrong; the
    /// error says which and what to do.
    pub async fn build(dir: &Path, config: Config, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        let mut settings = config.settings().map_err(anyhow::Error::msg)?;
        let (hours, passed_over) = config.hours(Some(dir)).map_err(anyhow::Error::msg)?;
        for problem in passed_over {
            tracing::warn!("{problem}");
        }
        settings.hours = hours;
        let prompts = prompts(dir)?;
        let rules = rules(dir, &prompts)?;
        let unknown = unknown_names(&rules, &config);
        anyhow::ensure!(unknown.is_empty(), "{}", unknown.join("\n"));
        let store = Store::open_at(dir, &config.place(), Access::Write, clock).await?;
        let told = config.webhook.iter().filter(|(_, hook)| !hook.events.0.is_empty());
        let told = told.map(|(hook, on)| Subscription { hook: hook.clone(), events: on.events.0.clone() });
        store.subscribe(told.collect());
        store.set_users(&config.users().map_err(anyhow::Error::msg)?).await?;
        let (name, source) = rules.source();
        store.set_rules(name, source).await?;
        let (index, _) = SearchIndex::open(&dir.join("index"), &store.index_key())?;
        let engine = engine(config.nlp.engine, dir)?;
        let channels = Channels::new(dir, &settings.house, &config.mail).map_err(anyhow::Error::msg)?;
        let workflows = Workflows::new(store, index, engine, rules, prompts, settings).await?;
        // Colleagues come and go: a digest for one who left is no reason to stand still.
        let handles: Vec<String> = workflows.users().iter().map(|user| user.handle.clone()).collect();
        for problem in workflows.rules().check_readers(&handles) {
            tracing::warn!(%problem, "nobody gets this digest");
        }
        let llm = config.llm.as_ref().map(Llm::new).transpose().map_err(anyhow::Error::msg)?;
        let hooks = config.webhook.iter().map(|(name, hook)| Webhook::new(name, hook));
        let webhooks: Vec<Webhook> = hooks.collect::<Result<_, _>>().map_err(anyhow::Error::msg)?;
        let app = Self { workflows, channels, llm, webhooks, config, dir: dir.to_owned() };
        // Another process may have erased somebody, or this one was killed in the middle of it.
        app.remove_erased().await?;
        Ok(app)
    }

    /// Returns the store.
    pub fn store(&self) -> &Store {
        self.workflows.store()
    }

    /// Closes the store. Nothing can be done with the service afterwards.
    pub async fn close(&self) {
        self.store().close().await;
    }

    /// Works until nothing is due: messages understood, jobs run, messages delivered, index up to
    /// date. Returns how many pieces of work there were.
    ///
    /// # Errors
    /// The store or the index failed. Nothing is lost: the same call goes on where it stopped.
    pub async fn settle(&self) -> anyhow::Result<usize> {
        let mut n_done = 0;
        loop {
            let mut n = self.workflows.plan_schedules().await?;
            n += self.workflows.understand_waiting().await?;
            n += self.workflows.run_due().await?;
            n += self.ask_llm().await?;
            n += self.deliver_webhooks().await?;
            n += self.write_reads().await?;
            n += self.deliver().await?;
            n += self.tail(n == 0).await?.n_applied;
            if n == 0 {
                self.store().seal_journal().await?;
                return Ok(n_done);
            }
            n_done += n;
        }
    }

    /// Brings the index up to date, as [`Workflows::tail_index`]. Where that tells that somebody
    /// was erased, by whichever process, their mails go from the pick-up directory, too.
    ///
    /// # Errors
    /// The store or the index failed, or a mail cannot be removed.
    pub async fn tail(&self, idle: bool) -> Result<Tailed, WorkflowError> {
        let tailed = self.workflows.tail_index(idle).await?;
        if tailed.erased {
            self.remove_erased().await?;
        }
        Ok(tailed)
    }

    /// Brings the index up to date at once, as [`Workflows::index_all`].
    ///
    /// # Errors
    /// As [`App::tail`].
    pub async fn index(&self) -> Result<(), WorkflowError> {
        if self.workflows.index_all().await? {
            self.remove_erased().await?;
        }
        Ok(())
    }

    /// Erases a customer for good, as [`Workflows::erase`], also from the pick-up directory.
    ///
    /// # Errors
    /// The store or the index failed, or a mail cannot be removed. The erasure goes on when the
    /// service is next started.
    pub async fn erase(&self, customer: Id, actor: Actor) -> Result<Option<Proof>, WorkflowError> {
        let proof = self.workflows.erase(customer, actor).await?;
        self.remove_erased().await?;
        self.tell_backups_of_erasure().await;
        Ok(proof)
    }

    /// Forgets a portion of what is older than the house keeps it. Returns how much that was; nothing once all is
    /// done.
    ///
    /// # Errors
    /// As [`App::erase`].
    pub async fn forget_portion(&self, now: Timestamp) -> Result<Option<(Kept, usize)>, WorkflowError> {
        let forgotten = self.workflows.forget_portion(now).await?;
        if matches!(forgotten, Some((Kept::Customers, _))) {
            self.remove_erased().await?;
            self.tell_backups_of_erasure().await;
        }
        Ok(forgotten)
    }

    /// Reads the house's own texts anew. What is wrong with them leaves everything as it is.
    ///
    /// # Errors
    /// A text is wrong, or one that a rule names is not there any more; the error names file and line.
    pub fn read_texts(&self) -> anyhow::Result<()> {
        let prompts = prompts(&self.dir)?;
        let problems = self.workflows.rules().check_texts(&|text| prompts.is_text(text));
        anyhow::ensure!(problems.is_empty(), "{}", lines(&problems));
        self.workflows.speak_with(prompts);
        Ok(())
    }

    async fn remove_erased(&self) -> Result<(), StorageError> {
        for proof in self.store().erasures().await? {
            self.channels.mail.remove(&proof.outgoing).map_err(|e| StorageError::File {
                what: "cannot remove a mail of an erased person".into(),
                source: Arc::new(e),
            })?;
        }
        Ok(())
    }
}

/// Reads the texts: the program's, with the house's own over them.
///
/// # Errors
/// A text of the house's own is wrong; the error names file and line.
pub fn prompts(dir: &Path) -> anyhow::Result<Prompts> {
    let own = dir.join("prompts");
    if own.is_dir() { Ok(Prompts::with_overrides(&own)?) } else { Ok(Prompts::new()) }
}

/// Reads the rules: the house's own files, or those that come with the program.
///
/// # Errors
/// Every problem of every file, with line numbers.
pub fn rules(dir: &Path, prompts: &Prompts) -> anyhow::Result<Rules> {
    let (text, file) = match own_rules(dir)? {
        Some(own) => own,
        None => return Ok(Rules::default()),
    };
    checked(&text, &file, prompts)
}

/// Reads rules, and checks that all texts and stages that they name are there.
///
/// # Errors
/// Every problem, with line numbers; `file` names the file.
pub fn checked(text: &str, file: &str, prompts: &Prompts) -> anyhow::Result<Rules> {
    let rules = Rules::parse(text, file).map_err(|problems| anyhow::Error::msg(lines(&problems)))?;
    let stages: Vec<&str> = DEFAULT_STAGES.iter().map(|(name, _)| *name).collect();
    let mut problems = rules.check_texts(&|text| prompts.is_text(text));
    problems.extend(rules.check_stages(&stages));
    if problems.is_empty() { Ok(rules) } else { Err(anyhow::Error::msg(lines(&problems))) }
}

/// Returns a problem for each mailbox, team and webhook that rules name and the configuration does not have.
pub fn unknown_names(rules: &Rules, config: &Config) -> Vec<String> {
    let of_mailboxes = config.mail.values().filter_map(|mail| mail.team.clone());
    let teams: Vec<String> =
        config.users.iter().filter_map(|user| user.team.clone()).chain(of_mailboxes).collect();
    let mut unknown = rules.check_names(&config.mail.keys().cloned().collect::<Vec<_>>(), &teams);
    let hooks: Vec<&str> = config.webhook.keys().map(String::as_str).collect();
    unknown.extend(rules.check_hooks(&hooks).iter().map(ToString::to_string));
    unknown
}

fn lines(problems: &[rapport_workflows::rules::RuleProblem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// Returns the text and path of the house's own file of rules.
fn own_rules(dir: &Path) -> anyhow::Result<Option<(String, String)>> {
    let path: PathBuf = dir.join("rules").join("rules.toml");
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some((text, path.display().to_string()))),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e).with_context(|| format!("cannot read {}", path.display())),
    }
}
