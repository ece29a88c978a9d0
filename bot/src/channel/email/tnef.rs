//! Outlook's `winmail.dat` (MS-OXTNEF): which files it holds, and its text.
//!
//! Reads what a mail needs and passes over the rest. Every length is checked against what is
//! there, nothing recurses, and what is broken ends the reading: what was found until then
//! stays.

use super::charset;

/// The first four bytes.
const SIGNATURE: u32 = 0x223E_9F78;

/// More files than these are passed over.
const FILES_MAX: usize = 100;

/// More attributes or properties than these end the reading.
const ITEMS_MAX: usize = 10_000;

/// Longest name that is read, in bytes.
const NAME_BYTES_MAX: usize = 1_024;

/// Longest text that is read, in bytes.
const TEXT_BYTES_MAX: usize = 4 << 20;

/// A file within.
#[derive(Debug, Default, PartialEq)]
pub(super) struct File<'a> {
    /// Its name, as written; may be empty.
    pub name: String,
    /// Its media type, where it is told.
    pub mime: String,
    /// The id by which the HTML text shows it.
    pub content_id: String,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// Whether the name is the long one, before which all others give way.
    has_long_name: bool,
}

/// What is in it.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Contents<'a> {
    /// The files, in order.
    pub files: Vec<File<'a>>,
    /// The plain text.
    pub text: String,
    /// The text as HTML.
    pub html: String,
    /// The text as compressed RTF (MS-OXRTFCP).
    pub rtf: &'a [u8],
}

/// Attributes (MS-OXTNEF 2.1.3.2), and properties (MS-OXPROPS).
mod id {
    pub const BODY: u32 = 0x0002_800C;
    pub const CODEPAGE: u32 = 0x0006_9007;
    pub const MESSAGE_PROPERTIES: u32 = 0x0006_9003;
    pub const FILE_BEGINS: u32 = 0x0006_9002;
    pub const FILE_TITLE: u32 = 0x0001_8010;
    pub const FILE_DATA: u32 = 0x0006_800F;
    pub const FILE_PROPERTIES: u32 = 0x0006_9005;

    pub const P_BODY: u16 = 0x1000;
    pub const P_HTML: u16 = 0x1013;
    pub const P_RTF: u16 = 0x1009;
    pub const P_DATA: u16 = 0x3701;
    pub const P_NAME: u16 = 0x3704;
    pub const P_LONG_NAME: u16 = 0x3707;
    pub const P_DISPLAY_NAME: u16 = 0x3001;
    pub const P_MIME: u16 = 0x370E;
    pub const P_CONTENT_ID: u16 = 0x3712;
}

/// Reads a file; `None` when it is none of this kind.
pub(super) fn read(bytes: &[u8]) -> Option<Contents<'_>> {
    let mut reader = Reader { rest: bytes };
    if reader.u32()? != SIGNATURE {
        return None;
    }
    reader.take(2)?;
    let mut contents = Contents::default();
    let mut codepage = None;
    for _ in 0..ITEMS_MAX {
        if attribute(&mut reader, &mut contents, &mut codepage).is_none() {
            break;
        }
    }
    Some(contents)
}

fn attribute<'a>(
    reader: &mut Reader<'a>,
    contents: &mut Contents<'a>,
    codepage: &mut Option<String>,
) -> Option<()> {
    reader.take(1)?;
    let id = reader.u32()?;
    let len = reader.u32()? as usize;
    // Of a file that was cut off at least the beginning is there.
    let data = reader.take(len).unwrap_or_else(|| std::mem::take(&mut reader.rest));
    let text = || string8(data, codepage.as_deref());
    match id {
        id::CODEPAGE => *codepage = Reader { rest: data }.u32().map(|page| format!("windows-{page}")),
        id::BODY if contents.text.is_empty() => contents.text = text(),
        id::MESSAGE_PROPERTIES => {
            let _ = properties(data, |property| message_property(contents, &property, codepage.as_deref()));
        }
        id::FILE_BEGINS if contents.files.len() < FILES_MAX => contents.files.push(File::default()),
        id::FILE_BEGINS => return None,
        _ => {
            let file = contents.files.last_mut();
            match (id, file) {
                (id::FILE_TITLE, Some(file)) if !file.has_long_name => {
                    file.name = string8(&data[..data.len().min(NAME_BYTES_MAX)], codepage.as_deref());
                }
                (id::FILE_DATA, Some(file)) => file.bytes = data,
                (id::FILE_PROPERTIES, Some(file)) => {
                    let _ = properties(data, |property| file_property(file, &property, codepage.as_deref()));
                }
                _ => {}
            }
        }
    }
    reader.take(2)?;
    Some(())
}

