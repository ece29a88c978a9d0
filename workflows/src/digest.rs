//! Collects what a manager's digest says. The words are the prompts'.

use rapport_model::event::{Event, What};
use rapport_model::people::User;
use rapport_model::reading::Mood;
use rapport_model::{Id, Kind, Money, RecordRef, ShortNumber, Timestamp, Value};
use rapport_prompts::{
    Digest, Figures, Load, OldestTicket, Praise, StageFigures, Tickets, Unhappy, Unusual, Waiting,
};
use rapport_storage::Store;
use rapport_storage::records::Filter;
use rapport_storage::report::Traffic;

use crate::carry_out::harmless;
use crate::{WorkflowError, Workflows};

/// How many customers a list of the digest names.
const LISTED: usize = 5;
const EXCERPT_CHARS_MAX: usize = 120;

impl Workflows {
    /// Collects the digest of `from..to` for a colleague, beside the period of the same length
    /// before it.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn digest(
        &self,
        from: Timestamp,
        to: Timestamp,
        reader: Option<&User>,
    ) -> Result<Digest, WorkflowError> {
        let store = &reader.map_or_else(|| self.store.clone(), |reader| self.store_of(reader));
        let traffic = store.traffic(from, to).await?;
        let earlier = from.plus(-to.since(from));
        let began = store.first_message_at().await?;
        let before = match began {
            Some(began) if began < from => Some(figures(&store.traffic(earlier, from).await?)),
            _ => None,
        };
        let tasks = tasks(store).await?;
        Ok(Digest {
            house: self.settings.house.name.clone(),
            recipient: reader.map_or(String::new(), |u| u.display_name().to_owned()),
            from,
            to,
            zone: self.zone_of(reader),
            now: figures(&traffic),
            before,
            intents: traffic.intents.iter().map(|(intent, n)| (*intent, small(*n))).collect(),
            tickets: tickets(store, from, to).await?,
            tasks_due: small(tasks.iter().filter(|due| **due >= to).count()),
            tasks_overdue: small(tasks.iter().filter(|due| **due < to).count()),
            follow_ups: small(store.follow_ups_sent(from, to).await?),
            pipeline: stages(store).await?,
            unusual: self.unusual(store, from, to).await?,
            unhappy: unhappy(store, from, to).await?,
            waiting: waiting(store, to).await?,
            praise: praise(store, from, to).await?,
            team: self.team(store, from, to).await?,
        })
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
            unusual.retain(|u| u.anomaly.figure != anomaly.figure || day(u.at) != day(event.at));
            unusual.push(Unusual { at: event.at, anomaly });
        }
        unusual.reverse();
        Ok(unusual)
    }

    async fn team(&self, store: &Store, from: Timestamp, to: Timestamp) -> Result<Vec<Load>, WorkflowError> {
        let mut team = Vec::new();
        for user in &self.users {
            let open = |field| Filter {
                equal: vec![("owner", Value::from(user.id)), (field, Value::Null)],
                limit: 10_000,
                ..Filter::default()
            };
            let load = Load {
                name: user.display_name().to_owned(),
                tickets: small(store.list(Kind::Ticket, &open("closed_at")).await?.len()),
                tasks: small(store.list(Kind::Task, &open("done_at")).await?.len()),
                answered: small(store.written_by(user.id, from, to).await?),
            };
            if load.tickets + load.tasks + load.answered > 0 {
                team.push(load);
            }
        }
        Ok(team)
    }
}

/// Returns when the open tasks are due.
async fn tasks(store: &Store) -> Result<Vec<Timestamp>, WorkflowError> {
    let open = Filter { equal: vec![("done_at", Value::Null)], limit: 10_000, ..Filter::default() };
    Ok(store.list(Kind::Task, &open).await?.iter().filter_map(|t| t.get("due").time()).collect())
}

