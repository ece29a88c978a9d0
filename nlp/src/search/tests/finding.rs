//! Words are found in every script and form.

use rapport_model::Kind;

use super::*;

#[test]
fn words_are_found_in_every_script() {
    let texts = [
        "你好,请把这批货的报价单发到我邮箱",
        "武汉市长江大桥旁边的门店还没有收到货",
        "請問我的訂單什麼時候出貨",
        "先週の注文の状態を確認してください",
        "지난주 주문의 상태를 확인해 주세요",
        "Could you send the quote for the Riga office again",
        "Merci d'envoyer la facture du café à Besançon",
        "Больница ждёт счёт за октябрь, пришлите его",
        "ขอใบเสนอราคาสำหรับสามสิบที่นั่ง",
        "客户李四要求退款,金额￥800",
    ];
    let dir = Dir::new();
    let documents: Vec<_> = texts.iter().enumerate().map(|(i, text)| message(i as i64, text)).collect();
    let index = dir.with(&documents);
    for (query, expected) in [
        ("报价", 0),
        ("长江", 1),
        ("市长", 1),
        ("订单", 2),
        ("訂單", 2),
        ("状態", 3),
        ("상태", 4),
        ("QUOTE", 5),
        ("cafe", 6),
        ("besancon", 6),
        ("счет", 7),
        ("больница", 7),
        ("เสนอราคา", 8),
        ("退款", 9),
        ("货", 0),
        ("李四", 9),
        ("货", 1),
        ("箱", 0),
        ("额", 9),
    ] {
        assert!(index.find(query).contains(&expected), "{query} → {:?}", index.find(query));
    }
}

#[test]
fn a_query_without_blanks_may_hold_several_words() {
    let dir = Dir::new();
    let index = dir.with(&[
        message(1, "我要申请退款,发票已经寄回"),
        message(2, "退款发票的流程"),
        message(3, "想开一张发票"),
    ]);
    assert_eq!(index.find("退款发票"), [2, 1], "the whole run comes first");
    assert_eq!(index.find("\"退款发票\""), [2]);
    assert_eq!(index.find("发票 -退款"), [3]);
}

#[test]
fn other_forms_of_an_english_word_are_found_after_the_typed_one() {
    let dir = Dir::new();
    let index = dir.with(&[
        message(1, "we refunded it"),
        message(2, "two refunds came"),
        message(3, "one refund came"),
        message(4, "refunding takes days"),
        message(5, "a refuge"),
    ]);
    let mut found = index.find("refund");
    assert_eq!(found.remove(0), 3);
    found.sort_unstable();
    assert_eq!(found, [1, 2, 4]);
    assert_eq!(index.find("\"refund\""), [3], "in quotation marks only the word itself");
}

#[test]
fn typing_errors_are_corrected_and_reported() {
    let dir = Dir::new();
    let index = dir.with(&[
        message(1, "the invoice is late"),
        message(2, "a subscription for Novák"),
        message(3, "пришлите договор"),
        message(4, "order 4711"),
    ]);
    for (typed, found, expected) in [
        ("invocie", "invoice", 1),
        ("nivoice", "invoice", 1),
        ("onvoice", "invoice", 1),
        ("subscritpoin", "subscription", 2),
        ("nowak", "novak", 2),
        ("догавор", "договор", 3),
    ] {
        let answer = index.ask(&asking(typed));
        assert_eq!(answer.corrected, [(typed.to_owned(), found.to_owned())]);
        assert_eq!(answer.hits.iter().map(|h| h.id.0).collect::<Vec<_>>(), [expected]);
    }
    for typed in ["lae", "4712", "\"invocie\"", "zzzzzzzz"] {
        let answer = index.ask(&asking(typed));
        assert!(answer.corrected.is_empty() && answer.total == 0, "{typed}");
    }
    assert!(index.ask(&asking("invoice")).corrected.is_empty());
}

#[test]
fn beginnings_phrases_and_exclusions_are_obeyed() {
    let dir = Dir::new();
    let index = dir.with(&[
        message(1, "the Novák coffee house wants a late refund"),
        message(2, "novated contract, refund is late"),
        message(3, "coffee INV-2024-17 for ann@example.org"),
    ]);
    let cases: [(&str, &[i64]); 8] = [
        ("nova*", &[1, 2]),
        ("\"late refund\"", &[1]),
        ("refund -coffee", &[2]),
        ("refund -\"late refund\"", &[2]),
        ("-refund", &[3]),
        ("inv-2024-17", &[3]),
        ("ANN@example.org", &[3]),
        ("example@ann.org", &[]),
    ];
    for (query, expected) in cases {
        let mut found = index.find(query);
        found.sort_unstable();
        assert_eq!(found, expected, "{query}");
    }
}

