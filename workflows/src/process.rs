//! The way of a message after it was taken in: load, understand, record, react, commit.

use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use rapport_model::action::Deed;
use rapport_model::event::{DealFacts, Event, Facts, Load, MessageFacts, What};
use rapport_model::job::{Job, JobOutcome, Task};
use rapport_model::message::Automation;
use rapport_model::people::User;
use rapport_model::reading::{EntityKind, Reading};
use rapport_model::time::{MINUTE, SECOND};
use rapport_model::{Id, Kind, Record, RecordRef, Timestamp};
use rapport_storage::facts::Known;
use rapport_storage::messages::Loaded;
use rapport_storage::work::Work;

use crate::ask::Asking;
use crate::carry_out::{Decided, Scene, carry_out, foresee};
use crate::limits::Spent;
use crate::promise;
use crate::record::record;
use crate::rules::Trigger;
use crate::service::clock;
use crate::understand::text_of;
use crate::workflows::lock;
use crate::{Heard, WorkflowError, Workflows};

/// Messages that are understood and committed together.
const TOGETHER: u32 = 128;
/// How often a message is tried before a person has to look at it.
const ATTEMPTS_MAX: u32 = 5;

impl Workflows {
    /// Understands waiting messages, in the order they came, and does what follows. Returns how
    /// many there were.
    ///
    /// # Errors
    /// The store cannot be read or written. Nothing is lost: the jobs are tried again.
    pub async fn understand_waiting(&self) -> Result<usize, WorkflowError> {
        let jobs = self.store.claim("understand", TOGETHER).await?;
        if jobs.is_empty() {
            return Ok(0);
        }
        let ids: Vec<Id> = jobs.iter().filter_map(message_of).collect();
        let messages = self.store.messages(&ids).await?;
        let customers = messages.iter().filter_map(|m| m.customer).collect();
        let restricted = self.store.restricted(&customers).await?;
        let readings = self.read(&messages, &restricted);
        self.refresh().await?;
        let works = self.decide(&jobs, messages, readings).await?;
        self.store.commit(works).await?;
        Ok(jobs.len())
    }

    /// Reads messages; one at which the engine fails costs only itself. Those of customers of whom what is
    /// held may only be kept are not read.
    fn read(&self, messages: &[Loaded], restricted: &HashSet<Id>) -> HashMap<Id, Result<Reading, String>> {
        let is_read = |m: &&Loaded| !m.customer.is_some_and(|customer| restricted.contains(&customer));
        let messages: Vec<&Loaded> = messages.iter().filter(is_read).collect();
        let texts: Vec<String> = messages.iter().map(|message| text_of(message)).collect();
        let all: Vec<(&str, Timestamp)> =
            texts.iter().zip(&messages).map(|(t, m)| (t.as_str(), m.received_at)).collect();
        let mut reader = lock(&self.reader);
        let mut read = |texts: &[(&str, Timestamp)]| {
            // The engine keeps nothing between texts, so a panic leaves nothing half done.
            catch_unwind(AssertUnwindSafe(|| reader.read(texts)))
                .unwrap_or(Err(rapport_nlp::NlpError::Panicked))
                .map_err(|e| e.to_string())
        };
        let readings: Vec<Result<Reading, String>> = match read(&all) {
            Ok(readings) => readings.into_iter().map(Ok).collect(),
            Err(_) => all
                .iter()
                .map(|one| {
                    read(std::slice::from_ref(one))
                        .and_then(|mut r| r.pop().ok_or_else(|| "no reading".into()))
                })
                .collect(),
        };
        messages.iter().map(|message| message.id).zip(readings).collect()
    }

