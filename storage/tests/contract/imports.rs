//! A table brought in is one batch, and one undo.

use rapport_model::event::Import;
use rapport_model::{Actor, Change, Id, Kind, Op, RecordRef, Value};
use rapport_storage::imports::{Line, PART};
use rapport_storage::undo::Refusal;

use crate::support::{House, MIA, contract};

fn facts(done: bool) -> Import {
    Import { sort: "customers".into(), source: "abc".into(), rows: 3, new: 3, done, ..Import::default() }
}

fn operator() -> Actor {
    Actor::Service("command line".into())
}

/// Makes a customer who is known by an address.
fn customer(house: &House, name: &str, address: &str) -> (RecordRef, Vec<Change>) {
    let record = RecordRef::new(Kind::Customer, house.store.new_id());
    let identity = RecordRef::new(Kind::Identity, house.store.new_id());
    let made = vec![
        Change::create(record).with("name", name).with("n_in", 0),
        Change::create(identity).with("customer", record.id).with("channel", "email").with("value", address),
    ];
    (record, made)
}

/// Brings three portions in: customers, one who is known changed twice, an address that comes back.
async fn bring_in(house: &House, ann: RecordRef, gone: RecordRef) -> (Id, RecordRef) {
    let batch = house.store.new_id();
    let (bob, mut first) = customer(house, "Bob", "bob@x.example");
    let company = RecordRef::new(Kind::Company, house.store.new_id());
    first.insert(0, Change::create(company).with("name", "Acme"));
    first.push(Change::update(ann).set("name", "Ann", "Ann Lee"));
    house.store.import(PART, batch, facts(false), first, Vec::new()).await.unwrap();
    let (_, mut second) = customer(house, "Eve", "eve@x.example");
    second.push(Change::update(ann).set("name", "Ann Lee", "Ann B. Lee").set(
        "company",
        Value::Null,
        company.id,
    ));
    second.push(Change { record: gone, op: Op::Restore, fields: Vec::new() });
    second.push(Change::update(gone).set("customer", Value::Null, bob.id));
    house.store.import(PART, batch, facts(false), second, Vec::new()).await.unwrap();
    let order = RecordRef::new(Kind::Order, house.store.new_id());
    let third = vec![Change::create(order).with("reference", "S-1").with("customer", bob.id)];
    let line = Line {
        record: order.id,
        position: 0,
        product: None,
        quantity: 2.0,
        price: 500,
        currency: "EUR".into(),
    };
    house.store.import(PART, batch, facts(true), third, vec![line]).await.unwrap();
    (batch, bob)
}

/// A customer, and an address that was taken away.
async fn people(house: &House) -> (RecordRef, RecordRef) {
    let ann = house.makes(Kind::Customer, &[("name", "Ann".into()), ("n_in", 0.into())]).await;
    let identity = [("channel", "email".into()), ("value", "old@x.example".into())];
    let gone = house.makes(Kind::Identity, &identity).await;
    house.changes(Change { record: gone, op: Op::Delete, fields: Vec::new() }).await;
    (ann, gone)
}

contract! {
    async fn a_batch_of_many_acts_is_taken_back_as_one(house: House) {
        let (ann, gone) = people(&house).await;
        let before = house.store.digest().await.unwrap();
        house.store.watch([(Kind::Customer, String::new()), (Kind::Customer, "name".to_owned())]);
        let (batch, _) = bring_in(&house, ann, gone).await;
        assert_ne!(house.store.digest().await.unwrap(), before);
        assert_eq!(house.store.job_counts().await.unwrap(), Default::default(), "nothing follows from it");
        let known = house.store.imports(10).await.unwrap();
        assert_eq!((known.len(), known[0].id, known[0].n_acts, known[0].n_undone), (1, batch, 3, 0));
        assert!(known[0].facts.done);

        let mut told = Vec::new();
        let undone = house.store.undo_import(batch, operator(), |n, of| told.push((n, of))).await.unwrap();
        assert_eq!(undone, Ok(10));
        assert_eq!(told, [(1, 3), (2, 3), (3, 3)]);
        assert_eq!(house.store.digest().await.unwrap(), before, "the records are what they were");
        assert!(house.store.imports(10).await.unwrap()[0].is_undone());
        let again = house.store.undo_import(batch, operator(), |_, _| ()).await.unwrap();
        assert_eq!(again, Err(Refusal::AlreadyUndone));
        let late = house.store.import(PART, batch, facts(true), vec![], vec![]).await.unwrap_err().to_string();
        assert!(late.contains("taken back"), "{late}");
        house.seals().await;
        assert_eq!(house.store.audit().await.unwrap().faults, vec![]);
    }
}

