//! Collects what a digest says. The words are the prompts'.

mod chart;
mod deals;
mod lists;
mod period;
mod quiet;

pub(crate) use quiet::{QUIET_MIN, is_silent, usual_gap};
mod send;

use std::collections::HashSet;
use std::sync::Arc;

use rapport_model::event::{Event, What};
use rapport_model::message::Direction;
use rapport_model::people::{Role, Stage, User};
use rapport_model::{Id, Kind, Record, Timestamp, Value};
use rapport_nlp::search::{NOBODY, Request};
use rapport_prompts::{DayFigures, Digest, Figures, Load, Moves, OldestTicket, Open, Topic, Unusual, Whose};
use rapport_storage::counts::Counts;
use rapport_storage::records::Filter;
use rapport_storage::report::Traffic;
use rapport_storage::{Sight, Store};

use crate::{WorkflowError, Workflows};

pub use chart::{Ground, PICTURE};
pub use period::{Length, Period};
pub(crate) use send::schedule_of;

/// Records that are looked at, and changes of deals.
const RECORDS_MAX: u32 = 10_000;

/// Of what a digest tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// Of all that its reader sees.
    Seen,
    /// Of what its reader looks after.
    Own,
}

/// What is open, and who looks after it.
struct Work {
    tickets: Vec<Record>,
    tasks: Vec<Record>,
    deals: Vec<Record>,
}

impl Workflows {
    /// Collects the digest of a period for a colleague, beside the period of the same length before it. It has
    /// no picture yet: see [`Workflows::picture`].
    ///
    /// # Errors
    /// The store or the index cannot be read.
    pub async fn digest(
        &self,
        period: Period,
        reader: Option<&User>,
        of: Of,
    ) -> Result<Digest, WorkflowError> {
        let (store, whose) = self.told_of(reader, of);
        self.digest_of(&store, whose, period, reader).await
    }

    /// Collects the digest of a period for a colleague, of what is seen through a store of theirs.
    ///
    /// # Errors
    /// The store or the index cannot be read.
    pub async fn digest_through(
        &self,
        store: &Store,
        period: Period,
        reader: &User,
    ) -> Result<Digest, WorkflowError> {
        self.digest_of(store, Whose::Seen, period, Some(reader)).await
    }

    async fn digest_of(
        &self,
        store: &Store,
        whose: Whose,
        period: Period,
        reader: Option<&User>,
    ) -> Result<Digest, WorkflowError> {
        let zone = self.zone_of(reader);
        let Period { from, to, at } = period;
        let traffic = store.traffic(from, to).await?;
        // With what was before the first mail nothing is compared.
        let began = store.first_message_at().await?.filter(|began| *began < from);
        let earlier = began.map(|_| period.before(zone));
        let before = match earlier {
            Some((from, to)) => Some(figures(store, &store.traffic(from, to).await?, from, to).await?),
            None => None,
        };
        let (_, stages) = store.pipeline().await?;
        let only = reader.filter(|_| whose != Whose::Seen).map(|user| user.id);
        let mut work = work(store, only).await?;
        work.deals.retain(|deal| deals::is_open(&stages, deal.text("stage")));
        let waiting = lists::waiting(store, at).await?;
        let waits: HashSet<Id> = waiting.iter().map(|(customer, _)| *customer).collect();
        let is_manager = reader.is_none_or(|user| matches!(user.role, Role::Manager | Role::Owner));
        let of_managers = whose == Whose::Seen && is_manager;
        Ok(Digest {
            house: self.settings.house.name.clone(),
            recipient: reader.map_or(String::new(), |u| u.display_name().to_owned()),
            whose,
            from,
            to,
            at,
            zone,
            now: figures(store, &traffic, from, to).await?,
            before,
            days: days(store, &period.day_starts(zone)).await?,
            chart: None,
            intents: self.topics(store, (from, to), earlier, &traffic).await?,
            open: open(&work, at),
            due: self.due(&work.tasks, at),
            pipeline: deals::pipeline(&work.deals, &stages),
            moves: moves(store, (from, to), earlier, &stages).await?,
            breaches: self.missed(store, from, to).await?,
            unusual: self.unusual(store, from, to).await?,
            unhappy: lists::unhappy(store, from, to).await?,
            silent: self.silent(store, at, &waits).await?,
            waiting: waiting.into_iter().map(|(_, waiting)| waiting).collect(),
            praise: lists::praise(store, from, to).await?,
            requests: if of_managers { self.requests(store, at).await? } else { Vec::new() },
            campaigns: if of_managers { lists::campaigns(store, from, to).await? } else { Vec::new() },
            team: match whose {
                Whose::Seen => {
                    let now = store.counts(from, to).await?;
                    let before = match earlier {
                        Some((from, to)) => Some(store.counts(from, to).await?),
                        None => None,
                    };
                    self.team(&work, &now, before.as_ref(), at)
                }
                Whose::Own { .. } => Vec::new(),
            },
        })
    }

