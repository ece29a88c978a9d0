//! Tables brought in by the program: previewed, written, taken back; bad ones refused clearly.

use std::path::Path;
use std::process::Output;
use std::sync::Arc;
use std::time::Duration;

use rapport_model::{Kind, Record, SystemClock};
use rapport_storage::records::Filter;
use rapport_storage::{Access, Store};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Program, Random};

/// A data directory with a house in it, and a place for tables.
struct House {
    program: Program,
    dir: TempDir,
}

const CONFIG: &str = "default_region = \"CZ\"\ncurrency = \"EUR\"\n[house]\ndomains = [\"ours.example\"]\n\
                      [[users]]\nhandle = \"mia\"\nname = \"Mia Berg\"\nrole = \"rep\"\n";

impl House {
    fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let data = dir.path().join("data");
        std::fs::create_dir(&data).unwrap();
        std::fs::write(data.join("rapport.toml"), CONFIG).unwrap();
        let house = Self { program: Program::on(&data), dir };
        house.program.json(&["--json", "run", "--once"]);
        house
    }

    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Brings a table in and returns what the program says; rows may be refused.
    fn brings(&self, sort: &str, file: &str, more: &[&str]) -> Value {
        let args = [&["--json", "import", sort, file, "--yes"], more].concat();
        let output = self.program.run(&args);
        let error = said(&output);
        let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {error}"));
        assert_eq!(output.status.code(), Some(i32::from(report["refused"] != json!([]))), "{error}");
        report
    }

    /// Tries to bring a table in that is refused as a whole, and returns why.
    fn refuses(&self, sort: &str, file: &str, more: &[&str]) -> String {
        let output = self.program.run(&[&["import", sort, file, "--yes"], more].concat());
        assert_eq!(output.status.code(), Some(1), "{file}");
        said(&output)
    }

    async fn store(&self) -> Store {
        Store::open(&self.program.data, Access::Read, Arc::new(SystemClock)).await.unwrap()
    }

    async fn digest(&self) -> [u8; 32] {
        self.store().await.digest().await.unwrap()
    }

    async fn records(&self, kind: Kind) -> Vec<Record> {
        self.store().await.list(kind, &Filter { limit: 10_000, ..Filter::default() }).await.unwrap()
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn numbers(report: &Value) -> [u64; 4] {
    let len = |name: &str| report[name].as_array().unwrap().len() as u64;
    [report["new"].as_u64().unwrap(), report["changed"].as_u64().unwrap(), len("duplicates"), len("refused")]
}

const PEOPLE: &str = "姓名,邮箱,电话,公司,标签,负责人,备注,colour\n\
    王丽,li@firm.example,13800138000,华锐科技,\"vip,北京\",mia,回访,red\n\
    JAN NOVAK,jan@acme.example,777 123 456,Acme,,,,\n\
    \"Novak, Jan\",JAN@acme.example,+420 777 123 456,,new,,,\n\
    Jan Novak,jan@home.example,00420777123456,,,,,\n\
    Jana Novak,jana@home.example,777123456,,,,,\n\
    ,,,,,,,\n\
    Eva,eva(at)x,,,,,,\n\
    Bob Ray,jan@acme.example,,,,,,\n\
    Us,me@ours.example,,,,,,\n\
    Tom,tom@x.example,,,,nobody,,\n\
    Ann,ann@x.example,,,,,,,,too,many\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_table_is_shown_written_brought_up_to_date_and_taken_back() {
    let house = House::new();
    let file = house.file("people.csv", PEOPLE);
    let before = house.digest().await;
    let shown = house.program.run(&["--json", "import", "customers", &file, "--dry-run"]);
    let shown: Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert_eq!((shown["done"].as_bool(), numbers(&shown)), (Some(false), [3, 0, 2, 6]), "{shown}");
    assert_eq!(house.digest().await, before, "nothing is written before somebody agrees");
    assert!(house.refuses_without_yes(&file).contains("--yes"));

    let report = house.brings("customers", &file, &["--keep"]);
    assert_eq!(numbers(&report), [3, 0, 2, 6], "{report}");
    let lines = |name: &str| -> Vec<u64> {
        report[name].as_array().unwrap().iter().map(|row| row["line"].as_u64().unwrap()).collect()
    };
    assert_eq!(lines("duplicates"), [4, 5]);
    assert_eq!(lines("refused"), [7, 8, 9, 10, 11, 12]);
    let customers = house.records(Kind::Customer).await;
    let called = |name: &str| customers.iter().find(|c| c.text("name") == name).unwrap();
    let (li, jan) = (called("王丽"), called("Jan Novak"));
    assert_eq!((li.text("tags"), li.text("lifecycle")), ("[\"vip\",\"北京\"]", "lead"));
    assert!(li.text("attrs").contains("\"colour\":\"red\"") && !li.get("owner").is_null());
    let known = house.store().await.identities_of(Kind::Customer, &[jan.record.id]).await.unwrap();
    assert_eq!(known[&jan.record.id], ["jan@acme.example", "jan@home.example", "+420777123456"]);
    assert_eq!(called("Jana Novak").text("attrs"), "{\"phone\":\"+420777123456\"}", "the number is Jan's");
    let companies = house.records(Kind::Company).await;
    let mut names: Vec<&str> = companies.iter().map(|c| c.text("name")).collect();
    names.sort_unstable();
    assert_eq!(names, ["Acme", "Home", "华锐科技"]);
    assert_eq!(house.records(Kind::Note).await[0].text("body"), "回访");
    assert_eq!(house.records(Kind::CustomField).await[0].text("name"), "colour");

    let again = house.brings("customers", &file, &["--keep"]);
    assert_eq!(numbers(&again)[..2], [0, 0], "the same table once more says nothing new: {again}");
    assert_eq!(again["batch"], Value::Null);

    let more = "Name;E-Mail;Phone;Lifecycle\nJan Novak;jan@acme.example;602 123 456;customer\n";
    let second = house.brings("customers", &house.file("more.csv", more), &[]);
    assert_eq!(numbers(&second), [0, 1, 0, 0], "{second}");
    let differs = &second["changes"][0]["differs"];
    let fields: Vec<&str> =
        differs.as_array().unwrap().iter().map(|d| d["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["lifecycle", "phone"]);

    let undo = |which: &str| house.program.run(&["--json", "import", "undo", which, "--yes"]);
    let first = report["batch"].as_str().unwrap();
    let refused = undo(first);
    assert_eq!(refused.status.code(), Some(1), "the second import rests on the first");
    for batch in [second["batch"].as_str().unwrap(), first] {
        let done = undo(batch);
        assert!(done.status.success(), "{}", said(&done));
    }
    assert_eq!(house.digest().await, before, "the records are as they were");

    let third = house.brings("customers", &file, &["--keep"]);
    assert_eq!(numbers(&third), [3, 0, 2, 6], "what was taken back can be brought in again: {third}");
    assert!(undo(third["batch"].as_str().unwrap()).status.success());
    assert_eq!(house.digest().await, before);
    let listed = house.program.run(&["import", "list"]);
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    assert_eq!(listed.matches("taken back").count(), 3, "{listed}");
    house.program.json(&["--json", "audit", "verify"]);
}

impl House {
    fn refuses_without_yes(&self, file: &str) -> String {
        let output = self.program.run(&["import", "customers", file]);
        assert_eq!(output.status.code(), Some(1));
        said(&output)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_products_deals_and_notes_find_their_customers() {
    let house = House::new();
    let before = house.digest().await;
    let orders = "订单号,邮箱,姓名,下单时间,商品,货号,数量,单价,币种\n\
        S-1,li@firm.example,王丽,2026-03-04 10:00,灯,L-1,2,\"1,200.00\",CNY\n\
        S-1,li@firm.example,王丽,2026-03-04 10:00,桌,T-1,1,800,CNY\n\
        S-2,,,2026-03-05,灯,L-1,1,1200,CNY\n\
        S-3,bob@x.example,Bob Ray,5.3.2026,Lamp,L-1,1,5,EUR\n\
        S-3,bob@x.example,Bob Ray,5.3.2026,Lamp,L-1,1,5,USD\n";
    let report = house.brings("orders", &house.file("orders.csv", orders), &[]);
    assert_eq!(report["new"], 2, "an order and its customer: {report}");
    assert_eq!(report["refused"].as_array().unwrap().len(), 3, "{report}");
    let order = &house.records(Kind::Order).await[0];
    assert_eq!((order.text("reference"), order.get("total").int()), ("S-1", Some(320_000)));
    assert_eq!((order.text("currency"), order.text("state")), ("CNY", "placed"));
    assert_eq!(house.records(Kind::Product).await.len(), 2);

    let products = "SKU,Name,Price\nL-1,灯,¥1300\nX-1,Chair,90 EUR\nX-1,Chair,90 EUR\n";
    let report = house.brings("products", &house.file("products.csv", products), &["--map", "Price=price"]);
    assert_eq!(numbers(&report), [1, 1, 1, 0], "{report}");

    let deals = "商机名称,邮箱,金额,阶段,预计成交日期\n年度采购,li@firm.example,3.5万元,谈判,2026-06-01\n\
        Odd,li@firm.example,many,new,\nOdd,li@firm.example,5,someday,\n";
    let deals = house.file("deals.csv", deals);
    let report = house.brings("deals", &deals, &[]);
    assert_eq!(numbers(&report), [1, 0, 0, 2], "{report}");
    let deal = &house.records(Kind::Deal).await[0];
    assert_eq!((deal.text("stage"), deal.get("amount").int()), ("negotiation", Some(3_500_000)));
    assert_eq!(deal.get("customer"), order.get("customer"));
    assert_eq!(numbers(&house.brings("deals", &deals, &[]))[..2], [0, 0], "the same table says nothing new");

    let notes = "{\"email\":\"li@firm.example\",\"note\":\"asked for the catalogue\",\"date\":\"2026-03-06\"}\n\
        {\"email\":\"li@firm.example\",\"note\":\"asked for the catalogue\",\"date\":\"2026-03-06\"}\nrubbish\n{\"note\":\"whose?\"}\n";
    let report = house.brings("notes", &house.file("notes.jsonl", notes), &[]);
    assert_eq!(numbers(&report), [1, 0, 1, 2], "{report}");
    assert_eq!(house.records(Kind::Note).await[0].text("body"), "2026-03-06: asked for the catalogue");

    let companies = "公司,网站,负责人\n华锐科技,https://www.firm.example,mia\n华锐科技,firm.example,\n";
    let report = house.brings("companies", &house.file("companies.csv", companies), &[]);
    assert_eq!(numbers(&report)[2], 1, "{report}");

    // The newest first: each rests on those before it.
    let listed = house.program.run(&["--json", "import", "list"]);
    for line in String::from_utf8(listed.stdout).unwrap().lines() {
        let batch: Value = serde_json::from_str(line).unwrap();
        let done = house.program.run(&["import", "undo", batch["batch"].as_str().unwrap(), "--yes"]);
        assert!(done.status.success(), "{}", said(&done));
    }
    assert_eq!(house.digest().await, before);
    let again = house.brings("orders", &house.file("orders.csv", orders), &[]);
    assert_eq!(again["refused"].as_array().unwrap().len(), 3, "an order's number is free again: {again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_table_is_refused_and_nothing_is_half_done() {
    let house = House::new();
    let before = house.digest().await;
    let huge = house.dir.path().join("huge.csv");
    let sparse = std::fs::File::create(&huge).unwrap();
    sparse.set_len(2 << 30).unwrap();
    let wide: String = (0..10_000).map(|i| format!("c{i},")).collect();
    let many = format!("{wide}\n{wide}\n");
    for (file, says) in [
        (huge.to_str().unwrap().to_owned(), "split the file"),
        (house.file("wide.csv", many), "columns"),
        (house.file("empty.csv", ""), "nothing in it"),
        (house.file("header.csv", "name,email\n"), "nothing in it"),
        (house.file("zero.csv", b"name,email\nAnn\0,a@x.example\n"), "zero byte"),
        (house.file("quote.csv", "name,email\n\"Ann,a@x.example\nBob,b@x.example\n"), "never closed"),
        (house.file("cut.csv", "name,email\nAnn,a@x.example\n\"Ben,ben@x.example\n"), "never closed"),
        (house.file("bomb.xlsx", b"PK\x03\x04rubbish"), "damaged"),
        (house.file("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), ".xlsx"),
        (house.file("utf16.jsonl", b"{\"name\":\"\xff\xfe\"}\n"), "UTF-8"),
        (house.dir.path().to_str().unwrap().to_owned(), "a directory"),
        ("nowhere.csv".to_owned(), "cannot read"),
    ] {
        let error = house.refuses("customers", &file, &[]);
        assert!(error.contains(says), "{file}: {error}");
        assert!(error.contains(Path::new(&file).file_name().unwrap().to_str().unwrap()), "{error}");
    }
    let good = house.file("good.csv", "name,email\nAnn,ann@x.example\n");
    assert!(house.refuses("customers", &good, &["--map", "name=colour"]).contains("no field"));
    assert!(house.refuses("customers", &good, &["--map", "mail=email"]).contains("no column"));
    assert!(house.refuses("customers", &good, &["--key", "id"]).contains("no column"));
    assert!(house.refuses("customers", &good, &["--mapping", "shop"]).contains("--save shop"));
    assert_eq!(house.digest().await, before);

    // What can be read is read, whatever its letters.
    let utf16: Vec<u8> = std::iter::once(0xfeff)
        .chain("name\temail\temail\r\n王丽\tli@x.example\tli2@x.example\r\n".encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let gbk = [b"name,email\n".as_slice(), b"\xcd\xf5\xce\xb0,wei@x.example\n"].concat();
    let cut =
        [b"name,email\nAnn,ann@x.example\n\xe7\x8e\x8b\xe4\xbc\x9f,w@x.example\n".as_slice(), b"\xe7\x8e"]
            .concat();
    let formula = "name,email\n'=1+1,f@x.example\n";
    for (name, bytes, n) in [
        ("utf16.tsv", utf16.as_slice(), 1),
        ("gbk.csv", gbk.as_slice(), 1),
        ("cut.csv", cut.as_slice(), 2),
        ("formula.csv", formula.as_bytes(), 1),
    ] {
        let report = house.brings("customers", &house.file(name, bytes), &[]);
        assert_eq!(report["new"], n, "{name}: {report}");
    }
    let names: Vec<String> =
        house.records(Kind::Customer).await.iter().map(|c| c.text("name").to_owned()).collect();
    for name in ["王丽", "王伟", "Ann", "=1+1"] {
        assert!(names.iter().any(|n| n == name), "{name}: {names:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_in_the_middle_the_same_import_goes_on_as_the_same_batch() {
    let house = House::new();
    let mut text = "name,email,company\n".to_owned();
    for i in 0..1_500 {
        text.push_str(&format!("Person {i},p{i}@mail{i}.example,Company {}\n", i / 3));
    }
    let file = house.file("many.csv", text);
    let before = house.digest().await;
    let args = ["import", "customers", &file, "--yes"];
    let mut random = Random(u64::from(std::process::id()));
    for _ in 0..6 {
        let mut run = house.program.start(&args);
        tokio::time::sleep(Duration::from_millis(150 + random.below(700) as u64)).await;
        run.kill().unwrap();
        run.wait().unwrap();
    }
    house.brings("customers", &file, &[]);
    assert_eq!(house.records(Kind::Customer).await.len(), 1_500);
    assert_eq!(house.records(Kind::Company).await.len(), 500);
    let listed = house.program.run(&["--json", "import", "list"]);
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert_eq!(listed.lines().count(), 1, "one batch, however often it was killed: {listed}");
    let batch: Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(batch["import"]["done"], true, "{batch}");
    assert!(
        house.program.run(&["import", "undo", batch["batch"].as_str().unwrap(), "--yes"]).status.success()
    );
    assert_eq!(house.digest().await, before);
}

#[test]
fn planted_duplicates_are_found_and_few_that_are_none() {
    let dir = TempDir::new().unwrap();
    let program = Program::on(&dir.path().join("data"));
    let scratch = dir.path().to_str().unwrap();
    for more in [&[][..], &["--gbk", "--seed", "2"]] {
        let args = [&["--json", "bench", "import", "--rows", "3000", "--dir", scratch], more].concat();
        let report = program.json(&args);
        assert!(report["recall"].as_f64().unwrap() >= 0.98, "{report}");
        assert!(report["wrong"].as_f64().unwrap() <= 0.005, "{report}");
        assert_eq!(report["undone"], true, "{report}");
    }
}

#[test]
fn messages_come_in_as_history_and_once() {
    let house = House::new();
    let text = "from,to,at,subject,text\n\
        ann@x.example,sales@ours.example,2026-03-01 10:00,Order,\"Where is my order?\nAnn\"\n\
        sales@ours.example,ann@x.example,2026-03-01T11:00:00Z,Re: Order,It left today.\n\
        nobody,sales@ours.example,2026-03-01,Hi,Hi\nann@x.example,,2026-03-01,Hi,Hi\n";
    let file = house.file("mails.csv", text);
    let report = house.brings("messages", &file, &[]);
    assert_eq!(
        (report["new"].as_u64(), report["refused"].as_array().unwrap().len()),
        (Some(2), 2),
        "{report}"
    );
    let again = house.brings("messages", &file, &[]);
    assert_eq!((again["new"].as_u64(), again["same"].as_u64()), (Some(0), Some(2)), "{again}");
    let stands = house.program.json(&["--json", "run", "--once"]);
    assert_eq!(stands["ready"], true);
    let tickets = tokio::runtime::Runtime::new().unwrap().block_on(house.records(Kind::Ticket));
    assert!(tickets.is_empty(), "what is history starts nothing: {tickets:?}");
}
