//! Who looked at what: gathered in memory, written together, an hour of one reader in one row.

use rapport_model::reads::{ReadWay, ReadWhat, Reader};
use rapport_model::retention::Kept;
use rapport_model::time::{DAY, HOUR, MINUTE};
use rapport_model::{Actor, Kind, RecordRef};
use rapport_storage::reads::Reads;
use rapport_storage::{Access, Store};

use crate::support::{House, MIA, contract};

const MIA_READS: Reader = Reader::user(MIA);
const TOKEN: Reader = Reader { user: MIA, token: 3 };

async fn customer(house: &House, name: &str) -> RecordRef {
    house.makes(Kind::Customer, &[("name", name.into())]).await
}

/// Says what is noted: reader, way, what and how often, oldest first.
async fn told(store: &Store, which: Reads) -> Vec<String> {
    let reads = store.reads(&Reads { limit: 100, ..which }).await.unwrap();
    reads.iter().map(|r| format!("{} {} {} {}", r.reader.actor(), r.way, r.what, r.n)).collect()
}

contract! {
    async fn an_hour_of_one_reader_is_one_row_with_a_count(house: House) {
        let store = &house.store;
        let ann = customer(&house, "Ann").await;
        let ticket = house.makes(Kind::Ticket, &[("customer", ann.id.into()), ("title", "Leak".into())]).await;
        let nobodys = house.makes(Kind::Company, &[("name", "Acme".into())]).await;
        assert_eq!(store.write_reads().await.unwrap(), [], "nothing is written where nothing was read");
        for record in [ann, ticket, ann, nobodys] {
            store.note_read(MIA_READS, ReadWay::Chat, ReadWhat::Card, record);
        }
        store.note_read(TOKEN, ReadWay::Api, ReadWhat::Card, ann);
        assert_eq!(told(store, Reads::default()).await, [""; 0], "it waits");
        assert_eq!(store.write_reads().await.unwrap(), [MIA_READS, TOKEN]);
        let first = house.now();
        house.advance(MINUTE);
        store.note_read(MIA_READS, ReadWay::Chat, ReadWhat::Card, ann);
        store.note_read(MIA_READS, ReadWay::Page, ReadWhat::Timeline, ann);
        store.note_list(Reader::OPERATOR, ReadWay::Cli, 250);
        store.note_list(Reader::OPERATOR, ReadWay::Cli, 0);
        store.write_reads().await.unwrap();
        let chat = format!("user:{MIA} chat card 4");
        let page = format!("user:{MIA} page timeline 1");
        let api = "token:3 api card 1".to_owned();
        let list = "operator cli list 250".to_owned();
        assert_eq!(
            told(store, Reads::default()).await,
            [api.clone(), list.clone(), chat.clone(), page.clone()]
        );
        let of_ann = Reads { of: Some(ann.id), ..Reads::default() };
        assert_eq!(told(store, of_ann.clone()).await, [api.clone(), chat.clone(), page.clone()]);
        let newest = store.reads(&Reads { limit: 1, newest_first: true, ..of_ann.clone() }).await.unwrap();
        let rest = Reads { after: newest.first().cloned(), newest_first: true, ..of_ann.clone() };
        assert_eq!(told(store, rest).await, [chat.clone(), api.clone()]);
        let all = store.reads(&Reads { by: Some(MIA), limit: 10, ..Reads::default() }).await.unwrap();
        assert_eq!((all[1].first_at, all[1].last_at), (first, house.now()));
        let before = Reads { until: Some(house.now()), ..Reads::default() };
        assert_eq!(told(store, before).await, [api]);
        house.advance(HOUR);
        store.note_read(MIA_READS, ReadWay::Chat, ReadWhat::Card, ann);
        store.write_reads().await.unwrap();
        let since = Reads { since: Some(house.now()), ..Reads::default() };
        assert_eq!(told(store, since).await, [format!("user:{MIA} chat card 1")], "another hour, another row");
        assert_eq!(store.customers_read(MIA_READS, first).await.unwrap(), 1);
        assert_eq!(store.customers_read(Reader::OPERATOR, first).await.unwrap(), 0, "a list names nobody");
    }
}

contract! {
    async fn reads_are_found_with_whoever_somebody_was_merged_into_and_go_back_with_a_split(house: House) {
        let store = &house.store;
        let (ann, anna) = (customer(&house, "Ann").await, customer(&house, "Anna").await);
        store.note_read(MIA_READS, ReadWay::Chat, ReadWhat::Card, anna);
        store.write_reads().await.unwrap();
        let of_ann = || Reads { of: Some(ann.id), ..Reads::default() };
        assert_eq!(told(store, of_ann()).await.len(), 0);
        store.merge(ann, anna, Actor::User(MIA)).await.unwrap().unwrap();
        assert_eq!(told(store, of_ann()).await.len(), 1);
        let split = store.history(anna).await.unwrap().last().unwrap().act.id;
        store.undo(split, Actor::User(MIA)).await.unwrap().unwrap();
        assert_eq!(told(store, of_ann()).await.len(), 0);
    }
}

contract! {
    async fn an_erasure_takes_who_looked_also_what_was_not_written_yet(house: House) {
        let store = &house.store;
        let (ann, ben) = (customer(&house, "Ann").await, customer(&house, "Ben").await);
        for record in [ann, ben] {
            store.note_read(MIA_READS, ReadWay::Chat, ReadWhat::Card, record);
        }
        store.write_reads().await.unwrap();
        store.note_read(MIA_READS, ReadWay::Chat, ReadWhat::Timeline, ann);
        store.erase(ann.id, Actor::User(MIA)).await.unwrap().unwrap();
        store.write_reads().await.unwrap();
        let left = store.reads(&Reads { limit: 10, ..Reads::default() }).await.unwrap();
        assert_eq!(left.iter().map(|read| read.customer).collect::<Vec<_>>(), [Some(ben.id)]);
    }
}

contract! {
    async fn what_was_noted_is_written_at_the_end_and_forgotten_in_time(house: House) {
        let ann = customer(&house, "Ann").await;
        house.store.note_read(MIA_READS, ReadWay::Chat, ReadWhat::Card, ann);
        house.store.close().await;
        let house = house.again().await;
        let store = &house.store;
        assert_eq!(told(store, Reads::default()).await.len(), 1);
        let onlooker = house.open(Access::Read).await.unwrap();
        onlooker.note_read(MIA_READS, ReadWay::Cli, ReadWhat::Card, ann);
        assert_eq!(onlooker.write_reads().await.unwrap(), [], "whoever cannot write notes nothing");
        house.advance(400 * DAY);
        store.note_read(MIA_READS, ReadWay::Chat, ReadWhat::Card, ann);
        store.write_reads().await.unwrap();
        let before = house.now().plus(-365 * DAY);
        assert_eq!(store.outlived(Kept::Reads, before).await.unwrap().n, 1);
        assert_eq!(store.forget_outlived(Kept::Reads, before, 10).await.unwrap(), 1);
        assert_eq!(store.forget_outlived(Kept::Reads, before, 10).await.unwrap(), 0);
        assert_eq!(told(store, Reads::default()).await.len(), 1);
    }
}
