//! What becomes of rows, without a store.

use chrono_tz::Tz;
use rapport_model::{Change, House, Id, Kind, Record, RecordRef, Value};

use super::*;

/// Plans a table of customers against what is known.
fn planned(text: &str, known: &Known) -> Plan {
    planned_as(Sort::Customers, text, known)
}

fn planned_as(sort: Sort, text: &str, known: &Known) -> Plan {
    let read = sheet::read(text.as_bytes(), None).unwrap();
    let uses = columns::columns(sort, &read, &Mapping::default(), true, "CZ").unwrap();
    let around = Around {
        house: &House::default(),
        users: &[],
        stages: &[],
        region: "CZ",
        currency: "EUR",
        zone: Tz::UTC,
    };
    let mut last = 1_000;
    let mut new_id = || {
        last += 1;
        Id(last)
    };
    plan(sort, drafts(sort, &read, &uses, None, &around), known, None, &mut new_id)
}

fn record(kind: Kind, id: i64, fields: &[(&str, Value)]) -> Record {
    let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    Record { record: RecordRef::new(kind, Id(id)), number: id, fields, deleted: false }
}

/// Ann Lee with an address and a number, and Bob with an address.
fn store() -> Known {
    let mut known = Known::default();
    for (id, name) in [(1, "Ann Lee"), (2, "Bob Ray")] {
        let customer = record(Kind::Customer, id, &[("name", name.into()), ("tags", "[\"vip\"]".into())]);
        known.customers.insert(Id(id), customer);
    }
    for (id, channel, value, of) in [
        (11, "email", "ann@x.example", 1),
        (12, "phone", "+420777123456", 1),
        (13, "email", "bob@x.example", 2),
    ] {
        let fields = [("channel", channel.into()), ("value", value.into()), ("customer", Value::Int(of))];
        known.identities.insert((channel, value.to_owned()), record(Kind::Identity, id, &fields));
        known.values_of.entry(Id(of)).or_default().push(value.to_owned());
    }
    known
}

/// One row against the store: what becomes of it.
fn check(row: &str, expected: &str) {
    let plan = planned(&format!("name,email,phone,tags\n{row}\n"), &store());
    let said = match (&plan.items[..], &plan.duplicates[..], &plan.refused[..]) {
        ([item], [], []) if item.new => "new".to_owned(),
        ([item], duplicates, []) => {
            let fields: Vec<&str> = item.differs.iter().map(|d| d.field.as_str()).collect();
            let adds = if duplicates.is_empty() { "" } else { "adds " };
            format!("{adds}{} {}", item.record.id, fields.join(" "))
        }
        ([], [(_, Of::Record(of))], []) => format!("once more {}", of.id),
        ([], [], [(_, why)]) => format!("{why:?}").split([' ', '(']).next().unwrap().to_owned(),
        ([], [], []) if plan.n_same == 1 => "same".to_owned(),
        _ => format!("{plan:?}"),
    };
    assert_eq!(said, expected, "{row}");
}

#[test]
fn a_row_is_held_against_the_store() {
    for (row, expected) in [
        ("Ann Lee,ann@x.example,,", "same"),
        ("LEE ANN,Ann@X.example,777 123 456,vip", "same"),
        ("Ann Novak,ann@x.example,,", "1 name"),
        ("Ann Lee,ann@x.example,602 123 456,new", "1 tags phone"),
        ("Ann Lee,ann+shop@x.example,,", "1 email"),
        ("Ann Lee,other@x.example,777123456,", "adds 1 email"),
        ("A. Lee,,777123456,", "same"),
        (",,777123456,", "same"),
        ("Eve Lee,,777123456,", "new"),
        ("Tom,tom@x.example,,", "new"),
        ("Ann,ann@x.example;bob@x.example,,", "SeveralKnown"),
        (",,,", "Nameless"),
        ("Ann,ann at x,,", "Value"),
        ("Ann,ann@x.example,1,2,3,4", "Cells"),
    ] {
        check(row, expected);
    }
}

#[test]
fn an_empty_cell_changes_nothing_and_a_formula_is_words() {
    let plan = planned("name,email,tags\n,ann@x.example,n/a\n=1+1,eq@x.example,\n", &store());
    assert_eq!((plan.n_same, plan.n_new()), (1, 1));
    assert_eq!(plan.items[0].name, "=1+1");
}

