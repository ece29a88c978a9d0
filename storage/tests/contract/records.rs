//! Records are found by id, number, address and plain fields.

use rapport_model::{Change, Id, Kind, Op, RecordRef, Value};
use rapport_storage::StorageError;
use rapport_storage::records::Filter;

use crate::support::{contract, kept, mail};

contract! {
    async fn a_record_is_found_by_its_short_number(house: House) {
        let first = house.makes(Kind::Ticket, &[("title", "Leak".into())]).await;
        let second = house.makes(Kind::Ticket, &[("title", "Noise".into())]).await;
        let found = |n| house.store.by_number(Kind::Ticket, n);
        assert_eq!(found(1).await.unwrap().unwrap().record, first);
        let noise = found(2).await.unwrap().unwrap();
        assert_eq!((noise.record, noise.text("title"), noise.short().to_string()), (second, "Noise", "T2".into()));
        assert_eq!(found(3).await.unwrap(), None);
        assert_eq!(house.store.by_number(Kind::Note, 1).await.unwrap(), None, "notes have no numbers");
    }
}

contract! {
    async fn every_type_of_field_comes_back_as_it_was(house: House) {
        let records = [
            (Kind::Product, vec![("sku", "F-1".into()), ("price", i64::MAX.into()), ("active", true.into())]),
            (Kind::Product, vec![("sku", "F-2".into()), ("price", (-5).into()), ("active", false.into())]),
            (Kind::Customer, vec![("name", "王芳".into()), ("mood", (-0.125).into()), ("attrs", "{}".into())]),
            (Kind::Order, vec![("reference", "2026/1".into()), ("customer", Id(9).into())]),
            (Kind::Note, vec![("body", "nul \0 and \u{10ffff}".into())]),
            (Kind::Consent, vec![("purpose", "automatic".into()), ("at", 5.into())]),
        ];
        for (kind, fields) in records {
            let record = house.makes(kind, &fields).await;
            let found = house.store.record(record).await.unwrap().unwrap();
            let expected: std::collections::BTreeMap<String, Value> =
                fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            assert_eq!(found.fields, expected, "{kind}");
            assert!(!found.deleted);
        }
    }
}

contract! {
    async fn every_kind_can_be_listed_and_counted(house: House) {
        for kind in Kind::ALL.iter().copied().filter(|k| !matches!(k, Kind::Message | Kind::Attachment)) {
            assert_eq!(house.store.list(kind, &Filter::default()).await.unwrap(), [], "{kind}");
            assert_eq!(house.store.count(kind).await.unwrap(), 0, "{kind}");
            assert_eq!(house.store.records(kind, &[Id(5)]).await.unwrap(), [], "{kind}");
        }
        let refused = house.store.records(Kind::Message, &[Id(5)]).await;
        assert!(matches!(refused, Err(StorageError::Refused(_))), "{refused:?}");
    }
}

contract! {
    async fn records_are_listed_by_plain_fields(house: House) {
        let mut tasks = Vec::new();
        for (due, owner) in [(Some(30), Some(1)), (Some(10), None), (None, Some(1)), (Some(20), Some(1))] {
            tasks.push(house.makes(Kind::Task, &[("due", due.map(i64::from).into()), ("owner", owner.map(Id).into())]).await);
        }
        let gone = house.makes(Kind::Task, &[("due", 1.into())]).await;
        house.changes(Change { record: gone, op: Op::Delete, fields: Vec::new() }).await;
        let list = |filter: Filter| {
            let (house, tasks) = (house.clone(), tasks.clone());
            async move {
                let found = house.store.list(Kind::Task, &filter).await.unwrap();
                found.iter().map(|r| tasks.iter().position(|t| *t == r.record).unwrap()).collect::<Vec<_>>()
            }
        };
        let all = Filter::default;
        assert_eq!(list(all()).await, [3, 2, 1, 0], "newest first");
        assert_eq!(list(Filter { limit: 2, ..all() }).await, [3, 2]);
        assert_eq!(list(Filter { order: Some(("due", false)), ..all() }).await, [1, 3, 0, 2]);
        assert_eq!(list(Filter { order: Some(("due", true)), ..all() }).await, [0, 3, 1, 2]);
        assert_eq!(list(Filter { equal: vec![("owner", 1.into())], ..all() }).await, [3, 2, 0]);
        assert_eq!(list(Filter { equal: vec![("owner", Value::Null)], ..all() }).await, [1]);
        assert_eq!(list(Filter { below: Some(("due", 30.into())), ..all() }).await, [3, 1]);
        for name in ["title", "due; --", "nothing"] {
            let refused = house.store.list(Kind::Task, &Filter { order: Some((name, false)), ..all() }).await;
            assert!(matches!(refused, Err(StorageError::Refused(_))), "{name}: {refused:?}");
        }
    }
}

contract! {
    async fn an_address_that_was_taken_away_is_nobodys(house: House) {
        let ann = house.makes(Kind::Customer, &[("name", "Ann".into())]).await;
        let by = |channel: &'static str, value: &'static str| {
            [("customer", ann.id.into()), ("channel", channel.into()), ("value", value.into())]
        };
        let wrong = house.makes(Kind::Identity, &by("email", "ann@wrong.example")).await;
        house.makes(Kind::Identity, &by("phone", "+49301234567")).await;
        house.changes(Change { op: Op::Delete, ..Change::update(wrong) }).await;
        let known = house.store.known_by(Kind::Customer, &[ann.id]).await.unwrap();
        assert_eq!(known[&ann.id], [("phone".to_owned(), "+49301234567".to_owned())]);
    }
}

contract! {
    async fn somebody_is_found_by_their_address(house: House) {
        let ann = kept(house.ann_writes("m1").await);
        let found = house.store.identity("email", "ann@novak-cafe.example").await.unwrap().unwrap();
        assert_eq!(found.get("customer").id(), ann.customer);
        assert_eq!((found.text("value"), found.text("name")), ("ann@novak-cafe.example", "Ann Novak"));
        let company = house.store.identity("domain", "novak-cafe.example").await.unwrap().unwrap();
        assert_eq!(company.get("company"), found.get("company"));
        for (channel, value) in [("email", "eve@firm.example"), ("phone", "ann@novak-cafe.example"), ("", "")] {
            assert_eq!(house.store.identity(channel, value).await.unwrap(), None);
        }
        let bob = kept(house.receives(mail("b1").from("Bob", "bob@novak-cafe.example")).await);
        let ids = [ann.customer.unwrap(), bob.customer.unwrap(), Id(5)];
        let addresses = house.store.identities_of(Kind::Customer, &ids).await.unwrap();
        assert_eq!(addresses.len(), 2);
        assert_eq!(addresses[&ids[1]], ["bob@novak-cafe.example"]);
        let company = found.get("company").id().unwrap();
        let domains = house.store.identities_of(Kind::Company, &[company]).await.unwrap();
        assert_eq!(domains[&company], ["novak-cafe.example"]);
        let name = house.store.record(RecordRef::new(Kind::Company, company)).await.unwrap().unwrap();
        assert_eq!(name.text("name"), "Novak Cafe");
    }
}