fn message_property<'a>(contents: &mut Contents<'a>, property: &Property<'a>, codepage: Option<&str>) {
    match property.id {
        id::P_BODY if contents.text.is_empty() => contents.text = property.text(TEXT_BYTES_MAX, codepage),
        id::P_HTML if contents.html.is_empty() => contents.html = property.text(TEXT_BYTES_MAX, codepage),
        id::P_RTF => contents.rtf = property.value,
        _ => {}
    }
}

fn file_property<'a>(file: &mut File<'a>, property: &Property<'a>, codepage: Option<&str>) {
    let text = || property.text(NAME_BYTES_MAX, codepage);
    match property.id {
        id::P_LONG_NAME => {
            file.name = text();
            file.has_long_name = !file.name.is_empty();
        }
        id::P_NAME | id::P_DISPLAY_NAME if file.name.is_empty() => file.name = text(),
        id::P_MIME => file.mime = text(),
        id::P_CONTENT_ID => file.content_id = text(),
        id::P_DATA if file.bytes.is_empty() => {
            // An object begins with the id of its interface.
            let is_object = property.kind == 0x0D;
            file.bytes =
                if is_object { property.value.get(16..).unwrap_or_default() } else { property.value };
        }
        _ => {}
    }
}

/// One property: its first value.
struct Property<'a> {
    id: u16,
    kind: u16,
    value: &'a [u8],
}

impl Property<'_> {
    fn text(&self, bytes_max: usize, codepage: Option<&str>) -> String {
        let value = &self.value[..self.value.len().min(bytes_max)];
        if self.kind == 0x1F { utf16(value) } else { string8(value, codepage) }
    }
}

/// Reads a block of properties (MS-OXTNEF 2.1.3.4) and hands over each with a value.
fn properties<'a>(block: &'a [u8], mut found: impl FnMut(Property<'a>)) -> Option<()> {
    let mut reader = Reader { rest: block };
    let n_properties = reader.u32()? as usize;
    for _ in 0..n_properties.min(ITEMS_MAX) {
        let kind = reader.u16()?;
        let id = reader.u16()?;
        if id >= 0x8000 {
            reader.take(16)?;
            match reader.u32()? {
                0 => drop(reader.take(4)?),
                _ => drop(reader.counted()?),
            }
        }
        let (is_many, kind) = (kind & 0x1000 != 0, kind & 0x0FFF);
        let size = match kind {
            0x02..=0x04 | 0x0A | 0x0B => 4,
            0x05..=0x07 | 0x14 | 0x40 => 8,
            0x48 => 16,
            0x0D | 0x1E | 0x1F | 0x102 => 0,
            _ => return None,
        };
        let n_values = if is_many || size == 0 { reader.u32()? as usize } else { 1 };
        for n in 0..n_values {
            let value = if size == 0 { reader.counted()? } else { reader.take(size)? };
            if n == 0 && size == 0 {
                found(Property { id, kind, value });
            }
            if n > ITEMS_MAX {
                return None;
            }
        }
    }
    Some(())
}

fn string8(bytes: &[u8], codepage: Option<&str>) -> String {
    charset::decode(bytes, codepage).trim_end_matches('\0').to_owned()
}

fn utf16(bytes: &[u8]) -> String {
    let units = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    let text: String = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    text.trim_end_matches('\0').to_owned()
}

/// Numbers lie with the low byte first.
struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(len)?;
        self.rest = rest;
        Some(taken)
    }

    /// Takes a value that is led by its length and filled up to four bytes.
    fn counted(&mut self) -> Option<&'a [u8]> {
        let len = self.u32()? as usize;
        let value = self.take(len)?;
        let filling = len.wrapping_neg() % 4;
        // The last one may lack it.
        self.rest = self.rest.get(filling..).unwrap_or_default();
        Some(value)
    }

    fn u16(&mut self) -> Option<u16> {
        self.take(2)?.try_into().ok().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take(4)?.try_into().ok().map(u32::from_le_bytes)
    }
}

#[cfg(test)]
#[path = "tnef_tests.rs"]
pub(super) mod tests;
