//! Filters, order, pages, and who sees what.

use rapport_model::message::{ChannelKind, Direction};
use rapport_model::reading::{Intent, Mood};
use rapport_model::{Kind, Timestamp};

use super::*;

fn ids(answer: &Answer) -> Vec<i64> {
    answer.hits.iter().map(|hit| hit.id.0).collect()
}

/// 12 messages about coffee: of customers 1 to 3, of changing channel, intent and mood.
fn coffee() -> Vec<Document> {
    let document = |i: i64| Document {
        customer: Some(Id(1 + i % 3)),
        channel: Some(if i % 2 == 0 { ChannelKind::Email } else { ChannelKind::Telegram }),
        direction: (i < 10).then_some(if i % 5 == 0 { Direction::Out } else { Direction::In }),
        intents: if i % 4 == 0 { vec![Intent::Refund, Intent::Complaint] } else { vec![Intent::Praise] },
        mood: Some(if i < 6 { Mood::Negative } else { Mood::Positive }),
        ..message(100 + i, "coffee")
    };
    (0..12).map(document).collect()
}

#[test]
fn filters_hold_alone_and_together() {
    let dir = Dir::new();
    let mut documents = coffee();
    documents.push(named(200, Kind::Note, "coffee"));
    let index = dir.with(&documents);
    let at = |secs| Some(Timestamp::from_secs(secs));
    for (request, expected) in [
        (asking("coffee"), 13),
        (asking(""), 13),
        (asking("?!"), 0),
        (Request { kinds: vec![Kind::Message], ..asking("coffee") }, 12),
        (Request { kinds: vec![Kind::Note, Kind::Task], ..asking("coffee") }, 1),
        (Request { customer: Some(Id(2)), ..asking("coffee") }, 4),
        (Request { channel: Some(ChannelKind::Telegram), ..asking("coffee") }, 6),
        (Request { direction: Some(Direction::Out), ..asking("") }, 2),
        (Request { direction: Some(Direction::In), ..asking("coffee") }, 8),
        (Request { intent: Some(Intent::Complaint), ..asking("") }, 3),
        (Request { mood: Some(Mood::Negative), ..asking("coffee") }, 6),
        (Request { since: at(103), until: at(106), ..asking("coffee") }, 3),
        (Request { until: at(100), ..asking("coffee") }, 0),
        (
            Request {
                kinds: vec![Kind::Message],
                customer: Some(Id(1)),
                channel: Some(ChannelKind::Email),
                mood: Some(Mood::Positive),
                since: at(101),
                ..asking("coffee")
            },
            1,
        ),
        (Request { customer: Some(Id(2)), visible: visible(&[1, 3]), ..asking("coffee") }, 0),
        (Request { visible: visible(&[1, 3]), ..asking("coffee") }, 8),
        (Request { visible: visible(&[1, 200]), ..asking("coffee") }, 5),
        (Request { visible: visible(&[1, NOBODY.0]), ..asking("coffee") }, 4),
        (Request { visible: visible(&[]), ..asking("coffee") }, 0),
    ] {
        let answer = index.ask(&request);
        assert_eq!((answer.total, answer.hits.len()), (expected, expected), "{request:?}");
        let counted = index.ask(&Request { limit: 0, ..request.clone() });
        assert_eq!((counted.total, counted.hits.len()), (expected, 0), "{request:?}");
    }
}

#[test]
fn filters_change_no_score() {
    let dir = Dir::new();
    let index = dir.with(&coffee());
    let plain = index.ask(&asking("coffee")).hits[0].score;
    let request = Request {
        kinds: vec![Kind::Message],
        mood: Some(Mood::Positive),
        since: Some(Timestamp::from_secs(1)),
        ..asking("coffee")
    };
    assert_eq!(index.ask(&request).hits[0].score, plain);
}

#[test]
fn a_hit_says_what_it_is() {
    let dir = Dir::new();
    let index = dir.with(&[named(7, Kind::Customer, "Ann"), named(8, Kind::Company, "Ann & Co")]);
    let hits = index.ask(&Request { order: Order::Newest, ..asking("ann") }).hits;
    let (at, score) = (Timestamp::from_secs(7), 0.0);
    assert_eq!(hits[1], Hit { id: Id(7), kind: Kind::Customer, customer: Some(Id(7)), score, at });
    assert_eq!((hits[0].kind, hits[0].customer), (Kind::Company, None));
}

