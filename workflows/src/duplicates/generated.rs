//! Tables of invented people, with duplicates that nobody tuned to: families, colleagues, slips of
//! the pen, in English and Chinese.

use super::eval::{Evaluation, Truth, evaluate};
use super::{Entry, Kind, find};

/// Chance that is the same every time (splitmix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % n as u64) as usize
    }

    fn one_of<T: Copy>(&mut self, of: &[T]) -> T {
        // The lower of two draws: the first of a list are common, as names are.
        of[self.below(of.len()).min(self.below(of.len()))]
    }

    fn happens(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn digits(&mut self, n: usize) -> String {
        (0..n).map(|_| char::from(b'0' + self.below(10) as u8)).collect()
    }

    fn word(&mut self) -> String {
        [self.one_of(ONSETS), self.one_of(MIDDLES), self.one_of(ENDS)].concat()
    }
}

const GIVEN: &[&str] = &[
    "James", "Mary", "Robert", "Anna", "John", "Linda", "Michael", "Sarah", "David", "Karen", "Tom", "Lisa",
    "Daniel", "Nancy", "Paul", "Sandra", "Mark", "Ashley", "George", "Emily", "Kevin", "Donna", "Brian",
    "Carol", "Edward", "Ruth", "Jason", "Sharon", "Jan", "Laura", "Petr", "Eva", "Ivan", "Olga", "Felix",
    "Greta", "Hugo", "Ines", "Karl", "Zoe",
];
const ONSETS: &[&str] = &[
    "Ber", "Hol", "Mar", "Wil", "Kra", "Sto", "No", "Pe", "Ru", "Sal", "Tho", "Zim", "Gar", "Fen", "Dor",
    "Lin",
];
const MIDDLES: &[&str] = &["", "a", "be", "do", "ga", "li", "me", "ro", "ti", "va"];
const ENDS: &[&str] =
    &["son", "man", "vak", "rich", "ton", "ner", "ski", "well", "ford", "berg", "las", "der", "kins", "sen"];
const STREETS: &[&str] = &["Street", "Road", "Place", "Avenue", "Lane"];
const FORMS: &[&str] = &["Ltd", "GmbH", "Inc.", "s.r.o.", ""];
const SURNAMES_ZH: &[&str] =
    &["王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周", "徐", "孙", "马", "朱", "胡", "欧阳"];
const GIVEN_ZH: &[char] = &[
    '伟', '芳', '娜', '敏', '静', '强', '磊', '军', '洋', '勇', '艳', '杰', '娟', '涛', '明', '超', '霞',
    '平', '刚', '桂',
];
const CITIES_ZH: &[&str] = &["北京", "上海", "深圳", "广州", "杭州", "成都", "武汉", "南京"];
const TRADES_ZH: &[&str] = &["科技", "贸易", "电子", "食品", "物流", "软件"];
const FORMS_ZH: &[&str] = &["有限公司", "股份有限公司", "有限责任公司", "公司", ""];

/// What a table is like.
#[derive(Clone, Copy)]
struct Recipe {
    n_people: usize,
    /// Of 100 fields of a duplicate, how many are spoilt.
    spoilt: usize,
    person: fn(&mut Chance, Option<&Entry>) -> Entry,
}

/// Makes a table: two of five people are there once more, or up to three times.
fn table(recipe: Recipe, seed: u64) -> (Vec<Entry>, Truth) {
    let mut chance = Chance(seed);
    let mut people: Vec<Entry> = Vec::new();
    for _ in 0..recipe.n_people {
        let person = (recipe.person)(&mut chance, people.last());
        people.push(person);
    }
    let mut entries = Vec::new();
    for (group, person) in people.iter().enumerate() {
        let n = if chance.happens(40) { 1 + chance.one_of(&[1, 2, 3]) } else { 1 };
        for i in 0..n {
            let copy = if i == 0 { person.clone() } else { spoil(&mut chance, person, recipe.spoilt) };
            let place = chance.below(entries.len() + 1);
            entries.insert(place, (group, copy));
        }
    }
    let ids = || (0..).map(|i| i.to_string());
    let truth = Truth::new(ids().zip(entries.iter().map(|(group, _)| group.to_string())));
    (ids().zip(entries).map(|(id, (_, entry))| Entry { id, ..entry }).collect(), truth)
}

