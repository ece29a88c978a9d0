//! Who sees what, whatever they ask the store for: what is not seen does not exist.

use std::collections::BTreeSet;
use std::sync::Arc;

use rapport_model::event::{Event, What};
use rapport_model::people::{Role, Scope, User};
use rapport_model::time::DAY;
use rapport_model::{Actor, Change, Id, Kind, Op, RecordRef, Value};
use rapport_storage::merge::Apart;
use rapport_storage::records::Filter;
use rapport_storage::threads::Apart as ThreadsApart;
use rapport_storage::undo::Refusal;
use rapport_storage::work::Work;
use rapport_storage::{Sight, StorageError, Store};

use crate::support::{House, Kept, MIA, contract, kept, letter, mail};

/// Of Mia's team.
const LEO: Id = Id(78);
/// Of another.
const TOM: Id = Id(99);
/// Stands for messages of nobody.
const NOBODY: Id = Id(0);

/// The kinds of what hangs on a customer, each with a field that a new one has.
const HANGING: &[(Kind, &str)] = &[
    (Kind::Deal, "title"),
    (Kind::Ticket, "title"),
    (Kind::Task, "title"),
    (Kind::Note, "body"),
    (Kind::Consent, "purpose"),
    (Kind::Rating, "comment"),
    (Kind::Order, "reference"),
];

/// A customer with all that hangs on them.
#[derive(Clone, Debug)]
struct Somebody {
    name: &'static str,
    kept: Kept,
    customer: RecordRef,
    company: RecordRef,
    hanging: Vec<RecordRef>,
    act: Id,
    event: Id,
}

impl Somebody {
    fn records(&self) -> impl Iterator<Item = RecordRef> + '_ {
        [self.customer, self.company, RecordRef::new(Kind::Thread, self.kept.thread)]
            .into_iter()
            .chain(self.hanging.iter().copied())
    }
}

/// Makes a customer whom a colleague looks after, with one of everything that hangs on a customer.
async fn somebody(house: &House, name: &'static str, owner: Option<Id>) -> Somebody {
    let address = format!("{name}@{name}.example");
    let sent = mail(name).from(name, &address).with_file("plan.pdf", "application/pdf");
    let kept = kept(house.receives(sent).await);
    let id = kept.customer.unwrap();
    let customer = RecordRef::new(Kind::Customer, id);
    house.changes(Change::update(customer).set("owner", Value::Null, owner)).await;
    let record = house.store.record(customer).await.unwrap().unwrap();
    let company = RecordRef::new(Kind::Company, record.get("company").id().unwrap());
    let (mut hanging, mut act) = (Vec::new(), Id(0));
    for (kind, field) in HANGING {
        let record = RecordRef::new(*kind, house.store.new_id());
        let mut change = Change::create(record).with("customer", id).with(field, format!("{kind} of {name}"));
        if *kind == Kind::Ticket {
            change = change.with("status", "open").with("opened_at", house.now());
        }
        if *kind == Kind::Deal {
            change = change.with("stage", "new");
        }
        act = house.changes(change).await;
        hanging.push(record);
    }
    let event = house.store.new_id();
    let what = What::Step { sequence: "quote".into(), step: 0, thread: kept.thread, message: kept.message };
    let about = Some(RecordRef::new(Kind::Message, kept.message));
    let event = Event { id: event, at: house.now(), about, cause: None, depth: 0, what };
    house.store.commit(vec![Work { events: vec![event.clone()], ..Work::default() }]).await.unwrap();
    house.writes(vec![letter(house, kept, name)]).await;
    Somebody { name, kept, customer, company, hanging, act, event: event.id }
}

fn own() -> Sight {
    Sight { users: vec![MIA], unowned: false }
}

fn team() -> Sight {
    Sight { users: vec![MIA, LEO], unowned: true }
}

/// Everybody of the house, each with whether Mia alone and whether her team sees them.
async fn everybody(house: &House) -> Vec<(Somebody, bool, bool)> {
    let tie = |kind, of: &Somebody| {
        let fields = [("customer", of.customer.id.into()), ("owner", MIA.into())];
        let house = house.clone();
        async move { house.makes(kind, &fields).await }
    };
    let mut all = vec![
        (somebody(house, "mias", Some(MIA)).await, true, true),
        (somebody(house, "leos", Some(LEO)).await, false, true),
        (somebody(house, "toms", Some(TOM)).await, false, false),
        (somebody(house, "free", None).await, false, true),
    ];
    for (name, kind) in [("by-ticket", Kind::Ticket), ("by-task", Kind::Task), ("by-deal", Kind::Deal)] {
        let tied = somebody(house, name, Some(TOM)).await;
        tie(kind, &tied).await;
        all.push((tied, true, true));
    }
    let no_more = somebody(house, "no-more", Some(TOM)).await;
    let task = tie(Kind::Task, &no_more).await;
    house.changes(Change { record: task, op: Op::Delete, fields: Vec::new() }).await;
    all.push((no_more, false, false));
    all
}

