//! Backups that a schedule asks for, beside all other work.

use std::time::Duration;

use rapport_model::job::{JobOutcome, Task};
use rapport_model::time::MINUTE;
use rapport_storage::work::Work;

use super::take::{How, config_file, take, tell_erased};
use super::{Manifest, Packer, Place, State};
use crate::app::App;
use crate::config::Config;
use crate::config::backup::BackupConfig;

/// What only one process may do at a time.
const LEASE: &str = "backup";
/// How often that is renewed.
const RENEW: Duration = Duration::from_secs(10);
/// How long to wait before a backup that failed is tried again; longer each time.
const AGAIN: i64 = 5 * MINUTE;
/// How often it is tried.
const TRIES_MAX: u32 = 5;

/// Puts together how backups are made.
///
/// # Errors
/// What is wrong with the configuration.
pub(crate) fn how(config: &Config, backup: &BackupConfig, file: std::path::PathBuf) -> Result<How, String> {
    Ok(How {
        packer: Packer::new(&backup.recipients)?,
        keep: backup.keep,
        keep_keys: backup.keep_keys,
        zone: config.timezone.parse().unwrap_or(chrono_tz::UTC),
        config: file,
    })
}

impl App {
    /// Makes the backup that is due, if one is. Returns how many were dealt with.
    ///
    /// # Errors
    /// The store failed; or the backup did, which is told and tried again.
    pub async fn back_up(&self) -> anyhow::Result<usize> {
        let store = self.store();
        let Some(job) = store.claim(Task::BACKUP, 1).await?.pop() else { return Ok(0) };
        let finish = |outcome| Work { job: Some((job.id, job.fence, outcome)), ..Work::default() };
        let (Task::Backup { planned }, Some(backup)) = (&job.task, &self.config.backup) else {
            // There is no section of it any more.
            store.commit(vec![finish(None)]).await?;
            return Ok(1);
        };
        // Another process may have made it, and died before it could say so. One that somebody made
        // elsewhere by hand is another.
        let last = State::of(store).await?;
        let place = Place::of(&backup.to, backup, &self.dir).await.map(|place| place.name()).ok();
        if last.place == place && last.made.is_some_and(|made| made >= *planned) {
            store.commit(vec![finish(None)]).await?;
            return Ok(1);
        }
        let now = store.clock().now();
        if store.lease(LEASE).await?.is_none() {
            let why = "another process makes a backup".to_owned();
            store.commit(vec![finish(Some(JobOutcome::Wait { at: now.plus(AGAIN), why }))]).await?;
            return Ok(1);
        }
        let made = tokio::select! {
            made = self.make_backup(backup) => made,
            lost = self.keep_lease() => Err(lost),
        };
        store.release(LEASE).await?;
        match made {
            Ok(_) => {
                store.commit(vec![finish(None)]).await?;
                Ok(1)
            }
            Err(e) => {
                let why = format!("{e:#}");
                let outcome = match job.attempt >= TRIES_MAX {
                    true => JobOutcome::GiveUp { why },
                    false => JobOutcome::Postpone {
                        at: store.clock().now().plus(AGAIN * i64::from(job.attempt.max(1))),
                        why,
                    },
                };
                store.commit(vec![finish(Some(outcome))]).await?;
                Err(e)
            }
        }
    }

    async fn make_backup(&self, backup: &BackupConfig) -> anyhow::Result<Manifest> {
        let store = self.store();
        let made = async {
            let place = Place::of(&backup.to, backup, &self.dir).await.map_err(anyhow::Error::msg)?;
            let how = how(&self.config, backup, config_file(&self.dir, None)).map_err(anyhow::Error::msg)?;
            store.seal_journal().await?;
            let (name, manifest) = take(store, &place, how, &|_| ()).await?;
            anyhow::Ok((place.name(), name, manifest))
        }
        .await;
        note(store, &made).await?;
        made.map(|(_, _, manifest)| manifest)
    }

    /// Holds the lease for as long as it is waited for; returns why that went wrong.
    async fn keep_lease(&self) -> anyhow::Error {
        loop {
            tokio::time::sleep(RENEW).await;
            match self.store().lease(LEASE).await {
                Ok(Some(_)) => {}
                Ok(None) => {
                    return anyhow::anyhow!(
                        "another process took over in the middle of a backup: this one was asleep"
                    );
                }
                Err(e) => return e.into(),
            }
        }
    }

    /// Tells the backups of an erasure, so that a restore of whichever does it again. Where they cannot be
    /// reached, the next backup does.
    pub(crate) async fn tell_backups_of_erasure(&self) {
        let Some(backup) = &self.config.backup else { return };
        let told = async {
            let place = Place::of(&backup.to, backup, &self.dir).await.map_err(anyhow::Error::msg)?;
            // Before the first backup there is nobody to tell.
            match super::list::sign(&place).await? {
                Some(sign) if sign.house == self.store().house() => tell_erased(self.store(), &place).await,
                _ => Ok(()),
            }
        };
        if let Err(e) = told.await {
            tracing::error!(error = %format!("{e:#}"), "backups were not told of an erasure; the next backup does it");
        }
    }
}

/// Notes in the store how a backup went.
///
/// # Errors
/// The store cannot be written.
pub(crate) async fn note(
    store: &rapport_storage::Store,
    made: &anyhow::Result<(String, String, Manifest)>,
) -> anyhow::Result<()> {
    let now = store.clock().now();
    State::note(store, |state| match made {
        Ok((place, name, manifest)) => {
            state.place = Some(place.clone());
            state.name = Some(name.clone());
            state.made = Some(manifest.mark.at);
            state.bytes = manifest.bytes;
            (state.trouble, state.trouble_since) = (None, None);
        }
        Err(e) => {
            state.trouble = Some(format!("{e:#}"));
            state.trouble_since = state.trouble_since.or(Some(now));
        }
    })
    .await?;
    Ok(())
}
