//! The lists of a digest: customers and tasks by name.

use std::collections::HashSet;

use rapport_model::reading::Mood;
use rapport_model::time::DAY;
use rapport_model::{Id, Kind, Record, RecordRef, ShortNumber, Timestamp};
use rapport_prompts::{Breach, CampaignRun, DueRequest, DueTask, Praise, Silent, Unhappy, Waiting};
use rapport_storage::Store;
use rapport_storage::records::Filter;

use super::quiet::{QUIET_MIN, is_silent, usual_gap};
use crate::carry_out::harmless;
use crate::requests::days_left;
use crate::service::standings;
use crate::{WorkflowError, Workflows};

/// How many customers a list of the digest names, and how many are looked at for it.
const LISTED: usize = 20;
const LOOKED_AT: u32 = 500;
const PRAISE: u32 = 5;
/// Campaigns that are looked at.
const CAMPAIGNS: u32 = 20;
const EXCERPT_CHARS_MAX: usize = 120;
/// What is due within this time is due next.
const DUE_WITHIN: i64 = 7 * DAY;

impl Workflows {
    /// Returns what is to be done next, soonest first.
    pub(super) fn due(&self, tasks: &[Record], at: Timestamp) -> Vec<DueTask> {
        let is_next = |due: &Timestamp| (at..at.plus(DUE_WITHIN)).contains(due);
        let task = |task: &Record| {
            Some(DueTask {
                number: task.short(),
                title: harmless(task.text("title")),
                due: task.get("due").time().filter(is_next)?,
                owner: self.called(task.get("owner").id()),
            })
        };
        let mut due: Vec<DueTask> = tasks.iter().filter_map(task).collect();
        due.sort_by_key(|task| task.due);
        due.truncate(LISTED);
        due
    }

    /// Returns what people asked about what is held of them that is due within a week, or overdue.
    pub(super) async fn requests(
        &self,
        store: &Store,
        at: Timestamp,
    ) -> Result<Vec<DueRequest>, WorkflowError> {
        let mut next = Vec::new();
        for request in self.open_requests(store).await?.into_iter().take(LISTED) {
            let Some(due) = request.get("due").time().filter(|due| *due < at.plus(DUE_WITHIN)) else {
                continue;
            };
            let name = match request.get("customer").id() {
                Some(customer) => name(store, customer).await?.map_or_else(String::new, |(_, name)| name),
                None => String::new(),
            };
            let days_left = days_left(due, at, self.settings.zone);
            next.push(DueRequest { number: request.short(), name, days_left });
        }
        Ok(next)
    }

    /// Returns of whom nothing was heard for unusually long, longest first, without those who wait for us.
    pub(super) async fn silent(
        &self,
        store: &Store,
        at: Timestamp,
        waits: &HashSet<Id>,
    ) -> Result<Vec<Silent>, WorkflowError> {
        let mut silent = Vec::new();
        let quiet = store.quiet(at.plus(-QUIET_MIN), LOOKED_AT).await?;
        let all = quiet.iter().filter(|quiet| is_silent(quiet, at) && !waits.contains(&quiet.customer));
        for quiet in all.take(LISTED) {
            let Some((number, name)) = name(store, quiet.customer).await? else { continue };
            let owner = self.called(quiet.owner);
            silent.push(Silent { number, name, since: quiet.last_in, usual: usual_gap(quiet), owner });
        }
        Ok(silent)
    }

    /// Returns the targets of service levels whose time was over in `from..to` before they were met, the
    /// latest by most first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn missed(
        &self,
        store: &Store,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Breach>, WorkflowError> {
        let now = store.clock().now();
        let mut missed = Vec::new();
        for course in store.courses(&store.tickets_in(from, to).await?).await? {
            let Some(level) = self.level_of(&course) else { continue };
            let hours = self.hours_of(&course);
            for standing in standings(&course, &level, hours) {
                let is_then = standing.due.is_some_and(|due| (from..to).contains(&due));
                if is_then && standing.is_kept(now) == Some(false) {
                    missed.push((-standing.left(now, hours), course.ticket, standing.goal));
                }
            }
        }
        missed.sort_unstable_by_key(|(late_by, ..)| -late_by);
        let mut breaches = Vec::new();
        for (late_by, ticket, goal) in missed.into_iter().take(LISTED) {
            let Some(ticket) = store.record(RecordRef::new(Kind::Ticket, ticket)).await? else { continue };
            let name = harmless(ticket.text("title"));
            breaches.push(Breach { number: ticket.short(), name, goal, late_by });
        }
        Ok(breaches)
    }