contract! {
    async fn what_rests_on_a_batch_keeps_all_of_it(house: House) {
        let (ann, gone) = people(&house).await;
        let (batch, bob) = bring_in(&house, ann, gone).await;
        let before = house.store.digest().await.unwrap();
        let undo = async || house.store.undo_import(batch, operator(), |_, _| ()).await.unwrap();

        let note = house.makes(Kind::Note, &[("customer", bob.id.into()), ("body", "called".into())]).await;
        assert_eq!(undo().await, Err(Refusal::NeededBy { record: bob, by: note }));
        house.changes(Change { record: note, op: Op::Delete, fields: Vec::new() }).await;

        let rename = house.changes(Change::update(ann).set("name", "Ann B. Lee", "Anna")).await;
        assert_eq!(undo().await, Err(Refusal::ChangedSince { record: ann, field: "name".into() }));
        assert!(house.store.undo(rename, Actor::User(MIA)).await.unwrap().is_ok());

        assert_eq!(house.store.digest().await.unwrap(), before, "nothing was half done");
        assert!(undo().await.is_ok());
        assert_eq!(undo().await, Err(Refusal::AlreadyUndone));
        let nothing = house.store.undo_import(house.store.new_id(), operator(), |_, _| ()).await.unwrap();
        assert_eq!(nothing, Err(Refusal::Nothing));
    }
}

contract! {
    async fn an_undo_that_was_cut_off_goes_on(house: House) {
        let (ann, gone) = people(&house).await;
        let before = house.store.digest().await.unwrap();
        let (batch, _) = bring_in(&house, ann, gone).await;
        // What a process leaves that is killed after the first portion: the newest act is taken back.
        let newest = house.store.last_act(&Actor::Service("import".into())).await.unwrap().unwrap();
        assert!(house.store.undo(newest, operator()).await.unwrap().is_ok());
        let half = &house.store.imports(10).await.unwrap()[0];
        assert_eq!((half.n_acts, half.n_undone), (3, 1));
        assert!(house.store.undo_import(batch, operator(), |_, _| ()).await.unwrap().is_ok());
        assert_eq!(house.store.digest().await.unwrap(), before);
    }
}

contract! {
    async fn those_who_are_known_are_found_by_many_values_at_once(house: House) {
        let (_, gone) = people(&house).await;
        let (bob, made) = customer(&house, "Bob", "bob@x.example");
        house.store.import(PART, house.store.new_id(), facts(true), made, vec![]).await.unwrap();
        let values = ["bob@x.example", "old@x.example", "nobody@x.example"].map(str::to_owned);
        let found = house.store.identities_known("email", &values).await.unwrap();
        let of = |record: RecordRef| found.iter().find(|r| r.record == record).map(|r| r.deleted);
        assert_eq!((found.len(), of(gone)), (2, Some(true)), "also what was taken away");
        assert!(found.iter().any(|r| r.get("customer").id() == Some(bob.id)));
        assert_eq!(house.store.identities_known("phone", &values).await.unwrap(), vec![]);
    }
}

contract! {
    async fn what_was_sent_is_known_by_the_senders_key_for_a_while(house: House) {
        let store = &house.store;
        let note = |key, answer: &'static str| store.note_intake("inbound shop", key, None, answer.to_owned());
        note(Some("msg_1"), "{\"new\":1}").await.unwrap();
        note(None, "{\"refused\":1}").await.unwrap();
        let known = store.intake("inbound shop", "msg_1").await.unwrap().unwrap();
        assert_eq!((known.answer.as_str(), known.batch), ("{\"new\":1}", None));
        assert_eq!(store.intake("inbound till", "msg_1").await.unwrap(), None, "each has its own keys");
        assert!(note(Some("msg_1"), "{}").await.is_err(), "it is noted once");
        house.advance(1);
        note(None, "{}").await.unwrap();
        let answers: Vec<String> =
            store.intakes("inbound shop", 9).await.unwrap().into_iter().map(|one| one.answer).collect();
        assert_eq!(answers, ["{}", "{\"refused\":1}", "{\"new\":1}"]);
        house.advance(rapport_storage::intakes::REMEMBERED);
        assert_eq!(store.intake("inbound shop", "msg_1").await.unwrap(), None);
        note(Some("msg_1"), "{}").await.unwrap();
        assert_eq!(store.intakes("inbound shop", 9).await.unwrap().len(), 1, "what is older is forgotten");
    }
}
