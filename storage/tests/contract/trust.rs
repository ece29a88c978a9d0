//! Whoever changes the journal past the store is found out.

use std::time::Duration;

use rapport_model::{Actor, Change, Kind, Op, RecordRef};
use rapport_storage::Access;
use rapport_storage::audit::{Audit, Fault};

use crate::support::{House, MIA, contract, kept, mail};

/// A deal that went through three stages, sealed after the second.
async fn deal(house: &House) -> RecordRef {
    let deal = house.makes(Kind::Deal, &[("title", "20 pumps".into()), ("stage", "new".into())]).await;
    house.changes(Change::update(deal).set("stage", "new", "proposal")).await;
    assert!(house.seals().await >= 2);
    house.changes(Change::update(deal).set("stage", "proposal", "won")).await;
    deal
}

async fn audit(house: &House) -> Audit {
    house.store.audit().await.unwrap()
}

contract! {
    async fn a_journal_that_nobody_touched_is_whole(house: House) {
        deal(&house).await;
        house.ann_writes("m1").await;
        let audit = audit(&house).await;
        assert_eq!(audit.faults, vec![]);
        assert!(audit.n_changes >= 6 && audit.n_records >= 4 && audit.n_seals == 1, "{audit:?}");
        assert!(house.seals().await > 0);
        assert_eq!(house.seals().await, 0, "there is nothing new");
        let again = house.again().await;
        assert_eq!(self::audit(&again).await.n_seals, 2);
    }
}

contract! {
    async fn a_look_at_what_to_seal_wakes_nobody_where_there_is_nothing(house: House) {
        deal(&house).await;
        house.seals().await;
        let woken = house.store.wait_for_commit();
        assert_eq!(house.store.seal_journal().await.unwrap(), 0);
        assert!(tokio::time::timeout(Duration::ZERO, woken).await.is_err(), "a service would never rest");
    }
}

contract! {
    async fn a_changed_row_is_named(house: House) {
        let deal = deal(&house).await;
        let sql = format!("UPDATE changes SET names = 'amount' WHERE record = {} AND seq = 2", deal.id);
        house.sabotage(&sql, &sql).await;
        let faults = audit(&house).await.faults;
        assert!(matches!(faults[..], [Fault::Changed { record: Some(r), .. }] if r == deal), "{faults:?}");
    }
}

contract! {
    async fn words_that_were_exchanged_are_found(house: House) {
        let deal = deal(&house).await;
        let sql = format!(
            "UPDATE changes SET fields = (SELECT o.fields FROM changes o WHERE o.record = {0} AND o.seq = 1)
             WHERE record = {0} AND seq = 2",
            deal.id
        );
        house.sabotage(&sql, &sql).await;
        let faults = audit(&house).await.faults;
        assert!(matches!(faults[..], [Fault::Changed { record: Some(r), .. }] if r == deal), "{faults:?}");
    }
}

contract! {
    async fn a_row_that_was_taken_out_is_missed(house: House) {
        let deal = deal(&house).await;
        let sql = format!("DELETE FROM changes WHERE record = {} AND seq = 2", deal.id);
        house.sabotage(&sql, &sql).await;
        let faults = audit(&house).await.faults;
        assert!(faults.contains(&Fault::Missing { record: Some(deal), seq: 2 }), "{faults:?}");
        assert!(faults.iter().any(|f| matches!(f, Fault::Unsealed { seal: 1, .. })), "{faults:?}");
    }
}

contract! {
    async fn rows_in_another_order_are_found(house: House) {
        let deal = deal(&house).await;
        for (from, to) in [(2, 99), (3, 2), (99, 3)] {
            let sql = format!("UPDATE changes SET seq = {to} WHERE record = {} AND seq = {from}", deal.id);
            house.sabotage(&sql, &sql).await;
        }
        let faults = audit(&house).await.faults;
        assert!(!faults.is_empty() && faults.iter().all(|f| matches!(f, Fault::Changed { .. })), "{faults:?}");
    }
}

contract! {
    async fn an_end_that_was_cut_off_is_missed_also_with_its_seal(house: House) {
        let deal = deal(&house).await;
        house.seals().await;
        let sql = format!("DELETE FROM changes WHERE record = {} AND seq = 3", deal.id);
        house.sabotage(&sql, &sql).await;
        let faults = audit(&house).await.faults;
        assert_eq!(faults, vec![Fault::Unsealed { seal: 2, sealed: 1, found: 0 }]);
        let sql = "DELETE FROM seals WHERE id = 2";
        house.sabotage(sql, sql).await;
        assert_eq!(audit(&house).await.faults, vec![Fault::CutOff { noted: 2, found: 1 }]);
    }
}

