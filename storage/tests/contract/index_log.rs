//! What the search index has to take over.

use std::time::Duration;

use rapport_model::reading::{Intent, Mood};
use rapport_model::time::DAY;
use rapport_model::{Change, Id, Kind, RecordRef};
use rapport_storage::index_log::Entry;

use crate::support::{House, contract, kept, mail, reading};

/// Waits until there are `n` entries after `seq`: on a server they show when all transactions
/// that began before them have ended, whosever these are.
async fn entries(house: &House, seq: i64, n: usize) -> Vec<Entry> {
    let found = async {
        loop {
            let found = house.store.index_entries(seq, 1000).await.unwrap();
            if found.len() >= n {
                return found;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), found).await.expect("entries show")
}

fn records(entries: &[Entry]) -> Vec<RecordRef> {
    entries.iter().filter_map(|e| e.record).collect()
}

contract! {
    async fn every_change_of_something_searchable_leaves_an_entry(house: House) {
        let ann = kept(house.ann_writes("m1").await);
        let made = entries(&house, 0, 2).await;
        let kinds: Vec<Kind> = made.iter().filter_map(|e| e.record).map(|r| r.kind).collect();
        assert!(kinds.contains(&Kind::Customer) && kinds.contains(&Kind::Company), "{kinds:?}");
        let last = made.last().unwrap().seq;

        house.understands(ann.message, reading(Intent::Buy, Mood::Positive, 0.5)).await;
        let note = house.makes(Kind::Note, &[("body", "Call back".into())]).await;
        house.changes(Change::update(note).set("author", None::<Id>, Id(5))).await;
        house.changes(Change::update(note).set("body", "Call back", "Called")).await;
        let message = RecordRef::new(Kind::Message, ann.message);
        let later = entries(&house, last, 3).await;
        assert_eq!(records(&later), [message, note, note], "who wrote a note is not searched");
        assert!(later.is_sorted_by_key(|e| e.seq) && later[0].seq > last);
        assert_eq!(entries(&house, later[0].seq, 2).await, later[1..]);
        let first = house.store.index_entries(last, 1).await.unwrap();
        assert_eq!(records(&first), [message], "no more than asked for");
    }
}

contract! {
    async fn an_index_goes_on_after_what_it_has(house: House) {
        let note = house.makes(Kind::Note, &[("body", "one".into())]).await;
        let last = entries(&house, 0, 1).await[0].seq;
        assert!(house.store.index_mark().await.unwrap() >= last);
        assert!(house.store.index_can_go_on(0).await.unwrap());
        assert!(house.store.index_can_go_on(last).await.unwrap());
        assert!(!house.store.index_can_go_on(last + 1_000_000_000).await.unwrap(), "the store is older");

        house.store.index_has(last).await.unwrap();
        assert_eq!(house.store.index_entries(0, 10).await.unwrap(), []);
        assert!(!house.store.index_can_go_on(0).await.unwrap(), "what it lacks was removed");
        assert!(house.store.index_can_go_on(last).await.unwrap());
        house.changes(Change::update(note).set("body", "one", "two")).await;
        assert_eq!(records(&entries(&house, last, 1).await), [note]);
    }
}

contract! {
    async fn what_a_neighbour_lacks_is_not_removed(house: House) {
        let Some(other) = house.neighbour().await else { return };
        other.store.index_has(0).await.unwrap();
        house.makes(Kind::Note, &[("body", "one".into())]).await;
        let last = entries(&house, 0, 1).await[0].seq;
        house.store.index_has(last).await.unwrap();
        assert_eq!(entries(&other, 0, 1).await.len(), 1);
        other.store.index_has(last).await.unwrap();
        assert_eq!(other.store.index_entries(0, 10).await.unwrap(), []);

        // Whoever is not seen for a week no longer holds anything back.
        house.makes(Kind::Note, &[("body", "two".into())]).await;
        let last = entries(&house, last, 1).await[0].seq;
        house.advance(8 * DAY);
        house.store.index_has(last).await.unwrap();
        assert_eq!(house.store.index_entries(0, 10).await.unwrap(), []);
        assert!(!other.store.index_can_go_on(last - 1).await.unwrap());
    }
}

contract! {
    async fn neighbours_entries_come_in_an_order_that_skips_none(house: House) {
        const NOTES: usize = 50;
        let Some(other) = house.neighbour().await else { return };
        let write = |house: House| async move {
            for i in 0..NOTES {
                house.makes(Kind::Note, &[("body", format!("note {i}").into())]).await;
            }
        };
        let (ours, theirs) = (tokio::spawn(write(house.clone())), tokio::spawn(write(other)));
        let (mut seen, mut seq) = (Vec::new(), 0);
        let tail = async {
            while seen.len() < 2 * NOTES {
                for entry in house.store.index_entries(seq, 3).await.unwrap() {
                    seq = entry.seq;
                    seen.push(entry.record);
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(20), tail).await.expect("no entry was skipped");
        ours.await.unwrap();
        theirs.await.unwrap();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 2 * NOTES);
    }
}

contract! {
    async fn an_index_can_be_filled_anew(house: House) {
        let ann = kept(house.receives(mail("m1").says("Leak", "It drips.").with_file("photo.jpg", "image/jpeg")).await);
        assert_eq!(house.store.to_index(Kind::Message, Id(0)).await.unwrap(), [], "it was not understood yet");
        house.understands(ann.message, reading(Intent::Problem, Mood::Negative, -0.5)).await;
        let message = RecordRef::new(Kind::Message, ann.message);
        assert_eq!(house.store.to_index(Kind::Message, Id(0)).await.unwrap(), [message]);
        assert_eq!(house.store.to_index(Kind::Message, ann.message).await.unwrap(), []);
        let customer = RecordRef::new(Kind::Customer, ann.customer.unwrap());
        let gone = house.makes(Kind::Note, &[("body", "gone".into())]).await;
        house.changes(Change { record: gone, op: rapport_model::Op::Delete, fields: Vec::new() }).await;
        let documents = house.store.indexed(&[customer, message, gone]).await.unwrap();
        let said: Vec<_> = documents.iter().map(|d| &d.shown).map(|d| (d.record, &d.title[..], &d.body[..], d.customer)).collect();
        assert_eq!(
            said,
            [
                (message, "Leak", "It drips.\nphoto.jpg\n", ann.customer),
                (customer, "Ann Novak", " ann@novak-cafe.example", ann.customer),
            ]
        );
        let shown = house.store.shown(&[customer, message, gone]).await.unwrap();
        assert_eq!(shown, documents.iter().map(|d| d.shown.clone()).collect::<Vec<_>>());
        assert_eq!((&documents[0].intents[..], documents[0].mood), (&[Intent::Problem][..], Some(Mood::Negative)));
    }
}