async fn tickets(store: &Store, from: Timestamp, to: Timestamp) -> Result<Tickets, WorkflowError> {
    let counts = store.ticket_counts(from, to).await?;
    let oldest = Filter {
        equal: vec![("closed_at", Value::Null)],
        order: Some(("opened_at", false)),
        limit: 1,
        ..Filter::default()
    };
    let oldest = store.list(Kind::Ticket, &oldest).await?.pop();
    Ok(Tickets {
        opened: small(counts.opened),
        closed: small(counts.closed),
        open: small(counts.open),
        oldest: oldest.map(|t| OldestTicket {
            number: t.short(),
            title: t.text("title").to_owned(),
            since: t.get("opened_at").time().unwrap_or(to),
        }),
    })
}

async fn stages(store: &Store) -> Result<Vec<StageFigures>, WorkflowError> {
    let sums = store.stage_sums().await?;
    let (_, stages) = store.pipeline().await?;
    let figures = |stage: &str| {
        let of_stage = || sums.iter().filter(|s| s.stage == stage);
        let worth = |s: &&rapport_storage::report::StageSum| !s.currency.is_empty();
        StageFigures {
            stage: stage.to_owned(),
            n: small(of_stage().map(|s| s.n).sum::<i64>()),
            totals: of_stage().filter(worth).map(|s| Money::new(s.amount, &s.currency)).collect(),
        }
    };
    let open = stages.iter().filter(|s| s.probability > 0.0 && s.probability < 1.0);
    Ok(open.map(|s| figures(&s.name)).filter(|s| s.n > 0).collect())
}

async fn unhappy(store: &Store, from: Timestamp, to: Timestamp) -> Result<Vec<Unhappy>, WorkflowError> {
    let mut unhappy: Vec<Unhappy> = Vec::new();
    for (message, customer, score) in store.moods(Mood::Negative, from, to, 50).await? {
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

async fn waiting(store: &Store, to: Timestamp) -> Result<Vec<Waiting>, WorkflowError> {
    let mut waiting = Vec::new();
    for (customer, thread, since) in store.waiting(to, LISTED as u32).await? {
        let Some((number, name)) = name(store, customer).await? else { continue };
        let thread = store.record(RecordRef::new(Kind::Thread, thread)).await?;
        let subject = thread.map_or(String::new(), |t| t.text("subject").to_owned());
        waiting.push(Waiting { number, name, subject, since });
    }
    Ok(waiting)
}

async fn praise(store: &Store, from: Timestamp, to: Timestamp) -> Result<Vec<Praise>, WorkflowError> {
    let mut praise = Vec::new();
    for (message, customer, _) in store.moods(Mood::Positive, from, to, LISTED as u32).await? {
        let Some((number, name)) = name(store, customer).await? else { continue };
        let Some(message) = store.message(message).await? else { continue };
        praise.push(Praise { number, name, excerpt: excerpt(message.own_text()) });
    }
    Ok(praise)
}

async fn name(store: &Store, customer: Id) -> Result<Option<(ShortNumber, String)>, WorkflowError> {
    let record = store.record(RecordRef::new(Kind::Customer, customer)).await?;
    Ok(record.map(|r| (r.short(), r.text("name").to_owned())))
}

fn figures(traffic: &Traffic) -> Figures {
    let answers = &traffic.answer_times;
    Figures {
        mails_in: small(traffic.n_in),
        mails_out: small(traffic.n_out),
        automated: small(traffic.n_automated),
        new_customers: small(traffic.n_new_customers),
        first_answer: answers.get(answers.len() / 2).copied(),
        mood: traffic.mean_score,
        negative: (traffic.n_in > 0).then(|| traffic.n_negative as f64 / traffic.n_in as f64),
    }
}

fn excerpt(text: &str) -> String {
    harmless(&rapport_nlp::text::excerpt(text, EXCERPT_CHARS_MAX))
}

fn small(n: impl TryInto<u32>) -> u32 {
    n.try_into().unwrap_or(u32::MAX)
}
