//! A table of invented people of mixed quality, with the truth: which rows are the same person.

use rapport_storage::bench::sample::Chance;

/// Of 100 rows, how many are a person once more.
const AGAIN: u64 = 15;
/// Of 1,000 rows, how many cannot be taken.
const BAD: u64 = 5;

const GIVEN: &[&str] = &[
    "James", "Mary", "Robert", "Anna", "John", "Linda", "Michael", "Sarah", "David", "Karen", "Tomas",
    "Lisa", "Daniel", "Nancy", "Paul", "Sandra", "Mark", "Ashley", "George", "Emily", "Kevin", "Donna",
    "Brian", "Carol", "Petr", "Petra", "Jan", "Jana", "Ivan", "Olga", "Felix", "Greta", "Hugo", "Ines",
    "Karl", "Zoe",
];
const ONSETS: &[&str] = &[
    "Ber", "Hol", "Mar", "Wil", "Kra", "Sto", "Nor", "Pel", "Rus", "Sal", "Tho", "Zim", "Gar", "Fen", "Dor",
];
const MIDDLES: &[&str] = &["a", "be", "do", "ga", "li", "me", "ro", "ti", "va", "ne", "ku", "so"];
const ENDS: &[&str] =
    &["son", "man", "vak", "rich", "ton", "ner", "ski", "well", "ford", "berg", "las", "kins"];
const SURNAMES_ZH: &[&str] =
    &["王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周", "徐", "孙", "欧阳"];
const GIVEN_ZH: &[char] = &[
    '伟', '芳', '娜', '敏', '静', '强', '磊', '军', '洋', '勇', '艳', '杰', '娟', '涛', '明', '超', '霞',
    '平', '刚', '桂', '镕', '喆',
];

/// A person.
#[derive(Clone)]
struct Person {
    given: String,
    surname: String,
    email: String,
    /// Its digits with the country code.
    phone: String,
    company: String,
    chinese: bool,
    /// Whether they share a number with the one before.
    relative: bool,
}

/// A table and its truth.
pub(super) struct Made {
    /// The table as CSV.
    pub csv: String,
    /// Which person each row is, from 0, by the row's place; nothing of a row that cannot be taken.
    pub truth: Vec<Option<usize>>,
}

fn of<T: Copy>(chance: &mut Chance, from: &[T]) -> T {
    from[chance.below(from.len() as u64) as usize]
}

fn digits(chance: &mut Chance, n: usize) -> String {
    (0..n).map(|_| char::from(b'0' + chance.below(10) as u8)).collect()
}

/// Makes `n` rows, the same for the same numbers.
pub(super) fn table(n: usize, seed: u64) -> Made {
    let mut chance = Chance::new(seed);
    let mut csv = String::from("Name,E-Mail,Phone,Company,City,Tags,Owner remark\r\n");
    let mut truth = Vec::with_capacity(n);
    let mut people: Vec<Person> = Vec::new();
    while truth.len() < n {
        if chance.below(1000) < BAD {
            csv.push_str(of(
                &mut chance,
                &[",,,,,,nobody\r\n", "Ann Lee,ann(at)lee@@x,,,,,\r\n", "a,b@c.example,,,,,,,too,many\r\n"],
            ));
            truth.push(None);
        } else if chance.below(100) < AGAIN && !people.is_empty() {
            let who = chance.below(people.len() as u64) as usize;
            let cells = again(&mut chance, &people[who], truth.len());
            row(&mut csv, &mut chance, &cells);
            truth.push(Some(who));
        } else {
            let person = person(&mut chance, people.last(), people.len());
            row(
                &mut csv,
                &mut chance,
                &[full(&person), person.email.clone(), plus(&person.phone), person.company.clone()],
            );
            truth.push(Some(people.len()));
            people.push(person);
        }
    }
    Made { csv, truth }
}

fn row(csv: &mut String, chance: &mut Chance, cells: &[String; 4]) {
    let city = of(chance, &["Brno", "Praha", "上海", "Berlin", "", "n/a"]);
    let tags = of(chance, &["vip", "vip; new", "", "", "\"a, b\""]);
    for cell in cells {
        csv.push_str(&if cell.contains([',', '"']) {
            format!("\"{}\"", cell.replace('"', "\"\""))
        } else {
            cell.clone()
        });
        csv.push(',');
    }
    csv.push_str(&format!("{city},{tags},\r\n"));
}

