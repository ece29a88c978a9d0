//! A week of an invented house.

use chrono_tz::Tz;
use rapport_model::event::{Against, Anomaly, Figure, Goal};
use rapport_model::id::ShortNumber;
use rapport_model::money::Money;
use rapport_model::reading::{Intent, Language};
use rapport_model::record::Kind;
use rapport_model::time::{DAY, HOUR, MINUTE, Timestamp};
use rapport_prompts::{
    Breach, DayFigures, Digest, DueTask, Figures, Load, Moves, OldestTicket, Open, Praise, Silent,
    StageFigures, Topic, Unhappy, Unusual, Waiting, Way, Whose,
};

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn customer(number: i64) -> ShortNumber {
    ShortNumber::of(Kind::Customer, number)
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// Returns a week in which nothing happened.
pub fn quiet(language: Language) -> Digest {
    Digest {
        now: Figures::default(),
        before: None,
        days: Vec::new(),
        chart: None,
        intents: Vec::new(),
        open: Open::default(),
        due: Vec::new(),
        pipeline: Vec::new(),
        moves: Vec::new(),
        breaches: Vec::new(),
        requests: Vec::new(),
        unusual: Vec::new(),
        unhappy: Vec::new(),
        waiting: Vec::new(),
        silent: Vec::new(),
        praise: Vec::new(),
        campaigns: Vec::new(),
        team: Vec::new(),
        ..week(language)
    }
}

/// Returns a week in which a batch of seals leaked.
pub fn week(language: Language) -> Digest {
    let (zone, recipient) = match language {
        Language::En => (Tz::Europe__Berlin, "Nora Lindqvist"),
        Language::Zh => (Tz::Europe__Berlin, "林诺"),
    };
    let stage = |stage: &str, n, totals: &[Money]| StageFigures {
        stage: stage.to_owned(),
        n,
        totals: totals.to_vec(),
    };
    let eur = |euros: i64| Money::new(euros * 100, "EUR");
    let unhappy = |number, name: &str, mood, excerpt: &str, why: &[&str]| Unhappy {
        number: customer(number),
        name: name.to_owned(),
        mood,
        excerpt: excerpt.to_owned(),
        why: words(why),
    };
    let waiting = |number, name: &str, subject: &str, since: &str| Waiting {
        number: customer(number),
        name: name.to_owned(),
        subject: subject.to_owned(),
        since: at(since),
    };
    let load = |name: &str, tickets, tasks, overdue, answered, before| Load {
        name: name.to_owned(),
        tickets,
        tasks,
        overdue,
        deals: 4,
        answered,
        answered_before: Some(before),
        first_answer: Some(2 * HOUR),
    };
    let topic = |intent, n, before| Topic { intent, n, before: Some(before) };
    let day = |day: i64, mails_in, unhappy, mails_out| DayFigures {
        day: at("2026-03-09T00:00:00+01:00").plus((day - 9) * DAY),
        mails_in,
        unhappy,
        mails_out,
    };
    let task = |number, title: &str, due: &str, owner: &str| DueTask {
        number: ShortNumber::of(Kind::Task, number),
        title: title.to_owned(),
        due: at(due),
        owner: owner.to_owned(),
    };
    Digest {
        house: "Brightwater Filters".to_owned(),
        recipient: recipient.to_owned(),
        whose: Whose::Seen,
        from: at("2026-03-09T00:00:00+01:00"),
        to: at("2026-03-16T00:00:00+01:00"),
        at: at("2026-03-16T08:30:00+01:00"),
        zone,
        now: Figures {
            mails_in: 41,
            mails_out: 19,
            automated: 6,
            unhappy: 18,
            new_customers: 14,
            first_answer: Some(3 * HOUR + 10 * MINUTE),
            mood: Some(-0.31),
            tickets_opened: 17,
            tickets_closed: 8,
            follow_ups: 3,
        },
        before: Some(Figures {
            mails_in: 22,
            mails_out: 12,
            automated: 4,
            unhappy: 3,
            new_customers: 11,
            first_answer: Some(2 * HOUR),
            mood: Some(0.12),
            tickets_opened: 9,
            tickets_closed: 8,
            follow_ups: 5,
        }),
        days: vec![
            day(9, 4, 0, 3),
            day(10, 6, 1, 4),
            day(11, 9, 4, 2),
            day(12, 12, 7, 5),
            day(13, 7, 5, 4),
            day(14, 2, 1, 1),
            day(15, 1, 0, 0),
        ],
        chart: Some("data:image/png;base64,iVBORw0KGgo=".to_owned()),
        intents: vec![
            topic(Intent::Complaint, 15, 2),
            topic(Intent::Problem, 9, 4),
            topic(Intent::Pricing, 6, 6),
            topic(Intent::OrderStatus, 4, 5),
            topic(Intent::Praise, 3, 1),
            topic(Intent::Meeting, 2, 2),
            topic(Intent::HowTo, 1, 0),
            topic(Intent::Billing, 1, 0),
        ],
        open: Open {
            tickets: 11,
            snoozed: 0,
            oldest: Some(OldestTicket {
                number: ShortNumber::of(Kind::Ticket, 4),
                title: "Order BW-24066 held at customs".to_owned(),
                since: at("2026-03-06T18:12:00+01:00"),
            }),
            tasks: 6,
            overdue: 2,
            deals: 13,
        },
        due: vec![
            task(7, "Call Giulia Ferri about the ceiling", "2026-03-16T10:00:00+01:00", "Leo Fischer"),
            task(9, "Send the quote for ten AquaOne", "2026-03-18T12:00:00+01:00", ""),
        ],
        pipeline: vec![
            stage("new", 5, &[eur(9_600), Money::new(1_400_000, "CNY")]),
            stage("qualified", 3, &[eur(7_200)]),
            stage("proposal", 4, &[eur(21_300)]),
            stage("negotiation", 1, &[Money::new(8_600_000, "CNY")]),
        ],
        moves: vec![
            Moves { way: Way::New, n: 5, totals: vec![eur(9_600)], before: Some(3) },
            Moves { way: Way::Forward, n: 2, totals: vec![eur(7_200)], before: Some(2) },
            Moves {
                way: Way::Won,
                n: 1,
                totals: vec![eur(4_100), Money::new(900_000, "CNY")],
                before: Some(0),
            },
        ],
        requests: Vec::new(),
        breaches: vec![Breach {
            number: ShortNumber::of(Kind::Ticket, 9),
            name: "No water since Monday".to_owned(),
            goal: Goal::FirstResponse,
            late_by: 5 * HOUR,
        }],
        unusual: vec![Unusual {
            at: at("2026-03-12T12:00:00+01:00"),
            anomaly: Anomaly {
                figure: Figure::Negative,
                intent: None,
                seen: 7.0,
                usual: 1.0,
                range: (0.0, 2.0),
                since: at("2026-03-12T10:00:00+01:00"),
                against: Against::Weeks,
                score: 6.1,
            },
        }],
        unhappy: vec![
            unhappy(
                31,
                "Giulia Ferri",
                -0.82,
                "This is the second leak in three days and my ceiling is ruined. I expect a call today.",
                &["second leak", "ruined", "I expect"],
            ),
            unhappy(
                33,
                "周婷",
                -0.64,
                "密封圈一直漏水，前台都湿了，打了三次电话没人回。",
                &["漏水", "没人回"],
            ),
            unhappy(28, "Tom Okafor", -0.21, "Any news on the replacement seals? You said Thursday.", &[]),
        ],
        waiting: vec![
            waiting(12, "赵敏", "十台 AquaOne 报价", "2026-03-06T10:48:00+01:00"),
            waiting(16, "Ines Duarte", "How do I reset the light", "2026-03-08T11:30:00+01:00"),
        ],
        silent: vec![Silent {
            number: customer(5),
            name: "Café Morgenrot".to_owned(),
            since: at("2026-02-02T09:00:00+01:00"),
            usual: Some(9 * DAY),
            owner: "Mia Tan".to_owned(),
        }],
        campaigns: Vec::new(),
        praise: vec![Praise {
            number: customer(14),
            name: "Jonas Brandt".to_owned(),
            excerpt: "Leo came on Saturday and had us running within the hour. Thank you.".to_owned(),
        }],
        team: vec![load("Mia Tan", 3, 6, 2, 11, 4), load("Leo Fischer", 8, 2, 0, 8, 8)],
    }
}
