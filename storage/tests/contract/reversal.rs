//! Whatever is done, taken back in reverse it leaves nothing.

use rapport_model::{Actor, Change, Id, Kind, Op, RecordRef, Value};

use rapport_storage::records::Filter;

use crate::support::{House, MIA, contract, kept, mail};

const SEEDS: u64 = 6;
const STEPS: usize = 30;

/// A row of numbers that a seed fixes.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.roll(from.len())]
    }
}

/// Four customers with mails, a deal and a note each.
async fn people(house: &House) -> (Vec<RecordRef>, Vec<RecordRef>) {
    let (mut customers, mut others) = (Vec::new(), Vec::new());
    for i in 0..4 {
        let mut customer = None;
        for j in 0..=i {
            let mail =
                mail(&format!("p{i}m{j}")).from(&format!("Person {i}"), &format!("p{i}@firm{i}.example"));
            customer = kept(house.receives(mail).await).customer;
        }
        let id = customer.unwrap();
        customers.push(RecordRef::new(Kind::Customer, id));
        for (kind, field) in [(Kind::Deal, "title"), (Kind::Note, "body")] {
            let words = Value::from(format!("{field} of {i}"));
            others.push(house.makes(kind, &[("customer", id.into()), (field, words)]).await);
        }
    }
    (customers, others)
}

/// Changes one field of a record to something else.
async fn change(house: &House, dice: &mut Dice, record: RecordRef) -> Option<Id> {
    let before = house.store.record(record).await.unwrap().unwrap();
    let field = match record.kind {
        Kind::Customer => dice.pick(&["name", "language", "zone", "tags", "attrs"]),
        Kind::Deal => dice.pick(&["title", "stage", "currency"]),
        _ => "body",
    };
    let after = dice.pick(&[None, Some("[\"a\"]"), Some("[\"b\"]"), Some("[\"王\"]")]);
    let change = Change::update(record).set(field, before.get(field).clone(), after);
    if change.is_empty() { None } else { Some(house.changes(change).await) }
}

/// Does something, and returns the act if anything was done.
async fn act(house: &House, dice: &mut Dice, customers: &[RecordRef], others: &[RecordRef]) -> Option<Id> {
    let last = async |record: RecordRef| house.store.history(record).await.unwrap().last().map(|e| e.act.id);
    match dice.roll(10) {
        0..=3 => {
            let record = dice.pick(customers);
            change(house, dice, record).await
        }
        4 | 5 => {
            let record = dice.pick(others);
            change(house, dice, record).await
        }
        6 => {
            let record = dice.pick(others);
            let deleted = house.store.record(record).await.unwrap().unwrap().deleted;
            let op = if deleted { Op::Restore } else { Op::Delete };
            Some(house.changes(Change { record, op, fields: Vec::new() }).await)
        }
        7 | 8 => {
            let (kept, merged) = (dice.pick(customers), dice.pick(customers));
            let done = house.store.merge(kept, merged, Actor::User(MIA)).await.unwrap();
            if done.is_ok() { last(merged).await } else { None }
        }
        _ => {
            let merged = dice.pick(customers);
            let done = house.store.split(merged, Actor::User(MIA)).await.unwrap();
            if done.is_ok() { last(merged).await } else { None }
        }
    }
}

/// What the records say, to be read when it is not as before.
async fn said(house: &House) -> Vec<String> {
    let mut all = Vec::new();
    for kind in [Kind::Customer, Kind::Company, Kind::Identity, Kind::Deal, Kind::Note, Kind::Thread] {
        let records = house.store.list(kind, &Filter::default()).await.unwrap();
        all.extend(records.iter().map(|r| format!("{kind} {}: {:?}", r.record.id, r.fields)));
    }
    all
}

contract! {
    async fn any_history_taken_back_in_reverse_is_the_first_state(house: House) {
        let (customers, others) = people(&house).await;
        let (first, before) = (house.store.digest().await.unwrap(), said(&house).await);
        for seed in 0..SEEDS {
            let mut dice = Dice(seed * 7919 + 1);
            let mut acts = Vec::new();
            for _ in 0..STEPS {
                acts.extend(act(&house, &mut dice, &customers, &others).await);
            }
            assert!(acts.len() > STEPS / 3, "seed {seed}: something was done");
            assert_ne!(house.store.digest().await.unwrap(), first, "seed {seed}: and it shows");
            for act in acts.iter().rev() {
                let undone = house.store.undo(*act, Actor::User(MIA)).await.unwrap();
                assert!(undone.is_ok(), "seed {seed}: {act}: {undone:?}");
            }
            assert_eq!(said(&house).await, before, "seed {seed}");
            assert_eq!(house.store.digest().await.unwrap(), first, "seed {seed}");
        }
        house.seals().await;
        assert_eq!(house.store.audit().await.unwrap().faults, vec![]);
    }
}