    /// Draws the days of a digest on a ground.
    pub fn picture(&self, digest: &mut Digest, ground: Ground) {
        digest.chart = chart::chart(&digest.days, digest.zone, ground);
    }

    /// Returns the store as far as a digest tells of it.
    fn told_of(&self, reader: Option<&User>, of: Of) -> (Store, Whose) {
        let Some(reader) = reader else { return (self.store.clone(), Whose::Seen) };
        match of {
            Of::Seen => (self.store_of(reader), Whose::Seen),
            Of::Own => {
                let own = Sight { users: vec![reader.id], unowned: false };
                let sees_no_more = self.sight(reader).is_some_and(|sight| **sight == own);
                (self.store.seen_by(Some(Arc::new(own))), Whose::Own { sees_no_more })
            }
        }
    }

    /// Counts what mails wanted as a search does: each mail for all that it wants.
    async fn topics(
        &self,
        store: &Store,
        (from, to): (Timestamp, Timestamp),
        before: Option<(Timestamp, Timestamp)>,
        traffic: &Traffic,
    ) -> Result<Vec<Topic>, WorkflowError> {
        // A search sees what the index has.
        self.index_for_search().await?;
        let visible = store.visible(NOBODY).await?;
        let count = |intent, from, to| {
            let request = Request {
                intent: Some(intent),
                direction: Some(Direction::In),
                since: Some(from),
                until: Some(to),
                visible: visible.clone(),
                limit: 0,
                ..Request::default()
            };
            self.searcher().search(&request).map(|answer| small(answer.total))
        };
        let mut topics = Vec::new();
        for (intent, _) in &traffic.intents {
            let before = before.map(|(from, to)| count(*intent, from, to)).transpose()?;
            topics.push(Topic { intent: *intent, n: count(*intent, from, to)?, before });
        }
        topics.sort_by_key(|topic| std::cmp::Reverse(topic.n));
        Ok(topics)
    }

    async fn unusual(
        &self,
        store: &Store,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Unusual>, WorkflowError> {
        let events: Vec<Event> = store.anomalies(from, to).await?;
        let mut unusual: Vec<Unusual> = Vec::new();
        for event in events {
            let What::Anomaly(anomaly) = event.what else { continue };
            let day = |at: Timestamp| at.local(self.settings.zone).date_naive();
            // Within a day the latest figure is the fullest.
            let same = |u: &Unusual| {
                u.anomaly.figure == anomaly.figure
                    && u.anomaly.intent == anomaly.intent
                    && day(u.at) == day(event.at)
            };
            unusual.retain(|u| !same(u));
            unusual.push(Unusual { at: event.at, anomaly });
        }
        unusual.reverse();
        Ok(unusual)
    }

    fn team(&self, work: &Work, now: &Counts, before: Option<&Counts>, at: Timestamp) -> Vec<Load> {
        let load = |user: &User| {
            let n =
                |all: &[Record]| small(all.iter().filter(|r| r.get("owner").id() == Some(user.id)).count());
            let wrote = |counts: &Counts| small(counts.mails_out.get(&Some(user.id)).copied().unwrap_or(0));
            let own = |task: &&Record| task.get("owner").id() == Some(user.id);
            let mut answers: Vec<i64> =
                now.answers.iter().filter(|(by, _)| *by == Some(user.id)).map(|(_, wait)| *wait).collect();
            answers.sort_unstable();
            Load {
                name: user.display_name().to_owned(),
                tickets: n(&work.tickets),
                tasks: n(&work.tasks),
                overdue: small(work.tasks.iter().filter(own).filter(|task| is_late(task, at)).count()),
                deals: n(&work.deals),
                answered: wrote(now),
                answered_before: before.map(wrote),
                first_answer: answers.get(answers.len() / 2).copied(),
            }
        };
        let has_any = |load: &Load| {
            load.tickets + load.tasks + load.deals + load.answered + load.answered_before.unwrap_or(0) > 0
        };
        self.users.iter().map(load).filter(has_any).collect()
    }
}

/// Loads what is open: all of it, or what somebody looks after.
async fn work(store: &Store, owner: Option<Id>) -> Result<Work, WorkflowError> {
    let filter = |field: Option<&'static str>| {
        let open = field.map(|field| (field, Value::Null));
        let of = owner.map(|owner| ("owner", Value::from(owner)));
        Filter { equal: open.into_iter().chain(of).collect(), limit: RECORDS_MAX, ..Filter::default() }
    };
    Ok(Work {
        tickets: store.list(Kind::Ticket, &filter(Some("closed_at"))).await?,
        tasks: store.list(Kind::Task, &filter(Some("done_at"))).await?,
        deals: store.list(Kind::Deal, &filter(None)).await?,
    })
}