    async fn decide(
        &self,
        jobs: &[Job],
        messages: Vec<Loaded>,
        mut readings: HashMap<Id, Result<Reading, String>>,
    ) -> Result<Vec<Work>, WorkflowError> {
        let now = self.store.clock().now();
        let customers: HashSet<Id> = messages.iter().filter_map(|m| m.customer).collect();
        let threads: HashSet<Id> = messages.iter().map(|m| m.thread).collect();
        let loaded = self.store.known(&customers, &threads).await?;
        let mut known = loaded.clone();
        let mut loads = self.loads(&messages).await?;
        let mut spent = self.spent(Some(Trigger::Message), &customers, now).await?;
        let mut meetings = self.meetings(&messages).await?;
        let reachable = self.store.reachable().await?;
        let mut by_id: HashMap<Id, (Loaded, Option<Result<Reading, String>>)> = messages
            .into_iter()
            .map(|m| (m.id, readings.remove(&m.id), m))
            .map(|(id, r, m)| (id, (m, r)))
            .collect();

        let mut works = Vec::with_capacity(jobs.len());
        let mut scenes = Vec::new();
        for job in jobs {
            let mut work = Work { job: Some((job.id, job.fence, None)), ..Work::default() };
            match message_of(job).and_then(|id| by_id.remove(&id)) {
                None => {}
                Some((message, None)) => {
                    work.basis = Some(loaded.basis(message.customer, message.thread));
                    // It is kept and shown. Once that is over, it is read.
                    if self.is_card(&message, &reachable) {
                        self.show_mail(&message, &known, &reachable, &mut work).await?;
                    }
                    self.asked_by_restricted(&message, &mut known, now, &mut work).await?;
                }
                Some((_, Some(Err(why)))) => {
                    work.job = Some((job.id, job.fence, Some(failed(job, now, why))))
                }
                Some((message, Some(Ok(reading)))) => {
                    work.basis = Some(loaded.basis(message.customer, message.thread));
                    self.meet(&message, &mut known, &mut meetings, now, &mut work)?;
                    if let Some(rating) = self.given_by_mail(&message, now).await? {
                        work.acts.push((self.store.act("rating"), vec![rating]));
                    }
                    // In a house without chats nothing is copied.
                    let shown = self.is_card(&message, &reachable).then(|| message.clone());
                    if let Some(scene) =
                        self.look_at(message, reading, &mut known, (&mut loads, &mut spent), now, &mut work)
                    {
                        scenes.push((works.len(), scene));
                    }
                    if let Some(shown) = shown {
                        self.show_mail(&shown, &known, &reachable, &mut work).await?;
                    }
                }
            }
            works.push(work);
        }
        self.play(scenes, &mut works, now).await?;
        Ok(works)
    }

    /// Records a message and asks the rules. Returns what they decided, if they did.
    fn look_at(
        &self,
        message: Loaded,
        reading: Reading,
        known: &mut Known,
        (loads, spent): (&mut HashMap<String, Vec<Load>>, &mut Spent),
        now: Timestamp,
        work: &mut Work,
    ) -> Option<Decision> {
        if message.automation != Automation::None {
            work.readings.push((message.id, reading));
            return None;
        }
        let event = message_event(self.store.new_id(), now, &message, &reading);
        if let Some(customer) = message.customer.and_then(|id| known.customers.get_mut(&id)) {
            let change = record(&message, &reading, customer);
            if !change.is_empty() {
                let mut act = self.store.act("record");
                act.cause = Some(event.id);
                work.acts.push((act, vec![change]));
            }
        }
        let mut facts = self.facts(message.customer, message.thread, known);
        facts.team = loads.get(&message.account).cloned().unwrap_or_default();
        // Who writes brings back what was put off.
        let ticket =
            facts.thread.as_ref().and_then(|thread| thread.ticket.as_ref()).filter(|ticket| ticket.snoozed);
        work.jobs.extend(ticket.map(|ticket| clock(ticket.id, now.plus(SECOND))));
        let rules = self.active_rules();
        let hours = self.hours_with(&message.account, &facts);
        let asking = Asking { rules: &rules, hours, started: message.received_at, now };
        let (decided, firings) = self.ask(&event, &mut facts, &asking, spent);
        work.firings.extend(firings);
        for one in &decided {
            if let Deed::Assign(to) = one.action.deed {
                // Whoever gets the customer gets what is made and told for them, too.
                facts.owner = self.user(to).map(|user| self.as_chosen(user));
                for load in loads.values_mut().flatten().filter(|load| load.user == to) {
                    load.open += 1;
                    load.given_at = Some(now);
                }
            }
            let owner = facts.owner.as_ref().map(|u| u.id);
            foresee(one, &message, owner, known.threads.get_mut(&message.thread));
            foresee_customer(one, message.customer, message.author, (known, &self.pipeline.1));
        }
        work.readings.push((message.id, reading.clone()));
        work.events.push(event.clone());
        let is_told = !decided.is_empty() || self.preferences().anybody_follows();
        is_told.then_some(Decision { event, facts, message, reading, decided })
    }

