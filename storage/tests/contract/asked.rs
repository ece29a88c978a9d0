//! What other programs ask for: by whose token, once, and only while things stand as they saw them.

use rapport_model::event::{Event, What};
use rapport_model::job::Outbound;
use rapport_model::message::ChannelKind;
use rapport_model::people::{Role, Scope};
use rapport_model::time::{DAY, HOUR};
use rapport_model::{Change, Id, Kind, RecordRef, Value};
use rapport_storage::records::Filter;
use rapport_storage::terms::{Before, Once, REMEMBERED, Terms};
use rapport_storage::tokens::{NewToken, PREFIX};
use rapport_storage::work::Work;
use rapport_storage::{Access, StorageError};

use crate::support::{House, MIA, contract, kept, letter};

fn new_token(house: &House, name: &str) -> NewToken {
    let expires_at = house.now().plus(30 * DAY);
    NewToken { name: name.into(), user: MIA, role: Role::Rep, scope: Scope::Team, expires_at }
}

contract! {
    async fn a_token_is_found_by_its_secret_until_it_expires_or_is_revoked(house: House) {
        let store = &house.store;
        let (shop, secret) = store.make_token(new_token(&house, "shop")).await.unwrap();
        // Beside the running service.
        let beside = house.open(Access::Amend).await.unwrap();
        let (books, other) = beside.make_token(new_token(&house, "books")).await.unwrap();
        assert_eq!((shop.number, books.number), (1, 2));
        assert!(secret.starts_with(PREFIX) && secret.len() == PREFIX.len() + 64 && secret != other, "{secret}");
        assert_eq!(store.token_of(&secret).await.unwrap().unwrap(), shop);
        assert_eq!(store.tokens().await.unwrap(), [shop.clone(), books]);
        for wrong in ["", "rpt_", &secret[..67], &format!("{secret}0"), &secret.to_uppercase(), "\0"] {
            assert_eq!(store.token_of(wrong).await.unwrap(), None, "{wrong:?}");
        }
        assert!(shop.is_good(house.now()) && !shop.is_good(shop.expires_at));

        store.note_use(&shop).await.unwrap();
        let used = store.token_of(&secret).await.unwrap().unwrap();
        assert_eq!(used.used_at.map(|at| at.micros() % DAY), Some(0), "the day is enough");
        house.advance(2 * DAY);
        store.note_use(&used).await.unwrap();
        assert!(store.token_of(&secret).await.unwrap().unwrap().used_at > used.used_at);

        assert!(beside.revoke_token(1).await.unwrap());
        assert!(!beside.revoke_token(1).await.unwrap() && !beside.revoke_token(9).await.unwrap());
        let revoked = store.token_of(&secret).await.unwrap().unwrap();
        assert_eq!(revoked.revoked_at, Some(house.now()));
        assert!(!revoked.is_good(house.now()));
    }
}

contract! {
    async fn what_is_asked_for_under_a_key_is_done_once(house: House) {
        let store = &house.store;
        let once = |request: &str| Once { key: "1/order-7".into(), request: request.as_bytes().to_vec() };
        let make = async |request: &str| {
            let on = store.on_terms(Terms { once: Some(once(request)), ..Terms::default() });
            let (act, record) = (on.act("test"), RecordRef::new(Kind::Company, on.new_id()));
            on.commit(vec![Work::of(act.clone(), vec![Change::create(record).with("name", request)])]).await.map(|_| act.id)
        };
        assert_eq!(store.done_before(&once("a")).await.unwrap(), Before::Nothing);
        let act = make("a").await.unwrap();
        assert_eq!(store.done_before(&once("a")).await.unwrap(), Before::Same(act));
        assert_eq!(store.done_before(&once("b")).await.unwrap(), Before::Other);
        for request in ["a", "b"] {
            assert!(matches!(make(request).await, Err(StorageError::Repeated)));
        }
        assert_eq!(store.count(Kind::Company).await.unwrap(), 1, "nothing of a second one is written");
        house.advance(REMEMBERED);
        assert_eq!(store.done_before(&once("a")).await.unwrap(), Before::Nothing);
        make("b").await.unwrap();
        assert_eq!(store.count(Kind::Company).await.unwrap(), 2);
    }
}

