//! Where the fields of a record are in the JSON of another program.

use std::collections::BTreeMap;

use rapport_workflows::import::{Pointers, Sort};

/// Reads what a section says of them: `kind`, `each`, `map` and `key`.
///
/// # Errors
/// What is wrong, and with which key.
pub(crate) fn mapped(
    kind: &str,
    each: Option<&str>,
    map: &BTreeMap<String, String>,
    key: Option<&str>,
) -> Result<Pointers, String> {
    let sort = Sort::by_name(kind).ok_or_else(|| {
        let all: Vec<&str> = Sort::ALL.iter().map(|sort| sort.name()).collect();
        format!("kind: there is no {kind:?}; write one of {}", all.join(", "))
    })?;
    let each = each.unwrap_or_default();
    pointer("each", each)?;
    if map.is_empty() {
        return Err("map: says which field is where, such as { email = \"/contact/email\" }".into());
    }
    for (field, at) in map {
        pointer(&format!("map.{field}"), at)?;
    }
    Pointers::new(sort, each, map, key).map_err(|why| format!("map: {why}"))
}

fn pointer(key: &str, text: &str) -> Result<(), String> {
    match text.is_empty() || text.starts_with('/') {
        true => Ok(()),
        false => Err(format!("{key}: {text:?} is no JSON pointer; write it like /contact/email")),
    }
}
