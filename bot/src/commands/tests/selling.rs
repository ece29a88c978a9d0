//! Deals, the pipeline, calls and meetings, and who is of which company.

use rapport_model::time::DAY;

use super::house::House;

#[tokio::test]
async fn a_deal_is_opened_listed_and_shown() {
    let mut house = House::with_mails("mia").await;
    house
        .sees_all(
            "deal new C2 12k by end of June 20 seats",
            &["Deal D3", "title           20 seats", "12,000.00 EUR", "Tue 30 Jun 2026", "[1] Undo"],
        )
        .await;
    house.sees_all("deal new C1", &["Petra Novak"]).await;
    house
        .sees_all(
            "deals",
            &["2 deals", "D3 20 seats (Anna Berg): new, 12,000.00 EUR, closes Tue 30 Jun 2026, with Mia Tan"],
        )
        .await;
    house.sees_all("deal D3", &["D3 20 seats", "expected close  Tue 30 Jun 2026"]).await;
    house.sees_all("deal D3 negotiation", &["→ negotiation"]).await;
    house.sees_all("deals negotiation", &["1 deal", "20 seats"]).await;
    house.sees_all("deals ruth", &["No open deals"]).await;
    house.sees_all("deals nobody", &["Nobody here is called"]).await;
    house.sees_all("deal D3 won", &["→ won"]).await;
    house.sees_all("deals", &["1 deal", "D4"]).await;
    house.sees_all("deal new C1 by yesterday seats", &["already past"]).await;
    house.sees_all("deal new C99 12k", &["no C99"]).await;
    house.sees_all("new deal with Petra Novak worth €45,000", &["45,000.00 EUR"]).await;
    house.sits_down("lin");
    house.sees_all("商机 新建 C3 12万 六月底 净水器", &["净水器", "120,000.00 EUR", "6月30日"]).await;
    house.sees_all("商机列表", &["1 个商机", "净水器"]).await;
    house.sits_down("vic");
    house.sees_all("deals team", &["D4"]).await;
    house.sees_all("deal new C1 x", &["You may not"]).await;
}

#[tokio::test]
async fn the_pipeline_weighs_the_stages_and_names_what_lies_still() {
    let mut house = House::with_mails("mia").await;
    house.types("deal new C1 10k pumps").await;
    house.types("deal new C2 20k filters").await;
    house.types("stage D4 negotiation").await;
    house.types("deal new C3 5k").await;
    house.types("stage D5 lost").await;
    house
        .sees_all(
            "pipeline",
            &[
                "Pipeline of Mia Tan: 2 open deals",
                "new: 1 deal, 10,000.00 EUR, likely 1,000.00 EUR",
                "negotiation: 1 deal, 20,000.00 EUR, likely 14,000.00 EUR",
                "in all  30,000.00 EUR",
                "likely  15,000.00 EUR",
            ],
        )
        .await;
    house.clock.advance(13 * DAY);
    house.types("edit D3 title=pumps and more").await;
    house.clock.advance(DAY);
    house.sees_all("pipeline team", &["the team", "3 deals lie still", "D4 filters", "no change for"]).await;
    house.sees_all("pipeline ruth", &["Ruth Stein: 0 open deals"]).await;
    house.sits_down("lin");
    house.sees_all("管道 团队", &["团队的销售管道：4 个进行中的商机", "商谈中：1 个", "3 个商机停滞"]).await;
}

#[tokio::test]
async fn a_call_stands_in_the_timeline_with_its_length_and_its_end() {
    let mut house = House::with_mails("mia").await;
    house
        .sees_all(
            "log call C1 wants a quote, 12 min",
            &["Noted for C1 Petra Novak, call, 12 min: wants a quote", "[1] Undo"],
        )
        .await;
    house.sees_all("timeline C1", &["Mia Tan, call, 12 min: wants a quote"]).await;
    house.sees_all("show C1", &["call, 12 min"]).await;
    let asked = house.types("log meeting Petra Novak: we'll send the offer by Friday").await.remove(0);
    let task = asked.buttons.iter().find(|b| b.command.starts_with("task ")).expect("a follow-up is offered");
    house.sees_all(&task.command, &["C1 Petra Novak", "due Fri 13 Mar 2026"]).await;
    house.sees_all("log call C1 no answer", &["call, no answer: no answer"]).await;
    house.sees_all("log call C1", &["What was said"]).await;
    house.sees_all("likes tea", &["call: likes tea"]).await;
    house.sees_all("log call C99 x", &["no C99"]).await;
    house.sees_all("log", &["Write it like this"]).await;
    house.sees_all("called Petra Novak, wants a quote, 5 min", &["call, 5 min: wants a quote"]).await;
    house.sits_down("lin");
    house.sees_all("记录通话 C3 要报价，12分钟", &["通话，12 分钟：要报价"]).await;
    house.sees_all("往来 C3", &["通话，12 分钟"]).await;
    house.sees_all("拜访了王丽，他们想试用", &["会面：他们想试用"]).await;
    house.sits_down("vic");
    house.sees_all("log call C1 x", &["You may not"]).await;
}

#[tokio::test]
async fn a_customer_is_linked_to_a_company() {
    let mut house = House::with_mails("mia").await;
    house.sees_all("link C2 F1", &["C2 Anna Berg is of F1 Novak Cafe now, before of Berg", "[1] Undo"]).await;
    house.sees_all("link C2 F1", &["already is as you ask"]).await;
    house.sees_all("undo", &["Taken back"]).await;
    house.sees_all("link Anna Berg: Novak Cafe", &["is of F1"]).await;
    house.sees_all("link C2 to Delta Foods", &["Delta Foods", "New company"]).await;
    house.sees_all("1", &["Delta Foods was made"]).await;
    house.sees_all("link C2 to Delta Foods", &["Delta Foods now"]).await;
    house.sees_all("link C2 C1", &["is no company"]).await;
    house.sees_all("link C2", &["Write it like this"]).await;
    house.sits_down("lin");
    house.sees_all("关联 C3 到 F1", &["现在属于 F1"]).await;
}
