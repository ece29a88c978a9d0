//! What holds whatever a file says, and what conditions ask.

use rapport_model::Id;
use rapport_model::consent::Refusals;
use rapport_model::event::{CustomerFacts, Facts, What};
use rapport_model::message::{Automation, Direction};
use rapport_model::people::{Lifecycle, TicketStatus};
use rapport_model::time::HOUR;

use super::world::{World, check, idle, morning};
use crate::rules::Rules;

/// Rules that want everything, always.
fn greedy() -> Rules {
    let text = r#"
        [[rule]]
        name = "in"
        do = [
            { open_ticket = "low" }, "ticket_reopened", { task = "t", due = "1h" }, "open_deal",
            { lifecycle = "customer" }, { note = "n" }, "opt_out", { notify = "owner", text = "x" },
            { write = "w" },
        ]

        [[rule]]
        name = "again"
        do = [
            { open_ticket = "urgent" }, { task = "t2", due = "2h" }, "open_deal", { lifecycle = "lost" },
            { note = "n" }, { note = "n2" }, "opt_out", { notify = "owner", text = "y", severity = "alert" },
            { notify = "managers", text = "y" }, { write = "w2" },
        ]

        [[rule]]
        name = "out"
        when = { direction = "out" }
        do = ["ticket_answered", "take_ownership", { start = "s" }, { notify = "owner", text = "x" }]

        [[rule]]
        name = "step"
        on = "step"
        when = { sequence = "s", step = 1 }
        do = [{ notify = "owner", text = "x" }, { task = "t", due = "1h" }]

        [[rule]]
        name = "figure"
        on = "anomaly"
        when = { min_score = 5 }
        do = [{ notify = "managers", text = "x" }]

        [[sequence]]
        name = "s"
        when = { lifecycle = "lead" }
        steps = [{ after = "1d", write = "f" }]
    "#;
    Rules::parse(text, "greedy.toml").unwrap()
}

#[test]
fn what_must_not_be_is_not_done_whatever_the_rules_say() {
    check(
        &greedy(),
        &[
            (
                "what is wanted twice is done once, the louder and more urgent",
                |_| (),
                &[
                    "again: ticket urgent",
                    "in: t due 2027-11-24T11:01:00Z",
                    "in: deal",
                    "in: now a customer",
                    "in: note n",
                    "in: opt out",
                    "again: tell owner y!!!",
                    "in: write w",
                    "again: note n2",
                    "again: tell managers y",
                ],
            ),
            ("an automatic answer", |w| w.message.automation = Automation::AutoReply, &[]),
            ("a bounce", |w| w.message.automation = Automation::Bounce, &[]),
            ("a newsletter", |w| w.message.automation = Automation::Newsletter, &[]),
            (
                "our own automatic mail that came back",
                |w| {
                    w.house_answers();
                    w.message.automation = Automation::OwnAutomatic;
                },
                &[],
            ),
            ("mail within the house", |w| w.message.direction = Direction::Internal, &[]),
            ("old news", |w| w.message.history = true, &[]),
            ("older than two days", |w| w.now = morning().plus(48 * HOUR + 1), &[]),
            ("the fifth event in a chain", |w| w.depth = 5, &[]),
            (
                "a figure after a long chain",
                |w| {
                    w.figure("volume", 9.0);
                    w.depth = 200;
                },
                &[],
            ),
            (
                "who opted out is not written to",
                |w| {
                    w.facts = Facts {
                        customer: Some(CustomerFacts {
                            refusals: Refusals { all: true, ..Refusals::default() },
                            ..w.customer().clone()
                        }),
                        ..w.facts.clone()
                    };
                    w.has_deal("lead");
                    w.has_ticket(TicketStatus::Open);
                    w.thread().open_task = true;
                },
                &[
                    "in: now a customer",
                    "in: note n",
                    "again: tell owner y!!!",
                    "again: note n2",
                    "again: tell managers y",
                ],
            ),
            (
                "no ticket to answer, an owner already, not a lead",
                |w| {
                    w.house_answers();
                    w.has_ticket(TicketStatus::Pending);
                    w.owned_by_mia_in("");
                    w.customer().lifecycle = Lifecycle::Lost;
                },
                &["out: tell owner x"],
            ),
            ("a figure that is not unusual enough", |w| w.figure("volume", 4.9), &[]),
            ("a figure that is", |w| w.figure("volume", 5.0), &["figure: tell managers x"]),
        ],
    );
    let in_time = {
        let mut world = World::new();
        world.now = morning().plus(48 * HOUR);
        world.react(&greedy()).len()
    };
    assert_eq!(in_time, 10, "48 hours are still acted on");
}