#[test]
fn what_is_not_visible_is_not_hinted_at() {
    let dir = Dir::new();
    let hidden = Document { customer: Some(Id(2)), ..message(1, "acquisition of Zephyr") };
    let index = dir.with(&[hidden, message(2, "lunch")]);
    for query in
        ["acquisition", "zephir", "zeph*", "acquisition lunch xx", "\"acquisition of\"", "-lunch", ""]
    {
        let request = Request { visible: visible(&[1]), expand: true, ..asking(query) };
        let answer = index.ask(&request);
        assert!(!ids(&answer).contains(&1), "{query}");
        assert!(answer.corrected.is_empty(), "{query}: {:?}", answer.corrected);
        assert_eq!(answer.total, answer.hits.len(), "{query}");
    }
    assert!(!index.ask(&asking("zephir")).corrected.is_empty(), "who sees all is told");
}

#[test]
fn a_word_that_only_others_have_is_as_one_that_nobody_has() {
    let dir = Dir::new();
    let hidden = Document { customer: Some(Id(2)), ..message(1, "the zebro contract") };
    let index = dir.with(&[hidden, message(2, "zebra crossing")]);
    for typed in ["zebro", "zebru"] {
        let answer = index.ask(&Request { visible: visible(&[1]), ..asking(typed) });
        assert_eq!(answer.corrected, [(typed.to_owned(), "zebra".to_owned())], "{typed}");
        assert_eq!(ids(&answer), [2], "{typed}");
    }
    assert_eq!(ids(&index.ask(&asking("zebro"))), [1], "who sees it finds it");
}

#[test]
fn what_has_no_customer_is_seen_by_its_own_id_and_a_message_of_nobody_as_such() {
    let dir = Dir::new();
    let stray = named(9, Kind::Message, "coffee");
    let index = dir.with(&[named(7, Kind::Task, "coffee"), named(8, Kind::Company, "coffee"), stray]);
    for (seen, expected) in [(vec![7], vec![7]), (vec![8, 1], vec![8]), (vec![NOBODY.0], vec![9])] {
        let request = Request { visible: visible(&seen), ..asking("coffee") };
        assert_eq!(ids(&index.ask(&request)), expected, "{seen:?}");
        let completed = index.searcher().complete("coff", &[], visible(&seen), 9).unwrap();
        assert_eq!(completed.iter().map(|hit| hit.id.0).collect::<Vec<_>>(), expected, "{seen:?}");
    }
}

#[test]
fn the_newest_come_first_when_wished_and_among_equals() {
    let dir = Dir::new();
    let mut documents = coffee();
    documents.swap(2, 9);
    let index = dir.with(&documents);
    let expected: Vec<i64> = (100..112).rev().collect();
    assert_eq!(ids(&index.ask(&Request { order: Order::Newest, ..asking("coffee") })), expected);
    assert_eq!(ids(&index.ask(&asking("coffee"))), expected, "all fit alike");
}

#[test]
fn pages_neither_repeat_nor_skip_though_the_index_lies_in_many_pieces() {
    let dir = Dir::new();
    let (mut index, _) = dir.open();
    for (i, chunk) in coffee().chunks(2).enumerate() {
        index.put(chunk);
        index.commit(i as i64).unwrap();
    }
    for order in [Order::Relevance, Order::Newest] {
        let page = |n: usize| {
            let answer = index.ask(&Request { offset: n * 5, limit: 5, order, ..asking("coffee") });
            assert_eq!(answer.total, 12);
            ids(&answer)
        };
        let all: Vec<i64> = (0..4).flat_map(page).collect();
        assert_eq!(all, (100..112).rev().collect::<Vec<_>>());
    }
    let far = Request { offset: usize::MAX, limit: usize::MAX, ..asking("coffee") };
    assert_eq!((index.ask(&far).total, index.ask(&far).hits.len()), (12, 0));
}

#[test]
fn hostile_queries_are_answered() {
    let dir = Dir::new();
    let index = dir.with(&coffee());
    let words = (0..20_000).map(|i| format!("wordx{i}")).collect::<Vec<_>>().join(" ");
    for query in [
        &"(".repeat(5000),
        &format!("{}coffee{}", "(".repeat(5000), ")".repeat(5000)),
        &words,
        &"\"".repeat(5000),
        &"-".repeat(5000),
        &"*".repeat(5000),
        &"退款".repeat(5000),
        &"款 ".repeat(5000),
        &"a* ".repeat(5000),
        &"x".repeat(5000),
        "\u{0}\u{1}\u{7f}\u{202e}",
        "id:1 OR tags:\"kind:message\" AND body:*",
        "/(a+)+$/",
        "[a TO z]",
        "\u{10FFFF}*",
        "e\u{301}\u{301}\u{301}",
        "'; DROP TABLE messages; --",
    ] {
        for expand in [false, true] {
            let request = Request { expand, visible: visible(&[1]), ..asking(query) };
            let answer = index.ask(&request);
            Snippets::of(&request.query, &answer).snippet("coffee", 80);
        }
        index.searcher().complete(query, &[], None, 10).unwrap();
    }
}
