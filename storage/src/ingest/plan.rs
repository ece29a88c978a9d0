//! Decides where each message of a batch belongs, from what is known; no I/O.

use std::collections::HashMap;

use rapport_model::address::{company_domain, company_name};
use rapport_model::message::{Automation, Content, Cursor, Direction};
use rapport_model::{Act, Actor, Change, Id, Kind, Mailbox, RecordRef, Timestamp};

use super::Fate;
use super::claim::Claimed;
use super::lookup::{Known, Party, Thread};
use super::ready::{Blind, Ready, SeenKey, mailboxes};
use crate::keys::{HOUSE_KEY, KeyId};
use crate::open::Inner;

/// What a batch will write.
#[derive(Default)]
pub(super) struct Plan<'a> {
    pub(super) fates: Vec<Fate>,
    pub(super) seen: Vec<(&'a SeenKey, Id, &'static str)>,
    pub(super) messages: Vec<Kept<'a>>,
    pub(super) quarantined: Vec<(Id, &'a Ready)>,
    pub(super) strangers: Vec<Stranger<'a>>,
    pub(super) refs: Vec<(Blind, Id)>,
    pub(super) threads: HashMap<Id, ThreadWrite<'a>>,
    /// Conversations that a message shows to be parts of others: the part, then the whole.
    pub(super) joins: Vec<(Id, Id)>,
    pub(super) acts: Vec<(Act, Vec<Change>)>,
    /// How far each channel has got, duplicates included.
    pub(super) cursors: Vec<&'a Cursor>,
    /// The keys of customers and companies that the acts create.
    pub(super) keys: HashMap<Id, KeyId>,
    /// How many jobs wait in the lanes of those who were known.
    pub(super) waiting: HashMap<Id, i64>,
    /// Keys that were not needed.
    pub(super) spares: Vec<KeyId>,
}

/// A message with its place.
pub(super) struct Kept<'a> {
    pub(super) id: Id,
    pub(super) thread: Id,
    pub(super) customer: Option<Id>,
    /// Its outside party's: the author's if it came in, the first recipient's if it went out.
    pub(super) key: KeyId,
    /// Its author, for whom it waits to be understood.
    pub(super) lane: Option<Id>,
    pub(super) ready: &'a Ready,
    pub(super) content: &'a Content,
    pub(super) parties: Vec<(&'static str, i64, Id)>,
}

/// An identity that belongs to nobody yet.
pub(super) struct Stranger<'a> {
    pub(super) id: Id,
    pub(super) key: KeyId,
    pub(super) mailbox: &'a Mailbox,
    pub(super) blind: Blind,
}

/// What a batch adds to a conversation.
pub(super) struct ThreadWrite<'a> {
    /// The first message with its key, when the conversation is new.
    pub(super) first: Option<(&'a Ready, KeyId)>,
    /// The conversation that the first says it belongs to, without being believed.
    pub(super) perhaps: Option<Id>,
    pub(super) customer: Option<Id>,
    pub(super) n_messages: i64,
    pub(super) earliest: Timestamp,
    pub(super) latest: Timestamp,
    pub(super) last_in: Option<Timestamp>,
    pub(super) last_out: Option<Timestamp>,
}

/// Plans a batch. `spares` are new keys, as many as [`Known::n_new`].
pub(super) fn plan<'a>(inner: &Inner, batch: &[&'a Ready], mut known: Known, spares: Vec<KeyId>) -> Plan<'a> {
    let now = inner.clock.now();
    let waiting = std::mem::take(&mut known.waiting);
    let mut planner = Planner { inner, now, known, plan: Plan { spares, waiting, ..Plan::default() } };
    for ready in batch {
        planner.plan.cursors.extend(&ready.arrival.incoming.cursor);
        let fate = planner.place(ready);
        planner.plan.fates.push(fate);
    }
    planner.plan
}

struct Planner<'a, 'i> {
    inner: &'i Inner,
    now: Timestamp,
    known: Known,
    plan: Plan<'a>,
}

