//! Rules on mails: every condition, limits, and whom customers are given to.

use rapport_model::time::{DAY, HOUR, SECOND};
use rapport_model::{Clock as _, Kind};

use super::{DEALS, answered, app, asked, set, tags, told};
use crate::support::{Mail, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_holds_for_each_customer_and_for_a_day() {
    let app = app(r#"
[[rule]]
name = "hello"
when = { intent = "pricing" }
do = [{ note = "note_praise" }]
limit = { per_customer = "7d", per_day = 2 }
"#)
    .await;
    let asks = async |who: &str, i: usize| {
        let mail = Mail::from(&format!("{who} <{who}@hotel.example>")).id(&format!("{who}{i}"));
        app.receives(mail.says("Price", "What would 20 filters cost us? Please send a quote.")).await;
        app.all(Kind::Note).await.len()
    };
    assert_eq!(asks("ann", 0).await, 1);
    assert_eq!(asks("ann", 1).await, 1, "once a week for the same customer");
    assert_eq!(asks("ben", 0).await, 2);
    assert_eq!(asks("cem", 0).await, 2, "twice a day at most");
    app.advance(25 * HOUR).await;
    assert_eq!(asks("cem", 1).await, 3);
    app.advance(7 * DAY).await;
    assert_eq!(asks("ann", 2).await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_mails_that_come_together_do_not_pass_a_limit() {
    let app = app(r#"
[[rule]]
name = "hello"
when = { intent = "pricing" }
do = [{ note = "note_praise" }]
limit = { per_customer = "7d" }
"#)
    .await;
    for i in 0..3 {
        let mail = Mail::from("Ann <ann@hotel.example>").id(&format!("m{i}"));
        let mail = mail.says("Price", &format!("What would {i}0 filters cost us?"));
        app.arrives(mail.bytes(app.clock.now())).await;
    }
    app.settle().await;
    assert_eq!(app.all(Kind::Note).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_mail_names_sets_priority_language_and_zone() {
    let app = app(r#"
[[rule]]
name = "problem"
when = { intent = ["problem", "complaint"] }
do = [{ open_ticket = "normal" }]

[[rule]]
name = "order"
when = { mentions = "order_id", answered = false }
do = [{ set = "priority", to = "high" }, { set = "zone", to = "Asia/Shanghai" }, { tag = "Orders" }]

[[rule]]
name = "closed"
when = { hours = "closed" }
do = [{ notify = "managers", text = "alert_urgent", severity = "info" }]
"#)
    .await;
    let mail = Mail::from("Petra <petra@cafe.example>").id("q");
    let broken = "The pump of order SO-1182 is broken again and nobody answers. This is unacceptable!";
    app.receives(mail.says("Order SO-1182", broken)).await;
    let mail = Mail::from("Petra <petra@cafe.example>").id("r").answers("q");
    app.receives(mail.says("Re: Order SO-1182", "It is about the order number SO-1182, as I said.")).await;
    let ticket = app.all(Kind::Ticket).await.remove(0);
    assert_eq!(ticket.text("priority"), "high");
    let petra = app.all(Kind::Customer).await.remove(0);
    assert_eq!((petra.text("zone"), tags(&petra)), ("Asia/Shanghai", r#"["orders"]"#));
    assert_eq!(told(&app, "alert_urgent").len(), 0, "no hours are set: somebody always works");
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_are_given_to_the_team_by_turns() {
    let rules = format!(
        "{DEALS}\n[[rule]]\nname = \"give\"\nwhen = {{ has_owner = false }}\ndo = [{{ assign = \"round_robin\" }}]"
    );
    let mailbox = "{ address = 'support@brightwater.example', team = 'sales' }";
    let users = "[{ handle = 'ruth', role = 'manager' }, { handle = 'mia', role = 'rep', team = 'sales' }, \
                 { handle = 'leo', role = 'rep', team = 'sales' }]";
    let set = [("RAPPORT__MAIL__SUPPORT", mailbox), ("RAPPORT__USERS", users)];
    let app = TestApp::start_set(Some(&rules), &set).await;
    let mut owners = Vec::new();
    for i in 0..4 {
        let mail = Mail::from(&format!("c{i}@hotel{i}.example")).id(&format!("m{i}"));
        app.receives_at("support", mail.says("Price", "What would 20 filters cost us?")).await;
        app.advance(SECOND).await;
        let newest = app.all(Kind::Customer).await.pop().unwrap();
        owners
            .push(newest.get("owner").id().and_then(|id| app.app.workflows.user(id)).unwrap().handle.clone());
    }
    assert_eq!(owners[..2], owners[2..], "{owners:?}");
    assert_ne!(owners[0], owners[1], "{owners:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_condition_holds_for_the_mail_that_it_describes_and_for_no_other() {
    // Each condition with whether it holds for Ben's second mail, an angry one in his conversation.
    const CONDITIONS: &[(&str, bool)] = &[
        ("intent = \"complaint\"", true),
        ("intent = [\"praise\", \"pricing\"]", false),
        ("intent = \"complaint\", min_p = 1.0", false),
        ("mood = \"negative\"", true),
        ("mood = \"positive\"", false),
        ("urgent = true", false),
        ("urgent = false", true),
        ("promise = true", true),
        ("promise = false", false),
        ("channel = \"email\"", true),
        ("channel = \"telegram\"", false),
        ("language = \"en\"", true),
        ("language = \"zh\"", false),
        ("lifecycle = \"lead\"", true),
        ("lifecycle = \"customer\"", false),
        ("tag = \"vip\"", true),
        ("tag = \"press\"", false),
        ("has_owner = true", true),
        ("has_owner = false", false),
        ("owner = \"mia\"", true),
        ("owner = \"leo\"", false),
        ("open_deal = true", true),
        ("open_deal = false", false),
        ("stage = \"proposal\"", true),
        ("stage = \"new\"", false),
        ("first_message = false", true),
        ("first_message = true", false),
        ("customer_wrote = true", true),
        ("answered = true", true),
        ("answered = false", false),
        ("ticket = \"none\"", true),
        ("ticket = \"open\"", false),
        ("mentions = \"order_id\"", true),
        ("mentions = \"phone\"", false),
        ("hours = \"open\"", true),
        ("hours = \"closed\"", false),
        ("segment = \"champions\"", true),
        ("segment = \"lost\"", false),
        ("customer_language = \"en\"", true),
        ("customer_language = \"zh\"", false),
        ("has_company = true", true),
        ("has_company = false", false),
        ("team = \"sales\"", true),
        ("team = \"service\"", false),
        ("product = \"AquaOne\"", true),
        ("product = \"AquaPro\"", false),
        ("mood_below = 0.0", true),
        ("mood_below = -1.0", false),
        ("direction = \"out\"", false),
        ("silent_for = \"30d\"", false),
    ];
    let rule = |(i, (when, _)): (usize, &(&str, bool))| {
        format!(
            "[[rule]]\nname = \"c{i}\"\nwhen = {{ {when}, tag = \"vip\" }}\ndo = [{{ tag = \"c{i}\" }}]\n"
        )
    };
    // Of a condition on tags the one that is asked for is enough.
    let rules: String =
        CONDITIONS
            .iter()
            .enumerate()
            .map(|one| {
                if one.1.0.starts_with("tag") { rule(one).replace(", tag = \"vip\"", "") } else { rule(one) }
            })
            .collect();
    let users = "[{ handle = 'ruth', role = 'manager' }, { handle = 'leo', role = 'rep' }, { handle = 'mia', \
                 role = 'rep', address = 'mia@brightwater.example', team = 'sales' }]";
    let environment = [("RAPPORT__USERS", users), ("RAPPORT__PRODUCTS", "['AquaOne', 'AquaPro']")];
    let app = TestApp::start_set(Some(&format!("{DEALS}\n{rules}")), &environment).await;
    let petra = asked(&app).await.record;
    answered(&app).await;
    set(&app, petra, "tags", r#"["vip"]"#).await;
    set(&app, petra, "owner", app.user("mia").id).await;
    set(&app, petra, "segment", "champions").await;
    let deal = app.all(Kind::Deal).await.remove(0).record;
    set(&app, deal, "stage", "proposal").await;
    let angry = "The AquaOne of order SO-1182 is broken again and nobody answers. This is unacceptable! \
                 We will pay the invoice on Friday.";
    let mail = Mail::from("Ben Li <ben@hotel.example>").id("c").answers("a");
    app.receives(mail.says("Re: Price for 20 filters", angry)).await;
    let ben = app.again(petra).await;
    let found: Vec<String> = serde_json::from_str(tags(&ben)).unwrap();
    for (i, (when, expected)) in CONDITIONS.iter().enumerate() {
        assert_eq!(found.contains(&format!("c{i}")), *expected, "{when}: {found:?}");
    }
}
