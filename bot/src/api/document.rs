//! The OpenAPI document: made of what is served, so that it cannot say anything else.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use super::operation::{Group, Method, Operation};
use super::problem::{PROBLEM_JSON, Sort};
use super::schema::Shape;
use super::{OPERATIONS, ROOT, types};

const ABOUT: &str = "What Rapport has, for other programs: customers, conversations, deals, tasks, tickets, notes, search, \
digests, jobs, and what was done.\n\n\
A token says for whom is asked (`rapport token new`), and is sent as `Authorization: Bearer rpt_…`. It sees and may do \
what both the token and its colleague may; what is not seen does not exist (404).\n\n\
Ids are strings. Where an id is asked for, the number that people use (`C214`) does as well. Times are RFC 3339 in \
UTC. Lists come newest first, in pages: `next` of one is `cursor` of the following. Unknown fields and parameters are \
refused.\n\n\
What is written is in the journal at once, with the token as its cause; the answer names its act, which \
`POST /acts/{id}/undo` takes back. What is made under an `Idempotency-Key` is made once within 24 hours: the same \
request under the same key is answered once more, with the record as it is then and `Idempotency-Replayed: true`; \
another request under it is refused (422). A change may say with `If-Match` which state it rests on; without it, it \
touches just the fields that it names, and can be taken back. What leaves the house is drafted first and sent by a \
second call.";

/// Returns the document.
pub fn document() -> &'static Value {
    static DOCUMENT: LazyLock<Value> = LazyLock::new(make);
    &DOCUMENT
}

/// Returns the schemas of all types in it, by name.
pub(super) fn schemas() -> &'static Map<String, Value> {
    document()["components"]["schemas"].as_object().expect("schemas are a map")
}

fn make() -> Value {
    let mut paths = Map::new();
    let mut schemas = Shape::of::<types::Problem>().schemas();
    for operation in OPERATIONS.iter() {
        for shape in operation.body.iter().chain([&operation.answers.shape]) {
            schemas.extend(shape.schemas());
        }
        let path = paths.entry(format!("{ROOT}{}", operation.path)).or_insert_with(|| json!({}));
        path[operation.method.name().to_ascii_lowercase()] = described(operation);
    }
    schemas.sort_keys();
    let tags = Group::ALL.iter().map(|group| {
        let (name, what) = group.about();
        json!({"name": name, "description": what})
    });
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Rapport",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "tags": tags.collect::<Vec<_>>(),
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": "A token of `rapport token new`."}},
        },
    })
}

fn described(operation: &Operation) -> Value {
    let mut about = vec![operation.what.to_owned(), operation.more.to_owned()];
    about.push(format!("Takes the role {}.", operation.role));
    if operation.whole_house {
        about.push("Takes a token that sees all customers.".to_owned());
    }
    about.retain(|line| !line.is_empty());
    let mut described = json!({
        "operationId": operation.id,
        "summary": operation.what,
        "description": about.join("\n\n"),
        "tags": [operation.group.about().0],
        "parameters": parameters(operation),
        "responses": responses(operation),
    });
    if let Some(body) = &operation.body {
        described["requestBody"] =
            json!({"required": true, "content": {"application/json": {"schema": reference(body)}}});
    }
    described
}

fn parameters(operation: &Operation) -> Vec<Value> {
    let ids = operation.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let mut all: Vec<Value> = ids
        .map(|name| {
            json!({"name": name, "in": "path", "required": true, "description": "Its id, or its number such as `C214`.",
                   "schema": {"type": "string", "minLength": 1, "maxLength": 24}})
        })
        .collect();
    all.extend(operation.params.iter().map(|param| {
        json!({"name": param.name, "in": "query", "required": param.required, "description": param.what,
               "schema": param.takes.schema()})
    }));
    let header = |name: &str, what: &str, schema: Value| json!({"name": name, "in": "header", "required": false, "description": what, "schema": schema});
    if operation.takes_key() {
        let schema = json!({"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"});
        all.push(header("Idempotency-Key", "A word of your own: under it, this is done once.", schema));
    }
    if operation.takes_match() {
        let what =
            "The ETag of the record as it was seen: where it has changed since, nothing is done (412).";
        all.push(header("If-Match", what, json!({"type": "string"})));
    }
    if operation.answers.etag && operation.method == Method::Get {
        let what = "The ETag of what is known already: where it is still that, the answer is 304.";
        all.push(header("If-None-Match", what, json!({"type": "string"})));
    }
    all
}

