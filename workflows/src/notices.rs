//! Notices to colleagues: whoever wants them gets them, when they want them.

use std::sync::Arc;

use rapport_model::job::Outbound;
use rapport_model::people::User;
use rapport_model::{Id, RecordRef};
use rapport_prompts::{NoticeContext, PromptError};
use rapport_storage::preferences::HOUSE;

use crate::preferences::{Notice, Preferences, name};
use crate::rules::Rules;
use crate::workflows::{Standing, lock};
use crate::{WorkflowError, Workflows};

impl Workflows {
    /// Makes one notice for each of `readers`, in their language; `text` is its name in `prompts/`, and
    /// the second one of the same `key` to the same reader is not stored. Who muted it gets none, and who
    /// wants quiet gets it afterwards.
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
        let (now, preferences) = (self.store.clock().now(), self.preferences());
        let wanted = Notice { text, about: about.as_slice(), urgent: false };
        let notice = |reader: &&User| {
            let send_at = preferences.leaves(&wanted, reader, now, self.settings.zone)?;
            let said = self.prompts().notice(self.language_of(Some(reader)), text, context);
            Some(said.map(|said| Outbound {
                about,
                subject: said.subject,
                body: said.body,
                html: said.html,
                ..Outbound::notice(
                    self.store.new_id(),
                    reader.id,
                    text,
                    send_at,
                    format!("{key}/{}", reader.id),
                )
            }))
        };
        readers.iter().filter_map(notice).collect()
    }

    /// Returns the colleagues who follow one of these records.
    pub fn followers(&self, of: &[RecordRef]) -> Vec<&User> {
        let preferences = self.preferences();
        self.users.iter().filter(|user| preferences.follows(user.id, of)).collect()
    }

    /// Returns what colleagues chose, and what is paused.
    pub fn preferences(&self) -> Arc<Preferences> {
        lock(&self.chosen).preferences.clone()
    }

    /// Returns the rules that are not paused.
    pub(crate) fn active_rules(&self) -> Arc<Rules> {
        lock(&self.chosen).rules.clone()
    }

    /// Looks again what colleagues chose: another process may have stored it.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn refresh(&self) -> Result<(), WorkflowError> {
        let preferences = Preferences::read(&self.store.preferences().await?);
        if preferences == *self.preferences() {
            return Ok(());
        }
        let rules = Arc::new(self.rules.without(&preferences.paused));
        *lock(&self.chosen) = Standing { preferences: Arc::new(preferences), rules };
        Ok(())
    }

    /// Stores what a colleague chose (nothing: what the configuration says), under a name of
    /// [`crate::preferences::name`]. It holds at once. Returns what was chosen before.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn prefer(
        &self,
        user: &User,
        name: &str,
        value: Option<&str>,
    ) -> Result<Option<String>, WorkflowError> {
        let before = self.store.prefer(user.id, name, value).await?;
        self.refresh().await?;
        Ok(before)
    }

    /// Pauses the rules, sequences and schedules of that name for the whole house, or lets them go on.
    /// What a schedule would have done meanwhile is left out. Returns whether that changed anything.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn pause(&self, what: &str, by: Id, paused: bool) -> Result<bool, WorkflowError> {
        if self.preferences().paused.contains_key(what) == paused {
            return Ok(false);
        }
        if let Some(schedule) = self.rules.schedule(what).filter(|_| !paused) {
            let now = self.store.clock().now();
            for (run, zone) in self.clocks_of(schedule) {
                let next = schedule.schedule.next(now, zone);
                self.store.plan_schedule(&run, Vec::new(), now, next).await?;
            }
        }
        let by = by.to_string();
        self.store.prefer(HOUSE, &format!("{}{what}", name::PAUSED), paused.then_some(by.as_str())).await?;
        self.refresh().await?;
        if !paused && self.rules.levels.iter().any(|level| level.name == what) {
            // Nothing was planned while it was paused.
            self.look_at_all_clocks().await?;
        }
        Ok(true)
    }
}
