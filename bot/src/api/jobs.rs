//! The work of the service, for whoever runs it.

use rapport_model::Id;
use rapport_storage::stuck::ListedJob;

use super::answer::Answer;
use super::call::Call;
use super::problem::{Problem, Sort};
use super::types::{Done, Job, Jobs};

pub(super) async fn list(call: &Call) -> Result<Answer, Problem> {
    let store = call.app.store();
    let counts = store.job_counts().await?;
    let items = store.jobs(call.limit()).await?.into_iter().map(shown).collect();
    Ok(Answer::of(&Jobs { due: counts.due, later: counts.later, given_up: counts.given_up, items }))
}

pub(super) async fn retry(call: &Call) -> Result<Answer, Problem> {
    let id = known(call).await?;
    match call.app.store().retry_job(id).await? {
        true => Ok(Answer::of(&Done { id })),
        false => Err(busy()),
    }
}

pub(super) async fn drop(call: &Call) -> Result<Answer, Problem> {
    let id = known(call).await?;
    match call.app.store().drop_job(id).await? {
        true => Ok(Answer::of(&Done { id })),
        false => Err(busy()),
    }
}

async fn known(call: &Call) -> Result<Id, Problem> {
    let none = || Problem::not_found("job");
    let id: Id = call.ids.first().and_then(|id| id.parse().ok()).ok_or_else(none)?;
    call.app.store().job(id).await?.map(|job| job.id).ok_or_else(none)
}

fn busy() -> Problem {
    Problem::new(Sort::Conflict, "The job is being done at this moment. Look at it again later.")
}

fn shown(job: ListedJob) -> Job {
    let task = serde_json::to_value(&job.task).unwrap_or_default();
    let state = match &job {
        _ if job.given_up => "given_up",
        _ if job.claimed => "claimed",
        _ => "waits",
    };
    Job {
        id: job.id,
        task: task["kind"].as_str().unwrap_or_default().to_owned(),
        state: state.to_owned(),
        run_at: job.run_at,
        attempts: job.attempts,
        last_error: job.last_error,
    }
}
