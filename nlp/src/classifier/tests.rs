use super::*;

/// Short texts of three kinds, and some that are none of them.
fn examples() -> Vec<Labelled> {
    let things = ["card", "parcel", "invoice", "pump", "账单", "订单", "filter", "hose"];
    let mut all = Vec::new();
    for thing in things {
        for (text, label) in [
            (format!("where is my {thing}, has it arrived"), "where"),
            (format!("when will the {thing} arrive please"), "where"),
            (format!("the {thing} is broken and leaks"), "broken"),
            (format!("my {thing} does not work any more"), "broken"),
            (format!("thank you for the {thing}, great service"), "thanks"),
            (format!("{thing} 很好, thanks a lot"), "thanks"),
            (format!("weather forecast and football, not {thing}"), OUT_OF_SCOPE),
        ] {
            all.push(Labelled { text, label: label.into() });
        }
    }
    all
}

fn trained() -> Classifier {
    train(&examples(), &Options::default(), None).unwrap().0
}

#[test]
fn what_was_learned_is_told_and_the_rest_is_out_of_scope() {
    let mut classifier = trained();
    assert_eq!(classifier.labels(), ["broken", "thanks", "where"]);
    for (text, label) in [
        ("where is my kettle, has it arrived?", "where"),
        ("the kettle is broken", "broken"),
        ("thanks a lot for the kettle", "thanks"),
    ] {
        let ranking = classifier.classify(text);
        assert_eq!(classifier.labels()[ranking.labels[0].0], label, "{text}: {ranking:?}");
        assert!(!ranking.out_of_scope, "{text}: {ranking:?}");
        assert!((ranking.labels.iter().map(|(_, p)| p).sum::<f32>() - 1.0).abs() < 1e-5);
    }
    assert!(classifier.classify("football and the weather forecast").out_of_scope);
}

#[test]
fn the_same_data_and_seed_give_the_same_file() {
    assert_eq!(trained().bytes(), trained().bytes());
}

#[test]
fn a_file_reads_as_it_was_written_and_no_other_does() {
    let mut classifier = trained();
    let bytes = classifier.bytes();
    let read = |bytes: &[u8]| Model::parse(bytes, "topics.model").map(Classifier::of);
    let mut again = read(&bytes).unwrap();
    for example in examples() {
        assert_eq!(again.classify(&example.text), classifier.classify(&example.text));
    }
    let refused = |bytes: &[u8]| read(bytes).err().unwrap().to_string();
    for cut in [0, 3, 10, 20, 40, bytes.len() - 1] {
        refused(&bytes[..cut]);
    }
    for flipped in [8, 17, 30, 200, bytes.len() - 1] {
        let mut bytes = bytes.clone();
        bytes[flipped] ^= 1;
        assert!(refused(&bytes).contains("damaged"), "byte {flipped}");
    }
    let mut newer = bytes.clone();
    newer[4] = 9;
    assert!(refused(&newer).contains("version 9"));
    assert!(refused(b"text\tlabel\n").contains("no classifier"));
}

#[test]
fn what_minilm_was_taught_is_in_the_file() {
    let mut model = trained().model;
    let weights: Vec<f32> = (0..DIMENSIONS * model.labels.len()).map(|n| n as f32).collect();
    let dense = |encoder, learned: &[u8]| {
        Some(file::Dense { encoder, weights: weights.clone(), learned: learned.to_vec() })
    };
    model.dense = dense(Encoder::Taught, b"low-rank factors");
    let bytes = model.bytes();
    let read = Model::parse(&bytes, "m").unwrap();
    assert_eq!(read.bytes(), bytes);
    let read = read.dense.unwrap();
    assert_eq!((read.encoder, read.learned.as_slice()), (Encoder::Taught, &b"low-rank factors"[..]));
    assert_eq!(read.weights, weights);
    model.dense = dense(Encoder::Meaning, b"");
    assert_eq!(Model::parse(&model.bytes(), "m").unwrap().dense.unwrap().encoder, Encoder::Meaning);
    assert_eq!(bytes.len() - model.bytes().len(), 4 + b"low-rank factors".len());
}

#[test]
fn any_text_is_read() {
    let mut classifier = trained();
    let long = "where is my card ".repeat(60_000);
    for text in [
        "",
        " ",
        "\u{0}\u{1}\n",
        "🙂🙂🙂",
        "<p>where</p>",
        &"x".repeat(1_000_000),
        &long,
        "ｗｈｅｒｅ 在哪里",
    ] {
        let ranking = classifier.classify(text);
        assert!(ranking.labels.iter().all(|(_, p)| p.is_finite()), "{ranking:?}");
    }
    assert!(classifier.classify("").out_of_scope, "nothing is like nothing");
}

#[test]
fn a_few_of_each_label_are_drawn_by_the_seed() {
    let (_, report) = train(&examples(), &Options { per_class: Some(3), seed: 5 }, None).unwrap();
    assert_eq!((report.n, report.labels), (12, 3));
    let one = vec![Labelled { text: "a".into(), label: "x".into() }; 4];
    let refused = train(&one, &Options::default(), None).err().unwrap().to_string();
    assert!(refused.contains("1 label: two are needed"), "{refused}");
}

#[test]
fn figures_need_known_labels() {
    let mut classifier = trained();
    let measured = measure(&mut classifier, &examples(), None).unwrap();
    assert!(measured.accuracy > 0.95 && measured.oos_recall.unwrap() > 0.5, "{measured:?}");
    let unknown = [Labelled { text: "x".into(), label: "other".into() }];
    assert!(measure(&mut classifier, &unknown, None).err().unwrap().to_string().contains("\"other\""));
}
