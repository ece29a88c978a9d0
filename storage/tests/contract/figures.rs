//! What rules know, and what digests and alerts count.

use rapport_model::event::DealFacts;
use rapport_model::message::Automation;
use rapport_model::people::{Lifecycle, TicketStatus};
use rapport_model::reading::{Intent, Mood};
use rapport_model::time::{DAY, HOUR, MINUTE};
use rapport_model::{Change, Kind, RecordRef};
use rapport_storage::hourly::HourOfMails;
use rapport_storage::report::{DayCount, StageSum, TicketCounts, Traffic};
use rapport_storage::stretch::Day;

use crate::support::{MIA, contract, event, kept, mail, reading};

contract! {
    async fn rules_know_the_customer_and_the_conversation(house: House) {
        let ann = kept(house.ann_writes("m1").await);
        let (customer, thread) = (ann.customer.unwrap(), ann.thread);
        let load = || async {
            let known = house.store.known(&[customer].into(), &[thread].into()).await.unwrap();
            (known.customers[&customer].clone(), known.threads[&thread].clone(), known.deals.get(&customer).cloned())
        };
        let (facts, conversation, deal) = load().await;
        assert_eq!((facts.lifecycle, facts.owner, facts.refusals.all), (Lifecycle::Lead, None, false));
        assert_eq!((facts.first_contact, facts.mood, facts.n_in), (Some(house.now()), None, 0));
        assert!(facts.company.is_some() && facts.tags.is_empty());
        assert_eq!((conversation.ticket, conversation.open_task, deal), (None, false, None));

        let who = ("customer", ann.customer.into());
        let ticket = house
            .makes(Kind::Ticket, &[("thread", thread.into()), ("status", "open".into()), ("owner", MIA.into()), who.clone()])
            .await;
        house.makes(Kind::Task, &[("thread", thread.into()), ("title", "Call".into())]).await;
        house.makes(Kind::Deal, &[("stage", "won".into()), who.clone()]).await;
        let open = house.makes(Kind::Deal, &[("stage", "new".into()), who.clone()]).await;
        let consent = [("purpose", "automatic".into()), ("at", 5.into()), who];
        house.makes(Kind::Consent, &[&consent[..], &[("state", "granted".into())]].concat()).await;
        house.makes(Kind::Consent, &[&consent[..], &[("state", "denied".into())]].concat()).await;
        let person = RecordRef::new(Kind::Customer, customer);
        house
            .changes(
                Change::update(person).set("mood", None::<f64>, -0.25).set("tags", None::<&str>, r#"["vip"]"#)
                    .set("n_in", 0, 3).set("owner", None::<i64>, MIA),
            )
            .await;
        let (facts, conversation, deal) = load().await;
        assert_eq!((facts.mood, &facts.tags[..], facts.n_in), (Some(-0.25), &["vip".to_owned()][..], 3));
        assert!(facts.refusals.all && conversation.open_task);
        assert_eq!((facts.owner, deal), (Some(MIA), Some(DealFacts { id: open.id, stage: "new".into() })));
        let in_thread = conversation.ticket.unwrap();
        assert_eq!((in_thread.id, in_thread.status, in_thread.owner), (ticket.id, TicketStatus::Open, Some(MIA)));
    }
}

contract! {
    async fn a_period_counts_what_came_in_and_went_out(house: House) {
        let start = house.now();
        let before = kept(house.receives(mail("m0").at(start.plus(-1))).await);
        let bad = kept(house.receives(mail("m1").at(start)).await);
        house.receives(mail("m2").answers("m1").at(start.plus(5))).await;
        house.receives(mail("o1").out().by(MIA).answers("m1").at(start.plus(HOUR))).await;
        let good = kept(house.receives(mail("b1").from("Bob", "bob@firm.example").at(start.plus(7))).await);
        house.receives(mail("m3").automatic(Automation::AutoReply).at(start.plus(8))).await;
        for (message, intent, mood, score) in [
            (before.message, Intent::Buy, Mood::Positive, 0.75),
            (bad.message, Intent::Problem, Mood::Negative, -0.5),
            (good.message, Intent::Problem, Mood::Positive, 1.0),
        ] {
            house.understands(message, reading(intent, mood, score)).await;
        }
        let (from, to) = (start, start.plus(DAY));
        assert_eq!(
            house.store.traffic(from, to).await.unwrap(),
            Traffic {
                n_in: 3,
                n_out: 1,
                n_automated: 1,
                n_negative: 1,
                n_positive: 1,
                mean_score: Some(0.25),
                n_new_customers: 1,
                intents: vec![(Intent::Problem, 2)],
                answer_times: vec![HOUR],
                n_waiting: 1,
            }
        );
        assert_eq!(house.store.traffic(to, to).await.unwrap(), Traffic::default());
        let days = [start.plus(-DAY), start, start.plus(DAY)];
        let day = |n_in, n_negative, mean_score| DayCount { n_in, n_negative, mean_score };
        assert_eq!(house.store.day_counts(&days).await.unwrap(), [day(1, 0, 0.75), day(2, 1, 0.25)]);
        let moods = house.store.moods(Mood::Negative, from, to, 5).await.unwrap();
        assert_eq!(moods, [(bad.message, bad.customer.unwrap(), -0.5)]);
        let waiting = house.store.waiting(to, 5).await.unwrap();
        let since: Vec<_> = waiting.iter().map(|(_, thread, at)| (*thread, *at)).collect();
        assert_eq!(since, [(before.thread, start.plus(-1)), (good.thread, start.plus(7))]);
        assert_eq!(house.store.written_by(MIA, from, to).await.unwrap(), 1);
        assert_eq!(house.store.first_message_at().await.unwrap(), Some(start.plus(-1)));
    }
}

contract! {
    async fn days_moves_and_silence_are_told(house: House) {
        let start = house.now();
        let ann = kept(house.receives(mail("m1").at(start)).await);
        house.receives(mail("o1").out().by(MIA).answers("m1").at(start.plus(HOUR))).await;
        house.receives(mail("m2").automatic(Automation::AutoReply).at(start.plus(2 * HOUR))).await;
        house.understands(ann.message, reading(Intent::Problem, Mood::Negative, -0.5)).await;
        let day = |n_in, n_negative, n_out| Day { n_in, n_negative, n_out };
        let days = [start.plus(-DAY), start, start.plus(DAY)];
        assert_eq!(house.store.days(&days).await.unwrap(), [day(0, 0, 0), day(1, 1, 1)]);
        assert_eq!(house.store.days(&days[..1]).await.unwrap(), []);

        let customer = ("customer", ann.customer.unwrap().into());
        let deal = house.makes(Kind::Deal, &[("stage", "new".into()), customer.clone()]).await;
        house.changes(Change::update(deal).set("stage", "new", "won")).await;
        house.changes(Change::update(deal).set("title", None::<&str>, "Pump")).await;
        let to = house.now().plus(1);
        let moves = house.store.stage_changes(start, to, 10).await.unwrap();
        let stages: Vec<_> =
            moves.iter().map(|m| (m.change.record, m.change.after("stage").map(|s| s.text().unwrap_or_default().to_owned()))).collect();
        assert_eq!(stages, [(deal, Some("new".to_owned())), (deal, Some("won".to_owned()))]);
        assert_eq!(house.store.stage_changes(start, to, 1).await.unwrap(), moves[1..]);
        assert_eq!(house.store.stage_changes(to, to.plus(DAY), 10).await.unwrap(), []);

        let person = RecordRef::new(Kind::Customer, ann.customer.unwrap());
        house.changes(Change::update(person).set("last_in", None::<i64>, start).set("n_in", None::<i64>, 1)).await;
        // The only deal is won, and nobody said that she is a customer.
        assert_eq!(house.store.quiet(to, 5).await.unwrap(), []);
        house.makes(Kind::Deal, &[("stage", "new".into()), customer]).await;
        let quiet = house.store.quiet(to, 5).await.unwrap();
        assert_eq!(quiet.iter().map(|q| (q.customer, q.last_in, q.n_in)).collect::<Vec<_>>(), [(person.id, start, 1)]);
        assert_eq!(house.store.quiet(start, 5).await.unwrap(), [], "not so long ago");
    }
}

contract! {
    async fn tickets_deals_and_anomalies_are_counted(house: House) {
        let (from, to) = (house.now(), house.now().plus(DAY));
        assert_eq!(house.store.ticket_counts(from, to).await.unwrap(), TicketCounts::default());
        assert_eq!(house.store.stage_sums().await.unwrap(), []);
        for (status, opened, closed) in
            [("open", Some(from), None), ("closed", Some(from.plus(-1)), Some(from)), ("closed", None, Some(to))]
        {
            let times = [("opened_at", opened.into()), ("closed_at", closed.into())];
            house.makes(Kind::Ticket, &[&[("status", status.into())][..], &times[..]].concat()).await;
        }
        let counts = house.store.ticket_counts(from, to).await.unwrap();
        assert_eq!(counts, TicketCounts { opened: 1, closed: 1, open: 1 });

        for (stage, amount, currency) in
            [("new", Some(5_000_000_000_i64), "EUR"), ("new", Some(1), "EUR"), ("new", None, ""), ("lost", Some(9), "EUR")]
        {
            let currency = (!currency.is_empty()).then_some(currency);
            house.makes(Kind::Deal, &[("stage", stage.into()), ("amount", amount.into()), ("currency", currency.into())]).await;
        }
        let mut sums = house.store.stage_sums().await.unwrap();
        sums.sort_by(|a, b| a.currency.cmp(&b.currency));
        let sum = |n, currency: &str, amount| StageSum { stage: "new".into(), n, currency: currency.into(), amount };
        assert_eq!(sums, [sum(1, "", 0), sum(2, "EUR", 5_000_000_001)]);

        let unusual = event(&house);
        let work = rapport_storage::work::Work { events: vec![unusual.clone()], ..Default::default() };
        house.store.commit(vec![work]).await.unwrap();
        assert_eq!(house.store.anomalies(from, to).await.unwrap(), [unusual]);
        assert_eq!(house.store.anomalies(to, to).await.unwrap(), []);
    }
}

contract! {
    async fn an_empty_store_has_no_figures(house: House) {
        assert_eq!(house.store.first_message_at().await.unwrap(), None);
        assert_eq!(house.store.day_counts(&[]).await.unwrap(), []);
        assert_eq!(house.store.day_counts(&[house.now()]).await.unwrap(), []);
        let known = house.store.known(&[].into(), &[].into()).await.unwrap();
        assert!(known.customers.is_empty() && known.threads.is_empty() && known.deals.is_empty());
    }
}

contract! {
    async fn figures_are_counted_by_colleague(house: House) {
        let (start, store) = (house.now(), &house.store);
        house.receives(mail("m1").at(start)).await;
        house.receives(mail("m2").answers("m1").at(start.plus(5))).await;
        house.receives(mail("o1").out().by(MIA).answers("m1").at(start.plus(HOUR))).await;
        house.receives(mail("o2").out().answers("m1").at(start.plus(2 * HOUR))).await;
        let owner = ("owner", MIA.into());
        house.makes(Kind::Ticket, &[("opened_at", start.into()), owner.clone()]).await;
        house.makes(Kind::Ticket, &[("opened_at", start.plus(-DAY).into()), ("closed_at", start.plus(7).into())]).await;
        house.makes(Kind::Deal, &[("stage", "won".into()), owner.clone()]).await;
        let deal = house.makes(Kind::Deal, &[("stage", "new".into()), owner.clone()]).await;
        house.makes(Kind::Deal, &[("stage", "lost".into())]).await;
        let counts = store.counts(start, start.plus(DAY)).await.unwrap();
        assert_eq!(counts.mails_in, 2);
        assert_eq!(counts.mails_out, [(None, 1), (Some(MIA), 1)].into());
        assert_eq!(counts.answers, [(Some(MIA), HOUR)]);
        assert_eq!((counts.opened, counts.closed), ([(Some(MIA), 1)].into(), [(None, 1)].into()));
        assert_eq!((counts.won, counts.lost), ([(Some(MIA), 1)].into(), [(None, 1)].into()));
        // A deal counts where it came to its stage, however old it is.
        house.advance(2 * DAY);
        house.changes(Change::update(deal).set("stage", "new", "won").set("amount", None::<i64>, 5)).await;
        let later = store.counts(start.plus(DAY), start.plus(3 * DAY)).await.unwrap();
        assert_eq!((later.won, later.lost), ([(Some(MIA), 1)].into(), [].into()));
        assert_eq!((later.mails_in, later.answers.len()), (0, 0));
    }
}

contract! {
    async fn mails_are_counted_by_the_hours_that_end_now(house: House) {
        let start = house.now();
        let wrote = async |id: &'static str, minutes: i64, intent, mood| {
            house.advance(start.plus(minutes * MINUTE).since(house.now()));
            let kept = kept(house.receives(mail(id).at(house.now())).await);
            house.understands(kept.message, reading(intent, mood, if mood == Mood::Negative { -0.5 } else { 0.0 })).await;
        };
        wrote("m1", 10, Intent::Refund, Mood::Negative).await;
        wrote("m2", 20, Intent::Refund, Mood::Neutral).await;
        wrote("m3", 70, Intent::Pricing, Mood::Neutral).await;
        house.advance(50 * MINUTE);
        let end = start.plus(2 * HOUR);
        let hour = |ago, intent, n, n_negative, score| {
            HourOfMails { ago, intent: Some(intent), n, n_negative, score }
        };
        let mut hours = house.store.hours_of_mails(start, end).await.unwrap();
        hours.sort_by_key(|hour| hour.ago);
        assert_eq!(hours, [hour(0, Intent::Pricing, 1, 0, 0.0), hour(1, Intent::Refund, 2, 1, -0.5)]);
        assert_eq!(house.store.hours_of_mails(start, start).await.unwrap(), []);
    }
}

contract! {
    async fn who_writes_twice_waits_since_the_first(house: House) {
        let start = house.now();
        let at = |minutes: i64| start.plus(minutes * MINUTE);
        house.receives(mail("a1").at(at(0))).await;
        house.receives(mail("a2").answers("a1").at(at(10))).await;
        house.receives(mail("a3").out().by(MIA).answers("a2").at(at(30))).await;
        house.receives(mail("a4").out().by(MIA).answers("a2").at(at(31))).await;
        house.receives(mail("a5").answers("a3").at(at(40))).await;
        house.receives(mail("a6").out().by(MIA).answers("a5").at(at(50))).await;
        house.receives(mail("b1").at(at(55))).await;
        let waits = house.store.waits(start, at(60)).await.unwrap();
        assert_eq!(waits, [(at(0), at(30)), (at(40), at(50))]);
    }
}
