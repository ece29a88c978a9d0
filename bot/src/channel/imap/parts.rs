//! Mails that are too big to be taken in whole: their header and their texts are fetched part by part,
//! and what is large stays in the mailbox, named with its size (RFC 3501, 6.4.5 and 7.4.2).
//!
//! The parts are put together to a mail of the same structure, so that it is read as any other. A
//! server that describes a mail wrongly is found out by what it then gives; such a mail is not put
//! together.

use std::collections::BTreeMap;

use async_imap::imap_proto::{
    BodyContentCommon, BodyContentSinglePart, BodyStructure, ContentEncoding, MessageSection, SectionPath,
};

use super::connect::Session;
use super::error::ImapError;
use super::fetch::Fetched;
use crate::channel::email::{boundary_of, n_parts};

/// A longer header is none of a mail that people write, in bytes.
const HEADER_BYTES_MAX: u64 = 1 << 20;
/// A text is fetched up to here, in bytes as written; HTML and base64 are longer than what they say.
const TEXT_BYTES_MAX: u64 = 4 << 20;
/// Another part is fetched whole up to here, in bytes: a signature, an invitation, a report's status.
const SMALL_BYTES_MAX: u64 = 256 << 10;
/// All parts that are fetched of a mail have no more together, in bytes.
const FETCHED_BYTES_MAX: u64 = 8 << 20;
/// Parts, and parts within parts, of a mail that is put together.
const PARTS_MAX: usize = 200;
const DEPTH_MAX: usize = 20;
/// Headers of parts that are asked for at once.
const HEADERS_AT_ONCE: usize = 20;
/// All those together have no more, in bytes.
const HEADERS_BYTES_MAX: u64 = 1 << 20;
/// Boundaries, headers of parts, and the like: by so much sizes may differ whatever they are, in bytes.
const AROUND_BYTES: u64 = 64 << 10;

/// A part as the server describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Node {
    /// Its numbers; none for the mail itself.
    path: Vec<u32>,
    /// How many parts it holds, if it holds parts.
    n_children: Option<usize>,
    /// Its length as written, in bytes.
    octets: u64,
    /// Its length once decoded, as well as that can be told, in bytes.
    decoded: u64,
    /// Whether it is text to read rather than a file.
    is_text: bool,
}

/// How much of a part is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Take {
    /// It only holds others.
    Holds,
    /// All of it.
    Whole,
    /// The first so many bytes.
    Start(u64),
    /// Nothing: it stays in the mailbox.
    Leave,
}

impl Session {
    /// Returns a mail of `size` bytes without its large parts; `None` where the server's description of
    /// it is missing or wrong. No more than `bytes_max` of it is held.
    pub(super) async fn in_parts(
        &mut self,
        uid: u32,
        size: u64,
        bytes_max: u64,
    ) -> Result<Option<Fetched>, ImapError> {
        let Some(nodes) = self.nodes(uid).await? else { return Ok(None) };
        let header_path = SectionPath::Full(MessageSection::Header);
        let header = self.in_slices_of(uid, "HEADER", Some(&header_path), HEADER_BYTES_MAX).await?;
        let Some((header, internal_date)) = header.filter(|(h, _)| (h.len() as u64) < HEADER_BYTES_MAX)
        else {
            return Ok(None);
        };
        if !is_credible(&nodes, size.saturating_sub(header.len() as u64)) {
            return Ok(None);
        }
        let takes = takes(&nodes, bytes_max.min(FETCHED_BYTES_MAX));
        let Some(mut headers) = self.headers(uid, &nodes).await? else { return Ok(None) };
        headers.insert(0, header);
        let mut bodies = vec![Vec::new(); nodes.len()];
        let mut left_out = BTreeMap::new();
        for (at, (node, take)) in nodes.iter().zip(takes).enumerate() {
            let most = match take {
                Take::Holds => continue,
                Take::Leave => {
                    left_out.insert(at, node.decoded);
                    continue;
                }
                Take::Whole => slack(node.octets) + node.octets,
                Take::Start(n) => n,
            };
            let (name, path) = section_of(&node.path);
            let body = self.in_slices_of(uid, &name, Some(&path), most).await?.map(|(body, _)| body);
            let body = body.unwrap_or_default();
            let n = body.len() as u64;
            let is_as_said = match take {
                Take::Start(most) => n == most,
                _ => n.abs_diff(node.octets) < slack(node.octets),
            };
            if !is_as_said {
                return Ok(None);
            }
            bodies[at] = body;
        }
        let bytes = put_together(&nodes, &headers, &bodies);
        Ok(bytes.map(|bytes| Fetched { uid, bytes, is_cut: false, left_out, internal_date }))
    }

    async fn nodes(&mut self, uid: u32) -> Result<Option<Vec<Node>>, ImapError> {
        let fetched = self.fetch(&[uid], "(UID BODYSTRUCTURE)", HEADERS_BYTES_MAX).await?;
        Ok(fetched.get(&uid).and_then(|one| one.bodystructure()).and_then(nodes))
    }