#[test]
fn rows_of_one_person_are_one_and_a_family_is_not() {
    let text = "姓名;邮箱;手机\n\
        王丽;li@firm.example;13800138000\n丽 王;other@firm.example;+86 138 0013 8000\n王伟;;13800138000\n\
        Jan Hollander;jan@h.example;777 123 456\nJan Hollnader;JAN@h.example;\nHollander, Jan;j@new.example;00420777123456\n\
        Eva Hollander;eva@h.example;777123456\nBob Ray;jan@h.example;\n";
    let plan = planned(text, &Known::default());
    let names: Vec<&str> = plan.items.iter().map(|item| item.name.as_str()).collect();
    assert_eq!(names, ["王丽", "王伟", "Jan Hollander", "Eva Hollander"]);
    assert_eq!(plan.duplicates, [(3, Of::Row(2)), (6, Of::Row(5)), (7, Of::Row(5))]);
    assert_eq!(plan.refused, [(9, Why::OtherName { line: 5 })]);
}

#[test]
fn a_company_is_made_once_and_a_freemail_domain_makes_none() {
    let text = "name,email,company\nAnn,ann@acme.example,Acme Ltd\nBob,bob@other.example,ACME Ltd\n\
        Eve,eve@gmail.com,\nTom,tom@bright-water.example,\nTim,tim@bright-water.example,\n";
    let plan = planned(text, &Known::default());
    let companies: Vec<&str> = plan
        .items
        .iter()
        .flat_map(|item| &item.changes)
        .filter(|change| change.record.kind == Kind::Company)
        .filter_map(|change| change.after("name")?.text())
        .collect();
    assert_eq!(companies, ["Acme Ltd", "Bright Water"]);
}

#[test]
fn an_order_or_deal_of_a_new_customer_is_of_their_company() {
    for (sort, text) in [
        (Sort::Orders, "order number,email,company,total\nSO-1,ann@acme.example,Acme Ltd,12 EUR\n"),
        (Sort::Deals, "title,email,company,amount\nTwo filters,ann@acme.example,Acme Ltd,12 EUR\n"),
    ] {
        let plan = planned_as(sort, text, &Known::default());
        let changes: Vec<&Change> = plan.items.iter().flat_map(|item| &item.changes).collect();
        let made = changes.iter().find(|change| change.record.kind == Kind::Company).unwrap().record.id;
        let of: Vec<Option<Id>> = changes
            .iter()
            .filter(|change| matches!(change.record.kind, Kind::Customer | Kind::Order | Kind::Deal))
            .map(|change| change.after("company").and_then(Value::id))
            .collect();
        assert_eq!(of, [Some(made); 2], "{text}");
    }
}

#[test]
fn columns_are_found_by_name_by_content_and_by_word() {
    let uses = |text: &str, map: &[(&str, &str)]| {
        let read = sheet::read(text.as_bytes(), None).unwrap();
        let columns = map.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        let uses = columns::columns(Sort::Customers, &read, &Mapping { columns }, false, "CZ")?;
        Ok::<_, ImportError>(uses.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
    };
    for (text, map, expected) in [
        ("客户姓名,电子邮箱,手机号,colour\na,b@c.example,1,2", &[][..], "name email phone -"),
        ("who,reach\nAnn,ann@x.example\nBob,bob@x.example", &[], "- email"),
        ("First Name,Last Name,Work Email\na,b,c@d.example", &[], "given_name surname email"),
        ("who,number\nAnn,+420 777 123 456", &[("who", "name"), ("number", "phone")], "name phone"),
        ("name,name\na,b", &[], "name -"),
        ("name,colour\na,b", &[("Colour", "attr:shade")], "name attr:shade"),
    ] {
        assert_eq!(uses(text, map).unwrap(), expected, "{text}");
    }
    assert!(uses("a,b\n1,2", &[("a", "colour")]).unwrap_err().to_string().contains("no field"));
    assert!(uses("a,b\n1,2", &[("a", "sku")]).unwrap_err().to_string().contains("no use"));
}
