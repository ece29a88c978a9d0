//! Who comes to the pages of the house: by a link that opens once, and then by a cookie.

use rapport_model::Id;
use rapport_model::people::{Role, Scope, User};
use rapport_model::time::{DAY, HOUR, MINUTE};
use rapport_storage::Access;
use rapport_storage::visits::{IDLE_MAX, LINK_LASTS, VISIT_LASTS, Via};

use crate::support::{MIA, contract};

fn mia() -> User {
    User {
        id: MIA,
        handle: "mia".into(),
        name: "Mia Tan".into(),
        address: None,
        role: Role::Rep,
        scope: Scope::Team,
        team: String::new(),
        zone: String::new(),
        language: String::new(),
    }
}

contract! {
    async fn a_link_opens_once_within_its_minutes(house: House) {
        let store = &house.store;
        // Beside the running service.
        let beside = house.open(Access::Amend).await.unwrap();
        let link = beside.make_visit(MIA, Via::Operator).await.unwrap();
        let late = store.make_visit(MIA, Via::Chat).await.unwrap();
        assert!(link.len() == 64 && link != late, "{link}");
        let known = store.visit_by_link(&link).await.unwrap().unwrap();
        assert_eq!((known.user, known.via, known.rank), (MIA, Via::Operator, None));
        assert!(known.can_open(house.now()) && !known.is_open(house.now()));
        for wrong in ["", "0", &link[..63], &link.to_uppercase(), "\0"] {
            assert_eq!(store.visit_by_link(wrong).await.unwrap(), None, "{wrong:?}");
            assert_eq!(store.open_visit(wrong, &mia()).await.unwrap(), None, "{wrong:?}");
            assert_eq!(store.visit_by_cookie(wrong).await.unwrap(), None, "{wrong:?}");
        }
        let other = User { id: Id(78), ..mia() };
        assert_eq!(store.open_visit(&link, &other).await.unwrap(), None, "it is another's");

        let mia = mia();
        let (first, second) = tokio::join!(store.open_visit(&link, &mia), store.open_visit(&link, &mia));
        let opened: Vec<String> = [first.unwrap(), second.unwrap()].into_iter().flatten().collect();
        let [cookie] = &opened[..] else { panic!("{opened:?}") };
        assert!(cookie.len() == 64 && *cookie != link);
        assert_eq!(store.visit_by_cookie(&link).await.unwrap(), None, "a link is no cookie");
        assert_eq!(store.visit_by_link(cookie).await.unwrap(), None);

        house.advance(LINK_LASTS);
        assert!(!store.visit_by_link(&late).await.unwrap().unwrap().can_open(house.now()));
        assert_eq!(store.open_visit(&late, &mia).await.unwrap(), None);
        assert_eq!(store.visits_asked(MIA, Via::Chat, house.now().plus(-HOUR)).await.unwrap(), 1);
    }
}

contract! {
    async fn a_browser_is_known_while_it_comes_back_but_not_for_long(house: House) {
        let store = &house.store;
        let begin = async || {
            let link = store.make_visit(MIA, Via::Chat).await.unwrap();
            store.open_visit(&link, &mia()).await.unwrap().unwrap()
        };
        let visit = async |cookie: &str| store.visit_by_cookie(cookie).await.unwrap().unwrap();
        let cookie = begin().await;
        let known = visit(&cookie).await;
        assert!(known.is_open(house.now()) && known.is_of(&mia()));
        for other in [User { role: Role::Viewer, ..mia() }, User { scope: Scope::Own, ..mia() }] {
            assert!(!known.is_of(&other), "{other:?}");
        }
        house.advance(MINUTE);
        store.note_visit(&cookie, &known).await.unwrap();
        assert_eq!(visit(&cookie).await, known, "so soon it is not noted again");
        for _ in 0..13 {
            house.advance(IDLE_MAX - 2 * MINUTE);
            assert!(visit(&cookie).await.is_open(house.now()));
            store.note_visit(&cookie, &visit(&cookie).await).await.unwrap();
        }
        house.advance(known.made_at.plus(VISIT_LASTS).since(house.now()));
        store.note_visit(&cookie, &visit(&cookie).await).await.unwrap();
        assert!(!visit(&cookie).await.is_open(house.now()), "seven days are enough");

        // What a restored house knows of who is signed in is of another time.
        let (before, link) = (begin().await, store.make_visit(MIA, Via::Chat).await.unwrap());
        store.end_visits().await.unwrap();
        assert!(!visit(&before).await.is_open(house.now()));
        assert_eq!(store.open_visit(&link, &mia()).await.unwrap(), None);

        let away = begin().await;
        house.advance(IDLE_MAX);
        assert!(!visit(&away).await.is_open(house.now()), "who stays away is forgotten");

        house.advance(DAY);
        let cookie = begin().await;
        store.end_visit(&cookie).await.unwrap();
        let ended = visit(&cookie).await;
        assert!(!ended.is_open(house.now()) && ended.ended_at == Some(house.now()));
        let all = store.visits(house.now().plus(-HOUR), house.now().plus(1), 10).await.unwrap();
        assert_eq!(all, [ended]);
        // For a year it is told who came.
        house.advance(366 * DAY);
        begin().await;
        assert_eq!(store.visits(house.now().plus(-800 * DAY), house.now().plus(1), 10).await.unwrap().len(), 1);
    }
}
