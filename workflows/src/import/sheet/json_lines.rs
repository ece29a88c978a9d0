//! A JSON object a line.

use serde_json::Value;

use super::{Growing, Sheet, SheetError};

/// Objects within objects are taken apart so deep: `address.city`.
const DEPTH_MAX: usize = 3;

pub(super) fn read(bytes: &[u8]) -> Result<Sheet, SheetError> {
    let text = std::str::from_utf8(bytes).map_err(|e| {
        let line = 1 + bytes[..e.valid_up_to()].iter().filter(|b| **b == b'\n').count();
        SheetError::Unreadable(format!(
            "line {line} is not UTF-8, and JSON always is: save the file as UTF-8"
        ))
    })?;
    let mut table = Growing::default();
    for (line, text) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
        if text.trim().is_empty() {
            continue;
        }
        match serde_json::from_str::<Value>(text) {
            Ok(Value::Object(object)) => {
                let mut cells = Vec::with_capacity(object.len());
                flatten("", Value::Object(object), 0, &mut cells);
                table.add(line, cells.into_iter())?;
            }
            Ok(_) => table.sheet.unreadable.push((line, "no JSON object".into())),
            Err(e) => table.sheet.unreadable.push((line, format!("no JSON: {e}"))),
        }
    }
    Ok(table.finish())
}

fn flatten(name: &str, value: Value, depth: usize, cells: &mut Vec<(String, String)>) {
    let cell = match value {
        Value::Null => return,
        Value::Object(object) if depth < DEPTH_MAX => {
            for (key, value) in object {
                let name = if name.is_empty() { key } else { format!("{name}.{key}") };
                flatten(&name, value, depth + 1, cells);
            }
            return;
        }
        Value::String(text) => text,
        Value::Array(values) if values.iter().all(|v| !v.is_object() && !v.is_array()) => {
            let words = values.iter().map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned));
            words.collect::<Vec<_>>().join("; ")
        }
        other => other.to_string(),
    };
    cells.push((name.to_owned(), cell));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_become_rows_and_a_bad_line_is_one_refused_row() {
        let text = "{\"name\":\"Ann\",\"tags\":[\"a\",\"b\"]}\n\n{\"address\":{\"city\":\"Brno\"},\"age\":7}\n[1]\n{\"na";
        let sheet = read(text.as_bytes()).unwrap();
        assert_eq!(sheet.header, ["name", "tags", "address.city", "age"]);
        assert_eq!(sheet.rows[0], (1, vec!["Ann".into(), "a; b".into(), String::new(), String::new()]));
        assert_eq!(sheet.rows[1], (3, vec![String::new(), String::new(), "Brno".into(), "7".into()]));
        let lines: Vec<u64> = sheet.unreadable.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [4, 5]);
        assert!(read(b"{\"name\":\"\xff\"}").unwrap_err().to_string().contains("line 1"));
    }
}
