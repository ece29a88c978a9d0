//! A year of business with 200 customers: what leaves by itself keeps to what was refused, to the hours,
//! and to once.

use std::collections::{HashMap, HashSet};

use chrono::{Datelike as _, Timelike as _, Weekday};
use chrono_tz::Tz;
use rapport_model::time::{DAY, HOUR};
use rapport_model::{Clock as _, Timestamp};

use crate::support::{Mail, Random, TestApp, rules_without_schedules};

const CUSTOMERS: usize = 200;
const DAYS: usize = 365;
/// Hours from one look at the day to the next: 10:00, 14:00, 16:00 and 19:00, when the house is closed.
const LOOKS: [i64; 4] = [4, 2, 3, 15];
const BERLIN: Tz = Tz::Europe__Berlin;

const ASKS: &[(&str, &str)] = &[
    ("Price for filters", "What would 20 filter cartridges cost us? Please send a quote."),
    ("Demo", "Could somebody show us the AquaPro 500? We would like a demonstration."),
    ("Leaking pump", "The pump that you delivered is leaking again and this is unacceptable."),
    ("Order 4711", "Where is our order 4711? It should have arrived on Monday."),
    ("询价", "您好，请报一下 AquaPro 500 的价格，谢谢。"),
];

/// A conversation as its customer sees it.
#[derive(Default)]
struct Talk {
    /// The last mail of either side, and whether it is the house's.
    last: Option<(String, bool)>,
    /// When the customer wrote.
    wrote: Vec<Timestamp>,
}

#[derive(Default)]
struct Customer {
    talks: Vec<Talk>,
    refused: Option<Timestamp>,
}

struct Year {
    app: TestApp,
    random: Random,
    customers: Vec<Customer>,
    /// When each mail of the house was written, to whom, and in which of their conversations.
    ours: HashMap<String, (Timestamp, usize, usize)>,
    n: usize,
}

impl Year {
    fn chance(&mut self, permille: usize) -> bool {
        self.random.below(1_000) < permille
    }

    async fn arrives(&mut self, mail: Mail) {
        self.app.arrives(mail.bytes(self.app.clock.now())).await;
    }

    /// What a customer does in half a day.
    async fn customer(&mut self, c: usize) {
        let now = self.app.clock.now();
        let waits = self.customers[c].talks.iter().position(|t| t.last.as_ref().is_some_and(|last| last.1));
        let id = format!("c{c}.{}", self.n);
        let from = format!("Customer {c} <c{c}@firm{c}.example>");
        match waits {
            Some(t) if self.chance(20) => {
                self.n += 1;
                let talk = &mut self.customers[c].talks[t];
                let (answers, _) = talk.last.replace((id.clone(), false)).unwrap();
                talk.wrote.push(now);
                let refuses = self.random.below(100) < 10;
                let (subject, words) = match refuses {
                    true => (
                        "Unsubscribe",
                        "Please remove me from your list and send me no more e-mails. Unsubscribe.",
                    ),
                    false => ("Re: your answer", "Thank you. Let me think about it."),
                };
                if refuses {
                    self.customers[c].refused.get_or_insert(now);
                }
                self.arrives(Mail::from(&from).id(&id).answers(&answers).says(subject, words)).await;
            }
            _ if self.chance(2) => {
                self.n += 1;
                let (subject, words) = ASKS[self.random.below(ASKS.len())];
                self.customers[c].talks.push(Talk { last: Some((id.clone(), false)), wrote: vec![now] });
                self.arrives(Mail::from(&from).id(&id).says(subject, words)).await;
            }
            _ => {}
        }
    }

    /// What the house does in half a day: answers most of those who wait.
    async fn house(&mut self, c: usize) {
        for t in 0..self.customers[c].talks.len() {
            let asked = self.customers[c].talks[t].last.clone().filter(|last| !last.1);
            let Some((answers, _)) = asked.filter(|_| self.chance(600)) else { continue };
            self.n += 1;
            let id = format!("h{}", self.n);
            self.customers[c].talks[t].last = Some((id.clone(), true));
            self.ours.insert(id.clone(), (self.app.clock.now(), c, t));
            let mail = Mail::from("Mia Tan <mia@brightwater.example>").to(&format!("c{c}@firm{c}.example"));
            self.arrives(
                mail.id(&id).answers(&answers).says("Re: your mail", "Gladly. Shall we go on like this?"),
            )
            .await;
        }
    }
}