fn full(person: &Person) -> String {
    if person.chinese {
        format!("{}{}", person.surname, person.given)
    } else {
        format!("{} {}", person.given, person.surname)
    }
}

fn plus(phone: &str) -> String {
    format!("+{phone}")
}

/// Somebody new: one of five is a relative of the one before, with the same number; one of five a colleague.
/// No relative has a relative of their own, who might be called as the first is: nothing would tell the two
/// apart.
fn person(chance: &mut Chance, before: Option<&Person>, i: usize) -> Person {
    let chinese = chance.below(10) < 3;
    let relation = chance.below(5);
    if let Some(before) = before.filter(|before| relation == 0 && !before.chinese && !before.relative) {
        let others: Vec<&str> = GIVEN.iter().copied().filter(|given| *given != before.given).collect();
        let given = of(chance, &others);
        let email = format!("{given}.{}{i}@home.example", before.surname).to_lowercase();
        return Person { given: given.into(), email, relative: true, ..before.clone() };
    }
    let (given, surname) = if chinese {
        let n = 1 + chance.below(2);
        ((0..n).map(|_| of(chance, GIVEN_ZH)).collect::<String>(), of(chance, SURNAMES_ZH).to_owned())
    } else {
        let surname = [of(chance, ONSETS), of(chance, MIDDLES), of(chance, ENDS)].concat();
        (of(chance, GIVEN).to_owned(), surname)
    };
    let company = match before.filter(|_| relation == 1) {
        Some(before) => before.company.clone(),
        None if chance.below(2) == 0 => String::new(),
        None => format!(
            "{}{} {}",
            of(chance, ONSETS),
            of(chance, ENDS),
            of(chance, &["Ltd", "GmbH", "s.r.o.", "Tools", "Foods"])
        ),
    };
    let phone = match chinese {
        true => format!("86138{}", digits(chance, 8)),
        false => format!("420{}{}", of(chance, &["777", "602", "728"]), digits(chance, 6)),
    };
    let local = if chinese { format!("u{i}") } else { format!("{given}.{surname}{i}").to_lowercase() };
    let email = format!(
        "{local}@{}",
        of(chance, &["gmail.com", "163.com", "firm.example", "seznam.cz", "works.example"])
    );
    Person { given, surname, email, phone, company, chinese, relative: false }
}

/// Somebody once more, as people write them down once more.
fn again(chance: &mut Chance, person: &Person, i: usize) -> [String; 4] {
    let name = full(person);
    let other_mail = || format!("other{i}@elsewhere.example");
    let national = &person.phone[if person.chinese { 2 } else { 3 }..];
    let spaced = format!("{} {} {}", &national[..3], &national[3..6], &national[6..]);
    let swapped = match person.chinese {
        true => format!("{} {}", person.given, person.surname),
        false => format!("{} {}", person.surname, person.given),
    };
    let company = || if chance_company(i) { person.company.clone() } else { String::new() };
    match chance.below(8) {
        0 => [name.to_uppercase(), person.email.to_uppercase(), String::new(), company()],
        1 => [
            format!("  {}  ", name.replace(' ', "   ")),
            format!(" {} ", person.email),
            format!("00{}", person.phone),
            company(),
        ],
        2 => [swapped, person.email.clone(), spaced, company()],
        3 => [typo(chance, person), person.email.clone(), String::new(), company()],
        4 => [name, other_mail(), plus(&person.phone), company()],
        5 => [
            swapped,
            other_mail(),
            format!(
                "+{} ({}) {}-{}",
                &person.phone[..person.phone.len() - national.len()],
                &national[..3],
                &national[3..6],
                &national[6..]
            ),
            company(),
        ],
        6 => [name, String::new(), spaced, company()],
        _ => [String::new(), person.email.clone(), plus(&person.phone), String::new()],
    }
}

fn chance_company(i: usize) -> bool {
    i.is_multiple_of(2)
}

/// A name with a slip of the pen in its surname.
fn typo(chance: &mut Chance, person: &Person) -> String {
    if person.chinese {
        return format!("{}{}", person.surname, of(chance, GIVEN_ZH));
    }
    let mut letters: Vec<char> = person.surname.chars().collect();
    let at = 1 + chance.below(letters.len() as u64 - 2) as usize;
    match chance.below(3) {
        0 => drop(letters.remove(at)),
        1 => letters.insert(at, letters[at]),
        _ => letters.swap(at, at + 1),
    }
    format!("{} {}", person.given, letters.into_iter().collect::<String>())
}