    /// Puts together what rules may know.
    pub(crate) fn facts(&self, customer: Option<Id>, thread: Id, known: &Known) -> Facts {
        let customer = customer.and_then(|id| known.customers.get(&id));
        let owner: Option<&User> = customer.and_then(|c| c.owner).and_then(|id| self.user(id));
        Facts {
            deal: customer.and_then(|c| known.deals.get(&c.id)).cloned(),
            customer: customer.cloned(),
            thread: known.threads.get(&thread).cloned(),
            zone: self.zone_of(owner).name().to_owned(),
            owner: owner.map(|owner| self.as_chosen(owner)),
            team: Vec::new(),
            started: None,
            open: None,
            score: None,
            spent: Vec::new(),
        }
    }

    /// Returns a colleague with the zone and the language that they have by now.
    pub(crate) fn as_chosen(&self, user: &User) -> User {
        let zone = self.zone_of(Some(user)).name().to_owned();
        User { zone, language: self.language_of(Some(user)).code().to_owned(), ..user.clone() }
    }

    /// Counts what the teams of these messages' mailboxes have to do, where a rule asks for it.
    pub(crate) async fn loads(
        &self,
        messages: &[Loaded],
    ) -> Result<HashMap<String, Vec<Load>>, WorkflowError> {
        let mut loads = HashMap::new();
        for account in messages.iter().map(|m| &m.account).filter(|_| self.active_rules().assigns()) {
            let team: Vec<Id> = self.team_of(account).map(|user| user.id).collect();
            if !team.is_empty() && !loads.contains_key(account) {
                loads.insert(account.clone(), self.store.loads(&team).await?);
            }
        }
        Ok(loads)
    }

    /// Returns who is told of what nobody looks after: of those who see it the mailbox's team, else the
    /// managers.
    pub(crate) fn unowned(&self, mailbox: &str) -> Vec<&User> {
        let team: Vec<&User> = self.team_of(mailbox).filter(|user| self.sees_unowned(user)).collect();
        if team.is_empty() { self.managers().filter(|user| self.sees_unowned(user)).collect() } else { team }
    }

    /// Carries out what was decided, once the names it needs are loaded.
    async fn play(
        &self,
        scenes: Vec<(usize, Decision)>,
        works: &mut [Work],
        now: Timestamp,
    ) -> Result<(), WorkflowError> {
        let ids: HashSet<Id> = scenes.iter().filter_map(|(_, d)| d.message.customer).collect();
        let ids: Vec<Id> = ids.into_iter().collect();
        let records = self.store.records(Kind::Customer, &ids).await?;
        let customers: HashMap<Id, Record> = records.into_iter().map(|r| (r.record.id, r)).collect();
        let heard = if scenes.is_empty() { Heard::default() } else { self.heard(now).await? };
        for (i, decision) in &scenes {
            let customer = decision.message.customer.and_then(|id| customers.get(&id));
            let new_id = || self.store.new_id();
            let scene = Scene {
                message: Some(&decision.message),
                reading: Some(&decision.reading),
                customer,
                team: self.unowned(&decision.message.account),
                ..self.scene(&decision.event, &decision.facts, &heard, now, &new_id)
            };
            carry_out(&scene, &decision.decided, &mut works[*i])?;
            scene.tell_followers(&mut works[*i])?;
        }
        Ok(())
    }

    /// Starts a scene with what the house gives to each.
    pub(crate) fn scene<'a>(
        &'a self,
        event: &'a Event,
        facts: &'a Facts,
        heard: &'a Heard,
        now: Timestamp,
        new_id: &'a dyn Fn() -> Id,
    ) -> Scene<'a> {
        Scene {
            event,
            facts,
            message: None,
            reading: None,
            customer: None,
            record: None,
            prompts: self.prompts(),
            house: &self.settings.house.name,
            language: self.settings.language,
            zone: self.settings.zone,
            privacy: self.settings.privacy,
            pipeline: (self.pipeline.0, &self.pipeline.1),
            managers: self.managers().collect(),
            team: self.managers().collect(),
            followers: self.followers(&followed_by(event, facts)),
            preferences: self.preferences(),
            rules: self.active_rules(),
            heard,
            now,
            new_id,
        }
    }
}

/// What the rules decided about a message, waiting for names.
struct Decision {
    event: Event,
    facts: Facts,
    message: Loaded,
    reading: Reading,
    decided: Vec<Decided>,
}

