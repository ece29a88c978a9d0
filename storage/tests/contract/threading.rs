//! Which conversation a mail belongs to where nothing that it answers is known, and two
//! conversations that turn out to be one.

use rapport_model::message::{Automation, Trust};
use rapport_model::{Actor, Id, Kind};
use rapport_storage::threads::Apart;
use rapport_storage::undo::Refusal;

use crate::support::{House, Kept, MIA, contract, job, kept, letter, mail, step};

/// Writes to Ann, and returns what our mail is called before its `@`.
async fn we_write(house: &House, to: Kept) -> String {
    let letter = letter(house, to, "letter");
    let id = letter.id;
    house.writes(vec![letter]).await;
    format!("{id}.{}", house.store.signature(id))
}

contract! {
    async fn our_signature_leads_to_its_conversation_who_takes_part_in_it(house: House) {
        let ann = kept(house.ann_writes("m1").await);
        let reference = we_write(&house, ann).await;
        // A relay gave our mail another domain, or a client dropped the header and kept the address.
        let answers = kept(house.receives(mail("m2").answers_all(&format!("{reference}@relay.example"))).await);
        let address = kept(house.receives(mail("m3").carries_reference(&reference)).await);
        assert_eq!([answers.thread, address.thread], [ann.thread; 2]);

        let colleague = mail("m4").from("Jan", "jan@novak-cafe.example").carries_reference(&reference);
        assert_eq!(kept(house.receives(colleague).await).thread, ann.thread, "of the same company");
        let machine = mail("m5").from("", "mailer-daemon@relay.example").carries_reference(&reference);
        let machine = kept(house.receives(machine.automatic(Automation::Bounce)).await);
        assert_eq!(machine.thread, ann.thread, "starts nothing anyway");
    }
}

contract! {
    async fn a_stranger_with_our_signature_is_only_a_suggestion(house: House) {
        let ann = kept(house.ann_writes("m1").await);
        let reference = we_write(&house, ann).await;
        let stranger = |id: &str| mail(id).from("Eve", "eve@elsewhere.example");
        let eve = kept(house.receives(stranger("m2").carries_reference(&reference)).await);
        assert_ne!(eve.thread, ann.thread);
        assert_eq!(house.store.perhaps_part_of(eve.thread).await.unwrap(), Some(ann.thread));
        // Nor is what looks like it, or says to be Ann and is proven not to be.
        let forged = reference.replace('.', ".0");
        let forged = kept(house.receives(mail("m3").carries_reference(&forged)).await);
        assert_ne!(forged.thread, ann.thread);
        assert_eq!(house.store.perhaps_part_of(forged.thread).await.unwrap(), None);
        let not_ann = kept(house.receives(mail("m4").carries_reference(&reference).trust(Trust::Fail)).await);
        assert_ne!(not_ann.thread, ann.thread);
    }
}

contract! {
    async fn a_tickets_number_leads_there_who_takes_part_and_nobody_else(house: House) {
        let ann = kept(house.ann_writes("m1").await);
        let fields = [("customer", ann.customer.unwrap().into()), ("thread", ann.thread.into())];
        let ticket = house.makes(Kind::Ticket, &fields).await;
        let number = house.store.record(ticket).await.unwrap().unwrap().number;
        let again = kept(house.receives(mail("m2").names_ticket(number)).await);
        assert_eq!(again.thread, ann.thread);
        // Numbers can be guessed, by a colleague too.
        for (id, address) in [("m3", "eve@elsewhere.example"), ("m4", "jan@novak-cafe.example")] {
            let other = kept(house.receives(mail(id).from("", address).names_ticket(number)).await);
            assert_ne!(other.thread, ann.thread, "{address}");
            assert_eq!(house.store.perhaps_part_of(other.thread).await.unwrap(), Some(ann.thread));
        }
        let nobody = kept(house.receives(mail("m5").names_ticket(number + 7)).await);
        assert_ne!(nobody.thread, ann.thread);
    }
}

contract! {
    async fn a_mail_that_comes_late_shows_that_two_conversations_are_one(house: House) {
        let first = kept(house.ann_writes("m1").await);
        // The answer to an answer arrives before what it answers.
        let last = kept(house.receives(mail("m3").answers("m2")).await);
        assert_ne!(last.thread, first.thread);
        let between = kept(house.receives(mail("m2").answers("m1")).await);
        assert_eq!(between.thread, first.thread);
        assert_eq!(house.store.messages_in(first.thread, 10).await.unwrap().len(), 3);
        let after = kept(house.receives(mail("m4").answers("m3")).await);
        assert_eq!(after.thread, first.thread, "what is answered was moved");
    }
}

