//! Rows out of the JSON of another program, whose fields a configuration finds by JSON pointers (RFC 6901).

use std::collections::BTreeMap;

use serde_json::Value;

use super::names::fits;
use super::plan::Why;
use super::{Around, Draft, Field, Sheet, Sort, Use, drafts};

/// The most items that are taken at once.
const ITEMS_MAX: usize = 10_000;

/// Where everything is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pointers {
    sort: Sort,
    each: String,
    /// What each place holds.
    places: Vec<(Use, String)>,
    /// The place that names the records, with the attribute that it is kept as; nothing where their address
    /// does.
    key: Option<(usize, String)>,
}

/// Why there are no rows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoRows {
    /// There is nothing where the items should be.
    #[error("there is nothing at {0:?}")]
    Nothing(String),
    /// There is something else.
    #[error("at {0:?} there is no list and no object")]
    NoList(String),
    /// There are too many.
    #[error("{0} items, and {ITEMS_MAX} are taken at once")]
    TooMany(usize),
}

impl Pointers {
    /// Takes what a configuration says: `map` has a pointer for each field, or for `attr:NAME`; `key` is the one
    /// of these that names the records.
    ///
    /// # Errors
    /// There is no such field, such a record has no use for it, or the key is not mapped.
    pub fn new(
        sort: Sort,
        each: &str,
        map: &BTreeMap<String, String>,
        key: Option<&str>,
    ) -> Result<Self, String> {
        let mut places = Vec::with_capacity(map.len());
        for (name, pointer) in map {
            let what = Use::parse(name).map_err(|e| e.to_string())?;
            if let Use::Field(field) = &what
                && !fits(sort, *field)
            {
                return Err(format!("{sort} have no use for {field}"));
            }
            places.push((what, pointer.clone()));
        }
        let key = match key {
            None | Some("email" | "phone") => None,
            Some(name) => {
                let at = map.keys().position(|known| known == name);
                let at = at.ok_or_else(|| format!("key: {name:?} is not in the map"))?;
                Some((at, name.strip_prefix("attr:").unwrap_or(name).to_owned()))
            }
        };
        Ok(Self { sort, each: each.to_owned(), places, key })
    }

    /// Returns what the items are.
    pub fn sort(&self) -> Sort {
        self.sort
    }

    /// Returns the attribute that names the records; nothing where their address does.
    pub fn key(&self) -> Option<&str> {
        self.key.as_ref().map(|(_, name)| name.as_str())
    }

    /// Finds the items: a list, or one.
    ///
    /// # Errors
    /// There are none, or too many.
    pub fn items<'j>(&self, json: &'j Value) -> Result<Vec<&'j Value>, NoRows> {
        match json.pointer(&self.each) {
            None | Some(Value::Null) => Err(NoRows::Nothing(self.each.clone())),
            Some(Value::Array(all)) if all.len() > ITEMS_MAX => Err(NoRows::TooMany(all.len())),
            Some(Value::Array(all)) => Ok(all.iter().collect()),
            Some(one @ Value::Object(_)) => Ok(vec![one]),
            Some(_) => Err(NoRows::NoList(self.each.clone())),
        }
    }

    /// Reads items as rows, whose lines are their places from 1.
    pub fn drafts(&self, items: &[&Value], around: &Around<'_>) -> Vec<(u64, Result<Draft, Why>)> {
        let mut sheet = Sheet::default();
        let mut wrong = Vec::new();
        for (line, item) in (1..).zip(items) {
            if !item.is_object() {
                wrong.push((line, Err(Why::Unreadable("no JSON object".into()))));
                continue;
            }
            match self.places.iter().map(|(what, at)| cell(what, item.pointer(at))).collect() {
                Ok(row) => sheet.rows.push((line, row)),
                Err(why) => wrong.push((line, Err(why))),
            }
        }
        let uses: Vec<Use> = self.places.iter().map(|(what, _)| what.clone()).collect();
        let mut all = drafts(self.sort, &sheet, &uses, self.key.as_ref().map(|(at, _)| *at), around);
        all.extend(wrong);
        all.sort_by_key(|(line, _)| *line);
        all
    }
}

