//! What the rules that come with the program do.

use rapport_model::Id;
use rapport_model::event::{Facts, What};
use rapport_model::message::Trust;
use rapport_model::people::{Lifecycle, TicketStatus};
use rapport_model::reading::{Intent, IntentScore};
use rapport_model::time::{DAY, HOUR};

use super::world::{World, check, morning};
use crate::rules::{Reason, Rules, react, reasons};

#[test]
fn messages_from_customers_lead_to_what_the_default_rules_say() {
    const TOMORROW: &str = "lead: task_offer due 2027-11-25T08:00:00Z"; // 09:00 in Berlin
    check(
        &Rules::default(),
        &[
            ("nothing in particular", |_| (), &[]),
            (
                "a complaint",
                |w| w.wants(Intent::Complaint, 0.8),
                &["complaint: ticket high", "complaint: tell owner alert_complaint!!!"],
            ),
            ("an unlikely complaint", |w| w.wants(Intent::Complaint, 0.49), &[]),
            (
                "as likely as not",
                |w| w.wants(Intent::Complaint, 0.5),
                &["complaint: ticket high", "complaint: tell owner alert_complaint!!!"],
            ),
            (
                "an urgent complaint is one urgent ticket and one notice",
                |w| {
                    w.wants(Intent::Complaint, 0.8);
                    w.message.urgent = true;
                },
                &["complaint_urgent: ticket urgent", "complaint: tell owner alert_complaint!!!"],
            ),
            (
                "a complaint in a thread with an open ticket rings all the same",
                |w| {
                    w.wants(Intent::Complaint, 0.8);
                    w.has_ticket(TicketStatus::Open);
                },
                &["complaint: tell owner alert_complaint!!!"],
            ),
            (
                "a complaint in a thread whose ticket waits for the customer",
                |w| {
                    w.wants(Intent::Complaint, 0.8);
                    w.has_ticket(TicketStatus::Pending);
                },
                &["complaint: tell owner alert_complaint!!!", "customer_is_back: ticket reopened"],
            ),
            (
                "a second intent counts too",
                |w| {
                    w.message.intents = [(Intent::Problem, 0.5), (Intent::Complaint, 0.5)]
                        .map(|(name, p)| IntentScore { name, p })
                        .to_vec();
                },
                &["complaint: ticket high", "complaint: tell owner alert_complaint!!!"],
            ),
            ("a problem", |w| w.wants(Intent::Problem, 0.7), &["problem: ticket normal"]),
            (
                "an urgent problem",
                |w| {
                    w.wants(Intent::Problem, 0.7);
                    w.message.urgent = true;
                },
                &["problem: ticket normal", "urgent: tell owner alert_urgent!"],
            ),
            (
                "money back",
                |w| w.wants(Intent::Refund, 0.7),
                &["refund_or_cancel: ticket high", "refund_or_cancel: tell owner alert_leaving!"],
            ),
            (
                "the end of a contract",
                |w| w.wants(Intent::Cancel, 0.7),
                &["refund_or_cancel: ticket high", "refund_or_cancel: tell owner alert_leaving!"],
            ),
            (
                "what do you know of me",
                |w| w.wants(Intent::Privacy, 0.7),
                &["privacy: ticket high", "privacy: tell managers alert_privacy!"],
            ),
            (
                "an urgent question about privacy tells managers and owner",
                |w| {
                    w.wants(Intent::Privacy, 0.7);
                    w.message.urgent = true;
                },
                &[
                    "privacy: ticket high",
                    "privacy: tell managers alert_privacy!",
                    "urgent: tell owner alert_urgent!",
                ],
            ),
            ("what does it cost", |w| w.wants(Intent::Pricing, 0.7), &["lead: deal", TOMORROW]),
            (
                "a dormant customer asks for a demonstration",
                |w| {
                    w.wants(Intent::Demo, 0.7);
                    w.customer().lifecycle = Lifecycle::Dormant;
                },
                &["lead: now a lead", "lead: deal", TOMORROW],
            ),
            (
                "a customer who buys again stays a customer",
                |w| {
                    w.wants(Intent::Buy, 0.7);
                    w.customer().lifecycle = Lifecycle::Customer;
                },
                &["lead: deal", TOMORROW],
            ),
            (
                "a deal and a task are open already",
                |w| {
                    w.wants(Intent::Buy, 0.7);
                    w.has_deal("lead");
                    w.thread().open_task = true;
                },
                &[],
            ),
            (
                "the owner lives in Shanghai",
                |w| {
                    w.wants(Intent::Meeting, 0.7);
                    w.owned_by_mia_in("Asia/Shanghai");
                },
                &["meeting: task_meeting due 2027-11-25T01:00:00Z"],
            ),
            (
                "a zone that is none is the house's",
                |w| {
                    w.wants(Intent::Meeting, 0.7);
                    w.owned_by_mia_in("Mars/Olympus");
                },
                &["meeting: task_meeting due 2027-11-25T08:00:00Z"],
            ),
            (
                "on a Friday, tomorrow is Monday",
                |w| {
                    w.wants(Intent::Meeting, 0.7);
                    w.now = morning().plus(2 * DAY);
                    w.message.received_at = w.now;
                },
                &["meeting: task_meeting due 2027-11-29T08:00:00Z"],
            ),
            (
                "who asks for the order has bought",
                |w| w.wants(Intent::OrderStatus, 0.7),
                &["has_bought: now a customer"],
            ),
            ("but it must be likely", |w| w.wants(Intent::Billing, 0.55), &[]),
            ("who asks how it works may not have bought", |w| w.wants(Intent::HowTo, 0.9), &[]),
            ("no more mail", |w| w.wants(Intent::Unsubscribe, 0.7), &["unsubscribe: opt out"]),
            (
                "no more mail, said twice",
                |w| {
                    w.wants(Intent::Unsubscribe, 0.7);
                    w.customer().refusals.all = true;
                },
                &[],
            ),
            (
                "no more mail, and it was proven who wrote it",
                |w| {
                    w.wants(Intent::Unsubscribe, 0.7);
                    w.message.trust = Some(Trust::Pass);
                },
                &["unsubscribe: opt out"],
            ),
            (
                "no more mail, in somebody's name",
                |w| {
                    w.wants(Intent::Unsubscribe, 0.7);
                    w.message.trust = Some(Trust::None);
                },
                &["unsubscribe: tell owner alert_unproven!"],
            ),
            ("a kind word", |w| w.wants(Intent::Praise, 0.7), &["praise: note note_praise"]),
            (
                "an answer reopens the ticket",
                |w| w.has_ticket(TicketStatus::Pending),
                &["customer_is_back: ticket reopened"],
            ),
            (
                "somebody else in the conversation reopens nothing by themselves",
                |w| {
                    w.has_ticket(TicketStatus::Pending);
                    w.thread().ticket.as_mut().unwrap().customer = Some(Id(5));
                },
                &["customer_is_back: tell owner alert_stranger!"],
            ),
            (
                "unless the mail server vouches for them",
                |w| {
                    w.has_ticket(TicketStatus::Pending);
                    w.thread().ticket.as_mut().unwrap().customer = Some(Id(5));
                    w.message.trust = Some(Trust::Pass);
                },
                &["customer_is_back: ticket reopened"],
            ),
            (
                "thanks leave it waiting",
                |w| {
                    w.has_ticket(TicketStatus::Pending);
                    w.wants(Intent::Praise, 0.7);
                },
                &["praise: note note_praise"],
            ),
            ("an open ticket stays open", |w| w.has_ticket(TicketStatus::Open), &[]),
            (
                "somebody without a record yet",
                |w| {
                    w.wants(Intent::Pricing, 0.7);
                    w.facts = Facts { zone: "UTC".into(), ..Facts::default() };
                },
                &["lead: task_offer due 2027-11-25T09:00:00Z"],
            ),
        ],
    );
}

