//! What colleagues chose stays, and goes over what the configuration brings.

use rapport_model::message::ChannelKind;
use rapport_model::time::{HOUR, MINUTE};
use rapport_storage::preferences::{HOUSE, Preference};

use crate::support::{MIA, contract, notice};

contract! {
    async fn what_a_colleague_chose_is_kept_until_they_choose_again(house: House) {
        let store = &house.store;
        let first = house.now();
        assert_eq!(store.prefer(MIA, "lang", Some("zh")).await.unwrap(), None);
        assert_eq!(store.prefer(HOUSE, "paused:lead", Some("7")).await.unwrap(), None);
        house.advance(HOUR);
        assert_eq!(store.prefer(MIA, "tz", Some("Asia/Tokyo")).await.unwrap(), None);
        assert_eq!(store.prefer(MIA, "lang", Some("en")).await.unwrap().as_deref(), Some("zh"));
        let chosen = |user, name: &str, value: &str, at| Preference { user, name: name.into(), value: value.into(), at };
        let mut expected = vec![
            chosen(HOUSE, "paused:lead", "7", first),
            chosen(MIA, "lang", "en", house.now()),
            chosen(MIA, "tz", "Asia/Tokyo", house.now()),
        ];
        assert_eq!(store.preferences().await.unwrap(), expected);
        assert_eq!(store.prefer(MIA, "lang", None).await.unwrap().as_deref(), Some("en"));
        assert_eq!(store.prefer(MIA, "lang", None).await.unwrap(), None);
        expected.remove(1);
        assert_eq!(store.preferences().await.unwrap(), expected);
    }
}

contract! {
    async fn notices_that_wait_for_a_quiet_night_to_end_can_leave_before(house: House) {
        let store = &house.store;
        let of_mia = rapport_model::job::Outbound {
            to: rapport_model::job::Recipient::User(MIA), send_at: house.now().plus(8 * HOUR), ..notice(&house, "a")
        };
        house.writes(vec![of_mia]).await;
        assert_eq!(store.claim_outbox(ChannelKind::Console, 9).await.unwrap().len(), 0);
        house.advance(MINUTE);
        assert_eq!(store.release_notices(rapport_model::Id(MIA.0 + 1)).await.unwrap(), 0);
        assert_eq!(store.release_notices(MIA).await.unwrap(), 1);
        assert_eq!(store.release_notices(MIA).await.unwrap(), 0);
        assert_eq!(store.claim_outbox(ChannelKind::Console, 9).await.unwrap().len(), 1);
    }
}

contract! {
    async fn it_is_known_since_when_an_account_is_bound(house: House) {
        let store = &house.store;
        assert!(store.bound_since(MIA).await.unwrap().is_empty());
        let code = store.link_code(MIA).await.unwrap();
        house.advance(MINUTE);
        store.bind(ChannelKind::Telegram, 99, &code).await.unwrap();
        let since = store.bound_since(MIA).await.unwrap();
        assert_eq!(since.into_iter().collect::<Vec<_>>(), [(ChannelKind::Telegram, house.now())]);
    }
}