fn responses(operation: &Operation) -> Value {
    let mut all = Map::new();
    let mut headers = json!({
        "RateLimit-Limit": {"description": "How many requests can be made at once.", "schema": {"type": "integer"}},
        "RateLimit-Remaining": {"description": "How many of them are left.", "schema": {"type": "integer"}},
        "RateLimit-Reset": {"description": "After how many seconds all of them can be made again.", "schema": {"type": "integer"}},
    });
    let limits = headers.clone();
    if operation.answers.etag || operation.answers.status == 201 {
        headers["ETag"] = json!({"description": "Tells this state of the record from others.", "schema": {"type": "string"}});
    }
    if operation.answers.status == 201 {
        headers["Location"] = json!({"description": "Where it is found.", "schema": {"type": "string"}});
    }
    let schema = reference(&operation.answers.shape);
    let content = json!({"application/json": {"schema": schema}});
    let good = json!({"description": operation.what, "headers": headers, "content": content});
    all.insert(operation.answers.status.to_string(), good);
    if operation.answers.etag && operation.method == Method::Get {
        all.insert("304".to_owned(), json!({"description": "It is as you know it.", "headers": limits}));
    }
    for sort in Sort::ALL.iter().filter(|sort| can_be(operation, **sort)) {
        let schema = json!({"$ref": "#/components/schemas/Problem"});
        let said = json!({"description": format!("{}.", sort.title()), "content": {PROBLEM_JSON: {"schema": schema}}});
        all.insert(sort.status().as_u16().to_string(), said);
    }
    Value::Object(all)
}

/// Tells whether an operation can end so. (405 is what paths answer to what is no operation of theirs.)
fn can_be(operation: &Operation, sort: Sort) -> bool {
    match sort {
        Sort::WrongMethod => false,
        Sort::Changed => operation.takes_match(),
        Sort::Conflict => operation.method != Method::Get || operation.group == Group::Drafts,
        Sort::WrongType | Sort::Invalid => operation.body.is_some() || operation.takes_key(),
        Sort::Malformed
        | Sort::Unauthorized
        | Sort::Forbidden
        | Sort::NotFound
        | Sort::TooSlow
        | Sort::TooLarge
        | Sort::TooMany
        | Sort::Failed
        | Sort::Away => true,
    }
}

fn reference(shape: &Shape) -> Value {
    json!({"$ref": format!("#/components/schemas/{}", shape.name())})
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn what_is_documented_is_what_is_served() {
        let document = document();
        let mut documented = BTreeSet::new();
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                let id = operation["operationId"].as_str().unwrap();
                documented.insert((method.to_uppercase(), path.clone(), id.to_owned()));
            }
        }
        let of =
            |op: &Operation| (op.method.name().to_owned(), format!("{ROOT}{}", op.path), op.id.to_owned());
        let served: BTreeSet<_> = OPERATIONS.iter().map(of).collect();
        assert_eq!(documented, served);
        assert_eq!(served.len(), OPERATIONS.len(), "each operation is its own");
        let ids: BTreeSet<_> = OPERATIONS.iter().map(|op| op.id).collect();
        assert_eq!(ids.len(), OPERATIONS.len(), "each has a name of its own");
    }

    #[test]
    fn every_reference_of_the_document_leads_somewhere() {
        assert_eq!(document()["openapi"], "3.1.0");
        let text = document().to_string();
        let mut n = 0;
        for reference in text.split("#/components/schemas/").skip(1) {
            let name = reference.split('"').next().unwrap();
            assert!(document()["components"]["schemas"].get(name).is_some(), "{name}");
            n += 1;
        }
        assert!(n > 50);
    }

    /// [`super::super::schema`] knows just these words: a schema with another would not be held.
    #[test]
    fn schemas_say_nothing_that_is_not_held() {
        const KNOWN: &[&str] = &[
            "type",
            "enum",
            "description",
            "format",
            "minLength",
            "maxLength",
            "minimum",
            "maximum",
            "items",
            "maxItems",
            "required",
            "properties",
            "additionalProperties",
            "oneOf",
            "$ref",
            "propertyNames",
        ];
        fn look(schema: &Value, at: &str) {
            for (word, inner) in schema.as_object().into_iter().flatten() {
                assert!(KNOWN.contains(&word.as_str()), "{at}: {word}");
                match word.as_str() {
                    "properties" => {
                        inner
                            .as_object()
                            .unwrap()
                            .iter()
                            .for_each(|(name, field)| look(field, &format!("{at}.{name}")));
                    }
                    "items" => look(inner, &format!("{at}[]")),
                    "oneOf" => inner.as_array().unwrap().iter().for_each(|choice| look(choice, at)),
                    _ => {}
                }
            }
        }
        let schemas = document()["components"]["schemas"].as_object().unwrap();
        schemas.iter().for_each(|(name, schema)| look(schema, name));
        for operation in OPERATIONS.iter() {
            if let Some(body) = &operation.body {
                let schema = &schemas[&body.name()];
                assert_eq!(
                    schema["additionalProperties"], false,
                    "{operation:?} refuses what it does not know"
                );
            }
        }
    }
}