#[test]
fn a_rule_on_a_step_runs_only_when_the_step_does() {
    let step = |lifecycle, opted_out| {
        let mut world = World::new();
        world.step(0, 1);
        let what = What::Step { sequence: "s".into(), step: 0, thread: Id(2), message: Id(10) };
        world.instead = world.instead.map(|(_, at)| (what, at));
        world.customer().lifecycle = lifecycle;
        world.customer().refusals.all = opted_out;
        world.react(&greedy())
    };
    let all = ["s: write f", "step: tell owner x", "step: t due 2027-11-25T11:01:00Z"];
    assert_eq!(step(Lifecycle::Lead, false), all);
    assert_eq!(step(Lifecycle::Customer, false), [""; 0], "the sequence is for leads");
    assert_eq!(step(Lifecycle::Lead, true), [""; 0]);
}

/// A condition, what happens, and whether the condition holds.
type Asked = (&'static str, fn(&mut World), bool);

#[test]
fn every_condition_asks_what_it_says() {
    let holds = |when: &str, change: fn(&mut World)| {
        let text = format!(
            "[[rule]]\nname = \"r\"\nwhen = {{ {when} }}\ndo = [{{ notify = \"owner\", text = \"x\" }}]"
        );
        let mut world = World::new();
        change(&mut world);
        !world.react(&Rules::parse(&text, "r.toml").unwrap()).is_empty()
    };
    let cases: &[Asked] = &[
        ("", |_| (), true),
        (r#"mood = ["negative", "neutral"]"#, |_| (), true),
        (r#"mood = "negative""#, |_| (), false),
        ("urgent = false", |_| (), true),
        ("urgent = true", |_| (), false),
        (r#"channel = ["email", "telegram"]"#, |_| (), true),
        (r#"channel = "discord""#, |_| (), false),
        (r#"language = "EN""#, |_| (), true),
        (r#"language = ["zh"]"#, |_| (), false),
        (r#"intent = "other", min_p = 0.95"#, |_| (), false),
        (r#"intent = ["buy", "other"], min_p = 0"#, |_| (), true),
        (r#"lifecycle = ["lead", "lost"]"#, |_| (), true),
        (r#"lifecycle = "lead""#, |w| w.facts.customer = None, false),
        (r#"tag = "vip""#, |_| (), false),
        (r#"tag = ["vip", "press"]"#, |w| w.customer().tags = vec!["press".into()], true),
        ("has_owner = false", |_| (), true),
        ("has_owner = true", |w| w.owned_by_mia_in(""), true),
        ("open_deal = true", |_| (), false),
        ("open_deal = true", |w| w.has_deal("lead"), true),
        ("first_message = true", |_| (), true),
        ("first_message = true", |w| w.customer().n_in = 2, false),
        ("customer_wrote = true", |_| (), true),
        ("answered = true", |_| (), false),
        ("answered = false", |w| w.thread().last_out = Some(morning()), false),
        (r#"ticket = "none""#, |_| (), true),
        (r#"ticket = "none""#, |w| w.has_ticket(TicketStatus::Closed), true),
        (r#"ticket = ["open", "pending"]"#, |w| w.has_ticket(TicketStatus::Open), true),
        (r#"urgent = false, mood = "positive""#, |_| (), false),
    ];
    for (when, change, expected) in cases {
        assert_eq!(holds(when, *change), *expected, "{when}");
    }
}

#[test]
fn who_has_nobody_goes_to_whoever_of_the_team_has_least_to_do() {
    let text = "[[rule]]\nname = \"give\"\nwhen = { has_owner = false }\ndo = [\"assign\"]";
    let rules = Rules::parse(text, "rules.toml").unwrap();
    fn team(world: &mut World, loads: &[(i64, i64)]) {
        world.facts.team = loads.iter().map(|(user, open)| idle(*user, *open)).collect();
    }
    check(
        &rules,
        &[
            ("nobody is of the team", |_| {}, &[]),
            ("two are as idle", |w| team(w, &[(9, 2), (8, 1), (6, 1)]), &["give: assign to 6"]),
            (
                "somebody looks after them",
                |w| {
                    team(w, &[(9, 0)]);
                    w.owned_by_mia_in("UTC");
                },
                &[],
            ),
            (
                "a machine wrote",
                |w| {
                    team(w, &[(9, 0)]);
                    w.message.automation = Automation::OutOfOffice;
                },
                &[],
            ),
        ],
    );
}