/// Reads a value as a table would have it.
///
/// # Errors
/// It is of a type that such a field cannot have.
fn cell(what: &Use, value: Option<&Value>) -> Result<String, Why> {
    let many = matches!(what, Use::Keep(_) | Use::Field(Field::Tags | Field::Email | Field::Phone));
    Ok(match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) if takes_number(what) => number.to_string(),
        Some(Value::Bool(yes)) if matches!(what, Use::Keep(_) | Use::Field(Field::Active)) => yes.to_string(),
        Some(Value::Array(all)) if many && all.iter().all(Value::is_string) => {
            all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("; ")
        }
        Some(other) => {
            let found = match other {
                Value::Array(_) => "a list",
                Value::Object(_) => "an object",
                Value::Bool(_) => "true or false",
                _ => "a number",
            };
            return Err(match what {
                Use::Field(field) => Why::Value { field: *field, found: found.to_owned() },
                _ => Why::Unreadable(format!("{what} is {found}")),
            });
        }
    })
}

/// Tells whether a number can stand there as such.
fn takes_number(what: &Use) -> bool {
    use Field as F;
    let Use::Field(field) = what else { return true };
    !matches!(
        field,
        F::Name
            | F::GivenName
            | F::Surname
            | F::Email
            | F::Company
            | F::Domain
            | F::Lifecycle
            | F::Language
            | F::Zone
            | F::Currency
            | F::From
            | F::To
            | F::At
            | F::PlacedAt
            | F::CloseAt
            | F::Since
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn map(fields: &[(&str, &str)]) -> BTreeMap<String, String> {
        fields.iter().map(|(name, at)| ((*name).to_owned(), (*at).to_owned())).collect()
    }

    #[test]
    fn a_map_names_fields_that_such_a_record_has() {
        let new = |fields: &[(&str, &str)], key| Pointers::new(Sort::Customers, "", &map(fields), key);
        let good = new(&[("email", "/e"), ("attr:crm", "/id")], Some("attr:crm")).unwrap();
        assert_eq!((good.key(), good.sort()), (Some("crm"), Sort::Customers));
        assert!(new(&[("colour", "/e")], None).unwrap_err().contains("there is no field \"colour\""));
        assert!(new(&[("stage", "/e")], None).unwrap_err().contains("have no use for stage"));
        assert!(new(&[("email", "/e")], Some("attr:crm")).unwrap_err().contains("not in the map"));
    }

    #[test]
    fn items_are_found_and_a_wrong_type_names_its_field() {
        let pointers = Pointers::new(
            Sort::Customers,
            "/data/items",
            &map(&[("email", "/contact/email"), ("name", "/name"), ("tags", "/tags"), ("attr:age", "/age")]),
            None,
        );
        let pointers = pointers.unwrap();
        let json = json!({ "data": { "items": [
            { "name": "Ann", "contact": { "email": "ann@x.example" }, "tags": ["a", "b"], "age": 7 },
            { "name": 7, "contact": { "email": "bob@x.example" } },
            { "name": "Cy", "contact": { "email": { "work": "cy@x.example" } } },
            "Dan",
        ] } });
        let items = pointers.items(&json).unwrap();
        let house = rapport_model::House::default();
        let around = Around {
            house: &house,
            users: &[],
            stages: &[],
            region: "DE",
            currency: "EUR",
            zone: chrono_tz::UTC,
        };
        let rows = pointers.drafts(&items, &around);
        let (line, ann) = &rows[0];
        let ann = ann.as_ref().unwrap();
        assert_eq!((*line, ann.person.name.as_str(), ann.attrs["age"].as_str()), (1, "Ann", "7"));
        assert_eq!(ann.tags, ["a", "b"]);
        let wrong = |field, found: &str| Err(Why::Value { field, found: found.to_owned() });
        assert_eq!(rows[1], (2, wrong(Field::Name, "a number")));
        assert_eq!(rows[2], (3, wrong(Field::Email, "an object")));
        assert!(matches!(&rows[3], (4, Err(Why::Unreadable(_)))));
        assert_eq!(pointers.items(&json!({ "data": {} })), Err(NoRows::Nothing("/data/items".into())));
        assert_eq!(
            pointers.items(&json!({ "data": { "items": 7 } })),
            Err(NoRows::NoList("/data/items".into()))
        );
    }
}