impl<'a> Planner<'a, '_> {
    fn place(&mut self, ready: &'a Ready) -> Fate {
        if let Some(of) = ready.keys.iter().find_map(|k| self.known.seen.get(k)).copied() {
            let fate = Fate::Duplicate { of };
            self.see(&ready.keys, of, &fate);
            return fate;
        }
        let id = self.inner.ids.next(self.now);
        let fate = match &ready.arrival.incoming.content {
            Err(unreadable) => {
                self.plan.quarantined.push((id, ready));
                Fate::Quarantined { id, reason: unreadable.reason.clone() }
            }
            Ok(content) => self.keep(id, ready, content),
        };
        self.see(&ready.keys, id, &fate);
        fate
    }

    /// Notes keys that were not known: the second place of a duplicate, too. What is known of a
    /// key stays: the first fate is the one.
    fn see(&mut self, keys: &'a [SeenKey], record: Id, fate: &Fate) {
        for key in keys {
            if !self.known.seen.contains_key(key) {
                self.known.seen.insert(key.clone(), record);
                self.plan.seen.push((key, record, fate.name()));
            }
        }
    }

    fn keep(&mut self, id: Id, ready: &'a Ready, content: &'a Content) -> Fate {
        let arrival = &ready.arrival;
        let parties: Vec<_> = mailboxes(content)
            .zip(&ready.addresses)
            .map(|(mailbox, blind)| self.party(mailbox, *blind))
            .collect();
        let author = content.from.first().map(|mailbox| (mailbox, parties[0]));
        let author_customer = match author {
            Some((mailbox, party)) if arrival.is_from_customer(content) => {
                Some(party.customer.unwrap_or_else(|| self.make_customer(ready, mailbox, party)))
            }
            Some((_, party)) if arrival.direction == Direction::In => party.customer,
            _ => None,
        };

        let (thread, new_thread) = self.thread(&ready.references);
        let perhaps = match self.known.claims.get(&ready.references[0]) {
            Some(Claimed::Perhaps(other)) => Some(*other),
            _ => None,
        };
        let customer = match arrival.direction {
            Direction::In => author_customer,
            Direction::Out => {
                let addressed = parties[content.from.len()..].iter().find_map(|p| p.customer);
                addressed.or_else(|| self.known.threads.get(&thread).and_then(|t| t.customer))
            }
            Direction::Internal => None,
        };
        let outside = match arrival.direction {
            Direction::In => parties.first(),
            Direction::Out => parties.get(content.from.len()),
            Direction::Internal => None,
        };
        let key = outside.map_or(HOUSE_KEY, |party| party.key);
        let lane = parties.first().map(|author| author.id);
        self.extend_thread(thread, new_thread.then_some((ready, key, perhaps)), ready, content, customer);

        let parties =
            positions(content).zip(parties).map(|((role, at), party)| (role, at, party.id)).collect();
        let automation = content.automation.as_ref().map_or(Automation::None, |a| a.automation);
        self.plan.messages.push(Kept { id, thread, customer, key, lane, ready, content, parties });
        Fate::Kept { message: id, thread, new_thread, customer, automation }
    }

    /// Finds the conversation that a message belongs to, or begins one; from now on its own id
    /// and those it answers lead there. What it answers tells before its own id does; where they
    /// disagree, an answer came before its question, and the two conversations are one.
    fn thread(&mut self, references: &[Blind]) -> (Id, bool) {
        let (own, answers) = (references[0], &references[1..]);
        let whole = |thread: Id| self.known.joined.get(&thread).copied().unwrap_or(thread);
        let answered = answers.iter().find_map(|r| self.known.refs.get(r)).copied().map(whole);
        let early = self.known.refs.get(&own).copied().map(whole);
        let claimed = match self.known.claims.get(&own) {
            Some(Claimed::Proven(thread)) => Some(whole(*thread)),
            _ => None,
        };
        let found = answered.or(early).or(claimed);
        if let (Some(found), Some(early)) = (found, early.filter(|early| Some(*early) != found))
            && self.may_be_one(found, early)
        {
            self.known.join(early, found);
            self.plan.joins.push((early, found));
        }
        let thread = found.unwrap_or_else(|| self.inner.ids.next(self.now));
        for reference in references {
            if let std::collections::hash_map::Entry::Vacant(free) = self.known.refs.entry(*reference) {
                free.insert(thread);
                self.plan.refs.push((*reference, thread));
            }
        }
        (thread, found.is_none())
    }

    /// Tells whether two conversations are not of two customers.
    fn may_be_one(&self, one: Id, other: Id) -> bool {
        let customer = |id| self.known.threads.get(&id).and_then(|thread: &Thread| thread.customer);
        customer(one).zip(customer(other)).is_none_or(|(one, other)| one == other)
    }

    fn extend_thread(
        &mut self,
        thread: Id,
        begins: Option<(&'a Ready, KeyId, Option<Id>)>,
        ready: &Ready,
        content: &Content,
        customer: Option<Id>,
    ) {
        let arrival = &ready.arrival;
        let at = arrival.incoming.received_at;
        let known = self.known.threads.entry(thread).or_insert(Thread { customer: None });
        known.customer = known.customer.or(customer);
        let customer = known.customer;
        let write = self.plan.threads.entry(thread).or_insert(ThreadWrite {
            first: None,
            perhaps: None,
            customer,
            n_messages: 0,
            earliest: at,
            latest: at,
            last_in: None,
            last_out: None,
        });
        if let Some((first, key, perhaps)) = begins {
            (write.first, write.perhaps) = (Some((first, key)), perhaps);
        }
        write.customer = customer;
        write.n_messages += 1;
        write.earliest = write.earliest.min(at);
        write.latest = write.latest.max(at);
        if content.automation.is_none() {
            match arrival.direction {
                Direction::In => write.last_in = write.last_in.max(Some(at)),
                Direction::Out => write.last_out = write.last_out.max(Some(at)),
                Direction::Internal => {}
            }
        }
    }

    fn party(&mut self, mailbox: &'a Mailbox, blind: Blind) -> Party {
        if let Some(party) = self.known.parties.get(&blind) {
            return *party;
        }
        let key = self.spare();
        let party = Party { id: self.inner.ids.next(self.now), key, customer: None, company: None };
        self.known.parties.insert(blind, party);
        self.plan.strangers.push(Stranger { id: party.id, key, mailbox, blind });
        party
    }

    fn spare(&mut self) -> KeyId {
        self.plan.spares.pop().expect("as many keys were taken as the batch may need")
    }

    fn make_customer(&mut self, ready: &Ready, mailbox: &Mailbox, party: Party) -> Id {
        let mut changes = Vec::new();
        let company = company_domain(&mailbox.address)
            .zip(ready.domain)
            .map(|(domain, blind)| self.company(domain, blind, &mut changes));
        let id = self.inner.ids.next(self.now);
        self.plan.keys.insert(id, party.key);
        let name = if mailbox.name.trim().is_empty() { mailbox.address.local() } else { mailbox.name.trim() };
        changes.push(
            Change::create(RecordRef::new(Kind::Customer, id))
                .with("name", name)
                .with("company", company)
                .with("lifecycle", "lead")
                .with("first_contact", ready.arrival.incoming.received_at)
                .with("n_in", 0)
                .with("n_out", 0),
        );
        changes.push(
            Change::update(RecordRef::new(Kind::Identity, party.id)).set("customer", None::<Id>, id).set(
                "company",
                party.company,
                company,
            ),
        );
        self.act(changes);
        self.known.parties.insert(ready.addresses[0], Party { customer: Some(id), company, ..party });
        id
    }

    fn company(&mut self, domain: &str, blind: Blind, changes: &mut Vec<Change>) -> Id {
        if let Some(company) = self.known.parties.get(&blind).and_then(|p| p.company) {
            return company;
        }
        let (company, identity) = (self.inner.ids.next(self.now), self.inner.ids.next(self.now));
        let key = self.spare();
        self.plan.keys.extend([(company, key), (identity, key)]);
        changes
            .push(Change::create(RecordRef::new(Kind::Company, company)).with("name", company_name(domain)));
        changes.push(
            Change::create(RecordRef::new(Kind::Identity, identity))
                .with("company", company)
                .with("channel", "domain")
                .with("value", domain),
        );
        self.known.parties.insert(blind, Party { id: identity, key, customer: None, company: Some(company) });
        company
    }

    fn act(&mut self, changes: Vec<Change>) {
        self.plan.acts.push((act(self.inner, self.now), changes));
    }
}

/// Makes an act of taking messages in.
pub(super) fn act(inner: &Inner, now: Timestamp) -> Act {
    let actor = Actor::Service("ingest".into());
    Act { id: inner.ids.next(now), at: now, actor, cause: None, undoes: None }
}

/// Returns role and position of everybody in [`mailboxes`], in its order.
fn positions(content: &Content) -> impl Iterator<Item = (&'static str, i64)> {
    [("from", &content.from), ("to", &content.to), ("cc", &content.cc), ("reply_to", &content.reply_to)]
        .into_iter()
        .flat_map(|(role, list)| (0..list.len()).map(move |i| (role, i as i64)))
}
