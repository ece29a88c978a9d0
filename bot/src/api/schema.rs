//! Holds what is asked to the schema that the documentation shows: one place says both.

use rapport_model::Timestamp;
use serde_json::{Map, Value};
use utoipa::openapi::{RefOr, schema::Schema};
use utoipa::{PartialSchema, ToSchema};

/// What is wrong, each with the field.
pub(super) type Wrong = Vec<(String, String)>;

/// A type as its schema.
#[derive(Clone, Copy)]
pub struct Shape {
    name: fn() -> std::borrow::Cow<'static, str>,
    own: fn() -> RefOr<Schema>,
    parts: fn(&mut Vec<(String, RefOr<Schema>)>),
}

impl Shape {
    /// Returns the shape of a type.
    pub const fn of<T: ToSchema + PartialSchema>() -> Self {
        Self { name: T::name, own: T::schema, parts: T::schemas }
    }

    /// Returns its name.
    pub fn name(&self) -> String {
        (self.name)().into_owned()
    }

    /// Returns its schema and those of its parts, by name.
    pub(super) fn schemas(&self) -> Map<String, Value> {
        let mut all = Vec::new();
        (self.parts)(&mut all);
        all.push((self.name(), (self.own)()));
        let json = |schema| plain(serde_json::to_value(schema).expect("a schema is JSON"));
        all.into_iter().map(|(name, schema)| (name, json(schema))).collect()
    }

    /// Checks a body of a type that is in the document; returns what is wrong with it.
    pub(super) fn check(&self, body: &Value) -> Wrong {
        let schemas = super::document::schemas();
        let mut wrong = Vec::new();
        if let Some(schema) = schemas.get(&self.name()) {
            check(schema, schemas, body, "", &mut wrong);
        }
        wrong
    }
}

impl std::fmt::Debug for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name())
    }
}

/// Leaves out what a schema says of fields that are not there: they stay as they are.
fn plain(mut schema: Value) -> Value {
    let fields = schema.get_mut("properties").and_then(Value::as_object_mut);
    for field in fields.into_iter().flat_map(Map::values_mut) {
        if let Some(field) = field.as_object_mut() {
            field.shift_remove("default");
        }
    }
    schema
}

/// Checks a value against a schema. Knows what the schemas of [`super::types`] are made of; a test holds
/// them to that.
pub(super) fn check(schema: &Value, all: &Map<String, Value>, value: &Value, at: &str, wrong: &mut Wrong) {
    let mut say =
        |what: String| wrong.push((if at.is_empty() { "body".to_owned() } else { at.to_owned() }, what));
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap_or_default();
        if let Some(schema) = all.get(name) {
            check(schema, all, value, at, wrong);
        }
        return;
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let tries: Vec<Wrong> = choices
            .iter()
            .map(|choice| {
                let mut wrong = Vec::new();
                check(choice, all, value, at, &mut wrong);
                wrong
            })
            .collect();
        if tries.iter().any(Vec::is_empty) {
            return;
        }
        // What is no null is told of the other choice.
        wrong.extend(tries.into_iter().next_back().unwrap_or_default());
        return;
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if !types.is_empty() && !types.iter().any(|ty| is(ty, value)) {
        return say(format!("must be {}, not {}", types.join(" or "), sort(value)));
    }
    if let Some(list) = schema["enum"].as_array()
        && !list.contains(value)
    {
        let names: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
        return say(format!("must be one of {}", names.join(", ")));
    }
    match value {
        Value::String(text) => {
            let n = text.chars().count() as u64;
            if schema["minLength"].as_u64().is_some_and(|min| n < min) || is_blank(schema, text) {
                say("is too short".to_owned());
            } else if let Some(max) = schema["maxLength"].as_u64().filter(|max| n > *max) {
                say(format!("must have {max} characters at most"));
            } else if schema["format"] == "date-time" && Timestamp::parse(text).is_err() {
                say("must be a time such as 2026-11-20T14:00:00Z".to_owned());
            } else if text.contains('\0') {
                say("holds a zero byte".to_owned());
            }
        }
        Value::Number(number) => {
            let number = number.as_f64().unwrap_or(f64::NAN);
            let (min, max) = (schema["minimum"].as_f64(), schema["maximum"].as_f64());
            if min.is_some_and(|min| number < min) || max.is_some_and(|max| number > max) {
                let bound = |bound: Option<f64>| bound.map_or(String::new(), |bound| bound.to_string());
                say(format!("must be in {}..={}", bound(min), bound(max)));
            }
        }
        Value::Array(items) => {
            if let Some(max) = schema["maxItems"].as_u64().filter(|max| items.len() as u64 > *max) {
                say(format!("must have {max} items at most"));
            }
            for (i, item) in items.iter().enumerate() {
                check(&schema["items"], all, item, &format!("{at}[{i}]"), wrong);
            }
        }
        Value::Object(fields) => object(schema, all, fields, at, wrong),
        Value::Null | Value::Bool(_) => {}
    }
}

