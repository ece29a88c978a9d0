//! The files of a mail: names that are safe to write and to show, sizes, digests.

use std::collections::{BTreeMap, HashSet};

use rapport_model::message::Attachment;

use super::body;
use super::ids;
use super::mime::Part;
use super::params::percent_decode;
use super::tnef;
use super::words;

/// More files than these are passed over.
const FILES_MAX: usize = 1_000;

/// Longest file name, in characters.
const NAME_CHARS_MAX: usize = 120;

/// Longest ending that counts as a file's extension, in characters.
const EXTENSION_CHARS_MAX: usize = 16;

/// Longest media type that is kept, in bytes.
const MIME_BYTES_MAX: usize = 100;

/// Returns the files of a mail in their order. `hint` is the charset of the mail's text, `left_out` as
/// [`ParseOptions::left_out`](super::ParseOptions::left_out).
pub(super) fn attachments(
    parts: &[Part<'_>],
    hint: Option<&str>,
    left_out: &BTreeMap<usize, u64>,
) -> Vec<Attachment> {
    let versions: HashSet<usize> = parts
        .iter()
        .filter(|p| p.is("multipart/alternative"))
        .flat_map(|p| p.children.iter().copied())
        .collect();
    let referenced = references(parts);
    let mut out = Vec::new();
    for (id, part) in parts.iter().enumerate() {
        let is_version = versions.contains(&id)
            && part.content_type.value.starts_with("text/")
            && !part.is("text/calendar")
            && part.disposition.value != "attachment";
        if let Some(bytes) = left_out.get(&id) {
            let mime = mime(part);
            let name = name(part, &mime, out.len() + 1, hint);
            let (bytes, digest) = (*bytes, String::new());
            out.push(Attachment { name, mime, bytes, digest, inline: false, kept: false });
            continue;
        }
        if !part.children.is_empty() || is_version || body::is_text(parts, id, false) {
            continue;
        }
        let bytes = part.encoding.decode(part.body);
        let mime = mime(part);
        if is_tnef(part, &mime)
            && let Some(contents) = tnef::read(&bytes)
            && !contents.files.is_empty()
        {
            let found = contents.files.iter().take(FILES_MAX.saturating_sub(out.len()));
            out.extend(found.enumerate().map(|(n, file)| contained(file, n + 1, &contents.html)));
            continue;
        }
        let content_id = part.headers.plain("content-id");
        let cid = content_id.trim_matches(['<', '>', ' ']);
        let is_shown = part.disposition.value == "inline" && mime.starts_with("image/");
        out.push(Attachment {
            name: name(part, &mime, out.len() + 1, hint),
            bytes: bytes.len() as u64,
            digest: digest(&bytes),
            inline: is_shown || !cid.is_empty() && referenced.contains(cid),
            kept: true,
            mime,
        });
    }
    out
}

/// Finds the bytes of a file among the parts of a mail; nothing if they are not there.
pub(super) fn find(parts: &[Part<'_>], wanted: &str) -> Option<Vec<u8>> {
    for part in parts.iter().filter(|part| part.children.is_empty()) {
        let bytes = part.encoding.decode(part.body);
        if digest(&bytes) == wanted {
            return Some(bytes.into_owned());
        }
        if is_tnef(part, &mime(part))
            && let Some(contents) = tnef::read(&bytes)
            && let Some(file) = contents.files.iter().find(|file| digest(file.bytes) == wanted)
        {
            return Some(file.bytes.to_vec());
        }
    }
    None
}

fn digest(bytes: &[u8]) -> String {
    ids::hex(&blake3::hash(bytes).as_bytes()[..16])
}

/// Tells whether a part is Outlook's `winmail.dat`.
pub(super) fn is_tnef(part: &Part<'_>, mime: &str) -> bool {
    let name = part.disposition.get("filename").or_else(|| part.content_type.get("name"));
    matches!(mime, "application/ms-tnef" | "application/vnd.ms-tnef")
        || mime == "application/octet-stream" && name.is_some_and(|n| n.eq_ignore_ascii_case("winmail.dat"))
}

/// Describes a file within a `winmail.dat`.
fn contained(file: &tnef::File<'_>, number: usize, html: &str) -> Attachment {
    let mime = if is_mime(&file.mime) {
        file.mime.to_ascii_lowercase()
    } else {
        "application/octet-stream".to_owned()
    };
    let name = safe_name(&file.name);
    let cid = file.content_id.trim_matches(['<', '>', ' ']);
    Attachment {
        name: if name.is_empty() { format!("attachment-{number}.{}", extension_of(&mime)) } else { name },
        bytes: file.bytes.len() as u64,
        digest: digest(file.bytes),
        inline: !cid.is_empty() && html.contains(&format!("cid:{cid}")),
        kept: true,
        mime,
    }
}

/// Returns the ids of parts that the mail's HTML shows (`cid:…`).
fn references(parts: &[Part<'_>]) -> HashSet<String> {
    let mut out = HashSet::new();
    if parts.len() < 2 {
        return out;
    }
    for part in parts.iter().filter(|p| p.is("text/html")) {
        let html = part.encoding.decode(part.body);
        let mut rest: &[u8] = &html;
        while let Some(at) = words::find(rest, b"cid:") {
            rest = &rest[at + 4..];
            let is_end =
                |b: &u8| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'>' | b')' | b'&' | b'<');
            let end = rest.iter().position(is_end).unwrap_or(rest.len());
            let mut cid = Vec::new();
            percent_decode(&rest[..end], &mut cid);
            out.insert(String::from_utf8_lossy(&cid).into_owned());
        }
    }
    out
}

fn mime(part: &Part<'_>) -> String {
    let declared = part.content_type.value.as_str();
    if is_mime(declared) { declared.to_owned() } else { "application/octet-stream".to_owned() }
}

fn is_mime(text: &str) -> bool {
    let is_token =
        |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b));
    let is_pair = text.split_once('/').is_some_and(|(kind, subtype)| is_token(kind) && is_token(subtype));
    is_pair && text.len() <= MIME_BYTES_MAX
}

