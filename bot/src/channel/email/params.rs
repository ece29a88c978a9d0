//! `value; name=value` fields: Content-Type and Content-Disposition, with the continuations
//! and charsets of RFC 2231 and the encoded words that programs put there all the same.

use super::charset;
use super::transfer::hex_pair;
use super::words;

/// More parameters than any real field has.
const PARAMS_MAX: usize = 100;

/// A structured field.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Params {
    /// What stands before the first semicolon, in lower case: `text/plain`, `attachment`.
    pub value: String,
    /// Names in lower case with their decoded values.
    params: Vec<(String, String)>,
}

impl Params {
    /// Reads a raw field. `hint` is a charset for raw eight-bit values.
    pub(super) fn read(raw: &[u8], hint: Option<&str>) -> Self {
        let mut chunks = Chunks { rest: raw };
        let value = chunks.next().unwrap_or_default();
        let value = words::unfold(strip_comment(&value)).to_ascii_lowercase().replace(' ', "");
        let mut segments: Vec<Segment> = chunks.take(PARAMS_MAX).filter_map(|c| Segment::read(&c)).collect();
        // Stable: of two equal parameters the first one counts.
        segments.sort_by(|a, b| (&a.name, a.index).cmp(&(&b.name, b.index)));
        let params = segments.chunk_by(|a, b| a.name == b.name).map(|s| (s[0].name.clone(), join(s, hint)));
        Self { value, params: params.collect() }
    }

    /// Returns a parameter by its name in lower case; `None` also when it is empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.params.iter().find(|(n, _)| n == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }
}

/// One parameter as written, perhaps a segment of a longer one.
struct Segment {
    name: String,
    /// `None` for a plain parameter; `name*2` has index 2, `name*` has 0.
    index: Option<u32>,
    /// Whether percent escapes are to be decoded.
    extended: bool,
    bytes: Vec<u8>,
}

impl Segment {
    fn read(chunk: &[u8]) -> Option<Self> {
        let equals = chunk.iter().position(|b| *b == b'=')?;
        let name = std::str::from_utf8(chunk[..equals].trim_ascii()).ok()?.to_ascii_lowercase();
        let bytes = unquote(chunk[equals + 1..].trim_ascii());
        let (name, extended) = name.strip_suffix('*').map_or((name.as_str(), false), |n| (n, true));
        let (name, index) = match name.rsplit_once('*') {
            Some((base, index)) => (base, Some(index.parse().ok()?)),
            None => (name, extended.then_some(0)),
        };
        Some(Self { name: name.to_owned(), index, extended, bytes })
    }
}

/// Joins the segments of one parameter, which are sorted; those with an index win over a
/// plain one, which programs add for old readers.
fn join(segments: &[Segment], hint: Option<&str>) -> String {
    let indexed: Vec<&Segment> = segments.iter().filter(|s| s.index.is_some()).collect();
    let Some(first) = indexed.first() else {
        return words::decode(&segments[0].bytes, hint).trim().to_owned();
    };
    let mut label = None;
    let mut bytes = Vec::new();
    for (n, segment) in indexed.iter().enumerate() {
        let mut written = segment.bytes.as_slice();
        if n == 0 && first.extended {
            // `charset'language'text`
            let mut parts = written.splitn(3, |b| *b == b'\'');
            if let (Some(charset), Some(_), Some(text)) = (parts.next(), parts.next(), parts.next()) {
                label = Some(String::from_utf8_lossy(charset).into_owned());
                written = text;
            }
        }
        if segment.extended { percent_decode(written, &mut bytes) } else { bytes.extend_from_slice(written) }
    }
    match label {
        Some(label) => charset::decode(&bytes, Some(&label)),
        None => words::decode(&bytes, hint),
    }
}

/// Decodes percent escapes; a sign that escapes nothing stays.
pub(super) fn percent_decode(written: &[u8], out: &mut Vec<u8>) {
    let mut at = 0;
    while let Some(&b) = written.get(at) {
        at += 1;
        match (b, hex_pair(&written[at..])) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 2;
            }
            _ => out.push(b),
        }
    }
}

