//! Who has a token may what it says, for as long as it is good.

use rapport::api::types::{Me, Problem};
use rapport_model::Clock as _;
use rapport_model::people::{Role, Scope};
use rapport_model::time::{DAY, SECOND};

use super::{House, SERVED, json, problem};
use crate::support::Program;

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_none_or_no_good_opens_nothing() {
    let house = House::start().await;
    let secret = house.secret("mia").await;
    let me = async |headers: &str| house.browser.asks("GET", "/api/v1/me", headers, "").await;
    for (header, error) in [
        ("", None),
        ("Authorization: Bearer rpt_0000\r\n", Some("invalid_token")),
        (&format!("Authorization: Basic {secret}\r\n"), Some("invalid_request")),
        (&format!("Authorization: Bearer {}\r\n", &secret[..secret.len() - 1]), Some("invalid_token")),
    ] {
        let reply = me(header).await;
        assert_eq!(problem(&reply).0, 401, "{header}");
        let challenge = reply.header("www-authenticate").unwrap();
        assert!(challenge.starts_with("Bearer realm="), "{challenge}");
        assert_eq!(challenge.contains("error="), error.is_some(), "{challenge}");
        assert!(error.is_none_or(|error| challenge.contains(error)), "{challenge}");
        assert!(!reply.body.contains("rpt_0") && !reply.body.contains(&secret[..12]), "{}", reply.body);
    }
    assert_eq!(house.asks(&secret, "GET", "/me", "", "").await.status, 200);

    // Revoked beside the service, it is good for nothing at once.
    assert!(house.app.app.store().revoke_token(1).await.unwrap());
    let reply = house.asks(&secret, "GET", "/me", "", "").await;
    assert!(reply.status == 401 && reply.body.contains("revoked"), "{}", reply.body);

    let expiring = house.secret("mia").await;
    house.app.clock.advance(30 * DAY - SECOND);
    assert_eq!(house.asks(&expiring, "GET", "/me", "", "").await.status, 200);
    house.app.clock.advance(SECOND);
    let reply = house.asks(&expiring, "GET", "/me", "", "").await;
    assert!(reply.status == 401 && reply.body.contains("expired"), "{}", reply.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_tries_tokens_is_slowed_and_nobody_else_is() {
    let house = House::start().await;
    let secret = house.secret("mia").await;
    let wrong = async || house.browser.asks("GET", "/api/v1/me", "Authorization: Bearer rpt_1\r\n", "").await;
    for _ in 0..10 {
        assert_eq!(wrong().await.status, 401);
    }
    let slowed = wrong().await;
    assert_eq!((slowed.status, slowed.header("retry-after")), (429, Some("1")));
    assert_eq!(house.asks(&secret, "GET", "/me", "", "").await.status, 200, "from the same address");
    house.app.clock.advance(SECOND);
    assert_eq!(wrong().await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_asks_at_its_pace() {
    let house = House::start_set(&[
        SERVED[0],
        ("RAPPORT__HTTP__API_BURST", "3"),
        ("RAPPORT__HTTP__API_A_SECOND", "1"),
    ])
    .await;
    let (first, second) = (house.secret("mia").await, house.secret("mia").await);
    for left in ["2", "1", "0"] {
        let reply = house.asks(&first, "GET", "/me", "", "").await;
        assert_eq!(
            (reply.status, reply.header("ratelimit-limit"), reply.header("ratelimit-remaining")),
            (200, Some("3"), Some(left))
        );
    }
    let reply = house.asks(&first, "GET", "/me", "", "").await;
    assert_eq!(problem(&reply), (429, "too-many".into(), Vec::new()));
    assert_eq!((reply.header("retry-after"), reply.header("ratelimit-reset")), (Some("1"), Some("3")));
    assert_eq!(house.asks(&second, "GET", "/me", "", "").await.status, 200, "each has a pace of its own");
    house.app.clock.advance(SECOND);
    assert_eq!(house.asks(&first, "GET", "/me", "", "").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_may_no_more_than_both_it_and_its_colleague() {
    let house = House::start().await;
    for (handle, role, scope, may) in [
        ("ruth", Role::Manager, Scope::All, (Role::Manager, Scope::All)),
        ("ruth", Role::Viewer, Scope::Own, (Role::Viewer, Scope::Own)),
        // Whose colleague may less by now.
        ("mia", Role::Owner, Scope::All, (Role::Rep, Scope::All)),
    ] {
        let me: Me = house.client(&house.secret_of(handle, role, scope).await).get("/me").await.unwrap();
        assert_eq!((me.role, me.scope), may, "{handle} {role} {scope}");
    }
    let viewer = house.secret_of("ruth", Role::Viewer, Scope::All).await;
    let reply = house.sends(&viewer, "POST", "/customers", &serde_json::json!({"name": "Ann"})).await;
    let said: Problem = serde_json::from_value(json(&reply)).unwrap();
    assert_eq!((said.status, said.kind.as_str()), (403, "/api#forbidden"));
    assert!(said.detail.contains("rep") && said.detail.contains("viewer"), "{}", said.detail);
    let narrow = house.secret_of("ruth", Role::Manager, Scope::Own).await;
    assert_eq!(house.asks(&narrow, "GET", "/jobs", "", "").await.status, 403);

    // A colleague who is gone.
    let expires_at = house.app.clock.now().plus(DAY);
    let new = rapport_storage::tokens::NewToken {
        name: "gone".into(),
        user: rapport_model::Id(7),
        role: Role::Owner,
        scope: Scope::All,
        expires_at,
    };
    let (_, gone) = house.app.app.store().make_token(new).await.unwrap();
    assert_eq!(house.asks(&gone, "GET", "/me", "", "").await.status, 401);
}

#[test]
fn whoever_runs_the_service_makes_lists_and_revokes_tokens() {
    let dir = tempfile::tempdir().unwrap();
    let program = Program::on(&dir.path().join("data"));
    std::fs::create_dir(&program.data).unwrap();
    let users = "users = [{ handle = 'mia', role = 'rep', scope = 'team', team = 'service' }]\n";
    std::fs::write(program.data.join("rapport.toml"), users).unwrap();
    let made = program.json(&["--json", "token", "new", "shop", "--for", "mia", "--days", "90"]);
    let secret = made["secret"].as_str().unwrap();
    assert!(secret.starts_with("rpt_") && secret.len() == 68, "{made}");
    assert_eq!((&made["number"], &made["role"], &made["scope"]), (&1.into(), &"rep".into(), &"team".into()));
    let listed = program.json(&["--json", "token", "list"]);
    assert_eq!(
        (&listed["name"], &listed["user"], &listed["state"]),
        (&"shop".into(), &"mia".into(), &"good".into())
    );
    assert!(listed["secret"].is_null());
    for (arguments, says) in [
        (&["token", "new", "shop", "--for", "nemo"][..], "there is no colleague"),
        (&["token", "new", "shop", "--for", "mia", "--role", "owner"], "may not do more"),
        (&["token", "new", "shop", "--for", "mia", "--scope", "all"], "may not see more"),
        (&["token", "new", "", "--for", "mia"], "the name must have"),
        (&["token", "revoke", "7"], "there is no token 7"),
    ] {
        let output = program.run(arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(says), "{arguments:?}: {said}");
    }
    assert_eq!(program.json(&["--json", "token", "revoke", "1"])["revoked"], true);
    assert_eq!(program.json(&["--json", "token", "revoke", "1"])["revoked"], false);
    assert_eq!(program.json(&["--json", "token", "list"])["state"], "revoked");
}
