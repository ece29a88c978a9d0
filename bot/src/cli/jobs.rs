//! `rapport jobs`: the work that waits or was given up, for whoever runs the service. Works
//! beside it.

use std::collections::HashMap;
use std::process::ExitCode;

use clap::Subcommand;
use rapport_model::Id;
use rapport_model::job::Task;
use rapport_prompts::{Span, When};
use rapport_storage::stuck::ListedJob;
use rapport_storage::{Access, Store};
use serde_json::{Value, json};

use super::Common;
use super::operator::{Operator, print_list};

const LIST: &str = "rapport jobs list";

/// Look at jobs, those given up first; let one be tried again; drop one.
#[derive(Debug, Subcommand)]
#[command(after_help = "Example: rapport jobs list; rapport jobs retry 1")]
pub(crate) enum Jobs {
    /// List jobs: those given up, then those that wait
    List {
        /// How many
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        limit: u32,
    },
    /// Show one job, with what went wrong last
    Show {
        /// Its number in the last list, or its id
        job: String,
    },
    /// Let a job be tried again now, as if for the first time
    Retry {
        /// Its number in the last list, or its id
        job: String,
    },
    /// Drop a job: it will not be done
    Drop {
        /// Its number in the last list, or its id
        job: String,
    },
}

impl Jobs {
    pub(crate) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        let operator = Operator::of(common, "jobs")?;
        let access = match self {
            Self::List { .. } | Self::Show { .. } => Access::Read,
            Self::Retry { .. } | Self::Drop { .. } => Access::Amend,
        };
        let store = common.store(access).await?;
        let code = self.answer(&operator, &store, common.json).await;
        store.close().await;
        code
    }

    async fn answer(&self, operator: &Operator, store: &Store, as_json: bool) -> anyhow::Result<ExitCode> {
        let which = match self {
            Self::List { limit } => return list(operator, store, *limit, as_json).await,
            Self::Show { job } | Self::Retry { job } | Self::Drop { job } => job,
        };
        let found = match operator.shown.find(which) {
            Some(id) => store.job(id).await?,
            None => None,
        };
        let Some(job) = found else { return operator.not_listed(which, LIST) };
        let told = Told::load(operator, store, std::slice::from_ref(&job)).await?;
        let what = told.what(&job.task);
        let done = match self {
            Self::Retry { .. } => {
                store.retry_job(job.id).await?.then(|| operator.say(|p, l| p.job_retried(l, &what)))
            }
            Self::Drop { .. } => {
                store.drop_job(job.id).await?.then(|| operator.say(|p, l| p.job_dropped(l, &what)))
            }
            _ if as_json => {
                println!("{}", told.json(&job));
                return Ok(ExitCode::SUCCESS);
            }
            _ => {
                println!("{what}\n{}", told.state(&job));
                told.error(&job).iter().for_each(|error| println!("{error}"));
                println!("{}", job.id);
                return Ok(ExitCode::SUCCESS);
            }
        };
        operator.answer(done, || operator.say(|p, l| p.job_busy(l, &what)), job.id, as_json)
    }
}

async fn list(operator: &Operator, store: &Store, limit: u32, as_json: bool) -> anyhow::Result<ExitCode> {
    let jobs = store.jobs(limit).await?;
    operator.shown.remember(jobs.iter().map(|job| job.id));
    let told = Told::load(operator, store, &jobs).await?;
    if as_json {
        jobs.iter().for_each(|job| println!("{}", told.json(job)));
        return Ok(ExitCode::SUCCESS);
    }
    let line = |job: &ListedJob| (told.state(job), told.what(&job.task), told.error(job));
    print_list(jobs.iter().map(line));
    if jobs.is_empty() {
        println!("{}", operator.say(|p, l| p.jobs_none(l)));
    } else if jobs[0].given_up {
        println!("{}", operator.say(|p, l| p.jobs_hint(l)));
    }
    Ok(ExitCode::SUCCESS)
}

/// Jobs in words, with the subjects of the messages that they are about.
struct Told<'a> {
    operator: &'a Operator,
    subjects: HashMap<Id, String>,
}

impl<'a> Told<'a> {
    async fn load(operator: &'a Operator, store: &Store, jobs: &[ListedJob]) -> anyhow::Result<Self> {
        let mut ids: Vec<Id> = jobs.iter().filter_map(|job| message_of(&job.task)).collect();
        ids.sort_unstable();
        ids.dedup();
        let messages = store.messages(&ids).await?;
        Ok(Self { operator, subjects: messages.into_iter().map(|m| (m.id, m.subject)).collect() })
    }

    fn what(&self, task: &Task) -> String {
        let subject = message_of(task).and_then(|id| self.subjects.get(&id)).map_or("?", String::as_str);
        let when = |at| When { at, zone: self.operator.zone };
        self.operator.say(|prompts, language| match task {
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

    fn state(&self, job: &ListedJob) -> String {
        let now = self.operator.now;
        self.operator.say(|prompts, language| match job {
            _ if job.given_up => prompts.state_given_up(language, usize::try_from(job.attempts).unwrap_or(0)),
            _ if job.claimed => prompts.state_claimed(language),
            _ if job.run_at > now => {
                prompts.state_later(language, When { at: job.run_at, zone: self.operator.zone })
            }
            _ => prompts.state_due(language, Span(now.since(job.run_at))),
        })
    }

    fn error(&self, job: &ListedJob) -> Option<String> {
        // How often a job was tried that was given up stands with its state.
        let n = if job.given_up { 0 } else { usize::try_from(job.attempts).unwrap_or(0) };
        let why = job.last_error.as_deref()?;
        Some(self.operator.say(|prompts, language| prompts.last_error(language, why, n)))
    }

    fn json(&self, job: &ListedJob) -> Value {
        let state = match job {
            _ if job.given_up => "given_up",
            _ if job.claimed => "claimed",
            _ => "waits",
        };
        json!({
            "id": job.id, "state": state, "what": self.what(&job.task), "task": job.task, "run_at": job.run_at,
            "attempts": job.attempts, "last_error": job.last_error,
        })
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
