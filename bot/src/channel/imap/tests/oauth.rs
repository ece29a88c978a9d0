//! Logins with access tokens: one that is refused is renewed once.

use super::super::account::{State, mailboxes};
use super::*;
use crate::channel::oauth::fake::{Provider, Reply};

impl House {
    async fn with_a_grant(server: &Shared, provider: &Provider) -> Self {
        let dir = TempDir::new().unwrap();
        let oauth = provider.oauth(dir.path());
        Self::logging_in(server, &oauth, "", dir).await
    }

    async fn state(&self) -> State {
        let app = &self.account.app;
        mailboxes(app.store(), &app.config).await.unwrap().remove(0).1
    }
}

fn n_logins(server: &Shared) -> usize {
    server.lock().unwrap().asked.iter().filter(|asked| asked.starts_with("AUTHENTICATE")).count()
}

fn takes(server: &Shared, token: &str) {
    server.lock().unwrap().token = token.into();
}

#[tokio::test]
async fn a_token_that_was_withdrawn_before_its_time_is_renewed_and_nobody_hears_of_it() {
    let (server, provider) = (Server::with(3, Trick::None), Provider::start().await);
    takes(&server, "a1");
    let house = House::with_a_grant(&server, &provider).await;
    house.reads().await.unwrap();
    house.reads().await.unwrap();
    assert_eq!((house.n_messages().await, provider.asked().len(), n_logins(&server)), (3, 1, 2));
    takes(&server, "a2");
    house.reads().await.unwrap();
    assert_eq!((provider.asked().len(), n_logins(&server)), (2, 4));
    assert_eq!(house.state().await.logins_refused, 0);
}

#[tokio::test]
async fn a_login_that_is_refused_with_a_new_token_counts_as_refused() {
    let (server, provider) = (Server::with(3, Trick::None), Provider::start().await);
    takes(&server, "another");
    let house = House::with_a_grant(&server, &provider).await;
    // The first token is new, the second time it is not and is renewed.
    for (n_refused, n_asked, n_tried) in [(1, 1, 1), (2, 2, 3), (3, 3, 5)] {
        let trouble = house.reads().await.unwrap_err();
        assert!(matches!(trouble, ImapError::Login(_)), "{trouble}");
        assert_eq!((provider.asked().len(), n_logins(&server)), (n_asked, n_tried));
        assert_eq!(house.state().await.logins_refused, n_refused);
    }
}

#[tokio::test]
async fn a_consent_that_was_withdrawn_counts_as_a_refused_login_and_a_provider_in_trouble_does_not() {
    for (reply, n_refused, says) in [
        (Reply::error("invalid_grant"), 1, "sign in again"),
        (Reply::Says(500, String::new()), 0, "status 500"),
    ] {
        let (server, provider) = (Server::with(3, Trick::None), Provider::start().await);
        takes(&server, "a2");
        provider.next(reply);
        let house = House::with_a_grant(&server, &provider).await;
        house.reads().await.unwrap_err();
        let state = house.state().await;
        let trouble = state.trouble.unwrap();
        assert!(state.logins_refused == n_refused && trouble.contains(says), "{trouble}");
        assert_eq!(n_logins(&server), 0);
        house.reads().await.unwrap();
        let state = house.state().await;
        assert_eq!((house.n_messages().await, state.trouble, state.logins_refused), (3, None, 0));
    }
}
