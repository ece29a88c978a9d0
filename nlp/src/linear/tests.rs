use super::*;
use rapport_model::reading::Mood;

fn shipped() -> Linear {
    Linear::shipped().unwrap()
}

fn read(text: &str) -> Reading {
    shipped().understand(&[text]).unwrap().remove(0)
}

/// A small training set: every intent, mood and urgency, in few words.
fn small() -> TrainingData {
    let example = |n: usize, intent: &Intent| Example {
        text: format!("{} {n} about {}", intent.name(), intent.name()),
        intents: vec![*intent],
        mood: Some(Mood::ALL[n % 3]),
        urgent: Some(n.is_multiple_of(4)),
        source: Source::Own,
    };
    let examples = (0..6).flat_map(|n| Intent::ALL.iter().map(move |intent| example(n, intent))).collect();
    TrainingData { examples }
}

fn options() -> TrainOptions {
    TrainOptions { bits: 13, ..TrainOptions::default() }
}

#[test]
fn everyday_mails_are_understood() {
    for (text, intent) in [
        ("Where is my order 4711? It was supposed to arrive last Tuesday.", Intent::OrderStatus),
        ("Could you please send us a quote for 40 licences?", Intent::Pricing),
        ("Please cancel my subscription at the end of this month.", Intent::Cancel),
        ("I was charged twice for invoice INV-2026-0312, please check.", Intent::Billing),
        ("I want my money back, the shoes fell apart after two days!", Intent::Refund),
        ("please take me off your mailing list", Intent::Unsubscribe),
        ("Could you delete all personal data you hold about me?", Intent::Privacy),
        ("Can we meet on Thursday at 10 to discuss the contract?", Intent::Meeting),
        ("How do I export my contacts to Excel?", Intent::HowTo),
        ("您好，上周订的滤芯到现在还没有收到，麻烦查一下物流到哪里了，谢谢！", Intent::OrderStatus),
        ("发票抬头开错了，请重新开一张", Intent::Billing),
        ("我们公司搬家了，请把收货地址改成上海市徐汇区漕溪北路18号", Intent::UpdateDetails),
        ("能不能安排一次产品演示？", Intent::Demo),
        ("請問企業版一年多少錢？有沒有折扣？", Intent::Pricing),
        ("服务态度太差了，等了两个小时都没人理，我要投诉", Intent::Complaint),
        ("系统全部瘫痪了，门店收不了银，请立刻处理！", Intent::Problem),
    ] {
        assert_eq!(read(text).intent().name, intent, "{text}");
    }
}

#[test]
fn long_mails_with_greeting_and_signature_are_understood() {
    let en = "Dear support team,\n\nI hope you are well. We have been using two AquaPro filters since last spring \
        and were always content with them.\n\nSince yesterday one of them is broken: water is leaking from the seal \
        and the display shows error E4. We restarted it, but it doesn't work.\n\nCould you please fix this?\n\n\
        Best regards,\nPetra Novak\nNovak Café, 12 Harbour Street\nTel. +44 20 7946 0000";
    let zh = "尊敬的客服：\n\n您好！我是辰光酒店的王丽，我们是贵公司的老客户。\n\n上个月的发票金额和合同对不上，多开了两千元，\
        财务无法付款，请核对后重新开票，电子发票发我邮箱即可。\n\n谢谢！\n\n王丽\n采购部\n电话：13800001111";
    assert_eq!(read(en).intent().name, Intent::Problem);
    assert_eq!(read(zh).intent().name, Intent::Billing);
}

#[test]
fn moods_and_urgency_are_felt() {
    let thanks = read("Thank you so much, your technician was brilliant, we love the new machine!");
    assert_eq!((thanks.sentiment.label, thanks.urgent), (Mood::Positive, false));
    let angry = read("服务态度太差了，非常失望，我要投诉！");
    assert_eq!((angry.sentiment.label, angry.urgent), (Mood::Negative, false));
    assert!(angry.sentiment.score < -0.5);
    assert!(read("系统全部瘫痪了，请马上派人处理！").urgent);
    assert!(read("Production has stopped, we need an engineer immediately, call me now!").urgent);
}