fn name(part: &Part<'_>, mime: &str, number: usize, hint: Option<&str>) -> String {
    let declared = part.disposition.get("filename").or_else(|| part.content_type.get("name"));
    let described = || part.headers.first("content-description").map(|raw| words::decode(raw, hint));
    let safe = declared.map(safe_name).filter(|name| !name.is_empty());
    // A description serves as a name when it looks like one.
    let safe = safe.or_else(|| described().map(|d| safe_name(&d)).filter(|d| extension(d).is_some()));
    safe.unwrap_or_else(|| match mime {
        "message/rfc822" | "message/global" => "message.eml".to_owned(),
        _ => format!("attachment-{number}.{}", extension_of(mime)),
    })
}

/// Makes a name safe to write to any file system and to show: no path, no control or
/// direction-changing characters, no leading dots, no device names; empty if nothing is left.
pub(crate) fn safe_name(name: &str) -> String {
    let base =
        name.rsplit(['/', '\\']).find(|part| !part.trim_matches(['.', ' ']).is_empty()).unwrap_or_default();
    let shown: String = base.replace(['<', '>', ':', '"', '|', '?', '*'], "_");
    let line = words::one_line(&shown, usize::MAX);
    let line = line.trim_start_matches(['.', ' ', '~']).trim_end_matches(['.', ' ']);
    let stem = line.split('.').next().unwrap_or_default().trim_end();
    let line = if is_device(stem) { format!("_{line}") } else { line.to_owned() };
    let n_chars = line.chars().count();
    if n_chars <= NAME_CHARS_MAX {
        return line;
    }
    let ending = extension(&line).map(|e| format!(".{e}")).unwrap_or_default();
    let start: String = line.chars().take(NAME_CHARS_MAX - ending.chars().count()).collect();
    format!("{}{ending}", start.trim_end_matches(['.', ' ']))
}

/// Tells whether Windows keeps a name for a device.
fn is_device(stem: &str) -> bool {
    let stem = stem.to_ascii_uppercase();
    let numbered = stem.strip_prefix("COM").or_else(|| stem.strip_prefix("LPT"));
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$")
        || numbered.is_some_and(|n| n.len() == 1 && n.bytes().all(|b| b.is_ascii_digit()))
}

/// Returns a name's extension, if it has a proper one.
fn extension(name: &str) -> Option<&str> {
    let (stem, ending) = name.rsplit_once('.')?;
    let proper = !ending.is_empty()
        && ending.len() <= EXTENSION_CHARS_MAX
        && ending.bytes().all(|b| b.is_ascii_alphanumeric());
    (proper && !stem.is_empty()).then_some(ending)
}