/// Checks that everything of somebody is there, or that nothing is.
async fn check(store: &Store, one: &Somebody, seen: bool) {
    let name = one.name;
    let Kept { message, thread, .. } = one.kept;
    let id = one.customer.id;
    for record in one.records() {
        assert_eq!(store.record(record).await.unwrap().is_some(), seen, "{name}: {record:?}");
        assert_eq!(store.sees(record).await.unwrap(), seen, "{name}: sees {record:?}");
        let (now, version) = (store.clock().now(), store.version(record).await.unwrap());
        assert_eq!(version > 0, seen && record.kind != Kind::Thread, "{name}: version of {record:?}");
        assert_eq!(store.history(record).await.unwrap().is_empty(), version == 0, "{name}: {record:?}");
        assert_eq!(store.as_of(record, now).await.unwrap().is_some(), seen, "{name}: as of {record:?}");
        let last = store.last_changes(&[record.id]).await.unwrap();
        assert_eq!(last.is_empty(), version == 0, "{name}: last changes of {record:?}");
        let listed = store.list(record.kind, &Filter { limit: 1_000, ..Filter::default() }).await.unwrap();
        assert_eq!(listed.iter().any(|r| r.record == record), seen, "{name}: {record:?} in the list");
    }
    let address = format!("{name}@{name}.example");
    for (channel, value) in [("email", address.as_str()), ("domain", &address[name.len() + 1..])] {
        assert_eq!(store.identity(channel, value).await.unwrap().is_some(), seen, "{name}: {value}");
        assert!(store.is_taken(channel, value).await.unwrap(), "{name}: nobody else can have {value}");
    }
    let addresses = store.identities_of(Kind::Customer, &[id]).await.unwrap();
    assert_eq!(addresses.contains_key(&id), seen, "{name}: addresses");
    let domains = store.identities_of(Kind::Company, &[one.company.id]).await.unwrap();
    assert_eq!(domains.is_empty(), !seen, "{name}: domains");

    let n = usize::from(seen);
    let messages = store.messages(&[message]).await.unwrap();
    assert_eq!(messages.len(), n, "{name}: messages");
    assert_eq!(store.messages_of(id, 9).await.unwrap(), messages, "{name}: messages of");
    assert_eq!(store.messages_in(thread, 9).await.unwrap(), messages, "{name}: messages in");
    assert_eq!(store.raw(message).await.unwrap().is_some(), seen, "{name}: raw");
    assert_eq!(store.attachments(message).await.unwrap().len(), n, "{name}: files");
    assert_eq!(store.parties(message).await.unwrap().is_empty(), !seen, "{name}: parties");
    assert_eq!(store.threads_of(id, 9).await.unwrap().len(), n, "{name}: conversations");
    let shown = [one.customer, one.company, RecordRef::new(Kind::Message, message)];
    assert_eq!(store.shown(&shown).await.unwrap().len(), 3 * n, "{name}: what a search shows");

    assert_eq!(store.outbox_to(id, 9).await.unwrap().len(), n, "{name}: outbox");
    let outbox = store.outbox(100).await.unwrap();
    assert_eq!(outbox.iter().any(|(o, _)| o.thread == Some(thread)), seen, "{name}: the whole outbox");
    assert_eq!(store.event(one.event).await.unwrap().is_some(), seen, "{name}: event");
    let about = RecordRef::new(Kind::Message, message);
    assert_eq!(store.events_about(about).await.unwrap().len(), n, "{name}: events");
    assert_eq!(store.act_entries(one.act).await.unwrap().len(), n, "{name}: act");
}

