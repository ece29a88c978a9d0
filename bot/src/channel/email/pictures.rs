//! Pictures in our own HTML: a mail program shows what is a part of the mail, not what stands in the HTML as a
//! long address (RFC 2392).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rapport_workflows::digest::PICTURE;

/// A picture that is a part of a mail.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// Its Content-ID, without angle brackets.
    pub(super) id: String,
    /// The PNG file.
    pub(super) bytes: Vec<u8>,
}

/// Takes the pictures out of HTML; in it stand their ids instead, made of `reference`.
pub(super) fn taken_out(html: &str, reference: &str) -> (String, Vec<Part>) {
    let mark = format!("src=\"{PICTURE}");
    let (mut out, mut parts, mut rest) = (String::with_capacity(html.len()), Vec::new(), html);
    while let Some((before, after)) = rest.split_once(&mark) {
        out.push_str(before);
        let end = after.find('"').unwrap_or(after.len());
        match STANDARD.decode(&after[..end]) {
            Ok(bytes) => {
                let id = format!("picture{}.{reference}", parts.len() + 1);
                out.push_str(&format!("src=\"cid:{id}"));
                parts.push(Part { id, bytes });
            }
            // It was none of ours.
            Err(_) => {
                out.push_str(&mark);
                out.push_str(&after[..end]);
            }
        }
        rest = &after[end..];
    }
    out.push_str(rest);
    (out, parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_become_parts_and_the_rest_stays() {
        let html = "<p>a</p><img src=\"data:image/png;base64,AAEC\" alt=\"x\"><img src=\"data:image/png;base64,Aw==\">b";
        let (out, parts) = taken_out(html, "1.x@h.example");
        let id = |n: usize| format!("picture{n}.1.x@h.example");
        assert_eq!(out, format!("<p>a</p><img src=\"cid:{}\" alt=\"x\"><img src=\"cid:{}\">b", id(1), id(2)));
        assert_eq!(parts, [Part { id: id(1), bytes: vec![0, 1, 2] }, Part { id: id(2), bytes: vec![3] }]);
        for whole in ["", "plain", "<img src=\"data:image/png;base64,*\">", "src=\"data:image/png;base64,A"] {
            assert_eq!(taken_out(whole, "r"), (whole.to_owned(), Vec::new()), "{whole}");
        }
    }
}
