//! Every change of a record is kept, and can be taken back.

use rapport_model::time::MINUTE;
use rapport_model::{Actor, Change, Id, Kind, Op, RecordRef, Value};
use rapport_storage::undo::Refusal;

use crate::support::{MIA, contract, kept, mail};

contract! {
    async fn a_record_is_made_changed_taken_away_and_brought_back(house: House) {
        let deal = house.makes(Kind::Deal, &[("title", "20 cartridges".into()), ("amount", 5.into())]).await;
        house.changes(Change::update(deal).set("title", "20 cartridges", "三十个滤芯").set("amount", 5, 7)).await;
        let record = house.store.record(deal).await.unwrap().unwrap();
        assert_eq!((record.text("title"), record.get("amount"), record.number), ("三十个滤芯", &Value::Int(7), 1));
        for (op, deleted, n) in [(Op::Delete, true, 0), (Op::Restore, false, 1)] {
            house.changes(Change { record: deal, op, fields: Vec::new() }).await;
            let record = house.store.record(deal).await.unwrap().unwrap();
            assert_eq!((record.deleted, record.text("title")), (deleted, "三十个滤芯"));
            assert_eq!(house.store.count(Kind::Deal).await.unwrap(), n);
        }
        let history = house.store.history(deal).await.unwrap();
        let ops: Vec<Op> = history.iter().map(|e| e.change.op).collect();
        assert_eq!(ops, [Op::Create, Op::Update, Op::Delete, Op::Restore]);
        assert_eq!(history[1].change.fields.len(), 2);
        assert_eq!(history[1].change.fields[1].before, Value::Int(5));
        assert!(history.iter().all(|e| e.act.actor == Actor::User(MIA) && e.undone_by.is_none()));
    }
}

contract! {
    async fn who_comes_second_sees_what_the_first_made(house: House) {
        for _ in 0..20 {
            let note = RecordRef::new(Kind::Note, house.store.new_id());
            let make = || async {
                let made = Change::create(note).with("body", "the same twice");
                let work = rapport_storage::work::Work::of(house.store.act("test"), vec![made]);
                let failed = house.store.commit(vec![work]).await.is_err();
                (failed, house.store.record(note).await.unwrap().is_some())
            };
            let (first, second, third) = tokio::join!(make(), make(), make());
            let all = [first, second, third];
            assert!(all.iter().all(|(_, is_there)| *is_there), "{all:?}");
            assert_eq!(all.iter().filter(|(failed, _)| *failed).count(), 2);
        }
    }
}

contract! {
    async fn an_act_is_taken_back_whole_and_once(house: House) {
        let ann = kept(house.ann_writes("m1").await);
        let person = RecordRef::new(Kind::Customer, ann.customer.unwrap());
        let task = RecordRef::new(Kind::Task, house.store.new_id());
        let act = house.store.act_by(Actor::User(MIA));
        let changes = vec![
            Change::update(person).set("lifecycle", "lead", "customer").set("mood", None::<f64>, 0.5),
            Change::create(task).with("title", "Call Ann"),
        ];
        house.store.commit(vec![rapport_storage::work::Work::of(act.clone(), changes)]).await.unwrap();
        assert_eq!(house.store.last_act(&Actor::User(MIA)).await.unwrap(), Some(act.id));
        assert_eq!(house.store.act_entries(act.id).await.unwrap().len(), 2);

        let back = house.store.undo(act.id, Actor::User(MIA)).await.unwrap().unwrap();
        assert_eq!(back.len(), 2);
        let ann = house.store.record(person).await.unwrap().unwrap();
        assert_eq!((ann.text("lifecycle"), ann.get("mood")), ("lead", &Value::Null));
        assert!(house.store.record(task).await.unwrap().unwrap().deleted);
        assert_eq!(house.store.undo(act.id, Actor::User(MIA)).await.unwrap(), Err(Refusal::AlreadyUndone));
        assert_eq!(house.store.undo(Id(5), Actor::User(MIA)).await.unwrap(), Err(Refusal::Nothing));
        assert_eq!(house.store.last_act(&Actor::User(MIA)).await.unwrap(), None);
    }
}

contract! {
    async fn what_something_later_rests_on_stays(house: House) {
        let deal = house.makes(Kind::Deal, &[("stage", "new".into())]).await;
        let first = house.changes(Change::update(deal).set("stage", "new", "proposal")).await;
        house.changes(Change::update(deal).set("stage", "proposal", "won")).await;
        let refused = house.store.undo(first, Actor::User(MIA)).await.unwrap();
        assert_eq!(refused, Err(Refusal::ChangedSince { record: deal, field: "stage".into() }));
        assert_eq!(house.store.record(deal).await.unwrap().unwrap().text("stage"), "won");
    }
}

contract! {
    async fn a_record_can_be_seen_as_it_was(house: House) {
        let start = house.now();
        house.advance(MINUTE);
        let deal = house.makes(Kind::Deal, &[("stage", "new".into())]).await;
        let made = house.now();
        house.advance(MINUTE);
        house.changes(Change::update(deal).set("stage", "new", "won").set("amount", None::<i64>, 5)).await;
        assert_eq!(house.store.as_of(deal, start).await.unwrap(), None);
        let then = house.store.as_of(deal, made).await.unwrap().unwrap();
        assert_eq!((then.text("stage"), then.get("amount")), ("new", &Value::Null));
        let now = house.store.as_of(deal, house.now()).await.unwrap().unwrap();
        assert_eq!((now.text("stage"), now.get("amount")), ("won", &Value::Int(5)));
    }
}

contract! {
    async fn two_customers_become_one_and_two_again(house: House) {
        let ann = kept(house.ann_writes("m1").await);
        let private = kept(house.receives(mail("m2").from("Ann", "ann@mail.example")).await);
        let of = |id: Option<Id>| RecordRef::new(Kind::Customer, id.unwrap());
        let (kept_one, merged) = (of(ann.customer), of(private.customer));
        house.store.merge(kept_one, merged, Actor::User(MIA)).await.unwrap().unwrap();
        assert_eq!(house.store.merged_into(merged).await.unwrap(), kept_one);
        assert_eq!(house.store.messages_of(kept_one.id, 9).await.unwrap().len(), 2);
        let third = kept(house.receives(mail("m3").from("Ann", "ann@mail.example")).await);
        assert_eq!(third.customer, Some(kept_one.id));

        house.store.split(merged, Actor::User(MIA)).await.unwrap().unwrap();
        assert_eq!(house.store.messages_of(kept_one.id, 9).await.unwrap().len(), 1);
        assert_eq!(house.store.messages_of(merged.id, 9).await.unwrap().len(), 2);
        assert!(!house.store.record(merged).await.unwrap().unwrap().deleted);
    }
}

contract! {
    async fn neighbours_who_change_the_same_record_both_leave_their_trace(house: House) {
        let Some(other) = house.neighbour().await else { return };
        let deal = house.makes(Kind::Deal, &[("amount", 0.into())]).await;
        let change = |house: crate::support::House| async move {
            for i in 0..20 {
                house.changes(Change::update(deal).set("amount", -1, i)).await;
            }
        };
        let (ours, theirs) = tokio::join!(tokio::spawn(change(house.clone())), tokio::spawn(change(other)));
        ours.and(theirs).unwrap();
        assert_eq!(house.store.history(deal).await.unwrap().len(), 41);
    }
}