/// What may not be changed stays, and looks as if it did not exist.
async fn check_refused(store: &Store, one: &Somebody, own: &Somebody) {
    let actor = || Actor::User(MIA);
    let (id, name) = (one.customer.id, one.name);
    let note = |change: Change| Work::of(store.act_by(actor()), vec![change]);
    let new = |kind| Change::create(RecordRef::new(kind, store.new_id()));
    let mut works = vec![
        note(Change::update(one.customer).set("owner", TOM, MIA)),
        note(new(Kind::Note).with("customer", id).with("body", "slipped in")),
        note(new(Kind::Task).with("customer", id).with("owner", MIA)),
        note(Change::update(own.customer).set("company", own.company.id, one.company.id)),
        note(Change { record: one.hanging[0], op: Op::Delete, fields: Vec::new() }),
    ];
    let to = Kept { customer: Some(id), ..own.kept };
    let mut slip = store.outbox(1).await.unwrap().remove(0).0;
    (slip.id, slip.to) = (store.new_id(), rapport_model::job::Recipient::Customer(to.customer.unwrap()));
    slip.idempotency_key = format!("slip/{name}");
    works.push(Work { outbox: vec![slip], ..Work::default() });
    for work in works {
        let refused = store.commit(vec![work.clone()]).await;
        assert!(matches!(refused, Err(StorageError::Refused(_))), "{name}: {work:?}: {refused:?}");
    }
    let merged = store.merge(own.customer, one.customer, actor()).await.unwrap();
    assert_eq!(merged, Err(Apart::Gone(one.customer)), "{name}");
    let merged = store.merge(one.customer, own.customer, actor()).await.unwrap();
    assert_eq!(merged, Err(Apart::Gone(one.customer)), "{name}");
    assert_eq!(store.undo(one.act, actor()).await.unwrap(), Err(Refusal::Nothing), "{name}");
    let joined = store.join(own.kept.thread, one.kept.thread, actor()).await.unwrap();
    assert_eq!(joined, Err(ThreadsApart::Gone), "{name}");
    assert_eq!(store.split(one.customer, actor()).await.unwrap(), Err(Refusal::Nothing), "{name}");
    assert_eq!(store.erase(id, actor()).await.unwrap(), None, "{name}");
}

contract! {
    /// Each reading method, for each customer and each sight.
    async fn what_is_not_seen_does_not_exist(house: House) {
        let all = everybody(&house).await;
        for (one, by_mia, by_team) in &all {
            check(&house.store, one, true).await;
            check(&house.store.seen_by(Some(Arc::new(own()))), one, *by_mia).await;
            check(&house.store.seen_by(Some(Arc::new(team()))), one, *by_team).await;
            check(&house.store.seen_by(Some(Arc::new(Sight { users: vec![], unowned: false }))), one, false).await;
        }
    }
}

contract! {
    async fn numbers_lead_to_what_is_seen_only(house: House) {
        let all = everybody(&house).await;
        let mias = house.store.seen_by(Some(Arc::new(own())));
        for (one, by_mia, _) in &all {
            for record in one.records().filter(|r| r.kind.letter().is_some()) {
                let number = house.store.record(record).await.unwrap().unwrap().number;
                let found = mias.by_number(record.kind, number).await.unwrap();
                assert_eq!(found.map(|r| r.record), by_mia.then_some(record), "{}: {record:?}", one.name);
            }
        }
    }
}

contract! {
    async fn what_is_not_seen_cannot_be_changed(house: House) {
        let all = everybody(&house).await;
        let mias = house.store.seen_by(Some(Arc::new(own())));
        let before = house.store.digest().await.unwrap();
        for (one, ..) in all.iter().filter(|(_, by_mia, _)| !by_mia) {
            check_refused(&mias, one, &all[0].0).await;
        }
        assert_eq!(house.store.digest().await.unwrap(), before, "nothing was written");
        // What is seen is changed as ever.
        let own = &all[0].0;
        let body = Change::create(RecordRef::new(Kind::Note, mias.new_id())).with("customer", own.customer.id);
        mias.commit(vec![Work::of(mias.act_by(Actor::User(MIA)), vec![body])]).await.unwrap();
        assert!(mias.undo(own.act, Actor::User(MIA)).await.unwrap().is_ok());
    }
}