contract! {
    async fn a_write_that_rests_on_what_was_seen_is_refused_once_it_changed(house: House) {
        let store = &house.store;
        let record = RecordRef::new(Kind::Company, store.new_id());
        let made = Change::create(record).with("name", "Acme").with("tags", "[\"vip\",\"a_b\"]");
        store.commit(vec![Work::of(store.act("test"), vec![made])]).await.unwrap();
        assert_eq!(store.versions(&[record.id, Id(7)]).await.unwrap().into_iter().collect::<Vec<_>>(), [(record.id, 1)]);
        let cause = Event {
            id: store.new_id(), at: house.now(), about: Some(record), cause: None, depth: 0,
            what: What::Asked { token: 1, operation: "patch_company".into() },
        };
        let rename = async |name: &str, version| {
            let on = store.on_terms(Terms { version: Some((record, version)), cause: Some(cause.clone()), ..Terms::default() });
            let change = Change::update(record).set("name", Value::Null, name);
            on.commit(vec![Work::of(on.act("test"), vec![change])]).await
        };
        assert!(matches!(rename("Late", 0).await, Err(StorageError::Changed)));
        assert_eq!(store.event(cause.id).await.unwrap(), None, "nothing of it is written");
        rename("Acme Ltd", 1).await.unwrap();
        assert!(matches!(rename("Late", 1).await, Err(StorageError::Changed)));
        assert_eq!(store.record(record).await.unwrap().unwrap().text("name"), "Acme Ltd");
        assert_eq!(store.event(cause.id).await.unwrap(), Some(cause.clone()));
        assert_eq!(store.history(record).await.unwrap()[1].act.cause, Some(cause.id));

        for (tag, n) in [("vip", 1), ("a_b", 1), ("a%b", 0), ("vi", 0), ("axb", 0), ("\"", 0)] {
            let of = Filter { tag: Some(tag.into()), ..Filter::default() };
            assert_eq!(store.list(Kind::Company, &of).await.unwrap().len(), n, "{tag}");
        }
        house.advance(HOUR);
        let since = |at| Filter { changed_since: Some(at), ..Filter::default() };
        assert_eq!(store.list(Kind::Company, &since(house.now())).await.unwrap().len(), 0);
        rename("Acme", 2).await.unwrap_err();
        assert_eq!(store.list(Kind::Company, &since(house.now().plus(-HOUR))).await.unwrap().len(), 1);
        let before = |id| Filter { before: Some(id), ..Filter::default() };
        assert_eq!(store.list(Kind::Company, &before(record.id)).await.unwrap().len(), 0);
        assert_eq!(store.list(Kind::Company, &before(Id(record.id.0 + 1))).await.unwrap().len(), 1);
    }
}

contract! {
    async fn a_draft_that_is_kept_leaves_when_its_author_says_so(house: House) {
        let store = &house.store;
        let ann = kept(house.ann_writes("m1").await);
        let draft = |key: &str| Outbound { author: Some(MIA), ..letter(&house, ann, key) };
        let (first, second, third) = (draft("d1"), draft("d2"), draft("d3"));
        for message in [&first, &second, &third] {
            store.keep_draft(message.clone(), Vec::new()).await.unwrap();
        }
        assert_eq!(store.kept_draft(first.id, MIA).await.unwrap(), Some(first.clone()));
        let leo = Id(MIA.0 + 1);
        assert_eq!(store.kept_draft(first.id, leo).await.unwrap(), None);
        assert!(!store.send_kept_draft(first.id, leo, house.now()).await.unwrap());
        assert!(!store.drop_kept_draft(first.id, leo).await.unwrap());
        house.advance(HOUR);
        assert_eq!(store.claim_outbox(ChannelKind::Email, 9).await.unwrap(), []);
        let at = house.now().plus(HOUR);
        assert!(store.send_kept_draft(first.id, MIA, at).await.unwrap());
        assert!(!store.send_kept_draft(first.id, MIA, at).await.unwrap());
        assert!(store.drop_kept_draft(second.id, MIA).await.unwrap());
        assert_eq!(store.claim_outbox(ChannelKind::Email, 9).await.unwrap(), []);
        house.advance(HOUR);
        let claimed = store.claim_outbox(ChannelKind::Email, 9).await.unwrap();
        assert_eq!(claimed, [Outbound { send_at: at, ..first }]);
        house.advance(7 * DAY);
        store.keep_draft(draft("d4"), Vec::new()).await.unwrap();
        assert_eq!(store.kept_draft(third.id, MIA).await.unwrap(), None, "it was left");
    }
}
