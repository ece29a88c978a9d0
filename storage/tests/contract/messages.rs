//! Messages are read back as they came.

use rapport_model::message::{Automation, Direction, PartyRole};
use rapport_model::time::MINUTE;
use rapport_model::{Id, Kind};
use rapport_storage::StorageError;

use crate::support::{MIA, contract, kept, mail};

contract! {
    async fn a_message_comes_back_as_it_was(house: House) {
        let sent = mail("m1")
            .says("水泵", "It drips.\n> quoted")
            .trimmed("It drips.")
            .with_file("photo.jpg", "image/jpeg")
            .automatic(Automation::List)
            .by(MIA)
            .old();
        let ann = kept(house.receives(sent).await);
        let message = house.store.message(ann.message).await.unwrap().unwrap();
        assert_eq!((message.id, message.thread, message.customer), (ann.message, ann.thread, None));
        assert_eq!((&message.subject[..], &message.body[..]), ("水泵", "It drips.\n> quoted"));
        assert_eq!((message.own_text(), message.history, message.author), ("It drips.", true, Some(MIA)));
        assert_eq!((message.direction, message.automation), (Direction::In, Automation::List));
        assert_eq!(message.automation_reason, "Auto-Submitted: auto-replied");
        assert_eq!((message.received_at, message.sent_at, message.n_attachments), (house.now(), None, 1));
        let [file] = &house.store.attachments(ann.message).await.unwrap()[..] else { panic!() };
        assert_eq!((&file.name[..], &file.mime[..], file.bytes), ("photo.jpg", "image/jpeg", 9));
        assert_eq!(house.store.message(Id(5)).await.unwrap(), None);
    }
}

contract! {
    async fn the_bytes_come_back_however_many(house: House) {
        // Bytes that do not compress, longer than what lies in a row of a file's database.
        let long: Vec<u8> = (0..200_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        for (id, raw) in [("m1", Vec::new()), ("m2", b"short".to_vec()), ("m3", long)] {
            let ann = kept(house.receives(mail(id).raw(raw.clone())).await);
            assert_eq!(house.store.raw(ann.message).await.unwrap(), Some(raw), "{id}");
        }
        assert_eq!(house.store.raw(Id(5)).await.unwrap(), None);
    }
}

contract! {
    async fn messages_come_in_the_order_asked_for_and_lists_newest_first(house: House) {
        let mut ids = Vec::new();
        let mut ann = None;
        for i in 0..4 {
            let received = kept(house.receives(mail(&format!("m{i}")).answers("m0")).await);
            (ann, ids) = (Some(received), [ids, vec![received.message]].concat());
            house.advance(MINUTE);
        }
        let asked = [ids[2], Id(5), ids[0], ids[3]];
        let found: Vec<Id> = house.store.messages(&asked).await.unwrap().iter().map(|m| m.id).collect();
        assert_eq!(found, [ids[2], ids[0], ids[3]]);
        let ann = ann.unwrap();
        let newest = [ids[3], ids[2], ids[1]];
        let of: Vec<Id> = house.store.messages_of(ann.customer.unwrap(), 3).await.unwrap().iter().map(|m| m.id).collect();
        let within: Vec<Id> = house.store.messages_in(ann.thread, 3).await.unwrap().iter().map(|m| m.id).collect();
        assert_eq!((&of[..], &within[..]), (&newest[..], &newest[..]));
    }
}

contract! {
    async fn everybody_who_took_part_is_known(house: House) {
        let ann = kept(
            house.receives(mail("m1").cc("Bob", "bob@firm.example").cc("", "eve@firm.example")).await,
        );
        let parties = house.store.parties(ann.message).await.unwrap();
        let said: Vec<_> = parties.iter().map(|p| (p.role, &p.address[..], &p.name[..], p.customer)).collect();
        assert_eq!(
            said,
            [
                (PartyRole::From, "ann@novak-cafe.example", "Ann Novak", ann.customer),
                (PartyRole::To, "support@brightwater.example", "", None),
                (PartyRole::Cc, "bob@firm.example", "Bob", None),
                (PartyRole::Cc, "eve@firm.example", "", None),
            ]
        );
    }
}

contract! {
    async fn a_sealed_value_that_was_changed_does_not_open(house: House) {
        let ann = kept(house.ann_writes("m1").await);
        house
            .sabotage(
                "UPDATE messages SET subject = CAST(substr(subject, 1, length(subject) - 1) AS BLOB)",
                "UPDATE messages SET subject = substr(subject, 1, length(subject) - 1)",
            )
            .await;
        let broken = house.store.message(ann.message).await;
        assert!(matches!(broken, Err(StorageError::Sealed { table: "messages", column: "subject", .. })), "{broken:?}");
        assert_eq!(house.store.count(Kind::Message).await.unwrap(), 1);
    }
}
