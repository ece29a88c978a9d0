//! Forms with files, as the fakes of the chats read them.

use axum::http::HeaderMap;

/// A part of a form: its name, the name of its file (empty if it is none), and its bytes.
pub struct Part {
    pub name: String,
    pub file_name: String,
    pub bytes: Vec<u8>,
}

/// Reads a form; nothing if it is none.
pub fn parts(headers: &HeaderMap, body: &[u8]) -> Option<Vec<Part>> {
    let kind = headers.get("Content-Type")?.to_str().ok()?;
    let boundary = kind.strip_prefix("multipart/form-data")?.split_once("boundary=")?.1.trim_matches('"');
    let mark = format!("--{boundary}");
    let mut parts = Vec::new();
    let mut rest = &body[find(body, mark.as_bytes())? + mark.len()..];
    while !rest.starts_with(b"--") {
        let head_end = find(rest, b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&rest[..head_end]).into_owned();
        let end = find(rest, format!("\r\n{mark}").as_bytes())?;
        let of = |key: &str| {
            let at = head.find(&format!(" {key}=\""))? + key.len() + 3;
            Some(head[at..].split('"').next()?.to_owned())
        };
        parts.push(Part {
            name: of("name")?,
            file_name: of("filename").unwrap_or_default(),
            bytes: rest[head_end + 4..end].to_vec(),
        });
        rest = &rest[end + 2 + mark.len()..];
    }
    Some(parts)
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}
