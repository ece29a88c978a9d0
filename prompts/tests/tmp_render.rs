//! tmp
mod sample;
use rapport_prompts::*;
#[test]
fn render() {
    let p = Prompts::new();
    for l in LANGUAGES {
        std::fs::write(format!("/tmp/h/digest.{}.html", l.code()), p.digest(l, &sample::week(l)).html).unwrap();
        std::fs::write(format!("/tmp/h/quiet.{}.html", l.code()), p.digest(l, &sample::quiet(l)).html).unwrap();
    }
}