fn open(work: &Work, at: Timestamp) -> Open {
    let opened = |ticket: &&Record| ticket.get("opened_at").time().unwrap_or(at);
    let sleeps = |ticket: &&Record| ticket.get("snoozed_until").time().is_some_and(|until| until > at);
    let oldest = work.tickets.iter().min_by_key(opened).map(|ticket| OldestTicket {
        number: ticket.short(),
        title: ticket.text("title").to_owned(),
        since: opened(&ticket),
    });
    Open {
        tickets: small(work.tickets.len()),
        snoozed: small(work.tickets.iter().filter(sleeps).count()),
        oldest,
        tasks: small(work.tasks.len()),
        overdue: small(work.tasks.iter().filter(|task| is_late(task, at)).count()),
        deals: small(work.deals.len()),
    }
}

fn is_late(task: &Record, at: Timestamp) -> bool {
    task.get("due").time().is_some_and(|due| due < at)
}

async fn days(store: &Store, starts: &[Timestamp]) -> Result<Vec<DayFigures>, WorkflowError> {
    let counts = store.days(starts).await?;
    let day = |(day, count): (&Timestamp, rapport_storage::stretch::Day)| DayFigures {
        day: *day,
        mails_in: count.n_in,
        unhappy: count.n_negative,
        mails_out: count.n_out,
    };
    Ok(starts.iter().zip(counts).map(day).collect())
}

async fn moves(
    store: &Store,
    (from, to): (Timestamp, Timestamp),
    before: Option<(Timestamp, Timestamp)>,
    stages: &[Stage],
) -> Result<Vec<Moves>, WorkflowError> {
    let now = deals::ways(&store.stage_changes(from, to, RECORDS_MAX).await?, stages);
    let before = match before {
        Some((from, to)) => Some(deals::ways(&store.stage_changes(from, to, RECORDS_MAX).await?, stages)),
        None => None,
    };
    let ids: HashSet<Id> = now.values().flatten().copied().collect();
    let records = store.records(Kind::Deal, &ids.into_iter().collect::<Vec<_>>()).await?;
    Ok(deals::moves(&now, before.as_ref(), &records))
}

async fn figures(
    store: &Store,
    traffic: &Traffic,
    from: Timestamp,
    to: Timestamp,
) -> Result<Figures, WorkflowError> {
    let (answers, tickets) = (&traffic.answer_times, store.ticket_counts(from, to).await?);
    Ok(Figures {
        mails_in: small(traffic.n_in),
        mails_out: small(traffic.n_out),
        automated: small(traffic.n_automated),
        unhappy: small(traffic.n_negative),
        new_customers: small(traffic.n_new_customers),
        first_answer: answers.get(answers.len() / 2).copied(),
        mood: traffic.mean_score,
        tickets_opened: small(tickets.opened),
        tickets_closed: small(tickets.closed),
        follow_ups: small(store.follow_ups_sent(from, to).await?),
    })
}

fn small(n: impl TryInto<u32>) -> u32 {
    n.try_into().unwrap_or(u32::MAX)
}