#[test]
fn messages_from_the_house_answer_the_ticket_and_start_the_wait() {
    const WAIT: &str = "answered: start silence at 2027-11-27T10:00:00Z";
    check(
        &Rules::default(),
        &[
            ("an answer", World::house_answers, &["answered: take ownership", WAIT]),
            (
                "an answer to a ticket of an owned customer",
                |w| {
                    w.house_answers();
                    w.has_ticket(TicketStatus::Open);
                    w.owned_by_mia_in("");
                },
                &["answered: ticket answered", WAIT],
            ),
            (
                "a second answer",
                |w| {
                    w.house_answers();
                    w.has_ticket(TicketStatus::Pending);
                    w.owned_by_mia_in("");
                },
                &[WAIT],
            ),
            (
                "a mail out of the blue waits for nothing",
                |w| {
                    w.house_answers();
                    w.thread().last_in = None;
                },
                &[],
            ),
            (
                "who opted out is not reminded",
                |w| {
                    w.house_answers();
                    w.customer().refusals.all = true;
                },
                &["answered: take ownership"],
            ),
            (
                "what we write is no complaint",
                |w| {
                    w.house_answers();
                    w.thread().last_in = None;
                    w.wants(Intent::Complaint, 0.9);
                    w.message.urgent = true;
                },
                &[],
            ),
        ],
    );
}