#[test]
fn when_no_text_has_all_words_those_with_most_come_first() {
    let dir = Dir::new();
    let index =
        dir.with(&[message(1, "refund for the grinder"), message(2, "refund"), message(3, "an offer")]);
    let answer = index.ask(&asking("grinder refund tomorrow"));
    assert!(answer.relaxed);
    assert_eq!(answer.hits.iter().map(|h| h.id.0).collect::<Vec<_>>(), [1, 2]);
    assert!(!index.ask(&asking("grinder refund")).relaxed);
    assert!(!index.ask(&asking("tomorrow never")).relaxed, "nothing was found either way");
}

#[test]
fn a_title_counts_more_than_a_body() {
    let dir = Dir::new();
    let titled = Document { title: "Refund".to_owned(), ..message(1, "see there") };
    let index = dir.with(&[titled, message(2, "refund there")]);
    assert_eq!(index.find("refund"), [1, 2]);
}

#[test]
fn synonyms_are_looked_for_when_wished_and_come_last() {
    let dir = Dir::new();
    let index = dir.with(&[
        message(1, "please reimburse me"),
        message(2, "I want my money back"),
        message(3, "我要退款"),
        message(4, "a refund"),
        message(5, "我要退钱"),
        message(6, "back to the money"),
    ]);
    assert_eq!(index.find("refund"), [4]);
    let wide = |query: &str| {
        let answer = index.ask(&Request { expand: true, ..asking(query) });
        (answer.hits.iter().map(|h| h.id.0).collect::<Vec<_>>(), answer.added)
    };
    let (found, added) = wide("refund");
    assert_eq!(found[0], 4);
    assert!([1, 2, 3].iter().all(|id| found.contains(id)), "{found:?}");
    let because = Because::SynonymOf("refund".to_owned());
    assert!(added.contains(&AddedWord { word: "退款".to_owned(), because }), "{added:?}");
    let (found, _) = wide("money back");
    assert!(found.contains(&4) && found.contains(&1) && found.contains(&2), "{found:?}");
    let (found, _) = wide("退款");
    assert_eq!(found[0], 3);
    assert!(found.contains(&5) && found.contains(&4), "{found:?}");
}

#[test]
fn texts_like_the_first_hits_are_found_too() {
    let dir = Dir::new();
    let mut documents = vec![
        message(1, "refund of the espresso grinder, burrs worn"),
        message(2, "refund please, grinder burrs worn out"),
        message(3, "the grinder has burrs that are worn"),
    ];
    documents.extend((10..60).map(|i| message(i, "the weekly letter of the choir")));
    let index = dir.with(&documents);
    let request = asking("refund");
    let texts: Vec<String> = [1, 2].iter().map(|i| documents[i - 1].body.clone()).collect();
    let answer = index.searcher().search_with_feedback(&request, &texts).unwrap();
    let ids: Vec<_> = answer.hits.iter().map(|h| h.id.0).collect();
    assert_eq!((ids.len(), ids[2]), (3, 3), "{ids:?}");
    assert!(answer.added.iter().any(|a| a.word == "burrs" && a.because == Because::Typical));
    assert_eq!(index.searcher().search_with_feedback(&request, &[]).unwrap(), index.ask(&request));
}

#[test]
fn names_are_completed_by_any_of_their_words() {
    let dir = Dir::new();
    let index = dir.with(&[
        named(1, Kind::Customer, "Jana Nováková"),
        named(2, Kind::Company, "Café Novák s.r.o."),
        named(3, Kind::Customer, "诺瓦克咖啡有限公司"),
        named(4, Kind::Ticket, "Novated contract"),
        message(5, "novak wrote"),
    ]);
    let complete = |typed: &str, kinds: &[Kind], sees| {
        let hits = index.searcher().complete(typed, kinds, sees, 10).unwrap();
        hits.iter().map(|h| h.id.0).collect::<Vec<_>>()
    };
    let people = [Kind::Customer, Kind::Company];
    assert_eq!(complete("nova", &people, None), [2, 1]);
    assert_eq!(complete("Novák", &people, None), [2, 1], "the whole word comes first");
    assert_eq!(complete("no ja", &people, None), [1]);
    assert_eq!(complete("nova", &[], None), [4, 2, 1]);
    assert_eq!(complete("诺", &people, None), [3]);
    assert_eq!(complete("咖啡有", &people, None), [3]);
    assert_eq!(complete("司", &people, None), [3]);
    assert_eq!(complete("nova", &people, visible(&[1])), [1]);
    for nothing in ["", "  ", "!!!", "\"", "zzz", &"(".repeat(5000)] {
        assert!(complete(nothing, &people, None).is_empty(), "{nothing}");
    }
}