contract! {
    async fn limits_counts_and_sums_are_of_what_is_seen(house: House) {
        let all = everybody(&house).await;
        house.advance(DAY);
        // A mail of nobody.
        house.receives(mail("machine").from("", "no-reply@shop.example")
            .automatic(rapport_model::message::Automation::Newsletter)).await;
        let (from, to) = (house.now().plus(-2 * DAY), house.now().plus(DAY));
        let n_all = all.len() as i64;
        for (sight, n, n_automated) in [
            (None, n_all, 1),
            (Some(own()), all.iter().filter(|(_, by_mia, _)| *by_mia).count() as i64, 0),
            (Some(team()), all.iter().filter(|(.., by_team)| *by_team).count() as i64, 1),
        ] {
            let store = house.store.seen_by(sight.clone().map(Arc::new));
            let limited = Filter { limit: n as u32, ..Filter::default() };
            assert_eq!(store.list(Kind::Customer, &limited).await.unwrap().len() as i64, n, "{sight:?}");
            for kind in [Kind::Customer, Kind::Note, Kind::Consent, Kind::Rating, Kind::Order, Kind::Company] {
                assert_eq!(store.count(kind).await.unwrap(), n, "{sight:?}: {kind}");
            }
            let traffic = store.traffic(from, to).await.unwrap();
            assert_eq!((traffic.n_in, traffic.n_automated), (n, n_automated), "{sight:?}");
            assert_eq!((traffic.n_new_customers, traffic.n_waiting), (n, n), "{sight:?}");
            assert_eq!(store.counts(from, to).await.unwrap().mails_in, n, "{sight:?}");
            let opened: i64 = store.counts(from, to).await.unwrap().opened.values().sum();
            assert_eq!(opened, n, "{sight:?}");
            assert_eq!(store.ticket_counts(from, to).await.unwrap().opened, n, "{sight:?}");
            let deals: i64 = store.stage_sums().await.unwrap().iter().map(|sum| sum.n).sum();
            assert_eq!(deals, n, "{sight:?}");
            assert_eq!(store.waiting(to, 100).await.unwrap().len() as i64, n, "{sight:?}");
            assert_eq!(store.outbox(100).await.unwrap().len() as i64, n, "{sight:?}");
        }
    }
}

contract! {
    /// The set that searches are filtered by says the same as the conditions on single records.
    async fn a_search_sees_what_the_store_shows(house: House) {
        let all = everybody(&house).await;
        let mut others = Vec::new();
        for owner in [Some(MIA), Some(LEO), Some(TOM), None] {
            for kind in [Kind::Deal, Kind::Ticket, Kind::Task] {
                others.push(house.makes(kind, &[("owner", owner.into())]).await);
            }
            others.push(house.makes(Kind::Note, &[("author", owner.into())]).await);
            others.push(house.makes(Kind::Company, &[("owner", owner.into())]).await);
            let on_company = others.last().unwrap().id;
            others.push(house.makes(Kind::Note, &[("company", on_company.into()), ("author", TOM.into())]).await);
            let deal = others[others.len() - 6].id;
            others.push(house.makes(Kind::Note, &[("deal", deal.into()), ("author", TOM.into())]).await);
        }
        let mut looked_at: Vec<RecordRef> =
            all.iter().flat_map(|(one, ..)| [one.customer, one.company]).chain(others).collect();
        assert_eq!(house.store.visible(NOBODY).await.unwrap(), None);
        for sight in [own(), team(), Sight { users: vec![TOM], unowned: false }, Sight { users: vec![], unowned: true }] {
            let store = house.store.seen_by(Some(Arc::new(sight.clone())));
            let visible: BTreeSet<Id> = store.visible(NOBODY).await.unwrap().unwrap().iter().copied().collect();
            let mut seen: BTreeSet<Id> = sight.unowned.then_some(NOBODY).into_iter().collect();
            for record in &looked_at {
                if store.sees(*record).await.unwrap() {
                    seen.insert(record.id);
                }
            }
            assert_eq!(visible, seen, "{sight:?}");
            // It is not looked up again before something has changed.
            let again = || async { store.visible(NOBODY).await.unwrap().unwrap() };
            let (first, second) = (again().await, again().await);
            assert!(house.is_on_server() || Arc::ptr_eq(&first, &second), "{sight:?}");
            let new = house.makes(Kind::Company, &[("owner", sight.users.first().copied().into())]).await;
            assert!(again().await.contains(&new.id), "{sight:?}");
            looked_at.push(new);
        }
    }
}