contract! {
    async fn all_at_once_is_no_other_than_one_by_one(house: House) {
        let mails = ["m3", "m1", "m2", "m4"].map(|id| match id {
            "m1" => mail("m1"),
            "m2" => mail("m2").answers("m1"),
            "m3" => mail("m3").answers("m2"),
            _ => mail("m4").answers("m3"),
        });
        let arrivals = mails.map(|mail| mail.arrival(house.clock.as_ref()));
        house.store.ingest(arrivals.to_vec()).await.unwrap();
        let threads = house.store.threads_of(
            house.store.list(Kind::Customer, &rapport_storage::records::Filter::default()).await.unwrap()[0].record.id, 10).await.unwrap();
        assert_eq!(threads.len(), 1);
        assert_eq!(house.store.messages_in(threads[0].0, 10).await.unwrap().len(), 4);
    }
}

contract! {
    async fn a_part_of_a_part_leads_to_the_whole(house: House) {
        let mails = [
            mail("p").answers("x"),
            mail("q").answers("y"),
            mail("r"),
            mail("x").answers("q"),
            mail("y").answers("r"),
            mail("s").answers("p"),
        ];
        let arrivals = mails.map(|mail| mail.arrival(house.clock.as_ref()));
        let fates = house.store.ingest(arrivals.to_vec()).await.unwrap();
        let whole = kept(fates[2].clone()).thread;
        assert_eq!(kept(fates[5].clone()).thread, whole);
        assert_eq!(house.store.messages_in(whole, 10).await.unwrap().len(), 6);
    }
}

contract! {
    async fn the_mail_of_one_customer_never_joins_what_belongs_to_another(house: House) {
        let ann = kept(house.ann_writes("m1").await);
        let bob = kept(house.receives(mail("b2").from("Bob", "bob@firm.example").answers("x9")).await);
        // Somebody calls a mail as Bob's conversation expects it, and answers Ann's with it.
        let forged = mail("m1").renamed("x9").answers("m1");
        house.receives(forged).await;
        assert_eq!(house.store.messages_in(bob.thread, 10).await.unwrap().len(), 1);
        assert_eq!(house.store.join(bob.thread, ann.thread, Actor::User(MIA)).await.unwrap(), Err(Apart::Customers));
    }
}

contract! {
    async fn a_join_takes_all_along_and_its_undo_brings_all_back(house: House) {
        let (one, two) = (kept(house.ann_writes("m1").await), kept(house.ann_writes("m2").await));
        let fields = [
            ("customer", two.customer.unwrap().into()),
            ("thread", two.thread.into()),
            ("status", "open".into()),
        ];
        let ticket = house.makes(Kind::Ticket, &fields).await;
        house.plans(vec![step(two, house.now()), job(&house, "digest")]).await;
        let act = house.store.join(two.thread, one.thread, Actor::User(MIA)).await.unwrap().unwrap();

        let threads = || async {
            let message = house.store.message(two.message).await.unwrap().unwrap().thread;
            (message, house.store.record(ticket).await.unwrap().unwrap().get("thread").id().unwrap())
        };
        assert_eq!(threads().await, (one.thread, one.thread));
        let known = house.store.known(&[].into(), &[one.thread, two.thread].into()).await.unwrap();
        assert!(known.threads[&one.thread].ticket.is_some() && known.threads[&two.thread].last_in.is_none());
        assert_eq!(house.store.claim("timed", 10).await.unwrap().len(), 1, "its own follow-up is off");
        for (part, whole, why) in [
            (two.thread, one.thread, Apart::Same),
            (one.thread, one.thread, Apart::Same),
            (one.thread, two.thread, Apart::Gone),
            (one.thread, Id(5), Apart::Gone),
        ] {
            assert_eq!(house.store.join(part, whole, Actor::User(MIA)).await.unwrap(), Err(why));
        }
        let answer = kept(house.receives(mail("m3").answers("m2")).await);
        assert_eq!(answer.thread, one.thread);

        house.store.undo(act, Actor::User(MIA)).await.unwrap().unwrap();
        assert_eq!(threads().await, (two.thread, two.thread));
        let in_each = [one.thread, two.thread].map(|id| house.store.messages_in(id, 10));
        let [first, second] = in_each;
        assert_eq!((first.await.unwrap().len(), second.await.unwrap().len()), (2, 1), "what came since stays");
        let known = house.store.known(&[].into(), &[two.thread].into()).await.unwrap();
        assert!(known.threads[&two.thread].last_in.is_some());
        let again = house.store.undo(act, Actor::User(MIA)).await.unwrap();
        assert_eq!(again, Err(Refusal::AlreadyUndone));
    }
}
