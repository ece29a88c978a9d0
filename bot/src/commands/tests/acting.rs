//! Writing: what changes, how it is echoed, and how it is taken back.

use rapport_model::time::DAY;

use super::house::House;

#[tokio::test]
async fn a_note_is_found_at_once_and_gone_after_undo() {
    let mut house = House::with_mails("mia").await;
    house.sees_all("note C1 prefers calls after four", &["Noted for C1 Petra Novak: prefers calls"]).await;
    house.sees_all("find prefers calls", &["prefers calls after four"]).await;
    house.sees_all("show C1", &["prefers calls after four"]).await;
    house.sees_all("undo", &["Taken back", "prefers calls after four"]).await;
    house.sees_all("find prefers calls type:note", &["Nothing found"]).await;
    house.sees_all("undo", &["nothing of yours"]).await;
}

#[tokio::test]
async fn the_undo_button_of_a_card_takes_back_that_act_and_no_other() {
    let mut house = House::with_mails("mia").await;
    let first = house.types("note C1 first").await.remove(0);
    house.types("note C1 second").await;
    house.sees_all(&first.buttons[0].command, &["Taken back", "first"]).await;
    house.sees_all(&first.buttons[0].command, &["taken back before"]).await;
    house.sees_all("show C1", &["second"]).await;
}

#[tokio::test]
async fn a_button_without_words_asks_for_them() {
    let mut house = House::with_mails("mia").await;
    house.types("show C1").await;
    house.sees_all("2", &["What shall I note for C1 Petra Novak?"]).await;
    house.sees_all("find is no command here", &["Noted for C1 Petra Novak: find is no command here"]).await;
    house.types("note C1").await;
    house.sees_all("no", &["nothing was done"]).await;
    house.types("note C1").await;
    house.sees_all("/tasks team", &["open task"]).await;
    house.types("note C1 tea").await;
    house.types("help").await;
    house.sees_all("1", &["“1” fits"]).await;
}

#[tokio::test]
async fn a_task_echoes_its_time_in_the_reps_zone() {
    let mut house = House::with_mails("mia").await;
    for (line, parts) in [
        (
            "task call Anna Friday 10:00",
            &["call Anna", "Mia Tan", "due Fri 13 Mar 2026, 10:00 (Europe/Berlin)"][..],
        ),
        ("task send the quote", &["due Thu 12 Mar 2026, 09:00", "No time was given"]),
        ("task send it C2 @ruth tomorrow 14:00", &["(C2 Anna Berg)", "for Ruth Stein", "12 Mar 2026, 14:00"]),
        ("remind me on Friday at 3 pm to call back", &["call back", "Fri 13 Mar 2026, 15:00"]),
        ("task call Anna yesterday", &["already past"]),
        ("task call @nobody", &["Nobody here is called “nobody”", "ruth"]),
    ] {
        house.sees_all(line, parts).await;
    }
    house.sits_down("lin");
    house
        .sees_all(
            "任务 明天下午3点给王丽打电话",
            &["给王丽打电话", "2026年3月12日 周四 15:00（Asia/Shanghai）"],
        )
        .await;
}

#[tokio::test]
async fn a_task_is_moved_done_and_undone() {
    let mut house = House::start("mia").await;
    house.sees_all("task water the plants", &["Task K1"]).await;
    house.sees_all("task K1 Friday 11:00", &["now due Fri 13 Mar 2026, 11:00"]).await;
    house.sees_all("task K1 due in 1 hour", &["now due Wed 11 Mar 2026, 14:00"]).await;
    house.sees_all("task K1 due some day", &["could not read a time"]).await;
    house.sees_all("tasks", &["1 open task", "K1 water the plants"]).await;
    house.clock.advance(DAY);
    house.sees_all("tasks overdue", &["1 overdue"]).await;
    house.sees_all("done K1", &["Task K1 is done"]).await;
    house.sees_all("done K1", &["already is as you ask"]).await;
    house.sees_all("tasks", &["No open tasks."]).await;
    house.sees_all("undo K1", &["Taken back"]).await;
    house.sees_all("tasks", &["K1 water the plants"]).await;
}

