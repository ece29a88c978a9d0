//! The cases of `cases.txt`, and that no text whatever breaks the finders.

use super::*;

/// A catalogue with a name inside another, one of a single word, and Chinese ones.
fn catalogue() -> Vec<String> {
    ["Aqua Filter", "Aqua Filter 500", "iPhone 15", "New", "净水器", "净水器Pro", "500", "X"]
        .map(String::from)
        .to_vec()
}

fn show(entities: &[Entity]) -> String {
    entities.iter().map(|e| format!("{}={}", e.kind, e.value)).collect::<Vec<_>>().join(" | ")
}

fn check_positions(text: &str, entities: &[Entity]) {
    let chars: Vec<char> = text.chars().collect();
    let mut free_from = 0;
    for e in entities {
        assert!(e.start >= free_from && e.start < e.end, "{text:?}: {e:?} overlaps or is empty");
        assert_eq!(chars[e.start..e.end].iter().collect::<String>(), e.text, "{text:?}: {e:?}");
        free_from = e.end;
    }
}

#[test]
fn every_case_is_read_as_written() {
    let products = catalogue();
    let mut reader = String::new();
    let mut wrong = Vec::new();
    let mut n_cases = 0;
    for line in include_str!("cases.txt").lines() {
        if line.is_empty() || line.starts_with("# ") {
            continue;
        }
        if let Some(settings) = line.strip_prefix("@ ") {
            settings.clone_into(&mut reader);
            continue;
        }
        let (text, expected) = line.split_once(" =>").expect("a case has an arrow");
        let text = text.replace("\\n", "\n");
        let context = context_of(&reader, &products);
        let entities = extract(&text, &context);
        check_positions(&text, &entities);
        n_cases += 1;
        if show(&entities) != expected.trim() {
            wrong.push(format!("{text:?}\n  expected {}\n  found    {}", expected.trim(), show(&entities)));
        }
    }
    assert!(n_cases > 150, "{n_cases} cases");
    assert!(wrong.is_empty(), "{} of {n_cases} cases:\n{}", wrong.len(), wrong.join("\n"));
}

/// Reads what stands behind `@` in a table of cases: instant, zone, region and currency, `-` for none.
pub(super) fn context_of<'a>(settings: &'a str, products: &'a [String]) -> Context<'a> {
    let settings: Vec<&str> = settings.split(' ').map(|s| if s == "-" { "" } else { s }).collect();
    let [received_at, zone, region, currency] = settings[..] else { panic!("four settings: {settings:?}") };
    let received_at = Timestamp::parse(received_at).expect("an instant");
    Context { received_at, zone: zone.parse().expect("a zone"), region, currency, products }
}

fn context(products: &[String]) -> Context<'_> {
    let received_at = Timestamp::parse("2026-03-04T20:22:00Z").expect("an instant");
    Context { received_at, zone: Tz::Europe__Berlin, region: "DE", currency: "EUR", products }
}

/// A small generator, so that a failure can be repeated.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % n
    }
}

#[test]
fn no_text_breaks_the_finders_and_positions_always_fit() {
    const PIECES: &str = "1¦0¦12¦2026¦99999999999¦.¦,¦-¦/¦:¦ ¦  ¦\n¦+¦+49¦(¦)¦#¦@¦$¦€¦¥¦k¦m¦万¦三¦十¦亿¦点¦半¦月¦日¦号¦\
        天后¦下周¦周¦一¦元¦块¦个¦订单¦发票号¦a¦in¦next¦may¦march¦monday¦tomorrow¦at¦am¦pm¦T¦Z¦of¦the¦end¦\
        order¦no¦invoice¦dozen¦hundred¦and¦https://¦www.¦.com¦'¦İ¦ẞ¦\u{301}¦\u{200d}¦👩‍🔧¦１¦：¦\
        ￥¦\u{3000}¦\u{2028}¦é¦ß¦한¦か¦\0¦\u{feff}¦Aqua¦Filter¦x¦seats¦half¦past¦noon¦UTC¦USD¦fr¦\
        年底¦月底¦PO-1¦past¦quarter¦to¦first¦week¦late¦weekend¦christmas¦midnight¦hrs¦1800¦R¦N¦kr.¦lakh¦cm¦m²¦㎡¦\
        LS ¦88014¦,¦and¦invoices¦#¦学号¦号¦民國¦中秋¦周末¦多¦来¦一¦老¦小¦姐¦姓¦王¦丽¦株式会社¦分行¦银行¦北京¦厂¦\
        Tae¦hyun¦ParcelHive¦&¦Finch¦S.A.¦de¦C.V.¦Ltd¦Dr¦call¦here¦family¦shop.¦.de¦example.com/a¦·";
    let pieces: Vec<&str> = PIECES.split('¦').collect();
    let products = catalogue();
    let mut dice = Dice(7);
    for round in 0..30_000 {
        let mut text = String::new();
        for _ in 0..=dice.below(14) {
            text.push_str(pieces[dice.below(pieces.len())]);
            if dice.below(3) == 0 {
                text.push(' ');
            }
        }
        let mut context = context(&products);
        context.region = ["DE", "US", "CN", "", "??", "BR", "AR", "MX", "AQ"][round % 9];
        check_positions(&text, &extract(&text, &context));
    }
}

#[test]
fn a_day_that_no_calendar_has_is_named() {
    let found = |text: &str| impossible_day(text, &context(&[])).unwrap_or_default();
    for (text, day) in [
        ("call Anna 30 February 10:00", "30 February"),
        ("by Feb 30", "Feb 30"),
        ("on 31.04.2027, please", "31.04.2027"),
        ("29 February 2027", "29 February 2027"),
        ("2027-02-30", "2027-02-30"),
        ("2月30日给王丽打电话", "2月30日"),
        ("29 February", ""),
        ("31 boxes in February", ""),
        ("call +49 30 31 32", ""),
        ("", ""),
    ] {
        assert_eq!(found(text), day, "{text:?}");
    }
}

#[test]
fn dates_at_the_ends_of_time_do_not_overflow() {
    for instant in
        ["0001-01-01T00:00:00Z", "1900-01-01T00:00:00Z", "2100-12-31T23:00:00Z", "9999-12-31T23:59:59Z"]
    {
        let received_at = Timestamp::parse(instant).expect("an instant");
        for received_at in [received_at, Timestamp::from_micros(i64::MAX), Timestamp::from_micros(i64::MIN)] {
            let context = Context { received_at, ..context(&[]) };
            let text = "tomorrow, yesterday, in 900 years, next Friday at 10, 29 Feb, end of June, 下个月10号, 1000年后, 10:00Z today";
            check_positions(text, &extract(text, &context));
        }
    }
}

#[test]
fn a_very_long_text_is_read_up_to_its_limit_in_linear_time() {
    let context = context(&[]);
    for piece in [
        "+49 ",
        "1 ",
        "(",
        "a@",
        "http://",
        "三",
        "a hundred ",
        "order no ",
        "1,",
        "at 1 ",
        "in ",
        "下周",
        "- 1",
        "AB-12345 ",
        "1-2345-6 ",
        "R 1 ",
        "a. Two & ",
        "x.y ",
        "1,000 to ",
        "ten to ",
        "invoices, ",
        "中",
        "王",
        "抬头",
    ] {
        let text = piece.repeat(200_000 / piece.len());
        check_positions(&text, &extract(&text, &context));
    }
    let far = format!("{} ann@example.org", "x ".repeat(10_000));
    assert!(extract(&far, &context).is_empty());
    let near = format!("{} ann@example.org", "好".repeat(15_000));
    assert_eq!(extract(&near, &context)[0].start, 15_001);
}