#[test]
fn strange_texts_get_a_reading() {
    for text in [
        "",
        " \n\t ",
        "👍👍🎉",
        "\u{0}\u{fffd}\u{202e}\u{feff}\u{301}",
        "........",
        &"a".repeat(1_000_000),
        &"好".repeat(300_000),
        &"!".repeat(1_000_000),
        &"a-@".repeat(100_000),
        &"\u{1F468}\u{200D}\u{1F469}".repeat(1000),
    ] {
        let reading = read(text);
        assert!(!reading.intents.is_empty());
        assert!(
            reading.sentiment.score.is_finite() && reading.intents.iter().all(|intent| intent.p.is_finite())
        );
    }
}

#[test]
fn probabilities_sum_to_one_and_the_listed_are_sorted() {
    let mut linear = shipped();
    for text in ["", "hello", "Please cancel and refund my order", "请问怎么退款，我还要投诉"] {
        let scores = linear.scores(text);
        assert!((scores.intents.iter().sum::<f32>() - 1.0).abs() < 1e-4);
        assert!((scores.moods.iter().sum::<f32>() - 1.0).abs() < 1e-4);
        assert!((0.0..=1.0).contains(&scores.urgent));
        let listed = scores.listed();
        assert!((1..=INTENTS_MAX).contains(&listed.len()));
        assert!(listed.is_sorted_by(|a, b| a.p >= b.p));
        assert!(listed[1..].iter().all(|intent| intent.p >= INTENT_P_MIN));
    }
}

#[test]
fn the_words_that_spoke_stand_in_the_text() {
    for text in [
        "I want my money back, the shoes fell apart after two days!",
        "能不能安排一次产品演示？马上要向领导汇报，很急！",
        "ＰＬＥＡＳＥ cancel — 訂單取消，謝謝 👍",
    ] {
        let reading = read(text);
        assert!(!reading.why.is_empty(), "{text}");
        for why in &reading.why {
            assert!((1..=5).contains(&why.words.len()));
            assert!(why.words.iter().all(|word| text.contains(word.as_str())), "{why:?}");
            let silent = |word: &String| word.chars().all(|c| ",.:;-()，、。：；（）…".contains(c));
            assert!(!why.words.iter().any(silent), "{why:?}");
        }
    }
    let words = &read("能不能安排一次产品演示？").why[0].words;
    assert!(words.iter().any(|word| word.contains("演示")), "{words:?}");
}

#[test]
fn the_same_seed_gives_the_same_weights() {
    let first = train(&small(), &options()).unwrap();
    let second = train(&small(), &options()).unwrap();
    assert!(first.engine.bytes() == second.engine.bytes());
    assert_eq!(first.report.bytes, first.engine.bytes().len());
}

#[test]
fn a_trained_engine_knows_its_examples_and_is_read_back() {
    let trained = train(&small(), &options()).unwrap().engine;
    let mut linear = Linear::of(Model::parse(trained.bytes().to_vec(), "m").unwrap());
    for intent in Intent::ALL {
        let text = format!("{} 1 about {}", intent.name(), intent.name());
        assert_eq!(linear.read(&text).intent().name, *intent);
    }
}

#[test]
fn data_without_an_intent_or_mood_is_refused_by_name() {
    let mut data = small();
    data.examples.retain(|example| !example.intents.contains(&Intent::Demo));
    let error = train(&data, &options()).unwrap_err().to_string();
    assert!(error.contains("`demo`"), "{error}");
    assert!(train(&TrainingData::default(), &options()).is_err());
}

#[test]
fn an_evaluation_measures_only_what_was_kept_aside() {
    let mut data = small();
    for (n, example) in data.examples.iter_mut().enumerate() {
        example.text =
            format!("{} {}", example.text, ["red", "green", "blue", "grey", "pink"][n % 5].repeat(n));
    }
    let evaluation = evaluate(&data, &options(), None).unwrap();
    assert_eq!(evaluation.n_trained + evaluation.parts[0].n, data.examples.len());
    assert!(evaluation.to_string().contains("unsubscribe"));
}