/// Returns the usual extension of a media type.
fn extension_of(mime: &str) -> &str {
    match mime {
        "application/pdf" => "pdf",
        "application/zip" | "application/x-zip-compressed" => "zip",
        "application/msword" => "doc",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => "docx",
        "application/vnd.ms-excel" => "xls",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => "xlsx",
        "application/vnd.ms-powerpoint" => "ppt",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation" => "pptx",
        "application/json" => "json",
        "application/xml" | "text/xml" => "xml",
        "application/rtf" | "text/rtf" => "rtf",
        "application/ics" | "text/calendar" => "ics",
        "application/ms-tnef" | "application/vnd.ms-tnef" => "dat",
        "application/pkcs7-mime" | "application/x-pkcs7-mime" => "p7m",
        "application/pkcs7-signature" | "application/x-pkcs7-signature" => "p7s",
        "application/pgp-signature" | "application/pgp-encrypted" => "asc",
        "audio/mpeg" => "mp3",
        "audio/wav" | "audio/x-wav" => "wav",
        "image/bmp" => "bmp",
        "image/gif" => "gif",
        "image/jpeg" | "image/jpg" | "image/pjpeg" => "jpg",
        "image/png" => "png",
        "image/svg+xml" => "svg",
        "image/tiff" => "tif",
        "image/webp" => "webp",
        "text/csv" => "csv",
        "text/html" => "html",
        "text/markdown" => "md",
        "text/vcard" | "text/x-vcard" => "vcf",
        "video/mp4" => "mp4",
        _ if mime.starts_with("text/") || mime.starts_with("message/") => "txt",
        _ => "bin",
    }
}

#[cfg(test)]
mod tests {
    use super::super::header::Headers;
    use super::super::mime::{Limits, split};
    use super::*;

    #[test]
    fn names_are_safe() {
        for (name, expected) in [
            ("quote.pdf", "quote.pdf"),
            ("报价 单.pdf", "报价 单.pdf"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\ann\\a.txt", "a.txt"),
            ("dir/", "dir"),
            ("..", ""),
            (".htaccess", "htaccess"),
            ("~/.ssh", "ssh"),
            ("invoice\u{202E}fdp.exe", "invoicefdp.exe"),
            ("a\r\nb\0c\t.txt", "a bc .txt"),
            ("CON", "_CON"),
            ("com1.txt", "_com1.txt"),
            ("LPT9 .x", "_LPT9 .x"),
            ("control.txt", "control.txt"),
            ("a<b>:\"|?*.txt", "a_b______.txt"),
            ("trailing. . ", "trailing"),
            ("", ""),
            (" ", ""),
        ] {
            assert_eq!(safe_name(name), expected, "{name:?}");
        }
        let long = safe_name(&format!("{}.tar.gz", "长".repeat(300)));
        assert!(long.chars().count() == 120 && long.ends_with("长.gz"), "{long}");
    }

    #[test]
    fn files_are_told_from_text() {
        let mail = "Content-Type: multipart/mixed; boundary=b\n\n\
            --b\nContent-Type: multipart/alternative; boundary=c\n\n\
            --c\n\nplain\n--c\nContent-Type: text/html\n\n<img src=\"cid:a%40x\">\n--c\nContent-Type: text/x-amp-html\n\nx\n--c--\n\
            --b\nContent-Type: image/png\nContent-ID: <a@x>\nContent-Transfer-Encoding: base64\n\naGVsbG8=\n\
            --b\nContent-Type: application/pdf\nContent-Disposition: inline\n\n%PDF\n\
            --b\nContent-Type: text/plain; name=\"=?gb2312?B?xOO6wy50eHQ=?=\"\n\ntext\n\
            --b\nContent-Type: message/rfc822\n\nSubject: x\n\ny\n\
            --b\nContent-Type: bad type\nContent-Disposition: attachment\n\n\n--b--\n";
        let (headers, at) = Headers::read(mail.as_bytes(), |_| false);
        let parts = split(headers, &mail.as_bytes()[at..], Limits { parts_max: 100, depth_max: 9 }).unwrap();
        let files: Vec<(String, String, u64, bool)> = attachments(&parts, None, &BTreeMap::new())
            .into_iter()
            .map(|a| (a.name, a.mime, a.bytes, a.inline))
            .collect();
        let file = |name: &str, mime: &str, bytes, inline| (name.to_owned(), mime.to_owned(), bytes, inline);
        assert_eq!(
            files,
            [
                file("attachment-1.png", "image/png", 5, true),
                file("attachment-2.pdf", "application/pdf", 4, false),
                file("你好.txt", "text/plain", 4, false),
                file("message.eml", "message/rfc822", 13, false),
                file("attachment-5.bin", "application/octet-stream", 0, false),
            ]
        );
    }
}