#[test]
fn the_silent_are_reminded_and_nobody_else() {
    check(
        &Rules::default(),
        &[
            (
                "three days later",
                |w| w.step(0, 3),
                &["silence: write follow_up_1", "silence: silence 1 at 2027-12-04T10:00:00Z"],
            ),
            (
                "ten days later",
                |w| w.step(1, 10),
                &["silence: write follow_up_2", "silence: silence 2 at 2027-12-24T10:00:00Z"],
            ),
            ("a month later, for the last time", |w| w.step(2, 30), &["silence: write follow_up_3"]),
            (
                "we wrote again on the day of a reminder",
                |w| {
                    w.step(1, 10);
                    w.thread().last_out = Some(morning().plus(3 * DAY + HOUR));
                },
                &[],
            ),
            (
                "the customer answered",
                |w| {
                    w.step(0, 3);
                    w.thread().last_in = Some(morning().plus(HOUR));
                },
                &[],
            ),
            (
                "the customer answered between two reminders",
                |w| {
                    w.step(1, 10);
                    w.thread().last_out = Some(morning().plus(3 * DAY));
                    w.thread().last_in = Some(morning().plus(4 * DAY));
                },
                &[],
            ),
            (
                "the customer answered and we wrote again",
                |w| {
                    w.step(0, 3);
                    w.thread().last_in = Some(morning().plus(DAY));
                    w.thread().last_out = Some(morning().plus(2 * DAY));
                },
                &[],
            ),
            (
                "we wrote again, which starts a wait of its own",
                |w| {
                    w.step(0, 3);
                    w.thread().last_out = Some(morning().plus(2 * DAY));
                },
                &[],
            ),
            (
                "we wrote again between two reminders",
                |w| {
                    w.step(1, 10);
                    w.thread().last_out = Some(morning().plus(6 * DAY));
                },
                &[],
            ),
            (
                "the customer opted out",
                |w| {
                    w.step(0, 3);
                    w.customer().refusals.all = true;
                },
                &[],
            ),
            (
                "after two weeks of downtime the next reminder keeps its distance",
                |w| {
                    w.step(0, 3);
                    w.now = morning().plus(17 * DAY);
                },
                &["silence: write follow_up_1", "silence: silence 1 at 2027-12-18T10:00:00Z"],
            ),
            (
                "an answer in the downtime is an answer, however late the step seems to be planned",
                |w| {
                    w.step(0, 17);
                    w.thread().last_in = Some(morning().plus(DAY));
                },
                &[],
            ),
            ("a step that is no longer there", |w| w.step(3, 90), &[]),
            (
                "a sequence that is no longer there",
                |w| {
                    w.step(0, 3);
                    let what =
                        What::Step { sequence: "gone".into(), step: 0, thread: Id(2), message: Id(10) };
                    w.instead = Some((what, w.now));
                },
                &[],
            ),
            (
                "a conversation that was erased",
                |w| {
                    w.step(0, 3);
                    w.facts.thread = None;
                },
                &[],
            ),
        ],
    );
}

#[test]
fn unusual_figures_tell_the_managers() {
    check(
        &Rules::default(),
        &[
            (
                "bad mail",
                |w| w.figure("negative", 4.7),
                &["negative_wave: tell managers alert_anomaly_negative!!!"],
            ),
            ("much mail", |w| w.figure("volume", 4.0), &["flood: tell managers alert_anomaly_volume!"]),
            ("no mail", |w| w.figure("quiet", 6.0), &["drought: tell managers alert_anomaly_quiet!"]),
            (
                "slow answers",
                |w| w.figure("answers", 6.0),
                &["slow_answers: tell managers alert_anomaly_answers!"],
            ),
            (
                "a wave of one sort",
                |w| w.figure("intent", 6.0),
                &["wave: tell managers alert_anomaly_intent!"],
            ),
            (
                "a schedule is nothing to react to",
                |w| {
                    let what = What::Schedule { name: "digest".into(), planned: w.now };
                    w.instead = Some((what, w.now));
                },
                &[],
            ),
        ],
    );
}

#[test]
fn the_reasons_are_what_the_rule_asked_for() {
    let rules = Rules::default();
    let why = |change: fn(&mut World)| {
        let mut world = World::new();
        change(&mut world);
        let event = world.event();
        let actions = react(&event, &world.facts, &rules, world.now);
        reasons(&actions[0], &event, &rules)
    };
    assert_eq!(
        why(|w| {
            w.wants(Intent::Complaint, 0.75);
            w.message.urgent = true;
        }),
        [Reason::Intent { name: Intent::Complaint, p: 0.75 }, Reason::Urgent]
    );
    assert_eq!(why(|w| w.step(1, 10)), [Reason::Silent { days: 10 }]);
    assert_eq!(why(World::house_answers), []);
    assert!(matches!(&why(|w| w.figure("volume", 4.0))[..], [Reason::Unusual(a, _)] if a.seen == 9.0));
}