#[tokio::test]
async fn a_ticket_goes_through_its_life() {
    let mut house = House::with_mails("mia").await;
    let opened =
        house.sees_all("ticket new C2 filter drips", &["opened for C2 Anna Berg", "filter drips"]).await;
    let number = opened.split_whitespace().nth(1).unwrap().to_owned();
    house.sees_all(&format!("ticket {number} urgent"), &["priority normal → urgent"]).await;
    house
        .sees_all(&format!("ticket {number} assign ruth"), &["now belongs to Ruth Stein, before to Mia Tan"])
        .await;
    house.sees_all("tickets", &["filter drips", "with Ruth Stein"]).await;
    house.sees_all(&format!("close {number} new seal sent"), &["closed after", "new seal sent"]).await;
    house.sees_all(&format!("close {number}"), &["already closed"]).await;
    house.sees_all("ticket it reopen", &["is open again"]).await;
    let why = house.sees_all(&format!("why {number}"), &["was opened by Mia Tan", "If that is wrong"]).await;
    assert!(why.find("was opened") < why.find("closed"), "{why}");
}

#[tokio::test]
async fn a_rules_ticket_tells_why_and_can_be_taken_back() {
    let mut house = House::with_mails("mia").await;
    house
        .sees_all(
            "why T1",
            &["Ticket T1 was opened by rule `", "because the mail of Wed 11 Mar 2026", "sure)"],
        )
        .await;
    house.sees_all("undo T1", &["Taken back: ticket T1 was opened"]).await;
    house.sees_all("show T1", &["removed"]).await;
    house.sees_all("ticket T1 close", &["was removed, so it cannot be changed"]).await;
    house.sees_all("why T1", &["(taken back", "since)"]).await;
    house.sees_all("undo T1", &["could be taken back"]).await;
}

#[tokio::test]
async fn a_message_tells_its_conversation_and_how_it_was_read() {
    let mut house = House::with_mails("mia").await;
    house.types("show C1").await;
    house
        .sees_all(
            "why M",
            &["Pump broken", "began a conversation", "Reads as", "sure)", "What followed", "Ticket T1"],
        )
        .await;
}

#[tokio::test]
async fn a_message_read_wrongly_is_corrected_found_by_it_and_taken_back() {
    let mut house = House::with_mails("mia").await;
    house.types("show C1").await;
    house.sees_all("why M", &["Reads as", "Wrong?"]).await;
    house.sees_all("correct it: order status, complaint negative", &["Counts as order", "read as"]).await;
    house.sees_all("why it", &["a question about an order", "A colleague corrected"]).await;
    house.sees_all("correct it: order_status, complaint", &["already counts as"]).await;
    house.sees_all("find intent:order_status", &["Pump broken"]).await;
    house.sees_all("correct it: splendid", &["“splendid” is no intent", "order_status", "unhappy"]).await;
    house.sees_all("更正 C1：投诉，不急", &["Counts as complaint"]).await;
    house.sees_all("undo", &["Taken back"]).await;
    house.sees_all("undo", &["Taken back"]).await;
    house.sees_all("why M", &["Wrong?"]).await;
}

#[tokio::test]
async fn a_deal_moves_and_who_buys_is_a_customer() {
    let mut house = House::with_mails("mia").await;
    house.sees_all("stage C2 negotiation", &["Deal D1", "→ negotiation", "[1] Undo"]).await;
    house.sees_all("stage D1 won", &["negotiation → won", "C2 Anna Berg: lead → customer"]).await;
    house.sees_all("undo", &["Taken back"]).await;
    house.sees_all("show C2", &["lead", "negotiation"]).await;
    house.sees_all("stage D1 lost too dear", &["→ lost", "too dear"]).await;
    house.sees_all("stage C2 lost", &["C2 Anna Berg: lead → lost"]).await;
    house.sees_all("stage C1 proposal", &["opened for C1 Petra Novak: proposal"]).await;
    house.sees_all("undo", &["Taken back"]).await;
    house.sees_all("stage C1 won", &["opened for C1 Petra Novak: won", "lead → customer"]).await;
    house.sees_all("stage Anna Berg dormant", &["lost → dormant"]).await;
    house.sees_all("stage C1 flying", &["no stage “flying”", "negotiation"]).await;
}