contract! {
    async fn what_hangs_on_nobody_is_seen_by_whoever_looks_after_it(house: House) {
        let mut made = Vec::new();
        for (owner, by_mia, by_team) in
            [(Some(MIA), true, true), (Some(LEO), false, true), (Some(TOM), false, false), (None, false, true)]
        {
            for kind in [Kind::Deal, Kind::Ticket, Kind::Task, Kind::Rating, Kind::Company] {
                made.push((house.makes(kind, &[("owner", owner.into())]).await, by_mia, by_team));
            }
        }
        // A message of nobody, and its conversation.
        let stray = kept(house.receives(mail("machine").from("", "no-reply@shop.example")
            .automatic(rapport_model::message::Automation::Newsletter)).await);
        assert_eq!(stray.customer, None);
        made.push((RecordRef::new(Kind::Thread, stray.thread), false, true));
        // What is the house's is seen by all.
        made.push((house.makes(Kind::Product, &[("sku", "F-1".into())]).await, true, true));
        made.push((house.makes(Kind::User, &[("handle", "tom".into()), ("role", "rep".into())]).await, true, true));
        for (record, by_mia, by_team) in made {
            for (sight, expected) in [(own(), by_mia), (team(), by_team)] {
                let store = house.store.seen_by(Some(Arc::new(sight)));
                assert_eq!(store.record(record).await.unwrap().is_some(), expected, "{record:?}");
            }
        }
        for (sight, expected) in [(own(), false), (team(), true)] {
            let store = house.store.seen_by(Some(Arc::new(sight)));
            assert_eq!(store.message(stray.message).await.unwrap().is_some(), expected);
        }
    }
}

contract! {
    async fn a_merged_record_is_seen_with_what_it_became_a_part_of(house: House) {
        let mias = somebody(&house, "mias", Some(MIA)).await;
        let toms = somebody(&house, "toms", Some(TOM)).await;
        let older = somebody(&house, "older", Some(LEO)).await;
        let by = || Actor::User(LEO);
        house.store.merge(toms.customer, older.customer, by()).await.unwrap().unwrap();
        house.store.merge(mias.customer, toms.customer, by()).await.unwrap().unwrap();
        for (sight, expected) in [(own(), true), (Sight { users: vec![TOM, LEO], unowned: true }, false)] {
            let store = house.store.seen_by(Some(Arc::new(sight)));
            for one in [&toms, &older] {
                assert_eq!(store.record(one.customer).await.unwrap().is_some(), expected, "{}", one.name);
                let root = store.merged_into(one.customer).await.unwrap();
                assert_eq!(root == mias.customer, expected, "{}", one.name);
                assert_eq!(store.message(one.kept.message).await.unwrap().is_some(), expected, "{}", one.name);
            }
            let parts = store.merged_from(mias.customer).await.unwrap();
            assert_eq!(parts.len(), usize::from(expected));
        }
    }
}

contract! {
    async fn the_last_act_is_one_that_can_be_taken_back(house: House) {
        let toms = somebody(&house, "toms", Some(TOM)).await;
        let store = house.store.seen_by(Some(Arc::new(own())));
        let last = |store: Store| async move { store.last_act(&Actor::User(MIA)).await.unwrap() };
        assert_eq!(last(house.store.clone()).await, Some(toms.act));
        assert_eq!(last(store.clone()).await, None, "and not one before it");
        let mias = somebody(&house, "mias", Some(MIA)).await;
        assert_eq!(last(store.clone()).await, Some(mias.act));
        // Who gave away what they then do not see has nothing to take back.
        house.changes(Change::update(mias.customer).set("owner", MIA, TOM)).await;
        assert_eq!(last(store).await, None);
    }
}

contract! {
    async fn a_colleague_sees_what_their_scope_says(house: House) {
        let user = |handle: &str, scope, team: &str| User {
            id: Id(0),
            handle: handle.into(),
            name: String::new(),
            address: None,
            role: Role::Rep,
            scope,
            team: team.into(),
            zone: String::new(),
            language: String::new(),
        };
        let all = [
            user("ann", Scope::All, "service"),
            user("ben", Scope::Team, "service"),
            user("cem", Scope::Own, "service"),
            user("dan", Scope::Team, "sales"),
        ];
        let known = house.store.set_users(&all).await.unwrap();
        let id = |handle: &str| known.iter().find(|user| user.handle == handle).unwrap().id;
        let (ann, ben, cem, dan) = (id("ann"), id("ben"), id("cem"), id("dan"));
        for (user, expected) in known.iter().zip([
            None,
            Some((vec![ann, ben, cem], true)),
            Some((vec![cem], false)),
            Some((vec![dan], true)),
        ]) {
            let sight = house.store.sight_of(user).await.unwrap();
            let sight = sight.map(|mut sight| {
                sight.users.sort();
                (sight.users, sight.unowned)
            });
            let expected = expected.map(|(mut users, unowned)| {
                users.sort();
                (users, unowned)
            });
            assert_eq!(sight, expected, "{}", user.handle);
        }
        // Who has left a team leaves their customers to it.
        let left = house.store.set_users(&all[1..]).await.unwrap();
        let sight = house.store.sight_of(&left[0]).await.unwrap().unwrap();
        assert!(sight.users.contains(&ann), "{sight:?}");
    }
}
