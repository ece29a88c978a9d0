use rapport_nlp::linear::*;
use std::path::Path;
fn main() {
    let mut args = std::env::args().skip(1);
    let mode = args.next().unwrap();
    let kv: Vec<String> = args.collect();
    let get = |k: &str| kv.iter().find_map(|a| a.strip_prefix(&format!("{k}=")).map(str::to_owned));
    let mut o = TrainOptions::default();
    let f = |k: &str, d: f32| get(k).map_or(d, |v| v.parse().unwrap());
    o.strength = [f("si", o.strength[0]), f("sm", o.strength[1]), f("su", o.strength[2])];
    o.phrase_weight = f("pw", o.phrase_weight);
    o.dressed_weight = f("dw", o.dressed_weight);
    o.extra_weight = [f("xi", o.extra_weight[0]), f("xm", o.extra_weight[1])];
    o.seed = get("seed").map_or(o.seed, |v| v.parse().unwrap());
    let extra = get("extra");
    let data = TrainingData::load(Path::new("nlp/data"), extra.as_deref().map(Path::new)).unwrap();
    let t = std::time::Instant::now();
    match mode.as_str() {
        "eval" => println!("{}", evaluate(&data, &o).unwrap()),
        "train" => {
            let (l, r) = train(&data, &o).unwrap();
            std::fs::write("nlp/models/linear.bin", l.bytes()).unwrap();
            println!("{r}");
        }
        "time" => {
            use rapport_nlp::Engine;
            let mut l = Linear::shipped().unwrap();
            println!("load {:?}", t.elapsed());
            let en: String = data.examples.iter().filter(|e| e.source == Source::Own && e.text.is_ascii()).take(5).map(|e| e.text.clone()).collect::<Vec<_>>().join(" ").chars().take(600).collect();
            let zh: String = data.examples.iter().filter(|e| e.source == Source::Own && !e.text.is_ascii()).map(|e| e.text.clone()).collect::<Vec<_>>().join(" ").chars().skip(10_000).take(600).collect();
            for (n, text) in [("en", &en), ("zh", &zh)] {
                let t = std::time::Instant::now();
                for _ in 0..1000 { std::hint::black_box(rapport_nlp::language::detect(text)); }
                println!("{n} language {:?}", t.elapsed() / 1000);
                let t = std::time::Instant::now();
                for _ in 0..1000 { std::hint::black_box(l.scores(text)); }
                println!("{n} scores {:?}", t.elapsed() / 1000);
                let t = std::time::Instant::now();
                for _ in 0..1000 { std::hint::black_box(l.understand(&[text]).unwrap()); }
                println!("{n} understand of {} chars {:?}", text.chars().count(), t.elapsed() / 1000);
            }
        }
        _ => {
            use rapport_nlp::Engine;
            let mut l = Linear::load(Path::new("nlp/models/linear.bin")).unwrap();
            for line in std::io::stdin().lines() {
                let r = l.understand(&[&line.unwrap().replace("\\n", "\n")]).unwrap().remove(0);
                println!("{}", serde_json::to_string(&r).unwrap());
            }
        }
    }
    eprintln!("{:?}", t.elapsed());
}
