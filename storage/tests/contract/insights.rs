//! What customers did over time, and what was found of them.

use rapport_model::people::{ChurnBand, CustomerSegment};
use rapport_model::reading::{Intent, Mood};
use rapport_model::time::DAY;
use rapport_model::{Actor, Change, Id, Kind};
use rapport_storage::histories::{Asked, DealEnd, History, Ticket};
use rapport_storage::insights::{Churn, Insight, Strange};
use rapport_storage::work::Work;

use crate::support::{House, MIA, contract, kept, mail, reading};

async fn page(house: &House, after: Id, limit: u32, days_ago: i64) -> Vec<History> {
    let before = house.now().plus(1 - days_ago * DAY);
    let since = before.plus(-730 * DAY);
    let asked = Asked { after, limit, one_in: 1, touched_since: None, since, before, currency: "EUR" };
    house.store.histories(asked).await.unwrap()
}

fn found(customer: Id, probability: f64, band: ChurnBand) -> Insight {
    let churn = Churn { probability, band, reasons: vec![("recency_days".into(), 40.0, 3.5)] };
    Insight {
        customer,
        layout: "a".into(),
        figures: vec![Some(1.5), None, Some(-2.0)],
        churn: (probability > 0.0).then_some(churn),
    }
}

async fn finds(house: &House, insights: Vec<Insight>) {
    house.store.commit(vec![Work { insights, ..Work::default() }]).await.unwrap();
}

contract! {
    async fn a_history_holds_what_had_happened_by_then(house: House) {
        let start = house.now();
        let first = kept(house.ann_writes("m1").await);
        house.understands(first.message, reading(Intent::Problem, Mood::Negative, -0.5)).await;
        let ann = first.customer.unwrap();
        let who = || ("customer", ann.into());
        let order = |reference: &'static str, currency: &'static str, state: &'static str, ago: i64| {
            [
                who(),
                ("reference", reference.into()),
                ("total", 1_000.into()),
                ("currency", currency.into()),
                ("state", state.into()),
                ("placed_at", start.plus(-ago * DAY).into()),
            ]
        };
        house.makes(Kind::Order, &order("A", "EUR", "paid", 9)).await;
        house.makes(Kind::Order, &order("B", "USD", "paid", 8)).await;
        house.makes(Kind::Order, &order("C", "EUR", "cancelled", 7)).await;
        house.makes(Kind::Order, &order("D", "EUR", "paid", 9_000)).await;
        house.makes(Kind::Deal, &[who(), ("stage", "won".into()), ("amount", 5.into()), ("currency", "EUR".into())]).await;
        house.advance(20 * DAY);
        house.receives(mail("o1").out().by(MIA).answers("m1").at(house.now())).await;
        let (opened, closed) = (start.plus(DAY), start.plus(18 * DAY));
        let ticket = [who(), ("opened_at", opened.into()), ("closed_at", closed.into()), ("reopened", 2.into())];
        house.makes(Kind::Ticket, &ticket).await;
        house.makes(Kind::Rating, &[who(), ("score", 4.into()), ("at", closed.into())]).await;

        let now = page(&house, Id(0), 9, 0).await.remove(0);
        assert_eq!((now.customer, now.segment, now.first_contact), (ann, None, Some(start)));
        assert_eq!(now.mails.iter().map(|m| (m.at, m.is_ours)).collect::<Vec<_>>(), [(start, false), (house.now(), true)]);
        assert_eq!((now.mails[0].score, now.mails[0].intent), (Some(-0.5), Some(Intent::Problem)));
        assert_eq!(now.orders, [(start.plus(-9 * DAY), 1_000), (start.plus(-8 * DAY), 0)]);
        assert_eq!(now.deals.iter().map(|(_, end, amount)| (*end, *amount)).collect::<Vec<_>>(), [(DealEnd::Won, 5)]);
        assert_eq!(now.tickets, [Ticket { opened, closed: Some(closed), reopened: 2 }]);
        assert_eq!(now.ratings, [(closed, 4)]);
        let then = page(&house, Id(0), 9, 10).await.remove(0);
        assert_eq!((then.mails.len(), &then.ratings[..]), (1, &[][..]));
        assert_eq!(then.tickets, [Ticket { opened, closed: None, reopened: 2 }], "it was open then");
        let before = page(&house, Id(0), 9, 40).await.remove(0);
        assert_eq!((before.mails.len(), before.deals.len(), before.orders.len()), (0, 0, 0));
    }
}

contract! {
    async fn who_was_in_touch_of_late_is_told_from_others(house: House) {
        let ann = house.makes(Kind::Customer, &[("last_in", house.now().into())]).await.id;
        house.makes(Kind::Customer, &[]).await;
        house.advance(DAY);
        let of = async |touched_since| {
            let (since, before) = (house.now().plus(-9 * DAY), house.now());
            let asked = Asked { after: Id(0), limit: 9, one_in: 1, touched_since, since, before, currency: "" };
            house.store.histories(asked).await.unwrap().iter().map(|h| h.customer).collect::<Vec<_>>()
        };
        assert_eq!(of(None).await.len(), 2);
        assert_eq!(of(Some(house.now().plus(-DAY))).await, [ann]);
        assert_eq!(of(Some(house.now())).await, []);
    }
}