    /// Returns the headers of all parts but the first, which is the mail itself.
    async fn headers(&mut self, uid: u32, nodes: &[Node]) -> Result<Option<Vec<Vec<u8>>>, ImapError> {
        let mut headers = Vec::with_capacity(nodes.len());
        for some in nodes[1..].chunks(HEADERS_AT_ONCE) {
            let asked: Vec<String> =
                some.iter().map(|n| format!("BODY.PEEK[{}.MIME]", numbers(&n.path))).collect();
            let query = format!("(UID {})", asked.join(" "));
            let fetched = self.fetch(&[uid], &query, HEADERS_BYTES_MAX).await?;
            for node in some {
                let path = SectionPath::Part(node.path.clone(), Some(MessageSection::Mime));
                let Some(header) = fetched.get(&uid).and_then(|one| one.section(&path)) else {
                    return Ok(None);
                };
                headers.push(header.to_vec());
            }
        }
        Ok(Some(headers))
    }
}

/// Lists the parts of a mail, each before those that it holds; `None` where there are too many.
fn nodes(structure: &BodyStructure<'_>) -> Option<Vec<Node>> {
    let mut nodes = Vec::new();
    list(structure, &[], &mut nodes)?;
    Some(nodes)
}

fn list(structure: &BodyStructure<'_>, path: &[u32], nodes: &mut Vec<Node>) -> Option<()> {
    if nodes.len() >= PARTS_MAX || path.len() > DEPTH_MAX {
        return None;
    }
    let leaf = |common: &BodyContentCommon<'_>, other: &BodyContentSinglePart<'_>| Node {
        path: path.to_vec(),
        n_children: None,
        octets: other.octets.into(),
        decoded: decoded(&other.transfer_encoding, other.octets.into()),
        is_text: is_text(common),
    };
    match structure {
        BodyStructure::Multipart { bodies, .. } => {
            let n_children = Some(bodies.len());
            let node = Node { path: path.to_vec(), n_children, octets: 0, decoded: 0, is_text: false };
            nodes.push(node);
            for (number, body) in (1..).zip(bodies) {
                list(body, &[path, &[number]].concat(), nodes)?;
            }
        }
        // A mail within the mail is a file of it.
        BodyStructure::Basic { common, other, .. }
        | BodyStructure::Text { common, other, .. }
        | BodyStructure::Message { common, other, .. } => nodes.push(leaf(common, other)),
    }
    Some(())
}