contract! {
    async fn a_sealed_value_that_was_changed_is_named_and_does_not_open(house: House) {
        let deal = deal(&house).await;
        let other = house.makes(Kind::Deal, &[("title", "5 valves".into())]).await;
        let sql = format!(
            "UPDATE deals SET title = (SELECT o.title FROM deals o WHERE o.id = {}) WHERE id = {}",
            other.id, deal.id
        );
        house.sabotage(&sql, &sql).await;
        let said = house.store.record(deal).await.unwrap_err().to_string();
        assert!(said.contains("deals.title") && said.contains(&deal.id.to_string()), "{said}");
        assert!(house.store.record(other).await.is_ok(), "the rest opens");
    }
}

contract! {
    async fn an_erased_person_is_gone_for_a_neighbour_who_knew_them(house: House) {
        let Some(other) = house.neighbour().await else { return };
        let ann = kept(house.ann_writes("m1").await);
        let mark = other.store.index_mark().await.unwrap();
        assert!(!other.store.message(ann.message).await.unwrap().unwrap().body.is_empty());
        house.store.erase(ann.customer.unwrap(), Actor::User(MIA)).await.unwrap().unwrap();
        // The other learns of it where its index does.
        let told = async || {
            let entries = other.store.index_entries(mark, 100).await.unwrap();
            entries.into_iter().any(|entry| entry.record.is_none())
        };
        while !told().await {}
        let message = other.store.message(ann.message).await.unwrap().unwrap();
        assert_eq!((&message.subject[..], &message.body[..]), ("", ""));
        let documents = other.store.indexed(&[RecordRef::new(Kind::Message, ann.message)]).await.unwrap();
        assert_eq!((&documents[0].shown.title[..], &documents[0].shown.body[..]), ("", ""));
    }
}

contract! {
    async fn an_erased_person_is_gone_and_the_journal_whole(house: House) {
        let ann = RecordRef::new(Kind::Customer, kept(house.ann_writes("m1").await).customer.unwrap());
        let bob = mail("m2").from("Bob Stone", "bob@stone.example").cc("Ann Novak", "ann@novak-cafe.example");
        let bob = RecordRef::new(Kind::Customer, kept(house.receives(bob).await).customer.unwrap());
        let note = house.makes(Kind::Note, &[("customer", bob.id.into()), ("body", "knows Ann Novak".into())]).await;
        let proof = house.store.erase(ann.id, Actor::User(MIA)).await.unwrap().unwrap();
        assert_eq!((proof.messages, proof.identities), (1, 1));
        assert_eq!(house.store.erase(ann.id, Actor::User(MIA)).await.unwrap(), None, "once is enough");
        assert_eq!(house.store.erase(note.id, Actor::User(MIA)).await.unwrap(), None, "no customer");

        let house = house.again().await;
        assert_eq!(house.store.record(note).await.unwrap().unwrap().text("body"), "knows ███ █████");
        assert_eq!(house.store.record(ann).await.unwrap().unwrap().text("name"), "");
        assert!(house.store.messages_of(ann.id, 9).await.unwrap().iter().all(|m| m.body.is_empty()));
        assert_eq!(house.store.history(ann).await.unwrap().last().unwrap().change.op, Op::Erase);
        assert_eq!(audit(&house).await.faults, vec![]);
        assert_eq!(house.store.erasures().await.unwrap(), vec![proof]);
        house.sabotage("UPDATE erasures SET proof = '{}'", "UPDATE erasures SET proof = '{}'").await;
        assert!(house.store.erasures().await.unwrap_err().to_string().contains("was changed"));
        assert!(house.open(Access::Read).await.is_ok());
    }
}

contract! {
    async fn who_changed_what_is_told_without_words(house: House) {
        let deal = deal(&house).await;
        let all = (rapport_model::Timestamp::from_micros(0), house.now().plus(1));
        let mut steps = Vec::new();
        // One at a time: none is told twice, none left out.
        while let Some(step) = {
            let after = steps.last().map_or(rapport_model::Id(0), |step: &rapport_storage::trail::Step| step.id);
            house.store.trail(all, after, 1).await.unwrap().pop()
        } {
            steps.push(step);
        }
        let of_deal = steps.iter().filter(|step| step.record == deal.id);
        let told: Vec<String> = of_deal
            .map(|step| format!("{} {} {} {}", step.actor, step.op, step.kind, step.fields.join(",")))
            .collect();
        assert_eq!(
            told,
            ["user:77 create deal title,stage", "user:77 update deal stage", "user:77 update deal stage"]
        );
        let before = (all.0, house.now());
        assert_eq!(house.store.trail(before, rapport_model::Id(0), 9).await.unwrap(), []);
    }
}