fn spoil(chance: &mut Chance, person: &Entry, percent: usize) -> Entry {
    let mut copy = person.clone();
    for field in &mut copy.fields {
        if chance.happens(percent) {
            field.value = match chance.below(10) {
                0..=1 => String::new(),
                2 => other(chance, field.kind),
                _ => slip(chance, &field.value),
            };
        }
    }
    let find = |kind: Kind| copy.fields.iter().position(|f| f.kind == kind);
    if let (Some(given), Some(surname)) = (find(Kind::GivenName), find(Kind::Surname))
        && chance.happens(percent / 4)
    {
        let name = std::mem::take(&mut copy.fields[given].value);
        copy.fields[given].value = std::mem::replace(&mut copy.fields[surname].value, name);
    }
    copy
}

/// Makes a new value of a kind: somebody has moved or changed the number.
fn other(chance: &mut Chance, kind: Kind) -> String {
    match kind {
        Kind::Phone | Kind::Identifier => chance.digits(9),
        Kind::Postcode => chance.digits(4),
        Kind::HouseNumber => chance.digits(2),
        Kind::Email => format!("{}@{}.example", chance.word(), chance.word()),
        _ => chance.word(),
    }
}

/// Slips: a character lost, doubled, replaced or exchanged with its neighbour.
fn slip(chance: &mut Chance, value: &str) -> String {
    let mut chars: Vec<char> = value.chars().collect();
    if chars.len() < 2 {
        return value.to_owned();
    }
    let at = chance.below(chars.len() - 1);
    match chance.below(4) {
        0 => drop(chars.remove(at)),
        1 => chars.insert(at, chars[at]),
        2 if chars[at].is_ascii_digit() => chars[at] = char::from(b'0' + chance.below(10) as u8),
        2 if chars[at].is_ascii() => chars[at] = char::from(b'a' + chance.below(26) as u8),
        _ => chars.swap(at, at + 1),
    }
    chars.into_iter().collect()
}

fn value(entry: &Entry, kind: Kind) -> String {
    entry.fields.iter().find(|f| f.kind == kind).map(|f| f.value.clone()).unwrap_or_default()
}

/// Somebody with an address; one of four is a relative of the one before.
fn resident(chance: &mut Chance, before: Option<&Entry>) -> Entry {
    let given = chance.one_of(GIVEN);
    let person = Entry::default().with(Kind::GivenName, given);
    // Nobody calls two children the same.
    let family = before.filter(|before| chance.happens(25) && value(before, Kind::GivenName) != given);
    let shared = [Kind::Surname, Kind::HouseNumber, Kind::Street, Kind::City, Kind::Postcode, Kind::Phone];
    let place = chance.below(60);
    let new = |chance: &mut Chance, kind| match kind {
        Kind::Street => format!("{} {}", chance.word(), chance.one_of(STREETS)),
        // The postcode tells the town, as it does.
        Kind::City => Chance(place as u64).word(),
        Kind::Postcode => format!("{}{}", 20 + place, chance.one_of(&["00", "01", "02", "10"])),
        Kind::HouseNumber => (1 + chance.below(150)).to_string(),
        kind => other(chance, kind),
    };
    shared.into_iter().fold(person, |person, kind| match family {
        Some(family) => person.with(kind, value(family, kind)),
        None => person.with(kind, new(chance, kind)),
    })
}