fn is_text(common: &BodyContentCommon<'_>) -> bool {
    let is = |value: &str, names: &[&str]| names.iter().any(|name| value.eq_ignore_ascii_case(name));
    let has_name = |params: &Option<Vec<(_, _)>>| {
        params
            .iter()
            .flatten()
            .any(|(name, _): &(std::borrow::Cow<'_, str>, _)| is(name, &["name", "filename"]))
    };
    let is_file =
        common.disposition.as_ref().is_some_and(|d| is(&d.ty, &["attachment"]) || has_name(&d.params));
    is(&common.ty.ty, &["text"])
        && is(&common.ty.subtype, &["plain", "html", "enriched"])
        && !is_file
        && !has_name(&common.ty.params)
}

/// Returns the length of `octets` bytes once decoded. Base64 writes 57 bytes in a line of 78.
fn decoded(encoding: &ContentEncoding<'_>, octets: u64) -> u64 {
    if matches!(encoding, ContentEncoding::Base64) { octets * 57 / 78 } else { octets }
}

/// By how much a part may be shorter or longer than said: servers that store line feeds alone count
/// those.
fn slack(octets: u64) -> u64 {
    octets / 8 + 64
}

/// Tells whether the parts can be those of a body of so many bytes.
fn is_credible(nodes: &[Node], body_bytes: u64) -> bool {
    let octets: u64 = nodes.iter().map(|node| node.octets).sum();
    octets.abs_diff(body_bytes) < slack(body_bytes) + AROUND_BYTES
}

/// Decides how much of each part is fetched, `bytes_max` in all: texts first, then what is small.
fn takes(nodes: &[Node], bytes_max: u64) -> Vec<Take> {
    let mut takes: Vec<Take> =
        nodes.iter().map(|n| if n.n_children.is_some() { Take::Holds } else { Take::Leave }).collect();
    let mut left = bytes_max;
    for texts in [true, false] {
        for (node, take) in nodes.iter().zip(&mut takes) {
            if node.n_children.is_some() || node.is_text != texts {
                continue;
            }
            let most = if texts { TEXT_BYTES_MAX.min(left) } else { SMALL_BYTES_MAX.min(left) };
            match node.octets {
                octets if octets <= most => *take = Take::Whole,
                // Half of a file is worth nothing.
                _ if texts && most > 0 => *take = Take::Start(most),
                _ => continue,
            }
            left -= node.octets.min(most);
        }
    }
    takes
}

fn numbers(path: &[u32]) -> String {
    path.iter().map(u32::to_string).collect::<Vec<_>>().join(".")
}

/// Returns what a part's bytes are called, for the question and in the answer.
fn section_of(path: &[u32]) -> (String, SectionPath) {
    match path {
        [] => ("TEXT".to_owned(), SectionPath::Full(MessageSection::Text)),
        _ => (numbers(path), SectionPath::Part(path.to_vec(), None)),
    }
}

/// Writes the mail: the structure of `nodes`, with the header and the bytes of each. `None` where a
/// header names no boundary, or where the bytes hold one and would be read as other parts.
fn put_together(nodes: &[Node], headers: &[Vec<u8>], bodies: &[Vec<u8>]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(bodies.iter().chain(headers).map(Vec::len).sum::<usize>() + 4096);
    let n_written = put(0, nodes, headers, bodies, &mut out)?;
    (n_written == nodes.len() && n_parts(&out) == Some(nodes.len())).then_some(out)
}

/// Writes the part at `at` with those that it holds; returns where the next is.
fn put(
    at: usize,
    nodes: &[Node],
    headers: &[Vec<u8>],
    bodies: &[Vec<u8>],
    out: &mut Vec<u8>,
) -> Option<usize> {
    let header = headers.get(at)?.trim_ascii_end();
    out.extend_from_slice(header);
    out.extend_from_slice(if header.is_empty() { b"\r\n" } else { b"\r\n\r\n" });
    let Some(n_children) = nodes.get(at)?.n_children else {
        out.extend_from_slice(&bodies[at]);
        return Some(at + 1);
    };
    let boundary = boundary_of(header)?;
    let mut next = at + 1;
    for _ in 0..n_children {
        out.extend_from_slice(&[b"--", &boundary[..], b"\r\n"].concat());
        next = put(next, nodes, headers, bodies, out)?;
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(&[b"--", &boundary[..], b"--\r\n"].concat());
    Some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(path: &[u32], n_children: Option<usize>, octets: u64, is_text: bool) -> Node {
        Node { path: path.to_vec(), n_children, octets, decoded: octets, is_text }
    }

    #[test]
    fn texts_come_first_and_what_is_large_stays() {
        let nodes = [
            node(&[], Some(4), 0, false),
            node(&[1], None, 60 << 20, false),
            node(&[2], None, 9_000, true),
            node(&[3], None, 5 << 20, true),
            node(&[4], None, 900, false),
        ];
        let of = |bytes_max| takes(&nodes, bytes_max);
        let (start, whole) = (Take::Start, Take::Whole);
        assert_eq!(of(8 << 20), [Take::Holds, Take::Leave, whole, start(4 << 20), whole]);
        assert_eq!(of(10_000), [Take::Holds, Take::Leave, whole, start(1_000), Take::Leave]);
        assert_eq!(of(9_000), [Take::Holds, Take::Leave, whole, Take::Leave, Take::Leave]);
    }

    #[test]
    fn a_mail_is_put_together_as_it_was() {
        let nodes = [
            node(&[], Some(2), 0, false),
            node(&[1], Some(2), 0, false),
            node(&[1, 1], None, 2, true),
            node(&[1, 2], None, 9, true),
            node(&[2], None, 60 << 20, false),
        ];
        let bytes = |texts: [&str; 5]| texts.map(|text| text.as_bytes().to_vec());
        let headers = bytes([
            "Subject: x\r\nContent-Type: multipart/mixed;\r\n boundary=\"a b\"\r\n\r\n",
            "Content-Type: multipart/alternative; boundary=c\r\n\r\n",
            "\r\n",
            "Content-Type: text/html\r\n\r\n",
            "Content-Type: application/zip; name=a.zip\r\n\r\n",
        ]);
        let written = put_together(&nodes, &headers, &bytes(["", "", "hi", "<p>hi</p>", ""])).unwrap();
        assert_eq!(
            String::from_utf8(written).unwrap(),
            "Subject: x\r\nContent-Type: multipart/mixed;\r\n boundary=\"a b\"\r\n\r\n\
             --a b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n\
             --c\r\n\r\nhi\r\n--c\r\nContent-Type: text/html\r\n\r\n<p>hi</p>\r\n--c--\r\n\r\n\
             --a b\r\nContent-Type: application/zip; name=a.zip\r\n\r\n\r\n--a b--\r\n"
        );
        // A text that holds a boundary would be read as more parts.
        let lies = bytes(["", "", "hi\r\n--c\r\n\r\nyou", "<p>hi</p>", ""]);
        assert_eq!(put_together(&nodes, &headers, &lies), None);
        let mut nameless = headers;
        nameless[1] = b"Content-Type: multipart/alternative\r\n\r\n".to_vec();
        assert_eq!(put_together(&nodes, &nameless, &bytes(["", "", "hi", "<p>hi</p>", ""])), None);
    }

    #[test]
    fn a_description_that_does_not_fit_the_size_is_not_believed() {
        let of = |octets, body_bytes| is_credible(&[node(&[], None, octets, true)], body_bytes);
        assert!(of(60 << 20, 60 << 20) && of(59 << 20, 60 << 20) && of(100, 3_000));
        assert!(!of(100, 60 << 20) && !of(1 << 30, 60 << 20));
    }
}
