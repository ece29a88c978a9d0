//! Rules that look at changes, silence, ratings and schedules, and the conditions that they have.

use rapport_model::event::{Load, Silence, What};
use rapport_model::reading::EntityKind;
use rapport_model::time::DAY;
use rapport_model::{Id, Kind};

use super::world::{World, check, idle, morning};
use crate::rules::Rules;

fn rule(on: &str, when: &str, deeds: &str) -> Rules {
    let text = format!("[[rule]]\nname = \"r\"\non = \"{on}\"\nwhen = {{ {when} }}\ndo = [{deeds}]");
    Rules::parse(&text, "rules.toml").unwrap_or_else(|problems| panic!("{text}\n{problems:?}"))
}

/// Whether a rule on changes of a kind of record holds for a change.
fn holds(on: &str, when: &str, change: fn(&mut World)) -> bool {
    let mut world = World::new();
    change(&mut world);
    !world.react(&rule(on, when, "{ note = \"n\" }")).is_empty()
}

#[test]
fn a_change_is_looked_at_by_its_record_its_fields_and_what_they_were_and_became() {
    let won: fn(&mut World) = |w| w.changed(Kind::Deal, None, &[("stage", &["offer"], &["won"])]);
    let tagged: fn(&mut World) = |w| w.changed(Kind::Customer, None, &[("tags", &["old"], &["old", "vip"])]);
    let done: fn(&mut World) = |w| w.changed(Kind::Task, None, &[("done_at", &[], &["set"])]);
    let made: fn(&mut World) = |w| {
        w.changed(Kind::Ticket, None, &[("status", &[], &["open"]), ("priority", &[], &["high"])]);
        if let Some((What::Changed(change), _)) = &mut w.instead {
            change.created = true;
        }
    };
    for (on, when, change, expected) in [
        ("deal", "", won, true),
        ("deal", r#"changed = "stage", to = "won""#, won, true),
        ("deal", r#"to = ["won", "lost"]"#, won, true),
        ("deal", r#"from = "offer""#, won, true),
        ("deal", r#"from = "lead""#, won, false),
        ("deal", r#"changed = "owner""#, won, false),
        ("deal", "created = true", won, false),
        ("ticket", "", won, false),
        ("customer", r#"changed = "tags", to = "vip""#, tagged, true),
        ("customer", r#"changed = "tags", to = "old""#, tagged, false),
        ("customer", r#"changed = "tags", from = "old""#, tagged, false),
        ("task", r#"changed = "done_at", to = "set""#, done, true),
        ("ticket", "created = true", made, true),
        ("ticket", r#"created = true, changed = "priority", to = "high""#, made, true),
        ("ticket", "created = false", made, false),
    ] {
        assert_eq!(holds(on, when, change), expected, "on {on}: {when}");
    }
}

#[test]
fn what_a_rule_did_does_not_set_it_off_again_and_a_limit_holds_it_back() {
    let rules = rule("customer", r#"changed = "tags""#, "{ tag = \"seen\" }");
    let by = |by: Option<&str>| {
        let mut world = World::new();
        world.changed(Kind::Customer, by, &[("tags", &[], &["vip"])]);
        world
    };
    assert_eq!(by(None).react(&rules), ["r: tag seen"]);
    assert_eq!(by(Some("other")).react(&rules), ["r: tag seen"]);
    assert_eq!(by(Some("r")).react(&rules), [""; 0]);
    let mut world = by(None);
    world.facts.spent = vec!["r".into()];
    assert_eq!(world.react(&rules), [""; 0]);
    let mut deep = by(None);
    deep.depth = 5;
    assert_eq!(deep.react(&rules), [""; 0]);
}

#[test]
fn conditions_ask_what_is_known_of_customer_owner_deal_and_hours() {
    type Asked = (&'static str, fn(&mut World), bool);
    let cases: &[Asked] = &[
        (r#"owner = "mia""#, |w| w.owned_by_mia_in(""), true),
        (r#"owner = "leo""#, |w| w.owned_by_mia_in(""), false),
        (r#"owner = "mia""#, |_| (), false),
        (r#"team = "service""#, |w| w.owned_by_mia_in(""), false),
        (r#"stage = ["offer", "demo"]"#, |w| w.has_deal("offer"), true),
        (r#"stage = "offer""#, |w| w.has_deal("lead"), false),
        (r#"segment = "champions""#, |w| w.customer().segment = Some("champions".into()), true),
        (r#"segment = "champions""#, |_| (), false),
        (r#"hours = "closed""#, |w| w.facts.open = Some(false), true),
        (r#"hours = "open""#, |w| w.facts.open = Some(false), false),
        (r#"hours = "open""#, |_| (), true),
        (r#"silent_for = "10d""#, |w| w.customer().last_in = Some(morning().plus(-11 * DAY)), true),
        (r#"silent_for = "10d""#, |w| w.customer().last_in = Some(morning().plus(-9 * DAY)), false),
        ("mood_below = -0.2", |w| w.customer().mood = Some(-0.5), true),
        ("mood_below = -0.2", |w| w.customer().mood = Some(0.0), false),
        ("mood_below = -0.2", |_| (), false),
    ];
    for (when, change, expected) in cases {
        let mut world = World::new();
        change(&mut world);
        let holds = !world.react(&rule("message", when, "{ note = \"n\" }")).is_empty();
        assert_eq!(holds, *expected, "{when}");
    }
    let mut world = World::new();
    world.message.mentions = vec![EntityKind::OrderId];
    world.message.products = vec!["AquaOne".into()];
    for (when, expected) in [
        (r#"mentions = ["order_id", "money"]"#, true),
        (r#"mentions = "money""#, false),
        (r#"product = "AquaOne""#, true),
        (r#"product = "AquaPro""#, false),
    ] {
        let holds = !world.react(&rule("message", when, "{ note = \"n\" }")).is_empty();
        assert_eq!(holds, expected, "{when}");
    }
}

#[test]
fn a_rating_a_silence_and_a_schedule_set_rules_off() {
    let rated: fn(&mut World) = |w| {
        w.changed(Kind::Rating, None, &[("score", &[], &["2"])]);
        w.facts.score = Some(2);
    };
    assert!(holds("rating", "max_score = 2", rated));
    assert!(!holds("rating", "min_score = 4", rated));
    assert!(holds("silence", r#"lifecycle = "lead""#, |w| {
        let silence = Silence { days: 21, usual: Some(6), since: morning() };
        w.instead = Some((What::Silence(silence), w.now));
    }));
    let planned: fn(&mut World) =
        |w| w.instead = Some((What::Schedule { name: "weekly".into(), planned: w.now }, w.now));
    let weekly = "[[schedule]]\nname = \"weekly\"\ncron = \"0 9 * * mon\"\ndoes = \"customers\"\n
        [[rule]]\nname = \"r\"\non = \"schedule\"\nwhen = { schedule = \"weekly\" }\ndo = [{ note = \"n\" }]";
    let mut world = World::new();
    planned(&mut world);
    assert_eq!(world.react(&Rules::parse(weekly, "f").unwrap()), ["r: note n"]);
}

#[test]
fn deeds_change_fields_tags_and_deals_only_where_something_changes() {
    let all = r#"{ set = "priority", to = "high" }, { set = "zone", to = "Asia/Shanghai" }, { tag = "VIP" },
        { untag = "new" }, { move_deal = "offer" }, { stop = "s" }"#;
    let text = format!(
        "[[sequence]]\nname = \"s\"\nsteps = [{{ after = \"1d\", write = \"w\" }}]\n
         [[rule]]\nname = \"r\"\ndo = [{all}]"
    );
    let rules = Rules::parse(&text, "f").unwrap();
    check(
        &rules,
        &[
            ("little is known", |_| (), &["r: zone is Asia/Shanghai", "r: tag vip", "r: stop s"]),
            (
                "all is there",
                |w| {
                    w.has_ticket(rapport_model::people::TicketStatus::Open);
                    w.has_deal("lead");
                    w.customer().tags = vec!["vip".into(), "new".into()];
                },
                &[
                    "r: priority is high",
                    "r: zone is Asia/Shanghai",
                    "r: untag new",
                    "r: deal to offer",
                    "r: stop s",
                ],
            ),
        ],
    );
}

#[test]
fn customers_are_given_by_turns_or_to_who_speaks_their_language() {
    let loads = |world: &mut World| {
        let at = |days: i64| Some(morning().plus(days * DAY));
        world.facts.team = vec![
            Load { given_at: at(-1), language: "en".into(), ..idle(6, 0) },
            Load { given_at: at(-3), language: "zh".into(), ..idle(7, 5) },
            Load { given_at: at(-2), language: "zh".into(), ..idle(8, 2) },
        ];
    };
    for (how, language, expected) in [
        ("least_busy", "en", 6),
        ("round_robin", "en", 7),
        ("language", "zh", 8),
        // Nobody speaks it: whoever has least to do.
        ("language", "fr", 6),
    ] {
        let mut world = World::new();
        loads(&mut world);
        world.message.language = language.into();
        let rules = rule("message", "", &format!("{{ assign = \"{how}\" }}"));
        assert_eq!(world.react(&rules), [format!("r: assign to {}", Id(expected))], "{how} {language}");
    }
}

#[test]
fn what_is_wrong_with_a_rule_is_said_with_its_line() {
    let problems = |text: &str| -> Vec<String> {
        let problems = Rules::parse(text, "f").unwrap_err();
        problems.iter().map(ToString::to_string).collect()
    };
    for (when, deed, expected) in [
        (
            r#"on = "deal"
when = { changed = "stag" }"#,
            "{ note = \"n\" }",
            "f:4: unknown changed `stag`, did you mean `stage`?",
        ),
        (r#"on = "silense""#, "{ note = \"n\" }", "f:3: unknown event `silense`, did you mean `silence`?"),
        (
            r#"on = "rating"
when = { max_score = 9 }"#,
            "{ note = \"n\" }",
            "f:4: `max_score` must be a number from 1 to 5",
        ),
        (
            r#"limit = { per_customer = "soon" }"#,
            "{ note = \"n\" }",
            "f:3: `per_customer` must be a time such as \"90m\", \"2h\", \"3d\" or \"1w\", at most 366 days",
        ),
        ("", r#"{ set = "priority", to = "loud" }"#, "f:4: `to` must be low, normal, high or urgent"),
        ("", r#"{ set = "zone", to = "Mars/Base" }"#, "f:4: `to` must be a zone such as Europe/Berlin"),
        ("", r#"{ tag = "two words" }"#, "f:4: a tag is one word of at most 40 letters"),
        ("", r#"{ stop = "nothing" }"#, "f:4: unknown sequence `nothing`; there is none"),
        (
            r#"on = "schedule"
when = { schedule = "weekly" }"#,
            "{ note = \"n\" }",
            "f:4: unknown schedule `weekly`; there is none",
        ),
    ] {
        let text = format!("[[rule]]\nname = \"r\"\n{when}\ndo = [{deed}]");
        assert_eq!(problems(&text), [expected], "{text}");
    }
}