fn header<'a>(mail: &'a str, name: &str) -> &'a str {
    let line = mail.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    line.unwrap_or_else(|| panic!("{name} is missing in\n{mail}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_year_of_business_writes_nobody_out_of_hours_twice_or_after_they_refused_or_answered() {
    let hours = [("RAPPORT__HOURS__DEFAULT", "{ mon-fri = ['09:00-12:00', '13:00-17:00'] }")];
    let app = TestApp::start_set(Some(rules_without_schedules()), &hours).await;
    let began = tokio::time::Instant::now();
    app.advance(HOUR).await;
    let customers = (0..CUSTOMERS).map(|_| Customer::default()).collect();
    let mut year = Year { app, random: Random(11), customers, ours: HashMap::new(), n: 0 };
    for look in 0..LOOKS.len() * DAYS {
        if matches!(look % LOOKS.len(), 0 | 3) {
            for c in 0..CUSTOMERS {
                year.customer(c).await;
            }
            // What came is read before it is answered.
            year.app.settle().await;
            for c in 0..CUSTOMERS {
                year.house(c).await;
            }
        }
        year.app.settle().await;
        year.app.clock.advance(LOOKS[look % LOOKS.len()] * HOUR);
    }
    year.app.advance(40 * DAY).await;

    let mut seen = HashSet::new();
    let mut last: HashMap<(usize, usize), Timestamp> = HashMap::new();
    let mails = year.app.outgoing();
    let mut written: Vec<(Timestamp, &String)> = mails
        .iter()
        .map(|mail| {
            let at = chrono::DateTime::parse_from_rfc2822(header(mail, "Date")).unwrap();
            (Timestamp::from_secs(at.timestamp()), mail)
        })
        .collect();
    written.sort_by_key(|(at, _)| *at);
    for (at, mail) in written {
        assert!(
            mail.contains("Auto-Submitted: auto-generated"),
            "only what leaves by itself lies here\n{mail}"
        );
        // Of the mails that it rests on, the last one of a colleague.
        let head = mail.lines().take_while(|line| !line.is_empty());
        let ids = head.flat_map(|line| line.split(['<', '>'])).filter(|id| year.ours.contains_key(*id));
        let started = ids.last().unwrap_or_else(|| panic!("what does this answer?\n{mail}"));
        let (asked, c, t) = year.ours[started];
        let local = at.local(BERLIN);
        let opens = !matches!(local.weekday(), Weekday::Sat | Weekday::Sun)
            && matches!(local.hour(), 9..=11 | 13..=16);
        assert!(opens, "out of hours: {local}\n{mail}");
        let customer = &year.customers[c];
        assert!(customer.refused.is_none_or(|refused| at < refused), "after c{c} refused, {at}\n{mail}");
        let answered = customer.talks[t].wrote.iter().find(|wrote| **wrote > asked && **wrote < at);
        assert_eq!(answered, None, "after c{c} had answered, {at}\n{mail}");
        assert!(seen.insert((started, header(mail, "X-Rapport-Automatic"))), "twice\n{mail}");
        if let Some(before) = last.insert((c, t), at) {
            assert!(at.since(before) >= DAY, "two within a day to c{c}\n{mail}");
        }
    }
    let (n_refused, n) = (year.customers.iter().filter(|c| c.refused.is_some()).count(), mails.len());
    println!(
        "{} mails came and went, {n} left by themselves, {n_refused} refused, in {:.0?}",
        year.n,
        began.elapsed()
    );
    assert!(
        n > 200 && n_refused > 20,
        "a year without business proves nothing: {n} mails, {n_refused} refusals"
    );
}
