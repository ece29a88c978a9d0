//! A week of an invented house.

use chrono_tz::Tz;
use rapport_model::event::Anomaly;
use rapport_model::id::ShortNumber;
use rapport_model::money::Money;
use rapport_model::reading::{Intent, Language};
use rapport_model::record::Kind;
use rapport_model::time::{HOUR, MINUTE, Timestamp};
use rapport_prompts::{
    Digest, Figures, Load, OldestTicket, Praise, StageFigures, Tickets, Unhappy, Unusual, Waiting,
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
        intents: Vec::new(),
        tickets: Tickets::default(),
        tasks_due: 0,
        tasks_overdue: 0,
        follow_ups: 0,
        pipeline: Vec::new(),
        unusual: Vec::new(),
        unhappy: Vec::new(),
        waiting: Vec::new(),
        praise: Vec::new(),
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
    let load =
        |name: &str, tickets, tasks, answered| Load { name: name.to_owned(), tickets, tasks, answered };
    Digest {
        house: "Brightwater Filters".to_owned(),
        recipient: recipient.to_owned(),
        from: at("2026-03-09T00:00:00+01:00"),
        to: at("2026-03-16T00:00:00+01:00"),
        zone,
        now: Figures {
            mails_in: 41,
            mails_out: 19,
            automated: 6,
            new_customers: 14,
            first_answer: Some(3 * HOUR + 10 * MINUTE),
            mood: Some(-0.31),
            negative: Some(0.44),
        },
        before: Some(Figures {
            mails_in: 22,
            mails_out: 12,
            automated: 4,
            new_customers: 11,
            first_answer: Some(2 * HOUR),
            mood: Some(0.12),
            negative: Some(0.13),
        }),
        intents: vec![
            (Intent::Complaint, 15),
            (Intent::Problem, 9),
            (Intent::Pricing, 6),
            (Intent::OrderStatus, 4),
            (Intent::Praise, 3),
            (Intent::Meeting, 2),
            (Intent::HowTo, 1),
            (Intent::Billing, 1),
        ],
        tickets: Tickets {
            opened: 17,
            closed: 8,
            open: 11,
            oldest: Some(OldestTicket {
                number: ShortNumber::of(Kind::Ticket, 4),
                title: "Order BW-24066 held at customs".to_owned(),
                since: at("2026-03-06T18:12:00+01:00"),
            }),
        },
        tasks_due: 6,
        tasks_overdue: 2,
        follow_ups: 3,
        pipeline: vec![
            stage("new", 5, &[eur(9_600), Money::new(1_400_000, "CNY")]),
            stage("qualified", 3, &[eur(7_200)]),
            stage("proposal", 4, &[eur(21_300)]),
            stage("negotiation", 1, &[Money::new(8_600_000, "CNY")]),
        ],
        unusual: vec![Unusual {
            at: at("2026-03-12T12:00:00+01:00"),
            anomaly: Anomaly { figure: "negative".to_owned(), today: 7, usual: 1.0, score: 6.1 },
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
        praise: vec![Praise {
            number: customer(14),
            name: "Jonas Brandt".to_owned(),
            excerpt: "Leo came on Saturday and had us running within the hour. Thank you.".to_owned(),
        }],
        team: vec![load("Mia Tan", 3, 6, 11), load("Leo Fischer", 8, 2, 8)],
    }
}