/// Somebody at work; two of three are colleagues of the one before.
fn colleague(chance: &mut Chance, before: Option<&Entry>) -> Entry {
    let (given, surname) = (chance.one_of(GIVEN), chance.word());
    let firm = before.filter(|_| chance.happens(66));
    let (company, domain, phone) = match firm {
        Some(firm) => {
            let email = value(firm, Kind::Email);
            (
                value(firm, Kind::Company),
                email.split_once('@').unwrap().1.to_owned(),
                value(firm, Kind::Phone).replace("+420 ", ""),
            )
        }
        None => {
            let own = format!("{}{}", chance.word(), chance.word().to_lowercase());
            let company = format!(
                "{own} {} {}",
                chance.one_of(&["Tools", "Foods", "Systems", "Media"]),
                chance.one_of(FORMS)
            );
            (company, format!("{}{}.example", own.to_lowercase(), chance.below(50)), chance.digits(9))
        }
    };
    // Half have a line of their own, the others the switchboard.
    let phone = if chance.happens(50) { format!("{}{}", &phone[..6], chance.digits(3)) } else { phone };
    Entry::default()
        .with(Kind::Name, format!("{given} {surname}"))
        .with(Kind::Company, company)
        .with(Kind::Email, format!("{given}.{surname}@{domain}").to_lowercase())
        .with(Kind::Phone, format!("+420 {phone}"))
}

/// A Chinese customer.
fn chinese(chance: &mut Chance, before: Option<&Entry>) -> Entry {
    let given: String = (0..1 + chance.below(2)).map(|_| chance.one_of(GIVEN_ZH)).collect();
    let firm = before.filter(|_| chance.happens(30));
    let company = match firm {
        Some(firm) => value(firm, Kind::Company),
        None => {
            let own: String = (0..2).map(|_| GIVEN_ZH[chance.below(GIVEN_ZH.len())]).collect();
            [chance.one_of(CITIES_ZH), &own, chance.one_of(TRADES_ZH), chance.one_of(FORMS_ZH)].concat()
        }
    };
    Entry::default()
        .with(
            Kind::Name,
            format!("{}{given}{}", chance.one_of(SURNAMES_ZH), chance.one_of(&["", "", "", "先生", "女士"])),
        )
        .with(Kind::Company, company)
        .with(Kind::Phone, format!("1{}", chance.digits(10)))
        .with(Kind::Email, format!("{}{}@163.com", chance.word().to_lowercase(), chance.digits(3)))
        .with(Kind::City, chance.one_of(CITIES_ZH))
}

/// A company.
fn company(chance: &mut Chance, _: Option<&Entry>) -> Entry {
    let own = format!("{}{}", chance.word(), chance.word().to_lowercase());
    let trade = chance.one_of(&["Tools", "Foods", "Systems", "Media", "Logistics"]);
    Entry::default()
        .with(Kind::Company, format!("{own} {trade} {}", chance.one_of(FORMS)))
        .with(Kind::Website, format!("www.{}{}.example", own.to_lowercase(), chance.below(9)))
        .with(Kind::City, Chance(chance.below(60) as u64).word())
        .with(Kind::Phone, chance.digits(9))
}

/// The families of the first three make it hard: a relative whose given name was lost or spoilt is
/// as like as the person.
#[test]
fn duplicates_are_found_in_tables_that_nobody_tuned_to() {
    let recipes: [(&str, Recipe, f64); 8] = [
        ("residents", Recipe { n_people: 1000, spoilt: 15, person: resident }, 0.95),
        ("spoilt residents", Recipe { n_people: 1000, spoilt: 35, person: resident }, 0.90),
        ("a few residents", Recipe { n_people: 60, spoilt: 20, person: resident }, 0.90),
        ("colleagues", Recipe { n_people: 1000, spoilt: 20, person: colleague }, 0.95),
        ("a few colleagues", Recipe { n_people: 40, spoilt: 20, person: colleague }, 0.90),
        ("chinese", Recipe { n_people: 1000, spoilt: 20, person: chinese }, 0.95),
        ("a few chinese", Recipe { n_people: 40, spoilt: 20, person: chinese }, 0.90),
        ("companies", Recipe { n_people: 500, spoilt: 20, person: company }, 0.93),
    ];
    for (name, recipe, f1_min) in recipes {
        for seed in 1..=3 {
            let (entries, truth) = table(recipe, seed);
            let got: Evaluation = evaluate(&find(&entries).pairs, &truth);
            assert!(got.f1 >= f1_min, "{name}, seed {seed}: {got:?}");
        }
    }
}