/// Removes quotes and backslashes; what follows a closing quote is junk.
fn unquote(written: &[u8]) -> Vec<u8> {
    let Some(inner) = written.strip_prefix(b"\"") else {
        return strip_comment(written).to_vec();
    };
    let mut out = Vec::with_capacity(inner.len());
    let mut bytes = inner.iter();
    while let Some(&b) = bytes.next() {
        match b {
            b'"' => break,
            // Windows paths are written with single backslashes, so only real escapes go.
            b'\\' => match bytes.next() {
                Some(&escaped @ (b'"' | b'\\')) => out.push(escaped),
                Some(&other) => out.extend_from_slice(&[b'\\', other]),
                None => out.push(b'\\'),
            },
            b'\r' | b'\n' => {}
            _ => out.push(b),
        }
    }
    out
}

/// Cuts off a comment in parentheses.
fn strip_comment(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().position(|b| *b == b'(').filter(|n| *n > 0).unwrap_or(bytes.len());
    bytes[..end].trim_ascii()
}

/// Cuts at semicolons outside quotes.
struct Chunks<'a> {
    rest: &'a [u8],
}

impl Iterator for Chunks<'_> {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        if self.rest.is_empty() {
            return None;
        }
        let (mut quoted, mut escaped) = (false, false);
        let end = self.rest.iter().position(|b| {
            match b {
                _ if escaped => escaped = false,
                b'\\' => escaped = quoted,
                b'"' => quoted = !quoted,
                b';' => return !quoted,
                _ => {}
            }
            false
        });
        // A quote that is never closed must not swallow the other parameters.
        let end = match end {
            None if quoted => self.rest.iter().position(|b| *b == b';'),
            end => end,
        };
        let chunk = &self.rest[..end.unwrap_or(self.rest.len())];
        self.rest = end.map_or(&[], |n| &self.rest[n + 1..]);
        Some(chunk.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_decoded_however_they_are_written() {
        for (raw, expected) in [
            ("attachment; filename=plain.txt", "plain.txt"),
            ("attachment; filename=\"two words.txt\"; size=3", "two words.txt"),
            ("attachment; FileName=two words.txt", "two words.txt"),
            ("attachment; filename=\"a;b\\\"c.txt\"", "a;b\"c.txt"),
            ("attachment; filename=\"C:\\docs\\a.txt\"", "C:\\docs\\a.txt"),
            ("attachment; filename=\"=?utf-8?B?5L2g5aW9LnR4dA==?=\"", "你好.txt"),
            ("attachment; filename==?gb2312?B?xOO6wy50eHQ=?=", "你好.txt"),
            ("attachment; filename*=utf-8''%E4%BD%A0%E5%A5%BD.txt", "你好.txt"),
            ("attachment; filename*=GB18030'zh'%C4%E3%BA%C3.txt", "你好.txt"),
            ("attachment; filename*0*=utf-8''%E4%BD; filename*1*=%A0.t; filename*2=xt", "你.txt"),
            ("attachment; filename*1=\"b.txt\"; filename*0=\"a\"", "ab.txt"),
            ("attachment; filename=old.txt; filename*=utf-8''n%C3%A9w.txt", "néw.txt"),
            ("attachment; filename=first.txt; filename=second.txt", "first.txt"),
            ("attachment; filename=\"never closed; size=3", "never closed"),
            ("attachment;; ;filename=x.txt (comment)", "x.txt"),
            ("attachment; filename=\"fol\r\n ded.txt\"", "fol ded.txt"),
        ] {
            let params = Params::read(raw.as_bytes(), None);
            assert_eq!(params.value, "attachment", "{raw}");
            assert_eq!(params.get("filename"), Some(expected), "{raw}");
        }
    }

    #[test]
    fn bad_fields_give_what_they_hold() {
        for (raw, value) in
            [("", ""), (";", ""), ("Text/HTML (x) ; a", "text/html"), ("text / plain", "text/plain")]
        {
            let params = Params::read(raw.as_bytes(), None);
            assert_eq!((params.value.as_str(), params.get("a")), (value, None), "{raw}");
        }
    }
}
