//! Jobs in words.

use std::collections::HashMap;

use rapport_model::Id;
use rapport_model::job::Task;
use rapport_prompts::{Span, When};
use rapport_storage::stuck::ListedJob;
use rapport_storage::{StorageError, Store};

use super::Voice;

/// Jobs in words, with the subjects of the messages that they are about.
pub(crate) struct ToldJobs<'a> {
    voice: Voice<'a>,
    subjects: HashMap<Id, String>,
}

impl<'a> ToldJobs<'a> {
    /// Loads what they are about.
    ///
    /// # Errors
    /// The store cannot be read.
    pub(crate) async fn load(
        voice: Voice<'a>,
        store: &Store,
        jobs: &[ListedJob],
    ) -> Result<Self, StorageError> {
        let mut ids: Vec<Id> = jobs.iter().filter_map(|job| message_of(&job.task)).collect();
        ids.sort_unstable();
        ids.dedup();
        let messages = store.messages(&ids).await?;
        Ok(Self { voice, subjects: messages.into_iter().map(|m| (m.id, m.subject)).collect() })
    }

    /// Says what a job does.
    pub(crate) fn what(&self, task: &Task) -> String {
        let subject = message_of(task).and_then(|id| self.subjects.get(&id)).map_or("?", String::as_str);
        let when = |at| When { at, zone: self.voice.zone };
        self.voice.say(|prompts, language| match task {
            Task::Understand { message } => {
                prompts.job_understand(language, subject, when(message.made_at()))
            }
            Task::Step { sequence, step, .. } => prompts.job_step(language, step + 1, sequence, subject),
            Task::Clock { .. } => prompts.job_clock(language),
            Task::Gather { text, .. } => prompts.job_gather(language, prompts.alert(language, text)),
            Task::React { record, .. } => prompts.job_react(language, record.kind),
            Task::Sweep { name, planned, .. } => prompts.job_sweep(language, name, when(*planned)),
            Task::Scheduled { name, planned } => prompts.job_schedule(language, name, when(*planned)),
            Task::Remind { task } => prompts.job_remind(language, when(task.made_at())),
            Task::Request { request } => prompts.job_request(language, when(request.made_at())),
            Task::Enlist { .. } => prompts.job_enlist(language),
            Task::Mail { .. } => prompts.job_mail(language),
            Task::Backup { planned } => prompts.job_backup(language, when(*planned)),
        })
    }

    /// Says how a job stands.
    pub(crate) fn state(&self, job: &ListedJob) -> String {
        let now = self.voice.now;
        self.voice.say(|prompts, language| match job {
            _ if job.given_up => prompts.state_given_up(language, usize::try_from(job.attempts).unwrap_or(0)),
            _ if job.claimed => prompts.state_claimed(language),
            _ if job.run_at > now => {
                prompts.state_later(language, When { at: job.run_at, zone: self.voice.zone })
            }
            _ => prompts.state_due(language, Span(now.since(job.run_at))),
        })
    }

    /// Says what went wrong last, if anything did.
    pub(crate) fn error(&self, job: &ListedJob) -> Option<String> {
        // How often a job was tried that was given up stands with its state.
        let n = if job.given_up { 0 } else { usize::try_from(job.attempts).unwrap_or(0) };
        let why = job.last_error.as_deref()?;
        Some(self.voice.say(|prompts, language| prompts.last_error(language, why, n)))
    }
}

fn message_of(task: &Task) -> Option<Id> {
    match task {
        Task::Understand { message } | Task::Step { message, .. } => Some(*message),
        Task::Clock { .. }
        | Task::React { .. }
        | Task::Gather { .. }
        | Task::Sweep { .. }
        | Task::Scheduled { .. }
        | Task::Remind { .. }
        | Task::Request { .. }
        | Task::Enlist { .. }
        | Task::Mail { .. }
        | Task::Backup { .. } => None,
    }
}
