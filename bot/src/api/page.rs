//! The page that documents all this, for people: laid out of the document, without a script.

use rapport_prompts::Prompts;
use serde_json::{Value, json};

use super::operation::{Group, Operation};
use super::problem::Sort;
use super::{OPERATIONS, ROOT, document};

/// Lays the page out. `nonce` lets its style in, `house` is whose it is.
pub(crate) fn page(prompts: &Prompts, house: &str, nonce: &str) -> String {
    let document = document();
    let schemas = &document["components"]["schemas"];
    let groups = Group::ALL.iter().map(|group| {
        let (name, what) = group.about();
        let operations = OPERATIONS.iter().filter(|operation| operation.group == *group);
        json!({"name": name, "what": what, "operations": operations.map(operation).collect::<Vec<_>>()})
    });
    // Of what is answered nothing is left out.
    let is_asked = |name: &str| {
        let mut bodies = OPERATIONS.iter().filter_map(|operation| operation.body);
        name == "Money" || bodies.any(|body| body.name() == name)
    };
    let described = |(name, schema): (&String, &Value)| json!({"name": name, "what": schema["description"], "fields": fields(schema, is_asked(name))});
    let types = schemas.as_object().into_iter().flatten().map(described);
    let problems = Sort::ALL
        .iter()
        .map(|sort| json!({"name": sort.name(), "status": sort.status().as_u16(), "title": sort.title()}));
    let about = document["info"]["description"].as_str().unwrap_or_default();
    let view = json!({
        "house": house,
        "nonce": nonce,
        "version": document["info"]["version"],
        "about": about.split("\n\n").map(runs).collect::<Vec<_>>(),
        "groups": groups.collect::<Vec<_>>(),
        "types": types.collect::<Vec<_>>(),
        "problems": problems.collect::<Vec<_>>(),
    });
    prompts.api_page(&view)
}

fn operation(operation: &Operation) -> Value {
    let params = operation.params.iter().map(|param| {
        json!({"name": param.name, "what": runs(param.what), "takes": takes(&param.takes.schema()), "required": param.required})
    });
    json!({
        "id": operation.id,
        "method": operation.method.name(),
        "path": format!("{ROOT}{}", operation.path),
        "what": operation.what,
        "more": operation.more,
        "role": operation.role.name(),
        "whole_house": operation.whole_house,
        "params": params.collect::<Vec<_>>(),
        "body": operation.body.map(|body| body.name()),
        "status": operation.answers.status,
        "answer": operation.answers.shape.name(),
        "key": operation.takes_key(),
        "match": operation.takes_match(),
    })
}

/// Cuts a text at its back ticks: words, and what is typed.
fn runs(text: &str) -> Vec<Value> {
    let parts = text.split('`').enumerate().filter(|(_, part)| !part.is_empty());
    parts.map(|(i, part)| json!({"code": i % 2 == 1, "text": part})).collect()
}

fn fields(schema: &Value, is_asked: bool) -> Vec<Value> {
    let required: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let fields = schema["properties"].as_object().into_iter().flatten().map(|(name, field)| {
        let (takes, of) = typed(field);
        // Of one that may be null the words stand with what else it may be.
        let choices = field["oneOf"].as_array().into_iter().flatten();
        let what = std::iter::once(field).chain(choices).find_map(|field| field["description"].as_str());
        json!({
            "name": name,
            "takes": takes,
            "of": of,
            "what": runs(what.unwrap_or_default()),
            "required": is_asked && required.contains(&name.as_str()),
        })
    });
    fields.collect()
}

/// Says the type of a field, and the name of the type that it is made of.
fn typed(field: &Value) -> (String, Option<String>) {
    if let Some(reference) = field["$ref"].as_str() {
        return (String::new(), reference.rsplit('/').next().map(str::to_owned));
    }
    if let Some(choices) = field["oneOf"].as_array() {
        let (mut takes, mut of) = (Vec::new(), None);
        for choice in choices {
            let (choice, name) = typed(choice);
            takes.extend(Some(choice).filter(|choice| !choice.is_empty()));
            of = of.or(name);
        }
        return (takes.join(" or "), of);
    }
    if field["type"] == "array" {
        let (takes, of) = typed(&field["items"]);
        return (format!("array of {takes}").trim_end().to_owned(), of);
    }
    (takes(field), None)
}

fn takes(schema: &Value) -> String {
    if let Some(names) = schema["enum"].as_array() {
        let names: Vec<&str> = names.iter().map(|name| name.as_str().unwrap_or("null")).collect();
        return names.join(" | ");
    }
    let mut said = match &schema["type"] {
        Value::String(one) => one.clone(),
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        _ => "anything".to_owned(),
    };
    if schema["format"] == "date-time" {
        said = said.replace("string", "time");
    }
    if let (Some(min), Some(max)) = (schema["minimum"].as_i64(), schema["maximum"].as_i64()) {
        said.push_str(&format!(" {min}–{max}"));
    } else if let Some(max) = schema["maxLength"].as_u64() {
        said.push_str(&format!(", up to {max} letters"));
    }
    said
}