contract! {
    async fn customers_are_paged_through_once_and_who_is_gone_is_not_there(house: House) {
        assert_eq!(page(&house, Id(0), 9, 0).await, []);
        let mut all = Vec::new();
        for _ in 0..5 {
            all.push(house.makes(Kind::Customer, &[("segment", "loyal".into())]).await.id);
        }
        let merged = house.makes(Kind::Customer, &[("merged_into", all[0].into())]).await;
        assert_eq!(house.store.n_customers().await.unwrap(), 5);
        let ids = |page: Vec<History>| page.iter().map(|h| h.customer).collect::<Vec<_>>();
        assert_eq!(ids(page(&house, Id(0), 3, 0).await), all[..3]);
        let rest = page(&house, all[2], 3, 0).await;
        assert_eq!(rest[0].segment, Some(CustomerSegment::Loyal));
        assert_eq!(ids(rest), all[3..]);
        assert!(ids(page(&house, all[4], 3, 0).await).is_empty() && merged.id > all[4]);
        let (since, before) = (house.now(), house.now());
        let half = Asked { after: Id(0), limit: 9, one_in: 2, touched_since: None, since, before, currency: "" };
        assert_eq!(house.store.histories(half).await.unwrap().len(), 2, "numbers 2 and 4");
    }
}

contract! {
    async fn what_is_found_takes_the_place_of_what_was_found_and_goes_with_an_erasure(house: House) {
        let ann = kept(house.ann_writes("m1").await).customer.unwrap();
        let (bob, eve) = (house.makes(Kind::Customer, &[]).await.id, house.makes(Kind::Customer, &[]).await.id);
        assert_eq!(house.store.insight(ann).await.unwrap(), None);
        finds(&house, vec![found(ann, 0.2, ChurnBand::Low), found(bob, 0.7, ChurnBand::High)]).await;
        house.advance(DAY);
        let again = found(ann, 0.9, ChurnBand::High);
        finds(&house, vec![again.clone(), found(eve, 0.0, ChurnBand::Low)]).await;
        assert_eq!(house.store.insight(ann).await.unwrap(), Some((again.clone(), house.now())));
        assert_eq!(house.store.insight(eve).await.unwrap().unwrap().0.churn, None);
        let likely = |found: Vec<Insight>| found.into_iter().map(|one| one.customer).collect::<Vec<_>>();
        assert_eq!(likely(house.store.likely_to_leave(9).await.unwrap()), [ann, bob]);
        assert_eq!(likely(house.store.likely_to_leave(1).await.unwrap()), [ann]);
        house.store.erase(ann, Actor::User(MIA)).await.unwrap().unwrap();
        assert_eq!(house.text_of("SELECT cast(count(*) AS text) FROM insights").await, ["2"]);
        let nothing = Insight { figures: vec![Some(f64::MAX), Some(-0.0)], ..found(bob, 0.0, ChurnBand::Low) };
        finds(&house, vec![nothing.clone()]).await;
        assert_eq!(house.store.insight(bob).await.unwrap().unwrap().0, nothing);
    }
}

contract! {
    async fn who_is_unlike_others_takes_the_place_of_who_was(house: House) {
        let ids = [house.makes(Kind::Customer, &[]).await.id, house.makes(Kind::Customer, &[]).await.id];
        finds(&house, ids.iter().map(|id| found(*id, 0.5, ChurnBand::Low)).collect()).await;
        let known = house.store.all_figures("a", 9).await.unwrap();
        assert_eq!(known, [(ids[1], vec![Some(1.5), None, Some(-2.0)]), (ids[0], vec![Some(1.5), None, Some(-2.0)])]);
        assert_eq!(house.store.all_figures("b", 9).await.unwrap(), [], "other figures are not held against these");
        let notes = async |strange: Vec<Strange>| {
            house.store.commit(vec![Work { strange: Some(strange), ..Work::default() }]).await.unwrap();
        };
        let one = |customer, score| Strange { customer, score, reasons: vec![("rating".into(), 1.0, 4.0)] };
        notes(vec![one(ids[0], 0.7), one(ids[1], 0.8)]).await;
        let strangest = house.store.strangest(9).await.unwrap();
        assert_eq!(strangest.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [ids[1], ids[0]]);
        assert_eq!(strangest[0].1, [("rating".to_owned(), 1.0, 4.0)]);
        notes(vec![one(ids[0], 0.6)]).await;
        assert_eq!(house.store.strangest(9).await.unwrap().len(), 1);
        notes(Vec::new()).await;
        assert_eq!(house.store.strangest(9).await.unwrap(), []);
    }
}

contract! {
    async fn segments_are_counted_and_three_versions_of_a_model_are_kept(house: House) {
        for segment in ["gone", "champions", "gone"] {
            house.makes(Kind::Customer, &[("segment", segment.into())]).await;
        }
        let merged = house.makes(Kind::Customer, &[("segment", "gone".into())]).await;
        house.changes(Change::update(merged).set("merged_into", None::<Id>, Id(5))).await;
        house.makes(Kind::Customer, &[]).await;
        let counts = house.store.segment_counts().await.unwrap();
        assert_eq!(counts, [(CustomerSegment::Champions, 1), (CustomerSegment::Gone, 2)]);
        assert_eq!(house.store.customers_of(CustomerSegment::Gone).await.unwrap().len(), 2);
        assert!(house.store.customers_of(CustomerSegment::New).await.unwrap().is_empty());

        let store = &house.store;
        assert_eq!(store.models("churn").await.unwrap(), []);
        for n in 0..5 {
            house.advance(1);
            store.keep_model("churn", &n.to_string()).await.unwrap();
            store.keep_model("segments", "x").await.unwrap();
        }
        store.keep_model("churn", "4b").await.unwrap();
        let values: Vec<String> = store.models("churn").await.unwrap().into_iter().map(|(_, v)| v).collect();
        assert_eq!(values, ["4b", "3", "2"]);
        assert_eq!(store.models("segments").await.unwrap().len(), 3);
    }
}