    fn called(&self, user: Option<Id>) -> String {
        user.and_then(|id| self.user(id)).map_or_else(String::new, |user| user.display_name().to_owned())
    }
}

pub(super) async fn unhappy(
    store: &Store,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<Unhappy>, WorkflowError> {
    let mut unhappy: Vec<Unhappy> = Vec::new();
    for (message, customer, score) in store.moods(Mood::Negative, from, to, LOOKED_AT).await? {
        let Some((number, name)) = name(store, customer).await? else { continue };
        if unhappy.iter().any(|u| u.number == number) {
            continue;
        }
        let Some(message) = store.message(message).await? else { continue };
        let words = message.reading.as_ref().and_then(|r| r.why.iter().find(|w| w.about == "negative"));
        unhappy.push(Unhappy {
            number,
            name,
            mood: score,
            excerpt: excerpt(message.own_text()),
            why: words.map_or_else(Vec::new, |w| w.words.clone()),
        });
        if unhappy.len() == LISTED {
            break;
        }
    }
    Ok(unhappy)
}

/// Returns who waits for an answer, longest first, each once.
pub(super) async fn waiting(store: &Store, at: Timestamp) -> Result<Vec<(Id, Waiting)>, WorkflowError> {
    let mut waiting: Vec<(Id, Waiting)> = Vec::new();
    for (customer, thread, since) in store.waiting(at, LOOKED_AT).await? {
        if waiting.iter().any(|(other, _)| *other == customer) {
            continue;
        }
        let Some((number, name)) = name(store, customer).await? else { continue };
        let thread = store.record(RecordRef::new(Kind::Thread, thread)).await?;
        let subject = thread.map_or(String::new(), |t| t.text("subject").to_owned());
        waiting.push((customer, Waiting { number, name, subject, since }));
        if waiting.len() == LISTED {
            break;
        }
    }
    Ok(waiting)
}

pub(super) async fn praise(
    store: &Store,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<Praise>, WorkflowError> {
    let mut praise = Vec::new();
    for (message, customer, _) in store.moods(Mood::Positive, from, to, PRAISE).await? {
        let Some((number, name)) = name(store, customer).await? else { continue };
        let Some(message) = store.message(message).await? else { continue };
        praise.push(Praise { number, name, excerpt: excerpt(message.own_text()) });
    }
    Ok(praise)
}

/// Returns the campaigns that ran in a period, newest first, with what came of them so far as it is seen.
pub(super) async fn campaigns(
    store: &Store,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<CampaignRun>, WorkflowError> {
    let filter = Filter { order: Some(("starts_at", true)), limit: CAMPAIGNS, ..Filter::default() };
    let mut ran = Vec::new();
    for campaign in store.list(Kind::Campaign, &filter).await? {
        let began = campaign.get("starts_at").time().is_some_and(|at| at < to);
        if !began || campaign.get("ended_at").time().is_some_and(|at| at < from) {
            continue;
        }
        let outcomes = store.outcomes(campaign.record.id).await?;
        let (sent, replied) = outcomes.values().fold((0, 0), |(s, r), one| (s + one.sent, r + one.replied));
        if sent > 0 {
            let name = campaign.text("name").to_owned();
            ran.push(CampaignRun { number: campaign.short(), name, sent, replied });
        }
    }
    Ok(ran)
}

async fn name(store: &Store, customer: Id) -> Result<Option<(ShortNumber, String)>, WorkflowError> {
    let record = store.record(RecordRef::new(Kind::Customer, customer)).await?;
    Ok(record.map(|r| (r.short(), r.text("name").to_owned())))
}

fn excerpt(text: &str) -> String {
    harmless(&rapport_nlp::text::excerpt(text, EXCERPT_CHARS_MAX))
}