/// Returns the records of an event whose followers it is told to.
fn followed_by(event: &Event, facts: &Facts) -> Vec<RecordRef> {
    let customer = facts.customer.as_ref().map(|c| RecordRef::new(Kind::Customer, c.id));
    let ticket = facts.thread.as_ref().and_then(|t| t.ticket.as_ref());
    let ticket = ticket.map(|t| RecordRef::new(Kind::Ticket, t.id));
    customer.into_iter().chain(ticket).chain(event.about).collect()
}

/// Keeps what is known of a customer in step with what was decided about a message of theirs; `author` is the
/// colleague who wrote it.
pub(crate) fn foresee_customer(
    decided: &Decided,
    customer: Option<Id>,
    author: Option<Id>,
    (known, first_stage): (&mut Known, &str),
) {
    let Some(customer) = customer else { return };
    match &decided.action.deed {
        Deed::OpenDeal => {
            known.deals.insert(customer, DealFacts { id: decided.id, stage: first_stage.to_owned() });
        }
        Deed::SetLifecycle(lifecycle) => {
            if let Some(facts) = known.customers.get_mut(&customer) {
                facts.lifecycle = *lifecycle;
            }
        }
        Deed::TakeOwnership => {
            if let Some(facts) = known.customers.get_mut(&customer) {
                facts.owner = author.or(facts.owner);
            }
        }
        Deed::Assign(to) => {
            if let Some(facts) = known.customers.get_mut(&customer) {
                facts.owner = Some(*to);
            }
        }
        Deed::MoveDeal(stage) => {
            if let Some(deal) = known.deals.get_mut(&customer) {
                deal.stage.clone_from(stage);
            }
        }
        Deed::Tag(tag) => {
            if let Some(facts) = known.customers.get_mut(&customer) {
                facts.tags.push(tag.clone());
            }
        }
        Deed::Untag(tag) => {
            if let Some(facts) = known.customers.get_mut(&customer) {
                facts.tags.retain(|one| one != tag);
            }
        }
        Deed::OptOut => {
            if let Some(facts) = known.customers.get_mut(&customer) {
                facts.refusals.all = true;
            }
        }
        Deed::OpenRequest(rights) => {
            if let Some(facts) = known.customers.get_mut(&customer) {
                facts.asked.extend(rights);
            }
        }
        _ => {}
    }
}

fn message_of(job: &Job) -> Option<Id> {
    match job.task {
        Task::Understand { message } => Some(message),
        _ => None,
    }
}

/// Waits longer after each attempt, then gives up for a person to see.
pub(crate) fn failed(job: &Job, now: Timestamp, why: String) -> JobOutcome {
    if job.attempt >= ATTEMPTS_MAX {
        return JobOutcome::GiveUp { why };
    }
    let wait = MINUTE << job.attempt;
    // Those that failed together are not tried again together.
    let jitter = job.id.0.rem_euclid(wait / 4);
    JobOutcome::Postpone { at: now.plus(wait + jitter), why }
}

/// Returns the event that a message came.
pub(crate) fn message_event(id: Id, at: Timestamp, message: &Loaded, reading: &Reading) -> Event {
    Event {
        id,
        at,
        about: Some(RecordRef::new(Kind::Message, message.id)),
        cause: None,
        depth: 0,
        what: What::Message(message_facts(message, reading)),
    }
}

fn message_facts(message: &Loaded, reading: &Reading) -> MessageFacts {
    MessageFacts {
        message: message.id,
        channel: message.channel,
        direction: message.direction,
        automation: message.automation,
        trust: message.trust,
        history: message.history,
        received_at: message.received_at,
        language: reading.language.clone(),
        intents: reading.intents.clone(),
        mood: reading.sentiment.label,
        score: reading.sentiment.score,
        urgent: reading.urgent,
        mentions: named(reading),
        products: products(reading),
        rights: reading.rights.clone(),
        promises: promise::dated(reading),
        fulfils: reading.fulfils || message.n_attachments > 0,
    }
}

/// Returns what sorts of things a message names.
fn named(reading: &Reading) -> Vec<EntityKind> {
    let mut kinds: Vec<EntityKind> = reading.entities.iter().map(|entity| entity.kind).collect();
    kinds.sort();
    kinds.dedup();
    kinds
}

/// Returns the products of the house that a message names.
fn products(reading: &Reading) -> Vec<String> {
    let of_house = reading.entities.iter().filter(|entity| entity.kind == EntityKind::Product);
    let mut products: Vec<String> = of_house.map(|entity| entity.value.clone()).collect();
    products.sort();
    products.dedup();
    products
}