#[tokio::test]
async fn an_amount_said_with_a_stage_is_the_deals_and_a_priority_the_tickets() {
    let mut house = House::with_mails("mia").await;
    house.sees_all("stage C2 negotiation 12k", &["→ negotiation", "12,000.00 EUR"]).await;
    house
        .sees_all("stage D1 won at $9,500, board agreed", &["12,000.00 EUR → 9,500.00 USD", "board agreed"])
        .await;
    house.sees_all("show D1", &["9,500.00 USD"]).await;
    house.sees_all("undo", &["Taken back"]).await;
    house.sees_all("show D1", &["12,000.00 EUR", "negotiation"]).await;
    house.sees_all("stage D1 proposal 3 offers wanted", &["→ proposal", "3 offers wanted"]).await;
    house
        .sees_all("push Petra Novak to proposal, 5000", &["opened for C1 Petra Novak", "5,000.00 EUR"])
        .await;
    house.sees_all("ticket new C1 prio:urgent pump makes noise", &["pump makes noise", "urgent"]).await;
}

#[tokio::test]
async fn an_undo_that_something_rests_on_is_refused_with_what_does() {
    let mut house = House::with_mails("mia").await;
    let moved = house.types("stage C2 negotiation").await.remove(0);
    house.sits_down("ruth");
    house.types("stage C2 won").await;
    house.sits_down("mia");
    house.sees_all(&moved.buttons[0].command, &["cannot be taken back", "Ruth Stein", "undo D1"]).await;
}

#[tokio::test]
async fn a_viewer_reads_and_writes_nothing() {
    let mut house = House::with_mails("vic").await;
    house.sees_all("show C1", &["Petra Novak"]).await;
    house.sees_all("tasks team", &["K1"]).await;
    for line in
        ["note C1 hello", "task call", "done K1", "close T1", "stage C1 won", "undo", "ticket new C1 x"]
    {
        house.sees_all(line, &["You may not", "“rep”"]).await;
    }
}

#[tokio::test]
async fn ten_kilobytes_are_a_note_and_control_characters_are_not() {
    let mut house = House::with_mails("mia").await;
    let long = format!("note C1 {}\u{1b}[31mend", "word ".repeat(2_000));
    let seen = house.sees(&long).await;
    assert!(seen.contains("end") && !seen.contains('\u{1b}'));
    house.sees_all(&"x".repeat(100_000), &["more than 32 kB"]).await;
}

#[tokio::test]
async fn what_is_named_is_what_is_meant() {
    let mut house = House::with_mails("mia").await;
    house.receives("Anna Holm <anna@holm.example>", "mia@brightwater.example", "Hello", "Hello there!").await;
    // A claim makes its customer the one that is meant next.
    house.types("show C1").await;
    house.types("claim C2").await;
    house.sees_all("note it: tea", &["Noted for C2 Anna Berg"]).await;
    // One of two: nobody else is taken for her.
    house.types("show C1").await;
    let asked = house.types("note Anna: likes tea").await.remove(0);
    assert_eq!(asked.buttons.len(), 2, "{asked:?}");
    house.sees_all("done T1", &["T1", "closed"]).await;
    house.sees_all("stage T1 won", &["is no deal"]).await;
    house.sees_all("reply Petra", &["What shall I answer C1 Petra Novak"]).await;
    house.sees_all("no", &["nothing was done"]).await;
    house.types("show C2").await;
    house.sees_all("reply fine", &["Draft to C2 Anna Berg", "fine"]).await;
    house.sees_all("pipeline ruth", &["The team’s deals"]).await;
    house.sees_all("deals won", &["No deals in “won”"]).await;
}
