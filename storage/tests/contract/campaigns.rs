//! Recipients of campaigns, and what holds when one is stopped.

use rapport_model::campaign::{Candidate, LeftOut, Segment, Variant};
use rapport_model::consent::Purpose;
use rapport_model::job::{JobOutcome, Outbound, Recipient, Task};
use rapport_model::message::{BounceClass, ChannelKind};
use rapport_model::people::Lifecycle;
use rapport_model::time::{DAY, HOUR};
use rapport_model::{Act, Actor, Change, Id, Kind, RecordRef, Value};
use rapport_storage::baskets::Basket;
use rapport_storage::campaigns::Mailing;
use rapport_storage::work::Work;

use crate::support::{House, MIA, contract, notice};

async fn customer(house: &House, fields: &[(&'static str, Value)]) -> Id {
    house.makes(Kind::Customer, fields).await.id
}

async fn campaign(house: &House) -> RecordRef {
    house.makes(Kind::Campaign, &[("name", "spring".into()), ("state", "draft".into())]).await
}

/// Changes the state of a campaign in one act.
async fn is_set(house: &House, campaign: RecordRef, from: &str, to: &str) -> Id {
    let act =
        Act { id: house.store.new_id(), at: house.now(), actor: Actor::User(MIA), cause: None, undoes: None };
    let id = act.id;
    let change = Change::update(campaign).set("state", from, to);
    house.store.commit(vec![Work::of(act, vec![change])]).await.unwrap();
    id
}

fn news(house: &House, campaign: RecordRef, to: Id) -> Outbound {
    Outbound {
        to: Recipient::Customer(to),
        about: Some(campaign),
        purpose: Some(Purpose::News),
        automatic: true,
        channel: ChannelKind::Email,
        ..notice(house, &format!("campaign/{}/{to}", campaign.id))
    }
}

contract! {
    async fn a_segment_is_found_page_by_page(house: House) {
        let vip = |more: &[(&'static str, Value)]| [&[("tags", r#"["a_b","vip"]"#.into())], more].concat();
        let plain = customer(&house, &[("lifecycle", "customer".into())]).await;
        let one = customer(&house, &vip(&[("lifecycle", "customer".into()), ("owner", MIA.into())])).await;
        let two = customer(&house, &vip(&[("lifecycle", "lead".into()), ("language", "zh".into())])).await;
        house.advance(100 * DAY);
        let late = vip(&[("last_in", house.now().into()), ("tags", r#"["vip","cold"]"#.into())]);
        let three = customer(&house, &late[1..]).await;
        let upto = house.store.new_id();
        customer(&house, &vip(&[])).await;
        let found = async |segment: Segment, after: Id, limit: u32| {
            let found: Vec<Candidate> = house.store.candidates(&segment, after, upto, limit).await.unwrap();
            found.into_iter().map(|one| one.id).collect::<Vec<_>>()
        };
        let tag = |tag: &str| vec![tag.to_owned()];
        let all = || Segment::default();
        assert_eq!(found(all(), Id(0), 9).await, [plain, one, two, three], "who came later is of no segment");
        assert_eq!(found(all(), one, 1).await, [two]);
        assert_eq!(found(Segment { tags: tag("VIP"), ..all() }, Id(0), 9).await, [one, two, three]);
        assert_eq!(found(Segment { tags: tag("a_b"), ..all() }, Id(0), 9).await, [one, two]);
        assert_eq!(found(Segment { tags: tag("a%"), ..all() }, Id(0), 9).await, [], "signs are letters");
        assert_eq!(found(Segment { tags: tag("vi"), ..all() }, Id(0), 9).await, [], "a tag is whole");
        assert_eq!(
            found(Segment { tags: tag("vip"), without_tags: tag("cold"), ..all() }, Id(0), 9).await,
            [one, two]
        );
        let customers = Segment { lifecycles: vec![Lifecycle::Customer], ..all() };
        assert_eq!(found(customers, Id(0), 9).await, [plain, one]);
        assert_eq!(found(Segment { owners: vec![MIA], ..all() }, Id(0), 9).await, [one]);
        assert_eq!(found(Segment { languages: tag("zh"), ..all() }, Id(0), 9).await, [two]);
        let month = house.now().plus(-30 * DAY);
        assert_eq!(found(Segment { silent_since: Some(month), ..all() }, Id(0), 9).await, [plain, one, two]);
        assert_eq!(found(Segment { active_since: Some(month), ..all() }, Id(0), 9).await, [three]);
    }
}

contract! {
    async fn a_candidate_tells_what_speaks_against_writing(house: House) {
        let ann = customer(&house, &[("lifecycle", "customer".into())]).await;
        let campaign = campaign(&house).await;
        let look = async || house.store.candidates_of(&[ann]).await.unwrap().remove(0);
        let first = look().await;
        assert!(!first.gone && !first.has_address && !first.bounced && first.last_mailing.is_none());
        assert!(!first.refusals.allow(Purpose::News) && !first.refusals.refuse(Purpose::News));
        let address = [("customer", ann.into()), ("channel", "email".into()), ("value", "ann@ann.example".into())];
        house.makes(Kind::Identity, &address).await;
        let consent = [("customer", ann.into()), ("purpose", "news".into()), ("state", "granted".into()), ("at", 5.into())];
        house.makes(Kind::Consent, &consent).await;
        let mail = news(&house, campaign, ann);
        let id = mail.id;
        house.writes(vec![mail]).await;
        let then = look().await;
        assert!(then.has_address && then.refusals.allow(Purpose::News));
        assert_eq!(then.last_mailing, Some(house.now()));
        house.store.claim_outbox(ChannelKind::Email, 9).await.unwrap();
        house.store.came_back(id, BounceClass::Full, "4.2.2 full").await.unwrap();
        assert!(!look().await.bounced, "a full mailbox is emptied again");
        let second = Outbound { id: house.store.new_id(), idempotency_key: "second".into(), ..news(&house, campaign, ann) };
        let id = second.id;
        house.writes(vec![second]).await;
        house.store.claim_outbox(ChannelKind::Email, 9).await.unwrap();
        house.store.came_back(id, BounceClass::Hard, "5.1.1 nobody").await.unwrap();
        assert!(look().await.bounced && look().await.last_mailing.is_none());
        house.advance(HOUR);
        house.changes(Change::update(RecordRef::new(Kind::Customer, ann)).set("last_in", None::<i64>, house.now())).await;
        assert!(!look().await.bounced, "who writes from there has the address");
    }
}

contract! {
    async fn nothing_of_a_stopped_campaign_is_written_or_leaves(house: House) {
        let store = &house.store;
        let campaign = campaign(&house).await;
        let all = [customer(&house, &[]).await, customer(&house, &[]).await, customer(&house, &[]).await];
        is_set(&house, campaign, "draft", "running").await;
        let jobs = store.claim("timed", 9).await.unwrap();
        let [job] = &jobs[..] else { panic!("{jobs:?}") };
        assert!(matches!(job.task, Task::Enlist { campaign: id, after: Id(0), .. } if id == campaign.id));
        let enlisted = all.iter().map(|id| (*id, Variant::A)).collect();
        let mailing = Mailing { enlisted, ..Mailing::of(campaign.id) };
        let again = Some(JobOutcome::Wait { at: house.now(), why: "more".into() });
        let work = Work { job: Some((job.id, job.fence, again.clone())), mailing: Some(mailing), ..Work::default() };
        store.commit(vec![work.clone()]).await.unwrap();
        assert_eq!(store.due_recipients(campaign.id, 9).await.unwrap().len(), 3);

        let job = store.claim("timed", 9).await.unwrap().remove(0);
        let mail = news(&house, campaign, all[0]);
        let first = mail.id;
        let mailing = Mailing {
            mailed: vec![(all[0], mail.id)], left_out: vec![(all[1], LeftOut::Refused)], ..Mailing::of(campaign.id)
        };
        store
            .commit(vec![Work {
                job: Some((job.id, job.fence, again.clone())), outbox: vec![mail], mailing: Some(mailing), ..Work::default()
            }])
            .await
            .unwrap();
        assert_eq!(store.due_recipients(campaign.id, 9).await.unwrap(), [(all[2], Variant::A)]);
        assert_eq!(store.mailed_since(campaign.id, house.now()).await.unwrap(), 1);
        let progress = store.progress_of(campaign.id).await.unwrap();
        assert_eq!((progress.recipients, progress.waiting, progress.leaving), (3, 1, 1));

        // A step was begun before it is stopped, and comes to its end after.
        let job = store.claim("timed", 9).await.unwrap().remove(0);
        let stop = is_set(&house, campaign, "running", "stopped").await;
        assert_eq!(store.claim_outbox(ChannelKind::Email, 9).await.unwrap(), [], "what waited waits no more");
        let mail = news(&house, campaign, all[2]);
        let mailing = Mailing { mailed: vec![(all[2], mail.id)], ..Mailing::of(campaign.id) };
        store
            .commit(vec![Work {
                job: Some((job.id, job.fence, again)), outbox: vec![mail], mailing: Some(mailing), ..Work::default()
            }])
            .await
            .unwrap();
        assert_eq!(store.claim_outbox(ChannelKind::Email, 9).await.unwrap(), []);
        assert_eq!(store.claim("timed", 9).await.unwrap(), [], "and its job is done");
        assert_eq!(store.due_recipients(campaign.id, 9).await.unwrap().len(), 1);

        // To take the stop back is to let it go on.
        store.undo(stop, Actor::User(MIA)).await.unwrap().unwrap();
        assert_eq!(store.claim("timed", 9).await.unwrap().len(), 1);
        let leaving: Vec<Id> =
            store.claim_outbox(ChannelKind::Email, 9).await.unwrap().into_iter().map(|mail| mail.id).collect();
        assert_eq!(leaving, [first]);
        assert_eq!(store.left_out_of(campaign.id).await.unwrap()[&LeftOut::Refused], 1);
    }
}

contract! {
    async fn what_was_bought_is_told_order_by_order(house: House) {
        let store = &house.store;
        let ann = customer(&house, &[]).await;
        let [pump, seal] = [house.makes(Kind::Product, &[]).await.id, house.makes(Kind::Product, &[]).await.id];
        assert_eq!(store.baskets(9).await.unwrap(), []);
        let order = house.makes(Kind::Order, &[("customer", ann.into())]).await;
        store.set_lines(order, &[(pump, 1.0), (seal, 2.0)]).await.unwrap();
        let off = house.makes(Kind::Order, &[("customer", ann.into()), ("state", "cancelled".into())]).await;
        store.set_lines(off, &[(seal, 1.0)]).await.unwrap();
        let open = house.makes(Kind::Deal, &[("stage", "new".into())]).await;
        store.set_lines(open, &[(seal, 1.0)]).await.unwrap();
        let won = house.makes(Kind::Deal, &[("stage", "won".into()), ("customer", ann.into())]).await;
        store.set_lines(won, &[(pump, 1.0)]).await.unwrap();
        store.set_lines(won, &[(seal, 1.0)]).await.unwrap();
        let basket = |products: &[Id]| Basket { segment: None, products: products.to_vec() };
        assert_eq!(store.baskets(9).await.unwrap(), [basket(&[seal]), basket(&[pump, seal])]);
        let bought = store.bought_by([ann, Id(7)]).await.unwrap();
        assert_eq!(bought, [(ann, [pump, seal].into())].into());
        assert!(store.bought_by([]).await.unwrap().is_empty());
    }
}
