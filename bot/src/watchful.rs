//! What whoever looks after security should know at once: that many customers were taken out, that somebody is
//! refused again and again, that somebody looks at very many customers, that a chat account was bound to a
//! colleague. Each is told once a day for each actor, with its number and what to do. Counts and names of actors
//! alone, never whose data it was.

use rapport_model::job::Outbound;
use rapport_model::message::ChannelKind;
use rapport_model::people::User;
use rapport_model::reads::Reader;
use rapport_prompts::NoticeContext;
use rapport_storage::StorageError;
use rapport_storage::work::Work;
use rapport_workflows::WorkflowError;
use rapport_workflows::schedule::first_instant;

use crate::app::App;

/// Something of which many are conspicuous.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Watched {
    /// All that is held of a person was written into a file.
    Exports,
    /// Customers left as a list.
    Customers,
    /// Something was refused: to a colleague, to a token, or a token that is none.
    Refusals,
}

impl Watched {
    const fn name(self) -> &'static str {
        match self {
            Self::Exports => "exports",
            Self::Customers => "customers",
            Self::Refusals => "refusals",
        }
    }

    /// Returns the notice, by its name in `prompts/`.
    const fn notice(self) -> &'static str {
        match self {
            Self::Exports => "alert_exports",
            Self::Customers => "alert_mass_export",
            Self::Refusals => "alert_refusals",
        }
    }
}

impl App {
    /// Counts something that `actor` did `n` times, and tells the managers once that is more than the house
    /// takes for usual within a day, of refusals within an hour. `shown` is what the actor is called.
    ///
    /// It never fails: what is watched goes on whether it was counted or not.
    pub(crate) async fn watch(&self, what: Watched, actor: &str, shown: &str, n: usize) {
        if let Err(e) = self.count(what, actor, shown, n).await {
            tracing::error!(what = what.name(), error = %e, "what should be watched was not");
        }
    }

    async fn count(&self, what: Watched, actor: &str, shown: &str, n: usize) -> Result<(), WorkflowError> {
        let zone = self.workflows.settings().zone;
        let now = self.store().clock().now().local(zone);
        let day = now.format("%Y-%m-%d").to_string();
        let limits = &self.config.security;
        let (stretch, most) = match what {
            Watched::Exports => (day.clone(), limits.exports_a_day),
            Watched::Customers => (day.clone(), limits.customers_a_day),
            Watched::Refusals => (now.format("%Y-%m-%dT%H").to_string(), limits.refusals_an_hour),
        };
        let n = i64::try_from(n).unwrap_or(i64::MAX);
        let total = self.store().count_watched(what.name(), &stretch, actor, n).await?;
        let before = total.saturating_sub(n);
        // Told when it passes, and again on no further one: each notice is stored once.
        if total <= i64::from(most) || before > i64::from(most) {
            return Ok(());
        }
        tracing::warn!(what = what.name(), actor, n = total, "conspicuous");
        self.workflows.refresh().await?;
        self.tell_of(what.notice(), shown, total, &format!("{actor}/{day}")).await
    }

    /// Tells the managers of an actor, with a number; once for each `about`.
    async fn tell_of(&self, notice: &str, shown: &str, n: i64, about: &str) -> Result<(), WorkflowError> {
        let readers: Vec<&User> = self.workflows.managers().collect();
        let context = NoticeContext {
            who: shown,
            count: usize::try_from(n).unwrap_or(usize::MAX),
            ..NoticeContext::default()
        };
        let outbox =
            self.workflows.notices(&readers, notice, &context, None, &format!("notice/{notice}/{about}"))?;
        self.store().commit(vec![Work { outbox, ..Work::default() }]).await?;
        Ok(())
    }

    /// Writes down who looked at what, and tells the managers, once a day for each colleague or token, of whoever
    /// looked at more customers that day than the house takes for usual. Returns how many they were told of.
    ///
    /// # Errors
    /// The store failed; then what was noted waits for the next time.
    pub(crate) async fn write_reads(&self) -> Result<usize, WorkflowError> {
        const NOTICE: &str = "alert_mass_reading";
        let readers = self.store().write_reads().await?;
        let readers: Vec<Reader> = readers.into_iter().filter(|reader| *reader != Reader::OPERATOR).collect();
        if readers.is_empty() {
            return Ok(0);
        }
        self.workflows.refresh().await?;
        let zone = self.workflows.settings().zone;
        let today = self.store().clock().now().local(zone).date_naive();
        let Some(begin) = first_instant(zone, today.into()) else { return Ok(0) };
        let mut n_told = 0;
        for reader in readers {
            let n = self.store().customers_read(reader, begin).await?;
            let (day, actor) = (today.to_string(), reader.actor());
            if n <= i64::from(self.config.security.customers_a_day)
                || !self.store().take_of_day(&format!("{NOTICE}/{actor}"), &day, 1).await?
            {
                continue;
            }
            let user = self.workflows.user(reader.user);
            let name = user.map_or_else(|| actor.clone(), |user| user.display_name().to_owned());
            let shown = if reader.token == 0 { name } else { format!("{name}, token {}", reader.token) };
            tracing::warn!(what = "reads", actor, n, "conspicuous");
            self.tell_of(NOTICE, &shown, n, &format!("{actor}/{day}")).await?;
            n_told += 1;
        }
        Ok(n_told)
    }

    /// Returns what tells of a chat account that was bound to a colleague: to them by another way than that
    /// account, so that somebody who had their code cannot keep it from them, and to the managers.
    pub(crate) async fn binding_notices(
        &self,
        user: &User,
        channel: ChannelKind,
    ) -> Result<Vec<Outbound>, WorkflowError> {
        const NOTICE: &str = "alert_binding";
        let workflows = &self.workflows;
        workflows.refresh().await?;
        let now = self.store().clock().now();
        let key = format!("notice/{NOTICE}/{}/{channel}/{}", user.id, now.micros());
        let name = |language| workflows.prompts().label(language, channel).to_owned();
        let mut outbox = Vec::new();
        for reader in workflows.managers().filter(|manager| manager.id != user.id) {
            let subject = name(workflows.language_of(Some(reader)));
            let context =
                NoticeContext { who: user.display_name(), subject: &subject, ..NoticeContext::default() };
            outbox.extend(workflows.notices(&[reader], NOTICE, &context, None, &key)?);
        }
        if let Some(other) = self.other_way(user, channel).await? {
            let language = workflows.language_of(Some(user));
            let subject = name(language);
            let context =
                NoticeContext { who: user.display_name(), subject: &subject, ..NoticeContext::default() };
            let said = workflows.prompts().notice(language, NOTICE, &context)?;
            let key = format!("{key}/{}", user.id);
            outbox.push(Outbound {
                channel: other,
                subject: said.subject,
                body: said.body,
                html: said.html,
                ..Outbound::notice(self.store().new_id(), user.id, NOTICE, now, key)
            });
        }
        Ok(outbox)
    }

    /// Returns by what a colleague is reached beside a chat: mail, else another chat where they have an
    /// account.
    async fn other_way(&self, user: &User, but: ChannelKind) -> Result<Option<ChannelKind>, StorageError> {
        if user.address.is_some() {
            return Ok(Some(ChannelKind::Email));
        }
        let mut bound: Vec<ChannelKind> = self.store().bound_since(user.id).await?.into_keys().collect();
        bound.retain(|channel| *channel != but);
        Ok(bound.into_iter().min_by_key(|channel| channel.name()))
    }
}