fn object(
    schema: &Value,
    all: &Map<String, Value>,
    fields: &Map<String, Value>,
    at: &str,
    wrong: &mut Wrong,
) {
    let place = |name: &str| if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") };
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !fields.contains_key(name) {
            wrong.push((place(name), "is missing".to_owned()));
        }
    }
    for (name, value) in fields {
        match schema["properties"].get(name) {
            Some(schema) => check(schema, all, value, &place(name), wrong),
            None if schema["additionalProperties"] == false => {
                // Of what is not known not everything is repeated.
                let shown: String = name.chars().take(60).collect();
                wrong.push((place(&shown), "is not known".to_owned()));
            }
            None => {}
        }
    }
}

/// A text that needs a letter needs one that is seen.
fn is_blank(schema: &Value, text: &str) -> bool {
    schema["minLength"].as_u64().is_some_and(|min| min > 0)
        && text.chars().all(|c| c.is_whitespace() || c.is_control())
}

fn is(ty: &str, value: &Value) -> bool {
    match ty {
        "string" => value.is_string(),
        "integer" => value.as_i64().is_some(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        _ => false,
    }
}

fn sort(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::types::{ChangeCustomer, ChangeDeal, NewCompany, NewCustomer, NewTask, Send};
    use super::*;

    fn wrong(shape: Shape, body: Value) -> String {
        shape
            .check(&body)
            .iter()
            .map(|(field, what)| format!("{field} {what}"))
            .collect::<Vec<_>>()
            .join("; ")
    }

    #[test]
    fn what_is_wrong_is_named_by_its_field() {
        let task = Shape::of::<NewTask>();
        for (shape, body, says) in [
            (task, json!({"title": "Call", "due": "2026-11-20T14:00:00+01:00"}), ""),
            (task, json!({}), "title is missing; due is missing"),
            (task, json!([]), "body must be object, not an array"),
            (
                task,
                json!({"title": 7, "due": "tomorrow"}),
                "title must be string, not a number; due must be a time such as 2026-11-20T14:00:00Z",
            ),
            (
                task,
                json!({"title": " ", "due": "2026-11-20T14:00:00Z", "dew": 1}),
                "title is too short; dew is not known",
            ),
            (
                Shape::of::<NewCompany>(),
                json!({"name": "x".repeat(121)}),
                "name must have 120 characters at most",
            ),
            (Shape::of::<NewCompany>(), json!({"name": "a\u{0}b"}), "name holds a zero byte"),
            (
                Shape::of::<NewCustomer>(),
                json!({"lifecycle": "friend"}),
                "lifecycle must be one of lead, customer, dormant, lost",
            ),
            (
                Shape::of::<NewCustomer>(),
                json!({"lifecycle": null, "name": null, "tags": ["a", 2]}),
                "tags[1] must be string, not a number",
            ),
            (Shape::of::<ChangeCustomer>(), json!({"name": null}), "name must be string, not null"),
            (Shape::of::<ChangeCustomer>(), json!({"company": null}), ""),
            (Shape::of::<ChangeDeal>(), json!({"amount": null}), ""),
            (
                Shape::of::<ChangeDeal>(),
                json!({"amount": {"minor": "5", "currency": "EUR"}}),
                "amount.minor must be integer, not a string",
            ),
            (
                Shape::of::<ChangeDeal>(),
                json!({"amount": {"minor": -1, "currency": "EURO"}}),
                "amount.minor must be in 0..=900000000000000; amount.currency must have 3 characters at most",
            ),
            (
                Shape::of::<ChangeDeal>(),
                json!({"amount": {"minor": 1.5, "currency": "EUR", "x": 1}}),
                "amount.minor must be integer, not a number; amount.x is not known",
            ),
            (Shape::of::<Send>(), json!({"anyway": "yes"}), "anyway must be boolean, not a string"),
        ] {
            assert_eq!(wrong(shape, body.clone()), says, "{body}");
        }
    }
}
